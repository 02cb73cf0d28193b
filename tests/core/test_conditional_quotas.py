"""Quotas that open cases or unknown reliefs leave open: the status and the figures of every way, against every
completion taken one by one; and the same in what is written for people."""

import io
import itertools
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from support.policies import all_policies
from support.regulation_366 import SPOTLESS
from support.small_regulation import library
from support.three_regulations import document
from support.workbooks import table

from engine.api import evaluate
from engine.core.judge.cohorts import Alike, QuotaCohort
from engine.core.judge.record import QuotaResult, Results
from engine.core.policy.rules import Comparison, Literals, Quota, Relief, Rule
from engine.population.cohorts import quotas as population_quotas
from engine.population.decider import Options
from engine.population.results import opened_results
from engine.population.run import Run
from engine.report.results import write
from engine.report.text import Layout
from engine.report.words import Words
from engine.report.xlsx.cases import write_workbook

WIDE = Layout(width=10_000)
WORDS = Words("vi", {})

LIBRARY = library()
SMALL = LIBRARY.regulations["small"]
GRADES = ["gold", "silver", "bronze", "tin"]
U = "undetermined"


def relief(name: str, asked: bool, **setting: Any) -> Relief:
    condition = Comparison("fault.found", "is", Literals((True,))) if asked else None
    bar = SMALL.ladders[0].bars[0].rule
    rule: Rule = replace(bar, id=name, name=f"r.{name}", role="relief", condition=condition, when=condition)
    return Relief(rule, **{"base_less_than": None, "at_most": None, "allowed": None} | setting)


RELIEFS = {
    "none": (),
    "asked": (relief("wide", True, at_most="beyond_percent"),),
    "small": (relief("few", False, base_less_than=3, allowed=1),),
    "asked, then small": (
        relief("wide", True, at_most="beyond_percent"),
        relief("few", False, base_less_than=3, allowed=2),
    ),
    "small if asked": (relief("few", True, base_less_than=4, allowed=2),),
    "two asked": (relief("few", True, base_less_than=3, allowed=3), relief("wide", True, at_most="beyond_percent")),
}  # fmt: skip


def result(members: Sequence[Alike], quota: Quota) -> QuotaResult:
    regulation = replace(SMALL, quotas=(quota,))
    return QuotaCohort(LIBRARY.vocabulary, regulation, {"strictness": "lenient"}, quota, "2024", (), members).result()


# --- a plain reading --------------------------------------------------------------------------------------------

Completed = tuple[int, int, int]
"""How many open cases get the grade, the count and the base."""


def completions(members: Sequence[Alike], quota: Quota) -> Iterator[Completed]:
    """Every way in which the grades of all the cases may come out."""
    each = []
    for one in members:
        ways: set[tuple[int, int]] = {(0, 0)} if one.perhaps_ungraded else set()
        for final, before in one.standing:
            for given in GRADES if U in (final, before) else [""]:
                last, first = (given if grade == U else grade for grade in (final, before))
                ways.add((int(last == quota.grade), int((first if quota.count == "initial" else last) in quota.of)))
        each.append([(gold, base, len(ways) > 1) for gold, base in ways])
    for taken in itertools.product(*each):
        yield (
            sum(gold for gold, _, is_open in taken if is_open),
            sum(gold for gold, _, _ in taken),
            sum(base for _, base, _ in taken),
        )


def worlds(members: Sequence[Alike], quota: Quota) -> list[frozenset[str]]:
    """The reliefs whose condition holds, for every way in which the unknown ones may turn out."""
    sure, unknown = set(), []
    for one in quota.relief:
        met = [each.reliefs.get(one.rule.name) for each in members] if one.rule.condition is not None else [True]
        if False not in met:
            (unknown.append if None in met else sure.add)(one.rule.name)
    subsets = itertools.chain.from_iterable(itertools.combinations(unknown, size) for size in range(len(unknown) + 1))
    return [frozenset(sure | set(those)) for those in subsets]


def limit(base: int, holding: frozenset[str], quota: Quota) -> int:
    percent, allowed = 20, 0
    for one in quota.relief:
        if one.rule.name in holding and (one.base_less_than is None or base < one.base_less_than):
            percent, allowed = (50 if one.at_most else 20), one.allowed or 0
            break
    share = Fraction(percent * base, 100)
    rounded = {"floor": floor(share), "half_up": floor(share + Fraction(1, 2)), "ceiling": ceil(share)}
    return max(rounded[str(quota.rounding)], allowed)


def ends(numbers: Sequence[int]) -> tuple[int, int]:
    return min(numbers), max(numbers)


STANDINGS = [
    {("gold", "gold")}, {("silver", "silver")}, {("tin", "tin")}, {(U, U)}, {("gold", "gold"), ("silver", "silver")},
    {("silver", "silver"), ("bronze", "bronze")}, {("silver", "silver"), (U, U)}, {("gold", "silver")},
    {(U, "silver")}, {("silver", U)}, {("gold", "gold"), ("tin", "gold")},
]  # fmt: skip


