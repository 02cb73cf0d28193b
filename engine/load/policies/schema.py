"""A document against the JSON Schema of its kind -> diagnostics in our own words.

The schemas lie in `schemas/`, one per kind of file, for editors as well as for the engine. What a schema's
`description` says ("Vietnamese / English") is what a diagnostic offers as help.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from engine.base.diagnostics import Diagnostic, diagnostic
from engine.base.documents import Document
from engine.base.findings import MOST_PROBLEMS, Findings
from engine.base.json_places import Path_
from engine.core.judge.case import COHORT_ATTRIBUTES, SUBJECT_KEYS
from engine.core.judge.record import UNDETERMINED
from engine.core.policy.values import written
from engine.load.policies.schema_echoes import in_the_wrong_section, out_of_place, without_echoes
from engine.load.policies.schema_fast import Check, validity, written_as_day
from engine.load.policies.schema_files import KINDS, load_schema
from engine.load.policies.schema_problems import (
    PERSONAL_PATHS,
    SchemaProblem,
    about_value,
    first_repeated,
    in_both,
    missing_key,
    not_allowed,
    unknown_keys,
    wrong_kind,
    wrong_type,
)
from engine.load.policies.spelling import fits, meant_condition, rewritten

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator


def schema_diagnostics(document: Document, kind: str) -> tuple[Diagnostic, ...]:
    """Every way in which one file differs from the schema of its kind (one of `KINDS`, or `case`), by line.
    Names are not looked up: a fact that no vocabulary holds is for the checker to find."""
    data = document.data
    problems: list[SchemaProblem] = []
    findings = Findings()
    if kind not in (*KINDS, "case"):
        problems = [wrong_kind(data)]
    elif _validity(kind)(data):
        return ()
    else:
        for error in _validator(kind).iter_errors(data):
            shown = list(islice(_problems(error), MOST_PROBLEMS - len(problems)))
            problems += shown
            findings.count(max(0, _number(error) - len(shown)))
        problems = without_echoes(out_of_place(in_the_wrong_section(problems, document, kind), document))
    diagnostics = [
        diagnostic(problem.code, document.location(problem.path, key=problem.key), **problem.arguments)
        for problem in problems
    ]
    findings.add(*dict.fromkeys(sorted(diagnostics, key=lambda problem: (problem.location, problem.code))))
    return findings.all(document.location())


def _number(error: "ValidationError") -> int:
    """How many problems one error of the library stands for."""
    instance: Any = error.instance
    if error.validator != "additionalProperties":
        return 1
    known: Any = error.schema
    return sum(key not in known["properties"] for key in instance)


def names_schema(names: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The content of `names.schema.json`: in each definition the project's own names, which an editor completes.
    A definition that `names` leaves out allows any text; five are put together from others."""
    fact, grade, relation = (list(names.get(key, ())) for key in ("fact", "grade", "relation"))
    known: dict[str, Sequence[str]] = {
        "grade_or_undetermined": grade and [*grade, UNDETERMINED],
        "grade_or_outcome": grade and [*grade, UNDETERMINED, "none"],
        "missing_fact": [*fact, *(f"evidence.{name}" for name in fact)],
        "cohort_key": fact and [f"subject.{key}" for key in (*COHORT_ATTRIBUTES, *relation)] + fact,
        "subject_key": relation and [*SUBJECT_KEYS, *relation],
        **names,
    }
    schema = load_schema("names")
    for name, definition in schema["$defs"].items():
        definition.pop("enum", None)
        if known.get(name):
            definition["enum"] = list(dict.fromkeys(known[name]))
    return schema


@cache
def _shared() -> dict[str, dict[str, Any]]:
    """The schemas that others refer to, by the names of their files."""
    return {
        "common.schema.json": load_schema("common"),
        "names.schema.json": names_schema({}),
        "grade_ladder.schema.json": load_schema("grade_ladder"),
    }


