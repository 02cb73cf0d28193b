"""The texts that people read: each in both languages, each used, and none asked for that is not there."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support import ROOT

from engine.base.words import FOLDER, words
from engine.base.yaml_text import parse_yaml

ENGINE = ROOT / "engine"
OTHERS = ("diagnostics", "diagnostic_pages", "letters", "typed")
"""The catalogue of diagnostics has a form and tests of its own; letters and typed words are shown to nobody."""
PUT_TOGETHER = {"count_final", "count_initial"}
"""Keys that are put together of two names which neither the source nor a schema has as a text."""
TOPICS = sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem not in OTHERS)
SOURCES = {path: path.read_text("utf-8") for path in ENGINE.rglob("*") if path.suffix in (".py", ".jinja")}

WHOLE = "\n".join([*SOURCES.values(), *(path.read_text("utf-8") for path in (ROOT / "schemas").glob("*.json"))])
SEEN = set(re.findall(r"\w+", WHOLE))
PUT_BEFORE = set(re.findall(r"\b(\w+)(?:\{|[\"'] ?[+~])", WHOLE))
"""What a key may begin with that is put together, as `count_` in `count_{kind}`."""


def texts(entries: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """Every text of a topic, with its section and key."""
    assert isinstance(entries, Mapping), path
    if set(entries) <= {"vi", "en"}:
        yield path, dict(entries)
        return
    for key, value in entries.items():
        yield from texts(value, (*path, key))


@pytest.mark.parametrize("topic", TOPICS)
def test_every_text_is_in_both_languages(topic: str) -> None:
    document = parse_yaml(topic, (FOLDER / f"{topic}.yaml").read_text("utf-8"))
    for path, text in texts(document.data):
        assert set(text) == {"vi", "en"}, path
        places = [sorted(re.findall(r"\{(\w*)\}", text[language])) for language in ("vi", "en")]
        assert places[0] == places[1], path


@pytest.mark.parametrize("topic", TOPICS)
def test_every_text_is_used(topic: str) -> None:
    """Its key stands in the source, or in a schema as a value that is shown, or is put together: `count_{kind}`."""
    for path, _ in texts(words(topic)):
        key = path[-1]
        parts = key.split("_")
        beginnings = ["_".join(parts[:end]) + "_" for end in range(1, len(parts))]
        endings = ["_" + "_".join(parts[start:]) for start in range(1, len(parts))]
        assert (
            key in PUT_TOGETHER
            or (key in SEEN if key.isidentifier() else re.search(rf"\b{re.escape(key)}\b", WHOLE))
            or not PUT_BEFORE.isdisjoint(beginnings)
            or any(f"}}{part}" in WHOLE for part in endings)
        ), path


def asked(path: Path) -> Iterator[tuple[str, ...]]:
    """Topic, section and key of every text that a module asks for by name."""
    tables: dict[str, tuple[str, ...]] = {}
    tree = ast.parse(SOURCES[path])
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="words"), args=arguments)):
                tables[name] = tuple(ast.literal_eval(part) for part in arguments)
            case ast.Call(func=ast.Name(id="wording"), args=arguments):
                yield tuple(ast.literal_eval(part) for part in arguments)
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key))) if name in tables:
                yield (*tables[name], key)


def test_every_text_that_is_asked_for_is_there() -> None:
    wanted = [wanted for path in SOURCES if path.suffix == ".py" for wanted in asked(path)]
    assert wanted
    for *section, key in wanted:
        assert key in words(*section), (section, key)


VIETNAMESE = re.compile("[À-ÖØ-öø-ÿĂăĐđĨĩŨũƠơƯưẠ-ỹ]")


def test_no_vietnamese_letter_is_in_the_source() -> None:
    holders = {path.relative_to(ENGINE).as_posix() for path in ENGINE.rglob("*.py") if VIETNAMESE.search(SOURCES[path])}
    assert holders == set()
