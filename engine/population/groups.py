"""What the targets of a run have in common: the groups of cases that are judged alike, and their judges.

A group is what one compilation serves: a regulation, a kind of subject, a kind of period, and the days on which all
parameters stand as they do.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from engine.core.judge.engine import Made, make_anew
from engine.core.judge.judge import Judge, judge_for
from engine.core.policy.live import Choices, concerns, during, regime
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import PeriodKind
from engine.core.rules.compiler import compile_rules
from engine.core.rules.domains import TooWide
from engine.population.incomplete import Classes
from engine.population.rows import COLUMNS, Between, Kind, between

GroupKey = tuple[str, str, date, PeriodKind]


@dataclass(frozen=True)
class Shared:
    """Compilations, and the classes of incomplete cases met so far."""

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
        """The group of a case; None if the regulation does not take it."""
        known = regulation.periods
        if kind not in regulation.kinds or (known and (period is None or not during(known, period))):
            return None
        subject = regulation.kinds[kind]
        if not any(concerns(ladder.applies_to, subject) for ladder in regulation.ladders):
            return None
        return regulation.id, kind, regime(regulation, day), (period if known and period is not None else "year")

    def judge(self, key: GroupKey) -> Judge | None:
        """The judge of a group; None if its rules are too wide."""
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

    def classes_of(self, key: GroupKey, judge: Judge) -> Classes:
        """The classes of incomplete cases met so far in a group."""
        return self.classes.setdefault(key, Classes(judge))
