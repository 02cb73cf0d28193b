"""The texts of decided rows in the form in which they are compared from case to case."""

import json

from engine.base.likeness import PLAIN, alike
from engine.load.cases.periods import period_alike

PERIOD = "[0-9]{4}(-Q[1-4]|-[0-9]{4})?"
"""A year, a quarter, or a term of several years, as a period in its own form is written."""
PLAIN_IN_LIST = r"[!#-\[\]-~]+( [!#-\[\]-~]+)*"
"""A plain text within a list of JSON."""


def plain_form(column: str) -> str:
    """The pattern of texts of a column that are certainly their own form."""
    if column == "period":
        return PERIOD
    return rf'\[("{PLAIN_IN_LIST}"(,"{PLAIN_IN_LIST}")*)?\]' if column.startswith("to ") else PLAIN


def form(column: str, written: str) -> str:
    """A text of a column in the form in which it is compared; relations are JSON lists of ids."""
    if column == "period":
        return period_alike(written)
    if column.startswith("to "):
        return json.dumps(list(map(alike, json.loads(written))), ensure_ascii=False, separators=(",", ":"))
    return alike(written)
