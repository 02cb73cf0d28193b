"""Cases of regulation 124 drawn by chance, near every boundary; the documents that state them; what gaps may hold."""

import itertools
import json
import random
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from engine.base.documents import Document
from engine.base.json_text import parse_json
from support.regulation_124 import ASKED, CRITERIA, INDIVIDUALS, LEVELS, PARTS, PRODUCTS

_NO = (
    "membership.exempt_from_work_and_activity",
    "membership.suspended_from_party_activity",
    "tasks.key_target_missed",
    "tasks.force_majeure",
    "criteria.basically_average",
    "criteria.poor_overall",
    "discipline.in_year",
    "discipline.self_detected",
    "discipline.remedied",
    "sub_units.violation_disciplined",
    "leadership.collective_disciplined",
    "conclusions.internal_disunity",
    "conclusions.member_degraded",
    "conclusions.degraded",
    "conclusions.prohibited_acts",
    "conclusions.exemplary_duty_breached",
    "signs.violation",
    "signs.public_concern",
    "signs.disunity",
    "signs.rule_breach",
    "signs.stagnation",
    "signs.duties_not_completed",
)
_YES = (
    PRODUCTS,
    "tasks.on_schedule_with_quality",
    "achievements.outstanding_and_model",
    "conduct.truly_exemplary",
)
_CRITERIA = tuple(dict.fromkeys(f"criteria.{name}" for names in CRITERIA.values() for name in names))
_NONE = ("signs.complaint_letters", "subordinates.disciplined", "subordinates.prosecuted")
_PRACTICES = (
    "group_interest",
    "corruption",
    "negative_practice",
    "waste",
    "degradation",
    "self_evolution",
    "self_transformation",
)
_DISCIPLINED = (
    "discipline.in_year",
    "leadership.collective_disciplined",
    "leadership.members_disciplined",
    "sub_units.disciplined",
    "sub_units.violation_disciplined",
)

SPOTLESS: dict[str, Any] = (
    dict.fromkeys(_NO, False)
    | dict.fromkeys(_YES, True)
    | dict.fromkeys(_CRITERIA, "excellent")
    | dict.fromkeys(_NONE, 0)
    | {
        "membership.months_since_admission": 60,
        "tasks.assigned": 20,
        "tasks.completed": 20,
        "tasks.exceeded": 12,
        "sub_units.total": 10,
        "sub_units.disciplined": 0,
        "leadership.members_disciplined": 0,
        "signs.negative_practices": [],
    }
)


def draw(chance: random.Random, kind: str) -> dict[str, Any]:
    """Complete facts of one subject: a spotless one with some flaws, and with counts at and beside the boundaries."""
    facts = dict(SPOTLESS)
    _criteria(chance, kind, facts)
    asked = sorted(ASKED[kind])
    for name in chance.sample(asked, min(chance.choice([0, 0, 1, 1, 1, 2, 3, 6, 40]), len(asked))):
        facts[name] = _flaw(chance, name, facts[name])
    if chance.random() < 0.15:
        name = chance.choice([name for name in asked if name in _DISCIPLINED])
        facts[name] = _flaw(chance, name, SPOTLESS[name])
        facts["discipline.self_detected"] = facts["discipline.remedied"] = True
    if kind in INDIVIDUALS and chance.random() < 0.1:
        name = chance.choice([name for name in asked if name.startswith("membership.")])
        facts[name] = _flaw(chance, name, facts[name])
    _counts(chance, facts)
    if chance.random() < 0.75:
        facts = {name: facts[name] for name in ASKED[kind]}
    if chance.random() < 0.2:
        _state_percents(chance, facts)
    return facts


def _criteria(chance: random.Random, kind: str, facts: dict[str, Any]) -> None:
    """Every criterion at Poor, or from some level on, or all Excellent."""
    among = chance.choice([LEVELS[:1], LEVELS, LEVELS[1:], LEVELS[1:], LEVELS[2:], LEVELS[3:], LEVELS[3:], LEVELS[3:]])
    for name in CRITERIA[kind]:
        facts[f"criteria.{name}"] = chance.choice(among)
    facts["criteria.basically_average"] = chance.random() < 0.5


def _flaw(chance: random.Random, name: str, value: Any) -> Any:
    match value:
        case bool():
            return not value
        case str():
            return chance.choice(LEVELS)
        case list():
            return chance.sample(_PRACTICES, chance.randint(1, 3))
    return chance.choice([0, 5, 6, 7] if name == "membership.months_since_admission" else [1, 1, 2, 5])


