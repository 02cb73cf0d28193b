"""The period of a case, however it is spelled -> its kind, its days, the one form in which it is compared."""

import re
from datetime import date
from functools import cache, lru_cache

from engine.base.likeness import alike, tidy
from engine.base.words import tables
from engine.core.policy.terms import QUARTERS, PeriodKind, ReviewDays

_PERIOD = re.compile(r"(?P<year>[0-9]{4})(-Q(?P<quarter>[1-4])|-(?P<last>[0-9]{4}))?")
YEARS_OF_TERM = 5
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}


@cache
def _spellings() -> tuple[re.Pattern[str], ...]:
    """What people write for a year, a quarter and a term."""
    year = r"(?P<year>[0-9]{4})"
    years, quarters, terms = (
        f"(?:{'|'.join(tables('typed', 'period')[kind])})" for kind in ("year", "quarter", "term")
    )
    quarter = rf"{quarters} ?(?P<quarter>[1-4]|iv|i{{1,3}})"
    patterns = (
        rf"{years}? ?{year}",
        rf"{quarter} ?(?:{years}|of|[-/,.])? ?(?:{years} )?{year}",
        rf"{year} ?[-/,.]? ?{quarter}",
        rf"{terms}? ?{year} ?[-/] ?(?P<last>[0-9]{{4}})",
    )
    return tuple(re.compile(alike(pattern), re.IGNORECASE) for pattern in patterns)


def meant(period: str) -> str:
    """`2025`, `2025-Q3` or `2020-2025` for every way to write it; other texts tidied."""
    text = alike(period)
    if _PERIOD.fullmatch(text):
        return text
    for spelling in _spellings():
        if match := spelling.fullmatch(text):
            parts = match.groupdict()
            quarter = (parts.get("quarter") or "").lower()
            after = f"-Q{_ROMAN.get(quarter, quarter)}" if quarter else f"-{parts['last']}" if parts.get("last") else ""
            return f"{parts['year']}{after}"
    return tidy(period)


@lru_cache(maxsize=1_000)
def period_alike(period: str) -> str:
    """The form in which a period is compared."""
    return alike(meant(period))


def period_kind(period: str) -> PeriodKind | None:
    """`2025` is a year, `2025-Q3` a quarter, `2020-2025` a term; None for any other text."""
    parts = _PERIOD.fullmatch(meant(period))
    if parts is None or (parts["last"] and parts["last"] <= parts["year"]):
        return None
    return QUARTERS[int(parts["quarter"]) - 1] if parts["quarter"] else "term" if parts["last"] else "year"


def written_period(kind: PeriodKind, year: int) -> str:
    """The period of a kind that begins in a year: `2025`, `2025-Q3`, `2025-2030`."""
    if kind in QUARTERS:
        return f"{year}-Q{QUARTERS.index(kind) + 1}"
    return f"{year}-{year + YEARS_OF_TERM}" if kind == "term" else str(year)


def days_of(period: str) -> tuple[date, date] | None:
    """The first and last day of a period; None for any other text."""
    parts = _PERIOD.fullmatch(meant(period))
    if parts is None or period_kind(period) is None or int(parts["year"]) == 0:
        return None
    year, last = int(parts["year"]), int(parts["last"] or parts["year"])
    if parts["quarter"]:
        month = 3 * int(parts["quarter"])
        return date(year, month - 2, 1), date(year, month, 31 if month in (3, 12) else 30)
    return date(year, 1, 1), date(last, 12, 31)


def review_days(period: str, months: int) -> tuple[date, date] | None:
    """The first and last day on which a period may be reviewed, so many months after it at the latest."""
    days = days_of(period)
    return None if days is None else (days[0], months_after(days[1], months))


def outside(allowed: ReviewDays | None, period: str, day: date, *, warned: bool) -> tuple[date, date] | None:
    """The first and last day on which a period may be reviewed, if this day is outside of them; otherwise None.

    `warned`: look only if the vocabulary warns of such a day, instead of only if it refuses it."""
    days = review_days(period, allowed.months_after) if allowed is not None and allowed.warned is warned else None
    return None if days is None or days[0] <= day <= days[1] else days


def months_after(day: date, months: int) -> date:
    """The same day so many months later, the last of the month if it has no such day."""
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date.max
