"""The lines of which explanations consist, and how they show values, changes and results of rules."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.core.judge.record import RuleResult
from engine.core.policy.terms import Value
from engine.report.words import Words
from engine.study.explain import Explanation
from engine.study.whatif import FactChange

MARKS: Mapping[bool | None, str] = {True: "✓", False: "✗", None: "?"}
# That a bar holds is no praise: its conditions are marked as true or not.
TRUTH: Mapping[bool | None, str] = {True: "●", False: "○", None: "?"}
APPLIES: Mapping[bool | None, str] = {True: "bar_holds", False: "bar_fails", None: "bar_open"}


@dataclass(frozen=True)
class Statement:
    """A line `depth` deep: 0 for a heading, whose `kind` is grade, bars, way, why, remark or settling."""

    depth: int
    text: str
    mark: str = ""
    kind: str = ""


def rule_line(words: Words, result: RuleResult, depth: int, *, outright: bool) -> Statement:
    """A rule with its citation; `outright`: it decides by applying, as bars and exemptions do, and says whether."""
    label, cited = words.text(result.rule.label), words.citation(result.rule.source, result.rule.layer)
    if not outright:
        return Statement(depth, f"{label} {cited}", MARKS[result.holds])
    return Statement(depth, f"{label}: {words.say(APPLIES[result.holds])} {cited}", TRUTH[result.holds])


def change_line(words: Words, explanation: Explanation, change: FactChange) -> Statement:
    """One fact that is changed, from what is stated to what it would be."""
    label = words.text(dict(explanation.fact_labels)[change.fact])
    if change.evidence:
        named = words.say("evidence_for", fact=label)
        return Statement(1, named if change.after else words.say("not_named", what=named), "→")
    before, after = (value_shown(words, explanation, change.fact, value) for value in (change.before, change.after))
    return Statement(1, f"{label}: {before} → {after}{name_shown(words, change.fact)}", "→")


def name_shown(words: Words, fact: str) -> str:
    """The name that policies have for a fact, unless the words are plain."""
    return "" if words.plain else f" ({fact})"


def value_shown(words: Words, explanation: Explanation, fact: str, value: Value | None) -> str:
    """A value of a fact that the explanation speaks of."""
    labels = dict(explanation.option_labels).get(fact, ())
    if isinstance(value, frozenset):
        return ", ".join(words.text(label) for name, label in labels if name in value) or words.say("nothing")
    label = dict(labels).get(value) if isinstance(value, str) else None
    return words.value(value, dict(explanation.units).get(fact), label)
