"""The engine with as much as it may carry, one scenario a run: a regulation so large that a fault could hang or crash.

Says, a JSON line, how many of its answers were right and how many it gave.
"""

import json
import re
import sys
from collections.abc import Callable
from typing import Any

import durable_rules_engine as durable

from engine.core.policy.rules import AllOf, Condition
from engine.core.policy.terms import Value, Vocabulary
from engine.core.rules.rulesets import bounds
from support.asking import compare, compiled, fact, known, matcher, vocabulary


def right(facts: Vocabulary, conditions: list[Condition], cases: list[tuple[dict[str, Value], list[object]]]) -> None:
    of = compiled(facts, conditions)
    asked = matcher(of)
    found = [list(asked.match(known(of, values))) == wanted for values, wanted in cases]
    print(json.dumps([sum(found), len(found)]))


def everything_matches() -> None:
    """200 rules on 200 facts, all true of one case; then all false, then none known."""
    names = [f"f{number}" for number in range(200)]
    facts = vocabulary(*(fact(name, "boolean") for name in names))
    conditions: list[Condition] = [compare(name, "is", True) for name in names]
    cases = [(dict.fromkeys(names, answer), [answer] * 200) for answer in (True, False)]
    right(facts, conditions, [*cases, ({}, [None] * 200)])


def many_constants() -> None:
    """550 rules, each asking whether one fact is another number: none, one, or (failing) nearly all of them match."""
    facts = vocabulary(fact("n", "integer"))
    numbers = range(0, 1_100, 2)
    conditions: list[Condition] = [compare("n", "is", number) for number in numbers]
    cases: list[tuple[dict[str, Value], list[object]]] = [
        ({"n": at}, [at == number for number in numbers])
        for at in (-1, 0, 1, 2, 511, 512, 513, 1_024, 1_098, 1_099, 5_000)
    ]
    right(facts, conditions, [*cases, ({}, [None] * 550)])


def many_facts() -> None:
    """600 rules on 600 facts: no one fact of the engine may carry them all."""
    names = [f"f{number}" for number in range(600)]
    facts = vocabulary(*(fact(name, "boolean") for name in names))
    conditions: list[Condition] = [AllOf((compare(name, "is", True), compare("f0", "is", True))) for name in names]
    right(
        facts,
        conditions,
        [
            (dict.fromkeys(names, True), [True] * 600),
            ({"f0": True, "f599": True}, [True, *[None] * 598, True]),
            ({"f0": False}, [False] * 600),
        ],
    )


def many_owners() -> None:
    """700 rules that ask the same, and one that asks something else."""
    facts = vocabulary(fact("same", "boolean"), fact("other", "boolean"))
    conditions: list[Condition] = [*[compare("same", "is", True)] * 700, compare("other", "is", True)]
    right(
        facts,
        conditions,
        [
            ({"same": True}, [*[True] * 700, None]),
            ({"other": True}, [*[None] * 700, True]),
            ({"same": False, "other": False}, [False] * 701),
        ],
    )


def stack() -> None:
    """Tests below markers: the engine bears a definition, whatever it is told, exactly where the bound says so."""
    shapes = [(1, 64), (1, 65), (16, 40), (32, 33), (32, 34), (33, 32), (33, 33), (64, 1), (65, 1), (40, 25), (40, 26)]
    grids = [[[{f"a{number}": 1} for number in range(size)]] * groups for groups, size in shapes]
    for most in (64, 65):
        half = most // 2
        codes = range(most)
        grids += [
            [[{"$gte": {"a0": code}} for code in codes]],
            [[{"$lte": {"a0": code}} for code in codes]],
            [[{"$neq": {"a0": code}} for code in codes]],
            [[{"$gte": {"a0": code}} for code in range(half)] + [{"$lte": {"a0": code}} for code in range(half, most)]],
            [[{"$gte": {"a0": code}} for code in range(most - 1)] + [{"a0": 68}]],
            [[{"$neq": {"a0": code}} for code in codes] + [{"a0": 5}]],
            [[{"a0": code} for code in codes] + [{"$neq": {"a1": code}} for code in range(most - 1)]],
        ]
    found = [borne(grid) == (bounds(definition_of(grid)).stack <= 64) for grid in grids]
    print(json.dumps([sum(found), len(found)]))


Grid = list[list[dict[str, Any]]]
"""The tests below each marker."""


def definition_of(grid: Grid) -> dict[str, Any]:
    rules = [[{f"g{group}": 1}, test] for group, tests in enumerate(grid) for test in tests]
    return {str(number): {"all": [{"m": {"$and": rule}}]} for number, rule in enumerate(rules)}


def borne(grid: Grid) -> bool:
    """Whether the engine bears every fact that has one code for all its properties, and each of the others at most."""
    handle = durable.create_ruleset("grid", json.dumps(definition_of(grid)))
    names = {name for tests in grid for test in tests for name in re.findall('"(a[0-9]+)"', json.dumps(test))}
    marked = {f"g{group}": 1 for group in range(len(grid))}
    for code in range(-1, 72):
        for other in (code, 100):
            told = {name: code if name == "a0" else other for name in names}
            try:
                durable.assert_fact(handle, json.dumps({"id": f"{code} {other}", **marked, **told}))
            except durable.error as error:
                if "303" not in str(error):
                    raise
                return False
    return True


SCENARIOS: dict[str, Callable[[], None]] = {
    one.__name__: one for one in (everything_matches, many_constants, many_facts, many_owners, stack)
}

if __name__ == "__main__":
    SCENARIOS[sys.argv[1]]()
