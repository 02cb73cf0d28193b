"""Workbooks that are written: one to fill in, which comes back as the same cases, and one of results."""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from support.command import ROOT, leader, run
from support.policies import all_policies
from support.records import full_results
from support.tables import as_cells, decisions
from support.workbooks import said, table

from engine.core.policy.live import concerns
from engine.core.policy.regulation import Library
from engine.core.rules.compiler import compile_rules, with_rulesets
from engine.load.cases.blank import day_of_review
from engine.load.cases.cells import read_cell
from engine.load.cases.headings import Column
from engine.report.words import Words
from engine.report.xlsx.blank import CaseWorkbook
from engine.report.xlsx.sheet import ROW_LIMIT, Head, add_table, new_book, save

POLICIES = ROOT / "policies"
CASES = POLICIES / "qd-124-2023" / "cases"
SOFFICE = shutil.which("soffice")


@cache
def library() -> Library:
    return all_policies()


def every_workbook() -> Iterator[CaseWorkbook]:
    """One for each kind of subject that each regulation grades, in each language."""
    for regulation in library().regulations.values():
        day = day_of_review(regulation, date(2025, 6, 1))
        for kind in regulation.kinds.values():
            if any(concerns(ladder.applies_to, kind) for ladder in regulation.ladders):
                compiled = with_rulesets(compile_rules(regulation, library().vocabulary, kind.id, day, {}))
                for language in ("vi", "en"):
                    yield CaseWorkbook(library(), regulation, compiled, Words(language, {}), str(day.year), day)


def several(column: Column) -> bool:
    """Whether a cell may hold several options."""
    return column.takes == "options" or (column.fact is not None and column.fact.form == "set")


def test_every_choice_that_is_offered_reads_back_as_its_option() -> None:
    seen = 0
    for made in every_workbook():
        for column in made.columns():
            for (name, _), choice in zip(column.options, made._choices(column), strict=True):
                plain = read_cell(choice, column, made.words.language)
                assert plain == ([name] if several(column) else name), (column.name, choice)
                seen += 1
    assert seen > 500


def test_a_workbook_asks_for_what_its_subject_can_have_and_its_regulation_counts() -> None:
    """Post, birth and cell are a person's; votes are asked for under a regulation that says which share they need."""
    counts = 6
    for workbook in every_workbook():
        names = [column.name for column in workbook.columns()]
        kind, regulation = workbook.regulation.kinds[workbook.compiled.kind], workbook.regulation
        assert ("subject.born" in names) == ("individual" in kind.ancestors), (regulation.id, kind.id)
        votes = [name for name in names if name.startswith("ballots.")]
        grades = {f"ballots.grades.{grade.id}" for grade in regulation.grades}
        assert len(votes) == (counts + len(grades) if regulation.majorities else 0)
        assert not regulation.majorities or grades <= set(votes)


def written(kind: str, path: Path, *more: str) -> Any:
    done = run("new", "workbook", "--regulation", "qd-124-2023", "--subject", kind, "-o", path, *more)
    assert done.returncode == 0, done.stderr
    return load_workbook(path)


