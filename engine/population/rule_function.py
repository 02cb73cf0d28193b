"""The rules of one judge -> a Python function that gives their results for a case, straight from its decoded text.

The function is generated as source: each fact is looked up once for the codes of what rules ask about, and each rule
becomes `&` and `|` over results in two bits (0 fails, 1 unknown, 3 holds), which is strong Kleene logic. What an
operator means stays in `conditions.compare`: a comparison becomes a table of results by code.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

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
from engine.core.policy.terms import Value
from engine.core.policy.values import parts_of, unstated, written
from engine.core.rules.compiler import domains_of
from engine.core.rules.domains import YES, Domain, Observable
from engine.load.cases.fast_values import Group, Unusual
from engine.population.fact_source import FactSource
from engine.population.memos import UNKNOWN, Memo, Nearness, codes
from engine.population.plain_text import check_texts, strict_decoder
from engine.population.row_parts import FAILS, HOLDS, OPEN, RuleNumbers
from engine.population.rows import joined

RuleFunction = Callable[[Any, Mapping[str, int], list[str]], tuple[Any, ...]]
"""The facts of a case as msgspec decoded them, codes of evidence by fact, a list that texts in own words are added to
-> the number of keys, results of the rules part by part (see `RuleNumbers`), what quotas ask, and whether the case may
have to be remarked upon. Raises Unusual for a case that is not to be taken as it stands."""


class Line(NamedTuple):
    """A line of the source that looks at some facts, and the variables that it sets."""

    text: str
    facts: Sequence[str]
    sets: Sequence[str] = ()


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
class RuleSource(FactSource):
    """Generates the function of a judge. `shape` is how cases write their facts; `come` are further conditions, whose
    results stand after those of the other rules; `number` names the judge among others.

    The groups of facts come as the text that stands there. What only looks at the facts of one group is a function of
    its own, which is asked once for each text, since most cases have groups that others have too."""

    rules: RuleNumbers
    nearness: Nearness
    number: int
    come: Sequence[Condition | None] = ()

    def made(self) -> RuleFunction:
        """The function."""
        lines, results = [*self._codes(), *self._checks()], list(self._results())
        inside: dict[str, list[Line]] = {}
        outside: list[Line] = []
        for line in lines:
            groups = {self._group_of[fact] for fact in line.facts}
            home = groups.pop() if len(groups) == 1 else ""
            (inside.setdefault(home, []) if home else outside).append(line)
        used = {fact for line in (*outside, *results) for fact in line.facts}
        source = []
        for number, (part, key) in enumerate(zip(self.shape.parts, self.shape.keys, strict=True)):
            if isinstance(part, Group):
                source += self._asked_group(f"t_{number}", part, key, inside.get(key, []), used)
        read = self._read(self.shape, "facts", "t", {*used, *self._plain_facts}, whole=False)
        body = [*read, *source, *(line.text for line in (*outside, *results))]
        return self._function("facts, evidence, texts", "keys, noted = 0, False", body)

    def _asked_group(self, variable: str, group: Group, key: str, lines: Sequence[Line], used: set[str]) -> list[str]:
        """The lines that ask the function of a group, and that function. `used` are the facts that others look at."""
        codes_of = [name for line in lines for name in line.sets]
        facts = {fact for line in lines for fact in line.facts}
        plain = [self._plain(fact) for fact in sorted(used) if self._group_of[fact] == key]
        shown = ["colons", "noted", *codes_of, *plain]
        body = [
            *self._read(group, "facts", "t", {*facts, *(fact for fact in used if self._group_of[fact] == key)}),
            *(line.text for line in lines),
            f"return keys, {', '.join(shown[1:])},",
        ]
        function = self._function("facts, texts", "keys, noted = 0, False", body)
        decode = strict_decoder(group.type | None)

        def asked(text: bytes) -> tuple[Any, ...]:
            self.nearness.fresh.append((memo, text, (), (), None))
            texts: list[str] = []
            keys, *values = function(decode(text), texts)
            check_texts(texts, text, keys)
            return text.count(b":"), *values

        memo = Memo(asked)
        name = self._named("G", memo)
        targets = ", ".join(("colons", "may_be_noted", *shown[2:]))
        defaults = [f"{' = '.join(codes_of)} = {UNKNOWN}"] if codes_of else []
        defaults += [f"{' = '.join(plain)} = UNSET"] if plain else []
        return [
            f"if {variable} is UNSET: {'; '.join(defaults) or 'pass'}",
            "else:",
            f"    {targets} = {name}[bytes({variable})]",
            "    keys += colons",
            "    noted = noted or may_be_noted",
        ]

    @cached_property
    def _domains(self) -> Sequence[Mapping[Observable, Domain]]:
        """The domains of the judge's rules, and those of the conditions that come."""
        compiled = self.rules.judge.compiled
        return compiled.domains, domains_of(self.come, compiled.vocabulary)

    @property
    def coded(self) -> Set[str]:
        """The facts that rules compare."""
        return self._asked.keys()

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

    def _codes(self) -> Iterator[Line]:
        """Lines that look up the codes of what rules ask about."""
        for name, variables in self._asked.items():
            names, codes_of = self._values.below([name]), ", ".join(variables.values())
            memo = self._named("C", self._coded(name, names, list(variables)))
            looked_up = f"{memo}[{self._plain(name)}]"
            if len(names) > 1:
                unknown = codes([self._domains[which][observable] for which, observable in variables], None)
                looked_up = f"{self._looked_up(names, memo)} if {self._needed(name)} else {unknown}"
            yield Line(f"{codes_of} = {looked_up}", names, list(variables.values()))

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

    def _checks(self) -> Iterator[Line]:
        """Lines that refuse what facts say against each other, and note what is to be remarked upon."""
        for name, fact in self._facts.items():
            if fact.derived is not None and name not in self._asked:
                names = self._values.below([name])
                memo = self._memo(names, lambda values: None)
                yield Line(f"if {self._needed(name)}: {self._looked_up(names, memo)}", names)
            for whole in fact.not_more_than:
                part, most = self._plain(name), self._plain(whole.fact)
                plain = not fact.derived and not self._facts[whole.fact].derived and fact.form == "integer"
                if plain and self._facts[whole.fact].form == "integer":
                    act = "noted = True" if whole.warned else "raise Unusual"
                    test = f"{part}.__class__ is int and {most}.__class__ is int and {part} > {most}"
                    yield Line(f"if {test}: {act}", (name, whole.fact))
                    continue
                names = self._values.below([name, whole.fact])
                if whole.warned:
                    yield Line(f"if {self._stated(names)}: noted = True", names)
                else:
                    memo = self._memo(names, partial(_refuse_above, name, whole.fact))
                    yield Line(self._looked_up(names, memo), names)

    # --- results ---

    def _results(self) -> Iterator[Line]:
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
                    yield Line(f"{variable} = evidence.get({self._named('N', observable.fact)}, {UNKNOWN})", ())
            source = Conditions(self._domains[which], codes_of, self._named)
            results += map(source.result, conditions)
        met = {name: compiled.index[name] for name in between.reliefs if name in compiled.index}
        for number in met.values():
            yield Line(f"r{number} = {results[number]}", ())
            results[number] = f"r{number}"
        shown = [self._written(name) for name in between.facts]
        shown += [
            f"{self._waiting(rule)} if r{met[name]} == {OPEN} else ''" if name in met else "''"
            for name, rule in between.reliefs.items()
        ]
        parts = [[results[number] for number in numbers] for numbers in self.rules.parts]
        parts[-1] += results[len(compiled.rules) :]
        waiting = [fact for name in met for fact in looked_at(between.reliefs[name].condition)[0]]
        facts = self._values.below([*between.facts, *waiting])
        yield Line(f"return keys, {', '.join(map(_tuple, [*parts, shown]))}, noted", facts)

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
