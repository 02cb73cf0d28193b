"""How far a population has come: cases, rate and time left, on standard error, for a person who waits."""

import sys
from collections.abc import Sequence
from time import monotonic
from typing import Any

from engine.cli.help import in_both_languages
from engine.cli.progress import CASES
from engine.population.portions import inputs
from engine.population.run import Done
from engine.report.terminal import unguarded


class Bar:
    """All cases are read so many `times`. Nothing is shown if nobody is watching."""

    def __init__(self, paths: Sequence[str], times: int = 1) -> None:
        self.paths, self.times, self.cases = paths, times, 0
        self.bar: Any = None

    def __enter__(self) -> "Bar":
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

            self.bar = Progress(
                BarColumn(), TaskProgressColumn(), TextColumn("{task.description}"), TimeRemainingColumn(),
                transient=True, console=Console(file=unguarded(sys.stderr)),
            )  # fmt: skip
            self.bar.start()
            self.task = self.bar.add_task("", total=self.times * sum(one.size for one in inputs(self.paths)[0]))
            self.now, self.started = monotonic, monotonic()
        return self

    def step(self, done: Done, size: int) -> None:
        self.cases += done.cases
        if self.bar is not None:
            rate = self.cases / max(self.now() - self.started, 1e-9)
            self.bar.update(
                self.task, advance=size, description=f"{self.cases:,} {in_both_languages(CASES)}, {rate:,.0f}/s"
            )

    def __exit__(self, *raised: object) -> None:
        if self.bar is not None:
            self.bar.stop()
