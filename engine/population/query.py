"""A compiled policy and its ladder -> SQL that decides every case of one group: the second target beside durable-rules.

A group is what one compilation serves: a regulation, a kind of subject, a kind of period, and the days on which all
parameters stand as they do. The text that an outcome rests on is the same as in `outcomes` and `decisions`; where the
ladder stays open after every unknown rule is taken by itself, the row says so and the case's class is worked out there.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from engine.core.judge.case import GIVERS
from engine.core.judge.judge import Judge
from engine.core.judge.ladder import LiveLadder, nearest_first
from engine.core.judge.record import UNDETERMINED
from engine.core.policy.conditions import looked_at
from engine.core.policy.rules import Rule
from engine.load.cases.remarks import ABOVE, DAY, NOT_USED, SHARE, unused_contents, unused_relations
from engine.population.conditions import Columns, Quantity, evidence_name, statuses, text
from engine.population.contradictions import exceeding
from engine.population.periods import outside_sql
from engine.population.reader import content_name, relation_name
from engine.population.rows import COLUMNS, SEPARATOR, Between

Place = tuple[str, str, str]
"""A fact, a constant that rules compare it with, and where a case is: `at` the constant, `below` or `above` it."""

SIDES = {"at": 0, "below": -1, "above": 1}
HEADER = "n, case_id, regulation, period, as_of, kind, id, unit, cohort, covered, self, proposed, decided, decided_on"


@dataclass(frozen=True)
class GroupQuery:
    """SQL over a table `typed`, as `layouts.Reading` yields it, for the rows where `within` is true.

    Cases whose grades are not the regulation's are left out: nothing is known about them here."""

    by: Judge
    columns: Columns
    within: str
    between: Between
    relations: tuple[str, ...]
    """The relations that there are columns for."""

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The outcomes, bit by bit."""
        return (*self.by.live.grades, UNDETERMINED)

    def results_sql(self) -> str:
        """The result of every rule (`s0`, `s1`, …), and the outcomes left open as bits, rule by rule."""
        found = statuses(self.by.compiled, self.columns)
        results = [f"{sql} AS s{number}" for number, sql in enumerate(found) if self._s(number) != "TRUE"]
        shared = [f'{sql} AS "{column}"' for column, sql in self._between().items()]
        facts = (
            f"SELECT {', '.join([HEADER, *shared, *results])} FROM typed WHERE ({self.within}) AND NOT ({self._odd()})"
        )
        whole = (
            f"SELECT *, NOT ({self._any('exemption')}) AS reviewed, {self._any('ungraded')} AS not_graded,"
            f" {self._possible()} AS bits FROM ({facts})"
        )
        return f"SELECT *, {self._graded()} AS graded FROM ({whole})"

    def open_sql(self, results: str) -> str:
        """The cases of a table of results with more than one outcome left: number, and the ladder's rules that hold
        and that are unknown."""
        numbers = ladder_rules(self.by.live)

        def those(test: str) -> str:
            named = [f"CASE WHEN {self._s(number)} {test} THEN {number} END" for number in numbers]
            return f"concat_ws(',', {', '.join([*named, 'NULL'])})"

        return (
            f"SELECT n, {those('IS TRUE')} AS held, {those('IS NULL')} AS unknown"
            f" FROM {results} WHERE graded AND bit_count(bits) > 1"
        )

    def rows_sql(self, results: str, closed: bool) -> str:
        """The rows, from a table of results; joined with `closed(n, bits, exact, missing)`, where there is one: what is
        possible in truth where more than one outcome was left; and with `covers`, as `layouts.Reading.covers` yields
        it, so that no text of contents is looked through more than once."""
        joined = f"SELECT *, TRUE AS exact, '' AS missing FROM {results}"
        if closed:
            joined = (
                f"SELECT r.* EXCLUDE (bits), coalesce(c.bits, r.bits) AS bits, coalesce(c.exact, TRUE) AS exact,"
                f" coalesce(c.missing, '') AS missing FROM {results} r LEFT JOIN closed c ON r.n = c.n"
            )
        joined = f"SELECT j.*, k.* EXCLUDE (covered) FROM ({joined}) j LEFT JOIN covers k ON j.covered = k.covered"
        rules = {name: self.by.compiled.index.get(name) for name in self.between.reliefs}
        met = {name: "NULL::BOOLEAN" if number is None else self._s(number) for name, number in rules.items()}
        decided = "told", "perhaps_ungraded", *(f"{word} {name}" for word in ("relief", "missing") for name in rules)
        shared = [f'"{column}"' for column in self.between.columns if column not in decided]
        contents = unused_contents(self.between.library, self.by.regulation)
        not_used = [(text(f"{NOT_USED} review.covered.{name}"), content_name(name)) for name in contents]
        shared.append(f"concat_ws('{SEPARATOR}', nullif(told, ''), nullif({self._when('TRUE', not_used)}, ''))")
        shared.append("((reviewed IS NULL OR (reviewed AND not_graded IS NULL)) AND decided IS NULL)")
        shared += met.values()
        for name, result in met.items():
            waits = rules[name] is not None
            shared.append(f"""CASE WHEN {result} IS NULL THEN "missing {name}" ELSE '' END""" if waits else "''")
        ended = f"SELECT *, {self._next()} AS next_place FROM (SELECT *, {self._ends()} FROM ({joined}))"
        return f"SELECT n, {', '.join([*self._row(), *shared])} FROM ({ended})"

    def statuses_sql(self, which: str) -> str:
        """The results of the rules alone, with the case's number, for the rows of which something is true."""
        results = [f"{sql} AS s{number}" for number, sql in enumerate(statuses(self.by.compiled, self.columns))]
        return f"SELECT {', '.join(['n', *results])} FROM typed WHERE ({self.within}) AND ({which})"

    def places(self) -> Iterator[Place]:
        """Every constant that rules compare a number with, and its sides."""
        for observable, asked in self.by.compiled.domains.items():
            if asked.fact.type in ("integer", "number") and self.columns.quantities(observable.fact):
                yield from ((observable.fact, str(constant), side) for constant in asked.constants for side in SIDES)

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

    # --- rules ---

    def _s(self, number: int) -> str:
        """The result of a rule; what always holds is no column."""
        return "TRUE" if self.by.compiled.rules[number].condition is None else f"s{number}"

    def _of(self, role: str) -> list[int]:
        return [number for number, one in enumerate(self.by.compiled.rules) if one.rule.role == role]

    def _any(self, role: str) -> str:
        return " OR ".join(["FALSE", *(self._s(number) for number in self._of(role))])

    def _name(self, number: int) -> str:
        return self.by.compiled.rules[number].rule.name

    def _id(self, number: int) -> str:
        return self.by.compiled.rules[number].rule.id

    # --- outcomes ---

    def _bit(self, outcome: str) -> int:
        return 1 << self.order.index(outcome)

    def _possible(self) -> str:
        return possible_sql(self.by.live, self._s)

    def _graded(self) -> str:
        return "(reviewed IS DISTINCT FROM FALSE AND not_graded IS DISTINCT FROM TRUE)"

    def _ends(self) -> str:
        grades = self.by.live.grades
        best = " ".join(f"WHEN bits & {1 << number} <> 0 THEN {number}" for number in range(len(grades)))
        worst = " ".join(f"WHEN bits & {1 << number} <> 0 THEN {number}" for number in reversed(range(len(grades))))
        names = " ".join(f"WHEN {text(grade)} THEN {number}" for number, grade in enumerate(grades))
        places = "".join(f", CASE {by} {names} END AS {by}_place" for by in GIVERS)
        return f"CASE {best} END AS best, CASE {worst} END AS worst{places}"

    def _between(self) -> dict[str, str]:
        """What quotas and links ask of the case, as `rows.Between.of` gives it."""
        found = {"period_kind": text(self.by.compiled.period)}
        for relation in self.between.relations:
            ids = relation_name(relation)
            found[f"to {relation}"] = (
                f"CASE WHEN {ids}[1] = '[' THEN {ids} ELSE '[' || {ids} || ']' END"
                if relation in self.relations
                else "NULL::VARCHAR"
            )
        found |= {f"fact {fact}": self.columns.written(fact) for fact in self.between.facts}
        for name, rule in self.between.reliefs.items():
            if name in self.by.compiled.index:
                found[f"missing {name}"] = self._waiting_for(rule)
        return found | {"told": self._when("TRUE", [(text(item), test) for item, test in self._told()])}

    def _waiting_for(self, rule: Rule) -> str:
        """The facts that are not stated of those that a rule asks about, and `evidence` for some."""
        facts, evidence = looked_at(rule.condition)
        tests: dict[str, list[str]] = {}
        for fact in facts:
            for part, test in self.columns.unstated(fact).items():
                tests.setdefault(part, []).append(test)
        for fact in evidence:
            there = fact in self.columns.evidence
            tests[f"evidence.{fact}"] = [f"({evidence_name(fact)} IS NULL)" if there else "TRUE"]
        return self._when("TRUE", [(text(part), " OR ".join(tests[part])) for part in sorted(tests)])

    def _told(self) -> Iterator[tuple[str, str]]:
        """`remarks.items` of a case, but for the contents of its review, each with the SQL that is true for it."""
        vocabulary = self.columns.vocabulary
        if vocabulary.as_of is not None and vocabulary.as_of.warned:
            yield DAY, outside_sql(vocabulary.as_of.months_after)
        for name, fact in vocabulary.facts.items():
            tests = [exceeding(fact, whole.fact, self.columns) for whole in fact.not_more_than if whole.warned]
            if known := [test for test in tests if test is not None]:
                yield f"{ABOVE} {name}", " OR ".join(known)
        for name, fact in vocabulary.facts.items():
            if fact.unit == "percent" and name in self.columns.stated:
                yield f"{SHARE} {name}", self.columns.stated_share(fact)
        for name in unused_relations(self.between.library, self.by.regulation):
            if name in self.relations:
                yield f"{NOT_USED} subject.{name}", f"{relation_name(name)} <> '[]'"

    # --- the row ---

    def _row(self) -> Iterator[str]:
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
            "possible": self._when("graded", [(text(one), f"bits & {self._bit(one)} <> 0") for one in self.order]),
            "exemptions": self._listed(self._of("exemption"), "IS TRUE"),
            "ungraded": self._listed(self._of("ungraded"), "IS TRUE", "reviewed IS DISTINCT FROM FALSE"),
            "bars": self._listed([number for _, number in self.by.live.bars], "IS TRUE", "graded"),
            "open_bars": self._listed([number for _, number in self.by.live.bars], "IS NULL", "graded"),
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
        for by in GIVERS:
            made |= {by: by, f"{by}_agrees": self._agrees(by), f"{by}_higher": self._higher(by)}
        for column in COLUMNS:
            yield f'{made[column]} AS "{column}"'

    def _grade(self, place: str) -> str:
        names = " ".join(f"WHEN {number} THEN {text(grade)}" for number, grade in enumerate(self.by.live.grades))
        return f"CASE {place} {names} END"

    def _when(self, condition: str, parts: Sequence[tuple[str, str]]) -> str:
        """The names whose test is true, joined; nothing where the condition is not."""
        if not parts:
            return "''"
        named = ", ".join(f"CASE WHEN {test} THEN {shown} END" for shown, test in parts)
        return f"CASE WHEN {condition} THEN concat_ws('{SEPARATOR}', {named}) ELSE '' END"

    def _listed(self, numbers: Iterable[int], test: str, condition: str = "TRUE") -> str:
        return self._when(condition, [(text(self._name(number)), f"{self._s(number)} {test}") for number in numbers])

    def _items(self, test: str) -> str:
        parts = [(text(self._id(number)), f"{self._s(number)} {test}") for number in self._of("review_content")]
        return self._when("reviewed IS DISTINCT FROM FALSE", parts)

    def _left_out(self) -> str:
        parts = [
            (text(name), f"{self._s(number)} AND NOT {content_name(name)}")
            for number in self._of("review_content")
            for name in [self._id(number)]
        ]
        return self._when("reviewed IS DISTINCT FROM FALSE AND covered IS NOT NULL", parts)

    def _next(self) -> str:
        """`outcomes.next_rung`: the place of the grade to reach next."""
        live = self.by.live
        barred = " OR ".join(["FALSE", *(f"{self._s(number)} IS TRUE" for _, number in live.bars)])
        rungs: list[tuple[str, tuple[int, ...]]] = []
        branches = []
        for grade, criteria in live.rungs:
            place = live.grades.index(grade)
            if rungs:
                lost = " OR ".join(["FALSE", *(f"{self._s(number)} IS FALSE" for number in criteria)])
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
            grade: " + ".join(["0", *(f"(CASE WHEN {self._s(number)} THEN 0 ELSE 1 END)" for number in criteria)])
            for grade, criteria in rungs
        }
        if len(lacking) < 2:
            return next((str(self.by.live.grades.index(grade)) for grade in lacking), "NULL::INTEGER")
        fewest = f"least({', '.join(lacking.values())})"
        places = [(self.by.live.grades.index(grade), lacking[grade]) for grade in nearest_first(rungs)]
        return f"CASE {' '.join(f'WHEN {count} = {fewest} THEN {place}' for place, count in places)} END"

    def _unmet(self) -> str:
        """The criteria that fail of the grade to reach next."""
        places = [(self.by.live.grades.index(grade), criteria) for grade, criteria in self.by.live.rungs]
        branches = " ".join(f"WHEN {place} THEN {self._listed(criteria, 'IS FALSE')}" for place, criteria in places)
        return f"CASE next_place {branches} ELSE '' END" if branches else "''"

    def _assumed(self) -> str:
        """The assumed rules that the outcome rests on, in the order of their names."""
        live = self.by.live
        criteria = {number for _, numbers in live.rungs for number in numbers}
        bars = {number for _, number in live.bars}
        tests = []
        for number, one in enumerate(self.by.compiled.rules):
            if one.rule.source.status != "assumed":
                continue
            role = one.rule.role
            if number in criteria:
                test = "graded"
            elif number in bars:
                test = f"graded AND {self._s(number)} IS DISTINCT FROM FALSE"
            elif role in ("exemption", "ungraded"):
                others = self._any(role)
                test = f"({self._s(number)} IS TRUE OR ({self._s(number)} IS NULL AND ({others}) IS NULL))"
                test += " AND reviewed IS DISTINCT FROM FALSE" if role == "ungraded" else ""
            elif role == "trigger":
                test = f"{self._s(number)} IS TRUE AND reviewed IS DISTINCT FROM FALSE"
            elif role == "review_content":
                test = f"{self._s(number)} IS DISTINCT FROM FALSE AND reviewed IS DISTINCT FROM FALSE"
            else:
                continue
            tests.append((text(one.rule.name), test))
        return self._when("TRUE", sorted(tests))

    def _agrees(self, by: str) -> str:
        there = f"(bits & (1::BIGINT << {by}_place)) <> 0"
        return (
            f"CASE WHEN graded AND {by} IS NOT NULL THEN"
            f" CASE WHEN bit_count(bits) > 1 AND {there} THEN NULL"
            f" ELSE bit_count(bits) = 1 AND {there} END END"
        )

    def _higher(self, by: str) -> str:
        return (
            f"CASE WHEN graded AND best IS NOT NULL AND (bits & (1::BIGINT << {by}_place)) = 0 THEN"
            f" CASE WHEN {by}_place < best THEN TRUE WHEN {by}_place > worst THEN FALSE END END"
        )

    def _odd(self) -> str:
        grades = ", ".join(text(grade) for grade in self.by.live.grades)
        wrong = " OR ".join(f"({by} IS NOT NULL AND {by} NOT IN ({grades}))" for by in GIVERS)
        return f"coalesce({wrong}, FALSE)"


