"""Of which kinds of subject a case may be."""

import pytest
from support.policies import all_policies

from engine.load.cases.kinds import kinds_of_cases


@pytest.mark.parametrize("regulation", ["qd-124-2023", "qd-132-2018", "qd-366-2025"])
def test_kinds_that_others_divide_between_them_are_not_those_of_cases(regulation: str) -> None:
    offered = list(kinds_of_cases(all_policies().regulations[regulation]))
    collectives = ["organization", "leadership_collective", "party_organization"]
    individuals = ["leader", "head", "non_leader"] + (["outside_member"] if regulation == "qd-366-2025" else [])
    assert offered == [*collectives, *individuals]
