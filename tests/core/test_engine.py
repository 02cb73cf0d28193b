"""A whole run: the second derivation that guards the first, choices that mean nothing, days and orders."""

import json
import random
from typing import Any

import pytest
from support import ROOT
from support.cases_124 import document, draw
from support.policies import all_policies
from support.small_regulation import library

from engine.api import evaluate
from engine.base.diagnostics import EngineFailure
from engine.base.documents import Document
from engine.base.json_text import parse_json
from engine.load.policies.choices import UnknownChoice

LIBRARY = library()
POLICIES = ROOT / "policies"


def case(case_id: str = "T-1", **facts: object) -> Document:
    stated: dict[str, Any] = {
        "work": {"given": 10, "done": 10, "extra": 6},
        "mark": {"one": "green", "two": "green"},
        "fault": {"found": False, "mended": False},
        "tags": ["p"],
        "leave": {"months": 0},
        **facts,
    }
    data = {
        "case_id": case_id, "period": "2024", "as_of": "2024-12-31", "subject": {"kind": "person", "cohort": "A"},
        "facts": stated, "evidence": {"mark.one": ["1"]},
    }  # fmt: skip
    return parse_json(f"{case_id}.json", json.dumps(data))


def test_verifying_stops_on_a_rule_that_comes_out_otherwise_in_plain_python(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.core.judge import engine as evaluation

    plain = evaluation.evaluate_plainly
    assert evaluate(LIBRARY, [case()], verify=True).decisions[0].grading is not None

    def wrong(condition: Any, facts: Any, values: Any, evidence: Any) -> bool | None:
        result = plain(condition, facts, values, evidence)
        return not result if result is not None else None

    monkeypatch.setattr(evaluation, "evaluate_plainly", wrong)
    with pytest.raises(EngineFailure, match=r"T-1.*ladder\."):
        evaluate(LIBRARY, [case()], verify=True)
    evaluate(LIBRARY, [case()], verify=False)


def test_every_case_is_counted_as_it_is_done() -> None:
    counted: list[int] = []
    evaluate(LIBRARY, [case("T-1"), case("T-2"), case("T-1")], on_case=lambda: counted.append(1))
    assert len(counted) == 3


@pytest.mark.parametrize(
    ("choices", "code", "suggestion"),
    [
        ({"regulation": "smal"}, "regulation/unknown", "small"),
        ({"switches": {"strictnes": "strict"}}, "interpretation/unknown", "strictness"),
        ({"switches": {"strictness": "stric"}}, "interpretation/unknown-option", "strict"),
    ],
)
def test_a_choice_that_means_nothing_is_refused_before_the_first_case(
    choices: dict[str, Any], code: str, suggestion: str
) -> None:
    with pytest.raises(UnknownChoice) as choice:
        evaluate(LIBRARY, iter([case()]), **choices)
    assert choice.value.diagnostic.code == code
    assert dict(choice.value.diagnostic.arguments)["suggestion"] == suggestion


def test_a_parameter_has_the_value_of_its_day() -> None:
    def grade(day: str) -> str | None:
        document = case(work={"given": 10, "done": 10, "extra": 5})
        document.data["as_of"] = day
        grading = evaluate(LIBRARY, [document]).decisions[0].grading
        return grading.grade if grading else None

    assert (grade("2024-12-31"), grade("2025-01-01")) == ("gold", "silver")


def test_the_order_of_cases_changes_no_record() -> None:
    one, two = case("T-1"), case("T-2", tags=[])
    forward, backward = evaluate(LIBRARY, [one, two]), evaluate(LIBRARY, [two, one])
    assert forward.decisions == backward.decisions[::-1]
    assert forward.quotas == backward.quotas


@pytest.mark.parametrize("kept", [0, 1, None])
def test_what_was_kept_for_cases_before_changes_no_record(kept: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Much is made once for many cases; a case by itself is told the same, and however little is kept."""
    chance = random.Random(5)
    documents = [
        document(number, kind, draw(chance, kind))
        for number, kind in enumerate(chance.choices(["leader", "non_leader", "organization"], k=60))
    ]
    policies = all_policies()
    alone = [evaluate(policies, [one]).decisions[0] for one in documents[:12]]
    if kept is not None:
        for module in ("core.judge.decision", "core.rules.domains", "core.rules.matcher", "study.alternatives"):
            monkeypatch.setattr(f"engine.{module}.MOST_KEPT", kept)
    together = evaluate(policies, [*documents, *documents[:12]])
    assert together.decisions[:12] == tuple(alone)
    assert len(together.rejected) == 12, "the same case twice"
