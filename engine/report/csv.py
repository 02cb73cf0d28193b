"""Results -> CSV, one row a case, for a spreadsheet; quotas and links concern several cases and are not in it."""

import csv
from typing import TextIO

from engine.base.formulas import harmless
from engine.base.words import wording
from engine.core.judge.case import Rejected
from engine.core.judge.record import UNDETERMINED, Decision, Results
from engine.report.sentences import Sayings
from engine.report.words import Words

COLUMNS = (
    ("case_id", "Mã hồ sơ", "Case"),
    ("regulation", "Quy định", "Regulation"),
    ("period", "Kỳ", "Period"),
    ("as_of", "Ngày xét", "Day of review"),
    ("kind", "Loại đối tượng", "Kind of subject"),
    ("subject", "Đối tượng", "Subject"),
    ("unit", "Đơn vị", "Unit"),
    ("cohort", "Nhóm", "Cohort"),
    ("grade", "Mức dữ kiện cho thấy", "Grade supported"),
    ("lowest", "Thấp nhất", "Lowest"),
    ("highest", "Cao nhất", "Highest"),
    ("bars", "Trường hợp loại", "Bars"),
    ("next", "Mức trên", "Next grade"),
    ("short_of", "Vì sao chưa đạt mức trên", "What bars the next grade"),
    ("findings", "Phải làm rõ trách nhiệm", "Responsibility to clarify"),
    ("left_out", "Nội dung chưa kiểm điểm", "Contents left out"),
    ("missing", "Dữ kiện còn thiếu", "Missing facts"),
    ("self", "Tự xếp loại", "Self-grade"),
    ("proposed", "Thẩm định, đề xuất", "Proposed"),
    ("decided", "Đã quyết định", "Decided"),
    ("assumed", "Dựa trên giả định", "Rests on assumptions"),
    ("problems", "Lỗi", "Problems"),
)
EXEMPT = wording("table", "exempt")
TO_THE_AUTHORITY = wording("table", "to_the_authority")


def write_table(results: Results, language: str, stream: TextIO) -> None:
    """With a byte order mark, so that spreadsheets read Vietnamese; no cell is one that they take for a formula."""
    stream.write("\ufeff")
    sayings = Sayings(Words(language, {}))
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([vi if language == "vi" else en for _, vi, en in COLUMNS])
    for row in (
        *(_decided(one, sayings) for one in results.decisions),
        *(_rejected(one, language) for one in results.rejected),
    ):
        writer.writerow([harmless(row.get(name, "")) for name, _, _ in COLUMNS])


def _decided(one: Decision, sayings: Sayings) -> dict[str, str]:
    language = sayings.words.language
    grading, labels = one.grading, {grade: label[language] for grade, label in one.grade_names}
    row: dict[str, str] = {
        "case_id": one.case_id,
        "regulation": one.regulation,
        "period": one.period,
        "as_of": one.as_of.isoformat(),
        "kind": one.subject.kind_label[language],
        "subject": one.subject.id or "",
        "unit": one.subject.unit or "",
        "cohort": one.subject.cohort or "",
        "findings": "; ".join(each.label[language] for each in one.findings),
        "left_out": "; ".join(item.label[language] for item in one.review if item.required and item.covered is False),
        "assumed": "; ".join(each.label[language] for each in one.assumptions),
        **{each.given_by: labels[each.grade] for each in one.grades},
    }
    if grading is None:
        return {**row, "grade": EXEMPT[language]}
    if grading.possible == (UNDETERMINED,):
        row["grade"] = TO_THE_AUTHORITY[language]
    return row | {
        "grade": labels.get(grading.grade or "", row.get("grade", "")),
        "lowest": labels.get(grading.lowest or "", ""),
        "highest": labels.get(grading.highest or "", ""),
        "bars": "; ".join(bar.result.label[language] for bar in grading.bars if bar.result.holds),
        "next": labels.get(grading.next or "", ""),
        "short_of": "; ".join(each.text for each in sayings.barring(grading)),
        "missing": "; ".join(each.fact for each in grading.missing),
    }


def _rejected(one: Rejected, language: str) -> dict[str, str]:
    problems = "; ".join(f"{each.location}: {each.message(language)}" for each in one.diagnostics)
    return {"case_id": one.case_id or one.file, "problems": problems}
