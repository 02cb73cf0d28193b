"""What does not fit a schema, as the diagnostic that tells it."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.base.diagnostics import HIDDEN, PERSONAL
from engine.base.json_places import Path_
from engine.base.nearness import closest
from engine.base.words import words
from engine.base.yaml_breaks import is_note
from engine.core.policy.values import written
from engine.load.policies.schema_files import KINDS, keys_inside
from engine.load.policies.spelling import meant_condition, meant_key

OWN_WORDS = ("statements",)
"""Where a case holds the words of the person."""
PERSONAL_PATHS = ((PERSONAL,), ("case_id",), ("evidence",), OWN_WORDS)
"""Where a case may name a person. No policy file has these keys."""


WORDS = words("schema")


@dataclass(frozen=True)
class SchemaProblem:
    """`key`: the place is the key itself, not its value."""

    code: str
    path: Path_
    arguments: dict[str, str | None]
    key: bool = False


def first_repeated(items: Sequence[Any]) -> int | None:
    """The index of the first item that came before."""
    seen = set()
    for index, item in enumerate(items):
        # `true` is not 1, though Python calls them equal.
        name = json.dumps(item, sort_keys=True, default=str) if isinstance(item, dict | list) else item
        if (key := (isinstance(item, bool), name)) in seen:
            return index
        seen.add(key)
    return None


def about_value(path: Path_, value: object, schema: Mapping[str, Any]) -> dict[str, str | None]:
    """The arguments of most diagnostics: the nearest key above the place, the value there, what is expected of it."""
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    if path[:1] == OWN_WORDS:
        # A heading written wrongly may be the person's words too.
        name = OWN_WORDS[0]
    return {"name": name, "value": HIDDEN if path[:1] in PERSONAL_PATHS else written(value), **_expected(schema)}


def _expected(schema: Mapping[str, Any]) -> dict[str, str | None]:
    vi, _, en = schema.get("description", "").partition(" / ")
    return {"expected_vi": vi, "expected_en": en}


def missing_key(path: Path_, key: str, schema: Mapping[str, Any]) -> SchemaProblem:
    """A key that a mapping must have, with what is expected of its value."""
    about = _expected(schema.get("properties", {}).get(key, schema))
    return SchemaProblem("schema/missing-key", path, {"key": key, **about})


def unknown_keys(path: Path_, mapping: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[SchemaProblem]:
    """The keys of a mapping that its schema does not have, each with the key or the sign that was probably meant."""
    known = list(schema["properties"])
    free = [name for name in known if name not in mapping]
    for key in mapping:
        if key in known:
            continue
        name, colon, _ = key.partition(":")
        suggestion = meant_key(key, free) if name not in known else None
        if list(mapping) == [key] and mapping[key] is None and schema.get("required") == free:
            suggestion = f"{free[0]}: {key}"
        about = {"key": key, "known": ", ".join(known), "suggestion": suggestion}
        is_key_elsewhere = key in keys_inside()
        # A key without a value is mostly the rest of a text that a comma cut, or a colon without its blank.
        is_cut = mapping[key] is None and suggestion is None and not is_key_elsewhere
        code = "schema/unknown-key" if not is_cut else "schema/colon" if colon else "schema/comma"
        start = re.match(r"([\w.]+)(?= |=) *(=?)", key)
        if suggestion is None and is_note(key) and not is_key_elsewhere:
            code = "yaml/no-comment-sign"
        elif is_cut and start and start[1] in free and start[1] != key:
            code = "yaml/wrong-sign" if start[2] else "yaml/no-colon"
            about |= {"key": start[1], "character": "=", "meant": ":"}
        yield SchemaProblem(code, (*path, key), about, key=True)


def not_allowed(
    path: Path_, value: object, allowed: Sequence[object], about: Mapping[str, str | None]
) -> SchemaProblem:
    """A value that is none of those allowed."""
    texts = [option for option in allowed if isinstance(option, str)]
    options = ", ".join(option if isinstance(option, str) else written(option) for option in allowed)
    suggestion = closest(value, texts) if isinstance(value, str) else None
    return SchemaProblem("schema/value", path, {**about, "allowed": options, "suggestion": suggestion})


def wrong_type(path: Path_, value: object, types: Sequence[str], schema: Mapping[str, Any]) -> SchemaProblem:
    """A value of another type than those that its schema takes."""
    # A key whose value was forgotten reads as null.
    code = "schema/blank" if value is None else "schema/type"
    about = about_value(path, value, schema) | {"type_vi": _listed(types, "vi"), "type_en": _listed(types, "en")}
    if path[:1] in PERSONAL_PATHS:
        return SchemaProblem(code, path, about)
    if isinstance(value, str) and "array" in types and "string" not in types:
        about["suggestion"] = f"[{value}]"
    elif isinstance(value, str) and "fact" in schema.get("properties", ()):
        about["suggestion"] = meant_condition(value)
    return SchemaProblem(code, path, about)


def _listed(types: Sequence[str], language: str) -> str:
    *first, last = [WORDS[name][language] for name in types]
    return f"{', '.join(first)} {WORDS['or'][language]} {last}" if first else last


def in_both(argument: str, key: str, **places: object) -> dict[str, str | None]:
    """A text of the schema's words as the arguments `<argument>_vi` and `<argument>_en` of a diagnostic."""
    return {f"{argument}_{language}": WORDS[key][language].format(**places) for language in ("vi", "en")}


def wrong_kind(data: Mapping[str, Any]) -> SchemaProblem:
    """A file whose `kind` is missing or unknown."""
    known = ", ".join(KINDS)
    if "kind" not in data:
        expected = in_both("expected", "kind_of_file", known=known)
        return SchemaProblem("schema/missing-key", (), {"key": "kind", **expected})
    kind = data["kind"]
    suggestion = closest(kind, KINDS) if isinstance(kind, str) else None
    about = {"kind": written(kind), "known": known, "suggestion": suggestion}
    return SchemaProblem("schema/kind-unknown", ("kind",), about)
