"""Names in policy files: where they stand, and which one was probably meant by one that nothing has."""

from collections.abc import Iterable, Iterator, Mapping

from engine.base.diagnostics import PERSONAL, Diagnostic, Location, diagnostic
from engine.base.nearness import closest
from engine.core.judge.case import PERSON_KEYS
from engine.core.policy.terms import NOWHERE, Fact, Text
from engine.load.policies.spelling import meant_name

EVIDENCE = "evidence."
"""Before the name of a fact: the evidence named for it, which a rule requires and no condition compares."""


class Name(str):
    """A word of a policy file that knows where it stands; it compares as the word alone."""

    location: Location

    def __new__(cls, text: str, location: Location = NOWHERE) -> "Name":
        """The word `text`, which stands at `location`."""
        name = super().__new__(cls, text)
        name.location = location
        return name

    def __reduce__(self) -> tuple[type["Name"], tuple[str, Location]]:
        return Name, (str(self), self.location)


def unknown_name(
    code: str,
    name: str,
    known: Iterable[str],
    place: Location,
    labels: Mapping[str, Text] | None = None,
    *,
    shown: str | None = None,
) -> Iterator[Diagnostic]:
    """The diagnostic for a name that is not among those known, with the name that was probably meant; none if it is.

    `labels`: those of the known names, which people write instead of the name. `shown`: what the message says instead
    of a name that may be personal.
    """
    names = list(dict.fromkeys(known))
    if name not in names:
        near = meant_name(name, _texts(labels)) if labels else closest(name, names)
        yield diagnostic(code, place_of(name, place), name=shown or name, known=", ".join(names), suggestion=near)


def _texts(labels: Mapping[str, Text]) -> Mapping[str, tuple[str, str]]:
    return {name: (label.vi, label.en) for name, label in labels.items()}


def is_personal(name: str) -> bool:
    """Does a name stand for what a case says of the person alone, such as `subject.name`?"""
    group, _, key = name.partition(".")
    return group == PERSONAL and key in PERSON_KEYS


def unknown_fact(name: str, facts: Mapping[str, Fact], place: Location, attributes: Iterable[str] = ()) -> Diagnostic:
    """The diagnostic for a fact that the vocabulary does not have, with the fact that was probably meant, or with
    one of `attributes`, which may stand in its place. What a case says of the person, and the evidence that it names,
    are facts of no rule."""
    if is_personal(name):
        return diagnostic("fact/personal", place_of(name, place), name=name)
    if (about := name.removeprefix(EVIDENCE)) != name and about in facts:
        return diagnostic("fact/evidence", place_of(name, place), name=name, fact=about)
    labels = _texts({known: fact.label for known, fact in facts.items()})
    near = meant_name(name, {**dict.fromkeys(attributes, ()), **labels})
    return diagnostic("fact/unknown", place_of(name, place), fact=name, suggestion=near)


def place_of(value: object, place: Location) -> Location:
    """The place of a word of a policy; the given place for a value that does not know its own."""
    return value.location if isinstance(value, Name) else place
