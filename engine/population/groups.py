"""What the SQL targets of several threads have in common: the groups of cases that are judged alike, and their judges.

A group is what one compilation serves: a regulation, a kind of subject, a kind of period, and the days on which all
parameters stand as they do.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from engine.core.judge.engine import Made, make_anew
from engine.core.judge.judge import Judge, judge_for
from engine.core.policy.live import Choices, changes, concerns, during, regime
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import PeriodKind, Value
from engine.core.rules.compiler import compile_rules
from engine.core.rules.domains import TooWide
from engine.population.incomplete import Classes, Closed
from engine.population.rows import COLUMNS, Between, Kind, between

GroupKey = tuple[str, str, date, PeriodKind]


@dataclass(frozen=True)
class Shared:
    """What the targets of several threads have in common: compilations, and the classes met so far."""

    library: Library
    regulation: str | None
    switches: Choices
    made: Made = make_anew
    judges: dict[GroupKey, Judge | None] = field(default_factory=dict)
    classes: dict[GroupKey, Classes] = field(default_factory=dict)

    @cached_property
    def between(self) -> Between:
        """What quotas and links ask of a case besides its row."""
        return between(self.library)

    @cached_property
    def columns(self) -> dict[str, Kind]:
        """Of a decided row: what is told of the case, and what is asked between cases."""
        return COLUMNS | self.between.columns

    @cached_property
    def compared(self) -> dict[str, str]:
        """The columns of texts that are compared from case to case -> the column of their form for that."""
        named = [column for column in self.between.columns if column.startswith(("to ", "fact "))]
        return {column: f"like {column}" for column in ("case_id", "period", "subject", "unit", "cohort", *named)}

    @cached_property
    def kept(self) -> dict[str, Kind]:
        """The columns of the rows that a run keeps."""
        return self.columns | dict.fromkeys(self.compared.values(), "text")

    def key(self, regulation: Regulation, kind: str, period: PeriodKind | None, day: date) -> GroupKey | None:
        """The group of a case; None where the regulation does not take it."""
        known = regulation.periods
        if kind not in regulation.kinds or (known and (period is None or not during(known, period))):
            return None
        subject = regulation.kinds[kind]
        if not any(concerns(ladder.applies_to, subject) for ladder in regulation.ladders):
            return None
        return regulation.id, kind, regime(regulation, day), (period if known and period is not None else "year")

    def judge(self, key: GroupKey) -> Judge | None:
        """By which a group is judged; None where its rules are too wide."""
        if key not in self.judges:
            name, kind, since, period = key
            regulation = self.library.regulations[name]

            def make() -> Judge:
                compiled = compile_rules(regulation, self.library.vocabulary, kind, since, self.switches, period)
                return judge_for(regulation, compiled, self.switches)

            try:
                self.judges[key] = self.made(("without rulesets", *key, tuple(sorted(self.switches.items()))), make)
            except TooWide:
                # Said by the engine, case by case, as it says it for case files.
                self.judges[key] = None
        return self.judges[key]

    def within(self, key: GroupKey) -> str:
        """The SQL that is true for the typed cases of a group."""
        name, kind, since, period = key
        regulation = self.library.regulations[name]
        days = changes(regulation)
        later = [day for day in days if day > since]
        tests = [f"NOT odd AND regulation = '{name}' AND kind = '{kind}'"]
        # The first regime covers the days before it too.
        if since > days[0]:
            tests.append(f"as_of >= DATE '{since.isoformat()}'")
        if later:
            tests.append(f"as_of < DATE '{later[0].isoformat()}'")
        if regulation.periods:
            tests.append(f"period_kind = '{period}'")
        return " AND ".join(tests)

    def close(
        self, key: GroupKey, judge: Judge, held: str, unknown: str,
        facts: Mapping[str, Any], evidence: Mapping[str, bool | None],
    ) -> tuple[Closed, bool]:  # fmt: skip
        """What is possible in truth for a case of a group that rule results leave open, from the numbers of the rules
        that hold and are unknown and the columns of its facts and pieces of evidence; is it the first of its class?"""
        if key not in self.classes:
            self.classes[key] = Classes(judge)
        classes = self.classes[key]
        rules = classes.open_rules(held, unknown)
        values = (held, unknown, *map(facts.get, rules.facts), *map(evidence.get, rules.evidence))
        closed = classes.kept.get(values)
        if closed is not None:
            return closed, False
        vocabulary = self.library.vocabulary.facts
        stated = {fact: _value(facts[fact], vocabulary[fact]) for fact in rules.facts if facts.get(fact) is not None}
        named = {fact: value for fact in rules.evidence if (value := evidence.get(fact)) is not None}
        closed, is_new = classes.close(rules, stated, named)
        classes.keep(values, closed)
        return closed, is_new


def _value(stated: Any, fact: Any) -> Value:
    """What a column of a fact holds, as a value."""
    match stated:
        case Decimal():
            return Fraction(stated)
        case int() if fact.options:
            return str(fact.options[stated][0])
        case str() if fact.form == "set":
            return frozenset(json.loads(stated))
    value: Value = stated
    return value
