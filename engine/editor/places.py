"""Lines and columns of a text, and how far what stands at a place reaches. Both count from 1, columns by characters."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.base.json_places import Place

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"?|\'(?:[^\']|\'\')*\'?')
_PLAIN = re.compile(r"[^\s,\[\]{}:#]+(?::[^\s,\[\]{}]+)*")
_BREAK = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Span:
    """A part of one line: its first column, and the column behind its last."""

    line: int
    start: int
    end: int

    def holds(self, place: Place) -> bool:
        """Is a place, or the cursor behind the last character, in it?"""
        return place[0] == self.line and self.start <= place[1] <= self.end


@dataclass(frozen=True)
class TextEdit:
    """A text put in the place of what stands from `start` up to, and without, `end`."""

    start: Place
    end: Place
    text: str


def replacing(span: Span, text: str) -> TextEdit:
    """Another text in the place of a span."""
    return TextEdit((span.line, span.start), (span.line, span.end), text)


def difference(before: str, after: str) -> tuple[TextEdit, ...]:
    """The one edit that makes a text into another, with nothing in it that both begin or end with; none if they are
    the same."""
    if before == after:
        return ()
    most = min(len(before), len(after))
    first = next((index for index in range(most) if before[index] != after[index]), most)
    last = next((index for index in range(most - first) if before[-1 - index] != after[-1 - index]), most - first)
    end, new_end = len(before) - last, len(after) - last
    return (TextEdit(place_at(before, first), place_at(before, end), after[first:new_end]),)


def place_at(text: str, index: int) -> Place:
    """The line and column of the character at an index."""
    lines = lines_of(text[:index])
    return len(lines), len(lines[-1]) + 1


def with_edits(text: str, edits: Iterable[TextEdit]) -> str:
    """A text after edits that do not overlap."""
    starts = [0]
    starts += [match.end() for match in _BREAK.finditer(text)]
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        start, end = (starts[line - 1] + column - 1 for line, column in (edit.start, edit.end))
        text = text[:start] + edit.text + text[end:]
    return text


def lines_of(text: str) -> list[str]:
    """The lines of a text without their ends."""
    return _BREAK.split(text)


def word_at(lines: Sequence[str], place: Place) -> Span:
    """The word, or the text in quotation marks, that begins at a place; to the end of the line if it is neither."""
    line, column = max(place[0], 1), max(place[1], 1)
    content = lines[line - 1] if line <= len(lines) else ""
    matched = (_QUOTED if content[column - 1 : column] in ('"', "'") else _PLAIN).match(content, column - 1)
    end = matched.end() if matched and matched.end() >= column else len(content.rstrip())
    return Span(line, min(column, len(content) + 1), max(end + 1, min(column, len(content) + 1)))
