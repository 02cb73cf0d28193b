"""Decisions -> what only shows between cases: quotas over cohorts, and links between one case and another.

A quota counts and reports; it never picks who loses a grade. Everything is counted in whole numbers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Any, TypeVar

from engine.cases import Case
from engine.compiler import Choices, chosen, concerns, during, exists, read_by
from engine.conditions import conjunction
from engine.likeness import alike, tidy
from engine.model import DatedValue, Link, Quota, Regulation, Relief, Shown, Value
from engine.periods import period_alike
from engine.records import (
    UNDETERMINED,
    Decision,
    LinkResult,
    LinkStatus,
    QuotaResult,
    QuotaStatus,
    RuleResult,
)
from engine.values import written

T = TypeVar("T")
Contribution = tuple[int, int]
"""What one case adds to the count and to the base of a quota: 0 or 1 each."""


@dataclass(frozen=True, repr=False)
class Decided(Shown):
    """A case, its record, and the results of its rules by qualified id."""

    case: Case
    decision: Decision
    results: Mapping[str, bool | None]


Standing = frozenset[tuple[str, str]]


def standing(one: Decided) -> Standing:
    """The grades that a case may be counted with; none where the subject is not graded."""
    grading, given = one.decision.grading, one.case.grades
    return frozenset() if grading is None else stands(grading.possible, given.get("decided"), given.get("proposed"))


def stands(possible: Iterable[str], decided: str | None, proposed: str | None) -> Standing:
    """The grades that a case may be counted with, as (final, initial): one pair where it is decided or settled,
    several while its range is open.

    Final is the decided grade, or what the facts support; initial, before any surplus falls, is the proposed grade,
    or what the facts support.
    """
    return frozenset((decided or grade, proposed or grade) for grade in possible)


@dataclass(frozen=True, repr=False)
class Alike(Shown):
    """Cases of one cohort that a quota cannot tell apart: how they may be counted, what the rules of its reliefs came
    to, their latest day, how many they are, and their ids where these are wanted."""

    standing: Standing
    reliefs: Mapping[str, bool | None]
    as_of: date
    number: int
    case_ids: tuple[str, ...]


# --- quotas -----------------------------------------------------------------------------------------------------


def quotas(
    regulation: Regulation, cases: Sequence[Decided], switches: Choices
) -> tuple[tuple[QuotaResult, ...], tuple[tuple[str, str], ...]]:
    """Every quota over every cohort of one regulation's cases, and (quota, case id) of cases that name no cohort."""
    choices = chosen(regulation, switches)
    results: list[QuotaResult] = []
    ungrouped: list[tuple[str, str]] = []
    for quota in regulation.quotas:
        if not exists(quota.under, choices):
            continue
        groups: dict[tuple[str, ...], tuple[list[Decided], list[tuple[str, ...]]]] = {}
        for one in cases:
            if not standing(one) or not concerns(quota.applies_to, regulation.kinds[one.case.subject.kind]):
                continue
            if not during(quota.periods, one.case.period_kind):
                continue
            cohort = _cohort(quota, one.case)
            if cohort is None:
                ungrouped.append((quota.name, one.case.case_id))
            else:
                key = period_alike(one.case.period), *map(alike, cohort)
                members, spellings = groups.setdefault(key, ([], []))
                members.append(one)
                spellings.append((one.case.period, *cohort))
        for _, (members, spellings) in sorted(groups.items(), key=lambda item: item[0]):
            period, *shown = map(shown_for, zip(*spellings, strict=True))
            named_so = tuple(zip(quota.within, shown, strict=True))
            counted = of_subjects(quota, map(_alone, members))
            results.append(quota_result(regulation, choices, quota, period, named_so, counted))
    return tuple(results), tuple(ungrouped)


def shown_for(spellings: Iterable[str]) -> str:
    """The spelling that stands for several of one text."""
    return tidy(min(spellings))


def _alone(one: Decided) -> tuple[str | None, Alike]:
    subject = alike(one.case.subject.id or "")
    return subject or None, Alike(standing(one), one.results, one.case.as_of, 1, (one.case.case_id,))


