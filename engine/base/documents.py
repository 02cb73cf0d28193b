"""A text that was read, as plain data whose lines and columns are known.

Plain data is dict, list, str (in Unicode's composed form, NFC), bool, int, Decimal and None.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, NoReturn

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.base.json_places import JsonPlaces, Path_, Place

MEGABYTE = 1_000_000


FILE_LIMIT = 20 * MEGABYTE


LINE_LIMIT = 5 * MEGABYTE


TEXT_LIMIT = 10_000


LARGEST = Decimal("1e30")


_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2060\ud800-\udfff\ufeff\ufffe\uffff]")


_CONFLICT = re.compile(r"([<>|=])\1{6}(?=\s|$)")


@dataclass(frozen=True)
class Document:
    """A file, or a line of a file, as plain data. Two documents are equal if their data are."""

    file: str
    text: str = field(compare=False, repr=False)
    data: Any
    line_offset: int = field(default=0, compare=False)
    places: Mapping[Path_, tuple[Place, Place]] | None = field(default=None, compare=False, repr=False)
    problems: tuple[Diagnostic, ...] = field(default=(), compare=False, repr=False)
    """Values that the reader refused, and left in `data` as they were written."""
    percentages: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    """The facts that were written with a percent sign: 0.69 % is no mistake for 69 %."""

    def location(self, path: Path_ = (), *, key: bool = False) -> Location:
        """Where the value at a path stands, or its key; for an unknown path, the nearest known one above it."""
        while (places := self._places.get(path)) is None and path:
            path, key = path[:-1], False
        line, column = places[0 if key else 1] if places else (1, 1)
        return Location(self.file, line + self.line_offset, column)

    def reworded(self, problem: Diagnostic) -> Diagnostic:
        """A problem in the words of this file: a table, for one, calls a key by its heading."""
        return problem

    @cached_property
    def _places(self) -> Mapping[Path_, tuple[Place, Place]] | JsonPlaces:
        return self.places if self.places is not None else JsonPlaces(self.text)


def refuse(code: str, place: Location, **arguments: object) -> NoReturn:
    """Raises Problems with one error."""
    raise Problems([diagnostic(code, place, **arguments)])


def conflicts(text: str) -> list[tuple[int, int]]:
    """The first and last line of every conflict that a merge of git left in a text."""
    if not any(mark in text for mark in ("<<<<<<<", ">>>>>>>", "|||||||")):
        return []
    lines: list[tuple[int, int]] = []
    is_open = False
    for number, line in enumerate(text.split("\n"), 1):
        if not (mark := _CONFLICT.match(line)):
            continue
        begins = not is_open or mark[1] == "<"
        if begins and mark[1] == "=":
            continue
        lines = [*lines, (number, number)] if begins else [*lines[:-1], (lines[-1][0], number)]
        is_open = mark[1] != ">"
    return lines


def refuse_conflicts(file: str, text: str, line_offset: int) -> None:
    """Raises Problems if git left a merge conflict in the text, which makes everything else in it meaningless."""
    problems = [
        diagnostic("file/merge-conflict", Location(file, first + line_offset, 1), last=last + line_offset)
        for first, last in conflicts(text)
    ]
    if problems:
        raise Problems(problems)


def unfit_text(text: str, area: str) -> tuple[str, dict[str, object]] | None:
    """Why a text is refused, as a code and its arguments; None if it is fine. `area`: json or yaml."""
    if len(text) > TEXT_LIMIT:
        return f"{area}/text-too-long", {"length": len(text), "limit": TEXT_LIMIT}
    unprintable = _UNPRINTABLE.search(text)
    return (f"{area}/unprintable", {"character": f"U+{ord(unprintable[0]):04X}"}) if unprintable else None


def location_at(file: str, text: str, index: int, line_offset: int) -> Location:
    """The place of a character in a text that begins after `line_offset` lines of its file."""
    before = text[:index]
    return Location(file, line_offset + before.count("\n") + 1, index - before.rfind("\n"))


def too_large(number: int | Decimal) -> bool:
    """Is a number, or its distance from zero, beyond what can be computed exactly?"""
    # `abs` would round, and fails for an exponent beyond those of the decimal context.
    size = Decimal(number).copy_abs()
    return size > LARGEST or 0 < size < 1 / LARGEST
