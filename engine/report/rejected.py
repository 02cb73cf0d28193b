"""The cases that could not be judged, as a report shows them: of a file with thousands of problems the first."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from engine.base.diagnostics import Location
from engine.base.findings import Findings
from engine.core.judge.case import Rejected


def shown(rejected: Iterable[Rejected]) -> Iterator[Rejected]:
    """The rejected cases with the first problems of each file, and at the end how many more each file has."""
    files: dict[str, Findings] = {}
    for case in rejected:
        findings = files.setdefault(case.diagnostics[0].location.file, Findings())
        before = len(findings.first)
        findings.add(*case.diagnostics)
        if first := tuple(findings.first[before:]):
            yield replace(case, diagnostics=first)
    for file, findings in files.items():
        if findings.more:
            yield Rejected(file, None, findings.all(Location(file))[-1:])
