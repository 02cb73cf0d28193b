"""The command in processes of its own that need not load it: each is a fork of one process that has it loaded.

For tests that limit a process's time and memory, or look at what it used. How a process starts they do not show.
`python -m support.forked_command` reads a call a line, as JSON, and answers each with a line.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from support import ROOT, TESTS


@dataclass(frozen=True)
class Call:
    """A call of the command in a folder. `printed`: the file for both streams; `memory`: bytes of addresses."""

    arguments: list[str]
    cwd: str
    printed: str
    seconds: int
    memory: int | None = None


class Ended(NamedTuple):
    code: int
    printed: str
    kilobytes: int
    """The most memory that was in use at once."""


class Forks:
    """The process that is forked."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def run(self, *arguments: str, cwd: Path, seconds: int, memory: int | None = None) -> Ended:
        printed = cwd / "printed"
        call = Call(list(arguments), str(cwd), str(printed), seconds, memory)
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(asdict(call)) + "\n")
        self.process.stdin.flush()
        code, kilobytes = json.loads(self.process.stdout.readline())
        return Ended(code, printed.read_text(encoding="utf-8"), kilobytes)


@contextmanager
def forks() -> Iterator[Forks]:
    paths = os.pathsep.join([str(ROOT), str(TESTS)])
    with subprocess.Popen(
        [sys.executable, "-m", "support.forked_command"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": paths, "COLUMNS": "100"},
    ) as process:  # fmt: skip
        yield Forks(process)
        assert process.stdin is not None
        process.stdin.close()


def serve() -> None:
    from support.command import LEADER, run

    # Everything that an evaluation loads. No thread may be left: a fork has none of them.
    run("evaluate", LEADER)
    for line in sys.stdin:
        call = Call(**json.loads(line))
        child = os.fork()
        if child == 0:
            _be(call)
        _, status, usage = os.wait4(child, 0)
        print(json.dumps([os.waitstatus_to_exitcode(status), usage.ru_maxrss]), flush=True)


def _be(call: Call) -> None:
    from engine.cli import main

    resource.setrlimit(resource.RLIMIT_CPU, (call.seconds, call.seconds))
    if call.memory is not None:
        resource.setrlimit(resource.RLIMIT_AS, (call.memory, call.memory))
    os.chdir(call.cwd)
    printed = os.open(call.printed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    sys.argv = ["xeploai", *call.arguments]
    code: object = 1
    try:
        main()
        code = 0
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    serve()
