"""Records of format 2: what the reader makes of them is what was decided, and what is wrong with a file is told."""

import io
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from support import ROOT, TESTS
from support.examples import examples
from support.policies import all_policies
from support.record_schema import record_schema

from bench.generate import blocks
from engine import api
from engine.api import evaluate, evaluate_each
from engine.base.diagnostics import Diagnostic, Location, Problems
from engine.base.json_text import Unread
from engine.core.judge.case import Rejected
from engine.core.judge.engine import Matched
from engine.core.judge.record import MissingFact, QuotaReading, ReadingUsed, Results
from engine.core.policy.regulation import Interpretation, Library
from engine.core.policy.rules import Operand, Provision
from engine.core.policy.terms import Fact, Text
from engine.load.cases.paths import unread_cases
from engine.report.records import form
from engine.report.records.fast import FastWriter
from engine.report.records.reading import read_records, records_in
from engine.report.records.writing import LinesWriter, Writer, write_records
from engine.study.memory import Outcome

SCHEMA = ROOT / "schemas" / "record.schema.json"
DOCS = ROOT / "docs" / "records.md"
CASES = {name: ROOT / "policies" / name / "cases" for name in ("qd-124-2023", "qd-132-2018", "qd-366-2025")}
OTHERWISE = {"specific_products": "noted_only", "poor_criteria": "any_poor", "individual_task_numbers": "as_elsewhere"}
AWKWARD = (
    {"case_id": 'a "quoted" \\ name', "subject": {"kind": "non_leader", "id": "Đỗ", "cohort": "nhóm: 1, {2}"}},
    {"case_id": "no facts", "subject": {"kind": "leader"}},
    {"case_id": "shares", "subject": {"kind": "leader", "id": "S"},
     "facts": {"tasks": {"assigned": 7, "completed": 5, "exceeded": 2}}},
    {"case_id": "decimal", "subject": {"kind": "head", "id": "H", "heads": ["S", "T"]},
     "facts": {"tasks": {"completed_percent": 99.99}}, "evidence": {"tasks.completed": ["", "một", "hai"]}},
    {"case_id": "large", "subject": {"kind": "leader", "id": "S"}, "facts": {"tasks": {"assigned": 10**15}}},
    {"case_id": "refused", "subject": {"kind": "nobody"}},
    {"case_id": "given", "subject": {"kind": "organization", "id": "T"}, "review": {"covered": []},
     "grades": {"self": "excellent", "proposed": "good", "decided": "completed", "decided_on": "2024-12-30"}},
)  # fmt: skip
"""Cases of which something is unusual: texts that JSON has to escape, values that no decimal gives, nothing at all."""


@cache
def library() -> Library:
    return all_policies()


@cache
def samples(name: str) -> Results:
    return evaluate(library(), unread_cases((str(CASES[name]),), library(), "vi", print))


@cache
def generated(switched: bool = False, regulation: str | None = None) -> Results:
    """Cases put together by chance, and the awkward ones."""
    lines = "".join(blocks(ROOT / "policies", examples(80, 2_000), seed=7)).splitlines()
    lines += [json.dumps({"period": "2024", "as_of": "2024-12-31", "facts": {}, **case}) for case in AWKWARD]
    documents = [Unread("cases.ndjson", line, number, f"cases.ndjson:{number}") for number, line in enumerate(lines)]
    switches = OTHERWISE if switched else {}
    return evaluate(library(), documents, regulation=regulation, switches=switches)


def runs() -> Iterator[Any]:
    for name in CASES:
        yield pytest.param(lambda name=name: (samples(name), {}), id=name)
    yield pytest.param(lambda: (generated(), {}), id="generated")
    yield pytest.param(lambda: (generated(True), OTHERWISE), id="read otherwise")
    yield pytest.param(lambda: (generated(regulation="mau-tinh-a-2024"), {}), id="local layer")


def written(results: Results, switches: dict[str, str], document: bool = False) -> str:
    stream = io.StringIO()
    run = form.Run(engine_version="0.1.0", policy_commit="0" * 40, policy_clean=False)
    write_records(results, document, Writer(library(), switches, run), stream)
    return stream.getvalue()


