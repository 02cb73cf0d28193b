"""A workspace of the starter's small policies, and places in its files named by what stands there."""

import shutil
from pathlib import Path

from engine.base.json_places import Place
from engine.editor.places import place_at
from engine.editor.workspace import Workspace, open_workspace, with_text
from support import ROOT

STARTER = ROOT / "engine" / "starter"
CURSOR = "¦"
"""Where the cursor stands in a text of a test."""


def copied(folder: Path) -> Path:
    """The policies of the starter in a folder of their own."""
    shutil.copytree(STARTER / "mau-2025", folder / "mau-2025")
    shutil.copy(STARTER / "facts.yaml", folder)
    return folder


def opened(folder: Path = STARTER) -> Workspace:
    return open_workspace(folder)


def changed(workspace: Workspace, name: str, old: str, new: str) -> Workspace:
    """The workspace in which the first of a text in a file is another."""
    path = workspace.folder / name
    text = workspace.files[path].text
    assert old in text, old
    return with_text(workspace, path, text.replace(old, new, 1))


def with_cursor(workspace: Workspace, name: str, old: str, new: str) -> tuple[Workspace, Path, Place]:
    """As `changed`, with the place at which the cursor stands in the new text."""
    path = workspace.folder / name
    text = workspace.files[path].text
    assert old in text, old
    before = text[: text.index(old)] + new[: new.index(CURSOR)]
    whole = text.replace(old, new.replace(CURSOR, ""), 1)
    return with_text(workspace, path, whole), path, place_at(whole, len(before))


def place_of(workspace: Workspace, name: str, sought: str, within: int = 1) -> tuple[Path, Place]:
    """A file, and the place of a character of the first such text in it."""
    path = workspace.folder / name
    return path, place_at(workspace.files[path].text, workspace.files[path].text.index(sought) + within)
