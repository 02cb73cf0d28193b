"""What every reading of the quota makes of groups whose sums offices are known to do in different ways."""

from collections.abc import Mapping
from functools import cache
from io import StringIO

import pytest
from support import ROOT

from engine.api import evaluate
from engine.core.judge.record import QuotaResult
from engine.core.policy.regulation import Library
from engine.report.results import write
from engine.report.text import Layout
from engine.report.words import Words
from engine.versions.opening import load_library

Figures = tuple[int, int, int, str]
"""Count, base, limit, status."""
NO, YES = "exceeded", "within"


@cache
def library() -> Library:
    return load_library(ROOT / "policies")


def group(facts: Mapping[str, object], **numbers: int) -> list[dict[str, object]]:
    """So many decided cases of each grade in one group under Regulation 366."""
    grades = [grade for grade, number in numbers.items() for _ in range(number)]
    return [
        {
            "case_id": f"T-{number}", "period": "2025", "as_of": "2025-12-31",
            "subject": {"kind": "non_leader", "id": f"S-{number}", "cohort": "A"},
            "facts": {"unit": facts}, "grades": {"proposed": grade, "decided": grade},
        }
        for number, grade in enumerate(grades)
    ]  # fmt: skip


def counted(cases: list[dict[str, object]]) -> QuotaResult:
    (quota,) = evaluate(library(), cases).quotas
    return quota


def figures(quota: QuotaResult) -> Figures:
    return quota.count, quota.base, quota.limit, quota.status


def readings(quota: QuotaResult) -> dict[str, Figures]:
    return {f"{r.setting.id}.{r.option}".rstrip("."): figures(r.result) for r in quota.readings}


@pytest.mark.parametrize(
    ("numbers", "chosen", "others"),
    [
        (
            {"excellent": 3, "good": 13},
            (3, 13, 2, NO),
            {
                "quota_base.good_or_above": (3, 16, 3, YES), "quota_base.all_graded": (3, 16, 3, YES),
                "quota_rounding.half_up": (3, 13, 3, YES), "quota_rounding.ceiling": (3, 13, 3, YES),
                "small_group_relief.one_allowed": (3, 13, 2, NO), "nobody_good.one_allowed": (3, 13, 2, NO),
            },
        ),
        (
            {"excellent": 2, "good": 8, "completed": 3},
            (2, 8, 1, NO),
            {
                "quota_base.good_or_above": (2, 10, 2, YES), "quota_base.all_graded": (2, 13, 2, YES),
                "quota_rounding.half_up": (2, 8, 2, YES), "quota_rounding.ceiling": (2, 8, 2, YES),
                "small_group_relief.one_allowed": (2, 8, 1, NO), "nobody_good.one_allowed": (2, 8, 1, NO),
            },
        ),
        (
            {"excellent": 1, "good": 3},
            (1, 3, 0, NO),
            {
                "quota_base.good_or_above": (1, 4, 0, NO), "quota_base.all_graded": (1, 4, 0, NO),
                "quota_rounding.half_up": (1, 3, 1, YES), "quota_rounding.ceiling": (1, 3, 1, YES),
                "small_group_relief.one_allowed": (1, 3, 1, YES), "nobody_good.one_allowed": (1, 3, 0, NO),
            },
        ),
        (
            {"excellent": 1},
            (1, 0, 0, NO),
            {
                "quota_base.good_or_above": (1, 1, 0, NO), "quota_base.all_graded": (1, 1, 0, NO),
                "quota_rounding.half_up": (1, 0, 0, NO), "quota_rounding.ceiling": (1, 0, 0, NO),
                "small_group_relief.one_allowed": (1, 0, 1, YES), "nobody_good.one_allowed": (1, 0, 1, YES),
            },
        ),
    ],
    ids=["3 of 16", "8 good", "3 good", "nobody good"],
)  # fmt: skip
def test_a_group_under_every_reading(numbers: dict[str, int], chosen: Figures, others: dict[str, Figures]) -> None:
    quota = counted(group({"higher_share_decided": False}, **numbers))
    assert figures(quota) == chosen
    shown = readings(quota)
    assert {name: shown[name] for name in others} == others
    # What was proposed was decided, so what was good before any drop is what is good now.
    assert shown["quota_base.initial_good"] == chosen
    # Without a head it makes no difference in which group heads count.
    assert shown["quota_head.with_others"] == chosen
    assert set(shown) == {*others, "quota_base.initial_good", "quota_head.with_others", "outstanding_organization"}


def test_a_higher_share_is_shown_where_it_was_not_decided() -> None:
    undecided = counted(group({"higher_share_decided": False}, excellent=6, good=24))
    assert figures(undecided) == (6, 24, 4, NO)
    assert readings(undecided)["outstanding_organization"] == (6, 24, 6, YES)
    decided = {"excellent_with_outstanding_results": True, "higher_share_decided": True}
    granted = counted(group(decided, excellent=6, good=24))
    assert figures(granted) == (6, 24, 6, YES)
    assert "outstanding_organization" not in readings(granted)


def test_the_text_says_what_another_reading_would_make_of_the_group_and_leaves_out_what_is_the_same() -> None:
    results = evaluate(library(), group({"higher_share_decided": False}, excellent=3, good=13))

    def text(brief: bool) -> str:
        stream = StringIO()
        write(results, "text", Words("en", {}), stream, Layout(brief))
        return " ".join(stream.getvalue().split())

    half_up = "if read otherwise – How is a fraction of 20% rounded? Half up: 3, base 13, limit 3 – within the quota ["
    assert half_up in text(False)
    assert "if read otherwise – If granted: An excellent organization" in text(False)
    assert "May a group with nobody" not in text(False)
    assert "if read otherwise" not in text(True)


def test_a_group_with_its_head_stands_beside_the_groups_apart() -> None:
    cases = group({"higher_share_decided": False}, excellent=1, good=5)
    cases[0]["subject"] = {"kind": "head", "id": "S-head", "cohort": "A"}
    quotas = {dict(quota.cohort)["subject.kind"]: quota for quota in evaluate(library(), cases).quotas}
    assert figures(quotas["head"]) == (1, 0, 0, NO)
    assert figures(quotas["non_leader"]) == (0, 5, 1, YES)
    for quota in quotas.values():
        assert readings(quota)["quota_head.with_others"] == (1, 5, 1, YES)


def test_a_reading_says_where_it_comes_from_and_how_sure_that_is() -> None:
    quota = counted(group({}, excellent=3, good=13))
    statuses = {
        (reading.setting.id, reading.option): reading.source and reading.source.status
        for reading in quota.readings
        if reading.setting.id in ("quota_base", "quota_rounding")
    }
    assert statuses == {
        ("quota_base", "initial_good"): None, ("quota_base", "good_or_above"): "assumed",
        ("quota_base", "all_graded"): "assumed", ("quota_rounding", "half_up"): "assumed",
        ("quota_rounding", "ceiling"): None,
    }  # fmt: skip
