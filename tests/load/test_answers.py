"""What people type, read as values: Vietnamese and English words, and nothing guessed."""

import unicodedata
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from engine.core.policy.terms import Fact, Text
from engine.core.policy.values import Misfit
from engine.load.cases.answers import Unreadable, members, named_items, number, plain_answer

LABEL = Text("Dữ kiện", "Fact")
LEVELS = (
    ("poor", Text("Kém", "Poor")),
    ("average", Text("Trung bình", "Average")),
    ("good", Text("Tốt", "Good")),
)
YES_NO = Fact("x.y", "boolean", LABEL)
COUNT = Fact("x.n", "integer", LABEL, minimum=0)
MONTHS = Fact("x.m", "integer", LABEL, unit="months", minimum=0)
SHARE = Fact("x.p", "number", LABEL, unit="percent", minimum=Fraction(0), maximum=Fraction(100))
LEVEL = Fact("x.l", "text", LABEL, options=LEVELS, ordered=True)
SOME = Fact("x.s", "set", LABEL, options=LEVELS)
DAY = Fact("x.d", "date", LABEL)
FREE = Fact("x.t", "text", LABEL)


@pytest.mark.parametrize(
    ("fact", "typed_in", "plain"),
    [
        (YES_NO, "có", True),
        (YES_NO, unicodedata.normalize("NFD", " CÓ "), True),
        (YES_NO, "co", True),
        (YES_NO, "đúng", True),
        (YES_NO, "rồi", True),
        (YES_NO, "chưa", False),
        (YES_NO, unicodedata.normalize("NFD", "không"), False),
        (YES_NO, "k", False),
        (YES_NO, "Yes", True),
        (YES_NO, "n", False),
        (COUNT, "20", 20),
        (MONTHS, "12 tháng", 12),
        (MONTHS, "12 thang", 12),
        (MONTHS, "12 months", 12),
        (SHARE, "49,99 phần trăm", Decimal("49.99")),
        (COUNT, "1.250", 1250),
        (COUNT, "12\u00a0500", 12500),
        (COUNT, "1.250.000", 1250000),
        (SHARE, "49,99", Decimal("49.99")),
        (SHARE, "49.99", Decimal("49.99")),
        (SHARE, "49,99 %", Decimal("49.99")),
        (SHARE, "33,333", Decimal("33.333")),
        (SHARE, "100", 100),
        (LEVEL, "3", "good"),
        (LEVEL, "tốt", "good"),
        (LEVEL, unicodedata.normalize("NFD", "Trung bình"), "average"),
        (LEVEL, "trung binh", "average"),
        (LEVEL, "Good", "good"),
        (LEVEL, "“Tốt”", "good"),
        (SOME, "1, 3", ["poor", "good"]),
        (SOME, "tốt; kém", ["poor", "good"]),
        (SOME, "1 3 1", ["poor", "good"]),
        (SOME, "không", []),
        (SOME, "tất cả", ["poor", "average", "good"]),
        (DAY, "31/12/2024", "2024-12-31"),
        (DAY, "1/2/2024", "2024-02-01"),
        (DAY, "2024-12-31", "2024-12-31"),
        (FREE, '"lưu"', "lưu"),
        (FREE, unicodedata.normalize("NFD", "Đề án"), "Đề án"),
    ],
)
def test_what_is_typed_becomes_the_value_that_is_meant(fact: Fact, typed_in: str, plain: Any) -> None:
    found = plain_answer(typed_in, fact, "vi")
    assert (found, type(found)) == (plain, type(plain))


@pytest.mark.parametrize(
    ("fact", "typed_in", "complaint"),
    [
        (YES_NO, "1", "not_yes_or_no"),
        (YES_NO, "có lẽ", "not_yes_or_no"),
        (COUNT, "hai mươi", "not_a_number"),
        (COUNT, "1e3", "not_a_number"),
        (COUNT, "1,000", "number_two_ways"),
        (MONTHS, "1 năm", "not_a_number"),
        (COUNT, "12 tháng", "not_a_number"),
        (COUNT, "1.000", "number_two_ways"),
        (COUNT, "12.34.5", "not_a_number"),
        (COUNT, "", "not_a_number"),
        (LEVEL, "0", "not_an_option"),
        (LEVEL, "4", "not_an_option"),
        (LEVEL, "giỏi", "not_an_option"),
        (SOME, "1, giỏi", "not_an_option"),
        (DAY, "31/02/2024", "not_a_day"),
        (DAY, "20241231", "not_a_day"),
        (FREE, '""', "nothing"),
        (FREE, "a\x1b[A", "not_text"),
        (FREE, "a\udce1", "not_text"),
    ],
)
def test_what_cannot_be_read_or_reads_two_ways_is_refused(fact: Fact, typed_in: str, complaint: str) -> None:
    with pytest.raises(Unreadable) as refused:
        plain_answer(typed_in, fact, "vi")
    assert refused.value.complaint == complaint


@pytest.mark.parametrize(
    ("fact", "typed_in", "code"),
    [(COUNT, "-1", "fact/range"), (COUNT, "2,5", "fact/type"), (SHARE, "100,5", "fact/range")],
)
def test_the_vocabulary_has_the_last_word(fact: Fact, typed_in: str, code: str) -> None:
    with pytest.raises(Misfit) as refused:
        plain_answer(typed_in, fact, "vi")
    assert refused.value.code == code


def test_a_day_before_its_month_is_not_guessed_in_english() -> None:
    with pytest.raises(Unreadable):
        plain_answer("31/12/2024", DAY, "en")


def test_a_label_with_commas_is_one_option_and_labels_alike_without_diacritics_are_told_apart() -> None:
    options = (("a", Text("Nguyên nhân, trách nhiệm", "Causes")), ("b", Text("má", "b1")), ("c", Text("mà", "c1")))
    assert members("nguyên nhân, trách nhiệm", options) == ["a"]
    assert members("má", options) == ["b"]
    with pytest.raises(Unreadable) as refused:
        members("ma", options)
    assert refused.value.complaint == "several_options"


def test_evidence_is_named_with_semicolons_between_and_none_is_said_to_be_none() -> None:
    assert named_items("Đề án 03; Cổng dịch vụ công, cấp xã ;") == ["Đề án 03", "Cổng dịch vụ công, cấp xã"]
    assert named_items("không") == []
    with pytest.raises(Unreadable):
        named_items(" ; ")


@pytest.mark.parametrize("typed_in", ["1 00", "1 0", "10 000 0", "1 000,5 5", "1000 000", "1 ,5"])
def test_blanks_between_digits_group_thousands_or_are_refused(typed_in: str) -> None:
    fact = Fact("n", "number", Text("", ""))
    with pytest.raises(Unreadable):
        number(typed_in, fact)
    assert (number("1 000", fact), number("12 345 678,5", fact)) == (1000, Decimal("12345678.5"))
