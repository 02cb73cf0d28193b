"""Texts that look alike -> the one form in which they are compared; what the eye cannot tell apart is equal here.

The form is for comparing alone: what a person reads stays as it was written.
"""

import re
import unicodedata
from functools import lru_cache

PLAIN = r"[!-~]+( [!-~]+)*"
"""A text that is its own form, as Python, DuckDB and Spark all match it."""

_PLAIN = re.compile(PLAIN)
_TONE = "[\u0300\u0301\u0303\u0309\u0323]"
_WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+")
# Letters without a shape of their own that are no format characters.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
_BLANK = "\u2800"
_SAME_SHAPE = ("<wide>", "<narrow>", "<font>", "<noBreak>")
_LIGATURES = re.compile("[\u2160-\u217f\ufb00-\ufb06]")
SHAPES = str.maketrans(
    "АВЕКМНОРСТУХІЈЅҮԚԜаеорсухіјѕһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρıɡÐƉð‐‑‒–—―−﹘﹣‘’ʼ′´“”„",
    "ABEKMHOPCTYXIJSYQWaeopcyxijshdqwABEZHIKMNOPTYXovpigĐĐđ---------'''''\"\"\"",
)


def tidy(text: str) -> str:
    """As it is to be shown: composed, no letter that cannot be seen, one blank between words and none around."""
    seen = (letter for letter in unicodedata.normalize("NFC", text) if not _unseen(letter))
    return " ".join("".join(" " if letter == _BLANK else letter for letter in seen).split())


def alike(text: str) -> str:
    """The form in which a text is compared. Beside what `tidy` leaves out, letters of other alphabets count as the
    Latin ones that they look like, and a tone counts for its word, wherever in it the mark stands (`Hoà`, `Hòa`)."""
    return text if _PLAIN.fullmatch(text) else _alike(text)


@lru_cache(maxsize=50_000)
def _alike(text: str) -> str:
    letters = "".join(map(_shape, tidy(text)))
    return _WORD.sub(_tone_last, unicodedata.normalize("NFD", letters).translate(SHAPES))


def _shape(letter: str) -> str:
    same = _LIGATURES.match(letter) or unicodedata.decomposition(letter).startswith(_SAME_SHAPE)
    return unicodedata.normalize("NFKC", letter) if same else letter


def _tone_last(word: re.Match[str]) -> str:
    return re.sub(_TONE, "", word[0]) + "".join(re.findall(_TONE, word[0]))


def _unseen(letter: str) -> bool:
    return unicodedata.category(letter) == "Cf" or _UNSEEN.match(letter) is not None


def differing(one: str, other: str) -> tuple[str, str]:
    """Two texts that look alike, each with the letters written out that the other has not: `Рhòng [U+0420]`."""
    return _told(one, other), _told(other, one)


def _told(text: str, other: str) -> str:
    odd = [letter for letter in dict.fromkeys(text) if _hides(letter) and letter not in other]
    if text != text.strip() or "  " in text:
        odd.append(" ")
    shown = "".join(" " if letter.isspace() else letter for letter in text if not _unseen(letter))
    return " ".join([shown.strip(), *(f"[U+{ord(letter):04X}]" for letter in odd)])


def _hides(letter: str) -> bool:
    """Is it a letter that is taken for another, or for nothing?"""
    return letter > "~" and (_unseen(letter) or letter.isspace() or letter == _BLANK or alike(letter) in ("", " ")
                             or (letter.translate(SHAPES) != letter) or _shape(letter) != letter)  # fmt: skip
