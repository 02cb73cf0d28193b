"""Awkward cases in every format, and whether `evaluate` and `population` give one answer for them.

    PYTHONPATH=tests .venv/bin/python -m support.alike 20000

makes that many, a fifth in each format, and says how many cases were judged, refused, and answered differently.
"""

import json
import os
import random
import sys
import tempfile
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
from openpyxl import Workbook

from engine.base.diagnostics import Diagnostic, Location
from engine.core.judge.case import Rejected
from engine.core.judge.engine import Engine
from engine.core.policy.regulation import Library
from engine.load.cases.paths import table_cases, unread_cases
from engine.load.cases.reading import CaseReader
from engine.population.decider import Options
from engine.population.results import opened_results
from engine.population.rows import COLUMNS, row_of
from engine.population.run import Run
from support.both_targets import line
from support.target import PIECES, WRITTEN, balanced, derived_library, sound_case, spoilt

LIBRARY = derived_library(random.Random(5), {})
Answer = dict[str, dict[str, Any]]
Refusals = list[tuple[str, str]]


def by_evaluate(library: Library, path: Path) -> tuple[Answer, Refusals]:
    """The rows by case id, and what is refused by its place."""
    rows: Answer = {}
    refused: Refusals = []
    reader, seen = CaseReader(library), dict[str, Any]()
    with Engine(library) as engine:
        for document in unread_cases((str(path),), library, "en", lambda problem: None):
            case = document if isinstance(document, Rejected) else reader.read(document, None, seen)
            if isinstance(case, Rejected):
                refused += [place_of(one) for one in case.diagnostics]
            else:
                one = engine.decide(case)
                rows[case.case_id] = row_of(one, engine.judge(case).live)
    return rows, sorted(refused)


def by_population(library: Library, path: Path, folder: Path) -> tuple[Answer, Refusals]:
    table = partial(table_cases, library=library, language="en", tell=lambda problem: None)
    run = Run(library, folder, Options(referee=30), table=table)
    done = run.over([str(path)])
    with opened_results(run, done) as results:
        names = list(COLUMNS)
        columns = ", ".join(f'"{name}"::VARCHAR' for name in names)
        found = results.database.query(f"SELECT {columns} FROM rows")
        refused = [place_of(each) for one in results.rejected() for each in one.diagnostics]
    return {row[0]: dict(zip(names, row, strict=True)) for row in found}, sorted(refused)


def place_of(one: Diagnostic) -> tuple[str, str]:
    """A case that repeats an id is told by its line alone."""
    place = one.location if one.code != "case/duplicate-id" else Location(one.location.file, one.location.line)
    return str(place), one.code


