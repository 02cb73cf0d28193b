"""Policies -> durable-rules definitions as plain data: golden compilations, and the encoding case by case.

A golden compilation is `golden/compiler/<name>.json`, which says itself what it is of: kind of subject, day, readings.
To renew them after a change that is meant: `UPDATE_GOLDEN=1 pytest tests/core/test_compiler.py`. Read the difference.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import TESTS
from support.asking import NO_WORDS, compare, compiled, fact, known, matcher, vocabulary
from support.small_regulation import SOURCE, library

from engine.core.policy.live import concerns, exists, on_day
from engine.core.policy.regulation import DatedValue, Library, Parameter
from engine.core.policy.rules import AllOf, AnyOf, Condition, EvidenceNamed, NoneOf, Reading
from engine.core.policy.terms import Fact, Source, SubjectKind, Value
from engine.core.rules.compiler import compile_rules, mask_tests, with_rulesets
from engine.core.rules.domains import MOST_REGIONS, Domain, Observable, TooWide, domain
from engine.report.rulesets import as_data

# --- golden compilations ----------------------------------------------------------------------------------------------

GOLDEN = TESTS / "golden" / "compiler"
COMPILATIONS = sorted(GOLDEN.glob("*.json"))

MORE = f"""
kind: triggers
id: extra
label: {{vi: Thêm, en: Extra}}
applies_to: [body, person]
triggers:
  - id: away_or_marked
    label: {{vi: Vắng hoặc có dấu, en: Away or marked}}
    applies_to: [person]
    when:
      any:
        - {{fact: leave.months, at_least: 6}}
        - none:
            - {{fact: mark.one, one_of: [red, green]}}
            - {{fact: tags, includes_all: [p, q]}}
    unless: {{fact: work.extra, more_than: 0}}
    {SOURCE}
  - id: not_six
    label: {{vi: Không phải sáu, en: Not six}}
    under: {{strictness: strict}}
    when: {{fact: work.given, is_not: 6}}
    {SOURCE}
  - id: away_too
    label: {{vi: Cũng vắng, en: Away too}}
    when: {{fact: leave.months, at_least: 6}}
    {SOURCE}
  - id: never
    label: {{vi: Không bao giờ, en: Never}}
    when: {{all: [{{fact: fault.found, is: true}}, {{fact: fault.found, is: false}}]}}
    {SOURCE}
"""
ALWAYS = f"""
kind: review_contents
id: contents
label: {{vi: Nội dung, en: Contents}}
applies_to: [body, person]
review_contents:
  - id: work
    label: {{vi: Công việc, en: Work}}
    {SOURCE}
