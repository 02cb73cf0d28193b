"""What the commands share: options, exit codes, loading a library, reading cases, writing a file whole, progress."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from os import strerror
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import click

from engine.cli import completion
from engine.cli.usage import misuse, wrong_usage
from engine.terminal import unguarded

if TYPE_CHECKING:
    from engine.cache import Kept
    from engine.diagnostics import Diagnostic, Problems
    from engine.model import Library, Regulation
    from engine.records import Rejected
    from engine.sources import Document, Unread
    from engine.tables import Headings

DONE, PROBLEMS, USAGE, FAILURE = 0, 1, 2, 3
WRONG_OUTPUT = ("output/is-a-folder", "output/is-input", "output/no-folder", "output/not-a-folder")
"""An output that was named wrong: this is wrong usage."""
LEFT_OVER = {
    "vi": "lưu ý: `{}` không do lần chạy này ghi, còn lại từ trước; xóa đi nếu không dùng nữa",
    "en": "note: this run did not write `{}`, which is from before; remove it if it is of no use",
}

language_option = click.option(
    "--lang", "language", type=click.Choice(["vi", "en"]), default="vi", show_default=True,
    help="Ngôn ngữ của kết quả / language of what is printed.",
)  # fmt: skip
policies_option = click.option(
    "--policies", "folder", type=click.Path(file_okay=False, path_type=Path), default=None,
    help="Thư mục quy tắc (mặc định: ./policies, hoặc thư mục này) / the policies folder (./policies or here).",
)  # fmt: skip
judged_by_option = click.option(
    "--regulation", default=None, metavar="ID", shell_complete=completion.regulations,
    help="Áp dụng quy định này thay cho quy định đang có hiệu lực / judge by this regulation.",
)  # fmt: skip
switch_option = click.option(
    "--interpretation", "interpretations", multiple=True, metavar="ID=OPTION",
    shell_complete=completion.interpretations,
    help="Đổi một cách hiểu cho lần chạy này / read an interpretation another way in this run.",
)  # fmt: skip


SHIPPED = (
    "Dùng quy tắc đi kèm chương trình, vì ở đây không có thư mục quy tắc.",
    "Uses the policies that come with the program, because there is no policies folder here.",
)


def policies_folder(folder: Path | None, *, own: bool = False) -> Path:
    """The policies folder named, or the one here. Where there is none, and nothing that may be meant, those that come
    with the program, which is told; unless it must be the user's `own`, to be checked, changed or looked for in git."""
    from engine.diagnostics import Location, diagnostic
    from engine.folders import data_folder, policies_here, policies_nearby

    place = folder or policies_here()
    if place is not None:
        return place
    context = click.get_current_context()
    language = context.params.get("language") or "vi"
    nearby = policies_nearby()
    if nearby is not None or own:
        code = "library/none-here" if nearby is None else "library/elsewhere"
        found = diagnostic(code, Location(""), place=str(nearby))
        wrong_usage(found.message(language), found.help(language))
    if not context.meta.get(__name__):
        context.meta[__name__] = True
        click.echo(SHIPPED[language != "vi"], err=True)
    return data_folder("policies")


def loaded(folder: Path | None, language: str, form: str = "text", *, compile_all: bool = False) -> "Library":
    """The library, or its problems printed and exit code 1."""
    if not compile_all:
        return loaded_as_kept(folder, language, form).library
    with problems_end_it(language, form):
        from engine.library import load_library

        return load_library(policies_folder(folder), compile_all=True)


def loaded_as_kept(folder: Path | None, language: str, form: str = "text") -> "Kept":
    """The library with what earlier runs made of it."""
    with problems_end_it(language, form):
        from engine.cache import kept

        return kept(policies_folder(folder))


@contextmanager
def problems_end_it(language: str, form: str = "text") -> Iterator[None]:
    """Problems raised inside are printed and end the command with exit code 1."""
    import json

    from engine.diagnostics import Problems, to_json

    try:
        yield
    except Problems as problems:
        if form == "json":
            click.echo(json.dumps(to_json(problems.diagnostics, language), ensure_ascii=False, indent=2))
            sys.exit(PROBLEMS)
        end_with(problems, language)


def end_with(problems: "Problems", language: str) -> NoReturn:
    """Prints the problems and ends the command."""
    print_diagnostics(problems.diagnostics, language)
    sys.exit(exit_code(problems))


def exit_code(problems: "Problems") -> int:
    return USAGE if all(one.code in WRONG_OUTPUT for one in problems.diagnostics) else PROBLEMS


