"""What a change of policies means: rules added, removed, renamed, reworded, tightened, loosened, each with its sources
and, where people are treated otherwise, with a case that shows it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, TypeVar

from engine.core.judge.record import UNDETERMINED
from engine.core.policy.conditions import leaves
from engine.core.policy.live import chosen, concerns, exists, on_day, read_by
from engine.core.policy.model import (
    ByReading,
    Comparison,
    Condition,
    Ladder,
    Link,
    Parameter,
    ParameterReference,
    Quota,
    Regulation,
    Rule,
    Rung,
    Source,
    Text,
    all_rules,
)
from engine.versions.quotas import CohortWitness, QuotaSide, quota_direction
from engine.versions.strictness import Direction, Movement, Witness
from engine.versions.versions import Version, days_to_compare, shape

What = Literal[
    "regulation", "grade", "subject_kind", "relation", "interpretation", "parameter", "exemption", "ungraded",
    "review_content", "trigger", "criterion", "bar", "gap", "relief", "rung", "otherwise", "quota", "link", "fact",
]  # fmt: skip
Kind = Literal["added", "removed", "renamed", "reworded", "changed"]
UNDECIDED = ("within", "count", "applies_to", "periods")
"""Parts of a quota of which it is not decided what another setting means."""
T = TypeVar("T")


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
            yield from self._otherwise(mine, theirs)
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
                elif before.under != after.under or self._exists(before) != self._exists(after, new=True):
                    name = f"{theirs.id}.{there.grade}"
                    live = self._exists(before), self._exists(after, new=True)
                    details: tuple[tuple[str, object, object], ...] = (("applies", *live),)
                    if before.under != after.under:
                        details = (("under", _under(before.under), _under(after.under)),)
                    same = before.under == after.under
                    because = tuple(self._read_otherwise(one.interpretation for one in after.under)) if same else ()
                    yield Difference(
                        "rung", "changed", "not_decided" if any(live) else "none", name, name, label, details=details,
                        because=because, grade=there.grade, dormant=not any(live),
                    )  # fmt: skip
                else:
                    kept = [{one.rule.id: one.inherited for one in rung.criteria} for rung in (before, after)]
                    for name in (one for one in kept[0] if one in kept[1]):
                        if kept[0][name] != kept[1][name]:
                            rule = next(one.rule for one in after.criteria if one.rule.id == name)
                            yield Difference(
                                "criterion", "changed", "loosened" if kept[0][name] else "tightened", rule.name,
                                rule.name, rule.label, rule.label, rule.source, rule.source, grade=there.grade,
                                details=(("inherited", kept[0][name], kept[1][name]),),
                            )  # fmt: skip

    def _exists(self, rung: Rung, *, new: bool = False) -> bool:
        return exists(rung.under, self.new_choices if new else self.old_choices)

    def _otherwise(self, mine: Ladder, theirs: Ladder) -> Iterator[Difference]:
        """What becomes of a case that reaches no rung, as it is written and as it is read."""
        before, after = mine.otherwise, theirs.otherwise
        read = _read(before.grade, self.old_choices), _read(after.grade, self.new_choices)
        if before.grade == after.grade and read[0] == read[1]:
            return
        same = before.grade == after.grade and isinstance(after.grade, ByReading)
        because = tuple(self._read_otherwise([after.grade.interpretation])) if same else ()  # type: ignore[union-attr]
        shown = read if same else (before.grade, after.grade)
        witnesses = self.movement.below_every_rung(mine, theirs) if read[0] != read[1] else ()
        yield Difference(
            "otherwise", "changed", self._otherwise_direction(*read), before.name, after.name, after.label,
            before.label, before.source, after.source, details=(("grade", _setting(shown[0]), _setting(shown[1])),),
            because=because, witnesses=witnesses,
        )  # fmt: skip

    def _otherwise_direction(self, before: str | None, after: str | None) -> Direction:
        """Left to the authority a case may get any grade, so only the lowest is surely no better."""
        if before == after:
            return "none"
        order = [one.id for one in self.new.regulation.grades]
        if after == order[-1]:
            return "tightened"
        if before is None or after is None or before not in order or after not in order:
            return "loosened" if before == order[-1] else "not_decided"
        return "tightened" if order.index(after) > order.index(before) else "loosened"

    # --- quotas and links ---

    def quotas(self) -> Iterator[Difference]:
        one, other = self.old.regulation, self.new.regulation
        for mine, theirs in _paired(one.quotas, other.quotas, lambda quota: quota.id):
            there = theirs or mine
            assert there is not None
            details, because = self._quota_details(mine, theirs)
            sides = (mine.source if mine else None), (theirs.source if theirs else None)
            names = (mine.name if mine else None), (theirs.name if theirs else None)
            if mine is None or theirs is None or details:
                kind: Kind = "changed" if mine and theirs else "removed" if mine else "added"
                direction, days, cohorts = self._quota_direction(mine, theirs)
                if any(key in UNDECIDED for key, _, _ in details):
                    direction = "not_decided"
                for name in because:
                    self.changed_by_parameter.setdefault(name, set()).add(direction)
                live = [
                    quota is not None and exists(quota.under, choices)
                    for quota, choices in ((mine, self.old_choices), (theirs, self.new_choices))
                ]
                yield Difference(
                    "quota", kind, direction, *names, there.label, mine.label if mine else None, *sides,
                    details=details, days=days, cohorts=cohorts, grade=there.grade, because=because,
                    dormant=not any(live),
                )  # fmt: skip
            elif (mine.label, mine.source) != (theirs.label, theirs.source):
                yield Difference("quota", "reworded", "none", *names, theirs.label, mine.label, *sides)
            if mine is not None and theirs is not None:
                yield from self._of_rules([one.rule for one in mine.relief], [one.rule for one in theirs.relief])

    def _quota_details(
        self, mine: Quota | None, theirs: Quota | None
    ) -> tuple[tuple[tuple[str, object, object], ...], tuple[str, ...]]:
        """The parts in which two quotas differ; and the parameters and readings that alone make them differ."""
        if mine is None or theirs is None:
            return (), ()
        found: list[tuple[str, object, object]] = []
        because: list[str] = []
        limits: list[tuple[str, str, str]] = [("at_most", mine.at_most, theirs.at_most)]
        reliefs = {one.rule.id: one for one in mine.relief}
        for one in theirs.relief:
            earlier = reliefs.get(one.rule.id)
            if earlier is None:
                continue
            if one.at_most and earlier.at_most:
                limits.append((f"relief.{one.rule.id}.at_most", earlier.at_most, one.at_most))
            elif one.at_most != earlier.at_most:
                found.append((f"relief.{one.rule.id}.at_most", earlier.at_most, one.at_most))
            for key in ("base_less_than", "allowed"):
                if getattr(earlier, key) != getattr(one, key):
                    found.append((f"relief.{one.rule.id}.{key}", getattr(earlier, key), getattr(one, key)))
        for key, old_name, new_name in limits:
            for old_day, new_day in days_to_compare(self.old.regulation, self.new.regulation):
                before = on_day(self.old.regulation.parameters[old_name], old_day)
                after = on_day(self.new.regulation.parameters[new_name], new_day)
                if before != after:
                    found.append((key, before, after))
                    because += [new_name] if old_name == new_name else []
        for key in ("grade", "of", "count", "rounding", "within", "surplus", "several_cases", "applies_to", "periods",
                    "under"):  # fmt: skip
            written = [getattr(quota, key) for quota in (mine, theirs)]
            read = [_read(setting, choices) for setting, choices in zip(written, self._choices, strict=True)]
            if key == "under":
                read = [exists(setting, choices) for setting, choices in zip(written, self._choices, strict=True)]
            if read[0] == read[1] and (key != "under" or written[0] == written[1]):
                continue
            if written[0] == written[1]:
                asked = [written[0].interpretation] if isinstance(written[0], ByReading) else []
                asked += [one.interpretation for one in mine.under] if key == "under" else []
                because += self._read_otherwise(asked)
            if key == "under" and written[0] == written[1]:
                found.append(("applies", read[0], read[1]))
            elif key == "under":
                found.append((key, _under(mine.under), _under(theirs.under)))
            else:
                found.append((key, _setting(read[0]), _setting(read[1])))
        return tuple(dict.fromkeys(found)), tuple(dict.fromkeys(because))

    def _read_otherwise(self, names: Iterable[str]) -> list[str]:
        """Those of some interpretations that the two sides read otherwise."""
        return [name for name in dict.fromkeys(names) if self.old_choices.get(name) != self.new_choices.get(name)]

    @property
    def _choices(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        return self.old_choices, self.new_choices

    def _quota_direction(
        self, mine: Quota | None, theirs: Quota | None
    ) -> tuple[Direction, tuple[date, ...], tuple[CohortWitness, ...]]:
        """How a quota moved, on which days, and a cohort for each way."""
        found: dict[bool, CohortWitness] = {}
        days = []
        for old_day, new_day in days_to_compare(self.old.regulation, self.new.regulation):
            direction, cohorts = quota_direction(
                QuotaSide(self.old.regulation, mine, old_day, self.old_choices),
                QuotaSide(self.new.regulation, theirs, new_day, self.new_choices),
            )
            if direction != "none":
                days.append(new_day)
            for one in cohorts:
                found.setdefault(one.lawful_new, one)
        if not found:
            return "none", (), ()
        way: Direction = "both_ways" if len(found) == 2 else "loosened" if True in found else "tightened"
        return way, tuple(days), tuple(found.values())

    def links(self) -> Iterator[Difference]:
        for mine, theirs in _paired(self.old.regulation.links, self.new.regulation.links, lambda link: link.id):
            there = theirs or mine
            assert there is not None
            sources = mine.source if mine else None, theirs.source if theirs else None
            names = mine.name if mine else None, theirs.name if theirs else None
            live = [
                link is not None and exists(link.under, choices)
                for link, choices in ((mine, self.old_choices), (theirs, self.new_choices))
            ]
            details = _link_details(mine, theirs)
            if live[0] != live[1] or mine is None or theirs is None:
                kind: Kind = "changed" if mine and theirs else "removed" if mine else "added"
                direction: Direction = "tightened" if live[1] else "loosened" if live[0] else "none"
                same = mine is not None and theirs is not None and mine.under == theirs.under
                because = tuple(self._read_otherwise(one.interpretation for one in there.under)) if same else ()
                if because:
                    details = (*details, ("applies", live[0], live[1]))
                yield Difference(
                    "link", kind, direction, *names, there.label, mine.label if mine else None, *sources,
                    details=details, dormant=not any(live), because=because,
                )  # fmt: skip
            elif details:
                yield Difference(
                    "link", "changed", "not_decided" if live[0] else "none", *names, theirs.label, mine.label,
                    *sources, details=details, dormant=not live[0],
                )  # fmt: skip
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
