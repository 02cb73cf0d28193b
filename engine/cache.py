"""Libraries that were read and checked, kept in the user's cache folder so that the next run starts at once.

What is kept is found again under a hash of all that it came from: every policy file, byte for byte, the folder's name
as given (diagnostics show it), this engine's own files, and Python's version. So it is never stale; it may be deleted
at any time, and where it cannot be read or written the library is read as if there were none. A file is made under
another name and moved, so that runs at the same time do no harm, and nothing is taken from one that another user
could have written. `XEPLOAI_CACHE` names another folder; `off` turns it off. No case is ever kept.
"""

import os
import pickle
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import ENGINE_VERSION
from engine.folders import data_folder, library_files, passed_over

if TYPE_CHECKING:
    from engine.model import Library

MOST_KEPT = 16
_DIGEST = 32


def kept_library(folder: Path) -> "Library":
    """As `load_library`, which is asked only where no run before has read the very same files. Raises Problems."""
    place = _place()
    key = _key(folder) if place is not None else None
    found = _read(place / key) if place is not None and key is not None else None
    if found is not None:
        return found  # type: ignore[no-any-return]
    from engine.library import load_library

    library = load_library(folder)
    # Files that changed meanwhile would be kept under the wrong name.
    if place is not None and key is not None and key == _key(folder):
        _write(place, key, library)
    return library


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
    place = Path(home).expanduser() / "xeploai"
    return place if place.is_absolute() else None


def _key(folder: Path) -> str | None:
    """What a library would be read from, as a hash; None where it cannot be read at all."""
    told = sha256(f"{ENGINE_VERSION}\n{sys.version}\n{os.fspath(folder)}\n".encode())
    try:
        # What is passed over keeps a library from being read.
        for path in (*library_files(folder), *passed_over(folder)):
            content = path.read_bytes()
            told.update(f"{path.as_posix()}\n{len(content)}\n".encode() + content)
        for own in (Path(__file__).parent, data_folder("schemas")):
            with os.scandir(own) as entries:
                stats = sorted((one.name, one.stat()) for one in entries if one.name.endswith((".py", ".json")))
            told.update("".join(f"{name}\n{one.st_size}\n{one.st_mtime_ns}\n" for name, one in stats).encode())
    except (OSError, ValueError):
        return None
    return told.hexdigest()


def _read(path: Path) -> Any:
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
        return pickle.loads(content[_DIGEST:])
    return None


def _is_own(status: os.stat_result) -> bool:
    """Nobody else can have written it, so that what it says may be trusted."""
    return os.name != "posix" or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)


def _write(place: Path, key: str, library: "Library") -> None:
    partial = place / f".{key}.{os.getpid()}"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_own(place.stat()):
            return
        content = pickle.dumps(library, protocol=5)
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(sha256(content).digest() + content)
        partial.replace(place / key)
    except OSError:
        with suppress(OSError):
            partial.unlink()
        return
    with suppress(OSError):
        kept = sorted(place.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in kept[MOST_KEPT:]:
            path.unlink()
