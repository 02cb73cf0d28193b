"""What the readings decide over a population, by the SQL target: the same answers, to the byte, as case by case."""

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from support.edits import REGULATION, ROOT, edited, run
from support.large_impacts import grouped
from support.policies import all_policies

from bench import generate
from engine.core.judge.judge import Judge
from engine.core.judge.record import QuotaResult
from engine.core.policy.regulation import Library
from engine.load.cases.fast_values import Unusual
from engine.load.cases.paths import unread_cases
from engine.population import readings
from engine.population import sensitivity as large_sensitivity
from engine.population.decider import Options
from engine.population.failures import Disagreement
from engine.population.placed import Cases
from engine.population.results import opened_results
from engine.population.run import Run
from engine.population.sums import totals_of
from engine.report.population import write_summary
from engine.report.sensitivity import as_json
from engine.report.xlsx.population import write_population
from engine.study.alternatives import Alternative, AlternativeOutcome, outcome_under
from engine.study.sensitivity import Row, Sensitivity, sensitivity

CASES, PORTION = 240, 240_000


@pytest.fixture(scope="module")
def generated() -> list[str]:
    return "".join(generate.blocks(ROOT / "policies", CASES)).splitlines()


@pytest.fixture(scope="module")
def of_two_kinds(generated: list[str]) -> list[str]:
    """Each kind of subject is asked about in queries of its own, which cost more than the cases do."""
    return [line for line in generated if re.search(r'"kind":\s*"(leader|organization)"', line)]


def written(folder: Path, lines: list[str]) -> tuple[str]:
    (folder / "cases.ndjson").write_text("\n".join(lines) + "\n", "utf-8")
    return (str(folder / "cases.ndjson"),)


def by_sql(folder: Path, paths: tuple[str, ...], **options: Any) -> large_sensitivity.PopulationSensitivity:
    run = Run(options.pop("library", all_policies()), folder / "work", Options(portion=PORTION, **options))
    cases = Cases(
        paths, lambda: unread_cases(paths, run.library, "en", lambda problem: None), lambda done, size: None
    )
    return large_sensitivity.sensitivity(run, cases)


def both_ways(folder: Path, paths: tuple[str, ...], **options: Any) -> tuple[Sensitivity, int]:
    """What both say, and how many cases were judged case by case beside SQL."""
    found = by_sql(folder, paths, **options)
    library: Library = options.pop("library", all_policies())
    expected = sensitivity(library, unread_cases(paths, library, "en", lambda problem: None), **options)
    for one, other in zip(found.sensitivity.rows, expected.rows, strict=True):
        assert one == other, (one.name, one.option)
    assert found.sensitivity == expected
    assert not found.cases or found.cases == expected.judged + len(expected.rejected)
    return expected, found.one_by_one


def rows(found: Sensitivity, test: Callable[[Row], object]) -> list[str]:
    return [one.name for one in found.rows if test(one)]


def test_generated_cases_with_gaps_and_some_that_cannot_be_judged(tmp_path: Path, generated: list[str]) -> None:
    lines = list(generated)
    unfit = lines[7].replace('"facts":{', '"facts":{"tasks":3,').replace("B-", "X-")
    lines[5:5] = ["", "{", lines[2], lines[-1], unfit]
    lines += [lines[40], unfit, '{"case_id": "late"']
    found, one_by_one = both_ways(tmp_path, written(tmp_path, lines))
    assert found.judged == CASES and len(found.rejected) >= 7
    assert any(len(one.now) > 1 or len(one.then) > 1 for row in found.rows for one in row.moved)
    assert rows(found, lambda one: one.kind == "rule" and one.moved)
    assert rows(found, lambda one: one.duties) and rows(found, lambda one: one.cohorts)
    assert one_by_one < CASES


