"""The head of a regulation or a local layer -> the model, and every source that it cites."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, cast

from engine.core.policy.regulation import Citation, Interpretation, LegalDocument, Publication, Regulation, all_rules
from engine.core.policy.terms import Grade, PeriodKind, Relation, SubjectKind
from engine.load.policies.node import (
    Node,
    T,
    label_of,
    optional_day,
    optional_source,
    parse_day,
    parse_source,
    parse_text,
)
from engine.load.policies.sections import Parts

if TYPE_CHECKING:
    from engine.base.diagnostics import Location


def _kinds(nodes: Iterable[Node], ancestors: tuple[str, ...], person: bool = False) -> Iterator[SubjectKind]:
    for node in nodes:
        line = (node.data["id"], *ancestors)
        below = list(node.items("kinds"))
        of_person = person or bool(node.get("person"))
        yield SubjectKind(node.data["id"], label_of(node), line, not below, of_person, location=node.location)
        yield from _kinds(below, line, of_person)


def _interpretation(node: Node, layer: str) -> Interpretation:
    return Interpretation(
        id=node.data["id"],
        question=label_of(node, "question"),
        options=tuple((option.data["id"], label_of(option)) for option in node.items("options")),
        chosen=node.name("chosen"),
        note=parse_text(node.get("note")),
        source=optional_source(node),
        delegated=node.data.get("delegated", False),
        layer=layer,
        option_sources=tuple(
            (option.data["id"], source)
            for option in node.items("options")
            if (source := optional_source(option)) is not None
        ),
        location=node.location,
    )


def parse_header(head: Node, parts: Parts) -> Regulation:
    """A `regulation.yaml` -> the regulation, with the rules, ladders and parameters that its other files gave
    `parts`."""
    data, in_force = head.data, head["in_force"]

    def listed(key: str, parse: Callable[[Node], T], id_of: Callable[[T], str]) -> tuple[T, ...]:
        place = cast("Callable[[T], Location]", lambda item: item.location)
        return tuple(parts.unique((parse(node) for node in head.items(key)), id_of, place))

    kinds = parts.unique(_kinds(head.items("subject_kinds"), ()), lambda kind: kind.id, lambda kind: kind.location)
    return Regulation(
        id=data["id"],
        label=label_of(head),
        number=data.get("number", data["id"]),
        issued_by=label_of(head, "issued_by"),
        issued_on=parse_day(data["issued_on"]),
        in_force_from=parse_day(in_force.data["from"]),
        in_force_until=optional_day(in_force, "until"),
        replaces=head.texts("replaces"),
        replaced_by=head.texts("replaced_by"),
        documents=listed(
            "documents",
            lambda node: LegalDocument(
                node.data["id"],
                label_of(node),
                optional_day(node, "issued_on"),
                node.data.get("url"),
                location=node.location,
            ),
            lambda document: document.id,
        ),
        publications=listed(
            "publications",
            lambda node: Publication(
                node.data["id"], label_of(node), node.data["url"], optional_day(node, "read_on"), location=node.location
            ),
            lambda publication: publication.id,
        ),
        grades=listed(
            "grades",
            lambda node: Grade(node.data["id"], label_of(node), optional_source(node), location=node.location),
            lambda grade: grade.id,
        ),
        kinds={kind.id: kind for kind in kinds},
        relations=listed(
            "relations",
            lambda node: Relation(node.data["id"], label_of(node), location=node.location),
            lambda relation: relation.id,
        ),
        interpretations=listed(
            "interpretations", lambda node: _interpretation(node, data["id"]), lambda interpretation: interpretation.id
        ),
        periods=cast("tuple[PeriodKind, ...]", head.texts("periods")),
        location=head.location,
        in_force_from_location=head.document.location(("in_force", "from")),
        in_force_until_location=head.document.location(("in_force", "until")),
    )


def citations_of(regulation: Regulation, head: Node) -> tuple[Citation, ...]:
    """Every source that the regulation cites, with the item that cites it, in the order of the files."""
    citations = [Citation(regulation.id, regulation.label, parse_source(node)) for node in head.items("sources")]
    citations += [
        Citation(f"grades.{grade.id}", grade.label, grade.source) for grade in regulation.grades if grade.source
    ]

    def kinds(nodes: Iterable[Node]) -> Iterator[Citation]:
        for node in nodes:
            if node.get("source"):
                yield Citation(f"subject_kinds.{node.data['id']}", label_of(node), parse_source(node["source"]))
            yield from kinds(node.items("kinds"))

    citations += kinds(head.items("subject_kinds"))
    citations += [
        Citation(f"interpretations.{interpretation.id}", interpretation.question, interpretation.source)
        for interpretation in regulation.interpretations
        if interpretation.source
    ]
    citations += [
        Citation(f"interpretations.{interpretation.id}.{option}", dict(interpretation.options)[option], source)
        for interpretation in regulation.interpretations
        for option, source in interpretation.option_sources
    ]
    citations += [Citation(rule.name, rule.label, rule.source) for rule in all_rules(regulation)]
    citations += [
        Citation(ladder.otherwise.name, ladder.otherwise.label, ladder.otherwise.source)
        for ladder in regulation.ladders
    ]
    citations += [Citation(quota.name, quota.label, quota.source) for quota in regulation.quotas]
    others = (*regulation.links, *regulation.majorities, *regulation.papers)
    citations += [Citation(item.name, item.label, item.source) for item in others]
    citations += [
        Citation(f"parameters.{parameter.id}", parameter.label, value.source)
        for parameter in regulation.parameters.values()
        for value in parameter.values
    ]
    return tuple(citations)
