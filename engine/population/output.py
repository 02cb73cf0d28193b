"""The rows of a run -> one file: parquet, ndjson or csv, the same bytes however the cases were divided."""

from itertools import pairwise
from pathlib import Path

from engine.base.formulas import harmless_in_sql
from engine.base.version import FORMAT
from engine.base.writing import whole
from engine.population.results import DuckDatabase, Results
from engine.population.rows import COLUMNS, SEPARATOR, Kind
from engine.population.sql import text

GROUP = 122_880
"""So many rows a group of a Parquet file has."""


def write(results: Results, path: Path, form: str) -> None:
    """All rows to one file, in order. What was there is replaced once all is written. Raises Unwritable."""
    database = results.database
    assert isinstance(database, DuckDatabase)
    # Left to itself, DuckDB ends a group of rows at the end of a portion.
    groups = _groups(results) if form == "parquet" else ["TRUE"]
    columns = shown_columns(form)
    rows = " UNION ALL ".join(f"(SELECT {columns} FROM rows WHERE {group}{results.in_order})" for group in groups)
    formats = {
        "parquet": f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {GROUP}, KV_METADATA {{format: '{FORMAT}'}}",
        "ndjson": "FORMAT json",
        "csv": "FORMAT csv, HEADER",
    }
    with whole(path, private=True) as stream:
        # A single thread holds one group of rows and is as quick as two, which hold many.
        database.execute("SET threads = 1")
        database.execute(f"COPY ({rows}) TO {text(stream.name)} ({formats[form]}, USE_TMP_FILE false)")
        database.execute(f"SET threads = {results.run.threads}")


def _groups(results: Results) -> list[str]:
    """SQL conditions that divide the rows into groups of GROUP, each for a group of the Parquet file."""
    numbered = f"SELECT portion, line, row_number() OVER ({results.in_order}) AS number FROM rows"
    starts = results.database.query(
        f"SELECT portion, line FROM ({numbered}) WHERE number % {GROUP} = 1 AND number > 1 ORDER BY number"
    )
    return [
        # From the first condition DuckDB knows which files it need not read.
        f"portion BETWEEN {first} AND {last} AND (portion > {first} OR line >= {line})"
        f" AND (portion < {last} OR line < {end})"
        for (first, line), (last, end) in pairwise([(0, 0), *starts, (2**31 - 1, 0)])
    ]


def shown_columns(form: str) -> str:
    """The columns of a file of this form, as SQL. Each line of NDJSON says its format, and the metadata of Parquet."""
    number = [f"{FORMAT} AS format"] if form == "ndjson" else []
    return ", ".join([*number, *(_shown(name, kind, form) for name, kind in COLUMNS.items())])


def _shown(name: str, kind: Kind, form: str) -> str:
    column = f'"{name}"'
    if form == "ndjson" and kind == "list":
        return f"CASE WHEN {column} = '' THEN [] ELSE string_split({column}, '{SEPARATOR}') END AS {column}"
    if form == "csv" and kind == "text":
        return f"{harmless_in_sql(column)} AS {column}"
    return column
