"""Random small policies over few values, so that all of their cases can be made one by one."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from hypothesis import strategies as st

from engine.base.yaml_text import parse_yaml
from engine.core.policy.regulation import Library
from engine.core.policy.rules import (
    AllOf,
    AnyOf,
    Bar,
    Comparison,
    Condition,
    Criterion,
    EvidenceNamed,
    Fallback,
    Ladder,
    Literals,
    NoneOf,
    Reading,
    Role,
    Rule,
    Rung,
)
from engine.core.policy.terms import Source, Text, Value
from engine.load.policies.vocabulary import parse_vocabulary
from support.small_regulation import regulation as small

FACTS = """
kind: facts
id: facts
label: {vi: Từ vựng, en: Facts}
facts:
  fault: {type: boolean, label: {vi: Lỗi, en: Fault}, typical: false}
  days: {type: integer, label: {vi: Ngày, en: Days}, minimum: 0, maximum: 2, typical: 1}
  given: {type: integer, label: {vi: Giao, en: Given}, minimum: 0, maximum: 3, typical: 3}
  done: {type: integer, label: {vi: Xong, en: Done}, minimum: 0, maximum: 3, not_more_than: given, typical: 3}
  share:
    {type: number, unit: percent, label: {vi: Tỷ lệ, en: Share}, minimum: 0, maximum: 100,
     derived: {percent: {of: given, part: done}}}
  sum: {type: integer, label: {vi: Tổng, en: Sum}, minimum: 0, maximum: 4, derived: {sum: [days, done]}}
  mark:
    type: text
    one_of: {red: {vi: Đỏ, en: Red}, amber: {vi: Vàng, en: Amber}, green: {vi: Xanh, en: Green}}
    label: {vi: Dấu, en: Mark}
    typical: green
  tags: {type: set, one_of: {p: {vi: P, en: P}}, label: {vi: Nhãn, en: Tags}, typical: []}
"""
TEXT = Text("-", "-")
SOURCE = Source("small", "1", "stated")
LEAVES: list[Condition] = [
    Comparison("fault", "is", Literals((True,))),
    Comparison("fault", "is", Literals((False,))),
    *(Comparison("days", operator, Literals((value,))) for operator, value in (("at_least", 1), ("less_than", 2),
                                                                             ("is", 1), ("more_than", 0))),
    *(Comparison("share", operator, Literals((value,))) for operator, value in (
        ("at_least", 100), ("less_than", 50), ("more_than", 33), ("is_not", 0), ("at_most", 66))),
    *(Comparison("sum", operator, Literals((value,))) for operator, value in (("at_least", 3), ("at_most", 1))),
    *(Comparison("mark", operator, Literals((value,))) for operator, value in (
        ("at_least", "amber"), ("is", "green"), ("is_not", "red"))),
    Comparison("mark", "one_of", Literals(("red", "amber"))),
    Comparison("tags", "includes", Literals(("p",))),
    Comparison("given", "at_least", Literals((1,))),
    EvidenceNamed("done"),
]  # fmt: skip
CONDITIONS = st.recursive(
    st.sampled_from(LEAVES),
    lambda below: st.builds(
        lambda join, parts: join(tuple(parts)), st.sampled_from([AllOf, AnyOf, NoneOf]),
        st.lists(below, min_size=2, max_size=3),
    ),
    max_leaves=4,
)  # fmt: skip
UNDER: list[tuple[Reading, ...]] = [(), (), (), (Reading("strictness", ("strict",)),)]


def rule(identifier: str, role: Role, condition: Condition, under: tuple[Reading, ...]) -> Rule:
    return Rule(
        identifier, f"ladder.{identifier}", TEXT, SOURCE, role=role, applies_to=(), condition=condition,
        when=condition, under=under,
    )  # fmt: skip


@st.composite
def libraries(draw: st.DrawFn) -> Library:
    """A ladder of two rungs with bars, and maybe an exemption."""
    numbers = iter(range(100))

    def made(role: Role) -> Rule:
        return rule(f"r{next(numbers)}", role, draw(CONDITIONS), draw(st.sampled_from(UNDER)))

    def rung(grade: str) -> Rung:
        criteria = [Criterion(made("criterion"), draw(st.booleans())) for _ in range(draw(st.integers(1, 2)))]
        return Rung(grade, tuple(criteria))

    bars = tuple(Bar(made("bar"), draw(st.sampled_from(["bronze", "tin"]))) for _ in range(draw(st.integers(0, 2))))
    otherwise = Fallback("otherwise", "ladder.otherwise", TEXT, SOURCE, grade=draw(st.sampled_from([None, "tin"])))
    ladder = Ladder("ladder", TEXT, (), (rung("gold"), rung("silver")), bars, otherwise)
    exemptions = (made("exemption"),) if draw(st.booleans()) else ()
    regulation = replace(
        small(), ladders=(ladder,), exemptions=exemptions, triggers=(made("trigger"),), parameters={}, quotas=()
    )
    return Library(parse_vocabulary(parse_yaml("facts.yaml", FACTS)), {regulation.id: regulation})


def every_case() -> Iterator[Mapping[str, Value]]:
    """What every case that can be stated states; evidence as `evidence.<fact>`."""
    values: dict[str, list[Any]] = {
        "fault": [False, True], "days": [0, 1, 2], "given": [0, 1, 2, 3], "done": [0, 1, 2, 3],
        "mark": ["red", "amber", "green"], "tags": [frozenset(), frozenset({"p"})], "evidence.done": [False, True],
    }  # fmt: skip
    for chosen in product(*values.values()):
        yield dict(zip(values, chosen, strict=True))
