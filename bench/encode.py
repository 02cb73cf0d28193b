"""A compiled regulation of this project -> the workload of the benchmarks.

python -m bench.encode policies qd-124-2023 build/bench/workload.pickle
"""

import pickle
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from bench.generate import DAY, SHARES
from bench.workload import BenchFact, BenchRule, Junction, Ladder, Plain, Sign, Test, Tree, Workload, tests
from engine.core.judge.ladder import live_ladder
from engine.core.policy.conditions import compare
from engine.core.policy.regulation import Regulation
from engine.core.policy.rules import AllOf, AnyOf, Comparison, Condition, EvidenceNamed, NoneOf, Operand
from engine.core.policy.terms import Fact, Percent
from engine.core.rules.compiler import Compiled, compile_rules
from engine.versions.opening import load_library


def workload(policies: Path, regulation: str) -> Workload:
    """The rules with a condition of one regulation on the day of the cases, its interpretations as chosen."""
    library = load_library(policies)
    found = library.regulations[regulation]
    compiled = {kind: compile_rules(found, library.vocabulary, kind, DAY, {}) for kind in SHARES}
    conditions: dict[str, Condition] = {}
    applies: dict[str, list[str]] = {}
    for kind, one in compiled.items():
        for rule in one.rules:
            if rule.condition is not None:
                conditions[rule.rule.name] = rule.condition
                applies.setdefault(rule.rule.name, []).append(kind)
    facts = library.vocabulary.facts
    rules = tuple(
        BenchRule(number, name, tree(condition, facts, True), tree(condition, facts, False), tuple(applies[name]))
        for number, (name, condition) in enumerate(conditions.items())
    )
    asked = {test.fact for rule in rules for test in tests(rule.holds) if test.sign not in ("named", "unnamed")}
    outcomes = (*(grade.id for grade in found.grades), "undetermined")
    numbers = {rule.name: rule.number for rule in rules}
    ladders = {kind: _ladder(found, one, numbers, outcomes) for kind, one in compiled.items()}
    stated = [part for name in sorted(asked) for part in (name, *_fact(facts[name]).parts)]
    return Workload(
        regulation,
        policies.resolve(),
        {name: _fact(facts[name]) for name in sorted(asked)},
        rules,
        ladders,
        outcomes,
        {name: _fact(facts[name]) for name in dict.fromkeys(stated)},
    )


def kept(policies: Path, regulation: str, path: Path) -> Path:
    """Puts the workload into a file, so that no peer's time holds the making of its rules."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(workload(policies, regulation)))
    return path


def tree(condition: Condition, facts: Mapping[str, Fact], wanted: bool) -> Tree:
    """What makes a ready condition hold, or, where not `wanted`, fail."""
    match condition:
        case EvidenceNamed(fact=name):
            return Test(str(name), "named" if wanted else "unnamed")
        case Comparison(
            fact=name, operator="includes" | "includes_any" | "includes_all" as operator, operand=Operand() as o
        ):
            members = tuple(Test(str(name), "includes" if wanted else "excludes", (str(one),)) for one in o.values)
            return _joined("or" if (operator == "includes_any") == wanted else "and", members)
        case Comparison(fact=name):
            return _test(condition, facts[name], wanted)
        case AllOf(parts):
            return _joined("and" if wanted else "or", [tree(part, facts, wanted) for part in parts])
        case AnyOf(parts):
            return _joined("or" if wanted else "and", [tree(part, facts, wanted) for part in parts])
        case NoneOf(parts):
            return _joined("and" if wanted else "or", [tree(part, facts, not wanted) for part in parts])


def _joined(word: Literal["and", "or"], parts: Iterable[Tree]) -> Tree:
    """Parts joined alike are one list, as a person would write it."""
    flat: list[Tree] = []
    for part in parts:
        flat += part.parts if isinstance(part, Junction) and part.word == word else (part,)
    flat = list(dict.fromkeys(flat))
    return flat[0] if len(flat) == 1 else Junction(word, tuple(flat))


_SIGNS: dict[str, tuple[Sign, Sign]] = {
    "at_least": (">=", "<"), "at_most": ("<=", ">"), "more_than": (">", "<="), "less_than": ("<", ">="),
    "is": ("in", "not_in"), "one_of": ("in", "not_in"), "is_not": ("not_in", "in"), "none_of": ("not_in", "in"),
}  # fmt: skip


def _test(comparison: Comparison, fact: Fact, wanted: bool) -> Test:
    assert isinstance(comparison.operand, Operand)
    every: list[Any]
    if fact.type == "boolean" or (fact.type == "text" and fact.options):
        every = [False, True] if fact.type == "boolean" else [name for name, _ in fact.options]
        return Test(str(fact.name), "in", tuple(one for one in every if compare(comparison, fact, one) is wanted))
    sign = _SIGNS[comparison.operator][not wanted]
    return Test(str(fact.name), sign, tuple(plain(value) for value in comparison.operand.values))


def plain(value: object) -> Plain:
    match value:
        case Fraction():
            return value.numerator if value.denominator == 1 else float(value)
        case bool() | int():
            return value
        case str():
            return str(value)  # a word that knows its place in a policy file is none of the peers' business
        case date():
            return value.isoformat()
    raise ValueError(f"no peer is given {value!r}")


def _fact(fact: Fact) -> BenchFact:
    match fact.derived:
        case None:
            parts: tuple[str, str] | tuple[()] = ()
        case Percent(of=of, part=part):
            parts = (str(part), str(of))
        case _:
            raise ValueError(f"{fact.name} is derived in a way that no peer is given")
    return BenchFact(str(fact.name), fact.type, tuple(name for name, _ in fact.options), parts)


def _ladder(
    regulation: Regulation, compiled: Compiled, numbers: Mapping[str, int], outcomes: tuple[str, ...]
) -> Ladder:
    live = live_ladder(regulation, compiled.kind, dict(compiled.choices), compiled.index)
    assert live is not None

    def mask(places: Iterable[int]) -> int:
        """Rules without a condition always hold, and matter to no grade."""
        names = (compiled.rules[place].rule.name for place in places)
        return sum(1 << numbers[name] for name in names if name in numbers)

    bars: dict[int, list[int]] = {}
    for grade, place in live.bars:
        bars.setdefault(outcomes.index(grade), []).append(place)
    return Ladder(
        tuple((grade, mask(bars[grade])) for grade in sorted(bars, reverse=True)),
        tuple((outcomes.index(grade), mask(criteria)) for grade, criteria in live.rungs),
        outcomes.index(live.otherwise),
    )


if __name__ == "__main__":
    kept(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
