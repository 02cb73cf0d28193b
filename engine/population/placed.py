"""What questions about a large population have in common: how much there is to read, and which cases are read one by
one beside those that the SQL target decided."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Self

from engine.base.documents import Document
from engine.base.json_text import Unread
from engine.core.judge.case import Rejected
from engine.population.portions import Input, inputs
from engine.population.run import Changed, Done
from engine.population.totals import Results

Documents = Callable[[], Iterable[Document | Unread | Rejected]]
"""The cases at the paths of a run as texts, in the same order."""
OnPortion = Callable[[Done, int], None]
Place = tuple[str, int]
MEMORY = "512MB"
"""For the rows of a run; beyond it, the disk."""


def bytes_in(paths: Sequence[str]) -> int | None:
    """How much there is to read at the paths; None where not all of it is NDJSON and JSON files, each named once."""
    if "-" in paths:
        return None
    files = inputs(paths)[0]
    if sum(len(inputs([path])[0]) for path in paths) != len(files):
        return None
    return None if any(one.form in ("table", "either") for one in files) else sum(one.size for one in files)


def texts_at(
    places: set[Place], documents: Documents, paths: Sequence[str], files: Sequence[Input]
) -> list[Document | Unread | Rejected]:
    """The cases at these places, and whatever cannot be read as a case's text at all. Raises Changed where the files at
    the paths are no longer those."""
    found = [
        one for one in documents()
        if not isinstance(one, Unread) or (one.file, one.line_offset + 1) in places
    ]  # fmt: skip
    now = inputs(paths)[0]
    for one in (*files, *now):
        if one not in now or one not in files:
            raise Changed(one.path)
    return found


class Placed(Results):
    """The rows of a run, and where their cases stand. `every_row` are all of them; `rows` those looked at, or as they
    would be."""

    def __enter__(self) -> Self:
        super().__enter__()
        self.by_number = {one.number: one for one in self.done}
        self.database.execute("ALTER VIEW rows RENAME TO every_row")
        self.look_at("FROM every_row")
        return self

    def look_at(self, rows: str) -> None:
        self.database.execute(f"CREATE OR REPLACE TEMP VIEW rows AS {rows}")

    def places(self, table: str) -> Iterator[Place]:
        for portion, line in self.query(f"SELECT portion, line FROM {table}"):
            yield self.by_number[portion].place(line)

    def rejected_places(self) -> Iterator[Place]:
        """Where the cases stand that could not be judged, and those whose ids they repeat."""
        ids = {one.case_id for _, _, one in self.repeated}
        for portion, line, _ in self.repeated:
            yield self.by_number[portion].place(line)
        for one in self.done:
            for kept in self.run.kept(one.number) if one.rejected else ():
                ids.add(kept["case_id"])
                yield one.place(kept["line"])
        self._table("rejected_ids", [[0, 0, one] for one in sorted(each for each in ids if each is not None)])
        yield from self.places("every_row SEMI JOIN rejected_ids USING (case_id)")
