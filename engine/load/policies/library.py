"""A policies folder -> a `Library`, or every problem in it at once."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from os.path import lexists
from pathlib import Path
from typing import Any, TypeVar

from engine.base.data import data_folder
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
    POLICIES_FOLDER,
    REGULATION_FILE,
    VOCABULARY_FILE,
    library_files,
    passed_over,
    policy_files,
    properties_files,
    regulation_folders,
    test_files,
)
from engine.load.policies.layers import laid_over
from engine.load.policies.names import unknown_name
from engine.load.policies.overlay import Overlay
from engine.load.policies.parser import parse_overlay, parse_regulation
from engine.load.policies.schema import schema_diagnostics
from engine.load.policies.schema_files import KINDS
from engine.load.policies.vocabulary import already_below, parse_vocabulary

T = TypeVar("T")
_KIND = re.compile(r"^kind: *(\w+)", re.MULTILINE)


def _anew(make: Callable[..., Any], *parts: object) -> Any:
    return make(*parts)


@dataclass(frozen=True)
class Reading:
    """How a library is read: `document` parses one file, and `once` makes something from parts that do not change.

    Who reads a library again and again, after each key that a person presses, keeps what was made from the same parts.
    """

    document: Callable[[Path], Document] = read_yaml
    once: Callable[..., Any] = _anew


@dataclass(frozen=True)
class Draft:
    """A library that may have mistakes: the regulations that could be read, the local layers among them by id, and
    every problem in the order of files and lines. Without a vocabulary there is no library."""

    library: Library | None
    overlays: Mapping[str, Overlay]
    problems: tuple[Diagnostic, ...]


def read_library(folder: Path, below: Path | None = None) -> tuple[Library, Mapping[str, Overlay]]:
    """Read, parse and check a policies folder: `facts.yaml` and one folder a regulation.

    A local layer may extend a regulation that is not in the folder but in `below`, by default the policies that the
    program carries. Then all regulations of `below` belong to the library, and the folder's facts are added to theirs.

    Returns the library, and the local layers that are laid over its regulations, by id. Whether a layer loosens what
    it extends is not looked at here: `versions.opening.load_library` does.

    Raises `Problems` with everything found, in the order of files and lines.
    """
    draft = read_draft(folder, Reading(), below)
    if draft.library is None or any(problem.severity == "error" for problem in draft.problems):
        raise Problems(draft.problems)
    return draft.library, draft.overlays


def read_draft(folder: Path, reading: Reading, below: Path | None = None) -> Draft:
    """As `read_library`, with whatever can be read if there are mistakes."""
    problems: list[Diagnostic] = []
    regulations: dict[str, Regulation] = {}
    overlays: dict[str, Overlay] = {}
    for regulation_folder in regulation_folders(folder):
        if (regulation_folder / OVERLAY_FILE).is_file():
            overlay = _load_part(_overlay, folder, regulation_folder, reading, problems)
            if overlay is not None:
                overlays[overlay.own.id] = overlay
            continue
        regulation = _load_part(_regulation, folder, regulation_folder, reading, problems)
        if regulation is not None:
            regulations[regulation.id] = regulation
    folders = {path.name for path in regulation_folders(folder)}
    carried = _carried(below or data_folder(POLICIES_FOLDER), folders, overlays, reading, problems)
    vocabulary = _load_vocabulary(folder, carried.facts, reading, problems)
    own = [*regulations, *overlays]
    regulations = carried.regulations | regulations
    misfits = _lay_over(regulations, overlays, folders, carried.known, reading, problems)
    if not any(regulation_folders(folder)):
        problems.append(diagnostic("library/no-regulation", Location(str(folder)), file=REGULATION_FILE))
    problems += _not_read(folder)
    if vocabulary is None:
        return Draft(None, overlays, _in_order(problems))
    problems += check(vocabulary[0], regulations, reading.once)
    problems += _misfits_of_sound(misfits, overlays, folder, problems)
    hashed = []
    for name, regulation in regulations.items():
        # A regulation that others build on keeps its hash, whatever facts they add.
        facts = vocabulary if name in own or carried.facts is None else _facts(reading, carried.facts)
        hashed.append(reading.once(_hashed, facts[0], regulation, *facts[1]))
    return Draft(reading.once(_library, vocabulary[0], *hashed), overlays, _in_order(problems))


@dataclass(frozen=True)
class _Carried:
    """What a folder builds on: the regulations and facts, if a layer extends one of them, and the ids to name."""

    regulations: dict[str, Regulation]
    facts: Document | None
    known: Sequence[str]


def _carried(
    below: Path, folders: Set[str], overlays: Mapping[str, Overlay], reading: Reading, problems: list[Diagnostic]
) -> _Carried:
    """The regulations of `below` if a layer extends one that is in none of the folders; never its layers."""
    places = {path.name: path for path in regulation_folders(below) if (path / REGULATION_FILE).is_file()}
    known = [name for name in places if name not in folders]
    if not any(overlay.own.extends in known for overlay in overlays.values()):
        return _Carried({}, None, known)
    made = [_load_part(_regulation, below, places[name], reading, problems) for name in known]
    facts = _load(below / VOCABULARY_FILE, "facts", reading, problems)
    return _Carried({regulation.id: regulation for regulation in made if regulation is not None}, facts, known)


def _in_order(problems: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(problems, key=lambda problem: problem.location))


def _facts(reading: Reading, *documents: Document) -> tuple[Vocabulary, tuple[Document, ...]]:
    return reading.once(parse_vocabulary, *documents), documents


def _hashed(vocabulary: Vocabulary, regulation: Regulation, *documents: Document) -> Regulation:
    # Options are listed in an order that has a meaning, which the hash of a mapping does not see.
    options = {name: [option for option, _ in fact.options] for name, fact in vocabulary.facts.items()}
    facts = [document.data for document in documents]
    return replace(regulation, content_hash=content_hash([*facts, options, regulation.content_hash]))


def _library(vocabulary: Vocabulary, *regulations: Regulation) -> Library:
    return Library(vocabulary, {regulation.id: regulation for regulation in regulations})


def _lay_over(
    regulations: dict[str, Regulation],
    overlays: dict[str, Overlay],
    folders: Set[str],
    carried: Sequence[str],
    reading: Reading,
    problems: list[Diagnostic],
) -> dict[str, tuple[Diagnostic, ...]]:
    """Adds each local layer, laid over what it extends, to the regulations; a layer may extend another. A layer over a
    folder that exists and could not be read is left out silently, because the folder's problems are reported.

    Returns, for each layer, what in it does not fit what it extends."""
    waiting = dict(overlays)
    misfits: dict[str, tuple[Diagnostic, ...]] = {}
    while ready := [overlay for overlay in waiting.values() if overlay.own.extends in regulations]:
        for overlay in ready:
            del waiting[overlay.own.id]
            extended = regulations[str(overlay.own.extends)]
            regulations[overlay.own.id], misfits[overlay.own.id] = reading.once(_merged, extended, overlay)
    for overlay in waiting.values():
        name = str(overlay.own.extends)
        if _ground(overlay, overlays) in folders:
            continue
        known = dict.fromkeys([*regulations, *(other for other in overlays if other != overlay.own.id), *carried])
        problems += unknown_name("regulation/unknown", name, known, overlay.extends_location)
    return misfits


def _merged(extended: Regulation, overlay: Overlay) -> tuple[Regulation, tuple[Diagnostic, ...]]:
    merged, misfits = laid_over(extended, overlay)
    return replace(merged, content_hash=content_hash([extended.content_hash, overlay.own.content_hash])), misfits


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
    for path in (*library_files(folder), *test_files(folder), *properties_files(folder)):
        yield from decomposed_letter(str(path), read_policy(path))


def decomposed_letter(file: str, text: str) -> Iterator[Diagnostic]:
    """A note at the first letter of a text that is in decomposed form (NFD)."""
    if (index := decomposed(text)) is not None:
        line = text.count("\n", 0, index) + 1
        letter = unicodedata.normalize("NFC", text[index : index + 4])[:1]
        yield note("text/decomposed", Location(file, line, index - text.rfind("\n", 0, index)), character=letter)


def regulation_of(file: Path, library: Library, folder: Path) -> Regulation | None:
    """The regulation or local layer in whose folder a file lies; None if it lies in none."""
    inside = [path for path in regulation_folders(folder) if path.resolve() in file.resolve().parents]
    return library.regulations.get(inside[0].name) if inside else None


def _load(path: Path, kind: str | None, reading: Reading, problems: list[Diagnostic]) -> Document | None:
    """One file, or None with what is wrong with it added to `problems`. If `kind` is None, the file says it."""
    try:
        document = reading.document(path)
    except Problems as raised:
        problems.extend(raised.diagnostics)
        return None
    wrong: Sequence[Diagnostic] = reading.once(misfits_of_file, path, kind, document)
    problems.extend(wrong)
    return None if wrong else document


def misfits_of_file(path: Path, kind: str | None, document: Document) -> tuple[Diagnostic, ...]:
    """In what a policy file differs from its schema, or from its own name. If `kind` is None, the file says it."""
    wrong = schema_diagnostics(document, kind or str(document.data.get("kind")))
    expected = path.parent.name if path.name in (REGULATION_FILE, OVERLAY_FILE) else path.name.removesuffix(".yaml")
    if not wrong and document.data["id"] != expected:
        place = document.location(("id",))
        # An id cannot be what no id may be; then the file or folder is to be renamed.
        meant = expected if re.fullmatch(r"[a-z][a-z0-9_-]*", expected) else None
        about = {"id": document.data["id"], "expected": expected, "suggestion": meant}
        wrong = (diagnostic("policy/id-differs", place, **about),)
    return wrong


def _load_vocabulary(
    folder: Path, below: Document | None, reading: Reading, problems: list[Diagnostic]
) -> tuple[Vocabulary, tuple[Document, ...]] | None:
    """The facts of a folder, added to those `below`, with the documents that state them."""
    path = folder / VOCABULARY_FILE
    if not lexists(path):
        problems.append(diagnostic("library/no-vocabulary", Location(str(folder)), file=VOCABULARY_FILE))
        return None
    document = _load(path, "facts", reading, problems)
    if document is None:
        return None
    documents = (document,) if below is None else (below, document)
    problems += reading.once(already_below, *documents)
    return _facts(reading, *documents)


def _load_part(
    make: Callable[..., tuple[T, Sequence[Diagnostic]]],
    folder: Path,
    inside: Path,
    reading: Reading,
    problems: list[Diagnostic],
) -> T | None:
    """A regulation or a local layer, made from the files of its folder; None if one of them is wrong."""
    paths = list(policy_files(inside))
    documents = [_load(path, None, reading, problems) for path in paths]
    if None in documents:
        return None
    names = tuple(path.relative_to(folder).as_posix() for path in paths)
    made: tuple[T, Sequence[Diagnostic]] = reading.once(make, names, *documents)
    problems.extend(made[1])
    return made[0]


def _regulation(names: Sequence[str], *documents: Document) -> tuple[Regulation, Sequence[Diagnostic]]:
    regulation, twice = parse_regulation(documents)
    return replace(regulation, content_hash=_hash_of(names, documents)), twice


def _overlay(names: Sequence[str], *documents: Document) -> tuple[Overlay, Sequence[Diagnostic]]:
    overlay, twice = parse_overlay(documents)
    return replace(overlay, own=replace(overlay.own, content_hash=_hash_of(names, documents))), twice


def _hash_of(names: Sequence[str], documents: Sequence[Document]) -> str:
    """The hash of what files mean, as plain data."""
    return content_hash({name: document.data for name, document in zip(names, documents, strict=True)})
