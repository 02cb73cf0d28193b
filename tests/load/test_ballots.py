"""The count of a vote in a case: read from JSON and tables, its mistakes told, and held against the majority asked."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.policies import POLICIES
from support.policies import all_policies as shipped

from engine.api import evaluate
from engine.base.json_text import Unread
from engine.core.policy.live import Choices
from engine.load.cases.ballots import Ballots, mistakes
from engine.load.cases.fast import Decoder
from engine.load.cases.paths import read_cases

COUNT = {"summoned": 12, "present": 12, "issued": 12, "returned": 12, "valid": 11, "invalid": 1}
VOTES = {"excellent": 6, "good": 5}
CASE: dict[str, Any] = {
    **json.loads((POLICIES / "qd-366-2025/cases/07-non-leader-three-quarters-of-tasks.json").read_text("utf-8")),
    "grades": {"self": "good", "proposed": "excellent"},
    "ballots": {**COUNT, "grades": VOTES},
}


@pytest.mark.parametrize(
    ("counts", "votes", "expected"),
    [
        ({}, {}, []),
        ({"returned": 13}, {}, [("ballots/above", "returned"), ("ballots/sum", "returned")]),
        ({"present": 13}, {}, [("ballots/above", "present")]),
        ({"valid": 13}, {"good": 7}, [("ballots/above", "valid")]),
        ({"invalid": 0}, {}, [("ballots/sum", "returned")]),
        ({}, {"good": 4}, [("ballots/grades", "grades")]),
        ({}, {"completed": 1}, [("ballots/grades", "grades")]),
    ],
)
def test_arithmetic(counts: dict[str, int], votes: dict[str, int], expected: list[tuple[str, str]]) -> None:
    told = [(mistake.code, mistake.path[-1]) for mistake in mistakes(Ballots(COUNT | counts, VOTES | votes))]
    assert told == expected


def test_a_count_that_is_right_is_read_fast_and_any_other_carefully() -> None:
    def fast(ballots: dict[str, Any]) -> bool:
        return Decoder(shipped()).case("case.json", json.dumps({**CASE, "ballots": ballots})) is not None

    assert fast({**COUNT, "grades": VOTES})
    assert not fast({**COUNT, "returned": 13})
    assert not fast({**COUNT, "grades": {"gold": 11}})


def warned(switches: Choices, text: str = json.dumps(CASE)) -> list[str]:
    results = evaluate(shipped(), [Unread("case.json", text)], switches=switches)
    assert not results.rejected
    return [warning.code for warning in results.warnings if "votes" in warning.message("en")]


@pytest.mark.parametrize(
    ("base", "expected"),
    [("not_examined", []), ("valid", []), ("summoned", ["cases/without-majority"])],
)
def test_the_reading_says_of_which_number_more_than_half_are_asked(base: str, expected: list[str]) -> None:
    """6 of 11 valid ballots are more than half, 6 of 12 people are not."""
    assert warned({"vote_base": base}) == expected


def test_a_table_has_a_column_for_each_number(tmp_path: Path) -> None:
    table = tmp_path / "cases.csv"
    table.write_text(
        "case_id;period;as_of;subject.kind;Số phiếu phát ra;Số phiếu thu về;Số phiếu: Hoàn thành tốt nhiệm vụ\n"
        "A;2025;2025-12-31;non_leader;11;12;3\nB;2025;2025-12-31;non_leader;12;12;3\n",
        "utf-8",
    )
    documents = list(read_cases((str(table),), shipped(), "vi", lambda problem: None))
    assert [document.data["ballots"] for document in documents] == [  # type: ignore[union-attr]
        {"issued": 11, "returned": 12, "grades": {"good": 3}},
        {"issued": 12, "returned": 12, "grades": {"good": 3}},
    ]
    (rejected,) = evaluate(shipped(), documents).rejected
    (problem,) = rejected.diagnostics
    assert (problem.code, problem.location.column) == ("ballots/above", 33)
    assert "số phiếu thu về" in problem.message("vi").lower()
