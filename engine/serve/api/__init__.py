"""What programs ask over HTTP: the routes of `/api/v1`, one module a topic."""

from fastapi import APIRouter

from engine.serve.api import health

routes = APIRouter(prefix="/api/v1")
"""Every route of the programs' door."""
ROUTERS = (routes, health.routes)
