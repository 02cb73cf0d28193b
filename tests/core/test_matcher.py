"""Which rules hold, fail or are unknown, as durable-rules answers it through the matcher.

Random conditions are held against `oracle`, which reads them by itself.
"""

import itertools
import json
import random
import subprocess
import sys
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support import ROOT
from support.asking import Recorder, compare, compiled, fact, known, matcher, vocabulary
from support.oracle import Plain, Written, oracle

import engine.core.rules.matcher
from engine.base.diagnostics import EngineFailure
from engine.base.json_text import parse_json
from engine.core.policy.conditions import ready
from engine.core.policy.rules import AllOf, AnyOf, Comparison, Condition, EvidenceNamed, Literals, NoneOf
from engine.core.policy.terms import Fact, Vocabulary
from engine.core.policy.values import typed
from engine.core.rules.domains import TooWide
from engine.core.rules.matcher import Matcher
from engine.core.rules.rulesets import Conjunct, Ruleset, Test, pack

# --- random vocabularies, conditions and cases ------------------------------------------------------------------------

WORDS = [
    "Xuất sắc", "Tốt", "Đạt", "Chưa đạt", "Hoàn thành tốt nhiệm vụ", "tốt", "Tot", "", " ", 'có "ngoặc"', "a\\b",
    "Ế", "E", "95", "true", "null", "Ω", "😀",
]  # fmt: skip
DAYS = [(date(2024, 2, 27) + timedelta(days)).isoformat() for days in range(6)]
INTEGERS = [-3, -1, 0, 1, 2, 5, 10**17, 10**17 + 1]
NUMBERS = list(map(Decimal, ("-1.5", "0", "0.1", "0.10000000000000000001", "7.4", "7.5", "1E-7", "100", "1E+20")))
ORDERED = ["at_least", "at_most", "more_than", "less_than"]
EQUAL = ["is", "is_not", "one_of", "none_of"]
LISTS = ["one_of", "none_of", "includes_any", "includes_all"]
BOUNDED: dict[str, tuple[Any, Any]] = {
    "integer": (-1, 5),
    "number": (0, 100),
    "date": (date.fromisoformat(DAYS[1]), date.fromisoformat(DAYS[4])),
}


@st.composite
def facts(draw: st.DrawFn, name: str) -> tuple[Fact, list[Any], list[str]]:
    """A fact, the plain values that it may have, and the operators that fit it."""
    kind = draw(st.sampled_from(["boolean", "integer", "number", "free", "listed", "ordered", "date", "set"]))
    low, high = draw(st.sampled_from([(None, None), *([BOUNDED[kind]] if kind in BOUNDED else [])]))
    if kind in ("listed", "ordered", "set"):
        words = draw(st.lists(st.sampled_from(WORDS), min_size=2, max_size=5, unique=True))
        if kind == "set":
            sets = [words[:length] for length in range(len(words) + 1)] + [words[1:], words[-1:]]
            return fact(name, "set", words), sets, ["includes", "includes_any", "includes_all"]
        ordered = kind == "ordered"
        return fact(name, "text", words, ordered=ordered), words, EQUAL + (ORDERED if ordered else [])
    if kind == "free":
        return fact(name, "text"), WORDS, EQUAL
    if kind == "boolean":
        return fact(name, "boolean"), [False, True], EQUAL
    pool: list[Any] = {"integer": INTEGERS, "number": [*NUMBERS, *INTEGERS], "date": DAYS}[kind]
    limits = [str(limit) if kind == "date" else limit for limit in (low, high)]
    values = [value for value in pool if low is None or limits[0] <= value <= limits[1]]
    return fact(name, kind, minimum=low, maximum=high), values, EQUAL + ORDERED


