"""Whether a rule was tightened or loosened, decided, with a case that shows it.

A rule is a question with finitely many distinguishable answers, so the values under which the old holds and the new
fails, or the other way round, are found exactly. Each is then turned into a case that can be run, and only what such a
case confirms is claimed: if values are found but no case is, the direction is `not_decided`.

Tighter means worse for the subject: a criterion that holds for fewer, a bar, trigger or review content that holds for
more, an exemption or a relief that holds for fewer.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Literal

from engine.core.policy.live import concerns, regime
from engine.core.policy.rules import Role, Rule
from engine.core.policy.terms import PeriodKind
from engine.core.rules.domains import MOST_REGIONS, Domain, Observable, Region, TooWide
from engine.versions.regions import Side, State, both, meet, meets
from engine.versions.versions import Version, days_to_compare
from engine.versions.witnesses import MOST_EXAMPLES, MOST_REGIONS_TRIED, Witness, Witnesses

Direction = Literal["tightened", "loosened", "both_ways", "none", "not_decided"]
MOST_WITNESSES = 12
MOST_SUBJECTS = 3
"""Kinds of subject and of period in which a better example is still looked for once there is one."""
DECIDES_GRADE: tuple[Role, ...] = ("criterion", "bar")
MOVES_NO_GRADE: tuple[Role, ...] = ("trigger", "review_content")
WIDER_IS_TIGHTER: dict[Role, bool] = {
    "criterion": False, "exemption": False, "ungraded": False, "relief": False,
    "bar": True, "trigger": True, "review_content": True,
}  # fmt: skip


@dataclass(frozen=True)
class ComparedRule:
    """A rule as the old and the new version have it for a kind of subject and of period, on a day of the new."""

    sides: tuple[State, State]
    role: Role
    kind: str
    period: PeriodKind
    day: date


@dataclass
class Movement:
    """Two versions whose rules are compared, and the maker of the cases that show how a rule moved."""

    old: Version
    new: Version
    cases: Witnesses = field(init=False)

    def __post_init__(self) -> None:
        self.cases = Witnesses(self.old, self.new)

    def of(
        self, mine: Rule | None, theirs: Rule | None, dormant: bool, kinds: Collection[str] | None = None
    ) -> tuple[Direction, tuple[date, ...], tuple[Witness, ...]]:
        """How a rule moved, on which days, and a case for each way; what is not there asks nothing. `dormant`: as if
        every reading on which it depends were chosen. `kinds`: of these kinds of subject alone."""
        rule = theirs or mine
        assert rule is not None
        witness_by_way: dict[bool, Witness | None] = {}
        looked: dict[bool, int] = {}
        days: list[date] = []

        def enough(widened: bool) -> bool:
            witness = witness_by_way.get(widened)
            if witness is None:
                return False
            looked[widened] = looked.get(widened, 0) + 1
            return looked[widened] > MOST_SUBJECTS or self._tells(witness, rule.role, widened) == 0

        for old_day, new_day in days_to_compare(self.old.regulation, self.new.regulation):
            for kind, period in self.cases.subjects():
                if kinds is not None and kind not in kinds:
                    continue
                sides = (
                    Side(self.old, mine, old_day, kind, period, rule.role, dormant).state(),
                    Side(self.new, theirs, new_day, kind, period, rule.role, dormant).state(),
                )
                if sides[0] == sides[1]:
                    continue
                others = self._decisive(mine, theirs, sides, kind)
                compared = ComparedRule(sides, rule.role, kind, period, new_day)
                for widened, witness in self._moves(compared, others, enough):
                    if new_day not in days:
                        days.append(new_day)
                    known = witness_by_way.get(widened)
                    better = witness is not None and self._tells_more(witness, known, rule.role, widened)
                    if known is None or better:
                        witness_by_way[widened] = witness
        if rule.role == "gap" or not witness_by_way:
            return "none", tuple(days), ()
        witnesses = tuple(witness for witness in witness_by_way.values() if witness is not None)
        return _direction(rule.role, witness_by_way), tuple(days), witnesses

    def compensated(self, mine: Rule | None, theirs: Rule | None, others: Sequence[Rule]) -> bool:
        """Is every case that a looser bar or criterion lets go kept where it was by the `others`: by another bar on
        the same grade, by another criterion of the rung? Decided over the values; False if too wide."""
        rule = theirs or mine
        assert rule is not None
        bar = rule.role == "bar"
        for old_day, new_day in days_to_compare(self.old.regulation, self.new.regulation):
            for kind, period in self.cases.subjects():
                old, new = (
                    Side(version, other_rule, day, kind, period, rule.role, False).state()
                    for version, other_rule, day in ((self.old, mine, old_day), (self.new, theirs, new_day))
                )
                kept = [
                    Side(self.new, other_rule, new_day, kind, period, other_rule.role, False).state()
                    for other_rule in others
                ]
                try:
                    domains = self.cases.domains(old, new, *kept)
                    before, after = both(old, domains), both(new, domains)
                    left = meets(before[0], after[1]) if bar else meets(before[1], after[0])
                    for state in kept:
                        left = meets(left, both(state, domains)[1 if bar else 0])
                        if len(left) > MOST_REGIONS:
                            return False
                except (TooWide, KeyError, ValueError):
                    return False
                if left:
                    return False
        return True

    def _moves(
        self,
        compared: ComparedRule,
        others: Sequence[tuple[Rule, Version, bool]],
        enough: Callable[[bool], bool],
    ) -> Iterator[tuple[bool, Witness | None]]:
        """For each way in which the rule moved (True: it holds for more) the case that shows it best, or None. If other
        rules hide what the rule does, it is a case in which they do not."""
        before, after = compared.sides
        role = compared.role
        try:
            domains = self.cases.domains(before, after)
            old_holds, old_fails = both(before, domains)
            new_holds, new_fails = both(after, domains)
        except (TooWide, KeyError, ValueError):
            yield True, None
            return
        for widened, before_move, after_move in ((False, old_holds, new_fails), (True, old_fails, new_holds)):
            meets = [met for first in before_move for second in after_move if (met := meet(first, second)) is not None]
            if not meets:
                continue
            if enough(widened):
                yield widened, None
                continue
            best = self._best(meets, domains, compared, widened)
            if best is not None and others and role in DECIDES_GRADE and self._tells(best, role, widened) > 1:
                alone, wider = self._alone(widened, compared, others)
                clearer = self._best(alone, wider, compared, widened) if alone else None
                best = clearer if clearer is not None and self._tells_more(clearer, best, role, widened) else best
            yield widened, best

    def _best(
        self,
        regions: Sequence[Region],
        domains: Mapping[Observable, Domain],
        compared: ComparedRule,
        widened: bool,
    ) -> Witness | None:
        """Of the cases tried in some regions the one that shows best how a rule moved."""
        best: Witness | None = None
        role, kind, period, day = compared.role, compared.kind, compared.period, compared.day
        tried = (
            self.cases.witness(example, compared.sides, kind, period, day)
            for region in islice(regions, MOST_REGIONS_TRIED)
            for example in islice(self.cases.examples(region, domains, kind, period, day), MOST_EXAMPLES)
        )
        for witness in islice((witness for witness in tried if witness is not None), MOST_WITNESSES):
            if self._tells_more(witness, best, role, widened):
                best = witness
            if role in MOVES_NO_GRADE or self._tells(witness, role, widened) == 0:
                break
        return best

    def _decisive(
        self, mine: Rule | None, theirs: Rule | None, sides: tuple[State, State], kind: str
    ) -> list[tuple[Rule, Version, bool]]:
        """The rules beside a bar or criterion that would hide what it does, with their version and what they must come
        to so that they do not: other bars fail, other criteria of its rung and those below hold. None between two
        regulations."""
        rules: list[tuple[Rule, Version, bool]] = []
        if self.old.regulation.id not in (self.new.regulation.id, self.new.regulation.extends):
            # Of two regulations so much differs that no case shows what one rule alone does.
            return rules
        for rule, version in ((mine or theirs, self.old), (theirs or mine, self.new)):
            subject = version.regulation.kinds[kind]
            for ladder in version.regulation.ladders:
                if rule is None or not concerns(ladder.applies_to, subject):
                    continue
                rules += [(bar.rule, version, False) for bar in ladder.bars if bar.rule.name != rule.name]
                criteria: list[Rule] = []
                for rung in reversed(ladder.rungs):
                    criteria += [criterion.rule for criterion in rung.criteria]
                    if rule.name in [criterion.name for criterion in criteria]:
                        rules += [(criterion, version, True) for criterion in criteria if criterion.name != rule.name]
                        break
        return rules

    def _alone(
        self,
        widened: bool,
        compared: ComparedRule,
        others: Sequence[tuple[Rule, Version, bool]],
    ) -> tuple[list[Region], Mapping[Observable, Domain]]:
        """The regions in which a rule moved one way and no other rule hides it; empty if they are too many to say."""
        kind, period, day = compared.kind, compared.period, compared.day
        states = [
            (Side(version, rule, regime(version.regulation, day), kind, period, rule.role, False).state(), wanted)
            for rule, version, wanted in others
        ]
        try:
            domains = self.cases.domains(*compared.sides, *(state for state, _ in states))
            before, after = (both(side, domains) for side in compared.sides)
            left = meets(before[1], after[0]) if widened else meets(before[0], after[1])
            for state, wanted in states:
                left = list(islice(meets(left, both(state, domains)[0 if wanted else 1]), MOST_REGIONS_TRIED))
        except (TooWide, KeyError, ValueError):
            return [], {}
        return left, domains

    def _tells(self, witness: Witness, role: Role, widened: bool) -> int:
        """How well a case shows which way a rule moved: 0 if its outcome moves the same way, 1 if it moves to or from
        none, 2 if it stays, 3 if it moves the other way for another reason."""
        if witness.outcome_old == witness.outcome_new:
            return 2
        order = [grade.id for grade in self.new.regulation.grades]
        places = [
            [order.index(grade) for grade in side if grade in order]
            for side in (witness.outcome_old, witness.outcome_new)
        ]
        if not places[0] or not places[1]:
            return 1
        worse = (min(places[1]), max(places[1])) > (min(places[0]), max(places[0]))
        return 0 if worse is (widened is WIDER_IS_TIGHTER.get(role, True)) else 3

    def _tells_more(self, witness: Witness, than: Witness | None, role: Role, widened: bool) -> bool:
        if than is None:
            return True
        return (self._tells(witness, role, widened), len(witness.unusual)) < (
            self._tells(than, role, widened),
            len(than.unusual),
        )


def _direction(role: Role, witness_by_way: Mapping[bool, Witness | None]) -> Direction:
    """Which way a rule moved, by the cases that show it (True: it holds for more). What no case confirms is not
    claimed."""
    if None in witness_by_way.values():
        return "not_decided"
    if len(witness_by_way) == 2:
        return "both_ways"
    (widened,) = witness_by_way
    return "tightened" if widened is WIDER_IS_TIGHTER[role] else "loosened"
