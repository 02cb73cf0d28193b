"""The policies that are served: read again when their folder changes, whole or not at all."""

import time
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec
import pytest
from support import ROOT
from support.git import git
from support.policies import REGULATION, copy_policies
from support.servers import serving

from engine.base.diagnostics import Problems
from engine.serve import policies as module
from engine.serve.policies import Policies
from engine.serve.studio.rule_drafts import Draft, DraftFile
from engine.serve.studio.rule_saves import take_back_unfinished
from engine.serve.unfinished import forget, note

CASE = (ROOT / "policies" / "qd-124-2023" / "cases" / "07-leader-one-task-short.json").read_text("utf-8")
GRADES = Path(REGULATION, "grades", "individual.yaml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy_policies(tmp_path / "policies", REGULATION)
    return tmp_path / "policies"


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    at = text.index("id: excellent_exceeded_percent")
    assert old in text[at:]
    file.write_text(text[:at] + text[at:].replace(old, new, 1), "utf-8")


def test_a_folder_that_does_not_load_changes_nothing_that_is_served(folder: Path) -> None:
    policies = Policies(folder)
    first = policies.served
    assert policies.look() is first
    edit(folder / GRADES, "value: 50", "value: [")
    assert policies.look() is first
    assert {problem.location.file for problem in policies.problems} == {str(folder / GRADES)}
    edit(folder / GRADES, "value: [", "value: 40")
    later = policies.look()
    assert later.hash != first.hash
    assert later.library is not first.library
    assert policies.problems == ()


def test_a_save_under_way_is_not_served_until_it_is_done(folder: Path) -> None:
    policies = Policies(folder)
    first = policies.served
    note(folder, b"{}")
    edit(folder / GRADES, "value: 50", "value: 45")
    assert policies.look() is first
    forget(folder)
    assert policies.look().hash != first.hash


def test_a_save_whose_process_ended_is_taken_back_before_it_is_served(folder: Path) -> None:
    """Without a new start as well: another server on the folder may have been the one that ended."""
    policies = Policies(folder, take_back_unfinished)
    before, name = (folder / GRADES).read_text("utf-8"), GRADES.as_posix()
    for begin_anew in (False, True):
        edit(folder / GRADES, "value: 50", "value: [")
        written = DraftFile(before, (folder / GRADES).read_text("utf-8"))
        note(folder, msgspec.json.encode(Draft({name: written, "x.yaml": DraftFile(None, "a: 1\n")})))
        if begin_anew:
            policies = Policies(folder, take_back_unfinished)
        else:
            policies.look()
        assert policies.problems == ()
        assert (folder / GRADES).read_text("utf-8") == before


def test_a_comment_is_a_new_version_of_the_same_meaning(folder: Path) -> None:
    policies = Policies(folder)
    first = policies.served
    with (folder / GRADES).open("a", encoding="utf-8") as file:
        file.write("# a remark\n")
    later = policies.look()
    assert later is not first
    assert later.hash == first.hash
    assert later.files[GRADES.as_posix()].endswith(b"# a remark\n")


def test_a_folder_that_changes_while_it_is_read_is_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policies = Policies(folder)
    load, reads = module._load, []

    def load_and_edit(place: Path) -> module.Served:
        loaded = load(place)
        if not reads:
            edit(folder / GRADES, "value: 40", "value: 45")
        reads.append(loaded)
        return loaded

    monkeypatch.setattr(module, "_load", load_and_edit)
    edit(folder / GRADES, "value: 50", "value: 40")
    served = policies.look()
    assert len(reads) == 2
    assert served is reads[1]
    assert b"value: 45" in served.files[GRADES.as_posix()]


def test_a_commit_is_noticed(folder: Path) -> None:
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "policies"]):
        git(folder, *words)
    policies = Policies(folder)
    first = policies.served.run
    assert (first.policy_commit is not None, first.policy_clean) == (True, True)
    edit(folder / GRADES, "value: 50", "value: 40")
    assert policies.look().run.policy_clean is False
    git(folder, "commit", "-q", "-a", "-m", "forty")
    second = policies.look().run
    assert second.policy_clean is True
    assert second.policy_commit != first.policy_commit


def test_no_folder_is_no_server(tmp_path: Path) -> None:
    with pytest.raises(Problems):
        Policies(tmp_path)


def test_cases_are_judged_as_before_while_the_folder_is_broken(folder: Path) -> None:
    with serving(folder) as server, server.client() as client:

        def asked() -> httpx.Response:
            return client.post("/api/v1/evaluate?catalogues=false", content=CASE)

        first = asked()
        edit(folder / GRADES, "value: 50", "value: [")
        wait_until(lambda: not client.get("/readyz").json()["current"])
        assert asked().content == first.content
        edit(folder / GRADES, "value: [", "value: 40")
        wait_until(lambda: client.get("/readyz").json()["current"])
        later = asked()
        assert later.headers["policies-version"] != first.headers["policies-version"]
        assert later.json()["policies"] == later.headers["policies-version"]
        assert later.json()["cases"][0]["grading"]["grade"] == "excellent"


def wait_until(true: Callable[[], bool]) -> None:
    for _ in range(100):
        if true():
            return
        time.sleep(0.2)
    raise AssertionError("it never came to be")
