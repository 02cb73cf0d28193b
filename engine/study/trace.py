"""The source text of a regulation, passage by passage, with what implements each."""

from dataclasses import dataclass

from engine.core.policy.regulation import Citation, Passage, Regulation, SourceText
from engine.load.policies.check_regulation import folded


@dataclass(frozen=True)
class TracedPassage:
    """A passage and the items whose quotes stand in it; `passage.not_a_rule` says why there may be none."""

    text: SourceText
    passage: Passage
    items: tuple[Citation, ...]


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
