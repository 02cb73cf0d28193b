"""Changes of policy files by a form: only the lines that they are about differ, comments stay, and the YAML is neat."""

import difflib
from datetime import date
from decimal import Decimal

import pytest
from support import ROOT

from engine.base.diagnostics import Location, Problems
from engine.editor.edits import DatedValueAdded, Edit, ItemAdded, LabelChanged, ReadingChosen, edited, path_of
from engine.load.policies.format import in_house_style

SOURCE = {
    "document": "qd-124-2023", "locator": "Điều 12", "status": "assumed",
    "note": {"vi": "Thử, xem: sao", "en": "A try"},
}  # fmt: skip
WRITTEN_SOURCE = "{document: qd-124-2023, locator: Điều 12, status: assumed, note: {vi: 'Thử, xem: sao', en: A try}}"
TRIGGER = {"id": "late", "label": {"vi": "Chậm, muộn", "en": "Late"}, "when": {"fact": "tasks.late", "at_least": 1}}
LADDER, HEAD = "qd-124-2023/grades/individual.yaml", "qd-124-2023/regulation.yaml"

SHIPPED: dict[str, tuple[str, Edit, list[str]]] = {
    "a value is added after the last": (
        LADDER, DatedValueAdded("excellent_exceeded_percent", date(2025, 1, 1), 55, SOURCE),
        ["+      - from: 2025-01-01", "+        value: 55", f"+        source: {WRITTEN_SOURCE}"],
    ),
    "an earlier value is added before the first": (
        LADDER, DatedValueAdded("good_completed_percent", date(2020, 1, 1), 90, SOURCE),
        ["+      - from: 2020-01-01", "+        value: 90", f"+        source: {WRITTEN_SOURCE}"],
    ),
    "a label on a line of its own": (
        LADDER, LabelChanged(("rungs", 0, "criteria", 7), "vi", "Nơi: [phụ] trách, # đạt"),
        ["-          vi: Nơi phụ trách hoàn thành đủ chỉ tiêu và đủ chỉ tiêu vượt mức",
         "+          vi: 'Nơi: [phụ] trách, # đạt'"],
    ),
    "a label in braces": (
        LADDER, LabelChanged(("parameters", 1), "en", "Tasks, exceeded"),
        ['-    label: {vi: "Tỷ lệ nhiệm vụ vượt mức để đạt mức xuất sắc", en: "Share of tasks exceeded for excellent"}',
         """+    label: {vi: "Tỷ lệ nhiệm vụ vượt mức để đạt mức xuất sắc", en: 'Tasks, exceeded'}"""],
    ),
    "a number with decimals": (
        LADDER, DatedValueAdded("excellent_exceeded_percent", date(2025, 1, 1), Decimal("49.1"), SOURCE),
        ["+      - from: 2025-01-01", "+        value: 49.1", f"+        source: {WRITTEN_SOURCE}"],
    ),
    "a reading of a regulation": (
        HEAD, ReadingChosen("specific_products", "noted_only"),
        ["-    chosen: required", "+    chosen: noted_only"],
    ),
    "a reading that a layer chooses already": (
        "mau-tinh-a-2024/overlay.yaml", ReadingChosen("poor_criteria", "most_poor"),
        ["-  poor_criteria: any_poor", "+  poor_criteria: most_poor"],
    ),
    "a reading that a layer chooses for the first time": (
        "mau-tinh-a-2024/overlay.yaml", ReadingChosen("specific_products", "noted_only"),
        ["+  specific_products: noted_only"],
    ),
    "an item at the end of a file": (
        "qd-124-2023/triggers.yaml", ItemAdded(("triggers",), {**TRIGGER, "source": SOURCE}),
        ["+  - id: late", "+    label: {vi: 'Chậm, muộn', en: Late}", "+    when: {fact: tasks.late, at_least: 1}",
         f"+    source: {WRITTEN_SOURCE}"],
    ),
    "an item inside another": (
        LADDER, ItemAdded(("rungs", 0, "criteria"), TRIGGER),
        ["+      - {id: late, label: {vi: 'Chậm, muộn', en: Late}, when: {fact: tasks.late, at_least: 1}}"],
    ),
}  # fmt: skip


def changes(old: str, new: str) -> list[str]:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0)
    return [line for line in list(lines)[2:] if not line.startswith("@@")]


@pytest.mark.parametrize("name", SHIPPED)
def test_an_edit_of_a_shipped_file_touches_only_its_own_lines(name: str) -> None:
    file, edit, lines = SHIPPED[name]
    text = (ROOT / "policies" / file).read_text(encoding="utf-8")
    new = edited(file, text, edit)
    assert changes(text, new) == lines
    assert in_house_style(file, new) == new


SMALL = {
    "comments behind and below the last item stay there": (
        "items:\n  - {id: a} # the first\n  # about what follows\nend: 1\n", ItemAdded(("items",), {"id": "b"}),
        "items:\n  - {id: a} # the first\n  - {id: b}\n  # about what follows\nend: 1\n",
    ),
    "a list in brackets": (
        "items: [{id: a}]\n", ItemAdded(("items",), {"id": "b", "n": "x, y"}),
        "items: [{id: a}, {id: b, n: 'x, y'}]\n",
    ),
    "a file without a line end": (
        "items:\n  - id: a", ItemAdded(("items",), {"id": "b"}), "items:\n  - id: a\n  - {id: b}",
    ),
    "an item that ends in a text of several lines": (
        "items:\n  - id: a\n    quote: >-\n      one\n      two\n\n# end\n", ItemAdded(("items",), {"id": "b"}),
        "items:\n  - id: a\n    quote: >-\n      one\n      two\n\n  - {id: b}\n# end\n",
    ),
    "a language that was missing": (
        "items:\n  - id: a\n    label: {vi: Một}\n", LabelChanged(("items", 0), "en", "One"),
        "items:\n  - id: a\n    label: {vi: Một, en: One}\n",
    ),
    "a word that YAML would read otherwise": (
        "items:\n  - id: a\n    label: {vi: Một, en: x}\n", LabelChanged(("items", 0), "en", "no"),
        "items:\n  - id: a\n    label: {vi: Một, en: 'no'}\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SMALL)
def test_an_edit_keeps_what_stands_around_it(name: str) -> None:
    text, edit, wanted = SMALL[name]
    assert edited("small.yaml", text, edit) == wanted


@pytest.mark.parametrize(
    ("text", "edit", "code"),
    [
        ("items: [", LabelChanged(("items", 0), "vi", "x"), "yaml/syntax"),
        ("items:\n  - id: a\n", ReadingChosen("b", "x"), "edit/no-item"),
        ("items:\n  - id: a\n", LabelChanged(("items", 0), "vi", "x"), "edit/not-possible"),
        ("items: []\n", ItemAdded(("items",), {"id": "a"}), "edit/not-possible"),
        ("parameters:\n  - id: a\n", DatedValueAdded("a", date(2024, 1, 1), 1, {}), "edit/not-possible"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused(text: str, edit: Edit, code: str) -> None:
    with pytest.raises(Problems) as refused:
        edited("small.yaml", text, edit)
    assert [problem.code for problem in refused.value.diagnostics][:1] == [code]


def test_of_two_items_with_one_id_the_one_at_the_place_is_meant() -> None:
    text = "items:\n  - id: a\n  - id: b\n  - id: a\n"
    assert path_of("small.yaml", text, "a", Location("small.yaml", 4, 5)) == ("items", 2)
    with pytest.raises(Problems):
        path_of("small.yaml", text, "b", Location("small.yaml", 4, 5))
