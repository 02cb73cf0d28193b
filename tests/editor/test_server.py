"""The language server as an editor sees it: the real command over standard input and output, on shipped policies."""

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from support import ROOT
from support.editors import Editing, applied, editing, position, text_in

LADDER = "qd-124-2023/grades/individual.yaml"
CASE = "qd-124-2023/cases/05-head-before-unit.json"
TRIGGERS = "mau-tinh-a-2024/local_triggers.yaml"


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


@pytest.fixture
def ladder(editor: Editing, folder: Path) -> Iterator[tuple[str, str]]:
    """The ladder of individuals, open: its name and text."""
    path = folder / LADDER
    uri = editor.open(path)
    yield uri, path.read_text("utf-8")
    editor.close(uri)


def at(uri: str, where: types.Position) -> dict[str, Any]:
    return {"text_document": types.TextDocumentIdentifier(uri), "position": where}


def test_a_mistake_is_shown_while_it_is_typed_and_gone_when_it_is_mended(
    editor: Editing, ladder: tuple[str, str]
) -> None:
    uri, text = ladder
    wrong = text.replace("fact: achievements.outstanding_and_model", "fact: achievements.outstanding_and_modl", 1)
    editor.type(uri, wrong)
    (problem,) = editor.codes(uri, ["fact/unknown"])
    assert text_in(wrong, problem.range) == "achievements.outstanding_and_modl"
    assert "did you mean `achievements.outstanding_and_model`?" in problem.message
    editor.type(uri, text)
    editor.codes(uri, [])


def test_what_has_to_be_proved_is_shown_a_little_later(editor: Editing, ladder: tuple[str, str]) -> None:
    uri, text = ladder
    editor.type(uri, text.replace("when: {fact: conduct.truly_exemplary, is: true}",
                                  "when: {any: [{fact: conduct.truly_exemplary, is: true},"
                                  " {fact: conduct.truly_exemplary, is: false}]}", 1))  # fmt: skip
    editor.codes(uri, ["rule/always-holds"])


def test_a_mistake_in_a_case_that_is_not_saved(editor: Editing, folder: Path) -> None:
    text = (folder / CASE).read_text("utf-8")
    uri = editor.open(folder / CASE, text.replace('"assigned"', '"asigned"'))
    (problem,) = editor.codes(uri, ["fact/unknown"])
    assert problem.range.start == position(text, '"assigned"')
    editor.close(uri)
    editor.codes(uri, [])


def test_a_file_of_another_program_is_left_alone(editor: Editing, folder: Path) -> None:
    """A mistake that is found afterwards shows that the server has answered everything before."""
    other = folder.parent / "package.json"
    uri = editor.open(other, '{"name": "x"}')
    text = (folder / CASE).read_text("utf-8")
    case = editor.open(folder / CASE, text.replace('"assigned"', '"asigned"'))
    editor.codes(case, ["fact/unknown"])
    assert uri not in editor.client.diagnostics
    case_elsewhere = editor.open(folder.parent / "HS-1.json", text.replace('"assigned"', '"asigned"'))
    editor.codes(case_elsewhere, ["fact/unknown"])
    for opened in (uri, case, case_elsewhere):
        editor.close(opened)


def test_what_another_program_has_written_is_taken_in(editor: Editing, folder: Path) -> None:
    path = folder / "mau-tinh-a-2024" / "local_triggers.yaml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("tasks.late_or_low_quality", "tasks.late"), "utf-8")
    change = types.FileEvent(path.as_uri(), types.FileChangeType.Changed)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))
    editor.codes(path.as_uri(), ["fact/unknown"])
    path.write_text(text, "utf-8")
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))
    editor.codes(path.as_uri(), [])


def test_columns_are_counted_in_utf_16(editor: Editing, folder: Path) -> None:
    """Before the mistake stand letters with combining marks and one that takes two units of UTF-16."""
    case = (folder / CASE).read_text("utf-8")
    wrong = case.replace(
        '"cohort": "trưởng phòng cấp huyện"', '"cohort": "tru\u031bo\u031b\u0309ng \U0002000b", "hads": "U-01"'
    )
    uri = editor.open(folder / CASE, wrong)
    (problem,) = editor.codes(uri, ["relation/unknown"])
    assert problem.range.start == position(wrong, '"hads"')
    found = editor.wait(editor.client.text_document_hover_async(
        types.HoverParams(**at(uri, position(wrong, '"heads"', 3)))
    ))  # fmt: skip
    assert found is not None and found.range is not None and text_in(wrong, found.range) == "heads"
    editor.close(uri)


