"""What programs ask over HTTP, under `/api/v1`: one module a topic."""

from engine.serve.api import evaluation, health, lines, page, proposals, regulations, study

ROUTERS = (
    evaluation.routes, lines.routes, study.routes, regulations.routes, proposals.routes, health.routes, page.routes,
)  # fmt: skip
"""Every route for programs."""
OPEN = ("/healthz", "/readyz")
"""The addresses for which one needs no key."""
