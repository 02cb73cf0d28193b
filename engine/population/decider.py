"""Decides portions of a population in one process: by the target what it takes as it stands, one by one what it leaves,
and by durable-rules, as the referee asks, some of it again.

One decider at a time a process, and only in the thread that made it, since durable-rules belongs to one.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import ceil
from pathlib import Path

from engine.base.documents import Document
from engine.base.json_text import Unread
from engine.base.writing import whole
from engine.core.judge.case import Case, Rejected
from engine.core.judge.decision import Decided
from engine.core.judge.engine import Engine
from engine.core.policy.live import Choices
from engine.load.cases.reading import CaseReader
from engine.load.cases.remarks import Noted, ballot_items, odd_items
from engine.population.failures import Stopped
from engine.population.groups import Shared
from engine.population.portion_files import Done, PortionFiles
from engine.population.portions import Portion
from engine.population.referee import Referee
from engine.population.rows import Row, row_of
from engine.population.target import Target, lines_in

CASES_AT_ONCE = 2_000
"""So many cases that the target leaves are judged one by one before their rows are put with the others."""

MakeTarget = Callable[[Shared, Path, str, Callable[[], bool]], Target]
"""Of what targets have in common, a folder, an amount of memory, and what says that the run was broken off."""


@dataclass(frozen=True)
class Options:
    """How a population is judged: all that its result depends on besides the cases and the policies. `portion` is the
    most bytes that are decided at once; None: as many as share the work out among the processes."""

    regulation: str | None = None
    switches: Choices = field(default_factory=dict)
    referee: int = 1000
    portion: int | None = None


@dataclass(frozen=True)
class Finished:
    """A portion that was decided, and what the referee did for it: what it counted, and for how many seconds."""

    done: Done
    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


class Decider:
    """Decides portions, and keeps what becomes of them in files. Close it."""

    def __init__(self, shared: Shared, files: PortionFiles, options: Options, target: Target, processes: int) -> None:
        """`target` is closed with the decider. So many `processes` share the work of the referee."""
        self.shared, self.files, self.options, self.target = shared, files, options, target
        self.engine = Engine(shared.library, options.switches, made=shared.made)
        self.reader, self.noted = CaseReader(shared.library), Noted(shared.library)
        self.referee = Referee(options.referee, ceil(options.referee / processes))

    def close(self) -> None:
        """Lets go of the target and of durable-rules."""
        self.target.close()
        self.engine.close()

    def decide(self, portion: Portion, size: int) -> Finished:
        """Decides a portion, and keeps its rows and its rejected cases in files of the folder. `size` is that of all
        cases of the run in bytes. Raises Disagreement, and Stopped."""
        counts, seconds = self.referee.counts.copy(), self.referee.seconds
        target = self.target
        left = target.decide(portion.content)
        chosen = self.referee.choose(portion, target, size)
        if chosen:
            results = target.results(chosen)
            by_target = {number: (row, results[number]) for number, row in target.rows(chosen).items()}
            self.referee.compare(portion, by_target, lambda number, line: self._row(portion, number, line))
        by_itself = empty = 0
        rejected: list[tuple[int, Rejected]] = []
        lines = portion.lines(left)
        while some := list(islice(lines, CASES_AT_ONCE)):
            rows, refused, without = self._one_by_one(portion, some)
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
        return Finished(done, self.referee.counts - counts, self.referee.seconds - seconds)

    def _one_by_one(
        self, portion: Portion, lines: Sequence[tuple[int, bytes]]
    ) -> tuple[dict[int, Row], list[tuple[int, Rejected]], int]:
        """The cases of these lines as case files are judged: rows and rejected cases by line, and how many of the lines
        hold none."""
        rows: dict[int, Row] = {}
        rejected: list[tuple[int, Rejected]] = []
        empty = 0
        for number, line in lines:
            case = self._judged(portion, number, line)
            if case is None:
                empty += 1
            elif isinstance(case, Rejected):
                rejected.append((number, case))
            else:
                rows[number], _ = case
        return rows, rejected, empty

    def _judged(self, portion: Portion, number: int, line: bytes) -> tuple[Row, Decided] | Rejected | None:
        """The row and the decision of a line, judged as a case file is; None for an empty line."""
        if self.target.stopped():
            raise Stopped
        document = portion.document(number, line)
        if document is None or isinstance(document, Rejected):
            return document
        case = self.reader.read(document, self.options.regulation, {})
        return case if isinstance(case, Rejected) else self._decided(case, document)

    def _row(self, portion: Portion, number: int, line: bytes) -> tuple[Row, Decided] | None:
        """The row and the decision of a line; None if it holds no case that can be judged."""
        case = self._judged(portion, number, line)
        return None if isinstance(case, Rejected) else case

    def _decided(self, case: Case, document: Document | Unread) -> tuple[Row, Decided]:
        """The row and the decision of a case that was read from this."""
        decided, shared = self.engine.decide(case), self.shared
        data = document.read().data if isinstance(document, Unread) else document.data
        told = *self.noted.items(case), *ballot_items(case, data, shared.library, shared.switches), *odd_items(data)
        return row_of(decided, self.engine.judge(case).live) | shared.between.of(decided, told), decided
