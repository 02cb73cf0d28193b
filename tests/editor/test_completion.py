"""What may be typed at a place, also in a file that is broken just there or elsewhere."""

import pytest
from support.workspaces import opened, with_cursor

from engine.editor.completion import completions

GRADES, TESTS, CASE = "mau-2025/grades.yaml", "mau-2025/grades.test.yaml", "mau-2025/cases/to-01.json"
WHEN = "when: {fact: signs.complaints, at_least: 1}"
FACTS = {"work.assigned", "work.completed", "work.completed_percent", "signs.complaints"}
PERCENTS = {"high_percent", "met_percent"}

PLACES: dict[str, tuple[str, str, str, set[str]]] = {
    "a fact": (GRADES, WHEN, "when: {fact: si¦, at_least: 1}", FACTS),
    "a fact, nothing closed": (GRADES, WHEN, "when: {fact: ¦", FACTS),
    "a fact in a block": (GRADES, WHEN, "when:\n      fact: ¦", FACTS),
    "a fact, and the file broken above": (GRADES, WHEN, "when: [}\n    unless: {fact: ¦", FACTS),
    "an operator for a number": (
        GRADES, WHEN, "when: {fact: signs.complaints, ¦}",
        {f"{name}: " for name in ("is", "is_not", "at_least", "at_most", "more_than", "less_than", "one_of",
                                  "none_of")},
    ),
    "no further key": (GRADES, WHEN, "when: {fact: signs.complaints, at_least: 1, ¦}", set()),
    "a number": (GRADES, WHEN, "when: {fact: signs.complaints, at_least: ¦}",
                 {f"{{parameter: {name}}}" for name in PERCENTS | {"complaints_to_clarify"}}),
    "a parameter": (GRADES, WHEN, "when: {fact: signs.complaints, at_least: {parameter: ¦}}",
                    PERCENTS | {"complaints_to_clarify"}),
    "a key of a bar": (GRADES, WHEN, f"{WHEN}\n    un¦",
                       {"applies_to: ", "periods: ", "unless: ", "discretion: ", "delegated: "}),
    "a reading": (GRADES, "under: {complaints_bar: barred}", "under: {¦: barred}", {"complaints_bar"}),
    "an option of it": (GRADES, "complaints_bar: barred", "complaints_bar: ¦", {"barred", "ignored"}),
    "a grade": (GRADES, "grade: not_met", "grade: ¦", {"high", "met", "not_met"}),
    "a grade, or none": (GRADES, "otherwise:\n  grade: not_met", "otherwise:\n  grade: ¦",
                         {"high", "met", "not_met", "undetermined"}),
    "a kind": (GRADES, "applies_to: [group]", "applies_to: [¦]", {"group"}),
    "a document": (GRADES, "document: mau-2025", "document: ¦", {"mau-2025"}),
    "a standing": (GRADES, "status: stated", "status: ¦", {"stated", "reported", "inferred", "assumed"}),
    "a language": (GRADES, "label: {vi: Xong đủ việc, en: Enough tasks completed}", "label: {vi: Xong đủ việc, ¦}",
                   {"en: "}),
    "a fact given": (TESTS, "work.assigned: 100", "work.¦: 100", FACTS - {"work.completed"}),
    "a rule expected": (TESTS, "expect: {grade: high}", "expect: {bars: [¦]}", {"complaints_open"}),
    "a subject": (TESTS, "subject: group", "subject: ¦", {"group"}),
    "a fact of a case": (CASE, '"assigned": 20', '"¦": 20', {"assigned", "completed_percent"}),
    "a fact of a case, no quotation mark yet": (
        CASE, '"assigned": 20', '¦: 20', {'"assigned"', '"completed_percent"'}),
    "a group of facts": (CASE, '"signs": {', '"¦": {', {"signs"}),
    "a content reviewed": (CASE, '["results"]', '["¦"]', {"results"}),
}  # fmt: skip


@pytest.mark.parametrize("where", PLACES)
def test_what_fits_there(where: str) -> None:
    name, old, new, wanted = PLACES[where]
    workspace, path, place = with_cursor(opened(), name, old, new)
    assert {completion.text for completion in completions(workspace, path, place, "vi")} == wanted


def test_the_word_at_the_cursor_is_replaced_and_the_label_is_in_the_language() -> None:
    workspace, path, place = with_cursor(opened(), GRADES, "fact: signs.complaints", "fact: work.com¦pleted")
    found = completions(workspace, path, place, "en")
    line = workspace.files[path].text.split("\n")[place[0] - 1]
    assert {line[item.span.start - 1 : item.span.end - 1] for item in found} == {"work.completed"}
    assert {item.text: item.about for item in found}["signs.complaints"] == "Complaints not settled"


def test_a_comment_and_words_of_a_person_complete_nothing() -> None:
    for old, new in (("# Tổ công tác", "# Tổ ¦ công tác"), ("vi: Xong đủ việc", "vi: Xong ¦ đủ việc")):
        workspace, path, place = with_cursor(opened(), GRADES, old, new)
        assert completions(workspace, path, place, "vi") == ()
