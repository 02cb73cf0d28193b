"""One case that nobody has seen yet, as variables of z3: what its rules come to under which readings, and its grade."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import z3

from engine.core.judge.record import NOT_GRADED, NOT_REVIEWED, UNDETERMINED
from engine.core.policy.conditions import leaves
from engine.core.policy.rules import (
    ByReading,
    Comparison,
    Condition,
    Reading,
)
from engine.proof.space import DECIDES_OUTCOME, Space, SpaceRule, allowed
from engine.proof.symbols import SymbolicFacts, Term


class Readings:
    """The choice of readings, which the cases that a property compares have in common. `known`: the options of each
    interpretation."""

    def __init__(self, known: Mapping[str, Sequence[str]]) -> None:
        self.known = known
        self.variables = {name: z3.Int(f"reading {name}") for name in known}
        self.limits = [z3.And(variable >= 0, variable < len(known[name])) for name, variable in self.variables.items()]

    def chosen(self, interpretation: str, options: Sequence[str]) -> Term:
        """Is the interpretation read in one of these ways?"""
        known = self.known[interpretation]
        return z3.Or([self.variables[interpretation] == known.index(option) for option in options if option in known])

    def exists(self, under: Sequence[Reading]) -> Term:
        """Does something that says `under` exist?"""
        # An interpretation on which nothing depends here may be read in any way.
        names = dict.fromkeys(reading.interpretation for reading in under if reading.interpretation in self.variables)
        return z3.And([self.chosen(name, allowed(under, name, self.known[name])) for name in names])

    def of(self, model: Any) -> dict[str, str]:
        """The options that a model chooses."""
        return {
            name: self.known[name][model.eval(variable, model_completion=True).as_long()]
            for name, variable in self.variables.items()
        }


class SymbolicCase(SymbolicFacts):
    """One case of a space, judged. `name` keeps its variables apart from those of another case."""

    def __init__(self, space: Space, readings: Readings, name: str = "") -> None:
        super().__init__(space.vocabulary, name)
        self.space = space
        self.readings = readings

    @cached_property
    def rules(self) -> Mapping[str, Term]:
        """Whether each rule exists and holds, by its qualified id."""
        return {
            rule.rule.name: z3.And(self.readings.exists(rule.rule.under), self.holds(rule.condition))
            for rule in self.space.rules
        }

    @cached_property
    def complete(self) -> Term:
        """Does every rule that the outcome depends on come out as holding or failing, though some percentage may be
        of zero?"""
        decided = [
            z3.Or(z3.Not(self.readings.exists(rule.rule.under)), self.is_true(rule.condition),
                  self.is_true(rule.condition, wanted=False))
            for rule in self.space.rules
            if rule.rule.role in DECIDES_OUTCOME and self._may_be_open(rule.condition)
        ]  # fmt: skip
        return z3.And(decided)

    def _may_be_open(self, condition: Condition | None) -> bool:
        names = {leaf.fact for leaf, _ in leaves(condition) if isinstance(leaf, Comparison)}
        return any(not z3.is_true(self.known(name)) for name in names if self.facts[name].form != "set")

    def any_of(self, rules: Sequence[SpaceRule]) -> Term:
        """Does one of these rules hold?"""
        return z3.Or([self.rules[rule.rule.name] for rule in rules])

    @cached_property
    def reached(self) -> Mapping[str, Term]:
        """Whether each rung exists and all that it asks, inherited criteria included, holds; from best to lowest."""
        reached: dict[str, Term] = {}
        below = z3.BoolVal(True)
        for rung in reversed(self.space.ladder.rungs):
            exists = self.readings.exists(rung.under)
            met = {
                criterion.rule.name: z3.Or(
                    z3.Not(self.readings.exists(criterion.rule.under)), self.rules[criterion.rule.name]
                )
                for criterion in rung.criteria
                if criterion.rule.name in self.rules
            }
            reached[rung.grade] = z3.And(exists, below, *met.values())
            inherited = [met[criterion.rule.name] for criterion in rung.criteria
                         if criterion.inherited and criterion.rule.name in met]  # fmt: skip
            below = z3.And(below, z3.Or(z3.Not(exists), z3.And(inherited)))
        return dict(reversed(reached.items()))

    @cached_property
    def outcomes(self) -> Sequence[str]:
        """All outcomes by their number in `outcome`: grades from best to lowest, then none of these."""
        return (*(grade.id for grade in self.space.regulation.grades), UNDETERMINED, NOT_GRADED, NOT_REVIEWED)

    @cached_property
    def outcome(self) -> Term:
        """The number of the outcome."""
        place, ladder = self.outcomes.index, self.space.ladder
        outcome = self._otherwise()
        for rung in reversed(ladder.rungs):
            outcome = z3.If(self.reached[rung.grade], place(rung.grade), outcome)
        live = [bar for bar in ladder.bars if bar.rule.name in self.rules]
        for bar in sorted(live, key=lambda bar: place(bar.grade)):
            outcome = z3.If(self.rules[bar.rule.name], place(bar.grade), outcome)
        outcome = z3.If(self.any_of(self.space.of_role("ungraded")), place(NOT_GRADED), outcome)
        outcome = z3.If(self.any_of(self.space.of_role("exemption")), place(NOT_REVIEWED), outcome)
        variable = z3.Int(f"{self._name}outcome")
        self._limits.append(variable == outcome)
        return variable

    def comes_to(self, outcomes: Sequence[str]) -> Term:
        """Is the outcome one of these?"""
        return z3.Or([self.outcome == self.outcomes.index(name) for name in outcomes])

    def _otherwise(self) -> Term:
        grade = self.space.ladder.otherwise.grade
        if not isinstance(grade, ByReading):
            return z3.IntVal(self.outcomes.index(grade or UNDETERMINED))
        outcome = z3.IntVal(self.outcomes.index(UNDETERMINED))
        for option, named in grade.options:
            if option in self.space.readings[grade.interpretation]:
                chosen = self.readings.chosen(grade.interpretation, [option])
                outcome = z3.If(chosen, self.outcomes.index(named or UNDETERMINED), outcome)
        return outcome
