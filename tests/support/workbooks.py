"""What stands in the sheets of a workbook of results."""

from typing import Any


def table(sheet: Any) -> list[dict[str, Any]]:
    """The rows of a sheet, each by the sheet's headings."""
    heads, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(heads, row, strict=True)) for row in rows]


def said(book: Any, case_id: str, part: str) -> str:
    """What the details of a case say under a caption."""
    rows = [row for row in table(book["Chi tiết"]) if (row["Hồ sơ"], row["Phần"]) == (case_id, part)]
    return "\n".join(row["Nội dung"] for row in rows)
