"""Populations on Spark, through a real local session: the same rows, rejected cases and sums as on DuckDB, whole.

`make test-spark` installs what they need and runs them; elsewhere they are left out. One session serves all.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result
from support import ROOT
from support.policies import all_policies

pytest.importorskip("pyspark", reason="pyspark is not installed (make test-spark installs it)")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("there is no Java here (Debian: openjdk-17-jre-headless)", allow_module_level=True)
if "PYTEST_XDIST_WORKER" in os.environ:
    pytest.skip("one Spark session serves all of them: make test-spark", allow_module_level=True)

from pyspark import cloudpickle

from bench.generate import blocks
from engine.cli.population import population as population_command
from engine.core.judge.case import Rejected
from engine.core.policy.regulation import Library
from engine.population.decider import Options
from engine.population.output import write
from engine.population.results import opened_results
from engine.population.rows import COLUMNS
from engine.population.run import Run
from engine.population.spark.dialect import SparkDatabase
from engine.population.spark.results import opened_spark_results, write_by_spark
from engine.population.spark.run import SparkRun, new_session
from engine.population.sums import Totals, totals_of

POLICIES = ROOT / "policies"
CASES = 1_000
QUICK = "-XX:TieredStopAtLevel=1"
"""As in local mode: Java's second compiler costs more than it gains."""
SMALL_BLOCKS = {"spark.sql.files.openCostInBytes": "50000", "spark.sql.files.maxPartitionBytes": "400000"}
Found = tuple[list[dict[str, Any]], list[Rejected], Totals]


@pytest.fixture(scope="module")
def library() -> Library:
    return all_policies()


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    made = new_session(2, "1GB")
    # Several blocks a file.
    for key, value in SMALL_BLOCKS.items():
        made.conf.set(key, value)
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
        if number % 40 == 7:
            case["subject"]["cohort"] = f" {case['subject']['cohort']}\u00a0"
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


def population_file(folder: Path) -> Path:
    path = folder / "cases.ndjson"
    path.write_text("".join(blocks(POLICIES, 3 * CASES)), encoding="utf-8")
    return path


def on_duckdb(library: Library, paths: list[str], folder: Path) -> Found:
    run = Run(library, folder / "duckdb", Options(referee=0))
    done = run.over(paths)
    with opened_results(run, done) as results:
        write(results, folder / "rows.ndjson", "ndjson")
        rows = [json.loads(line) for line in (folder / "rows.ndjson").read_text("utf-8").splitlines()]
        return rows, list(results.rejected()), totals_of(results)


def on_spark(library: Library, paths: list[str], folder: Path, session: Any, referee: int = 0) -> Found:
    run = SparkRun(library, folder / "spark", Options(referee=referee), session=session)
    done = run.over(paths)
    with opened_spark_results(run, done) as results:
        write_by_spark(results, folder / "spark.ndjson", "ndjson")
        rows = [
            json.loads(line)
            for part in sorted((folder / "spark.ndjson").glob("part-*"))
            for line in part.read_text("utf-8").splitlines()
        ]
        assert run.refereed["cases"] >= min(referee, len(rows))
        # Dates are days here, and texts in JSON; lists are texts here.
        assert [one["case_id"] for one in results.rows()] == [one["case_id"] for one in rows]
        return rows, list(results.rejected()), totals_of(results)


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
    assert list(rows[0]) == ["format", *COLUMNS]
    assert len(rejected) > 40 and len(rows) > CASES
    assert any(not row["settled"] for row in rows) and totals.quotas
    assert {status for link in totals.links for status in link.counts} >= {"kept", "broken", "unknown"}


def test_a_worker_that_is_killed_costs_nothing(library: Library, session: Any, tmp_path: Path) -> None:
    """Its task is run again: no case is lost, none is counted twice."""
    path = population_file(tmp_path)
    with killing(tmp_path / "spark", workers, times=1) as killed:
        found = on_spark(library, [str(path)], tmp_path, session)
    assert killed, "no worker was seen at work"
    assert failed_tasks(session)
    held_equal(found, on_duckdb(library, [str(path)], tmp_path))


