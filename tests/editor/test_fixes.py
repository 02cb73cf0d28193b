"""Mistakes mended by a click, and tests for the sides of thresholds on which none stands."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from support.policies import all_policies
from support.workspaces import changed, opened

from engine.base.diagnostics import Diagnostic
from engine.editor import untested
from engine.editor.diagnostics import diagnostics
from engine.editor.fixes import Fix, fixes
from engine.editor.lenses import lenses, run_of
from engine.editor.places import difference, with_edits
from engine.editor.symbols import formatted
from engine.editor.trials import Tried, try_out
from engine.editor.untested import untested_sides
from engine.editor.workspace import Workspace, with_text
from engine.study.coverage import ThresholdCoverage

GRADES, TESTS, CASE = "mau-2025/grades.yaml", "mau-2025/grades.test.yaml", "mau-2025/cases/to-01.json"
FACTS = "facts.yaml"
MENDED: dict[str, tuple[str, str, str, str]] = {
    "a fact": (GRADES, "fact: signs.complaints", "fact: signs.complaint", "Change to “signs.complaints”"),
    "a key": (GRADES, "at_least: 1", "at_leas: 1", "Change to “at_least”"),
    "a quoted name": (GRADES, "fact: signs.complaints", "fact: 'signs.complaint'", "Change to “signs.complaints”"),
    "a nested fact of a case": (CASE, '"assigned"', '"asigned"', "Change to “assigned”"),
    "a rule of a test": (TESTS, "grade: not_met", "grade: not_mett", "Change to “not_met”"),
    "a language, in braces": (GRADES, "{vi: Xong đủ việc, en: Enough tasks completed}", "{vi: Xong đủ việc}",
                              "Add English (a copy of the words there, to be translated)"),
    "a language, in lines": (FACTS, "label: {vi: Số việc được giao, en: Tasks assigned}",
                             "label:\n      en: Tasks assigned",
                             "Add Vietnamese (a copy of the words there, to be translated)"),
}  # fmt: skip


def of_file(workspace: Workspace, name: str, language: str = "en") -> tuple[Fix, ...]:
    path = workspace.folder / name
    problems = [problem for problem in diagnostics(workspace) if problem.location.file == str(path)]
    assert problems
    return fixes(workspace, path, problems, language, date(2026, 11, 30))


def after(workspace: Workspace, fix: Fix) -> Workspace:
    for path, edits in fix.edits.items():
        workspace = with_text(workspace, path, with_edits(workspace.files[path].text, edits))
    return workspace


@pytest.mark.parametrize("what", MENDED)
def test_a_mistake_is_gone(what: str) -> None:
    name, old, new, title = MENDED[what]
    workspace = changed(opened(), name, old, new)
    (fix,) = of_file(workspace, name)
    assert fix.title == title
    assert diagnostics(after(workspace, fix)) == ()


def test_a_fix_that_would_not_mend_is_not_offered() -> None:
    """The name that was meant exists, but cannot be compared so."""
    workspace = changed(opened(), GRADES, "fact: signs.complaints, at_least: 1", "fact: signs.complaint, includes: a")
    assert of_file(workspace, GRADES) == ()


def test_a_value_that_was_overwritten_comes_back_and_the_new_one_gets_its_day() -> None:
    sound = opened()
    workspace = replace(changed(sound, GRADES, "value: 95", "value: 90"), committed=sound.library)
    (fix,) = of_file(workspace, GRADES, "vi")
    assert fix.title == "Giữ giá trị cũ 95, thêm giá trị 90 từ ngày 01/01/2027"
    mended = after(workspace, fix)
    assert diagnostics(mended) == ()
    assert mended.library is not None
    values = mended.library.regulations["mau-2025"].parameters["high_percent"].values
    assert [(str(value.since), value.value) for value in values] == [("2025-01-01", 95), ("2027-01-01", 90)]


def tried(workspace: Workspace) -> Mapping[str, Tried]:
    return try_out(workspace, ["mau-2025"])


def without_test(name: str) -> Workspace:
    workspace = opened()
    text = workspace.files[workspace.folder / TESTS].text
    start = text.rindex("  - name:", 0, text.index(f"en: {name}"))
    end = text.index("  - name:", start + 1)
    return changed(workspace, TESTS, text[start:end], "")


@pytest.mark.parametrize(
    ("name", "title", "given", "expected"),
    [
        ("ninety-five of", "Add a test: Share of tasks completed at “Share of tasks completed for High” (95)",
         "given: {work.assigned: 100, work.completed: 95}", "expect: {holds: [nearly_all_completed]}"),
        ("sixty-nine of", "Add a test: Share of tasks completed below “Share of tasks completed for Met” (70)",
         "given: {work.assigned: 100, work.completed: 69}", "expect: {fails: [enough_completed]}"),
        ("several open", "Add a test: Complaints not settled above 1",
         "given: {signs.complaints: 2}", "expect: {holds: [complaints_open]}"),
    ],
)  # fmt: skip
def test_a_test_for_the_side_of_a_threshold_where_none_stands(name: str, title: str, given: str, expected: str) -> None:
    workspace = without_test(name)
    path = workspace.folder / GRADES
    lines = range(1, len(workspace.files[path].text.split("\n")))
    (fix,) = untested_sides(workspace, path, lines, tried(workspace), "en")
    assert fix.title == title
    assert not untested_sides(workspace, path, range(1, 3), tried(workspace), "en")
    mended = after(workspace, fix)
    added = "".join(edit.text for edits in fix.edits.values() for edit in edits)
    assert "_percent" not in added.partition("en: ")[0]
    assert given in added and expected in added
    assert diagnostics(mended) == ()
    outcome = tried(mended)["mau-2025"]
    assert not [test for test in outcome.tests if test.failed]
    assert all(threshold.complete for threshold in outcome.thresholds)


def test_a_test_that_is_added_has_no_name_that_another_has() -> None:
    workspace = without_test("several open")
    path = workspace.folder / GRADES
    lines = range(1, len(workspace.files[path].text.split("\n")))

    def names(workspace: Workspace) -> list[str]:
        return re.findall(r"(?m)\ben: ([^}\n]+)}?$", workspace.files[workspace.folder / TESTS].text)

    def added(workspace: Workspace) -> tuple[list[str], tuple[Diagnostic, ...]]:
        (fix,) = untested_sides(workspace, path, lines, tried(workspace), "en")
        mended = after(workspace, fix)
        return list((Counter(names(mended)) - Counter(names(workspace))).elements()), diagnostics(mended)

    ((name,), _) = added(workspace)
    taken = changed(workspace, TESTS, f"en: {names(workspace)[-1]}", f"en: {name}")
    assert added(taken) == ([f"{name} (Complaints not settled)"], ())


@pytest.mark.parametrize(("language", "said"), [("vi", "Chính trị, tư tưởng đúng mốc “Tốt”"), ("en", "“Good”")])
def test_the_name_of_a_test_for_a_level_calls_it_by_its_label(language: str, said: str) -> None:
    library = all_policies()
    regulation, fact = library.regulations["qd-124-2023"], library.vocabulary.facts["criteria.politics"]
    level = ThresholdCoverage(regulation.id, "", fact.name, '"good"', fact.location, below=True, at=False, above=True)
    assert untested._says("name_at", regulation, fact, level, language).endswith(said)


def test_what_stands_above_a_rule() -> None:
    workspace = opened()
    path = workspace.folder / GRADES
    before = {lens.rule: lens.text for lens in lenses(workspace, path, {}, "en")}
    assert list(before) == ["grades.high.nearly_all_completed", "grades.met.enough_completed",
                            "grades.bars.complaints_open"]  # fmt: skip
    assert before["grades.bars.complaints_open"] == "named by 0 tests"
    outcome = tried(workspace)
    shown = {lens.rule: lens.text for lens in lenses(workspace, path, outcome, "en")}
    # TO-01 has 95% of its tasks done, so that nothing better is left; TO-02 lacks the criterion of High.
    assert shown["grades.high.nearly_all_completed"] == "holds in 12, fails in 4 tests; decides 2 cases"
    assert shown["grades.bars.complaints_open"] == "holds in 2, fails in 1 tests; decides 0 cases"
    assert run_of(outcome["mau-2025"], "grades.bars.complaints_open", "en") == "3 of 3 tests pass"


def test_a_test_that_fails_is_named() -> None:
    workspace = changed(opened(), GRADES, "value: 95", "value: 96")
    said = run_of(tried(workspace)["mau-2025"], "grades.high.nearly_all_completed", "en")
    assert said.endswith("grades.test.yaml:15 ninety-five of a hundred tasks are enough for high")
    assert not said.startswith("15 of 15")


def test_nothing_is_tried_while_there_are_mistakes() -> None:
    assert tried(changed(opened(), GRADES, "fact: signs.complaints", "fact: signs.complaint")) == {}


def test_house_style_keeps_what_a_file_says() -> None:
    sound = opened()
    path = sound.folder / GRADES
    assert formatted(sound, path) == ()
    loose = changed(sound, GRADES, "kind: grade_ladder\n", "kind:   grade_ladder\n\n\n")
    (edit,) = formatted(loose, path)
    laid_out = with_edits(loose.files[path].text, [edit])
    assert "kind: grade_ladder\n\nid: grades" in laid_out
    assert edit.text == "grade_ladder", "only what differs is replaced"
    assert formatted(sound, sound.folder / CASE) == ()


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("", "a"),
        ("a", ""),
        ("aaa", "aa"),
        ("aba", "abba"),
        ("x\ny\n", "x\nz\ny\n"),
        ("a\r\nb", "a\r\nc"),
        ("ế\n", "ê\n"),
    ],
)
def test_a_difference_is_one_edit(before: str, now: str) -> None:
    assert with_edits(before, difference(before, now)) == now
    assert difference(now, now) == ()


def test_paths_of_other_files_have_no_fixes() -> None:
    workspace = opened()
    assert fixes(workspace, Path("/nowhere.yaml"), (), "vi", date(2026, 1, 1)) == ()