def refused_by_the_system(error: Exception) -> "Problems | None":
    """What it means where the system, and not the program, is the reason of an error."""
    from engine.diagnostics import Location, Problems, diagnostic
    from engine.sources import system_reason
    from engine.writing import NO_SPACE, unwritable

    match error:
        case Problems():
            return error
        case MemoryError():
            return Problems([diagnostic("run/no-memory", Location("xeploai"))])
        case RuntimeError() if "start new thread" in str(error):
            return Problems([diagnostic("run/no-threads", Location("xeploai"))])
        case OSError(errno=int() as number) if number in NO_SPACE:
            return unwritable(str(error.filename or "xeploai"), error)
        case OSError(errno=int()):
            place = Location(str(error.filename or "xeploai"))
            return Problems([diagnostic("file/unreadable", place, **system_reason(error))])
    # DuckDB need not be installed.
    match type(error).__name__:
        case "OutOfMemoryException" if "max_temp_directory_size" not in str(error):
            return Problems([diagnostic("run/no-memory", Location("xeploai"))])
        case "OutOfMemoryException":
            return Problems([diagnostic("output/no-space", Location("xeploai"))])
        case "IOException" if any(strerror(number) in str(error) for number in NO_SPACE):
            return Problems([diagnostic("output/no-space", Location("xeploai"))])
    return None


def memory_in_bytes(size: str) -> int | None:
    """A size such as `1GB` or `1.5 GiB`; None if it is none."""
    import re

    found = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([KMGT])(i?)B\s*", size, re.IGNORECASE)
    if found is None:
        return None
    return int(float(found[1]) * (1024 if found[3] else 1000) ** ("KMGT".index(found[2].upper()) + 1))


def regulation_named(library: "Library", name: str, language: str) -> "Regulation":
    from engine.evaluation import UnknownChoice, check_choices

    try:
        check_choices(library, name, {})
    except UnknownChoice as choice:
        wrong_usage(choice.diagnostic.message(language), choice.diagnostic.help(language))
    return library.regulations[name]


def print_diagnostics(diagnostics: "Iterable[Diagnostic]", language: str) -> None:
    from engine.diagnostics import render
    from engine.findings import first_of_each_file
    from engine.sources import texts_of

    shown = list(first_of_each_file(diagnostics))
    click.echo(render(shown, language, texts_of(one.location.file for one in shown)), err=True)


def switches_of(pairs: tuple[str, ...]) -> dict[str, str]:
    switches = {}
    for pair in pairs:
        name, equals, option = pair.partition("=")
        if not equals:
            misuse("interpretation", value=pair)
        switches[name] = option
    return switches


def need_extra(extra: str, *modules: str) -> None:
    """Ends the command if what an optional ability needs is not installed."""
    from importlib.util import find_spec

    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        misuse("extra", modules=", ".join(missing), command=_command_to_install(extra))


def _command_to_install(extra: str) -> str:
    """`make` in a checkout that has a .venv of its own; elsewhere pip, with this Python and the very packages."""
    import shlex
    from importlib.metadata import PackageNotFoundError, requires

    checkout = Path(__file__).parents[2]
    if Path(sys.prefix).parent == checkout and (checkout / "Makefile").is_file():
        there = [] if checkout == Path.cwd() else ["-C", str(checkout)]
        return shlex.join(["make", *there, "install-spark" if extra == "spark" else "install"])
    try:
        lines = requires("xeploai") or []
    except PackageNotFoundError:
        lines = []
    marker = re.compile(rf"""; extra == ['"]{extra}['"]$""")
    packages = [marker.sub("", line).strip() for line in lines if marker.search(line)]
    return shlex.join([sys.executable, "-m", "pip", "install", *(packages or [f"xeploai[{extra}]"])])


@contextmanager
def output_to(path: Path | None, *, private: bool = False) -> Iterator[TextIO]:
    """Standard output, or a file written whole. `private`: it may hold personal data."""
    if path is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    from engine.writing import whole_text

    with whole_text(path, private) as stream:
        yield stream


def check_outputs(language: str, outputs: Iterable[Path | None], paths: Iterable[str], folder: Path | None) -> None:
    """Ends the command if an output cannot be written, or if it is, or lies in, what the command reads."""
    from engine.writing import check_output

    files = [output for output in outputs if output is not None]
    check_apart(language, files, paths, folder)
    with problems_end_it(language):
        for output in files:
            check_output(output)


def check_apart(language: str, outputs: Iterable[Path], paths: Iterable[str], folder: Path | None) -> None:
    """Ends the command if an output is, or lies in, what it reads: cases at the paths, files of the policies."""
    from engine.folders import library_files
    from engine.writing import check_apart as check

    with problems_end_it(language):
        for output in outputs:
            check(output, [*paths, *map(str, library_files(policies_folder(folder)))])


def name_left_over(language: str, folder: Path, written: Iterable[Path], names: Iterable[str]) -> None:
    """Names the files of a folder that look like results (`names` are patterns) and that this run did not write."""
    known = {path.name for path in written}
    for path in sorted(path for name in names for path in folder.glob(name)):
        if path.name not in known:
            click.echo(LEFT_OVER[language].format(path), err=True)


