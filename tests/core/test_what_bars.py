"""What bars the grade above: one next grade in every output for every shape of ladder, and bars that do not bite."""

import io
import json
from functools import cache
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner
from support import ROOT
from support.policies import all_policies
from support.regulation_366 import SPOTLESS
from support.three_regulations import document, judged
from support.workbooks import said

from engine.api import evaluate
from engine.base.json_text import read_json
from engine.cli import cli
from engine.core.judge.ladder import LiveLadder, next_rung
from engine.core.judge.record import Decision, Grading, Results
from engine.report.results import write
from engine.report.text import Layout
from engine.report.words import Words
from engine.report.xlsx.cases import write_workbook

WIDE = Layout(width=10_000)
WORDS = Words("vi", {})

SAMPLES = ROOT / "policies" / "qd-366-2025" / "cases"
EXCELLENT, GOOD = "Hoàn thành xuất sắc nhiệm vụ", "Hoàn thành tốt nhiệm vụ"
SHORT_OF = "Vì sao chưa đạt mức trên"
TOP = "Không có mức nào cao hơn mức này"


# --- which grade is next ----------------------------------------------------------------------------------------

# Rungs as (grade, criteria); rule 9 is a bar. In `INHERITED` each rung takes the criteria below it, in `BANDED` none.
GRADES = ("gold", "silver", "bronze", "tin")
INHERITED = (("gold", (0, 1, 2)), ("silver", (1, 2)), ("bronze", (2,)))
BANDED = (("gold", (0, 3)), ("silver", (1,)), ("bronze", (2,)))
NO_SILVER = (("gold", (0, 2)), ("bronze", (2,)))
MIXED = (("gold", (0, 2)), ("silver", (1, 2)), ("bronze", (2,)))


@pytest.mark.parametrize(
    ("rungs", "holding", "highest", "following"),
    [
        (INHERITED, {0, 1, 2}, "gold", None),
        (INHERITED, {1, 2}, "silver", "gold"),
        (INHERITED, {2}, "bronze", "silver"),
        (INHERITED, {0, 2}, "bronze", "silver"),
        (INHERITED, {0, 1}, None, "bronze"),
        (INHERITED, {0, 1}, "tin", "bronze"),
        (INHERITED, {0, 1, 2, 9}, "tin", "bronze"),
        (BANDED, {0, 3}, "gold", None),
        (BANDED, {1}, "silver", "gold"),
        (BANDED, {2}, "bronze", "silver"),
        (BANDED, {0}, None, "gold"),
        (BANDED, set(), None, "silver"),
        (BANDED, {0}, "tin", "gold"),
        (BANDED, {1, 9}, "tin", "silver"),
        (BANDED, {1, 9}, "bronze", "silver"),
        (NO_SILVER, {2}, "bronze", "gold"),
        (NO_SILVER, {2, 9}, "tin", "bronze"),
        (MIXED, {2}, "bronze", "silver"),
        (MIXED, {0, 1}, None, "bronze"),
        ((), set(), None, None),
        ((("silver", (0,)),), {0}, "silver", None),
    ],
)
def test_the_next_grade_of_every_shape_of_ladder(
    rungs: tuple[tuple[str, tuple[int, ...]], ...], holding: set[int], highest: str | None, following: str | None
) -> None:
    statuses = [number in holding for number in range(10)]
    live = LiveLadder(None, GRADES, rungs, (("tin", 9),), "undetermined")  # type: ignore[arg-type]
    assert next_rung(live, statuses, highest) == following


# --- every output says the same ---------------------------------------------------------------------------------


@cache
def samples() -> Results:
    return evaluate(all_policies(), map(read_json, sorted(SAMPLES.glob("*.json"))))


def grading(decision: Decision) -> Grading:
    assert decision.grading is not None
    return decision.grading


def short_of(one: Grading) -> list[str]:
    rung = next((rung for rung in one.rungs if rung.grade == one.next), None)
    return [result.rule.name for result in rung.unmet] if rung else []


# By the bands of 366 as written: what a case with these points lacks of the grade above, never of one below.
@pytest.mark.parametrize(
    ("case", "following", "lacking"),
    [
        ("HS-2025-01", "excellent", ["excellent_points", "enough_tasks_exceeded"]),
        ("HS-2025-03", None, []),
        ("HS-2025-04", "excellent", ["led_unit_excellent"]),
        ("HS-2025-05", "good", []),
    ],
)  # fmt: skip
def test_the_bands_of_a_lower_grade_bar_nothing(case: str, following: str | None, lacking: list[str]) -> None:
    found = grading(next(one for one in samples().decisions if one.case_id == case))
    assert (found.next, [name.rpartition(".")[2] for name in short_of(found)]) == (following, lacking)


