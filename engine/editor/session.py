"""What a server knows of one editor: the workspaces opened, what was shown of each file, and how it counts."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lsprotocol import types
from pygls.exceptions import FeatureRequestError
from pygls.lsp.server import LanguageServer

from engine.base.diagnostics import Diagnostic, Problems
from engine.base.json_places import Place
from engine.base.version import ENGINE_VERSION
from engine.base.words import wording
from engine.editor.diagnostics import carried_over, diagnostics_while_typing
from engine.editor.protocol import Counting, diagnostic_of, path_of, uri_of
from engine.editor.prover import Prover
from engine.editor.references import NamedPlace
from engine.editor.workspace import Workspace, belongs, open_workspace, with_saved, with_text
from engine.load.policies.folders import VOCABULARY_FILE, is_yaml
from engine.load.policies.format import laid_out_ahead

if TYPE_CHECKING:
    from engine.editor.trials import Tried

UNHANDLED = wording("editor", "unhandled")
PAUSE = 0.3
"""So many seconds after the last key, what has to be proved is proved."""


class AtPlace(Protocol):
    """A request about a place of a file."""

    @property
    def text_document(self) -> types.TextDocumentIdentifier:
        """The file."""

    @property
    def position(self) -> types.Position:
        """The place."""


class Editor(LanguageServer):
    """The server of one editor: the workspaces that it has opened, and what it has been told of each file."""

    def __init__(self, folder: Path | None, language: str) -> None:
        super().__init__("xeploai", ENGINE_VERSION)
        self.folder, self.language = folder, language
        self.opened: dict[Path, Workspace] = {}
        self.shown: dict[Path, tuple[str, tuple[Diagnostic, ...]]] = {}
        self.proving: dict[Path, asyncio.Task[None]] = {}
        self.laying_out: dict[Path, asyncio.Task[None]] = {}
        self.tried: dict[Path, Mapping[str, Tried]] = {}
        self.watched: dict[Path, set[str]] = {}
        """The regulations of each folder of which lenses are shown."""
        self.prover = Prover()
        self.saved: set[Path] = set()
        """The folders whose last commit may be another one since they were proved."""

    def report_server_error(self, error: Exception, source: type[Exception]) -> None:
        """Shows that a message could not be handled, in the language of the editor: pygls does so in English, with what
        went wrong inside. Whoever waits for an answer is answered elsewhere."""
        if source is not FeatureRequestError:
            told = types.ShowMessageParams(types.MessageType.Error, UNHANDLED[self.language])
            self.window_show_message(told)

    def home(self, path: Path) -> Path | None:
        """The policies folder that a file belongs to: the nearest above it, or the one of the editor's folder."""
        above = next((folder for folder in path.parents if (folder / VOCABULARY_FILE).is_file()), None)
        return above or self.folder

    def workspace_of(self, path: Path) -> Workspace | None:
        """The workspace of a file, opened if it was not; None if there are no policies near it."""
        folder = self.home(path)
        if folder is None:
            return None
        if folder not in self.opened:
            try:
                self.opened[folder] = open_workspace(folder)
            except Problems:
                return None
            self.prove(folder)
        return self.opened[folder]

    def change(self, path: Path, text: str | None) -> None:
        """Takes in a new text of a file, or what is saved of it, and shows what is wrong with it."""
        workspace = self.workspace_of(path)
        if workspace is None or (path not in workspace.files and not belongs(workspace.folder, path, text or "")):
            return
        workspace = with_saved(workspace, path) if text is None else with_text(workspace, path, text)
        self.opened[workspace.folder] = workspace
        file = workspace.file(path)
        now = file.text if file is not None else ""
        before, shown = self.shown.get(path, (now, ()))
        problems = diagnostics_while_typing(workspace, path)
        self.show(path, now, (*problems, *carried_over(before, now, shown, problems)))
        self.prove(workspace.folder)

    def lay_out_ahead(self, path: Path, text: str) -> None:
        """Lays a file that was opened out in steps of some milliseconds, between which messages are answered: to lay
        out the whole at once, when it is first asked for, takes up to a second."""
        if is_yaml(path.name) and self.workspace_of(path) is not None:
            self.give_up_laying_out(path)
            self.laying_out[path] = asyncio.get_event_loop().create_task(_in_steps(text))

    def give_up_laying_out(self, path: Path) -> None:
        """Lays a file that was closed out no further."""
        if path in self.laying_out:
            self.laying_out.pop(path).cancel()

    def prove(self, folder: Path) -> None:
        """Looks for every mistake as soon as nobody has pressed a key for a while."""
        if folder in self.proving:
            self.proving[folder].cancel()
        self.proving[folder] = asyncio.get_event_loop().create_task(self._prove(folder))

    async def _prove(self, folder: Path) -> None:
        await asyncio.sleep(PAUSE)
        workspace = self.opened[folder]
        problems = await self.proved(workspace)
        if problems is None or self.opened.get(folder) is not workspace:
            return
        wrong: dict[str, list[Diagnostic]] = {}
        for problem in problems:
            wrong.setdefault(problem.location.file, []).append(problem)
        for path, file in workspace.files.items():
            self.show(path, file.text, wrong.get(str(path), ()))
        lens = self.client_capabilities.workspace and self.client_capabilities.workspace.code_lens
        if self.watched.get(folder) and lens and lens.refresh_support:
            await self.workspace_code_lens_refresh_async(None)

    async def proved(self, workspace: Workspace) -> tuple[Diagnostic, ...] | None:
        """Everything wrong with a workspace, and in `tried` what its tests and cases try; None if that failed."""
        folder, anew = workspace.folder, workspace.folder in self.saved
        self.saved.discard(folder)
        texts = {path: file.text for path, file in workspace.files.items()}
        ask = partial(self.prover.prove, folder, texts, self.watched.get(folder, ()), anew=anew)
        proof = await asyncio.get_running_loop().run_in_executor(None, ask)
        if proof is None:
            return None
        problems, self.tried[folder] = proof
        return problems

    def show(self, path: Path, text: str, problems: Iterable[Diagnostic]) -> None:
        """Sends the problems of a file, unless the editor has been told of the same ones."""
        now = text, tuple(problems)
        if self.shown.get(path, ("", ()))[1] == now[1] and (not now[1] or self.shown[path][0] == text):
            self.shown[path] = now
            return
        self.shown[path] = now
        counting = Counting.of(self.workspace.position_codec, text)
        sent = [diagnostic_of(problem, counting, self.language) for problem in now[1]]
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri=uri_of(path), diagnostics=sent))

    def of_file(self, document: types.TextDocumentIdentifier) -> "tuple[Workspace, Path, Counting] | None":
        """The workspace, the path and the counting of a file; None if it belongs to no policies."""
        path = path_of(document.uri)
        workspace = self.workspace_of(path)
        if workspace is None or workspace.file(path) is None:
            return None
        return workspace, path, self.counting(workspace, path)

    def question(self, params: AtPlace) -> "Question | None":
        """What a request is about; None if the file belongs to no policies."""
        known = self.of_file(params.text_document)
        if known is None:
            return None
        workspace, path, counting = known
        return Question(workspace, path, counting.place(params.position), counting)

    def counting(self, workspace: Workspace, path: Path) -> Counting:
        """How the editor counts in a file of a workspace."""
        return Counting.of(self.workspace.position_codec, workspace.files[path].text)

    def locations(self, workspace: Workspace, places: Iterable[NamedPlace]) -> list[types.Location]:
        """Places of names, as the editor counts."""
        return [
            types.Location(uri_of(place.path), self.counting(workspace, place.path).range(place.span))
            for place in places
        ]


@dataclass(frozen=True)
class Question:
    """A place of a file that a request is about."""

    workspace: Workspace
    path: Path
    place: Place
    counting: Counting


async def _in_steps(text: str) -> None:
    with suppress(ImportError):
        for _ in laid_out_ahead(text):
            await asyncio.sleep(0)
