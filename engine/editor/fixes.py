"""Mending a mistake by a click: the name that was meant, the missing language of a label, a value with its own day.

A fix is offered only if the mistake is gone with it and no other one comes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from engine.base.diagnostics import Diagnostic, Problems
from engine.base.json_places import Path_
from engine.base.words import words
from engine.core.policy.values import written
from engine.editor.diagnostics import diagnostics_while_typing
from engine.editor.edits import DatedValueAdded, edited
from engine.editor.file_names import value_at
from engine.editor.places import TextEdit, difference, lines_of, replacing, with_edits, word_at
from engine.editor.workspace import File, Workspace, with_text

SAYS = words("editor", "fixes")
_LANGUAGES = {"vi": "en", "en": "vi"}
MOST_TRIED = 10
"""So many mistakes of the lines that are asked about are looked at."""


@dataclass(frozen=True)
class Fix:
    """A change that mends a mistake, or adds what is lacking: what it does, the edits of each file, and the problem."""

    title: str
    edits: Mapping[Path, tuple[TextEdit, ...]]
    problem: Diagnostic | None = None


def fixes(
    workspace: Workspace, path: Path, problems: Sequence[Diagnostic], language: str, today: date
) -> tuple[Fix, ...]:
    """The fixes of problems of one file. A value that was overwritten is offered again, and the new one from the first
    day of the year after `today` on."""
    file = workspace.file(path)
    if file is None:
        return ()
    made = []
    for problem in problems[:MOST_TRIED]:
        for fix in _fixes_of(file, problem, language, today):
            if _mends(workspace, path, fix):
                made.append(fix)
    return tuple(made)


def _fixes_of(file: File, problem: Diagnostic, language: str, today: date) -> Iterator[Fix]:
    arguments = dict(problem.arguments)
    suggestion = arguments.get("suggestion")
    if isinstance(suggestion, str):
        yield from _meant(file, problem, suggestion, language)
    if problem.code == "schema/missing-key" and arguments.get("key") in _LANGUAGES:
        yield from _other_language(file, problem, str(arguments["key"]), language)
    if problem.code == "parameter/overwritten":
        yield from _dated(file, problem, language, today)


def _mends(workspace: Workspace, path: Path, fix: Fix) -> bool:
    """Is the problem gone with the fix, without a new error in the file?"""
    file = workspace.files[path]
    text = with_edits(file.text, fix.edits.get(path, ()))
    before = diagnostics_while_typing(workspace, path)
    after = diagnostics_while_typing(with_text(workspace, path, text), path)
    if fix.problem not in before:
        return not any(problem.severity == "error" for problem in after)
    codes, left = (Counter(problem.code for problem in problems) for problems in (before, after))
    return left[fix.problem.code] < codes[fix.problem.code] and not left - codes


def _meant(file: File, problem: Diagnostic, suggestion: str, language: str) -> Iterator[Fix]:
    """The name that was probably meant, in the place of the one that was written."""
    lines = lines_of(file.text)
    span = word_at(lines, (problem.location.line, problem.location.column))
    content = lines[span.line - 1][span.start - 1 : span.end - 1]
    if content[:1] in ('"', "'") and content[-1:] == content[0]:
        span, content = type(span)(span.line, span.start + 1, span.end - 1), content[1:-1]
    typed = [value for key, value in problem.arguments if key != "suggestion" and isinstance(value, str)]
    if content not in typed:
        # A case nests facts, so that only the last part of a name stands at its place.
        whole = next((value for value in typed if value.endswith(f".{content}")), None)
        group = "" if whole is None else whole.removesuffix(content)
        if whole is None or not suggestion.startswith(group):
            return
        suggestion = suggestion.removeprefix(group)
    title = SAYS["meant"][language].format(name=suggestion)
    yield Fix(title, {file.path: (replacing(span, suggestion),)}, problem)


def _other_language(file: File, problem: Diagnostic, missing: str, language: str) -> Iterator[Fix]:
    """The missing language of a text, with the words of the other one to be translated."""
    document = file.document
    there = _LANGUAGES[missing]
    if document is None:
        return
    for path in document.places or {}:
        text: Any = value_at(document.data, path)
        here = document.location(path) == problem.location or document.location(path, key=True) == problem.location
        if here and isinstance(text, dict) and set(text) == {there} and isinstance(text[there], str):
            title = SAYS["language"][language].format(language=SAYS[missing][language])
            yield Fix(title, {file.path: _added(file, (*path, there), missing, text[there])}, problem)


def _added(file: File, path: Path_, key: str, text: str) -> tuple[TextEdit, ...]:
    """A further key behind the one at a path: in the same line if that stands in braces, else in one of its own."""
    document = file.document
    assert document is not None
    lines = lines_of(file.text)
    name, value = document.location(path, key=True), document.location(path)
    content = lines[value.line - 1]
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    in_braces = content[: name.column - 1].rstrip()[-1:] in ("{", ",")
    if in_braces:
        end = _end_in_braces(content, value.column)
        return (TextEdit((value.line, end), (value.line, end), f", {key}: {quoted}"),)
    end = len(content) + 1
    return (TextEdit((value.line, end), (value.line, end), f"\n{' ' * (name.column - 1)}{key}: {quoted}"),)


def _end_in_braces(line: str, column: int) -> int:
    """The column behind a value that begins at a column, within braces."""
    mark = line[column - 1]
    if mark in "\"'":
        return word_at([line], (1, column)).end
    ends = [index for sign in ",}" if (index := line.find(sign, column - 1)) >= 0]
    return min(ends, default=len(line)) + 1


def _dated(file: File, problem: Diagnostic, language: str, today: date) -> Iterator[Fix]:
    """The value that held, as it was; and the new one from a day of its own on."""
    arguments = dict(problem.arguments)
    name, day, old = (str(arguments[key]) for key in ("name", "day", "old"))
    document = file.document
    if document is None:
        return
    for index, item in enumerate(document.data.get("parameters") or ()):
        for number, value in enumerate(item.get("values") or ()) if item.get("id") == name else ():
            if value.get("from") != day:
                continue
            since = date(today.year + 1, 1, 1)
            span = word_at(
                lines_of(file.text), document.location(("parameters", index, "values", number, "value"))[1:3]
            )
            restored = with_edits(file.text, (replacing(span, old),))
            try:
                change = DatedValueAdded(name, since, value["value"], value["source"])
                text = edited(str(file.path), restored, change)
            except Problems:
                return
            shown = f"{since:%d/%m/%Y}" if language == "vi" else since.isoformat()
            title = SAYS["dated"][language].format(old=old, new=written(value["value"]), day=shown)
            yield Fix(title, {file.path: difference(file.text, text)}, problem)
