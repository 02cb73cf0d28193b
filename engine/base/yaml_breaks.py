"""What makes a text no YAML, or another YAML than was meant: what was typed amiss, at its place.

A YAML library says where it could not go on, which is often a line later, and what it looked for there.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from engine.base.diagnostics import Diagnostic, Location, diagnostic

ODD_BLANKS = "[\u00a0\u2000-\u200b\u202f\u3000]"
# Where YAML looks for a blank and a word processor's is none. Inside a text it does no harm.
_ODD_IN_LINE = re.compile(rf"(?:^|[:,{{\[-]) *({ODD_BLANKS})")
_ODD_IN_VALUE = re.compile(rf"^{ODD_BLANKS}|{ODD_BLANKS}$")
_ODD_IN_KEY = re.compile(rf"^{ODD_BLANKS}|{ODD_BLANKS}$|(?<=:){ODD_BLANKS}")
_LOOKS_ALIKE = {"–": "-", "—": "-", "−": "-", "•": "-", "·": "-", "：": ":", "，": ","}
# Where a dash, a colon or a comma has a meaning, and another character of the same look stands.
_ALIKE_IN_LINE = re.compile(r"^ *([–—−•·])|^ *\w+ ?(：)|[\w}\]](，) *\w+ ?[:：]")
_DASH_WITHOUT_BLANK = re.compile(r"^ *(-)(?:\{|\w+:)")
NOT_A_START = (
    "found character that cannot start any token", "did not find expected comment or line break",
    "did not find expected alphabetic or numeric character", "block sequence entries are not allowed",
    "did not find expected whitespace or line break", "did not find expected tag URI",
)  # fmt: skip
AFTER_TEXT = ("mapping values are not allowed", "did not find expected <document start>")
UNEVEN = ("did not find expected '-' indicator", "did not find expected key", "expected <block end>")


_COMMENT = re.compile(r"^ *(?:- )?(//|/\*|<!--|--(?=\s)|;|%|\*\*+)")
_COMMENT_BEHIND = re.compile(r"\s(//|/\*)(?=\s)|(?<=[\w.\"'])(#)(?= )")
_NOTE = re.compile(
    r"(ghi chú|chú thích|lưu ý|chú ý|nhận xét|note|notes|comment|todo|nb|ps)\b[^:]{0,20}:", re.IGNORECASE
)
_KEY_WITHOUT_COLON = re.compile(r"([a-z_][a-z0-9_.]*)(?=$| )(?! *:)")
_KEY_WITHOUT_BLANK = re.compile(r"([a-z_][a-z0-9_.]*):(?=[^\s:/])")
_EQUALS = re.compile(r"([a-z_][a-z0-9_.]*) *(=)(?!=)")
_KEY_WITH_TEXT = re.compile(r" *(?:- )?[\w.]+: +(?![|>\[{\"'&*!])\S")
_SEMICOLON = re.compile(r"(;) *[\w.]+ *$")
CURLY = {"“": "”", "„": "”“", "‘": "’", "«": "»", "”": "”", "»": "«", "’": "’"}
"""Quotation marks of word processors, with what closes them."""
_CLOSING = re.compile("[”’»]")
_AS_TYPED = re.compile(r"true|false|-?\d+([.,]\d+)?|\d{4}-\d\d-\d\d|https?://\S+|[a-z][a-z0-9_.-]*", re.ASCII)
_FOR_PEOPLE = ("vi", "en", "quote", "text", "name", "number", "locator", "note")
"""Keys of texts, which may well stand in curly quotation marks."""


@dataclass(frozen=True)
class Trap:
    """`index`: where in a text it stands."""

    code: str
    index: int
    arguments: dict[str, str | None] = field(default_factory=dict)


def plain_text_trap(text: str, path: Sequence[str | int] | None) -> Trap | None:
    """What a text without quotation marks says and nobody meant. `path`: where it stands; None for a key."""
    if odd := (_ODD_IN_KEY if path is None else _ODD_IN_VALUE).search(text):
        return Trap("yaml/odd-blank", odd.start())
    closes = CURLY.get(text[:1])
    if closes and not _is_for_people(path):
        inner = text[1:-1].strip() if text[-1] in closes else None
        if path is None or (inner and _AS_TYPED.fullmatch(inner)):
            meant = text.strip("".join(CURLY) + "”’»")
            return Trap("yaml/curly-quotes", 0, {"character": text[0], "suggestion": meant})
    if closes and not any(mark in text[1:] for mark in closes):
        return Trap("yaml/curly-quotes", 0, {"character": text[0], "suggestion": None})
    if path is not None and (behind := _COMMENT_BEHIND.search(text)):
        return Trap("yaml/comment-sign", behind.start(behind.lastindex or 0), {"sign": behind[behind.lastindex or 0]})
    return None


def _is_for_people(path: Sequence[str | int] | None) -> bool:
    return any(part in _FOR_PEOPLE for part in (path or ())[-2:])


def is_note(key: str) -> bool:
    """Is a key what a person begins a remark with?"""
    return _NOTE.match(f"{key}:") is not None


def yaml_break(file: str, text: str, error: "yaml.MarkedYAMLError", quoted: Any) -> Diagnostic:
    """What most likely made YAML stop, at the place where it began. `quoted`: the last text in quotation marks."""
    mark, context = error.problem_mark or error.context_mark, error.context_mark
    problem, reading = error.problem or "", error.context or ""
    if mark is None:
        return diagnostic("yaml/syntax", Location(file))
    place = Location(file, mark.line + 1, mark.column + 1)
    lines = [*text.split("\n"), ""]
    line = lines[min(mark.line, len(lines) - 1)]
    before, rest = line[: mark.column], line[mark.column :]
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return diagnostic("yaml/tab", place)
    for number in range(mark.line, max(mark.line - 2, -1), -1):
        if odd := _ODD_IN_LINE.search(lines[min(number, len(lines) - 1)]):
            return diagnostic("yaml/odd-blank", Location(file, number + 1, odd.start(1) + 1))
    for number in range(mark.line, max(mark.line - 2, -1), -1):
        if alike := _ALIKE_IN_LINE.search(lines[min(number, len(lines) - 1)]):
            column = alike.start(alike.lastindex or 0) + 1
            written = alike[alike.lastindex or 0]
            place = Location(file, number + 1, column)
            return diagnostic("yaml/look-alike", place, character=written, meant=_LOOKS_ALIKE[written])
    over_lines = quoted is not None and quoted.start_mark.line < quoted.end_mark.line == mark.line
    if over_lines and rest[:1].isalnum() and not line[quoted.end_mark.column : mark.column].strip():
        # A text that runs over lines and ends before the first letter of another was never closed.
        return _quotes_left_open(file, lines, *_place(quoted), mark.line + 1)
    near = [mark.line, *_above(lines, mark.line), *([context.line] if context is not None else [])]
    if amiss := next((one for number in near for one in _in_line(lines[min(number, len(lines) - 1)], number)), None):
        trap, number = amiss
        return diagnostic(trap.code, Location(file, number + 1, trap.index + 1), **trap.arguments)
    if behind := re.match(r"\s*(//|/\*|--)", rest):
        column = mark.column + behind.start(1) + 1
        return diagnostic("yaml/comment-sign", Location(file, mark.line + 1, column), sign=behind[1])
    if problem.startswith(NOT_A_START):
        column = mark.column
        if context is not None and context.line == mark.line and reading.startswith("while scanning"):
            column = context.column
        elif problem.startswith("block sequence") and "- " in line[max(mark.column - 2, 0) :]:
            column = line.index("- ", max(mark.column - 2, 0))
        return diagnostic("yaml/first-character", Location(file, mark.line + 1, column + 1), character=line[column])
    after = quoted is not None and quoted.end_mark.line == mark.line and line[quoted.end_mark.column : mark.column]
    # Text after a closing quotation mark; or the next text's mark closed this one, which then ends in a key.
    whole = quoted is not None and quoted.start_mark.line == quoted.end_mark.line
    if whole and isinstance(after, str) and not after.strip() and rest[:1].isalnum() and quoted.value[-2:] != ": ":
        return diagnostic("yaml/text-after-quote", Location(file, *_place(quoted)))
    if isinstance(after, str) and not after.strip() and rest.strip():
        return _quotes_left_open(file, lines, *_place(quoted), mark.line + 1)
    flow = reading.startswith("while parsing a flow")
    if context is not None and context.line < mark.line:
        began = Location(file, context.line + 1, context.column + 1)
        if reading.startswith("while scanning a quoted scalar"):
            return _quotes_left_open(file, lines, began.line, began.column, mark.line + 1)
        if flow:
            return diagnostic("yaml/unclosed", began, line=mark.line + 1)
        if reading.startswith("while scanning a simple key"):
            return _no_key(file, lines, context.line, context.column)
    if dash := _DASH_WITHOUT_BLANK.match(line):
        return diagnostic("yaml/uneven", Location(file, mark.line + 1, dash.start(1) + 1))
    if flow and (semicolon := _SEMICOLON.search(before)):
        place = Location(file, mark.line + 1, semicolon.start(1) + 1)
        return diagnostic("yaml/wrong-sign", place, character=";", meant=",")
    if (flow and rest[:1] == ":") or (problem.startswith("mapping values are not allowed") and ": " in before):
        value = re.search(r"(?:: |- |[{,\[] ?)([“„‘«][^”’»]*)$", before)
        if value:
            place = Location(file, mark.line + 1, value.start(1) + 1)
            return diagnostic("yaml/curly-quotes", place, character=value[1][0], suggestion=None)
        return diagnostic("yaml/text-colon", place)
    for number in _above(lines, mark.line) if problem.startswith(AFTER_TEXT) else ():
        bare = re.sub(" #.*", "", lines[number].lstrip(" ").removeprefix("- ").lstrip(" "))
        item = lines[number].lstrip(" ").startswith("- ") and " " not in bare.strip()
        if not item and ": " not in bare and not bare.rstrip().endswith((":", '"', "'", "}", "]")):
            return _no_key(file, lines, number, lines[number].index(bare))
    if problem.startswith("did not find expected ',' or"):
        return diagnostic("yaml/no-comma", place)
    if problem.startswith((*UNEVEN, "mapping values are not allowed")):
        return diagnostic("yaml/uneven", place)
    return diagnostic("yaml/syntax", place)


def _above(lines: Sequence[str], number: int) -> Iterator[int]:
    """The nearest line above that holds more than a comment."""
    for above in range(min(number, len(lines)) - 1, -1, -1):
        if lines[above].strip() and not lines[above].lstrip().startswith("#"):
            yield above
            return


def _in_line(line: str, number: int) -> Iterator[tuple[Trap, int]]:
    """What a line near the break shows by itself."""
    bare = line.lstrip(" ").removeprefix("- ").lstrip(" ")
    start = len(line) - len(bare)
    if re.fullmatch(r"={7}\s*", line):
        # Of a conflict that a person settled, this alone was left.
        yield Trap("file/merge-conflict", 0, {"last": str(number + 1)}), number
    elif comment := _COMMENT.match(line):
        yield Trap("yaml/comment-sign", comment.start(1), {"sign": comment[1]}), number
    elif note := _NOTE.match(bare):
        yield Trap("yaml/no-comment-sign", start, {"key": note[1]}), number
    elif equals := _EQUALS.match(bare):
        yield Trap("yaml/wrong-sign", start + equals.start(2), {"character": "=", "meant": ":"}), number
    elif (key := _KEY_WITHOUT_COLON.match(bare)) and bare[key.end() :].lstrip()[:1] in ("{", "["):
        yield Trap("yaml/no-colon", start, {"key": key[1]}), number


def _no_key(file: str, lines: Sequence[str], number: int, column: int) -> Diagnostic:
    """A line that is no key with its value: its colon is missing, or it is text."""
    line, place = re.sub(" #.*", "", lines[number][column:]), Location(file, number + 1, column + 1)
    if key := _KEY_WITHOUT_BLANK.match(line):
        return diagnostic("yaml/no-blank", place, key=key[1])
    above = next(_above(lines, number), None)
    key = _KEY_WITHOUT_COLON.match(line)
    words = line.split()
    if above is not None and _KEY_WITH_TEXT.match(lines[above]) and (key is None or len(words) > 2):
        return diagnostic("yaml/line-break", place, line=above + 1)
    if key is None or len(words) > 4:
        return diagnostic("yaml/stray-text", place)
    return diagnostic("yaml/no-colon", place, key=key[1])


def _quotes_left_open(file: str, lines: Sequence[str], number: int, column: int, until: int) -> Diagnostic:
    """A straight quotation mark that nothing closes, or that a curly one was meant to close."""
    line = lines[number - 1]
    curly = _CLOSING.search(line, column)
    straight = line.find('"', column)
    if curly and (straight < 0 or curly.start() < straight) and not re.search("[“‘«„]", line[column : curly.start()]):
        place = Location(file, number, curly.start() + 1)
        return diagnostic("yaml/curly-quotes", place, character=curly[0], suggestion=None)
    return diagnostic("yaml/unclosed", Location(file, number, column), line=until)


def _place(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
