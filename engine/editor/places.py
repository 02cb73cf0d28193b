"""Lines and columns of a text, and how far what stands at a place reaches. Both count from 1, columns by characters."""

import re
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
class Edit:
    """A text put in the place of what stands in a span."""

    span: Span
    text: str


def lines_of(text: str) -> list[str]:
    """The lines of a text without their ends."""
    return _BREAK.split(text)


def word_at(lines: list[str], place: Place) -> Span:
    """The word, or the text in quotation marks, that begins at a place; to the end of the line if it is neither."""
    line, column = max(place[0], 1), max(place[1], 1)
    content = lines[line - 1] if line <= len(lines) else ""
    matched = (_QUOTED if content[column - 1 : column] in ('"', "'") else _PLAIN).match(content, column - 1)
    end = matched.end() if matched and matched.end() >= column else len(content.rstrip())
    return Span(line, min(column, len(content) + 1), max(end + 1, min(column, len(content) + 1)))
