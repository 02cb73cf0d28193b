"""Policy files that were sent along, laid over those of the server: what is wrong with them, and what they change."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import StringIO
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from engine.base.diagnostics import Diagnostic, Location, Problems
from engine.base.json_text import Unread
from engine.base.version import FORMAT
from engine.base.writing import scratch
from engine.core.policy.regulation import Library
from engine.report import diff_data
from engine.report import impact as report_impact
from engine.report.diagnostics import to_json
from engine.report.diff import telling
from engine.report.sensitivity import as_json
from engine.report.suite import write_json
from engine.serve.desk import Desk
from engine.serve.jobs.evaluation import RequestOptions
from engine.serve.problems import Refusal
from engine.study.lint import check_reach
from engine.study.sensitivity import sensitivity as sensitivity_of
from engine.study.suite import check_tests, run
from engine.versions.diff import differences
from engine.versions.impact import impact as impact_of
from engine.versions.impact import impacts, population
from engine.versions.opening import load_library
from engine.versions.versions import Version

NOW, PROPOSED = "now", "proposed"
"""How the two sides of a comparison are called."""
LONGEST_NAME = 200
"""Bytes of the name of a file or a folder that is sent."""


@dataclass(frozen=True)
class Proposal:
    """Policy files by their path in the policies folder; None removes a file. `old` and `new` name regulations to
    compare with each other in place of two versions."""

    files: Mapping[str, str | None] = field(default_factory=dict)
    old: str | None = None
    new: str | None = None


def check(desk: Desk, proposal: Proposal, language: str) -> bytes:
    """Every mistake in the policies with the files that were sent, as `xeploai check --format json` has them."""
    with _folder(desk, proposal) as folder:
        try:
            library = load_library(folder)
            problems = (*check_reach(library), *check_tests(library, folder))
        except Problems as broken:
            problems = broken.diagnostics
        listed = sorted(_within(folder, problems), key=lambda problem: (problem.location, problem.code))
    passed = not any(problem.severity == "error" for problem in listed)
    answer = {"format": FORMAT, "policies": desk.version.hash, "passed": passed}
    return msgspec.json.encode({**answer, "diagnostics": to_json(listed, language)})


def test(desk: Desk, proposal: Proposal, language: str) -> bytes:
    """The policies' own tests, run with the files that were sent, as `xeploai test --format json` has them."""
    with _folder(desk, proposal) as folder:
        with _named_within(folder):
            report = run(load_library(folder), folder)
        stream = StringIO()
        write_json(report, language, stream)
        answer = msgspec.json.decode(stream.getvalue().replace(f"{folder}/", ""))
    return msgspec.json.encode({**answer, "policies": desk.version.hash})


def diff(desk: Desk, proposal: Proposal, language: str) -> bytes:
    """What the files that were sent change, rule by rule, as `xeploai diff --format json` has it."""
    comparisons: list[dict[str, Any]] = []
    for old, new in _pairs(desk, proposal):
        if old is None or new is None:
            comparisons.append({"regulations": [old and old.regulation.id, new and new.regulation.id]})
        else:
            comparisons.append(diff_data.as_data(differences(old, new), old, new))
    return _encoded({"format": FORMAT, "policies": desk.version.hash, "comparisons": comparisons})


def impact(desk: Desk, proposal: Proposal, cases: tuple[str, ...], language: str) -> bytes:
    """Whom the files that were sent move, as `xeploai impact --format json` has it."""
    documents = _unread(cases)
    if proposal.old is not None or proposal.new is not None:
        old, new = _named(desk, proposal)
        before = population(desk.library, documents, old.regulation.id)
        after = population(desk.library, documents, new.regulation.id)
        wanted = {old.regulation.id, new.regulation.id}
        libraries = (desk.library, desk.library)
    else:
        proposed = _proposed(desk, proposal)
        before = population(desk.library, documents)
        after = population(proposed, documents, known=before)
        wanted = {*desk.library.regulations, *proposed.regulations}
        libraries = (desk.library, proposed)
    comparisons = []
    for (first, second), judged in impacts(before, after, wanted).items():
        sides = (
            Version(NOW, libraries[0], libraries[0].regulations[first]),
            Version(PROPOSED, libraries[1], libraries[1].regulations[second]),
        )
        comparisons.append(report_impact.as_data(telling(*sides, language), impact_of(*sides, *judged)))
    rejected = [to_json(case.diagnostics, language) for case in after.rejected]
    answer = {"format": FORMAT, "policies": desk.version.hash, "comparisons": comparisons, "rejected": rejected}
    return _encoded(answer)


