"""`facts.yaml` -> the vocabulary: every fact that a case may state, with its type, options, bounds and derivation."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, cast

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
from engine.load.policies.node import Node, label_of, parse_day, parse_text


def parse_vocabulary(document: Document) -> Vocabulary:
    """`facts.yaml` -> the vocabulary."""
    root = Node(document, document.data)
    lists = dict(root.pairs("lists"))
    days = root.data.get("as_of")
    return Vocabulary(
        {name: _fact(name, node, lists) for name, node in root.pairs("facts")},
        tuple(lists),
        None if days is None else ReviewDays(days["months_after"], _warned(days)),
    )


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
