"""The pages of what is printed: the forms of a case, its dossier, and the tables and forms of a whole group."""

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from engine.base.words import words
from engine.report.html.page import captions
from engine.serve.studio.case_store import NoSuchCase, StoredCase
from engine.serve.studio.case_views import title_of
from engine.serve.studio.cases import address_of, all_cases
from engine.serve.studio.computing import (
    archive_of_forms,
    dossier_shown,
    file_of_form,
    forms_for,
    office_file,
    results_of,
)
from engine.serve.studio.entries import readable_data
from engine.serve.studio.groups import TABLES, of_period
from engine.serve.studio.judging import Naming
from engine.serve.studio.remarks import remarks
from engine.serve.studio.shell import PageRoute, Reading, Visit, attachment, render

PAGE = "papers"
MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
}
routes = APIRouter(route_class=PageRoute, include_in_schema=False)


@routes.get("/cases/{name}/papers")
def papers(here: Reading, name: str, names: bool = False) -> HTMLResponse:
    """The forms that are right for a case, and which papers its dossier must hold. `names`: the files name people."""
    case = here.store.read(name)
    offered, problems = forms_for(here, case)
    data = readable_data(case.name, case.text)
    dossier = dossier_shown(here, case)
    address = address_of(case.name)
    return render(
        here, "papers.html.jinja", PAGE, title=title_of(case.name, data), address=address, forms=offered,
        problems=remarks(problems, here.language), dossier=dossier,
        lines=[line for chapter in dossier.chapters for entry in chapter.entries for line in entry.lines],
        names=names, more="?names=true" if names else "",
        other=f"{address}/papers{'' if names else '?names=true'}",
    )  # fmt: skip


@routes.get("/cases/{name}/papers/{form}.docx")
def form(here: Reading, name: str, form: str, names: bool = False) -> Response:
    """One form of a case; or, as `dossier`, the list of its papers."""
    case = here.store.read(name)
    if form == "dossier":
        content = office_file(here, [case], "dossier", "docx", _naming(names))
    else:
        if form not in {offered.id for offered in forms_for(here, case)[0]}:
            raise NoSuchCase(form)
        content = file_of_form(here, case, form, _naming(names))
    return _download(content, f"{case.name}-{form}", "docx")


@routes.get("/groups/papers/forms.zip")
def forms_of_all(here: Reading, period: str = Query("", max_length=200), names: bool = False) -> Response:
    """The right forms of all cases, or of one period."""
    content = archive_of_forms(here, _cases(here, period), _naming(names))
    return _download(content, _called(here, "forms", period), "zip")


@routes.get("/groups/papers/{table}.{ending}")
def table(
    here: Reading, table: str, ending: str, period: str = Query("", max_length=200), names: bool = False
) -> Response:
    """A table that goes up, or the list of dossiers, of all cases or of one period."""
    if ending not in TABLES.get(table, ()):
        raise NoSuchCase(table)
    content = office_file(here, _cases(here, period), table, ending, _naming(names))
    return _download(content, _called(here, table, period), ending)


def _naming(names: bool) -> Naming:
    return "names" if names else ""


def _cases(here: Visit, period: str) -> list[StoredCase]:
    """The cases of a period that can be judged; those of all periods if none is named. Raises NoSuchCase if there is
    none, so that no empty table is handed up."""
    cases, _ = all_cases(here.store)
    results = results_of(here, cases)
    judged = {decision.file for decision in results.decisions}
    found = of_period(cases, results, period) if period else [case for case in cases if case.name in judged]
    if not found:
        raise NoSuchCase(period)
    return found


def _called(here: Visit, table: str, period: str) -> str:
    name = captions(here.language, words("studio", PAGE))(f"file_{table}")
    return f"{name}{' ' if period else ''}{period}"


def _download(content: bytes, name: str, ending: str) -> Response:
    return attachment(content, MEDIA[ending], f"{name}.{ending}")
