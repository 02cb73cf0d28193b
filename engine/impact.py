"""Whom a change moves: one population judged under two versions, and every case that comes out otherwise."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.cohorts import Decided
from engine.compiler import Choices
from engine.directions import Version, outcome_of
from engine.evaluation import Engine, across_cases
from engine.model import Text
from engine.records import UNDETERMINED, Decision, QuotaResult, Rejected, RuleResult
from engine.sources import Document, Unread

Move = Literal["lower", "higher", "undetermined", "other"]
"""To a lower grade, a better one, to where the authority decides, or otherwise (a range, no grading)."""


@dataclass(frozen=True)
class Mover:
    """A rule that came out otherwise where it matters; None where it is not there."""

    rule: str
    label: Text
    old: bool | Literal["absent"] | None
    new: bool | Literal["absent"] | None


@dataclass(frozen=True)
class Moved:
    """A case whose outcome, findings or review items differ. `move` is None where the outcome stays."""

    case_id: str
    kind: str
    kind_label: Text
    old: tuple[str, ...]
    new: tuple[str, ...]
    move: Move | None
    rules: tuple[Mover, ...]
    new_findings: tuple[tuple[str, Text], ...]
    gone_findings: tuple[tuple[str, Text], ...]
    new_items: tuple[tuple[str, Text], ...]
    gone_items: tuple[tuple[str, Text], ...]


@dataclass(frozen=True)
class QuotaChange:
    """A cohort whose figures or standing differ; None on the side that has no such quota or cohort."""

    quota: str
    label: Text
    period: str
    cohort: tuple[tuple[str, str], ...]
    old: QuotaResult | None
    new: QuotaResult | None


@dataclass(frozen=True)
class Impact:
    """`matrix` counts the cases judged on both sides by (old outcome, new outcome); a case that one side rejects is in
    `unjudged` with the diagnostics of that side."""

    judged: int
    matrix: Mapping[tuple[tuple[str, ...], tuple[str, ...]], int]
    moved: tuple[Moved, ...]
    quotas: tuple[QuotaChange, ...]
    unjudged: tuple[tuple[Literal["old", "new"], Rejected], ...]

    def count(self, move: Move) -> int:
        return sum(one.move == move for one in self.moved)


@dataclass(frozen=True)
class Judged:
    """One side's results over a population."""

    decided: Mapping[str, Decided]
    quotas: tuple[QuotaResult, ...]
    rejected: tuple[Rejected, ...]


def judged(
    version: Version,
    documents: Sequence[Document | Unread | Rejected],
    *,
    overridden: bool,
    switches: Choices | None = None,
) -> Judged:
    """A population under one version. `overridden`: whatever regulation its cases would be judged by otherwise;
    else the cases of other regulations are left out."""
    library, regulation = version.library, version.regulation.id
    decided: dict[str, Decided] = {}
    rejected: list[Rejected] = []
    seen: dict[str, str] = {}
    with Engine(library, switches or {}) as engine:
        for document in documents:
            if isinstance(document, Rejected):
                rejected.append(document)
                continue
            one = engine.case(document, regulation if overridden else None, seen)
            if isinstance(one, Rejected):
                rejected.append(one)
            elif one.case.regulation == regulation:
                decided[one.case.case_id] = one
    results = across_cases(library, list(decided.values()), rejected, switches or {})
    return Judged(decided, results.quotas, tuple(rejected))


def impact(old: Version, new: Version, before: Judged, after: Judged) -> Impact:
    """Two judgements of one population -> who moved, and why."""
    matrix: Counter[tuple[tuple[str, ...], tuple[str, ...]]] = Counter()
    moved = []
    both = [case_id for case_id in before.decided if case_id in after.decided]
    order = [grade.id for grade in new.regulation.grades]
    for case_id in both:
        mine, theirs = before.decided[case_id], after.decided[case_id]
        outcomes = outcome_of(mine.decision), outcome_of(theirs.decision)
        matrix[outcomes] += 1
        found = _moved(mine, theirs, *outcomes, order)
        if found is not None:
            moved.append(found)
    unjudged: list[tuple[Literal["old", "new"], Rejected]] = [("old", one) for one in before.rejected]
    unjudged += [("new", one) for one in after.rejected]
    return Impact(len(both), matrix, tuple(moved), tuple(_quota_changes(before, after)), tuple(unjudged))


