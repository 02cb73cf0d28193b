"""The whole way of a property: asked, confirmed, counted again; and what happens if the solver cannot answer."""

import os
import time
from typing import Any

import pytest
from support.policies import all_policies
from support.properties import written

from engine.api import evaluate
from engine.proof import process, prove
from engine.proof.answers import Broken, Unbroken
from engine.proof.prove import Proved
from engine.proof.verdict import Fails, Holds, NotDecided, Sample, Vacuous, Verdict

DISCIPLINED = "{fact: discipline.in_year, is: true}"
NEVER = f"{{never: {{when: {DISCIPLINED}, outcome: [excellent, good]}}}}"


def proved(must: str, more: str = "", regulation: str = "qd-124-2023", seconds: float = 60) -> Proved:
    library = all_policies()
    item = written(library, regulation, must, more)
    (only,) = prove.prove(library, library.regulations[regulation], [item], seconds)
    return only


def verdict(must: str, more: str = "", regulation: str = "qd-124-2023", seconds: float = 60) -> Verdict:
    return proved(must, more, regulation, seconds).verdict


def outcomes(fails: Verdict) -> list[str]:
    """What the ordinary evaluation makes of the case files that are shown, anew."""
    assert isinstance(fails, Fails) and fails.counterexample is not None
    shown = fails.counterexample
    documents = [case.document for case in shown.cases]
    decisions = evaluate(all_policies(), documents, switches=shown.switches, verify=True).decisions
    return ["/".join(decision.grading.possible) if decision.grading else "none" for decision in decisions]


def test_what_holds_is_counted_too() -> None:
    answer = verdict(f"{{never: {{when: {{all: [{DISCIPLINED}, {{fact: discipline.remedied, is: false}}]}}, "
                     "outcome: {at_least: completed}}}", "applies_to: [individual]")  # fmt: skip
    assert isinstance(answer, Holds) and answer.ground == "solver"
    assert answer.effort.spaces == 2
    assert answer.effort.counted > 500


def test_the_smallest_case_that_breaks_a_property_can_be_run() -> None:
    answer = verdict(NEVER, "applies_to: [individual]")
    assert outcomes(answer) == ["excellent"]
    assert isinstance(answer, Fails) and answer.counterexample is not None
    (case,) = answer.counterexample.cases
    assert dict(case.unusual) == dict.fromkeys(
        ["discipline.in_year", "discipline.self_detected", "discipline.remedied"], True
    )
    assert answer.counterexample.switches == {}


def test_two_cases_differ_in_the_fact_alone() -> None:
    answer = verdict("{monotone: {facts: [score.total], more: never_worse}}", "applies_to: [leader]", "qd-366-2025")
    assert outcomes(answer) == ["good", "undetermined"]
    assert isinstance(answer, Fails) and answer.counterexample is not None
    before, after = (case.document["facts"] for case in answer.counterexample.cases)
    assert sum(before["score"].values()) < sum(after["score"].values())
    assert {**before, "score": 0} == {**after, "score": 0}


def test_counts_and_their_percentages_go_together() -> None:
    """More than half cannot be exceeded if less than half is done: no case is there to speak of."""
    answer = verdict(
        "{never: {when: {all: [{fact: tasks.exceeded_percent, at_least: 60}, {fact: tasks.completed_percent, "
        "less_than: 60}]}, outcome: excellent}}"
    )
    assert isinstance(answer, Vacuous)


def test_what_is_never_reached_is_named_with_its_kinds() -> None:
    where = "applies_to: [organization]\nunder: {missing_standards: left_open}"
    answer = verdict("{reachable: {grades: all}}", where, "qd-132-2018")
    assert isinstance(answer, Fails)
    assert "excellent" in dict(answer.missing)


def test_a_known_failure_must_fail_and_nowhere_else() -> None:
    known = "known_failure: {when: WHEN, reason: {vi: Vì vậy., en: So.}}\napplies_to: [individual]"
    both = "{all: [{fact: discipline.self_detected, is: true}, {fact: discipline.remedied, is: true}]}"
    one = "{all: [{fact: discipline.self_detected, is: true}, {fact: criteria.remedy, is: poor}]}"
    assert proved(NEVER, known.replace("WHEN", both)).as_expected
    assert not proved(NEVER, known.replace("WHEN", one)).as_expected
    holds = (
        f"{{never: {{when: {{all: [{DISCIPLINED}, {{fact: discipline.remedied, is: false}}]}}, outcome: excellent}}}}"
    )
    assert not proved(holds, known.replace("WHEN", one)).as_expected


def test_a_case_that_evaluation_does_not_confirm_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prove, "breaks", lambda *_: False)
    answer = verdict(NEVER, "applies_to: [individual]")
    assert isinstance(answer, NotDecided) and answer.reason == "unconfirmed"


def test_a_wrong_answer_of_the_solver_is_seen_by_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process.SolverProcess, "answer", lambda self, step: Unbroken(2, 1))
    answer = verdict("{never: {outcome: excellent}}", "applies_to: [individual]")
    assert isinstance(answer, NotDecided) and answer.reason == "counted_otherwise"


def test_a_case_that_nobody_can_state_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = Sample({"tasks.assigned": 1, "tasks.completed": 2}, {}, {})
    monkeypatch.setattr(process.SolverProcess, "answer", lambda self, step: Broken(1, 1, 0, (sample,)))
    answer = verdict("{never: {outcome: excellent}}")
    assert isinstance(answer, NotDecided) and answer.reason == "unconfirmed"


def test_the_time_is_kept() -> None:
    answer = verdict(NEVER, seconds=0)
    assert isinstance(answer, NotDecided) and answer.reason == "time"
    assert answer.done == 0 < answer.of


def _ends(library: Any, pipe: Any, other: Any) -> None:
    pipe.recv()
    pipe.send(1)
    os._exit(1)


def _hangs(library: Any, pipe: Any, other: Any) -> None:
    pipe.send(2)
    time.sleep(60)


def test_a_solver_that_is_killed_or_hangs_ends_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE", 0.2)
    for serve, reason, done in ((_ends, "killed", 1), (_hangs, "time", 2)):
        with monkeypatch.context() as patch:
            patch.setattr(process, "_serve", serve)
            answer = verdict(NEVER, "applies_to: [individual]", seconds=0.2)
        assert isinstance(answer, NotDecided)
        assert (answer.reason, answer.done) == (reason, done)
    assert isinstance(verdict(NEVER, "applies_to: [individual]"), Fails)
