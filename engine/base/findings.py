"""The problems of one file: the first ones in full, and the number of the others.

So a file with a million mistakes costs no more time and memory than reading it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from engine.base.diagnostics import Diagnostic, Location, Severity

MOST_PROBLEMS = 100
MORE = "file/more"
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(eq=False)
class Findings:
    """The problems that a reader has found. Once it is `full`, the reader only counts further ones."""

    first: list[Diagnostic] = field(default_factory=list)
    more: int = 0
    worst: Severity = "note"
    """The worst severity of the problems that are only counted."""

    @property
    def full(self) -> bool:
        """Are there as many problems as are shown in full?"""
        return len(self.first) >= MOST_PROBLEMS

    def __bool__(self) -> bool:
        return bool(self.first)

    def add(self, *problems: Diagnostic) -> None:
        """Keeps each problem, or counts it once there are enough."""
        for problem in problems:
            if not self.full:
                self.first.append(problem)
            else:
                self.count(number(problem), problem.severity)

    def count(self, more: int = 1, severity: Severity = "error") -> None:
        """Counts problems that nobody looked at closely."""
        self.more += more
        self.worst = min(self.worst, severity, key=SEVERITIES.index)

    def all(self, place: Location) -> tuple[Diagnostic, ...]:
        """The problems; if some were only counted, a last one at `place` says how many."""
        rest = Diagnostic(MORE, place, (("count", self.more),), self.worst)
        return (*self.first, rest) if self.more else tuple(self.first)


def number(problem: Diagnostic) -> int:
    """How many problems a diagnostic stands for."""
    return int(str(dict(problem.arguments)["count"])) if problem.code == MORE else 1


def first_of_each_file(diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The first problems of each file, and at the end, for each file, how many more there are."""
    files: dict[str, Findings] = {}
    for problem in diagnostics:
        findings = files.setdefault(problem.location.file, Findings())
        if not findings.full:
            yield problem
        findings.add(problem)
    for file, findings in files.items():
        yield from findings.all(Location(file))[len(findings.first) :]