def plain(value: Any) -> Any:
    """The full form, worked out anew: every field of what is in memory, places in files left out; in place of a rule, a
    fact and the like what is shown of them."""
    if isinstance(value, Diagnostic):
        return problem(value)
    if isinstance(value, QuotaReading):
        figures = ("count", "base", "limit", "excess", "greatest_lawful", "status")
        own = {"setting": value.setting.id, "option": value.option}
        own |= {"label": plain(value.label), "source": plain(value.source)}
        return own | {name: getattr(value.result, name) for name in figures}
    if is_dataclass(value):
        members: dict[str, Any] = {}
        for field in fields(value):
            if field.type is not Location:
                members |= shown(value, field.name, getattr(value, field.name))
        return {name: plain(member) for name, member in members.items()}
    if isinstance(value, Fraction):
        short = float(value)
        return value.numerator if value == int(value) else short if Fraction(str(short)) == value else str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset | tuple):
        return [plain(item) for item in (sorted(value) if isinstance(value, frozenset) else value)]
    if isinstance(value, Mapping):
        return [[name, plain(item)] for name, item in sorted(value.items())]
    return str(value) if isinstance(value, str) else value


def shown(owner: Any, name: str, value: Any) -> dict[str, Any]:
    """What the full form says in place of one field of a result."""
    match value:
        case Provision():
            own = {"id": value.id} if name == "rule" else {}
            return {name: value.name, "label": value.label, "source": value.source, "layer": value.layer, **own}
        case Interpretation():
            own = {"layer": value.layer} if isinstance(owner, ReadingUsed) else {}
            return {name: value.id, "question": value.question, **own}
        case Fact() if isinstance(owner, MissingFact):
            return {name: value.name, "label": value.label, "question": value.question}
        case Fact():
            labels, chosen = dict(value.options), owner.actual
            actual = labels.get(chosen) if isinstance(chosen, str) else None
            if isinstance(chosen, frozenset) and chosen:
                members = [label for option, label in value.options if option in chosen]
                actual = Text(", ".join(label.vi for label in members), ", ".join(label.en for label in members))
            limits = tuple(labels[str(limit)] for limit in owner.operand.values if str(limit) in labels)
            unit = None if owner.evidence is not None else value.unit
            return {
                name: value.name,
                "label": value.label,
                "unit": unit,
                "threshold_labels": limits,
                "actual_label": actual,
            }
        case Operand():
            return {"threshold": value.values, "parameter": value.parameter}
        case _ if name in ("dated", "share"):
            about = "parameter" if name == "dated" else "percent"
            return {f"{about}_source": value and value.source, f"{about}_layer": value and value.layer}
    return {name: value}


def problem(value: Diagnostic) -> dict[str, Any]:
    place = value.location
    messages = {language: value.message(language) for language in ("vi", "en")}
    remedies = {language: value.help(language) for language in ("vi", "en")}
    return {
        "code": value.code, "severity": value.severity, "file": place.file, "line": place.line or None,
        "column": place.column or None, "message": messages, "help": remedies if remedies["vi"] else None,
    }  # fmt: skip


@pytest.mark.parametrize("document", [False, True], ids=["lines", "document"])
@pytest.mark.parametrize("run", [*runs()])
def test_records_read_back_are_what_was_decided(
    run: Callable[[], tuple[Results, dict[str, str]]], document: bool, tmp_path: Path
) -> None:
    results, switches = run()
    decisions = [replace(one, policy_commit="0" * 40, policy_clean=False) for one in results.decisions]
    path = tmp_path / ("records.json" if document else "records.ndjson")
    path.write_text(written(results, switches, document), encoding="utf-8")
    found = list(records_in(path, pytest.fail))
    assert Counter(record.kind for record in found) == Counter(
        decision=len(decisions), rejected=len(results.rejected), quota=len(results.quotas), link=len(results.links),
        ungrouped=len(results.ungrouped), warning=len(results.warnings),
    )  # fmt: skip
    expected = {
        "decision": decisions, "rejected": results.rejected, "quota": results.quotas, "link": results.links,
        "warning": results.warnings,
    }  # fmt: skip
    full: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for record in read_records(path):
        full[record.pop("record")].append(record)
    for kind, records in expected.items():
        assert full[kind] == [plain(record) for record in records]
    assert full["ungrouped"] == [{"quota": quota, "case_id": case_id} for quota, case_id in results.ungrouped]


