"""The three regulations in one folder: which is in force, one case under each, and what each changed."""

import json
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from support import ROOT
from support.command import run, run_process
from support.policies import all_policies
from support.regulation_366 import SPOTLESS, UNDER_132, UNDER_366, UNDETERMINED, ByHand, points
from support.three_regulations import document, judged

from engine.api import evaluate
from engine.base.json_text import parse_json
from engine.core.judge.engine import Engine
from engine.core.judge.record import Decision
from engine.core.policy.live import in_force
from engine.load.cases.careful import parse_case
from engine.study.whatif import ways_up
from engine.versions.comparison import Difference
from engine.versions.diff import differences
from engine.versions.versions import Version

FIRST_DAY = date(2018, 3, 8)


def outcome(decision: Decision) -> str | None:
    if decision.grading is None:
        return None
    assert decision.grading.settled, decision.grading
    return decision.grading.grade or UNDETERMINED


# --- in force ------------------------------------------------------------------------------------------------------


def test_no_day_since_the_first_has_a_gap_or_an_overlap() -> None:
    known = all_policies().regulations.values()
    day, found = FIRST_DAY, []
    while day <= date.today():
        regulations = [one.id for one in known if one.extends is None and in_force(one, day)]
        assert len(regulations) == 1, day
        if not found or found[-1][1] != regulations[0]:
            found.append((day.isoformat(), regulations[0]))
        day += timedelta(days=1)
    assert found == [("2018-03-08", "qd-132-2018"), ("2023-10-04", "qd-124-2023"), ("2025-08-30", "qd-366-2025")]


@pytest.mark.parametrize(
    ("day", "regulation"),
    [
        ("2018-03-08", "qd-132-2018"),
        ("2023-10-03", "qd-132-2018"),
        ("2023-10-04", "qd-124-2023"),
        ("2025-08-29", "qd-124-2023"),
        ("2025-08-30", "qd-366-2025"),
    ],
)
def test_a_case_is_judged_by_the_regulation_of_its_day(day: str, regulation: str) -> None:
    (decision,) = judged([document(SPOTLESS["non_leader"], "non_leader", day)])
    assert decision.regulation == regulation


def test_before_the_first_day_no_regulation_is_in_force() -> None:
    _, problems = parse_case(document({}, "non_leader", "2018-03-07"), all_policies())
    assert [one.code for one in problems] == ["case/no-regulation-in-force"]


@pytest.mark.parametrize(
    ("day", "period", "told", "not_told"),
    [
        ("2023-12-31", "2023", ["in force on the day of review", "until 2023-10-03 it was", "132-QĐ/TW"], ["366"]),
        ("2023-06-30", "2023", ["from 2023-10-04 it is", "124-QĐ/TW"], ["366"]),
        ("2025-12-20", "2025", ["until 2025-08-29 it was", "124-QĐ/TW"], ["132"]),
        ("2025-06-30", "2025", ["from 2025-08-30 it is", "366-QĐ/TW"], ["132"]),
        ("2026-01-10", "2025", ["until 2025-08-29 it was", "124-QĐ/TW"], ["132"]),
        ("2025-10-01", "2025-Q3", ["until 2025-08-29 it was"], ["132"]),
        ("2025-12-20", "2025-Q4", ["in force on the day of review"], ["124", "132"]),
        ("2024-12-31", "2024", ["in force on the day of review"], ["132", "366"]),
        ("2025-12-31", "2020-2025", ["124-QĐ/TW", "132-QĐ/TW"], []),
    ],
)
def test_in_a_period_that_saw_two_regulations_the_choice_is_told(
    day: str, period: str, told: list[str], not_told: list[str]
) -> None:
    (decision,) = judged([document(SPOTLESS["head"], "head", day, period=period)])
    assert all(one in decision.chosen_because.en for one in told), decision.chosen_because
    assert not any(one in decision.chosen_because.en for one in not_told), decision.chosen_because
    assert ("--regulation" in decision.chosen_because.en) == (len(told) > 1 or "it was" in told[0])


