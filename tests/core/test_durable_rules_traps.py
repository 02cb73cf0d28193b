"""The traps of durable-rules: each is shown with the library as it is, and what keeps this engine out of it is tested.

The scripts in `traps` each fall into one. They run as processes of their own with a time limit, because many hang or
crash. Where what happens is undefined, it is only held that the process dies or that its answer is not the right one.
"""

import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import durable_rules_engine
import pytest
from support import TESTS
from support.asking import Recorder, answers, compare, compiled, fact, known, matcher, vocabulary
from support.small_regulation import library

import engine.core.rules.matcher
from engine.base.diagnostics import EngineFailure, Problems
from engine.base.json_text import parse_json
from engine.core.judge.case import Case
from engine.core.judge.engine import Engine
from engine.core.policy.conditions import operand_value
from engine.core.policy.rules import AllOf, AnyOf, Condition, EvidenceNamed, NoneOf
from engine.core.policy.terms import Percent, Sum, Value, Vocabulary
from engine.core.policy.values import Misfit, typed
from engine.core.rules.compiler import Compiled, compile_rules, with_rulesets
from engine.core.rules.matcher import Matcher
from engine.core.rules.rulesets import (
    LARGEST_CODE,
    MOST_RULES,
    BoundError,
    Bounds,
    Conjunct,
    Ruleset,
    Test,
    bounds,
    pack,
)
from engine.load.cases.derived import derivation_order, with_derived
from engine.load.cases.reading import CaseReader

ENGINE = TESTS.parent / "engine"
SCRIPTS = sorted(path.stem for path in (TESTS / "traps").glob("*.py") if path.stem != "naive")

LIMIT = 20
HANG_LIMIT = 2
"""Seconds. What hangs says a word when it begins, so that a slow start is not taken for it."""

# These read memory that was freed or never written: whether that kills the process depends on what lies there. Each is
# tried over several fillings of such memory, and only when none kills it nothing is said about this machine.
AT_THE_MERCY_OF_MEMORY = ("abandoned_action", "host_dies", "unfired_state_deleted")
FILLINGS = (
    {},
    {"MALLOC_PERTURB_": "165", "MallocPreScribble": "1"},
    {"MALLOC_PERTURB_": "1"},
    {"MALLOC_PERTURB_": "90"},
)


# --- the naive way ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """How a script ended (None: not within the limit) and each line that it said."""

    ended: int | None
    said: list[Any]

    @property
    def died(self) -> bool:
        """Ended by a signal, which is not ours."""
        return self.ended is not None and self.ended < 0 and self.ended != -signal.SIGKILL


