"""Whatever state a text passes through while a person types it, every question about it has an answer."""

from datetime import date
from pathlib import Path
from random import Random

import pytest
from support.workspaces import opened

from engine.editor.completion import completions
from engine.editor.diagnostics import diagnostics, diagnostics_while_typing
from engine.editor.fixes import fixes
from engine.editor.hover import hover
from engine.editor.lenses import lenses
from engine.editor.places import place_at
from engine.editor.references import NotRenamed, definitions, references, renamed
from engine.editor.symbols import symbols
from engine.editor.workspace import Workspace, with_text

FILES = ["facts.yaml", *(f"mau-2025/{name}" for name in (
    "regulation.yaml", "grades.yaml", "triggers.yaml", "grades.test.yaml", "review_contents.yaml", "cases/to-01.json",
))]  # fmt: skip


def every_question(workspace: Workspace, path: Path, text: str, random: Random) -> None:
    """Every question of an editor, about a few places of a text."""
    problems = diagnostics_while_typing(workspace, path)
    assert all(problem.message("vi") and problem.location.file == str(path) for problem in problems)
    fixes(workspace, path, problems, "en", date(2026, 1, 1))
    symbols(workspace, path, "vi")
    lenses(workspace, path, {}, "vi")
    for _ in range(4):
        place = place_at(text, random.randrange(len(text) + 1))
        completions(workspace, path, place, "vi")
        hover(workspace, path, place, "vi")
        definitions(workspace, path, place)
        references(workspace, path, place)
        try:
            renamed(workspace, path, place, "another_name")
        except NotRenamed as refused:
            assert refused.reason["vi"]


@pytest.mark.parametrize("name", FILES)
def test_every_state_of_a_text_has_answers(name: str) -> None:
    """Cut off, a part gone, a part twice, a sign put in: eight states of each kind."""
    workspace, random = opened(), Random(name)
    path = workspace.folder / name
    whole = workspace.files[path].text
    for number in range(32):
        first, last = sorted((random.randrange(len(whole)), random.randrange(len(whole))))
        last = min(last, first + 60)
        match number % 4:
            case 0:
                text = whole[:first]
            case 1:
                text = whole[:first] + whole[last:]
            case 2:
                text = whole[:last] + whole[first:]
            case _:
                text = whole[:first] + random.choice("{}[]:,-#'\"&*!|>%@`\t\u0309\U0002000b\n") + whole[first:]
        every_question(with_text(workspace, path, text), path, text, random)


@pytest.mark.parametrize("name", FILES)
def test_names_that_mean_nothing_have_answers(name: str) -> None:
    """Each word of the file, now and then, is another: the form stays sound, what it names is not there."""
    workspace, random = opened(), Random(name)
    path = workspace.folder / name
    words = workspace.files[path].text.split(" ")
    for _ in range(12):
        text = " ".join(word[:-1] + "q," if word.endswith(",") and random.random() < 0.1 else word for word in words)
        changed = with_text(workspace, path, text)
        every_question(changed, path, text, random)
        diagnostics(changed)
