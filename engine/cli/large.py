"""What the commands share that ask about a population: the option that chooses the target, how far it is, how it may
end."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.cli.common import FAILURE, PROBLEMS, need_extra, problems_end_it
from engine.cli.usage import misuse
from engine.terminal import unguarded

if TYPE_CHECKING:
    from engine.population import Done

LARGE = 8_000_000
"""So many bytes of cases are a population: from about here on the SQL target is done sooner."""
REFEREE, RUN_MEMORY = 200, "1GB"
CHANGED = {
    "vi": "`{}` đã đổi trong lúc đọc; chạy lại khi tệp không còn thay đổi",
    "en": "`{}` changed while it was read; run again once the file stays as it is",
}

target_option = click.option(
    "--target", type=click.Choice(["auto", "cases", "population"]), default="auto", show_default=True,
    help="Xét từng hồ sơ, hay cả tập bằng SQL; auto: bằng SQL khi tập hồ sơ lớn / case by case, or all of them by SQL;"
    " auto: by SQL where there are many. The answers are the same.",
)  # fmt: skip


def is_large(target: str, paths: Sequence[str]) -> bool:
    """Whether the cases are judged by the SQL target."""
    if target == "cases":
        return False
    if target == "population":
        need_extra("population", "duckdb")
    elif find_spec("duckdb") is None:
        return False
    from engine.large import bytes_in

    size = bytes_in(paths)
    if target == "population" and size is None:
        misuse("not_a_population")
    return size is not None and (target == "population" or size >= LARGE)


@contextmanager
def by_population(language: str, said: dict[str, str]) -> Iterator[tuple[Path, Callable[[int, int], None]]]:
    """A temporary folder for runs of the SQL target; what stops one ends the command in a line. The function that comes
    with it takes how many cases there were and how many were decided one by one, and is told by `said`, with how fast,
    once all is well."""
    from time import monotonic

    from engine.population import Changed, Disagreement
    from engine.reporter.population import figure
    from engine.writing import scratch

    started = monotonic()
    counted: list[tuple[int, int]] = []
    with problems_end_it(language), scratch() as folder:
        try:
            yield folder, lambda cases, one_by_one: counted.append((cases, one_by_one))
        except Changed as changed:
            click.echo(f"xeploai: {CHANGED[language].format(changed.args[0])}", err=True)
            sys.exit(PROBLEMS)
        except Disagreement as difference:
            click.echo(f"xeploai: {difference}", err=True)
            sys.exit(FAILURE)
    seconds = monotonic() - started
    for cases, one_by_one in counted:
        told = said[language].format(
            cases=figure(cases, language),
            rate=figure(cases / max(seconds, 1e-9), language),
            seconds=figure(seconds, language, 1),
            one_by_one=figure(one_by_one, language),
        )
        click.echo(told, err=True)


class Bar:
    """Cases, rate and time left on standard error, where a person is watching. All cases are read so many `times`."""

    def __init__(self, paths: Sequence[str], times: int = 1) -> None:
        self.paths, self.times, self.cases = paths, times, 0
        self.bar: Any = None

    def __enter__(self) -> "Bar":
        if sys.stderr.isatty():
            from time import monotonic

            from rich.console import Console
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

            from engine.portions import inputs

            self.bar = Progress(
                BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"), TimeRemainingColumn(),
                transient=True, console=Console(file=unguarded(sys.stderr)),
            )  # fmt: skip
            self.bar.start()
            self.task = self.bar.add_task("", total=self.times * sum(one.size for one in inputs(self.paths)[0]))
            self.now, self.started = monotonic, monotonic()
        return self

    def step(self, done: "Done", size: int) -> None:
        self.cases += done.cases
        if self.bar is not None:
            rate = self.cases / max(self.now() - self.started, 1e-9)
            self.bar.update(self.task, advance=size, description=f"{self.cases:,} hồ sơ / cases, {rate:,.0f}/s")

    def __exit__(self, *raised: object) -> None:
        if self.bar is not None:
            self.bar.stop()
