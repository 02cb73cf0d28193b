"""The limit: DuckDB reads the facts of every case into typed columns and writes a line a case, and answers nothing."""

from pathlib import Path

import duckdb

from bench.peers import Table
from bench.workload import BenchFact, Workload

_TYPES = {"boolean": "BOOLEAN", "integer": "BIGINT", "number": "DOUBLE", "set": "VARCHAR[]"}


def start(work: Workload) -> Table:
    """`copies` writes what it read, so that reading and writing are both of whole cases."""

    def whole(source: Path, target: Path) -> None:
        duckdb.sql(
            f"COPY (SELECT case_id, (facts IS NULL)::INT, (evidence IS NULL)::INT, 0 FROM {reading(work, source)}) "
            f"TO '{target}' (FORMAT csv, HEADER false)"
        )

    return Table(whole)


def start_copy(work: Workload) -> Table:
    def whole(source: Path, target: Path) -> None:
        duckdb.sql(f"COPY (SELECT * FROM {reading(work, source)}) TO '{target}' (FORMAT json)")

    return Table(whole)


def reading(work: Workload, source: Path) -> str:
    groups: dict[str, list[BenchFact]] = {}
    for name, fact in work.stated.items():
        groups.setdefault(name.partition(".")[0], []).append(fact)
    facts = ", ".join(f'"{group}" STRUCT({", ".join(map(_column, members))})' for group, members in groups.items())
    evidence = ", ".join(f'"{name}" VARCHAR[]' for name in work.evidence)
    columns = {
        "case_id": "VARCHAR",
        "subject": "STRUCT(kind VARCHAR)",
        "facts": f"STRUCT({facts})",
        **({"evidence": f"STRUCT({evidence})"} if evidence else {"evidence": "JSON"}),
    }
    listed = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
    return f"read_json('{source}', format = 'newline_delimited', columns = {{{listed}}})"


def _column(fact: BenchFact) -> str:
    return f'"{fact.name.partition(".")[2]}" {_TYPES.get(fact.type, "VARCHAR")}'
