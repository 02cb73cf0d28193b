"""Differences of ladders: their rungs, and what becomes of a case that reaches none."""

from collections.abc import Iterator

from engine.core.policy.live import exists
from engine.core.policy.rules import ByReading, Ladder, Rung
from engine.versions.comparison import Difference, Kind, VersionComparison, as_read, paired, setting_text, under_text
from engine.versions.strictness import Direction


def ladder_differences(comparison: VersionComparison) -> Iterator[Difference]:
    """Rungs added, removed, or that exist under other readings, and the grade of what reaches no rung."""
    old, new = comparison.old.regulation, comparison.new.regulation
    for mine, theirs in paired(old.ladders, new.ladders, lambda ladder: ladder.id):
        if mine is None or theirs is None:
            continue
        yield from _otherwise(comparison, mine, theirs)
        for before, after in paired(mine.rungs, theirs.rungs, lambda rung: rung.grade):
            there = after or before
            assert there is not None
            label = next(grade.label for grade in (*new.grades, *old.grades) if grade.id == there.grade)
            if before is None or after is None:
                kind: Kind = "removed" if after is None else "added"
                name = f"{theirs.id}.{there.grade}"
                yield Difference(
                    "rung", kind, "not_decided", name if before else None, name if after else None, label,
                    grade=there.grade,
                )  # fmt: skip
            elif before.under != after.under or _exists(comparison, before) != _exists(comparison, after, new=True):
                name = f"{theirs.id}.{there.grade}"
                live = _exists(comparison, before), _exists(comparison, after, new=True)
                details: tuple[tuple[str, object, object], ...] = (("applies", *live),)
                if before.under != after.under:
                    details = (("under", under_text(before.under), under_text(after.under)),)
                same = before.under == after.under
                because = (
                    tuple(comparison.differently_read(reading.interpretation for reading in after.under))
                    if same
                    else ()
                )
                yield Difference(
                    "rung", "changed", "not_decided" if any(live) else "none", name, name, label, details=details,
                    because=because, grade=there.grade, dormant=not any(live),
                )  # fmt: skip
            else:
                kept = [
                    {criterion.rule.id: criterion.inherited for criterion in rung.criteria} for rung in (before, after)
                ]
                for name in (criterion for criterion in kept[0] if criterion in kept[1]):
                    if kept[0][name] != kept[1][name]:
                        rule = next(criterion.rule for criterion in after.criteria if criterion.rule.id == name)
                        yield Difference(
                            "criterion", "changed", "loosened" if kept[0][name] else "tightened", rule.name,
                            rule.name, rule.label, rule.label, rule.source, rule.source, grade=there.grade,
                            details=(("inherited", kept[0][name], kept[1][name]),),
                        )  # fmt: skip


def _exists(comparison: VersionComparison, rung: Rung, *, new: bool = False) -> bool:
    return exists(rung.under, comparison.new_choices if new else comparison.old_choices)


def _otherwise(comparison: VersionComparison, mine: Ladder, theirs: Ladder) -> Iterator[Difference]:
    """What becomes of a case that reaches no rung, as it is written and as it is read."""
    before, after = mine.otherwise, theirs.otherwise
    read = as_read(before.grade, comparison.old_choices), as_read(after.grade, comparison.new_choices)
    if before.grade == after.grade and read[0] == read[1]:
        return
    same = before.grade == after.grade and isinstance(after.grade, ByReading)
    because = tuple(comparison.differently_read([after.grade.interpretation])) if same else ()  # type: ignore[union-attr]
    shown = read if same else (before.grade, after.grade)
    witnesses = comparison.movement.cases.below_every_rung(mine, theirs) if read[0] != read[1] else ()
    yield Difference(
        "otherwise", "changed", _otherwise_direction(comparison, *read), before.name, after.name, after.label,
        before.label, before.source, after.source, details=(("grade", setting_text(shown[0]), setting_text(shown[1])),),
        because=because, witnesses=witnesses,
    )  # fmt: skip


def _otherwise_direction(comparison: VersionComparison, before: str | None, after: str | None) -> Direction:
    """Left to the authority a case may get any grade, so only the lowest is surely no better."""
    if before == after:
        return "none"
    order = [grade.id for grade in comparison.new.regulation.grades]
    if after == order[-1]:
        return "tightened"
    if before is None or after is None or before not in order or after not in order:
        return "loosened" if before == order[-1] else "not_decided"
    return "tightened" if order.index(after) > order.index(before) else "loosened"
