"""The columns of a row that depend on the results of rules, in four parts: what the outcome is, how the grades that
people gave stand to it, what is found, and what the review must cover. Cases with the same results share them, so that
each part is made once and joined by its number.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.core.judge.case import GIVERS
from engine.core.judge.judge import Judge
from engine.core.judge.ladder import by_statuses, next_rung
from engine.core.judge.record import UNDETERMINED
from engine.core.policy.rules import Role
from engine.population.incomplete import Closed
from engine.population.rows import Between, Kind, joined

FAILS, OPEN, HOLDS = 0, 1, 3
RESULTS: Mapping[int, bool | None] = {FAILS: False, OPEN: None, HOLDS: True}
"""The results of a rule, in two bits, and what they mean."""

OUTCOME: dict[str, Kind] = {
    "regulation": "text", "kind": "text", "period_kind": "text", "subject_to_review": "boolean", "graded": "boolean",
    "settled": "boolean", "exact": "boolean", "grade": "text", "lowest": "text", "highest": "text", "possible": "list",
    "exemptions": "list", "ungraded": "list", "bars": "list", "open_bars": "list", "next": "text", "unmet": "list",
    "missing": "list",
}  # fmt: skip
"""And for each relief whether its rule holds."""
GIVEN: dict[str, Kind] = {
    "self": "text", "self_agrees": "boolean", "self_higher": "boolean", "proposed": "text",
    "proposed_agrees": "boolean", "proposed_higher": "boolean", "decided": "text", "decided_agrees": "boolean",
    "decided_higher": "boolean", "perhaps_ungraded": "boolean",
}  # fmt: skip
FOUND: dict[str, Kind] = {"findings": "list", "open_findings": "list"}
COVERED: dict[str, Kind] = {"required": "list", "maybe_required": "list", "left_out": "list"}


@dataclass(frozen=True)
class RuleNumbers:
    """The rules of a judge in the parts that rows are made of: those that the outcome rests on, those that find
    something, the contents of the review, and all others."""

    judge: Judge
    between: Between

    @cached_property
    def parts(self) -> tuple[tuple[int, ...], ...]:
        """The numbers of the rules of each part."""
        judge, index = self.judge, self.judge.compiled.index
        of = judge.by_role.get
        reliefs = [index[name] for name in self.between.reliefs if name in index]
        bars = [number for _, number in judge.live.bars]
        ladder = tuple(dict.fromkeys([*of("exemption", ()), *of("ungraded", ()), *bars, *judge.criteria, *reliefs]))
        triggers, contents = tuple(of("trigger", ())), tuple(of("review_content", ()))
        known = {*ladder, *triggers, *contents}
        return ladder, triggers, contents, tuple(n for n in range(len(judge.compiled.rules)) if n not in known)

    def statuses(self, *results: Sequence[int]) -> list[bool | None]:
        """The results of all rules by their numbers, from those of the first parts; the others fail."""
        statuses: list[bool | None] = [False] * len(self.judge.compiled.rules)
        for numbers, part in zip(self.parts, results, strict=False):
            for number, result in zip(numbers, part, strict=False):
                statuses[number] = RESULTS[result]
        return statuses


@dataclass(frozen=True)
class Part:
    """Some columns of a row, and the assumed rules that they rest on. `is_open`: what is possible in truth has to be
    found out first. `reviewed`: there is or may be a review. `possible` is what is possible of a case that is graded,
    and `open_still` says that it may not be reviewed or graded at all."""

    columns: tuple[Any, ...] = ()
    assumed: tuple[str, ...] = ()
    is_open: bool = False
    reviewed: bool = True
    possible: tuple[str, ...] | None = None
    open_still: bool = False


@dataclass(frozen=True)
class RowParts:
    """Makes the parts of the rows of one judge, from the results of all rules that a part depends on."""

    judge: Judge
    between: Between

    def outcome(self, statuses: Sequence[bool | None], closed: Closed | None = None) -> Part:
        """The columns of OUTCOME and those of reliefs. `closed` is what is possible in truth if rule results leave
        several outcomes open."""
        judge, live = self.judge, self.judge.live
        reviewed, exempt = self._spared("exemption", statuses)
        in_review = reviewed is not False
        not_spared, ungraded = self._spared("ungraded", statuses) if in_review else (True, [])
        graded = in_review and not_spared is not False
        possible = by_statuses(live, statuses) if graded else frozenset[str]()
        if closed is None and len(possible) > 1:
            return Part(is_open=True, reviewed=in_review)
        closed = closed or Closed(possible, True, "")
        order = (*live.grades, UNDETERMINED)
        outcomes = sorted(closed.possible, key=order.index)
        grades = [grade for grade in outcomes if grade != UNDETERMINED]
        best, worst = (grades[0], grades[-1]) if grades else (None, None)
        settled = len(outcomes) == 1
        rung = next_rung(live, statuses, best) if graded else None
        criteria = next((numbers for grade, numbers in live.rungs if grade == rung), ())
        bars = [number for _, number in live.bars] if graded else []
        columns: list[Any] = [
            judge.regulation.id, judge.compiled.kind, judge.compiled.period, reviewed, graded,
            settled if graded else None, closed.exact if graded else None, best if settled else None, worst, best,
            joined(outcomes), self._names(n for n in exempt if statuses[n]),
            self._names(n for n in ungraded if statuses[n]),
            self._names(n for n in bars if statuses[n]), self._names(n for n in bars if statuses[n] is None), rung,
            self._names(n for n in criteria if statuses[n] is False), closed.missing,
        ]  # fmt: skip
        index = judge.compiled.index
        columns += [statuses[index[name]] if name in index else None for name in self.between.reliefs]
        rested_on = [*exempt, *ungraded]
        if graded:
            rested_on += [*judge.criteria, *(number for number in bars if statuses[number] is not False)]
        open_still = reviewed is None or (reviewed and not_spared is None)
        possible_now = tuple(outcomes) if graded else None
        return Part(tuple(columns), self._assumed(rested_on), False, in_review, possible_now, open_still)

    def given(self, possible: Sequence[str] | None, open_still: bool, given: Sequence[str | None]) -> Part:
        """The columns of GIVEN, for grades that people gave; the other arguments are those of `Part`."""
        columns: list[Any] = []
        for grade in given:
            compared: tuple[bool | None, bool | None] = (None, None)
            if possible is not None and grade is not None:
                compared = _compared(grade, possible, self.judge.live.grades)
            columns += [grade, *compared]
        return Part((*columns, open_still and given[GIVERS.index("decided")] is None))

    def found(self, statuses: Sequence[bool | None], reviewed: bool) -> Part:
        """The columns of FOUND."""
        triggers = self.judge.by_role.get("trigger", ()) if reviewed else ()
        holding = [number for number in triggers if statuses[number]]
        still_open = [number for number in triggers if statuses[number] is None]
        return Part((self._names(holding), self._names(still_open)), self._assumed(holding))

    def covered(self, statuses: Sequence[bool | None], reviewed: bool, covered: Sequence[str] | None) -> Part:
        """The columns of COVERED. `covered` are the contents that the review covers, None if nothing is said of it."""
        numbers, rules = self.judge.by_role.get("review_content", ()) if reviewed else (), self.judge.compiled.rules
        contents = [(number, rules[number].rule) for number in numbers]
        required = [rule.id for number, rule in contents if statuses[number]]
        maybe = [rule.id for number, rule in contents if statuses[number] is None]
        left_out = [] if covered is None else [name for name in required if name not in covered]
        assumed = self._assumed(number for number, _ in contents if statuses[number] is not False)
        return Part((joined(required), joined(maybe), joined(left_out)), assumed)

    def _spared(self, role: Role, statuses: Sequence[bool | None]) -> tuple[bool | None, list[int]]:
        """Does no rule of a role hold; and those that hold, or else those that may."""
        numbers = self.judge.by_role.get(role, ())
        holding = [number for number in numbers if statuses[number]]
        still_open = [number for number in numbers if statuses[number] is None]
        return (False if holding else None if still_open else True), holding or still_open

    def _names(self, numbers: Iterable[int]) -> str:
        return joined([self.judge.compiled.rules[number].rule.name for number in numbers])

    def _assumed(self, numbers: Iterable[int]) -> tuple[str, ...]:
        rules = [self.judge.compiled.rules[number].rule for number in numbers]
        return tuple(dict.fromkeys(rule.name for rule in rules if rule.source.status == "assumed"))


def _compared(grade: str, outcomes: Sequence[str], order: Sequence[str]) -> tuple[bool | None, bool | None]:
    """Does a grade agree with the outcomes; and is it higher than all of them, or lower?"""
    if grade in outcomes:
        return (True if len(outcomes) == 1 else None), None
    places = [order.index(outcome) for outcome in outcomes if outcome != UNDETERMINED]
    if not places:
        return False, None
    place = order.index(grade)
    return False, True if place < places[0] else False if place > places[-1] else None
