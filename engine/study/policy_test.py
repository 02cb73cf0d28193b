"""One test of the policies: what is wrong with it, and what it finds when it runs."""

from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from types import TracebackType

from engine.base.diagnostics import Diagnostic, Location, Problems
from engine.core.judge.case import Case
from engine.core.judge.decision import Decided, decide
from engine.core.judge.engine import across_cases, matcher_for, verify
from engine.core.judge.judge import Judge, judge_for
from engine.core.policy.live import Choices, chosen, regime
from engine.core.policy.regulation import Library, all_rules
from engine.core.rules.compiler import Compiled, beyond_bounds, with_rulesets
from engine.core.rules.matcher import Matcher
from engine.core.rules.rulesets import BoundError
from engine.study.coverage import Tally
from engine.study.expectations import compare, differing
from engine.study.policy_test_cases import PolicyTest, cases_of
from engine.study.policy_test_names import unknown_names
from engine.study.variations import compiled_on, in_force_of


@dataclass(frozen=True)
class Failure:
    """One expectation that was not met, as written and as it came out; `rules` are those that make the difference."""

    location: Location
    what: str
    expected: str
    got: str
    rules: tuple[tuple[str, Location], ...] = ()


@dataclass(eq=False, repr=False)
class TestEngine:
    """Decides the cases of tests. All rules of a regulation are compiled together, once for each day since which a
    parameter has another value, whatever the kind of subject, the period and the readings: a matcher that answers for
    all of them answers for those that exist for one case. A context manager, since matchers hold memory of
    durable-rules.
    """

    __test__ = False

    library: Library
    _matchers: dict[tuple[str, date], tuple[Compiled, Matcher]] = field(default_factory=dict)
    _judges: dict[tuple[object, ...], Judge] = field(default_factory=dict)

    def __enter__(self) -> "TestEngine":
        """Opens nothing: matchers are made when a test needs them."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes every matcher."""
        for _, matcher in self._matchers.values():
            matcher.close()

    def decide(self, case: Case, switches: Choices) -> tuple[Judge, Decided]:
        """A case -> what is fixed for its kind of subject under a choice of readings, and the decided case; each rule
        is matched in both ways and derived again. Raises Problems and EngineFailure."""
        whole, matcher = self._matcher(case)
        judge = self._judge(case, switches, whole)
        answers = matcher.match_both_ways(whole.named_codes(case.values, case.evidence_named))
        statuses = [
            True if rule.condition is None else answers[whole.index[rule.rule.name]] for rule in judge.compiled.rules
        ]
        verify(judge.compiled, case, statuses)
        results = dict(zip(judge.compiled.index, statuses, strict=True))
        return judge, Decided(case, decide(judge, case, statuses), results)

    def _matcher(self, case: Case) -> tuple[Compiled, Matcher]:
        regulation = self.library.regulations[case.regulation]
        since = regime(regulation, case.as_of)
        key = (regulation.id, since)
        if key not in self._matchers:
            whole, problems = compiled_on(self.library.vocabulary, regulation, since)
            if problems:
                raise Problems(problems)
            try:
                whole = with_rulesets(whole)
            except BoundError as error:
                raise Problems([beyond_bounds(regulation, error)]) from None
            self._matchers[key] = whole, matcher_for(whole)
        return self._matchers[key]

    def _judge(self, case: Case, switches: Choices, whole: Compiled) -> Judge:
        kind, period = case.subject.kind, case.period_kind
        key = (case.regulation, whole.day, kind, period, *sorted(switches.items()))
        if key not in self._judges:
            regulation = self.library.regulations[case.regulation]
            compiled = in_force_of(whole, regulation, kind, chosen(regulation, switches), period)
            self._judges[key] = judge_for(regulation, compiled, switches)
        return self._judges[key]


def read_test(test: PolicyTest) -> tuple[list[Case], tuple[Diagnostic, ...]]:
    """The cases of a test, and everything in it that is out of bounds or names what does not exist."""
    problems = list(unknown_names(test))
    cases = cases_of(test, problems)
    return cases, tuple(dict.fromkeys(problems))


def _with_case(decided: Decided, case: Case) -> Decided:
    """The decision of a case of the same group."""
    return Decided(case, replace(decided.decision, case_id=case.case_id), decided.results)


def failures(test: PolicyTest, engine: TestEngine, tally: Tally) -> list[Failure]:
    """Runs a test, notes in the tally what it covers, and returns the expectations that were not met.

    Raises Problems if the test names something that does not exist.
    """
    cases, problems = read_test(test)
    if problems:
        raise Problems(problems)
    decided: list[Decided] = []
    # The cases of a group share their facts: they are alike but for their ids.
    for _, group in groupby(cases, key=lambda case: id(case.values)):
        first, *others = group
        judge, decided_case = engine.decide(first, test.switches)
        tally.note(judge, decided_case, 1 + len(others))
        decided += [decided_case, *(_with_case(decided_case, case) for case in others)]
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
