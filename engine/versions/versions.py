"""A version of a regulation, and the days and periods on which two versions are compared."""

from dataclasses import dataclass
from datetime import date

from engine.core.policy.live import changes, regime
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Fact


@dataclass(frozen=True)
class Version:
    """One regulation as one library has it; `name` is how the person named it."""

    name: str
    library: Library
    regulation: Regulation


def days_to_compare(old: Regulation, new: Regulation) -> tuple[tuple[date, date], ...]:
    """The days on which the two are set side by side: of one regulation every day since which some parameter has
    another value in either (of a local layer and what it extends, those on which the layer is in force); of two
    regulations the last such day of each."""
    if new.extends == old.id:
        days = [day for day in {*changes(old), *changes(new)} if day >= new.in_force_from]
        return tuple((regime(old, day), regime(new, day)) for day in sorted(days))
    if old.id != new.id:
        return ((changes(old)[-1], changes(new)[-1]),)
    every = sorted({*changes(old), *changes(new)})
    return tuple((regime(old, day), regime(new, day)) for day in every)


def shape(fact: Fact) -> tuple[object, ...]:
    """What a fact's values may be."""
    names = tuple(name for name, _ in fact.options)
    return (fact.type, fact.unit, names, fact.ordered, fact.minimum, fact.maximum)
