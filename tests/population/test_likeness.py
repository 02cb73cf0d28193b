"""What looks alike is alike: in one form by itself, and from case to case in `evaluate` and `population` alike."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from support.both_targets import line
from support.populations import without_ids
from support.small_regulation import FACTS, LADDER, QUOTAS, REGULATION, SOURCE, library, regulation

from engine.api import evaluate
from engine.base.diagnostics import Diagnostic
from engine.base.json_text import parse_json
from engine.base.likeness import alike, differing, tidy
from engine.base.yaml_text import parse_yaml
from engine.core.judge.record import QuotaResult
from engine.core.judge.record import Results as CaseResults
from engine.core.policy.regulation import Library
from engine.load.cases.periods import meant, period_kind
from engine.load.policies.parser import parse_regulation
from engine.load.policies.vocabulary import parse_vocabulary
from engine.population.decider import Options
from engine.population.results import opened_results
from engine.population.run import Run
from engine.population.sums import Totals, totals_of

NAME = "Phòng Hòa giải"
SAME = {
    "a mark without width": "Phòng Hòa giải\u200e",
    "a joiner within": "Phòng Hò\u200da giải",
    "a soft hyphen": "Phòng Hòa\u00ad giải",
    "an odd blank": "Phòng\u00a0Hòa giải",
    "a thin blank": "Phòng Hòa\u2009giải",
    "a blank at the end": "Phòng Hòa giải ",
    "a blank at the start": " Phòng Hòa giải",
    "two blanks": "Phòng  Hòa giải",
    "the tone elsewhere": "Phòng Hoà giải",
    "letters apart from their marks": normalize("NFD", NAME),
    "a Cyrillic letter": "Рhòng Hòa giải",
    "a Greek letter": "Ρhòng Hòa giải",
    "a wide letter": "Ｐhòng Hòa giải",
}
OTHER = {
    "small letters": "phòng hòa giải",
    "no tone": "Phòng Hoa giải",
    "another tone": "Phòng Hóa giải",
    "a number more": "Phòng Hòa giải 2",
    "a vowel's own mark": "Phồng Hòa giải",
}


@pytest.mark.parametrize("text", SAME.values(), ids=list(SAME))
def test_texts_that_look_alike_are_one(text: str) -> None:
    assert alike(text) == alike(NAME)


@pytest.mark.parametrize("text", OTHER.values(), ids=list(OTHER))
def test_texts_that_differ_to_the_eye_are_two(text: str) -> None:
    assert alike(text) != alike(NAME)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Đảng", "Ðảng"), ("thuý", "thúy"), ("khoẻ", "khỏe"), ("của", "cuả"), ("U-01", "U‑01"), ("U-01", "Ｕ－０１")],
)
def test_spellings_of_one_word(one: str, other: str) -> None:
    assert alike(one) == alike(other)


def test_what_cannot_be_seen_is_written_out() -> None:
    assert differing("Рhòng\u200e", "Phòng") == ("Рhòng [U+0420] [U+200E]", "Phòng")
    assert tidy(" Hòa\u00a0\u200egiải ") == "Hòa giải"


@pytest.mark.parametrize(
    ("written", "wanted", "kind"),
    [
        ("2024", "2024", "year"),
        ("Năm 2024", "2024", "year"),
        (" 2024\u200e", "2024", "year"),
        ("Quý III/2025", "2025-Q3", "third_quarter"),
        ("quý 3 năm 2025", "2025-Q3", "third_quarter"),
        ("2025 Q3", "2025-Q3", "third_quarter"),
        ("2020–2025", "2020-2025", "term"),
        ("Nhiệm kỳ 2020 - 2025", "2020-2025", "term"),
        ("năm học 2024-2025", "năm học 2024-2025", None),
        ("2025-2020", "2025-2020", None),
        ("HK1 2024", "HK1 2024", None),
    ],
)
def test_a_period_is_read_however_it_is_spelled(written: str, wanted: str, kind: str | None) -> None:
    assert (meant(written), period_kind(written)) == (wanted, kind)


# --- from case to case --------------------------------------------------------------------------------------------

LINKS = f"""
kind: links
id: links
label: {{vi: Ràng buộc, en: Links}}
applies_to: [person]
links:
  - id: head
    label: {{vi: Người đứng đầu, en: Head}}
    to: heads
    must: {{order: not_before}}
    {SOURCE}
