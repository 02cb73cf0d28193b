"""Accounts: who signs in, with which role, how often one may fail, and when it ends."""

import json
import re
import ssl
import stat
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from click.testing import CliRunner, Result
from support import ROOT
from support.command import run
from support.servers import Server, serving

from engine.cli import cli
from engine.serve.accounts import (
    Account,
    AccountBook,
    Accounts,
    SharedName,
    read_accounts,
    with_key,
    without,
    write_accounts,
)
from engine.serve.attempts import Attempts
from engine.serve.person import Person
from engine.serve.sessions import IDLE, LIFETIME, Sessions
from engine.serve.signing_in import local

PASSWORD = "một mật khẩu thật dài"


def user(file: Path, *words: str, password: str = PASSWORD) -> Result:
    """What the command does, in this process: it would take long to start so often."""
    return CliRunner().invoke(cli, ["user", *words, "--users", str(file), "--lang", "en"], input=password + "\n")


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("accounts") / "users.json"
    assert user(file, "add", "lan", "--role", "reader").exit_code == 0
    assert user(file, "add", "minh", "--role", "editor").exit_code == 0
    return file


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "audit.ndjson"


@pytest.fixture(scope="module")
def server(users: Path, audit: Path) -> Iterator[Server]:
    with serving(ROOT / "policies", "--users", str(users), "--audit", str(audit)) as running:
        yield running


def signed_in(server: Server, name: str, password: str = PASSWORD) -> httpx.Response:
    return httpx.post(f"{server.base}/sign-in", data={"name": name, "password": password})


def test_a_person_and_a_key_never_have_one_name(tmp_path: Path) -> None:
    """In the log and in what they keep they would be the same."""
    file = tmp_path / "users.json"
    assert user(file, "add", "lan", "--role", "reader").exit_code == 0
    assert user(file, "key", "may", "--role", "reader").exit_code == 0
    before = file.read_bytes()
    for words in (("key", "lan"), ("add", "may")):
        done = user(file, *words, "--role", "reader")
        assert (done.exit_code, file.read_bytes()) == (2, before)
        assert "name_taken" in done.output
    accounts, _ = with_key(read_accounts(file), "lan", "reader", None)
    write_accounts(file, accounts)
    with pytest.raises(SharedName, match="lan"):
        AccountBook(file)
    with pytest.raises(AssertionError) as refused, serving(ROOT / "policies", "--users", str(file)):
        pass
    assert f"xeploai user remove lan --users {file}" in str(refused.value)
    assert user(file, "remove", "lan").exit_code == 0
    assert sorted(AccountBook(file)._accounts.keys) == ["may"]


def test_of_a_name_that_a_person_and_a_key_have_since_neither_gets_in(tmp_path: Path) -> None:
    """And whoever was removed at the same time does not either."""
    file = tmp_path / "users.json"
    accounts, secrets = Accounts(), dict[str, str]()
    for name in ("may", "kho", "lan"):
        accounts, secrets[name] = with_key(accounts, name, "reader", None)
    write_accounts(file, accounts)
    book = AccountBook(file)
    assert all(book.with_key(secret) for secret in secrets.values())
    account = Account("editor", "$argon2id$")
    write_accounts(file, msgspec.structs.replace(without(accounts, "kho"), people={"lan": account}))
    assert [name for name, secret in secrets.items() if book.with_key(secret)] == ["may"]
    assert book.person("lan") is None


def test_the_file_holds_no_password_and_is_for_its_owner_alone(users: Path) -> None:
    held = json.loads(users.read_text("utf-8"))
    assert held["people"]["lan"]["password"].startswith("$argon2id$")
    assert PASSWORD not in users.read_text("utf-8")
    assert stat.S_IMODE(users.stat().st_mode) == 0o600


