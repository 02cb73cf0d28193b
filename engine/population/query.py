"""A compiled policy and its ladder -> SQL that decides every case of one group: the second target beside durable-rules.

If the ladder stays open after every unknown rule is taken by itself, the class of the case is worked out outside SQL,
in `incomplete`, and joined to the rows.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from engine.core.judge.case import GIVERS, RECORDED_KEYS
from engine.core.judge.judge import Judge
from engine.core.judge.ladder import LiveLadder
from engine.core.judge.record import UNDETERMINED
from engine.load.cases.remarks import NOT_USED, unused_contents
from engine.population.asked_between import AskedBetween
from engine.population.conditions import Columns, Quantity, statuses, text
from engine.population.reader import content_name
from engine.population.row_query import RowQuery, names_if
from engine.population.rows import SEPARATOR, Between

Place = tuple[str, str, str]
"""A fact, a constant that rules compare it with, and where a case is: `at` the constant, `below` or `above` it."""

SIDES = {"at": 0, "below": -1, "above": 1}
HEADER = ", ".join(
    ["n", "case_id", "regulation", "period", "as_of", *RECORDED_KEYS, "covered", *GIVERS, "decided_on"]
)  # fmt: skip


@dataclass(frozen=True)
class GroupQuery:
    """SQL over a table `typed`, as `reader.Reading` yields it, for the rows for which `within` is true.

    Cases whose grades are not the regulation's are left out: nothing is known about them here."""

    judge: Judge
    columns: Columns
    within: str
    between: Between
    relations: tuple[str, ...]
    """The relations that there are columns for."""

    @cached_property
    def row(self) -> RowQuery:
        """The columns of a row."""
        return RowQuery(self.judge)

    def results_sql(self) -> str:
        """The result of every rule (`s0`, `s1`, …), and the outcomes left open as bits, rule by rule."""
        row = self.row
        results = [
            f"{sql} AS s{number}" for number, sql in enumerate(statuses(self.judge.compiled, self.columns))
            if row.result(number) != "TRUE"
        ]  # fmt: skip
        asked = AskedBetween(self.judge, self.columns, self.between, self.relations).sql()
        shared = [f'{sql} AS "{column}"' for column, sql in asked.items()]
        facts = (
            f"SELECT {', '.join([HEADER, *shared, *results])} FROM typed WHERE ({self.within}) AND NOT ({self._odd()})"
        )
        whole = (
            f"SELECT *, NOT ({row.any_holds('exemption')}) AS reviewed, {row.any_holds('ungraded')} AS not_graded,"
            f" {possible_sql(self.judge.live, row.result)} AS bits FROM ({facts})"
        )
        graded = "(reviewed IS DISTINCT FROM FALSE AND not_graded IS DISTINCT FROM TRUE)"
        return f"SELECT *, {graded} AS graded FROM ({whole})"

    def open_sql(self, results: str) -> str:
        """The cases of a table of results with more than one outcome left: number, and the ladder's rules that hold
        and that are unknown."""
        numbers = ladder_rules(self.judge.live)

        def those(test: str) -> str:
            named = [f"CASE WHEN {self.row.result(number)} {test} THEN {number} END" for number in numbers]
            return f"concat_ws(',', {', '.join([*named, 'NULL'])})"

        return (
            f"SELECT n, {those('IS TRUE')} AS held, {those('IS NULL')} AS unknown"
            f" FROM {results} WHERE graded AND bit_count(bits) > 1"
        )

    def rows_sql(self, results: str, closed: bool) -> str:
        """The rows, from a table of results. If `closed`, there is a table `closed(n, bits, exact, missing)` of what is
        possible in truth for cases with more than one outcome left. Another table is `covers`, as `Reading.covers`
        yields it, so that no text of contents is looked through more than once."""
        joined = f"SELECT *, TRUE AS exact, '' AS missing FROM {results}"
        if closed:
            joined = (
                f"SELECT r.* EXCLUDE (bits), coalesce(c.bits, r.bits) AS bits, coalesce(c.exact, TRUE) AS exact,"
                f" coalesce(c.missing, '') AS missing FROM {results} r LEFT JOIN closed c ON r.n = c.n"
            )
        joined = f"SELECT j.*, k.* EXCLUDE (covered) FROM ({joined}) j LEFT JOIN covers k ON j.covered = k.covered"
        ended = f"SELECT *, {self.row.next_place()} AS next_place FROM (SELECT *, {self.row.ends()} FROM ({joined}))"
        return f"SELECT n, {', '.join([*self.row.columns(), *self._between()])} FROM ({ended})"

    def _between(self) -> Iterator[str]:
        """The columns of `between`, in their order."""
        index, reliefs = self.judge.compiled.index, self.between.reliefs
        met = {name: self.row.result(index[name]) if name in index else "NULL::BOOLEAN" for name in reliefs}
        decided = "told", "perhaps_ungraded", *(f"{word} {name}" for word in ("relief", "missing") for name in reliefs)
        yield from (f'"{column}"' for column in self.between.columns if column not in decided)
        contents = unused_contents(self.between.library, self.judge.regulation)
        not_used = [(text(f"{NOT_USED} review.covered.{name}"), content_name(name)) for name in contents]
        yield f"concat_ws('{SEPARATOR}', nullif(told, ''), nullif({names_if('TRUE', not_used)}, ''))"
        yield "((reviewed IS NULL OR (reviewed AND not_graded IS NULL)) AND decided IS NULL)"
        yield from met.values()
        for name, result in met.items():
            yield f"CASE WHEN {result} IS NULL THEN \"missing {name}\" ELSE '' END" if name in index else "''"

    def statuses_sql(self, which: str) -> str:
        """The results of the rules alone, with the case's number, for the rows for which `which` is true."""
        results = [f"{sql} AS s{number}" for number, sql in enumerate(statuses(self.judge.compiled, self.columns))]
        return f"SELECT {', '.join(['n', *results])} FROM typed WHERE ({self.within}) AND ({which})"

    def places(self) -> Iterator[Place]:
        """Every constant that rules compare a number with, and its sides."""
        for observable, domain in self.judge.compiled.domains.items():
            if domain.fact.is_number and self.columns.quantities(observable.fact):
                yield from ((observable.fact, str(constant), side) for constant in domain.constants for side in SIDES)

    def nearest_sql(self, places: Sequence[Place]) -> str:
        """For every place that a case of the group comes near to: the place, how near, and the number of that case."""
        facts = list(dict.fromkeys(fact for fact, _, _ in places))
        values = [f"coalesce({', '.join(map(_approximate, self.columns.quantities(fact)))})" for fact in facts]
        wanted = ", ".join(
            f"({text(fact)}, {text(constant)}, {text(side)}, {float(Fraction(constant))!r}::DOUBLE, {SIDES[side]})"
            for fact, constant, side in places
        )
        # Many cases state the same number, and the least of those stands for all of them.
        numbers = (
            "SELECT fact, value, min(n) AS n FROM ("
            f"SELECT n, unnest([{', '.join(map(text, facts))}]) AS fact, unnest([{', '.join(values)}]) AS value"
            f" FROM typed WHERE {self.within}) WHERE value IS NOT NULL GROUP BY ALL"
        )
        return (
            "SELECT fact, written, side, min(abs(value - number)), arg_min(n, (abs(value - number), n))"
            f" FROM ({numbers}) JOIN (VALUES {wanted}) AS places(fact, written, side, number, way) USING (fact)"
            " WHERE sign(value - number) = way GROUP BY ALL"
        )

    def _odd(self) -> str:
        grades = ", ".join(text(grade) for grade in self.judge.live.grades)
        wrong = " OR ".join(f"({giver} IS NOT NULL AND {giver} NOT IN ({grades}))" for giver in GIVERS)
        return f"coalesce({wrong}, FALSE)"


