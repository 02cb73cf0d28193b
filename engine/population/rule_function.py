"""The rules of one judge -> a Python function that gives their results for a case, straight from its decoded text.

The function is generated as source: each fact is looked up once for the codes of what rules ask about, and each rule
becomes `&` and `|` over results in two bits (0 fails, 1 unknown, 3 holds), which is strong Kleene logic. What an
operator means stays in `conditions.compare`: a comparison becomes a table of results by code.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from msgspec import UNSET

from engine.core.policy.conditions import compare, looked_at
from engine.core.policy.rules import (
    SET_OPERATORS,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    EvidenceNamed,
    NoneOf,
    Operand,
    Rule,
)
from engine.core.policy.terms import Fact, Value
from engine.core.policy.values import parts_of, unstated, written
from engine.core.rules.compiler import domains_of
from engine.core.rules.domains import YES, Domain, Observable
from engine.load.cases.fast_values import Group, Unusual, digits, fields_of
from engine.population.memos import UNKNOWN, Memo, Nearness, Values, codes
from engine.population.row_parts import FAILS, HOLDS, OPEN, RuleNumbers
from engine.population.rows import joined

RuleFunction = Callable[[Any, Mapping[str, int], list[str]], tuple[Any, ...]]
"""The facts of a case as msgspec decoded them, codes of evidence by fact, a list that texts in own words are added to
-> the number of keys, results of the rules part by part (see `RuleNumbers`), what quotas ask, and whether the case may
have to be remarked upon. Raises Unusual for a case that is not to be taken as it stands."""


@dataclass(frozen=True)
class Conditions:
    """Conditions over some domains as source. `codes_of` are the variables of observables, `named` gives a value a name
    in the source."""

    domains: Mapping[Observable, Domain]
    codes_of: Mapping[Observable, str]
    named: Callable[[str, object], str]

    def result(self, condition: Condition | None, wanted: bool = True) -> str:
        """The expression of the result of a condition, of its negation unless `wanted`; None always holds."""
        match condition:
            case None:
                return str(HOLDS)
            case EvidenceNamed(fact=name):
                return self._leaf(Observable(name, evidence=True), 1 << YES, wanted)
            case Comparison(fact=name, operator=operator, operand=Operand() as operand) if operator in SET_OPERATORS:
                members = [self._leaf(Observable(name, str(member)), 1 << YES, wanted) for member in operand.values]
                return _joined((operator == "includes_any") == wanted, members)
            case Comparison(fact=name):
                domain = self.domains[Observable(name)]
                holding = [code for code, value in domain.examples.items() if compare(condition, domain.fact, value)]
                return self._leaf(Observable(name), sum(1 << code for code in holding), wanted)
            case AllOf(conditions) | AnyOf(conditions) | NoneOf(conditions):
                under_none = isinstance(condition, NoneOf)
                parts = [self.result(part, wanted ^ under_none) for part in conditions]
                return _joined(isinstance(condition, AnyOf) == wanted, parts)

    def _leaf(self, observable: Observable, mask: int, wanted: bool) -> str:
        """The expression of the result of a comparison that these codes satisfy."""
        domain = self.domains[observable]
        mask = mask if wanted else domain.mask & ~mask
        results = (OPEN, *(HOLDS if mask >> code & 1 else FAILS for code in range(1, max(domain.examples) + 2)))
        return f"{self.named('L', results)}[{self.codes_of[observable]}]"


@dataclass(frozen=True)
class RuleSource:
    """Generates the function of a judge. `shape` is how cases write their facts; `come` are further conditions, whose
    results stand after those of the other rules; `number` names the judge among others."""

    rules: RuleNumbers
    shape: Group
    nearness: Nearness
    number: int
    come: Sequence[Condition | None] = ()
    names: dict[str, Any] = field(default_factory=dict)
    """What the source names besides its own variables."""
    used: set[str] = field(default_factory=set)
    """The facts that something looks at."""

    def made(self) -> RuleFunction:
        """The function."""
        body = [*self._codes(), *self._checks(), *self._results()]
        lines = ["def asked(facts, evidence, texts):", "    keys, noted = 0, False"]
        lines += [f"    {line}" for line in (*self._read(self.shape, "facts", "t"), *body)]
        self.names.update(fields=fields_of, UNSET=UNSET, Unusual=Unusual, digits=digits)
        # The source is made of numbers and names alone, never of a text of a policy or a case.
        exec(compile("\n".join(lines), "<rules>", "exec"), self.names)
        function: RuleFunction = self.names["asked"]
        return function

    # --- the facts as they are stated ---

    @cached_property
    def _facts(self) -> Mapping[str, Fact]:
        return self.rules.judge.compiled.vocabulary.facts

    @cached_property
    def _values(self) -> Values:
        return Values(self.rules.judge.compiled.vocabulary)

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {name: place for place, name in enumerate(self._facts)}

    def _plain(self, fact: str) -> str:
        """The variable of a fact as it is stated."""
        self.used.add(fact)
        return f"v{self._places[fact]}"

    def _named(self, prefix: str, value: object) -> str:
        """A name in the source for a value, the same for equal tuples."""
        if isinstance(value, tuple):
            known = next((name for name, other in self.names.items() if other == value), None)
            if known is not None:
                return known
        name = f"{prefix}{len(self.names)}"
        self.names[name] = value
        return name

    def _read(self, group: Group, expression: str, name: str) -> Iterator[str]:
        """Lines that take the facts of a group apart, and count its keys."""
        variables, groups, checks = [], [], []
        for number, part in enumerate(group.parts):
            if isinstance(part, Group):
                variables.append(f"{name}_{number}")
                groups.append((part, variables[-1]))
                continue
            checked = list(self._checked(part))
            variables.append(self._plain(part.name) if checked or part.name in self.used else "_")
            checks += checked
        kind = self._named("T", group.type)
        defaults = dict.fromkeys(variable for variable in variables if variable != "_")
        yield f"if {expression}.__class__ is {kind}:"
        yield f"    t = fields({expression})"
        yield f"    {', '.join(variables)}, = t"
        yield f"    keys += {len(variables)} - t.count(UNSET)"
        yield from (f"    {line}" for line in checks)
        if defaults:
            yield f"else: {' = '.join(defaults)} = UNSET"
        for part, variable in groups:
            yield from self._read(part, variable, variable)

    def _checked(self, fact: Fact) -> Iterator[str]:
        """Lines that look at the value of a fact, so far as msgspec has not."""
        v = f"v{self._places[fact.name]}"
        match fact.form:
            case "set" if fact.name in self.used:
                yield f"if {v}.__class__ is list: {v} = tuple({v})"
            case "number":
                yield f"if {v}.__class__ is not int and {v} is not UNSET and {v} is not None: {v} = digits({v})"
                if fact.unit == "percent":
                    # Less than one may be a fraction that was meant.
                    yield f"if {v}.__class__ is str and ({v}[0] == '0' or 'E' in {v}): noted = True"
            case _ if fact.is_free_text:
                yield f"if {v}.__class__ is str: texts.append({v})"
        if fact.form in ("number", "date") and fact.derived is None and fact.name not in self._asked:
            yield f"{self._memo((fact.name,), lambda values: None)}[{v},]"

    # --- what values come to ---

    def _memo(self, names: Sequence[str], make: Callable[[dict[str, Value]], Any]) -> str:
        """The name of a memo of what values of these facts, which include what each is derived from, come to."""
        return self._named("M", Memo(lambda plain: make(self._values.of(names, plain))))

    def _looked_up(self, names: Sequence[str], memo: str) -> str:
        """The expression that looks up what the values of these facts come to."""
        return f"{memo}[{', '.join(map(self._plain, names))},]"

    def _stated(self, names: Sequence[str]) -> str:
        """The expression that is true if one of these facts is stated."""
        return " or ".join(f"{self._plain(name)} is not UNSET" for name in names)

    @cached_property
    def _domains(self) -> Sequence[Mapping[Observable, Domain]]:
        """The domains of the judge's rules, and those of the conditions that come."""
        compiled = self.rules.judge.compiled
        return compiled.domains, domains_of(self.come, compiled.vocabulary)

    @cached_property
    def _asked(self) -> dict[str, dict[tuple[int, Observable], str]]:
        """The facts that rules compare: each observable of a fact, of which domains it is, and its variable."""
        variables: dict[str, dict[tuple[int, Observable], str]] = {}
        for which, domains in enumerate(self._domains):
            for observable in domains:
                if not observable.evidence:
                    of_fact = variables.setdefault(observable.fact, {})
                    of_fact[which, observable] = f"c{self._places[observable.fact]}_{len(of_fact)}"
        return variables

    def _codes(self) -> Iterator[str]:
        """Lines that look up the codes of what rules ask about."""
        for name, variables in self._asked.items():
            names, codes_of = self._values.below([name]), ", ".join(variables.values())
            memo = self._named("C", self._coded(name, names, list(variables)))
            if len(names) == 1:
                yield f"{codes_of} = {memo}[{self._plain(name)}]"
            else:
                yield f"if {self._needed(name)}: {codes_of} = {self._looked_up(names, memo)}"
                yield f"else: {' = '.join(variables.values())} = {UNKNOWN}"

    def _needed(self, name: str) -> str:
        """The expression that is false if a derived fact can be neither stated nor known."""
        derived = self._facts[name].derived
        first = parts_of(derived)[:1] if derived is not None else ()
        return self._stated(tuple(dict.fromkeys([*self._values.below(first), name])))

    def _coded(self, name: str, names: Sequence[str], asked: Sequence[tuple[int, Observable]]) -> Memo:
        """What plain values of these facts, or of a single one, come to: codes of observables of the fact `name`."""
        domains = [self._domains[which][observable] for which, observable in asked]
        constants = domains[0].constants if self._facts[name].is_number and asked[0][0] == 0 else ()

        def coded(plain: Any) -> Any:
            value = self._values.of(names, plain if len(names) > 1 else (plain,)).get(name)
            if constants and value is not None:
                self.nearness.fresh.append((memo, plain, (self.number, name), constants, value))
            return codes(domains, value)

        memo = Memo(coded)
        return memo

    def _checks(self) -> Iterator[str]:
        """Lines that refuse what facts say against each other, and note what is to be remarked upon."""
        for name, fact in self._facts.items():
            if fact.derived is not None and name not in self._asked:
                names = self._values.below([name])
                memo = self._memo(names, lambda values: None)
                yield f"if {self._needed(name)}: {self._looked_up(names, memo)}"
            for whole in fact.not_more_than:
                part, most = self._plain(name), self._plain(whole.fact)
                plain = not fact.derived and not self._facts[whole.fact].derived and fact.form == "integer"
                if plain and self._facts[whole.fact].form == "integer":
                    act = "noted = True" if whole.warned else "raise Unusual"
                    yield f"if {part}.__class__ is int and {most}.__class__ is int and {part} > {most}: {act}"
                elif whole.warned:
                    yield f"if {self._stated(self._values.below([name, whole.fact]))}: noted = True"
                else:
                    names = self._values.below([name, whole.fact])
                    memo = self._memo(names, partial(_refuse_above, name, whole.fact))
                    yield self._looked_up(names, memo)

    # --- results ---

    def _results(self) -> Iterator[str]:
        """Lines that return the results of the rules, and what quotas ask."""
        compiled, between = self.rules.judge.compiled, self.rules.between
        results: list[str] = []
        for which, conditions in enumerate(([rule.condition for rule in compiled.rules], self.come)):
            codes_of = {
                observable: variable for variables in self._asked.values()
                for (of, observable), variable in variables.items() if of == which
            }  # fmt: skip
            for place, observable in enumerate(self._domains[which]):
                if observable.evidence:
                    codes_of[observable] = variable = f"e{which}_{place}"
                    yield f"{variable} = evidence.get({self._named('N', observable.fact)}, {UNKNOWN})"
            source = Conditions(self._domains[which], codes_of, self._named)
            results += map(source.result, conditions)
        met = {name: compiled.index[name] for name in between.reliefs if name in compiled.index}
        for number in met.values():
            yield f"r{number} = {results[number]}"
            results[number] = f"r{number}"
        shown = [self._written(name) for name in between.facts]
        shown += [
            f"{self._waiting(rule)} if r{met[name]} == {OPEN} else ''" if name in met else "''"
            for name, rule in between.reliefs.items()
        ]
        parts = [[results[number] for number in numbers] for numbers in self.rules.parts]
        parts[-1] += results[len(compiled.rules) :]
        yield f"return keys, {', '.join(map(_tuple, [*parts, shown]))}, noted"

    def _written(self, name: str) -> str:
        """The expression of a fact as rows write it."""

        def shown(values: dict[str, Value]) -> str | None:
            value = values.get(name)
            return value if value is None or isinstance(value, str) else written(value)

        names = self._values.below([name])
        return self._looked_up(names, self._memo(names, shown))

    def _waiting(self, rule: Rule) -> str:
        """The expression of the facts that a rule waits for, and `evidence` for some."""
        facts, evidence = looked_at(rule.condition)
        vocabulary, names = self.rules.judge.compiled.vocabulary, self._values.below(facts)

        def missing(plain: Any) -> str:
            values = self._values.of(names, plain[: len(names)])
            parts = {part for fact in facts for part in unstated(fact, vocabulary, values)}
            named = plain[len(names) :]
            unnamed = [f"evidence.{fact}" for fact, there in zip(evidence, named, strict=True) if not there]
            return joined(sorted([*parts, *unnamed]))

        keys = [*map(self._plain, names), *(f"{self._named('N', fact)} in evidence" for fact in evidence)]
        return f"{self._named('M', Memo(missing))}[{_tuple(keys)}]"


def _joined(any_of: bool, parts: Sequence[str]) -> str:
    if not parts:
        return str(FAILS if any_of else HOLDS)
    return f"({(' | ' if any_of else ' & ').join(parts)})"


def _tuple(parts: Sequence[str]) -> str:
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"


def _refuse_above(name: str, whole: str, values: Mapping[str, Any]) -> None:
    if name in values and whole in values and values[name] > values[whole]:
        raise Unusual
