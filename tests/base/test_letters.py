"""Letters that are not what they seem are shown, and words of other languages are left alone."""

import json
import shutil
import unicodedata
from pathlib import Path

import pytest
from support import ROOT
from support.broken import BASE, in_a_file
from support.command import Completed, run

from engine.api import evaluate
from engine.base.diagnostics import Location, Problems, diagnostic
from engine.base.json_text import parse_json
from engine.base.letters import is_syllable, strange
from engine.base.yaml_text import parse_yaml
from engine.versions.opening import load_library

WRITTEN_OLD = {
    "Cã dÊu hiÖu vi ph¹m": "Có dấu hiệu vi phạm",
    "Phßng Tæ chøc": "Phòng Tổ chức",
    "§¶ng uû x·": "Đảng uỷ xã",
    "Coù daáu hieäu vi phaïm": "Có dấu hiệu vi phạm",
    "Phoøng Toå chöùc": "Phòng Tổ chức",
    "ñaûng vieân": "đảng viên",
    "CÃ³ dáº¥u hiá»‡u vi pháº¡m": "Có dấu hiệu vi phạm",
    "Tá»• chá»©c": "Tổ chức",
}
LOOKING_ALIKE = {
    "Quy ðịnh": ("ð", "đ"), "Ðảng ủy": ("Ð", "Đ"), "366-QÐ/TW": ("Ð", "Đ"), "Tổ А": ("А", "A"), "flаg": ("а", "a"),
    "Mất đоàn kết": ("о", "o"), "Cό lỗi": ("ό", "ó"), "ｆlag": ("ｆ", "f"), "СОNG": ("С", "C"),
}  # fmt: skip
RIGHT = [
    "Có dấu hiệu vi phạm", "Hoà, Hòa, thuỷ, quý, giếng, khuỷu", "Größe für Müller", "Guðmundur", "année où", "niño",
    "Москва và Hà Nội", "“lợi ích nhóm”, «Bằng»", "5 µm", "a · b", "§ 5", "Zürich, Noël, São Paulo", "ĐẢNG ỦY",
    "α, β, Δ",
    "Kết quả 100% – tốt", "Krông Nô, Đắk Nông", "ngoằn ngoèo, xoèn xoẹt, khuya, thuở, huơ, quặng, giữa, gìn",
]  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN_OLD)
def test_a_text_for_an_old_font_is_told_with_what_it_means(text: str) -> None:
    found = strange(text)
    assert found is not None and found.code == "text/legacy-font"
    assert found.arguments["suggestion"] == WRITTEN_OLD[text]


@pytest.mark.parametrize("text", LOOKING_ALIKE)
def test_a_letter_of_another_alphabet_is_shown(text: str) -> None:
    found = strange(text)
    letter, meant = LOOKING_ALIKE[text]
    assert found is not None and found.code == "text/look-alike"
    assert (found.arguments["character"], found.arguments["meant"]) == (letter, meant)
    assert text[found.index] == letter


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_written_rightly_is_left_alone(text: str) -> None:
    assert strange(text) is None


def test_nothing_is_strange_in_the_policies() -> None:
    files = [file for file in (ROOT / "policies").rglob("*.*") if file.suffix != ".docx"]
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    assert len(lines) > 5_000
    assert not [line for line in lines if strange(line)]


def test_the_words_of_the_policies_are_known_by_their_shape() -> None:
    text = (ROOT / "policies" / "facts.yaml").read_text("utf-8")
    words = {
        word for word in text.replace('"', " ").split() if word.isalpha() and not word.isascii() and word.islower()
    }
    assert len(words) > 100 and not [word for word in words if not is_syllable(word)]


@pytest.mark.parametrize("text", [*WRITTEN_OLD, *LOOKING_ALIKE])
def test_in_a_policy_it_is_told_at_its_column(text: str) -> None:
    with pytest.raises(Problems) as raised:
        parse_yaml("a.yaml", f"kind: triggers\nlabel: {text}\n")
    (found,) = raised.value.diagnostics
    odd = strange(text)
    assert odd is not None and (found.code, found.location[1:3]) == (odd.code, (2, 8 + odd.index))


@pytest.mark.parametrize("text", ["Tổ ðảng", "Phßng Tæ chøc"])
def test_in_a_case_it_is_told_and_the_case_is_judged(text: str) -> None:
    case = {
        "case_id": "A", "period": "2024", "as_of": "2024-12-31", "facts": {},
        "subject": {"kind": "person", "id": "S", "cohort": text},
    }  # fmt: skip
    results = evaluate(load_library(BASE), [parse_json("a.json", json.dumps(case))])
    odd = strange(text)
    assert odd is not None and len(results.decisions) == 1
    assert [(one.code, one.severity) for one in results.warnings] == [(odd.code, "warning")]


@pytest.mark.parametrize(
    ("heading", "says"),
    [
        ("Số viêс được giao", "`с` (U+0441) chỉ trông giống `c`"),
        ("Sè viÖc ®­îc giao", "có phải ý là `Số việc được giao`?"),
    ],
)
def test_of_a_heading_that_is_unknown_the_letter_is_shown(heading: str, says: str, tmp_path: Path) -> None:
    content = f"case_id,period,as_of,subject.kind,{heading}\nA,2024,2024-12-31,person,1\n"
    (found,) = in_a_file("cases.csv", content.encode())(tmp_path)
    assert found.code == "table/heading-unknown"
    assert says in str(found.help("vi"))


def test_of_a_name_that_is_unknown_the_letter_is_shown() -> None:
    one = diagnostic("kind/unknown", Location("a.json"), name="pеrson", known="person", suggestion="person")
    assert "`е` (U+0435) chỉ trông giống `e`" in str(one.help("vi"))
    assert "only looks like `e`" in str(one.help("en"))
    assert "U+" not in str(
        diagnostic("kind/unknown", Location("a.json"), name="x", known="", suggestion=None).help("vi")
    )


def test_accents_apart_are_noted_by_check_and_tests_that_name_nothing_are_errors(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    shutil.copytree(BASE, policies)
    ladder = policies / "small" / "ladder.yaml"
    ladder.write_text(unicodedata.normalize("NFD", ladder.read_text("utf-8")), encoding="utf-8")

    def checked() -> Completed:
        return run("check", "--policies", policies)

    done = checked()
    assert done.returncode == 0 and "ladder.yaml:" in done.stderr and "text/decomposed" in done.stderr, done.stderr
    (policies / "small" / "more.test.yaml").write_text(
        "kind: tests\nid: more.test\nlabel: {vi: Thử, en: Tests}\ntests:\n  - name: one\n    subject: person\n"
        "    expect: {findings: [nothing_like_it]}\n",
        encoding="utf-8",
    )
    done = checked()
    assert done.returncode == 1 and "more.test.yaml:7:" in done.stderr and "test/unknown-name" in done.stderr, (
        done.stderr
    )
