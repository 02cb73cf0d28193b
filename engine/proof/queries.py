"""What breaks a property, as questions to z3: for one case, or for two that differ in one fact."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import z3

from engine.core.judge.record import NOT_GRADED, NOT_REVIEWED, UNDETERMINED
from engine.core.policy.rules import ByReading, Rung
from engine.core.policy.terms import Count, Greatest, Least, Percent, Sum
from engine.core.policy.values import parts_of
from engine.proof.encoding import Readings, SymbolicCase, Term
from engine.proof.properties import (
    NO_GRADE,
    Always,
    Disjoint,
    Independent,
    Monotone,
    Never,
    Outcomes,
    Property,
    Total,
    outcomes_named,
)
from engine.proof.space import Space

UNGRADED = (NOT_GRADED, NOT_REVIEWED)


@dataclass(eq=False)
class Cases:
    """The cases of a space that questions are about, each made once: one, and one beside it. z3 is told once what they
    respect."""

    space: Space

    @cached_property
    def readings(self) -> Readings:
        """The readings under which all of them are judged."""
        return Readings(self.space)

    @cached_property
    def one(self) -> SymbolicCase:
        """Any case."""
        return SymbolicCase(self.space, self.readings)

    @cached_property
    def other(self) -> SymbolicCase:
        """Any other."""
        return SymbolicCase(self.space, self.readings, "other ")


@dataclass(frozen=True)
class Query:
    """A question: are there readings and one case, or two, for which `broken` is true? `about`: see Counterexample."""

    cases: Cases
    broken: Term
    about: tuple[str, ...] = ()
    two: bool = False
    moved: frozenset[str] = frozenset()
    """The facts that the two cases may state otherwise."""

    @property
    def in_question(self) -> tuple[SymbolicCase, ...]:
        """The case, or the two."""
        return (self.cases.one, self.cases.other) if self.two else (self.cases.one,)


def queries(cases: Cases, item: Property) -> Iterator[Query]:
    """The questions whether a case of a space breaks a property that speaks of single cases."""
    space, case = cases.space, cases.one
    match item.claim:
        case Monotone(facts, more):
            for fact in facts:
                yield _moved(cases, item, fact, "worse" if more == "never_worse" else "better")
        case Independent(facts, of):
            for fact in facts:
                if fact in space.vocabulary.facts:
                    yield _moved(cases, item, fact, of or "outcome")
        case Disjoint():
            graded = z3.Not(case.comes_to(UNGRADED))
            claimed = claimed_about(item, case)
            for names, both in _pairs(space, case, item.claim):
                yield Query(cases, z3.And(claimed, graded, both), names)
        case Never(outcomes) | Always(outcomes):
            named = case.comes_to(named_outcomes(space, outcomes))
            if isinstance(item.claim, Always):
                # A claim about grades says nothing of a case to which none is due.
                graded = NO_GRADE in outcomes.listed or z3.Not(case.comes_to(UNGRADED))
                named = z3.And(graded, z3.Not(named))
            yield Query(cases, z3.And(claimed_about(item, case), named))
        case Total(interpretations, gaps):
            otherwise = space.ladder.otherwise.grade
            if isinstance(otherwise, ByReading) and otherwise.interpretation in interpretations:
                return
            named_gap = z3.Or([case.rules[name] for name in gaps if name in case.rules])
            open_end = z3.And(case.comes_to([UNDETERMINED]), z3.Not(named_gap))
            yield Query(cases, z3.And(claimed_about(item, case), open_end))


def claimed_about(item: Property, case: SymbolicCase) -> Term:
    """Does a property say anything of a case?"""
    condition = None if item.when is None else case.space.ready(item.when)
    return z3.And(case.readings.exists(item.under), case.is_true(condition))


def named_outcomes(space: Space, outcomes: Outcomes) -> list[str]:
    """The outcomes that a claim names, as the engine calls them."""
    named = outcomes_named(outcomes, tuple(grade.id for grade in space.regulation.grades))
    return [*sorted(named - {NO_GRADE}), *(UNGRADED if NO_GRADE in named else ())]


# --- two rules that hold together -------------------------------------------------------------------------------


def _pairs(space: Space, case: SymbolicCase, claim: Disjoint) -> Iterator[tuple[tuple[str, str], Term]]:
    """Two rules, or a rule and the grade of a rung, or two grades of rungs; and whether both hold."""
    order = [grade.id for grade in space.regulation.grades]
    bars = [bar for bar in space.ladder.bars if bar.rule.name in case.rules]
    match claim.of:
        case "bars":
            for first, second in combinations(bars, 2):
                names = (first.rule.name, second.rule.name)
                if first.grade != second.grade and not set(names) & set(claim.meant):
                    yield names, z3.And(case.rules[names[0]], case.rules[names[1]])
        case "bars_and_rungs":
            for bar in bars:
                grades = [grade for grade in case.reached if order.index(grade) < order.index(bar.grade)]
                for grade in grades if bar.rule.name not in claim.meant else ():
                    yield (bar.rule.name, grade), z3.And(case.rules[bar.rule.name], case.reached[grade])
        case "rungs":
            for better, lower in combinations(space.ladder.rungs, 2):
                meant = {criterion.rule.name for rung in (better, lower) for criterion in rung.criteria}
                if not meant & set(claim.meant):
                    both = (case.reached[better.grade], case.reached[lower.grade])
                    yield (better.grade, lower.grade), z3.And(_excludes(case, lower), *both)
        case _:
            live = [name for name in claim.of if name in case.rules]
            for one, other in combinations(live, 2):
                yield (one, other), z3.And(case.rules[one], case.rules[other])


def _excludes(case: SymbolicCase, lower: Rung) -> Term:
    """Does a rung ask for something that better rungs do not take over?"""
    own = [criterion.rule for criterion in lower.criteria if not criterion.inherited]
    return z3.Or([case.readings.exists(rule.under) for rule in own if rule.name in case.rules])


# --- two cases that differ in one fact --------------------------------------------------------------------------


def _moved(cases: Cases, item: Property, fact: str, what: str) -> Query:
    """Two cases that agree but for a fact, which is more in the second; or merely other, if `what` must not depend on
    it. `what` comes out worse, better, or otherwise."""
    before, after = cases.one, cases.other
    moves = more(before, after, fact) if what in ("worse", "better") else other(before, after, fact)
    claimed = [claimed_about(item, case) for case in (before, after)]
    comes_out = _comes_out(before, after, what)
    moved = moved_parts(cases.space, fact)
    equal = _all_else_equal(before, after, moved)
    return Query(cases, z3.And(moves, comes_out, *claimed, *equal), (fact,), two=True, moved=moved)


def moved_parts(space: Space, name: str) -> frozenset[str]:
    """The facts that a person states otherwise so that a fact changes. A percentage changes by its part, its whole
    being what it is."""
    derivation = space.vocabulary.facts[name].derived
    if derivation is None:
        return frozenset({name})
    parts = (derivation.part,) if isinstance(derivation, Percent) else parts_of(derivation)
    return frozenset().union(*(moved_parts(space, part) for part in parts))


def _all_else_equal(before: SymbolicCase, after: SymbolicCase, moved: frozenset[str]) -> list[Term]:
    """All that two cases have in common: what they state but for the `moved`, and what stays unknown."""
    # A fact that only one of them has looked at so far is looked at in the other as well.
    stated = [after.value(name) == value for name, value in list(before.stated.items()) if name not in moved]
    members = [
        after.member(member) == value
        for member, value in before.members.items()
        if member.evidence or member.fact not in moved
    ]
    return [
        *stated,
        *members,
        *(after.unsettled[name] == value for name, value in before.unsettled.items() if name in after.unsettled),
    ]


def more(before: SymbolicCase, after: SymbolicCase, name: str) -> Term:
    """Is a fact more in the second case: true and not false, a later option, another member, a greater number? A
    computed fact is more by its parts, of which none is less."""
    fact = before.facts[name]
    match fact.derived:
        case Percent(part=part):
            return more(before, after, part)
        case Sum(of):
            return z3.And(
                [_not_less(before, after, part) for part in of] + [z3.Or([more(before, after, part) for part in of])]
            )
        case Least(of) | Greatest(of):
            return z3.And(after.value(name) > before.value(name), *(_not_less(before, after, part) for part in of))
        case Count(of, equal_to):
            turned = [_turned(before, after, part, equal_to) for part in of]
            return z3.And(
                z3.Or(turned), *(z3.Or(turn, _same(before, after, part)) for turn, part in zip(turned, of, strict=True))
            )
    if fact.form == "set":
        pairs = _members(before, after, name)
        return z3.And(z3.Or([now != then for now, then in pairs]), *(z3.Implies(now, then) for now, then in pairs))
    now, then = before.value(name), after.value(name)
    if fact.form == "boolean":
        return z3.And(z3.Not(now), then)
    return z3.BoolVal(False) if fact.is_free_text else then > now


def other(before: SymbolicCase, after: SymbolicCase, name: str) -> Term:
    """Is a fact not the same in the second case?"""
    return z3.Or([z3.Not(_same(before, after, part)) for part in sorted(moved_parts(before.space, name))])


def _same(before: SymbolicCase, after: SymbolicCase, name: str) -> Term:
    if before.facts[name].form == "set":
        return z3.And([now == then for now, then in _members(before, after, name)])
    return before.value(name) == after.value(name)


def _not_less(before: SymbolicCase, after: SymbolicCase, name: str) -> Term:
    same = [_same(before, after, part) for part in sorted(moved_parts(before.space, name))]
    return z3.Or(z3.And(same), more(before, after, name))


def _turned(before: SymbolicCase, after: SymbolicCase, name: str, literal: object) -> Term:
    """Does a part of a count equal its literal in the second case only?"""
    return z3.And(z3.Not(before.equals(name, literal)), after.equals(name, literal))


def _members(before: SymbolicCase, after: SymbolicCase, name: str) -> list[tuple[Term, Term]]:
    """The members of a set that some rule looks at, as they are in both cases."""
    looked_at = [member for member in before.members if member.fact == name and not member.evidence]
    return [(before.members[member], after.member(member)) for member in looked_at]


def _comes_out(before: SymbolicCase, after: SymbolicCase, what: str) -> Term:
    match what:
        case "outcome":
            return before.outcome != after.outcome
        case "worse" | "better":
            places = [_place(case) for case in (before, after)]
            moved = places[1] > places[0] if what == "worse" else places[1] < places[0]
            return z3.And(moved, *(z3.Not(case.comes_to(UNGRADED)) for case in (before, after)))
        case _:
            never = z3.BoolVal(False)
            return before.rules.get(what, never) != after.rules.get(what, never)


def _place(case: SymbolicCase) -> Term:
    """Where an outcome stands, from best to worst."""
    return z3.If(case.comes_to([UNDETERMINED]), place_of(case.space, UNDETERMINED), 2 * case.outcome)


def place_of(space: Space, outcome: str) -> int:
    """Where a grade or `undetermined` stands, from best to worst: a case that is left to the authority reaches no rung
    and meets no bar, so that it stands above the worst grade and below all others."""
    order = [grade.id for grade in space.regulation.grades]
    return 2 * len(order) - 3 if outcome == UNDETERMINED else 2 * order.index(outcome)
