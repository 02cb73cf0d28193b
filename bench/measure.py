"""Runs one command and says how long it took and how much memory it and its children held together at most."""

import os
import resource
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

EVERY = 0.02


@dataclass(frozen=True)
class Run:
    seconds: float
    processor: float
    """Seconds of all processors that it and its children took."""
    megabytes: float
    output: str


class Failed(Exception):
    """The command did not end well, or not in time; says what it printed last."""


def run(command: Sequence[str], limit: float, ended: Sequence[int] = (0,)) -> Run:
    """`ended`: the codes with which it ends well. Raises Failed, and TimeoutError where it takes longer than `limit`
    seconds."""
    before, processor = time.perf_counter(), _processor()
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=_environment()) as process:
        peak = [0]
        watcher = threading.Thread(target=_watch, args=(process.pid, peak), daemon=True)
        watcher.start()
        try:
            output, errors = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            _end(process)
            raise TimeoutError from None
    seconds = time.perf_counter() - before
    if process.returncode not in ended:
        raise Failed(f"{' '.join(command)}: exit {process.returncode}: {(errors or output)[-2000:]}")
    return Run(seconds, _processor() - processor, peak[0] / 1e6, output)


def _environment() -> dict[str, str]:
    """That of this process, but modules are compiled once, as on a user's machine, and not for each run."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _processor() -> float:
    """Of all commands that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watch(pid: int, peak: list[int]) -> None:
    """Memory that processes share, as after a fork, is counted once for each of them."""
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        while root.is_running() and root.status() != psutil.STATUS_ZOMBIE:
            held = 0
            for one in (root, *root.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    held += one.memory_info().rss
            peak[0] = max(peak[0], held)
            time.sleep(EVERY)


def _end(process: "subprocess.Popen[str]") -> None:
    with suppress(psutil.NoSuchProcess):
        for one in psutil.Process(process.pid).children(recursive=True):
            one.kill()
    process.kill()
    process.communicate()
