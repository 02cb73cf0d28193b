"""The JSON Schemas of policy files, as they are packed with the engine, and the keys that they allow."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from engine.base.data import data_folder

KINDS = (
    "facts", "regulation", "exemptions", "review_contents", "triggers", "grade_ladder", "quotas", "links",
    "votes", "dossier", "parameters", "source_text", "tests", "overlay", "grade_additions", "properties", "forms",
)  # fmt: skip
"""What a policy file may say under `kind`. Case files have no `kind`; ask for the kind `case`."""


def load_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a kind of file, as plain data that the caller may change."""
    text = (data_folder("schemas") / f"{name}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def sections_of_files() -> tuple[tuple[str, str, frozenset[str], frozenset[str]], ...]:
    """Every place in a policy file that holds a list of items, and every whole file (its section is ""): the kind of
    file, the section, the keys that an item needs and those that it may have."""
    schemas = {name: load_schema(name) for name in (*KINDS, "common")}
    sections: list[tuple[str, str, frozenset[str], frozenset[str]]] = []

    def resolved(schema: Any, home: str) -> tuple[Any, str]:
        while "$ref" in schema:
            file, _, place = schema["$ref"].partition("#/$defs/")
            home = file.removesuffix(".schema.json") or home
            if home not in schemas:
                return {}, home
            schema = schemas[home]["$defs"][place]
        return schema, home

    def walk(kind: str, section: str, schema: Any, home: str) -> None:
        properties = schema.get("properties", {})
        sections.append((kind, section, frozenset(schema.get("required", ())), frozenset(properties)))
        for name, below in properties.items():
            listed, place = resolved(below, home)
            if listed.get("type") == "array":
                item, place = resolved(listed.get("items", {}), place)
                if {"id", "grade"} & set(item.get("properties", ())) and name not in ("kinds", "options", section):
                    walk(kind, name, item, place)

    for kind in (kind for kind in KINDS if kind not in ("facts", "tests", "source_text", "properties", "forms")):
        walk(kind, "", schemas[kind], kind)
    return tuple(sections)


@cache
def keys_inside() -> Mapping[str, frozenset[str]]:
    """For every key of a policy file the keys that may stand directly inside it, wherever the key occurs."""
    inner_keys: dict[str, set[str]] = {}
    every = {name: load_schema(name) for name in (*KINDS, "common")}

    def walk(schema: Any, home: str) -> None:
        if not isinstance(schema, dict):
            for below in schema if isinstance(schema, list) else ():
                walk(below, home)
            return
        for name, below in schema.get("properties", {}).items():
            inside = below
            while "$ref" in inside:
                file, _, place = inside["$ref"].partition("#/$defs/")
                home_of = file.removesuffix(".schema.json") or home
                inside = every[home_of]["$defs"][place] if home_of in every else {}
            inner_keys.setdefault(name, set()).update(inside.get("properties", ()))
            walk(below, home)
        for keyword, below in schema.items():
            if keyword != "properties":
                walk(below, home)

    for home, schema in every.items():
        walk(schema, home)
    return {name: frozenset(keys) for name, keys in inner_keys.items()}
