"""What stops a run over a population, whichever engine works on it: nothing outside this room knows DuckDB or Spark."""

from collections.abc import Iterator
from contextlib import contextmanager
from os import strerror

from engine.base.diagnostics import Location, Problems, diagnostic
from engine.base.writing import NO_SPACE


class Disagreement(Exception):
    """The two targets differ on a case: no answer of the run can be trusted.

    Holds the case, and what differs: its name, its value by the target, and its value by durable-rules."""

    def __init__(self, case: str, difference: tuple[str, object, object]) -> None:
        self.case, self.difference = case, difference
        super().__init__(case, difference)

    def __str__(self) -> str:
        name, target, engine = self.difference
        return f"{self.case}: {name}: target {target!r}, durable-rules {engine!r}"


class Stopped(Exception):
    """A portion was not decided, because the run was broken off."""


class Changed(Exception):
    """A file of the population is no longer what it was when the run began; `args[0]` names it."""

    def __str__(self) -> str:
        return f"The file {self.args[0]} changed while it was read; run again once it stays as it is."


class Unbalanced(Exception):
    """Cases were lost or counted twice: a bug, and no figure of the run can be trusted."""


class ExecutorFailure(Exception):
    """The engine that executes the SQL on several machines failed; the text is its reason, in one line."""


@contextmanager
def duckdb_refusals() -> Iterator[None]:
    """Raises Problems if DuckDB cannot go on because memory or the disk is full. Its other errors are defects."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        on_disk = "max_temp_directory_size" in str(error)
        code = "output/no-space" if on_disk else "run/no-memory"
        raise Problems([diagnostic(code, Location("xeploai"))]) from error
    except duckdb.IOException as error:
        if any(strerror(number) in str(error) for number in NO_SPACE):
            raise Problems([diagnostic("output/no-space", Location("xeploai"))]) from error
        raise
