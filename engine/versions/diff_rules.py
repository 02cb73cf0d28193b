"""Differences of rules: which is which, and whether each was tightened or loosened."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from engine.core.policy.conditions import parameters_of
from engine.core.policy.live import concerns, exists
from engine.core.policy.regulation import Regulation, all_rules
from engine.core.policy.rules import Rule
from engine.versions.comparison import Difference, Kind, VersionComparison, paired, under_text, values_by_day


def all_rule_differences(comparison: VersionComparison) -> Iterator[Difference]:
    """The differences of rules, role by role."""
    before = [rule for rule in all_rules(comparison.old.regulation) if rule.role != "relief"]
    after = [rule for rule in all_rules(comparison.new.regulation) if rule.role != "relief"]
    yield from rule_differences(comparison, before, after)


def rule_differences(
    comparison: VersionComparison, before: Sequence[Rule], after: Sequence[Rule]
) -> Iterator[Difference]:
    """The differences between some rules of the old and those of the new that are of the same role."""
    pairs, many = _in_pairs(comparison, before, after)
    gone = [mine for mine, theirs in pairs if theirs is None and mine is not None]
    come = [theirs for mine, theirs in pairs if mine is None and theirs is not None]
    renamed: dict[str, Rule] = {}
    for rule in come:
        same = next((other for other in gone if other not in renamed.values() and _same(comparison, other, rule)), None)
        if same is not None:
            renamed[rule.name] = same
    for mine, theirs in pairs:
        if theirs is None and mine in renamed.values():
            continue
        if mine is None and theirs is not None and theirs.name in renamed:
            yield _difference(comparison, renamed[theirs.name], theirs, "renamed")
            continue
        difference = _rule(comparison, mine, theirs)
        if difference is not None:
            yield difference
    for mine, theirs, kinds in many:
        difference = _rule(comparison, mine, theirs, kinds)
        if difference is not None:
            yield difference


def _in_pairs(
    comparison: VersionComparison, before: Sequence[Rule], after: Sequence[Rule]
) -> tuple[list[tuple[Rule | None, Rule | None]], list[tuple[Rule | None, Rule | None, frozenset[str]]]]:
    """Rules in pairs; and those of one key of which a side has several, for other subjects each: set side by side
    for the kinds of subject that both concern, with what is left of either."""
    keys = [Counter(map(_key, side)) for side in (before, after)]
    several = {key for side in keys for key, count in side.items() if count > 1}
    pairs: list[tuple[Rule | None, Rule | None]] = list(
        paired(
            [rule for rule in before if _key(rule) not in several],
            [rule for rule in after if _key(rule) not in several],
            _key,
        )
    )
    many: list[tuple[Rule | None, Rule | None, frozenset[str]]] = []
    for key in dict.fromkeys(_key(rule) for rule in (*after, *before) if _key(rule) in several):
        olds = [(rule, _leaves(comparison.old.regulation, rule)) for rule in before if _key(rule) == key]
        news = [(rule, _leaves(comparison.new.regulation, rule)) for rule in after if _key(rule) == key]
        for rule, kinds in news:
            shared = [(mine, kinds & theirs) for mine, theirs in olds if kinds & theirs]
            many += [(mine, rule, both) for mine, both in shared]
            left = kinds.difference(*(both for _, both in shared))
            many += [(None, rule, left)] if left else []
        for mine, kinds in olds:
            left = kinds.difference(*(theirs for _, theirs in news))
            many += [(mine, None, left)] if left else []
    return pairs, many


def _same(comparison: VersionComparison, mine: Rule, theirs: Rule) -> bool:
    """Are two rules of different ids one rule renamed? They ask the same of the same subjects for the same."""
    return (
        (mine.role, _grade_of(mine), mine.under, mine.periods, mine.discretion)
        == (theirs.role, _grade_of(theirs), theirs.under, theirs.periods, theirs.discretion)
        and set(mine.applies_to) == set(theirs.applies_to)
        and mine.condition == theirs.condition
        and (mine.condition is not None or mine.label == theirs.label)
    )


def _rule(
    comparison: VersionComparison, mine: Rule | None, theirs: Rule | None, kinds: frozenset[str] | None = None
) -> Difference | None:
    if mine is None or theirs is None:
        return _difference(comparison, mine, theirs, "removed" if theirs is None else "added", kinds)
    worded = [(side.label, side.source, side.source.note, side.source.quotes) for side in (mine, theirs)]
    difference = _difference(comparison, mine, theirs, "changed", kinds)
    same_text = (mine.when, mine.unless, mine.requires_evidence, mine.applies_to, mine.under, mine.periods) == (
        theirs.when, theirs.unless, theirs.requires_evidence, theirs.applies_to, theirs.under, theirs.periods
    )  # fmt: skip
    if difference.direction == "none" and same_text:
        if worded[0] == worded[1]:
            return None
        return replace(difference, kind="reworded")
    return difference


def _difference(
    comparison: VersionComparison,
    mine: Rule | None,
    theirs: Rule | None,
    kind: Kind,
    kinds: frozenset[str] | None = None,
) -> Difference:
    rule = theirs or mine
    assert rule is not None
    live = [
        rule is not None and exists(rule.under, choices)
        for rule, choices in ((mine, comparison.old_choices), (theirs, comparison.new_choices))
    ]
    dormant = not any(live)
    direction, days, witnesses = comparison.movement.of(mine, theirs, dormant, kinds)
    because = _because(comparison, mine, theirs) if mine is not None and theirs is not None else ()
    for name in because:
        comparison.changed_by_parameter.setdefault(name, set()).add(direction)
    bars = [_bar_grades(version.regulation) for version in (comparison.old, comparison.new)]
    grades = [
        side.get(rule.name) if rule is not None else None for rule, side in zip((mine, theirs), bars, strict=True)
    ]
    details = _rule_details(mine, theirs)
    if mine is not None and theirs is not None and grades[0] != grades[1]:
        # What another grade means depends on what else the case would get.
        details, direction = (*details, ("grade", grades[0], grades[1])), "not_decided"
    if kind == "renamed" and direction not in ("none", "not_decided"):
        kind = "changed"
    return Difference(
        what=rule.role, kind=kind, direction=direction,
        old=mine.name if mine else None, new=theirs.name if theirs else None,
        label=rule.label, old_label=mine.label if mine else None,
        old_source=mine.source if mine else None, new_source=theirs.source if theirs else None,
        old_condition=mine.condition if mine else None, new_condition=theirs.condition if theirs else None,
        details=details, because=because, days=days, dormant=dormant, witnesses=witnesses,
        grade=_grade_of(rule) or grades[1] or grades[0],
    )  # fmt: skip


def _because(comparison: VersionComparison, mine: Rule, theirs: Rule) -> tuple[str, ...]:
    """The parameters whose values alone make two rules, the same as written, differ."""
    if mine.condition != theirs.condition:
        return ()
    names = set(parameters_of(theirs.condition))
    earlier, later = comparison.old.regulation.parameters, comparison.new.regulation.parameters
    changed = {
        name
        for name in names
        if any(
            before != after for before, after in values_by_day(comparison, earlier.get(name), later.get(name)).values()
        )
    }
    if mine.under == theirs.under:
        read = {reading.interpretation for reading in theirs.under}
        changed |= {name for name in read if comparison.old_choices.get(name) != comparison.new_choices.get(name)}
    return tuple(sorted(changed))


def _key(rule: Rule) -> tuple[str, ...]:
    """By what a rule of one regulation is found in another: its role, its grade and its id."""
    return (rule.role, _grade_of(rule) or "", rule.id)


def _grade_of(rule: Rule) -> str | None:
    """Of a criterion the grade of its rung, which its name holds."""
    return rule.name.split(".")[-2] if rule.role == "criterion" else None


def _leaves(regulation: Regulation, rule: Rule) -> frozenset[str]:
    """The kinds of subject without kinds below them that a rule concerns."""
    kinds = regulation.kinds.values()
    return frozenset(kind.id for kind in kinds if kind.is_leaf and concerns(rule.applies_to, kind))


def _bar_grades(regulation: Regulation) -> dict[str, str]:
    return {bar.rule.name: bar.grade for ladder in regulation.ladders for bar in ladder.bars}


def _rule_details(mine: Rule | None, theirs: Rule | None) -> tuple[tuple[str, object, object], ...]:
    if mine is None or theirs is None:
        return ()
    parts: list[tuple[str, object, object]] = [
        ("applies_to", ", ".join(mine.applies_to), ", ".join(theirs.applies_to)),
        ("under", under_text(mine.under), under_text(theirs.under)),
        ("periods", ", ".join(mine.periods), ", ".join(theirs.periods)),
    ]
    return tuple(part for part in parts if part[1] != part[2])
