"""`xeploai prove`: what must hold for every case, proved, or the smallest case that breaks it."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

import click

from engine.base.extras import need_extra
from engine.base.nearness import closest
from engine.base.version import FORMAT
from engine.base.words import wording
from engine.base.writing import make_folder
from engine.cli import shell as completion
from engine.cli.help import Verb
from engine.cli.opening import DONE, PROBLEMS, loaded, policies_folder, print_diagnostics, regulation_named
from engine.cli.options import language_option, policies_option
from engine.cli.outputs import check_outputs, output_to
from engine.cli.progress import bar_of
from engine.cli.staged import as_staged, staged_here_option
from engine.cli.usage import misuse
from engine.core.policy.regulation import Library
from engine.load.cases.blank import as_json
from engine.proof.properties import Property
from engine.proof.prove import Proved, prove
from engine.proof.reader import read_properties
from engine.report.document import write_documents
from engine.report.junit import Checked, write_suites
from engine.report.prove import Teller, as_data, case_files
from engine.versions.touched import touched_since_head

UNCHANGED = wording("cli", "prove", "unchanged")
USUAL_SECONDS = 60


@click.command("prove", cls=Verb)
@click.argument("regulation", required=False, shell_complete=completion.regulations)
@click.option("--property", "names", multiple=True, metavar="ID", help="property")
@click.option("--timeout", type=click.IntRange(min=1), default=USUAL_SECONDS, show_default=True, metavar="S",
              help="timeout")  # fmt: skip
@policies_option
@language_option
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown", "junit"]), default="text", show_default=True
)
@staged_here_option
@click.option("--output", "-o", type=click.Path(path_type=Path), default=None, help="output")
@click.option("--witnesses", type=click.Path(file_okay=False, path_type=Path), default=None, metavar="DIR",
              help="witnesses")  # fmt: skip
def prove_properties(
    regulation: str | None,
    names: tuple[str, ...],
    timeout: int,
    folder: Path | None,
    language: str,
    form: str,
    staged: bool,
    output: Path | None,
    witnesses: Path | None,
) -> None:
    """What must hold for every case: proved, or the smallest case that breaks it."""
    need_extra("proof", "z3")
    check_outputs(language, [output], (), folder)
    given = policies_folder(folder)
    here = given.absolute()
    with as_staged(given, staged, language) as place:
        library = loaded(place, language)
        read = read_properties(library, place)
        # A hook proves what the commit changes, and nothing again that the last one held.
        every = frozenset(library.regulations)
        changed = touched_since_head(library, place, here) if staged and regulation is None and not names else every
    if regulation is not None:
        regulation_named(library, regulation, language)
    of_changed = {name: items for name, items in read.by_regulation.items() if name in changed}
    wanted = _wanted(of_changed, regulation, names)
    if not wanted:
        click.echo(UNCHANGED[language], err=True)
    proved = {name: _proved(library, name, items, timeout) for name, items in wanted.items()}
    tellers = {name: Teller(library, library.regulations[name], language) for name in wanted}
    with output_to(output) as stream:
        _write(proved, tellers, form, stream)
    if witnesses is not None:
        _write_cases(witnesses, [item for items in proved.values() for item in items])
    if read.problems:
        print_diagnostics(read.problems, language)
    as_expected = all(item.as_expected for items in proved.values() for item in items)
    errors = any(problem.severity == "error" for problem in read.problems)
    sys.exit(DONE if as_expected and not errors else PROBLEMS)


def _wanted(
    by_regulation: Mapping[str, Sequence[Property]], regulation: str | None, names: tuple[str, ...]
) -> dict[str, list[Property]]:
    """The properties to prove, by their regulation. Ends the command if a name is that of none."""
    here = {name: items for name, items in by_regulation.items() if regulation in (None, name)}
    known = {item.id for items in here.values() for item in items}
    for name in names:
        if name not in known:
            misuse("no_property", name=name, near=closest(name, sorted(known)), known=", ".join(sorted(known)) or "–")
    chosen = {name: [item for item in items if not names or item.id in names] for name, items in here.items()}
    # If there is no property at all, that is said of each regulation.
    return {name: items for name, items in chosen.items() if items} or chosen


def _proved(library: Library, name: str, items: Sequence[Property], seconds: int) -> list[Proved]:
    proved = []
    bar = bar_of("share") if sys.stderr.isatty() else None
    task = bar.add_task("", total=len(items)) if bar is not None else None

    def step(item: str, done: int) -> None:
        if bar is not None:
            bar.update(task, description=f"{item} ({done})")

    try:
        for item in prove(library, library.regulations[name], items, seconds, step):
            proved.append(item)
            if bar is not None:
                bar.advance(task)
    finally:
        if bar is not None:
            bar.stop()
    return proved


def _write(proved: Mapping[str, Sequence[Proved]], tellers: Mapping[str, Teller], form: str, stream: TextIO) -> None:
    match form:
        case "json":
            properties: list[Any] = [item for name, items in proved.items() for item in as_data(items, tellers[name])]
            stream.write(as_json({"format": FORMAT, "properties": properties}) + "\n")
        case "junit":
            suites = {
                name: [
                    Checked(item.item.id, str(item.item.location),
                            [] if item.as_expected else list(tellers[name].lines(item)))
                    for item in items
                ]
                for name, items in proved.items()
            }  # fmt: skip
            write_suites(suites, stream)
        case _:
            if proved:
                write_documents([tellers[name].document(items) for name, items in proved.items()], form, "", stream)


def _write_cases(folder: Path, proved: Sequence[Proved]) -> None:
    make_folder(folder)
    for item in proved:
        for document in case_files(item):
            with output_to(folder / f"{document['case_id']}.json") as stream:
                stream.write(as_json(dict(document)) + "\n")
