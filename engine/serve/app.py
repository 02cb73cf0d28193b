"""The application: routes, the guard before them, and what all of them share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from engine.base.version import ENGINE_VERSION
from engine.base.words import wording
from engine.serve import access, api, signing_in
from engine.serve.accounts import AccountBook
from engine.serve.attempts import Attempts
from engine.serve.audit import Audit
from engine.serve.guard import Guard
from engine.serve.language import language_of
from engine.serve.metrics import Counted, Metrics
from engine.serve.pages import page, wants_page
from engine.serve.policies import Policies
from engine.serve.problems import MEDIA_TYPE, Refusal, problem, text
from engine.serve.sessions import Sessions
from engine.serve.settings import Settings
from engine.serve.signing_in import to_sign_in
from engine.serve.studio.pages import add_studio
from engine.serve.studio.rule_saves import take_back_unfinished
from engine.serve.workers import Pool

TITLE = wording("serve", "title")


def create_app(settings: Settings) -> FastAPI:
    """Wire everything together.

    Raises Problems if the policies cannot be loaded, UnreadableAccounts, SharedName, and OSError if the log cannot be
    opened.

    `app.state` holds what is shared: `settings`, `policies`, `sessions`, `audit`, `metrics`, the `pool` of worker
    processes, and the `options` that the queries of addresses came to.
    """
    pool = Pool(settings)

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        pool.start()
        yield
        await pool.stop()
        app.state.audit.close()

    app = FastAPI(
        title=TITLE["en"], version=ENGINE_VERSION, lifespan=running, openapi_url="/api/v1/openapi.json", docs_url=None,
        redoc_url=None,
    )  # fmt: skip
    app.openapi = partial(_described, app)  # type: ignore[method-assign]
    app.state.pool = pool
    app.state.metrics = Metrics(pool)
    app.state.audit = Audit(settings.audit)
    app.state.settings = settings
    app.state.options = {}
    app.state.policies = Policies(settings.policies, take_back_unfinished)
    app.state.accounts = None if settings.users is None else AccountBook(settings.users)
    app.state.attempts = Attempts()
    app.state.sessions = Sessions(ending=settings.users is not None)
    # Routes are tried in order, and programs ask more often than people.
    for router in api.ROUTERS:
        app.include_router(router)
    add_studio(app)
    app.include_router(access.routes)
    app.include_router(signing_in.routes)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _unfit)
    app.add_exception_handler(HTTPException, _refused_by_starlette)
    app.add_middleware(Guard, settings=settings)
    app.add_middleware(Counted, metrics=app.state.metrics)
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the key that programs send. As a dependency of routes it would cost each request."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        key = {"type": "http", "scheme": "bearer", "description": "A key of `xeploai user key`, or the printed token"}
        document.setdefault("components", {})["securitySchemes"] = {"key": key}
        for path, methods in document["paths"].items():
            for operation in methods.values() if path not in api.OPEN else ():
                operation["security"] = [{"key": []}]
        app.openapi_schema = document
    return app.openapi_schema


def _answer(request: Request, refusal: Refusal) -> Response:
    """A page for a browser that opens one, and a problem for everything else."""
    language = language_of(request)
    if wants_page(request.headers, request.url.path):
        if refusal.code == "sign_in" and request.app.state.accounts is not None and request.method == "GET":
            return to_sign_in(request)
        shown = page(text(refusal, language), language, refusal.status)
        shown.headers.update(refusal.headers)
        return shown
    return Response(problem(refusal, language), refusal.status, refusal.headers, media_type=MEDIA_TYPE)


async def _refused(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return _answer(request, refusal)


async def _unfit(request: Request, error: Exception) -> Response:
    """Names what is wrong in a request without repeating what was sent."""
    assert isinstance(error, RequestValidationError)
    places = [".".join(map(str, fault["loc"])) for fault in error.errors()]
    return _answer(request, Refusal("bad_request", places=", ".join(places)))


async def _refused_by_starlette(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method"}.get(error.status_code, "bad_request")
    return _answer(request, Refusal(code, headers=error.headers, places=""))
