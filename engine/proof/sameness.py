"""Whether two conditions come out alike for every case that can be stated, whatever is known of it: exactly.

Each is a set of regions, conjunctions over the finite values that rules tell apart. It holds for what is known of a
case if some region's observables are all known and lie in it. So two sets of regions say the same about every case,
however incomplete, if each region of one is covered by regions of the other that ask about nothing more.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from engine.core.policy.conditions import ready
from engine.core.policy.live import changes
from engine.core.policy.regulation import Regulation
from engine.core.policy.rules import Condition, Rule
from engine.core.policy.terms import Vocabulary
from engine.core.rules.compiler import domains_of
from engine.core.rules.domains import Domain, Observable, Region, covers, regions
from engine.versions.regions import meets

Sides = tuple[tuple[Region, ...], tuple[Region, ...]]
"""Where a condition holds, and where it fails."""


class Compared:
    """Where a rule holds and fails before and after a step, over the values that either tells apart."""

    def __init__(self, vocabulary: Vocabulary, before: Condition | None, after: Condition | None) -> None:
        """Conditions with operands ready; None always holds. Raises TooWide."""
        self.domains: Mapping[Observable, Domain] = domains_of([before, after], vocabulary)
        self.before, self.after = (self._sides(condition) for condition in (before, after))

    def _sides(self, condition: Condition | None) -> Sides:
        if condition is None:
            return ({},), ()
        return regions(condition, self.domains), regions(condition, self.domains, wanted=False)

    @property
    def alike(self) -> bool:
        """Does every case, complete or not, come out alike?"""
        return not any(True for pair in zip(self.before, self.after, strict=True) for _ in _apart(*pair))

    def flips(self) -> list[Region]:
        """Regions in each of which one holds and the other fails."""
        (holds, fails), (holds_after, fails_after) = self.before, self.after
        return [*meets(holds, fails_after), *meets(fails, holds_after)]

    def apart(self) -> Iterator[Region]:
        """Regions in each of which the two differ for what is known of a case: known to hold or to fail by one of them
        alone, if nothing more is known."""
        for before, after in zip(self.before, self.after, strict=True):
            yield from _apart(before, after)


def _apart(some: Sequence[Region], others: Sequence[Region]) -> Iterator[Region]:
    yield from uncovered(some, others)
    yield from uncovered(others, some)


def uncovered(some: Sequence[Region], others: Sequence[Region]) -> Iterator[Region]:
    """The parts of regions that no others cover which ask about nothing more."""
    for region in some:
        asking_no_more = [other for other in others if other.keys() <= region.keys()]
        yield from _remains(region, asking_no_more)


def _remains(region: Region, others: Sequence[Region]) -> Iterator[Region]:
    """The parts of one region that lie in none of the others, which ask about nothing more."""
    meeting = [other for other in others if all(region[name] & mask for name, mask in other.items())]
    if not meeting:
        yield region
        return
    if any(covers(other, region) for other in meeting):
        return
    # Split at an observable of which the first of them covers a part.
    first = meeting[0]
    name = next(name for name, mask in first.items() if region[name] & ~mask)
    yield from _remains({**region, name: region[name] & ~first[name]}, meeting[1:])
    yield from _remains({**region, name: region[name] & first[name]}, meeting)


def alike_on_all_days(vocabulary: Vocabulary, before: tuple[Regulation, Rule], after: tuple[Regulation, Rule]) -> bool:
    """Does a rule come out alike in two regulations, for every case on every day? Raises TooWide."""
    return all(compared_on(vocabulary, day, before, after).alike for day in days(before[0], after[0]))


def days(*regulations: Regulation) -> list[date]:
    """The days since which some parameter of one of the regulations has another value, and the first in force."""
    return sorted({day for regulation in regulations for day in changes(regulation)})


def compared_on(
    vocabulary: Vocabulary, day: date, before: tuple[Regulation, Rule], after: tuple[Regulation, Rule]
) -> Compared:
    """The two on a day."""
    conditions = [
        rule.condition and ready(rule.condition, vocabulary, regulation.parameters, day)
        for regulation, rule in (before, after)
    ]
    return Compared(vocabulary, *conditions)
