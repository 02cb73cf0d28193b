"""What routes share: who asks, by which policies, how cases are to be judged, and what the log says of it."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from fastapi.routing import APIRoute

from engine.serve.access import require
from engine.serve.jobs.evaluation import RequestOptions
from engine.serve.language import language_of
from engine.serve.person import Person
from engine.serve.policies import Served, current
from engine.serve.problems import Refusal

_reader = require("reader")
Reader = Annotated[Person, Depends(_reader)]
Recorder = Annotated[Person, Depends(require("recorder"))]
Editor = Annotated[Person, Depends(require("editor"))]
Current = Annotated[Served, Depends(current)]
NAME = r"^[\w.-]{1,100}$"


def switches_of(pairs: list[str]) -> dict[str, str]:
    """The options of `interpretation=ID:OPTION`, by interpretation. Raises Refusal."""
    switches = {}
    for pair in pairs:
        name, colon, option = pair.partition(":")
        if not colon:
            raise Refusal("bad_interpretation")
        switches[name] = option
    return switches


async def options_of(
    request: Request,
    regulation: Annotated[str | None, Query(pattern=NAME, description="Judge by this regulation.")] = None,
    interpretation: Annotated[
        list[str], Query(max_length=50, description="Read an interpretation in another way: `ID:OPTION`.")
    ] = [],  # noqa: B006 - FastAPI copies it
    catalogues: Annotated[bool, Query(description="Whether the answer says what its ids mean.")] = True,
    lang: Annotated[str | None, Query(pattern="^(vi|en)$")] = None,
) -> RequestOptions:
    """How the cases of a request are to be judged. It depends on the query of the address alone."""
    state, query = request.app.state, request.scope["query_string"]
    most = state.settings.limits.cases
    options = RequestOptions(regulation, switches_of(interpretation), catalogues, lang or language_of(request), most)
    if len(query) <= LONGEST_QUERY:
        state.options[query] = options
        if len(state.options) > MOST_QUERIES:
            del state.options[next(iter(state.options))]
    return options


Options = Annotated[RequestOptions, Depends(options_of)]
MOST_QUERIES, LONGEST_QUERY = 64, 1_000
"""So many queries, of so many bytes, are remembered with what they ask for."""


class EvaluationRoute(APIRoute):
    """A route of `(request, Reader, Current, Options)`. FastAPI takes a fifth of the time of a request to work
    these out; a query that it has checked once is not checked again."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request."""
        usual, endpoint = super().get_route_handler(), self.endpoint

        async def answer(request: Request) -> Response:
            options = request.app.state.options.get(request.scope["query_string"])
            if options is None:
                return await usual(request)
            made: Response = await endpoint(request, await _reader(request), await current(request), options)
            return made

        return answer
