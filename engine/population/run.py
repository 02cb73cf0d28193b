"""A population in, rows and their sums out, whatever its size: portion by portion, each kept once it is decided.

The SQL target decides what it takes as it stands; every other case is judged one by one as a case file is. A run that
was broken off goes on where it stopped: a portion counts as done once its record is there, and is decided again if
the cases, the policies or the options are others.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import islice
from math import ceil
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Semaphore

from engine.base.diagnostics import Diagnostic
from engine.base.hashing import content_hash
from engine.base.version import ENGINE_VERSION
from engine.base.writing import whole
from engine.core.judge.case import Rejected
from engine.core.judge.decision import Decided
from engine.core.judge.engine import Engine, Made, make_anew
from engine.core.policy.live import Choices
from engine.core.policy.regulation import Library
from engine.load.cases.reading import CaseReader
from engine.load.policies.choices import check_choices
from engine.population.failures import Changed, Stopped, duckdb_refusals
from engine.population.groups import Shared
from engine.population.portion_files import Done, PortionFiles
from engine.population.portions import PORTION, Input, Portion, TableReader, inputs, portions, without_cases
from engine.population.referee import Referee
from engine.population.rows import Row, row_of
from engine.population.target import SqlTarget, lines_in

FORMAT = 4
LEAST_PORTION = 4 * 1024 * 1024
CASES_AT_ONCE = 2_000
"""So many cases that SQL leaves are judged one by one before their rows are put with the others."""
INTERRUPT_EVERY = 0.05
"""Seconds."""

OnPortion = Callable[[Done, int], None]
"""Is called with each portion that is decided, and its size in bytes."""


@dataclass(frozen=True)
class Options:
    """How a population is judged: all that its result depends on besides the cases and the policies. `portion` is the
    most bytes that are decided at once; None: as many as share the work out among the threads."""

    regulation: str | None = None
    switches: Choices = field(default_factory=dict)
    referee: int = 1000
    portion: int | None = None


@dataclass
class Run:
    """One run over a population, with its work in `folder`."""

    library: Library
    folder: Path
    options: Options
    memory: str = "1GB"
    threads: int = 2
    table: TableReader | None = None
    made: Made = make_anew
    target: Callable[[Shared, Path, str], SqlTarget] = SqlTarget
    passed_over: list[Diagnostic] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        check_choices(self.library, self.options.regulation, self.options.switches)
        self.shared = Shared(self.library, self.options.regulation, self.options.switches, self.made)
        self.files = PortionFiles(self.folder)
        self.reader = CaseReader(self.library)
        self.referee = Referee(self.options.referee)
        self.size = 0
        self.missing: tuple[Rejected, ...] = ()
        self.stopped = False

    def over(self, paths: Sequence[str], on_portion: OnPortion = lambda done, size: None) -> list[Done]:
        """Decides every case at the paths; the rows are in files of the folder, `files.part(number)`.

        Raises Disagreement if the targets differ, Changed if a file changes meanwhile, Problems if memory or the disk
        is full."""
        files, missing, self.passed_over = inputs(paths)
        self.size = sum(file.size for file in files)
        size = self._begin(files)
        with duckdb_refusals():
            done, unread = self._decided(files, size, on_portion)
        for file in files:
            if not file.is_the_same:
                raise Changed(file.name)
        missing += unread
        missing += without_cases(files, missing, {portion.file for portion in done if portion.cases})
        self.missing = tuple(missing)
        return done

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

    def _decided(self, files: Sequence[Input], size: int, on_portion: OnPortion) -> tuple[list[Done], list[Rejected]]:
        """Every portion of the files, and what of them cannot be read at all."""
        done: list[Done] = []
        unread: list[Rejected] = []
        waiting: list[tuple[Future[Done], int]] = []
        streams = {file.name for file in files if file.is_stream}
        targets = _Targets(partial(self._target, _share(self.memory, self.threads)))
        # A portion is read once a thread is free for it: what is in memory does not depend on the population.
        room, reading = Semaphore(self.threads), portions(files, size, self.table)

        def next_portion() -> Portion | Rejected | None:
            room.acquire()
            return next(reading, None)

        def settle() -> None:
            future, length = waiting.pop(0)
            done.append(future.result())
            on_portion(done[-1], length)

        # durable-rules belongs to one thread.
        with ThreadPoolExecutor(1) as one_thread, ThreadPoolExecutor(self.threads) as workers:
            engine = one_thread.submit(Engine, self.library, self.options.switches, made=self.made).result()

            def work(portion: Portion) -> Done:
                try:
                    finished = self.files.finished(portion)
                    if finished is not None:
                        return finished
                    with targets.borrowed() as target:
                        return self.decide(portion, target, engine, one_thread)
                finally:
                    room.release()

            try:
                while (portion := next_portion()) is not None:
                    if isinstance(portion, Rejected):
                        unread.append(portion)
                        room.release()
                        continue
                    self.size += len(portion.content) if portion.file in streams else 0
                    waiting.append((workers.submit(work, portion), len(portion.content)))
                    del portion
                    while waiting and waiting[0][0].done():
                        settle()
                while waiting:
                    settle()
            finally:
                self._stop([future for future, _ in waiting], targets)
                workers.shutdown(cancel_futures=True)
                one_thread.submit(engine.close).result()
                targets.close()
        return done, unread

    def _target(self, memory: str, number: int) -> SqlTarget:
        return self.target(self.shared, self.folder / f"target-{number}", memory)

    def _stop(self, left: Sequence[Future[Done]], targets: "_Targets") -> None:
        """Ends what is still at work when a run is broken off, within a moment."""
        for future in left:
            future.cancel()
        self.stopped = bool(left)
        while any(not future.done() for future in left):
            targets.interrupt()
            wait(left, timeout=INTERRUPT_EVERY)

    def decide(self, portion: Portion, target: SqlTarget, engine: Engine, one_thread: ThreadPoolExecutor) -> Done:
        """Decides a portion, and keeps its rows and its rejected cases in files of the folder."""
        left = target.decide(portion.content)
        chosen = self.referee.choose(portion, target, self.size)
        if chosen:
            results = target.results(chosen)
            by_sql = {number: (row, results[number]) for number, row in target.rows(chosen).items()}
            decide = partial(self._row, portion, engine)
            one_thread.submit(self.referee.compare, portion, by_sql, decide).result()
        by_itself = empty = 0
        rejected: list[tuple[int, Rejected]] = []
        lines = portion.lines(left)
        while some := list(islice(lines, CASES_AT_ONCE)):
            rows, refused, without = one_thread.submit(self._one_by_one, portion, some, engine).result()
            target.add(rows)
            by_itself, empty = by_itself + len(rows), empty + without
            rejected += refused
        with whole(self.files.part(portion.number), private=True) as stream:
            target.write(Path(stream.name), portion.number)
        self.files.keep_rejected(portion.number, rejected)
        cases = lines_in(portion.content) - empty
        done = Done(
            portion.number, portion.digest, portion.file, portion.first, portion.places, cases,
            cases - len(rejected), by_itself, len(rejected),
        )  # fmt: skip
        self.files.seal(done)
        return done

    # --- one by one ---

    def _one_by_one(
        self, portion: Portion, lines: Sequence[tuple[int, bytes]], engine: Engine
    ) -> tuple[dict[int, Row], list[tuple[int, Rejected]], int]:
        """The cases of these lines as case files are judged: rows and rejected cases by line, and how many of the lines
        hold none."""
        rows: dict[int, Row] = {}
        rejected: list[tuple[int, Rejected]] = []
        empty = 0
        for number, line in lines:
            case = self._judged(portion, engine, number, line)
            if case is None:
                empty += 1
            elif isinstance(case, Rejected):
                rejected.append((number, case))
            else:
                rows[number] = self._row_of(case, engine)
        return rows, rejected, empty

    def _judged(self, portion: Portion, engine: Engine, number: int, line: bytes) -> Decided | Rejected | None:
        """The case of a line, judged as a case file is; None for an empty line."""
        if self.stopped:
            raise Stopped
        document = portion.document(number, line)
        if document is None or isinstance(document, Rejected):
            return document
        case = self.reader.read(document, self.options.regulation, {})
        return case if isinstance(case, Rejected) else engine.decide(case)

    def _row(self, portion: Portion, engine: Engine, number: int, line: bytes) -> tuple[Row, Decided] | None:
        """The row and the decision of a line; None if it holds no case that can be judged."""
        case = self._judged(portion, engine, number, line)
        return (self._row_of(case, engine), case) if isinstance(case, Decided) else None

    def _row_of(self, decided: Decided, engine: Engine) -> Row:
        return row_of(decided, engine.judge(decided.case).live) | self.shared.between.of(decided)


class _Targets:
    """SQL targets, each for one thread at a time; `make` gives the one with a number."""

    def __init__(self, make: Callable[[int], SqlTarget]) -> None:
        self.make = make
        self.made: list[SqlTarget] = []
        self.idle: SimpleQueue[SqlTarget] = SimpleQueue()
        self.lock = Lock()

    @contextmanager
    def borrowed(self) -> Iterator[SqlTarget]:
        with self.lock:
            try:
                target = self.idle.get_nowait()
            except Empty:
                target = self.make(len(self.made))
                self.made.append(target)
        try:
            yield target
        finally:
            self.idle.put(target)

    def interrupt(self) -> None:
        for target in list(self.made):
            target.interrupt()

    def close(self) -> None:
        for target in self.made:
            target.close()
            # It holds cases as they are.
            shutil.rmtree(target.folder, ignore_errors=True)


def even_portion(size: int, threads: int) -> int:
    """The bytes of a portion, so that no thread is left with a portion more than the others."""
    rounds = ceil(size / (PORTION * threads))
    return max(LEAST_PORTION, ceil(size / max(1, rounds * threads)))


def _share(memory: str, among: int) -> str:
    """One of so many parts of a size such as `1GB`."""
    unit = memory.lstrip("0123456789. ")
    return f"{float(memory.removesuffix(unit)) / among:.3f}{unit}"
