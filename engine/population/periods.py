"""Periods and regulations of cases as SQL over their typed headers: `period`, `as_of`, and the regulation `named`."""

from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import QUARTERS
from engine.population.conditions import text

PERIOD = "[0-9]{4}(-Q[1-4]|-[0-9]{4})?"
"""A year, a quarter, or a term of several years."""


def outside_sql(months_after: int) -> str:
    """The SQL that is true if the day of review is none of its period's, which ends so many months after the period."""
    year, last = "period[1:4]::INTEGER", "CASE WHEN period[6] BETWEEN '0' AND '9' THEN period[6:9] ELSE period[1:4] END"
    month = "CASE WHEN period[6] = 'Q' THEN 3 * period[7]::INTEGER ELSE 12 END"
    first = f"make_date({year}, CASE WHEN period[6] = 'Q' THEN 3 * period[7]::INTEGER - 2 ELSE 1 END, 1)"
    end = f"last_day(make_date(({last})::INTEGER, {month}, 1))"
    known = f"regexp_full_match(period, {text(PERIOD)}) AND period[1:4] > '0000' AND period_kind IS NOT NULL"
    return f"CASE WHEN {known} THEN as_of < {first} OR as_of > {end} + INTERVAL {months_after} MONTH ELSE FALSE END"


def period_kind_sql() -> str:
    """The kind of a case's period; NULL for a text that is none."""
    quarters = " ".join(f"WHEN '{number}' THEN '{quarter}'" for number, quarter in enumerate(QUARTERS, 1))
    return (
        "CASE WHEN regexp_full_match(period, '[0-9]{4}') THEN 'year'"
        f" WHEN regexp_full_match(period, '[0-9]{{4}}-Q[1-4]') THEN CASE period[7] {quarters} END"
        " WHEN regexp_full_match(period, '[0-9]{4}-[0-9]{4}') AND period[1:4] < period[6:9] THEN 'term' END"
    )


def regulation_sql(library: Library) -> str:
    """The regulation that judges a case: the one that it names, else the only one in force. NULL if there is none."""
    base = [regulation for regulation in library.regulations.values() if regulation.extends is None]
    if not base:
        return "NULL::VARCHAR"
    number = " + ".join(f"({_in_force(regulation)})::INTEGER" for regulation in base)
    named = " ".join(
        f"WHEN named = {text(regulation.id)} AND {_in_force(regulation)} THEN {text(regulation.id)}"
        for regulation in library.regulations.values()
    )
    in_force = " ".join(f"WHEN {_in_force(regulation)} THEN {text(regulation.id)}" for regulation in base)
    return f"CASE {named} WHEN named IS NOT NULL THEN NULL WHEN {number} <> 1 THEN NULL {in_force} END"


def _in_force(regulation: Regulation) -> str:
    until = regulation.in_force_until
    last = "" if until is None else f" AND as_of <= DATE '{until.isoformat()}'"
    return f"(as_of >= DATE '{regulation.in_force_from.isoformat()}'{last})"
