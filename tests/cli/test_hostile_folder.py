"""A folder that somebody else made runs nothing: a program named in its settings of git, its names and links leave no
mark whatever command is run in it, and what has no end is not waited for."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support import ROOT
from support.command import run, run_process

from engine.cli import COMMANDS

STARTER = ROOT / "engine" / "starter"
NAME = "--output=p.tar"
SECONDS = 60
CASES = f"./{NAME}/mau-2025/cases"
HERE = ["--policies", NAME]
FORM = ["--regulation", "mau-2025", "--subject", "group", *HERE]
AGAIN = ["records.json", "--cases", CASES]
VERBS = {
    "ask": [["case.json", *FORM]],
    "changelog": [HERE, ["--staged", "--write", *HERE]],
    "check": [HERE, ["--staged", *HERE], ["--format", "sarif", *HERE]],
    "compile": [["mau-2025", "--subject", "group", *HERE]],
    "diff": [["HEAD", *HERE], ["HEAD~1..HEAD", *HERE], ["--staged", *HERE], ["--output=p.tar", *HERE]],
    "docs": [["-o", "docs", *HERE]],
    "evaluate": [[CASES, *HERE], [CASES, "--format", "json", *HERE]],
    "explain": [[CASES, *HERE]],
    "explain-code": [["git/owner"]],
    "format": [HERE, ["--check", *HERE]],
    "impact": [["HEAD", "--cases", CASES, *HERE], ["--staged", "--brief", "--cases", CASES, *HERE]],
    "init": [["new"]],
    "lsp": [HERE],
    "new": [["case", *FORM]],
    "population": [[CASES, "-o", "out", *HERE]],
    "schema": [["--names", *HERE]],
    "sensitivity": [["--cases", CASES, *HERE]],
    "serve": [["--users", "none.json", *HERE]],
    "test": [HERE, ["--staged", *HERE]],
    "trace": [["mau-2025", *HERE]],
    "user": [["list", "--users", "none.json"]],
    "verify": [[*AGAIN, *HERE], [*AGAIN, "--revision", "HEAD", *HERE]],
}

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="no git")


UNKEPT = {"XEPLOAI_CACHE": "off"}


@pytest.fixture(autouse=True)
def git_of_no_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.invalid", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of sound policies whose settings name a program wherever git takes one, beside modules that bear the
    names of libraries. `marker` is what the program leaves."""
    top = tmp_path_factory.mktemp("hostile")
    folder, evil = top / "kho", top / "evil"
    evil.write_text(f"#!/bin/sh\ntouch '{top / 'marker'}'\ncat\n", encoding="utf-8")
    evil.chmod(0o755)
    shutil.copytree(STARTER / "mau-2025", folder / NAME / "mau-2025")
    shutil.copy(STARTER / "facts.yaml", folder / NAME)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "one")
    with (folder / NAME / "facts.yaml").open("a", encoding="utf-8") as facts:
        facts.write("# edited\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "two")
    (folder / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n", encoding="utf-8")
    hooks = folder / "hooks"
    hooks.mkdir()
    for name in ("pre-commit", "post-index-change", "post-checkout", "reference-transaction", "fsmonitor-watchman"):
        shutil.copy(evil, hooks / name)
    settings = {
        "core.fsmonitor": evil, "core.hooksPath": hooks, "core.pager": evil, "core.editor": evil, "diff.external": evil,
        "core.sshCommand": evil, "core.gitProxy": evil, "core.askPass": evil, "core.alternateRefsCommand": evil,
        "credential.helper": evil, "gpg.program": evil, "diff.evil.textconv": evil, "diff.evil.command": evil,
        "filter.evil.clean": evil, "filter.evil.smudge": evil, "filter.evil.process": evil,
        "filter.evil.required": "true", "merge.evil.driver": evil, "uploadpack.packObjectsHook": evil,
        "pager.ls-tree": evil, "pager.ls-files": evil,
        "alias.ls-tree": f"!{evil}", "extensions.partialClone": "origin", "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::{evil}", "remote.origin.uploadpack": evil, "protocol.ext.allow": "always",
        "core.repositoryFormatVersion": "1",
    }  # fmt: skip
    for name, value in settings.items():
        git(folder, "-c", "core.fsmonitor=false", "config", name, str(value))
    module = f"import os\nos.close(os.open({str(top / 'marker')!r}, os.O_CREAT))\n"
    for name in ("yaml", "click", "msgspec", "json", "sitecustomize", "conftest", "duckdb", "colorsys"):
        (folder / f"{name}.py").write_text(module, "utf-8")
    records = run("evaluate", CASES, "--format", "json", *HERE, cwd=folder, env=UNKEPT)
    (folder / "records.json").write_text(records.stdout, "utf-8")
    return folder


def test_the_folder_is_hostile_indeed(hostile: Path) -> None:
    marker = hostile.parent / "marker"
    marker.unlink(missing_ok=True)
    subprocess.run(["git", "status"], cwd=hostile, capture_output=True, timeout=60, check=False)
    assert marker.exists()
    marker.unlink()


@needs_git
@pytest.mark.parametrize("lost", [False, True], ids=["whole", "an object is to be fetched"])
@pytest.mark.parametrize("verb", COMMANDS)
def test_no_command_runs_what_the_folder_names(verb: str, lost: bool, hostile: Path, tmp_path: Path) -> None:
    marker = hostile.parent / "marker"
    marker.unlink(missing_ok=True)
    folder = tmp_path / "kho"
    shutil.copytree(hostile, folder, symlinks=True)
    if lost:
        for path in sorted((folder / ".git" / "objects").glob("[0-9a-f][0-9a-f]/*")):
            if subprocess.run(
                ["git", "-c", "core.fsmonitor=false", "cat-file", "-t", path.parent.name + path.name],
                cwd=folder, capture_output=True, timeout=60, env={**os.environ, "GIT_ALLOW_PROTOCOL": "none"},
            ).stdout == b"blob\n":  # fmt: skip
                path.unlink()
    marker.unlink(missing_ok=True)
    # A process of its own finds the folder's modules first, whatever its verb is asked for.
    calls = [(run if lost else run_process, VERBS[verb][0]), *((run, arguments) for arguments in VERBS[verb][1:])]
    for call, arguments in calls:
        done = call(verb, *arguments, cwd=folder, env=UNKEPT)
        assert not marker.exists(), arguments
        assert done.returncode in (0, 1, 2) or verb == "ask", (arguments, done.stderr)
        assert not (folder / "p.tar").exists()
        if not lost and "--output=p.tar" not in arguments[:1] and verb not in ("ask", "serve"):
            assert done.returncode == 0, (arguments, done.stdout + done.stderr)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def nowhere(path: Path) -> None:
    path.symlink_to("nowhere.yaml")


class Late(BaseException):
    """No exception that the command catches."""


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise Late out of whatever still waits after so long, and out of what goes on to wait after that."""

    def late(*_: object) -> None:
        raise Late

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


UNREAD = "more.yml"
"""By its name no file of policies or tests."""
ENDS = ["more.yaml", "more.yml", "regulation.yaml", "overlay.yaml", "more.test.yaml", "sub/more.yaml", "../facts.yaml"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize("make", [fifo, endless, nowhere], ids=lambda make: make.__name__)
def test_what_is_no_regular_file_is_not_waited_for(make: Callable[[Path], None], name: str, tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    shutil.copytree(STARTER / "mau-2025", policies / "mau-2025")
    shutil.copy(STARTER / "facts.yaml", policies)
    path = policies / "mau-2025" / name
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    make(path)
    code = "file/link-to-nothing" if make is nowhere else "file/not-regular"
    # What has no end would fill the memory of the tests if it was read: that is tried in a process, and not so often.
    verbs = ("check", "test", "format") if make is not endless or name == "more.yaml" else ("check",)
    call = run_process if make is endless else run
    with at_most(SECONDS):
        ended = {verb: call(verb, cwd=tmp_path) for verb in verbs}
    for verb, done in ended.items():
        tells = verb == "format" or name != UNREAD
        told = done.stdout + done.stderr
        assert done.returncode in (0, 1), told
        if verb != "format":
            assert (code in told) is tells and done.returncode == tells, told
