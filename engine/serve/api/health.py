"""Whether the server lives and is ready, for those who watch over it."""

from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from engine.base.version import ENGINE_VERSION
from engine.serve.api.documents import PROBLEMS
from engine.serve.api.requests import Reader

routes = APIRouter(tags=["health"])


@routes.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@routes.get("/readyz")
async def readyz(request: Request) -> dict[str, Any]:
    """The process has policies to answer by. `current`: they are those of the folder as it is now."""
    served = await request.app.state.policies.current()
    current = not request.app.state.policies.problems
    return {"status": "ok", "version": ENGINE_VERSION, "policies": served.hash, "current": current}


@routes.get("/metrics", response_class=Response, responses=PROBLEMS)
async def metrics(request: Request, person: Reader) -> Response:
    """The counters in Prometheus' text format."""
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
