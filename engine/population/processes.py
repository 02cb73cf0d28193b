"""Portions decided by several processes at once, each of which is a copy of this one.

The rules are asked in Python, which keeps one processor core busy a process. A copy has all that this process has
loaded, so that it is there at once; only if the system cannot copy safely, this process does all by itself.
"""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.util import Finalize
from threading import Thread

from engine.base.diagnostics import Location, Problems, diagnostic
from engine.base.signals import signals_held_back
from engine.population.decider import Decider, Finished
from engine.population.portions import Portion

MakeDecider = Callable[[int, Callable[[], bool]], Decider]
"""Of the number of its process, and what says that the run was broken off."""

_decider: Decider | None = None
"""That of a copied process."""


@dataclass(frozen=True)
class Workers:
    """What decides portions: `decide` begins with one, given the size of all cases in bytes. So many are best given
    `at_once`."""

    decide: Callable[[Portion, int], "Future[Finished]"]
    at_once: int


@contextmanager
def workers(make: MakeDecider, processes: int) -> Iterator[Workers]:
    """So many processes that decide portions; what they are at is broken off if an exception ends the context. Raises
    Problems if the system ends one of them, as it does if memory is full."""
    # On macOS what the system itself loads does not stand being copied.
    if processes == 1 or sys.platform == "darwin" or "fork" not in get_all_start_methods():
        decider = make(0, lambda: False)
        try:
            yield Workers(partial(_at_once, decider), 1)
        finally:
            decider.close()
        return
    context = get_context("fork")
    stop = context.Event()
    # What is there now is never garbage: looking through it would make each copy hold it for itself.
    gc.freeze()
    with ProcessPoolExecutor(processes, context, _begin, (make, stop.is_set)) as pool:
        try:
            # All are copied now, before this process reads anything or starts threads.
            with signals_held_back():
                pool.submit(os.getpid).result()
            yield Workers(lambda portion, size: pool.submit(_decided, portion, size), processes)
        except BrokenProcessPool:
            stop.set()
            raise Problems([diagnostic("run/no-memory", Location("xeploai"))]) from None
        except BaseException:
            stop.set()
            # What the pool itself still closes must not meet the end of this process.
            pool.shutdown(cancel_futures=True)
            raise


def _at_once(decider: Decider, portion: Portion, size: int) -> "Future[Finished]":
    future: Future[Finished] = Future()
    future.set_result(decider.decide(portion, size))
    return future


def _begin(make: MakeDecider, stopped: Callable[[], bool]) -> None:
    """Begins a copied process."""
    global _decider
    # Whoever started the run ends it, and its processes end with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # They were held back in this copy too.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    Thread(target=_end_with_parent, daemon=True).start()
    # A copy shares none of the locks that other threads held when it was made.
    vars(sys).update(stdout=None, stderr=None)
    _decider = make(os.getpid(), stopped)
    Finalize(None, _decider.close, exitpriority=1)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _decided(portion: Portion, size: int) -> Finished:
    assert _decider is not None
    return _decider.decide(portion, size)
