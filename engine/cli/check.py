"""`xeploai check`: the mistakes in a policies folder."""

import json
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import click

from engine.base.diagnostics import Diagnostic, Problems
from engine.base.files import texts_of
from engine.base.findings import first_of_each_file, number
from engine.base.words import wording
from engine.cli.help import Verb
from engine.cli.opening import DONE, PROBLEMS, policies_folder
from engine.cli.options import language_option, policies_option
from engine.cli.staged import as_staged, staged_here_option
from engine.core.policy.regulation import Library
from engine.load.policies.forms import read_forms
from engine.load.policies.library import accents_apart
from engine.proof.ladders import check_ladders
from engine.proof.reader import read_properties
from engine.report.diagnostics import render, to_document, to_github, to_sarif
from engine.report.terminal import Command
from engine.study.lint import check_reach
from engine.study.suite import check_tests
from engine.versions.opening import load_library
from engine.versions.overwriting import overwritten_in_git
from engine.versions.written_for import changes_below

SUMMARY = wording("cli", "check", "summary")
NOTES = wording("cli", "check", "notes")
BROKEN = wording("cli", "check", "broken")


@click.command(cls=Verb)
@policies_option
@language_option
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "github", "sarif"]), default="text", show_default=True
)
@staged_here_option
@click.option("--strict", is_flag=True, help="strict")
def check(folder: Path | None, language: str, form: str, staged: bool, strict: bool) -> None:
    """Find the mistakes in a policies folder."""
    given = policies_folder(folder, own=True)
    place = given.absolute()
    with as_staged(given, staged, language, form) as read:
        _check(read, place, language, form, staged, strict)


def _wrong_in_forms(library: Library, staged: bool) -> Iterable[Diagnostic]:
    """What is wrong with forms; of their templates only if the extra is installed. What is staged has no templates."""
    if staged:
        return ()
    forms = read_forms(library)
    if not any(forms.by_regulation.values()) or find_spec("docxtpl") is None:
        return forms.problems
    # An extra that other folders do without.
    from engine.report.forms.filling import check_forms

    return check_forms(library, forms)


def _check(folder: Path, place: Path, language: str, form: str, staged: bool, strict: bool) -> None:
    """`place`: where the folder lies in git."""
    library = None
    try:
        library = load_library(folder)
        every = (
            *check_reach(library),
            *check_ladders(library),
            *_wrong_in_forms(library, staged),
            *check_tests(library, folder),
            *read_properties(library, folder).problems,
            *overwritten_in_git(place, library, staged=staged),
            *accents_apart(folder),
            *changes_below(folder, library, place),
        )
        problems = tuple(sorted(every, key=lambda problem: (problem.location, problem.code)))
    except Problems as broken:
        problems = broken.diagnostics
    errors, warnings, notes = (
        sum(number(problem) for problem in problems if problem.severity == severity)
        for severity in ("error", "warning", "note")
    )
    match form:
        case "json":
            click.echo(json.dumps(to_document(problems, language), ensure_ascii=False, indent=2))
        case "sarif":
            click.echo(json.dumps(to_sarif(problems, language), ensure_ascii=False, indent=2))
        case "github":
            sys.stdout.write(Command(to_github(problems, language)))
        case _:
            if problems:
                shown = list(first_of_each_file(problems))
                texts = texts_of(problem.location.file for problem in shown)
                click.echo(render(shown, language, texts) + "\n", err=True)
            if library is None:
                click.echo(BROKEN[language].format(errors=errors))
            else:
                click.echo(
                    SUMMARY[language].format(
                        errors=errors,
                        warnings=warnings,
                        notes=NOTES[language].format(notes=notes) if notes else "",
                        names=", ".join(library.regulations),
                        facts=len(library.vocabulary.facts),
                        cited=sum(len(regulation.citations) for regulation in library.regulations.values()),
                    )
                )
    sys.exit(PROBLEMS if errors or (strict and warnings) else DONE)