def test_accounts_are_listed_and_removed(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    user(file, "add", "lan", "--role", "reader")
    made = user(file, "key", "sync", "--role", "recorder", "--days", "30")
    assert re.fullmatch(r"xeploai_\S{43}\n", made.stdout)
    assert made.stdout.strip() not in file.read_text("utf-8")
    assert [line.split("\t")[:2] for line in user(file, "list").stdout.splitlines()] == [
        ["lan", "reader"], ["sync", "recorder"],
    ]  # fmt: skip
    assert user(file, "remove", "lan").exit_code == 0
    assert "lan" not in user(file, "list").stdout
    assert user(file, "remove", "lan").exit_code == 2


@pytest.mark.parametrize("words", [("add", "../x", "--role", "reader"), ("key", "a b", "--role", "reader")])
def test_a_name_that_is_none_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = user(tmp_path / "users.json", *words)
    assert done.exit_code == 2
    assert not (tmp_path / "users.json").exists()


def test_a_short_password_is_refused(tmp_path: Path) -> None:
    assert user(tmp_path / "users.json", "add", "lan", "--role", "reader", password="short").exit_code == 2


def test_a_browser_is_led_to_the_form_and_back(server: Server) -> None:
    led = httpx.get(f"{server.base}/cases?x=1", headers={"Accept": "text/html"})
    assert (led.status_code, led.headers["location"]) == (303, "/sign-in?next=%2Fcases%3Fx%3D1")
    form = httpx.get(f"{server.base}{led.headers['location']}")
    assert 'value="/cases?x=1"' in form.text
    assert "<script" not in form.text
    entered = httpx.post(
        f"{server.base}/sign-in", data={"name": "lan", "password": PASSWORD, "next": "/cases?x=1"}
    )
    assert (entered.status_code, entered.headers["location"]) == (303, "/cases?x=1")
    assert "HttpOnly" in entered.headers["set-cookie"]


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "x"])
def test_nobody_is_sent_to_another_site(elsewhere: str) -> None:
    assert local(elsewhere) == "/"


def test_a_reader_reads_and_does_not_edit(server: Server) -> None:
    entered = signed_in(server, "lan")
    with httpx.Client(base_url=server.base, cookies=entered.cookies) as reader:
        assert reader.get("/api/v1/regulations").status_code == 200
        assert reader.post("/rules/draft/discard").status_code == 403


