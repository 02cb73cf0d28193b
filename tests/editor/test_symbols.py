"""The outline of a file names what stands in it, in the reader's language."""

import pytest
from support.workspaces import STARTER, opened

from engine.editor.places import lines_of
from engine.editor.symbols import Symbol, symbols
from engine.editor.workspace import Workspace, with_text

TESTS = STARTER / "mau-2025" / "triggers.test.yaml"


def outline(workspace: Workspace, language: str) -> tuple[Symbol, ...]:
    (section,) = symbols(workspace, TESTS, language)
    assert section.name == "tests"
    return section.inside


@pytest.mark.parametrize(
    ("language", "name"),
    [("vi", "hai phản ánh chưa giải quyết thì không phải"), ("en", "two complaints not settled do not")],
)
def test_a_test_is_shown_by_its_name_in_the_readers_language(language: str, name: str) -> None:
    workspace = opened()
    shown = outline(workspace, language)
    assert len(shown) == 3
    test = next(symbol for symbol in shown if symbol.name == name)
    line = lines_of(workspace.files[TESTS].text)[test.named.line - 1]
    assert line[test.named.start - 1 : test.named.end - 1] == name
    assert test.start[0] <= test.named.line <= test.end[0]


def test_a_name_in_one_language_is_shown_to_everybody_and_an_unfinished_one_to_nobody() -> None:
    workspace = opened()
    text = workspace.files[TESTS].text
    start = text.index("  - name:")
    end = text.index("    subject:", start)
    plain = with_text(workspace, TESTS, f'{text[:start]}  - name: "một tên"\n{text[end:]}')
    assert [outline(plain, language)[0].name for language in ("vi", "en")] == ["một tên", "một tên"]
    for unfinished in ("name:", "name: 5", "name: {vi: [a]}", "name: {vi: }"):
        typed = with_text(workspace, TESTS, f"{text[:start]}  - {unfinished}\n{text[end:]}")
        assert len(outline(typed, "vi")) == 2
