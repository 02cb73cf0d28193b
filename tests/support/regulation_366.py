"""Cases under Regulations 366 and 132 worked out by hand from the rule reference, with none of the engine.

Every case is a spotless subject of its kind with some facts otherwise, and stands with what the reference says of it
as written: the grade, or `undetermined` where no sentence gives one. The codes are those of the rule reference.
"""

from dataclasses import dataclass, field
from typing import Any

UNDETERMINED = "undetermined"

_SIGNS = {
    "signs.violation": False,
    "signs.public_concern": False,
    "signs.complaint_letters": 0,
    "signs.disunity": False,
    "signs.rule_breach": False,
    "signs.negative_practices": [],
    "signs.stagnation": False,
    "signs.duties_not_completed": False,
    "subordinates.disciplined": 0,
    "subordinates.prosecuted": 0,
}
_ANYBODY = {
    **_SIGNS,
    "score.common": 29,
    "score.results": 65,
    "tasks.assigned": 100,
    "tasks.completed": 100,
    "tasks.exceeded": 40,
    "tasks.late_or_low_quality": 0,
    "tasks.behind_schedule": 0,
    "tasks.on_schedule_with_quality": True,
    "tasks.key_target_missed": False,
    "tasks.force_majeure": False,
    "remedy.raised": 0,
    "remedy.completed": 0,
    "discipline.self_detected": False,
    "discipline.self_admitted": False,
    "discipline.reported_and_handled": False,
    "discipline.remedied": False,
    "discipline.earlier_violation": False,
    "discipline.counted_before": False,
    "discretion.bar_lifted": False,
    "targets.basic_missed": [],
    "targets.basic_failed_overall": False,
}
_COLLECTIVE = {
    **_ANYBODY,
    "sub_units.total": 10,
    "sub_units.disciplined": 0,
    "sub_units.violation_disciplined": False,
    "sub_units.violation_handled_by_law": False,
    "leadership.members_disciplined": 0,
    "leadership.members_disciplined_for_duty": 0,
    "leadership.members_disciplined_from_warning": 0,
    "leadership.collective_disciplined": False,
    "conclusions.personnel_wrongdoing": False,
    "conclusions.internal_disunity": False,
    "conclusions.factions": False,
    "conclusions.buying_posts": False,
    "conclusions.member_degraded": False,
    "criteria.collective_building": "excellent",
    "criteria.party_building": "excellent",
    "criteria.program_and_plan": "excellent",
    "criteria.task_results": "excellent",
    "criteria.remedy": "excellent",
    "criteria.below_completed": False,
    "collective.months_since_founding": 100,
    "procedure.review_completed": True,
}
_INDIVIDUAL = {
    **_ANYBODY,
    "membership.exempt_from_work_and_activity": False,
    "membership.suspended_from_party_activity": False,
    "membership.months_since_admission": 100,
    "membership.sick_leave_months": 0,
    "membership.official_grade": "excellent",
    "discipline.in_year": False,
    "discipline.duty_related": False,
    "discipline.at_former_unit": False,
    "conclusions.degraded": False,
    "conclusions.prohibited_acts": False,
    "conclusions.exemplary_duty_breached": False,
    "criteria.politics": "excellent",
    "criteria.ethics": "excellent",
    "criteria.work_style": "excellent",
    "criteria.discipline": "excellent",
    "criteria.task_results": "excellent",
    "criteria.remedy": "excellent",
    "criteria.below_completed": False,
    "procedure.review_completed": True,
}
_LEADER = {
    **_INDIVIDUAL,
    "led_unit.completed_percent": 100,
    "led_unit.exceeded_percent": 60,
    "led_unit.on_schedule_percent": 100,
    "led_unit.behind_schedule_percent": 0,
    "led_unit.not_completed": False,
    "subordinate_units.total": 10,
    "subordinate_units.completed_or_above": 10,
    "subordinate_units.good_or_above": 10,
    "subordinate_units.not_completed": 0,
    "subordinate_units.responsible": False,
    "subordinates.disciplined_for_corruption": False,
    "subordinates.disciplined_for_negative_practices": False,
    "confidence.vote_held": False,
    "confidence.low_percent": 0,
    "post.managed_by_central": False,
}
SPOTLESS: dict[str, dict[str, Any]] = {
    "organization": _COLLECTIVE,
    "leadership_collective": _COLLECTIVE,
    "party_organization": _COLLECTIVE,
    "leader": _LEADER,
    "head": _LEADER,
    "non_leader": _INDIVIDUAL,
    "outside_member": _INDIVIDUAL,
}


