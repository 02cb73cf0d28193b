"""Incomplete cases by class: what one of a class may still come to, all of it may, so each class is worked out once.

A class is all that `decisions.outcomes_of` looks at: which rungs are lost and what the others wait for, the codes of
the known facts that open rules ask about, and the values of what open derived facts are computed from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from engine.core.judge.judge import Judge
from engine.core.judge.ladder import open_rules
from engine.core.judge.missing import missing_facts, outcomes_of
from engine.core.policy.terms import Value
from engine.core.policy.values import parts_of, unstated
from engine.core.rules.domains import Observable
from engine.load.cases.derived import derivation_order, with_derived
from engine.population.rows import joined, missing_name

Key = tuple[object, ...]
MOST_KEPT = 100_000
"""So many combinations of values are kept with what they come to."""


@dataclass(frozen=True)
class Closed:
    """What is possible for a class, whether each outcome is reached by some completion, and what would settle it."""

    possible: frozenset[str]
    exact: bool
    missing: str


@dataclass(frozen=True)
class OpenRules:
    """What rule results leave open: the results, the observables that the open rules of the ladder ask about, and the
    facts and pieces of evidence that what these come to can depend on."""

    statuses: tuple[bool | None, ...]
    asked: tuple[Observable, ...]
    facts: tuple[str, ...]
    evidence: tuple[str, ...]


@dataclass
class Classes:
    """The classes met so far under one judge."""

    judge: Judge
    known: dict[Key, Closed] = field(default_factory=dict)
    open: dict[tuple[bool | None, ...], OpenRules] = field(default_factory=dict)
    kept: dict[Key, Closed] = field(default_factory=dict)
    """By rule results and values that matter to them. Many cases agree in these, and finding a class takes longer."""

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The derived facts, each after those that it is derived from."""
        return derivation_order(self.judge.compiled.vocabulary)

    @cached_property
    def derived(self) -> Mapping[str, tuple[str, ...]]:
        """The facts that each derived fact is derived from."""
        facts = self.judge.compiled.vocabulary.facts
        return {name: parts_of(derived) for name in self.order if (derived := facts[name].derived) is not None}

    def close(
        self, statuses: tuple[bool | None, ...], facts: Mapping[str, Value], evidence: Mapping[str, bool]
    ) -> tuple[Closed, bool]:
        """What comes of a case with these results of rules, those of the ladder among them, which states these facts
        and names evidence for these or not; and whether it is the first of its class."""
        rules = self._open_rules(statuses)
        values = (statuses, *map(facts.get, rules.facts), *map(evidence.get, rules.evidence))
        closed = self.kept.get(values)
        if closed is not None:
            return closed, False
        stated = {fact: value for fact in rules.facts if (value := facts.get(fact)) is not None}
        named = {fact: value for fact in rules.evidence if (value := evidence.get(fact)) is not None}
        closed, is_new = self._closed(rules, stated, named)
        if len(self.kept) < MOST_KEPT:
            self.kept[values] = closed
        return closed, is_new

    def _open_rules(self, statuses: tuple[bool | None, ...]) -> OpenRules:
        if statuses not in self.open:
            asked = {
                observable
                for number in open_rules(self.judge.live, statuses)
                for observable in self.judge.compiled.rules[number].asks
            }
            self.open[statuses] = OpenRules(
                statuses,
                tuple(sorted(asked)),
                tuple(sorted(self._tied({observable.fact for observable in asked if not observable.evidence}))),
                tuple(sorted({observable.fact for observable in asked if observable.evidence})),
            )
        return self.open[statuses]

    def _tied(self, facts: set[str]) -> set[str]:
        """These facts, and all that are tied to them: by a derivation, or since one cannot exceed the other."""
        tables = (self.derived, self.judge.compiled.wholes)
        ties = [{name, *others} for table in tables for name, others in table.items()]
        tied = set(facts)
        while more := [tie for tie in ties if not tied.isdisjoint(tie) and not tied.issuperset(tie)]:
            tied.update(*more)
        return tied

    def _closed(
        self, rules: OpenRules, stated: Mapping[str, Value], evidence: Mapping[str, bool]
    ) -> tuple[Closed, bool]:
        compiled = self.judge.compiled
        values = with_derived(stated, compiled.vocabulary, self.order)
        codes = {}
        for observable in rules.asked:
            value = evidence.get(observable.fact) if observable.evidence else values.get(observable.fact)
            if value is not None:
                codes[observable] = compiled.domains[observable].code(value)
        key = self._key(rules.statuses, rules.asked, codes, values)
        closed = self.known.get(key)
        if closed is not None:
            return closed, False
        outcomes = outcomes_of(self.judge, values, rules.statuses, codes)
        missing = ""
        if len(outcomes.possible) > 1:
            numbers = open_rules(self.judge.live, rules.statuses, outcomes.possible)
            facts = missing_facts(self.judge, values, codes, numbers)
            missing = joined(sorted(missing_name(fact.fact.name, fact.evidence) for fact in facts))
        self.known[key] = Closed(outcomes.possible, outcomes.exact, missing)
        return self.known[key], True

    def _key(
        self,
        statuses: Sequence[bool | None],
        asked: Sequence[Observable],
        codes: Mapping[Observable, int],
        values: Mapping[str, Value],
    ) -> Key:
        live, compiled = self.judge.live, self.judge.compiled
        rungs = tuple(
            None
            if any(statuses[number] is False for number in criteria)
            else tuple(number for number in criteria if statuses[number] is None)
            for _, criteria in live.rungs
        )
        barred = max((live.grades.index(grade) for grade, number in live.bars if statuses[number]), default=None)
        bars = tuple(number for _, number in live.bars if statuses[number] is None)
        wanted = {
            observable.fact
            for observable in asked
            if observable not in codes and not observable.evidence and not observable.member
        }
        wanted |= {
            part for fact in wanted & self.derived.keys() for part in unstated(fact, compiled.vocabulary, values)
        }
        tied = {
            part
            for name, parts in self.derived.items()
            if name not in values and not wanted.isdisjoint({name, *parts})
            for part in parts
        }
        wholes = compiled.wholes
        missing = wanted.union(*(unstated(name, compiled.vocabulary, values) for name in wanted))
        tied |= missing.union(*(wholes.get(name, ()) for name in missing))
        tied |= {name for name, above in wholes.items() if not missing.isdisjoint(above)}
        tied |= {name for name, parts in self.derived.items() if not tied.isdisjoint(parts)}
        return (
            rungs, barred, bars,
            tuple(codes.get(observable) for observable in asked),
            tuple((part, values.get(part)) for part in sorted(tied)),
        )  # fmt: skip
