"""The catalogue of diagnostics against the code that uses it, and its texts against the style that they keep.

That each text has the arguments which it needs is seen twice: here in the calls that spell them out, and in
`test_broken.py` by making every diagnostic.
"""

import ast
import re
import string
import unicodedata
from collections.abc import Iterator
from functools import cache

import pytest
from support import ROOT

from engine.base.diagnostics import Diagnostic, Location, diagnostic
from engine.base.yaml_text import read_yaml
from engine.report.diagnostics import render, to_json

ENGINE = ROOT / "engine"
CATALOGUE = read_yaml(ENGINE / "words" / "diagnostics.yaml").data
REPORTING = ("diagnostic", "Misfit", "_refuse", "report", "_report")
MEDIA_TYPES = {"text/csv", "text/html", "text/tab-separated-values"}
FORMATS = ("json", "yaml")
"""What stands before `/` where the code leaves it open: `f"{area}/unprintable"`."""


@cache
def trees() -> dict[str, ast.Module]:
    """The modules of the engine, parsed."""
    paths = sorted(ENGINE.rglob("*.py"))
    return {str(path.relative_to(ENGINE)): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def wordings(code: str) -> Iterator[tuple[str, str, str]]:
    """(`message` or `help`, language, text) of one code."""
    entry = CATALOGUE[code]
    for part, texts in (("message", entry), ("help", entry.get("help", {}))):
        for language in ("vi", "en"):
            if part == "message" or texts:
                yield part, language, texts[language]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def needed(code: str) -> set[str]:
    return set().union(*(placeholders(text) for _, _, text in wordings(code)))


def codes_in(node: ast.AST) -> set[str]:
    """The codes that a piece of source text writes out."""
    areas = {code.partition("/")[0] for code in CATALOGUE}
    found = set()
    for inner in ast.walk(node):
        match inner:
            case ast.Constant(value=str(text)) if re.fullmatch(r"[a-z-]+/[a-z-]+", text):
                found |= {text} if text.partition("/")[0] in areas else set()
            case ast.JoinedStr(values=[ast.FormattedValue(), ast.Constant(value=str(rest))]):
                found |= {area + rest for area in FORMATS if re.fullmatch(r"/[a-z-]+", rest) and rest != "/bin"}
    return found


def spelt_out_calls() -> Iterator[tuple[str, set[str], str]]:
    """(code, argument names, place) of every call that reports a code with all its arguments as keywords."""
    for name, tree in trees().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            given = {keyword.arg for keyword in node.keywords if keyword.arg is not None}
            if called in REPORTING and len(given) == len(node.keywords):
                # There `key` says that the place is a key; it is no argument of the text.
                given -= {"key"} if called == "_report" else set()
                yield from ((code, given, f"{name}:{node.lineno}") for code in sorted(codes_in(node.args[0])))


CALLS = list(spelt_out_calls())


def test_every_code_that_the_engine_uses_is_in_the_catalogue_and_no_other() -> None:
    used = set().union(*(codes_in(tree) for tree in trees().values())) - MEDIA_TYPES
    assert used - set(CATALOGUE) == set(), "used, but not in the catalogue"
    assert set(CATALOGUE) - used == set(), "in the catalogue, but not used"


def test_the_catalogue_is_in_order_of_the_codes() -> None:
    assert list(CATALOGUE) == sorted(CATALOGUE)


def test_most_calls_spell_their_arguments_out() -> None:
    """Should the way of reporting change its name, the next test would look at nothing."""
    assert len({code for code, _, _ in CALLS}) > len(CATALOGUE) / 2


@pytest.mark.parametrize(("code", "given", "place"), CALLS, ids=lambda value: value if isinstance(value, str) else "")
def test_every_call_gives_what_the_texts_need(code: str, given: set[str], place: str) -> None:
    assert needed(code) <= given, f"{place} does not give {needed(code) - given} for {code}"


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_code_has_a_message_and_a_remedy_in_both_languages(code: str) -> None:
    entry = CATALOGUE[code]
    assert set(entry) == {"vi", "en", "help"}
    assert set(entry["help"]) == {"vi", "en"}
    assert all(isinstance(text, str) and text.strip() == text for _, _, text in wordings(code))


@pytest.mark.parametrize("code", CATALOGUE)
def test_both_languages_say_the_same_things(code: str) -> None:
    for part in ("message", "help"):
        asked = {
            language: {re.sub(r"_(vi|en)$", "", name) for name in placeholders(text)}
            for which, language, text in wordings(code)
            if which == part
        }
        assert asked["vi"] == asked["en"]
    for _, language, text in wordings(code):
        other = {"vi": "_en", "en": "_vi"}[language]
        assert not [name for name in placeholders(text) if name.endswith(other)]


@pytest.mark.parametrize("code", CATALOGUE)
def test_texts_keep_to_the_style(code: str) -> None:
    for part, language, text in wordings(code):
        where = f"{code} {part} {language}"
        first = text.lstrip("`{\"'")[:1]
        assert not first.isupper() or text[0] in "`{", f"{where} starts with a capital"
        assert text[-1] not in ".!:;,", f"{where} ends in {text[-1]}"
        assert text.count("`") % 2 == 0, f"{where} has an odd backtick"
        assert unicodedata.is_normalized("NFC", text), f"{where} is not composed"
        assert "  " not in text, f"{where} has two blanks"
        assert "suggestion" not in placeholders(text), f"{where}: the program adds the suggestion itself"


@pytest.mark.parametrize("code", CATALOGUE)
def test_vietnamese_has_its_diacritics_and_english_has_none(code: str) -> None:
    for _, language, text in wordings(code):
        own = re.sub(r"`[^`]*`|\{[^}]*\}", "", text)
        marked = [letter for letter in own if len(unicodedata.normalize("NFD", letter)) > 1 or letter in "đĐ"]
        assert bool(marked) == (language == "vi"), f"{code} {language}: {text}"


@pytest.mark.parametrize("code", CATALOGUE)
def test_no_text_speaks_of_python(code: str) -> None:
    for _, language, text in wordings(code):
        words = re.findall(r"\w+", text)
        python = {"None", "True", "False", "dict", "str", "int", "bool", "float", "exception", "Decimal", "tuple"}
        assert not python & set(words), f"{code} {language}: {text}"


def test_a_message_and_its_remedy_are_filled_in() -> None:
    one = diagnostic("grade/unknown", Location("a.json", 3, 5), name="god", known="gold, tin", suggestion="gold")
    assert one.message("en") == "there is no grade with the id `god`"
    assert one.message("vi") == "không có mức xếp loại nào mang mã `god`"
    assert (one.help("en") or "").startswith("did you mean `gold`? use one of the grades")
    assert (one.help("vi") or "").startswith("có phải ý là `gold`? dùng một trong các mức")


def test_braces_that_a_user_wrote_stay_as_they_are() -> None:
    one = diagnostic("fact/unknown", Location("a.json"), fact="{key} {0}", suggestion=None)
    assert one.message("en") == "there is no fact named `{key} {0}`"
    assert "did you mean" not in (one.help("en") or "")


@pytest.mark.parametrize(("language", "nothing"), [("vi", "(chưa có)"), ("en", "(none)")])
def test_an_empty_list_of_known_names_is_said_to_be_empty(language: str, nothing: str) -> None:
    one = diagnostic("relation/unknown", Location("a.json"), name="heads", known="", suggestion=None)
    assert (one.help(language) or "").endswith(nothing)


def test_a_frame_shows_the_line_and_underlines_the_place() -> None:
    one = Diagnostic("yaml/tab", Location("a.yaml", 2, 3), ())
    shown = render([one], "en", {"a.yaml": "kind: facts\n  wrong: 1\n"}).split("\n")
    assert shown[0] == "a.yaml:2:3: yaml/tab: the line is indented with a tab"
    assert shown[1:3] == ["  2 |   wrong: 1", "    |   ^^^^^^"]
    assert shown[3] == "  help: replace every tab by two spaces"


def test_a_file_that_cannot_be_shown_still_has_its_message() -> None:
    one = Diagnostic("file/missing", Location("gone.yaml"), ())
    assert render([one], "en", {}).startswith("gone.yaml: file/missing: there is no such file or folder\n  help: ")


def test_a_program_reads_the_same_as_plain_data() -> None:
    one = Diagnostic("yaml/tab", Location("a.yaml", 2), ())
    (entry,) = to_json([one], "vi")
    assert entry == {
        "code": "yaml/tab",
        "severity": "error",
        "file": "a.yaml",
        "line": 2,
        "column": None,
        "message": one.message("vi"),
        "help": one.help("vi"),
    }