def _counts(chance: random.Random, facts: dict[str, Any]) -> None:
    """Tasks and sub-units; a flaw drawn before is drawn again here, beside half, a fifth and all of the whole."""
    assigned = chance.choice([1, 2, 3, 7, 10, 20, 41])
    half = (assigned + 1) // 2
    facts["tasks.assigned"] = assigned
    low = [half, half - 1, half - 1, 0]
    facts["tasks.completed"] = chance.choice(
        low if facts["tasks.key_target_missed"] else [assigned] * 6 + [*low, assigned - 1]
    )
    exceeded = chance.choice([assigned, assigned, half, half, half - 1, chance.randint(0, assigned)])
    facts["tasks.exceeded"] = min(exceeded, facts["tasks.completed"])
    total = chance.choice([0, 1, 4, 5, 9, 10, 15])
    fifth = total // 5
    disciplined = 0
    if facts["sub_units.disciplined"]:
        disciplined = chance.choice([0, min(1, total), fifth, min(fifth + 1, total), total])
    facts["sub_units.total"], facts["sub_units.disciplined"] = total, disciplined


def _state_percents(chance: random.Random, facts: dict[str, Any]) -> None:
    """Percents as such, in place of the parts that they are computed from."""
    stated = {
        "tasks.completed_percent": ["100", "100", "100", "99.99", "50", "49.99", "73.5", "0"],
        "tasks.exceeded_percent": ["50", "50.01", "49.99", "100", "0"],
        "sub_units.disciplined_percent": ["20", "20.01", "19.99", "5"] if facts.get("sub_units.disciplined") else ["0"],
    }
    for name, values in stated.items():
        part, whole = PARTS[name]
        if part in facts and (whole in facts or whole == "tasks.assigned"):
            facts[name] = Fraction(chance.choice(values))
            facts.pop(whole, None)
            if part != "sub_units.disciplined":
                del facts[part]


def document(number: int | str, kind: str, facts: Mapping[str, Any], **more: Any) -> Document:
    """The case that states these facts and no others; `more` goes beside them, `subject` into the subject."""
    stated = {
        name: float(value) if isinstance(value, Fraction) else value
        for name, value in facts.items()
        if name != PRODUCTS
    }
    data = {
        "case_id": f"T-{number}",
        "period": "2024",
        "as_of": "2024-12-31",
        "subject": {"kind": kind, **more.pop("subject", {})},
        "facts": stated,
        **more,
    }
    if PRODUCTS in facts:
        data["evidence"] = {"tasks.completed": ["Đề án số hóa hồ sơ"] if facts[PRODUCTS] else []}
    return parse_json(f"T-{number}.json", json.dumps(data, ensure_ascii=False))


# --- what is left open ------------------------------------------------------------------------------------------

_WHOLE = dict(PARTS.values())


def completions(known: Mapping[str, Any], gone: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Every way to fill the gaps that can matter to a grade: no part greater than its whole, no tasks without one."""
    gone = sorted(gone, key=lambda name: name in _WHOLE)
    for values in itertools.product(*(_domain(name, known) for name in gone)):
        facts = {**known, **dict(zip(gone, values, strict=True))}
        parts_fit = all(facts[part] <= facts[whole] for part, whole in _WHOLE.items() if {part, whole} <= facts.keys())
        if {"tasks.exceeded", "tasks.completed"} <= facts.keys():
            parts_fit = parts_fit and facts["tasks.exceeded"] <= facts["tasks.completed"]
        if parts_fit and facts.get("tasks.assigned") != 0:
            yield facts


def _domain(name: str, known: Mapping[str, Any]) -> Iterable[Any]:
    if name in PARTS:
        return [Fraction(value) for value in ("0", "5", "20", "20.01", "49.99", "50", "99.99", "100")]
    if name in _WHOLE.values():
        below = max(known.get(part, 1) for part, whole in _WHOLE.items() if whole == name)
        return range(0, 6 * below + 7)
    if name in _WHOLE:
        return range(known.get(_WHOLE[name], 6 * 7 + 7) + 1)
    match SPOTLESS[name]:
        case bool():
            return (False, True)
        case str():
            return LEVELS
        case list():
            return ([], ["waste"])
    return (0, 1, 5, 6)
