"""Tables: what a heading stands for and how a cell reads, and that no row is lost on the way."""

import json
import re
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from support import ROOT
from support.broken import BASE
from support.command import run
from support.policies import all_policies
from support.tables import as_cells, decisions

from engine.base.diagnostics import Diagnostic, column_name
from engine.base.documents import Document
from engine.base.files import read_lines
from engine.core.judge.case import Rejected
from engine.core.policy.terms import Fact, Text
from engine.core.policy.values import Misfit
from engine.load.cases.careful import parse_case
from engine.load.cases.cells import read_cell
from engine.load.cases.delimited import csv_rows
from engine.load.cases.headings import Column, Headings
from engine.load.cases.rows import Percentage, Row
from engine.load.cases.tables import CaseRow, cases_in
from engine.versions.opening import load_library

POLICIES = ROOT / "policies"
CASES = POLICIES / "qd-124-2023" / "cases"
LABEL = Text("Dữ kiện", "Fact")
LEVELS = (("poor", Text("Kém", "Poor")), ("good", Text("Tốt, khá", "Good")))


def fact(kind: Any, **more: Any) -> Column:
    made = Fact("x.y", kind, LABEL, **more)
    return Column("x.y", LABEL, "fact", made, made.options)


YES_NO, COUNT, DAY, FREE = fact("boolean"), fact("integer", minimum=0), fact("date"), fact("text")
AMOUNT = fact("number")
SHARE = fact("number", unit="percent", minimum=Fraction(0), maximum=Fraction(100))
LEVEL, SOME = fact("text", options=LEVELS), fact("set", options=LEVELS)
TEXT = Column("case_id", LABEL, "text")
NAMES = Column("evidence.x.y", LABEL, "items")
IDS = Column("subject.heads", LABEL, "ids")


@pytest.mark.parametrize(
    ("column", "cell", "plain"),
    [
        (YES_NO, "", None),
        (YES_NO, None, None),
        (YES_NO, "  ", None),
        (YES_NO, True, True),
        (YES_NO, "TRUE", True),
        (YES_NO, "FALSE", False),
        (YES_NO, "Có", True),
        (YES_NO, "không", False),
        (YES_NO, "ĐÚNG", True),
        (COUNT, 95, 95),
        (COUNT, 95.0, 95),
        (COUNT, "95", 95),
        (COUNT, "1.250", 1250),
        (COUNT, " 95 ", 95),
        (AMOUNT, 0.1 + 0.2, Decimal("0.3")),
        (AMOUNT, "0.125", Decimal("0.125")),
        (AMOUNT, "12,5", Decimal("12.5")),
        (SHARE, "12.345", Decimal("12.345")),
        (SHARE, "45%", 45),
        (SHARE, Percentage(Decimal("45.5")), Decimal("45.5")),
        (LEVEL, "good", "good"),
        (LEVEL, "TỐT, KHÁ", "good"),
        (LEVEL, "tot, kha", "good"),
        (LEVEL, "Poor", "poor"),
        (SOME, "tốt, khá; kém", ["poor", "good"]),
        (SOME, "good;", ["good"]),
        (SOME, "không", []),
        (SOME, ["good", "poor"], ["poor", "good"]),
        (DAY, date(2024, 12, 31), "2024-12-31"),
        (DAY, datetime(2024, 12, 31), "2024-12-31"),
        (DAY, "2024-12-31", "2024-12-31"),
        (DAY, "31/12/2024", "2024-12-31"),
        (FREE, "a  b", "a b"),
        (FREE, 7, "7"),
        (TEXT, 2024, "2024"),
        (TEXT, 2024.0, "2024"),
        (TEXT, "007", "007"),
        (NAMES, "Đề án 1; Đề án 2", ["Đề án 1", "Đề án 2"]),
        (NAMES, "không", []),
        (IDS, "U-1", "U-1"),
        (IDS, "U-1; U-2", ["U-1", "U-2"]),
        (IDS, 3, "3"),
    ],
)
def test_a_cell_reads_as_the_vocabulary_says(column: Column, cell: object, plain: object) -> None:
    assert read_cell(cell, column) == plain
    assert type(read_cell(cell, column)) is type(plain)


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        (YES_NO, 1, "cell/type"),
        (YES_NO, "maybe", "cell/type"),
        (YES_NO, "#N/A", "cell/error"),
        (COUNT, "12a", "cell/type"),
        (COUNT, 2.5, "cell/type"),
        (COUNT, "2,5", "cell/type"),
        (COUNT, True, "cell/type"),
        (COUNT, -1, "fact/range"),
        (COUNT, "-1", "fact/range"),
        (COUNT, "1.000", "cell/number-two-ways"),
        (COUNT, datetime(2024, 5, 12), "cell/day-for-number"),
        (COUNT, Percentage(Decimal(45)), "cell/type"),
        (COUNT, float("inf"), "cell/type"),
        (COUNT, float("nan"), "cell/type"),
        (AMOUNT, "1,000", "cell/number-two-ways"),
        (SHARE, "145%", "fact/range"),
        (LEVEL, "1", "cell/option"),
        (LEVEL, "gut", "cell/option"),
        (LEVEL, True, "cell/type"),
        (SOME, "poor; gut", "cell/option"),
        (DAY, 45657, "cell/serial-day"),
        (DAY, 45657.5, "cell/serial-day"),
        (DAY, "31/13/2024", "cell/type"),
        (DAY, "12/31/2024", "cell/type"),
        (DAY, datetime(2024, 12, 31, 8), "cell/type"),
        (FREE, 1.5, "cell/type"),
        (FREE, True, "cell/type"),
        (TEXT, datetime(2024, 12, 31), "cell/type"),
        (TEXT, "a\x00b", "cell/unprintable"),
        (IDS, 1.5, "cell/type"),
        (NAMES, 5, "cell/type"),
    ],
)
def test_a_cell_that_says_something_else_is_refused(column: Column, cell: object, code: str) -> None:
    with pytest.raises(Misfit) as refused:
        read_cell(cell, column)
    assert refused.value.code == code


