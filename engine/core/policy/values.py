"""Plain data -> typed values of the vocabulary, and the facts that are derived from them.

Plain data is what `sources` yields (bool, int, Decimal, str, list, None); typed values are exact: `Fraction` for
numbers, `date` for days, `frozenset` for sets.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from engine.base.nearness import closest, truth
from engine.core.policy.terms import (
    Count,
    Derivation,
    Fact,
    Form,
    Greatest,
    Least,
    Percent,
    Sum,
    Text,
    Value,
    Vocabulary,
)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Misfit(Exception):
    """A plain value that does not fit its fact. `code` and `arguments` are those of the diagnostic to report."""

    def __init__(self, code: str, **arguments: str | Text | None) -> None:
        super().__init__(code)
        self.code = code
        self.arguments = arguments


def typed(plain: object, fact: Fact) -> Value:
    """A plain value -> the typed value of `fact`. Raises Misfit if type, option or bounds do not fit."""
    value = typed_as(plain, fact.form, fact.name)
    if fact.options:
        known = [name for name, _ in fact.options]
        for member in sorted(value) if isinstance(value, frozenset) else [value]:
            if member not in known:
                folded = str(member).casefold()
                labelled = (name for name, label in fact.options if label.vi.casefold() == folded)
                near = next(labelled, closest(str(member), known))
                raise Misfit(
                    "fact/option", fact=fact.name, value=written(member), known=", ".join(known), suggestion=near
                )
    check_bounds(value, fact)
    return value


def check_bounds(value: Value, fact: Fact) -> None:
    """Raises Misfit if a typed value lies outside the fact's `minimum` and `maximum`."""
    low, high = fact.minimum, fact.maximum
    if (low is not None and value < low) or (high is not None and value > high):  # type: ignore[operator]
        raise Misfit(
            "fact/range",
            fact=fact.name,
            value=written(value),
            minimum="…" if low is None else written(low),
            maximum="…" if high is None else written(high),
        )


def typed_as(plain: object, form: Form, name: str) -> Value:
    """As `typed`, by form alone. `95.0` is an integer; `"95"` and `true` are not."""
    match form, plain:
        case "boolean", bool():
            return plain
        case (("integer" | "number"), bool()):
            pass
        case "integer", int():
            return plain
        case "integer", Decimal() if plain == plain.to_integral_value():
            return int(plain)
        case "number", (int() | Decimal()):
            return Fraction(plain)
        case "text", str():
            return plain
        case "date", str():
            try:
                # The library reads `20241231` and weeks of the year too, which a person would not take for days.
                return date.fromisoformat(plain if _DAY.fullmatch(plain) else "")
            except ValueError:
                raise Misfit("fact/no-such-day", fact=name, value=plain) from None
        case "set", list() if all(isinstance(member, str) for member in plain):
            return frozenset(plain)
    meant = truth(str(plain)) if form == "boolean" else None
    raise Misfit("fact/type", fact=name, expected=form, value=written(plain), suggestion=meant)


def written(value: object) -> str:
    """A value as a person would type it, short enough for a message."""
    match value:
        case bool():
            text = "true" if value else "false"
        case None:
            text = "null"
        case Fraction():
            text = f"{value.numerator}/{value.denominator}"
            if value.denominator == 1:
                text = str(value.numerator)
            elif Fraction(decimal := Decimal(value.numerator) / Decimal(value.denominator)) == value:
                text = str(decimal)
        case date():
            text = value.isoformat()
        case str():
            text = f'"{value}"'
        case frozenset() | list() | tuple():
            members = sorted(value, key=str) if isinstance(value, frozenset) else value
            text = "[" + ", ".join(written(member) for member in members) + "]"
        case dict():
            text = "{…}"
        case _:
            text = str(value)
    return text if len(text) <= 60 else text[:57] + "…" + text[-1:]


def rank(value: Value, fact: Fact) -> Any:
    """A typed scalar -> its place in the order of its fact: options by their place in the list, the rest as it is.
    Ranks of one fact can always be compared, which the type checker cannot see."""
    if isinstance(value, str) and fact.options:
        return [name for name, _ in fact.options].index(value)
    assert not isinstance(value, frozenset)
    return value


def parts_of(derivation: Derivation) -> tuple[str, ...]:
    """The facts that a derived fact is computed from."""
    match derivation:
        case Percent(of, part):
            return (of, part)
        case Sum(of) | Count(of) | Least(of) | Greatest(of):
            return of


def derive(derivation: Derivation, values: Mapping[str, Value], vocabulary: Vocabulary) -> Value | None:
    """The value of a derived fact, exactly; None if a part is unknown or the whole of a percent is zero."""
    parts = parts_of(derivation)
    known = [values[part] for part in parts if part in values]
    if len(known) < len(parts):
        return None
    match derivation:
        case Percent(of, part):
            whole = values[of]
            return None if whole == 0 else Fraction(100 * values[part], whole)  # type: ignore[operator, arg-type]
        case Sum():
            return sum(known)  # type: ignore[arg-type]
        case Count(_, equal_to):
            fact = vocabulary.facts[parts[0]]
            return sum(1 for value in known if value == typed(equal_to, fact))
        case Least() | Greatest():
            extreme = min if isinstance(derivation, Least) else max
            return extreme(known, key=lambda value: rank(value, vocabulary.facts[parts[0]]))


def unstated(name: str, vocabulary: Vocabulary, values: Mapping[str, Value]) -> frozenset[str]:
    """The facts a person would have to state to make a fact known: itself, or what it is derived from."""
    if name in values:
        return frozenset()
    derivation = vocabulary.facts[name].derived
    if derivation is None:
        return frozenset({name})
    below = frozenset[str]().union(*(unstated(part, vocabulary, values) for part in parts_of(derivation)))
    # A percent of zero stays unknown whatever is stated about its parts.
    return below or frozenset({name})


def wholes_of(vocabulary: Vocabulary) -> dict[str, frozenset[str]]:
    """For each fact that has some, the facts that it can never exceed: directly, or because one of these cannot."""
    direct = {
        name: [whole.fact for whole in fact.not_more_than if not whole.warned]
        for name, fact in vocabulary.facts.items()
        if fact.not_more_than
    }

    def above_all(name: str, passed: frozenset[str]) -> frozenset[str]:
        wholes = frozenset(direct.get(name, ())) - passed
        return wholes.union(*(above_all(whole, passed | wholes) for whole in wholes))

    return {name: wholes for name in direct if (wholes := above_all(name, frozenset({name})))}
