"""A document against the JSON Schema of its kind -> diagnostics in our own words.

The schemas lie in `schemas/`, one per kind of file, for editors as well as for the engine. What a schema's
`description` says ("Tiếng Việt / English") is what a diagnostic offers as help.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from engine.base.data import data_folder
from engine.base.diagnostics import HIDDEN, PERSONAL, Diagnostic, diagnostic
from engine.base.documents import Document
from engine.base.findings import MOST_PROBLEMS, Findings
from engine.base.nearness import closest, opposed
from engine.base.words import words
from engine.base.yaml_breaks import is_note
from engine.core.policy.values import written
from engine.load.policies.spelling import fits, meant_condition, meant_key, rewritten

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

KINDS = (
    "facts", "regulation", "exemptions", "review_contents", "triggers", "grade_ladder", "quotas", "links",
    "parameters", "source_text", "tests", "overlay", "grade_additions",
)  # fmt: skip
"""What a policy file may say under `kind`. Case files have no `kind`; ask for the kind `case`."""

PERSONAL_PATHS = ((PERSONAL,), ("case_id",), ("evidence",))
"""Where a case may name a person. No policy file has these keys."""

TYPES = words("schema")


def schema_diagnostics(document: Document, kind: str) -> tuple[Diagnostic, ...]:
    """Every way in which one file differs from the schema of its kind (one of `KINDS`, or `case`), by line.
    Names are not looked up: a fact that no vocabulary holds is for the checker to find."""
    data = document.data
    found: list[_Problem] = []
    findings = Findings()
    if kind not in (*KINDS, "case"):
        found = [_wrong_kind(data)]
    else:
        for error in _validator(kind).iter_errors(data):
            told = list(islice(_problems(error), MOST_PROBLEMS - len(found)))
            found += told
            findings.count(max(0, _number(error) - len(told)))
        found = _without_echoes(_out_of_place(_in_the_wrong_section(found, document, kind), document))
    diagnostics = [diagnostic(one.code, document.location(one.path, key=one.key), **one.arguments) for one in found]
    findings.add(*dict.fromkeys(sorted(diagnostics, key=lambda one: (one.location, one.code))))
    return findings.all(document.location())


def _number(error: "ValidationError") -> int:
    """How many problems there are in what the library calls one."""
    instance: Any = error.instance
    if error.validator != "additionalProperties":
        return 1
    known: Any = error.schema
    return sum(key not in known["properties"] for key in instance)


def names_schema(names: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The content of `names.schema.json`: in each definition the project's own names, which an editor completes.
    What `names` leaves out may be any text; five definitions are put together from others."""
    fact, grade, relation = (list(names.get(key, ())) for key in ("fact", "grade", "relation"))
    known: dict[str, Sequence[str]] = {
        "grade_or_undetermined": grade and [*grade, "undetermined"],
        "grade_or_outcome": grade and [*grade, "undetermined", "none"],
        "missing_fact": [*fact, *(f"evidence.{name}" for name in fact)],
        "cohort_key": fact and [f"subject.{key}" for key in ("kind", "unit", "cohort", *relation)] + fact,
        "subject_key": relation and ["kind", "id", "unit", "cohort", "name", *relation],
        **names,
    }
    schema = _load("names")
    for name, definition in schema["$defs"].items():
        definition.pop("enum", None)
        if known.get(name):
            definition["enum"] = list(dict.fromkeys(known[name]))
    return schema


