"""A folder that somebody else made runs nothing: a program named in its settings of git, its names and links leave no
mark whatever command is run in it, and what has no end is not waited for."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support import ROOT
from support.command import Completed, run, run_process
from support.forked_command import Forks, forks
from support.git import git

from engine.cli import COMMANDS

STARTER = ROOT / "engine" / "starter"
NAME = "--output=p.tar"
SECONDS, BYTES = 60, 900_000_000
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
    "dossier": [[CASES, *HERE]],
    "evaluate": [[CASES, *HERE], [CASES, "--format", "json", *HERE]],
    "explain": [[CASES, *HERE]],
    "explain-code": [["git/owner"]],
    "form": [[CASES, "-o", "forms", *HERE]],
    "format": [HERE, ["--check", *HERE]],
    "impact": [["HEAD", "--cases", CASES, *HERE], ["--staged", "--brief", "--cases", CASES, *HERE]],
    "init": [["new"]],
    "lsp": [HERE],
    "new": [["case", *FORM]],
    "population": [[CASES, "-o", "out", *HERE]],
    "prove": [HERE],
    "schema": [["--names", *HERE]],
    "sensitivity": [["--cases", CASES, *HERE]],
    "serve": [["--users", "none.json", *HERE]],
    "table": [["summary", CASES, "-o", "table.xlsx", *HERE]],
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


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
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


@pytest.fixture
def marker(origin: Path) -> Path:
    marker = origin.parent / "marker"
    marker.unlink(missing_ok=True)
    return marker


@pytest.fixture
def copied(origin: Path, marker: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Makes a copy of the hostile folder below a folder of this name."""
    return lambda name: Path(shutil.copytree(origin, tmp_path / name / "kho", symlinks=True))


def called(call: Callable[..., Completed], verb: str, arguments: list[str], folder: Path, marker: Path) -> Completed:
    done = call(verb, *arguments, cwd=folder, env=UNKEPT)
    assert not marker.exists(), arguments
    assert done.returncode in (0, 1, 2) or verb == "ask", (arguments, done.stderr)
    assert not (folder / "p.tar").exists()
    return done


def test_the_folder_is_hostile_indeed(origin: Path, marker: Path) -> None:
    subprocess.run(["git", "status"], cwd=origin, capture_output=True, timeout=60, check=False)
    assert marker.exists()


@needs_git
@pytest.mark.parametrize("verb", COMMANDS)
def test_no_process_runs_what_the_folder_names_and_each_answers_as_the_entry_function_does(
    verb: str, copied: Callable[[str], Path], marker: Path
) -> None:
    """Most tests call the entry function. Here each verb is also started as people start it, in a folder whose modules
    Python would find first."""
    (first, *others), answers = VERBS[verb], []
    for call in (run, run_process):
        folder = copied(call.__name__)
        done = called(call, verb, first, folder, marker)
        assert done.returncode == 0 or verb in ("ask", "form", "serve"), done
        files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if ".git" not in path.parts}
        shown = [text.replace(str(folder), "") for text in (done.stdout, done.stderr)]
        if verb in ("population", "prove"):  # they say how long it took
            shown = [re.sub(r"[\d.,]+", "", text) for text in shown]
        answers.append((done.returncode, shown, files))
    assert answers[0] == answers[1]
    for arguments in others:
        done = called(run, verb, arguments, folder, marker)
        assert done.returncode == 0 or "--output=p.tar" in arguments, (arguments, done)


@needs_git
@pytest.mark.parametrize("verb", COMMANDS)
def test_no_command_fetches_an_object_that_is_lost(verb: str, copied: Callable[[str], Path], marker: Path) -> None:
    folder = copied("lost")
    objects = subprocess.run(
        ["git", "-c", "core.fsmonitor=false", "cat-file", "--batch-all-objects", "--batch-check"],
        cwd=folder, capture_output=True, timeout=60, text=True, env={**os.environ, "GIT_ALLOW_PROTOCOL": "none"},
    ).stdout  # fmt: skip
    blobs = [name for name, kind, _ in map(str.split, objects.splitlines()) if kind == "blob"]
    assert blobs
    for name in blobs:
        (folder / ".git" / "objects" / name[:2] / name[2:]).unlink()
    marker.unlink(missing_ok=True)
    for arguments in VERBS[verb]:
        called(run, verb, arguments, folder, marker)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def nowhere(path: Path) -> None:
    path.symlink_to("nowhere.yaml")


@pytest.fixture(scope="module")
def forked() -> Iterator[Forks]:
    with forks() as process:
        yield process


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
def test_what_is_no_regular_file_is_not_waited_for(
    make: Callable[[Path], None], name: str, tmp_path: Path, forked: Forks
) -> None:
    policies = tmp_path / "policies"
    shutil.copytree(STARTER / "mau-2025", policies / "mau-2025")
    shutil.copy(STARTER / "facts.yaml", policies)
    path = policies / "mau-2025" / name
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    make(path)
    code = "file/link-to-nothing" if make is nowhere else "file/not-regular"
    # What has no end would fill the memory of the tests if it was read: that is tried in a process with little memory.
    verbs = ("check", "test", "format") if make is not endless or name == "more.yaml" else ("check",)
    with at_most(SECONDS):
        if make is endless:
            answers = {verb: forked.run(verb, cwd=tmp_path, seconds=SECONDS, memory=BYTES)[:2] for verb in verbs}
        else:
            answers = {
                verb: (done.returncode, done.stdout + done.stderr)
                for verb in verbs
                if (done := run(verb, cwd=tmp_path))
            }
    for verb, (ended, told) in answers.items():
        tells = verb == "format" or name != UNREAD
        assert ended in (0, 1), told
        if verb != "format":
            assert (code in told) is tells and ended == tells, told
