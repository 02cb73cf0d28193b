"""A text that a spreadsheet would take for a formula, and run.

A file with commas is often opened by one that looks for semicolons or tabs: what stands behind one of these is then the
start of a cell, as is what stands behind the end of a line.
"""

import re

AFTER = ";\t\r\n"
"""Behind each of these a cell can start."""
PATTERN = r"""^[\t\r\n]|(^|[;\t\r\n])[ "'\t\r\n]*[=+\-@＝＋－＠]"""
"""The same for every kind of regular expressions. Spreadsheets take signs of full width for others."""
GUARD = "'"
_RUNS = re.compile(PATTERN)


def harmless(text: str) -> str:
    """The text with a mark at the start of every cell, if one of them would be run."""
    if not _RUNS.search(text):
        return text
    return GUARD + re.sub(f"([{AFTER}])", rf"\1{GUARD}", text)


def harmless_in_sql(column: str) -> str:
    """The same as SQL, for a column of texts."""
    guarded = column
    for letter in AFTER:
        guarded = f"replace({guarded}, chr({ord(letter)}), chr({ord(letter)}) || chr({ord(GUARD)}))"
    pattern = PATTERN.replace("'", "''")
    return f"CASE WHEN regexp_matches({column}, '{pattern}') THEN chr({ord(GUARD)}) || {guarded} ELSE {column} END"
