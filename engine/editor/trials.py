"""What the tests and cases of a workspace try: which tests make a rule hold or fail, and which cases it decides.

Tests and cases are decided by the engine itself, so this runs beside the answers to an editor and in one thread."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.base.diagnostics import EngineFailure, Problems
from engine.base.documents import Document
from engine.core.judge.case import Case
from engine.core.judge.engine import Engine
from engine.core.judge.record import Decision, RuleResult
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Text, Vocabulary
from engine.editor.workspace import Workspace, is_case, is_tests
from engine.load.cases.careful import parse_case
from engine.load.policies.library import regulation_of
from engine.study.coverage import Tally, ThresholdCoverage, threshold_coverage
from engine.study.policy_test import Failure, TestEngine, failures, read_test
from engine.study.suite import tests_of


@dataclass(frozen=True)
class TestTried:
    """One test: its file, its name and line, what it did not meet, and how each rule came out in some case of it."""

    __test__ = False

    path: Path
    name: Text
    line: int
    failed: tuple[Failure, ...]
    results: Mapping[str, frozenset[bool | None]]


@dataclass(frozen=True)
class Tried:
    """Everything that was tried of one regulation. `cases`: for each rule the case files that it decides."""

    regulation: str
    tests: tuple[TestTried, ...]
    thresholds: tuple[ThresholdCoverage, ...]
    cases: Mapping[str, tuple[Path, ...]]

    def reaching(self, rule: str) -> tuple[list[TestTried], list[TestTried]]:
        """The tests in which a rule (by its full name) holds, and those in which it fails."""
        holding = [test for test in self.tests if True in test.results.get(rule, ())]
        failing = [test for test in self.tests if False in test.results.get(rule, ())]
        return holding, failing


def try_out(workspace: Workspace, regulations: Collection[str]) -> Mapping[str, Tried]:
    """What is tried of some regulations, by their ids; nothing while there are mistakes. What did not change since the
    last time is not run again."""
    now = workspace.draft
    if now.library is None or any(problem.severity == "error" for problem in now.problems):
        return {}
    return {name: _tried(workspace, now.library, name) for name in now.library.regulations if name in regulations}


def _tried(workspace: Workspace, library: Library, name: str) -> Tried:
    regulation, files = library.regulations[name], workspace.files.values()
    tests = [
        file.document
        for file in files
        if is_tests(file.path) and file.document is not None
        and regulation_of(file.path, library, workspace.folder) is regulation
    ]  # fmt: skip
    cases = [document for file in files if is_case(file.path) for document in file.documents]
    tried = workspace.memory.once(_run, library.vocabulary, regulation, *tests)
    decided = workspace.memory.once(_decided, library, name, *cases)
    return Tried(name, tried.tests, tried.thresholds, decided)


def _run(vocabulary: Vocabulary, regulation: Regulation, *documents: Document) -> Tried:
    library, tally = Library(vocabulary, {regulation.id: regulation}), Tally()
    tests: list[TestTried] = []
    with TestEngine(library) as engine:
        for document in documents:
            for test in tests_of(document, library, regulation, []):
                try:
                    failed = tuple(failures(test, engine, tally))
                    results = _results(engine, read_test(test)[0], test.switches)
                except (Problems, EngineFailure):
                    continue
                tests.append(TestTried(Path(document.file), test.name, test.place.line, failed, results))
    return Tried(regulation.id, tuple(tests), threshold_coverage(regulation, vocabulary, tally), {})


def _results(
    engine: TestEngine, cases: Sequence[Case], switches: Mapping[str, str]
) -> dict[str, frozenset[bool | None]]:
    results: dict[str, frozenset[bool | None]] = {}
    for case in cases:
        for rule, status in engine.decide(case, switches)[1].results.items():
            results[rule] = results.get(rule, frozenset()) | {status}
    return results


def _decided(library: Library, name: str, *documents: Document) -> dict[str, tuple[Path, ...]]:
    """For each rule of a regulation the cases that it decides."""
    decided: dict[str, tuple[Path, ...]] = {}
    with Engine(library) as engine:
        for document in documents:
            case, problems = parse_case(document, library)
            if case is None or problems or case.regulation != name:
                continue
            try:
                decision = engine.decide(case).decision
            except (Problems, EngineFailure):
                continue
            for rule in dict.fromkeys(result.rule.name for result in deciding(decision)):
                decided[rule] = (*decided.get(rule, ()), Path(document.file))
    return decided


def deciding(decision: Decision) -> Iterator[RuleResult]:
    """The rules that make a decision what it is: exemptions and bars that hold, what has to be clarified, and the
    criteria that the next better grade lacks; if there is no better one, those of the grade itself."""
    yield from (rule for rule in (*decision.exemptions, *decision.ungraded) if rule.holds)
    yield from decision.findings
    grading = decision.grading
    if grading is None:
        return
    held = [bar.result for bar in grading.bars if bar.result.holds]
    yield from held
    for rung in grading.rungs:
        if rung.grade == grading.next:
            yield from rung.unmet
        elif grading.next is None and rung.grade == grading.grade and not held:
            yield from rung.met