def conditions_over(pools: Mapping[str, tuple[Fact, list[Any], list[str]]]) -> st.SearchStrategy[Written]:
    """Conditions nested up to three deep over these facts, as written."""

    @st.composite
    def leaf(draw: st.DrawFn) -> Written:
        name = draw(st.sampled_from(sorted(pools)))
        about, values, operators = pools[name]
        if draw(st.integers(0, 9)) == 0:
            return ("evidence", name)
        operator = draw(st.sampled_from(operators))
        pool = [word for word, _ in about.options] if about.type == "set" else values
        if about.type == "integer" and about.minimum is None:
            pool = [*pool, Decimal("0.5"), Decimal("-2.25")]
        most = 3 if operator in LISTS else 1
        operands = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=most, unique=True))
        return (name, operator, operands)

    def nested(inner: st.SearchStrategy[Written]) -> st.SearchStrategy[Written]:
        joined = st.tuples(st.sampled_from(["all", "any", "none"]), st.lists(inner, min_size=1, max_size=3))
        return inner | joined

    return nested(nested(nested(leaf())))


def model(written: Written) -> Condition:
    match written:
        case ("all", list() as parts):
            return AllOf(tuple(map(model, parts)))
        case ("any", list() as parts):
            return AnyOf(tuple(map(model, parts)))
        case ("none", list() as parts):
            return NoneOf(tuple(map(model, parts)))
        case ("evidence", str() as name):
            return EvidenceNamed(name)
        case (name, operator, operands):
            return Comparison(name, operator, Literals(tuple(operands)))
    raise AssertionError(written)


@st.composite
def scenarios(draw: st.DrawFn) -> tuple[Vocabulary, dict[str, list[str]], list[Written], list[tuple[Plain, Any, str]]]:
    """A vocabulary, its ordered words, conditions, and cases: plain values, evidence, and the text of a file."""
    names = draw(st.lists(st.sampled_from(["a", "sid", "kết quả", "$and", "d.e"]), min_size=1, max_size=4, unique=True))
    pools = {name: draw(facts(name)) for name in names}
    conditions = draw(st.lists(conditions_over(pools), min_size=1, max_size=5))
    listed = {name: [word for word, _ in about.options] for name, (about, _, _) in pools.items() if about.ordered}
    cases = []
    for _ in range(6):
        values = {name: draw(st.none() | st.sampled_from(values)) for name, (_, values, _) in pools.items()}
        evidence = draw(st.dictionaries(st.sampled_from(names), st.sampled_from([[], ["Đề án"]])))
        form = draw(st.sampled_from(["NFC", "NFD"]))
        cases.append((values, evidence, case_text(values, form, draw(st.booleans()))))
    return vocabulary(*(about for about, _, _ in pools.values())), listed, conditions, cases


def case_text(values: Plain, form: Any, escaped: bool) -> str:
    """The known values as the text of a JSON file, in one of Unicode's forms."""
    parts = [f"{in_form(name, form, escaped)}: {json_value(value, form, escaped)}" for name, value in values.items()]
    return "{" + ", ".join(part for part in parts if not part.endswith(": null")) + "}"


def json_value(value: Any, form: Any, escaped: bool) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(json_value(member, form, escaped) for member in value) + "]"
    return str(value) if isinstance(value, Decimal) else in_form(value, form, escaped)


def in_form(value: Any, form: Any, escaped: bool) -> str:
    return json.dumps(unicodedata.normalize(form, value) if isinstance(value, str) else value, ensure_ascii=escaped)


@given(scenarios())
def test_the_answers_are_those_of_an_independent_reading(scenario: Any) -> None:
    facts, listed, conditions, cases = scenario
    try:
        of = compiled(facts, [ready(model(one), facts, {}, date(2024, 1, 1)) for one in conditions])
    except TooWide:
        assume(False)
    asked = matcher(of)
    for values, evidence, text in cases:
        wanted = [oracle(one, values, evidence, listed) for one in conditions]
        stated = {name: typed(value, facts.facts[name]) for name, value in parse_json("c.json", text).data.items()}
        told = known(of, stated, {name: bool(items) for name, items in evidence.items()})
        assert list(asked.match(told)) == wanted
        assert list(asked.match_both_ways(told)) == wanted
    asked.close()


