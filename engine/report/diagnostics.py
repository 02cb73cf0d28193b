"""Diagnostics for programs: workflow annotations of GitHub, and SARIF 2.1.0."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from engine.base.diagnostics import CATALOGUE, HELP, HIDDEN, PERSONAL, Diagnostic, Location
from engine.base.json_places import within_key
from engine.base.version import ENGINE_VERSION, FORMAT
from engine.base.words import words

GITHUB_LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def to_github(diagnostics: Sequence[Diagnostic], language: str) -> str:
    """One annotation a line, as a GitHub workflow reads them from the log."""
    return "".join(_annotation(diagnostic, language) + "\n" for diagnostic in diagnostics)


def _annotation(diagnostic: Diagnostic, language: str) -> str:
    place = f"file={_property(diagnostic.location.file)}"
    if diagnostic.location.line:
        place += f",line={diagnostic.location.line},col={diagnostic.location.column or 1}"
    remedy = diagnostic.help(language)
    text = diagnostic.message(language) + (f"\n{remedy}" if remedy else "")
    return f"::{GITHUB_LEVELS[diagnostic.severity]} {place},title={_property(diagnostic.code)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def to_sarif(diagnostics: Sequence[Diagnostic], language: str) -> dict[str, Any]:
    """One run of this program as a SARIF log: the codes as rules, the diagnostics as results."""
    codes = list(dict.fromkeys(diagnostic.code for diagnostic in diagnostics))
    rules = [_rule(page(code, language)) for code in codes]
    driver = {"name": "xeploai", "version": ENGINE_VERSION, "rules": rules}
    results = [_result(diagnostic, codes.index(diagnostic.code), language) for diagnostic in diagnostics]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


@dataclass(frozen=True)
class CodePage:
    """One code in one language; `wrong` and `right` are lines of a file, if lines can show it."""

    code: str
    message: str
    meaning: str
    help: str | None
    wrong: str | None
    right: str | None


def _rule(code_page: CodePage) -> dict[str, Any]:
    rule = {
        "id": code_page.code,
        "shortDescription": {"text": code_page.message},
        "fullDescription": {"text": code_page.meaning},
    }
    return {**rule, "help": {"text": code_page.help}} if code_page.help else rule


def _uri(file: str) -> str:
    """The name of a file as RFC 3986 writes it."""
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))


def _result(diagnostic: Diagnostic, index: int, language: str) -> dict[str, Any]:
    remedy = diagnostic.help(language)
    text = diagnostic.message(language) + (f"\n{remedy}" if remedy else "")
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(diagnostic.location.file)}}
    if diagnostic.location.line:
        physical["region"] = {"startLine": diagnostic.location.line, "startColumn": diagnostic.location.column or 1}
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": index,
        "level": diagnostic.severity,
        "message": {"text": text},
        "locations": [{"physicalLocation": physical}],
    }


SEVERITIES = words("frame", "severities")


EXCERPT_WIDTH = 100


TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[^\s,\]}]+')


TABLE_TOKEN = re.compile(r'"(?:[^"]++|"")*+"|[^,;\t]+')


POLICY_SUFFIXES = (".yaml", ".yml")
"""Of these as much is shown of a long line as has room; other files are cases."""


TABLE_SUFFIXES = (".csv", ".tsv")


LINES_SUFFIXES = (".ndjson", ".jsonl")


NOT_SHOWN = (PERSONAL, "evidence", "statements")


def render(diagnostics: Iterable[Diagnostic], language: str, texts: Mapping[str, str]) -> str:
    """Diagnostics for a person: place, code and message, the line underlined, the remedy.

    `texts` gives the text of each file named, if it could be read.
    """
    blocks = []
    for diagnostic in diagnostics:
        severity = SEVERITIES[diagnostic.severity][language]
        lines = [f"{diagnostic.location}: {severity}{diagnostic.code}: {diagnostic.message(language)}"]
        lines += _frame(diagnostic.location, texts.get(diagnostic.location.file))
        remedy = diagnostic.help(language)
        if remedy:
            lines.append(f"  {HELP[language]}: {remedy}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def to_document(diagnostics: Iterable[Diagnostic], language: str) -> dict[str, object]:
    """All that a verb has to say, for a program."""
    return {"format": FORMAT, "diagnostics": to_json(diagnostics, language)}


def to_json(diagnostics: Iterable[Diagnostic], language: str) -> list[dict[str, object]]:
    """Diagnostics for a program: an object each, with the message and remedy in one language."""
    return [
        {
            "code": diagnostic.code,
            "severity": diagnostic.severity,
            "file": diagnostic.location.file,
            "line": diagnostic.location.line or None,
            "column": diagnostic.location.column or None,
            **({"sheet": diagnostic.location.sheet} if diagnostic.location.sheet else {}),
            "message": diagnostic.message(language),
            "help": diagnostic.help(language),
        }
        for diagnostic in diagnostics
    ]


def _is_personal(location: Location, text: str, lines: Sequence[str]) -> bool:
    """Does a place in a file of cases lie within what a case says of the person, or on a line that does in part?"""
    if location.file.endswith(POLICY_SUFFIXES):
        return False
    if location.file.lower().endswith(LINES_SUFFIXES):
        return within_key(lines[location.line - 1][: max(location.column - 1, 0)], NOT_SHOWN)
    before = sum(len(line) + 1 for line in lines[: location.line - 1])
    line = lines[location.line - 1]
    stop = before + (max(location.column - 1, 0) if len(line) > EXCERPT_WIDTH else len(line))
    return within_key(text[:stop], NOT_SHOWN) or any(f'"{key}"' in text[before:stop] for key in NOT_SHOWN)


@lru_cache(maxsize=1)
def _lines(text: str) -> Sequence[str]:
    """The lines of the file that the last diagnostic was about: the next is mostly about the same."""
    return text.split("\n")


def _frame(location: Location, text: str | None) -> list[str]:
    lines = () if text is None else _lines(text)
    if not 0 < location.line <= len(lines):
        return []
    line = lines[location.line - 1].rstrip("\r").replace("\t", " ")
    start = max(location.column - 1, 0)
    in_table = location.file.lower().endswith(TABLE_SUFFIXES)
    token = (TABLE_TOKEN if in_table else TOKEN).match(line, start)
    length = len(token[0]) if token else 1
    if len(line) > EXCERPT_WIDTH and location.file.endswith(POLICY_SUFFIXES):
        first = max(0, min(start - EXCERPT_WIDTH // 4, len(line) - EXCERPT_WIDTH))
        before, after = "… " if first else "", " …" if first + EXCERPT_WIDTH < len(line) else ""
        line, start = before + line[first : first + EXCERPT_WIDTH] + after, start - first + len(before)
        length = min(length, len(line) - len(after) - start)
    elif (in_table and location.line > 1) or _is_personal(location, text or "", lines):
        line, start, length = HIDDEN, 0, 1
    elif len(line) > EXCERPT_WIDTH:
        # A whole case may stand on one line: show the place, not the person.
        line, start = f"… {line[start : start + min(length, EXCERPT_WIDTH)]} …", 2
    number = str(location.line)
    return [
        f"  {number} | {line}",
        f"  {' ' * len(number)} | {' ' * start}{'^' * min(length, EXCERPT_WIDTH)}",
    ]


WORDS = words("frame", "words")
PAGES: Mapping[str, Mapping[str, Any]] = words("diagnostic_pages")


def codes() -> tuple[str, ...]:
    """Every code, by area and name."""
    return tuple(sorted(CATALOGUE))


def page(code: str, language: str) -> CodePage:
    """The page of a known code (`KeyError` otherwise); what depends on the place reads `…`."""
    entry, more = CATALOGUE[code], PAGES[code]
    remedy = entry.get("help")
    return CodePage(
        code,
        _filled(entry[language]),
        more[language],
        _filled(remedy[language]) if remedy else None,
        *(more[key].rstrip() if key in more else None for key in ("wrong", "right")),
    )


def as_text(code_page: CodePage, language: str) -> Iterator[str]:
    """The lines of a page for a terminal."""
    yield code_page.code
    for key in ("message", "meaning", "help"):
        if getattr(code_page, key):
            yield f"  {WORDS[key][language]}: {getattr(code_page, key)}"
    for key in ("wrong", "right"):
        example = getattr(code_page, key)
        if example is not None:
            yield f"  {WORDS[key][language]}:"
            yield from (f"    {line}" for line in (example or WORDS["nothing"][language]).splitlines())


def _filled(template: str) -> str:
    """A text of the catalogue without its arguments: `{name}` reads `…`, doubled braces are braces."""
    return re.sub(r"(?<!\{)\{\w+\}(?!\})", "…", template).replace("{{", "{").replace("}}", "}")
