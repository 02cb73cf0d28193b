"""The fast reading of a case against the careful one: what it takes is the same case, and it takes no more."""

import json
import random
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.cases_124 import document, draw
from support.policies import all_policies
from support.regulation_124 import ASKED
from support.small_regulation import FACTS, regulation

from engine.base.diagnostics import Problems
from engine.base.json_text import parse_json
from engine.base.yaml_text import parse_yaml
from engine.core.judge.case import Case
from engine.core.policy.regulation import Library
from engine.core.policy.terms import Grade, Relation, Text
from engine.load.cases.careful import parse_case
from engine.load.cases.fast import Decoder
from engine.load.policies.vocabulary import parse_vocabulary

# What the small vocabulary lacks: days, free texts, a bound that is no whole number, a name within another.
MORE_FACTS = """
  joined: {type: date, label: {vi: Ngày vào, en: Joined}, minimum: 2000-01-01, maximum: 2024-12-31}
  joined.note: {type: text, label: {vi: Ghi chú, en: Note}}
  work.half: {type: integer, label: {vi: Nửa, en: Half}, minimum: 0.5, maximum: 3.5}
  work.all: {type: integer, label: {vi: Cả, en: All}, derived: {sum: [work.given, work.extra]}}
  work.share: {type: number, label: {vi: Phần, en: Share}}
  work.twice: {type: integer, label: {vi: Hai lần, en: Twice}, minimum: 0, derived: {sum: [work.all, work.all]}}
"""
CONTENTS = """
kind: review_contents
id: contents
label: {vi: Nội dung, en: Contents}
review_contents:
  - {id: duty, label: {vi: Nhiệm vụ, en: Duty}, source: {document: small, locator: mục 1, status: stated}}
  - {id: conduct, label: {vi: Nêu gương, en: Conduct}, source: {document: small, locator: mục 1, status: stated}}
"""


def small() -> Library:
    first = replace(regulation(CONTENTS), periods=("year", "first_quarter"))
    first = replace(first, ladders=tuple(replace(one, applies_to=("person", "team")) for one in first.ladders))
    unit, serves = (Relation(name, Text("", "")) for name in ("unit", "serves"))
    later = replace(
        regulation(CONTENTS), id="later", relations=(unit, serves), in_force_from=date(2029, 6, 1), in_force_until=None
    )
    later = replace(later, grades=(*later.grades, Grade("lead", Text("Chì", "Lead"), None)))
    layer = replace(first, id="layer", extends="small")
    return Library(
        parse_vocabulary(parse_yaml("facts.yaml", FACTS + MORE_FACTS)), {one.id: one for one in (first, later, layer)}
    )


SMALL = small()
DECODER = Decoder(SMALL)

Tree = list[tuple[str, Any]]
"""A JSON object as pairs of texts, so that keys may be written twice and numbers in any way."""

