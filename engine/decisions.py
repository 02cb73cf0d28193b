"""Matched rules -> the decision record of one case: whether it is reviewed, what the review must cover, what must be
clarified, and which grade the facts support.

Nothing here decides for people: grades that people gave are compared with the proposal and never changed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from engine import ENGINE_VERSION
from engine.cases import Case
from engine.compiler import Choices, Compiled, CompiledRule, ready
from engine.conditions import deciding, evaluate, leaves
from engine.domains import Observable
from engine.model import (
    Comparison,
    Condition,
    DatedValue,
    EvidenceNamed,
    Fact,
    Operand,
    Regulation,
    Rule,
    Shown,
    Text,
    Value,
)
from engine.outcomes import LiveLadder, Outcomes, by_statuses, live_ladder, open_rules, possible_outcomes
from engine.records import (
    UNDETERMINED,
    BarResult,
    ComparisonResult,
    Decision,
    Dependence,
    GradeComparison,
    Grading,
    MissingFact,
    ReadingUsed,
    ReviewItem,
    RuleResult,
    RungResult,
    SubjectRecord,
)

MOST_KEPT = 1_000
"""Results of one rule that are kept for cases that say the same of what it asks about."""

CHOSEN_BECAUSE = {
    "in_force": Text(vi="có hiệu lực vào ngày xét", en="in force on the day of review"),
    "named": Text(vi="hồ sơ nêu tên", en="named by the case"),
    "overridden": Text(vi="người chạy chỉ định", en="chosen by the person who ran this"),
}


def _chosen_because(case: Case) -> Text:
    """Why this regulation; in a period that saw two of them, what the other is and how to choose it."""
    because = CHOSEN_BECAUSE[case.chosen_because]
    for label, since, until in case.in_force_too:
        if until is not None and until < case.as_of:
            vi, en = f"đến {until:%d/%m/%Y} là {label.vi}", f"until {until} it was {label.en}"
        else:
            vi, en = f"từ {since:%d/%m/%Y} là {label.vi}", f"from {since} it is {label.en}"
        because = Text(vi=f"{because.vi}; {vi}", en=f"{because.en}; {en}")
    if case.in_force_too:
        because = Text(
            vi=f"{because.vi}; muốn xét theo quy định khác thì dùng --regulation",
            en=f"{because.en}; --regulation chooses another",
        )
    return because


@dataclass(frozen=True, repr=False)
class Judge(Shown):
    """All that is fixed while cases of one kind are decided: the regulation, its compilation and its ladder."""

    regulation: Regulation
    compiled: Compiled
    live: LiveLadder
    switches: Choices
    items: dict[tuple[str, bool | None, bool | None], ReviewItem] = field(default_factory=dict, compare=False)
    """Review items made before."""

    @cached_property
    def by_role(self) -> dict[str, list[int]]:
        """The numbers of the rules of each role."""
        found: dict[str, list[int]] = {}
        for number, one in enumerate(self.compiled.rules):
            found.setdefault(one.rule.role, []).append(number)
        return found

    @cached_property
    def looked_at(self) -> list[tuple[list[str], list[str], dict[tuple[object, ...], RuleResult]]]:
        """For each rule the facts it compares, those it wants evidence for, and its results by what is said of them."""
        found: list[tuple[list[str], list[str], dict[tuple[object, ...], RuleResult]]] = []
        for one in self.compiled.rules:
            asked = [leaf for leaf, _ in leaves(one.condition)]
            facts = dict.fromkeys(leaf.fact for leaf in asked if isinstance(leaf, Comparison))
            evidence = dict.fromkeys(leaf.fact for leaf in asked if isinstance(leaf, EvidenceNamed))
            found.append((list(facts), list(evidence), {}))
        return found


def judge(regulation: Regulation, compiled: Compiled, switches: Choices) -> Judge:
    """Raises ValueError where no ladder covers the compiled kind (cases of such a kind are refused before)."""
    live = live_ladder(regulation, compiled)
    if live is None:
        raise ValueError(f"no ladder covers {compiled.kind}")
    return Judge(regulation, compiled, live, switches)


def decide(by: Judge, case: Case, statuses: Sequence[bool | None], depends_on: tuple[Dependence, ...] = ()) -> Decision:
    """The results of the rules (in the order of `Compiled.rules`) for one case -> its record."""
    known = [True if one.condition is None else status for one, status in zip(by.compiled.rules, statuses, strict=True)]
    return _Decider(by, case, known, depends_on).decision()


@dataclass(frozen=True, eq=False, repr=False)
class _Decider:
    """One case as it is decided."""

    by: Judge
    case: Case
    statuses: Sequence[bool | None]
    depends_on: tuple[Dependence, ...]
    made: dict[int, RuleResult] = field(default_factory=dict)
    """Results by their rule's number: a criterion stands on its own rung and on every better one."""

    @cached_property
    def codes(self) -> Mapping[Observable, int]:
        return self.by.compiled.codes(self.case.values, self.evidence_named)

    @cached_property
    def evidence_named(self) -> Mapping[str, bool]:
        return self.case.evidence_named

    def decision(self) -> Decision:
        regulation, case = self.by.regulation, self.case
        exemptions = self._results("exemption", True) or self._results("exemption", None)
        subject_to_review = None if exemptions and exemptions[0].holds is None else not exemptions
        review = () if subject_to_review is False else self._review()
        findings = () if subject_to_review is False else self._results("trigger", True)
        open_findings = () if subject_to_review is False else self._results("trigger", None)
        ungraded = self._results("ungraded", True) or self._results("ungraded", None)
        ungraded = () if subject_to_review is False else ungraded
        not_graded = subject_to_review is False or any(one.holds for one in ungraded)
        grading = None if not_graded else self._grading()
        rested_on = [
            *exemptions,
            *ungraded,
            *findings,
            *([] if grading is None else _results_of(grading)),
            *self._required(review),
        ]
        return Decision(
            case_id=case.case_id,
            file=case.file,
            regulation=regulation.id,
            regulation_label=regulation.label,
            grade_names=tuple((grade.id, grade.label) for grade in regulation.grades),
            chosen_because=_chosen_because(case),
            policy_hash=regulation.content_hash,
            engine_version=ENGINE_VERSION,
            input_hash=case.input_hash,
            period=case.period,
            as_of=case.as_of,
            subject=SubjectRecord(
                kind=case.subject.kind,
                kind_label=regulation.kinds[case.subject.kind].label,
                id=case.subject.id,
                unit=case.subject.unit,
                cohort=case.subject.cohort,
                relations=tuple(sorted(case.subject.relations.items())),
            ),
            subject_to_review=subject_to_review,
            exemptions=exemptions,
            review=review,
            findings=findings,
            open_findings=open_findings,
            grading=grading,
            grades=_compared(case.grades, grading, self.by.live.grades),
            decided_on=case.decided_on,
            assumptions=tuple(one for one in rested_on if _assumed(one)),
            readings=self._readings(one.rule for one in rested_on),
            missing=self._unknown(),
            switches=tuple(
                (one.id, self.by.switches[one.id])
                for one in regulation.interpretations
                if self.by.switches.get(one.id, one.chosen) != one.chosen
            ),
            ungraded=ungraded,
            depends_on=self.depends_on,
        )

    # --- rules ---

    def _results(self, role: str, holds: bool | None) -> tuple[RuleResult, ...]:
        return tuple(
            [self._result(number) for number in self.by.by_role.get(role, ()) if self.statuses[number] is holds]
        )

    def _result(self, number: int) -> RuleResult:
        found = self.made.get(number)
        if found is None:
            found = self.made[number] = self._kept_result(number)
        return found

    def _kept_result(self, number: int) -> RuleResult:
        """A result hangs on nothing but what its rule looks at, and there many cases agree."""
        facts, evidence, kept = self.by.looked_at[number]
        values, named = self.case.values, self.case.evidence
        seen = (self.statuses[number], *[values.get(fact) for fact in facts], *[named.get(fact) for fact in evidence])
        found = kept.get(seen)
        if found is None:
            found = self._made_result(number)
            if len(kept) < MOST_KEPT:
                kept[seen] = found
        return found

    def _made_result(self, number: int) -> RuleResult:
        compiled = self.by.compiled.rules[number]
        rule = compiled.rule
        return RuleResult(
            rule=rule.name,
            id=rule.id,
            label=rule.label,
            source=rule.source,
            holds=self.statuses[number],
            comparisons=tuple(self._comparisons(compiled)),
            exception=self._exception(rule),
            layer=rule.layer,
        )

    def _unknown(self) -> tuple[str, ...]:
        """Every fact, and `evidence` for one, that some rule asks about and the case does not state."""
        values, named = self.case.values, self.evidence_named
        asked = self.by.compiled.domains
        return tuple(
            sorted({_fact_name(one) for one in asked if (named if one.evidence else values).get(one.fact) is None})
        )

    def _comparisons(self, compiled: CompiledRule) -> Iterable[ComparisonResult]:
        if compiled.condition is None:
            return
        facts, values = self.by.compiled.vocabulary.facts, self.case.values
        seen: set[tuple[object, bool]] = set()
        for leaf, negated, result in deciding(compiled.condition, facts, values, self.evidence_named):
            if (leaf, negated) in seen:
                continue
            seen.add((leaf, negated))
            yield compared(self.by, self.case, leaf, result, negated)

    def _exception(self, rule: Rule) -> bool:
        """Did the rule's `unless` decide its result?"""
        if rule.unless is None or evaluate(*self._ready(rule.unless)) is not True:
            return False
        return rule.when is None or evaluate(*self._ready(rule.when)) is not (rule.role == "criterion")

    def _ready(
        self, condition: Condition
    ) -> tuple[Condition, Mapping[str, Fact], Mapping[str, Value], Mapping[str, bool]]:
        compiled = self.by.compiled
        parameters = self.by.regulation.parameters
        return (
            ready(condition, compiled.vocabulary, parameters, compiled.day),
            compiled.vocabulary.facts,
            self.case.values,
            self.evidence_named,
        )

    # --- the review ---

    def _review(self) -> tuple[ReviewItem, ...]:
        covered = self.case.covered
        items = []
        for number in self.by.by_role.get("review_content", ()):
            rule, required = self.by.compiled.rules[number].rule, self.statuses[number]
            if required is False:
                continue
            kept = rule.name, required, None if covered is None else rule.id in covered
            if kept not in self.by.items:
                self.by.items[kept] = ReviewItem(
                    rule=rule.name,
                    id=rule.id,
                    label=rule.label,
                    source=rule.source,
                    required=required,
                    covered=kept[2],
                    layer=rule.layer,
                )
            items.append(self.by.items[kept])
        return tuple(items)

    def _required(self, review: Sequence[ReviewItem]) -> list[RuleResult]:
        return [self._result(self.by.compiled.index[item.rule]) for item in review]

    # --- the grade ---

    def _grading(self) -> Grading:
        live, statuses = self.by.live, self.statuses
        open_now = by_statuses(live, statuses)
        # Codes are only worked out where something is open.
        outcomes = (
            outcomes_of(self.by, self.case.values, statuses, self.codes)
            if len(open_now) > 1
            else Outcomes(open_now, exact=True)
        )
        order = [*live.grades, UNDETERMINED]
        possible = tuple(sorted(outcomes.possible, key=order.index))
        grades = [grade for grade in possible if grade != UNDETERMINED]
        settled = len(possible) == 1
        return Grading(
            settled=settled,
            grade=possible[0] if settled and grades else None,
            lowest=grades[-1] if grades else None,
            highest=grades[0] if grades else None,
            possible=possible,
            exact=outcomes.exact,
            rungs=tuple(self._rung(grade, criteria, statuses) for grade, criteria in live.rungs),
            bars=tuple(
                BarResult(grade, self._result(number)) for grade, number in live.bars if statuses[number] is not False
            ),
            missing=()
            if settled
            else missing_facts(self.by, self.case.values, self.codes, open_rules(live, statuses, outcomes.possible)),
            otherwise=self._otherwise() if UNDETERMINED in possible else None,
            gaps=(self._results("gap", True) or self._results("gap", None)) if UNDETERMINED in possible else (),
        )

    def _rung(self, grade: str, criteria: Sequence[int], statuses: Sequence[bool | None]) -> RungResult:
        those: dict[bool | None, list[RuleResult]] = {True: [], False: [], None: []}
        for number in criteria:
            those[statuses[number]].append(self._result(number))
        label = next(one.label for one in self.by.regulation.grades if one.id == grade)
        met, unmet, unknown = (tuple(results) for results in those.values())
        return RungResult(grade, label, False if unmet else None if unknown else True, met, unmet, unknown)

    def _otherwise(self) -> RuleResult:
        otherwise = self.by.live.ladder.otherwise
        return RuleResult(
            otherwise.name, "otherwise", otherwise.label, otherwise.source, holds=None, layer=otherwise.layer
        )

    # --- what it rests on ---

    def _readings(self, names: Iterable[str]) -> tuple[ReadingUsed, ...]:
        index, rules = self.by.compiled.index, self.by.compiled.rules
        used = {reading.interpretation for name in names if name in index for reading in rules[index[name]].rule.under}
        choices = dict(self.by.compiled.choices)
        return tuple(
            ReadingUsed(
                interpretation=one.id,
                question=one.question,
                option=choices[one.id],
                label=dict(one.options)[choices[one.id]],
                switched=choices[one.id] != one.chosen,
                layer=one.layer,
            )
            for one in self.by.regulation.interpretations
            if one.id in used
        )


