"""Text -> plain data with places: what is taken, what is refused, and where each thing stands."""

import io
import unicodedata
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base import files as sources
from engine.base.diagnostics import Diagnostic, Location, Problems
from engine.base.documents import LINE_LIMIT
from engine.base.files import read_lines, read_text, texts_of
from engine.base.json_places import DEPTH_LIMIT, JsonPlaces
from engine.base.json_text import parse_json
from engine.base.yaml_text import parse_yaml

DECOMPOSED = unicodedata.normalize("NFD", "Hoàn thành xuất sắc")
COMPOSED = unicodedata.normalize("NFC", DECOMPOSED)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20", 20),
        ("-3", -3),
        ("+3", 3),
        ("0", 0),
        ("49.5", Decimal("49.5")),
        ("0.10", Decimal("0.10")),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("2023-10-04", "2023-10-04"),
        ("'yes'", "yes"),
        ('"010"', "010"),
        ("y", "y"),
        ("124-QĐ/TW", "124-QĐ/TW"),
        (DECOMPOSED, COMPOSED),
        ("[a, 1]", ["a", 1]),
        ("{a: {b: 1}}", {"a": {"b": 1}}),
    ],
)
def test_a_yaml_value_is_taken_as_written(text: str, value: object) -> None:
    data = parse_yaml("x.yaml", f"key: {text}\n").data["key"]
    assert (data, type(data)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *[(word, "yaml/ambiguous-boolean") for word in ("yes", "No", "ON", "off")],
        *[
            (number, "yaml/ambiguous-number")
            for number in ("010", "0o17", "0x1F", "0b1", "1_000", "1:30", "1e5", "1.5e3", ".5", "5.", ".inf", "-.INF")
        ],
        (".nan", "yaml/ambiguous-number"),
        *[(number, "yaml/ambiguous-number") for number in ("12,5", "1.000", "12.500", "1.000.000")],
        ("9" * 31, "yaml/number-too-large"),
        ("0." + "0" * 31 + "1", "yaml/number-too-large"),
        ("&a 1", "yaml/alias"),
        ("!!int '3'", "yaml/tag"),
        ('"' + "x" * 10_001 + '"', "yaml/text-too-long"),
        (r'"\x07"', "yaml/unprintable"),
        ("[" * (DEPTH_LIMIT + 1) + "]" * (DEPTH_LIMIT + 1), "yaml/too-deep"),
        ("[" * 10_000, "yaml/too-deep"),
        ("{? [a] : 1}", "yaml/key-not-text"),
        ("{1: a}", "yaml/key-not-text"),
        ("{a: 1, a: 2}", "yaml/duplicate-key"),
        ("[1, 2", "yaml/unclosed"),
    ],
)
def test_a_yaml_trap_is_refused_with_its_own_code(text: str, code: str) -> None:
    with pytest.raises(Problems) as problems:
        parse_yaml("x.yaml", f"key: {text}\n")
    assert {one.code for one in problems.value.diagnostics} == {code}


def test_every_yaml_trap_of_a_file_is_reported_at_its_own_place() -> None:
    with pytest.raises(Problems) as problems:
        parse_yaml("x.yaml", "a: yes\nb:\n  - 010\n  - c: 1e5\na: 2\n")
    assert [(one.code, one.location.line, one.location.column) for one in problems.value.diagnostics] == [
        ("yaml/ambiguous-boolean", 1, 4),
        ("yaml/ambiguous-number", 3, 5),
        ("yaml/ambiguous-number", 4, 8),
        ("yaml/duplicate-key", 5, 1),
    ]


YAML = """\
# comment
kind: triggers
triggers:
  - id: one
    when: {fact: a.b, at_least: 1}
  - id: two
"""
JSON = """\
{
  "kind": "triggers",
  "triggers": [
    {"id": "one", "when": {"fact": "a.b", "at_least": 1}},
    {"id": "two"}
  ]
}
"""


@pytest.mark.parametrize(
    ("path", "key", "yaml_place", "json_place"),
    [
        ((), False, (2, 1), (1, 1)),
        (("kind",), False, (2, 7), (2, 11)),
        (("kind",), True, (2, 1), (2, 3)),
        (("triggers",), False, (3, 1), (3, 3)),
        (("triggers", 0, "id"), False, (4, 9), (4, 12)),
        (("triggers", 0, "when", "at_least"), False, (5, 33), (4, 55)),
        (("triggers", 1, "id"), True, (6, 5), (5, 6)),
        (("triggers", 0, "no such key"), False, (4, 5), (4, 5)),
        (("triggers", 0, "id", "deeper", 3), True, (4, 9), (4, 12)),
    ],
)
def test_a_path_leads_to_its_line_and_column(
    path: tuple[str | int, ...], key: bool, yaml_place: tuple[int, int], json_place: tuple[int, int]
) -> None:
    assert parse_yaml("x", YAML).location(path, key=key) == Location("x", *yaml_place)
    assert parse_json("x", JSON).location(path, key=key) == Location("x", *json_place)
    assert parse_json("x", JSON, line_offset=10).location(path, key=key) == Location(
        "x", json_place[0] + 10, json_place[1]
    )


