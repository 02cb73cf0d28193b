"""Properties of the real regulations that their files do not say: true ones are proved, false ones are broken by a case
that evaluation confirms. And mistakes planted in a small regulation: each is found, with the smallest case."""

from pathlib import Path

import pytest
from support.policies import all_policies
from support.properties import written
from support.workspaces import copied

from engine.api import evaluate
from engine.core.policy.regulation import Library
from engine.proof.prove import Proved, prove
from engine.proof.verdict import Fails, Holds
from engine.versions.opening import load_library

TRUE = [
    ("qd-124-2023", "non_leader", "never: {when: {fact: criteria.ethics, is: poor}, outcome: excellent}"),
    ("qd-124-2023", "non_leader", "never: {when: {fact: tasks.on_schedule_with_quality, is: false}, outcome: "
     "excellent}"),
    ("qd-124-2023", "organization", "always: {when: {fact: leadership.collective_disciplined, is: true}, outcome: "
     "not_completed}"),
    ("qd-124-2023", "leadership_collective", "always: {when: {fact: conclusions.internal_disunity, is: true}, outcome: "
     "not_completed}"),
    ("qd-124-2023", "leader", "never: {when: {fact: conduct.truly_exemplary, is: false}, outcome: excellent}"),
    ("qd-124-2023", "non_leader", "always: {when: {fact: membership.suspended_from_party_activity, is: true}, outcome: "
     "none}"),
    ("qd-132-2018", "leader", "never: {when: {fact: led_unit.exceeded_percent, less_than: 50}, outcome: excellent}"),
    ("qd-132-2018", "leadership_collective", "always: {when: {all: [{fact: discipline.counted_before, is: false}, "
     "{fact: leadership.members_disciplined_from_warning, at_least: 1}]}, outcome: not_completed}"),
    ("qd-366-2025", "non_leader", "never: {when: {all: [{fact: remedy.raised, at_least: 1}, {fact: remedy.completed, "
     "at_most: 0}]}, outcome: excellent}"),
    ("qd-366-2025", "leader", "monotone: {facts: [led_unit.exceeded_percent], more: never_worse}"),
]  # fmt: skip
FALSE = [
    ("qd-124-2023", "non_leader", "never: {when: {fact: tasks.completed_percent, less_than: 50}, outcome: {at_least: "
     "completed}}"),
    ("qd-124-2023", "organization", "never: {when: {fact: tasks.completed_percent, less_than: 50}, outcome: {at_least: "
     "good}}"),
    ("qd-124-2023", "leader", "never: {when: {fact: led_unit.not_completed, is: true}, outcome: excellent}"),
    ("qd-124-2023", "non_leader", "always: {when: {fact: criteria.task_results, is: excellent}, outcome: {at_least: "
     "good}}"),
    ("qd-124-2023", "party_organization", "never: {when: {fact: leadership.members_disciplined, at_least: 1}, outcome: "
     "{at_least: good}}"),
    ("qd-124-2023", "leader", "independent: {facts: [criteria.remedy]}"),
    ("qd-132-2018", "leader", "never: {when: {fact: subordinates.disciplined_for_corruption, is: true}, outcome: "
     "{at_least: completed}}"),
    ("qd-132-2018", "non_leader", "never: {when: {fact: criteria.ethics, is: poor}, outcome: undetermined}"),
    ("qd-132-2018", "organization", "total: {except: [missing_standards], gaps: [half_or_more_of_the_tasks, "
     "too_few_tasks_without_key_target, too_few_tasks_by_force_majeure]}"),
    ("qd-366-2025", "organization", "monotone: {facts: [score.results], more: never_worse}"),
    ("qd-366-2025", "leader", "independent: {facts: [confidence.low_percent]}"),
]  # fmt: skip


def proved(library: Library, regulation: str, must: str, more: str = "") -> Proved:
    item = written(library, regulation, f"{{{must}}}", more)
    (answer,) = prove(library, library.regulations[regulation], [item], 60)
    return answer


@pytest.mark.parametrize(("regulation", "kind", "must"), TRUE)
def test_a_true_property_is_proved(regulation: str, kind: str, must: str) -> None:
    answer = proved(all_policies(), regulation, must, f"applies_to: [{kind}]")
    assert isinstance(answer.verdict, Holds)
    assert answer.verdict.effort.counted > 0


