"""The one workload that every peer is given, as small trees to write in its own language.

Each rule comes twice, as what makes it hold and as what makes it fail, both of two values: a missing fact satisfies
neither. Ordered texts have become lists of words, and only `and`, `or` and a handful of tests are left, so that a
peer's encoding is a page of code. Nothing of the engine is imported here: a peer's time must not hold it.
"""

import pickle
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

Plain = bool | int | float | str
Sign = Literal["in", "not_in", ">=", "<=", ">", "<", "includes", "excludes", "named", "unnamed"]


@dataclass(frozen=True)
class BenchFact:
    """`options` are the words of a closed text or set, in order; `parts` the part and the whole of a percentage."""

    name: str
    type: str
    options: tuple[str, ...]
    parts: tuple[str, str] | tuple[()]


@dataclass(frozen=True)
class Test:
    """One fact against plain values; the signs for sets and for evidence take one member and none."""

    fact: str
    sign: Sign
    values: tuple[Plain, ...] = ()


@dataclass(frozen=True)
class Junction:
    word: Literal["and", "or"]
    parts: tuple["Tree", ...]


Tree = Test | Junction


@dataclass(frozen=True)
class BenchRule:
    """Bit `number` of a case's masks; it exists for subjects of these kinds."""

    number: int
    name: str
    holds: Tree
    fails: Tree
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Ladder:
    """The grades of one kind of subject over the bits of the rules, as masks: bars by grade, rungs from the best."""

    bars: tuple[tuple[int, int], ...]
    """(place of the grade among the outcomes, mask), lowest grade first."""
    rungs: tuple[tuple[int, int], ...]
    otherwise: int


@dataclass(frozen=True)
class Workload:
    regulation: str
    policies: Path
    facts: Mapping[str, BenchFact]
    """Every fact that a rule asks about."""
    rules: tuple[BenchRule, ...]
    ladders: Mapping[str, Ladder]
    outcomes: tuple[str, ...]
    stated: Mapping[str, BenchFact]
    """The facts to read from a case: those asked about, and the parts of derived ones."""

    @cached_property
    def evidence(self) -> tuple[str, ...]:
        """The facts for which evidence is asked, in order."""
        trees = [tree for rule in self.rules for tree in (rule.holds, rule.fails)]
        return tuple(sorted({test.fact for tree in trees for test in tests(tree) if test.sign in ("named", "unnamed")}))

    def of(self, kind: str) -> tuple[BenchRule, ...]:
        return tuple(rule for rule in self.rules if kind in rule.kinds)


def read(path: Path) -> Workload:
    found = pickle.loads(path.read_bytes())
    assert isinstance(found, Workload)
    return found


def tests(tree: Tree) -> Iterable[Test]:
    if isinstance(tree, Test):
        yield tree
    else:
        for part in tree.parts:
            yield from tests(part)


def text(tree: Tree, test: Callable[[Test], str], words: Mapping[str, str] = {"and": " and ", "or": " or "}) -> str:
    """A tree as an infix expression of some language, which writes its tests and its `and` and `or` so."""
    if isinstance(tree, Test):
        return test(tree)
    return "(" + words[tree.word].join(text(part, test, words) for part in tree.parts) + ")"
