"""What a quota would come to over a cohort if it were read otherwise, beside the reading that is chosen.

Offices count over other bases, round otherwise, or take a relief for granted, and no text settles that. Each other
option of an interpretation that a quota depends on is counted by itself, and so is each relief whose condition the
cohort does not meet, such as a higher share that the authority would have to decide.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from engine.core.judge.case import Rejected
from engine.core.judge.cohorts import Alike, QuotaCohort, quota_results
from engine.core.judge.decision import Decided
from engine.core.judge.engine import across_cases
from engine.core.judge.record import QuotaReading, QuotaResult, Results
from engine.core.policy.live import Choices, chosen, exists
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.rules import ByReading, Quota


def across_with_readings(
    library: Library, decided: Sequence[Decided], rejected: Sequence[Rejected], switches: Choices
) -> Results:
    """As `across_cases`, with what every other reading of a quota would make of each cohort."""
    results = across_cases(library, decided, rejected, switches, with_other_readings)
    grouped = {
        name: tuple(_other_groups(library, regulation, decided, switches))
        for name, regulation in library.regulations.items()
    }
    quotas = [
        replace(quota, readings=(*quota.readings, *_of_cohort(quota, grouped[quota.regulation])))
        for quota in results.quotas
    ]
    return replace(results, quotas=tuple(quotas))


def _other_groups(
    library: Library, regulation: Regulation, decided: Sequence[Decided], switches: Choices
) -> Iterator[QuotaReading]:
    """Every quota by each option under which other quotas exist, which may group the cases otherwise."""
    members = [member for member in decided if member.case.regulation == regulation.id]
    choices = chosen(regulation, switches)
    deciding = {reading.interpretation for quota in regulation.quotas for reading in quota.under}
    for interpretation in regulation.interpretations:
        if not members or interpretation.id not in deciding:
            continue
        for option, label in interpretation.options:
            if option != choices[interpretation.id]:
                others = {**switches, interpretation.id: option}
                for result in quota_results(library.vocabulary, regulation, members, others)[0]:
                    yield QuotaReading(interpretation, option, label, result)


def _of_cohort(quota: QuotaResult, readings: Sequence[QuotaReading]) -> Iterator[QuotaReading]:
    """The readings that put all of a cohort into one group."""
    for reading in readings:
        other = reading.result
        same = (other.grade, other.period) == (quota.grade, quota.period)
        if same and {*other.cohort} <= {*quota.cohort} and other.quota != quota.quota:
            yield reading


def with_other_readings(cohort: QuotaCohort) -> QuotaResult:
    """The result of a quota over a cohort, with what every other reading of the quota would make of it."""
    few = replace(cohort, members=_grouped(cohort))
    return replace(cohort.result(), readings=(*_by_options(few), *_by_reliefs(few)))


def depends_on(quota: Quota, interpretation: str) -> bool:
    """Does a quota, where it exists, come out by an interpretation?"""
    settings = (quota.of, quota.count, quota.rounding)
    by_reading = {setting.interpretation for setting in settings if isinstance(setting, ByReading)}
    reliefs = {reading.interpretation for relief in quota.relief for reading in relief.rule.under}
    return interpretation in by_reading | reliefs


def _by_options(cohort: QuotaCohort) -> Iterator[QuotaReading]:
    for interpretation in cohort.regulation.interpretations:
        if not depends_on(cohort.quota, interpretation.id):
            continue
        for option, label in interpretation.options:
            if option != cohort.choices[interpretation.id]:
                choices = {**cohort.choices, interpretation.id: option}
                yield QuotaReading(interpretation, option, label, replace(cohort, choices=choices).result())


def _by_reliefs(cohort: QuotaCohort) -> Iterator[QuotaReading]:
    for relief in cohort.quota.relief:
        rule = relief.rule
        if rule.condition is None or not exists(rule.under, cohort.choices):
            continue
        if any(member.reliefs.get(rule.name) is False for member in cohort.members):
            members = [replace(member, reliefs={**member.reliefs, rule.name: True}) for member in cohort.members]
            yield QuotaReading(rule, "", rule.label, replace(cohort, members=members).result())


def _grouped(cohort: QuotaCohort) -> Sequence[Alike]:
    """The members of a cohort, those that no reading of the quota tells apart as one."""
    names = [relief.rule.name for relief in cohort.quota.relief]
    groups: dict[tuple[object, ...], list[Alike]] = {}
    for member in cohort.members:
        results: Mapping[str, bool | None] = {name: member.reliefs[name] for name in names if name in member.reliefs}
        key = member.standing, member.perhaps_ungraded, tuple(results.items()), member.as_of
        groups.setdefault(key, []).append(member)
    return [
        replace(
            members[0],
            reliefs={name: members[0].reliefs[name] for name in names if name in members[0].reliefs},
            number=sum(member.number for member in members),
            case_ids=tuple(case_id for member in members for case_id in member.case_ids),
        )
        for members in groups.values()
    ]
