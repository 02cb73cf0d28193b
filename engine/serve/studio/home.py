"""The first page of the studio: what one can do here, and samples that one click opens."""

from contextlib import suppress

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from engine.serve.studio.case_store import Conflict, NoSuchCase, StoredCase
from engine.serve.studio.case_views import names_of, rows
from engine.serve.studio.cases import address_of, show_case, to
from engine.serve.studio.computing import results_of
from engine.serve.studio.entries import readable_data
from engine.serve.studio.samples import sampled, samples
from engine.serve.studio.shell import PageRoute, Reading, Recording, Visit, render

PAGE = "home"
TASKS = ("cases", "interview", "groups", "regulations", "rules")
"""What one can do, each with a line of its own."""
routes = APIRouter(route_class=PageRoute, include_in_schema=False)


@routes.get("/")
def home(here: Reading) -> HTMLResponse:
    """What one can do here."""
    addresses = ("/cases", "/new-case", "/groups", "/regulations", "/rules")
    regulation = sampled(here)
    cases = samples(here, regulation.id) if regulation else []
    return render(
        here, "home.html.jinja", PAGE, tasks=list(zip(TASKS, addresses, strict=True)), regulation=regulation,
        sample=_address(regulation.id, cases[0]) if regulation and cases else "",
    )  # fmt: skip


@routes.get("/samples/{regulation}")
def sample_list(here: Reading, regulation: str) -> HTMLResponse:
    """All the sample cases of a regulation, with their grades."""
    cases = samples(here, regulation)
    if not cases:
        raise NoSuchCase(regulation)
    names = names_of((case.name, readable_data(case.name, case.text)) for case in cases)
    return render(
        here, "samples.html.jinja", PAGE, cases=rows(results_of(here, cases), [], names, here.words),
        label=here.words.text(here.library.regulations[regulation].label),
        address_of=lambda name: f"/samples/{regulation}/{name}",
    )  # fmt: skip


@routes.get("/samples/{regulation}/{name}")
def sample(here: Reading, regulation: str, name: str) -> HTMLResponse:
    """One sample case with its result."""
    return show_case(here, _sample(here, regulation, name), sample=True, regulation=regulation)


@routes.post("/samples/{regulation}/{name}")
def take(here: Recording, regulation: str, name: str) -> Response:
    """Put a copy of a sample case into the folder of cases, and open it."""
    case = _sample(here, regulation, name)
    with suppress(Conflict):
        # If an earlier copy is there, it is opened as it is.
        here.save_case(name, case.text, None)
    return to(address_of(name))


def _sample(here: Visit, regulation: str, name: str) -> StoredCase:
    case = next((case for case in samples(here, regulation) if case.name == name), None)
    if case is None:
        raise NoSuchCase(name)
    return case


def _address(regulation: str, case: StoredCase) -> str:
    return f"/samples/{regulation}/{case.name}"
