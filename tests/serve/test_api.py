"""The door for programs: what each route answers, asked of a real server."""

import asyncio
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import openpyxl
import pytest
from fastapi import Request
from support import ROOT
from support.command import run
from support.servers import serving

from engine.serve.api.requests import LONGEST_QUERY, MOST_QUERIES, options_of

CASES = ROOT / "policies" / "qd-124-2023" / "cases"
CASE = CASES / "07-leader-one-task-short.json"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("log") / "audit.ndjson"


@pytest.fixture(scope="module")
def client(audit: Path) -> Iterator[httpx.Client]:
    with serving(ROOT / "policies", "--audit", str(audit)) as server, server.client() as client:
        yield client


def command(*words: str) -> str:
    return run(*words).stdout


def all_cases() -> list[dict[str, Any]]:
    return [json.loads(path.read_text("utf-8")) for path in sorted(CASES.glob("*.json"))]


def as_lines() -> str:
    return "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in all_cases())


def test_one_case_has_the_record_that_the_command_writes(client: httpx.Client) -> None:
    answer = client.post("/api/v1/evaluate", content=CASE.read_bytes())
    told = json.loads(command("evaluate", str(CASE), "--format", "json"))
    mine, theirs = answer.json()["cases"][0], told["cases"][0]
    for record in (mine, theirs):
        del record["file"], record["check"]
    assert mine == theirs
    assert answer.json()["catalogues"] == told["catalogues"]
    assert answer.headers["policies-version"] == answer.json()["policies"]


def test_catalogues_can_be_left_out(client: httpx.Client) -> None:
    answer = client.post("/api/v1/evaluate?catalogues=false", content=CASE.read_bytes()).json()
    assert "catalogues" not in answer
    assert answer == client.post("/api/v1/evaluate?catalogues=0&lang=vi", content=CASE.read_bytes()).json()
    named = client.get("/api/v1/regulations/qd-124-2023").json()
    assert named["hash"] == answer["cases"][0]["catalogue"]
    assert named["catalogue"]["regulation"] == "qd-124-2023"


