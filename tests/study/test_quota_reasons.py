"""Which numbers of a quota would be lawful, against the arithmetic of the text."""

import json
from typing import Any

import pytest
from support.small_regulation import library

from engine.base.json_text import parse_json
from engine.core.judge.case import Case
from engine.load.cases.reading import CaseReader
from engine.study.quota_reasons import Figures, quota_reasons
from engine.study.reasoner import Reasoner

LIBRARY = library()


def cohort(golds: int, silvers: int) -> list[Any]:
    """So many cases that people graded gold and silver, in one cohort."""
    reasoner, reader, members = Reasoner(LIBRARY), CaseReader(LIBRARY), []
    for number in range(golds + silvers):
        data = {
            "case_id": f"T-{number}", "period": "2024", "as_of": "2024-12-31",
            "subject": {"kind": "person", "id": f"S-{number}", "cohort": "A"}, "facts": {},
            "grades": {"decided": "gold" if number < golds else "silver"},
        }  # fmt: skip
        case = reader.read(parse_json("t.json", json.dumps(data)), None, {})
        assert isinstance(case, Case)
        members.append(reasoner.decide(case))
    return members


@pytest.mark.parametrize(("golds", "silvers"), [(1, 0), (1, 4), (2, 9), (3, 5), (7, 11), (2, 10)])
def test_the_lawful_numbers_are_those_of_the_text(golds: int, silvers: int) -> None:
    reasons = quota_reasons(LIBRARY, cohort(golds, silvers), {})
    # At most a fifth of those graded silver may be gold; the surplus becomes silver.
    if 5 * golds <= silvers:
        assert reasons == ()
        return
    falling = next(number for number in range(golds + 1) if 5 * (golds - number) <= silvers + number)
    fallen = Figures(golds - falling, silvers + falling, (silvers + falling) // 5)
    (reason,) = reasons
    assert (reason.falling, reason.fallen) == (falling, fallen)
    assert reason.wider == Figures(golds, 5 * golds, golds)
