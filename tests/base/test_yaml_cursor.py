"""Where a cursor stands in a text that may be broken: its path, whether a key is meant, and what stands beside it."""

from typing import Any

import pytest

from engine.base.yaml_cursor import cursors_at

PLACES: dict[str, list[tuple[tuple[str | int, ...], bool]]] = {
    "a: ¦": [(("a",), False)],
    "a: wo¦rd": [(("a",), False)],
    "a: 1\n¦": [(("",), True)],
    "a: 1\nb¦": [(("",), True)],
    "a:\n  b: ¦\n  c: 1": [(("a", "b"), False)],
    "a:\n  - ¦": [(("a", 0), False), (("a", 0, ""), True)],
    "a:\n  - b: 1\n    ¦": [(("a", 0, ""), True)],
    "a: {b: 1, ¦}": [(("a", ""), True)],
    "a: {b: 1, ¦": [(("a", ""), True)],
    "a: {b: {c: [x, ¦": [(("a", "b", "c", 1), False), (("a", "b", "c", 1, ""), True)],
    "a: {¦: 1}": [(("a", ""), True)],
    "a: 'wo¦": [(("a",), False)],
    '{"a": {"b": "¦"': [(("a", "b"), False)],
    '{"a": {"¦': [(("a", ""), True)],
    "x: [}\na:\n  - b: 1\n    c: ¦\nz: ]": [(("a", 0, "c"), False)],
    "x: [}\na:\n- b: 1\n  c: ¦": [(("a", 0, "c"), False)],
    "a: two ¦ words": [],
    "# a comment ¦": [],
    "a: 1 # then ¦": [],
}


@pytest.mark.parametrize("text", PLACES)
def test_the_path_at_the_cursor(text: str) -> None:
    before, _, after = text.partition("¦")
    lines = (before + after).split("\n")
    place = before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1
    assert [(cursor.path, cursor.is_key) for cursor in cursors_at(lines, place)] == PLACES[text]


def data_at(text: str) -> Any:
    before, _, after = text.partition("¦")
    lines = (before + after).split("\n")
    (cursor,) = cursors_at(lines, (before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1))
    return cursor.data


def test_what_stands_beside_the_cursor_is_known() -> None:
    assert data_at("a: {fact: x, is: ¦}\nb: true") == {"a": {"fact": "x", "is": None}, "b": True}
    assert data_at("a: {fact: x, is: ¦\nb: }") == {"a": {"fact": "x", "is": None}}
    assert data_at("x: [}\na:\n  kind: y\n  then: ¦") == {"a": {"kind": "y", "then": None}}