KINDS = ("decision", "rejected", "quota", "link", "ungrouped", "warning")


def test_the_runs_hold_records_of_every_kind() -> None:
    every = [*map(samples, CASES), generated(), generated(True), generated(regulation="mau-tinh-a-2024")]
    for kind in ("decisions", "rejected", "quotas", "links", "ungrouped", "warnings"):
        assert any(getattr(results, kind) for results in every), kind
    decisions = [decision for results in every for decision in results.decisions]
    for member in ("exemptions", "findings", "open_findings", "assumptions", "readings", "ungraded", "depends_on"):
        assert any(getattr(decision, member) for decision in decisions), member
    gradings = [decision.grading for decision in decisions if decision.grading is not None]
    for member in ("bars", "spared", "missing", "otherwise", "gaps"):
        assert any(getattr(grading, member) for grading in gradings), member


def test_a_case_takes_at_most_three_kilobytes() -> None:
    sizes = [
        len(line.encode())
        for name in CASES
        for line in written(samples(name), {}).splitlines()
        if json.loads(line)["record"] == "case"
    ]
    assert len(sizes) >= 30
    assert median(sizes) <= 3_000


def test_the_catalogue_comes_first_and_is_said_once() -> None:
    kinds = [json.loads(line)["record"] for line in written(generated(), {}).splitlines()]
    assert kinds[0] == "catalogue" and kinds.count("catalogue") == 1
    assert kinds[-1] == "end" and kinds.count("end") == 1
    assert json.loads(written(generated(), {}).splitlines()[0])["format"] == 2


def test_a_run_without_a_case_that_could_be_judged_says_by_what_it_was_made(tmp_path: Path) -> None:
    (tmp_path / "records.ndjson").write_text(written(Results((), generated().rejected, (), ()), {}), encoding="utf-8")
    first = json.loads((tmp_path / "records.ndjson").read_text(encoding="utf-8").splitlines()[0])
    assert (first["record"], first["format"], first["hash"], first["catalogue"]) == ("catalogue", 2, None, None)
    kinds = [record["record"] for record in read_records(tmp_path / "records.ndjson")]
    assert kinds == ["rejected"] * len(generated().rejected) != []


def test_decisions_are_handed_on_some_at_a_time_with_the_same_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "TOGETHER", 4)
    stream, order = io.StringIO(), []
    writer = Writer(library(), {}, form.Run(engine_version="0.1.0"))
    target, records = LinesWriter(writer, stream), FastWriter(writer)
    taken: list[int] = []

    def documents() -> Iterator[Unread | Rejected]:
        for number, document in enumerate(unread_cases((str(CASES["qd-124-2023"]),), library(), "vi", print)):
            taken.append(number)
            yield document if not isinstance(document, dict) else pytest.fail()

    def write_case(matched: Matched) -> Outcome:
        order.append(len(taken))
        content, outcome = records.case(matched)
        target.case(matched.case.regulation, content)
        return outcome

    def write_rejected(case: Rejected) -> None:
        order.append(len(taken))
        target.rejected(case)

    between = evaluate_each(library(), documents(), write_case, write_rejected)
    assert order == [min(len(taken), number - number % 4 + 4) for number in range(len(taken))] and len(taken) > 8
    assert (between.decisions, between.rejected) == ((), ())
    whole = samples("qd-124-2023")
    assert (between.quotas, between.links, between.ungrouped) == (whole.quotas, whole.links, whole.ungrouped)
    assert between.warnings == whole.warnings
    target.end(between)
    commit = ',"policy_clean":false,"policy_commit":"' + "0" * 40
    assert stream.getvalue() == written(whole, {}).replace(commit, ',"policy_clean":null,"policy_commit":null').replace(
        'null"', "null"
    )


