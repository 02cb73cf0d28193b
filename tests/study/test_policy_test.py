"""The cases of tests are decided as the cases of people are, though all rules of a regulation are compiled together."""

from support import ROOT
from support.policies import all_policies

from engine.base.yaml_text import read_yaml
from engine.core.judge.engine import Engine
from engine.study.policy_test import TestEngine, read_test
from engine.study.policy_test_cases import PolicyTest
from engine.study.policy_test_cases import Tested as RegulationTested  # pytest collects what begins with Test


def test_a_case_is_decided_as_by_the_rules_compiled_for_it_alone() -> None:
    library = all_policies()
    tested = RegulationTested(library, library.regulations["qd-124-2023"])
    document = read_yaml(ROOT / "policies" / "qd-124-2023" / "grades" / "collective.test.yaml")
    tests = [PolicyTest(tested, document, ("tests", n), data) for n, data in enumerate(document.data["tests"])]
    switched = [test for test in tests if test.switches][:3]
    with TestEngine(library) as together:
        for test in (*tests[:3], *switched):
            (case, *_), problems = read_test(test)
            assert not problems
            with Engine(library, test.switches, verify=True) as alone:
                assert together.decide(case, test.switches)[1] == alone.decide(case), test.data["name"]
    assert len(switched) == 3