SMALL: dict[str, tuple[Fact, list[Any], list[str]]] = {
    "boolean": (fact("x", "boolean"), [False, True], EQUAL),
    "integer": (fact("x", "integer", minimum=0, maximum=6), [0, 1, 2, 5, 6], EQUAL + ORDERED),
    "integer, held against fractions": (fact("x", "integer"), [-1, 0, 1, 2], EQUAL + ORDERED),
    "number": (fact("x", "number"), [*NUMBERS[:5], Decimal("7.45")], EQUAL + ORDERED),
    "free text": (fact("x", "text"), ["Đạt", "Dat", "", "Đạt "], EQUAL),
    "listed text": (fact("x", "text", WORDS[:4]), WORDS[:4], EQUAL),
    "ordered text": (fact("x", "text", WORDS[:5], ordered=True), WORDS[:5], EQUAL + ORDERED),
    "date": (fact("x", "date"), DAYS, EQUAL + ORDERED),
    "set": (
        fact("x", "set", "pqr"),
        [[], ["p"], ["q"], ["p", "q"], ["q", "r"], ["p", "q", "r"]],
        ["includes", "includes_any", "includes_all"],
    ),
}


@pytest.mark.parametrize("kind", SMALL)
def test_every_operator_answers_rightly_for_every_value(kind: str) -> None:
    about, values, operators = SMALL[kind]
    operands = list("pqr") if about.type == "set" else values
    if "fractions" in kind:
        operands = [*values, Decimal("0.5"), Decimal("-1.5")]
    several = [[*pair] for pair in itertools.combinations(operands, 2)]
    written: list[Written] = [
        ("x", operator, chosen)
        for operator in operators
        for chosen in ([[one] for one in operands] + (several if operator in LISTS else []))
    ]
    written += [("none", [each]) for each in written]
    facts = vocabulary(about)
    of = compiled(facts, [ready(model(each), facts, {}, date(2024, 1, 1)) for each in written])
    asked = matcher(of)
    listed = {"x": [word for word, _ in about.options]} if about.ordered else {}
    for value in [*values, None]:
        wanted = [oracle(each, {"x": value}, {}, listed) for each in written]
        told = known(of, {} if value is None else {"x": typed(value, about)})
        assert list(asked.match(told)) == wanted
        assert list(asked.match_both_ways(told)) == wanted
    asked.close()


def test_the_oracle_reads_as_one_would_by_hand() -> None:
    """So that it is not wrong in the same way as the engine."""
    x = ("x", "at_least", [3])
    y = ("y", "is", ["b"])
    for written, values, wanted in [
        (x, {"x": 3}, True), (x, {"x": 2}, False), (x, {}, None), (x, {"x": None}, None),
        (("all", [x, y]), {"x": 2}, False), (("all", [x, y]), {"x": 3}, None),
        (("any", [x, y]), {"x": 3}, True), (("any", [x, y]), {"x": 2}, None),
        (("none", [x, y]), {"x": 3}, False), (("none", [x, y]), {"x": 2}, None),
        (("none", [x, y]), {"x": 2, "y": "a"}, True), (("all", [x, y]), {"x": 3, "y": "b"}, True),
        (("any", [x, y]), {"x": 2, "y": "a"}, False),
        (("y", "less_than", ["b"]), {"y": "c"}, True), (("y", "at_least", ["b"]), {"y": "c"}, False),
        (("z", "includes_any", ["p", "q"]), {"z": []}, False), (("z", "includes_all", ["p", "q"]), {"z": ["q"]}, False),
        (("z", "includes", ["q"]), {"z": ["q"]}, True), (("y", "none_of", ["a", "b"]), {"y": "c"}, True),
    ]:  # fmt: skip
        assert oracle(written, values, {}, {"y": ["c", "b", "a"]}) is wanted, (written, values)


# --- tables -----------------------------------------------------------------------------------------------------------

