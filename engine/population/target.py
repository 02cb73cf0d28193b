"""Chunks of cases -> rows, by functions generated from the rules and, for the rows, DuckDB inside the process.

The target only ever accepts: what it does not take as it stands it names, to be judged one by one as a case file would
be. Cases with the same results share parts of their rows, so that little is written for each.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from engine.base.writing import write_over
from engine.core.judge.case import RECORDED_KEYS, SUBJECT_KEYS
from engine.core.judge.judge import Judge
from engine.core.policy.rules import Condition
from engine.load.cases.fast_values import Unusual
from engine.population.answers import Answered, Answers
from engine.population.failures import Stopped
from engine.population.forms import form, plain_form
from engine.population.groups import Shared
from engine.population.memos import Memo, Place
from engine.population.reader import Reader
from engine.population.row_parts import COVERED, FOUND, GIVEN, OUTCOME, Part
from engine.population.rows import Kind, Row, joined
from engine.population.sql import exactly, text
from engine.population.told import Told

ROWS_AT_ONCE = 500
LINES_AT_ONCE = 1_000
MOST_PARTS = 100_000
"""So many parts of rows are kept for the next chunks."""
BUFFER = 4_000_000
NOTHING = "\x01"
"""Stands in the file of rows for what is not stated. It is in no text of a case that is taken."""
TYPES = {"text": "VARCHAR", "boolean": "BOOLEAN", "day": "DATE", "list": "VARCHAR"}


def opened(memory: str, spill: Path, threads: int) -> Any:
    """A DuckDB of its own in this process, that keeps within some memory, spills to the disk, and fetches nothing."""
    import duckdb

    return duckdb.connect(
        config={
            "memory_limit": memory,
            "temp_directory": str(spill),
            "threads": threads,
            # What a query no longer needs is given back soon.
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
class KeptParts:
    """Parts of rows by what they depend on, each with its number, and those that the database has not yet."""

    table: str
    types: Sequence[str]
    make: Callable[[tuple[Any, ...]], Part]
    numbers: dict[tuple[Any, ...], tuple[int, Part]] = field(default_factory=dict)
    new: list[tuple[Any, ...]] = field(default_factory=list)

    def of(self, key: tuple[Any, ...]) -> tuple[int, Part]:
        """A part and its number."""
        known = self.numbers.get(key)
        if known is None:
            part = self.make(key)
            known = self.numbers[key] = len(self.numbers), part
            if not part.is_open:
                self.new.append((known[0], *part.columns))
        return known

    def begin(self, database: Any) -> None:
        """Empties the table in the database if it holds very many."""
        if len(self.numbers) >= MOST_PARTS or not self.numbers:
            columns = ", ".join(f"c{place} {kind}" for place, kind in enumerate(self.types))
            database.execute(f"CREATE OR REPLACE TEMP TABLE {self.table} ({columns})")
            self.numbers.clear()

    def add(self, database: Any) -> None:
        """Puts what is new into the table of the database."""
        insert(database, self.table, self.types, self.new)
        self.new.clear()


class Target:
    """Decides chunks of cases, one a line. Holds a DuckDB connection and a folder for its files: use in one thread at
    a time, and close."""

    def __init__(
        self, shared: Shared, folder: Path, memory: str = "512MB", stopped: Callable[[], bool] = lambda: False
    ) -> None:
        """Opens the database, and makes the folder unless it is there. `stopped` is asked now and then."""
        folder.mkdir(parents=True, exist_ok=True)
        self.shared, self.folder, self.stopped = shared, folder, stopped
        self.database = opened(memory, folder / "spill", 1)
        self.reader = Reader(shared.library, shared.regulation)
        self.answers = Answers(shared, self.reader, self.come)
        self.nearness = self.answers.nearness
        self.told = Told(shared.library, self.reader)
        self.new_classes: list[int] = []
        self.lines: list[bytes] = []
        self.assumed = Memo(lambda names: joined(sorted({name for some in names for name in some})))
        outcome = [*OUTCOME.values(), *("boolean" for _ in shared.between.reliefs)]
        self.parts = tuple(
            KeptParts(table, ["INTEGER", *(TYPES[kind] for kind in kinds)], make)
            for table, kinds, make in (
                ("outcomes", outcome, self._outcome), ("given", GIVEN.values(), self._given),
                ("found", FOUND.values(), self._found),
                ("covered", COVERED.values(), self._covered),
            )
        )  # fmt: skip
        attributes = [*SUBJECT_KEYS, *self.reader.decoder.relations]
        self.relations = [attributes.index(name) for name in shared.between.relations]
        self.first_relation = min([len(SUBJECT_KEYS), *self.relations])

    def close(self) -> None:
        """Closes the database."""
        self.database.close()

    # --- a chunk ---

    def decide(self, content: bytes) -> list[int]:
        """Decides the cases of a chunk, into the table `decided`. Gives the numbers of the lines, from 1 on, that it
        does not take as they stand. Raises Stopped."""
        self.new_classes, self.nearness.found = [], {}
        self.lines = content.removesuffix(b"\n").split(b"\n")
        for parts in self.parts:
            parts.begin(self.database)
        rows: list[str] = []
        left: list[int] = []
        for number, line in enumerate(self.lines, 1):
            if number % LINES_AT_ONCE == 0 and self.stopped():
                raise Stopped
            try:
                rows.append(self.row(number, self.answers.answered(line)))
            except Unusual:
                left.append(number)
                if self.nearness.fresh:
                    self.nearness.refuse()
            else:
                if self.nearness.fresh:
                    self.nearness.take(number)
        self._load(rows)
        return left

    def results(self, numbers: Iterable[int]) -> dict[int, dict[str, bool | None]]:
        """What every rule came to for some of the cases decided last, by line and the rule's name."""
        results = {}
        for number in numbers:
            answer = self.answers.answered(self.lines[number - 1])
            results[number] = dict(zip(answer.members.judge.compiled.index, answer.statuses, strict=True))
        self.nearness.fresh.clear()
        return results

    @property
    def nearest(self) -> Mapping[Place, tuple[float, int]]:
        """For every constant that a number is compared with, the cases of the chunk that came nearer to it than all
        before: at it, below, above; how near, and the line."""
        return self.nearness.found

    def come(self, judge: Judge) -> Sequence[Condition | None]:
        """Further conditions that are asked of the cases of a judge: none."""
        return ()

    # --- a row ---

    def row(self, number: int, answer: Answered) -> str:
        """The line of a case in the file of rows: the numbers of its parts, and what it says by itself."""
        read, members = answer.read, answer.members
        decided_on = read.decided_on
        if decided_on is not None or read.given != (None, None, None):
            self.reader.check_given(read, members.judge.regulation.id)
        key = members, answer.ladder
        outcome, part = self.parts[0].of(key)
        if part.is_open:
            closed, is_new = self.answers.closed(answer)
            if is_new:
                self.new_classes.append(number)
            outcome, part = self.parts[0].of((*key, closed))
        reviewed = part.reviewed
        given, _ = self.parts[1].of((members, part.possible, part.open_still, read.given))
        found, of_found = self.parts[2].of((members, answer.triggers, reviewed))
        covered, of_covered = self.parts[3].of((members, answer.contents, reviewed, read.covered))
        assumed = part.assumed, of_found.assumed, of_covered.assumed
        period, day, *_ = read.header
        attributes = read.attributes
        cells = [
            str(number), str(outcome), str(given), str(found), str(covered), read.case_id, period, day,
            *attributes[1 : len(RECORDED_KEYS)], decided_on,
            self.assumed[assumed] if any(assumed) else "", self.told.of(answer),
            *self._related(attributes), *answer.asked,
        ]  # fmt: skip
        written = "\t".join([NOTHING if cell is None else cell for cell in cells])
        if written.count("\t") != len(cells) - 1 or "\n" in written:
            raise Unusual
        return written

    def _related(self, attributes: Sequence[Any]) -> list[str | None]:
        """The subjects that relations name, each relation as a JSON list."""
        if not any(attributes[self.first_relation :]):
            return [None] * len(self.relations)
        return [_ids(attributes[place]) for place in self.relations]

    def _outcome(self, key: tuple[Any, ...]) -> Part:
        members, ladder, *closed = key
        part: Part = members.parts.outcome(members.rules.statuses(ladder), *closed)
        return part

    def _given(self, key: tuple[Any, ...]) -> Part:
        members, possible, open_still, given = key
        part: Part = members.parts.given(possible, open_still, given)
        return part

    def _found(self, key: tuple[Any, ...]) -> Part:
        members, triggers, reviewed = key
        part: Part = members.parts.found(members.rules.statuses((), triggers), reviewed)
        return part

    def _covered(self, key: tuple[Any, ...]) -> Part:
        members, contents, reviewed, covered = key
        if covered is not None and len(set(covered)) < len(covered):
            raise Unusual
        part: Part = members.parts.covered(members.rules.statuses((), (), contents), reviewed, covered)
        return part

    def _load(self, rows: Sequence[str]) -> None:
        """The rows and the new parts into the database, as the table `decided`."""
        for parts in self.parts:
            parts.add(self.database)
        between = self.shared.between
        own: dict[str, Kind] = {
            "case_id": "text", "period": "text", "as_of": "day", "subject": "text", "unit": "text", "cohort": "text",
            "decided_on": "day", "assumed": "list", "told": "list",
            **{name: kind for name, kind in between.columns.items()
               if name.startswith(("to ", "fact ", "missing "))},
        }  # fmt: skip
        columns = {"n": "BIGINT", "outcome": "INTEGER", "given": "INTEGER", "found": "INTEGER", "covered": "INTEGER"}
        columns |= {name: TYPES[kind] for name, kind in own.items()}
        reliefs = [f"relief {name}" for name in between.reliefs]
        names = {name: f'r."{name}"' for name in own}
        for letter, of_part in (("o", [*OUTCOME, *reliefs]), ("g", GIVEN), ("f", FOUND), ("c", COVERED)):
            names |= {name: f"{letter}.c{place}" for place, name in enumerate(of_part, 1)}
        shown = ", ".join(f'{names[name]} AS "{name}"' for name in self.shared.columns)
        self.database.execute(
            f"CREATE OR REPLACE TEMP TABLE decided AS SELECT n, {shown} FROM {self.table_of(rows, columns)} r"
            " JOIN outcomes o ON r.outcome = o.c0 JOIN given g ON r.given = g.c0 JOIN found f ON r.found = f.c0"
            " JOIN covered c ON r.covered = c.c0"
        )

    def table_of(self, lines: Sequence[str], columns: Mapping[str, str]) -> str:
        """Lines of cells with tabs between them, as SQL that yields them as a table with these columns. The next table
        takes its place."""
        file = self.folder / "rows.tsv"
        write_over(file, "".join([f"{line}\n" for line in lines]).encode())
        return (
            f"read_csv({exactly(file)}, columns = {dict(columns)}, hive_partitioning = false, delim = '\t', quote = '',"
            f" escape = '', header = false, auto_detect = false, new_line = '\\n', nullstr = '{NOTHING}',"
            f" dateformat = '%Y-%m-%d', buffer_size = {BUFFER}, max_line_size = {BUFFER // 2})"
        )

    def add(self, rows: Mapping[int, Row]) -> None:
        """More rows, by line, into the table `decided`."""
        types = [TYPES[kind] for kind in self.shared.columns.values()]
        insert(self.database, "decided", ["BIGINT", *types], ([number, *row.values()] for number, row in rows.items()))

    def rows(self, numbers: Iterable[int]) -> dict[int, Row]:
        """Rows of the table `decided`, by line."""
        wanted = ", ".join(map(str, numbers)) or "NULL"
        columns = _plain_columns(self.shared.columns)
        rows = self.database.execute(f"SELECT n, {columns} FROM decided WHERE n IN ({wanted}) ORDER BY n").fetchall()
        return {number: dict(zip(self.shared.columns, values, strict=True)) for number, *values in rows}

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


def _ids(ids: str | Sequence[str] | None) -> str | None:
    """The subjects that a relation names, as a JSON list."""
    if ids is None:
        return None
    return json.dumps([ids] if isinstance(ids, str) else ids, ensure_ascii=False, separators=(",", ":"))


def lines_in(content: bytes) -> int:
    """How many lines a text holds, the last with or without its line end."""
    return content.count(b"\n") + (not content.endswith(b"\n"))


def _plain_columns(columns: Mapping[str, Kind]) -> str:
    return ", ".join(f'"{name}"::VARCHAR' if kind == "day" else f'"{name}"' for name, kind in columns.items())
