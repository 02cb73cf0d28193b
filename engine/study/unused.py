"""Names of a regulation, and facts of the vocabulary, that nothing uses."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from engine.base.diagnostics import Diagnostic, warning
from engine.core.policy.conditions import leaves, parameters_of
from engine.core.policy.regulation import Library, Regulation, all_rules
from engine.core.policy.rules import ByReading, Rule
from engine.load.cases.derived import with_parts
from engine.load.policies.check_regulation import fallback_grades


def unused_names(regulation: Regulation) -> Iterator[Diagnostic]:
    """A warning for each parameter, interpretation, document, published source, relation and grade of a regulation that
    nothing in it uses."""
    cited = {citation.source.document for citation in regulation.citations}
    addresses = {citation.source.url for citation in regulation.citations}
    linked = {link.to for link in regulation.links}
    yield from _unused("parameter/unused", regulation.parameters.values(), _used_parameters(regulation))
    yield from _unused("interpretation/unused", regulation.interpretations, _used_interpretations(regulation))
    yield from _unused("document/unused", regulation.documents, cited)
    for publication in regulation.publications:
        if publication.url not in addresses:
            yield warning("publication/unused", publication.location, name=publication.id)
    yield from _unused("relation/unused", regulation.relations, linked)
    if regulation.ladders:
        yield from _unused("grade/unreachable", regulation.grades, _reachable_grades(regulation))


def _unused(code: str, items: Iterable[Any], used: Collection[str]) -> Iterator[Diagnostic]:
    for item in items:
        if item.id not in used:
            yield warning(code, item.location, name=item.id)


def unused_facts(library: Library) -> Iterator[Diagnostic]:
    """A warning for each fact that no rule and no quota of any regulation uses, not even to compute another fact."""
    facts = library.vocabulary.facts
    regulations = library.regulations.values()
    names = [name for regulation in regulations for name in _facts_of((*all_rules(regulation), *regulation.papers))]
    quotas = [quota for regulation in regulations for quota in regulation.quotas]
    names += [name for quota in quotas for name in quota.within if name in facts]
    used = with_parts(names, library.vocabulary)
    for name, fact in facts.items():
        if name not in used:
            yield warning("fact/unused", fact.location, name=name)


def _used_parameters(regulation: Regulation) -> set[str]:
    limits = {quota.at_most for quota in regulation.quotas}
    reliefs = {relief.at_most for quota in regulation.quotas for relief in quota.relief if relief.at_most}
    votes = {majority.more_than for majority in regulation.majorities}
    rules = (*all_rules(regulation), *regulation.papers)
    compared = {name for rule in rules for name in parameters_of(rule.condition)}
    return limits | reliefs | votes | compared


def _used_interpretations(regulation: Regulation) -> set[str]:
    under = [rule.under for rule in all_rules(regulation)]
    under += [quota.under for quota in regulation.quotas]
    under += [link.under for link in regulation.links]
    under += [majority.under for majority in regulation.majorities]
    under += [paper.under for paper in regulation.papers]
    under += [rung.under for ladder in regulation.ladders for rung in ladder.rungs]
    settings = [setting for quota in regulation.quotas for setting in (quota.of, quota.count, quota.rounding)]
    grades = [ladder.otherwise.grade for ladder in regulation.ladders]
    return {reading.interpretation for readings in under for reading in readings} | {
        setting.interpretation for setting in (*settings, *grades) if isinstance(setting, ByReading)
    }


def _reachable_grades(regulation: Regulation) -> set[str]:
    rungs = {rung.grade for ladder in regulation.ladders for rung in ladder.rungs}
    bars = {bar.grade for ladder in regulation.ladders for bar in ladder.bars}
    others = {grade for ladder in regulation.ladders for grade in fallback_grades(ladder)}
    return rungs | bars | others


def _facts_of(rules: Sequence[Rule]) -> Iterator[str]:
    for rule in rules:
        yield from rule.requires_evidence
        for leaf, _ in leaves(rule.condition):
            yield leaf.fact