def outcomes_of(
    by: Judge, values: Mapping[str, Value], statuses: Sequence[bool | None], codes: Mapping[Observable, int]
) -> Outcomes:
    """The outcomes that completions of the missing facts reach, for known values, their codes, and rule results."""
    # Only what is open needs it; likewise below.
    from engine.completions import unknowns

    asked = sorted(
        {
            observable
            for number in open_rules(by.live, statuses)
            for observable in by.compiled.rules[number].asks
            if observable not in codes
        }
    )
    return possible_outcomes(by.live, by.compiled, statuses, codes, unknowns(by.compiled, values, asked))


def missing_facts(
    by: Judge, values: Mapping[str, Value], codes: Mapping[Observable, int], numbers: Sequence[int]
) -> tuple[MissingFact, ...]:
    """The facts to ask for to decide these rules, those that most of them wait for first."""
    from engine.completions import missing_parts

    facts = by.compiled.vocabulary.facts
    waiting: dict[tuple[str, bool], set[int]] = {}
    needed_for: dict[str, set[str]] = {}
    for number in numbers:
        for observable in by.compiled.rules[number].asks:
            if observable in codes:
                continue
            if observable.evidence:
                waiting.setdefault((observable.fact, True), set()).add(number)
                continue
            for part in missing_parts(observable.fact, by.compiled, values):
                waiting.setdefault((part, False), set()).add(number)
                if part != observable.fact:
                    needed_for.setdefault(part, set()).add(observable.fact)
    return tuple(
        MissingFact(
            fact=name,
            label=facts[name].label,
            question=facts[name].question,
            evidence=evidence,
            needed_for=tuple(sorted(needed_for.get(name, ()))) if not evidence else (),
        )
        for name, evidence in sorted(waiting, key=lambda key: (-len(waiting[key]), key))
    )


