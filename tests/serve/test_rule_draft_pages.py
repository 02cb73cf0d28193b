"""The pages of drafts, asked by two persons or two windows at once, of two servers on one folder."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from support.git import git
from support.servers import Server, serving
from support.workspaces import copied

from engine.serve.accounts import Accounts, with_key, write_accounts
from engine.serve.studio.case_store import CaseStore, etag_of
from engine.serve.studio.rule_drafts import DraftStore

FILES = ("facts.yaml", "mau-2025/grades.yaml")
PEOPLE = ("A", "B")
ROUNDS = 6


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    office = tmp_path_factory.mktemp("office")
    (office / "policies").mkdir()
    copied(office / "policies")
    git(office / "policies", "init", "-q", "-b", "main")
    git(office / "policies", "add", ".")
    git(office / "policies", "commit", "-q", "-m", "first")
    return office


@pytest.fixture(scope="module")
def keys(office: Path) -> dict[str, str]:
    accounts, keys = Accounts(), {}
    for name in PEOPLE:
        accounts, keys[name] = with_key(accounts, name, "editor", None)
    write_accounts(office / "users.json", accounts)
    return keys


@pytest.fixture(scope="module")
def servers(office: Path, keys: dict[str, str]) -> Iterator[list[Server]]:
    options = ("--cases", str(office / "cases"), "--users", str(office / "users.json"))
    with serving(office / "policies", *options) as first, serving(office / "policies", *options) as second:
        yield [first, second]


def client(server: Server, key: str) -> httpx.Client:
    return httpx.Client(base_url=server.base, headers={"Authorization": f"Bearer {key}"}, timeout=60)


def edit(here: httpx.Client, folder: Path, name: str, line: str) -> str:
    """Puts a further line into a file of the draft, and returns the text."""
    text = (folder / name).read_text("utf-8")
    answer = here.post("/rules/file", data={"name": name, "text": f"{text}# {line}\n", "seen": etag_of(text)})
    assert answer.status_code == 303, answer.text
    return f"{text}# {line}\n"


def test_two_persons_who_save_rules_at_once_both_do(office: Path, servers: list[Server], keys: dict[str, str]) -> None:
    folder = office / "policies"

    def save_often(server: Server, person: str, name: str) -> str:
        text = ""
        with client(server, keys[person]) as here:
            for number in range(ROUNDS):
                text = edit(here, folder, name, f"{person} {number}")
                saved = here.post("/rules/draft/save", data={"message": f"{person} {number}"})
                assert saved.status_code == 200, saved.text
                assert (folder / name).read_text("utf-8") == text
        return text

    with ThreadPoolExecutor() as pool:
        texts = list(pool.map(save_often, servers, PEOPLE, FILES))
    assert [(folder / name).read_text("utf-8") for name in FILES] == texts
    authors = git(folder, "log", "--format=%an", "main").splitlines()
    assert [authors.count(person) for person in PEOPLE] == [ROUNDS, ROUNDS]
    assert git(folder, "status", "--porcelain") == ""


def test_one_person_at_both_loses_no_change_of_the_draft(
    office: Path, servers: list[Server], keys: dict[str, str]
) -> None:
    folder = office / "policies"
    with client(servers[0], keys["A"]) as first, client(servers[1], keys["A"]) as second:
        for number in range(ROUNDS):
            lines = (f"x {number}", f"y {number}")
            with ThreadPoolExecutor() as pool:
                list(pool.map(edit, (first, second), (folder, folder), FILES, lines))
            drafted = DraftStore(folder).of("A").files
            assert sorted(drafted) == sorted(FILES)
            first.post("/rules/draft/discard")


def test_one_case_at_both_is_a_conflict_and_loses_nothing(
    office: Path, servers: list[Server], keys: dict[str, str]
) -> None:
    store, seen, said = CaseStore(office / "cases"), "", list[str]()

    def save(server: Server, person: str, text: str) -> int:
        with client(server, keys[person]) as here:
            return here.post("/cases/HS-1/save", data={"text": text, "etag": seen}).status_code

    for number in range(ROUNDS):
        texts = [f'{{"state": "{person} {number}"}}\n' for person in PEOPLE]
        with ThreadPoolExecutor() as pool:
            answers = list(pool.map(save, servers, PEOPLE, texts))
        assert sorted(answers) == [303, 409]
        said.append(texts[answers.index(303)])
        seen = store.read("HS-1").etag
    assert [state.text for state in reversed(store.states("HS-1"))] == said
