"""`/regulations`, `/facts`: what there is to judge by."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Response

from engine.core.policy.regulation import Regulation
from engine.core.policy.terms import Fact
from engine.load.cases.schema import case_schema
from engine.report.json import as_plain
from engine.report.records.catalogue import catalogued
from engine.serve.api.documents import OBJECT, PREFIX, PROBLEMS, json_answer
from engine.serve.api.requests import NAME, Current, Reader
from engine.serve.problems import Refusal

routes = APIRouter(prefix=PREFIX, tags=["policies"], responses=PROBLEMS)


async def named(served: Current, regulation: Annotated[str, Path(pattern=NAME)]) -> Regulation:
    """The regulation in the address. Raises Refusal if there is none."""
    if regulation not in served.library.regulations:
        raise Refusal("no_regulation", known=", ".join(served.library.regulations))
    return served.library.regulations[regulation]


Named = Annotated[Regulation, Depends(named)]


@routes.get("/regulations", responses=OBJECT)
async def regulations(person: Reader, served: Current) -> Response:
    """The regulations and local layers, with their days in force and the kinds of subject that they grade."""
    return json_answer({"regulations": [_head(item) for item in served.library.regulations.values()]}, served)


@routes.get("/regulations/{regulation}", responses=OBJECT)
async def regulation(person: Reader, served: Current, regulation: Named) -> Response:
    """A regulation, with what the ids in its records mean: grades, rules, parameters, interpretations, sources."""
    made = catalogued(regulation, served.library.vocabulary, {})
    return json_answer({**_head(regulation), "hash": made.hash, "catalogue": msgspec.Raw(made.content)}, served)


@routes.get("/regulations/{regulation}/case-schema", responses=OBJECT)
async def schema(person: Reader, served: Current, regulation: Named) -> Response:
    """The JSON Schema of the case files of a regulation."""
    return json_answer(case_schema(regulation, served.library.vocabulary), served)


@routes.get("/facts", responses=OBJECT)
async def facts(person: Reader, served: Current) -> Response:
    """Every fact that a case may state: label, question, type, unit, bounds and options."""
    return json_answer({"facts": [_fact(fact) for fact in served.library.vocabulary.facts.values()]}, served)


def _head(regulation: Regulation) -> dict[str, Any]:
    return {
        "regulation": str(regulation.id),
        "label": as_plain(regulation.label),
        "number": regulation.number,
        "issued_on": as_plain(regulation.issued_on),
        "in_force_from": as_plain(regulation.in_force_from),
        "in_force_until": as_plain(regulation.in_force_until),
        "extends": None if regulation.extends is None else str(regulation.extends),
        "policy_hash": regulation.content_hash,
        "kinds": [{"kind": str(kind.id), "label": as_plain(kind.label)} for kind in regulation.kinds.values()],
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "fact": str(fact.name),
        "label": as_plain(fact.label),
        "question": as_plain(fact.question),
        "type": fact.type,
        "unit": fact.unit,
        "minimum": as_plain(fact.minimum),
        "maximum": as_plain(fact.maximum),
        "options": [{"option": str(name), "label": as_plain(label)} for name, label in fact.options],
        "derived": fact.derived is not None,
    }
