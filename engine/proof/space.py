"""All cases of one kind of subject and of period on one day, under every choice of readings, as data.

A space holds what decides such cases: the rules that exist under some reading, and the ladder. Which values a case may
state follows from the vocabulary. Two kinds of subject for which the same rules exist have the same cases, so that one
space stands for both.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import date
from functools import cached_property
from itertools import combinations, product

from engine.core.judge.record import NOT_GRADED, NOT_REVIEWED, UNDETERMINED
from engine.core.policy.conditions import leaves, ready
from engine.core.policy.live import changes, concerns, during
from engine.core.policy.regulation import Library, Regulation, all_rules
from engine.core.policy.rules import ByReading, Condition, Ladder, Reading, Role, Rule
from engine.core.policy.terms import Frozen, Percent, PeriodKind, Vocabulary
from engine.core.policy.values import parts_of
from engine.load.cases.kinds import kinds_of_cases
from engine.proof.properties import (
    NO_GRADE,
    Between,
    Disjoint,
    Independent,
    Monotone,
    Outcomes,
    Property,
    Reachable,
    outcomes_named,
)
from engine.study.variations import periods_of
from engine.versions.versions import days_to_compare

UNGRADED = (NOT_GRADED, NOT_REVIEWED)
DECIDES_OUTCOME: tuple[Role, ...] = ("exemption", "ungraded", "criterion", "bar")


class SpaceRule(Frozen):
    """A rule that exists under some reading, with its operands ready; `condition` None always holds."""

    rule: Rule
    condition: Condition | None


class Space(Frozen):
    """The cases of a kind of subject and of period on the days from `day` on, until a parameter changes.

    `alike` are the further kinds of subject and of period that the same rules decide."""

    vocabulary: Vocabulary
    regulation: Regulation
    kind: str
    period: PeriodKind
    day: date
    rules: tuple[SpaceRule, ...]
    ladder: Ladder
    alike: tuple[tuple[str, PeriodKind], ...] = field(default=(), compare=False)

    @cached_property
    def by_name(self) -> Mapping[str, SpaceRule]:
        """The rules by their qualified ids."""
        return {rule.rule.name: rule for rule in self.rules}

    @cached_property
    def readings(self) -> Mapping[str, tuple[str, ...]]:
        """The options of each interpretation on which a rule, a rung or the grade of `otherwise` depends; the option
        that the regulation chooses first."""
        under = [reading for rule in self.rules for reading in rule.rule.under]
        under += [reading for rung in self.ladder.rungs for reading in rung.under]
        named = {reading.interpretation for reading in under}
        if isinstance(self.ladder.otherwise.grade, ByReading):
            named.add(self.ladder.otherwise.grade.interpretation)
        return {
            point.id: (point.chosen, *(option for option, _ in point.options if option != point.chosen))
            for point in self.regulation.interpretations
            if point.id in named
        }

    @cached_property
    def grades(self) -> tuple[str, ...]:
        """The grades from best to worst."""
        return tuple(grade.id for grade in self.regulation.grades)

    def named(self, names: Iterable[str]) -> tuple[str, ...]:
        """The qualified ids of the rules that a policy file names by their id or by that."""
        wanted = frozenset(names)
        return tuple(rule.rule.name for rule in self.rules if wanted & {rule.rule.id, rule.rule.name})

    def of_role(self, role: Role) -> tuple[SpaceRule, ...]:
        """The rules of a role, in the order of the regulation."""
        return tuple(rule for rule in self.rules if rule.rule.role == role)

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """The facts that some rule looks at, those that it wants evidence for included."""
        names = (leaf.fact for rule in self.rules for leaf, _ in leaves(rule.condition))
        return tuple(dict.fromkeys(names))

    def ready(self, condition: Condition) -> Condition:
        """A condition as written, with the operands of this day."""
        return ready(condition, self.vocabulary, self.regulation.parameters, self.day)


def spaces(library: Library, regulation: Regulation) -> Iterator[Space]:
    """The spaces of a regulation, always in the same order: of the kinds of subject that a case may be of. Kinds that
    are only divided between other kinds have none."""
    offered = [regulation.kinds[name] for name in kinds_of_cases(regulation)]
    seen: dict[tuple[object, ...], list[Space]] = {}
    for day, kind, period in product(changes(regulation), offered, periods_of(regulation)):
        ladder = next(ladder for ladder in regulation.ladders if concerns(ladder.applies_to, kind))
        live = [rule for rule in _rules(regulation) if concerns(rule.applies_to, kind) and during(rule.periods, period)]
        seen.setdefault((day, id(ladder), *map(id, live)), []).append(
            Space(library.vocabulary, regulation, kind.id, period, day, tuple(map(_bare, live)), ladder)
        )
    for space, *others in seen.values():
        rules = tuple(
            SpaceRule(rule.rule, None if rule.rule.condition is None else space.ready(rule.rule.condition))
            for rule in space.rules
        )
        alike = tuple((other.kind, other.period) for other in others)
        yield Space(space.vocabulary, regulation, space.kind, space.period, space.day, rules, space.ladder, alike)


def meant(item: Property, space: Space) -> Space | None:
    """A space as far as a property speaks of its kinds of subject and of period; None if of none of them."""
    kinds = space.regulation.kinds
    pairs = [
        (kind, period)
        for kind, period in ((space.kind, space.period), *space.alike)
        if concerns(item.applies_to, kinds[kind]) and during(item.periods, period)
    ]
    return replace(space, kind=pairs[0][0], period=pairs[0][1], alike=tuple(pairs[1:])) if pairs else None


def spaces_beside(library: Library, regulation: Regulation, claim: Between) -> list[tuple[Space, Space]]:
    """The spaces of a regulation, each with that of another regulation for the same cases, always in the same order."""
    other = library.regulations[claim.regulation]
    own_spaces, other_spaces = (_by_place(spaces(library, each)) for each in (regulation, other))
    pairs: dict[tuple[int, int], tuple[Space, Space]] = {}
    for other_day, own_day in days_to_compare(other, regulation):
        for (day, kind, period), space in own_spaces.items():
            beside = other_spaces.get((other_day, kind, period))
            if day == own_day and beside is not None:
                pairs.setdefault((id(space), id(beside)), (space, beside))
    return list(pairs.values())


def _by_place(every: Iterable[Space]) -> dict[tuple[date, str, PeriodKind], Space]:
    """The spaces by their day and each kind of subject and of period that they stand for."""
    return {
        (space.day, kind, period): space
        for space in every
        for kind, period in ((space.kind, space.period), *space.alike)
    }


def with_readings_of(item: Property, regulation: Regulation, choices: Mapping[str, str]) -> dict[str, str]:
    """A choice of readings, but that a property is claimed under it: each interpretation of its `under` is read in one
    of the ways that it names."""
    claimed = dict(choices)
    for reading in item.under:
        usual = next(point.chosen for point in regulation.interpretations if point.id == reading.interpretation)
        if claimed.get(reading.interpretation, usual) not in reading.options:
            claimed[reading.interpretation] = reading.options[0]
    return claimed


def _rules(regulation: Regulation) -> Iterator[Rule]:
    """The rules that decide something about a single case, each once. Rules of relief look at cohorts."""
    return iter({id(rule): rule for rule in all_rules(regulation)}.values())


def _bare(rule: Rule) -> SpaceRule:
    return SpaceRule(rule, None)


def allowed(readings: Sequence[Reading], interpretation: str, options: Sequence[str]) -> tuple[str, ...]:
    """The options of an interpretation under which something that says `under` exists."""
    wanted = [reading.options for reading in readings if reading.interpretation == interpretation]
    return tuple(option for option in options if all(option in some for some in wanted))


def place_of(grades: Sequence[str], outcome: str) -> int:
    """Where a grade or `undetermined` stands, given the grades from best to worst: a case that is left to the
    authority reaches no rung and meets no bar, so that it stands above the worst grade and below all others."""
    return 2 * len(grades) - 3 if outcome == UNDETERMINED else 2 * grades.index(outcome)


def named_outcomes(space: Space, outcomes: Outcomes) -> frozenset[str]:
    """The outcomes that a claim names, as the engine calls them."""
    named = outcomes_named(outcomes, space.grades)
    return (named - {NO_GRADE}) | (frozenset(UNGRADED) if NO_GRADE in named else frozenset())


def moved_facts(vocabulary: Vocabulary, name: str) -> frozenset[str]:
    """The facts that a person states otherwise so that a fact changes. A percentage changes by its part, its whole
    being what it is."""
    derivation = vocabulary.facts[name].derived
    if derivation is None:
        return frozenset({name})
    parts = (derivation.part,) if isinstance(derivation, Percent) else parts_of(derivation)
    return frozenset().union(*(moved_facts(vocabulary, part) for part in parts))


def targets(space: Space, claim: Reachable) -> tuple[str, ...]:
    """The grades and the rules, by name, that some case of a space must reach: those of the ladder, and those named."""
    ladder = space.ladder
    bars = [bar.grade for bar in ladder.bars if bar.rule.name in space.by_name]
    grades = [rung.grade for rung in ladder.rungs] + bars if claim.grades is None else claim.grades
    rules = tuple(space.by_name) if claim.rules is None else space.named(claim.rules)
    left_out = {*claim.unless, *space.named(claim.unless)}
    return tuple(name for name in dict.fromkeys([*grades, *rules]) if name not in left_out)


def overlaps(space: Space, claim: Disjoint) -> list[tuple[str, str]]:
    """The pairs that no case may meet together: names of rules, and grades that stand for their rungs."""
    ladder, order, meant_too = space.ladder, space.grades.index, space.named(claim.meant)
    bars = [bar for bar in ladder.bars if bar.rule.name in space.by_name and bar.rule.name not in meant_too]
    match claim.of:
        case "bars":
            pairs = [(one, other) for one, other in combinations(bars, 2) if one.grade != other.grade]
            return [(one.rule.name, other.rule.name) for one, other in pairs]
        case "bars_and_rungs":
            better = [(bar, rung) for bar, rung in product(bars, ladder.rungs) if order(rung.grade) < order(bar.grade)]
            return [(bar.rule.name, rung.grade) for bar, rung in better]
        case "rungs":
            rungs = [rung for rung in ladder.rungs if not {part.rule.name for part in rung.criteria} & {*meant_too}]
            return [(better.grade, lower.grade) for better, lower in combinations(rungs, 2)]
        case _:
            return list(combinations(space.named(claim.of), 2))


def own_criteria(space: Space, grade: str) -> tuple[Rule, ...]:
    """The criteria of a rung that better rungs do not take over."""
    return tuple(
        criterion.rule
        for rung in space.ladder.rungs
        for criterion in rung.criteria
        if rung.grade == grade and not criterion.inherited and criterion.rule.name in space.by_name
    )


def facts_of(space: Space, item: Property) -> frozenset[str]:
    """The facts that a property looks at."""
    names = {leaf.fact for condition in conditions_of(item) for leaf, _ in leaves(condition)}
    if isinstance(item.claim, Monotone | Independent):
        names |= {name for name in item.claim.facts if name in space.vocabulary.facts}
    return frozenset(names)


def conditions_of(item: Property) -> list[Condition]:
    """The conditions of a property on the cases in question."""
    conditions = [item.when, item.known_failure.when if item.known_failure else None]
    return [condition for condition in conditions if condition is not None]
