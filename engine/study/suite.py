"""Runs `*.test.yaml`, the policies' own tests, and gathers what they cover."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.base.yaml_text import read_yaml
from engine.core.policy.regulation import Library, Regulation
from engine.load.policies.folders import TEST_SUFFIX, regulation_folders, test_files
from engine.load.policies.schema import schema_diagnostics
from engine.study.coverage import RuleCoverage, Tally, ThresholdCoverage, rule_coverage, threshold_coverage
from engine.study.policy_test import Engines, Failure, PolicyTest


@dataclass(frozen=True)
class TestResult:
    """One test that was run, or could not be (`diagnostics`)."""

    __test__ = False

    name: str
    location: Location
    failures: tuple[Failure, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def passed(self) -> bool:
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
        return tuple(one for one in self.rules if one.lacking) if self.judged else ()

    @property
    def passed(self) -> bool:
        return not self.diagnostics and not self.lacking and all(one.passed for one in self.results)


def run(library: Library, folder: Path, paths: Sequence[Path] = ()) -> Report:
    """Run the tests below `paths` (the whole policies folder where none is named, and then coverage is judged).

    A folder without tests, like a file without any, is a fault and not a success.
    """
    report, tally = Report(judged=not paths), Tally()
    with Engines(library) as engines:
        for path in paths or (folder,):
            files = test_files(path) if path.is_dir() else (path,)
            if not files:
                report.diagnostics.append(diagnostic("test/none", Location(str(path)), suffix=TEST_SUFFIX))
            for file in files:
                _run_file(file, engines, folder, report, tally)
    regulations = library.regulations.values()
    report.rules = tuple(one for each in regulations for one in rule_coverage(each, tally))
    report.thresholds = tuple(
        one for each in regulations for one in threshold_coverage(each, library.vocabulary, tally)
    )
    return report


def check_tests(library: Library, folder: Path) -> tuple[Diagnostic, ...]:
    """Everything wrong with the tests of a folder short of running them: their form, and what they name."""
    found: list[Diagnostic] = []
    with Engines(library) as engines:
        for file in test_files(folder):
            for _, test in _tests_in(file, engines, folder, found):
                found += test.read()[1]
    return tuple(dict.fromkeys(found))


def _run_file(file: Path, engines: Engines, folder: Path, report: Report, tally: Tally) -> None:
    for place, test in _tests_in(file, engines, folder, report.diagnostics):
        name = test.data["name"]
        try:
            report.results.append(TestResult(name, place, tuple(test.failures(tally))))
        except Problems as problems:
            report.results.append(TestResult(name, place, diagnostics=problems.diagnostics))


def _tests_in(
    file: Path, engines: Engines, folder: Path, found: list[Diagnostic]
) -> Iterator[tuple[Location, "PolicyTest"]]:
    """The tests of a file with their places; what is wrong with the file is added to `found`."""
    try:
        document = read_yaml(file)
    except Problems as problems:
        found += problems.diagnostics
        return
    wrong = schema_diagnostics(document, "tests")
    if wrong:
        found += wrong
        return
    regulation = _regulation_of(file, engines.library, folder)
    if regulation is None:
        found.append(diagnostic("test/outside-regulation", document.location()))
        return
    named: dict[str, Location] = {}
    for index, data in enumerate(document.data["tests"]):
        place = document.location(("tests", index, "name"))
        if data["name"] in named:
            first = named[data["name"]].line
            found.append(diagnostic("test/duplicate-name", place, name=data["name"], first=first))
        named.setdefault(data["name"], place)
        yield place, PolicyTest(document, ("tests", index), data, engines, regulation)


def _regulation_of(file: Path, library: Library, folder: Path) -> Regulation | None:
    inside = [one for one in regulation_folders(folder) if one.resolve() in file.resolve().parents]
    return library.regulations.get(inside[0].name) if inside else None
