"""The help of verbs and options, read from `engine/words` when it is shown: both languages beside each other.

Click speaks English alone. `speak` has it speak the reader's language: usage, headings and what it adds to options.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from engine.base.words import Wording, words

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

VERBS = words("help", "verbs")
OPTIONS = words("options")
"""Not read for the help of the whole program, which must be quick."""
HEADINGS = words("help", "headings")
USAGE = words("help", "usage")
VALUES = words("help", "values")
BY_CLICK = words("help", "by_click")

BESIDE = " / "
JOINTS = {"sentence": BESIDE, "together": " ", "more": BESIDE, "last": BESIDE, "apart": "\n\n"}
"""The paragraphs of a verb's help, and what stands between the two languages of each."""
TYPES = {
    "DIRECTORY": "directory", "FILENAME": "file", "FILE": "file", "PATH": "path", "TEXT": "text",
    "INTEGER RANGE": "number", "INTEGER": "number", "FLOAT RANGE": "number", "FLOAT": "number",
}  # fmt: skip
"""What click calls the values of options by their types, and the key of the text for it."""
ADDED = {
    r"Show this message and exit\.": "shows_help",
    r"Show the version and exit\.": "shows_version",
    r"(?:(?<=\[)|(?<=; ))default: ": "default",
    r"\brequired(?=\])": "required",
    r"\(dynamic\)": "dynamic",
}
"""What click adds to the help of options, and the key of the text for it."""


def in_both_languages(text: Wording, joint: str = BESIDE) -> str:
    return joint.join(dict.fromkeys((text["vi"], text["en"])))


def first_sentence(verb: str) -> str:
    paragraphs: Mapping[str, Any] = VERBS[verb]
    return in_both_languages(paragraphs["sentence"])


class Verb(click.Command):
    """A command whose help stands among the words under its name, and that of its options under their `help`."""

    def fill_in_help(self) -> None:
        paragraphs: Mapping[str, Any] = VERBS[self.name or ""]
        self.help = "\n\n".join(
            in_both_languages(paragraphs[name], joint) for name, joint in JOINTS.items() if name in paragraphs
        )
        for option in self.params:
            if isinstance(option, click.Option) and option.help and option.help in OPTIONS:
                option.help = in_both_languages(OPTIONS[option.help])

    def format_help(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        self.fill_in_help()
        super().format_help(context, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        self.fill_in_help()
        return super().get_short_help_str(limit)

    def shell_complete(self, context: click.Context, incomplete: str) -> "list[CompletionItem]":
        self.fill_in_help()
        return super().shell_complete(context, incomplete)


class VietnameseHelp(click.HelpFormatter):
    """Help with Vietnamese headings; what options do is written in both languages."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        names = {text["en"]: text["vi"] for text in USAGE.values()}
        super().write_usage(prog, _renamed(args, names), prefix or BY_CLICK["usage"]["vi"])

    def write_heading(self, heading: str) -> None:
        headings = {text["en"]: text["vi"] for text in HEADINGS.values()}
        super().write_heading(headings.get(heading, heading))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        names = {name: VALUES[key]["vi"] for name, key in TYPES.items()}
        super().write_dl([(_renamed(name, names), _translated(text)) for name, text in rows], col_max, col_spacing)


def speak(language: str) -> None:
    """Has click speak the reader's language."""
    click.Context.formatter_class = click.HelpFormatter if language == "en" else VietnameseHelp


def _renamed(text: str, names: Mapping[str, str]) -> str:
    for name, renamed in names.items():
        text = re.sub(rf"(?<![\w<]){re.escape(name)}(?![\w>])", renamed, text)
    return text


def _translated(text: str) -> str:
    for pattern, key in ADDED.items():
        text = re.sub(pattern, BY_CLICK[key]["vi"], text)
    return text
