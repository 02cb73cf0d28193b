"""The cohorts of a report over cases: for each quota a bar of the grades of its members, and what is said about it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from engine.core.judge.case import COHORT_ATTRIBUTES
from engine.core.judge.record import UNDETERMINED, Decision, QuotaResult, Results
from engine.report import across
from engine.report.html.charts import bar
from engine.report.html.page import Say, level
from engine.report.sentences import Sentence, Tone
from engine.report.words import Words


@dataclass(frozen=True)
class Part:
    """A part of a bar: how many members of a cohort have a grade; `level` is its CSS class."""

    label: str
    count: int
    level: str


@dataclass(frozen=True)
class Cohort:
    """A cohort as the page shows it: its name and size, the bar with its parts, what is said of the quota."""

    cohort: str
    members: str
    parts: Sequence[Part]
    bar: Markup
    sentences: Sequence[Sentence]
    readings: Sequence[Sentence]
    tone: Tone


def cohorts(words: Words, say: Say, results: Results) -> list[Cohort]:
    """The cohorts that have members."""
    kinds = {decision.subject.kind: words.text(decision.subject.kind_label) for decision in results.decisions}
    return [_cohort(words, say, results, quota, kinds) for quota in across.counted(results.quotas)]


def _cohort(words: Words, say: Say, results: Results, quota: QuotaResult, kinds: Mapping[str, str]) -> Cohort:
    name, section = across.cohort_name(quota, kinds, results.quotas), across.quota_section(words, quota)
    parts = _parts(words, say, results.decisions, quota)
    listed = "; ".join(f"{part.label}: {part.count}" for part in parts)
    spoken = say("cohort_chart", cohort=name, parts=listed, limit=quota.limit, grade=words.text(quota.grade_label))
    mark = (quota.limit, say("at_most", limit=quota.limit))
    readings = across.other_readings(words, quota)
    drawn = bar([(part.level, part.count) for part in parts], max(quota.size, quota.limit), spoken, mark)
    return Cohort(name, across.members(words, quota), parts, Markup(drawn), section.sentences, readings, section.tone)


def _parts(words: Words, say: Say, decisions: Sequence[Decision], quota: QuotaResult) -> list[Part]:
    """The members by grade, the grade of the quota first; the counts sum to the size of the cohort."""
    members = [decision for decision in decisions if _is_member(decision, quota)]
    order = tuple(grade for grade, _ in members[0].grade_names) if members else (quota.grade,)
    counts = Counter(_standing(member) for member in members)
    if len(members) != quota.size or counts[quota.grade] != quota.count:
        # The cohort is made of facts that the records do not hold: only the quota's own figures are known.
        others = quota.size - quota.count - quota.waiting
        known = Part(words.text(quota.grade_label), quota.count, "l0")
        unknown = Part(say("others"), others, "l2")
        return [known, *_some(unknown, Part(say("open"), quota.waiting, "none"))]
    labels = dict(members[0].grade_names)
    first, *rest = sorted(order, key=lambda grade: grade != quota.grade)
    parts = [Part(words.text(labels[grade]), counts[grade], level(grade, order)) for grade in rest]
    return [
        Part(words.text(quota.grade_label), quota.count, level(first, order)),
        *_some(*parts, Part(say("open"), counts[None], "none")),
    ]


def _standing(decision: Decision) -> str | None:
    """The grade that a quota counts a case with: the decided one, or what the facts support; None while it is open."""
    grading = decision.grading
    decided = next((given.grade for given in decision.grades if given.given_by == "decided"), None)
    supported = grading.grade if grading is not None and grading.possible != (UNDETERMINED,) else None
    return decided or supported


def _is_member(decision: Decision, quota: QuotaResult) -> bool:
    subject = decision.subject
    known = {f"subject.{name}": ", ".join(ids) for name, ids in subject.relations.items()}
    known |= {f"subject.{name}": getattr(subject, name) or "" for name in COHORT_ATTRIBUTES}
    here = decision.grading is not None and (decision.regulation, decision.period) == (quota.regulation, quota.period)
    return here and all(known.get(name) == value for name, value in quota.cohort)


def _some(*parts: Part) -> list[Part]:
    return [part for part in parts if part.count]
