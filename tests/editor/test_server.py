"""The language server as an editor sees it: the real command over standard input and output, on shipped policies."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from lsprotocol import types
from support import ROOT
from support.editors import Editing, editing, position, text_in

LADDER = "qd-124-2023/grades/individual.yaml"
CASE = "qd-124-2023/cases/05-head-before-unit.json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped policies in a folder whose name has Vietnamese letters and blanks."""
    copy = tmp_path_factory.mktemp("chính sách") / "policies"
    shutil.copytree(ROOT / "policies", copy)
    return copy


@pytest.fixture(scope="module")
def editor(folder: Path) -> Iterator[Editing]:
    with editing(folder.parent, language="en") as session:
        yield session


def at(uri: str, where: types.Position) -> dict[str, object]:
    return {"text_document": types.TextDocumentIdentifier(uri), "position": where}


def test_a_mistake_is_shown_while_it_is_typed_and_gone_when_it_is_mended(editor: Editing, folder: Path) -> None:
    path = folder / LADDER
    text = path.read_text("utf-8")
    wrong = text.replace("fact: achievements.outstanding_and_model", "fact: achievements.outstanding_and_modl", 1)
    uri = editor.open(path, wrong)
    (problem,) = editor.codes(uri, ["fact/unknown"])
    assert text_in(wrong, problem.range) == "achievements.outstanding_and_modl"
    assert "did you mean `achievements.outstanding_and_model`?" in problem.message
    editor.type(uri, text)
    editor.codes(uri, [])
    editor.close(uri)


def test_completion_in_a_file_that_is_broken(editor: Editing, folder: Path) -> None:
    path = folder / LADDER
    broken = path.read_text("utf-8").replace("when: {fact: conduct.truly_exemplary, is: true}", "when: {fact: cond", 1)
    uri = editor.open(path, broken)
    where = position(broken, "fact: cond\n", len("fact: cond"))
    found = editor.wait(editor.client.text_document_completion_async(types.CompletionParams(**at(uri, where))))
    assert "conduct.truly_exemplary" in [item.label for item in found]
    editor.close(uri)
