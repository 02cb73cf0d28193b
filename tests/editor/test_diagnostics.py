"""The mistakes of texts that are not saved: those that `xeploai check` finds in saved ones, and those of cases."""

import json
from pathlib import Path

import pytest
from support.command import run
from support.workspaces import changed, copied, opened

from engine.editor.diagnostics import carried_over, diagnostics, diagnostics_while_typing
from engine.editor.workspace import Workspace, with_saved, with_text

GRADES, FACTS, TESTS = "mau-2025/grades.yaml", "facts.yaml", "mau-2025/grades.test.yaml"

EDITS = {
    "syntax": (GRADES, "rungs:", "rungs: ["),
    "a key": (GRADES, "at_least: {parameter: high", "at_leas: {parameter: high"),
    "a fact": (GRADES, "fact: work.completed_percent", "fact: work.complete_percent"),
    "a parameter": (GRADES, "parameter: met_percent", "parameter: met_percents"),
    "a type": (GRADES, "at_least: {parameter: high_percent}", "at_least: low"),
    "a quote": (GRADES, "quote: từ 70% thì Đạt}\n\nbars", "quote: từ 80% thì Đạt}\n\nbars"),
    "a document": (GRADES, "document: mau-2025", "document: mau-2024"),
    "an option": (GRADES, "complaints_bar: barred", "complaints_bar: bard"),
    "never": (GRADES, "at_least: 1}", "less_than: 0}"),
    "unused": (FACTS, "  signs.complaints:\n", "  signs.others:\n    type: integer\n    label: {vi: Khác, en: Others}\n"
               "    question: {vi: Bao nhiêu?, en: How many?}\n  signs.complaints:\n"),
    "the vocabulary": (FACTS, "type: integer", "type: intger"),
    "a test's name": (TESTS, "ninety-five of a hundred tasks are enough for high",
                      "a group that completed all its tasks is graded high"),
    "a test's rule": (TESTS, "expect: {grade: high}", "expect: {grade: hih}"),
    "a test's syntax": (TESTS, "tests:", "tests: ["),
    "a test's fact": (TESTS, "work.assigned: 100", "work.asigned: 100"),
    "accents apart": (GRADES, "vi: Xong đủ việc", "vi: Xong đu\u0309 việc"),
}  # fmt: skip


def found(workspace: Workspace, *, of_cases: bool = False) -> list[tuple[str, str, int, int]]:
    return sorted(
        (problem.code, Path(problem.location.file).name, problem.location.line, problem.location.column)
        for problem in diagnostics(workspace)
        if of_cases or not problem.location.file.endswith(".json")
    )


@pytest.mark.parametrize("edit", EDITS)
def test_what_is_not_saved_is_checked_as_if_it_were(edit: str, tmp_path: Path) -> None:
    name, old, new = EDITS[edit]
    folder = copied(tmp_path)
    workspace = changed(opened(folder), name, old, new)
    unsaved = found(workspace)
    assert unsaved
    (folder / name).write_text(workspace.files[folder / name].text, "utf-8")
    checked = json.loads(run("check", "--format", "json", "--policies", folder).stdout)["diagnostics"]
    assert unsaved == sorted(
        (problem["code"], Path(problem["file"]).name, problem["line"], problem["column"]) for problem in checked
    )
    assert found(with_saved(opened(folder), folder / name)) == unsaved


@pytest.mark.parametrize("edit", [edit for edit in EDITS if edit not in ("never", "unused")])
def test_while_typing_everything_short_of_proofs_is_found_in_the_file(edit: str) -> None:
    name, old, new = EDITS[edit]
    workspace = changed(opened(), name, old, new)
    path = workspace.folder / name
    whole = [problem for problem in diagnostics(workspace) if problem.location.file == str(path)]
    assert diagnostics_while_typing(workspace, path) == tuple(whole)


def test_an_edit_is_forgotten_when_it_is_undone() -> None:
    sound = opened()
    assert diagnostics(sound) == ()
    broken = changed(sound, GRADES, "rungs:", "rungs: [")
    assert found(broken)
    path = sound.folder / GRADES
    assert diagnostics(with_text(broken, path, sound.files[path].text)) == ()


def test_a_file_that_is_broken_counts_for_others_as_it_was() -> None:
    """A case is still checked against the policies, though a file of them cannot be read."""
    workspace = changed(opened(), GRADES, "rungs:", "rungs: [")
    workspace = changed(workspace, "mau-2025/cases/to-01.json", '"completed"', '"complete"')
    case = [problem for problem in diagnostics(workspace) if problem.location.file.endswith(".json")]
    assert [(problem.code, dict(problem.arguments)["suggestion"]) for problem in case] == [
        ("fact/unknown", "work.completed")
    ]


def test_cases_are_checked_as_policies_change() -> None:
    workspace = changed(opened(), FACTS, "minimum: 0\n    typical: 10", "minimum: 30\n    typical: 40")
    assert ("fact/range", "to-01.json") in [problem[:2] for problem in found(workspace, of_cases=True)]


def test_problems_move_with_their_lines_until_they_are_proved_again() -> None:
    text = "a\nb\nc\nd\n"
    workspace = changed(opened(), GRADES, "at_least: 1}", "less_than: 0}")
    (problem,) = diagnostics(workspace)
    at = [problem.__class__(problem.code, problem.location._replace(line=line), ()) for line in (1, 3, 4)]

    def lines(after: str) -> list[int]:
        return [kept.location.line for kept in carried_over(text, after, at, [])]

    assert lines("a\nb\nc\nd\n") == [1, 3, 4]
    assert lines("a\nb\nnew\nc\nd\n") == [1, 4, 5]
    assert lines("a\nb\nC\nd\n") == [1, 4]
    assert lines("a\nd\n") == [1, 2]
    assert carried_over(text, text, at, at) == ()
