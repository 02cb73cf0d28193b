"""A value inside a document that knows its place, and the plain texts, days and sources that it may be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar, cast

from engine.base.diagnostics import Location
from engine.base.documents import Document
from engine.core.policy.terms import Source, Text
from engine.load.policies.names import Name

T = TypeVar("T")


@dataclass(frozen=True)
class Node:
    """A value in a document, with its path. `node["key"]` goes down; `node.get("key")` is None if it is absent."""

    document: Document
    data: Any
    path: tuple[str | int, ...] = ()
    published: Mapping[str, str] = field(default_factory=dict)
    """The addresses of the publications that the sources of this folder may cite, by id."""

    @property
    def location(self) -> Location:
        """Where the value stands in its file."""
        return self.document.location(self.path)

    @property
    def key_location(self) -> Location:
        """Where the key of the value stands in its file."""
        return self.document.location(self.path, key=True)

    def __getitem__(self, key: str) -> "Node":
        return self.below(self.data[key], key)

    def below(self, value: Any, *path: str | int) -> "Node":
        """A value inside this one, by the way to it."""
        return Node(self.document, value, (*self.path, *path), self.published)

    def get(self, key: str) -> "Node | None":
        """The value under a key; None if it is absent or null."""
        return self[key] if self.data.get(key) is not None else None

    def items(self, key: str) -> Iterator["Node"]:
        """The members of the list under `key`; none if it is absent."""
        for index, value in enumerate(self.data.get(key) or ()):
            yield self.below(value, key, index)

    def pairs(self, key: str) -> Iterator[tuple[str, "Node"]]:
        """The keys and values of the mapping under `key`; none if it is absent."""
        for name, value in (self.data.get(key) or {}).items():
            yield name, self.below(value, key, name)

    def texts(self, key: str) -> tuple[str, ...]:
        """One text or a list of texts, as a tuple; empty if absent."""
        value = self.data.get(key)
        if value is None:
            return ()
        return (self.name(key),) if isinstance(value, str) else tuple(self[key].names())

    def name(self, key: str) -> Name:
        """The text under `key`, with its place."""
        return Name(self.data[key], self[key].location)

    def values(self, key: str) -> tuple[object, ...]:
        """One plain value or a list of them, as a tuple; texts with their places."""
        value = self.data[key]
        if isinstance(value, list):
            nodes = [self.below(item, key, index) for index, item in enumerate(value)]
        else:
            nodes = [self[key]]
        return tuple(Name(node.data, node.location) if isinstance(node.data, str) else node.data for node in nodes)

    def names(self) -> Iterator[Name]:
        """The members of a list of texts, each with its place."""
        for index, value in enumerate(self.data):
            yield Name(value, self.below(value, index).location)


# --- parts ------------------------------------------------------------------------------------------------------


def parse_text(node: Node | None) -> Text | None:
    """A text in both languages; None for no node."""
    return None if node is None else Text(vi=node.data["vi"], en=node.data["en"])


def label_of(node: Node, key: str = "label") -> Text:
    """The label of an item, or another text in both languages that it must have."""
    return cast("Text", parse_text(node[key]))


def parse_day(text: str) -> date:
    """`2024-12-31` -> a day. Raises ValueError if there is no such day."""
    return date.fromisoformat(text)


def optional_day(node: Node, key: str) -> date | None:
    """The day under a key; None if it is absent or null. Raises ValueError if there is no such day."""
    return parse_day(node.data[key]) if node.data.get(key) else None


def parse_source(node: Node) -> Source:
    """A citation: document, locator, status, quotes, and the address of the publication that it cites."""
    data = node.data
    return Source(
        document=node.name("document"),
        locator=data["locator"],
        status=data["status"],
        quotes=node.texts("quote"),
        url=node.published.get(data.get("cite")),
        note=parse_text(node.get("note")),
        location=node.location,
    )


def optional_source(node: Node) -> Source | None:
    """The citation of an item; None if it has none."""
    source = node.get("source")
    return None if source is None else parse_source(source)
