"""How far a run has come, on standard error, for a person who waits."""

import sys
import time
from collections.abc import Callable
from typing import Any

from engine.base.words import wording
from engine.cli.help import in_both_languages
from engine.report.terminal import unguarded

CASES = wording("cli", "progress", "cases")


class Progress:
    """A counter on standard error, once a run takes more than a second and a person is watching."""

    def __init__(self) -> None:
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
                TextColumn(f"{{task.completed:.0f}} {in_both_languages(CASES)}"),
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