def test_other_readings_and_links_between_cases(tmp_path: Path) -> None:
    documents = grouped(11, 300, ("leader", "head"))
    for number, one in enumerate(documents):
        one.data["subject"] |= {"id": f"S{number}", "heads": f"S{number - 1}"}
        one.data["grades"] = {"decided": ["excellent", "good", None][number % 3]}
        if number % 2:
            one.data["grades"]["decided_on"] = f"2024-12-{10 + number % 17}"
    lines = [json.dumps(one.data, ensure_ascii=False, default=float) for one in documents]
    switches = {"head_ceiling": "applied", "official_grade": "not_above", "quota_base": "good_or_above"}
    found, _ = both_ways(tmp_path, written(tmp_path, lines), switches=switches)
    assert rows(found, lambda one: one.links) and rows(found, lambda one: one.cohorts and one.moved)


def test_a_relief_that_asks_about_cases(tmp_path: Path, of_two_kinds: list[str]) -> None:
    chance = random.Random(3)
    lines = []
    for line in of_two_kinds[:200]:
        data = json.loads(line)
        unit = data["facts"].setdefault("unit", {})
        for name in ("excellent_with_outstanding_results", "higher_share_decided"):
            unit[name] = chance.choice([True, True, True, False, None])
        lines.append(json.dumps(data, ensure_ascii=False))
    found, _ = both_ways(tmp_path, written(tmp_path, lines), regulation="qd-366-2025")
    assert rows(found, lambda one: one.moved) and rows(found, lambda one: one.cohorts)


def test_a_relief_that_another_reading_brings(tmp_path: Path, of_two_kinds: list[str]) -> None:
    relief = """
      - id: at_odds
        label: {vi: Bất hòa, en: At odds}
        when: {fact: signs.disunity, is: true}
        allowed: 5
        under: {specific_products: noted_only}
        source: {document: qd-124-2023, locator: Chương III, status: reported, cite: lawnet-124-tieu-chi}
"""
    file = f"{REGULATION}/quotas.yaml"
    library = edited(tmp_path / "policies", file, "    relief:\n", f"    relief:{relief}")
    lines = []
    for number, line in enumerate(of_two_kinds[:200]):
        data = json.loads(line)
        data["subject"]["cohort"] = str(number)
        data["evidence"] = {}
        if number % 2:
            data["grades"] = {"decided": "excellent"}
        lines.append(json.dumps(data, ensure_ascii=False))
    found, _ = both_ways(tmp_path, written(tmp_path, lines), library=library)
    (row,) = [one for one in found.rows if (one.name, one.option) == ("specific_products", "noted_only")]
    # A limit that is not relieved stays exceeded by a grade that was decided; were it unknown whether it is relieved,
    # these cohorts would seem to change.
    numbers = {json.loads(line)["case_id"]: json.loads(line)["subject"]["cohort"] for line in lines}
    stay = [one.case_id for one in row.moved if int(numbers[one.case_id]) % 2]
    listed = {name.rpartition(" · ")[2] for name in row.cohorts}
    assert listed and {numbers[one] for one in stay} - listed


def test_several_regulations_and_cases_that_the_target_leaves(tmp_path: Path, of_two_kinds: list[str]) -> None:
    lines = []
    for number, line in enumerate(of_two_kinds[:240]):
        data = json.loads(line)
        if number % 4 == 0:
            data |= {"period": "2022", "as_of": "2022-12-31"}
        # A text with a break in it is no case for the target.
        data["subject"]["unit"] = 'U \n1' if number % 5 == 0 else "U 1"
        lines.append(json.dumps(data, ensure_ascii=False))
    found, one_by_one = both_ways(tmp_path, written(tmp_path, lines))
    assert {one.regulation for one in found.rows} == {REGULATION, "qd-132-2018"}
    assert one_by_one >= len(lines) // 5


