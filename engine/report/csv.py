"""Results -> CSV, one row a case, for a spreadsheet; quotas and links concern several cases and are not in it."""

import csv
from typing import TextIO

from engine.base.formulas import harmless
from engine.base.words import wording, words
from engine.core.judge.case import Rejected
from engine.core.judge.record import UNDETERMINED, Decision, Results
from engine.report.sentences import barring, missing_fact
from engine.report.words import Words

COLUMNS = (
    "case_id", "regulation", "period", "as_of", "kind", "subject", "unit", "cohort", "grade", "lowest", "highest",
    "bars", "next", "short_of", "findings", "left_out", "missing", "self", "proposed", "decided", "assumed", "problems",
)  # fmt: skip
HEADINGS = words("table", "columns")
EXEMPT = wording("table", "exempt")
TO_THE_AUTHORITY = wording("table", "to_the_authority")


def write_table(results: Results, words: Words, stream: TextIO) -> None:
    """With a byte order mark, so that spreadsheets read Vietnamese; no cell is one that they take for a formula."""
    stream.write("\ufeff")
    language = words.language
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([HEADINGS[name][language] for name in COLUMNS])
    for row in (
        *(_decided(decision, words) for decision in results.decisions),
        *(_rejected(rejected, language) for rejected in results.rejected),
    ):
        writer.writerow([harmless(row.get(name, "")) for name in COLUMNS])


def _decided(decision: Decision, words: Words) -> dict[str, str]:
    language, grading = words.language, decision.grading
    labels = {grade: label[language] for grade, label in decision.grade_names}
    left_out = [item.rule.label[language] for item in decision.review if item.required and item.covered is False]
    row: dict[str, str] = {
        "case_id": decision.case_id,
        "regulation": decision.regulation,
        "period": decision.period,
        "as_of": decision.as_of.isoformat(),
        "kind": decision.subject.kind_label[language],
        "subject": decision.subject.id or "",
        "unit": decision.subject.unit or "",
        "cohort": decision.subject.cohort or "",
        "findings": "; ".join(finding.rule.label[language] for finding in decision.findings),
        "left_out": "; ".join(left_out),
        "assumed": "; ".join(result.rule.label[language] for result in decision.assumptions),
        **{given.given_by: labels[given.grade] for given in decision.grades},
    }
    if grading is None:
        return {**row, "grade": EXEMPT[language]}
    if grading.possible == (UNDETERMINED,):
        row["grade"] = TO_THE_AUTHORITY[language]
    return row | {
        "grade": labels.get(grading.grade or "", row.get("grade", "")),
        "lowest": labels.get(grading.lowest or "", ""),
        "highest": labels.get(grading.highest or "", ""),
        "bars": "; ".join(bar.result.rule.label[language] for bar in grading.bars if bar.result.holds),
        "next": labels.get(grading.next or "", ""),
        "short_of": "; ".join(sentence.text for sentence in barring(words, grading)),
        "missing": "; ".join(missing_fact(words, missing) for missing in grading.missing),
    }


def _rejected(rejected: Rejected, language: str) -> dict[str, str]:
    problems = "; ".join(f"{problem.location}: {problem.message(language)}" for problem in rejected.diagnostics)
    return {"case_id": rejected.case_id or rejected.file, "problems": problems}
