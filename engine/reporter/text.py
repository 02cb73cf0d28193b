"""Results -> text as an official reads it: the grade first, then why, then what is left to do."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TextIO

import click

from engine.diagnostics import render
from engine.model import Text
from engine.records import (
    UNDETERMINED,
    Decision,
    GradeComparison,
    Grading,
    MissingFact,
    QuotaResult,
    Results,
)
from engine.reporter.words import Words
from engine.sources import texts_of


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
    page = Page(Words(language, documents), stream, width, color)
    for decision in results.decisions:
        page.decision(decision, brief)
    if brief:
        page.line()
    page.quotas(results)
    page.links(results)
    page.rejected(results)
    page.summary(results)


@dataclass(frozen=True)
class Page:
    words: Words
    stream: TextIO
    width: int
    color: bool

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
            styled = click.style(wrapped, fg=fg, bold=bold or None, dim=dim or None) if self.color else wrapped
            self.stream.write(styled + "\n")

    def listed(self, heading: str, items: Iterable[str], bullet: str = "–", fg: str | None = None) -> None:
        shown = list(items)
        if shown:
            self.line(f"{heading}:", 2, fg=fg)
            for item in shown:
                self.line(item, 4, bullet)

    # --- one case ---

    def heading(self, one: Decision) -> None:
        """Which case it is and what its facts support."""
        words = self.words
        when = words.say("period", period=one.period, day=words.day(one.as_of))
        self.line(f"{self.who(one)} · {when}", bold=True)
        self.line(f"{words.say('proposal')}: {self.outcome(one)}", 2, bold=True, fg=_color_of(one))

    def who(self, one: Decision) -> str:
        subject = one.subject
        named = dict.fromkeys(part for part in (subject.id, subject.unit) if part)
        return " · ".join([one.case_id, self.words.text(subject.kind_label), *named])

    def decision(self, one: Decision, brief: bool) -> None:
        words = self.words
        if brief:
            self.line(f"{self.who(one)}: {self.outcome(one)}", fg=_color_of(one))
            for each in one.exemptions:
                self.line(words.text(each.label), 4, "–")
            for each in one.findings:
                self.line(words.text(each.label), 4, "!")
            return
        self.heading(one)
        for each in one.exemptions:
            self.line(words.rule(each, "limit"), 4, "–" if each.holds else "?")
        if one.grading is not None:
            self.grading(one.grading)
        self.listed(words.say("findings"), (words.rule(each, "limit") for each in one.findings), "!", fg="yellow")
        if one.open_findings:
            names = "; ".join(words.text(each.label) for each in one.open_findings)
            self.line(f"{words.say('open_findings')}: {names}.", 2)
        self.review(one)
        if one.grading is not None:
            self.listed(words.say("missing"), (self.missing(each) for each in one.grading.missing), "?")
        if one.grades:
            self.line(f"{words.say('grades')}: {'; '.join(self.given(each, one) for each in one.grades)}.", 2)
        self.listed(words.say("assumptions"), (words.rule(each, None) for each in one.assumptions), "*", fg="magenta")
        readings = "; ".join(
            f"{words.text(each.label)}{' (' + words.say('switched') + ')' if each.switched else ''}"
            f" [{each.interpretation}]"
            for each in one.readings
        )
        if readings:
            self.line(f"{words.say('readings')}: {readings}.", 2, dim=True)
        under = words.say("under", regulation=words.text(self.regulation(one)), because=words.text(one.chosen_because))
        self.line(f"{under}.", 2, dim=True)
        self.line()

    def regulation(self, one: Decision) -> Text:
        return self.words.documents.get(one.regulation, one.regulation_label)

    def outcome(self, one: Decision) -> str:
        words, grading = self.words, one.grading
        if grading is None:
            return words.say("not_subject")
        labels = {grade: words.text(label) for grade, label in one.grade_names}

        def named(grade: str | None) -> str:
            return labels[grade] if grade is not None else ""

        if grading.possible == (UNDETERMINED,):
            outcome = words.say("authority")
        elif grading.grade is not None:
            outcome = named(grading.grade)
        elif grading.lowest == grading.highest:
            outcome = f"{named(grading.highest)} {words.say('or_authority')}"
        else:
            outcome = words.say("range", lowest=named(grading.lowest), highest=named(grading.highest))
            if UNDETERMINED in grading.possible:
                outcome = f"{outcome}, {words.say('or_authority')}"
        return f"{outcome}; {words.say('maybe_not_subject')}" if one.subject_to_review is None else outcome

    def grading(self, grading: Grading) -> None:
        words = self.words
        held = [bar for bar in grading.bars if bar.result.holds]
        self.listed(words.say("barred"), (words.rule(bar.result, "limit") for bar in held), "✗", fg="red")
        if grading.otherwise is not None and grading.possible == (UNDETERMINED,):
            self.line(f"{words.text(grading.otherwise.label)} {words.citation(grading.otherwise.source)}", 4, "–")
        if held:
            return
        reached = next((rung for rung in grading.rungs if rung.grade == grading.grade), None)
        if reached is not None:
            own = [each for each in reached.met if each.rule.split(".")[-2] == reached.grade]
            lines = [words.rule(each, "required" if len(each.comparisons) == 1 else None) for each in own]
            if len(own) < len(reached.met):
                lines.append(words.say("met_below", count=len(reached.met) - len(own)))
            self.listed(words.say("met"), lines, "✓")
        nearest = next((rung for rung in reversed(grading.rungs) if rung.reached is False), None)
        if nearest is not None:
            heading = words.say("not_reached", grade=words.text(nearest.label))
            self.listed(heading, (words.rule(each, "required") for each in nearest.unmet), "✗")
        open_bars = [bar for bar in grading.bars if bar.result.holds is None]
        self.listed(words.say("may_be_barred"), (words.rule(bar.result, "limit") for bar in open_bars), "?")
        said: set[str] = set()
        for rung in reversed(grading.rungs):
            if rung.reached is None and rung.grade in grading.possible:
                new = [each for each in rung.unknown if each.rule not in said]
                heading = words.say("open_rung", grade=words.text(rung.label))
                self.listed(heading, (words.rule(each, "required") for each in new), "?")
                said |= {each.rule for each in new}

    def review(self, one: Decision) -> None:
        words = self.words
        required = [item for item in one.review if item.required]
        if required and all(item.covered is None for item in required):
            names = "; ".join(words.text(item.label) for item in required)
            self.line(f"{words.say('review_unknown')}: {names}.", 2)
            return
        left_out = [item for item in required if not item.covered]
        self.listed(
            words.say("left_out"), (f"{words.text(item.label)} {words.citation(item.source)}" for item in left_out), "☐"
        )

    def missing(self, one: MissingFact) -> str:
        words = self.words
        asked = words.text(one.question or one.label)
        if one.evidence:
            asked = words.say("evidence_for", fact=words.text(one.label))
        note = f", {words.say('needed_for', facts=', '.join(one.needed_for))}" if one.needed_for else ""
        return f"{asked} ({one.fact}{note})"

    def given(self, one: GradeComparison, decision: Decision) -> str:
        words, labels = self.words, dict(decision.grade_names)
        match (one.agrees, one.higher):
            case (True, _):
                verdict = "agrees"
            case (None, _):
                verdict = "within_range"
            case (_, True):
                verdict = "higher"
            case (_, False):
                verdict = "lower"
            case _:
                verdict = "differs"
        day = f", {words.day(decision.decided_on)}" if one.given_by == "decided" and decision.decided_on else ""
        return f"{words.say(one.given_by)} “{words.text(labels[one.grade])}”{day} ({words.say(verdict)})"

    # --- across cases ---

    def quotas(self, results: Results) -> None:
        words = self.words
        shown = [one for one in results.quotas if one.count or one.base or one.unsettled]
        if not shown and not results.ungrouped:
            return
        self.line(words.say("cohorts"), bold=True)
        kinds = {one.subject.kind: words.text(one.subject.kind_label) for one in results.decisions}
        for one in shown:
            self.quota(one, kinds)
        if results.ungrouped:
            cases = ", ".join(dict.fromkeys(case for _, case in results.ungrouped))
            self.line(words.say("ungrouped", cases=cases), 2, "?")
        self.line()

    def quota(self, one: QuotaResult, kinds: Mapping[str, str]) -> None:
        words = self.words
        cohort = " · ".join(kinds.get(value, value) for _, value in one.cohort)
        self.line(f"{cohort} · {words.say('members', size=one.size)}", 2)
        figures = words.say(
            "quota_line",
            grade=words.text(one.grade_label),
            count=one.count,
            base=one.base,
            limit=one.limit,
            percent=words.value(one.percent, "percent"),
        )
        waiting = ", ".join(one.unsettled)
        match one.status:
            case "within":
                verdict, bullet, style = words.say("within"), "✓", "green"
            case "exceeded":
                verdict = words.say("exceeded", excess=one.excess, greatest=one.greatest_lawful)
                bullet, style = "✗", "red"
            case _:
                verdict, bullet, style = words.say("quota_unknown", cases=waiting), "?", "yellow"
        if waiting and one.status != "unknown":
            verdict = f"{verdict}; {words.say('quota_waits', cases=waiting)}"
        self.line(f"{figures} – {verdict} {words.citation(one.source)}", 4, bullet, fg=style)
        if one.relief is not None:
            self.line(words.say("relieved", relief=words.rule(one.relief, None)), 6)
        if one.status == "exceeded":
            self.line(words.say("holders", cases=", ".join(one.holders)), 6)

    def links(self, results: Results) -> None:
        words = self.words
        if not results.links:
            return
        self.line(words.say("links"), bold=True)
        for one in results.links:
            if one.status == "kept":
                continue
            broken = one.status == "broken"
            verdict = words.say(f"link_{one.status}", case=one.case_id, other=one.other_case or one.other)
            text = f"{words.text(one.label)} – {verdict} {words.citation(one.source)}"
            self.line(text, 2, "✗" if broken else "?", fg="red" if broken else "yellow")
        kept = sum(1 for one in results.links if one.status == "kept")
        self.line(words.say("links_kept", kept=kept), 2, "✓")
        self.line()

    def rejected(self, results: Results) -> None:
        if not results.rejected:
            return
        self.line(self.words.say("rejected"), bold=True, fg="red")
        texts = texts_of(each.location.file for one in results.rejected for each in one.diagnostics)
        for one in results.rejected:
            self.line(one.case_id or one.file, 2, bold=True)
            for text in render(one.diagnostics, self.words.language, texts).split("\n"):
                self.stream.write(f"    {text}".rstrip() + "\n")
            self.line()

    def summary(self, results: Results) -> None:
        words = self.words
        labels = {grade: label for one in results.decisions for grade, label in one.grade_names}
        counts = Counter(one.grading.grade for one in results.decisions if one.grading is not None)
        open_cases = counts.pop(None, 0)
        parts = [words.say("summary", judged=len(results.decisions), rejected=len(results.rejected))]
        parts += [f"{words.text(label)}: {counts[grade]}" for grade, label in labels.items() if counts[grade]]
        for phrase, count in (
            ("open_count", open_cases),
            ("exempt_count", sum(1 for one in results.decisions if one.grading is None)),
            ("findings_count", sum(1 for one in results.decisions if one.findings)),
        ):
            if count:
                parts.append(words.say(phrase, count=count))
        self.line("; ".join(parts) + ".", bold=True)
        self.line(words.say("advice"), dim=True)


def _color_of(one: Decision) -> str:
    if one.grading is None:
        return "cyan"
    if not one.grading.settled:
        return "yellow"
    return "red" if any(bar.result.holds for bar in one.grading.bars) else "green"
