"""`xeploai prove` as people call it: what is told, what is written, and what ends it."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support import ROOT
from support.command import run

POLICIES = ("--policies", str(ROOT / "policies"))
BROKEN, HELD = "person_disciplined_never_excellent", "bars_agree"


def test_the_case_that_breaks_a_property_is_told_in_a_sentence_and_written(tmp_path: Path) -> None:
    done = run("prove", "qd-124-2023", "--property", BROKEN, "--witnesses", str(tmp_path / "cases"), *POLICIES)
    assert done.returncode == 0, done.stderr
    assert "ĐIỀU VĂN BẢN KHÔNG GIỮ" in done.stdout
    assert "Bị xử lý kỷ luật trong năm đánh giá: có" in done.stdout
    assert "được xếp “Hoàn thành xuất sắc nhiệm vụ”" in done.stdout
    (file,) = (tmp_path / "cases").iterdir()
    (case,) = json.loads(run("evaluate", str(file), "--format", "json", *POLICIES).stdout)["cases"]
    assert case["grading"]["grade"] == "excellent"


def test_programs_read_the_verdicts(tmp_path: Path) -> None:
    every = ("prove", "qd-124-2023", "--property", HELD, "--property", BROKEN, "--lang", "en", *POLICIES)
    properties = {item["id"]: item for item in json.loads(run(*every, "--format", "json").stdout)["properties"]}
    assert {name: item["verdict"] for name, item in properties.items()} == {HELD: "holds", BROKEN: "fails"}
    assert all(item["as_expected"] for item in properties.values())
    assert properties[BROKEN]["cases"][0]["possible"] == ["excellent"]
    assert properties[BROKEN]["elsewhere"]["verdict"] == "holds"
    suite = ElementTree.fromstring(run(*every, "--format", "junit").stdout)[0]
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("qd-124-2023", "2", "0")


def test_the_extra_is_named_if_the_solver_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.base.extras.find_spec", lambda name: None)
    done = run("prove", *POLICIES)
    assert done.returncode == 2
    assert "z3" in done.stderr
    assert "Traceback" not in done.stderr
