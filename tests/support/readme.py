"""What several tests of readme share."""

import os
import subprocess
import sys
from pathlib import Path

from support import ROOT


def run(arguments: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        cwd=cwd,
        timeout=300,
        check=False,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
