"""What files of properties say, and what is refused in them."""

from collections import Counter

import pytest
from support.policies import POLICIES, all_policies
from support.properties import read, written

from engine.base.diagnostics import Diagnostic
from engine.core.policy.rules import Comparison
from engine.proof.properties import (
    Always,
    Between,
    Claim,
    Disjoint,
    Group,
    Independent,
    Monotone,
    Never,
    Outcomes,
    Reachable,
    Total,
    outcomes_named,
)
from engine.proof.reader import read_properties

REGULATION = "qd-124-2023"
GRADES = ("excellent", "good", "completed", "not_completed")
CLAIMS: dict[str, Claim] = {
    "{never: {outcome: good}}": Never(Outcomes(("good",))),
    "{never: {outcome: {at_least: good}}}": Never(Outcomes((), "good")),
    "{always: {outcome: [good, none]}}": Always(Outcomes(("good", "none"))),
    "{total: {}}": Total((), ()),
    "{total: {except: [poor_criteria]}}": Total(("poor_criteria",), ()),
    "{disjoint: {of: bars, except: [disciplined_in_year]}}": Disjoint("bars", ("individual.bars.disciplined_in_year",)),
    "{disjoint: {of: [criteria_poor, any_criterion_poor]}}": Disjoint(
        tuple(
            f"{ladder}.bars.{bar}"
            for bar in ("criteria_poor", "any_criterion_poor")
            for ladder in ("collective", "individual")
        ),
        (),
    ),
    "{monotone: {facts: [tasks.exceeded], more: never_worse}}": Monotone(("tasks.exceeded",), "never_worse"),
    "{independent: {facts: [subject.id, subject.unit, signs.disunity]}}":
        Independent(("subject.id", "subject.unit", "signs.disunity"), None),
    "{independent: {facts: [signs.disunity], of: disunity}}": Independent(("signs.disunity",), "triggers.disunity"),
    "{reachable: {grades: all}}": Reachable(None, (), ()),
    "{reachable: {rules: all, grades: [good], except: [disunity]}}": Reachable(("good",), None, ("triggers.disunity",)),
    "{between: {regulation: qd-132-2018, relation: equal}}": Between("qd-132-2018", "equal", None),
    "{group: {quota: excellent_share, holds: readings_differ_at_most, by: 2, up_to: 9}}": Group(
        "readings_differ_at_most", "excellent_share", None, 2, 9
    ),
    "{group: {link: head_not_above_unit, holds: never_above_linked}}": Group(
        "never_above_linked", None, "head_not_above_unit", None, None
    ),
}


@pytest.mark.parametrize("must", CLAIMS)
def test_each_claim_is_read(must: str) -> None:
    item = written(all_policies(), REGULATION, must)
    assert item.claim == CLAIMS[must]
    assert must.startswith(f"{{{item.kind}:")
    assert (item.name, item.layer) == ("one.properties.one", REGULATION)


def test_conditions_readings_and_known_failures_are_read_as_in_rules() -> None:
    item = written(
        all_policies(),
        REGULATION,
        "{never: {when: {fact: discipline.in_year, is: true}, outcome: good}}",
        "applies_to: [leader]\nperiods: [year]\nunder: {poor_criteria: [any_poor, all_poor]}\n"
        "known_failure: {when: {fact: discipline.remedied, is: true}, reason: {vi: Vì thế, en: Because}}",
    )
    assert isinstance(item.when, Comparison)
    assert item.when.fact == "discipline.in_year"
    assert (item.applies_to, item.periods) == (("leader",), ("year",))
    assert item.under[0].options == ("any_poor", "all_poor")
    assert item.known_failure is not None
    assert isinstance(item.known_failure.when, Comparison)
    assert item.known_failure.reason["en"] == "Because"


def test_a_part_of_the_scale_names_its_grades_and_nothing_off_the_scale() -> None:
    assert outcomes_named(Outcomes((), at_least="good"), GRADES) == {"excellent", "good"}
    assert outcomes_named(Outcomes((), at_most="completed"), GRADES) == {"completed", "not_completed"}
    assert outcomes_named(Outcomes(("none", "undetermined")), GRADES) == {"none", "undetermined"}


@pytest.mark.parametrize(
    ("must", "code", "suggestion"),
    [
        ("{never: {outcome: god}}", "grade/unknown", "good"),
        ("{never: {when: {fact: tasks.exceded, at_least: 1}, outcome: good}}", "fact/unknown", "tasks.exceeded"),
        ("{monotone: {facts: [tasks.exceded], more: never_worse}}", "fact/unknown", "tasks.exceeded"),
        ("{disjoint: {of: bars, except: [disciplined_in_yea]}}", "property/unknown-name", "disciplined_in_year"),
        ("{independent: {facts: [signs.disunity], of: disunit}}", "property/unknown-name", "disunity"),
        ("{independent: {facts: [signs.disunity], of: criteria_poor}}", "property/ambiguous-name", None),
        ("{total: {except: [poor_criterion]}}", "interpretation/unknown", "poor_criteria"),
        ("{between: {regulation: qd-132-2019, relation: equal}}", "regulation/unknown", "qd-132-2018"),
        ("{between: {regulation: qd-124-2023, relation: equal}}", "regulation/unknown", None),
        ("{group: {quota: excelent_share, holds: order_does_not_matter}}", "property/unknown-name", "excellent_share"),
        ("{always: {outcome: [excellent, good, completed, not_completed, undetermined, none]}}",
         "property/cannot-fail", None),
        ("{never: {when: {all: [{fact: tasks.exceeded, at_least: 3}, {fact: tasks.exceeded, at_most: 2}]}, outcome: "
         "good}}", "property/never-applies", None),
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused_and_what_was_meant_is_said(must: str, code: str, suggestion: str | None) -> None:
    (problem,) = read(all_policies(), REGULATION, must)
    assert isinstance(problem, Diagnostic)
    assert problem.code == code
    if suggestion is not None:
        assert dict(problem.arguments)["suggestion"] == suggestion


def test_the_policies_say_at_least_ten_properties_each_and_nothing_is_wrong_with_them() -> None:
    properties = read_properties(all_policies(), POLICIES)
    assert properties.problems == ()
    for items in properties.by_regulation.values():
        assert len(items) >= 10
        assert len(Counter(item.kind for item in items)) >= 5
        assert all(item.label["vi"] != item.label["en"] for item in items)
