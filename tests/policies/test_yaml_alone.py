"""What policy staff may change without touching code: every change here is made to YAML, in a copy of the policies."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import ROOT

from engine.api import evaluate
from engine.base.diagnostics import Problems
from engine.base.json_text import parse_json
from engine.core.judge.record import Decision, Results
from engine.versions.opening import load_library

LEADER = json.loads((ROOT / "policies/qd-124-2023/cases/07-leader-one-task-short.json").read_text(encoding="utf-8"))


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    return tmp_path / "policies"


def replaced(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file.name}"
    file.write_text(text.replace(old, new), encoding="utf-8")


def judged(policies: Path, *cases: dict[str, Any]) -> Results:
    documents = [parse_json(f"{number}.json", json.dumps(case)) for number, case in enumerate(cases)]
    results = evaluate(load_library(policies), documents, verify=True)
    assert results.rejected == ()
    return results


def leader(case_id: str = "T-1", **facts: object) -> dict[str, Any]:
    case: dict[str, Any] = json.loads(json.dumps(LEADER))
    case["case_id"] = case_id
    for name, value in facts.items():
        group, _, fact = name.partition("__")
        case["facts"][group][fact] = value
    return case


def decision(policies: Path, case: dict[str, Any]) -> Decision:
    return judged(policies, case).decisions[0]


def grade(policies: Path, case: dict[str, Any]) -> str | None:
    grading = decision(policies, case).grading
    return grading.grade if grading else None


def test_a_threshold_changed_changes_the_grade(policies: Path) -> None:
    assert grade(policies, leader()) == "good"
    file = policies / "qd-124-2023/grades/individual.yaml"
    text = file.read_text(encoding="utf-8")
    at = text.index("id: excellent_exceeded_percent")
    file.write_text(text[:at] + text[at:].replace("value: 50", "value: 45", 1), encoding="utf-8")
    assert grade(policies, leader()) == "excellent"


def test_a_number_that_changes_from_a_day_on_applies_from_that_day(policies: Path) -> None:
    file = policies / "qd-124-2023/grades/individual.yaml"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    after = next(number for number, line in enumerate(lines) if "id: excellent_exceeded_percent" in line)
    value = next(number for number in range(after, len(lines)) if "value: 50" in lines[number])
    lines.insert(value + 1, lines[value].replace("2023-10-04", "2024-12-31").replace("value: 50", "value: 45"))
    file.write_text("".join(lines), encoding="utf-8")
    assert grade(policies, leader() | {"as_of": "2024-12-30"}) == "good"
    assert grade(policies, leader() | {"as_of": "2024-12-31"}) == "excellent"


def test_a_trigger_changed_changes_the_findings(policies: Path) -> None:
    case = leader(signs__complaint_letters=1)
    assert [one.rule.id for one in decision(policies, case).findings] == ["complaint_letters"]
    replaced(
        policies / "qd-124-2023/triggers.yaml",
        "signs.complaint_letters, at_least: 1",
        "signs.complaint_letters, at_least: 2",
    )
    assert decision(policies, case).findings == ()


def test_a_quota_changed_changes_what_a_cohort_may_have(policies: Path) -> None:
    cases = [leader(f"T-{number}") for number in range(6)]
    for number, case in enumerate(cases):
        case["subject"]["id"] = f"S-{number}"
        case["grades"]["decided"] = "excellent" if number < 2 else "good"
    (before,) = judged(policies, *cases).quotas
    assert (before.limit, before.excess, before.status) == (0, 2, "exceeded")
    replaced(policies / "qd-124-2023/quotas.yaml", "        value: 20\n", "        value: 50\n")
    (after,) = judged(policies, *cases).quotas
    assert (after.limit, after.excess, after.status) == (2, 0, "within")


def test_a_trigger_on_a_new_fact_is_added(policies: Path) -> None:
    with (policies / "facts.yaml").open("a", encoding="utf-8") as facts:
        facts.write(
            "  signs.late_report:\n    type: boolean\n    label: {vi: Nộp báo cáo muộn, en: Late report}\n"
            '    question: {vi: "Có nộp báo cáo muộn không?", en: "Was a report late?"}\n    typical: false\n'
        )
    with (policies / "qd-124-2023/triggers.yaml").open("a", encoding="utf-8") as triggers:
        triggers.write(
            "  - id: late_report\n    label: {vi: Nộp báo cáo muộn, en: Late report}\n"
            "    when: {fact: signs.late_report, is: true}\n"
            "    source: {document: hd-25-2023, locator: ví dụ, status: stated}\n"
        )
    assert [one.rule.id for one in decision(policies, leader(signs__late_report=True)).findings] == ["late_report"]


def test_a_kind_of_subject_is_added_below_another_and_inherits_its_rules(policies: Path) -> None:
    replaced(
        policies / "qd-124-2023/regulation.yaml",
        "      - {id: non_leader, label: {vi: \"Cá nhân không giữ",
        "      - {id: volunteer, label: {vi: Cộng tác viên, en: Volunteer}}\n"
        "      - {id: non_leader, label: {vi: \"Cá nhân không giữ",
    )  # fmt: skip
    case = leader(tasks__exceeded=12)
    case["subject"]["kind"] = "volunteer"
    one = decision(policies, case)
    assert one.grading is not None and one.grading.grade == "excellent"
    assert "gathering_and_unity" not in {item.rule.id for item in one.review}


def test_a_grade_is_added_between_two_others(policies: Path) -> None:
    replaced(
        policies / "qd-124-2023/regulation.yaml",
        "  - id: good\n    label: {vi: Hoàn thành tốt nhiệm vụ",
        "  - id: very_good\n    label: {vi: Hoàn thành rất tốt nhiệm vụ, en: Very good completion of tasks}\n"
        "    source: {document: hd-25-2023, locator: ví dụ, status: stated}\n"
        "  - id: good\n    label: {vi: Hoàn thành tốt nhiệm vụ",
    )
    replaced(
        policies / "qd-124-2023/grades/individual.yaml",
        "  - grade: good\n",
        "  - grade: very_good\n    criteria:\n      - id: nearly_half_exceeded\n"
        "        label: {vi: Vượt mức từ 40%, en: At least 40% exceeded}\n"
        "        when: {fact: tasks.exceeded_percent, at_least: 40}\n"
        "        source: {document: hd-25-2023, locator: ví dụ, status: stated}\n"
        "  - grade: good\n",
    )
    assert grade(policies, leader()) == "very_good"
    assert grade(policies, leader(tasks__exceeded=7)) == "good"
    assert grade(policies, leader(tasks__exceeded=10)) == "excellent"


def new_regulation(policies: Path) -> None:
    """A regulation of another year, in a folder of its own: a copy with its own name, days and one other number."""
    shutil.copytree(policies / "qd-124-2023", policies / "qd-999-2030")
    for name in [path for path in (policies / "qd-999-2030").rglob("*.yaml") if path.name.endswith(".test.yaml")]:
        name.unlink()
    shutil.rmtree(policies / "qd-999-2030/cases")
    file = policies / "qd-999-2030/regulation.yaml"
    replaced(file, "\nid: qd-124-2023\n", "\nid: qd-999-2030\n")
    replaced(file, "in_force: {from: 2023-10-04, until: 2025-08-29}", "in_force: {from: 2030-01-01}")
    replaced(file, "replaces: [qd-132-2018]\nreplaced_by: [qd-366-2025]\n", "")


def test_a_folder_with_another_regulation_is_used_for_its_days(policies: Path) -> None:
    new_regulation(policies)
    shutil.rmtree(policies / "qd-366-2025")
    assert decision(policies, leader()).regulation == "qd-124-2023"
    assert decision(policies, leader() | {"as_of": "2030-06-30", "period": "2030"}).regulation == "qd-999-2030"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text.replace("replaces: [qd-132-2018]", "replaces: [qd-124-2023]"), "regulation/gap"),
        (
            lambda text: text.replace("replaces: [qd-132-2018]", "replaces: [qd-124-2023]").replace(
                "from: 2023-10-04, until: 2025-08-29", "from: 2025-08-29"
            ),
            "regulation/overlap",
        ),
    ],
)
def test_regulations_that_follow_each_other_leave_no_day_out_and_none_twice(
    policies: Path, change: Callable[[str], str], code: str
) -> None:
    shutil.copytree(policies / "qd-124-2023", policies / "qd-999-2030")
    file = policies / "qd-999-2030/regulation.yaml"
    text = file.read_text(encoding="utf-8").replace("\nid: qd-124-2023\n", "\nid: qd-999-2030\n")
    text = change(text).replace("in_force: {from: 2023-10-04, until: 2025-08-29}", "in_force: {from: 2030-01-01}")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Problems) as problems:
        load_library(policies)
    assert {one.code for one in problems.value.diagnostics} == {code}
