"""Which unknown parts of a case can still change what is decided."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

from engine.core.judge.ladder import LiveLadder, by_statuses, open_rules
from engine.core.rules.compiler import Compiled
from engine.core.rules.domains import Observable
from engine.core.rules.unknowns import Unknown
from engine.study.settling import settle

Statuses = Sequence[bool | None]


Verdict = Callable[[LiveLadder, Statuses], tuple[frozenset[object], list[int]]]
"""Rule results -> every outcome that they leave possible, and the rules that are open and may matter to it."""


World = tuple[list[bool | None], dict[Observable, int]]
"""The results of the rules, by their numbers, and the codes of the observables that are known."""


MOST_NODES = 500


def by_grade(live: LiveLadder, statuses: Statuses) -> tuple[frozenset[object], list[int]]:
    """The outcome is the grade."""
    return frozenset(by_statuses(live, statuses)), open_numbers(live, statuses)


def by_rule(*numbers: int) -> Verdict:
    """The outcome is whether any of these rules holds."""

    def verdict(_: LiveLadder, statuses: Statuses) -> tuple[frozenset[object], list[int]]:
        results = [statuses[number] for number in numbers]
        if True in results:
            return frozenset({True}), []
        open_now = [number for number in numbers if statuses[number] is None]
        return frozenset({False, True} if open_now else {False}), open_now

    return verdict


def open_numbers(live: LiveLadder, statuses: Statuses) -> list[int]:
    """The unknown rules that can matter to the grade; none if it is settled."""
    possible = by_statuses(live, statuses)
    return open_rules(live, statuses, possible) if len(possible) > 1 else []


def can_change(
    live: LiveLadder,
    compiled: Compiled,
    world: World,
    groups: Sequence[Unknown],
    about: Sequence[Observable],
    verdict: Verdict,
) -> bool:
    """Can the observables `about`, all else being equal, change the outcome of a case as it stands in `world`? True as
    well if the search is cut short, so that nothing that matters is passed over."""
    by_observable = {observable: group for group in groups for observable in group.observables}
    nodes = 0

    def differ(left: World, right: World) -> bool:
        nonlocal nodes
        possible_left, open_left = verdict(live, left[0])
        possible_right, open_right = verdict(live, right[0])
        if not possible_left & possible_right:
            return True
        if len(possible_left | possible_right) == 1:
            return False
        if not set(about) - left[1].keys() and all(
            left[0][number] is right[0][number] for number in range(len(left[0]))
        ):
            return False
        nodes += 1
        group = next(_open_groups(compiled, (*open_left, *open_right), left[1], by_observable), None)
        if nodes > MOST_NODES or group is None:
            return True
        steps = [
            tuple(_completed(compiled, world, group, completion) for world in (left, right))
            for completion in group.completions
        ]
        steps.sort(key=lambda step: _spoilt(live, step[0][0]) + _spoilt(live, step[1][0]))
        return any(differ(left_step, right_step) for left_step, right_step in steps)

    for group in dict.fromkeys(by_observable[observable] for observable in about if observable in by_observable):
        mine = [place for place, observable in enumerate(group.observables) if observable in about]
        for completion, other in _pairs(group, mine):
            if differ(_completed(compiled, world, group, completion), _completed(compiled, world, group, other)):
                return True
            if nodes > MOST_NODES:
                return True
    return False


def _pairs(group: Unknown, mine: Sequence[int]) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Completions of a group that differ in the places `mine` alone."""
    alike: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for completion in group.completions:
        rest = tuple(code for place, code in enumerate(completion) if place not in mine)
        alike.setdefault(rest, []).append(completion)
    for completions in alike.values():
        yield from combinations(completions, 2)


def _completed(compiled: Compiled, world: World, group: Unknown, completion: Sequence[int]) -> World:
    codes = {**world[1], **dict(zip(group.observables, completion, strict=True))}
    return settle(compiled, world[0], codes), codes


def _open_groups(
    compiled: Compiled,
    numbers: Sequence[int],
    codes: Mapping[Observable, int],
    by_observable: Mapping[Observable, Unknown],
) -> Iterator[Unknown]:
    for number in numbers:
        for observable in sorted(compiled.rules[number].asks):
            if observable not in codes and observable in by_observable:
                yield by_observable[observable]


def _spoilt(live: LiveLadder, statuses: Statuses) -> int:
    """Fewer bars that hold and criteria that fail leave a difference elsewhere room to show."""
    bars = sum(1 for _, number in live.bars if statuses[number])
    criteria = sum(1 for _, numbers in live.rungs for number in numbers if statuses[number] is False)
    return 1000 * bars + criteria
