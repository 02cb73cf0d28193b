"""Texts that a spreadsheet would take for a formula and run, made harmless.

A spreadsheet may split a comma-separated file at semicolons or tabs instead, so a formula can also begin behind one of
these, and behind the end of a line.
"""

import re

AFTER = ";\t\r\n"
"""A cell can begin behind each of these characters."""
_SIGN = r"""[ "'\t\r\n]*[=+\-@＝＋－＠]"""
PATTERN = rf"^[\t\r\n]|(^|[;\t\r\n]){_SIGN}"
"""A text that would be run, for Python's and DuckDB's regular expressions. Full-width signs count as well."""
GUARD = "'"
_RUNS = re.compile(PATTERN)
_BEGINS = re.compile(rf"[\t\r\n]|{_SIGN}")


def begins_formula(text: str) -> bool:
    """Would a cell that holds this text alone be run?"""
    return _BEGINS.match(text) is not None


def harmless(text: str) -> str:
    """The text, with `GUARD` before everything that could begin a cell if any of it would be run."""
    if not _RUNS.search(text):
        return text
    return GUARD + re.sub(f"([{AFTER}])", rf"\1{GUARD}", text)


def harmless_in_sql(column: str) -> str:
    """`harmless` as an SQL expression over a column of texts."""
    guarded = column
    for letter in AFTER:
        guarded = f"replace({guarded}, chr({ord(letter)}), chr({ord(letter)}) || chr({ord(GUARD)}))"
    pattern = PATTERN.replace("'", "''")
    return f"CASE WHEN regexp_matches({column}, '{pattern}') THEN chr({ord(GUARD)}) || {guarded} ELSE {column} END"
