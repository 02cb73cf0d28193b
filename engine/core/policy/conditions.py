"""What conditions mean: the one place that says what an operator does, and strong Kleene logic over it.

The compiler takes the meaning of each comparison from `compare`, and `--verify` re-derives rules with `evaluate`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction

from engine.core.policy.live import on_day
from engine.core.policy.regulation import Parameter
from engine.core.policy.rules import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    EvidenceNamed,
    Literals,
    NoneOf,
    Operand,
    ParameterReference,
)
from engine.core.policy.terms import TYPES, Fact, Value, Vocabulary
from engine.core.policy.values import rank, typed


def compare(comparison: Comparison, fact: Fact, actual: Value) -> bool:
    """Does a known value satisfy a comparison whose operand is ready? Sets take the `includes` operators only."""
    assert isinstance(comparison.operand, Operand)
    operands = comparison.operand.values
    if isinstance(actual, frozenset):
        match comparison.operator:
            case "includes" | "includes_all":
                return all(member in actual for member in operands)
            case "includes_any":
                return any(member in actual for member in operands)
            case other:
                raise ValueError(f"{other} does not apply to a set")
    match comparison.operator:
        case "is" | "one_of":
            return actual in operands
        case "is_not" | "none_of":
            return actual not in operands
    place, limit = rank(actual, fact), rank(operands[0], fact)
    match comparison.operator:
        case "at_least":
            return bool(place >= limit)
        case "at_most":
            return bool(place <= limit)
        case "more_than":
            return bool(place > limit)
        case "less_than":
            return bool(place < limit)
        case other:
            raise ValueError(f"{other} applies to sets only")


def evaluate(
    condition: Condition, facts: Mapping[str, Fact], values: Mapping[str, Value], evidence: Mapping[str, bool]
) -> bool | None:
    """A ready condition on what is known: True, False, or None if the unknown decides."""
    match condition:
        case Comparison(fact=name):
            return compare(condition, facts[name], values[name]) if name in values else None
        case EvidenceNamed(fact=name):
            return evidence.get(name)
        case AllOf(conditions):
            return conjunction([evaluate(part, facts, values, evidence) for part in conditions])
        case AnyOf(conditions):
            return negation(conjunction([negation(evaluate(part, facts, values, evidence)) for part in conditions]))
        case NoneOf(conditions):
            return conjunction([negation(evaluate(part, facts, values, evidence)) for part in conditions])


def conjunction(parts: list[bool | None]) -> bool | None:
    """Strong Kleene `and`: one False decides, then one unknown."""
    return False if False in parts else None if None in parts else True


def negation(part: bool | None) -> bool | None:
    """Strong Kleene `not`: what is unknown stays unknown."""
    return None if part is None else not part


def leaves(condition: Condition | None, negated: bool = False) -> Iterator[tuple[Comparison | EvidenceNamed, bool]]:
    """The comparisons of a condition in reading order, each with whether it stands under an odd number of `none`."""
    match condition:
        case Comparison() | EvidenceNamed():
            yield condition, negated
        case AllOf(conditions) | AnyOf(conditions):
            for part in conditions:
                yield from leaves(part, negated)
        case NoneOf(conditions):
            for part in conditions:
                yield from leaves(part, not negated)


def looked_at(condition: Condition | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The facts that a condition compares, and those that it wants evidence for."""
    parts = [leaf for leaf, _ in leaves(condition)]
    facts = dict.fromkeys(leaf.fact for leaf in parts if isinstance(leaf, Comparison))
    evidence = dict.fromkeys(leaf.fact for leaf in parts if isinstance(leaf, EvidenceNamed))
    return tuple(facts), tuple(evidence)


def parameters_of(condition: Condition | None) -> Iterator[str]:
    """The parameters that a condition, as written or ready, compares facts with."""
    for leaf, _ in leaves(condition):
        match leaf:
            case Comparison(operand=ParameterReference(name) | Operand(parameter=str(name))):
                yield name


def partly(condition: Condition, facts: Mapping[str, Fact], values: Mapping[str, Value]) -> bool:
    """Is something that a ready condition asks for there, if maybe too little: a yes, an option, a member of a set, an
    amount? What it asks to be absent or small counts for nothing."""
    return any(
        _partly_met(leaf, facts[leaf.fact], values[leaf.fact])
        for leaf, negated in leaves(condition)
        if isinstance(leaf, Comparison) and not negated and leaf.fact in values
    )


def _partly_met(comparison: Comparison, fact: Fact, actual: Value) -> bool:
    assert isinstance(comparison.operand, Operand)
    match actual:
        case frozenset():
            return not actual.isdisjoint(comparison.operand.values)
        case bool():
            return actual and compare(comparison, fact, actual)
        case int() | Fraction() if comparison.operator in ("at_least", "more_than"):
            least = fact.minimum if isinstance(fact.minimum, int | Fraction) else 0
            return actual > least
        case _:
            affirmed = comparison.operator in ("is", "one_of", "at_least", "more_than")
            return affirmed and compare(comparison, fact, actual)


def deciding(
    condition: Condition,
    facts: Mapping[str, Fact],
    values: Mapping[str, Value],
    evidence: Mapping[str, bool],
    negated: bool = False,
) -> Iterator[tuple[Comparison | EvidenceNamed, bool, bool | None]]:
    """The comparisons that made a condition come out as it did, each with whether it stands under `none`, and its
    own result: of an `all` that fails those that fail, of an `any` that holds those that hold, and so on."""
    result = evaluate(condition, facts, values, evidence)
    match condition:
        case Comparison() | EvidenceNamed():
            yield condition, negated, result
        case AllOf(parts) | AnyOf(parts) | NoneOf(parts):
            under_none = isinstance(condition, NoneOf)
            caused = negation(result) if under_none else result
            for part in parts:
                if evaluate(part, facts, values, evidence) is caused:
                    yield from deciding(part, facts, values, evidence, negated ^ under_none)


def ready(condition: Condition, vocabulary: Vocabulary, parameters: Mapping[str, Parameter], day: date) -> Condition:
    """A condition as written -> the same with typed operands of that day. The checker has refused what does not fit."""
    match condition:
        case Comparison(fact=name, operand=operand):
            fact = vocabulary.facts[name]
            match operand:
                case ParameterReference(name=parameter):
                    value = operand_value(on_day(parameters[parameter], day), fact)
                    return replace(condition, operand=Operand((value,), parameter))
                case Literals(values):
                    return replace(condition, operand=Operand(tuple(operand_value(value, fact) for value in values)))
        case AllOf(parts) | AnyOf(parts) | NoneOf(parts):
            return replace(condition, conditions=tuple(ready(part, vocabulary, parameters, day) for part in parts))
    return condition


def operand_value(plain: object, fact: Fact) -> Value:
    """An operand's plain value as a value of the fact; a member if the fact holds a set.

    An integer may be compared with a fraction. Raises Misfit if it does not fit."""
    return typed(plain, replace(fact, type=TYPES[fact.type].operand))
