"""The intermediate representation: what a policies folder says, as frozen data without behaviour.

Places (`Location`) are kept out of equality, so that two readings of a regulation compare by meaning.
Percentages are numbers from 0 to 100, days are `datetime.date`, exact numbers are `Fraction`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from fractions import Fraction
from typing import Any, Generic, Literal, TypeVar

from engine.base.diagnostics import Location

Value = bool | int | Fraction | date | str | frozenset[str]
"""A typed value: boolean, integer, number, day, text, or the members of a set."""


FactType = Literal["boolean", "integer", "number", "text", "date", "set"]
Operator = Literal[
    "is", "is_not", "at_least", "at_most", "more_than", "less_than", "one_of", "none_of",
    "includes", "includes_any", "includes_all",
]  # fmt: skip
Status = Literal["stated", "reported", "inferred", "assumed"]
Role = Literal["exemption", "ungraded", "review_content", "trigger", "criterion", "bar", "gap", "relief"]
PeriodKind = Literal["year", "quarter", "term", "first_quarter", "second_quarter", "third_quarter", "fourth_quarter"]
SeveralCases = Literal["once", "each"]
Rounding = Literal["floor", "half_up", "ceiling"]
GradeRelation = Literal["not_above", "not_below", "same"]
OrderRelation = Literal["not_before", "not_after"]

NOWHERE = Location("")
T = TypeVar("T")


class Name(str):
    """A word of a policy file that knows where it stands; otherwise the word itself."""

    location: Location

    def __new__(cls, text: str, location: Location = NOWHERE) -> "Name":
        name = super().__new__(cls, text)
        name.location = location
        return name

    def __reduce__(self) -> tuple[type["Name"], tuple[str, Location]]:
        return Name, (str(self), self.location)


class Shown:
    """Shows its fields, as a dataclass would by itself: but writing that out class by class takes every run a while."""

    def __repr__(self) -> str:
        shown: Any = self
        parts = [f"{one.name}={getattr(self, one.name)!r}" for one in fields(shown) if one.repr]
        return f"{type(self).__qualname__}({', '.join(parts)})"


@dataclass(frozen=True, repr=False)
class Text(Shown):
    """One wording in Vietnamese and English."""

    vi: str
    en: str

    def __getitem__(self, language: str) -> str:
        return self.vi if language == "vi" else self.en


@dataclass(frozen=True, repr=False)
class Source(Shown):
    """Where a statement comes from: a document, the place in it, and how sure we are that it says so."""

    document: str
    locator: str
    status: Status
    quotes: tuple[str, ...] = ()
    url: str | None = None
    """The address of the publication that the source cites."""
    note: Text | None = None
    location: Location = field(default=NOWHERE, compare=False, repr=False)


# --- conditions -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Literals(Shown):
    """The operand of a comparison as written: one plain value, or several for list operators."""

    values: tuple[object, ...]


@dataclass(frozen=True, repr=False)
class ParameterReference(Shown):
    """An operand that stands in `parameters`."""

    name: str


@dataclass(frozen=True, repr=False)
class Operand(Shown):
    """An operand made ready for one day: typed values, and the parameter that they came from."""

    values: tuple[Value, ...]
    parameter: str | None = None


@dataclass(frozen=True, repr=False)
class Comparison(Shown):
    """One fact, one operator, one operand; policies hold the operand as written, compiled rules an `Operand`."""

    fact: str
    operator: Operator
    operand: Literals | ParameterReference | Operand
    location: Location = field(default=NOWHERE, compare=False, repr=False)
    """Where the fact stands; below, where its operator and its operand do."""
    operator_location: Location = field(default=NOWHERE, compare=False, repr=False)
    operand_location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class EvidenceNamed(Shown):
    """At least one piece of evidence is named for a fact."""

    fact: str
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class AllOf(Shown):
    """Every one of the conditions."""

    conditions: tuple["Condition", ...]
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class AnyOf(Shown):
    """At least one of the conditions."""

    conditions: tuple["Condition", ...]
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class NoneOf(Shown):
    """Not one of the conditions."""

    conditions: tuple["Condition", ...]
    location: Location = field(default=NOWHERE, compare=False, repr=False)


Condition = Comparison | EvidenceNamed | AllOf | AnyOf | NoneOf


# --- vocabulary -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Percent(Shown):
    """100 x part / of; unknown when `of` is zero."""

    of: str
    part: str


@dataclass(frozen=True, repr=False)
class Sum(Shown):
    """The facts added up."""

    of: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Count(Shown):
    """How many of the facts equal a literal."""

    of: tuple[str, ...]
    equal_to: object


@dataclass(frozen=True, repr=False)
class Least(Shown):
    """The smallest of the facts."""

    of: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Greatest(Shown):
    """The largest of the facts."""

    of: tuple[str, ...]


Derivation = Percent | Sum | Count | Least | Greatest


@dataclass(frozen=True, repr=False)
class Whole(Shown):
    """A fact that another cannot exceed; a case in which it does is refused, or judged and `warned` of."""

    fact: str
    warned: bool = False


@dataclass(frozen=True, repr=False)
class ReviewDays(Shown):
    """On which days a period is reviewed: from its first on, until so many months after its last. A case of another
    day is refused, or judged and `warned` of."""

    months_after: int
    warned: bool = False


@dataclass(frozen=True, repr=False)
class Fact(Shown):
    """One thing a case may state. `options` are the members of a closed text or set, in their order."""

    name: str
    type: FactType
    label: Text
    question: Text | None = None
    unit: str | None = None
    options: tuple[tuple[str, Text], ...] = ()
    ordered: bool = False
    minimum: int | Fraction | date | None = None
    maximum: int | Fraction | date | None = None
    typical: object = None
    derived: Derivation | None = None
    not_more_than: tuple[Whole, ...] = ()
    changeable: bool = True
    """False for what has happened and cannot honestly be changed; such a fact is never proposed as a way up."""
    only_upward: bool = False
    """Of what may be changed: no less of it is ever proposed."""
    shared_list: str | None = None
    """The list of the vocabulary that the options are taken from."""
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class Vocabulary(Shown):
    """Every fact by its name, the names of the lists that facts share, and which day of review a period may have."""

    facts: Mapping[str, Fact]
    lists: tuple[str, ...] = ()
    as_of: ReviewDays | None = None


# --- rules ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Reading(Shown):
    """`under`: the rule exists only where each named interpretation is read in one of these ways."""

    interpretation: str
    options: tuple[str, ...]
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class Rule(Shown):
    """One condition with an id.

    `condition` is the whole of what is asked: `when`, the exception `unless` and the evidence required, joined as
    the rule's role demands (an exception waives a criterion and disarms every other rule). `None` always holds.
    `discretion` is the part of `unless` that waits for the authority: where the text lets it weigh, and that it has.
    """

    id: str
    name: str
    role: Role
    label: Text
    source: Source
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
    layer: str = field(default="", compare=False)
    """The regulation, or the local layer over it, that the rule comes from; likewise of what follows."""
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class Criterion(Shown):
    """What a rung requires; where `inherited`, every better rung requires it too."""

    rule: Rule
    inherited: bool = True


@dataclass(frozen=True, repr=False)
class Rung(Shown):
    """One grade of a ladder and what it requires."""

    grade: str
    criteria: tuple[Criterion, ...]
    under: tuple[Reading, ...] = ()
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class Bar(Shown):
    """A rule that puts a case on a grade outright."""

    rule: Rule
    grade: str


@dataclass(frozen=True, repr=False)
class Otherwise(Shown):
    """What becomes of a case that reaches no rung and meets no bar; `grade` None is left to the authority. `gaps` are
    rules that say in which gap of the text such a case lies; they decide nothing."""

    name: str
    grade: "str | ByReading[str | None] | None"
    label: Text
    source: Source
    gaps: tuple[Rule, ...] = ()
    layer: str = field(default="", compare=False)
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class Ladder(Shown):
    """The rungs for some kinds of subject, from best to lowest."""

    id: str
    label: Text
    applies_to: tuple[str, ...]
    rungs: tuple[Rung, ...]
    bars: tuple[Bar, ...]
    otherwise: Otherwise
    location: Location = field(default=NOWHERE, compare=False, repr=False)


# --- parameters, quotas, links ----------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class DatedValue(Shown):
    """What a parameter is from a day on."""

    since: date
    value: object
    source: Source
    layer: str = field(default="", compare=False)
    location: Location = field(default=NOWHERE, compare=False, repr=False)
    since_location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class Parameter(Shown):
    """A number or day that the text fixes, by the days since when it holds."""

    id: str
    label: Text
    type: FactType
    unit: str | None
    values: tuple[DatedValue, ...]
    delegated: bool = False
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class ByReading(Shown, Generic[T]):
    """A setting that depends on how an interpretation is read."""

    interpretation: str
    options: tuple[tuple[str, T], ...]
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class Relief(Shown):
    """Another limit where a cohort is small or a condition holds for all its cases."""

    rule: Rule
    base_less_than: int | None
    at_most: str | None
    allowed: int | None


@dataclass(frozen=True, repr=False)
class Quota(Shown):
    """At most `at_most` percent (a parameter) of the cases graded one of `of` may be graded `grade`."""

    id: str
    name: str
    label: Text
    source: Source
    applies_to: tuple[str, ...]
    under: tuple[Reading, ...]
    grade: str
    at_most: str
    of: "tuple[str, ...] | ByReading[tuple[str, ...]]"
    count: "str | ByReading[str]"
    rounding: "str | ByReading[str]"
    within: tuple[str, ...]
    surplus: str
    relief: tuple[Relief, ...]
    periods: tuple[PeriodKind, ...] = ()
    several_cases: SeveralCases = "once"
    """Whether a subject with several cases of one period counts once, or with each of them."""
    delegated: bool = False
    layer: str = field(default="", compare=False)
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class Link(Shown):
    """What must hold between a case and the case of the subject that its relation `to` names."""

    id: str
    name: str
    label: Text
    source: Source
    applies_to: tuple[str, ...]
    under: tuple[Reading, ...]
    to: str
    grade: GradeRelation | None
    order: OrderRelation | None
    layer: str = field(default="", compare=False)
    location: Location = field(default=NOWHERE, compare=False, repr=False)


# --- the regulation ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class LegalDocument(Shown):
    """A document that sources name."""

    id: str
    label: Text
    issued_on: date | None
    url: str | None
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class Publication(Shown):
    """A public page that a source cites: where it was read what a document says."""

    id: str
    label: Text
    url: str
    read_on: date | None
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class Grade(Shown):
    """A grade of a regulation with its name."""

    id: str
    label: Text
    source: Source | None
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class SubjectKind(Shown):
    """A node of the tree of subjects; `ancestors` from the kind itself up to the root."""

    id: str
    label: Text
    ancestors: tuple[str, ...]
    is_leaf: bool
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class Relation(Shown):
    """What one subject may be to another."""

    id: str
    label: Text
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class Interpretation(Shown):
    """An unclear point of the text, the ways to read it and the way chosen."""

    id: str
    question: Text
    options: tuple[tuple[str, Text], ...]
    chosen: str
    note: Text | None
    source: Source | None
    delegated: bool = False
    layer: str = field(default="", compare=False)
    """Which layer chose the option."""
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class Passage(Shown):
    """A sentence or clause of a source text; `not_a_rule` says why nothing implements it."""

    id: str
    text: str
    not_a_rule: Text | None
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class SourceText(Shown):
    """A text cut into passages, so that each can be matched with what implements it."""

    id: str
    document: str
    label: Text
    url: str | None
    passages: tuple[Passage, ...]
    location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class Citation(Shown):
    """A source and the item of the regulation that cites it."""

    item: str
    label: Text
    source: Source


@dataclass(frozen=True, repr=False)
class Regulation(Shown):
    """A regulation whole: who issued it, when it is in force, and every policy in its folder."""

    id: str
    label: Text
    number: str
    issued_by: Text
    issued_on: date
    in_force_from: date
    in_force_until: date | None
    replaces: tuple[str, ...]
    replaced_by: tuple[str, ...]
    documents: tuple[LegalDocument, ...]
    grades: tuple[Grade, ...]
    kinds: Mapping[str, SubjectKind]
    relations: tuple[Relation, ...]
    interpretations: tuple[Interpretation, ...]
    periods: tuple[PeriodKind, ...] = ()
    """The kinds of period that it reviews; none named: the period of a case is not looked at."""
    exemptions: tuple[Rule, ...] = ()
    ungraded: tuple[Rule, ...] = ()
    """Exemptions from grading alone: such a subject is reviewed."""
    review_contents: tuple[Rule, ...] = ()
    triggers: tuple[Rule, ...] = ()
    ladders: tuple[Ladder, ...] = ()
    quotas: tuple[Quota, ...] = ()
    links: tuple[Link, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    source_texts: tuple[SourceText, ...] = ()
    publications: tuple[Publication, ...] = ()
    citations: tuple[Citation, ...] = ()
    content_hash: str = ""
    extends: str | None = None
    """Of a local layer with what it extends laid under it: the regulation extended. It is never in force by itself:
    a case, or whoever runs it, names it."""
    location: Location = field(default=NOWHERE, compare=False, repr=False)
    in_force_from_location: Location = field(default=NOWHERE, compare=False, repr=False)
    in_force_until_location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class Overlay(Shown):
    """A local layer as its own files say it: what it adds to a regulation, sets and chooses.

    `own` holds the header and the rules it adds, and `ladders` whose rungs and bars are only those added.
    """

    own: Regulation
    ladders: tuple[Ladder, ...]
    chosen: Mapping[str, str]
    parameters: Mapping[str, Parameter]
    location: Location = field(default=NOWHERE, compare=False, repr=False)
    extends_location: Location = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, repr=False)
class Library(Shown):
    """A policies folder, read and checked. `content_hash` covers meaning, not comments or formatting."""

    vocabulary: Vocabulary
    regulations: Mapping[str, Regulation]


def all_rules(regulation: Regulation) -> tuple[Rule, ...]:
    """Every rule with a condition of its own, in the order of the ladder of meaning: who, what, when, which grade."""
    return (
        *regulation.exemptions,
        *regulation.ungraded,
        *regulation.review_contents,
        *regulation.triggers,
        *(criterion.rule for ladder in regulation.ladders for rung in ladder.rungs for criterion in rung.criteria),
        *(bar.rule for ladder in regulation.ladders for bar in ladder.bars),
        *(gap for ladder in regulation.ladders for gap in ladder.otherwise.gaps),
        *(relief.rule for quota in regulation.quotas for relief in quota.relief),
    )
