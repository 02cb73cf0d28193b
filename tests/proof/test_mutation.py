"""What becomes of mutants: by the fast way as by durable-rules, and never killed by what they lack."""

from dataclasses import replace
from functools import cache

import pytest
from support.policies import POLICIES, all_policies

from engine.core.policy.regulation import Library
from engine.load.cases.kinds import kinds_of_cases
from engine.proof import killing_groups
from engine.proof.equivalence import is_equivalent
from engine.proof.killing import killing_test, told
from engine.proof.mutants import Mutant, loads, mutants
from engine.proof.mutation import Bench, FailingTests, MutantRun, benches
from engine.study import policy_test, policy_test_cases
from engine.study.coverage import Tally
from engine.study.policy_test import failures
from engine.study.policy_test_cases import PolicyTest

NAMES_LESS = ("rule_dropped", "narrowed")
"""Steps after which a test that names a rule fails only because the rule is not there: that kills no mutant."""
LAYER, EXTENDED = "mau-tinh-a-2024", "qd-124-2023"


@cache
def bench_of(regulation: str) -> Bench:
    (bench,) = benches(all_policies(), POLICIES, [regulation])
    return bench


def mutants_of(bench: Bench) -> list[Mutant]:
    return list(mutants(bench.library, bench.regulation))


def by_durable_rules(bench: Bench, mutant: Mutant) -> list[str]:
    """The names of the tests that fail by the ordinary run of tests."""
    library = Library(bench.library.vocabulary, {bench.regulation.id: mutant.regulation})
    tested = policy_test_cases.Tested(library, mutant.regulation)
    failing = []
    with policy_test.TestEngine(library) as engine:
        for trial in bench.trials:
            test = PolicyTest(tested, trial.test.document, trial.test.path, trial.test.data)
            if failures(test, engine, Tally()):
                failing.append(trial.name[0])
    return failing


def test_the_fast_way_finds_the_tests_that_fail_by_durable_rules() -> None:
    bench = bench_of(LAYER)
    for mutant in mutants_of(bench):
        if mutant.step.key in NAMES_LESS:
            continue
        run = MutantRun(bench, mutant)
        assert [trial.name[0] for trial in bench.trials if run.fails(trial)] == by_durable_rules(bench, mutant)


def test_every_mutant_of_a_layer_is_killed_or_proved_equivalent() -> None:
    bench = bench_of(LAYER)
    fates = {bench.judged(mutant).fate for mutant in mutants_of(bench)}
    assert fates == {"killed", "equivalent"}


def test_a_survivor_comes_with_a_test_that_kills_it() -> None:
    whole = bench_of(LAYER)
    # With one test left nearly every mutant survives.
    bench = replace(whole, trials=whole.trials[:1])
    survivors = [mutant for mutant in mutants_of(bench) if bench.judged(mutant).fate == "survived"]
    assert len(survivors) > 10
    for mutant in survivors[::2]:
        data = killing_test(MutantRun(bench, mutant))
        assert data is not None, mutant.step
        sides = [(bench.regulation, False), (mutant.regulation, True)]
        for regulation, fails in sides if mutant.step.key != "rule_dropped" else sides[:1]:
            library = Library(bench.library.vocabulary, {regulation.id: regulation})
            example = bench.trials[0].test
            test = PolicyTest(
                policy_test_cases.Tested(library, regulation), example.document, example.path, {"name": "", **data}
            )
            with policy_test.TestEngine(library) as engine:
                assert bool(failures(test, engine, Tally())) is fails, (mutant.step, data)


def test_what_is_refused_when_it_is_read_is_no_mutant_that_tests_kill() -> None:
    bench = bench_of(EXTENDED)
    assumed = [mutant for mutant in mutants_of(bench) if mutant.step.key == "reading_dropped"]
    refused = [mutant for mutant in assumed if not loads(bench.library, mutant)]
    assert refused
    assert {bench.judged(mutant).fate for mutant in refused} == {"invalid"}


def test_no_case_of_the_tests_comes_to_anything_else_by_an_equivalent_mutant() -> None:
    bench = bench_of(EXTENDED)
    every = [mutant for mutant in mutants_of(bench) if loads(bench.library, mutant)]
    equivalent = [m for m in every if is_equivalent(bench.library.vocabulary, bench.regulation, m)]
    assert len(equivalent) > 50
    for mutant in equivalent[::12]:
        run = MutantRun(bench, mutant)
        for trial in bench.trials:
            for number, before in enumerate(trial.decided):
                assert told(run.decided(trial, number)) == told(before), mutant.step


@pytest.mark.parametrize(
    ("regulation", "about", "key", "equivalent"),
    [
        # A bar that another with as low a grade outdoes wherever it holds, and that other bar.
        ("qd-132-2018", "non_leader.bars.tasks_failed", "grade", True),
        ("qd-132-2018", "non_leader.bars.member_tasks_failed", "grade", False),
        # A gap whose cases are all barred under the further reading, and one whose cases are not.
        ("qd-366-2025", "collective.gaps.tasks_short_of_all", "reading_dropped", True),
        ("qd-366-2025", "collective.gaps.good_points_not_on_schedule", "reading_dropped", False),
        # A criterion that the better rung states itself, and one that contradicts it.
        ("qd-366-2025", "collective.good.all_tasks_completed", "inherited", True),
        ("qd-366-2025", "collective.good.good_points", "inherited", False),
        # A relief for kinds of subject that its quota does not count, and for fewer that it does.
        ("qd-366-2025", "quotas.excellent_share_with_heads.outstanding_organization", "widened", True),
        ("qd-366-2025", "quotas.excellent_share_with_heads.outstanding_organization", "narrowed", False),
    ],
)  # fmt: skip
def test_a_step_is_equivalent_only_if_no_outcome_depends_on_it(
    regulation: str, about: str, key: str, equivalent: bool
) -> None:
    library = all_policies()
    whole = library.regulations[regulation]
    steps = [mutant for mutant in mutants(library, whole) if (mutant.about, mutant.step.key) == (about, key)]
    assert {is_equivalent(library.vocabulary, whole, mutant) for mutant in steps} == {equivalent}


def test_nothing_is_learned_from_mutants_while_a_test_fails() -> None:
    library = all_policies()
    regulation = library.regulations[LAYER]
    triggers = tuple(replace(rule, condition=None) for rule in regulation.triggers)
    broken = replace(regulation, triggers=triggers)
    with pytest.raises(FailingTests):
        list(benches(replace(library, regulations={**library.regulations, LAYER: broken}), POLICIES, [LAYER]))


@pytest.mark.parametrize("regulation", ["qd-124-2023", "qd-132-2018", "qd-366-2025"])
def test_killing_tests_are_of_kinds_that_a_case_may_be_of(regulation: str) -> None:
    known = all_policies().regulations[regulation]
    for link in known.links:
        wider = replace(link, applies_to=())
        for tried in killing_groups._kinds(known, link, wider):
            assert set(tried) <= kinds_of_cases(known).keys()
