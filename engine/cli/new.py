"""`xeploai new`: files to start from."""

import json
import shutil
import sys
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text as Shown

from engine.base.extras import need_extra
from engine.base.paths import WORKBOOKS
from engine.base.writing import make_folder, whole
from engine.cli import shell as completion
from engine.cli.blank_case import Start, empty_case
from engine.cli.opening import loaded, regulation_named
from engine.cli.options import (
    day_option,
    id_option,
    language_option,
    period_option,
    policies_option,
    switch_option,
    switches_of,
)
from engine.cli.outputs import check_outputs, output_to
from engine.cli.usage import Commands, misuse, wrong_usage
from engine.core.policy.regulation import Regulation
from engine.core.policy.terms import Fact
from engine.core.rules.compiler import Compiled
from engine.load.cases.blank import as_json, contents_to_cover, evidence_to_name, facts_to_state
from engine.load.cases.schema import case_schema
from engine.report.interview import Asker, asker
from engine.report.xlsx.blank import CaseWorkbook

SCHEMA_FOLDER = ".xeploai"
"""Its name begins with a dot, so that the schema is not read as a case when a folder of cases is judged."""

regulation_option = click.option(
    "--regulation", "name", required=True, metavar="ID", shell_complete=completion.regulations,
    help="regulation",
)  # fmt: skip
subject_option = click.option(
    "--subject", "kind", required=True, metavar="KIND", shell_complete=completion.kinds,
    help="subject",
)  # fmt: skip
force_option = click.option("--force", is_flag=True, help="force")


@click.group(cls=Commands)
def new() -> None:
    """Write files to start from."""


@new.command("case")
@regulation_option
@subject_option
@id_option
@period_option
@day_option
@click.option("--output", "-o", type=click.Path(path_type=Path), default=None)
@force_option
@policies_option
@language_option
@switch_option
def new_case(
    name: str,
    kind: str,
    case_id: str | None,
    period: str | None,
    day: str | None,
    output: Path | None,
    force: bool,
    folder: Path | None,
    language: str,
    interpretations: tuple[str, ...],
) -> None:
    """A case with every fact that is asked for, all unknown."""
    check_outputs(language, [output], (), folder)
    library = loaded(folder, language)
    regulation = regulation_named(library, name, language)
    ask = asker(library, regulation, language)
    if output is not None and output.exists() and not force:
        wrong_usage(ask.say("exists", path=output), ask.say("exists_help"))
    schema = Path(SCHEMA_FOLDER) / f"{regulation.id}.schema.json"
    name = case_id or (output.stem if output else f"{regulation.id}-{kind}")
    start = Start(name, period, day, schema.as_posix() if output else None)
    data, compiled = empty_case(library, regulation, kind, switches_of(interpretations), language, start)
    if output is not None:
        make_folder(output.parent / SCHEMA_FOLDER)
        with output_to(output.parent / schema) as stream:
            json.dump(case_schema(regulation, library.vocabulary), stream, ensure_ascii=False, indent=2)
            stream.write("\n")
    with output_to(output) as stream:
        stream.write(as_json(data) + "\n")
    # Printed apart from the case, so that the two do not mix.
    _print_table(ask, regulation, compiled, to_errors=output is None)
    if period is None or day is None:
        click.echo(ask.say("put", period=data["period"], day=_shown(ask, data)), err=output is None)
    if output is not None:
        click.echo(ask.say("editor", path=output.parent / schema))
        click.echo(ask.say("written", path=output))


@new.command("workbook")
@regulation_option
@subject_option
@period_option
@day_option
@click.option("--output", "-o", type=click.Path(path_type=Path), required=True, help="workbook_file")
@force_option
@policies_option
@language_option
@switch_option
def new_workbook(
    name: str,
    kind: str,
    period: str | None,
    day: str | None,
    output: Path,
    force: bool,
    folder: Path | None,
    language: str,
    interpretations: tuple[str, ...],
) -> None:
    """A workbook to fill in, one row for each case."""
    need_extra("population", "openpyxl")
    check_outputs(language, [output], (), folder)
    library = loaded(folder, language)
    regulation = regulation_named(library, name, language)
    ask = asker(library, regulation, language)
    if output.suffix.lower() not in WORKBOOKS:
        misuse("ending", file=output, known="*.xlsx, *.xlsm")
    if output.exists() and not force:
        wrong_usage(ask.say("exists", path=output), ask.say("exists_help"))
    start = Start("", period, day)
    data, compiled = empty_case(library, regulation, kind, switches_of(interpretations), language, start)
    day_of_review = date.fromisoformat(data["as_of"])
    with whole(output) as stream:
        CaseWorkbook(library, regulation, compiled, ask.words, data["period"], day_of_review).write(stream)
    click.echo(ask.say("workbook_written", path=output))


def _shown(ask: Asker, data: dict[str, Any]) -> str:
    return ask.words.day(date.fromisoformat(data["as_of"]))


def _print_table(ask: Asker, regulation: Regulation, compiled: Compiled, to_errors: bool) -> None:
    """Every fact with its question and the values that it takes, then the ids to choose from."""
    stream = sys.stderr if to_errors else sys.stdout
    width = shutil.get_terminal_size((100, 24)).columns
    console = Console(file=stream, width=width, highlight=False, color_system=None, force_terminal=False)
    facts, text = compiled.vocabulary.facts, ask.words.text

    def show(title: str, columns: list[str], rows: list[tuple[str, ...]]) -> None:
        if rows:
            table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_header=any(columns))
            # Names are not broken over lines, so that they can be copied.
            table.add_column(columns[0], no_wrap=True, min_width=max(len(row[0]) for row in rows))
            for column in columns[1:]:
                table.add_column(column, overflow="fold")
            for row in rows:
                table.add_row(*map(Shown, row))
            console.print(table)

    names = facts_to_state(regulation, compiled)
    show(
        ask.say("facts_title", kind=text(regulation.kinds[compiled.kind].label), count=len(names)),
        [ask.say("column_fact"), ask.say("column_question"), ask.say("column_takes")],
        [(name, text(facts[name].question or facts[name].label), _takes(ask, facts[name])) for name in names],
    )
    named = [(name, text(facts[name].label)) for name in evidence_to_name(compiled)]
    show(ask.say("evidence_title"), ["", ""], list(named))
    show(
        ask.say("contents_title"),
        ["", ""],
        [
            (rule.id, text(rule.label) + (f" ({ask.say('when_required')})" if rule.condition else ""))
            for rule in contents_to_cover(compiled)
        ],
    )
    show(ask.say("grades_title"), ["", ""], [(grade.id, text(grade.label)) for grade in regulation.grades])


def _takes(ask: Asker, fact: Fact) -> str:
    """How a value of a fact is written in the file."""
    if fact.form == "boolean":
        return "true / false"
    if fact.options:
        listed = " / ".join(name for name, _ in fact.options)
        return f"[{listed.replace(' / ', ', ')}]" if fact.form == "set" else listed
    return ask.fact_takes(fact) if fact.form != "date" else "YYYY-MM-DD"
