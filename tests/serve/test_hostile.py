"""Bad input, and people who mean harm: each gets a clear answer with the right status, and the server goes on."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from support import ROOT
from support.servers import Server, serving

CASE = (ROOT / "policies" / "qd-124-2023" / "cases" / "07-leader-one-task-short.json").read_text("utf-8")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LIMITS = ("silence=2", "cases=50", "body=200000", "upload=400000", "seconds=20", "connections=60", "memory=1500000000")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(ROOT / "policies", *(f"--limit={limit}" for limit in LIMITS), workers=2) as running:
        yield running
        assert running.process.poll() is None, "the server ended"


@pytest.fixture(autouse=True)
def _goes_on(server: Server) -> Iterator[None]:
    """After each attack somebody else is answered as ever."""
    yield
    with server.client() as client:
        assert client.post("/api/v1/evaluate?catalogues=false", content=CASE).json()["cases"][0]["grading"]["settled"]


@contextlib.contextmanager
def connected(server: Server) -> Iterator[socket.socket]:
    parts = urlsplit(server.base)
    with socket.create_connection((parts.hostname, parts.port), timeout=15) as stream:
        yield stream


def sent(server: Server, raw: bytes) -> bytes:
    """What the server answers to these bytes, until it closes the connection."""
    answer = b""
    with connected(server) as stream, contextlib.suppress(ConnectionError):
        stream.sendall(raw)
        while piece := stream.recv(65536):
            answer += piece
    return answer


def head(server: Server, length: str, more: str = "") -> bytes:
    host = urlsplit(server.base).netloc
    return (
        f"POST /api/v1/evaluate HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {server.token}\r\n"
        f"{length}\r\n{more}Connection: close\r\n\r\n"
    ).encode()


# --- sizes --------------------------------------------------------------------------------------------------------


def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(server: Server) -> None:
    answer = sent(server, head(server, "Content-Length: 2147483648"))
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"urn:xeploai:problem:too_large" in answer


def test_a_body_that_does_not_say_so_is_refused_when_it_is(server: Server) -> None:
    with server.client() as client:
        answer = client.post("/api/v1/evaluate", content=(b"x" * 10_000 for _ in range(50)))
    assert answer.status_code == 413


def test_too_many_cases_are_refused(server: Server) -> None:
    with server.client() as client:
        listed = client.post("/api/v1/evaluate/list", content="[" + ",".join(["{}"] * 51) + "]")
        assert (listed.status_code, listed.json()["type"]) == (413, "urn:xeploai:problem:too_many_cases")
        lines = client.post("/api/v1/evaluate/lines", content="{}\n" * 60)
        assert json.loads(lines.text.splitlines()[-1])["type"] == "urn:xeploai:problem:too_many_cases"
        rows = "\n".join(["case_id,period,as_of,subject.kind", *(["T-1,2024,2024-12-31,leader"] * 60)])
        table = client.post("/api/v1/evaluate/table", content=rows, headers={"Content-Type": "text/csv"})
        assert table.status_code == 413


def test_too_many_cases_of_a_file_that_a_person_sends_are_refused(server: Server) -> None:
    """A worker takes milliseconds to say what is wrong with a case, and a few kilobytes hold ten thousand."""
    with server.browser() as client:
        sent = client.post("/upload", files={"files": ("a.ndjson", b"{}\n" * 60)})
    assert sent.status_code == 413
    assert "nhiều nhất 50 hồ sơ" in sent.text


# --- lengths that lie, and silence --------------------------------------------------------------------------------


def test_a_body_shorter_than_its_length_is_given_up(server: Server) -> None:
    began = time.monotonic()
    answer = sent(server, head(server, "Content-Length: 1000") + b'{"case_id"')
    assert answer.startswith(b"HTTP/1.1 408")
    assert time.monotonic() - began < 10


def test_a_body_longer_than_its_length_is_no_second_request(server: Server) -> None:
    smuggled = f"GET /api/v1/regulations HTTP/1.1\r\nHost: {urlsplit(server.base).netloc}\r\n\r\n".encode()
    answer = sent(server, head(server, "Content-Length: 2") + b"{}" + smuggled)
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize(
    "lengths",
    ["Content-Length: 2\r\nContent-Length: 3", "Content-Length: 2\r\nTransfer-Encoding: chunked", "Content-Length: -1"],
)
def test_lengths_that_contradict_themselves_are_refused(server: Server, lengths: str) -> None:
    assert sent(server, head(server, lengths) + b"0\r\n\r\n").startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize("raw", [b"", b"POST /api/v1/evaluate HTTP/1.1\r\nHost: x\r\n", b"\x16\x03\x01\x02\x00"])
def test_a_connection_that_says_nothing_whole_is_closed(server: Server, raw: bytes) -> None:
    began = time.monotonic()
    sent(server, raw)
    assert time.monotonic() - began < 8


def test_a_head_that_comes_letter_by_letter_is_closed(server: Server) -> None:
    began = time.monotonic()
    with connected(server) as stream, contextlib.suppress(ConnectionError):
        for letter in head(server, "Content-Length: 2")[:40]:
            stream.sendall(bytes([letter]))
            time.sleep(0.2)
    assert time.monotonic() - began < 7


HALF_A_FORM = (
    b"POST /sign-in HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nname="
)


@pytest.mark.parametrize("begin", [b"", HALF_A_FORM])
def test_connections_that_say_nothing_whole_shut_nobody_out(server: Server, begin: bytes) -> None:
    """There are more of them than the server holds, and more come all the time."""
    parts, over = urlsplit(server.base), threading.Event()
    began = list[socket.socket]()

    def come() -> None:
        while not over.is_set() and len(began) < 1_000:
            with contextlib.suppress(OSError):
                stream = socket.create_connection((parts.hostname, parts.port), timeout=15)
                began.append(stream)
                stream.sendall(begin.replace(b"{host}", parts.netloc.encode()))
            time.sleep(0.002)

    crowd = threading.Thread(target=come)
    crowd.start()
    try:
        while len(began) < 100:
            time.sleep(0.01)
        for _ in range(20):
            with server.client() as client:
                assert client.get("/healthz").status_code == 200
                assert client.post("/api/v1/evaluate?catalogues=false", content=CASE).status_code == 200
    finally:
        over.set()
        crowd.join()
        for stream in began:
            stream.close()


def test_an_answer_that_nobody_takes_is_given_up(server: Server) -> None:
    request = (
        f"GET /api/v1/regulations/qd-124-2023 HTTP/1.1\r\nHost: {urlsplit(server.base).netloc}\r\n"
        f"Authorization: Bearer {server.token}\r\n\r\n"
    ).encode()
    parts = urlsplit(server.base)
    with socket.socket() as stream:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stream.settimeout(15)
        stream.connect((parts.hostname, parts.port))
        with contextlib.suppress(ConnectionError):
            for _ in range(200):
                stream.sendall(request)
        time.sleep(6)
        got = 0
        with contextlib.suppress(ConnectionError):
            while piece := stream.recv(65536):
                got += len(piece)
    assert got < 100 * 80_000


# --- content ------------------------------------------------------------------------------------------------------


def bomb() -> bytes:
    """A workbook whose sheet unfolds to 80 MB, and that is small enough to be sent."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(80):
                sheet.write(b" " * 1_000_000)
    return packed.getvalue()


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9)
) + "]><workbook>&j;</workbook>"


