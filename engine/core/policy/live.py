"""Which rules exist on a day: under the interpretations chosen, for a kind of subject, in a kind of period."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeVar

from engine.core.policy.regulation import DatedValue, Parameter, Regulation, all_rules
from engine.core.policy.rules import ByReading, Reading, Rule
from engine.core.policy.terms import PeriodKind, SubjectKind

Choices = Mapping[str, str]
"""interpretation -> the option that it is read by."""


def changes(regulation: Regulation) -> list[date]:
    """The first day in force, and every later one in force since which a parameter has another value."""
    since = {value.since for parameter in regulation.parameters.values() for value in parameter.values}
    first = regulation.in_force_from
    return [first, *sorted(day for day in since if day > first and in_force(regulation, day))]


def regime(regulation: Regulation, day: date) -> date:
    """The day since when all parameters have the values that they have on `day`; the first in force if it is later."""
    days = changes(regulation)
    return days[max(bisect_right(days, day) - 1, 0)]


def in_force(regulation: Regulation, day: date) -> bool:
    """Both ends are days in force."""
    until = regulation.in_force_until
    return regulation.in_force_from <= day and (until is None or day <= until)


T = TypeVar("T")


def chosen(regulation: Regulation, switches: Choices) -> dict[str, str]:
    """The regulation's own choices with those of a run laid over them."""
    return {point.id: switches.get(point.id, point.chosen) for point in regulation.interpretations}


def exists(under: Sequence[Reading], choices: Choices) -> bool:
    """Does a rule with these `under` conditions exist under these choices?"""
    return all(choices.get(reading.interpretation) in reading.options for reading in under)


def during(periods: Sequence[PeriodKind], period: PeriodKind) -> bool:
    """Does something made for these kinds of period exist in a `period`? An empty list exists in all."""
    return not periods or period in periods or (period.endswith("_quarter") and "quarter" in periods)


def read_by(setting: T | ByReading[T], choices: Choices) -> T:
    """A setting as the interpretation that it depends on, if any, is read."""
    return dict(setting.options)[choices[setting.interpretation]] if isinstance(setting, ByReading) else setting


def concerns(applies_to: Sequence[str], kind: SubjectKind) -> bool:
    """Does something that applies to these kinds apply to `kind`? An empty list applies to all."""
    return not applies_to or not frozenset(applies_to).isdisjoint(kind.ancestors)


def dated(parameter: Parameter, day: date) -> DatedValue | None:
    """The value of a parameter that holds on a day; None before its first."""
    values = (value for value in parameter.values if value.since <= day)
    return max(values, key=lambda value: value.since, default=None)


def on_day(parameter: Parameter, day: date) -> object | None:
    """The plain value that a parameter has on a day; None before its first."""
    value = dated(parameter, day)
    return None if value is None else value.value


def live_rules(regulation: Regulation, kind: str, choices: Choices, period: PeriodKind = "year") -> list[Rule]:
    """The rules that exist for a kind of subject and of period under these choices, in order."""
    subject = regulation.kinds[kind]
    return [
        rule
        for rule in all_rules(regulation)
        if (not rule.under or exists(rule.under, choices))
        and (not rule.applies_to or concerns(rule.applies_to, subject))
        and (not rule.periods or during(rule.periods, period))
    ]
