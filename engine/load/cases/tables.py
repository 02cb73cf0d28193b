"""Tables -> cases: what a heading stands for, and how a cell reads. The one meaning of "a column a fact".

A row is one case. A heading is the id of a fact (`tasks.assigned`) or of another part of a case (`case_id`, `period`,
`as_of`, `regulation`, `subject.kind`, `subject.id`, `subject.unit`, `subject.cohort`, `subject.name`,
`subject.<relation>`, `evidence.<fact>`, `review.covered`, `grades.self`, `grades.proposed`, `grades.decided`,
`grades.decided_on`), or its label in Vietnamese or English. A heading that begins with `#` is for people alone.

A cell is read as the vocabulary says its column is, and as nothing else. An empty cell is unknown. Several items stand
in one cell with semicolons between them. A cell that cannot be read stays in the case as it was written, beside the
problem, so that the rest of its row is still looked through.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from itertools import chain
from typing import Any

from engine.base.diagnostics import Diagnostic, Location, diagnostic
from engine.base.documents import Document
from engine.base.findings import Findings
from engine.base.json_places import Path_
from engine.core.judge.case import Rejected
from engine.core.policy.terms import Text
from engine.core.policy.values import Misfit
from engine.load.cases.answers import cleaned
from engine.load.cases.cells import KEPT, read_cell
from engine.load.cases.headings import HEADING_ROWS, REQUIRED, Column, Headings, joined_labels
from engine.load.cases.rows import Percentage, Row, is_blank

_OPTIONS_OF: Mapping[str, str] = {
    "regulation/unknown": "regulation",
    "case/regulation-not-in-force": "regulation",
    "case/no-regulation-in-force": "regulation",
    "case/several-regulations-in-force": "regulation",
    "kind/unknown": "subject.kind",
    "kind/divided": "subject.kind",
    "kind/without-ladder": "subject.kind",
    "grade/unknown": "grades.self",
    "review-content/unknown": "review.covered",
}
"""The column that has the ids which a diagnostic of each code names as its options."""


@dataclass(frozen=True)
class CaseRow(Document):
    """The case of one row. Its places are cells."""

    row: Row = field(default=Row("", 0, ()), compare=False, repr=False)
    table: "Table" = field(default_factory=lambda: Table({}), compare=False, repr=False)

    @property
    def indexes(self) -> Mapping[Path_, int]:
        """The cells of the row, by the paths of their values in a case."""
        return self.table.indexes

    def reworded(self, problem: Diagnostic) -> Diagnostic:
        """A problem in the words of the table: its headings and labels for ids."""
        return replace(problem, arguments=tuple(self.table.worded(problem.code, dict(problem.arguments)).items()))

    def location(self, path: Path_ = (), *, key: bool = False) -> Location:
        """The cell of the value at a path, or the row if no column holds it."""
        while path and path not in self.indexes:
            path = path[:-1]
        return self.row.location(self.indexes.get(path))


# --- rows ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """The columns of one table by their index, and the language that its days are written in."""

    columns: Mapping[int, Column]
    language: str = "vi"
    headings: Mapping[str, str] = field(default_factory=dict)
    """What the table calls each of its columns."""
    known: Mapping[str, Column] = field(default_factory=dict)

    def worded(self, code: str, arguments: Mapping[str, object]) -> dict[str, object]:
        """The arguments of a diagnostic with the table's headings for names of columns, and labels for ids."""
        options = dict(self.known[_OPTIONS_OF[code]].options) if _OPTIONS_OF.get(code) in self.known else {}
        return {name: self._worded(name, value, options) for name, value in arguments.items()}

    def _worded(self, name: str, value: object, options: Mapping[str, Text]) -> object:
        if not isinstance(value, str):
            return value
        match name:
            case "fact" | "name" if value in self.known:
                return self.headings.get(value, self.known[value].label)
            case "name" | "suggestion" | "regulation" if value in options:
                return options[value]
            case "known" if options:
                return joined_labels([options.get(option, Text(option, option)) for option in value.split(", ")])
            case "parts":
                called = {fact: self.headings.get(fact, column.label) for fact, column in self.known.items()}
                return joined_labels([_part(part, called) for part in value.split(", ")])
        return value

    @cached_property
    def indexes(self) -> Mapping[Path_, int]:
        """The columns that hold values, by the paths of these in a case."""
        return {column.path: index for index, column in self.columns.items() if column.takes != "note"}

    @cached_property
    def _read(self) -> dict[tuple[str, str], Any]:
        return {}

    def _plain(self, cell: object, column: Column) -> Any:
        """As `read_cell`, with a cache, because most cells of a column repeat an earlier one."""
        if not isinstance(cell, str):
            return read_cell(cell, column, self.language)
        key = column.name, cell
        if key not in self._read:
            plain = read_cell(cell, column, self.language)
            if len(self._read) >= KEPT:
                self._read.clear()
            self._read[key] = plain
        return self._read[key]

    def case(self, row: Row) -> CaseRow:
        """A row -> its case, with what is wrong with its cells in `problems`."""
        data: dict[str, Any] = {"subject": {}, "facts": {}}
        findings = Findings()
        percentages: set[str] = set()
        for index, cell in enumerate(row.cells):
            column = self.columns.get(index)
            if findings.full:
                findings.count()
                break
            if column is None:
                if not is_blank(cell) and not (isinstance(cell, Misfit) and cell.code == "cell/merged"):
                    findings.add(diagnostic("table/no-heading", row.location(index)))
                continue
            try:
                plain = self._plain(cell, column)
            except Misfit as misfit:
                about = self.worded(misfit.code, misfit.arguments)
                findings.add(diagnostic(misfit.code, row.location(index), **about))
                plain = cleaned(cell) if isinstance(cell, str) else None
            if plain is not None:
                _put(data, column.path, plain)
            if _small_percentage(cell, plain, column):
                percentages.add(column.name)
        for name in REQUIRED:
            path: Path_ = tuple(name.split("."))
            if (index := self.indexes[path]) >= len(row.cells) or is_blank(row.cells[index]):
                about = self.worded("cell/empty", {"name": name})
                findings.add(diagnostic("cell/empty", row.location(index), **about))
                _put(data, path, "")
        problems = findings.all(row.location())
        signed = frozenset(percentages)
        return CaseRow(row.file, "", data, problems=problems, percentages=signed, row=row, table=self)