def _results_of(grading: Grading) -> list[RuleResult]:
    results = [one for rung in grading.rungs for one in (*rung.met, *rung.unmet, *rung.unknown)]
    results += [bar.result for bar in grading.bars]
    return list({one.rule: one for one in results}.values())


def _assumed(result: RuleResult) -> bool:
    sources = [result.source, *(one.parameter_source for one in result.comparisons if one.parameter_source)]
    return any(source.status == "assumed" for source in sources)


def _fact_name(observable: Observable) -> str:
    return f"evidence.{observable.fact}" if observable.evidence else observable.fact


def _compared(given: Mapping[str, str], grading: Grading | None, order: Sequence[str]) -> tuple[GradeComparison, ...]:
    compared = []
    givers: tuple[Literal["self", "proposed", "decided"], ...] = ("self", "proposed", "decided")
    for by in givers:
        grade = given.get(by)
        if grade is None:
            continue
        agrees = higher = None
        if grading is not None:
            agrees = None if grade in grading.possible and not grading.settled else grade == grading.grade
            if grading.highest is not None and grading.lowest is not None and grade not in grading.possible:
                higher = (
                    True
                    if order.index(grade) < order.index(grading.highest)
                    else False
                    if order.index(grade) > order.index(grading.lowest)
                    else None
                )
        compared.append(GradeComparison(by, grade, agrees, higher))
    return tuple(compared)


