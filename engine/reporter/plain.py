"""Results -> JSON, one document or one line a record, as `schemas/decision.schema.json` describes it.

It does not depend on the language: every text comes in both. Numbers are exact: whole numbers and finite decimals as
JSON numbers, other fractions as text "numerator/denominator".
"""

import json
from dataclasses import fields, is_dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from typing import Any, TextIO

import msgspec

from engine import ENGINE_VERSION
from engine.diagnostics import Diagnostic, Location
from engine.model import Name, Source, Text
from engine.records import Results, ReviewItem, RuleResult

MOST_KEPT = 20_000


Kept = dict[int, dict[str, Any]]
"""Parts of records as plain data, by the `id` of what they were made from, which has to live as long."""

SHARED = (RuleResult, ReviewItem, Source, Text)
"""What many records of a run hold in common."""


def as_plain(value: Any, kept: Kept | None = None) -> Any:
    """A record -> objects, lists and scalars that JSON can hold; places in policy files are left out.

    With `kept`, parts that came before are not made again: not to be changed, nor to outlive what they were made from.
    """
    if value is None or type(value) in (bool, int, str):
        return value
    if kept is not None and type(value) in SHARED:
        if id(value) not in kept:
            made = _as_plain(value, kept)
            if len(kept) >= MOST_KEPT:
                return made
            kept[id(value)] = made
        return kept[id(value)]
    return _as_plain(value, kept)


def _as_plain(value: Any, kept: Kept | None) -> Any:
    match value:
        case Diagnostic():
            return _diagnostic(value)
        case Name():
            return str(value)
        case Fraction():
            return _number(value)
        case date():
            return value.isoformat()
        case frozenset():
            return sorted(value)
        case tuple() | list():
            return [as_plain(item, kept) for item in value]
        case _ if is_dataclass(value):
            return {
                name: as_plain(inner, kept)
                for name in _names(value.__class__)
                if not isinstance(inner := getattr(value, name), Location)
            }
        case _:
            raise TypeError(f"a record holds a {type(value).__name__}")


def write_json(results: Results, stream: TextIO) -> None:
    kept: Kept = {}
    stream.write(f'{{\n  "engine_version": {json.dumps(ENGINE_VERSION)}')
    for name in _names(Results):
        stream.write(f',\n  "{name}": [')
        comma = ""
        for record in getattr(results, name):
            # Laying text out is faster than having the library write it so; within a text no line breaks.
            text = msgspec.json.format(json.dumps(as_plain(record, kept), ensure_ascii=False))
            stream.write(f"{comma}\n    " + text.replace("\n", "\n    "))
            comma = ","
        stream.write("\n  ]" if comma else "]")
    stream.write("\n}\n")


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def write_lines(results: Results, stream: TextIO) -> None:
    """One record a line; `record` says which kind: decision, rejected, quota or link."""
    kept: Kept = {}
    for name, records in (
        ("decision", results.decisions),
        ("rejected", results.rejected),
        ("quota", results.quotas),
        ("link", results.links),
    ):
        for record in records:
            stream.write(json.dumps({"record": name, **as_plain(record, kept)}, ensure_ascii=False) + "\n")


def _number(number: Fraction) -> int | float | str:
    if number.denominator == 1:
        return number.numerator
    nearest = float(number)
    return nearest if Fraction(repr(nearest)) == number else f"{number.numerator}/{number.denominator}"


def _diagnostic(one: Diagnostic) -> dict[str, Any]:
    remedy = {language: one.help(language) for language in ("vi", "en")}
    return {
        "code": one.code,
        "severity": one.severity,
        "file": one.location.file,
        "line": one.location.line or None,
        "column": one.location.column or None,
        **({"sheet": one.location.sheet} if one.location.sheet else {}),
        "message": {language: one.message(language) for language in ("vi", "en")},
        "help": remedy if remedy["vi"] else None,
    }
