"""The rows of a finished run -> its sums: grades, duties, quotas, links, and what is worth a look."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.base.diagnostics import Diagnostic
from engine.core.judge.case import GIVERS
from engine.core.judge.record import QuotaResult
from engine.population.cohorts import QuotaTotal, quota_totals, ungrouped
from engine.population.failures import Unbalanced
from engine.population.links import LinkTotal, link_totals
from engine.population.remarks import warnings
from engine.population.results import Results
from engine.population.rows import OUTCOME, SEPARATOR


@dataclass(frozen=True)
class Totals:
    """What a run over a population came to; `cases` = `judged` + `rejected`, always.

    `outcomes` counts by (regulation, kind of subject, what is possible), the last as ids joined, or `not_reviewed` or
    `not_graded`. `codes` counts the diagnostics of rejected cases. Counts by rule or fact come most frequent first."""

    cases: int
    judged: int
    rejected: int
    one_by_one: int
    outcomes: tuple[tuple[str, str, str, int], ...]
    findings: tuple[tuple[str, int], ...]
    open_findings: tuple[tuple[str, int], ...]
    left_out: tuple[tuple[str, int], ...]
    missing: tuple[tuple[str, int], ...]
    assumed: tuple[tuple[str, int], ...]
    """Rules without a source that outcomes rest on."""
    to_clarify: int
    """Cases with some finding."""
    periods: tuple[tuple[str, str], ...]
    """The regulations at work, and the periods of the cases that each judged."""
    against: tuple[tuple[str, str, int], ...]
    """(who gave the grade, how it stands to the facts, cases): agrees, higher, lower, open."""
    quotas: tuple[QuotaTotal, ...]
    cohorts: tuple[QuotaResult, ...]
    """The first to look at: those that exceed a quota, the most first; those that may; then others."""
    ungrouped: tuple[tuple[str, int], ...]
    links: tuple[LinkTotal, ...]
    codes: tuple[tuple[str, int], ...]
    warnings: tuple[Diagnostic, ...]
    """What was taken as it stands and is worth a look, the first of each kind."""
    warned: tuple[tuple[str, int], ...]


def totals_of(results: Results, on_cohort: Callable[[QuotaResult], None] | None = None) -> Totals:
    """The sums of a run. `on_cohort` is called with every quota over every cohort and its other readings, in order.

    Raises Unbalanced if not every case was either judged or rejected."""
    database, done = results.database, results.portions.values()
    cases = sum(portion.cases for portion in done)
    ((judged,),) = database.query("SELECT count(*) FROM rows")
    rejected = sum(portion.rejected for portion in done) + len(results.repeated.judged)
    if judged + rejected != cases:
        raise Unbalanced(f"{cases} cases, {judged} judged, {rejected} not")
    quotas, cohorts = quota_totals(results, on_cohort)
    shown, warned = warnings(results)
    codes = Counter(problem.code for case in results.rejected() for problem in case.diagnostics)
    return Totals(
        cases=cases,
        judged=judged,
        rejected=rejected,
        one_by_one=sum(portion.one_by_one for portion in done),
        outcomes=tuple((regulation, kind, outcome, number) for regulation, kind, outcome, number in _outcomes(results)),
        findings=_listed(results, "findings"),
        open_findings=_listed(results, "open_findings"),
        left_out=_listed(results, "left_out"),
        missing=_listed(results, "missing"),
        assumed=_listed(results, "assumed"),
        to_clarify=database.query("SELECT count(*) FROM rows WHERE findings <> ''")[0][0],
        periods=tuple(
            (regulation, period)
            for regulation, period in database.query("SELECT DISTINCT regulation, period FROM rows ORDER BY ALL")
        ),
        against=tuple(_against(results)),
        quotas=quotas,
        cohorts=cohorts,
        ungrouped=tuple(ungrouped(results)),
        links=tuple(link_totals(results)),
        codes=tuple(sorted(codes.items(), key=lambda item: (-item[1], item[0]))),
        warnings=shown,
        warned=warned,
    )


def _outcomes(results: Results) -> list[tuple[Any, ...]]:
    return results.database.query(
        f"SELECT regulation, kind, {OUTCOME} AS outcome, count(*) FROM rows GROUP BY ALL ORDER BY ALL"
    )


def _listed(results: Results, column: str) -> tuple[tuple[str, int], ...]:
    """How many cases have each of the ids that a column lists."""
    rows = results.database.query(
        f"SELECT name, sum(number)::BIGINT AS number FROM (SELECT unnest(string_split({column}, '{SEPARATOR}')) AS"
        f" name, number FROM (SELECT {column}, count(*) AS number FROM rows WHERE {column} <> '' GROUP BY ALL))"
        " GROUP BY name ORDER BY number DESC, name"
    )
    return tuple((name, number) for name, number in rows)


def _against(results: Results) -> Iterator[tuple[str, str, int]]:
    for giver in GIVERS:
        for how, number in results.database.query(
            f"SELECT CASE WHEN {giver}_agrees THEN 'agrees' WHEN {giver}_agrees IS NULL THEN 'open'"
            f" WHEN {giver}_higher THEN 'higher' WHEN NOT {giver}_higher THEN 'lower' ELSE 'other' END AS how, count(*)"
            f' FROM rows WHERE "{giver}" IS NOT NULL AND graded GROUP BY ALL ORDER BY ALL'
        ):
            yield giver, how, number
