"""Questions about one case: why it comes out as it does, and what is still to be options."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from engine.base.diagnostics import Location, Problems
from engine.base.json_text import Unread, parse_json
from engine.base.version import FORMAT
from engine.core.judge.case import Case, Rejected
from engine.core.judge.record import Decision
from engine.load.policies.names import unknown_name
from engine.report.json import as_plain
from engine.serve.desk import Desk
from engine.serve.jobs.evaluation import RequestOptions
from engine.study.explain import Questions
from engine.study.explain import explain as explained
from engine.study.interview import Answers, Interview, Question, Topic, interview
from engine.study.whatif import Settling


@dataclass(frozen=True)
class Studied:
    """An answer as JSON, and the hash of what the case says."""

    body: bytes
    inputs: str


def explain(desk: Desk, text: str, asked: Questions, options: RequestOptions) -> Studied:
    """Every condition of the grade and of each better one, the least changes that reach the next grade, which missing
    facts decide, and the answers to what is asked. Raises Problems."""
    desk.check(options.regulation, options.switches)
    engine = desk.bench(options.switches).engine
    case = _case(desk, text, options)
    judge = engine.judge(case)
    if asked.why_not is not None:
        grades = [grade.id for grade in judge.regulation.grades]
        if problems := list(unknown_name("grade/unknown", asked.why_not, grades, Location("why_not"))):
            raise Problems(problems)
    explanation = explained(judge, case, engine.decide(case).decision, asked)
    answer = {"format": FORMAT, "policies": desk.version.hash, "explanation": as_plain(explanation)}
    return Studied(msgspec.json.encode(answer), case.input_hash)


def questions(desk: Desk, text: str, skipped: frozenset[Topic], options: RequestOptions) -> Studied:
    """What to ask next of a case, how many questions may yet come, and what is possible by now. Raises Problems."""
    desk.check(options.regulation, options.switches)
    case = _case(desk, text, options)
    open_interview = interview(desk.library, parse_json("case", text).data, options.switches, options.regulation)
    answers = Answers(parse_json("case", text).data, skipped)
    question = open_interview.next(answers)
    answer = {
        "format": FORMAT,
        "policies": desk.version.hash,
        "standing": _standing(open_interview.standing(answers)),
        "most_left": open_interview.most_left(answers) if question is not None else 0,
        "about_subject": [{"group": group, "key": key} for group, key in open_interview.about_subject(answers)],
        "question": None if question is None else _question(open_interview, answers, question),
    }
    return Studied(msgspec.json.encode(answer), case.input_hash)


def _case(desk: Desk, text: str, options: RequestOptions) -> Case:
    case = desk.reader.read(Unread("case", text), options.regulation, {})
    if isinstance(case, Rejected):
        raise Problems(case.diagnostics)
    return case


def _standing(decision: Decision) -> dict[str, Any]:
    grading = decision.grading
    return {
        "regulation": str(decision.regulation),
        "subject_to_review": decision.subject_to_review,
        "possible": None if grading is None else [str(grade) for grade in grading.possible],
        "settled": None if grading is None else grading.settled,
    }


def _question(open_interview: Interview, answers: Answers, question: Question) -> dict[str, Any]:
    fact = question.fact
    settling = open_interview.leaves(answers, question)
    return {
        "topic": ":".join(question.topic),
        "about": question.about,
        "stage": question.stage,
        "fact": None if fact is None else str(fact.name),
        "label": None if fact is None else as_plain(fact.label),
        "question": None if fact is None or fact.question is None else as_plain(fact.question),
        "type": None if fact is None else fact.type,
        "unit": None if fact is None else fact.unit,
        "minimum": None if fact is None else as_plain(fact.minimum),
        "maximum": None if fact is None else as_plain(fact.maximum),
        "options": [{"option": name, "label": as_plain(label)} for name, label in question.options],
        "waiting": [
            {"rule": str(waiting.rule.rule.name), "label": as_plain(waiting.rule.rule.label), "grade": waiting.grade}
            for waiting in question.waiting
        ],
        "leaves": [] if settling is None else list(_leaves(settling)),
    }


def _leaves(settling: Settling) -> Iterator[Mapping[str, Any]]:
    for value, possible in settling.leaves:
        yield {"value": as_plain(value), "possible": [str(grade) for grade in possible]}
