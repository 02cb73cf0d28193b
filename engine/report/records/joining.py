"""A record and the catalogue that it names -> the whole decision that the record was made of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

from msgspec.structs import asdict

from engine.core.judge.case import GIVERS
from engine.core.judge.record import (
    BarResult,
    ComparisonResult,
    Decision,
    Dependence,
    GradeComparison,
    Grading,
    LinkResult,
    MissingFact,
    QuotaReading,
    QuotaResult,
    QuotaWay,
    ReadingUsed,
    ReviewItem,
    RuleResult,
    RungResult,
    SubjectRecord,
)
from engine.core.policy.regulation import DatedValue, Interpretation
from engine.core.policy.rules import Operand, Provision
from engine.core.policy.terms import TYPES, Fact, Form, Source, Text, Value
from engine.report.records import form

RuleResults = Mapping[str, RuleResult]


@dataclass(frozen=True, eq=False)
class Joiner:
    """Makes whole what records say by the ids of one catalogue. Raises KeyError for an id that the catalogue lacks, and
    ValueError for a value that does not fit."""

    catalogue: form.Catalogue
    run: form.Run

    @cached_property
    def documents(self) -> dict[str, Text]:
        """The labels of the documents that sources name."""
        return {document.document: document.label for document in self.catalogue.documents}

    @cached_property
    def _rules(self) -> dict[str, form.Rule]:
        return {rule.rule: rule for rule in self.catalogue.rules}

    @cached_property
    def _provisions(self) -> dict[str, Provision]:
        return {rule.rule: self._provision(rule.rule, rule) for rule in self.catalogue.rules}

    @cached_property
    def _facts(self) -> dict[str, Fact]:
        return {
            fact.fact: Fact(
                fact.fact, fact.type, fact.label, fact.question, fact.unit,
                tuple((option.option, option.label) for option in fact.options),
            )
            for fact in self.catalogue.facts
        }  # fmt: skip

    @cached_property
    def _grades(self) -> dict[str, Text]:
        return {grade.grade: grade.label for grade in self.catalogue.grades}

    @cached_property
    def _kinds(self) -> dict[str, Text]:
        return {kind.kind: kind.label for kind in self.catalogue.kinds}

    @cached_property
    def _reasons(self) -> dict[str, Text]:
        return {reason.reason: reason.label for reason in self.catalogue.reasons}

    @cached_property
    def _readings(self) -> dict[str, ReadingUsed]:
        """Each interpretation as the run read it."""
        return {entry.interpretation: _reading(entry) for entry in self.catalogue.interpretations}

    @cached_property
    def _parameters(self) -> dict[str, form.Parameter]:
        return {parameter.parameter: parameter for parameter in self.catalogue.parameters}

    def _source(self, cited: form.Source) -> Source:
        return Source(cited.document, cited.locator, cited.status, cited.quotes, cited.url, cited.note)

    def _provision(self, name: str, entry: form.Rule | form.Quota | form.Link) -> Provision:
        own_id = entry.id if isinstance(entry, form.Rule) else name.rpartition(".")[2]
        return Provision(own_id, name, entry.label, self._source(entry.source), layer=entry.layer)

    # --- a case ---

    def decision(self, case: form.Case) -> Decision:
        """The whole decision about one case."""
        results: dict[str, RuleResult] = {}
        exceptions = set(case.exceptions)
        for holds, rules in ((True, case.holds), (False, case.fails), (None, case.unknown)):
            for name, places in rules.items():
                results[name] = self._result(case, name, holds, places, name in exceptions)
        # The catalogue holds the rules in the order in which decisions name them.
        ordered = {name: results[name] for name in self._rules if name in results}
        if len(ordered) < len(results):
            raise KeyError(next(name for name in results if name not in ordered))
        reviewed = case.subject_to_review is not False
        return Decision(
            case_id=case.case_id,
            file=case.file,
            regulation=self.catalogue.regulation,
            regulation_label=self.catalogue.label,
            grade_names=tuple(self._grades.items()),
            chosen_because=case.chosen_because if isinstance(case.chosen_because, Text)
            else self._reasons[case.chosen_because],
            policy_hash=self.catalogue.policy_hash,
            engine_version=self.run.engine_version,
            input_hash=case.input_hash, period=case.period, as_of=case.as_of,
            subject=SubjectRecord(**asdict(case.subject), kind_label=self._kinds[case.subject.kind]),
            subject_to_review=case.subject_to_review,
            exemptions=tuple(self._of(ordered, "exemption", True, None)),
            review=() if case.review is None else tuple(self._review(case.review)),
            findings=tuple(self._of(ordered, "trigger", True)) if reviewed else (),
            open_findings=tuple(self._of(ordered, "trigger", None)) if reviewed else (),
            grading=None if case.grading is None else self._grading(case.grading, ordered),
            grades=tuple(
                GradeComparison(giver, given.grade, given.agrees, given.higher)
                for giver, given in sorted(case.grades.items(), key=lambda item: GIVERS.index(item[0]))
            ),
            decided_on=case.decided_on,
            assumptions=tuple(results[name] for name in case.assumptions),
            readings=tuple(self._readings[name] for name in case.readings),
            missing=case.missing,
            switches=tuple(
                (entry.interpretation, entry.read)
                for entry in self.catalogue.interpretations
                if entry.read != entry.chosen
            ),
            ungraded=tuple(self._of(ordered, "ungraded", True, None)),
            policy_commit=self.run.policy_commit,
            policy_clean=self.run.policy_clean,
            depends_on=tuple(self._dependence(dependence) for dependence in case.depends_on),
        )  # fmt: skip

    def _of(self, results: RuleResults, role: str, *holds: bool | None) -> Iterator[RuleResult]:
        for name, result in results.items():
            if self._rules[name].role == role and result.holds in holds:
                yield result

    def _result(
        self, case: form.Case, name: str, holds: bool | None, places: Sequence[int], exception: bool
    ) -> RuleResult:
        rule = self._rules[name]
        if any(place < 0 or place >= len(rule.comparisons) for place in places):
            raise KeyError(name)
        comparisons = tuple(self._comparison(case, rule.comparisons[place], holds) for place in places)
        return RuleResult(self._provisions[name], holds, comparisons, exception)

    def _comparison(self, case: form.Case, comparison: form.Comparison, holds: bool | None) -> ComparisonResult:
        """What caused the result of a rule has the same result, or the opposite under `none`."""
        fact = self._facts[comparison.fact]
        result = holds if holds is None or not comparison.negated else not holds
        if comparison.evidence:
            evidence = case.evidence.get(fact.name, ())
            return ComparisonResult(fact, None, Operand(()), None, None, result, comparison.negated, evidence)
        dated = None if comparison.parameter is None else self._dated(comparison.parameter, case.as_of)
        written: Sequence[Any] = comparison.values if dated is None else (dated.value,)
        threshold = tuple(_value(plain, TYPES[fact.type].operand) for plain in written)
        return ComparisonResult(
            fact=fact,
            operator=comparison.operator,
            operand=Operand(threshold, comparison.parameter),
            dated=dated,
            actual=_value(case.facts[fact.name], fact.form) if fact.name in case.facts else None,
            result=result,
            negated=comparison.negated,
        )

    def _dated(self, parameter: str, day: date) -> DatedValue:
        """The value on a day; before the first, the first."""
        values = self._parameters[parameter].values
        return self._dated_value(next((value for value in reversed(values) if value.since <= day), values[0]))

    def _dated_value(self, value: form.DatedValue) -> DatedValue:
        return DatedValue(value.since, value.value, self._source(value.source), value.layer)

    def _review(self, review: form.Review) -> Iterator[ReviewItem]:
        items = {**dict.fromkeys(review.required, True), **dict.fromkeys(review.unknown, None)}
        covered = {**review.required, **review.unknown}
        for name, rule in self._provisions.items():
            if name in items:
                yield ReviewItem(rule, items[name], covered[name])

    def _grading(self, grading: form.Grading, results: RuleResults) -> Grading:
        bars = [BarResult(_grade(self._rules[name]), result) for name, result in results.items()
                if self._rules[name].role == "bar"]  # fmt: skip
        return Grading(
            settled=grading.settled,
            grade=grading.grade,
            lowest=grading.lowest,
            highest=grading.highest,
            possible=grading.possible,
            exact=grading.exact,
            rungs=self._rungs(grading.rungs, results),
            bars=tuple(bar for bar in bars if bar.result.holds is not False),
            missing=tuple(self._missing(grading.missing)),
            otherwise=next(self._of(results, "otherwise", None), None),
            gaps=tuple(self._of(results, "gap", True, None)),
            next=grading.next,
            spared=tuple(bar for bar in bars if bar.result.holds is False),
        )

    def _rungs(self, rungs: Mapping[str, bool | None], results: RuleResults) -> tuple[RungResult, ...]:
        """A rung asks for its own criteria and for those of the rungs below that are inherited."""
        reached: list[RungResult] = []
        below: list[RuleResult] = []
        criteria = [result for name, result in results.items() if self._rules[name].role == "criterion"]
        for grade in [grade for grade in reversed(self._grades) if grade in rungs]:
            own = [result for result in criteria if _grade(self._rules[result.rule.name]) == grade]
            every = own + below
            below = [result for result in own if self._rules[result.rule.name].inherited] + below
            met, unmet, unknown = (
                tuple(result for result in every if result.holds is holds) for holds in (True, False, None)
            )
            reached.append(RungResult(grade, self._grades[grade], rungs[grade], met, unmet, unknown))
        if len(reached) < len(rungs):
            raise KeyError(next(grade for grade in rungs if grade not in self._grades))
        return tuple(reversed(reached))

    def _missing(self, missing: Iterable[form.Missing]) -> Iterator[MissingFact]:
        for entry in missing:
            yield MissingFact(self._facts[entry.fact], entry.evidence, entry.needed_for)

    def _dependence(self, dependence: form.Dependence) -> Dependence:
        interpretation = self._readings[dependence.interpretation].interpretation
        label = _option(interpretation, dependence.option)
        return Dependence(interpretation, dependence.option, label, dependence.possible)

    # --- between cases ---

    def quota(self, result: form.QuotaResult) -> QuotaResult:
        """The whole result of a quota over one cohort."""
        quota = next(quota for quota in self.catalogue.quotas if quota.quota == result.quota)
        value = next(value for value in self._parameters[result.parameter].values if value.since == result.since)
        whole = QuotaResult(
            quota=self._provision(quota.quota, quota), regulation=self.catalogue.regulation,
            period=result.period, cohort=result.cohort, grade=quota.grade,
            grade_label=self._grades[quota.grade], of=result.of, percent=_value(result.percent, "number"),
            share=self._dated_value(value),
            count=result.count, base=result.base, limit=result.limit, excess=result.excess,
            greatest_lawful=result.greatest_lawful, status=result.status,
            relief=None if result.relief is None else RuleResult(self._provisions[result.relief], True),
            holders=result.holders, unsettled=result.unsettled, size=result.size, waiting=result.waiting,
            may_relieve=tuple(RuleResult(self._provisions[name], None) for name in result.may_relieve),
            missing=tuple(self._missing(result.missing)),
            ways=tuple(
                QuotaWay(way.relief, way.given, way.count, way.base, way.limit, way.excess, way.status)
                for way in result.ways
            ),
        )  # fmt: skip
        return replace(whole, readings=tuple(self._quota_reading(whole, reading) for reading in result.readings))

    def _quota_reading(self, whole: QuotaResult, reading: form.QuotaReading) -> QuotaReading:
        setting: Any = self._provisions.get(reading.setting)
        if setting is None:
            setting = self._readings[reading.setting].interpretation
        label = _option(setting, reading.option) if reading.option else setting.label
        result = replace(
            whole, count=reading.count, base=reading.base, limit=reading.limit, excess=reading.excess,
            greatest_lawful=reading.greatest_lawful, status=reading.status,
        )  # fmt: skip
        source = getattr(setting, "source", None) if reading.source is None else self._source(reading.source)
        return QuotaReading(setting, reading.option, label, result, source)

    def link(self, result: form.LinkResult) -> LinkResult:
        """The whole result of a link between two cases."""
        link = next(link for link in self.catalogue.links if link.link == result.link)
        return LinkResult(
            link=self._provision(link.link, link), case_id=result.case_id,
            other=result.other, other_case=result.other_case, status=result.status, grade=result.grade,
            other_grade=result.other_grade, regulation=self.catalogue.regulation,
        )  # fmt: skip


def _grade(rule: form.Rule) -> str:
    if rule.grade is None:
        raise KeyError(rule.id)
    return rule.grade


def _reading(entry: form.Interpretation) -> ReadingUsed:
    options = tuple((option.option, option.label) for option in entry.options)
    interpretation = Interpretation(
        entry.interpretation, entry.question, options, entry.chosen, note=None, source=None, layer=entry.layer
    )
    return ReadingUsed(interpretation, entry.read, _option(interpretation, entry.read), entry.read != entry.chosen)


def _option(interpretation: Interpretation, name: str) -> Text:
    return next(label for option, label in interpretation.options if option == name)


def _value(plain: Any, kind: Form) -> Value:
    """The value that was written. Raises ValueError if it is of another type."""
    match kind, plain:
        case "boolean", bool():
            return plain
        case "integer" | "number", bool():
            pass
        case "integer", int():
            return plain
        case "number", int() | float():
            return Fraction(plain) if isinstance(plain, int) else Fraction(repr(plain))
        case "number", str():
            return Fraction(plain)
        case "text", str():
            return plain
        case "date", str():
            return date.fromisoformat(plain)
        case "set", tuple():
            return frozenset(plain)
    raise ValueError(f"{type(plain).__name__} for {kind}")
