"""Explanations -> text: each grade with its conditions nested as they are written, ways up, facts that settle."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from engine.explanation import Explanation, GradeExplained, Node, RuleExplained
from engine.model import Text, Value
from engine.reporter.text import Page
from engine.reporter.words import Words

MARKS: Mapping[bool | None, str] = {True: "✓", False: "✗", None: "?"}
# That a bar holds is no praise: its conditions are marked as true or not.
TRUTH: Mapping[bool | None, str] = {True: "●", False: "○", None: "?"}


def write_explanations(
    explanations: Sequence[Explanation],
    language: str,
    stream: TextIO,
    *,
    documents: Mapping[str, Text],
    color: bool = False,
    width: int = 100,
) -> None:
    words = Words(language, documents)
    page = Page(words, stream, width, color)
    for one in explanations:
        page.heading(one.decision)
        for grade in one.grades:
            _grade(page, grade, barred=any(rule.result.holds for each in one.grades for rule in each.bars))
        _ways_up(page, one)
        _settling(page, one)
        page.line()
    page.line(words.say("advice"), dim=True)


def _grade(page: Page, grade: GradeExplained, barred: bool) -> None:
    words = page.words
    if grade.criteria:
        verdict = words.say({True: "grade_reached", False: "grade_missed", None: "grade_open"}[grade.reached])
        if barred and grade.reached:
            verdict = words.say("grade_barred")
        page.line(f"{words.text(grade.label)}: {verdict}", 2, bold=True)
        for rule in grade.criteria:
            _rule(page, rule, MARKS)
    if grade.bars:
        page.line(words.say("bars_of", grade=words.text(grade.label)), 2, bold=True)
        for rule in grade.bars:
            applies = {True: "bar_holds", False: "bar_fails", None: "bar_open"}[rule.result.holds]
            _rule(page, rule, TRUTH, words.say(applies))


def _rule(page: Page, rule: RuleExplained, marks: Mapping[bool | None, str], verdict: str = "") -> None:
    words, mark = page.words, marks[rule.result.holds]
    label = words.text(rule.result.label)
    page.line(f"{label}{': ' + verdict if verdict else ''} {words.citation(rule.result.source)}", 4, mark)
    for node in (*((rule.when,) if rule.when else ()), *rule.evidence):
        _node(page, node, 8, marks)
    if rule.unless is not None:
        page.line(f"{words.say('unless')}:", 8, marks[rule.unless.result])
        _node(page, rule.unless, 10, marks)


def _node(page: Page, node: Node, indent: int, marks: Mapping[bool | None, str]) -> None:
    words = page.words
    if node.comparison is not None:
        page.line(words.comparison(node.comparison, "asked"), indent, marks[node.result])
        return
    page.line(f"{words.say(f'join_{node.join}')}:", indent, marks[node.result])
    for part in node.parts:
        _node(page, part, indent + 2, marks)


def _ways_up(page: Page, one: Explanation) -> None:
    words, up = page.words, one.ways_up
    grades, facts = dict(one.decision.grade_names), dict(one.fact_labels)
    for found in up.sets:
        page.line(f"{words.say('way_up', grade=words.text(grades[found.reaches]))}:", 2, bold=True, fg="green")
        for change in found.changes:
            label = words.text(facts[change.fact])
            if change.evidence:
                page.line(words.say("evidence_for", fact=label), 4, "→")
            else:
                before, after = (_value(words, one, change.fact, value) for value in (change.before, change.after))
                page.line(f"{label}: {before} → {after} ({change.fact})", 4, "→")
    if up.blocked_by:
        page.line(f"{words.say('no_way_up', rules='; '.join(_labels(one, up.blocked_by, words)))}.", 2, fg="yellow")
    if not up.complete:
        page.line(f"{words.say('search_cut')}.", 2, fg="yellow")


def _settling(page: Page, one: Explanation) -> None:
    words, grades, facts = page.words, dict(one.decision.grade_names), dict(one.fact_labels)
    if not one.settling:
        return
    page.line(f"{words.say('settling')}:", 2, bold=True)
    for each in one.settling:
        label = words.text(facts[each.fact])
        page.line(words.say("evidence_for", fact=label) if each.evidence else f"{label} ({each.fact})", 4, "?")
        for value, left in each.leaves:
            shown = words.value(value) if each.evidence else _value(words, one, each.fact, value)
            outcomes = [words.text(grades[name]) if name in grades else words.say("authority") for name in left]
            page.line(f"{shown}: {', '.join(outcomes)}", 8, "·")


def _value(words: Words, one: Explanation, fact: str, value: Value | None) -> str:
    labels = dict(one.option_labels).get(fact, ())
    if isinstance(value, frozenset):
        return ", ".join(words.text(label) for name, label in labels if name in value) or words.say("nothing")
    return words.value(value, dict(one.units).get(fact), dict(labels).get(value) if isinstance(value, str) else None)


def _labels(one: Explanation, rules: Sequence[str], words: Words) -> Iterator[str]:
    for grade in one.grades:
        for rule in (*grade.criteria, *grade.bars):
            if rule.result.rule in rules:
                yield words.text(rule.result.label)
