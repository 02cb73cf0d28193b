"""What the engine found -> plain data as JSON holds it: the full form, in which every id stands with what it means.

It does not depend on the language: every text comes in both. Numbers are exact: whole numbers and finite decimals as
JSON numbers, other fractions as text "numerator/denominator".
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any

from engine.base.diagnostics import Diagnostic, Location


def as_plain(value: Any) -> Any:
    """Frozen data of the engine -> objects, lists and scalars; places in policy files are left out."""
    match value:
        case None | bool() | int():
            return value
        case Diagnostic():
            return _diagnostic(value)
        case str():
            return str(value)
        case Fraction():
            return _number(value)
        case date():
            return value.isoformat()
        case frozenset():
            return sorted(value)
        case tuple() | list():
            return [as_plain(item) for item in value]
        case Mapping():
            return [as_plain(item) for item in sorted(value.items())]
        case _ if is_dataclass(value):
            return {name: as_plain(getattr(value, name)) for name in _names(value.__class__)}
        case _:
            raise TypeError(f"a record holds a {type(value).__name__}")


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """The fields of a record that are shown."""
    return tuple(field.name for field in fields(kind) if field.type is not Location)


def _number(number: Fraction) -> int | float | str:
    if number.denominator == 1:
        return number.numerator
    nearest = float(number)
    return nearest if Fraction(repr(nearest)) == number else f"{number.numerator}/{number.denominator}"


def _diagnostic(problem: Diagnostic) -> dict[str, Any]:
    remedy = {language: problem.help(language) for language in ("vi", "en")}
    return {
        "code": problem.code,
        "severity": problem.severity,
        "file": problem.location.file,
        "line": problem.location.line or None,
        "column": problem.location.column or None,
        **({"sheet": problem.location.sheet} if problem.location.sheet else {}),
        "message": {language: problem.message(language) for language in ("vi", "en")},
        "help": remedy if remedy["vi"] else None,
    }
