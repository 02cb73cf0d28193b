"""Differences at the head of a regulation: its days, grades, kinds of subject, relations and interpretations."""

from collections.abc import Iterator, Sequence
from typing import Any

from engine.versions.comparison import Difference, VersionComparison, What, paired


def header_differences(comparison: VersionComparison) -> Iterator[Difference]:
    """What differs in the days in force, grades, kinds of subject and relations."""
    before, after = comparison.old.regulation, comparison.new.regulation
    texts = [
        (key, getattr(before, key), getattr(after, key))
        for key in ("id", "number", "label", "issued_by", "issued_on", "in_force_from", "in_force_until", "periods")
    ]
    details = tuple((key, before, after) for key, before, after in texts if before != after)
    if details:
        yield Difference(
            "regulation", "changed", "none", before.id, after.id, after.label, before.label, details=details
        )
    yield from _named(comparison, "grade", before.grades, after.grades)
    yield from _named(comparison, "subject_kind", tuple(before.kinds.values()), tuple(after.kinds.values()))
    yield from _named(comparison, "relation", before.relations, after.relations)


def _named(
    comparison: VersionComparison, what: What, before: Sequence[Any], after: Sequence[Any]
) -> Iterator[Difference]:
    for mine, theirs in paired(before, after, lambda item: str(item.id)):
        source_old, source_new = getattr(mine, "source", None), getattr(theirs, "source", None)
        if mine is None or theirs is None:
            there: Any = mine or theirs
            yield Difference(
                what, "removed" if theirs is None else "added", "none", mine and mine.id, theirs and theirs.id,
                there.label, mine and mine.label, source_old, source_new,
            )  # fmt: skip
        elif mine.label != theirs.label:
            yield Difference(
                what, "reworded", "none", mine.id, theirs.id, theirs.label, mine.label, source_old, source_new
            )


def interpretation_differences(comparison: VersionComparison) -> Iterator[Difference]:
    """Interpretations added, removed, with other words, or of which another option is chosen."""
    before, after = comparison.old.regulation.interpretations, comparison.new.regulation.interpretations
    for mine, theirs in paired(before, after, lambda item: item.id):
        if mine is None or theirs is None:
            there = mine or theirs
            assert there is not None
            yield Difference(
                "interpretation", "removed" if theirs is None else "added", "none",
                mine.id if mine else None, theirs.id if theirs else None, there.question,
                mine.question if mine else None, mine.source if mine else None, theirs.source if theirs else None,
                details=(("chosen", mine.chosen if mine else None, theirs.chosen if theirs else None),),
            )  # fmt: skip
            continue
        details = [("chosen", mine.chosen, theirs.chosen)] if mine.chosen != theirs.chosen else []
        options = [tuple(name for name, _ in side.options) for side in (mine, theirs)]
        if options[0] != options[1]:
            details.append(("options", ", ".join(options[0]), ", ".join(options[1])))
        reworded = (mine.question, mine.note, mine.source) != (theirs.question, theirs.note, theirs.source)
        if details or reworded or mine.options != theirs.options:
            yield Difference(
                "interpretation", "changed" if details else "reworded", "none", mine.id, theirs.id,
                theirs.question, mine.question, mine.source, theirs.source, details=tuple(details),
            )  # fmt: skip