def _small_percentage(cell: object, plain: Any, column: Column) -> bool:
    """Is it less than one percent and written with a percent sign, so that no share of one is meant?"""
    if column.fact is None or column.fact.unit != "percent" or not isinstance(plain, int | Decimal) or plain >= 1:
        return False
    return isinstance(cell, Percentage) or (isinstance(cell, str) and cell.rstrip().endswith("%"))


def _part(text: str, called: Mapping[str, Text | str]) -> Text:
    """`tasks.assigned = 3` by what the table calls the fact."""
    name, sign, rest = text.partition(" = ")
    match called.get(name, name):
        case Text(vi, en):
            return Text(f"{vi}{sign}{rest}", f"{en}{sign}{rest}")
        case heading:
            return Text(f"{heading}{sign}{rest}", f"{heading}{sign}{rest}")


def _put(data: dict[str, Any], path: Path_, plain: Any) -> None:
    *groups, last = path
    for group in groups:
        data = data.setdefault(str(group), {})
    data[str(last)] = plain


def cases_in(
    rows: Iterable[Row | Diagnostic], headings: Headings, file: str, language: str = "vi"
) -> Iterator[Document | Rejected | Diagnostic]:
    """The rows of one table, headings and all -> its cases, in order; what is no row comes as `Rejected`, and what is
    worth a look as a note.

    If the headings are wrong, nothing of the table is read, and one `Rejected` says why.
    """
    pending = iter(rows)
    first: list[Row | Diagnostic] = []
    for row in pending:
        if isinstance(row, Diagnostic) or not row.blank:
            first.append(row)
        if len(first) == HEADING_ROWS:
            break
    candidates = [row for row in first if isinstance(row, Row)]
    if not candidates:
        problems = tuple(row for row in first if isinstance(row, Diagnostic))
        yield Rejected(file, None, problems or (diagnostic("table/empty", Location(file)),))
        return
    index = headings.row_of(candidates) or 0
    heading = candidates[index]
    columns, problems = headings.read(heading)
    if wrong := tuple(problem for problem in problems if problem.severity == "error"):
        yield Rejected(file, None, wrong)
        return
    yield from problems
    written = headings.written(columns, candidates[: index + 1])
    table, held = Table(columns, language, written, headings.columns), False
    for row in chain(first[first.index(heading) + 1 :], pending):
        if isinstance(row, Diagnostic):
            yield Rejected(str(row.location), None, (row,))
        elif not row.blank:
            yield table.case(row)
        else:
            continue
        held = True
    if not held:
        yield Rejected(file, None, (diagnostic("table/empty", heading.location()),))
