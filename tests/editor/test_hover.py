"""What a name or a key means, for a person who points at it."""

import pytest
from support import ROOT
from support.workspaces import changed, opened, place_of

from engine.editor.hover import hover
from engine.editor.workspace import Workspace, open_workspace

GRADES, TESTS, CASE = "mau-2025/grades.yaml", "mau-2025/grades.test.yaml", "mau-2025/cases/to-01.json"
SAID: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a fact": (GRADES, "signs.complaints", (
        "**Fact** `signs.complaints`", "**Complaints not settled**", "*Số phản ánh chưa giải quyết*",
        "Question: How many complaints are not settled?", "whole number from 0", "Used at 2 places in policies",
        "Among them: Complaints not settled")),
    "a computed fact": (GRADES, "work.completed_percent", (
        "number from 0% to 100%", "Computed from: the second as a percentage of the first: Tasks assigned, Tasks"
        " completed")),
    "a fact of a case": (CASE, '"assigned"', ("**Fact** `work.assigned`", "How many tasks were assigned")),
    "a parameter": (GRADES, "high_percent}", (
        "**Share of tasks completed for High**", "**95%** from 2025-01-01", "*từ 95% việc được giao*", "in the text")),
    "a reading": (GRADES, "complaints_bar", ("**Interpretation**", "`barred`: ", "`ignored`: ", "**(chosen)**")),
    "a rule, by its test": ("mau-2025/triggers.test.yaml", "many_complaints", (
        "**Trigger** `triggers.many_complaints`", "at least 3", "*Tổ có từ 3 phản ánh chưa giải quyết")),
    "a rule of a reading": (GRADES, "complaints_open", ("Only where ", "**off**", "**assumed**")),
    "a grade": (TESTS, "high}", ("**Grade** `high`", "**High**", "*Đạt cao*")),
    "a document": (GRADES, "mau-2025", ("**Document** `mau-2025`", "Sample regulation", "2025-01-01")),
    "a key": (GRADES, "otherwise:", ("`otherwise`: A case that reaches no rung and meets no bar",)),
    "a value of a list": (GRADES, "stated", ("`stated`: stated: the source text shipped here says it",)),
}  # fmt: skip


@pytest.mark.parametrize("what", SAID)
def test_what_is_said(what: str) -> None:
    name, sought, parts = SAID[what]
    workspace = opened()
    path, place = place_of(workspace, name, sought, 2)
    shown = hover(workspace, path, place, "en")
    assert shown is not None
    for part in parts:
        assert part in shown.text, shown.text
    assert "](#" not in shown.text


def test_it_is_said_in_vietnamese() -> None:
    workspace = opened()
    shown = hover(workspace, *place_of(workspace, GRADES, "signs.complaints", 2), "vi")
    assert shown is not None
    for part in (
        "**Dữ kiện**",
        "**Số phản ánh chưa giải quyết**",
        "*Complaints not settled*",
        "số nguyên từ 0",
        "Dùng ở",
    ):
        assert part in shown.text


def test_nothing_is_said_of_the_words_of_a_person() -> None:
    workspace = opened()
    for sought in ("Tổ công tác được xếp mức nào", "Xong đủ việc"):
        assert hover(workspace, *place_of(workspace, GRADES, sought, 2), "vi") is None


def test_in_a_broken_file_what_stood_there_is_still_known() -> None:
    workspace = changed(opened(), GRADES, "otherwise:\n", "otherwise: [\n")
    shown = hover(workspace, *place_of(workspace, GRADES, "signs.complaints", 2), "en")
    assert shown is not None and "Complaints not settled" in shown.text


def test_of_a_rule_that_names_what_is_not_there_its_label_is_said() -> None:
    workspace = changed(opened(), GRADES, "fact: signs.complaints", "fact: signs.complaint")
    workspace = changed(workspace, GRADES, "complaints_bar: barred", "complaints: barred")
    shown = hover(workspace, *place_of(workspace, GRADES, "complaints_open", 2), "en")
    assert shown is not None and "Complaints not settled" in shown.text and "assumed" in shown.text


@pytest.fixture(scope="module")
def shipped() -> Workspace:
    return open_workspace(ROOT / "policies")


def test_every_defined_name_of_the_shipped_policies_can_be_pointed_at(shipped: Workspace) -> None:
    """In both languages, and nothing is said in the wrong one: a label is set apart by its stars."""
    from engine.editor.names import index_of

    index = index_of(shipped)
    for path, names in index.files.items():
        for mentions in names.values():
            for mention in mentions:
                if mention.defines:
                    shown = hover(shipped, path, (mention.span.line, mention.span.start), "vi")
                    assert shown is not None and "None" not in shown.text and "](#" not in shown.text, mention
