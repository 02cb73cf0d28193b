"""`xeploai prove` as people call it: what is told, what is written, and what ends it."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support import ROOT
from support.command import run
from support.git import git
from support.policies import all_policies

from engine.versions.touched import touched

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


def test_what_z3_alone_shows_is_told() -> None:
    """Between two regulations no case is judged besides."""

    def told(regulation: str, name: str) -> str:
        return run("prove", regulation, "--property", name, "--lang", "en", *POLICIES).stdout

    between = told("mau-tinh-a-2024", "nobody_is_better_off")
    assert "z3 alone says so" in between
    assert "tried besides;" not in between
    counted = told("mau-tinh-a-2024", "too_few_exceeded_never_excellent")
    assert "z3 alone" not in counted
    assert "cases tried besides" in counted


def test_a_hook_proves_only_what_the_commit_changes(tmp_path: Path) -> None:
    """A layer is proved anew if what it builds on changes; tests of policies change nothing."""
    shutil.copytree(ROOT / "policies", tmp_path, dirs_exist_ok=True)

    def proved(file: str, old: str, new: str) -> tuple[str, str]:
        path = tmp_path / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        git(tmp_path, "add", "-A")
        done = run("prove", "--staged", "--lang", "en", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        git(tmp_path, "commit", "-qm", file)
        return done.stdout, done.stderr

    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    unchanged = "there is nothing to prove again"
    assert unchanged in proved("qd-124-2023/triggers.test.yaml", "label: {vi: ", "label: {vi: Thử – ")[1]
    out, told = proved("mau-tinh-a-2024/local_triggers.yaml", "kind:", "# a remark\nkind:")
    assert "mau-tinh-a-2024" in out and "qd-124-2023" not in out and unchanged not in told


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("qd-124-2023/links.yaml", {"qd-124-2023", "mau-tinh-a-2024"}),
        ("mau-tinh-a-2024/overlay.yaml", {"mau-tinh-a-2024"}),
        ("qd-366-2025/regulation.properties.yaml", {"qd-366-2025"}),
        ("qd-366-2025/links.test.yaml", set()),
        ("facts.yaml", {"qd-124-2023", "mau-tinh-a-2024", "qd-132-2018", "qd-366-2025"}),
    ],
)
def test_what_a_changed_file_touches(file: str, expected: set[str], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    with (tmp_path / "policies" / file).open("a", encoding="utf-8") as stream:
        stream.write("# a remark\n")
    assert touched(all_policies(), ROOT / "policies", tmp_path / "policies") == expected


def test_the_extra_is_named_if_the_solver_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.base.extras.find_spec", lambda name: None)
    done = run("prove", *POLICIES)
    assert done.returncode == 2
    assert "z3" in done.stderr
    assert "Traceback" not in done.stderr