"""


@cache
def small() -> Library:
    return library(MORE.replace("id: extra", "id: more0"), ALWAYS.replace("id: contents", "id: more1"))


@pytest.mark.parametrize("path", COMPILATIONS, ids=lambda path: path.stem)
def test_a_golden_compilation_comes_out_as_it_was_read_and_approved(path: Path) -> None:
    approved = json.loads(path.read_text(encoding="utf-8"))
    day, readings = date.fromisoformat(approved["day"]), approved["interpretations"]
    regulation = small().regulations[approved["regulation"]]
    data = as_data(
        with_rulesets(compile_rules(regulation, small().vocabulary, approved["subject_kind"], day, readings))
    )
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    assert data == json.loads(path.read_text(encoding="utf-8"))


def test_there_are_golden_compilations_for_kinds_days_and_readings() -> None:
    approved = [json.loads(path.read_text(encoding="utf-8")) for path in COMPILATIONS]
    assert {one["subject_kind"] for one in approved} >= {"team", "person"}
    assert {one["day"] for one in approved} >= {"2024-12-31", "2025-01-01"}
    assert {one["interpretations"]["strictness"] for one in approved} == {"lenient", "strict"}


def test_the_same_policies_compile_to_the_same_bytes() -> None:
    regulation = small().regulations["small"]
    once, again = (
        json.dumps(
            as_data(with_rulesets(compile_rules(regulation, small().vocabulary, "person", date(2024, 1, 1), {})))
        )
        for _ in range(2)
    )
    assert once == again


# --- which rules, and with which values -------------------------------------------------------------------------------


def rules_of(kind: str, readings: Mapping[str, str]) -> set[str]:
    regulation = small().regulations["small"]
    return set(compile_rules(regulation, small().vocabulary, kind, date(2024, 1, 1), readings).index)


def test_a_rule_exists_for_its_kinds_and_under_its_readings_alone() -> None:
    team, person = rules_of("team", {}), rules_of("person", {})
    assert person - team == {"more0.away_or_marked"} and not team - person
    assert rules_of("team", {"strictness": "strict"}) - team == {"more0.not_six"}
    assert rules_of("team", {"strictness": "lenient"}) == team


@pytest.mark.parametrize(
    "applies_to, wanted",
    [([], True), (["body"], True), (["team"], True), (["person"], False), (["person", "body"], True)],
)
def test_a_policy_concerns_a_kind_if_it_names_it_or_what_it_belongs_to(applies_to: list[str], wanted: bool) -> None:
    assert concerns(applies_to, SubjectKind("team", NO_WORDS, ("team", "body"), True)) is wanted


@pytest.mark.parametrize(
    "under, wanted",
    [
        ([], True),
        ([("a", ["x"])], True),
        ([("a", ["y"])], False),
        ([("a", ["y", "x"])], True),
        ([("a", ["x"]), ("b", ["x"])], False),
        ([("a", ["x"]), ("b", ["y"])], True),
        ([("unheard_of", ["x"])], False),
    ],
)
def test_a_rule_exists_where_every_reading_that_it_names_is_chosen(under: Sequence[Any], wanted: bool) -> None:
    readings = [Reading(interpretation, tuple(options)) for interpretation, options in under]
    assert exists(readings, {"a": "x", "b": "y"}) is wanted


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    "day, wanted",
    [(date(2019, 12, 31), None), (date(2020, 1, 1), 50), (date(2024, 12, 31), 50), (date(2025, 1, 1), 60)],
)
def test_a_parameter_has_the_latest_value_that_has_begun(day: date, wanted: int | None, order: int) -> None:
    source = Source("d", "l", "stated")
    values = (DatedValue(date(2020, 1, 1), 50, source), DatedValue(date(2025, 1, 1), 60, source))
    assert on_day(Parameter("p", NO_WORDS, "number", None, values[::order]), day) == wanted


# --- the encoding -----------------------------------------------------------------------------------------------------

JANUARY = [date(2024, 1, day) for day in range(1, 32)]
LEVELS = ["kém", "trung bình", "khá", "tốt"]

ENCODINGS: dict[str, tuple[Fact, list[Value], list[tuple[Value, int]]]] = {
    "between, below and beyond the constants is odd": (
        fact("x", "number"),
        [Fraction(7, 2), 7],
        [(-(10**30), 1), (Fraction(7, 2), 2), (Fraction(7, 2) + Fraction(1, 10**30), 3), (7, 4), (10**30, 5)],
    ),
    "no integer lies between neighbours": (fact("x", "integer"), [3, 4], [(2, 1), (3, 2), (4, 4), (5, 5)]),
    "an integer never equals a fraction": (fact("x", "integer"), [Fraction(7, 2)], [(3, 1), (4, 3)]),
    "nothing lies below a bound that is a constant": (
        fact("x", "number", minimum=0, maximum=100),
        [0, 100],
        [(0, 2), (Fraction(1, 3), 3), (100, 4)],
    ),
    "a bound beyond the constants is reached": (
        fact("x", "integer", minimum=0, maximum=3),
        [1, 2],
        [(0, 1), (1, 2), (2, 4), (3, 5)],
    ),
    "a constant out of bounds cannot occur": (fact("x", "integer", maximum=3), [2, 9], [(1, 1), (2, 2), (3, 3)]),
    "no day lies between neighbours": (
        fact("x", "date"),
        [JANUARY[9], JANUARY[10], JANUARY[12]],
        [(JANUARY[8], 1), (JANUARY[9], 2), (JANUARY[10], 4), (JANUARY[11], 5), (JANUARY[12], 6), (JANUARY[13], 7)],
    ),
    "options keep their order, named or not": (
        fact("x", "text", LEVELS, ordered=True),
        ["khá"],
        [("kém", 1), ("trung bình", 1), ("khá", 2), ("tốt", 3)],
    ),
    "the first and the last option have nothing beyond them": (
        fact("x", "text", LEVELS),
        ["kém", "tốt"],
        [("kém", 2), ("trung bình", 3), ("khá", 3), ("tốt", 4)],
    ),
    "any other free text is one": (
        fact("x", "text"),
        ["Đạt", "Chưa đạt"],
        [("Chưa đạt", 2), ("Đạt", 4), ("đạt", 1), ("", 1), ("z", 1)],
    ),
    "no and yes": (fact("x", "boolean"), [True], [(False, 1), (True, 2)]),
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_code_is_the_place_among_the_constants(name: str) -> None:
    about, constants, codes = ENCODINGS[name]
    asked = domain(Observable("x"), about, constants)
    assert [(value, asked.code(value)) for value, _ in codes] == codes
    assert sorted({code for _, code in codes}) == list(asked.examples)
    assert all(asked.code(value) == code for code, value in asked.examples.items())
    assert asked.mask == sum(2**code for code in asked.examples)


MEANT: dict[str, Callable[[Any, Sequence[Any]], bool]] = {
    "is": lambda value, operands: value == operands[0],
    "is_not": lambda value, operands: value != operands[0],
    "one_of": lambda value, operands: value in operands,
    "none_of": lambda value, operands: value not in operands,
    "at_least": lambda value, operands: value >= operands[0],
    "at_most": lambda value, operands: value <= operands[0],
    "more_than": lambda value, operands: value > operands[0],
    "less_than": lambda value, operands: value < operands[0],
}
ORDERED = ("at_least", "at_most", "more_than", "less_than")


@pytest.mark.parametrize("operator", MEANT)
@pytest.mark.parametrize("name", ENCODINGS)
def test_the_codes_that_satisfy_a_comparison_are_those_of_the_values_that_do(name: str, operator: str) -> None:
    about, constants, codes = ENCODINGS[name]
    if operator in ORDERED and (about.form == "boolean" or about.is_free_text):
        return
    place = {option: index for index, (option, _) in enumerate(about.options)}
    asked = domain(Observable("x"), about, constants)
    several = len(constants) if operator in ("one_of", "none_of") else 1
    for number in range(len(constants)):
        operands = [*constants[number:], *constants[:number]][:several]
        satisfied = asked.satisfying(compare("x", operator, *operands))
        ranks = [place.get(str(operand), operand) for operand in operands]
        for value, code in codes:
            meant = MEANT[operator](place.get(str(value), value), ranks)
            assert bool(satisfied >> code & 1) is meant, (value, operands)
        assert not satisfied & ~asked.mask


def test_membership_and_evidence_are_no_or_yes() -> None:
    members = fact("x", "set", ["p", "q"])
    includes = domain(Observable("x", "p"), members, [])
    assert [includes.code(value) for value in (frozenset(), frozenset("q"), frozenset("pq"))] == [1, 1, 2]
    evidence = domain(Observable("x", evidence=True), members, [])
    assert [evidence.code(value) for value in (False, True)] == [1, 2]


@given(
    st.sets(st.integers(-6, 6) | st.fractions(-6, 6, max_denominator=3), min_size=1, max_size=5),
    st.lists(st.integers(-8, 8) | st.fractions(-8, 8, max_denominator=4), min_size=2, max_size=8),
    st.sampled_from(["integer", "number"]),
    st.sampled_from([(None, None), (-4, 4), (0, None), (None, 2)]),
)
def test_codes_are_even_on_constants_and_keep_the_order(constants: Any, values: Any, kind: str, bounds: Any) -> None:
    low, high = bounds
    asked = domain(Observable("x"), fact("x", kind, minimum=low, maximum=high), constants)
    possible = sorted(
        value
        for value in values
        if (kind == "number" or value == int(value))
        and (low is None or value >= low)
        and (high is None or value <= high)
    )
    codes = [asked.code(value) for value in possible]
    assert codes == sorted(codes)
    assert [code % 2 == 0 for code in codes] == [value in constants for value in possible]
    assert set(codes) <= set(asked.examples)
    for below, above, code, next_code in zip(possible, possible[1:], codes, codes[1:], strict=False):
        assert (code == next_code) is not any(below <= c <= above for c in constants) or below == above


def test_a_property_is_named_for_each_thing_that_is_looked_at() -> None:
    facts = vocabulary(fact("b", "set", ["p", "q"]), fact("a", "text"))
    conditions: list[Condition] = [
        EvidenceNamed("a"), compare("b", "includes_any", "q", "p"), compare("a", "is", "x"), compare("a", "is", "y")
    ]  # fmt: skip
    of = compiled(facts, conditions)
    assert of.properties == {
        Observable("a"): "a0",
        Observable("a", evidence=True): "a1",
        Observable("b", "p"): "a2",
        Observable("b", "q"): "a3",
    }
    assert known(of, {"a": "y", "b": frozenset("q")}, {"a": False}) == {"a0": 4, "a1": 1, "a2": 1, "a3": 2}
    assert known(of, {"b": frozenset()}) == {"a2": 1, "a3": 1}
    assert known(of, {}, {"a": True}) == {"a1": 2}


# --- tests of codes ---------------------------------------------------------------------------------------------------

FIVE = domain(Observable("x"), fact("x", "number"), [10, 20])
FOUR = domain(Observable("x"), fact("x", "integer"), [3, 4])

MASKS: list[tuple[Domain, set[int], list[list[tuple[str, int]]]]] = [
    (FIVE, {1, 2, 3}, [[("at_most", 3)]]),
    (FIVE, {3, 4, 5}, [[("at_least", 3)]]),
    (FIVE, {2, 3, 4}, [[("at_least", 2), ("at_most", 4)]]),
    (FIVE, {2}, [[("is", 2)]]),
    (FIVE, {1, 2, 4, 5}, [[("is_not", 3)]]),
    (FIVE, {1, 3, 5}, [[("is_not", 2), ("is_not", 4)]]),
    (FIVE, {2, 4}, [[("is", 2)], [("is", 4)]]),
    (FIVE, {1, 4, 5}, [[("is", 1)], [("at_least", 4)]]),
    (FIVE, {1, 2, 3, 4, 5}, [[("at_least", 1)]]),
    (FOUR, {2, 4}, [[("at_least", 2), ("at_most", 4)]]),
    (FOUR, {1, 5}, [[("is", 1)], [("is", 5)]]),
    (FOUR, {1, 2, 5}, [[("is_not", 4)]]),
]


@pytest.mark.parametrize("asked, codes, wanted", MASKS)
def test_a_set_of_codes_becomes_the_fewest_tests(
    asked: Domain, codes: set[int], wanted: list[list[tuple[str, int]]]
) -> None:
    alternatives = mask_tests("a0", sum(2**code for code in codes), asked)
    assert [[(test.operator, test.code) for test in tests] for tests, _ in alternatives] == wanted
    assert {test.property for tests, _ in alternatives for test in tests} == {"a0"}


@given(st.sets(st.integers(0, 5), min_size=1, max_size=6).map(sorted), st.data())
def test_the_tests_hold_for_exactly_the_codes_of_the_set(constants: list[int], data: st.DataObject) -> None:
    asked = domain(Observable("x"), fact("x", data.draw(st.sampled_from(["integer", "number"]))), constants)
    codes = data.draw(st.sets(st.sampled_from(list(asked.examples)), min_size=1))
    alternatives = mask_tests("a0", sum(2**code for code in codes), asked)
    compared = {
        "is": lambda one, other: one == other,
        "is_not": lambda one, other: one != other,
        "at_least": lambda one, other: one >= other,
        "at_most": lambda one, other: one <= other,
    }
    for code in asked.examples:
        held = [all(compared[test.operator](code, test.code) for test in tests) for tests, _ in alternatives]
        assert any(held) is (code in codes)
    for tests, lowest in alternatives:
        satisfying = [code for code in codes if all(compared[test.operator](code, test.code) for test in tests)]
        assert lowest == min(satisfying)


# --- normal forms -----------------------------------------------------------------------------------------------------

FLAGS = vocabulary(*(fact(f"f{number}", "boolean") for number in range(24)))


def pairs(count: int) -> tuple[Condition, ...]:
    """`count` alternatives of two flags each; all of them together have 2**count ways of holding."""
    return tuple(
        AnyOf((compare(f"f{2 * number}", "is", True), compare(f"f{2 * number + 1}", "is", True)))
        for number in range(count)
    )


def test_a_condition_as_wide_as_may_be_is_compiled_and_answered() -> None:
    of = compiled(FLAGS, [AllOf(pairs(9))])
    assert len(of.rules[0].holds) == 2**9 <= MOST_REGIONS
    asked = matcher(of)
    one_of_each: dict[str, Value] = {f"f{number}": number % 2 == 0 for number in range(18)}
    assert asked.match_both_ways(known(of, one_of_each)) == (True,)
    assert asked.match_both_ways(known(of, {**one_of_each, "f4": False})) == (False,)
    asked.close()


# The second holds in ten ways only, but fails in 1,024.
@pytest.mark.parametrize("condition", [AllOf(pairs(10)), AnyOf(tuple(NoneOf((pair,)) for pair in pairs(10)))])
def test_a_wider_condition_is_refused_by_the_name_of_its_rule(condition: Condition) -> None:
    with pytest.raises(TooWide) as refused:
        compiled(FLAGS, [compare("f0", "is", True), condition])
    assert str(refused.value) == "r1"


@pytest.mark.parametrize(
    "condition, holds, fails",
    [
        # What another alternative covers is left out.
        (AnyOf((compare("f0", "is", True), AllOf((compare("f0", "is", True), compare("f1", "is", True))))), 1, 1),
        (AnyOf((compare("f0", "is", True), compare("f0", "is", True))), 1, 1),
        # What nothing satisfies is left out.
        (AllOf((compare("f0", "is", True), compare("f0", "is", False))), 0, 2),
        (AnyOf((compare("f0", "is", True), compare("f0", "is", False))), 2, 0),
        (NoneOf((compare("f0", "is", True), compare("f1", "is", True))), 1, 2),
        (AllOf((*pairs(1), compare("f0", "is", False))), 1, 2),
    ],
)
def test_a_normal_form_has_no_alternative_too_many(condition: Condition, holds: int, fails: int) -> None:
    (rule,) = compiled(FLAGS, [condition]).rules
    assert (len(rule.holds), len(rule.fails)) == (holds, fails)


def test_a_rule_without_a_condition_asks_nothing() -> None:
    of = compiled(FLAGS, [None, compare("f0", "is", True)])
    always = of.rules[0]
    assert (always.condition, always.holds, always.fails, always.asks) == (None, (), (), frozenset())
    owners = {owner for ruleset in (*of.holds, *of.fails) for one in ruleset.conjuncts for owner in one.owners}
    assert owners == {1}


def test_a_regulation_of_rules_without_conditions_needs_no_ruleset() -> None:
    of = compiled(FLAGS, [None, None])
    assert (of.holds, of.fails, of.domains) == ((), (), {})


def test_a_rule_that_never_holds_only_fails() -> None:
    never = AllOf((compare("f0", "is", True), compare("f0", "is", False)))
    of = compiled(FLAGS, [never])
    assert of.holds == () and len(of.fails) == 1
    asked = matcher(of)
    assert asked.match(known(of, {})) == (None,)
    assert asked.match(known(of, {"f0": True})) == asked.match(known(of, {"f0": False})) == (False,)
    asked.close()
