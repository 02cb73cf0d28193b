"""XLSX workbooks -> the rows of their sheets, as plain cells. The only module that knows openpyxl as a reader.

A spreadsheet shows one thing and keeps another; where that matters the cell is refused, never guessed. Formulas count
by the result that is stored with them, and one without a result is a problem. What stands in merged cells is a problem
for every row that they touch. Hidden rows and columns are read like all others, and a warning says that there are some.
"""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Any, NoReturn
from warnings import catch_warnings, filterwarnings
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic, letters, warning
from engine.base.documents import MEGABYTE, Document
from engine.base.file_kinds import HEAD, other_kind
from engine.core.judge.case import Rejected
from engine.core.policy.values import Misfit
from engine.load.cases.tables import (
    DIGITS_SHOWN,
    HEADING_ROWS,
    MOST_COLUMNS,
    Formatted,
    Headings,
    Percentage,
    Row,
    cases_in,
)

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

FOR_PEOPLE = "##"
"""A sheet whose first cell begins so is for people alone."""

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
STRICT = b"purl.oclc.org/ooxml"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
LOCKED = 0x1 | 0x40
"""The flags of a part of an archive that a password locks."""
PACKINGS = (ZIP_STORED, ZIP_DEFLATED)
"""The ways in which the parts of a workbook may be packed."""
CHUNK = 1 << 20
LAST_ROW = 1_048_576
PART_LIMIT, STRINGS_LIMIT, SHEET_LIMIT = 20 * MEGABYTE, 100 * MEGABYTE, 1_000 * MEGABYTE
PACKED = 50
"""Of a part that unfolds to more than `PART_LIMIT`: it is then at most so many times as large as it lies packed."""
# What openpyxl and the modules below it raise for files that were cut short or otherwise broken.
DAMAGE = (
    BadZipFile,
    ZlibError,
    SyntaxError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    # What the archive of a workbook may say of itself: unknown versions and features, sizes beyond all bounds.
    RuntimeError,
    ArithmeticError,
)

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_FORMAT = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<digit>[0#?])|(?P<sign>[-/:() ])|\[(?:\$-[^\]]*|[A-Za-z]+)\]'
)
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


def cases_in_workbook(
    stream: IO[bytes], file: str, headings: Headings, language: str = "vi"
) -> Iterator[Document | Rejected | Diagnostic]:
    """A workbook -> the cases of each sheet that has a row of headings, one a row; what is no case comes as `Rejected`,
    and what is worth a look as a warning. Raises Problems where the file is no workbook that can be read."""
    with catch_warnings():
        # It warns of what it leaves out (charts, extensions), none of which a case is made from.
        filterwarnings("ignore", module=r"openpyxl\.")
        with _opened(stream, file, results=True) as book, _opened(stream, file, results=False) as formulas:
            yield from _cases(book, formulas, file, headings, language)


def _cases(
    book: "_Book", formulas: "_Book", file: str, headings: Headings, language: str
) -> Iterator[Document | Rejected | Diagnostic]:
    skipped: list[Diagnostic] = []
    empty: list[Rejected] = []
    found = False
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
            for one in cases_in(chain(first, rows), headings, file, language):
                if isinstance(one, Rejected) and one.diagnostics[0].code == "table/empty":
                    empty.append(one)
                    continue
                found = True
                yield one
        except DAMAGE:
            found = True
            yield Rejected(str(place), None, (diagnostic("workbook/damaged", place),))
    yield from skipped
    if not found:
        names = ", ".join(book.sheets)
        yield from empty or [Rejected(file, None, (diagnostic("workbook/no-cases", Location(file), names=names),))]


def _first_text(row: Row) -> str:
    return str(next((cell for cell in row.cells if cell is not None), ""))


# --- opening ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Book:
    """An open workbook: its sheets, and where the XML of each lies."""

    book: "Workbook"

    def __enter__(self) -> "_Book":
        return self

    def __exit__(self, *raised: object) -> None:
        self.book.close()

    @property
    def sheets(self) -> tuple[str, ...]:
        return tuple(sheet.title for sheet in self.book.worksheets)

    def source(self, sheet: str) -> IO[bytes]:
        made: IO[bytes] = self.book[sheet]._get_source()
        return made

    def hidden(self, sheet: str) -> bool:
        return bool(self.book[sheet].sheet_state != "visible")

    def rows(self, sheet: str, last: int | None) -> Iterator[tuple[int, Mapping[int, Any]]]:
        """The rows that the sheet holds: the number of each, and its cells by the number of their column. What
        openpyxl makes of them is filled up to the last row and column of all."""
        from openpyxl.cell.read_only import ReadOnlyCell
        from openpyxl.worksheet._reader import WorkSheetParser

        book, place = self.book, self.book[sheet]
        with place._get_source() as source:
            parser = WorkSheetParser(
                source, place._shared_strings, data_only=book.data_only, epoch=book.epoch,
                date_formats=book._date_formats, timedelta_formats=book._timedelta_formats,
            )  # fmt: skip
            for number, cells in parser.parse():
                if last is not None and number > last:
                    break
                yield number, {cell["column"]: ReadOnlyCell(place, **cell) for cell in cells}


