"""Local layers: what they add and set, which layer each line comes from, and that they may not loosen what they extend."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.diagnostics import Diagnostic, Problems
from engine.evaluation import evaluate
from engine.library import load_library
from engine.sources import parse_json

ROOT = Path(__file__).parent.parent
SAMPLE = "mau-tinh-a-2024"
HEAD = """kind: overlay
id: local
label: {vi: Lớp thử, en: Layer on trial}
issued_by: {vi: Nơi ban hành, en: Issuer}
issued_on: 2024-01-01
in_force: {from: 2024-01-01, until: 2025-08-29}
extends: qd-124-2023
sources:
  - {document: local-rules, locator: mục 1, status: stated}
documents:
  - {id: local-rules, label: {vi: Văn bản thử, en: Rules on trial}}
"""
CITED = "source: {document: local-rules, locator: mục 1, status: stated}"
CRITERIA = """kind: grade_additions
id: more
label: {vi: Thêm, en: More}
ladder: individual
applies_to: [individual]
"""


def value(name: str, amount: int, kind: str = "number", unit: str = "percent") -> str:
    return (
        f"parameters:\n  - id: {name}\n    label: {{vi: Con số, en: Number}}\n    type: {kind}\n    unit: {unit}\n"
        f"    values:\n      - from: 2024-01-01\n        value: {amount}\n        {CITED}\n"
    )


def found_with(tmp_path: Path, files: dict[str, str], *, delegated: tuple[str, str] | None = None) -> list[Diagnostic]:
    policies = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", policies, ignore=shutil.ignore_patterns(SAMPLE))
    if delegated is not None:
        file, after = delegated
        path = policies / "qd-124-2023" / file
        text = path.read_text(encoding="utf-8")
        assert after in text
        path.write_text(text.replace(after, f"{after}    delegated: true\n", 1), encoding="utf-8")
    (policies / "local").mkdir()
    for name, text in files.items():
        (policies / "local" / name).write_text(text, encoding="utf-8")
    try:
        load_library(policies)
    except Problems as problems:
        return list(problems.diagnostics)
    return []


EXEMPTION = f"""kind: exemptions
id: fewer
label: {{vi: Miễn thêm, en: Further exemptions}}
applies_to: [individual]
exemptions:
  - id: no_tasks
    label: {{vi: Không được giao việc, en: Nothing assigned}}
    when: {{fact: tasks.assigned, at_most: 0}}
    {CITED}
"""
LIFTING_BAR = (
    CRITERIA
    + f"""bars:
  - id: outright
    grade: good
    label: {{vi: Được xếp thẳng, en: Put there outright}}
    when: {{fact: tasks.assigned, at_least: 1}}
    {CITED}