@dataclass(frozen=True)
class ByHand:
    kind: str
    grade: str | None
    """None: not graded."""
    why: str
    facts: dict[str, Any] = field(default_factory=dict)


def points(total: float) -> dict[str, Any]:
    return {"score.common": 30, "score.results": total - 30}


FIVE = ["growth", "budget_revenue", "public_investment", "income_per_head", "poverty_reduction"]
DISCIPLINED = {"discipline.in_year": True, "discipline.duty_related": True}

UNDER_366 = [
    # organization: points and the three task gates; none of the cases of leadership collectives is said of it
    ByHand(
        "organization",
        "excellent",
        "366-E-S, 366-E-C: 90 points, 30 of 100 exceeded",
        {**points(90), "tasks.exceeded": 30},
    ),
    ByHand("organization", UNDETERMINED, "10.10: 90 points, 29 of 100 exceeded", {**points(90), "tasks.exceeded": 29}),
    ByHand("organization", "good", "366-G-S, 366-G-C: 89 points, 29 exceeded", {**points(89), "tasks.exceeded": 29}),
    ByHand(
        "organization",
        "completed",
        "366-C-S, 366-C-C: 60 points, 20 of 100 late",
        {**points(60), "tasks.behind_schedule": 20, "tasks.on_schedule_with_quality": False},
    ),
    ByHand(
        "organization",
        UNDETERMINED,
        "10.10: 75 points, 10 of 100 late",
        {**points(75), "tasks.behind_schedule": 10, "tasks.on_schedule_with_quality": False},
    ),
    ByHand(
        "organization",
        UNDETERMINED,
        "60 points, 65 of 100 done; the bar is of leadership collectives",
        {**points(60), "tasks.completed": 65},
    ),
    ByHand("organization", "not_completed", "49.5 points", points(49.5)),
    # leadership collective
    ByHand(
        "leadership_collective",
        UNDETERMINED,
        "9 of 10 shortcomings remedied; 10.10",
        {"remedy.raised": 10, "remedy.completed": 9},
    ),
    ByHand(
        "leadership_collective",
        "not_completed",
        "concluded disunity",
        {"conclusions.internal_disunity": True},
    ),
    ByHand(
        "leadership_collective",
        "good",
        "366-N-T2 exception: the member's fault is not of this collective's duty",
        {**points(80), "leadership.members_disciplined": 1},
    ),
    ByHand("leadership_collective", "not_completed", "69 of 100 done", {**points(60), "tasks.completed": 69}),
    ByHand("leadership_collective", UNDETERMINED, "70 of 100 done", {**points(60), "tasks.completed": 70}),
    ByHand(
        "leadership_collective",
        "not_completed",
        "366-N-TX is no automatic exemption",
        {**points(60), "tasks.completed": 40, "tasks.force_majeure": True},
    ),
    # party organization
    ByHand("party_organization", "excellent", "366-E-C", {}),
    ByHand("party_organization", "good", "366-G-C", points(70)),
    # leader and head: the area led
    ByHand(
        "leader",
        "excellent",
        "own tasks are not asked",
        {**points(95), "tasks.completed": 10, "tasks.exceeded": 5},
    ),
    ByHand("head", UNDETERMINED, "10.10: 92 points, 29% exceeded", {**points(92), "led_unit.exceeded_percent": 29}),
    ByHand(
        "leader",
        "not_completed",
        "51% of low confidence",
        {"confidence.vote_held": True, "confidence.low_percent": 51},
    ),
    ByHand(
        "leader",
        "excellent",
        "366-N-L2 is strict: exactly 50%",
        {"confidence.vote_held": True, "confidence.low_percent": 50},
    ),
    ByHand(
        "head",
        "not_completed",
        "6 of 10 units not completed, with responsibility",
        {"subordinate_units.not_completed": 6, "subordinate_units.responsible": True},
    ),
    ByHand("leader", "not_completed", "the five targets missed", {"targets.basic_missed": FIVE}),
    ByHand("head", "not_completed", "366-N-L5", {"subordinates.disciplined_for_corruption": True}),
    ByHand(
        "leader",
        "completed",
        "20% late",
        {**points(55), "led_unit.on_schedule_percent": 80, "led_unit.behind_schedule_percent": 20},
    ),
    # non-leader and member outside the system: own tasks
    ByHand("non_leader", "good", "366-G-N", points(72.5)),
    ByHand(
        "non_leader",
        UNDETERMINED,
        "half of the tasks not done is not more than half",
        {**points(60), "tasks.completed": 50},
    ),
    ByHand("non_leader", "not_completed", "51 of 100 not done", {**points(60), "tasks.completed": 49}),
    ByHand("non_leader", "not_completed", "disciplined for the duty", DISCIPLINED),
    ByHand(
        "non_leader",
        "excellent",
        "the fault of the former unit counts there",
        {**DISCIPLINED, "discipline.at_former_unit": True},
    ),
    ByHand(
        "non_leader",
        "excellent",
        "admitted, remedied and let off",
        {**DISCIPLINED, "discipline.self_admitted": True, "discipline.remedied": True, "discretion.bar_lifted": True},
    ),
    ByHand("outside_member", "completed", "366-C-N", points(50)),
    ByHand(
        "outside_member",
        "not_completed",
        "breach of what members must not do",
        {"conclusions.prohibited_acts": True},
    ),
    ByHand("outside_member", None, "366-EXEMPT: 5 months", {"membership.months_since_admission": 5}),
]

