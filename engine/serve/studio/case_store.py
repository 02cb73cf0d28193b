"""The folder of cases: one JSON file for each case, and beside them, hidden, every state that a case ever had.

A save is whole or not at all, and only replaces the state that the person saw: otherwise it raises Conflict, and
nothing is lost. A state is written to the history first and to the case file second, so that what was said to be saved
is in both. Files that other programs wrote into the folder are kept in the history before they are replaced.
"""

import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from engine.base.diagnostics import Location
from engine.base.documents import FILE_LIMIT, MEGABYTE, refuse
from engine.base.files import decoded, opened
from engine.base.writing import alone, make_folder, unwritable, whole

SUFFIX, HISTORY = ".json", ".xeploai"
LONGEST_NAME = 180
"""Bytes of a name in UTF-8. File systems take 255, of which a state's own name and the suffix need some."""
WAIT = 10.0
"""Seconds to wait for another save of the same case."""

_FORBIDDEN = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]')
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_NUMBER = re.compile(r"([0-9]{6})\.json")


class NameRefused(Exception):
    """A text that cannot name a case, because it could lead out of the folder or is no name on some system."""


class NoSuchCase(Exception):
    """There is no case of this name, or not the state that was asked for."""


class Conflict(Exception):
    """Somebody else has changed the case since it was read. `current` is its state now; None if it was removed."""

    def __init__(self, current: "StoredCase | None") -> None:
        super().__init__("the case was changed meanwhile")
        self.current = current


@dataclass(frozen=True)
class StoredCase:
    """A case as its file holds it. `etag` changes with every byte of the text."""

    name: str
    text: str
    etag: str


@dataclass(frozen=True)
class State:
    """A state that a case had. `number` counts from 1. `text` is None if the case was removed; `saved_by` is None, and
    `saved_at` the time of the file, if another program wrote it."""

    number: int
    text: str | None
    saved_at: datetime
    saved_by: str | None

    @property
    def etag(self) -> str | None:
        """The tag of the text; None if the case was removed."""
        return None if self.text is None else etag_of(self.text)


class _Record(msgspec.Struct, forbid_unknown_fields=True):
    """A state as its file in the history holds it."""

    saved_at: datetime
    saved_by: str | None
    text: str | None


def etag_of(text: str) -> str:
    """The tag of a case's text, of hexadecimal digits alone."""
    return sha256(text.encode()).hexdigest()[:32]


def check_name(name: str) -> str:
    """The name in the form in which files bear it. Raises NameRefused."""
    plain = unicodedata.normalize("NFC", name)
    letters = {unicodedata.category(letter) for letter in plain}
    if (
        not plain.strip()
        or plain != plain.strip()
        or plain.startswith((".", "~"))
        or plain.endswith(".")
        or letters & {"Cc", "Cs", "Cf", "Zl", "Zp"}
        or _FORBIDDEN.search(plain)
        or _DEVICES.fullmatch(plain)
        or len(plain.encode()) > LONGEST_NAME
    ):
        raise NameRefused
    return plain


