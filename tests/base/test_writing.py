"""Files come whole or not at all, over nothing that is not the program's own; real processes, signals and times."""

import json
import os
import resource
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import ROOT, command
from support.command import Completed

from engine.base.writing import MARK, Unwritable, alone, check_output, kept_folder, scratch, whole, whole_text

CASE = sorted((ROOT / "policies" / "qd-124-2023" / "cases").glob("06*.json"))[0]
SECONDS = 120
IS_ROOT = os.geteuid() == 0
WRITER = """
import os, sys, time
from pathlib import Path
from engine.base.writing import whole
with whole(Path(sys.argv[1])) as stream:
    stream.write(sys.argv[2].encode() * 100_000)
    stream.flush()
    print("at it", flush=True)
    time.sleep(float(sys.argv[3]))
"""


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


@pytest.fixture(autouse=True, scope="module")
def one_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XEPLOAI_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def python(*words: object, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment(**more),
    )  # fmt: skip


def xeploai(*words: object) -> Completed:
    return command.run(*map(str, words))


def many_cases(path: Path, count: int) -> Path:
    """So many copies of a sample, each with an id of its own."""
    case = json.loads(CASE.read_text("utf-8"))
    with path.open("w", encoding="utf-8") as stream:
        for number in range(count):
            case["case_id"], case["subject"]["id"] = f"T-{number}", f"S-{number}"
            stream.write(json.dumps(case, ensure_ascii=False) + "\n")
    return path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


# --- a file -------------------------------------------------------------------------------------------------------


def test_nothing_half_written_takes_the_place_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("before")
    with pytest.raises(ZeroDivisionError), whole_text(path) as stream:
        stream.write("half")
        stream.flush()
        assert path.read_text() == "before"
        raise ZeroDivisionError
    assert files_in(tmp_path) == ["out.txt"] and path.read_text() == "before"
    with whole_text(path) as stream:
        stream.write("after\n")
    assert path.read_bytes() == b"after\n"


@pytest.mark.parametrize(("private", "wanted"), [(True, 0o600), (False, 0o644)])
def test_a_new_file_is_private_if_it_may_hold_personal_data(
    tmp_path: Path, usual_umask: None, private: bool, wanted: int
) -> None:
    with whole(tmp_path / "out", private) as stream:
        assert not mode(Path(stream.name)) & 0o077 or not private
    assert mode(tmp_path / "out") == wanted


@pytest.mark.parametrize("before", [0o600, 0o640, 0o664])
@pytest.mark.parametrize("private", [True, False])
def test_the_permissions_of_a_file_are_kept(tmp_path: Path, usual_umask: None, before: int, private: bool) -> None:
    path = tmp_path / "out"
    path.write_text("before")
    path.chmod(before)
    os.utime(path, (0, 0))
    with whole(path, private) as stream:
        stream.write(b"after")
        assert not mode(Path(stream.name)) & 0o077
    assert mode(path) == before
    assert path.stat().st_mtime > 0


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    (tmp_path / "link").symlink_to(there / "file")
    for content in (b"first", b"second"):
        with whole(tmp_path / "link") as stream:
            stream.write(content)
        assert (tmp_path / "link").is_symlink() and (there / "file").read_bytes() == content
    assert files_in(there) == ["file"]


def test_names_of_partial_files_cannot_be_foretold_and_links_are_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    for name in (".out.partial", "out.partial", f".out.{os.getpid()}"):
        (tmp_path / name).symlink_to(victim)
    names = set()
    for _ in range(2):
        with whole(tmp_path / "out") as stream:
            names.add(stream.name)
            stream.write(b"content")
    assert len(names) == 2
    assert victim.read_text() == "mine"
    assert (tmp_path / ".out.partial").is_symlink()


