"""That two conditions come out alike is held against every state of knowledge of every value that rules tell apart."""

from itertools import product

import pytest
from support.small_regulation import vocabulary

from engine.core.policy.conditions import evaluate
from engine.core.policy.rules import AllOf, AnyOf, Comparison, Condition, Literals, NoneOf, Operand
from engine.core.policy.values import typed
from engine.proof.condition_steps import condition_steps
from engine.proof.sameness import Compared

VOCABULARY = vocabulary()
FACTS = VOCABULARY.facts


def is_(fact: str, value: object, operator: str = "is") -> Comparison:
    return Comparison(fact, operator, Literals((value,)))  # type: ignore[arg-type]


FOUND, MENDED = is_("fault.found", True), is_("fault.mended", True)
AMBER, GREEN = is_("mark.one", "amber", "at_least"), is_("mark.one", "green")
CONDITIONS: list[Condition] = [
    AllOf((FOUND, NoneOf((MENDED,)))),
    AnyOf((AllOf((FOUND, AMBER)), AllOf((FOUND, GREEN)), MENDED)),
    AnyOf((FOUND, NoneOf((FOUND,)))),
    AllOf((is_("mark.one", "red", "at_least"), AnyOf((GREEN, FOUND)))),
    NoneOf((FOUND, AnyOf((MENDED, is_("mark.one", "red"))))),
]


def ready(condition: Condition) -> Condition:
    match condition:
        case Comparison(fact=name, operand=Literals(values)):
            operand = Operand(tuple(typed(value, FACTS[name]) for value in values))
            return Comparison(name, condition.operator, operand)
        case AllOf(parts) | AnyOf(parts) | NoneOf(parts):
            return type(condition)(tuple(map(ready, parts)))
        case _:
            raise TypeError(condition)


def alike_by_trying(one: Condition, other: Condition) -> bool:
    known = {"fault.found": (True, False, None), "fault.mended": (True, False, None)}
    known |= {"mark.one": ("red", "amber", "green", None)}
    for values in product(*known.values()):
        stated = {name: value for name, value in zip(known, values, strict=True) if value is not None}
        if evaluate(one, FACTS, stated, {}) is not evaluate(other, FACTS, stated, {}):
            return False
    return True


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_step_is_alike_exactly_if_no_case_however_incomplete_comes_out_otherwise(condition: Condition) -> None:
    before = ready(condition)
    tried = [
        (ready(changed), alike_by_trying(before, ready(changed))) for _, changed in condition_steps(condition, FACTS)
    ]
    assert [Compared(VOCABULARY, before, after).alike for after, _ in tried] == [alike for _, alike in tried]
    assert any(not alike for _, alike in tried)


def test_what_is_known_of_the_whole_and_not_of_its_parts_tells_conditions_apart() -> None:
    bound = ready(is_("mark.one", "red", "at_least"))
    assert not Compared(VOCABULARY, None, bound).alike
    assert Compared(VOCABULARY, ready(GREEN), ready(is_("mark.one", "green", "at_least"))).alike
