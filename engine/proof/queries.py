"""What breaks a property, as questions to z3: for one case, or for two that differ in one fact."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import z3

from engine.core.judge.record import NOT_REVIEWED, UNDETERMINED
from engine.core.policy.rules import ByReading, Role
from engine.core.policy.terms import Count, Greatest, Least, Percent, Sum
from engine.proof.encoding import Readings, SymbolicCase
from engine.proof.properties import (
    NO_GRADE,
    Always,
    Disjoint,
    Independent,
    Monotone,
    Never,
    Property,
    Reachable,
    Total,
)
from engine.proof.space import UNGRADED, Space, moved_facts, named_outcomes, overlaps, own_criteria, place_of, targets
from engine.proof.symbols import Term


@dataclass(eq=False)
class Cases:
    """The cases of a space that questions are about, each made once: one, and one beside it. z3 is told once what they
    respect."""

    space: Space

    @cached_property
    def readings(self) -> Readings:
        """The readings under which all of them are judged."""
        return Readings(self.space.readings)

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
                    for what in ("outcome",) if of is None else space.named([of]):
                        yield _moved(cases, item, fact, what)
        case Disjoint():
            yield from _overlaps(cases, item, item.claim)
        case Never(outcomes) | Always(outcomes):
            named = case.comes_to(sorted(named_outcomes(space, outcomes)))
            if isinstance(item.claim, Always):
                # A claim about grades says nothing of a case to which none is due.
                graded = NO_GRADE in outcomes.listed or z3.Not(case.comes_to(UNGRADED))
                named = z3.And(graded, z3.Not(named))
            yield Query(cases, z3.And(claimed_about(item, case), named))
        case Total(interpretations, gaps):
            otherwise = space.ladder.otherwise.grade
            if isinstance(otherwise, ByReading) and otherwise.interpretation in interpretations:
                return
            named_gap = z3.Or([_surely_holds(case, name) for name in space.named(gaps)])
            open_end = z3.And(case.comes_to([UNDETERMINED]), z3.Not(named_gap))
            yield Query(cases, z3.And(claimed_about(item, case), case.complete, open_end))


def reaching(cases: Cases, item: Property, claim: Reachable) -> dict[str, Term]:
    """For each grade and rule that must be reached: does a case reach it, so that its record shows it?"""
    space, case = cases.space, cases.one
    claimed = z3.And(claimed_about(item, case), case.complete)
    reviewed, graded = z3.Not(case.comes_to([NOT_REVIEWED])), z3.Not(case.comes_to(UNGRADED))
    shown: dict[Role, Term] = {
        "exemption": z3.BoolVal(True), "ungraded": reviewed, "trigger": reviewed, "review_content": reviewed,
        "criterion": graded, "bar": graded, "gap": case.comes_to([UNDETERMINED]), "relief": z3.BoolVal(True),
    }  # fmt: skip
    reached = {}
    for name in targets(space, claim):
        if name in space.by_name:
            reached[name] = z3.And(claimed, _surely_holds(case, name), shown[space.by_name[name].rule.role])
        else:
            reached[name] = z3.And(claimed, case.comes_to([name]))
    return reached


def says_something(cases: Cases, item: Property) -> Query:
    """Is there a case about which a property claims anything?"""
    return Query(cases, claimed_about(item, cases.one))


def _surely_holds(case: SymbolicCase, name: str) -> Term:
    """Does a rule hold, whatever stays unknown?"""
    return z3.And(case.rules[name], case.is_true(case.space.by_name[name].condition))


def claimed_about(item: Property, case: SymbolicCase) -> Term:
    """Does a property say anything of a case? It says nothing of the cases for which it is known to fail."""
    condition = None if item.when is None else case.space.ready(item.when)
    claimed = z3.And(case.readings.exists(item.under), case.is_true(condition))
    known = item.known_failure.when if item.known_failure is not None else None
    return claimed if known is None else z3.And(claimed, z3.Not(case.is_true(case.space.ready(known))))


# --- two rules that hold together -------------------------------------------------------------------------------


def _overlaps(cases: Cases, item: Property, claim: Disjoint) -> Iterator[Query]:
    case = cases.one
    claimed = z3.And(claimed_about(item, case), case.complete, z3.Not(case.comes_to(UNGRADED)))
    for names in overlaps(cases.space, claim):
        yield Query(cases, z3.And(claimed, _both(case, claim, names)), names)


def _both(case: SymbolicCase, claim: Disjoint, names: tuple[str, str]) -> Term:
    """Do both of a pair hold that no case may meet together?"""
    hold = [_surely_holds(case, name) if name in case.rules else case.reached[name] for name in names]
    if claim.of != "rungs":
        return z3.And(hold)
    own = [case.readings.exists(rule.under) for rule in own_criteria(case.space, names[1])]
    return z3.And(z3.Or(own), *hold)


# --- two cases that differ in one fact --------------------------------------------------------------------------


def _moved(cases: Cases, item: Property, fact: str, what: str) -> Query:
    """Two cases that agree but for a fact, which is more in the second; or merely other, if `what` must not depend on
    it. `what` comes out worse, better, or otherwise."""
    before, after = cases.one, cases.other
    moves = more(before, after, fact) if what in ("worse", "better") else other(before, after, fact)
    claimed = [z3.And(claimed_about(item, case), case.complete) for case in (before, after)]
    comes_out = _comes_out(before, after, what)
    moved = moved_facts(cases.space.vocabulary, fact)
    equal = _all_else_equal(before, after, moved)
    return Query(cases, z3.And(moves, comes_out, *claimed, *equal), (fact,), two=True, moved=moved)


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
    return z3.Or([z3.Not(_same(before, after, part)) for part in sorted(moved_facts(before.space.vocabulary, name))])


def _same(before: SymbolicCase, after: SymbolicCase, name: str) -> Term:
    if before.facts[name].form == "set":
        return z3.And([now == then for now, then in _members(before, after, name)])
    return before.value(name) == after.value(name)


def _not_less(before: SymbolicCase, after: SymbolicCase, name: str) -> Term:
    same = [_same(before, after, part) for part in sorted(moved_facts(before.space.vocabulary, name))]
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
            places = [place(case) for case in (before, after)]
            moved = places[1] > places[0] if what == "worse" else places[1] < places[0]
            return z3.And(moved, *(z3.Not(case.comes_to(UNGRADED)) for case in (before, after)))
        case _:
            never = z3.BoolVal(False)
            return before.rules.get(what, never) != after.rules.get(what, never)


def place(case: SymbolicCase) -> Term:
    """Where an outcome stands, from best to worst."""
    undetermined = place_of(case.space.grades, UNDETERMINED)
    return z3.If(case.comes_to([UNDETERMINED]), undetermined, 2 * case.outcome)
