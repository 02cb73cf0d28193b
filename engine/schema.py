"""A document against the JSON Schema of its kind -> diagnostics in our own words.

The schemas lie in `schemas/`, one per kind of file, for editors as well as for the engine. What a schema's
`description` says ("Tiếng Việt / English") is what a diagnostic offers as help.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from engine.diagnostics import Diagnostic, closest, diagnostic
from engine.folders import data_folder
from engine.sources import Document
from engine.values import written

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

KINDS = (
    "facts", "regulation", "exemptions", "review_contents", "triggers", "grade_ladder", "quotas", "links",
    "parameters", "source_text", "tests", "overlay", "grade_additions",
)  # fmt: skip
"""What a policy file may say under `kind`. Case files have no `kind`; ask for the kind `case`."""

TYPES = {
    "object": ("các cặp khóa: giá trị", "keys with values"),
    "array": ("danh sách", "a list"),
    "string": ("chữ", "text"),
    "integer": ("số nguyên", "a whole number"),
    "number": ("số", "a number"),
    "boolean": ("true hoặc false", "true or false"),
    "null": ("null", "null"),
}


def schema_diagnostics(document: Document, kind: str) -> tuple[Diagnostic, ...]:
    """Every way in which one file differs from the schema of its kind (one of `KINDS`, or `case`), by line.
    Names are not looked up: a fact that no vocabulary holds is for the checker to find."""
    data = document.data
    if kind not in (*KINDS, "case"):
        found = [_wrong_kind(data)]
    else:
        errors = _validator(kind).iter_errors(data)
        found = _without_echoes([problem for error in errors for problem in _problems(error)])
    diagnostics = [diagnostic(one.code, document.location(one.path, key=one.key), **one.arguments) for one in found]
    return tuple(dict.fromkeys(sorted(diagnostics, key=lambda one: (one.location, one.code))))


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
    build: Any = validators.extend(Draft202012Validator, type_checker=types)  # type: ignore[no-untyped-call]
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
                suggestion = closest(one, free) if name not in known else None
                about = {"key": one, "known": ", ".join(known), "suggestion": suggestion}
                # A key without a value is mostly the rest of a text that a comma cut, or a colon without its blank.
                cut = instance[one] is None and suggestion is None
                code = "schema/unknown-key" if not cut else "schema/colon" if colon else "schema/comma"
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
            about["suggestion"] = _rewritten(instance, rule)
            yield _Problem("schema/pattern" if instance.strip() else "schema/blank", path, about, key)
        case "format":
            yield _Problem("schema/no-such-day", path, about)
        case "not":
            yield _Problem("schema/key-not-here", path, about, key=True)
        case "minProperties" | "maxProperties":
            about["keys"] = ", ".join(instance)
            yield _Problem("schema/keys", path, about)
        case "uniqueItems":
            index = next(index for index, one in enumerate(instance) if one in instance[:index])
            about["value"] = written(instance[index])
            yield _Problem("schema/duplicate", (*path, index), about)
        case "minimum" | "minItems":
            about |= {"bound_vi": f"ít nhất {rule}", "bound_en": f"at least {rule}"}
            yield _Problem("schema/range" if error.validator == "minimum" else "schema/length", path, about)
        case _:
            about |= {"bound_vi": f"nhiều nhất {rule}", "bound_en": f"at most {rule}"}
            yield _Problem("schema/length", path, about)


def _about(path: tuple[str | int, ...], value: object, schema: Mapping[str, Any]) -> dict[str, str | None]:
    """What most diagnostics tell: the nearest key above the place, the value there, what is expected of it."""
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    return {"name": name, "value": written(value), **_expected(schema)}


def _expected(schema: Mapping[str, Any]) -> dict[str, str | None]:
    vi, _, en = schema.get("description", "").partition(" / ")
    return {"expected_vi": vi, "expected_en": en}


def _rewritten(text: str, pattern: str) -> str | None:
    """The same text as the pattern takes it: without the quotation marks of a word processor, a day as year-month-day,
    an id without accents, capitals and blanks. None where that does not help."""
    bare = text.strip(' \u00a0"“”„‘’')
    day = re.fullmatch(r"(\d{1,2})[/.-](0?[1-9]|1[0-2])[/.-](\d{4})", bare)
    letters = unicodedata.normalize("NFD", bare.lower().replace("đ", "d"))
    plain = re.sub(r"[\s-]+", "_", "".join(one for one in letters if not unicodedata.combining(one)))
    options = [f"{day[3]}-{int(day[2]):02}-{int(day[1]):02}"] if day else [bare, plain]
    return next((one for one in options if re.search(pattern, one)), None)


def _missing(path: tuple[str | int, ...], key: str, schema: Mapping[str, Any]) -> _Problem:
    about = _expected(schema.get("properties", {}).get(key, schema))
    return _Problem("schema/missing-key", path, {"key": key, **about})


def _wrong_type(
    path: tuple[str | int, ...], value: object, types: Sequence[str], schema: Mapping[str, Any]
) -> _Problem:
    vi = " hoặc ".join(TYPES[one][0] for one in types)
    en = " or ".join(TYPES[one][1] for one in types)
    # A key whose value was forgotten reads as null.
    code = "schema/blank" if value is None else "schema/type"
    return _Problem(code, path, {**_about(path, value, schema), "type_vi": vi, "type_en": en})


def _wrong_kind(data: Mapping[str, Any]) -> _Problem:
    known = ", ".join(KINDS)
    if "kind" not in data:
        expected = {"expected_vi": f"Loại tệp: {known}", "expected_en": f"The kind of file: {known}"}
        return _Problem("schema/missing-key", (), {"key": "kind", **expected})
    kind = data["kind"]
    suggestion = closest(kind, KINDS) if isinstance(kind, str) else None
    about = {"kind": written(kind), "known": known, "suggestion": suggestion}
    return _Problem("schema/kind-unknown", ("kind",), about)


def _without_echoes(found: Sequence[_Problem]) -> list[_Problem]:
    """Drop what another problem explains: a key missing for its misspelling, a count of keys where one is wrong,
    what a value lacks besides its type."""
    unknown = [one for one in found if one.code in ("schema/unknown-key", "schema/colon", "schema/comma")]
    meant = {(one.path[:-1], one.arguments["suggestion"]) for one in unknown}
    meant |= {(one.path[:-1], str(one.arguments["key"]).partition(":")[0]) for one in unknown}
    wrong_keys = {one.path[:-1] for one in found if one.key}
    wrong_keys |= {one.path for one in found if one.code == "schema/missing-key"}
    wrong_types = {one.path: one for one in reversed(found) if one.code in ("schema/type", "schema/blank")}

    def is_echo(one: _Problem) -> bool:
        match one.code:
            case "schema/missing-key":
                return (one.path, one.arguments["key"]) in meant
            case "schema/keys":
                return one.path in wrong_keys
            case "schema/type" | "schema/blank" | "schema/value":
                return wrong_types.get(one.path, one) is not one
            case _:
                return False

    return [one for one in found if not is_echo(one)]
