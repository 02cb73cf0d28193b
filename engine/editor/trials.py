"""What the tests and cases of a workspace try: which tests make a rule hold or fail, and which cases it decides.

Tests and cases are decided by the engine itself, so this runs beside the answers to an editor and in one thread."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.base.diagnostics import EngineFailure, Problems
from engine.base.documents import Document
from engine.core.judge.case import Case
from engine.core.judge.engine import Engine
from engine.core.judge.record import Decision, RuleResult
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Vocabulary
from engine.editor.workspace import Workspace, draft, is_case, is_tests
from engine.load.cases.careful import parse_case
from engine.study.coverage import Tally, ThresholdCoverage, threshold_coverage
from engine.study.policy_test import Failure, TestEngine, failures, read_test
from engine.study.suite import regulation_of, tests_of


@dataclass(frozen=True)
class TestTried:
    """One test: its file, its name and line, what it did not meet, and how each rule came out in some case of it."""

    __test__ = False

    path: Path
    name: str
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


def try_out(workspace: Workspace) -> Mapping[str, Tried]:
    """What was tried of each regulation, by its id; nothing while there are mistakes. What did not change since the
    last time is not run again."""
    now = draft(workspace)
    if now.library is None or any(problem.severity == "error" for problem in now.problems):
        return {}
    return {
        name: tried for name in now.library.regulations if (tried := _tried(workspace, now.library, name)) is not None
    }


def tried_of(workspace: Workspace, library: Library, name: str, tests: Sequence[Document]) -> Tried:
    """What some documents of tests try of one regulation; no case."""
    made: Tried = workspace.memory.once(
        _run, library.vocabulary, library.regulations[name], tuple(document.file for document in tests), *tests
    )
    return made


def test_documents(workspace: Workspace, library: Library, name: str) -> list[Document]:
    """The readable files of tests of a regulation."""
    return [
        file.document
        for file in workspace.files.values()
        if is_tests(file.path) and file.document is not None
        and (tested := regulation_of(file.path, library, workspace.folder)) is not None and tested.id == name
    ]  # fmt: skip


def _tried(workspace: Workspace, library: Library, name: str) -> Tried | None:
    tried = tried_of(workspace, library, name, test_documents(workspace, library, name))
    cases = [file.document for file in workspace.files.values() if is_case(file.path) and file.document is not None]
    decided = workspace.memory.once(_decided, library, tuple(document.file for document in cases), *cases)
    return Tried(name, tried.tests, tried.thresholds, decided.get(name, {}))


def _run(vocabulary: Vocabulary, regulation: Regulation, names: Sequence[str], *documents: Document) -> Tried:
    library, tally = Library(vocabulary, {regulation.id: regulation}), Tally()
    tests: list[TestTried] = []
    with TestEngine(library) as engine:
        for document in documents:
            for test in tests_of(document, library, regulation, []):
                place = test.document.location((*test.path, "name"))
                try:
                    failed = tuple(failures(test, engine, tally))
                    results = _results(engine, read_test(test)[0], test.switches)
                except (Problems, EngineFailure):
                    continue
                tests.append(TestTried(Path(document.file), str(test.data["name"]), place.line, failed, results))
    return Tried(regulation.id, tuple(tests), threshold_coverage(regulation, vocabulary, tally), {})


def _results(
    engine: TestEngine, cases: Sequence[Case], switches: Mapping[str, str]
) -> dict[str, frozenset[bool | None]]:
    results: dict[str, frozenset[bool | None]] = {}
    for case in cases:
        for rule, status in engine.decide(case, switches)[1].results.items():
            results[rule] = results.get(rule, frozenset()) | {status}
    return results


def _decided(library: Library, names: Sequence[str], *documents: Document) -> dict[str, dict[str, tuple[Path, ...]]]:
    """For each regulation and each of its rules the cases that it decides."""
    decided: dict[str, dict[str, tuple[Path, ...]]] = {}
    with Engine(library) as engine:
        for document in documents:
            case, problems = parse_case(document, library)
            if case is None or problems:
                continue
            try:
                decision = engine.decide(case).decision
            except (Problems, EngineFailure):
                continue
            of_regulation = decided.setdefault(decision.regulation, {})
            for rule in dict.fromkeys(result.rule for result in deciding(decision)):
                of_regulation[rule] = (*of_regulation.get(rule, ()), Path(document.file))
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
