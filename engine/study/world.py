"""A case as it is, and as it would be with some of its facts unknown or changed.

Facts are completed over their finitely many distinguishable values, so that what is said holds for all values.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any

from engine.core.judge.case import Case
from engine.core.judge.judge import Judge
from engine.core.judge.ladder import Outcomes
from engine.core.judge.missing import outcomes_of
from engine.core.policy.terms import Fact, Value
from engine.core.policy.values import parts_of, rank
from engine.core.rules.domains import Observable, can_occur, domain
from engine.core.rules.unknowns import candidates
from engine.load.cases.bounds import above
from engine.load.cases.derived import derivation_order, with_derived
from engine.study.settling import settle

MOST_MEMBERS = 8
"""Of a set that rules ask for more members than these, no more than two members at once are changed."""

Named = tuple[str, bool]
"""A fact, and whether it is evidence for it that is meant."""


@dataclass(frozen=True)
class World:
    """What a case states (known values without those computed from known parts, and whether evidence is named), and
    the judge that decides it."""

    judge: Judge
    stated: Mapping[str, Value]
    evidence: Mapping[str, bool]

    @classmethod
    def of(cls, judge: Judge, case: Case) -> "World":
        """The case as it is."""
        facts, values = judge.compiled.vocabulary.facts, case.values
        stated = {
            name: value
            for name, value in values.items()
            if (derivation := facts[name].derived) is None or not all(part in values for part in parts_of(derivation))
        }
        return cls(judge, stated, case.evidence_named)

    def honest(self) -> "World":
        """The same, with what only goes upward bounded by what is stated of it."""
        compiled = self.judge.compiled
        raised: dict[str, Fact] = {}
        for name, fact in compiled.vocabulary.facts.items():
            minimum: Any = self.stated.get(name)
            if fact.only_upward and minimum is not None and (fact.is_number or fact.form == "date"):
                raised[name] = replace(fact, minimum=minimum)
        if not raised:
            return self
        vocabulary = replace(compiled.vocabulary, facts={**compiled.vocabulary.facts, **raised})
        domains = {
            observable: domain(observable, raised[observable.fact], values.constants)
            if observable.fact in raised
            else values
            for observable, values in compiled.domains.items()
        }
        bounded = replace(compiled, vocabulary=vocabulary, domains=domains)
        return replace(self, judge=replace(self.judge, compiled=bounded, outcomes={}))

    def without(self, freed: frozenset[Named]) -> "World":
        """The same with some facts, and evidence for some, unknown."""
        return replace(
            self,
            stated={name: value for name, value in self.stated.items() if (name, False) not in freed},
            evidence={name: is_named for name, is_named in self.evidence.items() if (name, True) not in freed},
        )

    def changed(self, chosen: Mapping[Named, Value]) -> "World":
        """The same with other values; of evidence, whether it is named."""
        values = {name: value for (name, evidence), value in chosen.items() if not evidence}
        named = {name: bool(value) for (name, evidence), value in chosen.items() if evidence}
        return replace(self, stated={**self.stated, **values}, evidence={**self.evidence, **named})

    @cached_property
    def values(self) -> dict[str, Value]:
        """What is stated and what follows from it."""
        vocabulary = self.judge.compiled.vocabulary
        return with_derived(self.stated, vocabulary, derivation_order(vocabulary))

    @cached_property
    def codes(self) -> dict[Observable, int]:
        """The codes of what is known."""
        return self.judge.compiled.codes(self.values, self.evidence)

    @cached_property
    def statuses(self) -> list[bool | None]:
        """What the rules come to, in their order."""
        compiled = self.judge.compiled
        start = [True if rule.condition is None else None for rule in compiled.rules]
        return settle(compiled, start, self.codes)

    @cached_property
    def outcomes(self) -> Outcomes:
        """What the unknown facts leave possible."""
        return outcomes_of(self.judge, self.values, self.statuses, self.codes)

    @cached_property
    def can_be(self) -> bool:
        """Could a case state this? Not if a derived fact leaves its bounds or a part exceeds its whole."""
        facts = self.judge.compiled.vocabulary.facts
        return all(
            (facts[name].derived is None or can_occur(facts[name], value))
            and not any(True for _ in above(self.values, facts[name], warned=False))
            for name, value in self.values.items()
        )

    def get(self, named: Named) -> Value | None:
        """What is stated of a fact, or whether evidence for it is named."""
        return self.evidence.get(named[0]) if named[1] else self.stated.get(named[0])

    def stated_of(self, named: Named) -> Value:
        """As `get`, of what is known to be stated."""
        value = self.get(named)
        assert value is not None
        return value

    # --- rules ---

    @cached_property
    def decisive(self) -> tuple[int, ...]:
        """The rules that the outcome rests on: criteria of rungs, and bars."""
        live = self.judge.live
        return tuple(dict.fromkeys([*self.judge.criteria, *(number for _, number in live.bars)]))

    def facts_of(self, number: int) -> set[Named]:
        """The stated facts, or missing ones, that a rule rests on."""
        facts: set[Named] = set()
        for observable in self.judge.compiled.rules[number].asks:
            if observable.evidence:
                facts.add((observable.fact, True))
            else:
                facts |= {(name, False) for name in self._stated_below(observable.fact)}
        return facts

    def _stated_below(self, name: str) -> set[str]:
        derivation = self.judge.compiled.vocabulary.facts[name].derived
        if derivation is None or name in self.stated:
            return {name}
        return set().union(*(self._stated_below(part) for part in parts_of(derivation)))


def possible_values(world: World, named: Named, before: Value | None) -> list[Value]:
    """Values of a fact that a world leaves open, nearest to `before` first: at least one for each difference that they
    make with the other facts as they are. Of evidence: that some is named, or none."""
    if named[1]:
        return [True, False]
    fact = world.judge.compiled.vocabulary.facts[named[0]]
    if fact.form == "set":
        return list(_sets(world, fact.name, before))
    possible = set(candidates(world.judge.compiled, world.values, fact.name))
    if fact.is_number:
        # Beside a threshold that must be passed the next whole number reads better than the middle of a gap.
        numbers: Any = possible
        whole = {round(value) for value in numbers}
        possible |= {value + step for value in whole for step in (-1, 0, 1) if can_occur(fact, value + step)}
    return sorted(possible, key=lambda value: (distance(fact, before, value), rank(value, fact)))


def _sets(world: World, name: str, before: Value | None) -> Iterator[frozenset[str]]:
    domains = world.judge.compiled.domains
    members = sorted(observable.member for observable in domains if observable.fact == name and observable.member)
    held = before if isinstance(before, frozenset) else frozenset[str]()
    for size in range((len(members) if len(members) <= MOST_MEMBERS else 2) + 1):
        for flipped in combinations(members, size):
            yield held ^ frozenset(flipped)


def distance(fact: Fact, before: Any, after: Any) -> Fraction:
    """How far a value of a fact is from another; nothing is far from an unknown one."""
    match before, after:
        case (None, _):
            return Fraction(0)
        case (frozenset(), frozenset()):
            return Fraction(len(before ^ after))
        case (str(), str()) if fact.options:
            return Fraction(abs(rank(before, fact) - rank(after, fact)))
        case (date(), date()):
            return Fraction(abs((after - before).days), 365)
        case (bool(), _) | (str(), _):
            return Fraction(before != after)
        case _:
            from_, to = Fraction(before), Fraction(after)
            return abs(to - from_) / max(abs(from_), Fraction(1))