def test_days_with_the_day_first_are_vietnamese_alone() -> None:
    with pytest.raises(Misfit):
        read_cell("31/12/2024", DAY, "en")


# --- tables of the small regulation -----------------------------------------------------------------------------------


def read(text: str, file: str = "t.csv") -> list[Document | Rejected]:
    headings = Headings(load_library(BASE))
    lines = enumerate(text.splitlines(keepends=True), 1)
    return list(cases_in(csv_rows(((n, line) for n, line in lines if line.strip()), file, headings), headings, file))


def only(text: str) -> Any:
    (one,) = read(text)
    assert isinstance(one, CaseRow), one
    assert not one.problems
    return one.data


FULL = {
    "case_id": "A",
    "period": "2024",
    "as_of": "2024-12-31",
    "subject": {"kind": "person"},
    "facts": {"work": {"given": 10, "done": 9}, "fault": False},
}


@pytest.mark.parametrize(
    "text",
    [
        "case_id,period,as_of,subject.kind,work.given,work.done,fault\nA,2024,2024-12-31,person,10,9,false\n",
        "Mã hồ sơ;Kỳ đánh giá;Ngày xét;Loại đối tượng;Việc giao;Việc xong;Có lỗi\n"
        "A;2024;31/12/2024;Cá nhân;10;9;không\n",
        "Case\tPeriod\tDay of review\tKind of subject\tWork given\tWork done\tFault found\n"
        "A\t2024\t2024-12-31\tPerson\t10\t9\tno\n",
        "Danh sách hồ sơ,,,,,,\nMã,Kỳ,Ngày,Loại,Giao,Xong,Lỗi\n"
        "case_id,period,as_of,subject.kind,work.given,work.done,fault\nA,2024,2024-12-31,person,10,9,false\n",
        "CASE_ID, Period ,as_of,subject.kind,#,work.given,work.done,fault\nA,2024,2024-12-31,person,x,10,9,false\n",
        'case_id,period,as_of,subject.kind,work.given,work.done,fault,"# hai\ndòng"\n'
        'A,2024,2024-12-31,person,10,9,false,"một\nhai, ba"\n',
    ],
)
def test_headings_are_ids_or_labels_in_any_of_three_delimiters(text: str) -> None:
    assert only(text) == FULL


