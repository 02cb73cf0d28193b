"""Why a text is no JSON: the first place where it breaks, as the code and arguments of a diagnostic.

JSON libraries say this in English, and name the place where they noticed, which may be lines later.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from engine.base.words import tables

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+')
_WORD = re.compile(r'[^\s{}\[\],:"]+')
_PLAIN_VALUE = re.compile(r"true|false|null|NaN|-?Infinity|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_COMMENT = re.compile(r"//|/\*|#|<!--|--(?=\s)")
_NUMBER = re.compile(r"[-+]?[0-9._]*[0-9][0-9._]*%?|0[xob][0-9a-fA-F]+")
_MORE_DIGITS = re.compile(r"[0-9]+%?")
QUOTES = "'‘’“”„«»`"
"""Marks that people type although JSON only takes `"`."""
CLOSES = {"{": "}", "[": "]"}
_ODD_BLANK = re.compile(r"[\x00-\x1f\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2060\u3000\ufeff]")
_SIGNS = {"=": ":", "：": ":", ";": ",", "，": ",", "،": ","}
_NAME = re.compile("[A-Za-z_][A-Za-z0-9_.]*")
_IN_QUOTES = re.compile(r'"(?:[^"\\\n]++|\\.)*+"?')
MOST_LOOKED_THROUGH = 1_000_000


@dataclass(frozen=True)
class Break:
    """A break of syntax. `index`: where in the text it stands."""

    code: str
    index: int
    arguments: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class _Open:
    """A bracket that is not closed yet, and where it stands."""

    mark: str
    index: int


@cache
def _meant() -> dict[str, str]:
    """The value of JSON that people mean by a word without quotation marks."""
    return {word: value for value, typed in tables("typed", "json").items() for word in typed}


def json_break(text: str) -> Break | None:
    """The first break of a text that is no JSON; None if the text is JSON."""
    reader = _Reader(text)
    reader.skip_space()
    while reader.index < len(text):
        if broken := reader.step():
            return broken
    if reader.opened:
        return (_left_open(text) if len(text) <= MOST_LOOKED_THROUGH else None) or _unclosed(reader.opened)
    return None


@dataclass(eq=False)
class _Reader:
    """Goes through a text token by token, and knows at each token what JSON allows next."""

    text: str
    index: int = 0
    expects: Literal["value", "first value", "key", "first key", "colon", "comma", "end"] = "value"
    opened: list[_Open] = field(default_factory=list)
    key: str = ""
    """The last key that was read."""
    comma: int = -1
    """The last comma that no colon followed."""
    last_start: int = 0
    last: int = 0
    """Where the last token began and ended; commas and colons do not count."""

    def skip_space(self) -> None:
        self.index = _SPACE.match(self.text, self.index).end()  # type: ignore[union-attr]

    def step(self) -> Break | None:
        """Takes the next token and the blanks behind it, or tells why it cannot be taken."""
        start, mark = self.index, self.text[self.index]
        if broken := self._stray(mark) or self._token(mark):
            return broken
        if mark not in ":,":
            self.last_start, self.last = start, self.index
        self.skip_space()
        return None

    def _stray(self, mark: str) -> Break | None:
        """A mark that has no place in JSON outside of quotation marks."""
        if comment := _COMMENT.match(self.text, self.index):
            return Break("json/comment", self.index, {"sign": comment[0]})
        if mark in QUOTES:
            return _quote(self.text, self.index, self.expects, self.last)
        return Break("json/odd-blank", self.index) if _ODD_BLANK.match(mark) else None

    def _token(self, mark: str) -> Break | None:
        match self.expects:
            case "end":
                return Break("json/after-end", self.index)
            case "colon":
                return self._take_colon(mark)
            case "comma":
                return self._take_comma(mark)
            case "key" | "first key":
                return self._take_key(mark)
            case _:
                return self._take_value(mark)

    def _take_colon(self, mark: str) -> Break | None:
        if mark == ":":
            self.expects, self.comma = "value", -1
            self.index += 1
            return None
        if _SIGNS.get(mark) == ":":
            return Break("json/wrong-sign", self.index, {"character": mark, "meant": ":"})
        return Break("json/colon", self.last_start, {"key": self.key})

    def _take_comma(self, mark: str) -> Break | None:
        if mark in "}]":
            return self._close(mark)
        if mark == ",":
            self.expects, self.comma = ("key" if self.opened[-1].mark == "{" else "value"), self.index
            self.index += 1
            return None
        return _no_comma(self.text, self.last_start, self.last, self.index)

    def _take_key(self, mark: str) -> Break | None:
        match mark:
            case '"':
                return self._take_string()
            case "}" if self.expects == "first key":
                return self._close(mark)
            case "}" if self.comma >= 0:
                return Break("json/extra-comma", self.comma)
            case "}" | "]" | ",":
                return self._misplaced(mark)
        number = self.text[self.last_start : self.last]
        digits = _MORE_DIGITS.match(self.text, self.index)
        if digits and self.comma == self.last and _PLAIN_VALUE.fullmatch(number) and number[-1].isdigit():
            return Break("json/number-form", self.last_start, {"value": f"{number},{digits[0]}"})
        word = _WORD.match(self.text, self.index)
        return Break("json/key-quotes", self.index, {"key": word[0] if word and _NAME.fullmatch(word[0]) else "…"})

    def _take_value(self, mark: str) -> Break | None:
        match mark:
            case '"':
                return self._take_string()
            case "{" | "[":
                self.opened.append(_Open(mark, self.index))
                self.expects = "first key" if mark == "{" else "first value"
                self.index += 1
                return None
            case "]" if self.expects == "first value":
                return self._close(mark)
            case "]" if self.expects == "value" and self.comma >= 0:
                return Break("json/extra-comma", self.comma)
            case "}" | "]" | "," if self.expects == "value" and self.opened and self.opened[-1].mark == "{":
                return Break("json/no-value", self.last_start, {"key": self.key})
            case "}" | "]" | ",":
                return self._misplaced(mark)
        word = _WORD.match(self.text, self.index)
        if word and _PLAIN_VALUE.fullmatch(word[0]):
            self.index, self.expects = word.end(), self._after_value()
            return None
        if not self.opened:
            return Break("json/not-an-object", self.index)
        return _word(word[0] if word else mark, self.index, self.key)

    def _take_string(self) -> Break | None:
        start = self.index
        self.index, broken = _string(self.text, start)
        if broken:
            return broken
        if self.expects in ("key", "first key"):
            self.key, self.expects = self.text[start + 1 : self.index - 1], "colon"
        else:
            self.expects = self._after_value()
        return None

    def _close(self, mark: str) -> Break | None:
        if CLOSES[self.opened[-1].mark] != mark:
            return _unclosed(self.opened)
        self.opened.pop()
        self.expects = self._after_value()
        self.index += 1
        return None

    def _misplaced(self, mark: str) -> Break:
        """A comma or a closing bracket where a key or a value belongs."""
        if mark == ",":
            return Break("json/extra-comma", self.index)
        return _unclosed(self.opened) if self.opened else Break("json/after-end", self.index)

    def _after_value(self) -> Literal["comma", "end"]:
        return "comma" if self.opened else "end"


def _unclosed(opened: list[_Open]) -> Break:
    last = opened[-1]
    return Break("json/unclosed", last.index, {"character": last.mark, "meant": CLOSES[last.mark]})


def _left_open(text: str) -> Break | None:
    """The bracket that was most likely not closed, though it is only at the end of the text that one is missing: its
    line goes on behind it and does not close it, and the next line is not indented more."""
    start, lines = 0, text.split("\n")
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        bare = _IN_QUOTES.sub(lambda quoted: "_" * len(quoted[0]), line)
        opened: list[int] = []
        for index, mark in enumerate(bare):
            if mark in CLOSES:
                opened.append(index)
            elif mark in "}]" and opened:
                opened.pop()
        if opened and bare[opened[-1] + 1 :].strip() and below.strip() and _indent(below) <= _indent(line):
            return _unclosed([_Open(line[opened[-1]], start + opened[-1])])
        start += len(line) + 1
    return None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _string(text: str, start: int) -> tuple[int, Break | None]:
    """Where the text in quotation marks that begins at `start` ends, and what breaks it, if anything does."""
    string = _STRING.match(text, start)
    end = string.end() if string else start + 1
    match text[end : end + 1]:
        case '"':
            return end + 1, None
        case "\\":
            return end, Break("json/escape", end)
        case "":
            return end, Break("json/unclosed", start, {"character": '"', "meant": '"'})
        case mark if mark not in "\r\n":
            return end, Break("json/unprintable", end, {"character": f"U+{ord(mark):04X}"})
    # A curly mark may be meant to close the text; or the text goes on in the next line; or the next line is a key.
    curly = next((end - 1 - back for back, letter in enumerate(reversed(text[start:end])) if letter in "”’»"), None)
    if curly is not None and not text[curly + 1 : end].strip(" ,:"):
        return end, Break("json/quotes", curly, {"character": text[curly]})
    below = text[end:].lstrip()
    if below[:1] in ('"', "}", "]", ""):
        return end, Break("json/unclosed", start, {"character": '"', "meant": '"'})
    return end, Break("json/line-break", start)


def _quote(text: str, index: int, expects: str, last: int) -> Break:
    """A quotation mark that JSON does not know; right behind a text, the `"` before it closed that text too early."""
    if expects == "comma" and last == index and text[last - 1] == '"':
        return Break("json/inner-quotes", last - 1)
    return Break("json/quotes", index, {"character": text[index]})


def _no_comma(text: str, start: int, end: int, index: int) -> Break:
    """A comma is missing: it was left out, or is another sign, or the text before it was closed too early."""
    if _SIGNS.get(text[index]) == ",":
        return Break("json/wrong-sign", index, {"character": text[index], "meant": ","})
    if text[start] == '"' and (index == end or (index == end + 1 and text[index].isalpha())):
        return Break("json/inner-quotes", end - 1)
    return Break("json/comma", end - 1)


def _word(word: str, index: int, key: str) -> Break:
    if meant := _meant().get(word.casefold()):
        return Break("json/word", index, {"value": word, "suggestion": meant})
    if _NUMBER.fullmatch(word):
        return Break("json/number-form", index, {"value": word[:40]})
    if word.endswith(";") and (word[:-1] in ("true", "false", "null") or _NUMBER.fullmatch(word[:-1])):
        return Break("json/wrong-sign", index + len(word) - 1, {"character": ";", "meant": ","})
    # The word may be a person's name, so it is not shown.
    return Break("json/text-quotes", index, {"key": key})
