"""Workbooks: what a spreadsheet keeps otherwise than it shows it is refused at its cell, and no row is lost."""

import re
import time
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from support.broken import BASE, marked
from support.command import ROOT, run

from engine.base.diagnostics import Diagnostic, Problems
from engine.base.documents import Document
from engine.core.judge.case import Rejected
from engine.load.cases.headings import Headings
from engine.load.cases.workbooks import cases_in_workbook
from engine.versions.opening import load_library

HEADINGS = ["case_id", "period", "as_of", "subject.kind", "work.given", "work.done", "fault", "since"]
GOOD = ["A", 2024, date(2024, 12, 31), "person", 10, 9, False, date(2020, 5, 1)]


@cache
def headings() -> Headings:
    return Headings(load_library(BASE))


def book(*rows: list[Any], edit: Callable[[Any], object] = lambda sheet: None) -> bytes:
    made = Workbook()
    sheet = made.active
    sheet.title = "Hồ sơ"
    for row in rows:
        sheet.append(row)
    edit(sheet)
    stream = BytesIO()
    made.save(stream)
    return stream.getvalue()


def read(content: bytes) -> list[Document | Rejected | Diagnostic]:
    return list(cases_in_workbook(BytesIO(content), "f.xlsx", headings()))


def told(found: list[Document | Rejected | Diagnostic]) -> list[tuple[str, str]]:
    """Every problem and warning: the place without the name of the file, and the code."""
    problems: list[Diagnostic] = []
    for one in found:
        match one:
            case Diagnostic():
                problems.append(one)
            case Rejected():
                problems += one.diagnostics
            case _:
                problems += one.problems
    return [(str(one.location).removeprefix("f.xlsx").removeprefix(":"), one.code) for one in problems]


def cases(found: list[Document | Rejected | Diagnostic]) -> list[Any]:
    return [one.data for one in found if isinstance(one, Document) and not one.problems]


def test_a_row_is_a_case() -> None:
    found = read(book(HEADINGS, GOOD))
    assert told(found) == []
    assert cases(found) == [
        {
            "case_id": "A",
            "period": "2024",
            "as_of": "2024-12-31",
            "subject": {"kind": "person"},
            "facts": {"work": {"given": 10, "done": 9}, "fault": False, "since": "2020-05-01"},
        }
    ]


def cell(name: str, value: object, number_format: str = "") -> Callable[[Any], object]:
    def edit(sheet: Any) -> None:
        sheet[name] = value
        if number_format:
            sheet[name].number_format = number_format

    return edit


def hide(sheet: Any) -> None:
    sheet.row_dimensions[2].hidden = True


def hide_column(sheet: Any) -> None:
    sheet.column_dimensions["E"].hidden = True


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (cell("E2", "=4+6"), [("Hồ sơ!E2", "cell/formula")]),
        (cell("E2", "#N/A"), [("Hồ sơ!E2", "cell/error")]),
        (cell("E2", datetime(2024, 5, 12)), [("Hồ sơ!E2", "cell/day-for-number")]),
        (cell("E2", 0.1, "0%"), [("Hồ sơ!E2", "cell/type")]),
        (cell("E2", 1e9, "dd/mm/yyyy"), [("Hồ sơ!E2", "cell/error")]),
        (cell("H2", 43952, "General"), [("Hồ sơ!H2", "cell/serial-day")]),
        (cell("E2", "1.000"), [("Hồ sơ!E2", "cell/number-two-ways")]),
        (cell("G2", 1), [("Hồ sơ!G2", "cell/type")]),
        (cell("J2", "x"), [("Hồ sơ!J2", "table/no-heading")]),
        (cell("C2", None), [("Hồ sơ!C2", "cell/empty")]),
        (cell("E1", "work.givn"), [("Hồ sơ!E1", "table/heading-unknown")]),
        (cell("E1", "Việc xong"), [("Hồ sơ!F1", "table/heading-twice")]),
        (lambda sheet: sheet.merge_cells("E1:F1"), [("Hồ sơ!E1", "cell/merged")]),
        (lambda sheet: sheet.merge_cells("E2:F2"), [("Hồ sơ!E2", "cell/merged")]),
        (hide, [("Hồ sơ", "workbook/hidden")]),
        (hide_column, [("Hồ sơ", "workbook/hidden")]),
    ],
)
def test_a_trap_is_told_at_its_cell(edit: Callable[[Any], object], expected: list[tuple[str, str]]) -> None:
    found = read(book(HEADINGS, GOOD, ["B", *GOOD[1:]], edit=edit))
    assert told(found) == expected
    if expected[0][0].endswith("2"):
        assert [case["case_id"] for case in cases(found)] == ["B"]


