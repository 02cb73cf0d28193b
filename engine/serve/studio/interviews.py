"""A case filled in by answering: one question a page, only what still matters, each answer saved at once.

What was asked and what the person left open are kept beside the case, so that one may stop and come back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from engine.base.diagnostics import Location, Problems, diagnostic
from engine.core.policy.terms import Fact, Text
from engine.core.policy.values import Misfit
from engine.load.cases.answers import Unreadable, cleaned
from engine.load.cases.blank import as_json, contents_to_cover
from engine.report.interview import Asker, asker
from engine.serve.studio.case_store import Conflict, StoredCase
from engine.serve.studio.case_views import ladder, title_of
from engine.serve.studio.cases import address_of, show_conflict, to
from engine.serve.studio.computing import interview_of
from engine.serve.studio.entries import plain_of, stated_value, value_shown
from engine.serve.studio.shell import UNFIT, Form, PageRoute, Recording, Visit, field, render, say_of
from engine.study.interview import About, Answers, Interview, Question, Topic, read

PAGE = "interview"
YES_NO = ("true", "false")
routes = APIRouter(route_class=PageRoute, include_in_schema=False)


class Note(msgspec.Struct):
    """What is kept beside a case: the topics that were asked, in order, and those that the person left open."""

    asked: list[Topic] = []
    skipped: list[Topic] = []


@dataclass(frozen=True)
class Sitting:
    """A case that is being filled in, as its file and the note beside it hold it."""

    here: Visit
    case: StoredCase
    note: Note
    interview: Interview
    answers: Answers
    asker: Asker

    @property
    def facts(self) -> Any:
        """The facts of the vocabulary, by name."""
        return self.here.library.vocabulary.facts

    def question(self, topic: Topic) -> Question | None:
        """The question about a topic, whether or not it still matters; None if the case has no such topic."""
        about, name = topic
        if about == "covered":
            contents = tuple((rule.id, rule.label) for rule in contents_to_cover(self.interview.judge.compiled))
            return Question("covered", None, "review", contents)
        fact: Fact | None = self.facts.get(name)
        if fact is None:
            return None
        return Question(about, fact, "grade", fact.options if about == "fact" else ())

    def answer(self, topic: Topic) -> Any:
        """What the case says about a topic, as plain data; None if nothing."""
        about, name = topic
        data = self.answers.data
        if about == "covered":
            return (data.get("review") or {}).get("covered")
        return (data.get("evidence") or {}).get(name) if about == "evidence" else stated_value(data["facts"], name)


@dataclass(frozen=True)
class Answered:
    """A question that was asked before, with its answer in words; the topic leads back to it."""

    topic: Topic
    question: str
    answer: str


def opened(here: Visit, name: str) -> Sitting:
    """Take a case up where it was left. Raises Problems if it is not valid as it is."""
    case = here.store.read(name)
    data = plain_of(name, case.text)
    asking = interview_of(here, name, data)
    kept = here.store.note(name)
    note = msgspec.json.decode(kept, type=Note) if kept else Note()
    words = asker(here.library, asking.regulation, here.language, plain=True)
    return Sitting(here, case, note, asking, Answers(data, frozenset(note.skipped)), words)


@routes.get("/cases/{name}/interview")
def ask(here: Recording, name: str, about: str = "", fact: str = Query("", max_length=200)) -> HTMLResponse:
    """The next question that still matters, or the one that is named."""
    sitting = opened(here, name)
    topic = _topic(about, fact)
    question = sitting.question(topic) if topic else None
    if question is not None:
        return _ask(sitting, question, again=True)
    question = sitting.interview.next(sitting.answers)
    return _ask(sitting, question) if question is not None else _done(sitting)


@routes.post("/cases/{name}/interview")
def answer(here: Recording, name: str, form: Form) -> Response:
    """Take an answer, save it, and go on to the next question."""
    sitting = opened(here, name)
    topic = _topic(field(form, "about"), field(form, "fact"))
    question = sitting.question(topic) if topic else None
    if topic is None or question is None:
        return to(address_of(name, "/interview"))
    skips = field(form, "action") == "skip"
    try:
        plain = None if skips else _plain(question, form, here.language)
        answers = sitting.interview.answered(sitting.answers, question, plain)
    except Unreadable as unreadable:
        text = sitting.asker.unreadable(unreadable) if unreadable.arguments else ""
        return _ask(sitting, question, again=True, wrong=[text or say_of(PAGE, here.language)("choose")], form=form)
    except Misfit as misfit:
        problem = diagnostic(misfit.code, Location(""), **misfit.arguments)
        return _ask(sitting, question, again=True, wrong=[problem.message(here.language)], form=form)
    except Problems as problems:
        texts = [problem.message(here.language) for problem in problems.diagnostics]
        return _ask(sitting, question, again=True, wrong=texts, form=form)
    seen = field(form, "etag")
    text = as_json(answers.data) + "\n"
    if seen != sitting.case.etag:
        return show_conflict(here, name, _on_seen(sitting, question, plain, seen), seen, Conflict(sitting.case))
    try:
        if answers.data != sitting.answers.data:
            here.save_case(name, text, seen)
    except Conflict as conflict:
        return show_conflict(here, name, text, seen, conflict)
    here.store.keep_note(name, msgspec.json.encode(_noted(sitting.note, topic, skips)))
    return to(address_of(name, "/interview"))


@routes.post("/cases/{name}/ask-again")
def ask_again(here: Recording, name: str) -> Response:
    """Ask again what the person left open."""
    sitting = opened(here, name)
    here.store.keep_note(name, msgspec.json.encode(Note(sitting.note.asked, [])))
    return to(address_of(name, "/interview"))


def _on_seen(sitting: Sitting, question: Question, plain: Any, seen: str) -> str:
    """The state that the person saw, with their answer: what they would have saved."""
    here, name = sitting.here, sitting.case.name
    base = next((state.text for state in here.store.states(name) if state.etag == seen and state.text), None)
    if base is None:
        return as_json(sitting.interview.answered(sitting.answers, question, plain).data) + "\n"
    answers = Answers(plain_of(name, base))
    return as_json(sitting.interview.answered(answers, question, plain).data) + "\n"


def _noted(note: Note, topic: Topic, skips: bool) -> Note:
    skipped = [other for other in note.skipped if other != topic]
    others = [other for other in note.asked if other != topic]
    return Note([*others, topic], [*skipped, topic] if skips else skipped)


def _topic(about: str, fact: str) -> Topic | None:
    topics: dict[str, About] = {
        "fact": "fact", "facts": "fact", "evidence": "evidence", "covered": "covered", "review": "covered",
    }  # fmt: skip
    kind = topics.get(about)
    return None if kind is None else (kind, "" if kind == "covered" else fact)


def _plain(question: Question, form: FormData, language: str) -> Any:
    """The answer of a form as plain data. Raises Unreadable if there is none, or none that can be read, and Misfit."""
    text = cleaned(field(form, "answer"))
    fact = question.fact
    if question.about == "evidence":
        if form.get("none"):
            return []
        items = [cleaned(line) for line in field(form, "answer").splitlines()]
        return [item for item in items if item] or _nothing()
    if fact is None or fact.form == "set":
        chosen = set(form.getlist("answer"))
        return [name for name, _ in question.options if name in chosen] or (_nothing() if not form.get("none") else [])
    if fact.form == "boolean":
        return text == "true" if text in YES_NO else _nothing()
    return read(question, text, language) if text else _nothing()


def _nothing() -> Any:
    raise Unreadable("nothing")


def _ask(
    sitting: Sitting,
    question: Question,
    *,
    again: bool = False,
    wrong: Sequence[str] = (),
    form: FormData | None = None,
) -> HTMLResponse:
    """The page of a question. `again`: it is asked a second time; `wrong` is why the answer in `form` is not taken."""
    here, topic, words = sitting.here, question.topic, sitting.asker
    given = sitting.answer(topic) if form is None else None
    earlier = [other for other in sitting.note.asked if other != topic]
    return render(
        here, "question.html.jinja", PAGE, status=UNFIT if wrong else 200, case=sitting.case,
        title=_title(sitting), address=address_of(sitting.case.name), about=question.about, topic=topic[1],
        question=words.question(question), kind=_kind(question), options=_options(question, here),
        takes=words.takes(question), unit=_unit(question, here), wrong=wrong, chosen=_chosen(question, given, form),
        typed=field(form, "answer") if form is not None else _typed(question, given, here),
        none=bool(form.get("none")) if form is not None else given == [],
        why=[] if again else list(words.why(question, sitting.interview.leaves(sitting.answers, question))),
        back=earlier[-1] if earlier else None, trail=_trail(sitting, topic), **_standing(sitting),
    )  # fmt: skip


def _done(sitting: Sitting) -> HTMLResponse:
    """Nothing is left to ask."""
    here, words = sitting.here, sitting.asker
    open_keys = sitting.interview.about_subject(sitting.answers)
    return render(
        here, "asked.html.jinja", PAGE, title=_title(sitting), address=address_of(sitting.case.name),
        nothing_left=words.say("nothing_left"),
        skipped=words.say("skipped", count=len(sitting.note.skipped)) if sitting.note.skipped else "",
        about=[words.about(key, sitting.interview.regulation)[0] for _, key in open_keys],
        trail=_trail(sitting, None), **_standing(sitting),
    )  # fmt: skip


def _standing(sitting: Sitting) -> dict[str, Any]:
    decision = sitting.interview.standing(sitting.answers)
    return {
        "now": sitting.asker.now(decision, sitting.interview.most_left(sitting.answers)),
        "steps": ladder(decision, sitting.here.words),
    }


def _title(sitting: Sitting) -> str:
    return title_of(sitting.case.name, sitting.answers.data)


def _trail(sitting: Sitting, present: Topic | None) -> list[Answered]:
    """What was asked before, the latest first."""
    trail = []
    for topic in reversed(sitting.note.asked):
        question = sitting.question(topic)
        if question is not None and topic != present:
            trail.append(Answered(topic, sitting.asker.question(question), _shown(sitting, question)))
    return trail


def _shown(sitting: Sitting, question: Question) -> str:
    plain, words = sitting.answer(question.topic), sitting.here.words
    if plain is None:
        return ""
    if question.about == "evidence":
        return "; ".join(map(str, plain)) or words.say("nothing")
    if question.fact is None:
        return "; ".join(words.text(label) for name, label in question.options if name in plain) or words.say("nothing")
    return value_shown(question.fact, plain, words)


def _kind(question: Question) -> str:
    """Which control asks the question."""
    if question.about == "evidence":
        return "lines"
    if question.fact is None or question.fact.form == "set":
        return "several"
    if question.fact.form == "boolean" or question.options:
        return "one"
    return {"date": "day", "integer": "number", "number": "number"}.get(question.fact.form, "text")


def _options(question: Question, here: Visit) -> list[tuple[str, str]]:
    if question.fact is not None and question.about == "fact" and question.fact.form == "boolean":
        return [(name, here.words.say("yes" if name == "true" else "no")) for name in YES_NO]
    labels: Sequence[tuple[str, Text]] = question.options
    return [(name, here.words.text(label)) for name, label in labels]


def _unit(question: Question, here: Visit) -> str:
    if question.fact is None or question.about != "fact" or question.fact.unit is None:
        return ""
    return "%" if question.fact.unit == "percent" else ""


def _chosen(question: Question, given: Any, form: FormData | None) -> list[str]:
    if form is not None:
        return [value for value in form.getlist("answer") if isinstance(value, str)]
    if isinstance(given, bool):
        return [str(given).lower()]
    return list(given) if isinstance(given, list) else [given] if isinstance(given, str) else []


def _typed(question: Question, given: Any, here: Visit) -> str:
    if given is None or isinstance(given, bool):
        return ""
    if isinstance(given, list):
        return "\n".join(map(str, given))
    if isinstance(given, str):
        return given
    return str(given).replace(".", ",") if here.language == "vi" else str(given)
