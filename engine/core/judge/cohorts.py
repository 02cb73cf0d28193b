"""Decisions -> what only shows between cases: quotas over cohorts, and links between one case and another.

A quota counts and reports; it never picks who loses a grade. Everything is counted in whole numbers.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

from engine.base.likeness import alike, tidy
from engine.core.judge.case import Case, separator
from engine.core.judge.decision import Decided
from engine.core.judge.limits import Limit, Open, Options
from engine.core.judge.record import UNDETERMINED, MissingFact, QuotaResult, QuotaStatus, QuotaWay, RuleResult
from engine.core.policy.conditions import conjunction, looked_at
from engine.core.policy.live import Choices, chosen, concerns, dated, during, exists, read_by
from engine.core.policy.regulation import DatedValue, Regulation
from engine.core.policy.rules import Quota, Relief, Rounding, Rule
from engine.core.policy.terms import Frozen, Vocabulary
from engine.core.policy.values import unstated, written

MOST_WAYS = 6
"""A quota shows all ways in which its open cases may come out if there are no more; of more, those near a change."""

Standing = frozenset[tuple[str, str]]
Counted = Callable[["QuotaCohort"], QuotaResult]


def standing(decided: Decided) -> Standing:
    """The grades that a case may be counted with; none if the subject is not graded."""
    grading, given = decided.decision.grading, decided.case.grades
    if grading is None:
        return frozenset()
    return standing_from(grading.possible, given.get("decided"), given.get("proposed"))


@lru_cache(maxsize=1_000)
def standing_from(possible: tuple[str, ...], decided: str | None, proposed: str | None) -> Standing:
    """The grades that a case may be counted with, as (final, initial): one pair if it is decided or settled, several
    while its range is open. Final is the decided grade, or what the facts support; initial, before any surplus falls,
    is the proposed grade, or what the facts support.
    """
    return frozenset((decided or grade, proposed or grade) for grade in possible)


class Alike(Frozen):
    """Cases of one cohort that a quota cannot tell apart: how they may be counted, whether they may turn out not to be
    graded, what the rules of its reliefs came to and the facts these wait for, their latest day, how many they are, and
    their ids if these are wanted."""

    standing: Standing
    perhaps_ungraded: bool
    reliefs: Mapping[str, bool | None]
    missing: Mapping[str, Sequence[str]]
    as_of: date
    number: int
    case_ids: tuple[str, ...]


def perhaps_ungraded(decided: Decided) -> bool:
    """Is it open whether the subject is reviewed, or whether it is graded? Not if somebody decided a grade."""
    decision = decided.decision
    open_still = decision.subject_to_review is None or any(given.holds is None for given in decision.ungraded)
    return open_still and "decided" not in decided.case.grades


def waiting_for(rule: Rule, decided: Decided, vocabulary: Vocabulary) -> list[str]:
    """The facts, and `evidence` for some, that a rule waits for that a case leaves open."""
    if rule.name not in decided.results or decided.results[rule.name] is not None:
        return []
    facts, evidence = looked_at(rule.condition)
    missing = {part for fact in facts for part in unstated(fact, vocabulary, decided.case.values)}
    return sorted(missing | {f"evidence.{fact}" for fact in evidence if fact not in decided.case.evidence_named})


def quota_results(
    vocabulary: Vocabulary, regulation: Regulation, cases: Sequence[Decided], switches: Choices,
    counted: Counted = lambda cohort: cohort.result(),
) -> tuple[tuple[QuotaResult, ...], tuple[tuple[str, str], ...]]:
    """Every quota over every cohort of one regulation's cases, and (quota, case id) of cases that name no cohort."""
    choices = chosen(regulation, switches)
    results: list[QuotaResult] = []
    ungrouped: list[tuple[str, str]] = []
    for quota in regulation.quotas:
        if not exists(quota.under, choices):
            continue
        kinds = {name for name, kind in regulation.kinds.items() if concerns(quota.applies_to, kind)}
        groups: dict[tuple[str, ...], tuple[list[Decided], list[tuple[str, ...]]]] = {}
        for decided in cases:
            case = decided.case
            if case.subject.kind not in kinds or not during(quota.periods, case.period_kind) or not standing(decided):
                continue
            cohort = _cohort(quota, case)
            if cohort is None:
                ungrouped.append((quota.name, case.case_id))
            else:
                members, spellings = groups.setdefault((case.period_key, *(form for _, form in cohort)), ([], []))
                members.append(decided)
                spellings.append((case.period, *(shown for shown, _ in cohort)))
        for _, (members, spellings) in sorted(groups.items(), key=lambda item: item[0]):
            period, *shown = map(shown_for, zip(*spellings, strict=True))
            named = tuple(zip(quota.within, shown, strict=True))
            alike_members = of_subjects(quota, (_member(decided, quota, vocabulary) for decided in members))
            results.append(counted(QuotaCohort(vocabulary, regulation, choices, quota, period, named, alike_members)))
    return tuple(results), tuple(ungrouped)


def shown_for(spellings: Iterable[str]) -> str:
    """The spelling that stands for several of one text."""
    return tidy(min(spellings))


