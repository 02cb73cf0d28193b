"""What two versions of a regulation may differ in, and the parts that each comparison of them uses."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, TypeVar

from engine.core.judge.record import UNDETERMINED
from engine.core.policy.live import chosen, on_day, read_by
from engine.core.policy.regulation import Parameter
from engine.core.policy.rules import ByReading, Condition
from engine.core.policy.terms import Source, Text
from engine.versions.quotas import CohortWitness
from engine.versions.strictness import Direction, Movement
from engine.versions.versions import Version, days_to_compare
from engine.versions.witnesses import Witness

What = Literal[
    "regulation", "grade", "subject_kind", "relation", "interpretation", "parameter", "exemption", "ungraded",
    "review_content", "trigger", "criterion", "bar", "gap", "relief", "rung", "otherwise", "quota", "link", "fact",
    "majority", "paper",
]  # fmt: skip


Kind = Literal["added", "removed", "renamed", "reworded", "changed"]


T = TypeVar("T")


@dataclass(frozen=True)
class Difference:
    """One thing that differs. `details` are its parts with their old and new wording; `because` names parameters and
    interpretations if they alone changed the rule; `dormant`: no chosen reading lets it exist on either side."""

    what: What
    kind: Kind
    direction: Direction
    old: str | None
    new: str | None
    label: Text
    old_label: Text | None = None
    old_source: Source | None = None
    new_source: Source | None = None
    old_condition: Condition | None = None
    new_condition: Condition | None = None
    details: tuple[tuple[str, object, object], ...] = ()
    because: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    dormant: bool = False
    witnesses: tuple[Witness, ...] = ()
    cohorts: tuple[CohortWitness, ...] = ()
    grade: str | None = None
    """Of a criterion or bar: its grade."""


@dataclass
class VersionComparison:
    """Two versions that are compared, how each reads what can be read in several ways, and what came of it so far."""

    old: Version
    new: Version
    movement: Movement = field(init=False)
    changed_by_parameter: dict[str, set[Direction]] = field(default_factory=dict)
    """How the rules moved that differ by the value of a parameter alone."""

    def __post_init__(self) -> None:
        self.movement = Movement(self.old, self.new)
        self.old_choices = chosen(self.old.regulation, {})
        self.new_choices = chosen(self.new.regulation, {})

    @property
    def choices(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The options chosen of the interpretations: by the old, by the new."""
        return self.old_choices, self.new_choices

    def differently_read(self, names: Iterable[str]) -> list[str]:
        """Of these interpretations, those that the two sides read by different options."""
        return [name for name in dict.fromkeys(names) if self.old_choices.get(name) != self.new_choices.get(name)]


def values_by_day(
    comparison: VersionComparison, mine: Parameter | None, theirs: Parameter | None
) -> dict[str, tuple[object, object]]:
    """Since when which value: of the old, and of the new. Two regulations are never in force on one day: of a
    parameter of both, the last value of each."""
    old, new = comparison.old.regulation, comparison.new.regulation
    if mine and theirs and old.id not in (new.id, new.extends):
        ((old_day, new_day),) = days_to_compare(old, new)
        return {"value": (on_day(mine, old_day), on_day(theirs, new_day))}
    days = sorted({value.since for parameter in (mine, theirs) if parameter for value in parameter.values})
    return {day.isoformat(): (mine and on_day(mine, day), theirs and on_day(theirs, day)) for day in days}


def paired(
    before: Sequence[T], after: Sequence[T], key: Callable[[Any], object]
) -> Iterator[tuple[T | None, T | None]]:
    """Items of both sides by their keys, in the order of the new with what is gone at its old place at the end.

    Of several with one key those of one name go together, the rest in order."""
    left: dict[object, list[T]] = {}
    for item in before:
        left.setdefault(key(item), []).append(item)
    pairs: list[tuple[T | None, T | None]] = []
    for theirs in after:
        candidates = left.get(key(theirs), [])
        same = next((item for item in candidates if getattr(item, "name", None) == getattr(theirs, "name", 0)), None)
        mine = same if same is not None else candidates[0] if candidates else None
        if mine is not None:
            candidates.remove(mine)
        pairs.append((mine, theirs))
    pairs += [(item, None) for item in before if any(item is other for other in left.get(key(item), ()))]
    return iter(pairs)


def under_text(readings: Iterable[Any]) -> str:
    """Under which options of which interpretations something exists, as a text."""
    return "; ".join(f"{reading.interpretation}: {' / '.join(reading.options)}" for reading in readings)


def as_read(setting: Any, choices: Mapping[str, str]) -> Any:
    """A setting as the choices read it."""
    return read_by(setting, choices) if isinstance(setting, ByReading) else setting


def setting_text(setting: Any) -> str:
    """A setting, with what each option makes of it if it depends on an interpretation, as a text."""
    match setting:
        case None:
            return UNDETERMINED
        case ByReading(interpretation=name, options=options):
            return f"{name}: " + "; ".join(f"{option}: {setting_text(value)}" for option, value in options)
        case tuple() | list():
            return ", ".join(str(item) for item in setting)
        case _:
            return str(setting)
