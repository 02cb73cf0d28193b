"""The folder of cases: whole saves, conflicts, earlier states, and names that lead nowhere else."""

import os
import threading
from pathlib import Path

import pytest

from engine.base.writing import Unwritable
from engine.serve.studio import case_store
from engine.serve.studio.case_store import HISTORY, CaseStore, Conflict, NameRefused, NoSuchCase, check_name, etag_of


@pytest.fixture
def store(tmp_path: Path) -> CaseStore:
    return CaseStore(tmp_path / "cases")


def test_a_case_is_saved_and_read_as_it_is(store: CaseStore) -> None:
    saved = store.save("Hồ sơ số 1", '{"a": "ệ"}\n', None, "An")
    assert store.names() == ["Hồ sơ số 1"]
    assert store.read("Hồ sơ số 1") == saved
    assert (store.folder / "Hồ sơ số 1.json").read_text("utf-8") == '{"a": "ệ"}\n'
    assert (store.folder / "Hồ sơ số 1.json").stat().st_mode & 0o077 == 0


def test_a_save_replaces_only_the_state_that_was_seen(store: CaseStore) -> None:
    first = store.save("x", "1", None, "An")
    second = store.save("x", "2", first.etag, "Bình")
    with pytest.raises(Conflict) as conflict:
        store.save("x", "3", first.etag, "An")
    assert conflict.value.current == second
    with pytest.raises(Conflict):
        store.save("x", "3", None, "An")
    with pytest.raises(Conflict) as missing:
        store.save("y", "3", first.etag, "An")
    assert missing.value.current is None
    assert store.read("x").text == "2"


def test_every_state_can_be_brought_back(store: CaseStore) -> None:
    etag = None
    for text in ("1", "2", "3"):
        etag = store.save("x", text, etag, "An").etag
    assert [(state.text, state.saved_by) for state in store.states("x")] == [("3", "An"), ("2", "An"), ("1", "An")]
    store.save("x", store.state("x", 1).text or "", etag, "Bình")
    assert store.read("x").text == "1"
    assert [state.text for state in store.states("x")] == ["1", "3", "2", "1"]
    with pytest.raises(NoSuchCase):
        store.state("x", 9)


def test_a_removed_case_is_kept_and_comes_back(store: CaseStore) -> None:
    first = store.save("x", "1", None, "An")
    with pytest.raises(Conflict):
        store.remove("x", etag_of("other"), "An")
    store.remove("x", first.etag, "Bình")
    assert (store.names(), store.removed()) == ([], ["x"])
    with pytest.raises(NoSuchCase):
        store.read("x")
    latest, before = store.states("x")
    assert (latest.text, latest.saved_by, before.text) == (None, "Bình", "1")
    store.save("x", "1", None, "An")
    assert (store.names(), store.removed()) == (["x"], [])


def test_what_another_program_wrote_is_kept_before_it_is_replaced(store: CaseStore) -> None:
    store.folder.mkdir()
    (store.folder / "x.json").write_text("from outside")
    store.save("x", "1", store.read("x").etag, "An")
    (store.folder / "x.json").write_text("again")
    store.save("x", "2", store.read("x").etag, "An")
    assert [(state.text, state.saved_by) for state in store.states("x")] == [
        ("2", "An"), ("again", None), ("1", "An"), ("from outside", None),
    ]  # fmt: skip


def test_saving_the_same_again_makes_no_state(store: CaseStore) -> None:
    first = store.save("x", "1", None, "An")
    assert store.save("x", "1", first.etag, "Bình") == first
    assert len(store.states("x")) == 1


@pytest.mark.parametrize(
    "name",
    ["../x", "a/b", "a\\b", "", " ", ".x", "..", "x.", "x ", "a\0b", "a\nb", "a\u202eb", "CON", "nul.txt", "a:b", "a?",
     "ộ" * 100, "~$x", "\ud800"],
)  # fmt: skip
def test_a_name_that_is_no_plain_file_is_refused(store: CaseStore, name: str) -> None:
    for ask in (store.read, store.states, store.note, lambda name: store.save(name, "1", None, "An")):
        with pytest.raises(NameRefused):
            ask(name)
    assert not store.folder.exists() or os.listdir(store.folder) == []


def test_a_name_is_the_same_in_either_form_of_unicode(store: CaseStore) -> None:
    assert check_name("ho\u0302\u0300 so\u031b") == "hồ sơ"


def test_links_and_pipes_are_no_cases(store: CaseStore, tmp_path: Path) -> None:
    store.folder.mkdir()
    (tmp_path / "secret").write_text("secret")
    (store.folder / "x.json").symlink_to(tmp_path / "secret")
    os.mkfifo(store.folder / "y.json")
    assert (store.names(), store.others()) == ([], ["x.json", "y.json"])
    for name in ("x", "y"):
        with pytest.raises(NoSuchCase):
            store.read(name)
    with pytest.raises(NameRefused):
        store.save("x", "1", None, "An")
    assert (tmp_path / "secret").read_text() == "secret"


def test_a_history_that_is_a_link_is_not_followed(store: CaseStore, tmp_path: Path) -> None:
    store.folder.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (store.folder / HISTORY).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NameRefused):
        store.save("x", "1", None, "An")
    assert os.listdir(tmp_path / "elsewhere") == []


def test_of_two_who_save_at_once_one_is_told_of_the_other(store: CaseStore) -> None:
    etag = store.save("x", "0", None, "").etag
    outcomes: list[str] = []

    def save(text: str) -> None:
        try:
            outcomes.append(store.save("x", text, etag, text).text)
        except Conflict:
            outcomes.append("conflict")

    people = [threading.Thread(target=save, args=(str(number),)) for number in range(1, 9)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(outcomes)[-7:] == ["conflict"] * 7
    assert store.read("x").text in outcomes
    assert [state.text for state in store.states("x")] == [store.read("x").text, "0"]


def test_a_full_disk_leaves_the_case_as_it_was(store: CaseStore, monkeypatch: pytest.MonkeyPatch) -> None:
    first = store.save("x", "1", None, "An")
    write = case_store.CaseStore._write

    def full(self: CaseStore, path: Path, content: bytes) -> None:
        if path.parent == self.folder:
            raise case_store.unwritable(path, OSError(28, "No space left on device"))
        write(self, path, content)

    with monkeypatch.context() as patch:
        patch.setattr(case_store.CaseStore, "_write", full)
        with pytest.raises(Unwritable):
            store.save("x", "2", first.etag, "An")
    assert store.read("x") == first
    assert store.save("x", "3", first.etag, "An").text == "3"


def test_a_note_is_kept_beside_a_case(store: CaseStore) -> None:
    store.save("x", "1", None, "An")
    assert store.note("x") == b""
    store.keep_note("x", b"asked")
    assert (store.note("x"), store.names()) == (b"asked", ["x"])
