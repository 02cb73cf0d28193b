"""What reports say about several cases: cohorts and their quotas, links, how many cases have each outcome."""

from collections import Counter
from collections.abc import Mapping, Sequence

from engine.core.judge.record import LinkResult, QuotaReading, QuotaResult, QuotaWay, Results
from engine.core.policy.regulation import Interpretation
from engine.report.sentences import Section, Sentence, Tone, missing_fact
from engine.report.words import Words


def counted(quotas: Sequence[QuotaResult]) -> list[QuotaResult]:
    """The quotas over cohorts that have members to count."""
    return [quota for quota in quotas if quota.count or quota.base or quota.waiting]


def cohort_name(quota: QuotaResult, kinds: Mapping[str, str], among: Sequence[QuotaResult] = ()) -> str:
    """What the cohort of a quota is called; with its period, if there are several `among` the results.

    `kinds` gives the labels of kinds of subject by their ids."""
    periods = {other.period for other in among}
    parts = [kinds.get(value, value) for _, value in quota.cohort]
    return " · ".join([*parts, quota.period] if len(periods) > 1 else parts)


def members(words: Words, quota: QuotaResult) -> str:
    """How many members the cohort of a quota has."""
    return words.say("members", size=quota.size)


def quota_section(words: Words, quota: QuotaResult) -> Section:
    """The figures with the verdict, then relief and those concerned."""
    percent = words.value(quota.percent, "percent")
    if quota.share.layer != quota.quota.layer:
        percent = f"{percent} {words.citation(quota.share.source, quota.share.layer)}"
    figures = words.say(
        "quota_line",
        grade=words.text(quota.grade_label),
        count=quota.count,
        base=quota.base,
        limit=quota.limit,
        percent=percent,
    )
    tone: Tone
    match quota.status:
        case "within":
            verdict, mark, tone = words.say("within"), "✓", "right"
        case "exceeded":
            verdict = words.say("exceeded", excess=quota.excess, greatest=quota.greatest_lawful)
            mark, tone = "✗", "wrong"
        case _:
            alone = words.say("over", excess=quota.excess) if quota.excess else words.say("within")
            verdict, mark, tone = words.say("conditional", verdict=alone), "?", "open"
    if unsettled := waiting(words, quota):
        verdict = f"{verdict}; {words.say('quota_waits', cases=unsettled)}"
    sentences = [Sentence(f"{figures} – {verdict}", quota.quota.source, mark, quota.quota.layer)]
    if quota.relief is not None:
        sentences.append(Sentence(words.say("relieved", relief=words.rule(quota.relief, None))))
    sentences += conditions(words, quota)
    if quota.status == "exceeded":
        sentences.append(Sentence(words.say("holders", cases=", ".join(quota.holders))))
    return Section("quota", "", tuple(sentences), tone)


def other_readings(words: Words, quota: QuotaResult) -> list[Sentence]:
    """What each other reading of a quota would make of a cohort, if it makes anything else."""
    others = differing_readings(quota)
    if quota.readings and not others:
        return [Sentence(words.say("readings_agree"))]
    return [_other_reading(words, reading) for reading in others]


def differing_readings(quota: QuotaResult) -> list[QuotaReading]:
    """The other readings that make anything else of a cohort."""
    return [reading for reading in quota.readings if _figures(reading.result) != _figures(quota)]


def _other_reading(words: Words, reading: QuotaReading) -> Sentence:
    result, setting = reading.result, reading.setting
    question = words.text(setting.question) if isinstance(setting, Interpretation) else words.say("relief_given")
    verdict = {"within": "within", "exceeded": "over"}.get(result.status, "unknown")
    text = words.say(
        "other_reading", reading=f"{question} {words.text(reading.label)}", count=result.count, base=result.base,
        limit=result.limit, verdict=words.say(verdict, excess=result.excess),
    )  # fmt: skip
    return Sentence(text, reading.source)


def _figures(quota: QuotaResult) -> tuple[object, ...]:
    return quota.count, quota.base, quota.limit, quota.excess, quota.greatest_lawful, quota.status


