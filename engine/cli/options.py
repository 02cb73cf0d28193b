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


def memory_in_bytes(size: str) -> int | None:
    """A size such as `1GB` or `1.5 GiB`; None if it is none."""
    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT])(i?)B\s*", size, re.IGNORECASE)
    if found is None:
        return None
    return int(float(found[1]) * (1024 if found[3] else 1000) ** ("KMGT".index(found[2].upper()) + 1))


def switches_of(pairs: tuple[str, ...]) -> dict[str, str]:
    switches = {}
    for pair in pairs:
        name, equals, option = pair.partition("=")
        if not equals:
            misuse("interpretation", value=pair)
        switches[name] = option
    return switches
