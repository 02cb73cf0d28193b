"""The pool of worker processes: a fault of the matching engine ends a worker and not the server.

Everything here runs in the event loop, without threads, and nothing in it waits for a worker. A job goes to a worker
that is idle; if its worker dies, it is given to another, since a job changes nothing; if it takes too long, its worker
is ended and replaced. Proofs and the like wait for each other, so that a worker is left for what is short; while every
worker is at something long all the same, a further one is begun. A queue that is full refuses at once and says when to
come again.
"""

import asyncio
import logging
import pickle
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess
from typing import Any

from engine.serve.desk import Version
from engine.serve.frames import ServerEnd
from engine.serve.problems import Refusal
from engine.serve.settings import Settings
from engine.serve.worker import MOST_VERSIONS, Failure, Job, work

LOG = logging.getLogger("xeploai.serve")
TRIES = 3
"""How often a job is begun whose worker dies."""
RETRY_AFTER = 2
"""Seconds after which a client that was refused may come again."""
PAUSE = 0.5
"""Seconds before a worker is replaced that ended before it was ready."""
LONG = 1.0
"""Seconds after which a job is long, and between two looks at whether there are too few workers or too many."""
MOST_SLOW = 8
"""So many jobs that take minutes wait. Each that a page asks for holds a thread meanwhile."""
STARTING = 120
"""Seconds after which a worker that is not ready yet is replaced."""


@dataclass(eq=False)
class _Waiting:
    """A job and who waits for it."""

    job: Job
    seconds: float
    slow: bool
    answer: "asyncio.Future[Any]"
    tries: int = 0


@dataclass(eq=False)
class _Worker:
    process: SpawnProcess
    end: ServerEnd
    opening: "asyncio.Task[None]"
    ready: bool = False
    """Until it is, nothing is sent to it, since nobody would read it."""
    known: tuple[int, ...] = ()
    """The versions that it has: the last that were sent."""
    doing: _Waiting | None = None
    clock: asyncio.TimerHandle | None = None
    began: float = 0.0
    """When it was given what it is doing, by the clock of the loop."""


@dataclass(eq=False)
class Counts:
    """What happened in a pool since it began."""

    done: int = 0
    died: int = 0
    overtime: int = 0
    refused: int = 0


