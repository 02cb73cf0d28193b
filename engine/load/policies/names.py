"""Names that mean nothing, and the name that was probably meant."""

from collections.abc import Iterable, Iterator, Mapping

from engine.base.diagnostics import Diagnostic, Location, diagnostic
from engine.base.nearness import closest
from engine.core.policy.terms import Fact, Name, Text
from engine.load.policies.spelling import meant_name


def unknown_name(
    code: str, name: str, known: Iterable[str], place: Location, labels: Mapping[str, Text] | None = None
) -> Iterator[Diagnostic]:
    """`labels`: those of the names known, which people write in place of the name."""
    names = list(known)
    if name not in names:
        near = meant_name(name, _texts(labels)) if labels else closest(name, names)
        yield diagnostic(code, place_of(name, place), name=name, known=", ".join(names), suggestion=near)


def _texts(labels: Mapping[str, Text]) -> Mapping[str, tuple[str, str]]:
    return {name: (label.vi, label.en) for name, label in labels.items()}


def unknown_fact(name: str, facts: Mapping[str, Fact], place: Location) -> Diagnostic:
    """A fact that the vocabulary does not have, with the one that was probably meant."""
    near = meant_name(name, _texts({one: fact.label for one, fact in facts.items()}))
    return diagnostic("fact/unknown", place_of(name, place), fact=name, suggestion=near)


def place_of(value: object, place: Location) -> Location:
    """Where a word of a policy stands, or the given place for what is no word."""
    return value.location if isinstance(value, Name) else place
