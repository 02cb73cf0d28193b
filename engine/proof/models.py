"""Answers of z3: is there a case that breaks a property, and which is the smallest?

The smallest case differs from a typical one in the fewest facts, and keeps to the readings that the regulation chooses
if it can. Of the numbers in which it differs, each is as near to the typical one as it can be.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from time import monotonic
from typing import Any

import z3

from engine.core.policy.terms import Fact, Value
from engine.core.policy.values import rank, typed
from engine.proof.encoding import SymbolicCase
from engine.proof.queries import Cases, Query
from engine.proof.symbols import Term
from engine.proof.verdict import Sample

OF_A_FACT, OF_A_READING, OF_WHAT_STAYS_UNKNOWN = 1, 3, 6
"""How much it counts against a case that it differs from a typical one in a fact, that it needs another reading than
the chosen one, and that something stays unknown though all is stated."""
ALMOST = 0.05
"""Seconds before the time is up at which z3 may have ended by itself."""
MOST_STEPS = 24
"""In which a number is brought near to the typical one."""
NEAR = Fraction(1, 200)
"""What is so near to the nearest is the nearest, since numbers are written in hundredths at most."""
MOST_DECIMALS = 10**6
FINEST = (1, 10, 100)
"""A number is a whole one if it can be, else one of so many parts."""


class OutOfTime(Exception):
    """The time for a property is up."""


class Unsure(Exception):
    """The solver gave up by itself."""


@dataclass(eq=False)
class Asker:
    """Asks z3 until the time is up, and counts the questions. `until`: seconds of `monotonic`."""

    until: float
    questions: int = 0
    _told: dict[Cases, "_Told"] = field(default_factory=dict)
    _last: Any = None
    """The model of the last case that was made."""

    def broken(self, query: Query) -> bool:
        """Is a question answered with yes? Raises OutOfTime, or Unsure."""
        with self._about(query) as solver:
            return self.ask(solver) is not None

    def any_case(self, query: Query) -> Sample | None:
        """Some case for which a question is answered with yes, under the chosen readings if it can be; None if there is
        none."""
        with self._about(query) as solver:
            usual = [variable == 0 for variable in query.cases.readings.variables.values()]
            model = self.ask(solver, *usual) or self.ask(solver)
            if model is None:
                return None
            for name, variable in query.cases.one.stated.items():
                fact = query.cases.one.facts[name]
                if fact.form == "number" and not _is_decimal(model.eval(variable, model_completion=True)):
                    model = _simply(solver, variable, fact, model, self)
            self._last = model
            return _sample(query, query.cases.one, model)

    def smallest(self, query: Query) -> tuple[Sample, ...] | None:
        """The smallest case, or two, for which a question is answered with yes; None if there is none."""
        with self._about(query) as solver:
            model = self.ask(solver)
            if model is None:
                return None
            costs = list(_costs(query))
            while (cost := _cost(model, costs)) > 0:
                better = self.ask(solver, z3.PbLe(costs, cost - 1))
                if better is None:
                    break
                model = better
            if costs:
                solver.add(z3.PbLe(costs, cost))
            self._last = model = _with_near_numbers(query, solver, model, self)
            first, *others = [_sample(query, case, model) for case in query.in_question]
            return (first, *(_moved(query, first, other) for other in others))

    def size(self, query: Query) -> int:
        """How little like a typical case the last case is that was made."""
        return _cost(self._last, list(_costs(query)))

    def is_true_of_last(self, term: Term) -> bool:
        """Is something true of the last case that was made?"""
        return bool(z3.is_true(self._last.eval(term, model_completion=True)))

    def ask(self, solver: z3.Solver, *assumed: Term) -> Any:
        """A model of what a solver was told and of what is assumed; None if there is none."""
        left = self.until - monotonic()
        if left <= 0:
            raise OutOfTime
        solver.set("timeout", max(1, int(1_000 * left)))
        self.questions += 1
        answer = solver.check(*assumed)
        if answer == z3.sat:
            return solver.model()
        if answer == z3.unsat:
            return None
        raise OutOfTime if monotonic() >= self.until - ALMOST else Unsure

    @contextmanager
    def _about(self, query: Query) -> Iterator[z3.Solver]:
        """A solver that was told what the cases respect, and for now what is in question."""
        told = self._told.setdefault(query.cases, _Told(query.cases))
        solver = told.solver
        told.bring_up_to_date()
        solver.push()
        try:
            solver.add(query.broken)
            yield solver
        finally:
            solver.pop()


@dataclass(eq=False)
class _Told:
    """What a solver was told about the cases of a space."""

    cases: Cases
    solver: z3.Solver = field(default_factory=z3.Solver)
    limits: dict[str, int] = field(default_factory=dict)

    def bring_up_to_date(self) -> None:
        """Tells what the cases respect, so far as it was not told."""
        every = [("readings", self.cases.readings.limits), ("one", self.cases.one.limits)]
        if "other" in vars(self.cases):
            every.append(("other", self.cases.other.limits))
        for name, limits in every:
            self.solver.add(*limits[self.limits.get(name, 0) :])
            self.limits[name] = len(limits)


def _cost(model: Any, costs: Sequence[tuple[Term, int]]) -> int:
    return sum(weight for term, weight in costs if z3.is_true(model.eval(term, model_completion=True)))


def _costs(query: Query) -> Iterator[tuple[Term, int]]:
    """What makes a case less like a typical one, with how much it counts."""
    yield from ((variable != 0, OF_A_READING) for variable in query.cases.readings.variables.values())
    case = query.cases.one
    yield from ((z3.Not(case.known(name)), OF_WHAT_STAYS_UNKNOWN) for name in case.unsettled)
    for name, variable in case.stated.items():
        typical = typical_of(case.facts[name])
        if typical is not None and not isinstance(typical, frozenset):
            yield variable != _literal(case.facts[name], typical), OF_A_FACT
    for member, variable in case.members.items():
        usual = member.evidence or member.member in _held(case, member.fact)
        yield z3.Not(variable) if usual else variable, OF_A_FACT


def typical_of(fact: Fact) -> Value | None:
    """The typical value of a fact, if it has one."""
    return None if fact.typical is None else typed(fact.typical, fact)


def _held(case: SymbolicCase, name: str) -> frozenset[str]:
    typical = typical_of(case.facts[name])
    return typical if isinstance(typical, frozenset) else frozenset()


def _literal(fact: Fact, value: Value) -> Term:
    if fact.form == "boolean":
        return z3.BoolVal(bool(value))
    place = rank(value, fact)
    number = Fraction(place.toordinal() if isinstance(place, date) else place)
    return z3.Q(number.numerator, number.denominator) if fact.form == "number" else z3.IntVal(int(number))


def _with_near_numbers(query: Query, solver: z3.Solver, model: Any, asker: Asker) -> Any:
    """A model in which one number after the other is as near to the typical one as it can be, and written simply."""
    for case in query.in_question:
        for name, variable in case.stated.items():
            fact = case.facts[name]
            if fact.form not in ("integer", "number", "date"):
                continue
            usual = typical_of(fact)
            typical = _literal(fact, usual if usual is not None else fact.minimum or _least(fact))
            distance = z3.If(variable < typical, typical - variable, variable - typical)
            if _fraction(model.eval(distance, model_completion=True)) != 0:
                model = _simply(solver, variable, fact, model, asker)
                model = _near(solver, distance, model, asker)
            solver.add(variable == model.eval(variable, model_completion=True))
    return model


def _least(fact: Fact) -> Value:
    return date(2000, 1, 1) if fact.form == "date" else 0


def _simply(solver: z3.Solver, variable: Term, fact: Fact, model: Any, asker: Asker) -> Any:
    """Makes a number a whole one, or one of few decimals, if it can be, and keeps it one."""
    for parts in FINEST if fact.form == "number" else ():
        whole = z3.IsInt(variable * parts)
        found = asker.ask(solver, whole)
        if found is not None:
            solver.add(whole)
            return found
    return model


def _near(solver: z3.Solver, distance: Term, model: Any, asker: Asker) -> Any:
    """Brings a distance down, by halves and then by the last steps."""
    low = Fraction(-1)
    for _ in range(MOST_STEPS):
        high = _fraction(model.eval(distance, model_completion=True))
        if high - low <= NEAR or high == 0:
            break
        middle = Fraction(int((low + high) // 2)) if high - low > 2 else (low + high) / 2
        found = asker.ask(solver, distance <= z3.Q(middle.numerator, middle.denominator))
        if found is None:
            low = middle
        else:
            model = found
    return model


def _sample(query: Query, case: SymbolicCase, model: Any) -> Sample:
    """What a model says of a case, as a person states it."""
    values = {name: _value(case, name, model.eval(variable, model_completion=True))
              for name, variable in case.stated.items()}  # fmt: skip
    sets: dict[str, frozenset[str]] = {}
    evidence: dict[str, bool] = {}
    for member, variable in case.members.items():
        holds = z3.is_true(model.eval(variable, model_completion=True))
        if member.evidence:
            evidence[member.fact] = holds
        else:
            held = sets.get(member.fact, _held(case, member.fact))
            sets[member.fact] = held | {member.member} if holds else held - {member.member}
    readings: Mapping[str, str] = query.cases.readings.of(model)
    return Sample({**values, **sets}, evidence, readings)


def _moved(query: Query, first: Sample, other: Sample) -> Sample:
    """The second of two cases: it states otherwise what is moved, and all else like the first."""
    return replace(other, values={**first.values, **{name: other.values[name] for name in sorted(query.moved)}})


def _value(case: SymbolicCase, name: str, value: Any) -> Value:
    fact = case.facts[name]
    match fact.form:
        case "boolean":
            return bool(z3.is_true(value))
        case "text" if fact.options:
            return str(fact.options[value.as_long()][0])
        case "text":
            return case.text_of(name, int(value.as_long()))
        case "date":
            return date.fromordinal(value.as_long())
        case "integer":
            return int(value.as_long())
        case _:
            return _fraction(value)


def _is_decimal(value: Any) -> bool:
    """Can a number be written with a few decimals?"""
    return MOST_DECIMALS % _fraction(value).denominator == 0


def _fraction(value: Any) -> Fraction:
    return Fraction(value.as_long()) if z3.is_int_value(value) else Fraction(value.as_fraction())
