"""The decided portions of a run -> one view of rows in a database, without the cases whose id another case has.

The sums, the quotas, the links and the output are worked out from that view, by DuckDB or by Spark.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any, Protocol

from engine.base.diagnostics import Diagnostic, Location
from engine.base.likeness import alike
from engine.core.judge.case import Rejected
from engine.core.policy.live import Choices, chosen
from engine.core.policy.regulation import Library, Regulation
from engine.load.cases.reading import duplicate
from engine.population.failures import duckdb_refusals
from engine.population.portion_files import Done, rejected_of
from engine.population.rows import COLUMNS
from engine.population.run import Run
from engine.population.sql import parquet, text
from engine.population.target import insert, opened

ROWS_AT_ONCE = 10_000
CASES_AT_ONCE = 1_000_000
"""A query that takes memory for every case, such as one that compares ids, looks at so many cases at a time."""
ORDER = "portion * 1000000000::BIGINT + line"
"""SQL that gives the place of a case in the population, as one number."""
SUBJECT = '"like period", "like subject"'
TYPES = {"text": "VARCHAR", "boolean": "BOOLEAN", "day": "DATE", "list": "VARCHAR"}


class Database(Protocol):
    """What the sums ask of DuckDB and of Spark; all SQL is in DuckDB's dialect."""

    def execute(self, sql: str) -> None:
        """Run a statement."""

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, few of them in memory. No other query may run meanwhile."""

    def add_cases(self, table: str, cases: Sequence[Sequence[object]]) -> None:
        """A new table of cases: portion, line, id, and the form in which the id is compared."""


@dataclass(frozen=True)
class DuckDatabase:
    """A connection of DuckDB."""

    connection: Any

    def execute(self, sql: str) -> None:
        """Run a statement."""
        self.connection.execute(sql)

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        rows: list[tuple[Any, ...]] = self.connection.execute(sql, list(parameters)).fetchall()
        return rows

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, few of them in memory. No other query may run meanwhile."""
        cursor = self.connection.execute(sql)
        while batch := cursor.fetchmany(ROWS_AT_ONCE):
            yield from batch

    def add_cases(self, table: str, cases: Sequence[Sequence[object]]) -> None:
        """A new table of cases: portion, line, id, and the form in which the id is compared."""
        self.execute(f"CREATE TEMP TABLE {table} (portion INTEGER, line BIGINT, case_id VARCHAR, form VARCHAR)")
        insert(self.connection, table, ["INTEGER", "BIGINT", "VARCHAR", "VARCHAR"], cases)


@dataclass(frozen=True)
class Repeated:
    """The cases whose id an earlier case has: those that were judged, as (portion, line, reason); and, of those that
    were rejected for another reason already, what is to be added to it, by (portion, line)."""

    judged: Sequence[tuple[int, int, Rejected]] = ()
    rejected: Mapping[tuple[int, int], Diagnostic] = field(default_factory=dict)


@dataclass(frozen=True)
class Results:
    """The rows of a finished run: the view `rows` of the database has each judged case that repeats no id, and the
    table `doubled` the subjects that have several of them in one period."""

    run: Run
    portions: Mapping[int, Done]
    database: Database
    slices: int = 1
    """Into how many parts queries that take memory for every case are divided."""
    repeated: Repeated = Repeated()
    parts_in_order: bool = True
    """Whether the database reads the parts one after the other."""

    @property
    def library(self) -> Library:
        """The library by which the cases were judged."""
        return self.run.library

    @property
    def in_order(self) -> str:
        """SQL that puts the rows in the order of the population, if they are not so already."""
        # What a join leaves of rows in order need not come in order.
        return "" if self.parts_in_order and not self.repeated.judged else " ORDER BY portion, line"

    def choices(self, regulation: Regulation) -> Choices:
        """The interpretations of a regulation that the run was made under."""
        return chosen(regulation, self.run.options.switches)

    def at_work(self) -> list[Regulation]:
        """The regulations that judged a case."""
        names = {name for (name,) in self.database.query("SELECT DISTINCT regulation FROM rows")}
        return [regulation for regulation in self.library.regulations.values() if regulation.id in names]

    def sliced(self, column: str) -> Iterator[str]:
        """SQL conditions that divide the cases: each case meets one, and equal values of the column meet the same."""
        for number in range(self.slices):
            yield f"hash({column}) % {self.slices} = {number}" if self.slices > 1 else "TRUE"

    def location(self, portion: int, line: int) -> Location:
        """The file and line of a case."""
        return Location(*self.portions[portion].place(line))

    def location_at(self, order: int) -> Location:
        """The same, from the number that ORDER gives."""
        return self.location(*divmod(order, 1_000_000_000))

    def has_doubled(self) -> bool:
        """Whether a subject has several cases in one period."""
        return self.database.query("SELECT count(*) FROM doubled") != [(0,)]

    def rows(self) -> Iterator[dict[str, Any]]:
        """All rows, in order, few of them in memory. No other query may run meanwhile."""
        columns = ", ".join(f'"{name}"' for name in COLUMNS)
        for row in self.database.stream(f"SELECT {columns} FROM rows{self.in_order}"):
            yield dict(zip(COLUMNS, row, strict=True))

    def rejected(self) -> Iterator[Rejected]:
        """Every case that could not be judged, in order; first the files that could not be read."""
        yield from self.run.missing
        repeated: dict[int, list[tuple[int, Rejected]]] = {}
        for number, line, case in self.repeated.judged:
            repeated.setdefault(number, []).append((line, case))
        for number, portion in self.portions.items():
            cases = repeated.get(number, [])
            for kept in self.run.files.rejected_cases(number) if portion.rejected else ():
                case = rejected_of(kept)
                more = self.repeated.rejected.get((number, kept["line"]))
                if more is not None:
                    case = replace(case, diagnostics=(*case.diagnostics, more))
                cases.append((kept["line"], case))
            for _, case in sorted(cases, key=lambda item: item[0]):
                yield case


