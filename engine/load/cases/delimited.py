"""Text with delimiters (CSV, TSV) -> the rows of a table, as plain cells."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, takewhile

from engine.base.diagnostics import Diagnostic, diagnostic
from engine.base.documents import conflicts
from engine.load.cases.headings import HEADING_ROWS, MOST_COLUMNS, Headings
from engine.load.cases.rows import Row

DELIMITERS = (",", ";", "\t")
RECORD_LINES = 100
"""A cell of a CSV file may hold line breaks, within reason."""
MOST_UNSPLIT = 50
"""Reading ends after so many rows whose quotation marks do not close: for each, the next lines must be searched."""


def delimiter_of(lines: Sequence[str], headings: Headings) -> str:
    """The mark between the cells: the one with which the most headings of the first lines are recognised."""

    def known(delimiter: str) -> int:
        return max((headings.share(Row("", 0, _split(line, delimiter) or []))[0] for line in lines), default=0)

    return max(DELIMITERS, key=known)


def csv_rows(
    lines: Iterable[tuple[int, str | Diagnostic]], file: str, headings: Headings
) -> Iterator[Row | Diagnostic]:
    """The lines of a CSV file with their numbers -> its rows. A row whose quotation marks do not close, or that has
    too few or too many cells, comes as a diagnostic, and the next line is a row again."""
    pending = _Lines(lines)
    ahead = pending.peek(HEADING_ROWS)
    delimiter = delimiter_of([text for _, text in ahead if isinstance(text, str)], headings)
    width = unsplit = 0
    before: list[Row] = []
    while (line := pending.take()) is not None:
        number, text = line
        if isinstance(text, Diagnostic):
            yield text
            continue
        if settled := conflicts(text):
            yield diagnostic("file/merge-conflict", Row(file, number, ()).location(), last=number + settled[0][1] - 1)
            continue
        cells = _split(text, delimiter)
        if cells is None:
            whole, length = _record([text, *pending.following(RECORD_LINES)], delimiter)
            if whole is not None:
                cells, text = whole, text + "".join(pending.following(length))
                pending.drop(length)
        row = Row(file, number, cells or [], "", text, delimiter)
        if cells is None:
            yield diagnostic("table/quotes", row.location())
            unsplit += 1
            if unsplit == MOST_UNSPLIT:
                yield diagnostic("table/quotes-everywhere", row.location(), limit=MOST_UNSPLIT)
                return
        elif len(cells) > MOST_COLUMNS:
            yield diagnostic("table/too-wide", row.location(MOST_COLUMNS), limit=MOST_COLUMNS)
        elif width and len(cells) < width:
            yield diagnostic("table/short-row", row.location(), count=len(cells), expected=width)
        else:
            if len(before) < HEADING_ROWS:
                before.append(row)
                heading = headings.row_of(before)
                width = 0 if heading is None else len(before[heading].cells)
            yield row


class _Lines:
    """Lines with a look ahead."""

    def __init__(self, lines: Iterable[tuple[int, str | Diagnostic]]) -> None:
        self.rest = iter(lines)
        self.held: deque[tuple[int, str | Diagnostic]] = deque()

    def peek(self, count: int) -> list[tuple[int, str | Diagnostic]]:
        while len(self.held) < count and (line := next(self.rest, None)) is not None:
            self.held.append(line)
        return list(islice(self.held, count))

    def following(self, count: int) -> list[str]:
        """The next lines that can be read."""
        return [str(line) for _, line in takewhile(lambda pair: isinstance(pair[1], str), self.peek(count))]

    def take(self) -> tuple[int, str | Diagnostic] | None:
        return self.held.popleft() if self.held or self.peek(1) else None

    def drop(self, count: int) -> None:
        for _ in range(count):
            self.held.popleft()


def _record(lines: Sequence[str], delimiter: str) -> tuple[list[str] | None, int]:
    """The cells of the record that begins with the first line, and how many of the other lines belong to it."""
    consumed = 0

    def counted() -> Iterator[str]:
        nonlocal consumed
        for index, line in enumerate(lines):
            consumed = index
            yield line

    try:
        return next(csv.reader(counted(), delimiter=delimiter, strict=True)), consumed
    except (csv.Error, StopIteration):
        return None, 0


def _split(text: str, delimiter: str) -> list[str] | None:
    """The cells of one record, or None if its quotation marks do not end, or end inside a cell."""
    try:
        records = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return records[0] if len(records) == 1 else None