def test_a_query_is_answered_alike_each_time_and_refused_alike(client: httpx.Client) -> None:
    """What a query asks for is remembered once it was checked."""
    queries = (
        "",
        "?catalogues=false",
        "?lang=en",
        "?lang=vi",
        "?lang=en&catalogues=0",
        "?regulation=qd-124-2023&lang=en",
    )
    for query in queries + queries:
        answer = client.post(f"/api/v1/evaluate{query}", content=CASE.read_bytes())
        assert ("catalogues" in answer.json()) == ("catalogues" not in query)
        unfit = client.post(f"/api/v1/evaluate{query}", content=b'{"case_id": 1}').json()
        assert unfit["diagnostics"][0]["message"].isascii() == ("lang=en" in query)
    for query in ("?catalogues=maybe", "?lang=fr", "?interpretation=x", "?regulation=..%2f"):
        answers = [client.post(f"/api/v1/evaluate{query}", content=CASE.read_bytes()) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [400, 400], query


def test_of_queries_only_some_are_remembered() -> None:
    known: dict[bytes, object] = {}
    limits = SimpleNamespace(cases=5)
    state = SimpleNamespace(options=known, settings=SimpleNamespace(limits=limits, language="vi"))

    def ask(query: bytes) -> None:
        scope = {"type": "http", "app": SimpleNamespace(state=state), "query_string": query}
        asyncio.run(options_of(Request(scope)))

    for number in range(MOST_QUERIES + 5):
        ask(b"x=%d" % number)
    ask(b"x" * (LONGEST_QUERY + 1))
    assert list(known) == [b"x=%d" % number for number in range(5, MOST_QUERIES + 5)]


def test_a_list_has_quotas_and_links_as_the_command_has(client: httpx.Client) -> None:
    answer = client.post("/api/v1/evaluate/list", json=all_cases()).json()
    told = json.loads(command("evaluate", str(CASES / "*.json"), "--format", "json"))
    for kind in ("quotas", "links", "ungrouped"):
        assert answer[kind] == told[kind]
    assert len(answer["cases"]) == len(told["cases"]) == 13


def test_a_bad_case_of_a_list_does_not_stop_the_others(client: httpx.Client) -> None:
    cases = [all_cases()[0], {"case_id": "T-1"}, all_cases()[0]]
    answer = client.post("/api/v1/evaluate/list", json=cases).json()
    assert len(answer["cases"]) == 1
    codes = [{problem["code"] for problem in case["diagnostics"]} for case in answer["rejected"]]
    assert codes[0] >= {"schema/missing-key"}
    assert codes[1] == {"case/duplicate-id"}


def test_lines_give_the_lines_that_the_command_writes(client: httpx.Client, tmp_path: Path) -> None:
    file = tmp_path / "lines.ndjson"
    file.write_text(as_lines(), "utf-8")
    told = command("evaluate", str(file), "--format", "ndjson").replace(str(file), "lines")

    def plain(text: str) -> list[dict[str, Any]]:
        return [{**json.loads(line), "check": ""} for line in text.splitlines()]

    # In many small pieces, some of which end within a letter.
    content = as_lines().encode()
    pieces = (content[start : start + 997] for start in range(0, len(content), 997))
    answer = client.post("/api/v1/evaluate/lines", content=pieces)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert plain(answer.text) == plain(told)


def test_an_id_that_comes_again_in_a_later_batch_is_told(client: httpx.Client) -> None:
    case = all_cases()[0]
    lines = [json.dumps({**case, "case_id": f"T-{number}"}) for number in range(250)]
    lines.append(json.dumps({**case, "case_id": "T-1"}))
    answer = client.post("/api/v1/evaluate/lines", content="\n".join(lines))
    records = [json.loads(line) for line in answer.text.splitlines()]
    assert [record["record"] for record in records].count("catalogue") == 1
    again = next(record for record in records if record["record"] == "rejected")
    assert again["diagnostics"][0]["code"] == "case/duplicate-id"
    assert "lines:2" in again["diagnostics"][0]["message"]["en"]
    assert (records[-1]["case"], records[-1]["rejected"]) == (250, 1)


def test_a_client_that_takes_nothing_until_it_has_sent_everything(client: httpx.Client) -> None:
    """As nginx does, and most programs. Neither may wait for the other."""
    host, case, most = client.base_url, json.loads(as_lines().splitlines()[0]), 6_000
    lines = [json.dumps({**case, "case_id": f"T-{number}"}).encode() + b"\n" for number in range(most)]
    with socket.socket() as stream:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stream.settimeout(60)
        stream.connect((host.host, host.port))
        stream.sendall(
            f"POST /api/v1/evaluate/lines?catalogues=false HTTP/1.1\r\nHost: {host.host}:{host.port}\r\n"
            f"Connection: close\r\nAuthorization: {client.headers['authorization']}\r\n"
            f"Content-Length: {sum(map(len, lines))}\r\n\r\n".encode()
        )
        for line in lines:
            stream.sendall(line)
        answered = bytearray()
        while piece := stream.recv(65536):
            answered += piece
    assert f'"case":{most}'.encode() in answered


def test_records_come_back_while_lines_are_still_sent(client: httpx.Client) -> None:
    """The second half is sent only once a record of the first has come: if it waited for the end, this would hang."""
    lines = as_lines().encode().splitlines(keepends=True)
    host = client.base_url
    with socket.create_connection((host.host, host.port), timeout=30) as stream:
        head = (
            f"POST /api/v1/evaluate/lines HTTP/1.1\r\nHost: {host.host}:{host.port}\r\nConnection: close\r\n"
            f"Authorization: {client.headers['authorization']}\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        stream.sendall(head.encode() + b"%x\r\n%b\r\n" % (len(lines[0]), lines[0]))
        answered = b""
        while b'"record":"case"' not in answered:
            answered += stream.recv(65536)
        stream.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (len(lines[1]), lines[1]))
        while piece := stream.recv(65536):
            answered += piece
    assert b'"record":"end"' in answered
    assert answered.count(b'"record":"case"') == 2


@pytest.mark.parametrize(("kind", "row"), [("text/csv", 2), (XLSX, 2)])
def test_a_table_is_judged_row_by_row(client: httpx.Client, tmp_path: Path, kind: str, row: int) -> None:
    rows = [
        ["case_id", "period", "as_of", "subject.kind", "tasks.assigned"],
        ["T-1", "2024", "2024-12-31", "leader", "20"],
        ["T-2", "2024", "2024-12-31", "nobody", "20"],
    ]
    if kind == XLSX:
        book = openpyxl.Workbook()
        for cells in rows:
            book.active.append(cells)
        book.save(tmp_path / "table.xlsx")
        content = (tmp_path / "table.xlsx").read_bytes()
    else:
        content = "\n".join(",".join(cells) for cells in rows).encode()
    answer = client.post("/api/v1/evaluate/table", content=content, headers={"Content-Type": kind}).json()
    assert [case["case_id"] for case in answer["cases"]] == ["T-1"]
    assert [case["case_id"] for case in answer["rejected"]] == ["T-2"]
    assert answer["rejected"][0]["diagnostics"][0]["file"].startswith("table.")


def test_a_case_that_cannot_be_judged_is_a_problem_with_the_commands_diagnostics(client: httpx.Client) -> None:
    answer = client.post("/api/v1/evaluate?lang=en", content='{"case_id": "T-1", "facts": {"tasks": {"assigned": "x"}}')
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 422
    assert problem["diagnostics"][0]["code"].startswith("json/")
    assert problem["title"] == "What was sent has mistakes"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("regulation=none", "regulation/unknown"),
        ("interpretation=none:x", "interpretation/unknown"),
        ("interpretation=quota_base:x", "interpretation/unknown-option"),
    ],
)
def test_an_unknown_choice_is_named(client: httpx.Client, query: str, code: str) -> None:
    answer = client.post(f"/api/v1/evaluate?{query}", content=CASE.read_bytes())
    assert answer.status_code == 422
    assert answer.json()["diagnostics"][0]["code"] == code