def test_completion_in_a_file_that_is_broken(editor: Editing, ladder: tuple[str, str]) -> None:
    uri, text = ladder
    broken = text.replace("when: {fact: conduct.truly_exemplary, is: true}", "when: {fact: cond", 1)
    editor.type(uri, broken)
    where = position(broken, "fact: cond\n", len("fact: cond"))
    found = editor.wait(editor.client.text_document_completion_async(types.CompletionParams(**at(uri, where))))
    assert isinstance(found, list)
    item = next(item for item in found if item.label == "conduct.truly_exemplary")
    assert item.detail == "Truly exemplary in every respect"
    assert isinstance(item.text_edit, types.TextEdit) and text_in(broken, item.text_edit.range) == "cond"


def test_hover_over_a_parameter(editor: Editing, ladder: tuple[str, str]) -> None:
    uri, text = ladder
    params = types.HoverParams(**at(uri, position(text, "parameter: excellent_exceeded_percent", 12)))
    found = editor.wait(editor.client.text_document_hover_async(params))
    assert found is not None and isinstance(found.contents, types.MarkupContent)
    for part in ("Share of tasks exceeded for excellent", "Tỷ lệ nhiệm vụ vượt mức", "50%", "reported", "Used at 1"):
        assert part in found.contents.value


def test_definition_and_references(editor: Editing, ladder: tuple[str, str], folder: Path) -> None:
    uri, text = ladder
    here = at(uri, position(text, "tasks.exceeded_percent", 3))
    found = editor.wait(editor.client.text_document_definition_async(types.DefinitionParams(**here)))
    assert isinstance(found, list)
    (definition,) = found
    facts = (folder / "facts.yaml").read_text("utf-8")
    assert definition.uri == (folder / "facts.yaml").as_uri()  # type: ignore[union-attr]
    assert text_in(facts, definition.range) == "tasks.exceeded_percent"  # type: ignore[union-attr]
    every = editor.wait(editor.client.text_document_references_async(
        types.ReferenceParams(context=types.ReferenceContext(include_declaration=False), **here)
    ))  # fmt: skip
    assert every is not None
    counted = sum(
        (path.read_text("utf-8") + " ").count(f"fact: tasks.exceeded_percent{end}")
        for path in folder.rglob("*.yaml")
        for end in (",", "\n", "}", " ")
    )
    assert len(every) == counted > 4


def test_a_rename_in_every_file(editor: Editing, ladder: tuple[str, str], folder: Path) -> None:
    """Policies, tests and cases hold the new name; nothing else of them changes, and nothing is wrong with them."""
    uri, text = ladder
    params = types.RenameParams(new_name="tasks.beyond", **at(uri, position(text, "tasks.completed_percent", 2)))
    refused = types.RenameParams(new_name="tasks.exceeded", **at(uri, params.position))
    with pytest.raises(JsonRpcException, match=r"is taken at facts\.yaml"):
        editor.wait(editor.client.text_document_rename_async(refused))
    changes = editor.wait(editor.client.text_document_rename_async(params))
    assert changes is not None and changes.changes is not None
    for path in [*folder.rglob("*.yaml"), *folder.rglob("*.json")]:
        before = path.read_text("utf-8")
        after = applied(before, changes.changes.get(path.as_uri(), []))
        if path.suffix == ".yaml":
            assert after == before.replace("tasks.completed_percent", "tasks.beyond"), path
        else:
            assert after == before


def test_what_cannot_be_renamed_is_said_before(editor: Editing, ladder: tuple[str, str]) -> None:
    uri, text = ladder
    params = types.PrepareRenameParams(**at(uri, position(text, "otherwise:", 2)))
    with pytest.raises(JsonRpcException, match="There is no name here"):
        editor.wait(editor.client.text_document_prepare_rename_async(params))


def test_a_click_mends_a_mistake(editor: Editing, ladder: tuple[str, str]) -> None:
    uri, text = ladder
    wrong = text.replace("at_least: good}", "at_leas: good}", 1)
    editor.type(uri, wrong)
    (problem,) = editor.codes(uri, ["schema/unknown-key"])
    context = types.CodeActionContext(diagnostics=[problem])
    params = types.CodeActionParams(types.TextDocumentIdentifier(uri), problem.range, context)
    (action,) = editor.wait(editor.client.text_document_code_action_async(params)) or ()
    assert isinstance(action, types.CodeAction) and action.title == "Change to “at_least”"
    assert action.edit is not None and action.edit.changes is not None
    mended = applied(wrong, action.edit.changes[uri])
    assert mended == text
    editor.type(uri, mended)
    editor.codes(uri, [])


def test_the_outline_of_a_file(editor: Editing, ladder: tuple[str, str]) -> None:
    uri, text = ladder
    params = types.DocumentSymbolParams(types.TextDocumentIdentifier(uri))
    found = editor.wait(editor.client.text_document_document_symbol_async(params))
    assert [symbol.name for symbol in found or ()] == ["rungs", "bars", "parameters"]
    rungs = next(symbol for symbol in found or () if symbol.name == "rungs")
    assert isinstance(rungs, types.DocumentSymbol)
    best = (rungs.children or [])[0]
    assert best.name == "excellent"
    rule = (best.children or [])[0]
    assert text_in(text, rule.selection_range) == rule.name == "outstanding_and_model"
    assert rungs.range.start <= best.range.start <= rule.range.start <= rule.range.end <= rungs.range.end


