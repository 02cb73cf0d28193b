"""`xeploai population`: a whole population of cases, by the SQL target, with durable-rules as its referee."""

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli import completion
from engine.cli.common import (
    DONE,
    FAILURE,
    PROBLEMS,
    judged_by_option,
    language_option,
    loaded_as_kept,
    need_extra,
    policies_option,
    print_diagnostics,
    problems_end_it,
    switch_option,
    switches_of,
    written_whole,
    wrong_usage,
)  # fmt: skip
from engine.cli.large import Bar

if TYPE_CHECKING:
    from engine.cache import Kept
    from engine.model import Library
    from engine.population import Options, Run
    from engine.portions import TableReader
    from engine.records import Rejected
    from engine.sources import Document
    from engine.totals import Results

FORMS = ("parquet", "ndjson", "csv", "xlsx")
SHOWN = 20

STOPPED = {
    "vi": "đã dừng; chạy lại đúng lệnh này thì tiếp tục từ chỗ đã dừng",
    "en": "stopped; the same command goes on where it stopped",
}
CHANGED = {
    "vi": "`{}` đã đổi trong lúc đọc, nên chưa ghi kết quả nào; chạy lại khi tệp không còn thay đổi",
    "en": "`{}` changed while it was read, so no result was written; run again once the file stays as it is",
}
REFEREED = {
    "vi": "durable-rules xét lại {cases} hồ sơ, trong đó {classes} lớp chưa đủ dữ kiện: không khác; {seconds} giây",
    "en": "durable-rules decided {cases} cases too, of {classes} incomplete classes: no difference; {seconds} s",
}
SPEED = {"vi": "{rate} hồ sơ mỗi giây, {seconds} giây", "en": "{rate} cases a second, {seconds} s"}
MORE = {"vi": "… và {} hồ sơ khác trong {}", "en": "… and {} more in {}"}
MORE_WARNED = {"vi": "… và {} điều khác nên xem lại", "en": "… and {} more that are worth a look"}
MORE_HERE = {"vi": "… và {} hồ sơ khác (thêm -o để ghi đủ)", "en": "… and {} more (-o writes all of them)"}


@click.command()
@click.argument("paths", nargs=-1, required=True, shell_complete=completion.files)
@policies_option
@language_option
@switch_option
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), default=None,
    help="Tệp kết quả, hoặc thư mục cho mọi kết quả / the file of results, or a folder for all of them.",
)  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMS), default=None,
              help="Mặc định theo đuôi tệp, hoặc parquet / by the file's ending, or parquet.")  # fmt: skip
@click.option(
    "--html", "page", type=click.Path(dir_okay=False, path_type=Path), default=None, metavar="FILE",
    help="Ghi thêm báo cáo tổng hợp thành một trang HTML để gửi đi hoặc in / write the sums as an HTML page too, to"
    " hand on or print.",
)  # fmt: skip
@click.option(
    "--referee", type=click.IntRange(min=0), default=200, show_default=True, metavar="N",
    help="durable-rules xét lại N hồ sơ chọn ngẫu nhiên, nhiều nhất N lớp hồ sơ chưa đủ dữ kiện, và các hồ sơ sát mỗi"
    " ngưỡng / durable-rules decides N cases by chance, at most N classes of incomplete ones, and those nearest to each"
    " threshold as well; a difference stops the run. 0: none.",
)  # fmt: skip
@click.option("--memory", default="1GB", show_default=True, metavar="SIZE",
              help="Bộ nhớ cho DuckDB, mọi luồng cộng lại; quá thì dùng đĩa. Cả chương trình: thêm khoảng 0,3 GB và"
              " 0,2 GB mỗi luồng, dù bao nhiêu hồ sơ / memory for DuckDB, all threads together; beyond it, the disk."
              " The whole program: about 0.3 GB and 0.2 GB a thread more, however many cases.")  # fmt: skip
@click.option("--threads", type=click.IntRange(min=1), default=None, metavar="N",
              help="Số luồng (mặc định: số nhân) / threads (one a core).")  # fmt: skip
@click.option("--on", "place", type=click.Choice(("duckdb", "spark")), default="duckdb", show_default=True,
              help="Xét trên máy này, hay trên cụm Spark / on this machine, or on Spark.")  # fmt: skip
