"""A policies folder as it was at a git revision, or as it is staged. Git is only read: the user's checkout, index and
stash are never written.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from engine.base.diagnostics import Location, Problems, diagnostic
from engine.base.files import read_content
from engine.base.writing import scratch
from engine.load.policies.folders import CASES_FOLDER, VOCABULARY_FILE, is_hidden, is_yaml, library_files
from engine.versions.git import (
    LINK,
    SUBMODULE,
    Repository,
    TreeEntry,
    commit_id,
    contents,
    index_of,
    is_below,
    repository_of,
    tree_of,
)

STAGED = "--staged"
"""Instead of a revision: what the next commit would hold."""
MOST_LINKS = 40


def commit_of(folder: Path) -> tuple[str, bool] | None:
    """The commit that a folder stands at, and whether what is read of it is what that commit holds; None outside git,
    and if the commit does not hold the folder at all."""
    try:
        repository = repository_of(folder)
        commit = commit_id(repository, "HEAD", folder)
        with policies_at(folder, commit) as copy:
            return commit, contents_of(folder) == contents_of(copy)
    except Problems:
        return None


def contents_of(folder: Path) -> dict[str, bytes]:
    """The files that a library is read from, by their names. Line ends are made alike, since git may change them in a
    checkout."""
    return {
        path.relative_to(folder).as_posix(): read_content(path).replace(b"\r\n", b"\n")
        for path in library_files(folder)
    }


@contextmanager
def policies_at(folder: Path, revision: str) -> Iterator[Path]:
    """A copy of the policies folder as of `revision` (or STAGED), for as long as the context lasts: of every file that
    a library or a test can be read from.

    Raises Problems: no git, no repository, no such revision, or no such folder in it.
    """
    repository = repository_of(folder)
    tree = index_of(repository) if revision == STAGED else tree_of(repository, commit_id(repository, revision, folder))
    held = _Held(repository, tree)
    inside = held.real(repository.inside)
    if inside is None or not held.is_folder(inside):
        holding = sorted(path.rpartition("/")[0] or "." for path in tree if PurePosixPath(path).name == VOCABULARY_FILE)
        about = {"revision": revision, "known": ", ".join(holding)}
        raise Problems([diagnostic("git/no-folder", Location(str(folder)), **about)])
    with scratch() as made:
        target = made / repository.inside
        target.mkdir(parents=True, exist_ok=True)
        for name, content in contents(repository, held.files(inside, revision)).items():
            place = target / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        yield target


class _Held:
    """The files of a commit or an index, with its links and submodules followed as a file system would."""

    def __init__(self, repository: Repository, tree: dict[str, TreeEntry]) -> None:
        self.repository = repository
        self.tree: dict[str, TreeEntry] = {}
        self.links: dict[str, str] = {}
        self.folders: set[str] = {""}
        self._add(repository, tree, "")

    def _add(self, repository: Repository, tree: dict[str, TreeEntry], below: str) -> None:
        named = {f"{below}{path}": entry for path, entry in tree.items() if not {"", ".", ".."} & {*path.split("/")}}
        self.tree |= named
        links = contents(repository, ((path, entry) for path, entry in named.items() if entry.mode == LINK))
        self.links |= {path: os.fsdecode(target) for path, target in links.items()}
        for path in named:
            folder = path.rpartition("/")[0]
            while folder not in self.folders:
                self.folders.add(folder)
                folder = folder.rpartition("/")[0]

    def is_folder(self, path: str) -> bool:
        return path in self.folders

    def real(self, path: str) -> str | None:
        """Where a path leads; None if it leads out of the repository, or in a circle."""
        waiting, done, followed = path.split("/")[::-1], list[str](), 0
        while waiting:
            part = waiting.pop()
            if part == ".." and not done:
                return None
            if part == "..":
                done.pop()
            if part in ("", ".", ".."):
                continue
            done.append(part)
            here = "/".join(done)
            if here in self.links:
                followed += 1
                target = self._from_top(self.links[here], done)
                if target is None or followed > MOST_LINKS:
                    return None
                waiting += target.split("/")[::-1]
            elif here in self.tree and self.tree[here].mode == SUBMODULE:
                self._open(here)
        return "/".join(done)

    def _from_top(self, target: str, done: list[str]) -> str | None:
        """The path that a link adds to what is `done` of the way, from which the link itself is taken."""
        done.pop()
        if not os.path.isabs(target):
            return target
        done.clear()
        real = Path(target).parent.resolve() / Path(target).name
        top = self.repository.top.resolve()
        return real.relative_to(top).as_posix() if real.is_relative_to(top) else None

    def _open(self, path: str) -> None:
        """What the commit of a submodule holds. Raises Problems if it is not here."""
        entry = self.tree.pop(path)
        place = self.repository.top / path
        try:
            repository = repository_of(place)
            tree = tree_of(repository, commit_id(repository, entry.id, place))
        except Problems:
            repository, tree = self.repository, {}
        if repository.top == self.repository.top:
            raise Problems([diagnostic("git/submodule", Location(path))])
        self._add(repository, tree, f"{path}/")

    def files(
        self, folder: str, revision: str, passed: tuple[str, ...] = (), shown: str = ""
    ) -> Iterator[tuple[str, TreeEntry]]:
        """The YAML files below a folder by their names from there; `passed` are the folders that led to it."""
        for path in [path for path in self.tree if is_below(path, folder)]:
            name = path[len(folder) + 1 if folder else 0 :]
            entry = self.tree.get(path)
            parts = name.split("/")
            if any(map(is_hidden, parts)) or entry is None:
                continue
            if entry.mode not in (LINK, SUBMODULE):
                if is_yaml(parts[-1]):
                    yield f"{shown}{name}", entry
                continue
            if CASES_FOLDER in parts:
                continue
            real = self.real(path)
            if real is not None and self.is_folder(real):
                came = (*passed, path.rpartition("/")[0])
                if not any(folder_passed == real or is_below(folder_passed, real) for folder_passed in came):
                    yield from self.files(real, revision, came, f"{shown}{name}/")
            elif real is not None and real in self.tree:
                if is_yaml(parts[-1]):
                    yield f"{shown}{name}", self.tree[real]
            elif is_yaml(parts[-1]) or "." not in parts[-1]:
                place = Location(f"{self.repository.inside}/{shown}{name}".removeprefix("/"))
                raise Problems([diagnostic("git/link", place, revision=revision)])
