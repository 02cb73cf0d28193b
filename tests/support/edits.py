"""What several tests of edits share."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.core.policy.regulation import Library
from engine.versions.opening import load_library
from support import ROOT, command
from support.command import Completed
from support.git import git
from support.policies import REGULATION, copy_policies

INDIVIDUAL = f"{REGULATION}/grades/individual.yaml"


COLLECTIVE = f"{REGULATION}/grades/collective.yaml"


LINE = next(
    line + "\n"
    for line in (ROOT / "policies" / INDIVIDUAL).read_text(encoding="utf-8").splitlines()
    if "value: 50, source" in line
)


def edited(folder: Path, file: str, old: str, new: str, count: int = 1, others: Sequence[str] = ()) -> Library:
    """The regulation and `others`, with a text of a file replaced `count` times."""
    copy_policies(folder, REGULATION, *others)
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, count), encoding="utf-8")
    return load_library(folder)


# --- the command ----------------------------------------------------------------------------------------------------


def run(folder: Path, *arguments: str) -> Completed:
    return command.run(*arguments, cwd=folder)


def committed(folder: Path, *regulations: str) -> Path:
    """A repository of these regulations with one commit."""
    if shutil.which("git") is None:
        pytest.skip("no git")
    copy_policies(folder / "policies", *regulations, cases=True)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "Start")
    return folder


@pytest.fixture
def in_git(tmp_path: Path) -> Path:
    return committed(tmp_path, REGULATION)
