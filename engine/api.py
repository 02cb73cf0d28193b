"""The whole run in one call: case documents in, decisions, quotas and links out."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from engine.base.documents import Document
from engine.base.json_text import Unread
from engine.core.judge.case import Rejected
from engine.core.judge.engine import Engine, Made, Matched, make_anew
from engine.core.judge.record import Decision, Results
from engine.core.policy.live import Choices
from engine.core.policy.regulation import Library
from engine.load.cases.reading import CaseReader, Seen
from engine.load.cases.remarks import Remarks
from engine.load.policies.choices import check_choices
from engine.study.alternatives import OtherReadings
from engine.study.memory import Memory, Outcome, outcome_of
from engine.study.quota_readings import across_with_readings

if TYPE_CHECKING:
    from engine.core.judge.decision import Decided

TOGETHER = 64
"""So many cases are read, then matched, then handed on: doing the same again and again keeps the processor's caches
warm, which saves a quarter of the time."""


def evaluate(
    library: Library,
    documents: Iterable[Document | Unread | Rejected | Mapping[str, Any]],
    *,
    regulation: str | None = None,
    switches: Choices | None = None,
    verify: bool = False,
    on_case: Callable[[], None] | None = None,
    made: Made | None = None,
) -> Results:
    """Judge all cases, with the quotas of their cohorts and the links between them.

    `documents`: cases as plain dicts, as JSON holds them, as documents, or as texts not parsed yet. A file that
    could not be read comes as `Rejected`, and is passed on to the results.
    `regulation`: the id of a regulation to judge by instead of the one in force on a case's day.
    `switches`: options of interpretations to use instead of the usual ones ({interpretation: option}).
    `verify`: derive every rule of every case again in plain Python, and raise EngineFailure on any difference.
    `on_case` is called after each case; `made` gives what an earlier run made from the same library, or makes it.

    Raises UnknownChoice if `regulation` or `switches` name something unknown, and Problems if rules that a case needs
    are beyond what the engine can match.
    """
    decisions: list[Decision] = []
    rejected: list[Rejected] = []
    step = on_case or (lambda: None)

    def keep(matched: Matched) -> Outcome:
        decisions.append(matched.decided.decision)
        step()
        return outcome_of(matched.decided.decision)

    def set_aside(case: Rejected) -> None:
        rejected.append(case)
        step()

    between = evaluate_each(
        library, documents, keep, set_aside, regulation=regulation, switches=switches, verify=verify, made=made
    )
    return replace(between, decisions=tuple(decisions), rejected=tuple(rejected))


def evaluate_each(
    library: Library,
    documents: Iterable[Document | Unread | Rejected | Mapping[str, Any]],
    on_case: Callable[[Matched], Outcome],
    on_rejected: Callable[[Rejected], None],
    *,
    regulation: str | None = None,
    switches: Choices | None = None,
    verify: bool = False,
    made: Made | None = None,
) -> Results:
    """As `evaluate`, but cases are handed on in the order given, some at a time, and not kept.

    `on_case` says how the case came out. The results hold only what lies between the cases: quotas, links, cases
    without a cohort, and warnings.
    """
    check_choices(library, regulation, switches or {})
    reader, remarks = CaseReader(library), Remarks(library, switches or {})
    memory = Memory(library)
    with Engine(library, switches or {}, verify, made or make_anew, OtherReadings.of) as engine:
        members: list[Decided] = []
        seen: dict[str, Seen] = {}
        numbered = enumerate(documents, 1)
        while batch := list(islice(numbered, TOGETHER)):
            given = [as_text(item, number) if isinstance(item, Mapping) else item for number, item in batch]
            cases = [item if isinstance(item, Rejected) else reader.read(item, regulation, seen) for item in given]
            results = [case if isinstance(case, Rejected) else engine.match(case) for case in cases]
            outcomes: list[tuple[Matched, Outcome]] = []
            for result in results:
                if isinstance(result, Rejected):
                    on_rejected(result)
                else:
                    outcomes.append((result, on_case(result)))
            pairs = zip(given, cases, strict=True)
            judged = [item for item, case in pairs if not isinstance(item, Rejected) and not isinstance(case, Rejected)]
            for item, (matched, outcome) in zip(judged, outcomes, strict=True):
                remarks.add(matched.case, item)
                members.append(memory.of(matched, outcome))
    between = across_with_readings(library, members, (), switches or {})
    return replace(between, decisions=(), warnings=remarks.all())


def as_text(case: Mapping[str, Any], number: int) -> Unread:
    """A case that is given as plain data -> its JSON text, so that it is read like every other case.

    Raises TypeError if the case holds a value that JSON does not have."""

    def plain(value: object) -> object:
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Mapping):
            return dict(value)
        if isinstance(value, Decimal):
            short = int(value) if value == value.to_integral_value() else float(value)
            if Decimal(str(short)) == value:
                return short
        raise TypeError(
            f"Case {number} holds a value of the type {type(value).__name__}, which JSON has not; give text, a number,"
            " True, False, None, a list, a dict or a date."
        )

    file = f"case {number}"
    return Unread(file, json.dumps(dict(case), ensure_ascii=False, default=plain), name=file)
