"""The benchmarks' cases and peers, as far as the test extras go: few cases, answers equal, nothing timed.

Each runs as `make bench` runs it, in a process of its own under a time limit.
"""

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support import ROOT

from bench.peers import PEERS

CASES = 120


def bench(module: str, *arguments: object) -> None:
    command = [sys.executable, "-m", f"bench.{module}", *map(str, arguments)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cases, the workload, and the answers of the hand-written program."""
    made = tmp_path_factory.mktemp("bench")
    bench("generate", CASES, made / "cases.ndjson")
    bench("encode", ROOT / "policies", "qd-124-2023", made / "workload")
    bench("one", "file", "python", made / "workload", made / "cases.ndjson", made / "python.csv")
    return made


def test_the_same_seed_gives_the_same_cases(folder: Path) -> None:
    bench("generate", CASES + 7, folder / "more.ndjson")
    lines = (folder / "more.ndjson").read_bytes().splitlines()
    assert lines[:CASES] == (folder / "cases.ndjson").read_bytes().splitlines() and len(lines) == CASES + 7
    bench("generate", CASES, folder / "other.ndjson", "--seed", 7)
    assert lines[:CASES] != (folder / "other.ndjson").read_bytes().splitlines()


def test_cases_are_mixed_and_some_incomplete(folder: Path) -> None:
    cases = [json.loads(line) for line in (folder / "cases.ndjson").read_text(encoding="utf-8").splitlines()]
    assert len(Counter(case["subject"]["kind"] for case in cases)) == 6
    masks = [list(map(int, line.split(",")[1:])) for line in (folder / "python.csv").read_text().splitlines()]
    assert len({possible for _, _, possible in masks}) > 4
    asked = {case["subject"]["kind"]: 0 for case in cases}
    for case, (holds, fails, _) in zip(cases, masks, strict=True):
        assert holds & fails == 0
        asked[case["subject"]["kind"]] |= holds | fails
    kinds = [case["subject"]["kind"] for case in cases]
    incomplete = sum(holds | fails != asked[kind] for kind, (holds, fails, _) in zip(kinds, masks, strict=True))
    assert 1 <= incomplete <= CASES / 5


@pytest.mark.parametrize(
    ("mode", "peer"), [("file", "matcher"), ("alone", "matcher"), ("file", "naive"), ("file", "rules")]
)
def test_peers_give_the_common_answer(folder: Path, mode: str, peer: str) -> None:
    target = folder / f"{mode}-{peer}.csv"
    bench("one", mode, peer, folder / "workload", folder / "cases.ndjson", target)
    assert target.read_text() == (folder / "python.csv").read_text()


def test_decisions_are_held_against_the_common_answer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    from bench.commands import command, disagreements
    from bench.workload import read

    work = read(folder / "workload")
    said = command("evaluate", work, folder / "cases.ndjson", folder / "records")
    run = subprocess.run([sys.executable, "-m", "engine", *said[1:]], cwd=ROOT, capture_output=True, timeout=120)
    assert run.returncode == 0, run.stderr
    assert disagreements("evaluate", work, folder / "python.csv", folder / "records") == []
    lines = (folder / "python.csv").read_text().splitlines(keepends=True)
    case_id, holds, fails, possible = lines[3].split(",")
    lowest = int(holds) & -int(holds)
    lines[3] = f"{case_id},{int(holds) ^ lowest},{int(fails) ^ lowest},{possible}"
    (folder / "wrong.csv").write_text("".join(lines))
    (wrong,) = disagreements("evaluate", work, folder / "wrong.csv", folder / "records")
    assert wrong.startswith(case_id)
    (folder / "short.csv").write_text("".join(lines[:3] + lines[4:]))
    with pytest.raises(KeyError):
        disagreements("evaluate", work, folder / "short.csv", folder / "records")


WRK = """Running 8s test @ http://127.0.0.1:1
  2 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    57.03ms   12.10ms 120.40ms   67.50%
    Req/Sec   520.37     61.22   640.00     81.25%
  Latency Distribution
     50%  730.00us
     75%   64.10ms
     90%   72.55ms
     99%    1.20s
  8326 requests in 8.01s, 21.90MB read
Requests/sec:   1040.75
Transfer/sec:      2.73MB
"""


def test_what_wrk_prints_is_read_and_a_refused_request_makes_it_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))
    from bench.wrk import figures_of

    assert figures_of(WRK) == {"requests": 1040.75, "p50": pytest.approx(0.00073), "seconds": 1.2}
    assert figures_of(f"{WRK}Non-2xx or 3xx responses: 3\n") is None
    assert figures_of(WRK.replace("99%", "98%")) is None


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT))
    from bench.kept import Kept

    return Kept(tmp_path / "results.ndjson")


def test_a_start_is_not_taken_for_the_cost_of_cases(kept: Any) -> None:
    from bench.kept import Cell

    for cases, seconds in ((1, (0.5, 0.6)), (1_000, (2.1, 2.3)), (10_000, (3.0, 2.9))):
        for one in seconds:
            kept.add(Cell("file", "a", cases, 0), seconds=one)
    assert not kept.too_slow(Cell("file", "a", 10_000, 0), 3), "what one case does not ask for is no cost of a thousand"
    # At least 2.9 - 2.3 s for 9,000 cases more: 2.9 + 66 s for a million.
    assert not kept.too_slow(Cell("file", "a", 1_000_000, 0), 60)
    assert kept.too_slow(Cell("file", "a", 1_000_000, 0), 50)
    assert not kept.too_slow(Cell("file", "a", 1_000, 0), 1), "where it was measured it is known"
    kept.add(Cell("file", "b", 1_000, 0), seconds=5.0)
    assert not kept.too_slow(Cell("file", "b", 1_000_000, 0), 60), "one size does not tell"
    kept.add(Cell("file", "b", 10_000, 0), beyond=60)
    assert kept.too_slow(Cell("file", "b", 1_000_000, 0), 60)
    assert not kept.too_slow(Cell("alone", "b", 1_000_000, 0), 60)
    assert not kept.too_slow(Cell("file", "b", 1_000_000, 10), 60)


def test_a_part_is_measured_again_and_the_others_stay(kept: Any) -> None:
    from bench.kept import Cell, Kept

    one, other = Cell("file", "a", 1, 0), Cell("file", "a", 1, 10)
    for cell in (one, other, one):
        kept.add(cell, seconds=1.0)
    again = Kept(kept.path)
    again.forget([one])
    again.add(one, seconds=2.0)
    assert [line["seconds"] for line in Kept(kept.path).of(one)] == [2.0]
    assert [line["seconds"] for line in Kept(kept.path).of(other)] == [1.0]


def test_every_peer_has_a_colour_in_the_charts() -> None:
    # Asked by themselves: the chart's library is an extra.
    source = (ROOT / "bench" / "report.py").read_text(encoding="utf-8")
    colours = re.search(r"^COLOURS = ({.*?})", source, re.MULTILINE | re.DOTALL)
    assert colours is not None and ast.literal_eval(colours[1]).keys() == PEERS.keys()
