"""Populations on Spark, through a real local session: the same rows, rejected cases and sums as on DuckDB, whole.

`make test-spark` installs what they need; without it, or without Java, they are left out. One session serves all.
"""

import json
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyspark", reason="pyspark is not installed (make test-spark installs it)")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("there is no Java here (Debian: openjdk-17-jre-headless)", allow_module_level=True)

from bench.generate import blocks
from engine import load_library
from engine.model import Library
from engine.population import Disagreement, Options, Run
from engine.records import Rejected
from engine.rows import COLUMNS
from engine.spark_sql import in_spark
from engine.spark_target import SparkResults, SparkRun, spark_session
from engine.totals import Results, Totals

POLICIES = Path(__file__).parent.parent / "policies"
CASES = 1_000
Found = tuple[list[dict[str, Any]], list[Rejected], Totals]


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library(POLICIES)


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    made = spark_session(2, "1GB")
    # Several blocks a file.
    made.conf.set("spark.sql.files.openCostInBytes", "50000")
    made.conf.set("spark.sql.files.maxPartitionBytes", "400000")
    yield made
    made.stop()


def unusual(case: str) -> list[str]:
    """Lines beside a case: some are judged one by one, most are refused, some hold nothing."""
    whole = json.loads(case)

    def changed(case_id: str, **changes: Any) -> str:
        made = json.loads(case) | {"case_id": case_id}
        for place, value in changes.items():
            made[place] = value
        return json.dumps(made, ensure_ascii=False)

    tasks = whole["facts"].get("tasks", {})
    return [
        "", "   ", "{", '{"case_id": "no-more"}', "[1]", "null", "\ufeff" + case,
        changed("U-1", as_of="2024-13-01"), changed("U-2", as_of="1990-01-01"), changed("U-3", period="2024-Q2"),
        changed("U-4", surplus=1), changed("U-5", facts=whole["facts"] | {"taks": {"assigned": 1}}),
        changed("U-6", facts=whole["facts"] | {"tasks": tasks | {"assigned": "7"}}),
        changed("U-7", facts=whole["facts"] | {"tasks": tasks | {"assigned": 7.5}}),
        changed("U-8", facts=whole["facts"] | {"tasks": tasks | {"assigned": 7.0}}),
        changed("U-9", facts=whole["facts"] | {"tasks": tasks | {"assigned": True}}),
        changed("U-10", facts=whole["facts"] | {"tasks": tasks | {"assigned": 2**62}}),
        changed("U-11", facts={}), changed("U-12", facts=None),
        changed("U-13", grades={"self": "no_grade"}), changed("U-14", subject={"kind": "nobody"}),
        changed("U-15", subject=whole["subject"] | {"unit": 'a "quoted" \\ unit'}),
        changed("U-16", subject=whole["subject"] | {"cohort": "gạch\tngang"}),
        changed("U-17", evidence={name: [] for name in whole.get("evidence", {})}),
        case.replace('"period"', '"period":"2024","period"', 1).replace(whole["case_id"], "U-18"),
        changed("U-19") + " ", changed("U-19"), changed("U-20", regulation="qd-132-2018"),
        json.dumps(whole | {"case_id": "U-21"}), "\r",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Two files with spaces and marks in their names, and a folder of JSON files."""
    folder = tmp_path_factory.mktemp("dân số [thử]")
    cases = "".join(blocks(POLICIES, CASES)).splitlines()
    middle = len(cases) // 2
    # The subject of a case is what others stand in a relation to.
    linked = []
    for number, line in enumerate(cases[:middle]):
        case = json.loads(line)
        if case["subject"]["kind"] in ("organization", "party_organization", "leadership_collective"):
            case["subject"]["id"] = case["subject"]["unit"]
        if case["subject"]["kind"] == "organization":
            case["subject"]["party_organization"] = ["U-000001", "U-000000"]
        case["grades"] |= {"decided": "good", "decided_on": f"2025-01-{number % 28 + 1:02}"}
        linked.append(json.dumps(case, ensure_ascii=False, separators=(",", ":")))
    first, second, single = folder / "a b.ndjson", folder / "ồ.jsonl", folder / "từng hồ sơ"
    first.write_bytes("\n".join([*linked, *unusual(cases[0])]).encode() + b"\n\xff\xfe{}\n" + b"\0\n")
    second.write_text("\n".join([*unusual(cases[0])[:9], *cases[middle:]]), encoding="utf-8")
    single.mkdir()
    for number, line in enumerate(unusual(cases[1])[:20]):
        (single / f"{number}.json").write_text(line.replace('"U-', '"V-'), encoding="utf-8")
    (single / "over lines.json").write_text(
        json.dumps(json.loads(cases[2]) | {"case_id": "V-lines", "wrong": 1}, indent=1), encoding="utf-8"
    )
    return [str(second), str(first), str(single), str(folder / "not there.ndjson")]


def on_duckdb(library: Library, paths: list[str], folder: Path) -> Found:
    run = Run(library, folder / "duckdb", Options(referee=0))
    done = run.over(paths)
    with Results(run, done) as results:
        results.write(folder / "rows.ndjson", "ndjson")
        rows = [json.loads(line) for line in (folder / "rows.ndjson").read_text("utf-8").splitlines()]
        return rows, list(results.rejected()), results.totals()


def on_spark(library: Library, paths: list[str], folder: Path, session: Any, referee: int = 0) -> Found:
    run = SparkRun(library, folder / "spark", Options(referee=referee), session=session)
    done = run.over(paths)
    with SparkResults(run, done) as results:
        results.write(folder / "spark.ndjson", "ndjson")
        rows = [
            json.loads(line)
            for part in sorted((folder / "spark.ndjson").glob("part-*"))
            for line in part.read_text("utf-8").splitlines()
        ]
        assert run.refereed["cases"] >= min(referee, len(rows))
        return rows, list(results.rejected()), results.totals()


def held_equal(one: Found, other: Found) -> None:
    assert len(one[0]) == len(other[0])
    for mine, theirs in zip(one[0], other[0], strict=True):
        assert mine == theirs
    assert one[1] == other[1]
    assert replace(one[2], one_by_one=0) == replace(other[2], one_by_one=0)


def test_the_whole_output_is_that_of_duckdb(
    library: Library, population: list[str], session: Any, tmp_path: Path
) -> None:
    wanted = on_duckdb(library, population, tmp_path)
    found = on_spark(library, population, tmp_path, session, referee=20)
    held_equal(found, wanted)
    rows, rejected, totals = found
    assert list(rows[0]) == list(COLUMNS)
    assert len(rejected) > 40 and len(rows) > CASES
    assert any(not row["settled"] for row in rows) and totals.quotas
    assert {status for link in totals.links for status in link.counts} >= {"kept", "broken", "unknown"}


def test_a_worker_that_is_killed_costs_nothing(library: Library, session: Any, tmp_path: Path) -> None:
    """Its task is run again: no case is lost, none is counted twice."""
    path = tmp_path / "cases.ndjson"
    path.write_text("".join(blocks(POLICIES, CASES)), encoding="utf-8")
    killed: list[int] = []
    stop = threading.Event()
    watching = threading.Thread(target=kill_one_at_work, args=(killed, stop))
    watching.start()
    try:
        found = on_spark(library, [str(path)], tmp_path, session)
    finally:
        stop.set()
        watching.join()
    assert killed, "no worker was seen at work"
    held_equal(found, on_duckdb(library, [str(path)], tmp_path))


def kill_one_at_work(killed: list[int], stop: threading.Event) -> None:
    """Kills the first of this process's Python workers that is seen computing."""
    before: dict[int, int] = {}
    while not stop.is_set() and not killed:
        for process in below(os.getpid()):
            try:
                command = Path(f"/proc/{process}/cmdline").read_bytes()
                spent = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11])
            except OSError:
                continue
            # The daemon is the parent of the workers and looks like them.
            if b"pyspark" in command and not below(process) and spent - before.setdefault(process, spent) > 20:
                os.kill(process, signal.SIGKILL)
                killed.append(process)
                break
        time.sleep(0.02)


def below(process: int) -> list[int]:
    """The processes that come from one."""
    found = []
    for tasks in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = [int(child) for child in tasks.read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *below(child)]
    return found


def test_the_referee_stops_a_run_that_differs(
    library: Library, session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQL is made to take every number for less than it is; executors go by durable-rules, as ever."""
    path = tmp_path / "cases.ndjson"
    path.write_text("".join(blocks(POLICIES, 200)), encoding="utf-8")
    monkeypatch.setattr("engine.spark_target.in_spark", lambda sql: in_spark(sql).replace(" >= ", " > "))
    with pytest.raises(Disagreement):
        on_spark(library, [str(path)], tmp_path, session, referee=200)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_watch_finds_processes() -> None:
    assert os.getpid() in below(os.getppid())
