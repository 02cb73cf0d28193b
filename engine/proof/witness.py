"""The case that the solver found -> a case file that can be run, evaluated as every other case before it is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain
from typing import Any

from engine.base.json_text import parse_json
from engine.core.judge.case import Rejected
from engine.core.judge.decision import Decided
from engine.core.judge.engine import Engine
from engine.core.policy.conditions import looked_at
from engine.core.policy.live import in_force, regime
from engine.core.policy.regulation import Library
from engine.load.cases.blank import as_json, stated
from engine.load.cases.careful import parse_case
from engine.load.cases.derived import with_parts
from engine.load.cases.periods import YEARS_OF_TERM, outside, written_period
from engine.proof.properties import Property
from engine.proof.space import Space, conditions_of, facts_of, with_readings_of
from engine.proof.verdict import Sample, ShownCase
from engine.study.examples import typical_values
from engine.study.reasoner import outcome_of
from engine.versions.witnesses import EVIDENCE, plain

MOST_ENGINES = 8
"""So many choices of readings have their rules kept ready at once."""


@dataclass(eq=False)
class Judges:
    """Evaluates case files by durable-rules, under any choice of readings. Use as a context manager."""

    library: Library
    _engines: dict[tuple[tuple[str, str], ...], Engine] = field(default_factory=dict)

    def __enter__(self) -> "Judges":
        return self

    def __exit__(self, *error: object) -> None:
        for engine in self._engines.values():
            engine.close()
        self._engines.clear()

    def decide(self, document: Mapping[str, Any], readings: Mapping[str, str]) -> Decided | Rejected:
        """The decided case, or why it could not be judged."""
        case, problems = parse_case(parse_json("case.json", as_json(dict(document))), self.library)
        if case is None:
            return Rejected("case.json", document["case_id"], problems)
        return self._engine(readings).decide(case)

    def _engine(self, readings: Mapping[str, str]) -> Engine:
        key = tuple(sorted(readings.items()))
        if key not in self._engines:
            if len(self._engines) >= MOST_ENGINES:
                self._engines.pop(next(iter(self._engines))).close()
            # Every rule is derived a second time, without the matching engine.
            self._engines[key] = Engine(self.library, dict(readings), verify=True)
        return self._engines[key]


def shown(space: Space, sample: Sample, document: Mapping[str, Any], decided: Decided) -> ShownCase:
    """A case file beside what evaluation came to."""
    usual = typical_values(space.vocabulary)
    facts = [(name, value) for name, value in sample.values.items()
             if name in decided.case.values and usual.get(name) != value]  # fmt: skip
    evidence = [(f"evidence.{name}", named) for name, named in sample.evidence.items()
                if not named and name in document["evidence"]]  # fmt: skip
    return ShownCase(document, outcome_of(decided.decision), decided.case.values, decided.results, (*facts, *evidence))


def switched(spaces: Sequence[Space], sample: Sample, item: Property) -> dict[str, str]:
    """The readings of a sample that a regulation does not choose by itself, and those under which a property is claimed
    though nothing depends on them here."""
    differing = {
        name: option
        for name, option in sample.readings.items()
        if any(space.readings.get(name, (option,))[0] != option for space in spaces)
    }
    return with_readings_of(item, spaces[0].regulation, differing)


def case_file(space: Space, sample: Sample, item: Property, case_id: str) -> dict[str, Any]:
    """The case file of a sample: what the rules under its readings and the property look at, and no more."""
    facts: dict[str, Any] = {}
    looked, wanted = _looked_at(space, sample, item)
    for name in space.vocabulary.facts:
        if name in looked and name in sample.values:
            facts = stated(facts, name, plain(sample.values[name]))
    period, day = period_and_day(space)
    return {
        "case_id": case_id,
        "regulation": space.regulation.id,
        "period": period,
        "as_of": day.isoformat(),
        "subject": {"kind": space.kind, "id": "S-1"},
        "facts": facts,
        "evidence": {
            name: [EVIDENCE["vi"]] if named else [] for name, named in sample.evidence.items() if name in wanted
        },
    }


def _looked_at(space: Space, sample: Sample, item: Property) -> tuple[frozenset[str], frozenset[str]]:
    """The facts that a case must state, and those for which it must say whether evidence is named."""
    conditions = [
        rule.condition
        for rule in space.rules
        if all(sample.readings.get(reading.interpretation) in reading.options for reading in rule.rule.under)
    ]
    pairs = [looked_at(condition) for condition in conditions if condition is not None]
    pairs += [looked_at(condition) for condition in conditions_of(item)]
    names = [*chain.from_iterable(facts for facts, _ in pairs), *facts_of(space, item)]
    return with_parts(names, space.vocabulary), frozenset(chain.from_iterable(named for _, named in pairs))


def period_and_day(space: Space) -> tuple[str, date]:
    """A period of the kind of the space, and a day on which it may be reviewed and the parameters are those of the
    space. The last day of a year if it can be."""
    first = space.day
    years = (date(first.year + later, 12, 31) for later in range(3))
    for day in (*years, first, *(first + timedelta(days) for days in range(1, 400))):
        if not in_force(space.regulation, day) or regime(space.regulation, day) != first:
            continue
        for period in _periods(space, day):
            if outside(space.vocabulary.as_of, period, day, warned=False) is None:
                return period, day
    return str(first.year), first


def _periods(space: Space, day: date) -> Sequence[str]:
    years = [day.year - YEARS_OF_TERM] if space.period == "term" else [day.year, day.year - 1]
    return [written_period(space.period, year) for year in years]