def possible_sql(live: LiveLadder, result: Callable[[int], str]) -> str:
    """`outcomes.by_statuses`: the outcomes that rule results leave open, as bits, one a grade and then the gap.
    `result` gives the SQL of a rule's result by its number."""
    order = (*live.grades, UNDETERMINED)

    def first(grade: str, holds: str, rest: str) -> str:
        """A grade alone where this holds, also where it is unknown, and else what comes after."""
        bit = 1 << order.index(grade)
        return f"(CASE WHEN {holds} THEN {bit} ELSE {rest} | (CASE WHEN ({holds}) IS NULL THEN {bit} ELSE 0 END) END)"

    sql = str(1 << order.index(live.otherwise))
    for grade, criteria in reversed(live.rungs):
        sql = first(grade, " AND ".join(map(result, criteria)) or "TRUE", sql)
    # A bar that holds decides; those on a lower grade come before it, and stay possible where they are unknown.
    for grade in live.grades:
        numbers = [number for about, number in live.bars if about == grade]
        if numbers:
            sql = first(grade, " OR ".join(map(result, numbers)), sql)
    return sql


def _approximate(one: Quantity) -> str:
    return f"{one.top}::DOUBLE / {one.bottom or 1}"


def ladder_rules(live: LiveLadder) -> list[int]:
    """The numbers of the rules that a ladder rests on."""
    criteria = [number for _, numbers in live.rungs for number in numbers]
    return list(dict.fromkeys([*(number for _, number in live.bars), *criteria]))
