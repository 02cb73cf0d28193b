"""A regulation -> a document for reading: Markdown, and the same as one HTML file.

Everything stands in one Markdown template; the HTML page is made from what it yields, so that both say the same. Every
rule, parameter, interpretation, document and fact has an anchor, and every mention of one is a link to it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from markupsafe import Markup

from engine.base.version import ENGINE_VERSION
from engine.core.judge.cohorts import Limit
from engine.core.policy.conditions import leaves, ready
from engine.core.policy.live import on_day
from engine.core.policy.model import (
    AllOf,
    AnyOf,
    ByReading,
    Comparison,
    Condition,
    Count,
    EvidenceNamed,
    Fact,
    Interpretation,
    Ladder,
    Library,
    NoneOf,
    Operand,
    Parameter,
    ParameterReference,
    Publication,
    Quota,
    Reading,
    Regulation,
    Rule,
    Rung,
    Source,
    Status,
    Text,
    all_rules,
)
from engine.core.policy.values import parts_of
from engine.report.addresses import web_address
from engine.report.captions import caption
from engine.report.diagnostics import Page, codes, page
from engine.report.document_captions import DOCUMENT_CAPTIONS
from engine.report.html.policy import content_policy
from engine.report.words import Words

TEMPLATES = Path(__file__).with_name("templates")
STATUSES: tuple[Status, ...] = ("stated", "reported", "inferred", "assumed")
WORKED_STEPS, WORKED_UP_TO, WORKED_LAST = 3, 10_000, 100
"""How many steps of a quota's limit are shown, how far they are looked for, and a round base shown at the end."""


class BrokenReference(Exception):
    """A link of a document leads nowhere."""


class Raw(str):
    """Text that is Markdown already."""


def regulation_markdown(library: Library, regulation: Regulation, language: str) -> str:
    """The document of one regulation. Raises BrokenReference, and ImportError without the extra `html`."""
    return _rendered("regulation.md.jinja", RegulationView(language, library, regulation))


def codes_markdown(language: str) -> str:
    """The page of every diagnostic as one document."""
    return _rendered("codes.md.jinja", CodesView(language))


def contents_markdown(library: Library, language: str, suffix: str) -> str:
    """The page that leads to the others, whose names end in `suffix`."""
    return _rendered("contents.md.jinja", ContentsView(language, library, suffix))


