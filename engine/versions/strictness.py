"""Whether a rule was tightened or loosened, decided, with a case that shows it.

A rule is a question with finitely many distinguishable answers, so the values under which the old holds and the new
fails, or the other way round, are found exactly. Each is then turned into a case that can be run, and only what such a
case confirms is claimed: where values are found and no case is, the direction is `not_decided`.

Tighter means worse for the subject: a criterion that holds for fewer, a bar, trigger or review content that holds for
more, an exemption or a relief that holds for fewer.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any, Literal

from engine.base.json_text import parse_json
from engine.core.judge.case import Rejected
from engine.core.judge.record import outcome_of
from engine.core.policy.conditions import evaluate, ready
from engine.core.policy.live import chosen, concerns, during, exists, regime
from engine.core.policy.model import Condition, Ladder, PeriodKind, Regulation, Role, Rule, Value, Vocabulary
from engine.core.policy.values import derivation_order, with_derived
from engine.core.rules.domains import (
    MOST_REGIONS,
    Domain,
    Observable,
    Region,
    TooWide,
    covers,
    domain,
    observables,
    regions,
)
from engine.load.cases.blank import as_json, evidence_to_name, facts_to_state, stated
from engine.study.examples import Stated, examples, typical_values
from engine.study.reasoner import Reasoner
from engine.versions.versions import Version, days_to_compare, periods_of, shape

Direction = Literal["tightened", "loosened", "both_ways", "none", "not_decided"]


MOST_REGIONS_TRIED = 60


MOST_EXAMPLES = 40


MOST_WITNESSES = 12


MOST_SUBJECTS = 3
"""Kinds of subject and of period in which a better example is still looked for once there is one."""


DECIDES_GRADE: tuple[Role, ...] = ("criterion", "bar")


MOVES_NO_GRADE: tuple[Role, ...] = ("trigger", "review_content")


WIDER_IS_TIGHTER: dict[Role, bool] = {
    "criterion": False, "exemption": False, "ungraded": False, "relief": False,
    "bar": True, "trigger": True, "review_content": True,
}  # fmt: skip


@dataclass(frozen=True)
class Witness:
    """A case file that comes out differently, and how: the rule in question, the outcome, both under old and new.

    `outcome` lists what the facts leave possible (a grade, several, `undetermined`), or says that nothing is graded.
    """

    document: Mapping[str, Any]
    unusual: tuple[tuple[str, object], ...]
    """The facts (or `evidence …`) in which it differs from a typical case."""
    rule_old: bool | None
    rule_new: bool | None
    outcome_old: tuple[str, ...]
    outcome_new: tuple[str, ...]


@dataclass
class Movement:
    """Two versions whose rules are set side by side."""

    old: Version
    new: Version
    _old: Reasoner = field(init=False)
    _new: Reasoner = field(init=False)

    def __post_init__(self) -> None:
        self._old, self._new = Reasoner(self.old.library), Reasoner(self.new.library)

    def of(
        self, mine: Rule | None, theirs: Rule | None, dormant: bool, kinds: Collection[str] | None = None
    ) -> tuple[Direction, tuple[date, ...], tuple[Witness, ...]]:
        """How a rule moved, on which days, and a case for each way; what is not there asks nothing. `dormant`: as if
        every reading on which it depends were chosen. `kinds`: of these kinds of subject alone."""
        rule = theirs or mine
        assert rule is not None
        found: dict[bool, Witness | None] = {}
        looked: dict[bool, int] = {}
        days: list[date] = []

        def enough(widened: bool) -> bool:
            one = found.get(widened)
            if one is None:
                return False
            looked[widened] = looked.get(widened, 0) + 1
            return looked[widened] > MOST_SUBJECTS or self._tells(one, rule.role, widened) == 0

        for old_day, new_day in days_to_compare(self.old.regulation, self.new.regulation):
            for kind, period in self._subjects():
                if kinds is not None and kind not in kinds:
                    continue
                sides = (
                    _Side(self.old, mine, old_day, kind, period, rule.role, dormant).state(),
                    _Side(self.new, theirs, new_day, kind, period, rule.role, dormant).state(),
                )
                if sides[0] == sides[1]:
                    continue
                others = self._decisive(mine, theirs, sides, kind)
                for widened, witness in self._moves(sides, rule.role, kind, period, new_day, others, enough):
                    if new_day not in days:
                        days.append(new_day)
                    known = found.get(widened)
                    better = witness is not None and self._tells_more(witness, known, rule.role, widened)
                    if known is None or better:
                        found[widened] = witness
        if rule.role == "gap" or not found:
            return "none", tuple(days), ()
        # What no case confirms is not claimed.
        if None in found.values():
            return "not_decided", tuple(days), tuple(one for one in found.values() if one is not None)
        witnesses = tuple(one for one in found.values() if one is not None)
        if len(found) == 2:
            return "both_ways", tuple(days), witnesses
        (widened,) = found
        return ("tightened" if widened is WIDER_IS_TIGHTER[rule.role] else "loosened"), tuple(days), witnesses

    def compensated(self, mine: Rule | None, theirs: Rule | None, others: Sequence[Rule]) -> bool:
        """Is every case that a looser bar or criterion lets go kept where it was by the `others`: by another bar on
        the same grade, by another criterion of the rung? Decided over the values; False where too wide."""
        rule = theirs or mine
        assert rule is not None
        bar = rule.role == "bar"
        for old_day, new_day in days_to_compare(self.old.regulation, self.new.regulation):
            for kind, period in self._subjects():
                old, new = (
                    _Side(version, one, day, kind, period, rule.role, False).state()
                    for version, one, day in ((self.old, mine, old_day), (self.new, theirs, new_day))
                )
                kept = [_Side(self.new, one, new_day, kind, period, one.role, False).state() for one in others]
                try:
                    domains = self._domains(old, new, *kept)
                    before, after = _both(old, domains), _both(new, domains)
                    left = _meets(before[0], after[1]) if bar else _meets(before[1], after[0])
                    for state in kept:
                        left = _meets(left, _both(state, domains)[1 if bar else 0])
                        if len(left) > MOST_REGIONS:
                            return False
                except (TooWide, KeyError, ValueError):
                    return False
                if left:
                    return False
        return True

    def below_every_rung(self, mine: Ladder, theirs: Ladder) -> tuple[Witness, ...]:
        """A case that reaches no rung of either ladder and comes out differently, where one is found."""
        pairs = {one.rule.name: one.rule for rung in mine.rungs for one in rung.criteria}
        for rung in reversed(theirs.rungs):
            for one in rung.criteria:
                found = self.differing(one.rule, pairs.get(one.rule.name, one.rule), wanted=False)
                if found is not None:
                    return (found,)
        return ()

    def lifted(self, bar: Rule, grade: str, ladder: Ladder) -> Witness | None:
        """A case that a new bar puts on a better grade than the one it had, where one is found: the bar holds and the
        case fails something that its grade asks."""
        order = [one.id for one in self.new.regulation.grades]

        def is_lifted(one: Witness) -> bool:
            worst = [order.index(each) if each in order else len(order) for each in one.outcome_old]
            return one.outcome_new == (grade,) and max(worst) > order.index(grade)

        for rung in reversed(ladder.rungs):
            if order.index(rung.grade) <= order.index(grade):
                continue
            for one in rung.criteria:
                found = self.differing(one.rule, one.rule, wanted=False, beside=bar, fits=is_lifted)
                if found is not None:
                    return found
        own = [one.rule for rung in ladder.rungs if rung.grade == grade for one in rung.criteria]
        tried = (self.differing(one, one, wanted=False, beside=bar, fits=is_lifted) for one in own)
        return next((found for found in tried if found is not None), None)

    def differing(
        self,
        rule: Rule,
        earlier: Rule | None = None,
        *,
        wanted: bool,
        beside: Rule | None = None,
        fits: Callable[[Witness], bool] = lambda one: one.outcome_old != one.outcome_new,
    ) -> Witness | None:
        """Among the cases for which a rule of the new side holds (or fails), and another one `beside` it holds, one
        that fits."""
        for old_day, new_day in days_to_compare(self.old.regulation, self.new.regulation):
            for kind, period in self._subjects():
                sides = (
                    _Side(self.old, earlier, old_day, kind, period, rule.role, False).state(),
                    _Side(self.new, rule, new_day, kind, period, rule.role, False).state(),
                )
                other = _State(True)
                if beside is not None:
                    other = _Side(self.new, beside, new_day, kind, period, beside.role, False).state()
                try:
                    domains = self._domains(*sides, other)
                    tried = _meets(_both(sides[1], domains)[0 if wanted else 1], _both(other, domains)[0])
                except (TooWide, KeyError, ValueError):
                    continue
                for region in islice(tried, MOST_REGIONS_TRIED):
                    for example in islice(self._examples(region, domains, kind, period, new_day), MOST_EXAMPLES):
                        found = self._witness(example, sides, kind, period, new_day, whatever=True)
                        if found is not None and fits(found):
                            return found
        return None

    def _subjects(self) -> Iterator[tuple[str, PeriodKind]]:
        """The kinds of subject and of period that both sides know."""
        before, after = self.old.regulation, self.new.regulation
        both = [one for one in periods_of(before) if one in periods_of(after)]
        periods: list[PeriodKind] = both or ["year"]
        for kind in after.kinds.values():
            if kind.is_leaf and kind.id in before.kinds:
                for period in periods:
                    yield kind.id, period

    def _moves(
        self,
        sides: "tuple[_State, _State]",
        role: Role,
        kind: str,
        period: PeriodKind,
        day: date,
        others: "Sequence[tuple[Rule, Version, bool]]",
        enough: Callable[[bool], bool],
    ) -> Iterator[tuple[bool, Witness | None]]:
        """For each way in which the rule moved (True: it holds for more) the case that shows it best, if one is: where
        other rules hide what it does, a case in which they do not."""
        before, after = sides
        try:
            domains = self._domains(before, after)
            old_holds, old_fails = _both(before, domains)
            new_holds, new_fails = _both(after, domains)
        except (TooWide, KeyError, ValueError):
            yield True, None
            return
        for widened, one, other in ((False, old_holds, new_fails), (True, old_fails, new_holds)):
            meets = [met for first in one for second in other if (met := _met(first, second)) is not None]
            if not meets:
                continue
            if enough(widened):
                yield widened, None
                continue
            best = self._best(meets, domains, sides, role, widened, kind, period, day)
            if best is not None and others and role in DECIDES_GRADE and self._tells(best, role, widened) > 1:
                alone, wider = self._alone(widened, sides, others, kind, period, day)
                found = self._best(alone, wider, sides, role, widened, kind, period, day) if alone else None
                best = found if found is not None and self._tells_more(found, best, role, widened) else best
            yield widened, best

    def _best(
        self,
        found: Sequence[Region],
        domains: Mapping[Observable, Domain],
        sides: "tuple[_State, _State]",
        role: Role,
        widened: bool,
        kind: str,
        period: PeriodKind,
        day: date,
    ) -> Witness | None:
        """Of the cases tried in some regions the one that shows best how a rule moved."""
        best: Witness | None = None
        tried = (
            self._witness(example, sides, kind, period, day)
            for region in islice(found, MOST_REGIONS_TRIED)
            for example in islice(self._examples(region, domains, kind, period, day), MOST_EXAMPLES)
        )
        for witness in islice((one for one in tried if one is not None), MOST_WITNESSES):
            if self._tells_more(witness, best, role, widened):
                best = witness
            if role in MOVES_NO_GRADE or self._tells(witness, role, widened) == 0:
                break
        return best

    def _decisive(
        self, mine: Rule | None, theirs: Rule | None, sides: "tuple[_State, _State]", kind: str
    ) -> list[tuple[Rule, Version, bool]]:
        """The rules beside a bar or criterion that would hide what it does, with their version and what they must come
        to so that they do not: other bars fail, other criteria of its rung and those below hold. None between two
        regulations."""
        found: list[tuple[Rule, Version, bool]] = []
        if self.old.regulation.id not in (self.new.regulation.id, self.new.regulation.extends):
            # Of two regulations so much differs that no case shows what one rule alone does.
            return found
        for rule, version in ((mine or theirs, self.old), (theirs or mine, self.new)):
            subject = version.regulation.kinds[kind]
            for ladder in version.regulation.ladders:
                if rule is None or not concerns(ladder.applies_to, subject):
                    continue
                found += [(bar.rule, version, False) for bar in ladder.bars if bar.rule.name != rule.name]
                asked: list[Rule] = []
                for rung in reversed(ladder.rungs):
                    asked += [one.rule for one in rung.criteria]
                    if rule.name in [one.name for one in asked]:
                        found += [(one, version, True) for one in asked if one.name != rule.name]
                        break
        return found

    def _alone(
        self,
        widened: bool,
        sides: "tuple[_State, _State]",
        others: "Sequence[tuple[Rule, Version, bool]]",
        kind: str,
        period: PeriodKind,
        day: date,
    ) -> tuple[list[Region], Mapping[Observable, Domain]]:
        """Where a rule moved one way and no other rule hides it; empty where that is too wide to say."""
        states = [
            (_Side(version, one, regime(version.regulation, day), kind, period, one.role, False).state(), wanted)
            for one, version, wanted in others
        ]
        try:
            domains = self._domains(*sides, *(state for state, _ in states))
            before, after = (_both(side, domains) for side in sides)
            left = _meets(before[1], after[0]) if widened else _meets(before[0], after[1])
            for state, wanted in states:
                left = list(islice(_meets(left, _both(state, domains)[0 if wanted else 1]), MOST_REGIONS_TRIED))
        except (TooWide, KeyError, ValueError):
            return [], {}
        return left, domains

    def _tells(self, one: Witness, role: Role, widened: bool) -> int:
        """How well a case shows which way a rule moved: 0 where its outcome moves the same way, then where it moves to
        or from none, stays, or moves the other way for another reason."""
        if one.outcome_old == one.outcome_new:
            return 2
        order = [grade.id for grade in self.new.regulation.grades]
        places = [[order.index(each) for each in side if each in order] for side in (one.outcome_old, one.outcome_new)]
        if not places[0] or not places[1]:
            return 1
        worse = (min(places[1]), max(places[1])) > (min(places[0]), max(places[0]))
        return 0 if worse is (widened is WIDER_IS_TIGHTER.get(role, True)) else 3

    def _tells_more(self, one: Witness, than: Witness | None, role: Role, widened: bool) -> bool:
        if than is None:
            return True
        return (self._tells(one, role, widened), len(one.unusual)) < (
            self._tells(than, role, widened),
            len(than.unusual),
        )

    def _domains(self, *states: "_State") -> dict[Observable, Domain]:
        conditions = [one.condition for one in states if not isinstance(one.condition, bool)]
        facts, earlier = self.new.library.vocabulary.facts, self.old.library.vocabulary.facts
        found = {}
        for observable, constants in observables(conditions).items():
            fact = facts.get(observable.fact, earlier.get(observable.fact))
            other = earlier.get(observable.fact, fact)
            if fact is None or other is None or shape(fact) != shape(other):
                raise ValueError(observable.fact)
            found[observable] = domain(observable, fact, constants)
        return found

    def _vocabulary(self) -> Vocabulary:
        """The facts of both sides; where both have one, the new one."""
        facts = {**self.old.library.vocabulary.facts, **self.new.library.vocabulary.facts}
        return replace(self.new.library.vocabulary, facts=facts)

    def _base(self, kind: str, period: PeriodKind, day: date) -> Stated:
        names: dict[str, None] = {}
        evidence: dict[str, bool] = {}
        for reasoner, side in ((self._old, self.old), (self._new, self.new)):
            compiled = reasoner.judge_of(side.regulation, kind, day, period).compiled
            names |= dict.fromkeys(facts_to_state(side.regulation, compiled))
            evidence |= dict.fromkeys(evidence_to_name(compiled), True)
        return Stated(typical_values(self._vocabulary(), list(names)), evidence)

    def _examples(
        self, region: Region, domains: Mapping[Observable, Domain], kind: str, period: PeriodKind, day: date
    ) -> Iterator[Stated]:
        return examples(region, domains, self._vocabulary(), self._base(kind, period, day))

    def _witness(
        self,
        example: Stated,
        sides: "tuple[_State, _State]",
        kind: str,
        period: PeriodKind,
        day: date,
        *,
        whatever: bool = False,
    ) -> Witness | None:
        vocabulary = self._vocabulary()
        values = with_derived(example.values, vocabulary, derivation_order(vocabulary))
        results = [
            state.condition
            if isinstance(state.condition, bool)
            else evaluate(state.condition, vocabulary.facts, values, dict(example.evidence))
            for state in sides
        ]
        if results[0] is None or results[1] is None or (results[0] == results[1] and not whatever):
            return None
        usual = self._base(kind, period, day)
        document = _case_file(example, vocabulary, kind, period, day)
        outcomes = [
            _outcome(reasoner, side.regulation, document, vocabulary)
            for reasoner, side in ((self._old, self.old), (self._new, self.new))
        ]
        if outcomes[0] is None or outcomes[1] is None:
            return None
        unusual = [(name, _plain(value)) for name, value in example.values.items() if usual.values.get(name) != value]
        unusual += [
            (f"evidence {name}", named) for name, named in example.evidence.items() if usual.evidence.get(name) != named
        ]
        return Witness(
            {**document, "subject": {"kind": kind, "id": "S-1"}}, tuple(unusual), results[0], results[1],
            outcomes[0], outcomes[1],
        )  # fmt: skip


@dataclass(frozen=True)
class _State:
    """A rule for one kind of subject on one day: a condition with typed operands, or that it always holds or fails."""

    condition: Condition | bool


@dataclass(frozen=True)
class _Side:
    version: Version
    rule: Rule | None
    day: date
    kind: str
    period: PeriodKind
    role: Role
    whatever_the_reading: bool

    def state(self) -> _State:
        """What is not there asks nothing: a criterion holds, any other rule does not."""
        rule, regulation = self.rule, self.version.regulation
        there = (
            rule is not None
            and concerns(rule.applies_to, regulation.kinds[self.kind])
            and during(rule.periods, self.period)
            and (self.whatever_the_reading or exists(rule.under, chosen(regulation, {})))
        )
        if rule is None or not there:
            return _State(self.role == "criterion")
        if rule.condition is None:
            return _State(True)
        vocabulary = self.version.library.vocabulary
        return _State(ready(rule.condition, vocabulary, regulation.parameters, self.day))


def _both(state: _State, domains: Mapping[Observable, Domain]) -> tuple[tuple[Region, ...], tuple[Region, ...]]:
    """Where a state holds and where it fails."""
    if isinstance(state.condition, bool):
        return (({},), ()) if state.condition else ((), ({},))
    return regions(state.condition, domains), regions(state.condition, domains, wanted=False)


def _meets(some: Sequence[Region], others: Sequence[Region]) -> list[Region]:
    """Where both of two alternatives hold, without what another region covers."""
    found: list[Region] = []
    for first in some:
        for second in others:
            met = _met(first, second)
            if met is not None and not any(covers(one, met) for one in found):
                found = [one for one in found if not covers(met, one)]
                found.append(met)
    return found


def _met(first: Region, second: Region) -> Region | None:
    met = dict(first)
    for observable, mask in second.items():
        met[observable] = met.get(observable, mask) & mask
    return None if 0 in met.values() else met


def _outcome(
    reasoner: Reasoner, regulation: Regulation, document: Mapping[str, Any], vocabulary: Vocabulary
) -> tuple[str, ...] | None:
    """What a case comes to under one version; facts that its vocabulary does not have are left out."""
    known = reasoner.library.vocabulary.facts
    facts: dict[str, Any] = {}
    for name, value in _flat(document["facts"]):
        if name in known:
            facts = stated(facts, name, value)
    evidence = {name: items for name, items in document.get("evidence", {}).items() if name in known}
    read = parse_json("witness.json", as_json({**document, "facts": facts, "evidence": evidence}))
    decided = reasoner.document(read, regulation.id)
    return None if isinstance(decided, Rejected) else outcome_of(decided.decision)


def _case_file(example: Stated, vocabulary: Vocabulary, kind: str, period: PeriodKind, day: date) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for name in vocabulary.facts:
        if name in example.values:
            facts = stated(facts, name, _plain(example.values[name]))
    quarters = {"first_quarter": "Q1", "second_quarter": "Q2", "third_quarter": "Q3", "fourth_quarter": "Q4"}
    written = f"{day.year}-{quarters[period]}" if period in quarters else str(day.year)
    return {
        "case_id": "W-1",
        "period": f"{day.year}-{day.year + 5}" if period == "term" else written,
        "as_of": day.isoformat(),
        "subject": {"kind": kind, "id": "S-1"},
        "facts": facts,
        "evidence": {name: ["sản phẩm 1"] if named else [] for name, named in example.evidence.items()},
    }


def _plain(value: Value) -> Any:
    match value:
        case Fraction() if value.denominator == 1:
            return value.numerator
        case Fraction():
            return Decimal(value.numerator) / Decimal(value.denominator)
        case date():
            return value.isoformat()
        case frozenset():
            return sorted(value)
        case _:
            return value


def _flat(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in facts.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
