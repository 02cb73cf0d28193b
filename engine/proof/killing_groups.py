"""Groups of cases that quotas and links are tried on: small, with every grade, order and kind of subject in turn."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from engine.core.judge.case import separator
from engine.core.policy.live import concerns
from engine.core.policy.regulation import Regulation
from engine.core.policy.rules import ByReading, Link, Quota
from engine.load.cases.kinds import kinds_of_cases

TestData = dict[str, Any]
"""A test as it is written in a `*.test.yaml` file, without its name."""
EARLIER, LATER = "12-10", "12-20"


def group_tests(before: Regulation, after: Regulation) -> Iterator[TestData]:
    """Tests of several cases, without what they expect, that may show in what the quotas and links of two versions of
    a regulation differ."""
    rereads = {
        point.id
        for point, other in zip(before.interpretations, after.interpretations, strict=True)
        if point.chosen != other.chosen
    }
    for link, other in _different(before.links, after.links, rereads):
        yield from _link_tests(before, link, other)
    reparametered = before.parameters is not after.parameters
    for quota, other in _different(before.quotas, after.quotas, rereads, whole=reparametered):
        yield from _quota_tests(before, quota, other)


def _different(
    before: Sequence[Any], after: Sequence[Any], rereads: set[str], whole: bool = False
) -> Iterator[tuple[Any, Any]]:
    """The items of a section that a step changed, or that depend on how one of these interpretations is read."""
    others = {item.name: item for item in after}
    for item in before:
        other = others.get(item.name, item)
        if whole or other is not item or rereads & set(_interpretations(item)):
            yield item, other


def _interpretations(item: Link | Quota) -> list[str]:
    """The interpretations on which a link or a quota depends."""
    named = [reading.interpretation for reading in item.under]
    if isinstance(item, Quota):
        named += [reading.interpretation for relief in item.relief for reading in relief.rule.under]
        settings = (item.of, item.count, item.rounding)
        named += [setting.interpretation for setting in settings if isinstance(setting, ByReading)]
    return list(dict.fromkeys(named))


def _switches(regulation: Regulation, item: Link | Quota) -> Iterator[dict[str, str]]:
    """The readings as they are chosen, then one interpretation on which the item depends read otherwise, then two."""
    points = [point for point in regulation.interpretations if point.id in _interpretations(item)]
    combined = [
        {point.id: option for point, option in zip(points, options, strict=True) if option != point.chosen}
        for options in product(*([name for name, _ in point.options] for point in points))
    ]
    yield from sorted((switches for switches in combined if len(switches) <= 2), key=len)


def _kinds(regulation: Regulation, before: Link | Quota, after: Link | Quota) -> list[tuple[str, ...]]:
    """Kinds of subject to try: those that the item covers, one alone and each beside one that it does not."""
    of_cases = [regulation.kinds[name] for name in kinds_of_cases(regulation)]
    kinds = sorted(of_cases, key=lambda kind: not kind.is_leaf)
    sides = [{kind.id for kind in kinds if concerns(item.applies_to, kind)} for item in (before, after)]
    covered = [kind.id for kind in kinds if kind.id in sides[0] | sides[1]]
    if sides[0] == sides[1]:
        return [(kind,) for kind in covered[:1]]
    moved = [kind for kind in covered if kind in sides[0] ^ sides[1]]
    always = [kind for kind in covered if kind in sides[0] & sides[1]]
    return [*((kind,) for kind in moved), *((other, kind) for kind in moved for other in always[:1])]


def _with(switches: Mapping[str, str], data: TestData) -> TestData:
    return {**data, "interpretations": dict(switches)} if switches else data


# --- links ---


def _link_tests(regulation: Regulation, before: Link, after: Link) -> Iterator[TestData]:
    grades = [grade.id for grade in regulation.grades]
    year = regulation.in_force_from.year
    days = [f"{year}-{EARLIER}", f"{year}-{LATER}"]
    stand = [(grades[1], days[0]), (grades[0], days[1]), (grades[1], days[1]), (grades[0], days[0])]
    other_kind = next(kind for kind in kinds_of_cases(regulation) if regulation.kinds[kind].is_leaf)
    for switches, kinds, own, other in product(
        _switches(regulation, before), _kinds(regulation, before, after), stand, stand
    ):
        cases = [
            {
                "id": f"A{number}",
                "subject": {"kind": kind, "id": f"S{number}", **dict.fromkeys({before.to, after.to}, "S9")},
                "grades": {"decided": own[0], "decided_on": own[1]},
            }
            for number, kind in enumerate(kinds, 1)
        ]
        there = {"kind": other_kind, "id": "S9"}
        cases.append({"id": "B", "subject": there, "grades": {"decided": other[0], "decided_on": other[1]}})
        yield _with(switches, {"cases": cases})


# --- quotas ---


def _quota_tests(regulation: Regulation, before: Quota, after: Quota) -> Iterator[TestData]:
    grades = [grade.id for grade in regulation.grades]
    for switches, kinds in product(_switches(regulation, before), _kinds(regulation, before, after)):
        for period in _periods(regulation, before, after):
            for design in _designs(grades, before.grade):
                groups = [group for kind in kinds for group in _groups(before, kind, design, "A")]
                yield _with(switches, {**period, "cohort": groups})
        if before.within != after.within:
            design = [(1, before.grade, None, False), (4, grades[1], None, False)]
            for key in before.within:
                apart = [group for name in ("A", "B") for group in _groups(before, kinds[0], design, name, key)]
                yield _with(switches, {"cohort": apart})


def _periods(regulation: Regulation, before: Quota, after: Quota) -> list[TestData]:
    year = regulation.in_force_from.year
    written = {"year": str(year), "quarter": f"{year}-Q4", "term": f"{year}-{year + 5}"}
    changed = set(before.periods) ^ set(after.periods)
    return [{}, *({"period": written[period]} for period in sorted(changed) if period in written)]


_Design = Sequence[tuple[int, str, str | None, bool]]
"""Groups of like cases: how many, the decided grade, the proposed one, whether all are of one subject."""


def _designs(grades: Sequence[str], limited: str) -> Iterator[_Design]:
    best, second, *others = grades
    yield [(1, best, None, False), (5, second, None, False), (6, second, None, True)]
    for grade in others:
        yield [(2, best, None, False), (5, second, None, False), (5, grade, None, False)]
    for grade in (best, *others):
        yield [(2, best, second, False), (5, second, second, False), (5, others[0], grade, False)]
    yield [(2, best, best, False), (5, second, second, False), (5, second, best, False)]
    for base, count in product(range(1, 7), (1, 2)):
        yield [(count, limited, None, False), (base, second, None, False)]


def _groups(quota: Quota, kind: str, design: _Design, apart: str, key: str = "") -> Iterator[TestData]:
    """The groups of a design, alike in what separates cohorts except in `key`."""
    for number, (count, decided, proposed, same) in enumerate(design, 1):
        subject: TestData = {"kind": kind}
        given: TestData = {}
        for separated in quota.within:
            value = apart if separated == key else "A"
            match separator(separated):
                case "attribute", name if name != "kind":
                    subject[name] = value
                case "relation", name:
                    subject[name] = value
                case "fact", name:
                    given[name] = value
        if same:
            subject["id"] = f"S{number}"
        grades = {**({"proposed": proposed} if proposed else {}), "decided": decided}
        yield {"count": count, "subject": subject, **({"given": given} if given else {}), "grades": grades}
