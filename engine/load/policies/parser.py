"""Schema-valid documents -> the model. Only ids that occur twice, which the model cannot hold, and sources that cite no
known publication are reported here; the checker finds everything else.

Every function takes a `Node`, a value inside a document that knows its place.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from engine.base.diagnostics import Diagnostic
from engine.base.documents import Document
from engine.core.policy.regulation import Regulation
from engine.load.policies.header import citations_of, parse_header
from engine.load.policies.names import Name, unknown_name
from engine.load.policies.node import Node
from engine.load.policies.overlay import Overlay
from engine.load.policies.sections import Parts, parse_additions, parse_policy


def _roots(documents: Sequence[Document]) -> list[Node]:
    """The documents of one folder as nodes that know the publications which its header declares."""
    published = {
        publication["id"]: publication["url"]
        for document in documents
        for publication in document.data.get("publications", ())
    }
    return [Node(document, document.data, (), published) for document in documents]


def _unknown_publications(roots: Iterable[Node]) -> Iterator[Diagnostic]:
    """Every `cite` that names no publication of the folder."""
    for root in roots:
        for source in _sources(root):
            if (cite := source.get("cite")) is not None:
                yield from unknown_name("publication/unknown", cite.data, source.published, cite.location)


def _sources(node: Node) -> Iterator[Node]:
    match node.data:
        case {"document": _, "locator": _}:
            yield node
        case dict():
            for key, value in node.data.items():
                yield from _sources(node.below(value, key))
        case list():
            for index, value in enumerate(node.data):
                yield from _sources(node.below(value, index))


def parse_regulation(documents: Sequence[Document]) -> tuple[Regulation, list[Diagnostic]]:
    """The documents of one regulation's folder (exactly one of kind `regulation`) -> the regulation and the ids
    that occur twice, as diagnostics."""
    roots = _roots(documents)
    head = next(root for root in roots if root.data["kind"] == "regulation")
    parts = Parts([], [], [], [], [], [], [], [], [], {}, [], [], head.data["id"])
    for root in roots:
        parse_policy(root, parts)
    regulation = parse_header(head, parts)
    regulation = replace(
        regulation,
        exemptions=tuple(parts.exemptions),
        ungraded=tuple(parts.ungraded),
        review_contents=tuple(parts.review_contents),
        triggers=tuple(parts.triggers),
        ladders=tuple(parts.ladders),
        quotas=tuple(parts.quotas),
        links=tuple(parts.links),
        majorities=tuple(parts.majorities),
        papers=tuple(parts.papers),
        parameters=parts.parameters,
        source_texts=tuple(parts.source_texts),
    )
    problems = [*parts.diagnostics, *_unknown_publications(roots)]
    return replace(regulation, citations=citations_of(regulation, head)), problems


def parse_overlay(documents: Sequence[Document]) -> tuple[Overlay, list[Diagnostic]]:
    """The documents of one local layer's folder (exactly one of kind `overlay`) -> the layer and the ids that occur
    twice, as diagnostics."""
    roots = _roots(documents)
    head = next(root for root in roots if root.data["kind"] == "overlay")
    parts = Parts([], [], [], [], [], [], [], [], [], {}, [], [], head.data["id"])
    for root in roots:
        parse_policy(root, parts)
    ladders = tuple(parse_additions(root, parts) for root in roots if root.data["kind"] == "grade_additions")
    own = replace(
        parse_header(head, parts),
        extends=head.name("extends"),
        exemptions=tuple(parts.exemptions),
        ungraded=tuple(parts.ungraded),
        review_contents=tuple(parts.review_contents),
        triggers=tuple(parts.triggers),
        quotas=tuple(parts.quotas),
        links=tuple(parts.links),
        majorities=tuple(parts.majorities),
        papers=tuple(parts.papers),
        source_texts=tuple(parts.source_texts),
    )
    cited = citations_of(replace(own, ladders=ladders, parameters=parts.parameters), head)
    own = replace(own, citations=tuple(citation for citation in cited if citation.source.document))
    chosen: dict[str, str] = {
        Name(name, option.key_location): head["choose"].name(name) for name, option in head.pairs("choose")
    }
    place = head["extends"].location
    problems = [*parts.diagnostics, *_unknown_publications(roots)]
    return Overlay(own, ladders, chosen, parts.parameters, place, location=head.location), problems
