"""Differences of quotas, of links between cases, and of what an office counts and files."""

from collections.abc import Iterator
from datetime import date

from engine.core.policy.live import exists, on_day
from engine.core.policy.rules import ByReading, Link, Majority, Quota, Rule
from engine.versions.comparison import Difference, Kind, VersionComparison, as_read, paired, setting_text, under_text
from engine.versions.diff_rules import rule_differences
from engine.versions.quotas import CohortWitness, QuotaSide, quota_direction
from engine.versions.strictness import Direction
from engine.versions.versions import days_to_compare

UNDECIDED = ("within", "count", "applies_to", "periods")
"""Parts of a quota of which it is not decided what another setting means."""


def quota_differences(comparison: VersionComparison) -> Iterator[Difference]:
    """Quotas added, removed or changed, with cohorts that are lawful under one version alone."""
    before, after = comparison.old.regulation, comparison.new.regulation
    for mine, theirs in paired(before.quotas, after.quotas, lambda quota: quota.id):
        there = theirs or mine
        assert there is not None
        details, because = _quota_details(comparison, mine, theirs)
        sides = (mine.source if mine else None), (theirs.source if theirs else None)
        names = (mine.name if mine else None), (theirs.name if theirs else None)
        if mine is None or theirs is None or details:
            kind: Kind = "changed" if mine and theirs else "removed" if mine else "added"
            direction, days, cohorts = _quota_direction(comparison, mine, theirs)
            if any(key in UNDECIDED for key, _, _ in details):
                direction = "not_decided"
            for name in because:
                comparison.changed_by_parameter.setdefault(name, set()).add(direction)
            live = [
                quota is not None and exists(quota.under, choices)
                for quota, choices in ((mine, comparison.old_choices), (theirs, comparison.new_choices))
            ]
            yield Difference(
                "quota", kind, direction, *names, there.label, mine.label if mine else None, *sides,
                details=details, days=days, cohorts=cohorts, grade=there.grade, because=because,
                dormant=not any(live),
            )  # fmt: skip
        elif (mine.label, mine.source) != (theirs.label, theirs.source):
            yield Difference("quota", "reworded", "none", *names, theirs.label, mine.label, *sides)
        if mine is not None and theirs is not None:
            yield from rule_differences(
                comparison, [relief.rule for relief in mine.relief], [relief.rule for relief in theirs.relief]
            )


def _quota_details(
    comparison: VersionComparison, mine: Quota | None, theirs: Quota | None
) -> tuple[tuple[tuple[str, object, object], ...], tuple[str, ...]]:
    """The parts in which two quotas differ; and the parameters and readings that alone make them differ."""
    if mine is None or theirs is None:
        return (), ()
    details, because = _limit_details(comparison, mine, theirs)
    for key in ("grade", "of", "count", "rounding", "within", "surplus", "several_cases", "applies_to", "periods",
                "under"):  # fmt: skip
        written = [getattr(quota, key) for quota in (mine, theirs)]
        read = [as_read(setting, choices) for setting, choices in zip(written, comparison.choices, strict=True)]
        if key == "under":
            read = [exists(setting, choices) for setting, choices in zip(written, comparison.choices, strict=True)]
        if read[0] == read[1] and (key != "under" or written[0] == written[1]):
            continue
        if written[0] == written[1]:
            names = [written[0].interpretation] if isinstance(written[0], ByReading) else []
            names += [reading.interpretation for reading in mine.under] if key == "under" else []
            because += comparison.differently_read(names)
        if key == "under" and written[0] == written[1]:
            details.append(("applies", read[0], read[1]))
        elif key == "under":
            details.append((key, under_text(mine.under), under_text(theirs.under)))
        else:
            details.append((key, setting_text(read[0]), setting_text(read[1])))
    return tuple(dict.fromkeys(details)), tuple(dict.fromkeys(because))


def _limit_details(
    comparison: VersionComparison, mine: Quota, theirs: Quota
) -> tuple[list[tuple[str, object, object]], list[str]]:
    """The limits, of the quota and of its reliefs, in which two quotas differ; and the parameters that make them."""
    details: list[tuple[str, object, object]] = []
    because: list[str] = []
    limits: list[tuple[str, str, str]] = [("at_most", mine.at_most, theirs.at_most)]
    reliefs = {relief.rule.id: relief for relief in mine.relief}
    for relief in theirs.relief:
        earlier = reliefs.get(relief.rule.id)
        if earlier is None:
            continue
        if relief.at_most and earlier.at_most:
            limits.append((f"relief.{relief.rule.id}.at_most", earlier.at_most, relief.at_most))
        elif relief.at_most != earlier.at_most:
            details.append((f"relief.{relief.rule.id}.at_most", earlier.at_most, relief.at_most))
        for key in ("base_less_than", "allowed"):
            if getattr(earlier, key) != getattr(relief, key):
                details.append((f"relief.{relief.rule.id}.{key}", getattr(earlier, key), getattr(relief, key)))
    for key, old_name, new_name in limits:
        for old_day, new_day in days_to_compare(comparison.old.regulation, comparison.new.regulation):
            before = on_day(comparison.old.regulation.parameters[old_name], old_day)
            after = on_day(comparison.new.regulation.parameters[new_name], new_day)
            if before != after:
                details.append((key, before, after))
                because += [new_name] if old_name == new_name else []
    return details, because


