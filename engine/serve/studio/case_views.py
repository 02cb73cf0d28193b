"""What pages show of cases: a row of the list, and everything about one case. The sentences come from `report`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.core.judge.case import Rejected
from engine.core.judge.record import UNDETERMINED, Decision, Results
from engine.report.explain import lines
from engine.report.html.explain import Branch, nested
from engine.report.html.page import level
from engine.report.reasons import answers
from engine.report.sentences import Section, Tone, outcome, regulation_label, sections, tone, under, when
from engine.report.words import Words
from engine.serve.studio.remarks import Remark, remarks
from engine.study.explain import Explanation


@dataclass(frozen=True)
class CaseRow:
    """A case in the list. `name` is that of its file, `level` the CSS class of its grade; `problems` are why it could
    not be judged."""

    name: str
    case_id: str
    who: str
    kind: str
    cohort: str
    period: str
    outcome: str
    level: str
    findings: int
    missing: int
    problems: Sequence[Remark] = ()


@dataclass(frozen=True)
class Step:
    """A grade of the ladder, and whether the case may still get it."""

    label: str
    possible: bool


@dataclass(frozen=True)
class CasePage:
    """One judged case. `conditions` are the grades with their conditions as written, `ways` what would reach a better
    one, `settling` the missing facts that would settle it; `reasons` say which facts are enough for the outcome and
    why it is not the grade asked about, of which there are `grades` to ask about."""

    kind: str
    unit: str
    when: str
    regulation: str
    under: str
    outcome: str
    tone: Tone
    ladder: Sequence[Step]
    sections: Sequence[Section]
    conditions: Sequence[Branch]
    ways: Sequence[Branch]
    settling: Sequence[Branch]
    reasons: Sequence[Branch]
    grades: Sequence[tuple[str, str]]


def rows(results: Results, unread: Sequence[Rejected], names: dict[str, str], words: Words) -> list[CaseRow]:
    """The list of cases, in the order of their names. `unread` are files that cannot be read; `names` has the names of
    subjects by that of their case."""
    shown = [_row(decision, names, words) for decision in results.decisions]
    shown += [_rejected(rejected, names, words) for rejected in (*results.rejected, *unread)]
    return sorted(shown, key=lambda row: row.name)


def _row(decision: Decision, names: dict[str, str], words: Words) -> CaseRow:
    grading, subject = decision.grading, decision.subject
    order = tuple(grade for grade, _ in decision.grade_names)
    return CaseRow(
        name=decision.file,
        case_id=decision.case_id,
        who=names.get(decision.file) or subject.id or "",
        kind=words.text(subject.kind_label),
        cohort=" · ".join(part for part in (subject.cohort, subject.unit) if part),
        period=decision.period,
        outcome=outcome(words, decision),
        level=level(grading.grade or "", order) if grading is not None else "none",
        findings=len(decision.findings),
        missing=len(grading.missing) if grading is not None else 0,
    )


def _rejected(rejected: Rejected, names: dict[str, str], words: Words) -> CaseRow:
    problems = remarks(rejected.diagnostics, words.language)
    name, case_id = rejected.file, rejected.case_id or ""
    return CaseRow(name, case_id, names.get(name, ""), "", "", "", "", "none", 0, 0, problems)


def case_page(explanation: Explanation, words: Words) -> CasePage:
    """Everything about one case."""
    decision = explanation.decision
    branches = list(nested(lines(explanation, words)))
    return CasePage(
        kind=words.text(decision.subject.kind_label),
        unit=decision.subject.unit or "",
        when=when(words, decision),
        regulation=regulation_label(words, decision),
        under=under(words, decision),
        outcome=outcome(words, decision),
        tone=tone(decision),
        ladder=ladder(decision, words),
        sections=tuple(sections(words, decision)),
        conditions=_of_kind(branches, "grade", "bars"),
        ways=_of_kind(branches, "way", "remark"),
        settling=_of_kind(branches, "settling"),
        reasons=nested(answers(explanation, words)),
        grades=[(grade, words.text(label)) for grade, label in decision.grade_names],
    )


def ladder(decision: Decision, words: Words) -> list[Step]:
    """The grades from best to lowest, and last the authority if the case may be left to it; none without a grading."""
    if decision.grading is None:
        return []
    possible = decision.grading.possible
    steps = [Step(words.text(label), grade in possible) for grade, label in decision.grade_names]
    return [*steps, Step(words.say("authority"), True)] if UNDETERMINED in possible else steps


def _of_kind(branches: Sequence[Branch], *kinds: str) -> list[Branch]:
    return [branch for branch in branches if branch.line.kind in kinds]


def title_of(name: str, data: Mapping[str, Any]) -> str:
    """By what a page calls a case: the name of its subject; or the id of the case; or the name of its file."""
    return names_of(iter([(name, data)])).get(name) or str(data.get("case_id") or name)


def names_of(subjects: Iterator[tuple[str, object]]) -> dict[str, str]:
    """(name of a case, its data) -> the names of subjects that are given, by the name of their case."""
    named = {}
    for name, data in subjects:
        subject = data.get("subject") if isinstance(data, dict) else None
        called = subject.get("name") if isinstance(subject, dict) else None
        if isinstance(called, str) and called.strip():
            named[name] = called
    return named
