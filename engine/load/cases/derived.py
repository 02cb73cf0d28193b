"""The facts of a case that are computed from those that it states."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from engine.core.policy.terms import Derivation, Percent, Value, Vocabulary
from engine.core.policy.values import derive, parts_of

MOST_PLACES = 16
"""A double has no more decimals; beyond them a share is stated exactly or not at all."""


def derivation_order(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The derived facts, each after the derived facts that it rests on (the checker has refused circles)."""
    done: list[str] = []

    def visit(name: str) -> None:
        derivation = vocabulary.facts[name].derived
        if derivation is None or name in done:
            return
        for part in parts_of(derivation):
            visit(part)
        done.append(name)

    for name in vocabulary.facts:
        visit(name)
    return tuple(done)


def with_parts(names: Iterable[str], vocabulary: Vocabulary) -> frozenset[str]:
    """These facts and all that they are derived from, directly or through other derived facts."""
    pending = list(names)
    facts: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in facts:
            facts.add(name)
            derived = vocabulary.facts[name].derived
            pending += parts_of(derived) if derived is not None else ()
    return frozenset(facts)


def with_derived(stated: Mapping[str, Value], vocabulary: Vocabulary, order: tuple[str, ...]) -> dict[str, Value]:
    """The stated facts and every derived fact that they determine. A derived fact that is stated stands as stated,
    but for what only rounding takes from the value that its parts come to."""
    values = dict(stated)
    for name in order:
        derivation = vocabulary.facts[name].derived
        if derivation is not None:
            value = derive(derivation, values, vocabulary)
            if value is not None and (name not in stated or agrees(stated[name], value, derivation)):
                values[name] = value
    return values


def agrees(stated: Value, computed: Value, derivation: Derivation) -> bool:
    """Is the stated value the computed one? A share may be stated rounded, to as many decimals as it shows."""
    if stated == computed or not isinstance(derivation, Percent):
        return stated == computed
    assert isinstance(stated, int | Fraction) and isinstance(computed, int | Fraction)
    exactly = Fraction(stated)
    places = next((places for places in range(MOST_PLACES) if 10**places % exactly.denominator == 0), None)
    return places is not None and 2 * abs(exactly - computed) * 10**places <= 1


def fact_path(data: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The path of a stated fact inside the data of a case, however its dots are nested."""
    path = ["facts"]
    here, rest = data.get("facts") or {}, name
    while isinstance(here, dict) and rest:
        key = next((key for key in here if rest == key or rest.startswith(f"{key}.")), None)
        if key is None:
            break
        path.append(key)
        here, rest = here[key], rest[len(key) + 1 :]
    return tuple(path)
