"""Mutants that no case whatever tells from the regulation: proved, never guessed.

A changed condition is proved to come out alike for every case, complete or not, on every day. A rule that exists for
more or fewer cases is proved to ask nothing there, or to stand in a ladder of other kinds of subject. A quota is proved
to give the same figures, because it counts every grade or its relief grants no more than the share does. A ladder is
proved to give the same outcomes, because another bar outdoes the changed one, a changed gap names no case without a
grade, or each rung requires the same as before. Without such a proof a mutant that no test notices has survived.
"""

from collections.abc import Set
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import chain, product
from typing import Any

from engine.core.judge.ladder import live_ladder
from engine.core.judge.limits import Limit
from engine.core.policy.live import Choices, chosen, concerns, during, exists, live_rules, on_day, read_by
from engine.core.policy.regulation import Regulation
from engine.core.policy.rules import Bar, ByReading, Condition, Ladder, Quota, Rule, Rung
from engine.core.policy.terms import PeriodKind, Vocabulary
from engine.core.rules.domains import TooWide
from engine.proof.mutants import Mutant
from engine.proof.sameness import alike_on_all_days, compared_on, days, uncovered
from engine.study.variations import periods_of


def is_equivalent(vocabulary: Vocabulary, regulation: Regulation, mutant: Mutant) -> bool:
    """Is it proved that no case tells the mutant from the regulation?"""
    after = mutant.regulation
    try:
        if replace(after, ladders=regulation.ladders) == regulation and _ladders_alike(vocabulary, regulation, after):
            return True
        if mutant.rules is not None:
            return all(_alike(vocabulary, regulation, after, *pair) for pair in mutant.rules)
    except TooWide:
        return False
    return replace(after, quotas=regulation.quotas) == regulation and _quotas_alike(regulation, after)


def _alike(vocabulary: Vocabulary, before: Regulation, after: Regulation, old: Rule, new: Rule | None) -> bool:
    if new is not None and not alike_on_all_days(vocabulary, (before, old), (after, new)):
        return False
    # An unconditional relief is granted to cohorts and asks no case: which cases it exists for changes nothing.
    if old.role == "relief" and new is not None and new.condition is None and new.under == old.under:
        return True
    asks_nothing = _asks_nothing(vocabulary, before, old)
    return all(
        asks_nothing or not _stands_in_ladder_of(before, old, kind)
        for kind, period in product(before.kinds, periods_of(before))
        if _scope_differs(before, old, new, kind, period)
    )


def _scope_differs(regulation: Regulation, old: Rule, new: Rule | None, kind: str, period: PeriodKind) -> bool:
    """Does the rule exist before the step or after it, and not both, under some readings?"""
    sides = [rule is not None and _is_there(regulation, rule, kind, period) for rule in (old, new)]
    quota = next((quota for quota in regulation.quotas for relief in quota.relief if relief.rule is old), None)
    if not any(sides) or (quota is not None and not concerns(quota.applies_to, regulation.kinds[kind])):
        return False
    return sides[0] != sides[1] or (new is not None and _readings_differ(regulation, old, new))


def _is_there(regulation: Regulation, rule: Rule, kind: str, period: PeriodKind) -> bool:
    return concerns(rule.applies_to, regulation.kinds[kind]) and during(rule.periods, period)


def _readings_differ(regulation: Regulation, old: Rule, new: Rule) -> bool:
    return any(
        exists(old.under, choices) != exists(new.under, choices) for choices in _choices_under(regulation, old, new)
    )


def _asks_nothing(vocabulary: Vocabulary, regulation: Regulation, rule: Rule) -> bool:
    """Does a rule come out for every case as if it were not there: a criterion holds, any other rule fails?"""
    if rule.condition is None:
        return rule.role == "criterion"
    for day in days(regulation):
        holds, fails = compared_on(vocabulary, day, (regulation, rule), (regulation, rule)).before
        if {} not in (holds if rule.role == "criterion" else fails):
            return False
    return True