@judged_by_option
def population(
    paths: tuple[str, ...],
    folder: Path | None,
    language: str,
    interpretations: tuple[str, ...],
    output: Path | None,
    form: str | None,
    page: Path | None,
    referee: int,
    memory: str,
    threads: int | None,
    place: str,
    regulation: str | None,
) -> None:
    """Xét cả một tập hồ sơ lớn / judge a whole population.

    PATHS: NDJSON, thư mục tệp JSON, bảng (.csv, .xlsx, .parquet) mỗi hàng một hồ sơ /
    NDJSON, folders of JSON files; tables (.csv, .xlsx, .parquet), one row a case.

    Bị dừng giữa chừng thì chạy lại đúng lệnh ấy để tiếp tục / interrupted, the same command goes on where it stopped.
    """
    if place == "spark":
        need_extra("spark", "duckdb", "pyspark", "sqlglot")
        _need_java()
        _only_lines(paths)
    else:
        need_extra("population", "duckdb", "openpyxl")
    if page is not None:
        need_extra("html", "jinja2", "pygal")
    import os
    from time import monotonic

    from engine.population import Changed, Disagreement, Options
    from engine.reporter.population import figure

    kept = loaded_as_kept(folder, language)
    options = Options(regulation, switches_of(interpretations), referee)
    target, form = _target(output, form)
    if place == "spark" and form == "xlsx":
        wrong_usage("--on spark --format xlsx", ", ".join(one for one in FORMS if one != "xlsx"))
    if re.fullmatch(r"[0-9.]+ *[KMGT]i?B", memory, re.IGNORECASE) is None:
        wrong_usage(f"--memory {memory}", "--memory 1GB")
    started = monotonic()
    with (
        _work(output) as work,
        problems_end_it(language),
        _failures(place, language),
        _runner(place, kept, work, options, memory, threads or os.cpu_count() or 1, language) as (run, opened),
    ):
        try:
            with Bar(paths) as bar:
                done = run.over(paths, bar.step)
        except Disagreement as difference:
            click.echo(f"xeploai: {difference}", err=True)
            sys.exit(FAILURE)
        except Changed as changed:
            click.echo(f"xeploai: {CHANGED[language].format(changed.args[0])}", err=True)
            sys.exit(PROBLEMS)
        with opened(run, done, memory) as results:
            rejected = _written(results, target, output, form, page, language)
        seconds = monotonic() - started
        cases = sum(one.cases for one in done)
        rate = figure(cases / max(seconds, 1e-9), language)
        click.echo(SPEED[language].format(rate=rate, seconds=figure(seconds, language, 1)), err=True)
        if run.refereed["cases"]:
            said = REFEREED[language].format(
                cases=figure(run.refereed["cases"], language),
                classes=figure(run.refereed["class"], language),
                seconds=figure(run.refereed_seconds, language, 1),
            )
            click.echo(said, err=True)
    sys.exit(PROBLEMS if rejected else DONE)


def _target(output: Path | None, form: str | None) -> tuple[Path | None, str]:
    """The file of rows, and its format."""
    if output is None:
        return None, form or "parquet"
    ending = output.suffix.removeprefix(".")
    if ending in FORMS and not output.is_dir():
        if form is not None and form != ending:
            wrong_usage(f"--format {form}", f"-o {output.with_suffix('.' + form)}")
        return output, ending
    if output.suffix and not output.is_dir():
        wrong_usage(f"-o {output}", ", ".join(f"*.{each}" for each in FORMS))
    return output / f"cases.{form or 'parquet'}", form or "parquet"


def _table_reader(library: "Library", language: str) -> "TableReader":
    from engine.cli.common import unread_cases
    from engine.sources import Unread

    def read(path: Path) -> "Iterator[Document | Rejected]":
        if path.suffix.lower() == ".parquet":
            yield from _parquet(path, library, language)
        else:
            yield from (one for one in unread_cases((str(path),), library, language) if not isinstance(one, Unread))

    return read


def _parquet(path: Path, library: "Library", language: str) -> "Iterator[Document | Rejected]":
    """The cases of a Parquet file, a column a fact, one a row."""
    import duckdb

    from engine.diagnostics import Location, diagnostic
    from engine.records import Rejected
    from engine.tables import Headings, Row, cases_in

    def rows() -> Iterator[Row]:
        with duckdb.connect() as database:
            found = database.execute("SELECT * FROM read_parquet(?)", [str(path)])
            yield Row(str(path), 0, [column[0] for column in found.description])
            number = 0
            while batch := found.fetchmany(2000):
                for cells in batch:
                    number += 1
                    plain = ["; ".join(map(str, cell)) if isinstance(cell, list) else cell for cell in cells]
                    yield Row(str(path), number, plain)

    try:
        yield from cases_in(rows(), Headings(library), str(path), language)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        yield Rejected(str(path), None, (diagnostic("file/unreadable", Location(str(path)), reason=reason),))


@contextmanager
def _work(output: Path | None) -> Iterator[Path]:
    """The folder for what the run has decided so far; it stays where the run does not end well."""
    if output is None:
        with tempfile.TemporaryDirectory(prefix="xeploai-") as temporary:
            yield Path(temporary) / "work"
        return
    work = output / ".work" if not output.suffix or output.is_dir() else output.with_name(f".{output.name}.work")
    work.parent.mkdir(parents=True, exist_ok=True)
    yield work
    shutil.rmtree(work, ignore_errors=True)