def sensitivity(desk: Desk, cases: tuple[str, ...], options: RequestOptions) -> bytes:
    """What each reading decides for these cases, as `xeploai sensitivity --format json` has it."""
    desk.check(options.regulation, options.switches)
    answer = sensitivity_of(desk.library, _unread(cases), regulation=options.regulation, switches=options.switches)
    document = msgspec.json.decode("".join(as_json(answer)))
    return msgspec.json.encode({**document, "policies": desk.version.hash})


def _encoded(answer: Mapping[str, Any]) -> bytes:
    """As JSON. Names of policies are texts of a class of their own, which msgspec does not take."""
    return json.dumps(answer, ensure_ascii=False).encode()


def _unread(cases: Iterable[str]) -> list[Unread]:
    names = ((f"case {number}", text) for number, text in enumerate(cases, 1))
    return [Unread(name, text, name=name) for name, text in names]


# --- the two sides ------------------------------------------------------------------------------------------------


def _pairs(desk: Desk, proposal: Proposal) -> list[tuple[Version | None, Version | None]]:
    if proposal.old is not None or proposal.new is not None:
        return [_named(desk, proposal)]
    before, after = desk.library, _proposed(desk, proposal)
    names = dict.fromkeys((*before.regulations, *after.regulations))
    return [
        (
            Version(NOW, before, before.regulations[name]) if name in before.regulations else None,
            Version(PROPOSED, after, after.regulations[name]) if name in after.regulations else None,
        )
        for name in names
    ]


def _named(desk: Desk, proposal: Proposal) -> tuple[Version, Version]:
    """The two regulations that a proposal names. Raises Refusal if one name is missing, Problems if one is unknown."""
    if proposal.old is None or proposal.new is None:
        raise Refusal("both_sides")
    for name in (proposal.old, proposal.new):
        desk.check(name, {})
    library = desk.library
    return (
        Version(proposal.old, library, library.regulations[proposal.old]),
        Version(proposal.new, library, library.regulations[proposal.new]),
    )


def _proposed(desk: Desk, proposal: Proposal) -> Library:
    with _folder(desk, proposal) as folder, _named_within(folder):
        return load_library(folder)


@contextmanager
def _folder(desk: Desk, proposal: Proposal) -> Iterator[Path]:
    """A temporary folder with the policies of the server, and the files that were sent in the place of theirs."""
    texts = {checked_name(name): text for name, text in proposal.files.items()}
    files = {name: content for name, content in desk.version.files.items() if name not in texts}
    files |= {name: text.encode() for name, text in texts.items() if text is not None}
    if any(parent.as_posix() in files for name in files for parent in PurePosixPath(name).parents):
        raise Refusal("bad_file_name")
    with scratch() as folder:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        yield folder


def checked_name(name: str) -> str:
    """A path of a YAML file in a policies folder. Raises Refusal if it leads anywhere else."""
    parts = name.split("/")
    fit = all(part and not part.startswith(".") and part.isprintable() for part in parts)
    long = any(len(part.encode()) > LONGEST_NAME for part in parts)
    if not fit or long or len(parts) > 6 or "\\" in name or not name.endswith(".yaml"):
        raise Refusal("bad_file_name")
    return name


@contextmanager
def _named_within(folder: Path) -> Iterator[None]:
    """Problems inside name files by their path in the policies folder."""
    try:
        yield
    except Problems as problems:
        raise Problems(_within(folder, problems.diagnostics)) from None


def _within(folder: Path, problems: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(replace(problem, location=_place(folder, problem.location)) for problem in problems)


def _place(folder: Path, location: Location) -> Location:
    file = location.file.removeprefix(str(folder)).lstrip("/")
    return location._replace(file=file or ".")
