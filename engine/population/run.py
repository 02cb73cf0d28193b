"""A population in, rows and their sums out, whatever its size: portion by portion, each kept once it is decided.

A run that was broken off goes on where it stopped: a portion counts as done once its record is there, and is decided
again if the cases, the policies or the options are others.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from math import ceil
from pathlib import Path

from engine.base.diagnostics import Diagnostic
from engine.base.hashing import content_hash
from engine.base.version import ENGINE_VERSION
from engine.core.judge.case import Rejected
from engine.core.judge.engine import Made, make_anew
from engine.core.policy.regulation import Library
from engine.load.policies.choices import check_choices
from engine.population.decider import Decider, Finished, MakeTarget, Options
from engine.population.failures import Changed, duckdb_refusals
from engine.population.groups import Shared
from engine.population.portion_files import Done, PortionFiles
from engine.population.portions import PORTION, Input, Portion, TableReader, inputs, portions, without_cases
from engine.population.processes import Workers, workers
from engine.population.target import Target

FORMAT = 5
LEAST_PORTION = 4 * 1024 * 1024

OnPortion = Callable[[Done, int], None]
"""Is called with each portion that is decided, and its size in bytes."""


@dataclass
class Run:
    """One run over a population, with its work in `folder`. `threads` are the processes that decide portions, and the
    threads of DuckDB for the sums. `referee` and `seconds` say what durable-rules decided as well, and how long that
    took."""

    library: Library
    folder: Path
    options: Options
    memory: str = "1GB"
    threads: int = 2
    table: TableReader | None = None
    made: Made = make_anew
    target: MakeTarget = Target
    passed_over: list[Diagnostic] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        check_choices(self.library, self.options.regulation, self.options.switches)
        self.shared = Shared(self.library, self.options.regulation, self.options.switches, self.made)
        self.files = PortionFiles(self.folder)
        self.refereed: Counter[str] = Counter()
        self.seconds = 0.0
        self.size = 0
        self.missing: tuple[Rejected, ...] = ()

    def over(self, paths: Sequence[str], on_portion: OnPortion = lambda done, size: None) -> list[Done]:
        """Decides every case at the paths; the rows are in files of the folder, `files.part(number)`.

        Raises Disagreement if the targets differ, Changed if a file changes meanwhile, Problems if memory or the disk
        is full."""
        files, missing, self.passed_over = inputs(paths)
        self.size = sum(file.size for file in files)
        size = self._begin(files)
        done: list[Done] = []
        with duckdb_refusals():
            try:
                with workers(self.decider, self._processes(files, size)) as processes:
                    missing += self._decided(files, size, processes, done, on_portion)
            finally:
                for folder in self.folder.glob("target-*"):
                    # It holds cases as they are.
                    shutil.rmtree(folder, ignore_errors=True)
        for file in files:
            if not file.is_the_same:
                raise Changed(file.name)
        missing += without_cases(files, missing, {portion.file for portion in done if portion.cases})
        self.missing = tuple(missing)
        return done

    def decider(self, number: int, stopped: Callable[[], bool]) -> Decider:
        """What decides portions in a process of this number."""
        memory = _share(self.memory, self.threads)
        target = self.target(self.shared, self.folder / f"target-{number}", memory, stopped)
        return Decider(self.shared, self.files, self.options, target, self.threads)

    def _begin(self, files: Sequence[Input]) -> int:
        """Prepares the folder for these files; the size of portions in bytes."""
        key = {
            "format": FORMAT,
            "engine": ENGINE_VERSION,
            "library": content_hash(
                sorted((regulation.id, regulation.content_hash) for regulation in self.library.regulations.values())
            ),
            "options": asdict(self.options),
            "inputs": [asdict(file) for file in files],
        }
        return self.files.begin(key, self.options.portion or even_portion(self.size, self.threads))

    def _processes(self, files: Sequence[Input], size: int) -> int:
        """As many processes as there are threads, unless all cases make one portion."""
        several = self.size > size or any(file.is_stream or file.form == "table" for file in files)
        return self.threads if several else 1

    def _decided(
        self, files: Sequence[Input], size: int, processes: Workers, done: list[Done], on_portion: OnPortion
    ) -> list[Rejected]:
        """Adds every portion of the files to `done`; what of them cannot be read at all."""
        unread: list[Rejected] = []
        streams = {file.name for file in files if file.is_stream}
        waiting: list[tuple[Future[Finished] | Done, int]] = []

        def settle() -> None:
            portion, length = waiting.pop(0)
            if isinstance(portion, Future):
                finished = portion.result()
                self.refereed.update(finished.counts)
                self.seconds += finished.seconds
                portion = finished.done
            done.append(portion)
            on_portion(portion, length)

        def portion_given(portion: Portion) -> Future[Finished] | Done:
            return self.files.finished(portion) or processes.decide(portion, self.size)

        for portion in portions(files, size, self.table):
            if isinstance(portion, Rejected):
                unread.append(portion)
                continue
            # What is in memory does not depend on the population.
            while len(waiting) >= processes.at_once:
                settle()
            self.size += len(portion.content) if portion.file in streams else 0
            waiting.append((portion_given(portion), len(portion.content)))
            del portion
        while waiting:
            settle()
        return unread


def even_portion(size: int, processes: int) -> int:
    """The bytes of a portion, so that no process is left with a portion more than the others."""
    rounds = ceil(size / (PORTION * processes))
    return max(LEAST_PORTION, ceil(size / max(1, rounds * processes)))


def _share(memory: str, among: int) -> str:
    """One of so many parts of a size such as `1GB`."""
    unit = memory.lstrip("0123456789. ")
    return f"{float(memory.removesuffix(unit)) / among:.3f}{unit}"
