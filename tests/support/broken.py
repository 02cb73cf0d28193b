"""What several tests of broken share."""

import errno
import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import click
import duckdb
import pytest
from openpyxl import Workbook

from engine.api import evaluate
from engine.base.diagnostics import Diagnostic, Location, Problems, diagnostic
from engine.base.documents import FILE_LIMIT, LINE_LIMIT, TEXT_LIMIT, Document
from engine.base.files import opened, read_lines
from engine.base.findings import MOST_PROBLEMS
from engine.base.json_places import VALUES_LIMIT
from engine.base.json_text import read_json
from engine.base.paths import case_files, find_files
from engine.base.writing import alone, check_apart, check_output, kept_folder, unwritable
from engine.base.yaml_text import YAML_VALUES_LIMIT, read_yaml
from engine.cli.opening import policies_folder
from engine.cli.outputs import refused_by_the_system as told_of
from engine.core.judge.case import Rejected
from engine.core.policy.regulation import Library
from engine.editor.edits import ItemAdded, ReadingChosen, edited
from engine.load.cases.delimited import MOST_UNSPLIT, RECORD_LINES, csv_rows
from engine.load.cases.headings import MOST_COLUMNS, Headings
from engine.load.cases.parquet import parquet_rows
from engine.load.cases.paths import read_cases
from engine.load.cases.rows import Row
from engine.load.cases.tables import cases_in
from engine.load.cases.workbook_parts import MOST_SHEETS, PART_LIMIT
from engine.load.cases.workbooks import cases_in_workbook
from engine.load.policies import folders
from engine.load.policies.folders import policies_nearby
from engine.load.policies.folders import test_files as policy_tests_below
from engine.load.policies.format import in_house_style
from engine.load.policies.library import accents_apart
from engine.proof.ladders import check_ladders
from engine.proof.mutation_run import mutate
from engine.proof.reader import read_properties
from engine.report.records.reading import records_in
from engine.report.records.writing import Writer, write_records
from engine.serve.studio.rule_drafts import Draft, DraftFile
from engine.serve.studio.rule_saves import save
from engine.study.lint import check_reach
from engine.study.suite import run
from engine.study.variations import check_compilations
from engine.versions.git import repository_of
from engine.versions.opening import load_library
from engine.versions.overwriting import overwritten_in_git
from engine.versions.revisions import STAGED, policies_at
from support import ROOT, TESTS
from support.forms import BAD_FORMS
from support.git import git
from support.layers import moved_below, reworded_below

BROKEN = TESTS / "broken"


BASE = BROKEN / "base"


CODES = list(read_yaml(ROOT / "engine" / "words" / "diagnostics.yaml").data)


EXAMPLES = sorted(path for path in BROKEN.iterdir() if path != BASE and path.suffix != ".expect")


CASES = (".json", ".csv")


Found = Counter[tuple[str, int, str]]
"""How often each (file below the policies folder, line, code) occurs."""


MARK = re.compile(r"# expect: (.+)$")


def code_of(example: Path) -> str:
    name = example.name.partition(".")[0].partition("--")[0]
    return name.replace("-", "/", 1).replace("review/content-", "review-content/")


def lay_over_base(example: Path, policies: Path) -> tuple[list[Path], Found]:
    """Fill `policies` with the base and the example; its files there, and what they are expected to be wrong in."""
    shutil.copytree(BASE, policies)
    if example.is_dir():
        laid = {one: one.relative_to(example) for one in sorted(example.rglob("*")) if one.is_file()}
        listed = laid.pop(example / "expect.txt", None) and (example / "expect.txt").read_text(encoding="utf-8")
    else:
        stem, dot, suffixes = example.name.partition(".")
        laid = {example: Path("small", stem.replace("-", "_") + dot + suffixes)}
        listed = None
        if example.suffix in CASES:
            lines = example.with_suffix(".expect").read_text(encoding="utf-8").splitlines()
            listed = "\n".join(f"{laid[example].as_posix()} {line}" for line in lines)
    for origin, place in laid.items():
        (policies / place).parent.mkdir(exist_ok=True)
        shutil.copyfile(origin, policies / place)
    expected = Found()
    for line in (listed or "").splitlines():
        match line.split():
            case ["without", place]:
                (policies / place).unlink()
            case [place, number, code]:
                expected[place, int(number), code] += 1
    for place in laid.values():
        text = (policies / place).read_bytes().decode("utf-8", errors="replace")
        for number, line in enumerate(text.split("\n"), 1):
            if place.suffix == ".yaml" and (mark := MARK.search(line)):
                expected.update((place.as_posix(), number, code) for code in mark[1].split())
    return [policies / place for place in laid.values()], expected


def problems_in(policies: Path, cases: Iterable[Path] = ()) -> list[Diagnostic]:
    """Everything wrong with a policies folder and its tests, and with some cases."""
    try:
        library = load_library(policies)
        if problems := check_compilations(library):
            raise Problems(problems)
    except Problems as problems:
        return list(problems.diagnostics)
    found = []
    if tests := policy_tests_below(policies):
        report = run(library, policies, tests)
        found += [*report.diagnostics, *(one for each in report.results for one in each.diagnostics)]
    found += read_properties(library, policies).problems
    read_cases = [document for case in cases for document in read(case, library)]
    found += [note for note in read_cases if isinstance(note, Diagnostic)]
    results = evaluate(library, [document for document in read_cases if not isinstance(document, Diagnostic)])
    return [*found, *(one for rejected in results.rejected for one in rejected.diagnostics), *results.warnings]