@pytest.mark.parametrize(
    ("name", "value", "number_format", "reads"),
    [
        ("E2", "10", "@", 10),
        ("E2", "25", "@", 25),
        ("E2", 7, '0" %"', 7),
        ("E2", 7, r"0\%", 7),
        ("E2", 7, "#,##0", 7),
        ("I2", 0.45, "0%", 45),
        ("I2", 0.4567, "0.00%", Decimal("45.67")),
        ("I2", 45, "0", 45),
        ("I2", 0.1 + 0.2, "0.0", Decimal("0.3")),
    ],
)
def test_a_number_reads_as_it_is_shown(name: str, value: object, number_format: str, reads: object) -> None:
    columns = [*HEADINGS, "work.done_percent"]
    row = [*GOOD[:4], None, None, *GOOD[6:]]
    (case,) = cases(read(book(columns, row, edit=cell(name, value, number_format))))
    assert case["facts"]["work"]["given" if name == "E2" else "done_percent"] == reads


def with_results(content: bytes, old: bytes, new: bytes) -> bytes:
    """A workbook with something of its first sheet's XML replaced, as another program may have written it."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            data = before.read(name)
            if name == "xl/worksheets/sheet1.xml":
                # With lxml installed, openpyxl writes an empty element in another way.
                data = re.sub(rb"\s*/>", b" />", data).replace(b"<v></v>", b"<v />")
                assert old in data
                data = data.replace(old, new)
            after.writestr(name, data)
    return made.getvalue()


def test_a_formula_counts_by_its_stored_result() -> None:
    made = book(HEADINGS, GOOD, ["B", *GOOD[1:]], edit=cell("E2", "=4+6"))
    stored = with_results(made, b"<f>4+6</f><v />", b"<f>4+6</f><v>12</v>")
    found = cases(read(stored))
    assert [case["facts"]["work"]["given"] for case in found] == [12, 10]


def test_a_formula_that_gives_an_empty_text_is_an_empty_cell() -> None:
    made = book(HEADINGS, GOOD, edit=cell("E2", '=""'))
    stored = with_results(made, b'<c r="E2"><f>""</f><v /></c>', b'<c r="E2" t="str"><f>""</f><v></v></c>')
    found = read(stored)
    assert told(found) == []
    assert "given" not in cases(found)[0]["facts"]["work"]


def test_merged_cells_cost_the_rows_that_they_touch() -> None:
    rows = [[name, *GOOD[1:]] for name in "ABCD"]
    found = read(book(HEADINGS, *rows, edit=lambda sheet: sheet.merge_cells("E3:E4")))
    assert told(found) == [("Hồ sơ!E3", "cell/merged"), ("Hồ sơ!E4", "cell/merged")]
    assert [case["case_id"] for case in cases(found)] == ["A", "D"]


def test_a_title_and_labels_may_stand_above_the_ids() -> None:
    labels = ["Mã", "Kỳ", "Ngày", "Loại", "Giao", "Xong", "Lỗi", "Từ"]
    content = book(
        ["DANH SÁCH"], [], labels, HEADINGS, GOOD, [], ["B", *GOOD[1:]], edit=lambda sheet: sheet.merge_cells("A1:H1")
    )
    found = read(content)
    assert told(found) == []
    assert [case["case_id"] for case in cases(found)] == ["A", "B"]


def test_every_sheet_with_headings_is_read_and_no_other_is_left_out_silently() -> None:
    made = Workbook()
    first = made.active
    first.title = "Một"
    made.create_sheet("Trống")
    notes, guide, second = made.create_sheet("Ghi chép"), made.create_sheet("Hướng dẫn"), made.create_sheet("Hai")
    notes.append(["điều gì đó"])
    guide.append(["## cách điền"])
    for sheet, name in ((first, "A"), (second, "B")):
        sheet.append(HEADINGS)
        sheet.append([name, *GOOD[1:]])
    stream = BytesIO()
    made.save(stream)
    found = read(stream.getvalue())
    assert [case["case_id"] for case in cases(found)] == ["A", "B"]
    assert told(found) == [("Ghi chép", "workbook/sheet-not-read")]


def test_a_workbook_without_cases_says_so() -> None:
    assert told(read(book(["a", "b"]))) == [("Hồ sơ", "workbook/sheet-not-read"), ("", "workbook/no-cases")]
    assert told(read(book(HEADINGS))) == [("Hồ sơ!1", "table/empty")]


def refused(content: bytes) -> str:
    try:
        return told(read(content))[0][1]
    except Problems as problems:
        return problems.diagnostics[0].code


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def archive(name: str) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as into:
        into.writestr(name, "<x/>")
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"case_id,period\nA,2024\n", "workbook/not-xlsx"),
        (b"", "workbook/not-xlsx"),
        (OLE, "file/other-kind"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "workbook/protected"),
        (archive("content.xml"), "file/other-kind"),
        (archive("xl/workbook.xml"), "workbook/damaged"),
        (archive("xl/worksheets/sheet1.xml"), "workbook/damaged"),
    ],
)
def test_what_is_no_workbook_is_told_from_one_that_is_broken(content: bytes, code: str) -> None:
    assert refused(content) == code


@pytest.mark.parametrize(
    ("in_part", "in_list", "number", "code"),
    [
        *((8, 10, method, "workbook/packing") for method in (1, 9, 12, 14, 93, 95, 97, 98, 99)),
        (6, 8, 0x1, "workbook/protected"), (6, 8, 0x41, "workbook/protected"), (6, 8, 0x20, "workbook/damaged"),
        (4, 6, 0xFF, "workbook/damaged"),
    ],
)  # fmt: skip
def test_an_archive_packed_or_locked_otherwise_is_told(in_part: int, in_list: int, number: int, code: str) -> None:
    assert refused(marked(book(HEADINGS, GOOD), in_part, in_list, number)) == code


def test_a_workbook_cut_short_anywhere_is_told() -> None:
    content = book(HEADINGS, *[[f"A{number}", *GOOD[1:]] for number in range(300)])
    for length in range(10, len(content) - 1, len(content) // 40):
        assert refused(content[:length]) == "workbook/damaged"


def test_a_sheet_whose_text_was_cut_short_is_told() -> None:
    content = book(HEADINGS, *[[f"A{number}", *GOOD[1:]] for number in range(300)])
    found = read(with_results(content, b"</sheetData>", b""))
    assert told(found)[-1] == ("Hồ sơ", "workbook/damaged")


def test_the_size_that_a_file_states_of_itself_is_not_believed() -> None:
    content = with_results(book(HEADINGS, GOOD), b'<dimension ref="A1:H2" />', b'<dimension ref="A1" />')
    assert len(cases(read(content))) == 1


def test_rows_that_are_formatted_and_hold_nothing_end_soon(tmp_path: Path) -> None:
    """Four million empty cells: what is not read as cells takes a fraction of this time."""
    empty = "".join(f'<c r="{letter}#" s="1"/>' for letter in "ABCDEFGHIJKLMNOPQRST")
    rows = "".join(f'<row r="{n}">{empty.replace("#", str(n))}</row>' for n in range(3, 200_003))
    content = with_results(
        book(HEADINGS, GOOD, edit=cell("E2", 10, "0.0")), b"</sheetData>", rows.encode() + b"</sheetData>"
    )
    path = tmp_path / "cases.xlsx"
    path.write_bytes(content)
    started = time.process_time()
    done = run("evaluate", path, "--policies", BASE, "--brief")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("A · ")
    assert time.process_time() - started < 8


def test_the_command_reads_workbooks_and_counts_every_row(tmp_path: Path) -> None:
    path = tmp_path / "hồ sơ.xlsx"
    rows = [[f"A{number}", *GOOD[1:]] for number in range(50)]
    rows[7][4] = "mười"
    path.write_bytes(book(HEADINGS, *rows))
    done = run("evaluate", path, "--policies", BASE, "--brief", "--lang", "en", cwd=ROOT)
    assert done.returncode == 1
    assert "Hồ sơ!E9: cell/type: the column `work.given` takes a whole number" in done.stdout
    assert "cases judged: 49, rejected: 1" in done.stdout


SHOWN_AS = [
    (1093001234, "000000000000", "001093001234"),
    (12, "0000", "0012"),
    (12, '"HS-"000', "HS-012"),
    (12, "000;[Red]-000", "012"),
    (123456, "00-00-00", "12-34-56"),
    (1234567, "00-00-00", "123-45-67"),
    (12, r"\T000", "T012"),
    (12, "[$-42A]000", "012"),
    (2024, "General", "2024"),
    (2024, "0", "2024"),
    (2024, "#,##0", "2024"),
    (2024, "0.00", "2024"),
]


@pytest.mark.parametrize(("number", "form", "shown"), SHOWN_AS)
def test_an_id_is_what_the_format_of_its_cell_shows(number: int, form: str, shown: str) -> None:
    def formatted(sheet: Any) -> None:
        for cell in ("A2", "I2", "J2"):
            sheet[cell].number_format = form

    row = [number, *GOOD[1:], number, number]
    (one,) = cases(read(book([*HEADINGS, "subject.cohort", "subject.id"], row, edit=formatted)))
    assert (one["case_id"], one["subject"]["cohort"], one["subject"]["id"]) == (shown,) * 3


def test_a_number_is_the_number_however_its_cell_shows_it() -> None:
    def formatted(sheet: Any) -> None:
        sheet["E2"].number_format = "0000"

    (one,) = cases(read(book(HEADINGS, GOOD, edit=formatted)))
    assert one["facts"]["work"]["given"] == 10


ESCAPED = {
    "To 1": "To 1",
    "To 1_x000D_": "To 1",
    "To 1_x000D_\n": "To 1",
    "_x0054_o 1": "To 1",
    "_x005F_x000D_": "_x000D_",
    "0x005F_FFFF": "0x005F_FFFF",
    "0FFFF": "0FFFF",
    "a_xyz_b": "a_xyz_b",
}


@pytest.mark.parametrize("shared", [True, False])
def test_the_escapes_of_a_workbook_are_undone_once(shared: bool) -> None:
    """As texts that cells share, and as those of their own."""
    rows = [[f"C{number}", *GOOD[1:], f"cohort {number}"] for number in range(len(ESCAPED))]
    content = BytesIO(book([*HEADINGS, "subject.cohort"], *rows))
    made = BytesIO()
    # Written into the file as it is, since openpyxl escapes what it writes.
    with zipfile.ZipFile(content) as source, zipfile.ZipFile(made, "w") as target:
        texts = {name: source.read(name).decode() for name in source.namelist()}
        for name in texts:
            if name.endswith("sheet1.xml"):
                for number, escaped in enumerate(ESCAPED):
                    cell = f'<t xml:space="preserve">{escaped}<'
                    texts[name] = re.sub(f"<t[^>]*>cohort {number}<", cell, texts[name])
        for name, text in (with_shared_texts(texts) if shared else texts).items():
            target.writestr(name, text)
    assert [one["subject"]["cohort"] for one in cases(read(made.getvalue()))] == list(ESCAPED.values())


def with_shared_texts(files: dict[str, str]) -> dict[str, str]:
    """The files of a workbook with the texts of cells in a file of their own, as Excel writes them."""
    sheet, parts, relations = "xl/worksheets/sheet1.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels"
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    texts = re.findall(r"<is>(<t.*?</t>)</is>", files[sheet], re.DOTALL)
    numbers = iter(range(len(texts)))
    in_cells = re.sub(
        r't="inlineStr"><is>.*?</is>', lambda _: f't="s"><v>{next(numbers)}</v>', files[sheet], flags=re.DOTALL
    )
    strings = "".join(f"<si>{text}</si>" for text in texts)
    return {
        **files,
        sheet: in_cells,
        "xl/sharedStrings.xml": f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{strings}</sst>',
        parts: files[parts].replace(
            "</Types>", f'<Override PartName="/xl/sharedStrings.xml" ContentType="{main}"/></Types>'
        ),
        relations: files[relations].replace(
            "</Relationships>",
            '<Relationship Id="rShared" Target="/xl/sharedStrings.xml" Type="http://schemas.openxmlformats.org/'
            'officeDocument/2006/relationships/sharedStrings"/></Relationships>',
        ),
    }
