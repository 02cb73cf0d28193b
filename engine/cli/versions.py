"""The sides of a comparison: a regulation's id, a policies folder, or a git revision of one."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click

from engine.base.diagnostics import Diagnostic, Problems
from engine.base.files import texts_of
from engine.base.nearness import closest
from engine.base.words import wording
from engine.cli import shell as completion
from engine.cli.opening import PROBLEMS, policies_folder, print_diagnostics, problems_end_it
from engine.cli.usage import misuse
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Vocabulary
from engine.load.policies.folders import OVERLAY_FILE, REGULATION_FILE, VOCABULARY_FILE, regulation_folders
from engine.report.diagnostics import render
from engine.versions.opening import load_library
from engine.versions.revisions import policies_at
from engine.versions.versions import Version

sides_argument = click.argument("sides", nargs=-1, shell_complete=completion.regulations)
staged_option = click.option("--staged", is_flag=True, help="staged_side")
alone_option = click.option(
    "--regulation", default=None, metavar="ID", shell_complete=completion.regulations,
    help="regulation_alone",
)  # fmt: skip

Pair = tuple["Version | None", "Version | None"]


@dataclass(frozen=True)
class Sides:
    """Two sides with their regulations in pairs. `named`: each side names one regulation, and they are the pair."""

    old: str
    new: str
    before: "Library"
    after: "Library"
    pairs: "tuple[Pair, ...]"
    named: bool
    left_out: "tuple[Diagnostic, ...]"
    """Why local layers could not be set side by side: they loosen what they extend. Told already."""


STAGED = "--staged"
LAST = "HEAD"
ALL_NEW = wording("cli", "versions", "all_new")
LEFT_OUT = wording("cli", "versions", "left_out")
KNOWN = wording("cli", "versions", "known")


def two_sides(sides: tuple[str, ...], staged: bool) -> tuple[str | None, str | None]:
    """The arguments of a command -> its old and its new side; None is the policies folder as it is now."""
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
    """The regulations of both sides, paired: two named ones with each other, otherwise by their ids.

    Ends the command with every diagnostic of a side that does not load."""
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
            mine, theirs = before.regulations[old_id], after.regulations[new_id]
            pair: Pair = (Version(old_name, before, mine), Version(new_name, after, theirs))
            yield Sides(old_name, new_name, before, after, (pair,), True, tuple(left_out))
            return
        wanted = regulation or old_id or new_id
        known = dict.fromkeys([*before.regulations, *after.regulations])
        if wanted is not None and wanted not in known:
            misuse("no_regulation", name=wanted, near=closest(wanted, known), known=", ".join(known))
        left = dict(after.regulations)
        pairs: list[Pair] = []
        for each in before.regulations.values():
            other = left.pop(each.id, None) or left.pop(_renamed(each, before, after) or "", None)
            new_side = Version(new_name, after, other) if other is not None else None
            pairs.append((Version(old_name, before, each), new_side))
        pairs += [(None, Version(new_name, after, each)) for each in left.values()]
        kept = (
            pair for pair in pairs if wanted is None or wanted in [one.regulation.id for one in pair if one is not None]
        )
        yield Sides(old_name, new_name, before, after, tuple(kept), False, tuple(left_out))


def _renamed(one: "Regulation", before: "Library", after: "Library") -> str | None:
    """The new id of a regulation whose folder was renamed: by its number and day of issue it is the same."""
    come = [other for other in after.regulations.values() if other.id not in before.regulations]
    return next((other.id for other in come if (other.number, other.issued_on) == (one.number, one.issued_on)), None)


def _side(
    side: str | None, folder: Path | None, language: str, stack: ExitStack, left_out: "list[Diagnostic]"
) -> "tuple[str, Library, str | None]":
    """How a side is called, its library, and the regulation that it names, if it names one."""
    here = policies_folder(folder)
    if side is None:
        here = policies_folder(folder, own=True)
        with problems_end_it(language):
            return str(here), load_library(here, left_out=left_out), None
    if side != STAGED:
        path = Path(side)
        if _is_regulation(here / side) and "/" not in side:
            with problems_end_it(language):
                return side, load_library(here, left_out=left_out), side
        if (path / VOCABULARY_FILE).is_file():
            with problems_end_it(language):
                return side, load_library(path, left_out=left_out), None
        if _is_regulation(path):
            with problems_end_it(language):
                return side, load_library(path.resolve().parent, left_out=left_out), path.resolve().name

    here = policies_folder(folder, own=True)
    try:
        copy = stack.enter_context(policies_at(here, side))
    except Problems as problems:
        first = problems.diagnostics[0]
        if side == LAST and first.code in ("git/no-commit", "git/no-folder"):
            # Before the first commit of the policies there is nothing, and everything in them is new.
            elsewhere = f" ({first.help(language)})" if dict(first.arguments).get("known") else ""
            click.echo(first.message(language) + ALL_NEW[language] + elsewhere, err=True)
            return side, Library(Vocabulary({}), {}), None
        print_diagnostics(problems.diagnostics, language)
        if any(one.code == "git/unknown-revision" for one in problems.diagnostics):
            known = ", ".join(path.name for path in regulation_folders(here))
            click.echo(f"{KNOWN[language]}: {known}", err=True)
        sys.exit(PROBLEMS)
    return side, _loaded_copy(copy, f"{side}:{here}", language, left_out), None


def _is_regulation(folder: Path) -> bool:
    return (folder / REGULATION_FILE).is_file() or (folder / OVERLAY_FILE).is_file()


def _loaded_copy(copy: Path, named: str, language: str, left_out: "list[Diagnostic]") -> "Library":
    """The library of an unpacked revision; what is wrong with it is told with the revision's name."""

    def called(file: str) -> str:
        return file.replace(str(copy), named, 1)

    def renamed(found: "Iterable[Diagnostic]") -> "list[Diagnostic]":
        return [replace(one, location=one.location._replace(file=called(one.location.file))) for one in found]

    try:
        found: list[Diagnostic] = []
        library = load_library(copy, left_out=found)
        left_out += renamed(found)
        return library
    except Problems as problems:
        texts = texts_of(one.location.file for one in problems.diagnostics)
        shown = renamed(problems.diagnostics)
        click.echo(render(shown, language, {called(file): text for file, text in texts.items()}), err=True)
        sys.exit(PROBLEMS)
