"""Whom a change moves in a large population: both sides by the target, case by case only where they differ.

The answers are those of `versions/impact.py`. Counts come from the rows of both sides, joined by case; durable-rules
gives reasons, and so confirms the outcome of every case that is named.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from engine.base.likeness import alike
from engine.core.judge.cohorts import QuotaCohort, of_subjects, standing_from
from engine.core.judge.record import QuotaResult
from engine.core.policy.live import concerns, during
from engine.load.cases.periods import period_alike
from engine.population.cohorts import asked_reliefs, cohort_column, member_columns, member_of, quotas
from engine.population.failures import Disagreement
from engine.population.placed import Cases, look_at, opened_whole, places, rejected_places
from engine.population.portions import inputs
from engine.population.results import ORDER, Results, find_doubled
from engine.population.rows import OUTCOME, SEPARATOR
from engine.population.run import Run
from engine.population.sql import parquet, text
from engine.study.reasoner import outcome_of
from engine.versions.impact import Impact, Judged, Population, impact, population
from engine.versions.versions import Version

Pair = tuple[str, str]
"""The regulations that cases are judged by on the old and the new side."""


@dataclass(frozen=True)
class PopulationImpact:
    """The impact for each pair of regulations, how many cases each side has, and how many were decided case by case for
    their reasons."""

    impacts: tuple[tuple[tuple[Version, Version], Impact], ...]
    cases: int
    one_by_one: int


def impacts(
    before: Run,
    after: Run,
    cases: Cases,
    pairs: Sequence[tuple[str | None, str | None]],
    versions: Callable[[str, str], tuple[Version, Version]],
) -> PopulationImpact:
    """Every case under both libraries. `pairs` are the regulations wanted. Raises Disagreement, Changed and Problems as
    `Run.over` does."""
    files = inputs(cases.paths)[0]
    done = [side.over(cases.paths, cases.on_portion) for side in (before, after)]
    with ExitStack() as stack:
        sides = [stack.enter_context(opened_whole(run, its)) for run, its in zip((before, after), done, strict=True)]
        old, new = sides
        _join(old, new, {name for pair in pairs for name in pair if name is not None})
        wanted = {place for side in sides for place in rejected_places(side)} | set(places(old, "joined WHERE differs"))
        texts = cases.texts_at(wanted, files)
        was = population(old.library, texts, before.options.regulation)
        known = was if before.options.regulation is None and after.options.regulation is None else None
        now = population(new.library, texts, after.options.regulation, known)
        found: list[tuple[tuple[Version, Version], Impact]] = []
        rejected = was.rejected, now.rejected
        for pair, count in _groups(old):
            ids = list(_differing(old, pair, was, now))
            members = _members(old, pair)
            for side in sides:
                _narrow(side, members)
            judged = (
                Judged({name: its.decided[name] for name in ids}, tuple(quotas(side)), refused)
                for side, its, refused in zip(sides, (was, now), rejected, strict=True)
            )
            both = versions(*pair)
            moves = impact(*both, *judged)
            named = tuple(
                replace(change, old=change.old and _named(old, change.old), new=change.new and _named(new, change.new))
                for change in moves.quotas
            )
            found.append((both, replace(moves, judged=count, matrix=_matrix(old, pair), quotas=named)))
            rejected = (), ()
        complete = [(mine, theirs) for mine, theirs in pairs if mine is not None and theirs is not None]
        if not found and complete:
            both = versions(*complete[0])
            found.append((both, impact(*both, *(Judged({}, (), refused) for refused in rejected))))
    return PopulationImpact(tuple(found), sum(portion.cases for portion in done[0]), len(texts))


# --- both sides, joined by case ---


def _join(old: Results, new: Results, regulations: set[str]) -> None:
    """Both sides into the table `joined` of the old one: the cases that one of the regulations judges."""
    mine, theirs = (parquet([_exported(side)]) for side in (old, new))
    names = ", ".join(map(text, sorted(regulations))) or "NULL"
    old.database.execute(
        "CREATE TEMP TABLE joined AS SELECT o.portion, o.line, case_id, o.regulation AS old_regulation,"
        " n.regulation AS new_regulation, o.outcome AS old, n.outcome AS new,"
        " o.outcome <> n.outcome OR o.findings <> n.findings OR o.required <> n.required AS differs"
        f" FROM {mine} o JOIN {theirs} n USING (case_id)"
        f" WHERE o.regulation IN ({names}) OR n.regulation IN ({names})"
    )


def _exported(side: Results) -> Path:
    path = side.run.folder / "side.parquet"
    side.database.execute(
        f"COPY (SELECT portion, line, case_id, regulation, {OUTCOME} AS outcome, findings, required"
        f" FROM every_row) TO {text(str(path))} (FORMAT parquet)"
    )
    return path


def _groups(old: Results) -> list[tuple[Pair, int]]:
    """The pairs of regulations that cases are judged by, and how many cases each has, in the order of the cases."""
    return [
        ((mine, theirs), count)
        for mine, theirs, count, _ in old.database.query(
            f"SELECT old_regulation, new_regulation, count(*), min({ORDER}) AS first FROM joined"
            " GROUP BY ALL ORDER BY first"
        )
    ]


def _of(pair: Pair) -> str:
    return f"old_regulation = {text(pair[0])} AND new_regulation = {text(pair[1])}"


def _members(old: Results, pair: Pair) -> Path:
    path = old.run.folder / "members.parquet"
    old.database.execute(f"COPY (SELECT case_id FROM joined WHERE {_of(pair)}) TO {text(str(path))} (FORMAT parquet)")
    return path


def _matrix(old: Results, pair: Pair) -> Mapping[tuple[tuple[str, ...], tuple[str, ...]], int]:
    counts = old.database.query(f"SELECT old, new, count(*) FROM joined WHERE {_of(pair)} GROUP BY ALL")
    return {(tuple(mine.split(SEPARATOR)), tuple(theirs.split(SEPARATOR))): count for mine, theirs, count in counts}


def _differing(old: Results, pair: Pair, was: Population, now: Population) -> Iterator[str]:
    """The cases of a pair that differ; raises Disagreement if durable-rules does not confirm the outcome of one."""
    differing = f"SELECT case_id, old, new FROM joined WHERE differs AND {_of(pair)} ORDER BY {ORDER}"
    for case_id, *outcomes in old.database.query(differing):
        for sql, side in zip(outcomes, (was, now), strict=True):
            decided = side.decided.get(case_id)
            if decided is None:
                raise Disagreement(case_id, ("the case", "accepted", "refused"))
            possible = SEPARATOR.join(outcome_of(decided.decision))
            if possible != sql:
                raise Disagreement(case_id, ("possible", sql, possible))
        yield case_id


# --- quotas over some of the cases ---


def _narrow(side: Results, members: Path) -> None:
    """From here on `rows` are those of these cases."""
    look_at(side, f"SELECT * FROM every_row SEMI JOIN {parquet([members])} USING (case_id)")
    find_doubled(side)


def _named(side: Results, cohort: QuotaResult) -> QuotaResult:
    """The same with the cases that hold the grade, and those that are not settled, by id."""
    regulation = side.library.regulations[cohort.regulation]
    quota = next(quota for quota in regulation.quotas if quota.name == cohort.quota.name)
    reliefs = asked_reliefs(quota)
    columns = ["case_id", '"like subject"', "kind", "period_kind", "as_of", "possible", "decided", "proposed"]
    columns += member_columns(reliefs)
    within = [f"{cohort_column(name, 'like ')} = ?" for name, _ in cohort.cohort]
    rows = side.database.query(
        f'SELECT {", ".join(columns)} FROM rows WHERE regulation = ? AND graded AND "like period" = ?'
        f" AND {' AND '.join(within) or 'TRUE'} ORDER BY {ORDER}",
        [regulation.id, period_alike(cohort.period), *(alike(value) for _, value in cohort.cohort)],
    )
    members = [
        (subject,
         member_of(
             standing_from(tuple(possible.split(SEPARATOR)), decided, proposed), reliefs, asked, as_of, 1, (case_id,)
         ))
        for case_id, subject, kind, period_kind, as_of, possible, decided, proposed, *asked in rows
        if concerns(quota.applies_to, regulation.kinds[kind]) and during(quota.periods, period_kind)
    ]  # fmt: skip
    counted = of_subjects(quota, members)
    choices = side.choices(regulation)
    return QuotaCohort(
        side.library.vocabulary, regulation, choices, quota, cohort.period, cohort.cohort, counted
    ).result()
