"""Matched rules -> the decision record of one case: whether it is reviewed, what the review must cover, what must be
clarified, and which grade the facts support.

Nothing here decides for people: grades that people gave are compared with the proposal and never changed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from engine.base.version import ENGINE_VERSION
from engine.core.judge.case import GIVERS, Case, Giver
from engine.core.judge.judge import MOST_KEPT, Judge
from engine.core.judge.ladder import Outcomes, by_statuses, next_rung, open_rules, reached
from engine.core.judge.missing import missing_facts, outcomes_of
from engine.core.judge.record import (
    UNDETERMINED,
    BarResult,
    ComparisonResult,
    Decision,
    Dependence,
    GradeComparison,
    Grading,
    ReviewItem,
    RuleResult,
    RungResult,
    SubjectRecord,
)
from engine.core.policy.conditions import deciding, evaluate, partly, ready
from engine.core.policy.rules import Comparison, Condition, EvidenceNamed, Operand, Role, Rule
from engine.core.policy.terms import Frozen
from engine.core.rules.compiler import CompiledRule
from engine.core.rules.domains import Observable


def decide(
    judge: Judge, case: Case, statuses: Sequence[bool | None], depends_on: tuple[Dependence, ...] = ()
) -> Decision:
    """The results of the rules, in the order of `Compiled.rules` (true without a condition) -> the record of a case."""
    return _Decider(judge, case, statuses, depends_on).decision()


def rule_result(judge: Judge, case: Case, statuses: Sequence[bool | None], number: int) -> RuleResult:
    """What became of one rule, by its number in `Compiled.rules`."""
    return _Decider(judge, case, statuses, ())._made_result(number)


class _Decider(Frozen, eq=False):
    """One case as it is decided."""

    judge: Judge
    case: Case
    statuses: Sequence[bool | None]
    depends_on: tuple[Dependence, ...]

    @cached_property
    def codes(self) -> Mapping[Observable, int]:
        return self.judge.compiled.codes(self.case.values, self.case.evidence_named)

    def decision(self) -> Decision:
        """The record of the case."""
        regulation, case = self.judge.regulation, self.case
        exemptions = self._holding_or_open("exemption")
        subject_to_review = None if exemptions and exemptions[0].holds is None else not exemptions
        reviewed = subject_to_review is not False
        review = self._review() if reviewed else ()
        findings = self._results("trigger", True) if reviewed else ()
        open_findings = self._results("trigger", None) if reviewed else ()
        ungraded = self._holding_or_open("ungraded") if reviewed else ()
        grading = self._grading() if reviewed and not (ungraded and ungraded[0].holds) else None
        uncertain, graded = self.judge.uncertain, [] if grading is None else _results_in(grading)
        rested_on = [result for result in (*exemptions, *ungraded, *findings, *graded) if result.rule.name in uncertain]
        if reviewed:
            rested_on += self._results_of([number for number, rule in self._required() if rule.name in uncertain])
        names = {result.rule.name for result in rested_on}
        return Decision(
            case_id=case.case_id, file=case.file, regulation=regulation.id, regulation_label=regulation.label,
            grade_names=tuple((grade.id, grade.label) for grade in regulation.grades),
            chosen_because=case.chosen_because, policy_hash=regulation.content_hash, engine_version=ENGINE_VERSION,
            input_hash=case.input_hash, period=case.period, as_of=case.as_of,
            subject=SubjectRecord(**vars(case.subject), kind_label=regulation.kinds[case.subject.kind].label),
            subject_to_review=subject_to_review, exemptions=exemptions, review=review,
            findings=findings, open_findings=open_findings,
            grading=grading, grades=self._compared(grading), decided_on=case.decided_on,
            assumptions=tuple({result.rule.name: result for result in rested_on if result.assumed}.values()),
            readings=tuple([used for used, rules in self.judge.readings if not rules.isdisjoint(names)]),
            missing=self._unknown(), switches=self.judge.switched, ungraded=ungraded, depends_on=self.depends_on,
        )  # fmt: skip

    # --- rules ---

    def _results(self, role: Role, holds: bool | None) -> tuple[RuleResult, ...]:
        return tuple(self._results_of(n for n in self.judge.by_role.get(role, ()) if self.statuses[n] is holds))

    def _holding_or_open(self, role: Role) -> tuple[RuleResult, ...]:
        return self._results(role, True) or self._results(role, None)

    def _results_of(self, numbers: Iterable[int]) -> list[RuleResult]:
        """The results of these rules. A result depends only on what its rule looks at, in which many cases agree."""
        values, named = self.case.values.get, self.case.evidence.get
        results = []
        for number in numbers:
            facts, evidence, kept = self.judge.looked_at[number]
            key = self.statuses[number], *map(values, facts), *map(named, evidence)
            result = kept.get(key)
            if result is None:
                result = self._made_result(number)
                if len(kept) < MOST_KEPT:
                    kept[key] = result
            results.append(result)
        return results

    def _made_result(self, number: int) -> RuleResult:
        compiled = self.judge.compiled.rules[number]
        comparisons = tuple(self._comparisons(compiled))
        return RuleResult(compiled.rule, self.statuses[number], comparisons, self._exception(compiled.rule))

    def _unknown(self) -> tuple[str, ...]:
        """Every fact that some rule looks at and the case does not state, and `evidence` that it does not name."""
        facts, evidence = self.judge.all_looked_at
        unnamed = (f"evidence.{fact}" for fact in evidence - self.case.evidence_named.keys())
        return tuple(sorted([*(facts - self.case.values.keys()), *unnamed]))

    def _comparisons(self, compiled: CompiledRule) -> Iterable[ComparisonResult]:
        if compiled.condition is None:
            return
        facts, values = self.judge.compiled.vocabulary.facts, self.case.values
        leaves = deciding(compiled.condition, facts, values, self.case.evidence_named)
        # A comparison that stands in a rule twice has the same result twice.
        for leaf, negated, result in dict.fromkeys(leaves):
            yield compared(self.judge, self.case, leaf, result, negated)

    def _exception(self, rule: Rule) -> bool:
        """Did the rule's `unless` decide its result?"""
        if rule.unless is None or self._evaluated(rule.unless) is not True:
            return False
        return rule.when is None or self._evaluated(rule.when) is not (rule.role == "criterion")

    def _evaluated(self, condition: Condition) -> bool | None:
        """What a condition, as it is written, comes to for the case."""
        vocabulary = self.judge.compiled.vocabulary
        operands_ready = ready(condition, vocabulary, self.judge.regulation.parameters, self.judge.compiled.day)
        return evaluate(operands_ready, vocabulary.facts, self.case.values, self.case.evidence_named)

    # --- the review ---

    def _required(self) -> list[tuple[int, Rule]]:
        """The contents of the review that are required, or may be."""
        numbers, rules = self.judge.by_role.get("review_content", ()), self.judge.compiled.rules
        return [(number, rules[number].rule) for number in numbers if self.statuses[number] is not False]

    def _review(self) -> tuple[ReviewItem, ...]:
        covered, statuses = self.case.covered, self.statuses
        return tuple(
            ReviewItem(rule, statuses[number], None if covered is None else rule.id in covered)
            for number, rule in self._required()
        )

    # --- the grade ---

    def _grading(self) -> Grading:
        live, statuses = self.judge.live, self.statuses
        open_now = by_statuses(live, statuses)
        # Codes are only worked out if something is open.
        outcomes = (
            outcomes_of(self.judge, self.case.values, statuses, self.codes)
            if len(open_now) > 1
            else Outcomes(open_now, exact=True)
        )
        order = [*live.grades, UNDETERMINED]
        possible = tuple(sorted(outcomes.possible, key=order.index))
        grades = [grade for grade in possible if grade != UNDETERMINED]
        settled = len(possible) == 1
        bars = [(grade, number) for grade, number in live.bars if statuses[number] is not False]
        highest = grades[0] if grades else None
        return Grading(
            settled=settled,
            grade=possible[0] if settled and grades else None,
            lowest=grades[-1] if grades else None,
            highest=highest,
            possible=possible,
            exact=outcomes.exact,
            rungs=tuple(self._rungs()),
            bars=tuple(map(BarResult, [grade for grade, _ in bars], self._results_of(number for _, number in bars))),
            missing=()
            if settled
            else missing_facts(self.judge, self.case.values, self.codes, open_rules(live, statuses, outcomes.possible)),
            otherwise=RuleResult(live.ladder.otherwise, None) if UNDETERMINED in possible else None,
            gaps=self._holding_or_open("gap") if UNDETERMINED in possible else (),
            next=next_rung(live, statuses, highest),
            spared=self._spared(),
        )

    def _spared(self) -> tuple[BarResult, ...]:
        """The bars that fail though something that they ask for is there."""
        facts, whens = self.judge.compiled.vocabulary.facts, self.judge.whens
        failing = [(grade, number) for grade, number in self.judge.live.bars if self.statuses[number] is False]
        return tuple(
            BarResult(grade, result)
            for (grade, number), result in zip(
                failing, self._results_of([number for _, number in failing]), strict=True
            )
            if result.exception or (number in whens and partly(whens[number], facts, self.case.values))
        )

    def _rungs(self) -> Iterator[RungResult]:
        criteria = self.judge.criteria
        results = dict(zip(criteria, self._results_of(criteria), strict=True))
        labels = {grade.id: grade.label for grade in self.judge.regulation.grades}
        for grade, numbers in self.judge.live.rungs:
            by_status: dict[bool | None, list[RuleResult]] = {True: [], False: [], None: []}
            for number in numbers:
                by_status[self.statuses[number]].append(results[number])
            yield RungResult(grade, labels[grade], reached(numbers, self.statuses), *map(tuple, by_status.values()))

    # --- what people gave ---

    def _compared(self, grading: Grading | None) -> tuple[GradeComparison, ...]:
        given, order, possible = self.case.grades, self.judge.live.grades, None if grading is None else grading.possible
        return tuple(compared_grade(giver, given[giver], possible, order) for giver in GIVERS if giver in given)