"""
SHARES = (
    QUOTAS.replace("id: quotas", "id: shares")
    .replace("gold_share", "unit_share")
    .replace("gold_percent", "unit_percent")
    .replace("within: [subject.cohort]", "within: [subject.heads, subject.unit]")
)
EACH = (
    QUOTAS.replace("id: quotas", "id: each")
    .replace("gold_share", "each_share")
    .replace("gold_percent", "each_percent")
    .replace("surplus: silver", "surplus: silver\n    several_cases: each")
)


def whole() -> Library:
    return library(LINKS, SHARES, EACH)


def case(number: int, grade: str, *, period: str = "2024", day: str | None = None, **subject: Any) -> str:
    return line({
        "case_id": f"C-{number}", "period": period, "as_of": "2024-12-31",
        "subject": {"kind": "person", "cohort": NAME, "unit": "U-1", "id": f"S-{number}", **subject},
        "facts": {}, "grades": {"decided": grade, "decided_on": day},
    })  # fmt: skip


def both(lines: Sequence[str], folder: Path, of: Library | None = None) -> tuple[CaseResults, Totals]:
    """What the cases come to one by one and as a population, which is held to be the same."""
    folder.mkdir(exist_ok=True)
    file = folder / "cases.ndjson"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    documents = [parse_json(str(file), text, line_offset=n) for n, text in enumerate(lines)]
    judging = of or whole()
    wanted = evaluate(judging, documents)
    run = Run(judging, folder / "run", Options(portion=2_000, referee=20), threads=1)
    done = run.over([str(file)])
    with opened_results(run, done) as results:
        cohorts: list[QuotaResult] = []
        totals = totals_of(results, cohorts.append)
        rejected = [told(one) for each in results.rejected() for one in each.diagnostics]
    assert cohorts == list(map(without_ids, wanted.quotas))
    assert Counter({one.link: sum(one.counts.values()) for one in totals.links}) == Counter(
        one.link.name for one in wanted.links
    )
    for total in totals.links:
        of_this = [one for one in wanted.links if one.link.name == total.link]
        assert dict(total.counts) == Counter(one.status for one in of_this)
        assert {one for one, _ in total.broken} == {one.case_id for one in of_this if one.status == "broken"}
    assert list(map(told, totals.warnings)) == list(map(told, wanted.warnings))
    assert rejected == [told(one) for each in wanted.rejected for one in each.diagnostics]
    return wanted, totals


def told(one: Diagnostic) -> tuple[str, int, list[str]]:
    """A diagnostic without the columns, which a population does not know, and the texts, which it does not repeat."""
    said = [value for name, value in one.arguments if isinstance(value, str) and name != "suggestion"]
    return one.code, one.location.line, [each.rsplit(":", 1)[0] if each.count(":") > 1 else each for each in said]


@pytest.mark.parametrize("spelled", SAME.values(), ids=list(SAME))
def test_a_cohort_is_one_however_it_is_spelled(spelled: str, tmp_path: Path) -> None:
    cases = [case(number, "silver") for number in range(10)] + [case(10, "gold"), case(11, "gold", cohort=spelled)]
    results, _ = both(cases, tmp_path)
    (share,) = [one for one in results.quotas if one.quota.name == "quotas.gold_share"]
    assert (share.count, share.base, share.status) == (2, 10, "within")
    assert share.cohort == (("subject.cohort", tidy(min(NAME, spelled))),)
    # What is read in composed form is the same text, and nothing is to be told.
    expected = [] if normalize("NFC", spelled) == NAME else ["case/looks-alike"]
    assert [one.code for one in results.warnings] == expected
    backwards = evaluate(whole(), [parse_json("cases", text, line_offset=n) for n, text in enumerate(cases[::-1])])
    assert backwards.quotas[0].cohort == results.quotas[0].cohort


def test_a_cohort_has_the_same_name_in_whatever_order_its_cases_come(tmp_path: Path) -> None:
    cases = [case(number, "silver", cohort=spelled) for number, spelled in enumerate(SAME.values())]
    results, _ = both(cases, tmp_path / "forwards")
    backwards, _ = both(cases[::-1], tmp_path / "backwards")
    assert backwards.quotas[0].cohort == results.quotas[0].cohort


@pytest.mark.parametrize("spelled", ["U-1\u200e", "U\u20111", "Ｕ-1", " U-1"])
def test_units_and_relations_are_one_however_they_are_spelled(spelled: str, tmp_path: Path) -> None:
    heads = spelled.replace("U", "H").replace("Ｕ", "Ｈ")
    cases = [case(1, "silver", heads="H-1", day="2024-12-20"), case(2, "gold", heads=heads, unit=spelled)]
    cases += [case(3, "silver", id="H-1", day="2024-12-25")]
    results, _ = both(cases, tmp_path)
    (share,) = [one for one in results.quotas if one.quota.name == "shares.unit_share"]
    assert (share.count, share.base) == (1, 1)
    assert [one.status for one in results.links] == ["broken", "unknown"]
    assert results.links[1].other_case == "C-3"


def test_several_ids_are_compared_one_by_one(tmp_path: Path) -> None:
    results, _ = both([case(1, "silver", heads=["a", "b"]), case(2, "gold", heads=["a ", "\u200eb"])], tmp_path)
    (share,) = [one for one in results.quotas if one.quota.name == "shares.unit_share"]
    assert (share.size, share.cohort[0]) == (2, ("subject.heads", "a , b"))


@pytest.mark.parametrize("spelled", ["Năm 2024", "2024 ", "2024\u200e", "năm 2024"])
def test_periods_are_one_however_they_are_spelled(spelled: str, tmp_path: Path) -> None:
    results, _ = both([case(1, "silver"), case(2, "gold", period=spelled)], tmp_path)
    assert {(one.period, one.size) for one in results.quotas if one.quota.name == "quotas.gold_share"} == {("2024", 2)}


@pytest.mark.parametrize("spelled", ["C-1\u200e", "С-1", "C‑1", "C-1 ", "Ｃ-1"])
def test_an_id_that_looks_like_another_is_the_same_id(spelled: str, tmp_path: Path) -> None:
    repeated = line(json.loads(case(2, "gold")) | {"case_id": spelled})
    results, _ = both([case(1, "silver"), repeated], tmp_path)
    (found,) = [one for each in results.rejected for one in each.diagnostics]
    assert (len(results.decisions), found.code) == (1, "case/duplicate-id")
    assert "[U+" in found.message("vi")


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (2, 0, 1)])
def test_a_subject_with_two_cases_is_told_and_counts_once(order: Sequence[int], tmp_path: Path) -> None:
    cases = [
        case(1, "gold", id="S-1", day="2024-12-20"), case(2, "silver", id="S-1\u200e", day="2024-12-30"),
        case(3, "silver", heads="S-1", day="2024-12-25"),
    ]  # fmt: skip
    results, totals = both([cases[number] for number in order], tmp_path)
    share = {one.quota.name: one for one in results.quotas}
    # Which of the two cases counts is not for the program to choose.
    assert (share["quotas.gold_share"].size, share["quotas.gold_share"].status) == (2, "unknown")
    assert (share["each.each_share"].size, share["each.each_share"].count) == (3, 1)
    assert [(one.status, one.other_case) for one in results.links] == [("unknown", "C-1, C-2")]
    assert sorted(one.code for one in results.warnings) == ["case/looks-alike", "case/same-subject"]
    assert dict(totals.warned) == {"case/looks-alike": 1, "case/same-subject": 1}


def test_a_case_entered_twice_counts_once(tmp_path: Path) -> None:
    results, totals = both([case(number, "gold", id="S-1") for number in range(5)], tmp_path)
    (share,) = [one for one in results.quotas if one.quota.name == "quotas.gold_share"]
    assert (share.size, share.count, share.status) == (1, 1, "exceeded")
    assert dict(totals.warned) == {"case/same-subject": 4}


@pytest.mark.parametrize("blank", ["", " ", "\u00a0", "\u200e"])
def test_a_blank_cohort_is_none(blank: str, tmp_path: Path) -> None:
    results, totals = both([case(1, "gold", cohort=blank), case(2, "gold")], tmp_path)
    assert ("quotas.gold_share", "C-1") in results.ungrouped
    assert dict(totals.ungrouped)["quotas.gold_share"] == 1


# --- what is told of cases by themselves ------------------------------------------------------------------------------

CONTENTS = f"""
kind: review_contents
id: contents
label: {{vi: Nội dung, en: Contents}}
applies_to: [body, person]
review_contents:
  - {{id: %s, label: {{vi: Nội dung, en: Content}}, {SOURCE}}}
