"""What a reader may do in the studio, and what is said if something cannot be done. No browser, and no worker."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from support import ROOT

from engine.serve.access import cookie_name
from engine.serve.app import create_app
from engine.serve.person import Person
from engine.serve.settings import Settings
from engine.serve.studio import case_store, shell
from engine.serve.studio.case_store import CaseStore


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> CaseStore:
    return CaseStore(tmp_path_factory.mktemp("roles") / "cases")


@pytest.fixture(scope="module")
def settings(cases: CaseStore) -> Settings:
    return Settings(ROOT / "policies", cases.folder, token="a-token")


@dataclass(frozen=True)
class Client:
    """A browser of somebody who is signed in, that calls the application in this process."""

    app: Any
    base: str
    cookies: dict[str, str]

    def get(self, address: str) -> httpx.Response:
        return asyncio.run(self._send("GET", address))

    def post(self, address: str, **content: Any) -> httpx.Response:
        return asyncio.run(self._send("POST", address, **content))

    async def _send(self, method: str, address: str, **content: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        options: Any = {"base_url": self.base, "cookies": self.cookies, "headers": {"Accept": "text/html"}}
        async with httpx.AsyncClient(transport=transport, **options) as client:
            return await client.request(method, address, **content)


def signed_in(settings: Settings, role: str) -> Client:
    app = create_app(settings)
    secret = app.state.sessions.begin(Person("An", role))  # type: ignore[arg-type]
    return Client(app, f"http://127.0.0.1:{settings.port}", {cookie_name(settings): secret})


@pytest.fixture(scope="module")
def reader(settings: Settings) -> Iterator[Client]:
    yield signed_in(settings, "reader")


def test_a_reader_reads_and_changes_nothing(reader: Client, cases: CaseStore) -> None:
    shown = reader.get("/cases")
    assert shown.status_code == 200
    assert "Chưa có hồ sơ nào" in shown.text
    assert "Lập hồ sơ mới" not in shown.text
    saved = cases.save("x", "{}", None, "")
    for address in ("/new-case", "/upload", "/cases/x/interview", "/cases/x/subject"):
        assert reader.get(address).status_code == 403
    forms: dict[str, dict[str, str]] = {"save": {"text": "[]"}, "restore": {"number": "1"}, "subject": {"name": "B"}}
    for action, form in {**forms, "remove": {}, "interview": {}}.items():
        answer = reader.post(f"/cases/x/{action}", data={"etag": saved.etag, **form})
        assert answer.status_code == 403
        assert "<h1>" in answer.text
    assert reader.post("/upload", files={"files": ("x.json", b"{}")}).status_code == 403
    assert cases.read("x") == saved
    assert [state.text for state in cases.states("x")] == ["{}"]


def test_a_server_without_a_folder_says_so(settings: Settings) -> None:
    client = signed_in(Settings(settings.policies, None, token="a-token"), "editor")
    for address in ("/cases", "/groups", "/upload"):
        answer = client.get(address)
        assert answer.status_code == 404
        assert "Chưa có thư mục hồ sơ" in answer.text
    assert client.get("/").status_code == 200


def test_a_text_that_is_no_json_is_not_saved(settings: Settings, cases: CaseStore) -> None:
    client = signed_in(settings, "recorder")
    answer = client.post("/cases/new/save", data={"text": "{", "etag": ""})
    assert answer.status_code == 422
    assert "new" not in cases.names()


def test_a_full_disk_is_told_and_the_case_stays(
    settings: Settings, cases: CaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: CaseStore, name: str, text: str, expected: str | None, person: str) -> None:
        raise case_store.unwritable(Path("x.json"), OSError(28, "No space left on device"))

    monkeypatch.setattr(shell.CaseStore, "save", full)
    answer = signed_in(settings, "recorder").post("/cases/full/save", data={"text": "{}", "etag": ""})
    assert answer.status_code == 507
    assert "Chưa lưu được" in answer.text


@pytest.mark.parametrize(("language", "title"), [("vi", "Trang đầu"), ("en", "Start")])
def test_pages_are_in_the_language_of_the_server(settings: Settings, language: str, title: str) -> None:
    client = signed_in(Settings(settings.policies, settings.cases, language, token="a-token"), "reader")
    assert f'<html lang="{language}">' in client.get("/").text
    assert f"<title>{title} –" in client.get("/").text
