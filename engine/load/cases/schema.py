"""What editors complete from: the JSON Schema of a regulation's case files, and the names that its policies use."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from engine.core.judge.case import GIVERS, SUBJECT_KEYS
from engine.core.policy.conditions import looked_at
from engine.core.policy.regulation import Library, Regulation, all_rules
from engine.core.policy.terms import Fact, Text, Vocabulary
from engine.load.cases.ballots import COUNTS
from engine.load.cases.derived import with_parts


def case_schema(regulation: Regulation, vocabulary: Vocabulary) -> dict[str, Any]:
    """JSON Schema 2020-12 of a case under a regulation: the facts that its rules ask about, with their types, bounds
    and options, the kinds of subject, the review contents and the grades."""
    evidence = sorted({fact for rule in all_rules(regulation) for fact in rule.requires_evidence})
    kinds = {kind.id: kind.label for kind in regulation.kinds.values()}
    grades = {grade.id: grade.label for grade in regulation.grades}
    contents = {rule.id: rule.label for rule in regulation.review_contents}
    relation = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "null"}]}
    day = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
    some_day = {"anyOf": [day, {"type": "null"}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": _both(regulation.label),
        "type": "object",
        "required": ["case_id", "period", "as_of", "subject", "facts"],
        "additionalProperties": False,
        "properties": {
            "$schema": {"type": "string"},
            "case_id": {"type": "string", "minLength": 1},
            "regulation": {"const": regulation.id},
            "period": {"type": "string", "minLength": 1},
            "as_of": day,
            "subject": {
                "type": "object",
                "required": ["kind"],
                "additionalProperties": False,
                "properties": {
                    "kind": _options(kinds),
                    **{name: {"type": ["string", "null"]} for name in SUBJECT_KEYS[1:]},
                    **{item.id: {**relation, "description": _both(item.label)} for item in regulation.relations},
                },
            },
            "facts": _facts(sorted(_facts_of_rules(regulation, vocabulary)), vocabulary),
            "evidence": {
                "type": "object",
                "propertyNames": {"enum": sorted(vocabulary.facts)},
                "properties": {fact: _items(vocabulary.facts[fact].label) for fact in evidence},
                "additionalProperties": {"type": ["array", "null"], "items": {"type": "string"}},
            },
            "review": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"covered": {"type": ["array", "null"], "items": _options(contents)}},
            },
            "statements": {
                "type": ["object", "null"],
                "propertyNames": {"pattern": r"^[a-z][a-z0-9_]*$"},
                "additionalProperties": {"type": ["string", "null"], "maxLength": 20_000},
            },
            "grades": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    **{giver: {"anyOf": [_options(grades), {"type": "null"}]} for giver in GIVERS},
                    "decided_on": some_day,
                },
            },
            **_of_the_office(regulation, some_day),
        },
    }


def _of_the_office(regulation: Regulation, some_day: dict[str, Any]) -> dict[str, Any]:
    """What a case holds that no rule looks at: the papers of its dossier and the count of a vote."""
    papers = {paper.id: paper.label for paper in regulation.papers}
    text, votes = {"type": ["string", "null"]}, {"type": ["integer", "null"], "minimum": 0}
    for_grades = {grade.id: {**votes, "description": _both(grade.label)} for grade in regulation.grades}
    paper = {"kind": _options(papers) if papers else text, "number": text, "date": some_day, "file": text}
    return {
        "documents": {
            "type": ["array", "null"],
            "items": {"type": "object", "required": ["kind"], "additionalProperties": False, "properties": paper},
        },
        "ballots": {
            "type": ["object", "null"],
            "additionalProperties": False,
            "properties": {
                **dict.fromkeys(COUNTS, votes),
                "grades": {"type": ["object", "null"], "additionalProperties": False, "properties": for_grades},
            },
        },
    }


def policy_names(library: Library) -> dict[str, list[str]]:
    """The names that the policies of a library may use, by the definitions of `names.schema.json`."""
    regulations = library.regulations.values()
    names_of: dict[str, list[str]] = {
        "fact": list(library.vocabulary.facts),
        "fact_list": list(library.vocabulary.lists),
    }

    def add(definition: str, names: Iterable[str]) -> None:
        names_of[definition] = list(dict.fromkeys([*names_of.get(definition, ()), *names]))

    for regulation in regulations:
        add("regulation", (regulation.id, *regulation.replaces, *regulation.replaced_by))
        add("parameter", regulation.parameters)
        add("interpretation", (interpretation.id for interpretation in regulation.interpretations))
        add("option", (name for interpretation in regulation.interpretations for name, _ in interpretation.options))
        add("document", (document.id for document in regulation.documents))
        add("subject_kind", regulation.kinds)
        add("relation", (relation.id for relation in regulation.relations))
        add("grade", (grade.id for grade in regulation.grades))
        add("exemption", (rule.id for rule in (*regulation.exemptions, *regulation.ungraded)))
        add("review_content", (rule.id for rule in regulation.review_contents))
        add("trigger", (rule.id for rule in regulation.triggers))
        criteria = [
            criterion.rule for ladder in regulation.ladders for rung in ladder.rungs for criterion in rung.criteria
        ]
        add("criterion", (rule.id for rule in criteria))
        add("bar", (bar.rule.id for ladder in regulation.ladders for bar in ladder.bars))
        add("rule", (name for rule in all_rules(regulation) for name in (rule.id, rule.name)))
        add("quota", (quota.id for quota in regulation.quotas))
        add("paper", (paper.id for paper in regulation.papers))
        add("link", (link.id for link in regulation.links))
    return names_of


def _facts_of_rules(regulation: Regulation, vocabulary: Vocabulary) -> frozenset[str]:
    """The facts that some rule of the regulation asks about, and what they are derived from."""
    names = [name for rule in all_rules(regulation) for name in looked_at(rule.condition)[0]]
    names += [name for quota in regulation.quotas for name in quota.within if name in vocabulary.facts]
    return with_parts(names, vocabulary)


def _facts(names: list[str], vocabulary: Vocabulary) -> dict[str, Any]:
    """The nested schema of dotted fact names."""
    root: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {}}
    for name in names:
        here = root
        *folders, last = name.split(".")
        for folder in folders:
            empty: dict[str, Any] = {
                "type": ["object", "null"],
                "additionalProperties": False,
                "properties": {},
            }
            here = here["properties"].setdefault(folder, empty)
        here["properties"][last] = _fact(vocabulary.facts[name])
    return root


def _fact(fact: Fact) -> dict[str, Any]:
    described = {"description": _both(fact.question or fact.label)}
    match fact.form:
        case "boolean":
            value: dict[str, Any] = {"type": ["boolean", "null"]}
        case "integer" | "number":
            value = {"type": [fact.form, "null"]}
            for key, bound in (("minimum", fact.minimum), ("maximum", fact.maximum)):
                if bound is not None and not isinstance(bound, date):
                    whole = isinstance(bound, int) or (isinstance(bound, Fraction) and bound.denominator == 1)
                    value[key] = int(bound) if whole else float(bound)
        case "date":
            value = {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}
        case "set":
            value = {"type": ["array", "null"], "uniqueItems": True, "items": _options(dict(fact.options))}
        case "text" if fact.options:
            value = {"anyOf": [_options(dict(fact.options)), {"type": "null"}]}
        case _:
            value = {"type": ["string", "null"]}
    return {**described, **value}


def _options(options: dict[str, Text]) -> dict[str, Any]:
    return {"oneOf": [{"const": name, "description": _both(label)} for name, label in options.items()]}


def _items(label: Text) -> dict[str, Any]:
    return {"type": ["array", "null"], "items": {"type": "string"}, "description": _both(label)}


def _both(text: Text) -> str:
    return f"{text.vi} / {text.en}"
