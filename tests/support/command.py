"""What several tests of command share."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from support import ROOT

CASES = "policies/qd-124-2023/cases"


LEADER = ROOT / CASES / "07-leader-one-task-short.json"


def run(*arguments: str | Path, stdin: bytes | None = None, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "engine", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    )


def leader(**changes: object) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(LEADER.read_text(encoding="utf-8"))
    for path, value in changes.items():
        *above, last = path.split("__")
        here = data
        for key in above:
            here = here[key]
        here[last] = value
    return data
