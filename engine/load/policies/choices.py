"""Does the library have the regulation and the interpretations that a run is given?"""

from collections.abc import Iterable

from engine.base.diagnostics import Diagnostic, Location
from engine.core.policy.live import Choices
from engine.core.policy.regulation import Library
from engine.load.policies.names import unknown_name


class UnknownChoice(Exception):
    """Raised for a regulation, interpretation or option that the library does not have; `diagnostic` names it."""

    def __init__(self, problem: Diagnostic) -> None:
        super().__init__(problem)
        self.diagnostic = problem

    def __str__(self) -> str:
        return self.diagnostic.in_one_line("en")


def check_choices(library: Library, regulation: str | None, switches: Choices) -> None:
    """Raises UnknownChoice for the first name that the library does not have."""

    def refuse(code: str, name: str, known: Iterable[str]) -> None:
        for problem in unknown_name(code, name, known, Location("")):
            raise UnknownChoice(problem)

    if regulation is not None:
        refuse("regulation/unknown", regulation, library.regulations)
    if not switches:
        return
    options: dict[str, list[str]] = {}
    for declaring in library.regulations.values():
        for interpretation in declaring.interpretations:
            options.setdefault(interpretation.id, []).extend(key for key, _ in interpretation.options)
    for name, option in switches.items():
        refuse("interpretation/unknown", name, options)
        refuse("interpretation/unknown-option", option, options[name])
