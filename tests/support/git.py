"""Git as tests call it: as nobody in particular, and without the settings of whoever runs them for commits."""

import subprocess
from pathlib import Path

IDENTITY = ("-c", "user.name=Before", "-c", "user.email=before@example.invalid", "-c", "commit.gpgsign=false")


def git(folder: Path, *arguments: str) -> str:
    """What git prints in a folder, without blanks at its ends. Raises CalledProcessError."""
    run = ["git", *IDENTITY, "-C", str(folder), *arguments]
    return subprocess.run(run, check=True, capture_output=True, timeout=60, text=True).stdout.strip()
