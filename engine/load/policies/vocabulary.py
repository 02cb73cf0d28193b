"""`facts.yaml` -> the vocabulary: every fact that a case may state, with its type, options, bounds and derivation."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, cast

from engine.base.diagnostics import Diagnostic, Location, diagnostic
from engine.base.documents import Document
from engine.core.policy.terms import (
    Count,
    Derivation,
    Fact,
    Greatest,
    Least,
    Percent,
    ReviewDays,
    Sum,
    Text,
    Vocabulary,
    Whole,
)
from engine.load.policies.names import Name
from engine.load.policies.node import Node, label_of, parse_day, parse_text


def parse_vocabulary(*documents: Document) -> Vocabulary:
    """One `facts.yaml`, or several of which each adds to those before it -> the vocabulary. What an earlier one has
    counts; `already_below` reports it."""
    roots = [Node(document, document.data) for document in reversed(documents)]
    lists = {name: node for root in roots for name, node in root.pairs("lists")}
    days = next((root.data["as_of"] for root in reversed(roots) if root.data.get("as_of")), None)
    headings: dict[str, tuple[str, ...]] = {}
    for column, node in (pair for root in roots for pair in root.pairs("headings")):
        name = Name(column, node.key_location)
        headings[name] = (*headings.get(name, ()), *node.data)
    return Vocabulary(
        {name: _fact(name, node, lists) for root in roots for name, node in root.pairs("facts")},
        tuple(lists),
        None if days is None else ReviewDays(days["months_after"], _warned(days)),
        headings,
    )


def already_below(*documents: Document) -> tuple[Diagnostic, ...]:
    """A problem for each fact or list of a vocabulary that one before it has, and for days of review that one has."""
    problems: list[Diagnostic] = []
    first: dict[tuple[str, str], Location] = {}
    for document in documents:
        root = Node(document, document.data)
        named = [(("facts", name), node.key_location) for name, node in root.pairs("facts")]
        named += [(("lists", name), node.key_location) for name, node in root.pairs("lists")]
        named += [(("as_of", "as_of"), document.location(("as_of",)))] if "as_of" in root.data else []
        for key, place in named:
            if key in first:
                problems.append(diagnostic("fact/already-below", place, name=key[1], first=str(first[key])))
            first.setdefault(key, place)
    return tuple(problems)


def _warned(data: Mapping[str, Any]) -> bool:
    return data.get("otherwise") == "warned"


def _wholes(node: Node | None) -> tuple[Whole, ...]:
    match None if node is None else node.data:
        case None:
            return ()
        case str() as fact:
            return (Whole(fact),)
        case dict() as data:
            return (Whole(data["fact"], _warned(data)),)
        case listed:
            return tuple(
                Whole(item) if isinstance(item, str) else Whole(item["fact"], _warned(item)) for item in listed
            )


def _fact(name: str, node: Node, lists: Mapping[str, Node]) -> Fact:
    data = node.data
    options: tuple[tuple[str, Text], ...] = ()
    ordered = data.get("ordered", False)
    shared_list: str | None = None
    match data.get("one_of"):
        case str() as list_name:
            shared_list = node.name("one_of")
            shared = lists.get(list_name, Node(node.document, {}))
            options = tuple((key, cast("Text", parse_text(value))) for key, value in shared.pairs("values"))
            ordered = shared.data.get("ordered", False)
        case dict():
            options = tuple((key, cast("Text", parse_text(value))) for key, value in node.pairs("one_of"))
    return Fact(
        name=name,
        type=data["type"],
        label=label_of(node),
        question=parse_text(node.get("question")),
        unit=data.get("unit"),
        options=options,
        ordered=ordered,
        minimum=_bound(data.get("minimum")),
        maximum=_bound(data.get("maximum")),
        typical=data.get("typical"),
        changeable=data.get("changeable") is not False,
        only_upward=data.get("changeable") == "upward",
        not_more_than=_wholes(node.get("not_more_than")),
        derived=_derivation(node["derived"]) if data.get("derived") else None,
        shared_list=shared_list,
        location=node.key_location,
    )


def _bound(value: Any) -> int | Fraction | date | None:
    match value:
        case None:
            return None
        case str():
            return parse_day(value)
        case int():
            return value
        case _:
            return Fraction(value)


def _derivation(node: Node) -> Derivation:
    match node.data:
        case {"percent": _}:
            parts = node["percent"]
            return Percent(of=parts.name("of"), part=parts.name("part"))
        case {"sum": _}:
            return Sum(node.texts("sum"))
        case {"count": counted}:
            return Count(node["count"].texts("of"), counted.get("is", True))
        case {"minimum": _}:
            return Least(node.texts("minimum"))
        case {"maximum": _}:
            return Greatest(node.texts("maximum"))
    raise ValueError("a derivation that the schema does not allow")
