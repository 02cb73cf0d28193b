"""The policies that are served: one version at a time, read again whole or not at all when the folder changes."""

import os
import threading
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from engine.base.diagnostics import Diagnostic, Problems
from engine.core.policy.regulation import Library
from engine.load.policies.folders import library_files, yaml_files
from engine.versions.opening import Kept, kept

LOOK_EVERY = 1.0
"""Seconds between two looks at the folder."""
TRIES = 3
"""How often a folder is read that changes while it is read."""

Stats = tuple[tuple[str, int, int, int], ...]
"""The files of a folder with what tells that one has changed."""


@dataclass(frozen=True)
class Served:
    """One version of the policies. A request is answered by one version only, which its answer names by `hash`."""

    kept: Kept
    hash: str
    """Of what the policies mean: comments and layout do not count."""

    @property
    def library(self) -> Library:
        """The policies as the engine reads them."""
        return self.kept.library


class Policies:
    """The policies folder, and the last version of it that could be loaded."""

    def __init__(self, folder: Path) -> None:
        """Loads the folder. Raises Problems."""
        self.folder = folder
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
        does not load, with the reason in `problems`."""
        with self._turn:
            for _ in range(TRIES):
                stats = _stats(self.folder)
                if stats == self._stats:
                    break
                served, problems = self.served, tuple[Diagnostic, ...]()
                try:
                    served = _load(self.folder)
                except Problems as broken:
                    problems = broken.diagnostics
                if stats == _stats(self.folder):
                    self.served, self.problems, self._stats = served, problems, stats
                    break
            self._looked = time.monotonic()
            return self.served


def _load(folder: Path) -> Served:
    loaded = kept(folder)
    regulations = loaded.library.regulations.values()
    meaning = "".join(f"{regulation.id}\n{regulation.content_hash}\n" for regulation in regulations)
    return Served(loaded, sha256(meaning.encode()).hexdigest())


def _stats(folder: Path) -> Stats:
    """Raises no error: a folder that cannot be listed has changed as well."""
    try:
        files = sorted({*library_files(folder), *yaml_files(folder)})
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


async def current(request: Request) -> Served:
    """The dependency of every route that answers by the policies."""
    policies: Policies = request.app.state.policies
    return await policies.current()
