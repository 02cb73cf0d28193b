"""A policies folder -> a `Library`, or every problem in it at once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from engine.checker import check, check_compilations
from engine.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.hashing import content_hash
from engine.model import Library, Regulation, Vocabulary
from engine.parser import parse_regulation, parse_vocabulary
from engine.schema import schema_diagnostics
from engine.sources import Document, read_yaml

VOCABULARY_FILE = "facts.yaml"
REGULATION_FILE = "regulation.yaml"
TEST_SUFFIX = ".test.yaml"
CASES_FOLDER = "cases"


def load_library(folder: Path, *, compile_all: bool = False) -> Library:
    """Read, parse and check a policies folder: `facts.yaml` and one folder a regulation.

    `compile_all` also compiles every kind of subject under every option, which otherwise waits for the first case.

    Raises `Problems` with everything found, in the order of files and lines.
    """
    found: list[Diagnostic] = []
    vocabulary = _load_vocabulary(folder, found)
    regulations: dict[str, Regulation] = {}
    for regulation_folder in regulation_folders(folder):
        regulation = _load_regulation(folder, regulation_folder, found)
        if regulation is not None:
            regulations[regulation.id] = regulation
    if not any(regulation_folders(folder)):
        found.append(diagnostic("library/no-regulation", Location(str(folder)), file=REGULATION_FILE))
    if vocabulary is not None:
        found += check(vocabulary[0], regulations)
        if compile_all and not found:
            found += check_compilations(vocabulary[0], regulations)
    if any(one.severity == "error" for one in found) or vocabulary is None:
        raise Problems(tuple(sorted(found, key=lambda one: one.location)))
    # Options are listed in an order that has a meaning, which the hash of a mapping does not see.
    options = {name: [option for option, _ in fact.options] for name, fact in vocabulary[0].facts.items()}
    hashed = {
        name: replace(one, content_hash=content_hash([vocabulary[1].data, options, one.content_hash]))
        for name, one in regulations.items()
    }
    return Library(vocabulary[0], hashed)


def regulation_folders(folder: Path) -> tuple[Path, ...]:
    """The folders below that hold a regulation, in order."""
    return tuple(sorted(path.parent for path in folder.glob(f"*/{REGULATION_FILE}")))


def policy_files(regulation_folder: Path) -> Iterator[Path]:
    """The policy files of a regulation, without tests and cases."""
    for path in sorted(regulation_folder.rglob("*.yaml")):
        inside = path.relative_to(regulation_folder).parts
        if not path.name.endswith(TEST_SUFFIX) and CASES_FOLDER not in inside[:-1]:
            yield path


def test_files(folder: Path) -> tuple[Path, ...]:
    """The policy tests below a folder, in order."""
    return tuple(sorted(folder.rglob(f"*{TEST_SUFFIX}")))


def _load(path: Path, kind: str | None, found: list[Diagnostic]) -> Document | None:
    """One file, or None with what is wrong with it added to `found`. `kind` None: the file says."""
    try:
        document = read_yaml(path)
    except Problems as problems:
        found.extend(problems.diagnostics)
        return None
    wrong = schema_diagnostics(document, kind or str(document.data.get("kind")))
    expected = path.parent.name if path.name == REGULATION_FILE else path.name.removesuffix(".yaml")
    if not wrong and document.data["id"] != expected:
        place = document.location(("id",))
        wrong = (diagnostic("policy/id-differs", place, id=document.data["id"], expected=expected),)
    found.extend(wrong)
    return None if wrong else document


def _load_vocabulary(folder: Path, found: list[Diagnostic]) -> tuple[Vocabulary, Document] | None:
    path = folder / VOCABULARY_FILE
    if not path.is_file():
        found.append(diagnostic("library/no-vocabulary", Location(str(folder)), file=VOCABULARY_FILE))
        return None
    document = _load(path, "facts", found)
    return None if document is None else (parse_vocabulary(document), document)


def _load_regulation(folder: Path, regulation_folder: Path, found: list[Diagnostic]) -> Regulation | None:
    paths = list(policy_files(regulation_folder))
    documents = [_load(path, None, found) for path in paths]
    whole = [document for document in documents if document is not None]
    if len(whole) < len(paths):
        return None
    regulation, twice = parse_regulation(whole)
    found.extend(twice)
    meaning = {path.relative_to(folder).as_posix(): document.data for path, document in zip(paths, whole, strict=True)}
    return replace(regulation, content_hash=content_hash(meaning))
