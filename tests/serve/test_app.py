"""The door: who comes in, and what everybody is answered."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import httpx
import pytest
from support import ROOT
from support.servers import Server, serving

from engine.serve.settings import Limits, Settings


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(ROOT / "policies") as running:
        yield running


def test_nobody_comes_in_without_the_token(server: Server) -> None:
    for answer in (httpx.get(server.base), httpx.get(f"{server.base}/enter?token=x")):
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:xeploai:problem:sign_in"


def test_the_printed_address_puts_a_cookie_in_the_place_of_the_token(server: Server) -> None:
    answer = httpx.get(f"{server.base}/enter", params={"token": server.token})
    cookie = answer.headers["set-cookie"]
    assert answer.headers["location"] == "/"
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert server.token not in cookie
    with server.browser() as browser:
        assert browser.get("/").status_code == 200
        browser.post("/sign-out")
        assert browser.get("/").status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", ""])
def test_another_name_gets_nothing(server: Server, host: str) -> None:
    with server.client() as client:
        assert client.get("/readyz", headers={"Host": host}).status_code in (400, 421)


def test_a_browser_is_told_on_a_page_what_a_program_is_told_as_json(server: Server) -> None:
    headers = {"Host": "evil.example", "Accept": "text/html,*/*"}
    page = httpx.get(f"{server.base}/", headers=headers)
    assert (page.status_code, page.headers["content-type"]) == (421, "text/html; charset=utf-8")
    assert "Máy chủ này không phục vụ tên miền ấy" in page.text
    program = httpx.get(f"{server.base}/api/v1/facts", headers=headers)
    assert (program.status_code, program.headers["content-type"]) == (421, "application/problem+json")


def test_a_port_that_browsers_leave_out_may_be_left_out() -> None:
    assert "localhost" in Settings(Path("p"), port=80).hosts
    assert "localhost" in Settings(Path("p"), port=443, certificate=Path("c")).hosts
    assert "localhost" not in Settings(Path("p"), port=443).hosts


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}]
)
def test_another_site_sends_nothing(server: Server, headers: dict[str, str]) -> None:
    with server.browser() as browser:
        assert browser.post("/sign-out", headers=headers).status_code == 403
        assert browser.get("/").status_code == 200


def test_every_answer_has_the_headers_that_shut_out_other_sites(server: Server) -> None:
    with server.client() as client:
        for answer in (client.get("/"), client.get("/none"), client.get("/readyz", headers={"Host": "x"})):
            assert "default-src 'self'" in answer.headers["content-security-policy"]
            assert "unsafe" not in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-store"
            assert "server" not in answer.headers


def test_the_page_of_the_api_needs_nothing_from_elsewhere(server: Server) -> None:
    page = httpx.get(f"{server.base}/api/v1/docs?lang=en")
    document = httpx.get(f"{server.base}/api/v1/openapi.json").json()
    for path in document["paths"]:
        assert f" {path}</h2>" in page.text
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert "<script" not in page.text


def test_the_paper_names_every_limit_with_its_usual_value() -> None:
    told = (ROOT / "docs" / "service.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| `(\w+)` \| ([0-9]+) \|", told, re.M))
    assert listed == {name: f"{value:.0f}" for name, value in asdict(Limits()).items()}
