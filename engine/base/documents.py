"""A text that was read, as plain data that knows its lines and columns.

Plain data is dict, list, str (in Unicode's composed form, NFC), bool, int, Decimal and None.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, NoReturn

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.base.json_places import Path_, Place, json_places

MEGABYTE = 1_000_000


FILE_LIMIT = 20 * MEGABYTE


LINE_LIMIT = 5 * MEGABYTE


TEXT_LIMIT = 10_000


LARGEST = Decimal("1e30")


_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2060\ud800-\udfff\ufeff\ufffe\uffff]")


_CONFLICT = re.compile(r"([<>|=])\1{6}(?=\s|$)")


@dataclass(frozen=True)
class Document:
    """One file, or one line of one, as plain data. Two documents are equal where their data are."""

    file: str
    text: str = field(compare=False, repr=False)
    data: Any
    line_offset: int = field(default=0, compare=False)
    places: Mapping[Path_, tuple[Place, Place]] | None = field(default=None, compare=False, repr=False)
    problems: tuple[Diagnostic, ...] = field(default=(), compare=False, repr=False)
    """What its reader could not take and left in `data` as it was written."""
    percentages: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    """The facts that stand there with a percent sign, so that nobody can mean a share of one."""

    def location(self, path: Path_ = (), *, key: bool = False) -> Location:
        """Where the value at a path stands (its key, with `key`), or the nearest thing above it that is there."""
        known = self._places
        while path and path not in known:
            path, key = path[:-1], False
        line, column = known.get(path, ((1, 1), (1, 1)))[0 if key else 1]
        return Location(self.file, line + self.line_offset, column)

    def reworded(self, problem: Diagnostic) -> Diagnostic:
        """A problem in the words of this file: a table, for one, calls a key by its heading."""
        return problem

    @cached_property
    def _places(self) -> Mapping[Path_, tuple[Place, Place]]:
        # A JSON case is only looked through again when something is wrong with it.
        return self.places if self.places is not None else {path: places for path, places, _ in json_places(self.text)}


def refuse(code: str, place: Location, **arguments: object) -> NoReturn:
    raise Problems([diagnostic(code, place, **arguments)])


def conflicts(text: str) -> list[tuple[int, int]]:
    """The first and last line of every conflict that a merge of git left in a text."""
    if not any(mark in text for mark in ("<<<<<<<", ">>>>>>>", "|||||||")):
        return []
    found: list[tuple[int, int]] = []
    is_open = False
    for number, line in enumerate(text.split("\n"), 1):
        if not (mark := _CONFLICT.match(line)):
            continue
        begins = not is_open or mark[1] == "<"
        if begins and mark[1] == "=":
            continue
        found = [*found, (number, number)] if begins else [*found[:-1], (found[-1][0], number)]
        is_open = mark[1] != ">"
    return found


def refuse_conflicts(file: str, text: str, line_offset: int) -> None:
    """Raises Problems where git left a merge for a person to settle: nothing else of such a file means anything."""
    found = [
        diagnostic("file/merge-conflict", Location(file, first + line_offset, 1), last=last + line_offset)
        for first, last in conflicts(text)
    ]
    if found:
        raise Problems(found)


def unfit_text(text: str, area: str) -> tuple[str, dict[str, object]] | None:
    """Why a text is not taken, as a code and its arguments."""
    if len(text) > TEXT_LIMIT:
        return f"{area}/text-too-long", {"length": len(text), "limit": TEXT_LIMIT}
    unprintable = _UNPRINTABLE.search(text)
    return (f"{area}/unprintable", {"character": f"U+{ord(unprintable[0]):04X}"}) if unprintable else None


def location_at(file: str, text: str, index: int, line_offset: int) -> Location:
    before = text[:index]
    return Location(file, line_offset + before.count("\n") + 1, index - before.rfind("\n"))


def too_large(number: int | Decimal) -> bool:
    # Without rounding: `abs` fails for an exponent beyond those of the context.
    size = Decimal(number).copy_abs()
    return size > LARGEST or 0 < size < 1 / LARGEST