def _member(decided: Decided, quota: Quota, vocabulary: Vocabulary) -> tuple[str | None, Alike]:
    missing = {relief.rule.name: waiting_for(relief.rule, decided, vocabulary) for relief in quota.relief}
    perhaps = perhaps_ungraded(decided)
    member = Alike(standing(decided), perhaps, decided.results, missing, decided.case.as_of, 1, (decided.case.case_id,))
    return alike(decided.case.subject.id or "") or None, member


def of_subjects(quota: Quota, cases: Iterable[tuple[str | None, Alike]]) -> list[Alike]:
    """The members of a cohort: a case each or, if the quota counts a subject once, a subject each."""
    members: dict[object, list[Alike]] = {}
    for number, (subject, member) in enumerate(cases):
        key = subject if quota.several_cases == "once" else None
        members.setdefault(number if key is None else key, []).append(member)
    return [merged(same) for same in members.values()]


def merged(cases: Sequence[Alike]) -> Alike:
    """The cases of one subject as one member, which may be counted as any of them may."""
    first = cases[0]
    if len(cases) == 1:
        return first
    return Alike(
        frozenset().union(*(case.standing for case in cases)),
        any(case.perhaps_ungraded for case in cases),
        {name: result if all(case.reliefs[name] is result for case in cases) else None
         for name, result in first.reliefs.items() if all(name in case.reliefs for case in cases)},
        {name: sorted({fact for case in cases for fact in case.missing.get(name, ())}) for name in first.missing},
        max(case.as_of for case in cases),
        1,
        tuple(sorted(case_id for case in cases for case_id in case.case_ids)[:1]),
    )  # fmt: skip


def _cohort(quota: Quota, case: Case) -> tuple[tuple[str, str], ...] | None:
    """The case's value for each fact that separates cohorts, as it is written and in the form in which it is compared;
    None if it does not state one."""
    values = []
    for key in quota.within:
        texts: Sequence[str | None]
        match separator(key):
            case "attribute", name:
                texts = [getattr(case.subject, name)]
            case "relation", name:
                texts = case.subject.relations.get(name, ())
            case _, name:
                value = case.values.get(name)
                texts = [value if value is None or isinstance(value, str) else written(value)]
        texts_stated = [text for text in texts if text is not None]
        if not (form := ", ".join(map(alike, texts_stated))):
            return None
        values.append((", ".join(texts_stated), form))
    return tuple(values)


