"""What questions about a large population have in common: how much there is to read, and which cases are read one by
one besides those that the target decided."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from engine.base.documents import Document
from engine.base.json_text import Unread
from engine.core.judge.case import Rejected
from engine.population.failures import Changed
from engine.population.portion_files import Done
from engine.population.portions import Input, inputs
from engine.population.results import Results, opened_results
from engine.population.run import OnPortion, Run

Place = tuple[str, int]
MEMORY = "512MB"
"""For the rows of a run; beyond it, the disk."""


@dataclass(frozen=True)
class Cases:
    """The cases at some paths. `documents` yields them as texts, in the same order; `on_portion` is that of
    `Run.over`."""

    paths: Sequence[str]
    documents: Callable[[], Iterable[Document | Unread | Rejected]]
    on_portion: OnPortion

    def texts_at(self, places: set[Place], files: Sequence[Input]) -> list[Document | Unread | Rejected]:
        """The cases at these places, and whatever cannot be read as a case's text at all.

        Raises Changed if the files at the paths are no longer those."""
        texts = [
            document for document in self.documents()
            if not isinstance(document, Unread) or (document.file, document.line_offset + 1) in places
        ]  # fmt: skip
        now = inputs(self.paths)[0]
        for file in (*files, *now):
            if file not in now or file not in files:
                raise Changed(file.path)
        return texts


def bytes_in(paths: Sequence[str]) -> int | None:
    """How many bytes there are to read; None unless the paths are NDJSON and JSON files, each named once."""
    if "-" in paths:
        return None
    files = inputs(paths)[0]
    if sum(len(inputs([path])[0]) for path in paths) != len(files):
        return None
    return None if any(file.form in ("table", "either") for file in files) else sum(file.size for file in files)


@contextmanager
def opened_whole(run: Run, done: Sequence[Done]) -> Iterator[Results]:
    """The results of a run, all its rows in the view `every_row`. `rows` are those looked at, or as they would be."""
    with opened_results(run, done, MEMORY) as results:
        results.database.execute("ALTER VIEW rows RENAME TO every_row")
        look_at(results, "FROM every_row")
        yield results


def look_at(results: Results, rows: str) -> None:
    """Makes the view `rows` of a query."""
    results.database.execute(f"CREATE OR REPLACE TEMP VIEW rows AS {rows}")


def places(results: Results, table: str) -> Iterator[Place]:
    """The files and lines of the cases in a table."""
    for portion, line in results.database.query(f"SELECT portion, line FROM {table}"):
        yield results.portions[portion].place(line)


def rejected_places(results: Results) -> Iterator[Place]:
    """Where the cases stand that could not be judged, and those whose ids they repeat."""
    ids = {case.case_id for _, _, case in results.repeated.judged}
    for portion, line, _ in results.repeated.judged:
        yield results.portions[portion].place(line)
    for number, done in results.portions.items():
        for kept in results.run.files.rejected_cases(number) if done.rejected else ():
            ids.add(kept["case_id"])
            yield done.place(kept["line"])
    results.database.add_cases("rejected_ids", [[0, 0, name, None] for name in sorted(filter(None, ids))])
    yield from places(results, "every_row SEMI JOIN rejected_ids USING (case_id)")
