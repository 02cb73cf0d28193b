"""`xeploai form`: which forms are written where, what is refused, and what is never written."""

import errno
import json
import os
import shutil
from pathlib import Path
from typing import IO

import docx
import pytest
from support import ROOT
from support.command import run

from engine.report.forms.tags import Tree
from engine.report.forms.template import Template

SAMPLES = ROOT / "policies" / "qd-366-2025" / "cases"
PERSON = {"name": "Lò Thị Bịa", "position": "Trưởng Bịa", "born": "1911-11-11", "party_cell": "Chi bộ Bịa"}


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """A head and an individual of one unit, whose ids make the same name of a file."""
    folder = tmp_path / "cases"
    folder.mkdir()
    for number, case_id in (("04", "HS/1"), ("07", "hs:1")):
        (sample,) = SAMPLES.glob(f"{number}-*.json")
        data = json.loads(sample.read_text(encoding="utf-8"))
        data["case_id"] = case_id
        data["subject"] |= PERSON | {"unit": "Phòng Một"}
        data["statements"] = {"results": "Tự viết: Bịa"}
        (folder / sample.name).write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return folder


def texts(folder: Path) -> dict[str, str]:
    documents = {path.name: docx.Document(str(path)) for path in sorted(folder.glob("*.docx"))}
    return {name: "\n".join(part.text or "" for part in document.element.body.iter("{*}t"))
            for name, document in documents.items()}  # fmt: skip


def test_each_case_gets_its_own_form_and_the_reason_is_given(cases: Path, tmp_path: Path) -> None:
    ran = run("form", cases, "-o", tmp_path / "out", "--names")
    assert ran.returncode == 0, ran.stderr
    assert "HS/1: Mẫu 2A, mẫu cho Người đứng đầu" in ran.stdout and "hs:1: Mẫu 2B" in ran.stdout
    written = texts(tmp_path / "out")
    assert list(written) == ["HS_1-mau-2a.docx", "hs_1-mau-2b.docx"]
    assert all("Tự viết: Bịa" in text and "11/11/1911" in text for text in written.values())


def test_nothing_says_who_a_person_is_without_names(cases: Path, tmp_path: Path) -> None:
    ran = run("form", cases, "-o", tmp_path / "out", "--form", "bien-ban-kiem-phieu")
    written = texts(tmp_path / "out")
    assert list(written) == ["HS_1-bien-ban-kiem-phieu.docx", "hs_1-bien-ban-kiem-phieu-2.docx"]
    for text in (ran.stdout, ran.stderr, *written.values()):
        assert "Bịa" not in text and "1911" not in text


def test_one_list_holds_all_of_a_unit(cases: Path, tmp_path: Path) -> None:
    run("form", cases, "-o", tmp_path / "out", "--form", "bien-ban-hoi-nghi", "--names")
    ((name, text),) = texts(tmp_path / "out").items()
    assert name == "Phòng_Một-bien-ban-hoi-nghi.docx"
    assert text.count("Lò Thị Bịa") == 2


def test_what_is_there_is_written_over_only_if_asked(cases: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "HS_1-mau-2a.docx").write_bytes(b"signed")
    ran = run("form", cases, "-o", out)
    assert ran.returncode == 1 and "form/exists" in ran.stderr and (out / "HS_1-mau-2a.docx").read_bytes() == b"signed"
    assert (out / "hs_1-mau-2b.docx").is_file()
    assert run("form", cases, "-o", out, "--force").returncode == 0
    assert (out / "HS_1-mau-2a.docx").read_bytes() != b"signed"


def test_a_full_disk_leaves_what_is_finished_and_the_next_run_goes_on(
    cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = Template.fill

    def until_full(template: Template, tags: Tree, stream: IO[bytes]) -> None:
        fill(template, tags, stream)
        if template.path.name == "mau-2b.docx":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    out = tmp_path / "out"
    with monkeypatch.context() as patched:
        patched.setattr(Template, "fill", until_full)
        ran = run("form", cases, "-o", out)
    assert ran.returncode == 1 and "đĩa đã đầy" in ran.stderr and "Traceback" not in ran.stderr
    assert "Đã ghi 1 biểu mẫu" in ran.stdout and "HS_1-mau-2a.docx" in ran.stdout
    assert [path.name for path in out.iterdir()] == ["HS_1-mau-2a.docx"]
    ran = run("form", cases, "-o", out)
    assert "đã có sẵn 1 tệp, giữ nguyên không ghi đè: HS_1-mau-2a.docx" in ran.stderr
    assert list(texts(out)) == ["HS_1-mau-2a.docx", "hs_1-mau-2b.docx"]


def test_the_wrong_form_is_refused_with_the_right_one(cases: Path, tmp_path: Path) -> None:
    ran = run("form", cases, "-o", tmp_path / "out", "--form", "mau-02a")
    assert ran.returncode == 1 and not texts(tmp_path / "out")
    assert "Mẫu 02A (--form mau-02a) là mẫu cho Cá nhân không giữ chức vụ lãnh đạo, quản lý (124-QĐ/TW)" in ran.stderr
    assert "mẫu đúng: Mẫu 2A (--form mau-2a)" in ran.stderr
    ran = run("form", cases, "-o", tmp_path / "out", "--form", "mau-2aa")
    assert ran.returncode == 2 and "gần nhất: mau-2a" in ran.stderr


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_form_is_printed_to_pdf_if_asked(cases: Path, tmp_path: Path) -> None:
    (case,) = cases.glob("07-*")
    ran = run("form", case, "-o", tmp_path / "out", "--pdf")
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "out" / "hs_1-mau-2b.pdf").read_bytes().startswith(b"%PDF")