def possible_sql(live: LiveLadder, result: Callable[[int], str]) -> str:
    """The outcomes that rule results leave open, as `ladder.by_statuses` has them: as bits, one a grade and then the
    gap. `result` gives the SQL of a rule's result by its number."""
    order = (*live.grades, UNDETERMINED)

    def first(grade: str, holds: str, rest: str) -> str:
        """A grade alone if this holds; also the grade if it is unknown; and else what comes after."""
        bit = 1 << order.index(grade)
        return f"(CASE WHEN {holds} THEN {bit} ELSE {rest} | (CASE WHEN ({holds}) IS NULL THEN {bit} ELSE 0 END) END)"

    sql = str(1 << order.index(live.otherwise))
    for grade, criteria in reversed(live.rungs):
        sql = first(grade, " AND ".join(map(result, criteria)) or "TRUE", sql)
    # A bar that holds decides; those on a lower grade come before it, and stay possible if they are unknown.
    for grade in live.grades:
        numbers = [number for about, number in live.bars if about == grade]
        if numbers:
            sql = first(grade, " OR ".join(map(result, numbers)), sql)
    return sql


def _approximate(quantity: Quantity) -> str:
    return f"{quantity.top}::DOUBLE / {quantity.bottom or 1}"


def ladder_rules(live: LiveLadder) -> list[int]:
    """The numbers of the rules that a ladder rests on."""
    criteria = [number for _, numbers in live.rungs for number in numbers]
    return list(dict.fromkeys([*(number for _, number in live.bars), *criteria]))