@pytest.mark.parametrize(("regulation", "kind", "must"), FALSE)
def test_a_false_property_is_broken_by_a_case_that_evaluation_confirms(regulation: str, kind: str, must: str) -> None:
    answer = proved(all_policies(), regulation, must, f"applies_to: [{kind}]")
    assert isinstance(answer.verdict, Fails)
    counterexample = answer.verdict.counterexample
    assert counterexample is not None
    assert len(counterexample.cases[0].unusual) <= 4
    for shown in counterexample.cases:
        results = evaluate(all_policies(), [shown.document], switches=counterexample.switches)
        (decision,) = results.decisions
        assert decision.grading is not None
        assert decision.grading.possible == shown.possible


# --- planted mistakes -------------------------------------------------------------------------------------------


def planted(folder: Path, file: str, *changes: tuple[str, str]) -> Library:
    path = copied(folder) / "mau-2025" / file
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")
    return load_library(folder)


def percent_of(answer: Proved) -> float:
    assert isinstance(answer.verdict, Fails)
    assert answer.verdict.counterexample is not None
    work = answer.verdict.counterexample.cases[0].document["facts"]["work"]
    return 100 * float(work["completed"]) / float(work["assigned"])


def test_a_gap_between_two_bands_is_found(tmp_path: Path) -> None:
    bar = "  - id: complaints_open\n    grade: not_met\n"
    source = "source: {document: mau-2025, locator: Điều 3, status: stated, quote: dưới 70% thì Chưa đạt}"
    few = (
        "  - id: too_few\n    grade: not_met\n    label: {vi: Xong quá ít, en: Too few}\n"
        f"    when: {{fact: work.completed_percent, less_than: 60}}\n    {source}\n"
    )
    library = planted(
        tmp_path, "grades.yaml", (bar, few + bar), ("otherwise:\n  grade: not_met", "otherwise:\n  grade: undetermined")
    )
    answer = proved(library, "mau-2025", "total: {}")
    assert 60 <= percent_of(answer) < 70
    within = proved(library, "mau-2025", "total: {when: {fact: work.completed_percent, less_than: 60}}")
    assert isinstance(within.verdict, Holds)


def test_an_overlap_of_a_bar_with_a_rung_is_found(tmp_path: Path) -> None:
    answer = proved(load_library(copied(tmp_path)), "mau-2025", "disjoint: {of: bars_and_rungs}")
    assert isinstance(answer.verdict, Fails)
    assert answer.verdict.counterexample is not None
    (shown,) = answer.verdict.counterexample.cases
    assert (shown.unusual, answer.verdict.counterexample.switches) == (
        (("signs.complaints", 1),),
        {"complaints_bar": "barred"},
    )


def test_a_bar_that_ends_as_offences_grow_is_found(tmp_path: Path) -> None:
    library = planted(
        tmp_path, "grades.yaml", ("{fact: signs.complaints, at_least: 1}", "{fact: signs.complaints, is: 1}")
    )
    answer = proved(library, "mau-2025", "monotone: {facts: [signs.complaints], more: never_better}")
    assert isinstance(answer.verdict, Fails)
    assert answer.verdict.counterexample is not None
    before, after = answer.verdict.counterexample.cases
    assert (before.values["signs.complaints"], after.values["signs.complaints"]) == (1, 2)
    assert (before.possible, after.possible) == (("not_met",), ("high",))


def test_a_trigger_that_no_case_can_meet_is_found_though_each_part_can_be_met(tmp_path: Path) -> None:
    impossible = (
        "{all: [{fact: work.completed, at_least: 5}, {fact: work.assigned, at_most: 4}, "
        "{fact: signs.complaints, at_least: {parameter: complaints_to_clarify}}]}"
    )
    library = planted(
        tmp_path,
        "triggers.yaml",
        ("{fact: signs.complaints, at_least: {parameter: complaints_to_clarify}}", impossible),
    )
    answer = proved(library, "mau-2025", "reachable: {rules: all}")
    assert isinstance(answer.verdict, Fails)
    assert answer.verdict.missing == (("triggers.many_complaints", ("group",)),)
    sound = load_library(copied(tmp_path / "sound"))
    assert isinstance(proved(sound, "mau-2025", "reachable: {rules: all}").verdict, Holds)
