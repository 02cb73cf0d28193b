"""Differences of parameters and of facts."""

from collections.abc import Iterator

from engine.core.policy.regulation import Parameter
from engine.core.policy.terms import Source
from engine.versions.comparison import Difference, Kind, VersionComparison, paired, values_by_day
from engine.versions.strictness import Direction
from engine.versions.versions import shape


def parameter_differences(comparison: VersionComparison) -> Iterator[Difference]:
    """Parameters added, removed, with other values, or with other words or sources."""
    before, after = comparison.old.regulation.parameters, comparison.new.regulation.parameters
    for mine, theirs in paired(list(before.values()), list(after.values()), lambda parameter: parameter.id):
        there = theirs or mine
        assert there is not None
        details = tuple(
            (key, old, new) for key, (old, new) in values_by_day(comparison, mine, theirs).items() if old != new
        )
        sources = mine.values[-1].source if mine else None, theirs.values[-1].source if theirs else None
        names = mine.id if mine else None, theirs.id if theirs else None
        if mine is None or theirs is None:
            kind: Kind = "removed" if theirs is None else "added"
            yield Difference("parameter", kind, "none", *names, there.label, None, *sources, details=details)
        elif details or mine.unit != theirs.unit or mine.type != theirs.type:
            directions = comparison.changed_by_parameter.get(theirs.id)
            # If the rules that use it differ in more than its value, the value by itself decides nothing.
            direction = "not_decided" if directions is None else _together(directions - {"none"})
            yield Difference(
                "parameter", "changed", direction, *names, theirs.label, mine.label, *sources, details=details
            )
        elif mine.label != theirs.label or _sources(mine) != _sources(theirs):
            yield Difference("parameter", "reworded", "none", *names, theirs.label, mine.label, *sources)


def fact_differences(comparison: VersionComparison) -> Iterator[Difference]:
    """Facts of the vocabularies added, removed, of other values, or with other words."""
    before, after = comparison.old.library.vocabulary.facts, comparison.new.library.vocabulary.facts
    if before is after:
        return
    for mine, theirs in paired(list(before.values()), list(after.values()), lambda fact: fact.name):
        there = theirs or mine
        assert there is not None
        names = mine.name if mine else None, theirs.name if theirs else None
        if mine is None or theirs is None:
            kind: Kind = "removed" if theirs is None else "added"
            yield Difference("fact", kind, "none", *names, there.label)
        elif shape(mine) != shape(theirs) or mine.derived != theirs.derived:
            details = tuple(
                (key, str(getattr(mine, key)), str(getattr(theirs, key)))
                for key in ("type", "unit", "options", "minimum", "maximum", "derived")
                if getattr(mine, key) != getattr(theirs, key)
            )
            yield Difference("fact", "changed", "not_decided", *names, there.label, mine.label, details=details)
        elif (mine.label, mine.question) != (theirs.label, theirs.question):
            yield Difference("fact", "reworded", "none", *names, there.label, mine.label)


def _sources(parameter: Parameter) -> tuple[Source, ...]:
    return tuple(value.source for value in parameter.values)


def _together(directions: set[Direction]) -> Direction:
    if not directions:
        return "none"
    if len(directions) == 1:
        (only,) = directions
        return only
    return "not_decided" if "not_decided" in directions else "both_ways"
