"""Copies of the policies for tests that edit them: no larger than a test needs, since each copy is read anew."""

import shutil
from pathlib import Path

from support import ROOT

POLICIES = ROOT / "policies"
REGULATION = "qd-124-2023"
EARLIER = "qd-132-2018"


def copy_policies(folder: Path, *regulations: str, cases: bool = False) -> None:
    """The facts and these regulations, without their sample cases unless these are wanted."""
    folder.mkdir(parents=True)
    shutil.copy(POLICIES / "facts.yaml", folder)
    for name in regulations:
        shutil.copytree(POLICIES / name, folder / name, ignore=None if cases else shutil.ignore_patterns("cases"))
