"""The OpenAPI document as a page. FastAPI's own page loads its scripts from elsewhere, which the policy of this server
forbids and an office without a network cannot."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from engine.base.words import words
from engine.serve.api.documents import PREFIX
from engine.serve.language import language_of
from engine.serve.pages import framed

routes = APIRouter(prefix=PREFIX, include_in_schema=False)
SAYS = words("serve", "api")


@routes.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """Every address for programs: what it does, what it takes, what it answers."""
    language = language_of(request)
    document: dict[str, Any] = request.app.openapi()
    intro = f'<p>{SAYS["intro"][language]} <a href="{PREFIX}/openapi.json">openapi.json</a></p>'
    return framed(intro + "".join(_addresses(document, language)), language)


def _addresses(document: Mapping[str, Any], language: str) -> Iterator[str]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"<h2>{method.upper()} {escape(path)}</h2>"
            yield "".join(f"<p>{escape(part)}</p>" for part in operation.get("description", "").split("\n\n"))
            yield _table(SAYS["parameters"][language], _parameters(operation))
            yield _table(SAYS["body"][language], _body(operation))
            answers = [(status, answer["description"]) for status, answer in operation["responses"].items()]
            yield _table(SAYS["answers"][language], answers)


def _parameters(operation: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(item["name"], item.get("description", "")) for item in operation.get("parameters", ())]


def _body(operation: Mapping[str, Any]) -> list[tuple[str, str]]:
    content = operation.get("requestBody", {}).get("content", {})
    return [(kind, described(media["schema"])) for kind, media in content.items()]


def described(schema: Mapping[str, Any]) -> str:
    """The form of a body in one line: its members, those that may be missing with a question mark."""
    if schema.get("type") == "array":
        return f"[{described(schema['items'])}, …]"
    needed = schema.get("required", ())
    members = [name if name in needed else f"{name}?" for name in schema.get("properties", {})]
    return f"{{{', '.join(members)}}}" if members else schema.get("description", schema.get("type", ""))


def _table(caption: str, rows: list[tuple[str, str]]) -> str:
    cells = "".join(
        f'<tr><th scope="row"><code>{escape(name)}</code></th><td>{escape(text)}</td></tr>' for name, text in rows
    )
    return f"<table><caption>{escape(caption)}</caption>{cells}</table>" if rows else ""
