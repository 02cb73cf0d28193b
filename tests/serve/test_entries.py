"""What a case says line by line, and how the changes of two people are put together."""

from copy import deepcopy
from typing import Any

import pytest
from support import ROOT
from support.policies import all_policies

from engine.core.policy.regulation import Library
from engine.report.words import Words, document_labels
from engine.serve.studio.entries import edits, entries, merged, plain_of, readable_data

SAMPLE = ROOT / "policies" / "qd-366-2025" / "cases" / "05-leader-low-confidence.json"


@pytest.fixture(scope="module")
def library() -> Library:
    return all_policies()


@pytest.mark.parametrize(
    ("mine", "theirs", "both"),
    [
        ({"a": 2, "b": 1}, {"a": 1, "b": 3}, {"a": 2, "b": 3}),
        ({"a": 2, "b": 1}, {"a": 4, "b": 1}, {"a": 2, "b": 1}),
        ({"a": 1, "b": 1, "c": 5}, {"a": 1, "b": 1, "d": 6}, {"a": 1, "b": 1, "c": 5, "d": 6}),
        ({"b": 1}, {"a": 1, "b": 2}, {"b": 2}),
        ({"a": 1, "b": 1}, {"b": 1}, {"b": 1}),
        ({"a": {"x": 1}, "b": 1}, {"a": {"y": 2}, "b": 1}, {"a": {"x": 1, "y": 2}, "b": 1}),
    ],
)
def test_what_two_people_changed_is_put_together(mine: Any, theirs: Any, both: Any) -> None:
    base = {"a": 1, "b": 1} if mine.get("a") != {"x": 1} else {"a": {}, "b": 1}
    assert merged(base, mine, theirs) == both


def test_lines_are_in_words_and_differences_name_both_states(library: Library) -> None:
    words = Words("vi", document_labels(library), plain=True)
    before = plain_of("x", SAMPLE.read_text("utf-8"))
    shown = {line.label: line.shown for line in entries(before, library, words)}
    assert shown["Ngày xét"] == "20/12/2025"
    assert shown["Loại đối tượng"] == "Cá nhân giữ chức vụ lãnh đạo, quản lý"
    assert shown["Tỷ lệ phiếu tín nhiệm thấp"] == "53,2%"
    assert shown["Tự xếp loại"] == "Hoàn thành tốt nhiệm vụ"
    after = deepcopy(before)
    after["facts"]["remedy"]["completed"] = 3
    after["facts"]["score"]["common"] = None
    assert [(edit.label, edit.before, edit.after) for edit in edits(before, after, library, words)] == [
        ("Số hạn chế, khuyết điểm đã khắc phục xong", "4", "3"), ("Điểm nhóm tiêu chí chung", "25", ""),
    ]  # fmt: skip


def test_a_text_that_is_no_case_has_no_lines(library: Library) -> None:
    words = Words("vi", {}, plain=True)
    for text in ("", "[1]", "{", '{"subject": 3, "facts": [], "grades": "x", "review": 1, "as_of": "x"}'):
        assert not [line for line in entries(readable_data("x", text), library, words) if line.group == "facts"]
