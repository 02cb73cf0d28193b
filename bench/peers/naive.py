"""durable-rules driven naively: the same rulesets, run by its own Host with a Python action a rule.

Every case is a fact in a state of its own, deleted afterwards, as the library's own examples do it.
"""

import copy
from contextlib import suppress
from typing import Any

from durable.engine import Host, MessageNotHandledException

from bench.answers import Answer, grading
from bench.peers import Session
from bench.peers.decide import cases_of, compiler
from bench.workload import Workload
from engine.core.judge.case import Case
from engine.core.rules.compiler import Compiled
from engine.core.rules.rulesets import Ruleset


class _Quiet(Host):  # type: ignore[misc]
    """Without the threads of the stock host: these run some of the actions when `assert_fact` has long returned."""

    def _run(self) -> None:
        pass


def start(work: Workload) -> Session:
    host = _Quiet()
    fired: list[tuple[str, int]] = []
    numbers = {rule.name: rule.number for rule in work.rules}
    compiled_for = compiler(work)
    ready: dict[str, Any] = {}

    def made(kind: str) -> Any:
        compiled = compiled_for(kind)
        for ruleset in (*compiled.holds, *compiled.fails):
            host.set_rulesets({f"{kind}_{ruleset.name}": _with_actions(ruleset, fired)})
        return compiled, _masks(compiled, numbers), grading(work.ladders[kind])

    def answer(cases: list[Case]) -> list[Answer]:
        found = []
        for case in cases:
            kind = case.subject.kind
            if kind not in ready:
                ready[kind] = made(kind)
            compiled, masks, possible = ready[kind]
            fact = compiled.named_codes(case.values, case.evidence_named)
            fired.clear()
            for ruleset in (*compiled.holds, *compiled.fails):
                own = {name: fact[name] for name in ruleset.properties if name in fact}
                markers = dict.fromkeys(ruleset.markers, 1)
                name = f"{kind}_{ruleset.name}"
                with suppress(MessageNotHandledException):  # no rule matched
                    host.assert_fact(name, {"sid": case.case_id, "id": "c", **markers, **own})
                host.delete_state(name, case.case_id)
            masked = {"holds": 0, "fails": 0}
            for name, number in fired:
                masked[name.rstrip("0123456789")] |= masks[name][number]
            holds, fails = masked["holds"], masked["fails"]
            found.append((case.case_id, holds, fails, possible(holds, fails)))
        return found

    return Session(cases_of(work), answer)


def _with_actions(ruleset: Ruleset, fired: list[tuple[str, int]]) -> dict[str, Any]:
    definition = copy.deepcopy(ruleset.definition)
    for number, rule in definition.items():
        rule["run"] = _action(fired, (ruleset.name, int(number)))
    return definition


def _action(fired: list[tuple[str, int]], what: tuple[str, int]) -> Any:
    def run(context: Any) -> None:
        fired.append(what)

    return run


def _masks(compiled: Compiled, numbers: dict[str, int]) -> dict[str, list[int]]:
    """For each ruleset the bits of the rules that its conjuncts decide."""
    return {
        ruleset.name: [
            sum(1 << numbers[compiled.rules[owner].rule.name] for owner in conjunct.owners)
            for conjunct in ruleset.conjuncts
        ]
        for ruleset in (*compiled.holds, *compiled.fails)
    }