def test_house_style(editor: Editing, ladder: tuple[str, str]) -> None:
    uri, text = ladder
    loose = text.replace("kind: grade_ladder", "kind:    grade_ladder", 1).replace("\n\nrungs:", "\n\n\n\nrungs:", 1)
    editor.type(uri, loose)
    params = types.DocumentFormattingParams(types.TextDocumentIdentifier(uri), types.FormattingOptions(2, True))
    edits = editor.wait(editor.client.text_document_formatting_async(params))
    assert applied(loose, edits or []) == text


def test_a_file_that_was_open_for_a_moment_is_laid_out_soon(editor: Editing, folder: Path) -> None:
    """By its own time of the processor: the first time, too, although that takes seven times as long if nothing is
    done before."""
    uri, before = editor.open(folder / "facts.yaml"), -1.0
    while (now := editor.seconds_of_server()) > before:
        before = now
        editor.wait(asyncio.sleep(0.5))
    params = types.DocumentFormattingParams(types.TextDocumentIdentifier(uri), types.FormattingOptions(2, True))
    editor.wait(editor.client.text_document_formatting_async(params))
    assert editor.seconds_of_server() - before < 0.2
    editor.close(uri)


def test_lenses_and_the_tests_that_they_run(editor: Editing, folder: Path) -> None:
    path = folder / TRIGGERS
    uri, text = editor.open(path), path.read_text("utf-8")
    document = types.TextDocumentIdentifier(uri)

    def lens_of(rule: str) -> types.CodeLens:
        every = editor.wait(editor.client.text_document_code_lens_async(types.CodeLensParams(document))) or ()
        return next(lens for lens in every if text_in(text, lens.range) == rule)

    first = lens_of("late_tasks").command
    assert first is not None and first.title.startswith("named by ")
    arguments = types.ExecuteCommandParams(first.command, first.arguments)
    editor.wait(editor.client.workspace_execute_command_async(arguments))
    assert editor.client.messages[-1].message == "11 of 11 tests pass"
    then = lens_of("late_tasks").command
    assert then is not None and then.title == "holds in 3, fails in 8 tests; decides 0 cases"
    line = position(text, "tasks.late_or_low_quality").line
    where = types.Range(types.Position(line, 0), types.Position(line, 1))
    params = types.CodeActionParams(document, where, types.CodeActionContext(diagnostics=[]))
    (action,) = editor.wait(editor.client.text_document_code_action_async(params)) or ()
    assert isinstance(action, types.CodeAction)
    assert action.title == "Add a test: Tasks late or of low quality above 1"
    editor.close(uri)


@pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="no /proc to read the time of a process from")
def test_no_answer_costs_the_server_a_tenth_of_a_second(editor: Editing, ladder: tuple[str, str]) -> None:
    """Its own time is counted, since other processes share the machine; what is proved costs the time of another."""
    uri, text = ladder
    client, here = editor.client, at(uri, position(text, "tasks.exceeded_percent", 5))
    document = types.TextDocumentIdentifier(uri)
    context = types.ReferenceContext(include_declaration=True)
    answers: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
        "completion": lambda: client.text_document_completion_async(types.CompletionParams(**here)),
        "hover": lambda: client.text_document_hover_async(types.HoverParams(**here)),
        "definition": lambda: client.text_document_definition_async(types.DefinitionParams(**here)),
        "references": lambda: client.text_document_references_async(types.ReferenceParams(context=context, **here)),
        "rename": lambda: client.text_document_rename_async(types.RenameParams(new_name="tasks.beyond", **here)),
        "symbols": lambda: client.text_document_document_symbol_async(types.DocumentSymbolParams(document)),
    }
    editor.codes(uri, [])
    for name, ask in answers.items():
        editor.wait(ask())
        before = editor.seconds_of_server()
        for _ in range(5):
            editor.wait(ask())
        spent = (editor.seconds_of_server() - before) / 5
        assert spent < 0.1, (name, spent)
    before = editor.seconds_of_server()
    for number in range(5):
        editor.type(uri, text.replace("fact: criteria.politics", f"fact: criteria.politics{number}", 1))
    editor.type(uri, text.replace("fact: criteria.politics", "fact: nothing.like.it", 1))
    while "nothing.like.it" not in editor.codes(uri, ["fact/unknown"])[0].message:
        editor.wait(asyncio.sleep(0.01))
    assert (editor.seconds_of_server() - before) / 6 < 0.1
