"""Conjunctions of integer tests -> durable-rules definitions that keep within what its C code bears.

durable-rules turns definitions into a tree: rules that begin with the same tests share their first nodes, the
tests of a rule being taken in the order in which they are written. Matching a fact it keeps every node that
matched and was not yet looked at on a stack of 64; below one node it has 512 places; a node can end 255 rules.
Beyond that it answers wrongly, hangs or crashes. So rules are dealt into groups, each below a marker (`g0` is
1) that every fact carries, and groups into rulesets; the bounds are measured on the definitions as emitted.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, chain
from typing import Any, Literal, TypeVar

from engine.core.policy.terms import Frozen

Operator = Literal["is", "is_not", "at_least", "at_most"]

MOST_ON_STACK = 64
MOST_TESTS_BELOW = 500
MOST_RULES_AT_END = 250
MOST_PROPERTIES = 250
MOST_RULES = 1_000
LARGEST_CODE = 2**53

GROUP_STACK = 32
"""What a group may take of the stack: while one group is walked, each of the others waits as one entry."""

ADDED_PROPERTIES = ("id", "sid")
"""What every fact has besides: our `id`, and the state's key, which durable-rules adds."""

_PROPERTY = re.compile("a(0|[1-9][0-9]{0,4})")
# durable-rules compares hashes of names: tests show that no two of these share one, nor one with a name of its own.
_KEYS: Mapping[Operator, str] = {"is": "$eq", "is_not": "$neq", "at_least": "$gte", "at_most": "$lte"}
_OPERATORS: Mapping[str, Operator] = {key: operator for operator, key in _KEYS.items()}

T = TypeVar("T")


class Test(Frozen, order=True):
    """A comparison of a property (`a0`, `a1`, …) with an integer; it does not hold if the property is absent."""

    __test__ = False  # not one of pytest's

    property: str
    operator: Operator
    code: int


class Conjunct(Frozen):
    """Tests that must all hold, the indexes of the rules that they decide, and codes that satisfy them."""

    tests: tuple[Test, ...]
    owners: tuple[int, ...]
    witness: tuple[tuple[str, int], ...]


class Ruleset(Frozen):
    """A durable-rules definition, whose rule "17" is `conjuncts[17]`, and what a fact for it carries.

    `properties` are those that its tests read; every fact also carries each of `markers` with the value 1.
    `stack_bound` is the most that any fact can put on the stack.
    """

    name: str
    definition: dict[str, Any]
    conjuncts: tuple[Conjunct, ...]
    properties: tuple[str, ...]
    markers: tuple[str, ...]
    stack_bound: int


class BoundError(Exception):
    """The matching engine cannot bear a definition: which bound it exceeds, by what, and what is allowed."""

    def __init__(self, bound: str, measured: object, allowed: object) -> None:
        super().__init__(f"{bound}: {measured}, allowed: {allowed}")
        self.bound, self.measured, self.allowed = bound, measured, allowed


class Bounds(Frozen):
    """The worst that a definition comes to: on the stack, with any fact; below and at one node of the tree."""

    stack: int
    tests_below: int
    rules_at_end: int
    properties: int
    rules: int

    def beyond(self, stack: int = MOST_ON_STACK) -> BoundError | None:
        """The first bound that is exceeded, if any."""
        measured = (
            ("matches waiting at once", self.stack, stack),
            ("different tests after the same tests", self.tests_below, MOST_TESTS_BELOW),
            ("rules with the same tests", self.rules_at_end, MOST_RULES_AT_END),
            ("properties of one fact", self.properties, MOST_PROPERTIES),
            ("rules in one ruleset", self.rules, MOST_RULES),
        )
        return next((BoundError(*measure) for measure in measured if measure[1] > measure[2]), None)


@dataclass(eq=False, repr=False)
class _Node:
    """A node of the tree that durable-rules makes: what follows it, and how many rules end there."""

    next: dict[Test, "_Node"] = field(default_factory=dict)
    ends: int = 0


def pack(name: str, conjuncts: Sequence[Conjunct]) -> tuple[Ruleset, ...]:
    """Conjuncts, in any order -> rulesets `<name>0`, `<name>1`, …; of no conjuncts, none.

    Raises BoundError if one conjunct by itself is beyond a bound.
    """
    for conjunct in conjuncts:
        _check(conjunct)
    frequency = Counter(name for conjunct in conjuncts for name in {test.property for test in conjunct.tests})

    def place(test: Test) -> tuple[int, int, str, int]:
        return (-frequency[test.property], int(test.property[1:]), test.operator, test.code)

    # The most frequent properties come first and equal beginnings side by side, so that conjuncts share their nodes.
    arranged = sorted(
        (replace(conjunct, tests=tuple(sorted(set(conjunct.tests), key=place))) for conjunct in conjuncts),
        key=lambda conjunct: (list(map(place, conjunct.tests)), conjunct.owners, conjunct.witness),
    )
    groups = list(_runs(arranged, lambda group: bounds(_definition([group])).beyond(GROUP_STACK)))
    parts = _runs(groups, lambda part: bounds(_definition(part)).beyond())
    return tuple(_ruleset(f"{name}{number}", part) for number, part in enumerate(parts))


