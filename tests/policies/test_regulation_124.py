"""Regulation 124 as policies, against a second reading of it by hand, over thousands of cases drawn by chance."""

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from support import ROOT
from support.cases_124 import SPOTLESS, completions, document, draw
from support.policies import all_policies
from support.regulation_124 import (
    ASKED,
    COMES_AFTER_THE_OTHER,
    GRADES,
    INDIVIDUALS,
    KINDS,
    PARTS,
    UNDETERMINED,
    bars,
    described,
    exemptions,
    grade,
    not_above,
    order_is_kept,
    review_contents,
    share,
    triggers,
)

from engine.api import evaluate
from engine.core.judge.case import Case
from engine.core.judge.decision import Decided
from engine.core.judge.engine import Engine, across_cases
from engine.core.judge.record import Decision, RuleResult
from engine.core.policy.regulation import Library
from engine.load.cases.reading import CaseReader

CASES_A_KIND = 850


@cache
def policies() -> Library:
    return all_policies()


TRIGGERS = {
    "signs_of_violation", "public_concern", "complaint_letters", "disunity", "rule_breach", "negative_practices",
    "subordinate_sanctioned", "stagnation",
}  # fmt: skip
OF_INDIVIDUALS = TRIGGERS | {
    "exempt_from_work_and_activity", "suspended_from_party_activity", "newly_admitted",
    "concluded_degraded_or_in_breach", "disciplined_in_year",
}  # fmt: skip
RULES = {
    "organization": {"sub_unit_violation", "organization_tasks_failed", "leadership_or_sub_units_disciplined"},
    "leadership_collective": TRIGGERS
    | {"disunited_or_member_degraded", "led_tasks_failed", "collective_or_member_disciplined"},
    "party_organization": TRIGGERS,
}
"""The exemptions, triggers and bars of each kind, but for `criteria_poor`, which all have."""


def ids(results: tuple[RuleResult, ...], holds: bool | None = True) -> set[str]:
    return {result.rule.id for result in results if result.holds is holds}


def barred(decision: Decision, holds: bool | None = True) -> set[str]:
    assert decision.grading is not None
    return ids(tuple(bar.result for bar in decision.grading.bars), holds)


@cache
def drawn(kind: str) -> list[dict[str, Any]]:
    chance = random.Random(f"124 {kind}")
    return [draw(chance, kind) for _ in range(CASES_A_KIND)]


def judged(kind: str, cases: list[Mapping[str, Any]]) -> tuple[Decision, ...]:
    documents = [document(number, kind, facts) for number, facts in enumerate(cases)]
    results = evaluate(policies(), documents, verify=True)
    assert results.rejected == ()
    assert len(results.decisions) == len(cases)
    return results.decisions


