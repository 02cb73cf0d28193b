"""Cases that come out differently under two versions: looked for among the values where a rule moved, and run."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any

from engine.base.json_text import parse_json
from engine.base.words import wording
from engine.core.judge.case import Rejected
from engine.core.policy.conditions import evaluate
from engine.core.policy.regulation import Regulation
from engine.core.policy.rules import Ladder, Rule
from engine.core.policy.terms import PeriodKind, Value, Vocabulary
from engine.core.rules.domains import Domain, Observable, Region, TooWide, domain, observables
from engine.load.cases.blank import as_json, evidence_to_name, facts_to_state, stated
from engine.load.cases.derived import derivation_order, with_derived
from engine.load.cases.periods import written_period
from engine.study.examples import Stated, examples, typical_values
from engine.study.reasoner import Reasoner, outcome_of
from engine.study.variations import periods_of
from engine.versions.regions import Side, State, both, meets
from engine.versions.versions import Version, days_to_compare, shape

EVIDENCE = wording("case", "evidence")
"""What an example names as evidence if it names any."""
MOST_REGIONS_TRIED = 60


MOST_EXAMPLES = 40


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
class Witnesses:
    """Makes cases that come out differently under two versions."""

    old: Version
    new: Version
    _old: Reasoner = field(init=False)
    _new: Reasoner = field(init=False)

    def __post_init__(self) -> None:
        self._old, self._new = Reasoner(self.old.library), Reasoner(self.new.library)

    def differing(
        self,
        rule: Rule,
        earlier: Rule | None = None,
        *,
        wanted: bool,
        holding_too: Rule | None = None,
        fits: Callable[[Witness], bool] = lambda witness: witness.outcome_old != witness.outcome_new,
    ) -> Witness | None:
        """Among the cases for which a rule of the new side holds (or fails), and another, `holding_too`, holds, one
        that fits."""
        for old_day, new_day in days_to_compare(self.old.regulation, self.new.regulation):
            for kind, period in self.subjects():
                sides = (
                    Side(self.old, earlier, old_day, kind, period, rule.role, False).state(),
                    Side(self.new, rule, new_day, kind, period, rule.role, False).state(),
                )
                other = State(True)
                if holding_too is not None:
                    other = Side(self.new, holding_too, new_day, kind, period, holding_too.role, False).state()
                try:
                    domains = self.domains(*sides, other)
                    tried = meets(both(sides[1], domains)[0 if wanted else 1], both(other, domains)[0])
                except (TooWide, KeyError, ValueError):
                    continue
                for region in islice(tried, MOST_REGIONS_TRIED):
                    for example in islice(self.examples(region, domains, kind, period, new_day), MOST_EXAMPLES):
                        witness = self.witness(example, sides, kind, period, new_day, whatever=True)
                        if witness is not None and fits(witness):
                            return witness
        return None

    def below_every_rung(self, mine: Ladder, theirs: Ladder) -> tuple[Witness, ...]:
        """A case that reaches no rung of either ladder and comes out differently, if one is found."""
        pairs = {criterion.rule.name: criterion.rule for rung in mine.rungs for criterion in rung.criteria}
        for rung in reversed(theirs.rungs):
            for criterion in rung.criteria:
                witness = self.differing(criterion.rule, pairs.get(criterion.rule.name, criterion.rule), wanted=False)
                if witness is not None:
                    return (witness,)
        return ()

    def lifted(self, bar: Rule, grade: str, ladder: Ladder) -> Witness | None:
        """A case that a new bar puts on a better grade than the one it had, if one is found: the bar holds and the
        case fails something that its grade asks."""
        order = [grade.id for grade in self.new.regulation.grades]

        def is_lifted(witness: Witness) -> bool:
            worst = [order.index(grade) if grade in order else len(order) for grade in witness.outcome_old]
            return witness.outcome_new == (grade,) and max(worst) > order.index(grade)

        for rung in reversed(ladder.rungs):
            if order.index(rung.grade) <= order.index(grade):
                continue
            for criterion in rung.criteria:
                witness = self.differing(criterion.rule, criterion.rule, wanted=False, holding_too=bar, fits=is_lifted)
                if witness is not None:
                    return witness
        own = [criterion.rule for rung in ladder.rungs if rung.grade == grade for criterion in rung.criteria]
        tried = (self.differing(rule, rule, wanted=False, holding_too=bar, fits=is_lifted) for rule in own)
        return next((witness for witness in tried if witness is not None), None)

    def subjects(self) -> Iterator[tuple[str, PeriodKind]]:
        """The kinds of subject and of period that both sides know."""
        before, after = self.old.regulation, self.new.regulation
        both = [period for period in periods_of(before) if period in periods_of(after)]
        periods: list[PeriodKind] = both or ["year"]
        for kind in after.kinds.values():
            if kind.is_leaf and kind.id in before.kinds:
                for period in periods:
                    yield kind.id, period

    def domains(self, *states: State) -> dict[Observable, Domain]:
        """What states look at, over the values that any of them tells apart. Raises ValueError if a fact is of other
        values in the other vocabulary."""
        conditions = [state.condition for state in states if not isinstance(state.condition, bool)]
        facts, earlier = self.new.library.vocabulary.facts, self.old.library.vocabulary.facts
        domains = {}
        for observable, constants in observables(conditions).items():
            fact = facts.get(observable.fact, earlier.get(observable.fact))
            other = earlier.get(observable.fact, fact)
            if fact is None or other is None or shape(fact) != shape(other):
                raise ValueError(observable.fact)
            domains[observable] = domain(observable, fact, constants)
        return domains

    def examples(
        self, region: Region, domains: Mapping[Observable, Domain], kind: str, period: PeriodKind, day: date
    ) -> Iterator[Stated]:
        """Cases in a region of values, those that are most like a typical case first."""
        return examples(region, domains, self._vocabulary(), self._base(kind, period, day))

    def witness(
        self,
        example: Stated,
        sides: tuple[State, State],
        kind: str,
        period: PeriodKind,
        day: date,
        *,
        whatever: bool = False,
    ) -> Witness | None:
        """An example run under both versions; None if it shows nothing: unless `whatever`, the rule must come out
        otherwise."""
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
        unusual = [(name, plain(value)) for name, value in example.values.items() if usual.values.get(name) != value]
        unusual += [
            (f"evidence {name}", named) for name, named in example.evidence.items() if usual.evidence.get(name) != named
        ]
        return Witness(
            {**document, "subject": {"kind": kind, "id": "S-1"}}, tuple(unusual), results[0], results[1],
            outcomes[0], outcomes[1],
        )  # fmt: skip

    def _vocabulary(self) -> Vocabulary:
        """The facts of both sides; if both have a fact, the new one."""
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
            facts = stated(facts, name, plain(example.values[name]))
    return {
        "case_id": "W-1",
        "period": written_period(period, day.year),
        "as_of": day.isoformat(),
        "subject": {"kind": kind, "id": "S-1"},
        "facts": facts,
        "evidence": {name: [EVIDENCE["vi"]] if named else [] for name, named in example.evidence.items()},
    }


def plain(value: Value) -> Any:
    """A value as a case file states it."""
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
