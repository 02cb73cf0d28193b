"""What every section of a regulation's document needs: names in one language, rules as lists, sources."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from engine.base.version import ENGINE_VERSION
from engine.base.words import words
from engine.core.policy.conditions import ready
from engine.core.policy.live import changes
from engine.core.policy.regulation import Interpretation, Library, Publication, Regulation, all_rules
from engine.core.policy.rules import AllOf, AnyOf, Comparison, Condition, EvidenceNamed, NoneOf, Operand, Reading, Rule
from engine.core.policy.terms import Fact, Source, Status, Text
from engine.load.cases.ballots import LABELS
from engine.report.addresses import web_address
from engine.report.markdown import Item, Raw, code, escaped, link
from engine.report.words import Words

CAPTIONS = words("regulation")
STATUS_NAMES = words("page")
STATUSES: tuple[Status, ...] = ("stated", "reported", "inferred", "assumed")


@dataclass(frozen=True)
class View:
    """What every template needs."""

    language: str

    def say(self, name: str, **arguments: object) -> str:
        """A caption of documents, with its places filled."""
        return CAPTIONS[name][self.language].format(**arguments)

    @property
    def made_by(self) -> str:
        """The version of the engine."""
        return f"xeploai {ENGINE_VERSION}"

    def anchor(self, kind: str, name: str) -> Raw:
        """A place that links lead to."""
        return Raw(f'<a id="{kind}-{name}"></a>')


@dataclass(frozen=True)
class RegulationView(View):
    """What the template of a regulation shows, put in one language."""

    library: Library
    regulation: Regulation

    @cached_property
    def words(self) -> Words:
        """The words of reports, with the documents that the regulation cites."""
        return Words(self.language, {document.id: document.label for document in self.regulation.documents})

    def text(self, text: Text) -> str:
        """A text of the policies."""
        return text[self.language]

    def day(self, day: date) -> str:
        """A day as it is written in the language."""
        return self.words.day(day)

    @property
    def facts(self) -> Mapping[str, Fact]:
        """The facts of the vocabulary."""
        return self.library.vocabulary.facts

    def grade(self, name: str) -> str:
        """The label of a grade."""
        return next(self.text(grade.label) for grade in self.regulation.grades if grade.id == name)

    def kind(self, name: str) -> str:
        """The label of a kind of subject."""
        return self.text(self.regulation.kinds[name].label)

    def kinds(self, names: Sequence[str]) -> str:
        """The labels of kinds of subject."""
        return "; ".join(self.kind(name) for name in names)

    def relation(self, name: str) -> str:
        """The label of a relation between subjects."""
        return next(self.text(relation.label) for relation in self.regulation.relations if relation.id == name)

    def other(self, name: str) -> Raw:
        """The label of another regulation, or its id if no document is about it."""
        documents = self.words.documents
        return Raw(escaped(self.text(documents[name]) if name in documents else name))

    @property
    def kind_tree(self) -> Iterator[Item]:
        """The kinds of subject as a nested list."""
        for kind in self.regulation.kinds.values():
            yield Item(len(kind.ancestors) - 1, Raw(f"{escaped(self.text(kind.label))} ({code(kind.id)})"))

    @property
    def sections(self) -> list[Raw]:
        """Links to the sections that there are."""
        there: dict[str, object] = {
            "subjects": True, "exemptions": self.regulation.exemptions,
            "review_contents": self.regulation.review_contents, "triggers": self.regulation.triggers, "ladders": True,
            "quotas": self.regulation.quotas, "links": self.regulation.links,
            "majorities": self.regulation.majorities, "papers": self.regulation.papers,
            "parameters": self.regulation.parameters,
            "interpretations": self.regulation.interpretations, "sources": True, "facts": True,
        }  # fmt: skip
        return [link(self.say(name), f"section-{name}") for name, shown in there.items() if shown]

    def by_subject(self, rules: Sequence[Rule]) -> Mapping[tuple[str, ...], list[Rule]]:
        """Rules by the subjects to which they apply, in the order in which those first occur."""
        alike: dict[tuple[str, ...], list[Rule]] = {}
        for rule in rules:
            alike.setdefault(rule.applies_to, []).append(rule)
        return alike

    def entries(self, rules: Sequence[Rule], general: Sequence[str]) -> Raw:
        """Rules as a list: label, conditions, subjects if they are not the `general` ones, reading, source."""
        lines: list[str] = []
        for rule in rules:
            lines.append(f"- {self.anchor('rule', rule.name)}{self.strong(self.text(rule.label))}")
            lines += [f"{self.indent(line.depth + 1)}- {line.text}" for line in self.conditions(rule)]
            if tuple(rule.applies_to) != tuple(general):
                lines.append(f"    - {escaped(self.say('applies_to'))}: {escaped(self.kinds(rule.applies_to))}")
            lines += [f"    - {reading}" for reading in self.under(rule.under)]
            lines.append(f"    - {escaped(self.say('source'))}: {self.source(rule.source)}")
        return Raw("\n".join(lines))

    @staticmethod
    def indent(depth: int) -> Raw:
        """The indent of an item of a list `depth` deep."""
        return Raw("    " * depth)

    @staticmethod
    def strong(text: str) -> Raw:
        """Text in bold."""
        return Raw(f"**{escaped(text)}**")

    @cached_property
    def shown_on(self) -> date:
        """Numbers are shown as they stand last."""
        return changes(self.regulation)[-1]

    def conditions(self, rule: Rule) -> Iterator[Item]:
        """What a rule asks, as nested lines; nothing for a rule that always holds."""
        conditions = [rule.when] if rule.when is not None else []
        conditions += [EvidenceNamed(fact, location=rule.location) for fact in rule.requires_evidence]
        for condition in conditions:
            yield from self._lines(condition, 0)
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

    def _comparison(self, comparison: Comparison) -> Raw:
        fact = self.facts[comparison.fact]
        typed = ready(comparison, self.library.vocabulary, self.regulation.parameters, self.shown_on)
        assert isinstance(typed, Comparison) and isinstance(typed.operand, Operand)
        labels = dict(fact.options)
        shown = [
            self.words.value(value, fact.unit, labels.get(value) if isinstance(value, str) else None)
            for value in typed.operand.values
        ]
        what = self.words.say(comparison.operator, what=", ".join(shown))
        number = (
            f" ({link(self.say('number'), f'parameter-{typed.operand.parameter}')})" if typed.operand.parameter else ""
        )
        return Raw(f"{link(self.text(fact.label), f'fact-{comparison.fact}')}: {escaped(what)}{number}")

    def option_sources(self, interpretation: Interpretation) -> Mapping[str, Source]:
        """The sources of the options that have their own."""
        return dict(interpretation.option_sources)

    def source(self, source: Source) -> Raw:
        """Document and place, its standing, the words quoted and the note."""
        document = next((document for document in self.regulation.documents if document.id == source.document), None)
        label = link(self.text(document.label), f"document-{source.document}") if document else escaped(source.document)
        parts = [f"{label}, {escaped(source.locator)} · **{escaped(STATUS_NAMES[source.status][self.language])}**"]
        parts += [f"*{escaped(quote)}*" for quote in source.quotes]
        if source.note is not None:
            parts.append(escaped(self.text(source.note)))
        address = web_address(source.url)
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
        lines = []
        for reading in readings:
            interpretation = self.interpretation(reading.interpretation)
            options = " / ".join(
                f"“{self.text(label)}”" for name, label in interpretation.options if name in reading.options
            )
            state = self.say("switched_on" if interpretation.chosen in reading.options else "switched_off")
            question = link(self.text(interpretation.question), f"interpretation-{interpretation.id}")
            lines.append(Raw(f"{escaped(self.say('only_under', options=options))} {question} – **{escaped(state)}**"))
        return lines

    def is_on(self, rule: Rule) -> bool:
        """Does a rule exist under the readings chosen?"""
        return all(self.interpretation(reading.interpretation).chosen in reading.options for reading in rule.under)

    def interpretation(self, name: str) -> Interpretation:
        """An interpretation by its id."""
        return next(reading for reading in self.regulation.interpretations if reading.id == name)

    @property
    def own_sources(self) -> list[Source]:
        """What the regulation as a whole rests on: who issued it, its days in force, its scope."""
        return [citation.source for citation in self.regulation.citations if citation.item == self.regulation.id]

    def others(self, names: Sequence[str]) -> list[Raw]:
        """The labels of other regulations."""
        return [self.other(name) for name in names]

    @staticmethod
    def joined(parts: Sequence[str]) -> Raw:
        """Parts in one line, or a dash if there are none."""
        return Raw("; ".join(parts)) if parts else Raw("–")

    @property
    def standing(self) -> list[tuple[str, int]]:
        """How many items rest on each kind of source."""
        return [
            (
                STATUS_NAMES[status][self.language],
                sum(citation.source.status == status for citation in self.regulation.citations),
            )
            for status in STATUSES
        ]

    @cached_property
    def rules(self) -> list[Rule]:
        """Every rule of the regulation, and the papers of a dossier, which may be needed under a condition."""
        return [*all_rules(self.regulation), *self.regulation.papers]

    def counted(self, base: str) -> str:
        """What a majority is counted over."""
        return self.text(LABELS[base])

    @staticmethod
    def to_parameter(name: str) -> Raw:
        """A link to a parameter."""
        return link(name, f"parameter-{name}")
