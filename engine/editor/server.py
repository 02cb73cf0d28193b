"""The language server protocol over the functions of this room: messages in, answers out, and nothing else."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import PositionCodec

from engine.base.diagnostics import Diagnostic, Problems
from engine.base.json_places import Place
from engine.base.version import ENGINE_VERSION
from engine.editor.diagnostics import carried_over, diagnostics, diagnostics_while_typing
from engine.editor.places import Span, lines_of, word_at
from engine.editor.workspace import Workspace, is_case, open_workspace, with_saved, with_text
from engine.load.policies.folders import POLICIES_FOLDER, VOCABULARY_FILE
from engine.versions.overwriting import committed_library

if TYPE_CHECKING:
    from engine.core.policy.regulation import Library

PAUSE = 0.3
"""So many seconds after the last key, what has to be proved is proved."""

SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}


class Editor(LanguageServer):
    """The server of one editor: the workspaces that it has opened, and what it has been told of each file."""

    def __init__(self, folder: Path | None, language: str) -> None:
        super().__init__("xeploai", ENGINE_VERSION)
        self.folder, self.language = folder, language
        self.opened: dict[Path, Workspace] = {}
        self.shown: dict[Path, tuple[str, tuple[Diagnostic, ...]]] = {}
        self.proving: dict[Path, asyncio.Task[None]] = {}
        self.committed: dict[Path, Library | None] = {}

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
        if workspace is None:
            return
        workspace = with_saved(workspace, path) if text is None else with_text(workspace, path, text)
        self.opened[workspace.folder] = workspace
        file = workspace.file(path)
        now = file.text if file is not None else ""
        before, shown = self.shown.get(path, (now, ()))
        found = diagnostics_while_typing(workspace, path)
        self.show(path, now, (*found, *carried_over(before, now, shown, found)))
        self.prove(workspace.folder)

    def prove(self, folder: Path) -> None:
        """Looks for every mistake as soon as nobody has pressed a key for a while."""
        if folder in self.proving:
            self.proving[folder].cancel()
        self.proving[folder] = asyncio.get_event_loop().create_task(self._prove(folder))

    async def _prove(self, folder: Path) -> None:
        await asyncio.sleep(PAUSE)
        workspace, loop = self.opened[folder], asyncio.get_running_loop()
        if folder not in self.committed:
            self.committed[folder] = await loop.run_in_executor(None, committed_library, folder)
        to_prove = replace(workspace, committed=self.committed[folder])
        found = await loop.run_in_executor(None, diagnostics, to_prove)
        if self.opened.get(folder) is not workspace:
            return
        wrong: dict[str, list[Diagnostic]] = {}
        for problem in found:
            wrong.setdefault(problem.location.file, []).append(problem)
        for path, file in workspace.files.items():
            self.show(path, file.text, wrong.get(str(path), ()))

    def show(self, path: Path, text: str, problems: Iterable[Diagnostic]) -> None:
        """Sends the problems of a file, unless the editor has been told of the same ones."""
        now = text, tuple(problems)
        if self.shown.get(path, ("", ()))[1] == now[1] and (not now[1] or self.shown[path][0] == text):
            self.shown[path] = now
            return
        self.shown[path] = now
        lines = lines_of(text)
        sent = [self._diagnostic(lines, problem) for problem in now[1]]
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri=uri_of(path), diagnostics=sent))

    def _diagnostic(self, lines: list[str], problem: Diagnostic) -> types.Diagnostic:
        remedy = problem.help(self.language)
        message = problem.message(self.language) + (f"\n{remedy}" if remedy else "")
        span = word_at(lines, (problem.location.line, problem.location.column))
        return types.Diagnostic(
            range=self.range_of(lines, span), message=message, severity=SEVERITIES[problem.severity],
            code=problem.code, source="xeploai",
        )  # fmt: skip

    @property
    def codec(self) -> PositionCodec:
        """How the editor counts the characters of a line."""
        return self.workspace.position_codec

    def range_of(self, lines: list[str], span: Span) -> types.Range:
        """A span, as the editor counts."""
        ends = (types.Position(span.line - 1, column - 1) for column in (span.start, span.end))
        return self.codec.range_to_client_units(lines or [""], types.Range(*ends))

    def place_of(self, lines: list[str], position: types.Position) -> Place:
        """A position of the editor, as a line and a column that count from 1."""
        there = self.codec.position_from_client_units(lines, position)
        return there.line + 1, there.character + 1


def path_of(uri: str) -> Path:
    """The path of a file that the editor names."""
    return Path(to_fs_path(uri) or uri)


def uri_of(path: Path) -> str:
    """The name by which the editor knows a file."""
    return from_fs_path(str(path)) or str(path)


def server(folder: Path | None, language: str) -> Editor:
    """A server for one editor. `folder`: the policies folder if no file tells it; `language`: vi or en."""
    editor = Editor(folder, language)

    @editor.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        chosen = params.initialization_options
        if isinstance(chosen, dict) and chosen.get("language") in ("vi", "en"):
            editor.language = chosen["language"]
        roots = [path_of(root.uri) for root in params.workspace_folders or ()]
        roots += [path_of(params.root_uri)] if params.root_uri and not roots else []
        places = (place for root in roots for place in (root, root / POLICIES_FOLDER))
        editor.folder = editor.folder or next((place for place in places if (place / VOCABULARY_FILE).is_file()), None)

    @editor.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        editor.change(path_of(params.text_document.uri), params.text_document.text)

    @editor.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        editor.change(path_of(uri), editor.workspace.get_text_document(uri).source)

    @editor.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        editor.change(path_of(params.text_document.uri), None)

    @editor.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        # A commit usually follows a save.
        folder = editor.home(path_of(params.text_document.uri))
        if folder is not None and folder in editor.opened:
            editor.committed.pop(folder, None)
            editor.prove(folder)

    @editor.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_files(params: types.DidChangeWatchedFilesParams) -> None:
        kept = editor.workspace.text_documents
        for event in params.changes:
            path = path_of(event.uri)
            if event.uri not in kept and (path.suffix == ".yaml" or is_case(path)):
                editor.change(path, None)

    return editor
