"""What holds of every group of cases: quotas over cohorts of every composition up to a size, and pairs under a link.

The figures of a cohort come from `core/judge/cohorts`, as for a real one. They depend only on how many of its cases
count and how many form the base, so that few compositions stand for all.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import combinations_with_replacement, permutations, product
from time import monotonic
from typing import Any

from engine.api import evaluate
from engine.core.judge.case import separator
from engine.core.judge.cohorts import Alike, QuotaCohort, of_subjects
from engine.core.judge.links import link_status
from engine.core.judge.record import QuotaResult
from engine.core.policy.live import changes, chosen, concerns, exists
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.rules import ByReading, Link, Quota
from engine.load.cases.blank import stated
from engine.proof.properties import Group, Property
from engine.proof.verdict import Effort, Fails, GroupShown, Holds, NotDecided, Verdict

USUAL_SIZE = 20
"""The size up to which groups are looked at if a property names none."""
SIZE_IN_ORDER = 4
"""The same, if all orders of a group are looked at."""
MOST_ORDERS = 20_000
COHORT = "cohort"

Standing = tuple[str, str]
"""The final grade of a settled case, and the grade that it had before any surplus fell."""
Composition = tuple[Standing, ...]
"""The cases of a cohort, in an order."""


@dataclass(frozen=True)
class Situation:
    """A quota on a day, under a choice of readings; `met`: the reliefs, by the name of their rule, whose condition the
    cohort meets."""

    library: Library
    regulation: Regulation
    quota: Quota
    day: date
    choices: Mapping[str, str]
    met: frozenset[str]
    _figures: dict[tuple[int, int], QuotaResult] = field(default_factory=dict)

    def figures(self, cases: Composition) -> QuotaResult:
        """What the quota comes to over a cohort."""
        contributions = [self.contribution(case) for case in cases]
        totals = sum(count for count, _ in contributions), sum(base for _, base in contributions)
        if totals not in self._figures:
            self._figures[totals] = self._result([self._member(*alike) for alike in Counter(cases).items()])
        return self._figures[totals]

    def in_order(self, cases: Composition) -> QuotaResult:
        """The same, computed anew for the cases in this very order."""
        members = ((f"S-{number}", self._member(case)) for number, case in enumerate(cases, 1))
        return self._result(of_subjects(self.quota, members))

    def _result(self, members: Sequence[Alike]) -> QuotaResult:
        year = str(self.day.year)
        return QuotaCohort(
            self.library.vocabulary, self.regulation, self.choices, self.quota, year, ((COHORT, COHORT),), members
        ).result()

    def contribution(self, case: Standing) -> tuple[int, int]:
        """What one case adds to the count and to the base."""
        if case not in self._contributions:
            alone = self._result([self._member(case)])
            self._contributions[case] = alone.count, alone.base
        return self._contributions[case]

    @cached_property
    def _contributions(self) -> dict[Standing, tuple[int, int]]:
        return {}

    def _member(self, case: Standing, number: int = 1) -> Alike:
        reliefs = {relief.rule.name: relief.rule.name in self.met for relief in self.quota.relief}
        return Alike(frozenset({case}), False, reliefs, {}, self.day, number, ())

    @property
    def switches(self) -> dict[str, str]:
        """The readings that differ from those that the regulation chooses."""
        usual = chosen(self.regulation, {})
        return {name: option for name, option in self.choices.items() if usual[name] != option}


def judge_group(library: Library, regulation: Regulation, item: Property, until: float) -> Verdict:
    """Whether a property of groups holds. `until`: seconds of `monotonic` at which the time is up."""
    started = monotonic()
    assert isinstance(item.claim, Group)
    counter = _Counter(until)
    up_to = item.claim.up_to or (SIZE_IN_ORDER if item.claim.law == "order_does_not_matter" else USUAL_SIZE)
    try:
        shown = _broken(library, regulation, item, item.claim, up_to, counter)
        confirmed = shown is None or confirm(library, regulation, item.claim, shown)
    except _TimeIsUp:
        return NotDecided(Effort(counted=counter.tried, seconds=monotonic() - started), "time")
    except _TooMany:
        return NotDecided(Effort(counted=counter.tried, seconds=monotonic() - started), "too_wide")
    effort = Effort(counted=counter.tried, seconds=monotonic() - started)
    if shown is not None:
        return Fails(effort, group=shown) if confirmed else NotDecided(effort, "unconfirmed")
    of_any_size = item.claim.law == "never_above_linked"
    return Holds(effort, "counting", None if of_any_size else up_to)


class _TimeIsUp(Exception):
    """The time for a property is up."""


class _TooMany(Exception):
    """There are too many orders of a group to look at."""


@dataclass
class _Counter:
    until: float
    tried: int = 0

    def step(self) -> None:
        self.tried += 1
        if self.tried % 64 == 0 and monotonic() > self.until:
            raise _TimeIsUp


def _broken(
    library: Library, regulation: Regulation, item: Property, claim: Group, up_to: int, counter: _Counter
) -> GroupShown | None:
    """The smallest group that breaks a claim; None if there is none."""
    if claim.link is not None:
        for link in (link for link in regulation.links if claim.link in (link.id, link.name)):
            shown = _not_kept(regulation, link, item, counter)
            if shown is not None:
                return shown
        return None
    for quota in (quota for quota in regulation.quotas if claim.quota in (quota.id, quota.name)):
        every = situations(library, regulation, quota, item)
        match claim.law:
            case "readings_differ_at_most":
                groups = _differing(every, claim.at_most or 0, up_to, counter)
            case "order_does_not_matter":
                groups = _out_of_order(every, up_to, counter)
            case _:
                groups = _still_exceeded(every, up_to, counter)
        smallest = min(groups, key=lambda shown: (len(shown.cases), len(shown.switches)), default=None)
        if smallest is not None:
            documents = tuple(_documents(library, regulation, quota, smallest.cases, smallest.day))
            return replace(smallest, documents=documents)
    return None


# --- quotas -----------------------------------------------------------------------------------------------------


def situations(library: Library, regulation: Regulation, quota: Quota, item: Property) -> list[Situation]:
    """All situations of a quota in which a property speaks of it: the chosen readings first."""
    known = {point.id: [name for name, _ in point.options] for point in regulation.interpretations}
    usual = chosen(regulation, {})
    under = [*quota.under, *(reading for relief in quota.relief for reading in relief.rule.under), *item.under]
    settings = (quota.of, quota.count, quota.rounding)
    names = {reading.interpretation for reading in under}
    names |= {setting.interpretation for setting in settings if isinstance(setting, ByReading)}
    options = [sorted(known[name], key=usual[name].__ne__) for name in sorted(names)]
    conditional = [relief.rule.name for relief in quota.relief if relief.rule.condition is not None]
    listed = []
    for day, choice in product(changes(regulation), product(*options)):
        choices = {**usual, **dict(zip(sorted(names), choice, strict=True))}
        if exists(item.under, choices) and exists(quota.under, choices):
            for met in (frozenset[str](), *(frozenset({name}) for name in conditional)):
                listed.append(Situation(library, regulation, quota, day, choices, met))
    return listed


def _kinds(every: Sequence[Situation]) -> list[Standing]:
    """One settled case for each way in which the situations count a case at all."""
    first = every[0]
    grades = [grade.id for grade in first.regulation.grades]
    fallen = (first.quota.surplus, first.quota.grade)
    by_counting: dict[tuple[tuple[int, int], ...], Standing] = {}
    for case in [*((grade, grade) for grade in grades), fallen]:
        counted = tuple(situation.contribution(case) for situation in every)
        if any(counted_once != (0, 0) for counted_once in counted):
            by_counting.setdefault(counted, case)
    return list(by_counting.values())


def _compositions(kinds: Sequence[Standing], up_to: int) -> Iterator[Composition]:
    for size in range(1, up_to + 1):
        yield from combinations_with_replacement(kinds, size)


def _still_exceeded(every: Sequence[Situation], up_to: int, counter: _Counter) -> Iterator[GroupShown]:
    """Cohorts that exceed the quota even after their surplus fell one grade."""
    for situation in every:
        quota = situation.quota
        for cases in _compositions(_kinds([situation]), up_to):
            counter.step()
            before = situation.figures(cases)
            falling = before.count - before.greatest_lawful
            if falling <= 0:
                continue
            after = list(cases)
            for number, (final, initial) in enumerate(cases):
                if falling and final == quota.grade:
                    after[number] = (quota.surplus, initial)
                    falling -= 1
            result = situation.figures(tuple(after))
            if result.status != "within":
                yield GroupShown(cases, situation.day, situation.switches, before, result)
                break


def _differing(every: Sequence[Situation], at_most: int, up_to: int, counter: _Counter) -> Iterator[GroupShown]:
    """Cohorts of which one reading allows more in the end than another by more than `at_most`."""
    alike: dict[tuple[date, frozenset[str]], list[Situation]] = {}
    for situation in every:
        alike.setdefault((situation.day, situation.met), []).append(situation)
    for group in alike.values():
        for cases in _compositions(_kinds(group), up_to):
            counter.step()
            results = [(situation.figures(cases), situation) for situation in group]
            least, most = (choose(results, key=_in_the_end) for choose in (min, max))
            if most[0].greatest_lawful - least[0].greatest_lawful > at_most:
                yield GroupShown(cases, group[0].day, least[1].switches, least[0], most[0], most[1].switches)
                break


def _in_the_end(pair: tuple[QuotaResult, Situation]) -> int:
    return pair[0].greatest_lawful


def _out_of_order(every: Sequence[Situation], up_to: int, counter: _Counter) -> Iterator[GroupShown]:
    """Cohorts whose figures change with the order of their cases."""
    kinds = _kinds(every)
    if sum(len(kinds) ** size for size in range(1, up_to + 1)) > MOST_ORDERS:
        raise _TooMany
    for situation in every:
        for cases in _compositions(kinds, up_to):
            first = _figures_only(situation.in_order(cases))
            for order in set(permutations(cases)):
                counter.step()
                other = situation.in_order(order)
                if _figures_only(other) != first:
                    yield GroupShown(order, situation.day, situation.switches, situation.in_order(cases), other)


def _figures_only(result: QuotaResult) -> QuotaResult:
    return replace(result, holders=(), unsettled=())


# --- links ------------------------------------------------------------------------------------------------------


def _not_kept(regulation: Regulation, link: Link, item: Property, counter: _Counter) -> GroupShown | None:
    """Two cases under a link that is kept though the first is graded above the second."""
    grades = [grade.id for grade in regulation.grades]
    for own, other in product(grades, repeat=2):
        counter.step()
        status = link_status(link, frozenset({(own, own)}), None, frozenset({(other, other)}), None, grades)
        if status == "kept" and grades.index(own) < grades.index(other):
            under = (*link.under, *item.under)
            switches = {reading.interpretation: reading.options[0] for reading in under}
            documents = _linked(regulation, link, own, other)
            return GroupShown(((own, own), (other, other)), regulation.in_force_from, switches, documents=documents)
    return None


# --- as case files ----------------------------------------------------------------------------------------------


def _documents(
    library: Library, regulation: Regulation, quota: Quota, cases: Composition, day: date
) -> Iterator[dict[str, Any]]:
    """The cases of a cohort as files that state the grades that were proposed and decided."""
    kind = _first_kind(regulation, quota.applies_to)
    for number, (final, initial) in enumerate(cases, 1):
        document = _document(f"W-{number}", kind, day, final, initial)
        for key in quota.within:
            match separator(key):
                case "relation" | "attribute", name:
                    document["subject"].setdefault(name, COHORT)
                case _, name:
                    fact = library.vocabulary.facts[name]
                    value = COHORT if fact.is_free_text else fact.typical
                    document["facts"] = stated(document["facts"], name, value)
        yield document


def _linked(regulation: Regulation, link: Link, own: str, other: str) -> tuple[Mapping[str, Any], ...]:
    """Two cases of which the first is linked to the second."""
    kinds = (_first_kind(regulation, link.applies_to), next(iter(_leaves(regulation))))
    first, second = (
        _document(f"W-{number}", kind, regulation.in_force_from, grade, grade)
        for number, (kind, grade) in enumerate(zip(kinds, (own, other), strict=True), 1)
    )
    first["subject"][link.to] = second["subject"]["id"]
    return first, second


def _document(case_id: str, kind: str, day: date, final: str, initial: str) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "period": str(day.year),
        "as_of": day.isoformat(),
        "subject": {"kind": kind, "id": case_id.replace("W", "S")},
        "facts": {},
        "grades": {"proposed": initial, "decided": final},
    }


def _leaves(regulation: Regulation) -> Iterator[str]:
    return (kind.id for kind in regulation.kinds.values() if kind.is_leaf)


def _first_kind(regulation: Regulation, applies_to: Sequence[str]) -> str:
    return next(kind for kind in _leaves(regulation) if concerns(applies_to, regulation.kinds[kind]))


def confirm(library: Library, regulation: Regulation, claim: Group, shown: GroupShown) -> bool:
    """Does the ordinary evaluation of the case files come to what was found? A cohort that needs the condition of a
    relief is confirmed without it."""
    results = evaluate(library, shown.documents, regulation=regulation.id, switches=shown.switches)
    if claim.link is not None:
        kept = [result.link for result in results.links if result.status == "kept"]
        return any(claim.link in (link.id, link.name) for link in kept)
    quotas = [result for result in results.quotas if claim.quota in (result.quota.id, result.quota.name)]
    return len(quotas) == 1 and shown.before is not None and _numbers(quotas[0]) == _numbers(shown.before)


def _numbers(result: QuotaResult) -> tuple[int, ...]:
    return result.count, result.base, result.limit, result.excess, result.greatest_lawful
