"""Chunks of cases -> rows, by the SQL target on DuckDB inside the process.

It only ever accepts: what it does not take as it stands it names, to be judged one by one as a case file would be.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import inf
from pathlib import Path
from typing import Any

from engine.base.writing import write_over
from engine.population.conditions import NotInSqlError, evidence_name, exactly, name, text
from engine.population.escapes import without_escapes
from engine.population.forms import form, plain_form
from engine.population.groups import GroupKey, Shared
from engine.population.layout import HEADER, layout_of
from engine.population.odd import LONGEST_CASE
from engine.population.query import GroupQuery
from engine.population.reader import Reading
from engine.population.rows import Kind, Row

ROWS_AT_ONCE = 500
BUFFER = 4_000_000
"""Bytes that DuckDB reads at once. A longer line than half of it cannot be read; cases are far shorter."""
NEVER = "\x01"
"""Stands nowhere in a JSON text: what DuckDB takes for the mark between the cells of a line, which is one cell."""


def opened(memory: str, spill: Path, threads: int) -> Any:
    """A DuckDB of its own in this process, that keeps within some memory, spills to the disk, and fetches nothing."""
    import duckdb

    return duckdb.connect(
        config={
            "memory_limit": memory,
            "temp_directory": str(spill),
            "threads": threads,
            # What a query no longer needs is given back soon, for the next thread to use.
            "allocator_flush_threshold": "8MB",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )


def insert(database: Any, table: str, types: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Plain rows into a table whose columns are of these types. With many at once DuckDB runs out of memory."""
    columns = ", ".join(f"(c->>{place})::{kind}" for place, kind in enumerate(types))
    rest = iter(rows)
    while some := list(islice(rest, ROWS_AT_ONCE)):
        database.execute(
            f"INSERT INTO {table} SELECT {columns} FROM (SELECT unnest(from_json(?, '[\"JSON\"]')) AS c)",
            [json.dumps(some, ensure_ascii=False)],
        )


