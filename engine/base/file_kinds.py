"""What kind of file it is if it is no text in UTF-8, by its first bytes: another encoding, a workbook, an archive."""

import re
from collections.abc import Mapping

HEAD = 4096
"""How many of the first bytes are looked at."""

_BEGINS: tuple[tuple[bytes, str, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "sổ tính Excel kiểu cũ (.xls) hoặc tệp Office có mật khẩu",
     "an old Excel workbook (.xls), or an Office file with a password"),
    (b"%PDF", "tệp PDF", "a PDF"),
    (b"{\\rtf", "tệp RTF", "an RTF document"),
    (b"PAR1", "tệp Parquet", "a Parquet file"),
    (b"\x1f\x8b", "tệp nén gzip", "a gzip archive"),
    (b"\x28\xb5\x2f\xfd", "tệp nén zstd", "a zstd archive"),
    (b"7z\xbc\xaf", "tệp nén 7z", "a 7z archive"),
    (b"Rar!", "tệp nén RAR", "a RAR archive"),
    (b"SQLite format 3", "cơ sở dữ liệu SQLite", "an SQLite database"),
)  # fmt: skip
_IN_ZIP: tuple[tuple[bytes, str, str], ...] = (
    (b"opendocument.spreadsheet", "bảng tính OpenDocument (.ods)", "an OpenDocument spreadsheet (.ods)"),
    (b"opendocument.text", "văn bản OpenDocument (.odt)", "an OpenDocument text (.odt)"),
    (b"workbook.bin", "sổ tính Excel nhị phân (.xlsb)", "a binary Excel workbook (.xlsb)"),
    (b"word/", "văn bản Word (.docx)", "a Word document (.docx)"),
    (b"xl/", "sổ tính Excel (.xlsx)", "an Excel workbook (.xlsx)"),
    (b"[Content_Types].xml", "tệp Office", "an Office file"),
    (b"", "tệp nén ZIP", "a ZIP archive"),
)
_MARKUP: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (re.compile(rb"\s*<(!doctype html|html|table|head)\b", re.IGNORECASE), "trang web (HTML)", "a web page (HTML)"),
    (re.compile(rb"\s*<\?xml\b.*schemas-microsoft-com:office:spreadsheet", re.DOTALL),
     "bảng tính XML của Excel 2003", "an XML spreadsheet of Excel 2003"),
    (re.compile(rb"\s*<\?xml\b"), "tệp XML", "an XML file"),
)  # fmt: skip
_UTF_16 = re.compile(rb"\xff\xfe|\xfe\xff|\x00\x00\xfe\xff|(?:[\x09-\x7e]\x00){8}|(?:\x00[\x09-\x7e]){8}")
_LONE_RETURN = re.compile(rb"\r(?!\n|\Z)")


def other_kind(head: bytes) -> tuple[str, Mapping[str, str]] | None:
    """Why a file that begins with `head` is not read as text, as a code and its arguments; None if it may be text.

    `head`: at least `HEAD` bytes, or the whole file if it is shorter."""
    if _UTF_16.match(head):
        return "file/wide-letters", {}
    named = next(((vi, en) for begin, vi, en in _BEGINS if head.startswith(begin)), None)
    if head.startswith(b"PK\x03\x04"):
        named = next((vi, en) for mark, vi, en in _IN_ZIP if mark in head)
    named = named or next(((vi, en) for mark, vi, en in _MARKUP if mark.match(head[:HEAD])), None)
    return ("file/other-kind", {"kind_vi": named[0], "kind_en": named[1]}) if named else None


def ends_lines_by_return(line: bytes) -> bool:
    """Does a line hold several lines that end with a lone carriage return, as on old Macintosh computers?"""
    return _LONE_RETURN.search(line) is not None
