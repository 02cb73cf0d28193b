"""The smallest sets of items that are enough for something, if more items never undo it.

A set that is not enough shows a group of items of which every set that is enough holds one: those outside the largest
set around it that is still not enough. A smallest set that meets all groups known so far is tried, until one is enough.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

MOST_TESTS = 4_000

Item = TypeVar("Item", bound=tuple[object, ...])


@dataclass(frozen=True)
class Smallest(Generic[Item]):
    """Sets of one size, none smaller being enough. `groups`: of each, every set that is enough holds an item; an empty
    one says that no set is. `more`: there are further sets of this size. `searched` is False if the search was cut
    short, or passed over a set that was not confirmed."""

    sets: tuple[frozenset[Item], ...]
    groups: tuple[frozenset[Item], ...]
    more: bool
    searched: bool


def smallest_sets(
    items: Collection[Item],
    enough: Callable[[frozenset[Item]], bool],
    confirmed: Callable[[frozenset[Item]], bool],
    most: int,
) -> Smallest[Item]:
    """At most `most` smallest sets that are `enough` and `confirmed`.

    `enough` must hold for every larger set if it holds for one; it may err on the side of True. `confirmed` is asked
    only about sets that may be enough; one that it refuses is passed over."""
    return _Search(tuple(sorted(items)), enough, confirmed, most).run()


class _Cut(Exception):
    """So many sets were tried as may be."""


@dataclass
class _Search(Generic[Item]):
    items: tuple[Item, ...]
    enough: Callable[[frozenset[Item]], bool]
    confirmed: Callable[[frozenset[Item]], bool]
    most: int
    groups: list[frozenset[Item]] = field(default_factory=list)
    sets: list[frozenset[Item]] = field(default_factory=list)
    results: dict[frozenset[Item], bool] = field(default_factory=dict)
    refused: set[frozenset[Item]] = field(default_factory=set)

    def run(self) -> Smallest[Item]:
        try:
            self._seed()
            self._collect()
        except _Cut:
            return Smallest(tuple(self.sets), tuple(self.groups), more=True, searched=False)
        more = len(self.sets) > self.most
        return Smallest(tuple(self.sets[: self.most]), tuple(self.groups), more, searched=not self.refused)

    def _seed(self) -> None:
        """The items that every set must hold."""
        everything = frozenset(self.items)
        if not self._test(everything):
            self.groups.append(frozenset())
            return
        self.groups += [frozenset({item}) for item in self.items if not self._test(everything - {item})]

    def _collect(self) -> None:
        size = 0
        while len(self.sets) <= self.most:
            tried = self.refused.union(self.sets)
            candidate = next((chosen for chosen in _meeting(self.groups, size) if chosen not in tried), None)
            if candidate is None:
                if self.sets or size >= len(self.items):
                    return
                size += 1
            elif not self._test(candidate):
                self.groups.append(self._group(candidate))
            elif self.confirmed(candidate):
                self.sets.append(candidate)
            else:
                self.refused.add(candidate)

    def _group(self, too_few: frozenset[Item]) -> frozenset[Item]:
        """The items outside the largest set around `too_few` that is still not enough."""
        for item in self.items:
            if item not in too_few and not self._test(too_few | {item}):
                too_few |= {item}
        return frozenset(self.items) - too_few

    def _test(self, chosen: frozenset[Item]) -> bool:
        if chosen not in self.results:
            if len(self.results) >= MOST_TESTS:
                raise _Cut
            self.results[chosen] = self.enough(chosen)
        return self.results[chosen]


def _meeting(
    groups: Sequence[frozenset[Item]], size: int, chosen: frozenset[Item] = frozenset()
) -> Iterator[frozenset[Item]]:
    """The sets of at most `size` items that hold an item of each group, each once, without items that meet none."""
    missed: list[frozenset[Item]] = [group for group in groups if not group & chosen]
    if not missed:
        yield chosen
        return
    if len(chosen) + _apart(missed) > size:
        return
    passed: set[Item] = set()
    smallest: frozenset[Item] = min(missed, key=len)
    for item in sorted(smallest):
        left = [group - passed for group in missed]
        yield from _meeting(left, size, chosen | {item})
        passed.add(item)


def _apart(groups: Sequence[frozenset[Item]]) -> int:
    """How many items are needed at least: the number of groups that share none, the small ones first."""
    covered: set[Item] = set()
    number = 0
    for group in sorted(groups, key=len):
        if not group & covered:
            covered |= group
            number += 1
    return number
