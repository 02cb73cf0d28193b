"""Policies in force on a day -> durable-rules definitions as plain data, and the encoding of every fact they read.

One compilation serves one kind of subject under one choice of interpretations and parameter values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import product
from operator import itemgetter

from engine.base.diagnostics import Diagnostic, diagnostic
from engine.core.policy.conditions import ready
from engine.core.policy.live import Choices, chosen, live_rules
from engine.core.policy.regulation import Regulation, all_rules
from engine.core.policy.rules import Condition, Rule
from engine.core.policy.terms import Frozen, PeriodKind, Value, Vocabulary
from engine.core.policy.values import wholes_of
from engine.core.rules.domains import Domain, Observable, Region, TooWide, domain, observables, regions, runs
from engine.core.rules.rulesets import BoundError, Conjunct, Ruleset, Test, pack


class CompiledRule(Frozen):
    """A rule with its operands ready; `condition` None always holds. `asks` are the observables that it looks at."""

    rule: Rule
    condition: Condition | None
    holds: tuple[Region, ...]
    fails: tuple[Region, ...]
    asks: frozenset[Observable]


_Encoding = tuple[str, str, Mapping[Value, int]]
"""A property, the fact that it is about, and its code by what is stated of that."""


class Compiled(Frozen):
    """All rules of one regulation for one kind of subject, with the rulesets that decide them.

    `properties` names each observable in the rulesets (`a0`, `a1`, …); rule n of a ruleset's owners is `rules[n]`.
    """

    regulation: str
    kind: str
    day: date
    choices: tuple[tuple[str, str], ...]
    vocabulary: Vocabulary
    rules: tuple[CompiledRule, ...]
    domains: Mapping[Observable, Domain]
    holds: tuple[Ruleset, ...] = ()
    fails: tuple[Ruleset, ...] = ()
    period: PeriodKind = "year"

    @cached_property
    def properties(self) -> dict[Observable, str]:
        """Each observable with its name in the rulesets."""
        return {observable: f"a{number}" for number, observable in enumerate(self.domains)}

    @cached_property
    def index(self) -> dict[str, int]:
        """The place of each rule in `rules`, by its qualified id."""
        return {compiled.rule.name: number for number, compiled in enumerate(self.rules)}

    @cached_property
    def unconditional(self) -> tuple[int, ...]:
        """The rules without a condition, by number: they always hold."""
        return tuple(number for number, compiled in enumerate(self.rules) if compiled.condition is None)

    @cached_property
    def wholes(self) -> dict[str, frozenset[str]]:
        """For each fact that has some, the facts that it can never exceed."""
        return wholes_of(self.vocabulary)

    def codes(self, values: Mapping[str, Value], evidence: Mapping[str, bool]) -> dict[Observable, int]:
        """Known values (derived ones included) and evidence -> the codes of the observables that they settle."""
        named = self.named_codes(values, evidence)
        return {observable: named[name] for observable, name in self.properties.items() if name in named}

    def named_codes(self, values: Mapping[str, Value], evidence: Mapping[str, bool]) -> dict[str, int]:
        """As `codes`, by the names that the observables have in the rulesets."""
        of_values, of_evidence = self._encodings
        return {
            name: codes[value]
            for encodings, stated in ((of_values, values), (of_evidence, evidence))
            for name, fact, codes in encodings
            if (value := stated.get(fact)) is not None
        }

    @cached_property
    def _encodings(self) -> tuple[list[_Encoding], list[_Encoding]]:
        """Of the values, and of the evidence."""
        encodings: tuple[list[_Encoding], list[_Encoding]] = [], []
        for observable, values in self.domains.items():
            encodings[observable.evidence].append((self.properties[observable], observable.fact, values.codes))
        return encodings


def compile_rules(
    regulation: Regulation,
    vocabulary: Vocabulary,
    kind: str,
    day: date,
    switches: Choices,
    period: PeriodKind = "year",
) -> Compiled:
    """Everything that applies to `kind` on `day`, without rulesets: enough to reason about. Raises TooWide."""
    read_as = chosen(regulation, switches)
    live = live_rules(regulation, kind, read_as, period)
    conditions = [
        ready(rule.condition, vocabulary, regulation.parameters, day) if rule.condition else None for rule in live
    ]
    made, choices = compiled_rules(vocabulary, live, conditions), tuple(sorted(read_as.items()))
    return Compiled(regulation.id, kind, day, choices, vocabulary, *made, period=period)


def compiled_rules(
    vocabulary: Vocabulary, rules: Sequence[Rule], conditions: Sequence[Condition | None]
) -> tuple[tuple[CompiledRule, ...], dict[Observable, Domain]]:
    """Rules with their ready conditions, and the domains of everything that these look at."""
    domains = domains_of(conditions, vocabulary)
    return tuple(_compile_rule(*pair, domains) for pair in zip(rules, conditions, strict=True)), domains


def domains_of(conditions: Sequence[Condition | None], vocabulary: Vocabulary) -> dict[Observable, Domain]:
    """The domain of everything that ready conditions look at."""
    return {
        observable: domain(observable, vocabulary.facts[observable.fact], constants)
        for observable, constants in sorted(observables(conditions).items(), key=itemgetter(0))
    }


def with_rulesets(compiled: Compiled) -> Compiled:
    """A compilation with the rulesets that decide its rules. Raises BoundError."""
    return replace(
        compiled,
        holds=pack("holds", conjuncts(compiled, [rule.holds for rule in compiled.rules])),
        fails=pack("fails", conjuncts(compiled, [rule.fails for rule in compiled.rules])),
    )


def _compile_rule(rule: Rule, condition: Condition | None, domains: Mapping[Observable, Domain]) -> CompiledRule:
    if condition is None:
        return CompiledRule(rule, None, (), (), frozenset())
    try:
        holds, fails = (regions(condition, domains, wanted) for wanted in (True, False))
    except TooWide:
        raise TooWide(rule.name) from None
    return CompiledRule(rule, condition, holds, fails, frozenset(observables([condition])))


def conjuncts(compiled: Compiled, by_rule: Sequence[Sequence[Region]]) -> list[Conjunct]:
    """The regions of every rule -> conjunctions of integer tests, equal ones merged under all their owners."""
    owners: dict[tuple[Test, ...], list[int]] = {}
    witnesses: dict[tuple[Test, ...], tuple[tuple[str, int], ...]] = {}
    for number, rule_regions in enumerate(by_rule):
        for region in rule_regions:
            alternatives = [
                mask_tests(compiled.properties[observable], mask, compiled.domains[observable])
                for observable, mask in region.items()
            ]
            for choice in product(*alternatives):
                joined = tuple(test for tests, _ in choice for test in tests)
                owners.setdefault(joined, []).append(number)
                witnesses[joined] = tuple(sorted((tests[0].property, code) for tests, code in choice))
    return [
        Conjunct(tests, tuple(dict.fromkeys(numbers)), witnesses[tests]) for tests, numbers in sorted(owners.items())
    ]


def mask_tests(name: str, mask: int, values: Domain) -> list[tuple[tuple[Test, ...], int]]:
    """A mask of codes -> alternatives: tests on the property `name`, and the lowest code of the mask that passes."""
    possible = list(values.examples)
    excluded = [code for code in possible if not mask >> code & 1]
    spans = list(runs(mask, possible))
    if 0 < len(excluded) < len(spans):
        return [(tuple(Test(name, "is_not", code) for code in excluded), spans[0][0])]
    return [(_span_tests(name, first, last, possible), first) for first, last in spans]


def _span_tests(name: str, first: int, last: int, possible: Sequence[int]) -> tuple[Test, ...]:
    if first == last:
        return (Test(name, "is", first),)
    # A span over every code still asks that the fact be known.
    tests = [Test(name, "at_least", first)] if first > possible[0] or last == possible[-1] else []
    return (*tests, Test(name, "at_most", last)) if last < possible[-1] else tuple(tests)


def beyond_bounds(regulation: Regulation, error: TooWide | BoundError) -> Diagnostic:
    """Why a regulation cannot be compiled, as a diagnostic."""
    if isinstance(error, BoundError):
        measured, allowed = str(error.measured), str(error.allowed)
        return diagnostic("rule/beyond-bounds", regulation.location, found=measured, allowed=allowed)
    places = {rule.name: rule.location for rule in all_rules(regulation)}
    return diagnostic("rule/too-wide", places[str(error)], rule=str(error))
