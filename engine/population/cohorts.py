"""Quotas over the cohorts of a population, counted in groups of cases that a quota cannot tell apart.

What such groups come to for a cohort is worked out as for case files, by `core/judge/cohorts.py`.
"""

import pickle
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, get_args

from engine.core.judge.case import separator
from engine.core.judge.cohorts import Alike, Counted, QuotaCohort, Standing, merged, shown_for, standing_from
from engine.core.judge.record import QuotaResult, QuotaStatus
from engine.core.policy.live import Choices, concerns, during, exists
from engine.core.policy.regulation import Interpretation, Regulation
from engine.core.policy.rules import Provision, Quota
from engine.core.policy.terms import PeriodKind, Source, Text
from engine.population.results import SUBJECT, Results
from engine.population.rows import SEPARATOR
from engine.population.sql import text
from engine.study.quota_readings import CountQuotas, OtherGroups, grouped_too, other_groups, with_other_readings

COHORTS_KEPT = 1_000
SAME_SUBJECT = 'CASE WHEN many > 1 THEN "like subject" END'


@dataclass(frozen=True)
class QuotaTotal:
    """A quota over all its cohorts: how many by status, and how many an assumed relief counts for, by its name."""

    quota: str
    label: Text
    source: Source
    layer: str
    regulation: str
    counts: Counter[QuotaStatus]
    relieved: Counter[str]

    @property
    def cohorts(self) -> int:
        """How many cohorts there are."""
        return sum(self.counts.values())