def read(case: Path, library: Library) -> Iterator[Document | Rejected | Diagnostic]:
    try:
        if case.suffix == ".csv":
            headings, name = Headings(library), str(case)
            yield from cases_in(csv_rows(read_lines(case, name, table=True), name, headings), headings, name)
        else:
            yield read_json(case)
    except Problems as problems:
        yield Rejected(str(case), None, problems.diagnostics)


# --- what cannot lie in the repository as a small file ----------------------------------------------------------------


def missing(folder: Path) -> Iterator[Diagnostic]:
    find_files([str(folder / "gone*.json")], (".json",))
    return iter(())


def unreadable(folder: Path) -> Iterator[Diagnostic]:
    read_json(folder)
    return iter(())


def not_formatted(folder: Path) -> Iterator[Diagnostic]:
    in_house_style("one.yaml", "a: {b: 1, # beside\n  c: 2}\n")
    return iter(())


def edit_of_nothing(folder: Path) -> Iterator[Diagnostic]:
    edited("one.yaml", "kind: triggers\n", ReadingChosen("nothing", "x"))
    return iter(())


def edit_of_a_scalar(folder: Path) -> Iterator[Diagnostic]:
    edited("one.yaml", "kind: triggers\n", ItemAdded(("kind",), {"id": "a"}))
    return iter(())


def edit_of_what_changed(folder: Path) -> Iterator[Diagnostic]:
    (folder / "one.yaml").write_text("a: 2\n", encoding="utf-8")
    save(folder, Draft({"one.yaml": DraftFile("a: 1\n", "a: 3\n")}), "A", "change")
    return iter(())


def git_in_use(folder: Path) -> Iterator[Diagnostic]:
    text = "a: 1\n"
    (folder / "one.yaml").write_text(text, encoding="utf-8")
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        git(folder, *command)
    (folder / ".git" / "index.lock").touch()
    save(folder, Draft({"one.yaml": DraftFile(text, "a: 2\n")}), "A", "change")
    return iter(())


def no_git(folder: Path) -> Iterator[Diagnostic]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(folder))
        repository_of(folder)
    return iter(())


def at_revision(
    revision: str, *, history: bool = True, shallow: bool = False
) -> Callable[[Path], Iterator[Diagnostic]]:
    """Ask for a revision of a folder: in no repository, in one of two commits, or in a shallow clone of that."""

    def made(folder: Path) -> Iterator[Diagnostic]:
        policies = folder / "one" / "policies"
        shutil.copytree(BASE, policies)
        if history:
            git(folder / "one", "init", "-q")
            git(folder / "one", "commit", "-q", "--allow-empty", "-m", "before the policies")
            git(folder / "one", "tag", "before")
            git(folder / "one", "add", ".")
            git(folder / "one", "commit", "-q", "-m", "policies")
        if shallow:
            git(folder, "clone", "-q", "--depth", "1", (folder / "one").as_uri(), str(folder / "two"))
            policies = folder / "two" / "policies"
        with policies_at(policies, revision):
            return iter(())

    return made


def unmerged(folder: Path) -> Iterator[Diagnostic]:
    """A merge that left a file in conflict."""
    shutil.copytree(BASE, folder / "policies")
    facts = folder / "policies" / "facts.yaml"
    text = facts.read_text(encoding="utf-8")

    def commit(line: str) -> None:
        facts.write_text(text + line, encoding="utf-8")
        git(folder, "add", ".")
        git(folder, "commit", "-q", "-m", "policies")

    git(folder, "init", "-q", "-b", "main")
    commit("")
    git(folder, "checkout", "-q", "-b", "side")
    commit("# one\n")
    git(folder, "checkout", "-q", "main")
    commit("# two\n")
    with pytest.raises(subprocess.CalledProcessError):
        git(folder, "merge", "-q", "side")
    with policies_at(folder / "policies", STAGED):
        return iter(())


def link_to_nothing(folder: Path) -> Iterator[Diagnostic]:
    (folder / "one.yaml").symlink_to("gone.yaml")
    read_yaml(folder / "one.yaml")
    return iter(())


def pipe(folder: Path) -> Iterator[Diagnostic]:
    os.mkfifo(folder / "one.yaml")
    read_yaml(folder / "one.yaml")
    return iter(())


