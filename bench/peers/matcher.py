"""This project's durable-rules target up to the results of the rules: cases read and checked, then matched.

Nothing of the record is made: this is the work that the other peers do, and what is above it stands as `decide`.
"""

from typing import Any

from bench.answers import Answer, grading
from bench.peers import Session
from bench.peers.decide import cases_of, compiler
from bench.workload import Workload
from engine.core.judge.case import Case
from engine.core.judge.engine import matcher_for


def start(work: Workload) -> Session:
    numbers = {rule.name: rule.number for rule in work.rules}
    compiled_for = compiler(work)
    ready: dict[str, Any] = {}

    def made(kind: str) -> Any:
        compiled = compiled_for(kind)
        bits = [1 << numbers[one.rule.name] if one.rule.name in numbers else 0 for one in compiled.rules]
        return compiled, matcher_for(compiled), bits, grading(work.ladders[kind])

    def answer(cases: list[Case]) -> list[Answer]:
        found = []
        for case in cases:
            kind = case.subject.kind
            if kind not in ready:
                ready[kind] = made(kind)
            compiled, matcher, bits, possible = ready[kind]
            statuses = matcher.match(compiled.named_codes(case.values, case.evidence_named))
            holds = fails = 0
            for bit, status in zip(bits, statuses, strict=True):
                if status:
                    holds |= bit
                elif status is False:
                    fails |= bit
            found.append((case.case_id, holds, fails, possible(holds, fails)))
        return found

    def close() -> None:
        for _, matcher, _, _ in ready.values():
            matcher.close()

    return Session(cases_of(work), answer, close=close)
