"""The summary of results and the list of proposals: figures worked out by hand, and the files that hold them."""

import json
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from docx import Document
from openpyxl import load_workbook
from support.policies import POLICIES, all_policies

from engine.api import evaluate
from engine.base.json_text import Unread
from engine.load.cases.particulars import Particulars, noting
from engine.report.tables.docx import write_docx
from engine.report.tables.office import OfficeTables
from engine.report.tables.printed import PrintedTable, share
from engine.report.tables.proposal import proposals
from engine.report.tables.summary import summaries
from engine.report.tables.xlsx import write_xlsx
from engine.report.words import Words, document_labels

SAMPLE = json.loads((POLICIES / "qd-366-2025/cases/07-non-leader-three-quarters-of-tasks.json").read_text("utf-8"))
NAME = "Nguyễn Văn An"
DECIDED = [
    ("A", "excellent"), ("A", "good"), ("A", "completed"), ("B", "good"), ("B", "good"), ("B", "not_completed"),
    ("B", None),
]  # fmt: skip
"""The unit of each case, and the grade decided; the facts of all leave the grade to the authority."""


def cases() -> list[dict[str, Any]]:
    made = []
    for number, (unit, grade) in enumerate(DECIDED, 1):
        subject = {"kind": "non_leader", "id": f"S{number}", "unit": unit, "name": NAME, "position": "Chuyên viên"}
        grades = {"proposed": "good", "decided": grade}
        made.append({**SAMPLE, "case_id": f"C{number}", "subject": subject, "grades": grades})
    made[0]["ballots"] = {"summoned": 12, "valid": 9, "grades": {"good": 5, "completed": 4}}
    exempt = {"kind": "non_leader", "id": "S8", "unit": "B"}
    facts = {"membership": {"exempt_from_work_and_activity": True}}
    return [*made, {**SAMPLE, "case_id": "C8", "subject": exempt, "facts": facts, "grades": None}]


def office(names: bool = False, **switches: str) -> OfficeTables:
    library, particulars = all_policies(), dict[str, Particulars]()
    documents = [Unread("case.json", json.dumps(case)) for case in cases()]
    results = evaluate(library, noting(documents, particulars), switches=switches)
    assert not results.rejected
    return OfficeTables(library, results, Words("vi", document_labels(library)), particulars, names, switches)


def test_numbers_and_shares_are_those_counted_by_hand() -> None:
    (table,) = summaries(office())
    (lines,) = table.parts
    figures = {str(line.cells[1]).strip(): line.cells[2:] for line in lines}
    third = Decimal("33.33")
    assert figures["A"] == [3, 3, 1, third, 1, third, 1, third, 0, 0, 0, 0]
    assert figures["B"] == [5, 3, 0, 0, 2, Decimal("66.67"), 0, 0, 1, third, 1, 1]
    # 1, 3, 1 and 1 of 6 graded; one is left open, one is exempt.
    sixth = Decimal("16.67")
    assert figures["Tổng cộng"] == [8, 6, 1, sixth, 3, 50, 1, sixth, 1, sixth, 1, 1]
    assert list(figures) == ["Cá nhân không giữ chức vụ lãnh đạo, quản lý", "A", "B", "Tổng cộng"]
    notes = " ".join(table.notes)
    # 3 × 33,33 and 3 × 16,67 + 50 are no 100, in the line of the kind of subject too.
    assert "tỷ lệ ở 3 dòng" in notes
    assert "được miễn công tác và sinh hoạt đảng" in notes.lower()


def test_a_half_is_rounded_up_and_nothing_has_no_share() -> None:
    assert share(1, 800) == Decimal("0.13")
    assert share(0, 0) is None


def test_a_list_gives_the_votes_and_what_is_worth_a_look() -> None:
    """5 of 9 valid ballots are more than half, 5 of 12 people are not."""

    def first(**switches: str) -> dict[str, Any]:
        (table,) = proposals(office(**switches))
        return dict(zip([column.text for column in table.columns], table.parts[0][1].cells, strict=True))

    row = first(vote_base="valid")
    assert (row["Số phiếu"], row["Tập thể đề xuất"]) == ("5/9 số phiếu hợp lệ (55,56%)", "Hoàn thành tốt nhiệm vụ")
    assert "số phiếu" not in row["Ghi chú"]
    row = first(vote_base="summoned")
    assert row["Số phiếu"] == "5/12 số triệu tập (41,67%)"
    assert "không quá 50% số phiếu" in row["Ghi chú"]


@pytest.mark.parametrize("make", [summaries, proposals])
@pytest.mark.parametrize("names", [True, False])
def test_the_files_hold_what_the_table_says(make: Any, names: bool) -> None:
    tables: list[PrintedTable] = list(make(office(names)))
    word, sheet = BytesIO(), BytesIO()
    write_docx(tables, "vi", word)
    write_xlsx(tables, sheet)
    document, book = Document(word), load_workbook(sheet)
    in_word = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    in_sheet = [cell.value for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None]
    expected = [cell for part in tables[0].parts for line in part for cell in line.cells if isinstance(cell, str)]
    assert set(filter(None, expected)) <= set(in_word) & set(in_sheet)
    named = names and make is proposals
    assert (NAME in in_word, NAME in in_sheet) == (named, named)
    section, page = document.sections[0], book.worksheets[0].page_setup
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (297, 210)
    assert (page.orientation, page.fitToWidth, page.fitToHeight) == ("landscape", 1, 0)
    repeated = [row for row in document.tables[1].rows if row._tr.xpath("./w:trPr/w:tblHeader")]
    assert len(repeated) == (2 if make is summaries else 1)
    assert "PAGE" in section.footer._element.xml
    breaks = document.element.xpath("//w:br[@w:type='page']")
    assert len(breaks) == len(book.worksheets[0].row_breaks.brk) == (0 if make is summaries else 1)