def test_what_a_killed_run_left_is_removed_by_the_next_and_nothing_else(tmp_path: Path) -> None:
    run = python("-c", WRITER, tmp_path / "out", "a", 60)
    assert run.stdout is not None and run.stdout.readline() == "at it\n"
    (left,) = files_in(tmp_path)
    # Still at work: nobody takes its file for abandoned.
    with whole(tmp_path / "other") as stream:
        stream.write(b"content")
    assert left in files_in(tmp_path)
    run.kill()
    run.communicate(timeout=SECONDS)
    mine = [".xeploai-notes.partial", ".xeploai-0123456789abcdef.partial.txt", ".other.partial"]
    for name in mine:
        (tmp_path / name).write_text("mine")
    (tmp_path / ".xeploai-00000000000000aa.partial").symlink_to(tmp_path / mine[0])
    assert left in files_in(tmp_path)
    with whole(tmp_path / "other") as stream:
        stream.write(b"again")
    assert files_in(tmp_path) == sorted(["other", ".xeploai-00000000000000aa.partial", *mine])


def test_two_runs_writing_one_file_do_not_take_each_others(tmp_path: Path) -> None:
    runs = [python("-c", WRITER, tmp_path / "out", letter, 1) for letter in "ab"]
    for run in runs:
        assert run.communicate(timeout=SECONDS)[1] == ""
    content = (tmp_path / "out").read_bytes()
    assert len(content) == 100_000 and len(set(content)) == 1
    assert files_in(tmp_path) == ["out"]


@pytest.mark.skipif(not IS_ROOT, reason="only root could replace a device")
def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    null = tmp_path / "null"
    os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    for target in (null, Path("/dev/null")):
        ended = xeploai("evaluate", CASE, "--format", "json", "-o", target)
        assert ended.returncode == 0, ended.stderr
        assert stat.S_ISCHR(target.stat().st_mode)
    assert files_in(tmp_path) == ["null"]


@pytest.mark.parametrize(
    "words", [["evaluate", CASE, "--format", "json"], ["population", CASE, "--format", "ndjson", "--referee", "0"]]
)
def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path, words: list[object]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    ended = xeploai(*words, "-o", pipe)
    assert ended.returncode == 0, ended.stderr
    reader.join(SECONDS)
    assert json.loads(read[0])
    assert stat.S_ISFIFO(pipe.stat().st_mode) and files_in(tmp_path) == ["pipe"]


def test_a_reader_of_a_pipe_who_leaves_early_is_told_of(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: os.close(os.open(pipe, os.O_RDONLY)), daemon=True)
    reader.start()
    ended = xeploai("evaluate", CASE, "--format", "json", "-o", pipe)
    reader.join(SECONDS)
    assert ended.returncode == 1
    assert "output/failed" in ended.stderr and "EPIPE" in ended.stderr


def test_a_reader_of_the_standard_output_may_leave_early(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "engine", "evaluate", str(CASE), "--format", "json", "-o", "/dev/stdout"]
    source, end = os.pipe()
    os.close(source)
    ended = subprocess.run(words, stdout=end, stderr=subprocess.PIPE, timeout=SECONDS, env=environment(), text=True)
    os.close(end)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1"])
def test_an_open_stream_is_written_to_as_it_is(tmp_path: Path, name: str) -> None:
    line = f"echo before; {sys.executable} -m engine evaluate {CASE} --format ndjson -o {name}; echo after"
    with (tmp_path / "all").open("wb") as stream:
        subprocess.run(["sh", "-c", line], stdout=stream, timeout=SECONDS, check=True, env=environment())
    lines = (tmp_path / "all").read_text("utf-8").splitlines()
    assert (lines[0], lines[-1]) == ("before", "after") and json.loads(lines[1])


def not_there(folder: Path) -> Path:
    return folder / "none" / "out"


