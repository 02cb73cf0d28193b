"""Results -> JSON, one document or one line a record, as `schemas/decision.schema.json` describes it.

It does not depend on the language: every text comes in both. Numbers are exact: whole numbers and finite decimals as
JSON numbers, other fractions as text "numerator/denominator".
"""

import json
from dataclasses import fields, is_dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from json.encoder import encode_basestring
from typing import Any, TextIO

import msgspec

from engine.base.diagnostics import Diagnostic, Location
from engine.base.version import ENGINE_VERSION
from engine.core.judge.record import Dependence, GradeComparison, ReadingUsed, Results, ReviewItem, RuleResult
from engine.core.policy.terms import Source, Text

MOST_KEPT = 20_000


Kept = dict[int, str]
"""Parts of records as JSON, by the `id` of what they were made from, which has to live as long."""

SHARED = (RuleResult, ReviewItem, ReadingUsed, Dependence, GradeComparison, Source, Text)
"""What many records of a run hold in common."""


def as_plain(value: Any) -> Any:
    """A record -> objects, lists and scalars that JSON can hold; places in policy files are left out."""
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
        case _ if is_dataclass(value):
            return {name: as_plain(getattr(value, name)) for name in _names(value.__class__)}
        case _:
            raise TypeError(f"a record holds a {type(value).__name__}")


def as_json(value: Any, kept: Kept) -> str:
    """`as_plain` as JSON on one line. Parts that came before are not made again."""
    kind = type(value)
    if kind in SHARED:
        text = kept.get(id(value))
        if text is None:
            text = _object(value, kept)
            if len(kept) < MOST_KEPT:
                kept[id(value)] = text
        return text
    if value is None:
        return "null"
    if kind is str:
        return encode_basestring(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is tuple:
        return "[" + ", ".join([kept.get(id(item)) or as_json(item, kept) for item in value]) + "]"
    if is_dataclass(kind) and kind is not Diagnostic:
        return _object(value, kept)
    return json.dumps(as_plain(value), ensure_ascii=False)


def _object(value: Any, kept: Kept) -> str:
    shown = [f'"{name}": {as_json(getattr(value, name), kept)}' for name in _names(value.__class__)]
    return "{" + ", ".join(shown) + "}"


def write_json(results: Results, stream: TextIO) -> None:
    kept: Kept = {}
    stream.write(f'{{\n  "engine_version": {json.dumps(ENGINE_VERSION)}')
    for name in _names(Results):
        stream.write(f',\n  "{name}": [')
        comma = ""
        for record in getattr(results, name):
            # Within a text no line breaks.
            text = msgspec.json.format(as_json(record, kept))
            stream.write(f"{comma}\n    " + text.replace("\n", "\n    "))
            comma = ","
        stream.write("\n  ]" if comma else "]")
    stream.write("\n}\n")


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """The fields of a record that are shown."""
    return tuple(each.name for each in fields(kind) if each.type is not Location)


def write_lines(results: Results, stream: TextIO) -> None:
    """One record a line; `record` says which kind: decision, rejected, quota, link or warning."""
    kept: Kept = {}
    for name, records in (
        ("decision", results.decisions),
        ("rejected", results.rejected),
        ("quota", results.quotas),
        ("link", results.links),
        ("warning", results.warnings),
    ):
        for record in records:
            stream.write(f'{{"record": "{name}", {as_json(record, kept)[1:]}\n')


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
