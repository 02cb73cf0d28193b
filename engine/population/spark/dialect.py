"""The sums of a population, in DuckDB's SQL -> the same run by Spark: one tree, written in the other dialect.

What the dialects name alike and mean otherwise is put in words that mean the same in both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class SparkDatabase:
    """A Spark session that takes the SQL of the sums."""

    session: Any
    tables: dict[str, Any] = field(default_factory=dict)

    def execute(self, sql: str) -> None:
        """Run a statement. A view or a table takes the place of one of the same name."""
        tree = parse_one(sql, read="duckdb")
        if not isinstance(tree, exp.Create):
            self.session.sql(_written(tree))
            return
        name = tree.this.name
        frame = self.session.sql(_written(tree.expression))
        if name in self.tables:
            self.tables.pop(name).unpersist()
        if tree.kind == "TABLE":
            self.tables[name] = frame.persist()
        frame.createOrReplaceTempView(name)

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        given = {"args": list(parameters)} if parameters else {}
        return [tuple(row) for row in self.session.sql(in_spark(sql), **given).collect()]

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, few of them in memory."""
        return map(tuple, self.session.sql(in_spark(sql)).toLocalIterator())

    def add_cases(self, table: str, cases: Sequence[Sequence[object]]) -> None:
        """A new table of cases: portion, line, id, and the form in which the id is compared."""
        schema = "portion INT, line LONG, case_id STRING, form STRING"
        self.session.createDataFrame([tuple(case) for case in cases], schema).createOrReplaceTempView(table)

    def close(self) -> None:
        """Lets go of the tables. The session belongs to whoever made it."""
        for frame in self.tables.values():
            frame.unpersist()
