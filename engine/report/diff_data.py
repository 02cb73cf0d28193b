"""Differences between two versions of a regulation as plain data, for programs."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.core.policy.rules import (
    LIST_OPERATORS,
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
from engine.report.json import as_plain
from engine.versions.comparison import Difference
from engine.versions.versions import Version


def as_data(differences: Sequence[Difference], old: Version, new: Version) -> dict[str, Any]:
    """The same as plain data; conditions in the shape of the policy language, witnesses as whole case files."""
    return {
        "old": old.name,
        "new": new.name,
        "regulations": [old.regulation.id, new.regulation.id],
        "differences": [_difference(difference) for difference in differences],
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "what": difference.what,
        "kind": difference.kind,
        "direction": difference.direction,
        "dormant": difference.dormant,
        "old": difference.old,
        "new": difference.new,
        "grade": difference.grade,
        "label": as_plain(difference.label),
        "old_label": as_plain(difference.old_label),
        "old_source": as_plain(difference.old_source),
        "new_source": as_plain(difference.new_source),
        "old_condition": written_condition(difference.old_condition),
        "new_condition": written_condition(difference.new_condition),
        "details": [
            {"part": key, "old": _scalar(before), "new": _scalar(after)} for key, before, after in difference.details
        ],
        "because": list(difference.because),
        "days": [day.isoformat() for day in difference.days],
        "witnesses": [
            {
                "case": _scalar(witness.document),
                "unusual": {name: _scalar(value) for name, value in witness.unusual},
                "rule": [witness.rule_old, witness.rule_new],
                "outcome": [list(witness.outcome_old), list(witness.outcome_new)],
            }
            for witness in difference.witnesses
        ],
        "cohorts": [
            {"counts": dict(cohort.counts), "lawful": [cohort.lawful_old, cohort.lawful_new]}
            for cohort in difference.cohorts
        ],
    }


def written_condition(condition: Condition | None) -> Any:
    """A condition in the shape of the policy language."""
    match condition:
        case None:
            return None
        case EvidenceNamed(fact=name):
            return {"evidence": str(name)}
        case Comparison(fact=name, operator=operator, operand=ParameterReference(parameter)):
            return {"fact": str(name), operator: {"parameter": str(parameter)}}
        case Comparison(fact=name, operator=operator, operand=Literals(values) | Operand(values)):
            listed = operator in LIST_OPERATORS
            return {"fact": str(name), operator: _scalar(list(values)) if listed else _scalar(values[0])}
        case AllOf(parts):
            return {"all": [written_condition(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [written_condition(part) for part in parts]}
        case NoneOf(parts):
            return {"none": [written_condition(part) for part in parts]}
    raise ValueError("a condition of another kind")


def _scalar(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case Mapping():
            return {str(key): _scalar(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_scalar(inner) for inner in value]
        case _:
            return as_plain(value)