def of_subjects(quota: Quota, cases: Iterable[tuple[str | None, Alike]]) -> list[Alike]:
    """The members of a cohort: a case each or, if the quota counts a subject once, a subject each."""
    members: dict[object, list[Alike]] = {}
    for number, (subject, one) in enumerate(cases):
        own = subject if quota.several_cases == "once" else None
        members.setdefault(number if own is None else own, []).append(one)
    return [as_one(same) for same in members.values()]


def as_one(cases: Sequence[Alike]) -> Alike:
    """The cases of one subject as one member: it may be counted as any of them may."""
    first = cases[0]
    if len(cases) == 1:
        return first
    return Alike(
        frozenset().union(*(one.standing for one in cases)),
        {name: result if all(one.reliefs[name] is result for one in cases) else None
         for name, result in first.reliefs.items() if all(name in one.reliefs for one in cases)},
        max(one.as_of for one in cases),
        1,
        tuple(sorted(name for one in cases for name in one.case_ids)[:1]),
    )  # fmt: skip


def quota_result(
    regulation: Regulation,
    choices: Choices,
    quota: Quota,
    period: str,
    cohort: tuple[tuple[str, str], ...],
    members: Sequence[Alike],
) -> QuotaResult:
    """A quota over one cohort; `choices` are those of every interpretation."""
    return _Cohort(regulation, choices, quota, period, cohort, tuple(members)).result()


def _cohort(quota: Quota, case: Case) -> tuple[str, ...] | None:
    """The case's value for each fact that separates cohorts; None if it does not state one."""
    found = []
    for name in quota.within:
        value: Value | None
        match name.split("."):
            case ["subject", ("kind" | "cohort" | "unit") as attribute]:
                value = getattr(case.subject, attribute)
            case ["subject", relation]:
                value = ", ".join(case.subject.relations.get(relation, ())) or None
            case _:
                value = case.values.get(name)
        shown = value if value is None or isinstance(value, str) else written(value)
        if shown is None or not alike(shown):
            return None
        found.append(shown)
    return tuple(found)


@dataclass(frozen=True, repr=False)
class Limit(Shown):
    """At most `percent` of the base, as rounded; `allowed` is lawful whatever the base."""

    percent: Fraction
    rounding: str
    allowed: int = 0

    def slack(self, count: int, base: int) -> int:
        """Not negative where the count is lawful by the percentage: 100 x count <= percent x base, as rounded."""
        # In whole numbers: of a population's cohorts each asks this many times.
        room = {"floor": 0, "half_up": 50, "ceiling": 100}[self.rounding]
        slack = self.percent.numerator * base + (room - 100 * count) * self.percent.denominator
        # Rounded up, a count may fall short of the next whole number but not reach it.
        return -1 if self.rounding == "ceiling" and slack == 0 else slack

    def lawful(self, count: int, base: int) -> bool:
        return count <= self.allowed or self.slack(count, base) >= 0

    def greatest(self, base: int) -> int:
        share = self.percent * base / 100
        rounded = {"floor": floor(share), "half_up": floor(share + Fraction(1, 2)), "ceiling": ceil(share)}
        return max(rounded[self.rounding], self.allowed)

    def status(self, settled: Contribution, unsettled: Sequence[frozenset[Contribution]]) -> QuotaStatus:
        """Within or exceeded however the unsettled cases come out; otherwise unknown."""
        count, base = settled
        weight = [sorted(options, key=lambda one: self.percent * one[1] - 100 * one[0]) for options in unsettled]
        worst = [options[0] for options in weight]
        best = [options[-1] for options in weight]
        most = count + sum(max(one[0] for one in options) for options in unsettled)
        least = count + sum(min(one[0] for one in options) for options in unsettled)
        if most <= self.allowed or self.slack(*_sum((count, base), worst)) >= 0:
            return "within"
        if least > self.allowed and self.slack(*_sum((count, base), best)) < 0:
            return "exceeded"
        return "unknown"


def _sum(settled: Contribution, more: Sequence[Contribution]) -> Contribution:
    return settled[0] + sum(one[0] for one in more), settled[1] + sum(one[1] for one in more)


def _times(number: int, one: Contribution) -> Contribution:
    return number * one[0], number * one[1]


