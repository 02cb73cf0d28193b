"""One test of the policies: what is wrong with it, and what it finds when it runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

from engine.base.diagnostics import Diagnostic, Location, Problems
from engine.core.judge.case import Case
from engine.core.judge.engine import Engine, across_cases
from engine.core.policy.regulation import Library, all_rules
from engine.study.coverage import Tally
from engine.study.expectations import compare, differing
from engine.study.policy_test_cases import PolicyTest, cases_of
from engine.study.policy_test_names import unknown_names


@dataclass(frozen=True)
class Failure:
    """One expectation that was not met, as written and as it came out; `rules` are those that make the difference."""

    location: Location
    what: str
    expected: str
    got: str
    rules: tuple[tuple[str, Location], ...] = ()


class Engines:
    """One engine for each choice of interpretations, kept for the tests that follow: compiling takes most of a test's
    time. A context manager, since engines hold memory of durable-rules: of more than `most` the oldest is closed, and
    all are closed at the end.
    """

    most = 8

    def __init__(self, library: Library) -> None:
        """Engines for the regulations of one library."""
        self.library = library
        self._kept: dict[tuple[tuple[str, str], ...], Engine] = {}

    def __enter__(self) -> "Engines":
        """Opens nothing: engines are made when a test needs them."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes every engine that is still kept."""
        for engine in self._kept.values():
            engine.close()

    def choosing(self, switches: Mapping[str, str]) -> Engine:
        """The engine for a choice of options by interpretation."""
        key = tuple(sorted(switches.items()))
        engine = self._kept.pop(key, None) or Engine(self.library, dict(switches), verify=True)
        self._kept[key] = engine
        if len(self._kept) > self.most:
            self._kept.pop(next(iter(self._kept))).close()
        return engine


def read_test(test: PolicyTest) -> tuple[list[Case], tuple[Diagnostic, ...]]:
    """The cases of a test, and everything in it that is out of bounds or names what does not exist."""
    problems = list(unknown_names(test))
    cases = cases_of(test, problems)
    return cases, tuple(dict.fromkeys(problems))


def failures(test: PolicyTest, engines: Engines, tally: Tally) -> list[Failure]:
    """Runs a test, notes in the tally what it covers, and returns the expectations that were not met.

    Raises Problems if the test names something that does not exist.
    """
    cases, problems = read_test(test)
    if problems:
        raise Problems(problems)
    engine = engines.choosing(test.switches)
    decided = [engine.decide(case) for case in cases]
    for case in decided:
        tally.note(engine.judge(case.case), case)
    results = across_cases(test.tested.library, decided, (), test.switches)
    tally.note_across(results, test.tested.regulation.id)
    places = {rule.id: (rule.name, rule.location) for rule in all_rules(test.tested.regulation)}
    return [
        Failure(
            test.document.location((*test.path, "expect", what)),
            what,
            expected,
            got,
            tuple(places[name] for name in differing(expected, got) if name in places),
        )
        for what, expected, got in compare(test.data["expect"], decided, results)
        if expected != got
    ]
