"""The decision record: everything found about one case, and about the cohorts of a run, as frozen data.

Rules have their qualified ids (`<file>.<grade>.<criterion>`); results are True (holds), False (fails), None (unknown).
"""

from datetime import date
from functools import cached_property
from typing import Literal

from engine.base.diagnostics import Diagnostic
from engine.core.judge.case import Giver, Rejected, Subject
from engine.core.policy.regulation import DatedValue, Interpretation
from engine.core.policy.rules import Operand, Operator, Provision, Rule
from engine.core.policy.terms import Fact, Frozen, Source, Text, Value

QuotaStatus = Literal["within", "exceeded", "unknown"]
LinkStatus = Literal["kept", "broken", "unknown"]
UNDETERMINED = "undetermined"
"""What a case may come to besides a grade: its grade is left to the authority."""
NOT_REVIEWED, NOT_GRADED = "not_reviewed", "not_graded"
"""What a case comes to for which no grade is due."""


class ComparisonResult(Frozen):
    """One comparison of a rule beside what the case says. `dated` is the value of the operand's parameter, if any.

    `evidence` is set instead of `operator` if the rule asks that evidence be named; `actual` is then unused.
    `negated` says that the rule asks for the opposite (the comparison stands under `none`).
    """

    fact: Fact
    operator: Operator | None
    operand: Operand
    dated: DatedValue | None
    actual: Value | None
    result: bool | None
    negated: bool = False
    evidence: tuple[str, ...] | None = None


class RuleResult(Frozen):
    """What became of one rule: `comparisons` are those that caused the result, in the order of the policy."""

    rule: Provision
    holds: bool | None
    comparisons: tuple[ComparisonResult, ...] = ()
    exception: bool = False
    """True if the rule's `unless` decided: a criterion waived, another rule disarmed."""

    @cached_property
    def assumed(self) -> bool:
        """Does it rest on a source that nobody states?"""
        sources = [self.rule.source, *(leaf.dated.source for leaf in self.comparisons if leaf.dated)]
        return any(source.status == "assumed" for source in sources)


class ReviewItem(Frozen):
    """A content of the review: required True or None (not known whether), covered True, False or None (not said)."""

    rule: Provision
    required: bool | None
    covered: bool | None


class RungResult(Frozen):
    """One rung with the criteria that hold for it, fail and are unknown, those of lower rungs included."""

    grade: str
    label: Text
    reached: bool | None
    met: tuple[RuleResult, ...]
    unmet: tuple[RuleResult, ...]
    unknown: tuple[RuleResult, ...]


class BarResult(Frozen):
    """A bar with the grade that it puts a case on."""

    grade: str
    result: RuleResult


class MissingFact(Frozen):
    """A fact (or `evidence` for it) that the case does not state and that would help to settle the grade."""

    fact: Fact
    evidence: bool
    needed_for: tuple[str, ...]
    """The derived facts that rest on it."""


class Grading(Frozen):
    """The grade that the facts support, or a range.

    `possible` lists the outcomes that some completion of the missing facts may reach, best to lowest; the last may be
    `undetermined`, which is for the authority. `lowest` and `highest` are grades among them (None if there is none).
    `exact`: each of them is known to be reached by some completion; otherwise the range is sound but may be wide.
    """

    settled: bool
    grade: str | None
    lowest: str | None
    highest: str | None
    possible: tuple[str, ...]
    exact: bool
    rungs: tuple[RungResult, ...]
    bars: tuple[BarResult, ...]
    """The bars that hold or are unknown."""
    missing: tuple[MissingFact, ...]
    otherwise: RuleResult | None
    """Why the outcome is left to the authority, if it is or may be."""
    gaps: tuple[RuleResult, ...] = ()
    """The gaps of the text in which the case lies, or may lie, if its outcome is left to the authority."""
    next: str | None = None
    """The grade to reach next, above the highest possible; None if the ladder has none above."""
    spared: tuple[BarResult, ...] = ()
    """The bars that do not apply though something that they ask for is there: too little of it, or an exception. The
    bars of whose facts there is nothing are left out."""


class GradeComparison(Frozen):
    """A grade that somebody gave, beside the proposal: agrees True, False, or None while a range holds both."""

    given_by: Giver
    grade: str
    agrees: bool | None
    higher: bool | None
    """True if it is above the proposal (or its highest), False if below, None if neither."""


class ReadingUsed(Frozen):
    """An interpretation on which some rule of this record rests."""

    interpretation: Interpretation
    option: str
    label: Text
    switched: bool
    """True if the run chose another option than the regulation's file."""


class Dependence(Frozen):
    """Another option of an interpretation under which other outcomes are possible than under the one chosen."""

    interpretation: Interpretation
    option: str
    label: Text
    possible: tuple[str, ...]


