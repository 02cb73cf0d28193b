"""A population run as a whole: the same sums as case by case, nothing lost or counted twice, whatever happens to it."""

import json
import re
import shutil
import signal
import subprocess
import sys
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from support import TESTS
from support.both_targets import line
from support.command import run as run_command
from support.command import run_process
from support.populations import SAMPLES, cases, command, whole, without_ids

from engine.api import evaluate
from engine.base.json_text import parse_json
from engine.core.judge.case import Rejected
from engine.core.judge.engine import across_cases
from engine.core.judge.record import UNDETERMINED
from engine.core.judge.record import Results as CaseResults
from engine.core.policy.rules import Comparison
from engine.core.policy.terms import Fact, Value
from engine.load.cases.fast_values import digits
from engine.population import cohorts as cohorts_module
from engine.population import fact_source, rule_function
from engine.population import output as output_module
from engine.population import results as results_module
from engine.population import run as population_module
from engine.population.cohorts import KeptCohorts
from engine.population.decider import Options
from engine.population.failures import Changed, Disagreement
from engine.population.output import write
from engine.population.portion_files import Done
from engine.population.portions import Portion, portions
from engine.population.results import opened_results
from engine.population.rows import COLUMNS
from engine.population.run import Run
from engine.population.spellings import unusual
from engine.population.sums import Totals, totals_of
from engine.report.population import write_summary


def run(
    folder: Path, *paths: Path, options: Options | None = None, threads: int = 2
) -> tuple[list[Done], Totals, list[str]]:
    """Decides the files; what came of them, their sums, and the places of rejected cases. One thread: no process."""
    one = Run(whole(), folder, options or Options(portion=50_000), threads=threads)
    done = one.over([str(path) for path in paths])
    with opened_results(one, done) as results:
        write(results, folder / "rows.ndjson", "ndjson")
        found = [each.diagnostics[0] for each in results.rejected()]
        return done, totals_of(results), [f"{each.location.file}:{each.location.line} {each.code}" for each in found]


def one_by_one(lines: list[str]) -> CaseResults:
    return evaluate(whole(), [parse_json("cases.ndjson", text, line_offset=n) for n, text in enumerate(lines)])


