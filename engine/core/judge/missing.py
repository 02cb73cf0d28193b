"""What the missing facts of a case leave open: the outcomes that are possible, and the facts to ask for."""

from collections.abc import Mapping, Sequence

from engine.core.judge.judge import MOST_KEPT, Judge
from engine.core.judge.ladder import Outcomes, open_rules, possible_outcomes
from engine.core.judge.record import MissingFact
from engine.core.policy.terms import Value
from engine.core.policy.values import unstated
from engine.core.rules.domains import Observable
from engine.core.rules.unknowns import unknowns


def outcomes_of(
    judge: Judge, values: Mapping[str, Value], statuses: Sequence[bool | None], codes: Mapping[Observable, int]
) -> Outcomes:
    """The outcomes that completions of the missing facts reach, for known values, their codes, and rule results."""
    live, compiled = judge.live, judge.compiled
    observables = sorted({name for number in open_rules(live, statuses) for name in compiled.rules[number].asks})
    decisive = (*judge.criteria, *(number for _, number in live.bars))
    key = (*(statuses[number] for number in decisive), *map(codes.get, observables), *map(values.get, judge.tied))
    if key not in judge.outcomes:
        if len(judge.outcomes) >= MOST_KEPT:
            judge.outcomes.clear()
        groups = unknowns(compiled, values, [name for name in observables if name not in codes])
        judge.outcomes[key] = possible_outcomes(live, compiled, statuses, codes, groups)
    return judge.outcomes[key]


def missing_facts(
    judge: Judge, values: Mapping[str, Value], codes: Mapping[Observable, int], numbers: Sequence[int]
) -> tuple[MissingFact, ...]:
    """The facts to ask for to decide these rules, those that most of them wait for first."""
    facts = judge.compiled.vocabulary.facts
    waiting: dict[tuple[str, bool], set[int]] = {}
    needed_for: dict[str, set[str]] = {}
    for number in numbers:
        for observable in judge.compiled.rules[number].asks:
            if observable in codes:
                continue
            if observable.evidence:
                waiting.setdefault((observable.fact, True), set()).add(number)
                continue
            for part in unstated(observable.fact, judge.compiled.vocabulary, values):
                waiting.setdefault((part, False), set()).add(number)
                if part != observable.fact:
                    needed_for.setdefault(part, set()).add(observable.fact)
    return tuple(
        MissingFact(facts[name], evidence, () if evidence else tuple(sorted(needed_for.get(name, ()))))
        for name, evidence in sorted(waiting, key=lambda key: (-len(waiting[key]), key))
    )
