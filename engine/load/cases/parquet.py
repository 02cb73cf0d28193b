"""A Parquet file -> rows of plain cells, as `tables` takes them: a column a fact, one case a row."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.base.diagnostics import Location, Problems, diagnostic
from engine.base.files import name_of, opened
from engine.load.cases.rows import Row

AT_ONCE = 2_000


def parquet_rows(path: Path) -> Iterator[Row]:
    """The names of the columns, then the rows. Raises Problems where the file cannot be read."""
    import duckdb

    name = name_of(path)
    try:
        # By its number, an open file is that very file: DuckDB takes `a[12]` for a pattern, `ky=2024` for a column.
        with opened(path) as stream, duckdb.connect(config={"autoload_known_extensions": False}) as database:
            source = f"read_parquet('/dev/fd/{stream.fileno()}', hive_partitioning = false)"
            columns = database.execute(f"DESCRIBE FROM {source}").fetchall()
            # Of a short float DuckDB would give Python digits that nobody wrote.
            quoted = ['"' + one[0].replace('"', '""') + '"' for one in columns]
            named = zip(quoted, columns, strict=True)
            parts = [f"{column}::VARCHAR" if one[1] == "FLOAT" else column for column, one in named]
            # A row in which nothing stands costs next to nothing on the disk: it must not become objects of Python.
            cells = [f"c{place}" for place in range(len(columns))]
            found = database.execute(
                f"FROM (SELECT row_number() OVER (), {', '.join(parts)} FROM {source}) AS t(number, {', '.join(cells)})"
                f" WHERE {' OR '.join(f'{cell} IS NOT NULL' for cell in cells)}"
            )
            yield Row(name, 0, [one[0] for one in columns])
            floats = {place for place, one in enumerate(columns) if one[1] in ("FLOAT", "DOUBLE")}
            while batch := found.fetchmany(AT_ONCE):
                for number, *values in batch:
                    yield Row(name, number, [_plain(value, place in floats) for place, value in enumerate(values)])
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        vi = "nội dung không đúng định dạng"
        raise Problems([diagnostic("file/unreadable", Location(name), reason_vi=vi, reason=reason)]) from None


def _plain(cell: Any, is_float: bool) -> Any:
    """A float is data here, not what a spreadsheet computed: the number that its shortest digits state."""
    if not is_float or cell is None:
        return cell
    number = float(cell)
    return Decimal(repr(number)) if number - number == 0 else number
