"""Results -> text as an official reads it: the grade first, then why, then what is left to do."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TextIO, Unpack

from engine.base.files import texts_of
from engine.core.judge.record import Decision, Results
from engine.report import across, sentences
from engine.report.diagnostics import render
from engine.report.rejected import shown
from engine.report.sentences import Section, Tone, layered
from engine.report.terminal import Style, styled
from engine.report.words import Words

COLORS: Mapping[Tone, str] = {"right": "green", "wrong": "red", "open": "yellow", "faint": "cyan"}
HEADING_COLORS: Mapping[str, str] = {"barred": "red", "findings": "yellow", "assumptions": "magenta"}


@dataclass(frozen=True)
class Layout:
    """How text is laid out: `brief` is a line a case, `color` writes escape sequences, `width` is in columns."""

    brief: bool = False
    color: bool = False
    width: int = 100


def write_text(results: Results, words: Words, stream: TextIO, layout: Layout) -> None:
    """Every case, then the cohorts, the links and the cases that could not be judged, then one line that counts."""
    words = replace(words, layered=layered(results.decisions))
    printer = Printer(words, stream, layout)
    for decision in results.decisions:
        (_brief if layout.brief else _case)(printer, decision)
    if layout.brief:
        printer.line()
    _quotas(printer, results)
    _links(printer, results)
    _rejected(printer, results)
    printer.line(across.summary(words, results), bold=True)
    printer.line(words.say("advice"), dim=True)


@dataclass(frozen=True, eq=False, repr=False)
class Printer:
    """Writes lines and sections of text, folded to the width of a layout, in its colours."""

    words: Words
    stream: TextIO
    layout: Layout

    def line(self, text: str = "", indent: int = 0, bullet: str = "", **style: Unpack[Style]) -> None:
        """A text `indent` columns from the left, behind a bullet if there is one."""
        lead = " " * indent + (f"{bullet} " if bullet else "")
        for folded in textwrap.wrap(
            text,
            self.layout.width,
            initial_indent=lead,
            subsequent_indent=" " * len(lead),
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]:
            self.stream.write(styled(folded, **style) if self.layout.color else folded)
            self.stream.write("\n")

    def section(self, section: Section) -> None:
        """The heading and the sentences; short ones joined in one line."""
        if section.joined:
            texts = "; ".join(sentence.text for sentence in section.sentences)
            self.line(f"{section.heading}: {texts}.", 2, dim=section.tone == "faint")
            return
        if section.heading:
            self.line(f"{section.heading}:", 2, fg=HEADING_COLORS.get(section.key))
        for sentence in section.sentences:
            self.line(sentence.cited(self.words), 4, sentence.mark)

    def heading(self, decision: Decision) -> None:
        """Which case it is and what its facts support."""
        words = self.words
        self.line(f"{sentences.who(words, decision)} · {sentences.when(words, decision)}", bold=True)
        outcome = f"{words.say('proposal')}: {sentences.outcome(words, decision)}"
        self.line(outcome, 2, fg=COLORS[sentences.tone(decision)], bold=True)


def _case(printer: Printer, decision: Decision) -> None:
    printer.heading(decision)
    for section in sentences.sections(printer.words, decision):
        printer.section(section)
    printer.line(sentences.under(printer.words, decision), 2, dim=True)
    printer.line()


def _brief(printer: Printer, decision: Decision) -> None:
    words = printer.words
    outcome = f"{sentences.who(words, decision)}: {sentences.outcome(words, decision)}"
    printer.line(outcome, fg=COLORS[sentences.tone(decision)])
    for result in (*decision.exemptions, *decision.ungraded):
        printer.line(words.text(result.rule.label), 4, "–")
    for finding in decision.findings:
        printer.line(words.text(finding.rule.label), 4, "!")


def _quotas(printer: Printer, results: Results) -> None:
    words, quotas = printer.words, across.counted(results.quotas)
    if not quotas and not results.ungrouped:
        return
    printer.line(words.say("cohorts"), bold=True)
    kinds = {decision.subject.kind: words.text(decision.subject.kind_label) for decision in results.decisions}
    for quota in quotas:
        printer.line(f"{across.cohort_name(quota, kinds, results.quotas)} · {across.members(words, quota)}", 2)
        section = across.quota_section(words, quota)
        first, *more = section.sentences
        printer.line(first.cited(words), 4, first.mark, fg=COLORS[section.tone])
        for sentence in more:
            printer.line(sentence.text, 6)
        if not printer.layout.brief:
            for sentence in across.other_readings(words, quota):
                printer.line(sentence.cited(words), 6, "·")
    if ungrouped := across.ungrouped(words, results):
        printer.line(ungrouped, 2, "?")
    printer.line()


def _links(printer: Printer, results: Results) -> None:
    words = printer.words
    if not results.links:
        return
    printer.line(words.say("links"), bold=True)
    for link in results.links:
        if link.status == "kept":
            continue
        section = across.link_section(words, link)
        for sentence in section.sentences:
            printer.line(sentence.cited(words), 2, sentence.mark, fg=COLORS[section.tone])
    printer.line(across.links_kept(words, results), 2, "✓")
    printer.line()


def _rejected(printer: Printer, results: Results) -> None:
    if not results.rejected:
        return
    printer.line(printer.words.say("rejected"), fg="red", bold=True)
    rejected = list(shown(results.rejected))
    texts = texts_of(problem.location.file for case in rejected for problem in case.diagnostics)
    for case in rejected:
        printer.line(case.case_id or case.file, 2, bold=True)
        for text in render(case.diagnostics, printer.words.language, texts).split("\n"):
            printer.stream.write(f"    {text}".rstrip() + "\n")
        printer.line()