@dataclass
class SqlTarget:
    """Decides chunks of cases, one a line. Holds a DuckDB connection and a folder for its files: use in one thread at
    a time, and close."""

    shared: Shared
    folder: Path
    memory: str = "512MB"
    threads: int = 1

    def __post_init__(self) -> None:
        """Opens the database, and makes the folder unless it is there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.database = opened(self.memory, self.folder / "spill", self.threads)
        self.library, self.judges = self.shared.library, self.shared.judges
        self.layout = HEADER

    def close(self) -> None:
        """Closes the database."""
        self.database.close()

    def interrupt(self) -> None:
        """Ends the query at work, from another thread."""
        self.database.interrupt()

    # --- a chunk ---

    def read(self, content: bytes) -> None:
        """A chunk into the table `typed`. What would stop DuckDB is kept from it by an empty case."""
        content = without_escapes(content)
        self.layout = self.layout.joined(layout_of(_sample(content), self.library))
        self.reading = Reading(self.layout, self.library, self.shared.regulation)
        import duckdb

        # A blank before the end of a line; any other carriage return is for `_harmless`.
        content = content.replace(b"\r\n", b" \n") if b"\r" in content else content
        try:
            if b"\r" in content:
                raise duckdb.InvalidInputException
            self._load(content)
            (loaded,) = self.database.execute("SELECT count(*) FROM typed").fetchone()
            if loaded == lines_in(content):
                return
        except duckdb.Error:
            pass
        self._load(_harmless(content))

    def decide(self, content: bytes) -> list[int]:
        """Decides the cases of a chunk, into the table `decided`. Gives the numbers of the lines, from 1 on, that it
        does not take as they stand."""
        self.read(content)
        self._decide()
        left = self.database.execute("SELECT n FROM typed WHERE n NOT IN (SELECT n FROM decided) ORDER BY n").fetchall()
        return [number for (number,) in left]

    def add(self, rows: Mapping[int, Row]) -> None:
        """More rows, by line, into the table `decided`."""
        types = [_TYPES[kind] for kind in self.shared.columns.values()]
        insert(self.database, "decided", ["BIGINT", *types], ([number, *row.values()] for number, row in rows.items()))

    def rows(self, numbers: Iterable[int]) -> dict[int, Row]:
        """Rows of the table `decided`, by line."""
        wanted = ", ".join(map(str, numbers)) or "NULL"
        columns = _plain_columns(self.shared.columns)
        rows = self.database.execute(f"SELECT n, {columns} FROM decided WHERE n IN ({wanted}) ORDER BY n").fetchall()
        return {number: dict(zip(self.shared.columns, values, strict=True)) for number, *values in rows}

    def results(self, numbers: Iterable[int]) -> dict[int, dict[str, bool | None]]:
        """What every rule came to for some of the cases decided last, by line and the rule's name."""
        wanted = ", ".join(map(str, numbers)) or "NULL"
        results_of = {}
        for query in self.queries:
            names = [compiled.rule.name for compiled in query.judge.compiled.rules]
            for number, *results in self.database.execute(query.statuses_sql(f"n IN ({wanted})")).fetchall():
                results_of[number] = dict(zip(names, results, strict=True))
        return results_of

    def nearest(self, known: Mapping[tuple[object, ...], float]) -> dict[tuple[object, ...], tuple[float, int]]:
        """For every constant that a number is compared with, the cases of the chunk nearest to it: at it, below, above;
        how near, and the line. Where it is known how near others came, and none can come nearer, nothing."""
        nearest: dict[tuple[object, ...], tuple[float, int]] = {}
        facts = self.library.vocabulary.facts
        for query in self.queries:
            places = [
                (fact, constant, side) for fact, constant, side in query.places()
                if known.get((query.within, fact, constant, side), inf)
                > (facts[fact].form == "integer" and side != "at")
            ]  # fmt: skip
            if places:
                for *place, distance, number in self.database.execute(query.nearest_sql(places)).fetchall():
                    nearest[(query.within, *place)] = (distance, number)
        return nearest

    def write(self, path: Path, portion: int) -> None:
        """The table `decided`, in the order of its lines, with the number of the portion, and each text that is
        compared from case to case in its form for that."""
        columns, joins = [], []
        odd = self._forms()
        for place, (column, like) in enumerate(self.shared.compared.items()):
            form = f'd."{column}"'
            if column in odd:
                form = f"coalesce(l{place}.form, {form})"
                of = f'l{place}.of = {text(column)} AND l{place}.written = d."{column}"'
                joins.append(f"LEFT JOIN forms l{place} ON {of}")
            # Ids of signs that nobody sees are alike too; anything else that has no form is not there.
            columns.append(f'{form} AS "{like}"' if column == "case_id" else f"nullif({form}, '') AS \"{like}\"")
        self.database.execute(
            f"COPY (SELECT {portion}::INTEGER AS portion, d.n AS line, d.* EXCLUDE (n), {', '.join(columns)}"
            f" FROM decided d {' '.join(joins)} ORDER BY d.n)"
            f" TO {text(str(path))} (FORMAT parquet, COMPRESSION snappy, USE_TMP_FILE false)"
        )

    def _forms(self) -> set[str]:
        """The columns of `decided` in which some text is not its own form; these texts, into the table `forms`."""
        unlike = ", ".join(
            f'list(DISTINCT "{column}") FILTER (WHERE NOT regexp_full_match("{column}", {text(plain_form(column))}))'
            for column in self.shared.compared
        )
        lists = self.database.execute(f"SELECT {unlike} FROM decided").fetchone()
        forms = [
            [column, written, alike]
            for column, texts in zip(self.shared.compared, lists, strict=True)
            for written in texts or ()
            if (alike := form(column, written)) != written
        ]
        self.database.execute("CREATE OR REPLACE TEMP TABLE forms (of VARCHAR, written VARCHAR, form VARCHAR)")
        insert(self.database, "forms", ["VARCHAR"] * 3, forms)
        return {column for column, _, _ in forms}

    def _load(self, content: bytes) -> None:
        file = self.folder / "chunk.ndjson"
        write_over(file, content)
        self.database.execute(
            "CREATE OR REPLACE TEMP TABLE typed AS WITH found AS ("
            f"SELECT n, l, {self.layout.pieces} FROM ("
            f"SELECT row_number() OVER () AS n, l FROM read_csv({exactly(file)}, columns = {{'l': 'VARCHAR'}},"
            " hive_partitioning = false,"
            f" delim = '{NEVER}', quote = '', escape = '', header = false, auto_detect = false, new_line = '\\n',"
            f" buffer_size = {BUFFER}, max_line_size = {BUFFER // 2})))"
            f" {self.reading.sql()}"
        )
        self.database.execute(f"CREATE OR REPLACE TEMP TABLE covers AS {self.reading.covers()}")
        if self.database.execute("SELECT count(*) FROM covers WHERE strange").fetchone() != (0,):
            self.database.execute(
                "UPDATE typed SET odd = TRUE WHERE covered IN (SELECT covered FROM covers WHERE strange)"
            )

    def _decide(self) -> None:
        self.database.execute(
            "CREATE OR REPLACE TEMP TABLE decided (n BIGINT, "
            + ", ".join(f'"{name}" {_TYPES[kind]}' for name, kind in self.shared.columns.items())
            + ")"
        )
        self.queries: list[GroupQuery] = []
        self.new_classes: list[int] = []
        for key, query in self.groups():
            try:
                self._decide_group(key, query)
            except NotInSqlError:
                # Not by this target: its cases are left to be judged one by one.
                self.judges[key] = None
                self.queries.pop()

    def groups(self) -> Iterator[tuple[GroupKey, GroupQuery]]:
        """The groups that the cases read last fall into, and what decides them."""
        groups = self.database.execute(
            "SELECT regulation, kind, period_kind, as_of FROM typed WHERE NOT odd GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        wanted = [self.shared.key(self.library.regulations[name], *rest) for name, *rest in groups]
        for key in dict.fromkeys(wanted):
            judge = None if key is None else self.shared.judge(key)
            if key is not None and judge is not None:
                within, between = self.shared.within(key), self.shared.between
                yield key, GroupQuery(judge, self.reading.columns, within, between, self.reading.relations)

    def _decide_group(self, key: GroupKey, query: GroupQuery) -> None:
        self.queries.append(query)
        self.database.execute(f"INSERT INTO decided {self.rows_of(self.shared, key, query)}")

    def rows_of(self, shared: Shared, key: GroupKey, query: GroupQuery) -> str:
        """SQL that yields the rows of a group, over tables that the next group takes the place of."""
        self.database.execute(f"CREATE OR REPLACE TEMP TABLE results AS {query.results_sql()}")
        return query.rows_sql("results", self._close_open(shared, key, query))

    def _close_open(self, shared: Shared, key: GroupKey, query: GroupQuery) -> bool:
        """What is possible in truth for the cases of a group whose ladder rule results leave open, into the table
        `closed`; are there any?"""
        facts, evidence = sorted(query.columns.stated), sorted(query.columns.evidence)
        wanted = ", ".join([*map(name, facts), *map(evidence_name, evidence)])
        open_cases = self.database.execute(
            f"SELECT o.n, o.held, o.unknown, {wanted} FROM ({query.open_sql('results')}) o"
            " JOIN typed USING (n) ORDER BY n"
        ).fetchall()
        if not open_cases:
            return False
        rows: list[list[object]] = []
        for number, held, unknown, *values in open_cases:
            of_facts = dict(zip(facts, values, strict=False))
            of_evidence = dict(zip(evidence, values[len(facts) :], strict=True))
            closed, is_new = shared.close(key, query.judge, held, unknown, of_facts, of_evidence)
            if is_new:
                self.new_classes.append(number)
            bits = sum(1 << query.row.order.index(outcome) for outcome in closed.possible)
            rows.append([number, bits, closed.exact, closed.missing])
        self.database.execute(
            "CREATE OR REPLACE TEMP TABLE closed (n BIGINT, bits INTEGER, exact BOOLEAN, missing VARCHAR)"
        )
        insert(self.database, "closed", ["BIGINT", "INTEGER", "BOOLEAN", "VARCHAR"], rows)
        return True


_TYPES = {"text": "VARCHAR", "boolean": "BOOLEAN", "day": "DATE", "list": "VARCHAR"}


SAMPLE = 400
"""So many lines of a chunk, spread over it, are looked at for the keys that cases use."""


def _sample(content: bytes) -> list[object]:
    step = max(1, len(content) // SAMPLE)
    cases = []
    start = 0
    while start < len(content):
        begin = content.rfind(b"\n", 0, start + 1) + 1
        end = content.find(b"\n", begin)
        end = end if end >= 0 else len(content)
        # Each line once; one that is too long for SQL says nothing about those that SQL reads.
        start = max(start + step, end + 1)
        if end - begin > LONGEST_CASE:
            continue
        try:
            cases.append(json.loads(content[begin:end]))
        except (ValueError, RecursionError):
            continue
    return cases


def lines_in(content: bytes) -> int:
    """How many lines a text holds, the last with or without its line end."""
    return content.count(b"\n") + (not content.endswith(b"\n"))


def _harmless(content: bytes) -> bytes:
    """The same lines, an empty case in place of those that would stop DuckDB."""
    kept = []
    for line in content.removesuffix(b"\n").split(b"\n"):
        try:
            text = line.decode()
            fits = len(line) <= LONGEST_CASE and not any(letter in text for letter in ("\0", NEVER, "\r"))
        except UnicodeDecodeError:
            fits = False
        kept.append(line if fits else b"{}")
    return b"\n".join(kept)


def _plain_columns(columns: Mapping[str, Kind]) -> str:
    return ", ".join(f'"{name}"::VARCHAR' if kind == "day" else f'"{name}"' for name, kind in columns.items())
