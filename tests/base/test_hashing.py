"""The content hash ignores comments, the order of keys and formatting, and changes with every change of meaning."""

import copy
import random
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from support import ROOT
from support.examples import examples
from support.policies import all_policies

from engine.base.hashing import content_hash
from engine.base.yaml_text import read_yaml
from engine.core.policy.regulation import Library
from engine.load.policies.folders import policy_files, regulation_folders
from engine.versions.opening import load_library

REGULATION = "qd-124-2023"
FILES = sorted(
    [
        ROOT / "policies/facts.yaml",
        *(path for one in regulation_folders(ROOT / "policies") for path in policy_files(one)),
    ]
)


def hashes(library: Library) -> dict[str, str]:
    return {name: one.content_hash for name, one in library.regulations.items()}


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    Decimal, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", f"{value.normalize():f}")
)


def shuffled(data: Any, chance: random.Random) -> Any:
    """The same with the keys of every mapping in another order."""
    if isinstance(data, dict):
        keys = list(data)
        chance.shuffle(keys)
        return {key: shuffled(data[key], chance) for key in keys}
    return [shuffled(one, chance) for one in data] if isinstance(data, list) else data


def keep_order(before: Any, after: Any) -> Any:
    """`after` with the options of facts and lists in the order of `before`: that order has a meaning."""
    if isinstance(before, dict):
        kept = {key: keep_order(before[key], after[key]) for key in after}
        for key in ("one_of", "options", "lists"):
            if isinstance(before.get(key), dict):
                kept[key] = before[key]
        return kept
    return [keep_order(*pair) for pair in zip(before, after, strict=True)] if isinstance(before, list) else after


@pytest.mark.parametrize("seed", range(examples(2, 20)))
def test_every_file_written_otherwise_means_the_same(seed: int, tmp_path: Path) -> None:
    """Keys shuffled, comments gone, other quotes, folds, indents and line ends: every file at once."""
    chance = random.Random(seed)
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    for path in FILES:
        there = tmp_path / "policies" / path.relative_to(ROOT / "policies")
        data = read_yaml(path).data
        data = keep_order(data, shuffled(data, chance))
        text = yaml.dump(
            data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=chance.choice([40, 500]),
            indent=chance.choice([2, 4]), default_style=None, line_break="\r\n" if seed == 1 else "\n",
        )  # fmt: skip
        there.write_bytes(("# chú thích\n" + text + "# hết\n").encode())
    assert hashes(load_library(tmp_path / "policies")) == hashes(all_policies())


