"""Options that several verbs share."""

import re
from pathlib import Path

import click

from engine.cli import shell as completion
from engine.cli.usage import misuse

language_option = click.option(
    "--lang", "language", type=click.Choice(["vi", "en"]), default="vi", show_default=True,
    help="language",
)  # fmt: skip


policies_option = click.option(
    "--policies", "folder", type=click.Path(file_okay=False, path_type=Path), default=None,
    help="policies",
)  # fmt: skip


judged_by_option = click.option(
    "--regulation", default=None, metavar="ID", shell_complete=completion.regulations,
    help="judged_by",
)  # fmt: skip


switch_option = click.option(
    "--interpretation", "interpretations", multiple=True, metavar="ID=OPTION",
    shell_complete=completion.interpretations,
    help="interpretation",
)  # fmt: skip


names_option = click.option("--names", is_flag=True, help="with_names")
id_option = click.option("--id", "case_id", default=None, metavar="ID", help="id")
period_option = click.option("--period", default=None, metavar="TEXT", help="period")
day_option = click.option("--as-of", "day", default=None, metavar="YYYY-MM-DD", help="day")


def memory_in_bytes(size: str) -> int | None:
    """A size such as `1GB` or `1.5 GiB` in bytes; None if the text is no size."""
    parts = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT])(i?)B\s*", size, re.IGNORECASE)
    if parts is None:
        return None
    return int(float(parts[1]) * (1024 if parts[3] else 1000) ** ("KMGT".index(parts[2].upper()) + 1))


def switches_of(pairs: tuple[str, ...]) -> dict[str, str]:
    """The options of `--interpretation ID=OPTION`, by interpretation. Ends the command if one has no `=`."""
    switches = {}
    for pair in pairs:
        name, equals, option = pair.partition("=")
        if not equals:
            misuse("interpretation", value=pair)
        switches[name] = option
    return switches
