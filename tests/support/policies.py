"""Copies of the policies for tests that edit them: no larger than a test needs, since each copy is read anew."""

import shutil
from pathlib import Path

from support import ROOT

POLICIES = ROOT / "policies"
REGULATION = "qd-124-2023"


def copy_policies(folder: Path, *regulations: str) -> None:
    """The facts and these regulations, without their sample cases."""
    folder.mkdir(parents=True)
    shutil.copy(POLICIES / "facts.yaml", folder)
    for name in regulations:
        shutil.copytree(POLICIES / name, folder / name, ignore=shutil.ignore_patterns("cases"))