def plain(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def alike(path: Path, folder: Path, library: Library = LIBRARY) -> tuple[int, int]:
    """How many cases were judged, and how many diagnostics the others have. Raises AssertionError if the two differ."""
    wanted, refused = by_evaluate(library, path)
    rows, others = by_population(library, path, folder)
    assert rows.keys() == wanted.keys(), sorted(rows.keys() ^ wanted.keys())[:5]
    for case_id, row in wanted.items():
        other = rows[case_id]
        differing = {name: (other[name], value) for name, value in row.items() if other[name] != plain(value)}
        assert not differing, (case_id, differing)
    assert others == refused, sorted(set(others) ^ set(refused))[:5]
    return len(rows), len(refused)


def awkward(chance: random.Random, number: int) -> bytes:
    """A case, most with something in it that is written otherwise, or wrong."""
    match chance.randrange(7):
        case 0:
            return line(sound_case(number)).encode()
        case 1:
            return spoilt(chance, number).encode()
        case 2:
            return json.dumps(sound_case(number)).encode()
        case 3:
            name, value = chance.choice([(b"a", b"20"), (b"x", b"0.1"), (b"y", b"0.5")])
            text = line(sound_case(number)).encode()
            return text.replace(b'"%s":%s' % (name, value), b'"%s":%s' % (name, chance.choice(WRITTEN)))
        case 4:
            return chance.choice(balanced(line(sound_case(number)))).encode()
    text = line(sound_case(number)).encode()
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(PIECES) + text[place + chance.randint(0, 3) :]


def ndjson(chance: random.Random, folder: Path, count: int) -> Path:
    ends = [b"\n", b"\n", b"\n", b"\r\n", b"\n\n"]
    path = folder / chance.choice(["cases.ndjson", "cases.JSONL", "cases", "a[12].ndjson"])
    path.write_bytes(b"".join(awkward(chance, number) + chance.choice(ends) for number in range(count)))
    return path


def files(chance: random.Random, folder: Path, count: int) -> Path:
    below = folder / "cases"
    below.mkdir()
    for number in range(count):
        text = awkward(chance, number)
        if chance.random() < 0.5:
            text = text.replace(b",", chance.choice([b",\n", b",\r\n  ", b",\r"]))
        name = chance.choice([b"%d.json", b"%d.JSON", b"h\xff%d.json"]) % number
        with open(os.path.join(os.fsencode(below), name), "wb") as stream:
            stream.write(text)
    return below


CELLS: list[Any] = [
    None, "", " ", "20", "20.0", "20,0", "1e3", "1e99999999999999999999", "1e-400", "49.999999999999999",
    "1.234", "1,234", "-0", "không", "có", "true", "TRUE", "p", "p; q", "p;p", "r", "Đề án", 'quo"te', "back\\slash",
    "tab\tin", "a\u0301", "\u200b", "\u00a0", "x" * 10_001, "2024-02-29", "29/02/2024", "2024-02-30", "low", "top",
    "=1+1", "#N/A", "NaN", "Infinity", "{}", "[]", "null", "\U0001f600", "<b>", "1" * 400, "9" * 20,
]  # fmt: skip
NUMBERS: list[Any] = [
    0,
    20,
    -1,
    4999,
    2**53 + 1,
    2**63 - 1,
    0.1,
    0.5,
    49.99999999999999,
    1e-300,
    1e300,
    1 / 3,
    -0.0,
    True,
]
HEADINGS = ["case_id", "period", "as_of", "subject.kind", "subject.cohort", "evidence.a"]
COLUMN = ["a", "b", "c.x", "c.y", "done", "day", "word", "level", "tags"]


def rows_of(chance: random.Random, more: list[Any], count: int) -> list[list[Any]]:
    """Rows of cells below the headings, each with a cell or two that are awkward."""
    found: list[list[Any]] = [[*HEADINGS, *COLUMN]]
    for number in range(count):
        row: list[Any] = [
            f"C-{number}", "2024", "2024-12-31", "person", "Nhóm", "Đề án",
            20, 7, 0.1, 0.5, "có", "2024-02-29", "Đề án", "low", "p",
        ]  # fmt: skip
        for _ in range(chance.choice([0, 1, 1, 2])):
            row[chance.randrange(len(row))] = chance.choice([*CELLS, *more])
        found.append(row)
    return found


def csv(chance: random.Random, folder: Path, count: int) -> Path:
    mark, end = chance.choice([",", ";", "\t"]), chance.choice(["\n", "\r\n"])
    rows = rows_of(chance, NUMBERS, count)
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    quoted = [['"' + cell.replace('"', '""') + '"' if chance.random() < 0.7 else cell for cell in row] for row in texts]
    content = end.join(mark.join(row) for row in quoted).encode() + end.encode()
    for _ in range(chance.choice([0, 0, 1, 3])):
        place = chance.randrange(200, len(content))
        content = content[:place] + chance.choice(PIECES) + content[place:]
    path = folder / chance.choice(["cases.csv", "cases.CSV", "cases.tsv"])
    path.write_bytes(content)
    return path


def xlsx(chance: random.Random, folder: Path, count: int) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    more = [*NUMBERS, date(2024, 2, 29), datetime(2024, 2, 29, 12, 30), 45351]
    for row in rows_of(chance, more, count):
        sheet.append([cell if not isinstance(cell, str) or len(cell) < 30_000 else None for cell in row])
    path = folder / chance.choice(["cases.xlsx", "cases.XLSX"])
    book.save(path)
    return path


TYPES = {
    "a": ["INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "FLOAT", "DECIMAL(18,6)", "VARCHAR", "UTINYINT"],
    "b": ["INTEGER", "DOUBLE", "VARCHAR"], "c.x": ["DOUBLE", "FLOAT", "DECIMAL(38,10)", "VARCHAR"], "c.y": ["DOUBLE"],
    "done": ["BOOLEAN", "VARCHAR", "INTEGER"], "day": ["DATE", "TIMESTAMP", "VARCHAR"], "word": ["VARCHAR", "BLOB"],
    "level": ["VARCHAR", "ENUM('low', 'mid', 'top')"], "tags": ["VARCHAR[]", "VARCHAR", "INTEGER[]"],
    "evidence.a": ["VARCHAR[]", "VARCHAR", "JSON"], "case_id": ["VARCHAR", "BIGINT", "UUID"],
    "period": ["VARCHAR", "INTEGER"], "as_of": ["DATE", "VARCHAR", "TIMESTAMPTZ"],
}  # fmt: skip
VALUES = {
    "FLOAT": ["0.1", "20", "49.99999", "'NaN'", "'inf'", "NULL"],
    "DOUBLE": ["0.1", "20", "49.99999999999999", "0.1 + 0.2", "1e300", "1e-300", "'NaN'", "'-inf'", "-0.0", "NULL"],
    "VARCHAR[]": ["[]", "['p']", "['p', 'q']", "['p', NULL]", "['r']", "[' ']", "NULL", "['p; q']"],
    "INTEGER[]": ["[]", "[1]", "NULL"], "BOOLEAN": ["true", "false", "NULL"], "BLOB": ["'\\xAA'::BLOB", "NULL"],
    "DATE": ["'2024-02-29'", "'2024-12-31'", "'infinity'", "NULL"], "TIMESTAMP": ["'2024-02-29'", "'2024-02-29 12:00'"],
    "TIMESTAMPTZ": ["'2024-12-31 00:00:00+07'"], "UUID": ["uuid()"], "JSON": ["'[\"x\"]'", "NULL"],
    "VARCHAR": ["'20'", "'Đề án'", "'có'", "''", "' '", "NULL", "'2024-12-31'", "'1,5'", "'a; b'", "chr(8203)"],
}  # fmt: skip


def parquet(chance: random.Random, folder: Path, count: int) -> Path:
    columns = {name: chance.choice(types) if chance.random() < 0.08 else types[0] for name, types in TYPES.items()}
    rows = []
    for number in range(count):
        cells = {"case_id": f"'{number}'", "period": "'2024'", "as_of": "'2024-12-31'", "subject.kind": "'person'"}
        if columns["case_id"] == "UUID":
            cells["case_id"] = f"'00000000-0000-0000-0000-{number:012}'"
        for name, kind in columns.items():
            if name not in cells or chance.random() < 0.03:
                usual = ["'low'", "NULL"] if name == "level" else ["20", "7", "NULL"]
                cells[name] = chance.choice(usual if name == "level" else VALUES.get(kind, usual))
        rows.append(", ".join(f'{cells[name]}::{columns.get(name, "VARCHAR")} AS "{name}"' for name in cells))
    path = folder / chance.choice(["cases.parquet", "a[12].parquet", "cases.PARQUET"])
    (folder / "a1.parquet").write_bytes(b"another file")
    with duckdb.connect() as database:
        selects = " UNION ALL BY NAME ".join(f"SELECT {row}" for row in rows)
        where = str(path).replace("'", "''")
        database.execute(f"COPY ({selects}) TO '{where}' (FORMAT parquet)")
    return path


FORMATS: dict[Callable[[random.Random, Path, int], Path], tuple[int, int]] = {
    ndjson: (60, 1000), files: (25, 500), csv: (40, 250), xlsx: (40, 250), parquet: (40, 250),
}  # fmt: skip
"""How many cases a file has in a test, and in a long run."""


def main(count: int, seed: int) -> int:
    """How many files were answered differently."""
    differing = 0
    for make, (_, size) in FORMATS.items():
        judged = refused = 0
        for number in range(-(-count // len(FORMATS) // size)):
            with tempfile.TemporaryDirectory() as folder:
                (Path(folder) / "in").mkdir()
                path = make(random.Random(f"{seed}/{make.__name__}/{number}"), Path(folder) / "in", size)
                try:
                    more, others = alike(path, Path(folder) / "run")
                    judged, refused = judged + more, refused + others
                except AssertionError as difference:
                    differing += 1
                    print(f"{make.__name__} {number}: {difference}", flush=True)
        print(f"{make.__name__}: {judged} judged, {refused} diagnostics of refused cases", flush=True)
    print(f"files that differ: {differing}")
    return differing


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0) > 0)
