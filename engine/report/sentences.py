"""What reports say about results, sentence by sentence, before it is laid out: text and HTML say the same."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from engine.core.judge.record import (
    UNDETERMINED,
    Decision,
    Dependence,
    GradeComparison,
    Grading,
    MissingFact,
    ReadingUsed,
    RuleResult,
)
from engine.core.policy.terms import Source, Text
from engine.report.words import Words

Tone = Literal["plain", "right", "wrong", "open", "clarify", "assumed", "faint"]


@dataclass(frozen=True)
class Sentence:
    """One thing said, with its citation apart; `mark` is the sign before it, if any."""

    text: str
    source: Source | None = None
    mark: str = ""
    layer: str = ""

    def cited(self, words: Words) -> str:
        return self.text if self.source is None else f"{self.text} {words.citation(self.source, self.layer)}"


def layered(decisions: Iterable[Decision]) -> bool:
    """Was some case judged by a local layer over a regulation? Then its lines come from several layers."""
    return any(layer not in ("", one.regulation) for one in decisions for layer in _layers(one))


def _layers(one: Decision) -> Iterator[str]:
    yield from (item.layer for item in one.review)
    rules = [*one.exemptions, *one.ungraded, *one.findings, *one.open_findings]
    if one.grading is not None:
        rules += [each for rung in one.grading.rungs for each in (*rung.met, *rung.unmet, *rung.unknown)]
        rules += [bar.result for bar in (*one.grading.bars, *one.grading.spared)]
    yield from (each.layer for each in rules)


@dataclass(frozen=True)
class Section:
    """Sentences under a heading ("" for none); `joined` ones are so short that they stand in one line."""

    key: str
    heading: str
    sentences: tuple[Sentence, ...]
    tone: Tone = "plain"
    joined: bool = False


def missing_fact(words: Words, one: MissingFact) -> str:
    """What is asked for, with the fact's name and what it is needed for."""
    asked = words.text(one.question or one.label)
    if one.evidence:
        asked = words.say("evidence_for", fact=words.text(one.label))
    note = f", {words.say('needed_for', facts=', '.join(one.needed_for))}" if one.needed_for else ""
    return f"{asked} ({one.fact}{note})"


