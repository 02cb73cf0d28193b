"""The JSON Schemas of every kind of file, and the diagnostics that the engine makes of them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from engine.base.data import data_folder
from engine.base.diagnostics import Diagnostic
from engine.base.documents import Document
from engine.base.yaml_text import parse_yaml
from engine.load.policies.schema import names_schema, schema_diagnostics
from engine.load.policies.schema_files import KINDS

SCHEMAS = sorted(data_folder("schemas").glob("*.schema.json"))
POLICIES = data_folder("policies")

LABEL: dict[str, Any] = {"vi": "Tên", "en": "Name"}
SOURCE: dict[str, Any] = {"document": "law-1", "locator": "Điều 1", "status": "stated", "quote": "một câu"}
COMPARISON = {"fact": "work.done", "at_least": 1}
RULE = {"id": "one", "label": LABEL, "when": COMPARISON, "source": SOURCE}
PROPERTY = {"id": "one", "label": LABEL, "must": {"never": {"outcome": "best"}}, "source": SOURCE}


def without(data: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != key}


def policy(kind: str, **body: object) -> dict[str, Any]:
    return {"kind": kind, "id": "one", "label": LABEL, "applies_to": ["person"], **body}


def plain(kind: str, **body: object) -> dict[str, Any]:
    return {"kind": kind, "id": "one", "label": LABEL, **body}


QUOTA = {
    "id": "share",
    "label": LABEL,
    "grade": "best",
    "at_most": {"parameter": "share_percent"},
    "of": ["good"],
    "within": ["subject.cohort"],
    "count": "final",
    "rounding": "floor",
    "surplus": "good",
    "source": SOURCE,
}
PARAMETER = {
    "id": "share_percent",
    "label": LABEL,
    "type": "number",
    "values": [{"from": "2023-10-04", "value": 20, "source": SOURCE}],
}
RELIEF: dict[str, Any] = {"id": "few", "label": LABEL, "base_less_than": 5, "allowed": 1, "source": SOURCE}
OTHERWISE = {"grade": "undetermined", "label": LABEL, "source": SOURCE}
CRITERION: dict[str, Any] = {**RULE, "requires_evidence": ["work.done"], "inherited": False}
BAR = {**RULE, "grade": "worst"}
ASKED = {"label": LABEL, "question": LABEL}
TEST = {"name": "a sentence", "subject": "person", "expect": {"grade": "best"}}
GROUP = {
    "name": "a group",
    "cohort": [{"count": 6, "subject": "person"}],
    "expect": {"quotas": [{"quota": "share", "excess": 2}]},
}

MINIMAL: dict[str, dict[str, Any]] = {
    "facts": plain("facts", facts={"work.done": {"type": "integer", **ASKED}}),
    "regulation": plain(
        "regulation",
        number="1-QĐ/TW",
        issued_by=LABEL,
        issued_on="2023-10-04",
        in_force={"from": "2023-10-04"},
        sources=[SOURCE],
        documents=[{"id": "law-1", "label": LABEL}],
        grades=[{"id": "best", "label": LABEL, "source": SOURCE}],
        subject_kinds=[{"id": "person", "label": LABEL}],
    ),
    "exemptions": policy("exemptions", exemptions=[RULE]),
    "review_contents": policy("review_contents", review_contents=[{"id": "one", "label": LABEL, "source": SOURCE}]),
    "triggers": policy("triggers", triggers=[RULE]),
    "grade_ladder": policy("grade_ladder", rungs=[{"grade": "best", "criteria": []}], otherwise=OTHERWISE),
    "quotas": policy("quotas", quotas=[QUOTA]),
    "links": policy(
        "links", links=[{"id": "one", "label": LABEL, "to": "heads", "must": {"grade": "same"}, "source": SOURCE}]
    ),
    "votes": policy(
        "votes",
        majorities=[
            {"id": "half", "label": LABEL, "base": "valid", "more_than": {"parameter": "half"}, "source": SOURCE}
        ],
    ),
    "dossier": policy("dossier", papers=[{"id": "minutes", "label": LABEL, "source": SOURCE}]),
    "overlay": plain(
        "overlay",
        issued_by=LABEL,
        issued_on="2023-10-04",
        in_force={"from": "2023-10-04"},
        extends="law-1",
        sources=[SOURCE],
        documents=[{"id": "law-1", "label": LABEL}],
    ),
    "grade_additions": policy("grade_additions", ladder="person", rungs=[{"grade": "best", "criteria": []}]),
    "parameters": plain("parameters", parameters=[PARAMETER]),
    "source_text": plain("source_text", document="law-1", passages=[{"id": "p01", "text": "Một câu."}]),
    "tests": {**plain("tests", tests=[TEST]), "id": "one.test"},
    "forms": plain(
        "forms",
        forms=[
            {"id": "mau-1", "number": "Mẫu 1", "label": LABEL, "template": "mau-1.docx", "applies_to": ["person"],
             "source": SOURCE}
        ],
    ),
    "properties": {**plain("properties", properties=[PROPERTY]), "id": "one.properties"},
    "case": {"case_id": "T-1", "period": "2024", "as_of": "2024-12-31", "subject": {"kind": "person"}, "facts": {}},
}

MISSING = object()
Edits = dict[str, object]
"""The value at each path (`triggers/0/label/vi`), or MISSING where it is taken out."""


def path_of(place: str) -> tuple[str | int, ...]:
    """`triggers/0/label` -> ("triggers", 0, "label"); `.` is the whole file."""
    return () if place == "." else tuple(int(part) if part.isdigit() else part for part in place.split("/"))


def edited(kind: str, edits: Edits) -> dict[str, Any]:
    """The minimal sample of a kind with some of its values replaced, added or taken out."""
    data = json.loads(json.dumps(MINIMAL[kind]))
    for place, value in edits.items():
        here: Any = data
        *above, last = path_of(place)
        for part in above:
            here = here[part]
        if value is MISSING:
            del here[last]
            continue
        fresh = json.loads(json.dumps(value))
        if isinstance(here, list) and last == len(here):
            here.append(fresh)
        else:
            here[last] = fresh
    return data


def document_of(data: object) -> Document:
    class WithoutAliases(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    text = yaml.dump(data, Dumper=WithoutAliases, allow_unicode=True, sort_keys=False)
    return parse_yaml("sample.yaml", text)


def problems(kind: str, data: object) -> tuple[Diagnostic, ...]:
    return schema_diagnostics(document_of(data), kind)


# --- the schemas themselves -----------------------------------------------------------------------------------


def subschemas(schema: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Every schema inside a schema, with its place and whether it is only asked about (stands under `if`)."""
    if not isinstance(schema, dict):
        return
    yield place, schema, "/if" in place
    for key in ("properties", "$defs"):
        for name, inner in schema.get(key, {}).items():
            yield from subschemas(inner, f"{place}/{key}/{name}")
    for key in ("items", "additionalProperties", "propertyNames", "if", "then", "else"):
        yield from subschemas(schema.get(key), f"{place}/{key}")
    for key in ("allOf", "anyOf"):
        for index, inner in enumerate(schema.get(key, ())):
            yield from subschemas(inner, f"{place}/{key}/{index}")


