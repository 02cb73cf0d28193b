"""Two versions of a regulation, and the tests of one, as pages show them. Runs in a worker, like judging."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.base.words import words
from engine.core.policy.regulation import Library
from engine.core.policy.terms import Text
from engine.report.diff import SECTIONS, headline, kinds, readings, rest, section_of, telling
from engine.serve.desk import Desk
from engine.serve.studio.remarks import Remark, remarks
from engine.study.policy_test import Failure
from engine.study.suite import run
from engine.versions.diff import differences
from engine.versions.opening import kept_library
from engine.versions.revisions import policies_at
from engine.versions.versions import Version

NOW = "now"
"""Instead of a commit: the policies in use."""
SUITE = words("suite")


@dataclass(frozen=True)
class Changed:
    """A difference: what each version says ("" if it has no such thing), or both at once, and what else is told."""

    headline: str
    old: str
    new: str
    both: str
    lines: Sequence[str]


@dataclass(frozen=True)
class Compared:
    """How many differences there are, and the differences under their headings."""

    counts: str
    sections: Sequence[tuple[str, Sequence[Changed]]]


@dataclass(frozen=True)
class TestShown:
    """A test that was run: why it failed, if it did."""

    __test__ = False

    name: str
    file: str
    passed: bool
    problems: Sequence[Remark]


@dataclass(frozen=True)
class Moved:
    """A regulation that is not the same in two saves: what differs, or None if one of the two has no such regulation
    (`added`: the old one)."""

    id: str
    label: Text
    compared: Compared | None
    added: bool = False


def compare(desk: Desk, old: str, new: str, language: str) -> Compared:
    """Two regulations of one library, by their ids."""
    before, after = (Version(name, desk.library, desk.library.regulations[name]) for name in (old, new))
    return _compared(before, after, language)


def compare_saves(desk: Desk, folder: Path, old: str, new: str, language: str) -> list[Moved]:
    """The regulations that differ between two commits of the policies, or between one and NOW. Raises Problems if git
    has no such commit, or if the policies had mistakes then."""
    before, after = (desk.library if save == NOW else _library_at(folder, save) for save in (old, new))
    moved = []
    for name in {**before.regulations, **after.regulations}:
        was, now = before.regulations.get(name), after.regulations.get(name)
        if was is None or now is None:
            present = now or was
            assert present is not None
            moved.append(Moved(name, present.label, None, added=was is None))
        elif was.content_hash != now.content_hash:
            compared = _compared(Version(name, before, was), Version(name, after, now), language)
            if compared.sections:
                moved.append(Moved(name, now.label, compared))
    return moved


def _library_at(folder: Path, commit: str) -> Library:
    with policies_at(folder, commit) as copy:
        return kept_library(copy)


def _compared(before: Version, after: Version, language: str) -> Compared:
    names = telling(before, after, language, plain=True)
    all_differences = differences(before, after)
    sections = []
    for section in SECTIONS:
        changed = []
        for difference in all_differences:
            if section_of(difference) == section:
                texts = readings(names, difference)
                changed.append(
                    Changed(
                        headline(names, difference), texts.get("was", ""), texts.get("now", ""), texts.get("reads", ""),
                        tuple(rest(names, difference)),
                    )
                )  # fmt: skip
        if changed:
            sections.append((names.say(section), changed))
    return Compared(kinds(names, all_differences), sections)


def run_tests(desk: Desk, folder: Path, regulation: str, language: str) -> list[TestShown]:
    """The tests of one regulation, run, those that failed first."""
    report = run(desk.library, folder, [folder / regulation])
    shown = [
        TestShown(
            result.name[language], Path(result.location.file).name, result.passed,
            [*remarks(result.diagnostics, language), *(_failure(failure, language) for failure in result.failures)],
        )
        for result in report.results
    ]  # fmt: skip
    return sorted(shown, key=lambda test: test.passed)


def _failure(failure: Failure, language: str) -> Remark:
    expected, got = (f"{SUITE[word][language]}: {text}" for word, text in
                     (("expected", failure.expected), ("got", failure.got)))  # fmt: skip
    return Remark(f"{failure.what} – {expected}; {got}", "")
