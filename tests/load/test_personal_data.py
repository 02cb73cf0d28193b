"""What a case says of the person is never shown by a message about it: no value, no line of the file."""

import json
from typing import Any

import pytest
from support.policies import all_policies

from engine.api import evaluate
from engine.base.json_text import Unread
from engine.load.cases.delimited import csv_rows
from engine.load.cases.headings import Headings
from engine.load.cases.tables import cases_in
from engine.report.diagnostics import render

NAME = "Lò Thị Bịa Đặt"
NUMBER = 79001234567
PARTS = ("Lò Thị", "Bịa", "Đặt", "79001234567", "9999999")
FIELDS = ("name", "position", "id", "unit")


def case(**subject: object) -> dict[str, Any]:
    return {
        "case_id": "T-1",
        "period": "2024",
        "as_of": "2024-12-31",
        "subject": {"kind": "non_leader", **subject},
        "facts": {"tasks": {"assigned": 20}},
    }


def values(field: str) -> dict[str, object]:
    """A field with a value that is not taken."""
    wrong = {
        "a list": [NAME], "an object": {"full": NAME}, "keys": {NAME: 1}, "too long": NAME * 40,
        "far too long": NAME * 999,
        "a control character": NAME + "\u0007", "a letter of no width": NAME + "\u200b", "half a pair": NAME + "\ud800",
        "a number": NUMBER, "a large number": int("9" * 40),
    }  # fmt: skip
    return {f"{field}: {what}": case(**{field: value}) for what, value in wrong.items()}


def texts(field: str) -> dict[str, str]:
    """A field that breaks the JSON around it."""
    right = json.dumps(case(**{field: NAME}), ensure_ascii=False)
    whole = f'"{NAME}"'
    broken = {
        "no quotation marks": right.replace(whole, NAME), "curly": right.replace(whole, f"“{NAME}”"),
        "single": right.replace(whole, f"'{NAME}'"), "unclosed": right.replace(whole, whole[:-1]),
        "inner": right.replace(whole, '"Lò "Thị" Bịa Đặt"'), "escape": right.replace(whole, f'"{NAME}\\x"'),
        "line break": right.replace(whole, '"Lò Thị\nBịa Đặt"'), "two commas": right.replace(whole, whole + ",,"),
        "no colon": right.replace(f'"{field}": ', f'"{field}" '), "a word more": right.replace(whole, f'{whole} "Bịa"'),
        "twice": right.replace(f'"{field}"', f'"{field}": {whole}, "{field}"'),
    }  # fmt: skip
    return {f"{field}: {what}": text for what, text in broken.items()}


OTHERS = {
    "a name for the kind": case() | {"subject": {"kind": NAME}},
    "a name for the subject": case() | {"subject": NAME},
    "a name in a list of subjects": case() | {"subject": [NAME]},
    "a name for a key": case(**{NAME: "x"}),
    "a relation that is an object": case(heads=[{"name": NAME}]),
    "a relation that is a number": case(heads=NUMBER),
    "a list for the case": case() | {"case_id": [NAME]},
    "own words that are a list": case() | {"statements": {"results": [NAME]}},
    "own words that are a number": case() | {"statements": {"results": int(f"{NUMBER}{'9' * 4000}")}},
    "own words for own words": case() | {"statements": NAME},
    "own words for a heading": case() | {"statements": {NAME: "x"}},
    "evidence that is a text": case() | {"evidence": {"tasks.completed": NAME}},
}
MISTAKES: dict[str, str] = {
    name: json.dumps(data) if "pair" in name else json.dumps(data, ensure_ascii=False, indent=2)
    for field in FIELDS
    for name, data in values(field).items()
} | {name: json.dumps(data, ensure_ascii=False) for name, data in OTHERS.items()}
for field in FIELDS:
    MISTAKES |= texts(field)


@pytest.mark.parametrize("file", ["case.json", "cases.ndjson"])
@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_what_a_case_says_of_the_person_shows_nothing_of_it(name: str, file: str) -> None:
    text = MISTAKES[name].replace("\n", " ") if file.endswith("ndjson") and "line break" not in name else MISTAKES[name]
    results = evaluate(all_policies(), [Unread(file, text, name=file)])
    assert results.rejected
    for language in ("vi", "en"):
        shown = render([one for case in results.rejected for one in case.diagnostics], language, {file: text})
        assert not [part for part in PARTS if part in shown], shown


@pytest.mark.parametrize("cell", [NAME * 40, NAME + "\u0007", f'"{NAME}', f"{NAME},{NAME},{NAME}", f'"{NAME}" {NAME}'])
@pytest.mark.parametrize("field", FIELDS)
def test_a_mistake_in_a_cell_about_the_person_shows_nothing_of_it(field: str, cell: str) -> None:
    text = f"case_id,period,as_of,subject.kind,subject.{field}\nT-1,2024,2024-12-31,non_leader,{cell}\nT-2,2024\n"
    headings = Headings(all_policies())
    lines = enumerate(text.splitlines(keepends=True), 1)
    results = evaluate(all_policies(), cases_in(csv_rows(lines, "cases.csv", headings), headings, "cases.csv"))
    assert results.rejected
    shown = render([one for case in results.rejected for one in case.diagnostics], "vi", {"cases.csv": text})
    assert not [part for part in PARTS if part in shown], shown


def test_a_mistake_elsewhere_is_still_shown_as_it_stands() -> None:
    text = json.dumps(case() | {"facts": {"tasks": {"asigned": 20}}}, indent=2)
    results = evaluate(all_policies(), [Unread("case.json", text, name="case.json")])
    assert '"asigned": 20' in render(results.rejected[0].diagnostics, "en", {"case.json": text})
