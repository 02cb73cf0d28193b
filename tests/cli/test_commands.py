"""The command as people run it: through its own entry point."""

import json
import os
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from support.command import CASES, LEADER, ROOT, leader, run
from support.records import full_results

from engine.base.version import ENGINE_VERSION
from engine.cli import COMMANDS, cli
from engine.cli.help import OPTIONS, VERBS

SCHEMA = json.loads((ROOT / "schemas" / "decision.schema.json").read_text(encoding="utf-8"))


def evaluated(*arguments: str | Path, stdin: bytes | None = None) -> tuple[dict[str, Any], int]:
    done = run("evaluate", *arguments, "--format", "json", stdin=stdin)
    assert done.returncode in (0, 1), done.stderr
    return full_results(done.stdout), done.returncode


# --- what it answers ------------------------------------------------------------------------------------------------


def every_command() -> Iterator[click.Command]:
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        assert command.name == name
        yield command
        if isinstance(command, click.Group):
            yield from command.commands.values()


def test_every_command_and_option_has_its_help_among_the_words() -> None:
    commands = list(every_command())
    assert VERBS.keys() == {command.name for command in [cli, *commands]}
    keys = {option.help for command in commands for option in command.params if isinstance(option, click.Option)}
    assert keys - {None} == OPTIONS.keys()


def test_the_sample_cases_show_every_kind_grade_and_trigger() -> None:
    results, code = evaluated(CASES, "--verify")
    assert code == 0
    decisions = results["decisions"]
    assert len(decisions) >= 12
    assert {one["subject"]["kind"] for one in decisions} == {
        "organization", "leadership_collective", "party_organization", "leader", "head", "non_leader",
    }  # fmt: skip
    grades = {one["grading"]["grade"] for one in decisions if one["grading"]}
    assert grades == {"excellent", "good", "completed", "not_completed", None}
    assert any(len(one["grading"]["possible"]) > 1 for one in decisions if one["grading"])
    assert any(one["grading"]["possible"] == ["undetermined"] for one in decisions if one["grading"])
    assert [one["exemptions"][0]["id"] for one in decisions if one["subject_to_review"] is False] == ["newly_admitted"]
    assert {finding["id"] for one in decisions for finding in one["findings"]} == {
        "signs_of_violation", "public_concern", "complaint_letters", "disunity", "rule_breach", "negative_practices",
        "subordinate_sanctioned", "stagnation",
    }  # fmt: skip
    assert {"unknown", "exceeded"} <= {one["status"] for one in results["quotas"] if one["count"]}
    assert "broken" in {one["status"] for one in results["links"]}


def test_records_read_back_follow_the_published_schema_and_ndjson_holds_the_same(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text('{"case_id": "T-1", "facts": 3}', encoding="utf-8")
    results, code = evaluated(CASES, tmp_path)
    assert code == 1
    pairs = [[one["quota"], one["case_id"]] for one in results["ungrouped"]]
    first_version = {"engine_version": ENGINE_VERSION, **results, "ungrouped": pairs}
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(first_version)] == []
    assert full_results(run("evaluate", CASES, tmp_path, "--format", "ndjson").stdout) == results


@pytest.mark.parametrize("form", ["text", "json", "ndjson", "csv"])
def test_the_same_input_gives_the_same_bytes(form: str) -> None:
    first, second = (run("evaluate", CASES, "--format", form).stdout for _ in range(2))
    assert first == second
    assert first


