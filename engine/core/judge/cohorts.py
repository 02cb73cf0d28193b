"""Decisions -> what only shows between cases: quotas over cohorts, and links between one case and another.

A quota counts and reports; it never picks who loses a grade. Everything is counted in whole numbers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

from engine.base.likeness import alike, tidy
from engine.core.judge.case import Case
from engine.core.judge.decision import Decided
from engine.core.judge.record import (
    UNDETERMINED,
    Decision,
    LinkResult,
    LinkStatus,
    MissingFact,
    QuotaResult,
    QuotaStatus,
    QuotaWay,
    RuleResult,
)
from engine.core.policy.conditions import conjunction, looked_at
from engine.core.policy.live import Choices, chosen, concerns, during, exists, read_by
from engine.core.policy.model import DatedValue, Link, Quota, Regulation, Relief, Rule, Shown, Value, Vocabulary
from engine.core.policy.periods import period_alike
from engine.core.policy.values import unstated, written

MOST_WAYS = 6
"""Of the ways in which the open cases of a cohort may come out so many are told; of more, those where it turns."""


Contribution = tuple[int, int]
"""What one case adds to the count and to the base of a quota: 0 or 1 each."""


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
    """Cases of one cohort that a quota cannot tell apart: how they may be counted, whether they may turn out not to be
    graded, what the rules of its reliefs came to and the facts these wait for, their latest day, how many they are, and
    their ids where these are wanted."""

    standing: Standing
    perhaps_ungraded: bool
    reliefs: Mapping[str, bool | None]
    missing: Mapping[str, Sequence[str]]
    as_of: date
    number: int
    case_ids: tuple[str, ...]


def perhaps_ungraded(one: Decision) -> bool:
    """Is it open whether the subject is reviewed, or whether it is graded? Not where somebody decided a grade."""
    open_still = one.subject_to_review is None or any(each.holds is None for each in one.ungraded)
    return open_still and all(each.given_by != "decided" for each in one.grades)


def waiting_for(rule: Rule, one: Decided, vocabulary: Vocabulary) -> list[str]:
    """The facts, and `evidence` for some, that a rule waits for that a case leaves open."""
    if rule.name not in one.results or one.results[rule.name] is not None:
        return []
    facts, evidence = looked_at(rule.condition)
    found = {part for fact in facts for part in unstated(fact, vocabulary, one.case.values)}
    return sorted(found | {f"evidence.{fact}" for fact in evidence if fact not in one.case.evidence_named})


# --- quotas -----------------------------------------------------------------------------------------------------


def quotas(
    vocabulary: Vocabulary, regulation: Regulation, cases: Sequence[Decided], switches: Choices
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
                key = period_alike(one.case.period), *(form for _, form in cohort)
                members, spellings = groups.setdefault(key, ([], []))
                members.append(one)
                spellings.append((one.case.period, *(shown for shown, _ in cohort)))
        for _, (members, spellings) in sorted(groups.items(), key=lambda item: item[0]):
            period, *shown = map(shown_for, zip(*spellings, strict=True))
            named_so = tuple(zip(quota.within, shown, strict=True))
            counted = of_subjects(quota, (_alone(one, quota, vocabulary) for one in members))
            results.append(quota_result(vocabulary, regulation, choices, quota, period, named_so, counted))
    return tuple(results), tuple(ungrouped)


def shown_for(spellings: Iterable[str]) -> str:
    """The spelling that stands for several of one text."""
    return tidy(min(spellings))


def _alone(one: Decided, quota: Quota, vocabulary: Vocabulary) -> tuple[str | None, Alike]:
    subject = alike(one.case.subject.id or "")
    missing = {each.rule.name: waiting_for(each.rule, one, vocabulary) for each in quota.relief}
    perhaps = perhaps_ungraded(one.decision)
    member = Alike(standing(one), perhaps, one.results, missing, one.case.as_of, 1, (one.case.case_id,))
    return subject or None, member


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
        any(one.perhaps_ungraded for one in cases),
        {name: result if all(one.reliefs[name] is result for one in cases) else None
         for name, result in first.reliefs.items() if all(name in one.reliefs for one in cases)},
        {name: sorted({each for one in cases for each in one.missing.get(name, ())}) for name in first.missing},
        max(one.as_of for one in cases),
        1,
        tuple(sorted(name for one in cases for name in one.case_ids)[:1]),
    )  # fmt: skip


def quota_result(
    vocabulary: Vocabulary,
    regulation: Regulation,
    choices: Choices,
    quota: Quota,
    period: str,
    cohort: tuple[tuple[str, str], ...],
    members: Sequence[Alike],
) -> QuotaResult:
    """A quota over one cohort; `choices` are those of every interpretation."""
    return _Cohort(vocabulary, regulation, choices, quota, period, cohort, tuple(members)).result()


def _cohort(quota: Quota, case: Case) -> tuple[tuple[str, str], ...] | None:
    """The case's value for each fact that separates cohorts, as it is written and in the form in which it is compared;
    None if it does not state one."""
    found = []
    for name in quota.within:
        value: Value | None
        match name.split("."):
            case ["subject", ("kind" | "cohort" | "unit") as attribute]:
                value = getattr(case.subject, attribute)
            case ["subject", relation]:
                ids = case.subject.relations.get(relation, ())
                if not (form := ", ".join(map(alike, ids))):
                    return None
                found.append((", ".join(ids), form))
                continue
            case _:
                value = case.values.get(name)
        shown = value if value is None or isinstance(value, str) else written(value)
        if shown is None or not alike(shown):
            return None
        found.append((shown, alike(shown)))
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
        share, whole = self.percent.numerator * base, 100 * self.percent.denominator
        rounded = {
            "floor": share // whole,
            "half_up": (2 * share + whole) // (2 * whole),
            "ceiling": -(-share // whole),
        }
        return max(rounded[self.rounding], self.allowed)


Options = frozenset[Contribution]
"""What one case may add, each of which it may come to."""


@dataclass(frozen=True, repr=False)
class _Open(Shown):
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
            taken = min(rest, number)
            total, rest = total + step * taken, rest - taken
        return total

    @cached_property
    def _steps(self) -> dict[int, tuple[int, list[tuple[int, int]]]]:
        """For the least (1) and the greatest (-1) base: what is added if as few as can be get the grade, and what one
        more changes, the smallest first, with how many cases it is so for."""
        found = {}
        for sign in (1, -1):
            total, steps = 0, Counter[int]()
            for options, number in self.groups:
                without, having = (
                    min((sign * base for count, base in options if count == wanted), default=None) for wanted in (0, 1)
                )
                total += number * (without if without is not None else having or 0)
                if without is not None and having is not None:
                    steps[having - without] += number
            found[sign] = total, sorted(steps.items())
        return found


@dataclass(frozen=True, eq=False, repr=False)
class _Cohort:
    """One cohort under one quota."""

    vocabulary: Vocabulary
    regulation: Regulation
    choices: Choices
    quota: Quota
    period: str
    cohort: tuple[tuple[str, str], ...]
    members: tuple[Alike, ...]

    def result(self) -> QuotaResult:
        quota, of = self.quota, self._of
        settled = [(one, next(iter(options))) for one, options in self._options if len(options) == 1]
        count, base = (sum(one.number * adds[place] for one, adds in settled) for place in (0, 1))
        opened = _Open(
            tuple(Counter({
                options: sum(one.number for one, those in self._options if those == options)
                for _, options in self._options if len(options) > 1
            }).items())
        )  # fmt: skip
        limit, relief = self._limit(base, None)
        unknown = self._unknown(base + opened.bases(opened.given.start)[0] if opened.groups else base)
        ways = [
            [self._way(granted, given, count, base, opened) for given in opened.given]
            for granted in (None, *(one.rule.name for one in unknown))
        ]
        statuses = {one.status for each in ways for one in each}
        parameter = quota.at_most if relief is None else relief.at_most or quota.at_most
        dated = self._dated(parameter)
        waiting = [one for one, options in self._options if len(options) > 1]
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
            greatest_lawful=self._greatest_lawful(limit, count, base, of),
            status=statuses.pop() if len(statuses) == 1 else "unknown",
            relief=None if relief is None else _relief_result(relief, True),
            holders=tuple(
                name for one, options in self._options if all(add[0] for add in options) for name in one.case_ids
            ),
            unsettled=tuple(name for one in waiting for name in one.case_ids),
            size=sum(one.number for one in self.members),
            layer=quota.layer,
            percent_source=dated.source,
            percent_layer=dated.layer,
            waiting=sum(one.number for one in waiting),
            may_relieve=tuple(_relief_result(one, None) for one in unknown),
            missing=tuple(self._missing(unknown)),
            ways=tuple(way for each in ways for way in _told(each)) if waiting or unknown else (),
        )

    @cached_property
    def _of(self) -> tuple[str, ...]:
        return read_by(self.quota.of, self.choices)

    @cached_property
    def _initial(self) -> bool:
        return read_by(self.quota.count, self.choices) == "initial"

    @cached_property
    def _options(self) -> list[tuple[Alike, Options]]:
        return [(one, self._contributions(one)) for one in self.members]

    def _contributions(self, one: Alike) -> Options:
        """What a case may add. What is left to the authority may become any grade."""
        every = [grade.id for grade in self.regulation.grades]
        found = {
            self._contribution(grade if final == UNDETERMINED else final, grade if before == UNDETERMINED else before)
            for final, before in one.standing
            for grade in (every if UNDETERMINED in (final, before) else [final])
        }
        return frozenset(found | {(0, 0)} if one.perhaps_ungraded else found)

    def _contribution(self, final: str, before: str) -> Contribution:
        return int(final == self.quota.grade), int((before if self._initial else final) in self._of)

    def _greatest_lawful(self, limit: Limit, count: int, base: int, of: tuple[str, ...]) -> int:
        """The greatest count that is lawful if the surplus falls to the grade below; the base moves with it where it
        is counted on final grades."""
        step = 0 if self._initial else int(self.quota.surplus in of) - int(self.quota.grade in of)
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

    # --- reliefs ---

    @cached_property
    def _reliefs(self) -> list[tuple[Relief, Limit, bool | None]]:
        """The reliefs whose condition may hold for the cohort, with the limit that each sets."""
        rounding = read_by(self.quota.rounding, self.choices)
        found: list[tuple[Relief, Limit, bool | None]] = []
        for one in self.quota.relief:
            if not exists(one.rule.under, self.choices):
                continue
            name, asked = one.rule.name, one.rule.condition is not None
            met = conjunction([each.reliefs.get(name) for each in self.members]) if asked else True
            if met is not False:
                percent = self._percent(one.at_most or self.quota.at_most)
                found.append((one, Limit(percent, rounding, one.allowed or 0), met))
        return found

    @cached_property
    def _usual(self) -> Limit:
        return Limit(self._percent(self.quota.at_most), read_by(self.quota.rounding, self.choices))

    def _limit(self, base: int, granted: str | None) -> tuple[Limit, Relief | None]:
        """The limit over a base, and the relief that sets it: the first that applies, none of those of which it is
        unknown but the one that is `granted`."""
        for relief, limit, met in self._reliefs:
            if (met or relief.rule.name == granted) and _small_enough(relief, base):
                return limit, relief
        return self._usual, None

    def _unknown(self, least_base: int) -> list[Relief]:
        """The reliefs that may set the limit, if facts that are missing say so."""
        found = []
        for relief, _, met in self._reliefs:
            if met is None and _small_enough(relief, least_base):
                found.append(relief)
            elif met and relief.base_less_than is None:
                break
        return found

    def _missing(self, unknown: Sequence[Relief]) -> Iterator[MissingFact]:
        """The facts that would tell whether the reliefs apply."""
        names = {name for relief in unknown for one in self.members for name in one.missing.get(relief.rule.name, ())}
        for name in sorted(names):
            fact = self.vocabulary.facts[name.removeprefix("evidence.")]
            yield MissingFact(fact.name, fact.label, fact.question, name.startswith("evidence."), ())

    # --- the ways in which what is open may come out ---

    def _way(self, granted: str | None, given: int, count: int, base: int, opened: _Open) -> QuotaWay:
        count += given
        low, high = (base + more for more in opened.bases(given))
        edges = [one.base_less_than for one, *_ in self._reliefs if one.base_less_than is not None]
        points = {low, high, *(point for edge in edges for point in (edge - 1, edge) if low <= point <= high)}
        limits = [self._limit(point, granted)[0].greatest(point) for point in points]
        excess = max(0, count - max(limits)), max(0, count - min(limits))
        status: QuotaStatus = "within" if not excess[1] else "exceeded" if excess[0] else "unknown"
        return QuotaWay(granted, given, count, (low, high), (min(limits), max(limits)), excess, status)


def _small_enough(relief: Relief, base: int) -> bool:
    return relief.base_less_than is None or base < relief.base_less_than


def _relief_result(relief: Relief, holds: bool | None) -> RuleResult:
    rule = relief.rule
    return RuleResult(rule.name, rule.id, rule.label, rule.source, holds, layer=rule.layer)


def _told(ways: Sequence[QuotaWay]) -> Iterator[QuotaWay]:
    """All ways where they are few; of many the first, the last, and those beside which the verdict is another."""
    for place, way in enumerate(ways):
        beside = [ways[other].status for other in (place - 1, place + 1) if 0 <= other < len(ways)]
        if len(ways) <= MOST_WAYS or len(beside) < 2 or any(status != way.status for status in beside):
            yield way


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
