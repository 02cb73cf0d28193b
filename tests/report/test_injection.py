"""What a file says stays what it says: no text of it becomes a formula, a link, markup or the end of a line."""

import csv
import io
import json
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import load_workbook
from support import ROOT

from engine.base.formulas import harmless, harmless_in_sql
from engine.cli import cli
from engine.load.policies.spelling import fits
from engine.report.addresses import web_address

STARTER = ROOT / "engine" / "starter"
SIGNS = "=+-@＝＋－＠"


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    shutil.copytree(STARTER, tmp_path / "rules")
    return tmp_path / "rules"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(one) for one in arguments], catch_exceptions=False)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


# --- formulas ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Tổ 1; tổ 2", "Tổ 1; tổ 2"),
        ("a-b=c", "a-b=c"),
        ("=1+1", "'=1+1"),
        (" =1+1", "' =1+1"),
        ("\t1", "'\t'1"),
        ("a;=1+1", "'a;'=1+1"),
        ('a;b;"=1+1', "'a;'b;'\"=1+1"),
        ("a\t@SUM(1)", "'a\t'@SUM(1)"),
        ("a\n-1", "'a\n'-1"),
        ("＝1+1", "'＝1+1"),
    ],
)
def test_a_text_is_no_formula_whatever_separates_the_cells(text: str, shown: str) -> None:
    assert harmless(text) == shown


WRITTEN = st.text(alphabet="a1 ;,\t\r\n\"'" + SIGNS, max_size=12)


@given(st.lists(WRITTEN, min_size=1, max_size=3))
@example(["a", "b;\"=cmd|'/C calc'!A0;c"])
def test_no_cell_begins_with_a_sign_for_any_separator(texts: list[str]) -> None:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\r\n").writerow([harmless(text) for text in texts])
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(stream.getvalue(), newline=""), delimiter=separator):
            assert [cell for cell in row if cell.lstrip(" \t\r\n").startswith(tuple(SIGNS))] == []


@given(st.lists(WRITTEN, min_size=1, max_size=20))
def test_a_table_of_a_population_says_the_same(texts: list[str]) -> None:
    duckdb = pytest.importorskip("duckdb", reason="no duckdb: pip install 'xeploai[population]'")
    values = ", ".join(f"({number}, ?)" for number in range(len(texts)))
    sql = f"SELECT {harmless_in_sql(chr(34) + 't' + chr(34))} FROM (VALUES {values}) AS given(n, t) ORDER BY n"
    assert [row[0] for row in duckdb.execute(sql, texts).fetchall()] == [harmless(text) for text in texts]


# --- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/a?b=c#d", ("https://example.org/a?b=c#d", "example.org")),
        ("https://x/>)<script>alert(1)</script>", ("https://x/%3E)%3Cscript%3Ealert(1)%3C/script%3E", "x")),
        ('https://x/"onclick="a', ("https://x/%22onclick=%22a", "x")),
        ("https://x/a\n::b", ("https://x/a%0A::b", "x")),
        ("https://van-ban.example/Quy định", ("https://van-ban.example/Quy%20%C4%91%E1%BB%8Bnh", "van-ban.example")),
        ("https://nobody@example.org/", ("https://nobody@example.org/", "example.org")),
        ("javascript:alert(1)", None),
        ("data:text/html,a", None),
        ("//example.org", None),
        ("https://[broken", None),
        ("https://", None),
        (None, None),
    ],
)
def test_an_address_is_of_the_web_and_stays_one(url: str | None, expected: tuple[str, str] | None) -> None:
    assert web_address(url) == expected


def cited(policies: Path, url: str) -> None:
    """A source is cited from a publication at this address."""
    one = f"- {{id: there, label: {{vi: Nơi ấy, en: There}}, url: {json.dumps(url)}}}"
    edit(policies / "mau-2025" / "regulation.yaml", "grades:\n", f"publications:\n  {one}\ngrades:\n")
    edit(policies / "mau-2025" / "grades.yaml", "status: ", "cite: there, status: ")


@pytest.mark.parametrize("url", ["https://x/>)<script>", 'https://x/"a', "javascript:a", "https://a b", "https://a\n"])
def test_an_address_that_is_none_is_refused(url: str, policies: Path) -> None:
    cited(policies, url)
    done = run("check", "--policies", policies)
    assert done.exit_code == 1
    assert "schema/pattern" in done.stderr


def test_an_address_that_leads_nowhere_is_no_link(policies: Path, tmp_path: Path) -> None:
    cited(policies, "https://[x")
    for number, verb in enumerate((["docs"], ["evaluate", policies / "mau-2025" / "cases", "--format", "html"])):
        made = tmp_path / str(number)
        done = run(*verb, "-o", made, "--policies", policies)
        assert done.exit_code == 0, done.output
        for page in [made, *made.rglob("*.html")]:
            assert page.is_dir() or "https://[x" not in page.read_text("utf-8")


