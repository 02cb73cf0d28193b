"""What would change a grade: the fewest facts whose change reaches a better one, and what settles a range.

Both are found by completing the facts in question over their finitely many distinguishable values, not by guessing.
Only honest changes are proposed: no fact of the past is undone, and what only goes upward is not lowered.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.core.judge.case import Case
from engine.core.judge.judge import Judge
from engine.core.judge.record import UNDETERMINED
from engine.core.policy.terms import Percent, Value
from engine.study.smallest import smallest_sets
from engine.study.world import Named, World, distance, possible_values

MOST_SETS = 6
MOST_TRIES = 2_000


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
    possible: tuple[str, ...] = ()
    """The outcomes that are possible then, best to lowest: several if facts are missing on which they depend."""


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
    world = World.of(judge, case)
    now = world.outcomes.possible
    if len(now) > 1:
        return WaysUp((), (), True)
    order = judge.live.grades
    best = min((order.index(grade) for grade in now - {UNDETERMINED}), default=len(order))
    better = frozenset(grade for grade, _ in judge.live.rungs if order.index(grade) < best)
    return changes_to(world, better) if better else WaysUp((), (), True)


def changes_to(world: World, grades: frozenset[str]) -> WaysUp:
    """The smallest honest changes of what is stated after which one of the grades is possible."""
    honest = world.honest()
    facts = {fact for number in world.decisive for fact in world.facts_of(number) if _changeable(world, fact)}
    nearest: dict[frozenset[Named], ChangeSet] = {}

    def may_reach(freed: frozenset[Named]) -> bool:
        return not honest.without(freed).outcomes.possible.isdisjoint(grades)

    def reaches(freed: frozenset[Named]) -> bool:
        changes = nearest_changes(honest, grades, freed)
        if changes is not None:
            nearest[freed] = changes
        return changes is not None

    smallest = smallest_sets(facts, may_reach, reaches, MOST_SETS)
    blocked = smallest.searched and not smallest.sets
    return WaysUp(
        tuple(nearest[freed] for freed in smallest.sets),
        _blocking(honest.without(frozenset(facts)), grades) if blocked else (),
        smallest.searched and not smallest.more,
    )


def _changeable(world: World, named: Named) -> bool:
    fact, evidence = named
    return world.get(named) is not None and (evidence or world.judge.compiled.vocabulary.facts[fact].changeable)


def _blocking(world: World, grades: frozenset[str]) -> tuple[str, ...]:
    """The rules that keep a world from the nearest of the grades, or if only several together do so, those open."""
    live = world.judge.live
    nearest = max(grades, key=live.grades.index)
    criteria = next((numbers for name, numbers in live.rungs if name == nearest), ())
    blocking = [number for number in criteria if world.statuses[number] is False]
    blocking += [number for name, number in live.bars if world.statuses[number] and name != nearest]
    rules = world.judge.compiled.rules
    return tuple(dict.fromkeys(rules[number].rule.name for number in blocking))


def nearest_changes(world: World, grades: frozenset[str], freed: frozenset[Named]) -> ChangeSet | None:
    """The values of the freed facts, nearest to what is stated, with which one of the grades is possible; None if no
    such values were found."""
    return _Nearest(world, grades, freed).changes()


@dataclass
class _Nearest:
    """The values of the `freed` facts nearest to what is stated with which one of the grades is possible."""

    world: World
    grades: frozenset[str]
    freed: frozenset[Named]
    tries: int = 0
    best: tuple[Fraction, World] | None = None

    def changes(self) -> ChangeSet | None:
        """None if no such values were found."""
        facts = self.world.judge.compiled.vocabulary.facts
        # What a percentage is of comes before its part, whose values depend on it.
        wholes = {fact.derived.of for fact in facts.values() if isinstance(fact.derived, Percent)}
        self._visit(sorted(self.freed, key=lambda named: (named[0] not in wholes, named)), Fraction(0), {})
        if self.best is None:
            return None
        after = self.best[1]
        changes = [FactChange(*named, self.world.get(named), after.stated_of(named)) for named in sorted(self.freed)]
        order = [*self.world.judge.live.grades, UNDETERMINED]
        possible = tuple(sorted(after.outcomes.possible, key=order.index))
        return ChangeSet(next(grade for grade in reversed(possible) if grade in self.grades), tuple(changes), possible)

    def _visit(self, left: Sequence[Named], far: Fraction, chosen: dict[Named, Value]) -> None:
        here = self.world.without(self.freed).changed(chosen)
        if not left:
            self.best = far, here
            return
        named, *rest = left
        fact, before = self.world.judge.compiled.vocabulary.facts[named[0]], self.world.get(named)
        for value in possible_values(here, named, before):
            farther = far + distance(fact, before, value)
            if self.tries >= MOST_TRIES or (self.best is not None and farther >= self.best[0]):
                return
            self.tries += 1
            there = here.changed({named: value})
            if there.can_be and not there.outcomes.possible.isdisjoint(self.grades):
                self._visit(rest, farther, {**chosen, named: value})


def settling(judge: Judge, case: Case, missing: Iterable[Named]) -> tuple[Settling, ...]:
    """For each missing fact what its values would leave possible, the most decisive first: the fewest outcomes left
    at worst, then on average."""
    world = World.of(judge, case)
    settlings = [Settling(fact, evidence, leaves(world, (fact, evidence))) for fact, evidence in missing]

    def decisiveness(settled: Settling) -> tuple[int, Fraction, str]:
        sizes = [len(left) for _, left in settled.leaves] or [len(judge.live.grades) + 1]
        return max(sizes), Fraction(sum(sizes), len(sizes)), settled.fact

    return tuple(sorted(settlings, key=decisiveness))


def leaves(world: World, named: Named) -> tuple[tuple[Value, tuple[str, ...]], ...]:
    """What the values of a fact leave possible, all others as they are: for each set of outcomes the value nearest to
    what is stated."""
    order = [*world.judge.live.grades, UNDETERMINED]
    here = world.without(frozenset({named}))
    value_by_outcomes: dict[tuple[str, ...], Value] = {}
    for value in possible_values(here, named, world.get(named)):
        there = here.changed({named: value})
        if there.can_be:
            value_by_outcomes.setdefault(tuple(sorted(there.outcomes.possible, key=order.index)), value)
    return tuple((value, left) for left, value in value_by_outcomes.items())
