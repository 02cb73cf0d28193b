"""What is wrong with a command line, and what to type instead, in the reader's language."""

import os
import re
from typing import NoReturn

import click

from engine.base.nearness import closest
from engine.base.words import words
from engine.cli.help import OPTIONS, Verb

PHRASES = words("cli", "usage_phrases")
"""What can be wrong; `x_help` is the remedy of `x`."""
NAMES = words("cli", "usage_names")
"""What each argument is; options have their help."""


class Misuse(click.UsageError):
    """Wrong usage: a phrase of PHRASES with its `values`, or `words`, a sentence and its remedy."""

    def __init__(self, key: str, words: tuple[str, str | None] | None = None, **values: object) -> None:
        super().__init__("\n".join(filter(None, words)) if words else key)
        self.key, self.words, self.values = key, words, values


def wrong_usage(message: str, remedy: str | None = None) -> NoReturn:
    """Ends the command with a sentence and its remedy, which are in the reader's language already."""
    raise Misuse("", (message, remedy))


def misuse(key: str, **values: object) -> NoReturn:
    """Ends the command with a phrase of PHRASES."""
    raise Misuse(key, None, **values)


def as_text(error: click.ClickException, language: str) -> str:
    """The command, what is wrong with how it was called, and the remedy."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context is not None else "xeploai"
    sentence, remedy = _sentences(error, context, language)
    more = say("more", language, command=command)
    heading = say("remedy", language)
    return f"{command}: {sentence}\n  {heading}: {f'{remedy}; {more}' if remedy else more}"


def say(key: str, language: str, **values: object) -> str:
    """A phrase of PHRASES."""
    return PHRASES[key][language].format(**values)


def _sentences(error: click.ClickException, context: click.Context | None, language: str) -> tuple[str, str | None]:
    def both(key: str, /, help_key: str = "", **values: object) -> tuple[str, str | None]:
        help_key = help_key or f"{key}_help"
        remedy = say(help_key, language, **values) if help_key in PHRASES else None
        guess = say("did_you_mean", language, **values) if values.get("near") else None
        return say(key, language, **values), " ".join(part for part in (guess, remedy) if part) or None

    # Click quotes what was typed.
    quoted = re.search(r"'(.*)'", error.message.partition(" is not one of ")[0], re.DOTALL)
    value = f"`{quoted[1]}`" if quoted else ""
    match error:
        case Misuse(words=None):
            return both(error.key, "", **error.values)
        case Misuse(words=(message, remedy)):
            return message, remedy
        case click.MissingParameter(param=click.Parameter() as parameter) if context is not None:
            pieces = [context.command_path, *context.command.collect_usage_pieces(context)]
            if isinstance(parameter, click.Option):
                pieces += [_name(parameter), parameter.make_metavar(context)]
            usage = " ".join(piece for piece in pieces if piece != "[OPTIONS]")
            return both("missing", name=_described(parameter, language), usage=usage)
        case click.NoSuchOption():
            near = closest(error.option_name, _options(context))
            return both("no_option", name=error.option_name, near=near)
        case click.BadOptionUsage():
            flag = "does not take" in error.message
            return both("flag" if flag else "no_value", name=error.option_name)
        case click.BadParameter(param=click.Parameter() as parameter):
            name = _name(parameter)
            match parameter.type:
                case click.Choice() as choice:
                    every = [str(option) for option in choice.choices]
                    near = closest(value.strip("`"), every)
                    return both("bad_value", "choices", name=name, value=value, near=near, known=", ".join(every))
                case click.Path() as path if value:
                    return both(_misfit(path, value.strip("`")), name=name, value=value)
                case click.IntRange() as numbers:
                    return both("bad_value", help_key="whole_number", name=name, value=value, least=numbers.min)
            return both("bad_value", name=name, value=value)
    extra = re.search(r"extra arguments? \((.*)\)", error.message, re.DOTALL)
    return both("too_many", values=f"`{extra[1]}`") if extra else both("other")


def _misfit(wanted: click.Path, value: str) -> str:
    """Why a path does not fit, as a key of the texts."""
    if wanted.exists and not os.path.exists(value):
        return "no_file"
    return "is_folder" if wanted.file_okay else "is_file"


def _options(context: click.Context | None) -> list[str]:
    return [name for parameter in context.command.params for name in parameter.opts] if context is not None else []


def _name(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len)
    return parameter.metavar or (parameter.name or "").upper()


def _described(parameter: click.Parameter, language: str) -> str:
    if isinstance(parameter, click.Option):
        if parameter.help is None:
            return _name(parameter)
        return f"{_name(parameter)} ({OPTIONS[parameter.help][language].rstrip('.').lower()})"
    return NAMES[parameter.name or ""][language]


class Commands(Verb, click.Group):
    """A group that suggests the command that was probably meant."""

    command_class = Verb

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = arguments[0]
        known = self.list_commands(context)
        if name not in known and not name.startswith("-") and not context.resilient_parsing:
            error = Misuse("no_command", name=name, known=", ".join(known), near=closest(name, known))
            error.ctx = context
            raise error
        return super().resolve_command(context, arguments)
