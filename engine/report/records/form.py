"""What stands in each kind of record; docs/records.md tells what it means. Members left at their default are not
written, and a reader passes over members that it does not know."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import msgspec

from engine.base.version import FORMAT
from engine.core.judge.case import Giver
from engine.core.judge.record import LinkStatus, QuotaStatus
from engine.core.policy.rules import Operator, Role
from engine.core.policy.terms import FactType, Status, Text

Plain = bool | int | float | str | tuple[str, ...]
"""A value as JSON has it. A fraction that no decimal gives is a text "numerator/denominator"; a day is YYYY-MM-DD."""


class RecordPart(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """A record or a part of one."""


class Source(RecordPart):
    """Where a statement comes from, and how sure it is that it is said there."""

    document: str
    locator: str
    status: Status
    quotes: tuple[str, ...] = ()
    url: str | None = None
    note: Text | None = None


class LegalDocument(RecordPart):
    """A legal document that sources name."""

    document: str
    label: Text
    issued_on: date | None = None
    url: str | None = None


class Grade(RecordPart):
    """A grade of the regulation."""

    grade: str
    label: Text


class Kind(RecordPart):
    """A kind of subject."""

    kind: str
    label: Text


class Option(RecordPart):
    """A value that a fact may take, or a way to read an unclear point."""

    option: str
    label: Text


class Interpretation(RecordPart):
    """An unclear point of the text. `chosen` stands in the policies, `read` is how this run read it."""

    interpretation: str
    question: Text
    options: tuple[Option, ...]
    chosen: str
    read: str
    layer: str = ""


class Fact(RecordPart):
    """Something that a case may state."""

    fact: str
    type: FactType
    label: Text
    question: Text | None = None
    unit: str | None = None
    options: tuple[Option, ...] = ()


class DatedValue(RecordPart):
    """What a parameter is from a day on."""

    since: date
    value: Plain
    source: Source
    layer: str = ""


class Parameter(RecordPart):
    """A number or day that the text fixes."""

    parameter: str
    label: Text
    values: tuple[DatedValue, ...]
    unit: str | None = None


class Comparison(RecordPart):
    """One comparison of a rule: with `values`, with a parameter, or (`evidence`) whether evidence is named."""

    fact: str
    operator: Operator | None = None
    values: tuple[Plain, ...] = ()
    parameter: str | None = None
    evidence: bool = False
    negated: bool = False


class Rule(RecordPart):
    """One rule. `grade` is that of a criterion's rung or of a bar."""

    rule: str
    id: str
    role: Role | Literal["otherwise"]
    label: Text
    source: Source
    layer: str = ""
    grade: str | None = None
    inherited: bool = True
    comparisons: tuple[Comparison, ...] = ()


class Quota(RecordPart):
    """A limit on how many cases of a cohort may get a grade."""

    quota: str
    label: Text
    source: Source
    grade: str
    layer: str = ""


class Link(RecordPart):
    """What must hold between two cases."""

    link: str
    label: Text
    source: Source
    layer: str = ""


class Reason(RecordPart):
    """Why a case was judged by a regulation."""

    reason: str
    label: Text


class Catalogue(RecordPart):
    """What the ids in the records of one regulation mean."""

    regulation: str
    policy_hash: str
    label: Text
    grades: tuple[Grade, ...]
    kinds: tuple[Kind, ...]
    documents: tuple[LegalDocument, ...]
    reasons: tuple[Reason, ...]
    interpretations: tuple[Interpretation, ...]
    facts: tuple[Fact, ...]
    parameters: tuple[Parameter, ...]
    rules: tuple[Rule, ...]
    quotas: tuple[Quota, ...]
    links: tuple[Link, ...]


class Run(RecordPart):
    """By what a run was made."""

    engine_version: str
    policy_commit: str | None = None
    policy_clean: bool | None = None


class Header(Run, omit_defaults=False):
    """A catalogue with its hash, and the run that it belongs to."""

    format: int = FORMAT
    hash: str | None = None
    catalogue: Catalogue | msgspec.UnsetType | None = msgspec.UNSET


# --- one case ---------------------------------------------------------------------------------------------------


class Subject(RecordPart):
    """Who was reviewed."""

    kind: str
    id: str | None = None
    unit: str | None = None
    cohort: str | None = None
    relations: Mapping[str, tuple[str, ...]] = {}


class Review(RecordPart):
    """The contents of the review: of each whether it was covered, which the case may not say (null)."""

    required: Mapping[str, bool | None] = {}
    unknown: Mapping[str, bool | None] = {}


