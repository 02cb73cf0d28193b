"""All that is fixed while cases of one kind of subject are decided."""

from dataclasses import field
from functools import cached_property

from engine.core.judge.ladder import LiveLadder, Outcomes, live_ladder
from engine.core.judge.record import ReadingUsed, RuleResult
from engine.core.policy.conditions import looked_at, parameters_of, ready
from engine.core.policy.live import Choices, dated
from engine.core.policy.regulation import DatedValue, Regulation
from engine.core.policy.rules import Condition, Role, Rule
from engine.core.policy.terms import Frozen
from engine.core.policy.values import parts_of
from engine.core.rules.compiler import Compiled

MOST_KEPT = 1_000
"""So many results of one rule, and so many other parts of records, are kept for cases that have them in common."""


class Judge(Frozen):
    """All that is fixed while cases of one kind are decided: the regulation, its compilation and its ladder."""

    regulation: Regulation
    compiled: Compiled
    live: LiveLadder
    switches: Choices
    outcomes: dict[tuple[object, ...], Outcomes] = field(default_factory=dict, compare=False)
    """What incomplete cases may come to, by all that this depends on."""

    @cached_property
    def by_role(self) -> dict[Role, list[int]]:
        """The numbers of the rules of each role."""
        numbers: dict[Role, list[int]] = {}
        for number, compiled in enumerate(self.compiled.rules):
            numbers.setdefault(compiled.rule.role, []).append(number)
        return numbers

    @cached_property
    def looked_at(self) -> list["_LookedAt"]:
        """For each rule: the facts that it compares, those that it wants evidence for, and its results so far."""
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
    def all_looked_at(self) -> tuple[frozenset[str], frozenset[str]]:
        """The facts that some rule compares, and those that some rule wants evidence for."""
        facts = frozenset(fact for compared, _, _ in self.looked_at for fact in compared)
        return facts, frozenset(fact for _, named, _ in self.looked_at for fact in named)

    @cached_property
    def criteria(self) -> tuple[int, ...]:
        """Every criterion of a live rung, once."""
        return tuple(dict.fromkeys(number for _, criteria in self.live.rungs for number in criteria))

    @cached_property
    def tied(self) -> tuple[str, ...]:
        """The facts whose values limit what a missing fact may be: by a derivation, or because one bounds the other."""
        facts, wholes = self.compiled.vocabulary.facts, self.compiled.wholes
        parts = {name: parts_of(fact.derived) for name, fact in facts.items() if fact.derived is not None}
        return tuple({fact: None for ties in (parts, wholes) for name in ties for fact in (name, *ties[name])})

    @cached_property
    def readings(self) -> list[tuple[ReadingUsed, frozenset[str]]]:
        """Each interpretation under which rules exist, as it is read, with those rules."""
        choices, rules = dict(self.compiled.choices), [compiled.rule for compiled in self.compiled.rules]
        readings = []
        for interpretation in self.regulation.interpretations:
            option = choices[interpretation.id]
            label, switched = dict(interpretation.options)[option], option != interpretation.chosen
            under = [rule for rule in rules if interpretation.id in [reading.interpretation for reading in rule.under]]
            if under:
                used = ReadingUsed(interpretation, option, label, switched)
                readings.append((used, frozenset(rule.name for rule in under)))
        return readings

    @cached_property
    def uncertain(self) -> frozenset[str]:
        """The names of the rules that rest on an assumption, or on one reading of several."""
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
    def switched(self) -> tuple[tuple[str, str], ...]:
        """Each interpretation for which the run chose another option than the regulation's file, with that option."""
        return tuple(
            (interpretation.id, self.switches[interpretation.id])
            for interpretation in self.regulation.interpretations
            if self.switches.get(interpretation.id, interpretation.chosen) != interpretation.chosen
        )


def _is_assumed(item: Rule | DatedValue) -> bool:
    return item.source.status == "assumed"


_LookedAt = tuple[tuple[str, ...], tuple[str, ...], dict[tuple[object, ...], RuleResult]]
"""The results stand by the rule's status and by what the case states of these facts."""


def judge_for(regulation: Regulation, compiled: Compiled, switches: Choices) -> Judge:
    """Raises ValueError if no ladder covers the compiled kind (cases of such a kind are refused before)."""
    live = live_ladder(regulation, compiled.kind, dict(compiled.choices), compiled.index)
    if live is None:
        raise ValueError(f"no ladder covers {compiled.kind}")
    return Judge(regulation, compiled, live, switches)
