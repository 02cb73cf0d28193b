"""All pages of the studio, as they are put into the application."""

from fastapi import FastAPI

from engine.serve.studio import (
    cases,
    groups,
    home,
    interviews,
    papers,
    regulations,
    rule_draft_pages,
    rule_editor,
    rules,
    starts,
    uploads,
)
from engine.serve.studio.computing import Kept
from engine.serve.studio.shell import static_files

ROUTERS = (
    home.routes,
    cases.routes,
    starts.routes,
    interviews.routes,
    uploads.routes,
    groups.routes,
    papers.routes,
    regulations.routes,
    rules.routes,
    rule_draft_pages.routes,
    rule_editor.routes,
)


def add_studio(app: FastAPI) -> None:
    """Add the pages, and the files that they need. `app.state.kept` then holds the last answers of workers."""
    app.state.kept = Kept()
    app.mount("/static", static_files)
    for router in ROUTERS:
        app.include_router(router)
