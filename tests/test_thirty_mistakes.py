"""Mistakes as a policy officer types them into the real policies: each found, at its line, in words that help.

`«` marks where the mistake stands in what was typed; the diagnostic must point at that line.
"""

import os
import shutil
import subprocess
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.diagnostics import Diagnostic, Problems
from engine.library import load_library
from engine.policy_tests import run
from engine.reach import check_reach

ROOT = Path(__file__).parent.parent
TRIGGERS = "qd-124-2023/triggers.yaml"
LADDER = "qd-124-2023/grades/individual.yaml"
REGULATION = "qd-124-2023/regulation.yaml"
QUOTAS = "qd-124-2023/quotas.yaml"
EXEMPTIONS = "qd-124-2023/exemptions.yaml"
TESTS = "qd-124-2023/triggers.test.yaml"


@dataclass(frozen=True)
class Mistake:
    name: str
    file: str
    text: str
    typed: str
    code: str
    says: str
    """A part of the Vietnamese message or remedy."""


# fmt: off
MISTAKES = [
    Mistake(
        "a comma in a text without quotation marks", TRIGGERS,
        'label: {vi: "Có đơn, thư khiếu nại, tố cáo", en:',
        "label: {vi: «Có đơn, thư khiếu nại, tố cáo, en:",
        "schema/comma", "phải đặt cả câu trong dấu ngoặc kép",
    ),
    Mistake(
        "an operator misspelt", TRIGGERS,
        "signs.complaint_letters, at_least: 1",
        "signs.complaint_letters, «atleast: 1",
        "schema/unknown-key", "có phải ý là `at_least`?",
    ),
    Mistake(
        "a fact misspelt", TRIGGERS,
        "fact: signs.disunity",
        "fact: «signs.disunty",
        "fact/unknown", "có phải ý là `signs.disunity`?",
    ),
    Mistake(
        "two operators in one condition", TRIGGERS,
        "signs.complaint_letters, at_least: 1",
        "signs.complaint_letters, «at_least: 1, at_most: 3",
        "schema/keys", "đúng một toán tử",
    ),
    Mistake(
        "a threshold for what is a set", TRIGGERS,
        "{fact: signs.violation, is: true}",
        "{fact: signs.negative_practices, «at_least: waste}",
        "rule/operator", "dùng cho tập hợp",
    ),
    Mistake(
        "yes for true", TRIGGERS,
        "signs.violation, is: true",
        "signs.violation, is: «yes",
        "yaml/ambiguous-boolean", "thì viết true",
    ),
    Mistake(
        "a number in quotation marks", TRIGGERS,
        "signs.complaint_letters, at_least: 1",
        'signs.complaint_letters, at_least: «"1"',
        "fact/type", "số viết không có ngoặc kép",
    ),
    Mistake(
        "a percentage above 100", LADDER,
        "value: 50, source",
        "value: «150, source",
        "parameter/percent", "số từ 0 đến 100",
    ),
    Mistake(
        "a percent sign", LADDER,
        "value: 50, source",
        "value: «50%, source",
        "parameter/type", "phải có kiểu `number`",
    ),
    Mistake(
        "a decimal comma", LADDER,
        "value: 50, source",
        "value: «12,5, source",
        "yaml/key-not-text", "số thập phân viết bằng dấu chấm",
    ),
    Mistake(
        "a parameter misspelt", LADDER,
        "parameter: excellent_exceeded_percent}}",
        "parameter: «excellent_exceeded_percentage}}",
        "parameter/unknown", "có phải ý là `excellent_exceeded_percent`?",
    ),
    Mistake(
        "a rule copied with its id", TRIGGERS,
        "  - id: public_concern",
        "  - «id: signs_of_violation",
        "rule/duplicate-id", "đã dùng ở",
    ),
    Mistake(
        "a line indented too little", TRIGGERS,
        "    when: {fact: signs.disunity, is: true}",
        "   «when: {fact: signs.disunity, is: true}",
        "yaml/uneven", "thụt lệch",
    ),
    Mistake(
        "a tab", TRIGGERS,
        "    when: {fact: signs.disunity, is: true}",
        "«\twhen: {fact: signs.disunity, is: true}",
        "yaml/tab", "dấu tab",
    ),
    Mistake(
        "a rule without a source", TRIGGERS,
        "  - id: disunity\n    label: {vi: Biểu hiện mất đoàn kết nội bộ, en: Signs of internal disunity}\n    when: {fact: signs.disunity, is: true}\n    source: {document: qd-124-2023, locator: Chương II, status: stated, quote: biểu hiện mất đoàn kết nội bộ}\n",
        "  - «id: disunity\n    label: {vi: Biểu hiện mất đoàn kết nội bộ, en: Signs of internal disunity}\n    when: {fact: signs.disunity, is: true}\n",
        "schema/missing-key", "thiếu khóa `source`",
    ),
    Mistake(
        "a grade misspelt in a rung", LADDER,
        "  - grade: excellent",
        "  - grade: «exellent",
        "grade/unknown", "có phải ý là `excellent`?",
    ),
    Mistake(
        "a grade misspelt in a bar", LADDER,
        "grade: not_completed",
        "grade: «not_complete",
        "grade/unknown", "có phải ý là `not_completed`?",
    ),
    Mistake(
        "a grade misspelt in a quota", QUOTAS,
        "surplus: good",
        "surplus: «goood",
        "grade/unknown", "có phải ý là `good`?",
    ),
    Mistake(
        "a day written as on paper", LADDER,
        "from: 2023-10-04",
        "from: «04/10/2023",
        "schema/pattern", "năm-tháng-ngày",
    ),
    Mistake(
        "a day that does not exist", LADDER,
        "from: 2023-10-04",
        "from: «2023-02-30",
        "schema/no-such-day", "không phải một ngày có thật",
    ),
    Mistake(
        "a kind of subject misspelt", LADDER,
        "        applies_to: [leader]",
        "        applies_to: [«leaders]",
        "kind/unknown", "có phải ý là `leader`?",
    ),
    Mistake(
        "a quotation changed", TRIGGERS,
        "quote: có dấu hiệu vi phạm",
        "quote: «có dấu hiệu sai phạm",
        "source/quote-not-found", "không có trong văn bản nguồn",
    ),
    Mistake(
        "a list where one condition belongs", TRIGGERS,
        "when: {fact: signs.disunity, is: true}",
        "«when: [{fact: signs.disunity, is: true}]",
        "schema/type", "không nhận",
    ),
    Mistake(
        "no blank after a colon", TRIGGERS,
        "fact: signs.disunity, is: true",
        "«fact:signs.disunity, is: true",
        "schema/colon", "dấu cách sau dấu hai chấm",
    ),
    Mistake(
        "an option that an interpretation does not have", REGULATION,
        "    chosen: floor",
        "    chosen: «flor",
        "interpretation/unknown-option", "có phải ý là `floor`?",
    ),
    Mistake(
        "an interpretation misspelt", EXEMPTIONS,
        "under: {suspended_committee_members:",
        "under: {«suspended_comittee_members:",
        "interpretation/unknown", "có phải ý là `suspended_committee_members`?",
    ),
    Mistake(
        "a document that is not declared", TRIGGERS,
        "source: {document: qd-124-2023, locator: Chương II, status: stated, quote: có dấu hiệu vi phạm}",
        "source: {document: «qd-124, locator: Chương II, status: stated, quote: có dấu hiệu vi phạm}",
        "document/unknown", "khai văn bản ở mục `documents`",
    ),
    Mistake(
        "a label in one language", TRIGGERS,
        "label: {vi: Có dấu hiệu vi phạm, en: Signs of violation}",
        "«label: {vi: Có dấu hiệu vi phạm}",
        "schema/missing-key", "thiếu khóa `en`",
    ),
    Mistake(
        "a key twice", TRIGGERS,
        "    when: {fact: signs.disunity, is: true}",
        "    when: {fact: signs.disunity, is: true}\n    «when: {fact: signs.disunity, is: true}",
        "yaml/duplicate-key", "ghi hai lần",
    ),
    Mistake(
        "a quotation mark left open", TRIGGERS,
        'quote: "có đơn, thư khiếu nại, tố cáo"}',
        'quote: «"có đơn, thư khiếu nại, tố cáo}',
        "yaml/unclosed", "thiếu một dấu ngoặc kép",
    ),
    Mistake(
        "a brace left open", TRIGGERS,
        "when: {fact: signs.disunity, is: true}",
        "when: «{fact: signs.disunity, is: true",
        "yaml/unclosed", "thiếu dấu đóng ngoặc",
    ),
    Mistake(
        "quotation marks from a word processor", TRIGGERS,
        '"Có đơn, thư khiếu nại, tố cáo"',
        "«“Có đơn, thư khiếu nại, tố cáo”",
        "schema/comma", "phải đặt cả câu trong dấu ngoặc kép",
    ),
    Mistake(
        "a blank that does not break, from a word processor", TRIGGERS,
        "    when: {fact: signs.disunity, is: true}",
        "    «when: {fact: signs.disunity, is: true}",
        "yaml/odd-blank", "gõ lại bằng phím cách",
    ),
    Mistake(
        "Vietnamese in an id", TRIGGERS,
        "  - id: disunity",
        "  - id: «mất_đoàn_kết",
        "schema/pattern", "không chấp nhận cách viết",
    ),
    Mistake(
        "an assumed source without a reading to switch it by", TRIGGERS,
        "  - id: signs_of_violation\n    label: {vi: Có dấu hiệu vi phạm, en: Signs of violation}\n    when: {fact: signs.violation, is: true}\n    source: {document: qd-124-2023, locator: Chương II, status: stated, quote: có dấu hiệu vi phạm}",
        "  - «id: signs_of_violation\n    label: {vi: Có dấu hiệu vi phạm, en: Signs of violation}\n    when: {fact: signs.violation, is: true}\n    source: {document: qd-124-2023, locator: Chương II, status: assumed, note: {vi: Chưa rõ, en: Unclear}}",
        "source/assumed-always-on", "thêm `under`",
    ),
    Mistake(
        "stated without the place", TRIGGERS,
        "document: qd-124-2023, locator: Chương II, status: stated, quote: có dấu hiệu vi phạm",
        "«document: qd-124-2023, status: stated, quote: có dấu hiệu vi phạm",
        "schema/missing-key", "thiếu khóa `locator`",
    ),
    Mistake(
        "a condition turned round, so that it never holds", TRIGGERS,
        '  - id: complaint_letters\n    label: {vi: "Có đơn, thư khiếu nại, tố cáo", en: Letters of complaint or denunciation}\n    when: {fact: signs.complaint_letters, at_least: 1}',
        '  - «id: complaint_letters\n    label: {vi: "Có đơn, thư khiếu nại, tố cáo", en: Letters of complaint or denunciation}\n    when: {fact: signs.complaint_letters, less_than: 0}',
        "rule/never-holds", "không bao giờ đúng",
    ),
    Mistake(
        "an id that is not the file's name", TRIGGERS,
        "id: triggers\n",
        "id: «cac_truong_hop\n",
        "policy/id-differs", "ghi `id: triggers`",
    ),
    Mistake(
        "a test that names a rule no longer there", TESTS,
        "findings: [disunity]",
        "findings: [«mat_doan_ket]",
        "test/unknown-name", "không có trong quy định",
    ),
    Mistake(
        "a test of a fact that is misspelt", TESTS,
        "given: {signs.disunity: true}",
        "given: {«signs.disunty: true}",
        "fact/unknown", "có phải ý là `signs.disunity`?",
    ),
    Mistake(
        "a value that a list does not have", TRIGGERS,
        "        - corruption",
        "        - «corupption",
        "fact/option", "có phải ý là `corruption`?",
    ),
    Mistake(
        "a letter for a digit", TRIGGERS,
        "signs.complaint_letters, at_least: 1",
        "signs.complaint_letters, at_least: «l",
        "fact/type", "không nhận giá trị",
    ),
]
# fmt: on


