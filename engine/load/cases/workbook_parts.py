"""An XLSX file -> its open sheets: a file that is no workbook, is locked or unfolds too far is refused."""

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from posixpath import join, normpath, split
from typing import IO, TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from engine.base.diagnostics import Location
from engine.base.documents import MEGABYTE, refuse
from engine.base.file_kinds import HEAD, other_kind

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook


ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


STRICT = b"purl.oclc.org/ooxml"


SHEETS = "xl/worksheets/"
SHEET_TAG = re.compile(rb"<(?:\w+:)?sheet\s")
SHEET_PART = re.compile(rb"<(?:\w+:)?sheet\s[^>]*?\s\w+:id\s*=\s*[\"']([^\"']*)")
TARGET = re.compile(rb"<(?:\w+:)?Relationship\s(?:[^>]*?\s)?Target\s*=\s*[\"']([^\"']*)")


ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


LOCKED = 0x1 | 0x40
"""The flags of a part of an archive that a password locks."""


PACKINGS = (ZIP_STORED, ZIP_DEFLATED)
"""The ways in which the parts of a workbook may be packed."""


CHUNK = 1 << 20


PART_LIMIT, STRINGS_LIMIT, SHEET_LIMIT = 20 * MEGABYTE, 100 * MEGABYTE, 1_000 * MEGABYTE


MOST_SHEETS = 1_000


PACKED = 50
"""A part that unfolds to more than `PART_LIMIT` may be at most so many times its packed size."""


# What openpyxl and the modules below it raise for files that were cut short or otherwise broken.
DAMAGE = (
    BadZipFile,
    zlib.error,
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


ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


# --- opening ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Book:
    """An open workbook: its sheets, and where the XML of each lies."""

    book: "Workbook"

    def __enter__(self) -> "Book":
        return self

    def __exit__(self, *raised: object) -> None:
        self.book.close()

    @property
    def sheets(self) -> tuple[str, ...]:
        """The names of the sheets, in order."""
        return tuple(sheet.title for sheet in self.book.worksheets)

    def source(self, sheet: str) -> IO[bytes]:
        """The XML of a sheet, to be read once from its start."""
        made: IO[bytes] = self.book[sheet]._get_source()
        return made

    def hidden(self, sheet: str) -> bool:
        """Is a sheet hidden from whoever opens the workbook?"""
        return bool(self.book[sheet].sheet_state != "visible")

    def rows(self, sheet: str, last: int | None) -> Iterator[tuple[int, Mapping[int, Any]]]:
        """The rows that the sheet holds: the number of each, and its cells by the number of their column. The
        rows that openpyxl itself gives are padded to the last row and column of the sheet."""
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


def opened_book(stream: IO[bytes], file: str, results: bool) -> Book:
    """The workbook in a stream, with the results of formulas or the formulas themselves. Raises Problems."""
    from openpyxl import load_workbook

    place = Location(file)
    stream.seek(0)
    begins = stream.read(HEAD)
    if begins.startswith(OLE) and (ENCRYPTED in begins or _holds(stream, ENCRYPTED)):
        refuse("workbook/protected", place)
    code, about = other_kind(begins) or ("workbook/not-xlsx", {})
    if not begins.startswith(ZIP):
        refuse(code, place, **about)
    try:
        with ZipFile(stream) as archive:
            names = archive.namelist()
            name = next((name for name in names if name.endswith("workbook.xml")), None)
            if name is None and any(name.startswith(SHEETS) and name.endswith(".xml") for name in names):
                refuse("workbook/damaged", place)
            if name is None:
                refuse(code, place, **about)
            _check_parts(archive, place)
            _check_sheets(archive, name, place)
        book = load_workbook(stream, read_only=True, data_only=results, keep_links=False)
        _whole_strings(book)
        return Book(book)
    except DAMAGE:
        refuse("workbook/damaged", place)


def _check_parts(archive: ZipFile, place: Location) -> None:
    """Raises Problems if a part is locked, packed in a rare way, or unfolds to more than its limit."""
    for part in archive.infolist():
        if part.flag_bits & LOCKED:
            refuse("workbook/protected", place)
        if part.compress_type not in PACKINGS:
            refuse("workbook/packing", place)
    for part in archive.infolist():
        if part.file_size > (limit := _limit(part)):
            refuse("workbook/unfolds", place, part=part.filename[:100], limit=limit // MEGABYTE)


def _check_sheets(archive: ZipFile, workbook: str, place: Location) -> None:
    """Raises Problems for a list of sheets that openpyxl does not understand, or would need minutes to open."""
    content = archive.read(workbook)
    if STRICT in content:
        refuse("workbook/strict", place)
    if (count := len(SHEET_TAG.findall(content))) > MOST_SHEETS:
        refuse("workbook/too-many-sheets", place, count=count, limit=MOST_SHEETS)
    if _repeated_part(archive, workbook):
        refuse("workbook/damaged", place)


def _repeated_part(archive: ZipFile, workbook: str) -> bool:
    """Do two sheets of a workbook name one part of its archive?"""
    names = SHEET_PART.findall(archive.read(workbook))
    folder, file = split(workbook)
    parts = [
        normpath(join("/", folder, target.decode("utf-8", "replace")))
        for relations in archive.namelist()
        if relations == f"{folder}/_rels/{file}.rels".lstrip("/")
        for target in TARGET.findall(archive.read(relations))
    ]
    return len(set(names)) < len(names) or len(set(parts)) < len(parts)


def _limit(part: ZipInfo) -> int:
    """How many bytes a part may unfold to: the reader holds all of most parts, and every string, in memory."""
    name = part.filename.lower()
    if not name.endswith((".xml", ".rels")):
        return part.file_size
    packed = max(PART_LIMIT, PACKED * part.compress_size)
    if name.startswith(SHEETS) or "/sheet" in name:
        return min(SHEET_LIMIT, packed)
    return min(STRINGS_LIMIT, packed) if name.endswith("sharedstrings.xml") else PART_LIMIT


def _holds(stream: IO[bytes], mark: bytes) -> bool:
    before = b""
    while chunk := stream.read(CHUNK):
        if mark in before + chunk:
            return True
        before = chunk[-len(mark) :]
    return False


def _whole_strings(book: "Workbook") -> None:
    """Reads the shared texts again if they hold an escaped underscore (`_x005F_`), which openpyxl loses."""
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
