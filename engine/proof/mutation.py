"""Tests that bite: each mutant of a regulation is run against the regulation's own tests, until one of them fails.

A mutant is `killed` by the first test that fails, `equivalent` if no case whatever tells it from the regulation,
`invalid` if a policies folder with it would be refused, and has `survived` otherwise. Only tests that can see a mutant
are run: those with a case for which a rule that it changed comes out otherwise, or is unknown.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from engine.base.diagnostics import Diagnostic, Location, Problems
from engine.base.yaml_text import read_yaml
from engine.core.judge.case import Case
from engine.core.judge.decision import Decided
from engine.core.judge.engine import across_cases
from engine.core.judge.record import Results
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.rules import Rule
from engine.core.policy.terms import Frozen, Text
from engine.load.policies.folders import test_files
from engine.load.policies.library import regulation_of
from engine.proof.equivalence import is_equivalent
from engine.proof.mutants import Mutant, loads
from engine.proof.mutated_world import Live, Setting, World
from engine.study.expectations import compare
from engine.study.policy_test import read_test
from engine.study.policy_test_cases import PolicyTest
from engine.study.suite import tests_of

Fate = Literal["killed", "equivalent", "survived", "invalid"]
_NAMES = re.compile(r"[a-z_][a-z0-9_]*")
_NOTHING_ACROSS = Results((), (), (), (), ())


class FailingTests(Exception):
    """A test fails by the regulation as it is: nothing can be learned from mutants before it passes."""


class Verdict(Frozen):
    """What became of a mutant: `test` is the name and the place of the one that killed it, `killing` a test that would
    kill one that survived, if one was found."""

    fate: Fate
    test: tuple[Text, Location] | None = None
    killing: Mapping[str, object] | None = None


@dataclass(eq=False)
class Trial:
    """One test with its cases, and what the loaded regulation decides in them."""

    test: PolicyTest
    cases: Sequence[Case]
    decided: Sequence[Decided]
    across: bool
    """Whether it expects something of quotas or links."""
    names: frozenset[str]
    """The names in what it expects."""

    def setting(self, case: Case) -> Setting:
        """What says which rules exist for a case."""
        return case.subject.kind, case.period_kind, tuple(sorted(self.test.switches.items()))

    @property
    def name(self) -> tuple[Text, Location]:
        """Its name and place."""
        return self.test.name, self.test.place


@dataclass(eq=False)
class Bench:
    """The tests of one regulation, ready to be run against its mutants."""

    library: Library
    regulation: Regulation
    world: World
    trials: Sequence[Trial]

    def judged(self, mutant: Mutant) -> Verdict:
        """What becomes of a mutant."""
        if not loads(self.library, mutant):
            return Verdict("invalid")
        run = MutantRun(self, mutant)
        name = mutant.about.rpartition(".")[2]
        for trial in sorted(self.trials, key=lambda trial: name not in trial.names):
            if run.fails(trial):
                return Verdict("killed", trial.name)
        if is_equivalent(self.library.vocabulary, self.regulation, mutant):
            return Verdict("equivalent")
        return Verdict("survived")


@dataclass(eq=False)
class MutantRun:
    """The tests of a bench against one mutant."""

    bench: Bench
    mutant: Mutant

    @cached_property
    def world(self) -> World:
        """The mutant's world."""
        touched = frozenset(id(old) for old, new in self.mutant.rules or () if old is new)
        return World(self._library, self.mutant.regulation, self.bench.world, touched)

    @cached_property
    def _library(self) -> Library:
        # Alone: quotas and links are worked out for every regulation of a library.
        return Library(self.bench.library.vocabulary, {self.mutant.regulation.id: self.mutant.regulation})

    @cached_property
    def _moves_groups(self) -> bool:
        before, after = self.bench.regulation, self.mutant.regulation
        fields = ("quotas", "links", "interpretations", "parameters")
        return any(getattr(before, name) is not getattr(after, name) for name in fields)

    def fails(self, trial: Trial) -> bool:
        """Does a test fail by the mutant?"""
        decided = [self.decided(trial, number) for number in range(len(trial.cases))]
        same = all(now is before for now, before in zip(decided, trial.decided, strict=True))
        if same and not (trial.across and self._moves_groups):
            return False
        expect = trial.test.data["expect"]
        results = across_cases(self._library, decided, (), trial.test.switches) if trial.across else _NOTHING_ACROSS
        first = replace(decided[0], results=self.results_of(trial.decided[0], decided[0]))
        return any(expected != got for _, expected, got in compare(expect, [first, *decided[1:]], results))

    def results_of(self, before: Decided, now: Decided) -> Mapping[str, bool | None]:
        """The results of rules, with those of rules that the mutant does not have: they ask nothing. A test does not
        kill a mutant by naming a rule that is no longer there."""
        gone = before.results.keys() - now.results.keys()
        roles = {rule.name: rule.role for rule in self.bench.world.rules.values() if rule.name in gone}
        return {**now.results, **{name: roles[name] == "criterion" for name in gone}}

    def decided(self, trial: Trial, number: int) -> Decided:
        """A case of a test as the mutant decides it; the same object as before if nothing in it can differ."""
        case, before = trial.cases[number], trial.decided[number]
        setting = trial.setting(case)
        if not self._differs(case, setting):
            return before
        return self.world.decide(case, setting)

    def _differs(self, case: Case, setting: Setting) -> bool:
        if self.mutant.rules is None:
            return self._changed_settings(setting) or any(
                self._status_differs(rule, rule, case) for rule in self._touched(setting)
            )
        return any(self._pair_differs(old, new, case, setting) for old, new in self.mutant.rules)

    def _pair_differs(self, old: Rule, new: Rule | None, case: Case, setting: Setting) -> bool:
        base = self.bench.world
        was = base.is_live(old, setting)
        now = new is not None and self.world.is_live(new, setting)
        if not (was and now):
            return was or now
        assert new is not None
        return self._status_differs(old, new, case)

    def _status_differs(self, old: Rule, new: Rule, case: Case) -> bool:
        before, after = self.bench.world.status(old, case), self.world.status(new, case)
        # What an unknown rule waits for may differ, and with it the range of grades.
        return before is None or before is not after

    def _changed_settings(self, setting: Setting) -> bool:
        before, after = self.bench.world.live(setting), self.world.live(setting)
        return _shape(before) != _shape(after)

    def _touched(self, setting: Setting) -> list[Rule]:
        return [rule for rule in self.world.live(setting).rules if id(rule) in self.world.touched]