def _load(name: str) -> dict[str, Any]:
    text = (data_folder("schemas") / f"{name}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def _validator(kind: str) -> "Validator":
    # A tenth of a second to import, which `--help` and completion need not pay.
    from jsonschema import Draft202012Validator, FormatChecker, validators
    from referencing import Registry
    from referencing.jsonschema import DRAFT202012

    def is_whole(_: object, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool)

    def is_number(checker: object, value: object) -> bool:
        return is_whole(checker, value) or isinstance(value, Decimal)

    def is_day(value: object) -> bool:
        written_as_day = isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)
        return not written_as_day or bool(date.fromisoformat(str(value)))

    types = Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": is_whole, "number": is_number})
    formats = FormatChecker(formats=())
    formats.checks("date", raises=ValueError)(is_day)
    shared = {"common.schema.json": _load("common"), "names.schema.json": names_schema({})}
    if kind == "grade_additions":
        shared["grade_ladder.schema.json"] = _load("grade_ladder")
    registry: Any = Registry().with_resources(
        [(name, DRAFT202012.create_resource(content)) for name, content in shared.items()]
    )
    build: Any = validators.extend(  # type: ignore[no-untyped-call]
        Draft202012Validator, {"uniqueItems": _all_unique, "pattern": _fits}, type_checker=types
    )
    validator: Validator = build(_load(kind), registry=registry, format_checker=formats)
    return validator


@dataclass(frozen=True)
class _Problem:
    """`key`: the place is the key itself, not its value."""

    code: str
    path: tuple[str | int, ...]
    arguments: dict[str, str | None]
    key: bool = False


def _problems(error: "ValidationError") -> Iterator[_Problem]:
    """What one error of the library means; several where it lumps several keys together."""
    # The library's types allow for errors that were never filled in, which it does not hand out.
    schema: Any = error.schema
    instance: Any = error.instance
    rule: Any = error.validator_value
    path, key = tuple(error.absolute_path), False
    if "propertyNames" in error.absolute_schema_path:
        path, key = (*path, instance), True
    about = _about(path, instance, schema)
    match error.validator:
        case "additionalProperties":
            known = list(schema["properties"])
            free = [one for one in known if one not in instance]
            for one in instance:
                if one in known:
                    continue
                name, colon, _ = one.partition(":")
                suggestion = meant_key(one, free) if name not in known else None
                if list(instance) == [one] and instance[one] is None and schema.get("required") == free:
                    suggestion = f"{free[0]}: {one}"
                about = {"key": one, "known": ", ".join(known), "suggestion": suggestion}
                # A key without a value is mostly the rest of a text that a comma cut, or a colon without its blank.
                cut = instance[one] is None and suggestion is None
                cut = cut and one not in _keys_inside()
                code = "schema/unknown-key" if not cut else "schema/colon" if colon else "schema/comma"
                if suggestion is None and is_note(one) and one not in _keys_inside():
                    code = "yaml/no-comment-sign"
                elif (
                    cut and (first := re.match(r"([\w.]+)(?= |=) *(=?)", one)) and first[1] in free and first[1] != one
                ):
                    code = "yaml/wrong-sign" if first[2] else "yaml/no-colon"
                    about |= {"key": first[1], "character": "=", "meant": ":"}
                yield _Problem(code, (*path, one), about, key=True)
        case "required":
            yield from (_missing(path, one, schema) for one in rule if one not in instance)
        case "dependentRequired":
            asked = [one for given, needed in rule.items() if given in instance for one in needed]
            yield from (_missing(path, one, schema) for one in dict.fromkeys(asked) if one not in instance)
        case "type":
            yield _wrong_type(path, instance, [rule] if isinstance(rule, str) else rule, schema)
        case "anyOf":
            # Only ever a name, a day or null: what is of the right type is wrong for its own reason.
            inner = [one for one in error.context or () if one.validator != "type"]
            if inner:
                for one in inner:
                    yield from _problems(one)
            else:
                types = [str(one.validator_value) for one in error.context or ()]
                yield _wrong_type(path, instance, types, schema)
        case "enum" | "const":
            allowed = rule if error.validator == "enum" else [rule]
            texts = [one for one in allowed if isinstance(one, str)]
            about["allowed"] = ", ".join(one if isinstance(one, str) else written(one) for one in allowed)
            about["suggestion"] = closest(instance, texts) if isinstance(instance, str) else None
            yield _Problem("schema/value", path, about)
        case "pattern":
            about["suggestion"] = rewritten(instance, rule)
            yield _Problem("schema/pattern" if instance.strip() else "schema/blank", path, about, key)
        case "format":
            yield _Problem("schema/no-such-day", path, about)
        case "not":
            yield _Problem("schema/key-not-here", path, about, key=True)
        case "minProperties" if list(instance) == ["fact"]:
            about["suggestion"] = meant_condition(str(instance["fact"]))
            yield _Problem("schema/no-operator", path, about)
        case "minProperties" | "maxProperties":
            about["keys"] = ", ".join(instance)
            yield _Problem("schema/keys", path, about)
        case "uniqueItems":
            index = _repeated(instance) or 0
            about["value"] = written(instance[index])
            yield _Problem("schema/duplicate", (*path, index), about)
        case "minimum" | "minItems":
            about |= {"bound_vi": f"ít nhất {rule}", "bound_en": f"at least {rule}"}
            yield _Problem("schema/range" if error.validator == "minimum" else "schema/length", path, about)
        case _:
            about |= {"bound_vi": f"nhiều nhất {rule}", "bound_en": f"at most {rule}"}
            yield _Problem("schema/length", path, about)


