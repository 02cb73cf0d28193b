"""Warnings about cases that are judged all the same: where each stands, and in the words of its file."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.small_regulation import library

from engine.api import evaluate
from engine.base.diagnostics import Diagnostic
from engine.load.cases.paths import unread_cases

CASE: dict[str, Any] = {
    "case_id": "C-1",
    "period": "2024",
    "as_of": "2024-12-31",
    "subject": {"kind": "person", "id": "P-1"},
    "facts": {},
}


def warnings(file: Path) -> list[tuple[str, str]]:
    """The warnings about the cases of a file: place in the file, and message."""

    def said(problem: Diagnostic) -> tuple[str, str]:
        return str(problem.location).removeprefix(f"{file}:"), f"{problem.message('vi')} {problem.help('vi') or ''}"

    results = evaluate(library(), unread_cases((str(file),), library(), "vi", lambda problem: None))
    assert not results.rejected
    return [said(problem) for problem in results.warnings]


def test_a_share_in_a_table_is_warned_of_at_its_cell_by_its_heading(tmp_path: Path) -> None:
    table = tmp_path / "cases.csv"
    heading = library().vocabulary.facts["work.extra_percent"].label.vi
    table.write_text(
        f"case_id;period;as_of;subject.kind;{heading}\nA;2024;2024-12-31;person;\nB;2024;2024-12-31;person;0,69\n"
        "C;2024;2024-12-31;person;0,7\n",
        "utf-8",
    )
    ((place, message),) = warnings(table)
    assert place == "3:26"
    assert f"`{heading}`" in message
    assert "work.extra_percent" not in message
    assert "2 hồ sơ" in message


def test_a_share_in_json_is_warned_of_at_its_value(tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps({**CASE, "facts": {"work": {"extra_percent": 0.69}}}, indent=1), "utf-8")
    ((place, message),) = warnings(file)
    assert place == "11:21"
    assert "`work.extra_percent`" in message


@pytest.mark.parametrize("text", ["Bieân baûn kieåm tra", "Biªn b¶n kiÓm tra"])
@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("subject", "cohort"), 8),
        (("subject", "unit"), 8),
        (("subject", "name"), 8),
        (("evidence", "mark.one"), 12),
    ],
)
def test_a_text_in_a_legacy_font_is_noticed_where_it_stands(
    path: tuple[str, str], line: int, text: str, tmp_path: Path
) -> None:
    case = json.loads(json.dumps({**CASE, "evidence": {}}))
    case[path[0]][path[1]] = [text] if path[0] == "evidence" else text
    file = tmp_path / "case.json"
    file.write_text(json.dumps(case, indent=1, ensure_ascii=False), "utf-8")
    ((place, message),) = warnings(file)
    assert place.split(":")[0] == str(line)
    assert "bảng mã cũ" in message
    assert ("Biên bản kiểm tra" in message) == (path[1] != "name")


def test_a_legacy_font_in_a_column_of_evidence_is_told_once_at_its_first_cell(tmp_path: Path) -> None:
    table = tmp_path / "cases.csv"
    rows = [f"{name};2024;2024-12-31;person;Bieân baûn {name}" for name in ("A", "B")]
    table.write_text("\n".join(["case_id;period;as_of;subject.kind;evidence.mark.one", *rows]), "utf-8")
    ((place, message),) = warnings(table)
    assert (place, "Biên bản A" in message) == ("2:26", True)
