"""A population in, rows and their sums out, whatever its size: portion by portion, each kept once it is decided.

The SQL target decides what it takes as it stands; every other case is judged one by one as a case file is. A run that
was broken off goes on where it stopped: a portion counts as done once its record is there, and is decided again where
the cases, the policies or the options are others.
"""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from hashlib import file_digest
from itertools import islice
from math import ceil, inf
from pathlib import Path
from queue import Empty, SimpleQueue
from random import Random
from threading import Lock, Semaphore
from time import monotonic
from typing import Any

from engine.base.diagnostics import Diagnostic, Location, Problems
from engine.base.files import opened, read_text
from engine.base.hashing import content_hash
from engine.base.version import ENGINE_VERSION
from engine.base.writing import whole, whole_text
from engine.core.judge.case import Rejected
from engine.core.judge.decision import Decided
from engine.core.judge.engine import Engine, Made, make_anew
from engine.core.policy.live import Choices
from engine.core.policy.regulation import Library
from engine.core.policy.terms import Text
from engine.load.cases.reading import CaseReader
from engine.load.policies.choices import check_choices
from engine.population.portions import PORTION, Input, Portion, TableReader, inputs, portions, without_cases
from engine.population.rows import Row, row_of
from engine.population.spellings import unusual
from engine.population.target import Shared, SqlTarget, lines_in

RUN_FILE = "run.json"
FORMAT = 4
LEAST_PORTION = 4 * 1024 * 1024
SPELLINGS = 10
"""Of each unusual way to write something the referee decides this part of what it decides by chance."""
CASES_AT_ONCE = 2_000
"""So many cases that SQL leaves are judged one by one before their rows are put with the others."""
INTERRUPT_EVERY = 0.05
"""Seconds."""


@dataclass(frozen=True)
class Options:
    """How a population is judged: all that its result depends on besides the cases and the policies. `portion` is the
    most bytes that are decided at once; None: as many as share the work out among the threads."""

    regulation: str | None = None
    switches: Choices = field(default_factory=dict)
    referee: int = 1000
    portion: int | None = None


@dataclass(frozen=True)
class Done:
    """A portion that was decided: what was in it, and what became of it."""

    number: int
    digest: str
    file: str
    first: int
    places: tuple[tuple[str, int], ...]
    cases: int
    judged: int
    one_by_one: int
    rejected: int

    def place(self, number: int) -> tuple[str, int]:
        """The file and line where the case of line `number` (from 1 on) begins."""
        return self.places[number - 1] if self.places else (self.file, self.first + number - 1)


class Disagreement(Exception):
    """The two targets differ on a case: no answer of the run can be trusted. Holds the case, and what differs: its
    name, what it is by SQL, and by durable-rules."""

    def __init__(self, case: str, difference: tuple[str, object, object]) -> None:
        self.case, self.difference = case, difference
        name, sql, engine = difference
        super().__init__(f"{case}: {name}: SQL {sql!r}, durable-rules {engine!r}")


class Stopped(Exception):
    """A portion was not decided, because the run was broken off."""


