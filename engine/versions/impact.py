"""Whom a change moves: one population judged under two versions, and every case that comes out otherwise."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.base.documents import Document
from engine.base.json_text import Unread
from engine.base.likeness import alike as same_text
from engine.core.judge.case import Rejected
from engine.core.judge.decision import Decided
from engine.core.judge.engine import Engine, across_cases
from engine.core.judge.record import UNDETERMINED, Decision, QuotaResult
from engine.core.policy.regulation import Library
from engine.core.policy.rules import Provision
from engine.core.policy.terms import Text
from engine.load.cases.reading import CaseReader, Seen
from engine.study.reasoner import outcome_of
from engine.versions.versions import Version

Side = Literal["old", "new", "both"]
Move = Literal["lower", "higher", "undetermined", "other"]
"""To a lower grade, a better one, to where the authority decides, or otherwise (a range, no grading)."""


@dataclass(frozen=True)
class Mover:
    """A rule whose result differs and matters; None if one side has no such rule."""

    rule: str
    label: Text
    old: bool | Literal["absent"] | None
    new: bool | Literal["absent"] | None


@dataclass(frozen=True)
class Moved:
    """A case whose outcome, findings or review items differ. `move` is None if the outcome stays."""

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
    unjudged: tuple[tuple[Side, Rejected], ...]

    def count(self, move: Move) -> int:
        """How many cases moved so."""
        return sum(case.move == move for case in self.moved)


@dataclass(frozen=True)
class Judged:
    """One side's results over the cases of one regulation."""

    decided: Mapping[str, Decided]
    quotas: tuple[QuotaResult, ...]
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True)
class Population:
    """Every case of a population judged by one library, each by the regulation that it names or is in force."""

    library: Library
    decided: Mapping[str, Decided]
    rejected: tuple[Rejected, ...]
    placed: Mapping[int, Decided]
    """The same by the place of the case among the documents."""

    def of(self, case_ids: Collection[str], rejected: tuple[Rejected, ...] = ()) -> Judged:
        """The results over some of its cases, with the quotas counted over them."""
        members = {case_id: self.decided[case_id] for case_id in case_ids}
        results = across_cases(self.library, list(members.values()), rejected, {})
        return Judged(members, results.quotas, rejected)


def population(
    library: Library,
    documents: Iterable[Document | Unread | Rejected],
    regulation: str | None = None,
    known: Population | None = None,
) -> Population:
    """Judge every case; `regulation`: by that one, whatever a case would be judged by otherwise.

    `known` is the same documents judged by another library: a case that both judge alike is not judged again."""
    alike = _alike(known.library, library) if known is not None else frozenset[str]()
    decided: dict[str, Decided] = {}
    placed: dict[int, Decided] = {}
    rejected: list[Rejected] = []
    seen: dict[str, Seen] = {}
    reader = CaseReader(library)
    with Engine(library) as engine:
        for number, document in enumerate(documents):
            before = known.placed.get(number) if known is not None else None
            if before is not None and before.case.regulation in alike and same_text(before.case.case_id) not in seen:
                seen[same_text(before.case.case_id)] = before.case.case_id, before.case.place
                decided[before.case.case_id] = placed[number] = before
                continue
            case = reader.read(document, regulation, seen)
            if isinstance(case, Rejected):
                rejected.append(case)
            else:
                decided[case.case_id] = placed[number] = engine.decide(case)
    return Population(library, decided, tuple(rejected), placed)


def _alike(library: Library, other: Library) -> frozenset[str]:
    """The regulations that mean the same in both libraries, if both choose alike which one is in force."""

    def chosen_by(library: Library) -> set[tuple[object, ...]]:
        # A layer over a regulation is never in force by itself.
        regulations = [regulation for regulation in library.regulations.values() if regulation.extends is None]
        return {(regulation.id, regulation.in_force_from, regulation.in_force_until) for regulation in regulations}

    if chosen_by(library) != chosen_by(other):
        return frozenset()
    hashes = {regulation.id: regulation.content_hash for regulation in library.regulations.values()}
    return frozenset(
        regulation.id
        for regulation in other.regulations.values()
        if hashes.get(regulation.id) == regulation.content_hash
    )


