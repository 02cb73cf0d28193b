"""The words of filling in a case: questions, what they take, why they matter, and what cannot be read."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from engine.base.words import words
from engine.core.judge.record import Decision
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Fact, Text, Value
from engine.load.cases.answers import Unreadable
from engine.report.sentences import outcome
from engine.report.words import Words, document_labels
from engine.study.interview import Question
from engine.study.whatif import Settling

PHRASES = words("interview")
TAKES = words("types", "takes")


@dataclass(frozen=True)
class Asker:
    """How questions are put in one language; `grades` has the labels of the grades."""

    words: Words
    grades: Mapping[str, Text]

    def say(self, phrase: str, **arguments: object) -> str:
        """A phrase of `words/interview.yaml`, with its places filled."""
        return PHRASES[phrase][self.words.language].format(**arguments)

    def in_force(self, first: date, last: date | None) -> str:
        """From which day a regulation is in force, and until when."""
        days = {"first": self.words.day(first), "last": self.words.day(last) if last else ""}
        return self.say("in_force" if last else "in_force_still", **days)

    def question(self, question: Question) -> str:
        """What is asked about a fact, its evidence, or the contents of the review."""
        fact = question.fact
        if fact is None:
            return self.say("covered")
        if question.about == "evidence":
            return self.words.say("evidence_for", fact=self.words.text(fact.label))
        if fact.derived is not None:
            return self.say("whole_instead", label=self.words.text(fact.label))
        return self.words.text(fact.question or fact.label)

    def takes(self, question: Question) -> str:
        """What an answer may be, in words."""
        if question.fact is None:
            return TAKES["set"][self.words.language]
        return self.say("evidence") if question.about == "evidence" else self.fact_takes(question.fact)

    def fact_takes(self, fact: Fact) -> str:
        """The type of a fact with its unit and bounds, in words."""
        chosen = fact.form == "text" and fact.options
        parts = [self.say("text_of") if chosen else TAKES[fact.type][self.words.language]]
        if fact.unit == "percent":
            parts.append(self.say("percent"))
        bounds = [
            self.say(phrase, **{place: self.words.value(bound)})
            for phrase, place, bound in (("at_least", "low", fact.minimum), ("at_most", "high", fact.maximum))
            if bound is not None
        ]
        if bounds:
            parts.append(" ".join(bounds))
        return ", ".join(parts)

    def options(self, question: Question) -> Iterator[str]:
        """The options, numbered, each with its id."""
        for number, (name, label) in enumerate(question.options, 1):
            yield f"{number}. {self.words.text(label)} ({name})"

    def why(self, question: Question, leaves: Settling | None) -> Iterator[str]:
        """The rules that wait for the answer, and what each answer would leave possible."""
        if question.fact is None:
            yield self.say("for_covered")
        elif not question.waiting:
            yield self.say("for_cohort")
        for waiting in question.waiting:
            rule = waiting.rule.rule
            cited = f"{self.words.text(rule.label)} {self.words.citation(rule.source)}"
            grade = self.words.text(self.grades[waiting.grade]) if waiting.grade is not None else ""
            yield self.say(f"for_{rule.role}", rule=cited, grade=grade)
        if leaves is not None and question.fact is not None and len(leaves.leaves) > 1:
            yield f"{self.say('would_leave')}:"
            for value, left in leaves.leaves:
                outcomes = [
                    self.words.text(self.grades[name]) if name in self.grades else self.words.say("authority")
                    for name in left
                ]
                yield f"  {self.value(question, value)}: {', '.join(outcomes)}"

    def about(self, key: str, regulation: Regulation) -> tuple[str, Sequence[tuple[str, Text]]]:
        """The question about an attribute of the subject, or about the grade that it proposes, and the options."""
        relation = next((item for item in regulation.relations if item.id == key), None)
        if relation is not None:
            return self.say("about_relation", label=self.words.text(relation.label)), ()
        options = [(grade.id, grade.label) for grade in regulation.grades] if key == "self" else ()
        return self.say(f"about_{key}"), options

    def value(self, question: Question, value: Value) -> str:
        """An answer as a person reads it."""
        fact = question.fact
        labels = dict(fact.options) if fact and question.about == "fact" else {}
        if isinstance(value, frozenset):
            return ", ".join(self.words.text(label) for name, label in labels.items() if name in value) or (
                self.words.say("nothing")
            )
        unit = fact.unit if fact and question.about == "fact" else None
        return self.words.value(value, unit, labels.get(value) if isinstance(value, str) else None)

    def now(self, decision: Decision, most_left: int) -> str:
        """What the answers come to so far, and how many questions are left at most."""
        line = f"{self.say('now')}: {outcome(self.words, decision)}"
        return f"{line}; {self.say('left', count=most_left)}." if most_left else f"{line}."

    def unreadable(self, unreadable: Unreadable) -> str:
        """Why an answer cannot be read."""
        return self.say(unreadable.complaint, **unreadable.arguments)


def asker(library: Library, regulation: Regulation, language: str, *, plain: bool = False) -> Asker:
    """What puts questions about a case of this regulation into words. `plain`: without the names of facts."""
    words = Words(language, document_labels(library), plain=plain)
    return Asker(words, {grade.id: grade.label for grade in regulation.grades})
