"""What is wrong with a file: a code, a place, the words for it in Vietnamese and English, and how to set it right.

The words are in `words/diagnostics.yaml`, one entry a code.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from engine.base.letters import strange
from engine.base.words import wording, words

Severity = Literal["error", "warning", "note"]
"""An error refuses a file, a warning refuses it under `--strict`, and a note, which a person judges, never does."""


CATALOGUE: Mapping[str, Mapping[str, Any]] = words("diagnostics")
"""The texts of each code: message and remedy, in both languages."""


DID_YOU_MEAN = wording("frame", "diagnostics", "did_you_mean")


NOTHING = wording("frame", "diagnostics", "nothing")


HELP = wording("frame", "diagnostics", "help")


WORDS = ("name", "key", "value", "fact", "id", "kind", "text", "quote")
"""Arguments of the catalogue that hold what a person wrote in a file."""


PERSONAL, HIDDEN = "subject", "…"
"""The key of a case under which the person is described, and the mark that is shown instead of a value there."""


class Location(NamedTuple):
    """A place in a file. Lines and columns count from 1; 0 means the whole file. In a workbook, `line` and `column` are
    the row and the column of `sheet`."""

    file: str
    line: int = 0
    column: int = 0
    sheet: str = ""

    def __str__(self) -> str:
        if self.sheet:
            cell = f"{column_name(self.column)}{self.line or ''}"
            return f"{self.file}:{self.sheet}{'!' if cell else ''}{cell}"
        return ":".join([self.file, *(str(part) for part in (self.line, self.column) if part)])


def column_name(column: int) -> str:
    """The name of a column of a spreadsheet: 1 is A, 27 is AA, and 0 is the empty text."""
    name = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


@dataclass(frozen=True)
class Diagnostic:
    """One problem in a file. `arguments` fill the placeholders of the catalogue's texts. An argument may be a text in
    both languages."""

    code: str
    location: Location
    arguments: tuple[tuple[str, object], ...]
    severity: Severity = "error"

    def __str__(self) -> str:
        return self.in_one_line("en")

    def message(self, language: str) -> str:
        """What is wrong, as one sentence. `language` is vi or en."""
        return self._text(CATALOGUE[self.code][language], language)

    def help(self, language: str) -> str | None:
        """The remedy, with the name that was probably meant; None if there is neither."""
        template = CATALOGUE[self.code].get("help")
        remedy = self._text(template[language], language) if template else None
        suggestion = dict(self.arguments).get("suggestion")
        guess = DID_YOU_MEAN[language].format(_in(suggestion, language)) if suggestion is not None else None
        return " ".join(part for part in (guess, self._letters(language), remedy) if part) or None

    def _letters(self, language: str) -> str | None:
        """A sentence about a letter in an argument that looks like another one; None if there is no such letter."""
        if self.code.startswith("text/"):
            return None
        texts = (value for name, value in self.arguments if name in WORDS and isinstance(value, str))
        odd = next(filter(None, map(strange, texts)), None)
        if odd is None:
            return None
        about = Diagnostic(odd.code, self.location, tuple(odd.arguments.items()))
        return f"{about.message(language)}: {about.help(language)};"

    def in_one_line(self, language: str) -> str:
        """Place, code, message and remedy in one line, for logs and exceptions."""
        remedy = self.help(language)
        place = f"{self.location}: " if self.location.file else ""
        return f"{place}{self.code}: {self.message(language)}" + (f" ({HELP[language]}: {remedy})" if remedy else "")

    def _text(self, template: str, language: str) -> str:
        # A list of known names comes as one text, which is empty if there are no names.
        return template.format_map(
            {
                name: _in(value, language) if value not in ("", None) else NOTHING[language]
                for name, value in self.arguments
            }
        )


def _in(value: object, language: str) -> object:
    """An argument in one language: some arguments are texts in both."""
    match value:
        case object(vi=str() as vi, en=str() as en):
            return vi if language == "vi" else en
    return value


class Problems(Exception):
    """Raised with all diagnostics about the files that were read: at least one."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        return "\n".join(problem.in_one_line("en") for problem in self.diagnostics)


class EngineFailure(Exception):
    """The matching engine is missing, failed, or contradicted itself. No answer about the case can be trusted."""


class EngineMissingError(EngineFailure):
    """This Python cannot load the matching engine: why, and the command that compiles it again."""

    def __init__(self, reason: object, command: str) -> None:
        super().__init__(f"durable-rules cannot be loaded by this Python; compile it again: {command} ({reason})")
        self.reason, self.command = str(reason), command


def diagnostic(code: str, location: Location, **arguments: object) -> Diagnostic:
    """An error with this code. The arguments fill the catalogue's texts, and must be hashable."""
    return Diagnostic(code, location, tuple(arguments.items()))


def warning(code: str, location: Location, **arguments: object) -> Diagnostic:
    """A warning with this code: possibly a mistake."""
    return Diagnostic(code, location, tuple(arguments.items()), "warning")


def note(code: str, location: Location, **arguments: object) -> Diagnostic:
    """A note with this code: something that may be right, and that only a person can judge."""
    return Diagnostic(code, location, tuple(arguments.items()), "note")
