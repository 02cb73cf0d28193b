"""Answers to the questions that people ask of an outcome: which facts alone are enough for it (`why`), which of them
alone would change it, and which smallest honest changes reach a named grade (`why_not`).

An outcome is a grade, `undetermined`, or that no grade is due. What is said holds for every value of the other facts
with which percentages can be computed.
"""

from dataclasses import dataclass, replace

from engine.core.judge.case import Case
from engine.core.judge.decision import rule_result
from engine.core.judge.judge import Judge
from engine.core.judge.ladder import reached
from engine.core.judge.record import NOT_GRADED, NOT_REVIEWED, UNDETERMINED, RuleResult
from engine.core.policy.terms import Fact, Text, Value
from engine.study.smallest import smallest_sets
from engine.study.whatif import WaysUp, changes_to, leaves, nearest_changes
from engine.study.world import Named, World

MOST_SETS = 3


@dataclass(frozen=True)
class Ground:
    """A fact of a set that is enough, with the rules that it decides there. `evidence`: that some is named for it, or
    that none is, is meant, and `value` says which."""

    fact: Fact
    evidence: bool
    value: Value
    rules: tuple[RuleResult, ...]


@dataclass(frozen=True)
class Turn:
    """A fact that alone would change the outcome: with which values (one for each result) to which outcomes."""

    fact: Fact
    evidence: bool
    value: Value
    otherwise: tuple[tuple[Value, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Why:
    """Why a case comes to the outcomes that it may come to.

    `sufficient`: the smallest sets of facts that are enough whatever the others are, at most MOST_SETS of them; `more`
    says that there are further ones of that size. `necessary`: the facts each of which alone would change the outcome.
    `exact`: False if a set may be larger than need be, because the facts left over could not be followed exactly."""

    outcomes: tuple[str, ...]
    sufficient: tuple[tuple[Ground, ...], ...]
    necessary: tuple[Turn, ...]
    more: bool
    exact: bool


@dataclass(frozen=True)
class WhyNot:
    """Why a case does not get a grade: the smallest honest changes that reach it. `possible`: it may still get the
    grade as it stands, because facts are missing, or has it already; then there are none.

    `against`: the criteria of the grade that fail and the bars that put the case elsewhere, or if there is none, those
    that are unknown.
    `blocked_by`: those of them that no honest change can help, if there is no way."""

    grade: str
    label: Text
    outcomes: tuple[str, ...]
    possible: bool
    against: tuple[RuleResult, ...]
    ways: WaysUp
    blocked_by: tuple[RuleResult, ...]


def why(judge: Judge, case: Case) -> Why:
    """A case and the judge that decides it -> why it comes out as it does."""
    world = World.of(_of_every_outcome(judge), case)
    now = world.outcomes.possible
    items = _stated(world)

    def enough(kept: frozenset[Named]) -> bool:
        return world.without(items - kept).outcomes.possible <= now

    smallest = smallest_sets(items, enough, lambda kept: True, MOST_SETS)
    turns = (_turn(world, named) for named in sorted(items))
    return Why(
        _in_order(world),
        tuple(_grounds(world, case, kept) for kept in smallest.sets),
        tuple(turn for turn in turns if turn.otherwise),
        smallest.more,
        smallest.searched and all(_changes(world, group) for group in smallest.groups),
    )


def why_not(judge: Judge, case: Case, grade: str) -> WhyNot:
    """A case, the judge that decides it and a grade of its regulation -> what would bring the case there."""
    world = World.of(_of_every_outcome(judge), case)
    live, possible = world.judge.live, grade in world.outcomes.possible
    criteria = next((numbers for name, numbers in live.rungs if name == grade), ())
    bars = [number for name, number in live.bars if name != grade]
    against = [number for number in criteria if world.statuses[number] is False]
    against += [number for number in bars if world.statuses[number]]
    unknown = [number for number in (*criteria, *bars) if world.statuses[number] is None]
    ways = WaysUp((), (), True) if possible else changes_to(world, frozenset({grade}))

    def result(number: int) -> RuleResult:
        return rule_result(judge, case, world.statuses, number)

    return WhyNot(
        grade,
        next(known.label for known in judge.regulation.grades if known.id == grade),
        _in_order(world),
        possible,
        tuple(map(result, dict.fromkeys(against or unknown))),
        ways,
        tuple(result(judge.compiled.index[name]) for name in ways.blocked_by),
    )


def _in_order(world: World) -> tuple[str, ...]:
    return tuple(sorted(world.outcomes.possible, key=[*world.judge.live.grades, UNDETERMINED].index))


def _of_every_outcome(judge: Judge) -> Judge:
    """The same, with a ladder that also says whether a grade is due at all: as bars to outcomes below all grades."""
    live = judge.live
    bars = [
        *((NOT_GRADED, number) for number in judge.by_role.get("ungraded", ())),
        *((NOT_REVIEWED, number) for number in judge.by_role.get("exemption", ())),
    ]
    grades = (*live.grades, NOT_GRADED, NOT_REVIEWED)
    return replace(judge, live=replace(live, grades=grades, bars=(*live.bars, *bars)), outcomes={})


def _stated(world: World) -> frozenset[Named]:
    """What is stated of all that the outcome may rest on."""
    asked = {fact for number in world.decisive for fact in world.facts_of(number)}
    return frozenset(fact for fact in asked if world.get(fact) is not None)


def _changes(world: World, freed: frozenset[Named]) -> bool:
    """Do some values of the freed facts, which may change the outcome, really change it?"""
    outcomes = world.without(freed).outcomes
    others = outcomes.possible - world.outcomes.possible
    return bool(others) and (outcomes.exact or nearest_changes(world, others, freed) is not None)


def _turn(world: World, named: Named) -> Turn:
    otherwise = ((value, left) for value, left in leaves(world, named) if not world.outcomes.possible.issuperset(left))
    fact = world.judge.compiled.vocabulary.facts[named[0]]
    return Turn(fact, named[1], world.stated_of(named), tuple(otherwise))


def _grounds(world: World, case: Case, kept: frozenset[Named]) -> tuple[Ground, ...]:
    """The facts that are enough, each with the rules that it decides, or if only the bounds of other facts let it
    decide one, those that ask about it."""
    numbers, alone = _deciding(world), world.without(frozenset(_stated(world)) - kept).statuses
    grounds = []
    for fact, evidence in sorted(kept):
        about = [number for number in numbers if (fact, evidence) in world.facts_of(number)]
        decided = [number for number in about if alone[number] is not None] or about
        rules = tuple(rule_result(world.judge, case, world.statuses, number) for number in decided)
        value = world.stated_of((fact, evidence))
        grounds.append(Ground(world.judge.compiled.vocabulary.facts[fact], evidence, value, rules))
    return tuple(grounds)


def _deciding(world: World) -> list[int]:
    """The rules by which a world comes to its outcomes: the bar that holds with those that would put it lower, or the
    criteria of its rung, those that fail for better rungs, and every bar."""
    live, statuses = world.judge.live, world.statuses
    held = [live.grades.index(grade) for grade, number in live.bars if statuses[number]]
    if held:
        own = [(live.grades.index(grade), number) for grade, number in live.bars]
        return [number for place, number in own if place > max(held) or (place == max(held) and statuses[number])]
    numbers: list[int] = []
    for _, criteria in live.rungs:
        if reached(criteria, statuses):
            numbers += criteria
            break
        numbers += [number for number in criteria if statuses[number] is False]
    return list(dict.fromkeys([*numbers, *(number for _, number in live.bars)]))
