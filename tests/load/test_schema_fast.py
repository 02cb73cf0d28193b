"""The fast check of a schema says yes exactly when jsonschema does: over every file, and every file with one break."""

import copy
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support import ROOT

from engine.base.diagnostics import Problems
from engine.base.json_text import parse_json
from engine.base.yaml_text import parse_yaml
from engine.load.policies import schema
from engine.load.policies.schema_fast import validity
from engine.load.policies.schema_files import KINDS, load_schema

FILES = sorted(
    path
    for folder in ("policies", "tests/broken", "engine/starter")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in (".yaml", ".json")
)
BREAKS: list[Any] = [
    None, True, False, 0, 1, -1, 7, 10**30, Decimal("1.0"), Decimal("0.5"), "", " ", "x", "Ba Đình", "2023-02-30",
    "2023-10-04\n", "2023-10-04", "a.b", "id\n", "https://a.vn", [], [1, True], [1, 1], ["x", "x"], [{}, {}], {},
    {"x": 1}, {"fact": "a.b"}, {"vi": "x", "en": "y"},
]  # fmt: skip


def data_of(path: Path) -> Any:
    text = path.read_text("utf-8", errors="replace")
    try:
        return (parse_yaml if path.suffix == ".yaml" else parse_json)(path.name, text).data
    except Problems:
        return None


def kind_of(data: Any) -> str | None:
    if not isinstance(data, dict):
        return None
    kind = data.get("kind", "case")
    return kind if kind in (*KINDS, "case") else None


WHOLE = [(path, data, kind) for path in FILES if (kind := kind_of(data := data_of(path))) is not None]


def both(kind: str, data: Any) -> tuple[bool, bool]:
    return schema._validity(kind)(data), next(schema._validator(kind).iter_errors(data), None) is None


def paths_in(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from paths_in(value, (*path, key))


def broken(data: Any, path: tuple[Any, ...], choose: random.Random) -> Any:
    """The same with one thing at a path dropped, doubled, added or replaced."""
    made = copy.deepcopy(data)
    holder = made
    for key in path[:-1]:
        holder = holder[key]
    key = path[-1]
    match choose.randrange(5):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[choose.choice(["extra", "id", "unless", "fact", "at_least", "under"])] = choose.choice(BREAKS)
        case 1:
            holder.append(copy.deepcopy(holder[key]))
        case _:
            holder[key] = copy.deepcopy(choose.choice(BREAKS))
    return made


def test_over_every_file_both_say_the_same() -> None:
    answers = [both(kind, data) for _, data, kind in WHOLE]
    assert [str(path) for (path, *_), (fast, careful) in zip(WHOLE, answers, strict=True) if fast is not careful] == []
    assert {True, False} == {fast for fast, _ in answers}


@pytest.mark.parametrize("kind", [*KINDS, "case"])
def test_over_a_file_with_one_break_both_say_the_same(kind: str) -> None:
    choose = random.Random(kind)
    files = sorted(
        (data for _, data, of in WHOLE if of == kind and both(kind, data)[0]), key=lambda data: len(str(data))
    )
    answers = []
    for data in files[:4]:
        paths = list(paths_in(data))[1:]
        for path in choose.choices(paths, k=100):
            made = broken(data, path, choose)
            fast, careful = both(kind, made)
            assert fast is careful, (path, made)
            answers.append(fast)
    assert answers.count(False) > 20


def test_a_keyword_that_it_does_not_know_is_no_silent_yes() -> None:
    with pytest.raises(NotImplementedError):
        validity({"contains": {"type": "string"}}, {})
    for kind in (*KINDS, "case"):
        validity(load_schema(kind), schema._shared())


SMALL: list[dict[str, Any]] = [
    *({"type": name} for name in ("integer", "number", "boolean", "string", "null", "array", "object")),
    {"enum": [1, "x", None]}, {"const": True}, {"const": 0}, {"minimum": 1}, {"maximum": 0}, {"pattern": "^[a-z]+$"},
    {"uniqueItems": True}, {"minItems": 1}, {"maxItems": 1}, {"format": "date"}, {"maxLength": 1}, {"required": ["x"]},
    {"minProperties": 1}, {"maxProperties": 1}, {"dependentRequired": {"x": ["y"]}}, {"items": {"type": "integer"}},
    {"prefixItems": [True, {"type": "string"}]}, {"prefixItems": [True], "items": {"type": "boolean"}},
    {"properties": {"x": {"type": "string"}}}, {"properties": {"x": True}, "additionalProperties": False},
    {"propertyNames": {"pattern": "^[a-v]"}}, {"not": {"type": "string"}}, {"anyOf": [{"minimum": 1}, {"const": None}]},
    {"allOf": [{"type": "number"}, {"minimum": 1}]}, {"if": {"type": "string"}, "then": {"const": "x"}, "else": False},
]  # fmt: skip


@pytest.mark.parametrize("small", SMALL, ids=str)
def test_each_keyword_asks_the_same(small: dict[str, Any]) -> None:
    whole: Any = schema._validator("facts")
    careful, fast = type(whole)(small, format_checker=whole.format_checker), validity(small, {})
    for value in BREAKS:
        assert fast(value) is (next(careful.iter_errors(value), None) is None), value
