"""`/check`, `/test`, `/diff`, `/impact`, `/sensitivity`: policies that are sent along, and what they would change."""

import msgspec
from fastapi import APIRouter, Request, Response

from engine.serve.api.documents import CASE_SCHEMA, JSON, OBJECT, PREFIX, PROBLEMS, body_of, json_answer
from engine.serve.api.evaluation import text_of
from engine.serve.api.requests import Current, Options, Reader
from engine.serve.jobs import proposals
from engine.serve.jobs.proposals import Proposal
from engine.serve.problems import Refusal

routes = APIRouter(prefix=PREFIX, tags=["policies"], responses=PROBLEMS)
FILES = {
    "type": "object",
    "description": "Texts of policy files by their path in the policies folder; null removes a file. They stand in the"
    " place of the server's own, which stay as they are.",
    "maxProperties": 500,
    "additionalProperties": {"type": ["string", "null"]},
    "examples": [{"my-regulation/triggers.yaml": "kind: triggers\n…"}],
}
SIDES = {
    "old": {"type": "string", "description": "A regulation, to be compared with `new` in place of two versions."},
    "new": {"type": "string"},
}
LIST = {"cases": {"type": "array", "items": CASE_SCHEMA}}


def _object(**members: object) -> dict[str, object]:
    return {JSON: {"schema": {"type": "object", "properties": members}}}


class _Sent(msgspec.Struct):
    files: dict[str, str | None] = {}
    old: str | None = None
    new: str | None = None
    cases: list[msgspec.Raw] = []


async def _sent(request: Request) -> _Sent:
    """Raises Refusal."""
    try:
        sent = msgspec.json.decode(await request.body() or b"{}", type=_Sent)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refusal("bad_body") from None
    limits = request.app.state.settings.limits
    if len(sent.files) > limits.files:
        raise Refusal("too_many_files", most=limits.files)
    if len(sent.cases) > limits.cases:
        raise Refusal("too_many_cases", most=limits.cases)
    return sent


def _proposal(sent: _Sent) -> Proposal:
    return Proposal(sent.files, sent.old, sent.new)


def _cases(sent: _Sent) -> tuple[str, ...]:
    return tuple(text_of(bytes(case)) for case in sent.cases)


@routes.post("/check", responses=OBJECT, openapi_extra=body_of(_object(files=FILES)))
async def check(request: Request, person: Reader, served: Current, options: Options) -> Response:
    """Every mistake in the policies, with the files that are sent in the place of the server's."""
    proposal = _proposal(await _sent(request))
    return json_answer(await request.app.state.pool.ask(served, proposals.check, proposal, options.language), served)


@routes.post("/test", responses=OBJECT, openapi_extra=body_of(_object(files=FILES)))
async def test(request: Request, person: Reader, served: Current, options: Options) -> Response:
    """Run the policies' own tests, with the files that are sent in the place of the server's."""
    proposal = _proposal(await _sent(request))
    return json_answer(await request.app.state.pool.ask(served, proposals.test, proposal, options.language), served)


@routes.post("/diff", responses=OBJECT, openapi_extra=body_of(_object(files=FILES, **SIDES)))
async def diff(request: Request, person: Reader, served: Current, options: Options) -> Response:
    """What the files that are sent change, rule by rule; or how two regulations differ."""
    proposal = _proposal(await _sent(request))
    return json_answer(await request.app.state.pool.ask(served, proposals.diff, proposal, options.language), served)


@routes.post("/impact", responses=OBJECT, openapi_extra=body_of(_object(files=FILES, **SIDES, **LIST)))
async def impact(request: Request, person: Reader, served: Current, options: Options) -> Response:
    """Whom of these cases the files that are sent would move, and which rule moves each; or the change from one
    regulation to another."""
    sent, pool = await _sent(request), request.app.state.pool
    answer = await pool.ask(served, proposals.impact, _proposal(sent), _cases(sent), options.language)
    request.app.state.audit.write("impact", person.name, policies=served.hash, cases=len(sent.cases))
    return json_answer(answer, served)


@routes.post("/sensitivity", responses=OBJECT, openapi_extra=body_of(_object(**LIST)))
async def sensitivity(request: Request, person: Reader, served: Current, options: Options) -> Response:
    """What each unclear reading and each assumption decides for these cases."""
    sent, pool = await _sent(request), request.app.state.pool
    answer = await pool.ask(served, proposals.sensitivity, _cases(sent), options)
    request.app.state.audit.write("sensitivity", person.name, policies=served.hash, cases=len(sent.cases))
    return json_answer(answer, served)
