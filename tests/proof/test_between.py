"""Properties between a layer and the regulation below it: what z3 finds, evaluated by both."""

from support.policies import all_policies
from support.properties import written

from engine.api import evaluate
from engine.proof.prove import Proved, prove
from engine.proof.verdict import Fails, Holds

LAYER, BELOW = "mau-tinh-a-2024", "qd-124-2023"
PEOPLE = "applies_to: [non_leader]"


def proved(regulation: str, must: str) -> Proved:
    library = all_policies()
    item = written(library, regulation, must, PEOPLE)
    (answer,) = prove(library, library.regulations[regulation], [item], 60)
    return answer


def test_nobody_is_graded_better_under_the_layer() -> None:
    answer = proved(LAYER, f"{{between: {{regulation: {BELOW}, relation: at_least_as_strict}}}}")
    assert isinstance(answer.verdict, Holds)
    assert answer.verdict.effort.questions > 0


def test_who_is_graded_better_below_is_shown_by_the_smallest_case_that_both_evaluate() -> None:
    answer = proved(BELOW, f"{{between: {{regulation: {LAYER}, relation: at_least_as_strict}}}}")
    assert isinstance(answer.verdict, Fails)
    counterexample = answer.verdict.counterexample
    assert counterexample is not None
    below, layer = counterexample.cases
    assert len({*below.unusual, *layer.unusual}) == 1
    for shown, regulation in ((below, BELOW), (layer, LAYER)):
        results = evaluate(all_policies(), [shown.document], regulation=regulation, switches=counterexample.switches)
        (decision,) = results.decisions
        assert decision.grading is not None
        assert decision.grading.possible == shown.possible
    assert (below.possible, layer.possible) != (layer.possible, below.possible)


def test_they_grade_alike_but_for_the_cases_that_are_excepted() -> None:
    excepted = (
        "{any: [{fact: tasks.exceeded_percent, less_than: 60}, {fact: signs.complaint_letters, at_least: 1}, "
        "{fact: criteria.poor_overall, is: false}]}"
    )
    equal = f"{{between: {{regulation: {BELOW}, relation: equal, except: {excepted}}}}}"
    assert isinstance(proved(LAYER, equal).verdict, Holds)
    assert isinstance(proved(LAYER, equal.replace("at_least: 1", "at_least: 2")).verdict, Fails)