def test_the_token_of_a_server_without_accounts_opens_nothing_here(server: Server) -> None:
    assert server.token == ""
    assert httpx.get(f"{server.base}/enter?token=").status_code == 401
    for key in ("x", "xeploai_x"):
        answer = httpx.get(f"{server.base}/api/v1/regulations", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 401


def test_a_program_has_the_role_of_its_key_until_it_is_removed(server: Server, users: Path) -> None:
    key = user(users, "key", "sync", "--role", "reader").stdout.strip()
    headers = {"Authorization": f"Bearer {key}"}
    assert httpx.get(f"{server.base}/api/v1/regulations", headers=headers).status_code == 200
    user(users, "remove", "sync")
    assert httpx.get(f"{server.base}/api/v1/regulations", headers=headers).status_code == 401


def test_whoever_is_removed_has_no_session_any_more(server: Server, users: Path) -> None:
    user(users, "add", "hoa", "--role", "reader")
    entered = signed_in(server, "hoa")
    with httpx.Client(base_url=server.base, cookies=entered.cookies) as client:
        assert client.get("/api/v1/regulations").status_code == 200
        user(users, "remove", "hoa")
        assert client.get("/api/v1/regulations").status_code == 401


def test_another_password_ends_the_sessions_of_the_one_before(server: Server, users: Path) -> None:
    user(users, "add", "mai", "--role", "reader")
    entered = signed_in(server, "mai")
    with httpx.Client(base_url=server.base, cookies=entered.cookies) as client:
        assert client.get("/api/v1/regulations").status_code == 200
        user(users, "add", "mai", "--role", "reader", password="một mật khẩu dài khác")
        assert client.get("/api/v1/regulations").status_code == 401


def test_a_reader_is_told_in_words_which_role_a_page_needs(server: Server) -> None:
    with httpx.Client(base_url=server.base, cookies=signed_in(server, "lan").cookies) as client:
        told = client.get("/new-case", headers={"Accept": "text/html"})
    assert told.status_code == 403
    assert "cần quyền lập hồ sơ" in told.text
    assert "recorder" not in told.text


def test_a_file_that_is_half_written_shuts_nobody_out(server: Server, users: Path) -> None:
    entered, whole = signed_in(server, "lan"), users.read_bytes()
    with httpx.Client(base_url=server.base, cookies=entered.cookies) as client:
        users.write_bytes(whole[:40])
        assert client.get("/api/v1/regulations").status_code == 200
        users.write_bytes(whole)


def test_signing_in_is_slowed_down_after_failures_and_the_log_tells_it(server: Server, audit: Path) -> None:
    """The last test of this server: the address of the test has to wait from then on."""
    assert signed_in(server, "minh").status_code == 303
    for _ in range(6):
        failed = signed_in(server, "lan", "wrong")
    assert failed.status_code in (403, 429)
    slowed = signed_in(server, "lan")
    assert slowed.status_code == 429
    assert int(slowed.headers["retry-after"]) >= 1
    assert "set-cookie" not in slowed.headers
    text = audit.read_text("utf-8")
    entries = [json.loads(line) for line in text.splitlines()]
    assert {("sign_in", "minh"), ("sign_in_failed", "lan")} <= {(entry["event"], entry["who"]) for entry in entries}
    assert PASSWORD not in text
    assert "wrong" not in text


def test_tls_by_the_server_itself(users: Path, tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    options = ("--users", str(users), "--certificate", str(certificate), "--key", str(key))
    with serving(ROOT / "policies", *options) as server:
        assert server.base.startswith("https://")
        context = ssl.create_default_context(cafile=str(certificate))
        entered = httpx.post(
            f"{server.base}/sign-in", data={"name": "lan", "password": PASSWORD}, verify=context,
            headers={"Origin": server.base},
        )  # fmt: skip
        assert entered.status_code == 303
        assert entered.headers["set-cookie"].startswith("__Host-xeploai=")
        assert "Secure" in entered.headers["set-cookie"]
        assert "max-age" in entered.headers["strict-transport-security"]


@pytest.mark.parametrize(
    "options",
    [
        ("--host", "0.0.0.0"),
        ("--users", "none.json"),
        ("--certificate", "pyproject.toml"),
        ("--certificate", "pyproject.toml", "--key", "pyproject.toml"),
        ("--limit", "none=1"),
        ("--limit", "cases=x"),
        ("--audit", "none/audit.ndjson"),
    ],
)
def test_what_cannot_be_served_is_told_before_it_is(options: tuple[str, ...]) -> None:
    done = run("serve", "--policies", "policies", "--port", "0", *options)
    assert done.returncode in (1, 2), done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


def test_waits_grow_and_end() -> None:
    clock = [0.0]
    attempts = Attempts(lambda: clock[0])
    waits = []
    for _ in range(9):
        attempts.failed("192.0.2.1", "lan")
        waits.append(attempts.wait("192.0.2.1", "lan"))
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16]
    assert attempts.wait("192.0.2.2", "lan") == 0
    clock[0] += 16
    assert attempts.wait("192.0.2.1", "lan") == 0
    for number in range(40):
        attempts.failed(f"192.0.2.{number}", "lan")
    assert 0 < attempts.wait("198.51.100.1", "lan") <= 30
    attempts.succeeded("198.51.100.1", "lan")
    assert attempts.wait("198.51.100.1", "lan") == 0


def test_a_session_ends() -> None:
    clock = [0.0]
    sessions = Sessions(ending=True, now=lambda: clock[0])
    lan = Person("lan", "reader")
    secret = sessions.begin(lan)
    clock[0] += IDLE - 1
    assert sessions.person(secret) == lan
    clock[0] += IDLE + 1
    assert sessions.person(secret) is None
    busy = sessions.begin(lan)
    for _ in range(int(LIFETIME / 3600)):
        assert sessions.person(busy) == lan
        clock[0] += 3600
    clock[0] += 1
    assert sessions.person(busy) is None


def test_a_key_ends(tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    accounts, last_day = with_key(Accounts(), "now", "reader", today)
    accounts, over = with_key(accounts, "over", "reader", today - timedelta(1))
    write_accounts(tmp_path / "users.json", accounts)
    book = AccountBook(tmp_path / "users.json")
    assert book.with_key(last_day) == Person("now", "reader")
    assert book.with_key(over) is None
