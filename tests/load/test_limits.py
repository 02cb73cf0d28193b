"""Files that are cheap to make and dear to read are refused within seconds, with the limit named.

Each is judged in a process of its own, with so many seconds of processor time and so much memory.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT
from support.hostile_inputs import HOSTILE, LARGE, Hostile

POLICIES = ROOT / "policies"
SECONDS, MEGABYTES = 8, 900


def judged(file: Path, seconds: int, tmp_path: Path) -> tuple[int, str]:
    """The exit code of `evaluate` and what it prints. Past its limits the process is ended."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES * 1_000_000, MEGABYTES * 1_000_000))

    command = [sys.executable, "-m", "engine", "evaluate", file.name, "--policies", str(POLICIES), "--lang", "en"]
    environment = {**os.environ, "PYTHONPATH": str(POLICIES.parent)}
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=120, preexec_fn=limited, env=environment
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name", HOSTILE)
def test_work_is_bounded_by_the_size_of_the_input(name: str, tmp_path: Path) -> None:
    hostile: Hostile = HOSTILE[name]
    hostile.write(tmp_path / hostile.file)
    code, printed = judged(tmp_path / hostile.file, SECONDS, tmp_path)
    assert code == 1, printed[-2000:]
    assert hostile.says in printed
    assert len(printed) < 2_000_000


@pytest.mark.parametrize("name", LARGE)
def test_what_is_large_and_right_is_read(name: str, tmp_path: Path) -> None:
    large = LARGE[name]
    large.write(tmp_path / large.file)
    code, printed = judged(tmp_path / large.file, 60, tmp_path)
    assert large.says in printed, printed[-2000:]
    assert code in (0, 1)


POPULATION = (
    "a million NaN",
    "lists of nothing",
    "one text of 19 MB",
    "three million blank lines",
    "one text of 150 MB in Parquet",
    "texts that Parquet repeats",
    "different texts of more than 1 GB in Parquet",
)


@pytest.mark.parametrize("name", POPULATION)
def test_work_of_a_population_is_bounded_too(name: str, tmp_path: Path) -> None:
    """What DuckDB reserves it need not use: the memory that counts is that in use at the worst moment."""
    hostile = HOSTILE[name]
    hostile.write(tmp_path / hostile.file)
    command = [sys.executable, "-m", "engine", "population", hostile.file, "-o", "rows.ndjson"]
    with (tmp_path / "printed").open("w+", encoding="utf-8") as printed:
        process = subprocess.Popen(
            [*command, "--policies", str(POLICIES), "--lang", "en"],
            cwd=tmp_path,
            stdout=printed,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (12, 12)),
            env={**os.environ, "PYTHONPATH": str(POLICIES.parent)},
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        assert process.returncode == 1, printed.read()[-2000:]
        printed.seek(0)
        assert hostile.says in printed.read()
    assert usage.ru_maxrss < 500_000
