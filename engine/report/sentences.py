"""What reports say about one case, sentence by sentence, before it is laid out: text, pages and sheets say the same."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from engine.base.words import wording
from engine.core.judge.record import (
    NOT_GRADED,
    NOT_REVIEWED,
    UNDETERMINED,
    Decision,
    Dependence,
    GradeComparison,
    Grading,
    MissingFact,
    ReadingUsed,
    RuleResult,
)
from engine.core.policy.rules import Provision
from engine.core.policy.terms import Source
from engine.report.words import Words

CHOOSE = wording("case", "in_force_too", "choose")

Tone = Literal["plain", "right", "wrong", "open", "clarify", "assumed", "faint"]


@dataclass(frozen=True)
class Sentence:
    """A text and the source that it cites; `mark` is the sign before it, if any."""

    text: str
    source: Source | None = None
    mark: str = ""
    layer: str = ""

    def cited(self, words: Words) -> str:
        """The text, with the citation behind it."""
        return self.text if self.source is None else f"{self.text} {words.citation(self.source, self.layer)}"


def layered(decisions: Iterable[Decision]) -> bool:
    """Was some case judged by a local layer over a regulation? Then its lines come from several layers."""
    return any(layer not in ("", decision.regulation) for decision in decisions for layer in _layers(decision))


def _layers(decision: Decision) -> Iterator[str]:
    yield from (item.rule.layer for item in decision.review)
    results = [*decision.exemptions, *decision.ungraded, *decision.findings, *decision.open_findings]
    if decision.grading is not None:
        for rung in decision.grading.rungs:
            results += [*rung.met, *rung.unmet, *rung.unknown]
        results += [bar.result for bar in (*decision.grading.bars, *decision.grading.spared)]
    yield from (result.rule.layer for result in results)


@dataclass(frozen=True)
class Section:
    """Sentences under a heading ("" for none); `joined` ones are so short that they stand in one line."""

    key: str
    heading: str
    sentences: tuple[Sentence, ...]
    tone: Tone = "plain"
    joined: bool = False


def missing_fact(words: Words, missing: MissingFact) -> str:
    """The question for a missing fact; unless the words are plain, with the fact's name and what it is needed for."""
    question = words.text(missing.fact.question or missing.fact.label)
    if missing.evidence:
        question = words.say("evidence_for", fact=words.text(missing.fact.label))
    if words.plain:
        return question
    note = f", {words.say('needed_for', facts=', '.join(missing.needed_for))}" if missing.needed_for else ""
    return f"{question} ({missing.fact.name}{note})"


def who(words: Words, decision: Decision) -> str:
    """The case, the kind of its subject, and the subject."""
    return " · ".join([decision.case_id, words.text(decision.subject.kind_label), *subject(words, decision)])


def subject(words: Words, decision: Decision) -> Iterable[str]:
    """The ids of the subject and its unit, behind the name and the post if the report names people."""
    person = words.person(decision.case_id).called
    return dict.fromkeys(part for part in (person, decision.subject.id, decision.subject.unit) if part)


def when(words: Words, decision: Decision) -> str:
    """The period of a case and the day of its review."""
    return words.say("period", period=decision.period, day=words.day(decision.as_of))


def regulation_label(words: Words, decision: Decision) -> str:
    """The regulation that a case was judged by, by the label of its document if that is known."""
    return words.text(words.documents.get(decision.regulation, decision.regulation_label))


def outcome(words: Words, decision: Decision) -> str:
    """The grade that the facts support, the range that they leave open, or why there is no grade."""
    grading = decision.grading
    if grading is None:
        return words.say("not_graded" if decision.ungraded else "not_subject")
    labels = {grade: words.text(label) for grade, label in decision.grade_names}
    lowest, highest = labels.get(grading.lowest or "", ""), labels.get(grading.highest or "", "")
    if grading.possible == (UNDETERMINED,):
        text = words.say("authority")
    elif grading.grade is not None:
        text = labels[grading.grade]
    elif grading.lowest == grading.highest:
        text = f"{highest} {words.say('or_authority')}"
    else:
        text = words.say("range", lowest=lowest, highest=highest)
        if UNDETERMINED in grading.possible:
            text = f"{text}, {words.say('or_authority')}"
    return f"{text}; {words.say('maybe_not_subject')}" if decision.subject_to_review is None else text


