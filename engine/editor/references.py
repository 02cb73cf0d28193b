"""Where a name is defined, where it is used, and its change at all these places at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.base.json_places import Place
from engine.base.words import words
from engine.core.judge.case import SUBJECT_KEYS
from engine.core.judge.record import UNDETERMINED
from engine.editor.file_names import RULES, Mention
from engine.editor.names import Index, index_of
from engine.editor.places import Span, TextEdit, replacing
from engine.editor.workspace import Workspace, is_case

SAYS = words("editor", "rename")
_ID = re.compile(r"[a-z][a-z0-9_]*")
_DASHED = re.compile(r"[a-z][a-z0-9_-]*")
_FACT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")

_RESERVED = {"grade": (UNDETERMINED, "none"), "relation": SUBJECT_KEYS}
"""Words that mean something else in places of names of a kind."""


@dataclass(frozen=True)
class NamedPlace:
    """A place of a file at which a name stands; `item`: the name with those above it, or the name."""

    path: Path
    span: Span
    name: str


class NotRenamed(Exception):
    """Raised if a name cannot be changed; `reason` says why in both languages."""

    def __init__(self, key: str, **arguments: object) -> None:
        self.reason = {language: text.format(**arguments) for language, text in SAYS[key].items()}
        super().__init__(self.reason["en"])


def definitions(workspace: Workspace, path: Path, place: Place) -> tuple[NamedPlace, ...]:
    """Where the name at a place (line and column from 1) is defined; none if no name stands there."""
    index = index_of(workspace)
    mention = index.at(path, place)
    return () if mention is None else tuple(map(_named_place, index.definitions(mention)))


def references(workspace: Workspace, path: Path, place: Place, *, defining: bool = True) -> tuple[NamedPlace, ...]:
    """Every place at which the name at a place stands, in all files. `defining`: also where it is defined."""
    index = index_of(workspace)
    mention = index.at(path, place)
    every = [] if mention is None else index.references(mention)
    return tuple(_named_place(other) for other in every if defining or not other.defines)


def renamable(workspace: Workspace, path: Path, place: Place) -> NamedPlace:
    """The name at a place, if it may be changed. Raises NotRenamed."""
    return _named_place(_target(index_of(workspace), path, place))


def renamed(workspace: Workspace, path: Path, place: Place, new: str) -> Mapping[Path, tuple[TextEdit, ...]]:
    """The changes of all files that give another name to what is named at a place. Raises NotRenamed if the name
    is no name of that kind, if something else has it, or if policies would mean something else by it."""
    index = index_of(workspace)
    target = _target(index, path, place)
    pattern = _FACT if target.kind == "fact" else _DASHED if target.kind in ("document", "publication") else _ID
    if not pattern.fullmatch(new):
        raise NotRenamed("form", name=new)
    every = index.references(target)
    _refuse_taken(index, target, every, new)
    edits: dict[Path, list[TextEdit]] = {}
    for mention in every:
        file = workspace.files[mention.path]
        if file.problems:
            raise NotRenamed("broken", file=mention.path.name)
        edits.setdefault(mention.path, []).append(replacing(mention.span, _written(mention, new)))
    return {changed: tuple(changes) for changed, changes in edits.items()}


def _target(index: Index, path: Path, place: Place) -> Mention:
    mention = index.at(path, place)
    if mention is None:
        raise NotRenamed("nothing")
    if not index.definitions(mention):
        raise NotRenamed("unknown", name=mention.name)
    if mention.kind in ("regulation", "ladder"):
        raise NotRenamed("file", name=mention.name)
    return mention


def _refuse_taken(index: Index, target: Mention, every: list[Mention], new: str) -> None:
    """Raises NotRenamed if the new name already means something wherever the old one stands."""
    if new in _RESERVED.get(target.kind, ()):
        raise NotRenamed("reserved", name=new)
    scopes = {mention.scope for mention in every}
    kinds = RULES if target.kind in (*RULES, "rule") else (target.kind,)
    for scope in scopes:
        for kind in kinds:
            holder = index.known(kind, scope, target.owner).get(new)
            if holder is not None:
                raise NotRenamed("taken", name=new, place=f"{holder.path.name}:{holder.span.line}")
    # A layer may have the name already, for something that what it extends does not have.
    below = [layer for layer, base in index.extended.items() if base in scopes]
    for mention in index.named(new):
        if mention.defines and mention.scope in below and mention.kind in kinds and mention.owner == target.owner:
            raise NotRenamed("taken", name=new, place=f"{mention.path.name}:{mention.span.line}")
    if target.kind == "fact":
        _refuse_groups(index, target.name, every, new)


def _refuse_groups(index: Index, old: str, every: list[Mention], new: str) -> None:
    """Raises NotRenamed if a fact's new name is a group of facts or in a fact, or cases nest it in another group."""
    for name, mention in index.known("fact", "").items():
        if name != old and (name.startswith(f"{new}.") or new.startswith(f"{name}.")):
            raise NotRenamed("taken", name=new, place=f"{mention.path.name}:{mention.span.line}")
    group = old.rpartition(".")[0]
    nested = any(is_case(mention.path) and len(mention.item) > 2 and mention.item[0] == "facts" for mention in every)
    if nested and new.rpartition(".")[0] != group:
        raise NotRenamed("group", group=group)


def _written(mention: Mention, new: str) -> str:
    """The new name as it is written at a place: in a case only the last part of a nested fact."""
    shown = mention.span.end - mention.span.start
    return new if shown == len(mention.name) else new.rpartition(".")[2]


def _named_place(mention: Mention) -> NamedPlace:
    return NamedPlace(mention.path, mention.span, mention.qualified or mention.name)
