"""Does a property break for cases as they were decided? Answered by evaluation alone, without z3 and regions."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from engine.core.judge.decision import Decided
from engine.core.judge.record import UNDETERMINED
from engine.core.policy.conditions import evaluate
from engine.core.policy.live import chosen, exists
from engine.core.policy.rules import ByReading, Condition
from engine.core.policy.terms import Frozen, Value
from engine.proof.properties import (
    NO_GRADE,
    Always,
    Between,
    Disjoint,
    Independent,
    Monotone,
    Never,
    Property,
    Total,
)
from engine.proof.space import DECIDES_OUTCOME, UNGRADED, Space, named_outcomes, own_criteria, place_of
from engine.study.reasoner import outcome_of


class Judged(Frozen):
    """A case as far as a property looks at it: what it states, the results of its rules by name, the outcomes that are
    possible, and the rungs that it reaches."""

    values: Mapping[str, Value]
    evidence: Mapping[str, bool]
    results: Mapping[str, bool | None]
    possible: frozenset[str]
    rungs: frozenset[str]


def judged(decided: Decided) -> Judged:
    """A case as evaluation decided it."""
    case, grading = decided.case, decided.decision.grading
    rungs = frozenset(rung.grade for rung in grading.rungs if rung.reached) if grading else frozenset[str]()
    possible = frozenset(outcome_of(decided.decision))
    return Judged(case.values, case.evidence_named, decided.results, possible, rungs)


def breaks(
    space: Space, item: Property, cases: Sequence[Judged], readings: Mapping[str, str], about: Sequence[str]
) -> bool:
    """Do these cases of a space, judged under these readings, break a property? `about`: see Counterexample."""
    if not all(claimed_about(space, item, case, readings) for case in cases):
        return False
    first, *others = cases
    possible = [case.possible for case in cases]
    graded = not possible[0] & frozenset(UNGRADED)
    match item.claim:
        case Never(outcomes):
            return not possible[0].isdisjoint(named_outcomes(space, outcomes))
        case Always(outcomes):
            speaks = graded or NO_GRADE in outcomes.listed
            return speaks and not possible[0] <= named_outcomes(space, outcomes)
        case _ if not all(is_complete(space, case) for case in cases):
            return False
        case Total(interpretations, gaps):
            otherwise = space.ladder.otherwise.grade
            named = isinstance(otherwise, ByReading) and otherwise.interpretation in interpretations
            return (
                not named
                and UNDETERMINED in possible[0]
                and not any(first.results.get(gap) for gap in space.named(gaps))
            )
        case Disjoint(of):
            both = all(first.results[name] is True if name in first.results else name in first.rungs for name in about)
            excludes = of != "rungs" or any(rule.name in first.results for rule in own_criteria(space, about[1]))
            return graded and both and excludes
        case Monotone(_, more):
            places = [place_of(space.grades, outcome) for outcomes in possible for outcome in outcomes - {*UNGRADED}]
            moves = [after - before for before, after in pairwise(places)]
            return len(moves) == 1 and (moves[0] > 0 if more == "never_worse" else moves[0] < 0)
        case Independent(_, of):
            return any(
                first.possible != other.possible
                if of is None
                else any(first.results.get(name) is not other.results.get(name) for name in space.named([of]))
                for other in others
            )
        case Between(_, relation, unless):
            excepted = unless is not None and _is_true(space, unless, first)
            if excepted or relation == "equal":
                return not excepted and possible[0] != possible[1]
            places = [place_of(space.grades, outcome) for outcomes in possible for outcome in outcomes - {*UNGRADED}]
            return len(places) == 2 and places[0] < places[1]
        case _:
            return False


def reaches(space: Space, item: Property, case: Judged, readings: Mapping[str, str], names: Sequence[str]) -> bool:
    """Does a case reach these grades and rules?"""
    return claimed_about(space, item, case, readings) and all(
        case.results[name] is True if name in case.results else case.possible == {name} for name in names
    )


def claimed_about(space: Space, item: Property, case: Judged, readings: Mapping[str, str]) -> bool:
    """Does a property say anything of a case? It says nothing of the cases for which it is known to fail."""
    choices = chosen(space.regulation, readings)
    known = item.known_failure.when if item.known_failure is not None else None
    return (
        exists(item.under, choices)
        and (item.when is None or _is_true(space, item.when, case))
        and (known is None or not _is_true(space, known, case))
    )


def is_complete(space: Space, case: Judged) -> bool:
    """Did every rule that the outcome depends on come out as holding or failing?"""
    deciding = (rule.rule.name for rule in space.rules if rule.rule.role in DECIDES_OUTCOME)
    return all(case.results[name] is not None for name in deciding if name in case.results)


def _is_true(space: Space, condition: Condition, case: Judged) -> bool:
    return evaluate(space.ready(condition), space.vocabulary.facts, case.values, case.evidence) is True