def test_the_referee_looks_at_what_is_written_and_not_only_at_what_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One case of three thousand, whose number the target would take for the one that a rule compares with."""
    monkeypatch.setattr(fact_source, "digits", lambda plain: str(round(Decimal(digits(plain)), 6)))
    lines = [re.sub(r'"months":[0-9.]+', '"months":3.5', text) for text in cases(3_000)]
    place = next(number for number, text in enumerate(lines) if number > 2_000 and '"months":3.5' in text)
    lines[place] = lines[place].replace('"months":3.5', '"months":3.49999999999999')
    file = tmp_path / "cases.ndjson"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(Disagreement) as difference:
        Run(whole(), tmp_path / "run", Options(referee=20)).over([str(file)])
    assert f"C-{place}" in difference.value.case


def test_lines_that_write_something_as_few_do_are_found() -> None:
    written = [b"1", b"0.1234567890123456", b'"2024-12-31"', b"1e5", b'"\\u1ea3"', b"{}", b"2", b"-1E-9"]
    content = b"\n".join(b'{"a":%s}' % one for one in written)
    assert unusual(content, 5) == [2, 4, 5, 6, 8]
    assert unusual(content, 1) == [2, 4, 5, 6]


@pytest.mark.parametrize("at_once", [1_000_000, 90])
def test_sums_are_those_of_the_cases_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(results_module, "CASES_AT_ONCE", at_once)
    lines = cases(600)
    file = tmp_path / "cases.ndjson"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    monkeypatch.setattr(cohorts_module, "COHORTS_KEPT", 15)
    done, totals, rejected = run(tmp_path / "run", file)
    with opened_results(Run(whole(), tmp_path / "run", Options(portion=50_000)), done) as results:
        cohorts = list(cohorts_module.quotas_with_readings(results))
    wanted = one_by_one(lines)
    assert len(done) > 3 and not rejected
    assert (totals.cases, totals.judged) == (600, 600)
    quotas = list(map(without_ids, wanted.quotas))
    assert len(quotas) > 20 and {one.status for one in quotas} == {"within", "exceeded", "unknown"}
    assert cohorts == quotas
    for total in totals.quotas:
        assert dict(total.counts) == Counter(one.status for one in quotas if one.quota.name == total.quota)
    assert sum(one.cohorts for one in totals.quotas) == len(quotas)
    order = ("exceeded", "unknown", "within")
    assert list(totals.cohorts) == sorted(quotas, key=lambda one: (order.index(one.status), -one.excess))[:15]
    assert dict(totals.ungrouped) == {
        name: sum(quota == name for quota, _ in wanted.ungrouped) for name in {quota for quota, _ in wanted.ungrouped}
    }
    for link in totals.links:
        of_this = [one for one in wanted.links if one.link.name == link.link]
        assert dict(link.counts) == {s: sum(one.status == s for one in of_this) for s in {o.status for o in of_this}}
        assert set(link.broken) == {(one.case_id, one.other) for one in of_this if one.status == "broken"}
    assert {one.link for one in totals.links} == {"links.head", "links.later"}
    graded = sum(many for _, _, outcome, many in totals.outcomes if outcome not in ("not_graded", "not_reviewed"))
    assert graded == sum(one.grading is not None for one in wanted.decisions)
    open_ones = sum(many for _, _, outcome, many in totals.outcomes if ";" in outcome)
    assert open_ones == sum(len(one.grading.possible) > 1 for one in wanted.decisions if one.grading) > 20
    assert any(UNDETERMINED in outcome for _, _, outcome, _ in totals.outcomes)
    assert across_cases(whole(), [], [], {}).quotas == ()


@pytest.mark.parametrize("at_once", [1_000_000, 30])
def test_nothing_is_lost_or_counted_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(results_module, "CASES_AT_ONCE", at_once)
    lines = cases(200)
    lines[50] = lines[50].replace('"person"', '"persom"').replace('"team"', '"tean"')
    lines[120] = lines[120][:-5]
    lines.insert(130, lines[3])
    lines.insert(10, "")
    lines.append(lines[150].replace("S-", "X-"))
    file = tmp_path / "cases.ndjson"
    file.write_text("\n".join(lines), "utf-8")
    alone = tmp_path / "more" / "one.json"
    alone.parent.mkdir()
    alone.write_text(json.dumps(json.loads(lines[0]), indent=2).replace("C-0", "C-new"), "utf-8")
    again = alone.with_name("two.json")
    again.write_text(json.dumps(json.loads(lines[0]), indent=2), "utf-8")
    done, totals, rejected = run(tmp_path / "run", file, alone.parent)
    assert totals.cases == sum(one.cases for one in done) == 204
    assert totals.judged == 199 and totals.rejected == 5
    assert rejected == [
        f"{file}:52 kind/unknown",
        f"{file}:122 json/unclosed",
        f"{file}:132 case/duplicate-id",
        f"{file}:203 case/duplicate-id",
        f"{again}:1 case/duplicate-id",
    ]
    rows = [json.loads(text) for text in (tmp_path / "run" / "rows.ndjson").read_text("utf-8").splitlines()]
    ids = [row["case_id"] for row in rows]
    assert len(ids) == len(set(ids)) == 199 and "C-new" in ids
    assert list(rows[0]) == ["format", *COLUMNS] and rows[0]["format"] == 2


def test_few_portions_are_in_memory_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cases.ndjson").write_text("\n".join(cases(300)) + "\n", "utf-8")
    read: list[weakref.ref[Portion]] = []
    most = 0

    def counted(*given: Any) -> Iterator[Portion | Rejected]:
        nonlocal most
        for portion in portions(*given):
            assert isinstance(portion, Portion)
            read.append(weakref.ref(portion))
            most = max(most, sum(one() is not None for one in read))
            held = [portion]
            del portion
            yield held.pop()

    monkeypatch.setattr(population_module, "portions", counted)
    Run(whole(), tmp_path / "run", Options(referee=0, portion=5_000), threads=2).over([str(tmp_path)])
    assert len(read) > 20
    assert most <= 3


def test_one_bad_row_costs_one_row(tmp_path: Path) -> None:
    lines = cases(3000)
    lines[2000] = lines[2000].replace('"given":', '"given":"1","x":')
    file = tmp_path / "cases.ndjson"
    file.write_bytes("\n".join(lines).encode().replace("Nhóm 1".encode(), b"Nh\xff", 1))
    _, totals, rejected = run(tmp_path / "run", file, options=Options(referee=0))
    assert (totals.cases, totals.judged) == (3000, 2998)
    assert [text.split()[1] for text in rejected] == ["file/encoding", "fact/type"]


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from engine.population.decider import Options
from engine.population.run import Run
from support.populations import whole
stop = int(sys.argv[4])
def on_portion(done, size):
    if done.number == stop:
        os.kill(os.getpid(), signal.SIGKILL)
Run(whole(), Path(sys.argv[1]), Options(portion=50_000)).over([sys.argv[2]], on_portion)
"""


