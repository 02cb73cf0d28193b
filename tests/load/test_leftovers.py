"""What lies among rules and is none: files of editors and systems, links, mounted folders, names that are not UTF-8."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support import ROOT
from support.command import run, run_process

from engine.base.diagnostics import Problems
from engine.load.policies.folders import library_files
from engine.versions.opening import load_library

STARTER = ROOT / "engine" / "starter"
RULES = "mau-2025"
ANOTHER = """kind: triggers
id: more
label: {vi: Thêm, en: More}
applies_to: [group]
triggers:
  - id: another
    label: {vi: Khác, en: Another}
    when: {fact: signs.complaints, at_least: 1}
    source: {document: mau-2025, locator: Điều 4, status: stated, quote: từ 3 phản ánh}
"""


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    shutil.copytree(STARTER / RULES, folder / RULES)
    shutil.copy(STARTER / "facts.yaml", folder)
    return folder


def triggers(folder: Path) -> list[str]:
    """The triggers that are applied, or the codes of what is wrong."""
    try:
        (regulation,) = load_library(folder).regulations.values()
    except Problems as problems:
        return [one.code for one in problems.diagnostics]
    return [one.id for one in regulation.triggers]


# --- what is passed over ----------------------------------------------------------------------------------------------


def rule_in(name: str) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        path = folder / RULES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(ANOTHER, "utf-8")

    return make


def lock_of_emacs(folder: Path) -> None:
    (folder / RULES / ".#triggers.yaml").symlink_to("nobody@machine.example.1:2")
    (folder / ".#facts.yaml").symlink_to("nobody@machine.example.1:2")


def resource_of_macos(folder: Path) -> None:
    for place in (folder / RULES / "._triggers.yaml", folder / "._facts.yaml", folder / RULES / "._a.test.yaml"):
        place.write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X")


def mounted(folder: Path) -> None:
    """As a cluster mounts settings: every file a link through a hidden link to a hidden folder."""
    whole = folder / RULES
    dated = whole / "..2025_11_30"
    dated.mkdir()
    (whole / "..data").symlink_to(dated.name)
    for path in [path for path in whole.iterdir() if path.suffix == ".yaml"]:
        path.rename(dated / path.name)
        path.symlink_to(f"..data/{path.name}")


def hidden_regulation(folder: Path) -> None:
    shutil.copytree(folder / RULES, folder / ".trash")


def link_round(folder: Path) -> None:
    (folder / RULES / "round").symlink_to(".")
    (folder / RULES / "up").symlink_to("..")
    (folder / "self").symlink_to("self")
    (folder / RULES / "self.yaml.d").symlink_to("self.yaml.d")


def folder_of_the_name(folder: Path) -> None:
    (folder / RULES / "old.yaml").mkdir()


def no_rule_of_bytes(folder: Path) -> None:
    (folder / RULES / os.fsdecode(b"ghi ch\xfa.txt")).write_text("x", "utf-8")
    (folder / RULES / os.fsdecode(b"ghi ch\xfa")).mkdir()


LEFT = [
    lock_of_emacs, resource_of_macos, mounted, hidden_regulation, link_round, folder_of_the_name, no_rule_of_bytes,
    *map(rule_in, (".more.yaml", ".trash/more.yaml", "more.yaml~", "#more.yaml#", ".more.yaml.swp", "more.yaml.orig",
                   "more.yaml.bak", "more.yaml___jb_tmp___", "sub/.git/more.yaml", "cases/more.yaml.txt~")),
]  # fmt: skip


@pytest.mark.parametrize("make", LEFT, ids=lambda make: make.__name__)
def test_what_editors_and_systems_leave_is_passed_over(make: Callable[[Path], None], policies: Path) -> None:
    before = triggers(policies)
    make(policies)
    assert triggers(policies) == before == ["many_complaints"]


# --- what is read, or told --------------------------------------------------------------------------------------------


def in_a_linked_folder(folder: Path) -> None:
    (folder.parent / "shared").mkdir()
    (folder.parent / "shared" / "more.yaml").write_text(ANOTHER, "utf-8")
    (folder / RULES / "rules").symlink_to(folder.parent / "shared")


def in_a_linked_file(folder: Path) -> None:
    (folder.parent / "one").write_text(ANOTHER, "utf-8")
    (folder / RULES / "more.yaml").symlink_to("../../one")


def in_a_linked_regulation(folder: Path) -> None:
    (folder / RULES / "more.yaml").write_text(ANOTHER, "utf-8")
    (folder / RULES).rename(folder.parent / "elsewhere")
    (folder / RULES).symlink_to(folder.parent / "elsewhere")


def link_to_nothing(folder: Path) -> None:
    (folder / RULES / "more.yaml").symlink_to("gone.yaml")


def name_that_is_not_utf_8(folder: Path) -> None:
    (folder / RULES / os.fsdecode(b"th\xeam.yaml")).write_text(ANOTHER, "utf-8")


READ = {
    in_a_linked_folder: ["another", "many_complaints"],
    in_a_linked_file: ["another", "many_complaints"],
    in_a_linked_regulation: ["another", "many_complaints"],
    rule_in("more.yaml"): ["another", "many_complaints"],
    rule_in("more.yml"): ["file/not-read"],
    rule_in("More.YAML"): ["file/not-read"],
    link_to_nothing: ["file/link-to-nothing"],
    name_that_is_not_utf_8: ["policy/id-differs"],
}


@pytest.mark.parametrize("make", READ, ids=lambda make: make.__name__)
def test_what_holds_rules_is_read_or_told(make: Callable[[Path], None], policies: Path) -> None:
    make(policies)
    assert sorted(triggers(policies)) == READ[make]


def test_links_to_folders_are_read_once_each_however_they_lead_round(policies: Path) -> None:
    for name in ("a", "b"):
        (policies / RULES / name).mkdir()
        (policies / RULES / name / "other").symlink_to(f"../{'b' if name == 'a' else 'a'}")
    (policies / RULES / "a" / "more.yaml").write_text(ANOTHER, "utf-8")
    read = [path.relative_to(policies / RULES).as_posix() for path in library_files(policies)[1:]]
    assert [name for name in read if "more" in name] == ["a/more.yaml", "b/other/more.yaml"]


def test_a_folder_that_may_not_be_looked_into_is_told(policies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (policies / RULES / "closed").mkdir()
    listed = os.listdir

    def listing(folder: Path) -> list[str]:
        if Path(folder).name == "closed":
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(os, "listdir", listing)
    assert triggers(policies) == ["file/unreadable"]


@pytest.mark.parametrize("make", [name_that_is_not_utf_8, link_to_nothing, no_rule_of_bytes])
@pytest.mark.parametrize("verb", ["check", "test", "format", "evaluate", "docs", "check --format sarif"])
def test_no_verb_ends_in_a_fault_of_ours(make: Callable[[Path], None], verb: str, policies: Path) -> None:
    make(policies)
    arguments = {"evaluate": [f"policies/{RULES}/cases"], "docs": ["-o", "out"]}.get(verb, [])
    # How names that are no UTF-8 are printed depends on the streams of a process.
    call = run_process if make is name_that_is_not_utf_8 and verb == "check" else run
    done = call(*verb.split(), *arguments, cwd=policies.parent)
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout + done.stderr
