"""The outline of a file, and its text in house style."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.base.documents import Document
from engine.base.json_places import Path_, Place
from engine.editor.places import Span, TextEdit, difference, lines_of
from engine.editor.workspace import Workspace, is_case
from engine.load.policies.format import in_house_style

Sort = Literal["section", "item", "test", "fact"]
_KEYED = ("facts", "lists")


@dataclass(frozen=True)
class Symbol:
    """A part of a file: its name and label, where it reaches to, and the parts inside it."""

    name: str
    label: str
    sort: Sort
    start: Place
    end: Place
    named: Span
    inside: tuple["Symbol", ...] = ()


def symbols(workspace: Workspace, path: Path, language: str) -> tuple[Symbol, ...]:
    """The sections of a file with their rules, facts, tests and other items; none of a case."""
    file = workspace.file(path)
    document = None if file is None else file.document or file.sound
    if document is None or is_case(path) or not isinstance(document.data, dict):
        return ()
    return _Outline(document, language).sections()


def formatted(workspace: Workspace, path: Path) -> tuple[TextEdit, ...]:
    """The edits that lay a file out in house style. Raises Problems if it cannot be laid out."""
    file = workspace.file(path)
    if file is None or is_case(path):
        return ()
    return difference(file.text, in_house_style(str(path), file.text))


class _Outline:
    def __init__(self, document: Document, language: str) -> None:
        self.document, self.language = document, language
        self.lines = lines_of(document.text)
        self.last: dict[Path_, int] = {}
        for path, (_, place) in (document.places or {}).items():
            for length in range(len(path) + 1):
                self.last[path[:length]] = max(self.last.get(path[:length], 0), place[0])

    def sections(self) -> tuple[Symbol, ...]:
        made = []
        for key, value in self.document.data.items():
            inside = self.items(value, (key,), key)
            if inside:
                made.append(self.keyed("", "section", (key,), inside))
        return tuple(made)

    def items(self, data: Any, path: Path_, section: str) -> tuple[Symbol, ...]:
        made: list[Symbol] = []
        match data:
            case list():
                for index, item in enumerate(data):
                    if isinstance(item, dict):
                        made += self.item(item, (*path, index))
            case dict() if section in _KEYED:
                for key, item in data.items():
                    label = self.label(item) if isinstance(item, dict) else ""
                    made.append(self.keyed(label, "fact", (*path, key), ()))
            case dict():
                for key, value in data.items():
                    made += self.items(value, (*path, key), key) if isinstance(value, list) else ()
        return tuple(made)

    def item(self, item: dict[str, Any], path: Path_) -> list[Symbol]:
        key = next((key for key in ("id", "name", "grade") if key in item), None)
        shown = "" if key is None else self.text(item[key])
        if key is None or not shown:
            return []
        inside: list[Symbol] = []
        for below, value in item.items():
            if isinstance(value, list) and below not in ("applies_to", "values"):
                inside += self.items(value, (*path, below), below)
        sort: Sort = "test" if key == "name" else "item"
        start, named = self.document.location(path, key=True), self.span(self.place((*path, key)), shown, key=False)
        end = self.end(path, named.line)
        return [Symbol(shown, self.label(item), sort, (start.line, start.column), end, named, tuple(inside))]

    def keyed(self, label: str, sort: Sort, path: Path_, inside: tuple[Symbol, ...]) -> Symbol:
        """What stands under a key, which is its name."""
        name = str(path[-1])
        named = self.span(path, name, key=True)
        return Symbol(name, label, sort, (named.line, named.start), self.end(path, named.line), named, inside)

    def span(self, path: Path_, name: str, *, key: bool) -> Span:
        place = self.document.location(path, key=key)
        end = min(place.column + len(name), len(self.lines[place.line - 1]) + 1)
        return Span(place.line, place.column, end)

    def end(self, path: Path_, first: int) -> Place:
        """The end of the last line of what stands at a path."""
        last = max(first, self.last.get(path, 0))
        return last, len(self.lines[last - 1]) + 1

    def label(self, item: dict[str, Any]) -> str:
        text = item.get("label", item.get("question"))
        return self.text(text) if isinstance(text, dict) else ""

    def text(self, written: Any) -> str:
        """What is written once or in two languages, in that of the reader; empty if it is neither."""
        match written:
            case dict():
                return self.text(written.get(self.language, ""))
            case str():
                return written
            case _:
                return ""

    def place(self, path: Path_) -> Path_:
        """Where what is written once or in two languages stands, in the language of the reader."""
        inside = (*path, self.language)
        return inside if inside in (self.document.places or {}) else path