def _stands_in_ladder_of(regulation: Regulation, rule: Rule, kind: str) -> bool:
    """Can a rule of a ladder decide something about a kind of subject? Other rules can about every kind."""
    subject = regulation.kinds[kind]
    for ladder in regulation.ladders:
        rules = [criterion.rule for rung in ladder.rungs for criterion in rung.criteria]
        rules += [bar.rule for bar in ladder.bars]
        if any(other is rule for other in (*rules, *ladder.otherwise.gaps)):
            first = next(other for other in regulation.ladders if concerns(other.applies_to, subject))
            return first is ladder
    return True


# --- ladders ---


def _ladders_alike(vocabulary: Vocabulary, before: Regulation, after: Regulation) -> bool:
    """Do ladders differ in no more than the grades of bars that others outdo, in gaps in which no case without a grade
    lies, and in where the criteria stand that a rung requires?"""
    if len(before.ladders) != len(after.ladders):
        return False
    for ladder, other in zip(before.ladders, after.ladders, strict=True):
        otherwise = replace(other.otherwise, gaps=ladder.otherwise.gaps)
        if replace(other, rungs=ladder.rungs, bars=ladder.bars, otherwise=otherwise) != ladder:
            return False
        if not (_bars_alike(vocabulary, before, ladder, other) and _gaps_alike(vocabulary, before, ladder, other)):
            return False
    return _rungs_alike(before, after)


def _bars_alike(vocabulary: Vocabulary, regulation: Regulation, before: Ladder, after: Ladder) -> bool:
    """Is each bar the same, or one whose grade another bar outdoes for every case for which it holds?"""
    places = [grade.id for grade in regulation.grades].index
    if len(before.bars) != len(after.bars):
        return False
    for bar, changed in zip(before.bars, after.bars, strict=True):
        if bar == changed:
            continue
        lowest = max(places(bar.grade), places(changed.grade))
        as_low = [other for other in before.bars if other.rule is not bar.rule and places(other.grade) >= lowest]
        outdone = any(_stays(bar, other) and _follows(vocabulary, regulation, bar.rule, other.rule) for other in as_low)
        if replace(changed, grade=bar.grade) != bar or not outdone:
            return False
    return True


def _stays(bar: Bar, other: Bar) -> bool:
    """Does `other` exist under all the readings under which `bar` does?"""
    return other.rule.under in ((), bar.rule.under)


def _gaps_alike(vocabulary: Vocabulary, regulation: Regulation, before: Ladder, after: Ladder) -> bool:
    """Is each gap the same, or does a bar hold in it wherever it exists on one side alone, so that it names no case?"""
    if len(before.otherwise.gaps) != len(after.otherwise.gaps):
        return False
    for gap, other in zip(before.otherwise.gaps, after.otherwise.gaps, strict=True):
        if replace(other, under=gap.under) != gap:
            return False
        for choices in _choices_under(regulation, gap, other):
            if exists(gap.under, choices) == exists(other.under, choices):
                continue
            bars = [bar.rule for bar in before.bars if exists(bar.rule.under, choices)]
            if not any(_follows(vocabulary, regulation, gap, bar) for bar in bars):
                return False
    return True


def _follows(vocabulary: Vocabulary, regulation: Regulation, rule: Rule, other: Rule) -> bool:
    """Does `other` hold for every case for which `rule` holds, and fail for none for which `rule` may?"""
    where = product(regulation.kinds, periods_of(regulation))
    if any(_is_there(regulation, rule, *place) and not _is_there(regulation, other, *place) for place in where):
        return False
    for day in days(regulation):
        compared = compared_on(vocabulary, day, (regulation, rule), (regulation, other))
        (holds, fails), (holds_too, fails_too) = compared.before, compared.after
        if any(True for _ in chain(uncovered(holds, holds_too), uncovered(fails_too, fails))):
            return False
    return True


def _rungs_alike(before: Regulation, after: Regulation) -> bool:
    """Does each rung require the same conditions of every kind of subject, whatever is chosen?"""
    rungs = [rung for regulation in (before, after) for ladder in regulation.ladders for rung in ladder.rungs]
    named: list[Rule | Rung] = [*rungs, *(criterion.rule for rung in rungs for criterion in rung.criteria)]
    for kind, period, choices in product(before.kinds, periods_of(before), _choices_under(before, *named)):
        required = [_required(regulation, kind, period, choices) for regulation in (before, after)]
        if required[0] != required[1]:
            return False
    return True