@dataclass(frozen=True, eq=False, repr=False)
class _Cohort:
    """One cohort under one quota."""

    regulation: Regulation
    choices: Choices
    quota: Quota
    period: str
    cohort: tuple[tuple[str, str], ...]
    members: tuple[Alike, ...]

    def result(self) -> QuotaResult:
        quota = self.quota
        of, rounding = read_by(quota.of, self.choices), read_by(quota.rounding, self.choices)
        initial = read_by(quota.count, self.choices) == "initial"
        contributions = [
            (one, frozenset(self._contribution(pair, of, initial) for pair in one.standing)) for one in self.members
        ]
        settled = _sum(
            (0, 0), [_times(one.number, next(iter(options))) for one, options in contributions if len(options) == 1]
        )
        unsettled = [options for one, options in contributions if len(options) > 1 for _ in range(one.number)]
        count, base = settled
        usual = Limit(self._percent(quota.at_most), rounding)
        limit, relief, certain, parameter = self._relieved(usual, base, unsettled)
        dated = self._dated(parameter)
        status = limit.status(settled, unsettled)
        if not certain and status != usual.status(settled, unsettled):
            status = "unknown"
        return QuotaResult(
            quota=quota.name,
            label=quota.label,
            source=quota.source,
            regulation=self.regulation.id,
            period=self.period,
            cohort=self.cohort,
            grade=quota.grade,
            grade_label=next(grade.label for grade in self.regulation.grades if grade.id == quota.grade),
            of=of,
            percent=limit.percent,
            count=count,
            base=base,
            limit=limit.greatest(base),
            excess=max(0, count - limit.greatest(base)),
            greatest_lawful=self._greatest_lawful(limit, count, base, of, initial),
            status=status,
            relief=relief,
            holders=tuple(
                name for one, options in contributions if all(add[0] for add in options) for name in one.case_ids
            ),
            unsettled=tuple(name for one, options in contributions if len(options) > 1 for name in one.case_ids),
            size=sum(one.number for one in self.members),
            layer=quota.layer,
            percent_source=dated.source,
            percent_layer=dated.layer,
        )

    def _contribution(self, pair: tuple[str, str], of: tuple[str, ...], initial: bool) -> Contribution:
        final, before = pair
        return int(final == self.quota.grade), int((before if initial else final) in of)

    def _greatest_lawful(self, limit: Limit, count: int, base: int, of: tuple[str, ...], initial: bool) -> int:
        """The greatest count that is lawful if the surplus falls to the grade below; the base moves with it where it
        is counted on final grades."""
        step = 0 if initial else int(self.quota.surplus in of) - int(self.quota.grade in of)
        return next((kept for kept in range(count, 0, -1) if limit.lawful(kept, base + (count - kept) * step)), 0)

    def _dated(self, parameter: str) -> DatedValue:
        """The value of a parameter on the last day on which a case of the cohort was reviewed."""
        # A case may be judged by a regulation that came later, whose numbers then count as they first were.
        day = max(self.regulation.in_force_from, *(one.as_of for one in self.members))
        values = [one for one in self.regulation.parameters[parameter].values if one.since <= day]
        return max(values, key=lambda one: one.since)

    def _percent(self, parameter: str) -> Fraction:
        value: Any = self._dated(parameter).value
        return Fraction(value)

    def _relieved(
        self, usual: Limit, base: int, unsettled: Sequence[frozenset[Contribution]]
    ) -> tuple[Limit, RuleResult | None, bool, str]:
        """The limit with the first relief that applies, the relief, whether it surely applies or surely not, and the
        parameter that holds the percentage."""
        greatest_base = base + sum(max(one[1] for one in options) for options in unsettled)
        certain = True
        for relief in self.quota.relief:
            if not exists(relief.rule.under, self.choices):
                continue
            applies = self._applies(relief, base, greatest_base)
            if applies is False:
                continue
            certain = certain and applies is True
            percent = usual.percent if relief.at_most is None else self._percent(relief.at_most)
            rule = relief.rule
            result = RuleResult(rule.name, rule.id, rule.label, rule.source, applies, layer=rule.layer)
            limit = Limit(percent, usual.rounding, relief.allowed or 0)
            return limit, result, certain, relief.at_most or self.quota.at_most
        return usual, None, certain, self.quota.at_most

    def _applies(self, relief: Relief, least_base: int, greatest_base: int) -> bool | None:
        small: bool | None = True
        if relief.base_less_than is not None and greatest_base >= relief.base_less_than:
            small = None if least_base < relief.base_less_than else False
        met = [one.reliefs.get(relief.rule.name) for one in self.members] if relief.rule.condition is not None else []
        return conjunction([small, *met])