def in_a_file(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file" / "out"


def a_folder(folder: Path) -> Path:
    return folder


def a_link_in_a_circle(folder: Path) -> Path:
    (folder / "circle").symlink_to("circle")
    return folder / "circle"


def too_long(folder: Path) -> Path:
    return folder / ("x" * 300)


def read_only_folder(folder: Path) -> Path:
    folder.chmod(0o500)
    return folder / "out"


def read_only_file(folder: Path) -> Path:
    (folder / "out").touch(mode=0o400)
    return folder / "out"


REFUSED = [
    (not_there, "output/no-folder", 2), (in_a_file, "output/not-a-folder", 2), (a_folder, "output/is-a-folder", 2),
    (a_link_in_a_circle, "output/failed", 1), (too_long, "output/failed", 1),
    (read_only_folder, "output/not-allowed", 1), (read_only_file, "output/not-allowed", 1),
]  # fmt: skip


@pytest.mark.parametrize(("make", "code", "ended_with"), REFUSED)
def test_what_cannot_be_written_is_a_sentence_with_a_remedy(
    tmp_path: Path, make: Callable[[Path], Path], code: str, ended_with: int
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path = make(folder)
    if code == "output/not-allowed" and os.access(folder if make is read_only_folder else path, os.W_OK):
        pytest.skip("this user may write everywhere")
    before = files_in(tmp_path)
    with pytest.raises(Unwritable) as refused, whole(path) as stream:
        stream.write(b"content")
    assert refused.value.diagnostics[0].code == code
    if make is not too_long:
        with pytest.raises(Unwritable):
            check_output(path)
    words: list[list[object]] = [["evaluate", CASE], ["explain", CASE], ["schema", "qd-124-2023"]]
    for verb in words[: 3 if make is not_there else 1]:
        ended = xeploai(*verb, "-o", path, "--policies", ROOT / "policies")
        assert ended.returncode == ended_with, ended.stderr
        assert code in ended.stderr and "cách sửa:" in ended.stderr
        assert "Error" not in ended.stderr and "Errno" not in ended.stderr
    assert files_in(tmp_path) == before
    folder.chmod(0o700)


def test_a_file_that_grows_too_large_leaves_what_was_there(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    out.write_text("before")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))

    ended = subprocess.run(
        [sys.executable, "-m", "engine", "evaluate", CASE, "--format", "json", "-o", out],
        capture_output=True, text=True, timeout=SECONDS, env=environment(), preexec_fn=limit,
    )  # fmt: skip
    assert ended.returncode == 1, ended.stderr
    assert "output/no-space" in ended.stderr
    assert files_in(tmp_path) == ["out.json"] and out.read_text() == "before"


# --- what is read is not written over -----------------------------------------------------------------------------


def the_input(folder: Path) -> tuple[Path, Path]:
    return folder / "in" / "case.json", folder / "in" / "case.json"


def the_input_by_a_link(folder: Path) -> tuple[Path, Path]:
    (folder / "link.json").symlink_to(folder / "in" / "case.json")
    return folder / "in" / "case.json", folder / "link.json"


def the_input_by_a_hard_link(folder: Path) -> tuple[Path, Path]:
    (folder / "link.json").hardlink_to(folder / "in" / "case.json")
    return folder / "in" / "case.json", folder / "link.json"


def in_the_folder_read(folder: Path) -> tuple[Path, Path]:
    return folder / "in", folder / "in" / "new.ndjson"


def deeper_in_the_folder_read(folder: Path) -> tuple[Path, Path]:
    (folder / "in" / "deeper").mkdir()
    (folder / "link").symlink_to(folder / "in" / "deeper")
    return folder / "in", folder / "link" / "new.ndjson"


@pytest.mark.parametrize("verb", ["evaluate", "explain", "population", "impact", "sensitivity"])
@pytest.mark.parametrize(
    "make",
    [the_input, the_input_by_a_link, the_input_by_a_hard_link, in_the_folder_read, deeper_in_the_folder_read],
)
def test_an_output_that_is_read_or_lies_where_is_read_is_refused(
    tmp_path: Path, make: Callable[[Path], tuple[Path, Path]], verb: str
) -> None:
    if make not in (the_input, in_the_folder_read) and verb not in ("evaluate", "population"):
        pytest.skip("alike for every verb")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "case.json").write_bytes(CASE.read_bytes())
    source, out = make(tmp_path)
    before = files_in(tmp_path)
    sides = {"impact": ["qd-124-2023", "qd-132-2018", "--cases"], "sensitivity": ["--cases"]}.get(verb, [])
    ended = xeploai(verb, *sides, source, "-o", out, "--policies", ROOT / "policies", "--lang", "en")
    assert ended.returncode == 2, ended.stderr
    assert "output/is-input" in ended.stderr or "wrong" in ended.stderr or "*.parquet" in ended.stderr
    assert files_in(tmp_path) == before
    assert (tmp_path / "in" / "case.json").read_bytes() == CASE.read_bytes()


