"""One case: a subject, the day of review, and the facts stated."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from functools import cached_property
from typing import Any, Literal, get_args

from engine.base.diagnostics import Diagnostic, Location
from engine.core.policy.terms import NOWHERE, Frozen, PeriodKind, Text, Value

Giver = Literal["self", "proposed", "decided"]
GIVERS: tuple[Giver, ...] = get_args(Giver)
"""Whose grades a case may state: the subject's own, the proposed one and the decided one."""

PERSON_KEYS = ("name", "position", "born", "party_cell")  # For people alone: no rule asks them, no record holds them.
RECORDED_KEYS = ("kind", "id", "unit", "cohort")
SUBJECT_KEYS = (*RECORDED_KEYS, *PERSON_KEYS)
"""What a case's `subject` may state besides relations."""
COHORT_ATTRIBUTES = ("kind", "unit", "cohort")
"""Of these what a quota may separate cohorts by."""


class Rejected(Frozen):
    """A case that could not be evaluated: the file (and line of an NDJSON file) and every problem found."""

    file: str
    case_id: str | None
    diagnostics: tuple[Diagnostic, ...]


class Subject(Frozen):
    """Who is reviewed, and how they stand to others."""

    kind: str
    id: str | None
    unit: str | None
    cohort: str | None
    relations: Mapping[str, tuple[str, ...]]


def subject_of(data: Mapping[str, Any], relations: Mapping[str, tuple[str, ...]]) -> Subject:
    """The subject that the keys of SUBJECT_KEYS describe; all but `kind` may be missing or None."""
    return Subject(data["kind"], data.get("id"), data.get("unit"), data.get("cohort"), relations)


def separator(key: str) -> tuple[Literal["attribute", "relation", "fact"], str]:
    """What a key of a quota's `within` names: `subject.cohort` an attribute, `subject.heads` a relation, or a fact."""
    subject, dot, name = key.partition(".")
    if subject != "subject" or not dot:
        return "fact", key
    return "attribute" if name in COHORT_ATTRIBUTES else "relation", name


class Case(Frozen):
    """One subject's facts for one period. `values` holds every known fact, derived ones included; `evidence` says
    for each fact that it names whether anything is named; `covered` is None if nothing is said of the review."""

    case_id: str
    file: str
    regulation: str
    chosen_because: Text
    period: str
    period_key: str
    """The form in which the period is compared with that of another case."""
    as_of: date
    subject: Subject
    values: Mapping[str, Value]
    evidence: Mapping[str, tuple[str, ...]]
    covered: frozenset[str] | None
    grades: Mapping[str, str]
    decided_on: date | None
    input_hash: str
    period_kind: PeriodKind = "year"
    place: Location = field(default=NOWHERE, compare=False)
    """The place of its id."""
    percentages: frozenset[str] = field(default=frozenset(), compare=False)
    """The facts that were written with a percent sign."""

    @cached_property
    def evidence_named(self) -> dict[str, bool]:
        """For each fact that the evidence names, whether anything is named for it."""
        return {fact: bool(items) for fact, items in self.evidence.items()}
