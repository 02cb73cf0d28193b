"""Where the time of `evaluate` goes, a case at a time, beside this project's matcher and durable-rules' stock Host.

    python -m bench.case_by_case CASES.ndjson [--policies DIR] [--cases N] [--host]

Every stage is timed over all cases, the stages in turn, five times; medians of processor time are printed, in
microseconds a case. `--host` adds the stock Host, which takes long; it and the matcher have to agree on every rule of
every case first. Both paths from file to file are one process each: the matcher writes masks, as in `bench.run`, and
`evaluate` whole records.
"""

import argparse
import gc
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from operator import truediv
from pathlib import Path

from durable.engine import Host, MessageNotHandledException

from bench import answers
from bench.encode import kept as kept_workload
from bench.generate import REGULATION
from bench.peers import Session, start
from bench.peers.naive import _with_actions
from bench.workload import read as read_workload
from engine.api import evaluate_each
from engine.base.json_text import parse_json
from engine.core.judge.decision import decide
from engine.core.judge.engine import Engine, Matched
from engine.core.rules.compiler import Compiled
from engine.load.cases.careful import parse_case
from engine.load.cases.fast import Decoder
from engine.load.cases.paths import unread_cases
from engine.load.cases.remarks import Remarks
from engine.report.records import form
from engine.report.records.fast import FastWriter
from engine.report.records.writing import LinesWriter, Writer, checked
from engine.study.alternatives import OtherReadings
from engine.study.memory import Memory, Outcome, outcome_of
from engine.versions.opening import Kept, kept

ROUNDS = 5
MATCHER, EVALUATE, HOST = "matcher, file to file", "evaluate, file to file", "matched by the stock Host"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("cases", type=Path)
    parser.add_argument("--policies", type=Path, default=Path("policies"))
    parser.add_argument("--cases", dest="most", type=int, default=2_000)
    parser.add_argument("--host", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "cases.ndjson"
        with given.cases.open(encoding="utf-8") as file:
            texts = [line for line, _ in zip(file, range(given.most), strict=False)]
        source.write_text("".join(texts), encoding="utf-8")
        prepared = kept(given.policies)
        stages = dict(_stages(prepared, [text.rstrip("\n") for text in texts], given.host))
        stages |= dict(_file_to_file(prepared, given.policies, source, Path(folder)))
        measured = _measured(stages, len(texts))
    for name, times in measured.items():
        print(f"{name:32}{statistics.median(times):10.1f} µs")
    pairs = [(EVALUATE, MATCHER), *((HOST, name) for name in ("matched", "decided") if given.host)]
    for name, base in pairs:
        print(f"{name} / {base}: {statistics.median(map(truediv, measured[name], measured[base])):.2f}")


def _measured(stages: dict[str, Callable[[], object]], cases: int) -> dict[str, list[float]]:
    # What is kept for the stages is not to be walked through by the collector in each; for the rest it looks as seldom
    # as in the command.
    gc.set_threshold(100_000, 50, 100)
    gc.collect()
    gc.freeze()
    measured: dict[str, list[float]] = {name: [] for name in stages}
    for _ in range(ROUNDS):
        for name, stage in stages.items():
            before = time.process_time()
            stage()
            measured[name].append((time.process_time() - before) * 1e6 / cases)
    return measured


def _stages(kept: Kept, texts: Sequence[str], host: bool) -> Iterator[tuple[str, Callable[[], object]]]:
    """The parts of the path of a case. Each is given what the parts before it have made."""
    library = kept.library
    engine, decoder = Engine(library, made=kept.made), Decoder(library)
    cases = [case for case in (decoder.case("c", text) for text in texts) if case is not None]
    print(f"{len(texts)} cases, {len(texts) - len(cases)} of them read the careful way")
    matched = [engine.match(case) for case in cases]
    matchers = [engine._for(case)[1] for case in cases]
    others = {id(one.judge): OtherReadings.of(one.judge, kept.made) for one in matched}
    writer = Writer(library, {})
    records = [FastWriter(writer).case(one)[0] for one in matched]
    decisions = [one.decided.decision for one in matched]
    outcomes = [outcome_of(decision) for decision in decisions]
    _forget(matched)

    def remarks() -> None:
        gathered = Remarks(library)
        for case in cases:
            gathered.add(case)

    def put_together() -> None:
        fast = FastWriter(writer)
        for one in matched:
            fast.case(one)
        _forget(matched)

    def remembered() -> None:
        memory = Memory(library)
        for one, outcome in zip(matched, outcomes, strict=True):
            memory.of(one, outcome)
        _forget(matched)

    yield "read, careful", lambda: [parse_case(parse_json("c", text), library) for text in texts]
    yield "read, fast", lambda: [decoder.case("c", text) for text in texts]
    yield (
        "encoded",
        lambda: [one.judge.compiled.named_codes(one.case.values, one.case.evidence_named) for one in matched],
    )
    yield "matched", lambda: [matcher.match(one.codes) for matcher, one in zip(matchers, matched, strict=True)]
    yield "other readings", lambda: [others[id(one.judge)](one.case, one.statuses) for one in matched]
    yield "remarks", remarks
    yield "remembered for quotas", remembered
    yield "record from parts", put_together
    yield "checked", lambda: [checked("case", record).decode() for record in records]
    yield "decided", lambda: [decide(one.judge, one.case, one.statuses, one.depends_on) for one in matched]
    yield "record of a decision", lambda: [form.encode(writer.case(decision)) for decision in decisions]
    if host:
        yield HOST, _by_the_host(matched)


def _forget(matched: Sequence[Matched]) -> None:
    """Takes back the decisions that were made."""
    for one in matched:
        vars(one).pop("decided", None)


def _file_to_file(kept: Kept, policies: Path, source: Path, folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    work = read_workload(kept_workload(policies, REGULATION, folder / "workload.pickle"))
    session, words = start("matcher", work), answers.words(len(work.rules))
    assert isinstance(session, Session)

    def matcher() -> None:
        with source.open("rb") as file, (folder / "masks").open("w", encoding="utf-8") as masks:
            masks.write(answers.lines(session.rows(session.answer(session.load(file.readlines()))), words))

    def evaluate() -> None:
        writer = Writer(kept.library, {})
        records = FastWriter(writer)
        with (folder / "records").open("w", encoding="utf-8", newline="") as stream:
            target = LinesWriter(writer, stream)

            def write(matched: Matched) -> Outcome:
                content, outcome = records.case(matched)
                target.case(matched.case.regulation, content)
                return outcome

            documents = unread_cases((str(source),), kept.library, "vi", print)
            target.end(evaluate_each(kept.library, documents, write, target.rejected, made=kept.made))

    yield MATCHER, matcher
    yield EVALUATE, evaluate


def _by_the_host(matched: Sequence[Matched]) -> Callable[[], object]:
    host = _Naively([one.judge.compiled for one in matched])
    for one in matched:
        # A rule without a condition holds, and is no rule of the Host's.
        rules = zip(one.judge.compiled.rules, one.statuses, strict=True)
        held = {number for number, (rule, status) in enumerate(rules) if status and rule.condition is not None}
        assert host.held(one.judge.compiled, one.codes) == held, one.case.case_id
    return lambda: [host.held(one.judge.compiled, one.codes) for one in matched]


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

    def held(self, compiled: Compiled, codes: Mapping[str, int]) -> set[int]:
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
