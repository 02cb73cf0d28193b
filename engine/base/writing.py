"""Writing files. A file is written whole or not at all, and replaces only what it may replace.

A file is written under a random name beside its final place, and is moved there once it is complete. A lock that ends
with its process marks a file that a run is still writing, so that the next run can remove what a killed one left.
Devices and pipes are written to and never replaced; links are followed; the permissions of a file are kept.
"""

import errno
import os
import re
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from pathlib import Path
from typing import IO, NoReturn, TextIO

from engine.base.diagnostics import Location, Problems, diagnostic

try:
    import fcntl
except ImportError:  # Windows has no such locks.
    fcntl = None  # type: ignore[assignment]

PARTIAL = re.compile(r"\.xeploai-[0-9a-f]{16}\.partial")
SCRATCH = re.compile(r"xeploai-\w{8}")
MARK, MARK_TEXT, FILES = "xeploai-own", b"A folder of xeploai; it may be removed while xeploai does not run.\n", "files"
STREAM = re.compile(r"/dev/(stdin|stdout|stderr|fd/[0-9]+)|/proc/.*/fd/[0-9]+")
STREAMS = {"stdin": 0, "stdout": 1, "stderr": 2}
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)
BUSY = (errno.EWOULDBLOCK, errno.EAGAIN)
STEP = 0.02
"""Seconds between two attempts to get into a folder."""


class Unwritable(Problems):
    """An output cannot be written, or must not be replaced."""


def unwritable(path: Path | str, error: OSError) -> Unwritable:
    """An error of the system -> what it means for the output at this path."""
    match error.errno:
        case number if number in NO_SPACE:
            code = "output/no-space"
        case number if number in NOT_ALLOWED:
            code = "output/not-allowed"
        case errno.ENOENT:
            return _refusal("output/no-folder", path, folder=str(Path(path).parent))
        case errno.ENOTDIR:
            return _refusal("output/not-a-folder", path, folder=str(Path(path).parent))
        case errno.EISDIR:
            code = "output/is-a-folder"
        case number:
            return _refusal("output/failed", path, reason=errno.errorcode.get(number or 0, type(error).__name__))
    return _refusal(code, path)


def check_output(path: Path) -> None:
    """Raises Unwritable if no file can be written at the path."""
    try:
        if is_stream(path):
            return
        target = Path(os.path.realpath(path))
        if target.is_dir():
            _refuse("output/is-a-folder", path)
        about = target.parent.stat()
        if not stat.S_ISDIR(about.st_mode):
            _refuse("output/not-a-folder", path, folder=str(path.parent))
        if not os.access(target.parent, os.W_OK | os.X_OK) or (target.exists() and not os.access(target, os.W_OK)):
            _refuse("output/not-allowed", path)
    except OSError as error:
        raise unwritable(path, error) from error


def check_apart(path: Path, read: Iterable[str]) -> None:
    """Raises Unwritable if the path is one of the files, or lies in one of the folders, that a run reads."""
    target = Path(os.path.realpath(path))
    for name in read:
        with suppress(OSError):
            if name != "-" and _is_read(target, Path(name)) and not is_stream(path):
                _refuse("output/is-input", path, input=name)


def _is_read(target: Path, source: Path) -> bool:
    """Is the target this input, or does it lie in this folder?"""
    origin = Path(os.path.realpath(source))
    if origin.is_dir():
        return target.is_relative_to(origin)
    return target == origin or (target.exists() and origin.exists() and target.samefile(origin))


def _refuse(code: str, path: Path | str, **arguments: object) -> NoReturn:
    raise _refusal(code, path, **arguments)


def _refusal(code: str, path: Path | str, **arguments: object) -> Unwritable:
    return Unwritable([diagnostic(code, Location(str(path)), **arguments)])


def is_stream(path: Path) -> bool:
    """Is the path a device, a pipe or a socket, or the name of an open stream?"""
    if STREAM.fullmatch(str(path)):
        return True
    with suppress(FileNotFoundError):
        mode = path.stat().st_mode
        return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)
    return False


# --- a file -------------------------------------------------------------------------------------------------------


@contextmanager
def whole(path: Path, private: bool = False, lasting: bool = True) -> Iterator[IO[bytes]]:
    """A stream of bytes that becomes the file at `path` if the context ends without an error. Raises Unwritable.

    The stream's `name` is where the bytes lie until then. `private`: only the owner can read a new file; `lasting`: the
    bytes are on the disk before the file takes its place."""
    try:
        into_stream = is_stream(path)
    except OSError as error:
        raise unwritable(path, error) from error
    with _into_stream(path) if into_stream else _into_file(path, private, lasting) as stream:
        yield stream


