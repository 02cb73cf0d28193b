"""What a reading decides: the outcome of a case under each other option of each interpretation, one changed at a time,
and with each `assumed` rule switched on or off by itself.

An option makes some rules exist and others not; the results of all others stay. So only what comes is worked out anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.cases import Case
from engine.compiler import Choices, concerns, during, live_rules, ready
from engine.conditions import evaluate
from engine.decisions import Judge
from engine.model import Condition, Interpretation, Rule
from engine.outcomes import LiveLadder, by_statuses, ladder_over
from engine.parser import all_rules
from engine.records import UNDETERMINED, Dependence

DUTIES = ("trigger", "review_content")


@dataclass(frozen=True)
class Alternative:
    """One thing read otherwise: an option of an interpretation, or one assumed rule on or off (`rule`).

    Rules are numbered as in the compilation, those that come after them; `gone` no longer exist."""

    interpretation: str | None
    option: str | None
    rule: str | None
    switched_on: bool
    live: LiveLadder | None
    come: tuple[tuple[Rule, Condition | None], ...]
    gone: frozenset[int]


@dataclass(frozen=True)
class Otherwise:
    """How a case comes out under an alternative: what is possible, and the duties of review that come and go."""

    alternative: Alternative
    possible: tuple[str, ...]
    new_duties: tuple[str, ...]
    gone_duties: tuple[str, ...]


def alternatives(by: Judge) -> tuple[Alternative, ...]:
    """Every alternative that makes a rule, a rung or what follows them another for the judge's kind of subject."""
    regulation, compiled = by.regulation, by.compiled
    choices = dict(compiled.choices)
    found = []
    for interpretation in regulation.interpretations:
        for option, _ in interpretation.options:
            if option != choices[interpretation.id]:
                made = _alternative(
                    by, {**choices, interpretation.id: option}, interpretation=interpretation, option=option
                )
                found += [made] if made is not None else []
    return tuple(found)


def assumed_rules(by: Judge) -> tuple[Alternative, ...]:
    """Each assumed rule for the judge's kind of subject, switched on where it is off and off where it is on."""
    found = []
    for rule in _ever_live(by):
        if rule.source.status == "assumed":
            made = _alternative(by, dict(by.compiled.choices), toggled=rule)
            found += [made] if made is not None else []
    return tuple(found)


def _ever_live(by: Judge) -> Iterator[Rule]:
    """The rules for the judge's kind of subject under whatever readings."""
    subject = by.regulation.kinds[by.compiled.kind]
    for rule in all_rules(by.regulation):
        if concerns(rule.applies_to, subject) and during(rule.periods, by.compiled.period):
            yield rule


def _alternative(
    by: Judge,
    choices: Choices,
    *,
    interpretation: Interpretation | None = None,
    option: str | None = None,
    toggled: Rule | None = None,
) -> Alternative | None:
    compiled = by.compiled
    rules = live_rules(by.regulation, compiled.kind, choices, compiled.period)
    switched_on = toggled is not None and toggled.name not in compiled.index
    if toggled is not None:
        rules = [*rules, toggled] if switched_on else [rule for rule in rules if rule.name != toggled.name]
    names = {rule.name for rule in rules}
    come = [rule for rule in rules if rule.name not in compiled.index]
    index = {name: number for name, number in compiled.index.items() if name in names}
    index |= {rule.name: len(compiled.rules) + number for number, rule in enumerate(come)}
    live = ladder_over(by.regulation, compiled.kind, choices, index)
    same = live is not None and (live.rungs, live.bars, live.otherwise) == (
        by.live.rungs,
        by.live.bars,
        by.live.otherwise,
    )
    gone = frozenset(number for name, number in compiled.index.items() if name not in names)
    if same and not come and not gone:
        return None
    vocabulary, parameters = compiled.vocabulary, by.regulation.parameters
    conditions = [
        ready(rule.condition, vocabulary, parameters, compiled.day) if rule.condition is not None else None
        for rule in come
    ]
    return Alternative(
        interpretation.id if interpretation else None, option, toggled.name if toggled else None, switched_on, live,
        tuple(zip(come, conditions, strict=True)), gone,
    )  # fmt: skip


def read_otherwise(by: Judge, case: Case, statuses: Sequence[bool | None], what: Alternative) -> Otherwise:
    """A case, with the results of its rules, under an alternative."""
    facts, evidence = by.compiled.vocabulary.facts, case.evidence_named
    come = [
        True if condition is None else evaluate(condition, facts, case.values, evidence) for _, condition in what.come
    ]
    rules = [*(one.rule for one in by.compiled.rules), *(rule for rule, _ in what.come)]
    results = [*statuses, *come]
    there = [number for number in range(len(rules)) if number not in what.gone]
    pairs = [(rules[number], results[number]) for number in there]
    held = _duties(pairs)
    before = _duties([(one.rule, status) for one, status in zip(by.compiled.rules, statuses, strict=True)])
    possible = _possible(what.live, pairs, results)
    return Otherwise(what, possible, tuple(sorted(held - before)), tuple(sorted(before - held)))


def _duties(rules: Sequence[tuple[Rule, bool | None]]) -> set[str]:
    """What a review must clarify and cover; nothing where there is no review."""
    if any(status for rule, status in rules if rule.role == "exemption"):
        return set()
    return {rule.id for rule, status in rules if rule.role in DUTIES and status}


def as_chosen(by: Judge, statuses: Sequence[bool | None]) -> tuple[str, ...]:
    """What is possible as the readings are, found in the same way, so that the two can be compared."""
    pairs = [(one.rule, status) for one, status in zip(by.compiled.rules, statuses, strict=True)]
    return _possible(by.live, pairs, statuses)


def _possible(
    live: LiveLadder | None, rules: Sequence[tuple[Rule, bool | None]], results: Sequence[bool | None]
) -> tuple[str, ...]:
    if any(status for rule, status in rules if rule.role == "exemption"):
        return ("not_reviewed",)
    if live is None or any(status for rule, status in rules if rule.role == "ungraded"):
        return ("not_graded",)
    order = [*live.grades, UNDETERMINED]
    return tuple(sorted(by_statuses(live, results), key=order.index))


def dependences(
    by: Judge, case: Case, statuses: Sequence[bool | None], others: Sequence[Alternative]
) -> tuple[Dependence, ...]:
    """The options of interpretations under which a case would come out otherwise."""
    now = as_chosen(by, statuses)
    named: Mapping[str, Interpretation] = {one.id: one for one in by.regulation.interpretations}
    found = []
    for what in others:
        if what.interpretation is None or what.option is None:
            continue
        possible = read_otherwise(by, case, statuses, what).possible
        if possible != now:
            one = named[what.interpretation]
            label = dict(one.options)[what.option]
            found.append(Dependence(one.id, one.question, what.option, label, possible))
    return tuple(found)