@pytest.mark.parametrize(
    ("name", "out"),
    [("rejected.ndjson", "."), ("cases.ndjson", "."), ("cases.ndjson", "cases.ndjson"), ("cases.ndjson", "page")],
)
def test_no_file_of_a_population_is_written_over_its_cases(tmp_path: Path, name: str, out: str) -> None:
    file = many_cases(tmp_path / name, 3)
    before = file.read_bytes()
    target = ["--html", file] if out == "page" else ["-o", tmp_path / out]
    forms = ["--format", "ndjson"] if out != "page" else []
    ended = xeploai("population", file, *target, *forms, "--lang", "en")
    assert ended.returncode == 2 and "output/is-input" in ended.stderr, ended.stderr
    assert file.read_bytes() == before and files_in(tmp_path) == [name]


def test_no_policy_file_is_written_over(tmp_path: Path) -> None:
    facts = ROOT / "policies" / "facts.yaml"
    before = facts.read_bytes()
    for words in (["evaluate", CASE], ["schema", "qd-124-2023"]):
        ended = xeploai(*words, "-o", facts, "--policies", ROOT / "policies")
        assert ended.returncode == 2 and "output/is-input" in ended.stderr
    assert facts.read_bytes() == before


# --- a folder -----------------------------------------------------------------------------------------------------

HOLDER = """
import sys, time
from pathlib import Path
from engine.base import writing
made = getattr(writing, sys.argv[1])(*map(Path, sys.argv[2:]))
with made as inside:
    folder = inside if isinstance(inside, Path) else Path(sys.argv[2])
    (folder / "file").write_text("x")
    print(inside, flush=True)
    time.sleep(60)
"""


def test_the_lock_of_a_folder_dies_with_its_owner(tmp_path: Path) -> None:
    run = python("-c", HOLDER, "alone", tmp_path)
    assert run.stdout is not None and run.stdout.readline()
    with pytest.raises(Unwritable, match="output/in-use"), alone(tmp_path):
        pass
    run.kill()
    run.communicate(timeout=SECONDS)
    with alone(tmp_path, shared=True), alone(tmp_path, shared=True):
        pass
    with alone(tmp_path):
        pass


def test_a_kept_folder_is_found_again_after_a_kill_and_gone_after_a_good_end(tmp_path: Path) -> None:
    folder = tmp_path / ".work"
    run = python("-c", HOLDER, "kept_folder", folder)
    assert run.stdout is not None and run.stdout.readline()
    with pytest.raises(Unwritable, match="output/in-use"), kept_folder(folder):
        pass
    run.kill()
    run.communicate(timeout=SECONDS)
    assert mode(folder) == 0o700
    with kept_folder(folder) as inside:
        assert (inside / "file").read_text() == "x"
    assert files_in(tmp_path) == []


def theirs(folder: Path) -> None:
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")


def a_file(folder: Path) -> None:
    folder.write_text("mine")