def test_a_json_text_is_looked_through_as_far_as_a_place_is_wanted() -> None:
    text = '{"a": 1, "b": {"c": 2}, "d": ' + "[0, " * 3 + "0" + "]" * 3 + "}"
    places = JsonPlaces(text[:23] + '"\\u12" is no JSON text')
    assert places.get(("b", "c")) == ((1, 16), (1, 21))
    assert places.get(("a",)) == ((1, 2), (1, 7))
    with pytest.raises(ValueError, match="escape"):
        places.get(("d",))
    whole = JsonPlaces(text)
    assert whole.get(("e",)) is None
    assert whole.get(("d", 1, 1, 0)) == ((1, 39), (1, 39))


def test_documents_are_equal_by_their_data_alone() -> None:
    assert parse_yaml("x", "a: 1\n") == parse_yaml("x", "# note\na:   1\n")
    assert parse_yaml("x", "a: 1\n") != parse_yaml("x", "a: 2\n")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ["json/empty"]),
        (" \n", ["json/empty"]),
        ("{", ["json/unclosed"]),
        ('{"a": 1,}', ["json/extra-comma"]),
        ('{"a": NaN', ["json/unclosed"]),
        ('{"a": {"b": 1, "b": 2}', ["json/unclosed"]),
        ("[1]", ["json/not-an-object"]),
        ('"text"', ["json/not-an-object"]),
        ('{"a": 1, "a": 2}', ["json/duplicate-key"]),
        ('{"é": 1, "e\u0301": 2}', ["json/duplicate-key"]),
        ('{"a": NaN}', ["json/not-a-number"]),
        ('{"a": [1, -Infinity]}', ["json/not-a-number"]),
        ('{"a": 1e400}', ["json/number-too-large"]),
        ('{"a": 1e-400}', ["json/number-too-large"]),
        ('{"a": ' + "9" * 5_000 + "}", ["json/number-too-large"]),
        ('{"a": "' + "x" * 10_001 + '"}', ["json/text-too-long"]),
        (r'{"a": "\u001b[31m"}', ["json/unprintable"]),
        (r'{"a": "\ud800"}', ["json/unprintable"]),
        ("[" * 10_000 + "]" * 10_000, ["json/too-deep"]),
        ("[" * 10_000, ["json/too-deep"]),
        (
            '{"a": {"b": NaN}, "c": [1e99], "a": 2}',
            ["json/not-a-number", "json/number-too-large", "json/duplicate-key"],
        ),
    ],
)
def test_a_json_trap_is_refused_with_its_own_code(text: str, codes: list[str]) -> None:
    with pytest.raises(Problems) as problems:
        parse_json("x.json", text)
    assert [one.code for one in problems.value.diagnostics] == codes


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parse_json("x", '\ufeff{"a": 1}').data == parse_yaml("x", "\ufeffa: 1").data == {"a": 1}


def test_texts_come_in_the_composed_form_whatever_they_were() -> None:
    assert parse_json("x", f'{{"{DECOMPOSED}": ["{DECOMPOSED}"]}}').data == {COMPOSED: [COMPOSED]}


