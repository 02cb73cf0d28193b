"""How far a run has come, on standard error, for a person who waits. Nothing is shown if nobody is watching."""

import sys
from time import monotonic
from typing import Any, Literal

from engine.base.words import wording
from engine.cli.help import in_both_languages
from engine.report.terminal import AboveBar, unguarded

CASES = wording("cli", "progress", "cases")
PATIENCE = 1
"""Seconds before a counter is shown."""


class Progress:
    """A counter of cases, shown once a run takes more than `PATIENCE` seconds."""

    def __init__(self) -> None:
        self.started = monotonic()
        self.done = 0
        self.bar: Any = None
        self.watched = sys.stderr.isatty()

    def __enter__(self) -> "Progress":
        return self

    def step(self) -> None:
        """Counts a case that was judged."""
        self.done += 1
        if not self.watched:
            return
        if self.bar is None and monotonic() - self.started > PATIENCE:
            self.bar = bar_of("counter")
            self.task = self.bar.add_task("", total=None, completed=self.done)
        elif self.bar is not None:
            self.bar.update(self.task, completed=self.done)

    def __exit__(self, *raised: object) -> None:
        if self.bar is not None:
            self.bar.stop()


def bar_of(kind: Literal["counter", "share"]) -> Any:
    """A started bar of rich, which takes as long to import as a small run takes, and is not for every run."""
    from rich import console, progress

    columns: dict[str, list[progress.ProgressColumn]] = {
        "counter": [
            progress.SpinnerColumn(),
            progress.TextColumn(f"{{task.completed:.0f}} {in_both_languages(CASES)}"),
            progress.TimeElapsedColumn(),
        ],
        "share": [
            progress.BarColumn(), progress.TaskProgressColumn(), progress.TextColumn("{task.description}"),
            progress.TimeRemainingColumn(),
        ],
    }  # fmt: skip
    # What is printed meanwhile stands above the bar, but only if both are shown on the terminal.
    both = sys.stdout.isatty()
    bar = progress.Progress(
        *columns[kind], transient=True, console=console.Console(file=unguarded(sys.stderr)), redirect_stdout=both
    )
    bar.start()
    sys.stderr = AboveBar(sys.stderr)
    if both:
        sys.stdout = AboveBar(sys.stdout)
    return bar
