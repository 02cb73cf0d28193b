"""What a quota would come to over a cohort if it were read otherwise, beside the reading that is chosen.

Offices count over other bases, round otherwise, or take a relief for granted, and no text settles that. Each other
option of an interpretation that a quota depends on is counted by itself, and so is each relief whose condition the
cohort does not meet, such as a higher share that the authority would have to decide.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, combinations

from engine.core.judge.case import Rejected
from engine.core.judge.cohorts import Alike, QuotaCohort, quota_results
from engine.core.judge.decision import Decided
from engine.core.judge.engine import across_cases
from engine.core.judge.record import QuotaReading, QuotaResult, Results
from engine.core.policy.live import Choices, chosen, exists
from engine.core.policy.regulation import Interpretation, Library, Regulation
from engine.core.policy.rules import ByReading, Quota
from engine.core.policy.terms import Source

CountQuotas = Callable[[Regulation, Choices], Iterable[QuotaResult]]
GroupKey = tuple[str, str, frozenset[tuple[str, str]]]
"""The grade, the period and the cohort of a quota."""
OtherGroups = Mapping[GroupKey, Sequence[QuotaReading]]


def across_with_readings(
    library: Library, decided: Sequence[Decided], rejected: Sequence[Rejected], switches: Choices
) -> Results:
    """As `across_cases`, with what every other reading of a quota would make of each cohort."""
    results = across_cases(library, decided, rejected, switches, with_other_readings)

    def counted(regulation: Regulation, choices: Choices) -> Iterable[QuotaResult]:
        members = [member for member in decided if member.case.regulation == regulation.id]
        return quota_results(library.vocabulary, regulation, members, choices)[0] if members else ()

    groups = {
        name: other_groups(regulation, chosen(regulation, switches), counted)
        for name, regulation in library.regulations.items()
    }
    return replace(results, quotas=tuple(grouped_too(quota, groups[quota.regulation]) for quota in results.quotas))


def other_groups(regulation: Regulation, choices: Choices, counted: CountQuotas) -> OtherGroups:
    """Every quota that exists by another option alone, which may group the cases otherwise, as that option counts it.

    `choices` are those of every interpretation; `counted` gives the quotas of a regulation by other ones."""
    groups: dict[GroupKey, list[QuotaReading]] = {}
    deciding = {reading.interpretation for quota in regulation.quotas for reading in quota.under}
    present = {quota.name for quota in regulation.quotas if exists(quota.under, choices)}
    for interpretation in regulation.interpretations:
        if interpretation.id not in deciding:
            continue
        for option, label in interpretation.options:
            if option == choices[interpretation.id]:
                continue
            for result in counted(regulation, {**choices, interpretation.id: option}):
                if result.quota.name not in present:
                    key = result.grade, result.period, frozenset(result.cohort)
                    source = source_of(interpretation, option)
                    groups.setdefault(key, []).append(QuotaReading(interpretation, option, label, result, source))
    return groups


def grouped_too(quota: QuotaResult, groups: OtherGroups) -> QuotaResult:
    """The result of a quota with the readings that put all of its cohort into one group."""
    if not groups:
        return quota
    wider = chain.from_iterable(combinations(quota.cohort, number) for number in range(len(quota.cohort), -1, -1))
    readings = chain.from_iterable(groups.get((quota.grade, quota.period, frozenset(part)), ()) for part in wider)
    return replace(quota, readings=(*quota.readings, *readings))


def source_of(interpretation: Interpretation, option: str) -> Source | None:
    """Where an option of an interpretation comes from: its own source, or the one of the interpretation."""
    return dict(interpretation.option_sources).get(option, interpretation.source)


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
                result = replace(cohort, choices=choices).result()
                yield QuotaReading(interpretation, option, label, result, source_of(interpretation, option))


def _by_reliefs(cohort: QuotaCohort) -> Iterator[QuotaReading]:
    for relief in cohort.quota.relief:
        rule = relief.rule
        if rule.condition is None or not exists(rule.under, cohort.choices):
            continue
        if any(member.reliefs.get(rule.name) is False for member in cohort.members):
            members = [replace(member, reliefs={**member.reliefs, rule.name: True}) for member in cohort.members]
            yield QuotaReading(rule, "", rule.label, replace(cohort, members=members).result(), rule.source)


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
