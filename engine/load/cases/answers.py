"""What a person types -> plain data of a case, in Vietnamese or English words; nothing that can be read two ways is
guessed.

Letters may be typed composed or decomposed, in any case, and without diacritics if only one option then fits.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from engine.base.letters import without_accents
from engine.base.words import tables
from engine.core.policy.terms import Fact, Text
from engine.core.policy.values import Misfit, typed

Complaint = Literal[
    "not_yes_or_no",
    "not_an_option",
    "several_options",
    "not_a_number",
    "number_two_ways",
    "not_a_day",
    "nothing",
    "not_text",
]
QUOTES = "“”\"'"

_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
_GROUPED_BY = {
    ".": re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]+)?"),
    ",": re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?"),
}
_BETWEEN_DIGITS = re.compile(r"[0-9.,] +[0-9.,]")
_SPACED = re.compile(r"[+-]? ?[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]+)?")
_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")


class Unreadable(Exception):
    """An answer that cannot be read; `arguments` fill the places of the complaint."""

    def __init__(self, complaint: Complaint, **arguments: str) -> None:
        super().__init__(complaint)
        self.complaint = complaint
        self.arguments = arguments


def plain_answer(typed_in: str, fact: Fact, language: str) -> Any:
    """A line that a person typed -> the plain value of the fact.

    Raises Unreadable if it cannot be read as the fact's type, and Misfit if the value does not fit the fact.
    """
    text = readable(typed_in)
    match fact.form:
        case "boolean":
            return yes_or_no(text)
        case "integer" | "number":
            return number(text, fact)
        case "date":
            plain: Any = day(text, language)
        case "set":
            plain = members(text, fact.options)
        case "text" if fact.options:
            plain = option(text, fact.options)
        case _:
            plain = _unquoted(text)
            if not plain:
                raise Unreadable("nothing")
    typed(plain, fact)
    return plain


def cleaned(text: str) -> str:
    """NFC, without spaces around, and with one plain space for every run of them."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def readable(text: str) -> str:
    """The cleaned text. Raises Unreadable for what no person types on purpose: control characters, broken UTF-8."""
    clean = cleaned(text)
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in clean):
        raise Unreadable("not_text")
    return clean


def folded(text: str) -> str:
    """Small letters without diacritics."""
    return without_accents(cleaned(text).casefold())


def is_word(text: str, words: Sequence[str]) -> bool:
    """Is a text one of these words, however it is cased and spaced?"""
    return cleaned(text).casefold() in words


def means(text: str, meaning: Literal["yes", "no", "none", "all"]) -> bool:
    """Is a text one of the words that people type for a meaning?"""
    return is_word(text, tables("typed")[meaning])


def yes_or_no(text: str) -> bool:
    """What a person means by a word for yes or no. Raises Unreadable for any other word."""
    if means(text, "yes"):
        return True
    if means(text, "no"):
        return False
    raise Unreadable("not_yes_or_no", value=cleaned(text))


def option(text: str, options: Sequence[tuple[str, Text]], *, numbered: bool = True) -> str:
    """The option that a text means: by its id, its label in either language, or its number in the list if numbers are
    shown (`numbered`). Raises Unreadable if it means none or several."""
    if numbered and re.fullmatch("[0-9]+", text) and 0 < int(text) <= len(options):
        return options[int(text) - 1][0]
    for read in (cleaned, folded):
        wanted = read(text).casefold().strip(QUOTES)
        matches = [
            name
            for name, label in options
            if wanted
            in {read(text_of_option).casefold().strip(QUOTES) for text_of_option in (name, label.vi, label.en)}
        ]
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise Unreadable("several_options", value=text)
    raise Unreadable("not_an_option", value=text)


def members(text: str, options: Sequence[tuple[str, Text]]) -> list[str]:
    """The options meant by a list with commas or semicolons, in the order of the options; a word for none is
    none of them."""
    if means(text, "all"):
        return [name for name, _ in options]
    try:
        return [option(text, options)]
    except Unreadable as unreadable:
        if means(text, "none"):
            return []
        parts = [cleaned(part) for part in re.split(";" if ";" in text else "[,\\s]" if _digits(text) else ",", text)]
        parts = [part for part in parts if part]
        if len(parts) < 2:
            raise unreadable
    meant = {option(part, options) for part in parts}
    return [name for name, _ in options if name in meant]


def named_items(text: str) -> list[str]:
    """Names with semicolons between them; a word for none states that there is none."""
    if means(text, "none"):
        return []
    items = [_unquoted(cleaned(part)) for part in text.split(";")]
    items = [item for item in items if item]
    if not items:
        raise Unreadable("nothing")
    return items


def _digits(text: str) -> bool:
    return re.fullmatch(r"[0-9\s,]+", text) is not None


def _unquoted(text: str) -> str:
    """Quotation marks let a person answer with a word that would otherwise be a command."""
    return text[1:-1].strip() if len(text) > 1 and (text[0], text[-1]) in (('"', '"'), ("“", "”")) else text


def _without_unit(text: str, unit: str | None) -> str:
    """The text without the fact's own unit at its end, as in `12 months` and `95 %`."""
    match = re.fullmatch(r"(.*[0-9]) ?([^0-9]+)", text)
    named = () if unit is None else (unit, *tables("typed", "units").get(unit, ()))
    return match[1] if match and folded(match[2]) in map(folded, named) else text


def number(text: str, fact: Fact) -> int | Decimal:
    """A number with a decimal comma or point, or with thousands grouped; refused if both readings fit the fact."""
    written = _without_unit(text.replace("−", "-"), fact.unit)
    if _BETWEEN_DIGITS.search(written) and not _SPACED.fullmatch(written):
        raise Unreadable("not_a_number", value=text)
    written = written.replace(" ", "")
    readings: list[Decimal] = []
    if _NUMBER.fullmatch(written):
        readings.append(Decimal(written.replace(",", ".")))
    for separator, grouped in _GROUPED_BY.items():
        if grouped.fullmatch(written):
            readings.append(Decimal(written.replace(separator, "").replace(",", ".")))
    if not readings:
        raise Unreadable("not_a_number", value=text)
    fitting: list[int | Decimal] = []
    misfit: Misfit | None = None
    for reading in readings:
        plain = int(reading) if reading == reading.to_integral_value() else reading
        try:
            typed(plain, fact)
        except Misfit as raised:
            misfit = misfit or raised
        else:
            fitting += [plain] if plain not in fitting else []
    if len(fitting) > 1:
        raise Unreadable("number_two_ways", value=text)
    if misfit is not None and not fitting:
        raise misfit
    return fitting[0]


def day(text: str, language: str) -> str:
    """A day as year-month-day, or, in Vietnamese, as day/month/year."""
    year_first, day_first = _DAY.fullmatch(text), _DAY_FIRST.fullmatch(text)
    try:
        if year_first:
            return date(*map(int, year_first.groups())).isoformat()
        if day_first and language == "vi":
            day, month, year = map(int, day_first.groups())
            return date(year, month, day).isoformat()
    except ValueError:
        pass
    raise Unreadable("not_a_day", value=text)


def day_or_year(text: str, language: str) -> str:
    """A day, or a year alone, as a date of birth is often known."""
    return text if _YEAR.fullmatch(text) else day(text, language)