def run(script: Path, *arguments: str, limit: float = LIMIT, environment: Mapping[str, str] | None = None) -> Outcome:
    paths = os.pathsep.join([str(TESTS.parent), str(TESTS)])
    try:
        done = subprocess.run(
            [sys.executable, str(script), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limit,
            env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", **(environment or {})},
        )
        ended, output = done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        ended, output = None, late.stdout or b""
    return Outcome(ended, [json.loads(line) for line in output.splitlines()])


def says(*lines: Any) -> Callable[[Outcome], bool]:
    """Exactly this, and ends well: what is wrong with it is always the same."""
    return lambda outcome: outcome == Outcome(0, list(lines))


def dies(*lines: Any) -> Callable[[Outcome], bool]:
    return lambda outcome: outcome.died and outcome.said == list(lines)


def hangs(*lines: Any) -> Callable[[Outcome], bool]:
    return lambda outcome: outcome == Outcome(None, list(lines))


def does_not_say(*right: Any) -> Callable[[Outcome], bool]:
    """Undefined: dies, or says something else than what would be right."""
    return lambda outcome: outcome.died or (outcome.ended == 0 and outcome.said != list(right))


TRAPS: dict[str, Callable[[Outcome], bool]] = {
    # values
    "text_against_number": does_not_say([]),
    "number_against_text": says(["equal"]),
    "boolean_as_number": says(["is_one", "below"]),
    "text_order": says(["after"]),
    "text_forms": says([]),
    "text_escapes": says([]),
    "long_texts": says(["short", "empty"], ["empty"]),
    "large_integers": says(["same"], ["same"], ["same"]),
    "small_fractions": says("204", "204"),
    "not_a_number": says(["nothing"]),
    "null_is_there": says(["there", "is_null"]),
    "missing_is_no": says(["unpaid", "unpaid"]),
    # the text of a fact
    "duplicate_keys": says(["one", "one"]),
    "dotted_names": says(["dotted"]),
    "loose_json": says(0, 0, 0, 0),
    "deep_nesting": dies(),
    "many_properties": says(["first"], "302"),
    # names
    "names_with_one_hash": says(["asked"]),
    "names_of_operators": says("102"),
    # states and actions
    "states_with_one_hash": says([], ["both"]),
    "field_named_sid": says(1024),
    "unfired_state_deleted": dies(1),
    "forgotten_retract": says(["one"], 2),
    "unfinished_action": says([]),
    "abandoned_action": dies(),
    "left_after_error": says("303", ["first", "p3"]),
    "batch_of_nothing": does_not_say(0, "survived"),
    "batch_with_a_fault": says(0, ["one"]),
    "event_used_up": says(["first"]),
    # size
    "stack_of_64": says(None, "303"),
    "tests_below_one_node": lambda outcome: outcome.said[:1] == ["made"] and outcome.said != ["made", ["r511"]],
    "tests_below_one_node_more": hangs("begun"),
    "identical_rules": does_not_say(False),
    "many_alternatives": says(None, "113"),
    "many_rules": says(None, "106"),
    # what can be written
    "or_fires_again": says(8),
    "only_absence": says(1, ["absent"]),
    "endless_rule": says(5_000),
    "empty_conjunction": says(["always", "always"]),
    "fields_compared": does_not_say([]),
    "division_by_zero": does_not_say([]),
    "sum_with_null": says(["more"]),
    "items_of_nothing": says([]),
    "items_by_order_of_keys": says([], ["some"]),
    "pattern_matches_null": says(["named"]),
    "veto_ignored": says(["unless"]),
    "join_runs_away": does_not_say(["joined"], []),
    "join_ignored": says(["joined"]),
    "second_key": says(["both", "above"]),
    "unknown_alias": says(["alias", "object"]),
    "misspelt_operator": says([], []),
    "priorities": says(["huge", "two", "minus_one"]),
    # the library's host
    "host_threads": says(2),
    "host_dies": dies("deleted"),
    "exit_swallowed": says("went on", "went on"),
}


@pytest.mark.parametrize("name", TRAPS)
def test_the_naive_way_falls_into_the_trap(name: str) -> None:
    limit = HANG_LIMIT if name.startswith("tests_below_one_node") else LIMIT
    if name not in AT_THE_MERCY_OF_MEMORY:
        outcome = run(TESTS / "traps" / f"{name}.py", limit=limit)
        assert TRAPS[name](outcome), outcome
        return
    outcomes = (run(TESTS / "traps" / f"{name}.py", limit=limit, environment=filling) for filling in FILLINGS)
    if not any(map(TRAPS[name], outcomes)):
        pytest.skip("the memory that it wrongly reads did no harm here")


@pytest.fixture(scope="module")
def comma_locale(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, str]]:
    """A locale that writes 7,5, made here where the system has the means; its name and the variables it needs."""
    if shutil.which("localedef"):
        folder = tmp_path_factory.mktemp("locales")
        made = folder / "vi_VN.UTF-8"
        subprocess.run(["localedef", "-c", "-i", "vi_VN", "-f", "UTF-8", str(made)], capture_output=True, timeout=60)
        if made.is_dir():
            return made.name, {"LOCPATH": str(folder)}
    listed = subprocess.run(["locale", "-a"], capture_output=True, text=True, timeout=LIMIT).stdout.split()
    found = [name for name in listed if name.startswith(("vi_VN", "de_DE", "fr_FR")) and "8" in name]
    if not found:
        pytest.skip("this system has no locale with a decimal comma")
    return found[0], {}


def test_the_naive_way_reads_numbers_as_the_locale_writes_them(comma_locale: tuple[str, dict[str, str]]) -> None:
    name, variables = comma_locale
    outcome = run(TESTS / "traps" / "decimal_comma.py", name, environment=variables)
    assert outcome == Outcome(0, [",", ["enough"]])


# --- our way: what is compared ----------------------------------------------------------------------------------------

GUARDED: dict[str, list[str]] = {}

Named = Callable[..., None]


def against(*traps: str) -> Callable[[Named], Named]:
    """Notes which traps a test keeps us out of."""

    def note(test: Named) -> Named:
        for trap in traps:
            GUARDED.setdefault(trap, []).append(test.__name__)
        return test

    return note