@pytest.mark.parametrize("reliefs", RELIEFS)
@pytest.mark.parametrize("seed", range(12))
def test_every_way_agrees_with_every_completion(reliefs: str, seed: int) -> None:
    chance = random.Random(f"{reliefs} {seed}")
    for _ in range(12):
        quota = replace(
            SMALL.quotas[0], relief=RELIEFS[reliefs], rounding=chance.choice(["floor", "half_up", "ceiling"]),
            count=chance.choice(["final", "initial"]), of=chance.choice([("silver",), ("gold", "silver")]),
        )  # fmt: skip
        settled, opened = STANDINGS[:3], STANDINGS[3:]
        drawn = [chance.choice(settled) for _ in range(chance.randint(0, 9))]
        drawn += [chance.choice(opened) for _ in range(chance.randint(0 if drawn else 1, 4))]
        members = [
            Alike(frozenset(one), chance.random() < 0.1, {f"r.{name}": chance.choice([True, True, True, None])
                  for name in ("wide", "few")}, {}, date(2024, 12, 31), 1, (f"T-{number}",))
            for number, one in enumerate(drawn)
        ]  # fmt: skip
        found = result(members, quota)
        every = list(completions(members, quota))
        lawful = {
            count <= limit(base, holding, quota) for _, count, base in every for holding in worlds(members, quota)
        }
        assert found.status == ("unknown" if len(lawful) > 1 else "within" if True in lawful else "exceeded")
        sure = worlds(members, quota)[0]
        assert found.limit == limit(found.base, sure, quota)
        assert found.excess == max(0, found.count - found.limit)
        assert bool(found.ways) == bool(found.waiting or found.may_relieve)
        told = [way.given for way in found.ways if way.relief is None]
        if told and told[-1] - told[0] < 6:
            assert told == sorted({given for given, _, _ in every})
        for way in found.ways:
            holding = sure | ({way.relief} if way.relief else set())
            such = [(count, base) for given, count, base in every if given == way.given]
            limits = [limit(base, holding, quota) for _, base in such]
            excess = [max(0, count - most) for (count, _), most in zip(such, limits, strict=True)]
            assert {count for count, _ in such} == {way.count}
            assert (way.base, way.limit, way.excess) == (ends([base for _, base in such]), ends(limits), ends(excess))
            assert way.status == ("within" if not max(excess) else "exceeded" if min(excess) else "unknown")


def test_of_many_ways_those_are_told_where_the_verdict_turns() -> None:
    silver = Alike(frozenset({("silver", "silver")}), False, {}, {}, date(2024, 12, 31), 100, ())
    opened = Alike(frozenset({(U, U)}), False, {}, {}, date(2024, 12, 31), 50_000, ())
    found = result([silver, opened], SMALL.quotas[0])
    assert [(way.given, way.status) for way in found.ways] == [
        (0, "within"), (20, "within"), (21, "unknown"), (8350, "unknown"), (8351, "exceeded"), (50_000, "exceeded"),
    ]  # fmt: skip
    assert (found.waiting, found.unsettled, found.status) == (50_000, (), "unknown")


# --- from cases to what people read -----------------------------------------------------------------------------


def member(number: int, facts: dict[str, Any], cohort: str = "nhóm A", **about: Any) -> Any:
    spotless = SPOTLESS["non_leader"] | facts
    subject = {"kind": "non_leader", "id": f"S-{number}", "cohort": cohort}
    return document(spotless, "non_leader", "2025-12-20", f"HS-{number}", subject=subject, **about)


def run(cases: list[tuple[int, dict[str, Any]]], **about: Any) -> tuple[QuotaResult, Results]:
    numbers = itertools.count(1)
    results = evaluate(
        all_policies(), [member(next(numbers), facts, **about) for many, facts in cases for _ in range(many)]
    )
    assert [one.diagnostics for one in results.rejected] == []
    (found,) = results.quotas
    return found, results


HIGHER = "unit.higher_share_decided"
OUTSTANDING = "unit.excellent_with_outstanding_results"
NO_RELIEF = {OUTSTANDING: False, HIGHER: False}
EXCELLENT = NO_RELIEF | {"score.common": 29, "score.results": 65}
GOOD = NO_RELIEF | {"score.common": 25, "score.results": 55}
GAP = EXCELLENT | {"tasks.exceeded": 0}
OPEN_RANGE = EXCELLENT | {"score.results": None}
MAYBE_EXEMPT = EXCELLENT | {"membership.exempt_from_work_and_activity": None}


