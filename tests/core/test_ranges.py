"""Grade ranges against every completion: an independent reading of the small regulation, tried value by value."""

import itertools
import random
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from support.small_regulation import library

from engine.core.judge.case import Case, Subject
from engine.core.judge.engine import Engine
from engine.core.policy.terms import Text
from engine.load.cases.derived import derivation_order, with_derived

COLOURS = ("red", "amber", "green")
SPACE: dict[str, Iterable[Any]] = {
    "work.given": range(1, 75),
    "work.done": range(75),
    "work.extra": range(75),
    "mark.one": COLOURS,
    "mark.two": COLOURS,
    "fault.found": (False, True),
    "fault.mended": (False, True),
    "tags": (frozenset(), frozenset("p"), frozenset("pq")),
    "leave.months": (Fraction(0), Fraction(7, 2), Fraction(9)),
    "evidence": (False, True),
}


def graded(facts: Mapping[str, Any], beyond: int = 50) -> str:
    """The small regulation read by hand."""
    given, done, extra = facts["work.given"], facts["work.done"], facts["work.extra"]
    mended, found = facts["fault.mended"], facts["fault.found"]
    place = {name: COLOURS.index(facts[name]) for name in ("mark.one", "mark.two")}
    if 2 * done < given or (0 in place.values() and found and not mended):
        return "tin"
    bronze = (not found or mended) and facts["evidence"]
    common = bronze and min(place.values()) >= 1 and "p" in facts["tags"]
    if common and 100 * extra >= beyond * given and place["mark.one"] == 2 and done == given:
        return "gold"
    if common and facts["leave.months"] < Fraction(7, 2):
        return "silver"
    return "bronze" if bronze else "undetermined"


def possible(known: Mapping[str, Any], missing: list[str]) -> set[str]:
    found = set()
    for values in itertools.product(*(SPACE[name] for name in missing)):
        facts = {**known, **dict(zip(missing, values, strict=True))}
        if max(facts["work.done"], facts["work.extra"]) <= facts["work.given"]:
            found.add(graded(facts))
    return found


def case(known: Mapping[str, Any], as_of: date = date(2024, 12, 31)) -> Case:
    vocabulary = library().vocabulary
    values = {name: value for name, value in known.items() if name != "evidence"}
    evidence = {"mark.one": ("sản phẩm",) if known["evidence"] else ()} if "evidence" in known else {}
    return Case(
        case_id="T-1",
        file="t.json",
        regulation="small",
        chosen_because=Text("thử", "a test"),
        period="2024",
        period_key="2024",
        as_of=as_of,
        subject=Subject("person", None, None, None, {}),
        values=with_derived(values, vocabulary, derivation_order(vocabulary)),
        evidence=evidence,
        covered=None,
        grades={},
        decided_on=None,
        input_hash="",
    )


def random_facts(chance: random.Random) -> dict[str, Any]:
    given = chance.choice([1, 2, 3, 7, 10, 20])
    facts = {name: chance.choice(list(values)) for name, values in SPACE.items()}
    facts |= {"work.given": given, "fault.found": chance.random() < 0.3, "evidence": chance.random() < 0.8}
    return facts | {name: chance.choice([given, chance.randint(0, given)]) for name in ("work.done", "work.extra")}


@pytest.mark.parametrize("seed", range(6))
def test_the_range_is_exactly_what_some_completion_reaches(seed: int) -> None:
    chance = random.Random(seed)
    with Engine(library(), {}, verify=True) as engine:
        for _ in range(60):
            full = random_facts(chance)
            missing = chance.sample(sorted(full), chance.randint(0, 3))
            if sum(name.startswith("work.") for name in missing) > 2:
                continue
            known = {name: value for name, value in full.items() if name not in missing}
            grading = engine.decide(case(known)).decision.grading
            assert grading is not None
            assert set(grading.possible) == possible(known, missing), (known, missing)
            assert grading.exact
            assert grading.settled == (len(grading.possible) == 1)


def test_with_every_fact_missing_every_outcome_is_possible() -> None:
    with Engine(library(), {}, verify=True) as engine:
        grading = engine.decide(case({})).decision.grading
    assert grading is not None
    assert grading.possible == ("gold", "silver", "bronze", "tin", "undetermined")


def test_a_parameter_has_the_value_of_the_day() -> None:
    facts = {**random_facts(random.Random(0)), "work.given": 20, "work.done": 20, "work.extra": 11}
    facts |= {
        "mark.one": "green",
        "mark.two": "green",
        "fault.found": False,
        "tags": frozenset("p"),
        "evidence": True,
    }
    facts |= {"leave.months": Fraction(0)}
    with Engine(library(), {}, verify=True) as engine:
        grades = [engine.decide(case(facts, day)).decision.grading for day in (date(2024, 12, 31), date(2025, 1, 1))]
    assert [grading.grade for grading in grades if grading] == ["gold", "silver"]
