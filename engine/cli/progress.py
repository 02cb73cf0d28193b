"""How far a run has come, on standard error, for a person who waits."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

from engine.population.run import Done
from engine.report.terminal import unguarded


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

            from engine.population.portions import inputs

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
