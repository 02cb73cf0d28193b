"""`xeploai population`: a whole population of cases, with durable-rules as the referee of what decides it fast."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

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
from engine.cli.target import differences_end_it
from engine.cli.usage import misuse, say, wrong_usage
from engine.load.cases.paths import table_cases
from engine.load.policies.choices import UnknownChoice
from engine.population.cohorts import KeptCohorts
from engine.population.decider import Options
from engine.population.failures import ExecutorFailure
from engine.population.output import write
from engine.population.portion_files import Done
from engine.population.portions import inputs
from engine.population.results import Results, opened_results
from engine.population.run import Run
from engine.population.sums import Totals, totals_of
from engine.report.json import as_plain
from engine.report.population import figure, labels_of, summary_lines, write_summary
from engine.report.xlsx.population import write_population
from engine.versions.opening import Kept

if TYPE_CHECKING:
    from engine.base.diagnostics import Diagnostic

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
    _need_extras(place, page, paths)
    kept = loaded_as_kept(folder, language)
    options = Options(regulation, switches_of(interpretations), referee)
    target = _target(output, form)
    if place == "spark" and "xlsx" in (form, target and target.form):
        misuse("on_spark", value="--format xlsx", known=", ".join(form for form in FORMS if form != "xlsx"))
    bytes_of_memory = memory_in_bytes(memory)
    if bytes_of_memory is None or bytes_of_memory < LEAST_MEMORY:
        wrong_usage(say("memory", language, value=memory), LESS_MEMORY[language])
    _check(target, page, paths, folder, language, place)
    started = monotonic()
    with (
        problems_end_it(language),
        _work(target) as work,
        _failures(target, language),
        _runner(place, kept, work, options, (memory, threads or os.cpu_count() or 1), language) as executor,
    ):
        run = executor.run
        with differences_end_it(language, CHANGED), Bar(paths) as bar:
            done = run.over(paths, bar.step)
        if run.passed_over:
            print_diagnostics(run.passed_over, language)
        with executor.opened(run, done, memory) as results:
            rejected = _written(results, executor.write, target, page, language)
        _tell_speed(run, sum(portion.cases for portion in done), monotonic() - started, language)
    sys.exit(PROBLEMS if rejected else DONE)


def _tell_speed(run: Run, cases: int, seconds: float, language: str) -> None:
    rate = figure(cases / max(seconds, 1e-9), language)
    click.echo(SPEED[language].format(rate=rate, seconds=figure(seconds, language, 1)), err=True)
    if run.refereed["cases"]:
        compared = REFEREED[language].format(
            cases=figure(run.refereed["cases"], language),
            classes=figure(run.refereed["class"], language),
            seconds=figure(run.seconds, language, 1),
        )
        click.echo(compared, err=True)


WriteRows = Callable[[Results, Path, str], None]


@dataclass(frozen=True)
class Target:
    """Where results go: the file of rows, `beside` it the sums and the rejected cases, if it is no device or pipe. With
    a `folder` all results have it for themselves."""

    rows: Path
    form: str
    folder: Path | None
    is_stream: bool

    def beside(self, name: str) -> Path:
        """The file of the sums or of the rejected cases."""
        return self.folder / name if self.folder is not None else self.rows.with_name(f"{self.rows.name}.{name}")

    @property
    def files(self) -> list[Path]:
        """All files that results go to."""
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
        misuse("ending", file=output, known=", ".join(f"*.{form}" for form in FORMS))
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


@dataclass(frozen=True)
class Executor:
    """Where a population is decided, DuckDB in this process or Spark: the run, what opens its results, and what writes
    their rows to a file of some form."""

    run: Run
    opened: Callable[[Run, Sequence[Done], str], AbstractContextManager[Results]]
    write: WriteRows


@contextmanager
def _runner(
    place: str, kept: Kept, work: Path, options: Options, machine: tuple[str, int], language: str
) -> Iterator[Executor]:
    """What decides the population, with so much memory (`1GB`) and so many threads."""
    memory, threads = machine
    if place == "duckdb":
        table = partial(table_cases, library=kept.library, language=language, tell=teller(language))
        yield Executor(Run(kept.library, work, options, memory, threads, table, kept.made), opened_results, write)
        return
    from engine.population.spark.results import opened_spark_results, write_by_spark
    from engine.population.spark.run import SparkRun, spark_session

    with spark_session(threads, memory) as session:
        run = SparkRun(kept.library, work, options, memory, threads, session=session)
        yield Executor(run, opened_spark_results, write_by_spark)


def _need_extras(place: str, page: Path | None, paths: tuple[str, ...]) -> None:
    if place == "spark":
        need_extra("spark", "duckdb", "pyspark", "sqlglot")
        _need_java()
        _only_lines(paths)
    else:
        need_extra("population", "duckdb", "openpyxl")
    if page is not None:
        need_extra("html", "jinja2")


def _only_lines(paths: tuple[str, ...]) -> None:
    files = inputs([path for path in paths if "://" not in path])[0]
    tables = [file.name for file in files if file.form in ("table", "either")]
    for path in (*tables, *(path for path in paths if path.lower().endswith(TABLES))):
        misuse("on_spark", value=path, known=", ".join(f"*{ending}" for ending in CASES))


def _need_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=f"{home}/bin" if home else None) is None:
        click.echo(in_both_languages(NEEDS_JAVA), err=True)
        sys.exit(FAILURE)


@contextmanager
def _failures(target: Target | None, language: str) -> Iterator[None]:
    """A full disk, too little memory, an engine that fails: told in a line, and nothing decided is lost."""
    try:
        yield
    except UnknownChoice as choice:
        end_with_choice(choice, language)
    except Unwritable:
        raise
    except (KeyboardInterrupt, Terminated, Exception) as failure:
        if isinstance(failure, ExecutorFailure):
            click.echo(f"xeploai: {failure}", err=True)
        if target is not None and not target.is_stream:
            click.echo(f"xeploai: {STOPPED[language]}", err=True)
        if isinstance(failure, ExecutorFailure):
            sys.exit(FAILURE)
        raise


def _written(results: Results, write_rows: WriteRows, target: Target | None, page: Path | None, language: str) -> int:
    """Writes rows, rejected cases and sums; prints the sums and the first of the rejected. Gives how many there are."""
    with KeptCohorts(results.run.folder) as cohorts:
        # What other readings make of each cohort takes a while, and is for what is handed on.
        totals = totals_of(results, None if target is None and page is None else cohorts.add)
        if target is not None:
            _write_files(results, write_rows, totals, cohorts, target, language)
    telling = "\n".join(summary_lines(totals, labels_of(results.library, totals, language)))
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
    return _print_rejected(results, target, language)


def _write_files(
    results: Results, write_rows: WriteRows, totals: Totals, cohorts: KeptCohorts, target: Target, language: str
) -> None:
    with ExitStack() as files:
        if not target.is_stream:
            # Complete before the rows take their place, so that all three do at once.
            stream = files.enter_context(whole_text(target.beside(REJECTED), private=True))
            for case in results.rejected():
                stream.write(json.dumps(as_plain(case), ensure_ascii=False) + "\n")
            stream = files.enter_context(whole_text(target.beside(SUMMARY), private=True))
            write_summary(totals, cohorts, stream)
        if target.form == "xlsx":
            with whole(target.rows, private=True) as file:
                write_population(results, totals, cohorts, language, file)
        else:
            write_rows(results, target.rows, target.form)
    if target.folder is not None:
        name_left_over(language, target.folder, [target.rows], (f"cases.{form}" for form in FORMS))


def _print_rejected(results: Results, target: Target | None, language: str) -> int:
    """Prints the first of the rejected cases; how many there are."""
    number = 0
    problems: list[Diagnostic] = []
    for number, case in enumerate(results.rejected(), 1):
        problems += case.diagnostics if number <= SHOWN else ()
    if problems:
        print_diagnostics(problems, language)
    if number > SHOWN:
        more = (
            MORE_HERE[language].format(number - SHOWN)
            if target is None or target.is_stream
            else MORE[language].format(number - SHOWN, target.beside(REJECTED))
        )
        click.echo(more, err=True)
    return number
