"""The command as people run it: in this process through its entry function, or in a process of its own.

`run` is several times as quick, because Python, the engine and its schemas are loaded once. A test of what only a
process has (signals, pipes, a terminal, limits of memory, what is imported) calls `run_process`.
"""

import gc
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import click

from engine.cli import main
from engine.cli.faults import SIGNALS
from support import ROOT

CASES = "policies/qd-124-2023/cases"
LEADER = ROOT / CASES / "07-leader-one-task-short.json"
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "COLUMNS": "100"}
"""Added to the environment of every call, so that lines are as long in a terminal as elsewhere."""

Completed = subprocess.CompletedProcess[str]


class Written(io.BytesIO):
    """The bytes written to a stream, which stay readable when the stream is closed."""

    def close(self) -> None:
        pass


def run(
    *arguments: str | Path, stdin: bytes | BinaryIO | None = None, cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
) -> Completed:  # fmt: skip
    """Call `engine.cli.main` as a new process would, and put back what it changed.

    `stdin` is bytes, which come through a pipe, or an open file. `env` adds to the environment.
    """
    words = ["xeploai", *map(str, arguments)]
    out, err = Written(), Written()
    with _process_state(cwd, {**ENVIRONMENT, **(env or {})}), _standard_input(stdin):
        sys.argv = words
        sys.stdout, sys.stderr = io.TextIOWrapper(out, "utf-8"), io.TextIOWrapper(err, "utf-8")
        code: object = None
        try:
            main()
        except SystemExit as end:
            code = end.code
        assert code is None or isinstance(code, int), code
        sys.stdout.flush()
        sys.stderr.flush()
    return subprocess.CompletedProcess(words, code or 0, out.getvalue().decode(), err.getvalue().decode())


def run_process(
    *arguments: str | Path, stdin: bytes | None = None, cwd: Path = ROOT, env: Mapping[str, str] | None = None,
    before: Callable[[], object] | None = None,
) -> Completed:  # fmt: skip
    """Start `python -m engine`. `env` adds to the environment; `before` is called in the process, to limit it."""
    done = subprocess.run(
        [sys.executable, "-m", "engine", *map(str, arguments)], input=stdin or b"", capture_output=True, cwd=cwd,
        timeout=120, check=False, env={**os.environ, **ENVIRONMENT, **(env or {})}, preexec_fn=before,
    )  # fmt: skip
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def _standard_input(given: bytes | BinaryIO | None) -> Iterator[None]:
    """What is given stands behind `sys.stdin` and the name `/dev/stdin`. `_process_state` puts `sys.stdin` back."""
    if given is None:
        sys.stdin = io.TextIOWrapper(io.BytesIO(b""), "utf-8")
        yield
        return
    before = os.dup(0)
    if isinstance(given, bytes):
        source, end = os.pipe()
        writer = threading.Thread(target=_feed, args=(end, given), daemon=True)
        writer.start()
        os.dup2(source, 0)
        os.close(source)
    else:
        os.dup2(given.fileno(), 0)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    try:
        yield
    finally:
        sys.stdin.close()
        os.dup2(before, 0)
        os.close(before)


def _feed(end: int, given: bytes) -> None:
    with suppress(BrokenPipeError), open(end, "wb") as stream:
        stream.write(given)


@contextmanager
def _process_state(cwd: Path, environment: Mapping[str, str]) -> Iterator[None]:
    """Another working folder and environment; at the end, all that the command sets for its process is put back."""
    streams, words = (sys.stdin, sys.stdout, sys.stderr), sys.argv
    folder, variables, formatter = Path.cwd(), dict(os.environ), click.Context.formatter_class
    handlers = {name: signal.getsignal(name) for name in (getattr(signal, name) for name in SIGNALS)}
    threshold = gc.get_threshold()
    os.chdir(cwd)
    os.environ.update(environment)
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = streams
        sys.argv = words
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(variables)
        click.Context.formatter_class = formatter
        for name, handler in handlers.items():
            signal.signal(name, handler)
        gc.set_threshold(*threshold)


def leader(**changes: object) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(LEADER.read_text(encoding="utf-8"))
    for path, value in changes.items():
        *above, last = path.split("__")
        here = data
        for key in above:
            here = here[key]
        here[last] = value
    return data
