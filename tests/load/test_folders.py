"""The policies that a command works on: those that it was given, and never others in their place."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from support import ROOT

from engine.base.data import data_folder
from engine.cli import cli
from engine.cli.opening import SHIPPED

STARTER = ROOT / "engine" / "starter"
CASE = ROOT / "policies" / "qd-124-2023" / "cases" / "08-leader-good.json"
OWN = [
    ["check"], ["check", "--format", "json"], ["check", "--staged"], ["test"], ["test", "--staged"], ["format"],
    ["format", "--check"], ["changelog"], ["changelog", "--write"], ["diff", "HEAD"], ["diff", "--staged"],
    ["impact", "HEAD", "--cases", str(CASE)], ["diff", str(STARTER)],
]  # fmt: skip
READING = [
    ["evaluate", str(CASE)], ["evaluate", str(CASE), "--format", "json"], ["explain", str(CASE)],
    ["schema", "qd-124-2023"], ["trace", "qd-124-2023"], ["docs", "-o", "docs"],
    ["diff", "qd-124-2023", "mau-tinh-a-2024"], ["compile", "qd-124-2023", "--subject", "leader"],
]  # fmt: skip


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments, catch_exceptions=False)


def policies(folder: Path) -> None:
    shutil.copytree(STARTER / "mau-2025", folder / "mau-2025")
    shutil.copy(STARTER / "facts.yaml", folder)


def beside(folder: Path) -> Path:
    policies(folder / "rules")
    return folder


def beside_without_facts(folder: Path) -> Path:
    policies(folder / "rules")
    (folder / "rules" / "facts.yaml").unlink()
    return folder


def beside_by_another_ending(folder: Path) -> Path:
    policies(folder / "rules")
    (folder / "rules" / "facts.yaml").rename(folder / "rules" / "facts.yml")
    return folder


def in_a_regulation(folder: Path) -> Path:
    policies(folder)
    return folder / "mau-2025"


def in_a_folder_of_a_project(folder: Path) -> Path:
    policies(folder / "policies")
    (folder / "hồ sơ" / "2025").mkdir(parents=True)
    return folder / "hồ sơ" / "2025"


def facts_by_another_ending(folder: Path) -> Path:
    policies(folder)
    (folder / "facts.yaml").rename(folder / "facts.yml")
    return folder


def a_file_of_the_name(folder: Path) -> Path:
    (folder / "policies").write_text("", "utf-8")
    return folder


def a_link_to_nothing(folder: Path) -> Path:
    (folder / "policies").symlink_to("gone")
    return folder


NEARBY = {
    beside: "rules", beside_without_facts: "rules", beside_by_another_ending: "rules", in_a_regulation: "..",
    in_a_folder_of_a_project: "../../policies", facts_by_another_ending: ".", a_file_of_the_name: "policies",
    a_link_to_nothing: "policies",
}  # fmt: skip


def as_it_is(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("make", NEARBY, ids=lambda make: make.__name__)
def test_where_policies_lie_nearby_no_others_are_taken(
    make: Callable[[Path], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(make(tmp_path))
    before = as_it_is(tmp_path)
    for arguments in (*OWN, *READING):
        done = run(*arguments, "--lang", "en")
        assert done.exit_code == 2, arguments
        assert f"`{NEARBY[make]}` may be meant" in done.stderr, arguments
        assert not done.stdout, arguments
    assert as_it_is(tmp_path) == before


def test_where_there_are_none_those_of_the_program_are_read_and_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in READING:
        done = run(*arguments)
        assert done.exit_code == 0, done.output
        assert done.stderr.splitlines()[0] == SHIPPED["vi"], arguments
        assert done.stderr.count(SHIPPED["vi"]) == 1
        assert "đi kèm" not in done.stdout, "what a program reads stays what it is"


def test_those_of_the_program_are_never_checked_changed_or_looked_for_in_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = as_it_is(data_folder("policies"))
    for arguments in OWN:
        done = run(*arguments)
        assert done.exit_code == 2, arguments
        assert "ở đây không có thư mục quy tắc" in done.stderr, arguments
    assert as_it_is(data_folder("policies")) == before


@pytest.mark.parametrize("named", [["--policies", "rules"], []], ids=["named", "here"])
def test_those_that_are_given_are_taken(named: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policies(tmp_path / "rules")
    monkeypatch.chdir(tmp_path if named else tmp_path / "rules")
    for arguments in (["check"], ["test"], ["format", "--check"], ["schema", "mau-2025"]):
        done = run(*arguments, *named)
        assert done.exit_code == 0, done.output
        assert not done.stderr
