"""`xeploai impact`: whom a change of policies moves."""

import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.base.extras import need_extra
from engine.base.words import wording
from engine.cli.bar import Bar
from engine.cli.help import Verb
from engine.cli.opening import DONE, PROBLEMS, problems_end_it, teller
from engine.cli.options import language_option, policies_option
from engine.cli.outputs import check_outputs, output_to
from engine.cli.target import REFEREE, RUN_MEMORY, by_population, is_large, target_option
from engine.cli.versions import Sides, alone_option, compared, sides_argument, staged_option, two_sides
from engine.load.cases.paths import unread_cases
from engine.population.impact import impacts
from engine.population.run import Options, Run
from engine.report.diff import telling
from engine.report.document import write_documents
from engine.report.impact import MOVES, as_data, as_document, headline
from engine.versions.impact import Impact
from engine.versions.versions import Version

if TYPE_CHECKING:
    Told = Iterable[tuple[tuple[Version, Version], Impact]]
    Versions = Callable[[str, str], tuple[Version, Version]]

SPEED = wording("cli", "impact", "speed")

NOTHING_BEFORE = wording("cli", "impact", "nothing_before")


@click.command(cls=Verb)
@sides_argument
@staged_option
@click.option("--cases", "paths", multiple=True, required=True, metavar="PATH", help="cases")
@policies_option
@alone_option
@language_option
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown", "html"]), default="text", show_default=True
)
@click.option("--output", "-o", type=click.Path(path_type=Path), default=None,
              help="output")  # fmt: skip
@click.option("--brief", is_flag=True, help="brief_moves")
@click.option(
    "--fail-on", "failing", multiple=True,
    type=click.Choice(["moved", "lower", "higher", "undetermined", "other", "findings", "quotas", "unjudged"]),
    help="fail_on",
)  # fmt: skip
@target_option
def impact(
    sides: tuple[str, ...],
    staged: bool,
    paths: tuple[str, ...],
    folder: Path | None,
    regulation: str | None,
    language: str,
    form: str,
    output: Path | None,
    brief: bool,
    failing: tuple[str, ...],
    target: str,
) -> None:
    """Whom a change of policies moves."""
    if form == "html":
        need_extra("html", "jinja2", "markdown_it")

    old, new = two_sides(sides, staged)
    check_outputs(language, [output], paths, folder)
    with compared(old, new, folder, regulation, language) as both, problems_end_it(language):
        if not both.before.regulations:
            # There is nothing yet by which the cases were judged before, as was told.
            with output_to(output, private=True) as stream:
                stream.write(("[]" if form == "json" else NOTHING_BEFORE[language]) + "\n")
            sys.exit(DONE)
        judge = _by_population if is_large(target, paths) else _by_case
        with problems_end_it(language):
            impacts = [(telling(*pair, language), impact) for pair, impact in judge(both, paths, language)]
    with output_to(output, private=True) as stream:
        if form == "json":
            stream.write(json.dumps([as_data(*pair) for pair in impacts], ensure_ascii=False, indent=2) + "\n")
        elif form == "text" and brief:
            for by, impact in impacts:
                name = f"{by.regulations}: " if len(impacts) > 1 else ""
                stream.write(f"{name}{headline(by, impact)}\n")
        else:
            write_documents([as_document(*pair) for pair in impacts], form, language, stream)
    moved = [case for _, impact in impacts for case in impact.moved]
    happened: dict[str, bool] = {
        "moved": any(case.move is not None for case in moved),
        **{move: any(case.move == move for case in moved) for move in MOVES},
        "findings": any(case.new_findings or case.gone_findings for case in moved),
        "quotas": any(impact.quotas for _, impact in impacts),
        "unjudged": any(impact.unjudged for _, impact in impacts),
    }
    fails = any(happened[name] for name in failing) or happened["unjudged"] or both.left_out
    sys.exit(PROBLEMS if fails else DONE)


def _names(both: Sides) -> list[tuple[str | None, str | None]]:
    def name(one: "Version | None") -> str | None:
        return one.regulation.id if one is not None else None

    return [(name(old), name(new)) for old, new in both.pairs]


def _versions(both: Sides) -> "Versions":
    return lambda old, new: (
        Version(both.old, both.before, both.before.regulations[old]),
        Version(both.new, both.after, both.after.regulations[new]),
    )


def _by_case(both: Sides, paths: tuple[str, ...], language: str) -> "Told":
    from engine.versions.impact import impact, impacts, population

    documents = list(unread_cases(paths, both.after, language, teller(language)))
    names, versions = _names(both), _versions(both)
    if both.named:
        before, after = (
            population(one, documents, name)
            for one, name in zip((both.before, both.after), names[0], strict=True)
        )  # fmt: skip
    else:
        before = population(both.before, documents)
        after = population(both.after, documents, known=before)
    found = impacts(before, after, {name for pair in names for name in pair})
    if not found:
        pairs = [(one, other) for one, other in names if one is not None and other is not None]
        found = {pair: (before.of((), before.rejected), after.of((), after.rejected)) for pair in pairs[:1]}
    for pair, judged in found.items():
        yield versions(*pair), impact(*versions(*pair), *judged)


def _by_population(both: Sides, paths: tuple[str, ...], language: str) -> "Told":
    """By the SQL target, in a temporary folder; says how fast."""

    names = _names(both)
    with by_population(language, SPEED) as (folder, count), Bar(paths, 2) as bar:
        before, after = (
            Run(library, folder / side, Options(name if both.named else None, referee=REFEREE), RUN_MEMORY,
                os.cpu_count() or 1)
            for library, side, name in zip((both.before, both.after), ("old", "new"), names[0], strict=True)
        )  # fmt: skip
        told = impacts(
            before,
            after,
            paths,
            lambda: unread_cases(paths, both.after, language, teller(language)),
            names,
            _versions(both),
            bar.step,
        )
        count(told.cases, told.one_by_one)
    return told.impacts