def test_files_folders_patterns_lines_and_standard_input_are_all_read(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.json").write_text(json.dumps(leader(case_id=f"T-{name}")), encoding="utf-8")
    lines = "\n".join(json.dumps(leader(case_id=f"T-{name}")) for name in "cd")
    (tmp_path / "lines.ndjson").write_text(lines, encoding="utf-8")
    everything = ["T-a", "T-b", "T-c", "T-d"]
    for paths, expected in (
        ([tmp_path], everything),
        ([tmp_path / "*.json"], ["T-a", "T-b"]),
        ([tmp_path / "b.json", tmp_path / "lines.ndjson"], ["T-b", "T-c", "T-d"]),
    ):
        assert [one["case_id"] for one in evaluated(*paths)[0]["decisions"]] == expected
    for stdin in (lines, json.dumps(leader(case_id="T-c"), indent=2)):
        found = [one["case_id"] for one in evaluated("-", stdin=stdin.encode())[0]["decisions"]]
        assert found == (["T-c", "T-d"] if stdin == lines else ["T-c"])


def test_text_puts_the_grade_first_and_then_what_bars_the_next_one() -> None:
    text = run("evaluate", LEADER).stdout.splitlines()
    assert text[0].startswith("HS-2024-07 · Cá nhân giữ chức vụ lãnh đạo, quản lý · S-07")
    assert text[1] == "  Dữ kiện cho thấy: Hoàn thành tốt nhiệm vụ"
    joined = " ".join(" ".join(text).split())
    assert "Chưa đạt “Hoàn thành xuất sắc nhiệm vụ” vì: ✗ Đủ số nhiệm vụ hoàn thành vượt mức" in joined
    assert "45% (cần ít nhất 50%) [Quy định 124-QĐ/TW, Điều 12; theo nguồn đã đăng]" in joined
    assert "Nội dung chưa kiểm điểm: ☐ Xử lý những vấn đề khó, phức tạp, nhạy cảm" in joined
    assert "tự xếp loại “Hoàn thành xuất sắc nhiệm vụ” (cao hơn dữ kiện cho thấy)" in joined
    english = " ".join(run("evaluate", LEADER, "--lang", "en").stdout.split())
    assert "The facts support: Good completion of tasks" in english
    assert "45% (required: at least 50%)" in english


def test_output_goes_whole_to_a_file_and_nothing_to_the_screen(tmp_path: Path) -> None:
    target = tmp_path / "results.csv"
    done = run("evaluate", LEADER, "--format", "csv", "--output", target)
    assert (done.returncode, done.stdout) == (0, "")
    assert target.read_bytes().startswith("\ufeffMã hồ sơ,".encode())
    assert [path.name for path in tmp_path.iterdir()] == ["results.csv"]


def test_an_interpretation_and_a_regulation_can_be_chosen_for_a_run() -> None:
    head = f"{CASES}/05-head-before-unit.json"
    both = (head, f"{CASES}/01-organization-good.json")
    assert "head_not_above_unit" not in json.dumps(evaluated(*both)[0]["links"])
    links = evaluated(*both, "--interpretation", "head_ceiling=applied")[0]["links"]
    assert {"links.head_not_above_unit": "broken"}.items() <= {one["link"]: one["status"] for one in links}.items()
    early = json.dumps(leader(period="2017", as_of="2018-03-07")).encode()
    assert evaluated("-", stdin=early)[1] == 1
    assert evaluated("-", "--regulation", "qd-124-2023", stdin=early)[1] == 0


def test_an_explanation_names_the_least_change_and_the_conditions_one_by_one() -> None:
    text = run("explain", CASES, "--case", "HS-2024-07", "--lang", "en").stdout
    assert text.count("period 2024") == 1
    assert "✗ Share of tasks exceeded: 45% (asked: at least 50%)" in text
    assert "The least change to reach “Excellent completion of tasks”:" in text
    assert "→ Tasks exceeded: 9 → 10 (tasks.exceeded)" in text
    (one,) = json.loads(run("explain", CASES, "--case", "HS-2024-07", "--format", "json").stdout)["explanations"]
    (way,) = one["ways_up"]["sets"]
    assert way["changes"] == [{"fact": "tasks.exceeded", "evidence": False, "before": 9, "after": 10}]
    assert [grade["grade"] for grade in one["grades"]] == ["excellent", "good"]


def test_past_discipline_is_never_proposed_as_a_way_up() -> None:
    text = " ".join(run("explain", CASES, "--case", "HS-2024-09", "--lang", "en").stdout.split())
    assert "No honest change reaches a better grade, as what has happened decides: Disciplined in the year" in text


# --- bad cases ------------------------------------------------------------------------------------------------------

GOOD = json.dumps(leader(case_id="T-good"), ensure_ascii=False)


def text_of(**changes: object) -> str:
    return json.dumps(leader(case_id="T-bad", **changes), ensure_ascii=False)


IN_2023 = "qd-124-2023"
BAD: dict[str, tuple[str | bytes, str]] = {
    "not JSON": ("{'case_id': 3}", "json/quotes"),
    "cut off": (GOOD[:-20], "json/unclosed"),
    "duplicate keys": ('{"case_id": "T-bad", "case_id": "T-2"}', "json/duplicate-key"),
    "NaN": (text_of(facts__tasks__assigned=1.5).replace("1.5", "NaN"), "json/not-a-number"),
    "1e400": (text_of(facts__tasks__assigned=1.5).replace("1.5", "1e400"), "json/number-too-large"),
    "text for a number": (text_of(facts__tasks__assigned="20"), "fact/type"),
    "true for one": (text_of(facts__tasks__assigned=True), "fact/type"),
    "one for true": (text_of(facts__discipline__in_year=1), "fact/type"),
    "a fraction for a count": (text_of(facts__tasks__assigned=20.5), "fact/type"),
    "an unknown fact": (text_of(facts__tasks__exceded=3), "fact/unknown"),
    "an unknown option": (text_of(facts__criteria__ethics="splendid"), "fact/option"),
    "below the minimum": (text_of(facts__tasks__completed=-1), "fact/range"),
    "more done than assigned": (text_of(facts__tasks__completed=21), "fact/derived-range"),
    "a share that contradicts its parts": (text_of(facts__tasks__completed_percent=90), "fact/contradicts-parts"),
    "an unknown grade": (text_of(grades__self="best"), "grade/unknown"),
    "an unknown kind of subject": (text_of(subject__kind="chief"), "kind/unknown"),
    "a relation to nothing known": (text_of(subject__minds="U-01"), "relation/unknown"),
    "an unknown review content": (text_of(review__covered=["everything"]), "review-content/unknown"),
    "no such day": (text_of(as_of="2024-02-30"), "schema/no-such-day"),
    "no facts": ('{"case_id": "T-bad", "period": "2024", "as_of": "2024-12-31", "subject": {}}', "schema/missing-key"),
    "an unknown key": (text_of(fact={}), "schema/unknown-key"),
    "a day before any regulation": (text_of(as_of="2017-01-01"), "case/no-regulation-in-force"),
    "a regulation not in force": (text_of(regulation=IN_2023, as_of="2025-08-30"), "case/regulation-not-in-force"),
    "an unknown regulation": (text_of(regulation="qd-999"), "regulation/unknown"),
    "10,000 nested brackets": ("[" * 10_000 + "]" * 10_000, "json/too-deep"),
    "a text of 20,000 letters": (text_of(period="x" * 20_000), "json/text-too-long"),
    "100 MB": (b'{"case_id": "' + b"x" * 100_000_000 + b'"}', "file/too-large"),
    "an empty file": ("", "json/empty"),
    "a list": ("[1, 2]", "json/not-an-object"),
    "not UTF-8": ("{\"case_id\": \"é\"}".encode("latin-1"), "file/encoding"),
    "a control character": (text_of(period="\u001b[31m2024"), "json/unprintable"),
}  # fmt: skip


@pytest.fixture(scope="module")
def among_bad_ones(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], int]:
    """One run over every bad case and, between them, good ones."""
    folder = tmp_path_factory.mktemp("cases")
    for number, (content, _) in enumerate(BAD.values()):
        name = f"T-{number:02d}"
        written = content if isinstance(content, bytes) else content.replace("T-bad", name).encode()
        (folder / f"{name}.json").write_bytes(written)
        (folder / f"{name}-good.json").write_text(GOOD.replace("T-good", f"{name}-good"), encoding="utf-8")
    return folder, *evaluated(folder)


