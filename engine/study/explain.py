"""Why a case comes out as it does: every condition of the grade and of each better one, nested as it is written, with
what the case says; what would change it; and which missing facts would settle it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from engine.core.judge.case import Case
from engine.core.judge.decision import compared
from engine.core.judge.judge import Judge
from engine.core.judge.record import ComparisonResult, Decision, RuleResult
from engine.core.policy.conditions import evaluate, ready
from engine.core.policy.rules import AllOf, AnyOf, Comparison, Condition, EvidenceNamed, NoneOf, Rule
from engine.core.policy.terms import Text
from engine.study.reasons import Why, WhyNot, why, why_not
from engine.study.whatif import Settling, WaysUp, settling, ways_up


@dataclass(frozen=True)
class Node:
    """A condition as written: a join (`all`, `any`, `none`) of parts, or one comparison; True, False or None."""

    join: str | None
    result: bool | None
    comparison: ComparisonResult | None
    parts: "tuple[Node, ...]" = ()


@dataclass(frozen=True)
class RuleExplained:
    """How a rule came out, with its condition, its exception and the evidence it wants."""

    result: RuleResult
    when: Node | None
    unless: Node | None
    evidence: tuple[Node, ...]


@dataclass(frozen=True)
class GradeExplained:
    """A grade with the criteria of its own rung and the bars that put a case on it. It takes the criteria of the
    grades below too, which are not repeated here."""

    grade: str
    label: Text
    reached: bool | None
    criteria: tuple[RuleExplained, ...]
    bars: tuple[RuleExplained, ...]


@dataclass(frozen=True)
class Explanation:
    """`grades` go from the best down to the lowest that the case may get; none if it is not subject to review."""

    decision: Decision
    grades: tuple[GradeExplained, ...]
    ways_up: WaysUp
    settling: tuple[Settling, ...]
    fact_labels: tuple[tuple[str, Text], ...]
    """The labels of the facts that ways up and settling speak of; below, their units and the labels of options."""
    units: tuple[tuple[str, str], ...] = ()
    option_labels: tuple[tuple[str, tuple[tuple[str, Text], ...]], ...] = ()
    why: Why | None = None
    why_not: WhyNot | None = None
    """The answers to two questions, if they were asked."""


@dataclass(frozen=True)
class Questions:
    """What is asked of an outcome: why it is so, and why it is not a grade (None: this is not asked)."""

    why: bool = False
    why_not: str | None = None


def explain(judge: Judge, case: Case, decision: Decision, asked: Questions = Questions()) -> Explanation:
    """A decided case, with the judge that decided it -> its explanation, with the answers to what is asked."""
    grading = decision.grading
    graded = grading is not None
    up = ways_up(judge, case) if graded else WaysUp((), (), True)
    missing = [(missing.fact.name, missing.evidence) for missing in grading.missing] if grading is not None else []
    settled = settling(judge, case, missing)
    no_grade = None if asked.why_not is None else why_not(judge, case, asked.why_not)
    sets = (*up.sets, *(no_grade.ways.sets if no_grade is not None else ()))
    named = {change.fact for changes in sets for change in changes.changes} | {fact.fact for fact in settled}
    facts = judge.compiled.vocabulary.facts
    return Explanation(
        decision,
        tuple(_grades(judge, case, decision)) if graded else (),
        up,
        settled,
        tuple((name, facts[name].label) for name in sorted(named)),
        tuple((name, unit) for name in sorted(named) if (unit := facts[name].unit) is not None),
        tuple((name, facts[name].options) for name in sorted(named) if facts[name].options),
        why(judge, case) if asked.why else None,
        no_grade,
    )


def _grades(judge: Judge, case: Case, decision: Decision) -> Iterator[GradeExplained]:
    grading = decision.grading
    assert grading is not None
    order = judge.live.grades
    labels = dict(decision.grade_names)
    rungs = {rung.grade: rung for rung in grading.rungs}
    lowest = max((order.index(grade) for grade in grading.possible if grade in order), default=len(order) - 1)
    for grade in order[: lowest + 1]:
        written = next((rung for rung in judge.live.ladder.rungs if rung.grade == grade), None)
        rules = [criterion.rule for criterion in written.criteria] if written else []
        bars = [bar.rule for bar in judge.live.ladder.bars if bar.grade == grade]
        yield GradeExplained(
            grade,
            labels[grade],
            rungs[grade].reached if grade in rungs else None,
            tuple(_rules(judge, case, decision, rules)),
            tuple(_rules(judge, case, decision, bars)),
        )


def _rules(judge: Judge, case: Case, decision: Decision, rules: list[Rule]) -> Iterator[RuleExplained]:
    """The rules that exist for this case, each with its conditions."""
    parameters = judge.regulation.parameters

    def node(condition: Condition | None) -> Node | None:
        if condition is None:
            return None
        return _node(judge, case, ready(condition, judge.compiled.vocabulary, parameters, judge.compiled.day))

    for rule in rules:
        number = judge.compiled.index.get(rule.name)
        if number is None:
            continue
        result = RuleResult(rule, _result(decision, rule.name))
        wanted = [EvidenceNamed(fact, location=rule.location) for fact in rule.requires_evidence]
        evidence = tuple(_node(judge, case, condition) for condition in wanted)
        yield RuleExplained(result, node(rule.when), node(rule.unless), evidence)


def _result(decision: Decision, name: str) -> bool | None:
    """What became of a rule of the ladder. The bars that fail are left out of a record."""
    grading = decision.grading
    assert grading is not None
    for rung in grading.rungs:
        for results in (rung.met, rung.unmet, rung.unknown):
            for result in results:
                if result.rule.name == name:
                    return result.holds
    return next((bar.result.holds for bar in grading.bars if bar.result.rule.name == name), False)


def _node(judge: Judge, case: Case, condition: Condition) -> Node:
    result = evaluate(condition, judge.compiled.vocabulary.facts, case.values, case.evidence_named)
    match condition:
        case AllOf(parts) | AnyOf(parts) | NoneOf(parts):
            join = {AllOf: "all", AnyOf: "any", NoneOf: "none"}[type(condition)]
            return Node(join, result, None, tuple(_node(judge, case, part) for part in parts))
        case Comparison() | EvidenceNamed():
            return Node(None, result, compared(judge, case, condition, result, negated=False))
