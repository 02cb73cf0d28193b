"""The smallest changes that reach a better grade, and what settles a range, against trying everything."""

from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.small_regulation import document, library

from engine.core.judge.case import Case
from engine.core.judge.decision import Decided
from engine.core.judge.engine import Engine
from engine.core.policy.regulation import Library
from engine.core.policy.terms import Value
from engine.load.cases.reading import CaseReader
from engine.study.whatif import ChangeSet, WaysUp, settling, ways_up

LIBRARY = library()
VALUES: dict[str, list[Any]] = {
    "work.given": [0, 4, 10],
    "work.done": [0, 4, 5, 9, 10],
    "work.extra": [0, 2, 5, 6, 10],
    "mark.one": ["red", "amber", "green"],
    "mark.two": ["red", "amber", "green"],
    "fault.found": [False, True],
    "fault.mended": [False, True],
    "tags": [[], ["p"]],
    "leave.months": [0, 4],
}
GRADES = ["gold", "silver", "bronze", "tin"]


def decided(facts: dict[str, Any], evidence: list[str], engine: Engine) -> Decided | None:
    case = CaseReader(engine.library).read(document(facts, evidence), None, {})
    return engine.decide(case) if isinstance(case, Case) else None


def grade(facts: dict[str, Any], evidence: list[str], engine: Engine) -> str | None:
    one = decided(facts, evidence, engine)
    if one is None or one.decision.grading is None:
        return None
    return one.decision.grading.grade or "undetermined"


def found(facts: dict[str, Any], evidence: list[str], engine: Engine) -> WaysUp:
    one = decided(facts, evidence, engine)
    assert one is not None
    return ways_up(engine.judge(one.case), one.case)


def applied(facts: dict[str, Any], evidence: list[str], changes: ChangeSet) -> tuple[dict[str, Any], list[str]]:
    after, named = dict(facts), evidence
    for change in changes.changes:
        if change.evidence:
            named = ["1"] if change.after else []
        else:
            value: Value = change.after
            after[change.fact] = sorted(value) if isinstance(value, frozenset) else value
    return {name: value if not hasattr(value, "numerator") else plain(value) for name, value in after.items()}, named


def plain(value: Any) -> Any:
    return value if isinstance(value, bool) else int(value) if value.denominator == 1 else float(value)


complete = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VALUES.items()})


@settings(max_examples=80)
@given(facts=complete, evidence=st.sampled_from([[], ["1"]]))
def test_no_smaller_change_reaches_a_better_grade_and_each_one_found_does(
    facts: dict[str, Any], evidence: list[str]
) -> None:
    with Engine(LIBRARY) as engine:
        now = grade(facts, evidence, engine)
        if now is None or facts["work.given"] == 0:
            return
        better = GRADES[: GRADES.index(now)] if now in GRADES else GRADES[:-1]
        up = found(facts, evidence, engine)
        size = len(up.sets[0].changes) if up.sets else 3
        for one in up.sets:
            assert len(one.changes) == size
            assert grade(*applied(facts, evidence, one), engine) == one.reaches
            assert one.reaches in better
        choices: dict[str, list[Any]] = {**VALUES, "evidence": [[], ["1"]]}
        for fewer in range(1, min(size, 3)):
            for names in combinations(choices, fewer):
                for values in product(*(choices[name] for name in names)):
                    tried = {**facts, "evidence": evidence, **dict(zip(names, values, strict=True))}
                    named = tried.pop("evidence")
                    assert grade(tried, named, engine) not in better, (names, values)


def test_every_smallest_set_is_named_once_and_the_nearest_value_is_shown() -> None:
    facts = {
        "work.given": 10, "work.done": 10, "work.extra": 3, "mark.one": "green", "mark.two": "green",
        "fault.found": False, "fault.mended": False, "tags": ["p"], "leave.months": 0,
    }  # fmt: skip
    with Engine(LIBRARY) as engine:
        up = found(facts, ["1"], engine)
        assert [(one.reaches, [(each.fact, each.after) for each in one.changes]) for one in up.sets] == [
            ("gold", [("work.extra", 5)])
        ]
        assert (up.blocked_by, up.complete) == ((), True)
        best = found({**facts, "work.extra": 6}, ["1"], engine)
        assert best == WaysUp((), (), True)


def fixed(*names: str) -> Library:
    from dataclasses import replace

    facts = {name: replace(fact, changeable=name not in names) for name, fact in LIBRARY.vocabulary.facts.items()}
    return replace(LIBRARY, vocabulary=replace(LIBRARY.vocabulary, facts=facts))


def test_what_has_happened_is_never_proposed_and_is_named_where_it_blocks_the_way() -> None:
    facts = {
        "work.given": 10, "work.done": 10, "work.extra": 6, "mark.one": "green", "mark.two": "green",
        "fault.found": True, "fault.mended": False, "tags": ["p"], "leave.months": 0,
    }  # fmt: skip
    with Engine(fixed("fault.found")) as engine:
        up = found(facts, ["1"], engine)
        assert [[each.fact for each in one.changes] for one in up.sets] == [["fault.mended"]]
    with Engine(fixed("fault.found", "fault.mended")) as engine:
        up = found(facts, ["1"], engine)
        assert up == WaysUp((), ("ladder.bronze.no_fault",), True)


def test_the_fact_that_settles_most_comes_first_with_what_each_value_leaves() -> None:
    facts = {
        "work.given": 10, "work.done": 10, "mark.one": "green", "mark.two": "green", "fault.mended": False,
        "tags": ["p"], "leave.months": 0,
    }  # fmt: skip
    with Engine(LIBRARY) as engine:
        one = decided(facts, ["1"], engine)
        assert one is not None and one.decision.grading is not None
        missing = [(each.fact.name, each.evidence) for each in one.decision.grading.missing]
        order = settling(engine.judge(one.case), one.case, missing)
        assert [each.fact for each in order] == ["fault.found", "work.extra"]
        for each in order:
            for value, left in each.leaves:
                after = decided({**facts, each.fact: plain(value)}, ["1"], engine)
                assert after is not None and after.decision.grading is not None
                assert after.decision.grading.possible == left


@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_explanation_shows_every_condition_nested_as_it_is_written(language: str) -> None:
    import io

    from engine.report.explain import write_explanations
    from engine.report.text import Layout
    from engine.study.explain import explain

    facts = {
        "work.given": 10, "work.done": 10, "work.extra": 3, "mark.one": "green", "mark.two": "red",
        "fault.found": False, "fault.mended": False, "tags": ["p"], "leave.months": 0,
    }  # fmt: skip
    with Engine(LIBRARY) as engine:
        one = decided(facts, ["1"], engine)
        assert one is not None
        stream = io.StringIO()
        explanation = explain(engine.judge(one.case), one.case, one.decision)
        write_explanations([explanation], language, stream, documents={}, layout=Layout())
    expected = {
        "vi": "    ✗ Dấu [small, mục 1]\n        ✗ tất cả:\n          ✓ Dấu một: Xanh (điều kiện: ít nhất Vàng)\n"
        "          ✗ Dấu hai: Đỏ (điều kiện: ít nhất Vàng)\n",
        "en": "    ✗ Marks [small, mục 1]\n        ✗ all of:\n          ✓ Mark one: Green (asked: at least Amber)\n"
        "          ✗ Mark two: Red (asked: at least Amber)\n",
    }
    assert expected[language] in stream.getvalue()