def test_another_reading_is_another_answer(client: httpx.Client) -> None:
    url = "/api/v1/evaluate?catalogues=false"
    usual = client.post(url, content=CASE.read_bytes()).json()["cases"][0]
    other = client.post(f"{url}&interpretation=individual_task_numbers:as_elsewhere", content=CASE.read_bytes())
    assert usual["grading"] != other.json()["cases"][0]["grading"]


def test_explain_says_what_the_command_says(client: httpx.Client) -> None:
    address = "/api/v1/explain?why=true&why_not="
    answer = client.post(f"{address}excellent", content=CASE.read_bytes()).json()
    told = json.loads(command("explain", str(CASE), "--why", "--why-not", "excellent", "--format", "json"))
    refused = client.post(f"{address}excelent", content=CASE.read_bytes())
    assert (refused.status_code, refused.json()["diagnostics"][0]["code"]) == (422, "grade/unknown")
    mine, theirs = answer["explanation"], told["explanations"][0]
    for explanation in (mine, theirs):
        del explanation["decision"]["file"]
    assert mine == theirs


def test_questions_lead_to_a_settled_grade(client: httpx.Client) -> None:
    case = {
        "case_id": "T-1", "period": "2024", "as_of": "2024-12-31", "subject": {"kind": "leader"},
        "facts": {},
    }  # fmt: skip
    first = client.post("/api/v1/questions", json={"case": case}).json()
    assert first["question"]["label"]["vi"]
    assert first["most_left"] > 3
    skipped = client.post("/api/v1/questions", json={"case": case, "skipped": [first["question"]["topic"]]}).json()
    assert skipped["question"]["topic"] != first["question"]["topic"]
    whole = json.loads(CASE.read_text("utf-8"))
    done = client.post("/api/v1/questions", json={"case": whole}).json()
    assert done["question"] is None
    assert done["standing"]["possible"] == ["good"]


def edited(name: str, old: str, new: str) -> dict[str, Any]:
    text = (ROOT / "policies" / name).read_text("utf-8")
    assert old in text
    return {"files": {name: text.replace(old, new)}}


MISSPELT = ("qd-124-2023/triggers.yaml", "kind: triggers", "kind: trigers")