def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    file = tmp_path / "cases.ndjson"
    file.write_text("\n".join(cases(900)), "utf-8")
    work = tmp_path / "run"
    arguments = [sys.executable, "-c", KILLED, str(work), str(file), str(TESTS), "2"]
    killed = subprocess.run(arguments, timeout=120, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    kept = {path: path.stat().st_mtime_ns for path in work.glob("part-*.parquet")}
    assert len(kept) > 1
    (work / "part-000001.json").unlink()
    done, totals, _ = run(work, file)
    assert len(done) > len(kept) and totals.judged == totals.cases == 900
    remade = [path.name for path, time in kept.items() if path.stat().st_mtime_ns != time]
    records = {path.with_suffix(".json").name for path in kept}
    assert remade == ["part-000001.parquet"] or len(remade) < len(records)
    straight = tmp_path / "straight"
    assert run(straight, file)[1] == totals
    for path in straight.glob("*.parquet"):
        assert path.read_bytes() == (work / path.name).read_bytes()
    assert (straight / "rows.ndjson").read_bytes() == (work / "rows.ndjson").read_bytes()


SIGNALLED_AS_IT_COPIES = """
import os, signal, sys, threading
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from engine.population.decider import Options
from engine.population.run import Run
from support.populations import whole
class Ended(BaseException):
    pass
def end(number, frame):
    raise Ended
signal.signal(signal.SIGTERM, end)
# What is raised here is printed and forgotten by Python.
os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGTERM))
try:
    Run(whole(), Path(sys.argv[1]), Options(portion=5_000)).over([sys.argv[2]])
except Ended:
    print([thread.name for thread in threading.enumerate() if not thread.daemon])
    sys.exit(143)
"""


def test_a_signal_while_the_processes_are_copied_ends_the_run(tmp_path: Path) -> None:
    file = tmp_path / "cases.ndjson"
    file.write_text("\n".join(cases(30)), "utf-8")
    arguments = [sys.executable, "-c", SIGNALLED_AS_IT_COPIES, str(tmp_path / "run"), str(file), str(TESTS)]
    ended = subprocess.run(arguments, timeout=60, capture_output=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (143, b"['MainThread']\n", b"")


def test_the_work_is_shared_out_evenly_and_kept_whoever_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(population_module, "LEAST_PORTION", 1_000)
    file, work = tmp_path / "cases.ndjson", tmp_path / "run"
    file.write_text("".join(f"{one}\n" for one in cases(120)), "utf-8")
    done = Run(whole(), work, Options(referee=0), threads=3).over([str(file)])
    assert [one.cases for one in done] == [pytest.approx(40, abs=4)] * 3
    made = {path: path.stat().st_mtime_ns for path in work.glob("part-*")}
    assert Run(whole(), work, Options(referee=0), threads=2).over([str(file)]) == done
    assert made == {path: path.stat().st_mtime_ns for path in work.glob("part-*")}


@pytest.mark.parametrize("group", [output_module.GROUP, 400])
def test_the_same_bytes_come_out_into_whatever_portions_the_cases_are_divided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group: int
) -> None:
    monkeypatch.setattr(output_module, "GROUP", group)
    lines = cases(500)
    lines[400] = lines[3]
    lines[401] = lines[401][:-9]
    (tmp_path / "cases.ndjson").write_text("\n".join(lines), "utf-8")
    written: list[dict[str, bytes]] = []
    for threads, portion in ((1, None), (2, 90_000), (3, 20_000)):
        one = Run(whole(), tmp_path / f"run-{threads}", Options(referee=0, portion=portion), threads=threads)
        done = one.over([str(tmp_path / "cases.ndjson")])
        assert (len(done) == 1) is (portion is None)
        with opened_results(one, done) as results:
            files = {}
            for form in ("parquet", "ndjson", "csv"):
                write(results, tmp_path / f"rows.{form}", form)
                files[form] = (tmp_path / f"rows.{form}").read_bytes()
            with (tmp_path / "summary").open("w", encoding="utf-8") as stream, KeptCohorts(tmp_path) as kept:
                write_summary(totals_of(results, kept.add), kept, stream)
            files["summary"] = (tmp_path / "summary").read_bytes()
            files["rejected"] = repr(list(results.rejected())).encode()
        written.append(files)
    assert written[0] == written[1] == written[2]
    about = f"parquet_metadata('{tmp_path}/rows.parquet')"
    groups = duckdb.sql(f"SELECT DISTINCT row_group_num_rows FROM {about} ORDER BY ALL")
    assert groups.fetchall() == ([(98,), (400,)] if group == 400 else [(498,)])


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def flipped(path: Path) -> None:
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])


