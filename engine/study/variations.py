"""Every way in which the rules of a regulation are in force together, compiled to look for what is wrong with them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product

from engine.base.diagnostics import Diagnostic
from engine.core.policy.conditions import ready
from engine.core.policy.live import Choices, changes, chosen, exists, live_rules
from engine.core.policy.regulation import Library, Regulation, all_rules
from engine.core.policy.terms import QUARTERS, PeriodKind, Vocabulary
from engine.core.rules.compiler import Compiled, beyond_bounds, compiled_rules, with_rulesets
from engine.core.rules.domains import TooWide
from engine.core.rules.rulesets import MOST_PROPERTIES, BoundError


def check_compilations(library: Library) -> tuple[Diagnostic, ...]:
    """What keeps policies without other problems from being compiled, whatever the kind of subject and the options."""
    problems = [
        problem
        for regulation in library.regulations.values()
        for problem in variations(library.vocabulary, regulation)
        if isinstance(problem, Diagnostic)
    ]
    return tuple(dict.fromkeys(problems))


def variations(vocabulary: Vocabulary, regulation: Regulation) -> Iterator[Compiled | Diagnostic]:
    """The rules of every kind of subject and of period, on every day since which a parameter has another value, as the
    interpretations are chosen and with each other option of each: those that differ in what is in force, without
    rulesets. A diagnostic for each rule, and each variation, that cannot be compiled."""
    by_day: dict[date, Compiled] = {}
    for day in changes(regulation):
        # Most rules are in force in many variations: each is compiled once a day, over all that any rule looks at.
        by_day[day], problems = compiled_on(vocabulary, regulation, day)
        yield from problems
    options: list[dict[str, str]] = [{}]
    options += [
        {interpretation.id: option}
        for interpretation in regulation.interpretations
        for option, _ in interpretation.options
        if option != interpretation.chosen
    ]
    seen: set[tuple[object, ...]] = set()
    by_kind: dict[tuple[str, int, PeriodKind], tuple[int, ...]] = {}
    for kind, (day, whole), (number, switches), period in product(
        regulation.kinds, by_day.items(), enumerate(options), periods_of(regulation)
    ):
        choices, key = chosen(regulation, switches), (kind, number, period)
        if key not in by_kind:
            rungs = [rung for ladder in regulation.ladders for rung in ladder.rungs if exists(rung.under, choices)]
            by_kind[key] = tuple(map(id, (*rungs, *live_rules(regulation, kind, choices, period))))
        if (day, by_kind[key]) in seen:
            continue
        seen.add((day, by_kind[key]))
        compiled = in_force_of(whole, regulation, kind, choices, period)
        try:
            yield compiled if _surely_fits(compiled) else with_rulesets(compiled)
        except BoundError as beyond:
            yield beyond_bounds(regulation, beyond)


def periods_of(regulation: Regulation) -> list[PeriodKind]:
    """The kinds of period that a regulation tells apart, the quarters one by one; a year if it tells none apart."""
    if not regulation.periods:
        return ["year"]
    periods: list[PeriodKind] = [period for period in regulation.periods if period != "quarter"]
    return [*periods, *(QUARTERS if "quarter" in regulation.periods else ())]


def compiled_on(vocabulary: Vocabulary, regulation: Regulation, day: date) -> tuple[Compiled, list[Diagnostic]]:
    """All rules of a regulation on a day, whatever the kind of subject, the period and the readings, without rulesets;
    and a diagnostic for each rule that is left out because it is too wide."""
    rules, problems = list(all_rules(regulation)), list[Diagnostic]()
    while True:
        conditions = [
            ready(rule.condition, vocabulary, regulation.parameters, day) if rule.condition else None for rule in rules
        ]
        try:
            made = compiled_rules(vocabulary, rules, conditions)
            return Compiled(regulation.id, "", day, (), vocabulary, *made), problems
        except TooWide as wide:
            problems.append(beyond_bounds(regulation, wide))
            rules = [rule for rule in rules if rule.name != str(wide)]


def in_force_of(whole: Compiled, regulation: Regulation, kind: str, choices: Choices, period: PeriodKind) -> Compiled:
    """Of all rules of a regulation, those that exist for a kind of subject and of period under these readings; without
    rulesets, and with the domains of all."""
    live = frozenset(map(id, live_rules(regulation, kind, choices, period)))
    rules = tuple(rule for rule in whole.rules if id(rule.rule) in live)
    return replace(whole, kind=kind, choices=tuple(sorted(choices.items())), rules=rules, period=period)


def _surely_fits(compiled: Compiled) -> bool:
    """Can durable-rules hold these rules, as can be said without making the rulesets? Any number of alternatives can be
    dealt into rulesets: only one that asks about too many facts by itself cannot."""
    widest = max((len(region) for rule in compiled.rules for region in (*rule.holds, *rule.fails)), default=0)
    return widest < MOST_PROPERTIES // 2
