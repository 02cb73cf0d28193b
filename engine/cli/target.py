"""Which target judges the cases of a verb: one case after the other, or as a population if they are many."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from time import monotonic

import click

from engine.base.extras import need_extra
from engine.base.words import Wording, wording
from engine.base.writing import scratch
from engine.cli.opening import FAILURE, PROBLEMS, problems_end_it
from engine.cli.usage import misuse
from engine.population.failures import Changed, Disagreement
from engine.population.placed import bytes_in
from engine.report.population import figure

LARGE = 8_000_000
"""So many bytes of cases are a population: from about here on the target of `population` is done sooner."""
REFEREE, RUN_MEMORY = 200, "1GB"
CHANGED = wording("cli", "target", "changed")

target_option = click.option(
    "--target", type=click.Choice(["auto", "cases", "population"]), default="auto", show_default=True,
    help="target",
)  # fmt: skip


def is_large(target: str, paths: Sequence[str]) -> bool:
    """Whether the cases are judged as a population."""
    if target == "cases":
        return False
    if target == "population":
        need_extra("population", "duckdb")
    elif find_spec("duckdb") is None:
        return False

    size = bytes_in(paths)
    if target == "population" and size is None:
        misuse("not_a_population")
    return size is not None and (target == "population" or size >= LARGE)


@contextmanager
def differences_end_it(language: str, changed_file: Wording) -> Iterator[None]:
    """Ends the command in a line if the two targets differ, or if a file of the cases changes while it is read."""
    try:
        yield
    except Changed as changed:
        click.echo(f"xeploai: {changed_file[language].format(changed.args[0])}", err=True)
        sys.exit(PROBLEMS)
    except Disagreement as difference:
        click.echo(f"xeploai: {difference}", err=True)
        sys.exit(FAILURE)


@contextmanager
def by_population(language: str, speed: Wording) -> Iterator[tuple[Path, Callable[[int, int], None]]]:
    """A temporary folder for runs over a population; what stops one ends the command in a line. The function that comes
    with it takes how many cases there were and how many were decided one by one, which is printed as `speed` words it
    once all is well."""
    started = monotonic()
    counted: list[tuple[int, int]] = []
    with problems_end_it(language), scratch() as folder, differences_end_it(language, CHANGED):
        yield folder, lambda cases, one_by_one: counted.append((cases, one_by_one))
    seconds = monotonic() - started
    for cases, one_by_one in counted:
        line = speed[language].format(
            cases=figure(cases, language),
            rate=figure(cases / max(seconds, 1e-9), language),
            seconds=figure(seconds, language, 1),
            one_by_one=figure(one_by_one, language),
        )
        click.echo(line, err=True)
