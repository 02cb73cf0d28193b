"""The files of a population -> portions: some cases, one a line, with where each stands in its file.

A portion is decided, kept and, after an interruption, passed over as a whole.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from itertools import islice
from pathlib import Path

from engine.diagnostics import Location, Problems, diagnostic
from engine.records import Rejected
from engine.sources import Document, Unread, find_files, line_text, read_blocks, read_text

PORTION = 128 * 1024 * 1024
FILES_IN_PORTION = 5_000
LINES = (".ndjson", ".jsonl")
SUFFIXES = (".json", *LINES)
TABLES = (".csv", ".tsv", ".xlsx", ".xlsm", ".parquet")
ROWS_IN_PORTION = 20_000
TableReader = Callable[[Path], Iterable[Document | Rejected]]
"""The cases of a table, one a row."""


@dataclass(frozen=True)
class Portion:
    """Cases, one a line. They come from one file, from line `first` on, each from a file of its own, or from the rows
    of a table, whose `documents` then say what stands there; `places` are those of each case where not the line's."""

    number: int
    content: bytes
    file: str
    first: int = 1
    places: tuple[tuple[str, int], ...] = ()
    documents: tuple[Document | Rejected, ...] = ()

    def lines(self, numbers: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        """Some of the lines, by their numbers from 1 on, and their text."""
        wanted = set(numbers)
        for number, line in enumerate(islice(BytesIO(self.content), max(wanted, default=0)), 1):
            if number in wanted:
                yield number, line.removesuffix(b"\n")

    @property
    def digest(self) -> str:
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
                return Unread(file, read_text(Path(file)), name=name)
            text = line_text(line, file, place)
            return Unread(file, text, place - 1, name) if text.strip() else None
        except Problems as problems:
            return Rejected(name, None, problems.diagnostics)


@dataclass(frozen=True)
class Input:
    """A file of a population as it was when the run began."""

    path: str
    size: int
    changed: int

    @staticmethod
    def of(path: Path) -> "Input":
        about = path.stat()
        return Input(str(path), about.st_size, about.st_mtime_ns)


def inputs(paths: Sequence[str]) -> tuple[list[Input], list[Rejected]]:
    """The files at the paths, in order; what is not there comes as `Rejected`."""
    found: dict[str, Input] = {}
    missing = []
    for path in paths:
        try:
            for file in find_files([path], SUFFIXES):
                found.setdefault(str(file), Input.of(file))
        except Problems as problems:
            missing.append(Rejected(path, None, problems.diagnostics))
        except FileNotFoundError:
            missing.append(unreadable(path))
    return list(found.values()), missing


def unreadable(path: str) -> Rejected:
    try:
        read_text(Path(path), 0)
    except Problems as problems:
        return Rejected(path, None, problems.diagnostics)
    raise AssertionError(path)


def without_cases(files: Sequence[Input], refused: Iterable[Rejected], held: set[str]) -> list[Rejected]:
    """The NDJSON files that hold no case, as `evaluate` refuses them too: an export that failed looks just like that.
    `held` are the files that hold one."""
    told = {one.file for one in refused}
    return [
        Rejected(one.path, None, (diagnostic("json/empty", Location(one.path)),))
        for one in files
        if Path(one.path).suffix in LINES and one.path not in held | told
    ]


def portions(
    files: Sequence[Input], size: int = PORTION, table: TableReader | None = None
) -> Iterator[Portion | Rejected]:
    """The cases of the files in order. What cannot be read at all comes as `Rejected`. `table` reads the rows of the
    files that are neither NDJSON nor JSON."""
    number = 0
    held: list[tuple[str, bytes]] = []
    weight = 0
    for one in files:
        path = Path(one.path)
        if path.suffix != ".json" and held:
            yield _of_files(number, held)
            number, held, weight = number + 1, [], 0
        if path.suffix.lower() in TABLES and table is not None:
            rows = iter(table(path))
            while batch := list(islice(rows, ROWS_IN_PORTION)):
                cases = [row for row in batch if isinstance(row, Document)]
                yield from (row for row in batch if isinstance(row, Rejected))
                if cases:
                    yield _of_rows(number, one.path, cases)
                    number += 1
            continue
        if path.suffix in LINES:
            first = 1
            try:
                for block in read_blocks(path, size, one.size):
                    lines, whole = block.count(b"\n"), [Portion(number, block, one.path, first)]
                    del block
                    yield whole.pop()
                    number, first = number + 1, first + lines
            except Problems as problems:
                yield Rejected(one.path, None, problems.diagnostics)
            continue
        try:
            content = read_text(path).encode()
        except Problems as problems:
            yield Rejected(one.path, None, problems.diagnostics)
            continue
        # Within a JSON text line breaks are blanks.
        held.append((one.path, content.replace(b"\n", b" ").replace(b"\r", b" ")))
        weight += len(content)
        if len(held) >= FILES_IN_PORTION or weight > size:
            yield _of_files(number, held)
            number, held, weight = number + 1, [], 0
    if held:
        yield _of_files(number, held)


def _of_files(number: int, held: Sequence[tuple[str, bytes]]) -> Portion:
    content = b"".join(text + b"\n" for _, text in held)
    return Portion(number, content, held[0][0], 1, tuple((file, 1) for file, _ in held))


def _of_rows(number: int, file: str, rows: Sequence[Document]) -> Portion:
    places = tuple((file, row.location().line) for row in rows)
    return Portion(number, b"".join(map(_line, rows)), file, 1, places, tuple(rows))


def _line(row: Document) -> bytes:
    """A case as a line of NDJSON; empty where it is for its document to say what stands there."""
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