@contextmanager
def whole_text(path: Path, private: bool = False) -> Iterator[TextIO]:
    """As `whole`, for text in UTF-8."""
    with whole(path, private) as stream:
        text = TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", newline="")
        try:
            yield text
        except BaseException:
            with suppress(OSError, ValueError):
                text.detach()
            raise
        try:
            text.detach()
        except OSError as error:
            raise unwritable(path, error) from error


@contextmanager
def _into_stream(path: Path) -> Iterator[IO[bytes]]:
    """Nothing is sent to a device or a pipe before all of it is there."""
    with scratch() as folder, open(folder / "output", "w+b", opener=_private) as stream:
        with _full_disk(path):
            yield stream
            stream.flush()
        try:
            # Opened again, because the caller may have had the file written by its name.
            with open(folder / "output", "rb") as content, open(_descriptor(path), "wb") as device:
                shutil.copyfileobj(content, device)
        except OSError as error:
            # A reader of the standard output that has seen enough, as `head` has, is no error.
            if not (isinstance(error, BrokenPipeError) and STREAM.fullmatch(str(path))):
                raise unwritable(path, error) from error


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _descriptor(path: Path) -> int:
    """A descriptor to write to. An open stream is used as it is, so that nothing in it is overwritten."""
    if STREAM.fullmatch(str(path)) and str(path).startswith("/dev/"):
        return os.dup(STREAMS[path.name] if path.name in STREAMS else int(path.name))
    return os.open(path, os.O_WRONLY)


@contextmanager
def _into_file(path: Path, private: bool, lasting: bool) -> Iterator[IO[bytes]]:
    target = Path(os.path.realpath(path))
    if target.is_dir():
        _refuse("output/is-a-folder", path)
    try:
        before = target.stat() if target.exists() else None
        if before is not None and not os.access(target, os.W_OK):
            _refuse("output/not-allowed", path)
        remove_abandoned(target.parent)
        partial, descriptor = _new_partial(target.parent, 0o600 if private or before is not None else 0o666)
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        with open(partial, "wb", opener=lambda *_: descriptor) as stream:
            with _full_disk(path):
                yield stream
                stream.flush()
            try:
                if before is not None:
                    _keep_permissions(target, partial, before)
                if lasting:
                    os.fsync(descriptor)
                if not os.path.samestat(partial.stat(follow_symlinks=False), os.fstat(descriptor)):
                    _refuse("output/failed", path, reason=errno.errorcode[errno.EBUSY])
                partial.replace(target)
            except OSError as error:
                raise unwritable(path, error) from error
    finally:
        with suppress(OSError):
            partial.unlink()


@contextmanager
def _full_disk(path: Path) -> Iterator[None]:
    """An error of writing is reported for this output, unless it names a file of its own."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is None:
            raise unwritable(path, error) from error
        raise


def _new_partial(folder: Path, mode: int) -> tuple[Path, int]:
    """A new, locked file with a random name in a folder."""
    while True:
        partial = folder / f".xeploai-{secrets.token_hex(8)}.partial"
        descriptor = os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), mode)
        _lock(descriptor)
        # Another run may have taken it for abandoned before it was locked.
        if os.fstat(descriptor).st_nlink:
            return partial, descriptor
        os.close(descriptor)


def _keep_permissions(target: Path, partial: Path, before: os.stat_result) -> None:
    with suppress(OSError):
        os.chown(partial, before.st_uid, before.st_gid)
    # This copies access lists too. The times are set to now below.
    with suppress(OSError):
        shutil.copystat(target, partial)
    os.chmod(partial, stat.S_IMODE(before.st_mode))
    os.utime(partial)


def remove_abandoned(folder: Path) -> None:
    """Removes the partial files that killed runs left in a folder."""
    with os.scandir(folder) as entries:
        left = [Path(entry.path) for entry in entries if PARTIAL.fullmatch(entry.name)]
    for partial in left:
        with suppress(OSError):
            descriptor = os.open(partial, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            try:
                if _is_own(os.fstat(descriptor)) and _lock(descriptor):
                    partial.unlink()
            finally:
                os.close(descriptor)


def _is_own(about: os.stat_result) -> bool:
    return not hasattr(os, "geteuid") or about.st_uid == os.geteuid()


def _lock(descriptor: int, shared: bool = False) -> bool | None:
    """Locks an open file or folder until it is closed or the process ends. False if another process holds the lock,
    None if there are no such locks here."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in BUSY else None
    return True


