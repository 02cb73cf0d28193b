"""Pieces of SQL for DuckDB: literals, and the names of files."""

import re
from collections.abc import Iterable
from pathlib import Path


def text(value: str) -> str:
    """A text as a literal of SQL."""
    return "'" + value.replace("'", "''") + "'"


def exactly(file: Path) -> str:
    """This very file: DuckDB takes `a[12]` for a pattern."""
    return text(re.sub(r"[*?\[]", lambda sign: f"[{sign[0]}]", str(file.absolute())))


def parquet(files: Iterable[Path]) -> str:
    """The rows of these very files. Of `ky=2024` in a path DuckDB would make a column."""
    return f"read_parquet([{', '.join(map(exactly, files))}], hive_partitioning = false)"