def test_every_part_of_a_case_has_a_column() -> None:
    text = (
        "case_id,regulation,period,as_of,subject.kind,subject.id,subject.name,subject.unit,subject.cohort,subject.heads,"
        "mark,tags,since,evidence.work.done,review.covered,grades.self,grades.proposed,grades.decided,grades.decided_on\n"
        "A,Quy định nhỏ,2024,2024-12-31,person,S,N,U,C,U-1; U-2,Xanh,P; q,1/5/2020,"
        "một; hai,Gương mẫu,Vàng,silver,tin,15/1/2025\n"
    )
    assert only(text) == {
        "case_id": "A",
        "regulation": "small",
        "period": "2024",
        "as_of": "2024-12-31",
        "subject": {"kind": "person", "id": "S", "name": "N", "unit": "U", "cohort": "C", "heads": ["U-1", "U-2"]},
        "facts": {"mark": "green", "tags": ["p", "q"], "since": "2020-05-01"},
        "evidence": {"work.done": ["một", "hai"]},
        "review": {"covered": ["conduct"]},
        "grades": {"self": "gold", "proposed": "silver", "decided": "tin", "decided_on": "2025-01-15"},
    }


def test_a_quotation_mark_that_never_closes_costs_one_row() -> None:
    rows = "".join(f"{n},2024,2024-12-31,person,10\n" for n in range(2000))
    text = "case_id,period,as_of,subject.kind,work.given\n" + rows.replace("\n7,", '\n"7,')
    found = read(text)
    assert len(found) == 2000
    rejected = [one for one in found if isinstance(one, Rejected)]
    assert [str(one.diagnostics[0].location) for one in rejected] == ["t.csv:9"]


def test_a_row_that_says_what_a_heading_says_is_a_case() -> None:
    data = only("case_id,period,as_of,subject.kind,subject.name,mark\nA,2024,2024-12-31,person,Tên,Xanh\n")
    assert data["subject"]["name"] == "Tên"


def test_places_are_cells() -> None:
    (one,) = read('case_id,period,as_of,subject.kind,"#",work.given\nA,2024,2024-12-31,person,"a\nb",ten\n')
    assert isinstance(one, CaseRow)
    assert [str(each.location) for each in one.problems] == ["t.csv:3:4"]
    sheet = Row("t.xlsx", 5, ("a",) * 30, "Hồ sơ")
    assert [str(sheet.location(index)) for index in (2, 27)] == ["t.xlsx:Hồ sơ!C5", "t.xlsx:Hồ sơ!AB5"]
    assert str(sheet.location()) == "t.xlsx:Hồ sơ!5"


def test_the_sample_cases_come_out_alike_as_rows(tmp_path: Path) -> None:
    files = sorted(CASES.glob("*.json"))
    cases = [as_cells(json.loads(path.read_text(encoding="utf-8"))) for path in files]
    headings = list(dict.fromkeys(heading for case in cases for heading in case))
    table = tmp_path / "cases.csv"
    lines = [headings, *([case.get(heading, "") for heading in headings] for case in cases)]
    table.write_text("".join(";".join(f'"{cell}"' for cell in line) + "\r\n" for line in lines), encoding="utf-8-sig")
    by_row, by_file = run("evaluate", table, "--format", "json"), run("evaluate", *files, "--format", "json")
    assert by_row.returncode == by_file.returncode == 0, by_row.stderr
    assert decisions(by_row) == decisions(by_file)
    assert len(decisions(by_row)) == len(files) > 5


