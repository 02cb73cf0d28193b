"""This project's own commands as peers: how they are run, and whether what they write agrees with the common answer."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.answers import WORD
from bench.workload import Workload

XEPLOAI = str(Path(sys.executable).with_name("xeploai"))
SEPARATOR = "; "


def command(name: str, work: Workload, source: Path, target: Path) -> list[str]:
    """The command line that judges `source` into `target`."""
    policies = ["--policies", str(work.policies)]
    match name:
        case "evaluate":
            return [XEPLOAI, "evaluate", str(source), *policies, "--format", "ndjson", "-o", str(target)]
        case "population":
            return [XEPLOAI, "population", str(source), *policies, "-o", str(target)]
        case "unrefereed":
            return [XEPLOAI, "population", str(source), *policies, "-o", str(target), "--referee", "0"]
        case "spark":
            return [XEPLOAI, "population", str(source), *policies, "-o", str(target), "--on", "spark"]
    raise KeyError(name)


_BARE = "import jsonschema, durable_rules_engine"
_CASE = "policies/qd-124-2023/cases/07-leader-one-task-short.json"
COLD = {
    "bare": ("bare Python that imports jsonschema and durable-rules", [sys.executable, "-c", _BARE], "bare"),
    "case": ("xeploai evaluate, one case", [XEPLOAI, "evaluate", _CASE], "bare"),
    "cli": ("bare Python that imports click", [sys.executable, "-c", "import click"], "cli"),
    "help": ("xeploai --help", [XEPLOAI, "--help"], "cli"),
}
"""From a cold start: what it is, the command, and what its time is divided by."""
_CASES, _POLICIES = "policies/qd-124-2023/cases", ("--policies", "policies")
_VERB: dict[str, list[str]] = {
    "check": ["check", *_POLICIES],
    "test": ["test", *_POLICIES],
    "diff": ["diff", "qd-132-2018", "qd-124-2023", *_POLICIES],
    "impact": ["impact", "qd-132-2018", "qd-124-2023", "--cases", _CASES, *_POLICIES],
    "sensitivity": ["sensitivity", "--cases", _CASES, *_POLICIES],
    "evaluate": ["evaluate", _CASE, *_POLICIES],
}
VERBS = {name: (f"xeploai {' '.join(words)}", [XEPLOAI, *words]) for name, words in _VERB.items()}
VERBS["anew"] = (f"{VERBS['evaluate'][0]}, no library kept", ["env", "XEPLOAI_CACHE=off", *VERBS["evaluate"][1]])
"""What a person waits for: what it is, and the command."""
ENDED = {"check": (0, 1), "test": (0, 1), "diff": (0, 1), "impact": (0, 1)}
"""The codes with which a verb may end that says what it found."""


@dataclass(frozen=True)
class Said:
    """What a decision says of the rules, as far as it names them, and of the grade: no outcome where there is none."""

    case_id: str
    kind: str
    statuses: Mapping[str, bool | None]
    possible: tuple[str, ...]
    silent: tuple[str, ...]
    """The beginnings of the names of the rules that fail unless they are named."""


def disagreements(name: str, work: Workload, answers: Path, target: Path) -> list[str]:
    """The cases whose decisions in `target` contradict the common answer in `answers`; none may."""
    common = {line[0]: line[1:] for line in _read(answers)}
    numbers = {rule.name: 1 << rule.number for rule in work.rules}
    found = []
    seen = 0
    for said in _records(target) if name == "evaluate" else _rows(target):
        seen += 1
        if wrong := _wrong(work, numbers, said, *common[said.case_id]):
            found.append(f"{said.case_id}: {wrong}")
    return found if seen == len(common) else [*found, f"{seen} decisions of {len(common)} cases"]


def _read(answers: Path) -> Iterator[tuple[str, int, int, int]]:
    with answers.open(encoding="utf-8") as file:
        for line in file:
            case_id, *masks, possible = line.rstrip("\n").split(",")
            shifted = [int(mask) << place // 2 * WORD for place, mask in enumerate(masks)]
            yield case_id, sum(shifted[::2]), sum(shifted[1::2]), int(possible)


def _records(target: Path) -> Iterator[Said]:
    """The records of `evaluate`: the rules that hold, fail and are unknown."""
    with target.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if record["record"] != "case":
                continue
            statuses: dict[str, bool | None] = dict.fromkeys(record.get("holds", ()), True)
            statuses |= dict.fromkeys(record.get("fails", ()), False) | dict.fromkeys(record.get("unknown", ()))
            yield Said(
                record["case_id"],
                record["subject"]["kind"],
                statuses,
                tuple(record.get("grading", {}).get("possible", ())),
                ("triggers.",) if record["subject_to_review"] else (),
            )


def _rows(target: Path) -> Iterator[Said]:
    """The rows of `population`: the rules that hold, and those that are unknown, by their names."""
    import duckdb

    files = target / "*.parquet" if target.is_dir() else target
    columns = ("exemptions", "findings", "open_findings", "bars", "open_bars", "possible")
    found = duckdb.connect().execute(
        f"SELECT case_id, kind, subject_to_review, {', '.join(columns)} FROM read_parquet('{files}')"
    )
    while rows := found.fetchmany(10_000):
        for case_id, kind, reviewed, *texts in rows:
            lists = {name: _names(text) for name, text in zip(columns, texts, strict=True)}
            statuses: dict[str, bool | None] = dict.fromkeys((*lists["open_findings"], *lists["open_bars"]))
            statuses |= dict.fromkeys((*lists["exemptions"], *lists["findings"], *lists["bars"]), True)
            silent = (("triggers.",) if reviewed else ()) + ((".bars.",) if lists["possible"] else ())
            yield Said(case_id, kind, statuses, lists["possible"], silent)


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(text.split(SEPARATOR)) if text else ()


def _wrong(work: Workload, numbers: Mapping[str, int], said: Said, holds: int, fails: int, possible: int) -> str | None:
    """How a decision contradicts the masks of its case."""
    for name, status in said.statuses.items():
        bit = numbers.get(name)
        if bit and status is not (True if holds & bit else False if fails & bit else None):
            return f"{name} is {status}"
    for rule in work.of(said.kind):
        silent = any(part in f"{rule.name}." for part in said.silent) and rule.name not in said.statuses
        if silent and not fails & numbers[rule.name]:
            return f"{rule.name} is not named"
    exact = sum(1 << work.outcomes.index(outcome) for outcome in said.possible)
    # Exact reasoning may close outcomes that rules taken one by one leave open, and never opens one.
    return f"the grade may be {said.possible}" if exact & ~possible else None