def compared(
    by: Judge, case: Case, leaf: Comparison | EvidenceNamed, result: bool | None, negated: bool
) -> ComparisonResult:
    """One comparison of a rule, with typed operands, beside what the case says."""
    fact = by.compiled.vocabulary.facts[leaf.fact]
    labels = dict(fact.options)
    match leaf:
        case EvidenceNamed():
            return ComparisonResult(
                fact=leaf.fact, label=fact.label, unit=None, operator=None, threshold=(), threshold_labels=(),
                parameter=None, parameter_source=None, actual=None, actual_label=None, result=result,
                negated=negated, evidence=case.evidence.get(leaf.fact, ()),
            )  # fmt: skip
        case Comparison(operator=operator, operand=Operand(values=threshold, parameter=parameter)):
            actual = case.values.get(leaf.fact)
            return ComparisonResult(
                fact=leaf.fact,
                label=fact.label,
                unit=fact.unit,
                operator=operator,
                threshold=threshold,
                threshold_labels=tuple(labels[str(value)] for value in threshold if value in labels),
                parameter=parameter,
                parameter_source=dated.source if (dated := _dated_value(by, parameter)) else None,
                actual=actual,
                actual_label=_label_of(actual, labels),
                result=result,
                negated=negated,
                parameter_layer=dated.layer if dated else None,
            )
        case _:
            raise ValueError(f"the operand of {leaf.fact} is not typed")


def _dated_value(by: Judge, parameter: str | None) -> DatedValue | None:
    """The value that a parameter has on the day of the compilation."""
    if parameter is None:
        return None
    dated = [one for one in by.regulation.parameters[parameter].values if one.since <= by.compiled.day]
    return max(dated, key=lambda one: one.since)


def _label_of(value: Value | None, labels: Mapping[str, Text]) -> Text | None:
    """The label of a chosen option; of a set, those of its members together."""
    if isinstance(value, frozenset) and value:
        members = [labels[name] for name in labels if name in value]
        return Text(", ".join(one.vi for one in members), ", ".join(one.en for one in members))
    return labels.get(value) if isinstance(value, str) else None
