"""`xeploai table`: the tables that an office hands up, for Word or for a spreadsheet."""

import sys
from pathlib import Path

import click

from engine.api import evaluate
from engine.base.extras import need_extra
from engine.base.words import wording
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
from engine.cli.outputs import check_outputs
from engine.cli.progress import Progress
from engine.cli.usage import misuse
from engine.load.cases.particulars import Particulars, noting
from engine.load.cases.paths import unread_cases
from engine.report.tables.files import TABLES, write_tables
from engine.report.tables.office import OfficeTables
from engine.report.words import Words, document_labels

NOTHING = wording("cli", "table", "nothing")
EXTRAS = {".docx": ("forms", "docx"), ".xlsx": ("population", "openpyxl")}
"""The files that are written, by their endings, with the extra that each needs and its library."""


@click.command(cls=Verb)
@click.argument("which", type=click.Choice(list(TABLES)))
@click.argument("paths", nargs=-1, required=True, shell_complete=completion.files)
@policies_option
@language_option
@switch_option
@judged_by_option
@click.option("--output", "-o", type=click.Path(path_type=Path), required=True, help="output")
@names_option
def table(
    which: str,
    paths: tuple[str, ...],
    folder: Path | None,
    language: str,
    interpretations: tuple[str, ...],
    regulation: str | None,
    output: Path,
    names: bool,
) -> None:
    """Write a table that an office hands up."""
    ending = output.suffix.lower()
    if ending not in EXTRAS:
        misuse("ending", file=output.name, known=", ".join(EXTRAS))
    need_extra(*EXTRAS[ending])
    check_outputs(language, [output], paths, folder)
    kept, switches = loaded_as_kept(folder, language), switches_of(interpretations)
    particulars: dict[str, Particulars] = {}
    documents = noting(unread_cases(paths, kept.library, language, teller(language)), particulars)
    with problems_end_it(language), Progress() as progress:
        results = evaluate(
            kept.library, documents, regulation=regulation, switches=switches, on_case=progress.step, made=kept.made
        )
    words = Words(language, document_labels(kept.library))
    office = OfficeTables(kept.library, results, words, particulars, names, switches)
    tables = list(TABLES[which](office))
    if tables:
        with problems_end_it(language), whole(output, private=True) as file:
            write_tables(tables, ending[1:], language, file)
    problems = [*results.warnings, *(problem for case in results.rejected for problem in case.diagnostics)]
    if problems:
        print_diagnostics(problems, language)
    if not tables:
        click.echo(NOTHING[language].format(file=output), err=True)
    sys.exit(PROBLEMS if results.rejected or not tables else DONE)
