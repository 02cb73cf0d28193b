"""Incomplete cases by class: what one of a class may still come to, all of it may, so each class is worked out once.

A class is all that `decisions.outcomes_of` looks at: which rungs are lost and what the others wait for, the codes of
the known facts that open rules ask about, and the values of what open derived facts are computed from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.core.judge.judge import Judge
from engine.core.judge.ladder import open_rules
from engine.core.judge.missing import missing_facts, outcomes_of
from engine.core.policy.terms import Value
from engine.core.policy.values import derivation_order, parts_of, unstated, with_derived
from engine.core.rules.domains import Observable
from engine.population.rows import joined, missing_name

Key = tuple[object, ...]


@dataclass(frozen=True)
class Closed:
    """What is possible for a class, whether each outcome is reached by some completion, and what would settle it."""

    possible: frozenset[str]
    exact: bool
    missing: str


@dataclass
class Classes:
    """The classes met so far under one judge."""

    by: Judge
    known: dict[Key, Closed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        vocabulary = self.by.compiled.vocabulary
        self.order = derivation_order(vocabulary)
        self.derived = {
            name: parts_of(derived) for name in self.order if (derived := vocabulary.facts[name].derived) is not None
        }

    def close(
        self, held: Sequence[int], unknown: Sequence[int], stated: Mapping[str, Value], evidence: Mapping[str, bool]
    ) -> tuple[Closed, bool]:
        """What comes of a case, from the ladder's rules that hold and are unknown and what the case states; and whether
        it is the first of its class."""
        compiled = self.by.compiled
        statuses: list[bool | None] = [False] * len(compiled.rules)
        for number in held:
            statuses[number] = True
        for number in unknown:
            statuses[number] = None
        values = with_derived(stated, compiled.vocabulary, self.order)
        numbers = open_rules(self.by.live, statuses)
        asked = sorted({one for number in numbers for one in compiled.rules[number].asks})
        codes = {}
        for one in asked:
            value = evidence.get(one.fact) if one.evidence else values.get(one.fact)
            if value is not None:
                codes[one] = compiled.domains[one].code(value)
        key = self._key(statuses, asked, codes, values)
        found = self.known.get(key)
        if found is not None:
            return found, False
        outcomes = outcomes_of(self.by, values, statuses, codes)
        missing = ""
        if len(outcomes.possible) > 1:
            facts = missing_facts(self.by, values, codes, open_rules(self.by.live, statuses, outcomes.possible))
            missing = joined(sorted(missing_name(one.fact, one.evidence) for one in facts))
        self.known[key] = Closed(outcomes.possible, outcomes.exact, missing)
        return self.known[key], True

    def _key(
        self,
        statuses: Sequence[bool | None],
        asked: Sequence[Observable],
        codes: Mapping[Observable, int],
        values: Mapping[str, Value],
    ) -> Key:
        live, compiled = self.by.live, self.by.compiled
        rungs = tuple(
            None
            if any(statuses[number] is False for number in criteria)
            else tuple(number for number in criteria if statuses[number] is None)
            for _, criteria in live.rungs
        )
        barred = max((live.grades.index(grade) for grade, number in live.bars if statuses[number]), default=None)
        bars = tuple(number for _, number in live.bars if statuses[number] is None)
        wanted = {
            part
            for one in asked
            if one not in codes and not one.evidence and one.member is None and one.fact in self.derived
            for part in unstated(one.fact, compiled.vocabulary, values)
        }
        wanted |= {one.fact for one in asked if one not in codes and not one.evidence and one.member is None}
        tied = {
            part
            for name, parts in self.derived.items()
            if name not in values and not wanted.isdisjoint({name, *parts})
            for part in parts
        }
        return (
            rungs, barred, bars,
            tuple(codes.get(one) for one in asked),
            tuple((part, values.get(part)) for part in sorted(tied)),
        )  # fmt: skip
