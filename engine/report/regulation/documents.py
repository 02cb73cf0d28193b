"""A regulation -> a document for reading, in Markdown; the same for the list of codes, and a page that leads to them.

The HTML pages are made from this Markdown, so that both say the same. Every rule, parameter, interpretation, document
and fact has an anchor, and every mention of one is a link to it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engine.core.policy.regulation import Library, Regulation
from engine.report.diagnostics import CodePage, codes, page
from engine.report.markdown import Raw, code, escaped
from engine.report.regulation.ladders import LadderTables
from engine.report.regulation.quotas import QuotaTables
from engine.report.regulation.references import References
from engine.report.regulation.view import RegulationView, View
from engine.report.templating import markdown_template


class BrokenReference(Exception):
    """A link of a document leads nowhere."""


def regulation_markdown(library: Library, regulation: Regulation, language: str) -> str:
    """The document of one regulation. Raises BrokenReference, and ImportError without the extra `html`."""
    view = RegulationView(language, library, regulation)
    return _rendered(
        "regulation.md.jinja", view, ladders=LadderTables(view), quotas=QuotaTables(view), references=References(view)
    )


def codes_markdown(language: str) -> str:
    """The page of every diagnostic as one document."""
    return _rendered("codes.md.jinja", CodesView(language))


def contents_markdown(library: Library, language: str, suffix: str) -> str:
    """The page that leads to the others, whose names end in `suffix`."""
    return _rendered("contents.md.jinja", ContentsView(language, library, suffix))


def _rendered(template: str, view: View, **parts: object) -> str:
    text = re.sub(r"\n{3,}", "\n\n", markdown_template(template).render(view=view, **parts))
    if missing := broken_references(text):
        raise BrokenReference(f"{template}: {', '.join(sorted(missing))}")
    return text.strip("\n") + "\n"


def broken_references(markdown: str) -> set[str]:
    """The places within a document that it links to and does not have."""
    return set(re.findall(r"\]\(#([^)]*)\)", markdown)) - set(re.findall(r'<a id="([^"]*)">', markdown))


@dataclass(frozen=True)
class CodesView(View):
    """What the page of codes shows."""

    @property
    def areas(self) -> Mapping[str, list[CodePage]]:
        """The pages of the codes, by area."""
        areas: dict[str, list[CodePage]] = {}
        for name in codes():
            areas.setdefault(name.partition("/")[0], []).append(page(name, self.language))
        return areas

    @staticmethod
    def prose(text: str) -> Raw:
        """Text whose words in backticks are code."""
        parts = " ".join(text.split()).split("`")
        return Raw("".join(code(part) if place % 2 else escaped(part) for place, part in enumerate(parts)))

    @staticmethod
    def block(text: str) -> Raw:
        """Lines of a file as a block of code."""
        return Raw("\n".join(f"    {line}" for line in text.splitlines()))


@dataclass(frozen=True)
class ContentsView(View):
    """What the page shows that leads to the others."""

    library: Library
    suffix: str

    def to(self, name: str, text: str) -> Raw:
        """A link to another document."""
        return Raw(f"[{escaped(text)}]({name}{self.suffix})")
