"""CLIPS by clipspy: one environment a kind of subject, one template, one CLIPS rule for each alternative of a rule.

A case is one fact, retracted afterwards. Each alternative fires at most once and adds its own bit to a global, which
costs less than a call back into Python.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import clips
import msgspec

from bench.answers import Answer, grading
from bench.peers import Session
from bench.workload import Ladder, Test, Tree, Workload, tests

WORD = 60


def start(work: Workload) -> Session:
    decode = msgspec.json.Decoder().decode
    ready = {kind: _Environment(work, kind, ladder) for kind, ladder in work.ladders.items()}
    slots = {kind: [(one, *_read(work, one)) for one in environment.slots] for kind, environment in ready.items()}
    symbols = {name: clips.Symbol(name) for fact in work.facts.values() if fact.type == "text" for name in fact.options}

    def load(lines: Sequence[bytes]) -> list[tuple[str, str, dict[str, Any]]]:
        found = []
        for line in lines:
            case = decode(line)
            kind, facts, evidence = case["subject"]["kind"], case["facts"], case.get("evidence") or {}
            filled = {}
            for slot, group, key, parts, member, named in slots[kind]:
                if named:
                    value = evidence.get(named)
                    value = None if value is None else bool(value)
                else:
                    values = facts.get(group) or {}
                    value = values.get(key)
                    if value is None and parts:
                        part, of = values.get(parts[0]), values.get(parts[1])
                        value = 100 * part / of if part is not None and of else None
                    elif member and value is not None:
                        value = member in value
                if value is not None:
                    filled[slot] = symbols[value] if type(value) is str else value
            found.append((case["case_id"], kind, filled))
        return found

    def answer(cases: list[tuple[str, str, dict[str, Any]]]) -> list[Answer]:
        return [(case_id, *ready[kind].decide(filled)) for case_id, kind, filled in cases]

    return Session(load, answer)


def _read(work: Workload, slot: str) -> tuple[str, str, tuple[str, ...], str | None, str | None]:
    """Where a slot's value stands in a case: group, key, keys of part and whole, member asked for, or evidence."""
    name, _, member = slot.partition("@")
    if member == "evidence":
        return "", "", (), None, name
    group, _, key = name.partition(".")
    parts = tuple(one.partition(".")[2] for one in work.facts[name].parts)
    return group, key, parts, member or None, None


class _Environment:
    def __init__(self, work: Workload, kind: str, ladder: Ladder) -> None:
        self.environment = clips.Environment()
        self.possible = grading(ladder)
        rules = work.of(kind)
        self.slots = sorted({slot_of(test) for rule in rules for test in tests(rule.holds)})
        self.environment.build(
            "(deftemplate case " + " ".join(f"(slot {one} (default nil))" for one in self.slots) + ")"
        )
        self.bits: list[tuple[int, int]] = []
        """For each alternative the bits that it adds to `holds` and to `fails`."""
        written = []
        for rule in rules:
            for polarity, tree in enumerate((rule.holds, rule.fails)):
                for one in alternatives(tree):
                    place = len(self.bits)
                    self.bits.append((0, 1 << rule.number) if polarity else (1 << rule.number, 0))
                    mask = f"?*m{place // WORD}*"
                    written.append(
                        f"(defrule a{place} (case {pattern(one)}) => (bind {mask} (+ {mask} {1 << place % WORD})))"
                    )
        words = range(-(-len(self.bits) // WORD))
        for word in words:
            self.environment.build(f"(defglobal ?*m{word}* = 0)")
        for rule_ in written:
            self.environment.build(rule_)
        self.template = self.environment.find_template("case")
        self.globals = [self.environment.find_global(f"m{word}") for word in words]

    def decide(self, filled: Mapping[str, Any]) -> tuple[int, int, int]:
        # To assert it as text in one call was tried: the parser takes ten times as long.
        fact = self.template.assert_fact(**filled)
        self.environment.run()
        holds = fails = 0
        for word, one in enumerate(self.globals):
            mask = one.value
            one.value = 0
            base = word * WORD - 1
            while mask:
                low = mask & -mask
                positive, negative = self.bits[base + low.bit_length()]
                holds |= positive
                fails |= negative
                mask ^= low
        fact.retract()
        return holds, fails, self.possible(holds, fails)


def alternatives(tree: Tree) -> list[frozenset[Test]]:
    """The disjunctive normal form, without what another alternative covers."""
    if isinstance(tree, Test):
        return [frozenset({tree})]
    parts = [alternatives(part) for part in tree.parts]
    if tree.word == "or":
        found = [one for part in parts for one in part]
    else:
        found = [frozenset().union(*chosen) for chosen in product(*parts)]
    found = list(dict.fromkeys(found))
    return [one for one in found if not any(other < one for other in found)]


def slot_of(test: Test) -> str:
    match test.sign:
        case "named" | "unnamed":
            return f"{test.fact}@evidence"
        case "includes" | "excludes":
            return f"{test.fact}@{test.values[0]}"
    return test.fact


def pattern(conjunction: frozenset[Test]) -> str:
    """Slot constraints, those of one slot joined."""
    by_slot: dict[str, list[str]] = {}
    for test in sorted(conjunction, key=str):
        by_slot.setdefault(slot_of(test), []).append(_constraint(test))
    # A name that stands in two slots would ask that they hold the same.
    written = []
    for place, (slot, constraints) in enumerate(by_slot.items()):
        joined = "&".join(constraints).replace("?x", f"?x{place}")
        written.append(f"({slot} ?x{place}&{joined})" if "?x" in joined else f"({slot} {joined})")
    return " ".join(written)


def _constraint(test: Test) -> str:
    match test.sign:
        case "in":
            return "|".join(_constant(value) for value in test.values)
        case "includes" | "named":
            return "TRUE"
        case "excludes" | "unnamed":
            return "FALSE"
        case "not_in":
            return "&".join(["~nil", *(f"~{_constant(value)}" for value in test.values)])
        case sign:
            return f":(and (numberp ?x) ({sign} ?x {_constant(test.values[0])}))"


def _constant(value: object) -> str:
    return "TRUE" if value is True else "FALSE" if value is False else str(value)
