"""Who uses what in a regulation's document: the rules that depend on each parameter, interpretation and fact."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from engine.base.words import words
from engine.core.policy.conditions import leaves
from engine.core.policy.regulation import Parameter
from engine.core.policy.rules import ByReading, Comparison, Link, Majority, ParameterReference, Quota, Rule
from engine.core.policy.terms import Count, Fact, Source
from engine.core.policy.values import parts_of
from engine.load.cases.derived import with_parts
from engine.report.markdown import Raw, escaped, link
from engine.report.regulation.view import RegulationView

NAMES = words("types", "name")


@dataclass(frozen=True)
class References:
    """What the lists at the end of the document show."""

    view: RegulationView

    def values(self, parameter: Parameter) -> Iterator[tuple[str, str, Source]]:
        """The values of a parameter, each with the day from which it holds and its source."""
        for setting in parameter.values:
            value: Any = setting.value
            shown = self.view.words.value(
                Fraction(value) if isinstance(value, int | float) and not isinstance(value, bool) else value,
                parameter.unit,
            )
            yield shown, self.view.day(setting.since), setting.source

    def depending(self, interpretation: str) -> list[Raw]:
        """Links to what exists, or is counted, otherwise under another option."""
        links = [
            self._rule(item)
            for item in self.view.rules
            if any(reading.interpretation == interpretation for reading in item.under)
        ]
        for quota in self.view.regulation.quotas:
            settings = [part for part in (quota.of, quota.count, quota.rounding) if isinstance(part, ByReading)]
            if interpretation in {reading.interpretation for reading in (*settings, *quota.under)}:
                links.append(self._rule(quota))
        others: list[Link | Majority] = [*self.view.regulation.links, *self.view.regulation.majorities]
        links += [
            self._rule(item)
            for item in others
            if any(reading.interpretation == interpretation for reading in item.under)
        ]
        return links

    def asking(self, fact: str) -> list[Raw]:
        """Links to the rules that ask about a fact, and to the facts that are computed from it."""
        links = [
            self._rule(rule)
            for rule in self.view.rules
            if fact in rule.requires_evidence or any(leaf.fact == fact for leaf, _ in leaves(rule.condition))
        ]
        computed = [used for used in self.facts_used if used.derived is not None and fact in parts_of(used.derived)]
        return links + [link(self.view.text(used.label), f"fact-{used.name}") for used in computed]

    @cached_property
    def facts_used(self) -> list[Fact]:
        """The facts that the rules ask about, and those that these are derived from, as the vocabulary has them."""
        names = [leaf.fact for rule in self.view.rules for leaf, _ in leaves(rule.condition)]
        names += [fact for rule in self.view.rules for fact in rule.requires_evidence]
        used = with_parts(names, self.view.library.vocabulary)
        return [fact for name, fact in self.view.facts.items() if name in used]

    def allowed(self, fact: Fact) -> str:
        """The values that a fact takes, in words."""
        if fact.options:
            kind = self.view.say("any_of" if fact.form == "set" else "one_of")
            return f"{kind}: {', '.join(self.view.text(label) for _, label in fact.options)}"
        name = NAMES[fact.type][self.view.language]
        bounds = [
            self.view.say(key, value=self.view.words.value(value, fact.unit))
            for key, value in (("from", fact.minimum), ("up_to", fact.maximum))
            if value is not None
        ]
        return " ".join([name, *bounds])

    def derived(self, fact: Fact) -> Raw | None:
        """How a fact is computed, with links to its parts."""
        if fact.derived is None:
            return None
        parts = ", ".join(
            link(self.view.text(self.view.facts[name].label), f"fact-{name}") for name in parts_of(fact.derived)
        )
        match fact.derived:
            case Count(equal_to=value):
                shown = self.view.words.value(value if isinstance(value, bool | int) else str(value))
                name = self.view.say("count_derivation", value=shown)
            case _:
                name = self.view.say(type(fact.derived).__name__.lower())
        return Raw(f"{escaped(name)}: {parts}")

    def asks_parameter(self, name: str) -> list[Raw]:
        """Links to the rules and quotas that use a parameter."""
        links = [
            self._rule(rule)
            for rule in self.view.rules
            if any(
                isinstance(leaf, Comparison) and leaf.operand == ParameterReference(name)
                for leaf, _ in leaves(rule.condition)
            )
        ]
        return links + [
            self._rule(quota)
            for quota in self.view.regulation.quotas
            if name in {quota.at_most, *(relief.at_most for relief in quota.relief)}
        ]

    def _rule(self, item: Rule | Quota | Link | Majority) -> Raw:
        return link(self.view.text(item.label), f"rule-{item.name}")