@dataclass(frozen=True)
class CaseStore:
    """The cases of one folder. Several servers may use it at once."""

    folder: Path

    def names(self) -> list[str]:
        """The names of the cases, in order."""
        return sorted(name for name, is_case in self._entries() if is_case)

    def others(self) -> list[str]:
        """The files and folders that are not read as cases, in order."""
        return sorted(name for name, is_case in self._entries() if not is_case)

    def removed(self) -> list[str]:
        """The names of the cases that were removed and can be brought back, in order."""
        history, here = self.folder / HISTORY, set(self.names())
        try:
            kept = [entry.name for entry in os.scandir(history) if entry.is_dir(follow_symlinks=False)]
        except FileNotFoundError:
            return []
        return sorted(name for name in kept if name not in here and _is_name(name) and self._numbers(name))

    def read(self, name: str) -> StoredCase:
        """A case. Raises NoSuchCase, NameRefused, and Problems if its file cannot be read."""
        path = self._path(name)
        if not path.is_file() or path.is_symlink():
            raise NoSuchCase(name)
        text = _text(path)
        return StoredCase(path.stem, text, etag_of(text))

    def save(self, name: str, text: str, expected: str | None, person: str) -> StoredCase:
        """Save a case, and return it. `expected` is the etag of the state that is replaced; None for a new case.

        Raises Conflict if the file holds another state, NameRefused, and Unwritable."""
        path = self._path(name)
        with self._held(name):
            current = self._current(name)
            if (current.etag if current else None) != expected:
                raise Conflict(current)
            if current is None or current.text != text:
                self._keep(name, text, person)
                self._write(path, text.encode())
        return StoredCase(path.stem, text, etag_of(text))

    def remove(self, name: str, expected: str, person: str) -> None:
        """Remove a case; its states stay. Raises as `save`."""
        path = self._path(name)
        with self._held(name):
            current = self._current(name)
            if current is None or current.etag != expected:
                raise Conflict(current)
            self._keep(name, None, person)
            path.unlink()

    def states(self, name: str) -> list[State]:
        """The states of a case, the latest first; of the present one, too, if it was saved here."""
        check_name(name)
        return [self._state(name, number) for number in reversed(self._numbers(name))]

    def state(self, name: str, number: int) -> State:
        """One state. Raises NoSuchCase."""
        if number not in self._numbers(check_name(name)):
            raise NoSuchCase(name)
        return self._state(name, number)

    def note(self, name: str) -> bytes:
        """What was last kept beside a case with `keep_note`; empty if nothing was."""
        path = self._history(name) / "note"
        if not path.is_file():
            return b""
        with opened(path, _plain_file) as stream:
            return stream.read(FILE_LIMIT)

    def keep_note(self, name: str, content: bytes) -> None:
        """Keep something beside a case that is no part of it. Raises Unwritable."""
        with self._held(name):
            self._write(self._history(name) / "note", content)

    # --- files ---

    def _path(self, name: str) -> Path:
        return self.folder / f"{check_name(name)}{SUFFIX}"

    def _history(self, name: str) -> Path:
        return self.folder / HISTORY / check_name(name)

    def _entries(self) -> Iterator[tuple[str, bool]]:
        """(name, is a case) of what lies in the folder and is not hidden; the name of a case has no suffix."""
        try:
            entries = list(os.scandir(self.folder))
        except FileNotFoundError:
            return
        for entry in entries:
            if entry.name.startswith((".", "~$")):
                continue
            stem, suffix = os.path.splitext(entry.name)
            is_case = suffix == SUFFIX and _is_name(stem) and entry.is_file(follow_symlinks=False)
            yield (stem, True) if is_case else (entry.name, False)

    def _current(self, name: str) -> StoredCase | None:
        try:
            return self.read(name)
        except NoSuchCase:
            return None

    def _keep(self, name: str, text: str | None, person: str) -> None:
        """Add a state to the history, and before it the present file if another program wrote that."""
        numbers = self._numbers(name)
        number = numbers[-1] if numbers else 0
        before = self._current(name)
        if before is not None and (not numbers or self._state(name, number).etag != before.etag):
            number += 1
            written = datetime.fromtimestamp(self._path(name).stat().st_mtime, UTC)
            self._write_state(name, number, _Record(written, None, before.text))
        self._write_state(name, number + 1, _Record(datetime.now(UTC), person, text))

    def _write_state(self, name: str, number: int, record: _Record) -> None:
        self._write(self._history(name) / f"{number:06d}.json", msgspec.json.encode(record))

    def _write(self, path: Path, content: bytes) -> None:
        if path.is_symlink():
            raise NameRefused
        with whole(path, private=True) as stream:
            stream.write(content)

    def _numbers(self, name: str) -> list[int]:
        try:
            entries = os.listdir(self._history(name))
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(int(match[1]) for entry in entries if (match := _NUMBER.fullmatch(entry)))

    def _state(self, name: str, number: int) -> State:
        record = msgspec.json.decode(_text(self._history(name) / f"{number:06d}.json"), type=_Record)
        return State(number, record.text, record.saved_at, record.saved_by)

    @contextmanager
    def _held(self, name: str) -> Iterator[None]:
        """Keeps other saves of the case waiting, in this process and in others."""
        history = self._history(name)
        make_folder(self.folder)
        try:
            history.parent.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise unwritable(history.parent, error) from error
        if history.parent.is_symlink() or history.is_symlink():
            raise NameRefused
        with alone(history, make=True, wait=WAIT):
            yield


def _is_name(name: str) -> bool:
    try:
        return check_name(name) == name
    except NameRefused:
        return False


def _plain_file(name: str, flags: int) -> int:
    """Opens a regular file only: no link, which may lead out of the folder, and no pipe, which may never end."""
    number = os.open(name, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise FileNotFoundError(name)
    return number


def _text(path: Path) -> str:
    with opened(path, _plain_file) as stream:
        content = stream.read(FILE_LIMIT + 1)
    if len(content) > FILE_LIMIT:
        refuse("file/too-large", Location(path.name), limit=FILE_LIMIT // MEGABYTE)
    return decoded(content, path.name, 1)
