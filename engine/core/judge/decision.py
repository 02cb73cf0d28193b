"""Matched rules -> the decision record of one case: whether it is reviewed, what the review must cover, what must be
clarified, and which grade the facts support.

Nothing here decides for people: grades that people gave are compared with the proposal and never changed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from engine.base.version import ENGINE_VERSION
from engine.core.judge.case import Case
from engine.core.judge.ladder import (
    LiveLadder,
    Outcomes,
    by_statuses,
    live_ladder,
    next_rung,
    open_rules,
    possible_outcomes,
)
from engine.core.judge.record import (
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
from engine.core.policy.conditions import deciding, evaluate, leaves, looked_at, partly, ready
from engine.core.policy.live import Choices
from engine.core.policy.model import (
    Comparison,
    Condition,
    DatedValue,
    EvidenceNamed,
    Fact,
    Operand,
    Regulation,
    Rule,
    Shown,
    Source,
    Text,
    Value,
)
from engine.core.rules.compiler import Compiled, CompiledRule
from engine.core.rules.domains import Observable
from engine.core.rules.unknowns import missing_parts, unknowns

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
    made: dict[tuple[object, ...], Any] = field(default_factory=dict, compare=False)
    """Parts of records that hang on so little that there are but a few of them."""

    @cached_property
    def by_role(self) -> dict[str, list[int]]:
        """The numbers of the rules of each role."""
        found: dict[str, list[int]] = {}
        for number, one in enumerate(self.compiled.rules):
            found.setdefault(one.rule.role, []).append(number)
        return found

    @cached_property
    def looked_at(self) -> list["_LookedAt"]:
        """What each rule looks at."""
        return [(*looked_at(one.condition), {}) for one in self.compiled.rules]

    @cached_property
    def whens(self) -> dict[int, Condition]:
        """What each bar asks for, exceptions apart, by the number of the bar."""
        compiled, parameters = self.compiled, self.regulation.parameters
        rules = {number: compiled.rules[number].rule.when for _, number in self.live.bars}
        return {
            number: ready(when, compiled.vocabulary, parameters, compiled.day)
            for number, when in rules.items()
            if when is not None
        }

    @cached_property
    def asked(self) -> tuple[frozenset[str], frozenset[str]]:
        """The facts that some rule compares, and those that one wants evidence for."""
        every = self.compiled.domains
        facts, evidence = (frozenset(one.fact for one in every if one.evidence is wanted) for wanted in (False, True))
        return facts, evidence

    @cached_property
    def rungs(self) -> tuple[tuple[str, Text, tuple[int, ...]], ...]:
        """The live rungs with their grades' labels and their criteria by number."""
        labels = {grade.id: grade.label for grade in self.regulation.grades}
        return tuple((grade, labels[grade], criteria) for grade, criteria in self.live.rungs)

    @cached_property
    def criteria(self) -> tuple[int, ...]:
        """Every criterion of a live rung, once."""
        return tuple(dict.fromkeys(number for _, criteria in self.live.rungs for number in criteria))

    @cached_property
    def readings(self) -> list[tuple[ReadingUsed, frozenset[str]]]:
        """Each interpretation under which rules exist, as it is read, with those rules."""
        choices, rules = dict(self.compiled.choices), [one.rule for one in self.compiled.rules]
        found = []
        for one in self.regulation.interpretations:
            option = choices[one.id]
            used = ReadingUsed(
                interpretation=one.id,
                question=one.question,
                option=option,
                label=dict(one.options)[option],
                switched=option != one.chosen,
                layer=one.layer,
            )
            under = frozenset(rule.name for rule in rules if one.id in [each.interpretation for each in rule.under])
            if under:
                found.append((used, under))
        return found

    @cached_property
    def telling(self) -> frozenset[str]:
        """The rules on which nothing can rest without something being assumed, or read in one way of several."""
        return frozenset(
            one.rule.name
            for one in self.compiled.rules
            if one.rule.under or any(source.status == "assumed" for source in self._sources(one))
        )

    def _sources(self, one: CompiledRule) -> Iterator[Source]:
        yield one.rule.source
        for leaf, _ in leaves(one.condition):
            if isinstance(leaf, Comparison) and isinstance(leaf.operand, Operand):
                dated = _dated_value(self, leaf.operand.parameter)
                if dated is not None:
                    yield dated.source

    @cached_property
    def contents(self) -> tuple[tuple[int, Rule], ...]:
        """The contents of a review, with their numbers."""
        return tuple((number, self.compiled.rules[number].rule) for number in self.by_role.get("review_content", ()))

    @cached_property
    def switched(self) -> tuple[tuple[str, str], ...]:
        """The interpretations that are read otherwise than the regulation's file says, and how."""
        return tuple(
            (one.id, self.switches[one.id])
            for one in self.regulation.interpretations
            if self.switches.get(one.id, one.chosen) != one.chosen
        )

    @cached_property
    def grade_names(self) -> tuple[tuple[str, Text], ...]:
        return tuple((grade.id, grade.label) for grade in self.regulation.grades)


