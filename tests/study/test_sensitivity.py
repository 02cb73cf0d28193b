"""Who may lose a grade, or keep it, if a quota is read otherwise."""

import sys
from typing import Any

from support.policies import all_policies

from engine.api import as_text
from engine.report.document import write_documents
from engine.report.sensitivity import as_document
from engine.study.sensitivity import Sensitivity, sensitivity


def of_group(**numbers: int) -> Sensitivity:
    """So many decided cases of each grade in one group under Regulation 366."""
    cases: list[dict[str, Any]] = []
    for grade, number in numbers.items():
        for place in range(number):
            name = f"{grade}-{place}"
            subject = {"kind": "non_leader", "id": f"S-{name}", "cohort": "A"}
            grades = {"proposed": grade, "decided": grade}
            cases.append(
                {
                    "case_id": name, "period": "2025", "as_of": "2025-12-31", "subject": subject,
                    "facts": {"unit": {"higher_share_decided": False}}, "grades": grades,
                }
            )  # fmt: skip
    return sensitivity(all_policies(), [as_text(case, number) for number, case in enumerate(cases, 1)])


def test_a_reading_that_lets_more_keep_the_grade_names_all_who_hold_it() -> None:
    found = of_group(excellent=3, good=13)
    turned = {(row.name, row.option): row.turned for row in found.rows if row.turned}
    holders = ("excellent-0", "excellent-1", "excellent-2")
    assert set(turned) == {
        ("quota_base", "good_or_above"), ("quota_base", "all_graded"),
        ("quota_rounding", "half_up"), ("quota_rounding", "ceiling"),
    }  # fmt: skip
    assert {(one.cohort, one.excess, one.holders) for several in turned.values() for one in several} == {
        ("2025 · non_leader · A", (1, 0), holders)
    }


def test_the_document_calls_the_cohort_by_its_labels_and_chooses_nobody(capsys: Any) -> None:
    document = as_document(of_group(excellent=1, good=3), all_policies().regulations, "en")
    write_documents([document], "text", "en", sys.stdout)
    told = " ".join(capsys.readouterr().out.split())
    assert "fewer must fall in 2025 · Individual without a leading post · A: 1 → 0 too many, among (the program" in told