"""
)
LOOSENING = {
    "a criterion's number lowered": {"overlay.yaml": HEAD + value("excellent_exceeded_percent", 49)},
    "a number lowered for some months only": {
        "overlay.yaml": HEAD
        + value("excellent_exceeded_percent", 49)
        + f"      - from: 2024-07-01\n        value: 60\n        {CITED}\n"
    },
    "a bar's number lowered": {"overlay.yaml": HEAD + value("not_completed_percent", 49)},
    "a quota's number raised": {"overlay.yaml": HEAD + value("excellent_share_percent", 21)},
    "more months before a review is due": {
        "overlay.yaml": HEAD + value("newly_admitted_months", 7, "integer", "months")
    },
    "a reading that asks less": {"overlay.yaml": HEAD + "choose:\n  specific_products: noted_only\n"},
    "a reading that counts the quota otherwise": {"overlay.yaml": HEAD + "choose:\n  quota_base: good_or_above\n"},
    "a reading that rounds up": {"overlay.yaml": HEAD + "choose:\n  quota_rounding: ceiling\n"},
    "an exemption": {"overlay.yaml": HEAD, "fewer.yaml": EXEMPTION},
    "a bar that lifts": {"overlay.yaml": HEAD, "more.yaml": LIFTING_BAR},
    "a reading by which fewer criteria at Poor bar": {"overlay.yaml": HEAD + "choose:\n  poor_criteria: all_poor\n"},
}


@pytest.mark.parametrize("name", LOOSENING)
def test_what_loosens_is_refused_with_an_example(name: str, tmp_path: Path) -> None:
    found = found_with(tmp_path, LOOSENING[name])
    assert found and {one.code for one in found} == {"overlay/loosens"}
    for one in found:
        assert one.location.line and "local" in one.location.file, one.location
        assert "→" in dict(one.arguments)["witness"] or "quota" in name or "rounds" in name, one.arguments


TIGHTENING = {
    "a criterion's number raised": {"overlay.yaml": HEAD + value("excellent_exceeded_percent", 51)},
    "a bar's number raised": {"overlay.yaml": HEAD + value("not_completed_percent", 51)},
    "a quota's number lowered": {"overlay.yaml": HEAD + value("excellent_share_percent", 19)},
    "a reading that asks more": {"overlay.yaml": HEAD + "choose:\n  head_ceiling: applied\n"},
    "a reading that swaps a bar for a stricter one": {"overlay.yaml": HEAD + "choose:\n  poor_criteria: any_poor\n"},
    "a reading that swaps a criterion for a stricter one": {
        "overlay.yaml": HEAD + "choose:\n  basically_average: every_criterion\n"
    },
    "a bar on the lowest grade": {
        "overlay.yaml": HEAD, "more.yaml": LIFTING_BAR.replace("grade: good", "grade: not_completed")
    },
}  # fmt: skip


@pytest.mark.parametrize("name", TIGHTENING)
def test_what_tightens_is_taken(name: str, tmp_path: Path) -> None:
    assert found_with(tmp_path, TIGHTENING[name]) == []


def test_what_is_delegated_may_be_loosened(tmp_path: Path) -> None:
    files = LOOSENING["a criterion's number lowered"]
    after = "  - id: excellent_exceeded_percent\n"
    assert found_with(tmp_path, files, delegated=("grades/individual.yaml", after)) == []


def test_a_reading_that_is_delegated_may_be_chosen(tmp_path: Path) -> None:
    files = LOOSENING["a reading that asks less"]
    assert found_with(tmp_path, files, delegated=("regulation.yaml", "  - id: specific_products\n")) == []


def test_an_id_that_the_regulation_has_is_told(tmp_path: Path) -> None:
    again = CRITERIA + (
        "rungs:\n  - grade: excellent\n    criteria:\n      - id: task_results_excellent\n"
        f"        label: {{vi: Lại, en: Again}}\n        when: {{fact: tasks.assigned, at_least: 1}}\n        {CITED}\n"
    )
    assert "rule/duplicate-id" in {one.code for one in found_with(tmp_path, {"overlay.yaml": HEAD, "more.yaml": again})}


def test_a_layer_over_nothing_is_told(tmp_path: Path) -> None:
    found = found_with(tmp_path, {"overlay.yaml": HEAD.replace("extends: qd-124-2023", "extends: qd-124-2032")})
    assert [one.code for one in found] == ["regulation/unknown"]
    assert found[0].location.line == 7


def case(**more: object) -> dict[str, object]:
    return {
        "case_id": "L-1", "period": "2024", "as_of": "2024-12-31", "subject": {"kind": "leader", "id": "S-1"},
        "facts": {"tasks": {"assigned": 20, "completed": 20, "exceeded": 11}, "signs": {"complaint_letters": 1}}, **more,
    }  # fmt: skip


def test_every_line_says_which_layer_it_comes_from() -> None:
    library = load_library(ROOT / "policies")
    document = parse_json("case.json", json.dumps(case(regulation=SAMPLE)))
    (one,) = evaluate(library, [document], verify=True).decisions
    assert one.regulation == SAMPLE
    assert one.grading is not None
    unmet = {each.id: each for rung in one.grading.rungs for each in rung.unmet if rung.grade == "excellent"}
    assert unmet["no_complaint_letters"].layer == SAMPLE
    exceeded = unmet["enough_tasks_exceeded"]
    assert exceeded.layer == "qd-124-2023" and exceeded.comparisons[0].parameter_layer == SAMPLE
    assert {each.layer for each in one.review} == {SAMPLE, "qd-124-2023"}
    assert {each.id: each.layer for each in one.findings} == {"complaint_letters": "qd-124-2023"}


def test_a_layer_is_never_in_force_by_itself() -> None:
    library = load_library(ROOT / "policies")
    (one,) = evaluate(library, [parse_json("case.json", json.dumps(case()))]).decisions
    assert one.regulation == "qd-124-2023"


def test_the_command_judges_by_a_layer(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(case()), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "engine", "evaluate", str(path), "--regulation", SAMPLE],
        capture_output=True, text=True, encoding="utf-8", cwd=ROOT, timeout=120, check=False, env=dict(os.environ),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "tỉnh A (hư cấu)" in done.stdout
