"""`xeploai ask` and `xeploai new case` as people use them: the one in a real terminal, the other as a command."""

import json
import os
import re
import signal
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
from jsonschema import Draft202012Validator
from support import ROOT, command
from support.command import Completed
from support.records import full_results

SAMPLES = ROOT / "policies" / "qd-124-2023" / "cases"
KINDS = ["organization", "leadership_collective", "party_organization", "leader", "head", "non_leader"]

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120", "TERM": "dumb", "NO_COLOR": "1"}
CTRL_C = "\x03"


def run(*arguments: str | Path, cwd: Path = ROOT) -> Completed:
    return command.run(*arguments, cwd=cwd, env=ENVIRONMENT)


class Terminal:
    """A person at a terminal."""

    def __init__(self, *arguments: str | Path, width: int = 120) -> None:
        self.child = pexpect.spawn(
            sys.executable, ["-m", "engine", "ask", *map(str, arguments)],
            cwd=str(ROOT), env={**ENVIRONMENT, "COLUMNS": str(width)}, encoding="utf-8", timeout=30,
            dimensions=(40, width),
            # A test run in the background ignores what Ctrl-C sends, and its children would inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip

    def sees(self, *texts: str) -> None:
        for text in texts:
            # Lines are broken between words, wherever the terminal's width has it.
            self.child.expect(r"\s+".join(re.escape(word) for word in text.split(" ")))

    def types(self, *lines: str) -> None:
        for line in lines:
            self.child.expect_exact("> ")
            self.child.sendline(line)

    def presses(self, keys: str) -> None:
        self.child.expect_exact("> ")
        self.child.send(keys)

    def code(self) -> int:
        self.child.expect(pexpect.EOF)
        self.child.close()
        return int(self.child.exitstatus)


@pytest.fixture
def person() -> Iterator[Any]:
    opened: list[Terminal] = []

    def sit_down(*arguments: str | Path, width: int = 120) -> Terminal:
        opened.append(Terminal(*arguments, width=width))
        return opened[-1]

    yield sit_down
    for one in opened:
        one.child.close(force=True)


def read(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


def left_over(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


EXEMPTIONS = ("không", "chưa", "60 tháng")
QUESTION = "Cá nhân có bị kết luận có biểu hiện suy thoái"


# --- in a terminal --------------------------------------------------------------------------------------------------


def test_a_new_case_is_filled_in_to_its_grade_and_saved_whole(person: Any, tmp_path: Path) -> None:
    path = tmp_path / "HS-01.json"
    sitting = person(path, "--regulation", "qd-124-2023", "--subject", "non_leader")
    sitting.sees("Hồ sơ mới ghi kỳ 2024, ngày xét 31/12/2024")
    sitting.types(*EXEMPTIONS)
    sitting.sees(QUESTION)
    sitting.types(unicodedata.normalize("NFD", "có"))
    sitting.sees("Hiện nay: Không hoàn thành nhiệm vụ", "Có dấu hiệu vi phạm không?")
    sitting.types("có", "không", "0", "k", "k", "không", "0", "0", "n", "n")
    sitting.sees("Việc kiểm điểm đã bao gồm những nội dung nào?")
    sitting.types("1, 2")
    sitting.sees("Không còn câu nào có thể thay đổi kết quả", "! Có dấu hiệu vi phạm", "Mã của đối tượng?")
    sitting.types("S-99", "Người Bịa Ra", "chuyên viên bịa", "năm tám mươi")
    sitting.sees("“năm tám mươi” không phải là một ngày có thật")
    sitting.types("19/5/1980")
    sitting.sees("Sinh hoạt ở chi bộ nào?")
    sitting.types("Chi bộ Bịa", "chưa rõ", "chuyên viên cấp bịa", "TT-99")
    sitting.sees("Tự xếp loại mức nào?")
    sitting.types("mức gì đó")
    sitting.sees("không có lựa chọn")
    sitting.types("Hoàn thành nhiệm vụ")
    sitting.sees(f"Lưu vào {path}? [C/k]")
    sitting.types("")
    sitting.sees("Đã lưu", "xeploai explain")
    assert sitting.code() == 0
    assert left_over(tmp_path) == ["HS-01.json"]
    case = read(path)
    assert case["facts"]["conclusions"] == {
        "degraded": True, "prohibited_acts": None, "exemplary_duty_breached": None,
    }  # fmt: skip
    assert case["review"]["covered"] == ["results", "shortcomings"]
    assert case["subject"] == {
        "kind": "non_leader", "id": "S-99", "name": "Người Bịa Ra", "position": "chuyên viên bịa",
        "born": "1980-05-19", "party_cell": "Chi bộ Bịa", "unit": None, "cohort": "chuyên viên cấp bịa",
        "member_of": "TT-99",
    }  # fmt: skip
    assert case["grades"]["self"] == "completed"
    done = run("evaluate", path, "--format", "json")
    assert full_results(done.stdout)["decisions"][0]["grading"]["grade"] == "not_completed"


def test_what_is_wrong_is_said_and_asked_again_and_back_takes_an_answer_back(person: Any, tmp_path: Path) -> None:
    path = tmp_path / "HS-02.json"
    sitting = person(path, "--regulation", "qd-124-2023", "--subject", "non_leader")
    sitting.types("lùi")
    sitting.sees("Đây là câu đầu tiên")
    sitting.types("có lẽ")
    sitting.sees("“có lẽ” không rõ là có hay không")
    sitting.types("")
    sitting.sees("Chưa có câu trả lời")
    sitting.types("không", "không", "-1")
    sitting.sees("ngoài khoảng từ 0")
    sitting.types("sáu mươi")
    sitting.sees("không phải là số")
    sitting.types("?")
    sitting.sees("membership.months_since_admission", "Vì sao hỏi", "Đảng viên mới kết nạp chưa đủ 6 tháng")
    sitting.types("5")
    sitting.sees("không thuộc diện kiểm điểm")
    # Id, name, post, birth, party cell and unit: who is not reviewed has no cohort and no link to other cases.
    sitting.types(*[""] * 6)
    sitting.sees("Lưu vào")
    sitting.types("k")
    sitting.sees("Không lưu")
    assert sitting.code() == 0
    assert "xeploai explain" not in sitting.child.before
    assert left_over(tmp_path) == []

    sitting = person(path, "--regulation", "qd-124-2023", "--subject", "non_leader")
    sitting.types("không", "có lẽ", "bỏ qua", "lùi")
    sitting.sees("Đảng viên có đang bị đình chỉ sinh hoạt đảng không?")
    sitting.types("lui")
    sitting.sees("Đảng viên có được miễn công tác và sinh hoạt đảng không?")
    sitting.types("có")
    sitting.sees("không thuộc diện kiểm điểm")
    sitting.types(*[""] * 6, "c")
    assert sitting.code() == 0
    assert read(path)["facts"]["membership"] == {
        "exempt_from_work_and_activity": True, "suspended_from_party_activity": None, "months_since_admission": None,
    }  # fmt: skip


def test_ctrl_c_offers_to_save_what_was_answered(person: Any, tmp_path: Path) -> None:
    path = tmp_path / "HS-03.json"
    sitting = person(path, "--regulation", "qd-124-2023", "--subject", "non_leader")
    sitting.types("không")
    sitting.presses(CTRL_C)
    sitting.sees(f"Lưu vào {path}?")
    sitting.types("có")
    sitting.sees("Đã lưu")
    assert sitting.code() == 0
    assert read(path)["facts"]["membership"]["exempt_from_work_and_activity"] is False


def test_what_was_answered_outlives_a_sitting_that_breaks_off(person: Any, tmp_path: Path) -> None:
    path = tmp_path / "HS-13.json"
    options = (path, "--regulation", "qd-124-2023", "--subject", "non_leader")
    sitting = person(*options)
    sitting.types("không", "chưa rõ")
    sitting.sees("bao nhiêu tháng tròn")
    sitting.child.kill(signal.SIGKILL)
    sitting.child.wait()
    assert left_over(tmp_path) == [".HS-13.json.draft"]
    assert (tmp_path / ".HS-13.json.draft").stat().st_mode & 0o077 == 0
    sitting = person(*options)
    sitting.sees("Dùng tiếp những câu đã trả lời?")
    sitting.types("")
    sitting.sees("Đảng viên có đang bị đình chỉ sinh hoạt đảng không?")
    sitting.types("thoát", "c")
    sitting.sees("Đã lưu")
    assert sitting.code() == 0
    assert left_over(tmp_path) == ["HS-13.json"]
    assert read(path)["facts"]["membership"]["exempt_from_work_and_activity"] is False


@pytest.mark.parametrize("end", ["input", "terminal"])
def test_answers_are_kept_when_the_input_or_the_terminal_goes(person: Any, tmp_path: Path, end: str) -> None:
    path = tmp_path / "HS-14.json"
    sitting = person(path, "--regulation", "qd-124-2023", "--subject", "non_leader")
    sitting.types("không")
    sitting.sees("đình chỉ sinh hoạt đảng")
    if end == "input":
        sitting.presses("\x04")
        sitting.presses("\x04")
    else:
        sitting.child.kill(signal.SIGHUP)
    assert sitting.code() != 0
    assert left_over(tmp_path) == [".HS-14.json.draft"]


@pytest.mark.parametrize("second", ["không", CTRL_C])
def test_ctrl_c_and_no_leaves_the_file_as_it_was(person: Any, tmp_path: Path, second: str) -> None:
    path = tmp_path / "HS-04.json"
    text = (SAMPLES / "11-non-leader-range.json").read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    sitting = person(path)
    sitting.sees("từ Hoàn thành")
    sitting.types("có")
    sitting.presses(CTRL_C)
    sitting.sees("Lưu vào")
    if second == CTRL_C:
        sitting.presses(CTRL_C)
    else:
        sitting.types(second)
    assert sitting.code() == 130
    assert path.read_text(encoding="utf-8") == text
    assert left_over(tmp_path) == ["HS-04.json"]


def test_save_goes_on_and_quit_after_it_asks_nothing_more(person: Any, tmp_path: Path) -> None:
    path = tmp_path / "HS-05.json"
    sitting = person(
        path,
        "--regulation",
        "qd-124-2023",
        "--subject",
        "non_leader",
        "--lang",
        "en",
        "--period",
        "2023",
        "--as-of",
        "2023-12-31",
    )
    sitting.sees("Is the member exempt")
    sitting.types("no", "save")
    sitting.sees("Saved")
    sitting.types("quit")
    assert sitting.code() == 0
    assert (read(path)["period"], read(path)["as_of"]) == ("2023", "2023-12-31")


def test_a_file_changed_elsewhere_is_not_written_over_unasked(person: Any, tmp_path: Path) -> None:
    path = tmp_path / "HS-06.json"
    path.write_text((SAMPLES / "11-non-leader-range.json").read_text(encoding="utf-8"), encoding="utf-8")
    sitting = person(path)
    sitting.types("có")
    path.write_text("{}", encoding="utf-8")
    sitting.types("lưu")
    sitting.sees("đã bị sửa ở nơi khác")
    sitting.types("")
    sitting.sees("Không lưu")
    sitting.presses(CTRL_C)
    sitting.sees("Lưu vào")
    sitting.types("k")
    assert sitting.code() == 130
    assert path.read_text(encoding="utf-8") == "{}"


def test_a_range_is_settled_by_the_facts_that_are_missing_and_what_was_there_stays(person: Any, tmp_path: Path) -> None:
    path = tmp_path / "HS-07.json"
    before = read(SAMPLES / "11-non-leader-range.json")
    path.write_text(json.dumps(before, ensure_ascii=False), encoding="utf-8")
    sitting = person(path)
    sitting.sees("nổi bật")
    sitting.types("có")
    sitting.sees("vượt mức bao nhiêu")
    sitting.types("25")
    sitting.sees("ngoài khoảng từ 0 đến 100")
    sitting.types("10")
    sitting.sees("Hiện nay: Hoàn thành xuất sắc nhiệm vụ", "Lưu vào")
    sitting.types("c")
    assert sitting.code() == 0
    after = read(path)
    assert after["facts"].pop("achievements") == {"outstanding_and_model": True}
    assert after["facts"]["tasks"].pop("exceeded") == 10
    assert after == before


def test_where_nothing_matters_any_more_nothing_is_asked_or_written(person: Any, tmp_path: Path) -> None:
    path = tmp_path / "HS-08.json"
    text = (SAMPLES / "12-new-member-exempt.json").read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    sitting = person(path)
    sitting.sees("Không còn câu nào")
    assert sitting.code() == 0
    assert path.read_text(encoding="utf-8") == text


def test_regulation_and_subject_are_asked_for_where_they_are_not_named(person: Any, tmp_path: Path) -> None:
    path = tmp_path / "HS-09.json"
    sitting = person(path)
    sitting.sees("Theo quy định nào?", "(qd-124-2023)")
    sitting.types("quy định 124", "qd-124-2023")
    sitting.sees("Đối tượng thuộc loại nào?", "(non_leader)")
    sitting.types("không có", "non_leader")
    sitting.sees("Đảng viên có được miễn")
    sitting.presses(CTRL_C)
    sitting.sees("Lưu vào")
    sitting.types("k")
    assert sitting.code() == 130


# --- without one ----------------------------------------------------------------------------------------------------


def test_in_a_narrow_terminal_lines_break_between_words_and_regulations_are_told_apart(
    person: Any, tmp_path: Path
) -> None:
    sitting = person(tmp_path / "case.json", width=40)
    sitting.child.expect_exact("(qd-132-2018)")
    shown = sitting.child.before + "(qd-132-2018)"
    assert "04/10/2023" in shown and "29/08/2025" in shown
    sitting.types("qd-124-2023", "non_leader")
    sitting.child.expect_exact("có hoặc không")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown + sitting.child.before).splitlines()
    assert not [line for line in lines if len(line) > 40]
    every = " ".join(line.strip() for line in lines)
    assert "gõ câu trả lời" in every.casefold() and "hoàn thành xuất sắc nhiệm vụ" in every.casefold()
    sitting.presses(CTRL_C)


def test_a_case_with_mistakes_is_shown_them_and_asked_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text('{"case_id": "T", "period": "2024", "as_of": "2024-12-31", "facts": {}}', encoding="utf-8")
    done = run("ask", path)
    assert done.returncode == 1
    assert "subject" in done.stderr and "Traceback" not in done.stderr


def test_another_kind_than_the_file_says_is_wrong_usage(tmp_path: Path) -> None:
    done = run("ask", SAMPLES / "08-leader-good.json", "--subject", "non_leader")
    assert done.returncode == 2
    assert run("ask", tmp_path / "x.json", "--regulation", "qd-124-2023", "--subject", "leder").returncode == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_skeleton_is_valid_states_nothing_and_is_judged_as_a_wide_range(kind: str, tmp_path: Path) -> None:
    made = run("new", "case", "--regulation", "qd-124-2023", "--subject", kind, "--id", "T-1")
    assert made.returncode == 0, made.stderr
    case = json.loads(made.stdout)
    schema = json.loads(run("schema", "qd-124-2023").stdout)
    assert [error.message for error in Draft202012Validator(schema).iter_errors(case)] == []

    def values(data: Any) -> Iterator[Any]:
        for value in data.values() if isinstance(data, dict) else [data]:
            yield from values(value) if isinstance(value, dict) else [value]

    for part in ("facts", "evidence", "review", "grades"):
        assert list(values(case[part])) and set(values(case[part])) == {None}
    path = tmp_path / "T-1.json"
    path.write_text(made.stdout, encoding="utf-8")
    done = run("evaluate", path, "--format", "json", "--verify")
    assert done.returncode == 0, done.stderr
    (decision,) = full_results(done.stdout)["decisions"]
    assert len(decision["grading"]["possible"]) == 5
    # Every fact that the engine misses stands in the skeleton, or what it is computed from does.
    stated = {f"{group}.{name}" for group, inside in case["facts"].items() for name in inside}
    plain = {name for name in decision["missing"] if not name.startswith("evidence.") and not name.endswith("_percent")}
    assert plain <= stated
    assert {name.removeprefix("evidence.") for name in decision["missing"] if name.startswith("evidence.")} == set(
        case["evidence"]
    )
    for name in stated:
        assert name in made.stderr, "the table of questions names every fact"


def test_a_skeleton_in_a_file_brings_its_schema_and_the_folder_is_still_a_folder_of_cases(tmp_path: Path) -> None:
    path = tmp_path / "hồ sơ" / "HS-1.json"
    path.parent.mkdir()
    made = run("new", "case", "--regulation", "qd-124-2023", "--subject", "leader", "-o", path)
    assert made.returncode == 0, made.stderr
    case = read(path)
    assert (case["case_id"], case["as_of"]) == ("HS-1", "2024-12-31")
    schema = read(path.parent / case["$schema"])
    assert [error.message for error in Draft202012Validator(schema).iter_errors(case)] == []
    assert "bao nhiêu chỉ tiêu" in json.dumps(schema, ensure_ascii=False)
    assert "tasks.assigned" in made.stdout and "Mã nội dung" in made.stdout and "personal_example" in made.stdout
    done = run("evaluate", path.parent)
    assert done.returncode == 0 and "1 hồ sơ đã xét" in done.stdout
    again = run("new", "case", "--regulation", "qd-124-2023", "--subject", "leader", "-o", path)
    assert again.returncode == 2 and "--force" in again.stderr
    assert run("new", "case", "--regulation", "qd-124-2023", "--subject", "head", "-o", path, "--force").returncode == 0


def test_a_reading_chosen_for_the_skeleton_decides_which_facts_are_in_it() -> None:
    asking = ["new", "case", "--regulation", "qd-124-2023", "--subject", "leader"]
    chosen = json.loads(run(*asking).stdout)
    switched = json.loads(run(*asking, "--interpretation", "leader_numbers=qd_89_2017").stdout)
    assert "led_unit" not in chosen["facts"]
    assert "completed_percent" in switched["facts"]["led_unit"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--subject", "leder"], "leder"),
        (["--subject", "leader", "--as-of", "2026-01-01"], "2025-08-29"),
        (["--subject", "leader", "--as-of", "31/12/2024"], "năm-tháng-ngày"),
        (["--subject", "leader", "--interpretation", "no_such=x"], "no_such"),
    ],
)
def test_options_that_do_not_fit_are_wrong_usage_with_a_remedy(more: list[str], said: str) -> None:
    done = run("new", "case", "--regulation", "qd-124-2023", *more)
    assert done.returncode == 2
    assert said in done.stderr and done.stdout == ""