def type_in(policies: Path, file: str, text: str, typed: str) -> int:
    """Make the mistake in a copy of the policies; the line on which it stands."""
    shutil.copytree(ROOT / "policies", policies)
    content = (policies / file).read_text(encoding="utf-8")
    assert text in content, "the policies no longer hold what the mistake is made of"
    changed = content.replace(text, typed, 1)
    (policies / file).write_text(changed.replace("«", "", 1), encoding="utf-8")
    return changed[: changed.index("«")].count("\n") + 1


def found_in(policies: Path, file: str) -> list[Diagnostic]:
    """What `check`, and `test` where a test file was edited, say."""
    try:
        library = load_library(policies)
    except Problems as problems:
        return list(problems.diagnostics)
    found = list(check_reach(library))
    if file.endswith(".test.yaml"):
        report = run(library, policies, [policies / file])
        found += [*report.diagnostics, *(one for each in report.results for one in each.diagnostics)]
    return found


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.name)
def test_a_typed_mistake_is_found_at_its_line_and_explained(mistake: Mistake, tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    line = type_in(policies, mistake.file, mistake.text, mistake.typed)
    found = found_in(policies, mistake.file)
    assert {(one.location.file, one.location.line, one.code) for one in found} == {
        (str(policies / mistake.file), line, mistake.code)
    }
    said = f"{found[0].message('vi')} {found[0].help('vi')}"
    assert mistake.says in said, said


def test_rungs_in_the_wrong_order_are_found_at_the_first_that_is_out_of_it(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", policies)
    content = (policies / LADDER).read_text(encoding="utf-8")
    swapped = content.replace("- grade: excellent\n", "- grade: @\n").replace("- grade: good\n", "- grade: excellent\n")
    (policies / LADDER).write_text(swapped.replace("- grade: @\n", "- grade: good\n"), encoding="utf-8")
    (found,) = found_in(policies, LADDER)
    line = swapped[: swapped.index("- grade: excellent\n")].count("\n") + 1
    assert (found.code, found.location.line) == ("ladder/order", line)


def test_accents_typed_as_letters_of_their_own_are_no_mistake(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    quote = "quote: có dấu hiệu vi phạm"
    type_in(policies, TRIGGERS, quote, "«" + unicodedata.normalize("NFD", quote))
    assert found_in(policies, TRIGGERS) == []


@pytest.mark.parametrize("name", ["a fact misspelt", "a brace left open", "a quotation changed"])
def test_the_command_says_it_in_vietnamese_and_fails(name: str, tmp_path: Path) -> None:
    (mistake,) = (one for one in MISTAKES if one.name == name)
    line = type_in(tmp_path / "policies", mistake.file, mistake.text, mistake.typed)
    done = subprocess.run(
        [sys.executable, "-m", "engine", "check"],
        capture_output=True, text=True, encoding="utf-8", cwd=tmp_path, timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 1
    assert f"policies/{mistake.file}:{line}:" in done.stderr
    assert mistake.says in done.stderr
    assert "^" in done.stderr
    assert done.stdout == "1 lỗi.\n"


def test_there_are_more_than_thirty() -> None:
    assert len({one.name for one in MISTAKES}) == len(MISTAKES) > 35
