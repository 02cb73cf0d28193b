"""Libraries that were read and checked, and rules made ready from them, kept in the user's cache folder so that the
next run starts at once.

What is kept is found again under a hash of all that it came from: every policy file, byte for byte, the folder's name
as given (diagnostics show it), this engine's own files, and Python's version. So it is never stale; it may be deleted
at any time, and if it cannot be read or written the library is read as if there were none. What a file holds is bound
to its name: one that was changed, or put in the place of another, counts as missing. Nothing is taken from a file
or folder that another user could have written, and nothing is made of it but plain data of this engine. Everything lies
in a subfolder of its own, of which only files are removed that bear the program's own name and beginning.
`XEPLOAI_CACHE` names another folder; `off` turns it off. No case is ever kept.
"""

import os
import pickle
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import IO, Any, TypeVar

from engine.base.data import PACKAGE, data_folder
from engine.base.diagnostics import Diagnostic, Problems
from engine.base.files import read_content
from engine.base.version import ENGINE_VERSION
from engine.base.writing import Unwritable, whole
from engine.core.policy.regulation import Library, all_rules
from engine.load.policies.folders import POLICIES_FOLDER, library_files, passed_over
from engine.load.policies.names import Name
from engine.load.policies.overlay import Overlay

MOST_KEPT = 128


FOLDER, SUFFIX, HEADER = "xeploai-rules", ".rules", b"xeploai rules 2\n"


_DIGEST = 32


_NAME = re.compile(rf"[0-9a-f]{{64}}\{SUFFIX}")


_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


_PLAIN = {("datetime", "date"), ("fractions", "Fraction"), (Name.__module__, Name.__qualname__)}


T = TypeVar("T")


def load_library(folder: Path | str, *, left_out: list[Diagnostic] | None = None) -> Library:
    """Read and check a policies folder, and prove that its local layers loosen nothing.

    `left_out`: a layer that loosens what it extends is left out of the library, and why is added to this list.

    Raises `Problems` with everything found, in the order of files and lines.
    """
    # A run that finds its library kept reads no YAML.
    from engine.load.policies.library import read_library

    library, overlays = read_library(Path(folder))
    loosened = {name: problems for name, problems in loosening(library, overlays) if problems}
    problems = sorted(chain.from_iterable(loosened.values()), key=lambda problem: problem.location)
    if problems and left_out is None:
        raise Problems(tuple(problems))
    if left_out is not None:
        left_out += problems
    kept = {
        name: regulation for name, regulation in library.regulations.items() if not _rests_on(name, loosened, overlays)
    }
    return replace(library, regulations=kept)


def kept_library(folder: Path) -> "Library":
    """As `load_library`, which is called only if no earlier run has read the very same files. Raises Problems."""
    return kept(folder).library


class Kept:
    """A library, and what was made from it alone, in this run or one before."""

    def __init__(self, library: "Library", place: Path | None, key: str | None) -> None:
        """Without a place or a key nothing is kept."""
        self.library = library
        self._place = place
        self._key = key

    def made(self, name: tuple[object, ...], make: Callable[[], T]) -> T:
        """What `make` gives, which must depend only on the library and what the name says."""
        if self._place is None or self._key is None:
            return make()
        key = sha256(f"{self._key}\n{name!r}".encode()).hexdigest()
        value: T | None = _read(self._place, key, self.library)
        if value is None:
            value = make()
            _write(self._place, key, value, self.library)
        return value


def kept(folder: Path) -> Kept:
    """As `kept_library`, with what can be made from it."""
    place = _place()
    key = _key(folder) if place is not None else None
    library = _read(place, key) if place is not None and key is not None else None
    if library is not None:
        return Kept(library, place, key)
    library = load_library(folder)
    # Files that changed meanwhile would be kept under the wrong name.
    if place is None or key is None or key != _key(folder):
        return Kept(library, None, None)
    _write(place, key, library)
    return Kept(library, place, key)


def _parts(library: "Library") -> Iterator[object]:
    """What is not kept again with what is made from a library, always in the same order."""
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

    def persistent_id(self, part: object) -> int | None:
        return self._numbers.get(id(part))


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: BytesIO, library: "Library | None") -> None:
        super().__init__(stream)
        self._parts = list(_parts(library)) if library is not None else []

    def persistent_load(self, number: int) -> object:
        return self._parts[number]

    def find_class(self, module: str, name: str) -> Any:
        """Only what is plain data: whatever a file says, making it runs nothing."""
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        if module.partition(".")[0] == PACKAGE.name and "." not in name:
            kind = super().find_class(module, name)
            if _is_data(kind):
                return kind
        raise pickle.UnpicklingError(f"{module}.{name}")


def _is_data(what: object) -> bool:
    """Is this a frozen dataclass or a named tuple?"""
    if not isinstance(what, type):
        return False
    options = getattr(what, "__dataclass_params__", None)
    return bool(options is not None and options.frozen) or (issubclass(what, tuple) and hasattr(what, "_fields"))


