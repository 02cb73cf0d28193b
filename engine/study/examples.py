"""Regions of distinguishable values -> facts that a case can state: the examples by which a difference is shown.

The caller checks what is found; if nothing is found, nothing is claimed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, islice, product
from math import ceil, floor
from typing import Any

from engine.core.policy.terms import Count, Derivation, Fact, Percent, Sum, Value, Vocabulary
from engine.core.policy.values import parts_of, typed
from engine.core.rules.domains import YES, Domain, Observable, Region, can_occur
from engine.load.cases.bounds import above
from engine.load.cases.derived import derivation_order, with_derived

MOST_TRIES = 4_000
ROUND_WHOLES = (100, 1_000)


@dataclass(frozen=True)
class Stated:
    """What an example case states: facts that are not computed, and for which facts evidence is named."""

    values: Mapping[str, Value]
    evidence: Mapping[str, bool]


def typical_values(vocabulary: Vocabulary, names: Sequence[str] | None = None) -> dict[str, Value]:
    """The typical value of every stated fact that has one, or of those named."""
    return {
        name: typed(fact.typical, fact)
        for name, fact in vocabulary.facts.items()
        if fact.typical is not None and (names is None or name in names)
    }


def examples(
    region: Region, domains: Mapping[Observable, Domain], vocabulary: Vocabulary, base: Stated
) -> Iterator[Stated]:
    """Cases in the region, those that differ least from `base` first; none if the search finds none."""
    values, evidence = dict(base.values), dict(base.evidence)
    computed: dict[Observable, int] = {}
    choices: dict[str, list[Value]] = {}
    for observable, mask in sorted(region.items(), key=lambda item: item[0].fact):
        fact = vocabulary.facts[observable.fact]
        if observable.evidence:
            evidence[observable.fact] = bool(mask >> YES & 1)
        elif observable.member:
            held = values.get(observable.fact, frozenset())
            assert isinstance(held, frozenset)
            member = frozenset({observable.member})
            values[observable.fact] = held | member if mask >> YES & 1 else held - member
        elif fact.derived is not None:
            computed[observable] = mask
        else:
            choices[observable.fact] = _inside(domains[observable], mask, values.get(observable.fact))
    names = _stated_parts(computed, vocabulary)
    for name in names:
        fitting = choices.get(name)
        around = _candidates(name, computed, domains, vocabulary, values)
        domain_of_part = domains.get(Observable(name))
        wanted = region.get(Observable(name))
        if domain_of_part is not None and wanted is not None:
            around = [value for value in around if wanted >> domain_of_part.code(value) & 1]
        choices[name] = list(dict.fromkeys([*(fitting or ()), *around]))
    order = derivation_order(vocabulary)
    tried = islice(_nearest_first(choices, values), MOST_TRIES)
    for chosen in tried:
        stated = _within_wholes({**values, **chosen}, choices, vocabulary)
        if not computed or _lies_in(computed, domains, with_derived(stated, vocabulary, order), vocabulary):
            yield Stated(stated, evidence)


def _within_wholes(stated: dict[str, Value], fixed: Mapping[str, object], vocabulary: Vocabulary) -> dict[str, Value]:
    """The same, with parts no greater than their wholes so far as nobody asks about them; parts before wholes."""
    bounded = [fact for fact in vocabulary.facts.values() if fact.not_more_than and fact.derived is None]
    for _ in bounded:
        before = dict(stated)
        for fact in bounded:
            for whole in above(stated, fact, warned=False):
                if fact.name not in fixed:
                    stated[fact.name] = stated[whole]
                elif whole not in fixed and vocabulary.facts[whole].derived is None:
                    stated[whole] = stated[fact.name]
        if stated == before:
            break
    return stated


def _inside(domain: Domain, mask: int, usual: Value | None) -> list[Value]:
    """A value for each code of the mask, the usual value alone if it fits."""
    if usual is not None and mask >> domain.code(usual) & 1:
        return [usual]
    return [value for code, value in domain.examples.items() if mask >> code & 1]


def _stated_parts(computed: Mapping[Observable, int], vocabulary: Vocabulary) -> list[str]:
    """The stated facts that the computed ones of a region rest on."""
    parts: list[str] = []
    pending = [observable.fact for observable in computed]
    while pending:
        name = pending.pop()
        derivation = vocabulary.facts[name].derived
        if derivation is None:
            parts.append(name)
        else:
            pending += parts_of(derivation)
    return list(dict.fromkeys(parts))


def _candidates(
    name: str,
    computed: Mapping[Observable, int],
    domains: Mapping[Observable, Domain],
    vocabulary: Vocabulary,
    values: Mapping[str, Value],
) -> list[Value]:
    """Values of a part worth trying: the usual one, its bounds, and where a computed fact meets what rules compare."""
    fact = vocabulary.facts[name]
    usual = values.get(name)
    if fact.form == "boolean":
        return [usual, not usual] if isinstance(usual, bool) else [False, True]
    if fact.options:
        return [*([usual] if usual is not None else []), *(option for option, _ in fact.options if option != usual)]
    points: set[Any] = {point for point in (usual, fact.minimum, fact.maximum) if point is not None}
    wholes = [other.derived.of for other in vocabulary.facts.values() if isinstance(other.derived, Percent)]
    if name in wholes:
        points |= set(ROUND_WHOLES)
    for observable in computed:
        derivation = vocabulary.facts[observable.fact].derived
        if derivation is not None and name in parts_of(derivation):
            constants = [constant for constant in domains[observable].constants if not isinstance(constant, bool)]
            points |= _meeting(name, derivation, constants, vocabulary, values)
    candidates: list[Any] = [usual] if usual is not None else []
    for point in sorted(points):
        near = [floor(point), ceil(point)] if fact.form == "integer" else [point]
        candidates += [value + step for value in near for step in (0, -1, 1)]
        if fact.form == "number":
            candidates += [point - Fraction(1, 2), point + Fraction(1, 2)]
    typed_values = [Fraction(value) if fact.form == "number" else value for value in candidates]
    return [value for value in dict.fromkeys(typed_values) if can_occur(fact, value)]


def _meeting(
    name: str, derivation: Derivation, constants: Sequence[Any], vocabulary: Vocabulary, values: Mapping[str, Value]
) -> set[Any]:
    """Where the derived fact meets a constant as `name` moves, the other parts being as usual or at their bounds."""
    match derivation:
        case Percent(of=of, part=part) if part == name:
            wholes: list[Any] = [values[of]] if of in values else []
            return {
                Fraction(constant) * Fraction(whole) / 100
                for constant in constants
                for whole in (*wholes, *ROUND_WHOLES)
            }
        case Sum(of=parts):
            others = [_ends(vocabulary.facts[part], values.get(part)) for part in parts if part != name]
            return {Fraction(constant) - sum(rest) for constant in constants for rest in product(*others)}
        case Percent() | Count():
            return set()
        case _:
            return set(constants)


def _ends(fact: Fact, usual: Any) -> list[Any]:
    bounds: tuple[Any, ...] = (usual, fact.minimum, fact.maximum)
    return list(dict.fromkeys(Fraction(value) for value in bounds if value is not None)) or [Fraction(0)]


def _nearest_first(choices: Mapping[str, Sequence[Value]], usual: Mapping[str, Value]) -> Iterator[dict[str, Value]]:
    """Every choice of values, those with the fewest unusual ones first."""
    as_usual = {name: usual[name] for name in choices if name in usual and usual[name] in choices[name]}
    others = {name: [value for value in choices[name] if value != usual.get(name)] for name in choices}
    must = [name for name in choices if name not in as_usual]
    for allowed in range(len(as_usual) + 1):
        for more in combinations(as_usual, allowed):
            unusual = [*must, *more]
            for chosen in product(*(others[name] for name in unusual)):
                yield {**as_usual, **dict(zip(unusual, chosen, strict=True))}


def _lies_in(
    computed: Mapping[Observable, int],
    domains: Mapping[Observable, Domain],
    values: Mapping[str, Value],
    vocabulary: Vocabulary,
) -> bool:
    """Do the computed facts lie in the region, and every computed fact within its bounds?"""
    return all(
        observable.fact in values and mask >> domains[observable].code(values[observable.fact]) & 1
        for observable, mask in computed.items()
    ) and all(
        can_occur(fact, values[name])
        for name, fact in vocabulary.facts.items()
        if fact.derived is not None and name in values and (fact.is_number or fact.form == "date")
    )
