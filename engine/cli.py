"""The command `xeploai`: arguments -> the functions of the engine -> what is printed and the exit code.

Exit codes: 0 done; 1 problems found or tests failed; 2 wrong usage; 3 a failure of the engine or a bug.
Modules are imported inside the commands, so that `--help` is quick.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import click

from engine import ENGINE_VERSION

if TYPE_CHECKING:
    from engine.diagnostics import Diagnostic
    from engine.model import Library, Regulation
    from engine.records import Rejected
    from engine.sources import Document

DONE, PROBLEMS, USAGE, FAILURE = 0, 1, 2, 3
CASE_SUFFIXES = (".json", ".ndjson", ".jsonl")

language_option = click.option(
    "--lang", "language", type=click.Choice(["vi", "en"]), default="vi", show_default=True,
    help="Ngôn ngữ của kết quả / language of what is printed.",
)  # fmt: skip
policies_option = click.option(
    "--policies", "folder", type=click.Path(file_okay=False, path_type=Path), default=None,
    help="Thư mục quy tắc (mặc định: ./policies) / the policies folder (default: ./policies).",
)  # fmt: skip
switch_option = click.option(
    "--interpretation", "interpretations", multiple=True, metavar="ID=OPTION",
    help="Đổi một cách hiểu cho lần chạy này / read an interpretation another way in this run.",
)  # fmt: skip


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(ENGINE_VERSION, prog_name="xeploai")
def cli() -> None:
    """Kiểm điểm, đánh giá, xếp loại theo quy tắc viết bằng YAML / review and grading by rules written as YAML.

    Chương trình đề xuất kèm lý do và căn cứ; cấp có thẩm quyền quyết định.
    The program proposes with reasons and citations; people decide.
    """


def main() -> None:
    """Run the command; a bug or a failure of the engine ends with code 3 and one plain line."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8")
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except click.Abort:
        sys.exit(130)
    except BrokenPipeError:
        # The reader went away (`| head`): nothing is wrong with the run, but nothing more can be printed.
        sys.stderr.close()
        sys.exit(DONE)
    except Exception as error:  # the last resort: a person must never see a traceback
        click.echo(f"xeploai: {type(error).__name__}: {error}", err=True)
        sys.exit(FAILURE)


# --- evaluate ---------------------------------------------------------------------------------------------------


@cli.command()
@click.argument("paths", nargs=-1, required=True)
@policies_option
@language_option
@switch_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "ndjson", "csv"]),
    default="text",
    show_default=True,
)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Ghi ra tệp / write to a file.",
)
@click.option(
    "--regulation",
    default=None,
    metavar="ID",
    help="Áp dụng quy định này thay cho quy định đang có hiệu lực / judge by this regulation.",
)
@click.option(
    "--verify",
    is_flag=True,
    help="Suy lại mọi quy tắc bằng Python thuần, dừng khi có khác biệt / re-derive every rule, stop on a difference.",
)
@click.option("--brief", is_flag=True, help="Chỉ in điều chính / the headline only.")
def evaluate(
    paths: tuple[str, ...],
    folder: Path | None,
    language: str,
    interpretations: tuple[str, ...],
    form: str,
    output: Path | None,
    regulation: str | None,
    verify: bool,
    brief: bool,
) -> None:
    """Chạy các hồ sơ qua quy tắc / judge case files.

    PATHS: tệp JSON, thư mục, mẫu tên (*.json), NDJSON, hoặc - cho đầu vào chuẩn /
    JSON files, folders, globs, NDJSON, or - for standard input.
    """
    from engine.evaluation import UnknownChoice
    from engine.evaluation import evaluate as evaluate_cases
    from engine.matcher import EngineFailure
    from engine.reporter import write

    library = _library(folder, language)
    switches = _switches(interpretations)
    try:
        with _Progress() as progress:
            results = evaluate_cases(
                library,
                read_cases(paths),
                regulation=regulation,
                switches=switches,
                verify=verify,
                on_case=progress.step,
            )
    except UnknownChoice as choice:
        _usage(choice.diagnostic.message(language), choice.diagnostic.help(language))
    except EngineFailure as failure:
        click.echo(f"xeploai: {failure}", err=True)
        sys.exit(FAILURE)
    documents = {one.id: one.label for each in library.regulations.values() for one in each.documents}
    with _opened(output) as stream:
        write(
            results, form, language, stream, documents=documents, brief=brief,
            color=output is None and form == "text" and sys.stdout.isatty(),
        )  # fmt: skip
    if output is not None and results.rejected:
        _print_diagnostics([one for each in results.rejected for one in each.diagnostics], language)
    sys.exit(PROBLEMS if results.rejected else DONE)