class QuotaCohort(Frozen, eq=False):
    """One cohort under one quota; `choices` are those of every interpretation."""

    vocabulary: Vocabulary
    regulation: Regulation
    choices: Choices
    quota: Quota
    period: str
    cohort: tuple[tuple[str, str], ...]
    members: Sequence[Alike]

    def result(self) -> QuotaResult:
        """The figures of the settled members, and of each way in which the others may turn out."""
        quota = self.quota
        count = base = 0
        holders, waiting = list[str](), list[Alike]()
        groups = Counter[Options]()
        for member in self.members:
            options = _options(member.standing, member.perhaps_ungraded, *self._read)
            if all(counted for counted, _ in options):
                holders += member.case_ids
            if len(options) > 1:
                waiting.append(member)
                groups[options] += member.number
            else:
                ((counted, of_base),) = options
                count, base = count + member.number * counted, base + member.number * of_base
        opened = Open(tuple(groups.items()))
        limit, relief = self._limit(base, None)
        unknown = self._unknown(base + opened.bases(opened.given.start)[0])
        ways = [
            [self._way(granted, given, count, base, opened) for given in opened.given]
            for granted in (None, *(relief.rule.name for relief in unknown))
        ]
        statuses = {way.status for alternatives in ways for way in alternatives}
        return QuotaResult(
            quota=quota, regulation=self.regulation.id, period=self.period, cohort=self.cohort, grade=quota.grade,
            grade_label=next(grade.label for grade in self.regulation.grades if grade.id == quota.grade),
            of=self._of, percent=limit.percent,
            share=self._dated((relief.at_most if relief else None) or quota.at_most),
            count=count, base=base, limit=limit.greatest(base), excess=max(0, count - limit.greatest(base)),
            greatest_lawful=self._greatest_lawful(count, base),
            status=statuses.pop() if len(statuses) == 1 else "unknown",
            relief=None if relief is None else RuleResult(relief.rule, True), holders=tuple(holders),
            unsettled=tuple(case_id for member in waiting for case_id in member.case_ids),
            size=sum(member.number for member in self.members), waiting=sum(member.number for member in waiting),
            may_relieve=tuple(RuleResult(relief.rule, None) for relief in unknown),
            missing=tuple(self._missing(unknown)),
            ways=tuple(way for alternatives in ways for way in _shown_ways(alternatives)) if waiting or unknown else (),
        )  # fmt: skip

    @cached_property
    def _of(self) -> tuple[str, ...]:
        return read_by(self.quota.of, self.choices)

    @cached_property
    def _read(self) -> tuple[str, tuple[str, ...], bool, tuple[str, ...]]:
        initial = read_by(self.quota.count, self.choices) == "initial"
        return self.quota.grade, self._of, initial, tuple(grade.id for grade in self.regulation.grades)

    def _greatest_lawful(self, count: int, base: int) -> int:
        """The greatest count that is lawful once the surplus fell one grade: the base, and so the relief, may move."""
        grade, of, initial, _ = self._read
        step = 0 if initial else int(self.quota.surplus in of) - int(grade in of)
        after = ((kept, base + (count - kept) * step) for kept in range(count, 0, -1))
        return next((kept for kept, over in after if self._limit(over, None)[0].lawful(kept, over)), 0)

    def _dated(self, parameter: str) -> DatedValue:
        """The value of a parameter on the last day on which a case of the cohort was reviewed."""
        # A case may be judged by a regulation that came later, whose numbers then count as they first were.
        day = max(self.regulation.in_force_from, *{member.as_of for member in self.members})
        value = dated(self.regulation.parameters[parameter], day)
        assert value is not None
        return value

    def _limit_of(self, at_most: str, allowed: int = 0) -> Limit:
        """The limit that a parameter sets."""
        percent: Any = self._dated(at_most).value
        rounding: Rounding = read_by(self.quota.rounding, self.choices)
        return Limit(Fraction(percent), rounding, allowed)

    # --- reliefs ---

    @cached_property
    def _reliefs(self) -> list[tuple[Relief, Limit, bool | None]]:
        """The reliefs whose condition may hold for the cohort, with the limit that each sets."""
        reliefs: list[tuple[Relief, Limit, bool | None]] = []
        for relief in self.quota.relief:
            if not exists(relief.rule.under, self.choices):
                continue
            name, conditional = relief.rule.name, relief.rule.condition is not None
            met = conjunction([member.reliefs.get(name) for member in self.members]) if conditional else True
            if met is not False:
                limit = self._limit_of(relief.at_most or self.quota.at_most, relief.allowed or 0)
                reliefs.append((relief, limit, met))
        return reliefs

    @cached_property
    def _usual(self) -> Limit:
        return self._limit_of(self.quota.at_most)

    def _limit(self, base: int, granted: str | None) -> tuple[Limit, Relief | None]:
        """The limit over a base, and the relief that sets it: the first that applies. Of the reliefs whose conditions
        are unknown only the `granted` one counts."""
        for relief, limit, met in self._reliefs:
            if (met or relief.rule.name == granted) and _small_enough(relief, base):
                return limit, relief
        return self._usual, None

    def _unknown(self, least_base: int) -> list[Relief]:
        """The reliefs whose conditions are unknown and that may set the limit over `least_base` or more cases."""
        reliefs = []
        for relief, _, met in self._reliefs:
            if met is None and _small_enough(relief, least_base):
                reliefs.append(relief)
            elif met and relief.base_less_than is None:
                break
        return reliefs

    def _missing(self, unknown: Sequence[Relief]) -> Iterator[MissingFact]:
        """The facts that would tell whether the reliefs apply."""
        names = {
            name for relief in unknown for member in self.members for name in member.missing.get(relief.rule.name, ())
        }
        for name in sorted(names):
            fact = self.vocabulary.facts[name.removeprefix("evidence.")]
            yield MissingFact(fact, name.startswith("evidence."), ())

    # --- the ways in which what is open may come out ---

    def _way(self, granted: str | None, given: int, count: int, base: int, opened: Open) -> QuotaWay:
        count += given
        low, high = (base + more for more in opened.bases(given))
        edges = [relief.base_less_than for relief, *_ in self._reliefs if relief.base_less_than is not None]
        points = {low, high, *(point for edge in edges for point in (edge - 1, edge) if low <= point <= high)}
        limits = [self._limit(point, granted)[0].greatest(point) for point in points]
        excess = max(0, count - max(limits)), max(0, count - min(limits))
        status: QuotaStatus = "within" if not excess[1] else "exceeded" if excess[0] else "unknown"
        return QuotaWay(granted, given, count, (low, high), (min(limits), max(limits)), excess, status)


@lru_cache(maxsize=1_000)
def _options(
    standing: Standing, perhaps_ungraded: bool, counted: str, of: tuple[str, ...], initial: bool, every: tuple[str, ...]
) -> Options:
    """What a case may add. What is left to the authority may become any grade."""
    pairs = {tuple(grade if name == UNDETERMINED else name for name in pair) for pair in standing for grade in every}
    options = {(int(final == counted), int((before if initial else final) in of)) for final, before in pairs}
    return frozenset(options | {(0, 0)} if perhaps_ungraded else options)


def _small_enough(relief: Relief, base: int) -> bool:
    return relief.base_less_than is None or base < relief.base_less_than


def _shown_ways(ways: Sequence[QuotaWay]) -> Iterator[QuotaWay]:
    """All ways if they are few; of many the first, the last, and those next to a way with another status."""
    for place, way in enumerate(ways):
        neighbours = [ways[other].status for other in (place - 1, place + 1) if 0 <= other < len(ways)]
        if len(ways) <= MOST_WAYS or len(neighbours) < 2 or any(status != way.status for status in neighbours):
            yield way
