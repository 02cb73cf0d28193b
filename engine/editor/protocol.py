"""The records of this room as those of the language server protocol, in the words and units of one editor."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path
from pygls.workspace import PositionCodec

from engine.base.diagnostics import Diagnostic
from engine.base.json_places import Place
from engine.editor.completion import Completion
from engine.editor.places import Span, TextEdit, lines_of, word_at
from engine.editor.symbols import Symbol

SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}
COMPLETIONS = {
    "key": types.CompletionItemKind.Property,
    "name": types.CompletionItemKind.Reference,
    "value": types.CompletionItemKind.Value,
}

SYMBOLS = {
    "section": types.SymbolKind.Namespace,
    "item": types.SymbolKind.Object,
    "test": types.SymbolKind.Method,
    "fact": types.SymbolKind.Field,
}


def path_of(uri: str) -> Path:
    """The path of a file that an editor names."""
    return Path(to_fs_path(uri) or uri)


def uri_of(path: Path) -> str:
    """The name by which an editor knows a file."""
    return from_fs_path(str(path)) or str(path)


@dataclass(frozen=True)
class Counting:
    """How an editor counts in one file: lines from 0, characters by the code units that were agreed."""

    codec: PositionCodec
    lines: Sequence[str]

    @classmethod
    def of(cls, codec: PositionCodec, text: str) -> "Counting":
        """The counting of a file with a text."""
        return cls(codec, lines_of(text))

    def place(self, position: types.Position) -> Place:
        """A position of the editor, as a line and a column that count from 1."""
        there = self.codec.position_from_client_units(self.lines, position)
        return there.line + 1, there.character + 1

    def between(self, start: Place, end: Place) -> types.Range:
        """What lies between two places."""
        first, last = (types.Position(line - 1, column - 1) for line, column in (start, end))
        return self.codec.range_to_client_units(self.lines, types.Range(first, last))

    def range(self, span: Span) -> types.Range:
        """A span."""
        return self.between((span.line, span.start), (span.line, span.end))

    def word(self, place: Place) -> types.Range:
        """The word that begins at a place."""
        return self.range(word_at(self.lines, place))

    def edits(self, edits: Iterable[TextEdit]) -> list[types.TextEdit]:
        """Edits of the file."""
        return [types.TextEdit(self.between(edit.start, edit.end), edit.text) for edit in edits]


def diagnostic_of(problem: Diagnostic, counting: Counting, language: str) -> types.Diagnostic:
    """A problem, with its remedy in a second line."""
    remedy = problem.help(language)
    message = problem.message(language) + (f"\n{remedy}" if remedy else "")
    where = counting.word((problem.location.line, problem.location.column))
    severity = SEVERITIES[problem.severity]
    return types.Diagnostic(range=where, message=message, severity=severity, code=problem.code, source="xeploai")


def completion_of(completion: Completion, counting: Counting, number: int) -> types.CompletionItem:
    """A completion; `number` is its place among all of them."""
    return types.CompletionItem(
        label=completion.text.rstrip(": ").strip('"'),
        kind=COMPLETIONS[completion.kind],
        detail=completion.about or None,
        sort_text=f"{number:05d}",
        filter_text=completion.text.strip('"'),
        text_edit=types.TextEdit(counting.range(completion.span), completion.text),
    )


def symbol_of(symbol: Symbol, counting: Counting) -> types.DocumentSymbol:
    """A part of a file, with those inside it."""
    return types.DocumentSymbol(
        name=symbol.name,
        detail=symbol.label or None,
        kind=SYMBOLS[symbol.sort],
        range=counting.between(symbol.start, symbol.end),
        selection_range=counting.range(symbol.named),
        children=[symbol_of(inside, counting) for inside in symbol.inside],
    )


def workspace_edit(
    changes: Mapping[Path, Iterable[TextEdit]], countings: Mapping[Path, Counting]
) -> types.WorkspaceEdit:
    """Edits of several files."""
    return types.WorkspaceEdit(changes={uri_of(path): countings[path].edits(edits) for path, edits in changes.items()})
