"""The paths that a person gives -> the files meant. A path that is there is that path; a pattern counts where none is.

Nothing is left out in silence: what a folder holds and is not read comes as a diagnostic that names it.
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
Form = Literal["case", "lines", "table", "either"]
"""One case, a case a line, a case a row; or by what the first line says whether the file goes on or holds one case."""

_HEAD = 4096
_OWN = re.compile(
    rb'"subject_to_review"\s*:|"diagnostics"\s*:\s*\[\{"code"'
    rb'|\A\s*\{\s*("engine_version"|"record"|"cases": [0-9]+,\s*"judged")'
)
_OWN_EMPTY = "rejected.ndjson"


def form_of(path: Path) -> Form:
    suffix = path.suffix.lower()
    if suffix in TABLES:
        return "table"
    if suffix not in CASES or is_stream(path):
        return "either"
    return "case" if suffix == ".json" else "lines"


def case_files(paths: Iterable[str]) -> Iterator[Path | Diagnostic]:
    """The files of cases, in order, each once. Below folders they are known by their endings; tables are read where
    they are named, and not looked for in folders: results are written as tables too."""
    given: set[str] = set()
    for name in paths:
        try:
            for found in _meant(name, CASES):
                if isinstance(found, Diagnostic):
                    yield found
                elif str(found) not in given:
                    given.add(str(found))
                    yield found if not _is_own(found) else _own(found, found == Path(name))
        except Problems as problems:
            yield from problems.diagnostics


def find_files(paths: Iterable[str], suffixes: tuple[str, ...]) -> list[Path]:
    """Files named, files below folders by their suffix, and files that a pattern (`*.yaml`) matches; each once.

    Raises Problems for a path that is not there or holds no such file.
    """
    found = [one for name in paths for one in _meant(name, suffixes)]
    return list(dict.fromkeys(one for one in found if isinstance(one, Path)))


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
        matching = sorted(Path(one) for one in glob(name, recursive=True))
        files = [one for one in matching if one.is_file() and not one.name.startswith("~$")]
        lost = [diagnostic("file/link-to-nothing", Location(name_of(one))) for one in matching if _leads_nowhere(one)]
        if not files and not lost:
            raise Problems([diagnostic("file/missing", Location(name_of(name)))])
        return [*files, *lost]
    if not os.path.lexists(path):
        raise Problems([diagnostic("file/missing", Location(name_of(name)))])
    return [diagnostic("file/link-to-nothing", Location(name_of(name)))] if _leads_nowhere(path) else [path]


def _below(folder: Path, suffixes: tuple[str, ...]) -> tuple[list[Path], list[Diagnostic]]:
    """The files below a folder, those of linked folders too, each folder once; and what cannot be read of it. What
    begins with a dot is hidden, with `~$` what Excel keeps beside an open workbook."""
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
                problems.append(diagnostic("file/link-to-nothing", Location(name_of(path))))
            elif path.suffix.lower() in suffixes:
                if path.is_file():
                    files.append(path)
                else:
                    problems.append(diagnostic("file/not-regular", Location(name_of(path))))
            elif suffixes == CASES and path.suffix.lower() in TABLES:
                problems.append(warning("file/table-in-folder", Location(name_of(path))))
    return sorted(files), sorted(problems, key=lambda one: one.location.file)


def _leads_nowhere(path: Path) -> bool:
    return path.is_symlink() and not path.exists()


def _own(path: Path, named: bool) -> Diagnostic:
    """What this program wrote is no error in a folder, but it is where it was asked for."""
    return (diagnostic if named else warning)("file/own-result", Location(name_of(path)))


def _is_own(path: Path) -> bool:
    """Did this program write the file, as its first bytes show?"""
    if not path.is_file() or form_of(path) == "table":
        return False
    head = read_start(path, _HEAD)
    return _OWN.search(head) is not None or (head == b"" and path.name.endswith(_OWN_EMPTY))