def _opened(stream: IO[bytes], file: str, results: bool) -> _Book:
    """The workbook in a stream, with the results of formulas or the formulas themselves. Raises Problems."""
    from openpyxl import load_workbook

    place = Location(file)
    stream.seek(0)
    begins = stream.read(HEAD)
    if begins.startswith(OLE) and (ENCRYPTED in begins or _holds(stream, ENCRYPTED)):
        _refuse("workbook/protected", place)
    code, about = other_kind(begins) or ("workbook/not-xlsx", {})
    if not begins.startswith(ZIP):
        _refuse(code, place, **about)
    try:
        with ZipFile(stream) as archive:
            for part in archive.infolist():
                if part.flag_bits & LOCKED:
                    _refuse("workbook/protected", place)
                if part.compress_type not in PACKINGS:
                    _refuse("workbook/packing", place)
            name = next((name for name in archive.namelist() if name.endswith("workbook.xml")), None)
            if name is None:
                _refuse(code, place, **about)
            is_strict = archive.getinfo(name).file_size < CHUNK and STRICT in archive.read(name)
            parts = archive.infolist()
        if is_strict:
            _refuse("workbook/strict", place)
        for part in parts:
            if part.file_size > (limit := _limit(part)):
                _refuse("workbook/unfolds", place, part=part.filename[:100], limit=limit // MEGABYTE)
        book = load_workbook(stream, read_only=True, data_only=results, keep_links=False)
        _whole_strings(book)
        return _Book(book)
    except DAMAGE:
        _refuse("workbook/damaged", place)


def _limit(part: ZipInfo) -> int:
    """How many bytes a part may unfold to: the reader holds all of most parts, and every string, in memory."""
    name = part.filename.lower()
    if not name.endswith((".xml", ".rels")):
        return part.file_size
    packed = max(PART_LIMIT, PACKED * part.compress_size)
    if name.startswith("xl/worksheets/") or "/sheet" in name:
        return min(SHEET_LIMIT, packed)
    return min(STRINGS_LIMIT, packed) if name.endswith("sharedstrings.xml") else PART_LIMIT


def _refuse(code: str, place: Location, **arguments: object) -> NoReturn:
    raise Problems([diagnostic(code, place, **arguments)])


def _holds(stream: IO[bytes], mark: bytes) -> bool:
    before = b""
    while chunk := stream.read(CHUNK):
        if mark in before + chunk:
            return True
        before = chunk[-len(mark) :]
    return False


# --- the shape of a sheet -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Shape:
    """What openpyxl does not say of a sheet that it reads row by row. `last` is the last row that holds something;
    None where the sheet does not number its rows."""

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
        while start >= 0 and not (found := row.match(part, start)):
            start = part.rfind(b"<%brow" % (named[1] or b""), 0, start)
        if start >= 0:
            here = _row_number(found, number)
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
    found = number.search(tag[0]) if tag else None
    return int(found[1]) if found else None


# --- rows ---------------------------------------------------------------------------------------------------------


def _rows(book: _Book, formulas: _Book, sheet: str, shape: _Shape, file: str) -> Iterator[Row | Diagnostic]:
    """The rows of a sheet that hold something. Raises Problems where a number of a row is beyond the last."""
    plain = _plain_cells(book.book)
    if shape.last == 0:
        return
    written = formulas.rows(sheet, shape.last)
    merged = deque(shape.merged)
    # By their first columns: of areas that overlap the last one.
    open_areas: dict[int, tuple[int, str]] = {}
    for number, cells in book.rows(sheet, shape.last):
        as_written = next(written, (0, {}))[1] if shape.formulas else {}
        values = {column: plain(cell) for column, cell in cells.items()}
        for column, cell in as_written.items():
            # A formula that gives an empty text is stored as text; one that was never computed as nothing at all.
            if cell.data_type == "f" and values.get(column) is None and cells[column].data_type != "str":
                values[column] = Misfit("cell/formula", name=letters(column))
        while merged and merged[0][0] <= number:
            _, first, last, _, area = merged.popleft()
            open_areas[first] = last, area
        open_areas = {first: area for first, area in open_areas.items() if area[0] >= number}
        held = [column for column, value in values.items() if value is not None]
        if not held:
            continue
        if number > LAST_ROW:
            _refuse("workbook/row-number", Location(file, sheet=sheet), number=number, limit=LAST_ROW)
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
                value = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
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
        found = _FORMAT.match(form, place)
        if found is None:
            return None
        place = found.end()
        literal = found["quoted"] or found["escaped"] or found["sign"]
        if found["digit"] or literal:
            parts.append((found["digit"] or literal, bool(found["digit"])))
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


def _whole_strings(book: "Workbook") -> None:
    """Sets the shared texts right that openpyxl takes the mark of an underscore out of (`_x005F_`)."""
    from openpyxl.cell.text import Text
    from openpyxl.xml.constants import SHEET_MAIN_NS
    from openpyxl.xml.functions import iterparse

    for name in book._archive.namelist():
        if not name.lower().endswith("sharedstrings.xml"):
            continue
        content = book._archive.read(name)
        if b"x005F_" not in content:
            continue
        nodes = (node for _, node in iterparse(BytesIO(content)) if node.tag == f"{{{SHEET_MAIN_NS}}}si")
        texts = [_cleared(node, Text.from_tree(node).content) for node in nodes]
        for sheet in book.worksheets:
            sheet._shared_strings = texts


def _cleared(node: Any, text: str) -> str:
    node.clear()
    return text
