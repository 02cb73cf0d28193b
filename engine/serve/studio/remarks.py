"""Diagnostics as pages show them: the message, the remedy, and the place for people."""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.base.diagnostics import Diagnostic, Location, column_name
from engine.base.words import words

SHELL = words("studio", "shell")


@dataclass(frozen=True)
class Remark:
    """A diagnostic. `place` is "" if the page says by itself what it is about."""

    message: str
    remedy: str
    place: str = ""


def remarks(diagnostics: Iterable[Diagnostic], language: str, *, hidden: str = "") -> list[Remark]:
    """Diagnostics in one language. `hidden` is a folder that no message names."""

    def shown(text: str) -> str:
        return text.replace(hidden, "") if hidden else text

    return [
        Remark(
            shown(problem.message(language)), shown(problem.help(language) or ""), _place(problem.location, language)
        )
        for problem in diagnostics
    ]  # fmt: skip


def _place(location: Location, language: str) -> str:
    if location.sheet:
        cell = f"{column_name(location.column)}{location.line or ''}"
        return SHELL["cell"][language].format(sheet=location.sheet, cell=cell or "–")
    return SHELL["line"][language].format(line=location.line) if location.line else ""
