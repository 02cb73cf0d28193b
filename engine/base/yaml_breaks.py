"""Why a text is no YAML, or another YAML than its writer meant: what was mistyped, and where.

A YAML library says where it could not go on, which is often a line later, and what it looked for there.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

from engine.base.diagnostics import Diagnostic, Location, diagnostic
from engine.base.words import tables

ODD_BLANKS = "[\u00a0\u2000-\u200b\u202f\u3000]"
# A blank of a word processor is no blank to YAML where the syntax needs one. Inside a text it does no harm.
_ODD_IN_LINE = re.compile(rf"(?:^|[:,{{\[-]) *({ODD_BLANKS})")
_ODD_IN_VALUE = re.compile(rf"^{ODD_BLANKS}|{ODD_BLANKS}$")
_ODD_IN_KEY = re.compile(rf"^{ODD_BLANKS}|{ODD_BLANKS}$|(?<=:){ODD_BLANKS}")
_LOOKS_ALIKE = {"–": "-", "—": "-", "−": "-", "•": "-", "·": "-", "：": ":", "，": ","}
# A character that looks like a dash, a colon or a comma, in a place where these have a meaning.
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
_KEY_WITHOUT_COLON = re.compile(r"([a-z_][a-z0-9_.]*)(?=$| )(?! *:)")
_KEY_WITHOUT_BLANK = re.compile(r"([a-z_][a-z0-9_.]*):(?=[^\s:/])")
_EQUALS = re.compile(r"([a-z_][a-z0-9_.]*) *(=)(?!=)")
_KEY_WITH_TEXT = re.compile(r" *(?:- )?[\w.]+: +(?![|>\[{\"'&*!])\S")
_AT_END = re.compile(r"([;,.]) *(?:#.*)?$")
_SEMICOLON = re.compile(r"(;) *[\w.]+ *$")
CURLY = {"“": "”", "„": "”“", "‘": "’", "«": "»", "”": "”", "»": "«", "’": "’"}
"""Opening quotation marks of word processors, and what closes each."""
_CLOSING = re.compile("[”’»]")
_AS_TYPED = re.compile(r"true|false|-?\d+([.,]\d+)?|\d{4}-\d\d-\d\d|https?://\S+|[a-z][a-z0-9_.-]*", re.ASCII)
_FOR_PEOPLE = ("vi", "en", "quote", "text", "name", "number", "locator", "note")
"""Keys whose values are texts for people, which may well be in curly quotation marks."""


@dataclass(frozen=True)
class Trap:
    """Something mistyped that YAML takes for something else. `index`: where in the text it stands."""

    code: str
    index: int
    arguments: dict[str, str | None] = field(default_factory=dict)


def plain_text_trap(text: str, path: Sequence[str | int] | None) -> Trap | None:
    """What YAML reads in a text without quotation marks and its writer hardly meant; None if there is nothing.

    `path`: where the text stands; None for a key."""
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
    if text[-1:] == ";" and path is not None and not _is_for_people(path) and _AS_TYPED.fullmatch(text[:-1]):
        return Trap("yaml/sign-at-end", len(text) - 1, {"sign": ";"})
    return None


def _is_for_people(path: Sequence[str | int] | None) -> bool:
    return any(part in _FOR_PEOPLE for part in (path or ())[-2:])


@cache
def _remark() -> re.Pattern[str]:
    """A comment whose sign was forgotten."""
    return re.compile(rf"({'|'.join(tables('typed')['remarks'])})\b[^:]{{0,20}}:", re.IGNORECASE)


def is_note(key: str) -> bool:
    """Is a key a word with which people begin a remark, such as `note`?"""
    return _remark().match(f"{key}:") is not None


def yaml_break(file: str, text: str, error: yaml.MarkedYAMLError, quoted: Any) -> Diagnostic:
    """What most likely made YAML stop, at the place where it began. `quoted`: the last text in quotation marks."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return diagnostic("yaml/syntax", Location(file))
    stop = _Stop(
        file, [*text.split("\n"), ""], mark.line, mark.column, error.problem or "", error.context or "",
        error.context_mark, quoted,
    )  # fmt: skip
    return next(filter(None, (reason(stop) for reason in _REASONS)), None) or stop.here("yaml/syntax")


@dataclass(frozen=True)
class _Stop:
    """Where YAML could not go on, what it says about it, and what it was reading; lines and columns count from 0."""

    file: str
    lines: Sequence[str]
    row: int
    column: int
    problem: str
    reading: str
    began: Any
    """The mark where YAML began to read what it could not end; None if it does not say."""
    quoted: Any
    """The event of the last text in quotation marks; None if there was none."""

    @property
    def line(self) -> str:
        return self.line_at(self.row)

    def line_at(self, row: int) -> str:
        return self.lines[min(row, len(self.lines) - 1)]

    @property
    def before(self) -> str:
        """The line up to where YAML stopped."""
        return self.line[: self.column]

    @property
    def rest(self) -> str:
        """The line from where YAML stopped."""
        return self.line[self.column :]

    @property
    def in_flow(self) -> bool:
        """Was it within `{…}` or `[…]`?"""
        return self.reading.startswith("while parsing a flow")

    @property
    def behind_quotes(self) -> bool:
        """Do only blanks lie between the last text in quotation marks and the stop, on one line?"""
        if self.quoted is None or self.quoted.end_mark.line != self.row:
            return False
        return not self.line[self.quoted.end_mark.column : self.column].strip()

    def here(self, code: str, **arguments: object) -> Diagnostic:
        return self.at(self.row, self.column, code, **arguments)

    def at(self, row: int, column: int, code: str, **arguments: object) -> Diagnostic:
        return diagnostic(code, Location(self.file, row + 1, column + 1), **arguments)


