"""The cache of libraries: never stale, never in the way, and trusting nothing that others could have written."""

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from support import ROOT

from engine.api import evaluate
from engine.base.diagnostics import Problems
from engine.base.json_text import read_json
from engine.core.judge.record import Results
from engine.core.policy.regulation import Library
from engine.versions import opening as cache
from engine.versions.opening import Kept, kept, kept_library, load_library

STARTER = ROOT / "engine" / "starter"
POLICIES = ROOT / "policies"
CASES = [read_json(path) for path in sorted((POLICIES / "qd-124-2023" / "cases").glob("*.json"))]
FACTS = (STARTER / "facts.yaml").read_text(encoding="utf-8")


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    folder = tmp_path / "policies"
    shutil.copytree(STARTER / "mau-2025", folder / "mau-2025")
    shutil.copy(STARTER / "facts.yaml", folder)
    return folder


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XEPLOAI_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept" / cache.FOLDER


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders that were read because the cache did not have them."""
    read: list[Path] = []

    def counted(folder: Path) -> Library:
        read.append(folder)
        return load_library(folder)

    monkeypatch.setattr(cache, "load_library", counted)
    return read


def test_the_second_run_takes_what_the_first_left(policies: Path, place: Path, loads: list[Path]) -> None:
    first, second = kept_library(policies), kept_library(policies)
    assert loads == [policies]
    assert first == second == load_library(policies)
    name = second.regulations["mau-2025"].ladders[0].rungs[0].criteria[0].rule
    assert name.location == load_library(policies).regulations["mau-2025"].ladders[0].rungs[0].criteria[0].rule.location
    assert place.stat().st_mode & 0o777 == 0o700


def test_whatever_changes_in_the_files_is_read_anew(policies: Path, place: Path, loads: list[Path]) -> None:
    ladder = policies / "mau-2025" / "grades.yaml"
    text = ladder.read_text("utf-8")
    before, day = kept_library(policies), ladder.stat()

    def percents(library: Library) -> list[object]:
        return [one.value for one in library.regulations["mau-2025"].parameters["met_percent"].values]

    # Of the same length and the same date: only its bytes differ.
    ladder.write_text(text.replace("value: 70,", "value: 71,"), encoding="utf-8")
    os.utime(ladder, ns=(day.st_atime_ns, day.st_mtime_ns))
    assert percents(kept_library(policies)) == [71]
    (policies / "mau-2025" / "deeper").mkdir()
    ladder.rename(policies / "mau-2025" / "deeper" / "grades.yaml")
    assert "deeper" in str(kept_library(policies).regulations["mau-2025"].ladders[0].rungs[0].criteria[0].rule.location)
    (policies / "mau-2025" / "deeper" / "grades.yaml").rename(ladder)
    ladder.write_text(text, encoding="utf-8")
    assert kept_library(policies) == before
    assert len(loads) == 3
    shutil.copytree(policies / "mau-2025", policies / "other")
    with pytest.raises(Problems):
        kept_library(policies)
    shutil.rmtree(policies / "other")
    (policies / "mau-2025" / "triggers.yaml").unlink()
    assert not kept_library(policies).regulations["mau-2025"].triggers


def test_nothing_wrong_is_kept(policies: Path, place: Path, loads: list[Path]) -> None:
    (policies / "facts.yaml").write_text(FACTS + "  again: {type: colour}\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(Problems):
            kept_library(policies)
    assert len(loads) == 2
    assert not place.exists()


def test_another_engine_or_another_name_of_the_folder_reads_for_itself(
    policies: Path, place: Path, loads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_library(policies)
    monkeypatch.chdir(policies.parent)
    assert str(kept_library(Path("policies")).vocabulary.facts["work.assigned"].location).startswith("policies")
    monkeypatch.setattr(cache, "ENGINE_VERSION", "0.0.0")
    kept_library(policies)
    monkeypatch.setattr(cache, "PACKAGE", policies)
    kept_library(policies)
    (policies / "some.py").touch()
    kept_library(policies)
    assert len(loads) == 5


class Trap:
    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(Path(os.environ["XEPLOAI_CACHE"]) / "sprung"),)


def written_by(file: Path, content: bytes) -> None:
    """A file as the program writes it, whatever it holds."""
    key = file.name.removesuffix(cache.SUFFIX)
    file.write_bytes(cache.HEADER + sha256(key.encode() + content).digest() + content)


@pytest.mark.parametrize(
    "harm",
    ["empty", "cut", "flipped", "of old", "a folder", "a link", "a pipe", "of others", "folder of others",
     "folder a link", "no data"],
)  # fmt: skip
def test_what_is_no_good_is_read_anew(policies: Path, place: Path, loads: list[Path], harm: str) -> None:
    right = kept_library(policies)
    (file,) = place.iterdir()
    content, trap = file.read_bytes(), pickle.dumps(Trap())
    elsewhere = place.with_name("elsewhere")
    match harm:
        case "empty":
            file.write_bytes(b"")
        case "cut":
            file.write_bytes(content[:-1])
        case "flipped":
            file.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
        case "of old":
            gone = b"cengine.gone\nThing\n."
            written_by(file, gone)
        case "a folder":
            file.unlink()
            file.mkdir()
        case "a link":
            file.rename(elsewhere)
            file.symlink_to(elsewhere)
        case "a pipe":
            file.unlink()
            os.mkfifo(file)
        case "of others":
            file.chmod(0o666)
        case "folder of others":
            place.chmod(0o777)
        case "folder a link":
            place.rename(elsewhere)
            place.symlink_to(elsewhere)
        case _:
            written_by(file, trap)
    assert kept_library(policies) == right
    assert len(loads) == 2
    assert not (place.parent / "sprung").exists()
    assert kept_library(policies) == right


def test_every_byte_that_is_changed_is_noticed(policies: Path, place: Path, loads: list[Path]) -> None:
    right = kept_library(policies)
    (file,) = place.iterdir()
    content = file.read_bytes()
    start = len(cache.HEADER)
    places = [0, start, start + 40, *range(100, len(content), len(content) // 5), len(content) - 1]
    for number, at in enumerate(places, 2):
        file.write_bytes(content[:at] + bytes([content[at] ^ 0x10]) + content[at + 1 :])
        assert kept_library(policies) == right
        assert len(loads) == number, f"byte {at} was not noticed"


def test_files_that_change_places_are_noticed(policies: Path, place: Path) -> None:
    def made(name: str) -> tuple[str, bool]:
        asked: list[str] = []
        return kept(policies).made((name,), lambda: asked.append(name) or name), bool(asked)

    assert [made("first"), made("second")] == [("first", True), ("second", True)]
    library, *others = sorted(place.iterdir(), key=lambda path: -path.stat().st_size)
    first, second = (path.read_bytes() for path in others)
    others[0].write_bytes(second)
    others[1].write_bytes(first)
    assert [made("first"), made("second")] == [("first", True), ("second", True)]
    assert [made("first"), made("second")] == [("first", False), ("second", False)]
    library.write_bytes(others[0].read_bytes())
    assert kept_library(policies).regulations


@pytest.mark.parametrize("what", [subprocess.Popen, os.system, Path, cache.Kept, exec, getattr, Library])
def test_nothing_is_made_of_a_file_but_plain_data(what: object) -> None:
    stream = BytesIO(pickle.dumps(what))
    if what is Library:
        assert cache._Unpickler(stream, None).load() is Library
    else:
        with pytest.raises(pickle.UnpicklingError):
            cache._Unpickler(stream, None).load()


def test_only_what_the_program_wrote_is_removed(
    policies: Path, place: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(cache, "MOST_KEPT", 1)
    documents = [place.parent / f"{number}.txt" for number in range(100)]
    place.mkdir(parents=True, mode=0o700)
    named_alike = [place / (f"{number:064x}" + suffix) for number in range(3) for suffix in ("", cache.SUFFIX)]
    elsewhere = tmp_path / "elsewhere"
    for path in (*documents, *named_alike, elsewhere):
        path.write_text("mine")
    link = place / ("f" * 64 + cache.SUFFIX)
    link.symlink_to(elsewhere)
    for number in range(3):
        (policies / "facts.yaml").write_text(f"{FACTS}# {number}\n", encoding="utf-8")
        kept_library(policies)
    assert all(path.read_text() == "mine" for path in (*documents, *named_alike, link))
    # Newer ones of another's are no reason to keep nothing of one's own, nor to keep all.
    assert len(list(place.iterdir())) <= len(named_alike) + 1 + 1


def test_without_a_place_to_keep_it_nothing_is_lost(
    policies: Path, tmp_path: Path, loads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    for place in ("off", str(tmp_path / "file"), str(tmp_path / "file" / "below"), "/proc/none"):
        monkeypatch.setenv("XEPLOAI_CACHE", place)
        assert kept_library(policies).regulations
    assert len(loads) == 4


def made_by(kept: Kept, switches: dict[str, str] | None = None) -> tuple[Results, list[tuple[object, ...]]]:
    """The results for some cases, and the names of what was made anew for them."""
    anew: list[tuple[object, ...]] = []

    def made(name: tuple[object, ...], make: Callable[[], Any]) -> Any:
        def counted() -> Any:
            anew.append(name)
            return make()

        return kept.made(name, counted)

    return evaluate(kept.library, CASES, switches=switches, made=made, verify=True), anew


def test_rules_made_ready_are_taken_from_the_run_before(place: Path) -> None:
    right = evaluate(load_library(POLICIES), CASES)
    first, anew = made_by(kept(POLICIES))
    assert len(anew) == len(set(anew)) > 1
    second, again = made_by(kept(POLICIES))
    assert not again
    assert first == second == right
    # Another reading is another thing; and no case is ever kept.
    switches = {"quota_base": "good_or_above"}
    otherwise, more = made_by(kept(POLICIES), switches)
    assert len(more) == len(anew)
    assert otherwise == evaluate(load_library(POLICIES), CASES, switches=switches)
    for case in right.decisions:
        assert not any(case.case_id.encode() in file.read_bytes() for file in place.iterdir())


def test_what_was_made_of_other_files_is_not_taken(policies: Path, place: Path) -> None:
    def made() -> str:
        return kept(policies).made(("name",), lambda: f"made {len(asked)}")

    asked: list[int] = []
    assert made() == "made 0"
    asked.append(1)
    assert made() == "made 0"
    (policies / "facts.yaml").write_text(f"{FACTS}# again\n", encoding="utf-8")
    assert made() == "made 1"


def test_what_was_made_rests_on_the_library_at_hand(policies: Path, place: Path) -> None:
    for _ in range(2):
        one = kept(policies)
        rule = one.library.regulations["mau-2025"].triggers[0]
        assert one.made(("rule",), lambda rule=rule: [rule])[0] is rule
    (file,) = (file for file in place.iterdir() if file.stat().st_size < 1_000)
    file.write_bytes(file.read_bytes()[:-1])
    assert kept(policies).made(("rule",), lambda: [None]) == [None]


def test_files_that_change_while_they_are_read_are_not_kept(
    policies: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(folder: Path) -> Library:
        library = load_library(folder)
        (folder / "facts.yaml").write_text(FACTS + "\n", encoding="utf-8")
        return library

    monkeypatch.setattr(cache, "load_library", meanwhile)
    kept_library(policies)
    assert not place.exists()


def test_no_more_than_a_few_are_kept(policies: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_KEPT", 2)
    for number in range(4):
        (policies / "facts.yaml").write_text(f"{FACTS}# {number}\n", encoding="utf-8")
        kept_library(policies)
    assert len(list(place.iterdir())) == 2


def test_runs_at_the_same_time_do_not_disturb_each_other(policies: Path, place: Path) -> None:
    code = (
        "import sys, pathlib; from engine.versions.opening import kept_library;"
        " print(kept_library(pathlib.Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", code, str(policies)]
    runs = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONHASHSEED": "0"})
        for _ in range(4)
    ]
    said = {run.communicate(timeout=120)[0] for run in runs}
    assert len(said) == 1
    assert b"Library(" in said.pop()
    (kept,) = place.iterdir()
    assert not kept.name.startswith(".")
