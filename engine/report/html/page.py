"""What the HTML pages about results share: the file they are put together in, bars with figures, citations."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from engine.core.policy.terms import Source
from engine.report.addresses import web_address
from engine.report.templating import html_page
from engine.report.words import Words

LEVELS = 4
"""How many colours there are for grades above the lowest, which has its own."""


@dataclass(frozen=True)
class Row:
    """A line of a chart; `bar` is a picture of the count, which stands beside it as text."""

    label: str
    count: int | str
    bar: object
    source: Source | None = None
    layer: str = ""


@dataclass(frozen=True)
class Chart:
    caption: str
    column: str
    rows: Sequence[Row]
    counted: str = "cases_count"
    """The caption of what is counted."""


@dataclass(frozen=True)
class Problem:
    """A case that was set aside, with its diagnostics as text."""

    name: str
    problems: str


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
        document = self.words.documents.get(source.document)
        return f"{self.words.text(document) if document else source.document}, {source.locator}"

    @staticmethod
    def address(source: Source) -> tuple[str, str] | None:
        """Where the source is to be read, and on whose machine."""
        return web_address(source.url)


def picture(svg: str) -> object:
    """An SVG as markup; every other text is escaped."""
    return Markup(svg)


def rendered(template: str, page: Any, words: Words, script: str | None = None, **parts: Any) -> str:
    """The page, with nothing but its own style and script."""
    return html_page(
        template, ("report.css",), script, page=page, words=words, lang=words.language, say=page.say, **parts
    )


def level(grade: str, order: Sequence[str]) -> str:
    """The CSS class of a grade: l0 the best, l4 the lowest, `none` for no grade."""
    if grade not in order:
        return "none"
    place, last = order.index(grade), len(order) - 1
    if place == last and last > 0:
        return f"l{LEVELS}"
    return f"l{round(place * min(LEVELS - 1, last - 1) / max(last - 1, 1))}"
