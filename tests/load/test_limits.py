"""Files that are cheap to make and dear to read are refused within seconds, with the limit named.

Each is judged in a process of its own, with so many seconds of processor time and so much memory.
"""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from support import ROOT
from support.forked_command import Forks, forks
from support.hostile_inputs import HOSTILE, LARGE, Hostile

POLICIES = ["--policies", str(ROOT / "policies"), "--lang", "en"]
SECONDS, BYTES = 8, 900_000_000


@pytest.fixture(scope="module")
def forked() -> Iterator[Forks]:
    with forks() as process:
        yield process


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Writes a hostile file into a folder of its own, once for all tests: some take seconds."""

    @cache
    def write(name: str) -> Path:
        path = tmp_path_factory.mktemp("hostile") / HOSTILE[name].file
        HOSTILE[name].write(path)
        return path

    return write


@pytest.mark.parametrize("name", HOSTILE)
def test_work_is_bounded_by_the_size_of_the_input(
    name: str, tmp_path: Path, written: Callable[[str], Path], forked: Forks
) -> None:
    hostile: Hostile = HOSTILE[name]
    file = str(written(name))
    code, printed, _ = forked.run("evaluate", file, *POLICIES, cwd=tmp_path, seconds=SECONDS, memory=BYTES)
    assert code == 1, printed[-2000:]
    assert hostile.says in printed
    assert len(printed) < 2_000_000


@pytest.mark.parametrize("name", LARGE)
def test_what_is_large_and_right_is_read(name: str, tmp_path: Path, forked: Forks) -> None:
    large = LARGE[name]
    large.write(tmp_path / large.file)
    code, printed, _ = forked.run("evaluate", large.file, *POLICIES, cwd=tmp_path, seconds=60, memory=BYTES)
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
def test_work_of_a_population_is_bounded_too(
    name: str, tmp_path: Path, written: Callable[[str], Path], forked: Forks
) -> None:
    """What DuckDB reserves it need not use: the memory that counts is that in use at the worst moment."""
    hostile = HOSTILE[name]
    ended = forked.run("population", str(written(name)), "-o", "rows.ndjson", *POLICIES, cwd=tmp_path, seconds=12)
    assert ended.code == 1, ended.printed[-2000:]
    assert hostile.says in ended.printed
    assert ended.kilobytes < 500_000
