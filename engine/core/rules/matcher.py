"""Rulesets x codes of facts -> which rules hold, fail or are unknown. The only module that knows durable-rules.

durable-rules is driven by the few calls that are safe: its C module without its host and threads; one state of each
ruleset, which lives until a fault; one fact at a time, under an id of our own, taken back before the next. A process
needs one thread for all its matchers.
"""

import json
import os
import shlex
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from engine.base.diagnostics import EngineFailure, EngineMissingError
from engine.core.rules.rulesets import LARGEST_CODE, Ruleset

_ID = '{"id":"c"'
_STATE = "0"
_NOTHING_MATCHED = 1

MOST_KEPT = 10_000
"""Texts of properties with a code that a ruleset keeps."""

_COMPILE = (
    "CPPFLAGS='-O2 -DPyEval_CallObject=PyObject_CallObject' {python} -m pip install --force-reinstall --no-deps"
    " --no-cache-dir --no-binary durable-rules durable-rules==2.0.28"
)


class Matcher:
    """Answers for one set of rules. `holds` carries the rules' conditions, `fails` their negations.

    `rule_properties[n]` are all the properties that rule n reads. Making one compiles the rulesets and proves every
    conjunct: it fires on its witness, and not when any one of its properties is left out. Use it in one thread, and
    close it. Raises EngineFailure.
    """

    def __init__(
        self, holds: Sequence[Ruleset], fails: Sequence[Ruleset], rule_properties: Sequence[frozenset[str]]
    ) -> None:
        self._reads = tuple(rule_properties)
        self._readers: defaultdict[str, set[int]] = defaultdict(set)
        for rule, reads in enumerate(self._reads):
            for name in reads:
                self._readers[name].add(rule)
        self._open = True
        self._holds: list[_Loaded] = []
        self._fails: list[_Loaded] = []
        engine = _durable_rules()
        try:
            for loaded, rulesets in ((self._holds, holds), (self._fails, fails)):
                for ruleset in rulesets:
                    _check_owners(ruleset, self._reads)
                    loaded.append(_Loaded(engine, ruleset))
                    loaded[-1].prove()
        except BaseException:
            self.close()
            raise
        self._can_fail: frozenset[int] = frozenset().union(*(loaded.owners for loaded in self._fails))
        self._reading_nothing = {rule for rule, reads in enumerate(self._reads) if not reads}

    def match(self, codes: Mapping[str, int]) -> tuple[bool | None, ...]:
        """Known properties and their codes -> for each rule True (holds), False (fails) or None (unknown).

        The negations are asked only for rules that do not hold and miss a property: a rule that misses none and does
        not hold, fails. Properties that no rule reads are not looked at. Raises EngineFailure.
        """
        held = self._owners(self._holds, codes.items())
        missing = self._readers.keys() - codes.keys()
        undecided = self._reading_nothing.union(*(self._readers[name] for name in missing)) - held
        answer: list[bool | None] = [False] * len(self._reads)
        for rule in held:
            answer[rule] = True
        for rule in undecided:
            answer[rule] = None
        undecided &= self._can_fail
        if undecided:
            wanted = frozenset().union(*(self._reads[rule] for rule in undecided))
            rulesets = [loaded for loaded in self._fails if not loaded.owners.isdisjoint(undecided)]
            for rule in undecided & self._owners(rulesets, [code for code in codes.items() if code[0] in wanted]):
                answer[rule] = False
        return tuple(answer)

    def match_both_ways(self, codes: Mapping[str, int]) -> tuple[bool | None, ...]:
        """The same answers, from all conditions and all negations, held against each other.

        Raises EngineFailure also if a rule both holds and fails, or does neither though all its properties are known.
        """
        held, failed = self._owners(self._holds, codes.items()), self._owners(self._fails, codes.items())
        if both := held & failed:
            raise EngineFailure(f"rules {sorted(both)} both hold and fail")
        for rule, reads in enumerate(self._reads):
            if reads and rule not in held and rule not in failed and reads <= codes.keys():
                raise EngineFailure(f"rule {rule} neither holds nor fails, and nothing that it reads is missing")
        return tuple(True if n in held else False if n in failed else None for n in range(len(self._reads)))

    def close(self) -> None:
        """Gives the engine's memory back. Closing twice is harmless; matching afterwards raises EngineFailure."""
        self._open = False
        for loaded in (*self._holds, *self._fails):
            loaded.close()
        self._holds.clear()
        self._fails.clear()

    def _owners(self, rulesets: Iterable["_Loaded"], codes: Iterable[tuple[str, int]]) -> set[int]:
        if not self._open:
            raise EngineFailure("the matcher is closed")
        return {owner for loaded in rulesets for rule in loaded.fired(codes) for owner in loaded.owners_of[rule]}


