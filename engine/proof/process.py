"""z3 in a process of its own: what hangs it or ends it ends one question, and never the run."""

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.process import BaseProcess
from time import monotonic
from typing import TYPE_CHECKING, Any

from engine.core.policy.regulation import Library
from engine.proof.answers import Answer, Undecided
from engine.proof.properties import Property

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from engine.proof.solving import Prover

GRACE = 5.0
"""Seconds that the process is given to end a question by itself once its time is up."""
Step = Callable[[int], None]
"""Is told after how many spaces the process is."""


@dataclass(eq=False)
class SolverProcess:
    """Asks one question at a time; a process that ended is begun anew by the next. Use as a context manager."""

    library: Library
    _process: BaseProcess | None = None
    _pipe: "Connection[Any, Any] | None" = None
    _until: float = 0
    _begun: float = field(default=0, init=False)

    def __enter__(self) -> "SolverProcess":
        return self

    def __exit__(self, *error: object) -> None:
        self._end()

    def ask(self, regulation: str, item: Property, seconds: float) -> None:
        """Begins with a question, to which `answer` waits."""
        if self._process is None or not self._process.is_alive():
            self._begin()
        assert self._pipe is not None
        self._until = monotonic() + seconds + GRACE
        self._pipe.send((regulation, item, seconds))

    def answer(self, step: Step) -> Answer:
        """The answer to the question asked last; why there is none if the process hangs or ended."""
        done = 0
        assert self._pipe is not None
        try:
            while self._pipe.poll(max(0.0, self._until - monotonic())):
                told = self._pipe.recv()
                if not isinstance(told, int):
                    return told  # type: ignore[no-any-return]
                done = told
                step(done)
        except (EOFError, OSError):
            self._end()
            return Undecided(0, 0, "killed", done)
        self._end()
        return Undecided(0, 0, "time", done)

    def _begin(self) -> None:
        self._end()
        # On macOS what the system itself loads does not stand being copied.
        copies = sys.platform != "darwin" and "fork" in get_all_start_methods()
        context = get_context("fork" if copies else "spawn")
        own, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(self.library, other, own if copies else None), daemon=True)  # type: ignore[attr-defined]
        self._process.start()
        other.close()
        self._pipe = own

    def _end(self) -> None:
        process, pipe, self._process, self._pipe = self._process, self._pipe, None, None
        if pipe is not None:
            pipe.close()
        if process is not None:
            process.kill()
            process.join()


@dataclass(eq=False)
class SolverHere:
    """z3 in this very process, which may not begin others and is itself ended if a question hangs it."""

    library: Library
    _provers: "dict[str, Prover]" = field(default_factory=dict)
    _asked: tuple[str, Property, float] | None = None

    def __enter__(self) -> "SolverHere":
        return self

    def __exit__(self, *error: object) -> None:
        self._provers.clear()

    def ask(self, regulation: str, item: Property, seconds: float) -> None:
        """Takes a question, which `answer` answers."""
        self._asked = regulation, item, seconds

    def answer(self, step: Step) -> Answer:
        """The answer to the question asked last."""
        assert self._asked is not None
        regulation, item, seconds = self._asked
        if regulation not in self._provers:
            # z3 belongs to an extra that runs without a question do without.
            from engine.proof.solving import Prover

            self._provers[regulation] = Prover(self.library, self.library.regulations[regulation])
        return self._provers[regulation].answer(item, seconds, step)


def _serve(library: Library, pipe: "Connection[Any, Any]", other_end: "Connection[Any, Any] | None") -> None:
    """Answers until whoever asks closes the pipe."""
    # Whoever started the run ends it, and its processes end with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if other_end is not None:
        other_end.close()
    # Nothing but this process loads z3.
    from engine.proof.solving import Prover

    provers: dict[str, Prover] = {}
    while True:
        try:
            regulation, item, seconds = pipe.recv()
            if regulation not in provers:
                provers[regulation] = Prover(library, library.regulations[regulation])
            pipe.send(provers[regulation].answer(item, seconds, pipe.send))
        except (EOFError, OSError):
            return