# --- the schema and the documentation -------------------------------------------------------------------------------


def test_the_schema_is_that_of_the_types() -> None:
    text = json.dumps(record_schema(), ensure_ascii=False, indent=2) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        SCHEMA.write_text(text, encoding="utf-8")
    assert SCHEMA.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("run", [*runs()])
def test_every_output_follows_the_schema(run: Callable[[], tuple[Results, dict[str, str]]]) -> None:
    results, switches = run()
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    document = Draft202012Validator({**schema, "anyOf": schema["anyOf"][:1]})
    line = Draft202012Validator({**schema, "anyOf": schema["anyOf"][1:]})
    data = json.loads(written(results, switches, document=True))
    document.validate(data)
    for text in written(results, switches).splitlines()[:60]:
        line.validate(json.loads(text))
    del data["cases"][0]["input_hash"]
    assert not document.is_valid(data)


def test_the_documentation_names_every_member() -> None:
    text = DOCS.read_text(encoding="utf-8")
    types = [made for made in vars(form).values() if isinstance(made, type) and issubclass(made, form.RecordPart)]
    for made in types:
        for name in made.__struct_encode_fields__:
            assert f"`{name}`" in text, f"{made.__name__}.{name}"


# --- what is wrong with a file --------------------------------------------------------------------------------------