def test_every_output_names_the_same_next_grade(tmp_path: Path) -> None:
    results = samples()
    rows = _population(tmp_path)
    streams = {form: io.StringIO() for form in ("text", "html", "csv")}
    for form, stream in streams.items():
        write(results, form, WORDS, stream, WIDE)
    book = io.BytesIO()
    write_workbook(results, WORDS, book)
    workbook = openpyxl.load_workbook(book)
    tables = {line.split(",", 1)[0]: line for line in streams["csv"].getvalue().split("\r\n")}
    parts = {one.split(" ", 1)[0]: one for one in streams["text"].getvalue().split("\n\n")}
    pages = {one.split("\n")[0]: one for one in streams["html"].getvalue().split('<article id="case-')[1:]}
    compared = 0
    for number, decision in enumerate(results.decisions, 1):
        if decision.grading is None:
            continue
        one, row, case = decision.grading, rows[decision.case_id], decision.case_id
        assert (row["next"], row["unmet"]) == (one.next, short_of(one))
        page = next(text for key, text in pages.items() if key.startswith(f'{number}"'))
        outputs = parts[case], page, said(workbook, case, SHORT_OF)
        if one.settled and one.grade is not None and one.next is None:
            assert all(TOP in text for text in (*outputs, tables[case], _explained(decision)))
        else:
            assert not any(TOP in text for text in (*outputs, tables[case], _explained(decision)))
        labels = dict(decision.grade_names)
        for grade, label in labels.items():
            heading = f"Chưa đạt “{label.vi}” vì"
            assert [heading in text for text in outputs] == [grade == one.next and bool(short_of(one))] * 3
            compared += 1
    assert compared > 20


def _population(folder: Path) -> dict[str, dict[str, object]]:
    found = CliRunner().invoke(cli, ["population", str(SAMPLES), "-o", str(folder / "out"), "--format", "ndjson"])
    assert found.exit_code == 0, found.output
    lines = (folder / "out" / "cases.ndjson").read_text("utf-8").splitlines()
    return {row["case_id"]: row for row in map(json.loads, lines)}


def _explained(decision: Decision) -> str:
    return CliRunner().invoke(cli, ["explain", decision.file, "--lang", "vi"]).output


# --- bars that do not bite --------------------------------------------------------------------------------------

HEADING = "Trường hợp loại đã xét nhưng không áp dụng"
DISCIPLINED = {"discipline.in_year": True, "discipline.duty_related": True}


@pytest.mark.parametrize(
    ("kind", "facts", "spared", "because"),
    [
        ("leader", DISCIPLINED | {"discipline.at_former_unit": True}, "leader_disciplined_in_year",
         "– không áp dụng, vì: Vi phạm đều xảy ra ở nơi công tác cũ"),
        ("leader", DISCIPLINED | {"discipline.duty_related": False}, "leader_disciplined_in_year",
         "Vi phạm bị kỷ luật liên quan đến nhiệm vụ được giao: không"),
        ("leader", {"targets.basic_missed": ["growth"]}, "all_basic_targets_missed", "(mốc: có đủ: "),
        ("leader", {"confidence.vote_held": True, "confidence.low_percent": 50},
         "low_confidence", "50% (mốc: trên 50%)"),
        ("non_leader", DISCIPLINED | {"discipline.at_former_unit": True}, "disciplined_in_year",
         "– không áp dụng, vì: Vi phạm đều xảy ra ở nơi công tác cũ"),
        ("non_leader", {}, None, ""),
    ],
)  # fmt: skip
def test_a_bar_that_does_not_bite_is_named_with_its_reason(
    kind: str, facts: dict[str, object], spared: str | None, because: str
) -> None:
    (decision,) = judged([document(SPOTLESS[kind] | facts, kind, "2025-12-20")])
    found = grading(decision)
    named = [bar.result.rule.id for bar in found.spared]
    assert found.bars == () and (spared in named if spared else named == [])
    assert all(bar.grade == "not_completed" and bar.result.holds is False for bar in found.spared)
    results = Results((decision,), (), (), ())
    text, page, book = io.StringIO(), io.StringIO(), io.BytesIO()
    write(results, "text", WORDS, text, WIDE)
    write(results, "html", WORDS, page)
    write_workbook(results, WORDS, book)
    cells = said(openpyxl.load_workbook(book), decision.case_id, HEADING)
    assert because in text.getvalue() and because in page.getvalue() and because in cells
    assert [HEADING in text.getvalue(), HEADING in page.getvalue(), bool(cells)] == [spared is not None] * 3


def test_a_discipline_self_detected_and_remedied_is_named_under_124() -> None:
    facts = {"discipline.in_year": True, "discipline.self_detected": True, "discipline.remedied": True}
    (decision,) = judged([document(SPOTLESS["non_leader"] | facts, "non_leader", "2024-12-20")])
    (bar,) = grading(decision).spared
    assert bar.result.rule.id == "disciplined_in_year" and bar.result.exception
    assert {one.fact.name for one in bar.result.comparisons} == {"discipline.self_detected", "discipline.remedied"}