def test_rows_with_mistakes_are_set_aside_and_counted(tmp_path: Path) -> None:
    table = tmp_path / "cases.csv"
    table.write_text(
        "case_id;period;as_of;subject.kind;tasks.assigned;tasks.completed;subject.name\n"
        "A;2024;31/12/2024;leader;20;21;Tên Bịa\n"
        "B;2024;31/12/2024;leader;hai;20;Tên Bịa\n"
        "C;2024;31/12/2024;Người đứng đầ;20;20;Tên Bịa\n"
        "A;2024;31/12/2024;leader;20;20;Tên Bịa\n"
        "D;2024;31/12/2024;leader;20;20;Tên Bịa\n",
        encoding="utf-8",
    )
    result = run("evaluate", table, "--format", "json")
    assert result.returncode == 1
    found = json.loads(result.stdout)
    told = [
        (each["case_id"], one["line"], one["column"], one["code"])
        for each in found["rejected"]
        for one in each["diagnostics"]
    ]
    assert told == [
        ("A", 2, 29, "fact/derived-range"),
        ("B", 3, 26, "cell/type"),
        ("C", 4, 19, "cell/option"),
        ("A", 5, 1, "case/duplicate-id"),
    ]
    assert [one["case_id"] for one in found["cases"]] == ["D"]
    shown = run("evaluate", table, "--brief")
    assert "Tên Bịa" not in shown.stdout + shown.stderr
    assert "`Người đứng đầu`" in shown.stdout


LABELLED = {
    "Mã hồ sơ": "A", "Kỳ đánh giá": "2024", "Ngày xét": "31/12/2024", "Loại đối tượng": "Người đứng đầu",
    "Số nhiệm vụ được giao": "20", "Số nhiệm vụ đã hoàn thành": "20", "Tự xếp loại": "", "Nội dung đã kiểm điểm": "",
    "Chính trị, tư tưởng": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "cell", "says"),
    [
        ("Loại đối tượng", "Người đứng đầ", "có phải ý là `Người đứng đầu`?"),
        ("Loại đối tượng", "bí thư", "Cá nhân giữ chức vụ lãnh đạo, quản lý; Người đứng đầu"),
        ("Tự xếp loại", "Giỏi", "Hoàn thành xuất sắc nhiệm vụ; Hoàn thành tốt nhiệm vụ"),
        ("Nội dung đã kiểm điểm", "Nội dung khác", "Kiểm tra, giám sát, kỷ luật đảng, giải quyết khiếu nại"),
        ("Số nhiệm vụ được giao", "hai mươi", "cột `Số nhiệm vụ được giao` ghi số nguyên"),
        ("Số nhiệm vụ được giao", "-1", "`Số nhiệm vụ được giao` ghi `-1`"),
        ("Số nhiệm vụ được giao", "#REF!", "ô của cột `Số nhiệm vụ được giao` báo lỗi"),
        ("Số nhiệm vụ đã hoàn thành", "21", "Số nhiệm vụ đã hoàn thành"),
        ("Ngày xét", "31/2/2024", "cột `Ngày xét` ghi ngày"),
        ("Ngày xét", "", "`Ngày xét`"),
    ],
)
def test_a_wrong_cell_is_spoken_of_by_its_heading_and_the_choices_as_they_read(
    heading: str, cell: str, says: str, tmp_path: Path
) -> None:
    library = all_policies()
    row = [cell if one == heading else other for one, other in LABELLED.items()]
    file = tmp_path / "cases.csv"
    file.write_text(";".join(LABELLED) + "\n" + ";".join(row) + "\n", encoding="utf-8")
    headings = Headings(library)
    assert all(headings.meant(one) for one in LABELLED), [one for one in LABELLED if not headings.meant(one)]
    (document,) = cases_in(csv_rows(read_lines(file, str(file), table=True), str(file), headings), headings, str(file))
    assert isinstance(document, Document)
    _, found = parse_case(document, library)
    assert len(found) == 1, found
    said = f"{found[0].message('vi')} {found[0].help('vi')}"
    assert says in said
    ids = {*headings.columns, *(name for column in headings.columns.values() for name, _ in column.options)}
    assert not [word for word in re.findall(r"[a-z][a-z0-9_.-]*[a-z0-9]", said) if word in ids and len(word) > 4], said