"""


def two() -> Library:
    """A regulation, and a later one that knows another relation and another content."""
    later = REGULATION.replace("id: small", "id: later", 1).replace("id: heads", "id: serves").replace(
        "from: 2020-01-01, until: 2029-12-31", "from: 2030-01-01")  # fmt: skip
    texts = {"regulation.yaml": later, "ladder.yaml": LADDER, "contents.yaml": CONTENTS % "manners"}
    other, _ = parse_regulation([parse_yaml(name, text) for name, text in texts.items()])
    facts = FACTS.replace("lists:", "as_of: {months_after: 6, otherwise: warned}\nlists:", 1).replace(
        "work.extra: {", "work.extra: {not_more_than: {fact: work.done, otherwise: warned}, ")  # fmt: skip
    return Library(
        parse_vocabulary(parse_yaml("facts.yaml", facts)),
        {"small": regulation(CONTENTS % "conduct"), "later": other},
    )


def test_what_only_another_regulation_knows_is_told_once(tmp_path: Path) -> None:
    with_contents = [json.loads(case(number, "silver", serves="S-9")) for number in (1, 2)]
    for one, covered in zip(with_contents, (["conduct", "manners"], ["manners"]), strict=True):
        one["review"] = {"covered": covered}
    plain = [case(3, "silver", heads="S-1"), line(json.loads(case(4, "silver")) | {"review": {"covered": ["conduct"]}})]
    results, _ = both([plain[0], *map(line, with_contents), plain[1]], tmp_path, two())
    assert [(one.code, one.location.line, dict(one.arguments)) for one in results.warnings] == [
        ("cases/not-used", 2, {"name": name, "regulation": "small", "cases": 2})
        for name in ("review.covered.manners", "subject.serves")
    ]


def test_what_the_vocabulary_warns_of_is_told_once(tmp_path: Path) -> None:
    made = [json.loads(case(number, "silver")) for number in range(6)]
    made[1]["facts"] = {"work.done": 3, "work.extra": 4}
    made[2]["facts"] = {"work.done": 4, "work.extra": 4, "work.extra_percent": 0.69}
    made[3]["facts"] = {"work.done_percent": 0.5, "work.extra_percent": 1}
    # One of 200 is half a percent: nobody has mistaken anything.
    made[4]["facts"] = {"work.given": 200, "work.extra": 1, "work.extra_percent": 0.5}
    made[5] |= {"as_of": "2025-12-31"}
    results, _ = both([line(one) for one in made], tmp_path, two())
    assert [(one.code, one.location.line, dict(one.arguments)["name"]) for one in results.warnings] == [
        ("cases/above", 2, "work.extra"),
        ("cases/share", 3, "work.extra_percent"),
        ("cases/share", 4, "work.done_percent"),
        ("cases/day", 6, ""),
    ]


@pytest.mark.parametrize("paper", [False, True])
def test_letters_that_are_not_what_they_seem_are_told_as_of_a_single_case(paper: bool, tmp_path: Path) -> None:
    made = [json.loads(case(number, "silver")) for number in range(12)]
    for number in (2, 7):
        # The second is told by the first.
        made[number]["evidence"] = {"work.done": ["Số 1", "Quy \u00f0ịnh 2"], "work.extra": None}
    made[3]["evidence"] = {"work.done": ["Quyết định 3"], "work.extra": ["Cã dÊu hiÖu vi ph¹m"]}
    made[4]["subject"] |= {"name": "Phaïm Vaên Thöû"}
    made[6]["subject"] |= {"heads": ["S-1", "\u00d0ảng ủy A"]}
    made[5]["ballots"] = {"present": 5, "issued": 6}
    for one in made if paper else ():
        # A case that states its papers is read by itself.
        one.setdefault("ballots", {"present": 5})
    results, totals = both([line(one) for one in made], tmp_path)
    assert not results.rejected
    assert [(one.code, one.location.line) for one in results.warnings] == [
        ("text/look-alike", 3), ("text/legacy-font", 4), ("text/legacy-font", 5),
        ("cases/more-ballots-than-present", 6), ("text/look-alike", 7),
    ]  # fmt: skip
    # What describes a person is in no message.
    assert "Ph\u1ea1m" not in str(totals.warnings)
