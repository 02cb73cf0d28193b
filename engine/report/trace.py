"""The passages of a source text, each with the rules that carry it out."""

import json
from collections.abc import Sequence
from typing import TextIO

from engine.base.version import FORMAT
from engine.base.words import words
from engine.study.trace import StrictTrace, TracedPassage, Untraced

WORDS = words("trace")


def write_trace(passages: Sequence[TracedPassage], language: str, stream: TextIO) -> None:
    """The passages with their rules; one without a rule with the reason, or marked if no reason is given."""
    for traced in passages:
        stream.write(f"{traced.passage.id}  {traced.passage.text}\n")
        for citation in traced.items:
            stream.write(f"      → {citation.item}: {citation.label[language]}\n")
        if not traced.items and traced.passage.not_a_rule is not None:
            reason = traced.passage.not_a_rule[language]
            stream.write(f"      – {WORDS['not_a_rule'][language]}: {reason}\n")
        elif not traced.items:
            stream.write(f"      ! {WORDS['none'][language]}\n")
        for words_apart, why in traced.passage.besides:
            stream.write(f"      – {WORDS['not_a_rule'][language]}: “{words_apart}”: {why[language]}\n")
    with_rules = sum(1 for traced in passages if traced.items)
    counts = {"passages": len(passages), "with_rules": with_rules, "without": len(passages) - with_rules}
    stream.write(f"\n{WORDS['summary'][language].format(**counts)}\n")


def write_strict_trace(traced: StrictTrace, language: str, stream: TextIO) -> None:
    """What nothing carries, each with its place, and how much was looked at."""
    for untraced in traced.untraced:
        place = f"{untraced.location.file}:{untraced.location.line}:{untraced.location.column}"
        stream.write(f"{place}: {_sentence(untraced, language)}\n")
    summary = WORDS["some_untraced" if traced.untraced else "nothing_untraced"][language]
    stream.write(f"{summary.format(looked_at=traced.looked_at, untraced=len(traced.untraced))}\n")


def write_trace_json(passages: Sequence[TracedPassage], language: str, stream: TextIO) -> None:
    """Each passage with the items whose quotes stand in it, as an object."""
    document = {
        "format": FORMAT,
        "passages": [
            {
                "document": traced.text.document,
                "id": traced.passage.id,
                "text": traced.passage.text,
                "not_a_rule": None if traced.passage.not_a_rule is None else traced.passage.not_a_rule[language],
                "besides": [{"words": part, "why": why[language]} for part, why in traced.passage.besides],
                "items": [citation.item for citation in traced.items],
            }
            for traced in passages
        ],
    }
    stream.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def write_strict_json(traced: StrictTrace, language: str, stream: TextIO) -> None:
    """What nothing carries, as an object."""
    document = {
        "format": FORMAT,
        "looked_at": traced.looked_at,
        "untraced": [
            {
                "gap": untraced.gap, "item": untraced.item, "words": untraced.words, "within": untraced.within,
                "file": untraced.location.file, "line": untraced.location.line, "column": untraced.location.column,
                "sentence": _sentence(untraced, language),
            }
            for untraced in traced.untraced
        ],
    }  # fmt: skip
    stream.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def _sentence(untraced: Untraced, language: str) -> str:
    return WORDS[untraced.gap][language].format(item=untraced.item, words=untraced.words, within=untraced.within)