def _results_in(grading: Grading) -> list[RuleResult]:
    results = [result for rung in grading.rungs for result in (*rung.met, *rung.unmet, *rung.unknown)]
    return results + [bar.result for bar in grading.bars]


def compared_grade(giver: Giver, grade: str, possible: Sequence[str] | None, order: Sequence[str]) -> GradeComparison:
    """A given grade beside the outcomes that are possible, best first; None if there is no grade."""
    agrees = higher = None
    if possible is not None:
        agrees = None if grade in possible and len(possible) > 1 else grade in possible
        places = [order.index(name) for name in possible if name != UNDETERMINED]
        if places and grade not in possible and not places[0] < order.index(grade) < places[-1]:
            higher = order.index(grade) < places[0]
    return GradeComparison(giver, grade, agrees, higher)


def compared(
    judge: Judge, case: Case, leaf: Comparison | EvidenceNamed, result: bool | None, negated: bool
) -> ComparisonResult:
    """One comparison of a rule, with typed operands, beside what the case says."""
    fact = judge.compiled.vocabulary.facts[leaf.fact]
    if isinstance(leaf, EvidenceNamed):
        evidence = case.evidence.get(leaf.fact, ())
        return ComparisonResult(fact, None, Operand(()), None, None, result, negated, evidence)
    assert isinstance(leaf.operand, Operand)
    dated, actual = judge.dated(leaf.operand.parameter), case.values.get(leaf.fact)
    return ComparisonResult(fact, leaf.operator, leaf.operand, dated, actual, result, negated)


class Decided(Frozen):
    """A case, its record, and the results of its rules by qualified id."""

    case: Case
    decision: Decision
    results: Mapping[str, bool | None]
