"""The passages of a source text, each with the rules that carry it out."""

from collections.abc import Sequence
from typing import TextIO

from engine.study.trace import TracedPassage


def write_trace(passages: Sequence[TracedPassage], language: str, stream: TextIO) -> None:
    """The passages with their rules; those without a rule with the reason, or marked where there is none."""
    none, because = ("CHƯA CÓ QUY TẮC", "không phải quy tắc") if language == "vi" else ("NO RULE YET", "not a rule")
    for one in passages:
        stream.write(f"{one.passage.id}  {one.passage.text}\n")
        for citation in one.items:
            stream.write(f"      → {citation.item}: {citation.label[language]}\n")
        if not one.items and one.passage.not_a_rule is not None:
            stream.write(f"      – {because}: {one.passage.not_a_rule[language]}\n")
        elif not one.items:
            stream.write(f"      ! {none}\n")
    with_rules = sum(1 for one in passages if one.items)
    stream.write(
        f"\n{len(passages)} đoạn, {with_rules} đoạn có quy tắc, {len(passages) - with_rules} đoạn không.\n"
        if language == "vi"
        else f"\n{len(passages)} passages, {with_rules} with rules, {len(passages) - with_rules} without.\n"
    )