def _moved(
    mine: Decided, theirs: Decided, old: tuple[str, ...], new: tuple[str, ...], order: Sequence[str]
) -> Moved | None:
    was, now = mine.decision, theirs.decision
    findings = [{one.id: one.label for one in side.findings} for side in (was, now)]
    items = [{one.id: one.label for one in side.review if one.required} for side in (was, now)]
    if old == new and findings[0].keys() == findings[1].keys() and items[0].keys() == items[1].keys():
        return None
    return Moved(
        case_id=mine.case.case_id,
        kind=mine.case.subject.kind,
        kind_label=now.subject.kind_label,
        old=old,
        new=new,
        move=_move(old, new, order) if old != new else None,
        rules=movers(mine, theirs) if old != new else (),
        new_findings=_only(findings[1], findings[0]),
        gone_findings=_only(findings[0], findings[1]),
        new_items=_only(items[1], items[0]),
        gone_items=_only(items[0], items[1]),
    )


def _only(here: Mapping[str, Text], there: Mapping[str, Text]) -> tuple[tuple[str, Text], ...]:
    return tuple((name, label) for name, label in here.items() if name not in there)


def _move(old: tuple[str, ...], new: tuple[str, ...], order: Sequence[str]) -> Move:
    if UNDETERMINED in new and UNDETERMINED not in old:
        return "undetermined"
    places = [[order.index(grade) for grade in side if grade in order] for side in (old, new)]
    if not places[0] or not places[1] or UNDETERMINED in old:
        return "other"
    best, worst = (pick(places[1]) - pick(places[0]) for pick in (min, max))
    if best >= 0 and worst >= 0:
        return "lower"
    return "higher" if best <= 0 and worst <= 0 else "other"


def movers(mine: Decided, theirs: Decided) -> tuple[Mover, ...]:
    """The rules that made the outcome another: those that decide it on one side and came out otherwise on the other."""
    names: dict[str, Text] = {}
    for one in (theirs.decision, mine.decision):
        names |= {each.rule: each.label for each in _deciding(one) if each.rule not in names}
    found = [
        Mover(name, label, mine.results.get(name, "absent"), theirs.results.get(name, "absent"))
        for name, label in names.items()
    ]
    return tuple(one for one in found if one.old != one.new)


def _deciding(one: Decision) -> list[RuleResult]:
    """The rules that keep a decision from a better grade, or from any: exemptions, bars, what the better rungs lack."""
    rules = [*one.exemptions, *one.ungraded]
    grading = one.grading
    if grading is None:
        return rules
    rules += [bar.result for bar in grading.bars]
    for rung in grading.rungs:
        rules += [*rung.unmet, *rung.unknown]
        if rung.grade == grading.lowest:
            break
    return rules


def _quota_changes(before: Judged, after: Judged) -> list[QuotaChange]:
    def keyed(side: Judged) -> dict[tuple[object, ...], QuotaResult]:
        return {(one.quota.rpartition(".")[2], one.period, one.cohort): one for one in side.quotas}

    mine, theirs = keyed(before), keyed(after)
    found = []
    for key in dict.fromkeys([*mine, *theirs]):
        one, other = mine.get(key), theirs.get(key)
        figures = [
            (each.count, each.base, each.limit, each.excess, each.status) if each else None for each in (one, other)
        ]
        if figures[0] != figures[1]:
            there = other or one
            assert there is not None
            found.append(QuotaChange(there.quota, there.label, there.period, there.cohort, one, other))
    return found


def _figures(one: QuotaResult | None) -> tuple[object, ...]:
    return (one.count, one.base, one.limit, one.excess, one.status) if one is not None else ()
