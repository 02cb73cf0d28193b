"""The page of regulations in the studio: each as a document, its tests, and two versions side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from engine.core.policy.regulation import Regulation
from engine.proof.reader import read_properties
from engine.serve.studio.case_store import NoSuchCase
from engine.serve.studio.computing import differences_of, proof_of, tests_of
from engine.serve.studio.regulation_views import STATUS_NAMES, RegulationPage
from engine.serve.studio.shell import PageRoute, Reading, Visit, render

PAGE = "regulations"
routes = APIRouter(route_class=PageRoute, include_in_schema=False)


@dataclass(frozen=True)
class Listed:
    """A regulation in the list. `sizes` are (what, how many)."""

    id: str
    label: str
    title: str
    about: Sequence[str]
    sizes: Sequence[tuple[str, int]]


@routes.get("/regulations")
def listing(here: Reading) -> HTMLResponse:
    """The regulations, the newest first."""
    return render(
        here, "regulations.html.jinja", PAGE, regulations=[_listed(here, regulation) for regulation in _newest(here)]
    )


@routes.get("/regulations/compare")
def compare(here: Reading, old: str = Query("", max_length=200), new: str = Query("", max_length=200)) -> HTMLResponse:
    """Two regulations side by side."""
    known = _newest(here)
    options = [(regulation.id, _label(here, regulation)) for regulation in known]
    ids = [name for name, _ in options]
    if old not in ids or new not in ids or old == new:
        wrong = old in ids and old == new
        old, new = (ids[1], ids[0]) if len(ids) > 1 else ("", "")
        return render(here, "compare.html.jinja", PAGE, options=options, old=old, new=new, compared=None, wrong=wrong)
    labels = dict(options)
    return render(
        here, "compare.html.jinja", PAGE, options=options, old=old, new=new, old_label=labels[old],
        new_label=labels[new], wrong=False, compared=differences_of(here, old, new),
    )  # fmt: skip


@routes.get("/regulations/{name}")
def regulation_page(here: Reading, name: str) -> HTMLResponse:
    """One regulation as a document."""
    regulation = here.library.regulations.get(name)
    if regulation is None:
        raise NoSuchCase(name)
    return render(
        here, "regulation.html.jinja", PAGE, document=RegulationPage(here.library, regulation, here.language),
        label=_label(here, regulation), name=name,
    )  # fmt: skip


@routes.get("/regulations/{name}/tests")
def tests(here: Reading, name: str) -> HTMLResponse:
    """The tests of a regulation, run."""
    regulation = here.library.regulations.get(name)
    if regulation is None:
        raise NoSuchCase(name)
    return render(
        here,
        "regulation_tests.html.jinja",
        PAGE,
        label=_label(here, regulation),
        name=name,
        results=tests_of(here, name),
    )


@routes.get("/regulations/{name}/properties")
def properties(here: Reading, name: str) -> HTMLResponse:
    """The properties of a regulation; what becomes of them is loaded by the page."""
    regulation = here.library.regulations.get(name)
    if regulation is None:
        raise NoSuchCase(name)
    items = read_properties(here.library, here.settings.policies).by_regulation[name]
    shown = [(item.label[here.language], STATUS_NAMES[item.source.status][here.language]) for item in items]
    return render(
        here, "regulation_properties.html.jinja", PAGE, label=_label(here, regulation), name=name, properties=shown
    )


@routes.get("/regulations/{name}/properties/proof")
def properties_proved(here: Reading, name: str) -> HTMLResponse:
    """What becomes of the properties of a regulation: a part of a page."""
    if name not in here.library.regulations:
        raise NoSuchCase(name)
    return render(here, "proof.html.jinja", PAGE, shown=replace(proof_of(here, name), title=""))


def _newest(here: Visit) -> list[Regulation]:
    return sorted(here.library.regulations.values(), key=lambda regulation: regulation.in_force_from, reverse=True)


def _label(here: Visit, regulation: Regulation) -> str:
    return here.words.text(here.words.documents.get(regulation.id, regulation.label))


def _listed(here: Visit, regulation: Regulation) -> Listed:
    page = RegulationPage(here.library, regulation, here.language)
    sizes = [
        ("rules_count", len(page.view.rules)), ("numbers_count", len(regulation.parameters)),
        ("readings_count", len(regulation.interpretations)),
    ]  # fmt: skip
    return Listed(
        regulation.id, _label(here, regulation), here.words.text(regulation.label), list(page.facts_of_title), sizes
    )