def _tab(stop: _Stop) -> Diagnostic | None:
    line = stop.line
    return stop.here("yaml/tab") if "\t" in line[: len(line) - len(line.lstrip())] else None


def _odd_blank(stop: _Stop) -> Diagnostic | None:
    for row in _this_and_above(stop):
        if odd := _ODD_IN_LINE.search(stop.line_at(row)):
            return stop.at(row, odd.start(1), "yaml/odd-blank")
    return None


def _look_alike(stop: _Stop) -> Diagnostic | None:
    for row in _this_and_above(stop):
        if alike := _ALIKE_IN_LINE.search(stop.line_at(row)):
            group = alike.lastindex or 0
            meant = _LOOKS_ALIKE[alike[group]]
            return stop.at(row, alike.start(group), "yaml/look-alike", character=alike[group], meant=meant)
    return None


def _this_and_above(stop: _Stop) -> Iterable[int]:
    return range(stop.row, max(stop.row - 2, -1), -1)


def _quotes_over_lines(stop: _Stop) -> Diagnostic | None:
    """A text that runs over several lines and ends right before a letter was never closed."""
    runs_over = stop.quoted is not None and stop.quoted.start_mark.line < stop.quoted.end_mark.line
    if runs_over and stop.rest[:1].isalnum() and stop.behind_quotes:
        return _quotes_left_open(stop, *_place(stop.quoted))
    return None


def _mistyped_line(stop: _Stop) -> Diagnostic | None:
    rows = [stop.row, *_above(stop.lines, stop.row), *([stop.began.line] if stop.began is not None else [])]
    for row in rows:
        for trap in _in_line(stop.line_at(row), row):
            return stop.at(row, trap.index, trap.code, **trap.arguments)
    return None


def _comment_sign(stop: _Stop) -> Diagnostic | None:
    sign = re.match(r"\s*(//|/\*|--)", stop.rest)
    return stop.at(stop.row, stop.column + sign.start(1), "yaml/comment-sign", sign=sign[1]) if sign else None


def _first_character(stop: _Stop) -> Diagnostic | None:
    if not stop.problem.startswith(NOT_A_START):
        return None
    column = stop.column
    if stop.began is not None and stop.began.line == stop.row and stop.reading.startswith("while scanning"):
        column = stop.began.column
    elif stop.problem.startswith("block sequence") and "- " in stop.line[max(stop.column - 2, 0) :]:
        column = stop.line.index("- ", max(stop.column - 2, 0))
    return stop.at(stop.row, column, "yaml/first-character", character=stop.line[column])


def _sign_at_end(stop: _Stop) -> Diagnostic | None:
    """A sign behind a value that is whole already, as program text ends its statements."""
    sign = _AT_END.match(stop.rest)
    if sign is None or stop.in_flow or not (stop.behind_quotes or stop.before.rstrip().endswith(("}", "]"))):
        return None
    return stop.here("yaml/sign-at-end", sign=sign[1])


def _text_behind_quotes(stop: _Stop) -> Diagnostic | None:
    """Text behind a closing quotation mark. If the quoted text ends like a key, the mark of a later text closed it."""
    if not stop.behind_quotes:
        return None
    quoted = stop.quoted
    if quoted.start_mark.line == stop.row and stop.rest[:1].isalnum() and quoted.value[-2:] != ": ":
        return diagnostic("yaml/text-after-quote", Location(stop.file, *_place(quoted)))
    return _quotes_left_open(stop, *_place(quoted)) if stop.rest.strip() else None


def _not_ended(stop: _Stop) -> Diagnostic | None:
    """What YAML began to read on an earlier line, and could not end."""
    if stop.began is None or stop.began.line >= stop.row:
        return None
    row, column = stop.began.line, stop.began.column
    if stop.reading.startswith("while scanning a quoted scalar"):
        return _quotes_left_open(stop, row + 1, column + 1)
    if stop.in_flow:
        return stop.at(row, column, "yaml/unclosed", line=stop.row + 1)
    return _no_key(stop, row, column) if stop.reading.startswith("while scanning a simple key") else None


def _dash_without_blank(stop: _Stop) -> Diagnostic | None:
    dash = _DASH_WITHOUT_BLANK.match(stop.line)
    return stop.at(stop.row, dash.start(1), "yaml/uneven") if dash else None


