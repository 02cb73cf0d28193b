"""Git asked for what git knows: repositories of every shape, by what the last commit and the next one hold in them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support import ROOT, TESTS

from engine.base.diagnostics import Problems
from engine.load.policies.folders import yaml_files
from engine.versions.revisions import STAGED, commit_of, policies_at

BASE = TESTS / "broken" / "base"
LADDER = "small/ladder.yaml"
IDENTITY = ("-c", "user.name=A", "-c", "user.email=a@example.invalid", "-c", "commit.gpgsign=false")

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="no git")


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *IDENTITY, *arguments], cwd=folder, check=True, capture_output=True, text=True, timeout=60
    ).stdout


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "policies")


def edit(folder: Path, name: str = LADDER) -> None:
    with (folder / "policies" / name).open("a", encoding="utf-8") as file:
        file.write("# edited\n")


def texts(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in yaml_files(folder)}


FILES = texts(BASE)
EDITED = {LADDER: FILES[LADDER] + "# edited\n"}
NOTHING = dict.fromkeys(FILES, None)


def files_as_they_are(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def held(folder: Path, revision: str) -> dict[str, str] | str:
    """What git holds of the folder, or the code of why that cannot be said."""
    try:
        with policies_at(folder, revision) as copy:
            return texts(copy)
    except Problems as problems:
        return problems.diagnostics[0].code


# --- what repositories there are --------------------------------------------------------------------------------------


def as_committed(folder: Path) -> None:
    pass


def edited(folder: Path) -> None:
    edit(folder)


def staged(folder: Path) -> None:
    edit(folder)
    git(folder, "add", "-A")


def staged_and_put_back(folder: Path) -> None:
    staged(folder)
    (folder / "policies" / LADDER).write_text(FILES[LADDER], "utf-8")


def skip_worktree(folder: Path) -> None:
    git(folder, "update-index", "--skip-worktree", f"policies/{LADDER}")
    (folder / "policies" / LADDER).unlink()


def sparse(folder: Path) -> None:
    (folder / "other").mkdir()
    (folder / "other" / "file").write_text("", "utf-8")
    commit(folder)
    git(folder, "sparse-checkout", "set", "--cone", "--sparse-index", "other")
    assert not (folder / "policies" / LADDER).exists()


def announced(folder: Path) -> None:
    shutil.copy(BASE / LADDER, folder / "policies" / "small" / "more.yaml")
    git(folder, "add", "-N", ".")


def export_ignore(folder: Path) -> None:
    (folder / ".gitattributes").write_text("policies/small export-ignore\n*.yaml export-subst ident\n", "utf-8")
    commit(folder)


def assumed_unchanged(folder: Path) -> None:
    git(folder, "update-index", "--assume-unchanged", f"policies/{LADDER}")
    edit(folder)


def ignored(folder: Path) -> None:
    git(folder, "rm", "-q", "-r", "--cached", "policies")
    (folder / ".gitignore").write_text("policies/\n", "utf-8")
    commit(folder)


def one_file_ignored(folder: Path) -> None:
    (folder / ".gitignore").write_text("more.yaml\n", "utf-8")
    shutil.copy(BASE / LADDER, folder / "policies" / "small" / "more.yaml")


def linked_file(folder: Path) -> None:
    (folder / "shared").mkdir()
    (folder / "policies" / LADDER).rename(folder / "shared" / "one.yaml")
    (folder / "policies" / LADDER).symlink_to("../../shared/one.yaml")
    commit(folder)


def linked_file_by_its_whole_path(folder: Path) -> None:
    linked_file(folder)
    (folder / "policies" / LADDER).unlink()
    (folder / "policies" / LADDER).symlink_to(folder / "shared" / "one.yaml")
    commit(folder)


def linked_file_then_edited(folder: Path) -> None:
    linked_file(folder)
    edit(folder)


def linked_folder(folder: Path) -> None:
    (folder / "policies" / "small").rename(folder / "store")
    (folder / "policies" / "small").symlink_to("../store")
    (folder / "store" / "round").symlink_to("..")
    (folder / "store" / "cases").symlink_to("/nowhere/at/all")
    (folder / "store" / "README.md").symlink_to("/nowhere/at/all")
    (folder / "store" / ".#ladder.yaml").symlink_to("somebody@machine.1:2")
    commit(folder)


def linked_policies(folder: Path) -> None:
    (folder / "policies").rename(folder / "rules-1")
    (folder / "policies").symlink_to("rules-1")
    commit(folder)
    shutil.copytree(folder / "rules-1", folder / "rules-2")
    (folder / "policies").unlink()
    (folder / "policies").symlink_to("rules-2")
    edit(folder)


def linked_outside(folder: Path) -> None:
    (folder.parent / "outside.yaml").write_text("kind: facts\n", "utf-8")
    (folder / "policies" / "small" / "more.yaml").symlink_to("../../../outside.yaml")
    commit(folder)


def no_commit(folder: Path) -> None:
    shutil.rmtree(folder / ".git")
    git(folder, "init", "-q")
    git(folder, "add", "-A")


def not_yet_added(folder: Path) -> None:
    shutil.rmtree(folder / ".git")
    git(folder, "init", "-q")
    git(folder, "commit", "-q", "--allow-empty", "-m", "before the policies")


def line_ends(folder: Path) -> None:
    content = (folder / "policies" / LADDER).read_bytes()
    (folder / "policies" / LADDER).write_bytes(content.replace(b"\n", b"\r\n"))


def strange_names(folder: Path) -> None:
    (folder / "policies" / "small" / "--output=a\tb\n:(top)*.yaml").write_bytes(b"kind: facts\n")
    commit(folder)


def submodule(folder: Path) -> None:
    inner = folder.parent / "inner"
    shutil.move(folder / "policies" / "small", inner)
    git(inner, "init", "-q")
    commit(inner)
    git(folder, "rm", "-q", "-r", "--cached", "policies/small")
    git(folder, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "policies/small")
    commit(folder)


def submodule_not_fetched(folder: Path) -> None:
    submodule(folder)
    git(folder, "submodule", "deinit", "-f", "--all")
    shutil.rmtree(folder / ".git" / "modules")


def replaced_object(folder: Path) -> None:
    old = git(folder, "rev-parse", f"HEAD:policies/{LADDER}").strip()
    edit(folder)
    new = git(folder, "hash-object", "-w", f"policies/{LADDER}").strip()
    git(folder, "replace", old, new)


def missing_object(folder: Path) -> None:
    name = git(folder, "rev-parse", f"HEAD:policies/{LADDER}").strip()
    (folder / ".git" / "objects" / name[:2] / name[2:]).unlink()


def broken_settings(folder: Path) -> None:
    (folder / ".git" / "config").write_text("[core\n", "utf-8")


def settings_of_another_tree(folder: Path) -> None:
    git(folder, "config", "core.worktree", str(folder.parent))


def no_repository(folder: Path) -> None:
    shutil.rmtree(folder / ".git")


def inside_a_bare_repository(folder: Path) -> None:
    shutil.rmtree(folder / ".git")
    git(folder, "init", "-q", "--bare", ".")


MORE = {"small/more.yaml": FILES[LADDER]}
STRANGE = {"small/--output=a\tb\n:(top)*.yaml": "kind: facts\n"}


@dataclass(frozen=True)
class Row:
    """A repository; what differs from the base in its last commit, and in what is staged, or the code of why that
    cannot be said; and whether what is read is what is committed, None where no commit can be named."""

    make: Callable[[Path], None]
    clean: bool | None = True
    head: dict[str, str | None] | str = field(default_factory=dict)
    staged: dict[str, str | None] | str = field(default_factory=dict)


ROWS = [
    Row(as_committed),
    Row(edited, False),
    Row(staged, False, {}, EDITED),
    Row(staged_and_put_back, True, {}, EDITED),
    Row(skip_worktree, False),
    Row(sparse, None),
    Row(announced, False),
    Row(export_ignore),
    Row(assumed_unchanged, False),
    Row(ignored, None, "git/no-folder", "git/no-folder"),
    Row(one_file_ignored, False),
    Row(linked_file),
    Row(linked_file_by_its_whole_path),
    Row(linked_file_then_edited, False),
    Row(linked_folder),
    Row(linked_policies, False),
    Row(linked_outside, None, "git/link", "git/link"),
    Row(no_commit, None, "git/no-commit", {}),
    Row(not_yet_added, None, "git/no-folder", "git/no-folder"),
    Row(line_ends),
    Row(strange_names, True, STRANGE, STRANGE),
    Row(submodule),
    Row(submodule_not_fetched, None, "git/submodule", "git/submodule"),
    Row(replaced_object, False),
    Row(missing_object, None, "git/not-here", "git/not-here"),
    Row(broken_settings, None, "git/failed", "git/failed"),
    Row(settings_of_another_tree, None, "git/no-folder", "git/no-folder"),
    Row(no_repository, None, "git/no-repository", "git/no-repository"),
    Row(inside_a_bare_repository, None, "git/no-repository", "git/no-repository"),
]


def expected(differing: dict[str, str | None] | str) -> dict[str, str] | str:
    if isinstance(differing, str):
        return differing
    return {name: text for name, text in {**FILES, **differing}.items() if text is not None}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "kho [1] --output=p.tar"
    shutil.copytree(BASE, folder / "policies")
    git(folder, "init", "-q")
    commit(folder)
    return folder


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.make.__name__)
def test_every_repository_is_read_as_git_holds_it(row: Row, repository: Path) -> None:
    row.make(repository)
    before = files_as_they_are(repository)
    policies = repository / "policies"
    assert held(policies, "HEAD") == expected(row.head)
    assert held(policies, STAGED) == expected(row.staged)
    found = commit_of(policies)
    assert (found[1] if found is not None else None) == row.clean
    if found is not None:
        assert found[0] == git(repository, "rev-parse", "HEAD").strip()
    assert files_as_they_are(repository) == before, "git is only read"


# --- from inside a hook -----------------------------------------------------------------------------------------------


def plain(folder: Path) -> list[str]:
    git(folder, "add", "-A")
    return []


def everything(folder: Path) -> list[str]:
    return ["-a"]


def one_file(folder: Path) -> list[str]:
    edit(folder, "facts.yaml")
    git(folder, "add", "policies/facts.yaml")
    return ["--only", f"policies/{LADDER}"]


@pytest.mark.parametrize("how", [plain, everything, one_file], ids=lambda how: how.__name__)
@pytest.mark.parametrize("place", ["main", "linked", "below", "named", "another"])
def test_a_hook_sees_what_its_commit_would_hold(
    how: Callable[[Path], list[str]], place: str, repository: Path, tmp_path: Path
) -> None:
    """git gives hooks the folder of a linked worktree, and another index for `commit -a` and for files that are named;
    of another repository it gives nothing that may be used."""
    asks = tmp_path / "ask.py"
    asks.write_text(
        "import json, sys\nfrom pathlib import Path\nsys.path[:0] = [sys.argv[1], sys.argv[1] + '/tests']\n"
        "from tests.versions.test_git import held\nfrom engine.versions.revisions import STAGED\n"
        "found = {name: held(Path(sys.argv[2]), name) for name in ('HEAD', STAGED)}\n"
        "Path(sys.argv[3]).write_text(json.dumps(found), 'utf-8')\n",
        "utf-8",
    )
    top = repository
    if place == "linked":
        git(repository, "worktree", "add", "-q", "-b", "side", "../side")
        top = repository.parent / "side"
    policies = top / "policies"
    if place == "another":
        top = tmp_path / "other"
        shutil.copytree(BASE, top / "policies")
        git(top, "init", "-q")
        commit(top)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    answer = tmp_path / "answer.json"
    asked = policies if place in ("another", "named") else Path("policies")
    words = [sys.executable, asks, ROOT, asked, answer]
    (hooks / "pre-commit").write_text("#!/bin/sh\n" + " ".join(f"'{word}'" for word in words) + "\nexit 1\n", "utf-8")
    (hooks / "pre-commit").chmod(0o755)
    edit(top)
    arguments = ["-c", f"core.hooksPath={hooks}", "commit", "-m", "one", *how(top)]
    if place == "named":
        arguments = [f"--git-dir={top / '.git'}", f"--work-tree={top}", *arguments]
    if place == "below":
        arguments = [one.replace("policies/", "") for one in arguments]
    done = subprocess.run(
        ["git", *IDENTITY, *arguments], cwd=top / "policies" if place == "below" else top,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    found = json.loads(answer.read_text("utf-8"))
    assert found["HEAD"] == FILES, done.stderr
    assert found[STAGED] == (FILES if place == "another" else {**FILES, **EDITED})
