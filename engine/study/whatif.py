"""What would change a grade: the fewest facts whose change reaches a better one, and what settles a range.

Both are found by completing the facts in question over their finitely many distinguishable values, not by guessing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import islice, product
from typing import Any

from engine.core.judge.case import Case
from engine.core.judge.judge import Judge
from engine.core.judge.ladder import Outcomes, by_statuses
from engine.core.judge.missing import outcomes_of
from engine.core.judge.record import UNDETERMINED
from engine.core.policy.terms import Fact, Value
from engine.core.policy.values import parts_of
from engine.core.rules.domains import Observable, can_occur
from engine.core.rules.unknowns import candidates
from engine.load.cases.derived import derivation_order, with_derived
from engine.study.settling import settle

MOST_FACTS = 5
MOST_SETS = 6
MOST_TRIES = 20_000

Named = tuple[str, bool]
"""A fact, and whether it is evidence for it that is meant."""


@dataclass(frozen=True)
class FactChange:
    """One fact that is changed: `before` and `after` are its values, or whether evidence for it is named."""

    fact: str
    evidence: bool
    before: Value | None
    after: Value


@dataclass(frozen=True)
class ChangeSet:
    """Facts that are enough together, and not one fewer, for the grade `reaches`; the values are the nearest found."""

    reaches: str
    changes: tuple[FactChange, ...]


@dataclass(frozen=True)
class WaysUp:
    """Every smallest set of changes. `blocked_by` names the rules that only facts which cannot be changed decide,
    if no set exists; `complete` is False if the search was cut short."""

    sets: tuple[ChangeSet, ...]
    blocked_by: tuple[str, ...]
    complete: bool


@dataclass(frozen=True)
class Settling:
    """What one missing fact would leave possible: pairs of a value and the outcomes left, all others still missing."""

    fact: str
    evidence: bool
    leaves: tuple[tuple[Value, tuple[str, ...]], ...]


def ways_up(judge: Judge, case: Case) -> WaysUp:
    """The smallest changes of facts that lift a settled case to a better grade; none for a range, which is to be
    settled first."""
    world = _World(judge, case)
    now = world.outcomes(frozenset()).possible
    if len(now) > 1:
        return WaysUp((), (), True)
    order = judge.live.grades
    best = min((order.index(grade) for grade in now - {UNDETERMINED}), default=len(order))
    better = frozenset(grade for grade, _ in judge.live.rungs if order.index(grade) < best)
    if not better:
        return WaysUp((), (), True)
    search = _Search(world, better)
    for size in range(1, MOST_FACTS + 1):
        smallest = search.sets(size)
        if smallest:
            sets = [made for freed in islice(smallest, MOST_SETS) if (made := world.nearest(freed, better)) is not None]
            return WaysUp(tuple(sets), (), len(sets) == len(smallest))
        if not search.cut:
            break
    blocking = () if search.cut else world.blocked(better)
    return WaysUp((), blocking, not search.cut)


def settling(judge: Judge, case: Case, missing: Iterable[Named]) -> tuple[Settling, ...]:
    """For each missing fact what its values would leave possible, the most decisive first: the fewest outcomes left
    at worst, then on average."""
    world = _World(judge, case)
    settlings = [Settling(fact, evidence, world.leaves((fact, evidence))) for fact, evidence in missing]

    def decisiveness(settled: Settling) -> tuple[int, Fraction, str]:
        sizes = [len(left) for _, left in settled.leaves] or [len(judge.live.grades) + 1]
        return max(sizes), Fraction(sum(sizes), len(sizes)), settled.fact

    return tuple(sorted(settlings, key=decisiveness))


@dataclass(frozen=True)
class _World:
    """A case as it is, and as it would be with some facts unknown or changed."""

    judge: Judge
    case: Case

    def base(self) -> dict[str, Value]:
        """What is stated: known values without those that are computed from known parts."""
        facts, values = self.judge.compiled.vocabulary.facts, self.case.values
        return {
            name: value
            for name, value in values.items()
            if (derivation := facts[name].derived) is None or not all(part in values for part in parts_of(derivation))
        }

    def known(self, freed: frozenset[Named]) -> tuple[dict[str, Value], dict[str, bool]]:
        """Values and evidence with the facts of `freed` taken away."""
        gone = {fact for fact, evidence in freed if not evidence}
        stated = {name: value for name, value in self.base().items() if name not in gone}
        named = {fact: is_named for fact, is_named in self.case.evidence_named.items() if (fact, True) not in freed}
        return self._with_derived(stated), named

    def _with_derived(self, stated: dict[str, Value]) -> dict[str, Value]:
        vocabulary = self.judge.compiled.vocabulary
        return with_derived(stated, vocabulary, derivation_order(vocabulary))

    def statuses(self, codes: Mapping[Observable, int]) -> list[bool | None]:
        compiled = self.judge.compiled
        start = [True if rule.condition is None else None for rule in compiled.rules]
        return settle(compiled, start, codes)

    def outcomes(self, freed: frozenset[Named]) -> Outcomes:
        values, evidence = self.known(freed)
        codes = self.judge.compiled.codes(values, evidence)
        return outcomes_of(self.judge, values, self.statuses(codes), codes)

    def blockers(self, freed: frozenset[Named], grade: str) -> list[int]:
        """The rules that keep a grade out of reach whatever the freed facts are; if only several together do so, all
        the rules that are open."""
        live = self.judge.live
        values, evidence = self.known(freed)
        statuses = self.statuses(self.judge.compiled.codes(values, evidence))
        criteria = next(numbers for name, numbers in live.rungs if name == grade)
        blocking = [number for number in criteria if statuses[number] is False]
        blocking += [number for name, number in live.bars if statuses[number] and name != grade]
        return blocking or [
            number for number in (*criteria, *(number for _, number in live.bars)) if statuses[number] is None
        ]

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
        if derivation is None or name in self.base():
            return {name}
        return set().union(*(self._stated_below(part) for part in parts_of(derivation)))

    def changeable(self, named: Named) -> bool:
        fact, evidence = named
        return evidence or self.judge.compiled.vocabulary.facts[fact].changeable

    def blocked(self, grades: frozenset[str]) -> tuple[str, ...]:
        """The rules that only unchangeable facts decide, on the way to the nearest of the grades."""
        nearest = max(grades, key=self.judge.live.grades.index)
        return tuple(
            self.judge.compiled.rules[number].rule.name
            for number in self.blockers(frozenset(), nearest)
            if not any(map(self.changeable, self.facts_of(number)))
        )

    # --- values ---

    def nearest(self, freed: frozenset[Named], grades: frozenset[str]) -> ChangeSet | None:
        """The values nearest to what is stated with which the freed facts reach one of the grades."""
        order = sorted(freed)
        values, evidence = self.known(freed)
        best: tuple[Fraction, ChangeSet] | None = None
        tried = product(
            *([value for value in self._values(named, values) if self._may(named, value)] for named in order)
        )
        for chosen in islice(tried, MOST_TRIES):
            distance = sum(
                (self._distance(named, value) for named, value in zip(order, chosen, strict=True)), Fraction(0)
            )
            if best is not None and distance >= best[0]:
                continue
            grade = self._grade(dict(zip(order, chosen, strict=True)), values, evidence)
            if grade in grades:
                best = distance, ChangeSet(grade, tuple(map(self._change, order, chosen)))
        return best[1] if best else None

    def _may(self, named: Named, value: Value) -> bool:
        """May this value be proposed for a fact: of what only goes upward none below the stated one."""
        fact, evidence = named
        before: Any = self.case.values.get(fact)
        after: Any = value
        upward = not evidence and self.judge.compiled.vocabulary.facts[fact].only_upward
        return not upward or before is None or after >= before

    def reach(self, freed: frozenset[Named], grades: frozenset[str]) -> bool:
        """Do the freed facts reach one of the grades by values that may be proposed?"""
        facts = self.judge.compiled.vocabulary.facts
        if not self.outcomes(freed).possible & grades:
            return False
        bound = any(not evidence and facts[fact].only_upward for fact, evidence in freed)
        return not bound or self.nearest(freed, grades) is not None

    def leaves(self, named: Named) -> tuple[tuple[Value, tuple[str, ...]], ...]:
        """For each distinguishable value of a missing fact the outcomes that stay possible."""
        compiled, live = self.judge.compiled, self.judge.live
        order = [*live.grades, UNDETERMINED]
        values, evidence = self.known(frozenset({named}))
        value_by_outcomes: dict[tuple[str, ...], Value] = {}
        for value in self._values(named, values):
            stated, is_named = self._applied({named: value}, values, evidence)
            if stated is None:
                continue
            codes = compiled.codes(stated, is_named)
            outcomes = outcomes_of(self.judge, stated, self.statuses(codes), codes)
            value_by_outcomes.setdefault(tuple(sorted(outcomes.possible, key=order.index)), value)
        return tuple((value, left) for left, value in value_by_outcomes.items())

    def _values(self, named: Named, values: Mapping[str, Value]) -> list[Value]:
        """Values of a fact, nearest to the stated one first; with evidence, that some is named or none."""
        fact = self.judge.compiled.vocabulary.facts[named[0]]
        if named[1]:
            return [True, False]
        return sorted(self._possible(fact, values), key=lambda value: self._distance(named, value))

    def _possible(self, fact: Fact, values: Mapping[str, Value]) -> set[Value]:
        if fact.form == "set":
            members = frozenset(
                observable.member
                for observable in self.judge.compiled.domains
                if observable.fact == fact.name and observable.member
            )
            before = self.case.values.get(fact.name, frozenset())
            assert isinstance(before, frozenset)
            return {before, before | members, before - members, *(before ^ {member} for member in members)}
        possible = set(candidates(self.judge.compiled, values, fact.name))
        if fact.is_number:
            # Beside a threshold that must be passed the next whole number reads better than the middle of a gap.
            numbers: Any = possible
            whole = {round(value) for value in numbers}
            possible |= {value + step for value in whole for step in (-1, 0, 1) if can_occur(fact, value + step)}
        return possible

    def _distance(self, named: Named, value: Value) -> Fraction:
        fact = self.judge.compiled.vocabulary.facts[named[0]]
        before: Any = self.case.evidence_named.get(named[0]) if named[1] else self.case.values.get(named[0])
        after: Any = value
        match before, after:
            case (None, _):
                return Fraction(0)
            case (frozenset(), frozenset()):
                return Fraction(len(before ^ after))
            case (str(), str()) if fact.options:
                names = [name for name, _ in fact.options]
                return Fraction(abs(names.index(before) - names.index(after)))
            case (date(), date()):
                return Fraction(abs((after - before).days), 365)
            case (bool(), _) | (str(), _):
                return Fraction(before != after)
            case _:
                from_, to = Fraction(before), Fraction(after)
                return abs(to - from_) / max(abs(from_), Fraction(1))

    def _applied(
        self, chosen: Mapping[Named, Value], values: Mapping[str, Value], evidence: Mapping[str, bool]
    ) -> tuple[dict[str, Value] | None, dict[str, bool]]:
        """The case with the chosen values; None if a derived fact would leave its bounds."""
        facts = self.judge.compiled.vocabulary.facts
        stated = {name: value for name, value in values.items() if name in self.base()}
        stated |= {fact: value for (fact, is_evidence), value in chosen.items() if not is_evidence}
        made = self._with_derived(stated)
        fits = all(can_occur(facts[name], made[name]) for name in made if facts[name].derived is not None)
        named = {**evidence, **{fact: bool(value) for (fact, is_evidence), value in chosen.items() if is_evidence}}
        return (made if fits else None), named

    def _grade(
        self, chosen: Mapping[Named, Value], values: Mapping[str, Value], evidence: Mapping[str, bool]
    ) -> str | None:
        made, named = self._applied(chosen, values, evidence)
        if made is None:
            return None
        settled, *others = by_statuses(self.judge.live, self.statuses(self.judge.compiled.codes(made, named)))
        return None if others else settled

    def _change(self, named: Named, after: Value) -> FactChange:
        fact, evidence = named
        before = self.case.evidence_named.get(fact) if evidence else self.case.values.get(fact)
        return FactChange(fact, evidence, before, after)


@dataclass
class _Search:
    """Sets of facts that, freed, let one of the grades be reached: every smallest one is found, since any such set
    holds a fact of each rule that blocks the grade."""

    world: _World
    grades: frozenset[str]
    cut: bool = False

    def sets(self, size: int) -> list[frozenset[Named]]:
        """Those of at most `size` facts; `cut` says whether larger ones remain to be looked at."""
        self.cut = False
        sets: list[frozenset[Named]] = []
        seen: set[frozenset[Named]] = set()
        pending = [frozenset[Named]()]
        while pending:
            freed = pending.pop()
            if freed in seen:
                continue
            seen.add(freed)
            if freed and self.world.reach(freed, self.grades):
                sets.append(freed)
                continue
            if len(freed) == size:
                self.cut = True
                continue
            for grade in self.grades:
                pending += [freed | {fact} for fact in self._next(freed, grade)]
        return sorted((freed for freed in sets if not any(other < freed for other in sets)), key=sorted)

    def _next(self, freed: frozenset[Named], grade: str) -> set[Named]:
        """The facts of the blocking rule that has the fewest that may be changed."""
        world = self.world
        choices = [
            {fact for fact in world.facts_of(number) - freed if world.changeable(fact)}
            for number in world.blockers(freed, grade)
        ]
        return min(choices, key=len, default=set())
