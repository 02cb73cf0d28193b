"""The page on which rules are changed: what of a regulation can be changed by forms, and the forms.

A form changes nothing that is saved: it changes the person's draft, which `rule_draft_pages` shows and saves.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from engine.base.words import words
from engine.core.policy.regulation import Interpretation, Parameter, Regulation
from engine.core.policy.rules import Rule
from engine.core.policy.terms import Fact
from engine.editor.edits import Edit, LabelChanged, ReadingChosen, edited, path_of
from engine.report.interview import Asker
from engine.serve.studio.case_store import NoSuchCase
from engine.serve.studio.cases import to
from engine.serve.studio.rule_drafts import Draft, DraftStore, text_of, with_text
from engine.serve.studio.rule_forms import STATUSES, Faults, dated_value, labels, new_rule
from engine.serve.studio.rule_views import (
    Place,
    file_of,
    files_of,
    numbers,
    operators,
    own_regulations,
    own_rules,
    places,
    reading_file,
    reading_points,
    rules_by_role,
)
from engine.serve.studio.shell import Editing, Form, PageRoute, Reading, Visit, render

PAGE, TEXTS, STATUS_NAMES = "rules", words("rules_page"), words("page")
OPERATORS = words("rules_page", "operators")
"""Operators whose words in sentences say nothing without the value."""
UNFIT = 422
routes = APIRouter(route_class=PageRoute, include_in_schema=False)


def folder_of(here: Visit) -> Path:
    """The policies folder."""
    return here.settings.policies


def drafts_of(here: Visit) -> DraftStore:
    """Where drafts are kept."""
    return DraftStore(folder_of(here))


def draft_of(here: Visit) -> Draft:
    """The draft of the person who asks."""
    return drafts_of(here).of(here.person.name)


@contextmanager
def changing(here: Visit) -> Iterator[Draft]:
    """The draft of the person who asks, which no other window of theirs changes until the context ends. Raises
    Unwritable."""
    with drafts_of(here).held():
        yield draft_of(here)


def keep(here: Visit, draft: Draft) -> None:
    """Keeps the draft of the person who asks. Raises Unwritable."""
    drafts_of(here).keep(here.person.name, draft)


def show(here: Visit, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page of this part of the studio."""
    count = len(draft_of(here).files)
    return render(
        here, template, PAGE, status=status, texts=TEXTS, draft_count=count, may_edit=here.person.may("editor"),
        not_served=bool(here.request.app.state.policies.problems), **values,
    )  # fmt: skip


def regulation_named(here: Visit, name: str) -> Regulation:
    """The regulation with this id in the policies folder. Raises NoSuchCase, which the page shows as not found."""
    own = own_regulations(here.library, folder_of(here))
    if name not in own:
        raise NoSuchCase(name)
    return own[name]


def apply(here: Visit, file: str, edit: Edit) -> Response:
    """Put an edit into the draft and show it. Raises Problems if it does not fit the file as it is now."""
    with changing(here) as draft:
        text = edited(file, text_of(folder_of(here), draft, file), edit)
        keep(here, with_text(folder_of(here), draft, file, text))
    return to("/rules/draft")


@routes.get("/rules")
def overview(here: Reading) -> HTMLResponse:
    """The regulations that can be changed."""
    own = own_regulations(here.library, folder_of(here))
    regulations = [(name, here.words.text(regulation.label)) for name, regulation in own.items()]
    return show(here, "rules.html.jinja", regulations=regulations)


@routes.get("/rules/of/{name}")
def regulation(here: Reading, name: str) -> HTMLResponse:
    """What can be changed in a regulation."""
    this, folder = regulation_named(here, name), folder_of(here)
    return show(
        here, "rules_of.html.jinja", regulation=this, title=here.words.text(this.label),
        numbers=numbers(this, here.words, folder), points=reading_points(this, here.words),
        roles=rules_by_role(this, here.words, folder), places=places(this, here.words, folder),
        files=files_of(folder, name), quote=quote,
    )  # fmt: skip


# --- a number from a day on ---------------------------------------------------------------------------------------


def _number_page(here: Visit, this: Regulation, parameter: Parameter, faults: Faults, given: Any) -> HTMLResponse:
    asker = Asker(here.words, {})
    takes = asker.fact_takes(Fact(parameter.id, parameter.type, parameter.label, unit=parameter.unit))
    [number] = [number for number in numbers(this, here.words, folder_of(here)) if number.id == parameter.id]
    return show(
        here, "rules_number.html.jinja", UNFIT if faults.by_field else 200, regulation=this, number=number, takes=takes,
        faults=faults.by_field, given=given, **_sources(here, this),
    )  # fmt: skip


def _parameter(here: Visit, name: str, parameter: str) -> tuple[Regulation, Parameter]:
    this = regulation_named(here, name)
    if parameter not in {number.id for number in numbers(this, here.words, folder_of(here))}:
        raise NoSuchCase(parameter)
    return this, this.parameters[parameter]


@routes.get("/rules/of/{name}/number/{parameter}")
def number(here: Editing, name: str, parameter: str) -> HTMLResponse:
    """The form for another value of a parameter."""
    return _number_page(here, *_parameter(here, name, parameter), Faults(here.language), {})


