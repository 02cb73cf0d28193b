"""A policies folder as it was at a git revision, or as it is staged. Git is only read: the user's checkout, index and
stash are never written.
"""

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.diagnostics import Diagnostic, Location, Problems, diagnostic

STAGED = "--staged"
"""Instead of a revision: what the next commit would hold."""
SECONDS = 120
MARKER = "facts.yaml"


@dataclass(frozen=True)
class Repository:
    """A git repository and the place of the policies folder in it ("" for its top)."""

    top: Path
    inside: str


def repository_of(folder: Path) -> Repository:
    """The repository that a folder lies in. Raises Problems."""
    if shutil.which("git") is None:
        raise Problems([diagnostic("git/missing", Location(str(folder)))])
    found = _git(folder if folder.is_dir() else Path(), "rev-parse", "--show-toplevel")
    if found.returncode:
        raise Problems([diagnostic("git/no-repository", Location(str(folder)))])
    top = Path(found.stdout.decode().rstrip("\n"))
    inside = folder.resolve().relative_to(top.resolve()).as_posix()
    return Repository(top, "" if inside == "." else inside)


def commit_of(folder: Path) -> tuple[str, bool] | None:
    """The commit that a folder stands at, and whether it is just as committed; None outside git."""
    try:
        repository = repository_of(folder)
    except Problems:
        return None
    commit = _git(repository.top, "rev-parse", "--verify", "HEAD")
    if commit.returncode:
        return None
    changed = _git(repository.top, "status", "--porcelain", "--", repository.inside or ".")
    return commit.stdout.decode().strip(), not changed.stdout.strip()


@contextmanager
def policies_at(folder: Path, revision: str) -> Iterator[Path]:
    """A copy of the policies folder as of `revision` (or STAGED), for as long as the context lasts.

    Raises Problems: no git, no repository, no such revision, or no such folder in it.
    """
    repository = repository_of(folder)
    with tempfile.TemporaryDirectory(prefix="xeploai-") as made:
        target = Path(made)
        if revision == STAGED:
            _staged(repository, target)
        else:
            _archived(repository, revision, target, folder)
        yield target / repository.inside


def _archived(repository: Repository, revision: str, target: Path, folder: Path) -> None:
    commit = _git(repository.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit.returncode:
        raise Problems([_unknown(repository, revision, folder)])
    archive = _git(repository.top, "archive", "--format=tar", commit.stdout.decode().strip(), repository.inside or ".")
    if archive.returncode:
        listed = _git(repository.top, "ls-tree", "-r", "--name-only", "-z", commit.stdout.decode().strip())
        names = listed.stdout.decode(errors="replace").split("\0")
        holding = sorted(name.rpartition("/")[0] or "." for name in names if name.rpartition("/")[2] == MARKER)
        where = ", ".join(holding)
        raise Problems([diagnostic("git/no-folder", Location(str(folder)), revision=revision, known=where)])
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(target, filter="data")


def _staged(repository: Repository, target: Path) -> None:
    unmerged = _git(repository.top, "diff", "--name-only", "--diff-filter=U", "-z", "--", repository.inside or ".")
    files = sorted(unmerged.stdout.decode(errors="replace").strip("\0").split("\0"))
    if files != [""]:
        raise Problems([diagnostic("git/unmerged", Location(files[0]), files=", ".join(files))])
    names = _git(repository.top, "ls-files", "--cached", "-z", "--", repository.inside or ".")
    copy = ("checkout-index", "-z", "--stdin", f"--prefix={target.as_posix()}/")
    _git(repository.top, *copy, stdin=names.stdout)
    (target / repository.inside).mkdir(parents=True, exist_ok=True)


def _unknown(repository: Repository, revision: str, folder: Path) -> Diagnostic:
    shallow = _git(repository.top, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
    code = "git/shallow" if shallow else "git/unknown-revision"
    return diagnostic(code, Location(str(folder)), revision=revision)


def _git(folder: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["git", "-C", str(folder), "-c", "core.quotePath=false", *arguments],
        input=stdin, capture_output=True, timeout=SECONDS, check=False,
        env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
    )  # fmt: skip
