"""What may be typed at a place: keys, names and values, by what the schema and the policies say of that very place."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engine.base.json_places import Path_, Place
from engine.base.yaml_cursor import Cursor, cursors_at
from engine.core.judge.case import COHORT_ATTRIBUTES, SUBJECT_KEYS
from engine.core.judge.record import UNDETERMINED
from engine.core.policy.rules import ORDERED_OPERATORS, SET_OPERATORS
from engine.editor.file_names import Mention, interpretation_at, value_at
from engine.editor.names import Index, index_of
from engine.editor.places import Span, lines_of
from engine.editor.shapes import Shape, kinds_of_keys, shapes_at
from engine.editor.workspace import Workspace
from engine.load.policies.conditions import OPERATORS
from engine.load.policies.schema_files import KINDS

_GRADES = {"grade_or_undetermined": (UNDETERMINED,), "grade_or_outcome": (UNDETERMINED, "none")}
_NUMBERS, _BOOLEAN = ("integer", "number"), "boolean"


@dataclass(frozen=True)
class Completion:
    """One thing that may stand at the cursor: `text` is put in the place of the span. `about`: what it means, in one
    line; "" if nothing is known."""

    text: str
    kind: Literal["key", "name", "value"]
    about: str
    span: Span


def completions(workspace: Workspace, path: Path, place: Place, language: str) -> tuple[Completion, ...]:
    """What may stand at a place (line and column from 1) of a file, the likeliest first. It need not be saved, and may
    be broken at other places. `language` (vi or en) is that of `Completion.about`."""
    file = workspace.file(path)
    if file is None:
        return ()
    index = index_of(workspace)
    fitting: dict[str, Completion] = {}
    for cursor in cursors_at(lines_of(file.text), place):
        kind = file.kind or str(value_at(cursor.data, ("kind",)) or "")
        for completion in _Context(index, path, kind, cursor, place[0], language).every():
            fitting.setdefault(completion.text, completion)
    return tuple(fitting.values())


@dataclass(frozen=True, eq=False)
class _Context:
    """A cursor, and what is known of its place."""

    index: Index
    path: Path
    kind: str
    cursor: Cursor
    line: int
    language: str

    def every(self) -> Iterator[Completion]:
        yield from self.keys() if self.cursor.is_key else self.values()

    @property
    def scope(self) -> str:
        return self.index.scope_of(self.path)

    @property
    def data(self) -> Any:
        return self.cursor.data

    def made(self, text: str, kind: Literal["key", "name", "value"], about: str) -> Completion:
        cursor = self.cursor
        in_json = self.path.suffix == ".json" and not cursor.quoted
        if in_json and (kind != "value" or text not in ("true", "false")):
            text = f'"{text}"'
        if cursor.is_key and not cursor.followed_by_colon and not cursor.quoted:
            text = f"{text}: "
        return Completion(text, kind, about, Span(self.line, cursor.start, cursor.end))

    # --- keys

    def keys(self) -> Iterator[Completion]:
        above = self.cursor.path[:-1]
        mapping = value_at(self.data, above)
        there = mapping if isinstance(mapping, dict) else {}
        if self.kind == "case" and above[:1] == ("facts",):
            yield from self.parts_of_facts(above[1:], there)
            return
        shapes = shapes_at(self.kind, self.data, above)
        most = min((shape.schema["maxProperties"] for shape in shapes if "maxProperties" in shape.schema), default=99)
        if not self.kind:
            yield self.made("kind", "key", "")
        if len(there) >= most:
            return
        for name, described in _allowed_keys(shapes, there):
            if name not in OPERATORS or "fact" not in there or self.fits(name, str(there["fact"])):
                yield self.made(name, "key", self.spoken(described))
        for name_kind in dict.fromkeys(kinds_of_keys(shapes)):
            for name, about in self.names(name_kind, (*above, ""), key=True):
                if name not in there:
                    yield self.made(name, "name", about)

    def parts_of_facts(self, above: Path_, there: dict[str, Any]) -> Iterator[Completion]:
        """The next part of the names of facts, as a case nests them."""
        prefix = "".join(f"{step}." for step in above)
        groups: dict[str, str] = {}
        for fact, mention in self.index.known("fact", "").items():
            if fact.startswith(prefix):
                part, _, rest = fact.removeprefix(prefix).partition(".")
                groups.setdefault(part, "" if rest else self.index.label(mention, self.language))
        yield from (self.made(part, "name", about) for part, about in groups.items() if part not in there)

    def fits(self, operator: str, fact: str) -> bool:
        """Can a fact be compared by an operator?"""
        about = self.fact(fact)
        if not about:
            return True
        if about.get("type") == "set":
            return operator in SET_OPERATORS
        if operator in SET_OPERATORS:
            return False
        return operator not in ORDERED_OPERATORS or self.is_ordered(about)

    def is_ordered(self, fact: dict[str, Any]) -> bool:
        """Is a value of the fact more or less than another one?"""
        options = fact.get("one_of")
        if isinstance(options, str):
            shared = self.index.known("fact_list", "").get(options)
            return shared is not None and bool((self.index.item(shared) or {}).get("ordered"))
        return fact.get("type") in (*_NUMBERS, "date") or bool(fact.get("ordered"))

    # --- values

    def values(self) -> Iterator[Completion]:
        path = self.cursor.path
        if not self.kind or path == ("kind",):
            yield from (self.made(kind, "value", "") for kind in KINDS)
            return
        shapes = shapes_at(self.kind, self.data, path)
        for value, described in _allowed_values(shapes):
            yield self.made(value, "value", self.spoken(described))
        for name_kind in dict.fromkeys(shape.name for shape in shapes if shape.name):
            for name, about in self.names(name_kind, path, key=False):
                yield self.made(name, "name", about)
        for name_kind in self.unnamed(path):
            for name, mention in self.index.known(name_kind, self.scope).items():
                yield self.made(name, "name", self.index.label(mention, self.language))
        if (fact := self.fact_beside(path)) is not None:
            yield from self.of_fact(fact, shapes)

    def unnamed(self, path: Path_) -> Iterator[str]:
        """The kind of name of which the schemas do not say so."""
        match path:
            case (*_, "source", "cite") | ("sources", int(), "cite"):
                yield "publication"
            case ("ladder",) if self.kind == "grade_additions":
                yield "ladder"
            case ("replaces" | "replaced_by", *_):
                yield "regulation"

    def fact_beside(self, path: Path_) -> str | None:
        """The fact of which a value is named."""
        steps = path[:-1] if path and isinstance(path[-1], int) else path
        if not steps:
            return None
        mapping = value_at(self.data, steps[:-1])
        match steps:
            case (*_, str() as operator) if operator in OPERATORS and isinstance(mapping, dict) and "fact" in mapping:
                return str(mapping["fact"])
            case (*_, "given", str() as fact):
                return fact
            case ("facts", str() as fact, "typical") if self.kind == "facts":
                return fact
            case ("facts", *parts) if self.kind == "case":
                return ".".join(map(str, parts))
        return None

    def of_fact(self, fact: str, shapes: Sequence[Shape]) -> Iterator[Completion]:
        about = self.fact(fact)
        if about.get("type") == _BOOLEAN:
            yield from (self.made(value, "value", "") for value in ("true", "false"))
        for value, mention in self.index.known("value", "", fact).items():
            yield self.made(value, "value", self.index.label(mention, self.language))
        may_refer = any(shape.home == "common" and "parameter_reference" in str(shape.schema) for shape in shapes)
        if may_refer and about.get("type") in (*_NUMBERS, "date"):
            for name, mention in self.index.known("parameter", self.scope).items():
                yield self.made(f"{{parameter: {name}}}", "value", self.index.label(mention, self.language))

    def fact(self, name: str) -> dict[str, Any]:
        mention = self.index.known("fact", "").get(name)
        item = None if mention is None else self.index.item(mention)
        return item if isinstance(item, dict) else {}

    # --- names

    def names(self, kind: str, path: Path_, key: bool) -> Iterator[tuple[str, str]]:
        """The names of a kind that may stand at a path, each with its label."""
        known = self.index.known
        match kind:
            case "grade_or_undetermined" | "grade_or_outcome":
                yield from self.labelled(known("grade", self.scope).items())
                yield from ((name, "") for name in _GRADES[kind])
            case "missing_fact":
                facts = known("fact", "")
                yield from self.labelled(facts.items())
                yield from self.labelled((f"evidence.{name}", mention) for name, mention in facts.items())
            case "cohort_key":
                relations = known("relation", self.scope)
                yield from ((f"subject.{name}", "") for name in COHORT_ATTRIBUTES)
                yield from self.labelled((f"subject.{name}", mention) for name, mention in relations.items())
                yield from self.labelled(known("fact", "").items())
            case "subject_key":
                yield from ((name, "") for name in SUBJECT_KEYS)
                yield from self.labelled(known("relation", self.scope).items())
            case "option":
                owner = interpretation_at(self.data, path, key)
                yield from self.labelled(known("option", self.scope, owner).items())
            case _:
                yield from self.labelled(known(kind, self.scope).items())

    def labelled(self, names: Iterable[tuple[str, Mention]]) -> Iterator[tuple[str, str]]:
        yield from ((name, self.index.label(mention, self.language)) for name, mention in names)

    def spoken(self, described: str) -> str:
        """What a schema says of itself, in the language: schemas say it in Vietnamese, a stroke, and English."""
        vietnamese, _, english = described.partition(" / ")
        return vietnamese if self.language == "vi" else english or vietnamese


def _allowed_keys(shapes: Sequence[Shape], there: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The keys that may still be added to a mapping, each with what its schema says of it."""
    described: dict[str, str] = {}
    refused: set[str] = set()
    for shape in shapes:
        for name, below in shape.schema.get("properties", {}).items():
            described.setdefault(name, below.get("description", ""))
            refused |= {name} if below.get("not") == {} else set()
        for name, needed in shape.schema.get("dependentRequired", {}).items():
            refused |= {name} if not all(key in there for key in needed) else set()
    required = [name for shape in shapes for name in shape.schema.get("required", ())]
    for name in dict.fromkeys([*required, *described]):
        if name in described and name not in there and name not in refused:
            yield name, described[name]


def _allowed_values(shapes: Sequence[Shape]) -> Iterator[tuple[str, str]]:
    for shape in shapes:
        schema = shape.schema
        allowed = schema.get("enum", [schema["const"]] if "const" in schema else ())
        if schema.get("type") == _BOOLEAN:
            allowed = (True, False)
        for value in allowed:
            yield str(value).lower() if isinstance(value, bool) else str(value), schema.get("description", "")
