"""`xeploai evaluate`: case files in, reports out."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from engine.api import evaluate as evaluate_cases
from engine.base.extras import need_extra
from engine.base.writing import whole
from engine.cli import shell as completion
from engine.cli.help import Verb
from engine.cli.opening import (
    DONE,
    PROBLEMS,
    loaded_as_kept,
    policies_folder,
    print_diagnostics,
    problems_end_it,
    teller,
)
from engine.cli.options import judged_by_option, language_option, policies_option, switch_option, switches_of
from engine.cli.outputs import check_outputs, output_to
from engine.cli.progress import Progress
from engine.cli.usage import misuse
from engine.core.judge.record import Results
from engine.load.cases.paths import unread_cases
from engine.report.results import write
from engine.report.terminal import takes_colours
from engine.report.text import Layout
from engine.report.words import document_labels
from engine.report.xlsx.cases import write_workbook
from engine.versions.revisions import commit_of


@click.command(cls=Verb)
@click.argument("paths", nargs=-1, required=True, shell_complete=completion.files)
@policies_option
@language_option
@switch_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "ndjson", "csv", "html", "xlsx"]),
    default="text",
    show_default=True,
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    default=None,
    help="output",
)
@judged_by_option
@click.option(
    "--verify",
    is_flag=True,
    help="derive_again",
)
@click.option("--brief", is_flag=True, help="brief")
def evaluate(
    paths: tuple[str, ...],
    folder: Path | None,
    language: str,
    interpretations: tuple[str, ...],
    form: str,
    output: Path | None,
    regulation: str | None,
    verify: bool,
    brief: bool,
) -> None:
    """Judge case files."""
    if form == "html":
        need_extra("html", "jinja2")
    if form == "xlsx":
        need_extra("population", "openpyxl")
        if output is None:
            misuse("binary", form="xlsx")
    check_outputs(language, [output], paths, folder)
    kept = loaded_as_kept(folder, language)
    library = kept.library
    switches = switches_of(interpretations)
    with problems_end_it(language), Progress() as progress:
        results = evaluate_cases(
            library,
            unread_cases(paths, library, language, teller(language)),
            regulation=regulation,
            switches=switches,
            verify=verify,
            on_case=progress.step,
            made=kept.made,
        )
    if form in ("json", "ndjson"):
        results = _with_commit(results, policies_folder(folder))
    documents = document_labels(library)
    if form == "xlsx" and output is not None:
        with whole(output, private=True) as file:
            write_workbook(results, language, file, documents=documents)
    else:
        with output_to(output, private=True) as stream:
            colours = output is None and form == "text" and takes_colours(sys.stdout)
            write(results, form, language, stream, documents=documents, layout=Layout(brief, colours))
    if results.warnings:
        print_diagnostics(results.warnings, language)
    if output is not None and results.rejected:
        print_diagnostics([problem for case in results.rejected for problem in case.diagnostics], language)
    sys.exit(PROBLEMS if results.rejected else DONE)


def _with_commit(results: Results, policies: Path) -> Results:
    """The records with the git commit of the policies, if these are in git."""
    state = commit_of(policies)
    if state is None:
        return results
    commit, clean = state
    records = (replace(record, policy_commit=commit, policy_clean=clean) for record in results.decisions)
    return replace(results, decisions=tuple(records))