class _Texts(dict[tuple[str, int], str]):
    """A property and its code -> how they stand in a fact; nothing for the properties of others."""

    def __init__(self, properties: Iterable[str]) -> None:
        super().__init__()
        self._properties = frozenset(properties)

    def __missing__(self, key: tuple[str, int]) -> str:
        name, code = key
        text = ""
        if name in self._properties:
            if type(code) is not int or not -LARGEST_CODE <= code <= LARGEST_CODE:
                raise EngineFailure(f"{name} has the code {code!r}, which is not an integer within 2**53")
            text = f',"{name}":{code:d}'
        if len(self) < MOST_KEPT:
            self[key] = text
        return text


class _Loaded:
    """One ruleset in the engine, with its one state."""

    def __init__(self, engine: Any, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self.owners_of = {str(number): conjunct.owners for number, conjunct in enumerate(ruleset.conjuncts)}
        self.owners = frozenset(owner for owners in self.owners_of.values() for owner in owners)
        self._engine = engine
        self._texts = _Texts(ruleset.properties)
        self._head = _ID + "".join(f',"{marker}":1' for marker in ruleset.markers)
        # A state that never finished a firing holds wild pointers: deleting it may end the process.
        self._deletable = False
        try:
            self._handle: int = engine.create_ruleset(ruleset.name, json.dumps(ruleset.definition))
        except (engine.error, MemoryError) as error:
            raise EngineFailure(f"{ruleset.name}: {error}") from error

    def fired(self, codes: Iterable[tuple[str, int]]) -> list[str]:
        """Properties and their codes -> the ruleset's rules that fire. Properties of others are left out."""
        engine, handle = self._engine, self._handle
        fact = self._head + "".join(map(self._texts.__getitem__, codes)) + "}"
        rules: list[str] = []
        try:
            code, state = engine.assert_fact(handle, fact)
            if code == _NOTHING_MATCHED:
                return rules
            if code:
                raise EngineFailure(f"{self.ruleset.name}: the case before was not taken back")
            started = engine.start_action_for_state(handle, state)
            message = started and started[1]
            while message is not None:
                rules.append(message.split('"', 2)[1])
                message = engine.complete_and_start_action(handle, state)
            if not rules:
                raise EngineFailure(f"{self.ruleset.name}: a case matched, but no rule fired")
            engine.retract_fact(handle, _ID + "}")
        except BaseException as error:
            self._forget()
            if isinstance(error, (engine.error, MemoryError)):
                raise EngineFailure(f"{self.ruleset.name}: {error}") from error
            raise
        self._deletable = True
        return rules

    def prove(self) -> None:
        """Raises EngineFailure if a conjunct does not fire on its witness, or fires although a property is left out."""
        for number, conjunct in enumerate(self.ruleset.conjuncts):
            rule = str(number)
            if rule not in self.fired(conjunct.witness):
                raise EngineFailure(f"{self.ruleset.name}: conjunct {number} does not fire on its witness")
            for left_out in {test.property for test in conjunct.tests}:
                if rule in self.fired([code for code in conjunct.witness if code[0] != left_out]):
                    raise EngineFailure(f"{self.ruleset.name}: conjunct {number} fires without {left_out}")

    def close(self) -> None:
        self._forget()
        self._engine.delete_ruleset(self._handle)

    def _forget(self) -> None:
        """Deletes the state, with whatever a fault left in it; the next case begins a new one."""
        if self._deletable:
            with suppress(self._engine.error):  # it says so if there is none
                self._engine.delete_state(self._handle, _STATE)


def _check_owners(ruleset: Ruleset, reads: Sequence[frozenset[str]]) -> None:
    for number, conjunct in enumerate(ruleset.conjuncts):
        properties = {test.property for test in conjunct.tests}
        if not all(owner in range(len(reads)) and properties <= reads[owner] for owner in conjunct.owners):
            raise ValueError(f"{ruleset.name}: conjunct {number} asks what a rule that it decides does not read")


def _durable_rules() -> Any:
    try:
        with _bound_when_called():
            import durable_rules_engine
    except ImportError as error:  # missing, or compiled for another Python
        raise EngineMissingError(error, _COMPILE.format(python=shlex.quote(sys.executable))) from error
    return durable_rules_engine


@contextmanager
def _bound_when_called() -> Iterator[None]:
    """C functions are looked up once they are called. Those for message stores, which are never called here, call
    one that Python 3.13 removed; looked up at once it would keep the whole library from loading."""
    if not hasattr(sys, "setdlopenflags"):
        yield
        return
    usual = sys.getdlopenflags()
    sys.setdlopenflags(os.RTLD_LAZY)
    try:
        yield
    finally:
        sys.setdlopenflags(usual)
