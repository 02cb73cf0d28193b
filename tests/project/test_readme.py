"""The README keeps its word: every command that it shows is run in a fresh copy and prints what it shows."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from support.readme import ROOT, run

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(console|diff|python)\n(.*?)^```", re.M | re.S)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    return tmp_path


def test_every_block_of_the_readme_does_what_it_shows(copy: Path) -> None:
    kinds = []
    for kind, text in BLOCK.findall(README):
        kinds.append(kind)
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
                done = run(["-c", text], ROOT)
                assert done.returncode == 0, done.stderr
                assert done.stdout == "good\n"
    assert kinds == ["console", "diff", "console", "python"]


def edit(copy: Path, text: str) -> None:
    """Apply a difference of single lines, each once in its file."""
    name, old, new = (line[2:].strip().removeprefix("-").strip() for line in text.splitlines())
    path = copy / name
    content = path.read_text(encoding="utf-8")
    # The value is the nth of its like; the README names the parameter that it belongs to.
    at = content.index("id: excellent_exceeded_percent")
    assert old in content[at:]
    path.write_text(content[:at] + content[at:].replace(old, new, 1), encoding="utf-8")


IDENTITY = ["-c", "user.name=A", "-c", "user.email=a@example.invalid"]


def filled_in(path: Path) -> None:
    """A workbook with one case of nothing but its header."""
    book = openpyxl.Workbook()
    for row in (["case_id", "period", "as_of", "subject.kind"], ["T-1", "2024", "2024-12-31", "leader"]):
        book.active.append(row)
    book.save(path)


LISTED = [line.strip() for line in README.splitlines() if line.startswith("    xeploai ")]
TRIED_ELSEWHERE = "ask"
"""It asks in a terminal: `test_ask.py`."""


@pytest.mark.parametrize("line", [line for line in LISTED if line.split()[1] != TRIED_ELSEWHERE])
def test_every_command_listed_in_the_readme_runs(line: str, copy: Path) -> None:
    command = line.partition("#")[0].strip()
    cases = "policies/qd-124-2023/cases"
    places = {"CASES": cases, "CASE.json": cases, "DIR": "made", "RECORDS.json": "records.json"}
    if "RECORDS.json" in command:
        (copy / "records.json").write_text(
            run(["-m", "engine", "evaluate", cases, "--format", "json"], copy).stdout, "utf-8"
        )
    if "evaluate CASES.xlsx" in command:
        filled_in(copy / "CASES.xlsx")
    if "changelog" in command:
        for words in (["init", "-q"], ["add", "policies"], ["commit", "-q", "-m", "policies"]):
            subprocess.run(["git", *IDENTITY, *words], cwd=copy, check=True, timeout=60)
    words = [places.get(word, word) for word in shlex.split(command)[1:]]
    done = run(["-m", "engine", *words], copy)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_readme_lists_the_main_commands() -> None:
    assert {line.split()[1] for line in LISTED} == {
        "evaluate", "explain", "new", "ask", "check", "explain-code", "test", "format", "docs", "init", "trace",
        "compile", "schema", "verify", "diff", "impact", "sensitivity", "changelog", "population",
    }  # fmt: skip


def test_every_file_and_folder_that_the_readme_names_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
    for line in README.split("## Files")[1].split("##")[0].splitlines():
        match = re.match(r"    (\w+/) ", line)
        assert match is None or (ROOT / match[1]).is_dir(), line
