"""What an alternative changes for a group of cases, as SQL over the results of the group's rules: `readings` for
many cases."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine.core.judge.judge import Judge
from engine.core.judge.ladder import LiveLadder
from engine.core.judge.record import NOT_GRADED, NOT_REVIEWED, UNDETERMINED
from engine.core.policy.rules import Condition, Rule
from engine.core.rules.compiler import domains_of
from engine.population.conditions import Columns, statuses, text
from engine.population.query import possible_sql
from engine.population.rows import SEPARATOR
from engine.study.alternatives import DUTIES, Alternative

_NOT_REVIEWED, _NOT_GRADED = -1, -2
"""In place of the bits of outcomes."""


@dataclass(frozen=True)
class Read:
    """The rules of a group as they are read, or would be: a ladder over them, those that exist by their numbers, and
    the SQL of their results."""

    live: LiveLadder | None
    rules: Sequence[tuple[int, Rule]]
    result: Callable[[int], str]

    def holds(self, *roles: str) -> str:
        """Does a rule of these roles hold?"""
        return self._some(number for number, rule in self.rules if rule.role in roles)

    def _some(self, numbers: Iterator[int]) -> str:
        return f"coalesce({' OR '.join(['FALSE', *map(self.result, numbers)])}, FALSE)"

    def outcome(self) -> str:
        """What is possible, as bits."""
        possible = str(_NOT_GRADED) if self.live is None else possible_sql(self.live, self.result)
        return (
            f"CASE WHEN {self.holds('exemption')} THEN {_NOT_REVIEWED} WHEN {self.holds('ungraded')} THEN {_NOT_GRADED}"
            f" ELSE {possible} END"
        )

    def duties(self) -> dict[str, str]:
        """Each duty of a review, and whether there is it where there is a review."""
        ids = dict.fromkeys(rule.id for _, rule in self.rules if rule.role in DUTIES)
        return {
            duty: self._some(number for number, rule in self.rules if rule.id == duty and rule.role in DUTIES)
            for duty in ids
        }

    def other_duties(self, other: "Read") -> str:
        """Are the duties of a review others?"""
        mine, theirs = self.duties(), other.duties()
        pairs = [(mine.get(duty, "FALSE"), theirs.get(duty, "FALSE")) for duty in {**mine, **theirs}]
        differ = " OR ".join(["FALSE", *(f"{duty} <> {another}" for duty, another in pairs if duty != another)])
        return (
            f"CASE WHEN {self.holds('exemption')} THEN NOT {other.holds('exemption')} AND {other.holds(*DUTIES)}"
            f" WHEN {other.holds('exemption')} THEN {self.holds(*DUTIES)} ELSE {differ} END"
        )


@dataclass(frozen=True)
class ReadingQuery:
    """SQL over a table `typed`, as `reader.Reading` yields it: a group as it is read, and under its alternatives."""

    judge: Judge
    columns: Columns
    others: Sequence[Alternative]

    def results_sql(self, members: str) -> str:
        """Number, id, the result of every rule that there is under any reading, and what is possible `now`, for the
        cases of a table `members`. Raises NotInSqlError."""
        compiled = self.judge.compiled
        come = list(self._come().values())
        domains = domains_of(come, compiled.vocabulary)
        results = [*statuses(compiled, self.columns)]
        results += ["TRUE" if condition is None else self.columns.condition(condition, domains) for condition in come]
        columns = ["n", "case_id", *(f"{sql} AS s{number}" for number, sql in enumerate(results))]
        facts = f"SELECT {', '.join(columns)} FROM typed SEMI JOIN {members} USING (n)"
        return f"SELECT *, {self._now().outcome()} AS now FROM ({facts})"

    def changed_sql(self, results: str, what: Alternative) -> str:
        """The cases that an alternative changes, from a table of results: what is possible `now` and `otherwise`, as
        bits, and whether duties of the review change."""
        now, other = self._now(), self._read_as(what)
        columns = f"{other.outcome()} AS otherwise, {now.other_duties(other)} AS duties"
        return f"SELECT * FROM (SELECT n, case_id, now, {columns} FROM {results}) WHERE now <> otherwise OR duties"

    def names(self, bits: str) -> str:
        """Outcomes as `rows` has them."""
        named = ", ".join(
            f"CASE WHEN {bits} & {1 << place} <> 0 THEN {text(outcome)} END"
            for place, outcome in enumerate((*self.judge.live.grades, UNDETERMINED))
        )
        return (
            f"CASE {bits} WHEN {_NOT_REVIEWED} THEN '{NOT_REVIEWED}' WHEN {_NOT_GRADED} THEN '{NOT_GRADED}'"
            f" ELSE concat_ws('{SEPARATOR}', {named}) END"
        )

    def _come(self) -> dict[str, Condition | None]:
        return {rule.name: condition for what in self.others for rule, condition in what.come}

    def _now(self) -> Read:
        rules = [(number, compiled.rule) for number, compiled in enumerate(self.judge.compiled.rules)]
        return Read(self.judge.live, rules, lambda number: f"s{number}")

    def _read_as(self, what: Alternative) -> Read:
        """An alternative numbers the rules that come by itself; here all that ever come are numbered."""
        first = len(self.judge.compiled.rules)
        place = {name: first + number for number, name in enumerate(self._come())}
        come = [place[rule.name] for rule, _ in what.come]
        known = enumerate(self.judge.compiled.rules)
        rules = [(number, compiled.rule) for number, compiled in known if number not in what.gone]
        rules += [(first + number, rule) for number, (rule, _) in enumerate(what.come)]
        return Read(what.live, rules, lambda number: f"s{number if number < first else come[number - first]}")
