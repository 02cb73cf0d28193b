"""What kind of file it is if it is no text in UTF-8, by its first bytes: another encoding, a workbook, an archive."""

import re
from collections.abc import Mapping

from engine.base.words import words

HEAD = 4096
"""How many of the first bytes are looked at."""

_BEGINS: Mapping[bytes, str] = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "old_workbook",
    b"%PDF": "pdf",
    b"{\\rtf": "rtf",
    b"PAR1": "parquet",
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf": "seven_zip",
    b"Rar!": "rar",
    b"SQLite format 3": "sqlite",
    b"\xff\xd8\xff": "picture",
    b"\x89PNG": "picture",
    b"GIF8": "picture",
    b"II*\x00": "picture",
    b"MM\x00*": "picture",
}
_IN_ZIP: Mapping[bytes, str] = {
    b"opendocument.spreadsheet": "ods",
    b"opendocument.text": "odt",
    b"workbook.bin": "xlsb",
    b"word/": "docx",
    b"xl/": "xlsx",
    b"[Content_Types].xml": "office",
    b"": "zip",
}
_MARKUP: Mapping[re.Pattern[bytes], str] = {
    re.compile(rb"\s*<(!doctype html|html|table|head)\b", re.IGNORECASE): "html",
    re.compile(rb"\s*<\?xml\b.*schemas-microsoft-com:office:spreadsheet", re.DOTALL): "excel_2003",
    re.compile(rb"\s*<\?xml\b"): "xml",
}
_PHONE_PICTURES = (b"ftypheic", b"ftypheix", b"ftypmif1")
_UTF_16 = re.compile(rb"\xff\xfe|\xfe\xff|\x00\x00\xfe\xff|(?:[\x09-\x7e]\x00){8}|(?:\x00[\x09-\x7e]){8}")
_LONE_RETURN = re.compile(rb"\r(?!\n|\Z)")


def other_kind(head: bytes) -> tuple[str, Mapping[str, str]] | None:
    """Why a file that begins with `head` is not read as text, as a code and its arguments; None if it may be text.

    `head`: at least `HEAD` bytes, or the whole file if it is shorter."""
    if _UTF_16.match(head):
        return "file/wide-letters", {}
    kind = next((kind for begin, kind in _BEGINS.items() if head.startswith(begin)), None)
    if head.startswith(b"PK\x03\x04"):
        kind = next(kind for mark, kind in _IN_ZIP.items() if mark in head)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        kind = "picture"
    if head[4:12] in _PHONE_PICTURES:
        kind = "picture"
    kind = kind or next((kind for mark, kind in _MARKUP.items() if mark.match(head[:HEAD])), None)
    if kind is None:
        return None
    label = words("files", "kinds")[kind]
    code = "file/picture" if kind == "picture" else "file/other-kind"
    return code, {"kind_vi": label["vi"], "kind_en": label["en"]}


def ends_lines_by_return(line: bytes) -> bool:
    """Does a line hold several lines that end with a lone carriage return, as on old Macintosh computers?"""
    return _LONE_RETURN.search(line) is not None
