"""A suggestion is near and the only one, and never turns a rule round."""

import pytest

from engine.base.nearness import closest, opposed
from engine.base.yaml_text import parse_yaml
from engine.load.policies.schema import schema_diagnostics
from engine.load.policies.spelling import meant_key, meant_name


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("tasks.asigned", "tasks.assigned tasks.done", "tasks.assigned"),
        ("Gold", "gold tin", "gold"),
        ("zzz", "gold tin", None),
        ("gold", "", None),
        ("atleast", "at_least at_most", "at_least"),
        ("at_mots", "at_least at_most", "at_most"),
        ("not_reviewd", "reviewed not_reviewed", "not_reviewed"),
        ("notreviewed", "reviewed not_reviewed", "not_reviewed"),
        ("share_percentage", "share_percent", "share_percent"),
        ("rule-2024", "rule-2023 rule-2018", "rule-2023"),
        ("nhiệm_vụ_được_gia", "nhiệm_vụ_được_giao nhiệm_vụ_đã_xong", "nhiệm_vụ_được_giao"),
        ("Hoà_giải", "hòa_giải", "hòa_giải"),
        ("lеader", "leader person", "leader"),
    ],
)
def test_the_name_that_was_meant_is_offered_where_one_is_near(name: str, known: str, meant: str | None) -> None:
    assert closest(name, known.split()) == meant


@pytest.mark.parametrize(
    ("name", "known"),
    [
        # denied
        ("reviewed", "not_reviewed"), ("not_reviewed", "reviewed"), ("not_one_of", "one_of"), ("is_not_", "is"),
        ("unreviewed", "reviewed"), ("unreviewd", "reviewed"), ("reviewed", "unreviewed"), ("unity", "disunity"),
        ("leader", "non_leader"), ("complete", "incomplete"), ("met", "unmet"), ("settled", "unsettled"),
        ("không đạt tiêu chí", "đạt tiêu chí"), ("chua dat tieu chi", "dat tieu chi"), ("inherited", "uninherited"),
        # the opposite
        ("one", "none"), ("all", "any"), ("excludes", "includes"), ("at_least", "at_most"), ("at_less", "at_least"),
        ("min_percent", "max_percent"), ("more_than_one", "less_than_one"), ("initial_good", "final_good"),
        ("in_force_from", "in_force_until"), ("above_the_norm", "below_the_norm"), ("first_half", "last_half"),
        ("internal_unity", "external_unity"), ("tren_dinh_muc", "duoi_dinh_muc"), ("increase", "decrease"),
        # another word, or another number
        ("suspended_from_the_board", "suspended_from_the_party"), ("criterion_1", "criterion_2"), ("n1", "n2"),
        ("rule-124", "rule-132"), ("subordinates.disciplined", "subordinates.prosecuted"),
        # two that are as near
        ("rule-2020", "rule-2021 | rule-2022"), ("n", "n1 | n2"), ("falg", "flag | flat | fala"),
    ],
)  # fmt: skip
def test_nothing_is_offered_that_would_turn_a_rule_round_or_is_another(name: str, known: str) -> None:
    assert closest(name, known.split(" | ")) is None


@pytest.mark.parametrize(
    ("typed", "labels", "meant"),
    [
        ("được xem xét", {"a": ["Không được xem xét"], "b": ["Xem xét sau"]}, None),
        ("không được xem xét", {"a": ["Không được xem xét"], "b": ["Được xem xét"]}, "a"),
        ("chưa hoàn thành việc được giao", {"a": ["Hoàn thành việc được giao"]}, None),
        ("bỏ phần lẻ", {"a": ["Bỏ phần lẻ (“không vượt quá”)"], "b": ["Làm tròn"]}, "a"),
        ("đạt", {"a": ["Đạt"], "b": ["Đạt"]}, None),
    ],
)
def test_a_label_is_not_taken_for_what_denies_it(typed: str, labels: dict[str, list[str]], meant: str | None) -> None:
    assert meant_name(typed, labels) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("not_one_of", "none_of"), ("not one of", "none_of"), ("không vượt quá", "at_most"), ("vượt quá", "more_than"),
        ("không quá", "at_most"), ("quá", "more_than"), ("không dưới", "at_least"), ("dưới", "less_than"),
        ("không thuộc", "none_of"), ("thuộc", "one_of"), ("isn_t", None), ("excludes", None),
    ],
)  # fmt: skip
def test_an_operator_is_not_taken_for_its_opposite(typed: str, meant: str | None) -> None:
    operators = "is is_not at_least at_most more_than less_than one_of none_of includes includes_any includes_all"
    assert meant_key(typed, operators.split()) == meant


def test_a_key_that_denies_the_missing_one_is_not_taken_for_it() -> None:
    text = (
        "kind: triggers\nid: a\nlabel: {vi: A, en: A}\napplies_to: [b]\n"
        "triggers:\n  - id: c\n    label: {vi: A, en: A}\n"
        "    when_not: {fact: d, is: true}\n    source: {document: e, locator: A, status: reported, cite: e-page}\n"
    )
    found = schema_diagnostics(parse_yaml("a.yaml", text), "triggers")
    assert [dict(one.arguments).get("suggestion") for one in found if one.code == "schema/unknown-key"] == [None]


def test_opposition_goes_both_ways() -> None:
    assert opposed("a", "not_a") and opposed("not_a", "a")
    assert not opposed("not_a", "not_b")