def test_a_workbook_to_fill_in_has_help_lists_and_bounds(tmp_path: Path) -> None:
    book = written("leader", tmp_path / "hồ sơ.xlsx", "--period", "2024", "--as-of", "2024-12-31")
    sheet, guide, lists = book.worksheets
    assert [one.title for one in book.worksheets] == ["Hồ sơ", "Hướng dẫn", "Danh mục"]
    assert sheet.freeze_panes == "B3"
    columns = {cell.value: cell.column_letter for cell in sheet[2]}
    assert sheet[f"{columns['tasks.assigned']}1"].value == "Số nhiệm vụ được giao"
    skeleton = json.loads(run("new", "case", "--regulation", "qd-124-2023", "--subject", "leader").stdout)
    asked = set(as_cells({**skeleton, "facts": {}}) | flat(skeleton["facts"]))
    assert asked <= set(columns), "a fact of an empty case has no column"
    assert {"subject.position", "subject.born", "subject.party_cell"} <= set(columns), "a form needs them"
    rules = {str(one.sqref).split("3:")[0]: one for one in sheet.data_validations.dataValidation}
    assert set(rules) == set(columns.values())
    assert rules[columns["discipline.in_year"]].formula1 == '"có,không"'
    assert rules[columns["tasks.assigned"]].type == "whole"
    assert "bao nhiêu chỉ tiêu, nhiệm vụ" in rules[columns["tasks.assigned"]].prompt
    area = rules[columns["criteria.politics"]].formula1
    assert [cell.value for (cell,) in lists[area.split("!")[1].replace("$", "")]] == [
        "Kém",
        "Trung bình",
        "Tốt",
        "Xuất sắc",
    ]
    assert sheet.column_dimensions[columns["as_of"]].number_format == "dd/mm/yyyy"
    assert sheet.column_dimensions[columns["case_id"]].number_format == "@"
    said = [cell.value for row in guide for cell in row if cell.value]
    assert any("31/12/2024" in text for text in said)
    assert all(len(one.prompt) <= 255 and len(one.promptTitle) <= 32 for one in rules.values())


