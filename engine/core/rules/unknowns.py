"""What the missing facts of a case could still turn out to be, as codes: finite, and exact wherever it can be.

Missing facts that meet in a derived fact (tasks assigned and tasks completed in a percentage) are completed together,
so that no completion is counted that no real case could have. They are completed one after the other. For each, the
search tries its `points` (the values at which some rule may begin to come out differently) and a value in each gap
between them. Partners are facts of which one can never exceed the other. In a gap of whole numbers, a multiple of the
`grain` is tried: a number that the percentages in the rules divide without a rest.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, product
from math import ceil, floor, lcm
from typing import Any

from engine.core.policy.terms import Count, Derivation, Fact, Frozen, Greatest, Least, Percent, Value
from engine.core.policy.values import derive, parts_of, typed, unstated
from engine.core.rules.compiler import Compiled
from engine.core.rules.domains import Observable, can_occur, example_between

MOST_CANDIDATES = 4_096


class Unknown(Frozen):
    """Observables that are not settled, with every combination of codes that they may take together.

    If not `exact`, some combinations may belong to no real case; none is left out.
    """

    observables: tuple[Observable, ...]
    completions: tuple[tuple[int, ...], ...]
    exact: bool = True


def unknowns(
    compiled: Compiled, values: Mapping[str, Value], open_observables: Sequence[Observable]
) -> tuple[Unknown, ...]:
    """The observables without a code, in groups that share no missing fact."""
    groups: list[tuple[frozenset[str], list[Observable]]] = []
    wholes = compiled.wholes
    single: list[Observable] = []
    for observable in open_observables:
        if observable.evidence or observable.member:
            single.append(observable)
            continue
        parts, members = unstated(observable.fact, compiled.vocabulary, values), [observable]
        for other in [group for group in groups if group[0] & parts or _bounded(wholes, group[0], parts)]:
            groups.remove(other)
            parts, members = parts | other[0], [*other[1], *members]
        groups.append((parts, members))
    return (
        *(_free(compiled, (observable,)) for observable in single),
        *(_group(compiled, values, sorted(parts), sorted(members)) for parts, members in groups),
    )


def _bounded(wholes: Mapping[str, frozenset[str]], facts: frozenset[str], other_facts: frozenset[str]) -> bool:
    """Is a fact of one of two groups bounded by a fact of the other?"""
    pairs = [*product(facts, other_facts), *product(other_facts, facts)]
    return any(bound in wholes.get(name, ()) for name, bound in pairs)


def candidates(compiled: Compiled, values: Mapping[str, Value], name: str) -> tuple[Value, ...]:
    """Values that a fact may take, one at least for each difference that it makes to a rule, the other facts being as
    in `values` (which hold neither the fact nor what is derived from it)."""
    tied = {
        about: fact.derived
        for about, fact in compiled.vocabulary.facts.items()
        if fact.derived is not None and about not in values and name in parts_of(fact.derived)
    }
    return tuple(dict.fromkeys(_Search(compiled, values, (), tied).candidates(name, values)))


def _free(compiled: Compiled, group: tuple[Observable, ...], exact: bool = True) -> Unknown:
    """Every combination of the codes that each observable may take by itself."""
    return Unknown(group, tuple(product(*(compiled.domains[observable].examples for observable in group))), exact)


def _group(
    compiled: Compiled, values: Mapping[str, Value], parts: Sequence[str], group: Sequence[Observable]
) -> Unknown:
    derived = _derivations(compiled, values, parts, group)
    if derived is None:
        return _free(compiled, tuple(group), exact=False)
    search = _Search(compiled, values, tuple(group), derived)
    if not derived and len(group) == 1 and not search.partners(parts[0]):
        return _free(compiled, tuple(group))
    percents = [derivation for derivation in derived.values() if isinstance(derivation, Percent)]
    order = sorted(parts, key=lambda name: all(percent.of != name for percent in percents))
    completions = set(search.completions(order, values))
    if not search.exact or not completions:
        return _free(compiled, tuple(group), exact=False)
    return Unknown(tuple(group), tuple(sorted(completions)), not _loosely_tied(search, frozenset(parts)))


def _loosely_tied(search: "_Search", parts: frozenset[str]) -> bool:
    """May the missing facts be tied in a way that the search does not follow? By a bound of a derived fact, or by a
    derived fact that is stated though some of what it is computed from is missing."""
    facts, values = search.compiled.vocabulary.facts, search.values
    bounding = frozenset().union(*map(search.partners, parts))
    if any(facts[name].derived is not None for name in bounding - values.keys()):
        return True
    if any(search.partners(name) for name in search.derived):
        return True
    facts_asked = {observable.fact for observable in search.group}
    for name, fact in facts.items():
        if fact.derived is None or name not in values:
            continue
        missing = frozenset(part for part in parts_of(fact.derived) if part not in values)
        within = missing & parts
        outside = frozenset().union(*map(search.partners, missing - parts)) - missing
        if (
            missing & facts_asked
            or outside & parts
            or (within and (outside & values.keys() or within == missing or len(within) > 1))
        ):
            return True
    return False


def _derivations(
    compiled: Compiled, values: Mapping[str, Value], parts: Sequence[str], group: Sequence[Observable]
) -> dict[str, Derivation] | None:
    """The derivations that tie the missing facts of a group together: those of its own derived facts, and of every
    other derived fact whose bounds the missing facts must respect. None if one of the first is computed from another
    derived fact that is unknown."""
    facts = compiled.vocabulary.facts
    asked_facts = {observable.fact for observable in group}
    derivations: dict[str, Derivation] = {}
    for name, fact in facts.items():
        if fact.derived is None or name in values:
            continue
        open_parts = [part for part in parts_of(fact.derived) if part not in values]
        tied = bool(open_parts) and all(part in parts for part in open_parts)
        if name in asked_facts and any(facts[part].derived is not None for part in open_parts):
            return None
        if name in asked_facts or tied:
            derivations[name] = fact.derived
    return derivations


@dataclass(eq=False, repr=False)
class _Search:
    """The search for what some missing facts could be."""

    compiled: Compiled
    values: Mapping[str, Value]
    group: tuple[Observable, ...]
    derived: Mapping[str, Derivation]
    exact: bool = True
    tried: int = 0

    def completions(self, order: Sequence[str], known: Mapping[str, Value]) -> Iterator[tuple[int, ...]]:
        """The codes of the group for every candidate of the facts in `order`, given those that are known or chosen."""
        if not order:
            whole = dict(known)
            for name, derivation in self.derived.items():
                value = derive(derivation, whole, self.compiled.vocabulary)
                if value is None or not can_occur(self.compiled.vocabulary.facts[name], value):
                    return
                whole[name] = value
            yield tuple(self.compiled.domains[observable].code(whole[observable.fact]) for observable in self.group)
            return
        for value in self.candidates(order[0], known):
            if not self._fits(order[0], value, known):
                continue
            self.tried += 1
            if self.tried > MOST_CANDIDATES:
                self.exact = False
            if not self.exact:
                return
            yield from self.completions(order[1:], {**known, order[0]: value})

    def candidates(self, name: str, known: Mapping[str, Value]) -> Iterator[Value]:
        """Values of a missing fact, one at least for each difference that they make to the group."""
        fact = self.compiled.vocabulary.facts[name]
        if fact.form == "boolean":
            yield from (False, True)
        elif fact.options and fact.form == "text":
            yield from (option for option, _ in fact.options)
        else:
            points, grain = self._points(name, known)
            for partner in self.partners(name):
                # A value at which a partner makes a difference may be one at which this fact does.
                points |= {known[partner]} if partner in known else self._points(partner, known, apart_from=name)[0]
            yield from self._around(fact, sorted(points), grain)

    def partners(self, name: str) -> set[str]:
        """The facts that a fact cannot exceed, and those that cannot exceed it."""
        wholes = self.compiled.wholes
        return {*wholes.get(name, ()), *(part for part, above in wholes.items() if name in above)}

    def _fits(self, name: str, value: Any, known: Mapping[str, Value]) -> bool:
        """Does a value respect the bounds that other facts, known or within what they may be, set to a fact?"""
        facts = self.compiled.vocabulary.facts
        for partner in self.partners(name):
            part_of_it = name in self.compiled.wholes.get(partner, ())
            limit: Any = known.get(partner, facts[partner].minimum if part_of_it else facts[partner].maximum)
            if limit is not None and (value < limit if part_of_it else value > limit):
                return False
        return True

    def _points(self, name: str, known: Mapping[str, Value], apart_from: str | None = None) -> tuple[set[Any], int]:
        """The values at which a fact may begin to differ to the group, and the grain that keeps later parts free. For
        the sake of another fact, without the derivations in which the two meet."""
        points, grain = self._constants(name), 1
        for derived, derivation in self.derived.items():
            if name in parts_of(derivation) and apart_from not in parts_of(derivation):
                more, finer = self._breakpoints(name, derivation, self._constants(derived), known)
                points |= more
                grain = lcm(grain, finer)
        return points, grain

    def _constants(self, name: str) -> set[Any]:
        domain = self.compiled.domains.get(Observable(name))
        fact = self.compiled.vocabulary.facts[name]
        bounds = {bound for bound in (fact.minimum, fact.maximum) if bound is not None}
        return bounds | set(domain.constants if domain else ())

    def _breakpoints(
        self, name: str, derivation: Derivation, constants: set[Any], known: Mapping[str, Value]
    ) -> tuple[set[Any], int]:
        """The values of `name` at which the derived fact meets a constant; the grain that keeps later parts free."""
        others: list[Any] = [known.get(part) for part in parts_of(derivation) if part != name]
        match derivation:
            case Percent(of=of) if of != name:
                whole: Any = known.get(of)
                if whole is None:
                    self.exact = False
                    return set(), 1
                return {Fraction(constant) * Fraction(whole) / 100 for constant in constants}, 1
            case Percent(part=part) if part in known:
                whole = known[part]
                amount = Fraction(whole)
                return {100 * amount / Fraction(constant) for constant in constants if constant} | {Fraction(0)}, 1
            case Percent():
                denominators = [Fraction(constant).denominator for constant in constants]
                return {Fraction(0)}, lcm(100, *(100 * denominator for denominator in denominators))
            case Least() | Greatest():
                return constants | {value for value in others if value is not None}, 1
            case Count(equal_to=equal_to):
                return {typed(equal_to, self.compiled.vocabulary.facts[name])}, 1
            case _:
                names = [part for part in parts_of(derivation) if part != name]
                tied = [part for other in self.derived.values() if other is not derivation for part in parts_of(other)]
                self.exact &= not any(part in tied or self.partners(part) for part in names if part not in known)
                # A part that is not known yet may lie at a constant of its own.
                rests = product(*({known[part]} if part in known else self._constants(part) for part in names))
                return {Fraction(constant) - sum(rest) for rest in rests for constant in constants}, 1

    def _around(self, fact: Fact, points: Sequence[Any], grain: int) -> Iterator[Value]:
        """The points themselves and values in every gap between them; of integers a multiple of the grain if the
        gap holds one, and all of them if not, since each may divide differently."""
        minimum: Any = fact.minimum or 0
        yield from (value for value in points if can_occur(fact, value))
        for low, high in pairwise([None, *points, None]):
            if fact.form != "integer" or grain == 1:
                between = example_between(fact, low, high)
                if between is not None and can_occur(fact, between):
                    yield between
                continue
            first = max(floor(low) + 1 if low is not None else 0, int(minimum))
            multiple = -(-first // grain) * grain
            values = [multiple] if high is None or multiple < high else range(first, ceil(high))
            yield from (value for value in values if can_occur(fact, value))
