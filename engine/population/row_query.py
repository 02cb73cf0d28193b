"""The row of a decision as SQL over a table of rule results, column by column as `rows.COLUMNS` names them.

The text that an outcome rests on is the same as in `ladder` and `decision`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.core.judge.case import GIVERS
from engine.core.judge.judge import Judge
from engine.core.judge.ladder import nearest_first
from engine.core.judge.record import UNDETERMINED
from engine.population.conditions import text
from engine.population.reader import content_name
from engine.population.rows import COLUMNS, SEPARATOR


def any_of(tests: Iterable[str]) -> str:
    """The SQL that is true if one of the tests is."""
    return " OR ".join(["FALSE", *tests])


def names_if(condition: str, tests: Sequence[tuple[str, str]]) -> str:
    """The names, as SQL, whose tests are true, joined; an empty text if the condition is not true."""
    if not tests:
        return "''"
    named = ", ".join(f"CASE WHEN {test} THEN {name} END" for name, test in tests)
    return f"CASE WHEN {condition} THEN concat_ws('{SEPARATOR}', {named}) ELSE '' END"


@dataclass(frozen=True)
class RowQuery:
    """SQL over a table with the result of every rule (`s0`, `s1`, …), whether the case is `reviewed`, `not_graded` and
    `graded`, what is possible as `bits`, whether that is `exact`, and what is `missing`."""

    judge: Judge

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The outcomes, bit by bit."""
        return (*self.judge.live.grades, UNDETERMINED)

    def result(self, number: int) -> str:
        """The result of a rule; what always holds is no column."""
        return "TRUE" if self.judge.compiled.rules[number].condition is None else f"s{number}"

    def any_holds(self, role: str) -> str:
        """Does a rule of a role hold?"""
        return any_of(self.result(number) for number in self._of(role))

    def columns(self) -> Iterator[str]:
        """Every column of a row, with its name."""
        made = {
            "case_id": "case_id",
            "regulation": "regulation",
            "period": "period",
            "as_of": "as_of",
            "kind": "kind",
            "subject": "id",
            "unit": "unit",
            "cohort": "cohort",
            "subject_to_review": "reviewed",
            "graded": "graded",
            "settled": "CASE WHEN graded THEN bit_count(bits) = 1 END",
            "exact": "CASE WHEN graded THEN exact END",
            "grade": f"CASE WHEN graded AND bit_count(bits) = 1 THEN {self._grade('best')} END",
            "lowest": f"CASE WHEN graded THEN {self._grade('worst')} END",
            "highest": f"CASE WHEN graded THEN {self._grade('best')} END",
            "possible": names_if("graded", [(text(name), f"bits & {self._bit(name)} <> 0") for name in self.order]),
            "exemptions": self._listed(self._of("exemption"), "IS TRUE"),
            "ungraded": self._listed(self._of("ungraded"), "IS TRUE", "reviewed IS DISTINCT FROM FALSE"),
            "bars": self._listed([number for _, number in self.judge.live.bars], "IS TRUE", "graded"),
            "open_bars": self._listed([number for _, number in self.judge.live.bars], "IS NULL", "graded"),
            "next": self._grade("next_place"),
            "unmet": self._unmet(),
            "missing": "CASE WHEN graded THEN missing ELSE '' END",
            "findings": self._listed(self._of("trigger"), "IS TRUE", "reviewed IS DISTINCT FROM FALSE"),
            "open_findings": self._listed(self._of("trigger"), "IS NULL", "reviewed IS DISTINCT FROM FALSE"),
            "required": self._items("IS TRUE"),
            "maybe_required": self._items("IS NULL"),
            "left_out": self._left_out(),
            "decided_on": "decided_on",
            "assumed": self._assumed(),
        }
        for giver in GIVERS:
            made |= {giver: giver, f"{giver}_agrees": self._agrees(giver), f"{giver}_higher": self._higher(giver)}
        for column in COLUMNS:
            yield f'{made[column]} AS "{column}"'

    def _grade(self, place: str) -> str:
        names = " ".join(f"WHEN {number} THEN {text(grade)}" for number, grade in enumerate(self.judge.live.grades))
        return f"CASE {place} {names} END"

    def _listed(self, numbers: Iterable[int], test: str, condition: str = "TRUE") -> str:
        return names_if(condition, [(text(self._name(number)), f"{self.result(number)} {test}") for number in numbers])

    def _items(self, test: str) -> str:
        parts = [(text(self._id(number)), f"{self.result(number)} {test}") for number in self._of("review_content")]
        return names_if("reviewed IS DISTINCT FROM FALSE", parts)

    def _left_out(self) -> str:
        parts = [
            (text(name), f"{self.result(number)} AND NOT {content_name(name)}")
            for number in self._of("review_content")
            for name in [self._id(number)]
        ]
        return names_if("reviewed IS DISTINCT FROM FALSE AND covered IS NOT NULL", parts)

    def next_place(self) -> str:
        """The place of the grade to reach next, as `ladder.next_rung` gives it."""
        live = self.judge.live
        barred = any_of(f"{self.result(number)} IS TRUE" for _, number in live.bars)
        rungs: list[tuple[str, tuple[int, ...]]] = []
        branches = []
        for grade, criteria in live.rungs:
            place = live.grades.index(grade)
            if rungs:
                lost = any_of(f"{self.result(number)} IS FALSE" for number in criteria)
                above = (
                    f"WHEN best = {place} AND NOT ({lost}) AND NOT ({barred}) THEN {live.grades.index(rungs[-1][0])}"
                )
                branches.append(f"{above} WHEN best <= {place} THEN {self._nearest(rungs)}")
            else:
                branches.append(f"WHEN best <= {place} THEN NULL")
            rungs.append((grade, criteria))
        return f"CASE WHEN NOT graded THEN NULL {' '.join(branches)} ELSE {self._nearest(rungs)} END"

    def _nearest(self, rungs: Sequence[tuple[str, tuple[int, ...]]]) -> str:
        """The place of the rung that lacks the fewest criteria."""
        lacking = {
            grade: " + ".join(["0", *(f"(CASE WHEN {self.result(number)} THEN 0 ELSE 1 END)" for number in criteria)])
            for grade, criteria in rungs
        }
        if len(lacking) < 2:
            return next((str(self.judge.live.grades.index(grade)) for grade in lacking), "NULL::INTEGER")
        fewest = f"least({', '.join(lacking.values())})"
        places = [(self.judge.live.grades.index(grade), lacking[grade]) for grade in nearest_first(rungs)]
        return f"CASE {' '.join(f'WHEN {count} = {fewest} THEN {place}' for place, count in places)} END"

    def _unmet(self) -> str:
        """The criteria that fail of the grade to reach next."""
        places = [(self.judge.live.grades.index(grade), criteria) for grade, criteria in self.judge.live.rungs]
        branches = " ".join(f"WHEN {place} THEN {self._listed(criteria, 'IS FALSE')}" for place, criteria in places)
        return f"CASE next_place {branches} ELSE '' END" if branches else "''"

    def _assumed(self) -> str:
        """The assumed rules that the outcome rests on, in the order of their names."""
        live = self.judge.live
        criteria = {number for _, numbers in live.rungs for number in numbers}
        bars = {number for _, number in live.bars}
        tests = []
        for number, compiled in enumerate(self.judge.compiled.rules):
            rule = compiled.rule
            if rule.source.status != "assumed":
                continue
            role = rule.role
            if number in criteria:
                test = "graded"
            elif number in bars:
                test = f"graded AND {self.result(number)} IS DISTINCT FROM FALSE"
            elif role in ("exemption", "ungraded"):
                others = self.any_holds(role)
                test = f"({self.result(number)} IS TRUE OR ({self.result(number)} IS NULL AND ({others}) IS NULL))"
                test += " AND reviewed IS DISTINCT FROM FALSE" if role == "ungraded" else ""
            elif role == "trigger":
                test = f"{self.result(number)} IS TRUE AND reviewed IS DISTINCT FROM FALSE"
            elif role == "review_content":
                test = f"{self.result(number)} IS DISTINCT FROM FALSE AND reviewed IS DISTINCT FROM FALSE"
            else:
                continue
            tests.append((text(rule.name), test))
        return names_if("TRUE", sorted(tests))

    def _agrees(self, giver: str) -> str:
        there = f"(bits & (1::BIGINT << {giver}_place)) <> 0"
        return (
            f"CASE WHEN graded AND {giver} IS NOT NULL THEN"
            f" CASE WHEN bit_count(bits) > 1 AND {there} THEN NULL"
            f" ELSE bit_count(bits) = 1 AND {there} END END"
        )

    def _higher(self, giver: str) -> str:
        return (
            f"CASE WHEN graded AND best IS NOT NULL AND (bits & (1::BIGINT << {giver}_place)) = 0 THEN"
            f" CASE WHEN {giver}_place < best THEN TRUE WHEN {giver}_place > worst THEN FALSE END END"
        )

    def ends(self) -> str:
        """The places of the best and the worst grade possible, and of those given: `best`, `worst`, `self_place`, …"""
        grades = self.judge.live.grades
        best = " ".join(f"WHEN bits & {1 << number} <> 0 THEN {number}" for number in range(len(grades)))
        worst = " ".join(f"WHEN bits & {1 << number} <> 0 THEN {number}" for number in reversed(range(len(grades))))
        names = " ".join(f"WHEN {text(grade)} THEN {number}" for number, grade in enumerate(grades))
        places = "".join(f", CASE {giver} {names} END AS {giver}_place" for giver in GIVERS)
        return f"CASE {best} END AS best, CASE {worst} END AS worst{places}"

    def _of(self, role: str) -> list[int]:
        return [number for number, compiled in enumerate(self.judge.compiled.rules) if compiled.rule.role == role]

    def _name(self, number: int) -> str:
        return self.judge.compiled.rules[number].rule.name

    def _id(self, number: int) -> str:
        return self.judge.compiled.rules[number].rule.id

    def _bit(self, outcome: str) -> int:
        return 1 << self.order.index(outcome)
