"""The papers keep their word: every command that one of them shows is run in a fresh copy and prints what it shows."""

import re
import shlex
import shutil
from pathlib import Path

import openpyxl
import pytest
from support import ROOT
from support.git import git
from support.readme import run

from engine.cli import COMMANDS

PAGES = sorted((ROOT / "docs").glob("*.md"))
PAPERS = ["README.md", "README.vi.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in PAGES)]
BLOCK = re.compile(r"^```(console|diff|python)\n(.*?)^```", re.M | re.S)
TRIED_ELSEWHERE = ("ask", "lsp", "serve", "user")
"""They ask in a terminal (`cli/test_ask.py`), or serve until they are stopped (`serve/`, `editor/`)."""
RUN_ELSEWHERE = ("xeploai check", "xeploai test", "xeploai diff qd-124-2023 qd-366-2025")
"""These take seconds: `test_guide.py` runs the first two, `policies/test_three_regulations.py` the third."""


def text_of(paper: str) -> str:
    return (ROOT / paper).read_text(encoding="utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    return tmp_path


@pytest.mark.parametrize("paper", [paper for paper in PAPERS if BLOCK.search(text_of(paper))])
def test_every_block_does_what_it_shows(paper: str, copy: Path) -> None:
    for kind, text in BLOCK.findall(text_of(paper)):
        match kind:
            case "console":
                command, _, expected = text.partition("\n")
                program, *arguments = shlex.split(command.removeprefix("$ "))
                assert program == "xeploai"
                done = run(["-m", "engine", *arguments], copy)
                assert (done.stdout, done.stderr) == (expected, "")
            case "diff":
                edit(copy, text)
            case "python":
                done = run(["-c", text], copy)
                assert done.returncode == 0, done.stderr
                assert done.stdout == "good\n"


def edit(copy: Path, text: str) -> None:
    """Apply a difference of single lines, each once in its file."""
    name, old, new = (line[2:].strip().removeprefix("-").strip() for line in text.splitlines())
    path = copy / name
    content = path.read_text(encoding="utf-8")
    # The value is the nth of its like; the paper names the parameter that it belongs to.
    at = content.index("id: excellent_exceeded_percent")
    assert old in content[at:]
    path.write_text(content[:at] + content[at:].replace(old, new, 1), encoding="utf-8")


def filled_in(path: Path) -> None:
    """A workbook with one case of nothing but its header."""
    book = openpyxl.Workbook()
    for row in (["case_id", "period", "as_of", "subject.kind"], ["T-1", "2024", "2024-12-31", "leader"]):
        book.active.append(row)
    book.save(path)


def listed(paper: str) -> list[str]:
    """The commands that a paper lists, without what it says of them."""
    lines = [line.partition("#")[0].strip() for line in text_of(paper).splitlines() if line.startswith("    xeploai ")]
    return [line for line in lines if line.split()[1] not in TRIED_ELSEWHERE and line not in RUN_ELSEWHERE]


@pytest.mark.parametrize("command", sorted({command for paper in PAPERS for command in listed(paper)}))
def test_every_command_listed_runs(command: str, copy: Path) -> None:
    cases = "policies/qd-124-2023/cases"
    places = {"CASES": cases, "CASE.json": cases, "DIR": "made", "RECORDS.json": "records.json"}
    places |= {"RECORDS.ndjson": "records.ndjson", "ID": "HS-2024-07"}
    for form in ("json", "ndjson"):
        if f"RECORDS.{form}" in command.split():
            records = run(["-m", "engine", "evaluate", cases, "--format", form], copy).stdout
            (copy / f"records.{form}").write_text(records, "utf-8")
    if "format" in command.split():
        for folder in ("qd-132-2018", "qd-366-2025", "qd-124-2023/grades"):
            shutil.rmtree(copy / "policies" / folder)
    if "evaluate CASES.xlsx" in command:
        filled_in(copy / "CASES.xlsx")
    if "changelog" in command:
        for words in (["init", "-q"], ["add", "policies"], ["commit", "-q", "-m", "policies"]):
            git(copy, *words)
    words = [places.get(word, word) for word in shlex.split(command)[1:]]
    done = run(["-m", "engine", *words], copy)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_of_commands_lists_every_verb() -> None:
    lines = [line.split()[1] for line in text_of("docs/commands.md").splitlines() if line.startswith("    xeploai ")]
    assert set(lines) == set(COMMANDS)


@pytest.mark.parametrize("paper", PAPERS)
def test_every_file_that_is_linked_exists(paper: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", text_of(paper)):
        assert target.startswith("http") or ((ROOT / paper).parent / target).exists(), target


@pytest.mark.parametrize("paper", ["README.md", "docs/policies.md"])
def test_every_folder_that_a_layout_names_exists(paper: str) -> None:
    for name in re.findall(r"^    ([\w-]+/) ", text_of(paper), re.M):
        assert (ROOT / name).is_dir(), name


@pytest.mark.parametrize(("paper", "lines"), [("README.md", 120), ("docs/ARCHITECTURE.md", 120)])
def test_a_paper_is_short(paper: str, lines: int) -> None:
    assert len(text_of(paper).splitlines()) <= lines


def test_modules_that_the_papers_name_exist() -> None:
    for paper in ("docs/ARCHITECTURE.md", "CONTRIBUTING.md"):
        for name in re.findall(r"`((?:base|core|load|study|versions|population|report|cli)/[\w/]+)`", text_of(paper)):
            path = ROOT / "engine" / name
            assert path.is_dir() or path.with_suffix(".py").is_file(), f"{paper}: {name}"
