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
