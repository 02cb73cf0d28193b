"""Reading files: bytes -> UTF-8 text, whole, line by line or in blocks. No other module opens a file to read text.

A file that cannot be read, is too large, or is no text comes as a diagnostic.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.base.documents import FILE_LIMIT, LINE_LIMIT, MEGABYTE, refuse
from engine.base.file_kinds import HEAD, ends_lines_by_return, other_kind
from engine.base.words import words

STANDARD_INPUT = "-"

_SYSTEM_ERRORS = {
    errno.EACCES: "no_permission",
    errno.EPERM: "no_permission",
    errno.EISDIR: "is_folder",
    errno.ENOTDIR: "part_is_file",
    errno.ENAMETOOLONG: "name_too_long",
    errno.ELOOP: "circular_links",
    errno.EMFILE: "too_many_open",
    errno.EIO: "disk_error",
}


# --- files --------------------------------------------------------------------------------------------------------


def read_policy(path: Path) -> str:
    """As `read_text`, of a regular file only: a policy that is a pipe or a device is refused. Raises Problems."""
    return decoded(read_content(path), name_of(path), 1)


def read_text(path: Path, limit: int = FILE_LIMIT) -> str:
    """A UTF-8 file of at most `limit` bytes, without its byte order mark. Raises Problems."""
    with opened(path) as stream:
        return decoded(_content(stream, path, limit), name_of(path), 1)


def read_content(path: Path) -> bytes:
    """The bytes of a regular file. A pipe or a device, which may never end, is refused. Raises Problems."""
    with opened(path, opener=_regular) as stream:
        return _content(stream, path, FILE_LIMIT)


def _regular(name: str, flags: int) -> int:
    """Opens a regular file only, without waiting for somebody to write to a pipe."""
    number = os.open(name, flags | getattr(os, "O_NONBLOCK", 0))
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise _NoFile
    return number


class _NoFile(OSError):
    """Raised if a path leads to something other than a regular file."""


def system_reason(error: OSError) -> dict[str, str]:
    """Why the operating system does not let a file be read, as the arguments of `file/unreadable`."""
    number = error.errno or 0
    reason = words("files", "system")[_SYSTEM_ERRORS.get(number, "another")]
    in_english = reason["en"] if number in _SYSTEM_ERRORS or not error.strerror else error.strerror
    return {"reason_vi": reason["vi"].format(number=number), "reason": in_english.format(number=number)}


def _content(stream: IO[bytes], path: Path, limit: int) -> bytes:
    try:
        content = stream.read(limit + 1)
    except OSError as error:
        refuse("file/unreadable", Location(name_of(path)), **system_reason(error))
    if len(content) > limit:
        refuse("file/too-large", Location(name_of(path)), limit=limit // MEGABYTE)
    _refuse_other_kinds(content, name_of(path))
    return content


def _refuse_other_kinds(head: bytes, name: str) -> None:
    """Raises Problems if a file is no text, as its first bytes show."""
    if other := other_kind(head):
        refuse(other[0], Location(name), **other[1])


def _refuse_by_start(head: bytes, line: bytes, name: str) -> None:
    """As `_refuse_other_kinds`, for a file of lines, which must not end by a lone carriage return."""
    _refuse_other_kinds(head, name)
    if ends_lines_by_return(line):
        refuse("file/cr-only", Location(name, 1, 1))


def is_stream(path: Path) -> bool:
    """Can it be read only once: standard input, a pipe, a terminal?"""
    return str(path) == STANDARD_INPUT or (os.path.exists(path) and (path.is_fifo() or path.is_char_device()))


def name_of(path: Path | str) -> str:
    """A file's name as people see it and records keep it: bytes that are not UTF-8 are replaced."""
    return os.fsencode(path).decode("utf-8", "replace")


def read_start(path: Path, size: int) -> bytes:
    """The first bytes of a file; none if it cannot be read, which whoever reads it whole reports."""
    try:
        with path.open("rb") as stream:
            return stream.read(size)
    except OSError:
        return b""


@contextmanager
def opened(path: Path, opener: Callable[[str, int], int] | None = None) -> Iterator[IO[bytes]]:
    """A file to read bytes from. Raises Problems if it cannot be opened."""
    try:
        stream = open(path, "rb", opener=opener)  # noqa: SIM115 - only errors of opening are caught
    except FileNotFoundError:
        refuse("file/link-to-nothing" if path.is_symlink() else "file/missing", Location(name_of(path)))
    except _NoFile:
        refuse("file/not-regular", Location(name_of(path)))
    except OSError as error:
        refuse("file/unreadable", Location(name_of(path)), **system_reason(error))
    with stream:
        yield stream


def read_lines(source: Path | IO[bytes], name: str, table: bool = False) -> Iterator[tuple[int, str | Diagnostic]]:
    """The lines of a file or stream that are not blank, with their numbers. Only one line is in memory at a time.

    A line that cannot be read comes as a diagnostic. A stream that starts with the first line of one case written
    over several lines comes whole, as line 1. `table`: the lines are rows of a table. Raises Problems if the file
    cannot be opened.
    """
    if isinstance(source, Path):
        try:
            with source.open("rb") as stream:
                yield from _lines(stream, name, table)
        except FileNotFoundError:
            refuse("file/missing", Location(name))
        except OSError as error:
            refuse("file/unreadable", Location(name), **system_reason(error))
    else:
        yield from _lines(source, name, table, may_be_case=True)


