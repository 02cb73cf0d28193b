"""Tables -> cases: what a heading stands for, and how a cell reads. The one meaning of "a column a fact".

A row is one case. A heading is the id of a fact (`tasks.assigned`) or of another part of a case (`case_id`, `period`,
`as_of`, `regulation`, `subject.kind`, `subject.id`, `subject.unit`, `subject.cohort`, `subject.name`,
`subject.<relation>`, `evidence.<fact>`, `review.covered`, `grades.self`, `grades.proposed`, `grades.decided`,
`grades.decided_on`), or its label in Vietnamese or English. A heading that begins with `#` is for people alone.

A cell is read as the vocabulary says its column is, and as nothing else. An empty cell is unknown. Several items stand
in one cell with semicolons between them. A cell that cannot be read stays in the case as it was written, beside the
problem, so that the rest of its row is still looked through.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from math import isfinite
from typing import Any, Literal

from engine.base.diagnostics import HIDDEN, PERSONAL, Diagnostic, Location, diagnostic
from engine.base.documents import Document
from engine.base.findings import Findings
from engine.base.json_places import Path_
from engine.base.nearness import closest
from engine.core.judge.case import Rejected
from engine.core.policy.model import Fact, Library, Regulation, Text
from engine.core.policy.values import Misfit, typed, written
from engine.load.cases.answers import (
    NONE,
    Unreadable,
    cleaned,
    day,
    folded,
    is_word,
    named_items,
    number,
    option,
    readable,
    yes_or_no,
)

Takes = Literal["fact", "text", "day", "option", "options", "ids", "items", "note"]
"""What a cell of a column holds: a fact's value, any text, a day, one or several of the column's options, ids of other
subjects, names of evidence, or something for people alone."""

REQUIRED = ("case_id", "period", "as_of", "subject.kind")
HEADING_ROWS = 10
"""A table may begin with a title: the headings are looked for this far down."""
DIGITS_SHOWN = 15
"""A spreadsheet computes in binary and shows so many digits; what it shows is what a person meant."""
MOST_COLUMNS = 2_000
KEPT = 10_000
FIRST_SERIAL = date(1899, 12, 30)
ERRORS = ("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!")

CAPTIONS: Mapping[str, Text] = {
    "case_id": Text("Mã hồ sơ", "Case"),
    "regulation": Text("Quy định", "Regulation"),
    "period": Text("Kỳ đánh giá", "Period"),
    "as_of": Text("Ngày xét", "Day of review"),
    "subject.kind": Text("Loại đối tượng", "Kind of subject"),
    "subject.id": Text("Mã đối tượng", "Subject"),
    "subject.name": Text("Tên", "Name"),
    "subject.unit": Text("Đơn vị", "Unit"),
    "subject.cohort": Text("Nhóm đối tượng tương đồng", "Cohort"),
    "review.covered": Text("Nội dung đã kiểm điểm", "Contents covered"),
    "grades.self": Text("Tự xếp loại", "Self-grade"),
    "grades.proposed": Text("Thẩm định, đề xuất", "Proposed grade"),
    "grades.decided": Text("Mức đã quyết định", "Decided grade"),
    "grades.decided_on": Text("Ngày quyết định", "Day of the decision"),
}
RELATION, EVIDENCE = Text("Quan hệ: {}", "Relation: {}"), Text("Minh chứng: {}", "Evidence: {}")
EXPECTED: Mapping[str, Text] = {
    "boolean": Text("có hoặc không", "yes or no"),
    "integer": Text("số nguyên", "a whole number"),
    "number": Text("số", "a number"),
    "date": Text("ngày, ví dụ 31/12/2024 hoặc 2024-12-31", "a day, as in 2024-12-31"),
    "text": Text("chữ", "text"),
    "set": Text("các mục, cách nhau bằng dấu chấm phẩy", "items with semicolons between them"),
}
_OPTIONS_OF: Mapping[str, str] = {
    "regulation/unknown": "regulation",
    "case/regulation-not-in-force": "regulation",
    "case/no-regulation-in-force": "regulation",
    "case/several-regulations-in-force": "regulation",
    "kind/unknown": "subject.kind",
    "kind/without-ladder": "subject.kind",
    "grade/unknown": "grades.self",
    "review-content/unknown": "review.covered",
}
"""Whose options the ids are that a diagnostic names."""
_UNKNOWN: Mapping[str, str] = {
    "regulation": "regulation/unknown",
    "subject.kind": "kind/unknown",
    "review.covered": "review-content/unknown",
}


@dataclass(frozen=True)
class Column:
    """What the cells of one column state, and where it goes in a case: ("facts", "tasks", "assigned")."""

    name: str
    label: Text
    takes: Takes
    fact: Fact | None = None
    options: tuple[tuple[str, Text], ...] = ()

    @cached_property
    def path(self) -> Path_:
        if self.takes == "fact":
            return ("facts", *self.name.split("."))
        return tuple(self.name.split(".", 1))

    @property
    def kind(self) -> str:
        """The type of the fact, or of what stands in its place."""
        if self.fact is not None:
            return self.fact.type
        return {"day": "date", "options": "set", "ids": "set", "items": "set"}.get(self.takes, "text")


@dataclass(frozen=True)
class Percentage:
    """A number that its spreadsheet shows as a percentage, in percent: 45 for a cell that holds 0.45."""

    percent: Decimal


@dataclass(frozen=True)
class Formatted:
    """A whole number that its spreadsheet shows as another text: 0012 for a cell that holds 12."""

    number: int
    text: str


@dataclass(frozen=True)
class Row:
    """One row of plain cells, and where it stands: text, numbers, days, None for an empty cell.

    What reads the file may put a `Misfit` where it can tell itself that a cell is not to be taken. `text` and
    `delimiter` are those of a row of a CSV file, `sheet` that of a workbook.
    """

    file: str
    number: int
    cells: Sequence[object]
    sheet: str = ""
    text: str = ""
    delimiter: str = ","

    def location(self, index: int | None = None) -> Location:
        """The place of a cell, or of the row."""
        if index is None or self.sheet:
            return Location(self.file, self.number, 0 if index is None else index + 1, self.sheet)
        start = self._starts[index] if index < len(self._starts) else len(self.text)
        line = self.number + self.text.count("\n", 0, start)
        return Location(self.file, line, start - self.text.rfind("\n", 0, start))

    @cached_property
    def _starts(self) -> Sequence[int]:
        """Where each cell of a CSV record begins, counted from 0."""
        cell = re.compile(rf'"(?:[^"]++|"")*+"|[^{re.escape(self.delimiter)}]*+')
        starts = [0]
        for _ in self.cells[1:]:
            found = cell.match(self.text, starts[-1])
            starts.append(min((found.end() if found else starts[-1]) + 1, len(self.text)))
        return starts

    @property
    def blank(self) -> bool:
        return all(_blank(cell) for cell in self.cells)


@dataclass(frozen=True)
class CaseRow(Document):
    """The case of one row. Its places are cells."""

    row: Row = field(default=Row("", 0, ()), compare=False, repr=False)
    table: "Table" = field(default_factory=lambda: Table({}), compare=False, repr=False)

    @property
    def indexes(self) -> Mapping[Path_, int]:
        return self.table.indexes

    def said(self, problem: Diagnostic) -> Diagnostic:
        return replace(problem, arguments=tuple(self.table.said(problem.code, dict(problem.arguments)).items()))

    def location(self, path: Path_ = (), *, key: bool = False) -> Location:
        while path and path not in self.indexes:
            path = path[:-1]
        return self.row.location(self.indexes.get(path))


# --- headings -----------------------------------------------------------------------------------------------------


class Headings:
    """Every column that the cases of a library may have, by id and by label."""

    def __init__(self, library: Library) -> None:
        self.columns = {one.name: one for one in _columns(library)}
        self.by_text: dict[str, list[str]] = {}
        for name, column in self.columns.items():
            for text in dict.fromkeys(_key(one) for one in (column.label.vi, column.label.en)):
                self.by_text.setdefault(text, []).append(name)
        for name in self.columns:
            self.by_text[_key(name)] = [name]

    def meant(self, heading: object) -> list[str]:
        """The names of the columns that a heading may stand for."""
        text = _key(heading)
        return ["#"] if text.startswith("#") else self.by_text.get(text, [])

    def share(self, row: Row) -> tuple[int, int]:
        """How many cells of a row are headings, and how many there are, those for people alone not counted."""
        meant = [self.meant(cell) for cell in row.cells if not _blank(cell)]
        counted = [one for one in meant if one != ["#"]]
        return sum(map(bool, counted)), len(counted)

    def row_of(self, rows: Sequence[Row]) -> int | None:
        """Which of the first rows of a table holds the headings: the last where at least half of the cells are some
        (below labels for people may stand the ids). None where there is no such row."""
        shares = [self.share(row) for row in rows[:HEADING_ROWS]]
        found = [index for index, (known, all_) in enumerate(shares) if known and 2 * known >= all_]
        return found[-1] if found else None

    def read(self, row: Row) -> tuple[dict[int, Column], tuple[Diagnostic, ...]]:
        """The columns of a table by their index, and everything that is wrong with its headings."""
        columns: dict[int, Column] = {}
        found = Findings()
        first: dict[str, int] = {}
        if len(row.cells) > MOST_COLUMNS:
            return {}, (diagnostic("table/too-wide", row.location(MOST_COLUMNS), limit=MOST_COLUMNS),)
        for index, cell in enumerate(row.cells):
            if _blank(cell):
                continue
            if found.full:
                found.count()
                continue
            place, heading = row.location(index), cleaned(str(cell))
            if isinstance(cell, Misfit):
                found.add(diagnostic(cell.code, place, **cell.arguments))
                continue
            meant = self.meant(heading)
            if len(meant) > 1:
                found.add(diagnostic("table/heading-unclear", place, name=heading, known=", ".join(meant)))
            elif not meant:
                found.add(diagnostic("table/heading-unknown", place, name=heading, suggestion=self._near(heading)))
            elif meant == ["#"]:
                columns[index] = Column("#", Text("", ""), "note")
            elif meant[0] in first:
                earlier = row.location(first[meant[0]])
                found.add(diagnostic("table/heading-twice", place, name=heading, first=str(earlier)))
            else:
                first[meant[0]] = index
                columns[index] = self.columns[meant[0]]
        missing = [name for name in REQUIRED if name not in first]
        if missing and not any(one.code == "table/heading-unclear" for one in found.first):
            names = _joined([self.columns[name].label for name in missing])
            found.add(diagnostic("table/heading-missing", row.location(), names=names))
        return columns, found.all(row.location())

    def _near(self, heading: str) -> str | Text | None:
        """The id that was probably meant, or the label where it is a label that was written."""
        if near := closest(heading, self.columns):
            return near
        label = closest(_key(heading), self.by_text)
        return self.columns[self.by_text[label][0]].label if label else None


def _columns(library: Library) -> Iterator[Column]:
    regulations = library.regulations.values()
    options: dict[str, dict[str, Text]] = {
        "regulation": {one.id: called(one) for one in regulations},
        "subject.kind": {kind.id: kind.label for one in regulations for kind in one.kinds.values()},
        "review.covered": {rule.id: rule.label for one in regulations for rule in one.review_contents},
    }
    grades = {grade.id: grade.label for one in regulations for grade in one.grades}
    options |= dict.fromkeys(("grades.self", "grades.proposed", "grades.decided"), grades)
    # Semicolons part the items of a cell, and so stand in none of them.
    options = {column: {name: _one_item(label) for name, label in those.items()} for column, those in options.items()}
    for name, label in CAPTIONS.items():
        takes: Takes = "day" if name in ("as_of", "grades.decided_on") else "option" if name in options else "text"
        takes = "options" if name == "review.covered" else takes
        yield Column(name, label, takes, options=tuple(options.get(name, {}).items()))
    for relation, label in {each.id: each.label for one in regulations for each in one.relations}.items():
        if f"subject.{relation}" not in CAPTIONS:
            yield Column(f"subject.{relation}", _within(RELATION, label), "ids")
    for fact in library.vocabulary.facts.values():
        choices = tuple((name, _one_item(label)) for name, label in fact.options)
        yield Column(fact.name, fact.label, "fact", fact, choices)
    for fact in library.vocabulary.facts.values():
        yield Column(f"evidence.{fact.name}", _within(EVIDENCE, fact.label), "items")


def _one_item(label: Text) -> Text:
    return Text(label.vi.replace(";", ","), label.en.replace(";", ","))


def called(regulation: Regulation) -> Text:
    """What a regulation is called for short: its titles may be alike."""
    return next((one.label for one in regulation.documents if one.id == regulation.id), regulation.label)


def _within(frame: Text, label: Text) -> Text:
    return Text(frame.vi.format(label.vi), frame.en.format(label.en))


def _key(heading: object) -> str:
    return cleaned(str(heading)).casefold()


def _blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


# --- cells --------------------------------------------------------------------------------------------------------


def read_cell(cell: object, column: Column, language: str = "vi") -> Any:
    """A cell -> the plain value of its column; None where it is empty. Days as day/month/year are Vietnamese alone.

    Raises Misfit, with the code of the diagnostic to report, where the cell does not read as what the column takes.
    """
    if _blank(cell) or column.takes == "note":
        return None
    if isinstance(cell, Misfit):
        raise Misfit(cell.code, **{**cell.arguments, "name": column.name})
    if cell in ERRORS:
        raise Misfit("cell/error", name=column.name, value=str(cell))
    if isinstance(cell, float) and not isfinite(cell):
        raise _of_another_type(cell, column)
    try:
        plain = _plain(readable(cell) if isinstance(cell, str) else cell, column, language)
        if column.fact is not None:
            typed(plain, column.fact)
        return plain
    except Unreadable as unreadable:
        raise _misfit(unreadable, cell, column) from None
    except Misfit as misfit:
        # What it says in a case file, that numbers stand without quotation marks, helps nobody here.
        raise (_of_another_type(cell, column) if misfit.code == "fact/type" else misfit) from None


def _plain(cell: object, column: Column, language: str) -> Any:
    kind = column.kind
    match cell:
        case list() | tuple() if column.kind == "set" and not all(isinstance(one, str) for one in cell):
            pass
        case list() | tuple() if column.takes == "ids":
            return list(cell)
        case list() | tuple() if column.takes == "items":
            return [readable(one) for one in cell]
        case str() if column.takes == "items":
            return named_items(cell)
        case str() if column.takes == "ids":
            items = named_items(cell)
            return items[0] if len(items) == 1 else items
        case str() if kind == "set":
            return _members(cell.split(";"), column)
        case list() | tuple() if kind == "set":
            return _members([str(one) for one in cell], column) if column.options else [str(one) for one in cell]
        case str() if column.options:
            return option(cell, column.options, numbered=False)
        case str() if kind == "boolean":
            return yes_or_no(cell)
        case str() if column.fact is not None and kind in ("integer", "number"):
            return number(cell, column.fact)
        case str() if kind == "date":
            return day(cell, language)
        case str() if kind == "text":
            return cell
        case bool() if kind == "boolean":
            return cell
        case bool():
            pass
        case Formatted():
            # An id or a name is what a person sees; anything else is the number.
            named = kind == "text" or column.takes in ("ids", "items")
            return _plain(cell.text if named and not column.options else cell.number, column, language)
        case int() | float() | Decimal() if kind in ("integer", "number"):
            return _exact(cell)
        case Percentage() if column.fact is not None and column.fact.unit == "percent":
            return _exact(cell.percent)
        case int() | float() | Decimal() if kind == "date" and 1 <= cell < 2_958_466:
            meant = FIRST_SERIAL + timedelta(days=int(cell))
            raise Misfit("cell/serial-day", name=column.name, value=written(cell), day=meant.isoformat())
        case int() | float() | Decimal() if column.takes != "items" and cell == int(cell):
            # A year, or a code that happens to be all digits.
            return _plain(str(int(cell)), column, language)
        case datetime() if kind == "date" and cell.time() == time():
            return cell.date().isoformat()
        case date() if kind == "date" and not isinstance(cell, datetime):
            return cell.isoformat()
        case date() if kind in ("integer", "number"):
            raise Misfit("cell/day-for-number", name=column.name, value=_shown(cell))
    raise Unreadable("not_text")


def _exact(cell: int | float | Decimal) -> int | Decimal:
    value = Decimal(f"{cell:.{DIGITS_SHOWN}g}") if isinstance(cell, float) else Decimal(cell)
    return int(value) if value == value.to_integral_value() else value


def _members(parts: Iterable[str], column: Column) -> list[str]:
    """The options named, in their own order; `không` is none of them."""
    named = [part for part in map(cleaned, parts) if part]
    if len(named) == 1 and is_word(named[0], NONE) and not _is_option(named[0], column):
        return []
    meant = {option(part, column.options, numbered=False) for part in named}
    return [name for name, _ in column.options if name in meant]


def _is_option(text: str, column: Column) -> bool:
    return any(_key(text) in (_key(name), _key(label.vi), _key(label.en)) for name, label in column.options)


def _misfit(unreadable: Unreadable, cell: object, column: Column) -> Misfit:
    value = unreadable.arguments.get("value", "")
    match unreadable.complaint:
        case "not_an_option" if column.fact is not None:
            return Misfit("fact/option", fact=column.name, value=written(value), **_choices(value, column))
        case "not_an_option":
            return Misfit(_UNKNOWN.get(column.name, "grade/unknown"), name=value, **_choices(value, column))
        case "several_options":
            return Misfit("cell/several-options", name=column.name, value=value)
        case "number_two_ways":
            return Misfit("cell/number-two-ways", name=column.name, value=value)
        case "not_text" if isinstance(cell, str):
            return Misfit("cell/unprintable", name=column.name)
    return _of_another_type(cell, column)


def _of_another_type(cell: object, column: Column) -> Misfit:
    expected = EXPECTED[column.kind]
    is_personal = column.path[0] == PERSONAL and not column.options
    value = HIDDEN if is_personal or column.takes == "items" else _shown(cell)
    return Misfit(
        "cell/type", name=column.name, expected_vi=expected.vi, expected_en=expected.en, value=value
    )  # fmt: skip


def _choices(value: str, column: Column) -> dict[str, Text | None]:
    """The options of a column and the one that was probably meant, by their labels."""
    labels = dict(column.options)
    by_label = {folded(each): name for name, label in column.options for each in (label.en, label.vi)}
    near = closest(folded(value), by_label)
    meant = closest(value, labels) or (by_label[near] if near else None)
    return {"known": _joined(labels.values()), "suggestion": labels[meant] if meant else None}


def _joined(labels: Iterable[Text]) -> Text:
    every = list(labels)
    return Text("; ".join(one.vi for one in every), "; ".join(one.en for one in every))


def _shown(cell: object) -> str:
    match cell:
        case Percentage():
            return f"{cell.percent.normalize():f}%"
        case Formatted():
            return cell.text
        case datetime():
            return cell.isoformat(" ", "minutes") if cell.time() != time() else cell.date().isoformat()
        case _:
            return written(cell)


# --- rows ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """The columns of one table by their index, and the language that its days are written in."""

    columns: Mapping[int, Column]
    language: str = "vi"
    headings: Mapping[str, str] = field(default_factory=dict)
    """What the table calls each of its columns."""
    known: Mapping[str, Column] = field(default_factory=dict)

    def said(self, code: str, arguments: Mapping[str, object]) -> dict[str, object]:
        """The arguments of a diagnostic with the table's headings for names of columns, and labels for ids."""
        options = dict(self.known[_OPTIONS_OF[code]].options) if _OPTIONS_OF.get(code) in self.known else {}
        return {name: self._said(name, value, options) for name, value in arguments.items()}

    def _said(self, name: str, value: object, options: Mapping[str, Text]) -> object:
        if not isinstance(value, str):
            return value
        match name:
            case "fact" | "name" if value in self.known:
                return self.headings.get(value, self.known[value].label)
            case "name" | "suggestion" | "regulation" if value in options:
                return options[value]
            case "known" if options:
                return _joined([options.get(one, Text(one, one)) for one in value.split(", ")])
            case "parts":
                called = {one: self.headings.get(one, column.label) for one, column in self.known.items()}
                return _joined([_part(one, called) for one in value.split(", ")])
        return value

    @cached_property
    def indexes(self) -> Mapping[Path_, int]:
        return {column.path: index for index, column in self.columns.items() if column.takes != "note"}

    @cached_property
    def _read(self) -> dict[tuple[str, str], Any]:
        return {}

    def _plain(self, cell: object, column: Column) -> Any:
        """As `read_cell`. Most cells of a table say what one of the column has said before."""
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
        found = Findings()
        percentages: set[str] = set()
        for index, cell in enumerate(row.cells):
            column = self.columns.get(index)
            if found.full:
                found.count()
                break
            if column is None:
                if not _blank(cell) and not (isinstance(cell, Misfit) and cell.code == "cell/merged"):
                    found.add(diagnostic("table/no-heading", row.location(index)))
                continue
            try:
                plain = self._plain(cell, column)
            except Misfit as misfit:
                about = self.said(misfit.code, misfit.arguments)
                found.add(diagnostic(misfit.code, row.location(index), **about))
                plain = cleaned(cell) if isinstance(cell, str) else None
            if plain is not None:
                _put(data, column.path, plain)
            if _small_percentage(cell, plain, column):
                percentages.add(column.name)
        for name in REQUIRED:
            path: Path_ = tuple(name.split("."))
            if (index := self.indexes[path]) >= len(row.cells) or _blank(row.cells[index]):
                about = self.said("cell/empty", {"name": name})
                found.add(diagnostic("cell/empty", row.location(index), **about))
                _put(data, path, "")
        problems = found.all(row.location())
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
) -> Iterator[Document | Rejected]:
    """The rows of one table, headings and all -> its cases, in order; what is no row comes as `Rejected`.

    Where the headings are wrong nothing of the table is read, and one `Rejected` says why.
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
    heading = candidates[headings.row_of(candidates) or 0]
    columns, problems = headings.read(heading)
    if problems:
        yield Rejected(file, None, problems)
        return
    written = {column.name: cleaned(str(heading.cells[index])) for index, column in columns.items()}
    table, held = Table(columns, language, written, headings.columns), False
    for row in _chain(first[first.index(heading) + 1 :], pending):
        if isinstance(row, Diagnostic):
            yield Rejected(str(row.location), None, (row,))
        elif not row.blank:
            yield table.case(row)
        else:
            continue
        held = True
    if not held:
        yield Rejected(file, None, (diagnostic("table/empty", heading.location()),))


def _chain(first: Iterable[Row | Diagnostic], rest: Iterator[Row | Diagnostic]) -> Iterator[Row | Diagnostic]:
    yield from first
    yield from rest