def _shape(live: Live) -> tuple[object, ...]:
    names = [rule.name for rule in live.rules]
    ladder = live.ladder
    rungs = tuple((grade, tuple(names[number] for number in numbers)) for grade, numbers in ladder.rungs)
    return tuple(names), rungs, tuple((grade, names[number]) for grade, number in ladder.bars), ladder.otherwise


def benches(library: Library, folder: Path, only: Collection[str] = ()) -> Iterator[Bench]:
    """The tests of each regulation that has some, or of those named. Raises Problems if they cannot be read, and
    FailingTests."""
    trials: dict[str, list[Trial]] = {}
    worlds = {name: World(_alone(library, regulation), regulation) for name, regulation in library.regulations.items()}
    problems: list[Diagnostic] = []
    for file in test_files(folder):
        regulation = regulation_of(file, library, folder)
        if regulation is None or (only and regulation.id not in only):
            continue
        for test in tests_of(read_yaml(file), library, regulation, problems):
            cases, wrong = read_test(test)
            problems += wrong
            if not wrong:
                trials.setdefault(regulation.id, []).append(_trial(test, cases, worlds[regulation.id]))
    if problems:
        raise Problems(problems)
    for name, ready in trials.items():
        yield Bench(library, library.regulations[name], worlds[name], ready)


def _alone(library: Library, regulation: Regulation) -> Library:
    return Library(library.vocabulary, {regulation.id: regulation})


def _trial(test: PolicyTest, cases: Sequence[Case], world: World) -> Trial:
    expect = test.data["expect"]
    trial = Trial(test, cases, (), "quotas" in expect or "links" in expect, frozenset(_NAMES.findall(repr(expect))))
    trial.decided = [world.decide(case, trial.setting(case)) for case in cases]
    across = across_cases(world.library, trial.decided, (), test.switches) if trial.across else _NOTHING_ACROSS
    if any(expected != got for _, expected, got in compare(expect, trial.decided, across)):
        raise FailingTests
    return trial