def write_over(path: Path, content: bytes) -> None:
    """Gives a file in a folder of the program's own this content. It is written over in place, because reusing the
    pages that the system holds of the earlier content is much faster than a new file."""
    with open(path, "r+b" if path.exists() else "wb", opener=_private) as stream:
        stream.write(content)
        stream.truncate()


# --- a folder -----------------------------------------------------------------------------------------------------


@contextmanager
def scratch() -> Iterator[Path]:
    """A temporary folder that only its owner can read, removed when the context ends. Folders that killed runs left are
    removed first. Raises Unwritable."""
    try:
        place = Path(tempfile.gettempdir())
        with os.scandir(place) as entries:
            left = [Path(entry.path) for entry in entries if SCRATCH.fullmatch(entry.name)]
        for folder in left:
            _remove_abandoned_folder(folder)
        folder = Path(tempfile.mkdtemp(prefix="xeploai-"))
    except OSError as error:
        raise unwritable(os.environ.get("TMPDIR", tempfile.tempdir or "TMPDIR"), error) from error
    try:
        with kept_folder(folder) as inside:
            yield inside
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def kept_folder(folder: Path) -> Iterator[Path]:
    """A folder of the program's own, for one run at a time, that only its owner can read. It is removed if the context
    ends without an error; otherwise the next run finds what this one left. Raises Unwritable if it belongs to somebody
    else, or if a run is working in it."""
    with alone(folder, make=True):
        _claim(folder)
        yield folder / FILES
        shutil.rmtree(folder, ignore_errors=True)


def _claim(folder: Path) -> None:
    """Marks an empty folder as the program's own. Any other folder must be marked already."""
    about = folder.stat(follow_symlinks=False)
    if not stat.S_ISDIR(about.st_mode) or not _is_own(about) or about.st_mode & 0o022:
        _refuse("output/not-ours", folder)
    if not any(folder.iterdir()):
        with open(folder / MARK, "xb", opener=_private) as stream:
            stream.write(MARK_TEXT)
    elif not _is_marked(folder):
        _refuse("output/not-ours", folder)
    (folder / FILES).mkdir(mode=0o700, exist_ok=True)


def _is_marked(folder: Path) -> bool:
    try:
        with open(folder / MARK, "rb") as stream:
            # The mark may be cut short if the machine stopped while it was written.
            return MARK_TEXT.startswith(stream.read(len(MARK_TEXT) + 1))
    except OSError:
        return False


def _remove_abandoned_folder(folder: Path) -> None:
    with suppress(OSError, Unwritable):
        about = folder.stat(follow_symlinks=False)
        if stat.S_ISDIR(about.st_mode) and _is_own(about) and not about.st_mode & 0o077 and _is_marked(folder):
            with alone(folder):
                shutil.rmtree(folder, ignore_errors=True)


def make_folder(folder: Path) -> None:
    """Makes a folder for outputs, and the folders above it. Raises Unwritable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        _refuse("output/not-a-folder", folder, folder=str(folder))
    except OSError as error:
        raise unwritable(folder, error) from error


@contextmanager
def alone(folder: Path, *, make: bool = False, shared: bool = False, wait: float = 0.0) -> Iterator[int]:
    """Keeps other runs out of a folder until the context or the process ends, and every process that inherits the
    descriptor that is given. Raises Unwritable if another holds the folder for `wait` seconds.

    `make`: the folder is made if it does not exist. `shared`: runs that also ask for `shared` are let in."""
    until = time.monotonic() + wait
    while True:
        try:
            if make:
                folder.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        except FileExistsError:
            _refuse("output/not-ours", folder)
        except OSError as error:
            raise unwritable(folder, error) from error
        try:
            if _lock(descriptor, shared) is False:
                if time.monotonic() >= until:
                    _refuse("output/in-use", folder)
                time.sleep(STEP)
                continue
            # The run that held the folder before may have removed it.
            if _is_there(folder, descriptor):
                yield descriptor
                return
        finally:
            os.close(descriptor)


def _is_there(folder: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(folder.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
