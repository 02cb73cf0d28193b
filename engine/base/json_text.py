"""JSON text -> document, or all that is wrong with it, also what JSON readers understand in different ways."""

import json
import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NoReturn

from engine.base.diagnostics import HIDDEN, PERSONAL, Diagnostic, Location, Problems, diagnostic
from engine.base.documents import Document, location_at, refuse, refuse_conflicts, too_large, unfit_text
from engine.base.files import name_of, read_text
from engine.base.findings import Findings
from engine.base.json_breaks import json_break
from engine.base.json_places import VALUES_LIMIT, Path_, Place, beyond_limits, json_places, json_text

DIGIT_LIMIT = 1_000
_FIRST_KEY = re.compile(r'[ \t]*\{[ \t]*"(\w+)"[ \t]*:[ \t]*(?=[^\s\[{])')


@dataclass(frozen=True)
class Unread:
    """The text of a JSON file, or of a line of one (`name` says which), that was not parsed yet."""

    file: str
    text: str = field(repr=False)
    line_offset: int = 0
    name: str = ""

    def read(self) -> Document:
        """The document. Raises Problems."""
        return parse_json(self.file, self.text, self.line_offset)

    def location(self, key: str) -> Location:
        """Where the value of a top-level key stands. The text must be valid JSON that has the key."""
        # Most cases begin with their id: nothing before it needs to be looked through.
        if (first := _FIRST_KEY.match(self.text)) and first[1] == key:
            return Location(self.file, self.line_offset + 1, first.end() + 1)
        line, column = next(place for path, (_, place), _ in json_places(self.text) if path == (key,))
        return Location(self.file, line + self.line_offset, column)


class _Unfit(Exception):
    """Raised in the hooks of the JSON library for a value that is refused; its place has to be looked for."""


def read_json(path: Path | str) -> Document:
    """A JSON file -> document. Raises Problems."""
    return parse_json(name_of(path), read_text(Path(path)))


def parse_json(file: str, text: str, line_offset: int = 0, most: int = VALUES_LIMIT) -> Document:
    """JSON text -> document. Raises Problems with everything that is wrong.

    The text begins after `line_offset` lines of the file, and may hold `most` values."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        refuse("json/empty", Location(file, line_offset + 1))
    refuse_conflicts(file, text, line_offset)
    if beyond := beyond_limits(text, most):
        refuse(beyond[0], location_at(file, text, beyond[1], line_offset), limit=beyond[2])
    try:
        data = json.loads(
            text, object_pairs_hook=_json_object, parse_float=_json_decimal, parse_int=_json_integer,
            parse_constant=_unfit,
        )  # fmt: skip
        data, wrong = _checked(data)
    except json.JSONDecodeError as error:
        _refuse_break(file, text, error, line_offset)
    except _Unfit:
        data, wrong = None, True
        try:
            # The refused value may stand before a break of syntax, and only the break is reported then.
            json.loads(text, parse_float=str, parse_int=str)
        except json.JSONDecodeError as error:
            _refuse_break(file, text, error, line_offset)
    problems = _json_problems(file, text, line_offset) if wrong else ()
    if problems:
        raise Problems(problems)
    document = Document(file, text, data, line_offset)
    if not isinstance(data, dict):
        refuse("json/not-an-object", document.location())
    return document


def _refuse_break(file: str, text: str, error: json.JSONDecodeError, line_offset: int) -> NoReturn:
    broken = json_break(text)
    if broken is None:
        raise error
    refuse(broken.code, location_at(file, text, broken.index, line_offset), **broken.arguments)


def _unfit(_: str) -> NoReturn:
    raise _Unfit


def _json_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _Unfit
    return made


def _json_integer(digits: str) -> int:
    if len(digits) > 32:
        raise _Unfit
    return int(digits)


def _json_decimal(digits: str) -> Decimal:
    number = _fit_number(digits)
    if number is None:
        raise _Unfit
    return number


def _fit_number(digits: str) -> Decimal | None:
    """The number that the digits state; None if it is too large or too fine to compute with."""
    if len(digits) > DIGIT_LIMIT:
        return None
    try:
        number = Decimal(digits)
    except InvalidOperation:
        # The exponent is beyond what a Decimal can have.
        return None
    return None if too_large(number) else number


def _checked(data: Any) -> tuple[Any, bool]:
    """The data in NFC, and whether something in it is refused."""
    match data:
        case str():
            data = unicodedata.normalize("NFC", data)
            return data, unfit_text(data, "json") is not None
        case dict():
            pairs = [(unicodedata.normalize("NFC", key), _checked(value)) for key, value in data.items()]
            made = {key: value for key, (value, _) in pairs}
            unfit = any(unfit or unfit_text(key, "json") for key, (_, unfit) in pairs)
            return made, unfit or len(made) < len(data)
        case list():
            items = [_checked(item) for item in data]
            return [item for item, _ in items], any(unfit for _, unfit in items)
        case bool() | None:
            return data, False
        case _:
            return data, too_large(data)


def _json_problems(file: str, text: str, line_offset: int) -> tuple[Diagnostic, ...]:
    """Everything in a JSON text that JSON or its library allows and this program refuses."""
    problems = Findings()
    first: dict[Path_, int] = {}

    def report(code: str, place: Place, **arguments: object) -> None:
        problems.add(diagnostic(code, Location(file, place[0] + line_offset, place[1]), **arguments))

    for path, (key_place, place), token in json_places(text):
        if path and isinstance(path[-1], str):
            unfit = unfit_text(path[-1], "json")
            if unfit:
                report(unfit[0], key_place, **unfit[1])
            elif path in first:
                report("json/duplicate-key", key_place, key=path[-1], first=first[path] + line_offset)
            first.setdefault(path, key_place[0])
        if token[:1] == '"':
            unfit = unfit_text(json_text(token), "json")
            if unfit:
                report(unfit[0], place, **unfit[1])
        elif token in ("NaN", "Infinity", "-Infinity"):
            report("json/not-a-number", place, value=token)
        elif token[:1] in "-0123456789" and token and _fit_number(token) is None:
            shown = token if len(token) <= 40 else f"{token[:40]}…"
            shown = HIDDEN if path[:1] in ((PERSONAL,), ("statements",)) else shown
            report("json/number-too-large", place, value=shown)
    return problems.all(Location(file, line_offset + 1, 1))
