"""`xeploai ask`: a case filled in by asking, in the terminal."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click

from engine.base.diagnostics import Problems
from engine.base.files import read_text
from engine.base.json_text import parse_json
from engine.cli import shell as completion
from engine.cli.blank_case import Start, empty_case
from engine.cli.help import Verb
from engine.cli.lines import choose, show
from engine.cli.opening import PROBLEMS, loaded, print_diagnostics, regulation_named
from engine.cli.options import (
    day_option,
    id_option,
    language_option,
    period_option,
    policies_option,
    switch_option,
    switches_of,
)
from engine.cli.outputs import check_outputs
from engine.cli.sitting import Sitting
from engine.cli.usage import misuse
from engine.core.policy.live import in_force
from engine.core.policy.regulation import Library, Regulation
from engine.load.cases.kinds import kinds_of_cases
from engine.report.interview import asker
from engine.study.interview import Answers, interview, parsed


@click.command(cls=Verb)
@click.argument("path", metavar="CASE.json", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--regulation",
    default=None,
    metavar="ID",
    shell_complete=completion.regulations,
    help="regulation",
)
@click.option(
    "--subject",
    "kind",
    default=None,
    metavar="KIND",
    shell_complete=completion.kinds,
    help="subject",
)
@id_option
@period_option
@day_option
@policies_option
@language_option
@switch_option
def ask(
    path: Path,
    regulation: str | None,
    kind: str | None,
    case_id: str | None,
    period: str | None,
    day: str | None,
    folder: Path | None,
    language: str,
    interpretations: tuple[str, ...],
) -> None:
    """Fill in a case by asking what still matters."""
    check_outputs(language, [path], (), folder)
    library = loaded(folder, language)
    switches = switches_of(interpretations)
    text: str | None = None
    override = regulation
    try:
        if path.exists():
            data, text = _opened(path, kind, library, regulation, language)
        else:
            chosen, kind = _chosen(library, regulation, kind, day, language)
            start = Start(case_id or path.stem, period, day)
            data, _ = empty_case(library, library.regulations[chosen], kind, switches, language, start)
            override = None
        asking = interview(library, data, switches, override)
    except Problems as problems:
        print_diagnostics(problems.diagnostics, language)
        sys.exit(PROBLEMS)
    sitting = Sitting(path, text, asking, asker(library, asking.judge.regulation, language), Answers(data))
    if text is None and (period is None or day is None):
        as_of = sitting.ask.words.day(date.fromisoformat(data["as_of"]))
        show(sitting.ask.say("put", period=data["period"], day=as_of))
    sitting.run()


def _opened(
    path: Path, kind: str | None, library: Library, regulation: str | None, language: str
) -> tuple[dict[str, Any], str]:
    if regulation is not None:
        regulation_named(library, regulation, language)
    text = read_text(path)
    document = parse_json(str(path), text)
    case = parsed(library, document, regulation)
    if kind is not None and kind != case.subject.kind:
        misuse("other_kind", name=kind, file=path, kind=case.subject.kind)
    return document.data, text


def _chosen(
    library: Library, regulation: str | None, kind: str | None, day: str | None, language: str
) -> tuple[str, str]:
    """The regulation and the kind of subject of a new case: as named, as in force, or as the person chooses."""
    # Local layers are not offered; a person who uses one names it with --regulation.
    whole = [candidate for candidate in library.regulations.values() if candidate.extends is None]
    candidates = [candidate for candidate in whole if _covers(candidate, day)] or whole
    asking = asker(library, candidates[0], language)
    if regulation is None:
        # Regulations that replace each other mostly have the same title: number and days tell them apart.
        labels = [(item.id, asking.words.documents.get(item.id, item.label)) for item in candidates]
        days = {item.id: asking.in_force(item.in_force_from, item.in_force_until) for item in candidates}
        question = asking.say("choose_regulation")
        regulation = candidates[0].id if len(labels) == 1 else choose(question, labels, asking, days)
    applied = regulation_named(library, regulation, language)
    if kind is None:
        kind = choose(asking.say("choose_subject"), list(kinds_of_cases(applied).items()), asking)
    return regulation, kind


def _covers(regulation: Regulation, day: str | None) -> bool:
    try:
        return day is None or in_force(regulation, date.fromisoformat(day))
    except ValueError:
        return True