def many_folders(folder: Path) -> Iterator[Diagnostic]:
    """A link to a folder of more folders than a policies folder can hold."""
    for number in range(20):
        (folder / "disk" / str(number)).mkdir(parents=True)
    shutil.copytree(BASE, folder / "policies")
    (folder / "policies" / "small" / "disk").symlink_to(folder / "disk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folders, "MOST_FOLDERS", 15)
        load_library(folder / "policies")
    return iter(())


def without_policies(make: Callable[[Path], object]) -> Callable[[Path], Iterator[Diagnostic]]:
    """What `check` says in a folder that holds no policies."""

    def made(folder: Path) -> Iterator[Diagnostic]:
        make(folder)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            with pytest.raises(click.UsageError) as refused, click.Context(click.Command("check")):
                policies_folder(None, own=True)
            place = policies_nearby()
        code = "library/elsewhere" if place else "library/none-here"
        found = diagnostic(code, Location(""), place=str(place))
        assert found.message("vi") in refused.value.message
        yield found

    return made


def in_a_repository(
    make: Callable[[Path], object], variables: Mapping[str, str] | None = None
) -> Callable[[Path], Iterator[Diagnostic]]:
    """Ask for the last commit of a repository after something was done to it."""

    def made(folder: Path) -> Iterator[Diagnostic]:
        shutil.copytree(BASE, folder / "policies")
        git(folder, "init", "-q")
        make(folder)
        with pytest.MonkeyPatch.context() as patch:
            for name, value in (variables or {}).items():
                patch.setenv(name, value)
            with policies_at(folder / "policies", "HEAD"):
                return iter(())

    return made


def committed(folder: Path) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "policies")


def link_to_the_outside(folder: Path) -> None:
    (folder / "policies" / "small" / "more.yaml").symlink_to("/nowhere/more.yaml")
    committed(folder)


def object_lost(folder: Path) -> None:
    committed(folder)
    ask = ["git", "-C", str(folder), "rev-parse", "HEAD:policies/facts.yaml"]
    name = subprocess.run(ask, check=True, capture_output=True, text=True, timeout=60).stdout.strip()
    (folder / ".git" / "objects" / name[:2] / name[2:]).unlink()


def submodule_not_here(folder: Path) -> None:
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},policies/small/more")
    git(folder, "commit", "-q", "-m", "policies")


def overwritten_value(folder: Path) -> Iterator[Diagnostic]:
    """A value changed where it stands, and one taken out, as git shows them; one added is none."""
    policies = folder / "policies"
    shutil.copytree(BASE, policies)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "policies")
    ladder = policies / "small" / "ladder.yaml"
    text = ladder.read_text(encoding="utf-8")
    later = text.replace("      - from: 2020-01-01\n        value: 100", "      - from: 2024-01-01\n        value: 90")
    added = text + later.split("    values:\n")[1]
    ladder.write_text(added, encoding="utf-8")
    assert overwritten_in_git(policies, load_library(policies)) == ()
    ladder.write_text(text.replace("value: 100", "value: 95"), encoding="utf-8")
    yield from overwritten_in_git(policies, load_library(policies))
    git(folder, "commit", "-q", "-a", "-m", "overwritten")
    yield from overwritten_in_git(policies, load_library(policies))


def in_records(change: Callable[[list[str]], object], kind: str = "") -> Callable[[Path], Iterator[Diagnostic]]:
    """What is told of a file of records after its lines were changed."""

    def made(folder: Path) -> Iterator[Diagnostic]:
        lines = record_lines()
        change(lines)
        (folder / "records.ndjson").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        found: list[Diagnostic] = []
        list(records_in(folder / "records.ndjson", found.append))
        return iter(found)

    return made


def record_lines() -> list[str]:
    """The records of a run over the cases that a test of this project always has, a line each."""
    policies = ROOT / "policies"
    one = load_library(policies)
    results = evaluate(one, [read_json(policies / "qd-124-2023" / "cases" / "01-organization-good.json")])
    stream = StringIO()
    write_records(results, False, Writer(one, {}), stream)
    return stream.getvalue().splitlines()


def header_alone(line: str) -> str:
    """The first line of a run, without its catalogue."""
    return json.dumps({**json.loads(line), "hash": None, "catalogue": None})


def edit_line(number: int, old: str, new: str) -> Callable[[list[str]], object]:
    """Change a line of records."""

    def change(lines: list[str]) -> None:
        assert old in lines[number], old
        lines[number] = lines[number].replace(old, new)

    return change


def old_records(folder: Path) -> Iterator[Diagnostic]:
    """Explain what version 1 of the format kept."""
    kept = sorted((TESTS / "golden" / "results").glob("*.v1.ndjson"))[0]
    done = subprocess.run(
        [sys.executable, "-m", "engine", "explain", str(kept)], cwd=ROOT, capture_output=True, text=True, timeout=60,
        encoding="utf-8", check=False,
    )  # fmt: skip
    assert "records/old-version" in done.stderr and done.returncode == 1
    yield diagnostic("records/old-version", Location(str(kept)))


def no_records(folder: Path) -> Iterator[Diagnostic]:
    (folder / "cases.json").write_text('{"case_id": "A"}', encoding="utf-8")
    return iter(list(records_in(folder / "cases.json", print)) and ())


def refused_by_the_system(error: Exception) -> Callable[[Path], Iterator[Diagnostic]]:
    """What is told of an error that the system, and not the program, is the reason of."""

    def made(folder: Path) -> Iterator[Diagnostic]:
        problems = told_of(error)
        assert problems is not None
        raise problems

    return made


