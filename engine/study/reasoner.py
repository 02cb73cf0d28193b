"""Judging without the matching engine: a case's rules decided by the same regions that are compiled for it.

For questions about policies (what a change means, what a reading decides), for which one case is judged by many
versions of a regulation. Decisions that people are given come from `core/judge`; tests hold the two equal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from engine.base.documents import Document
from engine.core.judge.case import Case, Rejected
from engine.core.judge.decision import Decided, decide
from engine.core.judge.judge import Judge, judge_for
from engine.core.judge.record import NOT_GRADED, NOT_REVIEWED, Decision
from engine.core.policy.live import Choices, regime
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import PeriodKind
from engine.core.rules.compiler import compile_rules
from engine.load.cases.careful import parse_case
from engine.study.alternatives import OtherReadings, alternatives
from engine.study.settling import settle


@dataclass
class Reasoner:
    """Judges cases by the regulations of one library under one choice of readings; compilations are kept."""

    library: Library
    switches: Choices = field(default_factory=dict)
    with_readings: bool = False
    """Whether decisions also say on which readings their outcome depends."""
    _others: dict[int, OtherReadings] = field(default_factory=dict)
    _judges: dict[tuple[str, str, date, PeriodKind], Judge] = field(default_factory=dict)

    def document(self, document: Document, regulation: str | None = None) -> Decided | Rejected:
        """A case document -> the decided case, or why it could not be judged."""
        case, problems = parse_case(document, self.library, regulation)
        if case is None:
            data = document.data
            case_id = data.get("case_id") if isinstance(data, Mapping) else None
            return Rejected(document.file, case_id if isinstance(case_id, str) else None, problems)
        return self.decide(case)

    def decide(self, case: Case) -> Decided:
        """A case -> the decision, as the matching engine would come to it. Raises TooWide."""
        judge = self.judge(case)
        compiled = judge.compiled
        codes = compiled.codes(case.values, case.evidence_named)
        start = [True if rule.condition is None else None for rule in compiled.rules]
        statuses = settle(compiled, start, codes)
        results = {rule.rule.name: status for rule, status in zip(compiled.rules, statuses, strict=True)}
        decision = decide(judge, case, statuses)
        if self.with_readings:
            if id(judge) not in self._others:
                self._others[id(judge)] = OtherReadings(judge, alternatives(judge))
            decision = replace(decision, depends_on=self._others[id(judge)].dependences(case, statuses))
        return Decided(case, decision, results)

    def judge(self, case: Case) -> Judge:
        """The regulation, its rules and the ladder by which a case is judged. Raises TooWide."""
        regulation = self.library.regulations[case.regulation]
        return self.judge_of(regulation, case.subject.kind, case.as_of, case.period_kind)

    def judge_of(self, regulation: Regulation, kind: str, day: date, period: PeriodKind = "year") -> Judge:
        """What is fixed for a kind of subject on a day. Raises TooWide."""
        since = regime(regulation, day)
        key = (regulation.id, kind, since, period)
        if key not in self._judges:
            compiled = compile_rules(regulation, self.library.vocabulary, kind, since, self.switches, period)
            self._judges[key] = judge_for(regulation, compiled, self.switches)
        return self._judges[key]


def outcome_of(decision: Decision) -> tuple[str, ...]:
    """What a decision leaves possible: grades and `undetermined`, or if no grade is due, that and why."""
    if decision.grading is None:
        return (NOT_REVIEWED,) if decision.subject_to_review is False else (NOT_GRADED,)
    return decision.grading.possible