CASE: Tree = [
    ('"case_id"', '"T-1"'),
    ('"period"', '"2024"'),
    ('"as_of"', '"2024-12-31"'),
    ('"subject"', [('"kind"', '"person"'), ('"id"', '"S-1"'), ('"unit"', '"U-1"'), ('"heads"', '["U-1"]')]),
    (
        '"facts"',
        [
            ('"work"', [('"given"', "10"), ('"done"', "9"), ('"extra"', "5"), ('"done_percent"', "90")]),
            ('"mark"', [('"one"', '"green"'), ('"two"', "null")]),
            ('"fault"', [('"found"', "false")]),
            ('"tags"', '["p", "q"]'),
            ('"leave"', [('"months"', "3.50")]),
            ('"joined"', '"2020-02-29"'),
        ],
    ),
    ('"evidence"', [('"mark.one"', '["Đề án: số 1", " "]'), ('"mark.two"', "null")]),
    ('"review"', [('"covered"', '["duty"]')]),
    ('"grades"', [('"self"', '"gold"'), ('"decided"', "null"), ('"decided_on"', '"2025-01-15"')]),
]
# fmt: off
TOKENS = [
    "null", "true", "false", "0", "-0", "1", "2", "4", "9", "10", "12", "13", "95", "100", "-1", "1.0", "3.5", "3.50",
    "90.0", "90.00000000000000000001", "0.1", "1e1", "1E-2", "1e400", "1e-40", "-0.0", "NaN", "Infinity", "01", "+1",
    "9223372036854775807", "9223372036854775808",
    "123456789012345678901234567890123", "0.1234567890123456789012345678901",
    '""', '" "', '"95"', '"true"', '"green"', '"gr\\u0065en"', '"Xanh"', '"gold"', '"lead"', '"person"', '"team"',
    '"body"', '"2024-12-31"', '"2024-02-30"', '"20241231"', '"2024-W01-1"', '"1999-12-31"', '"2029-07-01"',
    '"2031-01-01"', '"2024-Q1"', '"2024-Q2"', '"2020-2025"', '"small"', '"later"', '"layer"', '"a:b"', '"a\\u003Ab"',
    '"\\u003a"', '"dòng\\nhai"', '"một\ttab"', '"\\u0001"', '"\\r"', '"\\\\r"', '"\\"quoted\\""', '"e\u0301"',
    '"e\\u0301"', '"\u200b"', '"\\ud800"', '"\\ud83d\\ude00"', '"\u00a0x"', '"\x7f"', f'"{"x" * 201}"',
    f'"{"ạ" * 200}"', f'"{"x" * 9_000}"', f'"{"x" * 10_001}"', "[]", "{}", "[null]", '["p"]', '["p", "p"]', '["r"]',
    '["duty", "duty"]', '["duty", "conduct"]', '["S-2", "S-3"]', "[1]", '{"a": 1}', "[[[]]]", "[1,]",
    '{"one": "green"}', '"\\x"', "'x'", "", "nul", "1 2",
]
KEYS = [
    '"case_id"', '"period"', '"as_of"', '"facts"', '"evidence"', '"review"', '"covered"', '"grades"', '"regulation"',
    '"$schema"', '"name"', '"cohort"', '"id"', '"kind"', '"unit"', '"heads"', '"serves"', '"unknown"', '""', '"self"',
    '"proposed"', '"decided"', '"decided_on"', '"work"', '"given"', '"work.given"', '"work.done"', '"done_percent"',
    '"extra_percent"', '"half"', '"share"', '"all"', '"twice"', '"mark"', '"one"', '"tw\\u006f"', '"months"',
    '"joined"', '"joined.note"', '"note"', '"tags"', '"f0"', '"e\u0301"', '"a:b"',
]
# fmt: on


def objects(tree: Tree) -> list[Tree]:
    return [tree, *(each for _, value in tree if isinstance(value, list) for each in objects(value))]


def copied(tree: Tree) -> Tree:
    return [(key, copied(value) if isinstance(value, list) else value) for key, value in tree]


def as_text(tree: Tree | str, gap: str = " ") -> str:
    if isinstance(tree, str):
        return tree
    return "{" + f",{gap}".join(f"{key}:{gap}{as_text(value, gap)}" for key, value in tree) + "}"


@st.composite
def texts(chance: st.DrawFn) -> str:
    """The case above with a few things done to it, most of which are mistakes."""
    tree = copied(CASE)
    for _ in range(chance(st.integers(0, 3))):
        inside = chance(st.sampled_from(objects(tree)))
        place = chance(st.integers(0, max(len(inside) - 1, 0)))
        match chance(st.sampled_from(["change", "add", "twice", "drop", "move"])):
            case "change" if inside:
                inside[place] = inside[place][0], chance(st.sampled_from(TOKENS))
            case "add":
                inside.insert(place, (chance(st.sampled_from(KEYS)), chance(st.sampled_from(TOKENS))))
            case "twice" if inside:
                inside.append(chance(st.sampled_from([inside[place], (inside[place][0], "null")])))
            case "drop" if inside:
                del inside[place]
            case "move" if inside:
                inside.append(inside.pop(place))
    gap = chance(st.sampled_from([" ", "", "\n  ", "\r\n\t"]))
    return as_text(tree, gap)


def carefully(text: str, library: Library, regulation: str | None) -> Case | None:
    try:
        return parse_case(parse_json("T.json", text), library, regulation)[0]
    except Problems:
        return None


def with_types(case: Case | None) -> object:
    """`True == 1`, so equal cases might still hold values of other types."""
    if case is None:
        return None
    return case, {name: type(value) for name, value in case.values.items()}, list(case.evidence), list(case.grades)


def written(**changes: object) -> str:
    return as_text([(key, changes.get(key.strip('"'), value)) for key, value in CASE])


