"""The names of the project in one file: those that it defines, and those that it uses.

Which names a file uses is what its schema says; which it defines is said by its sections.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.base.documents import Document
from engine.base.json_places import Path_
from engine.core.judge.case import COHORT_ATTRIBUTES, SUBJECT_KEYS
from engine.core.judge.record import UNDETERMINED
from engine.editor.places import Span, lines_of
from engine.editor.shapes import names_in
from engine.load.policies.conditions import OPERATORS

RULES = ("exemption", "review_content", "trigger", "criterion", "bar", "gap", "relief", "quota", "link")
"""The kinds of name that are rules; a policy test may name a rule of any kind as `rule`."""

_DEFINING = {
    "parameters": "parameter", "interpretations": "interpretation", "documents": "document", "grades": "grade",
    "publications": "publication", "relations": "relation", "subject_kinds": "subject_kind", "kinds": "subject_kind",
    "exemptions": "exemption", "review_contents": "review_content", "triggers": "trigger", "criteria": "criterion",
    "bars": "bar", "gaps": "gap", "relief": "relief", "quotas": "quota", "links": "link", "options": "option",
    "papers": "paper",
}  # fmt: skip
"""The kind of name that the items of a section define by their `id`."""

_NO_GRADE = ("none", UNDETERMINED)


@dataclass(frozen=True, eq=False)
class Mention:
    """One place at which a name stands.

    `owner`: of an option the interpretation, of a value the fact; "" of other names. `scope`: the folder of the
    regulation in which it is looked up; "" for what all regulations share; of a case elsewhere, its day. `item`: the
    path of what it defines, or in which it is used."""

    kind: str
    name: str
    owner: str
    scope: str
    path: Path
    span: Span
    defines: bool
    item: Path_
    qualified: str = ""
    """Of a rule its name with those above it, if it is written or known."""


Names = Mapping[str, tuple[Mention, ...]]
"""The mentions of one file by name."""


def names_of(path: Path, kind: str, scope: str, document: Document) -> Names:
    """The names of a file. `scope`: the folder of its regulation; of a case the regulation it names, or its day."""
    reader = _Reader(path, kind, scope, document)
    names: dict[str, list[Mention]] = {}
    for mention in (*reader.definitions(), *reader.uses()):
        names.setdefault(mention.name, []).append(mention)
    return {name: tuple(mentions) for name, mentions in names.items()}


class _Reader:
    """The names of one file."""

    def __init__(self, path: Path, kind: str, scope: str, document: Document) -> None:
        self.path, self.kind, self.scope, self.document = path, kind, scope, document
        self.lines = lines_of(document.text)

    def mention(self, kind: str, name: str, path: Path_, key: bool, skip: int = 0) -> Mention:
        """A name that is used at a path. `skip`: how many characters stand before it at its place."""
        place = self.document.location(path, key=key)
        number = place.line - self.document.line_offset
        line = self.lines[number - 1] if number <= len(self.lines) else ""
        quoted = line[place.column - 1 : place.column] in ('"', "'")
        start = place.column + quoted + skip
        scope = "" if kind in ("fact", "fact_list", "value", "regulation") else self.scope
        span = Span(place.line, start, start + len(name))
        return Mention(kind, name, "", scope, self.path, span, defines=False, item=path)

    # --- what a file defines

    def definitions(self) -> Iterator[Mention]:
        data = self.document.data
        if self.kind == "facts":
            yield from self.vocabulary()
        elif self.kind in ("regulation", "overlay") and isinstance(data.get("id"), str):
            yield self.defined("regulation", data["id"], ())
        elif self.kind == "grade_ladder" and isinstance(data.get("id"), str):
            yield self.defined("ladder", data["id"], ())
        if self.kind not in ("facts", "tests", "properties", "case"):
            yield from self.items(data, (), "")

    def vocabulary(self) -> Iterator[Mention]:
        data = self.document.data
        for name, fact in _pairs(data.get("facts")):
            yield self.key("fact", name, ("facts", name))
            for option, _ in _pairs(fact.get("one_of") if isinstance(fact, dict) else None):
                yield self.key("value", option, ("facts", name, "one_of", option), name)
        for name, listed in _pairs(data.get("lists")):
            yield self.key("fact_list", name, ("lists", name))
            for option, _ in _pairs(listed.get("values") if isinstance(listed, dict) else None):
                yield self.key("value", option, ("lists", name, "values", option), name)

    def key(self, kind: str, name: str, path: Path_, owner: str = "") -> Mention:
        """What is defined by a key, under which its item stands."""
        return replace(self.mention(kind, name, path, True), owner=owner, defines=True)

    def defined(self, kind: str, name: str, item: Path_, owner: str = "") -> Mention:
        """What is defined by the `id` of an item."""
        used = self.mention(kind, name, (*item, "id"), False)
        return replace(used, owner=owner, defines=True, item=item, qualified=self.qualified(kind, name, item))

    def items(self, data: Any, path: Path_, section: str) -> Iterator[Mention]:
        match data:
            case dict():
                kind = _DEFINING.get(section)
                name = data.get("id")
                if kind and isinstance(name, str) and path and isinstance(path[-1], int):
                    owner = self.at(path[:-2]).get("id", "") if kind == "option" else ""
                    yield self.defined(kind, name, path, owner)
                for key, below in data.items():
                    yield from self.items(below, (*path, key), key)
            case list():
                for index, below in enumerate(data):
                    yield from self.items(below, (*path, index), section)

    def qualified(self, kind: str, name: str, path: Path_) -> str:
        """The name of a rule with those above it, as decisions and tests may write it."""
        data = self.document.data
        above = data.get("ladder") if self.kind == "grade_additions" else data.get("id")
        match kind, path:
            case "criterion", ("rungs", int() as index, *_):
                return f"{above}.{self.at(('rungs', index)).get('grade')}.{name}"
            case ("bar" | "gap", _):
                return f"{above}.{'bars' if kind == 'bar' else 'gaps'}.{name}"
            case "relief", ("quotas", int() as index, *_):
                return f"{above}.{self.at(('quotas', index)).get('id')}.{name}"
            case _ if kind in RULES:
                return f"{above}.{name}"
        return ""

    # --- what a file uses

    def uses(self) -> Iterator[Mention]:
        for kind, path, key in names_in(self.kind, self.document.data):
            name = str(path[-1] if key else self.at(path))
            if (mention := self.use(kind, name, path, key)) is not None:
                yield mention
        yield from self.unnamed(self.document.data, ())
        if self.kind == "case":
            yield from self.relations()
            yield from self.stated(self.document.data.get("facts"), ("facts",), "")

    def use(self, kind: str, name: str, path: Path_, key: bool) -> Mention | None:
        if kind in ("grade_or_undetermined", "grade_or_outcome"):
            return None if name in _NO_GRADE else self.mention("grade", name, path, key)
        if kind == "missing_fact":
            fact = name.removeprefix("evidence.")
            return self.mention("fact", fact, path, key, len(name) - len(fact))
        if kind == "cohort_key" and name.startswith("subject."):
            kind, about = "relation", name.removeprefix("subject.")
            return None if about in COHORT_ATTRIBUTES else self.mention(kind, about, path, key, len(name) - len(about))
        if kind == "subject_key":
            return None if name in SUBJECT_KEYS else self.mention("relation", name, path, key)
        if kind == "option":
            return replace(self.mention(kind, name, path, key), owner=interpretation_at(self.document.data, path, key))
        if kind in ("rule", *RULES) and "." in name:
            short = name.rpartition(".")[2]
            return replace(self.mention("rule", short, path, key, len(name) - len(short)), qualified=name)
        return self.mention("fact" if kind == "cohort_key" else kind, name, path, key)

    def unnamed(self, data: Any, path: Path_) -> Iterator[Mention]:
        """Names of which the schemas do not say so: publications cited, regulations replaced, options of facts."""
        match data:
            case dict():
                if "document" in data and isinstance(data.get("cite"), str):
                    yield self.mention("publication", data["cite"], (*path, "cite"), False)
                if isinstance(data.get("fact"), str):
                    yield from self.compared(data, path)
                for key, below in data.items():
                    yield from self.under(key, below, (*path, key))
                    yield from self.unnamed(below, (*path, key))
            case list():
                for index, below in enumerate(data):
                    yield from self.unnamed(below, (*path, index))

    def compared(self, data: Mapping[str, Any], path: Path_) -> Iterator[Mention]:
        for operator in OPERATORS:
            yield from self.values(data.get(operator), (*path, operator), data["fact"])

    def under(self, key: str, below: Any, path: Path_) -> Iterator[Mention]:
        match self.kind, path:
            case ("regulation" | "overlay", ("replaces" | "replaced_by",)):
                for place, name in _texts(below, path):
                    yield self.mention("regulation", name, place, False)
            case "grade_additions", ("ladder",):
                yield self.mention("ladder", str(below), path, False)
            case "tests", (*_, "given"):
                for fact, value in _pairs(below):
                    yield from self.values(value, (*path, fact), fact)
            case "facts", ("facts", str() as fact, "typical"):
                yield from self.values(below, path, fact)

    def values(self, value: Any, path: Path_, fact: str) -> Iterator[Mention]:
        for place, name in _texts(value, path):
            yield replace(self.mention("value", name, place, False), owner=fact)

    def relations(self) -> Iterator[Mention]:
        """What the subject of a case is to others."""
        for key, _ in _pairs(self.document.data.get("subject")):
            if key not in SUBJECT_KEYS:
                yield self.mention("relation", key, ("subject", key), True)

    def stated(self, data: Any, path: Path_, above: str) -> Iterator[Mention]:
        """The facts of a case, nested by their names."""
        for key, below in _pairs(data):
            name, place = f"{above}{key}", (*path, key)
            if isinstance(below, dict):
                yield from self.stated(below, place, f"{name}.")
                continue
            yield replace(self.mention("fact", key, place, True), name=name)
            yield from self.values(below, place, name)

    def at(self, path: Path_) -> Any:
        return value_at(self.document.data, path)


def value_at(data: Any, path: Path_) -> Any:
    """The value at a path of plain data; None if there is none."""
    for step in path:
        inside = isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data)
        data = data[step] if inside else data.get(step) if isinstance(data, dict) else None
    return data


def interpretation_at(data: Any, path: Path_, key: bool) -> str:
    """The interpretation of which an option is named at a path: the key above it, or what stands beside it."""
    steps = [step for step in path if isinstance(step, str)]
    if steps[-1] == "chosen":
        return str((value_at(data, path[:-1]) or {}).get("id", ""))
    mapping = value_at(data, path[: path.index("options")]) if "options" in path else None
    if isinstance(mapping, dict) and "interpretation" in mapping:
        return str(mapping["interpretation"])
    return steps[-2] if key else steps[-1]


def _pairs(data: Any) -> list[tuple[str, Any]]:
    return list(data.items()) if isinstance(data, dict) else []


def _texts(value: Any, path: Path_) -> list[tuple[Path_, str]]:
    """A text, or the texts of a list, each with its path."""
    if isinstance(value, str):
        return [(path, value)]
    items = enumerate(value) if isinstance(value, list) else ()
    return [((*path, index), item) for index, item in items if isinstance(item, str)]
