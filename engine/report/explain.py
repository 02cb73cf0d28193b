"""Explanations -> lines that nest: each grade with its conditions as they are written, ways up, facts that settle.

Text and HTML lay the same lines out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TextIO

from engine.core.policy.terms import Text
from engine.report.reasons import answers, quota_lines
from engine.report.sentences import layered
from engine.report.statements import MARKS, TRUTH, Statement, change_line, name_shown, rule_line, value_shown
from engine.report.text import Layout, Printer
from engine.report.words import Words
from engine.study.explain import Explanation, GradeExplained, Node, RuleExplained
from engine.study.quota_reasons import QuotaReason

COLORS = {"way": "green", "remark": "yellow"}


def write_explanations(
    explanations: Sequence[Explanation],
    language: str,
    stream: TextIO,
    *,
    documents: Mapping[str, Text],
    layout: Layout,
    quotas: Sequence[QuotaReason] = (),
) -> None:
    """The explanations for a terminal, and why quotas are exceeded."""
    words = Words(language, documents, layered(explanation.decision for explanation in explanations))
    printer = Printer(words, stream, layout)
    for explanation in explanations:
        printer.heading(explanation.decision)
        _print(printer, statements(explanation, words))
    if quotas:
        _print(printer, quota_lines(quotas, words, kind_labels(explanations, words)))
    printer.line(words.say("advice"), dim=True)


def _print(printer: Printer, lines: Iterable[Statement]) -> None:
    for line in lines:
        indent = 2 * line.depth + (2 if line.depth < 2 else 4)
        printer.line(line.text, indent, line.mark, fg=COLORS.get(line.kind), bold=line.kind not in ("", "remark"))
    printer.line()


def kind_labels(explanations: Sequence[Explanation], words: Words) -> dict[str, str]:
    """The labels of the kinds of subject among the cases, by id."""
    subjects = (explanation.decision.subject for explanation in explanations)
    return {subject.kind: words.text(subject.kind_label) for subject in subjects}


def statements(explanation: Explanation, words: Words) -> Iterator[Statement]:
    """The answers to the questions that were asked about a case, or if none was, all that is said about it."""
    asked = explanation.why is not None or explanation.why_not is not None
    return answers(explanation, words) if asked else lines(explanation, words)


def lines(explanation: Explanation, words: Words) -> Iterator[Statement]:
    """What is said about a case after its outcome."""
    barred = any(rule.result.holds for grade in explanation.grades for rule in grade.bars)
    for grade in explanation.grades:
        yield from _grade(words, grade, barred)
    grading = explanation.decision.grading
    if grading is not None and grading.grade is not None and grading.next is None:
        yield Statement(0, f"{words.say('top')}.", kind="remark")
    yield from _ways_up(words, explanation)
    yield from _settling(words, explanation)


def _grade(words: Words, grade: GradeExplained, barred: bool) -> Iterator[Statement]:
    if grade.criteria:
        verdict = words.say({True: "grade_reached", False: "grade_missed", None: "grade_open"}[grade.reached])
        if barred and grade.reached:
            verdict = words.say("grade_barred")
        yield Statement(0, f"{words.text(grade.label)}: {verdict}", kind="grade")
        for rule in grade.criteria:
            yield from _rule(words, rule, outright=False)
    if grade.bars:
        yield Statement(0, words.say("bars_of", grade=words.text(grade.label)), kind="bars")
        for rule in grade.bars:
            yield from _rule(words, rule, outright=True)


def _rule(words: Words, rule: RuleExplained, *, outright: bool) -> Iterator[Statement]:
    yield rule_line(words, rule.result, 1, outright=outright)
    marks = TRUTH if outright else MARKS
    for node in (*((rule.when,) if rule.when else ()), *rule.evidence):
        yield from _node(words, node, 2, marks, rule.result.rule.layer)
    if rule.unless is not None:
        yield Statement(2, f"{words.say('unless')}:", marks[rule.unless.result])
        yield from _node(words, rule.unless, 3, marks, rule.result.rule.layer)


def _node(words: Words, node: Node, depth: int, marks: Mapping[bool | None, str], layer: str) -> Iterator[Statement]:
    if node.comparison is not None:
        yield Statement(depth, words.comparison(node.comparison, "asked", layer=layer), marks[node.result])
        return
    yield Statement(depth, f"{words.say(f'join_{node.join}')}:", marks[node.result])
    for part in node.parts:
        yield from _node(words, part, depth + 1, marks, layer)


def _ways_up(words: Words, explanation: Explanation) -> Iterator[Statement]:
    up, grades = explanation.ways_up, dict(explanation.decision.grade_names)
    for way in up.sets:
        yield Statement(0, f"{words.say('way_up', grade=words.text(grades[way.reaches]))}:", kind="way")
        yield from (change_line(words, explanation, change) for change in way.changes)
    if up.blocked_by:
        rules = "; ".join(_labels(explanation, up.blocked_by, words))
        yield Statement(0, f"{words.say('no_way_up', rules=rules)}.", kind="remark")
    if not up.complete:
        yield Statement(0, f"{words.say('search_cut')}.", kind="remark")


def _settling(words: Words, explanation: Explanation) -> Iterator[Statement]:
    grades, facts = dict(explanation.decision.grade_names), dict(explanation.fact_labels)
    if not explanation.settling:
        return
    yield Statement(0, f"{words.say('settling')}:", kind="settling")
    for settling in explanation.settling:
        label = words.text(facts[settling.fact])
        named = f"{label}{name_shown(words, settling.fact)}"
        yield Statement(1, words.say("evidence_for", fact=label) if settling.evidence else named, "?")
        for value, left in settling.leaves:
            shown = words.value(value) if settling.evidence else value_shown(words, explanation, settling.fact, value)
            outcomes = [words.text(grades[name]) if name in grades else words.say("authority") for name in left]
            yield Statement(2, f"{shown}: {', '.join(outcomes)}", "·")


def _labels(explanation: Explanation, rules: Sequence[str], words: Words) -> Iterator[str]:
    for grade in explanation.grades:
        for rule in (*grade.criteria, *grade.bars):
            if rule.result.rule.name in rules:
                yield words.text(rule.result.rule.label)