def _semicolon(stop: _Stop) -> Diagnostic | None:
    if stop.in_flow and (semicolon := _SEMICOLON.search(stop.before)):
        return stop.at(stop.row, semicolon.start(1), "yaml/wrong-sign", character=";", meant=",")
    return None


def _colon_in_text(stop: _Stop) -> Diagnostic | None:
    in_value = stop.problem.startswith("mapping values are not allowed") and ": " in stop.before
    if not in_value and not (stop.in_flow and stop.rest[:1] == ":"):
        return None
    value = re.search(r"(?:: |- |[{,\[] ?)([“„‘«][^”’»]*)$", stop.before)
    if value:
        return stop.at(stop.row, value.start(1), "yaml/curly-quotes", character=value[1][0], suggestion=None)
    return stop.here("yaml/text-colon")


def _no_key_above(stop: _Stop) -> Diagnostic | None:
    for row in _above(stop.lines, stop.row) if stop.problem.startswith(AFTER_TEXT) else ():
        bare = re.sub(" #.*", "", stop.lines[row].lstrip(" ").removeprefix("- ").lstrip(" "))
        is_item = stop.lines[row].lstrip(" ").startswith("- ") and " " not in bare.strip()
        if not is_item and ": " not in bare and not bare.rstrip().endswith((":", '"', "'", "}", "]")):
            return _no_key(stop, row, stop.lines[row].index(bare))
    return None


def _no_comma(stop: _Stop) -> Diagnostic | None:
    return stop.here("yaml/no-comma") if stop.problem.startswith("did not find expected ',' or") else None


def _uneven(stop: _Stop) -> Diagnostic | None:
    uneven = stop.problem.startswith((*UNEVEN, "mapping values are not allowed"))
    return stop.here("yaml/uneven") if uneven else None


_REASONS: tuple[Callable[[_Stop], Diagnostic | None], ...] = (
    _tab, _odd_blank, _look_alike, _quotes_over_lines, _mistyped_line, _comment_sign, _first_character,
    _sign_at_end, _text_behind_quotes, _not_ended, _dash_without_blank, _semicolon, _colon_in_text, _no_key_above,
    _no_comma, _uneven,
)  # fmt: skip
"""Why YAML may have stopped, the surest signs first."""


def _above(lines: Sequence[str], row: int) -> Iterator[int]:
    """The nearest line above that holds more than a comment, if there is one."""
    for above in range(min(row, len(lines)) - 1, -1, -1):
        if lines[above].strip() and not lines[above].lstrip().startswith("#"):
            yield above
            return


def _in_line(line: str, row: int) -> Iterator[Trap]:
    """What was mistyped in a line near the break, as the line alone shows."""
    bare = line.lstrip(" ").removeprefix("- ").lstrip(" ")
    start = len(line) - len(bare)
    if re.fullmatch(r"={7}\s*", line):
        # Of a conflict that a person settled, this alone was left.
        yield Trap("file/merge-conflict", 0, {"last": str(row + 1)})
    elif comment := _COMMENT.match(line):
        yield Trap("yaml/comment-sign", comment.start(1), {"sign": comment[1]})
    elif note := _remark().match(bare):
        yield Trap("yaml/no-comment-sign", start, {"key": note[1]})
    elif equals := _EQUALS.match(bare):
        yield Trap("yaml/wrong-sign", start + equals.start(2), {"character": "=", "meant": ":"})
    elif (key := _KEY_WITHOUT_COLON.match(bare)) and bare[key.end() :].lstrip()[:1] in ("{", "["):
        yield Trap("yaml/no-colon", start, {"key": key[1]})


def _no_key(stop: _Stop, row: int, column: int) -> Diagnostic:
    """A line that is no key with a value: its colon is missing, or it is text."""
    line, place = re.sub(" #.*", "", stop.lines[row][column:]), Location(stop.file, row + 1, column + 1)
    if key := _KEY_WITHOUT_BLANK.match(line):
        return diagnostic("yaml/no-blank", place, key=key[1])
    above = next(_above(stop.lines, row), None)
    key = _KEY_WITHOUT_COLON.match(line)
    words = line.split()
    if above is not None and _KEY_WITH_TEXT.match(stop.lines[above]) and (key is None or len(words) > 2):
        return diagnostic("yaml/line-break", place, line=above + 1)
    if key is None or len(words) > 4:
        return diagnostic("yaml/stray-text", place)
    return diagnostic("yaml/no-colon", place, key=key[1])


def _quotes_left_open(stop: _Stop, number: int, column: int) -> Diagnostic:
    """A straight quotation mark that nothing closes, or that a curly one was meant to close. Both count from 1."""
    line = stop.lines[number - 1]
    curly = _CLOSING.search(line, column)
    straight = line.find('"', column)
    if curly and (straight < 0 or curly.start() < straight) and not re.search("[“‘«„]", line[column : curly.start()]):
        place = Location(stop.file, number, curly.start() + 1)
        return diagnostic("yaml/curly-quotes", place, character=curly[0], suggestion=None)
    return diagnostic("yaml/unclosed", Location(stop.file, number, column), line=stop.row + 1)


def _place(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1
