"""Runs `*.test.yaml`, the policies' own tests, and gathers what they cover."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.base.documents import Document
from engine.base.yaml_text import read_yaml
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Text
from engine.load.policies.folders import TEST_SUFFIX, regulation_folders, test_files
from engine.load.policies.library import regulation_of
from engine.load.policies.schema import schema_diagnostics
from engine.study.coverage import RuleCoverage, Tally, ThresholdCoverage, rule_coverage, threshold_coverage
from engine.study.policy_test import Failure, TestEngine, failures, read_test
from engine.study.policy_test_cases import PolicyTest, Tested


@dataclass(frozen=True)
class TestResult:
    """One test that was run, or could not be (`diagnostics`)."""

    __test__ = False

    name: Text
    location: Location
    failures: tuple[Failure, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def passed(self) -> bool:
        """Was it run, and every expectation met?"""
        return not (self.failures or self.diagnostics)


@dataclass
class Report:
    """The tests that were run, files that are no tests (`diagnostics`), and what they cover. `judged`: the whole of
    the policies was tested, so that a rule which no test makes hold or none makes fail is a fault."""

    results: list[TestResult] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    judged: bool = False
    rules: tuple[RuleCoverage, ...] = ()
    thresholds: tuple[ThresholdCoverage, ...] = ()

    @property
    def lacking(self) -> tuple[RuleCoverage, ...]:
        """The rules that no test makes hold, or none makes fail; none if only some files were run."""
        return tuple(rule for rule in self.rules if rule.lacking) if self.judged else ()

    @property
    def passed(self) -> bool:
        """Did every test pass, and do the tests cover every rule if the whole of the policies was tested?"""
        return not self.diagnostics and not self.lacking and all(result.passed for result in self.results)


def run(library: Library, folder: Path, paths: Sequence[Path] = ()) -> Report:
    """Runs the tests below `paths`, or those of the whole policies folder; only then is coverage judged.

    A folder without tests, like a file without any, is a fault and not a success.
    """
    report, tally = Report(judged=not paths), Tally()
    with TestEngine(library) as engine:
        for path in paths or (folder,):
            files = test_files(path) if path.is_dir() else (path,)
            if not files:
                report.diagnostics.append(diagnostic("test/none", Location(str(path)), suffix=TEST_SUFFIX))
            for file in files:
                _run_file(file, engine, folder, report, tally)
    # What the folder builds on has tests elsewhere.
    own = {path.name for path in regulation_folders(folder)}
    regulations = [regulation for name, regulation in library.regulations.items() if name in own]
    report.rules = tuple(rule for regulation in regulations for rule in rule_coverage(regulation, tally))
    report.thresholds = tuple(
        threshold
        for regulation in regulations
        for threshold in threshold_coverage(regulation, library.vocabulary, tally)
    )
    return report


def check_tests(library: Library, folder: Path) -> tuple[Diagnostic, ...]:
    """Everything wrong with the tests of a folder short of running them: their form, and what they name."""
    problems: list[Diagnostic] = []
    for file in test_files(folder):
        try:
            document = read_yaml(file)
        except Problems as unread:
            problems += unread.diagnostics
        else:
            problems += check_test_file(document, library, regulation_of(file, library, folder))
    return tuple(dict.fromkeys(problems))


def check_test_file(document: Document, library: Library, regulation: Regulation | None) -> tuple[Diagnostic, ...]:
    """Everything wrong with one file of tests of a regulation (None if it lies in no regulation's folder)."""
    problems: list[Diagnostic] = []
    for test in tests_of(document, library, regulation, problems):
        problems += read_test(test)[1]
    return tuple(dict.fromkeys(problems))


def _run_file(file: Path, engine: TestEngine, folder: Path, report: Report, tally: Tally) -> None:
    for test in _tests_in(file, engine.library, folder, report.diagnostics):
        try:
            report.results.append(TestResult(test.name, test.place, tuple(failures(test, engine, tally))))
        except Problems as problems:
            report.results.append(TestResult(test.name, test.place, diagnostics=problems.diagnostics))


def _tests_in(file: Path, library: Library, folder: Path, problems: list[Diagnostic]) -> Iterator[PolicyTest]:
    """The tests of a file; what is wrong with the file is added to `problems`."""
    try:
        document = read_yaml(file)
    except Problems as unread:
        problems += unread.diagnostics
        return
    yield from tests_of(document, library, regulation_of(file, library, folder), problems)


def tests_of(
    document: Document, library: Library, regulation: Regulation | None, problems: list[Diagnostic]
) -> Iterator[PolicyTest]:
    """The tests of a document; what is wrong with it is added to `problems`. `regulation`: whose tests they are."""
    wrong = schema_diagnostics(document, "tests")
    if wrong:
        problems += wrong
        return
    if regulation is None:
        problems.append(diagnostic("test/outside-regulation", document.location()))
        return
    tested = Tested(library, regulation)
    named: dict[str, Location] = {}
    for index, data in enumerate(document.data["tests"]):
        test = PolicyTest(tested, document, ("tests", index), data)
        for name in dict.fromkeys((test.name.vi, test.name.en)):
            if name in named:
                problems.append(diagnostic("test/duplicate-name", test.place, name=name, first=named[name].line))
            named.setdefault(name, test.place)
        yield test
