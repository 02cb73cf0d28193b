"""A rule of one version, for one kind of subject on one day, and the regions of values where it holds and fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from engine.core.policy.conditions import ready
from engine.core.policy.live import chosen, concerns, during, exists
from engine.core.policy.rules import Condition, Role, Rule
from engine.core.policy.terms import PeriodKind
from engine.core.rules.domains import Domain, Observable, Region, covers, regions
from engine.versions.versions import Version


@dataclass(frozen=True)
class State:
    """A rule for one kind of subject on one day: a condition with typed operands, or that it always holds or fails."""

    condition: Condition | bool


@dataclass(frozen=True)
class Side:
    """A rule as one version has it, or None; `role` is that of the rule that it is compared with."""

    version: Version
    rule: Rule | None
    day: date
    kind: str
    period: PeriodKind
    role: Role
    whatever_the_reading: bool

    def state(self) -> State:
        """What is not there asks nothing: a criterion holds, any other rule does not."""
        rule, regulation = self.rule, self.version.regulation
        there = (
            rule is not None
            and concerns(rule.applies_to, regulation.kinds[self.kind])
            and during(rule.periods, self.period)
            and (self.whatever_the_reading or exists(rule.under, chosen(regulation, {})))
        )
        if rule is None or not there:
            return State(self.role == "criterion")
        if rule.condition is None:
            return State(True)
        vocabulary = self.version.library.vocabulary
        return State(ready(rule.condition, vocabulary, regulation.parameters, self.day))


def both(state: State, domains: Mapping[Observable, Domain]) -> tuple[tuple[Region, ...], tuple[Region, ...]]:
    """Where a state holds and where it fails."""
    if isinstance(state.condition, bool):
        return (({},), ()) if state.condition else ((), ({},))
    return regions(state.condition, domains), regions(state.condition, domains, wanted=False)


def meets(some: Sequence[Region], others: Sequence[Region]) -> list[Region]:
    """Where both of two alternatives hold, without what another region covers."""
    regions_met: list[Region] = []
    for first in some:
        for second in others:
            met = meet(first, second)
            if met is not None and not any(covers(region, met) for region in regions_met):
                regions_met = [region for region in regions_met if not covers(met, region)]
                regions_met.append(met)
    return regions_met


def meet(first: Region, second: Region) -> Region | None:
    """Where both of two conjunctions hold; None if nowhere."""
    met = dict(first)
    for observable, mask in second.items():
        met[observable] = met.get(observable, mask) & mask
    return None if 0 in met.values() else met
