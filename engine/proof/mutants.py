"""A regulation, changed by one small step at a time: each change that tests of the policies should notice.

A mutant is a whole regulation, made of the loaded one and not of its text. It knows which rules the step changed, so
that a run judges again only the cases that such a rule concerns.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from engine.base.diagnostics import Location
from engine.core.policy.conditions import parameters_of
from engine.core.policy.regulation import Library, Parameter, Regulation, all_rules
from engine.core.policy.rules import Condition, EvidenceNamed, Ladder, Rule
from engine.core.policy.terms import Fact, Frozen, Text
from engine.load.policies.check_regulation import RegulationCheck
from engine.load.policies.conditions import joined
from engine.proof.condition_steps import Step, condition_steps, one_step, plain, shown
from engine.proof.scope_steps import applies_to_steps, period_steps, under_steps
from engine.proof.section_steps import ladder_steps, link_steps, quota_steps


class Mutant(Frozen, eq=False):
    """A regulation that differs from the loaded one in one step.

    `about` names the rule, quota, link, parameter or interpretation that the step changes. `rules` are the rules that
    it changed, each with what became of it (None: dropped); None if the step changes what stands between rules."""

    about: str
    step: Step
    regulation: Regulation
    rules: tuple[tuple[Rule, Rule | None], ...] | None

    @property
    def location(self) -> Location:
        """Where the step is made."""
        return self.step.location


def mutants(library: Library, regulation: Regulation) -> Iterator[Mutant]:
    """Every mutant of a regulation, of a local layer those of what it adds, in the order of its parts."""
    for rule in own(regulation, all_rules(regulation)):
        for step, changed in rule_steps(rule, regulation, library.vocabulary.facts):
            pair = (rule, changed)
            yield Mutant(rule.name, step, with_rule(regulation, *pair), (pair,))
    points, votes = _beyond_tests(regulation)
    for about, step, mutated in _between_rules(regulation):
        if about not in points:
            yield Mutant(about, step, mutated, None)
    for name, step, parameter in _parameter_steps(regulation, library.vocabulary.facts):
        parameters = {**regulation.parameters, name: parameter}
        rules = tuple((rule, rule) for rule in all_rules(regulation) if name in parameters_of(rule.condition))
        if rules or name not in votes:
            elsewhere = name in votes or name in _limits(regulation)
            yield Mutant(name, step, replace(regulation, parameters=parameters), None if elsewhere else rules)


def loads(library: Library, mutant: Mutant) -> bool:
    """Would a policies folder with this step be read, or refused?"""
    check = RegulationCheck(library.vocabulary, mutant.regulation)
    if mutant.rules is not None and all(old is not new for old, new in mutant.rules):
        return not any(list(check.of_rule(new)) for _, new in mutant.rules if new is not None)
    return not any(problem.severity == "error" for problem in check.problems())


def own(regulation: Regulation, items: Any) -> list[Any]:
    """Of the parts of a regulation those that its own files hold: a local layer is tested for what it adds."""
    return [item for item in items if regulation.extends is None or item.layer == regulation.id]


def _limits(regulation: Regulation) -> set[str]:
    """The parameters that quotas name."""
    reliefs = {str(relief.at_most) for quota in regulation.quotas for relief in quota.relief}
    return reliefs | {quota.at_most for quota in regulation.quotas}


def _beyond_tests(regulation: Regulation) -> tuple[set[str], set[str]]:
    """The interpretations on which only counts of votes and the papers of a dossier depend, of which a test of the
    policies can say nothing; and the parameters that these name, if perhaps not they alone."""
    beyond: tuple[Any, ...] = (*regulation.majorities, *regulation.papers)
    seen: tuple[Any, ...] = (*all_rules(regulation), *regulation.quotas, *regulation.links)
    points, others = ({reading.interpretation for item in items for reading in item.under} for items in (beyond, seen))
    named = {name for paper in regulation.papers for name in parameters_of(paper.condition)}
    return points - others, named | {majority.more_than for majority in regulation.majorities}


# --- one rule ---


def rule_steps(rule: Rule, regulation: Regulation, facts: Mapping[str, Fact]) -> Iterator[tuple[Step, Rule | None]]:
    """A rule -> each rule that is one step away from it, None where it is dropped, and the step."""
    yield Step("rule_dropped", (("rule", rule.id),), rule.location), None
    evidence = tuple(EvidenceNamed(fact, location=rule.location) for fact in rule.requires_evidence)

    def composed(when: Condition | None, unless: Condition | None, named: tuple[EvidenceNamed, ...] = evidence) -> Rule:
        condition = joined(rule.role, when, unless, named, rule.location)
        return replace(
            rule, when=when, unless=unless, condition=condition, requires_evidence=tuple(leaf.fact for leaf in named)
        )

    if rule.when is not None:
        # A criterion that asks nothing is no other mutant than the one without it.
        if rule.role != "criterion" or evidence:
            step = Step("condition_dropped", (("condition", shown(rule.when)),), rule.when.location)
            yield step, composed(None, rule.unless)
        for step, when in condition_steps(rule.when, facts):
            yield step, composed(when, rule.unless)
    if rule.unless is not None:
        step = Step("exception_dropped", (("condition", shown(rule.unless)),), rule.unless.location)
        yield step, composed(rule.when, None)
        for step, unless in condition_steps(rule.unless, facts):
            yield step, composed(rule.when, unless)
    for leaf in evidence:
        step = Step("evidence_dropped", (("fact", leaf.fact),), leaf.location)
        others = tuple(other for other in evidence if other is not leaf)
        if rule.when is not None or rule.unless is not None or others:
            yield step, composed(rule.when, rule.unless, others)
    for step, kinds in applies_to_steps(rule.applies_to, regulation, rule.location):
        yield step, replace(rule, applies_to=kinds)
    for step, under in under_steps(rule.under, regulation):
        yield step, replace(rule, under=under)
    for step, periods in period_steps(rule.periods, regulation, rule.location):
        yield step, replace(rule, periods=periods)


def with_rule(regulation: Regulation, old: Rule, new: Rule | None) -> Regulation:
    """The regulation with another rule in the place of one of its own, or without it."""

    def listed(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        return tuple(new if rule is old else rule for rule in rules if rule is not old or new is not None)  # type: ignore[misc]

    def holding(items: tuple[Any, ...]) -> tuple[Any, ...]:
        kept = (item for item in items if item.rule is not old or new is not None)
        return tuple(replace(item, rule=new) if item.rule is old else item for item in kept)

    def ladder(whole: Ladder) -> Ladder:
        match old.role:
            case "criterion":
                rungs = tuple(replace(rung, criteria=holding(rung.criteria)) for rung in whole.rungs)
                return replace(whole, rungs=rungs)
            case "bar":
                return replace(whole, bars=holding(whole.bars))
            case _:
                return replace(whole, otherwise=replace(whole.otherwise, gaps=listed(whole.otherwise.gaps)))

    match old.role:
        case "exemption":
            return replace(regulation, exemptions=listed(regulation.exemptions))
        case "ungraded":
            return replace(regulation, ungraded=listed(regulation.ungraded))
        case "review_content":
            return replace(regulation, review_contents=listed(regulation.review_contents))
        case "trigger":
            return replace(regulation, triggers=listed(regulation.triggers))
        case "relief":
            quotas = tuple(replace(quota, relief=holding(quota.relief)) for quota in regulation.quotas)
            return replace(regulation, quotas=quotas)
        case _:
            return replace(regulation, ladders=tuple(map(ladder, regulation.ladders)))


# --- what stands between rules ---


def _between_rules(regulation: Regulation) -> Iterator[tuple[str, Step, Regulation]]:
    for interpretation in own(regulation, regulation.interpretations):
        for option, _ in interpretation.options:
            if option == interpretation.chosen:
                continue
            arguments = (("interpretation", interpretation.id), ("old", interpretation.chosen), ("new", option))
            others = tuple(
                replace(other, chosen=option) if other is interpretation else other
                for other in regulation.interpretations
            )
            step = Step("default", arguments, interpretation.location)
            yield interpretation.id, step, replace(regulation, interpretations=others)
    yield from _of_each(regulation, "ladders", lambda ladder: ladder_steps(ladder, regulation))
    yield from _of_each(regulation, "quotas", lambda quota: quota_steps(quota, regulation))
    yield from _of_each(regulation, "links", lambda link: link_steps(link, regulation))


def _of_each(
    regulation: Regulation, section: str, steps: Callable[[Any], Iterator[tuple[str, Step, Any]]]
) -> Iterator[tuple[str, Step, Regulation]]:
    """The steps of every item of a section. An item that a step makes None is dropped."""
    items = getattr(regulation, section)
    for number, item in enumerate(items):
        for about, step, changed in steps(item):
            kept = () if changed is None else (changed,)
            changes: dict[str, Any] = {section: (*items[:number], *kept, *items[number + 1 :])}
            yield about, step, replace(regulation, **changes)


def _parameter_steps(regulation: Regulation, facts: Mapping[str, Fact]) -> Iterator[tuple[str, Step, Parameter]]:
    for name, parameter in regulation.parameters.items():
        like = Fact(name, parameter.type, Text(name, name))
        if parameter.unit == "percent":
            like = replace(like, minimum=0, maximum=100)
        for number, dated in enumerate(parameter.values):
            if regulation.extends is not None and dated.layer != regulation.id:
                continue

            def changed(value: Any, number: int = number, parameter: Parameter = parameter) -> Parameter:
                values = parameter.values
                return replace(parameter, values=(*values[:number], value, *values[number + 1 :]))

            for near in one_step(dated.value, like):
                arguments = (("parameter", name), ("old", plain(dated.value)), ("new", plain(near)))
                yield name, Step("parameter", arguments, dated.location), changed(replace(dated, value=near))
            for days in (-1, 1):
                since = dated.since + timedelta(days)
                # Before the regulation is in force no case is judged by it.
                if since > regulation.in_force_from and dated.since > regulation.in_force_from:
                    arguments = (("parameter", name), ("old", dated.since.isoformat()), ("new", since.isoformat()))
                    yield name, Step("day", arguments, dated.since_location), changed(replace(dated, since=since))