class Changed(Exception):
    """A file of the population is no longer what it was when the run began; `args[0]` names it."""

    def __str__(self) -> str:
        return f"The file {self.args[0]} changed while it was read; run again once it stays as it is."


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

    def __post_init__(self) -> None:
        check_choices(self.library, self.options.regulation, self.options.switches)
        self.shared = Shared(self.library, self.options.regulation, self.options.switches, self.made)
        self.reader = CaseReader(self.library)
        self.refereed: Counter[str] = Counter()
        self.refereed_seconds = 0.0
        self.nearest: dict[tuple[object, ...], float] = {}
        self.missing: tuple[Rejected, ...] = ()
        self.stopped = False
        self.passed_over: list[Diagnostic] = []

    def over(
        self, paths: Sequence[str], on_portion: Callable[[Done, int], None] = lambda done, size: None
    ) -> list[Done]:
        """Decides every case at the paths; the rows are in files of the folder, `part(number)`."""
        files, missing, self.passed_over = inputs(paths)
        self.size = sum(one.size for one in files)
        streams = {one.name for one in files if one.is_stream}
        size_of_portions = self._begin(files)
        judged: list[Done] = []
        waiting: list[tuple[Future[Done], int]] = []
        idle: SimpleQueue[SqlTarget] = SimpleQueue()
        # So many portions are worked on, and one more is read: what is in memory does not depend on the population.
        room = Semaphore(self.threads)
        made: list[SqlTarget] = []
        share = _share(self.memory, self.threads)
        one_at_a_time = Lock()

        def target_to_use() -> SqlTarget:
            with one_at_a_time:
                try:
                    return idle.get_nowait()
                except Empty:
                    made.append(self.target(self.shared, self.folder / f"target-{len(made)}", share))
                    return made[-1]

        # durable-rules belongs to one thread.
        with (
            ThreadPoolExecutor(1) as referee,
            ThreadPoolExecutor(self.threads) as workers,
        ):
            engine = referee.submit(Engine, self.library, self.options.switches, made=self.made).result()

            def work(portion: Portion) -> Done:
                try:
                    finished = self.finished(portion)
                    if finished is not None:
                        return finished
                    target = target_to_use()
                    try:
                        return self.decide(portion, target, engine, referee)
                    finally:
                        idle.put(target)
                finally:
                    room.release()

            def settle() -> None:
                future, size = waiting.pop(0)
                judged.append(future.result())
                if on_portion is not None:
                    on_portion(judged[-1], size)

            try:
                for portion in portions(files, size_of_portions, self.table):
                    if isinstance(portion, Rejected):
                        missing.append(portion)
                        continue
                    self.size += len(portion.content) if portion.file in streams else 0
                    room.acquire()
                    waiting.append((workers.submit(work, portion), len(portion.content)))
                    del portion
                    while waiting and waiting[0][0].done():
                        settle()
                while waiting:
                    settle()
            finally:
                self._stop([future for future, _ in waiting], made)
                workers.shutdown(cancel_futures=True)
                referee.submit(engine.close).result()
                for target in made:
                    target.close()
                    # It holds cases as they are.
                    shutil.rmtree(target.folder, ignore_errors=True)
        for one in files:
            if not one.is_the_same:
                raise Changed(one.name)
        missing += without_cases(files, missing, {one.file for one in judged if one.cases})
        self.missing = tuple(missing)
        return judged

    def _stop(self, left: Sequence[Future[Done]], made: Sequence[SqlTarget]) -> None:
        """Ends what is still at work when a run is broken off, within a moment."""
        for future in left:
            future.cancel()
        self.stopped = bool(left)
        while any(not future.done() for future in left):
            for target in list(made):
                target.interrupt()
            wait(left, timeout=INTERRUPT_EVERY)

    def part(self, number: int) -> Path:
        return self.folder / part_name(number)

    def record(self, number: int) -> Path:
        return self.folder / f"part-{number:06}.json"

    def rejected(self, number: int) -> Path:
        return self.folder / f"rejected-{number:06}.json"

    def kept(self, number: int) -> list[dict[str, Any]]:
        """The rejected cases of a portion, each with its line, as `rejected_of` reads them."""
        found: list[dict[str, Any]] = _json(self.rejected(number))
        return found

    def _begin(self, files: Sequence[Input]) -> int:
        """Keeps what an earlier run over the same files, policies and options has decided; drops anything else. Gives
        the size of portions: that of the earlier run, where there was one."""
        key = {
            "format": FORMAT,
            "engine": ENGINE_VERSION,
            "library": content_hash(sorted((one.id, one.content_hash) for one in self.library.regulations.values())),
            "options": asdict(self.options),
            "inputs": [asdict(one) for one in files],
        }
        manifest = self.folder / RUN_FILE
        kept = _json(manifest)
        wanted = json.loads(json.dumps({**key, "portion": None}))
        if isinstance(kept, dict) and {**kept, "portion": None} == wanted:
            size = kept.get("portion")
            if type(size) is int and size > 0:
                return size
        portion = self.options.portion or even_portion(sum(one.size for one in files), self.threads)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        _write(manifest, {**key, "portion": portion})
        return portion

    def finished(self, portion: Portion) -> Done | None:
        """What an earlier run came to for a portion, if it was the same and all that was kept of it is as it was."""
        record = _json(self.record(portion.number))
        if not isinstance(record, dict) or record.keys() != {"done", "files", "seal"}:
            return None
        kept, files, seal = record["done"], record["files"], record["seal"]
        if seal != content_hash([kept, files]):
            return None
        if (kept["digest"], kept["file"], kept["first"]) != (portion.digest, portion.file, portion.first):
            return None
        if files != self._files_kept(portion.number):
            return None
        return Done(**{**kept, "places": tuple((file, line) for file, line in kept["places"])})

    def _files_kept(self, number: int) -> list[list[Any]]:
        """The files of a portion as they are now, each with its size and what it holds as a hash."""
        return [[path.name, *_size_and_digest(path)] for path in (self.part(number), self.rejected(number))]

    def decide(self, portion: Portion, target: SqlTarget, engine: Engine, one_thread: ThreadPoolExecutor) -> Done:
        """Decides a portion, and keeps its rows and its rejected cases in files of the folder."""
        digest = portion.digest
        left = target.decide(portion.content)
        chosen = self._for_the_referee(portion, digest, target)
        if chosen:
            results = target.results(chosen)
            sql = {number: (row, results[number]) for number, row in target.rows(chosen).items()}
            one_thread.submit(self._referee, portion, sql, engine).result()
        by_itself = empty = 0
        rejected: list[tuple[int, Rejected]] = []
        lines = portion.lines(left)
        while some := list(islice(lines, CASES_AT_ONCE)):
            rows, refused, without = one_thread.submit(self._one_by_one, portion, some, engine).result()
            target.add(rows)
            by_itself, empty = by_itself + len(rows), empty + without
            rejected += refused
        with whole(self.part(portion.number), private=True) as stream:
            target.write(Path(stream.name), portion.number)
        _write(self.rejected(portion.number), [plain_rejected(*one) for one in rejected])
        cases = lines_in(portion.content) - empty
        done = Done(
            portion.number, digest, portion.file, portion.first, portion.places, cases,
            cases - len(rejected), by_itself, len(rejected),
        )  # fmt: skip
        kept, files = json.loads(json.dumps(asdict(done))), self._files_kept(portion.number)
        _write(self.record(portion.number), {"done": kept, "files": files, "seal": content_hash([kept, files])})
        return done

    # --- one by one ---

    def _one_by_one(
        self, portion: Portion, lines: Sequence[tuple[int, bytes]], engine: Engine
    ) -> tuple[dict[int, Row], list[tuple[int, Rejected]], int]:
        """The cases of these lines as case files are judged; how many of the lines hold none."""
        rows: dict[int, Row] = {}
        rejected: list[tuple[int, Rejected]] = []
        empty = 0
        for number, line in lines:
            if self.stopped:
                raise Stopped
            found = self._one(portion, number, line, engine)
            if found is None:
                empty += 1
            elif isinstance(found, Rejected):
                rejected.append((number, found))
            else:
                rows[number] = self._row(found, engine)
        return rows, rejected, empty

    def _one(self, portion: Portion, number: int, line: bytes, engine: Engine) -> Decided | Rejected | None:
        document = portion.document(number, line)
        if document is None or isinstance(document, Rejected):
            return document
        case = self.reader.read(document, self.options.regulation, {})
        return case if isinstance(case, Rejected) else engine.decide(case)

    def _row(self, one: Decided, engine: Engine) -> Row:
        return row_of(one, engine.judge(one.case).live) | self.shared.between.of(one)

    # --- the referee ---

    def _for_the_referee(self, portion: Portion, digest: str, target: SqlTarget) -> list[int]:
        """The lines that durable-rules decides as well: some by chance, some whose text writes something as few do, the
        first of each class of incomplete cases, and those nearest to each number that rules compare with."""
        wanted = self.options.referee
        if not wanted:
            return []
        lines = lines_in(portion.content)
        share = ceil(wanted * len(portion.content) / max(self.size, 1))
        chosen = set(Random(digest).sample(range(1, lines + 1), min(share, lines)))
        chosen.update(unusual(portion.content, ceil(share / SPELLINGS)))
        new = target.new_classes[: max(0, wanted - self.refereed["class"])]
        self.refereed["class"] += len(new)
        near = [
            number for place, (distance, number) in target.nearest(self.nearest).items()
            if distance < self.nearest.get(place, inf) and self.nearest.update({place: distance}) is None
        ]  # fmt: skip
        return sorted(target.rows(sorted({*chosen, *new, *near})))

    def _referee(
        self, portion: Portion, sql: Mapping[int, tuple[Row, Mapping[str, bool | None]]], engine: Engine
    ) -> None:
        """Raises Disagreement where durable-rules decides one of these cases otherwise than SQL."""
        started = monotonic()
        texts = dict(portion.lines(sql))
        for number, (row, results) in sql.items():
            if self.stopped:
                raise Stopped
            found = self._one(portion, number, texts[number], engine)
            file, line = portion.place(number)
            where = f"{file}:{line}: {row['case_id']}"
            if not isinstance(found, Decided):
                raise Disagreement(where, ("the case", "accepted", "refused"))
            other = self._row(found, engine)
            pairs = [(name, row[name], other[name]) for name in other if row[name] != other[name]]
            pairs += [(name, results[name], one) for name, one in found.results.items() if results[name] is not one]
            if pairs:
                raise Disagreement(where, pairs[0])
        self.refereed["cases"] += len(sql)
        self.refereed_seconds += monotonic() - started


