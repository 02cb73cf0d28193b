"""This project's Python API: cases read and checked, then full decisions, with reasons and citations.

Its grading is exact where the common answer takes every unknown rule by itself, so it may leave fewer outcomes open:
`check` says where it leaves one that the common answer does not.
"""

from collections.abc import Callable, Sequence
from typing import Any

from bench.answers import Answer, grading
from bench.generate import DAY
from bench.peers import Session
from bench.workload import Workload
from engine.base.json_text import parse_json
from engine.core.judge.case import Case
from engine.core.judge.engine import Engine
from engine.core.rules.compiler import Compiled, compile_rules, with_rulesets
from engine.load.cases.careful import parse_case
from engine.load.cases.fast import Decoder
from engine.versions.opening import kept_library


def cases_of(work: Workload) -> Callable[[Sequence[bytes]], list[Case]]:
    """Lines -> cases, read and checked as the command does. Raises ValueError where one is refused."""
    library = kept_library(work.policies)
    decoder = Decoder(library)

    def load(lines: Sequence[bytes]) -> list[Case]:
        found = []
        for line in lines:
            text = line.decode()
            case = decoder.case("cases.ndjson", text)
            if case is None:  # not taken as it stands
                case, problems = parse_case(parse_json("cases.ndjson", text), library)
                if case is None:
                    raise ValueError(problems)
            found.append(case)
        return found

    return load


def compiler(work: Workload) -> Callable[[str], Compiled]:
    """Kind of subject -> its rules, compiled as the engine does it."""
    library = kept_library(work.policies)
    regulation = library.regulations[work.regulation]
    return lambda kind: with_rulesets(compile_rules(regulation, library.vocabulary, kind, DAY, {}))


def start(work: Workload) -> Session:
    engine = Engine(kept_library(work.policies))
    bits = {rule.name: 1 << rule.number for rule in work.rules}
    possible = {kind: grading(ladder) for kind, ladder in work.ladders.items()}
    places = {name: place for place, name in enumerate(work.outcomes)}

    def rows(decided: list[Any]) -> list[Answer]:
        found = []
        for one in decided:
            holds = sum(bits[name] for name, status in one.results.items() if status and name in bits)
            fails = sum(bits[name] for name, status in one.results.items() if status is False and name in bits)
            common = possible[one.case.subject.kind](holds, fails)
            grading_ = one.decision.grading
            if grading_ is not None:
                exact = sum(1 << places[name] for name in grading_.possible)
                if exact & ~common:
                    raise ValueError(f"{one.case.case_id}: {grading_.possible} is wider than the rules allow")
            found.append((one.case.case_id, holds, fails, common))
        return found

    return Session(cases_of(work), lambda cases: [engine.decide(case) for case in cases], rows, engine.close)
