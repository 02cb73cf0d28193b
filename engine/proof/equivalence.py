"""Mutants that no case whatever tells from the regulation: proved, never guessed.

The proofs are about rules: a changed condition that comes out alike for every case, complete or not, on every day; a
rule that exists for more or fewer cases and asks nothing there, or stands in a ladder of other kinds of subject.
Without such a proof a mutant that no test notices has survived.
"""

from itertools import product

from engine.core.policy.live import chosen, concerns, during, exists
from engine.core.policy.regulation import Regulation
from engine.core.policy.rules import Rule
from engine.core.policy.terms import PeriodKind, Vocabulary
from engine.core.rules.domains import TooWide
from engine.proof.mutants import Mutant
from engine.proof.sameness import alike_on_all_days, compared_on, days
from engine.study.variations import periods_of


def is_equivalent(vocabulary: Vocabulary, regulation: Regulation, mutant: Mutant) -> bool:
    """Is it proved that no case tells the mutant from the regulation?"""
    if mutant.rules is None:
        return False
    try:
        return all(_alike(vocabulary, regulation, mutant.regulation, *pair) for pair in mutant.rules)
    except TooWide:
        return False


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
    sides = [
        rule is not None and concerns(rule.applies_to, regulation.kinds[kind]) and during(rule.periods, period)
        for rule in (old, new)
    ]
    if not any(sides):
        return False
    return sides[0] != sides[1] or (new is not None and _readings_differ(regulation, old, new))


def _readings_differ(regulation: Regulation, old: Rule, new: Rule) -> bool:
    named = {reading.interpretation for rule in (old, new) for reading in rule.under}
    points = [point for point in regulation.interpretations if point.id in named]
    for options in product(*([option for option, _ in point.options] for point in points)):
        choices = chosen(regulation, dict(zip((point.id for point in points), options, strict=True)))
        if exists(old.under, choices) != exists(new.under, choices):
            return True
    return False


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