def even_portion(size: int, threads: int) -> int:
    """The bytes of a portion, so that no thread is left with a portion more than the others."""
    rounds = ceil(size / (PORTION * threads))
    return max(LEAST_PORTION, ceil(size / max(1, rounds * threads)))


def _share(memory: str, among: int) -> str:
    """One of so many parts of a size such as `1GB`."""
    unit = memory.lstrip("0123456789. ")
    return f"{float(memory.removesuffix(unit)) / among:.3f}{unit}"


def _json(path: Path) -> Any:
    try:
        return json.loads(read_text(path, 2**31))
    except (Problems, ValueError, RecursionError):
        return None


def _size_and_digest(path: Path) -> tuple[int, str]:
    try:
        with opened(path) as stream:
            digest = file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
            return stream.tell(), digest
    except Problems:
        return -1, ""


def part_name(number: int) -> str:
    """The file of the rows of a portion."""
    return f"part-{number:06}.parquet"


def _write(path: Path, data: object) -> None:
    with whole_text(path, private=True) as stream:
        stream.write(json.dumps(data))


def plain_rejected(line: int, one: Rejected) -> dict[str, Any]:
    """A rejected case and its line as plain data, which `rejected_of` reads."""
    found = [
        {
            "code": each.code,
            "place": [each.location.file, each.location.line, each.location.column, each.location.sheet],
            "arguments": [[name, _plain(value)] for name, value in each.arguments],
            "severity": each.severity,
        }
        for each in one.diagnostics
    ]
    return {"line": line, "file": one.file, "case_id": one.case_id, "diagnostics": found}


def _plain(value: object) -> object:
    """An argument of a diagnostic; a text in both languages stays one."""
    if isinstance(value, Text):
        return {"vi": value.vi, "en": value.en}
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def rejected_of(kept: Mapping[str, Any]) -> Rejected:
    found = [
        Diagnostic(
            each["code"],
            Location(*each["place"]),
            tuple((name, Text(**value) if isinstance(value, dict) else value) for name, value in each["arguments"]),
            each["severity"],
        )
        for each in kept["diagnostics"]
    ]
    return Rejected(kept["file"], kept["case_id"], tuple(found))
