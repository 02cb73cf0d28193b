"""Quotas and links: worked numbers, every way of counting against a plain reading, and cases not yet settled."""

import itertools
from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import ceil, floor

import pytest
from support.small_regulation import SOURCE, library

from engine.core.judge.case import Case, Subject
from engine.core.judge.decision import Decided
from engine.core.judge.engine import Engine, across_cases
from engine.core.judge.record import LinkResult, QuotaResult
from engine.core.policy.terms import Text
from engine.core.policy.values import typed
from engine.load.cases.derived import derivation_order, with_derived

LIBRARY = library()
TYPICAL = {name: typed(f.typical, f) for name, f in LIBRARY.vocabulary.facts.items() if f.typical is not None}
VALUES = with_derived(TYPICAL, LIBRARY.vocabulary, derivation_order(LIBRARY.vocabulary))

LINKS = f"""
kind: links
id: links
label: {{vi: Ràng buộc, en: Links}}
applies_to: [person]
links:
  - id: not_above_body
    label: {{vi: Không cao hơn, en: Not above}}
    to: heads
    must: {{grade: not_above}}
    {SOURCE}
  - id: after_body
    label: {{vi: Sau tập thể, en: After the body}}
    to: heads
    must: {{order: not_before}}
    {SOURCE}
"""


def case(number: int, grades: dict[str, str], subject: Subject | None = None, day: date | None = None) -> Case:
    return Case(
        case_id=f"T-{number}",
        file="t.json",
        regulation="small",
        chosen_because=Text("thử", "a test"),
        period="2024",
        period_key="2024",
        as_of=date(2024, 12, 31),
        subject=subject or Subject("person", f"S-{number}", None, "nhóm A", {}),
        values=VALUES,
        evidence={"mark.one": ("sản phẩm",)},
        covered=None,
        grades=grades,
        decided_on=day,
        input_hash="",
    )


def decide(cases: list[Case], *more: str) -> tuple[list[Decided], tuple[QuotaResult, ...], tuple[LinkResult, ...]]:
    one = library(*more)
    with Engine(one, {}, verify=True) as engine:
        decided = [engine.decide(each) for each in cases]
    results = across_cases(one, decided, (), {})
    return decided, results.quotas, results.links


def cohort(gold: int, silver: int, **quota: object) -> QuotaResult:
    """A cohort with so many decided gold and silver, under the small quota changed by `quota`."""
    grades = ["gold"] * gold + ["silver"] * silver
    cases = [case(number, {"proposed": grade, "decided": grade}) for number, grade in enumerate(grades)]
    with Engine(LIBRARY, {}) as engine:
        decided = [engine.decide(each) for each in cases]
    regulation = LIBRARY.regulations["small"]
    changed = replace(regulation, quotas=(replace(regulation.quotas[0], **quota),))  # type: ignore[arg-type]
    (result,) = across_cases(replace(LIBRARY, regulations={"small": changed}), decided, (), {}).quotas
    return result


@pytest.mark.parametrize(
    ("gold", "silver", "limit", "excess", "greatest", "status"),
    [
        (6, 24, 4, 2, 5, "exceeded"),
        (5, 25, 5, 0, 5, "within"),
        (1, 3, 0, 1, 0, "exceeded"),
        (1, 4, 0, 1, 0, "exceeded"),
        (1, 5, 1, 0, 1, "within"),
        (2, 11, 2, 0, 2, "within"),
        (3, 10, 2, 1, 2, "exceeded"),
        (5, 0, 0, 5, 0, "exceeded"),
        (6, 0, 0, 6, 1, "exceeded"),
    ],
)
def test_twenty_percent_of_silver_on_final_grades(
    gold: int, silver: int, limit: int, excess: int, greatest: int, status: str
) -> None:
    result = cohort(gold, silver)
    assert (result.count, result.base, result.limit) == (gold, silver, limit)
    assert (result.excess, result.greatest_lawful, result.status) == (excess, greatest, status)
    assert len(result.holders) == gold


