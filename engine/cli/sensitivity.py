"""`xeploai sensitivity`: what each interpretation decides, over many cases."""

import os
import sys
from functools import partial
from pathlib import Path

import click

from engine.base.extras import need_extra
from engine.base.words import wording
from engine.cli.bar import Bar
from engine.cli.help import Verb
from engine.cli.opening import (
    DONE,
    PROBLEMS,
    check_named,
    loaded,
    print_diagnostics,
    problems_end_it,
    teller,
)
from engine.cli.options import judged_by_option, language_option, policies_option, switch_option, switches_of
from engine.cli.outputs import check_outputs, output_to
from engine.cli.progress import Progress
from engine.cli.target import REFEREE, RUN_MEMORY, by_population, is_large, target_option
from engine.core.policy.regulation import Library
from engine.load.cases.paths import unread_cases
from engine.population import sensitivity as by_sql
from engine.population.decider import Options
from engine.population.placed import Cases
from engine.population.run import Run
from engine.report.document import write_documents
from engine.report.sensitivity import as_document, as_json
from engine.study import sensitivity as case_by_case
from engine.study.sensitivity import Sensitivity

SPEED = wording("cli", "sensitivity", "speed")


@click.command(cls=Verb)
@click.option("--cases", "paths", multiple=True, required=True, metavar="PATH", help="cases")
@policies_option
@judged_by_option
@switch_option
@language_option
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown", "html"]), default="text", show_default=True
)
@click.option("--output", "-o", type=click.Path(path_type=Path), default=None,
              help="output")  # fmt: skip
@target_option
def sensitivity(
    paths: tuple[str, ...],
    folder: Path | None,
    regulation: str | None,
    interpretations: tuple[str, ...],
    language: str,
    form: str,
    output: Path | None,
    target: str,
) -> None:
    """What each interpretation decides, and for which cases."""
    if form == "html":
        need_extra("html", "jinja2", "markdown_it")

    check_outputs(language, [output], paths, folder)
    library = loaded(folder, language)
    switches = switches_of(interpretations)
    check_named(library, regulation, switches, language)
    judge = _by_population if is_large(target, paths) else _by_case
    with problems_end_it(language):
        answer = judge(library, paths, regulation, switches, language)
    with output_to(output, private=True) as stream:
        if form == "json":
            stream.writelines(as_json(answer))
        else:
            write_documents([as_document(answer, library.regulations, language)], form, language, stream)
    if answer.rejected:
        print_diagnostics([problem for case in answer.rejected for problem in case.diagnostics], language)
    sys.exit(PROBLEMS if answer.rejected else DONE)


def _by_case(
    library: Library, paths: tuple[str, ...], regulation: str | None, switches: dict[str, str], language: str
) -> Sensitivity:
    documents = unread_cases(paths, library, language, teller(language))
    with Progress() as progress:
        return case_by_case.sensitivity(
            library, documents, regulation=regulation, switches=switches, on_case=progress.step
        )


def _by_population(
    library: Library, paths: tuple[str, ...], regulation: str | None, switches: dict[str, str], language: str
) -> Sensitivity:
    """As a population, in a temporary folder. Prints how fast it was."""
    with by_population(language, SPEED) as (folder, count), Bar(paths) as bar:
        options = Options(regulation, switches, REFEREE)
        run = Run(library, folder / "work", options, RUN_MEMORY, os.cpu_count() or 1)
        documents = partial(unread_cases, paths, library, language, teller(language))
        outcome = by_sql.sensitivity(run, Cases(paths, documents, bar.step))
        count(outcome.cases, outcome.one_by_one)
    return outcome.sensitivity
