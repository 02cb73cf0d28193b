"""Of which kinds of subject a case may be."""

import pytest
from support.policies import all_policies

from engine.base.json_text import parse_json
from engine.load.cases.careful import parse_case
from engine.load.cases.kinds import kinds_of_cases


@pytest.mark.parametrize("regulation", ["qd-124-2023", "qd-132-2018", "qd-366-2025"])
def test_kinds_that_others_divide_between_them_are_not_those_of_cases(regulation: str) -> None:
    offered = list(kinds_of_cases(all_policies().regulations[regulation]))
    collectives = ["organization", "leadership_collective", "party_organization"]
    individuals = ["leader", "head", "non_leader"] + (["outside_member"] if regulation == "qd-366-2025" else [])
    assert offered == [*collectives, *individuals]


def test_an_unknown_kind_is_answered_with_those_that_a_case_may_be_of() -> None:
    """A kind that others divide between them would be refused next."""
    case = '{"case_id": "A", "period": "2024", "as_of": "2024-12-31", "subject": {"kind": "individul"}, "facts": {}}'
    _, problems = parse_case(parse_json("a.json", case), all_policies())
    helps = [problem.help("en") for problem in problems if problem.code == "kind/unknown"]
    assert len(helps) == 1
    assert ": organization, leadership_collective, party_organization, leader, head, non_leader" in helps[0]
    assert "individual" not in helps[0]
