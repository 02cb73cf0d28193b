"""What is wrong with one regulation: names, types, days, sources, ladders and quotas."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.base.diagnostics import Diagnostic, Location, diagnostic
from engine.core.judge.case import COHORT_ATTRIBUTES
from engine.core.policy.conditions import leaves, operand_value
from engine.core.policy.live import concerns
from engine.core.policy.regulation import DatedValue, Parameter, Regulation, all_rules
from engine.core.policy.rules import (
    ORDERED_OPERATORS,
    SET_OPERATORS,
    ByReading,
    Comparison,
    Condition,
    EvidenceNamed,
    Ladder,
    Literals,
    ParameterReference,
    Quota,
    Reading,
    Rule,
)
from engine.core.policy.terms import TYPES, Fact, Source, Text, Vocabulary
from engine.core.policy.values import Misfit, typed_as, written
from engine.load.policies.check_facts import bounds_are_turned_round
from engine.load.policies.names import place_of, unknown_fact, unknown_name
from engine.load.policies.quotes import folded, nearest
from engine.load.policies.spelling import plain


def _amount(parameter: Parameter, value: DatedValue) -> Iterator[Diagnostic]:
    """What is wrong with one value of a parameter, whatever it is compared with."""
    try:
        amount = typed_as(value.value, TYPES[parameter.type].form, parameter.id)
    except Misfit:
        yield diagnostic(
            "parameter/type",
            value.location,
            parameter=parameter.id,
            expected=parameter.type,
            value=written(value.value),
        )
        return
    if parameter.unit == "percent" and not 0 <= amount <= 100:  # type: ignore[operator]
        yield diagnostic("parameter/percent", value.location, parameter=parameter.id, value=written(amount))


# --- one regulation ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RegulationCheck:
    """Looks up every name of a regulation and compares its parts with one another."""

    vocabulary: Vocabulary
    regulation: Regulation

    def problems(self) -> Iterator[Diagnostic]:
        """Everything that is wrong, in the order of the parts of a regulation."""
        regulation = self.regulation
        if regulation.in_force_until is not None and regulation.in_force_until < regulation.in_force_from:
            since, until = regulation.in_force_from.isoformat(), regulation.in_force_until.isoformat()
            place = regulation.in_force_until_location
            yield diagnostic("regulation/ends-before-it-begins", place, since=since, until=until)
        yield from self._interpretations()
        for parameter in regulation.parameters.values():
            yield from self._parameter(parameter)
        for rule in (*all_rules(regulation), *regulation.papers):
            yield from self.of_rule(rule)
        for ladder in regulation.ladders:
            yield from self._ladder(ladder)
        yield from self._ladders_cover()
        for quota in regulation.quotas:
            yield from self._quota(quota)
        for link in regulation.links:
            yield from self._common(link.applies_to, link.under, link.source, link.location)
            yield from unknown_name(
                "relation/unknown", link.to, [relation.id for relation in regulation.relations], link.location
            )
        for majority in regulation.majorities:
            yield from self._common(majority.applies_to, majority.under, majority.source, majority.location)
            yield from self._limit(majority.more_than, majority.location)
        for text in regulation.source_texts:
            yield from self._known_document(text.document, text.location)
        cited = {citation.source.location: citation.source for citation in regulation.citations}
        for source in cited.values():
            yield from self.source(source)

    def _documents(self) -> dict[str, Text]:
        return {document.id: document.label for document in self.regulation.documents}

    def _grades(self) -> list[str]:
        return [grade.id for grade in self.regulation.grades]

    def _known_document(self, name: str, place: Location) -> Iterator[Diagnostic]:
        labels = self._documents()
        yield from unknown_name("document/unknown", name, labels, place, labels)

    def known_grade(self, name: str, place: Location) -> Iterator[Diagnostic]:
        """The diagnostic for a grade that the regulation does not have."""
        labels = {grade.id: grade.label for grade in self.regulation.grades}
        yield from unknown_name("grade/unknown", name, labels, place, labels)

    def known_kind(self, name: str, place: Location) -> Iterator[Diagnostic]:
        """The diagnostic for a kind of subject that the regulation does not have."""
        labels = {kind.id: kind.label for kind in self.regulation.kinds.values()}
        yield from unknown_name("kind/unknown", name, labels, place, labels)

    def _interpretations(self) -> Iterator[Diagnostic]:
        for interpretation in self.regulation.interpretations:
            labels = dict(interpretation.options)
            yield from unknown_name(
                "interpretation/unknown-option", interpretation.chosen, labels, interpretation.location, labels
            )

    def _common(
        self, applies_to: Sequence[str], under: Sequence[Reading], source: Source, place: Location
    ) -> Iterator[Diagnostic]:
        for kind in applies_to:
            yield from self.known_kind(kind, place)
        yield from self.under(under)
        if source.status == "assumed" and not under:
            yield diagnostic("source/assumed-always-on", place)

    def under(self, under: Sequence[Reading]) -> Iterator[Diagnostic]:
        """What is wrong with the readings under which something exists."""
        known = {interpretation.id: dict(interpretation.options) for interpretation in self.regulation.interpretations}
        for reading in under:
            yield from unknown_name("interpretation/unknown", reading.interpretation, known, reading.location)
            labels = known.get(reading.interpretation, {})
            for option in reading.options if labels else ():
                yield from unknown_name("interpretation/unknown-option", option, labels, reading.location, labels)

    def of_rule(self, rule: Rule) -> Iterator[Diagnostic]:
        """What is wrong with one rule, by itself."""
        yield from self._common(rule.applies_to, rule.under, rule.source, rule.location)
        for condition in (rule.when, rule.unless):
            yield from self.condition(condition)
        for fact in rule.requires_evidence:
            if fact not in self.vocabulary.facts:
                yield unknown_fact(fact, self.vocabulary.facts, rule.location)

    def condition(self, condition: Condition | None) -> Iterator[Diagnostic]:
        """What is wrong with a condition: its facts, operators and operands."""
        for leaf, _ in leaves(condition):
            if leaf.fact not in self.vocabulary.facts:
                yield unknown_fact(leaf.fact, self.vocabulary.facts, leaf.location)
                continue
            match leaf:
                case EvidenceNamed():
                    pass
                case Comparison():
                    yield from self._comparison(leaf, self.vocabulary.facts[leaf.fact])

    def _comparison(self, comparison: Comparison, fact: Fact) -> Iterator[Diagnostic]:
        operator = comparison.operator
        is_set = fact.form == "set"
        ordered = fact.is_number or fact.form == "date" or (fact.form == "text" and fact.ordered)
        if (operator in ORDERED_OPERATORS and not ordered) or (operator in SET_OPERATORS) != is_set:
            yield diagnostic(
                "rule/operator", comparison.operator_location, operator=operator, fact=fact.name, type=fact.type
            )
            return
        match comparison.operand:
            case Literals(values):
                for value in values:
                    yield from self._operand(value, fact, comparison.operand_location)
            case ParameterReference(name):
                known = self.regulation.parameters
                labels = {parameter_id: parameter.label for parameter_id, parameter in known.items()}
                yield from unknown_name("parameter/unknown", name, known, comparison.operand_location, labels)
                unit = known[name].unit if name in known else None
                if unit is not None and fact.unit is not None and unit != fact.unit:
                    yield diagnostic(
                        "parameter/unit", comparison.operand_location, parameter=name, unit=unit, fact=fact.name,
                        expected=fact.unit, declared=str(known[name].location),
                    )  # fmt: skip
                    return
                for dated in known[name].values if name in known else ():
                    if not list(_amount(known[name], dated)):
                        yield from self._operand(dated.value, fact, dated.location)

    def _operand(self, value: object, fact: Fact, place: Location) -> Iterator[Diagnostic]:
        try:
            operand_value(value, fact)
        except Misfit as misfit:
            if not (misfit.code == "fact/range" and bounds_are_turned_round(fact)):
                # If the value is a parameter's name alone, the suggestion says how to refer to it.
                named = {plain(parameter): parameter for parameter in self.regulation.parameters}
                name = named.get(plain(value)) if isinstance(value, str) else None
                meant = {"suggestion": f"{{parameter: {name}}}"} if name else {}
                yield diagnostic(misfit.code, place_of(value, place), **{**misfit.arguments, **meant})

    def _parameter(self, parameter: Parameter) -> Iterator[Diagnostic]:
        days = [value.since for value in parameter.values]
        for earlier, later, value in zip(days, days[1:], parameter.values[1:], strict=False):
            if later <= earlier:
                yield diagnostic(
                    "parameter/days-not-rising", value.since_location, parameter=parameter.id, day=later.isoformat()
                )
        if days[0] > self.regulation.in_force_from:
            yield diagnostic(
                "parameter/no-value",
                parameter.values[0].since_location,
                parameter=parameter.id,
                day=self.regulation.in_force_from.isoformat(),
                first=days[0].isoformat(),
            )
        for value in parameter.values:
            yield from _amount(parameter, value)

    def _ladder(self, ladder: Ladder) -> Iterator[Diagnostic]:
        named = [(rung.grade, rung.location) for rung in ladder.rungs] + [
            (bar.grade, bar.rule.location) for bar in ladder.bars
        ]
        fallback = ladder.otherwise.grade
        if isinstance(fallback, ByReading):
            options = [name for name, _ in fallback.options]
            yield from self._by_reading(fallback.interpretation, options, fallback.location)
        named += [(grade, ladder.otherwise.location) for grade in fallback_grades(ladder)]
        for grade, place in named:
            yield from self.known_grade(grade, place)
        grades = self._grades()
        rungs = [rung.grade for rung in ladder.rungs if rung.grade in grades]
        for better, worse in pairwise(rungs):
            if grades.index(worse) <= grades.index(better):
                place = place_of(worse, ladder.location)
                yield diagnostic("ladder/order", place, ladder=ladder.id, grades=", ".join(grades))
                break
        for kind in ladder.applies_to:
            yield from self.known_kind(kind, ladder.location)
        for rung in ladder.rungs:
            yield from self.under(rung.under)

    def _ladders_cover(self) -> Iterator[Diagnostic]:
        for kind in self.regulation.kinds.values():
            covering = [ladder for ladder in self.regulation.ladders if concerns(ladder.applies_to, kind)]
            if len(covering) > 1:
                files = ", ".join(ladder.id for ladder in covering)
                yield diagnostic("ladder/overlap", covering[1].location, kind=kind.id, ladders=files)
            if not covering and kind.is_leaf and self.regulation.ladders:
                yield diagnostic("ladder/none", kind.location, kind=kind.id)

    def _quota(self, quota: Quota) -> Iterator[Diagnostic]:
        yield from self._common(quota.applies_to, quota.under, quota.source, quota.location)
        for name in [quota.at_most, *(relief.at_most for relief in quota.relief if relief.at_most)]:
            yield from self._limit(name, quota.location)
        of = [grades for _, grades in quota.of.options] if isinstance(quota.of, ByReading) else [quota.of]
        for grade in dict.fromkeys([quota.grade, quota.surplus, *(grade for grades in of for grade in grades)]):
            yield from self.known_grade(grade, quota.location)
        for setting in (quota.of, quota.count, quota.rounding):
            if isinstance(setting, ByReading):
                yield from self._by_reading(
                    setting.interpretation, [name for name, _ in setting.options], setting.location
                )
        for name in quota.within:
            relations = [f"subject.{relation.id}" for relation in self.regulation.relations]
            attributes = [*(f"subject.{name}" for name in COHORT_ATTRIBUTES), *relations]
            if name not in attributes and name not in self.vocabulary.facts:
                yield unknown_fact(name, self.vocabulary.facts, quota.location, attributes)

    def _limit(self, name: str, place: Location) -> Iterator[Diagnostic]:
        """What is wrong with the parameter that says how many percent are allowed or needed."""
        known = self.regulation.parameters
        yield from unknown_name("parameter/unknown", name, known, place)
        if name in known and not TYPES[known[name].type].is_number:
            yield diagnostic("parameter/type", place, parameter=name, expected="number", value=known[name].type)

    def _by_reading(self, interpretation: str, options: Sequence[str], place: Location) -> Iterator[Diagnostic]:
        known = {declared.id: [name for name, _ in declared.options] for declared in self.regulation.interpretations}
        yield from unknown_name("interpretation/unknown", interpretation, known, place)
        expected = known.get(interpretation, list(options))
        if sorted(expected) != sorted(options):
            yield diagnostic(
                "interpretation/options-differ",
                place,
                interpretation=interpretation,
                options=", ".join(options),
                expected=", ".join(expected),
            )

    def source(self, source: Source) -> Iterator[Diagnostic]:
        """What is wrong with a citation: its document, and a quote that no text of the folder has."""
        yield from self._known_document(source.document, source.location)
        texts = [text for text in self.regulation.source_texts if text.document == source.document]
        if source.status == "stated" and texts:
            if not source.quotes:
                yield diagnostic("source/quote-missing", source.location)
            passages = [passage for text in texts for passage in text.passages]
            for quote in source.quotes:
                if not any(folded(quote) in folded(passage.text) for passage in passages):
                    yield diagnostic(
                        "source/quote-not-found",
                        place_of(quote, source.location),
                        quote=quote,
                        texts=", ".join(text.id for text in texts),
                        near=": ".join(nearest(quote, passages) or ("–",)),
                    )


def fallback_grades(ladder: Ladder) -> tuple[str, ...]:
    """The grades that the `otherwise` of a ladder may give, under any reading."""
    setting = ladder.otherwise.grade
    grades = [grade for _, grade in setting.options] if isinstance(setting, ByReading) else [setting]
    return tuple(grade for grade in grades if grade is not None)