def test_a_column_that_is_missing_or_unknown_is_named_as_a_heading(tmp_path: Path) -> None:
    headings = Headings(all_policies())
    _, found = headings.read(Row("a.xlsx", 1, ("Mã hồ sơ", "Số nhiệm vụ được gia"), "S"))
    assert str(found[0].help("vi")).startswith("có phải ý là `Số nhiệm vụ được giao`?")
    assert "Kỳ đánh giá; Ngày xét; Loại đối tượng" in found[1].message("vi")


def test_a_cell_is_told_by_the_label_above_the_id_that_heads_its_column() -> None:
    labels = ("Mã hồ sơ", "Kỳ đánh giá", "Ngày xét", "Loại đối tượng", "Số nhiệm vụ được giao", "Ghi thêm")
    ids = ("case_id", "period", "as_of", "subject.kind", "tasks.assigned", "tasks.completed")
    wrong = ("A", "2024", "31/02/2024", "Người đứng đầu", "hai mươi", "hai")
    rows = [Row("t", line, cells) for line, cells in enumerate((labels, ids, wrong), 1)]
    [case] = cases_in(rows, Headings(all_policies()), "t")
    assert isinstance(case, CaseRow)
    names = [dict(problem.arguments)["name"] for problem in case.problems]
    assert names == ["Ngày xét", "Số nhiệm vụ được giao", "tasks.completed"]


OF_AN_OFFICE = ("Trình độ", "Quê quán", "Dân tộc", "Tôn giáo", "Ngoại ngữ", "Tin học", "Điện thoại", "Lương", "Ngạch",
                "Bằng cấp", "Hộ khẩu", "Sở trường", "Vợ, chồng")  # fmt: skip
"""More columns of its own than a case has."""


def test_the_table_of_an_office_is_read_by_its_own_headings_and_its_own_columns_kept_aside() -> None:
    headings = ("STT", "Số hồ sơ", "Năm", "Ngày xét xếp loại", "Đối tượng", "Họ và tên", "Chức danh", "Năm sinh",
                "Sinh hoạt tại chi bộ", "Cơ quan, đơn vị", "Tự nhận mức", *OF_AN_OFFICE)  # fmt: skip
    row = (1, "HS-1", 2025, date(2025, 12, 20), "Người đứng đầu", "Hoàng Thị Thử", "Trưởng phòng", 1980,
           "Chi bộ 3", "Phòng Một", "Hoàn thành tốt nhiệm vụ", *OF_AN_OFFICE)  # fmt: skip
    rows = [Row("t", line, cells, "S") for line, cells in enumerate((headings, row), 1)]
    known = Headings(load_library(POLICIES))
    assert known.row_of(rows) == 0
    *notes, case = cases_in(rows, known, "t")
    assert [(note.code, note.severity, str(note.location)) for note in notes if isinstance(note, Diagnostic)] == [
        ("table/heading-aside", "note", f"t:S!{column_name(number)}1") for number in range(12, 12 + len(OF_AN_OFFICE))
    ]
    assert isinstance(case, CaseRow) and not case.problems
    assert case.data["subject"] == {
        "kind": "head", "name": "Hoàng Thị Thử", "position": "Trưởng phòng", "born": "1980",
        "party_cell": "Chi bộ 3", "unit": "Phòng Một",
    }  # fmt: skip
    assert case.data["grades"] == {"self": "good"}


@pytest.mark.parametrize(
    ("cell", "plain"),
    [("19/5/1980", "1980-05-19"), ("1980", "1980"), (1980, "1980"), (date(1980, 5, 19), "1980-05-19")],
)
def test_a_birth_is_a_day_or_a_year(cell: object, plain: str) -> None:
    column = Headings(load_library(BASE)).columns["subject.born"]
    assert read_cell(cell, column) == plain
    with pytest.raises(Misfit):
        read_cell("31/02/1980", column)