def tone(decision: Decision) -> Tone:
    """How the outcome is to be taken: barred, open, reached, or none."""
    if decision.grading is None:
        return "faint"
    if not decision.grading.settled:
        return "open"
    return "wrong" if any(bar.result.holds for bar in decision.grading.bars) else "right"


def sections(words: Words, decision: Decision) -> Iterator[Section]:
    """Everything that is said about a case after its outcome, in order; no section is empty."""
    grading = decision.grading
    exempting = (*decision.exemptions, *decision.ungraded)
    missing = () if grading is None else grading.missing
    open_findings = [_label(words, finding.rule) for finding in decision.open_findings]
    every = [
        Section(
            "exemptions",
            "",
            tuple(rule_sentence(words, result, "limit", "–" if result.holds else "?") for result in exempting),
        ),
        *(() if grading is None else _grading(words, grading)),
        Section("findings", words.say("findings"), _rules(words, decision.findings, "limit", "!"), "clarify"),
        _joined(words, "open_findings", open_findings),
        _review(words, decision),
        Section(
            "missing", words.say("missing"), tuple(Sentence(missing_fact(words, fact), mark="?") for fact in missing)
        ),
        _joined(words, "grades", [_given(words, given, decision) for given in decision.grades]),
        Section("assumptions", words.say("assumptions"), _rules(words, decision.assumptions, None, "*"), "assumed"),
        _joined(words, "readings", [_reading(words, reading) for reading in decision.readings], "faint"),
        Section(
            "depends_on",
            words.say("depends_on"),
            tuple(Sentence(_if_read(words, dependence, decision), mark="±") for dependence in decision.depends_on),
        ),
    ]
    return (section for section in every if section.sentences)


def under(words: Words, decision: Decision) -> str:
    """Which regulation the case was judged by, and why that one."""
    because = words.text(decision.chosen_because)
    if words.plain:
        # How the command chooses another is nothing for a page.
        because = because.removesuffix(f"; {CHOOSE[words.language]}")
    return f"{words.say('under', regulation=regulation_label(words, decision), because=because)}."


def barring(words: Words, grading: Grading) -> tuple[Sentence, ...]:
    """What bars the grade to reach next: the bars that hold, then the criteria that it lacks."""
    held = tuple(bar.result for bar in grading.bars if bar.result.holds)
    return _rules(words, held, "limit", "✗") + _next(words, grading).sentences


def verdict(words: Words, given: GradeComparison) -> str:
    """How a grade that somebody gave stands to the facts."""
    match (given.agrees, given.higher):
        case (True, _):
            phrase = "agrees"
        case (None, _):
            phrase = "within_range"
        case (_, True):
            phrase = "higher"
        case (_, False):
            phrase = "lower"
        case _:
            phrase = "differs"
    return words.say(phrase)


def _label(words: Words, rule: Provision) -> str:
    """The label of a rule, with the layer that it comes from if lines name their layers."""
    return words.from_layer(words.text(rule.label), rule.layer)


def rule_sentence(words: Words, result: RuleResult, purpose: str | None, mark: str) -> Sentence:
    """A rule that came out one way or another, with what caused it; `purpose` as for `Words.comparison`."""
    return Sentence(words.rule_alone(result, purpose), result.rule.source, mark, result.rule.layer)


def _rules(words: Words, results: Iterable[RuleResult], purpose: str | None, mark: str) -> tuple[Sentence, ...]:
    return tuple(rule_sentence(words, result, purpose, mark) for result in results)


def _joined(words: Words, key: str, texts: list[str], tone: Tone = "plain") -> Section:
    return Section(key, words.say(key), tuple(Sentence(text) for text in texts), tone, joined=True)