@settings(max_examples=1_500)
@given(texts(), st.sampled_from([None, None, "small", "later"]))
@example(as_text(CASE), None)
@example(written(case_id='"T", "case_id": "T"'), None)
@example(written(case_id='"T", "case_id": "a\\u003ab"'), None)
@example(written(case_id='"T", "case_id": "a\\u003Ab"'), None)
@example(written(grades='{"decided_on": ""}'), None)
@example(written(facts='{"leave": {"months": 0.10000000000000001}}'), None)
@example(written(facts='{"leave": {"months": 1e-7}}'), None)
@example(written(facts='{"leave": {"months": [12]}}'), None)
@example(written(facts='{"work": {"given": 0, "done": 0, "done_percent": 100}}'), None)
@example(written(facts='{"work": {"given": 3, "done": 1, "done_percent": 33}}'), None)
@example(written(facts='{"work": {"given": 1, "done": 2}}'), None)
def test_what_is_taken_fast_is_the_case_that_careful_reading_gives(text: str, regulation: str | None) -> None:
    fast = DECODER.case("T.json", text, regulation)
    if fast is not None:
        assert with_types(fast) == with_types(carefully(text, SMALL, regulation))


def test_whatever_is_put_in_whatever_place() -> None:
    taken = 0
    for number, inside in enumerate(objects(CASE)):
        for place in range(len(inside) + len(KEYS)):
            for token in TOKENS:
                tree = copied(CASE)
                there = objects(tree)[number]
                if place < len(inside):
                    there[place] = there[place][0], token
                else:
                    there.append((KEYS[place - len(inside)], token))
                fast = DECODER.case("T.json", text := as_text(tree))
                if fast is not None:
                    taken += 1
                    assert with_types(fast) == with_types(carefully(text, SMALL, None)), text
    assert taken > 400


# fmt: off
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"case_id": '"hồ sơ: \\"một\\""'},
        {"case_id": '"h\\u1ed3 s\\u01a1"'},
        {"case_id": f'"{"ạ" * 200}"'},
        {"facts": "{}"},
        {"facts": '{"work.given": 10, "work.done": 9, "tags": [], "joined.note": "x", "leave.months": 3.5}'},
        {"facts": '{"work": {"given": 10, "done": null, "half": 3}, "leave": {"months": 3.5}, "mark": {}}'},
        {"facts": '{"work": {"given": 3, "done": 1, "extra": 0}, "tags": ["p", "p"], "leave": {"months": 12.0}}'},
        {"evidence": "null"},
        {"review": '{"covered": null}'},
        {"review": '{"covered": []}'},
        {"grades": "{}"},
        {"period": '"2024-Q1"'},
        {"subject": '{"kind": "team", "name": null, "heads": "U-2", "serves": ["U-3"], "unit": null}'},
        {"subject": '{"kind": "person", "name": "Hồ A", "position": "Phó", "born": "1979", "party_cell": "Chi bộ 3"}'},
        {"as_of": '"2031-01-01"', "grades": "null"},
    ],
)  # fmt: skip
def test_what_is_right_is_taken_fast(changes: dict[str, object]) -> None:
    text = written(**changes)
    assert with_types(DECODER.case("T.json", text)) == with_types(carefully(text, SMALL, None))
    assert DECODER.case("T.json", text) is not None


@pytest.mark.parametrize("given", ["95", "true", "3.5", '"', "[1]", "{}", "-1", "1e400", "NaN", "9" * 30, '"95"'])
def test_a_whole_number_is_one_and_within_its_bounds(given: str) -> None:
    text = written(facts=f'{{"work": {{"given": {given}}}}}')
    assert (DECODER.case("T.json", text) is None) == (given != "95")
# fmt: on


@pytest.mark.parametrize("kind", ASKED)
def test_cases_of_a_regulation_are_taken_fast_nested_or_not(kind: str) -> None:
    chance, library = random.Random(kind), all_policies()
    decoder = Decoder(library)
    for number in range(40):
        facts = draw(chance, kind)
        for name in chance.sample(sorted(facts), 3):
            facts.pop(name)
        one = document(number, kind, facts, subject={"unit": "U-1"})
        data = json.loads(one.text)
        nested: dict[str, Any] = {}
        for name, value in data["facts"].items():
            group, _, last = name.partition(".")
            nested.setdefault(group, {})[last] = value
        for text in (one.text, json.dumps({**data, "facts": nested}, indent=2)):
            fast = decoder.case("T.json", text)
            assert fast is not None
            assert with_types(fast) == with_types(carefully(text, library, None))
