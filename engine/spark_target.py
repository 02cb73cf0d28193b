"""A population on Spark: the SQL target's queries over partitions of cases, for what is too much for one machine.

Executors read cases into typed columns, Spark runs the SQL, cohorts come together by its shuffle, and durable-rules
judges on executors what SQL does not take and what the referee asks for. Spark divides the work, sends it and does it
again where an executor dies; what a portion is here is a block of a file as Spark reads it.
"""

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from engine.columns import Columns, NotInSql, contradictions, evidence_name, name
from engine.diagnostics import Problems
from engine.layouts import relation_name
from engine.model import Fact
from engine.population import Changed, Disagreement, Done, Run
from engine.portions import LINES, Input, Portion, inputs, unreadable
from engine.queries import GroupQuery
from engine.records import Rejected
from engine.rows import COLUMNS
from engine.sources import read_blocks
from engine.spark_cases import (
    ASIDE,
    EMPTY,
    TYPED,
    UNREADABLE,
    Work,
    closed_rows,
    differences,
    judged_rows,
    plain_row,
    typed_rows,
)  # fmt: skip
from engine.spark_sql import SparkDatabase, in_spark
from engine.sql_target import GroupKey
from engine.totals import SHOWN_AS, Results

PORTION_LINES = 1_000_000_000
"""More than a block has lines; a case's number is that of its portion, times this, and its line."""
SPARK_TYPES = {"text": "STRING", "boolean": "BOOLEAN", "day": "DATE", "list": "STRING"}
HEADER = (
    "case_id STRING, regulation STRING, period STRING, period_kind STRING, as_of DATE, kind STRING, id STRING,"
    " unit STRING, cohort STRING, covered STRING, self STRING, proposed STRING, decided STRING, decided_on DATE"
)


def spark_session(threads: int, memory: str) -> Any:
    """The Spark session of a program that was submitted to a cluster, or one on this machine's cores."""
    import os
    import sys

    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("xeploai").config("spark.sql.ansi.enabled", "true")
    if not {"PYSPARK_GATEWAY_PORT", "PYSPARK_SUBMIT_ARGS"} & os.environ.keys():
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        # A task is tried four times, as on a cluster.
        builder = builder.master(f"local[{threads},4]")
        for key, value in {
            "spark.driver.memory": _heap(memory),
            "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false", "spark.log.level": "ERROR", "spark.sql.shuffle.partitions": str(threads),
        }.items():  # fmt: skip
            builder = builder.config(key, value)
    return builder.getOrCreate()