def bounds(definition: Mapping[str, Any]) -> Bounds:
    """A definition as emitted -> its bounds: the engine's tree of it, and the worst walk through that."""
    root = _Node()
    nodes = [root]
    properties = set(ADDED_PROPERTIES)
    for rule in definition.values():
        node = root
        for written in rule["all"][0]["m"]["$and"]:
            test = _parse_test(written)
            properties.add(test.property)
            if test not in node.next:
                nodes.append(node.next.setdefault(test, _Node()))
            node = node.next[test]
        node.ends += 1
    return Bounds(
        _worst_walk(nodes),
        max(len(node.next) for node in nodes),
        max(node.ends for node in nodes),
        len(properties),
        len(definition),
    )


def _worst_walk(nodes: Sequence[_Node]) -> int:
    """Nodes, parents first -> the greatest height of the stack.

    The engine pops a node and pushes each test below it that matches, then goes on with the last pushed. In
    the worst order the one that needs most is last, above all the others.
    """
    heights: dict[int, int] = {}
    for node in reversed(nodes):
        by_property: defaultdict[str, list[Test]] = defaultdict(list)
        for test in node.next:
            by_property[test.property].append(test)
        matching = sum(map(_most_at_once, by_property.values()))
        above = max((heights[id(child)] for child in node.next.values()), default=0)
        heights[id(node)] = max(matching, matching - 1 + above)
    return max(1, heights[id(nodes[0])])


def _most_at_once(tests: Iterable[Test]) -> int:
    """How many of these tests on one property can hold for one code."""
    below_all, changes = 0, Counter[int]()
    for test in tests:
        # A test that holds for the lowest codes ends at its code (`at_most`: after it); any other begins there.
        change = -1 if test.operator in ("is_not", "at_most") else 1
        below_all += change < 0
        changes[test.code + (test.operator == "at_most")] += change
        if test.operator in ("is", "is_not"):
            changes[test.code + 1] -= change
    return max(accumulate((change for _, change in sorted(changes.items())), initial=below_all))


def _check(conjunct: Conjunct) -> None:
    for test in conjunct.tests:
        if not _PROPERTY.fullmatch(test.property):
            raise BoundError("a property's name", test.property, "a0 to a99999")
        if test.operator not in _KEYS:
            raise BoundError("an operator", test.operator, ", ".join(_KEYS))
        if type(test.code) is not int or abs(test.code) > LARGEST_CODE:
            raise BoundError("a code", repr(test.code), "integers from -2**53 to 2**53")


def _runs(items: Sequence[T], beyond: Callable[[Sequence[T]], BoundError | None]) -> Iterator[Sequence[T]]:
    """Cuts items into the longest runs, from the first on, that are not beyond a bound."""
    start = 0
    while start < len(items):
        if error := beyond(items[start : start + 1]):
            raise error
        # Usually all items fit. If not, doubling finds roughly how long the run is, and halving exactly.
        fits, step = 1, 1 if start else len(items) - 1
        while start + fits < len(items) and step:
            longer = items[start : start + fits + step]
            if beyond(longer):
                step //= 2
            else:
                fits, step = len(longer), step * 2
        yield items[start : start + fits]
        start += fits


def _definition(groups: Sequence[Sequence[Conjunct]]) -> dict[str, Any]:
    rules = ((f"g{number}", conjunct.tests) for number, group in enumerate(groups) for conjunct in group)
    return {
        str(number): {"all": [{"m": {"$and": [{marker: 1}, *map(_write_test, tests)]}}]}
        for number, (marker, tests) in enumerate(rules)
    }


def _ruleset(name: str, groups: Sequence[Sequence[Conjunct]]) -> Ruleset:
    definition = _definition(groups)
    conjuncts = tuple(chain.from_iterable(groups))
    properties = {test.property for conjunct in conjuncts for test in conjunct.tests}
    return Ruleset(
        name,
        definition,
        conjuncts,
        tuple(sorted(properties, key=lambda name: int(name[1:]))),
        tuple(f"g{number}" for number in range(len(groups))),
        bounds(definition).stack,
    )


def _write_test(test: Test) -> dict[str, Any]:
    if test.operator == "is":
        return {test.property: test.code}
    return {_KEYS[test.operator]: {test.property: test.code}}


def _parse_test(written: Mapping[str, Any]) -> Test:
    ((key, value),) = written.items()
    if isinstance(value, int):
        return Test(key, "is", value)
    ((name, code),) = value.items()
    return Test(name, _OPERATORS[key], code)