plain: Any = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.text(st.characters(codec="utf-8", categories=["L", "Zs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8", categories=["L"]), max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abcdđéạ", max_size=5), plain, max_size=5), st.sampled_from([None, 1, 4]))
def test_json_reads_back_as_written_and_knows_the_place_of_every_value(
    data: dict[str, Any], indent: int | None
) -> None:
    import json

    text = json.dumps(data, ensure_ascii=False, indent=indent)
    document = parse_json("x", text)
    assert document.data == json.loads(unicodedata.normalize("NFC", text))
    lines = text.split("\n")

    def check(value: object, path: tuple[str | int, ...]) -> None:
        place = document.location(path)
        rest = lines[place.line - 1][place.column - 1 :]
        match value:
            case dict():
                for key, inner in value.items():
                    check(inner, (*path, unicodedata.normalize("NFC", key)))
            case list():
                for index, inner in enumerate(value):
                    check(inner, (*path, index))
            case _:
                assert rest.startswith(json.dumps(value, ensure_ascii=False))

    check(data, ())


# --- files ---------------------------------------------------------------------------------------------------------


def refused(work: Any) -> list[tuple[str, int]]:
    with pytest.raises(Problems) as problems:
        work()
    return [(one.code, one.location.line) for one in problems.value.diagnostics]


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes("{\n'é'".encode("latin-1"))
    (tmp_path / "wide.json").write_bytes('{"a": 1}'.encode("utf-16"))
    (tmp_path / "long.json").write_bytes(b" " * 1_000)
    assert refused(lambda: read_text(tmp_path / "none.json")) == [("file/missing", 0)]
    assert refused(lambda: read_text(tmp_path)) == [("file/unreadable", 0)]
    assert refused(lambda: read_text(tmp_path / "latin.json")) == [("file/encoding", 2)]
    assert refused(lambda: read_text(tmp_path / "wide.json")) == [("file/wide-letters", 0)]
    assert refused(lambda: read_text(tmp_path / "long.json", limit=999)) == [("file/too-large", 0)]
    assert texts_of([str(tmp_path / "none.json"), str(tmp_path / "long.json")]) == {
        str(tmp_path / "long.json"): " " * 1_000
    }


def lines_of(content: bytes) -> list[tuple[int, str]]:
    return [
        (number, line.code if isinstance(line, Diagnostic) else line.strip())
        for number, line in read_lines(io.BytesIO(content), "-")
    ]


def test_lines_come_with_their_numbers_and_blank_ones_are_passed_over() -> None:
    assert lines_of(b'{"a": 1}\n\n{"b": 2}\r\n  \n{"c": 3}') == [(1, '{"a": 1}'), (3, '{"b": 2}'), (5, '{"c": 3}')]


def test_a_line_that_cannot_be_read_leaves_the_others() -> None:
    content = b'{"a": 1}\n"\xff"\n' + b"x" * (LINE_LIMIT + 2) + b'\n{"b": 2}\n'
    assert lines_of(content) == [(1, '{"a": 1}'), (2, "file/encoding"), (3, "json/line-too-long"), (4, '{"b": 2}')]


def test_one_case_over_several_lines_of_a_stream_comes_whole() -> None:
    assert lines_of(b'\n{\n  "a": 1\n}\n') == [(1, '{\n  "a": 1\n}')]
    assert lines_of(b'{"a": 1,\n "b": 2}\n') == [(1, '{"a": 1,\n "b": 2}')]


def test_a_stream_with_nothing_in_it_says_so() -> None:
    assert refused(lambda: lines_of(b"\n \n")) == [("json/empty", 0)]


@given(
    st.lists(st.sampled_from([0, 1, 5, 20, 49, 50, 51, 60, 120, 300]), max_size=8),
    st.booleans(), st.integers(0, 2), st.integers(1, 200),
)  # fmt: skip
def test_blocks_are_whole_lines_of_a_file_as_it_was(lengths: list[int], ends: bool, grown: int, size: int) -> None:
    lines = [b"x" * length for length in lengths]
    data = b"\n".join(lines) + (b"\n" if ends else b"")
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "LINE_LIMIT", 50)
        path = Path(folder) / "cases.ndjson"
        path.write_bytes(data + b"later\n" * grown)
        blocks = list(sources.read_blocks(path, size, len(data)))
    assert all(block.endswith(b"\n") for block in blocks[:-1])
    found = b"".join(blocks).split(b"\n")
    wanted = data.split(b"\n")
    assert len(found) == len(wanted) or (len(found) == len(wanted) + 1 and found.pop() == b"")
    for line, whole in zip(found, wanted, strict=True):
        # Of a line too long to be read, only the start comes, too long as well.
        assert line == whole if len(whole) <= 50 else (whole.startswith(line) and len(line) > 50)


@pytest.mark.parametrize(
    "number",
    ["1e31", "1e400", "1e9999999", "-1E+99999999999999999999", "1e-9999999", "0.1e-99999999999999999999",
     "1e-31", "9" * 31, "9" * 5_000, "9" * 31 + ".5"],
)  # fmt: skip
def test_a_number_beyond_all_use_is_refused_whatever_its_exponent(number: str) -> None:
    with pytest.raises(Problems) as refused:
        parse_json("case.json", f'{{"a": {number}}}')
    (found,) = refused.value.diagnostics
    assert (found.code, found.location.column) == ("json/number-too-large", 7)
    assert len(found.message("en")) < 200


@pytest.mark.parametrize("number", ["1e30", "-1e30", "1e-30", "0e5", "0.0e-7", "100000000000000000000000000001"])
def test_a_number_up_to_that_is_taken_as_it_is(number: str) -> None:
    assert parse_json("case.json", f'{{"a": {number}}}').data == {"a": Decimal(number)}