def _grading(words: Words, grading: Grading) -> Iterator[Section]:
    held = tuple(bar.result for bar in grading.bars if bar.result.holds)
    yield Section("barred", words.say("barred"), _rules(words, held, "limit", "✗"), "wrong")
    if grading.otherwise is not None and grading.possible == (UNDETERMINED,):
        reason = rule_sentence(words, grading.otherwise, None, "–")
        gaps = (rule_sentence(words, gap, "limit", "–" if gap.holds else "?") for gap in grading.gaps)
        yield Section("otherwise", "", (reason, *gaps))
    reached = next((rung for rung in grading.rungs if rung.grade == grading.grade and not held), None)
    if reached is not None:
        own = [result for result in reached.met if result.rule.name.split(".")[-2] == reached.grade]
        lines = [
            rule_sentence(words, result, "required" if len(result.comparisons) == 1 else None, "✓") for result in own
        ]
        if len(own) < len(reached.met):
            lines.append(Sentence(words.say("met_below", count=len(reached.met) - len(own)), mark="✓"))
        yield Section("met", words.say("met"), tuple(lines), "right")
    yield _next(words, grading)
    open_bars = (bar.result for bar in grading.bars if bar.result.holds is None)
    yield Section("may_be_barred", words.say("may_be_barred"), _rules(words, open_bars, "limit", "?"), "open")
    named: set[str] = set()
    for rung in reversed(grading.rungs):
        if rung.reached is None and rung.grade in grading.possible and not held:
            new = tuple(result for result in rung.unknown if result.rule.name not in named)
            heading = words.say("open_rung", grade=words.text(rung.label))
            yield Section("open_rung", heading, _rules(words, new, "required", "?"), "open")
            named |= {result.rule.name for result in new}
    spared = (bar.result for bar in grading.spared)
    yield Section("spared", words.say("spared"), _rules(words, spared, "limit", "–"))


def _next(words: Words, grading: Grading) -> Section:
    """What the grade to reach next lacks, or that there is none."""
    following = next((rung for rung in grading.rungs if rung.grade == grading.next), None)
    if following is None:
        return Section("top", "", (Sentence(words.say("top"), mark="–"),) if grading.grade is not None else ())
    heading = words.say("not_reached", grade=words.text(following.label))
    return Section("not_reached", heading, _rules(words, following.unmet, "required", "✗"))


def _review(words: Words, decision: Decision) -> Section:
    required = [item for item in decision.review if item.required]
    if required and all(item.covered is None for item in required):
        return _joined(words, "review_unknown", [_label(words, item.rule) for item in required])
    rules = [item.rule for item in required if not item.covered]
    left_out = tuple(Sentence(words.text(rule.label), rule.source, "☐", rule.layer) for rule in rules)
    return Section("left_out", words.say("left_out"), left_out)


def _given(words: Words, given: GradeComparison, decision: Decision) -> str:
    labels = dict(decision.grade_names)
    day = f", {words.day(decision.decided_on)}" if given.given_by == "decided" and decision.decided_on else ""
    return f"{words.say(given.given_by)} “{words.text(labels[given.grade])}”{day} ({verdict(words, given)})"


def _reading(words: Words, reading: ReadingUsed) -> str:
    from_layer = reading.interpretation.layer and words.layered and not reading.switched
    layer = f"; {words.say('layer', layer=reading.interpretation.layer)}" if from_layer else ""
    switched = f" ({words.say('switched')})" if reading.switched else ""
    if words.plain:
        return f"{words.text(reading.interpretation.question)} {words.text(reading.label)}{switched}"
    return f"{words.text(reading.label)}{switched} [{reading.interpretation.id}{layer}]"


def _if_read(words: Words, dependence: Dependence, decision: Decision) -> str:
    labels = {grade: words.text(label) for grade, label in decision.grade_names}
    phrases = {NOT_REVIEWED: "not_subject", NOT_GRADED: "not_graded", UNDETERMINED: "authority"}
    possible = [labels[grade] if grade in labels else words.say(phrases[grade]) for grade in dependence.possible]
    question, option = words.text(dependence.interpretation.question), words.text(dependence.label)
    return words.say("if_read", question=question, option=option, outcome=" / ".join(possible))
