"""Who may do what. A route says `Annotated[Person, Depends(require("editor"))]`; nothing else opens a door.

Without accounts the token in the printed address opens the door: `/enter?token=…` puts a cookie in its place. With
accounts a person signs in with a name and a password, and a program sends its key as a bearer token.
"""

import secrets
from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from engine.base.words import words
from engine.serve.accounts import AccountBook
from engine.serve.person import Person, Role
from engine.serve.problems import Refusal
from engine.serve.sessions import Sessions
from engine.serve.settings import Settings

ROLE_NAMES = words("serve", "roles")
OWNER = Person("owner", "editor")
"""The one person who uses a server without accounts."""
routes = APIRouter(include_in_schema=False)


def cookie_name(settings: Settings) -> str:
    """Browsers send cookies to every port of a host, so that two servers on one machine need two names."""
    return "__Host-xeploai" if settings.scheme == "https" else f"xeploai-{settings.port}"


def address(settings: Settings) -> str:
    """What a person opens in a browser, with the token if there is one."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    base = settings.address or f"{settings.scheme}://{host}:{settings.port}"
    return f"{base}/enter?{urlencode({'token': settings.token})}" if settings.token else f"{base}/"


def signed_in(request: Request) -> Person | None:
    """Who sends a request; None if nobody is signed in. Raises Refusal if a key is given and is not known."""
    state = request.app.state
    accounts: AccountBook | None = state.accounts
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        program = _with_token(state.settings, key) if accounts is None else accounts.with_key(key.strip())
        if program is None:
            raise Refusal("no_account", headers={"WWW-Authenticate": "Bearer"})
        return program
    secret = request.cookies.get(cookie_name(state.settings))
    sessions: Sessions = state.sessions
    person = sessions.person(secret) if secret else None
    if person is None or accounts is None:
        return person
    # Since they signed in they may have been removed, or been given another role or another password.
    now = accounts.person(person.name)
    return now if now is not None and now.proof == person.proof else None


def _with_token(settings: Settings, key: str) -> Person | None:
    fits = settings.token is not None and secrets.compare_digest(key.strip().encode(), settings.token.encode())
    return OWNER if fits else None


def require(role: Role) -> Callable[[Request], Coroutine[Any, Any, Person]]:
    """The dependency of a route for which one needs a role. Raises Refusal if nobody with it is signed in."""

    async def person(request: Request) -> Person:
        somebody = signed_in(request)
        if somebody is None:
            raise Refusal("sign_in", headers={"WWW-Authenticate": "Bearer"})
        if not somebody.may(role):
            raise Refusal("role", role=ROLE_NAMES[role])
        return somebody

    return person


def with_session(request: Request, person: Person, answer: Response) -> Response:
    """Begins a session, whose secret goes with the answer as a cookie that scripts and other sites cannot use."""
    settings: Settings = request.app.state.settings
    answer.set_cookie(
        cookie_name(settings), request.app.state.sessions.begin(person), path="/", httponly=True, samesite="strict",
        secure=settings.scheme == "https",
    )  # fmt: skip
    return answer


@routes.get("/enter")
def enter(request: Request, token: Annotated[str, Query(max_length=200)] = "") -> Response:
    """The address that the program printed: puts a cookie in the place of the token."""
    settings: Settings = request.app.state.settings
    if _with_token(settings, token) is None:
        raise Refusal("sign_in")
    request.app.state.audit.write("sign_in", OWNER.name)
    return with_session(request, OWNER, RedirectResponse("/", 303))


@routes.post("/sign-out")
def sign_out(request: Request) -> Response:
    """Ends the session."""
    name = cookie_name(request.app.state.settings)
    secret = request.cookies.get(name)
    if secret:
        request.app.state.sessions.end(secret)
    answer = RedirectResponse("/", 303)
    answer.delete_cookie(name, path="/", httponly=True, samesite="strict")
    return answer
