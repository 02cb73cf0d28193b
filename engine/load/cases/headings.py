"""What the headings of a table stand for: every column that a case may have, by id and by label."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from engine.base.diagnostics import Diagnostic, diagnostic, note
from engine.base.findings import Findings
from engine.base.json_places import Path_
from engine.base.letters import strange
from engine.base.nearness import closest
from engine.base.words import words
from engine.core.judge.case import GIVERS
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Fact, Form, Text
from engine.core.policy.values import Misfit
from engine.load.cases.answers import cleaned
from engine.load.cases.ballots import LABELS
from engine.load.cases.rows import Row, is_blank

Takes = Literal["fact", "text", "day", "day_or_year", "option", "options", "ids", "items", "votes", "note"]
"""What a cell of a column holds: a fact's value, any text, a day, a day or a year alone, one or several of the column's
options, ids of other subjects, names of evidence, a number of votes, or something for people alone."""


_TAKES: Mapping[str, Takes] = {
    "as_of": "day", "grades.decided_on": "day", "review.covered": "options", "subject.born": "day_or_year",
}  # fmt: skip
"""What the columns hold that take neither a fact nor any text."""


REQUIRED = ("case_id", "period", "as_of", "subject.kind")


HEADING_ROWS = 10
"""A table may begin with a title: the headings are looked for this far down."""


MOST_COLUMNS = 2_000


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
        """Where the value of the column stands in a case."""
        if self.takes == "fact":
            return ("facts", *self.name.split("."))
        if self.takes == "votes":
            return tuple(self.name.split("."))
        return tuple(self.name.split(".", 1))

    @property
    def form(self) -> Form:
        """The form of the fact, or of what stands in its place."""
        if self.fact is not None:
            return self.fact.form
        if self.takes == "day":
            return "date"
        return "set" if self.takes in ("options", "ids", "items") else "text"

    @property
    def is_number(self) -> bool:
        """Does it hold a count or a measure?"""
        return self.fact is not None and self.fact.is_number


_ASIDE = Column("#", Text("", ""), "note")
"""A column for people alone."""
_ID = re.compile(r"[a-z_]+(?:\.[a-z_]+)+")


# --- headings -----------------------------------------------------------------------------------------------------


class Headings:
    """Every column that the cases of a library may have, by id and by label."""

    def __init__(self, library: Library) -> None:
        self.columns = {column.name: column for column in _columns(library)}
        self.by_text: dict[str, list[str]] = {}
        for name, column in self.columns.items():
            for text in dict.fromkeys(heading_key(label) for label in (column.label.vi, column.label.en)):
                self.by_text.setdefault(text, []).append(name)
        for name, headings in library.vocabulary.headings.items():
            for text in map(heading_key, headings):
                self.by_text.setdefault(text, []).append(str(name))
        for name in self.columns:
            self.by_text[heading_key(name)] = [name]

    def meant(self, heading: object) -> list[str]:
        """The names of the columns that a heading may stand for."""
        text = heading_key(heading)
        return ["#"] if text.startswith("#") else self.by_text.get(text, [])

    def share(self, row: Row) -> tuple[int, int]:
        """How many cells of a row are known headings, and how many are filled, without headings for people alone."""
        meant = [self.meant(cell) for cell in row.cells if not is_blank(cell)]
        counted = [names for names in meant if names != ["#"]]
        return sum(map(bool, counted)), len(counted)

    def _names_a_case(self, row: Row) -> bool:
        """Does a row have every heading that a case must have? Then it may have any number of others."""
        return {*REQUIRED} <= {name for cell in row.cells if not is_blank(cell) for name in self.meant(cell)}

    def row_of(self, rows: Sequence[Row]) -> int | None:
        """The index of the row that holds the headings, among the first rows of a table; None if there is none.

        It is the last row of whose cells at least half are headings, or that has all headings that a case must have,
        because a row of labels for people may stand above the row of ids."""
        shares = [self.share(row) for row in rows[:HEADING_ROWS]]
        heading_rows = [
            index
            for index, (known, filled) in enumerate(shares)
            if known and (2 * known >= filled or self._names_a_case(rows[index]))
        ]
        return heading_rows[-1] if heading_rows else None

    def read(self, row: Row) -> tuple[dict[int, Column], tuple[Diagnostic, ...]]:
        """The columns of a table by their index, everything that is wrong with its headings, and a note for each column
        that no case has: it is kept aside, unless it is probably meant to be one that a case has."""
        columns: dict[int, Column] = {}
        findings, notes = Findings(), list[Diagnostic]()
        first: dict[str, int] = {}
        if len(row.cells) > MOST_COLUMNS:
            return {}, (diagnostic("table/too-wide", row.location(MOST_COLUMNS), limit=MOST_COLUMNS),)
        for index, cell in enumerate(row.cells):
            if is_blank(cell):
                continue
            if findings.full:
                findings.count()
                continue
            place, heading = row.location(index), cleaned(str(cell))
            if isinstance(cell, Misfit):
                findings.add(diagnostic(cell.code, place, **cell.arguments))
                continue
            meant = self.meant(heading)
            if len(meant) > 1:
                findings.add(diagnostic("table/heading-unclear", place, name=heading, known=", ".join(meant)))
            elif not meant and ((near := self._near(heading)) or _ID.fullmatch(heading) or strange(heading)):
                findings.add(diagnostic("table/heading-unknown", place, name=heading, suggestion=near))
            elif not meant:
                notes.append(note("table/heading-aside", place, name=heading))
                columns[index] = _ASIDE
            elif meant == ["#"]:
                columns[index] = _ASIDE
            elif meant[0] in first:
                earlier = row.location(first[meant[0]])
                findings.add(diagnostic("table/heading-twice", place, name=heading, first=str(earlier)))
            else:
                first[meant[0]] = index
                columns[index] = self.columns[meant[0]]
        missing = [name for name in REQUIRED if name not in first]
        if missing and not any(problem.code == "table/heading-unclear" for problem in findings.first):
            names = joined_labels([self.columns[name].label for name in missing])
            findings.add(diagnostic("table/heading-missing", row.location(), names=names))
        return columns, (*findings.all(row.location()), *notes)

    def written(self, columns: Mapping[int, Column], rows: Sequence[Row]) -> dict[str, str]:
        """What a table calls its columns, by their ids: the label above the id, if one stands there, else the heading.

        The last of `rows` holds the headings.
        """
        called: dict[str, str] = {}
        for index, column in columns.items():
            texts = [cleaned(str(row.cells[index])) for row in rows if index < len(row.cells)]
            labels = [text for text in texts if text != column.name and column.name in self.meant(text)]
            called[column.name] = labels[-1] if labels else texts[-1]
        return called

    def _near(self, heading: str) -> str | Text | None:
        """The id that was probably meant, or the label if the heading is more like a label."""
        if near := closest(heading, self.columns):
            return near
        label = closest(heading_key(heading), self.by_text)
        return self.columns[self.by_text[label][0]].label if label else None


def _columns(library: Library) -> Iterator[Column]:
    regulations = library.regulations.values()
    options: dict[str, dict[str, Text]] = {
        "regulation": {regulation.id: called(regulation) for regulation in regulations},
        "subject.kind": {kind.id: kind.label for regulation in regulations for kind in regulation.kinds.values()},
        "review.covered": {rule.id: rule.label for regulation in regulations for rule in regulation.review_contents},
    }
    grades = {grade.id: grade.label for regulation in regulations for grade in regulation.grades}
    options |= dict.fromkeys((f"grades.{giver}" for giver in GIVERS), grades)
    # Semicolons separate the items of a cell, so no item may hold one.
    options = {
        column: {name: _without_semicolons(label) for name, label in those.items()} for column, those in options.items()
    }
    captions = {name: Text(**label) for name, label in words("cells", "columns").items()}
    for name, label in captions.items():
        takes = _TAKES.get(name, "option" if name in options else "text")
        yield Column(name, label, takes, options=tuple(options.get(name, {}).items()))
    for relation, label in {
        relation.id: relation.label for regulation in regulations for relation in regulation.relations
    }.items():
        if f"subject.{relation}" not in captions:
            yield Column(f"subject.{relation}", _within("relation", label), "ids")
    for fact in library.vocabulary.facts.values():
        choices = tuple((name, _without_semicolons(label)) for name, label in fact.options)
        yield Column(fact.name, fact.label, "fact", fact, choices)
    counts = {**LABELS, **{f"grades.{grade}": _within("votes", label) for grade, label in grades.items()}}
    for name, label in counts.items():
        counted = Fact(f"ballots.{name}", "integer", label, None, minimum=0)
        yield Column(counted.name, label, "votes", counted)
    for fact in library.vocabulary.facts.values():
        yield Column(f"evidence.{fact.name}", _within("evidence", fact.label), "items")


def _without_semicolons(label: Text) -> Text:
    return Text(label.vi.replace(";", ","), label.en.replace(";", ","))


def called(regulation: Regulation) -> Text:
    """What a regulation is called for short: its titles may be alike."""
    return next((document.label for document in regulation.documents if document.id == regulation.id), regulation.label)


def _within(frame: str, label: Text) -> Text:
    return Text(words("cells")[frame]["vi"].format(label.vi), words("cells")[frame]["en"].format(label.en))


def heading_key(heading: object) -> str:
    """The form in which headings are compared: cleaned, in small letters."""
    return cleaned(str(heading)).casefold()


def joined_labels(labels: Iterable[Text]) -> Text:
    """Several labels as one text, with semicolons between them."""
    every = list(labels)
    return Text("; ".join(label.vi for label in every), "; ".join(label.en for label in every))
