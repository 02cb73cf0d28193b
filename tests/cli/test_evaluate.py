"""Names, posts, births and party cells: in no output, unless the person who runs the command asks for them."""

import io
import json
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import duckdb
import pytest
from support import ROOT
from support.command import run

PERSON = {"name": "Lò Thị Bịa", "position": "Trưởng Bịa", "born": "1911-11-11", "party_cell": "Chi bộ Bịa"}
PLANTED = ("Bịa", "1911")
FORMATS = ("text", "json", "ndjson", "csv", "html", "xlsx")
SAMPLES = ROOT / "policies" / "qd-366-2025" / "cases"


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """Three sample cases with the particulars of a person, and one that is refused."""
    folder = tmp_path / "cases"
    folder.mkdir()
    for number in ("01", "04", "07"):
        (sample,) = SAMPLES.glob(f"{number}-*.json")
        data = json.loads(sample.read_text(encoding="utf-8"))
        data["subject"] |= PERSON
        data["statements"] = {"strengths": "Tự viết: Bịa"}
        (folder / sample.name).write_text(json.dumps(data, ensure_ascii=False, indent=2), encoding="utf-8")
    data["case_id"], data["subject"]["born"] = "HS-refused", "11/11/1911"
    (folder / "refused.json").write_text(json.dumps(data, ensure_ascii=False, indent=2), encoding="utf-8")
    return folder


def texts(path: Path) -> Iterator[str]:
    """All that a file says, whatever packs it."""
    content = path.read_bytes()
    if path.suffix == ".parquet":
        yield str(duckdb.sql(f"SELECT * FROM '{path}'").fetchall())
    elif zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(path) as archive:
            yield from (unescape(archive.read(name).decode(errors="replace")) for name in archive.namelist())
    else:
        yield content.decode(errors="replace")


@pytest.mark.parametrize(
    "verb",
    [
        *(f"evaluate CASES --format {form} -o OUT/r.{form}" for form in FORMATS),
        "explain CASES --case HS-2025-04", "sensitivity --cases CASES -o OUT/s.txt", "verify OUT/r.json --cases CASES",
        "table proposal CASES -o OUT/t.docx", "table summary CASES -o OUT/t.xlsx", "dossier CASES -o OUT/d.html",
        "dossier CASES --format docx -o OUT/d.docx", "impact qd-124-2023 qd-366-2025 --cases CASES -o OUT/i.html",
        "population LINES -o OUT/p.parquet --html OUT/p.html", "population LINES -o OUT/all",
    ],
)  # fmt: skip
def test_no_output_says_who_a_person_is(verb: str, cases: Path, tmp_path: Path) -> None:
    out, lines = tmp_path / "out", tmp_path / "lines.ndjson"
    out.mkdir()
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(cases.iterdir())]
    lines.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
    if verb.startswith("verify"):
        run("evaluate", cases, "--format", "json", "-o", out / "r.json")
    places = {"CASES": str(cases), "LINES": str(lines)}
    words = [places.get(word, word).replace("OUT", str(out)) for word in verb.split()]
    ran = run(*words)
    assert ran.returncode in (0, 1), ran.stderr
    said = [ran.stdout, ran.stderr, *(text for path in out.rglob("*") if path.is_file() for text in texts(path))]
    assert any("2025" in text for text in said)
    assert not [text for text in said if any(part in text for part in PLANTED)]


@pytest.mark.parametrize("form", ["text", "html", "xlsx"])
def test_an_output_names_people_beside_the_ids_if_asked(form: str, cases: Path, tmp_path: Path) -> None:
    file = tmp_path / f"r.{form}"
    ran = run("evaluate", cases, "--format", form, "-o", file, "--names")
    said = "".join(texts(file))
    assert "Lò Thị Bịa" in said and "Trưởng Bịa" in said and "S-04" in said
    assert not any(part in said + ran.stderr for part in ("1911", "Chi bộ Bịa", "Tự viết"))


def test_records_never_name_people(cases: Path) -> None:
    ran = run("evaluate", cases, "--format", "json", "--names")
    assert ran.returncode == 2 and ran.stdout == ""
