"""The problems of one file, so that telling them is no more work than reading it: the first ones whole, and of the rest
how many there are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.base.diagnostics import Diagnostic, Location, Severity

MOST_PROBLEMS = 100
MORE = "file/more"
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(eq=False)
class Findings:
    """What a reader has found. It asks `full` before it works out what it would say and where, and then only counts."""

    first: list[Diagnostic] = field(default_factory=list)
    more: int = 0
    worst: Severity = "note"
    """Of those that are only counted."""

    @property
    def full(self) -> bool:
        return len(self.first) >= MOST_PROBLEMS

    def __bool__(self) -> bool:
        return bool(self.first)

    def add(self, *problems: Diagnostic) -> None:
        for problem in problems:
            if not self.full:
                self.first.append(problem)
            else:
                self.count(number(problem), problem.severity)

    def count(self, more: int = 1, severity: Severity = "error") -> None:
        self.more += more
        self.worst = min(self.worst, severity, key=SEVERITIES.index)

    def all(self, place: Location) -> tuple[Diagnostic, ...]:
        """The problems; the last says at `place` how many more there are."""
        rest = Diagnostic(MORE, place, (("count", self.more),), self.worst)
        return (*self.first, rest) if self.more else tuple(self.first)


def number(problem: Diagnostic) -> int:
    """How many problems a diagnostic stands for."""
    return int(str(dict(problem.arguments)["count"])) if problem.code == MORE else 1


def first_of_each_file(diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The first problems of each file, and at the end how many more each one has."""
    files: dict[str, Findings] = {}
    for problem in diagnostics:
        findings = files.setdefault(problem.location.file, Findings())
        if not findings.full:
            yield problem
        findings.add(problem)
    for file, findings in files.items():
        yield from findings.all(Location(file))[len(findings.first) :]
