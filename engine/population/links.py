"""Links between the cases of a population, counted in groups of pairs that come out alike."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from engine.core.judge.cohorts import standing_from
from engine.core.judge.links import link_status, same_status
from engine.core.judge.record import LinkStatus
from engine.core.policy.live import concerns, exists
from engine.core.policy.regulation import Regulation
from engine.core.policy.rules import Link
from engine.population.results import SUBJECT, Results
from engine.population.rows import SEPARATOR
from engine.population.sql import text

BROKEN_SHOWN = 1_000
"""Of the links that are broken so many are told one by one."""
ALIKE = (
    "possible", "decided", "proposed", "decided_on", "their_possible", "their_decided", "their_proposed", "their_day",
    "their_graded", "there",
)  # fmt: skip
"""The columns of a pair that its status depends on, as `pair_status` takes them."""


@dataclass(frozen=True)
class LinkTotal:
    """A link over all pairs of cases: how many pairs it holds for, and the broken ones, by case id."""

    link: str
    regulation: str
    counts: Mapping[LinkStatus, int]
    broken: tuple[tuple[str, str], ...]


def link_totals(results: Results) -> Iterator[LinkTotal]:
    """Every link that concerns a case, by the regulations that judged one."""
    for regulation in results.at_work():
        choices = results.choices(regulation)
        for link in regulation.links:
            if exists(link.under, choices):
                total = _total(results, regulation, link)
                if total.counts:
                    yield total


def _total(results: Results, regulation: Regulation, link: Link) -> LinkTotal:
    database = results.database
    order = [grade.id for grade in regulation.grades]
    same = " AND ".join(f"{name} IS NOT DISTINCT FROM ?" for name in ALIKE)
    counts: Counter[LinkStatus] = Counter()
    broken: dict[tuple[Any, ...], list[tuple[str, str]]] = {}
    doubled: list[tuple[str, str]] = []
    for _ in each_slice_of_pairs(results, regulation, link):
        for *pair, number in database.query(
            f"SELECT {', '.join(ALIKE)}, count(*) FROM linked WHERE NOT doubled GROUP BY ALL ORDER BY ALL"
        ):
            status = pair_status(link, pair, order)
            counts[status] += number
            if status == "broken":
                broken.setdefault(tuple(pair), []).extend(database.query(
                    f"SELECT case_id, other FROM linked WHERE NOT doubled AND {same} ORDER BY ALL LIMIT {BROKEN_SHOWN}",
                    pair,
                ))  # fmt: skip
        pairs = database.stream(
            f"SELECT case_id, form, other, {', '.join(ALIKE)} FROM linked WHERE doubled ORDER BY ALL"
        )
        for (case_id, _), rows in groupby(pairs, lambda row: row[:2]):
            cases = list(rows)
            status = same_status(pair_status(link, row[3:], order) for row in cases)
            counts[status] += 1
            if status == "broken" and len(doubled) < BROKEN_SHOWN:
                doubled.append((case_id, cases[0][2]))
    shown = [pair for key in sorted(broken, key=_nulls_last) for pair in sorted(broken[key])]
    return LinkTotal(link.name, regulation.id, dict(counts), tuple(sorted([*shown, *doubled][:BROKEN_SHOWN])))


def each_slice_of_pairs(results: Results, regulation: Regulation, link: Link) -> Iterator[None]:
    """Puts the pairs that a link asks about into the table `linked`, slice after slice: one row for each case of the
    other subject, with whether that subject has several, and one if it has none."""
    for there, here in zip(results.sliced("form"), results.sliced('"like subject"'), strict=True):
        pairs = _pairs(regulation, link, there, here)
        results.database.execute(f"CREATE OR REPLACE TEMP TABLE linked AS {pairs}")
        yield
    results.database.execute("DROP TABLE linked")


def _pairs(regulation: Regulation, link: Link, there: str, here: str) -> str:
    """SQL that yields the pairs of one slice of the other subjects, as `there` and `here` describe it."""
    concerned = [kind.id for kind in regulation.kinds.values() if concerns(link.applies_to, kind)]
    members = f"SELECT * FROM rows WHERE regulation = {text(regulation.id)}"
    pairs = (
        f"SELECT * EXCLUDE (ids), unnest(from_json(ids, '[\"VARCHAR\"]')) AS form FROM ("
        f'SELECT case_id, "like period", possible, decided, proposed, decided_on, "like to {link.to}" AS ids'
        f" FROM ({members}) WHERE graded AND kind IN ({', '.join(map(text, concerned)) or 'NULL'})"
        f' AND "like to {link.to}" IS NOT NULL)'
    )
    others = (
        f"SELECT *, many IS NOT NULL AS doubled FROM ({members}) LEFT JOIN doubled USING ({SUBJECT})"
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


def pair_status(link: Link, pair: Sequence[Any], order: Sequence[str]) -> LinkStatus:
    """What becomes of a link between two cases, given as the columns `ALIKE`; `order` are the grades, best first."""
    possible, decided, proposed, day, *theirs, graded, there = pair
    if not there:
        return "unknown"
    mine = standing_from(tuple(possible.split(SEPARATOR)), decided, proposed)
    other = standing_from(tuple(theirs[0].split(SEPARATOR)), theirs[1], theirs[2]) if graded else frozenset()
    return link_status(link, mine, day, other, theirs[3], order)


def _nulls_last(key: Sequence[Any]) -> list[tuple[bool, Any]]:
    return [(value is None, value if value is not None else "") for value in key]