def _repeated(items: Sequence[Any]) -> int | None:
    """The index of the first item that came before."""
    seen = set()
    for index, item in enumerate(items):
        # `true` is not 1, though Python calls them equal.
        name = json.dumps(item, sort_keys=True, default=str) if isinstance(item, dict | list) else item
        if (key := (isinstance(item, bool), name)) in seen:
            return index
        seen.add(key)
    return None


def _fits(_: object, pattern: str, text: object, __: object) -> "Iterator[ValidationError]":
    """The library takes the `$` of a pattern for the place before a last line end as well."""
    from jsonschema.exceptions import ValidationError

    if isinstance(text, str) and not fits(text, pattern):
        yield ValidationError("")


def _all_unique(_: object, wanted: object, items: object, __: object) -> "Iterator[ValidationError]":
    """The library compares each item with each other one where it cannot sort them."""
    from jsonschema.exceptions import ValidationError

    if wanted and isinstance(items, list) and _repeated(items) is not None:
        yield ValidationError("")


def _about(path: tuple[str | int, ...], value: object, schema: Mapping[str, Any]) -> dict[str, str | None]:
    """What most diagnostics tell: the nearest key above the place, the value there, what is expected of it."""
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    return {"name": name, "value": HIDDEN if path[:1] in PERSONAL_PATHS else written(value), **_expected(schema)}


def _expected(schema: Mapping[str, Any]) -> dict[str, str | None]:
    vi, _, en = schema.get("description", "").partition(" / ")
    return {"expected_vi": vi, "expected_en": en}


def _missing(path: tuple[str | int, ...], key: str, schema: Mapping[str, Any]) -> _Problem:
    about = _expected(schema.get("properties", {}).get(key, schema))
    return _Problem("schema/missing-key", path, {"key": key, **about})


def _wrong_type(
    path: tuple[str | int, ...], value: object, types: Sequence[str], schema: Mapping[str, Any]
) -> _Problem:
    vi = _listed([TYPES[name]["vi"] for name in types], "hoặc")
    en = _listed([TYPES[name]["en"] for name in types], "or")
    # A key whose value was forgotten reads as null.
    code = "schema/blank" if value is None else "schema/type"
    about = {**_about(path, value, schema), "type_vi": vi, "type_en": en}
    if path[:1] in PERSONAL_PATHS:
        return _Problem(code, path, about)
    if isinstance(value, str) and "array" in types and "string" not in types:
        about["suggestion"] = f"[{value}]"
    elif isinstance(value, str) and "fact" in schema.get("properties", ()):
        about["suggestion"] = meant_condition(value)
    return _Problem(code, path, about)


def _listed(words: Sequence[str], last: str) -> str:
    *first, end = words
    return f"{', '.join(first)} {last} {end}" if first else end