@routes.post("/rules/of/{name}/number/{parameter}")
def change_number(here: Editing, form: Form, name: str, parameter: str) -> Response:
    """Add a value that holds from a day on."""
    this, changed = _parameter(here, name, parameter)
    faults = Faults(here.language)
    edit = dated_value(form, changed, faults)
    if edit is None:
        return _number_page(here, this, changed, faults, form)
    return apply(here, file_of(folder_of(here), changed.location), edit)


def _sources(here: Visit, this: Regulation) -> dict[str, Any]:
    """What the fields of a source offer."""
    return {
        "documents": [(document.id, here.words.text(document.label)) for document in this.documents],
        "publications": [(page.id, here.words.text(page.label)) for page in this.publications],
        "statuses": [(status, STATUS_NAMES[status][here.language]) for status in STATUSES],
    }


# --- a reading ----------------------------------------------------------------------------------------------------


def _point(this: Regulation, name: str) -> Interpretation:
    point = next((point for point in this.interpretations if point.id == name), None)
    if point is None:
        raise NoSuchCase(name)
    return point


@routes.post("/rules/of/{name}/reading/{point}")
def choose_reading(here: Editing, form: Form, name: str, point: str) -> Response:
    """Read an unclear point otherwise."""
    this = regulation_named(here, name)
    unclear, option = _point(this, point), form.get("option")
    if option not in {known for known, _ in unclear.options}:
        raise NoSuchCase(point)
    return apply(here, reading_file(this, unclear, folder_of(here)), ReadingChosen(point, str(option)))


# --- a label ------------------------------------------------------------------------------------------------------


def _rule(here: Visit, this: Regulation, name: str) -> Rule:
    rule = next((rule for rule in own_rules(this, folder_of(here)) if rule.name == name), None)
    if rule is None:
        raise NoSuchCase(name)
    return rule


@routes.get("/rules/of/{name}/label/{rule}")
def label(here: Editing, name: str, rule: str) -> HTMLResponse:
    """The form for another label of a rule."""
    this = regulation_named(here, name)
    changed = _rule(here, this, rule)
    given = {"label_vi": changed.label.vi, "label_en": changed.label.en}
    return show(here, "rules_label.html.jinja", regulation=this, rule=changed, given=given, faults={})


@routes.post("/rules/of/{name}/label/{rule}")
def change_label(here: Editing, form: Form, name: str, rule: str) -> Response:
    """Word a rule otherwise, in one language or both."""
    this = regulation_named(here, name)
    changed, faults, folder = _rule(here, this, rule), Faults(here.language), folder_of(here)
    wanted = labels(form, faults)
    if faults.by_field:
        return show(
            here, "rules_label.html.jinja", UNFIT, regulation=this, rule=changed, given=form, faults=faults.by_field
        )
    file = file_of(folder, changed.location)
    at = path_of(file, text_of(folder, Draft(), file), changed.id, changed.location)
    with changing(here) as draft:
        text = text_of(folder, draft, file)
        for language in ("vi", "en"):
            if wanted[language] != changed.label[language]:
                text = edited(file, text, LabelChanged(at, language, wanted[language]))
        keep(here, with_text(folder, draft, file, text))
    return to("/rules/draft")


# --- a further rule -----------------------------------------------------------------------------------------------


def _place(here: Visit, this: Regulation, key: str) -> Place:
    place = next((place for place in places(this, here.words, folder_of(here)) if place.key == key), None)
    if place is None:
        raise NoSuchCase(key)
    return place


def _add_page(here: Visit, this: Regulation, place: Place, faults: Faults, given: Any) -> HTMLResponse:
    facts = here.library.vocabulary.facts
    fact = facts.get(str(given.get("fact") or ""))
    shown = sorted((here.words.text(known.label), name) for name, known in facts.items())
    offered = [
        (name, OPERATORS[name][here.language] if name in OPERATORS else here.words.say(name, what="…"))
        for name in (operators(fact) if fact else ())
    ]
    return show(
        here, "rules_add.html.jinja", UNFIT if faults.by_field else 200, regulation=this, place=place, facts=shown,
        fact=fact, takes=Asker(here.words, {}).fact_takes(fact) if fact else "", operators=offered, given=given,
        options=[(name, here.words.text(label)) for name, label in fact.options] if fact else [],
        faults=faults.by_field, **_sources(here, this),
    )  # fmt: skip


@routes.get("/rules/of/{name}/add")
def add(here: Editing, name: str) -> Response:
    """The form for a further rule. Which fact it asks is chosen first, since that decides what can be asked of it. If
    no place is named, the page on which one chooses it."""
    this, query = regulation_named(here, name), here.request.query_params
    if not query.get("place"):
        return to(f"/rules/of/{name}")
    return _add_page(here, this, _place(here, this, query.get("place", "")), Faults(here.language), query)


@routes.post("/rules/of/{name}/add")
def add_rule(here: Editing, form: Form, name: str) -> Response:
    """Add a rule at the end of a list."""
    this, faults = regulation_named(here, name), Faults(here.language)
    place = _place(here, this, str(form.get("place") or ""))
    used_ids = [rule.id for rule in own_rules(this, folder_of(here))]
    drafted = text_of(folder_of(here), draft_of(here), place.file)
    used_ids += re.findall(r"\bid: *(\w+)", drafted)
    edit = new_rule(form, place, here.library.vocabulary.facts, used_ids, faults)
    if edit is None:
        return _add_page(here, this, place, faults, form)
    return apply(here, place.file, edit)
