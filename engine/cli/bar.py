"""How far a population has come, on standard error, for a person who waits. Nothing is shown if nobody is watching."""

import sys
from collections.abc import Sequence
from time import monotonic
from typing import Any

from engine.cli.help import in_both_languages
from engine.cli.progress import CASES, bar_of
from engine.population.portion_files import Done
from engine.population.portions import inputs


class Bar:
    """The share of a population that was judged, with rate and time left. Its files are read `times` times in all."""

    def __init__(self, paths: Sequence[str], times: int = 1) -> None:
        self.paths, self.times, self.cases = paths, times, 0
        self.bar: Any = None

    def __enter__(self) -> "Bar":
        if sys.stderr.isatty():
            self.bar = bar_of("share")
            self.task = self.bar.add_task("", total=self.times * sum(item.size for item in inputs(self.paths)[0]))
            self.started = monotonic()
        return self

    def step(self, done: Done, size: int) -> None:
        """Counts a portion of the population: its cases, and the bytes that were read for it."""
        self.cases += done.cases
        if self.bar is not None:
            rate = self.cases / max(monotonic() - self.started, 1e-9)
            description = f"{self.cases:,} {in_both_languages(CASES)}, {rate:,.0f}/s"
            self.bar.update(self.task, advance=size, description=description)

    def __exit__(self, *raised: object) -> None:
        if self.bar is not None:
            self.bar.stop()