class SubjectRecord(Subject):
    """Who was reviewed, as the case says it."""

    kind_label: Text


class Decision(Frozen):
    """Everything found about one case."""

    case_id: str
    file: str
    regulation: str
    regulation_label: Text
    grade_names: tuple[tuple[str, Text], ...]
    """Every grade of the regulation with its label, best to lowest."""
    chosen_because: Text
    """Why this regulation: in force on the day, or named."""
    policy_hash: str
    engine_version: str
    input_hash: str
    period: str
    as_of: date
    subject: SubjectRecord
    subject_to_review: bool | None
    exemptions: tuple[RuleResult, ...]
    """Those that hold; if none does, those that are unknown."""
    review: tuple[ReviewItem, ...]
    findings: tuple[RuleResult, ...]
    open_findings: tuple[RuleResult, ...]
    """Triggers of which it is unknown whether they hold."""
    grading: Grading | None
    """None if the subject is not subject to review, or reviewed and not graded."""
    grades: tuple[GradeComparison, ...]
    decided_on: date | None
    assumptions: tuple[RuleResult, ...]
    """The rules with status `assumed` that had a part in the result."""
    readings: tuple[ReadingUsed, ...]
    missing: tuple[str, ...]
    """Every fact that some rule for this subject asks about and the case does not state."""
    switches: tuple[tuple[str, str], ...] = ()
    """The interpretations of the regulation that the run read otherwise than its file, and how."""
    ungraded: tuple[RuleResult, ...] = ()
    """The exemptions from grading that hold; if none does, those that are unknown."""
    policy_commit: str | None = None
    """The git commit of the policies folder and whether the folder was just as committed; None outside git."""
    policy_clean: bool | None = None
    depends_on: tuple[Dependence, ...] = ()
    """The readings, one changed at a time, under which the outcome would be another."""


class QuotaWay(Frozen):
    """The figures of a quota if so many (`given`) of the cases that it waits for get the grade. The others may come
    into the base or not, so that base, limit and excess are each a least and a greatest; `relief` names one of which it
    is unknown whether it applies, and that this way takes as granted."""

    relief: str | None
    given: int
    count: int
    base: tuple[int, int]
    limit: tuple[int, int]
    excess: tuple[int, int]
    status: QuotaStatus
    """Unknown if the base decides."""


class QuotaResult(Frozen):
    """A limit over one cohort. `limit` is the greatest count lawful over the present base, `greatest_lawful` the
    greatest that would be lawful if the surplus fell one grade. Figures count settled cases only, and no relief of
    which it is unknown whether it applies; `status` is unknown if these decide."""

    quota: Provision
    regulation: str
    period: str
    cohort: tuple[tuple[str, str], ...]
    grade: str
    grade_label: Text
    of: tuple[str, ...]
    percent: Value
    share: DatedValue
    """The parameter's value that sets `percent`."""
    count: int
    base: int
    limit: int
    excess: int
    greatest_lawful: int
    status: QuotaStatus
    relief: RuleResult | None
    holders: tuple[str, ...]
    """Case ids of those who hold the grade; the program never chooses among them."""
    unsettled: tuple[str, ...]
    size: int
    waiting: int = 0
    """How many cases are not settled: a range, one left to the authority, or one that may not be graded at all."""
    may_relieve: tuple[RuleResult, ...] = ()
    """The reliefs of which it is unknown whether they apply."""
    missing: tuple[MissingFact, ...] = ()
    """The facts that would tell."""
    ways: tuple[QuotaWay, ...] = ()
    """What the figures come to in each way that the unsettled cases and unknown reliefs may turn out; of many ways
    those at which the verdict turns."""
    readings: tuple["QuotaReading", ...] = ()


class QuotaReading(Frozen):
    """What a quota would come to over a cohort by another `option` of an interpretation; or, if `option` is "", by a
    relief whose condition the cohort does not meet, such as a higher share that was not decided."""

    setting: Interpretation | Rule
    option: str
    label: Text
    result: QuotaResult
    source: Source | None


class LinkResult(Frozen):
    """What must hold between two cases, and whether it does."""

    link: Provision
    case_id: str
    other: str
    """The id of the other subject, and its case if the run holds one."""
    other_case: str | None
    status: LinkStatus
    grade: str | None
    other_grade: str | None
    regulation: str = ""


class Results(Frozen):
    """One run: every case is in `decisions` or in `rejected`, in the order given."""

    decisions: tuple[Decision, ...]
    rejected: tuple[Rejected, ...]
    quotas: tuple[QuotaResult, ...]
    links: tuple[LinkResult, ...]
    ungrouped: tuple[tuple[str, str], ...] = ()
    """(quota, case id) of cases that a quota covers but that name no cohort."""
    warnings: tuple[Diagnostic, ...] = ()
    """What was taken as it stands and is worth a look."""
