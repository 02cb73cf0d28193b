"""Whether data is valid by a schema: yes or no, by functions made from the schema once.

This takes a tenth of the time of jsonschema, which is asked what is wrong only if the answer is no. A keyword that is
not known here is a mistake of ours; a type of value that is not known makes the data not valid.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from engine.load.policies.schema_problems import first_repeated
from engine.load.policies.spelling import fits

Check = Callable[[Any], bool]
Schema = Mapping[str, Any]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,), "null": (type(None),),
    "integer": (int,), "number": (int, Decimal),
}  # fmt: skip
_ALL_TYPES = (dict, list, str, bool, int, Decimal, type(None))
_ASKING_NOTHING = {"$schema", "$defs", "title", "description", "then", "else"}
"""Keywords that ask nothing by themselves; `then` and `else` are asked with `if`."""


def validity(schema: Schema, shared: Mapping[str, Schema]) -> Check:
    """A schema, and by file name those that it refers to -> whether a value is valid."""
    return _Compiler(shared).check(schema, schema)


def written_as_day(text: str) -> bool:
    """Is a text no day by its form (which a pattern is to refuse), or a day that there is? Raises ValueError if not."""
    return not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) or bool(date.fromisoformat(text))


class _Compiler:
    def __init__(self, shared: Mapping[str, Schema]) -> None:
        self._shared = shared
        self._made: dict[tuple[int, str], Check] = {}

    def check(self, schema: Schema | bool, root: Schema) -> Check:
        """`root`: the whole schema of the file in which a schema stands."""
        if isinstance(schema, bool):
            return lambda _: schema
        checks: dict[type, list[Check]] = {of: [] for of in _ALL_TYPES}
        for keyword in schema:
            for of, check in self._of_keyword(keyword, schema, root):
                checks[of].append(check)

        def is_valid(value: Any) -> bool:
            for check in checks.get(type(value), _REFUSED):  # noqa: SIM110 - `all` takes twice the time
                if not check(value):
                    return False
            return True

        return is_valid

    def _of_keyword(self, keyword: str, schema: Schema, root: Schema) -> Iterator[tuple[type, Check]]:
        """What a keyword asks of values, by their type."""
        rule = schema[keyword]
        if keyword in _ASKING_NOTHING:
            return
        if keyword == "type":
            allowed = {of for name in ([rule] if isinstance(rule, str) else rule) for of in _TYPES[name]}
            yield from ((of, _refuse) for of in _ALL_TYPES if of not in allowed)
        elif keyword in _OF_TYPE:
            types, make = _OF_TYPE[keyword]
            yield from ((of, make(rule)) for of in types)
        elif keyword in ("properties", "additionalProperties"):
            if keyword == "additionalProperties" or "additionalProperties" not in schema:
                yield dict, self._properties(schema, root)
        elif keyword == "propertyNames":
            name = self.check(rule, root)
            yield dict, lambda value: all(map(name, value))
        elif keyword == "items":
            item, start = self.check(rule, root), len(schema.get("prefixItems", ()))
            yield list, lambda value: all(map(item, value[start:] if start else value))
        elif keyword == "prefixItems":
            first = [self.check(part, root) for part in rule]
            yield list, lambda value: all(check(item) for check, item in zip(first, value, strict=False))
        else:
            joined = self._joined(keyword, schema, root)
            yield from ((of, joined) for of in _ALL_TYPES)

    def _joined(self, keyword: str, schema: Schema, root: Schema) -> Check:
        """What a keyword asks of a value of any type by other schemas."""
        rule = schema[keyword]
        match keyword:
            case "$ref":
                return self._referred(rule, root)
            case "allOf":
                parts = [self.check(part, root) for part in rule]
                return lambda value: all(check(value) for check in parts)
            case "anyOf":
                parts = [self.check(part, root) for part in rule]
                return lambda value: any(check(value) for check in parts)
            case "not":
                refused = self.check(rule, root)
                return lambda value: not refused(value)
            case "if":
                condition = self.check(rule, root)
                then, other = (self.check(schema.get(branch, True), root) for branch in ("then", "else"))
                return lambda value: (then if condition(value) else other)(value)
            case _:
                raise NotImplementedError(keyword)

    def _referred(self, reference: str, root: Schema) -> Check:
        """A definition of this file or another, which may refer to itself."""
        file, _, name = reference.partition("#/$defs/")
        home = self._shared[file] if file else root
        key = id(home), name
        if key not in self._made:
            self._made[key] = lambda value: self._made[key](value)
            self._made[key] = self.check(home["$defs"][name], home)
        return self._made[key]

    def _properties(self, schema: Schema, root: Schema) -> Check:
        known = {name: self.check(below, root) for name, below in schema.get("properties", {}).items()}
        other = self.check(schema.get("additionalProperties", True), root)

        def are_valid(value: dict[str, Any]) -> bool:
            for name, below in value.items():  # noqa: SIM110 - `all` takes twice the time
                if not known.get(name, other)(below):
                    return False
            return True

        return are_valid


def _refuse(_: object) -> bool:
    return False


_REFUSED = (_refuse,)


def _same(value: object, other: object) -> bool:
    """Are two plain values the same? `true` is not 1, though Python calls them equal."""
    return value == other and isinstance(value, bool) is isinstance(other, bool)


def _is_day(text: str) -> bool:
    try:
        return written_as_day(text)
    except ValueError:
        return False


_OF_TYPE: Mapping[str, tuple[tuple[type, ...], Callable[[Any], Check]]] = {
    "required": ((dict,), lambda names: lambda value: all(name in value for name in names)),
    "dependentRequired": (
        (dict,),
        lambda rule: (
            lambda value: all(name in value for given, needed in rule.items() if given in value for name in needed)
        ),
    ),
    "minProperties": ((dict,), lambda least: lambda value: len(value) >= least),
    "maxProperties": ((dict,), lambda most: lambda value: len(value) <= most),
    "minItems": ((list,), lambda least: lambda value: len(value) >= least),
    "maxItems": ((list,), lambda most: lambda value: len(value) <= most),
    "uniqueItems": ((list,), lambda wanted: lambda value: not wanted or first_repeated(value) is None),
    "maxLength": ((str,), lambda most: lambda value: len(value) <= most),
    "pattern": ((str,), lambda pattern: lambda value: fits(value, pattern)),
    "format": ((str,), lambda name: _is_day if name == "date" else lambda _: True),
    "minimum": ((int, Decimal), lambda least: lambda value: value >= least),
    "maximum": ((int, Decimal), lambda most: lambda value: value <= most),
    "enum": (_ALL_TYPES, lambda allowed: lambda value: any(_same(value, other) for other in allowed)),
    "const": (_ALL_TYPES, lambda only: lambda value: _same(value, only)),
}
"""What keywords ask of values of some types alone."""