@pytest.mark.parametrize("rounding", ["floor", "half_up", "ceiling"])
@pytest.mark.parametrize("of", [("silver",), ("gold", "silver")])
@pytest.mark.parametrize("count", ["final", "initial"])
def test_every_way_of_counting_agrees_with_a_plain_reading(rounding: str, of: tuple[str, ...], count: str) -> None:
    rounded = {"floor": floor, "half_up": lambda x: floor(x + Fraction(1, 2)), "ceiling": ceil}[rounding]

    def lawful(gold: int, base: int) -> bool:
        return gold <= rounded(Fraction(20 * base, 100))

    for gold, silver in itertools.product(range(4), range(9)):
        if not gold + silver:
            continue
        result = cohort(gold, silver, rounding=rounding, of=of, count=count)
        base = silver + (gold if "gold" in of else 0)
        assert result.base == base
        assert result.status == ("within" if lawful(gold, base) else "exceeded")

        def moved(kept: int, gold: int = gold, silver: int = silver, base: int = base) -> int:
            fallen = silver + gold - kept + (kept if "gold" in of else 0)
            return base if count == "initial" else fallen

        assert result.greatest_lawful == max(k for k in range(gold + 1) if k == 0 or lawful(k, moved(k)))


def test_an_unsettled_case_leaves_the_quota_open_only_where_it_decides() -> None:
    open_facts = {name: value for name, value in VALUES.items() if name != "leave.months" and "extra" not in name}
    unsettled = replace(case(99, {}), values=open_facts)
    for gold, silver, status in [(1, 4, "unknown"), (1, 12, "within"), (3, 4, "exceeded"), (1, 5, "unknown")]:
        cases = [case(number, {"decided": "gold" if number < gold else "silver"}) for number in range(gold + silver)]
        decided, (result,), _ = decide([*cases, unsettled])
        grading = decided[-1].decision.grading
        assert grading is not None and {"gold", "silver"} <= set(grading.possible)
        assert (result.status, result.unsettled) == (status, ("T-99",))


def test_without_a_decision_the_grade_that_the_facts_support_is_counted() -> None:
    _, (result,), _ = decide([case(number, {}) for number in range(3)])
    assert (result.count, result.base, result.status) == (3, 0, "exceeded")


def test_cohorts_are_counted_apart_and_a_case_without_one_is_named() -> None:
    subjects = [Subject("person", f"S-{n}", None, name, {}) for n, name in enumerate(["nhóm A", "nhóm B", None])]
    one = library()
    with Engine(one, {}) as engine:
        decided = [engine.decide(case(n, {"decided": "gold"}, subject)) for n, subject in enumerate(subjects)]
    results = across_cases(one, decided, (), {})
    assert [quota.cohort for quota in results.quotas] == [
        (("subject.cohort", "nhóm A"),),
        (("subject.cohort", "nhóm B"),),
    ]
    assert results.ungrouped == (("quotas.gold_share", "T-2"),)


@pytest.mark.parametrize(
    ("mine", "theirs", "status"),
    [("gold", "silver", "broken"), ("silver", "silver", "kept"), ("bronze", "silver", "kept")],
)
def test_a_head_may_not_stand_above_the_body(mine: str, theirs: str, status: str) -> None:
    head = Subject("person", "S-1", None, None, {"heads": ("U-1",)})
    body = Subject("team", "U-1", None, None, {})
    _, _, found = decide([case(1, {"decided": mine}, head), case(2, {"decided": theirs}, body)], LINKS)
    link = next(one for one in found if one.link.name == "links.not_above_body")
    assert (link.status, link.other_case, link.grade, link.other_grade) == (status, "T-2", mine, theirs)


@pytest.mark.parametrize(
    ("mine", "theirs", "status"),
    [
        (date(2024, 12, 20), date(2024, 12, 21), "broken"),
        (date(2024, 12, 21), date(2024, 12, 21), "kept"),
        (date(2024, 12, 22), date(2024, 12, 21), "kept"),
        (None, date(2024, 12, 21), "unknown"),
    ],
)
def test_the_order_of_decisions_is_compared_by_day(mine: date | None, theirs: date, status: str) -> None:
    head = Subject("person", "S-1", None, None, {"heads": ("U-1",)})
    body = Subject("team", "U-1", None, None, {})
    _, _, found = decide([case(1, {"decided": "gold"}, head, mine), case(2, {"decided": "gold"}, body, theirs)], LINKS)
    assert next(one.status for one in found if one.link.name == "links.after_body") == status


def test_a_link_to_a_case_that_is_not_there_is_unknown() -> None:
    head = Subject("person", "S-1", None, None, {"heads": ("U-9",)})
    _, _, found = decide([case(1, {"decided": "gold"}, head)], LINKS)
    assert {one.status for one in found} == {"unknown"}
    assert {one.other_case for one in found} == {None}
