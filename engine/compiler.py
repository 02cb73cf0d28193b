"""Policies in force on a day -> durable-rules definitions as plain data, and the encoding of every fact they read.

One compilation serves one kind of subject under one choice of interpretations and parameter values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import product
from typing import Any, TypeVar

from engine.conditions import leaves
from engine.diagnostics import Diagnostic, diagnostic
from engine.domains import Domain, Observable, Region, TooWide, domain, observables, regions, runs
from engine.model import (
    AllOf,
    AnyOf,
    ByReading,
    Comparison,
    Condition,
    EvidenceNamed,
    Fact,
    Literals,
    NoneOf,
    Operand,
    Parameter,
    ParameterReference,
    PeriodKind,
    Reading,
    Regulation,
    Rule,
    Shown,
    SubjectKind,
    Value,
    Vocabulary,
)
from engine.rules import all_rules
from engine.rulesets import BoundError, Conjunct, Ruleset, Test, pack
from engine.values import typed, written

T = TypeVar("T")

QUARTERS: tuple[PeriodKind, ...] = ("first_quarter", "second_quarter", "third_quarter", "fourth_quarter")

Choices = Mapping[str, str]
"""interpretation -> the option that it is read by."""


@dataclass(frozen=True, repr=False)
class CompiledRule(Shown):
    """A rule with its operands ready; `condition` None always holds. `asks` are the observables that it looks at."""

    rule: Rule
    condition: Condition | None
    holds: tuple[Region, ...]
    fails: tuple[Region, ...]
    asks: frozenset[Observable]


_Encoding = tuple[str, str, Mapping[Value, int]]
"""A property, the fact that it is about, and its code by what is stated of that."""


@dataclass(frozen=True, repr=False)
class Compiled(Shown):
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
    holds: tuple[Ruleset, ...]
    fails: tuple[Ruleset, ...]
    period: PeriodKind = "year"

    @cached_property
    def properties(self) -> dict[Observable, str]:
        return {observable: f"a{number}" for number, observable in enumerate(self.domains)}

    @cached_property
    def index(self) -> dict[str, int]:
        """The place of each rule in `rules`, by its qualified id."""
        return {one.rule.name: number for number, one in enumerate(self.rules)}

    @cached_property
    def unconditional(self) -> tuple[int, ...]:
        """The rules without a condition, by number: they always hold."""
        return tuple(number for number, one in enumerate(self.rules) if one.condition is None)

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
        found: tuple[list[_Encoding], list[_Encoding]] = [], []
        for one, asked in self.domains.items():
            found[one.evidence].append((self.properties[one], one.fact, asked.codes))
        return found


def chosen(regulation: Regulation, switches: Choices) -> dict[str, str]:
    """The regulation's own choices with those of a run laid over them."""
    return {one.id: switches.get(one.id, one.chosen) for one in regulation.interpretations}


def exists(under: Sequence[Reading], choices: Choices) -> bool:
    """Does a rule with these `under` conditions exist under these choices?"""
    return all(choices.get(reading.interpretation) in reading.options for reading in under)


def during(periods: Sequence[PeriodKind], period: PeriodKind) -> bool:
    """Does something made for these kinds of period exist in a `period`? An empty list exists in all."""
    return not periods or period in periods or (period.endswith("_quarter") and "quarter" in periods)


def read_by(setting: T | ByReading[T], choices: Choices) -> T:
    """A setting as the interpretation that it depends on, if any, is read."""
    return dict(setting.options)[choices[setting.interpretation]] if isinstance(setting, ByReading) else setting


def concerns(applies_to: Sequence[str], kind: SubjectKind) -> bool:
    """Does something that applies to these kinds apply to `kind`? An empty list applies to all."""
    return not applies_to or any(ancestor in applies_to for ancestor in kind.ancestors)


def on_day(parameter: Parameter, day: date) -> object | None:
    """The plain value that a parameter has on a day; None before its first."""
    dated = [value for value in parameter.values if value.since <= day]
    return max(dated, key=lambda value: value.since).value if dated else None


