"""The cohorts of a report over cases: for each quota a bar of the grades of its members, and what is said about it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.core.judge.record import UNDETERMINED, Decision, QuotaResult, Results
from engine.report.across import SayingsAcross
from engine.report.captions import caption
from engine.report.html.charts import bar
from engine.report.html.page import level, picture
from engine.report.sentences import Sentence, Tone
from engine.report.words import Words


@dataclass(frozen=True)
class Part:
    label: str
    count: int
    level: str


@dataclass(frozen=True)
class Cohort:
    cohort: str
    members: str
    parts: Sequence[Part]
    bar: object
    sentences: Sequence[Sentence]
    tone: Tone


def cohorts(words: Words, results: Results) -> list[Cohort]:
    """The cohorts that have members."""
    kinds = {one.subject.kind: words.text(one.subject.kind_label) for one in results.decisions}
    shown = [one for one in results.quotas if one.count or one.base or one.waiting]
    return [_cohort(words, results, one, kinds) for one in shown]


def _cohort(words: Words, results: Results, one: QuotaResult, kinds: Mapping[str, str]) -> Cohort:
    across, language = SayingsAcross(words), words.language
    name, said = across.cohort(one, kinds, results.quotas), across.quota(one)
    parts = _parts(words, results.decisions, one)
    grade = words.text(one.grade_label)
    listed = "; ".join(f"{part.label}: {part.count}" for part in parts)
    says = caption("cohort_chart", language, cohort=name, parts=listed, limit=one.limit, grade=grade)
    mark = (one.limit, caption("at_most", language, limit=one.limit))
    drawn = bar([(part.level, part.count) for part in parts], max(one.size, one.limit), says, mark)
    return Cohort(name, across.members(one), parts, picture(drawn), said.sentences, said.tone)


def _parts(words: Words, decisions: Sequence[Decision], one: QuotaResult) -> list[Part]:
    """The members by grade, the grade of the quota first; the counts sum to the size of the cohort."""
    members = [each for each in decisions if _is_member(each, one)]
    order = tuple(grade for grade, _ in members[0].grade_names) if members else (one.grade,)
    counts = Counter(_standing(each) for each in members)
    if len(members) != one.size or counts[one.grade] != one.count:
        # The cohort is made of facts that the records do not hold: only the quota's own figures are known.
        others = one.size - one.count - one.waiting
        known = Part(words.text(one.grade_label), one.count, "l0")
        unknown = Part(caption("others", words.language), others, "l2")
        return [known, *_some(unknown, Part(caption("open", words.language), one.waiting, "none"))]
    labels = dict(members[0].grade_names)
    first, *rest = sorted(order, key=lambda grade: grade != one.grade)
    parts = [Part(words.text(labels[grade]), counts[grade], level(grade, order)) for grade in rest]
    return [
        Part(words.text(one.grade_label), one.count, level(first, order)),
        *_some(*parts, Part(caption("open", words.language), counts[None], "none")),
    ]


def _standing(one: Decision) -> str | None:
    """The grade that a quota counts a case with: the decided one, or what the facts support; None while it is open."""
    decided = next((each.grade for each in one.grades if each.given_by == "decided"), None)
    supported = one.grading.grade if one.grading is not None and one.grading.possible != (UNDETERMINED,) else None
    return decided or supported


def _is_member(one: Decision, quota: QuotaResult) -> bool:
    subject = one.subject
    known = {f"subject.{name}": ", ".join(ids) for name, ids in subject.relations}
    known |= {"subject.kind": subject.kind, "subject.cohort": subject.cohort or "", "subject.unit": subject.unit or ""}
    here = one.grading is not None and (one.regulation, one.period) == (quota.regulation, quota.period)
    return here and all(known.get(name) == value for name, value in quota.cohort)


def _some(*parts: Part) -> list[Part]:
    return [part for part in parts if part.count]