def as_html(markdown: str, language: str) -> str:
    """A Markdown document -> one HTML page that needs nothing else."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
    # The page's policy lets no style stand on an element. Quotation marks of texts are escaped: only tags have these.
    body = body.replace('style="text-align:center"', 'class="middle"').replace(
        'style="text-align:right"', 'class="number"'
    )
    style = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("report.css", "document.css"))
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    title = re.sub(r"<[^>]*>|\\", "", markdown.split("\n", 1)[0].removeprefix("# "))
    return environment.get_template("document.html.jinja").render(
        lang=language, title=title, style=Markup(style), body=Markup(body), policy=content_policy(style)
    ) + "\n"  # fmt: skip


def _rendered(template: str, view: object) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=lambda value: value if isinstance(value, Raw) else escaped(str(value)), keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters["code"] = code
    text = re.sub(r"\n{3,}", "\n\n", environment.get_template(template).render(view=view))
    if missing := broken_references(text):
        raise BrokenReference(f"{template}: {', '.join(sorted(missing))}")
    return text.strip("\n") + "\n"


def broken_references(markdown: str) -> set[str]:
    """The places within a document that it links to and does not have."""
    return set(re.findall(r"\]\(#([^)]*)\)", markdown)) - set(re.findall(r'<a id="([^"]*)">', markdown))


def escaped(text: str) -> str:
    """Text that Markdown and HTML take for text."""
    plain = re.sub(r"([\\`*_\[\]<>|&~])", r"\\\1", " ".join(text.split()))
    return re.sub(r"^([#+-]|\d+[.)])", r"\\\1", plain)


def code(text: str) -> Raw:
    return Raw(f"`{text}`")


def link(text: str, anchor: str) -> Raw:
    return Raw(f"[{escaped(text)}](#{anchor})")


@dataclass(frozen=True)
class Line:
    """A line of a list, nested `depth` deep."""

    depth: int
    text: Raw


@dataclass(frozen=True)
class View:
    """What every template asks for."""

    language: str

    def say(self, name: str, **arguments: object) -> str:
        return DOCUMENT_CAPTIONS[name][self.language].format(**arguments)

    @property
    def made_by(self) -> str:
        return f"xeploai {ENGINE_VERSION}"

    def anchor(self, kind: str, name: str) -> Raw:
        return Raw(f'<a id="{kind}-{name}"></a>')


@dataclass(frozen=True)
class CodesView(View):
    @property
    def areas(self) -> Mapping[str, list[Page]]:
        found: dict[str, list[Page]] = {}
        for one in codes():
            found.setdefault(one.partition("/")[0], []).append(page(one, self.language))
        return found

    @staticmethod
    def prose(text: str) -> Raw:
        """Text whose words in backticks are code."""
        parts = " ".join(text.split()).split("`")
        return Raw("".join(code(part) if place % 2 else escaped(part) for place, part in enumerate(parts)))

    @staticmethod
    def block(text: str) -> Raw:
        return Raw("\n".join(f"    {line}" for line in text.splitlines()))


@dataclass(frozen=True)
class ContentsView(View):
    library: Library
    suffix: str

    def to(self, name: str, text: str) -> Raw:
        return Raw(f"[{escaped(text)}]({name}{self.suffix})")


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

    # --- names ---

    def grade(self, name: str) -> str:
        return next(self.text(one.label) for one in self.regulation.grades if one.id == name)

    def otherwise(self, ladder: Ladder) -> Raw:
        """What becomes of a case that reaches nothing; where a reading decides, under each."""
        setting = ladder.otherwise.grade

        def named(grade: str | None) -> str:
            return escaped(self.grade(grade) if grade is not None else self.say("to_authority"))

        if not isinstance(setting, ByReading):
            return Raw(named(setting))
        question = next(one for one in self.regulation.interpretations if one.id == setting.interpretation)
        labels = {name: escaped(self.text(label)) for name, label in question.options}
        options = "; ".join(f"“{labels[name]}”: {named(grade)}" for name, grade in setting.options)
        return Raw(f"{link(self.text(question.question), f'interpretation-{question.id}')} {options}")

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
    def kind_tree(self) -> Iterator[Line]:
        for one in self.regulation.kinds.values():
            yield Line(len(one.ancestors) - 1, Raw(f"{escaped(self.text(one.label))} ({code(one.id)})"))

    # --- sections ---

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

    # --- conditions ---

    @cached_property
    def shown_on(self) -> date:
        """Numbers are shown as they stand last."""
        since = [value.since for one in self.regulation.parameters.values() for value in one.values]
        return max([self.regulation.in_force_from, *since])

    def conditions(self, rule: Rule) -> Iterator[Line]:
        """What a rule asks, as nested lines; nothing for a rule that always holds."""
        asked = [rule.when] if rule.when is not None else []
        asked += [EvidenceNamed(fact, rule.location) for fact in rule.requires_evidence]
        for one in asked:
            yield from self._lines(one, 0)
        if rule.unless is not None:
            weighed = self.say("discretion") if rule.unless is rule.discretion else self.words.say("unless")
            yield Line(0, Raw(f"{escaped(weighed)}:"))
            yield from self._lines(rule.unless, 1)

    def _lines(self, condition: Condition, depth: int) -> Iterator[Line]:
        match condition:
            case Comparison():
                yield Line(depth, self._comparison(condition))
            case EvidenceNamed(fact):
                label = self.text(self.facts[fact].label)
                yield Line(depth, link(self.words.say("evidence_for", fact=label), f"fact-{fact}"))
            case AllOf(parts) | AnyOf(parts) | NoneOf(parts):
                join = {AllOf: "join_all", AnyOf: "join_any", NoneOf: "join_none"}[type(condition)]
                yield Line(depth, Raw(f"{escaped(self.words.say(join))}:"))
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

    # --- what a rule rests on ---

    def source(self, one: Source) -> Raw:
        """Document and place, its standing, the words quoted and the note."""
        document = next((each for each in self.regulation.documents if each.id == one.document), None)
        label = link(self.text(document.label), f"document-{one.document}") if document else escaped(one.document)
        parts = [f"{label}, {escaped(one.locator)} · **{escaped(caption(one.status, self.language))}**"]
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

    # --- ladders ---

    def rows(self, ladder: Ladder) -> Iterator[tuple[Raw, list[str]]]:
        """Each criterion, best grade first, with a mark under every grade that asks for it."""
        for place, rung in enumerate(ladder.rungs):
            for criterion in rung.criteria:
                rule = criterion.rule
                notes = []
                if rule.applies_to != ladder.applies_to:
                    notes.append(self.kinds(rule.applies_to))
                if not self.is_on(rule):
                    notes.append(self.say("switched_off"))
                note = f" ({escaped('; '.join(notes))})" if notes else ""
                marks = [
                    "✓" if above == place or (criterion.inherited and above < place) else ""
                    for above in range(len(ladder.rungs))
                ]
                yield Raw(link(self.text(rule.label), f"rule-{rule.name}") + note), marks

    @staticmethod
    def rules_of(rung: Rung) -> list[Rule]:
        return [criterion.rule for criterion in rung.criteria]

    def bars(self, ladder: Ladder) -> Mapping[str, list[Rule]]:
        found: dict[str, list[Rule]] = {}
        for bar in ladder.bars:
            found.setdefault(bar.grade, []).append(bar.rule)
        return found

    # --- quotas ---

    def quota_rule(self, quota: Quota) -> Raw:
        of = next(value for _, value, chosen in self._options(quota.of) if chosen)
        base = " + ".join(f"“{self.grade(name)}”" for name in of)
        share = link(self.words.value(self.percent(quota.at_most), "percent"), f"parameter-{quota.at_most}")
        told = escaped(self.say("quota_rule", grade=self.grade(quota.grade), share="SHARE", base=base))
        return Raw(told.replace("SHARE", share))

    def within(self, quota: Quota) -> str:
        names = [
            self.say(name) if name in DOCUMENT_CAPTIONS
            else self.relation(name.removeprefix("subject.")) if name.startswith("subject.")
            else self.text(self.facts[name].label)
            for name in quota.within
        ]  # fmt: skip
        return "; ".join(names)

    def settings(self, quota: Quota) -> Iterator[Line]:
        """What the quota is counted over, on and how rounded; every option where an interpretation decides."""
        for name, setting in (("base", quota.of), ("count", quota.count), ("rounding", quota.rounding)):
            options = self._options(setting)
            shown = [
                " + ".join(f"“{self.grade(grade)}”" for grade in value)
                if isinstance(value, tuple)
                else self.say(f"count_{value}" if name == "count" else f"rounding_{value}")
                for _, value, _ in options
            ]
            if not isinstance(setting, ByReading):
                yield Line(0, Raw(escaped(f"{self.say(name)}: {shown[0]}")))
                continue
            question = self.text(self.interpretation(setting.interpretation).question)
            yield Line(
                0, Raw(f"{escaped(self.say(name))} – {link(question, f'interpretation-{setting.interpretation}')}")
            )
            for (label, _, chosen), value in zip(options, shown, strict=True):
                mark = f" – {self.strong(self.say('chosen'))}" if chosen else ""
                yield Line(1, Raw(f"{escaped(f'{label}: {value}')}{mark}"))

    def reliefs(self, quota: Quota) -> list[Rule]:
        return [relief.rule for relief in quota.relief]

    def limit_of(self, rounding: str) -> str:
        return self.say("limit_number", rounding=self.say(f"rounding_{rounding}"))

    def _options(self, setting: Any) -> list[tuple[str, Any, bool]]:
        """(option's label, value, chosen) of a setting; one without a label where no reading decides."""
        if not isinstance(setting, ByReading):
            return [("", setting, True)]
        one = self.interpretation(setting.interpretation)
        labels = dict(one.options)
        return [(self.text(labels[name]), value, name == one.chosen) for name, value in setting.options]

    def interpretation(self, name: str) -> Interpretation:
        return next(one for one in self.regulation.interpretations if one.id == name)

    def percent(self, parameter: str) -> Fraction:
        value: Any = on_day(self.regulation.parameters[parameter], self.shown_on)
        return Fraction(value)

    def roundings(self, quota: Quota) -> list[str]:
        found = dict.fromkeys(value for _, value, _ in self._options(quota.rounding))
        chosen = next(value for _, value, is_chosen in self._options(quota.rounding) if is_chosen)
        return sorted(found, key=lambda one: one != chosen)

    def worked(self, quota: Quota) -> Iterator[tuple[int, list[int]]]:
        """(base, limit for each rounding): where the limit steps up and just before, and one round base."""
        roundings = self.roundings(quota)
        limits = [Limit(self.percent(quota.at_most), one) for one in roundings]
        steps = [
            base for base in range(1, WORKED_UP_TO) if limits[0].greatest(base) != limits[0].greatest(base - 1)
        ][:WORKED_STEPS]  # fmt: skip
        for base in sorted({*(step - 1 for step in steps), *steps, WORKED_LAST} - {0}):
            yield base, [limit.greatest(base) for limit in limits]

    # --- tables at the end ---

    def values(self, parameter: Parameter) -> Iterator[tuple[str, str, Source]]:
        for one in parameter.values:
            value: Any = one.value
            shown = self.words.value(
                Fraction(value) if isinstance(value, int | float) and not isinstance(value, bool) else value,
                parameter.unit,
            )
            yield shown, self.day(one.since), one.source

    @cached_property
    def rules(self) -> list[Rule]:
        return list(all_rules(self.regulation))

    def depending(self, interpretation: str) -> list[Raw]:
        """Links to what exists, or is counted, otherwise under another option."""
        found = [one for one in self.rules if any(each.interpretation == interpretation for each in one.under)]
        links = [link(self.text(one.label), f"rule-{one.name}") for one in found]
        for quota in self.regulation.quotas:
            settings = [each for each in (quota.of, quota.count, quota.rounding) if isinstance(each, ByReading)]
            if interpretation in {
                *(each.interpretation for each in settings),
                *(each.interpretation for each in quota.under),
            }:
                links.append(link(self.text(quota.label), f"rule-{quota.name}"))
        links += [
            link(self.text(one.label), f"rule-{one.name}")
            for one in self.regulation.links
            if any(each.interpretation == interpretation for each in one.under)
        ]
        return links

    @property
    def standing(self) -> list[tuple[str, int]]:
        """How many items rest on each kind of source."""
        return [
            (caption(status, self.language), sum(one.source.status == status for one in self.regulation.citations))
            for status in STATUSES
        ]

    @property
    def own_sources(self) -> list[Source]:
        """What the regulation as a whole rests on: who issued it, its days in force, its scope."""
        return [one.source for one in self.regulation.citations if one.item == self.regulation.id]

    def asking(self, fact: str) -> list[Raw]:
        """Links to the rules that ask about a fact, and to the facts that are computed from it."""
        found = [
            one
            for one in self.rules
            if fact in one.requires_evidence or any(leaf.fact == fact for leaf, _ in leaves(one.condition))
        ]
        links = [link(self.text(one.label), f"rule-{one.name}") for one in found]
        computed = [one for one in self.facts_used if one.derived is not None and fact in parts_of(one.derived)]
        return links + [link(self.text(one.label), f"fact-{one.name}") for one in computed]

    @cached_property
    def facts_used(self) -> list[Fact]:
        """The facts that the rules ask about, and those that these are derived from, as the vocabulary has them."""
        pending = [leaf.fact for rule in self.rules for leaf, _ in leaves(rule.condition)]
        pending += [fact for rule in self.rules for fact in rule.requires_evidence]
        used: set[str] = set()
        while pending:
            name = pending.pop()
            if name not in used:
                used.add(name)
                derived = self.facts[name].derived
                pending += parts_of(derived) if derived is not None else ()
        return [fact for name, fact in self.facts.items() if name in used]

    def allowed(self, fact: Fact) -> str:
        """The values that a fact takes, in words."""
        if fact.options:
            kind = self.say("any_of" if fact.type == "set" else "one_of")
            return f"{kind}: {', '.join(self.text(label) for _, label in fact.options)}"
        name = self.say(f"type_{fact.type}")
        bounds = [
            self.say(key, value=self.words.value(value, fact.unit))
            for key, value in (("from", fact.minimum), ("up_to", fact.maximum))
            if value is not None
        ]
        return " ".join([name, *bounds])

    def derived(self, fact: Fact) -> Raw | None:
        """How a fact is computed, with links to its parts."""
        if fact.derived is None:
            return None
        parts = ", ".join(link(self.text(self.facts[name].label), f"fact-{name}") for name in parts_of(fact.derived))
        match fact.derived:
            case Count(equal_to=value):
                shown = self.words.value(value if isinstance(value, bool | int) else str(value))
                name = self.say("count_derivation", value=shown)
            case _:
                name = self.say(type(fact.derived).__name__.lower())
        return Raw(f"{escaped(name)}: {parts}")

    def asks_parameter(self, name: str) -> list[Raw]:
        found = [
            one
            for one in self.rules
            if any(
                isinstance(leaf, Comparison) and leaf.operand == ParameterReference(name)
                for leaf, _ in leaves(one.condition)
            )
        ]
        links = [link(self.text(one.label), f"rule-{one.name}") for one in found]
        for quota in self.regulation.quotas:
            if name in {quota.at_most, *(one.at_most for one in quota.relief)}:
                links.append(link(self.text(quota.label), f"rule-{quota.name}"))
        return links

    def others(self, names: Sequence[str]) -> list[Raw]:
        return [self.other(name) for name in names]

    @staticmethod
    def joined(parts: Sequence[str]) -> Raw:
        return Raw("; ".join(parts)) if parts else Raw("–")