def _place() -> Path | None:
    named = os.environ.get("XEPLOAI_CACHE")
    if named:
        return None if named == "off" else Path(named) / FOLDER
    if sys.platform == "darwin":
        home = "~/Library/Caches"
    elif sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA", "~/AppData/Local")
    else:
        home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        place = Path(home).expanduser() / "xeploai" / FOLDER
    except RuntimeError:
        # No HOME, and a user whom the system does not know, as in containers.
        return None
    return place if place.is_absolute() else None


def _key(folder: Path) -> str | None:
    """What a library would be read from, as a hash; None if it cannot be read at all."""
    digest = sha256(f"{ENGINE_VERSION}\n{sys.version}\n{os.fspath(folder)}\n".encode())
    try:
        # The regulations that the program carries may be what a layer in the folder extends.
        files = dict.fromkeys((*library_files(folder), *library_files(data_folder(POLICIES_FOLDER))))
        # What is passed over keeps a library from being read.
        for path in (*files, *passed_over(folder, files)):
            content = read_content(path)
            digest.update(f"{path.as_posix()}\n{len(content)}\n".encode() + content)
        for own in (PACKAGE, data_folder("schemas")):
            stats = sorted((str(path), path.stat()) for suffix in ("py", "json") for path in own.rglob(f"*.{suffix}"))
            digest.update("".join(f"{name}\n{stat.st_size}\n{stat.st_mtime_ns}\n" for name, stat in stats).encode())
    except (OSError, ValueError, Problems):
        return None
    return digest.hexdigest()


def _read(place: Path, key: str, library: "Library | None" = None) -> Any:
    """What is kept there; None if there is nothing, or something that this program did not leave there."""
    try:
        with _opened(place, key) as stream:
            content = stream.read()
    except OSError:
        return None
    start = len(HEADER) + _DIGEST
    if content[:start] != HEADER + _digest(key, content[start:]):
        return None
    with suppress(Exception):
        return _Unpickler(BytesIO(content[start:]), library).load()
    return None


@contextmanager
def _opened(place: Path, key: str) -> Iterator[IO[bytes]]:
    """A kept file to read. Raises OSError, also if somebody else could have written it."""
    folder = os.open(place, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _NO_LINK)
    try:
        flags = _NO_LINK | getattr(os, "O_NONBLOCK", 0)
        with open(key + SUFFIX, "rb", opener=lambda name, more: os.open(name, flags | more, dir_fd=folder)) as stream:
            if not _is_own(os.fstat(folder)) or not _is_own(os.fstat(stream.fileno())):
                raise PermissionError
            yield stream
    finally:
        os.close(folder)


def _digest(key: str, content: bytes) -> bytes:
    return sha256(key.encode() + content).digest()


def _is_own(status: os.stat_result) -> bool:
    """Nobody else can have written it, so that what it says may be trusted."""
    return os.name != "posix" or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)


def _write(place: Path, key: str, what: object, library: "Library | None" = None) -> None:
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = place / (key + SUFFIX)
        # A link is not followed, and a pipe not written to: neither is the program's own.
        if place.is_symlink() or not _is_own(place.stat()) or (os.path.lexists(path) and not _is_plain(path)):
            return
        stream = BytesIO()
        _Pickler(stream, library).dump(what)
        content = stream.getvalue()
        with whole(path, private=True, lasting=False) as file:
            file.write(HEADER + _digest(key, content) + content)
        _remove_oldest(place)
    except (OSError, Unwritable):
        return


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _remove_oldest(place: Path) -> None:
    """Removes what is too much, of the files that the program can prove to have written."""
    kept = [path for path in place.iterdir() if _NAME.fullmatch(path.name)]
    if len(kept) <= MOST_KEPT:
        return
    for path in sorted(kept, key=lambda path: path.stat(follow_symlinks=False).st_mtime, reverse=True)[MOST_KEPT:]:
        with suppress(OSError), _opened(place, path.name.removesuffix(SUFFIX)) as stream:
            if stream.read(len(HEADER)) == HEADER:
                path.unlink()


def _rests_on(name: str, loosened: Collection[str], overlays: Mapping[str, Overlay]) -> bool:
    """Is it one of some layers, or laid over one?"""
    while name not in loosened:
        if name not in overlays:
            return False
        name = str(overlays[name].own.extends)
    return True


def loosening(library: Library, overlays: Mapping[str, Overlay]) -> Iterator[tuple[str, tuple[Diagnostic, ...]]]:
    """For each local layer of a library, by id, everything in which it is looser than what it extends."""
    if overlays:
        # Only local layers need it, and it takes a while to import.
        from engine.versions.overlay import check_layer

        for name, overlay in overlays.items():
            regulations = library.regulations
            yield name, tuple(check_layer(library, regulations[str(overlay.own.extends)], regulations[name], overlay))
