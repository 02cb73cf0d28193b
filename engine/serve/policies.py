"""The policies that are served: one version at a time, read again whole or not at all when the folder changes."""

import os
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from engine.base.diagnostics import Diagnostic, Problems
from engine.base.files import read_content
from engine.base.version import ENGINE_VERSION
from engine.load.policies.folders import yaml_files
from engine.report.records.form import Run
from engine.serve.desk import Version
from engine.serve.unfinished import noted
from engine.versions.opening import kept
from engine.versions.revisions import commit_of

LOOK_EVERY = 1.0
"""Seconds between two looks at the folder."""
TRIES = 3
"""How often a folder is read that changes while it is read."""

Stats = tuple[tuple[str, int, int, int], ...]
"""The files of a folder with what tells that one has changed."""


Served = Version
"""A request is answered by one version only, which its answer names by its hash."""


class Policies:
    """The policies folder, and the last version of it that could be loaded."""

    def __init__(self, folder: Path, settle: Callable[[Path], None] = lambda folder: None) -> None:
        """Loads the folder, once `settle` has taken back a save whose process ended before it was done.

        Raises Problems."""
        self.folder = folder
        self._settle = settle
        settle(folder)
        self._turn = threading.Lock()
        self._stats = _stats(folder)
        self._looked = time.monotonic()
        self.served = _load(folder)
        self.problems: tuple[Diagnostic, ...] = ()
        """Why the folder as it is now is not what is served; empty if it is."""

    async def current(self) -> Served:
        """The version to answer by. Looks at the folder if nobody has looked for a second."""
        if time.monotonic() - self._looked >= LOOK_EVERY and not self._turn.locked():
            await run_in_threadpool(self.look)
        return self.served

    def look(self) -> Served:
        """Reads the folder again if it has changed, and returns what is served then: the earlier version if the folder
        does not load, with the reason in `problems`, or is being written."""
        with self._turn:
            for _ in range(TRIES):
                stats = _stats(self.folder)
                if stats == self._stats:
                    break
                served, problems = self.served, tuple[Diagnostic, ...]()
                try:
                    self._settle(self.folder)
                    if noted(self.folder) is not None:
                        break
                    served = _load(self.folder)
                except Problems as broken:
                    problems = broken.diagnostics
                if stats == _stats(self.folder):
                    self.served, self.problems, self._stats = served, problems, stats
                    break
            self._looked = time.monotonic()
            return self.served


def _load(folder: Path) -> Served:
    """Raises Problems."""
    loaded = kept(folder)
    files = {path.relative_to(folder).as_posix(): read_content(path) for path in yaml_files(folder)}
    commit, clean = commit_of(folder) or (None, None)
    run = Run(engine_version=ENGINE_VERSION, policy_commit=commit, policy_clean=clean)
    regulations = loaded.library.regulations.values()
    meaning = "".join(f"{regulation.id}\n{regulation.content_hash}\n" for regulation in regulations)
    return Served(loaded, files, run, sha256(meaning.encode()).hexdigest())


def _stats(folder: Path) -> Stats:
    """Raises no error: a folder that cannot be listed has changed as well. The log of git tells of a new commit."""
    try:
        files = [*yaml_files(folder), _log_of_git(folder)]
    except Problems:
        return ()
    stats = []
    for file in files:
        try:
            about = os.stat(file)
        except OSError:
            stats.append((str(file), 0, 0, 0))
        else:
            stats.append((str(file), about.st_size, about.st_mtime_ns, about.st_ino))
    return tuple(stats)


def _log_of_git(folder: Path) -> Path:
    """The file that changes with every commit; in a worktree, or outside git, one that is not there."""
    places = (place / ".git" for place in (folder.resolve(), *folder.resolve().parents))
    return next((place for place in places if place.is_dir()), folder / ".git") / "logs" / "HEAD"


async def current(request: Request) -> Served:
    """The dependency of every route that answers by the policies."""
    policies: Policies = request.app.state.policies
    return await policies.current()