def of_another_portion(path: Path) -> None:
    path.write_bytes(path.with_name(path.name.replace("000001", "000000")).read_bytes())


def removed(path: Path) -> None:
    path.unlink()


def recounted(path: Path) -> None:
    """A record that says something else, and all else as it was."""
    path.write_bytes(path.read_bytes().replace(b'"judged": ', b'"judged": 1'))


def otherwise(content: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(content, "utf-8")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[list[Done], Totals, list[str]]]:
    """A folder with the cases and with the work of a run over them, and what the run says."""
    folder = tmp_path_factory.mktemp("finished")
    lines = cases(120)
    lines[70] = lines[70][:-9]
    (folder / "cases.ndjson").write_text("\n".join(lines), "utf-8")
    return folder, run(folder / "work", folder / "cases.ndjson", options=SMALL_PORTIONS, threads=1)


SMALL_PORTIONS = Options(referee=0, portion=20_000)


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        *((f"{kind}-000001", harm) for kind in ("part", "record", "rejected")
          for harm in (cut, emptied, flipped, of_another_portion, removed)),
        ("part-000001.json", recounted),
        *((name, otherwise(content)) for name in ("part-000001.json", "run.json")
          for content in ("{}", "null", '{"done": 1, "files": 2, "seal": 3}', "[" * 100_000)),
    ],
)  # fmt: skip
def test_a_run_that_goes_on_trusts_nothing_that_it_finds(
    tmp_path: Path, finished: tuple[Path, tuple[list[Done], Totals, list[str]]], name: str,
    harm: Callable[[Path], object],
) -> None:  # fmt: skip
    folder, right = finished
    shutil.copytree(folder / "work", tmp_path / "work")
    name = {"part-000001": "part-000001.parquet", "record-000001": "part-000001.json",
            "rejected-000001": "rejected-000001.json"}.get(name, name)  # fmt: skip
    rows = (tmp_path / "work" / "rows.ndjson").read_bytes()
    assert (tmp_path / "work" / name).exists() and right[1].rejected == 1
    untouched = tmp_path / "work" / "part-000000.parquet"
    before = untouched.stat()
    harm(tmp_path / "work" / name)
    assert run(tmp_path / "work", folder / "cases.ndjson", options=SMALL_PORTIONS, threads=1) == right
    assert (tmp_path / "work" / "rows.ndjson").read_bytes() == rows
    # The number of a file that went may be that of the next one.
    now = untouched.stat()
    assert ((now.st_ino, now.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)) is (name != "run.json")


