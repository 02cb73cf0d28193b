"""What several tests of target share."""

import json
import random
from decimal import Decimal
from typing import Any

from engine.base.yaml_text import parse_yaml
from engine.core.policy.regulation import Library
from engine.load.policies.parser import parse_regulation
from engine.load.policies.vocabulary import parse_vocabulary
from support import large_regulation
from support.both_targets import nested
from support.small_regulation import REGULATION, SOURCE


def library_of(files: dict[str, str], facts: str) -> Library:
    regulation, twice = parse_regulation([parse_yaml(name, text) for name, text in files.items()])
    assert not twice
    return Library(parse_vocabulary(parse_yaml("facts.yaml", facts)), {regulation.id: regulation})


# --- derived facts, and cases that are wrong --------------------------------------------------------------------

DERIVED = """
kind: facts
id: facts
label: {vi: Từ vựng, en: Facts}
facts:
  a: {type: integer, label: {vi: A, en: A}, minimum: -50, maximum: 5000}
  b: {type: integer, label: {vi: B, en: B}}
  c.x: {type: number, label: {vi: CX, en: CX}, minimum: -1.5, maximum: 1000}
  c.y: {type: number, label: {vi: CY, en: CY}}
  done: {type: boolean, label: {vi: Xong, en: Done}}
  sure: {type: boolean, label: {vi: Chắc, en: Sure}}
  day: {type: date, label: {vi: Ngày, en: Day}, minimum: 2020-01-01}
  word: {type: text, label: {vi: Chữ, en: Word}}
  level: {type: text, one_of: {low: {vi: L, en: L}, mid: {vi: M, en: M}, top: {vi: T, en: T}}, ordered: true,
          label: {vi: Mức, en: Level}}
  tags: {type: set, one_of: {p: {vi: P, en: P}, q: {vi: Q, en: Q}}, label: {vi: Nhãn, en: Tags}}
  ratio: {type: number, label: {vi: R, en: R}, minimum: -1000, maximum: 250, derived: {percent: {of: a, part: b}}}
  fine: {type: number, label: {vi: Tỷ lệ kỹ, en: Fine}, derived: {percent: {of: c.x, part: a}}}
  total: {type: number, label: {vi: Tổng, en: Total}, maximum: 6000, derived: {sum: [a, b, c.x]}}
  whole: {type: integer, label: {vi: Tổng nguyên, en: Whole}, derived: {sum: [a, b]}}
  share: {type: number, label: {vi: Phần, en: Share}, derived: {percent: {of: whole, part: a}}}
  lesser: {type: number, label: {vi: Nhỏ, en: Lesser}, derived: {minimum: [b, c.y]}}
  larger: {type: number, label: {vi: Lớn, en: Larger}, derived: {maximum: [c.x, c.y]}}
  trues: {type: integer, label: {vi: Số đúng, en: Trues}, derived: {count: {of: [done, sure], is: true}}}
  mixed: {type: number, label: {vi: Trộn, en: Mixed}, derived: {sum: [ratio, a]}}
"""


CONSTANTS = {
    "a": [0, 7, Decimal("33.3"), 100], "b": [0, 20, Decimal("0.5")], "c.x": [0, Decimal("33.333333"), Decimal("0.1")],
    "c.y": [1, Decimal("2.0000001")], "ratio": [0, 50, Decimal("33.3333333333"), 100, 250],
    "fine": [0, 300, Decimal("66.6")], "total": [0, 100, Decimal("99.9")], "whole": [0, 100, 27],
    "share": [50, Decimal("12.5")], "lesser": [0, Decimal("0.1")], "larger": [1, Decimal("33.333333")], "trues": [1, 2],
}  # fmt: skip


def derived_library(chance: random.Random, more: dict[str, list[Any]]) -> Library:
    lines = ["kind: triggers", "id: many", "label: {vi: Nhiều, en: Many}", "applies_to: [person]", "triggers:"]
    conditions = [
        f"{{fact: {name}, {operator}: {constant}}}"
        for name, constants in {**CONSTANTS, **more}.items()
        for constant in constants
        for operator in chance.sample(["is", "is_not", "at_least", "at_most", "more_than", "less_than"], 3)
    ]
    conditions += ["{fact: done, is: true}", "{fact: sure, is_not: true}", "{fact: day, at_least: 2024-02-29}"]
    conditions += ["{fact: word, is: Đề án}", "{fact: word, none_of: [A, B]}", "{fact: level, more_than: low}"]
    conditions += [
        "{fact: level, one_of: [low, top]}",
        "{fact: tags, includes: p}",
        "{fact: tags, includes_any: [p, q]}",
    ]
    for number, when in enumerate(conditions):
        lines += [
            f"  - id: t{number}",
            f"    label: {{vi: T{number}, en: T{number}}}",
            f"    when: {when}",
            f"    {SOURCE}",
        ]
    ladder = large_regulation.LADDER
    return library_of({"r.yaml": REGULATION, "l.yaml": ladder, "many.yaml": "\n".join(lines) + "\n"}, DERIVED)