@contextmanager
def opened_results(run: Run, done: Sequence[Done], memory: str = "1GB") -> Iterator[Results]:
    """The results of a finished run, in a DuckDB that keeps within so much memory (`1GB`). Raises Problems if memory or
    the disk is full."""
    with duckdb_refusals():
        connection = opened(memory, run.folder / "spill", run.threads)
        try:
            columns = {"portion": "INTEGER", "line": "BIGINT"}
            columns |= {name: TYPES[kind] for name, kind in run.shared.kept.items()}
            empty = run.folder / "empty.parquet"
            nothing = ", ".join(f'NULL::{kind} AS "{name}"' for name, kind in columns.items())
            connection.execute(f"COPY (SELECT {nothing} WHERE FALSE) TO {text(str(empty))} (FORMAT parquet)")
            # Of a single file DuckDB knows which columns have no nulls, and writes them in fewer bytes.
            parts = [*(run.files.part(portion.number) for portion in done), empty]
            connection.execute(f"CREATE TEMP VIEW parts AS FROM {parquet(parts)}")
            slices = ceil(sum(portion.cases for portion in done) / CASES_AT_ONCE) or 1
            yield complete(Results(run, by_number(done), DuckDatabase(connection), slices))
        finally:
            connection.close()


def by_number(done: Sequence[Done]) -> dict[int, Done]:
    """The portions of a run by their numbers."""
    return {portion.number: portion for portion in done}


def complete(results: Results) -> Results:
    """The same with the view `rows`, made of the view `parts`, which has those that repeat an id as well."""
    database = results.database
    results = replace(results, repeated=_repeated(results))
    rows = "FROM parts"
    if results.repeated.judged:
        database.add_cases(
            "repeated", [[portion, line, case.case_id, None] for portion, line, case in results.repeated.judged]
        )
        rows = "SELECT * FROM parts ANTI JOIN repeated USING (portion, line)"
    database.execute(f"CREATE TEMP VIEW rows AS {rows}")
    find_doubled(results)
    return results


def _repeated(results: Results) -> Repeated:
    """The cases whose id an earlier case has, whether that one was judged or not."""
    database = results.database
    rejected = [
        [number, kept["line"], kept["case_id"], alike(kept["case_id"])]
        for number, portion in results.portions.items()
        if portion.rejected
        for kept in results.run.files.rejected_cases(number)
        if kept["case_id"] is not None
    ]
    database.add_cases("refused", rejected)
    cases = (
        'SELECT portion, line, case_id, "like case_id" AS form, TRUE AS judged FROM parts'
        " UNION ALL SELECT portion, line, case_id, form, FALSE FROM refused"
    )
    for number, within in enumerate(results.sliced("form")):
        twice = f"SELECT form FROM ({cases}) WHERE {within} GROUP BY form HAVING count(*) > 1"
        database.execute(f"INSERT INTO twice {twice}" if number else f"CREATE TEMP TABLE twice AS {twice}")
    if database.query("SELECT count(*) FROM twice") == [(0,)]:
        return Repeated()
    first: dict[str, tuple[str, Location]] = {}
    judged_too: list[tuple[int, int, Rejected]] = []
    rejected_too: dict[tuple[int, int], Diagnostic] = {}
    for portion, line, case_id, form, judged in database.query(
        f"SELECT portion, line, case_id, form, judged FROM ({cases}) SEMI JOIN twice USING (form)"
        " ORDER BY portion, line"
    ):
        location = results.location(portion, line)
        if form not in first:
            first[form] = case_id, location
            continue
        problem = duplicate(case_id, location, *first[form])
        if judged:
            name = f"{location.file}:{location.line}"
            judged_too.append((portion, line, Rejected(name, case_id, (problem,))))
        else:
            rejected_too[portion, line] = problem
    return Repeated(judged_too, rejected_too)


def find_doubled(results: Results) -> None:
    """The table `doubled`, from the view `rows`: the subjects with several cases in one period, how many these are, and
    the place of the first."""
    cases = f'SELECT {SUBJECT}, count(*) AS many, min({ORDER}) AS first FROM rows WHERE "like subject" IS NOT NULL'
    for number, within in enumerate(results.sliced('"like subject"')):
        doubled = f"{cases} AND {within} GROUP BY {SUBJECT} HAVING count(*) > 1"
        into = "INSERT INTO doubled" if number else "CREATE OR REPLACE TEMP TABLE doubled AS"
        results.database.execute(f"{into} {doubled}")
