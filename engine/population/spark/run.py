"""A population on Spark, for what is too much for one machine: partitions of cases in, partitions of rows out.

Spark divides the work, sends it, and does it again if an executor dies; each task runs the target over its
partition, and the referee over a sample of it. Cohorts and links come together by Spark's shuffle, in Spark's SQL. What
a portion is here is a block of a file as Spark reads it.
"""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from engine.base.diagnostics import Location, Problems, diagnostic
from engine.base.files import read_blocks
from engine.base.words import wording
from engine.core.judge.case import Rejected
from engine.population.failures import Changed, Disagreement, ExecutorFailure
from engine.population.portion_files import Done, rejected_of
from engine.population.portions import Input, inputs, without_cases
from engine.population.run import OnPortion, Run
from engine.population.spark.worker import CHUNK, Block, Outcome, Work, decided_files, decided_lines, most_portions

FILES_IN_TASK = 500


@contextmanager
def spark_session(threads: int, memory: str) -> Iterator[Any]:
    """The Spark session of a program that was submitted to a cluster, or one on this machine's cores.

    Raises ExecutorFailure if Spark fails."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    session = new_session(threads, memory)
    try:
        yield session
    except (Py4JError, PySparkException) as failure:
        raise ExecutorFailure(_reason(failure)) from failure
    finally:
        session.stop()


def new_session(threads: int, memory: str) -> Any:
    """The same, for a caller that stops it."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("xeploai").config("spark.sql.ansi.enabled", "true")
    if not {"PYSPARK_GATEWAY_PORT", "PYSPARK_SUBMIT_ARGS"} & os.environ.keys():
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        # A task is tried four times, as on a cluster.
        builder = builder.master(f"local[{threads},4]")
        for key, value in {
            "spark.driver.memory": f"{_kilobytes(memory)}k",
            # Cases are decided outside Java: its second compiler costs more than it gains here.
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
            "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false", "spark.log.level": "ERROR", "spark.sql.shuffle.partitions": str(threads),
        }.items():  # fmt: skip
            builder = builder.config(key, value)
    return builder.getOrCreate()


def _reason(failure: Exception) -> str:
    """In one line. What a Java call raises names the call first, then what went wrong, and where Python was at it."""
    lines = [line for line in str(failure).splitlines() if not line.startswith("An error occurred while calling")]
    if not lines:
        return type(failure).__name__
    error = lines[0].removeprefix(": ")
    causes = [line for line in lines[1:] if re.match(r"\w+(Error|Exception): ", line)]
    return f"{error} {causes[-1]}" if causes else error


