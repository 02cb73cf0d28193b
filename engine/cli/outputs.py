"""Where a verb writes: checked before the run starts, so that no file of the user's is replaced by mistake."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from engine.base.diagnostics import Location, Problems, diagnostic
from engine.base.files import system_reason
from engine.base.words import wording
from engine.base.writing import NO_SPACE, check_output, unwritable, whole_text
from engine.base.writing import check_apart as check
from engine.cli.opening import policies_folder, problems_end_it
from engine.load.policies.folders import library_files

LEFT_OVER = wording("cli", "outputs", "left_over")


def refused_by_the_system(error: Exception) -> Problems | None:
    """What to tell a person about an error that the system, and not the program, is the reason of; None for others."""
    match error:
        case Problems():
            return error
        case MemoryError():
            return Problems([diagnostic("run/no-memory", Location("xeploai"))])
        case RuntimeError() if "start new thread" in str(error):
            return Problems([diagnostic("run/no-threads", Location("xeploai"))])
        case OSError(errno=int() as number) if number in NO_SPACE:
            return unwritable(str(error.filename or "xeploai"), error)
        case OSError(errno=int()):
            place = Location(str(error.filename or "xeploai"))
            return Problems([diagnostic("file/unreadable", place, **system_reason(error))])
    return None


@contextmanager
def output_to(path: Path | None, *, private: bool = False) -> Iterator[TextIO]:
    """Standard output, or a file written whole. `private`: it may hold personal data."""
    if path is None:
        yield sys.stdout
        sys.stdout.flush()
        return

    with whole_text(path, private) as stream:
        yield stream


def check_outputs(language: str, outputs: Iterable[Path | None], paths: Iterable[str], folder: Path | None) -> None:
    """Ends the command if an output cannot be written, or is what the command reads, or lies in it."""
    files = [output for output in outputs if output is not None]
    check_apart(language, files, paths, folder)
    with problems_end_it(language):
        for output in files:
            check_output(output)


def check_apart(language: str, outputs: Iterable[Path], paths: Iterable[str], folder: Path | None) -> None:
    """Ends the command if an output is, or lies in, what it reads: the cases at the paths, the policies."""
    with problems_end_it(language):
        for output in outputs:
            check(output, [*paths, *map(str, library_files(policies_folder(folder)))])


def name_left_over(language: str, folder: Path, written: Iterable[Path], names: Iterable[str]) -> None:
    """Names the files of a folder that look like results (`names` are patterns) and that this run did not write."""
    known = {path.name for path in written}
    for path in sorted(path for name in names for path in folder.glob(name)):
        if path.name not in known:
            click.echo(LEFT_OVER[language].format(path), err=True)