@dataclass
class SparkRun(Run):
    """One run over a population by a Spark session. What it sets aside is kept in `folder` until the run ends; a run
    that was broken off starts over."""

    session: Any = None
    held: list[Any] = field(default_factory=list)

    def over(
        self, paths: Sequence[str], on_portion: Callable[[Done, int], None] = lambda done, size: None
    ) -> list[Done]:
        """Decides every case at the paths, which may be URIs that Spark reads; the view `parts` has the rows."""
        files, missing = inputs([path for path in paths if "://" not in path])
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        lines, singles = [], []
        for one in files:
            if Path(one.path).suffix not in LINES:
                singles.append(one.path)
            elif isinstance(found := _openable(one.path), Rejected):
                missing.append(found)
            else:
                lines.append(one.path)
        self.size = sum(one.size for one in files)
        order = {one.path: place for place, one in enumerate(files)}
        source, names = self._source(lines, singles, [path for path in paths if "://" in path], order)
        source.createOrReplaceTempView("source")
        self._read(names)
        missing += [unreadable(self.places[portion].file) for portion in self._count(order)]
        self._decide()
        done = self._settle()
        for one in files:
            if not Path(one.path).exists() or Input.of(Path(one.path)) != one:
                raise Changed(one.path)
        self.missing = tuple(missing)
        for each in done:
            on_portion(each, 0)
        return done

    def close(self) -> None:
        for frame in self.held:
            frame.unpersist()

    # --- reading ---

    def _source(
        self, lines: Sequence[str], singles: Sequence[str], remote: Sequence[str], order: dict[str, int]
    ) -> tuple[Any, dict[str, str]]:
        """(value, file, start, source): lines as bytes, or files by their name alone. And how files are to be named,
        by the name that Spark gives them."""
        parts, names = [], {}
        if lines or remote:
            found = self.session.read.option("lineSep", "\n").text(
                [*(f"file://{_plain_pattern(str(Path(path).resolve()))}" for path in lines), *remote]
            )
            local = {str(Path(path).resolve()): path for path in lines}
            for uri in sorted(map(_plain_uri, found.inputFiles())):
                names[uri] = local.get(uri.removeprefix("file://"), uri)
                order.setdefault(names[uri], len(order))
            parts.append(
                found.selectExpr(
                    "CAST(value AS BINARY) AS value", "_metadata.file_path AS file",
                    "_metadata.file_block_start AS start",
                )
            )  # fmt: skip
        if singles or not parts:
            named = self.session.createDataFrame([(path,) for path in singles], "file STRING")
            parts.append(named.selectExpr("CAST(NULL AS BINARY) AS value", "file", "0L AS start"))
        whole = parts[0] if len(parts) == 1 else parts[0].unionAll(parts[1])
        return whole.selectExpr("*", "monotonically_increasing_id() AS source"), names

    def _read(self, names: dict[str, str]) -> None:
        facts = self.library.vocabulary.facts
        relations = dict.fromkeys(one.id for each in self.library.regulations.values() for one in each.relations)
        self.work = Work(
            self.library, self.options.regulation, self.options.switches, uuid4().hex, tuple(sorted(facts)),
            tuple(sorted(facts)), tuple(relations),
        )  # fmt: skip
        self.told = self.session.sparkContext.broadcast(self.work)
        self.columns = Columns(self.library.vocabulary, set(facts), set(facts))
        schema = ", ".join([
            "file STRING, start LONG, k LONG, source LONG, state STRING", HEADER,
            *(f"{_quoted(name(one))} {_type(facts[one])}" for one in self.work.facts),
            *(f"{_quoted(evidence_name(one))} BOOLEAN" for one in self.work.evidence),
            *(f"{_quoted(relation_name(one))} STRING" for one in self.work.relations),
        ])  # fmt: skip
        source = self.session.table("source").rdd
        self.partitions = max(1, source.getNumPartitions())
        rows = source.mapPartitions(partial(typed_rows, self.told))
        self._view("read", self.session.createDataFrame(rows, schema, verifySchema=False))
        odd = " OR ".join(["FALSE", *contradictions(self.columns)])
        self._query("found", f"SELECT *, coalesce({odd}, FALSE) AS odd FROM read")
        self._kept(self.session.table("found"))
        self.names = names

    def _count(self, order: dict[str, int]) -> list[int]:
        """The blocks that cases come from, as `places`, and the cases of each. Gives the files that cannot be read."""
        counted = self.session.sql(
            f"SELECT file, start, max(k), count_if(state = '{EMPTY}'), count_if(state = '{UNREADABLE}') FROM found"
            " GROUP BY file, start"
        ).collect()
        blocks = sorted(
            ((order[shown := self._shown(file)], start, shown, file, last, empty, lost)
             for file, start, last, empty, lost in counted)
        )  # fmt: skip
        self.places: dict[int, Portion] = {}
        self.lines: dict[int, tuple[int, int]] = {}
        unread, first, before = [], 1, ""
        for portion, (_, _, shown, file, last, empty, lost) in enumerate(blocks):
            first = first if shown == before else 1
            single = _plain_uri(file) not in self.names
            self.places[portion] = Portion(portion, b"", shown, first, ((shown, 1),) if single else ())
            self.lines[portion] = 0 if lost else last, empty
            first, before = first + last, shown
            unread += [portion] if lost else []
        numbered = [(block[3], block[1], portion) for portion, block in enumerate(blocks)]
        self._view("blocks", self.session.createDataFrame(numbered, "file STRING, start LONG, portion LONG"))
        self.told_places = self.session.sparkContext.broadcast(self.places)
        self._view(
            "located",
            self.session.sql(
                f"SELECT /*+ BROADCAST(blocks) */ *, portion * {PORTION_LINES} + k AS n FROM found"
                " JOIN blocks USING (file, start)"
            ),
        )
        self._query("typed", f"SELECT * FROM located WHERE state = '{TYPED}'")
        return unread

    def _shown(self, file: str) -> str:
        return self.names.get(_plain_uri(file), file)

    # --- deciding ---

    def _decide(self) -> None:
        groups = self.session.sql(
            "SELECT DISTINCT regulation, kind, period_kind, as_of FROM typed WHERE NOT odd ORDER BY ALL"
        ).collect()
        keys: dict[GroupKey, None] = {}
        for regulation, kind, period, day in groups:
            key = self.shared.key(self.library.regulations[regulation], kind, period, day)
            if key is not None:
                keys[key] = None
        self.queries: dict[GroupKey, GroupQuery] = {}
        opened = []
        for key in keys:
            by = self.shared.judge(key)
            if by is None:
                continue
            query = GroupQuery(by, self.columns, self.shared.within(key), self.shared.between, self.work.relations)
            place = len(self.queries)
            try:
                self._query(f"results_{place}", query.results_sql())
                # Else Spark writes out what a result is wherever one is asked for.
                self._kept(self.session.table(f"results_{place}"))
                opened.append(f"SELECT {place} AS g, * FROM ({query.open_sql(f'results_{place}')}) AS o{place}")
            except NotInSql:
                # Not by this target: its cases are left to be judged one by one.
                continue
            self.queries[key] = query
        self._close_open(opened)
        decided = [
            self.session.sql(in_spark(query.rows_sql(f"results_{place}", closed=True)))
            for place, query in enumerate(self.queries.values())
        ]
        whole = self._nothing()
        for frame in decided:
            whole = whole.unionAll(frame)
        self._stored("by_sql", whole.coalesce(self.partitions))

    def _close_open(self, opened: Sequence[str]) -> None:
        """The table `closed`. Cases of one class come together, so that each class is worked out about once."""
        schema = "n LONG, bits INTEGER, exact BOOLEAN, missing STRING, is_new BOOLEAN"
        if not opened:
            self._view("closed", self.session.createDataFrame([], schema))
            return
        wanted = ", ".join([*map(name, self.work.facts), *map(evidence_name, self.work.evidence)])
        found = self.session.sql(
            in_spark(
                f"SELECT o.g, o.n, o.held, o.unknown, {wanted} FROM ({' UNION ALL '.join(opened)}) AS o"
                " JOIN typed USING (n)"
            )
        ).repartition("g", "held", "unknown")
        rows = found.rdd.mapPartitions(partial(closed_rows, self.told, tuple(self.queries)))
        self._view("closed", self._kept(self.session.createDataFrame(rows, schema, verifySchema=False)))

    def _settle(self) -> list[Done]:
        """What SQL left, judged one by one; the referee; and the view `parts` with the rows of both."""
        left = self.session.sql(
            "SELECT n, portion, k, s.value FROM located LEFT ANTI JOIN by_sql USING (n) JOIN source s USING (source)"
            f" WHERE state IN ('{TYPED}', '{ASIDE}')"
        )
        rows = left.rdd.mapPartitions(partial(judged_rows, self.told, self.told_places))
        schema = f"n LONG, rejected STRING, {self._row_schema()}"
        self._stored("single", self.session.createDataFrame(rows, schema, verifySchema=False))
        self._ask_the_referee()
        shown = ", ".join(f"`{one}`" for one in self.shared.columns)
        self.session.sql(
            f"SELECT CAST(n DIV {PORTION_LINES} AS INT) AS portion, n % {PORTION_LINES} AS line, {shown} FROM"
            f" (SELECT n, {shown} FROM by_sql UNION ALL SELECT n, {shown} FROM single WHERE rejected IS NULL)"
        ).createOrReplaceTempView("parts")
        counted = {
            portion: (one_by_one, rejected)
            for portion, one_by_one, rejected in self.session.sql(
                f"SELECT n DIV {PORTION_LINES}, count_if(rejected IS NULL), count(rejected) FROM single GROUP BY 1"
            ).collect()
        }
        self._keep_rejected()
        done = []
        for portion, place in self.places.items():
            lines, empty = self.lines[portion]
            one_by_one, rejected = counted.get(portion, (0, 0))
            cases = lines - empty
            done.append(
                Done(
                    portion, "", place.file, place.first, place.places, cases, cases - rejected, one_by_one, rejected
                )
            )  # fmt: skip
        return done

    def _keep_rejected(self) -> None:
        """The rejected cases of each portion into its file."""
        found = self.session.sql(
            f"SELECT n DIV {PORTION_LINES}, rejected FROM single WHERE rejected IS NOT NULL ORDER BY n"
        )
        for portion, cases in groupby(found.toLocalIterator(), lambda row: row[0]):
            kept = f"[{', '.join(case for _, case in cases)}]"
            self.rejected(portion).write_text(kept, encoding="utf-8")

    # --- the referee ---

    def _ask_the_referee(self) -> None:
        """Raises Disagreement where durable-rules decides one of some cases otherwise: some by chance, of each class of
        incomplete cases the first, and those nearest to each number that rules compare with."""
        wanted = self.options.referee
        if not wanted or not self.queries:
            return
        started = monotonic()
        new = [n for (n,) in self.session.sql(f"SELECT n FROM closed WHERE is_new ORDER BY n LIMIT {wanted}").collect()]
        chosen = {n for (n,) in self.session.sql(
            f"SELECT n FROM by_sql ORDER BY xxhash64(case_id, n), n LIMIT {wanted}"
        ).collect()}.union(new, *map(self._nearest, self.queries.values()))  # fmt: skip
        which = f"n IN ({', '.join(map(str, sorted(chosen)))})"
        shown = ", ".join(f"`{one}`" for one in self.shared.columns)
        rows = {n: plain_row(self.shared.columns, values) for n, *values in self.session.sql(
            f"SELECT n, {shown} FROM by_sql WHERE {which}").collect()}  # fmt: skip
        results: dict[int, dict[str, bool | None]] = {}
        for place, query in enumerate(self.queries.values()):
            rules = query.by.compiled.rules
            names = [one.rule.name for one in rules]
            always = [one.condition is None for one in rules]
            statuses = ", ".join(["n", *("TRUE" if one else f"s{number}" for number, one in enumerate(always))])
            for n, *found in self.session.sql(f"SELECT {statuses} FROM results_{place} WHERE {which}").collect():
                results[n] = dict(zip(names, found, strict=True))
        asked = self.session.sql(
            f"SELECT portion, k, s.value, n FROM located JOIN source s USING (source) WHERE {which} ORDER BY n"
        ).collect()
        cases = [
            (portion, line, content, rows[n], results[n]) for portion, line, content, n in asked if n in rows
        ]  # fmt: skip
        context = self.session.sparkContext
        spread = context.parallelize(cases, max(1, min(len(cases) // 50, context.defaultParallelism)))
        wrong = spread.mapPartitions(partial(differences, self.told, self.told_places)).take(1)
        if wrong:
            where, what, sql, engine = wrong[0]
            raise Disagreement(where, (what, sql, engine))
        self.refereed["cases"], self.refereed["class"] = len(cases), len(new)
        self.refereed_seconds = monotonic() - started

    def _nearest(self, query: GroupQuery) -> list[int]:
        places = list(query.places())
        if not places:
            return []
        (picked,) = self.session.sql(in_spark(query.nearest_sql(places))).collect()
        return [n for n in picked[1::2] if n is not None]

    # --- tables ---

    def _view(self, view: str, frame: Any) -> None:
        frame.createOrReplaceTempView(view)

    def _query(self, view: str, sql: str) -> None:
        self._view(view, self.session.sql(in_spark(sql)))

    def _stored(self, view: str, frame: Any) -> None:
        """Worked out once, into files of the run's folder: a plan that reads them is short, however long theirs was."""
        place = f"file://{self.folder.resolve()}/{view}"
        frame.write.parquet(place)
        self._view(view, self.session.read.parquet(place))

    def _kept(self, frame: Any) -> Any:
        """Worked out once; beyond memory, on the executors' disks."""
        from pyspark import StorageLevel

        self.held.append(frame.persist(StorageLevel.MEMORY_AND_DISK))
        return frame

    def _row_schema(self) -> str:
        return ", ".join(f"`{one}` {SPARK_TYPES[kind]}" for one, kind in self.shared.columns.items())

    def _nothing(self) -> Any:
        return self.session.createDataFrame([], f"n LONG, {self._row_schema()}")


@dataclass
class SparkResults(Results):
    """The rows of a finished run on Spark: the same sums by the same SQL, the output one file a partition."""

    def __enter__(self) -> "SparkResults":
        assert isinstance(self.run, SparkRun)
        self.session = self.run.session
        self.database: Any = SparkDatabase(self.session)
        self.library = self.run.library
        # Spark's own shuffle shares the cases out.
        self.slices = 1
        self._leave_out_repeated()
        return self

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self.database.execute(sql, parameters).fetchall()  # type: ignore[no-any-return]

    def _table(self, name: str, cases: Sequence[Sequence[object]]) -> None:
        schema = "portion INT, line LONG, case_id STRING"
        self.session.createDataFrame([tuple(one) for one in cases], schema).createOrReplaceTempView(name)

    def write(self, path: Path, form: str) -> None:
        """All rows, in order, to a folder of files, one a partition."""
        partial_path = path.with_name(f".{path.name}.partial")
        columns = ", ".join(SHOWN_AS[form](name, kind) for name, kind in COLUMNS.items())
        found = self.session.sql(in_spark(f"SELECT {columns} FROM rows ORDER BY portion, line"))
        writer, place = found.write.mode("overwrite"), f"file://{partial_path.resolve()}"
        match form:
            case "ndjson":
                writer.json(place, ignoreNullFields=False)
            case "csv":
                writer.csv(place, header=True)
            case _:
                writer.parquet(place, compression="zstd")
        if path.is_dir():
            shutil.rmtree(path)
        partial_path.replace(path)


def _heap(memory: str) -> str:
    """A size as DuckDB takes it (`1GB`, `1.5 GiB`) -> as Java does."""
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT])i?B\s*", memory, re.IGNORECASE)
    if found is None:
        raise ValueError(memory)
    return f"{int(float(found[1]) * 1024 ** 'KMGT'.index(found[2].upper()))}k"


def _plain_uri(uri: str) -> str:
    """A file's URI, which Spark writes in several ways, in one."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}{unquote(parts.path)}" if parts.scheme else uri


def _openable(path: str) -> Rejected | None:
    try:
        next(read_blocks(Path(path), 1, 1), None)
    except Problems as problems:
        return Rejected(path, None, problems.diagnostics)
    return None


def _plain_pattern(path: str) -> str:
    """A path as Spark's patterns take it for itself."""
    return "".join(f"\\{letter}" if letter in "{}[]*?\\" else letter for letter in path)


def _quoted(column: str) -> str:
    return f"`{column.strip(chr(34))}`"


def _type(fact: Fact) -> str:
    match fact.type:
        case "boolean":
            return "BOOLEAN"
        case "integer":
            return "LONG"
        case "number":
            return "DECIMAL(18, 6)"
        case "date":
            return "DATE"
        case "text" if fact.options:
            return "INTEGER"
    return "STRING"
