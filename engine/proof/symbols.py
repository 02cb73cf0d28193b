"""What a case states, as variables of z3: its facts, computed facts and evidence, and what conditions on them come to.

Each fact that a rule or a property looks at is a variable within the bounds of the vocabulary. Derived facts are
computed from the variables of their parts, so that no combination stands for a case that nobody could state. What a
comparison means is taken from `conditions.compare` over the values that it tells apart.

A percentage of zero is unknown though all is stated. The rules then leave every outcome possible that some value of the
percentage gives, as evaluation does; a condition of a property does not hold of what is unknown.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import z3

from engine.core.policy.conditions import compare
from engine.core.policy.rules import (
    SET_OPERATORS,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    EvidenceNamed,
    NoneOf,
    Operand,
)
from engine.core.policy.terms import Count, Fact, Greatest, Least, Percent, Sum, Value, Vocabulary
from engine.core.policy.values import parts_of, rank, typed, wholes_of
from engine.core.rules.domains import YES, Domain, Observable, domain, runs

Term = Any
"""A term of z3, which has no types of its own."""


class SymbolicFacts:
    """What a case of a space states. `name` keeps its variables apart from those of another case."""

    def __init__(self, vocabulary: Vocabulary, name: str) -> None:
        self.facts = vocabulary.facts
        self._wholes = wholes_of(vocabulary)
        self._name = name
        self._values: dict[str, Term] = {}
        self._known: dict[str, Term] = {}
        self._unsettled: dict[str, Term] = {}
        self._members: dict[Observable, Term] = {}
        self._texts: dict[str, list[Value]] = {}
        self._limits: list[Term] = []

    # --- facts ---

    def value(self, name: str) -> Term:
        """What a fact is if it is known: a truth value, a number, the place of an option, the number of a day."""
        if name not in self._values:
            fact = self.facts[name]
            self._values[name] = self._stated(fact) if fact.derived is None else self._derived(fact)
            self._bounded(fact)
            self._kept_below(name)
        return self._values[name]

    def known(self, name: str) -> Term:
        """Is a fact known once everything is stated? A percentage of zero is not."""
        if name not in self._known:
            derivation = self.facts[name].derived
            parts = [] if derivation is None else [self.known(part) for part in parts_of(derivation)]
            if isinstance(derivation, Percent):
                parts.append(self.value(derivation.of) != 0)
            self._known[name] = z3.simplify(z3.And(parts)) if parts else z3.BoolVal(True)
        return self._known[name]

    def member(self, observable: Observable) -> Term:
        """Does a set hold a member, or is evidence named?"""
        if observable not in self._members:
            prefix = "evidence " if observable.evidence else f"member {observable.member} "
            self._members[observable] = z3.Bool(f"{self._name}{prefix}{observable.fact}")
        return self._members[observable]

    def _stated(self, fact: Fact) -> Term:
        make: Callable[[str], Term] = {"boolean": z3.Bool, "number": z3.Real}.get(fact.form, z3.Int)
        variable = make(f"{self._name}{fact.name}")
        if fact.form == "text":
            self._limits.append(variable >= 0)
            if fact.options:
                self._limits.append(variable < len(fact.options))
        return variable

    def _derived(self, fact: Fact) -> Term:
        match fact.derived:
            case Percent(of, part):
                quotient = z3.Real(f"{self._name}{fact.name}")
                if not self._is_ratio(fact):
                    known = z3.And(self.known(of), self.known(part), self.value(of) != 0)
                    self._limits.append(z3.Implies(known, quotient * self.value(of) == 100 * self.value(part)))
                return quotient
            case Sum(of):
                return z3.Sum([self.value(part) for part in of])
            case Count(of, equal_to):
                wanted = [self.equals(part, equal_to) for part in of]
                return z3.Sum([z3.If(equal, 1, 0) for equal in wanted])
            case Least(of) | Greatest(of):
                first, *others = [self.value(part) for part in of]
                for other in others:
                    first = z3.If((other < first) == isinstance(fact.derived, Least), other, first)
                return first
            case _:
                raise TypeError(fact.name)

    def _is_ratio(self, fact: Fact) -> bool:
        """Is a percentage compared by its part and whole alone? Then nothing is multiplied by anything but numbers."""
        if not isinstance(fact.derived, Percent):
            return False
        whole = self.facts[fact.derived.of]
        least = whole.minimum
        inside = any(
            other.derived is not None and fact.name in parts_of(other.derived) for other in self.facts.values()
        )
        bounding = any(fact.name in (above.fact for above in other.not_more_than) for other in self.facts.values())
        return (
            isinstance(least, int | Fraction) and least >= 0 and not inside and not bounding and not fact.not_more_than
        )

    def equals(self, name: str, literal: object) -> Term:
        """Is a fact what a policy file writes as a literal?"""
        fact = self.facts[name]
        value = typed(literal, fact)
        looked_at = domain(Observable(name), fact, [value])
        return self.within(looked_at, 1 << looked_at.code(value))

    def _bounded(self, fact: Fact) -> None:
        for bound, above in ((fact.minimum, False), (fact.maximum, True)):
            if bound is not None:
                limit = self._beside(fact, bound, above=above, strict=False, settled=True)
                self._limits.append(limit if fact.derived is None else z3.Implies(self.known(fact.name), limit))

    def _kept_below(self, name: str) -> None:
        """A fact stays below those that it cannot exceed, and above those that cannot exceed it."""
        for other in list(self._values):
            for part, whole in ((name, other), (other, name)):
                if whole in self._wholes.get(part, ()):
                    both = z3.And(self.known(part), self.known(whole))
                    self._limits.append(z3.Implies(both, self.value(part) <= self.value(whole)))

    @property
    def stated(self) -> Mapping[str, Term]:
        """The variables of the facts that a case states, for the facts looked at so far; sets apart."""
        return {name: value for name, value in self._values.items() if self.facts[name].derived is None}

    @property
    def members(self) -> Mapping[Observable, Term]:
        """The variables for the members of sets, and for evidence, looked at so far."""
        return self._members

    @property
    def unsettled(self) -> Mapping[str, Term]:
        """For the facts that may stay unknown though all is stated: what the rules may then take them to be."""
        return self._unsettled

    @property
    def limits(self) -> Sequence[Term]:
        """What every case respects, for the facts looked at so far; the list grows as more are looked at."""
        return self._limits

    # --- comparisons ---

    def within(self, looked_at: Domain, mask: int, *, settled: bool = False) -> Term:
        """Does an observable have one of the codes of a mask? `settled`: what it is if it is known, else anything that
        an unknown fact may turn out to be."""
        observable, fact = looked_at.observable, looked_at.fact
        if observable.evidence or observable.member:
            return self.member(observable) if mask >> YES & 1 else z3.Not(self.member(observable))
        if fact.form == "boolean":
            value = self.value(fact.name)
            return z3.Or([value if code == YES else z3.Not(value) for code in looked_at.examples if mask >> code & 1])
        if fact.is_free_text:
            return z3.Or([self._text(looked_at, code) for code in looked_at.examples if mask >> code & 1])
        return z3.Or([self._span(looked_at, *span, settled=settled) for span in runs(mask, list(looked_at.examples))])

    def _span(self, looked_at: Domain, first: int, last: int, *, settled: bool) -> Term:
        fact, constants = looked_at.fact, looked_at.constants
        ends = []
        if first > 1:
            ends.append(
                self._beside(fact, constants[(first - 2) // 2], above=False, strict=bool(first % 2), settled=settled)
            )
        if last < 2 * len(constants) + 1:
            ends.append(
                self._beside(fact, constants[(last - 1) // 2], above=True, strict=bool(last % 2), settled=settled)
            )
        return z3.And(ends)

    def _beside(self, fact: Fact, constant: Value, *, above: bool, strict: bool, settled: bool) -> Term:
        """Is a fact at most a constant (`above`), or at least; strictly so?"""
        limit = _number(rank(constant, fact))

        def compared(left: Term, right: Term) -> Term:
            if above:
                return left < right if strict else left <= right
            return left > right if strict else left >= right

        value = self.value(fact.name) if fact.name not in self._values else self._values[fact.name]
        if self._is_ratio(fact):
            assert isinstance(fact.derived, Percent)
            part, whole = self.value(fact.derived.part), self.value(fact.derived.of)
            value_known = compared(100 * limit.denominator * part, limit.numerator * whole)
        else:
            value_known = compared(value, _term(limit))
        known = self.known(fact.name)
        if settled or z3.is_true(known):
            return value_known
        return z3.If(known, value_known, compared(self._unsettled_value(fact), _term(limit)))

    def _unsettled_value(self, fact: Fact) -> Term:
        """What the rules may take a fact to be that stays unknown."""
        if fact.name not in self._unsettled:
            variable = z3.Real(f"{self._name}{fact.name}, unknown")
            self._unsettled[fact.name] = variable
            for bound, sign in ((fact.minimum, 1), (fact.maximum, -1)):
                if bound is not None:
                    self._limits.append(sign * variable >= _term(sign * _number(rank(bound, fact))))
        return self._unsettled[fact.name]

    def _text(self, looked_at: Domain, code: int) -> Term:
        """Free texts are numbered as constants mention them; any other number is another text."""
        value = self.value(looked_at.fact.name)
        numbers = [self._numbered(looked_at.fact.name, constant) for constant in looked_at.constants]
        if code % 2 == 0:
            return value == numbers[code // 2 - 1]
        return z3.And([value != number for number in numbers])

    def text_of(self, name: str, number: int) -> str:
        """The free text that a number stands for."""
        texts = self._texts.get(name, [])
        return str(texts[number]) if number < len(texts) else f"{name}-{number + 1}"

    def _numbered(self, name: str, text: Value) -> int:
        texts = self._texts.setdefault(name, [])
        if text not in texts:
            texts.append(text)
        return texts.index(text)

    def compared(self, leaf: Comparison | EvidenceNamed) -> Term:
        """What the rules take a comparison to come to."""
        match leaf:
            case EvidenceNamed(fact=name):
                return self.member(Observable(name, evidence=True))
            case Comparison(fact=name, operator=operator, operand=Operand(values)) if operator in SET_OPERATORS:
                members = [self.member(Observable(name, str(value))) for value in values]
                return z3.Or(members) if operator == "includes_any" else z3.And(members)
            case Comparison(fact=name, operand=Operand(values)):
                looked_at = domain(Observable(name), self.facts[name], values)
                examples = looked_at.examples.items()
                mask = sum(1 << code for code, value in examples if compare(leaf, looked_at.fact, value))
                return self.within(looked_at, mask)
            case _:
                raise TypeError(leaf.fact)

    def holds(self, condition: Condition | None) -> Term:
        """What the rules take a condition to come to; None always holds."""
        match condition:
            case None:
                return z3.BoolVal(True)
            case AllOf(parts):
                return z3.And([self.holds(part) for part in parts])
            case AnyOf(parts):
                return z3.Or([self.holds(part) for part in parts])
            case NoneOf(parts):
                return z3.Not(z3.Or([self.holds(part) for part in parts]))
            case _:
                return self.compared(condition)

    def is_true(self, condition: Condition | None, wanted: bool = True) -> Term:
        """Is a condition surely true (or false, if not `wanted`) of what is known?"""
        match condition:
            case None:
                return z3.BoolVal(wanted)
            case AllOf(parts) | AnyOf(parts):
                joined = z3.And if isinstance(condition, AllOf) == wanted else z3.Or
                return joined([self.is_true(part, wanted) for part in parts])
            case NoneOf(parts):
                return (z3.And if wanted else z3.Or)([self.is_true(part, not wanted) for part in parts])
            case Comparison(fact=name, operator=operator) if operator not in SET_OPERATORS:
                result = self.compared(condition)
                return z3.And(self.known(name), result if wanted else z3.Not(result))
            case _:
                return self.compared(condition) if wanted else z3.Not(self.compared(condition))


def _number(place: Any) -> Fraction:
    return Fraction(place.toordinal() if isinstance(place, date) else place)


def _term(number: Fraction) -> Term:
    return z3.IntVal(number.numerator) if number.denominator == 1 else z3.Q(number.numerator, number.denominator)
