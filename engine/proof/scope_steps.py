"""What a part of a regulation applies to, changed by one small step: kinds of subject, readings, kinds of period."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from engine.base.diagnostics import Location
from engine.core.policy.regulation import Regulation
from engine.core.policy.rules import Reading
from engine.core.policy.terms import PeriodKind
from engine.proof.condition_steps import Step


def applies_to_steps(
    applies_to: tuple[str, ...], regulation: Regulation, place: Location
) -> Iterator[tuple[Step, tuple[str, ...]]]:
    """The kinds of subject without one of them, with a kind taken for the kinds below it, and with one kind more. An
    empty list is every kind."""
    ancestors = {name: kind.ancestors for name, kind in regulation.kinds.items()}

    def below(parent: str | None) -> list[str]:
        return [name for name, path in ancestors.items() if (path[1] if len(path) > 1 else None) == parent]

    def step(key: str, kind: str, kinds: tuple[str, ...]) -> tuple[Step, tuple[str, ...]]:
        return Step(key, (("kind", kind), ("kinds", ", ".join(kinds))), place), kinds

    listed = applies_to or tuple(below(None))
    for kind in listed:
        others = tuple(other for other in listed if other != kind)
        if others:
            yield step("narrowed", kind, others)
        children = below(kind)
        for child in children if len(children) > 1 else ():
            yield step("narrowed", child, (*others, *(other for other in children if other != child)))
        if len(children) == 1:
            yield step("narrowed", kind, (*others, *children))
    for kind in _one_more(applies_to, ancestors):
        below_it = tuple(other for other in listed if kind not in ancestors[other])
        yield step("widened", kind, (*below_it, kind))


def _one_more(listed: tuple[str, ...], ancestors: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The kinds beside one of a list that the list does not cover in whole or in part, and those whose only kind
    below is in the list."""

    def parent(kind: str) -> str | None:
        return ancestors[kind][1] if len(ancestors[kind]) > 1 else None

    parents = {parent(kind) for kind in listed}
    for kind, path in ancestors.items():
        children = [other for other in ancestors if parent(other) == kind]
        partly = any(name in listed for name in path) or any(kind in ancestors[other] for other in listed)
        if (parent(kind) in parents and not partly) or (len(children) == 1 and children[0] in listed):
            yield kind


def under_steps(under: tuple[Reading, ...], regulation: Regulation) -> Iterator[tuple[Step, tuple[Reading, ...]]]:
    """The readings without one of them, and with one that is read in the other ways."""
    options = {point.id: [name for name, _ in point.options] for point in regulation.interpretations}
    for number, reading in enumerate(under):
        before, after = under[:number], under[number + 1 :]
        arguments = (("interpretation", reading.interpretation), ("options", ", ".join(reading.options)))
        yield Step("reading_dropped", arguments, reading.location), (*before, *after)
        others = tuple(name for name in options[reading.interpretation] if name not in reading.options)
        if others:
            arguments = (("interpretation", reading.interpretation), ("options", ", ".join(others)))
            turned = replace(reading, options=others)
            yield Step("reading_turned", arguments, reading.location), (*before, turned, *after)


def period_steps(
    periods: tuple[PeriodKind, ...], regulation: Regulation, place: Location
) -> Iterator[tuple[Step, tuple[PeriodKind, ...]]]:
    """The kinds of period without one of them, and with one more. Nothing if none is named, which is all."""
    for period in periods:
        if len(periods) > 1:
            yield Step("period_dropped", (("period", period),), place), tuple(p for p in periods if p != period)
    for period in regulation.periods if periods else ():
        if period not in periods:
            yield Step("period_added", (("period", period),), place), (*periods, period)
