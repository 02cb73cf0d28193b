"""What all written workbooks share: cells that cannot be run, looks, print setup, the same bytes each time."""

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Any

from engine.base.diagnostics import column_name
from engine.base.formulas import begins_formula
from engine.report.zipped import write_without_moment

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

A4, PAGE_WIDTH = 9, 200
"""A4 in the numbers of the file format, and how many characters of a table can be read beside each other on it."""
LOOKED_THROUGH = 1_000
"""Of a table with no more rows than this, columns that hold nothing are not shown."""
ROW_LIMIT = 1_048_576
LINE_HEIGHT, HEIGHT_LIMIT = 15.0, 409.0
TEXT_LIMIT = 32_767
FONT = "Times New Roman"
DAY_FORMAT = "dd/mm/yyyy"
FILLS = {
    "heading": "1F4E78", "required": "9C2A00", "ids": "EDEDED",
    "right": "E2F0D9", "wrong": "F8D7DA", "open": "FFF2CC", "faint": "EDEDED",
}  # fmt: skip
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True)
class Head:
    """One column of a table: its heading and its width in characters."""

    text: str
    width: float


def new_book() -> "Workbook":
    """A workbook that is written row by row, so that its rows are not kept in memory."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils.indexed_list import IndexedList

    book = Workbook(write_only=True)
    # openpyxl has no public way to say which font cells have that ask for none.
    book._fonts = IndexedList([Font(name=FONT, size=11)])
    return book


def add_table(
    book: "Workbook", title: str, heads: Sequence[Head], rows: Iterable[Sequence[Any]], *, frozen: int = 1
) -> Any:
    """A sheet with a table: headings that stay in view with the first `frozen` columns, filters, and a page that prints
    across. A cell is a value, or (value, tone). If there are more rows than a sheet holds, another sheet follows; the
    first is returned."""
    pending, empty = _looked_through(iter(rows), len(heads))
    first: Any = None
    number = 1
    following: Sequence[Any] | None = None
    while True:
        sheet = book.create_sheet(title if number == 1 else f"{title} {number}")
        first = first or sheet
        _head(sheet, heads, frozen, empty)
        count = 1
        for row in _with(following, pending):
            if count == ROW_LIMIT:
                following = row
                break
            count += 1
            sheet.row_dimensions[count].height = height(row, [head.width for head in heads])
            sheet.append([_toned(sheet, part) for part in row])
        else:
            following = None
        sheet.auto_filter.ref = f"A1:{column_name(len(heads))}{count}"
        if following is None:
            return first
        number += 1


def _looked_through(rows: Iterator[Sequence[Any]], columns: int) -> tuple[Iterator[Sequence[Any]], frozenset[int]]:
    """The rows, and the columns that hold nothing; none if there are too many rows to look through."""
    begun = list(islice(rows, LOOKED_THROUGH + 1))
    empty = {
        index
        for index in range(columns)
        if all(index >= len(row) or _value(row[index]) in (None, "") for row in begun)
    }
    return chain(begun, rows), frozenset(empty) if begun and len(begun) <= LOOKED_THROUGH else frozenset()


def _head(sheet: Any, heads: Sequence[Head], frozen: int, empty: Container[int]) -> None:
    """The columns of a new sheet, its headings and how it prints."""
    for index, head in enumerate(heads):
        column = sheet.column_dimensions[column_name(index + 1)]
        column.width, column.hidden = head.width, index in empty
    sheet.freeze_panes = f"{column_name(frozen + 1)}2"
    print_across(sheet, "1:1", sum(head.width for index, head in enumerate(heads) if index not in empty))
    sheet.row_dimensions[1].height = height([head.text for head in heads], [0.8 * head.width for head in heads])
    sheet.append([heading(sheet, head.text) for head in heads])


def height(row: Sequence[Any], widths: Sequence[float]) -> float:
    """How high a row must be for its texts to show in columns of these widths; not every program finds out itself."""
    lines = 1
    for part, width in zip(row, widths, strict=False):
        text = _value(part)
        if isinstance(text, str):
            lines = max(lines, sum(1 + int(len(line) / max(1.15 * width - 4, 1)) for line in text.split("\n")))
    return min(LINE_HEIGHT * lines, HEIGHT_LIMIT)


def _value(part: Any) -> Any:
    return part[0] if isinstance(part, tuple) else part


def _with(first: Sequence[Any] | None, rest: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    if first is not None:
        yield first
    yield from rest


def _toned(sheet: Any, part: Any) -> Any:
    value, tone = part if isinstance(part, tuple) else (part, "")
    return cell(sheet, value, tone)


def cell(sheet: Any, value: Any, tone: str = "") -> Any:
    """A cell of a sheet that is written row by row. A text is a text, whatever it begins with."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, PatternFill

    made = WriteOnlyCell(sheet)
    put(made, value)
    made.alignment = Alignment(vertical="top", wrap_text=isinstance(value, str))
    if tone in FILLS:
        made.fill = PatternFill("solid", start_color=FILLS[tone])
    return made


def put(made: Any, value: Any) -> None:
    """A value into a cell, so that no spreadsheet takes a text for a formula."""
    match value:
        case None | "":
            return
        case str():
            made.value = clean(value)
            made.data_type = "s"
            made.quotePrefix = begins_formula(value)
        case date():
            made.value = value
            made.number_format = DAY_FORMAT
        case Fraction() | Decimal():
            made.value = int(value) if value == int(value) else float(value)
        case _:
            made.value = value


def clean(text: str) -> str:
    """A text as a cell can hold it."""
    text = _NOT_IN_XML.sub("", text)
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 1] + "…"


def heading(sheet: Any, text: str, tone: str = "heading") -> Any:
    """A cell that heads a column: white and bold, on the fill of its tone."""
    from openpyxl.styles import Alignment, Font, PatternFill

    made = cell(sheet, text)
    made.font = Font(name=FONT, bold=True, color="FFFFFF")
    made.fill = PatternFill("solid", start_color=FILLS[tone])
    made.alignment = Alignment(vertical="center", horizontal="center", wrap_text=True)
    return made


def print_across(sheet: Any, repeated: str, width: float) -> None:
    """A4 across, on as many pages beside each other as `width`, in characters, needs to be read; the headings are on
    every page, and the first column if there are several."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A4
    sheet.page_setup.fitToWidth = max(1, round(width / PAGE_WIDTH))
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    if sheet.page_setup.fitToWidth > 1:
        sheet.print_title_cols = "A:A"
    sheet.print_title_rows = repeated
    sheet.print_options.gridLines = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.oddHeader.left.text = "&A"
    sheet.oddFooter.center.text = "&P / &N"


def save(book: "Workbook", stream: IO[bytes]) -> None:
    """Write a workbook. The same content gives the same bytes: the time of writing is left out."""
    book.properties.creator = "xeploai"
    written = BytesIO()
    book.save(written)
    write_without_moment(written, stream)