# --- ends of lines ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [("abc", "^[a-z]+$", True), ("abc\n", "^[a-z]+$", False), (" a\n", r"\S", True), ("", r"\S", False)],
)
def test_a_pattern_ends_with_the_text(text: str, pattern: str, expected: bool) -> None:
    assert fits(text, pattern) is expected


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("triggers.yaml", "id: triggers\n", 'id: "triggers\\n"\n'),
        ("triggers.yaml", "- id: many_complaints\n", '- id: "many_complaints\\n"\n'),
        ("regulation.yaml", "id: mau-2025\n", 'id: "mau-2025\\n"\n'),
        ("triggers.test.yaml", "id: triggers.test\n", 'id: "triggers.test\\n"\n'),
    ],
)
def test_an_id_has_no_end_of_a_line(file: str, old: str, new: str, policies: Path) -> None:
    edit(policies / "mau-2025" / file, old, new)
    done = run("test" if file.endswith(".test.yaml") else "check", "--policies", policies)
    assert done.exit_code == 1
    assert "schema/pattern" in done.output


def test_a_day_has_no_end_of_a_line(policies: Path, tmp_path: Path) -> None:
    case = json.loads((policies / "mau-2025" / "cases" / "to-01.json").read_text("utf-8"))
    path = tmp_path / "case.json"
    path.write_text(json.dumps({**case, "as_of": case["as_of"] + "\n"}), "utf-8")
    done = run("evaluate", path, "--policies", policies)
    assert done.exit_code == 1
    assert "schema/pattern" in done.output


# --- JUnit ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["\x1b", "\x01", "\udcff", "\ufffe"])
def test_junit_is_xml_whatever_files_are_called(letter: str, policies: Path, tmp_path: Path) -> None:
    named = policies / "mau-2025" / f"a{letter}b.test.yaml"
    text = (policies / "mau-2025" / "triggers.test.yaml").read_text("utf-8")
    named.write_text(text.replace("triggers.test", "a.test").replace("holds: [many_complaints]", "holds: []"), "utf-8")
    run("test", "--policies", policies, "--format", "junit", "-o", tmp_path / "out.xml")
    names = [one.get("name", "") for one in ElementTree.parse(tmp_path / "out.xml").iter()]
    # A name that is not UTF-8 may be shown with the sign for what is no letter.
    shown = (f"a\\u{ord(letter):04x}b", "a\ufffdb" if letter == "\udcff" else "")
    assert [name for name in names if any(each and each in name for each in shown)]


# --- what an office hands in ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hostile_cases(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Cases in which every text tries to be a formula, markup, or a tag of a template."""
    folder, paths = tmp_path_factory.mktemp("hostile-cases"), []
    for number, name in enumerate(("03-party-organization-excellent", "07-non-leader-three-quarters-of-tasks")):
        case = json.loads((ROOT / "policies" / "qd-366-2025" / "cases" / f"{name}.json").read_text("utf-8"))
        case["case_id"] = f"=cmd|'/C calc'!A{number}"
        case["subject"] |= {"id": f"=1+{number}", "unit": "@SUM(1)", "cohort": "+x<b>"}
        if number:
            case["subject"] |= {"name": '=HYPERLINK("x")<script>', "position": "-1+<w:p/>{{ case }}{% x %}"}
        case["documents"] = [{"kind": "minutes", "number": "=1<script>", "date": "2025-12-01", "file": "=f"}]
        paths.append(folder / f"{number}.json")
        paths[-1].write_text(json.dumps(case), "utf-8")
    return paths


@pytest.mark.parametrize("table", ["summary", "proposal"])
def test_a_table_that_is_handed_up_holds_no_formula_of_a_case(
    table: str, hostile_cases: list[Path], tmp_path: Path
) -> None:
    done = run("table", table, *hostile_cases, "-o", tmp_path / "t.xlsx", "--names")
    assert done.exit_code == 0, done.output
    cells = [cell for sheet in load_workbook(tmp_path / "t.xlsx") for row in sheet.iter_rows() for cell in row]
    assert [cell for cell in cells if cell.data_type == "f"] == []
    tries = [cell for cell in cells if isinstance(cell.value, str) and cell.value.startswith(tuple(SIGNS))]
    assert tries and all(cell.quotePrefix for cell in tries)


def test_a_form_says_what_looks_like_a_tag(hostile_cases: list[Path], tmp_path: Path) -> None:
    docx = pytest.importorskip("docx", reason="no python-docx: pip install 'xeploai[forms]'")
    done = run("form", *hostile_cases, "-o", tmp_path / "out", "--names")
    assert done.exit_code == 0, done.output
    # Nothing of an id can lead out of the folder, or be a file of another kind.
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"cmd_C_calc_A0-mau-01.docx", "cmd_C_calc_A1-mau-2b.docx"}
    document = docx.Document(tmp_path / "out" / "cmd_C_calc_A1-mau-2b.docx")
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert '=HYPERLINK("x")<script>' in text
    assert "-1+<w:p/>{{ case }}{% x %}" in text


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_a_dossier_holds_no_markup_of_a_case(form: str, hostile_cases: list[Path], tmp_path: Path) -> None:
    done = run("dossier", *hostile_cases, "--names", "--format", form, "-o", tmp_path / "out")
    assert done.exit_code == 0, done.output
    text = (tmp_path / "out").read_text("utf-8")
    assert "<script>" not in text.replace(r"\<script\>", "")
    assert "HYPERLINK" in text