def xml_bomb() -> bytes:
    """A workbook whose XML says a word a thousand million times."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", ENTITIES)
        archive.writestr("xl/workbook.xml", ENTITIES)
    return packed.getvalue()


def cut() -> bytes:
    return xml_bomb()[:200]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (bomb, "workbook/unfolds"),
        (xml_bomb, "workbook/damaged"),
        (cut, "workbook/damaged"),
        (lambda: b"\x89PNG", "file/picture"),
        (bytes, "workbook/not-xlsx"),
    ],
)
def test_a_workbook_that_is_none_is_told(server: Server, content: Callable[[], bytes], code: str) -> None:
    with server.client() as client:
        answer = client.post("/api/v1/evaluate/table", content=content(), headers={"Content-Type": XLSX})
    assert (answer.status_code, [problem["code"] for problem in answer.json()["diagnostics"]]) == (422, [code])


@pytest.mark.parametrize(
    ("path", "content", "code"),
    [
        ("evaluate", b"\xff\xfe", "not_utf8"),
        ("evaluate", b"[" * 100_000, "problems"),
        ("evaluate", b'{"a":' * 20_000, "problems"),
        ("evaluate/list", b"[{}", "not_a_list"),
        ("evaluate/list", b'{"cases": []}', "not_a_list"),
        ("evaluate/table", b"a,b\n", "wrong_type"),
        ("questions", b"[1]", "bad_body"),
        ("questions", b'{"case": {}, "skipped": ["none"]}', "bad_body"),
        ("check", b'{"files": [1]}', "bad_body"),
        ("impact", b'{"cases": 1}', "bad_body"),
    ],
)
def test_a_body_of_another_kind_is_told(server: Server, path: str, content: bytes, code: str) -> None:
    with server.client() as client:
        answer = client.post(f"/api/v1/{path}", content=content)
    assert 400 <= answer.status_code < 500
    assert answer.json()["type"] == f"urn:xeploai:problem:{code}"


@pytest.mark.parametrize(
    "name",
    [
        "../x.yaml", "/etc/x.yaml", "qd-124-2023/../../x.yaml", "a\\..\\x.yaml", ".git/x.yaml", "x\0.yaml", "x.py",
        "a//x.yaml", "facts.yaml/x.yaml", f"{'ắ' * 90}.yaml",
    ],
)
def test_a_policy_file_lies_in_the_policies_folder(server: Server, name: str) -> None:
    with server.client() as client:
        answer = client.post("/api/v1/check", json={"files": {name: "kind: facts\n"}})
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:xeploai:problem:bad_file_name")


def test_a_case_id_that_is_a_path_touches_no_file(server: Server) -> None:
    case = {**json.loads(CASE), "case_id": "../../etc/passwd"}
    with server.client() as client:
        record = client.post("/api/v1/evaluate?catalogues=false", json=case).json()["cases"][0]
    assert record["case_id"] == "../../etc/passwd"


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "%00", "x" * 5000, "<script>"])
def test_the_name_of_a_regulation_is_looked_up_and_nothing_else(server: Server, name: str) -> None:
    with server.client() as client:
        answer = client.get(f"/api/v1/regulations/{name}", headers={"Accept": "text/html"})
    assert answer.status_code in (400, 404)
    assert "<script>" not in answer.text


def test_yaml_that_unfolds_without_end_is_told(server: Server) -> None:
    letters = "abcdefghijklmnopqrstu"
    pairs = zip(letters[1:], letters, strict=False)
    text = "a: &a [x,x]\n" + "".join(f"{letter}: &{letter} [*{last},*{last}]\n" for letter, last in pairs)
    with server.client() as client:
        answer = client.post("/api/v1/check", json={"files": {"qd-124-2023/triggers.yaml": text}})
    assert answer.status_code == 200
    assert not answer.json()["passed"]


# --- workers ------------------------------------------------------------------------------------------------------


def workers_of(server: Server) -> list[int]:
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(server.process.pid)], capture_output=True, text=True, check=True
    ).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if "spawn_main" in line]


def wait_for_more(answers: list[object], count: int) -> None:
    target = len(answers) + count
    for _ in range(600):
        if len(answers) >= target:
            return
        time.sleep(0.1)
    raise AssertionError("no more answers came")


def test_a_worker_that_is_killed_costs_no_request_and_no_right_answer(server: Server) -> None:
    """Workers die all the time while cases come: every request is answered, and as ever."""
    answers: list[object] = []
    ended = threading.Event()

    def ask() -> None:
        with server.client() as client:
            while not ended.is_set():
                answer = client.post("/api/v1/evaluate?catalogues=false", content=CASE)
                answers.append(answer.json()["cases"][0]["check"] if answer.status_code == 200 else answer.text)

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    try:
        for _ in range(2):
            wait_for_more(answers, 6)
            for process in workers_of(server):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        wait_for_more(answers, 6)
    finally:
        ended.set()
        for asker in askers:
            asker.join()
    assert len(set(answers)) == 1, set(answers)
    with server.client() as client:
        told = client.get("/metrics").text
    assert float(told.split("\nxeploai_workers_died_total ")[1].split()[0]) >= 2


def test_no_token_is_in_a_log_or_a_page(server: Server) -> None:
    with server.browser() as browser:
        pages = [browser.get(path) for path in ("/", "/none", "/metrics", "/enter?token=x")]
    assert not any(server.token in page.text + str(page.headers) for page in pages)