@pytest.mark.parametrize("what", BAD)
def test_a_bad_case_is_named_with_what_is_wrong_and_a_remedy(
    what: str, among_bad_ones: tuple[Path, dict[str, Any], int]
) -> None:
    folder, results, _ = among_bad_ones
    file = str(folder / f"T-{list(BAD).index(what):02d}.json")
    (rejected,) = [one for one in results["rejected"] if one["file"] == file]
    assert {one["code"] for one in rejected["diagnostics"]} == {BAD[what][1]}
    for one in rejected["diagnostics"]:
        assert one["file"] == file
        assert one["message"]["vi"] and one["message"]["en"] and one["help"]["vi"] and one["help"]["en"]


def test_bad_cases_stop_no_other_and_are_all_in_the_output(
    among_bad_ones: tuple[Path, dict[str, Any], int],
) -> None:
    _, results, code = among_bad_ones
    assert code == 1
    assert [one["case_id"] for one in results["decisions"]] == [f"T-{number:02d}-good" for number in range(len(BAD))]
    assert len(results["rejected"]) == len(BAD)


def test_a_bad_line_is_named_by_its_number_and_the_others_are_judged(tmp_path: Path) -> None:
    lines = [
        json.dumps(leader(case_id="T-1")),
        "{broken",
        "",
        json.dumps(leader(case_id="T-4", facts__tasks__assigned="x")),
    ]
    (tmp_path / "cases.ndjson").write_text("\n".join(lines), encoding="utf-8")
    results, code = evaluated(tmp_path / "cases.ndjson")
    assert (code, [one["case_id"] for one in results["decisions"]]) == (1, ["T-1"])
    assert [(one["diagnostics"][0]["line"], one["case_id"]) for one in results["rejected"]] == [(2, None), (4, "T-4")]


