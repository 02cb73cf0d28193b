"""The draft of a person: what it changes, what that means, and saving it or giving it up; and earlier saves."""

from dataclasses import replace
from pathlib import Path

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from engine.base.diagnostics import Diagnostic, Problems
from engine.base.files import name_of
from engine.base.words import words
from engine.load.cases.answers import cleaned
from engine.report.document import Document
from engine.serve.policies import Policies
from engine.serve.studio.case_store import NoSuchCase
from engine.serve.studio.cases import all_cases, to
from engine.serve.studio.comparing import NOW
from engine.serve.studio.computing import ask, saves_compared
from engine.serve.studio.judging import CaseText
from engine.serve.studio.remarks import remarks
from engine.serve.studio.rule_drafts import Draft, changed_elsewhere, changed_lines, hash_of, without
from engine.serve.studio.rule_previews import Previewed, meaning, mistakes, moves, properties, tests
from engine.serve.studio.rule_saves import earlier, repository, save, undoing
from engine.serve.studio.rules import changing, draft_of, folder_of, keep, show
from engine.serve.studio.shell import CONFLICT, Editing, Form, NoFolder, PageRoute, Reading, Visit

PARTS = ("mistakes", "tests", "properties", "meaning", "moves")
MESSAGES = words("rules_page", "message")
LONGEST_MESSAGE = 200
routes = APIRouter(route_class=PageRoute, include_in_schema=False)


@routes.get("/rules/draft")
def draft(here: Reading) -> HTMLResponse:
    """What the person has changed so far."""
    return _draft_page(here, draft_of(here))


def _draft_page(here: Visit, changes: Draft, problems: tuple[Diagnostic, ...] = ()) -> HTMLResponse:
    folder = folder_of(here)
    files = [(name, list(changed_lines(changed))) for name, changed in changes.files.items()]
    return show(
        here, "rules_draft.html.jinja", CONFLICT if problems else 200, files=files, part_names=PARTS,
        stale=changed_elsewhere(folder, changes), in_git=repository(folder) is not None,
        problems=remarks(problems, here.language), message=_message(here, changes),
    )  # fmt: skip


def _message(here: Visit, changes: Draft) -> str:
    """What a save says if the person does not word it: the files that it changes."""
    names = ", ".join(name for name in changes.files)
    return MESSAGES["change"][here.language].format(files=names)


@routes.get("/rules/draft/part/{part}")
def part(here: Reading, part: str) -> HTMLResponse:
    """One part of what the changes mean. The page loads the parts one after the other, since some take seconds."""
    if part not in PARTS:
        raise NoSuchCase(part)
    change = Previewed(folder_of(here).absolute(), draft_of(here), here.language)
    try:
        match part:
            case "mistakes":
                shown = [_mistake(problem, here) for problem in ask(here, mistakes, change)]
                return show(here, "rules_mistakes.html.jinja", mistakes=shown)
            case "moves":
                documents = ask(here, moves, change, _cases(here))
            case "tests":
                documents = (ask(here, tests, change),)
            case "properties":
                documents = ask(here, properties, change, slow=True)
            case _:
                documents = ask(here, meaning, change)
    except Problems:
        # The first part shows them.
        return show(here, "rules_part.html.jinja", part=part, documents=[], broken=True)
    shown = [replace(document, title="") for document in documents if _says_something(document)]
    return show(here, "rules_part.html.jinja", part=part, documents=shown, broken=False)


def _mistake(problem: Diagnostic, here: Visit) -> tuple[str, int, str, str, str]:
    place = problem.location
    return (
        problem.severity, place.line, name_of(Path(place.file)), problem.message(here.language),
        problem.help(here.language) or "",
    )  # fmt: skip


def _cases(here: Visit) -> tuple[CaseText, ...]:
    """The cases of the folder; none if the server keeps none."""
    try:
        cases, _ = all_cases(here.store)
    except NoFolder:
        return ()
    return tuple(CaseText(case.name, case.text) for case in cases)


def _says_something(document: Document) -> bool:
    return bool(document.chapters or document.table or not document.title)


@routes.post("/rules/draft/save")
def save_draft(here: Editing, form: Form) -> Response:
    """Save the draft: to the current branch, or to one of the person's own."""
    changes, folder = draft_of(here), folder_of(here)
    if not changes.files:
        return to("/rules/draft")
    given = form.get("message")
    message = cleaned(given if isinstance(given, str) else "")[:LONGEST_MESSAGE] or _message(here, changes)
    own_branch = form.get("branch") == "own"
    policies: Policies = here.request.app.state.policies
    if not own_branch and not policies.problems:
        change = Previewed(folder.absolute(), changes, here.language)
        errors = tuple(problem for problem in ask(here, mistakes, change) if problem.severity == "error")
        if errors:
            # Policies that do not load would not be used, and after a restart nothing could be judged.
            return _draft_page(here, changes, errors)
    here.log("save_rules", files=len(changes.files), inputs=hash_of(changes))
    try:
        saved = save(folder, changes, here.person.name, message, own_branch=own_branch)
    except Problems as problems:
        return _draft_page(here, changes, tuple(problems.diagnostics))
    with changing(here) as draft:
        keep(here, without(draft, changes, in_folder=not own_branch))
    policies.look()
    return show(here, "rules_saved.html.jinja", saved=saved, message=message, not_loaded=bool(policies.problems))


@routes.post("/rules/draft/discard")
def discard(here: Editing) -> Response:
    """Give the draft up."""
    with changing(here):
        keep(here, Draft())
    return to("/rules")


@routes.get("/rules/history")
def history(here: Reading) -> HTMLResponse:
    """The latest saves."""
    folder = folder_of(here)
    return show(here, "rules_history.html.jinja", saves=earlier(folder), in_git=repository(folder) is not None, now=NOW)


@routes.get("/rules/history/compare")
def compare_saves(here: Reading, old: str = Query("", max_length=64), new: str = Query(NOW, max_length=64)) -> Response:
    """Two saves side by side, or one and the policies in use."""
    saves = {save.id: save for save in earlier(folder_of(here))}
    if old not in saves or (new != NOW and new not in saves) or repository(folder_of(here)) is None:
        return to("/rules/history")
    return show(
        here, "rules_compare.html.jinja", old=saves[old], new=saves.get(new), moved=saves_compared(here, old, new)
    )


@routes.post("/rules/history/{name}/undo")
def undo(here: Editing, name: str) -> Response:
    """Make a draft that takes a save back. It is looked at and saved like every other."""
    with changing(here) as draft:
        if not draft.files:
            keep(here, undoing(folder_of(here), name))
    return to("/rules/draft")
