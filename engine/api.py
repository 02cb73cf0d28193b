"""The whole run in one call: case documents in, decisions, quotas and links out."""

from collections.abc import Callable, Iterable

from engine.cohorts import Decided
from engine.compiler import Choices
from engine.evaluation import Engine, Made, across_cases, check_choices, make_anew
from engine.model import Library
from engine.reading import CaseReader, Seen
from engine.records import Rejected, Results
from engine.sources import Document, Unread


def evaluate(
    library: Library,
    documents: Iterable[Document | Unread | Rejected],
    *,
    regulation: str | None = None,
    switches: Choices | None = None,
    verify: bool = False,
    on_case: Callable[[], None] | None = None,
    made: Made | None = None,
) -> Results:
    """Judge every case and report on every cohort.

    Takes case documents or their texts (what could not be read at all comes as `Rejected` and is passed on), a
    regulation's id to judge by instead of the one in force, and interpretations to read otherwise
    ({interpretation: option}).
    `verify` re-derives every rule of every case in plain Python and raises EngineFailure on any difference.
    `on_case` is called after each case, and `made` asked for what an earlier run may have made of the same library.
    Raises UnknownChoice if `regulation` or `switches` name nothing known, and Problems if rules that a case needs
    are beyond what the engine can match.
    """
    check_choices(library, regulation, switches or {})
    reader = CaseReader(library)
    with Engine(library, switches or {}, verify, made=made or make_anew) as engine:
        decided: list[Decided] = []
        rejected: list[Rejected] = []
        seen: dict[str, Seen] = {}
        for document in documents:
            case = reader.read(document, regulation, seen)
            if isinstance(case, Rejected):
                rejected.append(case)
            else:
                decided.append(engine.decide(case))
            if on_case is not None:
                on_case()
    return across_cases(library, decided, rejected, switches or {})