@cache
def _validity(kind: str) -> Check:
    return validity(load_schema(kind), _shared())


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
        return not isinstance(value, str) or written_as_day(value)

    types = Draft202012Validator.TYPE_CHECKER.redefine_many({"integer": is_whole, "number": is_number})
    formats = FormatChecker(formats=())
    formats.checks("date", raises=ValueError)(is_day)
    registry: Any = Registry().with_resources(
        [(name, DRAFT202012.create_resource(content)) for name, content in _shared().items()]
    )
    build: Any = validators.extend(  # type: ignore[no-untyped-call]
        Draft202012Validator, {"uniqueItems": _all_unique, "pattern": _fits}, type_checker=types
    )
    validator: Validator = build(load_schema(kind), registry=registry, format_checker=formats)
    return validator


def _problems(error: "ValidationError") -> Iterator[SchemaProblem]:
    """What one error of the library means; several problems if it lumps several keys together."""
    # The library's types allow for errors that were never filled in, which it does not hand out.
    schema: Any = error.schema
    instance: Any = error.instance
    rule: Any = error.validator_value
    path = tuple(error.absolute_path)
    if "propertyNames" in error.absolute_schema_path:
        path = (*path, instance)
    match error.validator:
        case "additionalProperties":
            yield from unknown_keys(path, instance, schema)
        case "required":
            yield from (missing_key(path, name, schema) for name in rule if name not in instance)
        case "dependentRequired":
            needed = dict.fromkeys(name for key, names in rule.items() if key in instance for name in names)
            yield from (missing_key(path, name, schema) for name in needed if name not in instance)
        case "type":
            yield wrong_type(path, instance, [rule] if isinstance(rule, str) else rule, schema)
        case "anyOf":
            yield from _of_none(error, path)
        case _:
            yield _wrong_value(error, path)


def _of_none(error: "ValidationError", path: Path_) -> Iterator[SchemaProblem]:
    """A value that fits none of several schemas. These are only ever a name, a day or null: a value of the right type
    is wrong for a reason of its own."""
    errors = error.context or ()
    inner = [other for other in errors if other.validator != "type"]
    for other in inner:
        yield from _problems(other)
    if not inner:
        schema: Any = error.schema
        yield wrong_type(path, error.instance, [str(other.validator_value) for other in errors], schema)


def _wrong_value(error: "ValidationError", path: Path_) -> SchemaProblem:
    """A value, or a mapping or list as a whole, that is of the right type and wrong."""
    schema: Any = error.schema
    instance: Any = error.instance
    rule: Any = error.validator_value
    about = about_value(path, instance, schema)
    match error.validator:
        case "enum" | "const":
            return not_allowed(path, instance, rule if error.validator == "enum" else [rule], about)
        case "pattern":
            about["suggestion"] = None if path[:1] in PERSONAL_PATHS else rewritten(instance, rule)
            is_key = "propertyNames" in error.absolute_schema_path
            return SchemaProblem("schema/pattern" if instance.strip() else "schema/blank", path, about, is_key)
        case "format":
            return SchemaProblem("schema/no-such-day", path, about)
        case "not":
            return SchemaProblem("schema/key-not-here", path, about, key=True)
        case "minProperties" if list(instance) == ["fact"]:
            about["suggestion"] = meant_condition(str(instance["fact"]))
            return SchemaProblem("schema/no-operator", path, about)
        case "minProperties" | "maxProperties":
            return SchemaProblem("schema/keys", path, about | {"keys": ", ".join(instance)})
        case "uniqueItems":
            index = first_repeated(instance) or 0
            return SchemaProblem("schema/duplicate", (*path, index), about | {"value": written(instance[index])})
        case "minimum" | "minItems":
            code = "schema/range" if error.validator == "minimum" else "schema/length"
            return SchemaProblem(code, path, about | in_both("bound", "at_least", bound=rule))
        case _:
            return SchemaProblem("schema/length", path, about | in_both("bound", "at_most", bound=rule))


def _fits(_: object, pattern: str, text: object, __: object) -> "Iterator[ValidationError]":
    """Replaces the library's check, for which the `$` of a pattern also fits before a last line end."""
    from jsonschema.exceptions import ValidationError

    if isinstance(text, str) and not fits(text, pattern):
        yield ValidationError("")


def _all_unique(_: object, wanted: object, items: object, __: object) -> "Iterator[ValidationError]":
    """Replaces the library's check, which compares every pair of items if it cannot sort them."""
    from jsonschema.exceptions import ValidationError

    if wanted and isinstance(items, list) and first_repeated(items) is not None:
        yield ValidationError("")
