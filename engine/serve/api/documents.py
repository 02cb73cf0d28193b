"""What the OpenAPI document says of bodies that routes read themselves, and how answers name the policies."""

from typing import Any

import msgspec
from fastapi import Response

from engine.serve.policies import Served
from engine.serve.problems import MEDIA_TYPE

PREFIX = "/api/v1"
JSON, LINES = "application/json", "application/x-ndjson"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CASE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A case file. `GET /api/v1/regulations/{regulation}/case-schema` says what its facts may be.",
    "required": ["case_id", "period", "as_of", "subject", "facts"],
    "properties": {
        "case_id": {"type": "string", "minLength": 1},
        "regulation": {"type": "string"},
        "period": {"type": "string", "minLength": 1, "examples": ["2024"]},
        "as_of": {"type": "string", "format": "date"},
        "subject": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
        "facts": {"type": "object"},
        "evidence": {"type": "object"},
        "review": {"type": "object"},
        "grades": {"type": "object"},
    },
}
CASE = {JSON: {"schema": CASE_SCHEMA}}
CASES = {JSON: {"schema": {"type": "array", "items": CASE_SCHEMA}}}
CASE_LINES = {LINES: {"schema": {"type": "string", "description": "A case a line."}}}
TABLE = {
    kind: {"schema": {"type": "string", "format": "binary"}} for kind in (XLSX, "text/csv", "text/tab-separated-values")
}
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "diagnostics": {"type": "array", "items": {"type": "object", "required": ["code", "severity", "message"]}},
    },
}
PROBLEM = {"content": {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"description": "The request is wrong", **PROBLEM},
    401: {"description": "Nobody is signed in", **PROBLEM},
    403: {"description": "The role is too small, or another site asks", **PROBLEM},
    404: {"description": "There is no such thing", **PROBLEM},
    405: {"description": "The address does not take this method", **PROBLEM},
    408: {"description": "The body stopped coming", **PROBLEM},
    413: {"description": "Too large, or too many cases", **PROBLEM},
    415: {"description": "A body of another type", **PROBLEM},
    422: {"description": "What was sent has mistakes, which `diagnostics` names", **PROBLEM},
    500: {"description": "A defect of the program", **PROBLEM},
    503: {"description": "Too many requests wait; Retry-After says when to come again", **PROBLEM},
    504: {"description": "It took too long", **PROBLEM},
    507: {"description": "The server cannot write its temporary files", **PROBLEM},
}
DOCUMENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Records as `xeploai evaluate --format json` writes them, with the hash of the policies",
        "content": {JSON: {"schema": {"type": "object", "required": ["format", "policies", "cases"]}}},
    }
}
OBJECT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The answer", "content": {JSON: {"schema": {"type": "object"}}}}
}


def body_of(content: dict[str, Any]) -> dict[str, Any]:
    """The part of the OpenAPI document about a body that the route reads itself."""
    return {"requestBody": {"required": True, "content": content}}


def json_answer(body: bytes | Any, served: Served) -> Response:
    """An answer as JSON that says by which policies it was given."""
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Response(content, media_type=JSON, headers={"Policies-Version": served.hash})