def _quota_direction(
    comparison: VersionComparison, mine: Quota | None, theirs: Quota | None
) -> tuple[Direction, tuple[date, ...], tuple[CohortWitness, ...]]:
    """How a quota moved, on which days, and a cohort for each way."""
    witnesses: dict[bool, CohortWitness] = {}
    days = []
    for old_day, new_day in days_to_compare(comparison.old.regulation, comparison.new.regulation):
        direction, cohorts = quota_direction(
            QuotaSide(comparison.old.regulation, mine, old_day, comparison.old_choices),
            QuotaSide(comparison.new.regulation, theirs, new_day, comparison.new_choices),
        )
        if direction != "none":
            days.append(new_day)
        for witness in cohorts:
            witnesses.setdefault(witness.lawful_new, witness)
    if not witnesses:
        return "none", (), ()
    way: Direction = "both_ways" if len(witnesses) == 2 else "loosened" if True in witnesses else "tightened"
    return way, tuple(days), tuple(witnesses.values())


def link_differences(comparison: VersionComparison) -> Iterator[Difference]:
    """Links between cases added, removed or changed."""
    for mine, theirs in paired(comparison.old.regulation.links, comparison.new.regulation.links, lambda link: link.id):
        there = theirs or mine
        assert there is not None
        sources = mine.source if mine else None, theirs.source if theirs else None
        names = mine.name if mine else None, theirs.name if theirs else None
        live = [
            link is not None and exists(link.under, choices)
            for link, choices in ((mine, comparison.old_choices), (theirs, comparison.new_choices))
        ]
        details = _link_details(mine, theirs)
        if live[0] != live[1] or mine is None or theirs is None:
            kind: Kind = "changed" if mine and theirs else "removed" if mine else "added"
            direction: Direction = "tightened" if live[1] else "loosened" if live[0] else "none"
            same = mine is not None and theirs is not None and mine.under == theirs.under
            because = (
                tuple(comparison.differently_read(reading.interpretation for reading in there.under)) if same else ()
            )
            if because:
                details = (*details, ("applies", live[0], live[1]))
            yield Difference(
                "link", kind, direction, *names, there.label, mine.label if mine else None, *sources,
                details=details, dormant=not any(live), because=because,
            )  # fmt: skip
        elif details:
            yield Difference(
                "link", "changed", "not_decided" if live[0] else "none", *names, theirs.label, mine.label,
                *sources, details=details, dormant=not live[0],
            )  # fmt: skip
        elif (mine.label, mine.source) != (theirs.label, theirs.source):
            yield Difference("link", "reworded", "none", *names, theirs.label, mine.label, *sources)


def _link_details(mine: Link | None, theirs: Link | None) -> tuple[tuple[str, object, object], ...]:
    def parts(link: Link | None) -> dict[str, object]:
        if link is None:
            return {}
        return {
            "to": str(link.to),
            "must": link.grade or link.order,
            "applies_to": ", ".join(link.applies_to),
            "under": under_text(link.under),
        }

    before, after = parts(mine), parts(theirs)
    keys = dict.fromkeys([*before, *after])
    return tuple((key, before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key))


def office_differences(comparison: VersionComparison) -> Iterator[Difference]:
    """Majorities of votes and papers of the dossier added, removed or changed; no grade depends on them."""
    old, new = comparison.old.regulation, comparison.new.regulation
    before: tuple[Majority | Rule, ...] = (*old.majorities, *old.papers)
    after: tuple[Majority | Rule, ...] = (*new.majorities, *new.papers)
    for mine, theirs in paired(before, after, lambda item: item.name):
        there = theirs or mine
        assert there is not None
        kind: Kind = "changed" if mine and theirs else "removed" if mine else "added"
        details = tuple(_office_details(mine, theirs)) if mine and theirs else ()
        asked = [item.condition if isinstance(item, Rule) else None for item in (mine, theirs)]
        if mine and theirs and not details and asked[0] == asked[1]:
            if (mine.label, mine.source) == (theirs.label, theirs.source):
                continue
            kind = "reworded"
        yield Difference(
            "paper" if isinstance(there, Rule) else "majority", kind, "none",
            mine.name if mine else None, theirs.name if theirs else None, there.label, mine.label if mine else None,
            mine.source if mine else None, theirs.source if theirs else None, details=details,
            old_condition=asked[0], new_condition=asked[1],
        )  # fmt: skip


def _office_details(mine: Majority | Rule, theirs: Majority | Rule) -> list[tuple[str, object, object]]:
    def parts(item: Majority | Rule) -> dict[str, object]:
        shared = {"applies_to": ", ".join(item.applies_to), "under": under_text(item.under)}
        if isinstance(item, Majority):
            return {**shared, "base": item.base, "more_than": str(item.more_than)}
        return {**shared, "periods": ", ".join(item.periods)}

    before, after = parts(mine), parts(theirs)
    return [(key, before.get(key), part) for key, part in after.items() if before.get(key) != part]