def output_at(name: str, read: str | None = None) -> Callable[[Path], Iterator[Diagnostic]]:
    """Ask for an output in a folder that holds a file `file`, and the cases in `read`."""

    def made(folder: Path) -> Iterator[Diagnostic]:
        (folder / "file").touch()
        if read is not None:
            check_apart(folder / name, [str(folder / read)])
        check_output(folder / name)
        return iter(())

    return made


def output_in_use(folder: Path) -> Iterator[Diagnostic]:
    with alone(folder), alone(folder):
        return iter(())


def folder_of_another(folder: Path) -> Iterator[Diagnostic]:
    (folder / "file").touch()
    with kept_folder(folder):
        return iter(())


def too_large(folder: Path) -> Iterator[Diagnostic]:
    path = folder / "case.json"
    path.write_bytes(b" " * (FILE_LIMIT + 1))
    read_json(path)
    return iter(())


def accents_of_their_own(folder: Path) -> Iterator[Diagnostic]:
    shutil.copytree(BASE, folder / "policies")
    ladder = folder / "policies" / "small" / "ladder.yaml"
    ladder.write_text(unicodedata.normalize("NFD", ladder.read_text(encoding="utf-8")), encoding="utf-8")
    load_library(folder / "policies")
    yield from accents_apart(folder / "policies")


def own_result(folder: Path) -> Iterator[Diagnostic]:
    (folder / "rows.ndjson").write_text('{"case_id":"A","subject_to_review":true}\n', encoding="utf-8")
    return (one for one in case_files([str(folder)]) if isinstance(one, Diagnostic))


def table_in_folder(folder: Path) -> Iterator[Diagnostic]:
    (folder / "cases.CSV").touch()
    return (one for one in case_files([str(folder)]) if isinstance(one, Diagnostic))


def empty_folder(folder: Path) -> Iterator[Diagnostic]:
    find_files([str(folder)], (".json", ".ndjson"))
    return iter(())


def long_line(folder: Path) -> Iterator[Diagnostic]:
    path = folder / "cases.ndjson"
    path.write_bytes(b" " * (LINE_LIMIT + 1) + b"\n")
    return (line for _, line in read_lines(path, str(path)) if isinstance(line, Diagnostic))


def long_row(folder: Path) -> Iterator[Diagnostic]:
    path = folder / "cases.csv"
    path.write_bytes(b" " * (LINE_LIMIT + 1) + b"\n")
    return (line for _, line in read_lines(path, str(path), table=True) if isinstance(line, Diagnostic))


def in_a_table(heading: str, cell: object, *edit: str) -> Callable[[Path], Iterator[Diagnostic]]:
    """What is wrong with a row of plain cells, as a workbook holds them, once a word of the vocabulary is another."""

    def made(folder: Path) -> Iterator[Diagnostic]:
        shutil.copytree(BASE, folder / "policies")
        if edit:
            facts = folder / "policies" / "facts.yaml"
            text = facts.read_text(encoding="utf-8")
            assert edit[0] in text
            facts.write_text(text.replace(*edit), encoding="utf-8")
        names = ("case_id", "period", "as_of", "subject.kind", heading)
        rows = [
            Row("cases.xlsx", 1, names, "S"),
            Row("cases.xlsx", 2, ("A", 2024, date(2024, 12, 31), "person", cell), "S"),
        ]
        headings = Headings(load_library(folder / "policies"))
        for one in cases_in(rows, headings, "cases.xlsx"):
            assert not isinstance(one, Diagnostic)
            assert str(one.location() if isinstance(one, Document) else one.file).startswith("cases.xlsx")
            yield from one.problems if isinstance(one, Document) else one.diagnostics

    return made


def in_a_workbook(
    edit: Callable[[Any], object] = lambda sheet: None, written: Callable[[bytes], bytes] = lambda content: content
) -> Callable[[Path], Iterator[Diagnostic]]:
    """What is wrong with a workbook of one case once its sheet is edited, or its bytes are."""

    def made(folder: Path) -> Iterator[Diagnostic]:
        book, stream = Workbook(), BytesIO()
        book.active.append(("case_id", "period", "as_of", "subject.kind", "work.given", "work.done"))
        book.active.append(("A", 2024, date(2024, 12, 31), "person", 10, 9))
        edit(book.active)
        book.save(stream)
        path = folder / "cases.xlsx"
        path.write_bytes(written(stream.getvalue()))
        headings = Headings(load_library(BASE))
        with opened(path) as content:
            for one in cases_in_workbook(content, str(path), headings):
                match one:
                    case Diagnostic():
                        yield one
                    case Document():
                        yield from one.problems
                    case _:
                        yield from one.diagnostics

    return made


def rewritten(*changes: tuple[bytes, bytes]) -> Callable[[bytes], bytes]:
    """The files inside a workbook with words changed, as another program writes them."""

    def made(content: bytes) -> bytes:
        stream = BytesIO()
        with ZipFile(BytesIO(content)) as old, ZipFile(stream, "w") as new:
            for name in old.namelist():
                inside = old.read(name)
                for one, other in changes:
                    inside = inside.replace(one, other)
                new.writestr(name, inside)
        return stream.getvalue()

    return made


