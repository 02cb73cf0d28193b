"""The process that proves beside the server: it answers, is started again, and never outlives the server."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import ROOT
from support.workspaces import STARTER, changed, opened

from engine.editor.diagnostics import diagnostics
from engine.editor.prover import Prover

GRADES = "mau-2025/grades.yaml"


@pytest.fixture
def prover() -> Iterator[Prover]:
    started = Prover()
    yield started
    started.close()


def texts(*edit: str) -> dict[Path, str]:
    workspace = changed(opened(), *edit) if edit else opened()
    return {path: file.text for path, file in workspace.files.items()}


def test_it_finds_what_is_found_here(prover: Prover) -> None:
    edit = (GRADES, "at_least: 1}", "less_than: 0}")
    found = prover.prove(STARTER, texts(*edit), [], anew=False)
    assert found is not None and found[0] == diagnostics(changed(opened(), *edit)) != ()
    assert found[1] == {}
    again = prover.prove(STARTER, texts(), ["mau-2025"], anew=True)
    assert again is not None and not [problem for problem in again[0] if problem.severity == "error"]
    assert len(again[1]["mau-2025"].tests) > 10


def test_it_is_started_again_if_it_was_killed(prover: Prover) -> None:
    assert prover.prove(STARTER, texts(), [], anew=False) is not None
    assert prover._process is not None and prover._process.pid is not None
    os.kill(prover._process.pid, signal.SIGKILL)
    prover._process.join(30)
    assert prover.prove(STARTER, texts(), [], anew=False) is not None


@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="no /proc to look a process up in")
def test_it_ends_with_the_server_however_that_ends() -> None:
    script = (
        "import os, signal; from pathlib import Path; from engine.editor.prover import Prover\n"
        f"prover = Prover(); prover.prove(Path({str(STARTER)!r}), {{}}, [], anew=False)\n"
        "print(prover._process.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    there = Path("/proc") / done.stdout.strip() / "stat"
    until = time.monotonic() + 30
    while there.is_file() and " Z " not in there.read_text("utf-8") and time.monotonic() < until:
        time.sleep(0.05)
    assert not there.is_file() or " Z " in there.read_text("utf-8")
