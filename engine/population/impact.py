"""Whom a change moves in a large population: both sides by the SQL target, case by case only where they differ.

The answers are those of `impact`. Counts come from the rows of both sides, joined by case; durable-rules gives reasons,
and so confirms the outcome of every case that is told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from engine.base.likeness import alike
from engine.core.judge.cohorts import of_subjects, quota_result, stands
from engine.core.judge.record import QuotaResult, outcome_of
from engine.core.policy.live import chosen, concerns, during
from engine.load.cases.periods import period_alike
from engine.population.conditions import parquet, text
from engine.population.placed import MEMORY, Documents, OnPortion, Placed, texts_at
from engine.population.portions import inputs
from engine.population.rows import SEPARATOR
from engine.population.run import Disagreement, Run
from engine.population.totals import ORDER, cohort_column, member_columns, member_of
from engine.versions.impact import Impact, Judged, Population, impact, population
from engine.versions.versions import Version

_OUTCOME = "CASE WHEN graded THEN possible WHEN subject_to_review = FALSE THEN 'not_reviewed' ELSE 'not_graded' END"


@dataclass(frozen=True)
class Told:
    """What came of it: the impact of each pair of regulations, how many cases each side has, and how many were decided
    case by case for their reasons."""

    impacts: tuple[tuple[tuple[Version, Version], Impact], ...]
    cases: int
    one_by_one: int


def impacts(
    before: Run,
    after: Run,
    paths: Sequence[str],
    documents: Documents,
    pairs: Sequence[tuple[str | None, str | None]],
    versions: Callable[[str, str], tuple[Version, Version]],
    on_portion: OnPortion,
) -> Told:
    """Every case at the paths under both libraries. `documents` yields the same cases as texts, in the same order;
    `pairs` are the regulations wanted; `on_portion` is as of `Run.over`. Raises Disagreement and Changed as
    `population` does."""
    files = inputs(paths)[0]
    done = [side.over(paths, on_portion) for side in (before, after)]
    with ExitStack() as stack:
        sides = [stack.enter_context(_Side(run, its, MEMORY)) for run, its in zip((before, after), done, strict=True)]
        old, new = sides
        old.join(new, {name for pair in pairs for name in pair if name is not None})
        places = {place for side in sides for place in side.rejected_places()} | set(old.places("joined WHERE differs"))
        texts = texts_at(places, documents, paths, files)
        was = population(old.library, texts, before.options.regulation)
        known = was if before.options.regulation is None and after.options.regulation is None else None
        now = population(new.library, texts, after.options.regulation, known)
        found: list[tuple[tuple[Version, Version], Impact]] = []
        rejected = was.rejected, now.rejected
        for old_id, new_id, count in old.groups():
            for side in sides:
                side.narrow(old.members(old_id, new_id))
            ids = list(old.differing(old_id, new_id, was, now))
            judged = (
                Judged({one: its.decided[one] for one in ids}, tuple(side.quotas()), refused)
                for side, its, refused in zip(sides, (was, now), rejected, strict=True)
            )
            both = versions(old_id, new_id)
            told = impact(*both, *judged)
            named = tuple(
                replace(one, old=one.old and old.named(one.old), new=one.new and new.named(one.new))
                for one in told.quotas
            )
            found.append((both, replace(told, judged=count, matrix=old.matrix(old_id, new_id), quotas=named)))
            rejected = (), ()
        whole = [(one, other) for one, other in pairs if one is not None and other is not None]
        if not found and whole:
            both = versions(*whole[0])
            found.append((both, impact(*both, *(Judged({}, (), refused) for refused in rejected))))
    return Told(tuple(found), sum(one.cases for one in done[0]), len(texts))


class _Side(Placed):
    """The rows of one side; the old side holds the two joined as well, in the table `joined`."""

    def _exported(self) -> Path:
        path = self.run.folder / "side.parquet"
        self.query(
            f"COPY (SELECT portion, line, case_id, regulation, {_OUTCOME} AS outcome, findings, required"
            f" FROM every_row) TO {text(str(path))} (FORMAT parquet)"
        )
        return path

    def join(self, other: "_Side", wanted: set[str]) -> None:
        mine, theirs = (parquet([side._exported()]) for side in (self, other))
        names = ", ".join(map(text, sorted(wanted))) or "NULL"
        self.database.execute(
            "CREATE TEMP TABLE joined AS SELECT o.portion, o.line, case_id, o.regulation AS old_regulation,"
            " n.regulation AS new_regulation, o.outcome AS old, n.outcome AS new,"
            " o.outcome <> n.outcome OR o.findings <> n.findings OR o.required <> n.required AS differs"
            f" FROM {mine} o JOIN {theirs} n USING (case_id)"
            f" WHERE o.regulation IN ({names}) OR n.regulation IN ({names})"
        )

    def groups(self) -> list[tuple[str, str, int]]:
        """The pairs of regulations that cases are judged by, and how many cases each has, in the order of the cases."""
        return [
            (old, new, count)
            for old, new, count, _ in self.query(
                f"SELECT old_regulation, new_regulation, count(*), min({ORDER}) AS first FROM joined"
                " GROUP BY ALL ORDER BY first"
            )
        ]

    def members(self, old: str, new: str) -> Path:
        path = self.run.folder / "members.parquet"
        self.query(f"COPY (SELECT case_id FROM joined WHERE {_pair(old, new)}) TO {text(str(path))} (FORMAT parquet)")
        return path

    def matrix(self, old: str, new: str) -> Mapping[tuple[tuple[str, ...], tuple[str, ...]], int]:
        found = self.query(f"SELECT old, new, count(*) FROM joined WHERE {_pair(old, new)} GROUP BY ALL")
        return {(tuple(mine.split(SEPARATOR)), tuple(theirs.split(SEPARATOR))): count for mine, theirs, count in found}

    def differing(self, old: str, new: str, was: Population, now: Population) -> Iterator[str]:
        """The cases of a pair that differ, each with the outcomes of both sides as durable-rules confirms them."""
        differing = f"SELECT case_id, old, new FROM joined WHERE differs AND {_pair(old, new)} ORDER BY {ORDER}"
        for case_id, *outcomes in self.query(differing):
            for sql, side in zip(outcomes, (was, now), strict=True):
                one = side.decided.get(case_id)
                if one is None:
                    raise Disagreement(case_id, ("the case", "accepted", "refused"))
                possible = SEPARATOR.join(outcome_of(one.decision))
                if possible != sql:
                    raise Disagreement(case_id, ("possible", sql, possible))
            yield case_id

    # --- quotas over some of the cases ---

    def narrow(self, members: Path) -> None:
        """From here on `rows` are those of these cases."""
        self.look_at(f"SELECT * FROM every_row SEMI JOIN {parquet([members])} USING (case_id)")

    def named(self, one: QuotaResult) -> QuotaResult:
        """The same with the cases that hold the grade, and those that are not settled, by id."""
        regulation = self.library.regulations[one.regulation]
        quota = next(each for each in regulation.quotas if each.name == one.quota)
        reliefs = [each.rule.name for each in quota.relief if each.rule.condition is not None]
        columns = ["case_id", '"like subject"', "kind", "period_kind", "as_of", "possible", "decided", "proposed"]
        columns += member_columns(reliefs)
        within = [f"{cohort_column(name, 'like ')} = ?" for name, _ in one.cohort]
        found = self.query(
            f'SELECT {", ".join(columns)} FROM rows WHERE regulation = ? AND graded AND "like period" = ?'
            f" AND {' AND '.join(within) or 'TRUE'} ORDER BY {ORDER}",
            [regulation.id, period_alike(one.period), *(alike(value) for _, value in one.cohort)],
        )
        members = [
            (subject,
             member_of(stands(possible.split(SEPARATOR), decided, proposed), reliefs, asked, as_of, 1, (case_id,)))
            for case_id, subject, kind, period_kind, as_of, possible, decided, proposed, *asked in found
            if concerns(quota.applies_to, regulation.kinds[kind]) and during(quota.periods, period_kind)
        ]  # fmt: skip
        choices = chosen(regulation, self.run.options.switches)
        counted = of_subjects(quota, members)
        return quota_result(self.library.vocabulary, regulation, choices, quota, one.period, one.cohort, counted)


def _pair(old: str, new: str) -> str:
    return f"old_regulation = {text(old)} AND new_regulation = {text(new)}"