def test_the_output_tells_the_choice_and_the_choice_can_be_overridden(tmp_path: Path) -> None:
    case = tmp_path / "case.json"
    case.write_text(document(SPOTLESS["head"], "head", "2023-12-20").text, encoding="utf-8")

    def told(*options: str) -> str:
        done = run("evaluate", case, "--lang", "en", *options)
        assert done.returncode == 0, done.stderr
        return " ".join(done.stdout.split())

    assert "Under Regulation 124-QĐ/TW (in force on the day of review; until 2023-10-03 it was" in told()
    assert "Under Regulation 132-QĐ/TW of 2018 (chosen by the person who ran this)" in told(
        "--regulation", "qd-132-2018"
    )


def test_a_case_that_names_a_regulation_not_in_force_is_refused_with_the_days() -> None:
    _, problems = parse_case(document({}, "head", "2025-12-20", regulation="qd-124-2023"), all_policies())
    (only,) = problems
    assert only.code == "case/regulation-not-in-force"
    assert dict(only.arguments)["last"] == "2025-08-29"


# --- one case under each -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in SPOTLESS if kind != "outside_member"])
def test_one_case_is_judged_under_each_of_the_three(kind: str) -> None:
    facts = {
        **SPOTLESS[kind],
        "achievements.outstanding_and_model": True,
        "conduct.truly_exemplary": True,
        "criteria.basically_average": True,
        "criteria.poor_overall": False,
        "tasks.exceeded": 40,
    }
    case = document(facts, kind, "2024-12-31", evidence={"tasks.completed": ["Sản phẩm 1"]})
    grades = {one: outcome(judged([case], one)[0]) for one in all_policies().regulations if one.startswith("qd-")}
    collective = kind in ("organization", "leadership_collective", "party_organization")
    assert grades == {
        # The standards of organizations under 132 are in no source.
        "qd-132-2018": UNDETERMINED if kind in ("organization", "party_organization") else "excellent",
        # 40% exceeded are too few for an individual's excellent under 124, which asks 50%, and enough under 366.
        "qd-124-2023": "excellent" if collective else "good",
        "qd-366-2025": "excellent",
    }


def test_a_kind_of_subject_that_only_366_knows_is_told_under_the_others() -> None:
    _, problems = parse_case(document({}, "outside_member", "2024-12-31"), all_policies())
    assert [one.code for one in problems] == ["kind/unknown"]


@pytest.mark.parametrize(
    ("regulation", "day", "cases"),
    [("qd-366-2025", "2025-12-20", UNDER_366), ("qd-132-2018", "2022-12-31", UNDER_132)],
    ids=["366", "132"],
)
def test_cases_come_out_as_worked_out_by_hand(regulation: str, day: str, cases: list[ByHand]) -> None:
    documents = [
        document(SPOTLESS[one.kind] | one.facts, one.kind, day, f"case-{number}") for number, one in enumerate(cases)
    ]
    decisions = judged(documents)
    assert {one.regulation for one in decisions} == {regulation}
    found = {f"{one.kind}: {one.why}": outcome(decision) for one, decision in zip(cases, decisions, strict=True)}
    assert found == {f"{one.kind}: {one.why}": one.grade for one in cases}


def test_a_case_that_is_left_to_the_authority_names_its_gap() -> None:
    left = [one for one in UNDER_366 if one.grade == UNDETERMINED]
    assert {one.kind for one in left} >= {"organization", "leadership_collective", "head", "non_leader"}
    for number, one in enumerate(left):
        (decision,) = judged([document(SPOTLESS[one.kind] | one.facts, one.kind, "2025-12-20", f"case-{number}")])
        assert decision.grading is not None
        assert [gap.rule.id for gap in decision.grading.gaps if gap.holds], one.why


def test_the_shipped_cases_of_each_regulation_are_judged_by_it() -> None:
    for regulation in ("qd-132-2018", "qd-124-2023", "qd-366-2025"):
        files = sorted((ROOT / "policies" / regulation / "cases").glob("*.json"))
        assert len(files) >= 6
        decisions = judged([parse_json(file.name, file.read_text(encoding="utf-8")) for file in files])
        assert {one.regulation for one in decisions} == {regulation}


