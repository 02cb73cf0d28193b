"""`xeploai test`: the policies' own tests."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from engine.base.diagnostics import Problems
from engine.base.extras import need_extra
from engine.base.words import wording
from engine.cli.help import Verb, in_both_languages
from engine.cli.opening import DONE, PROBLEMS, loaded, policies_folder, problems_end_it
from engine.cli.options import language_option, policies_option
from engine.cli.outputs import check_outputs, output_to
from engine.cli.progress import bar_of
from engine.cli.staged import as_staged, staged_here_option
from engine.cli.usage import misuse
from engine.core.policy.regulation import Library
from engine.proof.mutation import FailingTests
from engine.proof.mutation_run import mutate, score_of
from engine.report.mutation import write_mutation
from engine.report.suite import write_json, write_junit, write_report
from engine.report.terminal import Styled
from engine.study.suite import run
from engine.study.variations import check_compilations
from engine.versions.opening import load_library

MUTANTS = wording("mutation", "progress")
CLEAR = "\033[2J\033[1;1H"


@click.command("test", cls=Verb)
@click.argument("paths", nargs=-1)
@policies_option
@language_option
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "junit", "html"]), default="text", show_default=True
)
@click.option("--output", "-o", type=click.Path(path_type=Path), default=None)
@click.option("--coverage", is_flag=True, help="coverage")
@click.option("--mutate", "mutated", is_flag=True, help="mutate")
@click.option(
    "--fail-under", "least", type=click.FloatRange(0, 100), default=None, metavar="PERCENT", help="fail_under"
)
@staged_here_option
@click.option("--watch", is_flag=True, help="watch")
def run_tests(
    paths: tuple[str, ...],
    folder: Path | None,
    language: str,
    form: str,
    output: Path | None,
    coverage: bool,
    mutated: bool,
    least: float | None,
    staged: bool,
    watch: bool,
) -> None:
    """Run the policies' own tests."""
    place = policies_folder(folder, own=True)
    if watch and staged:
        misuse("watch_staged")
    if mutated and (watch or coverage or form == "junit"):
        misuse("mutate_alone")
    if not mutated and (least is not None or form == "html"):
        misuse("only_mutate", option="--fail-under" if least is not None else "--format html")
    # Absolute, because `as_staged` changes the current folder.
    report = _Report(language, form, output.absolute() if output is not None else None, coverage)
    if mutated:
        with as_staged(place, staged, language) as read:
            sys.exit(DONE if _mutate(paths, read, report, least or 0) else PROBLEMS)
    if watch:
        _watch(place, lambda: _run(paths, place, report))
        return
    with as_staged(place, staged, language) as read:
        sys.exit(DONE if _run(paths, read, report) else PROBLEMS)


@dataclass(frozen=True)
class _Report:
    """How the results of a run are written, and where."""

    language: str
    form: str
    output: Path | None
    coverage: bool


def _run(paths: tuple[str, ...], folder: Path, report: _Report) -> bool:
    """Runs the tests once and writes their results. True if all have passed."""
    language = report.language
    check_outputs(language, [report.output], paths if report.output else (), folder)
    library = loaded(folder, language) if paths else _compiled(folder, language)
    results = run(library, folder, [Path(path) for path in paths])
    with output_to(report.output) as stream:
        match report.form:
            case "json":
                write_json(results, language, stream)
            case "junit":
                write_junit(results, language, stream)
            case _:
                write_report(results, language, stream, coverage=report.coverage)
    return results.passed


def _mutate(paths: tuple[str, ...], folder: Path, report: _Report, least: float) -> bool:
    """Runs the tests against every mutant and writes what became of each. True if the score reaches `least`."""
    if report.form == "html":
        need_extra("html", "jinja2", "markdown_it")
    language = report.language
    check_outputs(language, [report.output], paths if report.output else (), folder)
    with problems_end_it(language), MutantBar() as bar:
        library = load_library(folder)
        try:
            results = mutate(library, folder, [Path(path) for path in paths], os.cpu_count() or 1, bar.begin, bar.step)
        except FailingTests:
            return _run((), folder, replace(report, form="text"))
    with output_to(report.output) as stream:
        write_mutation(results, report.form, language, stream)
    return score_of(results).percent >= least


class MutantBar:
    """How many mutants are done, for a person who waits."""

    def __init__(self) -> None:
        self.bar: Any = None

    def __enter__(self) -> "MutantBar":
        return self

    def begin(self, total: int) -> None:
        """Shows the bar, if somebody is watching."""
        if sys.stderr.isatty():
            self.bar = bar_of("share")
            self.task = self.bar.add_task(f"{total:,} {in_both_languages(MUTANTS)}", total=total)

    def step(self, done: int) -> None:
        """Counts mutants that are done."""
        if self.bar is not None:
            self.bar.update(self.task, advance=done)

    def __exit__(self, *raised: object) -> None:
        if self.bar is not None:
            self.bar.stop()


def _compiled(folder: Path, language: str) -> Library:
    """The library, all of whose rules can be matched; or its problems printed and exit code 1."""
    with problems_end_it(language):
        library = load_library(folder)
        problems = check_compilations(library)
        if problems:
            raise Problems(problems)
        return library


def _watch(folder: Path, once: Callable[[], bool]) -> None:
    """Runs at once and after every change of a policy file, until interrupted."""
    need_extra("watch", "watchfiles")
    from watchfiles import watch

    def again() -> None:
        if sys.stdout.isatty():
            sys.stdout.write(Styled(CLEAR))
        # If the policies cannot be loaded, their problems were printed, and the next change may mend them.
        with suppress(SystemExit):
            once()

    # Watching begins before the first run, so that no change made during it is missed.
    started = False
    for changes in watch(folder, raise_interrupt=False, rust_timeout=200, yield_on_timeout=True):
        if not started or any(path.endswith(".yaml") for _, path in changes):
            started = True
            again()
