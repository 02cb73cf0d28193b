"""Texts that look alike -> one form in which they are compared: what a reader cannot tell apart is equal.

The form is only for comparing; people are shown texts as they were written.
"""

import re
import unicodedata
from functools import cache, lru_cache

from engine.base.words import tables

PLAIN = r"[!-~]+( [!-~]+)*"
"""A text that is its own form, as a pattern that Python, DuckDB and Spark all understand."""

_PLAIN = re.compile(PLAIN)
_TONE = "[\u0300\u0301\u0303\u0309\u0323]"
_WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+")
# Characters that cannot be seen and that Unicode does not count as format characters.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_BLANK = "\u2800"
_SAME_SHAPE = ("<wide>", "<narrow>", "<font>", "<noBreak>")
_LIGATURES = re.compile("[\u2160-\u217f\ufb00-\ufb06]")


@cache
def shapes() -> dict[int, str]:
    """Letters of other alphabets and rare signs -> the Latin letter or ASCII sign that each looks like, as
    `str.translate` takes them."""
    return {ord(letter): latin for latin, letters in tables("letters", "shapes").items() for letter in letters}


def tidy(text: str) -> str:
    """A text for showing: in NFC, without characters that cannot be seen, with single blanks and none around it."""
    seen = (letter for letter in unicodedata.normalize("NFC", text) if not _unseen(letter))
    return " ".join("".join(" " if letter == _BLANK else letter for letter in seen).split())


def alike(text: str) -> str:
    """The form in which a text is compared: tidy, with letters of other alphabets replaced by the Latin ones that they
    look like. A tone belongs to its word wherever its mark is written."""
    return text if _PLAIN.fullmatch(text) else _alike(text)


@lru_cache(maxsize=50_000)
def _alike(text: str) -> str:
    letters = "".join(map(_shape, tidy(text)))
    return _WORD.sub(_tone_last, unicodedata.normalize("NFD", letters).translate(shapes()))


def _shape(letter: str) -> str:
    same = _LIGATURES.match(letter) or unicodedata.decomposition(letter).startswith(_SAME_SHAPE)
    return unicodedata.normalize("NFKC", letter) if same else letter


def _tone_last(word: re.Match[str]) -> str:
    return re.sub(_TONE, "", word[0]) + "".join(re.findall(_TONE, word[0]))


def _unseen(letter: str) -> bool:
    return unicodedata.category(letter) == "Cf" or _UNSEEN.match(letter) is not None


def differing(left: str, right: str) -> tuple[str, str]:
    """Two texts that look alike, each followed by the codes of letters that only it has."""
    return _with_codes(left, right), _with_codes(right, left)


def _with_codes(text: str, other: str) -> str:
    odd = [letter for letter in dict.fromkeys(text) if _hides(letter) and letter not in other]
    if text != text.strip() or "  " in text:
        odd.append(" ")
    shown = "".join(" " if letter.isspace() else letter for letter in text if not _unseen(letter))
    return " ".join([shown.strip(), *(f"[U+{ord(letter):04X}]" for letter in odd)])


def _hides(letter: str) -> bool:
    """Does a letter look like another one, or like nothing?"""
    return letter > "~" and (_unseen(letter) or letter.isspace() or letter == _BLANK or alike(letter) in ("", " ")
                             or (letter.translate(shapes()) != letter) or _shape(letter) != letter)  # fmt: skip
