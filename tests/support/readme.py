"""How the papers' commands and programs are run: in the process of the tests, which has loaded the engine."""

import contextlib
import io
from pathlib import Path

from support.command import Completed
from support.command import run as run_command


def run(arguments: list[str], cwd: Path) -> Completed:
    """`-m engine ...` or `-c PROGRAM`, as Python takes them. A program that raises fails the test by itself."""
    option, *rest = arguments
    if option == "-m":
        return run_command(*rest[1:], cwd=cwd, env={"COLUMNS": "80"})
    out = io.StringIO()
    with contextlib.chdir(cwd), contextlib.redirect_stdout(out):
        exec(compile(rest[0], "paper", "exec"), {"__name__": "__main__"})
    return Completed(arguments, 0, out.getvalue(), "")
