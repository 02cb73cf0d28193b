"""Cases -> decisions, and what lies between decided cases: quotas and links."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from engine.base.diagnostics import EngineFailure, Problems
from engine.core.judge.case import Case, Rejected
from engine.core.judge.cohorts import Counted, QuotaCohort, quota_results
from engine.core.judge.decision import Decided, decide
from engine.core.judge.judge import Judge, judge_for
from engine.core.judge.links import links
from engine.core.judge.record import Dependence, LinkResult, QuotaResult, Results
from engine.core.policy.conditions import evaluate as evaluate_plainly
from engine.core.policy.live import Choices, regime
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Frozen, PeriodKind
from engine.core.rules.compiler import Compiled, beyond_bounds, compile_rules, with_rulesets
from engine.core.rules.domains import TooWide
from engine.core.rules.matcher import Matcher
from engine.core.rules.rulesets import BoundError

Made = Callable[[tuple[object, ...], Callable[[], Any]], Any]
"""Keeps values that take a while to make, for one library: a name, and what makes the value -> the value that is kept
under the name, made now if there was none."""


def make_anew(name: tuple[object, ...], make: Callable[[], Any]) -> Any:
    """Makes the value and keeps nothing."""
    return make()


Dependences = Callable[[Case, Sequence[bool | None]], tuple[Dependence, ...]]
"""A case and the results of its rules -> the interpretations on which its outcome depends."""


def across_cases(
    library: Library, decided: Sequence[Decided], rejected: Sequence[Rejected], switches: Choices,
    counted: Counted = QuotaCohort.result,
) -> Results:
    """Decided cases -> the results of the run, with the quotas, `counted` over each cohort, and the links."""
    quotas: list[QuotaResult] = []
    link_results: list[LinkResult] = []
    ungrouped: list[tuple[str, str]] = []
    for regulation in library.regulations.values():
        members = [member for member in decided if member.case.regulation == regulation.id]
        cohorts, without_cohort = quota_results(library.vocabulary, regulation, members, switches, counted)
        quotas += cohorts
        ungrouped += without_cohort
        link_results += links(regulation, members, switches)
    decisions = tuple(member.decision for member in decided)
    return Results(decisions, tuple(rejected), tuple(quotas), tuple(link_results), tuple(ungrouped))


class Matched(Frozen):
    """A case with the results of its rules (in the order of `Compiled.rules`), from which it is decided if asked."""

    judge: Judge
    case: Case
    codes: Mapping[str, int]
    statuses: tuple[bool | None, ...]
    depends_on: tuple[Dependence, ...]

    @cached_property
    def results(self) -> Mapping[str, bool | None]:
        """The results by the qualified ids of the rules."""
        return dict(zip(self.judge.compiled.index, self.statuses, strict=True))

    @cached_property
    def decided(self) -> Decided:
        """The case with its record."""
        return Decided(self.case, decide(self.judge, self.case, self.statuses, self.depends_on), self.results)


_Ready = tuple[Judge, Matcher, Dependences | None]


@dataclass(eq=False, repr=False)
class Engine:
    """Compilations and matchers, made when the first case needs them and kept for the next; one at a time a process.

    The matchers hold state in durable-rules: use as a context manager, or call `close`.
    """

    library: Library
    switches: Choices = field(default_factory=dict)
    verify: bool = False
    made: Made = make_anew
    dependences: Callable[[Judge, Made], Dependences] | None = None
    """What finds out for each record on which readings its outcome depends, which takes a while; None: nothing does."""
    _ready: dict[tuple[str, str, date, PeriodKind], _Ready] = field(default_factory=dict)
    """By regulation, kind of subject, day and kind of period. The day is the one since when all parameters have their
    values; the same stands under the days of cases."""

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes every matcher. The engine can be used again: it then makes new ones."""
        for _, matcher, _ in self._ready.values():
            matcher.close()
        self._ready.clear()

    def decide(self, case: Case) -> Decided:
        """Raises EngineFailure if the matching engine fails, and Problems if the rules cannot be compiled."""
        return self.match(case).decided

    def match(self, case: Case) -> Matched:
        """The results of the rules, of which a decision can be made. Raises as `decide` does."""
        judge, matcher, dependences = self._for(case)
        codes = judge.compiled.named_codes(case.values, case.evidence_named)
        statuses = list(matcher.match_both_ways(codes) if self.verify else matcher.match(codes))
        for number in judge.compiled.unconditional:
            statuses[number] = True
        if self.verify:
            verify(judge.compiled, case, statuses)
        return Matched(judge, case, codes, tuple(statuses), dependences(case, statuses) if dependences else ())

    def judge(self, case: Case) -> Judge:
        """The regulation, compilation and ladder by which a case is decided."""
        return self._for(case)[0]

    def _for(self, case: Case) -> _Ready:
        key = (case.regulation, case.subject.kind, case.as_of, case.period_kind)
        if key not in self._ready:
            regulation = self.library.regulations[case.regulation]
            since = (regulation.id, case.subject.kind, regime(regulation, case.as_of), case.period_kind)
            if since not in self._ready:
                self._ready[since] = self._made(regulation, *since[1:])
            self._ready[key] = self._ready[since]
        return self._ready[key]

    def _made(self, regulation: Regulation, kind: str, since: date, period: PeriodKind) -> _Ready:
        name = (regulation.id, kind, since, period, tuple(sorted(self.switches.items())))
        judge = self.made(name, lambda: self._judge(regulation, kind, since, period))
        dependences = self.dependences(judge, self.made) if self.dependences is not None else None
        return judge, matcher_for(judge.compiled), dependences

    def _judge(self, regulation: Regulation, kind: str, since: date, period: PeriodKind) -> Judge:
        try:
            rules = compile_rules(regulation, self.library.vocabulary, kind, since, self.switches, period)
            compiled = with_rulesets(rules)
        except (TooWide, BoundError) as error:
            raise Problems([beyond_bounds(regulation, error)]) from None
        return judge_for(regulation, compiled, self.switches)


def matcher_for(compiled: Compiled) -> Matcher:
    """The matcher that answers for a compilation."""
    reads = [frozenset(compiled.properties[observable] for observable in rule.asks) for rule in compiled.rules]
    return Matcher(compiled.holds, compiled.fails, reads)


def verify(compiled: Compiled, case: Case, statuses: Sequence[bool | None]) -> None:
    """Derives each rule again, without the matcher. Raises EngineFailure if one comes out in another way."""
    for rule, status in zip(compiled.rules, statuses, strict=True):
        if rule.condition is None:
            continue
        plain = evaluate_plainly(rule.condition, compiled.vocabulary.facts, case.values, case.evidence_named)
        if plain is not status:
            raise EngineFailure(
                f"case {case.case_id}: rule {rule.rule.name} came out as {status} and, re-derived, as {plain}"
            )
