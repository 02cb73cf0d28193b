"""What of a population was taken as it stands and is worth a look, as warnings: the first of each kind, and counts.

The same as for case files, by `load/cases/remarks.py`, but at the line of the case.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from engine.base.diagnostics import Diagnostic, Location
from engine.load.cases.remarks import Spelling, case_warning, odd_letters, same_subject, several_spellings
from engine.population.results import ORDER, SUBJECT, Results
from engine.population.rows import SEPARATOR

WARNED = 1_000
"""So many warnings of a kind are told one by one."""

NOT_PLAIN = "NOT regexp_matches(written, '^[ -~]*$')"
Placed = tuple[int, Diagnostic]
"""A warning with the place of its case in the population."""


def warnings(results: Results) -> tuple[tuple[Diagnostic, ...], tuple[tuple[str, int], ...]]:
    """The warnings in the order of the cases, and how many there are by code."""
    found = [*_same_subjects(results), *_of_spellings(results), *_of_cases(results)]
    counts = Counter(problem.code for _, problem in found)
    if results.has_doubled():
        ((counts["case/same-subject"],),) = results.database.query("SELECT sum(many - 1)::BIGINT FROM doubled")
    ordered = sorted(found, key=lambda item: (item[0], item[1].code, item[1].arguments))
    return tuple(problem for _, problem in ordered), tuple(sorted(counts.items()))


def _of_cases(results: Results) -> Iterator[Placed]:
    """The warnings about cases by themselves, each once, at the first of them."""
    named = f"SELECT regulation, unnest(string_split(told, '{SEPARATOR}')) AS item, {ORDER} AS place FROM rows"
    told: dict[tuple[str, ...], tuple[int, str, str, int]] = {}
    for regulation, item, number, place in results.database.query(
        f"SELECT regulation, item, count(*), min(place) FROM ({named} WHERE told <> '') GROUP BY ALL ORDER BY ALL"
    ):
        # Of odd letters the first in each part of a case is told, by whatever regulation the case is judged.
        key = tuple(item.split(" ")[:2]) if item.startswith("text/") else (regulation, item)
        told[key] = min(told.get(key, (place, regulation, item, number)), (place, regulation, item, number))
    for place, regulation, item, number in told.values():
        yield place, case_warning(regulation, item, number, results.location_at(place))


def _same_subjects(results: Results) -> list[Placed]:
    """The cases whose subject has an earlier case of the period."""
    rows = results.database.query(
        f"SELECT {ORDER} AS place, period, first FROM rows JOIN doubled USING ({SUBJECT})"
        f" WHERE {ORDER} > first ORDER BY place LIMIT {WARNED}"
    )
    at = results.location_at
    return [(place, same_subject(period, at(place), at(first))) for place, period, first in rows]


def _of_spellings(results: Results) -> list[Placed]:
    """The texts whose spelling differs from an earlier one only to a machine, and those that have one spelling, with a
    letter that is not what it seems."""
    several: list[Placed] = []
    odd: list[Placed] = []
    for within in results.sliced("form"):
        compared = f"SELECT * FROM ({_compared()}) WHERE form IS NOT NULL AND {within}"
        # A text with one spelling that is its own form and has plain letters only is nothing to look at.
        unusual = f"SELECT DISTINCT form FROM ({compared}) WHERE written <> form OR {NOT_PLAIN}"
        results.database.execute(
            "CREATE OR REPLACE TEMP TABLE spelled AS SELECT form, written, min(place) AS place, min(part) AS part,"
            f" count(*) OVER (PARTITION BY form) AS spellings FROM ({compared}) SEMI JOIN ({unusual}) USING (form)"
            " GROUP BY form, written"
        )
        several += _placed(results, "spellings > 1", several_spellings)
        odd += _placed(results, f"spellings = 1 AND {NOT_PLAIN}", odd_letters)
    return [warning for found in (several, odd) for warning in sorted(found, key=lambda item: item[0])[:WARNED]]


def _compared() -> str:
    """SQL that yields every text that is compared from case to case, and where it stands."""
    return " UNION ALL ".join(
        f'SELECT "like {name}" AS form, {name} AS written, {ORDER} AS place, {number} AS part FROM rows'
        for number, name in enumerate(("period", "cohort", "unit", "subject"))
    )


def _placed(
    results: Results, test: str, remarks: Callable[[Iterable[Spelling]], Iterator[Diagnostic]]
) -> Iterator[Placed]:
    """The first of the warnings about the texts in the table `spelled` that meet a condition."""
    places: dict[Location, int] = {}

    def spellings() -> Iterator[Spelling]:
        for form, written, place in results.database.stream(
            f"SELECT form, written, place FROM spelled WHERE {test} ORDER BY place, part, written"
        ):
            location = results.location_at(place)
            places[location] = place
            yield form, written, location

    for problem in islice(remarks(spellings()), WARNED):
        yield places[problem.location], problem