@contextmanager
def _runner(
    place: str, kept: "Kept", work: Path, options: "Options", memory: str, threads: int, language: str
) -> Iterator[tuple["Run", type["Results"]]]:
    """What decides the population, and what sums it up."""
    if place == "duckdb":
        from engine.population import Run
        from engine.totals import Results

        table = _table_reader(kept.library, language)
        yield Run(kept.library, work, options, memory, threads, table, kept.made), Results
        return
    from engine.spark_target import SparkResults, SparkRun, spark_session

    session = spark_session(threads, memory)
    try:
        yield SparkRun(kept.library, work, options, memory, threads, session=session), SparkResults
    finally:
        session.stop()


def _only_lines(paths: tuple[str, ...]) -> None:
    from engine.portions import LINES, TABLES

    for path in paths:
        if path.lower().endswith(TABLES):
            wrong_usage(f"--on spark {path}", ", ".join(f"*{each}" for each in (*LINES, ".json")))


def _need_java() -> None:
    import os

    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=f"{home}/bin" if home else None) is None:
        click.echo(
            "Spark cần Java 17 trở lên / Spark needs Java 17 or newer: sudo apt install openjdk-17-jre-headless"
            " (Debian, Ubuntu)",
            err=True,
        )
        sys.exit(FAILURE)


def _reason(failure: Exception) -> str:
    """In one line. What a Java call raises names the call first, then what went wrong, and where Python was at it."""
    lines = [line for line in str(failure).splitlines() if not line.startswith("An error occurred while calling")]
    if not lines:
        return type(failure).__name__
    said = lines[0].removeprefix(": ")
    causes = [line for line in lines[1:] if re.match(r"\w+(Error|Exception): ", line)]
    return f"{said} {causes[-1]}" if causes else said


@contextmanager
def _failures(place: str, language: str) -> Iterator[None]:
    """A full disk, too little memory, an engine that fails: said in one line, and nothing decided is lost."""
    from engine.evaluation import UnknownChoice
    from engine.matcher import EngineFailure

    engines: tuple[type[Exception], ...]
    if place == "spark":
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        engines = Py4JError, PySparkException
    else:
        import duckdb

        engines = (duckdb.Error,)
    try:
        yield
    except UnknownChoice as choice:
        wrong_usage(choice.diagnostic.message(language), choice.diagnostic.help(language))
    except (EngineFailure, *engines, OSError) as failure:
        said = _reason(failure)
        click.echo(f"xeploai: {said}\n{STOPPED[language]}", err=True)
        sys.exit(FAILURE)


def _written(
    results: "Results", target: Path | None, output: Path | None, form: str, page: Path | None, language: str
) -> int:
    """Writes rows, rejected cases and sums; prints the sums and the first of the rejected. Gives how many there are."""
    from engine.reporter.plain import as_plain
    from engine.reporter.population import PopulationTelling, write_summary

    totals = results.totals()
    telling = "\n".join(PopulationTelling(results.library, totals, language).lines())
    beside = None
    if target is not None and output is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        if form == "xlsx":
            from engine.reporter.population_workbook import write_population

            with written_whole(target) as file:
                write_population(results, totals, language, file)
        else:
            results.write(target, form)
        alone = target == output
        beside = target.with_name(f"{target.name}.rejected.ndjson" if alone else "rejected.ndjson")
        with _replacing(beside) as stream:
            for one in results.rejected():
                stream.write(json.dumps(as_plain(one), ensure_ascii=False) + "\n")
        with _replacing(target.with_name(f"{target.name}.summary.json" if alone else "summary.json")) as stream:
            write_summary(totals, results.quotas(), stream)
    if page is not None:
        page.parent.mkdir(parents=True, exist_ok=True)
        from engine.reporter.population_html import write_population_html

        with _replacing(page) as stream:
            switches = results.run.options.switches
            write_population_html(totals, results.rejected(), results.library, switches, language, stream)
    click.echo(telling)
    if totals.warnings:
        print_diagnostics(totals.warnings[:SHOWN], language)
    further = sum(many for _, many in totals.warned) - len(totals.warnings[:SHOWN])
    if further:
        click.echo(MORE_WARNED[language].format(further), err=True)
    number = 0
    found = []
    for one in results.rejected():
        number += 1
        found += list(one.diagnostics) if number <= SHOWN else []
    if found:
        print_diagnostics(found, language)
    if number > SHOWN:
        more = (
            MORE_HERE[language].format(number - SHOWN)
            if beside is None
            else MORE[language].format(number - SHOWN, beside)
        )
        click.echo(more, err=True)
    return number


@contextmanager
def _replacing(path: Path) -> Iterator[Any]:
    partial = path.with_name(f".{path.name}.partial")
    with partial.open("w", encoding="utf-8", newline="") as stream:
        yield stream
    partial.replace(path)
