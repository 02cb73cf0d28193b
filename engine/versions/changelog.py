"""What a rule changelog says of a change: its kind, the periods whose cases it touches as full dates, the files."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from engine.base.hashing import content_hash
from engine.base.yaml_text import read_yaml
from engine.load.policies.folders import VOCABULARY_FILE, policy_files
from engine.versions.comparison import Difference
from engine.versions.versions import Version, days_to_compare

Period = tuple[date, date | None]
"""First and last day; None: still running."""


@dataclass(frozen=True)
class Entry:
    """The draft of an entry: `old` or `new` is None if a regulation is added or removed."""

    old: Version | None
    new: Version | None
    differences: tuple[Difference, ...]
    periods: tuple[Period, ...]
    files: tuple[str, ...]


def entry(old: Version | None, new: Version | None, differences: Sequence[Difference]) -> Entry | None:
    """The entry for one regulation; None if its meaning is the same. The folders of both versions must still exist."""
    files = tuple(_files(old, new))
    if not files and not differences:
        return None
    return Entry(old, new, tuple(differences), tuple(_joined(_periods(old, new, differences))), files)


def _files(old: Version | None, new: Version | None) -> Iterable[str]:
    """The files whose content means something else, by their place in the policies folder."""
    before, after = (_meanings(side) if side is not None else {} for side in (old, new))
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield name


def _meanings(side: Version) -> dict[str, str]:
    """A hash of what each file of a regulation means, with those of what it extends and the vocabulary."""
    regulations = [side.regulation]
    while (extended := side.library.regulations.get(regulations[-1].extends or "")) is not None:
        regulations.append(extended)
    hashes: dict[str, str] = {}
    # A layer may lie in another policies folder than the regulation that it extends.
    for inside in (Path(regulation.location.file).parent for regulation in reversed(regulations)):
        for path in (inside.parent / VOCABULARY_FILE, *policy_files(inside)):
            hashes[path.relative_to(inside.parent).as_posix()] = content_hash(read_yaml(path).data)
    return hashes


def _periods(old: Version | None, new: Version | None, differences: Sequence[Difference]) -> Iterable[Period]:
    there = new or old
    assert there is not None
    whole: Period = (there.regulation.in_force_from, there.regulation.in_force_until)
    if old is None or new is None or old.regulation.id != new.regulation.id:
        yield whole
        return
    days = [after for _, after in days_to_compare(old.regulation, new.regulation)]
    for difference in differences:
        if difference.what == "regulation":
            yield from _only_one(old, new)
        # A parameter moves people through the rules that ask for it, which are differences themselves.
        if difference.direction == "none" or difference.dormant or difference.what == "parameter":
            continue
        for day in difference.days:
            later = [later_day for later_day in days if later_day > day]
            yield (day, min(later) - timedelta(days=1) if later else whole[1])
        if not difference.days:
            yield whole


def _only_one(old: Version, new: Version) -> Iterable[Period]:
    """The days on which a regulation is in force under one version alone."""
    before, after = old.regulation, new.regulation
    first, second = sorted((before.in_force_from, after.in_force_from))
    if first != second:
        yield (first, second - timedelta(days=1))
    ends = [before.in_force_until, after.in_force_until]
    if ends[0] != ends[1]:
        known = [end for end in ends if end is not None]
        yield (min(known) + timedelta(days=1), max(known) if len(known) == 2 else None)


def _joined(periods: Iterable[Period]) -> Iterable[Period]:
    """Periods that meet or overlap, as one."""
    running: Period | None = None
    for first, last in sorted(set(periods), key=lambda period: (period[0], period[1] or date.max)):
        if running is None:
            running = (first, last)
        elif running[1] is None or first <= running[1] + timedelta(days=1):
            ends = (running[1], last)
            running = (running[0], None if None in ends else max(end for end in ends if end is not None))
        else:
            yield running
            running = (first, last)
    if running is not None:
        yield running