def a_link(folder: Path) -> None:
    theirs(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")


def for_all_to_write(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o777)


def of_another(folder: Path) -> None:
    if not IS_ROOT:
        pytest.skip("only root makes folders of others")
    folder.mkdir()
    os.chown(folder, 65534, 65534)


@pytest.mark.parametrize("make", [theirs, a_file, a_link, for_all_to_write, of_another])
def test_a_folder_of_somebody_elses_is_left_alone(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "work")
    before = files_in(tmp_path)
    with pytest.raises(Unwritable, match="output/not-ours"), kept_folder(tmp_path / "work"):
        pass
    assert files_in(tmp_path) == before


def test_a_users_own_folder_of_any_name_is_left_alone(tmp_path: Path) -> None:
    for name in (".work", "work", ".cases.parquet.work"):
        theirs(tmp_path / "out" / name) if (tmp_path / "out").exists() else (tmp_path / "out").mkdir()
        (tmp_path / "out" / name).mkdir(exist_ok=True)
        (tmp_path / "out" / name / "notes.txt").write_text("mine")
    ended = xeploai("population", CASE, "-o", tmp_path / "out", "--referee", 0)
    assert ended.returncode == 0, ended.stderr
    assert len(list((tmp_path / "out").rglob("notes.txt"))) == 3
    theirs(tmp_path / "out" / ".xeploai-work")
    ended = xeploai("population", CASE, "-o", tmp_path / "out", "--referee", 0)
    assert ended.returncode == 1 and "output/not-ours" in ended.stderr
    assert (tmp_path / "out" / ".xeploai-work" / "notes.txt").read_text() == "mine"


def test_temporary_folders_of_killed_runs_go_at_the_next_start_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    runs = [python("-c", HOLDER, "scratch", TMPDIR=str(tmp_path)) for _ in range(2)]
    places = [Path(run.stdout.readline().strip()).parent for run in runs if run.stdout is not None]
    assert [mode(place) for place in places] == [0o700, 0o700]
    runs[0].kill()
    runs[0].communicate(timeout=SECONDS)
    theirs(tmp_path / "xeploai-abcdefgh")
    a_file(tmp_path / "xeploai-abcdefgi")
    with scratch() as folder:
        assert mode(folder) == mode(folder.parent) == 0o700
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [places[1].name, "xeploai-abcdefgh", "xeploai-abcdefgi"]
    )
    assert (places[1] / MARK).exists()
    runs[1].kill()
    runs[1].communicate(timeout=SECONDS)


def processes_below(parent: int) -> list[int]:
    """The processes that a process has started; on a system without /proc none are seen."""
    children = [path.read_text() for path in Path(f"/proc/{parent}/task").glob("*/children")]
    return [int(number) for numbers in children for number in numbers.split()]


# --- a population -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "kept"),
    [(signal.SIGTERM, True), (signal.SIGHUP, True), (signal.SIGINT, True), (signal.SIGINT, False)],
)
def test_a_signal_ends_a_run_soon_and_leaves_no_case_behind(tmp_path: Path, number: signal.Signals, kept: bool) -> None:
    file = many_cases(tmp_path / "cases.ndjson", 6_000)
    # One by one, so that it takes long.
    file.write_text(file.read_text("utf-8").replace('"facts": {', '"facts": {"no.such": {}, '), "utf-8")
    (tmp_path / "tmp").mkdir()
    words: list[object] = ["-o", tmp_path / "out.csv"] if kept else []
    words += ["--threads", 2, "--lang", "en"]
    run = python("-m", "engine", "population", file, *words, TMPDIR=str(tmp_path / "tmp"))
    until = time.monotonic() + SECONDS
    while not (list(tmp_path.rglob("run.json")) and processes_below(run.pid)):
        assert time.monotonic() < until and run.poll() is None
        time.sleep(0.02)
    # Until then the processes are copied and told their work.
    time.sleep(1)
    workers = processes_below(run.pid)
    sent = time.monotonic()
    run.send_signal(number)
    told = run.communicate(timeout=SECONDS)[1]
    assert run.returncode == 128 + number, told
    assert time.monotonic() - sent < 20
    assert ("the same command goes on" in told) is kept
    assert files_in(tmp_path / "tmp") == []
    others = [path for path in tmp_path.rglob("*") if path.is_file() and path != file]
    assert not [path for path in others if b'"facts"' in path.read_bytes()]
    assert not (tmp_path / "out.csv").exists()
    assert not [worker for worker in workers if Path(f"/proc/{worker}").exists()]


def test_a_run_under_nohup_is_not_ended(tmp_path: Path) -> None:
    run = subprocess.Popen(
        [sys.executable, "-m", "engine", "population", many_cases(tmp_path / "cases.ndjson", 500), "--referee", "0"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN) and None,
    )  # fmt: skip
    time.sleep(1)
    run.send_signal(signal.SIGHUP)
    out, err = run.communicate(timeout=SECONDS)
    assert run.returncode == 0 and "500" in out, err


