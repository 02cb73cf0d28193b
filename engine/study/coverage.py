"""What the policy tests have tried: each rule made to hold, to fail and to stay unknown; each threshold from below, at
it and from above; each article of the documents cited.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from engine.base.diagnostics import Location
from engine.core.judge.decision import Decided
from engine.core.judge.judge import Judge
from engine.core.judge.record import Results
from engine.core.policy.conditions import leaves, operand_value
from engine.core.policy.live import on_day
from engine.core.policy.regulation import Regulation, all_rules
from engine.core.policy.rules import ORDERED_OPERATORS, Comparison, Literals, Operand, ParameterReference, Rule
from engine.core.policy.terms import Fact, Text, Vocabulary
from engine.core.policy.values import Misfit, rank, written
from engine.core.rules.compiler import CompiledRule
from engine.core.rules.domains import can_occur, example_between

T = TypeVar("T")


@dataclass(frozen=True)
class RuleCoverage:
    """How many tested cases made a rule hold, fail, stay unknown; quotas and links by their own statuses."""

    regulation: str
    rule: str
    label: Text
    location: Location
    document: str
    locator: str
    counts: tuple[tuple[str, int], ...]
    lacking: tuple[str, ...]
    """What no test does and some test should: `holds`, `fails`; of a quota `within`, `exceeded`; of a link `kept`,
    `broken`."""


@dataclass(frozen=True)
class ThresholdCoverage:
    """Where tested cases stood against a threshold; None for a side on which no value can lie."""

    regulation: str
    rule: str
    fact: str
    threshold: str
    location: Location
    below: bool | None
    at: bool | None
    above: bool | None

    @property
    def complete(self) -> bool:
        """Did some case stand on each side on which a value can lie?"""
        return False not in (self.below, self.at, self.above)


@dataclass(frozen=True)
class ArticleCoverage:
    """A place in a document: how many rules rest on it, and how many of them are tested both ways."""

    regulation: str
    document: str
    locator: str
    rules: int
    tested: int


@dataclass
class Tally:
    """Gathers what tests do, over all their cases."""

    rules: dict[tuple[str, str], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    sides: dict[tuple[str, str, Location], set[str]] = field(default_factory=lambda: defaultdict(set))
    _compared: dict[int, tuple[CompiledRule, list[tuple[Fact, Any, set[str]]]]] = field(default_factory=dict)
    """By the identity of a compiled rule, which is kept too, so that no other rule gets the same."""

    def note(self, judge: Judge, decided: Decided, number: int = 1) -> None:
        """A decided case, of which there are so many: how its rules came out, and where its facts stood against their
        thresholds."""
        regulation = decided.case.regulation
        for name, status in decided.results.items():
            self.rules[regulation, name][_word(status)] += number
        values = decided.case.values
        for rule in judge.compiled.rules:
            if id(rule) not in self._compared:
                self._compared[id(rule)] = rule, self._comparisons(regulation, rule, judge.compiled.vocabulary)
            for fact, threshold, sides in self._compared[id(rule)][1]:
                value = values.get(fact.name)
                if value is not None:
                    sides.add(_side(rank(value, fact), threshold))

    def _comparisons(
        self, regulation: str, rule: CompiledRule, vocabulary: Vocabulary
    ) -> list[tuple[Fact, Any, set[str]]]:
        """The facts that a rule holds against a threshold: each with that and with the sides on which values stood."""
        comparisons = []
        for leaf, _ in leaves(rule.condition):
            match leaf:
                case Comparison(operand=Operand((limit, *_))) if leaf.operator in ORDERED_OPERATORS:
                    fact = vocabulary.facts[leaf.fact]
                    sides = self.sides[regulation, rule.rule.name, leaf.location]
                    comparisons.append((fact, rank(limit, fact), sides))
        return comparisons

    def note_across(self, results: Results, regulation: str) -> None:
        """How quotas and links came out over the cases of one test."""
        for quota in results.quotas:
            self.rules[regulation, quota.quota.name][quota.status] += 1
        for link in results.links:
            self.rules[regulation, link.link.name][link.status] += 1


def rule_coverage(regulation: Regulation, tally: Tally) -> tuple[RuleCoverage, ...]:
    """Every rule with a condition, every quota and every link."""
    with_condition = [rule for rule in _own(regulation, all_rules(regulation)) if rule.condition is not None]
    quotas, links = _own(regulation, regulation.quotas), _own(regulation, regulation.links)
    return (
        *(_covered(regulation, rule, tally, ("holds", "fails", "unknown"), 2) for rule in with_condition),
        *(_covered(regulation, quota, tally, ("within", "exceeded", "unknown"), 2) for quota in quotas),
        *(_covered(regulation, link, tally, ("kept", "broken", "unknown"), 2) for link in links),
    )


def threshold_coverage(regulation: Regulation, vocabulary: Vocabulary, tally: Tally) -> tuple[ThresholdCoverage, ...]:
    """Every threshold of every rule, in the order of the rules."""
    rules = _own(regulation, all_rules(regulation))
    return tuple(threshold for rule in rules for threshold in _thresholds(regulation, vocabulary, tally, rule))


def _own(regulation: Regulation, items: Sequence[T]) -> list[T]:
    """What a local layer has to test is what it adds; what it extends has tests of its own."""
    return [item for item in items if regulation.extends is None or getattr(item, "layer", "") == regulation.id]


def article_coverage(rules: Iterable[RuleCoverage]) -> tuple[ArticleCoverage, ...]:
    """The places that rules cite, each once, in the order of the rules."""
    places: dict[tuple[str, str, str], list[bool]] = {}
    for rule in rules:
        places.setdefault((rule.regulation, rule.document, rule.locator), []).append(not rule.lacking)
    return tuple(ArticleCoverage(*place, len(tested), sum(tested)) for place, tested in places.items())


def _covered(regulation: Regulation, item: Any, tally: Tally, words: tuple[str, ...], to_test: int) -> RuleCoverage:
    counts = tally.rules.get((regulation.id, item.name), Counter())
    return RuleCoverage(
        regulation=regulation.id,
        rule=item.name,
        label=item.label,
        location=item.location,
        document=item.source.document,
        locator=item.source.locator,
        counts=tuple((word, counts[word]) for word in words),
        lacking=tuple(word for word in words[:to_test] if not counts[word]),
    )


def _thresholds(
    regulation: Regulation, vocabulary: Vocabulary, tally: Tally, rule: Rule
) -> Iterator[ThresholdCoverage]:
    for leaf, _ in leaves(rule.condition):
        if not isinstance(leaf, Comparison) or leaf.operator not in ORDERED_OPERATORS:
            continue
        fact = vocabulary.facts[leaf.fact]
        match leaf.operand:
            case ParameterReference(name):
                plain = on_day(regulation.parameters[name], regulation.in_force_until or regulation.in_force_from)
                shown = f"{name} ({written(plain)})"
            case Literals(values):
                plain, shown = values[0], written(values[0])
            case _:
                continue
        try:
            threshold = operand_value(plain, fact)
        except Misfit:
            continue
        seen = tally.sides.get((regulation.id, rule.name, leaf.location), set())
        below, at, above = _possible(fact, threshold)
        yield ThresholdCoverage(
            regulation=regulation.id,
            rule=rule.name,
            fact=leaf.fact,
            threshold=shown,
            location=leaf.location,
            below="below" in seen if below else None,
            at="at" in seen if at else None,
            above="above" in seen if above else None,
        )


def _possible(fact: Fact, threshold: Any) -> tuple[bool, bool, bool]:
    """Can values of the fact lie below a threshold, at it, above it?"""
    if fact.form == "text":
        place, last = rank(threshold, fact), len(fact.options) - 1
        return place > 0, True, place < last

    def exists(low: Any, high: Any) -> bool:
        between = example_between(fact, low, high)
        return between is not None and can_occur(fact, between)

    below = exists(None, threshold) or (fact.minimum is not None and fact.minimum < threshold)
    above = exists(threshold, None) or (fact.maximum is not None and fact.maximum > threshold)
    return below, can_occur(fact, threshold), above


def _side(value: Any, threshold: Any) -> str:
    return "at" if value == threshold else "below" if value < threshold else "above"


def _word(status: bool | None) -> str:
    return "unknown" if status is None else "holds" if status else "fails"
