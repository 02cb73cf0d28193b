"""A table as an office prints it, whatever file it is written to; and shares that are rounded once."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, NamedTuple

Cell = str | int | Decimal | None
"""A text, a number, a share in percent rounded to PLACES, or nothing."""

PLACES = 2
PAPER = 247.0
"""The width of a table on A4 across between its margins, in millimetres."""


class Column(NamedTuple):
    """A column: its heading, its width beside that of the others, the heading that it shares with its neighbours."""

    text: str
    width: float
    group: str = ""


class Line(NamedTuple):
    """One line. A caption is one text across all columns; a subtotal sums up the lines below it."""

    cells: Sequence[Cell]
    kind: Literal["row", "subtotal", "caption"] = "row"


@dataclass(frozen=True)
class PrintedTable:
    """What is printed: the bodies that issue it at the top left, what stands under the title, parts of lines of which
    each begins a page, notes below, and who signs."""

    title: str
    under_title: Sequence[str]
    top: tuple[Sequence[str], Sequence[str]]
    columns: Sequence[Column]
    parts: Sequence[Sequence[Line]]
    notes: Sequence[str]
    place_and_day: str
    signers: Sequence[Sequence[str]]

    @property
    def widths(self) -> list[float]:
        """The widths of the columns in millimetres, which fill the page."""
        whole = sum(column.width for column in self.columns)
        return [PAPER * column.width / whole for column in self.columns]

    @property
    def grouped(self) -> list[tuple[int, int, str]]:
        """The runs of columns under one shared heading: first and last index, and the heading ("" for a column of its
        own)."""
        runs: list[tuple[int, int, str]] = []
        for index, column in enumerate(self.columns):
            if runs and column.group and runs[-1][2] == column.group:
                runs[-1] = (runs[-1][0], index, column.group)
            else:
                runs.append((index, index, column.group))
        return runs


def share(part: int, whole: int) -> Decimal | None:
    """`part` of `whole` in percent, a half rounded up at PLACES decimals; None if there is no whole."""
    if not whole:
        return None
    return (Decimal(100 * part) / whole).quantize(Decimal(1).scaleb(-PLACES), ROUND_HALF_UP)


def written(cell: Cell, language: str) -> str:
    """A cell as text: a share is 33,33 in Vietnamese and 33.33 in English."""
    if not isinstance(cell, Decimal):
        return "" if cell is None else str(cell)
    return f"{cell:f}".replace(".", ",") if language == "vi" else f"{cell:f}"