def test_work_over_other_cases_or_options_is_not_used(tmp_path: Path) -> None:
    file, work = tmp_path / "cases.ndjson", tmp_path / "run"
    file.write_text("\n".join(cases(100)), "utf-8")
    before = run(work, file)[1]
    file.write_text("\n".join(cases(100, seed=2)), "utf-8")
    after = run(work, file)[1]
    assert after != before and after.cases == 100
    other = Options(portion=50_000, switches={"strictness": "strict"})
    Run(whole(), work, other).over([str(file)])
    assert json.loads((work / "run.json").read_text("utf-8"))["options"]["switches"] == {"strictness": "strict"}


def test_a_file_that_changes_while_it_is_read_gives_no_result(tmp_path: Path) -> None:
    file = tmp_path / "cases.ndjson"
    file.write_text("\n".join(cases(300)), "utf-8")

    def grows(done: Done, size: int) -> None:
        with file.open("a", encoding="utf-8") as stream:
            stream.write("\n" + cases(1)[0])

    with pytest.raises(Changed, match=r"cases\.ndjson"):
        Run(whole(), tmp_path / "run", Options(portion=50_000)).over([str(file)], grows)


def test_the_referee_stops_at_a_difference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "cases.ndjson"
    file.write_text("\n".join(cases(100)), "utf-8")
    right = rule_function.compare

    def wrong(comparison: Comparison, fact: Fact, actual: Value) -> bool:
        if comparison.fact == "leave.months" and comparison.operator == "less_than":
            return right(replace(comparison, operator="at_most"), fact, actual)
        return right(comparison, fact, actual)

    monkeypatch.setattr(rule_function, "compare", wrong)
    # Only the cases nearest to the threshold can tell: none is drawn by chance.
    monkeypatch.setattr("engine.population.referee.Random.sample", lambda *_: [])
    with pytest.raises(Disagreement, match=r"cases.ndjson:\d+: C-\d+: .*present"):
        Run(whole(), tmp_path / "run", Options(referee=1)).over([str(file)])


@pytest.mark.parametrize("form", ["parquet", "ndjson"])
def test_the_same_command_gives_the_same_bytes(tmp_path: Path, form: str) -> None:
    first, second = tmp_path / f"a.{form}", tmp_path / f"b.{form}"
    for target in (first, second):
        ended = command(SAMPLES, "-o", target)
        assert ended.returncode == 0, ended.stderr
        assert "19 cases: 19 judged, 0 not." in ended.stdout
        assert "durable-rules decided 19 cases too" in ended.stderr
    assert first.read_bytes() == second.read_bytes()
    summaries = [target.with_name(f"{target.name}.summary.json").read_bytes() for target in (first, second)]
    assert summaries[0] == summaries[1]
    assert not list(tmp_path.glob(".*"))


def test_a_process_of_its_own_says_the_same(tmp_path: Path) -> None:
    words = [SAMPLES, "-o", tmp_path / "rows.csv"]
    ended = run_process("population", *words, "--lang", "en")
    rows = (tmp_path / "rows.csv").read_bytes()
    assert (ended.returncode, ended.stdout) == (0, command(*words).stdout)
    assert (tmp_path / "rows.csv").read_bytes() == rows