def test_every_kind_of_file_has_a_schema() -> None:
    named = {path.name.removesuffix(".schema.json") for path in SCHEMAS}
    assert {*KINDS, "case", "common", "names"} <= named


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_every_schema_is_valid_2020_12(path: Path) -> None:
    schema = json.loads(path.read_text(encoding="utf-8"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


WRITTEN_BY_PEOPLE = [path for path in SCHEMAS if path.name != "record.schema.json"]
"""Records are written by the engine: nobody is helped with them, and a later engine may add members."""


@pytest.mark.parametrize("path", WRITTEN_BY_PEOPLE, ids=lambda path: path.name)
class TestEachSchema:
    def test_describes_every_property_in_both_languages(self, path: Path) -> None:
        schema = json.loads(path.read_text(encoding="utf-8"))
        without = [
            f"{place}/{name}"
            for place, inner, asked in subschemas(schema)
            if not asked
            for name, value in inner.get("properties", {}).items()
            if isinstance(value, dict) and not in_both_languages(value.get("description", ""))
        ]
        # What only says where to look deeper (`then: {properties: {values: {items: …}}}`) describes what it holds.
        assert [place for place in without if "/then/properties" not in place] == []

    def test_describes_whatever_can_be_broken(self, path: Path) -> None:
        """The description is the help of the diagnostic."""
        schema = json.loads(path.read_text(encoding="utf-8"))
        asserting = {"type", "enum", "const", "pattern", "not", "minItems", "minProperties", "required", "minimum"}
        without = [
            place
            for place, inner, asked in subschemas(schema)
            if place and not asked and asserting & set(inner) and inner != {"type": "null"}
            if not in_both_languages(inner.get("description", ""))
        ]
        assert without == []

    def test_refers_only_to_definitions_that_lie_beside_it(self, path: Path) -> None:
        schema = json.loads(path.read_text(encoding="utf-8"))
        for place, inner, _ in subschemas(schema):
            if "$ref" in inner:
                file, _, pointer = inner["$ref"].partition("#/$defs/")
                target = json.loads((path.parent / file).read_text(encoding="utf-8")) if file else schema
                assert pointer in target["$defs"], (place, inner["$ref"])

    def test_is_closed(self, path: Path) -> None:
        schema = json.loads(path.read_text(encoding="utf-8"))
        is_open = [
            place
            for place, inner, asked in subschemas(schema)
            if not asked and inner.get("type") == "object" and "additionalProperties" not in inner
        ]
        # The facts of a case are the vocabulary's; `case_schema` closes them.
        assert is_open == (["/$defs/facts"] if path.name == "case.schema.json" else [])


def in_both_languages(description: str) -> bool:
    vi, slash, en = description.partition(" / ")
    return bool(vi.strip() and slash and en.strip())


def test_a_minimal_file_of_every_kind_is_accepted() -> None:
    assert set(MINIMAL) == {*KINDS, "case"}
    assert {kind: problems(kind, data) for kind, data in MINIMAL.items()} == dict.fromkeys(MINIMAL, ())


# --- what is accepted beyond the least --------------------------------------------------------------------------

BY_READING = {"interpretation": "reading", "options": {"a": ["good"], "b": ["good", "best"]}}
ACCEPTED: list[tuple[str, str, Edits]] = [
    ("nested conditions", "triggers", {"triggers/0/when": {"all": [COMPARISON, {"none": [{"any": [COMPARISON]}]}]}}),
    ("an operand that is a parameter", "triggers", {"triggers/0/when/at_least": {"parameter": "p"}}),
    (
        "a list operand that is a parameter",
        "triggers",
        {"triggers/0/when": {"fact": "x", "includes_any": {"parameter": "p"}}},
    ),
    ("a number with decimals", "triggers", {"triggers/0/when/at_least": 0.5}),
    ("names nobody has declared", "triggers", {"triggers/0/when/fact": "no.such_fact", "applies_to": ["nobody"]}),
    ("under one option and under several", "triggers", {"triggers/0/under": {"one": "a", "two": ["a", "b"]}}),
    ("several quotations", "triggers", {"triggers/0/source/quote": ["một", "hai"]}),
    ("parameters at the end of a policy", "triggers", {"parameters": [PARAMETER]}),
    ("a criterion that only wants evidence", "grade_ladder", {"rungs/0/criteria": [without(CRITERION, "when")]}),
    ("bars", "grade_ladder", {"bars": [{**BAR, "unless": COMPARISON}]}),
    ("a base by interpretation", "quotas", {"quotas/0/of": BY_READING}),
    (
        "a relief",
        "quotas",
        {
            "quotas/0/relief": [RELIEF],
        },
    ),
    ("an outcome from a grade on", "properties", {"properties/0/must/never/outcome": {"at_most": "good"}}),
    ("several outcomes", "properties", {"properties/0/must": {"always": {"outcome": ["best", "undetermined"]}}}),
    (
        "a property of a quota",
        "properties",
        {"properties/0/must": {"group": {"holds": "order_does_not_matter", "quota": "share"}}},
    ),
    ("facts by their attributes", "properties", {"properties/0/must": {"independent": {"facts": ["subject.unit"]}}}),
    ("what is known to fail", "properties", {"properties/0/known_failure": {"when": COMPARISON, "reason": LABEL}}),
    ("a link on the order of decisions", "links", {"links/0/must": {"order": "not_before"}}),
    (
        "a derived fact",
        "facts",
        {"facts/x": {"type": "number", "label": LABEL, "derived": {"percent": {"of": "a", "part": "b"}}}},
    ),
    (
        "a fact with options",
        "facts",
        {
            "facts/x": {"type": "text", "one_of": {"a": LABEL}, "ordered": True, **ASKED},
        },
    ),
    ("a fact of a shared list", "facts", {"facts/x": {"type": "set", "one_of": "colour", **ASKED, "typical": ["a"]}}),
    ("bounds of a day", "facts", {"facts/x": {"type": "date", "minimum": "2020-01-01", **ASKED}}),
    (
        "a test of a group with its own facts",
        "tests",
        {"tests/0": {**GROUP, "subject": "person", "cohort": [{"given": {"work.done": None}}]}},
    ),
    (
        "a test of linked cases",
        "tests",
        {
            "tests/0": {
                "name": "linked",
                "cases": [{"id": "A", "subject": {"kind": "head", "heads": "U1"}}],
                "expect": {"links": [{"link": "one", "from": "A", "to": "B", "status": "broken"}]},
            },
        },
    ),
    (
        "relations of a case, whatever they are called",
        "case",
        {"subject/heads": "U-1", "subject/serves_on": ["U-1", "U-2"]},
    ),
    (
        "a case that says null for what it does not know",
        "case",
        {
            "regulation": None,
            "evidence": None,
            "review": {"covered": None},
            "subject/id": None,
            "grades": {"self": None, "proposed": "best", "decided": None, "decided_on": None},
        },
    ),
    ("any facts of a case", "case", {"facts": {"work": {"done": 0.5, "tags": ["a"]}, "work.given": None}}),
]


@pytest.mark.parametrize(("kind", "edits"), [row[1:] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED])
def test_is_accepted(kind: str, edits: Edits) -> None:
    assert problems(kind, edited(kind, edits)) == ()


# --- what is refused ---------------------------------------------------------------------------------------------

BROKEN: list[tuple[str, str, Edits, str | list[str]]] = [
    # keys
    ("an unknown key", "triggers", {"weight": 1}, "schema/unknown-key"),
    (
        "a misspelled key, told once",
        "triggers",
        {"triggers/0/labl": LABEL, "triggers/0/label": MISSING},
        "schema/unknown-key",
    ),
    ("two unknown keys", "links", {"a": 1, "b": 1}, ["schema/unknown-key a", "schema/unknown-key b"]),
    ("a share of votes over nothing that is counted", "votes", {"majorities/0/base": "people"}, "schema/value"),
    ("a paper without a name", "dossier", {"papers/0/label": MISSING}, "schema/missing-key papers/0"),
    ("a negative number of votes", "case", {"ballots": {"valid": -1}}, "schema/range ballots/valid"),
    ("no source", "exemptions", {"exemptions/0/source": MISSING}, "schema/missing-key exemptions/0"),
    ("no English", "facts", {"label/en": MISSING}, "schema/missing-key label"),
    ("no applies_to", "grade_ladder", {"applies_to": MISSING}, "schema/missing-key ."),
    ("no subject at all", "tests", {"tests/0/subject": MISSING}, "schema/missing-key tests/0"),
    ("no facts in a case", "case", {"facts": MISSING}, "schema/missing-key ."),
    # words, ids, days
    ("a blank label", "triggers", {"label/vi": "  "}, "schema/blank"),
    ("an empty label", "triggers", {"label/vi": ""}, "schema/blank"),
    ("an id with capitals", "triggers", {"triggers/0/id": "One"}, "schema/pattern"),
    ("an id with diacritics", "parameters", {"parameters/0/id": "tỷ_lệ"}, "schema/pattern"),
    (
        "a fact called with a hyphen",
        "facts",
        {"facts/work-done": MINIMAL["facts"]["facts"]["work.done"]},
        "schema/pattern",
    ),
    ("a day in another order", "regulation", {"issued_on": "04/10/2023"}, "schema/pattern"),
    ("a day that does not exist", "regulation", {"in_force/until": "2023-02-30"}, "schema/no-such-day"),
    ("a day of a case that does not exist", "case", {"as_of": "2023-02-29"}, "schema/no-such-day"),
    ("an address that is none", "source_text", {"url": "baokontum.com.vn"}, "schema/pattern"),
    # types and values
    ("text for a list", "triggers", {"applies_to": "person"}, "schema/type"),
    ("a number for text", "regulation", {"number": 124}, "schema/type"),
    ("a number for a period", "case", {"period": 2024}, "schema/type"),
    ("null for text", "links", {"links/0/to": None}, "schema/blank"),
    ("a list for a rule", "exemptions", {"exemptions/0": []}, "schema/type"),
    (
        "true for a number",
        "quotas",
        {
            "quotas/0/relief": [{**RELIEF, "base_less_than": True}],
        },
        "schema/type quotas/0/relief/0/base_less_than",
    ),
    (
        "a part for a whole number",
        "tests",
        {"tests/0": GROUP, "tests/0/cohort/0/count": 1.5},
        "schema/type tests/0/cohort/0/count",
    ),
    ("a status that is none", "triggers", {"triggers/0/source/status": "state"}, "schema/value"),
    ("a number for a choice", "quotas", {"quotas/0/rounding": 3}, "schema/type"),
    ("a choice that is none", "quotas", {"quotas/0/rounding": "up"}, "schema/value"),
    ("a type that is none", "facts", {"facts/work.done/type": "int"}, "schema/value"),
    ("another kind than asked for", "triggers", {"kind": "links"}, "schema/value"),
    ("a grade that is a number", "case", {"grades": {"self": 1}}, "schema/type grades/self"),
    ("evidence that is text", "case", {"evidence": {"work.done": "Đề án"}}, "schema/type evidence/work.done"),
    ("facts that are a list", "case", {"facts": []}, "schema/type"),
    # lengths
    ("no triggers", "triggers", {"triggers": []}, "schema/length"),
    ("nobody concerned", "triggers", {"applies_to": []}, "schema/length"),
    (
        "one option to choose from",
        "regulation",
        {
            "interpretations": [
                {"id": "a", "question": LABEL, "options": [{"id": "b", "label": LABEL}], "chosen": "b"}
            ],
        },
        "schema/length interpretations/0/options",
    ),
    ("a case id of 300 letters", "case", {"case_id": "x" * 300}, "schema/length"),
    (
        "a cohort of none",
        "tests",
        {"tests/0": GROUP, "tests/0/cohort/0/count": 0},
        "schema/range tests/0/cohort/0/count",
    ),
    ("the same kind twice", "triggers", {"applies_to": ["person", "head", "person"]}, "schema/duplicate applies_to/2"),
    # conditions
    ("no operator", "triggers", {"triggers/0/when": {"fact": "x"}}, "schema/no-operator"),
    ("two operators", "triggers", {"triggers/0/when/at_most": 3}, "schema/keys triggers/0/when"),
    (
        "a misspelled operator",
        "triggers",
        {"triggers/0/when": {"fact": "x", "at_leest": 3}},
        "schema/unknown-key triggers/0/when/at_leest",
    ),
    (
        "a misspelled fact",
        "triggers",
        {"triggers/0/when": {"fct": "x", "is": 3}},
        "schema/unknown-key triggers/0/when/fct",
    ),
    ("an operator without a fact", "triggers", {"triggers/0/when": {"is": 3}}, "schema/missing-key"),
    ("an empty condition", "triggers", {"triggers/0/when": {}}, "schema/keys"),
    ("all and any at once", "triggers", {"triggers/0/when": {"all": [COMPARISON], "any": [COMPARISON]}}, "schema/keys"),
    (
        "all beside a fact",
        "triggers",
        {"triggers/0/when": {"fact": "x", "all": [COMPARISON]}},
        "schema/key-not-here triggers/0/when/all",
    ),
    ("all of nothing", "triggers", {"triggers/0/when": {"all": []}}, "schema/length triggers/0/when/all"),
    (
        "deep inside a condition",
        "triggers",
        {"triggers/0/when": {"all": [COMPARISON, {"any": [{"fact": "x", "is": None}]}]}},
        "schema/blank triggers/0/when/all/1/any/0/is",
    ),
    ("a boolean to be above", "triggers", {"triggers/0/when/at_least": True}, "schema/type"),
    (
        "one of a single value",
        "triggers",
        {"triggers/0/when": {"fact": "x", "one_of": "a"}},
        "schema/type triggers/0/when/one_of",
    ),
    (
        "a parameter called otherwise",
        "triggers",
        {"triggers/0/when": {"fact": "x", "is": {"param": "p"}}},
        "schema/unknown-key triggers/0/when/is/param",
    ),
    (
        "two things wrong in two rules",
        "triggers",
        {"triggers/0/when/at_least": None, "triggers/1": {**RULE, "id": "2"}},
        ["schema/blank triggers/0/when/at_least", "schema/pattern triggers/1/id"],
    ),
    (
        "an exemption without a condition",
        "exemptions",
        {"exemptions/0/when": MISSING},
        "schema/missing-key exemptions/0",
    ),
    (
        "a criterion without a condition",
        "grade_ladder",
        {"rungs/0/criteria": [{"id": "a", "label": LABEL, "source": SOURCE}]},
        "schema/missing-key rungs/0/criteria/0",
    ),
    ("evidence asked by a trigger", "triggers", {"triggers/0/requires_evidence": ["x"]}, "schema/unknown-key"),
    # sources
    (
        "reported without an address",
        "triggers",
        {"triggers/0/source/status": "reported"},
        "schema/missing-key triggers/0/source",
    ),
    (
        "inferred without a note",
        "triggers",
        {"triggers/0/source/status": "inferred"},
        "schema/missing-key triggers/0/source",
    ),
    (
        "assumed without a note",
        "triggers",
        {"triggers/0/source/status": "assumed"},
        "schema/missing-key triggers/0/source",
    ),
    ("no quotation in the list", "triggers", {"triggers/0/source/quote": []}, "schema/length"),
    ("under a number", "triggers", {"triggers/0/under": {"one": 1}}, "schema/type triggers/0/under/one"),
    # ladders, quotas, links
    ("a bar without a grade", "grade_ladder", {"bars": [RULE]}, "schema/missing-key bars/0"),
    ("no otherwise", "grade_ladder", {"otherwise": MISSING}, "schema/missing-key ."),
    ("a percentage written in", "quotas", {"quotas/0/at_most": 20}, "schema/type"),
    (
        "a relief that relieves nothing",
        "quotas",
        {"quotas/0/relief": [without(RELIEF, "allowed")]},
        "schema/missing-key quotas/0/relief/0",
    ),
    (
        "a relief for everybody",
        "quotas",
        {"quotas/0/relief": [without(RELIEF, "base_less_than")]},
        "schema/missing-key quotas/0/relief/0",
    ),
    (
        "a reading of a count that is none",
        "quotas",
        {"quotas/0/count": {"interpretation": "reading", "options": {"a": "finally"}}},
        "schema/value quotas/0/count/options/a",
    ),
    ("a link that asks two things", "links", {"links/0/must/order": "not_before"}, "schema/keys links/0/must"),
    ("a link that asks nothing", "links", {"links/0/must": {}}, "schema/keys"),
    ("a parameter without values", "parameters", {"parameters/0/values": []}, "schema/length"),
    (
        "a value without a day",
        "parameters",
        {"parameters/0/values/0/from": MISSING},
        "schema/missing-key parameters/0/values/0",
    ),
    ("parameters that apply to somebody", "parameters", {"applies_to": ["person"]}, "schema/unknown-key"),
    (
        "a content twice in a list of replaced regulations",
        "regulation",
        {"replaces": ["a", "a"]},
        "schema/duplicate replaces/1",
    ),
    (
        "a kind of subject below another, broken",
        "regulation",
        {"subject_kinds/0/kinds": [{"id": "head"}]},
        "schema/missing-key subject_kinds/0/kinds/0",
    ),
    ("a review content that is unknown", "review_contents", {"review_contents/0/grade": "best"}, "schema/unknown-key"),
    ("a passage without words", "source_text", {"passages/0/text": ""}, "schema/blank"),
    # the vocabulary
    ("a fact without a question", "facts", {"facts/work.done/question": MISSING}, "schema/missing-key facts/work.done"),
    (
        "a question about a derived fact",
        "facts",
        {"facts/work.done/derived": {"sum": ["a", "b"]}},
        "schema/key-not-here facts/work.done/question",
    ),
    (
        "two derivations",
        "facts",
        {"facts/work.done/derived": {"sum": ["a"], "minimum": ["a"]}, "facts/work.done/question": MISSING},
        "schema/keys",
    ),
    (
        "a percent of nothing",
        "facts",
        {"facts/work.done/derived": {"percent": {"of": "a"}}, "facts/work.done/question": MISSING},
        "schema/missing-key facts/work.done/derived/percent",
    ),
    ("a least that is text", "facts", {"facts/work.done/minimum": "none"}, "schema/type"),
    (
        "a least of a boolean",
        "facts",
        {"facts/work.done/minimum": 0, "facts/work.done/type": "boolean"},
        "schema/key-not-here",
    ),
    (
        "a first day that is none",
        "facts",
        {"facts/work.done/minimum": "2020-13-01", "facts/work.done/type": "date"},
        "schema/no-such-day",
    ),
    (
        "a unit of a text",
        "facts",
        {"facts/work.done/unit": "tasks", "facts/work.done/type": "text"},
        "schema/key-not-here",
    ),
    ("options of a number", "facts", {"facts/work.done/one_of": {"a": LABEL}}, "schema/key-not-here"),
    (
        "an order without options",
        "facts",
        {"facts/work.done/ordered": True, "facts/work.done/type": "text"},
        "schema/missing-key facts/work.done",
    ),
    (
        "an order where the list has its own",
        "facts",
        {"facts/work.done/one_of": "colour", "facts/work.done/ordered": True, "facts/work.done/type": "text"},
        "schema/key-not-here facts/work.done/ordered",
    ),
    (
        "an option without a label",
        "facts",
        {"facts/work.done/one_of": {"a": "A"}, "facts/work.done/type": "text"},
        "schema/type facts/work.done/one_of/a",
    ),
    (
        "a shared list without values",
        "facts",
        {"lists": {"colour": {"label": LABEL}}},
        "schema/missing-key lists/colour",
    ),
    # policy tests
    ("a test file called otherwise", "tests", {"id": "one"}, "schema/pattern"),
    ("a test that expects nothing", "tests", {"tests/0/expect": {}}, "schema/keys"),
    ("an expectation that is none", "tests", {"tests/0/expect/gradee": "best"}, "schema/unknown-key"),
    (
        "a grade of a group",
        "tests",
        {"tests/0": GROUP, "tests/0/expect/grade": "best"},
        "schema/key-not-here tests/0/expect/grade",
    ),
    (
        "a group and cases at once",
        "tests",
        {"tests/0": GROUP, "tests/0/cases": [{"id": "A", "subject": "person"}]},
        "schema/key-not-here tests/0/cases",
    ),
    (
        "a group of nobody in particular",
        "tests",
        {"tests/0": GROUP, "tests/0/cohort/0/subject": MISSING},
        "schema/missing-key tests/0/cohort/0",
    ),
    (
        "a quota whose result is not said",
        "tests",
        {"tests/0": GROUP, "tests/0/expect/quotas": [{"quota": "share"}]},
        "schema/keys tests/0/expect/quotas/0",
    ),
    ("a form without a template", "forms", {"forms/0/template": ""}, "schema/blank forms/0/template"),
    ("a template elsewhere", "forms", {"forms/0/template": "../a.docx"}, "schema/pattern forms/0/template"),
    ("a form about something else", "forms", {"forms/0/holds": "cohort"}, "schema/value forms/0/holds"),
    ("a property that claims nothing", "properties", {"properties/0/must": {}}, "schema/keys properties/0/must"),
    (
        "a property that claims two things",
        "properties",
        {"properties/0/must": {"never": {"outcome": "best"}, "total": {}}},
        "schema/keys properties/0/must",
    ),
    (
        "an outcome that is a scale to both sides",
        "properties",
        {"properties/0/must/never/outcome": {"at_least": "best", "at_most": "good"}},
        "schema/keys properties/0/must/never/outcome",
    ),
    (
        "a quota of two cases",
        "properties",
        {"properties/0/must": {"group": {"holds": "never_above_linked", "link": "head", "quota": "share"}}},
        "schema/key-not-here properties/0/must/group/quota",
    ),
    (
        "readings that differ by nobody knows how much",
        "properties",
        {"properties/0/must": {"group": {"holds": "readings_differ_at_most", "quota": "share"}}},
        "schema/missing-key properties/0/must/group",
    ),
    ("a layer over nothing", "overlay", {"extends": MISSING}, "schema/missing-key ."),
    ("a layer that is a ladder", "overlay", {"grades": []}, "schema/unknown-key"),
    ("additions to no ladder", "grade_additions", {"ladder": MISSING}, "schema/missing-key ."),
    ("additions that say what follows", "grade_additions", {"otherwise": {}}, "schema/unknown-key"),
    ("a given fact that is a map", "tests", {"tests/0/given": {"work": {"done": 1}}}, "schema/type tests/0/given/work"),
]


KEYS = ("schema/unknown-key", "schema/key-not-here")


@pytest.mark.parametrize(("kind", "edits", "expected"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_is_refused_at_its_place(kind: str, edits: Edits, expected: str | list[str]) -> None:
    """`expected` is `code` at the place of the first edit, or `code place`; nothing else may be told."""
    document = document_of(edited(kind, edits))
    wanted = []
    for one in [expected] if isinstance(expected, str) else expected:
        code, _, place = one.partition(" ")
        path = path_of(place or next(iter(edits)))
        is_key = code in KEYS or path[-1:] == ("work-done",)
        wanted.append((code, document.location(path, key=is_key)))
    assert [(one.code, one.location) for one in schema_diagnostics(document, kind)] == wanted


def test_every_kind_has_broken_samples() -> None:
    assert {row[1] for row in BROKEN} == {*KINDS, "case"}


@pytest.mark.parametrize(
    ("data", "code", "path"),
    [
        ({"kind": "trigger", "id": "a"}, "schema/kind-unknown", ("kind",)),
        ({"kind": "case", "id": "a"}, "schema/kind-unknown", ("kind",)),
        ({"kind": 3}, "schema/kind-unknown", ("kind",)),
        ({"id": "a"}, "schema/missing-key", ()),
    ],
)
def test_a_file_of_no_known_kind_is_refused(data: object, code: str, path: tuple[str, ...]) -> None:
    document = document_of(data)
    kind = str(data.get("kind")) if isinstance(data, dict) and data.get("kind") != "case" else "no such kind"
    (found,) = schema_diagnostics(document, kind)
    assert (found.code, found.location) == (code, document.location(path))


# --- the real files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", sorted(POLICIES.rglob("*.yaml")), ids=lambda path: path.relative_to(POLICIES).as_posix()
)
def test_every_policy_file_fits_its_schema(path: Path) -> None:
    document = parse_yaml(path.name, path.read_text(encoding="utf-8"))
    assert schema_diagnostics(document, document.data["kind"]) == ()


def test_there_are_policy_files_of_the_main_kinds() -> None:
    """Guards the walk above against an empty folder."""
    kinds = {yaml.safe_load(path.read_text(encoding="utf-8"))["kind"] for path in POLICIES.rglob("*.yaml")}
    assert {"facts", "regulation", "triggers", "grade_ladder", "quotas", "links", "tests"} <= kinds


# --- the names that an editor completes ------------------------------------------------------------------------


def test_given_names_are_completed_and_the_rest_may_be_any_text() -> None:
    definitions = names_schema({"fact": ["a.b", "c"], "grade": ["best", "good"], "relation": ["heads"]})["$defs"]
    assert definitions["fact"]["enum"] == ["a.b", "c"]
    assert definitions["grade_or_outcome"]["enum"] == ["best", "good", "undetermined", "none"]
    assert definitions["missing_fact"]["enum"] == ["a.b", "c", "evidence.a.b", "evidence.c"]
    assert definitions["cohort_key"]["enum"] == [
        "subject.kind",
        "subject.unit",
        "subject.cohort",
        "subject.heads",
        "a.b",
        "c",
    ]
    assert definitions["subject_key"]["enum"][-1] == "heads"
    assert "enum" not in definitions["parameter"]
    assert [name for name, value in names_schema({})["$defs"].items() if "enum" in value] == []


def test_a_schema_of_names_is_valid_and_keeps_its_descriptions() -> None:
    schema = names_schema({name: ["x"] for name in names_schema({})["$defs"]})
    Draft202012Validator.check_schema(schema)
    assert all(value["enum"] == ["x"] and in_both_languages(value["description"]) for value in schema["$defs"].values())


PLACES_OF_NAMES = ("fact", "grade", "paper", "regulation", "review_content", "subject_kind")


def test_the_case_schema_needs_no_other_file_once_its_names_are_given() -> None:
    schema = json.loads((data_folder("schemas") / "case.schema.json").read_text(encoding="utf-8"))
    outside = {place for place, inner, _ in subschemas(schema) if not inner.get("$ref", "#").startswith("#")}
    assert outside == {f"/$defs/{name}" for name in PLACES_OF_NAMES}


# --- how it is told ------------------------------------------------------------------------------------------------


def test_importing_the_engine_does_not_import_jsonschema() -> None:
    """It costs a tenth of a second, which `--help` must not pay."""
    script = "import sys, engine.load.policies.schema; sys.exit('jsonschema' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], timeout=30, check=False).returncode == 0