def _wrong_kind(data: Mapping[str, Any]) -> _Problem:
    known = ", ".join(KINDS)
    if "kind" not in data:
        expected = {"expected_vi": f"Loại tệp: {known}", "expected_en": f"The kind of file: {known}"}
        return _Problem("schema/missing-key", (), {"key": "kind", **expected})
    kind = data["kind"]
    suggestion = closest(kind, KINDS) if isinstance(kind, str) else None
    about = {"kind": written(kind), "known": known, "suggestion": suggestion}
    return _Problem("schema/kind-unknown", ("kind",), about)


@cache
def _sections() -> tuple[tuple[str, str, frozenset[str], frozenset[str]], ...]:
    """Every place in a policy file that holds a list of items, and every whole file (its section is ""): the kind of
    file, the section, the keys that an item needs and those that it may have."""
    schemas = {name: _load(name) for name in (*KINDS, "common")}
    found: list[tuple[str, str, frozenset[str], frozenset[str]]] = []

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
        found.append((kind, section, frozenset(schema.get("required", ())), frozenset(properties)))
        for name, below in properties.items():
            listed, place = resolved(below, home)
            if listed.get("type") == "array":
                item, place = resolved(listed.get("items", {}), place)
                if {"id", "grade"} & set(item.get("properties", ())) and name not in ("kinds", "options", section):
                    walk(kind, name, item, place)

    for kind in (one for one in KINDS if one not in ("facts", "tests", "source_text")):
        walk(kind, "", schemas[kind], kind)
    return tuple(found)


def _at(data: Any, path: Sequence[str | int]) -> Any:
    for part in path:
        data = data[part]
    return data


def _in_the_wrong_section(found: Sequence[_Problem], document: Document, kind: str) -> list[_Problem]:
    """One problem for an item (or a file) that is whole and only stands in the wrong section (or says the wrong kind),
    instead of one for each of its keys."""
    kept = list(found)
    for path in dict.fromkeys(one.path[:-1] for one in found if one.code == "schema/unknown-key"):
        here = next((part for part in reversed(path) if isinstance(part, str)), "")
        keys = frozenset(_at(document.data, path))
        in_list = not path or isinstance(path[-1], int)
        fitting = [
            section or other
            for other, section, needed, known in _sections()
            if bool(section) == bool(path) and (section or other) != (here or kind) and needed <= keys <= known
        ]
        in_list = not path or isinstance(path[-1], int)
        fitting = [
            section or other
            for other, section, needed, known in _sections()
            if needed <= keys <= known and bool(section) == bool(path) and (section, other) != (here, kind)
            and (not section or other == kind or section == other or not path)
        ]  # fmt: skip
        if in_list and len(keys) > 3 and fitting:
            about: dict[str, str | None] = {"name": here or kind, "fitting": ", ".join(dict.fromkeys(fitting))}
            code = "schema/wrong-section" if path else "schema/wrong-kind"
            kept = [one for one in kept if one.path[: len(path)] != path]
            kept.append(_Problem(code, path or ("kind",), about))
    return kept


@cache
def _keys_inside() -> Mapping[str, frozenset[str]]:
    """For every key of a policy file the keys that may stand directly inside it, wherever the key occurs."""
    found: dict[str, set[str]] = {}
    every = {name: _load(name) for name in (*KINDS, "common")}

    def walk(schema: Any, home: str) -> None:
        for name, below in schema.get("properties", {}).items() if isinstance(schema, dict) else ():
            inside = below
            while "$ref" in inside:
                file, _, place = inside["$ref"].partition("#/$defs/")
                home_of = file.removesuffix(".schema.json") or home
                inside = every[home_of]["$defs"][place] if home_of in every else {}
            found.setdefault(name, set()).update(inside.get("properties", ()))
        for below in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
            walk(below, home)

    for home, schema in every.items():
        walk(schema, home)
    return {name: frozenset(keys) for name, keys in found.items()}


