"""The OpenAPI document keeps its word: a client that nobody here wrote sends what it allows, and what it forbids.

The policies are those of `xeploai init`, which are small, so that every route is quick.
"""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks
from support.examples import examples
from support.readme import run
from support.servers import Server, serving

NOT_MEANT = [checks.positive_data_acceptance, checks.negative_data_rejection]
"""A case of the right form may still be one that no regulation judges, and a bad case of a list is told in an answer
with status 200 while the others are judged."""
SETTINGS = settings(
    max_examples=examples(3, 100),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@schemathesis.serializer("application/x-ndjson")
def _as_lines(_: object, value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("small")
    assert run(["-m", "engine", "init", "policies"], folder).returncode == 0
    with serving(next(folder.rglob("facts.yaml")).parent) as running:
        yield running


@pytest.fixture(scope="module")
def api(server: Server) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_url(f"{server.base}/api/v1/openapi.json")


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_the_document_keeps_its_word(api: schemathesis.BaseSchema, server: Server, mode: GenerationMode) -> None:
    """No answer has a status, a type or a form that the document does not give it, and none is a defect."""
    headers = {"Authorization": f"Bearer {server.token}"}
    broken: dict[str, str] = {}
    asked = 0
    for result in api.get_all_operations():
        operation = result.ok()

        @SETTINGS
        @given(case=operation.as_strategy(generation_mode=mode))
        def keeps_its_word(case: schemathesis.Case) -> None:
            nonlocal asked
            asked += 1
            case.call_and_validate(headers=headers, excluded_checks=NOT_MEANT)

        try:
            keeps_its_word()
        except Unsatisfiable:
            # Nothing can be wrong in a request without body and parameters.
            continue
        except (Exception, BaseExceptionGroup) as failure:
            inside = failure.exceptions if isinstance(failure, BaseExceptionGroup) else (failure,)
            broken[f"{operation.method} {operation.path}"] = "\n".join(map(str, inside))
    assert not broken, "\n\n".join(f"{name}: {why}" for name, why in broken.items())
    assert asked > 20