_LookedAt = tuple[tuple[str, ...], tuple[str, ...], dict[tuple[object, ...], RuleResult]]
"""The facts that a rule compares, those that it wants evidence for, and its results by what is said of them."""


def judge(regulation: Regulation, compiled: Compiled, switches: Choices) -> Judge:
    """Raises ValueError where no ladder covers the compiled kind (cases of such a kind are refused before)."""
    live = live_ladder(regulation, compiled)
    if live is None:
        raise ValueError(f"no ladder covers {compiled.kind}")
    return Judge(regulation, compiled, live, switches)


def decide(by: Judge, case: Case, statuses: Sequence[bool | None], depends_on: tuple[Dependence, ...] = ()) -> Decision:
    """The results of the rules (in the order of `Compiled.rules`; one without a condition holds) for one case -> its
    record."""
    return _Decider(by, case, statuses, depends_on).decision()


@dataclass(frozen=True, eq=False, repr=False)
class _Decider:
    """One case as it is decided."""

    by: Judge
    case: Case
    statuses: Sequence[bool | None]
    depends_on: tuple[Dependence, ...]

    @cached_property
    def codes(self) -> Mapping[Observable, int]:
        return self.by.compiled.codes(self.case.values, self.case.evidence_named)

    def decision(self) -> Decision:
        regulation, case = self.by.regulation, self.case
        exemptions = self._holding_or_open("exemption")
        subject_to_review = None if exemptions and exemptions[0].holds is None else not exemptions
        reviewed = subject_to_review is not False
        review = self._review() if reviewed else ()
        findings = self._results("trigger", True) if reviewed else ()
        open_findings = self._results("trigger", None) if reviewed else ()
        ungraded = self._holding_or_open("ungraded") if reviewed else ()
        grading = self._grading() if reviewed and not (ungraded and ungraded[0].holds) else None
        telling, graded = self.by.telling, [] if grading is None else _results_of(grading)
        rested_on = [one for one in (*exemptions, *ungraded, *findings, *graded) if one.rule in telling]
        if reviewed:
            rested_on += self._results_of([number for number, rule in self._required() if rule.name in telling])
        return Decision(
            case_id=case.case_id,
            file=case.file,
            regulation=regulation.id,
            regulation_label=regulation.label,
            grade_names=self.by.grade_names,
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
            grades=self._compared(grading),
            decided_on=case.decided_on,
            assumptions=tuple({one.rule: one for one in rested_on if one.assumed}.values()),
            readings=self._readings({one.rule for one in rested_on}),
            missing=self._unknown(),
            switches=self.by.switched,
            ungraded=ungraded,
            depends_on=self.depends_on,
        )

    # --- rules ---

    def _results(self, role: str, holds: bool | None) -> tuple[RuleResult, ...]:
        numbers = [number for number in self.by.by_role.get(role, ()) if self.statuses[number] is holds]
        return tuple(self._results_of(numbers)) if numbers else ()

    def _holding_or_open(self, role: str) -> tuple[RuleResult, ...]:
        return self._results(role, True) or self._results(role, None)

    def _results_of(self, numbers: Iterable[int]) -> list[RuleResult]:
        """Results hang on nothing but what their rules look at, and there many cases agree."""
        values, named = self.case.values.get, self.case.evidence.get
        found = []
        for number in numbers:
            facts, evidence, kept = self.by.looked_at[number]
            said = self.statuses[number], *map(values, facts), *map(named, evidence)
            result = kept.get(said)
            if result is None:
                result = self._made_result(number)
                if len(kept) < MOST_KEPT:
                    kept[said] = result
            found.append(result)
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
        values, named = self.case.values, self.case.evidence_named
        facts, evidence = self.by.asked
        if facts <= values.keys() and evidence <= named.keys():
            return ()
        asked = self.by.compiled.domains
        return tuple(
            sorted({_fact_name(one) for one in asked if (named if one.evidence else values).get(one.fact) is None})
        )

    def _comparisons(self, compiled: CompiledRule) -> Iterable[ComparisonResult]:
        if compiled.condition is None:
            return
        facts, values = self.by.compiled.vocabulary.facts, self.case.values
        seen: set[tuple[object, bool]] = set()
        for leaf, negated, result in deciding(compiled.condition, facts, values, self.case.evidence_named):
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
            self.case.evidence_named,
        )

    # --- the review ---

    def _required(self) -> list[tuple[int, Rule]]:
        """The contents of the review that are required, or may be."""
        return [(number, rule) for number, rule in self.by.contents if self.statuses[number] is not False]

    def _review(self) -> tuple[ReviewItem, ...]:
        covered, made = self.case.covered, self.by.made
        items = []
        for number, rule in self._required():
            required = self.statuses[number]
            kept = number, required, None if covered is None else rule.id in covered
            item = made.get(kept)
            if item is None:
                item = made[kept] = ReviewItem(
                    rule=rule.name,
                    id=rule.id,
                    label=rule.label,
                    source=rule.source,
                    required=required,
                    covered=kept[2],
                    layer=rule.layer,
                )
            items.append(item)
        return tuple(items)

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
            else missing_facts(self.by, self.case.values, self.codes, open_rules(live, statuses, outcomes.possible)),
            otherwise=self._otherwise() if UNDETERMINED in possible else None,
            gaps=self._holding_or_open("gap") if UNDETERMINED in possible else (),
            next=next_rung(live, statuses, highest),
            spared=self._spared(),
        )

    def _spared(self) -> tuple[BarResult, ...]:
        """The bars that fail though something that they ask for is there."""
        failing = [(grade, number) for grade, number in self.by.live.bars if self.statuses[number] is False]
        results = self._results_of(number for _, number in failing)
        return tuple(
            BarResult(grade, result)
            for (grade, number), result in zip(failing, results, strict=True)
            if result.exception or self._partly(number)
        )

    def _partly(self, number: int) -> bool:
        when = self.by.whens.get(number)
        return when is not None and partly(when, self.by.compiled.vocabulary.facts, self.case.values)

    def _rungs(self) -> Iterator[RungResult]:
        statuses, criteria = self.statuses, self.by.criteria
        results = dict(zip(criteria, self._results_of(criteria), strict=True))
        for grade, label, numbers in self.by.rungs:
            met: list[RuleResult] = []
            unmet: list[RuleResult] = []
            unknown: list[RuleResult] = []
            for number in numbers:
                status = statuses[number]
                (met if status else unknown if status is None else unmet).append(results[number])
            reached = False if unmet else None if unknown else True
            yield RungResult(grade, label, reached, tuple(met), tuple(unmet), tuple(unknown))

    def _otherwise(self) -> RuleResult:
        otherwise = self.by.live.ladder.otherwise
        return RuleResult(
            otherwise.name, "otherwise", otherwise.label, otherwise.source, holds=None, layer=otherwise.layer
        )

    # --- what it rests on ---

    def _readings(self, names: Set[str]) -> tuple[ReadingUsed, ...]:
        return tuple([used for used, rules in self.by.readings if not rules.isdisjoint(names)])

    # --- what people gave ---

    def _compared(self, grading: Grading | None) -> tuple[GradeComparison, ...]:
        compared = []
        givers: tuple[Literal["self", "proposed", "decided"], ...] = ("self", "proposed", "decided")
        for giver in givers:
            grade = self.case.grades.get(giver)
            if grade is not None:
                kept = giver, grade, None if grading is None else grading.possible
                one = self.by.made.get(kept)
                if one is None:
                    one = self.by.made[kept] = _compared(giver, grade, grading, self.by.live.grades)
                compared.append(one)
        return tuple(compared)


def outcomes_of(
    by: Judge, values: Mapping[str, Value], statuses: Sequence[bool | None], codes: Mapping[Observable, int]
) -> Outcomes:
    """The outcomes that completions of the missing facts reach, for known values, their codes, and rule results."""
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
    found: list[RuleResult] = []
    for rung in grading.rungs:
        found += rung.met + rung.unmet + rung.unknown
    return found + [bar.result for bar in grading.bars]


def _fact_name(observable: Observable) -> str:
    return f"evidence.{observable.fact}" if observable.evidence else observable.fact


def _compared(
    giver: Literal["self", "proposed", "decided"], grade: str, grading: Grading | None, order: Sequence[str]
) -> GradeComparison:
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
    return GradeComparison(giver, grade, agrees, higher)


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


@dataclass(frozen=True, repr=False)
class Decided(Shown):
    """A case, its record, and the results of its rules by qualified id."""

    case: Case
    decision: Decision
    results: Mapping[str, bool | None]
