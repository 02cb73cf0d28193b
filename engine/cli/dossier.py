"""`xeploai dossier`: which papers the dossiers of cases must hold, and what is missing or dated wrongly."""

import sys
from pathlib import Path

import click

from engine.api import evaluate_each
from engine.base.extras import need_extra
from engine.base.writing import whole
from engine.cli import shell as completion
from engine.cli.help import Verb
from engine.cli.opening import DONE, PROBLEMS, loaded_as_kept, print_diagnostics, problems_end_it, teller
from engine.cli.options import (
    judged_by_option,
    language_option,
    names_option,
    policies_option,
    switch_option,
    switches_of,
)
from engine.cli.outputs import check_outputs, output_to
from engine.cli.progress import Progress
from engine.cli.usage import misuse
from engine.core.judge.engine import Matched
from engine.load.cases.particulars import noting
from engine.load.cases.paths import unread_cases
from engine.report.document import write_documents
from engine.report.dossier import DossierRun
from engine.report.tables.docx import write_docx
from engine.study.memory import Outcome

FORMATS = ("text", "json", "markdown", "html", "docx")


@click.command(cls=Verb)
@click.argument("paths", nargs=-1, required=True, shell_complete=completion.files)
@policies_option
@language_option
@switch_option
@judged_by_option
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--output", "-o", type=click.Path(path_type=Path), default=None, help="output")
@names_option
def dossier(
    paths: tuple[str, ...],
    folder: Path | None,
    language: str,
    interpretations: tuple[str, ...],
    regulation: str | None,
    form: str,
    output: Path | None,
    names: bool,
) -> None:
    """Say which papers dossiers must hold."""
    if form == "html":
        need_extra("html", "jinja2", "markdown_it")
    if form == "docx":
        need_extra("forms", "docx")
        if output is None:
            misuse("binary", form=form)
    check_outputs(language, [output], paths, folder)
    kept, switches = loaded_as_kept(folder, language), switches_of(interpretations)
    with problems_end_it(language):
        run = DossierRun(kept.library, switches)
        documents = noting(unread_cases(paths, kept.library, language, teller(language)), run.people)
        with Progress() as progress:

            def take(matched: Matched) -> Outcome:
                progress.step()
                return run.take(matched)

            evaluate_each(
                kept.library, documents, take, run.rejected.append,
                regulation=regulation, switches=switches, made=kept.made,
            )  # fmt: skip
        dossiers = run.dossiers(language, names=names)
        if form == "docx" and output is not None:
            with whole(output, private=True) as file:
                write_docx(list(dossiers.table()), language, file)
        else:
            with output_to(output, private=True) as stream:
                if form == "json":
                    stream.write(dossiers.as_json())
                else:
                    write_documents([dossiers.document()], form, language, stream)
    if run.rejected:
        print_diagnostics([problem for case in run.rejected for problem in case.diagnostics], language)
    sys.exit(PROBLEMS if run.rejected else DONE)