def test_every_trap_is_shown_and_has_a_guard() -> None:
    assert sorted([*TRAPS, "decimal_comma"]) == SCRIPTS
    assert sorted(GUARDED) == SCRIPTS


@against("text_against_number", "number_against_text", "boolean_as_number")
@pytest.mark.parametrize(
    "kind, plain",
    [("integer", "95"), ("number", "95"), ("text", 95), ("integer", True), ("boolean", 1), ("text", True)],
)
def test_a_value_of_another_type_is_refused_in_a_case_and_in_a_rule(kind: str, plain: object) -> None:
    for read in (typed, operand_value):
        with pytest.raises(Misfit) as refused:
            read(plain, fact("x", kind))
        assert refused.value.code == "fact/type"


@against("text_order", "long_texts")
def test_texts_are_equal_in_full_and_ordered_as_they_are_listed() -> None:
    listed = vocabulary(fact("x", "text", ["a", "a b", "a!"], ordered=True))
    below = [compare("x", "less_than", limit) for limit in ("a", "a b", "a!")]
    assert answers(listed, below, {"x": "a b"}) == (False, False, True)
    free = vocabulary(fact("x", "text"))
    equal = [compare("x", "is", text) for text in ("abc", "", "abc" + "z" * 65_533)]
    assert answers(free, equal, {"x": "abc" + "z" * 65_533}) == (False, False, True)
    assert answers(free, equal, {"x": "z" * 65_536}) == (False, False, False)


@against("text_forms", "text_escapes")
@pytest.mark.parametrize("written", ["Đạt tốt", "\u0110a\u0323t t\u00f4\u0301t", r"\u0110\u1ea1t t\u1ed1t"])
def test_a_text_is_the_same_however_it_is_written(written: str) -> None:
    value = parse_json("case.json", f'{{"x": "{written}"}}').data["x"]
    assert answers(vocabulary(fact("x", "text")), [compare("x", "is", "Đạt tốt")], {"x": value}) == (True,)


@against("large_integers", "small_fractions")
@pytest.mark.parametrize(
    "asked, stated",
    [
        (10**30 + 1, 10**30),
        (2**63 - 1, 2**63),
        (2**53, 2**53 + 1),
        (Fraction(1, 10**30), Fraction(0)),
        (Fraction(1, 3), Fraction(333_333_333, 10**9)),
    ],
)
def test_numbers_are_compared_exactly(asked: Value, stated: Value) -> None:
    numbers = vocabulary(fact("x", "number"))
    assert answers(numbers, [compare("x", "is", asked)], {"x": stated}) == (False,)
    assert answers(numbers, [compare("x", "is", asked)], {"x": asked}) == (True,)


@against("large_integers", "boolean_as_number", "small_fractions")
@pytest.mark.parametrize("code", [2**53 + 1, -(2**53) - 1, True, 1.0, "1", None])
def test_a_code_that_is_not_an_integer_of_53_bits_is_refused_in_a_rule_and_in_a_fact(code: Any) -> None:
    with pytest.raises(BoundError, match="a code"):
        pack("x", [Conjunct((Test("a0", "is", code),), (0,), (("a0", code),))])
    asked = matcher(compiled(vocabulary(fact("x", "boolean")), [compare("x", "is", True)]))
    with pytest.raises(EngineFailure, match="not an integer within"):
        asked.match({"a0": code})
    asked.close()
    assert LARGEST_CODE == 2**53


@against("decimal_comma")
def test_numbers_are_compared_alike_under_every_locale(
    comma_locale: tuple[str, dict[str, str]], tmp_path: Path
) -> None:
    name, variables = comma_locale
    script = tmp_path / "ours.py"
    script.write_text(
        "import json, locale, sys\nfrom fractions import Fraction\n"
        "from support.asking import Recorder, answers, compare, fact, vocabulary\n"
        "locale.setlocale(locale.LC_ALL, sys.argv[1])\n"
        "enough = compare('x', 'at_least', Fraction(15, 2))\n"
        "for value in (Fraction(74, 10), Fraction(75, 10)):\n"
        "    print(json.dumps(answers(vocabulary(fact('x', 'number')), [enough], {'x': value})))\n",
        encoding="utf-8",
    )
    assert run(script, name, environment=variables) == Outcome(0, [[False], [True]])


