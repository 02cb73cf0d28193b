"""What routes share: who asks, by which policies, how cases are to be judged, and what the log says of it."""

from typing import Annotated

from fastapi import Depends, Query, Request

from engine.serve.access import require
from engine.serve.jobs.evaluation import RequestOptions
from engine.serve.language import language_of
from engine.serve.person import Person
from engine.serve.policies import Served, current
from engine.serve.problems import Refusal

Reader = Annotated[Person, Depends(require("reader"))]
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
    """How the cases of a request are to be judged."""
    most = request.app.state.settings.limits.cases
    return RequestOptions(regulation, switches_of(interpretation), catalogues, lang or language_of(request), most)


Options = Annotated[RequestOptions, Depends(options_of)]
