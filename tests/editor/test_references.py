"""Where names are defined and used, and their change in all files at once."""

import re
from pathlib import Path

import pytest
from support import ROOT
from support.workspaces import changed, opened, place_of

from engine.editor.diagnostics import diagnostics
from engine.editor.names import index_of
from engine.editor.places import with_edits
from engine.editor.references import NotRenamed, definitions, references, renamable, renamed
from engine.editor.workspace import Workspace, open_workspace, with_text

GRADES, TESTS, CASE = "mau-2025/grades.yaml", "mau-2025/grades.test.yaml", "mau-2025/cases/to-01.json"
HEAD, FACTS = "mau-2025/regulation.yaml", "facts.yaml"


@pytest.fixture(scope="module")
def shipped() -> Workspace:
    return open_workspace(ROOT / "policies")


def test_every_name_of_the_shipped_policies_is_defined(shipped: Workspace) -> None:
    """But for texts that a person puts in, of which the vocabulary lists no options."""
    index = index_of(shipped)
    every = [mention for names in index.files.values() for mentions in names.values() for mention in mentions]
    assert len(every) > 10_000
    undefined = [mention for mention in every if not mention.defines and not index.definitions(mention)]
    assert {(mention.kind, mention.owner) for mention in undefined} == {("value", "membership.party_organization")}


def test_every_name_stands_where_the_index_says(shipped: Workspace) -> None:
    index = index_of(shipped)
    for path, names in index.files.items():
        lines = shipped.files[path].text.split("\n")
        for name, mentions in names.items():
            for mention in mentions:
                shown = lines[mention.span.line - 1][mention.span.start - 1 : mention.span.end - 1]
                assert shown == name or (mention.kind == "fact" and name.endswith(f".{shown}")), (path, mention)


USES: dict[str, tuple[str, str, str]] = {
    "a fact": (GRADES, "signs.complaints", "facts.yaml"),
    "a fact of a case": (CASE, '"complaints"', "facts.yaml"),
    "a parameter": (GRADES, "met_percent}", "grades.yaml"),
    "a reading": (GRADES, "complaints_bar", "regulation.yaml"),
    "an option": (GRADES, "barred", "regulation.yaml"),
    "a grade": (TESTS, "high}", "regulation.yaml"),
    "a kind": (GRADES, "[group]", "regulation.yaml"),
    "a rule": ("mau-2025/triggers.test.yaml", "many_complaints", "triggers.yaml"),
    "a document": (GRADES, "mau-2025", "regulation.yaml"),
    "a content reviewed": (CASE, "results", "review_contents.yaml"),
}


@pytest.mark.parametrize("name", USES)
def test_a_name_leads_to_its_definition_and_to_every_use(name: str) -> None:
    file, sought, home = USES[name]
    workspace = opened()
    path, place = place_of(workspace, file, sought, 2)
    (definition,) = definitions(workspace, path, place)
    assert definition.path.name == home
    every = references(workspace, path, place)
    assert every[0] == definition and len(every) == len(set(every)) > 1
    for found in every:
        at = (found.span.line, found.span.start)
        assert references(workspace, found.path, at) == every
    assert references(workspace, path, place, defining=False) == every[1:]


def after(workspace: Workspace, path: Path, place: tuple[int, int], new: str) -> Workspace:
    for changed_file, edits in renamed(workspace, path, place, new).items():
        workspace = with_text(workspace, changed_file, with_edits(workspace.files[changed_file].text, edits))
    return workspace


@pytest.mark.parametrize("name", USES)
def test_after_a_rename_everything_means_what_it_meant(name: str) -> None:
    """Renamed back, every file is as it was; in between nothing is wrong with policies, tests and cases."""
    file, sought, _ = USES[name]
    workspace = opened()
    path, place = place_of(workspace, file, sought, 2)
    old = definitions(workspace, path, place)[0].name.rpartition(".")
    short = "signs.trouble" if "fact" in name else "another_name"
    between = after(workspace, path, place, short)
    assert diagnostics(between) == ()
    assert between.files[path].text != workspace.files[path].text
    back = after(between, path, place, ("signs." if "fact" in name else "") + old[2])
    assert {key: kept.text for key, kept in back.files.items()} == {
        key: kept.text for key, kept in workspace.files.items()
    }


REFUSED: dict[str, tuple[str, str, str, str]] = {
    "no name": (GRADES, "rungs:", "steps", "no name here"),
    "no id": (GRADES, "met_percent}", "Tỷ lệ", "is no id"),
    "the other parameter": (GRADES, "met_percent}", "high_percent", "is taken at grades.yaml:"),
    "another fact": (GRADES, "signs.complaints", "work.assigned", "is taken at facts.yaml:"),
    "a group of facts": (GRADES, "signs.complaints", "work", "is taken at facts.yaml:"),
    "another group": (GRADES, "signs.complaints", "marks.complaints", "in the group “signs”"),
    "the other option": (GRADES, "barred", "ignored", "is taken at regulation.yaml:"),
    "no grade": (TESTS, "high}", "none", "is a word that the policy language uses"),
    "a rule of another kind": (GRADES, "complaints_open", "many_complaints", "is taken at triggers.yaml:"),
    "a file": (GRADES, "grades\nlabel", "marks", "has to be the name of its file"),
    "a regulation": (HEAD, "mau-2025\nlabel", "mau-2026", "has to be the name of its file"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_a_name_that_would_change_meaning_is_refused(what: str) -> None:
    file, sought, new, reason = REFUSED[what]
    workspace = opened()
    path, place = place_of(workspace, file, sought, 2)
    with pytest.raises(NotRenamed, match=re.escape(reason)) as refused:
        renamed(workspace, path, place, new)
    assert refused.value.reason["vi"] != refused.value.reason["en"]


def test_nothing_is_renamed_while_a_file_that_names_it_is_broken() -> None:
    workspace = changed(opened(), TESTS, "tests:", "tests: [")
    path, place = place_of(workspace, FACTS, "signs.complaints", 2)
    with pytest.raises(NotRenamed, match=r"grades\.test\.yaml is broken"):
        renamed(workspace, path, place, "signs.trouble")
    path, place = place_of(workspace, FACTS, "integer", 2)
    with pytest.raises(NotRenamed, match="no name here"):
        renamable(workspace, path, place)


def test_what_a_layer_sets_again_is_the_same_parameter(shipped: Workspace) -> None:
    path, place = place_of(shipped, "mau-tinh-a-2024/overlay.yaml", "id: excellent_exceeded_percent", 6)
    folders = [found.path.relative_to(shipped.folder).parts[0] for found in references(shipped, path, place)]
    assert sorted(folders) == ["mau-tinh-a-2024", "qd-124-2023", "qd-124-2023"]


def test_the_same_word_of_two_regulations_is_two_names(shipped: Workspace) -> None:
    path, place = place_of(shipped, "qd-132-2018/regulation.yaml", "  - id: quota_rounding", 8)
    folders = {found.path.relative_to(shipped.folder).parts[0] for found in references(shipped, path, place)}
    assert folders == {"qd-132-2018"}


def test_cases_a_line_are_renamed_too(shipped: Workspace) -> None:
    path, place = place_of(shipped, "facts.yaml", "  criteria.ethics:", 4)
    changes = renamed(shipped, path, place, "criteria.morals")
    rows = next(changed_file for changed_file in changes if changed_file.suffix == ".ndjson")
    text = with_edits(shipped.files[rows].text, changes[rows])
    assert '"ethics"' not in text and text.count('"morals"') == shipped.files[rows].text.count('"ethics"') == 6