def test_a_misspelt_fact_is_answered_with_the_one_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(text_of(facts__tasks__exceded=3), encoding="utf-8")
    done = run("evaluate", tmp_path / "bad.json")
    assert done.returncode == 1
    assert "có phải ý là `tasks.exceeded`?" in done.stdout
    assert "did you mean `tasks.exceeded`?" in run("evaluate", tmp_path / "bad.json", "--lang", "en").stdout


def test_two_cases_with_one_id_are_told_apart_by_their_files(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.json").write_text(GOOD, encoding="utf-8")
    results, code = evaluated(tmp_path)
    assert (code, len(results["decisions"])) == (1, 1)
    (rejected,) = results["rejected"]
    assert rejected["diagnostics"][0]["code"] == "case/duplicate-id"
    assert str(tmp_path / "a.json") in rejected["diagnostics"][0]["message"]["en"]


def test_a_missing_file_and_a_folder_without_cases_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(GOOD, encoding="utf-8")
    (tmp_path / "empty").mkdir()
    results, code = evaluated(tmp_path / "none.json", tmp_path / "empty", tmp_path / "good.json")
    assert (code, [one["case_id"] for one in results["decisions"]]) == (1, ["T-good"])
    codes = [one["diagnostics"][0]["code"] for one in results["rejected"]]
    assert codes == ["file/missing", "folder/empty"]


def test_a_byte_order_mark_and_decomposed_letters_change_nothing(tmp_path: Path) -> None:
    plain = json.dumps(leader(subject__cohort="phó trưởng phòng"), ensure_ascii=False)
    (tmp_path / "plain.json").write_text(plain, encoding="utf-8")
    (tmp_path / "other.json").write_text("\ufeff" + unicodedata.normalize("NFD", plain), encoding="utf-8")
    first, second = (evaluated(tmp_path / f"{name}.json")[0] for name in ("plain", "other"))
    for results in (first, second):
        del results["decisions"][0]["file"]
    assert first == second


def test_an_error_names_the_case_and_the_fact_and_never_the_person(tmp_path: Path) -> None:
    one_line = json.dumps(
        leader(case_id="T-9", subject__name="Người Thử Nghiệm Số 9", facts__tasks__assigned="x"), ensure_ascii=False
    )
    (tmp_path / "case.json").write_text(one_line, encoding="utf-8")
    done = run("evaluate", tmp_path / "case.json")
    assert "T-9" in done.stdout and "tasks.assigned" in done.stdout
    assert "Người Thử Nghiệm" not in done.stdout + done.stderr


# --- the other commands, exit codes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["check"], 0),
        (["check", "--policies", "tests"], 1),
        (["trace", "qd-124-2023"], 0),
        (["schema", "qd-124-2023"], 0),
        (["compile", "qd-124-2023", "--subject", "leader"], 0),
        (["compile", "qd-124-2023", "--subject", "king"], 2),
        (["compile", "qd-124-2024", "--subject", "leader"], 2),
        (["explain", str(LEADER)], 0),
        (["explain", CASES, "--case", "HS-2024-99"], 2),
        (["explain", "no-such-file.json"], 1),
        (["evaluate"], 2),
        (["evaluate", CASES, "--regulation", "qd-124"], 2),
        (["evaluate", CASES, "--interpretation", "quota_base=all"], 2),
        (["evaluate", CASES, "--interpretation", "quota"], 2),
        (["nonsense"], 2),
        (["--version"], 0),
        (["--help"], 0),
    ],
)
def test_exit_codes_are_as_documented(arguments: list[str], code: int) -> None:
    done = run(*arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_reader_going_away_is_no_error() -> None:
    done = subprocess.run(
        f"{sys.executable} -m engine evaluate {CASES} | head -1",
        shell=True, capture_output=True, cwd=ROOT, timeout=60, check=False, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_the_case_schema_accepts_the_sample_cases_and_refuses_a_misspelt_fact() -> None:
    schema = json.loads(run("schema", "qd-124-2023").stdout)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for path in (ROOT / CASES).glob("*.json"):
        assert [error.message for error in validator.iter_errors(json.loads(path.read_text(encoding="utf-8")))] == []
    assert not validator.is_valid(leader(facts__tasks__exceded=3))
    assert not validator.is_valid(leader(facts__tasks__assigned="20"))


def test_compiled_rules_show_the_readable_and_the_encoded_form_side_by_side() -> None:
    compiled = json.loads(run("compile", "qd-124-2023", "--subject", "leader").stdout)
    text = json.dumps(compiled, ensure_ascii=False)
    assert "tasks.exceeded_percent" in text
    assert "excellent_exceeded_percent" in text or "50" in text


def test_progress_is_shown_to_a_person_who_waits_and_to_nobody_else(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    lines = "\n".join(json.dumps(leader(case_id=f"T-{number}", subject__id=f"S-{number}")) for number in range(300))
    (tmp_path / "many.ndjson").write_text(lines, encoding="utf-8")
    impatient = "from engine.cli import main, progress; progress.PATIENCE = 0; main()"
    arguments = [sys.executable, "-c", impatient, "evaluate", str(tmp_path / "many.ndjson"), "--format", "csv"]
    watching, terminal = pty.openpty()
    with open(tmp_path / "out.csv", "wb") as out:
        process = subprocess.Popen(
            arguments, stdout=out, stderr=terminal, cwd=ROOT, env={**os.environ, "TERM": "xterm"}
        )
        os.close(terminal)
        shown = b""
        while True:
            try:
                chunk = os.read(watching, 4096)
            except OSError:
                break
            if not chunk:
                break
            shown += chunk
        assert process.wait(timeout=120) == 0
    os.close(watching)
    assert "hồ sơ / cases" in shown.decode("utf-8", "replace")
    quiet = subprocess.run(arguments, capture_output=True, cwd=ROOT, timeout=120, check=False)
    assert quiet.stderr == b""
    assert quiet.stdout == (tmp_path / "out.csv").read_bytes()


def test_a_code_is_explained_and_a_misspelt_one_is_guessed() -> None:
    done = run("explain-code", "rule/operator")
    assert done.returncode == 0
    assert "Cách sửa:" in done.stdout and "Sai:\n    when: {fact: mark, includes: green}" in done.stdout
    assert "Remedy:" in run("explain-code", "rule/operator", "--lang", "en").stdout
    assert "rule/operator" in run("explain-code").stdout
    wrong = run("explain-code", "rule/operater")
    assert wrong.returncode == 2
    assert "`rule/operator`" in wrong.stderr


REGULATIONS = {
    path.parent.name for path in (ROOT / "policies").glob("*/*.yaml") if path.stem in ("regulation", "overlay")
}


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("ev", {"evaluate"}),
        ("explain-code rule/d", {"rule/duplicate-id"}),
        ("compile ", REGULATIONS),
        ("evaluate --regulation q", {name for name in REGULATIONS if name.startswith("q")}),
        ("new case --subject head", {"head"}),
        ("evaluate --interpretation quota_rounding=", {f"quota_rounding={x}" for x in ("floor", "half_up", "ceiling")}),
        ("compile --policies nowhere q", set()),
    ],
)  # fmt: skip
def test_the_shell_completes_names(words: str, offered: set[str]) -> None:
    asked = f"xeploai {words}"
    place = len(asked.split()) - (not asked.endswith(" "))
    done = run(
        env={"_XEPLOAI_COMPLETE": "bash_complete", "COMP_WORDS": asked, "COMP_CWORD": str(place)}
    )
    assert done.returncode == 0
    assert {line.partition(",")[2] for line in done.stdout.splitlines() if line} == offered
    assert done.stderr == ""


@pytest.mark.parametrize(
    "words",
    [
        ["check"], ["explain", str(LEADER)], ["evaluate", str(LEADER)],
        ["compile", "qd-124-2023", "--subject", "leader"],
        ["diff", "qd-124-2023", "mau-tinh-a-2024"], ["sensitivity", "--cases", str(LEADER)],
        ["impact", "qd-124-2023", "mau-tinh-a-2024", "--cases", str(LEADER)],
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_what_programs_read_says_by_which_format_it_is_written(words: list[str]) -> None:
    form = [] if words[0] == "compile" else ["--format", "json"]
    done = CliRunner().invoke(cli, [*words, *form])
    assert next(iter(json.loads(done.stdout).items())) == ("format", 2), done.output


SIGNALLED_IN_A_LIBRARY = """
import os, signal, sys, time
import engine.cli
signal.signal(signal.SIGINT, signal.default_int_handler)
def query(**options):
    try:
        os.kill(os.getpid(), int(sys.argv[1]))
        time.sleep(10)
    except BaseException:
        # As DuckDB does.
        raise RuntimeError("Query interrupted") from None
engine.cli.cli = query
engine.cli.main()
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_a_library_makes_another_error_of_is_no_defect(number: int) -> None:
    command = [sys.executable, "-c", SIGNALLED_IN_A_LIBRARY, str(int(number))]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (128 + number, b"", b"")
