"""The JSON Schema of records, made from the types that they are written with."""

from typing import Any

import msgspec

from engine.report.records import form
from engine.report.records.writing import PLURALS

CHECK = {"type": "string", "pattern": "^[0-9a-f]{8}$"}
HASH = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def record_schema() -> dict[str, Any]:
    """A whole run as one document, or one line of a run."""
    kinds = {"catalogue": form.Header, **form.RECORDS}
    _, components = msgspec.json.schema_components(
        [*kinds.values(), form.Run, form.Catalogue], ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Kết quả của một lần chạy, định dạng 2 / The records of a run, format 2",
        "description": "Cả lần chạy là một tài liệu, hoặc mỗi dòng NDJSON là một bản ghi; nghĩa của từng mục: "
        "docs/records.md / A whole run as one document, or one record as a line of NDJSON; what the members mean: "
        "docs/records.md",
        "anyOf": [_document(), *(_line(kind, made.__name__) for kind, made in kinds.items())],
        "$defs": dict(sorted(components.items())),
    }


def _document() -> dict[str, Any]:
    checked = {"type": "object", "required": ["check"], "properties": {"check": CHECK}}
    lists = {
        plural: {"type": "array", "items": {"allOf": [_named(form.RECORDS[kind].__name__), checked]}}
        for kind, plural in PLURALS.items()
    }
    catalogues = {"type": "object", "propertyNames": HASH, "additionalProperties": _named("Catalogue")}
    properties = {"format": {"const": 2}, "catalogues": catalogues, **lists}
    return {"allOf": [_named("Run"), {"type": "object", "required": list(properties), "properties": properties}]}


def _line(kind: str, name: str) -> dict[str, Any]:
    checked = {} if kind == "catalogue" else {"check": CHECK}
    properties = {"record": {"const": kind}, **checked}
    return {"allOf": [_named(name), {"type": "object", "required": list(properties), "properties": properties}]}


def _named(name: str) -> dict[str, str]:
    return {"$ref": f"#/$defs/{name}"}