def read_cases(paths: tuple[str, ...]) -> Iterator["Document | Rejected"]:
    """The case documents at the paths, in order; what cannot be read comes as `Rejected`."""
    from engine.diagnostics import Problems
    from engine.records import Rejected
    from engine.sources import find_files, read_json

    for path in paths:
        if path == "-":
            yield from _lines(sys.stdin.buffer, "-")
            continue
        try:
            files = find_files([path], CASE_SUFFIXES)
        except Problems as problems:
            yield Rejected(path, None, problems.diagnostics)
            continue
        for file in files:
            if file.suffix in (".ndjson", ".jsonl"):
                yield from _lines(file, str(file))
                continue
            try:
                yield read_json(file)
            except Problems as problems:
                yield Rejected(str(file), None, problems.diagnostics)


def _lines(source: Any, name: str) -> Iterator["Document | Rejected"]:
    """The cases of an NDJSON file or stream, one a line; a whole JSON case on standard input is one case."""
    from engine.diagnostics import Diagnostic, Problems
    from engine.records import Rejected
    from engine.sources import parse_json, read_lines

    try:
        for number, line in read_lines(source, name):
            if isinstance(line, Diagnostic):
                yield Rejected(name, None, (line,))
                continue
            try:
                yield parse_json(name, line, line_offset=number - 1)
            except Problems as problems:
                yield Rejected(f"{name}:{number}", None, problems.diagnostics)
    except Problems as problems:
        yield Rejected(name, None, problems.diagnostics)


# --- check, test ------------------------------------------------------------------------------------------------


@cli.command()
@policies_option
@language_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def check(folder: Path | None, language: str, form: str) -> None:
    """Soát lỗi trong thư mục quy tắc / find the mistakes in a policies folder."""
    library = _library(folder, language, form)
    if form == "json":
        click.echo("[]")
    else:
        rules = sum(len(one.citations) for one in library.regulations.values())
        names = ", ".join(library.regulations)
        click.echo(
            f"Không có lỗi: {names}, {len(library.vocabulary.facts)} dữ kiện, {rules} mục có căn cứ."
            if language == "vi"
            else f"No problems: {names}, {len(library.vocabulary.facts)} facts, {rules} items with a source."
        )


@cli.command("test")
@click.argument("paths", nargs=-1)
@policies_option
@language_option
def run_tests(paths: tuple[str, ...], folder: Path | None, language: str) -> None:
    """Chạy kiểm thử của quy tắc (*.test.yaml) / run the policies' own tests."""
    from engine.policy_tests import run, write_report

    library = _library(folder, language)
    report = run(library, _folder(folder), [Path(path) for path in paths])
    write_report(report, language, sys.stdout)
    sys.exit(DONE if report.passed else PROBLEMS)


# --- looking inside ---------------------------------------------------------------------------------------------


@cli.command("compile")
@click.argument("regulation")
@policies_option
@language_option
@switch_option
@click.option("--subject", "kind", required=True, metavar="KIND", help="Loại đối tượng / the kind of subject.")
@click.option("--as-of", "day", default=None, metavar="YYYY-MM-DD", help="Ngày xét / the day of review.")
def compile_policies(
    regulation: str,
    folder: Path | None,
    language: str,
    interpretations: tuple[str, ...],
    kind: str,
    day: str | None,
) -> None:
    """In quy tắc đã dịch sang durable-rules / print the compiled rules, readable and encoded side by side."""
    import json
    from datetime import date

    from engine.compiler import as_data, compile_rules
    from engine.evaluation import UnknownChoice, check_choices, regime

    library = _library(folder, language)
    switches = _switches(interpretations)
    try:
        check_choices(library, regulation, switches)
    except UnknownChoice as choice:
        _usage(choice.diagnostic.message(language), choice.diagnostic.help(language))
    one = library.regulations[regulation]
    if kind not in one.kinds:
        _usage(f"--subject: {kind}", ", ".join(one.kinds))
    try:
        on = date.fromisoformat(day) if day else one.in_force_from
    except ValueError:
        _usage(f"--as-of: {day}", "YYYY-MM-DD")
    compiled = compile_rules(one, library.vocabulary, kind, regime(one, on), switches)
    click.echo(json.dumps(as_data(compiled), ensure_ascii=False, indent=2))


