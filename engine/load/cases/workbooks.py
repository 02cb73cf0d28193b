"""XLSX workbooks -> the rows of their sheets, as plain cells. The only module that knows openpyxl as a reader.

A spreadsheet may show something else than it keeps; if that matters, the cell is refused and never guessed. Formulas
count by the result that is stored with them, and one without a result is a problem. Merged cells are a problem for each
row that they touch. Hidden rows and columns are read like all others, and a warning says that there are some.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Any
from warnings import catch_warnings, filterwarnings

from engine.base.diagnostics import Diagnostic, Location, column_name, diagnostic, warning
from engine.base.documents import Document, refuse
from engine.core.judge.case import Rejected
from engine.core.policy.values import Misfit
from engine.load.cases.cells import DIGITS_SHOWN
from engine.load.cases.headings import HEADING_ROWS, MOST_COLUMNS, Headings
from engine.load.cases.rows import Formatted, Percentage, Row
from engine.load.cases.tables import cases_in
from engine.load.cases.workbook_parts import CHUNK, DAMAGE, ESCAPED, Book, opened_book

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

FOR_PEOPLE = "##"
"""A sheet whose first cell begins so is for people alone."""


LAST_ROW = 1_048_576


_FORMAT = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<digit>[0#?])|(?P<sign>[-/:() ])|\[(?:\$-[^\]]*|[A-Za-z]+)\]'
)


_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


def cases_in_workbook(
    stream: IO[bytes], file: str, headings: Headings, language: str = "vi"
) -> Iterator[Document | Rejected | Diagnostic]:
    """A workbook -> the cases of each sheet that has a row of headings, one a row; what is no case comes as `Rejected`,
    and what is worth a look as a warning. Raises Problems if the file is no workbook that can be read."""
    with catch_warnings():
        # It warns of what it leaves out (charts, extensions), none of which a case is made from.
        filterwarnings("ignore", module=r"openpyxl\.")
        with opened_book(stream, file, results=True) as book, opened_book(stream, file, results=False) as formulas:
            yield from _cases(book, formulas, file, headings, language)


def _cases(
    book: "Book", formulas: "Book", file: str, headings: Headings, language: str
) -> Iterator[Document | Rejected | Diagnostic]:
    skipped: list[Diagnostic] = []
    empty: list[Rejected] = []
    has_cases = False
    for sheet in book.sheets:
        place = Location(file, sheet=sheet)
        try:
            shape = _shape(book.source(sheet))
            rows = _rows(book, formulas, sheet, shape, file)
            first = list(islice(rows, HEADING_ROWS))
            heads = [row for row in first if isinstance(row, Row)]
            if not first or (heads and _first_text(heads[0]).startswith(FOR_PEOPLE)):
                continue
            if headings.row_of(heads) is None and heads:
                skipped.append(warning("workbook/sheet-not-read", place))
                continue
            if shape.hidden or book.hidden(sheet):
                yield warning("workbook/hidden", place)
            for case in cases_in(chain(first, rows), headings, file, language):
                if isinstance(case, Rejected) and case.diagnostics[0].code == "table/empty":
                    empty.append(case)
                    continue
                has_cases = has_cases or not isinstance(case, Diagnostic)
                yield case
        except DAMAGE:
            has_cases = True
            yield Rejected(str(place), None, (diagnostic("workbook/damaged", place),))
    yield from skipped
    if not has_cases:
        names = ", ".join(book.sheets)
        yield from empty or [Rejected(file, None, (diagnostic("workbook/no-cases", Location(file), names=names),))]


def _first_text(row: Row) -> str:
    return str(next((cell for cell in row.cells if cell is not None), ""))


# --- the shape of a sheet -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Shape:
    """What openpyxl does not say of a sheet that it reads row by row. `last` is the last row that holds something;
    None if the sheet does not number its rows."""

    last: int | None
    formulas: bool
    hidden: bool
    merged: tuple[tuple[int, int, int, int, str], ...]
    """First row, first column, last row, last column, and the name of each merged area."""


def _shape(source: IO[bytes]) -> _Shape:
    """The XML of a sheet looked through once. A sheet may have a million rows that are formatted and hold nothing,
    which it takes minutes to read as cells."""
    from openpyxl.utils import range_boundaries

    buffer = source.read(CHUNK)
    named = re.search(rb"<(\w+:)?worksheet\b", buffer)
    if named is None:
        return _Shape(None, True, False, ())
    prefix = re.escape(named[1] or b"")
    row = re.compile(rb"<%brow\b[^>]*>" % prefix)
    number = re.compile(rb'\br="(\d+)"')
    formula = re.compile(rb"<%bf[ >/]" % prefix)
    hidden = re.compile(rb'<%b(?:row|col)\b[^>]*\bhidden="(?:1|true)"' % prefix)
    merge = re.compile(rb'<%bmergeCell\b[^>]*\bref="([A-Z0-9:]+)"' % prefix)
    marks = [b"<%b%b" % (named[1] or b"", tag) for tag in (b"v>", b"v ", b"is>", b"is ", b"f>", b"f ", b"f/")]
    here: int | None = 0
    last: int | None = 0
    formulas = is_hidden = False
    areas: list[bytes] = []
    while buffer:
        more = source.read(CHUNK)
        # Cut where a tag begins, so that none is seen in part.
        cut = buffer.rfind(b"<") if more else len(buffer)
        if cut <= 0 and len(buffer) > 8 * CHUNK:
            raise ValueError("a tag or text without an end")
        part, rest = buffer[:cut], buffer[cut:]
        value_at = max(part.rfind(mark) for mark in marks)
        if value_at >= 0:
            row_at = part.rfind(b"<%brow" % (named[1] or b""), 0, value_at)
            last = _row_number(row.match(part, row_at), number) if row_at >= 0 else here
            formulas = formulas or formula.search(part) is not None
        start = part.rfind(b"<%brow" % (named[1] or b""))
        while start >= 0 and not (row_tag := row.match(part, start)):
            start = part.rfind(b"<%brow" % (named[1] or b""), 0, start)
        if start >= 0:
            here = _row_number(row_tag, number)
        if last is None:
            break
        is_hidden = is_hidden or (b"hidden=" in part and hidden.search(part) is not None)
        areas += merge.findall(part) if b"mergeCell " in part else []
        buffer = rest + more
    if last is None:
        return _Shape(None, True, is_hidden, ())
    merged = []
    for area in dict.fromkeys(areas):
        first_column, first_row, last_column, last_row = range_boundaries(area.decode())
        merged.append((first_row, first_column, last_row, last_column, area.decode()))
    return _Shape(last, formulas, is_hidden, tuple(sorted(merged)))


def _row_number(tag: re.Match[bytes] | None, number: re.Pattern[bytes]) -> int | None:
    match = number.search(tag[0]) if tag else None
    return int(match[1]) if match else None


# --- rows ---------------------------------------------------------------------------------------------------------


def _rows(book: Book, formulas: Book, sheet: str, shape: _Shape, file: str) -> Iterator[Row | Diagnostic]:
    """The rows of a sheet that hold something. Raises Problems if a row has a number beyond the last one."""
    plain = _plain_cells(book.book)
    if shape.last == 0:
        return
    written = formulas.rows(sheet, shape.last)
    merged = deque(shape.merged)
    # The merged areas at this row, by their first column; of areas that overlap the last one is kept.
    open_areas: dict[int, tuple[int, str]] = {}
    for number, cells in book.rows(sheet, shape.last):
        as_written = next(written, (0, {}))[1] if shape.formulas else {}
        values = {column: plain(cell) for column, cell in cells.items()}
        for column, cell in as_written.items():
            # A formula that gives an empty text is stored as text; one that was never computed as nothing at all.
            if cell.data_type == "f" and values.get(column) is None and cells[column].data_type != "str":
                values[column] = Misfit("cell/formula", name=column_name(column))
        while merged and merged[0][0] <= number:
            _, first, last, _, area = merged.popleft()
            open_areas[first] = last, area
        open_areas = {first: area for first, area in open_areas.items() if area[0] >= number}
        held = [column for column, value in values.items() if value is not None]
        if not held:
            continue
        if number > LAST_ROW:
            refuse("workbook/row-number", Location(file, sheet=sheet), number=number, limit=LAST_ROW)
        if max(held) > MOST_COLUMNS:
            yield diagnostic("table/too-wide", Location(file, number, max(held), sheet), limit=MOST_COLUMNS)
            continue
        values |= {first: Misfit("cell/merged", cells=area) for first, (_, area) in open_areas.items()}
        width = max(held + [first for first in open_areas if first <= MOST_COLUMNS])
        yield Row(file, number, [values.get(column) for column in range(1, width + 1)], sheet)


def _plain_cells(book: "Workbook") -> Callable[[Any], object]:
    """What takes the plain value out of a cell; numbers shown as percentages are `Percentage`, and those shown with
    zeros or other signs `Formatted`."""
    formats: dict[int, str] = {}

    def plain(cell: Any) -> object:
        value = cell.value
        if value.__class__ is int or value.__class__ is float:
            style = cell._style_id
            if style not in formats:
                formats[style] = cell.number_format or ""
            if "%" in _LITERAL.sub("", formats[style]):
                return Percentage(Decimal(f"{value:.{DIGITS_SHOWN}g}") * 100)
            shown = _as_shown(value, formats[style])
            return value if shown is None else Formatted(int(value), shown)
        if value.__class__ is str:
            if "_x" in value:
                value = ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), value)
            return value if value.strip() else None
        return value

    return plain


def _as_shown(number: int | float, form: str) -> str | None:
    """A whole number as a format of digits and signs shows it (`0000`, `"HS-"000`); None if that is the number itself,
    or the format another one."""
    if number < 0 or number != int(number) or number >= 10**DIGITS_SHOWN:
        return None
    parts, place = list[tuple[str, bool]](), 0
    while place < len(form) and form[place] != ";":
        match = _FORMAT.match(form, place)
        if match is None:
            return None
        place = match.end()
        literal = match["quoted"] or match["escaped"] or match["sign"]
        if match["digit"] or literal:
            parts.append((match["digit"] or literal, bool(match["digit"])))
    digits, shown, pending = str(int(number)), "", sum(is_digit for _, is_digit in parts)
    if not pending:
        return None
    # Every place takes a digit from the right, and the first one all that are left.
    for sign, is_digit in reversed(parts):
        if not is_digit:
            shown = sign + shown
            continue
        pending -= 1
        digit, digits = (digits[-1:], digits[:-1]) if pending else (digits, "")
        shown = (digit or (sign if sign == "0" else "")) + shown
    return None if shown == str(int(number)) else shown
