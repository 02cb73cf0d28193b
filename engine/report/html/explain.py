"""Explanations -> one HTML page: the statements of the text, each with what it depends on folded into it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from engine.base.version import ENGINE_VERSION
from engine.base.words import words
from engine.core.policy.terms import Text
from engine.report.explain import kind_labels, statements
from engine.report.reasons import quota_lines
from engine.report.sentences import layered, outcome, tone, when, who
from engine.report.statements import Statement
from engine.report.templating import html_page
from engine.report.words import Words
from engine.study.explain import Explanation
from engine.study.quota_reasons import QuotaReason

CAPTIONS = words("regulation")
MARK_NAMES = {"✓": "mark_met", "✗": "mark_unmet", "?": "mark_open", "●": "mark_true", "○": "mark_false"}


def write_explanations_html(
    explanations: Sequence[Explanation],
    language: str,
    stream: TextIO,
    *,
    documents: Mapping[str, Text],
    quotas: Sequence[QuotaReason] = (),
) -> None:
    """The explanations, and why quotas are exceeded, as a page that needs nothing else."""
    words = Words(language, documents, layered(explanation.decision for explanation in explanations))
    html = html_page(
        "explain.html.jinja",
        ("report.css", "document.css"),
        explained=[(explanation, nested(statements(explanation, words))) for explanation in explanations],
        quotas=nested(quota_lines(quotas, words, kind_labels(explanations, words))),
        who=who,
        when=when,
        tone=tone,
        outcome=outcome,
        words=words,
        lang=language,
        say=lambda name: CAPTIONS[name][language],
        mark_names=MARK_NAMES,
        version=ENGINE_VERSION,
    )
    stream.write(html)


@dataclass(frozen=True)
class Branch:
    """A line with what is nested in it."""

    line: Statement
    inside: "list[Branch]"


def nested(found: Iterator[Statement]) -> list[Branch]:
    """The lines at the top, each with what stands deeper below it."""
    top: list[Branch] = []
    open_branches: list[Branch] = []
    for line in found:
        while open_branches and open_branches[-1].line.depth >= line.depth:
            open_branches.pop()
        branch = Branch(line, [])
        (open_branches[-1].inside if open_branches else top).append(branch)
        open_branches.append(branch)
    return top
