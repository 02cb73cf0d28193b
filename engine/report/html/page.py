"""What the HTML pages about results share: the parts of a page as data, bars with figures, citations."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from engine.base.files import texts_of
from engine.base.version import ENGINE_VERSION
from engine.base.words import Wording
from engine.core.judge.case import Rejected
from engine.core.judge.record import ReadingUsed
from engine.core.policy.terms import Source
from engine.report.addresses import web_address
from engine.report.diagnostics import render
from engine.report.html.charts import bar
from engine.report.sentences import Sentence
from engine.report.templating import html_page
from engine.report.words import Words

Say = Callable[..., str]
"""A caption by its key, in the language of the page, with its places filled."""

LEVELS = 4
"""How many colours there are for grades above the lowest, which has its own."""


@dataclass(frozen=True)
class Row:
    """A line of a chart; `bar` is a picture of the count, which stands beside it as text."""

    label: Sentence
    count: str
    bar: Markup


@dataclass(frozen=True)
class Chart:
    """A table with a bar in each row. `column` heads the labels; `counted` is the caption of what is counted."""

    caption: str
    column: str
    rows: Sequence[Row]
    counted: str = "cases_count"


@dataclass(frozen=True)
class Problem:
    """A case that was set aside, with its diagnostics as text."""

    name: str
    problems: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """What every page about results has: its head, the first figures, what was set aside, what it all rests on.

    `contents` are the anchors and names of the sections; `assumptions` come with where they count."""

    title: str
    subtitle: str
    contents: Sequence[tuple[str, str]]
    figures: Sequence[tuple[str, str]]
    rejected: Sequence[Problem]
    codes: Chart | None = None
    more_rejected: str = ""
    warnings: str = ""
    more_warnings: str = ""
    assumptions: Sequence[tuple[Sentence, str]]
    readings: Sequence[ReadingUsed]
    made_by: str


@dataclass(frozen=True)
class Citations:
    """The sources that a page cites, in the order of their first use."""

    words: Words
    _anchors: dict[Source, str] = field(default_factory=dict)

    def anchor(self, source: Source) -> str:
        """The place of a source in the table at the end, which lists the sources in the order of their first use."""
        return self._anchors.setdefault(source, f"source-{len(self._anchors) + 1}")

    @property
    def sources(self) -> list[Source]:
        """Those cited so far: asked for last."""
        return list(self._anchors)

    def place(self, source: Source) -> str:
        """The document and the place in it."""
        document = self.words.documents.get(source.document)
        return f"{self.words.text(document) if document else source.document}, {source.locator}"

    @staticmethod
    def address(source: Source) -> tuple[str, str] | None:
        """The link at which the source can be read, and its host."""
        return web_address(source.url)


def captions(language: str, *topics: Mapping[str, Wording]) -> Say:
    """Gives the captions of a page: a key is looked up in the first topic that has it."""

    def say(key: str, **arguments: object) -> str:
        topic = next((topic for topic in topics if key in topic), topics[-1])
        return topic[key][language].format(**arguments)

    return say


def chart_rows(figures: Iterable[tuple[Sentence, int, str]], shown: Callable[[int], str] = str) -> list[Row]:
    """The rows of a chart from (label, count, CSS class of the bar); the largest count fills the width."""
    listed = list(figures)
    longest = max((count for _, count, _ in listed), default=0)
    return [Row(label, shown(count), Markup(bar([(colour, count)], longest, ""))) for label, count, colour in listed]


def problems(rejected: Sequence[Rejected], language: str, *, with_lines: bool) -> list[Problem]:
    """The cases that were set aside; `with_lines` shows the lines of their files, in which a person may be named."""
    texts = texts_of(problem.location.file for case in rejected for problem in case.diagnostics) if with_lines else {}
    return [Problem(case.case_id or case.file, render(case.diagnostics, language, texts)) for case in rejected]


def made_by(say: Say, policies: Iterable[str]) -> str:
    """The version of the engine and the hashes of the policies."""
    return say("made_by", version=ENGINE_VERSION, policies=", ".join(dict.fromkeys(policies)) or "–")


def rendered(template: str, page: Page, words: Words, say: Say, script: str | None = None) -> str:
    """The page, with nothing but its own style and script."""
    return html_page(
        template, ("report.css",), script,
        page=page, words=words, lang=words.language, say=say, cited=Citations(words),
    )  # fmt: skip


def level(grade: str, order: Sequence[str]) -> str:
    """The CSS class of a grade: l0 the best, l4 the lowest, `none` for no grade."""
    if grade not in order:
        return "none"
    place, last = order.index(grade), len(order) - 1
    if place == last and last > 0:
        return f"l{LEVELS}"
    return f"l{round(place * min(LEVELS - 1, last - 1) / max(last - 1, 1))}"