@dataclass(frozen=True, eq=False, repr=False)
class Sayings:
    """What is said of a record, in the words of one language."""

    words: Words

    # --- one case ---

    def who(self, one: Decision) -> str:
        subject = one.subject
        named = dict.fromkeys(part for part in (subject.id, subject.unit) if part)
        return " · ".join([one.case_id, self.words.text(subject.kind_label), *named])

    def regulation(self, one: Decision) -> Text:
        return self.words.documents.get(one.regulation, one.regulation_label)

    def outcome(self, one: Decision) -> str:
        words, grading = self.words, one.grading
        if grading is None:
            return words.say("not_graded" if one.ungraded else "not_subject")
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

    def tone(self, one: Decision) -> Tone:
        """How the outcome is to be taken: barred, open, reached, or none."""
        if one.grading is None:
            return "faint"
        if not one.grading.settled:
            return "open"
        return "wrong" if any(bar.result.holds for bar in one.grading.bars) else "right"

    def sections(self, one: Decision) -> Iterator[Section]:
        """Everything that is said about a case after its outcome, in order; no section is empty."""
        words = self.words
        found = [
            Section(
                "exemptions",
                "",
                tuple(
                    self._rule(each, "limit", "–" if each.holds else "?") for each in (*one.exemptions, *one.ungraded)
                ),
            ),
            *(self._grading(one.grading) if one.grading is not None else ()),
            self._rules("findings", words.say("findings"), one.findings, "limit", "!", "clarify"),
            self._joined(
                "open_findings", [words.from_layer(words.text(each.label), each.layer) for each in one.open_findings]
            ),
            self._review(one),
            Section(
                "missing",
                words.say("missing"),
                tuple(
                    Sentence(missing_fact(words, each), mark="?")
                    for each in (one.grading.missing if one.grading else ())
                ),
            ),
            self._joined("grades", [self.given(each, one) for each in one.grades]),
            self._rules("assumptions", words.say("assumptions"), one.assumptions, None, "*", "assumed"),
            self._joined("readings", self._readings(one), "faint"),
            Section(
                "depends_on",
                words.say("depends_on"),
                tuple(Sentence(self._if_read(each, one), mark="±") for each in one.depends_on),
            ),
        ]
        return (each for each in found if each.sentences)

    def _if_read(self, each: Dependence, one: Decision) -> str:
        words = self.words
        labels = {grade: words.text(label) for grade, label in one.grade_names}
        said = {"not_reviewed": "not_subject", "not_graded": "not_graded", UNDETERMINED: "authority"}
        outcome = " / ".join(labels[grade] if grade in labels else words.say(said[grade]) for grade in each.possible)
        return words.say("if_read", question=words.text(each.question), option=words.text(each.label), outcome=outcome)

    def under(self, one: Decision) -> str:
        label = self.words.text(self.regulation(one))
        return f"{self.words.say('under', regulation=label, because=self.words.text(one.chosen_because))}."

    def _rule(self, one: RuleResult, purpose: str | None, mark: str) -> Sentence:
        return Sentence(self.words.rule_alone(one, purpose), one.source, mark, one.layer)

    def _rules(
        self,
        key: str,
        heading: str,
        rules: tuple[RuleResult, ...],
        purpose: str | None,
        mark: str,
        tone: Tone = "plain",
    ) -> Section:
        return Section(key, heading, tuple(self._rule(each, purpose, mark) for each in rules), tone)

    def _joined(self, key: str, texts: list[str], tone: Tone = "plain") -> Section:
        return Section(key, self.words.say(key), tuple(Sentence(text) for text in texts), tone, joined=True)

    def _grading(self, grading: Grading) -> Iterator[Section]:
        words = self.words
        held = tuple(bar.result for bar in grading.bars if bar.result.holds)
        yield self._rules("barred", words.say("barred"), held, "limit", "✗", "wrong")
        if grading.otherwise is not None and grading.possible == (UNDETERMINED,):
            otherwise = grading.otherwise
            why = Sentence(words.text(otherwise.label), otherwise.source, "–", otherwise.layer)
            gaps = (self._rule(each, "limit", "–" if each.holds else "?") for each in grading.gaps)
            yield Section("otherwise", "", (why, *gaps))
        reached = next((rung for rung in grading.rungs if rung.grade == grading.grade and not held), None)
        if reached is not None:
            own = [each for each in reached.met if each.rule.split(".")[-2] == reached.grade]
            lines = [self._rule(each, "required" if len(each.comparisons) == 1 else None, "✓") for each in own]
            if len(own) < len(reached.met):
                lines.append(Sentence(words.say("met_below", count=len(reached.met) - len(own)), mark="✓"))
            yield Section("met", words.say("met"), tuple(lines), "right")
        yield self._next(grading)
        open_bars = tuple(bar.result for bar in grading.bars if bar.result.holds is None)
        yield self._rules("may_be_barred", words.say("may_be_barred"), open_bars, "limit", "?", "open")
        said: set[str] = set()
        for rung in reversed(grading.rungs):
            if rung.reached is None and rung.grade in grading.possible and not held:
                new = tuple(each for each in rung.unknown if each.rule not in said)
                heading = words.say("open_rung", grade=words.text(rung.label))
                yield self._rules("open_rung", heading, new, "required", "?", "open")
                said |= {each.rule for each in new}
        spared = tuple(bar.result for bar in grading.spared)
        yield self._rules("spared", words.say("spared"), spared, "limit", "–")

    def _next(self, grading: Grading) -> Section:
        """What the grade to reach next lacks, or that there is none."""
        following = next((rung for rung in grading.rungs if rung.grade == grading.next), None)
        if following is None:
            return Section("top", "", (Sentence(self.words.say("top"), mark="–"),) if grading.grade is not None else ())
        heading = self.words.say("not_reached", grade=self.words.text(following.label))
        return self._rules("not_reached", heading, following.unmet, "required", "✗")

    def barring(self, grading: Grading) -> tuple[Sentence, ...]:
        """What bars the grade to reach next: the bars that hold, then the criteria that it lacks."""
        held = tuple(self._rule(bar.result, "limit", "✗") for bar in grading.bars if bar.result.holds)
        return held + self._next(grading).sentences

    def _review(self, one: Decision) -> Section:
        required = [item for item in one.review if item.required]
        if required and all(item.covered is None for item in required):
            labels = [self.words.from_layer(self.words.text(item.label), item.layer) for item in required]
            return self._joined("review_unknown", labels)
        left_out = tuple(
            Sentence(self.words.text(item.label), item.source, "☐", item.layer) for item in required if not item.covered
        )
        return Section("left_out", self.words.say("left_out"), left_out)

    def given(self, one: GradeComparison, decision: Decision) -> str:
        words, labels = self.words, dict(decision.grade_names)
        day = f", {words.day(decision.decided_on)}" if one.given_by == "decided" and decision.decided_on else ""
        return f"{words.say(one.given_by)} “{words.text(labels[one.grade])}”{day} ({self.verdict(one)})"

    def verdict(self, one: GradeComparison) -> str:
        """A grade that somebody gave, beside the proposal."""
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
        return self.words.say(verdict)

    def _readings(self, one: Decision) -> list[str]:
        words = self.words
        return [
            f"{words.text(each.label)}{' (' + words.say('switched') + ')' if each.switched else ''}"
            f" [{each.interpretation}{self._chosen_by(each)}]"
            for each in one.readings
        ]

    def _chosen_by(self, one: ReadingUsed) -> str:
        told = one.layer and self.words.layered and not one.switched
        return f"; {self.words.say('layer', layer=one.layer)}" if told else ""
