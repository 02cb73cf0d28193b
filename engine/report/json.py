"""What the engine found -> plain data as JSON holds it: the full form, in which every id stands with what it means.

It does not depend on the language: every text comes in both. Numbers are exact: whole numbers and finite decimals as
JSON numbers, other fractions as text "numerator/denominator".
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from operator import attrgetter
from typing import Any

from engine.base.diagnostics import Diagnostic, Location
from engine.core.judge.record import (
    ComparisonResult,
    Dependence,
    LinkResult,
    MissingFact,
    QuotaReading,
    QuotaResult,
    ReadingUsed,
    ReviewItem,
    RuleResult,
)
from engine.report.words import label_of
from engine.study.reasons import Ground, Turn

_RULE = ("rule=rule.name", "id=rule.id", "label=rule.label", "source=rule.source")
_FACT = ("fact=fact.name", "label=fact.label")
_READING = ("interpretation=interpretation.id", "question=interpretation.question", "option", "label")
FULL_FORM: Mapping[type, tuple[str, ...]] = {
    RuleResult: (*_RULE, "holds", "comparisons", "exception", "layer=rule.layer"),
    ReviewItem: (*_RULE, "required", "covered", "layer=rule.layer"),
    MissingFact: (*_FACT, "question=fact.question", "evidence", "needed_for"),
    ReadingUsed: (*_READING, "switched", "layer=interpretation.layer"),
    Dependence: (*_READING, "possible"),
    QuotaResult: (
        "quota=quota.name", "label=quota.label", "source=quota.source", "regulation", "period", "cohort", "grade",
        "grade_label", "of", "percent", "count", "base", "limit", "excess", "greatest_lawful", "status", "relief",
        "holders", "unsettled", "size", "layer=quota.layer", "percent_source=share.source",
        "percent_layer=share.layer", "waiting", "may_relieve", "missing", "ways", "readings",
    ),
    QuotaReading: (
        "setting=setting.id", "option", "label", "source", "count=result.count", "base=result.base",
        "limit=result.limit", "excess=result.excess", "greatest_lawful=result.greatest_lawful", "status=result.status",
    ),
    LinkResult: (
        "link=link.name", "label=link.label", "source=link.source", "case_id", "other", "other_case", "status", "grade",
        "other_grade", "layer=link.layer", "regulation",
    ),
    Ground: (*_FACT, "evidence", "value", "rules"),
    Turn: (*_FACT, "evidence", "value", "otherwise"),
}  # fmt: skip
"""What the full form says of a result: its own members, and those of the rule, fact or the like that it holds."""


def as_plain(value: Any) -> Any:
    """Frozen data of the engine -> objects, lists and scalars; places in policy files are left out."""
    match value:
        case None | bool() | int():
            return value
        case Diagnostic():
            return _diagnostic(value)
        case str():
            return str(value)
        case Fraction():
            return _number(value)
        case date():
            return value.isoformat()
        case frozenset():
            return sorted(value)
        case tuple() | list():
            return [as_plain(item) for item in value]
        case Mapping():
            return [as_plain(item) for item in sorted(value.items())]
        case _ if is_dataclass(value):
            return {name: as_plain(member) for name, member in _members(value).items()}
        case _:
            raise TypeError(f"a record holds a {type(value).__name__}")


def _members(value: Any) -> Mapping[str, Any]:
    """What the full form says of a value, by name, in its order."""
    if isinstance(value, ComparisonResult):
        return _comparison(value)
    return {name: member(value) for name, member in _getters(value.__class__)}


@cache
def _getters(kind: Any) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """Each member that is shown of a class, with what reads it."""
    members = FULL_FORM.get(kind, [field.name for field in fields(kind) if field.type is not Location])
    pairs = [member.partition("=") for member in members]
    return tuple((name, attrgetter(path or name)) for name, _, path in pairs)


def _comparison(comparison: ComparisonResult) -> dict[str, Any]:
    fact, operand, dated = comparison.fact, comparison.operand, comparison.dated
    labels = dict(fact.options)
    return {
        "fact": fact.name,
        "label": fact.label,
        "unit": fact.unit if comparison.operator else None,
        "operator": comparison.operator,
        "threshold": operand.values,
        "threshold_labels": [labels[str(limit)] for limit in operand.values if limit in labels],
        "parameter": operand.parameter,
        "parameter_source": dated and dated.source,
        "actual": comparison.actual,
        "actual_label": label_of(comparison.actual, fact),
        "result": comparison.result,
        "negated": comparison.negated,
        "evidence": comparison.evidence,
        "parameter_layer": dated and dated.layer,
    }


def _number(number: Fraction) -> int | float | str:
    if number.denominator == 1:
        return number.numerator
    nearest = float(number)
    return nearest if Fraction(repr(nearest)) == number else f"{number.numerator}/{number.denominator}"


def _diagnostic(problem: Diagnostic) -> dict[str, Any]:
    remedy = {language: problem.help(language) for language in ("vi", "en")}
    return {
        "code": problem.code,
        "severity": problem.severity,
        "file": problem.location.file,
        "line": problem.location.line or None,
        "column": problem.location.column or None,
        **({"sheet": problem.location.sheet} if problem.location.sheet else {}),
        "message": {language: problem.message(language) for language in ("vi", "en")},
        "help": remedy if remedy["vi"] else None,
    }
