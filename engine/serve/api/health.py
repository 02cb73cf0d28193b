"""Whether the server lives and is ready, for those who watch over it."""

from typing import Any

from fastapi import APIRouter, Request

from engine.base.version import ENGINE_VERSION

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
