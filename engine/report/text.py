"""Results -> text as an official reads it: the grade first, then why, then what is left to do."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from engine.base.files import texts_of
from engine.core.judge.record import Decision, Results
from engine.core.policy.terms import Text
from engine.report.across import SayingsAcross
from engine.report.diagnostics import render
from engine.report.rejected import shown
from engine.report.sentences import Sayings, Section, Tone, layered
from engine.report.terminal import styled
from engine.report.words import Words

COLORS: Mapping[Tone, str] = {"right": "green", "wrong": "red", "open": "yellow", "faint": "cyan"}


HEADING_COLORS: Mapping[str, str] = {"barred": "red", "findings": "yellow", "assumptions": "magenta"}


def write_text(
    results: Results,
    language: str,
    stream: TextIO,
    *,
    documents: Mapping[str, Text],
    brief: bool,
    color: bool,
    width: int,
) -> None:
    """Every case, then the cohorts, the links and the cases that could not be judged, then one line that counts."""
    page = TextPage(Words(language, documents, layered(results.decisions)), stream, width, color)
    for decision in results.decisions:
        page.decision(decision, brief)
    if brief:
        page.line()
    page.quotas(results)
    page.links(results)
    page.rejected(results)
    page.summary(results)


@dataclass(frozen=True, eq=False, repr=False)
class TextPage:
    """What is printed, laid out to a width."""

    words: Words
    stream: TextIO
    width: int
    color: bool

    @property
    def sayings(self) -> Sayings:
        return Sayings(self.words)

    @property
    def across(self) -> SayingsAcross:
        return SayingsAcross(self.words)

    # --- laying out ---

    def line(
        self,
        text: str = "",
        indent: int = 0,
        bullet: str = "",
        fg: str | None = None,
        bold: bool = False,
        dim: bool = False,
    ) -> None:
        lead = " " * indent + (f"{bullet} " if bullet else "")
        for wrapped in textwrap.wrap(
            text,
            self.width,
            initial_indent=lead,
            subsequent_indent=" " * len(lead),
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]:
            shown = styled(wrapped, fg=fg, bold=bold or None, dim=dim or None) if self.color else wrapped
            self.stream.write(shown)
            self.stream.write("\n")

    def section(self, section: Section) -> None:
        if section.joined:
            texts = "; ".join(each.text for each in section.sentences)
            self.line(f"{section.heading}: {texts}.", 2, dim=section.tone == "faint")
            return
        if section.heading:
            self.line(f"{section.heading}:", 2, fg=HEADING_COLORS.get(section.key))
        for each in section.sentences:
            self.line(each.cited(self.words), 4, each.mark)

    # --- one case ---

    def heading(self, one: Decision) -> None:
        """Which case it is and what its facts support."""
        words, sayings = self.words, self.sayings
        when = words.say("period", period=one.period, day=words.day(one.as_of))
        self.line(f"{sayings.who(one)} · {when}", bold=True)
        outcome = f"{words.say('proposal')}: {sayings.outcome(one)}"
        self.line(outcome, 2, bold=True, fg=COLORS[sayings.tone(one)])

    def decision(self, one: Decision, brief: bool) -> None:
        words, sayings = self.words, self.sayings
        if brief:
            self.line(f"{sayings.who(one)}: {sayings.outcome(one)}", fg=COLORS[sayings.tone(one)])
            for each in (*one.exemptions, *one.ungraded):
                self.line(words.text(each.label), 4, "–")
            for each in one.findings:
                self.line(words.text(each.label), 4, "!")
            return
        self.heading(one)
        for section in sayings.sections(one):
            self.section(section)
        self.line(sayings.under(one), 2, dim=True)
        self.line()

    # --- across cases ---

    def quotas(self, results: Results) -> None:
        words, across = self.words, self.across
        shown = [one for one in results.quotas if one.count or one.base or one.waiting]
        if not shown and not results.ungrouped:
            return
        self.line(words.say("cohorts"), bold=True)
        kinds = {one.subject.kind: words.text(one.subject.kind_label) for one in results.decisions}
        for one in shown:
            self.line(f"{across.cohort(one, kinds, results.quotas)} · {across.members(one)}", 2)
            said = across.quota(one)
            first, *more = said.sentences
            self.line(first.cited(words), 4, first.mark, fg=COLORS[said.tone])
            for each in more:
                self.line(each.text, 6)
        if ungrouped := across.ungrouped(results):
            self.line(ungrouped, 2, "?")
        self.line()

    def links(self, results: Results) -> None:
        words, across = self.words, self.across
        if not results.links:
            return
        self.line(words.say("links"), bold=True)
        for one in results.links:
            if one.status == "kept":
                continue
            said = across.link(one)
            for each in said.sentences:
                self.line(each.cited(words), 2, each.mark, fg=COLORS[said.tone])
        self.line(across.links_kept(results), 2, "✓")
        self.line()

    def rejected(self, results: Results) -> None:
        if not results.rejected:
            return
        self.line(self.words.say("rejected"), bold=True, fg="red")
        rejected = list(shown(results.rejected))
        texts = texts_of(each.location.file for one in rejected for each in one.diagnostics)
        for one in rejected:
            self.line(one.case_id or one.file, 2, bold=True)
            for text in render(one.diagnostics, self.words.language, texts).split("\n"):
                self.stream.write(f"    {text}".rstrip() + "\n")
            self.line()

    def summary(self, results: Results) -> None:
        self.line(self.across.summary(results), bold=True)
        self.line(self.words.say("advice"), dim=True)


MOST_SHOWN, WIDTH = 50, 120


def drawn(head: Sequence[str], body: Sequence[Sequence[str]], words: int = 1) -> Iterator[str]:
    """A table for the terminal; its first `words` columns are text, the others numbers."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(*head[:words], box=box.SIMPLE, pad_edge=False)
    for name in head[words:]:
        table.add_column(name, justify="right")
    for row in body:
        table.add_row(*row)
    console = Console(width=WIDTH, color_system=None, force_terminal=False)
    text = "".join(segment.text for segment in console.render(table))
    yield from (line.rstrip() for line in text.splitlines() if line.strip())
