"""The note of a save of policy files that is under way: what it changes, until it is done.

While the note is there, the files may be half the old ones and half the new. A server that sees it keeps to the
policies that it has, and one that begins takes the save back first.
"""

from pathlib import Path

from engine.base.diagnostics import Problems
from engine.base.files import read_content
from engine.base.writing import make_folder, whole

DRAFTS = ".drafts"
"""The hidden folder in the policies folder in which changes are kept that are not saved yet."""
NOTE = "saving"
"""The name of the note in the folder of drafts. No draft has it: their names are of hexadecimal digits."""


def make_drafts_folder(folder: Path) -> Path:
    """The folder of drafts in a policies folder, which git passes over. Raises Unwritable."""
    drafts = folder / DRAFTS
    if not (drafts / ".gitignore").exists():
        make_folder(drafts)
        with whole(drafts / ".gitignore") as stream:
            stream.write(b"*\n")
    return drafts


def note(folder: Path, content: bytes) -> None:
    """Notes that a save begins, which changes this. Raises Unwritable."""
    with whole(make_drafts_folder(folder) / NOTE, private=True) as stream:
        stream.write(content)


def noted(folder: Path) -> bytes | None:
    """What the save that is not done changes; None if there is none."""
    try:
        return read_content(folder / DRAFTS / NOTE)
    except (OSError, Problems):
        return None


def forget(folder: Path) -> None:
    """The save is done, or taken back."""
    (folder / DRAFTS / NOTE).unlink(missing_ok=True)
