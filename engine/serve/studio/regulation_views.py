"""A regulation for the page of regulations: article by article what the source says, beside the rules made of it.

The sentences are those of the regulation's document (`report/regulation`); this module only puts them in the order of
the source.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from markupsafe import Markup

from engine.base.words import words
from engine.core.policy.regulation import Interpretation, Library, Parameter, Regulation, all_rules
from engine.core.policy.rules import Fallback, Link, Quota, Rule
from engine.core.policy.terms import Fact, Source
from engine.report.addresses import web_address
from engine.report.html.document import fragment, inline
from engine.report.html.page import Say, captions
from engine.report.markdown import Item, Raw
from engine.report.regulation.quotas import QuotaTables
from engine.report.regulation.references import References
from engine.report.regulation.view import RegulationView
from engine.report.words import document_labels
from engine.study.trace import trace

STATUS_NAMES = words("page")
CAPTIONS = words("regulation")


@dataclass(frozen=True)
class Rest:
    """What a rule rests on: how certain it is, the note, and where it can be read."""

    status: str
    status_name: str
    note: str
    address: tuple[str, str] | None


@dataclass(frozen=True)
class RuleShown:
    """A rule as plain sentences. `role` says what it does; `off` that no case meets it under the readings chosen."""

    anchor: str
    role: str
    label: str
    conditions: Markup
    applies_to: str
    under: Sequence[Markup]
    off: bool
    rest: Rest


@dataclass
class Article:
    """A place of a document, and the rules that cite it: beside the words that they quote, if they quote any."""

    anchor: str
    document: str
    locator: str
    rows: dict[tuple[str, ...], list[RuleShown]] = field(default_factory=dict)

    @property
    def ordered(self) -> list[tuple[tuple[str, ...], list[RuleShown]]]:
        """The words quoted with the rules beside them, and last the rules that quote none."""
        return sorted(self.rows.items(), key=lambda row: not row[0])

    @property
    def count(self) -> int:
        """How many rules cite it."""
        return sum(len(rules) for rules in self.rows.values())


@dataclass(frozen=True)
class PassageShown:
    """A sentence of the source, with the rules that carry it out; `reason` says why there may be none."""

    text: str
    rules: Sequence[str]
    reason: str


@dataclass(frozen=True)
class OptionShown:
    """An option of an interpretation."""

    label: str
    chosen: bool
    rest: Rest | None


@dataclass(frozen=True)
class InterpretationShown:
    """A point that can be read in several ways, and what depends on it."""

    anchor: str
    question: str
    note: str
    options: Sequence[OptionShown]
    depends: Sequence[Markup]
    rest: Rest | None


@dataclass(frozen=True)
class RegulationPage:
    """A regulation, laid out for its page."""

    library: Library
    regulation: Regulation
    language: str

    @cached_property
    def view(self) -> RegulationView:
        """What puts the parts of the regulation into words."""
        return RegulationView(self.language, self.library, self.regulation)

    @cached_property
    def references(self) -> References:
        """Who uses what."""
        return References(self.view)

    @property
    def title(self) -> str:
        """The number and the label."""
        return self.view.say("title", number=self.regulation.number, label=self.view.text(self.regulation.label))

    @property
    def facts_of_title(self) -> Iterator[str]:
        """Who issued it, when it is in force, what it replaces."""
        regulation, view = self.regulation, self.view
        yield view.say("issued", issuer=view.text(regulation.issued_by), day=view.day(regulation.issued_on))
        first, last = view.day(regulation.in_force_from), regulation.in_force_until
        days = {"first": first, "last": view.day(last)} if last else {"first": first}
        yield view.say("in_force" if last else "in_force_since", **days)
        for key, names in (("replaces", regulation.replaces), ("replaced_by", regulation.replaced_by)):
            if names:
                yield f"{view.say(key)}: {'; '.join(self._label_of(name) for name in names)}"

    @cached_property
    def articles(self) -> list[Article]:
        """The places that rules cite: of the regulation itself first, in the order of their numbers."""
        places: dict[tuple[str, str], Article] = {}
        for rule, shown in self._rules():
            article = places.setdefault((rule.document, rule.locator), self._article(rule, len(places)))
            article.rows.setdefault(rule.quotes, []).append(shown)
        documents = [self.regulation.id, *(document.id for document in self.regulation.documents)]
        return sorted(
            places.values(), key=lambda article: (_place(documents, article, places), _natural(article.locator))
        )

    @cached_property
    def passages(self) -> Mapping[str, list[PassageShown]]:
        """The source texts by their labels, sentence by sentence."""
        texts: dict[str, list[PassageShown]] = {}
        for traced in trace(self.regulation):
            reason = traced.passage.not_a_rule
            texts.setdefault(self.view.text(traced.text.label), []).append(
                PassageShown(
                    traced.passage.text,
                    list(dict.fromkeys(self.view.text(citation.label) for citation in traced.items)),
                    self.view.text(reason) if reason is not None and not traced.items else "",
                )
            )
        return texts

    @property
    def interpretations(self) -> Iterator[InterpretationShown]:
        """The points that can be read in several ways."""
        for item in self.regulation.interpretations:
            yield InterpretationShown(
                f"interpretation-{item.id}", self.view.text(item.question),
                self.view.text(item.note) if item.note else "", list(self._options(item)),
                [inline(link) for link in self.references.depending(item.id)],
                self._rest(item.source) if item.source else None,
            )  # fmt: skip

    @property
    def parameters(self) -> Iterator[tuple[Parameter, str, list[str], list[Markup]]]:
        """Each number: its label, its values with their days, and what uses it."""
        for parameter in self.regulation.parameters.values():
            values = [
                self.view.say("from_day", value=value, day=day) for value, day, _ in self.references.values(parameter)
            ]
            links = [inline(link) for link in self.references.asks_parameter(parameter.id)]
            yield parameter, self.view.text(parameter.label), values, links

    @property
    def facts(self) -> Iterator[tuple[Fact, str, str, Markup, list[Markup]]]:
        """Each fact that rules ask about: its label, its values, its question or how it is computed, and who asks."""
        for fact in self.references.facts_used:
            derived = self.references.derived(fact)
            wording = Markup.escape(self.view.text(fact.question or fact.label))
            question = inline(derived) if derived is not None else wording
            asking = [inline(link) for link in self.references.asking(fact.name)]
            yield fact, self.view.text(fact.label), self.references.allowed(fact), question, asking

    @property
    def standing(self) -> list[tuple[str, str, int]]:
        """How many items rest on each kind of source: its name for styles, in words, and the number."""
        counted: dict[str, int] = {}
        for citation in self.regulation.citations:
            counted[citation.source.status] = counted.get(citation.source.status, 0) + 1
        return [(status, STATUS_NAMES[status][self.language], number) for status, number in counted.items()]

    def _label_of(self, name: str) -> str:
        documents = document_labels(self.library)
        return self.view.text(documents[name]) if name in documents else name

    def _article(self, source: Source, number: int) -> Article:
        return Article(f"article-{number + 1}", self._label_of(source.document), source.locator)

    def _options(self, item: Interpretation) -> Iterator[OptionShown]:
        for name, label in item.options:
            source = dict(item.option_sources).get(name)
            yield OptionShown(self.view.text(label), name == item.chosen, self._rest(source) if source else None)

    def _rest(self, source: Source) -> Rest:
        note = self.view.text(source.note) if source.note is not None else ""
        return Rest(source.status, STATUS_NAMES[source.status][self.language], note, web_address(source.url))

    def _rules(self) -> Iterator[tuple[Source, RuleShown]]:
        say = captions(self.language, words("studio", "regulations"))
        grades = dict(self._grades_of_rules())
        for rule in all_rules(self.regulation):
            grade = grades.get(rule.name)
            role = say(f"role_{rule.role}", grade=self.view.grade(grade) if grade else "")
            yield rule.source, self._rule(rule, role)
        for ladder in self.regulation.ladders:
            yield ladder.otherwise.source, self._otherwise(ladder.otherwise, say)
        for quota in self.regulation.quotas:
            yield quota.source, self._quota(quota, say)
        for link in self.regulation.links:
            yield link.source, self._link(link, say)

    def _grades_of_rules(self) -> Iterator[tuple[str, str]]:
        for ladder in self.regulation.ladders:
            yield from ((criterion.rule.name, rung.grade) for rung in ladder.rungs for criterion in rung.criteria)
            yield from ((bar.rule.name, bar.grade) for bar in ladder.bars)

    def _rule(self, rule: Rule, role: str) -> RuleShown:
        return RuleShown(
            f"rule-{rule.name}", role, self.view.text(rule.label), _nested(self.view.conditions(rule)),
            self.view.kinds(rule.applies_to), [inline(line) for line in self.view.under(rule.under)],
            not self.view.is_on(rule), self._rest(rule.source),
        )  # fmt: skip

    def _otherwise(self, otherwise: Fallback, say: Say) -> RuleShown:
        return RuleShown(
            f"rule-{otherwise.name}", say("role_otherwise"), self.view.text(otherwise.label), Markup(""), "", (), False,
            self._rest(otherwise.source),
        )  # fmt: skip

    def _quota(self, quota: Quota, say: Say) -> RuleShown:
        tables = QuotaTables(self.view)
        lines = [Item(0, tables.quota_rule(quota)), *tables.settings(quota)]
        lines.insert(1, Item(0, Raw(f"{self.view.say('within')}: {tables.within(quota)}")))
        return RuleShown(
            f"rule-{quota.name}", say("role_quota"), self.view.text(quota.label), _nested(lines),
            self.view.kinds(quota.applies_to), [inline(line) for line in self.view.under(quota.under)], False,
            self._rest(quota.source),
        )  # fmt: skip

    def _link(self, link: Link, say: Say) -> RuleShown:
        related = self.view.say("link_to", relation=self.view.relation(link.to))
        line = Item(0, Raw(f"{related}: {self.view.say(f'must_{link.grade or link.order}')}"))
        return RuleShown(
            f"rule-{link.name}", say("role_link"), self.view.text(link.label), _nested([line]),
            self.view.kinds(link.applies_to), [inline(line) for line in self.view.under(link.under)], False,
            self._rest(link.source),
        )  # fmt: skip


def _nested(lines: Iterator[Item] | Sequence[Item]) -> Markup:
    """Lines as nested lists."""
    return fragment("\n".join(f"{'    ' * line.depth}- {line.text}" for line in lines))


def _place(documents: Sequence[str], article: Article, places: Mapping[tuple[str, str], Article]) -> int:
    document = next(key[0] for key, value in places.items() if value is article)
    return documents.index(document) if document in documents else len(documents)


def _natural(locator: str) -> tuple[tuple[int, object], ...]:
    """Places in the order of their numbers: 5 before 11."""
    return tuple(
        (0, int(part)) if part.isdecimal() else (1, part) for part in re.split(r"(\d+)", locator) if part.strip()
    )
