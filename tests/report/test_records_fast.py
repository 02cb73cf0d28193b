"""The fast writer gives the bytes of the slow one, whatever it has kept of other cases."""

import json
from functools import cache
from typing import Any

import pytest
from support import ROOT
from support.examples import examples
from support.policies import all_policies

from bench.generate import blocks
from engine.base.diagnostics import EngineFailure
from engine.base.documents import Document
from engine.base.json_text import Unread
from engine.core.judge.case import Case
from engine.core.judge.engine import Engine
from engine.core.policy.regulation import Library
from engine.load.cases.paths import unread_cases
from engine.load.cases.reading import CaseReader
from engine.report.records import fast, form
from engine.report.records.fast import FastWriter
from engine.report.records.writing import Writer
from engine.study.alternatives import OtherReadings
from engine.study.memory import outcome_of

OTHERWISE = {"specific_products": "noted_only", "poor_criteria": "any_poor", "individual_task_numbers": "as_elsewhere"}
FACTS = {
    "tasks": {"assigned": 10, "completed": 10, "exceeded": 3, "on_schedule_with_quality": True},
    "criteria": dict.fromkeys(("politics", "ethics", "work_style", "discipline", "task_results"), "good"),
}
AWKWARD = (
    {"case_id": 'a "quoted" \\ name', "subject": {"kind": "non_leader", "id": "Đỗ", "cohort": "nhóm: 1, {2}"}},
    {"case_id": "no facts", "subject": {"kind": "leader", "id": "", "unit": ""}},
    {"case_id": "shares", "subject": {"kind": "leader"}, "facts": {"tasks": {"assigned": 7, "completed": 5}}},
    {"case_id": "relations", "subject": {"kind": "head", "id": "H", "heads": ["S", "T"]}, "facts": FACTS,
     "evidence": {"tasks.completed": ["", "một", "hai"], "tasks.exceeded": []}},
    {"case_id": "given", "subject": {"kind": "organization", "id": "T"}, "review": {"covered": []}, "facts": FACTS,
     "grades": {"self": "excellent", "proposed": "good", "decided": "completed", "decided_on": "2024-12-30"}},
    {"case_id": "not graded", "subject": {"kind": "leader"}, "facts": {"membership": {"months_since_admission": 1}}},
)  # fmt: skip


@cache
def library() -> Library:
    return all_policies()


@cache
def cases(regulation: str | None = None) -> tuple[Case, ...]:
    """The samples, some hundred cases made by chance, a tenth of them again without some facts, and awkward ones."""
    folders = [str(folder) for folder in sorted((ROOT / "policies").glob("*/cases"))] if regulation is None else []
    documents: list[Any] = [*unread_cases(tuple(folders), library(), "vi", print)]
    lines = "".join(blocks(ROOT / "policies", examples(150, 4_000), seed=11)).splitlines()
    lines += [json.dumps({"period": "2024", "as_of": "2024-12-31", "facts": {}, **case}) for case in AWKWARD]
    lines += [json.dumps(without(json.loads(line), number)) for number, line in enumerate(lines[:40])]
    documents += [Unread("cases.ndjson", line) for line in lines]
    return tuple(case for case in map(reader(regulation), documents) if isinstance(case, Case))


def without(case: dict[str, Any], number: int) -> dict[str, Any]:
    """The case without one group of facts and one fact, which depend on the number."""
    groups = dict(sorted(case["facts"].items()))
    groups.pop(list(groups)[number % len(groups)])
    group = groups[list(groups)[number // 2 % len(groups)]]
    group.pop(list(group)[number % len(group)])
    return {**case, "case_id": f"gap {number}", "facts": groups}


def reader(regulation: str | None) -> Any:
    read, seen = CaseReader(library()), {}  # type: ignore[var-annotated]

    def one(document: Document | Unread) -> Any:
        return read.read(document, regulation, seen)

    return one


@pytest.mark.parametrize(
    ("switches", "regulation"),
    [({}, None), (OTHERWISE, None), ({}, "mau-tinh-a-2024"), ({}, "qd-366-2025")],
    ids=["as chosen", "read otherwise", "local layer", "another regulation"],
)
def test_every_record_is_that_of_the_slow_writer(switches: dict[str, str], regulation: str | None) -> None:
    writer = Writer(library(), switches)
    records, put_together = FastWriter(writer), 0
    with Engine(library(), switches, dependences=OtherReadings.of) as engine:
        for case in (*cases(regulation), *cases(regulation)):
            result = engine.match(case)
            content, outcome = records.case(result)
            put_together += "decided" not in vars(result)
            own = result.decided.decision
            assert content.decode() == form.encode(writer.case(own)).decode(), case.case_id
            assert outcome == outcome_of(own)
    assert put_together > 250


def test_a_verified_record_that_differs_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer(library(), {})
    records = FastWriter(writer, verify=True)
    first = next(case for case in cases() if case.case_id == "B-00000000")
    with Engine(library(), {}) as engine:
        assert records.case(engine.match(first)) == records.case(engine.match(first))
        monkeypatch.setattr(fast, "_day", lambda case: b',"decided_on":"2024-12-31"')
        with pytest.raises(EngineFailure, match="B-00000000"):
            records.case(engine.match(first))


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast, "MOST_KEPT", 3)
    writer = Writer(library(), {})
    records = FastWriter(writer)
    with Engine(library(), {}, dependences=OtherReadings.of) as engine:
        for case in cases()[:200]:
            result = engine.match(case)
            assert records.case(result)[0] == form.encode(writer.case(result.decided.decision))
    kept = [(len(judge._parts), len(judge._gradings)) for judge in records._judges.values()]
    assert kept and max(kept) == (3, 3)