@cli.command()
@click.argument("regulation", required=False)
@policies_option
@language_option
@click.option("--names", is_flag=True, help="Các tên để trình soạn thảo gợi ý / the names that editors complete.")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), default=None)
def schema(regulation: str | None, folder: Path | None, language: str, names: bool, output: Path | None) -> None:
    """In lược đồ JSON của hồ sơ theo một quy định / write the JSON Schema of a regulation's case files.

    Với --names: ghi names.schema.json, nhờ đó trình soạn thảo gợi ý tên dữ kiện, tham số... khi viết quy tắc /
    with --names: write names.schema.json, from which an editor completes facts, parameters... in policies.
    """
    import json

    from engine.case_schema import case_schema, policy_names
    from engine.schema import names_schema

    if (regulation is None) is not names:
        _usage("xeploai schema REGULATION | xeploai schema --names")
    library = _library(folder, language)
    written = (
        names_schema(policy_names(library))
        if regulation is None
        else case_schema(_regulation(library, regulation, language), library.vocabulary)
    )
    with _opened(output) as stream:
        json.dump(written, stream, ensure_ascii=False, indent=2)
        stream.write("\n")


@cli.command()
@click.argument("regulation")
@policies_option
@language_option
def trace(regulation: str, folder: Path | None, language: str) -> None:
    """Đối chiếu từng đoạn của văn bản nguồn với quy tắc / list each passage of the source text with its rules."""
    from engine.tracing import trace as trace_passages
    from engine.tracing import write_trace

    library = _library(folder, language)
    write_trace(trace_passages(_regulation(library, regulation, language)), language, sys.stdout)


# --- shared -----------------------------------------------------------------------------------------------------


def _folder(folder: Path | None) -> Path:
    from engine.schema import data_folder

    if folder is not None:
        return folder
    here = Path("policies")
    return here if here.is_dir() else data_folder("policies")


def _library(folder: Path | None, language: str, form: str = "text") -> "Library":
    """The library, or its problems printed and exit code 1."""
    import json

    from engine.diagnostics import Problems, to_json
    from engine.library import load_library

    try:
        return load_library(_folder(folder))
    except Problems as problems:
        if form == "json":
            click.echo(json.dumps(to_json(problems.diagnostics, language), ensure_ascii=False, indent=2))
        else:
            _print_diagnostics(problems.diagnostics, language)
        sys.exit(PROBLEMS)


def _regulation(library: "Library", name: str, language: str) -> "Regulation":
    from engine.evaluation import UnknownChoice, check_choices

    try:
        check_choices(library, name, {})
    except UnknownChoice as choice:
        _usage(choice.diagnostic.message(language), choice.diagnostic.help(language))
    return library.regulations[name]


def _print_diagnostics(diagnostics: "list[Diagnostic] | tuple[Diagnostic, ...]", language: str) -> None:
    from engine.diagnostics import render
    from engine.sources import texts_of

    click.echo(render(diagnostics, language, texts_of(one.location.file for one in diagnostics)), err=True)


def _switches(pairs: tuple[str, ...]) -> dict[str, str]:
    switches = {}
    for pair in pairs:
        name, equals, option = pair.partition("=")
        if not equals:
            _usage(f"--interpretation {pair}", "--interpretation ID=OPTION")
        switches[name] = option
    return switches


def _usage(message: str, remedy: str | None = None) -> NoReturn:
    raise click.UsageError(message if remedy is None else f"{message}\n{remedy}")


class _opened:
    """Standard output, or a file written whole: nothing half-written takes the place of what was there."""

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def __enter__(self) -> TextIO:
        if self.path is None:
            return sys.stdout
        self.partial = self.path.with_name(f".{self.path.name}.partial")
        self.stream: TextIO = self.partial.open("w", encoding="utf-8", newline="")
        return self.stream

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if self.path is None:
            sys.stdout.flush()
            return
        self.stream.close()
        if kind is None:
            self.partial.replace(self.path)
        else:
            self.partial.unlink()


class _Progress:
    """A counter on standard error, once a run takes more than a second and a person is watching."""

    def __init__(self) -> None:
        import time

        self.now: Callable[[], float] = time.monotonic
        self.started = self.now()
        self.done = 0
        self.bar: Any = None
        self.watched = sys.stderr.isatty()

    def __enter__(self) -> "_Progress":
        return self

    def step(self) -> None:
        self.done += 1
        if not self.watched:
            return
        if self.bar is None and self.now() - self.started > 1:
            from rich.console import Console
            from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            self.bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.completed:.0f} hồ sơ / cases"),
                TimeElapsedColumn(),
                transient=True,
                console=Console(stderr=True),
            )
            self.bar.start()
            self.task = self.bar.add_task("", total=None, completed=self.done)
        elif self.bar is not None:
            self.bar.update(self.task, completed=self.done)

    def __exit__(self, *raised: object) -> None:
        if self.bar is not None:
            self.bar.stop()