# --- links ------------------------------------------------------------------------------------------------------


def links(regulation: Regulation, cases: Sequence[Decided], switches: Choices) -> tuple[LinkResult, ...]:
    """Every link between two cases of one regulation and period; kept ones too, so that nothing is silently skipped."""
    choices = chosen(regulation, switches)
    order = [grade.id for grade in regulation.grades]
    by_subject = cases_of_subjects(cases)
    return tuple(
        _link_result(link, one, other, by_subject.get((period_alike(one.case.period), alike(other)), ()), order)
        for link in regulation.links
        if exists(link.under, choices)
        for one in cases
        if one.decision.grading is not None and concerns(link.applies_to, regulation.kinds[one.case.subject.kind])
        for other in one.case.subject.relations.get(link.to, ())
    )


def cases_of_subjects(cases: Iterable[Decided]) -> dict[tuple[str, str], list[Decided]]:
    """The cases of every subject in every period, in the order of their ids."""
    found: dict[tuple[str, str], list[Decided]] = {}
    for one in sorted(cases, key=lambda one: one.case.case_id):
        if subject := alike(one.case.subject.id or ""):
            found.setdefault((period_alike(one.case.period), subject), []).append(one)
    return found


def _link_result(link: Link, one: Decided, other: str, found: Sequence[Decided], order: Sequence[str]) -> LinkResult:
    mine, day = standing(one), one.case.decided_on
    grades = {_only(each) for each in found}
    return LinkResult(
        link=link.name,
        label=link.label,
        source=link.source,
        case_id=one.case.case_id,
        other=other,
        other_case=", ".join(each.case.case_id for each in found) or None,
        status=same_status(link_status(link, mine, day, standing(each), each.case.decided_on, order) for each in found),
        grade=_only(one),
        other_grade=grades.pop() if len(grades) == 1 else None,
        layer=link.layer,
    )


def same_status(statuses: Iterable[LinkStatus]) -> LinkStatus:
    """What a link comes to with each of the other subject's cases, if it is the same with all."""
    found = set(statuses)
    return found.pop() if len(found) == 1 else "unknown"


def _only(one: Decided) -> str | None:
    grades = {final for final, _ in standing(one)}
    return next(iter(grades)) if len(grades) == 1 else None


def link_status(
    link: Link, mine: Standing, day: date | None, theirs: Standing, other_day: date | None, order: Sequence[str]
) -> LinkStatus:
    """What becomes of a link between two cases, from how they may be counted and the days of their decisions."""
    if link.order is not None:
        return _status(_in_order(link.order, day, other_day))
    verdicts = set(_grades_fit(link, mine, theirs, order))
    return _status(verdicts.pop()) if len(verdicts) == 1 else "unknown"


def _status(kept: bool | None) -> LinkStatus:
    return "unknown" if kept is None else "kept" if kept else "broken"


def _in_order(order: str, day: date | None, other: date | None) -> bool | None:
    if day is None or other is None:
        return None
    return day >= other if order == "not_before" else day <= other


def _grades_fit(link: Link, one: Standing, other: Standing, order: Sequence[str]) -> Iterator[bool | None]:
    """Does the link hold, for each pair of grades that the two cases may still get? None where one is no grade."""
    for mine, _ in one:
        for theirs, _ in other:
            if UNDETERMINED in (mine, theirs):
                yield None
                continue
            match link.grade:
                case "not_above":
                    yield order.index(mine) >= order.index(theirs)
                case "not_below":
                    yield order.index(mine) <= order.index(theirs)
                case _:
                    yield mine == theirs
