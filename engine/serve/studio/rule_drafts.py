"""Changes of policy files that are not saved yet: a draft a person, kept until it is saved or given up.

A draft holds, for each file that is changed, the text that the change began with and the text now. So a file that
somebody else changed meanwhile is noticed before anything is written.
"""

import difflib
import hashlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from engine.base.diagnostics import Location, Problems, diagnostic
from engine.base.files import read_content, read_policy
from engine.base.writing import alone, scratch, whole
from engine.load.policies.folders import is_hidden, is_yaml, yaml_files
from engine.serve.unfinished import DRAFTS, make_drafts_folder

CONTEXT_LINES = 2
LONGEST_NAME = 200
"""Bytes of the name of a file or a folder in UTF-8. File systems take 255."""
WAIT = 10.0
"""Seconds to wait for whoever else writes into a folder."""


@dataclass(frozen=True)
class DraftFile:
    """A changed file: its text when the change began, and its text now; None if there is no such file."""

    before: str | None
    text: str | None


@dataclass(frozen=True)
class Draft:
    """The changed files, by their paths from the policies folder."""

    files: Mapping[str, DraftFile] = field(default_factory=dict)


class DraftStore:
    """The drafts of all persons, in a hidden folder of a policies folder. Several servers may use it at once."""

    def __init__(self, policies: Path) -> None:
        """The folder is made when the first draft is kept."""
        self._policies = policies

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else changes a draft until the context ends: what is read in it is still there when it is replaced.
        Raises Unwritable."""
        with alone(make_drafts_folder(self._policies), wait=WAIT):
            yield

    def _path(self, person: str) -> Path:
        # A name may hold anything; the name of a file may not.
        return self._policies / DRAFTS / f"{hashlib.sha256(person.encode()).hexdigest()[:32]}.json"

    def of(self, person: str) -> Draft:
        """The draft of a person; an empty one if there is none, or if it cannot be read."""
        try:
            return msgspec.json.decode(read_content(self._path(person)), type=Draft)
        except (OSError, Problems, msgspec.DecodeError):
            return Draft()

    def keep(self, person: str, draft: Draft) -> None:
        """Keeps a person's draft, whole or not at all; an empty one is removed. Raises Unwritable."""
        if not draft.files:
            self._path(person).unlink(missing_ok=True)
            return
        make_drafts_folder(self._policies)
        with whole(self._path(person), private=True) as stream:
            stream.write(msgspec.json.encode(draft))


def without(draft: Draft, saved: Draft, *, in_folder: bool) -> Draft:
    """What a save leaves of a draft: changes that were made while it went on. `in_folder`: it changed the folder, and
    not only a branch."""
    left = {name: changed for name, changed in draft.files.items() if changed != saved.files.get(name)}
    if in_folder:
        for name in left.keys() & saved.files.keys():
            left[name] = replace(left[name], before=saved.files[name].text)
    return Draft(left)


def hash_of(draft: Draft) -> str:
    """The SHA-256 of what a draft changes, in hexadecimal, for the log of who did what."""
    return hashlib.sha256(msgspec.json.encode(draft, order="sorted")).hexdigest()


def policy_path(folder: Path, name: str) -> Path:
    """The policy file with this path from the policies folder, which may be a new one in a folder that exists.

    Raises Problems if the name leads out of the folder, or is not that of a YAML file."""
    parts = Path(name).parts
    path = folder / name
    fine = (
        name.isprintable()
        and all(len(part.encode()) <= LONGEST_NAME for part in parts)
        and not Path(name).is_absolute()
        and not any(part == ".." or is_hidden(part) for part in parts)
        and is_yaml(parts[-1] if parts else "")
        and path.parent.is_dir()
        and path.parent.resolve().is_relative_to(folder.resolve())
    )
    if not fine or (path.is_symlink() and path not in yaml_files(folder)):
        raise Problems([diagnostic("file/missing", Location(name))])
    return path


def saved_text(folder: Path, name: str) -> str | None:
    """The text of a policy file as it is saved; None if there is no such file. Raises Problems."""
    path = policy_path(folder, name)
    return read_policy(path) if path.exists() else None


def text_of(folder: Path, draft: Draft, name: str) -> str:
    """The text of a policy file with the changes of a draft; empty if there is no such file. Raises Problems."""
    changed = draft.files.get(name)
    return (changed.text if changed is not None else saved_text(folder, name)) or ""


def with_text(folder: Path, draft: Draft, name: str, text: str) -> Draft:
    """The draft with another text of a file; without the file if the text is what is saved. Raises Problems."""
    changed = draft.files.get(name)
    before = changed.before if changed is not None else saved_text(folder, name)
    files = {**draft.files, name: DraftFile(before, text)}
    if text == before:
        del files[name]
    return replace(draft, files=files)


def changed_elsewhere(folder: Path, draft: Draft) -> list[str]:
    """The files of a draft whose saved text is neither the one that the change began with nor the one that it leads to.

    It is the latter if a save was cut off, so that it can be done again."""
    return [
        name for name, changed in draft.files.items() if saved_text(folder, name) not in (changed.before, changed.text)
    ]


def changed_lines(changed: DraftFile) -> Iterator[tuple[str, str]]:
    """The lines that a change touches and those around them, each with its sign: "-", "+", " ", "@" between parts."""
    old, new = (changed.before or "").splitlines(), (changed.text or "").splitlines()
    for line in list(difflib.unified_diff(old, new, n=CONTEXT_LINES, lineterm=""))[2:]:
        yield line[0], line[1:]


@contextmanager
def drafted(folder: Path, draft: Draft) -> Iterator[Path]:
    """A copy of the policies folder with the changes of a draft, while the context lasts. Raises Unwritable."""
    with scratch() as made:
        copy = made / "policies"
        shutil.copytree(folder, copy, ignore=lambda _, names: [name for name in names if is_hidden(name)])
        for name, changed in draft.files.items():
            path = policy_path(copy, name)
            if changed.text is None:
                path.unlink(missing_ok=True)
            else:
                path.write_text(changed.text, encoding="utf-8")
        yield copy
