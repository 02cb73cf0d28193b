"""How a cell reads: a plain cell -> the value that its column takes."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any

from engine.base.diagnostics import HIDDEN, PERSONAL
from engine.base.nearness import closest
from engine.base.words import words
from engine.core.policy.terms import Text
from engine.core.policy.values import Misfit, typed, written
from engine.load.cases.answers import (
    Unreadable,
    cleaned,
    day,
    day_or_year,
    folded,
    means,
    named_items,
    number,
    option,
    readable,
    yes_or_no,
)
from engine.load.cases.headings import Column, heading_key, joined_labels
from engine.load.cases.rows import Formatted, Percentage, is_blank

DIGITS_SHOWN = 15
"""A spreadsheet computes in binary and shows this many digits; a person meant what it shows."""


KEPT = 10_000
FIRST_SERIAL = date(1899, 12, 30)
ERRORS = ("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")


# --- cells --------------------------------------------------------------------------------------------------------


def read_cell(cell: object, column: Column, language: str = "vi") -> Any:
    """A cell -> the plain value of its column; None if it is empty. Days as day/month/year are Vietnamese alone.

    Raises Misfit, with the code of the diagnostic to report, if the cell does not read as what the column takes.
    """
    if is_blank(cell) or column.takes == "note":
        return None
    if isinstance(cell, Misfit):
        raise Misfit(cell.code, **{**cell.arguments, "name": column.name})
    if cell in ERRORS:
        raise Misfit("cell/error", name=column.name, value=str(cell))
    if isinstance(cell, float) and not isfinite(cell):
        raise _of_another_type(cell, column)
    try:
        plain = _plain(readable(cell) if isinstance(cell, str) else cell, column, language)
        if column.fact is not None:
            typed(plain, column.fact)
        return plain
    except Unreadable as unreadable:
        raise _misfit(unreadable, cell, column) from None
    except Misfit as misfit:
        # In a case file the message says to write numbers without quotation marks, which helps nobody in a table.
        raise (_of_another_type(cell, column) if misfit.code == "fact/type" else misfit) from None


def _plain(cell: object, column: Column, language: str) -> Any:
    """Raises Unreadable if the column does not take a cell of this type."""
    match cell:
        case str():
            return _of_text(cell, column, language)
        case list() | tuple():
            return _of_list(cell, column)
        case bool():
            if column.form != "boolean":
                raise Unreadable("not_text")
            return cell
        case Formatted():
            # An id or a name is what a person sees; anything else is the number.
            is_name = column.form == "text" or column.takes in ("ids", "items")
            return _plain(cell.text if is_name and not column.options else cell.number, column, language)
        case Percentage() if column.fact is not None and column.fact.unit == "percent":
            return _exact(cell.percent)
        case int() | float() | Decimal():
            return _of_number(cell, column, language)
        case date():
            return _of_day(cell, column)
    raise Unreadable("not_text")


def _of_text(cell: str, column: Column, language: str) -> Any:
    if column.takes in ("items", "ids"):
        items = named_items(cell)
        return items[0] if column.takes == "ids" and len(items) == 1 else items
    if column.form == "set":
        return _members(cell.split(";"), column)
    if column.options:
        return option(cell, column.options, numbered=False)
    if column.fact is not None and column.is_number:
        return number(cell, column.fact)
    if column.takes == "day_or_year":
        return day_or_year(cell, language)
    match column.form:
        case "boolean":
            return yes_or_no(cell)
        case "date":
            return day(cell, language)
        case "text":
            return cell
    raise Unreadable("not_text")


def _of_list(cell: Sequence[Any], column: Column) -> list[Any]:
    if column.form != "set" or not all(isinstance(item, str) for item in cell):
        raise Unreadable("not_text")
    match column.takes:
        case "ids":
            return list(cell)
        case "items":
            return [readable(item) for item in cell]
    return _members(cell, column) if column.options else list(cell)


def _of_number(cell: int | float | Decimal, column: Column, language: str) -> Any:
    if column.is_number:
        return _exact(cell)
    if column.form == "date" and 1 <= cell < 2_958_466:
        meant = FIRST_SERIAL + timedelta(days=int(cell))
        raise Misfit("cell/serial-day", name=column.name, value=written(cell), day=meant.isoformat())
    if column.takes != "items" and cell == int(cell):
        # A year, or a code that happens to be all digits.
        return _plain(str(int(cell)), column, language)
    raise Unreadable("not_text")


def _of_day(cell: date, column: Column) -> str:
    if column.is_number:
        raise Misfit("cell/day-for-number", name=column.name, value=_shown(cell))
    takes_days = column.form == "date" or column.takes == "day_or_year"
    if not takes_days or (isinstance(cell, datetime) and cell.time() != time()):
        raise Unreadable("not_text")
    return (cell.date() if isinstance(cell, datetime) else cell).isoformat()


def _exact(cell: int | float | Decimal) -> int | Decimal:
    value = Decimal(f"{cell:.{DIGITS_SHOWN}g}") if isinstance(cell, float) else Decimal(cell)
    return int(value) if value == value.to_integral_value() else value


def _members(parts: Iterable[str], column: Column) -> list[str]:
    """The options named, in their own order; a word for none is none of them."""
    named = [part for part in map(cleaned, parts) if part]
    if len(named) == 1 and means(named[0], "none") and not _is_option(named[0], column):
        return []
    meant = {option(part, column.options, numbered=False) for part in named}
    return [name for name, _ in column.options if name in meant]


def _is_option(text: str, column: Column) -> bool:
    return any(
        heading_key(text) in (heading_key(name), heading_key(label.vi), heading_key(label.en))
        for name, label in column.options
    )


def _misfit(unreadable: Unreadable, cell: object, column: Column) -> Misfit:
    value = unreadable.arguments.get("value", "")
    match unreadable.complaint:
        case "not_an_option":
            return Misfit("cell/option", name=column.name, value=value, **_choices(value, column))
        case "several_options":
            return Misfit("cell/several-options", name=column.name, value=value)
        case "number_two_ways":
            return Misfit("cell/number-two-ways", name=column.name, value=value)
        case "not_text" if isinstance(cell, str):
            return Misfit("cell/unprintable", name=column.name)
    return _of_another_type(cell, column)


def _of_another_type(cell: object, column: Column) -> Misfit:
    kind = "date" if column.takes == "day_or_year" else column.form
    expected = words("types", "cell")[kind if column.fact is None else column.fact.type]
    is_personal = column.path[0] == PERSONAL and not column.options
    value = HIDDEN if is_personal or column.takes == "items" else _shown(cell)
    return Misfit(
        "cell/type", name=column.name, expected_vi=expected["vi"], expected_en=expected["en"], value=value
    )  # fmt: skip


def _choices(value: str, column: Column) -> dict[str, Text | None]:
    """The options of a column and the one that was probably meant, by their labels."""
    labels = dict(column.options)
    by_label = {folded(text): name for name, label in column.options for text in (label.en, label.vi)}
    near = closest(folded(value), by_label)
    meant = closest(value, labels) or (by_label[near] if near else None)
    return {"known": joined_labels(labels.values()), "suggestion": labels[meant] if meant else None}


def _shown(cell: object) -> str:
    match cell:
        case Percentage():
            return f"{cell.percent.normalize():f}%"
        case Formatted():
            return cell.text
        case datetime():
            return cell.isoformat(" ", "minutes") if cell.time() != time() else cell.date().isoformat()
        case _:
            return written(cell)
