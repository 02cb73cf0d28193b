"""A policies folder as an editor sees it: what is saved, and over it the texts that are not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from engine.base.diagnostics import Diagnostic, Problems
from engine.base.documents import Document
from engine.base.files import name_of, read_policy
from engine.base.json_text import parse_json
from engine.base.yaml_text import parse_yaml, read_yaml
from engine.core.policy.regulation import Library
from engine.core.policy.terms import Vocabulary
from engine.editor.memory import Memory
from engine.load.policies.check_facts import check_vocabulary
from engine.load.policies.folders import (
    CASES_FOLDER,
    PROPERTIES_SUFFIX,
    TEST_SUFFIX,
    VOCABULARY_FILE,
    library_files,
    properties_files,
    test_files,
)
from engine.load.policies.library import Draft, Reading, misfits_of_file, read_draft
from engine.load.policies.schema import schema_diagnostics

CASE_SUFFIX, ROWS_SUFFIX = ".json", ".ndjson"


@dataclass(frozen=True, eq=False)
class File:
    """A file with its present text. `document`: the text as data, None if it cannot be read, and `problems` says why.
    `sound`: the last text that could be read and had the form of its kind of file, as data; None if there was none."""

    path: Path
    text: str
    document: Document | None
    problems: tuple[Diagnostic, ...]
    sound: Document | None
    rows: tuple[Document, ...] = ()
    """Of a file with a case a line, the cases that can be read; `document` is None then."""

    @property
    def documents(self) -> tuple[Document, ...]:
        """The text as data: one document, or a document a line; as it was before if it cannot be read."""
        document = self.document or self.sound
        return self.rows or (() if document is None else (document,))

    @property
    def kind(self) -> str:
        """The kind of file, as its schema is called: `case`, `tests`, `facts`, `regulation` and so on."""
        return kind_of(self.path, self.document or self.sound)


@dataclass(frozen=True, eq=False)
class Workspace:
    """The files of a policies folder, its tests, properties and cases, by path. Only `Memory` changes, unseen."""

    folder: Path
    files: Mapping[Path, File]
    committed: Library | None = None
    """The policies of the last commit; None if they are not known."""
    memory: Memory = field(default_factory=Memory, repr=False)

    def file(self, path: Path) -> File | None:
        """A file; None if it does not belong to the workspace."""
        return self.files.get(path)

    @cached_property
    def draft(self) -> Draft:
        """What can be read of the policies, and every problem short of what is proved."""
        return read_draft(self.folder, Reading(lambda path: _present(self, path), self.memory.once))

    @cached_property
    def library(self) -> Library | None:
        """The policies; of a file that is broken at present, as it was before. None if too much is broken, or if the
        facts do not fit together, so that nothing can be computed from them. Rules may still name what is not there."""
        known = read_draft(self.folder, Reading(lambda path: _sound(self, path), self.memory.once)).library
        return None if known is None or self.memory.once(_wrong_facts, known.vocabulary) else known


def open_workspace(folder: Path, cases: Iterable[Path] = ()) -> Workspace:
    """Reads a policies folder with its tests, properties and sample cases, and single case files elsewhere. A file that
    cannot be read from the disk is left out: `diagnostics` says why. Raises Problems if the folder cannot be listed."""
    workspace = Workspace(folder, {})
    samples = sorted(path for path in folder.glob(f"*/{CASES_FOLDER}/*") if is_case(path) and path.is_file())
    for path in (*library_files(folder), *test_files(folder), *properties_files(folder), *samples, *cases):
        workspace = with_saved(workspace, path)
    return workspace


def with_text(workspace: Workspace, path: Path, text: str) -> Workspace:
    """The workspace in which a file has another text, or in which there is one more file."""
    documents, problems = workspace.memory.once(_read, path, text)
    if path.suffix == ROWS_SUFFIX:
        file = File(path, text, None, problems, None, documents)
        return replace(workspace, files={**workspace.files, path: file})
    earlier = workspace.files.get(path)
    sound = earlier.sound if earlier is not None else None
    document = documents[0] if documents else None
    if document is not None and not _misfits(workspace, path, document):
        sound = document
    return replace(workspace, files={**workspace.files, path: File(path, text, document, problems, sound)})


def with_saved(workspace: Workspace, path: Path) -> Workspace:
    """The workspace in which a file is as it is on the disk, or is gone if it is not there."""
    try:
        text = read_policy(path)
    except Problems:
        return replace(workspace, files={other: file for other, file in workspace.files.items() if other != path})
    return with_text(workspace, path, text)


def belongs(folder: Path, path: Path, text: str) -> bool:
    """Does a file with a text belong to a policies folder: a YAML file in it, or a case wherever it lies?"""
    if is_case(path):
        return CASES_FOLDER in path.parts[:-1] or '"case_id"' in text
    return path.suffix == ".yaml" and path.is_relative_to(folder)


def is_case(path: Path) -> bool:
    """Is a file a case, or a case a line, by its name?"""
    return path.suffix in (CASE_SUFFIX, ROWS_SUFFIX)


def is_tests(path: Path) -> bool:
    """Is a file one of policy tests by its name?"""
    return path.name.endswith(TEST_SUFFIX)


def is_properties(path: Path) -> bool:
    """Does a file say by its name what must hold for every case?"""
    return path.name.endswith(PROPERTIES_SUFFIX)


def kind_of(path: Path, document: Document | None) -> str:
    """The kind of a file, by its name or by what it says itself; "" if that is not known."""
    if is_case(path):
        return "case"
    if is_tests(path):
        return "tests"
    if is_properties(path):
        return "properties"
    data: Any = None if document is None else document.data
    return str(data.get("kind", "")) if isinstance(data, dict) else ""


def _wrong_facts(vocabulary: Vocabulary) -> tuple[Diagnostic, ...]:
    return tuple(check_vocabulary(vocabulary))


def _present(workspace: Workspace, path: Path) -> Document:
    file = workspace.files.get(path)
    if file is None:
        # Of the regulations that the folder builds on, which change with the program alone.
        kept: Document = workspace.memory.once(read_yaml, path)
        return kept
    if file.document is None:
        raise Problems(file.problems)
    return file.document


def _sound(workspace: Workspace, path: Path) -> Document:
    file = workspace.files.get(path)
    return file.sound if file is not None and file.sound is not None else _present(workspace, path)


def _read(path: Path, text: str) -> tuple[tuple[Document, ...], tuple[Diagnostic, ...]]:
    """The documents of a file, one or one a line, and what is wrong with those that cannot be read."""
    name, documents, problems = name_of(path), list[Document](), list[Diagnostic]()
    parts = [(0, text)]
    if path.suffix == ROWS_SUFFIX:
        parts = [(number, line) for number, line in enumerate(text.split("\n")) if line.strip()]
    for number, part in parts:
        try:
            documents.append(parse_json(name, part, number) if is_case(path) else parse_yaml(name, part))
        except Problems as unread:
            problems += unread.diagnostics
    return tuple(documents), tuple(problems)


def _misfits(workspace: Workspace, path: Path, document: Document) -> tuple[Diagnostic, ...]:
    """In what a file of policies or tests differs from the form of its kind. Asked as those ask who read libraries and
    tests, so that the answer is looked for once."""
    if is_case(path):
        return ()
    if is_tests(path):
        return workspace.memory.once(schema_diagnostics, document, "tests")  # type: ignore[no-any-return]
    kind = "facts" if path == workspace.folder / VOCABULARY_FILE else "properties" if is_properties(path) else None
    return workspace.memory.once(misfits_of_file, path, kind, document)  # type: ignore[no-any-return]