UNDER_132 = [
    # The standards of organizations, and of good and completed, are in no source: only the bars and excellent are.
    ByHand("organization", "not_completed", "132-N-O1", {"sub_units.violation_disciplined": True}),
    ByHand(
        "organization",
        UNDETERMINED,
        "132-N-O1 exception: self-detected and remedied",
        {"sub_units.violation_disciplined": True, "discipline.self_detected": True, "discipline.remedied": True},
    ),
    ByHand("organization", "not_completed", "132-N-O2", {"tasks.completed": 49, "tasks.key_target_missed": True}),
    ByHand("organization", UNDETERMINED, "132-N-O2 needs both halves", {"tasks.completed": 49}),
    ByHand(
        "organization",
        UNDETERMINED,
        "132-N-O2 exception: force majeure",
        {"tasks.completed": 49, "tasks.key_target_missed": True, "tasks.force_majeure": True},
    ),
    ByHand(
        "organization",
        "not_completed",
        "132-N-O3: over a fifth of the sub-units",
        {"sub_units.disciplined": 3, "discipline.self_detected": True, "discipline.remedied": True},
    ),
    ByHand("leadership_collective", "excellent", "21-E-T", {"criteria.remedy": "good"}),
    ByHand(
        "leadership_collective", UNDETERMINED, "21-E-T: party building only good", {"criteria.party_building": "good"}
    ),
    ByHand(
        "leadership_collective", "not_completed", "21-N-T: warning", {"leadership.members_disciplined_from_warning": 1}
    ),
    ByHand(
        "leadership_collective",
        "excellent",
        "21-N-T: a reprimand is below warning",
        {"leadership.members_disciplined": 1},
    ),
    ByHand("leadership_collective", "not_completed", "132-N-T1", {"conclusions.member_degraded": True}),
    ByHand(
        "leader",
        "excellent",
        "89-E: 50% exceeded, 70% of the units good",
        {"led_unit.exceeded_percent": 50, "subordinate_units.good_or_above": 7},
    ),
    ByHand(
        "leader",
        "good",
        "89-G: 49% exceeded, 80% on schedule",
        {"led_unit.exceeded_percent": 49, "led_unit.on_schedule_percent": 80},
    ),
    ByHand("leader", "completed", "89-C: 79% on schedule", {"led_unit.on_schedule_percent": 79}),
    ByHand("head", "not_completed", "132-N-I4: the unit led not completed", {"led_unit.not_completed": True}),
    ByHand(
        "leader",
        "not_completed",
        "132-N-I3: no exception",
        {"discipline.in_year": True, "discipline.self_detected": True, "discipline.remedied": True},
    ),
    ByHand(
        "non_leader",
        "excellent",
        "21-E-M: the others at good",
        {"criteria.politics": "good", "criteria.ethics": "good"},
    ),
    ByHand("non_leader", UNDETERMINED, "21-E-M: the official grade good", {"membership.official_grade": "good"}),
    ByHand("non_leader", UNDETERMINED, "21-SICK: exactly 3 months", {"membership.sick_leave_months": 3}),
    ByHand("non_leader", "not_completed", "21-N-M: under half of the tasks", {"tasks.completed": 49}),
    ByHand(
        "non_leader",
        "excellent",
        "16-N-M: a violation is counted once",
        {"discipline.in_year": True, "discipline.counted_before": True},
    ),
    ByHand("non_leader", None, "21-NEW: 5 months, reviewed and not graded", {"membership.months_since_admission": 5}),
]
