"""Libraries that were read and checked, and rules made ready from them, kept in the user's cache folder so that the
next run starts at once.

What is kept is found again under a hash of all that it came from: every policy file, byte for byte, the folder's name
as given (diagnostics show it), this engine's own files, and Python's version. So it is never stale; it may be deleted
at any time, and where it cannot be read or written the library is read as if there were none. A file is made under
another name and moved, so that runs at the same time do no harm, and nothing is taken from one that another user
could have written. `XEPLOAI_CACHE` names another folder; `off` turns it off. No case is ever kept.
"""

import os
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from engine import ENGINE_VERSION
from engine.diagnostics import Problems
from engine.folders import data_folder, library_files, passed_over
from engine.sources import read_content

if TYPE_CHECKING:
    from engine.model import Library

MOST_KEPT = 64
_DIGEST = 32

T = TypeVar("T")


def kept_library(folder: Path) -> "Library":
    """As `load_library`, which is asked only where no run before has read the very same files. Raises Problems."""
    return kept(folder).library


class Kept:
    """A library, and what was made from it alone, in this run or one before."""

    def __init__(self, library: "Library", place: Path | None, key: str | None) -> None:
        """Without a place or a key nothing is kept."""
        self.library = library
        self._place = place
        self._key = key

    def made(self, name: tuple[object, ...], make: Callable[[], T]) -> T:
        """What `make` gives, which must hang on nothing but the library and what the name says."""
        if self._place is None or self._key is None:
            return make()
        key = sha256(f"{self._key}\n{name!r}".encode()).hexdigest()
        found: T | None = _read(self._place / key, self.library)
        if found is None:
            found = make()
            _write(self._place, key, found, self.library)
        return found


def kept(folder: Path) -> Kept:
    """As `kept_library`, with what can be made from it."""
    place = _place()
    key = _key(folder) if place is not None else None
    found = _read(place / key) if place is not None and key is not None else None
    if found is not None:
        return Kept(found, place, key)
    from engine.library import load_library

    library = load_library(folder)
    # Files that changed meanwhile would be kept under the wrong name.
    if place is None or key is None or key != _key(folder):
        return Kept(library, None, None)
    _write(place, key, library)
    return Kept(library, place, key)


def _parts(library: "Library") -> Iterator[object]:
    """What is not kept again with what is made from a library, always in the same order."""
    from engine.rules import all_rules

    yield library.vocabulary
    yield from library.vocabulary.facts.values()
    for regulation in library.regulations.values():
        yield regulation
        yield from all_rules(regulation)
        yield from regulation.ladders


class _Pickler(pickle.Pickler):
    def __init__(self, stream: BytesIO, library: "Library | None") -> None:
        super().__init__(stream, protocol=5)
        self._parts = list(_parts(library)) if library is not None else []
        self._numbers = {id(part): number for number, part in enumerate(self._parts)}

    def persistent_id(self, one: object) -> int | None:
        return self._numbers.get(id(one))


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: BytesIO, library: "Library | None") -> None:
        super().__init__(stream)
        self._parts = list(_parts(library)) if library is not None else []

    def persistent_load(self, number: int) -> object:
        return self._parts[number]


def _place() -> Path | None:
    named = os.environ.get("XEPLOAI_CACHE")
    if named:
        return None if named == "off" else Path(named)
    if sys.platform == "darwin":
        home = "~/Library/Caches"
    elif sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA", "~/AppData/Local")
    else:
        home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        place = Path(home).expanduser() / "xeploai"
    except RuntimeError:
        # No HOME, and a user whom the system does not know, as in containers.
        return None
    return place if place.is_absolute() else None


def _key(folder: Path) -> str | None:
    """What a library would be read from, as a hash; None where it cannot be read at all."""
    told = sha256(f"{ENGINE_VERSION}\n{sys.version}\n{os.fspath(folder)}\n".encode())
    try:
        files = library_files(folder)
        # What is passed over keeps a library from being read.
        for path in (*files, *passed_over(folder, files)):
            content = read_content(path)
            told.update(f"{path.as_posix()}\n{len(content)}\n".encode() + content)
        for own in (Path(__file__).parent, data_folder("schemas")):
            with os.scandir(own) as entries:
                stats = sorted((one.name, one.stat()) for one in entries if one.name.endswith((".py", ".json")))
            told.update("".join(f"{name}\n{one.st_size}\n{one.st_mtime_ns}\n" for name, one in stats).encode())
    except (OSError, ValueError, Problems):
        return None
    return told.hexdigest()


def _read(path: Path, library: "Library | None" = None) -> Any:
    """What is kept there; None where there is nothing, or something that this program did not leave there."""
    try:
        with path.open("rb") as stream:
            if not _is_own(os.fstat(stream.fileno())) or not _is_own(path.parent.stat()):
                return None
            content = stream.read()
    except OSError:
        return None
    if content[:_DIGEST] != sha256(content[_DIGEST:]).digest():
        return None
    with suppress(Exception):
        return _Unpickler(BytesIO(content[_DIGEST:]), library).load()
    return None


def _is_own(status: os.stat_result) -> bool:
    """Nobody else can have written it, so that what it says may be trusted."""
    return os.name != "posix" or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)


def _write(place: Path, key: str, what: object, library: "Library | None" = None) -> None:
    partial = place / f".{key}.{os.getpid()}"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_own(place.stat()):
            return
        stream = BytesIO()
        _Pickler(stream, library).dump(what)
        content = stream.getvalue()
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(sha256(content).digest() + content)
        partial.replace(place / key)
    except OSError:
        with suppress(OSError):
            partial.unlink()
        return
    with suppress(OSError):
        kept = sorted(place.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in kept[MOST_KEPT:]:
            path.unlink()
