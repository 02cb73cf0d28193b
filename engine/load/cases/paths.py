"""Paths -> the cases there: files, folders, patterns, NDJSON, tables, workbooks, standard input."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.base.diagnostics import Diagnostic, Problems
from engine.base.extras import need_extra
from engine.base.files import STANDARD_INPUT, name_of, opened, read_lines, read_text
from engine.base.json_text import Unread
from engine.base.paths import PARQUET, WORKBOOKS, case_files, form_of
from engine.core.judge.case import Rejected
from engine.core.policy.regulation import Library
from engine.load.cases.delimited import csv_rows
from engine.load.cases.headings import Headings
from engine.load.cases.parquet import parquet_rows
from engine.load.cases.tables import cases_in
from engine.load.cases.workbooks import cases_in_workbook

if TYPE_CHECKING:
    from engine.base.documents import Document

Tell = Callable[[Diagnostic], None]
"""Receives each warning about a file whose cases are read all the same."""


def read_cases(paths: tuple[str, ...], library: Library, language: str, tell: Tell) -> Iterator["Document | Rejected"]:
    """The case documents at the paths, in order; what cannot be read comes as `Rejected`."""
    for case in unread_cases(paths, library, language, tell):
        if not isinstance(case, Unread):
            yield case
            continue
        try:
            yield case.read()
        except Problems as problems:
            yield Rejected(case.name, None, problems.diagnostics)


def unread_cases(
    paths: tuple[str, ...], library: Library, language: str, tell: Tell
) -> Iterator["Document | Unread | Rejected"]:
    """The texts of the cases at the paths and the rows of tables, in order; what cannot be opened comes as `Rejected`.
    A table is read only if it is named, and not looked for in folders, because results are written as tables too."""
    for file in case_files(paths):
        if isinstance(file, Diagnostic):
            if file.severity == "error":
                yield Rejected(file.location.file, None, (file,))
            else:
                tell(file)
            continue
        match form_of(file):
            case "table":
                yield from table_cases(file, library, language, tell)
            case "case":
                try:
                    yield Unread(name_of(file), read_text(file), name=name_of(file))
                except Problems as problems:
                    yield Rejected(name_of(file), None, problems.diagnostics)
            case form:
                yield from _lines(file, form == "either")


def _lines(file: Path, may_be_case: bool) -> Iterator["Unread | Rejected"]:
    """The cases of an NDJSON file or stream, one a line. `may_be_case`: the whole may also be one case."""
    name = name_of(file)
    try:
        with ExitStack() as stack:
            source: Any = file
            if name == STANDARD_INPUT:
                source = sys.stdin.buffer
            elif may_be_case:
                source = stack.enter_context(opened(file))
            for number, line in read_lines(source, name):
                if isinstance(line, Diagnostic):
                    yield Rejected(name, None, (line,))
                else:
                    yield Unread(name, line, number - 1, f"{name}:{number}")
    except Problems as problems:
        yield Rejected(name, None, problems.diagnostics)


def table_cases(file: Path, library: Library, language: str, tell: Tell) -> Iterator["Document | Rejected"]:
    """The cases of a table, one a row."""
    name, headings = name_of(file), Headings(library)
    try:
        for case in _rows_of(file, name, headings, language):
            if isinstance(case, Diagnostic):
                tell(case)
            else:
                yield case
    except Problems as problems:
        yield Rejected(name, None, problems.diagnostics)


def _rows_of(
    file: Path, name: str, headings: Headings, language: str
) -> Iterator["Document | Rejected | Diagnostic"]:
    """The cases of a table, one a row, and what is worth a look."""
    if file.suffix.lower() in WORKBOOKS:
        need_extra("population", "openpyxl")

        with opened(file) as stream:
            yield from cases_in_workbook(stream, name, headings, language)
    elif file.suffix.lower() in PARQUET:
        need_extra("population", "duckdb")

        yield from cases_in(parquet_rows(file), headings, name, language)
    else:
        lines = read_lines(file, name, table=True)
        yield from cases_in(csv_rows(lines, name, headings), headings, name, language)
