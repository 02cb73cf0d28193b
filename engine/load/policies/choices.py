"""The names that a run is given, a regulation and its interpretations: are they those of the library?"""

from collections.abc import Iterable

from engine.base.diagnostics import Diagnostic, Location, diagnostic
from engine.base.nearness import closest
from engine.core.policy.live import Choices
from engine.core.policy.regulation import Library


class UnknownChoice(Exception):
    """A regulation, interpretation or option asked for that the library does not have; `diagnostic` says which."""

    def __init__(self, found: Diagnostic) -> None:
        super().__init__(found)
        self.diagnostic = found

    def __str__(self) -> str:
        return self.diagnostic.in_one_line("en")


def check_choices(library: Library, regulation: str | None, switches: Choices) -> None:
    """Raises UnknownChoice where the names mean nothing in this library."""
    here = Location("")

    def refuse(code: str, name: str, known: Iterable[str]) -> None:
        names = list(dict.fromkeys(known))
        if name not in names:
            raise UnknownChoice(
                diagnostic(code, here, name=name, known=", ".join(names), suggestion=closest(name, names))
            )

    if regulation is not None:
        refuse("regulation/unknown", regulation, library.regulations)
    everywhere = [one for each in library.regulations.values() for one in each.interpretations]
    for name, option in switches.items():
        refuse("interpretation/unknown", name, [one.id for one in everywhere])
        refuse(
            "interpretation/unknown-option",
            option,
            [key for one in everywhere if one.id == name for key, _ in one.options],
        )
