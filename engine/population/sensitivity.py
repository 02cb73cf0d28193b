"""What the readings decide over a large population: as things are read and under each alternative by the target, in
one reading of the cases.

The answers are those of `study/sensitivity.py`. What the target does not take is judged case by case; so are some of
the cases that each alternative changes, and some by chance, to confirm what it says of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from sys import intern
from typing import Any

from engine.core.judge.case import Rejected
from engine.core.judge.cohorts import perhaps_ungraded
from engine.core.judge.decision import Decided
from engine.core.judge.record import QuotaResult
from engine.core.policy.live import Choices, chosen, exists
from engine.core.policy.regulation import Regulation
from engine.core.policy.rules import Link
from engine.population.cohorts import cohorts
from engine.population.failures import Disagreement
from engine.population.links import ALIKE, each_slice_of_pairs, pair_status
from engine.population.placed import Cases, look_at, opened_whole, places, rejected_places
from engine.population.portion_files import Done
from engine.population.portions import inputs
from engine.population.readings import ReadingTarget, asked_columns, change_columns, changes_file, reading_name
from engine.population.results import ORDER, DuckDatabase, Results
from engine.population.rows import SEPARATOR, joined
from engine.population.run import Run
from engine.population.sql import parquet, text
from engine.population.target import insert
from engine.study.reasoner import Reasoner
from engine.study.sensitivity import (
    CaseChange,
    Change,
    ChangedAcross,
    Changes,
    Key,
    Row,
    Sensitivity,
    changed_cohorts,
    cohort_key,
    is_wide,
    judged,
    link_key,
    rows_of,
    turned,
)

CONFIRMED = 20
"""Of the cases that an alternative changes, so many are judged case by case as well."""
BY_CHANCE = 200


@dataclass(frozen=True)
class PopulationSensitivity:
    """What the readings decide, how many cases there are, and how many were judged case by case."""

    sensitivity: Sensitivity
    cases: int
    one_by_one: int


def sensitivity(run: Run, cases: Cases) -> PopulationSensitivity:
    """As `study.sensitivity.sensitivity` over all cases. Raises Disagreement, Changed and Problems as `Run.over`
    does."""
    files = inputs(cases.paths)[0]
    read = run.options.switches
    run = replace(run, target=ReadingTarget)
    done = run.over(cases.paths, cases.on_portion)
    with _opened_changes(run, done) as population:
        results = population.results
        wanted = {*rejected_places(results), *places(results, "left_over"), *places(results, "to_confirm")}
        texts = cases.texts_at(wanted, files)
        rejected = population.take(judged(run.library, texts, run.options.regulation, read))
        names = {name for (name,) in results.database.query("SELECT DISTINCT regulation FROM every_row")}
        rows: list[Row] = []
        for regulation in run.library.regulations.values():
            if regulation.id in names:
                rows += rows_of(regulation, read, population.changes, _Across(results, regulation).changed)
        ((number,),) = results.database.query("SELECT count(*) FROM every_row")
    return PopulationSensitivity(
        Sensitivity(number, tuple(rows), tuple(rejected)), sum(portion.cases for portion in done), len(texts)
    )


@contextmanager
def _opened_changes(run: Run, done: Sequence[Done]) -> Iterator["_Changes"]:
    """The rows of a run, and in the view `changes` what each alternative changes for their cases.

    The view `left_over` has the cases that the target did not read in other ways, the table `to_confirm` those that are
    judged case by case as well."""
    with opened_whole(run, done) as results:
        columns = {"portion": "INTEGER"} | change_columns(run.shared)
        files = [changes_file(run.files.part(portion.number)) for portion in done]
        by_sql = f"FROM {parquet(files)}" if files else "FROM one_by_one"
        but = " ANTI JOIN repeated USING (portion, line)" if results.repeated.judged else ""
        more = " UNION ALL BY NAME FROM one_by_one" if files else ""
        case = "struct_pack(portion, line, case_id), hash(case_id)"
        named = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        for statement in (
            f"TABLE one_by_one ({named})",
            f"VIEW by_sql AS SELECT * {by_sql}{but}",
            "VIEW left_over AS SELECT portion, line, case_id FROM by_sql WHERE reading IS NULL",
            f"VIEW changes AS FROM by_sql WHERE reading IS NOT NULL{more}",
            f"TABLE to_confirm AS SELECT unnest(min_by({case}, {CONFIRMED}), recursive := true) FROM by_sql"
            " WHERE reading IS NOT NULL GROUP BY reading"
            f" UNION SELECT unnest(min_by({case}, {BY_CHANCE}), recursive := true) FROM every_row",
        ):
            results.database.execute(f"CREATE TEMP {statement}")
        yield _Changes(results)


@dataclass
class _Changes:
    """What each alternative changes for the cases of a population."""

    results: Results
    reasoners: dict[Key, Reasoner] = field(default_factory=dict)

    def take(self, cases: Iterable[Rejected | tuple[Decided, list[CaseChange]]]) -> list[Rejected]:
        """Adds what was left over, confirms the other cases, and gives those that could not be judged."""
        database = self.results.database
        assert isinstance(database, DuckDatabase)
        left = {case_id: (portion, line) for portion, line, case_id in database.query("FROM left_over")}
        awaited = {*left, *(case_id for (case_id,) in database.query("SELECT case_id FROM to_confirm"))}
        rejected: list[Rejected] = []
        more: list[list[Any]] = []
        confirmed: dict[str, dict[str, list[Any]]] = {}
        for case in cases:
            if isinstance(case, Rejected):
                rejected.append(case)
                continue
            decided, others = case
            case_id = decided.case.case_id
            awaited.discard(case_id)
            changes = {reading_name(other.key): self._plain(decided, other) for other in others}
            place = left.get(case_id)
            if place is None:
                confirmed[case_id] = changes
            else:
                more += [[*place, case_id, reading, *plain] for reading, plain in changes.items()]
        for case_id in sorted(awaited):
            raise Disagreement(case_id, ("the case", "accepted", "refused"))
        self._confirm(confirmed)
        types = ["INTEGER", *change_columns(self.results.run.shared).values()]
        insert(database.connection, "one_by_one", types, more)
        return rejected

    def _plain(self, decided: Decided, other: CaseChange) -> list[Any]:
        """What an alternative changes for a case, as a row of `changes`."""
        run = self.results.run
        regulation = run.library.regulations[decided.case.regulation]
        moved = other.now != other.then and other.key[0] == "interpretation"
        if moved and (decided.decision.grading is None or is_wide(regulation, other.then)):
            if other.key not in self.reasoners:
                read = {**run.options.switches, other.key[2]: other.key[3]}
                self.reasoners[other.key] = Reasoner(run.library, read)
            anew = self.reasoners[other.key].decide(decided.case)
            grading = anew.decision.grading
            again = [
                joined(grading.possible) if grading else "", grading is not None, perhaps_ungraded(anew),
                *(anew.results.get(name) for name in run.shared.between.reliefs),
            ]  # fmt: skip
        else:
            again = [joined(other.then), True, *(None for _ in asked_columns(run.shared))]
        return [joined(other.now), joined(other.then), other.duties, *again]

    def _confirm(self, cases: dict[str, dict[str, list[Any]]]) -> None:
        """Raises Disagreement if the target says something else of these cases."""
        database = self.results.database
        database.add_cases("confirmed", [[0, 0, case_id, None] for case_id in cases])
        by_sql: dict[str, dict[str, list[Any]]] = {case_id: {} for case_id in cases}
        asked = asked_columns(self.results.run.shared)
        columns = ", ".join(["case_id, reading, now, otherwise, duties, possible, graded", *asked])
        for case_id, reading, *plain in database.query(
            f"SELECT {columns} FROM by_sql SEMI JOIN confirmed USING (case_id) WHERE reading IS NOT NULL"
        ):
            by_sql[case_id][reading] = plain
        for case_id, expected in cases.items():
            for reading in {**expected, **by_sql[case_id]}:
                sql, engine = by_sql[case_id].get(reading), expected.get(reading)
                if sql != engine:
                    raise Disagreement(case_id, (reading, sql, engine))

    def changes(self, key: Key) -> Changes:
        """The cases that an alternative moves, and those whose duties it changes."""
        outcomes: dict[str, tuple[str, ...]] = {}
        changes = Changes()
        for case_id, now, otherwise, duties in self.results.database.query(
            f"SELECT case_id, now, otherwise, duties FROM changes WHERE reading = ? ORDER BY {ORDER}",
            [reading_name(key)],
        ):
            case = intern(case_id)
            if now != otherwise:
                for names in (now, otherwise):
                    outcomes.setdefault(names, tuple(names.split(SEPARATOR)))
                changes.moved.append(Change(case, outcomes[now], outcomes[otherwise]))
            if duties:
                changes.duties.append(case)
        return changes


@dataclass
class _Across:
    """The cohorts and links between the cases of one regulation."""

    results: Results
    regulation: Regulation
    before: list[QuotaResult] | None = None

    def changed(self, interpretation: str, option: str, changes: Changes) -> ChangedAcross:
        """What another option of an interpretation changes between the cases."""
        read = self.results.run.options.switches
        now = chosen(self.regulation, read)
        if self.before is None:
            self.before = self._quotas(now)
            self._find_links(now, "links_before")
        other = chosen(self.regulation, {**read, interpretation: option})
        if changes.moved:
            self._look_otherwise(("interpretation", self.regulation.id, interpretation, option))
        after = self._quotas(other)
        self._find_links(other, "links_after")
        several = {cohort_key(result): result.excess for result in after}
        differing = [old for old in self.before if several.get(cohort_key(old), old.excess) != old.excess]
        named_after = self._named(other, differing)
        look_at(self.results, "FROM every_row")
        differing_links = self.results.database.query(
            "(FROM links_before EXCEPT FROM links_after) UNION ALL (FROM links_after EXCEPT FROM links_before)"
        )
        return ChangedAcross(
            changed_cohorts(self.before, after),
            tuple(sorted({link_key(*link) for link in differing_links})),
            tuple(turned(self._named(now, differing), named_after)),
        )

    def _named(self, choices: Choices, wanted: Sequence[QuotaResult]) -> list[QuotaResult]:
        """These quotas over their cohorts as `rows` make them, with who holds the grade."""
        keys = {cohort_key(result) for result in wanted}
        names = {result.quota.name for result in wanted}
        return [
            cohort
            for quota in self.regulation.quotas
            if quota.name in names
            for cohort in cohorts(self.results, self.regulation, choices, quota, named=True)
            if cohort_key(cohort) in keys
        ]

    def _look_otherwise(self, key: Key) -> None:
        """From here on `rows` are as they would be under an alternative."""
        asked = asked_columns(self.results.run.shared)
        columns = ["possible", "graded", *asked[1:]]
        self.results.database.execute(
            f"CREATE OR REPLACE TEMP TABLE moved AS SELECT portion, line, {', '.join(columns)}, perhaps_ungraded"
            f" FROM changes WHERE reading = {text(reading_name(key))} AND now <> otherwise"
        )
        these = ", ".join(f"CASE WHEN m.line IS NULL THEN r.{name} ELSE m.{name} END AS {name}" for name in columns)
        # A case that was not decided anew for this stays as it is.
        these += ", coalesce(m.perhaps_ungraded, r.perhaps_ungraded) AS perhaps_ungraded"
        look_at(
            self.results,
            f"SELECT r.* REPLACE ({these}) FROM every_row r"
            " LEFT JOIN moved m ON r.portion = m.portion AND r.line = m.line",
        )

    def _quotas(self, choices: Choices) -> list[QuotaResult]:
        return [
            cohort
            for quota in self.regulation.quotas
            if exists(quota.under, choices)
            for cohort in cohorts(self.results, self.regulation, choices, quota)
        ]

    def _find_links(self, choices: Choices, table: str) -> None:
        """Every pair of cases that a link asks about, and its status, into a table."""
        self.results.database.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} (link VARCHAR, case_id VARCHAR, other VARCHAR, status VARCHAR)"
        )
        for link in self.regulation.links:
            if exists(link.under, choices):
                for _ in each_slice_of_pairs(self.results, self.regulation, link):
                    self._add_statuses(link, table)

    def _add_statuses(self, link: Link, table: str) -> None:
        database = self.results.database
        order = [grade.id for grade in self.regulation.grades]
        database.execute(
            "CREATE OR REPLACE TEMP TABLE sorts AS SELECT row_number() OVER () AS number, *"
            f" FROM (SELECT DISTINCT {', '.join(ALIKE)} FROM linked)"
        )
        statuses = [[0, number, pair_status(link, pair, order), None] for number, *pair in database.query("FROM sorts")]
        database.add_cases("statuses", statuses)
        same = " AND ".join(f"l.{name} IS NOT DISTINCT FROM s.{name}" for name in ALIKE)
        database.execute(
            # With several cases of the other subject, what it comes to if it is the same with all.
            f"INSERT INTO {table} SELECT {text(link.name)}, l.case_id, l.form,"
            " CASE WHEN min(t.case_id) = max(t.case_id) THEN min(t.case_id) ELSE 'unknown' END"
            f" FROM linked l JOIN sorts s ON {same} JOIN statuses t ON t.line = s.number GROUP BY l.case_id, l.form"
        )
        database.execute("DROP TABLE statuses")
