"""What runs on Spark's executors, on plain rows: cases into typed columns, classes of incomplete cases, and single
cases by durable-rules, for the referee and for what SQL does not take.

Every function takes the rows of a partition and yields others; a task that is run again yields the same ones.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from engine.cases import Case
from engine.cohorts import Decided
from engine.columns import GRID, LARGEST
from engine.compiler import Choices
from engine.decoding import Decoder
from engine.diagnostics import Problems
from engine.evaluation import Engine
from engine.layouts import GIVERS
from engine.model import Fact, Library, Value
from engine.population import plain_rejected
from engine.portions import Portion
from engine.records import UNDETERMINED, Rejected
from engine.rows import Row, row_of
from engine.sources import line_text, read_text
from engine.sql_target import GroupKey, Shared
from engine.values import derive, rank

TYPED, ASIDE, EMPTY, UNREADABLE = "typed", "aside", "empty", "unreadable"


@dataclass(frozen=True)
class Work:
    """What executors are told about a run, each once."""

    library: Library
    regulation: str | None
    switches: Choices
    run: str
    """Differs from run to run."""
    facts: tuple[str, ...]
    evidence: tuple[str, ...]
    relations: tuple[str, ...]

    def __getstate__(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in self.__dataclass_fields__}

    @cached_property
    def shared(self) -> Shared:
        return Shared(self.library, self.regulation, self.switches)

    @cached_property
    def decoder(self) -> Decoder:
        return Decoder(self.library)

    @cached_property
    def engine(self) -> Engine:
        """Belongs to the process, and ends with it."""
        return Engine(self.library, self.switches, readings=False)


# --- cases into columns ---


def typed_rows(told: Any, rows: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """(text or None where the file is to be read, file, where its block begins, source number) -> where the case is,
    what became of it, and its columns."""
    work: Work = told.value
    nothing = (None,) * (14 + len(work.facts) + len(work.evidence) + len(work.relations))
    block, number = None, 0
    for content, file, start, source in rows:
        number = number + 1 if (file, start) == block else 1
        block = file, start
        state, columns = _read(work, content, file)
        yield (file, start, number, source, state, *(columns or nothing))


def _read(work: Work, content: bytes | None, file: str) -> tuple[str, tuple[Any, ...] | None]:
    try:
        text = read_text(Path(file)) if content is None else line_text(bytes(content), file, 1)
    except Problems:
        return (UNREADABLE if content is None else ASIDE), None
    if content is not None and not text.strip():
        return EMPTY, None
    case = work.decoder.case(file, text, work.regulation)
    columns = None if case is None else columns_of(case, work)
    return (ASIDE, None) if columns is None else (TYPED, columns)


def columns_of(case: Case, work: Work) -> tuple[Any, ...] | None:
    """A case as `layouts.Reading` has it in columns; None where they cannot hold it exactly."""
    vocabulary = work.library.vocabulary
    facts = []
    for name in work.facts:
        value, fact = case.values.get(name), vocabulary.facts[name]
        # SQL derives what can be derived.
        if value is not None and fact.derived is not None and derive(fact.derived, case.values, vocabulary) is not None:
            value = None
        plain = None if value is None else _plain(value, fact)
        if plain is None and value is not None:
            return None
        facts.append(plain)
    covered = None if case.covered is None else _listed(sorted(case.covered))
    if covered is not None and "\\" in covered:
        return None
    subject, named = case.subject, case.evidence_named
    return (
        case.case_id, case.regulation, case.period, case.period_kind, case.as_of,
        subject.kind, subject.id, subject.unit, subject.cohort, covered,
        *(case.grades.get(by) for by in GIVERS), case.decided_on,
        *facts,
        *(named.get(name) for name in work.evidence),
        *(_listed(subject.relations[name]) if name in subject.relations else None for name in work.relations),
    )  # fmt: skip


def _plain(value: Value, fact: Fact) -> Any:
    match value:
        case bool():
            return value
        case int() | Fraction():
            number = Fraction(value)
            if abs(number) >= LARGEST or (number * GRID).denominator != 1:
                return None
            return value if isinstance(value, int) else Decimal(number.numerator) / Decimal(number.denominator)
        case frozenset():
            listed = _listed(sorted(value))
            return None if "\\" in listed else listed
        case str() if fact.options:
            place: int = rank(value, fact)
            return place
    return value


def _listed(names: Sequence[str]) -> str:
    return json.dumps(names, ensure_ascii=False, separators=(",", ":"))


# --- classes ---


def closed_rows(told: Any, keys: Sequence[GroupKey], rows: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """(group, number, rules that hold, that are unknown, facts and evidence) -> what is possible in truth."""
    work: Work = told.value
    for group, number, held, unknown, *values in rows:
        by = work.shared.judge(keys[group])
        assert by is not None
        what, is_new = work.shared.close(keys[group], by, work.facts, work.evidence, held, unknown, values)
        order = (*by.live.grades, UNDETERMINED)
        bits = sum(1 << order.index(one) for one in what.possible)
        yield number, bits, what.exact, what.missing, is_new


# --- one by one ---


def judged_rows(told: Any, places: Any, rows: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """(number, portion, line in it, text) -> number, the rejected case as JSON or None, and the columns of its row."""
    work: Work = told.value
    columns = work.shared.columns
    for number, portion, line, content in rows:
        found = _judged(work, places.value[portion], line, content)
        if isinstance(found, Rejected):
            yield number, json.dumps(plain_rejected(line, found), ensure_ascii=False), *((None,) * len(columns))
        else:
            row = _row(work, found)
            yield number, None, *(_cell(row[name], kind) for name, kind in columns.items())


def _cell(value: Any, kind: str) -> Any:
    if kind == "day" and value is not None:
        return date.fromisoformat(value)
    # Spark takes no kind of text but `str`.
    return str(value) if isinstance(value, str) else value


def differences(told: Any, places: Any, rows: Iterable[Any]) -> Iterator[tuple[str, str, str, str]]:
    """(portion, line in it, text, row by SQL, rule results by SQL) -> each case that durable-rules decides otherwise:
    where, what, and how by either."""
    work: Work = told.value
    for portion, line, content, row, results in rows:
        place: Portion = places.value[portion]
        found = _judged(work, place, line, content)
        file, number = place.place(line)
        where = f"{file}:{number}: {row['case_id']}"
        if isinstance(found, Rejected):
            yield where, "the case", "accepted", "refused"
            continue
        other = _row(work, found)
        pairs: list[tuple[str, object, object]] = [
            (name, row[name], other[name]) for name in other if row[name] != other[name]
        ]
        pairs += [(name, results[name], one) for name, one in found.results.items() if results[name] is not one]
        for name, sql, engine in pairs[:1]:
            yield where, name, repr(sql), repr(engine)


def _judged(work: Work, place: Portion, line: int, content: bytes | None) -> Decided | Rejected:
    document = place.document(line, b"" if content is None else bytes(content))
    assert document is not None
    return document if isinstance(document, Rejected) else work.engine.case(document, work.regulation, {})


def _row(work: Work, one: Decided) -> Row:
    return row_of(one, work.engine.judge(one.case).live) | work.shared.between.of(one)


def plain_row(columns: Mapping[str, str], values: Sequence[Any]) -> Row:
    """The values of a row as Spark gives them -> a row."""
    return {
        name: value.isoformat() if kind == "day" and value is not None else value
        for (name, kind), value in zip(columns.items(), values, strict=True)
    }
