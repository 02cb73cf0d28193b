"""Drafts of policy files and how they are saved: whole, with their author in git, or as dated copies without it."""

import os
import random
import resource
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.git import git

from engine.base.diagnostics import Problems
from engine.base.writing import alone
from engine.serve.studio import rule_saves
from engine.serve.studio.rule_drafts import (
    Draft,
    DraftFile,
    DraftStore,
    changed_lines,
    drafted,
    policy_path,
    text_of,
    with_text,
    without,
)
from engine.serve.studio.rule_saves import COPIES, earlier, save, take_back_unfinished, undoing
from engine.serve.unfinished import DRAFTS, note, noted

NAME, OLD, NEW = "small/one.yaml", "a: 1\n", "a: 2\n"
OTHER = "small/other.yaml"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A policies folder without git."""
    policies = tmp_path / "policies"
    (policies / "small").mkdir(parents=True)
    (policies / NAME).write_text(OLD)
    (policies / "small" / "other.yaml").write_text("b: 1\n")
    return policies


@pytest.fixture
def policies(bare: Path) -> Path:
    """The same in the subfolder of a repository."""
    git(bare.parent, "init", "-q", "-b", "main")
    git(bare.parent, "add", ".")
    git(bare.parent, "commit", "-q", "-m", "first")
    return bare


def draft_of(folder: Path, text: str = NEW) -> Draft:
    return with_text(folder, Draft(), NAME, text)


def test_a_draft_changes_nothing_until_it_is_saved(bare: Path, tmp_path: Path) -> None:
    store = DraftStore(tmp_path)
    store.keep("Người A/../x", draft_of(bare))
    assert DraftStore(tmp_path).of("Người A/../x") == draft_of(bare)
    assert store.of("Người B") == Draft()
    assert (bare / NAME).read_text() == OLD
    assert text_of(bare, draft_of(bare), NAME) == NEW
    with drafted(bare, draft_of(bare)) as copy:
        assert (copy / NAME).read_text() == NEW
        assert (copy / "small" / "other.yaml").read_text() == "b: 1\n"
    store.keep("Người A/../x", Draft())
    assert store.of("Người A/../x") == Draft()
    assert [path.name for path in (tmp_path / DRAFTS).iterdir()] == [".gitignore"]


def test_a_file_that_is_as_before_leaves_the_draft(bare: Path) -> None:
    assert with_text(bare, draft_of(bare), NAME, OLD) == Draft()


def test_the_lines_of_a_change(bare: Path) -> None:
    assert list(changed_lines(draft_of(bare).files[NAME])) == [("@", "@ -1 +1 @@"), ("-", "a: 1"), ("+", "a: 2")]


@pytest.mark.parametrize(
    "name",
    ["../x.yaml", "/etc/x.yaml", "small/../../x.yaml", ".git/x.yaml", "small/x.txt", "no/x.yaml", "", "small/\n.yaml",
     f"{'x' * 300}.yaml", f"{'x' * 300}/x.yaml", f"small/{'ắ' * 90}.yaml"],
)
def test_a_name_that_leads_elsewhere_is_refused(bare: Path, name: str) -> None:
    with pytest.raises(Problems):
        policy_path(bare, name)


def test_a_link_out_of_the_folder_is_refused(bare: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (bare / "elsewhere").symlink_to(tmp_path / "outside")
    with pytest.raises(Problems):
        policy_path(bare, "elsewhere/x.yaml")


def test_a_save_is_a_commit_of_the_person_and_of_nothing_else(policies: Path) -> None:
    (policies / "small" / "other.yaml").write_text("b: 2\n")
    git(policies, "add", ".")
    saved = save(policies, draft_of(policies), "Nguyễn Đức Ơn", "Đổi một con số")
    assert (policies / NAME).read_text() == NEW
    assert git(policies, "log", "-1", "--format=%H|%an|%ae|%cn|%s") == (
        f"{saved.commit}|Nguyễn Đức Ơn|nguyen-duc-on@studio.invalid|Nguyễn Đức Ơn|Đổi một con số"
    )
    assert git(policies, "show", "--name-only", "--format=", "HEAD") == f"policies/{NAME}"
    assert git(policies, "diff", "--cached", "--name-only") == "policies/small/other.yaml"


def test_a_save_on_an_own_branch_leaves_the_folder_and_the_index_alone(policies: Path) -> None:
    head = git(policies, "rev-parse", "HEAD")
    for draft in (draft_of(policies), with_text(policies, Draft(), OTHER, "b: 3\n")):
        saved = save(policies, draft, "Lê Đ", "thử", own_branch=True)
    assert saved.branch == "xeploai/le-d"
    assert git(policies, "rev-parse", saved.branch) == saved.commit
    assert git(policies, "show", f"{saved.branch}:policies/{NAME}") == "a: 2"
    assert git(policies, "show", f"{saved.branch}:policies/{OTHER}") == "b: 3"
    assert git(policies, "rev-list", "--count", f"{head}..{saved.branch}") == "2"
    assert git(policies, "status", "--porcelain") == ""
    assert git(policies, "rev-parse", "HEAD") == head
    assert (policies / NAME).read_text() == OLD


def test_a_change_on_an_own_branch_is_not_undone_by_the_next_of_the_same_file(policies: Path) -> None:
    first, second = (
        save(policies, draft_of(policies, text), "Lê Đ", "thử", own_branch=True) for text in (NEW, "a: 1 # c\n")
    )
    assert (first.branch, second.branch) == ("xeploai/le-d", "xeploai/le-d-2")
    assert git(policies, "show", f"{first.branch}:policies/{NAME}") == "a: 2"
    assert git(policies, "show", f"{second.branch}:policies/{NAME}") == "a: 1 # c"


def both(folder: Path) -> Draft:
    return with_text(folder, draft_of(folder), OTHER, "b: 2\n")


@pytest.mark.parametrize("written", [(), (NAME,), (NAME, OTHER)])
def test_a_save_that_was_cut_off_is_done_again(policies: Path, written: tuple[str, ...]) -> None:
    draft = both(policies)
    for name in written:
        (policies / name).write_text(draft.files[name].text or "")
    save(policies, draft, "A", "thử")
    assert git(policies, "show", "--name-only", "--format=", "HEAD") == f"policies/{NAME}\npolicies/{OTHER}"
    assert git(policies, "status", "--porcelain") == ""


def test_a_save_that_was_cut_off_after_its_commit_is_not_made_twice(policies: Path) -> None:
    draft = both(policies)
    saved = save(policies, draft, "A", "thử")
    assert save(policies, draft, "A", "thử").commit == saved.commit


@pytest.mark.parametrize("kept_by", ["git", "copies"])
def test_a_save_whose_process_is_killed_is_done_or_taken_back(
    kept_by: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Two files that change together, and processes that are killed at any moment, with the git that they run or
    without it: then git goes on, and its commit may still come."""
    folder: Path = request.getfixturevalue("policies" if kept_by == "git" else "bare")
    chance, done, cut_off = random.Random(7), 0, 0
    for attempt in range(25):
        child = os.fork()
        if child == 0:
            os.setsid()
            for number in range(attempt * 1_000, attempt * 1_000 + 999):
                texts = {NAME: f"a: {number}\n", OTHER: f"b: {number}\n"}
                draft = Draft({name: DraftFile((folder / name).read_text(), text) for name, text in texts.items()})
                save(folder, draft, "A", "thử")
            os._exit(0)
        time.sleep(0.03 + chance.uniform(0, 0.1))
        with_git = attempt % 2
        os.killpg(child, signal.SIGKILL) if with_git else os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        cut_off += noted(folder) is not None
        if with_git:
            (folder.parent / ".git" / "index.lock").unlink(missing_ok=True)
        take_back_unfinished(folder)
        assert noted(folder) is None
        numbers = [(folder / name).read_text()[3:] for name in (NAME, OTHER)]
        assert numbers[0] == numbers[1]
        if kept_by == "git":
            assert git(folder, "status", "--porcelain") == ""
        done += int(numbers[0]) >= attempt * 1_000
    assert done and cut_off