@dataclass
class SparkRun(Run):
    """One run over a population by a Spark session. Every machine must see `folder`, where what is decided is kept: a
    run that was broken off goes on where it stopped."""

    session: Any = None

    def over(self, paths: Sequence[str], on_portion: OnPortion = lambda done, size: None) -> list[Done]:
        """Decides every case at the paths, which may be URIs that Spark reads."""
        files, missing, self.passed_over = inputs([path for path in paths if "://" not in path])
        self.size = sum(file.size for file in files)
        self._begin(files)
        lines, singles, unread = [], [], dict[str, Rejected]()
        for file in files:
            if file.form != "lines":
                singles.append(file)
            elif isinstance(refused := _openable(file.path), Rejected):
                unread[file.name] = refused
            else:
                lines.append(file.path)
        try:
            outcomes = self._outcomes(files, lines, singles, [path for path in paths if "://" in path], unread)
        finally:
            # Raised instead of whatever went wrong because of it.
            for file in files:
                if not file.is_the_same:
                    raise Changed(file.name)
        done = []
        for outcome in outcomes:
            if outcome.difference is not None:
                raise Disagreement(*outcome.difference)
            for plain in outcome.unreadable:
                unread[plain["file"]] = rejected_of(plain)
            if outcome.done is not None:
                done.append(outcome.done)
            self.refereed.update({"cases": outcome.refereed, "class": outcome.classes})
            self.seconds += outcome.seconds
        done.sort(key=lambda portion: portion.number)
        order = [file.name for file in files]
        missing += [unread[path] for path in sorted(unread, key=order.index)]
        missing += without_cases(files, missing, {portion.file for portion in done if portion.cases})
        self.missing = tuple(missing)
        for portion in done:
            # What an executor kept in a place that the driver does not see would be missing from all that follows.
            self.files.part(portion.number).stat()
            on_portion(portion, 0)
        return done

    def _outcomes(
        self, files: Sequence[Input], lines: Sequence[str], singles: Sequence[Input], remote: Sequence[str],
        unread: dict[str, Rejected],
    ) -> list[Outcome]:  # fmt: skip
        """What became of every portion. Files of lines that Spark does not take are added to `unread`."""
        order = {file.path: place for place, file in enumerate(files)}
        source, names = self._source(lines, remote) if lines or remote else (None, {})
        blocks = []
        if source is not None:
            for uri in names:
                order.setdefault(names[uri], len(order))
            blocks = [
                (order[names[_plain_uri(file)]], start, file, count, size)
                for file, start, count, size in source.groupBy("file", "start")
                .agg({"*": "count", "size": "sum"}).select("file", "start", "count(1)", "sum(size)").collect()
            ]  # fmt: skip
            held = {block[0] for block in blocks}
            for input_file in files:
                if input_file.path in lines and input_file.size and order[input_file.path] not in held:
                    unread[input_file.name] = _left_out(input_file.path)
        groups = _grouped(singles)
        self.size = sum(block[-1] for block in blocks) + sum(single.size for single in singles)
        named_blocks: dict[tuple[str, int], Block] = {}
        numbered: list[tuple[int, tuple[Input, ...]]] = []
        number, first, before = 0, 1, -1
        # In the order of the files, so that numbers are too.
        for place, start, what in sorted(
            [(block[0], block[1], block) for block in blocks] + [(order[group[0].path], 0, group) for group in groups],
            key=lambda item: item[:2],
        ):
            if isinstance(what[0], Input):
                numbered.append((number, what))
                number += 1
                continue
            _, _, file, count, size = what
            first = first if place == before else 1
            named_blocks[(file, start)] = Block(number, names[_plain_uri(file)], first)
            number, first, before = number + most_portions(size), first + count, place
        context = self.session.sparkContext
        share = f"{max(1, _kilobytes(self.memory) // self.threads)}KiB"
        work = context.broadcast(
            Work(self.library, self.options, self.folder.resolve(), share, self.size, named_blocks)
        )  # fmt: skip
        outcomes: list[Outcome] = []
        if source is not None:
            rows = source.select("value", "file", "start").rdd
            outcomes += rows.mapPartitions(partial(decided_lines, work)).collect()
        if numbered:
            spread = context.parallelize(numbered, len(numbered))
            outcomes += spread.mapPartitions(partial(decided_files, work)).collect()
        work.destroy()
        return outcomes

    def _source(self, lines: Sequence[str], remote: Sequence[str]) -> tuple[Any, dict[str, str]]:
        """The lines with where each stands, as a table; and how files are to be named, by the name that Spark gives
        them."""
        table = self.session.read.option("lineSep", "\n").text(
            [*(f"file://{plain_pattern(str(Path(path).resolve()))}" for path in lines), *remote]
        )
        local = {str(Path(path).resolve()): path for path in lines}
        names = {
            uri: local.get(uri.removeprefix("file://"), uri) for uri in sorted(map(_plain_uri, table.inputFiles()))
        }
        return table.selectExpr(
            "CAST(value AS BINARY) AS value", "octet_length(value) + 1 AS size", "_metadata.file_path AS file",
            "_metadata.file_block_start AS start",
        ), names  # fmt: skip


def _grouped(files: Sequence[Input]) -> list[tuple[Input, ...]]:
    """JSON files in groups that make a portion each."""
    groups: list[tuple[Input, ...]] = []
    held: list[Input] = []
    for file in files:
        if held and (len(held) == FILES_IN_TASK or sum(before.size for before in held) + file.size > CHUNK):
            groups.append(tuple(held))
            held = []
        held.append(file)
    return [*groups, tuple(held)] if held else groups


def _kilobytes(memory: str) -> int:
    """A size as DuckDB takes it (`1GB`, `1.5 GiB`)."""
    size = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT])i?B\s*", memory, re.IGNORECASE)
    if size is None:
        raise ValueError(memory)
    return int(float(size[1]) * 1024 ** "KMGT".index(size[2].upper()))


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


def _left_out(path: str) -> Rejected:
    reason = wording("files", "left_out_by_spark")
    problem = diagnostic("file/unreadable", Location(path), reason_vi=reason["vi"], reason=reason["en"])
    return Rejected(path, None, (problem,))


def plain_pattern(path: str) -> str:
    """A path as Spark's patterns take it for itself."""
    return "".join(f"\\{letter}" if letter in "{}[]*?\\" else letter for letter in path)
