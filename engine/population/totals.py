"""The decided portions of a population -> one output without repeated ids, and its sums: grades, duties, quotas, links.

Quotas and links are counted in groups of cases that they cannot tell apart; what a group comes to is for `cohorts`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import groupby, islice
from math import ceil
from pathlib import Path
from typing import Any, get_args

from engine.base.diagnostics import Diagnostic, Location
from engine.base.formulas import harmless_in_sql
from engine.base.likeness import alike
from engine.base.writing import whole
from engine.core.judge.case import Rejected
from engine.core.judge.cohorts import Alike, Standing, as_one, quota_result, shown_for, stands
from engine.core.judge.links import link_status, same_status
from engine.core.judge.record import LinkStatus, QuotaResult, QuotaStatus
from engine.core.policy.live import Choices, chosen, concerns, during, exists
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.rules import Link, Quota
from engine.core.policy.terms import PeriodKind, Source, Text
from engine.load.cases.reading import duplicate
from engine.load.cases.remarks import Spelling, odd_letters, same_subject, several_spellings, told_of
from engine.population.conditions import parquet, text
from engine.population.rows import COLUMNS, SEPARATOR
from engine.population.run import Done, Run, rejected_of
from engine.population.target import insert, opened

ROWS_AT_ONCE = 10_000
CASES_AT_ONCE = 1_000_000
"""What takes memory for every case, as ids told apart do, is asked of about so many cases at a time."""
BROKEN_SHOWN = 1_000
"""Of the links that are broken so many are told one by one."""
COHORTS_KEPT = 1_000
WARNED = 1_000
"""So many warnings of a kind are told one by one."""
ORDER = "portion * 1000000000::BIGINT + line"
"""SQL that orders cases as they stand in the population."""


@dataclass(frozen=True)
class LinkTotal:
    """A link over all pairs of cases: how many pairs it holds for, and the broken ones, by case id."""

    link: str
    regulation: str
    counts: Mapping[LinkStatus, int]
    broken: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class QuotaTotal:
    """A quota over all its cohorts: how many by status, and how many an assumed relief counts for, by its name."""

    quota: str
    label: Text
    source: Source
    layer: str
    regulation: str
    counts: Mapping[QuotaStatus, int]
    relieved: Mapping[str, int]

    @property
    def cohorts(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Totals:
    """What a run over a population came to; `cases` = `judged` + `rejected`, always.

    `outcomes` counts by (regulation, kind of subject, what is possible), the last as ids joined, or `not_reviewed` or
    `not_graded`. `codes` counts the diagnostics of rejected cases. Counts by rule or fact come most frequent first."""

    cases: int
    judged: int
    rejected: int
    one_by_one: int
    outcomes: tuple[tuple[str, str, str, int], ...]
    findings: tuple[tuple[str, int], ...]
    open_findings: tuple[tuple[str, int], ...]
    left_out: tuple[tuple[str, int], ...]
    missing: tuple[tuple[str, int], ...]
    assumed: tuple[tuple[str, int], ...]
    """Rules without a source that outcomes rest on."""
    to_clarify: int
    """Cases with some finding."""
    periods: tuple[tuple[str, str], ...]
    """The regulations at work, and the periods of the cases that each judged."""
    against: tuple[tuple[str, str, int], ...]
    """(who gave the grade, how it stands to the facts, cases): agrees, higher, lower, open."""
    quotas: tuple[QuotaTotal, ...]
    cohorts: tuple[QuotaResult, ...]
    """The first to look at: those that exceed a quota, the most first; those that may; then others."""
    ungrouped: tuple[tuple[str, int], ...]
    links: tuple[LinkTotal, ...]
    codes: tuple[tuple[str, int], ...]
    warnings: tuple[Diagnostic, ...]
    """What was taken as it stands and is worth a look, the first of each kind."""
    warned: tuple[tuple[str, int], ...]


class Unbalanced(Exception):
    """Cases were lost or counted twice: a bug, and no figure of the run can be trusted."""


@dataclass
class Results:
    """The rows of a finished run. Holds a DuckDB connection: use as a context manager."""

    run: Run
    done: Sequence[Done]
    memory: str = "1GB"
    repeated: list[tuple[int, int, Rejected]] = field(default_factory=list)
    told_too: dict[tuple[int, int], Diagnostic] = field(default_factory=dict)
    """Of cases that are rejected already: that they repeat an id."""
    _doubled: bool | None = None

    def __enter__(self) -> "Results":
        self.database = opened(self.memory, self.run.folder / "spill", self.run.threads)
        self.library: Library = self.run.library
        self.slices = ceil(sum(one.cases for one in self.done) / CASES_AT_ONCE) or 1
        self._open()
        return self

    def __exit__(self, *raised: object) -> None:
        self.database.close()

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.database.execute(sql, list(parameters)).fetchall()
        return found

    def _open(self) -> None:
        """The view `rows`: every judged case, those that repeat an id left out."""
        parts = [self.run.part(one.number) for one in self.done]
        if not parts:
            columns = ["0 AS portion", "0 AS line"]
            columns += [f'NULL::{_TYPES[kind]} AS "{name}"' for name, kind in self.run.shared.kept.items()]
            self.database.execute(f"CREATE TEMP VIEW rows AS SELECT {', '.join(columns)} WHERE FALSE")
            return
        self.database.execute(f"CREATE TEMP VIEW parts AS SELECT * FROM {parquet(parts)}")
        self._leave_out_repeated()

    def _leave_out_repeated(self) -> None:
        """The view `rows`, from `parts`."""
        self._find_repeated()
        if not self.repeated:
            self.database.execute("CREATE TEMP VIEW rows AS FROM parts")
            return
        self._table("repeated", [[portion, line, one.case_id, None] for portion, line, one in self.repeated])
        self.database.execute("CREATE TEMP VIEW rows AS SELECT * FROM parts ANTI JOIN repeated USING (portion, line)")

    def _sliced(self, column: str) -> Iterator[str]:
        """Tests that share the cases out: each is in one slice, and equal values are in the same."""
        for number in range(self.slices):
            yield f"hash({column}) % {self.slices} = {number}" if self.slices > 1 else "TRUE"

    def _table(self, name: str, cases: Sequence[Sequence[object]]) -> None:
        """A table of cases: portion, line, id, and the form in which the id is compared."""
        self.database.execute(f"CREATE TEMP TABLE {name} (portion INTEGER, line BIGINT, case_id VARCHAR, form VARCHAR)")
        insert(self.database, name, ["INTEGER", "BIGINT", "VARCHAR", "VARCHAR"], cases)

    def _find_repeated(self) -> None:
        """The judged cases whose id stands in an earlier case, judged or not."""
        taken = [
            [one.number, kept["line"], kept["case_id"], alike(kept["case_id"])]
            for one in self.done
            if one.rejected
            for kept in self.run.kept(one.number)
            if kept["case_id"] is not None
        ]
        self._table("refused", taken)
        everyone = (
            'SELECT portion, line, case_id, "like case_id" AS form, TRUE AS judged FROM parts'
            " UNION ALL SELECT portion, line, case_id, form, FALSE FROM refused"
        )
        for number, within in enumerate(self._sliced("form")):
            twice = f"SELECT form FROM ({everyone}) WHERE {within} GROUP BY form HAVING count(*) > 1"
            self.database.execute(f"INSERT INTO twice {twice}" if number else f"CREATE TEMP TABLE twice AS {twice}")
        if self.query("SELECT count(*) FROM twice") == [(0,)]:
            return
        places = {one.number: one for one in self.done}
        first: dict[str, tuple[str, int, int]] = {}
        for portion, line, case_id, form, judged in self.query(
            f"SELECT portion, line, case_id, form, judged FROM ({everyone}) SEMI JOIN twice USING (form)"
            " ORDER BY portion, line"
        ):
            if form not in first:
                first[form] = case_id, portion, line
                continue
            file, number = places[portion].place(line)
            written, *earlier = first[form]
            found = duplicate(case_id, Location(file, number), written, self._place(*earlier))
            if not judged:
                self.told_too[portion, line] = found
            else:
                self.repeated.append((portion, line, Rejected(f"{file}:{number}", case_id, (found,))))

    def _place(self, portion: int, line: int) -> Location:
        return Location(*self._portions[portion].place(line))

    @cached_property
    def _portions(self) -> dict[int, Done]:
        return {one.number: one for one in self.done}

    def _at(self, order: int) -> Location:
        return self._place(*divmod(order, 1_000_000_000))

    # --- what could not be judged ---

    def rejected(self) -> Iterator[Rejected]:
        """Every case that could not be judged, in order; first the files that could not be read."""
        yield from self.run.missing
        repeated: dict[int, list[tuple[int, Rejected]]] = {}
        for portion, line, each in self.repeated:
            repeated.setdefault(portion, []).append((line, each))
        for one in self.done:
            found = [self._all_of(one.number, kept) for kept in self.run.kept(one.number)] if one.rejected else []
            for _, rejected in sorted([*found, *repeated.get(one.number, [])], key=lambda item: item[0]):
                yield rejected

    def _all_of(self, portion: int, kept: Mapping[str, Any]) -> tuple[int, Rejected]:
        line, one = kept["line"], rejected_of(kept)
        more = self.told_too.get((portion, line))
        return line, one if more is None else replace(one, diagnostics=(*one.diagnostics, more))

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """What a query yields, few rows in memory. Nothing else may be asked of the database meanwhile."""
        cursor = self.database.execute(sql)
        while batch := cursor.fetchmany(ROWS_AT_ONCE):
            yield from batch

    # --- the rows ---

    def write(self, path: Path, form: str) -> None:
        """All rows to one file, in order: parquet, ndjson or csv. What was there is replaced once all is written."""
        columns = ", ".join(SHOWN_AS[form](name, kind) for name, kind in COLUMNS.items())
        rows = f"SELECT {columns} FROM rows{self._in_order}"
        with whole(path, private=True) as stream:
            if form == "parquet":
                # A table has pages of one size, and so has the file, into whatever portions the cases were divided.
                self.database.execute(f"CREATE OR REPLACE TEMP TABLE in_order AS {rows}")
                rows = "FROM in_order"
            self.database.execute(f"COPY ({rows}) TO {text(stream.name)} ({_COPY[form]}, USE_TMP_FILE false)")
            self.database.execute("DROP TABLE IF EXISTS in_order")

    @property
    def _in_order(self) -> str:
        # The parts come in order; what a join leaves of them need not.
        return " ORDER BY portion, line" if self.repeated else ""

    def rows(self) -> Iterator[dict[str, Any]]:
        """All rows, in order, few of them in memory. Nothing else may be asked of the database meanwhile."""
        columns = ", ".join(f'"{name}"' for name in COLUMNS)
        for row in self.stream(f"SELECT {columns} FROM rows{self._in_order}"):
            yield dict(zip(COLUMNS, row, strict=True))

    # --- sums ---

    def totals(self) -> Totals:
        cases = sum(one.cases for one in self.done)
        ((judged,),) = self.query("SELECT count(*) FROM rows")
        rejected = sum(one.rejected for one in self.done) + len(self.repeated)
        if judged + rejected != cases:
            raise Unbalanced(f"{cases} cases, {judged} judged, {rejected} not")
        quotas, cohorts = self._quotas()
        warnings, warned = self._warnings()
        codes: dict[str, int] = {}
        for one in self.rejected():
            for each in one.diagnostics:
                codes[each.code] = codes.get(each.code, 0) + 1
        return Totals(
            cases=cases,
            judged=judged,
            rejected=rejected,
            one_by_one=sum(one.one_by_one for one in self.done),
            outcomes=tuple(self._outcomes()),
            findings=self._listed("findings"),
            open_findings=self._listed("open_findings"),
            left_out=self._listed("left_out"),
            missing=self._listed("missing"),
            assumed=self._listed("assumed"),
            to_clarify=self.query("SELECT count(*) FROM rows WHERE findings <> ''")[0][0],
            periods=tuple(
                (regulation, period)
                for regulation, period in self.query("SELECT DISTINCT regulation, period FROM rows ORDER BY ALL")
            ),
            against=tuple(self._against()),
            quotas=quotas,
            cohorts=cohorts,
            ungrouped=tuple(self._ungrouped()),
            links=tuple(self._links()),
            codes=tuple(sorted(codes.items(), key=lambda item: (-item[1], item[0]))),
            warnings=warnings,
            warned=warned,
        )

    def _warnings(self) -> tuple[tuple[Diagnostic, ...], tuple[tuple[str, int], ...]]:
        found = [*self._same_subjects(), *self._spellings(), *self._letters(), *self._told()]
        counts = Counter(each.code for _, each in found)
        if self._several():
            ((counts["case/same-subject"],),) = self.query("SELECT sum(many - 1)::BIGINT FROM doubled")
        told = sorted(found, key=lambda item: (item[0], item[1].code, item[1].arguments))
        return tuple(each for _, each in told), tuple(sorted(counts.items()))

    def _told(self) -> Iterator[tuple[int, Diagnostic]]:
        """What is to be told of cases by themselves, each once, at the first of them."""
        named = f"SELECT regulation, unnest(string_split(told, '{SEPARATOR}')) AS item, {ORDER} AS place FROM rows"
        for regulation, item, number, place in self.query(
            f"SELECT regulation, item, count(*), min(place) FROM ({named} WHERE told <> '') GROUP BY ALL ORDER BY ALL"
        ):
            yield place, told_of(regulation, item, number, self._at(place))

    def _same_subjects(self) -> list[tuple[int, Diagnostic]]:
        """The cases whose subject has an earlier case of the period, each with its place in the population."""
        if not self._several():
            return []
        found = self.query(
            f"SELECT {ORDER} AS place, period, first FROM rows JOIN doubled USING ({_SUBJECT})"
            f" WHERE {ORDER} > first ORDER BY place LIMIT {WARNED}"
        )
        return [(place, same_subject(period, self._at(place), self._at(first))) for place, period, first in found]

    def _spellings(self) -> list[tuple[int, Diagnostic]]:
        """The texts that stand in a spelling that differs from an earlier one only to a machine."""
        spelled = self._compared()
        found: list[tuple[int, Diagnostic]] = []
        for within in self._sliced("form"):
            # Where each spelling is its own form, none is beside another.
            several = self.stream(
                f"WITH spelled AS (SELECT * FROM ({spelled}) WHERE form IS NOT NULL AND {within}),"
                " odd AS (SELECT DISTINCT form FROM spelled WHERE written <> form)"
                " SELECT form, written, min(place) AS place, min(part) AS part FROM spelled SEMI JOIN odd USING (form)"
                " GROUP BY form, written QUALIFY count(*) OVER (PARTITION BY form) > 1 ORDER BY place, part, written"
            )
            order: dict[Location, int] = {}
            told = several_spellings(self._placed(several, order))
            found += islice(((order[each.location], each) for each in told), WARNED)
        return sorted(found, key=lambda item: item[0])[:WARNED]

    def _letters(self) -> list[tuple[int, Diagnostic]]:
        """The texts with a letter that is not what it seems."""
        found: list[tuple[int, Diagnostic]] = []
        for within in self._sliced("form"):
            several = self.stream(
                f"WITH spelled AS (SELECT form, written, min(place) AS place FROM ({self._compared()}) WHERE {within}"
                " GROUP BY form, written QUALIFY count(*) OVER (PARTITION BY form) = 1)"
                " SELECT form, written, place, 0 FROM spelled WHERE NOT regexp_matches(written, '^[ -~]*$')"
                " ORDER BY place, written"
            )
            order: dict[Location, int] = {}
            told = odd_letters(self._placed(several, order))
            found += islice(((order[each.location], each) for each in told), WARNED)
        return sorted(found, key=lambda item: item[0])[:WARNED]

    @staticmethod
    def _compared() -> str:
        """Every text that is compared from case to case, and where it stands."""
        return " UNION ALL ".join(
            f'SELECT "like {name}" AS form, {name} AS written, {ORDER} AS place, {number} AS part FROM rows'
            for number, name in enumerate(("period", "cohort", "unit", "subject"))
        )

    def _placed(self, spelled: Iterator[tuple[Any, ...]], order: dict[Location, int]) -> Iterator[Spelling]:
        """Spellings with their places, whose order is noted."""
        for form, written, place, _ in spelled:
            location = self._at(place)
            order[location] = place
            yield form, written, location

    def _outcomes(self) -> list[tuple[str, str, str, int]]:
        found = self.query(
            "SELECT regulation, kind, CASE WHEN subject_to_review = FALSE THEN 'not_reviewed' WHEN NOT graded"
            " THEN 'not_graded' ELSE possible END AS outcome, count(*) FROM rows GROUP BY ALL ORDER BY ALL"
        )
        return [(regulation, kind, outcome, number) for regulation, kind, outcome, number in found]

    def _listed(self, column: str) -> tuple[tuple[str, int], ...]:
        found = self.query(
            f"SELECT name, sum(number)::BIGINT AS number FROM (SELECT unnest(string_split({column}, '{SEPARATOR}')) AS"
            f" name, number FROM (SELECT {column}, count(*) AS number FROM rows WHERE {column} <> '' GROUP BY ALL))"
            " GROUP BY name ORDER BY number DESC, name"
        )
        return tuple((name, number) for name, number in found)

    def _against(self) -> list[tuple[str, str, int]]:
        found: list[tuple[str, str, int]] = []
        for by in ("self", "proposed", "decided"):
            rows = self.query(
                f"SELECT CASE WHEN {by}_agrees THEN 'agrees' WHEN {by}_agrees IS NULL THEN 'open'"
                f" WHEN {by}_higher THEN 'higher' WHEN NOT {by}_higher THEN 'lower' ELSE 'other' END AS how, count(*)"
                f' FROM rows WHERE "{by}" IS NOT NULL AND graded GROUP BY ALL ORDER BY ALL'
            )
            found += [(by, how, number) for how, number in rows]
        return found

    def _at_work(self) -> list[Regulation]:
        """The regulations that judged a case."""
        found = {name for (name,) in self.query("SELECT DISTINCT regulation FROM rows")}
        return [one for one in self.library.regulations.values() if one.id in found]

    # --- quotas ---

    def quotas(self) -> Iterator[QuotaResult]:
        """Every quota over every cohort, few of them in memory. Nothing else may be asked of the database meanwhile."""
        for regulation, choices, quota in self._asked():
            yield from self.cohorts(regulation, choices, quota)

    def _asked(self) -> Iterator[tuple[Regulation, Choices, Quota]]:
        for regulation in self._at_work():
            choices = chosen(regulation, self.run.options.switches)
            for quota in regulation.quotas:
                if exists(quota.under, choices):
                    yield regulation, choices, quota

    def cohorts(self, regulation: Regulation, choices: Choices, quota: Quota) -> Iterator[QuotaResult]:
        """A quota over every cohort, in order."""
        within = [cohort_column(name) for name in quota.within]
        forms = ['"like period"', *(cohort_column(name, "like ") for name in quota.within)]
        reliefs = [one.rule.name for one in quota.relief if one.rule.condition is not None]
        once = quota.several_cases == "once" and self._several()
        wanted = [
            *(f"{one} AS k{place}" for place, one in enumerate(forms)),
            f"{_SAME if once else 'NULL::VARCHAR'} AS same",
            "possible", "decided", "proposed", *member_columns(reliefs),
        ]  # fmt: skip
        shown = [f"min({one}) AS c{place}" for place, one in enumerate(["period", *within])]
        named = " AND ".join(["TRUE", *(f"{one} IS NOT NULL" for one in forms)])
        rows_ = f"rows LEFT JOIN doubled USING ({_SUBJECT})" if once else "rows"
        found = self.stream(
            f"SELECT {', '.join([*wanted, *shown])}, max(as_of), count(*) FROM {rows_}"
            f" WHERE {self._counted(regulation, quota)} AND {named} GROUP BY ALL ORDER BY ALL"
        )
        standings: dict[tuple[str | None, ...], Standing] = {}
        for _, rows in groupby(found, lambda row: row[: len(forms)]):
            members: list[Alike] = []
            spellings: list[tuple[str, ...]] = []
            of_subjects: dict[str, list[Alike]] = {}
            for row in rows:
                same, *counted_so = row[len(forms) : len(forms) + 4]
                counted = tuple(counted_so)
                *asked, as_of, number = (*row[len(forms) + 4 : -len(forms) - 2], *row[-2:])
                spellings.append(row[-len(forms) - 2 : -2])
                if counted not in standings:
                    standings[counted] = stands(str(counted[0]).split(SEPARATOR), *counted[1:])
                member = member_of(standings[counted], reliefs, asked, as_of, number, ())
                if same is None:
                    members.append(member)
                else:
                    of_subjects.setdefault(same, []).append(replace(member, number=1))
            members += map(as_one, of_subjects.values())
            period, *cohort = map(shown_for, zip(*spellings, strict=True))
            named_so = tuple(zip(quota.within, cohort, strict=True))
            yield quota_result(self.library.vocabulary, regulation, choices, quota, period, named_so, members)

    def _several(self) -> bool:
        """The subjects with several cases of a period, into the table `doubled`; are there any?"""
        if self._doubled is None:
            several = (
                f'SELECT {_SUBJECT}, count(*) AS many, min({ORDER}) AS first FROM rows WHERE "like subject" IS NOT NULL'
            )
            for number, within in enumerate(self._sliced('"like subject"')):
                part = f"{several} AND {within} GROUP BY {_SUBJECT} HAVING count(*) > 1"
                into = "INSERT INTO doubled" if number else "CREATE TEMP TABLE doubled AS"
                self.database.execute(f"{into} {part}")
            self._doubled = self.query("SELECT count(*) FROM doubled") != [(0,)]
        return self._doubled

    def _counted(self, regulation: Regulation, quota: Quota) -> str:
        """The SQL that is true for the cases that a quota counts, where they name a cohort."""
        kinds = [text(kind.id) for kind in regulation.kinds.values() if concerns(quota.applies_to, kind)]
        periods = [text(one) for one in get_args(PeriodKind) if during(quota.periods, one)]
        return (
            f"regulation = {text(regulation.id)} AND graded AND kind IN ({', '.join(kinds) or 'NULL'})"
            f" AND period_kind IN ({', '.join(periods) or 'NULL'})"
        )

    def _quotas(self) -> tuple[tuple[QuotaTotal, ...], tuple[QuotaResult, ...]]:
        """The sums of the quotas, and the cohorts to look at first."""
        sums: list[QuotaTotal] = []
        first: list[QuotaResult] = []
        for regulation, choices, quota in self._asked():
            counts: Counter[QuotaStatus] = Counter()
            relieved: Counter[str] = Counter()
            for one in self.cohorts(regulation, choices, quota):
                counts[one.status] += 1
                if one.relief is not None and one.relief.source.status == "assumed":
                    relieved[one.relief.rule] += 1
                first.append(one)
                if len(first) >= 2 * COHORTS_KEPT:
                    first = sorted(first, key=_to_look_at)[:COHORTS_KEPT]
            if counts:
                label = quota.label, quota.source, quota.layer
                sums.append(QuotaTotal(quota.name, *label, regulation.id, counts, relieved))
        return tuple(sums), tuple(sorted(first, key=_to_look_at)[:COHORTS_KEPT])

    def _ungrouped(self) -> Iterator[tuple[str, int]]:
        """For each quota how many cases it would count that name no cohort."""
        for regulation, _, quota in self._asked():
            unnamed = " OR ".join(["FALSE", *(f"{cohort_column(name, 'like ')} IS NULL" for name in quota.within)])
            counted = self._counted(regulation, quota)
            ((number,),) = self.query(f"SELECT count(*) FROM rows WHERE {counted} AND ({unnamed})")
            if number:
                yield quota.name, number

    # --- links ---

    def _links(self) -> Iterator[LinkTotal]:
        for regulation in self._at_work():
            choices = chosen(regulation, self.run.options.switches)
            for link in regulation.links:
                if exists(link.under, choices):
                    total = self._link(regulation, link)
                    if total.counts:
                        yield total

    def _link(self, regulation: Regulation, link: Link) -> LinkTotal:
        order = [grade.id for grade in regulation.grades]
        alike = "possible, decided, proposed, decided_on, their_possible, their_decided, their_proposed, their_day"
        same = " AND ".join(f"{name.strip()} IS NOT DISTINCT FROM ?" for name in alike.split(","))
        counts: Counter[LinkStatus] = Counter()
        broken: dict[tuple[Any, ...], list[tuple[str, str]]] = {}
        doubled: list[tuple[str, str]] = []
        for there, here in zip(self._sliced("form"), self._sliced('"like subject"'), strict=True):
            self.database.execute(
                f"CREATE OR REPLACE TEMP TABLE linked AS {self._pairs(regulation, link, there, here)}"
            )
            for *parts, graded, found, number in self.query(
                f"SELECT {alike}, their_graded, there, count(*) FROM linked WHERE NOT doubled GROUP BY ALL ORDER BY ALL"
            ):
                status = _link_status(link, parts, graded, order) if found else "unknown"
                counts[status] += number
                if status == "broken":
                    broken.setdefault((*parts, graded), []).extend(self.query(
                        f"SELECT case_id, other FROM linked WHERE NOT doubled AND there"
                        f" AND their_graded IS NOT DISTINCT FROM ? AND {same} ORDER BY ALL LIMIT {BROKEN_SHOWN}",
                        [graded, *parts],
                    ))  # fmt: skip
            pairs = self.stream(
                f"SELECT case_id, form, other, {alike}, their_graded FROM linked WHERE doubled ORDER BY ALL"
            )
            for (case_id, _), grouped in groupby(pairs, lambda row: row[:2]):
                cases = list(grouped)
                status = same_status(_link_status(link, row[3:-1], row[-1], order) for row in cases)
                counts[status] += 1
                if status == "broken" and len(doubled) < BROKEN_SHOWN:
                    doubled.append((case_id, cases[0][2]))
        self.database.execute("DROP TABLE linked")
        shown = [pair for key in sorted(broken, key=_nulls_last) for pair in sorted(broken[key])]
        return LinkTotal(link.name, regulation.id, dict(counts), tuple(sorted([*shown, *doubled][:BROKEN_SHOWN])))

    def _pairs(self, regulation: Regulation, link: Link, there: str, here: str) -> str:
        """SQL that yields the pairs that a link is asked of, for one slice of their others and of `subject`: one row
        for each case of the other subject."""
        concerned = [kind.id for kind in regulation.kinds.values() if concerns(link.applies_to, kind)]
        members = f"SELECT * FROM rows WHERE regulation = {text(regulation.id)}"
        pairs = (
            f"SELECT * EXCLUDE (ids), unnest(from_json(ids, '[\"VARCHAR\"]')) AS form FROM ("
            f'SELECT case_id, "like period", possible, decided, proposed, decided_on, "like to {link.to}" AS ids'
            f" FROM ({members}) WHERE graded AND kind IN ({', '.join(map(text, concerned)) or 'NULL'})"
            f' AND "like to {link.to}" IS NOT NULL)'
        )
        self._several()
        others = (
            f"SELECT *, many IS NOT NULL AS doubled FROM ({members}) LEFT JOIN doubled USING ({_SUBJECT})"
            f' WHERE "like subject" IS NOT NULL AND {here} AND "like subject" IN (SELECT form FROM pairs)'
        )
        return (
            f"WITH pairs AS (SELECT * FROM ({pairs}) WHERE {there})"
            f" SELECT p.case_id, p.form, o.subject AS other, p.possible, p.decided, p.proposed, p.decided_on,"
            f" o.possible AS their_possible, o.decided AS their_decided, o.proposed AS their_proposed,"
            f" o.decided_on AS their_day, o.graded AS their_graded, o.case_id IS NOT NULL AS there,"
            f" coalesce(o.doubled, FALSE) AS doubled FROM pairs p LEFT JOIN ({others}) o"
            ' ON p."like period" = o."like period" AND p.form = o."like subject"'
        )


def member_columns(reliefs: Sequence[str]) -> list[str]:
    """What a quota asks of a row besides its outcome and the grades given, as `member_of` takes it."""
    return ["perhaps_ungraded", *(f'"{word} {name}"' for word in ("relief", "missing") for name in reliefs)]


def member_of(
    standing: Standing, reliefs: Sequence[str], asked: Sequence[Any], as_of: date, number: int, ids: tuple[str, ...]
) -> Alike:
    perhaps_ungraded, results = asked[0], asked[1 : 1 + len(reliefs)]
    missing = [names.split(SEPARATOR) if names else [] for names in asked[1 + len(reliefs) :]]
    met = dict(zip(reliefs, results, strict=True))
    return Alike(standing, perhaps_ungraded, met, dict(zip(reliefs, missing, strict=True)), as_of, number, ids)


def _link_status(link: Link, parts: Sequence[Any], graded: bool | None, order: Sequence[str]) -> LinkStatus:
    """What becomes of a link between two cases, told as the columns of a pair."""
    mine = stands(parts[0].split(SEPARATOR), parts[1], parts[2])
    theirs = stands(parts[4].split(SEPARATOR), parts[5], parts[6]) if graded else frozenset()
    return link_status(link, mine, parts[3], theirs, parts[7], order)


def _to_look_at(one: QuotaResult) -> tuple[int, int]:
    return ("exceeded", "unknown", "within").index(one.status), -one.excess


def _nulls_last(key: Sequence[Any]) -> list[tuple[bool, Any]]:
    return [(one is None, one if one is not None else "") for one in key]


_TYPES = {"text": "VARCHAR", "boolean": "BOOLEAN", "day": "DATE", "list": "VARCHAR"}


_SAME = 'CASE WHEN many > 1 THEN "like subject" END'
_SUBJECT = '"like period", "like subject"'


def cohort_column(name: str, form: str = "") -> str:
    """The column of what separates cohorts, as written or, with `like `, in the form in which it is compared."""
    match name.split("."):
        case ["subject", "kind"]:
            return "kind"
        case ["subject", ("cohort" | "unit") as attribute]:
            return f'"{form}{attribute}"'
        case ["subject", relation]:
            ids = f"array_to_string(from_json(\"{form}to {relation}\", '[\"VARCHAR\"]'), ', ')"
            return f"nullif({ids}, '')"
    return f'"{form}fact {name}"'


def _plain(name: str, kind: str) -> str:
    return f'"{name}"'


def _listed(name: str, kind: str) -> str:
    if kind != "list":
        return f'"{name}"'
    return f'CASE WHEN "{name}" = \'\' THEN [] ELSE string_split("{name}", \'{SEPARATOR}\') END AS "{name}"'


def _harmless(name: str, kind: str) -> str:
    column = f'"{name}"'
    return f"{harmless_in_sql(column)} AS {column}" if kind == "text" else column


SHOWN_AS = {"parquet": _plain, "ndjson": _listed, "csv": _harmless}
_COPY = {"parquet": "FORMAT parquet, COMPRESSION zstd", "ndjson": "FORMAT json", "csv": "FORMAT csv, HEADER"}
