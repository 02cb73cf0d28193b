"""Results -> JSON, one document or one line a record, as `schemas/decision.schema.json` describes it.

It does not depend on the language: every text comes in both. Numbers are exact: whole numbers and finite decimals as
JSON numbers, other fractions as text "numerator/denominator".
"""

import json
from dataclasses import fields, is_dataclass
from datetime import date
from fractions import Fraction
from typing import Any, TextIO

from engine import ENGINE_VERSION
from engine.diagnostics import Diagnostic, Location
from engine.model import Name, Text
from engine.records import Results


def as_plain(value: Any) -> Any:
    """A record -> objects, lists and scalars that JSON can hold; places in policy files are left out."""
    match value:
        case Text():
            return {"vi": value.vi, "en": value.en}
        case Diagnostic():
            return _diagnostic(value)
        case Name():
            return str(value)
        case None | bool() | int() | str():
            return value
        case Fraction():
            return _number(value)
        case date():
            return value.isoformat()
        case frozenset():
            return sorted(value)
        case tuple() | list():
            return [as_plain(item) for item in value]
        case _ if is_dataclass(value):
            return {
                each.name: as_plain(inner)
                for each in fields(value)
                if not isinstance(inner := getattr(value, each.name), Location)
            }
        case _:
            raise TypeError(f"a record holds a {type(value).__name__}")


def write_json(results: Results, stream: TextIO) -> None:
    document = {"engine_version": ENGINE_VERSION, **as_plain(results)}
    json.dump(document, stream, ensure_ascii=False, indent=2)
    stream.write("\n")


def write_lines(results: Results, stream: TextIO) -> None:
    """One record a line; `record` says which kind: decision, rejected, quota or link."""
    for name, records in (
        ("decision", results.decisions),
        ("rejected", results.rejected),
        ("quota", results.quotas),
        ("link", results.links),
    ):
        for record in records:
            stream.write(json.dumps({"record": name, **as_plain(record)}, ensure_ascii=False) + "\n")


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
