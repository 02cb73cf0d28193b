"""DuckDB in the process beside Spark on this machine's cores: the same file, the same rows, medians and their ratio.

    python -m bench.spark [--cases 100000] [--runs 5] [--cores 2]

A session of Spark is started once, as a cluster has one, and told apart from the runs; each target decides the file
once before anything is timed, and the rows of both are held equal. The referee is off on both.
"""

import argparse
import os
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import duckdb

from bench.generate import write
from engine.population.decider import Options
from engine.population.output import write as write_rows
from engine.population.results import opened_results
from engine.population.run import Run
from engine.population.spark.results import opened_spark_results, write_by_spark
from engine.population.spark.run import SparkRun, new_session
from engine.population.sums import Totals, totals_of
from engine.versions.opening import load_library

POLICIES = Path(__file__).parents[1] / "policies"


def main() -> None:
    parser = argparse.ArgumentParser(description="DuckDB beside Spark local on the same cases.")
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--memory", default="2GB")
    asked = parser.parse_args()
    library = load_library(POLICIES)
    started = perf_counter()
    session = new_session(asked.cores, asked.memory)
    session.range(1).count()
    print(f"Spark's start: {perf_counter() - started:.1f} s; {asked.cores} cores", flush=True)
    with tempfile.TemporaryDirectory(prefix="bench-spark-") as place:
        folder = Path(place)
        path = folder / "cases.ndjson"
        write(POLICIES, asked.cases, path)

        def duck() -> Totals:
            run = Run(library, folder / "duck", Options(referee=0), asked.memory, asked.cores)
            run.folder.mkdir(exist_ok=True)
            (run.folder / "run.json").unlink(missing_ok=True)
            with opened_results(run, run.over([str(path)]), asked.memory) as results:
                write_rows(results, folder / "duck.parquet", "parquet")
                return totals_of(results)

        def spark() -> Totals:
            run = SparkRun(library, folder / "spark", Options(referee=0), asked.memory, asked.cores, session=session)
            (run.folder / "run.json").unlink(missing_ok=True)
            with opened_spark_results(run, run.over([str(path)])) as results:
                write_by_spark(results, folder / "spark.parquet", "parquet")
                return totals_of(results)

        first, second = duck(), spark()
        assert first == second, (first, second)
        different = duckdb.execute(
            f"SELECT count(*) FROM (FROM '{folder}/duck.parquet' EXCEPT ALL FROM '{folder}/spark.parquet/*.parquet')"
        ).fetchone()
        assert different == (0,), different
        found: dict[str, list[float]] = {"duckdb": [], "spark": []}
        targets: dict[str, Callable[[], Totals]] = {"duckdb": duck, "spark": spark}
        for _ in range(asked.runs):
            for name, target in targets.items():
                started = perf_counter()
                target()
                found[name].append(perf_counter() - started)
    session.stop()
    medians = {name: statistics.median(times) for name, times in found.items()}
    for name, times in found.items():
        print(
            f"{name:7} {asked.cases:,} cases, file to file with all sums: median {medians[name]:.2f} s of {len(times)}"
            f" ({min(times):.2f} to {max(times):.2f}), {asked.cases / medians[name]:,.0f} cases a second"
        )
    print(f"Spark takes {medians['spark'] / medians['duckdb']:.1f} times as long")


if __name__ == "__main__":
    main()
