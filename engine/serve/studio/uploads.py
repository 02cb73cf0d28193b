"""Files from outside: the cases of workbooks, tables and case files are put into the folder, one file a case."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData, UploadFile

from engine.load.cases.blank import day_of_review
from engine.load.cases.kinds import kinds_of_cases
from engine.report.xlsx.blank import CaseWorkbook
from engine.serve.studio.case_store import Conflict, NameRefused, check_name
from engine.serve.studio.cases import address_of
from engine.serve.studio.computing import sent_cases
from engine.serve.studio.reading import CaseSent, Refused, Sent
from engine.serve.studio.shell import UNFIT, Form, PageRoute, Recording, Visit, attachment, render
from engine.serve.studio.starts import choices, compiled_for

PAGE = "upload"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 200
"""So many refused cases are shown one by one."""
routes = APIRouter(route_class=PageRoute, include_in_schema=False)


@dataclass
class Outcome:
    """What became of the cases of an upload, by their ids."""

    saved: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """Those whose file says something else, and was left as it is."""
    unnamed: list[str] = field(default_factory=list)
    """Those whose id cannot name a file."""


@routes.get("/upload")
def choose(here: Recording) -> HTMLResponse:
    """The form that sends files."""
    here.store.names()
    return render(here, "upload.html.jinja", PAGE, wrong="")


@routes.post("/upload")
def upload(here: Recording, form: Form) -> Response:
    """Put the cases of the files that were sent into the folder."""
    sent = _sent(form)
    if not sent:
        return render(here, "upload.html.jinja", PAGE, status=UNFIT, wrong="no_file")
    read = sent_cases(here, sent)
    outcome = _store(here, read.cases, bool(form.get("replace")))
    nothing = not (outcome.saved or outcome.replaced or outcome.same or outcome.kept)
    return render(
        here, "uploaded.html.jinja", PAGE, status=UNFIT if nothing else 200, nothing=nothing, outcome=outcome,
        warnings=read.warnings,
        refused=read.refused[:SHOWN], more_refused=max(len(read.refused) - SHOWN, 0), count=len(read.refused),
        files=_by_file(read.refused), address_of=address_of,
    )  # fmt: skip


@routes.get("/workbook")
def workbook(
    here: Recording, regulation: str = Query("", max_length=200), kind: str = Query("", max_length=200)
) -> Response:
    """A workbook to fill in, for one kind of subject; without a kind, the page to choose one."""
    chosen = here.library.regulations.get(regulation)
    if chosen is None or kind not in kinds_of_cases(chosen):
        return render(
            here, "kinds.html.jinja", "start", regulations=choices(here), target="/workbook", title="blank_workbook"
        )
    day = day_of_review(chosen, date.today())
    book = BytesIO()
    CaseWorkbook(
        here.library, chosen, compiled_for(here, chosen, kind, day), here.words, str(day.year), day
    ).write(book)  # fmt: skip
    return attachment(book.getvalue(), WORKBOOK, f"{here.words.text(chosen.kinds[kind].label)} {day.year}.xlsx")


def _sent(form: FormData) -> list[Sent]:
    files = [value for value in form.getlist("files") if isinstance(value, UploadFile) and value.filename]
    return [Sent(file.filename or "", file.file.read()) for file in files]


def _store(here: Visit, cases: Sequence[CaseSent], replace: bool) -> Outcome:
    outcome = Outcome()
    for case in cases:
        try:
            name = check_name(case.case_id.strip())
        except NameRefused:
            outcome.unnamed.append(case.case_id)
            continue
        outcomes = {"saved": outcome.saved, "replaced": outcome.replaced, "same": outcome.same, "kept": outcome.kept}
        outcomes[_store_case(here, name, case.text, replace)].append(name)
    return outcome


def _store_case(here: Visit, name: str, text: str, replace: bool) -> str:
    """Save one case, and say what became of it."""
    try:
        here.save_case(name, text, None)
    except Conflict as conflict:
        current = conflict.current
        if current is None or current.text == text:
            return "same"
        if not replace:
            return "kept"
        try:
            here.save_case(name, text, current.etag)
        except Conflict:
            return "kept"
        return "replaced"
    return "saved"


def _by_file(refused: Sequence[Refused]) -> list[str]:
    return list(dict.fromkeys(case.file for case in refused))


