"""What a name or a key means, for a person who points at it: Markdown in one language, with the label in both."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.base.json_places import Place
from engine.base.words import words
from engine.base.yaml_cursor import cursors_at
from engine.core.policy.regulation import Regulation, all_rules
from engine.core.policy.terms import Source
from engine.editor.file_names import Mention, value_at
from engine.editor.names import Index, index_of
from engine.editor.places import Span, lines_of
from engine.editor.shapes import shapes_at
from engine.editor.workspace import Workspace, is_case, is_tests
from engine.report.markdown import escaped
from engine.report.regulation.references import References
from engine.report.regulation.view import RegulationView

SAYS, KINDS = words("editor", "hover"), words("editor", "kinds")
MOST_USES = 5
_ANCHOR = re.compile(r"(?<!\\)\[((?:[^\[\]\\]|\\.)*)\]\(#[^)]*\)")


@dataclass(frozen=True)
class Hover:
    """Markdown about what stands in a span."""

    text: str
    span: Span


def hover(workspace: Workspace, path: Path, place: Place, language: str) -> Hover | None:
    """What stands at a place (line and column from 1) of a file; None if nothing can be said. `language`: vi or en."""
    index = index_of(workspace)
    mention = index.at(path, place)
    if mention is None:
        return _of_key(workspace, path, place, language)
    definitions = index.definitions(mention)
    if not definitions:
        return None
    about = _About(index, language)
    parts = [part for definition in definitions[:MOST_USES] for part in about.definition(definition)]
    return Hover("\n\n".join([*dict.fromkeys(parts), *about.uses(mention)]), mention.span)


def _of_key(workspace: Workspace, path: Path, place: Place, language: str) -> Hover | None:
    """What the schema says of a key, or of a value if it lists those that may stand there."""
    file = workspace.file(path)
    if file is None:
        return None
    for cursor in cursors_at(lines_of(file.text), place):
        name = lines_of(file.text)[place[0] - 1][cursor.start - 1 : cursor.end - 1]
        if not name:
            continue
        at = (*cursor.path[:-1], name) if cursor.is_key else cursor.path
        shapes = shapes_at(file.kind, cursor.data, at)
        if not cursor.is_key:
            shapes = [shape for shape in shapes if "enum" in shape.schema or "const" in shape.schema]
        described = [shape.schema["description"] for shape in shapes if "description" in shape.schema]
        if described:
            vietnamese, _, english = described[0].partition(" / ")
            text = vietnamese if language == "vi" else english or vietnamese
            return Hover(f"`{name}`: {escaped(text)}", Span(place[0], cursor.start, cursor.end))
    return None


@dataclass(frozen=True, eq=False)
class _About:
    """What is said of names in one language."""

    index: Index
    language: str

    def definition(self, definition: Mention) -> Iterator[str]:
        """The kind of name, its label in both languages, and what is particular to the kind."""
        item = self.index.item(definition)
        yield f"**{KINDS[definition.kind][self.language]}** `{definition.qualified or definition.name}`"
        for language in (self.language, "en" if self.language == "vi" else "vi"):
            if label := self.index.label(definition, language):
                yield f"**{escaped(label)}**" if language == self.language else f"*{escaped(label)}*"
        match definition.kind:
            case "fact":
                yield from self.fact(definition.name)
            case "parameter":
                yield from self.parameter(definition)
            case "interpretation":
                yield self.options(item)
            case "document" | "publication":
                yield from (str(item[key]) for key in ("issued_on", "url") if item.get(key))
        yield from self.rule(definition, item)

    def view(self, scope: str) -> RegulationView | None:
        """A regulation as documents show it; of what all share, any one. None if it cannot be read at present."""
        known = self.index.workspace.library
        regulations = known.regulations if known is not None else {}
        chosen: Regulation | None = regulations.get(scope) or (next(iter(regulations.values()), None))
        return None if known is None or chosen is None else RegulationView(self.language, known, chosen)

    def fact(self, name: str) -> Iterator[str]:
        view = self.view("")
        fact = None if view is None else view.facts.get(name)
        if view is None or fact is None:
            return
        if fact.question is not None:
            yield f"{self.say('asked')}: {escaped(view.text(fact.question))}"
        unit = f" ({fact.unit})" if fact.unit and fact.unit != "percent" else ""
        yield f"{self.say('bounds')}: {escaped(References(view).allowed(fact))}{unit}"
        if (derived := References(view).derived(fact)) is not None:
            yield f"{self.say('computed')}: {_unlinked(derived)}"

    def parameter(self, definition: Mention) -> Iterator[str]:
        view = self.view(definition.scope)
        parameter = None if view is None else view.regulation.parameters.get(definition.name)
        if view is None or parameter is None:
            return
        for value, day, source in References(view).values(parameter):
            yield f"- **{escaped(value)}** {self.say('from').format(day=day)} · {self.source(view, source)}"

    def options(self, item: Any) -> str:
        """The options of an interpretation, with the one chosen."""
        lines = []
        for option in item.get("options") or ():
            chosen = f" **({self.say('chosen')})**" if option.get("id") == item.get("chosen") else ""
            label = (option.get("label") or {}).get(self.language, "")
            lines.append(f"- `{option.get('id')}`: {escaped(str(label))}{chosen}")
        return "\n".join(lines)

    def rule(self, definition: Mention, item: Any) -> Iterator[str]:
        """What a rule asks, when it exists, and the words of the law that it rests on."""
        view = self.view(definition.scope)
        if view is None or not isinstance(item, dict):
            return
        rule = next((rule for rule in all_rules(view.regulation) if rule.name == definition.qualified), None)
        if rule is not None and not self.is_mistaken(definition.scope):
            yield "\n".join(f"{'  ' * line.depth}- {_unlinked(line.text)}" for line in view.conditions(rule))
            yield from (_unlinked(reading) for reading in view.under(rule.under))
        sources = [citation.source for citation in view.regulation.citations if _is_within(citation.source, definition)]
        if sources and "source" in item:
            yield f"> {self.source(view, sources[0])}"

    def is_mistaken(self, scope: str) -> bool:
        """Is there a mistake in the files of a regulation, so that its rules may name what is not there?"""
        folder = self.index.workspace.folder / scope
        files = {Path(problem.location.file) for problem in self.index.workspace.draft.problems}
        return any(file.is_relative_to(folder) for file in files)

    def source(self, view: RegulationView, source: Source) -> str:
        """A citation with its words and its standing."""
        return _unlinked(view.source(source))

    def uses(self, mention: Mention) -> Iterator[str]:
        """How often a name is used, and the first rules that use it."""
        uses = [other for other in self.index.references(mention) if not other.defines]
        tests = sum(is_tests(use.path) for use in uses)
        cases = sum(is_case(use.path) for use in uses)
        counts = {"rules": len(uses) - tests - cases, "tests": tests, "cases": cases}
        yield self.say("used").format(**counts) if uses else self.say("unused")
        labels = dict.fromkeys(filter(None, (self.user(use) for use in uses if not is_tests(use.path))))
        if labels:
            shown = "; ".join(escaped(label) for label in list(labels)[:MOST_USES])
            yield f"{self.say('among')}: {shown}{'; …' if len(labels) > MOST_USES else ''}"

    def user(self, use: Mention) -> str:
        """The label of the innermost item in which a name is used; "" in a case."""
        file = self.index.workspace.files[use.path]
        document = file.document or file.sound
        if is_case(use.path) or document is None:
            return ""
        for length in range(len(use.item) - 1, 0, -1):
            item = value_at(document.data, use.item[:length])
            label = item.get("label", item.get("question")) if isinstance(item, dict) else None
            if isinstance(label, dict):
                return str(label.get(self.language, ""))
        return ""

    def say(self, phrase: str) -> str:
        """A phrase of `words/editor.yaml`."""
        return SAYS[phrase][self.language]


def _is_within(source: Source, definition: Mention) -> bool:
    """Is it the source of what is defined: the first one behind its id in the same file?"""
    place = source.location
    return place.file == str(definition.path) and place.line >= definition.span.line


def _unlinked(text: str) -> str:
    """Markdown without the links to places of a document that is not there."""
    return _ANCHOR.sub(r"\1", text)
