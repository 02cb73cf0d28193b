"""What a person probably meant by a word that a policy file does not allow: a key in Vietnamese, an operator as a
symbol, a label for an id, a condition or a day as on paper."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import get_args

from engine.base.letters import without_accents
from engine.base.nearness import closest, opposed
from engine.base.words import tables
from engine.core.policy.rules import Operator

_EXPRESSION = re.compile(r"([a-z][a-z0-9_.]*)\s*([<>=!≥≤≠]{1,2})\s*(\S+)")
_DAY = re.compile(r"(\d{1,2})[/.-](0?[1-9]|1[0-2])[/.-](\d{4})")
_DAY_TURNED = re.compile(r"(\d{4})[/.-](0?[1-9]|1[0-2])[/.-](\d{1,2})")
_DAY_IN_WORDS = re.compile(r"(?:ngay )?(\d{1,2}) thang (0?[1-9]|1[0-2]),? nam (\d{4})")


@cache
def _symbols() -> Mapping[str, str]:
    """The operators by the symbols that people write for them."""
    ways = [(way, key) for key in get_args(Operator) for way in tables("typed", "keys").get(key, ())]
    return {way: key for way, key in ways if not any(letter.isalpha() for letter in way)}


def plain(text: str) -> str:
    """Words as they are compared: small letters without accents, one blank between them."""
    return " ".join(re.findall(r"[a-z0-9]+", without_accents(text.lower())))


def meant_key(typed: str, known: Iterable[str]) -> str | None:
    """The known key that a person probably meant, by a synonym or by its letters; None if there is none."""
    names, plain_word = list(known), plain(typed)
    for name in names:
        if any(
            typed.strip() == way or (plain_word and plain_word == plain(way))
            for way in tables("typed", "keys").get(name, ())
        ):
            return name
    return closest(typed, names)


def meant_name(typed: str, labels: Mapping[str, Iterable[str]]) -> str | None:
    """The name whose label was typed, whole or in part, or else the name that is most like it."""
    plain_word = plain(typed)
    by_label = {name: [plain(text) for text in texts] for name, texts in labels.items()}
    whole = [name for name, texts in by_label.items() if plain_word in texts]
    part = [name for name, texts in by_label.items() if any(f" {plain_word} " in f" {text} " for text in texts)]
    if len(whole) == 1:
        return whole[0]
    # One word that occurs in one of many labels proves too little.
    if len(part) == 1 and (" " in plain_word or len(by_label) < 13):
        # What stands before the part may deny it: "not reviewed".
        until_there = [
            f" {text} ".partition(f" {plain_word} ")[0]
            for text in by_label[part[0]]
            if f" {plain_word} " in f" {text} "
        ]
        return None if all(opposed(text, "") for text in until_there) else part[0]
    near = closest(typed, labels)
    if near is None and len(plain_word) > 7:
        texts = {text: name for name, every in by_label.items() for text in every}
        like = closest(plain_word, texts)
        return texts[like] if like else None
    return near


def meant_condition(typed: str) -> str | None:
    """`a.b >= 1` as the language has it, or None for any other text."""
    match = _EXPRESSION.fullmatch(typed.strip())
    if not match or match[2] not in _symbols():
        return None
    return f"{{fact: {match[1]}, {_symbols()[match[2]]}: {match[3]}}}"


def fits(text: str, pattern: str) -> bool:
    """Does a pattern of JSON Schema fit a text? Its `$` is the very end, and not the place before a line end."""
    return re.search(pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern, text) is not None


def rewritten(text: str, pattern: str) -> str | None:
    """The same text as the pattern takes it: without the quotation marks of a word processor, a day as year-month-day,
    an id without accents, capitals and blanks. None if that does not help."""
    bare = text.strip(' \u00a0"“”„‘’')
    unaccented = without_accents(bare.lower())
    as_id = re.sub(r"[\s-]+", "_", unaccented)
    options = [bare, as_id]
    if day := _DAY.fullmatch(bare) or _DAY_IN_WORDS.fullmatch(unaccented):
        options = [f"{day[3]}-{int(day[2]):02}-{int(day[1]):02}"]
    elif day := _DAY_TURNED.fullmatch(bare):
        options = [f"{day[1]}-{int(day[2]):02}-{int(day[3]):02}"]
    return next((option for option in options if fits(option, pattern)), None)