@pytest.mark.parametrize(
    ("open_case", "figures"),
    [
        (GAP, [(0, 1, (5, 6), (0, 0), "within"), (1, 2, (5, 5), (1, 1), "exceeded")]),
        (OPEN_RANGE, [(0, 1, (5, 6), (0, 0), "within"), (1, 2, (5, 5), (1, 1), "exceeded")]),
        (MAYBE_EXEMPT, [(0, 1, (5, 5), (0, 0), "within"), (1, 2, (5, 5), (1, 1), "exceeded")]),
    ],
    ids=["undetermined", "range", "maybe not graded"],
)
def test_an_open_case_makes_a_quota_conditional(open_case: dict[str, Any], figures: list[tuple[Any, ...]]) -> None:
    found, results = run([(1, EXCELLENT), (5, GOOD), (1, open_case)])
    assert (found.status, found.unsettled, found.count, found.base) == ("unknown", ("HS-7",), 1, 5)
    assert [(one.given, one.count, one.base, one.excess, one.status) for one in found.ways] == figures
    for said in written(results):
        assert "có điều kiện" in said and "HS-7" in said and "1/1 hồ sơ còn chờ" in said and "– vượt 1" in said


def test_a_decided_grade_leaves_nothing_open() -> None:
    found, _ = run([(1, GAP), (5, MAYBE_EXEMPT)], grades={"decided": "good"})
    assert (found.status, found.waiting, found.base, found.ways) == ("within", 0, 6, ())


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({OUTSTANDING: None, HIGHER: None}, [OUTSTANDING, HIGHER]),
        ({OUTSTANDING: True, HIGHER: None}, [HIGHER]),
        ({OUTSTANDING: None, HIGHER: True}, [OUTSTANDING]),
        ({OUTSTANDING: False, HIGHER: None}, []),
    ],
)
def test_a_relief_that_is_unknown_is_not_counted(facts: dict[str, Any], missing: list[str]) -> None:
    found, results = run([(5, EXCELLENT | facts), (20, GOOD | facts)])
    assert (found.limit, found.excess, found.relief) == (4, 1, None)
    assert [one.fact.name for one in found.missing] == missing
    if not missing:
        assert (found.status, found.ways, found.may_relieve) == ("exceeded", (), ())
        return
    assert found.status == "unknown"
    assert [(one.limit, one.excess, one.status) for one in found.ways] == [
        ((4, 4), (1, 1), "exceeded"), ((5, 5), (0, 0), "within"),
    ]  # fmt: skip
    for said in written(results):
        assert all(name in said for name in missing) and "chưa rõ có được nới không" in said and "vượt 1" in said


def test_one_case_that_states_the_relief_does_not_speak_for_the_others() -> None:
    granted = {OUTSTANDING: True, HIGHER: True}
    found, _ = run([(5, EXCELLENT | granted), (19, GOOD | granted), (1, GOOD | {OUTSTANDING: True, HIGHER: None})])
    assert (found.limit, found.status, [one.fact.name for one in found.missing]) == (4, "unknown", [HIGHER])
    found, _ = run([(5, EXCELLENT | granted), (20, GOOD | granted)])
    assert found.relief is not None and (found.limit, found.status, found.may_relieve) == (5, "within", ())


def written(results: Results) -> Iterator[str]:
    """Text, HTML, and the row of the workbook about the quota."""
    for form in ("text", "html"):
        stream = io.StringIO()
        write(results, form, WORDS, stream, WIDE)
        yield stream.getvalue()
    book = io.BytesIO()
    write_workbook(results, WORDS, book)
    (row,) = table(openpyxl.load_workbook(book)["Tỷ lệ"])
    yield " | ".join(map(str, row.values()))


def test_a_population_counts_alike(tmp_path: Path) -> None:
    chance = random.Random(3)
    unit = [None, None, True, False]
    shapes = [EXCELLENT, *[GOOD] * 5, GAP, OPEN_RANGE, MAYBE_EXEMPT]

    def stated(cohort: int) -> dict[str, Any]:
        """What a case says of the reliefs: in some cohorts nothing against them."""
        if cohort < 4:
            return {OUTSTANDING: True, HIGHER: chance.choice([True, None])}
        return {OUTSTANDING: chance.choice([True, None]), HIGHER: chance.choice(unit) if cohort > 6 else None}

    members = [
        member(
            number,
            chance.choice(shapes) | stated(number % 10),
            f"nhóm {number % 10}",
            grades={"decided": chance.choice(["good", None, None]), "proposed": chance.choice(["good", None])},
        )
        for number in range(160)
    ]
    wanted = evaluate(all_policies(), members)
    one = Run(all_policies(), tmp_path / "run", Options())
    (tmp_path / "cases.ndjson").write_text("".join(as_line(each.data) for each in members), "utf-8")
    done = one.over([str(tmp_path / "cases.ndjson")])
    with opened_results(one, done) as results:
        found = list(population_quotas(results))
    assert sum(each.one_by_one for each in done) == 0
    # A population names nobody, and counts by the chosen readings alone.
    assert found == [replace(each, holders=(), unsettled=(), readings=()) for each in wanted.quotas]
    assert {each.status for each in found} >= {"unknown", "exceeded"}
    assert {len(each.missing) for each in found} >= {0, 1, 2} and any(
        each.waiting and each.may_relieve for each in found
    )


def as_line(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, default=float) + "\n"
