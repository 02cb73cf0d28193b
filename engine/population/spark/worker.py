"""What runs on Spark's executors: the cases of a partition in, their rows out, by the target that runs on one machine.

A task decides its portions as `population.Run` does, the referee included, in a folder of its own; what is finished is
then moved, whole, to the run's folder, which every machine sees. A task that is run again passes over what is there.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import uuid4

from engine.core.judge.case import Rejected
from engine.core.policy.regulation import Library
from engine.population.decider import Options
from engine.population.failures import Disagreement
from engine.population.portion_files import Done, PortionFiles, plain_rejected
from engine.population.portions import Input, Portion, portions
from engine.population.run import Run

CHUNK = 64 * 1024 * 1024
"""So many bytes of cases are decided at once."""


@dataclass(frozen=True)
class Block:
    """A stretch of a file, as Spark divides it: the number of its first portion, the file as it is to be named, and the
    line of it that the block begins with."""

    number: int
    file: str
    first: int


@dataclass(frozen=True)
class Outcome:
    """What a task found: a portion that was decided and how many cases the referee asked for, the files that cannot be
    read, or a difference between the targets."""

    done: Done | None = None
    refereed: int = 0
    classes: int = 0
    seconds: float = 0.0
    unreadable: tuple[dict[str, Any], ...] = ()
    difference: tuple[str, tuple[str, object, object]] | None = None


@dataclass(frozen=True)
class Work:
    """What executors are told about a run, each once; `folder` is the run's."""

    library: Library
    options: Options
    folder: Path
    memory: str
    size: int
    """Of all cases, in bytes."""
    blocks: Mapping[tuple[str, int], Block]

    def __getstate__(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in self.__dataclass_fields__}

    @cached_property
    def worker(self) -> "Worker":
        """Belongs to the process, and ends with it."""
        return Worker(self)


def decided_lines(broadcast: Any, rows: Iterable[Any]) -> Iterator[Outcome]:
    """Lines as (text, file, where their block begins) -> what became of them, portion by portion."""
    work: Work = broadcast.value
    for place, block in groupby(rows, key=lambda row: (row[1], row[2])):
        for portion in _portions(work.blocks[place], (bytes(row[0]) for row in block)):
            yield work.worker.decided(portion)


def decided_files(broadcast: Any, groups: Iterable[tuple[int, tuple[Input, ...]]]) -> Iterator[Outcome]:
    """JSON files, by the number of their portion -> what became of them."""
    work: Work = broadcast.value
    for number, files in groups:
        for portion in portions(files, CHUNK):
            if isinstance(portion, Rejected):
                yield Outcome(unreadable=(plain_rejected(0, portion),))
            else:
                yield work.worker.decided(replace(portion, number=number, first=1))


def _portions(block: Block, lines: Iterable[bytes]) -> Iterator[Portion]:
    number, first, held, size = block.number, block.first, list[bytes](), 0
    for line in lines:
        held.append(line)
        size += len(line) + 1
        if size >= CHUNK:
            yield Portion(number, _content(held), block.file, first)
            number, first, held, size = number + 1, first + len(held), [], 0
    if held:
        yield Portion(number, _content(held), block.file, first)


def most_portions(size: int) -> int:
    """As many portions a block of so many bytes can come to."""
    return size // CHUNK + 1


def _content(lines: list[bytes]) -> bytes:
    return b"\n".join(lines) + b"\n"


class Worker:
    """Decides portions in a process of an executor, in a folder that goes with the application."""

    def __init__(self, work: Work) -> None:
        # Spark removes these folders at the end, even if this process is killed.
        local = os.environ.get("SPARK_LOCAL_DIRS", "").split(",")[0] or None
        scratch = Path(tempfile.mkdtemp(prefix="xeploai-", dir=local))
        run = Run(work.library, scratch, work.options, work.memory, threads=1)
        self.files, self.size = run.files, work.size
        self.kept = PortionFiles(work.folder)
        self.decider = run.decider(0, lambda: False)

    def decided(self, portion: Portion) -> Outcome:
        """Decides a portion, unless an earlier attempt or run has done so, and moves its files to the run's folder."""
        finished = self.kept.finished(portion)
        if finished is not None:
            return Outcome(finished)
        try:
            decided = self.decider.decide(portion, self.size)
        except Disagreement as disagreement:
            return Outcome(difference=(disagreement.case, disagreement.difference))
        for name in ("part", "rejected", "record"):
            self._moved(getattr(self.files, name)(portion.number), getattr(self.kept, name)(portion.number))
        return Outcome(decided.done, decided.counts["cases"], decided.counts["class"], decided.seconds)

    def _moved(self, here: Path, there: Path) -> None:
        # Two attempts at one task may both be at work: each under a name of its own, with the same bytes.
        partial = there.with_name(f".{there.name}.{uuid4().hex}")
        shutil.move(here, partial)
        partial.replace(there)
