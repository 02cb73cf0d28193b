"""A process beside the server that proves and tries what takes long, so that answers to the editor never wait for it.

It ends when the server ends, however that happens: nothing more comes through the pipe then."""

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from engine.base.diagnostics import Diagnostic
from engine.editor.diagnostics import diagnostics
from engine.editor.trials import Tried, try_out
from engine.editor.workspace import Workspace, with_text
from engine.versions.overwriting import committed_library

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

Texts = Mapping[Path, str]
Proof = tuple[tuple[Diagnostic, ...], Mapping[str, Tried]]


class Prover:
    """The process, started when something is first asked of it, and again if it ended."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def prove(self, folder: Path, texts: Texts, regulations: Collection[str], *, anew: bool) -> Proof | None:
        """Everything wrong with the files of a folder that have these texts, and what is tried of some regulations.
        `anew`: the last commit may be another one. None if the process ended meanwhile."""
        with self._lock:
            if self._process is None or not self._process.is_alive() or self._pipe is None:
                context = get_context("spawn")
                self._pipe, theirs = context.Pipe()
                self._process = context.Process(target=_work, args=(theirs,), daemon=True)
                with _no_modules_of_the_current_folder():
                    self._process.start()
                theirs.close()
            try:
                self._pipe.send((folder, dict(texts), frozenset(regulations), anew))
                proof: Proof | None = self._pipe.recv()
            except (EOFError, OSError):
                return None
            return proof

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._process.kill()


@contextmanager
def _no_modules_of_the_current_folder() -> Iterator[None]:
    """Python would look for modules in the current folder first, in a process that is started meanwhile. Policies lie
    there, which must run nothing."""
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before


def _work(pipe: Connection) -> None:
    known: dict[Path, Workspace] = {}
    while True:
        try:
            folder, texts, regulations, anew = pipe.recv()
            workspace = _with_texts(known.get(folder, Workspace(folder, {})), texts)
            if anew or folder not in known:
                workspace = replace(workspace, committed=committed_library(folder))
            known[folder] = workspace
            pipe.send((diagnostics(workspace), try_out(workspace, regulations)))
        except (EOFError, OSError, KeyboardInterrupt):
            return


def _with_texts(workspace: Workspace, texts: Texts) -> Workspace:
    """The workspace whose files are those named, with these texts."""
    kept: dict[Path, Any] = {path: file for path, file in workspace.files.items() if path in texts}
    workspace = replace(workspace, files=kept)
    for path, text in texts.items():
        if path not in kept or kept[path].text != text:
            workspace = with_text(workspace, path, text)
    return workspace
