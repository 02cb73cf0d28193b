"""What breaks a property between two regulations, or a regulation and a layer over it: one case, judged by both.

Both are read alike where both know an interpretation; and once each as it chooses by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import z3

from engine.core.judge.record import NOT_GRADED, NOT_REVIEWED
from engine.proof.encoding import Readings, SymbolicCase
from engine.proof.properties import Between, Property
from engine.proof.queries import Cases, Query, claimed_about, place
from engine.proof.space import Space
from engine.proof.symbols import Term


@dataclass(eq=False)
class JudgedTwice(Cases):
    """Any case of a space, and the same case in a space of another regulation. `alike`: both are read alike; else each
    as its regulation chooses."""

    beside: Space
    alike: bool

    @cached_property
    def readings(self) -> Readings:
        """The readings under which the first is judged; if both are read alike, the second too."""
        own, others = self.space.readings, self.beside.readings
        return Readings(_known_to_both(own, others) if self.alike else own)

    @cached_property
    def other(self) -> SymbolicCase:
        """The same case, as the other regulation judges it."""
        return SymbolicCase(self.beside, self.readings if self.alike else Readings(self.beside.readings), "other ")

    def same(self) -> Term:
        """Do both state the same, so far as either looks at it, and is each read as it has to be?"""
        one, other = self.one, self.other
        for name in list(other.stated):
            one.value(name)
        for member in list(other.members):
            one.member(member)
        # Each list of options begins with the one that its regulation chooses.
        variables = [] if self.alike else [*one.readings.variables.values(), *other.readings.variables.values()]
        return z3.And(
            [other.value(name) == value for name, value in one.stated.items()]
            + [other.member(member) == value for member, value in one.members.items()]
            + [other.unsettled[name] == value for name, value in one.unsettled.items() if name in other.unsettled]
            + [variable == 0 for variable in variables]
        )


def _known_to_both(
    own: Mapping[str, tuple[str, ...]], others: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    """The options of every interpretation that one of two spaces knows; of those that both know the common ones."""
    common = {name: tuple(option for option in own[name] if option in others[name]) for name in own if name in others}
    return {**others, **own, **common}


def between(cases: JudgedTwice, item: Property, claim: Between) -> Query:
    """Whether a case is graded better by the first regulation, or otherwise if both are to grade alike."""
    one, other = cases.one, cases.other
    if claim.relation == "equal":
        comes_out = one.outcome != other.outcome
    else:
        graded = [z3.Not(case.comes_to((NOT_GRADED, NOT_REVIEWED))) for case in (one, other)]
        comes_out = z3.And(place(one) < place(other), *graded)
    unless = None if claim.unless is None else cases.space.ready(claim.unless)
    excepted = z3.BoolVal(False) if unless is None else one.is_true(unless)
    claimed = z3.And(claimed_about(item, one), one.complete, other.complete, z3.Not(excepted))
    return Query(cases, z3.And(claimed, comes_out, cases.same()), two=True)
