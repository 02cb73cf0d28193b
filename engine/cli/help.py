"""The help of verbs and options: in both languages, read from `engine/words` when it is shown.

What click adds itself (usage, headings, defaults) is English; `speak` has it in the reader's language.
"""

import re
from collections.abc import Iterable, Mapping
from copy import copy
from typing import TYPE_CHECKING, Any

import click

from engine.base.extras import MissingExtra
from engine.base.words import Wording, words

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

VERBS = words("help", "verbs")
OPTIONS = words("options")
"""What each option is, by the text that stands as its `help`."""
HEADINGS = words("help", "headings")
USAGE = words("help", "usage")
VALUES = words("help", "values")
BY_CLICK = words("help", "by_click")

BESIDE = " / "
JOINTS = {"sentence": BESIDE, "together": " ", "more": BESIDE, "last": BESIDE, "apart": "\n\n"}
"""The paragraphs of a verb's help, in order, and what separates the two languages of each."""
TYPES = {
    "DIRECTORY": "directory", "FILENAME": "file", "FILE": "file", "PATH": "path", "TEXT": "text",
    "INTEGER RANGE": "number", "INTEGER": "number", "FLOAT RANGE": "number", "FLOAT": "number",
}  # fmt: skip
"""The names that click has for the types of options, and the key of our text for each."""
ADDED = {
    r"Show this message and exit\.": "shows_help",
    r"Show the version and exit\.": "shows_version",
    r"(?:(?<=\[)|(?<=; ))default: ": "default",
    r"\brequired(?=\])": "required",
    r"\(dynamic\)": "dynamic",
}
"""What click adds to the help of options, as patterns, and the key of our text for each."""


def in_both_languages(text: Wording, joint: str = BESIDE) -> str:
    """A text in Vietnamese and English, or once if both are the same."""
    return joint.join(dict.fromkeys((text["vi"], text["en"])))


def first_sentence(verb: str) -> str:
    """What a verb does, in both languages."""
    paragraphs: Mapping[str, Any] = VERBS[verb]
    return in_both_languages(paragraphs["sentence"])


class Verb(click.Command):
    """A command whose help is a text of `words/help.yaml`, found by its name; each option has a key as its `help`."""

    def filled_in(self) -> "Verb":
        """A copy of this command with texts in the place of keys."""
        paragraphs: Mapping[str, Any] = VERBS[self.name or ""]
        filled = copy(self)
        filled.help = "\n\n".join(
            in_both_languages(paragraphs[name], joint) for name, joint in JOINTS.items() if name in paragraphs
        )
        filled.params = [copy(option) for option in self.params]
        for option in filled.params:
            if isinstance(option, click.Option) and option.help and option.help in OPTIONS:
                option.help = in_both_languages(OPTIONS[option.help])
        return filled

    def invoke(self, context: click.Context) -> Any:
        """Runs the command. If a library that it needs is not installed, the message names the command."""
        try:
            return super().invoke(context)
        except MissingExtra as missing:
            from engine.cli.extras import misuse_of

            misuse = misuse_of(missing)
            misuse.ctx = context
            raise misuse from None

    def format_help(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        super(Verb, self.filled_in()).format_help(context, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        return super(Verb, self.filled_in()).get_short_help_str(limit)

    def shell_complete(self, context: click.Context, incomplete: str) -> "list[CompletionItem]":
        return super(Verb, self.filled_in()).shell_complete(context, incomplete)


class VietnameseHelp(click.HelpFormatter):
    """Help with usage and headings in Vietnamese."""

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
