"""The sums of a population, in DuckDB's SQL -> the same run by Spark: one tree, written in the other dialect.

What the dialects name alike and mean otherwise is put in words that mean the same in both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlglot import exp, parse_one


def in_spark(sql: str) -> str:
    """A query in DuckDB's dialect -> in Spark's."""
    return _written(parse_one(sql, read="duckdb"))


def _written(tree: Any) -> str:
    return str(tree.transform(_meant).sql(dialect="spark", identify=True))


def _meant(node: Any) -> Any:
    match node:
        case exp.Literal() if node.is_string and node.this == '["VARCHAR"]':
            return exp.Literal.string("array<string>")
        case exp.Join() if node.kind in ("SEMI", "ANTI"):
            node.set("side", "LEFT")
    return node


@dataclass
class SparkDatabase:
    """What the post-processing asks of a DuckDB connection, by a Spark session."""

    session: Any
    found: Any = None
    rest: Any = None
    tables: dict[str, Any] = field(default_factory=dict)

    def execute(self, sql: str, parameters: Sequence[object] = ()) -> "SparkDatabase":
        tree = parse_one(sql, read="duckdb")
        self.rest = None
        if isinstance(tree, exp.Create):
            name = tree.this.name
            frame = self.session.sql(_written(tree.expression), **_given(parameters))
            if name in self.tables:
                self.tables.pop(name).unpersist()
            if tree.kind == "TABLE":
                self.tables[name] = frame.persist()
            frame.createOrReplaceTempView(name)
        else:
            self.found = self.session.sql(_written(tree), **_given(parameters))
        return self

    def fetchall(self) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.found.collect()]

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        if self.rest is None:
            self.rest = self.found.toLocalIterator()
        return [tuple(row) for row in islice(self.rest, size)]

    def close(self) -> None:
        """The session belongs to whoever made it."""
        for frame in self.tables.values():
            frame.unpersist()


def _given(parameters: Sequence[object]) -> dict[str, Any]:
    return {"args": list(parameters)} if parameters else {}
