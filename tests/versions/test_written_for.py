"""What a local layer is told when the regulation below it has changed since the layer was written."""

from pathlib import Path

import yaml
from support.layers import edit_below, layer_over_small, library_of

from engine.versions.written_for import COPY, changes_below, renew


def test_nothing_is_said_while_the_regulation_is_the_same(tmp_path: Path) -> None:
    folder, carried = layer_over_small(tmp_path)
    head = yaml.safe_load((folder / "local" / "overlay.yaml").read_text("utf-8"))
    library = library_of(folder, carried)
    assert head["written_for"] == {"version": "1.2.0", "content": library.regulations["small"].content_hash}
    assert (folder / COPY / "small" / "ladder.yaml").is_file()
    assert list(changes_below(folder, library)) == []


def test_a_rule_that_moves_somebody_is_named_with_a_case(tmp_path: Path) -> None:
    folder, carried = layer_over_small(tmp_path)
    edit_below(carried, "ladder.yaml", "value: 100", "value: 90")
    edit_below(carried, "regulation.yaml", "version: 1.2.0", "version: 2.0.0")
    library = library_of(folder, carried)
    change, moved = changes_below(folder, library)
    assert (change.code, change.severity) == ("overlay/changed-below", "warning")
    assert "version 1.2.0, now 2.0.0): Loosened: 1" in change.message("en")
    assert moved.message("vi").startswith("Nới hơn do `small` đã khác: `ladder.gold.all_done`; ví dụ: ")
    assert change.location.line == 8, "where the layer says what it was written for"
    renew(folder, library)
    assert list(changes_below(folder, library)) == []


def test_what_the_layer_sets_itself_is_no_change_for_it(tmp_path: Path) -> None:
    folder, carried = layer_over_small(tmp_path)
    with (folder / "local" / "overlay.yaml").open("a", encoding="utf-8") as stream:
        stream.write(
            "parameters:\n  - id: done_percent\n    label: {vi: Tỷ lệ, en: Share}\n    type: number\n"
            "    unit: percent\n    values:\n      - {from: 2021-01-01, value: 100, "
            "source: {document: local-decree, locator: mục 1, status: stated}}\n"
        )
    edit_below(carried, "ladder.yaml", "value: 100", "value: 90")
    (change,) = changes_below(folder, library_of(folder, carried))
    assert change.severity == "note"
    assert "không ai được xét khác đi" in change.message("vi")


def test_without_the_copy_it_is_said_that_the_change_is_not_known(tmp_path: Path) -> None:
    folder, carried = layer_over_small(tmp_path)
    (folder / COPY / "facts.yaml").unlink()
    edit_below(carried, "ladder.yaml", "value: 100", "value: 90")
    (change,) = changes_below(folder, library_of(folder, carried))
    assert change.severity == "warning"
    assert "the copy that it was written for is missing" in change.message("en")