def test_of_two_runs_into_one_place_the_second_is_refused(tmp_path: Path) -> None:
    file = many_cases(tmp_path / "cases.ndjson", 500)
    for target in (tmp_path / "out", tmp_path / "rows.csv"):
        words = ["population", file, "-o", target, "--referee", "0", "--threads", "1"]
        first = python("-m", "engine", *words)
        until = time.monotonic() + SECONDS
        while not list(tmp_path.rglob("run.json")):
            assert time.monotonic() < until and first.poll() is None
            time.sleep(0.02)
        first.send_signal(signal.SIGSTOP)
        second = xeploai(*words, "--regulation", "qd-132-2018")
        first.send_signal(signal.SIGCONT)
        assert second.returncode == 1 and "output/in-use" in second.stderr
        assert first.communicate(timeout=SECONDS) and first.returncode == 0
        assert not list(tmp_path.rglob("run.json"))
        rows = target if target.is_file() else target / "cases.parquet"
        assert rows.stat().st_size
        assert mode(rows) == 0o600


def test_what_an_earlier_run_left_is_named(tmp_path: Path) -> None:
    for form in ("parquet", "csv"):
        ended = xeploai("population", CASE, "-o", tmp_path, "--format", form, "--referee", 0, "--lang", "en")
        assert ended.returncode == 0
    assert f"did not write `{tmp_path / 'cases.parquet'}`" in ended.stderr
    assert {mode(path) for path in tmp_path.iterdir()} == {0o600}
    assert files_in(tmp_path) == ["cases.csv", "cases.parquet", "rejected.ndjson", "summary.json"]


@pytest.mark.parametrize("name", ["ket.qua.2024", "out", "nested/deeper/out"])
def test_a_name_without_an_ending_of_ours_is_a_folder(tmp_path: Path, name: str) -> None:
    ended = xeploai("population", CASE, "-o", tmp_path / name, "--referee", 0)
    assert ended.returncode == 0, ended.stderr
    assert files_in(tmp_path / name) == ["cases.parquet", "rejected.ndjson", "summary.json"]


@pytest.mark.parametrize("memory", ["0MB", "0GB", "1KB", "1.2.3GB", "GB", "-1GB", "lots"])
def test_too_little_memory_is_wrong_usage(memory: str) -> None:
    ended = xeploai("population", CASE, f"--memory={memory}", "--lang", "en")
    assert ended.returncode == 2, ended.stderr
    assert "at least 64MB" in ended.stderr


# --- what no command foresees -------------------------------------------------------------------------------------

@pytest.mark.parametrize(
    ("error", "ended_with", "told"),
    [
        (ValueError("Người Bịa Ra"), 3, "ValueError: "), (KeyError("Người Bịa Ra"), 3, "KeyError: "),
        (MemoryError(), 1, "run/no-memory"), (RuntimeError("can't start new thread"), 1, "run/no-threads"),
        (OSError(28, "Người Bịa Ra"), 1, "output/no-space"), (OSError(5, "I/O", "Ra.txt"), 1, "Ra.txt: file/"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_defect_is_told_without_data_and_the_machine_is_no_defect(
    error: Exception, ended_with: int, told: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*arguments: object, **options: object) -> None:
        raise error

    monkeypatch.setattr("engine.cli.evaluate.evaluate_cases", fails)
    done = xeploai("evaluate", CASE, "--lang", language)
    said = done.stderr
    assert done.returncode == ended_with, said
    assert told in said and "Người" not in said and "Traceback" not in said
    assert ("cli/evaluate.py:" in said and "Python 3" in said and "evaluate, " in said) is (ended_with == 3)
    assert ("maintainers" in said or "bảo trì" in said) is (ended_with == 3)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", [["evaluate", CASE], ["evaluate", CASE, "-o", "/dev/full"], ["explain-code"]])
def test_a_full_disk_behind_a_stream_is_told_once(words: list[object]) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "engine", *map(str, words)], stdout=full, stderr=subprocess.PIPE, text=True,
            timeout=SECONDS, env=environment(),
        )  # fmt: skip
    assert ended.returncode == 1, ended.stderr
    assert ended.stderr.count("output/no-space") == 1
    assert "Exception" not in ended.stderr and "Error" not in ended.stderr