def ready(condition: Condition, vocabulary: Vocabulary, parameters: Mapping[str, Parameter], day: date) -> Condition:
    """A condition as written -> the same with typed operands of that day. The checker has refused what does not fit."""
    match condition:
        case Comparison(fact=name, operand=operand):
            fact = vocabulary.facts[name]
            match operand:
                case ParameterReference(name=parameter):
                    value = operand_value(on_day(parameters[parameter], day), fact)
                    return replace(condition, operand=Operand((value,), parameter))
                case Literals(values):
                    return replace(condition, operand=Operand(tuple(operand_value(value, fact) for value in values)))
            return condition
        case AllOf(parts) | AnyOf(parts) | NoneOf(parts):
            return replace(condition, conditions=tuple(ready(part, vocabulary, parameters, day) for part in parts))
        case EvidenceNamed():
            return condition


def operand_value(plain: object, fact: Fact) -> Value:
    """An operand's plain value as a value of the fact; a member where the fact holds a set.

    An integer may be compared with a fraction. Raises Misfit where it does not fit."""
    kind = {"set": "text", "integer": "number"}.get(fact.type, fact.type)
    return typed(plain, replace(fact, type=kind))  # type: ignore[arg-type]


def live_rules(regulation: Regulation, kind: str, choices: Choices, period: PeriodKind = "year") -> list[Rule]:
    """The rules that exist for a kind of subject and of period under these choices, in order."""
    subject = regulation.kinds[kind]
    return [
        rule
        for rule in all_rules(regulation)
        if exists(rule.under, choices) and concerns(rule.applies_to, subject) and during(rule.periods, period)
    ]


def compile_rules(
    regulation: Regulation,
    vocabulary: Vocabulary,
    kind: str,
    day: date,
    switches: Choices,
    period: PeriodKind = "year",
) -> Compiled:
    """Everything that applies to `kind` on `day` -> rulesets. Raises TooWide and BoundError."""
    return packed(understood(regulation, vocabulary, kind, day, switches, period))


def understood(
    regulation: Regulation,
    vocabulary: Vocabulary,
    kind: str,
    day: date,
    switches: Choices,
    period: PeriodKind = "year",
) -> Compiled:
    """As `compile_rules`, without the rulesets: enough to reason about the rules. Raises TooWide."""
    choices = chosen(regulation, switches)
    live = live_rules(regulation, kind, choices, period)
    conditions = [
        ready(rule.condition, vocabulary, regulation.parameters, day) if rule.condition else None for rule in live
    ]
    return replace(_understood(regulation.id, kind, day, choices, vocabulary, live, conditions), period=period)


def compile_conditions(
    regulation: str,
    kind: str,
    day: date,
    choices: Choices,
    vocabulary: Vocabulary,
    rules: Sequence[Rule],
    conditions: Sequence[Condition | None],
) -> Compiled:
    """Rules with ready conditions -> rulesets."""
    return packed(_understood(regulation, kind, day, choices, vocabulary, rules, conditions))


def _understood(
    regulation: str,
    kind: str,
    day: date,
    choices: Choices,
    vocabulary: Vocabulary,
    rules: Sequence[Rule],
    conditions: Sequence[Condition | None],
) -> Compiled:
    domains = domains_of(conditions, vocabulary)
    compiled = tuple(_compile_rule(rule, condition, domains) for rule, condition in zip(rules, conditions, strict=True))
    return Compiled(
        regulation,
        kind,
        day,
        tuple(sorted(choices.items())),
        vocabulary,
        compiled,
        domains,
        holds=(),
        fails=(),
    )


def domains_of(conditions: Sequence[Condition | None], vocabulary: Vocabulary) -> dict[Observable, Domain]:
    """The domain of everything that ready conditions look at."""
    return {
        observable: domain(observable, vocabulary.facts[observable.fact], constants)
        for observable, constants in sorted(observables(conditions).items(), key=lambda item: _by_name(item[0]))
    }


