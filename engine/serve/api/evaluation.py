"""`/evaluate`: one case, a list, the lines of a stream, a table."""

from typing import Any

from fastapi import APIRouter, Request, Response

from engine.serve.api.documents import CASE, CASES, DOCUMENT, PREFIX, PROBLEMS, TABLE, body_of, json_answer
from engine.serve.api.requests import Current, EvaluationRoute, Options, Reader
from engine.serve.jobs import evaluation
from engine.serve.jobs.evaluation import Evaluated
from engine.serve.person import Person
from engine.serve.policies import Served
from engine.serve.problems import Refusal

routes = APIRouter(prefix=PREFIX, tags=["evaluate"], responses=PROBLEMS, route_class=EvaluationRoute)
TABLES = {
    "text/csv": "table.csv",
    "text/tab-separated-values": "table.tsv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "table.xlsx",
}
"""The types of tables, and the name under which problems speak of one."""


@routes.post("/evaluate", responses=DOCUMENT, openapi_extra=body_of(CASE))
async def evaluate(request: Request, person: Reader, served: Current, options: Options) -> Response:
    """Judge one case: its record, with the reasons.

    Quotas and links lie between cases, so they are not looked at: send the cases together for them."""
    text = text_of(await request.body())
    return _answer(
        request, person, served, await request.app.state.pool.ask(served, evaluation.evaluate_case, text, options)
    )


@routes.post("/evaluate/list", responses=DOCUMENT, openapi_extra=body_of(CASES))
async def evaluate_list(request: Request, person: Reader, served: Current, options: Options) -> Response:
    """Judge a list of cases, with the quotas of their cohorts and the links between them.

    A case that cannot be judged stands under `rejected` with the reasons, and the others are judged all the same."""
    body = await request.body()
    return _answer(
        request, person, served, await request.app.state.pool.ask(served, evaluation.evaluate_cases, body, options)
    )


@routes.post("/evaluate/table", responses=DOCUMENT, openapi_extra=body_of(TABLE))
async def evaluate_table(request: Request, person: Reader, served: Current, options: Options) -> Response:
    """Judge the rows of a workbook (.xlsx) or of a CSV or TSV file, sent as the body of the request."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in TABLES:
        raise Refusal("wrong_type", known=", ".join(TABLES))
    body, pool = await request.body(), request.app.state.pool
    answer = await pool.ask(served, evaluation.evaluate_table, body, TABLES[kind], options)
    return _answer(request, person, served, answer)


def text_of(body: bytes) -> str:
    """The text of a body. Raises Refusal if it is not UTF-8."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Refusal("not_utf8") from None


def _answer(request: Request, person: Person, served: Served, evaluated: Evaluated) -> Response:
    about: dict[str, Any] = {"cases": evaluated.cases, "rejected": evaluated.rejected, "inputs": evaluated.inputs}
    request.app.state.audit.write("evaluate", person.name, policies=served.hash, **about)
    request.app.state.metrics.cases.inc(evaluated.cases)
    return json_answer(evaluated.body, served)
