"""`/evaluate/lines`: cases come and records go line by line, while more cases come if the client waits for that."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.types import Receive, Scope, Send

from engine.base.documents import LINE_LIMIT
from engine.base.likeness import alike
from engine.load.cases.reading import Seen
from engine.serve.api.documents import CASE_LINES, LINES, PREFIX, PROBLEMS, body_of
from engine.serve.api.incoming import Incoming
from engine.serve.api.requests import Current, Options, Reader
from engine.serve.jobs import lines as jobs
from engine.serve.jobs.evaluation import RequestOptions, together
from engine.serve.jobs.lines import Batch
from engine.serve.person import Person
from engine.serve.policies import Served
from engine.serve.problems import Refusal, problem

routes = APIRouter(prefix=PREFIX, tags=["evaluate"], responses=PROBLEMS)
BATCH = 200
"""So many lines at most are judged at once."""
RECORDS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Records, one a line, as `xeploai evaluate --format ndjson` writes them. If something stops the"
        " stream, its last line is a problem, and there is no `end`.",
        "content": {LINES: {"schema": {"type": "string"}}},
    }
}


@routes.post("/evaluate/lines", responses=RECORDS, openapi_extra=body_of(CASE_LINES))
async def evaluate_lines(request: Request, person: Reader, served: Current, options: Options) -> Response:
    """Judge a stream of cases, a JSON object a line. Records come back after the last line, or while lines are still
    being sent if the client pauses for them; quotas, links and warnings come after the last."""
    return _Records(request, person, served, options)


class _WithId(msgspec.Struct):
    """As much of a case as is needed to tell whether its id came before."""

    case_id: str


@dataclass(eq=False)
class _Stream:
    """What a stream of cases has come to so far."""

    seen: dict[str, Seen] = field(default_factory=dict)
    announced: frozenset[str] = frozenset()
    counts: Counter[str] = field(default_factory=Counter)
    inputs: list[str] = field(default_factory=list)
    kept: list[bytes] = field(default_factory=list)
    lines: int = 0

    def earlier(self, texts: tuple[tuple[int, str], ...]) -> Mapping[str, Seen]:
        """Which of the ids in some lines came before."""
        forms = (form for form in map(_form_of_id, texts) if form in self.seen)
        return {form: self.seen[form] for form in forms if form is not None}

    def add(self, batch: Batch) -> None:
        """Keeps what later batches must know."""
        self.seen.update(batch.seen)
        self.announced = batch.announced
        self.counts += Counter(batch.counts)
        self.inputs += batch.inputs
        self.kept.append(batch.kept)


def _form_of_id(numbered: tuple[int, str]) -> str | None:
    try:
        return alike(msgspec.json.decode(numbered[1], type=_WithId).case_id)
    except msgspec.DecodeError:
        # It will be rejected, or its id is written in a way that only the careful reader takes.
        return None


class _Records(Response):
    """An answer that is made while the request is still being read."""

    media_type = LINES

    def __init__(self, request: Request, person: Person, served: Served, options: RequestOptions) -> None:
        super().__init__(headers={"Policies-Version": served.hash})
        del self.headers["content-length"]
        self._request, self._person, self._served, self._options = request, person, served, options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers as soon as the client waits for it, and not before: see `Incoming`."""
        begun, held = False, b""
        start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        try:
            async with Incoming(self._request) as incoming:
                async for text in self._texts(incoming):
                    held += text.encode()
                    if incoming.awaited:
                        if not begun:
                            await send(start)
                        await send({"type": "http.response.body", "body": held, "more_body": True})
                        begun, held = True, b""
        except Refusal as refusal:
            stopped = problem(refusal, self._options.language)
            held += b'{"record":"problem",' + stopped[1:] + b"\n"
        if not begun:
            await send(start)
        await send({"type": "http.response.body", "body": held, "more_body": False})

    async def _texts(self, incoming: Incoming) -> AsyncIterator[str]:
        """The records of what has come so far, and an empty text as soon as the client waits. Raises Refusal."""
        state, stream, options = self._request.app.state, _Stream(), self._options
        async for texts in self._batches(stream, incoming):
            if not texts:
                yield ""
                continue
            earlier = stream.earlier(texts)
            batch = await state.pool.ask(self._served, jobs.batch, texts, earlier, stream.announced, options)
            stream.add(batch)
            yield batch.lines
        rest = (tuple(stream.kept), dict(stream.counts), stream.announced, options)
        last = await state.pool.ask(self._served, jobs.rest, *rest)
        cases, rejected = stream.counts["case"], stream.counts["rejected"]
        state.audit.write(
            "evaluate", self._person.name, policies=self._served.hash, cases=cases, rejected=rejected,
            inputs=together(stream.inputs),
        )  # fmt: skip
        state.metrics.cases.inc(cases)
        yield last

    async def _batches(self, stream: _Stream, incoming: Incoming) -> AsyncIterator[tuple[tuple[int, str], ...]]:
        """The lines as they come, with their numbers; none as soon as the client waits. Raises Refusal."""
        pending = b""
        async for chunk in incoming.pieces():
            if not chunk:
                yield ()
            *whole, pending = (pending + chunk).split(b"\n")
            if len(pending) > LINE_LIMIT:
                raise Refusal("line_too_long", most=LINE_LIMIT)
            for texts in self._numbered(whole, stream):
                yield texts
        for texts in self._numbered([pending], stream):
            yield texts

    def _numbered(self, lines: list[bytes], stream: _Stream) -> Iterator[tuple[tuple[int, str], ...]]:
        texts = []
        for line in lines:
            stream.lines += 1
            if stream.lines > self._options.most + 1:
                raise Refusal("too_many_cases", most=self._options.most)
            if line.strip():
                texts.append((stream.lines, line.decode(errors="replace")))
            if len(texts) == BATCH:
                yield tuple(texts)
                texts = []
        if texts:
            yield tuple(texts)
