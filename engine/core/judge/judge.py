"""All that is fixed while cases of one kind of subject are decided."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.core.judge.ladder import LiveLadder, live_ladder
from engine.core.judge.record import BarResult, ReadingUsed, RuleResult
from engine.core.policy.conditions import looked_at, parameters_of, ready
from engine.core.policy.live import Choices, dated
from engine.core.policy.regulation import DatedValue, Regulation
from engine.core.policy.rules import Condition, Rule
from engine.core.policy.terms import Shown, Text
from engine.core.rules.compiler import Compiled

MOST_KEPT = 1_000
"""Results of one rule that are kept for cases that say the same of what it asks about."""


@dataclass(frozen=True, repr=False)
class Judge(Shown):
    """All that is fixed while cases of one kind are decided: the regulation, its compilation and its ladder."""

    regulation: Regulation
    compiled: Compiled
    live: LiveLadder
    switches: Choices
    made: dict[tuple[object, ...], Any] = field(default_factory=dict, compare=False)
    """Parts of records that hang on so little that there are but a few of them."""

    spared: dict[tuple[object, ...], BarResult | None] = field(default_factory=dict, compare=False)
    """Of bars that fail, by their number and what is said of what they look at: those to be told of all the same."""

    @cached_property
    def by_role(self) -> dict[str, list[int]]:
        """The numbers of the rules of each role."""
        numbers: dict[str, list[int]] = {}
        for number, compiled in enumerate(self.compiled.rules):
            numbers.setdefault(compiled.rule.role, []).append(number)
        return numbers

    @cached_property
    def looked_at(self) -> list["_LookedAt"]:
        """What each rule looks at."""
        return [(*looked_at(rule.condition), {}) for rule in self.compiled.rules]

    @cached_property
    def whens(self) -> dict[int, Condition]:
        """What each bar asks for, exceptions apart, by the number of the bar."""
        compiled, parameters = self.compiled, self.regulation.parameters
        rules = {number: compiled.rules[number].rule.when for _, number in self.live.bars}
        return {
            number: ready(when, compiled.vocabulary, parameters, compiled.day)
            for number, when in rules.items()
            if when is not None
        }

    @cached_property
    def asked(self) -> tuple[frozenset[str], frozenset[str]]:
        """The facts that some rule compares, and those that one wants evidence for."""
        observables = frozenset().union(*(rule.asks for rule in self.compiled.rules))
        facts = frozenset(observable.fact for observable in observables if not observable.evidence)
        return facts, frozenset(observable.fact for observable in observables if observable.evidence)

    @cached_property
    def rungs(self) -> tuple[tuple[str, Text, tuple[int, ...]], ...]:
        """The live rungs with their grades' labels and their criteria by number."""
        labels = {grade.id: grade.label for grade in self.regulation.grades}
        return tuple((grade, labels[grade], criteria) for grade, criteria in self.live.rungs)

    @cached_property
    def criteria(self) -> tuple[int, ...]:
        """Every criterion of a live rung, once."""
        return tuple(dict.fromkeys(number for _, criteria in self.live.rungs for number in criteria))

    @cached_property
    def readings(self) -> list[tuple[ReadingUsed, frozenset[str]]]:
        """Each interpretation under which rules exist, as it is read, with those rules."""
        choices, rules = dict(self.compiled.choices), [compiled.rule for compiled in self.compiled.rules]
        readings = []
        for interpretation in self.regulation.interpretations:
            option = choices[interpretation.id]
            used = ReadingUsed(
                interpretation=interpretation.id,
                question=interpretation.question,
                option=option,
                label=dict(interpretation.options)[option],
                switched=option != interpretation.chosen,
                layer=interpretation.layer,
            )
            under = frozenset(
                rule.name for rule in rules if interpretation.id in [reading.interpretation for reading in rule.under]
            )
            if under:
                readings.append((used, under))
        return readings

    @cached_property
    def telling(self) -> frozenset[str]:
        """The rules on which nothing can rest without something being assumed, or read in one way of several."""
        assumed = {name for name in self.regulation.parameters if (value := self.dated(name)) and _is_assumed(value)}
        return frozenset(
            compiled.rule.name
            for compiled in self.compiled.rules
            if compiled.rule.under
            or _is_assumed(compiled.rule)
            or not assumed.isdisjoint(parameters_of(compiled.condition))
        )

    def dated(self, parameter: str | None) -> DatedValue | None:
        """The value of a parameter on the day of the compilation; None if no parameter is named."""
        return None if parameter is None else dated(self.regulation.parameters[parameter], self.compiled.day)

    @cached_property
    def contents(self) -> tuple[tuple[int, Rule], ...]:
        """The contents of a review, with their numbers."""
        return tuple((number, self.compiled.rules[number].rule) for number in self.by_role.get("review_content", ()))

    @cached_property
    def switched(self) -> tuple[tuple[str, str], ...]:
        """The interpretations that are read otherwise than the regulation's file says, and how."""
        return tuple(
            (interpretation.id, self.switches[interpretation.id])
            for interpretation in self.regulation.interpretations
            if self.switches.get(interpretation.id, interpretation.chosen) != interpretation.chosen
        )

    @cached_property
    def grade_names(self) -> tuple[tuple[str, Text], ...]:
        return tuple((grade.id, grade.label) for grade in self.regulation.grades)


def _is_assumed(item: Rule | DatedValue) -> bool:
    return item.source.status == "assumed"


_LookedAt = tuple[tuple[str, ...], tuple[str, ...], dict[tuple[object, ...], RuleResult]]
"""The facts that a rule compares, those that it wants evidence for, and its results by what is said of them."""


def judge_for(regulation: Regulation, compiled: Compiled, switches: Choices) -> Judge:
    """Raises ValueError where no ladder covers the compiled kind (cases of such a kind are refused before)."""
    live = live_ladder(regulation, compiled)
    if live is None:
        raise ValueError(f"no ladder covers {compiled.kind}")
    return Judge(regulation, compiled, live, switches)