def waiting(words: Words, quota: QuotaResult) -> str:
    """The cases that are not settled: by id, or how many they are; "" if there are none."""
    if quota.unsettled or not quota.waiting:
        return ", ".join(quota.unsettled)
    return words.say("some_cases", number=quota.waiting)


def conditions(words: Words, quota: QuotaResult) -> list[Sentence]:
    """Of a quota that may turn out otherwise: the reliefs that may apply and what they wait for, then the figures
    in each way."""
    if quota.status == "within" or (quota.status == "exceeded" and not quota.may_relieve):
        return []
    facts = "; ".join(missing_fact(words, fact) for fact in quota.missing)
    reliefs = [words.say("may_relieve", relief=words.rule(relief, None), facts=facts) for relief in quota.may_relieve]
    return [Sentence(text) for text in (*reliefs, *(_way(words, quota, way) for way in quota.ways))]


def _way(words: Words, quota: QuotaResult, way: QuotaWay) -> str:
    parts = []
    if quota.waiting:
        grade = words.text(quota.grade_label)
        parts.append(words.say("way_given", given=way.given, waiting=quota.waiting, grade=grade))
    if quota.may_relieve:
        label = next(
            (words.text(relief.rule.label) for relief in quota.may_relieve if relief.rule.name == way.relief), ""
        )
        parts.append(words.say("way_relieved", relief=label) if label else words.say("way_not_relieved"))
    condition = words.say("both", one=parts[0], other=parts[1]) if parts[1:] else parts[0]
    excess = _from_to(words, way.excess) if way.status == "exceeded" else way.excess[1]
    verdict = {"within": "within", "exceeded": "over", "unknown": "by_base"}[way.status]
    return words.say(
        "way",
        condition=condition,
        count=way.count,
        base=_from_to(words, way.base),
        limit=_from_to(words, way.limit),
        verdict=words.say(verdict, excess=excess),
    )


def _from_to(words: Words, ends: tuple[int, int]) -> str:
    low, high = ends
    return str(low) if low == high else words.say("from_to", low=low, high=high)


def ungrouped(words: Words, results: Results) -> str:
    """The cases that no quota counts: they name no cohort, or could not be judged; "" if there are none."""
    cases = ", ".join(dict.fromkeys(case for _, case in results.ungrouped))
    parts = [words.say("ungrouped", cases=cases)] if cases else []
    if results.quotas and results.rejected:
        parts.append(words.say("uncounted", number=len(results.rejected)))
    return "; ".join(parts)


def link_section(words: Words, link: LinkResult) -> Section:
    """That a link between two cases is broken or not known."""
    broken = link.status == "broken"
    verdict = words.say(f"link_{link.status}", case=link.case_id, other=link.other_case or link.other)
    sentence = Sentence(
        f"{words.text(link.link.label)} – {verdict}", link.link.source, "✗" if broken else "?", link.link.layer
    )
    return Section("link", "", (sentence,), "wrong" if broken else "open")


def links_kept(words: Words, results: Results) -> str:
    """How many links between cases are kept."""
    return words.say("links_kept", kept=sum(1 for link in results.links if link.status == "kept"))


def summary(words: Words, results: Results) -> str:
    """How many cases there are, and how many have each grade, none, or findings."""
    decisions = results.decisions
    labels = {grade: label for decision in decisions for grade, label in decision.grade_names}
    counts = Counter(decision.grading.grade for decision in decisions if decision.grading is not None)
    open_cases = counts.pop(None, 0)
    parts = [words.say("summary", judged=len(decisions), rejected=len(results.rejected))]
    parts += [f"{words.text(label)}: {counts[grade]}" for grade, label in labels.items() if counts[grade]]
    for phrase, count in (
        ("open_count", open_cases),
        ("exempt_count", sum(1 for decision in decisions if decision.grading is None)),
        ("findings_count", sum(1 for decision in decisions if decision.findings)),
    ):
        if count:
            parts.append(words.say(phrase, count=count))
    return "; ".join(parts) + "."
