"""Where a cursor stands in YAML or JSON that a person is typing, and which may be broken for the moment.

The word at the cursor is replaced by a mark, and the text is read: as it is; if that fails, without what follows the
cursor; and if that fails too, only the lines that the cursor's line stands under by its indentation.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from engine.base.json_places import Path_, Place

MARK = "\ue000"
"""A letter of no writing, which policies and cases may not hold."""

_WORD = r"[\w.\-]"
_BEFORE, _AFTER = re.compile(rf"{_WORD}*$"), re.compile(rf"^{_WORD}*")
_OPENING = {"{": "}", "[": "]"}


@dataclass(frozen=True)
class Cursor:
    """The word at a cursor: its path in the file (the last step is "" for a key), whether it is a key, and the rest of
    the file as far as it can be read, as plain data. The word stands in columns `start` to `end` (behind its last)."""

    path: Path_
    is_key: bool
    data: Any
    word: str
    start: int
    end: int
    followed_by_colon: bool
    quoted: bool
    """Does the word stand in quotation marks?"""


def cursors_at(lines: list[str], place: Place) -> list[Cursor]:
    """What a cursor may stand at: the same word can be a value, or a key whose colon is still missing."""
    line, column = place
    content = lines[line - 1] if line <= len(lines) else ""
    before, after = _BEFORE.search(content[: column - 1]), _AFTER.match(content[column - 1 :])
    start = before.start() if before else column - 1
    end = column - 1 + (after.end() if after else 0)
    head, tail = content[:start], content[end:]
    quoted = head[-1:] in ('"', "'")
    colon = tail.lstrip("\"' ").startswith(":")
    for text in _candidates(lines, line, head, tail):
        marks: list[Cursor] = []
        for mark in (MARK,) if colon else (MARK, f"{MARK}: 0"):
            path, is_key, data = _read(text.replace(MARK, mark))
            if path is not None and (path, is_key) not in [(cursor.path, cursor.is_key) for cursor in marks]:
                marks.append(Cursor(path, is_key, data, content[start : column - 1], start + 1, end + 1, colon, quoted))
        if marks:
            return marks
    return []


def _candidates(lines: list[str], line: int, head: str, tail: str) -> Iterator[str]:
    above, below = lines[: line - 1], lines[line:]
    yield "\n".join([*above, head + MARK + tail, *below])
    cut = head + MARK
    is_json = any(content.lstrip().startswith("{") for content in lines[:1])
    closing = _closing("\n".join([*above, cut]) if is_json else cut)
    yield "\n".join([*above, cut + closing])
    yield "\n".join([*_lines_above(above, head), cut + closing])


def _closing(text: str) -> str:
    """What closes the quotation and the brackets that are open at the end of a text."""
    opened: list[str] = []
    quote = before = ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'" and (not before or before in " {[,:"):
            quote = letter
        elif letter in _OPENING:
            opened.append(_OPENING[letter])
        elif opened and letter == opened[-1]:
            opened.pop()
        before = letter
    return quote + "".join(reversed(opened))


def _lines_above(above: list[str], head: str) -> list[str]:
    """The lines that a line stands under by its indentation, and those directly before it that stand beside it."""
    indent = len(head) - len(head.lstrip(" "))
    kept: list[str] = []
    is_beside = True
    for content in reversed(above):
        stripped = content.lstrip(" ")
        own = len(content) - len(stripped)
        if not stripped or stripped.startswith("#"):
            continue
        is_parent = own < indent or (
            own == indent and head.lstrip(" ").startswith("-") and not stripped.startswith("-")
        )
        if not is_parent and not (is_beside and own == indent and _reads(stripped)):
            is_beside = is_beside and own > indent
            continue
        if is_parent:
            indent, head, is_beside = own, content, False
        kept.append(content)
    return kept[::-1]


def _reads(line: str) -> bool:
    try:
        return isinstance(yaml.compose(line, _loader()), yaml.MappingNode)
    except yaml.YAMLError:
        return False


def _loader() -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _read(text: str) -> tuple[Path_ | None, bool, Any]:
    """Where the mark stands in a text, whether it is a key, and the text without it as plain data; None for the path if
    the text cannot be read or the mark is only a part of a value."""
    try:
        root = yaml.compose(text, _loader())
    except (yaml.YAMLError, RecursionError):
        return None, False, None
    marks: list[tuple[Path_, bool]] = []
    data = _plain(root, (), marks)
    return (*marks[0], data) if marks else (None, False, None)


def _plain(node: Any, path: Path_, marks: list[tuple[Path_, bool]]) -> Any:
    match node:
        case yaml.MappingNode():
            made: dict[str, Any] = {}
            for key, value in node.value:
                name = key.value if isinstance(key, yaml.ScalarNode) else ""
                if name == MARK:
                    marks.append(((*path, ""), True))
                else:
                    made[name] = _plain(value, (*path, name), marks)
            return made
        case yaml.SequenceNode():
            return [_plain(item, (*path, index), marks) for index, item in enumerate(node.value)]
        case yaml.ScalarNode(value=text, tag=tag):
            if text == MARK:
                marks.append((path, False))
                return None
            match tag.rpartition(":")[2]:
                case "bool":
                    return text.lower() in ("true", "yes", "on")
                case "null":
                    return None
                case "int":
                    return 0
            return text
    return None
