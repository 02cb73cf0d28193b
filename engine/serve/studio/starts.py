"""A new case, and who its subject is: the forms before the questions."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from engine.base.diagnostics import Problems
from engine.core.judge.case import GIVERS
from engine.core.policy.live import chosen, in_force, regime
from engine.core.policy.regulation import Regulation
from engine.core.rules.compiler import Compiled, compile_rules, with_rulesets
from engine.load.cases.answers import Unreadable, cleaned, day_or_year
from engine.load.cases.blank import as_json, day_of_review, skeleton, subject_attributes
from engine.load.cases.kinds import kinds_of_cases
from engine.report.interview import Asker, asker
from engine.serve.studio.case_store import Conflict, NameRefused, check_name
from engine.serve.studio.cases import address_of, show_conflict, to
from engine.serve.studio.computing import interview_of
from engine.serve.studio.entries import COLUMNS, SUBJECT, plain_of
from engine.serve.studio.shell import UNFIT, Form, PageRoute, Recording, Visit, field, render, say_of
from engine.study.interview import parsed

PAGE = "start"
routes = APIRouter(route_class=PageRoute, include_in_schema=False)


@dataclass(frozen=True)
class Input:
    """A field of a form. `options` are (value, label) if one is chosen from a list."""

    name: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""


@routes.get("/new-case")
def new(
    here: Recording, regulation: str = Query("", max_length=200), kind: str = Query("", max_length=200)
) -> HTMLResponse:
    """Which regulation and kind of subject a new case is for; and if that is said, the form for it."""
    chosen_regulation = here.library.regulations.get(regulation)
    if chosen_regulation is None or kind not in kinds_of_cases(chosen_regulation):
        return render(here, "kinds.html.jinja", PAGE, regulations=choices(here), target="/new-case", title="new_case")
    return _form_of_new(here, chosen_regulation, kind)


@routes.post("/new-case")
def create(here: Recording, form: Form) -> Response:
    """Make the case, and go on to its questions."""
    regulation = here.library.regulations.get(field(form, "regulation"))
    kind = field(form, "kind")
    if regulation is None or kind not in kinds_of_cases(regulation):
        return to("/new-case")
    say = say_of(PAGE, here.language)
    try:
        name = check_name(field(form, "case_id").strip())
    except NameRefused:
        return _form_of_new(here, regulation, kind, form, {"case_id": say("bad_id")})
    try:
        day = date.fromisoformat(field(form, "as_of"))
    except ValueError:
        return _form_of_new(here, regulation, kind, form, {"as_of": say("bad_day")})
    if not in_force(regulation, day):
        return _form_of_new(here, regulation, kind, form, {"as_of": _days_in_force(here, regulation)})
    compiled = compiled_for(here, regulation, kind, day)
    data = skeleton(regulation, compiled, case_id=name, period=field(form, "period").strip(), as_of=day)
    try:
        data = _with_subject(data, form, here.language)
        parsed(here.library, data)
        here.save_case(name, as_json(data) + "\n", None)
    except Problems as problems:
        wrong = {"": "; ".join(problem.message(here.language) for problem in problems.diagnostics)}
        return _form_of_new(here, regulation, kind, form, wrong)
    except Conflict:
        return _form_of_new(here, regulation, kind, form, {"case_id": say("taken")})
    return to(address_of(name, "/interview"))


@routes.get("/cases/{name}/subject")
def subject(here: Recording, name: str) -> HTMLResponse:
    """Who the subject of a case is, and the grades that it was given."""
    return _form_of_subject(here, name)


@routes.post("/cases/{name}/subject")
def save_subject(here: Recording, name: str, form: Form) -> Response:
    """Save who the subject is."""
    case, seen = here.store.read(name), field(form, "etag")
    data = plain_of(name, case.text)
    base = next((state.text for state in here.store.states(name) if state.etag == seen and state.text), None)
    started = plain_of(name, base) if base is not None and seen != case.etag else data
    changed = _with_subject(started, form, here.language)
    try:
        parsed(here.library, changed)
    except Problems as problems:
        wrong = "; ".join(problem.message(here.language) for problem in problems.diagnostics)
        return _form_of_subject(here, name, form, wrong)
    text = as_json(changed) + "\n"
    try:
        if changed != data:
            here.save_case(name, text, seen)
    except Conflict as conflict:
        return show_conflict(here, name, text, seen, conflict)
    return to(address_of(name))


def choices(here: Visit) -> list[dict[str, Any]]:
    """The regulations, the newest first, each with the kinds of subject that it grades."""
    newest = sorted(here.library.regulations.values(), key=lambda regulation: regulation.in_force_from, reverse=True)
    return [
        {
            "id": regulation.id,
            "label": here.words.text(here.words.documents.get(regulation.id, regulation.label)),
            "days": _days_in_force(here, regulation),
            "kinds": [(name, here.words.text(label)) for name, label in kinds_of_cases(regulation).items()],
        }
        for regulation in newest
    ]


def _days_in_force(here: Visit, regulation: Regulation) -> str:
    words = asker(here.library, regulation, here.language)
    return words.in_force(regulation.in_force_from, regulation.in_force_until)


def compiled_for(here: Visit, regulation: Regulation, kind: str, day: date) -> Compiled:
    """The rules for a kind of subject on a day."""
    return with_rulesets(
        compile_rules(regulation, here.library.vocabulary, kind, regime(regulation, day), chosen(regulation, {}))
    )


def _form_of_new(
    here: Visit, regulation: Regulation, kind: str, form: FormData | None = None, wrong: dict[str, str] | None = None
) -> HTMLResponse:
    day = day_of_review(regulation, date.today())
    compiled = compiled_for(here, regulation, kind, day)
    words = asker(here.library, regulation, here.language, plain=True)
    typed = {key: field(form, key) for key in ("case_id", "period", "as_of")} if form is not None else {}
    values = {"case_id": _free_id(here, day.year), "period": str(day.year), "as_of": day.isoformat(), **typed}
    return render(
        here, "new_case.html.jinja", PAGE, status=UNFIT if wrong else 200, regulation=regulation.id, kind=kind,
        label=words.words.text(regulation.kinds[kind].label), days=_days_in_force(here, regulation),
        regulation_label=here.words.text(here.words.documents.get(regulation.id, regulation.label)),
        values=values, wrong=wrong or {},
        inputs=_inputs(words, regulation, subject_attributes(regulation, compiled), _stated(form)),
        grades=[_grade_input("self", words, regulation, _stated(form))],
    )  # fmt: skip


def _form_of_subject(here: Visit, name: str, form: FormData | None = None, wrong: str = "") -> HTMLResponse:
    case = here.store.read(name)
    data = plain_of(name, case.text)
    asking = interview_of(here, name, data)
    words, regulation = asker(here.library, asking.regulation, here.language, plain=True), asking.regulation
    subject_data, grades = data.get("subject") or {}, data.get("grades") or {}
    stated = {**{key: _as_text(value) for key, value in subject_data.items()},
              **{f"grades.{key}": str(value or "") for key, value in grades.items()}}  # fmt: skip
    values = _stated(form) if form is not None else stated
    return render(
        here, "subject.html.jinja", PAGE, status=UNFIT if wrong else 200, title=values.get("name") or case.name,
        etag=field(form, "etag") if form is not None else case.etag, address=address_of(name), wrong=wrong,
        inputs=_inputs(words, regulation, subject_attributes(regulation, asking.judge.compiled), values),
        grades=[_grade_input(giver, words, regulation, values) for giver in GIVERS],
        decided_on=values.get("grades.decided_on", ""), decided_label=COLUMNS["grades.decided_on"][here.language],
    )  # fmt: skip


def _stated(form: FormData | None) -> dict[str, str]:
    return {key: value for key, value in form.items() if isinstance(value, str)} if form is not None else {}


def _inputs(words: Asker, regulation: Regulation, keys: tuple[str, ...], values: dict[str, str]) -> list[Input]:
    ordered = sorted(keys, key=lambda key: SUBJECT.index(key) if key in SUBJECT else len(SUBJECT))
    relations = {relation.id for relation in regulation.relations}
    several = say_of(PAGE, words.words.language)("several")
    return [
        Input(key, words.about(key, regulation)[0], values.get(key, ""), hint=several if key in relations else "")
        for key in ordered
    ]


def _grade_input(giver: str, words: Asker, regulation: Regulation, values: dict[str, str]) -> Input:
    options = tuple((grade.id, words.words.text(grade.label)) for grade in regulation.grades)
    name = f"grades.{giver}"
    return Input(name, COLUMNS[name][words.words.language], values.get(name, ""), options)


def _as_text(value: object) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _with_subject(data: dict[str, Any], form: FormData, language: str) -> dict[str, Any]:
    """The data of a case, with what a form says of the subject and its grades; what it leaves empty is not known."""
    stated = {key: cleaned(value) for key, value in _stated(form).items()}
    changed: dict[str, Any] = {}
    for group in ("subject", "grades"):
        part = dict(data.get(group) or {})
        prefix = "" if group == "subject" else "grades."
        for key, value in stated.items():
            name = key.removeprefix(prefix)
            if key.startswith(prefix) and "." not in name and name in _keys(group, part, stated):
                part[name] = _value(group, name, value, part.get(name), language)
        changed[group] = part
    return {**data, **changed}


def _keys(group: str, part: dict[str, Any], stated: dict[str, str]) -> set[str]:
    if group == "grades":
        return {*GIVERS, "decided_on"}
    others = {"etag", "regulation", "kind", "case_id", "period", "as_of"}
    return {*part, *SUBJECT, *(key for key in stated if "." not in key)} - others


def _value(group: str, name: str, value: str, before: object, language: str) -> object:
    if name == "born" and value:
        with suppress(Unreadable):
            return day_or_year(value, language)
    if group == "subject" and name not in SUBJECT and (";" in value or isinstance(before, list)):
        return [part.strip() for part in value.split(";") if part.strip()] or None
    return value or None


def _free_id(here: Visit, year: int) -> str:
    """An id for a new case that no case has."""
    there = {*here.store.names(), *here.store.removed()}
    prefix = f"{say_of(PAGE, here.language)('id_prefix')}-{year}"
    free = (f"{prefix}-{number:03d}" for number in range(len(there) + 1, 2 * len(there) + 2))
    return next(name for name in free if name not in there)
