"""What makes a text no JSON is named at its place, in the language asked for, and wherever a library stops."""

import json
import random
import re

import pytest

from engine.base.diagnostics import Problems
from engine.base.json_breaks import json_break
from engine.base.json_text import parse_json

CASE = """{
  "case_id": "A",
  "period": "2024",
  "subject": {"kind": "person", "id": "S"},
  "facts": {"work": {"given": 10, "done": true, "list": ["a", "b"]}}
}
"""
# fmt: off
TYPED = [
    # what stands there, what is typed (`«` marks the place), the code
    ('"2024",\n', '"2024«"\n', "json/comma"),
    ('["a", "b"]', '["a«" "b"]', "json/comma"),
    ('"list": [', '"list" «= [', "json/wrong-sign"),
    ('"A",', '"A"«;', "json/wrong-sign"),
    ("10,", "10«;", "json/wrong-sign"),
    ("true,", "true«;", "json/wrong-sign"),
    ('"b"]}}\n', '"b"]}}«,\n', "json/extra-comma"),
    ('"b"]', '"b"«,]', "json/extra-comma"),
    ("true, ", "true,«, ", "json/extra-comma"),
    ('"period": ', '«"period" ', "json/colon"),
    ('"period"', "«'period'", "json/quotes"),
    ('"A"', "«“A”", "json/quotes"),
    ('"A"', '"A«”', "json/quotes"),
    ('"A"', "«‘A’", "json/quotes"),
    ('"period"', "«period", "json/key-quotes"),
    ('"A"', "«ABC", "json/text-quotes"),
    ("true", "«True", "json/word"),
    ("true", "«có", "json/word"),
    ("10", "«None", "json/word"),
    ("10", "«…", "json/word"),
    ("10", "«12,5", "json/number-form"),
    ("10", "«50%", "json/number-form"),
    ("10", "«012", "json/number-form"),
    ("10", "«+5", "json/number-form"),
    ("10", "«.5", "json/number-form"),
    ("10", "«1.000.000", "json/number-form"),
    ("10", "«1_000", "json/number-form"),
    ('"A",', '"A", «// mã', "json/comment"),
    ('"A",', '"A", «# mã', "json/comment"),
    ('  "period"', '  «/* kỳ */ "period"', "json/comment"),
    ('"A"', '«"A', "json/unclosed"),
    ('{"kind": "person", "id": "S"}', '«{"kind": "person", "id": "S"', "json/unclosed"),
    ('["a", "b"]', '«["a", "b"', "json/unclosed"),
    ('["a", "b"]', '«["a", "b"}', "json/unclosed"),
    ('"b"]}}\n}\n', '"b"]}}\n}\n«}', "json/after-end"),
    ('"b"]}}\n}\n', '"b"]}}\n}\n«{}', "json/after-end"),
    ('"A"', '"C:«\\Dữ liệu"', "json/escape"),
    ('"A"', '"«\\u12"', "json/escape"),
    ('"A"', '«"A\nB"', "json/line-break"),
    ('"A"', '"A«\tB"', "json/unprintable"),
    ('"A"', '"A«\x01B"', "json/unprintable"),
    ('"A"', '"A «"B" C"', "json/inner-quotes"),
    ('"A"', '"năm «"2024""', "json/inner-quotes"),
    ('"case_id": "A"', '«"case_id": ', "json/no-value"),
    ('["a", "b"]', "", "json/no-value"),
    ('"A",', '"A",«\u00a0', "json/odd-blank"),
    (CASE, "«chào", "json/not-an-object"),
]
# fmt: on


@pytest.mark.parametrize(("there", "typed", "code"), TYPED, ids=[typed.strip()[:20] for _, typed, _ in TYPED])
def test_a_break_is_named_at_its_place(there: str, typed: str, code: str) -> None:
    assert there in CASE
    text = CASE.replace(there, typed, 1)
    place = text.find("«")
    text = text.replace("«", "", 1)
    with pytest.raises(Problems) as raised:
        parse_json("a.json", text)
    (found,) = raised.value.diagnostics
    assert found.code == code
    if place >= 0:
        line = text.count("\n", 0, place) + 1
        assert found.location[1:3] == (line, place - text.rfind("\n", 0, place))
    for language in ("vi", "en"):
        assert found.message(language) and found.help(language)
    # No word of a library: what is English in the Vietnamese words is JSON's own, or was typed.
    said = re.sub(r"`[^`]*`|\"[^\"]*\"|JSON|true|false|null|ndjson|json|evidence", "", found.message("vi"))
    assert not re.search(r"\b(the|expecting|invalid|delimiter|value|double|at)\b", said, re.IGNORECASE)


def test_a_text_breaks_here_where_it_breaks_for_the_library() -> None:
    chance = random.Random(10)
    signs = "{}[],:\"'0a .\n\\-e+\t\x01\u00a0“/#tn"
    broken = 0
    for _ in range(20_000):
        text = list(CASE)
        for _ in range(chance.choice([1, 1, 2, 3])):
            place = chance.randrange(len(text))
            match chance.randrange(3):
                case 0:
                    del text[place]
                case 1:
                    text.insert(place, chance.choice(signs))
                case _:
                    text[place] = chance.choice(signs)
        whole = "".join(text)
        try:
            json.loads(whole)
        except json.JSONDecodeError:
            broken += 1
            found = json_break(whole)
            assert found is not None and 0 <= found.index < len(whole), whole
        else:
            assert json_break(whole) is None, whole
    assert broken > 10_000


def test_what_may_be_a_name_is_not_shown() -> None:
    for typed in ("Bùi Văn Bịa", "Bùi"):
        with pytest.raises(Problems) as raised:
            parse_json("a.json", '{"subject": {"name": TYPED}}'.replace("TYPED", typed))
        (found,) = raised.value.diagnostics
        assert "Bùi" not in f"{found.message('vi')} {found.help('vi')}"