def judged(version: Version, documents: Iterable[Document | Unread | Rejected], *, overridden: bool) -> Judged:
    """A population under one version. `overridden`: whatever regulation its cases would be judged by otherwise;
    else the cases of other regulations are left out."""
    regulation = version.regulation.id
    whole = population(version.library, documents, regulation if overridden else None)
    return whole.of(
        [case_id for case_id, case in whole.decided.items() if case.case.regulation == regulation], whole.rejected
    )


def impacts(
    before: Population, after: Population, wanted: Collection[str | None]
) -> dict[tuple[str, str], tuple[Judged, Judged]]:
    """The cases that both libraries judge, one of them by a wanted regulation, by the regulations that they are judged
    by: (old, new) -> both results. What a side rejects stands with the first."""
    groups: dict[tuple[str, str], list[str]] = {}
    for case_id, case in before.decided.items():
        other = after.decided.get(case_id)
        if other is not None and {case.case.regulation, other.case.regulation} & set(wanted):
            groups.setdefault((case.case.regulation, other.case.regulation), []).append(case_id)
    sides_by_regulations: dict[tuple[str, str], tuple[Judged, Judged]] = {}
    for key, members in groups.items():
        sides = ((), ()) if sides_by_regulations else (before.rejected, after.rejected)
        sides_by_regulations[key] = before.of(members, sides[0]), after.of(members, sides[1])
    return sides_by_regulations


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
        moved_case = _moved(mine, theirs, *outcomes, order)
        if moved_case is not None:
            moved.append(moved_case)
    quotas = tuple(_quota_changes(before, after))
    return Impact(len(both), matrix, tuple(moved), quotas, tuple(_unjudged(before.rejected, after.rejected)))


def _unjudged(before: Sequence[Rejected], after: Sequence[Rejected]) -> Iterator[tuple[Side, Rejected]]:
    """What a side rejects; once for what both reject for the same reasons."""

    def reasons(rejected: Rejected) -> tuple[object, ...]:
        return (
            rejected.file,
            rejected.case_id,
            tuple((problem.code, problem.location, problem.arguments) for problem in rejected.diagnostics),
        )

    mine, theirs = ({reasons(rejected) for rejected in side} for side in (before, after))
    for rejected in before:
        yield ("both" if reasons(rejected) in theirs else "old"), rejected
    yield from (("new", rejected) for rejected in after if reasons(rejected) not in mine)


def _moved(
    mine: Decided, theirs: Decided, old: tuple[str, ...], new: tuple[str, ...], order: Sequence[str]
) -> Moved | None:
    was, now = mine.decision, theirs.decision
    findings = [{item.rule.id: item.rule.label for item in side.findings} for side in (was, now)]
    items = [{item.rule.id: item.rule.label for item in side.review if item.required} for side in (was, now)]
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
    for decision in (theirs.decision, mine.decision):
        names |= {rule.name: rule.label for rule in _deciding(decision) if rule.name not in names}
    rules = [
        Mover(name, label, mine.results.get(name, "absent"), theirs.results.get(name, "absent"))
        for name, label in names.items()
    ]
    return tuple(rule for rule in rules if rule.old != rule.new)


def _deciding(decision: Decision) -> list[Provision]:
    """The rules that keep a decision from a better grade, or from any: exemptions, bars, what the better rungs lack."""
    results = [*decision.exemptions, *decision.ungraded]
    if (grading := decision.grading) is not None:
        results += [bar.result for bar in grading.bars]
        for rung in grading.rungs:
            results += [*rung.unmet, *rung.unknown]
            if rung.grade == grading.lowest:
                break
    return [result.rule for result in results]


def _quota_changes(before: Judged, after: Judged) -> list[QuotaChange]:
    def keyed(side: Judged) -> dict[tuple[object, ...], QuotaResult]:
        return {(quota.quota.name.rpartition(".")[2], quota.period, quota.cohort): quota for quota in side.quotas}

    mine, theirs = keyed(before), keyed(after)
    changes = []
    for key in dict.fromkeys([*mine, *theirs]):
        before_quota, after_quota = mine.get(key), theirs.get(key)
        figures = [
            (result.count, result.base, result.limit, result.excess, result.status) if result else None
            for result in (before_quota, after_quota)
        ]
        if figures[0] != figures[1]:
            there = after_quota or before_quota
            assert there is not None
            changes.append(
                QuotaChange(there.quota.name, there.quota.label, there.period, there.cohort, before_quota, after_quota)
            )
    return changes
