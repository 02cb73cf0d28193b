"""Which files are meant: the very path that is there, every file of a folder or a word about it, never another."""

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from support.command import Completed, run, run_process
from support.populations import SAMPLES

from engine.base.diagnostics import Diagnostic, Problems
from engine.base.paths import case_files, find_files

ODD_NAMES = ["a[12].json", "a*.json", "a?.json", "{a,b}.json", "ky=2024.json", "~.json", "-o.json", "back\\slash.json"]


def told(folder: Path, *paths: Path | str) -> list[str]:
    """The files found, by their names in the folder; what is told as `name: code`."""
    found = []
    for one in case_files([str(path) for path in paths] or [str(folder)]):
        name = one.location.file if isinstance(one, Diagnostic) else str(one)
        shown = Path(name).relative_to(folder).as_posix()
        found.append(f"{shown}: {one.severity} {one.code}" if isinstance(one, Diagnostic) else shown)
    return found


def refused(call: Callable[[], Any]) -> list[str]:
    with pytest.raises(Problems) as problems:
        call()
    return [one.code for one in problems.value.diagnostics]


def test_paths_lead_to_files_in_order_each_once(tmp_path: Path) -> None:
    for name in ("b.json", "a.json", "sub/c.ndjson", "notes.txt", ".hidden/d.json", "sub/.e.json", "sub/~$f.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = find_files([str(tmp_path), str(tmp_path / "a.json"), str(tmp_path / "*.json")], (".json", ".ndjson"))
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a.json", "b.json", "sub/c.ndjson"]
    assert told(tmp_path, tmp_path / "a.json", tmp_path, tmp_path / "*.json") == ["a.json", "b.json", "sub/c.ndjson"]
    assert refused(lambda: find_files([str(tmp_path / "*.yaml")], (".json",))) == ["file/missing"]
    assert refused(lambda: find_files([str(tmp_path / "sub")], (".yaml",))) == ["folder/empty"]


def test_capital_endings_and_linked_folders_are_read_each_once(tmp_path: Path) -> None:
    hs, other = tmp_path / "hs", tmp_path / "other"
    (other / "deep").mkdir(parents=True)
    hs.mkdir()
    for name in ("hs/1.JSON", "hs/2.Json", "hs/3.NDJSON", "hs/4.jsonL", "other/5.json", "other/deep/6.json"):
        (tmp_path / name).touch()
    (hs / "link").symlink_to(other)
    (other / "back").symlink_to(hs)
    (hs / "same").symlink_to(other)
    found = told(hs)
    assert sorted(name.rpartition("/")[2] for name in found) == [
        "1.JSON", "2.Json", "3.NDJSON", "4.jsonL", "5.json", "6.json",
    ]  # fmt: skip


def test_what_is_not_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"case_id": "A"}', "utf-8")
    (tmp_path / "gone.json").symlink_to("nowhere")
    (tmp_path / "lost").symlink_to("nowhere")
    (tmp_path / "round.json").symlink_to("round.json")
    (tmp_path / "cases.XLSX").touch()
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "rows.ndjson").write_text('{"case_id":"A","regulation":"r","subject_to_review":true}\n', "utf-8")
    (tmp_path / "summary.json").write_text('{\n  "cases": 60,\n  "judged": 60}', "utf-8")
    (tmp_path / "records.json").write_text('{\n  "engine_version": "0.1.0"}', "utf-8")
    (tmp_path / "records.ndjson").write_text('{"record": "decision"}', "utf-8")
    (tmp_path / "rejected.ndjson").touch()
    own = "warning file/own-result"
    assert sorted(told(tmp_path)) == [
        "a.json", "cases.XLSX: warning file/table-in-folder", "gone.json: error file/link-to-nothing",
        "lost: error file/link-to-nothing", "pipe.json: error file/not-regular", f"records.json: {own}",
        f"records.ndjson: {own}", f"rejected.ndjson: {own}", "round.json: error file/link-to-nothing",
        f"rows.ndjson: {own}", f"summary.json: {own}",
    ]  # fmt: skip
    assert told(tmp_path, tmp_path / "rows.ndjson") == ["rows.ndjson: error file/own-result"]
    assert told(tmp_path, tmp_path / "gone.json") == ["gone.json: error file/link-to-nothing"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").touch()
    (tmp_path / "closed").mkdir(mode=0)
    assert told(tmp_path) == ["a.json", "closed: error file/unreadable"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_path_that_is_there_is_that_path(tmp_path: Path, name: str) -> None:
    for other in (name, "a1.json", "a2.json", "ab.json", "a.json"):
        (tmp_path / other).touch()
    assert told(tmp_path, tmp_path / name) == [name]
    (tmp_path / name).unlink()
    assert told(tmp_path, tmp_path / "a[12].json") == ["a1.json", "a2.json"]


# --- the commands -------------------------------------------------------------------------------------------------


def command(*arguments: object, call: Callable[..., Completed] = run, **options: Any) -> Completed:
    return call(*map(str, arguments), "--lang", "en", **options)


def sample(case_id: str) -> bytes:
    text = next(iter(sorted(SAMPLES.glob("06*.json")))).read_bytes()
    return text.replace(b"HS-2024-06", case_id.encode())


def judged(verb: str, ended: Completed) -> str:
    wanted = "cases judged" if verb == "evaluate" else " cases: "
    return next((text for text in ended.stdout.splitlines() if wanted in text), str(ended))


ONE = {"evaluate": "cases judged: 1, rejected: 0", "population": "1 cases: 1 judged, 0 not."}
TWO = {"evaluate": "cases judged: 2, rejected: 0", "population": "2 cases: 2 judged, 0 not."}


@pytest.mark.parametrize("verb", ["evaluate", "population"])
@pytest.mark.parametrize("place", ["-", "/dev/stdin", "pipe", "pipe.json", "redirected", "no-ending"])
@pytest.mark.parametrize("count", [1, 2])
def test_cases_come_in_by_any_way(tmp_path: Path, verb: str, place: str, count: int) -> None:
    """One case over several lines, or one a line."""
    data = [sample(f"HS-{number}") for number in range(count)]
    given = data[0] if count == 1 else b"".join(b" ".join(one.split(b"\n")) + b"\n" for one in data)
    file = tmp_path / place.strip("/-")
    if place.startswith("pipe"):
        os.mkfifo(file)
        writer = threading.Thread(target=file.write_bytes, args=[given], daemon=True)
        writer.start()
        ended = command(verb, file)
        writer.join(20)
        assert not writer.is_alive()
    elif place == "no-ending":
        file.write_bytes(given)
        ended = command(verb, file)
    elif place == "redirected":
        file.write_bytes(given)
        with file.open("rb") as stream:
            ended = command(verb, "/dev/stdin", stdin=stream)
    else:
        ended = command(verb, place, stdin=given)
    assert ended.returncode == 0, ended
    assert judged(verb, ended).startswith((ONE, TWO)[count - 1][verb])


@pytest.mark.parametrize("verb", ["evaluate", "population"])
@pytest.mark.parametrize("place", ["-", "/dev/stdin"])
def test_cases_come_into_a_process_of_its_own(verb: str, place: str) -> None:
    ended = command(verb, place, stdin=sample("HS-0"), call=run_process)
    assert ended.returncode == 0, ended
    assert judged(verb, ended).startswith(ONE[verb])


@pytest.mark.parametrize("verb", ["evaluate", "population"])
@pytest.mark.parametrize("given", [b"", b"\n \n"])
def test_no_case_at_all_is_told(verb: str, given: bytes) -> None:
    ended = command(verb, "-", stdin=given)
    assert ended.returncode == 1 and "json/empty" in ended.stdout + ended.stderr


@pytest.mark.parametrize("verb", ["evaluate", "population"])
def test_one_bad_file_stops_nothing(tmp_path: Path, verb: str) -> None:
    (tmp_path / "ok.json").write_bytes(sample("HS-1"))
    os.rename(tmp_path / "ok.json", os.fsencode(tmp_path) + b"/h\xff\xfe.json")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.json")).write_bytes(b'{"case_id": 5}')
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/lines\xff.ndjson")).write_bytes(b'{"a": 1e99999999999999999999}\n')
    (tmp_path / "gone.json").symlink_to("nowhere")
    out = tmp_path.parent / f"{tmp_path.name}.out"
    for form in ("ndjson", "csv", "xlsx", "html") if verb == "evaluate" else ("ndjson", "parquet", "xlsx"):
        ended = command(verb, tmp_path, "--format", form, "-o", out if verb == "population" else f"{out}.{form}")
        assert ended.returncode == 1, ended
        told = ended.stdout + ended.stderr
        for code in ("file/link-to-nothing", "schema/missing-key", "json/number-too-large"):
            assert code in told, (form, ended)
        shutil.rmtree(out, ignore_errors=True)
    assert judged(verb, command(verb, tmp_path)).startswith(
        "cases judged: 1, rejected: 3" if verb == "evaluate" else "3 cases: 1 judged, 2 not."
    )


@pytest.mark.parametrize("verb", ["evaluate", "population"])
def test_a_table_is_the_one_that_is_named(tmp_path: Path, verb: str) -> None:
    folder = tmp_path / "ky=[2024]*"
    folder.mkdir()
    header = "'2024' AS period, '2024-12-31' AS as_of, 'leader' AS \"subject.kind\""
    for name in ("a[12].parquet", "a1.parquet", "a2.parquet"):
        where = str(folder / name).replace("'", "''")
        with duckdb.connect() as database:
            database.execute(f"COPY (SELECT '{name}' AS case_id, {header}) TO '{where}' (FORMAT parquet)")
    form = ("--format", "ndjson", "-o", tmp_path / ("o.ndjson" if verb == "evaluate" else "o[1]"))
    ended = command(verb, folder / "a[12].parquet", *form)
    assert ended.returncode == 0, ended
    file = tmp_path / "o.ndjson" if verb == "evaluate" else tmp_path / "o[1]" / "cases.ndjson"
    text = file.read_text("utf-8")
    assert '"a[12].parquet"' in text and '"a1.parquet"' not in text


def test_old_workbooks_in_a_folder_are_named_and_not_passed_over(tmp_path: Path) -> None:
    for name in ("old.xls", "calc.ODS", "binary.xlsb", "table.xlsx", "scan.pdf"):
        (tmp_path / name).touch()
    assert told(tmp_path) == [
        f"{name}: warning file/table-in-folder" for name in ("binary.xlsb", "calc.ODS", "old.xls", "table.xlsx")
    ]
