"""Regulation 124 read a second time, by hand: plain Python over complete facts, with none of the engine and its files.

Written from the sources alone, under the readings that are chosen by default: products must be named,
“basically” is for the authority to judge, some criteria at Poor are too, and no figure counts that no source
confirms. Rules are named by their ids in the policies.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

COLLECTIVES = ("organization", "leadership_collective", "party_organization")
LEADERS = ("leader", "head")
INDIVIDUALS = (*LEADERS, "non_leader")
KINDS = (*COLLECTIVES, *INDIVIDUALS)

LEVELS = ("poor", "average", "good", "excellent")
GRADES = ("excellent", "good", "completed", "not_completed")
UNDETERMINED = "undetermined"

PRODUCTS = "evidence"
"""Stands among the facts for: does the case name something for the tasks completed?"""

Facts = Mapping[str, Any]
"""Fact name -> value. Percents are `Fraction`s and stand beside the parts that they are computed from, if any."""

_OF_A_COLLECTIVE = ("collective_building", "task_results", "remedy")
_OF_AN_INDIVIDUAL = ("politics", "ethics", "work_style", "discipline", "task_results", "remedy")
CRITERIA = {kind: _OF_A_COLLECTIVE if kind in COLLECTIVES else _OF_AN_INDIVIDUAL for kind in KINDS}


# --- who is reviewed, and on what ------------------------------------------------------------------


def exemptions(kind: str, facts: Facts) -> Set[str]:
    if kind not in INDIVIDUALS:
        return frozenset()
    return _those_that_hold(
        {
            "exempt_from_work_and_activity": facts["membership.exempt_from_work_and_activity"],
            "suspended_from_party_activity": facts["membership.suspended_from_party_activity"],
            "newly_admitted": facts["membership.months_since_admission"] < 6,
        }
    )


def review_contents(kind: str) -> int:
    """How many contents the review of a kind has, each thing named in the text counting as one."""
    general = 4  # results, shortcomings, causes, remedies with their time limit
    if kind in COLLECTIVES:
        # principles; building, capacity, example, accountability, corruption and degradation; inspection
        return general + 1 + 5 + 1
    personal = 4  # politics with ethics and lifestyle; unity; discipline; example
    leading = 4  # gathering people; responsibility; daring to think and act; hard and sensitive matters
    return general + personal + (leading if kind in LEADERS else 0)


def triggers(kind: str, facts: Facts) -> Set[str]:
    """The cases in which the review must make responsibility clear. The list of whom they concern names no
    organizations, agencies and units."""
    if kind == "organization":
        return frozenset()
    return _those_that_hold(
        {
            "signs_of_violation": facts["signs.violation"],
            "public_concern": facts["signs.public_concern"],
            "complaint_letters": facts["signs.complaint_letters"] > 0,
            "disunity": facts["signs.disunity"],
            "rule_breach": facts["signs.rule_breach"],
            "negative_practices": len(facts["signs.negative_practices"]) > 0,
            "subordinate_sanctioned": facts["subordinates.disciplined"] > 0 or facts["subordinates.prosecuted"] > 0,
            "stagnation": facts["signs.stagnation"] or facts["signs.duties_not_completed"],
        }
    )


# --- the grade --------------------------------------------------------------------------------------------


def bars(kind: str, facts: Facts) -> Set[str]:
    """The cases of non-completion that hold; any one is enough."""
    found = _those_that_hold({"criteria_poor": _poor(kind, facts)})
    forgiven = _self_detected_and_remedied(facts)
    match kind:
        case "organization":
            return found | _those_that_hold(
                {
                    # A sub-unit that is itself disciplined had a violation dealt with by discipline.
                    "sub_unit_violation": (
                        facts["sub_units.violation_disciplined"] or facts["sub_units.disciplined"] > 0
                    )
                    and not forgiven,
                    "organization_tasks_failed": _tasks_far_short(facts),
                    "leadership_or_sub_units_disciplined": facts["leadership.collective_disciplined"]
                    or _sub_units_disciplined_above(20, facts),
                }
            )
        case "leadership_collective":
            disciplined = facts["leadership.collective_disciplined"] or facts["leadership.members_disciplined"] > 0
            return found | _those_that_hold(
                {
                    "disunited_or_member_degraded": facts["conclusions.internal_disunity"]
                    or facts["conclusions.member_degraded"],
                    "led_tasks_failed": _tasks_far_short(facts),
                    "collective_or_member_disciplined": disciplined and not forgiven,
                }
            )
        case "party_organization":
            return found
        case _:
            return found | _those_that_hold(
                {
                    "concluded_degraded_or_in_breach": facts["conclusions.degraded"]
                    or facts["conclusions.prohibited_acts"]
                    or facts["conclusions.exemplary_duty_breached"],
                    "disciplined_in_year": facts["discipline.in_year"] and not forgiven,
                }
            )


def grade(kind: str, facts: Facts) -> str:
    """The grade that the facts support; undetermined where none is described by the text."""
    if bars(kind, facts):
        return "not_completed"
    return next((one for one in GRADES if one in described(kind, facts)), UNDETERMINED)


def described(kind: str, facts: Facts) -> Set[str]:
    """The grades of completion whose description the facts meet."""
    return _those_that_hold(
        {"excellent": _excellent(kind, facts), "good": _good(kind, facts), "completed": _completed(kind, facts)}
    )


def _excellent(kind: str, facts: Facts) -> bool:
    common = (
        facts["achievements.outstanding_and_model"]
        and _every_criterion_at_least("good", kind, facts)
        and facts["criteria.task_results"] == "excellent"
        and facts[PRODUCTS]
    )
    if kind in COLLECTIVES:
        return common and _nobody_disciplined(facts)
    own_tasks = (
        percent(facts, "tasks.completed_percent") == 100
        and facts["tasks.on_schedule_with_quality"]
        and percent(facts, "tasks.exceeded_percent") >= 50
    )
    return common and own_tasks and (kind not in LEADERS or facts["conduct.truly_exemplary"])


def _good(kind: str, facts: Facts) -> bool:
    return (
        _every_criterion_at_least("average", kind, facts)
        and facts["criteria.task_results"] in ("good", "excellent")
        and facts[PRODUCTS]
        and (kind in INDIVIDUALS or _nobody_disciplined(facts) or _self_detected_and_remedied(facts))
    )


def _completed(kind: str, facts: Facts) -> bool:
    return (
        (_every_criterion_at_least("average", kind, facts) or facts["criteria.basically_average"])
        and facts[PRODUCTS]
        and (kind in INDIVIDUALS or _nobody_disciplined(facts) or _self_detected_and_remedied(facts))
    )


def _levels(kind: str, facts: Facts) -> list[str]:
    return [facts[f"criteria.{name}"] for name in CRITERIA[kind]]


def _every_criterion_at_least(level: str, kind: str, facts: Facts) -> bool:
    return all(LEVELS.index(one) >= LEVELS.index(level) for one in _levels(kind, facts))


def _poor(kind: str, facts: Facts) -> bool:
    at_poor = _levels(kind, facts).count("poor")
    return at_poor == len(CRITERIA[kind]) or (at_poor > 0 and facts["criteria.poor_overall"])


def _nobody_disciplined(facts: Facts) -> bool:
    return facts["sub_units.disciplined"] == 0 and facts["leadership.members_disciplined"] == 0


def _self_detected_and_remedied(facts: Facts) -> bool:
    return facts["discipline.self_detected"] and facts["discipline.remedied"]


def _tasks_far_short(facts: Facts) -> bool:
    """Under half of the tasks done, and a key target missed, and no force majeure."""
    return (
        percent(facts, "tasks.completed_percent") < 50
        and facts["tasks.key_target_missed"]
        and not facts["tasks.force_majeure"]
    )


def _sub_units_disciplined_above(share: int, facts: Facts) -> bool:
    """One without sub-units has none disciplined."""
    return facts["sub_units.disciplined"] > 0 and percent(facts, "sub_units.disciplined_percent") > share


PARTS = {
    "tasks.completed_percent": ("tasks.completed", "tasks.assigned"),
    "tasks.exceeded_percent": ("tasks.exceeded", "tasks.assigned"),
    "sub_units.disciplined_percent": ("sub_units.disciplined", "sub_units.total"),
}
"""Percent -> the part and the whole that it is taken of."""


def percent(facts: Facts, name: str) -> Any:
    if name in facts:
        return facts[name]
    part, whole = PARTS[name]
    return Fraction(100 * facts[part], facts[whole])


def _those_that_hold(cases: Mapping[str, bool]) -> frozenset[str]:
    return frozenset(code for code, holds in cases.items() if holds)


# --- which facts all this turns on ------------------------------------------------------------------------------

_MEMBERSHIP = (
    "membership.exempt_from_work_and_activity",
    "membership.suspended_from_party_activity",
    "membership.months_since_admission",
)
_SIGNS = (
    "signs.violation",
    "signs.public_concern",
    "signs.complaint_letters",
    "signs.disunity",
    "signs.rule_breach",
    "signs.negative_practices",
    "signs.stagnation",
    "signs.duties_not_completed",
    "subordinates.disciplined",
    "subordinates.prosecuted",
)
_COMMON = (
    PRODUCTS,
    "criteria.basically_average",
    "criteria.poor_overall",
    "achievements.outstanding_and_model",
    "discipline.self_detected",
    "discipline.remedied",
)
_ANY_COLLECTIVE = ("sub_units.disciplined", "leadership.members_disciplined")
_VOLUME = ("tasks.assigned", "tasks.completed", "tasks.key_target_missed", "tasks.force_majeure")
_ANY_INDIVIDUAL = (
    "tasks.assigned",
    "tasks.completed",
    "tasks.exceeded",
    "tasks.on_schedule_with_quality",
    "conclusions.degraded",
    "conclusions.prohibited_acts",
    "conclusions.exemplary_duty_breached",
    "discipline.in_year",
)
_OWN: dict[str, tuple[str, ...]] = {
    "organization": (
        *_ANY_COLLECTIVE,
        *_VOLUME,
        "sub_units.total",
        "sub_units.violation_disciplined",
        "leadership.collective_disciplined",
    ),
    "leadership_collective": (
        *_SIGNS,
        *_ANY_COLLECTIVE,
        *_VOLUME,
        "leadership.collective_disciplined",
        "conclusions.internal_disunity",
        "conclusions.member_degraded",
    ),
    "party_organization": (*_SIGNS, *_ANY_COLLECTIVE),
    "leader": (*_SIGNS, *_MEMBERSHIP, *_ANY_INDIVIDUAL, "conduct.truly_exemplary"),
    "head": (*_SIGNS, *_MEMBERSHIP, *_ANY_INDIVIDUAL, "conduct.truly_exemplary"),
    "non_leader": (*_SIGNS, *_MEMBERSHIP, *_ANY_INDIVIDUAL),
}
ASKED: dict[str, tuple[str, ...]] = {
    kind: (*_COMMON, *(f"criteria.{name}" for name in CRITERIA[kind]), *own) for kind, own in _OWN.items()
}
"""Kind -> every fact that is read above for it."""


# --- the quota and the order -------------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """`limit`: the most that is lawful beside so many good ones; `greatest`: the most of the excellent ones that is
    lawful once the others count as good."""

    count: int
    base: int
    limit: int
    excess: int
    greatest: int


def share(excellent: int, good: int) -> Share:
    """One excellent for every five good, the remainder dropped."""
    limit = good // 5
    greatest = excellent
    while 5 * greatest > good + (excellent - greatest):
        greatest -= 1
    return Share(excellent, good, limit, max(0, excellent - limit), greatest)


COMES_AFTER_THE_OTHER = {"heads": True, "member_of": True, "under": False, "party_organization": False}
"""Relation -> is the one that names it graded after the other (True), or before (False)?"""


def order_is_kept(relation: str, mine: date, other: date) -> bool:
    """On one day the order cannot be told, which breaks nothing."""
    return mine >= other if COMES_AFTER_THE_OTHER[relation] else mine <= other


def not_above(mine: str, other: str) -> bool:
    return GRADES.index(mine) >= GRADES.index(other)