class _Pickler(pickle.Pickler):
    """Writes what many cohorts share as a number: their quota, the rules of its reliefs, and the interpretations of its
    readings. They go into `shared`."""

    def __init__(self, file: IO[bytes], shared: list[Provision | Interpretation]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.shared = shared
        self.numbers: dict[int, int] = {}

    def persistent_id(self, value: object) -> int | None:
        """The number of what is shared; None for all else."""
        if not isinstance(value, Provision | Interpretation):
            return None
        if id(value) not in self.numbers:
            self.numbers[id(value)] = len(self.shared)
            self.shared.append(value)
        return self.numbers[id(value)]


class _Unpickler(pickle.Unpickler):
    """Reads what `_Pickler` wrote."""

    def __init__(self, file: IO[bytes], shared: list[Provision | Interpretation]) -> None:
        super().__init__(file)
        self.shared = shared

    def persistent_load(self, number: int) -> Provision | Interpretation:
        """What is shared under a number."""
        return self.shared[number]


class KeptCohorts:
    """Quotas over cohorts, which are many and take time: each is kept in a file as it is worked out, and read again
    from there. Use as a context manager; the file goes with it."""

    def __init__(self, folder: Path) -> None:
        self.file = TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__
        self.number = 0
        self.shared: list[Provision | Interpretation] = []
        self.pickler = _Pickler(self.file, self.shared)

    def __enter__(self) -> "KeptCohorts":
        return self

    def __exit__(self, *raised: object) -> None:
        self.file.close()

    def add(self, cohort: QuotaResult) -> None:
        """Keeps a quota over one more cohort."""
        self.pickler.clear_memo()
        self.pickler.dump(cohort)
        self.number += 1

    def __iter__(self) -> Iterator[QuotaResult]:
        self.file.seek(0)
        for _ in range(self.number):
            yield _Unpickler(self.file, self.shared).load()


def asked_quotas(results: Results) -> Iterator[tuple[Regulation, Choices, Quota]]:
    """The quotas of the regulations that judged a case, with the interpretations they are read by."""
    for regulation in results.at_work():
        choices = results.choices(regulation)
        for quota in regulation.quotas:
            if exists(quota.under, choices):
                yield regulation, choices, quota


def quotas(results: Results) -> Iterator[QuotaResult]:
    """Every quota over every cohort, few of them in memory. No other query may run meanwhile."""
    for regulation, choices, quota in asked_quotas(results):
        yield from cohorts(results, regulation, choices, quota)


def quotas_with_readings(results: Results) -> Iterator[QuotaResult]:
    """The same, with what every other reading would make of each cohort."""
    groups: dict[str, OtherGroups] = {}
    for regulation, choices, quota in asked_quotas(results):
        if regulation.id not in groups:
            groups[regulation.id] = other_groups(regulation, choices, _grouped_by(results, choices))
        for cohort in cohorts(results, regulation, choices, quota, with_other_readings):
            yield grouped_too(cohort, groups[regulation.id])


def _grouped_by(results: Results, choices: Choices) -> CountQuotas:
    """Counts, by other choices, the quotas that exist by those alone and whose groups may hold all of a cohort."""

    def counted(regulation: Regulation, other: Choices) -> Iterator[QuotaResult]:
        present = [quota for quota in regulation.quotas if exists(quota.under, choices)]
        for quota in regulation.quotas:
            wider = any({*quota.within} <= {*chosen.within} for chosen in present if chosen.grade == quota.grade)
            if wider and exists(quota.under, other) and not exists(quota.under, choices):
                yield from cohorts(results, regulation, other, quota)

    return counted


def cohorts(
    results: Results,
    regulation: Regulation,
    choices: Choices,
    quota: Quota,
    result: Counted = QuotaCohort.result,
    *,
    named: bool = False,
) -> Iterator[QuotaResult]:
    """A quota over every cohort, in the order of periods and cohorts; `result` counts a cohort, whose cases are `named`
    by their ids if that is wanted. No other query may run meanwhile."""
    keys = len(quota.within) + 1
    reliefs = asked_reliefs(quota)
    standings: dict[tuple[str | None, ...], Standing] = {}
    for _, rows in groupby(_groups(results, regulation, quota, named), lambda row: row[:keys]):
        members: list[Alike] = []
        spellings: list[tuple[str, ...]] = []
        of_subjects: dict[str, list[Alike]] = {}
        for row in rows:
            subject, *counted = row[keys : keys + 4]
            *asked, as_of, number, ids = (*row[keys + 4 : -keys - 3], *row[-3:])
            spellings.append(row[-keys - 3 : -3])
            outcome = tuple(counted)
            if outcome not in standings:
                standings[outcome] = standing_from(tuple(str(outcome[0]).split(SEPARATOR)), *outcome[1:])
            names = tuple(sorted(ids or ()))
            member = member_of(standings[outcome], reliefs, asked, as_of, number, names)
            if subject is None:
                members.append(member)
            else:
                of_subjects.setdefault(subject, []).append(replace(member, number=1, case_ids=names[:1]))
        members += map(merged, of_subjects.values())
        period, *shown = map(shown_for, zip(*spellings, strict=True))
        cohort = tuple(zip(quota.within, shown, strict=True))
        yield result(QuotaCohort(results.library.vocabulary, regulation, choices, quota, period, cohort, members))


def _groups(results: Results, regulation: Regulation, quota: Quota, named: bool) -> Iterator[tuple[Any, ...]]:
    """The cases that a quota counts, in groups that it cannot tell apart, cohort after cohort.

    A row holds the forms of the period and the cohort, the subject if it has several cases and counts once, the
    possible grades and those decided and proposed, what `member_of` takes, a spelling of the period and the cohort, the
    latest day of review, the number of cases, and their ids if they are `named`."""
    forms = ['"like period"', *(cohort_column(name, "like ") for name in quota.within)]
    once = quota.several_cases == "once" and results.has_doubled()
    keys = [
        *(f"{form} AS k{place}" for place, form in enumerate(forms)),
        f"{SAME_SUBJECT if once else 'NULL::VARCHAR'} AS same",
        "possible", "decided", "proposed", *member_columns(asked_reliefs(quota)),
    ]  # fmt: skip
    written = ["period", *map(cohort_column, quota.within)]
    shown = [f"min({column}) AS c{place}" for place, column in enumerate(written)]
    of_cohort = " AND ".join(f"{form} IS NOT NULL" for form in forms)
    rows = f"rows LEFT JOIN doubled USING ({SUBJECT})" if once else "rows"
    ids = "list(case_id)" if named else "NULL::VARCHAR"
    return results.database.stream(
        f"SELECT {', '.join([*keys, *shown])}, max(as_of), count(*), {ids} FROM {rows}"
        f" WHERE {_counted(regulation, quota)} AND {of_cohort} GROUP BY ALL ORDER BY ALL"
    )


def _counted(regulation: Regulation, quota: Quota) -> str:
    """The SQL that is true for the cases that a quota counts, if they name a cohort."""
    kinds = [text(kind.id) for kind in regulation.kinds.values() if concerns(quota.applies_to, kind)]
    periods = [text(period) for period in get_args(PeriodKind) if during(quota.periods, period)]
    return (
        f"regulation = {text(regulation.id)} AND graded AND kind IN ({', '.join(kinds) or 'NULL'})"
        f" AND period_kind IN ({', '.join(periods) or 'NULL'})"
    )


def quota_totals(
    results: Results, on_cohort: Callable[[QuotaResult], None] | None
) -> tuple[tuple[QuotaTotal, ...], tuple[QuotaResult, ...]]:
    """The sums of the quotas, and the cohorts to look at first. `on_cohort`, if given, is called with every cohort and
    its other readings, in order."""
    sums: dict[str, QuotaTotal] = {}
    first: list[QuotaResult] = []
    for cohort in quotas(results) if on_cohort is None else quotas_with_readings(results):
        if on_cohort is not None:
            on_cohort(cohort)
        quota = cohort.quota
        total = sums.setdefault(
            quota.name,
            QuotaTotal(quota.name, quota.label, quota.source, quota.layer, cohort.regulation, Counter(), Counter()),
        )
        total.counts[cohort.status] += 1
        if cohort.relief is not None and cohort.relief.rule.source.status == "assumed":
            total.relieved[cohort.relief.rule.name] += 1
        first.append(cohort)
        if len(first) >= 2 * COHORTS_KEPT:
            first = sorted(first, key=_to_look_at)[:COHORTS_KEPT]
    return tuple(sums.values()), tuple(sorted(first, key=_to_look_at)[:COHORTS_KEPT])


def ungrouped(results: Results) -> Iterator[tuple[str, int]]:
    """For each quota how many cases it would count that name no cohort."""
    for regulation, _, quota in asked_quotas(results):
        unnamed = " OR ".join(["FALSE", *(f"{cohort_column(name, 'like ')} IS NULL" for name in quota.within)])
        counted = _counted(regulation, quota)
        ((number,),) = results.database.query(f"SELECT count(*) FROM rows WHERE {counted} AND ({unnamed})")
        if number:
            yield quota.name, number


def asked_reliefs(quota: Quota) -> list[str]:
    """The rules of a quota's reliefs that ask something of its cases."""
    return [relief.rule.name for relief in quota.relief if relief.rule.condition is not None]


def member_columns(reliefs: Sequence[str]) -> list[str]:
    """The columns that `member_of` takes."""
    return ["perhaps_ungraded", *(f'"{word} {name}"' for word in ("relief", "missing") for name in reliefs)]


def member_of(
    standing: Standing,
    reliefs: Sequence[str],
    asked: Sequence[Any],
    as_of: date,
    number: int,
    ids: tuple[str, ...] = (),
) -> Alike:
    """Cases that a quota cannot tell apart, from the values of `member_columns`; `ids` are theirs if wanted."""
    perhaps_ungraded, results = asked[0], asked[1 : 1 + len(reliefs)]
    missing = [names.split(SEPARATOR) if names else [] for names in asked[1 + len(reliefs) :]]
    met = dict(zip(reliefs, results, strict=True))
    return Alike(standing, perhaps_ungraded, met, dict(zip(reliefs, missing, strict=True)), as_of, number, ids)


def cohort_column(name: str, form: str = "") -> str:
    """The column of what separates cohorts, as written or, with `like `, in the form in which it is compared."""
    match separator(name):
        case "attribute", "kind":
            return "kind"
        case "attribute", attribute:
            return f'"{form}{attribute}"'
        case "relation", relation:
            ids = f"array_to_string(from_json(\"{form}to {relation}\", '[\"VARCHAR\"]'), ', ')"
            return f"nullif({ids}, '')"
    return f'"{form}fact {name}"'


def _to_look_at(cohort: QuotaResult) -> tuple[int, int]:
    """The order in which to look at cohorts: those that exceed a quota, the most first; those that may; the rest."""
    return ("exceeded", "unknown", "within").index(cohort.status), -cohort.excess
