"""Which papers a dossier must hold, what is missing and what is dated wrongly: by Regulation 366, which lists few."""

import json
from typing import Any

import pytest
from support.command import run
from support.policies import POLICIES

SAMPLE = POLICIES / "qd-366-2025/cases/07-non-leader-three-quarters-of-tasks.json"
CASE: dict[str, Any] = json.loads(SAMPLE.read_text("utf-8"))


def told(tmp_path: Any, documents: list[dict[str, str]], *options: str, **facts: Any) -> Any:
    """The dossier of a case with these papers, as the command writes it in JSON."""
    file = tmp_path / "case.json"
    stated = {**CASE["facts"], **facts}
    file.write_text(json.dumps({**CASE, "facts": stated, "documents": documents}), "utf-8")
    done = run("dossier", file, "--format", "json", *options)
    assert done.returncode == 0, done.stderr
    (dossier,) = json.loads(done.stdout)["dossiers"]
    return dossier


def statuses(dossier: Any) -> dict[str, str]:
    return {paper["paper"]: paper["status"] for paper in dossier["papers"]}


IN_ORDER = [
    {"kind": "self_review", "date": "2025-12-05"},
    {"kind": "minutes", "date": "2025-12-05"},
    {"kind": "result", "date": "2025-12-20"},
]


@pytest.mark.parametrize(
    ("prompted", "expected"), [(None, "maybe_missing"), (True, "missing"), (False, None)]
)  # fmt: skip
def test_a_paper_is_owed_if_its_condition_holds(prompted: bool | None, expected: str | None, tmp_path: Any) -> None:
    found = statuses(told(tmp_path, IN_ORDER, procedure={"prompted": prompted}))
    assert found.pop("prompt", None) == expected
    assert found == dict.fromkeys(("self_review", "minutes", "result"), "there")


def test_what_is_not_filed_is_missing_and_a_paper_of_a_collective_is_none_of_a_person(tmp_path: Any) -> None:
    dossier = told(tmp_path, [{"kind": "report", "date": "2025-12-05"}], procedure={"prompted": False})
    assert statuses(dossier) == dict.fromkeys(("self_review", "minutes", "result"), "missing")
    assert [paper["kind"] for paper in dossier["others"]] == ["report"]


def test_no_paper_is_dated_before_the_period_or_before_one_above_it(tmp_path: Any) -> None:
    documents = [dict(document) for document in IN_ORDER]
    documents[0]["date"], documents[2]["date"] = "2024-12-31", "2025-12-04"
    wrong = {
        paper["paper"]: paper["misdated"]
        for paper in told(tmp_path, documents, procedure={"prompted": False})["papers"]
        if paper["misdated"]
    }
    assert wrong == {
        "self_review": [{"date": "2024-12-31", "before": "period"}],
        "result": [{"date": "2025-12-04", "before": "minutes"}],
    }


def test_who_is_not_reviewed_owes_no_paper(tmp_path: Any) -> None:
    dossier = told(tmp_path, [], membership={"exempt_from_work_and_activity": True})
    assert (dossier["exempt"], dossier["papers"]) == (True, [])


def test_the_name_of_a_file_may_be_a_name_and_is_shown_with_names_alone(tmp_path: Any) -> None:
    documents = [{**IN_ORDER[0], "file": "nguyen-van-an.pdf"}]
    assert "file" not in told(tmp_path, documents)["papers"][1]["filed"][0]
    assert told(tmp_path, documents, "--names")["papers"][1]["filed"][0]["file"] == "nguyen-van-an.pdf"


def test_it_comes_as_text_and_for_word(tmp_path: Any) -> None:
    text = run("dossier", SAMPLE).stdout
    assert "✗ Biên bản hội nghị kiểm điểm: chưa có [Hướng dẫn 43-HD/BTCTW, Mẫu 04 (2)" in text
    done = run("dossier", SAMPLE, "--format", "docx", "-o", tmp_path / "out.docx")
    assert done.returncode == 0 and (tmp_path / "out.docx").stat().st_size
