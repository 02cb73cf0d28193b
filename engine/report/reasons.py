"""Answers about an outcome -> lines: which facts are enough, which alone would change it, what would reach a grade."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from engine.core.judge.record import NOT_GRADED, NOT_REVIEWED, UNDETERMINED
from engine.core.policy.rules import Provision, Rule
from engine.core.policy.terms import Fact, Value
from engine.report.across import cohort_name, quota_section
from engine.report.sentences import rule_sentence
from engine.report.statements import Statement, change_line, name_shown, rule_line
from engine.report.words import Words, label_of
from engine.study.explain import Explanation
from engine.study.quota_reasons import QuotaReason
from engine.study.reasons import Ground, Turn, Why, WhyNot

WITHOUT_GRADE = {NOT_REVIEWED: "not_subject", NOT_GRADED: "not_graded", UNDETERMINED: "authority"}


def answers(explanation: Explanation, words: Words) -> Iterator[Statement]:
    """What is answered to the questions that were asked about a case."""
    if explanation.why is not None:
        yield from _why(words, explanation, explanation.why)
    if explanation.why_not is not None:
        yield from _why_not(words, explanation, explanation.why_not)


def quota_lines(reasons: Sequence[QuotaReason], words: Words, kinds: Mapping[str, str]) -> Iterator[Statement]:
    """Why each quota is exceeded and which numbers would be lawful; `kinds` gives the labels of kinds of subject."""
    for reason in reasons:
        quota = reason.quota
        name = cohort_name(quota, kinds, [other.quota for other in reasons])
        percent = words.value(quota.percent, "percent")
        yield Statement(0, words.say("quota_why", cohort=name, size=quota.size), kind="why")
        yield from (Statement(1, line.cited(words), line.mark) for line in quota_section(words, quota).sentences)
        if quota.base:
            share = words.value(Fraction(100 * quota.count, quota.base), "percent")
            arithmetic = words.say("quota_share", count=quota.count, base=quota.base, share=share, percent=percent)
            yield Statement(1, arithmetic, "–")
        yield Statement(1, words.say("quota_lawful", base=quota.base, limit=quota.limit), "→")
        if reason.fallen is not None:
            yield Statement(1, words.say("quota_fallen", falling=reason.falling, **vars(reason.fallen)), "→")
        if reason.wider is not None:
            yield Statement(1, words.say("quota_wider", **vars(reason.wider)), "→")


def _why(words: Words, explanation: Explanation, why: Why) -> Iterator[Statement]:
    outcome = _outcomes(words, explanation, why.outcomes)
    first, *others = why.sufficient or ((),)
    if first:
        yield Statement(0, f"{words.say('enough', number=len(first), outcome=outcome)}:", kind="why")
        yield from (Statement(1, _ground(words, ground), "–") for ground in first)
        yield Statement(1, f"{words.say('grounds')}:", "§")
        rules = {result.rule.name: result for ground in first for result in ground.rules}
        yield from (rule_line(words, result, 2, outright=_outright(result.rule)) for result in rules.values())
    else:
        yield Statement(0, f"{words.say('enough_nothing', outcome=outcome)}.", kind="remark")
    for other in others:
        without = "; ".join(_ground(words, ground) for ground in first if ground not in other)
        instead = "; ".join(_ground(words, ground) for ground in other if ground not in first)
        yield Statement(0, f"{words.say('enough_too', without=without, instead=instead)}.", kind="remark")
    if why.more:
        yield Statement(0, f"{words.say('enough_more')}.", kind="remark")
    if not why.exact:
        yield Statement(0, f"{words.say('enough_inexact')}.", kind="remark")
    yield Statement(0, f"{words.say('turns')}:" if why.necessary else f"{words.say('turns_none')}.", kind="why")
    yield from (Statement(1, _turn(words, explanation, turn), "–") for turn in why.necessary)


def _ground(words: Words, ground: Ground) -> str:
    named = _named(words, ground.fact, ground.evidence)
    return f"{named}: {_value(words, ground.fact, ground.evidence, ground.value)}"


def _turn(words: Words, explanation: Explanation, turn: Turn) -> str:
    now = _value(words, turn.fact, turn.evidence, turn.value)
    others = (
        words.say(
            "turn_if",
            value=_value(words, turn.fact, turn.evidence, value),
            outcome=_outcomes(words, explanation, outcomes),
        )
        for value, outcomes in turn.otherwise
    )
    return f"{_named(words, turn.fact, turn.evidence)}: {now}; {'; '.join(others)}"


def _why_not(words: Words, explanation: Explanation, answer: WhyNot) -> Iterator[Statement]:
    grade, outcome = words.text(answer.label), _outcomes(words, explanation, answer.outcomes)
    if answer.outcomes == (answer.grade,):
        yield Statement(0, f"{words.say('is_so', grade=grade)}.", kind="remark")
        return
    if answer.possible:
        yield Statement(0, f"{words.say('may_be', grade=grade, outcome=outcome)}:", kind="why")
    elif answer.against:
        yield Statement(0, f"{words.say('why_not', grade=grade, outcome=outcome)}:", kind="why")
    else:
        yield Statement(0, f"{words.say('why_not_other', grade=grade, outcome=outcome)}.", kind="remark")
    for result in answer.against:
        outright = _outright(result.rule)
        mark = "?" if result.holds is None else "●" if outright else "✗"
        sentence = rule_sentence(words, result, "limit" if outright else "required", mark)
        yield Statement(1, sentence.cited(words), mark)
    for way in answer.ways.sets:
        yield Statement(0, f"{words.say('way_up', grade=grade)}:", kind="way")
        yield from (change_line(words, explanation, change) for change in way.changes)
        if len(way.possible) > 1:
            yield Statement(1, words.say("way_open", outcome=_outcomes(words, explanation, way.possible)), "?")
    if not answer.possible and not answer.ways.sets and answer.ways.complete:
        rules = "; ".join(words.text(result.rule.label) for result in answer.blocked_by)
        text = words.say("no_way_there", rules=rules) if rules else words.say("no_way")
        yield Statement(0, f"{text}.", kind="remark")
    if not answer.ways.complete:
        yield Statement(0, f"{words.say('search_cut')}.", kind="remark")


def _outcomes(words: Words, explanation: Explanation, outcomes: Sequence[str]) -> str:
    labels = dict(explanation.decision.grade_names)
    return " / ".join(
        words.text(labels[outcome]) if outcome in labels else words.say(WITHOUT_GRADE[outcome]) for outcome in outcomes
    )


def _named(words: Words, fact: Fact, evidence: bool) -> str:
    label = words.text(fact.label)
    return words.say("evidence_for", fact=label) if evidence else f"{label}{name_shown(words, fact.name)}"


def _value(words: Words, fact: Fact, evidence: bool, value: Value) -> str:
    return words.value(value) if evidence else words.value(value, fact.unit, label_of(value, fact))


def _outright(rule: Provision) -> bool:
    """Does a rule decide by applying, as bars and exemptions do, instead of being met?"""
    return isinstance(rule, Rule) and rule.role != "criterion"
