"""What a draft means before it is saved: mistakes, tests that fail, what becomes stricter, and whom it moves.

Workers compute the parts, since they use the matching engine: from the policies that are served, and from a copy of
the folder with the changes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from engine.base.diagnostics import Diagnostic, Location, Problems
from engine.base.json_text import Unread
from engine.base.words import words
from engine.core.policy.regulation import Library
from engine.load.policies.folders import test_files
from engine.proof.reader import read_properties
from engine.report.diff import as_document as diff_document
from engine.report.diff import telling
from engine.report.document import Chapter, Document, Entry
from engine.report.impact import as_document as impact_document
from engine.serve.desk import Desk
from engine.serve.studio.judging import CaseText
from engine.serve.studio.proving import proofs_of_draft
from engine.serve.studio.rule_drafts import Draft, drafted
from engine.study.lint import check_reach
from engine.study.suite import TestResult, check_tests, run
from engine.versions.diff import differences
from engine.versions.impact import impact, impacts, population
from engine.versions.opening import load_library
from engine.versions.overwriting import overwritten
from engine.versions.versions import Version

WORDS = words("rules_page", "preview")
SECONDS_FOR_PROOFS = 30.0
"""After so long the preview shows what was proved by then: the pool gives a worker twice that."""


@dataclass(frozen=True)
class Previewed:
    """Of whose policies a draft is a change, and in which language ("vi" or "en") people read about it."""

    folder: Path
    draft: Draft
    language: str


def mistakes(desk: Desk, change: Previewed) -> tuple[Diagnostic, ...]:
    """Everything that `check` finds in the changed policies, in the order of files and lines."""
    with drafted(change.folder, change.draft) as copy:
        return tuple(_named_from(copy, problem) for problem in _problems(desk.library, copy))


def _problems(saved: Library, copy: Path) -> list[Diagnostic]:
    try:
        library = load_library(copy)
    except Problems as problems:
        return list(problems.diagnostics)
    every = [*check_reach(library), *check_tests(library, copy), *overwritten(saved, library)]
    every += read_properties(library, copy).problems
    return sorted(every, key=lambda problem: (problem.location, problem.code))


def _draft(copy: Path) -> Library:
    """The changed policies, without local layers that loosen what they extend: `mistakes` names those."""
    return load_library(copy, left_out=[])


def _named_from(copy: Path, problem: Diagnostic) -> Diagnostic:
    """The problem with its file named from the policies folder: the copy is gone when a person reads it."""
    place = problem.location
    return replace(problem, location=place._replace(file=place.file.removeprefix(str(copy)).lstrip("/")))


def tests(desk: Desk, change: Previewed) -> Document:
    """The tests that fail with the changes, of the regulations whose meaning is another."""
    with drafted(change.folder, change.draft) as copy:
        library = _draft(copy)
        names = _changed(desk.library, library)
        touched = {Path(name).parts[0] for name in change.draft.files}
        folders = [copy / name for name in library.regulations if name in touched or name in names]
        paths = [path for folder in folders if test_files(folder) for path in [folder]]
        report = run(library, copy, paths) if paths else None
        results = report.results if report is not None else []
        failing = [_failing(copy, result, change.language) for result in results if not result.passed]
    sentence = WORDS["tests" if results else "no_tests"][change.language]
    summary = sentence.format(count=len(results), failing=len(failing))
    heading = WORDS["failing"][change.language]
    return Document("", summary, chapters=[Chapter(heading, failing)] if failing else [])


def properties(desk: Desk, change: Previewed) -> tuple[Document, ...]:
    """What must hold for every case and no longer does: a document for each regulation that means something else."""
    with drafted(change.folder, change.draft) as copy:
        library = _draft(copy)
        touched = {Path(name).parts[0] for name in change.draft.files}
        changed = _changed(desk.library, library)
        names = [name for name in library.regulations if name in touched or name in changed]
        return tuple(proofs_of_draft(library, copy, names, change.language, SECONDS_FOR_PROOFS))


def _failing(copy: Path, result: TestResult, language: str) -> Entry:
    expected, got = WORDS["expected"][language], WORDS["got"][language]
    lines = [f"{expected}: {failure.expected}; {got}: {failure.got}" for failure in result.failures]
    lines += [problem.message(language) for problem in result.diagnostics]
    return Entry(result.name[language], lines, _place(copy, result.location))


def _place(copy: Path, place: Location) -> str:
    return f"{place.file.removeprefix(str(copy)).lstrip('/')}:{place.line}"


def meaning(desk: Desk, change: Previewed) -> tuple[Document, ...]:
    """What becomes stricter or looser, with a case that shows it: a document for each regulation that changes."""
    with drafted(change.folder, change.draft) as copy:
        return tuple(
            diff_document(telling(old, new, change.language, plain=True), differences(old, new))
            for old, new in _pairs(desk.library, _draft(copy), change.language)
        )


def moves(desk: Desk, change: Previewed, cases: tuple[CaseText, ...]) -> tuple[Document, ...]:
    """Whom the changes move among some cases: a document for each regulation by which any is judged."""
    with drafted(change.folder, change.draft) as copy:
        saved, library = desk.library, _draft(copy)
        documents = [Unread(case.name, case.text, name=case.name) for case in cases]
        before = population(saved, documents)
        after = population(library, documents, known=before)
        versions = {old.regulation.id: (old, new) for old, new in _pairs(saved, library, change.language)}
        sides = impacts(before, after, list(versions))
        reports = []
        for old, new in sides:
            if old == new and old in versions:
                names = telling(*versions[old], change.language, plain=True)
                reports.append(impact_document(names, impact(*versions[old], *sides[old, new])))
        return tuple(reports)


def _changed(saved: Library, library: Library) -> list[str]:
    """The regulations that mean something else in the two, or are in one alone."""
    hashes: list[Mapping[str, str]] = [
        {name: regulation.content_hash for name, regulation in side.regulations.items()} for side in (saved, library)
    ]
    return [name for name in {**hashes[0], **hashes[1]} if hashes[0].get(name) != hashes[1].get(name)]


def _pairs(saved: Library, library: Library, language: str) -> Iterator[tuple[Version, Version]]:
    """Each regulation that means something else, as it is saved and as it is in the draft."""
    for name in _changed(saved, library):
        if name in saved.regulations and name in library.regulations:
            old = Version(WORDS["saved"][language], saved, saved.regulations[name])
            yield old, Version(WORDS["draft"][language], library, library.regulations[name])
