"""What every section of a regulation's document asks for: names in one language, rules as lists, sources."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from engine.base.version import ENGINE_VERSION
from engine.base.words import words
from engine.core.policy.conditions import ready
from engine.core.policy.regulation import Interpretation, Library, Publication, Regulation, all_rules
from engine.core.policy.rules import AllOf, AnyOf, Comparison, Condition, EvidenceNamed, NoneOf, Operand, Reading, Rule
from engine.core.policy.terms import Fact, Source, Status, Text
from engine.report.addresses import web_address
from engine.report.markdown import Item, Raw, code, escaped, link
from engine.report.words import Words

CAPTIONS = words("regulation")
STATUS_NAMES = words("page")
STATUSES: tuple[Status, ...] = ("stated", "reported", "inferred", "assumed")


@dataclass(frozen=True)
class View:
    """What every template asks for."""

    language: str

    def say(self, name: str, **arguments: object) -> str:
        return CAPTIONS[name][self.language].format(**arguments)

    @property
    def made_by(self) -> str:
        return f"xeploai {ENGINE_VERSION}"

    def anchor(self, kind: str, name: str) -> Raw:
        return Raw(f'<a id="{kind}-{name}"></a>')


@dataclass(frozen=True)
class RegulationView(View):
    """One regulation as the template asks for it; texts are in `language`."""

    library: Library
    regulation: Regulation

    @cached_property
    def words(self) -> Words:
        return Words(self.language, {one.id: one.label for one in self.regulation.documents})

    def text(self, text: Text) -> str:
        return text[self.language]

    def day(self, day: date) -> str:
        return self.words.day(day)

    @property
    def facts(self) -> Mapping[str, Fact]:
        return self.library.vocabulary.facts

    def grade(self, name: str) -> str:
        return next(self.text(one.label) for one in self.regulation.grades if one.id == name)

    def kind(self, name: str) -> str:
        return self.text(self.regulation.kinds[name].label)

    def kinds(self, names: Sequence[str]) -> str:
        return "; ".join(self.kind(name) for name in names)

    def relation(self, name: str) -> str:
        return next(self.text(one.label) for one in self.regulation.relations if one.id == name)

    def other(self, name: str) -> Raw:
        documents = self.words.documents
        return Raw(escaped(self.text(documents[name]) if name in documents else name))

    @property
    def kind_tree(self) -> Iterator[Item]:
        for one in self.regulation.kinds.values():
            yield Item(len(one.ancestors) - 1, Raw(f"{escaped(self.text(one.label))} ({code(one.id)})"))

    @property
    def sections(self) -> list[Raw]:
        """Links to the sections that there are."""
        there: dict[str, object] = {
            "subjects": True, "exemptions": self.regulation.exemptions,
            "review_contents": self.regulation.review_contents, "triggers": self.regulation.triggers, "ladders": True,
            "quotas": self.regulation.quotas, "links": self.regulation.links, "parameters": self.regulation.parameters,
            "interpretations": self.regulation.interpretations, "sources": True, "facts": True,
        }  # fmt: skip
        return [link(self.say(name), f"section-{name}") for name, shown in there.items() if shown]

    def by_subject(self, rules: Sequence[Rule]) -> Mapping[tuple[str, ...], list[Rule]]:
        """Rules by the subjects to which they apply, in the order in which those first occur."""
        found: dict[tuple[str, ...], list[Rule]] = {}
        for rule in rules:
            found.setdefault(rule.applies_to, []).append(rule)
        return found

    def entries(self, rules: Sequence[Rule], general: Sequence[str]) -> Raw:
        """Rules as a list: label, conditions, subjects where they are not the `general` ones, reading, source."""
        found: list[str] = []
        for rule in rules:
            found.append(f"- {self.anchor('rule', rule.name)}{self.strong(self.text(rule.label))}")
            found += [f"{self.indent(line.depth + 1)}- {line.text}" for line in self.conditions(rule)]
            if tuple(rule.applies_to) != tuple(general):
                found.append(f"    - {escaped(self.say('applies_to'))}: {escaped(self.kinds(rule.applies_to))}")
            found += [f"    - {one}" for one in self.under(rule.under)]
            found.append(f"    - {escaped(self.say('source'))}: {self.source(rule.source)}")
        return Raw("\n".join(found))

    @staticmethod
    def indent(depth: int) -> Raw:
        return Raw("    " * depth)

    @staticmethod
    def strong(text: str) -> Raw:
        return Raw(f"**{escaped(text)}**")

    @cached_property
    def shown_on(self) -> date:
        """Numbers are shown as they stand last."""
        since = [value.since for one in self.regulation.parameters.values() for value in one.values]
        return max([self.regulation.in_force_from, *since])

    def conditions(self, rule: Rule) -> Iterator[Item]:
        """What a rule asks, as nested lines; nothing for a rule that always holds."""
        asked = [rule.when] if rule.when is not None else []
        asked += [EvidenceNamed(fact, location=rule.location) for fact in rule.requires_evidence]
        for one in asked:
            yield from self._lines(one, 0)
        if rule.unless is not None:
            weighed = self.say("discretion") if rule.unless is rule.discretion else self.words.say("unless")
            yield Item(0, Raw(f"{escaped(weighed)}:"))
            yield from self._lines(rule.unless, 1)

    def _lines(self, condition: Condition, depth: int) -> Iterator[Item]:
        match condition:
            case Comparison():
                yield Item(depth, self._comparison(condition))
            case EvidenceNamed(fact):
                label = self.text(self.facts[fact].label)
                yield Item(depth, link(self.words.say("evidence_for", fact=label), f"fact-{fact}"))
            case AllOf(parts) | AnyOf(parts) | NoneOf(parts):
                join = {AllOf: "join_all", AnyOf: "join_any", NoneOf: "join_none"}[type(condition)]
                yield Item(depth, Raw(f"{escaped(self.words.say(join))}:"))
                for part in parts:
                    yield from self._lines(part, depth + 1)

    def _comparison(self, one: Comparison) -> Raw:
        fact = self.facts[one.fact]
        typed = ready(one, self.library.vocabulary, self.regulation.parameters, self.shown_on)
        assert isinstance(typed, Comparison) and isinstance(typed.operand, Operand)
        labels = dict(fact.options)
        shown = [
            self.words.value(value, fact.unit, labels.get(value) if isinstance(value, str) else None)
            for value in typed.operand.values
        ]
        what = self.words.say(one.operator, what=", ".join(shown))
        number = (
            f" ({link(self.say('number'), f'parameter-{typed.operand.parameter}')})" if typed.operand.parameter else ""
        )
        return Raw(f"{link(self.text(fact.label), f'fact-{one.fact}')}: {escaped(what)}{number}")

    def source(self, one: Source) -> Raw:
        """Document and place, its standing, the words quoted and the note."""
        document = next((each for each in self.regulation.documents if each.id == one.document), None)
        label = link(self.text(document.label), f"document-{one.document}") if document else escaped(one.document)
        parts = [f"{label}, {escaped(one.locator)} · **{escaped(STATUS_NAMES[one.status][self.language])}**"]
        parts += [f"*{escaped(quote)}*" for quote in one.quotes]
        if one.note is not None:
            parts.append(escaped(self.text(one.note)))
        address = web_address(one.url)
        if address is not None:
            parts.append(f"[{escaped(address[1])}](<{address[0]}>)")
        return Raw(" · ".join(parts))

    def published(self, publication: Publication) -> Raw:
        """A publication: its name, linked to its address, and the day when it was read."""
        read = "" if publication.read_on is None else f", {self.say('read_on', day=self.day(publication.read_on))}"
        label, address = escaped(self.text(publication.label)), web_address(publication.url)
        return Raw((f"[{label}](<{address[0]}>)" if address else label) + escaped(read))

    def under(self, readings: Sequence[Reading]) -> list[Raw]:
        """On which reading a rule depends, and whether it is the one chosen."""
        named = {one.id: one for one in self.regulation.interpretations}
        found = []
        for reading in readings:
            one = named[reading.interpretation]
            options = " / ".join(f"“{self.text(label)}”" for name, label in one.options if name in reading.options)
            state = self.say("switched_on" if one.chosen in reading.options else "switched_off")
            question = link(self.text(one.question), f"interpretation-{one.id}")
            found.append(Raw(f"{escaped(self.say('only_under', options=options))} {question} – **{escaped(state)}**"))
        return found

    def is_on(self, rule: Rule) -> bool:
        chosen = {one.id: one.chosen for one in self.regulation.interpretations}
        return all(chosen[reading.interpretation] in reading.options for reading in rule.under)

    def interpretation(self, name: str) -> Interpretation:
        return next(one for one in self.regulation.interpretations if one.id == name)

    @property
    def own_sources(self) -> list[Source]:
        """What the regulation as a whole rests on: who issued it, its days in force, its scope."""
        return [one.source for one in self.regulation.citations if one.item == self.regulation.id]

    def others(self, names: Sequence[str]) -> list[Raw]:
        return [self.other(name) for name in names]

    @staticmethod
    def joined(parts: Sequence[str]) -> Raw:
        return Raw("; ".join(parts)) if parts else Raw("–")

    @property
    def standing(self) -> list[tuple[str, int]]:
        """How many items rest on each kind of source."""
        return [
            (STATUS_NAMES[status][self.language], sum(one.source.status == status for one in self.regulation.citations))
            for status in STATUSES
        ]

    @cached_property
    def rules(self) -> list[Rule]:
        return list(all_rules(self.regulation))
