"""A regulation whole: its documents, parameters and interpretations, with every rule of its folder, as frozen data."""

from collections.abc import Mapping
from dataclasses import field
from datetime import date

from engine.base.diagnostics import Location
from engine.core.policy.rules import Ladder, Link, Majority, Quota, Rule
from engine.core.policy.terms import (
    NOWHERE,
    FactType,
    Frozen,
    Grade,
    Located,
    PeriodKind,
    Relation,
    Source,
    SubjectKind,
    Text,
    Vocabulary,
)


class DatedValue(Located):
    """What a parameter is from a day on."""

    since: date
    value: object
    source: Source
    layer: str = field(default="", compare=False)
    since_location: Location = field(default=NOWHERE, compare=False, repr=False)


class Parameter(Located):
    """A number or day that the text fixes, by the days since when it holds."""

    id: str
    label: Text
    type: FactType
    unit: str | None
    values: tuple[DatedValue, ...]
    delegated: bool = False


class LegalDocument(Located):
    """A document that sources name."""

    id: str
    label: Text
    issued_on: date | None
    url: str | None


class Publication(Located):
    """A public page that a source cites, on which somebody read what a document says."""

    id: str
    label: Text
    url: str
    read_on: date | None


class Interpretation(Located):
    """An unclear point, the ways to read it, some with a source of their own, and the way that a layer chose."""

    id: str
    question: Text
    options: tuple[tuple[str, Text], ...]
    chosen: str
    note: Text | None
    source: Source | None
    delegated: bool = False
    layer: str = field(default="", compare=False)
    option_sources: tuple[tuple[str, Source], ...] = ()


class Passage(Located):
    """A sentence or clause of a source text; `not_a_rule` says why it is no rule, `besides` why some words are none."""

    id: str
    text: str
    not_a_rule: Text | None
    besides: tuple[tuple[str, Text], ...] = ()


class SourceText(Located):
    """A text cut into passages, so that each can be matched with what implements it."""

    id: str
    document: str
    label: Text
    url: str | None
    passages: tuple[Passage, ...]


class Citation(Frozen):
    """A source and the item of the regulation that cites it."""

    item: str
    label: Text
    source: Source


class Regulation(Located):
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
    majorities: tuple[Majority, ...] = ()
    papers: tuple[Rule, ...] = ()
    """What a dossier must hold, in the order in which the papers come about; no grade depends on them."""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    source_texts: tuple[SourceText, ...] = ()
    publications: tuple[Publication, ...] = ()
    citations: tuple[Citation, ...] = ()
    content_hash: str = ""
    extends: str | None = None
    """Of a local layer with what it extends laid under it: the regulation extended. It is never in force by itself:
    a case, or whoever runs it, names it."""
    in_force_from_location: Location = field(default=NOWHERE, compare=False, repr=False)
    in_force_until_location: Location = field(default=NOWHERE, compare=False, repr=False)


class Library(Frozen):
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
