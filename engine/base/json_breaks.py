"""What makes a text no JSON: the first place where it breaks, as the code and arguments of a diagnostic.

JSON libraries say it in their own language, and at the place where they noticed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+')
_WORD = re.compile(r'[^\s{}\[\],:"]+')
_TAKEN = re.compile(r"true|false|null|NaN|-?Infinity|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_COMMENT = re.compile(r"//|/\*|#|<!--|--(?=\s)")
_NUMBER = re.compile(r"[-+]?[0-9._]*[0-9][0-9._]*%?|0[xob][0-9a-fA-F]+")
_MORE_DIGITS = re.compile(r"[0-9]+%?")
QUOTES = "'‘’“”„«»`"
"""Marks that people put where JSON takes `"` alone."""
MEANT = {
    "true": "true", "false": "false", "none": "null", "null": "null", "nil": "null", "undefined": "null", "nan": "null",
    "yes": "true", "no": "false", "có": "true", "không": "false", "đúng": "true", "sai": "false", "rồi": "true",
    "chưa": "false", "?": "null", "…": "null",
}  # fmt: skip
CLOSES = {"{": "}", "[": "]"}
_ODD_BLANK = re.compile(r"[\x00-\x1f\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2060\u3000\ufeff]")
_SIGNS = {"=": ":", "：": ":", ";": ",", "，": ",", "،": ","}
_NAME = re.compile("[A-Za-z_][A-Za-z0-9_.]*")
_IN_QUOTES = re.compile(r'"(?:[^"\\\n]++|\\.)*+"?')
MOST_LOOKED_THROUGH = 1_000_000


@dataclass(frozen=True)
class Break:
    """`index`: where in the text it stands."""

    code: str
    index: int
    arguments: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class _Open:
    mark: str
    index: int


def json_break(text: str) -> Break | None:
    """The first break of a text that is no JSON; None where it has none."""
    opened: list[_Open] = []
    expects, key, comma, last, last_start = "value", "", -1, 0, 0
    index = _SPACE.match(text, 0).end()  # type: ignore[union-attr]
    while index < len(text):
        mark, here = text[index], index
        if comment := _COMMENT.match(text, index):
            return Break("json/comment", index, {"sign": comment[0]})
        if mark in QUOTES:
            return _quote(text, index, expects, last)
        if _ODD_BLANK.match(mark):
            return Break("json/odd-blank", index)
        match expects, mark:
            case "end", _:
                return Break("json/after-end", index)
            case (("key" | "first key" | "value" | "first value"), '"'):
                index, broken = _string(text, index)
                if broken:
                    return broken
                key = text[here + 1 : index - 1] if "key" in expects else key
                expects = "colon" if "key" in expects else _after(opened)
            case (("value" | "first value"), ("{" | "[")):
                opened.append(_Open(mark, index))
                expects = "first key" if mark == "{" else "first value"
                index += 1
            case ("first key", "}") | ("first value", "]") | ("comma", ("}" | "]")):
                if CLOSES[opened[-1].mark] != mark:
                    return _unclosed(opened)
                opened.pop()
                expects = _after(opened)
                index += 1
            case ("key", "}") | ("value", "]") if comma >= 0:
                return Break("json/extra-comma", comma)
            case "value", ("}" | "," | "]") if opened and opened[-1].mark == "{":
                return Break("json/no-value", last_start, {"key": key})
            case (("key" | "first key" | "value" | "first value"), ","):
                return Break("json/extra-comma", index)
            case (("key" | "first key" | "value" | "first value"), ("}" | "]")):
                return _unclosed(opened) if opened else Break("json/after-end", index)
            case (("key" | "first key"), _):
                number = text[last_start:last]
                more = _MORE_DIGITS.match(text, index)
                if more and comma == last and _TAKEN.fullmatch(number) and number[-1].isdigit():
                    return Break("json/number-form", last_start, {"value": f"{number},{more[0]}"})
                word = _WORD.match(text, index)
                return Break("json/key-quotes", index, {"key": word[0] if word and _NAME.fullmatch(word[0]) else "…"})
            case "colon", ":":
                expects, comma = "value", -1
                index += 1
            case "colon", _ if _SIGNS.get(mark) == ":":
                return Break("json/wrong-sign", index, {"character": mark, "meant": ":"})
            case "colon", _:
                return Break("json/colon", last_start, {"key": key})
            case "comma", ",":
                expects, comma = ("key" if opened[-1].mark == "{" else "value"), index
                index += 1
            case "comma", _:
                return _comma(text, last_start, last, index)
            case _:
                word = _WORD.match(text, index)
                if not opened and (not word or not _TAKEN.fullmatch(word[0])):
                    return Break("json/not-an-object", index)
                if not word or not _TAKEN.fullmatch(word[0]):
                    return _word(word[0] if word else mark, index, key)
                index, expects = word.end(), _after(opened)
        if mark not in ":,":
            last, last_start = index, here
        index = _SPACE.match(text, index).end()  # type: ignore[union-attr]
    if opened:
        return (_left_open(text) if len(text) <= MOST_LOOKED_THROUGH else None) or _unclosed(opened)
    return None


def _after(opened: list[_Open]) -> str:
    return "comma" if opened else "end"


def _unclosed(opened: list[_Open]) -> Break:
    last = opened[-1]
    return Break("json/unclosed", last.index, {"character": last.mark, "meant": CLOSES[last.mark]})


def _left_open(text: str) -> Break | None:
    """The bracket on a line that goes on behind it, closes it nowhere, and is followed by a line no deeper: most likely
    the one that was not closed, though the text as a whole only lacks one at its end."""
    start, lines = 0, text.split("\n")
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        bare = _IN_QUOTES.sub(lambda found: "_" * len(found[0]), line)
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
    """Where a text in quotation marks ends, or what breaks it."""
    found = _STRING.match(text, start)
    end = found.end() if found else start + 1
    match text[end : end + 1]:
        case '"':
            return end + 1, None
        case "\\":
            return end, Break("json/escape", end)
        case "":
            return end, Break("json/unclosed", start, {"character": '"', "meant": '"'})
        case mark if mark not in "\r\n":
            return end, Break("json/unprintable", end, {"character": f"U+{ord(mark):04X}"})
    # Curly marks may be meant to close it; or the text goes on below; or the next line is a key.
    curly = next((end - 1 - back for back, one in enumerate(reversed(text[start:end])) if one in "”’»"), None)
    if curly is not None and not text[curly + 1 : end].strip(" ,:"):
        return end, Break("json/quotes", curly, {"character": text[curly]})
    below = text[end:].lstrip()
    if below[:1] in ('"', "}", "]", ""):
        return end, Break("json/unclosed", start, {"character": '"', "meant": '"'})
    return end, Break("json/line-break", start)


def _quote(text: str, index: int, expects: str, last: int) -> Break:
    """Marks that are none of JSON's; behind a text that a `"` closed too early they belong to it."""
    if expects == "comma" and last == index and text[last - 1] == '"':
        return Break("json/inner-quotes", last - 1)
    return Break("json/quotes", index, {"character": text[index]})


def _comma(text: str, start: int, end: int, index: int) -> Break:
    """No comma where one belongs: it was left out, or is another sign, or the text before was closed too early."""
    if _SIGNS.get(text[index]) == ",":
        return Break("json/wrong-sign", index, {"character": text[index], "meant": ","})
    if text[start] == '"' and (index == end or (index == end + 1 and text[index].isalpha())):
        return Break("json/inner-quotes", end - 1)
    return Break("json/comma", end - 1)


def _word(word: str, index: int, key: str) -> Break:
    if meant := MEANT.get(word.casefold()):
        return Break("json/word", index, {"value": word, "suggestion": meant})
    if _NUMBER.fullmatch(word):
        return Break("json/number-form", index, {"value": word[:40]})
    # What stands here may be a name: it is not shown.
    return Break("json/text-quotes", index, {"key": key})
