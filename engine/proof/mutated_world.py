"""A regulation or a mutant of it, by which the cases of tests are decided again and again.

What a mutant leaves as it was is taken over from the loaded regulation. Rules are derived by `conditions.evaluate`, by
which `xeploai test` derives once more what durable-rules matched. The regions of rules, which take the longest to work
out, are looked at only for cases whose grade is open.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from engine.core.judge.case import Case
from engine.core.judge.decision import Decided, decide
from engine.core.judge.judge import Judge
from engine.core.judge.ladder import LiveLadder, by_statuses, live_ladder
from engine.core.policy.conditions import evaluate, ready
from engine.core.policy.live import Choices, chosen, concerns, during, exists, live_rules, regime
from engine.core.policy.regulation import Library, Regulation, all_rules
from engine.core.policy.rules import Condition, Rule
from engine.core.policy.terms import Frozen, PeriodKind
from engine.core.rules.compiler import Compiled, CompiledRule
from engine.study.variations import compiled_on, in_force_of

Setting = tuple[str, PeriodKind, tuple[tuple[str, str], ...]]
"""A kind of subject, a kind of period and the readings that are switched: which rules exist depends on them."""


class Live(Frozen, eq=False):
    """What exists in a setting: rules, readings, the ladder."""

    rules: tuple[Rule, ...]
    choices: Choices
    ladder: LiveLadder


@dataclass(eq=False)
class World:
    """A regulation with what was worked out of it. Of a mutant, `base` is the world of the loaded regulation, and
    `touched` are the identities of the rules that are the same in both but compare with other parameters."""

    library: Library
    regulation: Regulation
    base: "World | None" = None
    touched: frozenset[int] = frozenset()
    _settings: dict[Setting, Live] = field(default_factory=dict)
    _conditions: dict[tuple[int, date], Condition | None] = field(default_factory=dict)
    _statuses: dict[tuple[int, int], tuple[Case, bool | None]] = field(default_factory=dict)
    """By the identities of a rule and a case, which is kept too, so that no other case gets the same."""
    _wholes: dict[date, Compiled] = field(default_factory=dict)
    _judges: dict[tuple[Setting, date, bool], Judge] = field(default_factory=dict)

    @cached_property
    def rules(self) -> dict[int, Rule]:
        """The rules by their identities."""
        return {id(rule): rule for rule in all_rules(self.regulation)}

    def is_live(self, rule: Rule, setting: Setting) -> bool:
        """Does a rule exist in a setting?"""
        kind, period, switches = setting
        return (
            concerns(rule.applies_to, self.regulation.kinds[kind])
            and during(rule.periods, period)
            and (not rule.under or exists(rule.under, chosen(self.regulation, dict(switches))))
        )

    def live(self, setting: Setting) -> Live:
        """What exists in a setting. A ladder covers every kind of subject that tests may name."""
        if setting not in self._settings:
            kind, period, switches = setting
            choices = chosen(self.regulation, dict(switches))
            rules = tuple(live_rules(self.regulation, kind, choices, period))
            index = {rule.name: number for number, rule in enumerate(rules)}
            ladder = live_ladder(self.regulation, kind, choices, index)
            assert ladder is not None
            self._settings[setting] = Live(rules, choices, ladder)
        return self._settings[setting]

    def condition(self, rule: Rule, day: date) -> Condition | None:
        """The condition of a rule, ready for a day."""
        if self._as_before(rule):
            return self.base.condition(rule, day)  # type: ignore[union-attr]
        key = id(rule), day
        if key not in self._conditions:
            vocabulary, parameters = self.library.vocabulary, self.regulation.parameters
            self._conditions[key] = rule.condition and ready(rule.condition, vocabulary, parameters, day)
        return self._conditions[key]

    def status(self, rule: Rule, case: Case) -> bool | None:
        """The result of a rule for a case. It is kept, because tests are run for many mutants."""
        if self._as_before(rule):
            return self.base.status(rule, case)  # type: ignore[union-attr]
        key = id(rule), id(case)
        if key not in self._statuses:
            condition, facts = self.condition(rule, case.as_of), self.library.vocabulary.facts
            result = condition is None or evaluate(condition, facts, case.values, case.evidence_named)
            self._statuses[key] = case, result
        return self._statuses[key][1]

    def _as_before(self, rule: Rule) -> bool:
        return self.base is not None and id(rule) in self.base.rules and id(rule) not in self.touched

    def decide(self, case: Case, setting: Setting) -> Decided:
        """The decided case."""
        live = self.live(setting)
        statuses = [self.status(rule, case) for rule in live.rules]
        day = regime(self.regulation, case.as_of)
        judge = self._judge(setting, live, day, is_open=len(by_statuses(live.ladder, statuses)) > 1)
        results = dict(zip(judge.compiled.index, statuses, strict=True))
        return Decided(case, decide(judge, case, statuses), results)

    def _judge(self, setting: Setting, live: Live, day: date, is_open: bool) -> Judge:
        key = setting, day, is_open
        if key not in self._judges:
            kind, period, switches = setting
            if is_open:
                if day not in self._wholes:
                    self._wholes[day] = compiled_on(self.library.vocabulary, self.regulation, day)[0]
                compiled = in_force_of(self._wholes[day], self.regulation, kind, live.choices, period)
            else:
                rules = tuple(CompiledRule(rule, self.condition(rule, day), (), (), frozenset()) for rule in live.rules)
                choices, vocabulary = tuple(sorted(live.choices.items())), self.library.vocabulary
                compiled = Compiled(self.regulation.id, kind, day, choices, vocabulary, rules, {}, period=period)
            self._judges[key] = Judge(self.regulation, compiled, live.ladder, dict(switches))
        return self._judges[key]
