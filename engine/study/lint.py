"""What rules can reach, by exact reasoning over the values that they tell apart: rules that never or always hold, that
repeat another, or that the rung below implies; and names that nothing uses. Run by `xeploai check`, not on every load.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import product

from engine.base.diagnostics import Diagnostic, diagnostic, warning
from engine.core.judge.ladder import live_ladder
from engine.core.policy.conditions import leaves
from engine.core.policy.live import chosen, exists, live_rules
from engine.core.policy.regulation import Library, Regulation, all_rules
from engine.core.policy.rules import ByReading, Comparison, ParameterReference, Rule
from engine.core.policy.terms import QUARTERS, PeriodKind, Vocabulary
from engine.core.policy.values import parts_of, written
from engine.core.rules.compiler import Compiled, CompiledRule, beyond_bounds, compile_rules
from engine.core.rules.domains import Region, TooWide
from engine.core.rules.rulesets import BoundError
from engine.load.policies.check_regulation import otherwise_grades


def check_reach(library: Library) -> tuple[Diagnostic, ...]:
    """Every such rule and name of a library that loads, each once, and what cannot be compiled."""
    found: list[Diagnostic] = []
    for regulation in library.regulations.values():
        alive: Counter[str] = Counter()
        redundant: dict[str, list[Diagnostic]] = {}
        for compiled in compilations(library.vocabulary, regulation):
            if isinstance(compiled, Diagnostic):
                found.append(compiled)
                continue
            found += _alone(compiled)
            alive.update(one.rule.name for one in compiled.rules)
            for name, problem in (*_repeated(compiled), *_implied(regulation, compiled)):
                redundant.setdefault(name, []).append(problem)
        # What only some reading, or some kind of subject, makes redundant is needed for the others.
        found += [problems[0] for name, problems in redundant.items() if len(problems) >= alive[name]]
        found += _small_percents(regulation)
        found += _unused(regulation)
    found += _unused_facts(library)
    return tuple(dict.fromkeys(found))


def _alone(compiled: Compiled) -> Iterator[Diagnostic]:
    for one in compiled.rules:
        if one.condition is None:
            continue
        if not one.holds:
            yield diagnostic("rule/never-holds", one.rule.location, rule=one.rule.id)
        elif not one.fails:
            yield diagnostic("rule/always-holds", one.rule.location, rule=one.rule.id)


def _repeated(compiled: Compiled) -> Iterator[tuple[str, Diagnostic]]:
    """Rules of one role and, in a ladder, of one rung or for one grade, that hold and fail together."""
    groups: dict[tuple[object, ...], list[CompiledRule]] = {}
    for one in compiled.rules:
        if one.condition is not None and one.holds and one.fails:
            groups.setdefault((one.rule.role, one.rule.name.rpartition(".")[0]), []).append(one)
    for group in groups.values():
        for number, one in enumerate(group):
            for other in group[:number]:
                if _implies(one, other) and _implies(other, one):
                    problem = diagnostic("rule/repeats", one.rule.location, rule=one.rule.id, other=other.rule.id)
                    yield one.rule.name, problem
                    break


def _implied(regulation: Regulation, compiled: Compiled) -> Iterator[tuple[str, Diagnostic]]:
    """Criteria that add nothing to those which their rung takes from below, or to one of their own rung."""
    live = live_ladder(regulation, compiled)
    for grade, numbers in live.rungs if live else ():
        own = [number for number in numbers if compiled.rules[number].rule.name.split(".")[-2] == grade]
        for number in own:
            one = compiled.rules[number]
            for other_number in numbers:
                other = compiled.rules[other_number]
                if other_number == number or one.condition is None or other.condition is None:
                    continue
                if not (one.holds and one.fails and other.holds and other.fails):
                    continue
                if _implies(other, one) and not (other_number in own and _implies(one, other)):
                    problem = diagnostic(
                        "criterion/implied", one.rule.location, rule=one.rule.id, other=other.rule.name
                    )
                    yield one.rule.name, problem
                    break


def _implies(one: CompiledRule, other: CompiledRule) -> bool:
    """Does `other` hold in every case in which `one` does? No case holds the one and fails the other."""
    return not any(_meet(first, second) for first in one.holds for second in other.fails)


def _meet(first: Region, second: Region) -> bool:
    return all(mask & second.get(observable, mask) for observable, mask in first.items())


# --- what is no mistake yet -----------------------------------------------------------------------------------------


def _small_percents(regulation: Regulation) -> Iterator[Diagnostic]:
    """A half written as 0.5 means half of one per cent."""
    for parameter in regulation.parameters.values():
        for dated in parameter.values if parameter.unit == "percent" else ():
            if isinstance(dated.value, int | Decimal) and 0 < dated.value < 1:
                value = written(dated.value)
                yield warning("parameter/small-percent", dated.location, parameter=parameter.id, value=value)


# --- names that nothing uses ----------------------------------------------------------------------------------------


def _unused(regulation: Regulation) -> Iterator[Diagnostic]:
    rules = all_rules(regulation)
    parameters = {quota.at_most for quota in regulation.quotas}
    parameters |= {relief.at_most for quota in regulation.quotas for relief in quota.relief if relief.at_most}
    parameters |= {
        leaf.operand.name
        for rule in rules
        for leaf, _ in leaves(rule.condition)
        if isinstance(leaf, Comparison) and isinstance(leaf.operand, ParameterReference)
    }
    for name, parameter in regulation.parameters.items():
        if name not in parameters:
            yield warning("parameter/unused", parameter.location, name=name)
    under = [one.under for one in rules]
    under += [one.under for one in regulation.quotas]
    under += [one.under for one in regulation.links]
    under += [rung.under for ladder in regulation.ladders for rung in ladder.rungs]
    asked = {reading.interpretation for readings in under for reading in readings}
    asked |= {
        one.otherwise.grade.interpretation for one in regulation.ladders if isinstance(one.otherwise.grade, ByReading)
    }
    asked |= {
        setting.interpretation
        for quota in regulation.quotas
        for setting in (quota.of, quota.count, quota.rounding)
        if isinstance(setting, ByReading)
    }
    for interpretation in regulation.interpretations:
        if interpretation.id not in asked:
            yield warning("interpretation/unused", interpretation.location, name=interpretation.id)
    cited = {citation.source.document for citation in regulation.citations}
    for document in regulation.documents:
        if document.id not in cited:
            yield warning("document/unused", document.location, name=document.id)
    addresses = {citation.source.url for citation in regulation.citations}
    for publication in regulation.publications:
        if publication.url not in addresses:
            yield warning("publication/unused", publication.location, name=publication.id)
    used = {link.to for link in regulation.links}
    for relation in regulation.relations:
        if relation.id not in used:
            yield warning("relation/unused", relation.location, name=relation.id)
    reachable = {rung.grade for ladder in regulation.ladders for rung in ladder.rungs}
    reachable |= {bar.grade for ladder in regulation.ladders for bar in ladder.bars}
    reachable |= {grade for ladder in regulation.ladders for grade in otherwise_grades(ladder)}
    for grade in regulation.grades:
        if regulation.ladders and grade.id not in reachable:
            yield warning("grade/unreachable", grade.location, name=grade.id)


def _unused_facts(library: Library) -> Iterator[Diagnostic]:
    facts = library.vocabulary.facts
    used: set[str] = set()
    pending = [name for regulation in library.regulations.values() for name in _names(all_rules(regulation))]
    pending += [
        name
        for regulation in library.regulations.values()
        for quota in regulation.quotas
        for name in quota.within
        if name in facts
    ]
    while pending:
        name = pending.pop()
        if name in used:
            continue
        used.add(name)
        derived = facts[name].derived
        pending += parts_of(derived) if derived is not None else ()
    for name, fact in facts.items():
        if name not in used:
            yield warning("fact/unused", fact.location, name=name)


def _names(rules: Sequence[Rule]) -> Iterator[str]:
    for rule in rules:
        yield from rule.requires_evidence
        for leaf, _ in leaves(rule.condition):
            yield leaf.fact


def check_compilations(library: Library) -> tuple[Diagnostic, ...]:
    """What keeps policies without other problems from being compiled, whatever the kind of subject and the options."""
    regulations = library.regulations.values()
    found = [one for regulation in regulations for one in compilations(library.vocabulary, regulation)]
    return tuple(dict.fromkeys(one for one in found if isinstance(one, Diagnostic)))


def compilations(vocabulary: Vocabulary, regulation: Regulation) -> Iterator[Compiled | Diagnostic]:
    """Every kind of subject compiled, on every day that a parameter changes, as the interpretations are chosen and
    with each other option of each that makes a difference; a diagnostic where the rules are beyond the bounds."""
    options: list[dict[str, str]] = [{}]
    options += [{one.id: name} for one in regulation.interpretations for name, _ in one.options if name != one.chosen]
    days = {regulation.in_force_from} | {
        value.since
        for parameter in regulation.parameters.values()
        for value in parameter.values
        if value.since > regulation.in_force_from
    }
    seen: set[tuple[object, ...]] = set()
    periods: list[PeriodKind] = [one for one in regulation.periods if one != "quarter"]
    periods += QUARTERS if "quarter" in regulation.periods else () if periods else ("year",)
    for kind, day, switches, period in product(regulation.kinds, sorted(days), options, periods):
        choices = chosen(regulation, switches)
        rungs = [rung for ladder in regulation.ladders for rung in ladder.rungs if exists(rung.under, choices)]
        rules = live_rules(regulation, kind, choices, period)
        alive = (day, tuple(id(rung) for rung in rungs), *(one.name for one in rules))
        if alive in seen:
            continue
        seen.add(alive)
        try:
            yield compile_rules(regulation, vocabulary, kind, day, choices, period)
        except (TooWide, BoundError) as beyond:
            yield beyond_bounds(regulation, beyond)