def in_a_file(name: str, content: bytes) -> Callable[[Path], Iterator[Diagnostic]]:
    """What is wrong with a file of cases, read as the command reads it."""

    def made(folder: Path) -> Iterator[Diagnostic]:
        (folder / name).write_bytes(content)
        for one in read_cases((str(folder / name),), load_library(BASE), "vi", lambda problem: None):
            yield from one.diagnostics if isinstance(one, Rejected) else one.problems

    return made


ROW = "case_id,period,as_of,subject.kind\nA,2024,2024-12-31,person\n"


def ods() -> bytes:
    stream = BytesIO()
    with ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<office/>")
    return stream.getvalue()


OF_ANOTHER_KIND: dict[str, tuple[str, bytes, str, str]] = {
    "UTF-16": ("cases.csv", ROW.encode("utf-16"), "file/wide-letters", "CSV UTF-8"),
    "UTF-16, the other way": ("cases.csv", b"\xfe\xff" + ROW.encode("utf-16-be"), "file/wide-letters", "UTF-16"),
    "UTF-16 without a mark": ("cases.csv", ROW.encode("utf-16-le"), "file/wide-letters", "Notepad"),
    "UTF-16 as JSON": ("case.json", '{"case_id": "A"}'.encode("utf-16"), "file/wide-letters", "UTF-16"),
    "UTF-16 as lines": ("cases.ndjson", '{"case_id": "A"}\n{}\n'.encode("utf-16"), "file/wide-letters", "UTF-16"),
    "CR as a table": ("cases.csv", ROW.replace("\n", "\r").encode(), "file/cr-only", "Macintosh"),
    "CR as lines": ("cases.ndjson", b'{"a": 1}\r{"a": 2}\r', "file/cr-only", "LF"),
    "an old workbook": ("cases.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "file/other-kind", ".xls"),
    "one renamed": ("cases.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "file/other-kind", ".xls"),
    "one called a table": ("cases.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "file/other-kind", ".xls"),
    "OpenDocument": ("cases.ods", ods(), "file/other-kind", ".ods"),
    "OpenDocument renamed": ("cases.xlsx", ods(), "file/other-kind", ".ods"),
    "a web page called a workbook": ("cases.xls", b"<html><table><tr><td>case_id", "file/other-kind", "HTML"),
    "a web page renamed": ("cases.xlsx", b"<html><table><tr><td>case_id", "file/other-kind", "HTML"),
    "a photo": ("cases.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(500), "file/picture", ".xlsx"),
    "a screenshot called a workbook": ("cases.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(500), "file/picture", ".xlsx"),
    "a photo of a phone": ("cases.heic", bytes(3) + b"\x18ftypheic" + bytes(500), "file/picture", ".xlsx"),
    "a PDF": ("cases.pdf", b"%PDF-1.7\n", "file/other-kind", "PDF"),
    "a workbook called a table": ("cases.csv", b"PK\x03\x04....xl/workbook.xml", "file/other-kind", ".xlsx"),
    "a Word document": ("cases.json", b"PK\x03\x04....word/document.xml", "file/other-kind", "Word"),
    "a table called a workbook": ("cases.xlsx", ROW.encode(), "workbook/not-xlsx", ".xlsx"),
}


def marked(content: bytes, in_part: int, in_list: int, number: int) -> bytes:
    """An archive of which every part has this number in a place of its header, and of its entry in the list."""
    changed = bytearray(content)
    for begins, place in ((b"PK\x03\x04", in_part), (b"PK\x01\x02", in_list)):
        at = changed.find(begins)
        while at >= 0:
            changed[at + place : at + place + 2] = number.to_bytes(2, "little")
            at = changed.find(begins, at + 4)
    return bytes(changed)


def without_headings(sheet: Any) -> None:
    sheet.delete_rows(1, 2)


def another_sheet(sheet: Any) -> None:
    sheet.parent.create_sheet("Notes").append(["something"])


def hidden_row(sheet: Any) -> None:
    sheet.row_dimensions[2].hidden = True


def formula(sheet: Any) -> None:
    sheet["E2"] = "=5+5"


def long_text(name: str, content: str) -> Callable[[Path], Iterator[Diagnostic]]:
    def make(folder: Path) -> Iterator[Diagnostic]:
        path = folder / name
        path.write_text(content.format("a" * (TEXT_LIMIT + 1)), encoding="utf-8")
        read_yaml(path) if path.suffix == ".yaml" else read_json(path)
        return iter(())

    return make


def many_values(folder: Path) -> Iterator[Diagnostic]:
    path = folder / "case.json"
    path.write_text('{"facts": [' + "1, " * VALUES_LIMIT + "1]}", encoding="utf-8")
    read_json(path)
    return iter(())


def many_problems(folder: Path) -> Iterator[Diagnostic]:
    """A case in which nothing is right, again and again: the first problems, and how many more."""
    path = folder / "case.json"
    path.write_text('{"facts": {' + ", ".join(f'"f{number}": NaN' for number in range(250)) + "}}", encoding="utf-8")
    try:
        read_json(path)
    except Problems as problems:
        *first, last = problems.diagnostics
        assert {one.code for one in first} == {"json/not-a-number"}
        assert len(first) == MOST_PROBLEMS
        assert last.arguments == (("count", 150),)
        raise Problems([last]) from None
    return iter(())


def many_values_of_yaml(folder: Path) -> Iterator[Diagnostic]:
    path = folder / "many.yaml"
    path.write_text("a:\n" + "- 1\n" * YAML_VALUES_LIMIT, encoding="utf-8")
    read_yaml(path)
    return iter(())


def in_csv(text: str) -> Callable[[Path], Iterator[Diagnostic]]:
    def made(folder: Path) -> Iterator[Diagnostic]:
        path = folder / "cases.csv"
        path.write_text("case_id,period,as_of,subject.kind\n" + text, encoding="utf-8")
        headings = Headings(load_library(BASE))
        rows = csv_rows(read_lines(path, str(path), table=True), str(path), headings)
        return (row for row in rows if isinstance(row, Diagnostic) and row.code != "table/quotes")

    return made


def unfolding(content: bytes) -> bytes:
    """The same workbook with a part of blanks beside the others."""
    stream = BytesIO(content)
    with ZipFile(stream, "a", ZIP_DEFLATED) as archive:
        archive.writestr("xl/more.xml", b" " * (PART_LIMIT + 1))
    return stream.getvalue()


def row_beyond_the_last(content: bytes) -> bytes:
    stream, other = BytesIO(content), BytesIO()
    with ZipFile(stream) as archive, ZipFile(other, "w", ZIP_DEFLATED) as written:
        for name in archive.namelist():
            part = archive.read(name)
            if name.endswith("sheet1.xml"):
                part = part.replace(b'<row r="2"', b'<row r="2000000000"')
            written.writestr(name, part)
    return other.getvalue()


def sheet_tags(content: bytes) -> bytes:
    """The same workbook, whose list of sheets names one of them again and again."""
    stream, other = BytesIO(content), BytesIO()
    with ZipFile(stream) as archive, ZipFile(other, "w", ZIP_DEFLATED) as written:
        for name in archive.namelist():
            part = archive.read(name)
            if name.endswith("xl/workbook.xml"):
                part = re.sub(rb"<sheet [^>]*>", lambda tag: tag[0] * (MOST_SHEETS + 1), part)
            written.writestr(name, part)
    return other.getvalue()


def in_parquet(rows: str) -> Callable[[Path], Iterator[Diagnostic]]:
    """What is wrong with a Parquet file that holds what SQL selects."""

    def made(folder: Path) -> Iterator[Diagnostic]:
        path = folder / "cases.parquet"
        with duckdb.connect() as database:
            database.execute(f"COPY (SELECT {rows}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
        return (row for row in parquet_rows(path) if isinstance(row, Diagnostic))

    return made


def many_facts(folder: Path) -> Iterator[Diagnostic]:
    """A condition over more facts than the matching engine takes."""
    policies = folder / "policies"
    shutil.copytree(BASE, policies)
    names = [f"flag.n{number}" for number in range(251)]
    with (policies / "facts.yaml").open("a", encoding="utf-8") as facts:
        for name in names:
            facts.write(f"  {name}:\n    type: boolean\n    label: {{vi: Cờ, en: Flag}}\n")
            facts.write('    question: {vi: "Có cờ?", en: "A flag?"}\n')
    conditions = "".join(f"        - {{fact: {name}, is: true}}\n" for name in names)
    (policies / "small" / "flags.yaml").write_text(
        "kind: triggers\nid: flags\nlabel: {vi: Cờ, en: Flags}\napplies_to: [person]\ntriggers:\n  - id: all_flags\n"
        f"    label: {{vi: Mọi cờ, en: All flags}}\n    when:\n      all:\n{conditions}"
        '    source: {document: decree, locator: mục 1, status: stated, quote: "phải làm xong"}\n',
        encoding="utf-8",
    )
    return iter(problems_in(policies))


def no_tests(folder: Path) -> Iterable[Diagnostic]:
    shutil.copytree(BASE, folder / "policies")
    return run(load_library(folder / "policies"), folder / "policies").diagnostics


def no_mutants(folder: Path) -> Iterable[Diagnostic]:
    shutil.copytree(BASE, folder / "policies")
    with pytest.raises(Problems) as refused:
        mutate(load_library(folder / "policies"), folder / "policies", [folder / "policies" / "facts.yaml"])
    return refused.value.diagnostics


def idle(
    name: str, rule: str = "", *, edit: tuple[str, str, str] | None = None
) -> Callable[[Path], Iterable[Diagnostic]]:
    """What is wrong of one code alone with the base and one more rule, or one edit (file, old, new)."""

    def made(folder: Path) -> Iterable[Diagnostic]:
        policies = folder / "policies"
        shutil.copytree(BASE, policies)
        if rule:
            (policies / "small" / "more.yaml").write_text(MORE + rule, encoding="utf-8")
        if edit:
            file = policies / edit[0]
            text = file.read_text(encoding="utf-8")
            assert edit[1] in text
            file.write_text(text.replace(edit[1], edit[2], 1), encoding="utf-8")
        library = load_library(policies)
        return [one for one in (*check_reach(library), *check_ladders(library)) if one.code == name]

    return made


BAR_WITHIN_RUNG = """bars:
  - id: not_all_done
    grade: tin
    label: {vi: Chưa xong hết, en: Not all done}
    when: {fact: work.done_percent, at_most: 100}
    CITED
"""
BARS = """bars:
  - id: few
    grade: GRADE
    label: {vi: Ít, en: Few}
    when: {fact: work.done_percent, less_than: 50}
    CITED
  - id: faulty
    grade: gold
    label: {vi: Lỗi, en: Faulty}
    when: {fact: fault, is: true}
    CITED"""
GAP = """  grade: undetermined
  gaps:
    - id: few
      label: {vi: Ít, en: Few}
      when: {fact: work.done_percent, less_than: 90}
      CITED
"""
MORE = "kind: triggers\nid: more\nlabel: {vi: Thêm, en: More}\napplies_to: [person]\ntriggers:\n"


CITED = '    source: {document: decree, locator: mục 1, status: stated, quote: "phải làm xong"}\n'


RULE = "  - id: NAME\n    label: {vi: Một, en: One}\n    when: {fact: work.done, WHEN}\n" + CITED


SPARE = (
    "  - id: spare\n    label: {vi: Thừa, en: Spare}\n    type: integer\n"
    "    values:\n      - from: 2020-01-01\n        value: 3\n"
)


IMPLIED = (
    "      - id: done_at_all\n        label: {vi: Có làm, en: Done}\n"
    "        when: {fact: work.done_percent, at_least: 50}\n    " + CITED
)


MADE = {
    **BAD_FORMS,
    "edit/changed-elsewhere": edit_of_what_changed,
    "edit/no-item": edit_of_nothing,
    "edit/not-possible": edit_of_a_scalar,
    "git/busy": git_in_use,
    "output/failed": refused_by_the_system(unwritable("out", OSError(errno.EIO, ""))),
    "output/in-use": output_in_use,
    "output/is-a-folder": output_at("."),
    "output/is-input": output_at("out", "."),
    "output/no-folder": output_at("none/out"),
    "output/no-space": refused_by_the_system(OSError(errno.ENOSPC, "")),
    "output/not-a-folder": output_at("file/out"),
    "output/not-allowed": refused_by_the_system(unwritable("out", OSError(errno.EROFS, ""))),
    "output/not-ours": folder_of_another,
    "run/no-memory": refused_by_the_system(MemoryError()),
    "run/no-threads": refused_by_the_system(RuntimeError("can't start new thread")),
    "criterion/implied": idle("criterion/implied", edit=("small/ladder.yaml", "bars: []", IMPLIED + "bars: []")),
    "document/unused": idle(
        "document/unused",
        edit=("small/regulation.yaml", "grades:\n", "  - {id: other, label: {vi: Khác, en: Other}}\ngrades:\n"),
    ),
    "fact/unused": idle("fact/unused"),
    "grade/unreachable": idle("grade/unreachable"),
    "interpretation/unused": idle("interpretation/unused"),
    "ladder/bar-within-rung": idle(
        "ladder/bar-within-rung",
        edit=("small/ladder.yaml", "bars: []", BAR_WITHIN_RUNG.replace("CITED", CITED.strip())),
    ),
    "ladder/bars-disagree": idle(
        "ladder/bars-disagree",
        edit=("small/ladder.yaml", "bars: []", BARS.replace("CITED", CITED.strip()).replace("GRADE", "tin")),
    ),
    "ladder/unnamed-gap": idle(
        "ladder/unnamed-gap",
        edit=("small/ladder.yaml", "  grade: undetermined\n", GAP.replace("CITED", CITED.strip())),
    ),
    "ladder/unreachable-grade": idle(
        "ladder/unreachable-grade",
        edit=(
            "small/ladder.yaml",
            "{fact: work.done_percent, at_least: {parameter: done_percent}}",
            "{all: [{fact: work.done, less_than: 1}, {fact: work.done, more_than: 5}]}",
        ),
    ),
    "parameter/unused": idle(
        "parameter/unused", edit=("small/ladder.yaml", "parameters:\n", "parameters:\n" + SPARE + "    " + CITED)
    ),
    "parameter/small-percent": idle("parameter/small-percent", edit=("small/ladder.yaml", "value: 100", "value: 0.5")),
    "publication/unused": idle(
        "publication/unused",
        edit=(
            "small/regulation.yaml",
            "grades:\n",
            "publications:\n  - {id: page, label: {vi: Trang, en: Page}, url: 'https://example.org'}\ngrades:\n",
        ),
    ),
    "relation/unused": idle("relation/unused"),
    "rule/always-holds": idle("rule/always-holds", RULE.replace("NAME", "one").replace("WHEN", "at_least: 0")),
    "rule/never-holds": idle("rule/never-holds", RULE.replace("NAME", "one").replace("WHEN", "less_than: 0")),
    "rule/repeats": idle(
        "rule/repeats",
        RULE.replace("NAME", "one").replace("WHEN", "at_least: 5")
        + RULE.replace("NAME", "two").replace("WHEN", "at_least: 5"),
    ),
    "cell/day-for-number": in_a_table("work.given", datetime(2024, 5, 12)),
    "cell/serial-day": in_a_table("since", 45657),
    "cell/formula": in_a_workbook(formula),
    "cell/merged": in_a_workbook(lambda sheet: sheet.merge_cells("E2:F2")),
    "workbook/damaged": in_a_workbook(written=lambda content: content[:-100]),
    "workbook/hidden": in_a_workbook(hidden_row),
    "workbook/no-cases": in_a_workbook(without_headings),
    "workbook/not-xlsx": in_a_workbook(written=lambda content: b"case_id,period\n"),
    "workbook/packing": in_a_workbook(written=lambda content: marked(content, 8, 10, 93)),
    "workbook/protected": in_a_workbook(
        written=lambda content: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    ),
    "text/decomposed": accents_of_their_own,
    "workbook/strict": in_a_workbook(
        written=rewritten(
            (
                b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                b"http://purl.oclc.org/ooxml/spreadsheetml/main",
            )
        )
    ),
    "file/wide-letters": in_a_file(*OF_ANOTHER_KIND["UTF-16"][:2]),
    "file/cr-only": in_a_file(*OF_ANOTHER_KIND["CR as a table"][:2]),
    "file/picture": in_a_file(*OF_ANOTHER_KIND["a photo"][:2]),
    "file/other-kind": in_a_file(*OF_ANOTHER_KIND["an old workbook"][:2]),
    "workbook/sheet-not-read": in_a_workbook(another_sheet),
    "cell/several-options": in_a_table(
        "tags", "ma", "{p: {vi: P, en: P}, q: {vi: Q, en: Q}}", "{p: {vi: Mạ, en: P}, q: {vi: Má, en: Q}}"
    ),
    "table/heading-unclear": in_a_table("Việc xong", 1, "Việc giao", "Việc xong"),
    "table/line-too-long": long_row,
    "yaml/too-many-values": many_values_of_yaml,
    "table/quotes-everywhere": in_csv('"A\n' * (MOST_UNSPLIT + RECORD_LINES)),
    "table/too-wide": in_csv("," * MOST_COLUMNS + "\n"),
    "table/too-many-rows": in_parquet("'T-1' AS case_id FROM range(200000)"),
    "table/unfolds": in_parquet("repeat('x', 150000000) AS case_id"),
    "workbook/too-many-sheets": in_a_workbook(written=sheet_tags),
    "workbook/unfolds": in_a_workbook(written=unfolding),
    "workbook/row-number": in_a_workbook(written=row_beyond_the_last),
    "file/missing": missing,
    "file/more": many_problems,
    "json/too-many-values": many_values,
    "file/link-to-nothing": link_to_nothing,
    "file/not-regular": pipe,
    "folder/too-many": many_folders,
    "git/failed": in_a_repository(lambda folder: (folder / ".git" / "config").write_text("[core\n", "utf-8")),
    "git/link": in_a_repository(link_to_the_outside),
    "git/missing": no_git,
    "git/no-commit": in_a_repository(lambda folder: None),
    "git/not-here": in_a_repository(object_lost),
    "git/owner": in_a_repository(committed, {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}),
    "git/submodule": in_a_repository(submodule_not_here),
    "git/no-folder": at_revision("before"),
    "git/no-repository": at_revision("HEAD", history=False),
    "git/unmerged": unmerged,
    "git/shallow": at_revision("HEAD~1", shallow=True),
    "git/unknown-revision": at_revision("nowhere"),
    "library/elsewhere": without_policies(lambda folder: shutil.copytree(BASE, folder / "rules")),
    "library/none-here": without_policies(lambda folder: None),
    "overlay/changed-below": reworded_below,
    "overlay/moved-below": moved_below,
    "parameter/overwritten": overwritten_value,
    "records/catalogue-changed": in_records(edit_line(0, "Quy định", "Qui định")),
    "records/changed": in_records(edit_line(1, '"grade":"good"', '"grade":"excellent"')),
    "records/cut-off": in_records(lambda lines: lines.pop()),
    "records/later-version": in_records(edit_line(0, '"format":2', '"format":3')),
    "records/lost": in_records(lambda lines: lines.pop(1)),
    "records/no-catalogue": in_records(lambda lines: lines.insert(0, header_alone(lines.pop(0)))),
    "records/none": no_records,
    "records/old-version": old_records,
    "records/several-runs": in_records(lambda lines: lines.extend(list(lines))),
    "file/not-formatted": not_formatted,
    "file/too-large": too_large,
    "file/unreadable": unreadable,
    "folder/empty": empty_folder,
    "file/own-result": own_result,
    "file/table-in-folder": table_in_folder,
    "json/line-too-long": long_line,
    "json/text-too-long": long_text("case.json", '{{"case_id": "{}"}}'),
    "rule/beyond-bounds": many_facts,
    "test/no-mutants": no_mutants,
    "test/none": no_tests,
    "yaml/text-too-long": long_text("long.yaml", "kind: {}\n"),
}
"""Codes whose file is too large to keep, or is not there at all, with what makes it."""
