"""The arithmetic of a quota: a limit over a base, and what cases that are still open may add to both."""

from collections import Counter
from fractions import Fraction
from functools import cached_property

from engine.core.policy.rules import Rounding
from engine.core.policy.terms import Frozen

Contribution = tuple[int, int]
"""What one case adds to the count and to the base of a quota: 0 or 1 each."""


class Limit(Frozen):
    """At most `percent` of the base, as rounded; `allowed` is lawful whatever the base."""

    percent: Fraction
    rounding: Rounding
    allowed: int = 0

    @cached_property
    def _room(self) -> int:
        """What rounding adds to percent x base, times the denominator of the percentage."""
        # In whole numbers: of a population's cohorts each asks for a limit many times.
        room = {"floor": 0, "half_up": 50, "ceiling": 100}[self.rounding] * self.percent.denominator
        # Rounded up, a count may fall short of the next whole number but not reach it.
        return room - (self.rounding == "ceiling")

    def slack(self, count: int, base: int) -> int:
        """Not negative if the count is lawful by the percentage: 100 x count <= percent x base, as rounded."""
        return self.percent.numerator * base + self._room - 100 * count * self.percent.denominator

    def lawful(self, count: int, base: int) -> bool:
        """May `count` of the `base` cases have the grade?"""
        return count <= self.allowed or self.slack(count, base) >= 0

    def greatest(self, base: int) -> int:
        """The greatest lawful count over a base."""
        return max(self.slack(0, base) // (100 * self.percent.denominator), self.allowed)


Options = frozenset[Contribution]
"""What one case may add, each of which it may come to."""


class Open(Frozen):
    """The cases of a cohort that may be counted in several ways: by their options how many."""

    groups: tuple[tuple[Options, int], ...]

    @cached_property
    def given(self) -> range:
        """How many of them may get the grade."""
        least = sum(number for options, number in self.groups if all(count for count, _ in options))
        return range(least, sum(number for options, number in self.groups if any(count for count, _ in options)) + 1)

    def bases(self, given: int) -> tuple[int, int]:
        """The least and the greatest that they add to the base if so many of them get the grade."""
        return self._least(given, 1), -self._least(given, -1)

    def _least(self, given: int, sign: int) -> int:
        total, steps = self._steps[sign]
        rest = given - self.given.start
        for step, number in steps:
            changed = min(rest, number)
            total, rest = total + step * changed, rest - changed
        return total

    @cached_property
    def _steps(self) -> dict[int, tuple[int, list[tuple[int, int]]]]:
        """For the least (1) and the greatest (-1) base: what is added if as few as can be get the grade, and what one
        more changes, the smallest first, with how many cases it is so for."""
        by_sign = {}
        for sign in (1, -1):
            total, steps = 0, Counter[int]()
            for options, number in self.groups:
                without, having = (
                    min((sign * base for count, base in options if count == wanted), default=None) for wanted in (0, 1)
                )
                total += number * (without if without is not None else having or 0)
                if without is not None and having is not None:
                    steps[having - without] += number
            by_sign[sign] = total, sorted(steps.items())
        return by_sign