def packed(compiled: Compiled) -> Compiled:
    """A compilation with the rulesets that decide its rules."""
    return replace(
        compiled,
        holds=pack("holds", conjuncts(compiled, [one.holds for one in compiled.rules])),
        fails=pack("fails", conjuncts(compiled, [one.fails for one in compiled.rules])),
    )


def _by_name(observable: Observable) -> tuple[str, str, bool]:
    return (observable.fact, observable.member or "", observable.evidence)


def _compile_rule(rule: Rule, condition: Condition | None, domains: Mapping[Observable, Domain]) -> CompiledRule:
    if condition is None:
        return CompiledRule(rule, None, (), (), frozenset())
    try:
        asks = frozenset(observables([condition]))
        return CompiledRule(
            rule, condition, regions(condition, domains), regions(condition, domains, wanted=False), asks
        )
    except TooWide:
        raise TooWide(rule.name) from None


def conjuncts(compiled: Compiled, by_rule: Sequence[Sequence[Region]]) -> list[Conjunct]:
    """The regions of every rule -> conjunctions of integer tests, equal ones merged under all their owners."""
    owners: dict[tuple[Test, ...], list[int]] = {}
    witnesses: dict[tuple[Test, ...], tuple[tuple[str, int], ...]] = {}
    for number, found in enumerate(by_rule):
        for region in found:
            alternatives = [
                [(test, (compiled.properties[observable], _lowest_code(mask, test))) for test in tests]
                for observable, mask in region.items()
                if (tests := mask_tests(compiled.properties[observable], mask, compiled.domains[observable]))
            ]
            for choice in product(*alternatives):
                joined = tuple(test for part, _ in choice for test in part)
                owners.setdefault(joined, []).append(number)
                witnesses[joined] = tuple(sorted(witness for _, witness in choice))
    return [
        Conjunct(tests, tuple(dict.fromkeys(numbers)), witnesses[tests]) for tests, numbers in sorted(owners.items())
    ]


def mask_tests(name: str, mask: int, asked: Domain) -> list[tuple[Test, ...]]:
    """A mask of codes -> alternatives, each a conjunction of tests on the property `name`."""
    possible = list(asked.examples)
    excluded = [code for code in possible if not mask >> code & 1]
    spans = list(runs(mask, possible))
    if 0 < len(excluded) < len(spans):
        return [tuple(Test(name, "is_not", code) for code in excluded)]
    return [_span_tests(name, first, last, possible) for first, last in spans]


def _span_tests(name: str, first: int, last: int, possible: Sequence[int]) -> tuple[Test, ...]:
    if first == last:
        return (Test(name, "is", first),)
    # A span over every code still asks that the fact be known.
    tests = [Test(name, "at_least", first)] if first > possible[0] or last == possible[-1] else []
    return (*tests, Test(name, "at_most", last)) if last < possible[-1] else tuple(tests)


def _lowest_code(mask: int, tests: tuple[Test, ...]) -> int:
    """The lowest code of a mask that satisfies the tests."""
    return next(
        code for code in range(mask.bit_length()) if mask >> code & 1 and all(_satisfies(code, test) for test in tests)
    )


def _satisfies(code: int, test: Test) -> bool:
    match test.operator:
        case "is":
            return code == test.code
        case "is_not":
            return code != test.code
        case "at_least":
            return code >= test.code
        case "at_most":
            return code <= test.code


