"""`/explain` and `/questions`: one case, why and what next."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response

from engine.serve.api.documents import CASE, CASE_SCHEMA, JSON, OBJECT, PREFIX, PROBLEMS, body_of, json_answer
from engine.serve.api.evaluation import text_of
from engine.serve.api.requests import NAME, Current, Options, Reader
from engine.serve.jobs import study
from engine.serve.problems import Refusal
from engine.study.explain import Questions
from engine.study.interview import Topic

routes = APIRouter(prefix=PREFIX, tags=["study"], responses=PROBLEMS)
QUESTIONS = {
    JSON: {
        "schema": {
            "type": "object",
            "required": ["case"],
            "properties": {
                "case": CASE_SCHEMA,
                "skipped": {
                    "type": "array",
                    "maxItems": 1000,
                    "items": {"type": "string", "pattern": "^(fact|evidence|covered):"},
                    "description": "The `topic` of each question that is to be left open.",
                },
            },
        }
    }
}


class _Questions(msgspec.Struct):
    case: msgspec.Raw
    skipped: list[str] = []


@routes.post("/explain", responses=OBJECT, openapi_extra=body_of(CASE))
async def explain(
    request: Request,
    person: Reader,
    served: Current,
    options: Options,
    why: Annotated[
        bool, Query(description="Which facts are enough, and which alone would change the outcome.")
    ] = False,
    why_not: Annotated[str | None, Query(pattern=NAME, description="Why it is not this grade.")] = None,
) -> Response:
    """Why a case comes out as it does: every condition of its grade and of each better one, the least changes that
    reach the next grade, and which missing facts decide."""
    text = text_of(await request.body())
    studied = await request.app.state.pool.ask(served, study.explain, text, Questions(why, why_not), options)
    request.app.state.audit.write("explain", person.name, policies=served.hash, inputs=studied.inputs)
    return json_answer(studied.body, served)


@routes.post("/questions", responses=OBJECT, openapi_extra=body_of(QUESTIONS))
async def questions(request: Request, person: Reader, served: Current, options: Options) -> Response:
    """What to ask next of a case that is being filled in, and what each answer would leave possible."""
    try:
        body = msgspec.json.decode(await request.body(), type=_Questions)
    except msgspec.DecodeError:
        raise Refusal("bad_body") from None
    text, skipped = text_of(bytes(body.case)), frozenset(map(_topic, body.skipped))
    studied = await request.app.state.pool.ask(served, study.questions, text, skipped, options)
    request.app.state.audit.write("questions", person.name, policies=served.hash, inputs=studied.inputs)
    return json_answer(studied.body, served)


def _topic(text: str) -> Topic:
    """Raises Refusal."""
    match text.partition(":"):
        case ("fact" | "evidence" | "covered") as about, ":", name:
            return about, name
    raise Refusal("bad_body")
