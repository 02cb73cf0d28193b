"""What the readings decide over a large population: as things are read and under each alternative by the SQL target, in
one reading of the cases.

The answers are those of `sensitivity`. What SQL does not take is judged case by case; so are some of the cases that
each alternative changes, and some by chance, to confirm what SQL says of them.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from sys import intern
from typing import Any, Self

from engine.core.judge.case import Rejected
from engine.core.judge.cohorts import perhaps_ungraded, stands
from engine.core.judge.decision import Decided
from engine.core.judge.judge import Judge
from engine.core.judge.links import link_status
from engine.core.judge.record import QuotaResult
from engine.core.policy.live import Choices, chosen, exists
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.rules import Link
from engine.population.alternatives import ReadingQuery
from engine.population.conditions import NotInSql, parquet, text
from engine.population.placed import MEMORY, Documents, OnPortion, Placed, texts_at
from engine.population.portions import inputs
from engine.population.query import GroupQuery
from engine.population.rows import SEPARATOR, joined
from engine.population.run import Disagreement, Run, part_name
from engine.population.target import Shared, SqlTarget, insert
from engine.population.totals import ORDER
from engine.study.alternatives import Alternative, alternatives, assumed_rules
from engine.study.reasoner import Reasoner
from engine.study.sensitivity import (
    Change,
    Changes,
    Key,
    Otherwise,
    Row,
    Sensitivity,
    asks_of_cases,
    changed_cohorts,
    is_wide,
    judged,
    key_of,
    link_key,
    rows_of,
)

CONFIRMED = 20
"""Of the cases that an alternative changes, so many are judged case by case as well."""
BY_CHANCE = 200
CHANGE = {
    "portion": "INTEGER",
    "line": "BIGINT",
    "case_id": "VARCHAR",
    "reading": "VARCHAR",
    "now": "VARCHAR",
    "otherwise": "VARCHAR",
    "duties": "BOOLEAN",
    "possible": "VARCHAR",
    "graded": "BOOLEAN",
}
"""What an alternative changes for a case: what is possible rule by rule, whether duties of the review change, and what
cohorts then count."""
ALIKE = (
    "possible", "decided", "proposed", "decided_on", "their_possible", "their_decided", "their_proposed", "their_day",
    "their_graded", "there",
)  # fmt: skip
"""What the status of a link between two cases depends on."""


@dataclass(frozen=True)
class Told:
    """What came of it, how many cases there are, and how many were judged case by case."""

    sensitivity: Sensitivity
    cases: int
    one_by_one: int


def sensitivity(run: Run, paths: Sequence[str], documents: Documents, on_portion: OnPortion) -> Told:
    """As `sensitivity.sensitivity` over all cases at the paths. `documents` yields the same cases as texts, in the same
    order; `on_portion` is as of `Run.over`. Raises Disagreement and Changed as `population` does."""
    files = inputs(paths)[0]
    read = run.options.switches
    asked = replace(run, target=partial(_Target, readings=_Readings(run.library, read)))
    done = asked.over(paths, on_portion)
    with _Found(asked, done, MEMORY) as found:
        places = {*found.rejected_places(), *found.places("left_over"), *found.places("to_confirm")}
        texts = texts_at(places, documents, paths, files)
        rejected = found.take(judged(run.library, texts, run.options.regulation, read))
        at_work = {name for (name,) in found.query("SELECT DISTINCT regulation FROM every_row")}
        rows: list[Row] = []
        for regulation in run.library.regulations.values():
            if regulation.id in at_work:
                rows += rows_of(regulation, read, found.changes, partial(found.across, regulation))
        ((number,),) = found.query("SELECT count(*) FROM every_row")
    return Told(Sensitivity(number, tuple(rows), tuple(rejected)), sum(one.cases for one in done), len(texts))


# --- a portion ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Readings:
    """What the targets of several threads have in common: the alternatives of each group, and the compilations under
    each other option."""

    library: Library
    read: Choices
    of: dict[int, tuple[Alternative, ...]] = field(default_factory=dict)
    under: dict[tuple[str, str], Shared] = field(default_factory=dict)

    def alternatives(self, by: Judge) -> tuple[Alternative, ...]:
        if id(by) not in self.of:
            self.of[id(by)] = (*alternatives(by), *assumed_rules(by))
        return self.of[id(by)]

    def shared(self, interpretation: str, option: str, regulation: str | None) -> Shared:
        made = Shared(self.library, regulation, {**self.read, interpretation: option})
        return self.under.setdefault((interpretation, option), made)


@dataclass
class _Target(SqlTarget):
    """Decides chunks of cases, and finds what each alternative changes for them."""

    readings: _Readings = field(kw_only=True)

    def decide(self, content: bytes) -> list[int]:
        left = super().decide(content)
        for table, columns in (
            ("changed", ["n BIGINT, case_id VARCHAR, reading VARCHAR, now VARCHAR, otherwise VARCHAR",
                         "duties BOOLEAN, again BOOLEAN"]),
            ("again", ["n BIGINT, reading VARCHAR, possible VARCHAR, graded BOOLEAN",
                       *(f"{one} BOOLEAN" for one in _asked(self.shared))]),
            ("taken", ["n BIGINT"]),
        ):  # fmt: skip
            self.database.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({', '.join(columns)})")
        for query in self.queries:
            self.database.execute(
                f"CREATE OR REPLACE TEMP TABLE members AS SELECT n FROM typed WHERE ({query.within})"
                " AND n IN (SELECT n FROM decided)"
            )
            try:
                self._read_otherwise(query)
            except NotInSql:
                # Its cases are left to be judged case by case.
                for table in ("changed", "again"):
                    self.database.execute(f"DELETE FROM {table} WHERE n IN (FROM members)")
            else:
                self.database.execute("INSERT INTO taken FROM members")
        return left

    def write(self, path: Path, portion: int) -> None:
        """The cases of the portion as ever; beside them what was found, and which cases are left over."""
        super().write(path, portion)
        # `path` is where the rows lie until they are whole.
        target = changes_beside(path.with_name(part_name(portion)))
        part = target.with_name(f"{target.name}.partial")
        asked = [f"a.{one}" for one in _asked(self.shared)]
        columns = [
            "c.n AS line, case_id, c.reading, now, otherwise, duties",
            "CASE WHEN again THEN a.possible ELSE otherwise END AS possible",
            "CASE WHEN again THEN a.graded ELSE TRUE END AS graded",
            *asked,
        ]
        self.database.execute(
            f"COPY (SELECT {portion}::INTEGER AS portion, * FROM ("
            f"SELECT {', '.join(columns)} FROM changed c LEFT JOIN again a ON c.n = a.n AND c.reading = a.reading"
            " UNION ALL BY NAME SELECT n AS line, case_id FROM decided WHERE n NOT IN (FROM taken)))"
            f" TO {text(str(part))} (FORMAT parquet, COMPRESSION snappy)"
        )
        part.replace(target)

    def _read_otherwise(self, query: GroupQuery) -> None:
        """Adds what each alternative changes for the cases of a group, the table `members`. Raises NotInSql."""
        others = self.readings.alternatives(query.by)
        asked = ReadingQuery(query.by, query.columns, others)
        self.database.execute(f"CREATE OR REPLACE TEMP TABLE read AS {asked.results_sql('members')}")
        for what in others:
            reading = text(_name(key_of(query.by.regulation, what)))
            wide = (
                "TRUE" if asks_of_cases(query.by.regulation) else "now < 0 OR otherwise < 0 OR bit_count(otherwise) > 1"
            )
            again = "FALSE" if what.interpretation is None else f"now <> otherwise AND ({wide})"
            self.database.execute(
                f"INSERT INTO changed SELECT n, case_id, {reading}, {asked.names('now')}, {asked.names('otherwise')},"
                f" duties, {again} FROM ({asked.changed_sql('read', what)})"
            )
            if what.interpretation is not None and what.option is not None:
                those = f"SELECT n FROM changed WHERE reading = {reading} AND again AND n IN (FROM members)"
                if self.database.execute(f"SELECT count(*) FROM ({those})").fetchone() != (0,):
                    self._decide_again(query, what.interpretation, what.option, reading, those)

    def _decide_again(self, query: GroupQuery, interpretation: str, option: str, reading: str, those: str) -> None:
        """The rows of some cases of a group under another option, so far as cohorts look at them."""
        shared = self.readings.shared(interpretation, option, self.shared.regulation)
        compiled = query.by.compiled
        key = (compiled.regulation, compiled.kind, compiled.day, compiled.period)
        by = shared.judge(key)
        if by is None:
            raise NotInSql(interpretation)
        # The classes met here are none that the referee of the run looks at.
        met = list(self.new_classes)
        rows = self.rows_of(shared, key, replace(query, by=by, within=f"({query.within}) AND n IN ({those})"))
        self.new_classes = met
        columns = ", ".join(["n", reading, "possible", "graded", *_asked(self.shared)])
        named = ", ".join(["n", *(f'"{name}"' for name in shared.columns)])
        self.database.execute(f"INSERT INTO again SELECT {columns} FROM ({rows}) AS r({named})")


def changes_beside(part: Path) -> Path:
    """Where it stands what each alternative changes for the cases of a portion."""
    return part.with_name(f"changes-{part.name}")


def _asked(shared: Shared) -> list[str]:
    """The columns, all of them boolean, that cohorts look at besides the outcome."""
    return ["perhaps_ungraded", *(f'"relief {name}"' for name in shared.between.reliefs)]


def _name(key: Key) -> str:
    return json.dumps(key, ensure_ascii=False)


# --- the whole population -------------------------------------------------------------------------------------------


class _Found(Placed):
    """The rows of a run, and in the view `changes` what each alternative changes for their cases."""

    def __enter__(self) -> Self:
        super().__enter__()
        self.asked = _asked(self.run.shared)
        self.reasoners: dict[Key, Reasoner] = {}
        self.before: dict[str, list[QuotaResult]] = {}
        self.columns = CHANGE | dict.fromkeys(self.asked, "BOOLEAN")
        columns = ", ".join(f"{name} {kind}" for name, kind in self.columns.items())
        self.database.execute(f"CREATE TEMP TABLE one_by_one ({columns})")
        files = [changes_beside(self.run.part(one.number)) for one in self.done]
        by_sql = f"FROM {parquet(files)}" if files else "FROM one_by_one"
        but = " ANTI JOIN repeated USING (portion, line)" if self.repeated else ""
        self.database.execute(f"CREATE TEMP VIEW by_sql AS SELECT * {by_sql}{but}")
        self.database.execute(
            "CREATE TEMP VIEW left_over AS SELECT portion, line, case_id FROM by_sql WHERE reading IS NULL"
        )
        more = " UNION ALL BY NAME FROM one_by_one" if files else ""
        self.database.execute(f"CREATE TEMP VIEW changes AS FROM by_sql WHERE reading IS NOT NULL{more}")
        self._choose()
        return self

    def _choose(self) -> None:
        """The table `to_confirm`: the cases that are judged case by case as well."""
        one = "struct_pack(portion, line, case_id), hash(case_id)"
        self.database.execute(
            f"CREATE TEMP TABLE to_confirm AS SELECT unnest(min_by({one}, {CONFIRMED}), recursive := true) FROM by_sql"
            f" WHERE reading IS NOT NULL GROUP BY reading"
            f" UNION SELECT unnest(min_by({one}, {BY_CHANCE}), recursive := true) FROM every_row"
        )

    # --- case by case ---

    def take(self, cases: Iterable[Rejected | tuple[Decided, list[Otherwise]]]) -> list[Rejected]:
        """Adds what was left over, confirms the other cases, and gives those that could not be judged."""
        left = {case_id: (portion, line) for portion, line, case_id in self.query("FROM left_over")}
        awaited = {*left, *(case_id for (case_id,) in self.query("SELECT case_id FROM to_confirm"))}
        rejected: list[Rejected] = []
        more: list[list[Any]] = []
        confirmed: dict[str, dict[str, list[Any]]] = {}
        for one in cases:
            if isinstance(one, Rejected):
                rejected.append(one)
                continue
            case, others = one
            awaited.discard(case.case.case_id)
            found = {_name(other.key): self._plain(case, other) for other in others}
            place = left.get(case.case.case_id)
            if place is None:
                confirmed[case.case.case_id] = found
            else:
                more += [[*place, case.case.case_id, reading, *plain] for reading, plain in found.items()]
        for case_id in sorted(awaited):
            raise Disagreement(case_id, ("the case", "accepted", "refused"))
        self._confirm(confirmed)
        insert(self.database, "one_by_one", list(self.columns.values()), more)
        return rejected

    def _plain(self, case: Decided, other: Otherwise) -> list[Any]:
        """What an alternative changes for a case, as a row of `changes`."""
        again: list[Any] = [joined(other.otherwise), True, *(None for _ in self.asked)]
        regulation = self.library.regulations[case.case.regulation]
        moved = other.now != other.otherwise and other.key[0] == "interpretation"
        if moved and (case.decision.grading is None or is_wide(regulation, other.otherwise)):
            if other.key not in self.reasoners:
                read = {**self.run.options.switches, other.key[2]: other.key[3]}
                self.reasoners[other.key] = Reasoner(self.library, read)
            one = self.reasoners[other.key].decide(case.case)
            grading = one.decision.grading
            again = [
                joined(grading.possible) if grading else "", grading is not None, perhaps_ungraded(one.decision),
                *(one.results.get(name) for name in self.run.shared.between.reliefs),
            ]  # fmt: skip
        return [joined(other.now), joined(other.otherwise), other.duties, *again]

    def _confirm(self, cases: dict[str, dict[str, list[Any]]]) -> None:
        """Raises Disagreement where SQL says something else of these cases."""
        self._table("confirmed", [[0, 0, one] for one in cases])
        found: dict[str, dict[str, list[Any]]] = {one: {} for one in cases}
        columns = ", ".join(["case_id, reading, now, otherwise, duties, possible, graded", *self.asked])
        for case_id, reading, *plain in self.query(
            f"SELECT {columns} FROM by_sql SEMI JOIN confirmed USING (case_id) WHERE reading IS NOT NULL"
        ):
            found[case_id][reading] = plain
        for case_id, expected in cases.items():
            for reading in {**expected, **found[case_id]}:
                sql, one = found[case_id].get(reading), expected.get(reading)
                if sql != one:
                    raise Disagreement(case_id, (reading, sql, one))

    # --- what each alternative changes ---

    def changes(self, key: Key) -> Changes:
        said: dict[str, tuple[str, ...]] = {}
        changes = Changes()
        for case_id, now, otherwise, duties in self.query(
            f"SELECT case_id, now, otherwise, duties FROM changes WHERE reading = ? ORDER BY {ORDER}", [_name(key)]
        ):
            case = intern(case_id)
            if now != otherwise:
                before, after = (said.setdefault(each, tuple(each.split(SEPARATOR))) for each in (now, otherwise))
                changes.moved.append(Change(case, before, after))
            if duties:
                changes.duties.append(case)
        return changes

    def across(
        self, regulation: Regulation, interpretation: str, option: str, changes: Changes
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The cohorts and links that another option changes."""
        read = self.run.options.switches
        now = chosen(regulation, read)
        if regulation.id not in self.before:
            self.before = {regulation.id: self._quotas_of(regulation, now)}
            self._links_of(regulation, now, "links_before")
        other = chosen(regulation, {**read, interpretation: option})
        if changes.moved:
            self._look_otherwise(("interpretation", regulation.id, interpretation, option))
        after = self._quotas_of(regulation, other)
        self._links_of(regulation, other, "links_after")
        self.look_at("FROM every_row")
        differing = self.query(
            "(FROM links_before EXCEPT FROM links_after) UNION ALL (FROM links_after EXCEPT FROM links_before)"
        )
        return changed_cohorts(self.before[regulation.id], after), tuple(sorted({link_key(*one) for one in differing}))

    def _look_otherwise(self, key: Key) -> None:
        """From here on `rows` are as they would be under an alternative."""
        columns = ["possible", "graded", *self.asked[1:]]
        self.database.execute(
            f"CREATE OR REPLACE TEMP TABLE moved AS SELECT portion, line, {', '.join(columns)}, perhaps_ungraded"
            f" FROM changes WHERE reading = ? AND now <> otherwise",
            [_name(key)],
        )
        these = ", ".join(f"CASE WHEN m.line IS NULL THEN r.{one} ELSE m.{one} END AS {one}" for one in columns)
        # A case that was not decided anew for this stays as it is.
        these += ", coalesce(m.perhaps_ungraded, r.perhaps_ungraded) AS perhaps_ungraded"
        self.look_at(
            f"SELECT r.* REPLACE ({these}) FROM every_row r"
            " LEFT JOIN moved m ON r.portion = m.portion AND r.line = m.line"
        )

    def _quotas_of(self, regulation: Regulation, choices: Choices) -> list[QuotaResult]:
        return [
            one
            for quota in regulation.quotas
            if exists(quota.under, choices)
            for one in self.cohorts(regulation, choices, quota)
        ]

    def _links_of(self, regulation: Regulation, choices: Choices, table: str) -> None:
        """Every pair of cases that a link is asked of, and its status."""
        self.database.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} (link VARCHAR, case_id VARCHAR, other VARCHAR, status VARCHAR)"
        )
        for link in regulation.links:
            if exists(link.under, choices):
                for there, here in zip(self._sliced("form"), self._sliced('"like subject"'), strict=True):
                    self.database.execute(
                        f"CREATE OR REPLACE TEMP TABLE linked AS {self._pairs(regulation, link, there, here)}"
                    )
                    self._statuses(regulation, link, table)

    def _statuses(self, regulation: Regulation, link: Link, table: str) -> None:
        order = [grade.id for grade in regulation.grades]
        self.database.execute(
            "CREATE OR REPLACE TEMP TABLE sorts AS SELECT row_number() OVER () AS number, *"
            f" FROM (SELECT DISTINCT {', '.join(ALIKE)} FROM linked)"
        )
        statuses = []
        for number, *mine_and_theirs, graded, there in self.query("FROM sorts"):
            mine, theirs = mine_and_theirs[:4], mine_and_theirs[4:]
            status = "unknown"
            if there:
                other = stands(theirs[0].split(SEPARATOR), theirs[1], theirs[2]) if graded else frozenset()
                one = stands(mine[0].split(SEPARATOR), mine[1], mine[2])
                status = link_status(link, one, mine[3], other, theirs[3], order)
            statuses.append([0, number, status])
        self._table("statuses", statuses)
        same = " AND ".join(f"l.{one} IS NOT DISTINCT FROM s.{one}" for one in ALIKE)
        self.database.execute(
            # With several cases of the other subject, what it comes to if it is the same with all.
            f"INSERT INTO {table} SELECT {text(link.name)}, l.case_id, l.form,"
            " CASE WHEN min(t.case_id) = max(t.case_id) THEN min(t.case_id) ELSE 'unknown' END"
            f" FROM linked l JOIN sorts s ON {same} JOIN statuses t ON t.line = s.number GROUP BY l.case_id, l.form"
        )
        self.database.execute("DROP TABLE statuses")
