"""A document in Markdown -> one HTML page that needs nothing else."""

import re

from markdown_it import MarkdownIt
from markupsafe import Markup

from engine.report.templating import html_page


def as_html(markdown: str, language: str) -> str:
    """The page. Its title is the first heading."""
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
    # The page's policy lets no style stand on an element. Quotation marks of texts are escaped: only tags have these.
    body = body.replace('style="text-align:center"', 'class="middle"').replace(
        'style="text-align:right"', 'class="number"'
    )
    title = re.sub(r"<[^>]*>|\\", "", markdown.split("\n", 1)[0].removeprefix("# "))
    return html_page(
        "document.html.jinja", ("report.css", "document.css"), lang=language, title=title, body=Markup(body)
    )


def fragment(markdown: str) -> Markup:
    """A part of a page. Markup in the texts that the Markdown was made of stays text."""
    return Markup(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))


def inline(markdown: str) -> Markup:
    """A part of a line."""
    return Markup(MarkdownIt("commonmark", {"html": True}).renderInline(markdown))
