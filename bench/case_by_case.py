"""Where the time of one case goes, and the same rules run by durable-rules' stock Host beside them.

    python -m bench.case_by_case CASES.ndjson [--policies DIR] [--cases N]

Every stage is timed over all cases, the stages in turn, five times; medians of processor time are printed, in
microseconds a case. Before that the Host and this project's matcher have to agree on every rule of every case.
"""

import argparse
import gc
import io
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from operator import truediv
from pathlib import Path
from typing import Any

from durable.engine import Host, MessageNotHandledException

from bench.peers.naive import _with_actions
from engine.base.json_text import parse_json
from engine.core.judge.case import Case
from engine.core.judge.decision import decide
from engine.core.judge.engine import Engine, across_cases
from engine.core.rules.compiler import Compiled
from engine.core.rules.matcher import Matcher
from engine.load.cases.careful import parse_case
from engine.load.cases.fast import Decoder
from engine.report.records.writing import Writer
from engine.report.results import write
from engine.study.alternatives import OtherReadings, alternatives
from engine.versions.opening import load_library

ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("cases", type=Path)
    parser.add_argument("--policies", type=Path, default=Path("policies"))
    parser.add_argument("--cases", dest="most", type=int, default=1_000)
    given = parser.parse_args()
    library = load_library(given.policies)
    texts = given.cases.read_text(encoding="utf-8").splitlines()[: given.most]
    engine, decoder = Engine(library), Decoder(library)
    read = [decoder.case("c", text) for text in texts]
    cases = [case for case in read if case is not None]
    print(f"{len(texts)} cases, {len(texts) - len(cases)} of them read the careful way")
    for case in cases:
        engine.decide(case)

    ready = [engine._for(case) for case in cases]
    codes = [_encode(by.compiled, case) for case, (by, *_) in zip(cases, ready, strict=True)]
    known = [
        [True if one.condition is None else status for one, status in zip(by.compiled.rules, found, strict=True)]
        for (by, matcher, _), found in zip(ready, map(_match, ready, codes), strict=True)
    ]
    others = {id(by): OtherReadings(by, alternatives(by)) for by, _ in ready}
    decided = [engine.decide(case) for case in cases]
    results = across_cases(library, decided, [], {})
    labels = {one.id: one.label for each in library.regulations.values() for one in each.documents}
    host = _Naively([by.compiled for by, _ in ready])
    for case, (by, matcher, _), found in zip(cases, ready, codes, strict=True):
        held = {number for number, status in enumerate(matcher.match(found)) if status}
        assert host.held(by.compiled, found) == held, case.case_id

    def written(form: str) -> None:
        write(results, form, "vi", io.StringIO(), documents=labels, writer=Writer(library, {}))

    stages: dict[str, Callable[[], object]] = {
        "read and validated, careful": lambda: [parse_case(parse_json("c", text), library) for text in texts],
        "read and validated, fast": lambda: [decoder.case("c", text) for text in texts],
        "encoded": lambda: [_encode(by.compiled, case) for case, (by, *_) in zip(cases, ready, strict=True)],
        "matched": lambda: [_match(one, found) for one, found in zip(ready, codes, strict=True)],
        "matched by the stock Host": lambda: [
            host.held(by.compiled, found) for (by, *_), found in zip(ready, codes, strict=True)
        ],
        "decided": lambda: [decide(by, *one) for (by, *_), *one in zip(ready, cases, known, strict=True)],
        "other readings": lambda: [
            others[id(by)].dependences(*one) for (by, *_), *one in zip(ready, cases, known, strict=True)
        ],
        "encoded, matched, decided": lambda: [engine.decide(case) for case in cases],
        "written as ndjson": lambda: written("ndjson"),
        "written as json": lambda: written("json"),
        "written as text": lambda: written("text"),
        "written as csv": lambda: written("csv"),
    }
    # What is kept for the stages is not to be walked through by the collector in each.
    gc.freeze()
    measured: dict[str, list[float]] = {name: [] for name in stages}
    for _ in range(ROUNDS):
        for name, stage in stages.items():
            before = time.process_time()
            stage()
            measured[name].append((time.process_time() - before) * 1e6 / len(cases))
    for name, times in measured.items():
        print(f"{name:30}{statistics.median(times):10.1f} µs")
    for base in ("matched", "encoded, matched, decided"):
        ratios = map(truediv, measured["matched by the stock Host"], measured[base])
        print(f"stock Host / {base}: {statistics.median(ratios):.1f}")


def _encode(compiled: Compiled, case: Case) -> dict[str, int]:
    return compiled.named_codes(case.values, case.evidence_named)


def _match(one: tuple[Any, Matcher], codes: dict[str, int]) -> Sequence[bool | None]:
    return one[1].match(codes)


class _Naively:
    """The rules as they are written, without their negations: a state and a fact a case, deleted afterwards."""

    def __init__(self, compilations: Sequence[Compiled]) -> None:
        self.fired: list[tuple[str, int]] = []
        self.host = Host()
        self.names: dict[int, list[str]] = {}
        self.cases = 0
        for compiled in compilations:
            if id(compiled) not in self.names:
                made = [f"h{len(self.names)}_{number}" for number, _ in enumerate(compiled.holds)]
                for name, ruleset in zip(made, compiled.holds, strict=True):
                    self.host.set_rulesets({name: _with_actions(ruleset, self.fired)})
                self.names[id(compiled)] = made

    def held(self, compiled: Compiled, codes: dict[str, int]) -> set[int]:
        found: set[int] = set()
        self.cases += 1
        for name, ruleset in zip(self.names[id(compiled)], compiled.holds, strict=True):
            self.fired.clear()
            own = {one: codes[one] for one in ruleset.properties if one in codes}
            with suppress(MessageNotHandledException):
                self.host.assert_fact(
                    name, {"sid": str(self.cases), "id": "c", **dict.fromkeys(ruleset.markers, 1), **own}
                )
            self.host.delete_state(name, str(self.cases))
            found.update(owner for _, number in self.fired for owner in ruleset.conjuncts[number].owners)
        return found


if __name__ == "__main__":
    main()
