"""The policies of a command: which folder they are in, and their library; or their problems, which end the command."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click

from engine.base.data import data_folder
from engine.base.diagnostics import Diagnostic, EngineFailure, EngineMissingError, Location, Problems, diagnostic
from engine.base.files import texts_of
from engine.base.findings import first_of_each_file
from engine.base.words import wording
from engine.cli.usage import wrong_usage
from engine.core.policy.live import Choices
from engine.core.policy.regulation import Library, Regulation
from engine.load.policies.choices import UnknownChoice, check_choices
from engine.load.policies.folders import policies_here, policies_nearby
from engine.report.diagnostics import render, to_document
from engine.versions.opening import Kept, kept

DONE, PROBLEMS, USAGE, FAILURE = 0, 1, 2, 3

WRONG_OUTPUT = ("output/is-a-folder", "output/is-input", "output/no-folder", "output/not-a-folder")
"""Problems with the name of an output, which are wrong usage."""


SHIPPED = wording("cli", "opening", "shipped")


def policies_folder(folder: Path | None, *, own: bool = False) -> Path:
    """The policies folder that was named, or the one here.

    If there is neither, and nothing nearby that may be meant, it is the folder that comes with the program, and a
    person is told so; but not if it must be the user's `own`, to be checked, changed or looked for in git."""
    place = folder or policies_here()
    if place is not None:
        return place
    context = click.get_current_context()
    language = context.params.get("language") or "vi"
    nearby = policies_nearby()
    if nearby is not None or own:
        code = "library/none-here" if nearby is None else "library/elsewhere"
        problem = diagnostic(code, Location(""), place=str(nearby))
        wrong_usage(problem.message(language), problem.help(language))
    if not context.meta.get(__name__):
        context.meta[__name__] = True
        click.echo(SHIPPED[language], err=True)
    return data_folder("policies")


def loaded(folder: Path | None, language: str) -> Library:
    """The library, or its problems printed and exit code 1."""
    return loaded_as_kept(folder, language).library


def loaded_as_kept(folder: Path | None, language: str) -> Kept:
    """The library, with what earlier runs made from it; or its problems printed and exit code 1."""
    with problems_end_it(language):
        return kept(policies_folder(folder))


@contextmanager
def problems_end_it(language: str, form: str = "text") -> Iterator[None]:
    """Ends the command on an error inside: with code 1 on problems, 2 on an unknown name, 3 if the engine failed."""
    try:
        yield
    except Problems as problems:
        if form == "json":
            click.echo(json.dumps(to_document(problems.diagnostics, language), ensure_ascii=False, indent=2))
            sys.exit(PROBLEMS)
        end_with(problems, language)
    except UnknownChoice as choice:
        end_with_choice(choice, language)
    except EngineFailure as failure:
        text: object = failure
        if isinstance(failure, EngineMissingError):
            missing = wording("cli", "engine", "missing")[language]
            text = missing.format(command=failure.command, reason=failure.reason)
        click.echo(f"xeploai: {text}", err=True)
        sys.exit(FAILURE)


def end_with(problems: Problems, language: str) -> NoReturn:
    """Prints the problems and ends the command."""
    print_diagnostics(problems.diagnostics, language)
    sys.exit(exit_code(problems))


def exit_code(problems: Problems) -> int:
    """Wrong usage if all problems are about the name of an output."""
    return USAGE if all(problem.code in WRONG_OUTPUT for problem in problems.diagnostics) else PROBLEMS


def regulation_named(library: Library, name: str, language: str) -> Regulation:
    """The regulation with this id. Ends the command if there is none."""
    check_named(library, name, {}, language)
    return library.regulations[name]


def check_named(library: Library, regulation: str | None, switches: Choices, language: str) -> None:
    """Ends the command if there is no such regulation, interpretation, or option of one."""
    with problems_end_it(language):
        check_choices(library, regulation, switches)


def end_with_choice(choice: UnknownChoice, language: str) -> NoReturn:
    """Ends the command with the unknown name and its remedy."""
    wrong_usage(choice.diagnostic.message(language), choice.diagnostic.help(language))


def print_diagnostics(diagnostics: Iterable[Diagnostic], language: str) -> None:
    """Prints problems with the lines that they are about, on standard error."""
    shown = list(first_of_each_file(diagnostics))
    click.echo(render(shown, language, texts_of(problem.location.file for problem in shown)), err=True)


def teller(language: str) -> Callable[[Diagnostic], None]:
    """A function that prints a problem as soon as a reader of cases finds it."""
    return lambda problem: print_diagnostics([problem], language)
