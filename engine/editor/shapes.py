"""What the schemas say of each place in a file: the keys and values that may stand there, and names of the project."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from engine.base.json_places import Path_
from engine.load.policies.schema_fast import Check, validity
from engine.load.policies.schema_files import KINDS, load_schema

UNKNOWN = object()
"""A value of which nothing is known, so that any branch of a schema may be meant for it."""

NAMES = "names"


@dataclass(frozen=True, eq=False)
class Shape:
    """A schema that a value has to fit, the kind of file that it is written for, and the kind of name that the value
    has to be (`fact`, `grade`, …); "" if it is no name."""

    schema: Mapping[str, Any]
    home: str
    name: str = ""


@cache
def schema_of(kind: str) -> Mapping[str, Any]:
    """The schema of a kind of file; an empty one if there is no such kind."""
    return load_schema(kind) if kind in (*KINDS, "case", "common") else {}


def shapes_at(kind: str, data: Any, path: Path_) -> list[Shape]:
    """The shapes of the value at a path of a file of some kind. `data`: the file as far as it is known."""
    shapes = list(_shapes(schema_of(kind), kind, data))
    for step in path:
        known = (isinstance(data, dict) and step in data) or (
            isinstance(data, list) and isinstance(step, int) and step < len(data)
        )
        data = data[step] if known else UNKNOWN
        shapes = _below(shapes, step, data)
    return shapes


def names_in(kind: str, data: Any) -> list[tuple[str, Path_, bool]]:
    """Every name of the project in a file: the kind of name, its path, and whether it is the key there."""
    return list(dict.fromkeys(_names(_every_branch(schema_of(kind), kind), data, ())))


def kinds_of_keys(shapes: Sequence[Shape]) -> Iterator[str]:
    """The kinds of name that the keys of a mapping have to be."""
    for shape in shapes:
        if "propertyNames" in shape.schema:
            yield from (named.name for named in _every_branch(shape.schema["propertyNames"], shape.home) if named.name)


def _shapes(schema: Mapping[str, Any], home: str, value: Any) -> Iterator[Shape]:
    """A schema with all those that it refers to for a value."""
    yield Shape(schema, home)
    if "$ref" in schema:
        file, _, place = schema["$ref"].partition("#/$defs/")
        home = file.removesuffix(".schema.json") or home
        if home == NAMES:
            yield Shape({}, home, place)
        else:
            yield from _shapes(schema_of(home)["$defs"][place], home, value)
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ())):
        yield from _shapes(part, home, value)
    if "if" in schema:
        fits = None if value is UNKNOWN else _condition(schema)(value)
        for branch, met in (("then", True), ("else", False)):
            if branch in schema and fits in (None, met):
                yield from _shapes(schema[branch], home, value)


_branches: dict[int, tuple[Shape, ...]] = {}
_conditions: dict[int, Check] = {}
# Both by the identity of a schema, which `schema_of` keeps for ever.


def _every_branch(schema: Mapping[str, Any], home: str) -> tuple[Shape, ...]:
    """The shapes of a value of which nothing is known."""
    if id(schema) not in _branches:
        _branches[id(schema)] = tuple(_shapes(schema, home, UNKNOWN))
    return _branches[id(schema)]


def _condition(schema: Mapping[str, Any]) -> Check:
    """Whether a value fits the `if` of a schema."""
    if id(schema) not in _conditions:
        _conditions[id(schema)] = validity(schema["if"], {})
    return _conditions[id(schema)]


def _below(shapes: Sequence[Shape], step: str | int, value: Any = UNKNOWN) -> list[Shape]:
    """The shapes of what stands under a key, or of an item of a list."""
    inner: list[Shape] = []
    for shape in shapes:
        if isinstance(step, int):
            below = shape.schema.get("items")
        else:
            below = shape.schema.get("properties", {}).get(step, shape.schema.get("additionalProperties"))
        if isinstance(below, Mapping):
            inner += _every_branch(below, shape.home) if value is UNKNOWN else _shapes(below, shape.home, value)
    return inner


def _names(shapes: Sequence[Shape], data: Any, path: Path_) -> Iterator[tuple[str, Path_, bool]]:
    match data:
        case str():
            yield from ((shape.name, path, False) for shape in shapes if shape.name)
        case dict():
            kinds = list(kinds_of_keys(shapes))
            for key, value in data.items():
                yield from ((kind, (*path, key), True) for kind in kinds)
                yield from _names(_below(shapes, key), value, (*path, key))
        case list():
            inner = _below(shapes, 0)
            for index, value in enumerate(data):
                yield from _names(inner, value, (*path, index))
