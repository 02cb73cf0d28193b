"""The page on which a person signs in, for servers with accounts."""

import asyncio
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from engine.serve.access import with_session
from engine.serve.language import language_of
from engine.serve.pages import sign_in_page
from engine.serve.problems import Refusal, text

routes = APIRouter(include_in_schema=False)
AT_ONCE = 2
"""So many passwords are compared at once: each takes 64 MB."""
MOST_WAITING = 50
START = "/"
_turn = asyncio.Semaphore(AT_ONCE)


def local(address: str) -> str:
    """Where to go after signing in: an address of this server, or its start page."""
    fits = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if fits else START


def to_sign_in(request: Request) -> Response:
    """Where a browser goes that opens a page before anybody is signed in."""
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in?{urlencode({'next': address})}", 303)


@routes.get("/sign-in")
async def form(request: Request, next: Annotated[str, Query(max_length=500)] = START) -> Response:
    """The form. On a server without accounts there is none."""
    if request.app.state.accounts is None:
        raise Refusal("sign_in")
    return sign_in_page(language_of(request), local(next))


@routes.post("/sign-in")
async def sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=100)],
    password: Annotated[str, Form(max_length=1000)],
    next: Annotated[str, Form(max_length=500)] = START,
) -> Response:
    """Begins a session if name and password match; after failures not at once."""
    state = request.app.state
    if state.accounts is None:
        raise Refusal("sign_in")
    address = request.client.host if request.client is not None else ""
    seconds = state.attempts.wait(address, name)
    waiting = getattr(_turn, "_waiters", None) or ()
    if seconds > 0 or len(waiting) > MOST_WAITING:
        state.metrics.sign_ins.labels("slowed").inc()
        return _again(request, Refusal("too_many_attempts", seconds=int(seconds) + 1), next, int(seconds) + 1)
    async with _turn:
        person = await run_in_threadpool(state.accounts.signing_in, name, password)
    if person is None:
        state.attempts.failed(address, name)
        state.metrics.sign_ins.labels("failed").inc()
        state.audit.write("sign_in_failed", name if state.accounts.person(name) else "", address=address)
        return _again(request, Refusal("wrong_password"), next)
    state.attempts.succeeded(address, name)
    state.metrics.sign_ins.labels("done").inc()
    state.audit.write("sign_in", person.name, address=address)
    return with_session(request, person, RedirectResponse(local(next), 303))


def _again(request: Request, refusal: Refusal, next_page: str, seconds: int | None = None) -> Response:
    language = language_of(request)
    page = sign_in_page(language, local(next_page), text(refusal, language), refusal.status)
    if seconds is not None:
        page.headers["Retry-After"] = str(seconds)
    return page