def test_what_the_target_cannot_ask_is_judged_case_by_case(
    tmp_path: Path, of_two_kinds: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(judge: Judge, results: Sequence[bool | None], what: Alternative) -> AlternativeOutcome:
        if judge.compiled.kind == "leader" and what.interpretation == "leader_bars":
            raise Unusual
        return outcome_under(judge, results, what)

    monkeypatch.setattr(readings, "outcome_under", refused)
    lines = of_two_kinds[:200]
    leaders = sum('"kind":"leader"' in line for line in lines)
    monkeypatch.setattr(large_sensitivity, "BY_CHANCE", 1)
    monkeypatch.setattr(large_sensitivity, "CONFIRMED", 1)
    _, one_by_one = both_ways(tmp_path, written(tmp_path, lines))
    assert leaders <= one_by_one < len(lines)


def test_what_durable_rules_does_not_confirm_stops_it(
    tmp_path: Path, of_two_kinds: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readings, "outcome_under", _without_bars)
    with pytest.raises(Disagreement):
        by_sql(tmp_path, written(tmp_path, of_two_kinds))


def _without_bars(judge: Judge, results: Sequence[bool | None], what: Alternative) -> AlternativeOutcome:
    return outcome_under(judge, results, replace(what, live=what.live and replace(what.live, bars=())))


def test_no_case(tmp_path: Path) -> None:
    found, _ = both_ways(tmp_path, written(tmp_path, [""]))
    assert (found.judged, found.rows) == (0, ())


def test_the_command_says_the_same_and_how_fast(tmp_path: Path, of_two_kinds: list[str]) -> None:
    lines = [*of_two_kinds[:150], "{", of_two_kinds[3]]
    (path,) = written(tmp_path, lines)
    done = [
        run(ROOT, "sensitivity", "--cases", path, "--format", "json", "--lang", "en", "--target", target)
        for target in ("cases", "population")
    ]
    assert [one.returncode for one in done] == [1, 1], done[1].stderr
    assert done[1].stdout == done[0].stdout and done[0].stdout
    assert done[0].stdout == json.dumps(json.loads(done[0].stdout), ensure_ascii=False, indent=2) + "\n"
    assert "cases under every alternative" in done[1].stderr
    assert "cases under every alternative" not in done[0].stderr
    assert "case/duplicate-id" in done[1].stderr
    refused = run(ROOT, "sensitivity", "--cases", path, "--target", "population", "--interpretation", "moment=never")
    assert refused.returncode == 2 and "never" in refused.stderr


def test_who_holds_a_grade_that_another_reading_lets_more_or_fewer_keep_is_named_in_both_ways(tmp_path: Path) -> None:
    grades = ["excellent"] * 3 + ["good"] * 13
    lines = [
        json.dumps({
            "case_id": f"T-{number}", "period": "2025", "as_of": "2025-12-31",
            "subject": {"kind": "non_leader", "id": f"S-{number}", "cohort": "A"},
            "facts": {"unit": {"higher_share_decided": False}}, "grades": {"proposed": grade, "decided": grade},
        })
        for number, grade in enumerate(grades)
    ]  # fmt: skip
    found, _ = both_ways(tmp_path, written(tmp_path, lines))
    told = json.loads("".join(as_json(found)))
    turned = {(row["name"], row["option"]): row["turned"] for row in told["rows"] if row["turned"]}
    assert set(turned) == {
        ("quota_base", "good_or_above"), ("quota_base", "all_graded"),
        ("quota_rounding", "half_up"), ("quota_rounding", "ceiling"),
    }  # fmt: skip
    gaining = [{"cohort": "2025 · non_leader · A", "excess": [1, 0], "holders": ["T-0", "T-1", "T-2"]}]
    assert all(cohorts == gaining for cohorts in turned.values())
    large = Run(all_policies(), tmp_path / "run", Options(portion=PORTION), threads=1)
    with opened_results(large, large.over([str(tmp_path / "cases.ndjson")])) as results:
        cohorts: list[QuotaResult] = []
        totals = totals_of(results, cohorts.append)
        summary, book = StringIO(), BytesIO()
        write_summary(totals, cohorts, summary)
        write_population(results, totals, cohorts, "en", book)
    (cohort,) = json.loads(summary.getvalue())["cohorts"]
    assert {(reading["reading"], reading["option"], reading["excess"]) for reading in cohort["readings"]} == {
        ("quota_base", "good_or_above", 0), ("quota_base", "all_graded", 0), ("quota_rounding", "half_up", 0),
        ("quota_rounding", "ceiling", 0), ("quotas.excellent_share.outstanding_organization", "", 0),
    }  # fmt: skip
    head, row = list(load_workbook(book)["Quotas"].iter_rows(values_only=True))[:2]
    assert len(str(row[head.index("If read otherwise")]).splitlines()) == 5
