"""Results -> one HTML file to hand on: nothing is fetched, and nothing but its own style and script may act in it.

The sentences are those of the text report (`sentences`, `across`); `words/page.yaml` adds column names and controls.
The file is also what is printed, and what minutes of a review are pasted from: its print style has the page, type and
margins of an official document, and the clipboard keeps headings, lists and tables. That is why no docx is written: a
second layout of the same content would have to be kept in step, would need a word processor to be tested, and could not
be sorted or filtered. Filter first, then print or paste: the filter leaves out what it hides, and the page says so.

Charts are tables with bars. Words and figures stand as text beside each bar, so that they wrap on a phone, are read
aloud, searched and copied; the bars alone are pictures (`charts`).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TextIO

from engine.base.files import texts_of
from engine.base.words import words
from engine.core.judge.record import Decision, GradeComparison, Results
from engine.report import across, sentences
from engine.report.diagnostics import render
from engine.report.html.cohorts import Cohort, cohorts
from engine.report.html.page import Chart, Page, Say, captions, chart_rows, level, made_by, problems, rendered
from engine.report.rejected import shown
from engine.report.sentences import Section, Sentence, Tone, layered
from engine.report.words import Words

if TYPE_CHECKING:
    from engine.core.policy.terms import Source

CAPTIONS = words("page")
COLUMNS = ("case_id", "subject", "cohort", "supported", "given", "clarify_column", "left_out_column", "missing_column")
NUMERIC = ("clarify_column", "left_out_column", "missing_column")
FLAGS = ("with_findings", "with_left_out", "with_missing", "with_difference", "with_assumptions")
# Unlike any grade's id, and without the dash the names of captions.
OPEN, EXEMPT = "-open", "-exempt"


def write_html(results: Results, words: Words, stream: TextIO) -> None:
    """The whole report. Raises ImportError if the extra `html` is not installed."""
    words = replace(words, layered=layered(results.decisions))
    say = captions(words.language, CAPTIONS)
    stream.write(rendered("report.html.jinja", _page(results, words, say), words, say, "report.js"))


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


@dataclass(frozen=True, kw_only=True)
class CasesPage(Page):
    """What the template shows. `columns` are of the list of cases; the `_seen` are what its filters offer."""

    charts: Sequence[Chart]
    has_findings: bool
    cohorts: Sequence[Cohort]
    ungrouped: str
    columns: Sequence[tuple[str, str]]
    numeric: Sequence[str]
    cases: Sequence[CaseView]
    grades_seen: Sequence[str]
    kinds_seen: Sequence[str]
    flags_seen: Sequence[tuple[str, str]]
    links: Sequence[Sentence]


def _page(results: Results, words: Words, say: Say) -> CasesPage:
    decisions = results.decisions
    subtitle = _subtitle(results, words, say)
    cases = [_case(words, say, number, decision) for number, decision in enumerate(decisions, 1)]
    grades = [words.text(label) for decision in decisions for _, label in decision.grade_names]
    grades = [*grades, say("open"), say("exempt")]
    flags = {flag for case in cases for flag in case.flags}
    drawn, ungrouped, links = cohorts(words, say, results), across.ungrouped(words, results), _links(results, words)
    contents = {
        "summary": True,
        "cohorts": bool(drawn or ungrouped),
        "cases": True,
        "each": bool(cases),
        "links": bool(links),
        "rejected": bool(results.rejected),
        "warnings": bool(results.warnings),
        "basis": True,
    }
    return CasesPage(
        title=f"{say('title')} – {subtitle}",
        subtitle=subtitle,
        contents=[(name, say("each_case" if name == "each" else name)) for name, there in contents.items() if there],
        figures=_figures(results, say),
        charts=_charts(decisions, words, say),
        has_findings=any(decision.findings for decision in decisions),
        cohorts=drawn,
        ungrouped=ungrouped,
        columns=[(name, say(name)) for name in COLUMNS],
        numeric=NUMERIC,
        cases=cases,
        grades_seen=[name for name in dict.fromkeys(grades) if name in {case.grade for case in cases}],
        kinds_seen=list(dict.fromkeys(case.kind for case in cases)),
        flags_seen=[(flag, say(flag)) for flag in FLAGS if flag in flags],
        links=links,
        rejected=problems(list(shown(results.rejected)), words.language, with_lines=True),
        warnings=render(
            results.warnings, words.language, texts_of(warning.location.file for warning in results.warnings)
        ),
        assumptions=_assumptions(results, words, say),
        readings=list(dict.fromkeys(reading for decision in decisions for reading in decision.readings)),
        made_by=made_by(say, (decision.policy_hash for decision in decisions)),
    )


# --- the head and the summary ---


def _subtitle(results: Results, words: Words, say: Say) -> str:
    regulations = dict.fromkeys(sentences.regulation_label(words, decision) for decision in results.decisions)
    periods = sorted({decision.period for decision in results.decisions})
    parts = ["; ".join(regulations)] if regulations else []
    if periods:
        parts.append(say("for_periods", periods=", ".join(periods)))
    parts.append(words.say("summary", judged=len(results.decisions), rejected=len(results.rejected)))
    return " · ".join(parts)


def _figures(results: Results, say: Say) -> list[tuple[str, str]]:
    decisions = results.decisions
    graded = [decision.grading for decision in decisions if decision.grading is not None]
    figures = [
        (len(decisions), "judged"),
        (sum(1 for decision in decisions if decision.findings), "to_clarify"),
        (sum(1 for grading in graded if grading.grade is None), "unsettled"),
        (len(decisions) - len(graded), "not_counted"),
        (len(results.rejected), "rejected_count"),
    ]
    return [(str(number), say(name)) for number, name in figures]


def _charts(decisions: Sequence[Decision], words: Words, say: Say) -> list[Chart]:
    """The grades under each regulation, and the findings if there are any."""
    regulations: dict[str, list[Decision]] = {}
    for decision in decisions:
        regulations.setdefault(decision.regulation, []).append(decision)
    charts = []
    for judged in regulations.values():
        label = sentences.regulation_label(words, judged[0])
        heading = say("by_grade_of", regulation=label) if len(regulations) > 1 else say("by_grade")
        charts.append(Chart(heading, say("grade"), chart_rows(_grades(judged, words, say))))
    findings = Counter(words.text(finding.rule.label) for decision in decisions for finding in decision.findings)
    if findings:
        rows = chart_rows((Sentence(label), count, "l1") for label, count in findings.most_common())
        charts.append(Chart(say("by_trigger"), say("trigger"), rows))
    return charts


def _grades(decisions: Sequence[Decision], words: Words, say: Say) -> list[tuple[Sentence, int, str]]:
    names = dict(decisions[0].grade_names)
    counts = Counter(_settled_grade(decision) for decision in decisions)
    figures = [
        (Sentence(words.text(label)), counts[grade], level(grade, tuple(names))) for grade, label in names.items()
    ]
    return figures + [(Sentence(say(name[1:])), counts[name], "none") for name in (OPEN, EXEMPT) if counts[name]]


# --- the list, and each case ---


def _case(words: Words, say: Say, number: int, decision: Decision) -> CaseView:
    order, grading = tuple(grade for grade, _ in decision.grade_names), decision.grading
    grade = _settled_grade(decision)
    compared = [_given(words, given, decision) for given in decision.grades]
    sections = tuple(sentences.sections(words, decision))
    left_out = sum(len(section.sentences) for section in sections if section.key == "left_out")
    missing = len(grading.missing) if grading is not None else 0
    flagged = (decision.findings, left_out, missing, any(given.differs for given in compared), decision.assumptions)
    highest = grading.highest if grading is not None else None
    # A range stands after the settled cases of its best grade.
    open_rank = 2 * len(order) + (grade == EXEMPT)
    subject = decision.subject
    return CaseView(
        anchor=f"case-{number}",
        case_id=decision.case_id,
        who=sentences.who(words, decision),
        when=sentences.when(words, decision),
        kind=words.text(subject.kind_label),
        subject=" · ".join(sentences.subject(words, decision)),
        cohort=subject.cohort or "",
        outcome=sentences.outcome(words, decision),
        grade=words.text(dict(decision.grade_names)[grade]) if grade in order else say(grade[1:]),
        level=level(grade, order),
        tone=sentences.tone(decision),
        rank=2 * order.index(highest) + (grade not in order) if highest in order else open_rank,
        given=compared[-1] if compared else None,
        given_rank=order.index(decision.grades[-1].grade) if compared else len(order),
        findings=len(decision.findings),
        left_out=left_out,
        missing=missing,
        flags=[name for name, there in zip(FLAGS, flagged, strict=True) if there],
        sections=sections,
        compared=compared,
        under=sentences.under(words, decision),
    )


def _given(words: Words, given: GradeComparison, decision: Decision) -> Given:
    given_by, verdict = words.say(given.given_by), sentences.verdict(words, given)
    day = words.day(decision.decided_on) if given.given_by == "decided" and decision.decided_on else ""
    grade = words.text(dict(decision.grade_names)[given.grade])
    return Given(given_by, day, grade, verdict, given.agrees is False, f"{given_by}, {verdict}")


def _settled_grade(decision: Decision) -> str:
    """The grade that the facts support, OPEN if they leave several, EXEMPT if none is due."""
    if decision.grading is None:
        return EXEMPT
    return decision.grading.grade or OPEN


# --- across cases, and what it rests on ---


def _links(results: Results, words: Words) -> list[Sentence]:
    if not results.links:
        return []
    sections = [across.link_section(words, link) for link in results.links if link.status != "kept"]
    kept = Sentence(across.links_kept(words, results), mark="✓")
    return [*(sentence for section in sections for sentence in section.sentences), kept]


def _assumptions(results: Results, words: Words, say: Say) -> list[tuple[Sentence, str]]:
    """The assumed rules that outcomes and reliefs rest on, each with the cases concerned."""
    cases: dict[tuple[str, Source], list[str]] = {}
    for decision in results.decisions:
        for result in decision.assumptions:
            cases.setdefault((words.rule_alone(result, None), result.rule.source), []).append(decision.case_id)
    for quota in results.quotas:
        if quota.relief is not None and quota.relief.rule.source.status == "assumed":
            cases.setdefault((words.rule_alone(quota.relief, None), quota.relief.rule.source), []).extend(quota.holders)
    return [
        (Sentence(text, source), say("rests_on_it", cases=", ".join(dict.fromkeys(ids))))
        for (text, source), ids in cases.items()
    ]
