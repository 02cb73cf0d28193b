"""`xeploai table`: the file that it writes, and the endings that it does not know."""

from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook
from support.command import run
from support.policies import POLICIES

CASES = POLICIES / "qd-366-2025/cases"


@pytest.mark.parametrize(("which", "title"), [("summary", "BẢNG TỔNG HỢP"), ("proposal", "DANH SÁCH ĐỀ NGHỊ")])
def test_a_table_is_written_for_word_or_for_a_spreadsheet(which: str, title: str, tmp_path: Path) -> None:
    for name in ("out.docx", "out.xlsx"):
        done = run("table", which, CASES, "-o", tmp_path / name)
        assert done.returncode == 0, done.stderr
    assert any(title in paragraph.text for paragraph in Document(str(tmp_path / "out.docx")).paragraphs)
    # The cases are of a year, a quarter and a term: each is a table of its own.
    assert len(load_workbook(tmp_path / "out.xlsx").sheetnames) == 3


def test_a_file_of_another_ending_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    done = run("table", "summary", CASES, "-o", tmp_path / "out.pdf")
    assert done.returncode == 2
    assert ".docx, .xlsx" in done.stderr


@pytest.mark.parametrize("name", ["out.docx", "out.xlsx"])
def test_without_a_case_there_is_no_table(name: str, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    done = run("table", "summary", tmp_path / "none", "-o", tmp_path / name)
    assert (done.returncode, (tmp_path / name).exists()) == (1, False)
    assert "Không có hồ sơ nào xét được để lập bảng" in done.stderr