# --- complete cases -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_complete_case_comes_out_as_read_by_hand(kind: str) -> None:
    complete = [facts for number, facts in enumerate(drawn(kind)) if number % 3]
    for facts, decision in zip(complete, judged(kind, complete), strict=True):
        exempt = exemptions(kind, facts)
        assert ids(decision.exemptions) == exempt, facts
        assert decision.subject_to_review is not bool(exempt), facts
        if exempt:
            assert (decision.grading, decision.findings, decision.review) == (None, (), ())
            continue
        grading = decision.grading
        assert grading is not None
        expected = grade(kind, facts)
        assert grading.possible == (expected,), facts
        assert (grading.grade or UNDETERMINED) == expected
        assert (grading.settled, grading.exact, grading.missing) == (True, True, ())
        assert barred(decision) == bars(kind, facts), facts
        assert barred(decision, None) == set()
        assert {rung.grade for rung in grading.rungs if rung.reached} == described(kind, facts), facts
        assert ids(decision.findings) == triggers(kind, facts), facts
        assert decision.open_findings == ()
        assert sum(1 for item in decision.review if item.required) == review_contents(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_the_cases_drawn_hold_every_outcome_and_every_rule_many_times(kind: str) -> None:
    cases = drawn(kind)
    reviewed = [facts for facts in cases if not exemptions(kind, facts)]
    outcomes = Counter(grade(kind, facts) for facts in reviewed)
    assert min(outcomes[one] for one in (*GRADES, UNDETERMINED)) >= 25, outcomes
    found = Counter(name for facts in cases for name in exemptions(kind, facts))
    found += Counter(name for facts in reviewed for name in (*triggers(kind, facts), *bars(kind, facts)))
    assert set(found) == {"criteria_poor", *RULES.get(kind, OF_INDIVIDUALS)}
    assert min(found.values()) >= 15, found
    assert sum(1 for facts in cases if PARTS.keys() & facts.keys()) >= (0 if kind == "party_organization" else 100)


@pytest.mark.parametrize("kind", KINDS)
def test_the_policies_ask_a_kind_for_the_facts_that_its_rules_turn_on_and_no_others(kind: str) -> None:
    (decision,) = judged(kind, [{}])
    parts = {name: set(pair) for name, pair in PARTS.items()}
    asked = {"evidence" if name.startswith("evidence.") else name for name in decision.missing}
    assert set().union(*(parts.get(name, {name}) for name in asked)) == set(ASKED[kind])
    assert decision.grading is not None
    assert set(decision.grading.possible) == {*GRADES, UNDETERMINED}
    (complete,) = judged(kind, [{name: SPOTLESS[name] for name in ASKED[kind]}])
    assert complete.missing == ()
    assert complete.grading is not None
    assert complete.grading.grade == "excellent"


def test_without_any_task_assigned_no_share_of_them_is_made_up() -> None:
    facts = {**SPOTLESS, "tasks.assigned": 0, "tasks.completed": 0, "tasks.exceeded": 0}
    decision, failing = judged("leader", [facts, {**facts, "criteria.task_results": "good"}])
    assert decision.grading is not None
    assert failing.grading is not None
    assert decision.grading.possible == ("excellent", "good")
    assert failing.grading.possible == ("good",)


# --- incomplete cases ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_said_of_an_incomplete_case_is_true_of_the_whole_case(kind: str) -> None:
    chance = random.Random(f"gaps {kind}")
    whole = drawn(kind)[::3]
    gaps = [chance.sample(sorted(facts), chance.randint(1, 4)) for facts in whole]
    known = [{name: facts[name] for name in facts if name not in gap} for facts, gap in zip(whole, gaps, strict=True)]
    wide = 0
    for facts, gap, decision in zip(whole, gaps, judged(kind, known), strict=True):
        exempt = exemptions(kind, facts)
        assert decision.subject_to_review in (None, not exempt), (facts, gap)
        assert ids(decision.exemptions) <= exempt
        if exempt or decision.grading is None:
            continue
        assert grade(kind, facts) in decision.grading.possible, (facts, gap)
        wide += not decision.grading.settled
        assert barred(decision) <= bars(kind, facts) <= barred(decision) | barred(decision, None), (facts, gap)
        found, maybe = ids(decision.findings), ids(decision.open_findings, None)
        assert found <= triggers(kind, facts) <= found | maybe, (facts, gap)
        assert decision.grading.settled == (decision.grading.missing == ())
    assert wide >= 20


@pytest.mark.parametrize("kind", KINDS)
def test_the_range_of_an_incomplete_case_is_what_its_completions_reach(kind: str) -> None:
    chance = random.Random(f"range {kind}")
    graded = sorted(name for name in ASKED[kind] if not name.startswith(("membership.", "signs.", "subordinates.")))
    known, expected, gaps = [], [], []
    for _ in range(60):
        facts = draw(chance, kind)
        gap = chance.sample([name for name in sorted(facts) if name in graded or name in PARTS], chance.randint(1, 2))
        gaps.append(gap)
        known.append({name: value for name, value in facts.items() if name not in gap})
        expected.append({grade(kind, one) for one in completions(known[-1], gap)})
    for facts, gap, grades, decision in zip(known, gaps, expected, judged(kind, known), strict=True):
        if decision.grading is None:
            continue
        if facts.get("sub_units.total") == 0:
            # A share of nothing is not completed exactly; the engine then says so, and names too much rather than less.
            assert set(decision.grading.possible) >= grades, facts
            assert set(decision.grading.possible) == grades or not decision.grading.exact
        else:
            assert set(decision.grading.possible) == grades, facts
            # Shares stated without their counts bound each other, which the search does not follow.
            shares_alone = set(gap) & set(PARTS) and "tasks.assigned" not in facts
            assert decision.grading.exact or shares_alone
    assert sum(len(grades) > 1 for grades in expected) >= 20


# --- cohorts and links --------------------------------------------------------------------------------------------


def of_grade(kind: str, wanted: str) -> Decided:
    """A reviewed case whose facts support a grade."""
    with Engine(policies(), verify=True) as engine:
        for facts in drawn(kind):
            if not exemptions(kind, facts) and grade(kind, facts) == wanted:
                case = CaseReader(policies()).read(document(wanted, kind, facts), None, {})
                assert isinstance(case, Case)
                return engine.decide(case)
    raise AssertionError(f"no {wanted} {kind} was drawn")


def placed(one: Decided, case_id: str, cohort: str, **changes: Any) -> Decided:
    case = replace(one.case, case_id=case_id, subject=replace(one.case.subject, cohort=cohort, **changes))
    return replace(one, case=case, decision=replace(one.decision, case_id=case_id))


def test_the_quota_of_every_cohort_is_the_arithmetic_of_a_fifth() -> None:
    chance = random.Random(124)
    models = {(kind, each): of_grade(kind, each) for kind in KINDS for each in (*GRADES, UNDETERMINED)}
    members: list[Decided] = []
    counted: dict[str, tuple[list[str], int, int, int]] = {}
    sizes = [4, 5, 6, 13, 30] * 4 + [chance.randint(1, 40) for _ in range(180)]
    for number, size in enumerate(sizes):
        name, kind = f"nhóm {number:03}", chance.choice(KINDS)
        excellent = chance.choice([size // 6, size // 6 + 1, chance.randint(0, size)])
        others = [chance.choice(["good"] * 8 + ["completed", "not_completed", UNDETERMINED]) for _ in range(size)]
        grades = [*["excellent"] * excellent, *others][:size]
        chance.shuffle(grades)
        for place, each in enumerate(grades):
            one = placed(models[kind, each], f"{number:03}-{place}", name)
            if each != UNDETERMINED and chance.random() < 0.3:
                # What people decided counts, whatever the facts support.
                one = placed(models[kind, chance.choice(GRADES)], f"{number:03}-{place}", name)
                one = replace(one, case=replace(one.case, grades={"decided": each}))
            members.append(one)
        holders = [f"{number:03}-{place}" for place, each in enumerate(grades) if each == "excellent"]
        counted[name] = (holders, grades.count("good"), grades.count(UNDETERMINED), size)
    results = across_cases(policies(), members, (), {})
    assert (len(results.quotas), results.ungrouped) == (200, ())
    assert {quota.status for quota in results.quotas} == {"exceeded", "within", "unknown"}
    for quota in results.quotas:
        holders, good, left_open, size = counted[dict(quota.cohort)["subject.cohort"]]
        expected = share(len(holders), good)
        assert (quota.count, quota.base, quota.limit) == (expected.count, expected.base, expected.limit)
        assert (quota.excess, quota.greatest_lawful) == (expected.excess, expected.greatest)
        # Of those left to the authority each may get the best grade, the next one, or neither.
        verdicts = {
            "exceeded" if share(len(holders) + best, good + next_best).excess else "within"
            for best in range(left_open + 1)
            for next_best in range(left_open + 1 - best)
        }
        assert quota.status == (verdicts.pop() if len(verdicts) == 1 else "unknown")
        assert (quota.holders, len(quota.unsettled), quota.size) == (tuple(holders), left_open, size)


LINKS = {
    "heads": "unit_before_head",
    "member_of": "collective_before_members",
    "under": "lower_before_higher",
    "party_organization": "organization_before_party_organization",
}
PAIRS = {
    "heads": [("head", "organization"), ("head", "leadership_collective"), ("head", "party_organization")],
    "member_of": [(kind, "leadership_collective") for kind in INDIVIDUALS],
    "under": [("organization", "organization"), ("party_organization", "party_organization")],
    "party_organization": [("organization", "party_organization"), ("leadership_collective", "party_organization")],
}


@pytest.mark.parametrize("ceiling", [False, True])
def test_the_order_of_decisions_and_the_ceiling_of_heads_are_as_read_by_hand(ceiling: bool) -> None:
    chance = random.Random(ceiling)
    documents, order, heights = [], {}, {}
    for number in range(120):
        relation = chance.choice(list(COMES_AFTER_THE_OTHER))
        mine, other = chance.choice(PAIRS[relation])
        days = [date(2024, 12, 16) + timedelta(chance.randint(0, 2)) for _ in range(2)]
        grades = [chance.choice(GRADES) for _ in range(2)]
        for place, (kind, day, decided) in enumerate(zip((mine, other), days, grades, strict=True)):
            subject = {"id": f"S-{number}-{place}", **({} if place else {relation: f"S-{number}-1"})}
            given = {"decided": decided, "decided_on": day.isoformat()}
            documents.append(document(f"{number}-{place}", kind, SPOTLESS, subject=subject, grades=given))
        order[f"T-{number}-0"] = (LINKS[relation], order_is_kept(relation, *days))
        if relation == "heads":
            heights[f"T-{number}-0"] = not_above(*grades)
    switches = {"head_ceiling": "applied"} if ceiling else {}
    results = evaluate(policies(), documents, switches=switches, verify=True)
    assert results.rejected == ()
    links = {(one.case_id, one.link.name.rpartition(".")[2]): one.status == "kept" for one in results.links}
    expected = {(case_id, link): kept for case_id, (link, kept) in order.items()}
    if ceiling:
        expected |= {(case_id, "head_not_above_unit"): kept for case_id, kept in heights.items()}
        assert set(heights.values()) == {True, False}
    assert links == expected
    assert {one.status for one in results.links} == {"kept", "broken"}
    assert {link for link, _ in order.values()} == set(LINKS.values())


# --- many cases ---------------------------------------------------------------------------------------------------

MEMORY = """
import random, sys
sys.path[:0] = [{root!r}, {tests!r}]
from pathlib import Path
from support.cases_124 import document, draw
from support.regulation_124 import KINDS
from engine.core.judge.engine import Engine
from engine.load.cases.reading import CaseReader
from engine.versions.opening import load_library

def resident():
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))

chance, sizes = random.Random(5000), {{}}
library = load_library(Path({root!r}) / "policies")
reader = CaseReader(library)
with Engine(library) as engine:
    for number in range(1, 3001):
        kind = KINDS[number % len(KINDS)]
        facts = draw(chance, kind)
        if chance.random() < 1 / 3:
            facts.pop(chance.choice(sorted(facts)))
        engine.decide(reader.read(document(number, kind, facts), None, {{}}))
        sizes[number] = resident() if number in (1000, 3000) else 0
print(sizes[3000] - sizes[1000])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system does not tell a process's memory")
def test_memory_does_not_grow_with_the_cases_judged_and_dropped() -> None:
    script = MEMORY.format(root=str(ROOT), tests=str(ROOT / "tests"))
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) < 10_000, f"{ended.stdout.strip()} kB more"
