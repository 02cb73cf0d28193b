"""The finite view of a policy: each thing that rules ask about has only a handful of distinguishable values.

A value's code is its place among the constants that the rules compare it with: even if it equals one, odd if
it lies between two (or beyond the last). So fractions, decimals, days and texts lose nothing, and every question
about a policy is a question about small sets of codes, held here as bit masks (bit n is code n).
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import chain, groupby, pairwise, product
from math import ceil, floor
from typing import Any

from engine.core.policy.conditions import compare, leaves
from engine.core.policy.rules import SET_OPERATORS, AllOf, AnyOf, Comparison, Condition, EvidenceNamed, NoneOf, Operand
from engine.core.policy.terms import Fact, Frozen, Value
from engine.core.policy.values import rank

MOST_REGIONS = 1_000
"""A condition whose normal form is wider is refused: it should be written as several rules."""

MOST_KEPT = 1_000
"""Values of one observable whose codes are kept."""

NO, YES = 1, 2
"""The codes of everything that is yes or no: booleans, membership, evidence."""


class TooWide(Exception):
    """The normal form of a condition has more than MOST_REGIONS alternatives."""


class Observable(Frozen, order=True):
    """What a comparison looks at: a fact's value, whether a set holds `member`, or whether evidence is named."""

    fact: str
    member: str = ""
    evidence: bool = False


class Domain(Frozen):
    """The distinguishable values of one observable: `examples` holds one value for each code that can occur."""

    observable: Observable
    fact: Fact
    constants: tuple[Value, ...]
    examples: Mapping[int, Value]

    @cached_property
    def mask(self) -> int:
        """All codes that can occur, as a mask."""
        return sum(1 << code for code in self.examples)

    def satisfying(self, comparison: Comparison) -> int:
        """The codes of values that satisfy a comparison. All between two of its operands fare alike: one is asked."""
        assert isinstance(comparison.operand, Operand)
        places = {self.code(value) for value in comparison.operand.values}
        satisfied, codes = 0, [*self.examples]
        for low, high in pairwise(sorted({0, *places, *(place + 1 for place in places), codes[-1] + 1})):
            first = next(iter(codes[bisect_left(codes, low) :]), high)
            if first < high and compare(comparison, self.fact, self.examples[first]):
                satisfied |= (1 << high) - (1 << low)
        return satisfied & self.mask

    def code(self, value: Value) -> int:
        """The code of a known value; a set's for membership, any truthy value's for evidence."""
        if self.observable.member:
            assert isinstance(value, frozenset)
            return YES if self.observable.member in value else NO
        if self.observable.evidence or isinstance(value, bool):
            return YES if value else NO
        if self.fact.is_free_text:
            return 2 * (self.constants.index(value) + 1) if value in self.constants else 1
        place, places = rank(value, self.fact), self._places
        index = bisect_left(places, place)
        return 2 * index + (2 if index < len(places) and places[index] == place else 1)

    @cached_property
    def _places(self) -> list[Any]:
        places = [rank(constant, self.fact) for constant in self.constants]
        # Whole numbers are compared faster as such.
        return [int(place) if isinstance(place, Fraction) and place.denominator == 1 else place for place in places]

    @cached_property
    def codes(self) -> Mapping[Value, int]:
        """The code of any known value: as `code`, which is asked once for a value that cases have in common."""
        return _Codes(self)


class _Codes(dict[Value, int]):
    def __init__(self, domain: Domain) -> None:
        super().__init__()
        self._domain = domain

    def __missing__(self, value: Value) -> int:
        code = self._domain.code(value)
        if len(self) < MOST_KEPT:
            self[value] = code
        return code


Region = Mapping[Observable, int]
"""A conjunction: for each observable the mask of codes that satisfy it. All must be known and satisfied."""


def observables(conditions: Iterable[Condition | None]) -> dict[Observable, set[Value]]:
    """Everything that the conditions look at, with the constants that they compare it with."""
    constants: dict[Observable, set[Value]] = {}
    for condition in conditions:
        for leaf, _ in leaves(condition):
            match leaf:
                case EvidenceNamed(fact=name):
                    constants.setdefault(Observable(name, evidence=True), set())
                case Comparison(fact=name, operator=operator, operand=Operand(members)) if operator in SET_OPERATORS:
                    for member in members:
                        constants.setdefault(Observable(name, str(member)), set())
                case Comparison(fact=name, operand=Operand() as operand):
                    constants.setdefault(Observable(name), set()).update(operand.values)
    return constants


def domain(observable: Observable, fact: Fact, constants: Iterable[Value]) -> Domain:
    """The domain of an observable, given the constants that rules compare it with."""
    if observable.evidence or observable.member:
        return Domain(observable, fact, (), {NO: False, YES: True})
    if fact.form == "boolean":
        return Domain(observable, fact, (False, True), {NO: False, YES: True})
    ordered = tuple(sorted(constants, key=lambda value: rank(value, fact)))
    examples: dict[int, Value] = {2 * (index + 1): value for index, value in enumerate(ordered)}
    if fact.is_free_text:
        # Free texts are only ever equal to a constant or to none: one code serves for all others.
        examples[1] = "\0"
    elif fact.options:
        names = [name for name, _ in fact.options]
        edges = [-1, *(names.index(str(value)) for value in ordered), len(names)]
        for gap, (low, high) in enumerate(pairwise(edges)):
            if high - low > 1:
                examples[2 * gap + 1] = names[low + 1]
    else:
        for gap, (below, above) in enumerate(pairwise([None, *ordered, None])):
            between = example_between(fact, below, above)
            if between is not None:
                examples[2 * gap + 1] = between
        examples = {code: value for code, value in examples.items() if can_occur(fact, value)}
    return Domain(observable, fact, ordered, dict(sorted(examples.items())))


