"""When a signal may end what runs."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def signals_held_back() -> Iterator[None]:
    """Signals reach this thread after the context, if the system can hold them back. It must be the only one that could
    take them: other threads are started within the context, or hold them back as well.

    Python forgets what a signal's handler raises while it copies a process, and sometimes while it imports a module,
    so that the signal would be lost or a defect seem to be one of this program.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
