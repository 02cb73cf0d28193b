"""Filling in a case by asking: from what a case says to the next question that can still change its outcome.

Who is reviewed comes first, then the grade, then what must be clarified, then what the review covered. Nothing is asked
whose every answer leaves the outcome as it is. No input or output here: `engine/cli/ask.py` is the terminal.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

from engine.base.diagnostics import Problems
from engine.base.documents import Document
from engine.base.json_text import parse_json
from engine.core.judge.case import Case
from engine.core.judge.decision import decide
from engine.core.judge.judge import Judge, judge_for
from engine.core.judge.ladder import open_rules
from engine.core.judge.missing import outcomes_of
from engine.core.judge.record import Decision
from engine.core.policy.live import Choices, regime
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Fact, Percent, Text, Value
from engine.core.policy.values import unstated
from engine.core.rules.compiler import CompiledRule, compile_rules, with_rulesets
from engine.core.rules.domains import Observable
from engine.core.rules.unknowns import candidates, unknowns
from engine.load.cases.answers import members, named_items, plain_answer, readable
from engine.load.cases.blank import Plain, as_json, cohort_facts, naming_attributes, stated, subject_attributes
from engine.load.cases.careful import parse_case
from engine.load.cases.derived import derivation_order, with_derived
from engine.study.pivots import Verdict, by_grade, by_rule, can_change, open_numbers
from engine.study.settling import settle
from engine.study.whatif import Settling, settling

About = Literal["fact", "evidence", "covered"]


Stage = Literal["exemptions", "grade", "triggers", "review", "cohort"]


Topic = tuple[About, str]


@dataclass(frozen=True)
class Waiting:
    """A rule that waits for the answer; `grade` is the one it is a criterion of, or puts a case on."""

    rule: CompiledRule
    grade: str | None


@dataclass(frozen=True)
class Question:
    """One thing to ask: a fact, the evidence for one, or which contents the review covered (no fact then)."""

    about: About
    fact: Fact | None
    stage: Stage
    options: tuple[tuple[str, Text], ...] = ()
    waiting: tuple[Waiting, ...] = ()

    @property
    def topic(self) -> Topic:
        """What is asked about, by which skipped questions are known."""
        return self.about, "" if self.fact is None else self.fact.name


@dataclass(frozen=True)
class Answers:
    """What is known so far, as the case to be written, and what the person would rather leave unknown."""

    data: Plain
    skipped: frozenset[Topic] = frozenset()


@dataclass(frozen=True)
class Interview:
    """What stays the same while one case is filled in: its kind, its day and the rules for them."""

    library: Library
    judge: Judge
    override: str | None

    @property
    def regulation(self) -> Regulation:
        """The regulation by which the case is judged."""
        return self.judge.regulation

    def next(self, answers: Answers) -> Question | None:
        """The question to ask now; None if no answer can change the outcome any more."""
        return _Asking(self, answers).next()

    def most_left(self, answers: Answers) -> int:
        """How many questions may yet come, at most."""
        return len(_Asking(self, answers).topics())

    def standing(self, answers: Answers) -> Decision:
        """The record of the case as it is now."""
        case = self.case(answers)
        return decide(self.judge, case, _Asking(self, answers).statuses)

    def about_subject(self, answers: Answers) -> list[tuple[str, str]]:
        """What the case leaves open of the subject and its own grade, and something can still use: group, key. Only
        what the case has as null is asked, and its cohort always.

        A subject that is not reviewed has neither cohort nor links, and one that is not graded proposes no grade."""
        decision = self.standing(answers)
        usable = subject_attributes(self.regulation, self.judge.compiled)
        if decision.subject_to_review is False:
            usable = naming_attributes(self.regulation, self.judge.compiled.kind)
        elif decision.grading is None:
            usable = tuple(key for key in usable if key != "cohort")
        subject, grades = answers.data.get("subject") or {}, answers.data.get("grades") or {}
        keys = [("subject", key) for key, value in subject.items() if value is None and key in usable]
        # Without it no quota counts the case. A relation that a case does not mention may not exist.
        keys += [("subject", "cohort")] if "cohort" in usable and "cohort" not in subject else []
        if decision.grading is not None and grades.get("self", "") is None:
            keys.append(("grades", "self"))
        return keys

    def leaves(self, answers: Answers, question: Question) -> Settling | None:
        """What each answer would leave possible of the grade."""
        if question.fact is None or question.stage != "grade":
            return None
        settled = settling(self.judge, self.case(answers), [(question.fact.name, question.about == "evidence")])
        return settled[0] if settled else None

    def answered(self, answers: Answers, question: Question, plain: Any) -> Answers:
        """The answers with one more. Raises Problems if the case would not be valid with it."""
        data = answers.data
        name = question.fact.name if question.fact else ""
        match question.about:
            case "fact":
                data = {**data, "facts": stated(data.get("facts") or {}, name, plain)}
            case "evidence":
                data = {**data, "evidence": {**(data.get("evidence") or {}), name: plain}}
            case "covered":
                data = {**data, "review": {**(data.get("review") or {}), "covered": plain}}
        parsed(self.library, data, self.override)
        return replace(answers, data=data)

    def case(self, answers: Answers) -> Case:
        """The case that the answers make so far. Raises Problems if it is not valid."""
        return parsed(self.library, answers.data, self.override)


def skipping(answers: Answers, question: Question) -> Answers:
    """The answers, with a question that the person leaves open."""
    return replace(answers, skipped=answers.skipped | {question.topic})


def read(question: Question, line: str, language: str) -> Any:
    """A line that a person typed -> the plain answer.

    Raises Unreadable, or Misfit if the fact takes no such value.
    """
    match question.about:
        case "evidence":
            return named_items(readable(line))
        case "covered":
            return members(readable(line), question.options)
        case _:
            assert question.fact is not None
            return plain_answer(line, question.fact, language)


def parsed(library: Library, document: Document | Plain, override: str | None = None) -> Case:
    """A case document, or the data of one, -> the case. Raises Problems with everything that is wrong with it."""
    if not isinstance(document, Document):
        document = parse_json(str(document.get("case_id", "")), as_json(document))
    case, problems = parse_case(document, library, override)
    if case is None:
        raise Problems(problems)
    return case


def interview(library: Library, data: Plain, switches: Choices, override: str | None = None) -> Interview:
    """The interview that fills in a case. Raises Problems if the case is not valid as it is."""
    case = parsed(library, data, override)
    regulation = library.regulations[case.regulation]
    compiled = with_rulesets(
        compile_rules(
            regulation,
            library.vocabulary,
            case.subject.kind,
            regime(regulation, case.as_of),
            switches,
            case.period_kind,
        )
    )
    return Interview(library, judge_for(regulation, compiled, switches), override)


@dataclass
class _Asking:
    interview: Interview
    answers: Answers
    case: Case = field(init=False)
    codes: dict[Observable, int] = field(init=False)
    statuses: list[bool | None] = field(init=False)

    def __post_init__(self) -> None:
        self.judge = self.interview.judge
        self.case = self.interview.case(self.answers)
        compiled = self.judge.compiled
        self.codes = compiled.codes(self.case.values, self.case.evidence_named)
        start = [True if rule.condition is None else None for rule in compiled.rules]
        self.statuses = settle(compiled, start, self.codes)

    def next(self) -> Question | None:
        for stage, verdict, numbers in self._stages():
            waiting_for = self._topics(numbers)
            for topic in self._in_order(stage, waiting_for):
                if self._can_change(topic, waiting_for[topic], verdict):
                    return self._question(topic, stage, waiting_for[topic])
        return self._others()

    def topics(self) -> set[Topic]:
        """Everything that some open rule still looks at, whether or not it will turn out to matter."""
        topics = {topic for _, _, numbers in self._stages() for topic in self._topics(numbers)}
        other = self._others()
        return topics | ({other.topic} if other else set())

    # --- what is open ---

    def _stages(self) -> Iterator[tuple[Stage, Verdict, list[int]]]:
        """The stages in order, each with what it decides and the rules whose results are open in it."""
        rules = self.judge.compiled.rules
        open_of = {
            role: [
                number for number, rule in enumerate(rules) if rule.rule.role == role and self.statuses[number] is None
            ]
            for role in ("exemption", "ungraded", "trigger", "review_content", "relief")
        }
        exemptions = [number for number, rule in enumerate(rules) if rule.rule.role == "exemption"]
        if any(self.statuses[number] for number in exemptions):
            return
        if open_of["exemption"]:
            yield "exemptions", by_rule(*exemptions), open_of["exemption"]
        ungraded = [number for number, rule in enumerate(rules) if rule.rule.role == "ungraded"]
        if open_of["ungraded"] and not any(self.statuses[number] for number in ungraded):
            yield "exemptions", by_rule(*ungraded), open_of["ungraded"]
        is_graded = not any(self.statuses[number] for number in ungraded)
        if is_graded:
            yield "grade", by_grade, self._open_for_grade()
        later: list[tuple[Stage, list[int]]] = [("triggers", open_of["trigger"]), ("review", open_of["review_content"])]
        if is_graded:
            later.append(("cohort", open_of["relief"]))
        for stage, numbers in later:
            for number in numbers:
                yield stage, by_rule(number), [number]

    def _open_for_grade(self) -> list[int]:
        possible = outcomes_of(self.judge, self.case.values, self.statuses, self.codes).possible
        return open_rules(self.judge.live, self.statuses, possible) if len(possible) > 1 else []

    def _topics(self, numbers: Sequence[int]) -> dict[Topic, list[int]]:
        """What to ask for the open rules, each with the rules that wait for it, those that most wait for first."""
        waiting_for: dict[Topic, list[int]] = {}
        for number in numbers:
            for observable in sorted(self.judge.compiled.rules[number].asks):
                if observable not in self.codes:
                    for topic in self._topics_for(observable):
                        if number not in waiting_for.setdefault(topic, []):
                            waiting_for[topic].append(number)
        wanted = {topic: waiting for topic, waiting in waiting_for.items() if topic not in self.answers.skipped}
        order = list(self.judge.compiled.vocabulary.facts)
        return dict(sorted(wanted.items(), key=lambda item: (-len(item[1]), order.index(item[0][1]), item[0])))

    def _topics_for(self, observable: Observable) -> list[Topic]:
        """What makes an observable known: a fact, or the parts that it is computed from. If a part was skipped, the
        fact itself is asked for instead, as an office may have a percentage alone."""
        name = observable.fact
        if observable.evidence:
            return [("evidence", name)]
        facts = self.judge.compiled.vocabulary.facts
        parts = unstated(name, self.judge.compiled.vocabulary, self.case.values)
        if parts == {name}:
            # If all its parts are known, the derived fact has no value (a percent of zero), whatever is said of it.
            return [("fact", name)] if facts[name].derived is None else []
        if any(("fact", part) in self.answers.skipped for part in parts):
            return [("fact", name)]
        return [("fact", part) for part in parts]

    # --- which comes first ---

    def _in_order(self, stage: Stage, waiting_for: Mapping[Topic, Sequence[int]]) -> list[Topic]:
        """Of the grade, the facts that leave the fewest other questions come first; a whole before its part, and
        evidence when the facts are known."""
        order = list(waiting_for)
        if stage == "grade" and len(order) > 1:
            left = {topic: self._left_after(topic) for topic in order}
            order.sort(key=lambda topic: (topic[0] == "evidence", left[topic]))
        for topic in list(order):
            for whole in self._wholes(topic[1]):
                if (
                    ("fact", whole) in order
                    and topic[0] == "fact"
                    and order.index(("fact", whole)) > order.index(topic)
                ):
                    order.remove(("fact", whole))
                    order.insert(order.index(topic), ("fact", whole))
        return order

    def _wholes(self, name: str) -> Iterator[str]:
        for fact in self.judge.compiled.vocabulary.facts.values():
            if isinstance(fact.derived, Percent) and fact.derived.part == name:
                yield fact.derived.of

    def _left_after(self, topic: Topic) -> Fraction:
        """How many questions about the grade an answer leaves, over the distinguishable answers on average."""
        compiled, live = self.judge.compiled, self.judge.live
        counts = []
        for codes in self._answers_to(topic):
            statuses = settle(compiled, self.statuses, codes)
            open_now = {
                observable
                for number in open_numbers(live, statuses)
                for observable in compiled.rules[number].asks
                if observable not in codes
            }
            counts.append(
                len({other for observable in open_now for other in self._topics_for(observable) if other != topic})
            )
        return Fraction(sum(counts), len(counts)) if counts else Fraction(0)

    def _answers_to(self, topic: Topic) -> Iterator[dict[Observable, int]]:
        compiled, values, evidence = self.judge.compiled, dict(self.case.values), self.case.evidence_named
        about, name = topic
        if about == "evidence":
            for named in (True, False):
                yield compiled.codes(values, {**evidence, name: named})
            return
        for value in self._values(name):
            yield compiled.codes(self._with(name, value), evidence)

    def _values(self, name: str) -> Sequence[Value]:
        fact = self.judge.compiled.vocabulary.facts[name]
        if fact.form == "set":
            return [frozenset[str](), frozenset(option for option, _ in fact.options)]
        return candidates(self.judge.compiled, self.case.values, name)

    def _with(self, name: str, value: Value) -> dict[str, Value]:
        vocabulary = self.judge.compiled.vocabulary
        return with_derived({**self.case.values, name: value}, vocabulary, derivation_order(vocabulary))

    # --- what matters ---

    def _can_change(self, topic: Topic, waiting: Sequence[int], verdict: Verdict) -> bool:
        compiled = self.judge.compiled
        unsettled = sorted(
            {observable for rule in compiled.rules for observable in rule.asks if observable not in self.codes}
        )
        in_question = [
            observable
            for observable in unsettled
            if topic in self._topics_for(observable)
            and any(observable in compiled.rules[number].asks for number in waiting)
        ]
        groups = unknowns(compiled, self.case.values, unsettled)
        return can_change(self.judge.live, compiled, (self.statuses, self.codes), groups, in_question, verdict)

    # --- questions ---

    def _question(self, topic: Topic, stage: Stage, numbers: Sequence[int]) -> Question:
        about, name = topic
        fact = self.judge.compiled.vocabulary.facts[name]
        grades = {number: grade for grade, number in self.judge.live.bars}
        for rung in self.judge.live.ladder.rungs:
            for criterion in rung.criteria:
                number = self.judge.compiled.index.get(criterion.rule.name)
                if number is not None:
                    grades[number] = rung.grade
        waiting = tuple(Waiting(self.judge.compiled.rules[number], grades.get(number)) for number in numbers)
        return Question(about, fact, stage, fact.options if about == "fact" else (), waiting)

    def _others(self) -> Question | None:
        """What no rule asks about but the result needs: the contents covered, and the facts that name a cohort."""
        rules = self.judge.compiled.rules
        if any(rule.rule.role == "exemption" and self.statuses[number] for number, rule in enumerate(rules)):
            return None
        contents = tuple(
            (rule.rule.id, rule.rule.label)
            for number, rule in enumerate(rules)
            if rule.rule.role == "review_content" and self.statuses[number] is not False
        )
        if contents and self.case.covered is None and ("covered", "") not in self.answers.skipped:
            return Question("covered", None, "review", contents)
        if any(rule.rule.role == "ungraded" and self.statuses[number] for number, rule in enumerate(rules)):
            return None
        for name in cohort_facts(self.judge.regulation, self.judge.compiled):
            for part in sorted(unstated(name, self.judge.compiled.vocabulary, self.case.values)):
                topic: Topic = ("fact", part)
                if topic not in self.answers.skipped and self.judge.compiled.vocabulary.facts[part].derived is None:
                    return self._question(topic, "cohort", ())
        return None