LEVELS = ["kém", "khá", "tốt"]
PAY = vocabulary(fact("paid", "boolean"), fact("share", "number"), fact("level", "text", LEVELS, ordered=True))
RULES: list[Condition] = [
    compare("paid", "is", True),
    compare("share", "at_least", 50),
    AllOf((compare("paid", "is", True), compare("share", "more_than", 50))),
    AnyOf((compare("paid", "is", False), compare("level", "is", "tốt"))),
    NoneOf((compare("level", "at_most", "khá"), compare("paid", "is", False))),
]
TABLE: list[tuple[dict[str, Any], tuple[bool | None, ...]]] = [
    ({}, (None, None, None, None, None)),
    ({"paid": True}, (True, None, None, None, None)),
    ({"paid": False}, (False, None, False, True, False)),
    ({"share": 50}, (None, True, False, None, None)),
    ({"share": 51}, (None, True, None, None, None)),
    ({"level": "khá"}, (None, None, None, None, False)),
    ({"level": "tốt"}, (None, None, None, True, None)),
    ({"paid": True, "level": "tốt"}, (True, None, None, True, True)),
    ({"paid": True, "share": 49, "level": "kém"}, (True, False, False, False, False)),
    ({"paid": True, "share": 51, "level": "tốt"}, (True, True, True, True, True)),
    ({"paid": False, "share": 100, "level": "tốt"}, (False, True, False, True, False)),
]


@pytest.mark.parametrize("way", [Matcher.match, Matcher.match_both_ways])
def test_a_rule_holds_fails_or_is_unknown(way: Any) -> None:
    of = compiled(PAY, RULES)
    asked = matcher(of)
    for values, wanted in TABLE:
        assert way(asked, known(of, values)) == wanted, values
    asked.close()


def test_one_state_serves_many_cases_in_any_order() -> None:
    of = compiled(PAY, RULES)
    asked = matcher(of)
    chance = random.Random(7)
    for values, wanted in chance.choices(TABLE, k=3_000):
        assert asked.match(known(of, values)) == wanted, values
    asked.close()


def test_matchers_do_not_disturb_each_other() -> None:
    of = compiled(PAY, RULES)
    pair = [matcher(of), matcher(of)]
    for one, other in zip(TABLE, reversed(TABLE), strict=True):
        for asked, (values, wanted) in zip(pair, (one, other), strict=True):
            assert asked.match(known(of, values)) == wanted
    pair[0].close()
    for values, wanted in TABLE:
        assert pair[1].match(known(of, values)) == wanted
    pair[1].close()


EVIDENCE: list[tuple[dict[str, bool], tuple[bool | None, ...]]] = [
    ({}, (None, None, None)),
    ({"paid": True}, (True, None, False)),
    ({"paid": False}, (False, False, None)),
    ({"share": False}, (None, None, None)),
    ({"paid": True, "share": True}, (True, None, False)),
    ({"paid": False, "share": False}, (False, False, True)),
]


@pytest.mark.parametrize("named, wanted", EVIDENCE)
def test_evidence_is_named_not_named_or_not_spoken_of(named: dict[str, bool], wanted: tuple[bool | None, ...]) -> None:
    of = compiled(
        PAY,
        [
            EvidenceNamed("paid"),
            AllOf((EvidenceNamed("paid"), compare("paid", "is", True))),
            NoneOf((EvidenceNamed("paid"), EvidenceNamed("share"))),
        ],
    )
    asked = matcher(of)
    assert asked.match(known(of, {}, named)) == asked.match_both_ways(known(of, {}, named)) == wanted
    asked.close()


def test_evidence_for_a_fact_is_not_its_value() -> None:
    of = compiled(PAY, [AllOf((EvidenceNamed("paid"), compare("paid", "is", False)))])
    asked = matcher(of)
    assert asked.match(known(of, {"paid": False})) == (None,)
    assert asked.match(known(of, {"paid": False}, {"paid": True})) == (True,)
    assert asked.match(known(of, {"paid": True}, {"paid": True})) == (False,)
    asked.close()


