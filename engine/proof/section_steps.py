"""What stands between rules, changed by one small step: ladders, quotas, links."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, get_args

from engine.base.diagnostics import Location
from engine.core.judge.record import UNDETERMINED
from engine.core.policy.regulation import Regulation
from engine.core.policy.rules import (
    ByReading,
    CountedOn,
    GradeRelation,
    Ladder,
    Link,
    OrderRelation,
    Quota,
    Relief,
    Rounding,
    Rung,
    SeveralCases,
)
from engine.proof.condition_steps import Step
from engine.proof.scope_steps import applies_to_steps, period_steps, under_steps

Changes = Iterator[tuple[str, Step, Any]]


def ladder_steps(ladder: Ladder, regulation: Regulation) -> Changes:
    """A ladder -> each ladder that is one step away from it: by a grade, a rung, or what a better rung asks too."""
    whole = regulation.extends is None
    grades = [grade.id for grade in regulation.grades]
    for number, bar in enumerate(ladder.bars):
        for grade in _neighbours(bar.grade, grades) if whole or bar.rule.layer == regulation.id else ():
            bars = (*ladder.bars[:number], replace(bar, grade=grade), *ladder.bars[number + 1 :])
            yield bar.rule.name, _graded(bar.grade, grade, bar.rule.location), replace(ladder, bars=bars)
    for number, rung in enumerate(ladder.rungs):
        before, after = ladder.rungs[:number], ladder.rungs[number + 1 :]
        for about, step, changed in _rung_steps(rung, regulation, best=not number):
            kept = () if changed is None else (changed,)
            yield f"{ladder.id}.{about}", step, replace(ladder, rungs=(*before, *kept, *after))
    fallback = ladder.otherwise
    if whole:
        for setting, step in _setting_steps(fallback.grade, lambda old: _fallbacks(old, grades), fallback.location):
            yield fallback.name, step, replace(ladder, otherwise=replace(fallback, grade=setting))


def _rung_steps(rung: Rung, regulation: Regulation, best: bool) -> Changes:
    """A rung, None if it is dropped. `best`: no better rung is there that could ask for its criteria too."""
    whole = regulation.extends is None
    if whole:
        yield rung.grade, Step("rung_dropped", (("grade", rung.grade),), rung.location), None
        for step, under in under_steps(rung.under, regulation):
            yield rung.grade, step, replace(rung, under=under)
    for place, criterion in enumerate(() if best else rung.criteria):
        rule = criterion.rule
        if whole or rule.layer == regulation.id:
            turned = replace(criterion, inherited=not criterion.inherited)
            criteria = (*rung.criteria[:place], turned, *rung.criteria[place + 1 :])
            step = Step("not_inherited" if criterion.inherited else "inherited", (("rule", rule.id),), rule.location)
            yield f"{rung.grade}.{rule.id}", step, replace(rung, criteria=criteria)


def _is_of_below(provision: Quota | Link, regulation: Regulation) -> bool:
    """Does a layer take it over from the regulation that it extends, whose own steps change it?"""
    return regulation.extends is not None and provision.layer != regulation.id


def _scope_steps(kind: str, provision: Quota | Link, regulation: Regulation) -> Changes:
    """A quota or link dropped, for other kinds of subject, and under other readings."""
    place, name = provision.location, provision.name
    yield name, Step(f"{kind}_dropped", ((kind, provision.id),), place), None
    for step, kinds in applies_to_steps(provision.applies_to, regulation, place):
        yield name, step, replace(provision, applies_to=kinds)
    for step, under in under_steps(provision.under, regulation):
        yield name, step, replace(provision, under=under)


def quota_steps(quota: Quota, regulation: Regulation) -> Changes:
    """A quota -> each quota that is one step away from it, None if it is dropped."""
    if _is_of_below(quota, regulation):
        return
    place, name = quota.location, quota.name
    yield from _scope_steps("quota", quota, regulation)
    for step, periods in period_steps(quota.periods, regulation, place):
        yield name, step, replace(quota, periods=periods)
    for key in quota.within if len(quota.within) > 1 else ():
        step = Step("separator_dropped", (("key", key),), place)
        yield name, step, replace(quota, within=tuple(other for other in quota.within if other != key))
    for step, changed in _counting_steps(quota, [grade.id for grade in regulation.grades]):
        yield name, step, changed
    for number, relief in enumerate(quota.relief):
        for step, relieved in _relief_steps(relief):
            reliefs = (*quota.relief[:number], relieved, *quota.relief[number + 1 :])
            yield relief.rule.name, step, replace(quota, relief=reliefs)


def _counting_steps(quota: Quota, grades: list[str]) -> Iterator[tuple[Step, Quota]]:
    """What a quota counts, and how."""
    place = quota.location
    for grade in _neighbours(quota.grade, grades):
        yield _graded(quota.grade, grade, place), replace(quota, grade=grade)
    for grade in _neighbours(quota.surplus, grades):
        yield Step("surplus", (("old", quota.surplus), ("new", grade)), place), replace(quota, surplus=grade)
    for of, step in _setting_steps(quota.of, lambda of: _memberships(of, grades), place):
        yield step, replace(quota, of=of)
    for count, step in _setting_steps(quota.count, lambda count: _others(count, get_args(CountedOn)), place):
        yield step, replace(quota, count=count)
    for rounding, step in _setting_steps(quota.rounding, lambda old: _others(old, get_args(Rounding)), place):
        yield step, replace(quota, rounding=rounding)
    other: SeveralCases = "each" if quota.several_cases == "once" else "once"
    yield _changed(quota.several_cases, other, place), replace(quota, several_cases=other)


def _relief_steps(relief: Relief) -> Iterator[tuple[Step, Relief]]:
    """The amounts of a relief."""
    for field in ("base_less_than", "allowed"):
        amount = getattr(relief, field)
        for near in () if amount is None else (amount - 1, amount + 1):
            if near > 0:
                arguments = (("key", field), ("old", str(amount)), ("new", str(near)))
                yield Step("amount", arguments, relief.rule.location), replace(relief, **{field: near})


def link_steps(link: Link, regulation: Regulation) -> Changes:
    """A link -> each link that is one step away from it, None if it is dropped."""
    if _is_of_below(link, regulation):
        return
    place, name = link.location, link.name
    yield from _scope_steps("link", link, regulation)
    for order in _others(link.order, get_args(OrderRelation)) if link.order else ():
        yield name, _changed(link.order, order, place), replace(link, order=order)
    for grade in _others(link.grade, get_args(GradeRelation)) if link.grade else ():
        yield name, _changed(link.grade, grade, place), replace(link, grade=grade)
    for relation in _others(link.to, [relation.id for relation in regulation.relations]):
        yield name, _changed(link.to, relation, place), replace(link, to=relation)


def _setting_steps(setting: Any, others: Callable[[Any], list[Any]], place: Location) -> Iterator[tuple[Any, Step]]:
    """A setting, or what it is by each reading of an interpretation, changed in one place."""
    if not isinstance(setting, ByReading):
        for other in others(setting):
            yield other, _changed(setting, other, place)
        return
    for number, (option, value) in enumerate(setting.options):
        for other in others(value):
            arguments = (("option", option), ("old", _written(value)), ("new", _written(other)))
            options = (*setting.options[:number], (option, other), *setting.options[number + 1 :])
            yield replace(setting, options=options), Step("setting_by_reading", arguments, setting.location)


def _changed(old: Any, new: Any, place: Location) -> Step:
    return Step("setting", (("old", _written(old)), ("new", _written(new))), place)


def _written(value: Any) -> str:
    return UNDETERMINED if value is None else f"[{', '.join(value)}]" if isinstance(value, tuple) else str(value)


def _graded(old: str, new: str, place: Location) -> Step:
    return Step("grade", (("old", old), ("new", new)), place)


def _neighbours(grade: str, grades: list[str]) -> list[str]:
    place = grades.index(grade)
    return [grades[other] for other in (place - 1, place + 1) if 0 <= other < len(grades)]


def _fallbacks(grade: str | None, grades: list[str]) -> list[str | None]:
    """A grade instead of what is left to the authority, and the other way round."""
    return [grades[-1]] if grade is None else [*_neighbours(grade, grades), None]


def _memberships(members: tuple[str, ...], grades: list[str]) -> list[tuple[str, ...]]:
    """The grades without one of them, and with one more."""
    fewer = [tuple(other for other in members if other != grade) for grade in members if len(members) > 1]
    return fewer + [(*members, grade) for grade in grades if grade not in members]


def _others(value: Any, values: Any) -> list[Any]:
    return [other for other in values if other != value]
