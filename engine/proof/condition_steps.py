"""One condition, changed by one small step at a time: an operator, what it compares with, a part dropped, a join."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import cast

from engine.base.diagnostics import Location
from engine.core.policy.conditions import operand_value
from engine.core.policy.rules import (
    LIST_OPERATORS,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    EvidenceNamed,
    Literals,
    NoneOf,
    Operator,
)
from engine.core.policy.terms import Fact, Frozen
from engine.core.policy.values import Misfit, written

NEIGHBOURS: Mapping[Operator, tuple[Operator, ...]] = {
    "at_least": ("more_than",), "more_than": ("at_least",), "at_most": ("less_than",), "less_than": ("at_most",),
    "is": ("is_not",), "is_not": ("is",), "one_of": ("none_of",), "none_of": ("one_of",),
    "includes_any": ("includes_all",), "includes_all": ("includes_any",),
}  # fmt: skip
"""Of each operator those that are taken for it by mistake."""
ORDERED: tuple[Operator, ...] = ("at_least", "at_most")
"""What `is` is taken for too, of a fact whose values have an order."""
_JOIN_KEYS = {AllOf: "all", AnyOf: "any", NoneOf: "none"}


class Step(Frozen):
    """One small change: `key` of its sentence in the words of `mutation`, the values in it, and where it is made."""

    key: str
    arguments: tuple[tuple[str, str], ...]
    location: Location


Steps = Iterator[tuple[Step, Condition]]


def condition_steps(condition: Condition, facts: Mapping[str, Fact]) -> Steps:
    """A condition as written -> each condition that is one step away from it, and the step."""
    match condition:
        case Comparison():
            yield from _operator_steps(condition, facts[condition.fact])
            if isinstance(condition.operand, Literals):
                yield from _operand_steps(condition, condition.operand.values, facts[condition.fact])
        case AllOf(parts) | AnyOf(parts) | NoneOf(parts):
            yield from _join_steps(condition, parts)
            for number, part in enumerate(parts):
                if len(parts) > 1:
                    step = Step("condition_dropped", (("condition", shown(part)),), part.location)
                    yield step, replace(condition, conditions=(*parts[:number], *parts[number + 1 :]))
                for inner, changed in condition_steps(part, facts):
                    yield inner, replace(condition, conditions=(*parts[:number], changed, *parts[number + 1 :]))


def shown(condition: Condition) -> str:
    """A condition as a person writes it, cut short if it is long."""
    match condition:
        case Comparison(fact, operator, operand):
            values = operand.values if isinstance(operand, Literals) else (operand,)
            listed = ", ".join(plain(value) for value in values)
            return f"{fact} {operator} {f'[{listed}]' if operator in LIST_OPERATORS else listed}"
        case EvidenceNamed(fact):
            return f"requires_evidence {fact}"
        case AllOf(parts) | AnyOf(parts) | NoneOf(parts):
            more = ", …" if len(parts) > 1 else ""
            return f"{_JOIN_KEYS[type(condition)]}: {shown(parts[0])}{more}"


def plain(value: object) -> str:
    """A plain operand as a person writes it."""
    name = getattr(value, "name", None)
    return f"{{parameter: {name}}}" if name else value if isinstance(value, str) else written(value)


def _operator_steps(comparison: Comparison, fact: Fact) -> Steps:
    operator = comparison.operator
    others = list(NEIGHBOURS.get(operator, ()))
    if operator == "is" and (fact.is_number or fact.form == "date" or fact.ordered):
        others += ORDERED
    if operator == "includes_any" and isinstance(comparison.operand, Literals) and len(comparison.operand.values) == 1:
        others = []
    for other in others:
        arguments = (("fact", comparison.fact), ("old", operator), ("new", other))
        yield Step("operator", arguments, comparison.operator_location), replace(comparison, operator=other)
    if operator == "includes":
        step = Step("turned_round", (("condition", shown(comparison)),), comparison.operator_location)
        yield step, NoneOf((comparison,), location=comparison.location)


def _operand_steps(comparison: Comparison, values: tuple[object, ...], fact: Fact) -> Steps:
    if comparison.operator in LIST_OPERATORS:
        yield from _list_steps(comparison, values, fact)
        return
    for near in one_step(values[0], fact):
        arguments = (("fact", comparison.fact), ("old", plain(values[0])), ("new", plain(near)))
        yield Step("operand", arguments, comparison.operand_location), replace(comparison, operand=Literals((near,)))


def _list_steps(comparison: Comparison, values: tuple[object, ...], fact: Fact) -> Steps:
    def step(key: str, value: object, members: tuple[object, ...]) -> tuple[Step, Condition]:
        arguments = (("fact", comparison.fact), ("value", plain(value)))
        return Step(key, arguments, comparison.operand_location), replace(comparison, operand=Literals(members))

    for number, value in enumerate(values):
        if len(values) > 1:
            yield step("member_dropped", value, (*values[:number], *values[number + 1 :]))
    for option, _ in fact.options:
        if option not in values:
            yield step("member_added", option, (*values, option))


def one_step(value: object, fact: Fact) -> list[object]:
    """The plain values one step below and above a value of a fact: a whole number, a day, an option. Those that the
    fact cannot be compared with are left out."""
    near: Sequence[object] = ()
    match value:
        case bool():
            pass
        case int() | Decimal():
            near = (value - 1, value + 1)
        case str() if fact.form == "date":
            day = date.fromisoformat(value)
            near = tuple((day + timedelta(days)).isoformat() for days in (-1, 1))
        case str() if fact.options:
            pairs = list(pairwise(name for name, _ in fact.options))
            near = [low for low, high in pairs if high == value] + [high for low, high in pairs if low == value]
    return [other for other in near if _fits(other, fact)]


def _fits(value: object, fact: Fact) -> bool:
    try:
        operand_value(value, fact)
    except Misfit:
        return False
    return True


def _join_steps(condition: AllOf | AnyOf | NoneOf, parts: tuple[Condition, ...]) -> Steps:
    place = condition.location
    if len(parts) > 1:
        other = AllOf if isinstance(condition, AnyOf) else AnyOf
        changed: Condition = other(parts, location=place)
        if isinstance(condition, NoneOf):
            changed = NoneOf((AllOf(parts, location=place),), location=place)
        old, new = _JOIN_KEYS[type(condition)], "none, all" if isinstance(condition, NoneOf) else _JOIN_KEYS[other]
        yield Step("join", (("old", old), ("new", new), ("condition", shown(parts[0]))), place), changed
    if isinstance(condition, NoneOf):
        arguments = (("old", "none"), ("new", "any"), ("condition", shown(parts[0])))
        yield Step("join", arguments, place), cast("Condition", AnyOf(parts, location=place))