class Pool:
    """Worker processes that answer jobs. Call `start` in the event loop that uses it, and `stop` at the end."""

    def __init__(self, settings: Settings) -> None:
        self._limits = settings.limits
        self._size = settings.workers
        self._workers: list[_Worker] = []
        self._queue: deque[_Waiting] = deque()
        self._versions: dict[int, Version] = {}
        self._pickled: dict[int, bytes] = {}
        self._open = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self.counts = Counts()

    def start(self) -> None:
        """Starts the processes."""
        self._open = True
        self._loop = asyncio.get_running_loop()
        for _ in range(self._size):
            self._begin()
        self._loop.call_later(LONG, self._look)

    async def stop(self) -> None:
        """Ends the processes; what they are doing is given up."""
        self._open = False
        for worker in list(self._workers):
            self._end(worker)
        for waiting in self._queue:
            waiting.answer.cancel()

    @property
    def ready(self) -> int:
        """How many workers can be given jobs."""
        return sum(worker.ready for worker in self._workers)

    @property
    def queued(self) -> int:
        """How many jobs wait for a worker."""
        return len(self._queue)

    async def ask(
        self,
        version: Version,
        function: Callable[..., Any],
        *arguments: Any,
        seconds: float | None = None,
        slow: bool = False,
    ) -> Any:
        """What a function of this program returns in a worker: `function(desk, *arguments)`.

        Function, arguments and result must be picklable. Raises Refusal: what the function raised, `full`, `overtime`
        after so many `seconds` (the limit of the settings if none are given), or `crashed` if its workers died. What is
        `slow` never has all workers at once."""
        waiting_slow = sum(waiting.slow for waiting in self._queue)
        if len(self._queue) >= self._limits.waiting or (slow and waiting_slow >= MOST_SLOW):
            self.counts.refused += 1
            raise Refusal("full", headers={"Retry-After": str(RETRY_AFTER)}, seconds=RETRY_AFTER)
        job = Job(self._number(version), function, arguments)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(job, seconds or self._limits.seconds, slow, answer))
        self._hand_out()
        return await answer

    def ask_from_thread(
        self,
        version: Version,
        function: Callable[..., Any],
        *arguments: Any,
        seconds: float | None = None,
        slow: bool = False,
    ) -> Any:
        """As `ask`, for a route that is no coroutine and so runs in a thread."""
        assert self._loop is not None
        answer = self.ask(version, function, *arguments, seconds=seconds, slow=slow)
        return asyncio.run_coroutine_threadsafe(answer, self._loop).result()

    def _number(self, version: Version) -> int:
        """The number of a version. Only the newest two are kept, and those that somebody waits for."""
        for number, known in self._versions.items():
            if known is version:
                return number
        number = max(self._versions, default=0) + 1
        self._versions[number] = version
        self._pickled[number] = pickle.dumps((number, version), protocol=5)
        wanted = {waiting.job.version for waiting in self._queue}
        wanted |= {worker.doing.job.version for worker in self._workers if worker.doing is not None}
        for old in sorted(self._versions)[:-MOST_VERSIONS]:
            if old not in wanted:
                del self._versions[old], self._pickled[old]
        return number

    # --- processes ---

    def _begin(self) -> None:
        loop, context = asyncio.get_running_loop(), get_context("spawn")
        mine, theirs = socket.socketpair()
        with theirs:
            process = context.Process(
                target=work, args=(theirs, self._limits.memory), daemon=True, name="xeploai-worker"
            )
            process.start()
        end = ServerEnd(mine, lambda message: self._receive(worker, message), lambda: self._died(worker))
        worker = _Worker(process, end, loop.create_task(end.open()))
        worker.clock = loop.call_later(STARTING, self._died, worker)
        self._workers.append(worker)

    def _end(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        if worker.clock is not None:
            worker.clock.cancel()
        worker.opening.cancel()
        worker.end.close()
        worker.process.kill()
        # Without this it stays in the list of processes as one that has ended and that nobody asked about.
        asyncio.get_running_loop().run_in_executor(None, worker.process.join)

    def _replace(self, worker: _Worker) -> None:
        self._end(worker)
        if not self._open:
            return
        if worker.ready:
            self._begin()
        else:
            asyncio.get_running_loop().call_later(PAUSE, self._begin_if_open)
        self._hand_out()

    def _begin_if_open(self) -> None:
        if self._open and len(self._workers) < self._size:
            self._begin()
            self._hand_out()

    def _look(self) -> None:
        """Begins a further worker if all are at something long, up to as many again; ends one that is too many."""
        if not self._open:
            return
        loop = asyncio.get_running_loop()
        loop.call_later(LONG, self._look)
        idle = [worker for worker in self._workers if worker.doing is None]
        if len(self._workers) > self._size and len(idle) > 1:
            self._end(idle[-1])
        elif len(self._workers) < 2 * self._size and all(
            worker.doing is not None and loop.time() - worker.began >= LONG for worker in self._workers
        ):
            self._begin()

    # --- jobs ---

    def _hand_out(self) -> None:
        """Gives waiting jobs to idle workers."""
        for worker in list(self._workers):
            if worker.doing is None and worker.ready:
                waiting = self._next()
                if waiting is None:
                    return
                self._queue.remove(waiting)
                self._give(worker, waiting)

    def _next(self) -> _Waiting | None:
        """The job that waits longest for a worker and may have one."""
        while self._queue and self._queue[0].answer.done():
            self._queue.popleft()
        slow = sum(worker.doing is not None and worker.doing.slow for worker in self._workers)
        enough = slow >= max(1, self._size - 1)
        fitting = (waiting for waiting in self._queue if not waiting.answer.done() and not (enough and waiting.slow))
        return next(fitting, None)

    def _give(self, worker: _Worker, waiting: _Waiting) -> None:
        worker.doing = waiting
        waiting.tries += 1
        loop = asyncio.get_running_loop()
        worker.began = loop.time()
        worker.clock = loop.call_later(waiting.seconds, self._overtime, worker)
        number = waiting.job.version
        if number not in worker.known:
            worker.end.send(self._pickled[number])
            worker.known = (*worker.known, number)[-MOST_VERSIONS:]
        worker.end.send(pickle.dumps(waiting.job, protocol=5))

    def _receive(self, worker: _Worker, message: bytes) -> None:
        done, result = pickle.loads(message)
        if worker.clock is not None:
            worker.clock.cancel()
        if not worker.ready:
            worker.ready = True
            self._hand_out()
            return
        waiting, worker.doing = worker.doing, None
        self.counts.done += 1
        if waiting is not None and not waiting.answer.done():
            if done:
                waiting.answer.set_result(result)
            else:
                waiting.answer.set_exception(_refusal(result))
        self._hand_out()

    def _died(self, worker: _Worker) -> None:
        if worker not in self._workers:
            return  # this program ended it
        self.counts.died += 1
        LOG.error("a worker ended: exit code %s", worker.process.exitcode)
        waiting, worker.doing = worker.doing, None
        if waiting is not None and not waiting.answer.done():
            if waiting.tries < TRIES:
                self._queue.appendleft(waiting)
            else:
                waiting.answer.set_exception(Refusal("crashed"))
        self._replace(worker)

    def _overtime(self, worker: _Worker) -> None:
        self.counts.overtime += 1
        waiting, worker.doing = worker.doing, None
        if waiting is not None and not waiting.answer.done():
            waiting.answer.set_exception(Refusal("overtime", seconds=round(waiting.seconds)))
        self._replace(worker)


def _refusal(failure: Failure) -> Refusal:
    if failure.places:
        LOG.error("%s: %s", failure.code, failure.places)
    return failure.refusal()
