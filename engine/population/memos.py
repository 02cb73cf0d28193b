"""What plain values of facts, as msgspec reads them, come to: each combination is worked out once and then looked up.

Most cases repeat the values of others, so that next to nothing is worked out for each case.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import inf
from typing import Any

from msgspec import UNSET

from engine.core.policy.terms import Fact, Value, Vocabulary
from engine.core.policy.values import Misfit, check_bounds, derive
from engine.core.rules.domains import Domain
from engine.load.cases.derived import agrees, derivation_order, with_parts
from engine.load.cases.fast_values import LARGEST_INTEGER, MOST_VALUES, Unusual, parsed_day

UNKNOWN = 0
"""The code of what is not stated; those of values begin with 1."""
SIDES = {0: "at", -1: "below", 1: "above"}
Place = tuple[object, ...]
"""What cases are near to: the judge's number, a fact, a constant that rules compare it with, and on which side."""


class Memo(dict[Any, Any]):
    """Gives what `make` makes of a key, and keeps it for the next time unless very many are kept already."""

    def __init__(self, make: Callable[[Any], Any], known: Mapping[Any, Any] | None = None) -> None:
        super().__init__(known or {})
        self._make = make

    def __missing__(self, key: Any) -> Any:
        value = self._make(key)
        if len(self) < MOST_VALUES:
            self[key] = value
        return value


@dataclass
class Nearness:
    """How near cases come to the constants that rules compare numbers with. A value waits in `fresh`, with where it is
    kept, until its case is taken or refused."""

    fresh: list[tuple[Memo, Any, Place, Sequence[Any], Any]] = field(default_factory=list)
    best: dict[Place, float] = field(default_factory=dict)
    found: dict[Place, tuple[float, int]] = field(default_factory=dict)
    """The nearest cases of a chunk, if they are nearer than all before them: how near, and their lines."""

    def take(self, number: int) -> None:
        """The case of a line is taken: the values that it is the first to state count."""
        for _, _, about, constants, value in self.fresh:
            for constant in constants:
                distance = float(abs(value - constant))
                place = (*about, str(constant), SIDES[(value > constant) - (value < constant)])
                if distance < self.best.get(place, inf):
                    self.best[place] = distance
                    self.found[place] = distance, number
        self.fresh.clear()

    def refuse(self) -> None:
        """A case is not taken: another one may be the first to state its values."""
        for memo, key, *_ in self.fresh:
            memo.pop(key, None)
        self.fresh.clear()


@dataclass(frozen=True)
class Values:
    """The facts of a vocabulary as plain values -> typed values, and what is derived from them."""

    vocabulary: Vocabulary

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The derived facts, each after those that it is derived from."""
        return derivation_order(self.vocabulary)

    def below(self, facts: Iterable[str]) -> tuple[str, ...]:
        """These facts and all that they are derived from, in the order of the vocabulary."""
        names = with_parts(facts, self.vocabulary)
        return tuple(name for name in self.vocabulary.facts if name in names)

    def of(self, names: Sequence[str], plain: Sequence[Any]) -> dict[str, Value]:
        """The typed values of these facts, which include what each is derived from. Raises Unusual if one does not
        fit, or if a derived fact is stated otherwise."""
        facts = self.vocabulary.facts
        stated = {
            name: typed(facts[name], value)
            for name, value in zip(names, plain, strict=True)
            if value is not UNSET and value is not None
        }
        return self.with_derived(stated, frozenset(names))

    def with_derived(self, stated: Mapping[str, Value], wanted: Set[str] | None = None) -> dict[str, Value]:
        """The stated facts and those that are derived from them, only the wanted ones if these are named. Raises
        Unusual if a derived fact is out of bounds, or stated otherwise."""
        values = dict(stated)
        for name in self.order:
            fact = self.vocabulary.facts[name]
            if fact.derived is None or (wanted is not None and name not in wanted):
                continue
            said, computed = values.get(name), derive(fact.derived, values, self.vocabulary)
            if said is not None and computed is not None and not agrees(said, computed, fact.derived):
                raise Unusual
            value = said if computed is None else computed
            if value is not None:
                values[name] = _within_bounds(value, fact)
        return values


def typed(fact: Fact, plain: Any) -> Value:
    """A plain value as a value of its fact: numbers with decimals are texts of digits. Raises Unusual."""
    match fact.form:
        case "number":
            if isinstance(plain, int) and abs(plain) > LARGEST_INTEGER:
                raise Unusual
            return _within_bounds(Fraction(plain if isinstance(plain, int) else Decimal(plain)), fact)
        case "date":
            return _within_bounds(parsed_day(plain), fact)
        case "set":
            return frozenset(plain)
    value: Value = plain
    return value


def codes(domains: Sequence[Domain], value: Value | None) -> Any:
    """The codes of a value in some domains of its fact: a single one, or a tuple of several."""
    made = tuple(UNKNOWN if value is None else domain.code(value) for domain in domains)
    return made if len(made) > 1 else made[0]


def _within_bounds(value: Value, fact: Fact) -> Value:
    try:
        check_bounds(value, fact)
    except Misfit:
        raise Unusual from None
    return value
