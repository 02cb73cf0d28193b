"""The files of a population -> portions: some cases, one a line, with where each stands in its file.

A portion is decided, kept and, after an interruption, passed over as a whole.
"""

import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from io import BytesIO
from itertools import count, islice, pairwise
from pathlib import Path

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.base.documents import FILE_LIMIT, MEGABYTE, Document
from engine.base.files import (
    STANDARD_INPUT,
    first_line,
    goes_on,
    is_stream,
    line_text,
    name_of,
    opened,
    read_blocks,
    read_start,
    read_stream,
    read_text,
    system_reason,
)
from engine.base.json_text import Unread, parse_json
from engine.base.paths import Form, case_files, form_of
from engine.core.judge.case import Rejected

PORTION = 16 * 1024 * 1024
"""So much is in memory for each process."""
FILES_IN_PORTION = 5_000
STREAM_PORTION = 32 * 1024 * 1024
LINES_IN_PORTION = 500_000
"""Real cases come to fewer lines: the cost of a portion depends on its lines even if they are empty."""
PEEK = 1024 * 1024
ROWS_IN_PORTION = 20_000
TableReader = Callable[[Path], Iterable[Document | Rejected]]
"""The cases of a table, one a row."""


@dataclass(frozen=True)
class Portion:
    """Cases, one a line. They come from one file, from line `first` on, each from a file of its own, or from the rows
    of a table, whose `documents` then say what stands there; `places` are those of each case if the
    lines are not."""

    number: int
    content: bytes
    file: str
    first: int = 1
    places: tuple[tuple[str, int], ...] = ()
    documents: tuple[Document | Rejected, ...] = ()
    paths: Mapping[str, str] = field(default_factory=dict)
    """Of those files that are called otherwise."""

    def lines(self, numbers: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """Some of the lines, by their numbers from 1 on, and their text."""
        wanted = set(numbers)
        for number, line in enumerate(islice(BytesIO(self.content), max(wanted, default=0)), 1):
            if number in wanted:
                yield number, line.removesuffix(b"\n")

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the cases' text."""
        return hashlib.sha256(self.content).hexdigest()

    def place(self, number: int) -> tuple[str, int]:
        """The file and line where the case of line `number` (from 1 on) begins."""
        return self.places[number - 1] if self.places else (self.file, self.first + number - 1)

    def document(self, number: int, line: bytes) -> Document | Unread | Rejected | None:
        """One case, as a case file is taken; None for an empty line."""
        if self.documents:
            return self.documents[number - 1]
        file, place = self.place(number)
        name = f"{file}:{place}"
        try:
            if self.places:
                return Unread(file, read_text(Path(self.paths.get(file, file))), name=name)
            text = line_text(line, file, place)
            return Unread(file, text, place - 1, name) if text.strip() else None
        except Problems as problems:
            return Rejected(name, None, problems.diagnostics)


@dataclass(frozen=True)
class Input:
    """A file of a population as it was when the run began. Of a stream, which is read once, nothing is known."""

    path: str
    size: int
    changed: int
    form: Form

    @staticmethod
    def of(path: Path) -> "Input":
        """The file as it is now. Raises OSError if it cannot be looked at."""
        form = form_of(path)
        if is_stream(path):
            return Input(str(path), 0, 0, form)
        about = path.stat()
        if form == "either":
            form = "case" if goes_on(first_line(read_start(path, PEEK))) else "lines"
        return Input(str(path), about.st_size, about.st_mtime_ns, form)

    @property
    def name(self) -> str:
        """The path as messages show it."""
        return name_of(self.path)

    @property
    def is_stream(self) -> bool:
        """Whether it can be read only once."""
        return self.form == "either"

    @property
    def is_the_same(self) -> bool:
        """Whether the file has not been changed or removed since the run began."""
        try:
            return self.is_stream or Input.of(Path(self.path)) == self
        except OSError:
            return False


def inputs(paths: Sequence[str]) -> tuple[list[Input], list[Rejected], list[Diagnostic]]:
    """The files at the paths, in order; what cannot be read, as `Rejected`; and what is passed over."""
    files: list[Input] = []
    missing: list[Rejected] = []
    passed_over: list[Diagnostic] = []
    for file in case_files(paths):
        if isinstance(file, Diagnostic):
            if file.severity == "error":
                missing.append(Rejected(file.location.file, None, (file,)))
            else:
                passed_over.append(file)
            continue
        try:
            files.append(Input.of(file))
        except OSError as error:
            problem = diagnostic("file/unreadable", Location(name_of(file)), **system_reason(error))
            missing.append(Rejected(name_of(file), None, (problem,)))
    return files, missing, passed_over


def without_cases(files: Sequence[Input], refused: Iterable[Rejected], held: set[str]) -> list[Rejected]:
    """The files of lines that hold no case, as `evaluate` refuses them too: an export that failed looks just like that.
    `held` are the files that hold one."""
    refused_files = {file.file for file in refused}
    return [
        Rejected(file.name, None, (diagnostic("json/empty", Location(file.name)),))
        for file in files
        if file.form in ("lines", "either") and file.name not in held | refused_files
    ]


def portions(
    files: Sequence[Input], size: int = PORTION, table: TableReader | None = None
) -> Iterator[Portion | Rejected]:
    """The cases of the files in order. What cannot be read at all comes as `Rejected`. `table` reads the rows of the
    files that are neither NDJSON nor JSON."""
    numbers = count()
    held: list[tuple[Input, bytes]] = []
    weight = 0
    for file in files:
        if file.form != "case" and held:
            yield _of_files(next(numbers), held)
            held, weight = [], 0
        if file.form == "table" and table is not None:
            yield from _of_table(numbers, file, table)
        elif file.form in ("lines", "either"):
            yield from _of_lines(numbers, file, size)
        else:
            try:
                text = _one_line(read_text(Path(file.path)).encode())
            except Problems as problems:
                yield Rejected(file.name, None, problems.diagnostics)
                continue
            held.append((file, text))
            weight += len(text)
            if len(held) >= FILES_IN_PORTION or weight > size:
                yield _of_files(next(numbers), held)
                held, weight = [], 0
    if held:
        yield _of_files(next(numbers), held)


def _of_table(numbers: Iterator[int], file: Input, table: TableReader) -> Iterator[Portion | Rejected]:
    rows = iter(table(Path(file.path)))
    while batch := list(islice(rows, ROWS_IN_PORTION)):
        yield from (row for row in batch if isinstance(row, Rejected))
        if cases := [row for row in batch if isinstance(row, Document)]:
            yield _of_rows(next(numbers), file.name, cases)


def _of_lines(numbers: Iterator[int], file: Input, size: int) -> Iterator[Portion | Rejected]:
    """The portions of a file with a case on each line, or the one case that a stream holds."""
    path, first = Path(file.path), 1
    try:
        for block in _stream(path) if file.is_stream else read_blocks(path, size, file.size):
            if file.is_stream and first == 1 and goes_on(first_line(block)):
                yield _of_one(next(numbers), file.name, block)
                return
            lines, pieces = block.count(b"\n"), _pieces(numbers, block, file.name, first)
            del block
            first += lines
            while pieces:
                yield pieces.pop(0)
    except Problems as problems:
        yield Rejected(file.name, None, problems.diagnostics)


def _pieces(numbers: Iterator[int], block: bytes, file: str, first: int) -> list[Portion]:
    """A block of lines as portions of at most `LINES_IN_PORTION` lines. Portions of blank lines alone are left out."""
    marks = islice(re.finditer(rb"\n", block), LINES_IN_PORTION - 1, None, LINES_IN_PORTION)
    ends = [] if block.count(b"\n") <= LINES_IN_PORTION else [mark.end() for mark in marks]
    pieces = [block[start:end] for start, end in pairwise([0, *ends, len(block)])]
    starts = range(first, first + len(pieces) * LINES_IN_PORTION, LINES_IN_PORTION)
    places = [(start, piece) for start, piece in zip(starts, pieces, strict=True) if piece and not piece.isspace()]
    return [Portion(next(numbers), piece, file, start) for start, piece in places]


def _stream(path: Path) -> Iterator[bytes]:
    if str(path) == STANDARD_INPUT:
        yield from read_stream(sys.stdin.buffer, STANDARD_INPUT, STREAM_PORTION)
        return
    with opened(path) as stream:
        yield from read_stream(stream, name_of(path), STREAM_PORTION)


def _of_one(number: int, file: str, content: bytes) -> Portion | Rejected:
    """One case that a stream holds."""
    if len(content) > FILE_LIMIT:
        return Rejected(file, None, (diagnostic("file/too-large", Location(file), limit=FILE_LIMIT // MEGABYTE),))
    document: Document | Rejected
    try:
        document = parse_json(file, line_text(content, file, 1, FILE_LIMIT))
    except Problems as problems:
        document = Rejected(file, None, problems.diagnostics)
    return Portion(number, _one_line(content), file, 1, ((file, 1),), (document,))


def _one_line(content: bytes) -> bytes:
    """Line breaks are blanks in a JSON text, as tabs are, and like them not allowed within its strings."""
    return content.replace(b"\n", b"\t").replace(b"\r", b"\t") + b"\n"


def _of_files(number: int, held: Sequence[tuple[Input, bytes]]) -> Portion:
    content = b"".join(text for _, text in held)
    places = tuple((file.name, 1) for file, _ in held)
    paths = {file.name: file.path for file, _ in held if file.name != file.path}
    return Portion(number, content, held[0][0].name, 1, places, paths=paths)


def _of_rows(number: int, file: str, rows: Sequence[Document]) -> Portion:
    places = tuple((file, row.location().line) for row in rows)
    return Portion(number, b"".join(map(_line, rows)), file, 1, places, tuple(rows))


def _line(row: Document) -> bytes:
    """A case as a line of NDJSON; empty if its document says what stands there."""
    try:
        if row.problems or row.percentages:
            return b"{}\n"
        text = json.dumps(row.data, ensure_ascii=False, separators=(",", ":"), default=_exactly)
        return text.encode() + b"\n"
    except (ValueError, TypeError):
        return b"{}\n"


def _exactly(number: object) -> float:
    if isinstance(number, Decimal) and Decimal(repr(float(number))) == number:
        return float(number)
    raise TypeError(number)
