"""The policies of the project, and copies for tests that edit them: no larger than a test needs, since each is read."""

import shutil
from functools import cache
from pathlib import Path

from engine.core.policy.regulation import Library
from engine.versions.opening import load_library
from support import ROOT

POLICIES = ROOT / "policies"
REGULATION = "qd-124-2023"
EARLIER = "qd-132-2018"


@cache
def all_policies() -> Library:
    """Every policy of the project. Reading them takes a second, so each process of a run reads them once, and only if a
    test asks."""
    return load_library(POLICIES)


def copy_policies(folder: Path, *regulations: str, cases: bool = False) -> None:
    """The facts and these regulations, without their sample cases unless these are wanted."""
    folder.mkdir(parents=True)
    shutil.copy(POLICIES / "facts.yaml", folder)
    for name in regulations:
        shutil.copytree(POLICIES / name, folder / name, ignore=None if cases else shutil.ignore_patterns("cases"))
