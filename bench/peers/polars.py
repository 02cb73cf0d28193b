"""Polars: one lazy query from the file to the answers; null is unknown in its logic too, so each rule stands once."""

from collections.abc import Iterable
from functools import reduce
from io import BytesIO
from operator import and_, or_
from pathlib import Path
from typing import Any

import polars as pl

from bench.answers import WORD, words
from bench.peers import Table
from bench.workload import Ladder, Test, Tree, Workload

NO = pl.lit(False)
_TYPES: dict[str, Any] = {
    "boolean": pl.Boolean, "integer": pl.Int64, "number": pl.Float64, "text": pl.String, "date": pl.String,
    "set": pl.List(pl.String),
}  # fmt: skip


def start(work: Workload) -> Table:
    def whole(source: Path, target: Path) -> None:
        columns(work, source).pipe(answers, work).sink_csv(target, include_header=False)

    def load(source: Path) -> pl.DataFrame:
        return columns(work, source).collect()

    def answer(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.lazy().pipe(answers, work).collect()

    return Table(whole, load, answer, lambda frame, target: frame.write_csv(target, include_header=False))


def columns(work: Workload, source: Path | BytesIO) -> pl.LazyFrame:
    """A file -> `case_id`, `kind` and a column for each fact; `name@member` of a set, `name@evidence` of evidence."""
    groups: dict[str, dict[str, Any]] = {}
    for name, fact in work.stated.items():
        group, _, key = name.partition(".")
        groups.setdefault(group, {})[key] = _TYPES[fact.type]
    schema = pl.Schema(
        {
            "case_id": pl.String,
            "subject": pl.Struct({"kind": pl.String}),
            "facts": pl.Struct({group: pl.Struct(keys) for group, keys in groups.items()}),
            "evidence": pl.Struct(dict.fromkeys(work.evidence, pl.List(pl.String))),
        }
    )
    lines = pl.scan_ndjson(source, schema=schema)
    asked: list[pl.Expr] = []
    for name, fact in work.facts.items():
        if fact.type == "set":
            asked += [_fact(name).list.contains(member).alias(f"{name}@{member}") for member in fact.options]
        elif parts := fact.parts:
            part, of = map(_fact, parts)
            asked.append(pl.coalesce(_fact(name), pl.when(of > 0).then(100 * part / of)).alias(name))
        else:
            asked.append(_fact(name).alias(name))
    asked += [(_field("evidence", name).list.len() > 0).alias(f"{name}@evidence") for name in work.evidence]
    return lines.select("case_id", _field("subject", "kind").alias("kind"), *asked)


def answers(cases: pl.LazyFrame, work: Workload) -> pl.LazyFrame:
    """Columns of facts -> the lines of the answers."""
    kind = pl.col("kind")
    everywhere = len(work.ladders)
    statuses = []
    for rule in work.rules:
        status = condition(rule.holds)
        status = status if len(rule.kinds) == everywhere else pl.when(kind.is_in(rule.kinds)).then(status)
        statuses.append(status.alias(f"r{rule.number}"))
    holds = [pl.col(f"r{rule.number}").fill_null(False) for rule in work.rules]
    fails = [~pl.col(f"r{rule.number}").fill_null(True) for rule in work.rules]
    masks = []
    for word in range(words(len(work.rules))):
        for name, columns in (("h", holds), ("f", fails)):
            masks.append(_mask(columns[word * WORD : (word + 1) * WORD]).alias(f"{name}{word}"))
    possible = pl.lit(None, pl.Int64)
    for name, ladder in work.ladders.items():
        possible = pl.when(kind == name).then(_possible(ladder, holds, fails)).otherwise(possible)
    return cases.with_columns(statuses).select("case_id", *masks, possible.alias("possible"))


def condition(tree: Tree) -> pl.Expr:
    if isinstance(tree, Test):
        return _test(tree)
    return reduce(and_ if tree.word == "and" else or_, map(condition, tree.parts))


def _test(test: Test) -> pl.Expr:
    value: Any = test.values[0] if test.values else None
    column = pl.col(test.fact)
    match test.sign:
        case "in" if isinstance(value, bool):
            return column if value else ~column
        case "in":
            return column == value if len(test.values) == 1 else column.is_in(list(test.values))
        case "not_in":
            return ~column.is_in(list(test.values))
        case "includes" | "excludes":
            found = pl.col(f"{test.fact}@{value}")
            return found if test.sign == "includes" else ~found
        case "named" | "unnamed":
            found = pl.col(f"{test.fact}@evidence")
            return found if test.sign == "named" else ~found
        case ">=":
            return column >= value
        case "<=":
            return column <= value
        case ">":
            return column > value
        case "<":
            return column < value
    raise ValueError(test.sign)


def _possible(ladder: Ladder, holds: list[pl.Expr], fails: list[pl.Expr]) -> pl.Expr:
    """As `bench.answers.grading`, in columns."""
    found: dict[int, pl.Expr] = {}
    on = pl.lit(True)
    for grade, mask in ladder.bars:
        held = _any(holds[bit] for bit in _bits(mask))
        maybe = ~_all(fails[bit] for bit in _bits(mask))
        found[grade] = found.get(grade, NO) | (on & (held | maybe))
        on = on & ~held
    for grade, mask in ladder.rungs:
        reached = _all(holds[bit] for bit in _bits(mask))
        lost = _any(fails[bit] for bit in _bits(mask))
        found[grade] = found.get(grade, NO) | (on & ~lost)
        on = on & ~reached
    found[ladder.otherwise] = found.get(ladder.otherwise, NO) | on
    return sum((one.cast(pl.Int64) * (1 << grade) for grade, one in found.items()), pl.lit(0, pl.Int64))


def _mask(columns: list[pl.Expr]) -> pl.Expr:
    return pl.sum_horizontal([column.cast(pl.Int64) * (1 << bit) for bit, column in enumerate(columns)])


def _any(columns: Iterable[pl.Expr]) -> pl.Expr:
    return reduce(or_, columns, NO)


def _all(columns: Iterable[pl.Expr]) -> pl.Expr:
    return reduce(and_, columns, pl.lit(True))


def _bits(mask: int) -> list[int]:
    return [bit for bit in range(mask.bit_length()) if mask >> bit & 1]


def _fact(name: str) -> pl.Expr:
    group, _, key = name.partition(".")
    return pl.col("facts").struct.field(group).struct.field(key)


def _field(name: str, key: str) -> pl.Expr:
    return pl.col(name).struct.field(key)