def test_a_contradiction_fails_once_everything_is_known() -> None:
    never = AllOf((compare("paid", "is", True), compare("paid", "is", False)))
    of = compiled(PAY, [never, NoneOf((never,))])
    asked = matcher(of)
    assert asked.match(known(of, {})) == asked.match_both_ways(known(of, {})) == (None, None)
    for paid in (True, False):
        told = known(of, {"paid": paid})
        assert asked.match(told) == asked.match_both_ways(told) == (False, True)
    asked.close()


# --- what the engine is sent ------------------------------------------------------------------------------------------


def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(engine.core.rules.matcher, "_durable_rules", lambda: recorder)
    return recorder


def sent(recorder: Recorder) -> list[str]:
    """The facts stated since the last time, without id and markers."""
    texts = [json.loads(arguments[1]) for name, arguments, _ in recorder.calls if name == "assert_fact"]
    recorder.calls.clear()
    return [json.dumps({name: code for name, code in text.items() if name.startswith("a")}) for text in texts]


def test_what_no_rule_asks_about_is_neither_looked_at_nor_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = recorded(monkeypatch)
    asked = matcher(compiled(vocabulary(fact("x", "boolean")), [compare("x", "is", True)]))
    recorder.calls.clear()
    unknown: Any = {"a0": 2, "a1": 7, "sid": 1, "x": "nonsense", "note": None}
    assert asked.match(unknown) == (True,)
    assert sent(recorder) == ['{"a0": 2}']
    asked.close()


def test_negations_are_asked_only_where_something_missing_may_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = recorded(monkeypatch)
    of = compiled(PAY, [compare("paid", "is", True), AllOf((compare("share", "is", 1), compare("level", "is", "tốt")))])
    asked = matcher(of)
    recorder.calls.clear()
    asked.match(known(of, {"paid": False, "share": 2, "level": "tốt"}))
    assert len(sent(recorder)) == 1
    asked.match(known(of, {"paid": True, "share": 2}))
    first, second = sent(recorder)
    assert json.loads(second).items() < json.loads(first).items(), "of the second rule's facts alone"
    assert len(json.loads(second)) == 1
    asked.match_both_ways(known(of, {"paid": True, "share": 2}))
    assert len(sent(recorder)) == 2
    asked.close()


# --- faults -----------------------------------------------------------------------------------------------------------


def one(test: Test, owner: int = 0) -> Conjunct:
    return Conjunct((test,), (owner,), ((test.property, test.code),))


READS = [frozenset({"a0"})]


def test_asking_both_ways_finds_a_rule_that_both_holds_and_fails() -> None:
    holds, fails = pack("h", [one(Test("a0", "at_least", 3))]), pack("f", [one(Test("a0", "at_most", 3))])
    overlapping = Matcher(holds, fails, READS)
    assert overlapping.match_both_ways({"a0": 4}) == (True,)
    assert overlapping.match_both_ways({"a0": 2}) == (False,)
    with pytest.raises(EngineFailure, match="both hold and fail"):
        overlapping.match_both_ways({"a0": 3})
    assert overlapping.match_both_ways({"a0": 4}) == (True,)
    overlapping.close()


def test_asking_both_ways_finds_a_rule_that_does_neither_though_all_is_known() -> None:
    apart = Matcher(pack("h", [one(Test("a0", "at_least", 4))]), pack("f", [one(Test("a0", "at_most", 2))]), READS)
    assert apart.match_both_ways({}) == (None,)
    with pytest.raises(EngineFailure, match="neither holds nor fails"):
        apart.match_both_ways({"a0": 3})
    apart.close()


def ruleset(definition: dict[str, Any], *conjuncts: Conjunct) -> Ruleset:
    rules = {number: {"all": [{"m": {"$and": [{"g0": 1}, test]}}]} for number, test in definition.items()}
    return Ruleset("hand", rules, conjuncts, ("a0", "a1"), ("g0",), 2)


BOTH = [frozenset({"a0", "a1"})]


