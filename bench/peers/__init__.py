"""The peers: each module drives one of them as its users would for speed, see `bench/README.md`.

A peer is a function from a workload to a `Session`, which is given cases some thousands at a time (two processes share
a file between them), or to a `Table`, which reads and writes files itself. A command of this project is neither: it is
run as its users run it (`bench.commands`).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.answers import Answer
from bench.workload import Workload


@dataclass(frozen=True)
class Session:
    """`load` takes lines of NDJSON to what `answer` is given; `rows` takes what it gives to answers."""

    load: Callable[[Sequence[bytes]], Any]
    answer: Callable[[Any], Any]
    rows: Callable[[Any], Iterable[Answer]] = iter
    close: Callable[[], None] = lambda: None
    lines: Callable[[Any], str] | None = None
    """Takes what `answer` gives to lines of text where that is quicker than one by one."""
    chunk: int = 10_000
    """How many lines it is given at a time."""


@dataclass(frozen=True)
class Table:
    """`whole` is file to file. `load` and `answer` as in `Session`, for a whole file, and `write` puts what was
    answered into one; None where the peer cannot be driven apart from its files."""

    whole: Callable[[Path, Path], None]
    load: Callable[[Path], Any] | None = None
    answer: Callable[[Any], Any] | None = None
    write: Callable[[Any, Path], Any] | None = None


@dataclass(frozen=True)
class Peer:
    label: str
    module: str = ""
    """`module` or `module:start_variant`; none for a command of this project."""
    alone: bool = True
    """Can evaluation be measured apart from files?"""
    answers: bool = True
    """Does file to file write the common answer? The limits write none, commands write decisions."""
    rules: bool = True
    """Is it asked with growing rules too?"""
    table: bool = False
    """Does it read and write files itself?"""
    needs: str = ""
    """A module that it is left out without."""
    ending: str = ".out"
    """Of the file that it writes."""
    gives: str = "masks"
    """What it has found of a case when evaluation ends; see `bench/README.md`."""
    writes: str = "masks"
    """What it writes of a case, file to file."""


PEERS = {
    "population": Peer(
        "xeploai population",
        alone=False,
        answers=False,
        ending=".parquet",
        writes="decisions",
    ),
    "unrefereed": Peer(
        "the same with --referee 0",
        alone=False,
        answers=False,
        rules=False,
        ending=".parquet",
        writes="decisions",
    ),
    "spark": Peer(
        "xeploai population --on spark (local)",
        alone=False,
        answers=False,
        rules=False,
        needs="engine.population.spark.run",
        ending=".parquet",
        writes="decisions",
    ),
    "rules": Peer("xeploai in Python (population target): rules", "rules", gives="results of rules"),
    "evaluate": Peer("xeploai evaluate (durable-rules target)", alone=False, answers=False, writes="whole records"),
    "decide": Peer("xeploai in Python (durable-rules target): decide", "decide", gives="whole records"),
    "matcher": Peer("xeploai in Python (durable-rules target): match", "matcher"),
    "naive": Peer("durable-rules naively, by its Host", "naive"),
    "zen_expressions": Peer("GoRules zen-engine: expressions", "zen:start_expressions"),
    "zen_batch": Peer("GoRules zen-engine: decision graphs in batches", "zen:start_batch"),
    "zen_graph": Peer("GoRules zen-engine: decision graphs one by one", "zen:start_graph"),
    "rego": Peer("OPA's Rego, by regorus", "rego"),
    "clips": Peer("CLIPS", "clips"),
    "openfisca": Peer("OpenFisca", "openfisca"),
    "polars": Peer("Polars", "polars", table=True),
    "python": Peer("hand-written Python", "python"),
    "limit": Peer(
        "limit: Python decodes and writes", "limit", alone=False, answers=False, rules=False, writes="its id"
    ),
    "scan": Peer(
        "limit: DuckDB reads and writes",
        "scan",
        alone=False,
        answers=False,
        rules=False,
        table=True,
        writes="its id",
    ),
    "copy": Peer(
        "limit: DuckDB reads and writes it all",
        "scan:start_copy",
        alone=False,
        answers=False,
        rules=False,
        table=True,
        writes="the case again",
    ),
}


def start(name: str, work: Workload) -> Session | Table:
    """The peer of this name, ready for its cases. Raises ImportError where what it needs is not installed."""
    module, _, function = PEERS[name].module.partition(":")
    found = getattr(import_module(f"bench.peers.{module}"), function or "start")(work)
    assert isinstance(found, (Session, Table))
    return found
