"""Links: what must hold between a case and the case of another subject, and whether it does."""

from collections.abc import Iterable, Sequence
from datetime import date

from engine.base.likeness import alike
from engine.core.judge.cohorts import Standing, standing
from engine.core.judge.decision import Decided
from engine.core.judge.record import UNDETERMINED, LinkResult, LinkStatus
from engine.core.policy.live import Choices, chosen, concerns, exists
from engine.core.policy.regulation import Regulation
from engine.core.policy.rules import GradeRelation, Link, OrderRelation


def links(regulation: Regulation, cases: Sequence[Decided], switches: Choices) -> tuple[LinkResult, ...]:
    """Every link between two cases of one regulation and period; kept ones too, so that nothing is silently skipped."""
    choices = chosen(regulation, switches)
    order = [grade.id for grade in regulation.grades]
    by_subject = cases_of_subjects(cases)
    return tuple(
        _link_result(link, decided, subject, by_subject.get((decided.case.period_key, alike(subject)), ()), order)
        for link in regulation.links
        if exists(link.under, choices)
        for decided in cases
        for subject in decided.case.subject.relations.get(link.to, ())
        if standing(decided) and concerns(link.applies_to, regulation.kinds[decided.case.subject.kind])
    )


def cases_of_subjects(cases: Iterable[Decided]) -> dict[tuple[str, str], list[Decided]]:
    """The cases of every subject in every period, in the order of their ids."""
    by_subject: dict[tuple[str, str], list[Decided]] = {}
    for decided in sorted(cases, key=lambda decided: decided.case.case_id):
        if subject := alike(decided.case.subject.id or ""):
            by_subject.setdefault((decided.case.period_key, subject), []).append(decided)
    return by_subject


def _link_result(
    link: Link, decided: Decided, subject: str, cases: Sequence[Decided], order: Sequence[str]
) -> LinkResult:
    own, day = standing(decided), decided.case.decided_on
    grades = {_only_grade(other) for other in cases}
    statuses = [link_status(link, own, day, standing(other), other.case.decided_on, order) for other in cases]
    return LinkResult(
        link=link,
        case_id=decided.case.case_id,
        other=subject,
        other_case=", ".join(other.case.case_id for other in cases) or None,
        status=same_status(statuses),
        grade=_only_grade(decided),
        other_grade=grades.pop() if len(grades) == 1 else None,
        regulation=decided.case.regulation,
    )


def same_status(statuses: Iterable[LinkStatus]) -> LinkStatus:
    """What a link comes to with each of the other subject's cases, if it is the same with all."""
    different = set(statuses)
    return different.pop() if len(different) == 1 else "unknown"


def _only_grade(decided: Decided) -> str | None:
    grades = {final for final, _ in standing(decided)}
    return next(iter(grades)) if len(grades) == 1 else None


def link_status(
    link: Link, own: Standing, day: date | None, others: Standing, other_day: date | None, order: Sequence[str]
) -> LinkStatus:
    """What becomes of a link between two cases, from how they may be counted and the days of their decisions."""
    if link.order is not None:
        verdicts = {_in_order(link.order, day, other_day)}
    else:
        verdicts = {_grades_fit(link.grade, grade, other, order) for grade, _ in own for other, _ in others}
    kept = verdicts.pop() if len(verdicts) == 1 else None
    return "unknown" if kept is None else "kept" if kept else "broken"


def _in_order(order: OrderRelation, day: date | None, other: date | None) -> bool | None:
    if day is None or other is None:
        return None
    return day >= other if order == "not_before" else day <= other


def _grades_fit(relation: GradeRelation | None, grade: str, other: str, order: Sequence[str]) -> bool | None:
    """Does the link hold if the two cases get these grades? None if one is left to the authority."""
    if UNDETERMINED in (grade, other):
        return None
    lower_by = order.index(grade) - order.index(other)
    return lower_by >= 0 if relation == "not_above" else lower_by <= 0 if relation == "not_below" else lower_by == 0
