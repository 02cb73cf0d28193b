"""What missing facts may still be, held against every completion tried one by one: facts that bound each other."""

import random
from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from typing import Any, Literal

import pytest
from support.asking import NO_WORDS, compare, compiled

from engine.core.policy.rules import Condition
from engine.core.policy.terms import Fact, Percent, Sum, Value, Vocabulary, Whole
from engine.core.rules.compiler import Compiled
from engine.core.rules.unknowns import unknowns
from engine.load.cases.derived import derivation_order, with_derived

MOST = 12


def count(name: str, *wholes: str) -> Fact:
    """A fact from 0 to MOST that none of `wholes` may fall short of."""
    bounds = tuple(map(Whole, wholes))
    return Fact(name, "integer", NO_WORDS, minimum=0, maximum=MOST, not_more_than=bounds)


def percent(name: str, part: str) -> Fact:
    return Fact(name, "number", NO_WORDS, minimum=0, maximum=100, derived=Percent("all", part))


FACTS = (
    count("all"), count("done", "all"), count("good", "done"), count("late", "all"), count("aside"),
    percent("done_percent", "done"), percent("good_percent", "good"),
)  # fmt: skip
SHARES = {"done_percent": "done", "good_percent": "good"}
STATED = ("all", "done", "good", "late", "aside")
VOCABULARY = Vocabulary({fact.name: fact for fact in FACTS})
ASKING: Mapping[str, tuple[int, ...]] = {
    "all": (4,), "done": (3, 9), "good": (2,), "late": (5,), "aside": (6,), "done_percent": (50, 80),
    "good_percent": (30,),
}  # fmt: skip


def everything(known: Mapping[str, Value], least: int = 1) -> list[dict[str, Value]]:
    """Every case that a reader accepts, that says what is known, and that has at least so many in `all`."""
    free = [name for name in STATED if name not in known]
    order = derivation_order(VOCABULARY)
    cases = []
    for values in product(range(MOST + 1), repeat=len(free)):
        stated: dict[str, Any] = {**known, **dict(zip(free, values, strict=True))}
        if stated["good"] <= stated["done"] <= stated["all"] and stated["late"] <= stated["all"] >= least:
            case = with_derived({name: stated[name] for name in STATED}, VOCABULARY, order)
            if all(case.get(name) == value for name, value in known.items()):
                cases.append(case)
    return cases


def possible(rules: Compiled, known: Mapping[str, Value]) -> tuple[set[tuple[int, ...]], bool]:
    """The codes of all unknown observables that the groups make possible together, and whether these are exact."""
    values = with_derived(known, VOCABULARY, derivation_order(VOCABULARY))
    asked = [one for one in sorted(rules.domains) if one.fact not in values]
    groups = unknowns(rules, values, asked)
    found = set()
    for parts in product(*(group.completions for group in groups)):
        codes = {
            observable: code
            for group, completion in zip(groups, parts, strict=True)
            for observable, code in zip(group.observables, completion, strict=True)
        }
        found.add(tuple(codes[observable] for observable in asked))
    return found, all(group.exact for group in groups)


def real(rules: Compiled, known: Mapping[str, Value]) -> set[tuple[int, ...]]:
    values = with_derived(known, VOCABULARY, derivation_order(VOCABULARY))
    asked = [one for one in sorted(rules.domains) if one.fact not in values]
    # A share of nothing has no value.
    least = int(any(one.fact.endswith("percent") for one in asked))
    return {tuple(rules.domains[one].code(case[one.fact]) for one in asked) for case in everything(known, least)}


def conditions(chance: random.Random) -> list[Condition]:
    names = chance.sample(sorted(ASKING), chance.randint(1, 3))
    return [compare(name, "at_least", Fraction(limit)) for name in names for limit in ASKING[name]]


@pytest.mark.parametrize("seed", range(60))
def test_what_is_called_exact_is_what_some_case_reaches(seed: int) -> None:
    chance = random.Random(seed)
    rules = compiled(VOCABULARY, conditions(chance))
    case = chance.choice(everything({"all": chance.randint(1, MOST), "aside": 0}))
    known = {name: case[name] for name in STATED if chance.random() < 0.5}
    for name, part in SHARES.items():
        if not {part, "all"} & known.keys() and chance.random() < 0.3:
            known[name] = case[name]
    if "aside" not in {one.fact for one in rules.domains}:
        known["aside"] = 0
    found, exact = possible(rules, known)
    reached = real(rules, known)
    assert reached <= found, known
    if exact:
        assert found == reached, known


def test_a_bound_between_facts_is_respected() -> None:
    """Of two missing facts, and of one beside a known one; also through a fact that nobody asks about."""
    rules = compiled(VOCABULARY, [compare("good", "at_least", 5), compare("all", "at_least", 5)])
    assert possible(rules, {"late": 0}) == ({(1, 1), (2, 1), (2, 2)} | {(3, 1), (3, 2), (3, 3)}, True)
    assert possible(rules, {"all": 4}) == ({(1,)}, True)
    assert possible(rules, {"good": 7}) == ({(3,)}, True)


def test_a_share_that_is_stated_while_its_parts_are_missing_makes_a_range_inexact() -> None:
    rules = compiled(VOCABULARY, [compare("good_percent", "at_least", 50)])
    assert possible(rules, {"done_percent": Fraction(30)})[1] is False
    assert possible(rules, {})[1] is True


@pytest.mark.parametrize("form", ["integer", "number"])
@pytest.mark.parametrize("seed", range(15))
def test_the_missing_parts_of_a_sum_are_followed_exactly(seed: int, form: Literal["integer", "number"]) -> None:
    chance = random.Random(seed)
    parts, grain = ({"a": 5, "b": 4, "c": 3}, 1) if form == "integer" else ({"a": 2, "b": 2}, 8)
    total = Fact("total", "number", NO_WORDS, minimum=0, maximum=sum(parts.values()) - 1, derived=Sum(tuple(parts)))
    facts = [Fact(name, form, NO_WORDS, minimum=0, maximum=most) for name, most in parts.items()]
    vocabulary = Vocabulary({fact.name: fact for fact in (*facts, total)})
    limits = {name: Fraction(chance.randint(0, 2 * most), 2) for name, most in (parts | {"total": 5}).items()}
    asked = chance.sample(sorted(parts), len(parts) - 1)
    rules = compiled(vocabulary, [compare(name, "at_least", limits[name]) for name in ("total", *asked)])
    known: dict[str, Value] = {"c": 2} if form == "integer" and chance.random() < 0.3 else {}

    open_observables = [observable for observable in sorted(rules.domains) if observable.fact not in known]
    (group,) = unknowns(rules, known, open_observables)
    reached = set()
    for values in product(*(range(most * grain + 1) for most in parts.values())):
        case = {name: Fraction(value, grain) for name, value in zip(parts, values, strict=True)}
        case["total"] = sum(case.values(), Fraction(0))
        if case["total"] <= sum(parts.values()) - 1 and case.items() >= known.items():
            reached.add(tuple(rules.domains[other].code(case[other.fact]) for other in group.observables))
    assert (set(group.completions), group.exact) == (reached, True)