NUMBERS = [0, 1, 2, 7, 20, 27, 33, 50, 100, 300, -1, -50, 4999]


EXACT = [0, 1, Decimal("0.1"), Decimal("33.333333"), Decimal("33.333334"), Decimal("-1.5"), Decimal("2.5"), 66, 999]


RIGHT: dict[str, list[Any]] = {
    "a": NUMBERS, "b": NUMBERS, "c.x": EXACT, "c.y": EXACT, "done": [True, False], "sure": [True, False],
    "day": ["2024-02-29", "2024-02-28", "2020-01-01", "2999-12-31"], "word": ["Đề án", "A", "B", "", "x y", "0"],
    "level": ["low", "mid", "top"], "tags": [[], ["p"], ["q", "p"], ["p", "p"]],
}  # fmt: skip


STATED: dict[str, list[Any]] = {
    "ratio": [50, 100, Decimal("33.3")],
    "trues": [0, 1, 2],
    "larger": EXACT,
    "whole": NUMBERS,
}


def right_case(chance: random.Random, number: int) -> dict[str, Any]:
    facts = {name: chance.choice(values) for name, values in RIGHT.items() if chance.random() < 0.85}
    facts |= {name: chance.choice(values) for name, values in STATED.items() if chance.random() < 0.1}
    return {
        "case_id": f"C-{number}", "period": "2024", "as_of": "2024-12-31",
        "subject": {"kind": "person", "id": f"S-{number}", "unit": "U: 1", "cohort": "Nhóm", "heads": "U-1"},
        "facts": nested(facts), "evidence": {"a": ["Đề án"], "c.x": []}, "grades": {"self": "gold"},
    }  # fmt: skip


WRONG: list[Any] = [
    "95", "", "null", True, 3.5, 1.0, -0.0, 1e3, 1e400, 2**63, 10**25, 0.30000000000000004, 12345678901234567890.5,
    None, [], ["p", 1], ["r"], {}, {"x": 1}, "2024-02-30", "20240229", "2024-W01-1", "0000-01-01", "2024-1-1", "Đề án",
    "tab\there", "zero\u200bwidth", "back\\slash", 'quo"te', "a\u0301", "e" * 10_001, "[x", "low", "LOW", "topp", " ",
]  # fmt: skip


HEADERS: list[tuple[str, ...]] = [
    ("case_id",), ("period",), ("as_of",), ("regulation",), ("$schema",), ("subject",), ("subject", "kind"),
    ("subject", "id"), ("subject", "unit"), ("subject", "cohort"), ("subject", "name"), ("subject", "heads"),
    ("facts",), ("evidence",), ("evidence", "a"), ("evidence", "zzz"), ("review",), ("review", "covered"), ("grades",),
    ("grades", "self"), ("grades", "decided"), ("grades", "decided_on"), ("unknown",), ("subject", "leads"),
    ("facts", "c"), ("facts", "c", "z"), ("facts", "c.x"), ("facts", "zzz"),
]  # fmt: skip


def spoilt(chance: random.Random, number: int) -> str:
    """A case with one thing in it put otherwise, or written otherwise."""
    data = right_case(chance, number)
    places = HEADERS + [("facts", *name.split(".")) for name in (*RIGHT, *STATED)]
    path = chance.choice(places)
    here: Any = data
    for key in path[:-1]:
        here = here.setdefault(key, {}) if isinstance(here.setdefault(key, {}), dict) else {}
    value = chance.choice(WRONG)
    if path[0] == "regulation":
        value = chance.choice(["small", "smal", None, 3])
    if path[-1] == "as_of":
        value = chance.choice(["2019-12-31", "2020-01-01", "2029-12-31", "2030-01-01", "2024-12-32", 20241231, None])
    here[path[-1]] = value
    if chance.random() < 0.1:
        here.pop(path[-1])
    text = json.dumps(data, ensure_ascii=chance.random() < 0.1, default=float)
    match chance.randrange(14):
        case 0:
            text = text.replace('"period"', '"period": "2023", "period"')
        case 1:
            text = text.replace('"a": ', '"a": 1, "a": ')
        case 2:
            text = text.replace(": ", " : ").replace(", ", " ,\t")
        case 3:
            text = text[: chance.randrange(len(text))]
        case 4:
            text = text.replace("1", "1.00000000000000000001", 3)
        case 5:
            text = text + chance.choice([" ", "x", "{}", "\r"])
        case 6:
            text = chance.choice(["", "   ", "[]", "5", "null", "{}", "\ufeff" + text, "\0" + text, '{"a": NaN}'])
    return text.replace("\n", " ")