def _out_of_place(found: Sequence[_Problem], document: Document) -> list[_Problem]:
    """One problem for keys that stand one level too far in or out, instead of one for each end of the mistake."""
    kept = list(found)
    done: set[tuple[str | int, ...]] = set()
    for one in found:
        outer, key = one.path[:-1], one.path[-1] if one.path else ""
        if one.code != "schema/unknown-key" or one.arguments["suggestion"] or outer in done:
            continue
        beside = _at(document.data, outer)
        inward = next((name for name in beside if name != key and key in _keys_inside().get(name, ())), None)
        outward = next((part for part in reversed(outer) if isinstance(part, str)), None)
        if (
            outward is not None
            and not isinstance(outer[-1], int)
            and any({key, outward} <= known for _, _, _, known in _sections())
        ):
            other, words, where = outward, ("ngang hàng với", "level with"), outer[: outer.index(outward)]
        elif inward is not None:
            other, words, where = inward, ("bên trong", "inside"), (*outer, inward)
        else:
            continue
        # The lines that follow are mostly part of what went astray with it.
        done.add(outer)
        after = set(list(beside)[list(beside).index(key) :])
        echo = {"schema/missing-key", "schema/blank", "schema/no-operator", "schema/keys", "schema/type"}
        kept = [
            each
            for each in kept
            if not (each.path[:-1] == outer and each.code == "schema/unknown-key" and each.path[-1] in after)
            and not (each.path in (where, (*where, key)) and each.code in echo)
            and not (each.path == outer and each.code in ("schema/keys", "schema/no-operator"))
        ]
        about: dict[str, str | None] = {"key": str(key), "other": other, "where_vi": words[0], "where_en": words[1]}
        kept.append(_Problem("schema/misplaced", one.path, about, key=True))
    return kept


def _without_echoes(found: Sequence[_Problem]) -> list[_Problem]:
    """Drop what another problem explains: a key missing for its misspelling, a count of keys where one is wrong,
    what a value lacks besides its type."""
    found = _paired(found)
    amiss = ("schema/unknown-key", "schema/colon", "schema/comma", "yaml/no-colon", "yaml/wrong-sign")
    unknown = [one for one in found if one.code in amiss]
    meant = {(one.path[:-1], str(one.arguments["suggestion"]).partition(":")[0]) for one in unknown}
    meant |= {(one.path[:-1], str(one.arguments["key"]).partition(":")[0]) for one in unknown}
    wrong_keys = {one.path[:-1] for one in found if one.key}
    wrong_keys |= {one.path for one in found if one.code == "schema/missing-key"}
    wrong_types = {one.path: one for one in reversed(found) if one.code in ("schema/type", "schema/blank")}

    def is_echo(one: _Problem) -> bool:
        match one.code:
            case "schema/missing-key":
                return (one.path, one.arguments["key"]) in meant
            case "schema/keys" | "schema/no-operator":
                return one.path in wrong_keys
            case "schema/type" | "schema/blank" | "schema/value":
                return wrong_types.get(one.path, one) is not one
            case _:
                return False

    return [one for one in found if not is_echo(one)]


def _paired(found: Sequence[_Problem]) -> list[_Problem]:
    """Where one key of a mapping is unknown and one is missing, the one was meant for the other."""
    unknown = [one for one in found if one.code == "schema/unknown-key"]
    missing = [one for one in found if one.code == "schema/missing-key"]
    paired = {}
    for one in unknown:
        beside = [each for each in unknown if each.path[:-1] == one.path[:-1]]
        lacking = [each for each in missing if each.path == one.path[:-1]]
        if len(beside) != 1 or len(lacking) != 1 or one.arguments["suggestion"] is not None:
            continue
        if not opposed(str(one.arguments["key"]), str(lacking[0].arguments["key"])):
            paired[id(one)] = replace(one, arguments={**one.arguments, "suggestion": lacking[0].arguments["key"]})
    return [paired.get(id(one), one) for one in found]
