"""Asking the engine about bare conditions: facts, conditions and values, with no regulation around them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import durable_rules_engine

from engine.core.judge.engine import matcher_for
from engine.core.policy.rules import Comparison, Condition, Operand, Rule
from engine.core.policy.terms import Fact, Source, Text, Value, Vocabulary
from engine.core.rules.compiler import Compiled, compiled_rules, with_rulesets
from engine.core.rules.matcher import Matcher

NO_WORDS = Text("", "")


def fact(name: str, kind: Any, options: Sequence[str] = (), **more: Any) -> Fact:
    return Fact(name, kind, NO_WORDS, options=tuple((option, NO_WORDS) for option in options), **more)


def vocabulary(*facts: Fact) -> Vocabulary:
    return Vocabulary({one.name: one for one in facts})


def compare(name: str, operator: Any, *operands: Value) -> Comparison:
    return Comparison(name, operator, Operand(operands))


def compiled(facts: Vocabulary, conditions: Sequence[Condition | None]) -> Compiled:
    """Conditions as rules `r0`, `r1`, … of no particular regulation."""
    rules = [
        Rule(str(number), f"r{number}", NO_WORDS, Source("", "", "stated"), "trigger", (), condition)
        for number, condition in enumerate(conditions)
    ]
    return with_rulesets(
        Compiled("bare", "any", date(2024, 1, 1), (), facts, *compiled_rules(facts, rules, conditions))
    )


def matcher(of: Compiled) -> Matcher:
    return matcher_for(of)


def known(of: Compiled, values: Mapping[str, Value], evidence: Mapping[str, bool] | None = None) -> dict[str, int]:
    """What a matcher is told of a case: the code of each property that the case settles."""
    return {of.properties[observable]: code for observable, code in of.codes(values, evidence or {}).items()}


def answers(
    facts: Vocabulary,
    conditions: Sequence[Condition],
    values: Mapping[str, Value],
    evidence: Mapping[str, bool] | None = None,
) -> tuple[bool | None, ...]:
    """Whether each condition holds, fails or is unknown, by the engine; asked in both its ways, which must agree."""
    of = compiled(facts, conditions)
    asked = matcher(of)
    try:
        told = known(of, values, evidence)
        plain = asked.match(told)
        assert plain == asked.match_both_ways(told)
        return plain
    finally:
        asked.close()


class Recorder:
    """durable-rules, with a note of every call and what came back. `interrupts` is a call that fails, once."""

    error = durable_rules_engine.error

    def __init__(self, interrupts: tuple[str, type[BaseException]] | None = None) -> None:
        self.calls: list[tuple[str, tuple[Any, ...], Any]] = []
        self.interrupts = interrupts

    def __getattr__(self, name: str) -> Callable[..., Any]:
        real = getattr(durable_rules_engine, name)

        def call(*arguments: Any) -> Any:
            if self.interrupts and self.interrupts[0] == name:
                _, error = self.interrupts
                self.interrupts = None
                raise error
            result = real(*arguments)
            self.calls.append((name, arguments, result))
            return result

        return call
