"""A second look at what the solver proved, which shares nothing with it: cases are made one by one and judged as they
are, by `conditions.evaluate`, without z3, codes or regions.

All cases are tried that differ from a typical one in one fact, then cases that differ in two, then cases drawn at
random, up to a bound, under the chosen readings and each other option by itself. The values tried are those on both
sides of every number, day and option that a rule mentions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import combinations, islice
from math import ceil, floor
from random import Random
from typing import Any

from engine.core.judge.ladder import LiveLadder, by_statuses, live_ladder, reached
from engine.core.judge.record import NOT_GRADED, NOT_REVIEWED
from engine.core.policy.conditions import evaluate, leaves
from engine.core.policy.live import chosen, exists
from engine.core.policy.rules import Comparison, Operand, Role
from engine.core.policy.terms import Fact, Percent, Value
from engine.core.policy.values import Misfit, check_bounds, parts_of, rank
from engine.load.cases.bounds import above
from engine.load.cases.derived import derivation_order, with_derived, with_parts
from engine.proof.breaking import Judged, breaks, is_complete, reaches
from engine.proof.properties import Disjoint, Independent, Monotone, Property
from engine.proof.space import Space, SpaceRule, facts_of, moved_facts, overlaps, with_readings_of
from engine.study.examples import typical_values

MOST_CASES, MOST_OF_OTHERS = 240, 24
"""So many cases of a space are made under the chosen readings, and so many under each other option."""
MOST_MOVED, MOST_MOVED_OF_OTHERS = 4, 0
"""Likewise of the cases of which one fact is moved."""


@dataclass(eq=False)
class Counted:
    """Cases of a space under one choice of readings, made and judged, at `most` so many, of which
    `most_moved` are moved. `over`: facts that are stated
    though no rule may look at them."""

    space: Space
    choices: Mapping[str, str]
    over: tuple[str, ...]
    most: int
    most_moved: int

    @cached_property
    def cases(self) -> list[tuple[Mapping[str, Value], Judged]]:
        """What each case states, and how it was judged."""
        made = islice(self._stated(), self.most)
        return [(stated, case) for stated in made if (case := self.judged(stated)) is not None]

    def judged(self, stated: Mapping[str, Value]) -> Judged | None:
        """A case judged; None if nobody could state it. Evidence stands as `evidence.<fact>`."""
        vocabulary = self.space.vocabulary
        evidence = {name: bool(stated[f"evidence.{name}"]) for name in self._wanting_evidence}
        values = with_derived({name: value for name, value in stated.items() if name in vocabulary.facts}, vocabulary,
                              self._order)  # fmt: skip
        for name, value in values.items():
            fact = vocabulary.facts[name]
            try:
                check_bounds(value, fact)
            except Misfit:
                return None
            if any(above(values, fact, warned=False)):
                return None
        statuses = [
            True if rule.condition is None else evaluate(rule.condition, vocabulary.facts, values, evidence)
            for rule in self._rules
        ]
        results = {rule.rule.name: status for rule, status in zip(self._rules, statuses, strict=True)}
        live = self._live
        rungs = frozenset(grade for grade, criteria in live.rungs if reached(criteria, statuses))
        return Judged(values, evidence, results, self._possible(statuses), rungs)

    def moved(self, fact: str) -> Iterator[tuple[Judged, Judged]]:
        """Pairs of cases that differ in a fact alone, of which the second has more of it if it can have more or
        less."""
        for stated, case in islice(self.cases, self.most_moved):
            for part in sorted(moved_facts(self.space.vocabulary, fact)):
                for value in self._values.get(part, ()):
                    other = None if value == stated.get(part) else self.judged({**stated, part: value})
                    if other is not None and self._is_more(fact, case, other):
                        yield case, other

    def _is_more(self, name: str, before: Judged, after: Judged) -> bool:
        if name not in before.values or name not in after.values:
            return False
        fact, now, then = self.space.vocabulary.facts[name], before.values[name], after.values[name]
        if isinstance(now, frozenset) and isinstance(then, frozenset):
            return now < then
        return not fact.is_free_text and bool(rank(now, fact) < rank(then, fact))

    # --- judging ---

    @cached_property
    def _rules(self) -> list[SpaceRule]:
        return [rule for rule in self.space.rules if exists(rule.rule.under, self.choices)]

    @cached_property
    def _live(self) -> LiveLadder:
        index = {rule.rule.name: number for number, rule in enumerate(self._rules)}
        live = live_ladder(self.space.regulation, self.space.kind, self.choices, index)
        assert live is not None
        return live

    def _possible(self, statuses: Sequence[bool | None]) -> frozenset[str]:
        exempting: tuple[tuple[Role, str], ...] = (("exemption", NOT_REVIEWED), ("ungraded", NOT_GRADED))
        for role, outcome in exempting:
            if any(status for rule, status in zip(self._rules, statuses, strict=True) if rule.rule.role == role):
                return frozenset({outcome})
        return by_statuses(self._live, statuses)

    # --- making ---

    @cached_property
    def _order(self) -> tuple[str, ...]:
        return derivation_order(self.space.vocabulary)

    @cached_property
    def _wanting_evidence(self) -> list[str]:
        named = [leaf.fact for rule in self._rules for leaf, _ in leaves(rule.condition)
                 if not isinstance(leaf, Comparison)]  # fmt: skip
        return list(dict.fromkeys(named))

    @cached_property
    def _compared(self) -> dict[str, set[Any]]:
        """For each fact that a rule compares, what it is compared with."""
        compared: dict[str, set[Any]] = {name: set() for name in self.over}
        for rule in self._rules:
            for leaf, _ in leaves(rule.condition):
                if isinstance(leaf, Comparison) and isinstance(leaf.operand, Operand):
                    compared.setdefault(leaf.fact, set()).update(leaf.operand.values)
        return compared

    @cached_property
    def _values(self) -> dict[str, list[Value]]:
        """For each fact that is stated, the values that are tried; the typical one first."""
        facts, compared = self.space.vocabulary.facts, self._compared
        usual = typical_values(self.space.vocabulary)
        names = [name for name in with_parts(compared, self.space.vocabulary) if facts[name].derived is None]
        values = {
            name: list(dict.fromkeys([*([usual[name]] if name in usual else []), *self._tried(facts[name], usual)]))
            for name in facts
            if name in names
        }
        return {**values, **{f"evidence.{name}": [True, False] for name in self._wanting_evidence}}

    def _tried(self, fact: Fact, usual: Mapping[str, Value]) -> Iterator[Value]:
        """Values of a fact on both sides of all that matters."""
        constants = self._compared.get(fact.name, set())
        match fact.form:
            case "boolean":
                yield from (False, True)
            case "text":
                yield from [name for name, _ in fact.options] or sorted(map(str, constants))
            case "set":
                held = usual.get(fact.name, frozenset())
                assert isinstance(held, frozenset)
                yield from (held ^ {str(member)} for member in sorted(map(str, constants)))
            case "date":
                yield from (day + timedelta(step) for day in sorted(constants) for step in (-1, 0, 1))
            case _:
                yield from self._numbers(fact, constants, usual)

    def _numbers(self, fact: Fact, constants: set[Any], usual: Mapping[str, Value]) -> Iterator[Value]:
        points = {*constants, *(bound for bound in (fact.minimum, fact.maximum) if bound is not None)}
        for other in self.space.vocabulary.facts.values():
            if other.derived is None or fact.name not in parts_of(other.derived):
                continue
            for constant in self._compared.get(other.name, ()):
                if isinstance(other.derived, Percent):
                    whole: Any = usual.get(other.derived.of, 20)
                    points.add(Fraction(constant) * whole / 100)
                elif not isinstance(constant, bool | str | date):
                    rest: Any = sum(usual.get(part, 0) for part in parts_of(other.derived) if part != fact.name)
                    points.add(Fraction(constant) - rest)
        step = 1 if fact.form == "integer" else Fraction(1, 2)
        for point in sorted(points):
            near = {floor(point), ceil(point)} if fact.form == "integer" else {Fraction(point)}
            yield from (value + move for value in sorted(near) for move in (-step, 0, step))

    def _stated(self) -> Iterator[dict[str, Value]]:
        base = {name: values[0] for name, values in self._values.items() if values}
        yield base
        others = [(name, value) for name, values in self._values.items() for value in values[1:]]
        yield from ({**base, name: value} for name, value in others)
        draw = Random(len(others))
        pairs = [pair for pair in combinations(others, 2) if pair[0][0] != pair[1][0]]
        draw.shuffle(pairs)
        yield from ({**base, **dict(pair)} for pair in pairs[: self.most // 3])
        while True:
            moved = {name for name in base if draw.random() < 0.25}
            yield {
                name: draw.choice(values) if name in moved else base[name]
                for name, values in self._values.items()
                if values
            }


@dataclass(eq=False)
class Counter:
    """Counts the cases of spaces that speak for a property. What was made and judged is kept for the next property."""

    _kept: dict[tuple[object, ...], Counted] = field(default_factory=dict)

    def count(self, space: Space, item: Property, missing: Sequence[str] = ()) -> tuple[int, bool]:
        """How many of the cases that are made speak for a property, and whether one speaks against it: by breaking it,
        or by reaching what is said to be `missing`."""
        number = 0
        for order, choices in enumerate(_choices(space, item)):
            bounds = (MOST_OF_OTHERS, MOST_MOVED_OF_OTHERS) if order else (MOST_CASES, MOST_MOVED)
            cases = self._of(space, item, choices, bounds)
            for about, several in _in_question(space, item, cases, missing):
                if not all(is_complete(space, case) for case in several):
                    continue
                number += 1
                if missing and reaches(space, item, several[0], choices, about):
                    return number, True
                if not missing and breaks(space, item, several, choices, about):
                    return number, True
        return number, False

    def _of(self, space: Space, item: Property, choices: Mapping[str, str], bounds: tuple[int, int]) -> Counted:
        facts = with_parts(facts_of(space, item), space.vocabulary) - with_parts(space.asked, space.vocabulary)
        over = tuple(sorted(facts))
        key = (space.kind, space.period, space.day, tuple(sorted(choices.items())), over, bounds)
        if key not in self._kept:
            self._kept[key] = Counted(space, choices, over, *bounds)
        return self._kept[key]


def _choices(space: Space, item: Property) -> Iterator[dict[str, str]]:
    """The chosen readings, and each other option by itself, but as far as a property speaks of them."""
    usual = with_readings_of(item, space.regulation, chosen(space.regulation, {}))
    yield usual
    for name, options in space.readings.items():
        others = [{**usual, name: option} for option in options if option != usual[name]]
        yield from (choices for choices in others if exists(item.under, choices))


def _in_question(
    space: Space, item: Property, cases: Counted, missing: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], tuple[Judged, ...]]]:
    match item.claim:
        case Monotone(facts) | Independent(facts):
            for fact in facts:
                if fact in space.vocabulary.facts:
                    yield from (((fact,), pair) for pair in cases.moved(fact))
        case Disjoint():
            pairs = overlaps(space, item.claim)
            yield from ((pair, (case,)) for _, case in cases.cases for pair in pairs)
        case _:
            names: list[tuple[str, ...]] = [(name,) for name in missing] or [()]
            yield from ((about, (case,)) for _, case in cases.cases for about in names)
