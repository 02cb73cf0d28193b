"""What is enough for an outcome, what alone would change it and which changes reach a grade, against every case."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import combinations, product
from random import Random
from typing import Any

import pytest
from support.small_regulation import SOURCE, document, library

from engine.core.judge.case import Case
from engine.core.judge.judge import Judge
from engine.core.policy.regulation import Library
from engine.load.cases.reading import CaseReader
from engine.study.reasoner import Reasoner
from engine.study.reasons import MOST_SETS, why, why_not
from engine.study.whatif import MOST_SETS as MOST_WAYS

EXEMPTIONS = f"""
kind: exemptions
id: exemptions
label: {{vi: Miễn, en: Exempt}}
applies_to: [person]
exemptions:
  - id: long_away
    label: {{vi: Nghỉ lâu, en: Long away}}
    when: {{fact: leave.months, at_least: 10}}
    {SOURCE}
"""
VALUES: dict[str, tuple[Any, ...]] = {
    "work.given": (1, 2, 3),
    "work.done": (0, 1, 2, 3),
    "work.extra": (0, 1, 2, 3),
    "mark.one": ("red", "amber", "green"),
    "mark.two": ("red", "amber"),
    "fault.found": (False, True),
    "fault.mended": (False, True),
    "tags": ((), ("p",)),
    "leave.months": (0, 5, 10),
    "evidence": (False, True),
}
"""A value at least for each that the rules tell apart; the numbers of work are bounded, so that these are all."""
FACTS = tuple(VALUES)
MARKS = VALUES["mark.one"]


def outcome(facts: Mapping[str, Any]) -> str:
    """What the small regulation says, by hand."""
    share, beyond = (Fraction(facts[part], facts["work.given"]) for part in ("work.done", "work.extra"))
    one, two = (MARKS.index(facts[mark]) for mark in ("mark.one", "mark.two"))
    if facts["leave.months"] >= 10:
        return "not_reviewed"
    fault = facts["fault.found"] and not facts["fault.mended"]
    if 2 * share < 1 or (0 in (one, two) and fault):
        return "tin"
    bronze = (not facts["fault.found"] or facts["fault.mended"]) and facts["evidence"]
    silver = bronze and min(one, two) >= 1 and "p" in facts["tags"]
    if silver and 2 * beyond >= 1 and one == 2 and share >= 1:
        return "gold"
    return "silver" if silver and facts["leave.months"] < 3.5 else "bronze" if bronze else "undetermined"


@cache
def every_case() -> tuple[tuple[dict[str, Any], str], ...]:
    cases = (dict(zip(FACTS, values, strict=True)) for values in product(*VALUES.values()))
    fitting = (facts for facts in cases if max(facts["work.done"], facts["work.extra"]) <= facts["work.given"])
    return tuple((facts, outcome(facts)) for facts in fitting)


def bounded(fixed: frozenset[str], upward: frozenset[str]) -> Library:
    small = library(EXEMPTIONS)
    facts = {
        name: replace(
            fact,
            minimum=1 if name == "work.given" else fact.minimum,
            maximum=3 if name in ("work.given", "work.done", "work.extra") else fact.maximum,
            changeable=name not in fixed,
            only_upward=name in upward,
        )
        for name, fact in small.vocabulary.facts.items()
    }
    return replace(small, vocabulary=replace(small.vocabulary, facts=facts))


def judged(stated: Mapping[str, Any], small: Library) -> tuple[Judge, Case]:
    facts = {name: list(value) if name == "tags" else value for name, value in stated.items() if name != "evidence"}
    named = {"evidence": ["1"] if stated["evidence"] else []} if "evidence" in stated else {}
    case = CaseReader(small).read(document(facts, named.get("evidence")), None, {})
    assert isinstance(case, Case), case
    return Reasoner(small).judge(case), case


def differences(stated: Mapping[str, Any], upward: frozenset[str]) -> set[tuple[frozenset[str], str]]:
    """What may differ from a case, with the outcome then; of the facts that only go upward nothing less."""
    return {
        (frozenset(name for name, value in stated.items() if other[name] != value), result)
        for other, result in every_case()
        if all(other[name] >= stated[name] for name in upward if name in stated)
    }


def name_of(fact: str, evidence: bool) -> str:
    return "evidence" if evidence else fact


def smallest(candidates: Iterable[frozenset[str]]) -> set[frozenset[str]]:
    found = set(candidates)
    size = min(map(len, found), default=0)
    return {facts for facts in found if len(facts) == size}


@pytest.mark.parametrize("seed", range(12))
def test_reasons_are_exactly_those_that_trying_every_case_finds(seed: int) -> None:
    chance = Random(seed)
    facts, _ = chance.choice(every_case())
    missing = frozenset(chance.sample(FACTS[3:], chance.choice([0, 0, 1, 2])))
    fixed = frozenset(chance.sample(FACTS[:-1], chance.randint(0, 3)))
    upward = frozenset(chance.sample(["work.done", "work.extra", "leave.months"], chance.randint(0, 2)))
    stated = {name: value for name, value in facts.items() if name not in missing}
    judge, case = judged(stated, bounded(fixed, upward))
    differing = differences(stated, frozenset())
    now = {result for changed, result in differing if not changed}
    answer = why(judge, case)
    assert set(answer.outcomes) == now
    assert answer.exact

    # Facts are enough if every case with another outcome differs in one of them.
    others = {changed for changed, result in differing if result not in now}
    subsets = (frozenset(names) for size in range(len(stated) + 1) for names in combinations(stated, size))
    enough = smallest(kept for kept in subsets if all(kept & changed for changed in others))
    found = {frozenset(name_of(ground.fact.name, ground.evidence) for ground in kept) for kept in answer.sufficient}
    assert found == enough if len(enough) <= MOST_SETS else (found < enough and len(found) == MOST_SETS)
    assert answer.more is (len(enough) > MOST_SETS)

    # A fact alone changes the outcome if some case that differs in it alone has another.
    turning = {name for name in stated if frozenset({name}) in others}
    assert {name_of(turn.fact.name, turn.evidence) for turn in answer.necessary} == turning

    honest = [(changed, result) for changed, result in differences(stated, upward) if not changed & fixed]
    for grade in ("gold", "silver", "bronze", "tin"):
        reason = why_not(judge, case, grade)
        assert reason.possible is (grade in now)
        if grade in now:
            continue
        ways = smallest(changed for changed, result in honest if result == grade)
        proposed = {frozenset(name_of(*change) for change in _changed(way)) for way in reason.ways.sets}
        assert proposed == ways if len(ways) <= MOST_WAYS else (proposed < ways and len(proposed) == MOST_WAYS), grade
        for way in reason.ways.sets:
            after = {
                **stated,
                **{name_of(change.fact, change.evidence): _plain(change.after) for change in way.changes},
            }
            missed = [VALUES[name] for name in missing]
            assert grade in {
                outcome({**after, **dict(zip(missing, values, strict=True))}) for values in product(*missed)
            }


def _changed(way: Any) -> list[tuple[str, bool]]:
    return [(change.fact, change.evidence) for change in way.changes]


def _plain(value: Any) -> Any:
    return tuple(sorted(value)) if isinstance(value, frozenset) else value
