"""Quotes of source texts: where they stand, and which passage is nearest to one that stands nowhere."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from functools import lru_cache

from engine.core.policy.regulation import Passage


@lru_cache(maxsize=10_000)
def folded(text: str) -> str:
    """The form in which quotes are compared: NFC, with one blank for any white space."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


def spans(quote: str, text: str) -> Iterator[tuple[int, int]]:
    """Where a quote stands in the folded form of a text: from the first letter to behind the last."""
    wanted, within = folded(quote), folded(text)
    start = within.find(wanted)
    while wanted and start >= 0:
        yield start, start + len(wanted)
        start = within.find(wanted, start + 1)


def statements(text: str) -> Iterator[tuple[int, int]]:
    """Where the statements of a text stand in its folded form: its sentences, cut at semicolons and colons too."""
    start = 0
    for match in re.finditer(r"(?<=[.;:?!])\s|$", folded(text)):
        if match.start() > start:
            yield start, match.start()
        start = match.end()


def nearest(quote: str, passages: Iterable[Passage]) -> tuple[str, str] | None:
    """The id of a passage with the statement of it that has most words of a quote in their order; None if none has
    any. Of statements that have as many the shortest."""
    wanted = folded(quote).casefold().split()
    best: tuple[int, int] = (0, 0)
    found: tuple[str, str] | None = None
    for passage in passages:
        for start, end in statements(passage.text):
            statement = folded(passage.text)[start:end]
            matcher = SequenceMatcher(None, wanted, statement.casefold().split(), autojunk=False)
            likeness = sum(block.size for block in matcher.get_matching_blocks()), -len(statement)
            if likeness > best:
                best, found = likeness, (passage.id, statement)
    return found if best[0] else None
