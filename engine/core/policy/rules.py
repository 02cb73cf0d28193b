"""What a regulation rules: conditions, rules, ladders of grades, quotas and links, as frozen data without behaviour."""

from dataclasses import field
from typing import Generic, Literal, TypeVar

from engine.base.diagnostics import Location
from engine.core.policy.terms import NOWHERE, Frozen, Located, PeriodKind, Source, Text, Value

Operator = Literal[
    "is", "is_not", "at_least", "at_most", "more_than", "less_than", "one_of", "none_of",
    "includes", "includes_any", "includes_all",
]  # fmt: skip
ORDERED_OPERATORS = ("at_least", "at_most", "more_than", "less_than")
SET_OPERATORS = ("includes", "includes_any", "includes_all")
LIST_OPERATORS = ("one_of", "none_of", "includes_any", "includes_all")
Role = Literal["exemption", "ungraded", "review_content", "trigger", "criterion", "bar", "gap", "relief", "paper"]
SeveralCases = Literal["once", "each"]
CountedOn = Literal["final", "initial"]
"""The grades that a quota counts: as they are, or as they were before any surplus fell."""
Rounding = Literal["floor", "half_up", "ceiling"]
GradeRelation = Literal["not_above", "not_below", "same"]
OrderRelation = Literal["not_before", "not_after"]

T = TypeVar("T", covariant=True)


class Literals(Frozen):
    """The operand of a comparison as written: one plain value, or several for list operators."""

    values: tuple[object, ...]


class ParameterReference(Frozen):
    """An operand that stands in `parameters`."""

    name: str


class Operand(Frozen):
    """An operand made ready for one day: typed values, and the parameter that they came from."""

    values: tuple[Value, ...]
    parameter: str | None = None


class Comparison(Located):
    """One fact, one operator, one operand; policies hold the operand as written, compiled rules an `Operand`."""

    fact: str
    operator: Operator
    operand: Literals | ParameterReference | Operand
    operator_location: Location = field(default=NOWHERE, compare=False, repr=False)
    operand_location: Location = field(default=NOWHERE, compare=False, repr=False)
    """The places of the operator and the operand; `location` is the fact's."""


class EvidenceNamed(Located):
    """At least one piece of evidence is named for a fact."""

    fact: str


class AllOf(Located):
    """Every one of the conditions."""

    conditions: tuple["Condition", ...]


class AnyOf(Located):
    """At least one of the conditions."""

    conditions: tuple["Condition", ...]


class NoneOf(Located):
    """Not one of the conditions."""

    conditions: tuple["Condition", ...]


Condition = Comparison | EvidenceNamed | AllOf | AnyOf | NoneOf


class Reading(Located):
    """`under`: the rule exists only if each named interpretation is read in one of these ways."""

    interpretation: str
    options: tuple[str, ...]


class Provision(Located):
    """What a policy file rules and a record cites. `name` is its id behind those of its file and grade, as in
    `<file>.<grade>.<criterion>`; `layer` is the regulation, or the local layer over it, that it comes from."""

    id: str
    name: str
    label: Text
    source: Source
    layer: str = field(default="", compare=False, kw_only=True)


class Rule(Provision):
    """One condition with an id.

    `condition` is the whole of what is asked: `when`, the exception `unless` and the evidence required, joined as
    the rule's role demands (an exception waives a criterion and disarms every other rule). `None` always holds.
    `discretion` is the part of `unless` that the authority decides: the text lets it weigh, and it has weighed.
    """

    role: Role
    applies_to: tuple[str, ...]
    condition: Condition | None = None
    when: Condition | None = None
    unless: Condition | None = None
    requires_evidence: tuple[str, ...] = ()
    under: tuple[Reading, ...] = ()
    periods: tuple[PeriodKind, ...] = ()
    """The kinds of period for which the rule exists; none named: all."""
    discretion: Condition | None = None
    delegated: bool = False
    """Whether a local layer may loosen it; likewise of what follows."""


class Criterion(Frozen):
    """What a rung requires; if `inherited`, every better rung requires it too."""

    rule: Rule
    inherited: bool = True


class Rung(Located):
    """One grade of a ladder and what it requires."""

    grade: str
    criteria: tuple[Criterion, ...]
    under: tuple[Reading, ...] = ()


class Bar(Frozen):
    """A rule that puts a case on a grade outright."""

    rule: Rule
    grade: str


class Fallback(Provision):
    """What becomes of a case that reaches no rung and meets no bar; `grade` None is left to the authority. `gaps` are
    rules that say in which gap of the text such a case lies; they decide nothing."""

    grade: "str | ByReading[str | None] | None"
    gaps: tuple[Rule, ...] = ()


class Ladder(Located):
    """The rungs for some kinds of subject, from best to lowest."""

    id: str
    label: Text
    applies_to: tuple[str, ...]
    rungs: tuple[Rung, ...]
    bars: tuple[Bar, ...]
    otherwise: Fallback


class ByReading(Located, Generic[T]):
    """A setting that depends on how an interpretation is read."""

    interpretation: str
    options: tuple[tuple[str, T], ...]


class Relief(Frozen):
    """Another limit if a cohort is small or a condition holds for all its cases."""

    rule: Rule
    base_less_than: int | None
    at_most: str | None
    allowed: int | None


class Quota(Provision):
    """At most `at_most` percent (a parameter) of the cases graded one of `of` may be graded `grade`."""

    applies_to: tuple[str, ...]
    under: tuple[Reading, ...]
    grade: str
    at_most: str
    of: "tuple[str, ...] | ByReading[tuple[str, ...]]"
    count: "CountedOn | ByReading[CountedOn]"
    rounding: "Rounding | ByReading[Rounding]"
    within: tuple[str, ...]
    surplus: str
    relief: tuple[Relief, ...]
    periods: tuple[PeriodKind, ...] = ()
    several_cases: SeveralCases = "once"
    """Whether a subject with several cases of one period counts once, or with each of them."""
    delegated: bool = False


class Link(Provision):
    """What must hold between a case and the case of the subject that its relation `to` names."""

    applies_to: tuple[str, ...]
    under: tuple[Reading, ...]
    to: str
    grade: GradeRelation | None
    order: OrderRelation | None


class Majority(Provision):
    """More than `more_than` percent (a parameter) of the `base` of a count of ballots must be for the grade given."""

    applies_to: tuple[str, ...]
    under: tuple[Reading, ...]
    base: str
    more_than: str
