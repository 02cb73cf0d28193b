"""A workbook to fill in: one row a case, with a column for exactly what the rules for a kind of subject ask about.

Its first row is for people, its second holds the ids that the reader of workbooks looks for. Lists, bounds and help
come from the vocabulary.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import IO, Any

from engine.base.words import words
from engine.core.policy.live import concerns
from engine.core.policy.regulation import Library, Regulation
from engine.core.policy.terms import Fact, Text
from engine.core.rules.compiler import Compiled
from engine.load.cases.blank import contents_to_cover, skeleton
from engine.load.cases.headings import REQUIRED, Column, Headings, called
from engine.load.cases.workbooks import FOR_PEOPLE
from engine.report.interview import Asker
from engine.report.words import Words
from engine.report.xlsx.sheet import DAY_FORMAT, FILLS, FONT, clean, height, print_across, put, save

FIRST_ROW, LAST_ROW = 3, 1_048_576
PROMPT_LIMIT, TITLE_LIMIT, INLINE_LIMIT = 255, 32, 255
TEXT_FORMAT = "@"
GUIDE_WIDTHS = (40.0, 62.0, 50.0, 40.0)
PHRASES = words("case_workbook")
SHEETS = words("case_workbook", "sheets")


@dataclass(frozen=True)
class CaseWorkbook:
    """What a workbook for one kind of subject under one regulation is made from."""

    library: Library
    regulation: Regulation
    compiled: Compiled
    words: Words
    period: str
    as_of: date

    def write(self, stream: IO[bytes]) -> None:
        """Write the workbook: the sheet of cases, the guide, the lists to choose from."""
        from openpyxl import Workbook

        book = Workbook()
        sheet = book.active
        sheet.title = self._title("cases")
        columns = tuple(self.columns())
        lists = _Lists(book.create_sheet(self._title("lists")), self._say("for_people"))
        for index, column in enumerate(columns, 1):
            self._head(sheet, index, column)
            self._validation(sheet, index, column, lists)
        sheet.row_dimensions[1].height, sheet.row_dimensions[2].height = 75, 24
        sheet.freeze_panes = f"B{FIRST_ROW}"
        print_across(sheet, "1:2", sum(column.width for column in sheet.column_dimensions.values()))
        self._guide(book.create_sheet(self._title("guide"), 1), columns)
        save(book, stream)

    @cached_property
    def _known(self) -> Mapping[str, Column]:
        return Headings(self.library).columns

    def columns(self) -> Iterator[Column]:
        """The columns in the order of an empty case, with the choices that this regulation leaves."""
        known = self._known
        data = skeleton(self.regulation, self.compiled, case_id="", period=self.period, as_of=self.as_of)
        kind = self.regulation.kinds[self.compiled.kind]
        left: Mapping[str, Sequence[tuple[str, Text]]] = {
            "regulation": ((self.regulation.id, called(self.regulation)),),
            "subject.kind": ((kind.id, kind.label),),
            "review.covered": tuple((rule.id, rule.label) for rule in contents_to_cover(self.compiled)),
            **dict.fromkeys(
                ("grades.self", "grades.proposed", "grades.decided"),
                tuple((grade.id, grade.label) for grade in self.regulation.grades),
            ),
        }
        for name in _names(data, "", known):
            column = known[name]
            read = dict(column.options)
            choices = tuple((choice, read[choice]) for choice, _ in left.get(name, column.options))
            yield replace(column, options=choices)
        if any(concerns(majority.applies_to, kind) for majority in self.regulation.majorities):
            own = {f"ballots.grades.{grade.id}" for grade in self.regulation.grades}
            yield from (
                column
                for name, column in known.items()
                if column.takes == "votes" and (name in own or not name.startswith("ballots.grades."))
            )

    def _say(self, phrase: str, **arguments: object) -> str:
        return PHRASES[phrase][self.words.language].format(**arguments)

    def _title(self, sheet: str) -> str:
        return SHEETS[sheet][self.words.language]

    # --- the sheet of cases ---

    def _head(self, sheet: Any, index: int, column: Column) -> None:
        from openpyxl.styles import Alignment, Font, PatternFill
        from openpyxl.utils import get_column_letter

        label, name = sheet.cell(1, index), sheet.cell(2, index)
        put(label, self.words.text(column.label))
        label.font = Font(name=FONT, bold=True, color="FFFFFF")
        label.fill = PatternFill("solid", start_color=FILLS["required" if column.name in REQUIRED else "heading"])
        label.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        put(name, column.name)
        name.font = Font(name=FONT, size=8, color="595959")
        name.fill = PatternFill("solid", start_color=FILLS["ids"])
        name.alignment = Alignment(wrap_text=True, vertical="top", horizontal="center")
        width = sheet.column_dimensions[get_column_letter(index)]
        width.width = max(_width(column), 3 + max(map(len, column.name.replace(".", "_").split("_"))))
        # The whole column, so that what is typed stays what was typed: 007 keeps its zeros, 1-2 becomes no day.
        width.number_format = {"date": DAY_FORMAT, "integer": "0", "number": "General"}.get(column.form, TEXT_FORMAT)

    def _validation(self, sheet: Any, index: int, column: Column, lists: "_Lists") -> None:
        """What may be typed into a column, and the help shown beside its cells."""
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.datavalidation import DataValidation

        letter = get_column_letter(index)
        choices = tuple(self._choices(column))
        rule: dict[str, Any] = {"type": None}
        if column.form == "boolean":
            rule = {"type": "list", "formula1": f'"{self.words.say("yes")},{self.words.say("no")}"'}
        elif choices:
            area = lists.area(self.words.text(column.label), choices)
            rule = {"type": "list", "formula1": area} if column.form == "text" else rule
        elif column.is_number:
            rule = _between("whole" if column.form == "integer" else "decimal", column.fact)
        elif column.form == "date":
            rule = _between("date", column.fact)
        takes = self._takes(column)
        made = DataValidation(
            allow_blank=True,
            showInputMessage=True,
            showErrorMessage=rule["type"] is not None,
            promptTitle=self.words.text(column.label)[:TITLE_LIMIT],
            prompt=_cut(f"{self._asked(column)}\n({takes})", PROMPT_LIMIT),
            errorTitle=self._say("wrong"),
            error=_cut(takes, PROMPT_LIMIT),
            **rule,
        )
        made.add(f"{letter}{FIRST_ROW}:{letter}{LAST_ROW}")
        sheet.add_data_validation(made)

    def _choices(self, column: Column) -> Iterator[str]:
        """The options as a person reads them, or by their ids if labels could be confused."""
        everywhere = {name: self.words.text(label) for name, label in self._known[column.name].options}
        spellings = [text.casefold() for text in everywhere.values()]
        for name, _ in column.options:
            text = everywhere[name]
            yield text if spellings.count(text.casefold()) == 1 else name

    def _asked(self, column: Column) -> str:
        if column.fact is not None:
            return self.words.text(column.fact.question or column.fact.label)
        return self.words.text(column.label)

    def _takes(self, column: Column) -> str:
        ask = Asker(self.words, {})
        if column.takes == "items":
            takes = self._say("items")
        elif column.takes == "ids":
            takes = self._say("ids")
        elif column.form == "set":
            takes = self._say("several")
            choices = "; ".join(self._choices(column))
            takes = f"{takes}: {choices}" if len(choices) < INLINE_LIMIT // 2 else takes
        elif column.options:
            takes = self._say("list")
        elif column.form == "date" or column.takes == "day_or_year":
            takes = self._say("day" if column.form == "date" else "day_or_year")
        elif column.fact is None or column.form == "text":
            takes = self._say("any")
        else:
            takes = ask.fact_takes(column.fact)
            takes = f"{takes}; {self._say('percent')}" if column.fact.unit == "percent" else takes
        return f"{takes}; {self._say('required')}" if column.name in REQUIRED else takes

    # --- the guide ---

    def _guide(self, sheet: Any, columns: Sequence[Column]) -> None:
        from openpyxl.styles import Alignment, Font

        words = self.words
        kind = words.text(self.regulation.kinds[self.compiled.kind].label)
        _mark_for_people(sheet, self._say("for_people"))
        put(sheet["A2"], self._say("title", kind=kind, regulation=words.text(called(self.regulation))))
        sheet.row_dimensions[2].height = 24
        sheet["A2"].font = Font(name=FONT, bold=True, size=14)
        lines = [
            self._say("one_row", cases=self._title("cases")),
            self._say("two_heads"),
            self._say("required_said"),
            self._say("values_here", period=self.period, day=words.day(self.as_of)),
            self._say("unknown"),
            self._say("choose", lists=self._title("lists")),
            self._say("shape"),
            self._say("run"),
            self._say("decide"),
        ]
        for row, line in enumerate(lines, 4):
            sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=4)
            put(sheet.cell(row, 1), f"{row - 3}. {line}")
            sheet.cell(row, 1).alignment = Alignment(wrap_text=True, vertical="top")
            sheet.row_dimensions[row].height = height([f"{line}    "], [sum(GUIDE_WIDTHS)])
        start = len(lines) + 5
        for index, phrase in enumerate(("column_label", "column_question", "column_takes", "column_id"), 1):
            put(sheet.cell(start, index), self._say(phrase))
            sheet.cell(start, index).font = Font(name=FONT, bold=True)
        for row, column in enumerate(columns, start + 1):
            texts = (words.text(column.label), self._asked(column), self._takes(column), column.name)
            sheet.row_dimensions[row].height = height(texts, GUIDE_WIDTHS)
            for index, text in enumerate(texts, 1):
                put(sheet.cell(row, index), text)
                sheet.cell(row, index).alignment = Alignment(wrap_text=True, vertical="top")
        for letter, width in zip("ABCD", GUIDE_WIDTHS, strict=True):
            sheet.column_dimensions[letter].width = width
        print_across(sheet, f"{start}:{start}", sum(GUIDE_WIDTHS))


class _Lists:
    """The sheet of choices: one column a list, each list once."""

    def __init__(self, sheet: Any, mark: str) -> None:
        self.sheet = sheet
        _mark_for_people(sheet, mark)
        self.areas: dict[tuple[str, ...], str] = {}

    def area(self, title: str, choices: tuple[str, ...]) -> str:
        from openpyxl.styles import Font
        from openpyxl.utils import get_column_letter

        if choices not in self.areas:
            index = len(self.areas) + 1
            letter = get_column_letter(index)
            put(self.sheet.cell(2, index), title)
            self.sheet.cell(2, index).font = Font(name=FONT, bold=True)
            for row, choice in enumerate(choices, 3):
                put(self.sheet.cell(row, index), choice)
            self.sheet.column_dimensions[letter].width = min(60, 3 + max(map(len, (title, *choices))))
            self.areas[choices] = f"'{self.sheet.title}'!${letter}$3:${letter}${len(choices) + 2}"
        return self.areas[choices]


def _mark_for_people(sheet: Any, text: str) -> None:
    from openpyxl.styles import Font

    put(sheet["A1"], f"{FOR_PEOPLE} {text}")
    sheet["A1"].font = Font(name=FONT, size=8, color="7F7F7F")


def _names(data: Mapping[str, Any], prefix: str, known: Mapping[str, Column]) -> Iterator[str]:
    """The columns that the parts of a case stand in, in its order."""
    for key, value in data.items():
        name = f"{prefix}{key}".removeprefix("facts.")
        if name in known:
            yield name
        elif isinstance(value, dict):
            yield from _names(value, f"{prefix}{key}.", known)


def _between(kind: str, fact: Fact | None) -> dict[str, Any]:
    low, high = (fact.minimum, fact.maximum) if fact is not None else (None, None)
    if low is None and high is None:
        # Any number, or any day that a spreadsheet knows.
        return {"type": kind, "operator": "greaterThanOrEqual", "formula1": "1" if kind == "date" else "-1000000000000"}
    if low is not None and high is not None:
        return {"type": kind, "operator": "between", "formula1": _bound(low), "formula2": _bound(high)}
    operator = "greaterThanOrEqual" if low is not None else "lessThanOrEqual"
    return {"type": kind, "operator": operator, "formula1": _bound(low if low is not None else high)}


def _bound(value: int | Fraction | date | None) -> str:
    match value:
        case date():
            return f"DATE({value.year},{value.month},{value.day})"
        case Fraction():
            return str(float(value)) if value.denominator != 1 else str(value.numerator)
        case _:
            return str(value)


def _width(column: Column) -> float:
    if column.takes in ("items", "options") or (column.fact is not None and column.form == "set"):
        return 34
    if column.name == "subject.name" or column.options:
        return 26
    return {"boolean": 14, "integer": 13, "number": 13, "date": 13}.get(column.form, 18)


def _cut(text: str, limit: int) -> str:
    text = clean(text)
    return text if len(text) <= limit else text[: limit - 1] + "…"