def told(tmp_path: Path, content: str, name: str = "records.ndjson") -> tuple[list[str], list[str]]:
    """The codes of the problems in a file of records, with their lines, and the cases that were read all the same."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    problems: list[Diagnostic] = []
    read = [
        record["case_id"] for record in read_records(tmp_path / name, problems.append) if record["record"] == "decision"
    ]
    for language in ("vi", "en"):
        assert all(one.message(language) and one.help(language) for one in problems)
    return [f"{one.code} {one.location.line}" for one in problems], read


def lines_and_ids() -> tuple[list[str], list[str]]:
    lines = written(samples("qd-132-2018"), {}).splitlines(keepends=True)
    return lines, [decision.case_id for decision in samples("qd-132-2018").decisions]


def test_a_record_edited_by_hand_is_left_out_and_the_others_are_read(tmp_path: Path) -> None:
    lines, ids = lines_and_ids()
    for old, new in (('"settled":true', '"settled":false'), ('"as_of":"20', '"as_of":"21'), ('"holds":{', '"hold":{')):
        edited = [*lines[:1], lines[1].replace(old, new), *lines[2:]]
        assert edited[1] != lines[1]
        assert told(tmp_path, "".join(edited)) == (["records/changed 2"], ids[1:])


def test_a_record_that_does_not_fit_its_catalogue_is_left_out(tmp_path: Path) -> None:
    from zlib import crc32

    lines, ids = lines_and_ids()
    for change in (
        {"facts": {"tasks.completed_percent": "many"}}, {"holds": {"no.such.rule": [0]}}, {"readings": ["nothing"]},
        {"holds": {next(iter(json.loads(lines[1])["holds"])): [99]}}, {"period": 3}, {"subject": {"kind": "nobody"}},
        {"grading": {"possible": [], "settled": True, "exact": True, "rungs": {"nothing": True}}},
    ):  # fmt: skip
        record = {**json.loads(lines[1]), **change}
        del record["record"], record["check"]
        record |= {"check": f"{crc32(form.encode(record)):08x}", "record": "case"}
        found = told(tmp_path, "".join([lines[0], json.dumps(record) + "\n", *lines[2:]]))
        assert found == (["records/changed 2"], ids[1:]), change


def test_layout_and_members_of_later_programs_change_nothing(tmp_path: Path) -> None:
    from zlib import crc32

    lines, ids = lines_and_ids()
    loose = "".join(json.dumps(json.loads(line), indent=None, sort_keys=True) + "\n" for line in lines)
    assert told(tmp_path, loose) == ([], ids)
    record = {**json.loads(lines[1]), "of_later": {"a": 1}}
    del record["record"], record["check"]
    record |= {"check": f"{crc32(form.encode(record)):08x}", "record": "case"}
    later = [lines[0], json.dumps(record) + "\n", '{"record":"of_later","check":"0"}\n', *lines[2:]]
    assert told(tmp_path, "".join(later)) == ([], ids)


@pytest.mark.parametrize("kept", [0.3, 0.5, 0.999])
def test_what_is_whole_of_a_truncated_file_is_read(kept: float, tmp_path: Path) -> None:
    lines, ids = lines_and_ids()
    text = "".join(lines)
    cut = text[: len(lines[0]) + int(kept * (len(text) - len(lines[0])))]
    codes, read = told(tmp_path, cut)
    assert codes == [f"records/cut-off {len(cut.splitlines())}"]
    assert read == ids[: max(0, min(len(ids), cut.count("\n") - 1))]


def test_runs_joined_in_one_file_are_told_and_both_are_read(tmp_path: Path) -> None:
    lines, ids = lines_and_ids()
    assert told(tmp_path, "".join(lines * 2)) == ([f"records/several-runs {len(lines) + 1}"], ids * 2)
    codes, read = told(tmp_path, "".join(lines[:-1] + lines))
    assert (codes, read) == ([f"records/cut-off {len(lines)}", f"records/several-runs {len(lines)}"], ids * 2)


def test_a_catalogue_that_is_missing_or_another_is_told_once(tmp_path: Path) -> None:
    lines, _ = lines_and_ids()
    first = json.loads(lines[0])
    other = json.dumps({**first, "catalogue": {**first["catalogue"], "label": {"vi": "a", "en": "b"}}}) + "\n"
    assert told(tmp_path, "".join([other, *lines[1:]])) == (["records/catalogue-changed 1"], [])
    assert told(tmp_path, "".join(lines[1:])) == (["records/no-catalogue 1"], [])
    none = json.dumps({**first, "catalogue": None, "hash": None}) + "\n"
    assert told(tmp_path, "".join([none, *lines[1:]])) == (["records/no-catalogue 2"], [])


def test_lines_that_are_gone_are_counted_and_a_line_that_is_no_json_is_told(tmp_path: Path) -> None:
    lines, ids = lines_and_ids()
    codes, read = told(tmp_path, "".join(lines[:1] + lines[2:]))
    assert (codes, read) == ([f"records/lost {len(lines) - 1}"], ids[1:])
    codes, read = told(tmp_path, "".join([*lines[:1], "{broken\n", *lines[2:]]))
    assert (codes[0].split("/")[0], codes[1:], read) == ("json", [f"records/lost {len(lines)}"], ids[1:])


def test_a_document_is_held_to_the_same(tmp_path: Path) -> None:
    text = written(samples("qd-132-2018"), {}, document=True)
    _, ids = lines_and_ids()
    assert told(tmp_path, text, "records.json") == ([], ids)
    data = json.loads(text)
    data["cases"][2]["period"] = "2019"
    assert told(tmp_path, json.dumps(data), "records.json") == (["records/changed 0"], [*ids[:2], *ids[3:]])
    for wrong in (text[: len(text) // 2], "[]", '{"format": 3}', '{"format": 2}', "{}"):
        with pytest.raises(Problems):
            told(tmp_path, wrong, "records.json")


def test_without_a_taker_all_problems_are_raised_after_the_rest_was_read(tmp_path: Path) -> None:
    lines, ids = lines_and_ids()
    edited = [*lines[:1], lines[1].replace('"settled":true', '"settled":false'), *lines[2:]]
    (tmp_path / "r.ndjson").write_text("".join(edited), encoding="utf-8")
    read = []
    with pytest.raises(Problems, match="records/changed"):
        for record in read_records(tmp_path / "r.ndjson"):
            read.append(record)
    assert [record["case_id"] for record in read if record["record"] == "decision"] == ids[1:]


# --- version 1 ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kept", sorted((TESTS / "golden" / "results").glob("*.v1.ndjson")), ids=lambda path: path.stem
)
def test_records_of_the_first_version_are_read_as_they_are(kept: Path) -> None:
    lines = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    assert list(read_records(kept)) == lines