def _required(
    regulation: Regulation, kind: str, period: PeriodKind, choices: Choices
) -> list[tuple[str, frozenset[Condition | None]]]:
    """The grade of each rung, from the best, with the conditions of its criteria, inherited ones among them."""
    rules = live_rules(regulation, kind, choices, period)
    live = live_ladder(regulation, kind, choices, {rule.name: number for number, rule in enumerate(rules)})
    rungs = live.rungs if live else ()
    return [(grade, frozenset(rules[number].condition for number in numbers)) for grade, numbers in rungs]


def _choices_under(regulation: Regulation, *items: Rule | Rung) -> list[dict[str, str]]:
    """Every way to read the interpretations under which some of these exist."""
    return _choices(regulation, {reading.interpretation for item in items for reading in item.under})


def _choices(regulation: Regulation, named: Set[str]) -> list[dict[str, str]]:
    """Every way to read these interpretations; the others as they are chosen."""
    points = [point for point in regulation.interpretations if point.id in named]
    options = product(*([option for option, _ in point.options] for point in points))
    return [chosen(regulation, dict(zip((point.id for point in points), picked, strict=True))) for picked in options]


# --- quotas ---


def _quotas_alike(before: Regulation, after: Regulation) -> bool:
    """Does every quota give the same figures for every cohort, whatever is chosen and whatever day it is?"""
    if len(before.quotas) != len(after.quotas):
        return False
    return all(
        one is other or _quota_alike(before, one, other) for one, other in zip(before.quotas, after.quotas, strict=True)
    )


def _quota_alike(regulation: Regulation, before: Quota, after: Quota) -> bool:
    like = replace(after, of=before.of, count=before.count, relief=before.relief)
    if like != before or len(before.relief) != len(after.relief):
        return False
    named = {
        setting.interpretation
        for quota in (before, after)
        for setting in (quota.of, quota.count, quota.rounding)
        if isinstance(setting, ByReading)
    }
    for choices in _choices(regulation, named):
        if not (_bases_alike(regulation, before, after, choices) and _limits_alike(regulation, before, after, choices)):
            return False
    return True


def _bases_alike(regulation: Regulation, before: Quota, after: Quota, choices: Choices) -> bool:
    """If every grade is counted, it does not matter which of a case's grades is looked at."""
    of = [frozenset(read_by(quota.of, choices)) for quota in (before, after)]
    if of[0] != of[1]:
        return False
    counts = read_by(before.count, choices), read_by(after.count, choices)
    return counts[0] == counts[1] or of[0] == {grade.id for grade in regulation.grades}


def _limits_alike(regulation: Regulation, before: Quota, after: Quota, choices: Choices) -> bool:
    """Is the limit the same over each base for which a relief exists on one side alone, on every day?

    Only a last relief is looked at, behind which no other can set the limit."""
    for place, (relief, other) in enumerate(zip(before.relief, after.relief, strict=True)):
        if relief == other:
            continue
        edges = [edge for edge in (relief.base_less_than, other.base_less_than) if edge is not None]
        same = replace(other, base_less_than=relief.base_less_than) == relief
        if not same or len(edges) < 2 or _set_later(before, place, min(edges)):
            return False
        for base, day in product(range(min(edges), max(edges)), days(regulation)):
            limits = {
                Limit(_percent(regulation, name, day), read_by(before.rounding, choices), allowed).greatest(base)
                for name, allowed in ((relief.at_most or before.at_most, relief.allowed or 0), (before.at_most, 0))
            }
            if len(limits) > 1:
                return False
    return True


def _set_later(quota: Quota, place: int, least: int) -> bool:
    """May a relief behind one of them set the limit over `least` or more cases?"""
    return any(later.base_less_than is None or later.base_less_than > least for later in quota.relief[place + 1 :])


def _percent(regulation: Regulation, parameter: str, day: date) -> Fraction:
    value: Any = on_day(regulation.parameters[parameter], day)
    return Fraction(value)
