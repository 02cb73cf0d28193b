"""What a new case is offered."""

import pytest
from support.policies import all_policies

from engine.load.cases.blank import graded_kinds, offered_kinds


@pytest.mark.parametrize("regulation", ["qd-124-2023", "qd-132-2018", "qd-366-2025"])
def test_kinds_that_others_divide_between_them_are_not_offered(regulation: str) -> None:
    offered = list(offered_kinds(all_policies().regulations[regulation]))
    collectives = ["organization", "leadership_collective", "party_organization"]
    individuals = ["leader", "head", "non_leader"] + (["outside_member"] if regulation == "qd-366-2025" else [])
    assert offered == [*collectives, *individuals]
    assert set(offered) <= graded_kinds(all_policies().regulations[regulation]).keys()
