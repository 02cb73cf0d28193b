"""The pages of cases in the studio: the list of cases, one case with its result, and its earlier states."""

import re
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from engine.base.diagnostics import Diagnostic, Problems
from engine.base.words import words
from engine.core.judge.case import Rejected
from engine.core.judge.record import Results
from engine.load.cases.blank import as_json
from engine.report.html.explain import MARK_NAMES
from engine.report.html.page import captions
from engine.serve.studio.case_store import CaseStore, Conflict, NoSuchCase, State, StoredCase, etag_of
from engine.serve.studio.case_views import case_page, names_of, rows, title_of
from engine.serve.studio.computing import explanation_of, results_of
from engine.serve.studio.entries import Edit, edits, entries, merged, plain_of, readable_data
from engine.serve.studio.remarks import remarks
from engine.serve.studio.shell import CONFLICT, Form, PageRoute, Reading, Recording, Visit, attachment, field, render

PAGE = "cases"
MARKS = words("regulation")
SEE_OTHER = 303
routes = APIRouter(route_class=PageRoute, include_in_schema=False)


def address_of(name: str, more: str = "") -> str:
    """The page of a case, or one below it."""
    return f"/cases/{quote(name, safe='')}{more}"


def to(address: str) -> RedirectResponse:
    """The answer to a form that was taken: the page to see next."""
    return RedirectResponse(address, SEE_OTHER)


def all_cases(store: CaseStore) -> tuple[list[StoredCase], list[Rejected]]:
    """The cases of the folder, and the files that cannot be read."""
    cases: list[StoredCase] = []
    unread: list[Rejected] = []
    for name in store.names():
        try:
            cases.append(store.read(name))
        except NoSuchCase:
            # It was removed meanwhile.
            continue
        except Problems as problems:
            unread.append(Rejected(name, None, problems.diagnostics))
    return cases, unread


def show_case(here: Visit, case: StoredCase, why_not: str | None = None, **values: Any) -> HTMLResponse:
    """A case with its result, or with what keeps it from being judged; `why_not`: a grade of which it is asked why the
    case does not have it."""
    data = readable_data(case.name, case.text)
    problems: tuple[Diagnostic, ...] = ()
    judged = None
    try:
        judged = case_page(explanation_of(here, case, why_not), here.words)
    except Problems as unfit:
        problems = unfit.diagnostics
    lines = entries(data, here.library, here.words)
    about: dict[str, Any] = {"state": None, "sample": False, "may_record": here.person.may("recorder"), **values}
    return render(
        here, "case.html.jinja", PAGE, case=case, title=title_of(case.name, data), judged=judged,
        problems=remarks(problems, here.language), lines=lines, address=address_of(case.name), mark_names=MARK_NAMES,
        caption=captions(here.language, MARKS), why_not=why_not, **about,
    )  # fmt: skip


def show_conflict(here: Visit, name: str, mine: str, seen: str, conflict: Conflict) -> HTMLResponse:
    """Somebody saved the case meanwhile. `mine` is the text that was not saved, `seen` the etag it was made from.

    The text is kept in the page, and can be saved in the place of what is there now."""
    current, store = conflict.current, here.store
    states = store.states(name)
    last = states[0] if states else None
    base = next((state.text for state in states if state.etag == seen and state.text is not None), None)
    ours, theirs = readable_data(name, mine), readable_data(name, current.text) if current else {}
    started = readable_data(name, base) if base is not None else ours
    return render(
        here, "conflict.html.jinja", PAGE, status=CONFLICT, name=name, mine=mine, last=last,
        etag=current.etag if current else "", seen=seen, removed=current is None, address=address_of(name),
        their_edits=edits(started, theirs, here.library, here.words) if current else [],
        our_edits=edits(started, ours, here.library, here.words),
    )  # fmt: skip


@routes.get("/cases")
def listing(here: Reading) -> HTMLResponse:
    """The cases of the folder with their grades."""
    store = here.store
    cases, unread = all_cases(store)
    names = names_of((case.name, readable_data(case.name, case.text)) for case in cases)
    results = results_of(here, cases) if cases else Results((), (), (), ())
    shown = rows(results, unread, names, here.words)
    return render(
        here, "cases.html.jinja", PAGE, cases=shown, others=store.others(), removed=store.removed(),
        address_of=address_of, outcomes=list(dict.fromkeys(row.outcome for row in shown if row.outcome)),
        kinds=list(dict.fromkeys(row.kind for row in shown if row.kind)), may_record=here.person.may("recorder"),
    )  # fmt: skip


