"""An editor of pytest-lsp that talks with `xeploai lsp` over standard input and output, for tests that are plain
functions: its event loop runs while an answer is awaited, and at no other time."""

import asyncio
import os
import sys
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types
from pytest_lsp import LanguageClient, client_capabilities, make_test_lsp_client

from support import ROOT

T = TypeVar("T")
LONGEST = 60
"""Seconds within which any answer comes."""


class Editing:
    """One editor and its server."""

    def __init__(self, client: LanguageClient, loop: asyncio.AbstractEventLoop) -> None:
        self.client, self.loop = client, loop
        self.versions: dict[str, int] = {}

    def wait(self, answer: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(answer, LONGEST))

    def open(self, path: Path, text: str | None = None) -> str:
        """Opens a file, with its text or another one, and gives its name."""
        uri, content = path.as_uri(), path.read_text("utf-8") if text is None else text
        self.versions[uri] = 1
        item = types.TextDocumentItem(uri, "json" if path.suffix == ".json" else "yaml", 1, content)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def type(self, uri: str, text: str) -> None:
        """Gives an open file another text."""
        self.versions[uri] += 1
        whole = types.TextDocumentContentChangeWholeDocument(text)
        document = types.VersionedTextDocumentIdentifier(self.versions[uri], uri)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [whole]))

    def close(self, uri: str) -> None:
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def codes(self, uri: str, wanted: Sequence[str]) -> list[types.Diagnostic]:
        """The problems shown of a file, as soon as they have these codes."""

        async def shown() -> list[types.Diagnostic]:
            while sorted(str(problem.code) for problem in self.client.diagnostics.get(uri, ())) != sorted(wanted):
                await asyncio.sleep(0.01)
            return list(self.client.diagnostics.get(uri, ()))

        try:
            return self.wait(shown())
        except TimeoutError:
            raise AssertionError(f"shown: {self.client.diagnostics.get(uri)}") from None

    def seconds_of_server(self) -> float:
        """The time of the processor that the server has used, without that of the process that proves for it."""
        server = self.client._server
        assert server is not None
        fields = Path(f"/proc/{server.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def editing(root: Path, **options: object) -> Iterator[Editing]:
    """An editor that has opened a folder. `options`: what it tells the server at the start, as `language="en"`."""
    loop = asyncio.new_event_loop()
    client = make_test_lsp_client()
    session = Editing(client, loop)
    for request in (types.WORKSPACE_CODE_LENS_REFRESH, types.CLIENT_REGISTER_CAPABILITY):
        client.feature(request)(lambda *_: None)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = (sys.executable, "-m", "engine", "lsp")
    session.wait(client.start_io(*command, cwd=root, env=environment))
    params = types.InitializeParams(
        capabilities=client_capabilities("visual-studio-code"), root_uri=root.as_uri(),
        initialization_options=dict(options),
    )  # fmt: skip
    session.wait(client.initialize_session(params))
    try:
        yield session
        session.wait(client.shutdown_session())
    finally:
        session.wait(client.stop())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def position(text: str, sought: str, within: int = 0, nth: int = 0) -> types.Position:
    """Where a text stands in another, `within` characters further on, as editors count by default: in UTF-16."""
    index = -1
    for _ in range(nth + 1):
        index = text.index(sought, index + 1)
    before = text[: index + within]
    line = before.rpartition("\n")[2]
    return types.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2)


def text_in(text: str, where: types.Range) -> str:
    """What stands in a range on one line."""
    assert where.start.line == where.end.line
    units = text.split("\n")[where.start.line].encode("utf-16-le")
    return units[2 * where.start.character : 2 * where.end.character].decode("utf-16-le")


def applied(text: str, edits: Sequence[types.TextEdit]) -> str:
    """A text after edits, as an editor makes them."""
    lines = [line.encode("utf-16-le") for line in text.split("\n")]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 2)
    whole = text.encode("utf-16-le")
    for edit in sorted(edits, key=lambda edit: (edit.range.start.line, edit.range.start.character), reverse=True):
        start, end = (starts[place.line] + 2 * place.character for place in (edit.range.start, edit.range.end))
        whole = whole[:start] + edit.new_text.encode("utf-16-le") + whole[end:]
    return whole.decode("utf-16-le")
