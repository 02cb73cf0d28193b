"""A case to fill in: every fact that the rules for a kind of subject ask about, each of them unknown.

A skeleton is a case like any other and guesses nothing. JSON has no comments, so the questions stand in the JSON Schema
that its `$schema` names (see `case_schema`), where an editor shows them beside each value.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from engine.core.judge.case import GIVERS, PERSON_KEYS
from engine.core.policy.conditions import leaves
from engine.core.policy.live import chosen, concerns, during, exists
from engine.core.policy.regulation import Regulation
from engine.core.policy.rules import Comparison, EvidenceNamed, Rule
from engine.core.rules.compiler import Compiled
from engine.load.cases.derived import with_parts

FIRST_MONTH_OF_REVIEW = 10
Plain = dict[str, Any]
"""A case as JSON data, as `json_text.parse_json` yields it."""


def skeleton(
    regulation: Regulation,
    compiled: Compiled,
    *,
    case_id: str,
    period: str,
    as_of: date,
    schema: str | None = None,
) -> Plain:
    """A case of the compiled kind that states nothing. `schema` is what its `$schema` names, if anything."""
    facts: Plain = {}
    for name in facts_to_state(regulation, compiled):
        facts = stated(facts, name, None)
    return {
        **({"$schema": schema} if schema else {}),
        "case_id": case_id,
        "regulation": regulation.id,
        "period": period,
        "as_of": as_of.isoformat(),
        "subject": {
            "kind": compiled.kind,
            **dict.fromkeys(subject_attributes(regulation, compiled)),
        },
        "facts": facts,
        "evidence": dict.fromkeys(evidence_to_name(compiled)),
        "review": {"covered": None},
        "grades": dict.fromkeys((*GIVERS, "decided_on")),
    }


def facts_to_state(regulation: Regulation, compiled: Compiled) -> tuple[str, ...]:
    """The facts that a person must state so that the rules can be judged, in the order of the vocabulary. A derived
    fact is replaced by those that it is computed from."""
    names = [leaf.fact for rule in compiled.rules for leaf, _ in leaves(rule.condition) if isinstance(leaf, Comparison)]
    used = with_parts([*names, *cohort_facts(regulation, compiled)], compiled.vocabulary)
    return tuple(name for name, fact in compiled.vocabulary.facts.items() if name in used and fact.derived is None)


def cohort_facts(regulation: Regulation, compiled: Compiled) -> list[str]:
    """The facts by which quotas tell the cohorts of the compiled kind apart."""
    return [name for name in _cohort_keys(regulation, compiled) if name in compiled.vocabulary.facts]


def naming_attributes(regulation: Regulation, kind: str) -> tuple[str, ...]:
    """The attributes that say who a subject of a kind is, which every new case asks for."""
    return ("id", *(PERSON_KEYS if regulation.kinds[kind].is_person else ("name",)), "unit")


def subject_attributes(regulation: Regulation, compiled: Compiled) -> tuple[str, ...]:
    """Who the subject is, and the attributes that quotas and links of the compiled kind and period look at."""
    who = naming_attributes(regulation, compiled.kind)
    grouping = {name.removeprefix("subject.") for name in _cohort_keys(regulation, compiled)}
    links = set(_linked_relations(regulation, compiled))
    relations = [item.id for item in regulation.relations if item.id in links | grouping]
    return (*who, *(["cohort"] if "cohort" in grouping else []), *relations)


def _cohort_keys(regulation: Regulation, compiled: Compiled) -> Iterator[str]:
    """The facts and attributes by which the quotas of the compiled kind and period tell cohorts apart."""
    choices = chosen(regulation, dict(compiled.choices))
    subject = regulation.kinds[compiled.kind]
    for quota in regulation.quotas:
        counts = concerns(quota.applies_to, subject) and during(quota.periods, compiled.period)
        if counts and exists(quota.under, choices):
            yield from quota.within


def _linked_relations(regulation: Regulation, compiled: Compiled) -> Iterator[str]:
    """The relations of the compiled kind to a subject whose case is judged beside its own."""
    choices = chosen(regulation, dict(compiled.choices))
    subject = regulation.kinds[compiled.kind]
    for link in regulation.links:
        if concerns(link.applies_to, subject) and exists(link.under, choices):
            yield link.to


def evidence_to_name(compiled: Compiled) -> tuple[str, ...]:
    """The facts for which some rule wants evidence, in the order of the vocabulary."""
    wanted = {
        leaf.fact for rule in compiled.rules for leaf, _ in leaves(rule.condition) if isinstance(leaf, EvidenceNamed)
    }
    return tuple(name for name in compiled.vocabulary.facts if name in wanted)


def contents_to_cover(compiled: Compiled) -> tuple[Rule, ...]:
    """The contents that a review of the compiled kind may have to cover."""
    return tuple(compiled_rule.rule for compiled_rule in compiled.rules if compiled_rule.rule.role == "review_content")


def day_of_review(regulation: Regulation, today: date) -> date:
    """The day of review that is put into a new case if nobody names one.

    It is the latest 31 December on which the regulation is in force. From October on the current year counts too,
    because its cases are filled in then. If there is no such day, it is the day in force that is nearest to `today`.
    """
    latest = today if today.month < FIRST_MONTH_OF_REVIEW else date(today.year, 12, 31)
    first, last = regulation.in_force_from, min(latest, regulation.in_force_until or latest)
    year_end = date(last.year, 12, 31)
    if year_end > last:
        year_end = date(last.year - 1, 12, 31)
    return year_end if year_end >= first else max(first, last)


# --- plain data -------------------------------------------------------------------------------------------------


def stated(facts: Mapping[str, Any], name: str, value: Any) -> Plain:
    """A copy of nested facts that states one more. `name` has dots; groups that exist already are used."""
    for key, inside in facts.items():
        if key == name:
            return {**facts, key: value}
        if name.startswith(f"{key}.") and isinstance(inside, dict | None):
            return {**facts, key: stated(inside or {}, name[len(key) + 1 :], value)}
    first, dot, rest = name.partition(".")
    return {**facts, first: stated({}, rest, value) if dot else value}


def as_json(data: Any, indent: int = 0) -> str:
    """Plain data -> JSON text as the sample cases are laid out; decimals are written digit by digit as they were."""
    inner = " " * (indent + 2)
    match data:
        case dict() if data:
            return _block(
                "{", [f"{inner}{_text(key)}: {as_json(value, indent + 2)}" for key, value in data.items()], "}", indent
            )
        case list() if data:
            return _block("[", [inner + as_json(value, indent + 2) for value in data], "]", indent)
        case Decimal():
            return str(data)
        case _:
            return _text(data)


def _block(opening: str, lines: Sequence[str], closing: str, indent: int) -> str:
    return "\n".join([opening, ",\n".join(lines), " " * indent + closing])


def _text(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)