def test_a_quarter_has_no_quota_and_a_year_has() -> None:
    facts = {
        **SPOTLESS["non_leader"],
        "unit.excellent_with_outstanding_results": False,
        "unit.higher_share_decided": False,
    }
    subject = {"kind": "non_leader", "cohort": "A"}
    for period, expected in (("2025", 1), ("2025-Q4", 0)):
        one = document(facts, "non_leader", "2025-12-20", subject=subject, period=period)
        assert len(evaluate(all_policies(), [one]).quotas) == expected


def test_fewer_points_are_never_proposed_as_a_way_up() -> None:
    facts = SPOTLESS["head"] | {"score.common": 28, "score.results": 64, "led_unit.exceeded_percent": 25}
    case, _ = parse_case(document(facts, "head", "2025-12-20"), all_policies())
    assert case is not None
    proposed = {}
    for only_upward in (True, False):
        changed = {
            name: replace(fact, only_upward=only_upward and fact.only_upward)
            for name, fact in all_policies().vocabulary.facts.items()
        }
        with Engine(replace(all_policies(), vocabulary=replace(all_policies().vocabulary, facts=changed))) as engine:
            sets = ways_up(engine.judge(case), case).sets
        proposed[only_upward] = sorted((one.reaches, *(each.fact for each in one.changes)) for one in sets)
    assert proposed[True] == [("excellent", "led_unit.exceeded_percent")]
    # With points that may fall a point less would be the way from no grade to good, as the text is written.
    assert ("good", "score.common") in proposed[False]


def test_more_points_are_proposed() -> None:
    case, _ = parse_case(document(SPOTLESS["non_leader"] | points(85), "non_leader", "2025-12-20"), all_policies())
    assert case is not None
    with Engine(all_policies()) as engine:
        sets = ways_up(engine.judge(case), case).sets
    assert {each.fact for one in sets for each in one.changes} == {"score.results"}
    assert {(one.reaches, one.changes[0].before, one.changes[0].after) for one in sets} == {("excellent", 55, 60)}


def test_a_quota_of_a_regulation_that_came_later_counts_by_its_first_numbers() -> None:
    facts = {
        **SPOTLESS["non_leader"],
        "unit.excellent_with_outstanding_results": False,
        "unit.higher_share_decided": False,
    }
    one = document(facts, "non_leader", "2024-12-31", subject={"kind": "non_leader", "cohort": "A"})
    (quota,) = evaluate(all_policies(), [one], regulation="qd-366-2025").quotas
    assert (quota.percent, quota.count, quota.limit) == (20, 1, 0)


# --- what each changed ---------------------------------------------------------------------------------------------


@cache
def changed(old: str, new: str) -> tuple[Difference, ...]:
    library = all_policies()
    return tuple(differences(*(Version(one, library, library.regulations[one]) for one in (old, new))))


def of(old: str, new: str, what: str, kind: str | None = None, direction: str | None = None) -> set[str]:
    return {
        str(one.new or one.old).split(".", 1)[-1] if what != "criterion" else str(one.new or one.old)
        for one in changed(old, new)
        if one.what == what and kind in (None, one.kind) and direction in (None, one.direction) and not one.dormant
    }


