"""One row of a table, as plain cells, and the place of each cell in its file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from engine.base.diagnostics import Location


@dataclass(frozen=True)
class Percentage:
    """A number that its spreadsheet shows as a percentage, in percent: 45 for a cell that holds 0.45."""

    percent: Decimal


@dataclass(frozen=True)
class Formatted:
    """A whole number that its spreadsheet shows as another text: 0012 for a cell that holds 12."""

    number: int
    text: str


@dataclass(frozen=True)
class Row:
    """One row of plain cells, and where it stands: text, numbers, days, None for an empty cell.

    The reader of a file puts a `Misfit` in place of a cell that it refuses itself. `text` and
    `delimiter` are those of a row of a CSV file, `sheet` that of a workbook.
    """

    file: str
    number: int
    cells: Sequence[object]
    sheet: str = ""
    text: str = ""
    delimiter: str = ","

    def location(self, index: int | None = None) -> Location:
        """The place of a cell, or of the row."""
        if index is None or self.sheet:
            return Location(self.file, self.number, 0 if index is None else index + 1, self.sheet)
        start = self._starts[index] if index < len(self._starts) else len(self.text)
        line = self.number + self.text.count("\n", 0, start)
        return Location(self.file, line, start - self.text.rfind("\n", 0, start))

    @cached_property
    def _starts(self) -> Sequence[int]:
        """Where each cell of a CSV record begins, counted from 0."""
        cell = re.compile(rf'"(?:[^"]++|"")*+"|[^{re.escape(self.delimiter)}]*+')
        starts = [0]
        for _ in self.cells[1:]:
            match = cell.match(self.text, starts[-1])
            starts.append(min((match.end() if match else starts[-1]) + 1, len(self.text)))
        return starts

    @property
    def blank(self) -> bool:
        """Are all cells of the row empty?"""
        return all(is_blank(cell) for cell in self.cells)


def is_blank(cell: object) -> bool:
    """Is a cell empty, or a text of blanks alone?"""
    return cell is None or (isinstance(cell, str) and not cell.strip())