def _lines(
    stream: IO[bytes], name: str, table: bool, may_be_case: bool = False
) -> Iterator[tuple[int, str | Diagnostic]]:
    number = held = 0
    head = stream.peek(HEAD) if isinstance(stream, BufferedReader) else b""
    too_long = "table/line-too-long" if table else "json/line-too-long"
    while content := stream.readline(LINE_LIMIT + 1):
        number += 1
        if number == 1:
            _refuse_by_start(max(head, content, key=len), content, name)
        if content.isspace() and len(content) <= LINE_LIMIT:
            continue
        if len(content) > LINE_LIMIT:
            while content and not content.endswith(b"\n"):
                content = stream.readline(LINE_LIMIT)
            yield number, diagnostic(too_long, Location(name, number, 1), limit=LINE_LIMIT // MEGABYTE)
            held += 1
            continue
        if may_be_case and not held and goes_on(content):
            content = b"\n" * (number - 1) + content + stream.read(FILE_LIMIT + 1 - len(content))
            if len(content) > FILE_LIMIT:
                yield 1, diagnostic("file/too-large", Location(name), limit=FILE_LIMIT // MEGABYTE)
                return
            number = 1
        try:
            text = decoded(content, name, number)
        except Problems as problems:
            held += 1
            yield number, problems.diagnostics[0]
            continue
        if text.strip():
            held += 1
            yield number, text
    if not held:
        refuse("table/empty" if table else "json/empty", Location(name))


def read_blocks(path: Path, size: int, end: int) -> Iterator[bytes]:
    """The first `end` bytes of a file, in blocks of whole lines of about `size` bytes each. The file may be growing.

    Of a line that is too long, only the start comes. Raises Problems if the file cannot be opened or read."""
    try:
        with path.open("rb") as stream:
            start, head = 0, stream.peek(HEAD)
            _refuse_by_start(head, stream.readline(LINE_LIMIT + 1), name_of(path))
            while start < end:
                # The end of the block is looked for first, so that the block is read at once and never copied.
                stop = min(start + size, end)
                stream.seek(stop)
                rest = stream.readline(LINE_LIMIT + 1)[: end - stop]
                stop = following = stop + len(rest)
                while rest and not rest.endswith(b"\n"):
                    rest = stream.readline(LINE_LIMIT)[: end - following]
                    following += len(rest)
                stream.seek(start)
                block = [stream.read(stop - start)]
                if following > stop:
                    block = [block[0] + b"\n"]
                start = following
                # Not held here, so that its memory is free as soon as the caller is done with it.
                yield block.pop()
    except FileNotFoundError:
        refuse("file/missing", Location(name_of(path)))
    except OSError as error:
        refuse("file/unreadable", Location(name_of(path)), **system_reason(error))


def read_stream(stream: IO[bytes], name: str, size: int) -> Iterator[bytes]:
    """As `read_blocks`, of a stream that can be read only once, to its end."""
    started = False
    while block := stream.read(size):
        if not started:
            _refuse_by_start(block[:HEAD], block.partition(b"\n")[0] + b"\n", name)
            started = True
        if not block.endswith(b"\n"):
            rest = stream.readline(LINE_LIMIT + 1)
            block += rest
            while len(rest) > LINE_LIMIT and not rest.endswith(b"\n"):
                rest = stream.readline(LINE_LIMIT + 1)
            block += b"" if block.endswith(b"\n") else b"\n"
        yield block


def goes_on(first: bytes) -> bool:
    """Does the first line, which is not blank, only begin a case that goes on in the next lines?"""
    return first.strip()[-1:] in (b",", b"{", b"[")


def first_line(content: bytes) -> bytes:
    """The first line that is not blank."""
    return content.lstrip().partition(b"\n")[0]


def line_text(content: bytes, name: str, number: int, limit: int = LINE_LIMIT) -> str:
    """One line of a file as text. Raises Problems if it is too long or not UTF-8."""
    if len(content) > limit:
        refuse("json/line-too-long", Location(name, number, 1), limit=limit // MEGABYTE)
    return decoded(content, name, number)


def texts_of(files: Iterable[str]) -> dict[str, str]:
    """The texts of those files that can be read, so that the lines with problems can be shown."""
    texts = {}
    for file in dict.fromkeys(files):
        if is_stream(Path(file)):
            # Its content is gone, and waiting for more might never end.
            continue
        try:
            texts[file] = read_policy(Path(file))
        except Problems:
            continue
    return texts


def decoded(content: bytes, name: str, line: int) -> str:
    """Bytes of a file that begin at its line `line`, as text. Raises Problems if they are not UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        place = Location(name, line + before.count(b"\n"), error.start - before.rfind(b"\n"))
        refuse("file/encoding", place, position=error.start)
