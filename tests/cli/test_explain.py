"""`xeploai explain --why` and `--why-not`: what is answered, and what cannot be asked."""

import json
from pathlib import Path

from support import ROOT
from support.command import run

BARRED = str(ROOT / "policies/qd-124-2023/cases/09-non-leader-disciplined.json")
SHORT = str(ROOT / "policies/qd-124-2023/cases/07-leader-one-task-short.json")


def test_both_questions_are_answered_in_the_words_of_a_decision_with_citations() -> None:
    done = run("explain", BARRED, "--why", "--why-not", "good")
    assert done.returncode == 0
    text = " ".join(done.stdout.split())
    assert "Chỉ riêng 5 dữ kiện sau đã đủ để kết luận “Không hoàn thành nhiệm vụ”, dù các dữ kiện khác thế nào" in text
    assert "– Bị xử lý kỷ luật trong năm đánh giá (discipline.in_year): có; nếu không: Hoàn thành xuất sắc" in text
    assert "● Bị xử lý kỷ luật trong năm đánh giá: áp dụng [Quy định 124-QĐ/TW, Điều 12 khoản 4, tiểu mục 4.3" in text
    assert "Không thay đổi trung thực nào đạt mức này, vì việc đã xảy ra quyết định: Bị xử lý kỷ luật" in text


def test_the_answers_are_data_as_well() -> None:
    done = run("explain", SHORT, "--why-not", "excellent", "--format", "json")
    (explanation,) = json.loads(done.stdout)["explanations"]
    (way,) = explanation["why_not"]["ways"]["sets"]
    assert way["changes"] == [{"fact": "tasks.exceeded", "evidence": False, "before": 9, "after": 10}]
    assert explanation["why"] is None


def test_what_cannot_be_asked_is_refused_with_a_remedy(tmp_path: Path) -> None:
    misspelt = run("explain", SHORT, "--why-not", "excelent", "--lang", "en")
    assert misspelt.returncode == 2
    assert "this regulation has no grade `excelent`" in misspelt.stderr
    assert "did you mean `excellent`?" in misspelt.stderr
    records = tmp_path / "records.ndjson"
    run("evaluate", SHORT, "--format", "ndjson", "-o", str(records))
    refused = run("explain", str(records), "--why", "--lang", "en")
    assert (refused.returncode, "`--why` needs the cases themselves" in refused.stderr) == (2, True)


def test_of_a_cohort_above_its_quota_the_page_says_which_numbers_would_be_lawful(tmp_path: Path) -> None:
    sample = ROOT / "policies/qd-124-2023/cases/20-cohort-within-quota.ndjson"
    cases = [json.loads(line) for line in sample.read_text("utf-8").splitlines()]
    for number in range(3):
        cases.append({**cases[0], "case_id": f"X-{number}", "subject": {**cases[0]["subject"], "id": f"X-{number}"}})
    cohort = tmp_path / "cohort.ndjson"
    cohort.write_text("\n".join(json.dumps(case) for case in cases), "utf-8")
    page = run("explain", str(cohort), "--why", "--format", "html").stdout
    # One of 5 is lawful; 3 more are not, unless they fall or the base grows to 5 times 4.
    assert "4 trên mẫu số 5 là 80%, quá 20%" in page
    assert "ít nhất 3 hồ sơ phải xuống, còn 1, mẫu số 8, tối đa 1" in page
    assert "giữ nguyên 4 thì mẫu số phải từ 20 trở lên" in page
    alone = run("explain", str(cohort), "--why", "--case", "X-1").stdout
    assert "mẫu số" not in alone