def test_workers_that_die_again_and_again_end_a_run_that_goes_on_later(
    library: Library, session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = population_file(tmp_path)
    out = tmp_path / "out"
    work = out / ".xeploai-work"
    with killing(work, workers):
        result = command(session, monkeypatch, str(path), "-o", str(out))
    assert result.exit_code == 3
    first, last = result.stderr.splitlines()[-2:]
    assert first.startswith("xeploai: org.apache.spark.SparkException: Job aborted") and "failed 4 times" in first
    assert last == "xeploai: stopped; the same command goes on where it stopped"
    assert os.listdir(out) == [".xeploai-work"]
    kept = {one: one.stat().st_mtime_ns for one in work.rglob("part-*.parquet")}
    used: list[Path] = []

    def closed(self: SparkDatabase) -> None:
        used.extend(one for one, when in kept.items() if one.stat().st_mtime_ns == when)

    monkeypatch.setattr(SparkDatabase, "close", closed)
    result = command(session, monkeypatch, str(path), "-o", str(out))
    assert result.exit_code == 0 and used == list(kept) != []
    same_output(out, by_duckdb(tmp_path, str(path)))


def test_the_referee_stops_a_run_that_differs(session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On executors SQL is made to take "at least" for "more than"; durable-rules goes on as ever."""
    path = tmp_path / "cases.ndjson"
    path.write_text("".join(blocks(POLICIES, 400)), encoding="utf-8")
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    with monkeypatch.context() as planted:
        planted.setattr("engine.population.spark.run.decided_lines", decided_wrongly)
        result = command(session, monkeypatch, str(path), "-o", str(tmp_path / "out"))
    assert result.exit_code == 3
    assert re.fullmatch(
        rf"xeploai: {re.escape(str(path))}:\d+: B-[0-9]+: \S+: target .+, durable-rules .+\n", result.stderr
    ), result.stderr
    assert os.listdir(tmp_path / "out") == [".xeploai-work"]
    assert command(session, monkeypatch, str(path), "-o", str(tmp_path / "out")).exit_code == 0


def decided_wrongly(told: Any, rows: Any) -> Any:
    from engine.population import rule_function
    from engine.population.spark.worker import decided_lines

    rightly = rule_function.compare
    rule_function.compare = lambda comparison, fact, actual: not rightly(comparison, fact, actual)
    try:
        yield from decided_lines(told, rows)
    finally:
        rule_function.compare = rightly


def test_what_an_executor_lacks_is_told(session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cases.ndjson"
    path.write_text("".join(blocks(POLICIES, 2)), encoding="utf-8")
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    monkeypatch.setattr("engine.population.spark.run.decided_lines", decided_on_a_full_disk)
    result = command(session, monkeypatch, str(path), "-o", str(tmp_path / "out"))
    first, last = result.stderr.splitlines()[-2:]
    assert result.exit_code == 3
    assert first.startswith("xeploai: ") and first.endswith("OSError: [Errno 28] No space left on device"), first
    assert last.startswith("xeploai: stopped; ")


def decided_on_a_full_disk(told: Any, rows: Any) -> Any:
    raise OSError(28, os.strerror(28))


def test_a_file_that_grows_is_told(session: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cases.ndjson"
    path.write_text("".join(blocks(POLICIES, 2)), encoding="utf-8")
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    monkeypatch.setattr("engine.population.spark.run.decided_lines", decided_while_it_grows)
    result = command(session, monkeypatch, str(path), "-o", str(tmp_path / "out"))
    assert (result.exit_code, os.listdir(tmp_path / "out")) == (1, [".xeploai-work"])
    assert f"`{path}` changed while it was read" in result.stderr


def decided_while_it_grows(told: Any, rows: Any) -> Any:
    for row in rows:
        with Path(re.sub("^file:/+", "/", row[1])).open("ab") as stream:
            stream.write(bytes(row[0]) + b"\n")
        raise KeyError(row[1])


def test_a_file_that_spark_passes_over_is_told(library: Library, session: Any, tmp_path: Path) -> None:
    hidden, plain = tmp_path / "_hidden.ndjson", tmp_path / "plain.ndjson"
    for path in (hidden, plain):
        path.write_text("".join(blocks(POLICIES, 2)), encoding="utf-8")
    run = SparkRun(library, tmp_path / "work", Options(referee=0), session=session)
    # A URI is read by Spark alone.
    done = run.over([str(hidden), plain.as_uri()])
    assert [(one.file, one.judged) for one in done] == [(plain.as_uri(), 2)]
    assert [(one.file, one.diagnostics[0].code) for one in run.missing] == [(str(hidden), "file/unreadable")]


def test_a_submitted_run_outlives_an_executor(tmp_path: Path) -> None:
    """As the README tells, to a cluster of two executors on this machine, each a process of its own: one is killed in
    the middle. A case that cannot be read is set aside."""
    path = population_file(tmp_path)
    lines = path.read_text("utf-8").splitlines()
    lines[len(lines) // 2] = '{"case_id": "broken"'
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    program = tmp_path / "submit.py"
    program.write_text("from engine.cli import main; main()\n", encoding="utf-8")
    out = tmp_path / "out"
    submit = [
        str(Path(sys.executable).with_name("spark-submit")), "--master", "local-cluster[2,1,1024]",
        "--driver-java-options", QUICK, "--conf", f"spark.executor.extraJavaOptions={QUICK}",
        *(word for key, value in {**SMALL_BLOCKS, "spark.log.level": "ERROR"}.items()
          for word in ("--conf", f"{key}={value}")),
        str(program), "population", str(path), "-o", str(out), "--on", "spark", "--lang", "en",
    ]  # fmt: skip
    environment = os.environ | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    with killing(out / ".xeploai-work", executors, times=1) as killed:
        result = subprocess.run(submit, env=environment, capture_output=True, text=True, timeout=400)
    assert killed, result.stderr
    assert "Lost executor" in result.stderr
    assert result.returncode == 1, result.stdout
    # What a program says on standard error `spark-submit` shows on standard output.
    assert f"{path}:{len(lines) // 2 + 1}:1: json/unclosed" in result.stdout
    assert " cases too, of " in result.stdout
    expected = by_duckdb(tmp_path, str(path), exit_code=1)
    assert expected.stdout in result.stdout
    same_output(out, expected)


# --- the command ---


@dataclass(frozen=True)
class Written:
    folder: Path
    stdout: str


def command(session: Any, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.setattr("engine.population.spark.run.new_session", lambda *_: session)
    monkeypatch.setattr(type(session), "stop", lambda self: None)
    return CliRunner().invoke(population_command, [*arguments, "--on", "spark", "--lang", "en"])


def by_duckdb(folder: Path, *paths: str, exit_code: int = 0) -> Written:
    out = folder / "by duckdb"
    result = CliRunner().invoke(population_command, [*paths, "-o", str(out), "--lang", "en"])
    assert result.exit_code == exit_code, result.output
    return Written(out, result.stdout)


def same_output(out: Path, expected: Written) -> None:
    assert sorted(os.listdir(out)) == sorted(os.listdir(expected.folder))
    for name in ("summary.json", "rejected.ndjson"):
        found, wanted = (folder / name for folder in (out, expected.folder))
        assert found.read_text("utf-8") == wanted.read_text("utf-8")
    rows = [
        duckdb.sql(f"FROM '{where}'").fetchall()
        for where in (out / "cases.parquet" / "*.parquet", expected.folder / "cases.parquet")
    ]
    assert rows[0] and rows[0] == rows[1]


# --- killing ---


@contextmanager
def killing(work: Path, which: Callable[[], list[int]], times: int | None = None) -> Iterator[list[int]]:
    """While it lasts, kills what is at work once a first portion has been decided, and before all are."""
    killed: list[int] = []
    stop = threading.Event()

    def watch() -> None:
        rounds = 0
        while not stop.is_set() and rounds != times:
            if any(work.rglob("part-*.json")) and (found := which()):
                for process in found:
                    with suppress(ProcessLookupError):
                        os.kill(process, signal.SIGKILL)
                        killed.append(process)
                rounds += 1
            stop.wait(0.02)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield killed
    finally:
        stop.set()
        watching.join()


def workers() -> list[int]:
    """The Python processes that run tasks: the children of those that are there to make them."""
    makers = [one for one in below(os.getpid()) if b"pyspark.daemon" in called(one)]
    return [one for maker in makers for one in below(maker)]


def executors() -> list[int]:
    """One of the executors."""
    return [one for one in below(os.getpid()) if b"CoarseGrainedExecutorBackend" in called(one)][:1]


def called(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def failed_tasks(session: Any) -> int:
    tracker = session.sparkContext.statusTracker()
    stages = {stage for job in tracker.getJobIdsForGroup(None) for stage in tracker.getJobInfo(job).stageIds}
    return sum(info.numFailedTasks for info in map(tracker.getStageInfo, stages) if info is not None)


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


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_watch_finds_processes() -> None:
    assert os.getpid() in below(os.getppid())
