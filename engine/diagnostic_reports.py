"""Diagnostics for programs: workflow annotations of GitHub, and SARIF 2.1.0."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from engine import ENGINE_VERSION
from engine.diagnostic_pages import Page, page
from engine.diagnostics import Diagnostic

GITHUB_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def to_github(diagnostics: Sequence[Diagnostic], language: str) -> str:
    """One annotation a line, as a GitHub workflow reads them from the log."""
    return "".join(_annotation(one, language) + "\n" for one in diagnostics)


def _annotation(one: Diagnostic, language: str) -> str:
    place = f"file={_property(one.location.file)}"
    if one.location.line:
        place += f",line={one.location.line},col={one.location.column or 1}"
    remedy = one.help(language)
    text = one.message(language) + (f"\n{remedy}" if remedy else "")
    return f"::{GITHUB_LEVELS[one.severity]} {place},title={_property(one.code)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def to_sarif(diagnostics: Sequence[Diagnostic], language: str) -> dict[str, Any]:
    """One run of this program as a SARIF log: the codes as rules, the diagnostics as results."""
    codes = list(dict.fromkeys(one.code for one in diagnostics))
    rules = [_rule(page(code, language)) for code in codes]
    driver = {"name": "xeploai", "version": ENGINE_VERSION, "rules": rules}
    results = [_result(one, codes.index(one.code), language) for one in diagnostics]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(one: Page) -> dict[str, Any]:
    rule = {"id": one.code, "shortDescription": {"text": one.message}, "fullDescription": {"text": one.meaning}}
    return {**rule, "help": {"text": one.help}} if one.help else rule


def _uri(file: str) -> str:
    """The name of a file as RFC 3986 writes it."""
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))


def _result(one: Diagnostic, index: int, language: str) -> dict[str, Any]:
    remedy = one.help(language)
    text = one.message(language) + (f"\n{remedy}" if remedy else "")
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(one.location.file)}}
    if one.location.line:
        physical["region"] = {"startLine": one.location.line, "startColumn": one.location.column or 1}
    return {
        "ruleId": one.code,
        "ruleIndex": index,
        "level": one.severity,
        "message": {"text": text},
        "locations": [{"physicalLocation": physical}],
    }
