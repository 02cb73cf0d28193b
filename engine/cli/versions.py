"""The two sides of a comparison. A side is a regulation's id, a policies folder, or a git revision of a folder."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click

from engine.base.data import data_folder
from engine.base.diagnostics import Diagnostic, Problems
from engine.base.files import texts_of
from engine.base.nearness import closest
from engine.base.words import wording
from engine.cli import shell as completion
from engine.cli.opening import PROBLEMS, policies_folder, print_diagnostics, problems_end_it
from engine.cli.usage import misuse
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Vocabulary
from engine.load.policies.folders import (
    OVERLAY_FILE,
    POLICIES_FOLDER,
    REGULATION_FILE,
    VOCABULARY_FILE,
    regulation_folders,
)
from engine.report.diagnostics import render
from engine.versions.opening import kept_library, load_library
from engine.versions.revisions import policies_at
from engine.versions.versions import Version

sides_argument = click.argument("sides", nargs=-1, shell_complete=completion.regulations)
staged_option = click.option("--staged", is_flag=True, help="staged_side")
alone_option = click.option(
    "--regulation", default=None, metavar="ID", shell_complete=completion.regulations,
    help="regulation_alone",
)  # fmt: skip

Pair = tuple[Version | None, Version | None]


@dataclass(frozen=True)
class Sides:
    """Two sides with their regulations in pairs. `named`: each side names a regulation, and these two are the pair."""

    old: str
    new: str
    before: Library
    after: Library
    pairs: tuple[Pair, ...]
    named: bool
    left_out: tuple[Diagnostic, ...]
    """Why local layers are not compared: they loosen what they extend. These problems were printed already."""


STAGED = "--staged"
LAST = "HEAD"
ALL_NEW = wording("cli", "versions", "all_new")
LEFT_OUT = wording("cli", "versions", "left_out")
KNOWN = wording("cli", "versions", "known")


def two_sides(sides: tuple[str, ...], staged: bool) -> tuple[str | None, str | None]:
    """The arguments of a command -> its old and its new side. None means the policies folder as it is now."""
    if len(sides) == 1 and ".." in sides[0]:
        old, _, new = sides[0].partition("..")
        sides = (old or LAST, new.lstrip(".") or LAST)
    if staged:
        if len(sides) > 1:
            misuse("staged")
        return (sides[0] if sides else LAST), STAGED
    if not sides or len(sides) > 2:
        misuse("sides")
    return sides[0], (sides[1] if len(sides) == 2 else None)


@contextmanager
def compared(
    old: str | None, new: str | None, folder: Path | None, regulation: str | None, language: str
) -> Iterator[Sides]:
    """The regulations of both sides in pairs: two that were named, or else all by their ids.

    Ends the command with the problems of a side that cannot be loaded."""
    with ExitStack() as stack:
        left_out: list[Diagnostic] = []
        (old_name, before, old_id), (new_name, after, new_id) = (
            _side(side, folder, language, stack, left_out) for side in (old, new)
        )
        if left_out:
            click.echo(LEFT_OUT[language], err=True)
            print_diagnostics(left_out, language)
        if (old_id and old_id not in before.regulations) or (new_id and new_id not in after.regulations):
            sys.exit(PROBLEMS)
        if old_id and new_id:
            old_regulation, new_regulation = before.regulations[old_id], after.regulations[new_id]
            pair: Pair = (Version(old_name, before, old_regulation), Version(new_name, after, new_regulation))
            yield Sides(old_name, new_name, before, after, (pair,), True, tuple(left_out))
            return
        wanted = regulation or old_id or new_id
        known = dict.fromkeys([*before.regulations, *after.regulations])
        if wanted is not None and wanted not in known:
            misuse("no_regulation", name=wanted, near=closest(wanted, known), known=", ".join(known))
        unpaired = dict(after.regulations)
        pairs: list[Pair] = []
        for earlier in before.regulations.values():
            later_id = earlier.id if earlier.id in unpaired else _renamed(earlier, before, after)
            other = unpaired.pop(later_id or "", None)
            new_side = Version(new_name, after, other) if other is not None else None
            pairs.append((Version(old_name, before, earlier), new_side))
        pairs += [(None, Version(new_name, after, added)) for added in unpaired.values()]
        chosen = [pair for pair in pairs if wanted is None or wanted in _ids(pair)]
        yield Sides(old_name, new_name, before, after, tuple(chosen), False, tuple(left_out))


def _ids(pair: Pair) -> list[str]:
    return [version.regulation.id for version in pair if version is not None]


def _renamed(regulation: Regulation, before: Library, after: Library) -> str | None:
    """The new id of a regulation whose folder was renamed: it has the same number and day of issue."""
    known_by = (regulation.number, regulation.issued_on)
    added = (other for other in after.regulations.values() if other.id not in before.regulations)
    return next((other.id for other in added if (other.number, other.issued_on) == known_by), None)


def _side(
    side: str | None, folder: Path | None, language: str, stack: ExitStack, left_out: list[Diagnostic]
) -> tuple[str, Library, str | None]:
    """The name of a side, its library, and the regulation that it names, if it names one."""
    here = policies_folder(folder)
    if side is None:
        here = policies_folder(folder, own=True)
        with problems_end_it(language):
            return str(here), _library(here, left_out), None
    if side != STAGED:
        path = Path(side)
        if "/" not in side and any(_is_regulation(place / side) for place in (here, data_folder(POLICIES_FOLDER))):
            with problems_end_it(language):
                library = _library(here, left_out)
            if side in library.regulations or _is_regulation(here / side):
                return side, library, side
        if (path / VOCABULARY_FILE).is_file():
            with problems_end_it(language):
                return side, _library(path, left_out), None
        if _is_regulation(path):
            with problems_end_it(language):
                return side, _library(path.resolve().parent, left_out), path.resolve().name

    here = policies_folder(folder, own=True)
    try:
        copy = stack.enter_context(policies_at(here, side))
    except Problems as problems:
        first = problems.diagnostics[0]
        if side == LAST and first.code in ("git/no-commit", "git/no-folder"):
            # Before their first commit, all policies are new.
            elsewhere = f" ({first.help(language)})" if dict(first.arguments).get("known") else ""
            click.echo(first.message(language) + ALL_NEW[language] + elsewhere, err=True)
            return side, Library(Vocabulary({}), {}), None
        print_diagnostics(problems.diagnostics, language)
        if any(problem.code == "git/unknown-revision" for problem in problems.diagnostics):
            known = ", ".join(path.name for path in regulation_folders(here))
            click.echo(f"{KNOWN[language]}: {known}", err=True)
        sys.exit(PROBLEMS)
    return side, _loaded_copy(copy, f"{side}:{here}", language, left_out), None


def _library(folder: Path, left_out: list[Diagnostic]) -> Library:
    """The library of a folder, without layers that loosen what they extend; why they do is added to `left_out`.

    As an earlier run kept it if there was one: two sides of one folder need it twice, and to prove its layers takes as
    long as to read it."""
    try:
        return kept_library(folder)
    except Problems:
        return load_library(folder, left_out=left_out)


def _is_regulation(folder: Path) -> bool:
    return (folder / REGULATION_FILE).is_file() or (folder / OVERLAY_FILE).is_file()


def _loaded_copy(copy: Path, named: str, language: str, left_out: list[Diagnostic]) -> Library:
    """The library of an unpacked revision. Its problems are printed with the name of the revision."""

    def called(file: str) -> str:
        return file.replace(str(copy), named, 1)

    def renamed(problems: Iterable[Diagnostic]) -> list[Diagnostic]:
        return [
            replace(problem, location=problem.location._replace(file=called(problem.location.file)))
            for problem in problems
        ]

    try:
        loosening: list[Diagnostic] = []
        library = load_library(copy, left_out=loosening)
        left_out += renamed(loosening)
        return library
    except Problems as problems:
        texts = texts_of(problem.location.file for problem in problems.diagnostics)
        shown = renamed(problems.diagnostics)
        click.echo(render(shown, language, {called(file): text for file, text in texts.items()}), err=True)
        sys.exit(PROBLEMS)
