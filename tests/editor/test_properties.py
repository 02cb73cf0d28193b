"""Files of properties in the editor: as policy files and tests."""

from support.workspaces import CURSOR, changed, opened, place_of, with_cursor

from engine.editor.completion import completions
from engine.editor.diagnostics import diagnostics, diagnostics_while_typing
from engine.editor.hover import hover
from engine.editor.references import references, renamed
from engine.editor.workspace import Workspace

FILE = "mau-2025/regulation.properties.yaml"
MUST = "must: {monotone: {facts: [work.completed], more: never_worse}}"


def completed(workspace: Workspace, new: str) -> set[str]:
    cursor = with_cursor(workspace, FILE, MUST, new)
    return {completion.text.strip(": ") for completion in completions(*cursor, "vi")}


def test_claims_facts_grades_and_quotas_are_completed() -> None:
    workspace = opened()
    assert {"never", "monotone", "between", "group"} <= completed(workspace, f"must: {{{CURSOR}}}")
    assert {"work.completed", "signs.complaints"} <= completed(workspace, f"must: {{monotone: {{facts: [{CURSOR}]}}}}")
    assert {"high", "undetermined", "none"} <= completed(workspace, f"must: {{never: {{outcome: [{CURSOR}]}}}}")
    assert completed(workspace, f"must: {{monotone: {{facts: [work.completed], more: {CURSOR}}}}}") == {
        "never_worse",
        "never_better",
    }


def test_mistakes_are_shown_while_typing_and_when_all_is_checked() -> None:
    broken = changed(opened(), FILE, "facts: [work.completed]", "facts: [work.complete]")
    path = broken.folder / FILE
    (typing,) = diagnostics_while_typing(broken, path)
    (checked,) = [problem for problem in diagnostics(broken) if problem.location.file == str(path)]
    assert typing == checked
    assert (typing.code, dict(typing.arguments)["suggestion"]) == ("fact/unknown", "work.completed")


def test_a_file_that_cannot_be_read_is_told_of() -> None:
    broken = changed(opened(), FILE, "properties:", "properties")
    assert diagnostics_while_typing(broken, broken.folder / FILE)


def test_a_rule_that_a_property_names_is_renamed_there_too() -> None:
    reachable = "must: {reachable: {rules: [complaints_open], except: [complaints_open]}}"
    workspace = changed(opened(), FILE, MUST, reachable)
    path, place = place_of(workspace, "mau-2025/grades.yaml", "complaints_open")
    changes = renamed(workspace, path, place, "complaints_left")
    assert len(changes[workspace.folder / FILE]) == 2
    found = references(workspace, *place_of(workspace, FILE, "complaints_open"), defining=False)
    assert [place.path.name for place in found].count("regulation.properties.yaml") == 2


def test_names_and_keys_say_what_they_mean() -> None:
    workspace = opened()
    fact = hover(workspace, *place_of(workspace, FILE, "work.completed"), "vi")
    key = hover(workspace, *place_of(workspace, FILE, "more: never_worse", 8), "vi")
    assert fact is not None
    assert "Dữ kiện" in fact.text
    assert key is not None
    assert key.text.startswith("`never_worse`: Khi dữ kiện tăng")