def flat(facts: dict[str, Any], prefix: str = "") -> dict[str, str]:
    return {
        name: ""
        for key, value in facts.items()
        for name in (flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": ""})
    }


def by_kind() -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted(CASES.glob("*.json")):
        found.setdefault(json.loads(path.read_text(encoding="utf-8"))["subject"]["kind"], []).append(path)
    return found


def filled_in(kind: str, path: Path) -> list[Path]:
    """The sample cases of a kind typed into a workbook for it; their files."""
    book = written(kind, path)
    sheet = book.worksheets[0]
    columns = {cell.value: cell.column for cell in sheet[2]}
    for row, file in enumerate(by_kind()[kind], 3):
        for name, text in as_cells(json.loads(file.read_text(encoding="utf-8"))).items():
            typed: object = text
            if name in ("as_of", "grades.decided_on"):
                typed = date.fromisoformat(text)
            elif text.isdigit() and name != "period":
                typed = int(text)
            if name not in columns:
                # The case states a fact that no rule for its kind asks about: a column more.
                columns[name] = len(columns) + 1
                sheet.cell(2, columns[name], name)
            sheet.cell(row, columns[name], typed)
    book.save(path)
    return by_kind()[kind]


@pytest.mark.parametrize("kind", by_kind())
def test_what_is_filled_in_comes_back_as_the_same_cases(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "cases.xlsx"
    files = filled_in(kind, path)
    by_row, by_file = run("evaluate", path, "--format", "json"), run("evaluate", *files, "--format", "json")
    assert by_row.returncode == by_file.returncode == 0, by_row.stdout + by_row.stderr
    assert decisions(by_row) == decisions(by_file)
    assert by_row.stderr == ""


def resaved(path: Path, folder: Path, form: str = "xlsx") -> Path:
    """The file as LibreOffice writes it after opening it."""
    assert SOFFICE
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        [SOFFICE, profile, "--headless", "--convert-to", form, "--outdir", str(folder / "out"), str(path)],
        check=True, capture_output=True, timeout=110,
    )  # fmt: skip
    return folder / "out" / f"{path.stem}.{form}"


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_what_libreoffice_saves_again_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "cases.xlsx"
    filled_in("leader", path)
    again = resaved(path, tmp_path)
    before, after = run("evaluate", path, "--format", "json"), run("evaluate", again, "--format", "json")
    assert before.returncode == 0
    assert decisions(after) == decisions(before) != []


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_mistakes_are_told_in_the_same_cells_once_libreoffice_has_saved_them(tmp_path: Path) -> None:
    path = tmp_path / "cases.xlsx"
    filled_in("leader", path)
    book = load_workbook(path)
    sheet = book.worksheets[0]
    columns = {cell.value: cell.column_letter for cell in sheet[2]}
    put = {
        "tasks.completed": date(2024, 5, 12),
        "discipline.in_year": "có lẽ",
        "criteria.politics": "Tôt",
        "tasks.exceeded": "1.000",
        "as_of": "31/02/2024",
    }
    for name, value in put.items():
        sheet[f"{columns[name]}3"] = value
    sheet[f"{columns['criteria.ethics']}4"] = "#N/A"
    sheet[f"{columns['tasks.assigned']}5"] = "=4*5"
    sheet.merge_cells(f"{columns['criteria.politics']}4:{columns['criteria.ethics']}4")
    book.save(path)
    told = []
    for one in (path, resaved(path, tmp_path)):
        done = run("evaluate", one, "--format", "json")
        found = json.loads(done.stdout)
        told.append(
            [(each["line"], each["column"], each["code"]) for case in found["rejected"] for each in case["diagnostics"]]
        )
    uncomputed = [one for one in told[0] if one[2] == "cell/formula"]
    # LibreOffice computes the formula when it opens the file.
    assert [one for one in told[0] if one not in uncomputed] == told[1]
    assert [one[0] for one in uncomputed] == [5]
    assert {one[2] for one in told[1]} >= {"cell/day-for-number", "cell/type", "cell/number-two-ways", "cell/merged"}
    assert {one[0] for one in told[1]} == {3, 4}


def test_a_workbook_is_not_written_over_and_not_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    written("leader", path)
    for arguments in (
        ["--subject", "leader"],
        ["--subject", "leder", "--force"],
        ["--subject", "leader", "--as-of", "1999-01-01", "--force"],
    ):
        done = run("new", "workbook", "--regulation", "qd-124-2023", *arguments, "-o", path)
        assert done.returncode == 2, arguments
    assert (
        run(
            "new", "workbook", "--regulation", "qd-124-2023", "--subject", "leader", "-o", tmp_path / "a.ods"
        ).returncode
        == 2
    )
    assert [one.name for one in tmp_path.iterdir()] == ["a.xlsx"]


def test_the_same_workbook_has_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        written("head", tmp_path / f"{name}.xlsx", "--period", "2024", "--as-of", "2024-12-31")
        run("evaluate", CASES, "--format", "xlsx", "-o", tmp_path / f"{name}-results.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert (tmp_path / "a-results.xlsx").read_bytes() == (tmp_path / "b-results.xlsx").read_bytes()


# --- results ----------------------------------------------------------------------------------------------------------


def results(path: Path, *arguments: str | Path) -> tuple[Any, int]:
    done = run("evaluate", *arguments, "--format", "xlsx", "-o", path)
    assert done.returncode in (0, 1), done.stderr
    return load_workbook(path), done.returncode


def test_results_are_the_records_in_a_workbook(tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text(
        "case_id,period,as_of,subject.kind,tasks.assigned\nX,2024,2024-12-31,leader,ten\n", encoding="utf-8"
    )
    book, code = results(tmp_path / "out.xlsx", CASES, broken)
    assert code == 1
    assert book.sheetnames == ["Kết quả", "Chi tiết", "Tỷ lệ", "Ràng buộc", "Bị trả lại", "Căn cứ", "Tổng hợp"]
    found = full_results(run("evaluate", CASES, broken, "--format", "json").stdout)
    cases = table(book["Kết quả"])
    assert [one["Mã hồ sơ"] for one in cases] == [one["case_id"] for one in found["decisions"]]
    for row, one in zip(cases, found["decisions"], strict=True):
        labels = {grade: label["vi"] for grade, label in one["grade_names"]}
        if one["grading"] and one["grading"]["grade"]:
            assert row["Mức dữ kiện cho thấy"] == labels[one["grading"]["grade"]]
        given = {each["given_by"]: labels[each["grade"]] for each in one["grades"]}
        assert row["Tự xếp loại"] == given.get("self")
        for finding in one["findings"]:
            assert finding["label"]["vi"] in said(book, one["case_id"], "Phải làm rõ trách nhiệm")
        for item in one["review"]:
            if item["required"] and item["covered"] is False:
                assert item["label"]["vi"] in said(book, one["case_id"], "Nội dung chưa kiểm điểm")
    assert any("45%" in said(book, one["case_id"], "Vì sao chưa đạt mức trên") for one in found["decisions"])
    shown = [one for one in found["quotas"] if one["count"] or one["base"] or one["unsettled"]]
    figures = [(row["Đã xếp"], row["Tối đa"], row["Vượt"]) for row in table(book["Tỷ lệ"])]
    assert figures == [(one["count"], one["limit"], one["excess"]) for one in shown]
    (chart,) = book["Tỷ lệ"]._charts
    assert [series.val.numRef.f for series in chart.series] == [f"'Tỷ lệ'!${c}$2:${c}${len(shown) + 1}" for c in "GH"]
    assert len(table(book["Ràng buộc"])) == len(found["links"])
    (bad,) = table(book["Bị trả lại"])
    assert (bad["Hồ sơ"], bad["Mã lỗi"]) == ("X", "cell/type")
    assert bad["Vị trí"] == f"{broken}:2:26"
    counts = {row["Nội dung"]: row["Số hồ sơ"] for row in table(book["Tổng hợp"])}
    assert (counts["Hồ sơ đã xét"], counts["Hồ sơ bị trả lại"]) == (len(cases), 1)
    by_outcome = Counter(one["Mức dữ kiện cho thấy"] for one in cases)
    assert by_outcome.items() <= counts.items()
    assert any(row["Loại"] == "nguồn" and "Điều 12" in row["Nơi"] for row in table(book["Căn cứ"]))
    for sheet in book:
        assert sheet.auto_filter.ref and sheet.freeze_panes and sheet.page_setup.orientation == "landscape"
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
        shown = [column for column in sheet.column_dimensions.values() if not column.hidden]
        assert sum(column.width for column in shown) <= 210, f"{sheet.title} cannot be read on one page"


def test_results_are_in_english_where_asked(tmp_path: Path) -> None:
    book, _ = results(tmp_path / "out.xlsx", CASES, "--lang", "en")
    assert book.sheetnames == ["Results", "Details", "Quotas", "Links", "Basis", "Summary"]
    assert "Good completion of tasks" in {one["Grade supported"] for one in table(book["Results"])}


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("http://x.invalid")', "+1", "-1", "@SUM(A1)", "\tx"])
def test_no_text_of_a_case_becomes_a_formula(text: str, tmp_path: Path) -> None:
    case = tmp_path / "case.json"
    case.write_text(json.dumps(leader(case_id=text, subject__cohort=text), ensure_ascii=False), encoding="utf-8")
    book, _ = results(tmp_path / "out.xlsx", case)
    cells = [cell for sheet in book for row in sheet for cell in row if cell.value is not None]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    same = [cell for cell in cells if cell.value == text]
    assert same and all(cell.data_type == "s" and cell.quotePrefix for cell in same)


def test_a_workbook_needs_a_file_to_go_to() -> None:
    done = run("evaluate", CASES, "--format", "xlsx")
    assert done.returncode == 2
    assert "-o OUT.xlsx" in done.stderr


def test_control_characters_and_long_texts_do_not_break_a_workbook() -> None:
    book, stream = new_book(), BytesIO()
    add_table(book, "T", [Head("a", 10)], [["x\x07y"], ["z" * 40_000], [None]])
    save(book, stream)
    values = [row[0] for row in load_workbook(stream)["T"].iter_rows(values_only=True)]
    assert values[1] == "xy"
    assert len(values[2]) == 32_767


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ROW_LIMIT == 1_048_576
    monkeypatch.setattr("engine.report.xlsx.sheet.ROW_LIMIT", 11)
    book, stream = new_book(), BytesIO()
    add_table(book, "T", [Head("n", 10)], [[number] for number in range(25)])
    save(book, stream)
    read = load_workbook(stream)
    assert read.sheetnames == ["T", "T 2", "T 3"]
    assert [row[0] for sheet in read for row in sheet.iter_rows(min_row=2, values_only=True)] == list(range(25))


@pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_results_and_draws_the_chart(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    results(path, CASES)
    again = load_workbook(resaved(path, tmp_path))
    assert again.sheetnames == load_workbook(path).sheetnames
    assert table(again["Kết quả"]) == table(load_workbook(path)["Kết quả"])
    assert len(again["Tỷ lệ"]._charts) == 1


def test_a_population_comes_out_in_the_same_workbook(tmp_path: Path) -> None:
    bad = tmp_path / "bad.ndjson"
    bad.write_text('{"case_id": "X"}\n', encoding="utf-8")
    done = run("population", CASES, bad, "-o", tmp_path / "population.xlsx")
    assert done.returncode == 1, done.stderr
    whole = load_workbook(tmp_path / "population.xlsx")
    one_by_one, _ = results(tmp_path / "cases.xlsx", CASES, bad)
    assert whole.sheetnames == [name for name in one_by_one.sheetnames if name != "Chi tiết"]
    found = full_results(run("evaluate", CASES, "--format", "json").stdout)["decisions"]
    settled = {one["case_id"] for one in found if one["grading"] and one["grading"]["settled"]}
    shared = ("Loại đối tượng", "Nhóm", "Ngày xét", "Mức dữ kiện cho thấy", "Tự xếp loại", "Đã quyết định")
    rows = {row["Mã hồ sơ"]: row for row in table(whole["Kết quả"])}
    assert len(rows) == len(found)
    for row in table(one_by_one["Kết quả"]):
        if row["Mã hồ sơ"] in settled:
            assert [rows[row["Mã hồ sơ"]][name] for name in shared] == [row[name] for name in shared]
    # A population's quotas count, and name nobody.
    figures = ("Nhóm", "Mức", "Số hồ sơ", "Mẫu số", "Đã xếp", "Tối đa", "Vượt", "Kết luận", "Căn cứ")
    counted = [
        sorted(str([row[name] for name in figures]) for row in table(book["Tỷ lệ"])) for book in (whole, one_by_one)
    ]
    assert counted[0] == counted[1] and counted[0]
    assert len(whole["Tỷ lệ"]._charts) == 1
    assert {row["Hồ sơ"] for row in table(whole["Bị trả lại"])} == {"X"}
    assert any("Điều 12" in (row["Nơi"] or "") for row in table(whole["Căn cứ"]))


@pytest.mark.parametrize("verb", ["evaluate", "population"])
def test_what_is_worth_a_look_has_a_sheet(verb: str, tmp_path: Path) -> None:
    """Two cases of one subject in one period are judged as they stand."""
    cases = tmp_path / "cases.ndjson"
    lines = [json.dumps(leader(case_id=name, subject__id="S-1"), ensure_ascii=False) for name in ("A", "B")]
    cases.write_text("\n".join(lines) + "\n", encoding="utf-8")
    form = ("--format", "xlsx") if verb == "evaluate" else ()
    done = run(verb, cases, *form, "-o", tmp_path / "out.xlsx")
    assert done.returncode == 0, done.stderr
    book = load_workbook(tmp_path / "out.xlsx")
    assert "Bị trả lại" not in book.sheetnames
    (row,) = table(book["Điều nên xem lại"])
    assert row["Mã lỗi"] == "case/same-subject"
    assert row["Vị trí"].startswith(f"{cases}:2")
    assert row["Điều nên xem lại"] in done.stderr and row["Cách sửa"] in done.stderr
