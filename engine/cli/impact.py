"""`xeploai impact`: whom a change of policies moves."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from engine.base.extras import need_extra
from engine.base.version import FORMAT
from engine.base.words import wording
from engine.cli.bar import Bar
from engine.cli.help import Verb
from engine.cli.opening import DONE, PROBLEMS, problems_end_it, teller
from engine.cli.options import language_option, policies_option
from engine.cli.outputs import check_outputs, output_to
from engine.cli.target import REFEREE, RUN_MEMORY, by_population, is_large, target_option
from engine.cli.versions import Sides, alone_option, compared, sides_argument, staged_option, two_sides
from engine.load.cases.paths import unread_cases
from engine.population.decider import Options
from engine.population.impact import impacts as impacts_by_sql
from engine.population.placed import Cases
from engine.population.run import Run
from engine.report.diff import telling
from engine.report.document import write_documents
from engine.report.impact import as_data, as_document, headline
from engine.versions import impact as case_by_case
from engine.versions.impact import Impact
from engine.versions.versions import Version

Pair = tuple[Version, Version]
Impacts = Iterable[tuple[Pair, Impact]]

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
            # There are no earlier policies to compare with, as was printed above.
            with output_to(output, private=True) as stream:
                stream.write((_document([]) if form == "json" else NOTHING_BEFORE[language]) + "\n")
            sys.exit(DONE)
        judge = _by_population if is_large(target, paths) else _by_case
        with problems_end_it(language):
            impacts = [(telling(*pair, language), impact) for pair, impact in judge(both, paths, language)]
    with output_to(output, private=True) as stream:
        if form == "json":
            stream.write(_document([as_data(*pair) for pair in impacts]) + "\n")
        elif form == "text" and brief:
            for words, impact in impacts:
                name = f"{words.regulations}: " if len(impacts) > 1 else ""
                stream.write(f"{name}{headline(words, impact)}\n")
        else:
            write_documents([as_document(*pair) for pair in impacts], form, language, stream)
    happened = _happened([impact for _, impact in impacts])
    fails = happened & {*failing, "unjudged"} or both.left_out
    sys.exit(PROBLEMS if fails else DONE)


def _happened(impacts: Sequence[Impact]) -> set[str]:
    """What happened in any of the comparisons, by the names that `--fail-on` takes."""
    moves = [change for impact in impacts for change in impact.moved]
    happened: set[str] = {change.move for change in moves if change.move is not None}
    if happened:
        happened.add("moved")
    if any(change.new_findings or change.gone_findings for change in moves):
        happened.add("findings")
    return happened | {name for name in ("quotas", "unjudged") if any(getattr(impact, name) for impact in impacts)}


def _names(both: Sides) -> list[tuple[str | None, str | None]]:
    def name(version: Version | None) -> str | None:
        return version.regulation.id if version is not None else None

    return [(name(old), name(new)) for old, new in both.pairs]


def _versions(both: Sides) -> Callable[[str, str], Pair]:
    return lambda old, new: (
        Version(both.old, both.before, both.before.regulations[old]),
        Version(both.new, both.after, both.after.regulations[new]),
    )


def _by_case(both: Sides, paths: tuple[str, ...], language: str) -> Impacts:
    documents = list(unread_cases(paths, both.after, language, teller(language)))
    names, versions = _names(both), _versions(both)
    if both.named:
        before, after = (
            case_by_case.population(library, documents, name)
            for library, name in zip((both.before, both.after), names[0], strict=True)
        )  # fmt: skip
    else:
        before = case_by_case.population(both.before, documents)
        after = case_by_case.population(both.after, documents, known=before)
    found = case_by_case.impacts(before, after, {name for pair in names for name in pair})
    if not found:
        pairs = [(old, new) for old, new in names if old is not None and new is not None]
        found = {pair: (before.of((), before.rejected), after.of((), after.rejected)) for pair in pairs[:1]}
    for pair, judged in found.items():
        yield versions(*pair), case_by_case.impact(*versions(*pair), *judged)


def _by_population(both: Sides, paths: tuple[str, ...], language: str) -> Impacts:
    """As a population, in a temporary folder. Prints how fast it was."""
    names = _names(both)
    with by_population(language, SPEED) as (folder, count), Bar(paths, 2) as bar:
        before, after = (
            Run(library, folder / side, Options(name if both.named else None, referee=REFEREE), RUN_MEMORY,
                os.cpu_count() or 1)
            for library, side, name in zip((both.before, both.after), ("old", "new"), names[0], strict=True)
        )  # fmt: skip
        cases = Cases(paths, lambda: unread_cases(paths, both.after, language, teller(language)), bar.step)
        outcome = impacts_by_sql(before, after, cases, names, _versions(both))
        count(outcome.cases, outcome.one_by_one)
    return outcome.impacts


def _document(impacts: list[dict[str, Any]]) -> str:
    return json.dumps({"format": FORMAT, "impacts": impacts}, ensure_ascii=False, indent=2)
