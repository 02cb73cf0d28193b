"""A policy file as text: the page of the editor, and what it asks while a person types.

Mistakes and completions come from `engine/editor`, which the language server uses as well.
"""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Body
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import AfterValidator
from starlette.concurrency import run_in_threadpool

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.editor.completion import completions
from engine.editor.diagnostics import diagnostics_while_typing
from engine.editor.places import lines_of, word_at
from engine.editor.workspace import Workspace, open_workspace, with_text
from engine.serve.studio.case_store import NoSuchCase, etag_of
from engine.serve.studio.cases import to
from engine.serve.studio.computing import Kept
from engine.serve.studio.rule_drafts import policy_path, text_of
from engine.serve.studio.rule_drafts import with_text as with_draft_text
from engine.serve.studio.rules import changing, draft_of, folder_of, keep, show
from engine.serve.studio.shell import CONFLICT, Editing, Form, PageRoute, Reading, Visit

MOST_COMPLETIONS = 40


def _unicode(text: str) -> str:
    """JSON can hold halves of letters, which are no text. Raises ValueError."""
    text.encode()
    return text


Typed = Annotated[str, Body(), AfterValidator(_unicode)]
"""A text that a script sends."""
routes = APIRouter(route_class=PageRoute, include_in_schema=False)


@routes.get("/rules/file")
def file(here: Reading, name: str, line: int = 1) -> HTMLResponse:
    """The editor with a file, as the person's draft has it."""
    if not policy_path(folder_of(here), name).is_file():
        raise NoSuchCase(name)
    text = text_of(folder_of(here), draft_of(here), name)
    return _editor(here, name, text, etag_of(text), max(line, 1))


def _editor(here: Visit, name: str, text: str, seen: str, line: int = 1, *, status: int = 200) -> HTMLResponse:
    """The editor with a text. `seen`: the etag of what the draft holds as the person sees it."""
    return show(
        here, "rules_file.html.jinja", status, name=name, at_line=line, text=text, seen=seen,
        changed_meanwhile=status == CONFLICT,
    )  # fmt: skip


@routes.post("/rules/file")
def change_file(here: Editing, form: Form) -> Response:
    """Put the text into the draft, with whatever mistakes it has: saving is another step."""
    name, text = str(form.get("name") or ""), form.get("text")
    if not isinstance(text, str):
        raise Problems([diagnostic("file/missing", Location(name))])
    plain = text.replace("\r\n", "\n")
    with changing(here) as draft:
        there = etag_of(text_of(folder_of(here), draft, name))
        if form.get("seen") != there:
            # Another window has changed the draft. What was typed here stays, and may replace what is there now.
            return _editor(here, name, plain, there, status=CONFLICT)
        keep(here, with_draft_text(folder_of(here), draft, name, plain))
    return to("/rules/draft")


@routes.post("/rules/file/check")
async def check(
    here: Editing, name: Typed, text: Typed
) -> JSONResponse:
    """What is wrong in a text that a person is typing."""
    return JSONResponse(await run_in_threadpool(_problems, here, name, text))


def _problems(here: Visit, name: str, text: str) -> list[dict[str, Any]]:
    path = policy_path(folder_of(here), name)
    lines = lines_of(text)
    return [_shown(problem, lines, here.language) for problem in diagnostics_while_typing(
        with_text(_workspace(here), path, text), path)]  # fmt: skip


def _shown(problem: Diagnostic, lines: list[str], language: str) -> dict[str, Any]:
    span = word_at(lines, (problem.location.line, problem.location.column))
    return {
        "line": span.line, "start": span.start, "end": span.end, "severity": problem.severity,
        "message": problem.message(language), "remedy": problem.help(language) or "",
    }  # fmt: skip


@routes.post("/rules/file/complete")
async def complete(
    here: Editing,
    name: Typed,
    text: Typed,
    line: Annotated[int, Body(ge=1)],
    column: Annotated[int, Body(ge=1)],
) -> JSONResponse:
    """What may be typed at a place of a text."""
    return JSONResponse(await run_in_threadpool(_completions, here, name, text, (line, column)))


def _completions(here: Visit, name: str, text: str, place: tuple[int, int]) -> list[dict[str, Any]]:
    path = policy_path(folder_of(here), name)
    offers = completions(with_text(_workspace(here), path, text), path, place, here.language)
    return [
        {"text": offer.text, "about": offer.about, "start": offer.span.start, "end": offer.span.end}
        for offer in offers[:MOST_COMPLETIONS]
    ]


def _workspace(here: Visit) -> Workspace:
    """The policies with the person's draft over them, opened once for each state of both."""
    changes = draft_of(here).files
    kept: Kept = here.request.app.state.kept
    key = ("workspace", here.served.hash, *((name, changed.text) for name, changed in sorted(changes.items())))

    def opened() -> Workspace:
        workspace = open_workspace(folder_of(here))
        for name, changed in changes.items():
            workspace = with_text(workspace, folder_of(here) / Path(name), changed.text or "")
        return workspace

    return kept.answer(key, opened)