@against("duplicate_keys", "not_a_number", "loose_json", "deep_nesting", "small_fractions")
@pytest.mark.parametrize(
    "text",
    [
        '{"x": 1, "x": 2}', '{"x": NaN}', '{"x": Infinity}', '{"x": -Infinity}', '{"x": 1e400}', '{"x": 007}',
        '{"x": 5.}', '{"x": .5}', '{"x": +5}', "{'x': 1}", '{"x": 1} and more',
        '{"x": ' + '{"a":' * 200_000 + "1" + "}" * 200_001,
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_a_case_that_is_not_plain_json_never_reaches_the_engine(text: str) -> None:
    with pytest.raises(Problems):
        parse_json("case.json", text)


@against("null_is_there", "missing_is_no", "fields_compared")
def test_what_is_not_known_is_neither_so_nor_not_so() -> None:
    facts = vocabulary(fact("x", "integer"), fact("paid", "boolean"))
    conditions: list[Condition] = [
        compare("x", "is", 0), compare("x", "is_not", 0), compare("x", "at_least", 0), compare("x", "less_than", 0),
        NoneOf((compare("x", "is", 0),)), compare("paid", "is", False), EvidenceNamed("paid"),
        AnyOf((compare("paid", "is", True), compare("x", "is", 0))),
    ]  # fmt: skip
    assert answers(facts, conditions, {}) == (None,) * len(conditions)
    nothing: dict[str, Any] = {"x": None}
    assert answers(facts, conditions, nothing) == (None,) * len(conditions)


@against("division_by_zero", "sum_with_null", "fields_compared")
def test_arithmetic_is_done_in_python_and_unknown_where_it_cannot_be() -> None:
    facts = vocabulary(
        fact("whole", "integer"),
        fact("part", "integer"),
        fact("ratio", "number", derived=Percent("whole", "part")),
        fact("total", "integer", derived=Sum(("whole", "part"))),
    )
    conditions = [compare("ratio", "at_least", 50), compare("total", "more_than", 5)]

    def asked(**stated: Value) -> tuple[bool | None, ...]:
        return answers(facts, conditions, with_derived(stated, facts, derivation_order(facts)))

    assert asked(whole=0, part=4) == (None, False)
    assert asked(part=9) == (None, None)
    assert asked(whole=3, part=1) == (False, False)
    assert asked(whole=4, part=2) == (True, True)


@against("items_of_nothing", "items_by_order_of_keys")
def test_an_empty_set_is_known_to_hold_nothing() -> None:
    facts = vocabulary(fact("x", "set", ["p", "q"]))
    conditions = [compare("x", "includes", "p"), compare("x", "includes_any", "p", "q")]
    conditions.append(compare("x", "includes_all", "p", "q"))
    assert answers(facts, conditions, {"x": frozenset()}) == (False, False, False)
    assert answers(facts, conditions, {"x": frozenset("q")}) == (False, True, False)
    assert answers(facts, [NoneOf((one,)) for one in conditions], {"x": frozenset()}) == (True, True, True)


# --- our way: names ---------------------------------------------------------------------------------------------------

NAMES = [
    "costarring", "liquid", "id", "sid", "$s", "$and", "$or", "$not", "$ex", "m", "all", "a", "a.b", "a0", "a1", "g0",
    "", "kết quả", 'a"b',
]  # fmt: skip


@against("names_with_one_hash", "names_of_operators", "field_named_sid", "dotted_names")
def test_facts_may_have_any_name_since_the_engine_never_sees_it() -> None:
    facts = vocabulary(*(fact(name, "boolean") for name in NAMES))
    conditions = [compare(name, "is", True) for name in NAMES]
    for stated in NAMES:
        wanted = tuple(True if name == stated else None for name in NAMES)
        assert answers(facts, conditions, {stated: True}) == wanted
    of = compiled(facts, conditions)
    assert all(re.fullmatch("a[0-9]+", name) for name in of.properties.values())
    assert len(set(of.properties.values())) == len(NAMES)


# fmt: off
RESERVED = frozenset({
    "id", "sid", "m", "all", "any", "pri", "count", "cap", "dist", "name", "$s", "$time", "$timerName",
    "$baseTime", "$forward", "$i", "$m", "$l", "$r", "$lt", "$lte", "$gt", "$gte", "$eq", "$neq", "$ex", "$nex",
    "$mt", "$imt", "$iall", "$iany", "$and", "$or", "$not", "$all", "$any", "$add", "$sub", "$mul", "$div",
})
# fmt: on
"""Names with a meaning of their own to durable-rules."""


def fnv1a(name: str) -> int:
    """The 32 bits that durable-rules knows a name by."""
    value = 0x811C9DC5
    for byte in name.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value


@against("names_with_one_hash", "names_of_operators")
def test_the_engine_takes_no_name_of_ours_for_another() -> None:
    assert fnv1a("costarring") == fnv1a("liquid"), "names that durable-rules confuses"
    ours = [f"a{number}" for number in range(100_000)] + [f"g{number}" for number in range(MOST_RULES)]
    assert len({fnv1a(name) for name in (*ours, *RESERVED)}) == len(ours) + len(RESERVED)
    with pytest.raises(BoundError, match="name"):
        pack("x", [Conjunct((Test("a100000", "is", 1),), (0,), (("a100000", 1),))])


@against("second_key", "dotted_names")
@pytest.mark.parametrize("name", ["x", "a.0", "a00", "$and", "a0 ", "a-1", "ａ0", ""])
def test_only_properties_of_our_own_naming_are_packed(name: str) -> None:
    with pytest.raises(BoundError, match="name"):
        pack("x", [Conjunct((Test(name, "is", 1),), (0,), ((name, 1),))])


# --- our way: what is written -----------------------------------------------------------------------------------------


def everything() -> Iterator[Compiled]:
    """The small regulation for every kind of subject, and conditions with every operator and nesting."""
    small = library()
    regulation = small.regulations["small"]
    for kind in regulation.kinds:
        yield with_rulesets(compile_rules(regulation, small.vocabulary, kind, regulation.in_force_from, {}))
    facts = vocabulary(
        fact("n", "number"), fact("t", "text"), fact("o", "text", "abcd", ordered=True), fact("s", "set", "pq"),
        fact("b", "boolean"),
    )  # fmt: skip
    leaves: list[Condition] = [
        *(compare("n", operator, Fraction(7, 2)) for operator in ("is", "is_not", "at_least", "at_most")),
        *(compare("n", operator, -3) for operator in ("more_than", "less_than")),
        *(compare("t", operator, "x", "y") for operator in ("one_of", "none_of")),
        *(compare("o", operator, "b") for operator in ("is", "at_least", "less_than")),
        *(compare("s", operator, "p", "q") for operator in ("includes_any", "includes_all")),
        compare("s", "includes", "p"), compare("b", "is", True), EvidenceNamed("t"),
    ]  # fmt: skip
    for outer in (AllOf, AnyOf, NoneOf):
        pairs = [outer((one, other)) for one, other in zip(leaves, leaves[5:] + leaves[:5], strict=True)]
        yield compiled(facts, [*leaves, *pairs, *(NoneOf((pair,)) for pair in pairs)])


def assert_plain_conjunction(rule: Any, markers: tuple[str, ...]) -> None:
    """A marker first, then comparisons of one property with one integer each; nothing else."""
    assert list(rule) == ["all"] and len(rule["all"]) == 1 and list(rule["all"][0]) == ["m"]
    assert list(rule["all"][0]["m"]) == ["$and"]
    (marked, *tests) = rule["all"][0]["m"]["$and"]
    assert len(marked) == 1 and set(marked) < set(markers) | {""} and set(marked.values()) == {1}
    for test in tests:
        ((key, operand),) = test.items()
        if key in ("$gte", "$lte", "$neq"):
            ((key, operand),) = operand.items()
        assert re.fullmatch("a[0-9]+", key)
        assert type(operand) is int and abs(operand) <= 2**53


@against(
    "or_fires_again", "many_alternatives", "priorities", "only_absence", "endless_rule", "empty_conjunction",
    "fields_compared", "division_by_zero", "sum_with_null", "items_of_nothing", "items_by_order_of_keys",
    "pattern_matches_null", "veto_ignored", "join_runs_away", "join_ignored", "second_key", "unknown_alias",
    "misspelt_operator", "null_is_there", "missing_is_no",
)  # fmt: skip
def test_a_definition_holds_nothing_but_a_marker_and_integer_comparisons() -> None:
    seen = set()
    for of in everything():
        for ruleset in (*of.holds, *of.fails):
            assert list(ruleset.definition) == [str(number) for number in range(len(ruleset.conjuncts))]
            for rule in ruleset.definition.values():
                assert_plain_conjunction(rule, ruleset.markers)
            seen |= set(re.findall(r"\$\w+", json.dumps(ruleset.definition)))
    assert seen == {"$and", "$gte", "$lte", "$neq"}


@against("misspelt_operator", "unknown_alias")
@pytest.mark.parametrize("operator", ["$gtee", "$nex", "matches", "", "$or"])
def test_an_operator_that_is_not_ours_is_refused(operator: Any) -> None:
    with pytest.raises(BoundError, match="operator"):
        pack("x", [Conjunct((Test("a0", operator, 1),), (0,), (("a0", 1),))])


@against("or_fires_again")
def test_a_rule_of_many_true_alternatives_gives_one_answer() -> None:
    names = [f"{letter}{number}" for letter in "ab" for number in range(4)]
    pairs = [AnyOf((compare(f"a{n}", "is", True), compare(f"b{n}", "is", True))) for n in range(4)]
    facts = vocabulary(*(fact(name, "boolean") for name in names))
    assert answers(facts, [AllOf(tuple(pairs))], dict.fromkeys(names, True)) == (True,)


@against("only_absence", "empty_conjunction", "endless_rule")
def test_a_case_of_which_nothing_is_known_fires_nothing() -> None:
    for of in everything():
        asked = matcher(of)
        assert set(asked.match({})) == {None}
        asked.close()


# --- our way: the calls -----------------------------------------------------------------------------------------------


CASES = [
    {"work.given": 10, "work.done": 10, "work.extra": 6, "mark.one": "green", "mark.two": "amber", "tags": ["p"]},
    {"work.given": 0, "work.done": 0, "fault.found": True, "mark.one": "red", "leave.months": 3.5},
    {"fault.mended": False},
    {},
    {"work.given": 3, "work.done": 1, "tags": [], "leave.months": 0.00001},
    {"work.given": 10**15, "work.done": 10**15 - 1, "mark.two": "red", "fault.found": True, "fault.mended": False},
]


def case_text(number: int, facts: Mapping[str, Any]) -> str:
    nested: dict[str, dict[str, Any]] = {}
    for name, value in facts.items():
        head, _, rest = name.partition(".")
        if rest:
            nested.setdefault(head, {})[rest] = value
        else:
            nested[head] = value
    subject = {"kind": "person", "id": "sid"}
    case = {"case_id": f"K-{number}", "period": "2024", "as_of": "2024-12-31", "subject": subject, "facts": nested}
    return json.dumps({**case, "evidence": {"mark.one": ["Đề án"] if number % 2 else []}})


@pytest.fixture(scope="module")
def calls() -> list[tuple[str, tuple[Any, ...], Any]]:
    """Every call to durable-rules while cases are decided, in both ways of asking."""
    recorder = Recorder()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine.core.rules.matcher, "_durable_rules", lambda: recorder)
        for verify in (False, True):
            with Engine(library(), {}, verify) as running:
                for number, facts in enumerate(CASES * 2):
                    document = parse_json(f"{number}.json", case_text(number, facts))
                    case = CaseReader(library()).read(document, None, {})
                    assert isinstance(case, Case), case
                    running.decide(case)
    return recorder.calls


@against(
    "field_named_sid", "states_with_one_hash", "duplicate_keys", "dotted_names", "text_against_number",
    "number_against_text", "boolean_as_number", "text_order", "text_forms", "text_escapes", "long_texts",
    "small_fractions", "decimal_comma", "not_a_number", "null_is_there", "loose_json", "deep_nesting",
)  # fmt: skip
def test_a_fact_carries_our_id_the_markers_and_integers_once_each(calls: list[Any]) -> None:
    texts = [arguments[1] for name, arguments, _ in calls if name == "assert_fact"]
    assert len(texts) > 100
    for text in texts:
        assert re.fullmatch(r'\{"id":"c"(,"g[0-9]+":1)+(,"a[0-9]+":-?[0-9]+)*\}', text)
        names = re.findall(r'"(\w+)":', text)
        assert len(names) == len(set(names)) <= 252
    assert {arguments[1] for name, arguments, _ in calls if name == "retract_fact"} == {'{"id":"c"}'}


@against(
    "unfired_state_deleted", "forgotten_retract", "abandoned_action", "batch_of_nothing", "batch_with_a_fault",
    "event_used_up", "states_with_one_hash", "field_named_sid", "unfinished_action", "veto_ignored", "join_runs_away",
)  # fmt: skip
def test_only_safe_calls_are_made_and_in_their_safe_order(calls: list[Any]) -> None:
    """One fact at a time, every action finished, every fact taken back, no state deleted that never finished one."""
    standing: set[int] = set()
    running: set[int] = set()
    finished: set[int] = set()
    deleted: set[int] = set()
    for name, arguments, result in calls:
        handle = result if name == "create_ruleset" else arguments[0]
        match name:
            case "create_ruleset":
                assert handle not in standing | running
            case "assert_fact":
                assert handle not in standing | running
                assert result[0] in (0, 1)
                if result[0] == 0:
                    standing.add(handle)
            case "start_action_for_state" | "complete_and_start_action":
                assert handle in standing
                (running.add if result is not None else running.discard)(handle)
                if name == "complete_and_start_action":
                    finished.add(handle)
            case "retract_fact":
                assert handle in standing and handle not in running
                standing.discard(handle)
            case "delete_state":
                assert arguments[1] == "0" and handle in finished
                deleted.add(handle)
            case "delete_ruleset":
                assert handle in deleted or handle not in finished
            case other:
                pytest.fail(f"{other} is no call that is safe")
    assert finished and deleted and not standing


SIMPLE: tuple[Vocabulary, list[Condition]] = (
    vocabulary(fact("x", "boolean"), fact("y", "boolean")),
    [compare("x", "is", True), compare("y", "is", True), AllOf((compare("x", "is", True), compare("y", "is", True)))],
)


@against("unfinished_action", "exit_swallowed", "left_after_error", "forgotten_retract")
@pytest.mark.parametrize("call", ["assert_fact", "start_action_for_state", "complete_and_start_action", "retract_fact"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, MemoryError, durable_rules_engine.error])
def test_an_interruption_is_passed_on_and_leaves_nothing_for_the_next_case(
    call: str, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = Recorder()
    monkeypatch.setattr(engine.core.rules.matcher, "_durable_rules", lambda: recorder)
    of = compiled(*SIMPLE)
    asked = matcher(of)
    recorder.interrupts = (call, error)
    expected = error if error in (KeyboardInterrupt, SystemExit) else EngineFailure
    with pytest.raises(expected):
        asked.match(known(of, {"x": True, "y": True}))
    assert asked.match(known(of, {"x": False, "y": True})) == (False, True, False)
    assert asked.match(known(of, {"x": True})) == (True, None, None)
    assert asked.match(known(of, {"x": True, "y": True})) == (True, True, True)
    asked.close()


@against("left_after_error", "stack_of_64")
def test_an_error_of_the_engine_itself_leaves_nothing_for_the_next_case() -> None:
    """A ruleset that pack would never make: more matches at once than the stack holds."""
    names = [f"a{number}" for number in range(80)]
    conjuncts = tuple(Conjunct((Test(name, "is", 1),), (n,), ((name, 1),)) for n, name in enumerate(names))
    definition = {str(n): {"all": [{"m": {"$and": [{"g0": 1}, {name: 1}]}}]} for n, name in enumerate(names)}
    # Rule 0 stands beside the others, so that it has matched by the time that the stack is full.
    definition["0"] = {"all": [{"m": {"$and": [{"g1": 1}]}}]}
    conjuncts = (Conjunct((), (0,), ()), *conjuncts[1:])
    too_much = Ruleset("hand", definition, conjuncts, tuple(names), ("g0", "g1"), 0)
    asked = Matcher([too_much], [], [frozenset(names)] * 80)
    with pytest.raises(EngineFailure, match="303"):
        asked.match(dict.fromkeys(names, 1))
    wanted = [True, *[False] * 79]
    assert asked.match(dict.fromkeys(names, 0)) == tuple(wanted)
    wanted[7] = True
    assert asked.match({**dict.fromkeys(names, 0), "a7": 1}) == tuple(wanted)
    asked.close()


# --- our way: size ----------------------------------------------------------------------------------------------------


def conjuncts(count: int, test: Callable[[int], tuple[Test, ...]]) -> list[Conjunct]:
    return [
        Conjunct(test(number), (number,), tuple((one.property, one.code) for one in test(number)))
        for number in range(count)
    ]


SIZES: dict[str, list[Conjunct]] = {
    "all at once": conjuncts(600, lambda n: (Test(f"a{n}", "is", 1),)),
    "one property": conjuncts(1_200, lambda n: (Test("a0", "is", n),)),
    "all but one": conjuncts(600, lambda n: (Test("a0", "is_not", n),)),
    "below one test": conjuncts(1_200, lambda n: (Test("a0", "is", 1), Test("a1", "is", n))),
    "identical": [Conjunct((Test("a0", "is", 1),), (n,), (("a0", 1),)) for n in range(1_200)],
    "many": conjuncts(1_500, lambda n: (Test(f"a{n % 50}", "is", n), Test("a60", "at_least", n))),
}


@against(
    "stack_of_64", "tests_below_one_node", "tests_below_one_node_more", "identical_rules", "many_properties",
    "many_rules",
)  # fmt: skip
@pytest.mark.parametrize("name", SIZES)
def test_what_is_packed_keeps_within_the_bounds(name: str) -> None:
    rulesets = pack("x", SIZES[name])
    packed = [owner for ruleset in rulesets for conjunct in ruleset.conjuncts for owner in conjunct.owners]
    assert sorted(packed) == list(range(len(SIZES[name])))
    for ruleset in rulesets:
        worst = bounds(ruleset.definition)
        assert worst.stack <= 64 and ruleset.stack_bound == worst.stack
        assert worst.tests_below <= 500 and worst.rules_at_end <= 250 and worst.rules <= 1_000
        assert len({"id", "sid", *ruleset.properties, *ruleset.markers}) <= 252


@against("stack_of_64", "tests_below_one_node", "identical_rules", "many_properties", "many_rules")
@pytest.mark.parametrize("place", range(5))
def test_each_bound_is_one_that_was_measured(place: int) -> None:
    most = [64, 500, 250, 250, 1_000]
    assert Bounds(*most).beyond() is None
    most[place] += 1
    error = Bounds(*most).beyond()
    assert error is not None and (error.measured, error.allowed) == (most[place], most[place] - 1)


@against("many_properties")
def test_a_condition_over_more_facts_than_one_fact_carries_is_refused() -> None:
    names = [f"f{number}" for number in range(251)]
    facts = vocabulary(*(fact(name, "boolean") for name in names))
    with pytest.raises(BoundError, match="properties of one fact"):
        compiled(facts, [AllOf(tuple(compare(name, "is", True) for name in names))])


@against("identical_rules", "or_fires_again")
def test_conditions_that_ask_the_same_are_one_rule_of_the_engine() -> None:
    same: list[Condition] = [compare("x", "is", True), NoneOf((compare("x", "is", False),))] * 300
    of = compiled(vocabulary(fact("x", "boolean")), same)
    (only,) = [conjunct for ruleset in of.holds for conjunct in ruleset.conjuncts]
    assert only.owners == tuple(range(600))


@against(
    "stack_of_64", "tests_below_one_node", "tests_below_one_node_more", "identical_rules", "many_properties",
    "many_rules",
)  # fmt: skip
@pytest.mark.parametrize("scenario", ["everything_matches", "many_constants", "many_facts", "many_owners", "stack"])
def test_as_much_as_fits_is_answered_rightly(scenario: str) -> None:
    outcome = run(TESTS / "support" / "at_the_bounds.py", scenario, limit=120)
    assert outcome.ended == 0
    ((right, asked),) = outcome.said
    assert right == asked > 0


# --- our way: the host, and who knows the library ---------------------------------------------------------------------


@against("host_threads", "host_dies")
def test_no_thread_is_started() -> None:
    before = threading.active_count()
    of = compiled(*SIMPLE)
    asked = matcher(of)
    asked.match(known(of, {"x": True}))
    assert threading.active_count() == before
    asked.close()


@against("host_threads", "host_dies", "endless_rule", "exit_swallowed", "veto_ignored", "event_used_up")
def test_only_the_matcher_imports_durable_rules_and_only_its_c_module() -> None:
    knowing = {}
    for path in sorted(ENGINE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imports = {name.split(".")[0] for node in ast.walk(tree) for name in imported(node)}
        assert not imports & {"ctypes", "_ctypes", "cffi", "durable"}, path
        words = {node.id if isinstance(node, ast.Name) else node.attr for node in ast.walk(tree) if is_name(node)}
        assert not words & {"Host", "__import__"}, path
        assert "import_module" not in words or path in (ENGINE / "__init__.py", ENGINE / "cli" / "__init__.py"), path
        if "durable_rules_engine" in imports:
            knowing[path.name] = words
    assert list(knowing) == ["matcher.py"]
    unsafe = {"assert_facts", "assert_event", "assert_events", "abandon_action", "update_state", "start_timer"}
    assert not knowing["matcher.py"] & unsafe


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [one.name for one in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def is_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Name | ast.Attribute)