@routes.get("/cases/{name}")
def stored_case(here: Reading, name: str, why_not: str | None = None) -> HTMLResponse:
    """One case with its result."""
    return show_case(here, here.store.read(name), why_not)


@routes.get("/cases/{name}/file")
def file(here: Reading, name: str) -> Response:
    """The case file itself, for those who ask for it."""
    case = here.store.read(name)
    return attachment(case.text.encode(), "application/json", f"{case.name}.json", ETag=f'"{case.etag}"')


@routes.get("/cases/{name}/history")
def history(here: Reading, name: str) -> HTMLResponse:
    """The states that a case had, the latest first, each with what it changed."""
    store = here.store
    states = store.states(name)
    if not states and name not in store.names():
        raise NoSuchCase(name)
    current = store.read(name) if name in store.names() else None
    return render(
        here, "history.html.jinja", PAGE, name=name, title=_called(name, states, current), current=current,
        states=_with_edits(here, name, states), address=address_of(name), may_record=here.person.may("recorder"),
    )  # fmt: skip


@routes.get("/cases/{name}/history/{number}")
def earlier(here: Reading, name: str, number: int) -> HTMLResponse:
    """One earlier state as a case with its result."""
    state = here.store.state(name, number)
    if state.text is None:
        raise NoSuchCase(name)
    return show_case(here, StoredCase(name, state.text, etag_of(state.text)), state=state)


@routes.post("/cases/{name}/restore")
def restore(here: Recording, name: str, form: Form) -> Response:
    """Bring an earlier state back, as a new state."""
    number = field(form, "number")
    state = here.store.state(name, int(number) if re.fullmatch("[0-9]{1,9}", number) else 0)
    if state.text is None:
        raise NoSuchCase(name)
    return _saved(here, name, state.text, field(form, "etag"))


@routes.post("/cases/{name}/save")
def save(here: Recording, name: str, form: Form) -> Response:
    """Save the text that a page of a conflict kept, in the place of what is there. Raises Problems if it is no JSON."""
    text = field(form, "text")
    plain_of(name, text)
    return _saved(here, name, text, field(form, "etag"))


@routes.post("/cases/{name}/merge")
def merge(here: Recording, name: str, form: Form) -> Response:
    """Add to what is there what the person changed, as a page of a conflict kept it."""
    seen, etag = field(form, "seen"), field(form, "etag")
    current = here.store.read(name)
    base = next((state.text for state in here.store.states(name) if state.etag == seen and state.text), "{}")
    mine = plain_of(name, field(form, "text"))
    both = merged(plain_of(name, base), mine, plain_of(name, current.text))
    return _saved(here, name, as_json(both) + "\n", etag)


@routes.post("/cases/{name}/remove")
def remove(here: Recording, name: str, form: Form) -> Response:
    """Remove a case from the folder; its states stay."""
    etag = field(form, "etag")
    here.log("remove_case", inputs=etag)
    try:
        here.store.remove(name, etag, here.signature)
    except Conflict as conflict:
        return show_conflict(here, name, conflict.current.text if conflict.current else "{}", etag, conflict)
    return to("/cases")


def _saved(here: Visit, name: str, text: str, etag: str) -> Response:
    try:
        here.save_case(name, text, etag or None)
    except Conflict as conflict:
        return show_conflict(here, name, text, etag, conflict)
    return to(address_of(name))


def _called(name: str, states: list[State], current: StoredCase | None) -> str:
    text = current.text if current else next((state.text for state in states if state.text), "")
    data = readable_data(name, text or "{}")
    return names_of(iter([(name, data)])).get(name, name)


def _with_edits(here: Visit, name: str, states: list[State]) -> list[tuple[State, list[Edit]]]:
    """Each state with the lines in which it differs from the one before it."""
    data = [readable_data(name, state.text) if state.text else {} for state in states]
    before = [*data[1:], {}]
    return [
        (state, edits(was, now, here.library, here.words) if state.text and was else [])
        for state, now, was in zip(states, data, before, strict=True)
    ]
