"""Whether a quota was tightened or loosened, decided, with cohorts that are lawful under one version alone.

A quota that is not there, or that no chosen reading lets exist, allows every cohort.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Any

from engine.core.judge.limits import Limit
from engine.core.policy.live import exists, on_day, read_by
from engine.core.policy.regulation import Regulation
from engine.core.policy.rules import Quota, Relief, Rounding
from engine.versions.strictness import Direction

SMALL_BASE = 120
LARGEST_BASE = 200_000


@dataclass(frozen=True)
class CohortWitness:
    """A cohort that is lawful under one version alone: how many have each grade. `relief` is the id of a relief whose
    condition the cohort meets, if it meets one."""

    counts: tuple[tuple[str, int], ...]
    lawful_old: bool
    lawful_new: bool
    relief: str | None = None


@dataclass(frozen=True)
class QuotaSide:
    """A quota as one version has it on one day; `quota` is None if the version has none."""

    regulation: Regulation
    quota: Quota | None
    day: date
    choices: Mapping[str, str]

    @property
    def live(self) -> Quota | None:
        """The quota, if the version has one and its readings let it exist."""
        return self.quota if self.quota is not None and exists(self.quota.under, self.choices) else None

    @property
    def base(self) -> tuple[str, ...]:
        """The grades whose cases are counted as the base; none without a quota."""
        return read_by(self.live.of, self.choices) if self.live is not None else ()

    def percents(self) -> set[Fraction]:
        """Every percentage that the quota or one of its reliefs allows, 0 to 100."""
        quota = self.live
        if quota is None:
            return set()
        names = [quota.at_most, *(relief.at_most for relief in self.reliefs if relief.at_most is not None)]
        return {self._percent(name) for name in names}

    def conditional(self) -> set[str]:
        """The reliefs whose condition a cohort may meet or not."""
        return {relief.rule.id for relief in self.reliefs if relief.rule.condition is not None}

    def limit(self, base: int, met: str | None) -> Limit | None:
        """The limit over a base if the condition of the relief `met` holds and no other does; None: no limit."""
        quota = self.live
        if quota is None:
            return None
        rounding: Rounding = read_by(quota.rounding, self.choices)
        for relief in self.reliefs:
            small = relief.base_less_than is None or base < relief.base_less_than
            if small and (relief.rule.condition is None or relief.rule.id == met):
                return Limit(self._percent(relief.at_most or quota.at_most), rounding, relief.allowed or 0)
        return Limit(self._percent(quota.at_most), rounding)

    def lawful(self, grade: str, count: int, other: str, others: int, met: str | None) -> bool:
        """Is a cohort of `count` cases of a grade and `others` of another one within the quota?"""
        base = count * (grade in self.base) + others * (other in self.base)
        limit = self.limit(base, met)
        return limit is None or limit.lawful(count, base)

    @property
    def reliefs(self) -> list[Relief]:
        """The reliefs of the quota that its readings let exist."""
        quota = self.live
        return (
            [relief for relief in quota.relief if exists(relief.rule.under, self.choices)] if quota is not None else []
        )

    def _percent(self, parameter: str) -> Fraction:
        value: Any = on_day(self.regulation.parameters[parameter], self.day)
        return Fraction(value)


def quota_direction(old: QuotaSide, new: QuotaSide) -> tuple[Direction, tuple[CohortWitness, ...]]:
    """How a quota moved on a day, and the smallest cohort found for each way."""
    witnesses: dict[bool, CohortWitness] = {}
    for cohort in _differing(old, new):
        witnesses.setdefault(cohort.lawful_new, cohort)
        if len(witnesses) == 2:
            break
    direction: Direction = "none" if not witnesses else "loosened" if True in witnesses else "tightened"
    return ("both_ways" if len(witnesses) == 2 else direction), tuple(witnesses.values())


def _differing(old: QuotaSide, new: QuotaSide) -> Iterator[CohortWitness]:
    there = new.live or old.live
    if there is None:
        return
    grade = there.grade
    others = [name for name in dict.fromkeys((*new.base, *old.base, there.surplus)) if name != grade]
    scenarios: list[str | None] = [None, *sorted(old.conditional() | new.conditional())]
    for met in scenarios:
        for number in _bases(old, new):
            for other in others:
                for count in _counts(old, new, grade, other, number, met):
                    lawful = [side.lawful(grade, count, other, number, met) for side in (old, new)]
                    if lawful[0] != lawful[1]:
                        yield CohortWitness(((grade, count), (other, number)), lawful[0], lawful[1], met)


def _bases(old: QuotaSide, new: QuotaSide) -> Iterator[int]:
    """Every small base, and larger ones as far as it takes two percentages to part by a whole case."""
    yield from range(SMALL_BASE + 1)
    edges = {
        relief.base_less_than for side in (old, new) for relief in side.reliefs if relief.base_less_than is not None
    }
    yield from sorted(base for edge in edges for base in (edge - 1, edge) if base > SMALL_BASE)
    before, after = old.percents(), new.percents()
    gaps = (
        [abs(percent - other) for percent in before for other in after if percent != other] if before != after else []
    )
    if gaps:
        yield from range(SMALL_BASE + 1, min(ceil(100 / min(gaps)) + 1, LARGEST_BASE) + 1)


def _counts(old: QuotaSide, new: QuotaSide, grade: str, other: str, others: int, met: str | None) -> list[int]:
    """The counts about which the two may differ: those around the greatest that either allows."""
    near: set[int] = {1}
    for side in (old, new):
        limit = side.limit(others, met)
        if limit is None:
            continue
        near.add(limit.allowed + 1)
        share = limit.percent / 100
        greatest = share * others if grade not in side.base else share * others / (1 - share) if share < 1 else None
        if greatest is not None:
            near |= {floor(greatest) + step for step in (-1, 0, 1, 2)}
    return sorted(count for count in near if count > 0)
