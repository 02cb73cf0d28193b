"""A Parquet file -> rows of plain cells, as `tables` takes them: a column a fact, one case a row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.base.diagnostics import Diagnostic, Location, diagnostic
from engine.base.documents import LINE_LIMIT, MEGABYTE, refuse
from engine.base.files import name_of, opened
from engine.base.words import words
from engine.load.cases.headings import MOST_COLUMNS
from engine.load.cases.rows import Row

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

AT_ONCE, BYTES_AT_ONCE = 2_000, 20 * MEGABYTE
MEMORY = 1_000 * MEGABYTE
UNFOLDED, UNFOLDED_PER_BYTE = 100 * MEGABYTE, 200
"""The cells of a file may hold so many bytes, and so many more for each byte of the file."""
MOST_UNFOLDED = 1_000 * MEGABYTE
"""The cells of no file may hold more bytes, however large it is: every cell becomes a Python object."""
ROWS = 100_000
"""A file may hold so many rows that are not empty, and one more for each of its bytes."""
VALUE_SIZE = 8
"""The size that a number, a day or a boolean counts with."""


@dataclass(frozen=True)
class _Column:
    name: str
    type: str

    @property
    def quoted(self) -> str:
        return '"' + self.name.replace('"', '""') + '"'

    @property
    def cell(self) -> str:
        """SQL for the cell. DuckDB would give Python digits of a short float that nobody wrote; a column for people
        alone is not read."""
        if self.name.lstrip().startswith("#"):
            return "NULL"
        return f"{self.quoted}::VARCHAR" if self.type == "FLOAT" else self.quoted

    @property
    def size(self) -> str:
        """SQL for the bytes of a cell that is not NULL."""
        if self.type in ("VARCHAR", "BLOB"):
            return "octet_length({})" if self.type == "BLOB" else "strlen({})"
        has_parts = self.type.endswith("]") or self.type.startswith(("STRUCT", "MAP", "UNION", "VARIANT", "JSON"))
        return "strlen({}::VARCHAR)" if has_parts else str(VALUE_SIZE)


def parquet_rows(path: Path) -> Iterator[Row | Diagnostic]:
    """The names of the columns as row 0, then the rows that are not empty. A row of more than `LINE_LIMIT` bytes comes
    as a diagnostic.

    Raises Problems if the file cannot be read, or unfolds to far more than its size.
    """
    import duckdb

    name = name_of(path)
    # By its number, an open file is that very file: DuckDB takes `a[12]` for a pattern, `ky=2024` for a column.
    settings: dict[str, Any] = {
        "autoload_known_extensions": False,
        "memory_limit": f"{MEMORY // MEGABYTE}MB",
        "temp_directory": "",
    }
    try:
        with opened(path) as stream, duckdb.connect(config=settings) as database:
            source = f"'/dev/fd/{stream.fileno()}'"
            table = f"read_parquet({source}, hive_partitioning = false)"
            columns = [_Column(*about[:2]) for about in database.execute(f"DESCRIBE FROM {table}").fetchall()]
            yield Row(name, 0, [column.name for column in columns])
            if len(columns) > MOST_COLUMNS:
                return
            _refuse_packed(database, source, path)
            cells = [f"c{index}" for index in range(len(columns))]
            # A row without any value costs next to nothing on the disk: it must not become Python objects.
            rows = (
                f"(FROM (SELECT row_number() OVER (), {', '.join(column.cell for column in columns)} FROM {table})"
                f" AS t(number, {', '.join(cells)}) WHERE {' OR '.join(f'{cell} IS NOT NULL' for cell in cells)})"
            )
            largest = _largest_row(database, rows, columns, path)
            yield from _rows(database, rows, columns, largest, name)
    except duckdb.OutOfMemoryException:
        refuse("table/unfolds", Location(name), limit=MEMORY // MEGABYTE)
    except duckdb.Error as error:
        about = {"reason_vi": words("files")["damaged"]["vi"], "reason": str(error).splitlines()[0]}
        refuse("file/unreadable", Location(name), **about)


def _refuse_packed(database: "DuckDBPyConnection", source: str, path: Path) -> None:
    """Raises Problems if the file itself says that its pages unfold to more than they may."""
    query = f"SELECT coalesce(sum(total_uncompressed_size), 0) FROM parquet_metadata({source})"
    (unfolded,) = database.execute(query).fetchall()[0]
    _refuse_unfolded(unfolded, path)


def _refuse_unfolded(size: int, path: Path) -> None:
    limit = min(MOST_UNFOLDED, UNFOLDED + UNFOLDED_PER_BYTE * path.stat().st_size)
    if size > limit:
        refuse("table/unfolds", Location(name_of(path)), limit=limit // MEGABYTE)


def _largest_row(database: "DuckDBPyConnection", rows: str, columns: Sequence[_Column], path: Path) -> int:
    """An upper limit of the bytes in one row. Raises Problems if there are more rows, or more bytes in all their cells,
    than a file of this size may have: a value that a page holds once may be the value of a million rows."""
    cells = [(f"c{index}", column.size) for index, column in enumerate(columns)]
    sizes = [f"CASE WHEN {cell} IS NOT NULL THEN {size.format(cell)} END" for cell, size in cells]
    measures = ", ".join(f"coalesce(sum({size}), 0), coalesce(max({size}), 0)" for size in sizes)
    count, *measured = database.execute(f"SELECT count(*), {measures} FROM {rows}").fetchall()[0]
    limit = ROWS + path.stat().st_size
    if count > limit:
        refuse("table/too-many-rows", Location(name_of(path)), count=count, limit=limit)
    _refuse_unfolded(sum(measured[::2]), path)
    return int(sum(measured[1::2]))


def _rows(
    database: "DuckDBPyConnection", rows: str, columns: Sequence[_Column], largest: int, name: str
) -> Iterator[Row | Diagnostic]:
    cells = [f"c{index}" for index in range(len(columns))]
    if largest > LINE_LIMIT:
        sizes = ", ".join(column.size.format(cell) for cell, column in zip(cells, columns, strict=True))
        rows = f"(SELECT *, list_sum([{sizes}]) > {LINE_LIMIT} AS is_large FROM {rows})"
        cells = [f"CASE WHEN NOT is_large THEN {cell} END" for cell in cells]
    else:
        rows = f"(SELECT *, false AS is_large FROM {rows})"
    floats = {index for index, column in enumerate(columns) if column.type in ("FLOAT", "DOUBLE")}
    result = database.execute(f"SELECT number, is_large, {', '.join(cells)} FROM {rows}")
    while batch := result.fetchmany(max(1, min(AT_ONCE, BYTES_AT_ONCE // max(1, min(largest, LINE_LIMIT))))):
        for number, is_large, *values in batch:
            row = Row(name, number, [_plain(value, index in floats) for index, value in enumerate(values)])
            yield diagnostic("table/line-too-long", row.location(), limit=LINE_LIMIT // MEGABYTE) if is_large else row


def _plain(cell: Any, is_float: bool) -> Any:
    """A float is data here, not what a spreadsheet computed: the number that its shortest digits state."""
    if not is_float or cell is None:
        return cell
    number = float(cell)
    return Decimal(repr(number)) if number - number == 0 else number