def test_bad_rows_end_with_one_and_the_good_ones_are_there(tmp_path: Path) -> None:
    file = tmp_path / "cases.ndjson"
    texts = [line(json.loads(path.read_text("utf-8"))) for path in sorted(SAMPLES.glob("*.json"))[:4]]
    wrong = texts[0].replace("HS-", "N-").replace('"assigned":40', '"assigned":"40"')
    file.write_text("\n".join([*texts, wrong]), "utf-8")
    ended = command(file, "-o", tmp_path / "out")
    assert ended.returncode == 1
    assert "5 cases: 4 judged, 1 not." in ended.stdout
    assert f"{file}:5:" in ended.stderr and "fact/type" in ended.stderr
    rejected = [json.loads(text) for text in (tmp_path / "out" / "rejected.ndjson").read_text("utf-8").splitlines()]
    assert [one["case_id"] for one in rejected] == ["N-2024-01"]
    missing = command(tmp_path / "nowhere.ndjson")
    assert missing.returncode == 1 and "file/missing" in missing.stderr


@pytest.mark.parametrize(("content", "cases", "code"), [("{}\n", 1, 1), ("not a case\n{}\n\n", 2, 1)])
def test_a_file_without_any_case_is_read_to_its_end(tmp_path: Path, content: str, cases: int, code: int) -> None:
    file = tmp_path / "cases.ndjson"
    file.write_text(content, "utf-8")
    ended = command(file, "-o", tmp_path / "out.ndjson")
    assert ended.returncode == code, ended.stderr
    assert f"{cases} cases: 0 judged, {cases} not." in ended.stdout


@pytest.mark.parametrize("content", ["", "\n", " \n\t\n", "\ufeff\n", "\u00a0\n"])
def test_a_file_without_a_line_is_refused_as_evaluate_refuses_it(tmp_path: Path, content: str) -> None:
    (tmp_path / "empty.ndjson").write_text(content, "utf-8")
    (tmp_path / "one.ndjson").write_text(line(json.loads(next(SAMPLES.glob("*.json")).read_text("utf-8"))), "utf-8")
    ended = command(tmp_path / "empty.ndjson", tmp_path / "one.ndjson")
    assert ended.returncode == 1 and "1 cases: 1 judged, 0 not." in ended.stdout
    assert [one for one in ended.stderr.splitlines() if "json/" in one] == [
        f"{tmp_path / 'empty.ndjson'}: json/empty: there is no JSON here"
    ]
    evaluated = run_command("evaluate", tmp_path / "empty.ndjson", "--format", "json")
    (refused,) = json.loads(evaluated.stdout)["rejected"]
    assert (evaluated.returncode, refused["diagnostics"][0]["code"]) == (1, "json/empty")


def test_a_full_disk_is_said_and_the_run_goes_on_afterwards(tmp_path: Path) -> None:
    file = tmp_path / "cases.ndjson"
    texts = [line(json.loads(path.read_text("utf-8"))) for path in sorted(SAMPLES.glob("*.json"))]
    file.write_text("\n".join(text.replace('"HS-', f'"H{n}-') for n in range(30) for text in texts), "utf-8")
    full = command(file, "-o", tmp_path / "out.csv", largest_file=20_000)
    assert full.returncode == 1, full.stderr
    assert "output/no-space" in full.stderr
    assert "the same command goes on where it stopped" in full.stderr
    assert not (tmp_path / "out.csv").exists()
    ended = command(file, "-o", tmp_path / "out.csv")
    assert ended.returncode == 0, ended.stderr
    assert "390 cases: 390 judged" in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--memory", "lots"], "--memory"), (["--regulation", "qd-999"], "qd-124-2023"), (["-o", "x.txt"], "x.txt")],
)
def test_wrong_usage_ends_with_two(arguments: list[str], said: str) -> None:
    ended = command(SAMPLES, *arguments)
    assert ended.returncode == 2, ended.stderr
    assert said in ended.stderr