class Missing(RecordPart):
    """A fact, or evidence for it, that would help to settle the result."""

    fact: str
    evidence: bool = False
    needed_for: tuple[str, ...] = ()


class Grading(RecordPart):
    """The grade that the facts support, or a range."""

    possible: tuple[str, ...]
    settled: bool
    exact: bool
    rungs: Mapping[str, bool | None]
    grade: str | None = None
    lowest: str | None = None
    highest: str | None = None
    next: str | None = None
    missing: tuple[Missing, ...] = ()


class GivenGrade(RecordPart, omit_defaults=False):
    """A grade that somebody gave, beside the proposal."""

    grade: str
    agrees: bool | None
    higher: bool | None


class Dependence(RecordPart):
    """Another option of an interpretation, and what would be possible under it."""

    interpretation: str
    option: str
    possible: tuple[str, ...]


class Case(RecordPart):
    """Everything found about one case."""

    case_id: str
    catalogue: str
    file: str
    chosen_because: str | Text
    input_hash: str
    period: str
    as_of: date
    subject: Subject
    subject_to_review: bool | None
    grading: Grading | None = None
    holds: Mapping[str, tuple[int, ...]] = {}
    fails: Mapping[str, tuple[int, ...]] = {}
    unknown: Mapping[str, tuple[int, ...]] = {}
    exceptions: tuple[str, ...] = ()
    review: Review | None = None
    facts: Mapping[str, Plain] = {}
    evidence: Mapping[str, tuple[str, ...]] = {}
    missing: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    depends_on: tuple[Dependence, ...] = ()
    grades: Mapping[Giver, GivenGrade] = {}
    decided_on: date | None = None


# --- what else a run holds --------------------------------------------------------------------------------------


class Diagnostic(RecordPart, omit_defaults=False):
    """Something wrong, or worth a look."""

    code: str
    severity: str
    file: str
    line: int | None
    column: int | None
    message: Text
    help: Text | None
    sheet: str | msgspec.UnsetType = msgspec.UNSET


class Rejected(RecordPart, omit_defaults=False):
    """A case that could not be judged."""

    file: str
    case_id: str | None
    diagnostics: tuple[Diagnostic, ...]


class QuotaWay(RecordPart, omit_defaults=False):
    """The figures of a quota if so many of the cases that it waits for get the grade."""

    relief: str | None
    given: int
    count: int
    base: tuple[int, int]
    limit: tuple[int, int]
    excess: tuple[int, int]
    status: QuotaStatus


class QuotaReading(RecordPart):
    """The figures of a quota by another option of an interpretation, or by a relief that was not decided."""

    setting: str
    count: int
    base: int
    limit: int
    excess: int
    greatest_lawful: int
    status: QuotaStatus
    option: str = ""
    source: Source | None = None


class QuotaResult(RecordPart):
    """A quota over one cohort."""

    quota: str
    catalogue: str
    period: str
    cohort: tuple[tuple[str, str], ...]
    of: tuple[str, ...]
    parameter: str
    since: date
    percent: Plain
    count: int
    base: int
    limit: int
    excess: int
    greatest_lawful: int
    status: QuotaStatus
    size: int
    holders: tuple[str, ...]
    unsettled: tuple[str, ...] = ()
    waiting: int = 0
    relief: str | None = None
    may_relieve: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    ways: tuple[QuotaWay, ...] = ()
    readings: tuple[QuotaReading, ...] = ()


class LinkResult(RecordPart):
    """A link between two cases."""

    link: str
    catalogue: str
    case_id: str
    other: str
    status: LinkStatus
    other_case: str | None = None
    grade: str | None = None
    other_grade: str | None = None


class Ungrouped(RecordPart):
    """A case that a quota covers and that names no cohort."""

    quota: str
    case_id: str


class End(RecordPart, omit_defaults=False):
    """How many records of each kind the run wrote, so that none is lost unnoticed."""

    case: int = 0
    rejected: int = 0
    quota: int = 0
    link: int = 0
    ungrouped: int = 0
    warning: int = 0


RECORDS: Mapping[str, Any] = {
    "case": Case, "rejected": Rejected, "quota": QuotaResult, "link": LinkResult, "ungrouped": Ungrouped,
    "warning": Diagnostic, "end": End,
}  # fmt: skip
"""The kinds of lines after the first, by what `record` says."""


def _name(value: object) -> str:
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"a record holds a {type(value).__name__}")


encode = msgspec.json.Encoder(order="sorted", enc_hook=_name).encode
"""Members in the order of the alphabet, without blanks: the form whose bytes are hashed."""
