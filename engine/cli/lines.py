"""Lines that a person is shown, and lines that the person types."""

import re
import shutil
import sys
import textwrap
from collections.abc import Mapping
from typing import Any

import click

from engine.base.words import words
from engine.core.policy.terms import Text
from engine.load.cases.answers import Unreadable, option, readable
from engine.report.interview import Asker
from engine.report.terminal import styled, takes_colours

COMMANDS = words("cli", "ask")
"""What a person may type instead of an answer: the command, and its spellings with commas between them."""
SIGNS = {"help": ("?", "\uff1f"), "back": ("<",), "skip": ("-",)}


def meant(command: str) -> tuple[str, ...]:
    """All the spellings of a command."""
    texts = COMMANDS[command]
    return (*SIGNS.get(command, ()), *texts["vi"].split(", "), *texts["en"].split(", "))


def show(text: str, **style: Any) -> None:
    """Print a text, with lines broken between words if the terminal is narrow."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 0
    lines = [text]
    if width:
        indent = re.match(r" *(?:[0-9]+\. |! )?", text)
        further = " " * len(indent[0] if indent else "")
        lines = textwrap.wrap(
            text, max(width, 20), subsequent_indent=further, break_long_words=False, break_on_hyphens=False,
            drop_whitespace=True, replace_whitespace=False,
        ) or [""]  # fmt: skip
    coloured = takes_colours(sys.stdout)
    for line in lines:
        sys.stdout.write(styled(line, **style) if coloured else line)
        sys.stdout.write("\n")
    sys.stdout.flush()


def choose(question: str, options: list[tuple[str, Text]], asker: Asker, notes: Mapping[str, str] | None = None) -> str:
    """The name of the option that a person chooses, by its number, name or label. `notes` are shown behind labels."""
    show(question, bold=True)
    for number, (name, label) in enumerate(options, 1):
        note = f", {notes[name]}" if notes else ""
        show(f"  {number}. {asker.words.text(label)}{note} ({name})")
    while True:
        try:
            return option(readable(typed_line()), options)
        except Unreadable as unreadable:
            show(f"  {asker.unreadable(unreadable)}")


class InputEndedError(click.Abort):
    """Nobody types any more: the input has ended, or the terminal is closed."""


def typed_line() -> str:
    """One line that a person types. Raises click.Abort on Ctrl-C, and InputEndedError at the end of input."""
    while True:
        try:
            line: str = click.prompt("", prompt_suffix="> ", default="", show_default=False)
            return line
        except click.Abort as abort:
            # click raises the same exception for both and keeps the reason in its context.
            if isinstance(abort.__context__, EOFError):
                raise InputEndedError from None
            raise
        except UnicodeDecodeError:
            # The terminal does not send UTF-8. The line is lost, so the person is asked for it again.
            click.echo("UTF-8?")
