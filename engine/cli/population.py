"""`xeploai population`: a whole population of cases, by the SQL target, with durable-rules as its referee."""

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic

import click

from engine.base.extras import need_extra
from engine.base.paths import CASES, TABLES
from engine.base.words import wording
from engine.base.writing import Unwritable, alone, is_stream, kept_folder, make_folder, scratch, whole, whole_text
from engine.cli import shell as completion
from engine.cli.bar import Bar
from engine.cli.faults import Terminated
from engine.cli.help import Verb, in_both_languages
from engine.cli.opening import (
    DONE,
    FAILURE,
    PROBLEMS,
    end_with_choice,
    loaded_as_kept,
    print_diagnostics,
    problems_end_it,
    teller,
)
from engine.cli.options import (
    judged_by_option,
    language_option,
    memory_in_bytes,
    policies_option,
    switch_option,
    switches_of,
)
from engine.cli.outputs import check_apart, check_outputs, name_left_over, output_to
from engine.cli.usage import misuse, say, wrong_usage
from engine.load.cases.paths import table_cases
from engine.load.policies.choices import UnknownChoice
from engine.population.portions import inputs
from engine.population.run import Changed, Disagreement, Options, Run
from engine.population.totals import Results
from engine.report.json import as_plain
from engine.report.population import figure, labels_of, summary_lines, write_summary
from engine.report.xlsx.population import write_population
from engine.versions.opening import Kept

FORMS = ("parquet", "ndjson", "csv", "xlsx")
OTHER_FILES = (
    "txt", "json", "jsonl", "tsv", "html", "htm", "md", "pdf", "doc", "docx", "xls", "ods", "yaml", "yml", "zip",
)  # fmt: skip
"""Endings of files that this command does not write; a name with any other ending is that of a folder."""
REJECTED, SUMMARY = "rejected.ndjson", "summary.json"
WORK = ".xeploai-work"
LEAST_MEMORY = 64_000_000
SHOWN = 20

LESS_MEMORY = wording("cli", "population", "less_memory")
NEEDS_JAVA = wording("cli", "population", "java")
STOPPED = wording("cli", "population", "stopped")
CHANGED = wording("cli", "population", "changed")
REFEREED = wording("cli", "population", "refereed")
SPEED = wording("cli", "population", "speed")
MORE = wording("cli", "population", "more")
MORE_WARNED = wording("cli", "population", "more_warned")
MORE_HERE = wording("cli", "population", "more_here")


@click.command(cls=Verb)
@click.argument("paths", nargs=-1, required=True, shell_complete=completion.files)
@policies_option
@language_option
@switch_option
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), default=None,
    help="results",
)  # fmt: skip
@click.option("--format", "form", type=click.Choice(FORMS), default=None,
              help="results_format")  # fmt: skip
@click.option(
    "--html", "page", type=click.Path(path_type=Path), default=None, metavar="FILE",
    help="sums_page",
)  # fmt: skip
@click.option(
    "--referee", type=click.IntRange(min=0), default=200, show_default=True, metavar="N",
    help="referee",
)  # fmt: skip
@click.option("--memory", default="1GB", show_default=True, metavar="SIZE",
              help="memory")  # fmt: skip
@click.option("--threads", type=click.IntRange(min=1), default=None, metavar="N",
              help="threads")  # fmt: skip
@click.option("--on", "place", type=click.Choice(("duckdb", "spark")), default="duckdb", show_default=True,
              help="place")  # fmt: skip
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
    """Judge a whole population."""
    if place == "spark":
        need_extra("spark", "duckdb", "pyspark", "sqlglot")
        _need_java()
        _only_lines(paths)
    else:
        need_extra("population", "duckdb", "openpyxl")
    if page is not None:
        need_extra("html", "jinja2")

    kept = loaded_as_kept(folder, language)
    options = Options(regulation, switches_of(interpretations), referee)
    target = _target(output, form)
    if place == "spark" and "xlsx" in (form, target and target.form):
        misuse("on_spark", value="--format xlsx", known=", ".join(one for one in FORMS if one != "xlsx"))
    bytes_of_memory = memory_in_bytes(memory)
    if bytes_of_memory is None or bytes_of_memory < LEAST_MEMORY:
        wrong_usage(say("memory", language, value=memory), LESS_MEMORY[language])
    _check(target, page, paths, folder, language, place)
    started = monotonic()
    with (
        problems_end_it(language),
        _work(target) as work,
        _failures(target, place, language),
        _runner(place, kept, work, options, memory, threads or os.cpu_count() or 1, language) as (run, opened),
    ):
        try:
            with Bar(paths) as bar:
                done = run.over(paths, bar.step)
            if run.passed_over:
                print_diagnostics(run.passed_over, language)
        except Disagreement as difference:
            click.echo(f"xeploai: {difference}", err=True)
            sys.exit(FAILURE)
        except Changed as changed:
            click.echo(f"xeploai: {CHANGED[language].format(changed.args[0])}", err=True)
            sys.exit(PROBLEMS)
        with opened(run, done, memory) as results:
            rejected = _written(results, target, page, language)
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


@dataclass(frozen=True)
class Target:
    """Where results go: the file of rows, `beside` it the sums and the rejected cases, if it is no device or pipe. With
    a `folder` all results have it for themselves."""

    rows: Path
    form: str
    folder: Path | None
    is_stream: bool

    def beside(self, name: str) -> Path:
        return self.folder / name if self.folder is not None else self.rows.with_name(f"{self.rows.name}.{name}")

    @property
    def files(self) -> list[Path]:
        return [self.rows] if self.is_stream else [self.rows, self.beside(REJECTED), self.beside(SUMMARY)]


