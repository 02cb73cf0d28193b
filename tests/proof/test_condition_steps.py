"""The steps from a condition to its neighbours."""

from support.small_regulation import vocabulary

from engine.core.policy.conditions import operand_value
from engine.core.policy.rules import AllOf, AnyOf, Comparison, Condition, Literals, NoneOf
from engine.proof.condition_steps import condition_steps, one_step, shown

FACTS = vocabulary().facts
GIVEN = Comparison("work.given", "at_least", Literals((10,)))
MARK = Comparison("mark.one", "is", Literals(("amber",)))
TAGS = Comparison("tags", "includes_any", Literals(("p",)))


def written(condition: Condition) -> str:
    match condition:
        case AllOf(parts):
            return f"all({', '.join(map(written, parts))})"
        case AnyOf(parts):
            return f"any({', '.join(map(written, parts))})"
        case NoneOf(parts):
            return f"none({', '.join(map(written, parts))})"
        case _:
            return shown(condition)


def steps(condition: Condition) -> set[str]:
    return {written(changed) for _, changed in condition_steps(condition, FACTS)}


def test_a_threshold_moves_by_one_to_both_sides_and_its_operator_to_its_neighbour() -> None:
    assert steps(GIVEN) == {"work.given more_than 10", "work.given at_least 9", "work.given at_least 11"}


def test_an_option_moves_to_the_options_beside_it_and_is_taken_for_a_bound() -> None:
    assert steps(MARK) == {
        "mark.one is_not amber", "mark.one at_least amber", "mark.one at_most amber",
        "mark.one is red", "mark.one is green",
    }  # fmt: skip


def test_a_list_loses_and_gains_a_member() -> None:
    assert steps(TAGS) == {"tags includes_any [p, q]"}
    both = Comparison("tags", "includes_any", Literals(("p", "q")))
    assert steps(both) == {"tags includes_all [p, q]", "tags includes_any [q]", "tags includes_any [p]"}


def test_a_group_loses_each_part_and_changes_how_it_joins_them() -> None:
    yes = Comparison("fault.found", "is", Literals((True,)))
    assert {"any(fault.found is true, work.given at_least 10)", "fault.found is true", "work.given at_least 10"} <= {
        text.removeprefix("all(").removesuffix(")") if text.startswith("all(") and "," not in text else text
        for text in steps(AllOf((yes, GIVEN)))
    }
    assert "none(all(fault.found is true, work.given at_least 10))" in steps(NoneOf((yes, GIVEN)))
    assert "any(fault.found is true)" in steps(NoneOf((yes,)))


def test_no_step_leaves_the_bounds_of_a_fact() -> None:
    fact = FACTS["work.done_percent"]
    assert one_step(100, fact) == [99]
    assert one_step(0, fact) == [1]
    assert all(operand_value(value, fact) is not None for value in one_step(50, fact))