def can_occur(fact: Fact, value: Any) -> bool:
    """Is a value within the fact's bounds, and whole if the fact counts?"""
    if fact.form == "integer" and value != floor(value):
        return False
    return not (
        (fact.minimum is not None and value < fact.minimum) or (fact.maximum is not None and value > fact.maximum)
    )


def example_between(fact: Fact, low: Any, high: Any) -> Value | None:
    """A value of the fact strictly between two constants (None: no constant on that side), within its bounds."""
    step: Any
    anywhere: Value
    match fact.form:
        case "integer":
            low, high = (None if low is None else floor(low)), (None if high is None else ceil(high))
            step, anywhere = 1, 0
        case "date":
            step, anywhere = timedelta(1), date(2000, 1, 1)
        case _:
            return _number_between(fact, low, high)
    first = _highest(None if low is None else low + step, fact.minimum)
    last = _lowest(None if high is None else high - step, fact.maximum)
    if first is not None and last is not None and first > last:
        return None
    return next((value for value in (first, last) if value is not None), anywhere)


def _number_between(fact: Fact, low: Any, high: Any) -> Fraction | None:
    bottom, top = _highest(low, fact.minimum), _lowest(high, fact.maximum)
    if bottom is None or top is None:
        return Fraction(0 if bottom is top else top - 1 if bottom is None else bottom + 1)
    # Only a bound that is no constant may be reached itself.
    if bottom > top or (bottom == top and bottom in (low, high)):
        return None
    return Fraction(bottom + top) / 2


def _highest(*values: Any) -> Any:
    return max((value for value in values if value is not None), default=None)


def _lowest(*values: Any) -> Any:
    return min((value for value in values if value is not None), default=None)


def regions(condition: Condition, domains: Mapping[Observable, Domain], wanted: bool = True) -> tuple[Region, ...]:
    """The disjunctive normal form of a ready condition (of its negation if not `wanted`).

    The condition holds exactly if all observables of some region are known and lie in its masks. Regions that
    another one covers, or that nothing satisfies, are dropped. Raises TooWide beyond MOST_REGIONS.
    """
    yes = 1 << (YES if wanted else NO)
    match condition:
        case EvidenceNamed(fact=name):
            return _atom(domains[Observable(name, evidence=True)], yes)
        case Comparison(fact=name, operator=operator, operand=Operand(values=values)) if operator in SET_OPERATORS:
            members = [_atom(domains[Observable(name, str(member))], yes) for member in values]
            return _without_covered(chain(*members)) if (operator == "includes_any") == wanted else _meet(members)
        case Comparison(fact=name):
            looked_at = domains[Observable(name)]
            satisfied = looked_at.satisfying(condition)
            return _atom(looked_at, satisfied if wanted else looked_at.mask & ~satisfied)
        case AllOf(conditions) | AnyOf(conditions) | NoneOf(conditions):
            under_none = isinstance(condition, NoneOf)
            parts = [regions(part, domains, wanted ^ under_none) for part in conditions]
            return _without_covered(chain(*parts)) if isinstance(condition, AnyOf) == wanted else _meet(parts)


def _atom(domain: Domain, mask: int) -> tuple[Region, ...]:
    return ({domain.observable: mask},) if mask else ()


def _meet(parts: Sequence[tuple[Region, ...]]) -> tuple[Region, ...]:
    met: tuple[Region, ...] = ({},)
    for part in sorted(parts, key=len):
        met = _without_covered(
            joined for left, right in product(met, part) if (joined := _join(left, right)) is not None
        )
    return met


def _join(left: Region, right: Region) -> Region | None:
    joined = dict(left)
    for observable, mask in right.items():
        joined[observable] = joined.get(observable, mask) & mask
        if not joined[observable]:
            return None
    return joined


def _without_covered(candidates: Iterable[Region]) -> tuple[Region, ...]:
    kept: list[Region] = []
    for region in candidates:
        if any(covers(other, region) for other in kept):
            continue
        kept = [other for other in kept if not covers(region, other)]
        kept.append(region)
        if len(kept) > MOST_REGIONS:
            raise TooWide
    return tuple(kept)


def covers(wide: Region, narrow: Region) -> bool:
    """Does every value that lies in `narrow` lie in `wide`, which asks about no more?"""
    return all(observable in narrow and not narrow[observable] & ~mask for observable, mask in wide.items())


def holds(region: Region, codes: Mapping[Observable, int]) -> bool:
    """Are all observables of a region known, with codes that lie in its masks?"""
    return all(observable in codes and mask >> codes[observable] & 1 for observable, mask in region.items())


def runs(mask: int, possible: Iterable[int]) -> Iterator[tuple[int, int]]:
    """A mask as the least number of spans (first code, last code), codes that cannot occur filling gaps for free."""
    for is_in, neighbours in groupby(possible, lambda code: mask >> code & 1):
        if is_in:
            first, *others = neighbours
            yield first, (others or [first])[-1]