def test_a_save_under_way_is_not_used_and_not_taken_back(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by a server in another process, until it is done or that process has ended."""
    held, go_on = os.pipe()
    draft = both(bare)
    child = os.fork()
    if child == 0:
        with alone(bare):
            note(bare, msgspec.json.encode(draft))
            (bare / NAME).write_text(NEW)
            os.write(go_on, b".")
            time.sleep(60)
        os._exit(0)
    os.read(held, 1)
    monkeypatch.setattr(rule_saves, "WAIT", 0.1)
    take_back_unfinished(bare)
    assert (noted(bare), (bare / NAME).read_text()) == (msgspec.json.encode(draft), NEW)
    with pytest.raises(Problems) as refused:
        save(bare, draft, "B", "")
    assert [problem.code for problem in refused.value.diagnostics] == ["output/in-use"]
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    take_back_unfinished(bare)
    assert (noted(bare), (bare / NAME).read_text()) == (None, OLD)


def test_two_saves_at_the_same_moment_wait_for_each_other(policies: Path) -> None:
    drafts = [draft_of(policies), with_text(policies, Draft(), OTHER, "b: 2\n")]
    savers = [threading.Thread(target=save, args=(policies, draft, "A", "thử")) for draft in drafts]
    for saver in savers:
        saver.start()
    for saver in savers:
        saver.join()
    assert [(policies / name).read_text() for name in (NAME, OTHER)] == [NEW, "b: 2\n"]
    assert git(policies, "rev-list", "--count", "HEAD") == "3"
    assert git(policies, "status", "--porcelain") == ""


def test_what_was_changed_while_a_save_went_on_stays_in_the_draft(bare: Path) -> None:
    saved = draft_of(bare)
    meanwhile = with_text(bare, with_text(bare, saved, NAME, "a: 3\n"), OTHER, "b: 2\n")
    save(bare, saved, "A", "thử")
    left = without(meanwhile, saved, in_folder=True)
    assert left == Draft({NAME: DraftFile(NEW, "a: 3\n"), OTHER: DraftFile("b: 1\n", "b: 2\n")})
    assert without(saved, saved, in_folder=True) == Draft()
    save(bare, left, "A", "thử")
    assert (bare / NAME).read_text() == "a: 3\n"


def test_a_full_disk_leaves_every_file_as_it_was(policies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = with_text(policies, draft_of(policies), OTHER, "b: " + "2" * 200_000 + "\n")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    monkeypatch.setattr(rule_saves, "_write", _as_on_a_full_disk(rule_saves._write))
    with pytest.raises(Problems) as refused:
        save(policies, draft, "A", "thử")
    assert resource.getrlimit(resource.RLIMIT_FSIZE) == before
    assert [problem.code for problem in refused.value.diagnostics] == ["output/no-space"]
    assert [(policies / name).read_text() for name in (NAME, OTHER)] == [OLD, "b: 1\n"]
    assert git(policies, "status", "--porcelain") == ""


def _as_on_a_full_disk(write: Callable[..., None]) -> Callable[..., None]:
    """The same, while no file can be longer than some kilobytes."""

    def limited(*arguments: Any) -> None:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
        try:
            write(*arguments)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limited


@pytest.mark.parametrize("own_branch", [False, True])
def test_what_somebody_else_changed_is_not_overwritten(policies: Path, own_branch: bool) -> None:
    draft = draft_of(policies)
    (policies / NAME).write_text("a: 9\n")
    with pytest.raises(Problems) as refused:
        save(policies, draft, "A", "thử", own_branch=own_branch)
    assert [problem.code for problem in refused.value.diagnostics] == ["edit/changed-elsewhere"]
    assert (policies / NAME).read_text() == "a: 9\n"


def test_a_locked_index_leaves_everything_as_it_was(policies: Path) -> None:
    (policies.parent / ".git" / "index.lock").touch()
    with pytest.raises(Problems) as refused:
        save(policies, draft_of(policies), "A", "thử")
    assert [problem.code for problem in refused.value.diagnostics] == ["git/busy"]
    assert (policies / NAME).read_text() == OLD


def test_a_hook_of_the_repository_does_not_run(policies: Path, tmp_path: Path) -> None:
    hook = policies.parent / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'ran'}\n")
    hook.chmod(0o755)
    save(policies, draft_of(policies), "A", "thử")
    assert not (tmp_path / "ran").exists()


def test_a_save_is_taken_back_by_a_further_save(policies: Path) -> None:
    new_file = "small/new.yaml"
    saved = save(policies, with_text(policies, draft_of(policies), new_file, "c: 1\n"), "A", "đổi")
    assert [save.message for save in earlier(policies)] == ["đổi", "first"]
    back = undoing(policies, str(saved.commit))
    assert back == Draft({NAME: DraftFile(NEW, OLD), new_file: DraftFile("c: 1\n", None)})
    save(policies, back, "B", "hoàn tác")
    assert (policies / NAME).read_text() == OLD
    assert not (policies / new_file).exists()
    assert [(save.person, save.message) for save in earlier(policies)][:2] == [("B", "hoàn tác"), ("A", "đổi")]


def test_a_save_that_was_changed_again_is_not_taken_back(policies: Path) -> None:
    saved = save(policies, draft_of(policies), "A", "đổi")
    save(policies, draft_of(policies, "a: 3\n"), "A", "đổi nữa")
    with pytest.raises(Problems) as refused:
        undoing(policies, str(saved.commit))
    assert [problem.code for problem in refused.value.diagnostics] == ["edit/changed-elsewhere"]


def test_without_git_the_earlier_text_is_kept_as_a_dated_copy(bare: Path) -> None:
    saved = save(bare, draft_of(bare), "A", "đổi")
    assert saved.commit is None
    assert (bare / COPIES / str(saved.copy) / NAME).read_text() == OLD
    [copy] = earlier(bare)
    assert copy.id == saved.copy
    save(bare, undoing(bare, copy.id), "A", "hoàn tác")
    assert (bare / NAME).read_text() == OLD
    assert len(earlier(bare)) == 2


@pytest.mark.parametrize("name", ["../../small", "20240101T000000Z-00000000", "x"])
def test_a_copy_that_is_not_there(bare: Path, name: str) -> None:
    with pytest.raises(Problems):
        undoing(bare, name)
