"""A policies folder -> a `Library`, or every problem in it at once."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from os.path import lexists
from pathlib import Path

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic, note
from engine.base.documents import Document
from engine.base.files import read_policy
from engine.base.hashing import content_hash
from engine.base.letters import decomposed
from engine.base.yaml_text import read_yaml
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Vocabulary
from engine.load.policies.checker import check
from engine.load.policies.folders import (
    OVERLAY_FILE,
    REGULATION_FILE,
    VOCABULARY_FILE,
    library_files,
    passed_over,
    policy_files,
    regulation_folders,
    test_files,
)
from engine.load.policies.layers import laid_over
from engine.load.policies.names import unknown_name
from engine.load.policies.overlay import Overlay
from engine.load.policies.parser import parse_overlay, parse_regulation
from engine.load.policies.schema import schema_diagnostics
from engine.load.policies.schema_files import KINDS
from engine.load.policies.vocabulary import parse_vocabulary

_KIND = re.compile(r"^kind: *(\w+)", re.MULTILINE)


def read_library(folder: Path) -> tuple[Library, Mapping[str, Overlay]]:
    """Read, parse and check a policies folder: `facts.yaml` and one folder a regulation.

    Returns the library, and the local layers that are laid over its regulations, by id. Whether a layer loosens what
    it extends is not looked at here: `versions.opening.load_library` does.

    Raises `Problems` with everything found, in the order of files and lines.
    """
    problems: list[Diagnostic] = []
    vocabulary = _load_vocabulary(folder, problems)
    regulations: dict[str, Regulation] = {}
    overlays: dict[str, Overlay] = {}
    for regulation_folder in regulation_folders(folder):
        if (regulation_folder / OVERLAY_FILE).is_file():
            overlay = _load_overlay(folder, regulation_folder, problems)
            if overlay is not None:
                overlays[overlay.own.id] = overlay
            continue
        regulation = _load_regulation(folder, regulation_folder, problems)
        if regulation is not None:
            regulations[regulation.id] = regulation
    misfits = _lay_over(regulations, overlays, {path.name for path in regulation_folders(folder)}, problems)
    if not any(regulation_folders(folder)):
        problems.append(diagnostic("library/no-regulation", Location(str(folder)), file=REGULATION_FILE))
    problems += _not_read(folder)
    if vocabulary is not None:
        problems += check(vocabulary[0], regulations)
        problems += _misfits_of_sound(misfits, overlays, folder, problems)
    if any(problem.severity == "error" for problem in problems) or vocabulary is None:
        raise Problems(tuple(sorted(problems, key=lambda problem: problem.location)))
    # Options are listed in an order that has a meaning, which the hash of a mapping does not see.
    options = {name: [option for option, _ in fact.options] for name, fact in vocabulary[0].facts.items()}
    hashed = {
        name: replace(regulation, content_hash=content_hash([vocabulary[1].data, options, regulation.content_hash]))
        for name, regulation in regulations.items()
    }
    return Library(vocabulary[0], hashed), overlays


def _lay_over(
    regulations: dict[str, Regulation], overlays: dict[str, Overlay], folders: Set[str], problems: list[Diagnostic]
) -> dict[str, tuple[Diagnostic, ...]]:
    """Adds each local layer, laid over what it extends, to the regulations; a layer may extend another. A layer over a
    folder that exists and could not be read is left out silently, because the folder's problems are reported.

    Returns, for each layer, what in it does not fit what it extends."""
    waiting = dict(overlays)
    misfits: dict[str, tuple[Diagnostic, ...]] = {}
    while ready := [overlay for overlay in waiting.values() if overlay.own.extends in regulations]:
        for overlay in ready:
            del waiting[overlay.own.id]
            merged, misfits[overlay.own.id] = laid_over(regulations[str(overlay.own.extends)], overlay)
            meaning = [regulations[str(overlay.own.extends)].content_hash, overlay.own.content_hash]
            regulations[merged.id] = replace(merged, content_hash=content_hash(meaning))
    for overlay in waiting.values():
        name = str(overlay.own.extends)
        if _ground(overlay, overlays) in folders:
            continue
        known = [*regulations, *(other for other in overlays if other != overlay.own.id)]
        problems += unknown_name("regulation/unknown", name, known, overlay.extends_location)
    return misfits


def _misfits_of_sound(
    misfits: Mapping[str, tuple[Diagnostic, ...]],
    overlays: Mapping[str, Overlay],
    folder: Path,
    problems: Sequence[Diagnostic],
) -> list[Diagnostic]:
    """What in layers does not fit what they extend, unless a mistake in the latter may be the reason."""
    wrong = {Path(problem.location.file).parent for problem in problems if problem.severity == "error"}
    unsound = {path.relative_to(folder).parts[0] for path in wrong if path.is_relative_to(folder) and path != folder}
    return [
        misfit
        for name, those in misfits.items()
        if _ground(overlays[name], overlays) not in unsound
        for misfit in those
    ]


def _ground(overlay: Overlay, overlays: Mapping[str, Overlay]) -> str | None:
    """The regulation that a layer extends in the end; None if layers extend each other in a circle."""
    name, passed = str(overlay.own.extends), {overlay.own.id}
    while name in overlays:
        if name in passed:
            return None
        passed.add(name)
        name = str(overlays[name].own.extends)
    return name


def _not_read(folder: Path) -> Iterator[Diagnostic]:
    """A problem for each file that is a policy by its content and is not read because of its name or place.

    Only the first file of a folder that is no regulation's is reported, and no such folder if there is no regulation at
    all, which is reported instead."""
    anywhere = bool(regulation_folders(folder))
    reported_folders = set[Path]()
    for path in passed_over(folder, library_files(folder)):
        stray = path.suffix == ".yaml"
        if stray and (not anywhere or path.parent in reported_folders):
            continue
        try:
            kind = _KIND.search(read_policy(path))
        except Problems:
            continue
        if kind and kind[1] in KINDS:
            reported_folders |= {path.parent} if stray else set()
            yield diagnostic("file/not-read", Location(str(path)))


def accents_apart(folder: Path) -> Iterator[Diagnostic]:
    """A note for every file of a library without problems that has a letter in decomposed form (NFD), at the first."""
    for path in (*library_files(folder), *test_files(folder)):
        text = read_policy(path)
        if (index := decomposed(text)) is not None:
            line = text.count("\n", 0, index) + 1
            letter = unicodedata.normalize("NFC", text[index : index + 4])[:1]
            yield note(
                "text/decomposed", Location(str(path), line, index - text.rfind("\n", 0, index)), character=letter
            )


def _load(path: Path, kind: str | None, problems: list[Diagnostic]) -> Document | None:
    """One file, or None with what is wrong with it added to `problems`. If `kind` is None, the file says it."""
    try:
        document = read_yaml(path)
    except Problems as raised:
        problems.extend(raised.diagnostics)
        return None
    wrong = schema_diagnostics(document, kind or str(document.data.get("kind")))
    expected = path.parent.name if path.name in (REGULATION_FILE, OVERLAY_FILE) else path.name.removesuffix(".yaml")
    if not wrong and document.data["id"] != expected:
        place = document.location(("id",))
        # An id cannot be what no id may be; then the file or folder is to be renamed.
        meant = expected if re.fullmatch(r"[a-z][a-z0-9_-]*", expected) else None
        about = {"id": document.data["id"], "expected": expected, "suggestion": meant}
        wrong = (diagnostic("policy/id-differs", place, **about),)
    problems.extend(wrong)
    return None if wrong else document


def _load_vocabulary(folder: Path, problems: list[Diagnostic]) -> tuple[Vocabulary, Document] | None:
    path = folder / VOCABULARY_FILE
    if not lexists(path):
        problems.append(diagnostic("library/no-vocabulary", Location(str(folder)), file=VOCABULARY_FILE))
        return None
    document = _load(path, "facts", problems)
    return None if document is None else (parse_vocabulary(document), document)


def _load_documents(folder: Path, inside: Path, problems: list[Diagnostic]) -> tuple[list[Document], object] | None:
    """The documents of a regulation or a layer, and what they mean as plain data; None if one is wrong."""
    paths = list(policy_files(inside))
    documents = [_load(path, None, problems) for path in paths]
    whole = [document for document in documents if document is not None]
    if len(whole) < len(paths):
        return None
    return whole, {
        path.relative_to(folder).as_posix(): document.data for path, document in zip(paths, whole, strict=True)
    }


def _load_regulation(folder: Path, inside: Path, problems: list[Diagnostic]) -> Regulation | None:
    loaded = _load_documents(folder, inside, problems)
    if loaded is None:
        return None
    regulation, twice = parse_regulation(loaded[0])
    problems.extend(twice)
    return replace(regulation, content_hash=content_hash(loaded[1]))


def _load_overlay(folder: Path, inside: Path, problems: list[Diagnostic]) -> Overlay | None:
    loaded = _load_documents(folder, inside, problems)
    if loaded is None:
        return None
    overlay, twice = parse_overlay(loaded[0])
    problems.extend(twice)
    return replace(overlay, own=replace(overlay.own, content_hash=content_hash(loaded[1])))
