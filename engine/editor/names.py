"""Where the names of a workspace are defined and where they are used: facts, parameters, rules, readings, documents.

One index serves definitions, references, rename, hover and completion. A file is looked through again only if its text
changes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.base.documents import Document
from engine.base.json_places import Place
from engine.editor.file_names import RULES, Mention, Names, names_of, value_at
from engine.editor.workspace import Workspace, is_case


@dataclass(frozen=True, eq=False)
class Index:
    """All mentions of a workspace."""

    workspace: Workspace
    files: Mapping[Path, Names]
    extended: Mapping[str, str]
    """For each local layer the folder of what it extends."""
    lists: Mapping[str, str]
    """For each fact that takes its options from a shared list, that list."""
    days: Sequence[tuple[str, str, str]]
    """The folder of each regulation in force by itself, with its first day and its last."""

    def at(self, path: Path, place: Place) -> Mention | None:
        """The name at a place of a file; None if there is none."""
        every = (mention for mentions in self.files.get(path, {}).values() for mention in mentions)
        return next((mention for mention in every if mention.span.holds(place)), None)

    def named(self, name: str) -> Iterator[Mention]:
        """Every mention of a name, whatever it is the name of."""
        for names in self.files.values():
            yield from names.get(name, ())

    def definitions(self, mention: Mention) -> list[Mention]:
        """Where what is mentioned is defined: usually once; a layer may set again what it extends."""
        return [other for other in self.named(mention.name) if other.defines and self._is_meant(mention, other)]

    def references(self, mention: Mention) -> list[Mention]:
        """Every mention of the same thing, its definitions first."""
        defined = self.definitions(mention)
        if not defined:
            return []
        others = [
            other
            for other in self.named(mention.name)
            if other not in defined and any(self._is_meant(other, target) for target in defined)
        ]
        return [*defined, *others]

    def known(self, kind: str, scope: str, owner: str = "") -> dict[str, Mention]:
        """The names of a kind that may be used in a scope, each with a definition, in the order of files and lines."""
        scopes, owner = self.scopes(scope), self._owner(kind, owner)
        every = (mention for names in self.files.values() for mentions in names.values() for mention in mentions)
        definitions = [
            other
            for other in every
            if other.defines and other.scope in scopes and _is_kind(kind, other.kind)
            and (not owner or self._owner(other.kind, other.owner) == owner)
        ]  # fmt: skip
        definitions.sort(key=lambda other: (other.path, other.span.line, other.span.start))
        return {other.name: other for other in definitions}

    def scope_of(self, path: Path) -> str:
        """The scope in which the names of a file are looked up."""
        file = self.workspace.file(path)
        documents = () if file is None else file.documents
        return _scope(self.workspace, path, documents[0]) if documents else ""

    def item(self, definition: Mention) -> Any:
        """What is defined, as plain data."""
        file = self.workspace.files[definition.path]
        document = file.document or file.sound
        return None if document is None else value_at(document.data, definition.item)

    def label(self, definition: Mention, language: str) -> str:
        """What a person calls it; "" if it has no label."""
        item = self.item(definition)
        if not isinstance(item, dict):
            return ""
        text = item if definition.kind == "value" else item.get("label", item.get("question"))
        return str(text.get(language, "")) if isinstance(text, dict) else ""

    def scopes(self, scope: str) -> tuple[str, ...]:
        """The folders in which a name of a scope is looked up, the nearest first."""
        if scope[:1].isdigit():
            scope = next((name for name, since, until in self.days if since <= scope <= until), "")
        chain = [scope]
        while (above := self.extended.get(chain[-1])) and above not in chain:
            chain.append(above)
        return (*chain, *([""] if "" not in chain else []))

    def _is_meant(self, mention: Mention, definition: Mention) -> bool:
        if not _is_kind(mention.kind, definition.kind):
            return False
        if mention.qualified and mention.kind == "rule" and definition.qualified != mention.qualified:
            return False
        if self._owner(mention.kind, mention.owner) != self._owner(definition.kind, definition.owner):
            return False
        return definition.scope in self.scopes(mention.scope)

    def _owner(self, kind: str, owner: str) -> str:
        return self.lists.get(owner, owner) if kind == "value" else owner


def index_of(workspace: Workspace) -> Index:
    """The names of a workspace. A file that is broken at present counts as it was before."""
    files: dict[Path, Names] = {}
    extended: dict[str, str] = {}
    lists: dict[str, str] = {}
    days: list[tuple[str, str, str]] = []
    for path, file in workspace.files.items():
        documents = [document for document in file.documents if isinstance(document.data, dict)]
        if not documents:
            continue
        scopes = [_scope(workspace, path, document) for document in documents]
        parts: list[Names] = [
            workspace.memory.once(names_of, path, file.kind, scope, document)
            for scope, document in zip(scopes, documents, strict=True)
        ]
        files[path] = parts[0] if len(parts) == 1 else _joined(parts)
        scope, document = scopes[0], documents[0]
        match document.data:
            case {"kind": "overlay", "extends": str() as base}:
                extended[scope] = base
            case {"kind": "regulation", "in_force": {"from": str() as since} as in_force}:
                days.append((scope, since, str(in_force.get("until") or "9999-12-31")))
            case {"kind": "facts", "facts": dict() as facts}:
                lists = {
                    name: fact["one_of"]
                    for name, fact in facts.items()
                    if isinstance(fact, dict) and isinstance(fact.get("one_of"), str)
                }
    return Index(workspace, files, extended, lists, days)


def _joined(parts: Sequence[Names]) -> Names:
    """The names of all cases of a file."""
    names: dict[str, tuple[Mention, ...]] = {}
    for part in parts:
        for name, mentions in part.items():
            names[name] = names.get(name, ()) + mentions
    return names


def _scope(workspace: Workspace, path: Path, document: Document) -> str:
    """The folder of the regulation that a file belongs to; of a case the regulation that it names, or its day."""
    inside = path.relative_to(workspace.folder).parts if path.is_relative_to(workspace.folder) else ()
    if is_case(path):
        if isinstance(document.data.get("regulation"), str):
            return str(document.data["regulation"])
        return inside[0] if len(inside) > 1 else str(document.data.get("as_of", ""))
    return inside[0] if len(inside) > 1 else ""


def _is_kind(used: str, defined: str) -> bool:
    return used == defined or (used == "rule" and defined in RULES) or (defined == "rule" and used in RULES)
