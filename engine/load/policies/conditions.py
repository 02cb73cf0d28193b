"""A `when`, `unless` or `under`, and the rule that holds them -> the model."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast, get_args

from engine.base.diagnostics import Location
from engine.core.policy.rules import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    EvidenceNamed,
    Literals,
    NoneOf,
    Operator,
    ParameterReference,
    Reading,
    Role,
    Rule,
)
from engine.load.policies.names import Name
from engine.load.policies.node import Node, label_of, parse_source

if TYPE_CHECKING:
    from engine.core.policy.terms import PeriodKind

OPERATORS: tuple[Operator, ...] = get_args(Operator)


_JOINS: dict[str, type[AllOf] | type[AnyOf] | type[NoneOf]] = {"all": AllOf, "any": AnyOf, "none": NoneOf}


def parse_condition(node: Node) -> Condition:
    """A `when` or `unless` -> the condition tree."""
    data = node.data
    if "fact" in data:
        operator = next(name for name in OPERATORS if name in data)
        operand = data[operator]
        return Comparison(
            fact=data["fact"],
            operator=operator,
            operand=ParameterReference(node[operator].name("parameter"))
            if isinstance(operand, dict)
            else Literals(node.values(operator)),
            location=node["fact"].location,
            operator_location=node[operator].key_location,
            operand_location=node[operator].location,
        )
    (join,) = data
    parts = tuple(parse_condition(part) for part in node.items(join))
    joined: Condition = _JOINS[join](parts, location=node.location)
    return joined


def parse_under(node: Node) -> tuple[Reading, ...]:
    """The readings of ambiguous passages under which a rule holds."""
    return tuple(
        Reading(Name(name, option.key_location), node["under"].texts(name), location=option.location)
        for name, option in node.pairs("under")
    )


def _all_of(parts: Sequence[Condition], location: Location) -> Condition | None:
    return None if not parts else parts[0] if len(parts) == 1 else AllOf(tuple(parts), location=location)


def joined(
    role: Role,
    when: Condition | None,
    exception: Condition | None,
    evidence: Sequence[EvidenceNamed],
    place: Location,
) -> Condition | None:
    """The whole of what a rule asks: what it requires, the evidence for it, and an exception, which waives a criterion
    and disarms every other rule. None if the rule asks nothing."""
    condition = _all_of([*([when] if when else []), *evidence], place)
    if exception is None:
        return condition
    if role == "criterion":
        return AnyOf((condition, exception) if condition else (exception,), location=place)
    unless = NoneOf((exception,), location=place)
    return _all_of([condition, unless] if condition else [unless], place)


def parse_rule(node: Node, role: Role, prefix: str, applies_to: tuple[str, ...]) -> Rule:
    """One rule. `applies_to` is the file's, which the rule may narrow."""
    when, unless, weighed = node.get("when"), node.get("unless"), node.get("discretion")
    required = parse_condition(when) if when else None
    discretion = _discretion(weighed) if weighed else None
    exceptions = [*([parse_condition(unless)] if unless else []), *([discretion] if discretion else [])]
    exception: Condition | None = exceptions[0] if exceptions else None
    if len(exceptions) > 1:
        exception = AnyOf(tuple(exceptions), location=node.location)
    evidence = node.texts("requires_evidence")
    place = node.location
    named = tuple(EvidenceNamed(fact, location=node["requires_evidence"].location) for fact in evidence)
    condition = joined(role, required, exception, named, place)
    return Rule(
        id=node.data["id"],
        name=f"{prefix}.{node.data['id']}",
        role=role,
        label=label_of(node),
        source=parse_source(node["source"]),
        applies_to=node.texts("applies_to") or applies_to,
        condition=condition,
        when=required,
        unless=exception,
        requires_evidence=evidence,
        under=parse_under(node),
        periods=cast("tuple[PeriodKind, ...]", node.texts("periods")),
        discretion=discretion,
        delegated=node.data.get("delegated", False),
        location=place,
    )


def _discretion(node: Node) -> Condition:
    """When the authority may lift the rule, together with the fact that says that it has."""
    lifted = node["lifted_by"]
    place = lifted.location
    says = Comparison(node.name("lifted_by"), "is", Literals((True,)), place, place, location=place)
    return AllOf((parse_condition(node["when"]), says), location=node.location)
