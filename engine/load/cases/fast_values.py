"""The types that msgspec checks the facts of a case against, and the values that it makes of them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from math import ceil, floor
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from engine.core.policy.terms import Fact, Value
from engine.core.policy.values import check_bounds
from engine.load.cases.ballots import COUNTS, Ballots, mistakes

LARGEST_INTEGER = 2**63 - 1


MOST_DIGITS = 18


MOST_VALUES = 10_000
"""How many values of each fact are cached, because most cases repeat those of others."""


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class Unusual(Exception):
    """Raised for a case that only the careful reader can read."""


class _Decimal(dict[str, str]):
    """A number with decimals in the form in which it is hashed, which no value of a case can have."""


@dataclass(frozen=True, eq=False, repr=False)
class Group:
    """Facts below one key: the type that reads them and, in the order of its fields, the fact or group of each."""

    type: Any
    parts: tuple["Fact | Group", ...]
    keys: tuple[str, ...] = ()

    @cached_property
    def takers(self) -> tuple[tuple[str, "Callable[[Any], Value] | Group | None"], ...]:
        """The name of each fact and what makes its value; None if msgspec has made it already."""
        return tuple(("", part) if isinstance(part, Group) else (part.name, _taker(part)) for part in self.parts)


fields_of = msgspec.structs.astuple


def any_of(names: Any) -> Any:
    """The type of a text that is one of these names. If there are no names, no text fits it."""
    known = tuple(dict.fromkeys(str(name) for name in names))
    return Literal[known] if known else Annotated[str, Meta(min_length=1, max_length=0)]


def unless_unknown(kind: Any) -> Any:
    """The type of a value that may be null or missing, both of which mean unknown."""
    return kind | None | UnsetType


def type_of(fact: Fact) -> Any:
    """The type that msgspec checks a plain value against. Numbers and days are checked further by `_taker`."""
    options = any_of(name for name, _ in fact.options) if fact.options else str
    match fact.form:
        case "boolean":
            return bool
        case "integer":
            low: Any = -LARGEST_INTEGER if fact.minimum is None else fact.minimum
            high: Any = LARGEST_INTEGER if fact.maximum is None else fact.maximum
            return Annotated[int, Meta(ge=max(ceil(low), -LARGEST_INTEGER), le=min(floor(high), LARGEST_INTEGER))]
        case "number":
            return Any
        case "set":
            return list[options]  # type: ignore[valid-type]
        case "date":
            return str
        case _:
            return options


def read_decimal(digits: str) -> int | _Decimal:
    """The digits of a number with a point -> an int if it is whole, and otherwise a `_Decimal` without trailing zeros.

    Raises ValueError for many digits or an exponent, which the careful reader reads."""
    if len(digits) > MOST_DIGITS or "e" in digits or "E" in digits:
        raise ValueError
    number = Decimal(digits)
    return int(number) if number == number.to_integral_value() else _Decimal({"\0": str(number.normalize())})


def digits(plain: Any) -> int | str:
    """A number as `read_decimal` or msgspec gives it, in a form that can be looked up: an int, or the digits of one
    with decimals. Raises Unusual if it is no number."""
    if type(plain) is _Decimal:
        return plain["\0"]
    if type(plain) is int:
        return plain
    raise Unusual


def collect_values(read: Any, group: Group, stated: dict[str, Value]) -> None:
    """Adds the facts that a decoded group states to `stated`, by their names."""
    for plain, (name, take) in zip(fields_of(read), group.takers, strict=True):
        if plain is UNSET or plain is None:
            continue
        if take is None:
            stated[name] = plain
        elif name:
            stated[name] = take(plain)  # type: ignore[operator]
        else:
            collect_values(plain, take, stated)  # type: ignore[arg-type]


def _taker(fact: Fact) -> Callable[[Any], Value] | None:
    """What makes the value of a fact from what msgspec took. It raises Misfit or Unusual if that does not fit."""
    if fact.form not in ("number", "date", "set"):
        return None
    if fact.form == "set":
        return frozenset

    @lru_cache(maxsize=MOST_VALUES)
    def value_of(text: str) -> Value:
        value = Fraction(Decimal(text)) if fact.form == "number" else parsed_day(text)
        check_bounds(value, fact)
        return value

    def number(plain: Any) -> Value:
        if type(plain) is _Decimal:
            return value_of(plain["\0"])
        if type(plain) is int and abs(plain) <= LARGEST_INTEGER:
            return value_of(str(plain))
        raise Unusual

    return number if fact.form == "number" else value_of


def parsed_day(text: str) -> date:
    """A day written as year-month-day. Raises Unusual for any other text."""
    try:
        return date.fromisoformat(text if _DAY.fullmatch(text) else "")
    except ValueError:
        raise Unusual from None


def covered_contents(review: Any) -> frozenset[str] | None:
    """The review contents that a case says were covered; None if it does not say. Raises Unusual if one is named
    twice."""
    if not review:
        return None
    (listed,) = fields_of(review)
    if listed is UNSET or listed is None:
        return None
    covered = frozenset(listed)
    if len(covered) < len(listed):
        raise Unusual
    return covered


def struct(fields: Mapping[str, Any], required: Sequence[str] = ()) -> Any:
    """A type with these keys and no others; they need not be names that Python takes."""
    names = {f"f{number}": key for number, key in enumerate(fields)}
    made = [(name, fields[key]) if key in required else (name, fields[key], UNSET) for name, key in names.items()]
    return msgspec.defstruct("Read", made, rename=names, forbid_unknown_fields=True, gc=False)


def ballots_type(grades: Any) -> Any:
    """The type of the count of a vote, with the type of the ids of grades."""
    number = Annotated[int, Meta(ge=0)]
    votes: Any = dict[grades, number | None]
    return struct({**dict.fromkeys(COUNTS, unless_unknown(number)), "grades": unless_unknown(votes)})


def check_ballots(read: Any, grades: frozenset[str]) -> None:
    """Raises Unusual if the count of a vote names another grade than these or contradicts itself."""
    if not read:
        return
    *plain, votes = fields_of(read)
    counts = {name: count for name, count in zip(COUNTS, plain, strict=True) if isinstance(count, int)}
    given = {grade: count for grade, count in (votes or {}).items() if count is not None}
    if not grades.issuperset(given) or any(mistakes(Ballots(counts, given))):
        raise Unusual


def document_type(papers: Iterable[str]) -> Any:
    """The type of a paper of the dossier, which is one of these."""
    text = Annotated[str, Meta(max_length=200)]
    fields = {"kind": any_of(papers), **dict.fromkeys(("date", "number", "file"), unless_unknown(text))}
    return struct(fields, required=("kind",))


def check_days(documents: Any) -> None:
    """Raises Unusual if the day of a paper of the dossier is none."""
    for document in documents or ():
        _, day, *_ = fields_of(document)
        if isinstance(day, str):
            parsed_day(day)
