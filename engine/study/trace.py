"""The source text of a regulation, passage by passage, with what implements each; and what of a text, or of the rules
that cite it, is carried by nothing."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from engine.base.diagnostics import Location
from engine.base.words import tables
from engine.core.policy.conditions import leaves
from engine.core.policy.regulation import Citation, Library, Passage, Regulation, SourceText, all_rules
from engine.core.policy.rules import Comparison, Literals
from engine.core.policy.terms import Source
from engine.load.policies.quotes import folded, nearest, spans, statements

NUMBER_WORDS = tables("trace", "number_words")
DAY = r"(?<!\d)(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?!\d)"
NAME = r"\d+-[^\W\d_]+(?:/[^\W\d_]+)*"
"""The number of a document: figures, then the letters of its kind and issuer."""
NUMBER = r"\d+(?:[.,]\d+)?"

Gap = Literal["figure", "grade", "quote", "number", "besides"]


@dataclass(frozen=True)
class TracedPassage:
    """A passage and the items whose quotes stand in it; `passage.not_a_rule` says why there may be none."""

    text: SourceText
    passage: Passage
    items: tuple[Citation, ...]


@dataclass(frozen=True)
class Untraced:
    """Something that nothing carries. Of a text a `figure` (a number or day) or the name of a `grade` that no quote
    covers, or words listed as no rule (`besides`) that the passage does not have; of the policies a `quote` that no
    text has, or a `number` that neither the quotes nor the note of its source have. `item` is the passage or the item,
    `within` the statement around it, or the nearest one."""

    gap: Gap
    item: str
    words: str
    within: str
    location: Location


@dataclass(frozen=True)
class StrictTrace:
    """How many figures, days, names of grades, quotes and numbers of rules were looked at, and those not carried."""

    looked_at: int
    untraced: tuple[Untraced, ...]


def trace(regulation: Regulation) -> tuple[TracedPassage, ...]:
    """Every passage of every source text of the regulation, in order."""
    return tuple(
        TracedPassage(
            text,
            passage,
            tuple(
                citation
                for citation in regulation.citations
                if citation.source.document == text.document
                and any(folded(quote) in folded(passage.text) for quote in citation.source.quotes)
            ),
        )
        for text in regulation.source_texts
        for passage in text.passages
    )


def strict_trace(library: Library, regulation: Regulation) -> StrictTrace:
    """What of the regulation's texts no item quotes, what its items quote that no text of the library has, and which
    numbers of stated and reported rules their sources do not have. Of a document without a text the quotes are it."""
    looked_at: list[None] = []
    untraced: list[Untraced] = []
    for checked in (_of_texts(regulation), _of_quotes(library, regulation), _of_numbers(regulation)):
        for problem in checked:
            looked_at.append(None)
            if problem is not None:
                untraced.append(problem)
    return StrictTrace(len(looked_at), tuple(untraced))


def _of_texts(regulation: Regulation) -> Iterator[Untraced | None]:
    """For each figure and each name of a grade in the texts: None, or that nothing carries it."""
    for traced in trace(regulation):
        passage, text = traced.passage, folded(traced.passage.text)
        if passage.not_a_rule is not None:
            continue
        quotes = [quote for citation in traced.items for quote in citation.source.quotes]
        besides = [words for words, _ in passage.besides]
        carried = [span for words in (*quotes, *besides) for span in spans(words, text)]
        for words in besides:
            missing = next(spans(words, text), None) is None
            yield Untraced("besides", passage.id, words, text, passage.location) if missing else None
        for gap, start, end in _marks(text, regulation):
            if any(first <= start and end <= last for first, last in carried):
                yield None
            else:
                within = next((text[a:b] for a, b in statements(text) if a <= start < b), text)
                yield Untraced(gap, passage.id, text[start:end], within, passage.location)


def _marks(text: str, regulation: Regulation) -> Iterator[tuple[Gap, int, int]]:
    """The figures, days and names of grades in a text; not the numbers by which documents are called."""
    called = {match[0] for document in regulation.documents for match in re.finditer(NUMBER, document.label.vi)}
    for match in re.finditer(f"{DAY}|{NAME}|{NUMBER}", text):
        named = re.fullmatch(NAME, match[0]) or (match[0] in called and text[match.end() : match.end() + 1] != "%")
        if not named:
            yield "figure", match.start(), match.end()
    labels = sorted((folded(grade.label.vi) for grade in regulation.grades), key=len, reverse=True)
    for match in re.finditer("|".join(map(re.escape, labels)), text, re.IGNORECASE) if labels else ():
        yield "grade", match.start(), match.end()


def _of_quotes(library: Library, regulation: Regulation) -> Iterator[Untraced | None]:
    """For each quote of a document whose text is there: None, or that the text does not have it."""
    texts = [text for other in library.regulations.values() if other.extends is None for text in other.source_texts]
    for citation in regulation.citations:
        source = citation.source
        # A quote of another publication than the text stands for itself: nobody has that publication here.
        there = [text for text in texts if text.document == source.document and source.url in (None, text.url)]
        passages = [passage for text in there for passage in text.passages]
        for quote in source.quotes if passages else ():
            if any(folded(quote) in folded(passage.text) for passage in passages):
                yield None
            else:
                near = ": ".join(nearest(quote, passages) or ("–",))
                yield Untraced("quote", citation.item, quote, near, source.location)


def _of_numbers(regulation: Regulation) -> Iterator[Untraced | None]:
    """For each number of a stated or reported rule or value: None, or that its source does not have it."""
    for item, source, value in _numbers(regulation):
        if source.status in ("stated", "reported"):
            texts = [*source.quotes, *((source.note.vi, source.note.en) if source.note is not None else ())]
            found = value in {number for text in texts for number in _read_numbers(text)}
            written = f"{value:%d/%m/%Y}" if isinstance(value, date) else f"{float(value):g}"
            yield None if found else Untraced("number", item, written, "; ".join(source.quotes), source.location)


def _numbers(regulation: Regulation) -> Iterator[tuple[str, Source, date | Fraction]]:
    """The numbers and days that rules, values of parameters and reliefs hold, with the sources that must have them."""
    for rule in all_rules(regulation):
        for leaf, _ in leaves(rule.condition):
            if isinstance(leaf, Comparison) and isinstance(leaf.operand, Literals) and not _some_or_none(leaf):
                yield from ((rule.name, rule.source, value) for value in _exact(leaf.operand.values))
    for parameter in regulation.parameters.values():
        for dated in parameter.values:
            yield from ((f"parameters.{parameter.id}", dated.source, value) for value in _exact([dated.value]))
    for quota in regulation.quotas:
        for relief in quota.relief:
            bounds = [bound for bound in (relief.base_less_than, relief.allowed) if bound is not None]
            yield from ((relief.rule.name, relief.rule.source, value) for value in _exact(bounds))


def _some_or_none(comparison: Comparison) -> bool:
    """Does a comparison only ask whether there are some or none? Texts say so without a number."""
    assert isinstance(comparison.operand, Literals)
    bounds = {"at_least": 1, "less_than": 1, "at_most": 0, "more_than": 0, "is": 0, "is_not": 0}
    return list(comparison.operand.values) == [bounds.get(comparison.operator)]


def _exact(values: Iterable[object]) -> Iterator[date | Fraction]:
    for value in values:
        match value:
            case bool():
                pass
            case int() | Decimal():
                yield Fraction(value)
            case date():
                yield value


def _read_numbers(text: str) -> Iterator[date | Fraction]:
    """The numbers and days that a text has, in figures or in words."""
    for day in re.finditer(DAY, text):
        yield date(int(day[3]), int(day[2]), int(day[1]))
    for number in re.finditer(NUMBER, re.sub(DAY, " ", text)):
        yield Fraction(number[0].replace(",", "."))
    words = re.findall(r"\w+", text.casefold())
    for language in ("vi", "en"):
        names: Sequence[str] = NUMBER_WORDS[language].split()
        yield from (Fraction(names.index(word)) for word in words if word in names)
