"""This project's own commands as peers: how they are run, and whether what they write agrees with the common answer."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.answers import WORD
from bench.workload import Workload

XEPLOAI = str(Path(sys.executable).with_name("xeploai"))


def command(name: str, work: Workload, source: Path, target: Path) -> list[str]:
    """The command line that judges `source` into `target`."""
    policies = ["--policies", str(work.policies)]
    match name:
        case "evaluate":
            return [XEPLOAI, "evaluate", str(source), *policies, "--format", "ndjson", "-o", str(target)]
    raise KeyError(name)


def disagreements(name: str, work: Workload, answers: Path, target: Path) -> list[str]:
    """The cases whose decisions in `target` contradict the common answer in `answers`; none may."""
    common = {line[0]: line[1:] for line in _read(answers)}
    found = []
    seen = 0
    with target.open(encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if record["record"] != "decision":
                continue
            seen += 1
            if wrong := _wrong(work, record, *common[record["case_id"]]):
                found.append(f"{record['case_id']}: {wrong}")
    return found if seen == len(common) else [*found, f"{seen} decisions of {len(common)} cases"]


def _read(answers: Path) -> Iterator[tuple[str, int, int, int]]:
    with answers.open(encoding="utf-8") as file:
        for line in file:
            case_id, *masks, possible = line.rstrip("\n").split(",")
            shifted = [int(mask) << place // 2 * WORD for place, mask in enumerate(masks)]
            yield case_id, sum(shifted[::2]), sum(shifted[1::2]), int(possible)


def _wrong(work: Workload, record: Mapping[str, Any], holds: int, fails: int, possible: int) -> str | None:
    """A record names the rules that hold and those that are unknown, and of a grade's criteria those that fail."""
    numbers = {rule.name: 1 << rule.number for rule in work.rules}
    said: dict[str, bool | None] = {}
    graded = record["grading"] or {"rungs": [], "bars": []}
    for one in (*record["exemptions"], *record["findings"], *record["open_findings"]):
        said[one["rule"]] = one["holds"]
    for rung in graded["rungs"]:
        for one in (*rung["met"], *rung["unmet"], *rung["unknown"]):
            said[one["rule"]] = one["holds"]
    for bar in graded["bars"]:
        said[bar["result"]["rule"]] = bar["result"]["holds"]
    for name, status in said.items():
        if name in numbers:
            bit = numbers[name]
            if status is not (True if holds & bit else False if fails & bit else None):
                return f"{name} is {status}"
    if record["subject_to_review"]:
        kind = record["subject"]["kind"]
        silent = [rule for rule in work.of(kind) if rule.name.startswith("triggers.") and rule.name not in said]
        if any(not fails >> rule.number & 1 for rule in silent):
            return "a finding is missing"
    if record["grading"] is not None:
        exact = sum(1 << work.outcomes.index(outcome) for outcome in graded["possible"])
        # Exact reasoning may close outcomes that rules taken one by one leave open, and never opens one.
        if not exact or exact & ~possible:
            return f"the grade may be {graded['possible']}"
    return None