WRITTEN = [
    b"33.333333000000000000001", b"33.33333299999999999999999", b"0.99999999999999999", b"1e-400", b"-1e-400", b"5e-1",
    b"0.1e0", b"1E2", b"100.000000000000000000001", b"1e99999999999999999999", b"1e-99999999999999999999", b"1e1000000",
    b"1e400", b"1e-40", b"0e999", b"-0", b"-0.0", b"00", b"1.", b".5", b"+1", b"0x10", b"1_0", b"NaN", b"nan", b"inf",
    b"-Infinity", b"1.0", b"100.0", b"1e2", b"2.50000000000000000000", b"9007199254740993", b"1" * 400,
    b"1." + b"3" * 5000, b"999999999999.9999999", b"33.3333330", b"250000000000000000000e-20", b"1,", b"1 1", b"[1]",
    b"\xef\xbc\x91", b"tru", b'"1', b'"1"', b"", b"nul", b"nullx", b"{}", b'{"a":{}}', b"[" * 3000, b'{"a":' * 3000,
    b"\x00", b"\x01", b"\\0", b"\xff", b"\\u0031",
]  # fmt: skip
"""What may stand in a text in place of a number."""


def sound_case(number: int) -> dict[str, Any]:
    """A case that nothing is wrong with."""
    facts = {"a": 20, "b": 7, "word": "Đề án", "done": True, "c": {"x": 0.1, "y": 0.5}, "tags": []}
    return right_case(random.Random(number), number) | {"facts": facts}


PIECES = [
    b",", b":", b"{", b"}", b"[", b"]", b'"', b"\\", b"\\u003a", b"\\u0022", b"\\ud83d", b"\\ud83d\\ude00", b"\\u1ea3",
    b"\\u0000", b"\\u200b", b"\\n", b"\\/", b"0", b"e9", b".", b"-", b" ", b"\t", b"\r", b"\x00", b"\x7f", b"\xc2\x80",
    b"\x01", b"\xe2\x80\x8b", b"\xcc\x81", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xff", b"null", b"{}", b"[]", b'"a":1,',
    b'"a":{},', b"/**/", b"'", b"\xe1\xba\xa3",
]  # fmt: skip


def balanced(text: str) -> list[str]:
    """The line of a sound case with a surplus here that makes up for something missing there."""
    ten = text.replace('"y":0.5', '"y":1e9')
    return [
        # DuckDB writes 1e9 as 1000000000.0, nine bytes longer, and 2e1 as 20.0.
        ten.replace('"facts":{', '"facts":{"zz":123,'), ten.replace('"facts":{', '"facts":{"a":1234,'),
        text.replace('"a":20', '"a":2e1').replace('"b":7', '"b":7,', 1).replace('"b":7,,', '"b":7, ,'),
        text.replace('"a":20', '"a":2e1').replace("}", ",}", 1),
        text.replace('"a":20', '"a":2e1').replace("]", ",]", 1),
        # As many keys, quotes, booleans and nulls as there should be.
        text.replace('"b":7', '"zz":7'), text.replace('"b":7', '"b":null,"zz":null'), text.replace('"b":7', '"a":7'),
        text.replace('"b":7', '"b":true').replace('"done":true', '"done":1'),
        text.replace('"b":7', '"b":"7"').replace('"word":"Đề án"', '"word":5'),
        text.replace('"b":7', '"b":{"x":7}'), text.replace('"b":7', '"b":[7]'), text.replace('"b":7', '"b":-0.0000000'),
        text.replace('"unit":"U: 1"', '"unit":"U"').replace('"b":7', '"zz":7'),
        text.replace('"unit":"U: 1"', '"unit":"true:1"').replace('"done":true', '"done":1'),
    ]  # fmt: skip
