"""All cases of one kind of subject and of period on one day, under every choice of readings, as data.

A space holds what decides such cases: the rules that exist under some reading, and the ladder. Which values a case may
state follows from the vocabulary. Two kinds of subject for which the same rules exist have the same cases, so that one
space stands for both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date
from functools import cached_property
from itertools import product

from engine.core.policy.conditions import leaves, ready
from engine.core.policy.live import changes, concerns, during
from engine.core.policy.regulation import Library, Regulation, all_rules
from engine.core.policy.rules import ByReading, Condition, Ladder, Reading, Role, Rule
from engine.core.policy.terms import Frozen, PeriodKind, Vocabulary
from engine.study.variations import periods_of


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


def spaces(
    library: Library, regulation: Regulation, applies_to: Sequence[str] = (), periods: Sequence[PeriodKind] = ()
) -> Iterator[Space]:
    """The spaces of a regulation; of these kinds of subject and of period alone, if any are named. Kinds that no
    ladder covers have none: a case of such a kind is refused."""
    seen: dict[tuple[object, ...], list[Space]] = {}
    for day, kind, period in product(changes(regulation), regulation.kinds.values(), periods_of(regulation)):
        ladder = next((ladder for ladder in regulation.ladders if concerns(ladder.applies_to, kind)), None)
        if ladder is None or not concerns(applies_to, kind) or not during(periods, period):
            continue
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


def _rules(regulation: Regulation) -> Iterator[Rule]:
    """The rules that decide something about a single case, each once. Rules of relief look at cohorts."""
    return iter({id(rule): rule for rule in all_rules(regulation)}.values())


def _bare(rule: Rule) -> SpaceRule:
    return SpaceRule(rule, None)


def allowed(readings: Sequence[Reading], interpretation: str, options: Sequence[str]) -> tuple[str, ...]:
    """The options of an interpretation under which something that says `under` exists."""
    wanted = [reading.options for reading in readings if reading.interpretation == interpretation]
    return tuple(option for option in options if all(option in some for some in wanted))