def test_what_the_announcement_says_that_124_added_comes_out_of_the_diff() -> None:
    pair = ("qd-132-2018", "qd-124-2023")
    added = of(*pair, "review_content", "added", "tightened")
    # “Một trong những nội dung mới …”: accountability among them; “Cùng với đó là …”: inspection and complaints
    assert {"party_building", "capacity_and_responsibility", "exemplary_conduct", "accountability"} <= added
    assert {"corruption_and_degradation", "inspection_and_complaints"} <= added
    # “Đối với cá nhân giữ chức vụ lãnh đạo, quản lý, … còn phải kiểm điểm về …”
    assert {"gathering_and_unity", "responsibility_at_work", "dynamism_and_daring", "hard_matters"} <= added
    # “… phải kiểm điểm làm rõ trách nhiệm khi …”: the eight
    assert of(*pair, "trigger", "added", "tightened") == {
        "signs_of_violation", "public_concern", "complaint_letters", "disunity",
        "rule_breach", "negative_practices", "subordinate_sanctioned", "stagnation",
    }  # fmt: skip
    # “bằng sản phẩm cụ thể”
    products = {name for name in of(*pair, "criterion", "added", "tightened") if name.endswith(".specific_products")}
    assert products == {"collective.completed.specific_products", "individual.completed.specific_products"}
    # new members: reviewed and not graded before, not reviewed now
    assert "newly_admitted" in of(*pair, "exemption", "added")
    assert "newly_admitted" in of(*pair, "ungraded", "removed")
    # “giữ nguyên 4 mức”: the grades are the same
    assert of(*pair, "grade", "added") | of(*pair, "grade", "removed") == set()


def test_what_366_changed_over_124_comes_out_of_the_diff() -> None:
    pair = ("qd-124-2023", "qd-366-2025")
    (header,) = [one for one in changed(*pair) if one.what == "regulation"]
    assert ("periods", (), ("year", "quarter", "term")) in header.details
    assert "outside_member" in of(*pair, "subject_kind", "added")
    # the 100-point scale and its bands
    values = {one.new or one.old: one.details for one in changed(*pair) if one.what == "parameter"}
    assert {name: values[name][0][2] for name in ("excellent_points", "good_points", "completed_points")} == {
        "excellent_points": 90, "good_points": 70, "completed_points": 50,
    }  # fmt: skip
    criteria = of(*pair, "criterion", "added", "tightened")
    assert {"collective.excellent.excellent_points", "individual.excellent.excellent_points"} <= criteria
    assert {"collective.excellent.shortcomings_remedied", "collective.excellent.enough_tasks_exceeded"} <= criteria
    # 50% exceeded -> 30%; under 50% of the tasks -> under 70%; the quota of 20%, and 25% by decision
    assert values["excellent_exceeded_percent"] == (("value", 50, 30),)
    assert values["not_completed_percent"] == (("value", 50, 70),)
    assert "excellent_share_percent" not in {
        one.new for one in changed(*pair) if one.what == "parameter" and one.kind == "changed"
    }
    assert values["excellent_share_relief_percent"][0][2] == 25
    assert "excellent_share.outstanding_organization" in of(*pair, "relief", "added", "loosened")
    # the levels of criteria, products and sub-units disciplined are asked no more
    gone = of(*pair, "criterion", "removed")
    assert {"collective.excellent.every_criterion_good", "individual.completed.specific_products"} <= gone
    assert "bars.leadership_or_sub_units_disciplined" in of(*pair, "bar", "removed", "loosened")
    # members disciplined for the duty; five socio-economic targets; low confidence
    bars = of(*pair, "bar", "added", "tightened")
    assert {"bars.member_disciplined_for_duty", "bars.all_basic_targets_missed", "bars.low_confidence"} <= bars
    # discipline of an individual: for the duty only, and no automatic exception any more
    assert "bars.disciplined_in_year" in of(*pair, "bar", "changed", "both_ways")
    assert "bars.led_tasks_failed" in of(*pair, "bar", "changed", "both_ways")


def test_the_two_diffs_run_as_commands_and_their_order_depends_on_no_hash_seed() -> None:
    """Several criteria of one rung differ in whether the grades above ask for them too. The seed of this process is
    drawn by chance."""
    for old, new in (("qd-132-2018", "qd-124-2023"), ("qd-124-2023", "qd-366-2025")):
        done = run("diff", old, new, "--format", "json")
        assert done.returncode == 0, done.stderr
        if new == "qd-366-2025":
            assert done.stdout == run_process("diff", old, new, "--format", "json", env={"PYTHONHASHSEED": "1"}).stdout
        (told,) = json.loads(done.stdout)["comparisons"]
        assert told["regulations"] == [old, new]
        assert len(told["differences"]) > 100
