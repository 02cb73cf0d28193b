"""Tables as populations: a column a fact, the same rows as from NDJSON, bad rows by file and row."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from support.both_targets import line
from support.populations import SAMPLES, command


def flat(data: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in data.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and key != "evidence":
            found |= flat(value, "" if name == "facts" else f"{name}.")
        elif key == "evidence":
            found |= {f"evidence.{fact}": "; ".join(items) or "không" for fact, items in value.items()}
        else:
            found[name] = "; ".join(value) if isinstance(value, list) else value
    return found


def sample_rows() -> list[dict[str, Any]]:
    """Cases that leave no set empty: an empty cell says nothing, and an empty list says none."""
    found = []
    for path in sorted(SAMPLES.glob("*.json")):
        rows = flat(json.loads(path.read_text("utf-8")))
        rows = {name: "không" if value == "" and "practices" in name else value for name, value in rows.items()}
        found.append({name: value for name, value in rows.items() if value != "" and not name.startswith("$")})
    return found


def as_ndjson(tmp_path: Path) -> bytes:
    file = tmp_path / "same.ndjson"
    texts = [json.loads(path.read_text("utf-8")) for path in sorted(SAMPLES.glob("*.json"))]
    file.write_text("".join(line(data) + "\n" for data in texts), "utf-8")
    ended = command(file, "-o", tmp_path / "same.rows.ndjson")
    assert ended.returncode == 0, ended.stderr
    return (tmp_path / "same.rows.ndjson").read_bytes()


def table(tmp_path: Path, form: str, rows: list[dict[str, Any]]) -> Path:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    file = tmp_path / f"cases.{form}"
    data = tmp_path / "plain.json"
    whole = [{name: row.get(name) for name in columns} for row in rows]
    for row in whole:
        for name, value in row.items():
            row[name] = float(value) if isinstance(value, Decimal) else value
    data.write_text("\n".join(line(row) for row in whole), "utf-8")
    types = dict.fromkeys(columns, "VARCHAR")
    types |= {
        name: "BOOLEAN" if isinstance(value, bool) else "BIGINT"
        for row in rows
        for name, value in row.items()
        if isinstance(value, int)
    }
    with duckdb.connect() as database:
        database.execute(
            f"COPY (SELECT * FROM read_json('{data}', format = 'newline_delimited', columns = {types}))"
            f" TO '{file}' (FORMAT {form})"
        )
    return file


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_table_gives_the_same_rows(tmp_path: Path, form: str) -> None:
    ended = command(table(tmp_path, form, sample_rows()), "-o", tmp_path / "rows.ndjson")
    assert ended.returncode == 0, ended.stderr
    assert "13 cases: 13 judged" in ended.stdout
    given = (tmp_path / "rows.ndjson").read_bytes().splitlines()
    wanted = as_ndjson(tmp_path).splitlines()
    assert [json.loads(one) for one in given] == [json.loads(one) for one in wanted]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_bad_row_of_a_table_is_told_by_its_row(tmp_path: Path, form: str) -> None:
    rows = sample_rows()
    rows[2]["as_of"] = "31/02/2024"
    rows[5]["case_id"] = rows[0]["case_id"]
    file = table(tmp_path, form, rows)
    ended = command(file, "-o", tmp_path / "rows.ndjson")
    assert ended.returncode == 1
    assert "13 cases: 11 judged, 2 not." in ended.stdout
    assert "case/duplicate-id" in ended.stderr
    row = 4 if form == "csv" else 3
    assert f"{file}:{row}:" in ended.stderr


def test_a_parquet_file_cut_short_is_said(tmp_path: Path) -> None:
    file = table(tmp_path, "parquet", sample_rows())
    file.write_bytes(file.read_bytes()[:-200])
    good = tmp_path / "good.ndjson"
    good.write_text(line(json.loads(next(iter(sorted(SAMPLES.glob("*.json")))).read_text("utf-8"))), "utf-8")
    ended = command(file, good, "-o", tmp_path / "rows.ndjson")
    assert ended.returncode == 1
    assert "file/unreadable" in ended.stderr and str(file) in ended.stderr
    assert "1 cases: 1 judged" in ended.stdout
    assert len((tmp_path / "rows.ndjson.rejected.ndjson").read_text("utf-8").splitlines()) == 1


def test_headings_given_twice_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "twice.csv"
    file.write_text("case_id,period,as_of,subject.kind,period\nA,2024,2024-12-31,leader,2024\n", "utf-8")
    ended = command(file)
    assert ended.returncode == 1
    assert "table/" in ended.stderr and str(file) in ended.stderr
