"""Results -> one HTML file to hand on: nothing is fetched, and nothing but its own style and script may act in it.

The sentences are those of the text report (`sayings`, `words`); `captions` adds column names and controls. The file is
also what is printed, and what minutes of a review are pasted from: its print style has the page, type and margins of an
official document, and headings, lists and tables come through the clipboard as such. This is instead of writing docx: a
second layout of the same content would have to be kept in step, would need a word processor to be tested, and could not
be sorted or filtered. Filter first, then print or paste: what the filter hides is left out, and the page says so.

Charts are tables with bars. Words and figures stand as text beside each bar, so that they wrap on a phone, are read
aloud, searched and copied; the bars alone are pictures (`charts`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TextIO

from engine.base.files import texts_of
from engine.base.version import ENGINE_VERSION
from engine.core.judge.record import Decision, GradeComparison, ReadingUsed, Results
from engine.core.policy.terms import Source, Text
from engine.report.across import SayingsAcross
from engine.report.captions import caption
from engine.report.diagnostics import render
from engine.report.html.charts import bar
from engine.report.html.cohorts import Cohort, cohorts
from engine.report.html.page import Chart, Citations, Problem, Row, level, picture, rendered
from engine.report.rejected import shown
from engine.report.sentences import Sayings, Section, Sentence, Tone, layered
from engine.report.words import Words

COLUMNS = ("case_id", "subject", "cohort", "supported", "given", "clarify_column", "left_out_column", "missing_column")
NUMERIC = ("clarify_column", "left_out_column", "missing_column")
FLAGS = ("with_findings", "with_left_out", "with_missing", "with_difference", "with_assumptions")
# Unlike any grade's id, and without the dash the names of captions.
OPEN, EXEMPT = "-open", "-exempt"


def write_html(results: Results, language: str, stream: TextIO, *, documents: Mapping[str, Text]) -> None:
    """The whole report. Raises ImportError where the extra `html` is not installed."""
    words = Words(language, documents, layered(results.decisions))
    stream.write(rendered("report.html.jinja", CasesPage(words, results=results), words, "report.js"))


@dataclass(frozen=True)
class Given:
    """A grade that somebody gave: who, when, which, and how it stands to the facts."""

    given_by: str
    day: str
    grade: str
    verdict: str
    differs: bool
    note: str


@dataclass(frozen=True)
class Assumption:
    text: str
    source: Source
    cases: str


@dataclass(frozen=True)
class CaseView:
    """One case as the list and its own section show it. `rank` and `given_rank` order grades, best first."""

    anchor: str
    case_id: str
    who: str
    when: str
    kind: str
    subject: str
    cohort: str
    outcome: str
    grade: str
    level: str
    tone: Tone
    rank: int
    given: Given | None
    given_rank: int
    findings: int
    left_out: int
    missing: int
    flags: Sequence[str]
    sections: Sequence[Section]
    compared: Sequence[Given]
    under: str


@dataclass(frozen=True)
class CasesPage(Citations):
    """What the template asks for."""

    results: Results = field(kw_only=True)

    numeric = NUMERIC

    @property
    def sayings(self) -> Sayings:
        return Sayings(self.words)

    @property
    def across(self) -> SayingsAcross:
        return SayingsAcross(self.words)

    def say(self, name: str, **arguments: object) -> str:
        return caption(name, self.words.language, **arguments)

    # --- the head ---

    @property
    def title(self) -> str:
        return f"{self.say('title')} – {self.subtitle}"

    @cached_property
    def subtitle(self) -> str:
        names = dict.fromkeys(self.words.text(self.sayings.regulation(one)) for one in self.results.decisions)
        periods = sorted({one.period for one in self.results.decisions})
        parts = ["; ".join(names)] if names else []
        if periods:
            parts.append(self.say("for_periods", periods=", ".join(periods)))
        parts.append(self.words.say("summary", judged=len(self.results.decisions), rejected=len(self.results.rejected)))
        return " · ".join(parts)

    @property
    def contents(self) -> list[tuple[str, str]]:
        there = {
            "summary": True,
            "cohorts": bool(self.cohorts or self.ungrouped),
            "cases": True,
            "each": bool(self.cases),
            "links": bool(self.links),
            "rejected": bool(self.results.rejected),
            "warnings": bool(self.results.warnings),
            "basis": True,
        }
        names = {"each": "each_case"}
        return [(name, self.say(names.get(name, name))) for name, shown in there.items() if shown]

    @property
    def made_by(self) -> str:
        policies = ", ".join(dict.fromkeys(one.policy_hash for one in self.results.decisions))
        return self.say("made_by", version=ENGINE_VERSION, policies=policies or "–")

    # --- the summary ---

    @property
    def figures(self) -> list[tuple[int, str]]:
        decisions = self.results.decisions
        graded = [one.grading for one in decisions if one.grading is not None]
        figures = [
            (len(decisions), "judged"),
            (sum(1 for one in decisions if one.findings), "to_clarify"),
            (sum(1 for one in graded if one.grade is None), "unsettled"),
            (len(decisions) - len(graded), "not_counted"),
            (len(self.results.rejected), "rejected_count"),
        ]
        return [(number, self.say(name)) for number, name in figures]

    @cached_property
    def charts(self) -> list[Chart]:
        charts = [
            self._grade_chart(regulation)
            for regulation in dict.fromkeys(one.regulation for one in self.results.decisions)
        ]
        if self.has_findings:
            charts.append(self._trigger_chart())
        return charts

    @property
    def has_findings(self) -> bool:
        return any(one.findings for one in self.results.decisions)

    def _grade_chart(self, regulation: str) -> Chart:
        decisions = [one for one in self.results.decisions if one.regulation == regulation]
        names = dict(decisions[0].grade_names)
        counts = Counter(_settled_grade(one) for one in decisions)
        figures = [
            (self.words.text(label), counts[grade], level(grade, tuple(names))) for grade, label in names.items()
        ]
        figures += [(self.say(name[1:]), counts[name], "none") for name in (OPEN, EXEMPT) if counts[name]]
        several = len({one.regulation for one in self.results.decisions}) > 1
        label = self.words.text(self.sayings.regulation(decisions[0]))
        heading = self.say("by_grade_of", regulation=label) if several else self.say("by_grade")
        return Chart(heading, self.say("grade"), self._rows(figures))

    def _trigger_chart(self) -> Chart:
        counts: Counter[str] = Counter()
        for one in self.results.decisions:
            counts.update(self.words.text(each.label) for each in one.findings)
        figures = [(label, count, "l1") for label, count in counts.most_common()]
        return Chart(self.say("by_trigger"), self.say("trigger"), self._rows(figures))

    def _rows(self, figures: Sequence[tuple[str, int, str]]) -> list[Row]:
        longest = max(count for _, count, _ in figures)
        return [Row(label, count, picture(bar([(level, count)], longest, ""))) for label, count, level in figures]

    # --- the list, and each case ---

    @property
    def columns(self) -> list[tuple[str, str]]:
        return [(name, self.say(name)) for name in COLUMNS]

    @cached_property
    def cases(self) -> list[CaseView]:
        return [self._case(number, one) for number, one in enumerate(self.results.decisions, 1)]

    @property
    def grades_seen(self) -> list[str]:
        names = [self.words.text(label) for one in self.results.decisions for _, label in one.grade_names]
        seen = {one.grade for one in self.cases}
        return [name for name in dict.fromkeys([*names, self.say("open"), self.say("exempt")]) if name in seen]

    @property
    def kinds_seen(self) -> list[str]:
        return list(dict.fromkeys(one.kind for one in self.cases))

    @property
    def flags_seen(self) -> list[tuple[str, str]]:
        seen = {flag for one in self.cases for flag in one.flags}
        return [(flag, self.say(flag)) for flag in FLAGS if flag in seen]

    def _case(self, number: int, one: Decision) -> CaseView:
        words, sayings, order = self.words, self.sayings, tuple(grade for grade, _ in one.grade_names)
        grade = _settled_grade(one)
        compared = [self._given(each, one) for each in one.grades]
        sections = tuple(sayings.sections(one))
        counts = {section.key: len(section.sentences) for section in sections}
        left_out = counts.get("left_out", 0)
        missing = len(one.grading.missing) if one.grading is not None else 0
        flagged = (one.findings, left_out, missing, any(each.differs for each in compared), one.assumptions)
        highest = one.grading.highest if one.grading is not None else None
        return CaseView(
            anchor=f"case-{number}",
            case_id=one.case_id,
            who=sayings.who(one),
            when=words.say("period", period=one.period, day=words.day(one.as_of)),
            kind=words.text(one.subject.kind_label),
            subject=" · ".join(dict.fromkeys(part for part in (one.subject.id, one.subject.unit) if part)),
            cohort=one.subject.cohort or "",
            outcome=sayings.outcome(one),
            grade=words.text(dict(one.grade_names)[grade]) if grade in order else self.say(grade[1:]),
            level=level(grade, order),
            tone=sayings.tone(one),
            # A range stands after the settled cases of its best grade.
            rank=2 * order.index(highest) + (grade not in order)
            if highest in order
            else 2 * len(order) + (grade == EXEMPT),
            given=compared[-1] if compared else None,
            given_rank=order.index(one.grades[-1].grade) if compared else len(order),
            findings=len(one.findings),
            left_out=left_out,
            missing=missing,
            flags=[name for name, there in zip(FLAGS, flagged, strict=True) if there],
            sections=sections,
            compared=compared,
            under=sayings.under(one),
        )

    def _given(self, one: GradeComparison, decision: Decision) -> Given:
        words = self.words
        given_by, verdict = words.say(one.given_by), self.sayings.verdict(one)
        day = words.day(decision.decided_on) if one.given_by == "decided" and decision.decided_on else ""
        grade = words.text(dict(decision.grade_names)[one.grade])
        return Given(given_by, day, grade, verdict, one.agrees is False, f"{given_by}, {verdict}")

    # --- across cases ---

    @cached_property
    def cohorts(self) -> list[Cohort]:
        return cohorts(self.words, self.results)

    @property
    def ungrouped(self) -> str:
        return self.across.ungrouped(self.results)

    @property
    def links(self) -> list[Sentence]:
        if not self.results.links:
            return []
        open_ones = [self.across.link(one) for one in self.results.links if one.status != "kept"]
        kept = Sentence(self.across.links_kept(self.results), mark="✓")
        return [*(each for said in open_ones for each in said.sentences), kept]

    @property
    def rejected(self) -> list[Problem]:
        rejected = list(shown(self.results.rejected))
        texts = texts_of(each.location.file for one in rejected for each in one.diagnostics)
        return [
            Problem(one.case_id or one.file, render(one.diagnostics, self.words.language, texts)) for one in rejected
        ]

    @property
    def warnings(self) -> str:
        found = self.results.warnings
        return render(found, self.words.language, texts_of(one.location.file for one in found))

    # --- what it rests on ---

    @property
    def assumptions(self) -> list[Assumption]:
        cases: dict[tuple[str, Source], list[str]] = {}
        for one in self.results.decisions:
            for each in one.assumptions:
                cases.setdefault((self.words.rule_alone(each, None), each.source), []).append(one.case_id)
        for quota in self.results.quotas:
            if quota.relief is not None and quota.relief.source.status == "assumed":
                key = (self.words.rule_alone(quota.relief, None), quota.relief.source)
                cases.setdefault(key, []).extend(quota.holders)
        return [Assumption(text, source, ", ".join(dict.fromkeys(ids))) for (text, source), ids in cases.items()]

    @property
    def readings(self) -> list[ReadingUsed]:
        return list(dict.fromkeys(each for one in self.results.decisions for each in one.readings))


def _settled_grade(one: Decision) -> str:
    """The grade that the facts support, OPEN where there is not one, EXEMPT where none is due."""
    if one.grading is None:
        return EXEMPT
    return one.grading.grade or OPEN
