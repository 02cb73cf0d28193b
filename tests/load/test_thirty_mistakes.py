"""Mistakes as a policy officer types them into the real policies: each found, at its line, in words that help.

`«` marks where the mistake stands in what was typed; the diagnostic must point at that line.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import pytest
from support import command
from support.policies import REGULATION as REGULATION_ID
from support.policies import copy_policies

from engine.base.diagnostics import Diagnostic, Problems
from engine.study.lint import check_reach
from engine.study.suite import run
from engine.versions.opening import load_library

TRIGGERS = "qd-124-2023/triggers.yaml"
LADDER = "qd-124-2023/grades/individual.yaml"
REGULATION = "qd-124-2023/regulation.yaml"
QUOTAS = "qd-124-2023/quotas.yaml"
EXEMPTIONS = "qd-124-2023/exemptions.yaml"
POLICY_TESTS = "qd-124-2023/triggers.test.yaml"


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
        "yaml/curly-quotes", "gõ lại bằng dấu ngoặc kép thẳng",
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
        "policy/id-differs", "có phải ý là `triggers`?",
    ),
    Mistake(
        "a test that names a rule no longer there", POLICY_TESTS,
        "findings: [disunity]",
        "findings: [«mat_doan_ket]",
        "test/unknown-name", "không có trong quy định",
    ),
    Mistake(
        "a test of a fact that is misspelt", POLICY_TESTS,
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
    Mistake(
        "a key misspelt", TRIGGERS,
        "    source: {document: qd-124-2023, locator: Chương II, status: stated, quote: biểu",
        "    «sources: {document: qd-124-2023, locator: Chương II, status: stated, quote: biểu",
        "schema/unknown-key", "có phải ý là `source`?",
    ),
    Mistake(
        "a grade misspelt in a list of a quota", QUOTAS,
        "good_or_above: [excellent, good]",
        "good_or_above: [«excelent, good]",
        "grade/unknown", "có phải ý là `excellent`?",
    ),
    Mistake(
        "a line indented too much", TRIGGERS,
        "    when: {fact: signs.disunity, is: true}",
        "      «when: {fact: signs.disunity, is: true}",
        "yaml/uneven", "các khóa cùng tầng thẳng cột",
    ),
    Mistake(
        "no blank after a dash", TRIGGERS,
        "  - id: disunity",
        "  «-id: disunity",
        "yaml/uneven", "sau dấu - một dấu cách",
    ),
    Mistake(
        "a dash forgotten", TRIGGERS,
        "  - id: disunity",
        "    «id: disunity",
        "yaml/duplicate-key", "thêm dấu - trước khóa đầu của mục",
    ),
    Mistake(
        "no colon", TRIGGERS,
        "      status: stated\n",
        "      «status stated\n",
        "yaml/no-colon", "thiếu dấu hai chấm",
    ),
    Mistake(
        "no blank after a colon on a line of its own", TRIGGERS,
        "      status: stated\n",
        "      «status:stated\n",
        "yaml/no-blank", "thiếu dấu cách sau dấu hai chấm",
    ),
    Mistake(
        "no blank between a key and its number", LADDER,
        "value: 50, source",
        "«value:50, source",
        "schema/colon", "viết một dấu cách sau dấu hai chấm",
    ),
    Mistake(
        "a colon in a text without quotation marks", TRIGGERS,
        "      vi: Trì trệ, yếu kém, không hoàn thành",
        "      vi: «Trì trệ: yếu kém, không hoàn thành",
        "yaml/text-colon", "đặt cả câu có dấu hai chấm trong dấu ngoặc kép",
    ),
    Mistake(
        "a colon in a text inside braces", TRIGGERS,
        "{vi: Biểu hiện mất đoàn kết nội bộ,",
        "{vi: «Biểu hiện: mất đoàn kết nội bộ,",
        "yaml/text-colon", "đặt cả câu có dấu hai chấm trong dấu ngoặc kép",
    ),
    Mistake(
        "a quotation mark left open before another text in quotation marks", LADDER,
        'locator: "Điều 12 khoản 4, tiểu mục 4.3, điểm d", status',
        'locator: «"Điều 12 khoản 4, tiểu mục 4.3, điểm d, status',
        "yaml/unclosed", "thiếu một dấu ngoặc kép",
    ),
    Mistake(
        "a square bracket left open", TRIGGERS,
        "applies_to: [party_organization, leadership_collective, individual]",
        "applies_to: «[party_organization, leadership_collective, individual",
        "yaml/unclosed", "thiếu dấu đóng ngoặc",
    ),
    Mistake(
        "có for true", TRIGGERS,
        "signs.violation, is: true",
        "signs.violation, is: «có",
        "fact/type", "đúng sai viết true hoặc false",
    ),
    Mistake(
        "a decimal comma on a line of its own", QUOTAS,
        "        value: 20\n",
        "        value: «12,5\n",
        "yaml/ambiguous-number", "phần thập phân viết sau dấu chấm",
    ),
    Mistake(
        "a point for thousands", QUOTAS,
        "        value: 20\n",
        "        value: «1.000\n",
        "yaml/ambiguous-number", "số nghìn viết liền",
    ),
    Mistake(
        "a number with a blank in it", TRIGGERS,
        "signs.complaint_letters, at_least: 1",
        "signs.complaint_letters, at_least: «5 0",
        "fact/type", "không có dấu cách hay dấu %",
    ),
    Mistake(
        "a parameter's value in quotation marks", LADDER,
        "value: 50, source",
        'value: «"50", source',
        "parameter/type", "số viết không có ngoặc kép",
    ),
    Mistake(
        "a day as on paper, with dots", REGULATION,
        "issued_on: 2023-10-04\n",
        "issued_on: «4.10.2023\n",
        "schema/pattern", "có phải ý là `2023-10-04`?",
    ),
    Mistake(
        "a day without its value", QUOTAS,
        "      - from: 2023-10-04\n        value: 20\n",
        "      - «from: 2023-10-04\n",
        "schema/missing-key", "thiếu khóa `value`",
    ),
    Mistake(
        "a key whose value was forgotten", QUOTAS,
        "      - from: 2023-10-04\n",
        "      - «from:\n",
        "schema/blank", "`from` để trống",
    ),
    Mistake(
        "a day out of order", QUOTAS,
        "      - from: 2023-10-04\n        value: 20\n        source:\n          document: qd-124-2023\n",
        "      - from: 2023-10-04\n        value: 20\n        source: {document: qd-124-2023, locator: Chương III, status: reported, cite: lawnet-124-tieu-chi}\n      - «from: 2023-01-01\n        value: 25\n        source:\n          document: qd-124-2023\n",
        "parameter/days-not-rising", "từ cũ đến mới",
    ),
    Mistake(
        "a year mistyped, so that the regulation ends before it begins", REGULATION,
        "until: 2025-08-29",
        "until: «2022-08-29",
        "regulation/ends-before-it-begins", "ngày cuối cùng còn hiệu lực",
    ),
    Mistake(
        "an item copied with its condition", TRIGGERS,
        "  - id: public_concern\n",
        "  - «id: dau_hieu_vi_pham\n    label: {vi: Dấu hiệu vi phạm, en: Signs of violation}\n    when: {fact: signs.violation, is: true}\n    source: {document: qd-124-2023, locator: Chương II, status: stated, quote: có dấu hiệu vi phạm}\n  - id: public_concern\n",
        "rule/repeats", "có cùng điều kiện",
    ),
    Mistake(
        "a label that is a text", TRIGGERS,
        "label: {vi: Biểu hiện mất đoàn kết nội bộ, en: Signs of internal disunity}",
        "label: «Biểu hiện mất đoàn kết nội bộ",
        "schema/type", "ví dụ {vi: Có lỗi, en: A fault}",
    ),
    Mistake(
        "stated without the words", TRIGGERS,
        "    source: {document: qd-124-2023, locator: Chương II, status: stated, quote: biểu hiện mất đoàn kết nội bộ}",
        "    «source: {document: qd-124-2023, locator: Chương II, status: stated}",
        "source/quote-missing", "không có lời trích",
    ),
    Mistake(
        "a rule renamed that a test names", POLICY_TESTS,
        "findings: [signs_of_violation, public_concern, complaint_letters, disunity, ",
        "findings: [signs_of_violation, public_concern, complaint_letters, «mat_doan_ket, ",
        "test/unknown-name", "mục đã xóa hay đổi tên thì sửa kiểm thử theo",
    ),
    Mistake(
        "an operator for sets on a yes or no", TRIGGERS,
        "{fact: signs.violation, is: true}",
        "{fact: signs.violation, «includes_any: [corruption]}",
        "rule/operator", "không dùng được cho dữ kiện `signs.violation` kiểu `boolean`",
    ),
    Mistake(
        "an operator for one value on a set", TRIGGERS,
        "      includes_any:\n        - group_interest\n",
        "      «one_of:\n        - group_interest\n",
        "rule/operator", "dùng cho tập hợp",
    ),
    Mistake(
        "a list where one value stands", LADDER,
        "    grade: not_completed",
        "    «grade: [not_completed]",
        "schema/type", "`grade` phải là chữ",
    ),
    Mistake(
        "one value where a list stands", TRIGGERS,
        "applies_to: [party_organization, leadership_collective, individual]",
        "applies_to: «individual",
        "schema/type", "`applies_to` phải là danh sách",
    ),
    Mistake(
        "a name in quotation marks from a word processor", TRIGGERS,
        "fact: signs.violation",
        "fact: «“signs.violation”",
        "yaml/curly-quotes", "có phải ý là `signs.violation`?",
    ),
    Mistake(
        "an address in quotation marks from a word processor", REGULATION,
        "url: https://baohaiduong.vn/en/lam-tot-viec-kiem-diem-cuoi-nam-364328.html",
        "url: «“https://baohaiduong.vn/en/lam-tot-viec-kiem-diem-cuoi-nam-364328.html”",
        "yaml/curly-quotes", "có phải ý là `https://baohaiduong.vn/en/lam-tot-viec-kiem-diem-cuoi-nam-364328.html`?",
    ),
    Mistake(
        "a blank that does not break after a colon", TRIGGERS,
        "fact: signs.disunity, is: true}",
        "«fact: signs.disunity, is:\u00a0true}",
        "yaml/odd-blank", "gõ lại bằng phím cách",
    ),
    Mistake(
        "a blank that does not break after a number", TRIGGERS,
        "at_least: 1}",
        "at_least: «1\u00a0}",
        "yaml/odd-blank", "chép từ trình soạn văn bản",
    ),
    Mistake(
        "a line that begins with blanks that do not break", TRIGGERS,
        "    when: {fact: signs.disunity, is: true}",
        "\u00a0\u00a0\u00a0\u00a0«when: {fact: signs.disunity, is: true}",
        "yaml/odd-blank", "xóa dấu cách",
    ),
    Mistake(
        "a blank of no width, from a web page", TRIGGERS,
        "fact: signs.disunity",
        "fact: «signs.\u200bdisunity",
        "yaml/unprintable", "xóa ký tự này",
    ),
    Mistake(
        "Vietnamese in an id, which is offered without its accents", TRIGGERS,
        "  - id: stagnation",
        "  - id: «Trì trệ",
        "schema/pattern", "có phải ý là `tri_tre`?",
    ),
    Mistake(
        "the Vietnamese word for a value", LADDER,
        "criteria.politics, at_least: average",
        "criteria.politics, at_least: «Trung bình",
        "fact/option", "có phải ý là `average`?",
    ),
    Mistake(
        "the bounds of a fact turned round", "facts.yaml",
        "  tasks.completed_percent:\n    type: number\n    label: {vi: Tỷ lệ nhiệm vụ đã hoàn thành, en: Share of tasks completed}\n    unit: percent\n    minimum: 0\n    maximum: 100\n",
        "  «tasks.completed_percent:\n    type: number\n    label: {vi: Tỷ lệ nhiệm vụ đã hoàn thành, en: Share of tasks completed}\n    unit: percent\n    minimum: 100\n    maximum: 0\n",
        "fact/bounds", "đổi chỗ hai giới hạn",
    ),
    Mistake(
        "an interpretation with one option", REGULATION,
        "    options:\n      - {id: none, label: {vi: Không, en: \"No\"}}\n      - {id: one_allowed, label: {vi: Có, en: \"Yes\"}}\n    chosen: none",
        "    «options:\n      - {id: none, label: {vi: Không, en: \"No\"}}\n    chosen: none",
        "schema/length", "ít nhất hai",
    ),
    Mistake(
        "an operator as a sign", TRIGGERS,
        "signs.complaint_letters, at_least: 1}",
        "signs.complaint_letters, «'>=': 1}",
        "schema/unknown-key", "có phải ý là `at_least`?",
    ),
    Mistake(
        "a comparison with a sign, in braces", TRIGGERS,
        "{fact: signs.complaint_letters, at_least: 1}",
        "«{fact: signs.complaint_letters >= 1}",
        "schema/no-operator", "có phải ý là `{fact: signs.complaint_letters, at_least: 1}`?",
    ),
    Mistake(
        "a comparison with a sign, alone", TRIGGERS,
        "when: {fact: signs.complaint_letters, at_least: 1}",
        "when: «signs.complaint_letters >= 1",
        "schema/type", "có phải ý là `{fact: signs.complaint_letters, at_least: 1}`?",
    ),
    Mistake(
        "a sign before the value", TRIGGERS,
        "signs.complaint_letters, at_least: 1}",
        "signs.complaint_letters, is: «>=1}",
        "yaml/first-character", "at_least (từ … trở lên)",
    ),
    Mistake(
        "a sign before the value, on a line of its own", TRIGGERS,
        "    when: {fact: signs.complaint_letters, at_least: 1}",
        "    when:\n      fact: signs.complaint_letters\n      at_least: «>= 1",
        "yaml/first-character", "at_least (từ … trở lên)",
    ),
    Mistake(
        "a key in Vietnamese", TRIGGERS,
        "    label: {vi: Biểu hiện mất đoàn kết nội bộ",
        "    «nhãn: {vi: Biểu hiện mất đoàn kết nội bộ",
        "schema/unknown-key", "có phải ý là `label`?",
    ),
    Mistake(
        "the condition's key in Vietnamese", TRIGGERS,
        "    when: {fact: signs.disunity, is: true}",
        "    «khi: {fact: signs.disunity, is: true}",
        "schema/unknown-key", "có phải ý là `when`?",
    ),
    Mistake(
        "an operator in Vietnamese", TRIGGERS,
        "signs.complaint_letters, at_least: 1}",
        "signs.complaint_letters, «ít_nhất: 1}",
        "schema/unknown-key", "có phải ý là `at_least`?",
    ),
    Mistake(
        "a key of the source in Vietnamese", TRIGGERS,
        "source: {document: qd-124-2023, locator: Chương II, status: stated, quote: có dấu hiệu vi phạm}",
        "source: {«văn_bản: qd-124-2023, locator: Chương II, status: stated, quote: có dấu hiệu vi phạm}",
        "schema/unknown-key", "có phải ý là `document`?",
    ),
    Mistake(
        "the section's key in Vietnamese", TRIGGERS,
        "triggers:\n  - id: signs_of_violation",
        "«các trường hợp:\n  - id: signs_of_violation",
        "schema/unknown-key", "có phải ý là `triggers`?",
    ),
    Mistake(
        "a day's key in Vietnamese", REGULATION,
        "in_force: {from: 2023-10-04, until: 2025-08-29}",
        "in_force: {«từ: 2023-10-04, until: 2025-08-29}",
        "schema/unknown-key", "có phải ý là `from`?",
    ),
    Mistake(
        "and for all", TRIGGERS,
        "      any:\n        - {fact: subordinates.disciplined, at_least: 1}",
        "      «and:\n        - {fact: subordinates.disciplined, at_least: 1}",
        "schema/unknown-key", "có phải ý là `all`?",
    ),
    Mistake(
        "or for any", TRIGGERS,
        "      any:\n        - {fact: subordinates.disciplined, at_least: 1}",
        "      «or:\n        - {fact: subordinates.disciplined, at_least: 1}",
        "schema/unknown-key", "có phải ý là `any`?",
    ),
    Mistake(
        "a fraction where per cent is meant", LADDER,
        "value: 50, source",
        "value: «0.5, source",
        "parameter/small-percent", "một nửa là 50",
    ),
    Mistake(
        "the threshold outside the condition", TRIGGERS,
        "    when: {fact: signs.complaint_letters, at_least: 1}",
        "    when: {fact: signs.complaint_letters}\n    «at_least: 1",
        "schema/misplaced", "nằm bên trong `when`",
    ),
    Mistake(
        "the source indented into the condition", TRIGGERS,
        "    when:\n      any:\n        - {fact: signs.stagnation, is: true}\n        - {fact: signs.duties_not_completed, is: true}\n    source:\n",
        "    when:\n      any:\n        - {fact: signs.stagnation, is: true}\n        - {fact: signs.duties_not_completed, is: true}\n      «source:\n",
        "schema/misplaced", "nằm ngang hàng với `when`",
    ),
    Mistake(
        "the keys of the source not indented", TRIGGERS,
        "    source:\n      document: qd-124-2023\n      locator: Chương II\n      status: stated\n      quote: trì trệ",
        "    source:\n    «document: qd-124-2023\n    locator: Chương II\n    status: stated\n    quote: trì trệ",
        "schema/misplaced", "nằm bên trong `source`",
    ),
    Mistake(
        "the label's texts not indented", TRIGGERS,
        "    label:\n      vi: Trì trệ, yếu kém, không hoàn thành chức trách, nhiệm vụ được giao\n      en:",
        "    label:\n    «vi: Trì trệ, yếu kém, không hoàn thành chức trách, nhiệm vụ được giao\n    en:",
        "schema/misplaced", "nằm bên trong `label`",
    ),
    Mistake(
        "the condition not indented", TRIGGERS,
        "      fact: signs.negative_practices\n      includes_any:\n        - group_interest\n",
        "    «fact: signs.negative_practices\n    includes_any:\n        - group_interest\n",
        "schema/misplaced", "nằm bên trong `when`",
    ),
    Mistake(
        "the quotation not indented", TRIGGERS,
        "      status: stated\n      quote: trì trệ, yếu",
        "      status: stated\n    «quote: trì trệ, yếu",
        "schema/misplaced", "nằm bên trong `source`",
    ),
    Mistake(
        "the exception indented into the condition", LADDER,
        "    when: {fact: discipline.in_year, is: true}\n    unless:\n      all:\n        - {fact: discipline.self_detected, is: true}\n        - {fact: discipline.remedied, is: true}\n",
        "    when:\n      fact: discipline.in_year\n      is: true\n      «unless:\n        all:\n          - {fact: discipline.self_detected, is: true}\n          - {fact: discipline.remedied, is: true}\n",
        "schema/misplaced", "nằm ngang hàng với `when`",
    ),
    Mistake(
        "a fact's label for its name", TRIGGERS,
        "fact: signs.disunity,",
        "fact: «Biểu hiện mất đoàn kết nội bộ,",
        "fact/unknown", "có phải ý là `signs.disunity`?",
    ),
    Mistake(
        "a grade's label for its id", LADDER,
        "  - grade: excellent",
        "  - grade: «Hoàn thành xuất sắc nhiệm vụ",
        "grade/unknown", "có phải ý là `excellent`?",
    ),
    Mistake(
        "a grade in Vietnamese, in short", LADDER,
        "  - grade: excellent",
        "  - grade: «xuất sắc",
        "grade/unknown", "có phải ý là `excellent`?",
    ),
    Mistake(
        "a grade in Vietnamese, as an id", LADDER,
        "  - grade: excellent",
        "  - grade: «xuat_sac",
        "grade/unknown", "có phải ý là `excellent`?",
    ),
    Mistake(
        "a kind of subject in Vietnamese", TRIGGERS,
        "applies_to: [party_organization, leadership_collective, individual]",
        "applies_to: [party_organization, leadership_collective, «cá nhân]",
        "kind/unknown", "có phải ý là `individual`?",
    ),
    Mistake(
        "an option's label for its id", REGULATION,
        "    chosen: floor",
        "    chosen: «Bỏ phần lẻ",
        "interpretation/unknown-option", "có phải ý là `floor`?",
    ),
    Mistake(
        "an option in Vietnamese, where a rule refers to it", EXEMPTIONS,
        "under: {suspended_committee_members: not_reviewed}",
        "under: {suspended_committee_members: «Không}",
        "interpretation/unknown-option", "có phải ý là `not_reviewed`?",
    ),
    Mistake(
        "a document's number for its id", TRIGGERS,
        "source: {document: qd-124-2023, locator: Chương II, status: stated, quote: có dấu hiệu vi phạm",
        "source: {document: «124-QĐ/TW, locator: Chương II, status: stated, quote: có dấu hiệu vi phạm",
        "document/unknown", "có phải ý là `qd-124-2023`?",
    ),
    Mistake(
        "a day with strokes, the year first", REGULATION,
        "issued_on: 2023-10-04\n",
        "issued_on: «2023/10/04\n",
        "schema/pattern", "có phải ý là `2023-10-04`?",
    ),
    Mistake(
        "a day in words", REGULATION,
        "issued_on: 2023-10-04\n",
        "issued_on: «ngày 4 tháng 10 năm 2023\n",
        "schema/pattern", "có phải ý là `2023-10-04`?",
    ),
    Mistake(
        "a day without its noughts", LADDER,
        "from: 2023-10-04",
        "from: «2023-10-4",
        "schema/pattern", "có phải ý là `2023-10-04`?",
    ),
    Mistake(
        "tru for true", TRIGGERS,
        "signs.violation, is: true",
        "signs.violation, is: «tru",
        "fact/type", "có phải ý là `true`?",
    ),
    Mistake(
        "a trigger pasted among the parameters", LADDER,
        "parameters:\n",
        "parameters:\n  - «id: disunity2\n    label: {vi: Biểu hiện mất đoàn kết nội bộ, en: Signs}\n    when: {fact: signs.disunity, is: true}\n    source: {document: qd-124-2023, locator: Chương II, status: stated, quote: biểu hiện mất đoàn kết nội bộ}\n",
        "schema/wrong-section", "chuyển cả mục sang phần",
    ),
    Mistake(
        "a parameter pasted among the triggers", TRIGGERS,
        "  - id: public_concern\n",
        "  - «id: some_percent\n    label: {vi: Tỷ lệ, en: Share}\n    type: number\n    unit: percent\n    values:\n      - {from: 2023-10-04, value: 20, source: {document: qd-124-2023, locator: X, status: assumed, note: {vi: a, en: b}}}\n  - id: public_concern\n",
        "schema/wrong-section", "mẫu của parameters",
    ),
    Mistake(
        "a bar pasted among the criteria", LADDER,
        "      - id: task_results_excellent\n",
        "      - «id: xbar\n        grade: not_completed\n        label: {vi: Có lỗi, en: Fault}\n        when: {fact: signs.violation, is: true}\n        source: {document: qd-124-2023, locator: Chương II, status: stated, quote: có dấu hiệu vi phạm}\n      - id: task_results_excellent\n",
        "schema/wrong-section", "mẫu của bars",
    ),
    Mistake(
        "the kind of another file", TRIGGERS,
        "kind: triggers\n",
        "kind: «review_contents\n",
        "schema/wrong-kind", "sửa `kind` thành triggers",
    ),
    Mistake(
        "a parameter of another unit", LADDER,
        "at_least: {parameter: excellent_exceeded_percent}",
        "at_least: «{parameter: newly_admitted_months}",
        "parameter/unit", "so với một tham số cùng đơn vị",
    ),
    Mistake(
        "a parameter's name alone", LADDER,
        "at_least: {parameter: excellent_exceeded_percent}",
        "at_least: «excellent_exceeded_percent",
        "fact/type", "có phải ý là `{parameter: excellent_exceeded_percent}`?",
    ),
    Mistake(
        "a parameter as in a spreadsheet", LADDER,
        "at_least: {parameter: excellent_exceeded_percent}",
        "at_least: «$excellent_exceeded_percent",
        "fact/type", "có phải ý là `{parameter: excellent_exceeded_percent}`?",
    ),
    Mistake(
        "a parameter in braces", LADDER,
        "at_least: {parameter: excellent_exceeded_percent}",
        "at_least: «{excellent_exceeded_percent}",
        "schema/unknown-key", "có phải ý là `parameter: excellent_exceeded_percent`?",
    ),
    Mistake(
        "a text that begins with a sign", TRIGGERS,
        "      quote: để xảy ra những vấn đề bức xúc, phức tạp, dư luận quan tâm",
        "      quote: «@để xảy ra những vấn đề bức xúc, phức tạp, dư luận quan tâm",
        "yaml/first-character", "đặt cả câu trong dấu ngoặc kép",
    ),
    Mistake(
        "a text that begins with a dash", REGULATION,
        "      vi: Cấp ủy viên bị đình chỉ sinh hoạt cấp ủy có thuộc diện kiểm điểm không?",
        "      vi: «- Cấp ủy viên bị đình chỉ sinh hoạt cấp ủy có thuộc diện kiểm điểm không?",
        "yaml/first-character", "đặt cả câu trong dấu ngoặc kép",
    ),
    Mistake(
        "a text that begins with a star", REGULATION,
        "      vi: Cấp ủy viên bị đình chỉ sinh hoạt cấp ủy có thuộc diện kiểm điểm không?",
        "      vi: «*Cấp ủy viên bị đình chỉ sinh hoạt cấp ủy có thuộc diện kiểm điểm không?",
        "yaml/first-character", "đặt cả câu trong dấu ngoặc kép",
    ),
    Mistake(
        "a text that begins with a word in quotation marks", REGULATION,
        "      vi: Cấp ủy viên bị đình chỉ sinh hoạt cấp ủy có thuộc diện kiểm điểm không?",
        '      vi: «"Cấp ủy viên" bị đình chỉ sinh hoạt cấp ủy có thuộc diện kiểm điểm không?',
        "yaml/text-after-quote", "phần trích bên trong dùng",
    ),
    Mistake(
        "quotation marks within quotation marks", TRIGGERS,
        'vi: "Có đơn, thư khiếu nại, tố cáo"',
        'vi: «"Có "đơn", thư khiếu nại, tố cáo"',
        "yaml/text-after-quote", "phần trích bên trong dùng",
    ),
    Mistake(
        "a dash from a word processor", TRIGGERS,
        "  - id: disunity",
        "  «– id: disunity",
        "yaml/look-alike", "gõ lại bằng dấu `-`",
    ),
    Mistake(
        "a bullet from a word processor", TRIGGERS,
        "  - id: disunity",
        "  «• id: disunity",
        "yaml/look-alike", "gõ lại bằng dấu `-`",
    ),
    Mistake(
        "a wide colon", TRIGGERS,
        "    when: {fact: signs.disunity, is: true}",
        "    «when： {fact: signs.disunity, is: true}",
        "yaml/look-alike", "gõ lại bằng dấu `:`",
    ),
    Mistake(
        "no blank between a dash and a brace", TRIGGERS,
        "        - {fact: subordinates.disciplined, at_least: 1}",
        "        «-{fact: subordinates.disciplined, at_least: 1}",
        "yaml/uneven", "sau dấu - một dấu cách",
    ),
    Mistake(
        "no comma between two conditions", TRIGGERS,
        "      any:\n        - {fact: signs.stagnation, is: true}\n        - {fact: signs.duties_not_completed, is: true}",
        "      any: [{fact: signs.stagnation, is: true} «{fact: signs.duties_not_completed, is: true}]",
        "yaml/no-comma", "thiếu một dấu phẩy",
    ),
    Mistake(
        "one value after one_of", LADDER,
        "{fact: criteria.task_results, is: excellent}",
        "{fact: criteria.task_results, one_of: «excellent}",
        "schema/type", "có phải ý là `[excellent]`?",
    ),
    Mistake(
        "a kind of subject in Vietnamese, in a test", POLICY_TESTS,
        "    subject: party_organization\n",
        "    subject: «cấp ủy\n",
        "kind/unknown", "có phải ý là `party_organization`?",
    ),
    Mistake(
        "no colon before a brace", TRIGGERS,
        "    when: {fact: signs.disunity, is: true}",
        "    «when {fact: signs.disunity, is: true}",
        "yaml/no-colon", "sau `when` thiếu dấu hai chấm",
    ),
    Mistake(
        "no colon before a bracket", TRIGGERS,
        "applies_to: [party",
        "«applies_to [party",
        "yaml/no-colon", "sau `applies_to` thiếu dấu hai chấm",
    ),
    Mistake(
        "no colon after a key alone on its line", TRIGGERS,
        "      any:\n        - {fact: subordinates.d",
        "      «any\n        - {fact: subordinates.d",
        "yaml/no-colon", "sau `any` thiếu dấu hai chấm",
    ),
    Mistake(
        "no colon in the first key", TRIGGERS,
        "kind: triggers\n",
        "«kind triggers\n",
        "yaml/no-colon", "sau `kind` thiếu dấu hai chấm",
    ),
    Mistake(
        "no colon after a dash", TRIGGERS,
        "  - id: disunity",
        "  - «id disunity",
        "yaml/no-colon", "sau `id` thiếu dấu hai chấm",
    ),
    Mistake(
        "no colon inside braces", TRIGGERS,
        "{fact: signs.disunity, is: true}",
        "{fact: signs.disunity, «is true}",
        "yaml/no-colon", "sau `is` thiếu dấu hai chấm",
    ),
    Mistake(
        "no colon inside braces, first", TRIGGERS,
        "{fact: signs.disunity, is: true}",
        "{«fact signs.disunity, is: true}",
        "yaml/no-colon", "sau `fact` thiếu dấu hai chấm",
    ),
    Mistake(
        "an equals sign for a colon", TRIGGERS,
        "    when: {fact: signs.disunity",
        "    when «= {fact: signs.disunity",
        "yaml/wrong-sign", "`=` đứng ở chỗ phải là dấu `:`",
    ),
    Mistake(
        "an equals sign inside braces", TRIGGERS,
        "{fact: signs.disunity, is: true}",
        "{fact: signs.disunity, «is = true}",
        "yaml/wrong-sign", "`=` đứng ở chỗ phải là dấu `:`",
    ),
    Mistake(
        "a semicolon for a comma", TRIGGERS,
        "{fact: signs.disunity, is: true}",
        "{fact: signs.disunity«; is: true}",
        "yaml/wrong-sign", "`;` đứng ở chỗ phải là dấu `,`",
    ),
    Mistake(
        "a conflict of a merge", TRIGGERS,
        "    when: {fact: signs.disunity, is: true}",
        "«<<<<<<< HEAD\n    when: {fact: signs.disunity, is: true}\n=======\n    when: {fact: signs.disunity, is: false}\n>>>>>>> nhanh",
        "file/merge-conflict", "xóa các dòng <<<<<<<",
    ),
    Mistake(
        "the end of a conflict", TRIGGERS,
        "    when: {fact: signs.disunity, is: true}",
        "    when: {fact: signs.disunity, is: true}\n«>>>>>>> nhanh",
        "file/merge-conflict", "dấu xung đột của git",
    ),
    Mistake(
        "the middle of a conflict", TRIGGERS,
        "    when: {fact: signs.disunity, is: true}",
        "    when: {fact: signs.disunity, is: true}\n«=======",
        "file/merge-conflict", "dấu xung đột của git",
    ),
    Mistake(
        "strokes before a comment", TRIGGERS,
        "  - id: disunity\n",
        "  «// mất đoàn kết\n  - id: disunity\n",
        "yaml/comment-sign", "ghi chú bắt đầu bằng dấu #",
    ),
    Mistake(
        "strokes before a comment behind braces", TRIGGERS,
        "    when: {fact: signs.disunity, is: true}",
        "    when: {fact: signs.disunity, is: true} «// xem lại",
        "yaml/comment-sign", "`//` không mở đầu một ghi chú",
    ),
    Mistake(
        "strokes before a comment behind a value", TRIGGERS,
        "  - id: disunity\n",
        "  - id: disunity «// mất đoàn kết\n",
        "yaml/comment-sign", "`//` không mở đầu một ghi chú",
    ),
    Mistake(
        "a comment of a web page", TRIGGERS,
        "  - id: disunity\n",
        "  «<!-- mất đoàn kết -->\n  - id: disunity\n",
        "yaml/comment-sign", "`<!--` không mở đầu một ghi chú",
    ),
    Mistake(
        "dashes before a comment", TRIGGERS,
        "  - id: disunity\n",
        "  «-- mất đoàn kết\n  - id: disunity\n",
        "yaml/comment-sign", "`--` không mở đầu một ghi chú",
    ),
    Mistake(
        "no blank before the sign of a comment", TRIGGERS,
        "kind: triggers\n",
        "kind: triggers«# loại\n",
        "yaml/comment-sign", "sau một dấu cách",
    ),
    Mistake(
        "a remark without its sign", TRIGGERS,
        "  - id: disunity\n",
        "  «ghi chú: mất đoàn kết\n  - id: disunity\n",
        "yaml/no-comment-sign", "đặt dấu # và một dấu cách ở đầu dòng",
    ),
    Mistake(
        "a remark without its sign, in an item", TRIGGERS,
        "    when: {fact: signs.disunity, is: true}",
        "    «lưu ý: xem lại\n    when: {fact: signs.disunity, is: true}",
        "yaml/no-comment-sign", "dòng `lưu ý` này",
    ),
    Mistake(
        "a remark without its sign, at the head", TRIGGERS,
        "kind: triggers\n",
        "«Ghi chú: của phòng tổ chức\nkind: triggers\n",
        "yaml/no-comment-sign", "dòng `Ghi chú` này",
    ),
    Mistake(
        "a line of text", TRIGGERS,
        "  - id: disunity\n",
        "  «phần mất đoàn kết\n  - id: disunity\n",
        "yaml/stray-text", "nếu là ghi chú thì đặt dấu #",
    ),
    Mistake(
        "a line of text at the head", TRIGGERS,
        "kind: triggers\n",
        "«Tệp này của phòng tổ chức\nkind: triggers\n",
        "yaml/stray-text", "dòng này là chữ",
    ),
    Mistake(
        "a quotation broken over two lines", TRIGGERS,
        "thuộc quyền quản lý bị kỷ luật, khởi tố\n  - id: stagnation",
        "thuộc quyền quản lý\n«bị kỷ luật, khởi tố\n  - id: stagnation",
        "yaml/line-break", "bị ngắt",
    ),
    Mistake(
        "a quotation broken over two lines, not indented further", TRIGGERS,
        "thuộc quyền quản lý bị kỷ luật, khởi tố\n  - id: stagnation",
        "thuộc quyền quản lý\n      «bị kỷ luật, khởi tố\n  - id: stagnation",
        "yaml/line-break", "thụt nó vào sâu hơn",
    ),
    Mistake(
        "a label broken over two lines", TRIGGERS,
        "không hoàn thành chức trách, nhiệm vụ được giao\n",
        "không hoàn thành\n«chức trách, nhiệm vụ được giao\n",
        "yaml/line-break", "bị ngắt",
    ),
    Mistake(
        "a number in curly quotation marks", TRIGGERS,
        "complaint_letters, at_least: 1",
        "complaint_letters, at_least: «“1”",
        "yaml/curly-quotes", "có phải ý là `1`?",
    ),
    Mistake(
        "a key in curly quotation marks", TRIGGERS,
        "    when: {fact: signs.disunity",
        "    «“when”: {fact: signs.disunity",
        "yaml/curly-quotes", "có phải ý là `when`?",
    ),
    Mistake(
        "a curly quotation mark at the end", TRIGGERS,
        '"Có đơn, thư khiếu nại, tố cáo"',
        '"Có đơn, thư khiếu nại, tố cáo«”',
        "yaml/curly-quotes", "ở cả hai đầu",
    ),
    Mistake(
        "a colon inside curly quotation marks", TRIGGERS,
        "      vi: Trì trệ, yếu kém",
        "      vi: «“Trì trệ: yếu kém”, yếu kém",
        "yaml/curly-quotes", "không hiểu",
    ),
]
# fmt: on


def type_in(policies: Path, file: str, text: str, typed: str, *others: str) -> int:
    """Make the mistake in a copy of the regulation and `others`; the line on which it stands."""
    copy_policies(policies, REGULATION_ID, *others)
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
    # The facts of the regulations that were left out are used by no rule.
    found = [problem for problem in check_reach(library) if problem.location.file != str(policies / "facts.yaml")]
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
    copy_policies(policies, REGULATION_ID)
    content = (policies / LADDER).read_text(encoding="utf-8")
    swapped = content.replace("- grade: excellent\n", "- grade: @\n").replace("- grade: good\n", "- grade: excellent\n")
    (policies / LADDER).write_text(swapped.replace("- grade: @\n", "- grade: good\n"), encoding="utf-8")
    (found,) = found_in(policies, LADDER)
    line = swapped[: swapped.index("- grade: excellent\n")].count("\n") + 1
    assert (found.code, found.location.line) == ("ladder/order", line)


def test_a_rule_deleted_is_missed_wherever_a_test_names_it(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    copy_policies(policies, REGULATION_ID)
    content = (policies / TRIGGERS).read_text(encoding="utf-8")
    start, end = content.index("  - id: disunity\n"), content.index("  - id: rule_breach\n")
    (policies / TRIGGERS).write_text(content[:start] + content[end:], encoding="utf-8")
    lines = (policies / POLICY_TESTS).read_text(encoding="utf-8").splitlines()
    # A name or a given fact may hold the word too: only what a test expects names rules.
    expected = re.compile(r" +(findings|unknown): \[.*\bdisunity\b")
    named = [number for number, line in enumerate(lines, 1) if expected.match(line)]
    assert len(named) > 5
    found = [one for one in found_in(policies, POLICY_TESTS) if one.severity == "error"]
    assert [(one.location.line, one.code) for one in found] == [(number, "test/unknown-name") for number in named]
    for one in found:
        assert lines[one.location.line - 1][one.location.column - 1 :].startswith("disunity")


def test_accents_typed_as_letters_of_their_own_are_no_mistake(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    quote = "quote: có dấu hiệu vi phạm"
    type_in(policies, TRIGGERS, quote, "«" + unicodedata.normalize("NFD", quote))
    assert found_in(policies, TRIGGERS) == []


@pytest.mark.parametrize("name", ["a fact misspelt", "a brace left open", "a quotation changed"])
def test_the_command_says_it_in_vietnamese_and_fails(name: str, tmp_path: Path) -> None:
    (mistake,) = (one for one in MISTAKES if one.name == name)
    others = ("qd-132-2018", "qd-366-2025")
    line = type_in(tmp_path / "policies", mistake.file, mistake.text, mistake.typed, *others)
    done = command.run("check", cwd=tmp_path)
    assert done.returncode == 1
    assert f"policies/{mistake.file}:{line}:" in done.stderr
    assert mistake.says in done.stderr
    assert "^" in done.stderr
    assert done.stdout == "1 lỗi.\n"


def test_there_are_more_than_thirty() -> None:
    assert len({one.name for one in MISTAKES}) == len(MISTAKES) > 35