class Progress:
    """A counter on standard error, once a run takes more than a second and a person is watching."""

    def __init__(self) -> None:
        import time

        self.now: Callable[[], float] = time.monotonic
        self.started = self.now()
        self.done = 0
        self.bar: Any = None
        self.watched = sys.stderr.isatty()

    def __enter__(self) -> "Progress":
        return self

    def step(self) -> None:
        self.done += 1
        if not self.watched:
            return
        if self.bar is None and self.now() - self.started > 1:
            from rich.console import Console
            from rich.progress import Progress as Bar
            from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

            self.bar = Bar(
                SpinnerColumn(),
                TextColumn("{task.completed:.0f} hồ sơ / cases"),
                TimeElapsedColumn(),
                transient=True,
                console=Console(file=unguarded(sys.stderr)),
            )
            self.bar.start()
            self.task = self.bar.add_task("", total=None, completed=self.done)
        elif self.bar is not None:
            self.bar.update(self.task, completed=self.done)

    def __exit__(self, *raised: object) -> None:
        if self.bar is not None:
            self.bar.stop()


def read_cases(paths: tuple[str, ...], library: "Library", language: str) -> Iterator["Document | Rejected"]:
    """The case documents at the paths, in order; what cannot be read comes as `Rejected`."""
    from engine.diagnostics import Problems
    from engine.records import Rejected
    from engine.sources import Unread

    for one in unread_cases(paths, library, language):
        if not isinstance(one, Unread):
            yield one
            continue
        try:
            yield one.read()
        except Problems as problems:
            yield Rejected(one.name, None, problems.diagnostics)


def unread_cases(paths: tuple[str, ...], library: "Library", language: str) -> Iterator["Document | Unread | Rejected"]:
    """The texts of the cases at the paths and the rows of tables, in order; what cannot be opened comes as `Rejected`.
    Tables are read where they are named, and not looked for in folders: results are written as tables too."""
    from engine.diagnostics import Diagnostic, Problems
    from engine.paths import case_files, form_of
    from engine.records import Rejected
    from engine.sources import Unread, name_of, read_text

    for file in case_files(paths):
        if isinstance(file, Diagnostic):
            if file.severity == "error":
                yield Rejected(file.location.file, None, (file,))
            else:
                print_diagnostics([file], language)
            continue
        match form_of(file):
            case "table":
                yield from table_cases(file, library, language)
            case "case":
                try:
                    yield Unread(name_of(file), read_text(file), name=name_of(file))
                except Problems as problems:
                    yield Rejected(name_of(file), None, problems.diagnostics)
            case form:
                yield from _lines(file, form == "either")


def _lines(file: Path, may_be_one: bool) -> Iterator["Unread | Rejected"]:
    """The cases of an NDJSON file or stream, one a line; what has no ending that says so may be one whole case too."""
    from engine.diagnostics import Diagnostic, Problems
    from engine.records import Rejected
    from engine.sources import STANDARD_INPUT, Unread, name_of, opened, read_lines

    name = name_of(file)
    try:
        with ExitStack() as stack:
            source: Any = file
            if name == STANDARD_INPUT:
                source = sys.stdin.buffer
            elif may_be_one:
                source = stack.enter_context(opened(file))
            for number, line in read_lines(source, name):
                if isinstance(line, Diagnostic):
                    yield Rejected(name, None, (line,))
                else:
                    yield Unread(name, line, number - 1, f"{name}:{number}")
    except Problems as problems:
        yield Rejected(name, None, problems.diagnostics)


def table_cases(file: Path, library: "Library", language: str) -> Iterator["Document | Rejected"]:
    """The cases of a table, one a row."""
    from engine.delimited import csv_rows
    from engine.diagnostics import Problems
    from engine.paths import PARQUET, WORKBOOKS
    from engine.records import Rejected
    from engine.sources import name_of, read_lines
    from engine.tables import Headings, cases_in

    name, headings = name_of(file), Headings(library)
    try:
        if file.suffix.lower() in WORKBOOKS:
            yield from _workbook(file, headings, language)
        elif file.suffix.lower() in PARQUET:
            need_extra("population", "duckdb")
            from engine.parquet import parquet_rows

            yield from cases_in(parquet_rows(file), headings, name, language)
        else:
            lines = read_lines(file, name, table=True)
            yield from cases_in(csv_rows(lines, name, headings), headings, name, language)
    except Problems as problems:
        yield Rejected(name, None, problems.diagnostics)


def _workbook(file: Path, headings: "Headings", language: str) -> Iterator["Document | Rejected"]:
    """The cases of a workbook, one a row; what is worth a look is printed."""
    need_extra("population", "openpyxl")
    from engine.diagnostics import Diagnostic
    from engine.sources import name_of, opened
    from engine.workbooks import cases_in_workbook

    with opened(file) as stream:
        for one in cases_in_workbook(stream, name_of(file), headings, language):
            if isinstance(one, Diagnostic):
                print_diagnostics([one], language)
            else:
                yield one