def _target(output: Path | None, form: str | None) -> Target | None:
    if output is None:
        return None
    ending = output.suffix.removeprefix(".").lower()
    if is_stream(output):
        return Target(output, form or "parquet", None, True)
    if ending in FORMS and not output.is_dir():
        if form is not None and form != ending:
            misuse("form", file=output, form=form, other=output.with_suffix(f".{form}"))
        return Target(output, ending, None, False)
    if ending in OTHER_FILES and not output.is_dir():
        misuse("ending", file=output, known=", ".join(f"*.{each}" for each in FORMS))
    return Target(output / f"cases.{form or 'parquet'}", form or "parquet", output, False)


def _check(target: Target | None, page: Path | None, paths: tuple[str, ...], folder: Path | None, language: str,
           place: str) -> None:  # fmt: skip
    """Ends the command if an output is, or lies in, what is read, or cannot be written."""
    files = [] if target is None else [target.folder or target.rows, *target.files]
    files += [] if page is None else [page]
    check_apart(language, files, paths, folder)
    with problems_end_it(language):
        for file in files:
            if target is None or not target.is_stream or file == page:
                make_folder(file.parent)
        if target is not None and target.folder is not None:
            make_folder(target.folder)
    # Spark writes folders, and looks at what is there itself.
    own = [] if target is None else target.files[1 if place == "spark" else 0 :]
    check_outputs(language, [*own, page], paths, folder)


@contextmanager
def _work(target: Target | None) -> Iterator[Path]:
    """The folder for what the run has decided so far; it stays if the run does not end well and results are wanted in a
    file. Nobody else writes to the same place meanwhile."""
    if target is None or target.is_stream:
        with scratch() as folder:
            yield folder / "work"
        return
    work = target.rows.with_name(WORK if target.folder else f".{target.rows.name}{WORK}")
    with alone(target.rows.parent, shared=target.folder is None), kept_folder(work) as folder:
        yield folder


@contextmanager
def _runner(
    place: str, kept: "Kept", work: Path, options: "Options", memory: str, threads: int, language: str
) -> Iterator[tuple["Run", type["Results"]]]:
    """What decides the population, and what sums it up."""
    if place == "duckdb":
        table = partial(table_cases, library=kept.library, language=language, tell=teller(language))
        yield Run(kept.library, work, options, memory, threads, table, kept.made), Results
        return
    from engine.population.spark.run import SparkResults, SparkRun, spark_session

    session = spark_session(threads, memory)
    try:
        yield SparkRun(kept.library, work, options, memory, threads, session=session), SparkResults
    finally:
        session.stop()


def _only_lines(paths: tuple[str, ...]) -> None:
    for one in inputs([path for path in paths if "://" not in path])[0]:
        if one.form in ("table", "either"):
            misuse("on_spark", value=one.name, known=", ".join(f"*{each}" for each in CASES))
    for path in paths:
        if path.lower().endswith(TABLES):
            misuse("on_spark", value=path, known=", ".join(f"*{each}" for each in CASES))


def _need_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=f"{home}/bin" if home else None) is None:
        click.echo(in_both_languages(NEEDS_JAVA), err=True)
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
def _failures(target: Target | None, place: str, language: str) -> Iterator[None]:
    """A full disk, too little memory, an engine that fails: said in a line, and nothing decided is lost."""
    engines: tuple[type[Exception], ...] = ()
    if place == "spark":
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        engines = Py4JError, PySparkException
    stopped = f"xeploai: {STOPPED[language]}" if target is not None and not target.is_stream else None
    try:
        yield
    except UnknownChoice as choice:
        end_with_choice(choice, language)
    except engines as failure:
        click.echo(f"xeploai: {_reason(failure)}", err=True)
        if stopped:
            click.echo(stopped, err=True)
        sys.exit(FAILURE)
    except Unwritable:
        raise
    except (KeyboardInterrupt, Terminated, Exception):
        if stopped:
            click.echo(stopped, err=True)
        raise


def _written(results: "Results", target: Target | None, page: Path | None, language: str) -> int:
    """Writes rows, rejected cases and sums; prints the sums and the first of the rejected. Gives how many there are."""
    totals = results.totals()
    telling = "\n".join(summary_lines(totals, labels_of(results.library, totals, language)))
    with ExitStack() as files:
        if target is not None:
            if not target.is_stream:
                # Complete before the rows take their place, so that all three do at once.
                stream = files.enter_context(whole_text(target.beside(REJECTED), private=True))
                for one in results.rejected():
                    stream.write(json.dumps(as_plain(one), ensure_ascii=False) + "\n")
                stream = files.enter_context(whole_text(target.beside(SUMMARY), private=True))
                write_summary(totals, results.quotas(), stream)
            if target.form == "xlsx":
                with whole(target.rows, private=True) as file:
                    write_population(results, totals, language, file)
            else:
                results.write(target.rows, target.form)
    if target is not None and target.folder is not None:
        name_left_over(language, target.folder, [target.rows], (f"cases.{form}" for form in FORMS))
    if page is not None:
        with output_to(page, private=True) as stream:
            switches = results.run.options.switches
            from engine.report.html.population import write_population_html

            write_population_html(totals, results.rejected(), results.library, switches, language, stream)
    # Rows that go to a stream are not to be mixed with the sums.
    click.echo(telling, err=target is not None and target.is_stream)
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
            if target is None or target.is_stream
            else MORE[language].format(number - SHOWN, target.beside(REJECTED))
        )
        click.echo(more, err=True)
    return number
