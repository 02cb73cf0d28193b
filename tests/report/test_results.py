"""The results of a run: every format and language of the golden runs, as bytes; honest numbers; harmless cells.

A golden run is `tests/golden/results/<name>.ndjson`; beside it lies what each format makes of it, and as
`<name>.v1.ndjson` what version 1 of the records said. To renew them after
a change that is meant: `UPDATE_GOLDEN=1 pytest tests/report/test_results.py`, and read the difference.
"""

import csv
import io
import json
import os
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from support import TESTS
from support.small_regulation import SOURCE, library

from engine.api import evaluate
from engine.base.files import read_lines
from engine.base.json_text import parse_json
from engine.core.judge.case import Rejected
from engine.core.judge.record import Results
from engine.core.policy.terms import Text, Value
from engine.report.csv import COLUMNS
from engine.report.records.reading import read_records
from engine.report.records.writing import Writer, write_records
from engine.report.results import write
from engine.report.text import Layout
from engine.report.words import PHRASES, Words

GOLDEN = TESTS / "golden" / "results"
RUNS = sorted(path for path in GOLDEN.glob("*.ndjson") if "." not in path.stem)
FORMATS = {
    "vi.txt": ("text", "vi"), "en.txt": ("text", "en"), "brief.txt": ("text", "vi"), "json": ("json", "vi"),
    "v2.ndjson": ("ndjson", "vi"), "vi.csv": ("csv", "vi"), "en.csv": ("csv", "en"),
}  # fmt: skip
MORE = (
    f"""
kind: exemptions
id: more0
label: {{vi: Miễn, en: Exemptions}}
applies_to: [person]
exemptions:
  - id: long_away
    label: {{vi: Nghỉ dài, en: Away for long}}
    when: {{fact: leave.months, more_than: 9}}
    {SOURCE}
""",
    f"""
kind: triggers
id: more1
label: {{vi: Làm rõ, en: To clarify}}
applies_to: [person]
triggers:
  - id: marked
    label: {{vi: Có nhãn Q, en: Tagged Q}}
    when: {{fact: tags, includes: q}}
    {SOURCE}
""",
    f"""
kind: review_contents
id: more2
label: {{vi: Nội dung, en: Contents}}
applies_to: [person]
review_contents:
  - id: honesty
    label: {{vi: Trung thực, en: Honesty}}
    {SOURCE}
  - id: thrift
    label: {{vi: Tiết kiệm, en: Thrift}}
    {SOURCE}
""",
    f"""
kind: links
id: more3
label: {{vi: Ràng buộc, en: Links}}
applies_to: [person]
links:
  - id: not_above_body
    label: {{vi: Không cao hơn tập thể, en: Not above the body}}
    to: heads
    must: {{grade: not_above}}
    {SOURCE}
  - id: after_body
    label: {{vi: Sau tập thể, en: After the body}}
    to: heads
    must: {{order: not_before}}
    {SOURCE}
""",
)
DOCUMENTS: Mapping[str, Text] = {"small": Text("Quy định nhỏ", "Small regulation")}


@cache
def results_of(run: Path) -> Results:
    documents = []
    for number, line in read_lines(run, run.name):
        assert isinstance(line, str)
        try:
            documents.append(parse_json(run.name, line, number - 1))
        except Exception as problems:
            documents.append(Rejected(f"{run.name}:{number}", None, problems.diagnostics))  # type: ignore[attr-defined]
    return evaluate(library(*MORE), documents, verify=True)


def written(results: Results, form: str, language: str, **options: bool) -> str:
    stream = io.StringIO(newline="")
    if form in ("json", "ndjson"):
        write_records(results, form == "json", Writer(library(*MORE), {}), stream)
    else:
        write(results, form, Words(language, DOCUMENTS), stream, Layout(**options))
    return stream.getvalue()


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("run", RUNS, ids=lambda path: path.stem)
def test_a_golden_run_is_written_as_it_was_read_and_approved(run: Path, suffix: str) -> None:
    form, language = FORMATS[suffix]
    options = {"brief": True} if suffix == "brief.txt" else {}
    text = written(results_of(run), form, language, **options)
    golden = run.with_suffix(f".{suffix}")
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_bytes(text.encode())
    assert text.encode() == golden.read_bytes()


def test_there_are_golden_runs_for_outcomes_cohorts_and_rejected_cases() -> None:
    assert {run.stem for run in RUNS} >= {"every-outcome", "cohorts-and-links", "rejected"}


@pytest.mark.parametrize("run", RUNS, ids=lambda path: path.stem)
def test_records_read_back_are_what_version_one_wrote(run: Path) -> None:
    first = [json.loads(line) for line in run.with_suffix(".v1.ndjson").read_text(encoding="utf-8").splitlines()]
    for line in first:
        if line["record"] == "link":
            line["regulation"] = "small"
        if line["record"] == "quota":
            line["readings"] = []
    found = [record for record in read_records(run.with_suffix(".v2.ndjson")) if record["record"] != "ungrouped"]
    assert found == first


@pytest.mark.parametrize(
    ("value", "unit", "vi", "en"),
    [
        (Fraction(50), "percent", "50%", "50%"),
        (Fraction(99, 2), "percent", "49,5%", "49.5%"),
        (Fraction(100, 3), "percent", "33,33…%", "33.33…%"),
        (Fraction(49_999, 1_000), "percent", "49,99…%", "49.99…%"),
        (Fraction(50) - Fraction(1, 10**9), "percent", "49,99…%", "49.99…%"),
        (Fraction(-7, 4), None, "-1,75", "-1.75"),
        (7, "months", "7", "7"),
        (True, None, "có", "yes"),
        (False, None, "không", "no"),
        (date(2024, 1, 2), None, "02/01/2024", "2024-01-02"),
        (frozenset(), None, "không có gì", "none"),
        ("chữ", None, "chữ", "chữ"),
        (None, "percent", "chưa rõ", "not known"),
    ],
)
def test_a_value_never_looks_nearer_to_a_threshold_than_it_is(
    value: Value | None, unit: str | None, vi: str, en: str
) -> None:
    assert (Words("vi", {}).value(value, unit), Words("en", {}).value(value, unit)) == (vi, en)


def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless() -> None:
    text = written(results_of(GOLDEN / "rejected.ndjson"), "csv", "en")
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert "'=T-4" in [row[0] for row in rows]
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")]


def test_every_case_of_a_run_is_a_row_of_the_table() -> None:
    for run in RUNS:
        results = results_of(run)
        rows = list(csv.reader(io.StringIO(written(results, "csv", "vi"))))
        assert len(rows) == 1 + len(results.decisions) + len(results.rejected)


def test_colour_is_only_added_where_it_is_asked_for() -> None:
    results = results_of(GOLDEN / "every-outcome.ndjson")
    plain, coloured = written(results, "text", "vi"), written(results, "text", "vi", color=True)
    assert "\x1b[" not in plain
    assert "\x1b[" in coloured


def test_every_phrase_takes_the_same_words_in_both_languages() -> None:
    import re

    for vi, en in PHRASES.values():
        assert sorted(re.findall(r"{(\w+)}", vi)) == sorted(re.findall(r"{(\w+)}", en))


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="xml"):
        written(Results((), (), (), ()), "xml", "vi")
