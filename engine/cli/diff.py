"""`xeploai diff`: what a change of policies means."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from engine.base.extras import need_extra
from engine.base.version import FORMAT
from engine.base.words import wording
from engine.base.writing import make_folder
from engine.cli import shell as completion
from engine.cli.help import Verb
from engine.cli.opening import DONE, PROBLEMS
from engine.cli.options import language_option, policies_option
from engine.cli.outputs import check_outputs, name_left_over, output_to
from engine.cli.versions import compared, sides_argument, staged_option, two_sides
from engine.load.cases.blank import as_json
from engine.report.diff import as_document, telling
from engine.report.diff_data import as_data
from engine.report.document import Document, write_documents
from engine.versions.comparison import Difference
from engine.versions.diff import differences

GONE = wording("cli", "diff", "gone")
COME = wording("cli", "diff", "come")
FAILING = ("tightened", "loosened", "both_ways", "not_decided")


@click.command(cls=Verb)
@sides_argument
@staged_option
@policies_option
@click.option(
    "--regulation", default=None, metavar="ID", shell_complete=completion.regulations,
    help="regulation_compared",
)  # fmt: skip
@language_option
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown", "html"]), default="text", show_default=True
)
@click.option("--output", "-o", type=click.Path(path_type=Path), default=None,
              help="output")  # fmt: skip
@click.option(
    "--witnesses", type=click.Path(path_type=Path), default=None, metavar="DIR",
    help="witnesses",
)  # fmt: skip
@click.option(
    "--fail-on", "failing", multiple=True, type=click.Choice(["any", *FAILING]),
    help="fail_on",
)  # fmt: skip
def diff(
    sides: tuple[str, ...],
    staged: bool,
    folder: Path | None,
    regulation: str | None,
    language: str,
    form: str,
    output: Path | None,
    witnesses: Path | None,
    failing: tuple[str, ...],
) -> None:
    """What a change of policies means."""
    if form == "html":
        need_extra("html", "jinja2", "markdown_it")

    old, new = two_sides(sides, staged)
    check_outputs(language, [output], (), folder)
    documents: list[Document] = []
    every: list[Difference] = []
    data: list[dict[str, Any]] = []
    with compared(old, new, folder, regulation, language) as both:
        for before, after in both.pairs:
            if before is None or after is None:
                there = before or after
                assert there is not None
                change = GONE if after is None else COME
                documents.append(Document(f"{there.name}: {change[language]} {there.regulation.id}"))
                data.append({"regulations": [before and there.regulation.id, after and there.regulation.id]})
                continue
            of_pair = differences(before, after)
            every += of_pair
            data.append(as_data(of_pair, before, after))
            documents.append(as_document(telling(before, after, language), of_pair))
    with output_to(output) as stream:
        if form == "json":
            document = {"format": FORMAT, "comparisons": data}
            stream.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        else:
            write_documents(documents, form, language, stream)
    if witnesses is not None:
        _write_witnesses(witnesses, every, language)
    fails = any("any" in failing or item.direction in failing for item in every if not item.dormant)
    sys.exit(PROBLEMS if (failing and fails) or both.left_out else DONE)


def _write_witnesses(folder: Path, every: list[Difference], language: str) -> None:
    make_folder(folder)
    written = []
    for difference in every:
        for number, witness in enumerate(difference.witnesses, 1):
            name = f"{(difference.new or difference.old or '').replace('.', '-')}-{number}"
            written.append(folder / f"{name}.json")
            with output_to(written[-1]) as stream:
                stream.write(as_json({**witness.document, "case_id": name}) + "\n")
    name_left_over(language, folder, written, ["*.json"])
