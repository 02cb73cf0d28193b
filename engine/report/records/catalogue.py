"""A regulation, as one run reads it -> the catalogue that says what the ids in its records mean."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from hashlib import sha256
from typing import Any

from engine.core.judge.record import ComparisonResult
from engine.core.policy.conditions import leaves, operand_value
from engine.core.policy.live import Choices, chosen, exists
from engine.core.policy.regulation import DatedValue, Regulation, all_rules
from engine.core.policy.rules import Comparison, Condition, EvidenceNamed, Fallback, Literals, ParameterReference, Rule
from engine.core.policy.terms import Source, Text, Vocabulary
from engine.load.cases.chosen import REASONS
from engine.load.cases.derived import with_parts
from engine.report.json import as_plain
from engine.report.records import form

ComparisonKey = tuple[str, object, object, bool]
"""What tells the comparisons of one rule apart: the fact, the operator, the parameter or the values, `negated`."""


@dataclass(frozen=True, eq=False)
class Catalogued:
    """A catalogue as JSON with its SHA-256, and what a writer of records looks up in it."""

    hash: str
    content: bytes
    comparisons: Mapping[str, Mapping[ComparisonKey, int]]
    """For each rule the places of its comparisons."""
    regulation: Regulation

    @cached_property
    def reasons(self) -> Mapping[Text, str]:
        """The reasons for choosing a regulation that stand in the catalogue."""
        return {Text(**text): reason for reason, text in REASONS.items()}

    @cached_property
    def shares(self) -> Mapping[DatedValue, str]:
        """The parameters by their dated values."""
        shares: dict[DatedValue, str] = {}
        for parameter in self.regulation.parameters.values():
            for value in parameter.values:
                shares.setdefault(value, str(parameter.id))
        return shares


def catalogued(regulation: Regulation, vocabulary: Vocabulary, switches: Choices) -> Catalogued:
    """The catalogue of one regulation, whose interpretations are read as `switches` says."""
    choices = chosen(regulation, switches)
    rules = [rule for rule in all_rules(regulation) if exists(rule.under, choices)]
    comparisons = {rule.name: _comparisons(rule.condition, vocabulary) for rule in rules}
    content = form.encode(
        form.Catalogue(
            regulation=str(regulation.id),
            policy_hash=regulation.content_hash,
            label=regulation.label,
            grades=tuple(form.Grade(grade=str(grade.id), label=grade.label) for grade in regulation.grades),
            kinds=tuple(form.Kind(kind=str(kind.id), label=kind.label) for kind in regulation.kinds.values()),
            documents=tuple(
                form.LegalDocument(
                    document=str(document.id), label=document.label, issued_on=document.issued_on, url=document.url
                )
                for document in regulation.documents
            ),
            reasons=tuple(form.Reason(reason=name, label=Text(**text)) for name, text in REASONS.items()),
            interpretations=tuple(_interpretations(regulation, choices)),
            facts=tuple(_facts(comparisons.values(), vocabulary)),
            parameters=tuple(_parameters(regulation)),
            rules=(*_rules(regulation, rules, comparisons), *_otherwise(regulation)),
            quotas=tuple(
                form.Quota(quota=quota.name, label=quota.label, source=source(quota.source), grade=str(quota.grade),
                           layer=quota.layer)
                for quota in regulation.quotas
            ),
            links=tuple(
                form.Link(link=link.name, label=link.label, source=source(link.source), layer=link.layer)
                for link in regulation.links
            ),
        )
    )  # fmt: skip
    places = {name: {key: place for place, key in enumerate(keys)} for name, keys in comparisons.items()}
    return Catalogued(sha256(content).hexdigest(), content, places, regulation)


def source(cited: Source) -> form.Source:
    """A source as records write it."""
    return form.Source(
        document=str(cited.document), locator=cited.locator, status=cited.status, quotes=cited.quotes, url=cited.url,
        note=cited.note,
    )  # fmt: skip


def key_of(result: ComparisonResult) -> ComparisonKey:
    """What tells the comparison of a result from the others of its rule."""
    operand = result.operand.parameter if result.operand.parameter is not None else result.operand.values
    return result.fact.name, result.operator, operand, result.negated


def _comparisons(condition: Condition | None, vocabulary: Vocabulary) -> Mapping[ComparisonKey, form.Comparison]:
    """The comparisons of a rule, each once, in the order of the policy."""
    comparisons: dict[ComparisonKey, form.Comparison] = {}
    for leaf, negated in leaves(condition):
        name = str(leaf.fact)
        match leaf:
            case EvidenceNamed():
                comparisons[name, None, (), negated] = form.Comparison(fact=name, evidence=True, negated=negated)
            case Comparison(operator=operator, operand=ParameterReference(name=parameter)):
                comparisons[name, operator, parameter, negated] = form.Comparison(
                    fact=name, operator=operator, parameter=str(parameter), negated=negated
                )
            case Comparison(operator=operator, operand=Literals(values)):
                threshold = tuple(operand_value(value, vocabulary.facts[name]) for value in values)
                comparisons[name, operator, threshold, negated] = form.Comparison(
                    fact=name, operator=operator, values=tuple(as_plain(threshold)), negated=negated
                )
    return comparisons


def _interpretations(regulation: Regulation, choices: Choices) -> Iterator[form.Interpretation]:
    for interpretation in regulation.interpretations:
        yield form.Interpretation(
            interpretation=str(interpretation.id),
            question=interpretation.question,
            options=_options(interpretation.options),
            chosen=str(interpretation.chosen),
            read=str(choices[interpretation.id]),
            layer=interpretation.layer,
        )


def _options(options: Iterable[tuple[str, Text]]) -> tuple[form.Option, ...]:
    return tuple(form.Option(option=str(name), label=label) for name, label in options)


def _facts(by_rule: Iterable[Mapping[ComparisonKey, form.Comparison]], vocabulary: Vocabulary) -> Iterator[form.Fact]:
    """The facts that rules look at, and those that these are derived from, in the order of the vocabulary."""
    used = with_parts((comparison.fact for comparisons in by_rule for comparison in comparisons.values()), vocabulary)
    for name, fact in vocabulary.facts.items():
        if name in used:
            yield form.Fact(
                fact=str(name), type=fact.type, label=fact.label, question=fact.question, unit=fact.unit,
                options=_options(fact.options),
            )  # fmt: skip


def _parameters(regulation: Regulation) -> Iterator[form.Parameter]:
    for parameter in regulation.parameters.values():
        values: tuple[form.DatedValue, ...] = tuple(
            form.DatedValue(since=value.since, value=_plain(value.value), source=source(value.source),
                            layer=value.layer)
            for value in sorted(parameter.values, key=lambda value: value.since)
        )  # fmt: skip
        yield form.Parameter(parameter=str(parameter.id), label=parameter.label, unit=parameter.unit, values=values)


def _plain(value: Any) -> Any:
    """The value of a parameter as JSON has it."""
    return as_plain(Fraction(value)) if isinstance(value, Decimal) else value


def _rules(
    regulation: Regulation, rules: Iterable[Rule], comparisons: Mapping[str, Mapping[ComparisonKey, form.Comparison]]
) -> Iterator[form.Rule]:
    criteria = {
        criterion.rule.name: (rung.grade, criterion.inherited)
        for ladder in regulation.ladders
        for rung in ladder.rungs
        for criterion in rung.criteria
    }
    bars = {bar.rule.name: (bar.grade, True) for ladder in regulation.ladders for bar in ladder.bars}
    for rule in rules:
        grade, inherited = (criteria | bars).get(rule.name, (None, True))
        yield form.Rule(
            rule=rule.name, id=str(rule.id), role=rule.role, label=rule.label, source=source(rule.source),
            layer=rule.layer, grade=None if grade is None else str(grade), inherited=inherited,
            comparisons=tuple(comparisons[rule.name].values()),
        )  # fmt: skip


def _otherwise(regulation: Regulation) -> Iterator[form.Rule]:
    """What becomes of a case that reaches no rung and meets no bar, said as rules without comparisons."""
    fallbacks: dict[str, Fallback] = {ladder.otherwise.name: ladder.otherwise for ladder in regulation.ladders}
    for name, fallback in fallbacks.items():
        yield form.Rule(
            rule=name, id="otherwise", role="otherwise", label=fallback.label, source=source(fallback.source),
            layer=fallback.layer,
        )  # fmt: skip
