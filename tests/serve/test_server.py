"""The server as a process: where it may write nothing, it answers all the same, and says what it cannot do."""

import subprocess
from collections.abc import Iterator

import pytest
from support.servers import Server, serving
from support.workspaces import STARTER

from engine.serve.studio.case_store import etag_of

CASE = next((STARTER / "mau-2025" / "cases").glob("*.json")).read_text("utf-8")
READ_ONLY = """
set -e
for place in /tmp /var/tmp "$PWD"; do
  mount --bind "$place" "$place"
  mount -o remount,bind,ro "$place"
done
mount -o remount,bind,ro /
cd "$PWD"
exec "$@"
"""
WITHIN = ("unshare", "--mount", "--map-root-user", "sh", "-c", READ_ONLY, "sh")
"""In a namespace of its own in which nothing on the disk can be written."""


def permitted() -> bool:
    try:
        return subprocess.run([*WITHIN, "true"], capture_output=True, timeout=60).returncode == 0
    except OSError:
        return False


pytestmark = pytest.mark.skipif(not permitted(), reason="no namespace can be made here in which nothing can be written")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(STARTER, "--cases", str(tmp_path_factory.mktemp("cases")), within=WITHIN) as running:
        yield running


def test_cases_are_judged_and_pages_shown(server: Server) -> None:
    with server.client() as client:
        assert client.post("/api/v1/evaluate", content=CASE).status_code == 200
        assert client.get("/readyz").json()["current"]
        for page in ("/", "/cases", "/groups", "/regulations", "/rules", "/rules/of/mau-2025", "/rules/draft"):
            assert client.get(page).status_code == 200, page


def test_what_would_be_saved_is_refused_with_the_reason(server: Server) -> None:
    text = (STARTER / "facts.yaml").read_text("utf-8")
    saves = {
        "/rules/file": {"name": "facts.yaml", "text": f"{text}# x\n", "seen": etag_of(text)},
        "/rules/draft/discard": {},
        "/cases/HS-1/save": {"text": CASE, "etag": ""},
    }
    with server.client() as client:
        for address, form in saves.items():
            answer = client.post(address, data=form, headers={"Accept": "text/html"})
            assert answer.status_code == 507, address
            assert "Chưa lưu được" in answer.text
            assert "không được phép ghi vào đây" in answer.text


def test_what_needs_a_temporary_file_is_refused_with_the_reason(server: Server) -> None:
    large = b"\n".join([CASE.replace("\n", " ").encode()] * 2_000)
    with server.client() as client:
        for answer in (
            client.post("/api/v1/check", json={"files": {}}),
            client.post("/upload", files={"files": ("a.ndjson", large)}, headers={"Accept": "text/html"}),
            client.get("/rules/draft/part/mistakes", headers={"Accept": "text/html"}),
        ):
            assert answer.status_code == 507
            assert "Máy chủ không ghi được tệp tạm" in answer.text