def test_check_finds_the_mistakes_of_a_text_that_is_sent(client: httpx.Client) -> None:
    assert client.post("/api/v1/check", json={}).json()["passed"]
    answer = client.post("/api/v1/check", json=edited(*MISSPELT)).json()
    assert not answer["passed"]
    assert {problem["file"] for problem in answer["diagnostics"]} == {"qd-124-2023/triggers.yaml"}


def test_policies_that_do_not_load_are_a_problem_for_diff(client: httpx.Client) -> None:
    answer = client.post("/api/v1/diff", json=edited(*MISSPELT))
    assert answer.status_code == 422
    assert answer.json()["diagnostics"][0]["file"] == "qd-124-2023/triggers.yaml"


def threshold() -> dict[str, Any]:
    """The share of tasks exceeded for an excellent grade, from 50 to 40."""
    name = "qd-124-2023/grades/individual.yaml"
    text = (ROOT / "policies" / name).read_text("utf-8")
    at = text.index("id: excellent_exceeded_percent")
    return {"files": {name: text[:at] + text[at:].replace("value: 50", "value: 40", 1)}}


def test_diff_impact_and_test_say_what_an_edit_means(client: httpx.Client) -> None:
    edit = threshold()
    differences = client.post("/api/v1/diff", json=edit).json()["comparisons"]
    assert any(item["direction"] == "loosened" for pair in differences for item in pair.get("differences", []))
    moved = client.post("/api/v1/impact", json={**edit, "cases": all_cases()}).json()["comparisons"]
    assert "HS-2024-07" in [case["case_id"] for pair in moved for case in pair["cases"]]
    tested = client.post("/api/v1/test", json=edit).json()
    assert not tested["passed"]
    assert tested["failed"] > 0


def test_two_regulations_are_compared_by_name(client: httpx.Client) -> None:
    layer = {"old": "qd-124-2023", "new": "mau-tinh-a-2024"}
    assert client.post("/api/v1/diff", json=layer).json()["comparisons"][0]["differences"]
    sides = {"old": "qd-124-2023", "new": "qd-366-2025"}
    assert client.post("/api/v1/impact", json={**sides, "cases": all_cases()}).json()["comparisons"][0]["moved"] == 12
    assert client.post("/api/v1/diff", json={"old": "qd-124-2023"}).status_code == 400


def test_sensitivity_says_what_the_command_says(client: httpx.Client) -> None:
    answer = client.post("/api/v1/sensitivity", json={"cases": all_cases()}).json()
    told = json.loads(command("sensitivity", "--cases", str(CASES / "*.json"), "--format", "json"))
    assert answer["rows"] == told["rows"]


def test_regulations_facts_and_the_schema_of_cases(client: httpx.Client) -> None:
    listed = client.get("/api/v1/regulations").json()["regulations"]
    assert [item["regulation"] for item in listed] == ["qd-124-2023", "qd-132-2018", "qd-366-2025", "mau-tinh-a-2024"]
    told = json.loads(command("schema", "qd-124-2023"))
    assert client.get("/api/v1/regulations/qd-124-2023/case-schema").json() == told
    assert client.get("/api/v1/regulations/none").status_code == 404
    facts = client.get("/api/v1/facts").json()["facts"]
    assert any(fact["fact"] == "tasks.assigned" and fact["type"] == "integer" for fact in facts)


def test_metrics_count_by_route_and_name_no_case(client: httpx.Client) -> None:
    client.get("/api/v1/regulations/qd-124-2023")
    told = client.get("/metrics").text
    assert 'route="/api/v1/regulations/{regulation}"' in told
    assert "xeploai_workers_ready" in told
    assert "HS-2024" not in told


def test_the_log_says_who_did_what_and_no_fact(client: httpx.Client, audit: Path) -> None:
    answer = client.post("/api/v1/evaluate", content=CASE.read_bytes()).json()
    last = json.loads(audit.read_text("utf-8").splitlines()[-1])
    assert last["event"] == "evaluate"
    assert last["who"] == "owner"
    assert last["policies"] == answer["policies"]
    assert last["inputs"] == answer["cases"][0]["input_hash"]
    assert set(last) == {"at", "event", "who", "policies", "cases", "rejected", "inputs"}
    assert "HS-2024-07" not in audit.read_text("utf-8")
    assert audit.stat().st_mode & 0o077 == 0
