"""`xeploai changelog`: the draft of an entry of the rule changelog."""

import sys
from datetime import date
from pathlib import Path

import click

from engine.base.words import wording
from engine.cli.help import Verb, in_both_languages
from engine.cli.opening import DONE, PROBLEMS, policies_folder
from engine.cli.options import language_option, policies_option
from engine.cli.outputs import output_to
from engine.cli.versions import alone_option, compared, sides_argument, staged_option, two_sides
from engine.report.changelog import as_entry
from engine.versions.changelog import entry
from engine.versions.diff import differences

FILE = "CHANGELOG.md"
TITLE = wording("cli", "changelog", "title")
NOTHING = wording("cli", "changelog", "nothing")


@click.command(cls=Verb)
@sides_argument
@staged_option
@policies_option
@alone_option
@language_option
@click.option(
    "--write", is_flag=True,
    help="put_first",
)  # fmt: skip
def changelog(
    sides: tuple[str, ...], staged: bool, folder: Path | None, regulation: str | None, language: str, write: bool
) -> None:
    """Draft the changelog entry of a change of policies."""
    old, new = two_sides(sides or (() if staged else ("HEAD",)), staged)
    drafts = []
    with compared(old, new, folder, regulation, language) as both:
        for before, after in both.pairs:
            changes = differences(before, after) if before is not None and after is not None else ()
            draft = entry(before, after, changes)
            if draft is not None:
                drafts.append(as_entry(draft, date.today(), language))
    code = PROBLEMS if both.left_out else DONE
    if not drafts:
        click.echo(NOTHING[language])
        sys.exit(code)
    click.echo("\n".join(drafts), nl=False)
    if write:
        _put_first(policies_folder(folder, own=True) / FILE, "\n".join(drafts))
    sys.exit(code)


def _put_first(path: Path, drafts: str) -> None:
    """Puts the drafts before the first entry of the file, below its heading."""
    text = path.read_text(encoding="utf-8") if path.is_file() else f"# {in_both_languages(TITLE)}\n"
    at = text.find("\n## ") + 1 or len(text)
    head = text[:at].rstrip("\n")
    with output_to(path) as stream:
        stream.write(f"{head}\n\n{drafts}" + (f"\n{text[at:]}" if text[at:] else ""))