def as_data(compiled: Compiled) -> dict[str, Any]:
    """The compilation as plain data to print: readable and encoded form side by side."""
    names = compiled.properties
    return {
        "regulation": compiled.regulation,
        "subject_kind": compiled.kind,
        "day": compiled.day.isoformat(),
        "interpretations": dict(compiled.choices),
        "encoding": {names[observable]: _encoding(observable, asked) for observable, asked in compiled.domains.items()},
        "rules": [
            {
                "rule": one.rule.name,
                "asks": [readable(one.condition)] if one.condition else [],
                "holds": [_readable_region(region, compiled) for region in one.holds],
                "fails": [_readable_region(region, compiled) for region in one.fails],
            }
            for one in compiled.rules
        ],
        "rulesets": [
            {
                "name": ruleset.name,
                "stack_bound": ruleset.stack_bound,
                "owners": {
                    str(number): [compiled.rules[owner].rule.name for owner in conjunct.owners]
                    for number, conjunct in enumerate(ruleset.conjuncts)
                },
                "definition": ruleset.definition,
            }
            for ruleset in (*compiled.holds, *compiled.fails)
        ],
    }


def _encoding(observable: Observable, asked: Domain) -> dict[str, Any]:
    about = {"fact": observable.fact, "type": asked.fact.type}
    if observable.member is not None:
        about["includes"] = observable.member
    if observable.evidence:
        about = {"evidence_for": observable.fact}
    return {**about, "codes": {str(code): _readable_code(code, asked) for code in asked.examples}}


def _readable_code(code: int, asked: Domain) -> str:
    if not asked.constants or asked.fact.type == "boolean":
        return written(asked.examples[code])
    constants = [written(value) for value in asked.constants]
    index = code // 2
    if code % 2 == 0:
        return constants[index - 1]
    if asked.fact.type == "text" and not asked.fact.options:
        return "any other"
    if asked.fact.type == "text":
        edges = [name for name, _ in asked.fact.options]
        first = edges.index(str(asked.constants[index - 1])) + 1 if index else 0
        last = edges.index(str(asked.constants[index])) if index < len(constants) else len(edges)
        return ", ".join(written(name) for name in edges[first:last])
    low = f"more than {constants[index - 1]}" if index else ""
    high = f"less than {constants[index]}" if index < len(constants) else ""
    return " and ".join(part for part in (low, high) if part)


def _readable_region(region: Region, compiled: Compiled) -> dict[str, list[str]]:
    readable_masks = {}
    for observable, mask in region.items():
        asked = compiled.domains[observable]
        name = f"evidence for {observable.fact}" if observable.evidence else observable.fact
        name = name if observable.member is None else f"{name} includes {observable.member}"
        readable_masks[name] = [_readable_code(code, asked) for code in asked.examples if mask >> code & 1]
    return readable_masks


def readable(condition: Condition) -> Any:
    """A ready condition in the shape of the policy language, with the operands' values."""
    match condition:
        case EvidenceNamed(fact=name):
            return {"evidence": name}
        case Comparison(fact=name, operator=operator, operand=Operand(values=values, parameter=parameter)):
            shown: Any = [written(value) for value in values]
            shown = shown if operator in ("one_of", "none_of", "includes_any", "includes_all") else shown[0]
            return {"fact": name, operator: shown, **({"parameter": parameter} if parameter else {})}
        case AllOf(parts):
            return {"all": [readable(part) for part in parts]}
        case AnyOf(parts):
            return {"any": [readable(part) for part in parts]}
        case NoneOf(parts):
            return {"none": [readable(part) for part in parts]}
    raise ValueError("a condition that is not ready")


def parameters_used(compiled: Compiled) -> set[str]:
    """The parameters that the compiled rules read."""
    return {
        leaf.operand.parameter
        for one in compiled.rules
        for leaf, _ in leaves(one.condition)
        if isinstance(leaf, Comparison) and isinstance(leaf.operand, Operand) and leaf.operand.parameter
    }


def beyond_bounds(regulation: Regulation, error: TooWide | BoundError) -> Diagnostic:
    """Why a regulation cannot be compiled, as a diagnostic."""
    if isinstance(error, BoundError):
        about = {"found": str(error.found), "allowed": str(error.allowed)}
        return diagnostic("rule/beyond-bounds", regulation.location, **about)
    places = {rule.name: rule.location for rule in all_rules(regulation)}
    return diagnostic("rule/too-wide", places[str(error)], rule=str(error))
