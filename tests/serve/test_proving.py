"""What pages show of properties: proved for what is served, and for a draft."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from support.workspaces import copied

from engine.serve.desk import Desk
from engine.serve.studio.proving import proof
from engine.serve.studio.rule_drafts import Draft, DraftFile
from engine.serve.studio.rule_previews import Previewed, mistakes, properties
from engine.versions.opening import load_library

REGULATION, RULES, SAYS = "mau-2025", "mau-2025/grades.yaml", "mau-2025/regulation.properties.yaml"


def desk_of(folder: Path) -> Desk:
    return cast("Any", SimpleNamespace(library=load_library(folder)))  # type: ignore[no-any-return]


def changed(folder: Path, file: str, old: str, new: str) -> Previewed:
    text = (folder / file).read_text("utf-8")
    assert old in text
    return Previewed(folder, Draft({file: DraftFile(text, text.replace(old, new))}), "vi")


def test_what_is_served_is_proved(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    document = proof(desk_of(folder), folder, REGULATION, "vi")
    (chapter,) = document.chapters
    assert chapter.heading == "Đúng với mọi hồ sơ"
    assert [entry.name for entry in chapter.entries] == ["more_work_never_worse"]


def test_a_change_that_breaks_a_property_is_shown_with_the_case(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    turned = changed(folder, RULES, "at_least: {parameter: high_percent}", "at_most: {parameter: high_percent}")
    (document,) = properties(desk_of(folder), turned)
    assert document.summary.startswith("Đã xét 1 điều luôn phải đúng; 1 không còn như đã nêu.")
    (entry,) = document.chapters[0].entries
    assert "Đạt cao" in " ".join(entry.lines)
    sound = changed(folder, RULES, "value: 95,", "value: 96,")
    (document,) = properties(desk_of(folder), sound)
    assert document.chapters == []


def test_a_mistake_in_a_property_is_among_the_mistakes_of_a_draft(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (problem,) = mistakes(desk_of(folder), changed(folder, SAYS, "work.completed]", "work.complete]"))
    assert (problem.code, problem.location.file) == ("fact/unknown", SAYS)
