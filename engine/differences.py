"""What a change of policies means: rules added, removed, renamed, reworded, tightened, loosened, each with its sources
and, where people are treated otherwise, with a case that shows it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Any, Literal, TypeVar

from engine.cohorts import Limit
from engine.compiler import chosen, concerns, exists, on_day, read_by
from engine.conditions import leaves
from engine.directions import Direction, Movement, Version, Witness, days_to_compare, shape
from engine.model import (
    ByReading,
    Comparison,
    Condition,
    Link,
    Parameter,
    ParameterReference,
    Quota,
    Regulation,
    Rule,
    Source,
    Text,
)
from engine.parser import all_rules
from engine.records import UNDETERMINED

What = Literal[
    "regulation", "grade", "subject_kind", "relation", "interpretation", "parameter", "exemption", "ungraded",
    "review_content", "trigger", "criterion", "bar", "gap", "relief", "rung", "otherwise", "quota", "link", "fact",
]  # fmt: skip
Kind = Literal["added", "removed", "renamed", "reworded", "changed"]
T = TypeVar("T")


@dataclass(frozen=True)
class CohortWitness:
    """A cohort that is lawful under one version alone: how many have each grade."""

    counts: tuple[tuple[str, int], ...]
    lawful_old: bool
    lawful_new: bool


@dataclass(frozen=True)
class Difference:
    """One thing that differs. `details` are its parts with their old and new wording; `because` names parameters and
    interpretations where they alone changed the rule; `dormant`: no chosen reading lets it exist on either side."""

    what: What
    kind: Kind
    direction: Direction
    old: str | None
    new: str | None
    label: Text
    old_label: Text | None = None
    old_source: Source | None = None
    new_source: Source | None = None
    old_condition: Condition | None = None
    new_condition: Condition | None = None
    details: tuple[tuple[str, object, object], ...] = ()
    because: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    dormant: bool = False
    witnesses: tuple[Witness, ...] = ()
    cohorts: tuple[CohortWitness, ...] = ()
    grade: str | None = None
    """Of a criterion or bar: its grade."""


def differences(old: Version, new: Version) -> tuple[Difference, ...]:
    """Everything in which two versions of a regulation, or two regulations, differ."""
    compared = _Compared(old, new)
    return (
        *compared.header(),
        *compared.interpretations(),
        *compared.rules(),
        *compared.ladders(),
        *compared.quotas(),
        *compared.links(),
        *compared.parameters(),
        *compared.facts(),
    )


@dataclass
class _Compared:
    old: Version
    new: Version
    movement: Movement = field(init=False)
    changed_by_parameter: dict[str, set[Direction]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.movement = Movement(self.old, self.new)
        self.old_choices = chosen(self.old.regulation, {})
        self.new_choices = chosen(self.new.regulation, {})
        self.bars = _bar_grades(self.old.regulation), _bar_grades(self.new.regulation)

    # --- what stands at the head ---

    def header(self) -> Iterator[Difference]:
        one, other = self.old.regulation, self.new.regulation
        texts = [
            (key, getattr(one, key), getattr(other, key))
            for key in ("id", "number", "label", "issued_by", "issued_on", "in_force_from", "in_force_until", "periods")
        ]
        details = tuple((key, before, after) for key, before, after in texts if before != after)
        if details:
            yield Difference("regulation", "changed", "none", one.id, other.id, other.label, one.label, details=details)
        yield from self._named("grade", one.grades, other.grades)
        yield from self._named("subject_kind", tuple(one.kinds.values()), tuple(other.kinds.values()))
        yield from self._named("relation", one.relations, other.relations)

    def _named(self, what: What, before: Sequence[Any], after: Sequence[Any]) -> Iterator[Difference]:
        for mine, theirs in _paired(before, after, lambda item: str(item.id)):
            source_old, source_new = getattr(mine, "source", None), getattr(theirs, "source", None)
            if mine is None or theirs is None:
                there: Any = mine or theirs
                yield Difference(
                    what, "removed" if theirs is None else "added", "none", mine and mine.id, theirs and theirs.id,
                    there.label, mine and mine.label, source_old, source_new,
                )  # fmt: skip
            elif mine.label != theirs.label:
                yield Difference(
                    what, "reworded", "none", mine.id, theirs.id, theirs.label, mine.label, source_old, source_new
                )

    def interpretations(self) -> Iterator[Difference]:
        before, after = self.old.regulation.interpretations, self.new.regulation.interpretations
        for mine, theirs in _paired(before, after, lambda item: item.id):
            if mine is None or theirs is None:
                there = mine or theirs
                assert there is not None
                yield Difference(
                    "interpretation", "removed" if theirs is None else "added", "none",
                    mine.id if mine else None, theirs.id if theirs else None, there.question,
                    mine.question if mine else None, mine.source if mine else None, theirs.source if theirs else None,
                    details=(("chosen", mine.chosen if mine else None, theirs.chosen if theirs else None),),
                )  # fmt: skip
                continue
            details = [("chosen", mine.chosen, theirs.chosen)] if mine.chosen != theirs.chosen else []
            options = [tuple(name for name, _ in one.options) for one in (mine, theirs)]
            if options[0] != options[1]:
                details.append(("options", ", ".join(options[0]), ", ".join(options[1])))
            reworded = (mine.question, mine.note, mine.source) != (theirs.question, theirs.note, theirs.source)
            if details or reworded or mine.options != theirs.options:
                yield Difference(
                    "interpretation", "changed" if details else "reworded", "none", mine.id, theirs.id,
                    theirs.question, mine.question, mine.source, theirs.source, details=tuple(details),
                )  # fmt: skip

    # --- rules ---

    def rules(self) -> Iterator[Difference]:
        before = [rule for rule in all_rules(self.old.regulation) if rule.role != "relief"]
        after = [rule for rule in all_rules(self.new.regulation) if rule.role != "relief"]
        yield from self._of_rules(before, after)

    def _of_rules(self, before: Sequence[Rule], after: Sequence[Rule]) -> Iterator[Difference]:
        pairs, many = self._in_pairs(before, after)
        gone = [mine for mine, theirs in pairs if theirs is None and mine is not None]
        come = [theirs for mine, theirs in pairs if mine is None and theirs is not None]
        renamed: dict[str, Rule] = {}
        for one in come:
            same = next((other for other in gone if other not in renamed.values() and self._same(other, one)), None)
            if same is not None:
                renamed[one.name] = same
        for mine, theirs in pairs:
            if theirs is None and mine in renamed.values():
                continue
            if mine is None and theirs is not None and theirs.name in renamed:
                yield self._difference(renamed[theirs.name], theirs, "renamed")
                continue
            found = self._rule(mine, theirs)
            if found is not None:
                yield found
        for mine, theirs, kinds in many:
            found = self._rule(mine, theirs, kinds)
            if found is not None:
                yield found

    def _in_pairs(
        self, before: Sequence[Rule], after: Sequence[Rule]
    ) -> tuple[list[tuple[Rule | None, Rule | None]], list[tuple[Rule | None, Rule | None, frozenset[str]]]]:
        """Rules in pairs; and those of one key of which a side has several, for other subjects each: set side by side
        for the kinds of subject that both concern, with what is left of either."""
        keys = [Counter(map(_key, side)) for side in (before, after)]
        several = {key for side in keys for key, count in side.items() if count > 1}
        pairs: list[tuple[Rule | None, Rule | None]] = list(
            _paired(
                [one for one in before if _key(one) not in several],
                [one for one in after if _key(one) not in several],
                _key,
            )
        )
        many: list[tuple[Rule | None, Rule | None, frozenset[str]]] = []
        for key in dict.fromkeys(_key(one) for one in (*after, *before) if _key(one) in several):
            olds = [(one, _leaves(self.old.regulation, one)) for one in before if _key(one) == key]
            news = [(one, _leaves(self.new.regulation, one)) for one in after if _key(one) == key]
            for one, kinds in news:
                shared = [(mine, kinds & theirs) for mine, theirs in olds if kinds & theirs]
                many += [(mine, one, both) for mine, both in shared]
                left = kinds.difference(*(both for _, both in shared))
                many += [(None, one, left)] if left else []
            for mine, kinds in olds:
                left = kinds.difference(*(theirs for _, theirs in news))
                many += [(mine, None, left)] if left else []
        return pairs, many

    def _same(self, mine: Rule, theirs: Rule) -> bool:
        """Are two rules of different ids one rule renamed? They ask the same of the same subjects for the same."""
        return (
            (mine.role, _grade_of(mine), mine.under, mine.periods, mine.discretion)
            == (theirs.role, _grade_of(theirs), theirs.under, theirs.periods, theirs.discretion)
            and set(mine.applies_to) == set(theirs.applies_to)
            and mine.condition == theirs.condition
            and (mine.condition is not None or mine.label == theirs.label)
        )

    def _rule(self, mine: Rule | None, theirs: Rule | None, kinds: frozenset[str] | None = None) -> Difference | None:
        if mine is None or theirs is None:
            return self._difference(mine, theirs, "removed" if theirs is None else "added", kinds)
        worded = [(one.label, one.source, one.source.note, one.source.quotes) for one in (mine, theirs)]
        found = self._difference(mine, theirs, "changed", kinds)
        same_text = (mine.when, mine.unless, mine.requires_evidence, mine.applies_to, mine.under, mine.periods) == (
            theirs.when, theirs.unless, theirs.requires_evidence, theirs.applies_to, theirs.under, theirs.periods
        )  # fmt: skip
        if found.direction == "none" and same_text:
            if worded[0] == worded[1]:
                return None
            return replace(found, kind="reworded")
        return found

    def _difference(
        self, mine: Rule | None, theirs: Rule | None, kind: Kind, kinds: frozenset[str] | None = None
    ) -> Difference:
        rule = theirs or mine
        assert rule is not None
        live = [
            one is not None and exists(one.under, choices)
            for one, choices in ((mine, self.old_choices), (theirs, self.new_choices))
        ]
        dormant = not any(live)
        direction, days, witnesses = self.movement.of(mine, theirs, dormant, kinds)
        because = self._because(mine, theirs) if mine is not None and theirs is not None else ()
        for name in because:
            self.changed_by_parameter.setdefault(name, set()).add(direction)
        grades = [
            side.get(one.name) if one is not None else None for one, side in zip((mine, theirs), self.bars, strict=True)
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

    def _because(self, mine: Rule, theirs: Rule) -> tuple[str, ...]:
        """The parameters whose values alone make two rules, the same as written, differ."""
        if mine.condition != theirs.condition:
            return ()
        names = {
            leaf.operand.name
            for leaf, _ in leaves(theirs.condition)
            if isinstance(leaf, Comparison) and isinstance(leaf.operand, ParameterReference)
        }
        before, after = self.old.regulation.parameters, self.new.regulation.parameters
        changed = {
            name
            for name in names
            if any(one != other for one, other in self._values(before.get(name), after.get(name)).values())
        }
        if mine.under == theirs.under:
            read = {reading.interpretation for reading in theirs.under}
            changed |= {name for name in read if self.old_choices.get(name) != self.new_choices.get(name)}
        return tuple(sorted(changed))

    # --- ladders ---

    def ladders(self) -> Iterator[Difference]:
        one, other = self.old.regulation, self.new.regulation
        for mine, theirs in _paired(one.ladders, other.ladders, lambda ladder: ladder.id):
            if mine is None or theirs is None:
                continue
            if mine.otherwise.grade != theirs.otherwise.grade:
                yield Difference(
                    "otherwise", "changed", "not_decided", mine.otherwise.name, theirs.otherwise.name,
                    theirs.otherwise.label, mine.otherwise.label, mine.otherwise.source, theirs.otherwise.source,
                    details=(("grade", _setting(mine.otherwise.grade), _setting(theirs.otherwise.grade)),),
                )  # fmt: skip
            for before, after in _paired(mine.rungs, theirs.rungs, lambda rung: rung.grade):
                there = after or before
                assert there is not None
                label = next(grade.label for grade in (*other.grades, *one.grades) if grade.id == there.grade)
                if before is None or after is None:
                    kind: Kind = "removed" if after is None else "added"
                    name = f"{theirs.id}.{there.grade}"
                    yield Difference(
                        "rung", kind, "not_decided", name if before else None, name if after else None, label,
                        grade=there.grade,
                    )  # fmt: skip
                elif before.under != after.under:
                    name = f"{theirs.id}.{there.grade}"
                    details = (("under", _under(before.under), _under(after.under)),)
                    yield Difference("rung", "changed", "not_decided", name, name, label, details=details)
                else:
                    kept = [{one.rule.id: one.inherited for one in rung.criteria} for rung in (before, after)]
                    for name in kept[0].keys() & kept[1].keys():
                        if kept[0][name] != kept[1][name]:
                            rule = next(one.rule for one in after.criteria if one.rule.id == name)
                            yield Difference(
                                "criterion", "changed", "loosened" if kept[0][name] else "tightened", rule.name,
                                rule.name, rule.label, rule.label, rule.source, rule.source, grade=there.grade,
                                details=(("inherited", kept[0][name], kept[1][name]),),
                            )  # fmt: skip

    # --- quotas and links ---

    def quotas(self) -> Iterator[Difference]:
        one, other = self.old.regulation, self.new.regulation
        for mine, theirs in _paired(one.quotas, other.quotas, lambda quota: quota.id):
            there = theirs or mine
            assert there is not None
            source_old, source_new = mine.source if mine else None, theirs.source if theirs else None
            old_name, new_name = mine.name if mine else None, theirs.name if theirs else None
            if mine is None or theirs is None:
                kind: Kind = "removed" if theirs is None else "added"
                direction: Direction = "loosened" if theirs is None else "tightened"
                yield Difference(
                    "quota", kind, direction, old_name, new_name, there.label, None, source_old, source_new,
                    grade=there.grade,
                )  # fmt: skip
                continue
            details = self._quota_details(mine, theirs)
            if details:
                direction, days, cohorts = self._quota_direction(mine, theirs)
                if any(key in ("within", "count", "applies_to", "periods", "under") for key, _, _ in details):
                    direction = "not_decided"
                because = (theirs.at_most,) if mine.at_most == theirs.at_most else ()
                for name in because:
                    self.changed_by_parameter.setdefault(name, set()).add(direction)
                yield Difference(
                    "quota", "changed", direction, old_name, new_name, theirs.label, mine.label, source_old, source_new,
                    details=details, days=days, cohorts=cohorts, grade=theirs.grade, because=because,
                )  # fmt: skip
            elif (mine.label, mine.source) != (theirs.label, theirs.source):
                yield Difference(
                    "quota", "reworded", "none", old_name, new_name, theirs.label, mine.label, source_old, source_new
                )
            yield from self._of_rules(
                [relief.rule for relief in mine.relief], [relief.rule for relief in theirs.relief]
            )

    def _quota_details(self, mine: Quota, theirs: Quota) -> tuple[tuple[str, object, object], ...]:
        days = days_to_compare(self.old.regulation, self.new.regulation)
        found: list[tuple[str, object, object]] = []
        for old_day, new_day in days:
            before = on_day(self.old.regulation.parameters[mine.at_most], old_day)
            after = on_day(self.new.regulation.parameters[theirs.at_most], new_day)
            if before != after:
                found.append(("at_most", before, after))
        for key in ("grade", "of", "count", "rounding", "within", "surplus", "applies_to", "periods", "under"):
            settings = [
                _setting(_read(getattr(quota, key), choices))
                for quota, choices in ((mine, self.old_choices), (theirs, self.new_choices))
            ]
            if key == "under":
                settings = [_under(mine.under), _under(theirs.under)]
            if settings[0] != settings[1]:
                found.append((key, settings[0], settings[1]))
        limits = [
            [(one.rule.id, one.base_less_than, one.at_most, one.allowed) for one in quota.relief]
            for quota in (mine, theirs)
        ]
        shared = {one[0] for one in limits[0]} & {one[0] for one in limits[1]}
        changed = [[one for one in each if one[0] in shared] for each in limits]
        if sorted(changed[0], key=str) != sorted(changed[1], key=str):
            found.append(("relief", str(changed[0]), str(changed[1])))
        return tuple(dict.fromkeys(found))

    def _quota_direction(
        self, mine: Quota, theirs: Quota
    ) -> tuple[Direction, tuple[date, ...], tuple[CohortWitness, ...]]:
        """Lawful under one and not under the other: the smallest cohorts of which that is true."""
        found: dict[bool, CohortWitness] = {}
        days = []
        for old_day, new_day in days_to_compare(self.old.regulation, self.new.regulation):
            before = self._limit(self.old.regulation, mine, old_day, self.old_choices)
            after = self._limit(self.new.regulation, theirs, new_day, self.new_choices)
            for base_count in range(0, 121):
                for count in range(1, 41):
                    lawful = [
                        limit.lawful(count, base_count * int(theirs.surplus in of) + count * int(theirs.grade in of))
                        for limit, of in (before, after)
                    ]
                    if lawful[0] != lawful[1]:
                        days.append(new_day)
                        counts = ((theirs.grade, count), (theirs.surplus, base_count))
                        found.setdefault(lawful[1], CohortWitness(counts, lawful[0], lawful[1]))
        if not found:
            return "none", (), ()
        witnesses = tuple(found.values())
        if len(found) == 2:
            return "both_ways", tuple(dict.fromkeys(days)), witnesses
        return ("loosened" if True in found else "tightened"), tuple(dict.fromkeys(days)), witnesses

    def _limit(
        self, regulation: Regulation, quota: Quota, day: date, choices: Mapping[str, str]
    ) -> tuple[Limit, tuple[str, ...]]:
        percent: Any = on_day(regulation.parameters[quota.at_most], day)
        return Limit(Fraction(percent), read_by(quota.rounding, choices)), read_by(quota.of, choices)

    def links(self) -> Iterator[Difference]:
        for mine, theirs in _paired(self.old.regulation.links, self.new.regulation.links, lambda link: link.id):
            there = theirs or mine
            assert there is not None
            sources = mine.source if mine else None, theirs.source if theirs else None
            names = mine.name if mine else None, theirs.name if theirs else None
            if mine is None or theirs is None:
                direction: Direction = "loosened" if theirs is None else "tightened"
                choices = self.old_choices if theirs is None else self.new_choices
                dormant = not exists(there.under, choices)
                yield Difference(
                    "link", "removed" if theirs is None else "added", direction, *names, there.label, None, *sources,
                    details=_link_details(mine, theirs), dormant=dormant,
                )  # fmt: skip
                continue
            details = _link_details(mine, theirs)
            if details:
                yield Difference(
                    "link", "changed", "not_decided", *names, theirs.label, mine.label, *sources, details=details
                )
            elif (mine.label, mine.source) != (theirs.label, theirs.source):
                yield Difference("link", "reworded", "none", *names, theirs.label, mine.label, *sources)

    # --- numbers and facts ---

    def parameters(self) -> Iterator[Difference]:
        before, after = self.old.regulation.parameters, self.new.regulation.parameters
        for mine, theirs in _paired(list(before.values()), list(after.values()), lambda one: one.id):
            there = theirs or mine
            assert there is not None
            details = tuple((key, old, new) for key, (old, new) in self._values(mine, theirs).items() if old != new)
            sources = mine.values[-1].source if mine else None, theirs.values[-1].source if theirs else None
            names = mine.id if mine else None, theirs.id if theirs else None
            if mine is None or theirs is None:
                kind: Kind = "removed" if theirs is None else "added"
                yield Difference("parameter", kind, "none", *names, there.label, None, *sources, details=details)
            elif details or mine.unit != theirs.unit or mine.type != theirs.type:
                directions = self.changed_by_parameter.get(theirs.id)
                # Where the rules that use it differ in more than its value, the value by itself decides nothing.
                direction = "not_decided" if directions is None else _together(directions - {"none"})
                yield Difference(
                    "parameter", "changed", direction, *names, theirs.label, mine.label, *sources, details=details
                )
            elif mine.label != theirs.label or _sources(mine) != _sources(theirs):
                yield Difference("parameter", "reworded", "none", *names, theirs.label, mine.label, *sources)

    def _values(self, mine: Parameter | None, theirs: Parameter | None) -> dict[str, tuple[object, object]]:
        """Since when which value: of the old, and of the new. Two regulations are never in force on one day: of a
        parameter of both, the last value of each."""
        old, new = self.old.regulation, self.new.regulation
        if mine and theirs and old.id not in (new.id, new.extends):
            ((old_day, new_day),) = days_to_compare(old, new)
            return {"value": (on_day(mine, old_day), on_day(theirs, new_day))}
        days = sorted({one.since for each in (mine, theirs) if each for one in each.values})
        return {day.isoformat(): (mine and on_day(mine, day), theirs and on_day(theirs, day)) for day in days}

    def facts(self) -> Iterator[Difference]:
        before, after = self.old.library.vocabulary.facts, self.new.library.vocabulary.facts
        if before is after:
            return
        for mine, theirs in _paired(list(before.values()), list(after.values()), lambda one: one.name):
            there = theirs or mine
            assert there is not None
            names = mine.name if mine else None, theirs.name if theirs else None
            if mine is None or theirs is None:
                kind: Kind = "removed" if theirs is None else "added"
                yield Difference("fact", kind, "none", *names, there.label)
            elif shape(mine) != shape(theirs) or mine.derived != theirs.derived:
                details = tuple(
                    (key, str(getattr(mine, key)), str(getattr(theirs, key)))
                    for key in ("type", "unit", "options", "minimum", "maximum", "derived")
                    if getattr(mine, key) != getattr(theirs, key)
                )
                yield Difference("fact", "changed", "not_decided", *names, there.label, mine.label, details=details)
            elif (mine.label, mine.question) != (theirs.label, theirs.question):
                yield Difference("fact", "reworded", "none", *names, there.label, mine.label)


# --- parts -----------------------------------------------------------------------------------------------------------


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


def _paired(
    before: Sequence[T], after: Sequence[T], key: Callable[[Any], object]
) -> Iterator[tuple[T | None, T | None]]:
    """Items of both sides by their keys, in the order of the new with what is gone at its old place at the end.

    Of several with one key those of one name go together, the rest in order."""
    left: dict[object, list[T]] = {}
    for one in before:
        left.setdefault(key(one), []).append(one)
    pairs: list[tuple[T | None, T | None]] = []
    for theirs in after:
        candidates = left.get(key(theirs), [])
        same = next((one for one in candidates if getattr(one, "name", None) == getattr(theirs, "name", 0)), None)
        mine = same if same is not None else candidates[0] if candidates else None
        if mine is not None:
            candidates.remove(mine)
        pairs.append((mine, theirs))
    pairs += [(one, None) for one in before if any(one is other for other in left.get(key(one), ()))]
    return iter(pairs)


def _rule_details(mine: Rule | None, theirs: Rule | None) -> tuple[tuple[str, object, object], ...]:
    if mine is None or theirs is None:
        return ()
    parts: list[tuple[str, object, object]] = [
        ("applies_to", ", ".join(mine.applies_to), ", ".join(theirs.applies_to)),
        ("under", _under(mine.under), _under(theirs.under)),
        ("periods", ", ".join(mine.periods), ", ".join(theirs.periods)),
    ]
    return tuple(part for part in parts if part[1] != part[2])


def _link_details(mine: Link | None, theirs: Link | None) -> tuple[tuple[str, object, object], ...]:
    def parts(link: Link | None) -> dict[str, object]:
        if link is None:
            return {}
        return {
            "to": str(link.to),
            "must": link.grade or link.order,
            "applies_to": ", ".join(link.applies_to),
            "under": _under(link.under),
        }

    before, after = parts(mine), parts(theirs)
    keys = dict.fromkeys([*before, *after])
    return tuple((key, before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key))


def _under(readings: Iterable[Any]) -> str:
    return "; ".join(f"{one.interpretation}: {' / '.join(one.options)}" for one in readings)


def _read(setting: Any, choices: Mapping[str, str]) -> Any:
    return read_by(setting, choices) if isinstance(setting, ByReading) else setting


def _setting(setting: Any) -> str:
    match setting:
        case None:
            return UNDETERMINED
        case ByReading(interpretation=name, options=options):
            return f"{name}: " + "; ".join(f"{option}: {_setting(value)}" for option, value in options)
        case tuple() | list():
            return ", ".join(str(one) for one in setting)
        case _:
            return str(setting)


def _sources(parameter: Parameter) -> tuple[Source, ...]:
    return tuple(one.source for one in parameter.values)


def _together(directions: set[Direction]) -> Direction:
    if not directions:
        return "none"
    if len(directions) == 1:
        (only,) = directions
        return only
    return "not_decided" if "not_decided" in directions else "both_ways"
