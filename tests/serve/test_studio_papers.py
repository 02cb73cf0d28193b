"""What the studio hands out for print: opened by real programs' libraries, and naming nobody unless asked."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from docx import Document
from openpyxl import load_workbook
from support import ROOT
from support.browsers import in_browser
from support.servers import Server, serving
from support.studio import follow, person

CASES = ROOT / "policies" / "qd-366-2025" / "cases"
NAME, POST = "Lò Thị Bịa", "Trưởng phòng Bịa"
HEAD = "04-head-ninety-points-no-grade"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    cases = tmp_path_factory.mktemp("papers") / "cases"
    cases.mkdir()
    for file in CASES.glob("*.json"):
        data: Any = json.loads(file.read_text("utf-8"))
        data.pop("$schema", None)
        data["subject"] |= {"name": NAME, "position": POST}
        (cases / file.name).write_text(json.dumps(data, ensure_ascii=False), "utf-8")
    (cases / "broken.json").write_text("{", "utf-8")
    with serving(ROOT / "policies", "--cases", str(cases)) as running:
        yield running


def text_of(content: bytes) -> str:
    """Every text of a Word file, a workbook, or an archive of Word files."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        if all(name.endswith(".docx") for name in names):
            return "\n".join(text_of(archive.read(name)) for name in names)
    if "xl/workbook.xml" in names:
        sheets = load_workbook(io.BytesIO(content)).worksheets
        return "\n".join(str(cell) for sheet in sheets for row in sheet.values for cell in row if cell is not None)
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


@in_browser
def test_the_right_form_of_a_case_is_offered_with_the_reason_and_filled_in(server: Server, browser: Any) -> None:
    with person(browser, server.base, server.token) as page:
        page.goto(f"{server.base}/cases/{HEAD}")
        follow(page, page.get_by_role("link", name="Giấy tờ"))
        shown = page.locator("main").inner_text()
        assert "Đúng cho hồ sơ này: mẫu cho Người đứng đầu" in shown
        assert "Thành phần hồ sơ kiểm điểm, xếp loại" in shown
        with page.expect_download() as got:
            page.locator("a[href*='mau-2a.docx']").click()
        plain = text_of(Path(got.value.path()).read_bytes())
        assert "BẢN KIỂM ĐIỂM" in plain.upper() and NAME not in plain
        follow(page, page.get_by_role("link", name="Ghi cả họ tên vào tệp"))
        with page.expect_download() as got:
            page.locator("a[href*='mau-2a.docx']").click()
        assert got.value.suggested_filename.startswith(f"{HEAD}-") and got.value.suggested_filename.endswith(".docx")
        named = text_of(Path(got.value.path()).read_bytes())
        assert NAME in named and POST in named


@in_browser
def test_a_group_hands_up_its_tables(server: Server, browser: Any) -> None:
    with person(browser, server.base, server.token) as page:
        page.goto(f"{server.base}/groups?period=2025")
        for link, title in (("Word", "BẢNG TỔNG HỢP"), ("Excel", "BẢNG TỔNG HỢP")):
            with page.expect_download() as got:
                page.get_by_role("listitem").filter(has_text="Bảng tổng hợp kết quả").get_by_role(
                    "link", name=link
                ).click()
            assert title in text_of(Path(got.value.path()).read_bytes()).upper()
            assert got.value.suggested_filename.startswith("Bảng tổng hợp 2025.")


@pytest.mark.parametrize(
    "address",
    [f"/cases/{HEAD}/papers/dossier.docx", "/groups/papers/summary.docx", "/groups/papers/summary.xlsx",
     "/groups/papers/proposal.docx", "/groups/papers/proposal.xlsx", "/groups/papers/dossier.docx",
     "/groups/papers/forms.zip"],
)  # fmt: skip
def test_a_file_names_nobody_unless_asked(server: Server, address: str) -> None:
    with server.browser() as client:
        files = {names: client.get(address, params={"names": names}) for names in ("false", "true")}
    assert {file.status_code for file in files.values()} == {200}
    assert NAME not in text_of(files["false"].content)
    if "summary" not in address:
        assert NAME in text_of(files["true"].content)


def test_the_archive_holds_the_right_form_of_each_case(server: Server) -> None:
    with server.browser() as client:
        content = client.get("/groups/papers/forms.zip", params={"period": "2025"}).content
        again = client.get("/groups/papers/forms.zip", params={"period": "2025"}).content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
    assert {"HS-2025-01-mau-01.docx", "HS-2025-04-mau-2a.docx", "HS-2025-07-mau-2b.docx"} <= set(names)
    assert len(names) == len(set(names)) == 8
    assert sorted(names) == sorted(zipfile.ZipFile(io.BytesIO(again)).namelist())


@pytest.mark.parametrize(
    ("address", "status", "expected"),
    [
        (f"/cases/{HEAD}/papers/nix.docx", 404, "Không có trang hoặc hồ sơ này"),
        (f"/cases/{HEAD}/papers/mau-2b.docx", 404, "Không có trang hoặc hồ sơ này"),
        ("/cases/none/papers", 404, "Không có trang hoặc hồ sơ này"),
        ("/cases/broken/papers", 422, "Không đọc được hồ sơ"),
        ("/groups/papers/summary.pdf", 404, "Không có trang hoặc hồ sơ này"),
        ("/groups/papers/dossier.xlsx", 404, "Không có trang hoặc hồ sơ này"),
        ("/groups/papers/forms.zip?period=1999", 404, "Không có trang hoặc hồ sơ này"),
    ],
)
def test_what_is_not_there_is_told(server: Server, address: str, status: int, expected: str) -> None:
    with server.browser() as client:
        answer: httpx.Response = client.get(address)
    assert answer.status_code == status
    assert expected in answer.text
