"""The rows of a finished run on Spark: the same sums by the same SQL, the output one file a partition."""

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from engine.base.diagnostics import Location, diagnostic
from engine.base.writing import Unwritable
from engine.population.output import shown_columns
from engine.population.portion_files import Done
from engine.population.results import Results, by_number, complete
from engine.population.run import Run
from engine.population.spark.dialect import SparkDatabase, in_spark
from engine.population.spark.run import SparkRun, plain_pattern

TYPES = {"text": "STRING", "boolean": "BOOLEAN", "day": "DATE", "list": "STRING"}
OF_SPARK = re.compile(r"_SUCCESS|\._SUCCESS\.crc|\.?part-[\w.-]+")
"""The names of files in a folder that Spark has written."""


@contextmanager
def opened_spark_results(run: Run, done: Sequence[Done], memory: str = "") -> Iterator[Results]:
    """The results of a finished run, in its session; how much memory that has was said when it began."""
    assert isinstance(run, SparkRun)
    session = run.session
    parts = [f"file://{plain_pattern(str(run.files.part(portion.number).resolve()))}" for portion in done]
    columns = [f"`{name}` {TYPES[kind]}" for name, kind in run.shared.kept.items()]
    schema = ", ".join(["portion INT, line LONG", *columns])
    rows = session.read.schema(schema).parquet(*parts) if parts else session.createDataFrame([], schema)
    rows.createOrReplaceTempView("parts")
    database = SparkDatabase(session)
    try:
        yield complete(Results(run, by_number(done), database, parts_in_order=False))
    finally:
        database.close()


def write_by_spark(results: Results, path: Path, form: str) -> None:
    """All rows, in order, to a folder of files, one a partition. Raises Unwritable if the folder has other files."""
    assert isinstance(results.database, SparkDatabase)
    if path.is_dir() and not all(OF_SPARK.fullmatch(file.name) for file in path.iterdir()):
        raise Unwritable([diagnostic("output/not-ours", Location(str(path)))])
    partial_path = results.run.folder / "rows"
    rows = results.database.session.sql(in_spark(f"SELECT {shown_columns(form)} FROM rows{results.in_order}"))
    writer, place = rows.write.mode("overwrite"), f"file://{partial_path.resolve()}"
    match form:
        case "ndjson":
            writer.json(place, ignoreNullFields=False)
        case "csv":
            writer.csv(place, header=True)
        case _:
            writer.parquet(place, compression="zstd")
    partial_path.chmod(0o700)
    if path.is_dir():
        shutil.rmtree(path)
    partial_path.replace(path)
