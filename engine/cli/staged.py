"""The staged policies instead of the files in the folder, for hooks, which must look at what a commit will hold."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, chdir, contextmanager
from pathlib import Path

import click

from engine.base.writing import scratch
from engine.cli.opening import problems_end_it
from engine.versions.revisions import STAGED, policies_at

staged_here_option = click.option("--staged", is_flag=True, help="staged_here")


@contextmanager
def as_staged(folder: Path, staged: bool, language: str, form: str = "text") -> Iterator[Path]:
    """The folder, or, if `staged`, a copy of it as the next commit would hold it.

    The copy has the folder's name, and the current folder is changed while it is used, so that diagnostics name the
    files of the user."""
    if not staged:
        yield folder
        return

    shown = Path(os.path.relpath(folder))
    with ExitStack() as stack:
        with problems_end_it(language, form):
            copy = stack.enter_context(policies_at(folder, STAGED))
        if shown == Path():
            stack.enter_context(chdir(copy))
        else:
            # As many folders down as the name leads up.
            made = stack.enter_context(scratch())
            here = made / "/".join("x" for part in shown.parts if part == "..")
            here.mkdir(parents=True, exist_ok=True)
            place = Path(os.path.normpath(here / shown))
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(copy)
            stack.enter_context(chdir(here))
        yield shown
