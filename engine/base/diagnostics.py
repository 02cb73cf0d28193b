"""What is wrong with a file: a code, a place, the words for it in Vietnamese and English, and how to set it right.

The words are in `words/diagnostics.yaml`, one entry a code.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from engine.base.letters import strange
from engine.base.words import wording

Severity = Literal["error", "warning", "note"]
"""An error refuses, a warning does where one asks for strictness, a note is for a person to judge and never does."""


DID_YOU_MEAN = wording("frame", "diagnostics", "did_you_mean")


NOTHING = wording("frame", "diagnostics", "nothing")


HELP = wording("frame", "diagnostics", "help")


WORDS = ("name", "key", "value", "fact", "id", "kind", "text", "quote")
"""Arguments of the catalogue that hold what somebody wrote."""


PERSONAL, HIDDEN = "subject", "…"
"""What a case says of the person stands under this key, and is shown as that."""


class Location(NamedTuple):
    """A place in a file; lines and columns count from 1, and 0 stands for the whole file. In a workbook they are
    the rows and columns of `sheet`."""

    file: str
    line: int = 0
    column: int = 0
    sheet: str = ""

    def __str__(self) -> str:
        if self.sheet:
            cell = f"{letters(self.column)}{self.line or ''}"
            return f"{self.file}:{self.sheet}{'!' if cell else ''}{cell}"
        return ":".join([self.file, *(str(part) for part in (self.line, self.column) if part)])


def letters(column: int) -> str:
    """The name of a column of a spreadsheet: 1 is A, 27 is AA, and 0 none."""
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


@dataclass(frozen=True)
class Diagnostic:
    """One problem. `arguments` fill the places of the catalogue's texts; one may be a text in both languages."""

    code: str
    location: Location
    arguments: tuple[tuple[str, object], ...]
    severity: Severity = "error"

    def message(self, language: str) -> str:
        return self._text(catalogue()[self.code][language], language)

    def help(self, language: str) -> str | None:
        """The remedy, with the name that was probably meant, or None where there is nothing to say."""
        entry = catalogue()[self.code].get("help")
        remedy = self._text(entry[language], language) if isinstance(entry, dict) else None
        suggestion = dict(self.arguments).get("suggestion")
        guess = DID_YOU_MEAN[language].format(_in(suggestion, language)) if suggestion is not None else None
        return " ".join(part for part in (guess, self._letters(language), remedy) if part) or None

    def _letters(self, language: str) -> str | None:
        """What is odd about the letters of a word that is not known."""
        if self.code.startswith("text/"):
            return None
        words = (value for name, value in self.arguments if name in WORDS and isinstance(value, str))
        odd = next((found for word in words if (found := strange(word))), None)
        if odd is None:
            return None
        about = Diagnostic(odd.code, self.location, tuple(odd.arguments.items()))
        return f"{about.message(language)}: {about.help(language)};"

    def told(self, language: str) -> str:
        """Place, code, message and remedy in one line."""
        remedy = self.help(language)
        place = f"{self.location}: " if self.location.file else ""
        return f"{place}{self.code}: {self.message(language)}" + (f" ({HELP[language]}: {remedy})" if remedy else "")

    def _text(self, template: str, language: str) -> str:
        # Names that may be used come as one text, which is empty where there are none.
        return template.format_map(
            {
                name: _in(value, language) if value not in ("", None) else NOTHING[language]
                for name, value in self.arguments
            }
        )


def _in(value: object, language: str) -> object:
    """An argument as it is said in a language: some are texts in both."""
    match value:
        case object(vi=str() as vi, en=str() as en):
            return vi if language == "vi" else en
    return value


class Problems(Exception):
    """Raised with every diagnostic found; never empty."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return "\n".join(one.told("en") for one in self.diagnostics)


class EngineFailure(Exception):
    """The matching engine is missing, failed, or contradicted itself. No answer about the case can be trusted."""


def diagnostic(code: str, location: Location, **arguments: object) -> Diagnostic:
    """An error of the catalogue; the arguments must be hashable."""
    return Diagnostic(code, location, tuple(arguments.items()))


def warning(code: str, location: Location, **arguments: object) -> Diagnostic:
    """Something that is no mistake yet, and is worth a look."""
    return Diagnostic(code, location, tuple(arguments.items()), "warning")


def note(code: str, location: Location, **arguments: object) -> Diagnostic:
    """Something that may be quite right, and that only a person can judge."""
    return Diagnostic(code, location, tuple(arguments.items()), "note")


@cache
def catalogue(file: str = "diagnostics.yaml") -> Mapping[str, Any]:
    """The entries of a YAML file beside this module, by code."""
    # A run without a mistake needs no words of mistakes.
    import yaml

    entries: Mapping[str, Any] = yaml.safe_load(
        (Path(__file__).parents[1] / "words" / file).read_text(encoding="utf-8")
    )
    return entries
