"""The paths that a person gives -> the files that are meant. A path that exists is that path; otherwise it may be a
pattern such as `*.json`.

Nothing is left out in silence: a file in a folder that is not read comes as a diagnostic that names it.
"""

import os
import re
from collections.abc import Iterable, Iterator
from glob import glob
from pathlib import Path
from typing import Literal

from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic, warning
from engine.base.files import STANDARD_INPUT, is_stream, name_of, read_start, system_reason

LINES = (".ndjson", ".jsonl")
CASES = (".json", *LINES)
CSV, WORKBOOKS, PARQUET = (".csv", ".tsv"), (".xlsx", ".xlsm"), (".parquet",)
TABLES = (*CSV, *WORKBOOKS, *PARQUET)
OTHER_TABLES = (".xls", ".xlsb", ".ods")
"""Tables that are not read, of which a person is told all the same."""
Form = Literal["case", "lines", "table", "either"]
"""One case; a case a line; a case a row; or one case or a case a line, which the first line shows."""

_HEAD = 4096
_OWN = re.compile(
    rb'"subject_to_review"\s*:|"diagnostics"\s*:\s*\[\{"code"'
    rb'|\A\s*\{\s*("format"|"engine_version"|"record"|"cases": [0-9]+,\s*"judged")'
)
_OWN_EMPTY = "rejected.ndjson"


def form_of(path: Path) -> Form:
    """How a file holds its cases, by its ending."""
    suffix = path.suffix.lower()
    if suffix in TABLES:
        return "table"
    if suffix not in CASES or is_stream(path):
        return "either"
    return "case" if suffix == ".json" else "lines"


def case_files(paths: Iterable[str]) -> Iterator[Path | Diagnostic]:
    """The files of cases, in order, each once. In folders they are found by their endings. A table is read only if it
    is named, and not looked for in folders, because results are written as tables too."""
    given: set[str] = set()
    for name in paths:
        try:
            for file in _meant(name, CASES):
                if isinstance(file, Diagnostic):
                    yield file
                elif str(file) not in given:
                    given.add(str(file))
                    yield file if not _is_own(file) else _own(file, file == Path(name))
        except Problems as problems:
            yield from problems.diagnostics


def find_files(paths: Iterable[str], suffixes: tuple[str, ...]) -> list[Path]:
    """Files named, files below folders by their suffix, and files that a pattern (`*.yaml`) matches; each once.

    Raises Problems for a path that does not exist or holds no such file.
    """
    meant = (file for name in paths for file in _meant(name, suffixes))
    return list(dict.fromkeys(file for file in meant if isinstance(file, Path)))


def _meant(name: str, suffixes: tuple[str, ...]) -> list[Path | Diagnostic]:
    path = Path(name)
    if name == STANDARD_INPUT:
        return [path]
    if path.is_dir():
        files, problems = _below(path, suffixes)
        if not files and not problems:
            raise Problems([diagnostic("folder/empty", Location(name_of(name)), suffixes=", ".join(suffixes))])
        return [*files, *problems]
    if not os.path.lexists(path) and any(letter in name for letter in "*?["):
        matching = sorted(map(Path, glob(name, recursive=True)))
        files = [file for file in matching if file.is_file() and not file.name.startswith("~$")]
        lost = [_link_to_nothing(file) for file in matching if _leads_nowhere(file)]
        if not files and not lost:
            raise Problems([diagnostic("file/missing", Location(name_of(name)))])
        return [*files, *lost]
    if not os.path.lexists(path):
        raise Problems([diagnostic("file/missing", Location(name_of(name)))])
    return [_link_to_nothing(path)] if _leads_nowhere(path) else [path]


def _below(folder: Path, suffixes: tuple[str, ...]) -> tuple[list[Path], list[Diagnostic]]:
    """The files below a folder and its linked folders, each folder once, and problems with what cannot be read.

    Hidden names, which begin with a dot, are passed over, and so are the lock files of Excel, which begin with `~$`."""
    files: list[Path] = []
    problems: list[Diagnostic] = []
    known, pending = set[tuple[int, int]](), [folder]
    while pending:
        here = pending.pop()
        try:
            about = here.stat()
            if (about.st_dev, about.st_ino) in known:
                continue
            known.add((about.st_dev, about.st_ino))
            inside = list(here.iterdir())
        except OSError as error:
            problems.append(diagnostic("file/unreadable", Location(name_of(here)), **system_reason(error)))
            continue
        for path in inside:
            if path.name.startswith((".", "~$")):
                continue
            if path.is_dir():
                pending.append(path)
            elif _leads_nowhere(path):
                problems.append(_link_to_nothing(path))
            elif path.suffix.lower() in suffixes:
                if path.is_file():
                    files.append(path)
                else:
                    problems.append(diagnostic("file/not-regular", Location(name_of(path))))
            elif suffixes == CASES and path.suffix.lower() in (*TABLES, *OTHER_TABLES):
                problems.append(warning("file/table-in-folder", Location(name_of(path))))
    return sorted(files), sorted(problems, key=lambda problem: problem.location.file)


def _leads_nowhere(path: Path) -> bool:
    return path.is_symlink() and not path.exists()


def _link_to_nothing(path: Path) -> Diagnostic:
    return diagnostic("file/link-to-nothing", Location(name_of(path)))


def _own(path: Path, named: bool) -> Diagnostic:
    """A result of this program: an error if it was named as input, a warning if it only lies in a folder."""
    return (diagnostic if named else warning)("file/own-result", Location(name_of(path)))


def _is_own(path: Path) -> bool:
    """Did this program write the file, as its first bytes show?"""
    if not path.is_file() or form_of(path) == "table":
        return False
    head = read_start(path, _HEAD)
    return _OWN.search(head) is not None or (head == b"" and path.name.endswith(_OWN_EMPTY))
