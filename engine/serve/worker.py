"""A worker process: takes one job after the other from its socket, in one thread, as durable-rules needs it.

A job is a function of this program and its arguments; it is called with the desk of the version that it is to be
answered by. What the function returns goes back; what it raises goes back as a `Failure`, without the texts of errors
that could hold data of a case.
"""

import gc
import pickle
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from socket import socket
from typing import Any

from engine.base.diagnostics import Diagnostic, EngineFailure, Problems
from engine.base.writing import Unwritable
from engine.serve.desk import Desk, Version
from engine.serve.frames import read_message, write_message
from engine.serve.problems import Refusal, places_of

try:
    import resource
except ImportError:  # Windows has no such limits.
    resource = None  # type: ignore[assignment]

MOST_VERSIONS = 2
"""Requests that came before a change of the policies are still answered by the version before it."""


@dataclass(frozen=True)
class Job:
    """What is to be done. `version` is its number in the pool."""

    version: int
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Failure:
    """Why there is no answer: a code of `problems.STATUS`, what fills its text, and diagnostics."""

    code: str
    diagnostics: tuple[Diagnostic, ...] = ()
    arguments: tuple[tuple[str, object], ...] = ()
    places: str = ""
    """Where in the program a defect arose."""

    def refusal(self) -> Refusal:
        """The same, to be raised in the server."""
        refusal = Refusal(self.code, diagnostics=self.diagnostics)
        refusal.arguments.update(self.arguments)
        return refusal


def work(connection: socket, memory: int) -> None:
    """Serves jobs until the connection is closed. `memory`: bytes that this process may use, 0 for no limit.

    The worker first sends `(True, None)`: it is ready. A message is a `Version` with its number, or a `Job`; a job is
    answered by `(True, result)` or `(False, Failure)`. Of the versions the last two that came are kept."""
    # Ctrl-C reaches every process of the terminal; the server alone decides when a worker ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit(memory)
    gc.set_threshold(100_000, 50, 100)
    desks: dict[int, Desk] = {}
    with suppress(EOFError, BrokenPipeError, ConnectionResetError), connection.makefile("rwb") as stream:
        write_message(stream, pickle.dumps((True, None)))
        while True:
            match pickle.loads(read_message(stream)):
                case (int() as number, Version() as version):
                    desks[number] = Desk(version)
                    for old in list(desks)[:-MOST_VERSIONS]:
                        desks.pop(old).close()
                case Job() as job:
                    write_message(stream, _answer(job, desks[job.version]))


def _answer(job: Job, desk: Desk) -> bytes:
    try:
        return pickle.dumps((True, job.function(desk, *job.arguments)), protocol=5)
    except Refusal as refusal:
        failure = Failure(refusal.code, refusal.diagnostics, tuple(refusal.arguments.items()))
    except Unwritable as problems:
        failure = Failure("unwritable", problems.diagnostics)
    except Problems as problems:
        failure = Failure("problems", problems.diagnostics)
    except MemoryError:
        failure = Failure("too_much_memory")
    except EngineFailure as error:
        failure = Failure("engine", places=places_of(error))
    except Exception as error:  # the last resort: the worker goes on, and the server answers that it is a defect
        failure = Failure("defect", places=places_of(error))
    return pickle.dumps((False, failure), protocol=5)


def _limit(memory: int) -> None:
    if memory and resource is not None:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