def test_a_rule_that_does_not_fire_on_its_witness_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = recorded(monkeypatch)
    # A state that never finished a firing holds wild pointers.
    recorder.interrupts = ("delete_state", AssertionError)
    with pytest.raises(EngineFailure, match="does not fire on its witness"):
        Matcher([ruleset({"0": {"a0": 1}}, Conjunct((Test("a0", "is", 2),), (0,), (("a0", 2),)))], [], BOTH)


def test_a_rule_that_fires_without_what_it_asks_is_refused_at_the_start() -> None:
    tests = (Test("a0", "is", 1), Test("a1", "is", 1))
    with pytest.raises(EngineFailure, match="fires without a1"):
        Matcher([ruleset({"0": {"a0": 1}}, Conjunct(tests, (0,), (("a0", 1), ("a1", 1))))], [], BOTH)


def test_a_definition_that_the_engine_refuses_is_a_failure_of_the_engine() -> None:
    with pytest.raises(EngineFailure, match="hand"):
        Matcher([ruleset({"0": {}}, one(Test("a0", "is", 1)))], [], BOTH)


@pytest.mark.parametrize("owner", [1, -1])
def test_a_conjunct_may_only_decide_rules_that_there_are(owner: int) -> None:
    with pytest.raises(ValueError, match="conjunct 0"):
        Matcher(pack("h", [one(Test("a0", "is", 1), owner)]), [], READS)


def test_a_conjunct_may_only_ask_what_its_rule_reads() -> None:
    with pytest.raises(ValueError, match="does not read"):
        Matcher(pack("h", [one(Test("a1", "is", 1))]), [], READS)


def test_answers_are_right_again_after_the_engine_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = recorded(monkeypatch)
    of = compiled(PAY, RULES)
    asked = matcher(of)
    for values, wanted in TABLE:
        for call in ("assert_fact", "complete_and_start_action", "retract_fact"):
            recorder.interrupts = (call, recorder.error)
            with pytest.raises(EngineFailure):
                asked.match(known(of, {"paid": True, "share": 51, "level": "tốt"}))
            assert asked.match(known(of, values)) == wanted
    asked.close()


def test_a_closed_matcher_gives_no_answer_and_may_be_closed_again() -> None:
    of = compiled(PAY, RULES)
    asked = matcher(of)
    asked.close()
    asked.close()
    for way in (asked.match, asked.match_both_ways):
        with pytest.raises(EngineFailure, match="closed"):
            way({})


def test_a_matcher_of_no_rules_answers_nothing() -> None:
    asked = Matcher([], [], [])
    assert asked.match({}) == asked.match_both_ways({"a0": 1}) == ()
    asked.close()


def test_a_missing_library_is_said_in_words_that_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "durable_rules_engine", None)
    with pytest.raises(EngineFailure, match=r"CPPFLAGS=.* -m pip install"):
        Matcher([], [], [])


LOADED = """
import subprocess
import sys
from importlib.machinery import PathFinder

class Watch:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "durable_rules_engine":
            print("bound when called" if sys.getdlopenflags() & os.RTLD_LAZY else "bound at once")
            {then}
        return None

import os
sys.meta_path.insert(0, Watch)
usual = sys.getdlopenflags()
from engine.base.diagnostics import EngineFailure
from engine.core.rules.matcher import _durable_rules
try:
    _durable_rules()
except EngineFailure as failure:
    print(failure)
assert sys.getdlopenflags() == usual
"""


@pytest.mark.skipif(not hasattr(sys, "setdlopenflags"), reason="this system has no such flags")
@pytest.mark.parametrize(
    ("then", "shown"),
    [("", ""), ("raise ImportError('undefined symbol: X')", f"{sys.executable} -m pip install --force-reinstall")],
)
def test_a_function_that_python_removed_and_nobody_calls_keeps_nothing_from_loading(then: str, shown: str) -> None:
    code = LOADED.format(then=then)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, timeout=60, check=False)
    text = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    assert text.startswith("bound when called") and shown in text
    assert ("undefined symbol" in text) is bool(then)
