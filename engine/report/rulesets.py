"""Compiled rules, readable and encoded side by side."""

from typing import Any

from engine.base.version import FORMAT
from engine.core.policy.rules import LIST_OPERATORS, AllOf, AnyOf, Comparison, Condition, EvidenceNamed, NoneOf, Operand
from engine.core.policy.values import written
from engine.core.rules.compiler import Compiled
from engine.core.rules.domains import Domain, Observable, Region


def as_data(compiled: Compiled) -> dict[str, Any]:
    """The compilation as plain data to print: readable and encoded form side by side."""
    names = compiled.properties
    return {
        "format": FORMAT,
        "regulation": compiled.regulation,
        "subject_kind": compiled.kind,
        "day": compiled.day.isoformat(),
        "interpretations": dict(compiled.choices),
        "encoding": {
            names[observable]: _encoding(observable, domain) for observable, domain in compiled.domains.items()
        },
        "rules": [
            {
                "rule": rule.rule.name,
                "asks": [readable(rule.condition)] if rule.condition else [],
                "holds": [_readable_region(region, compiled) for region in rule.holds],
                "fails": [_readable_region(region, compiled) for region in rule.fails],
            }
            for rule in compiled.rules
        ],
        "rulesets": [
            {
                "name": ruleset.name,
                "stack_bound": ruleset.stack_bound,
                "owners": {
                    str(number): [compiled.rules[owner].rule.name for owner in conjunct.owners]
                    for number, conjunct in enumerate(ruleset.conjuncts)
                },
                "definition": ruleset.definition,
            }
            for ruleset in (*compiled.holds, *compiled.fails)
        ],
    }


def _encoding(observable: Observable, domain: Domain) -> dict[str, Any]:
    description = {"fact": observable.fact, "type": domain.fact.type}
    if observable.member:
        description["includes"] = observable.member
    if observable.evidence:
        description = {"evidence_for": observable.fact}
    return {**description, "codes": {str(code): _readable_code(code, domain) for code in domain.examples}}


def _readable_code(code: int, domain: Domain) -> str:
    if not domain.constants or domain.fact.form == "boolean":
        return written(domain.examples[code])
    constants = [written(value) for value in domain.constants]
    index = code // 2
    if code % 2 == 0:
        return constants[index - 1]
    if domain.fact.is_free_text:
        return "any other"
    if domain.fact.options:
        edges = [name for name, _ in domain.fact.options]
        first = edges.index(str(domain.constants[index - 1])) + 1 if index else 0
        last = edges.index(str(domain.constants[index])) if index < len(constants) else len(edges)
        return ", ".join(written(name) for name in edges[first:last])
    low = f"more than {constants[index - 1]}" if index else ""
    high = f"less than {constants[index]}" if index < len(constants) else ""
    return " and ".join(part for part in (low, high) if part)


def _readable_region(region: Region, compiled: Compiled) -> dict[str, list[str]]:
    readable_masks = {}
    for observable, mask in region.items():
        domain = compiled.domains[observable]
        name = f"evidence for {observable.fact}" if observable.evidence else observable.fact
        name = name if not observable.member else f"{name} includes {observable.member}"
        readable_masks[name] = [_readable_code(code, domain) for code in domain.examples if mask >> code & 1]
    return readable_masks


def readable(condition: Condition) -> Any:
    """A ready condition in the shape of the policy language, with the operands' values."""
    match condition:
        case EvidenceNamed(fact=name):
            return {"evidence": name}
        case Comparison(fact=name, operator=operator, operand=Operand(values=values, parameter=parameter)):
            shown: Any = [written(value) for value in values]
            shown = shown if operator in LIST_OPERATORS else shown[0]
            return {"fact": name, operator: shown, **({"parameter": parameter} if parameter else {})}
        case AllOf(parts):
            return {"all": [readable(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [readable(part) for part in parts]}
        case NoneOf(parts):
            return {"none": [readable(part) for part in parts]}
    raise ValueError("a condition that is not ready")
