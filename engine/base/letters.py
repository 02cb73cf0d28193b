"""Letters that are not what they seem: from another alphabet, or typed for an old font that alone shows them rightly.

A Vietnamese syllable is recognised by its form: the consonants before the vowel, the vowel, and those after it.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

from engine.base.likeness import shapes
from engine.base.words import tables

_TONE = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_WORD = re.compile(r"[A-Za-z\u00a1-\u024f\u0300-\u036f\u1e00-\u1eff]+")
_STROKES = {0x110: "D", 0x111: "d"}
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Strange:
    """What is odd about a text. `index`: where in the text it begins."""

    code: str
    index: int
    arguments: dict[str, str]


def strange(text: str) -> Strange | None:
    """The first letter or word of a text that is not what it seems; None if there is none."""
    if text.isascii() or all(map(_is_plain, text.split(" "))):
        return None
    return _legacy(text) or _look_alike(text)


@lru_cache(maxsize=50_000)
def _is_plain(word: str) -> bool:
    """Is a word ASCII, or a Vietnamese syllable of no other letters than it shows? Nothing is odd about such words."""
    return word.isascii() or (word.isalpha() and is_syllable(word) and all(shape(letter) == letter for letter in word))


def _look_alike(text: str) -> Strange | None:
    if all(shape(letter) == letter for letter in set(text)):
        return None
    for word in _LETTERS.finditer(text):
        for place, letter in enumerate(word[0]):
            meant = shape(letter)
            if meant != letter and letter.isalpha() and _belongs(letter, word[0], text):
                about = {"character": letter, "number": f"U+{ord(letter):04X}", "meant": meant}
                return Strange("text/look-alike", word.start() + place, about)
    return None


def _belongs(letter: str, word: str, text: str) -> bool:
    """Does the Latin letter belong here that this letter looks like?"""
    meant = "".join(map(shape, word))
    if letter in "\u00f0\u00d0\u0189":
        return is_syllable(meant) or (word.isupper() and len(word) < 6)
    if len(word) == 1:
        # A single small letter may be Greek in a formula; a single capital in a Latin text is part of a name.
        return letter.isupper() and _is_latin(text)
    return any(map(_is_latin, word)) or (meant.isascii() and _is_latin(text))


@lru_cache(maxsize=10_000)
def shape(letter: str) -> str:
    """The Latin letter that a letter looks like; the letter itself if it looks like none."""
    wide = unicodedata.decomposition(letter).startswith("<wide>")
    if wide:
        return unicodedata.normalize("NFKC", letter)
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", letter).translate(shapes()))


def _is_latin(text: str) -> bool:
    return any(unicodedata.name(letter, "").startswith("LATIN") for letter in text)


@lru_cache(maxsize=50_000)
def is_syllable(word: str) -> bool:
    """Is a word written like a Vietnamese syllable?"""
    letters = unicodedata.normalize("NFD", word.lower())
    bare, tones = _TONE.subn("", letters)
    return tones < 2 and _syllable().fullmatch(unicodedata.normalize("NFC", bare)) is not None


def _legacy(text: str) -> Strange | None:
    words = [word for word in _WORD.findall(text) if not word.isascii() and re.search("[A-Za-z]", word)]
    odd = [word for word in words if not is_syllable(word)]
    for font, read in FONTS.items():
        whole = read(text) if odd or font == MISREAD else None
        if whole is None or whole == text:
            continue
        if font == MISREAD:
            meant = [word for word in _WORD.findall(whole) if not word.isascii()]
        else:
            meant = [read(word) or "" for word in odd]
        if sum(map(len, meant)) > 2 and all(is_syllable(word) and not word.isascii() for word in meant):
            return Strange("text/legacy-font", _first_difference(text, whole), {"font": font, "suggestion": whole})
    return None


def _first_difference(text: str, other: str) -> int:
    pairs = enumerate(zip(text, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), 0)


@cache
def _syllable() -> re.Pattern[str]:
    onsets, rimes = tables("letters")["onsets"], tables("letters")["rimes"]
    return re.compile(rf"(?:{'|'.join(onsets)})?(?:{'|'.join(sorted(rimes, key=len, reverse=True))})")


def _from_tcvn3(text: str) -> str:
    return text.translate(_tcvn3())


@cache
def _tcvn3() -> dict[int, int]:
    letters = tables("letters")["tcvn3"]
    return str.maketrans(letters["written"], letters["meant"])


def _from_vni(text: str) -> str:
    marks, letters = tables("letters", "vni")["marks"], tables("letters", "vni")["letters"]

    def letter(written: re.Match[str]) -> str:
        base = written[1] or written[3]
        meant = letters.get(base.lower(), base)
        meant = meant.upper() if base.isupper() else meant
        return unicodedata.normalize("NFC", meant + (marks[written[2].lower()] if written[2] else ""))

    return _vni().sub(letter, text)


@cache
def _vni() -> re.Pattern[str]:
    marks, letters = tables("letters", "vni")["marks"], tables("letters", "vni")["letters"]
    return re.compile(f"([aeouy\u00f4\u00f6])([{''.join(marks)}])|([{''.join(letters)}])", re.IGNORECASE)


def _misread(text: str) -> str | None:
    """The text, if it is UTF-8 that was read as Windows-1252; None if it is not."""
    try:
        return b"".join(_byte(letter) for letter in text).decode("utf-8")
    except ValueError:
        return None


def _byte(letter: str) -> bytes:
    return letter.encode("latin-1") if letter < "\u0100" else letter.encode("cp1252")


MISREAD = "UTF-8 → Windows-1252"
FONTS: dict[str, Callable[[str], str | None]] = {MISREAD: _misread, "TCVN3 (ABC)": _from_tcvn3, "VNI": _from_vni}
"""Encodings of Vietnamese before Unicode, and what reads each; it gives None if the text cannot be such."""


def without_accents(text: str) -> str:
    """The letters of a text without their accents; the Vietnamese d with a stroke is a d."""
    letters = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).translate(_STROKES)


def decomposed(text: str) -> int | None:
    """Where the first letter is whose accent is a character of its own (NFD); None if there is none."""
    if unicodedata.is_normalized("NFC", text):
        return None
    return _first_difference(text, unicodedata.normalize("NFC", text))