MEANING: dict[str, tuple[str, str, str]] = {
    "a number": (f"{REGULATION}/grades/individual.yaml", "value: 50, source", "value: 51, source"),
    "an operator": (f"{REGULATION}/triggers.yaml", "complaint_letters, at_least: 1", "complaint_letters, more_than: 1"),
    "a fact": (f"{REGULATION}/triggers.yaml", "{fact: signs.disunity,", "{fact: signs.stagnation,"),
    "true for false": (f"{REGULATION}/triggers.yaml", "signs.disunity, is: true", "signs.disunity, is: false"),
    "any for all": (f"{REGULATION}/triggers.yaml", "      any:\n", "      all:\n"),
    "a day": (f"{REGULATION}/regulation.yaml", "issued_on: 2023-10-04", "issued_on: 2023-10-03"),
    "a reading": (f"{REGULATION}/regulation.yaml", "    chosen: required\n", "    chosen: noted_only\n"),
    "a label": (f"{REGULATION}/triggers.yaml", "en: Signs of internal disunity", "en: Signs of disunity"),
    "an article": (f"{REGULATION}/exemptions.yaml", "locator: Điều 5", "locator: Điều 6"),
    "an exception": (f"{REGULATION}/grades/collective.yaml", "    unless: {fact: tasks.force_majeure, is: true}\n", ""),
    "a rounding": (f"{REGULATION}/quotas.yaml", "options: {floor: floor,", "options: {floor: ceiling,"),
    "a bound of a fact": ("facts.yaml", "minimum: 0", "minimum: 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", MEANING)
def test_another_meaning_is_another_hash(name: str, tmp_path: Path) -> None:
    file, old, new = MEANING[name]
    others = shutil.ignore_patterns("mau-*", "qd-366-*", "cases", "tests")
    shutil.copytree(ROOT / "policies", tmp_path / "policies", ignore=others)
    path = tmp_path / "policies" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    before, after = hashes(all_policies()), hashes(load_library(tmp_path / "policies"))
    assert after[REGULATION] != before[REGULATION]
    assert (after["qd-132-2018"] == before["qd-132-2018"]) is (file != "facts.yaml")


def test_a_layer_changes_with_what_it_extends(tmp_path: Path) -> None:
    others = shutil.ignore_patterns("qd-132-*", "qd-366-*", "cases", "tests")
    shutil.copytree(ROOT / "policies", tmp_path / "policies", ignore=others)
    path = tmp_path / "policies" / REGULATION / "triggers.yaml"
    path.write_text(path.read_text("utf-8").replace("en: Signs of internal disunity", "en: Disunity", 1), "utf-8")
    before, after = hashes(all_policies()), hashes(load_library(tmp_path / "policies"))
    assert after["mau-tinh-a-2024"] != before["mau-tinh-a-2024"]
    path = tmp_path / "policies/mau-tinh-a-2024/overlay.yaml"
    own = after["mau-tinh-a-2024"], after[REGULATION]
    path.write_text(path.read_text("utf-8").replace("value: 60", "value: 61", 1), "utf-8")
    before, after = hashes(all_policies()), hashes(load_library(tmp_path / "policies"))
    assert (after["mau-tinh-a-2024"] != own[0], after[REGULATION] == own[1]) == (True, True)


def changed(data: Any) -> Iterator[Any]:
    """The data with a value, a key or an item altered or taken away, in turn; an edit is undone after it was looked at.

    Of places that differ only in their numbers in lists, the first and the last are edited.
    """
    places: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for path in paths(data):
        places.setdefault(tuple(step if isinstance(step, str) else "*" for step in path), []).append(path)
    for *up, last in [path for alike in places.values() for path in dict.fromkeys((alike[0], alike[-1]))]:
        inside = data
        for step in up:
            inside = inside[step]
        kept = copy.copy(inside)
        for edit in (altered, without):
            edit(inside, last)
            yield data
            put_back(inside, kept)


def put_back(inside: Any, kept: Any) -> None:
    inside.clear()
    if isinstance(inside, dict):
        inside.update(kept)
    else:
        inside.extend(kept)


def paths(data: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key in data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        yield (*above, key)
        yield from paths(data[key], (*above, key))


def altered(inside: Any, last: Any) -> None:
    match inside[last]:
        case bool() as value:
            inside[last] = not value
        case int() | Decimal() as value:
            inside[last] = value + 1
        case str() as value:
            inside[last] = value + "x"
        case list() as value:
            inside[last] = [*value, "x"]
        case dict() as value:
            inside[last] = {**value, "x": 1}
        case None:
            inside[last] = 0


def without(inside: Any, last: Any) -> None:
    del inside[last]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_whatever_is_changed_in_a_file_changes_its_hash(path: Path) -> None:
    data = read_yaml(path).data
    before = content_hash(data)
    every = [content_hash(edited) for edited in changed(data)]
    assert every and before not in every
    assert content_hash(data) == before, "an edit was not undone"


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.decimals(allow_nan=False, allow_infinity=False)
)
PLAIN = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def plainly(value: Any) -> Any:
    """What plain data means, for comparison: numbers by their value, and told from booleans and texts."""
    match value:
        case bool() | None | str():
            return (type(value).__name__, value)
        case int() | Decimal():
            return ("number", Decimal(value))
        case list():
            return ("list", [plainly(one) for one in value])
        case dict():
            return ("mapping", {key: plainly(one) for key, one in value.items()})


@given(PLAIN, PLAIN)
def test_hashes_are_equal_where_meanings_are(one: Any, other: Any) -> None:
    assert (content_hash(one) == content_hash(other)) is (plainly(one) == plainly(other))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, Decimal("1.0"), True), (Decimal("1.5"), Decimal("1.50"), True), (Decimal("1.5"), "1.5", False),
        (1, "1", False), (1, True, False), (None, "", False), ([1, 2], [2, 1], False), ({}, [], False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True), (Decimal("100"), Decimal("1E+2"), True),
    ],
)  # fmt: skip
def test_numbers_texts_and_orders(one: Any, other: Any, same: bool) -> None:
    assert (content_hash(one) == content_hash(other)) is same
