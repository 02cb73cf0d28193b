"""Tables for spreadsheets: one sheet a table, A4 across in one page's width, headings on every page, page numbers."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate
from typing import IO, Any

from engine.report.tables.printed import Cell, Line, PrintedTable
from engine.report.xlsx.sheet import A4, FONT, LINE_HEIGHT, clean, height, put, save

MILLIMETRES = 1.9
"""The width of a character of FONT at 11 points, in which columns are measured."""
SHEET_NAME = 31
SHARE_FORMAT = "0.00"


def write_xlsx(tables: Sequence[PrintedTable], stream: IO[bytes]) -> None:
    """Writes each table to a sheet. The same tables give the same bytes."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for number, table in enumerate(tables, 1):
        name = " ".join(table.under_title) if len(tables) > 1 else table.title
        _Sheet(book.create_sheet(_sheet_name(name, number)), table).write()
    save(book, stream)


def _sheet_name(text: str, number: int) -> str:
    """A name that a sheet can have: some signs may not stand in it, and no two are alike."""
    fit = "".join(sign for sign in clean(text) if sign not in "[]:*?/\\'")
    return f"{number} {fit}"[:SHEET_NAME].rstrip() if number > 1 else fit[:SHEET_NAME].rstrip()


class _Sheet:
    """Writes one table to its sheet, from the top down."""

    def __init__(self, sheet: Any, table: PrintedTable) -> None:
        self.sheet, self.table, self.row = sheet, table, 0
        self.last = len(table.columns)
        self.widths = [width / MILLIMETRES for width in table.widths]

    def write(self) -> None:
        """Everything, and how it prints."""
        from openpyxl.utils import get_column_letter

        for index, width in enumerate(self.widths, 1):
            self.sheet.column_dimensions[get_column_letter(index)].width = width
        self._top()
        first = self._headings()
        for number, lines in enumerate(self.table.parts):
            if number:
                self._break()
            for line in lines:
                self._line(line)
        self._foot()
        self._print(first)

    def _across(self, text: str, start: int, end: int, **looks: Any) -> None:
        """A text in merged cells of the present row."""
        self.sheet.merge_cells(start_row=self.row, end_row=self.row, start_column=start, end_column=end)
        self._put(start, text, **looks)

    def _put(self, column: int, value: Cell, *, bold: bool = False, italic: bool = False, align: str = "center") -> Any:
        from openpyxl.styles import Alignment, Font

        cell = self.sheet.cell(self.row, column)
        put(cell, value)
        if isinstance(value, Decimal):
            cell.number_format = SHARE_FORMAT
        cell.font = Font(name=FONT, size=11, bold=bold, italic=italic)
        cell.alignment = Alignment(horizontal=align, vertical="center", wrap_text=True)
        return cell

    @property
    def _halves(self) -> int:
        """The column in which the right half of the page begins."""
        middle = sum(self.widths) / 2
        return next(index for index, width in enumerate(accumulate(self.widths), 1) if width >= middle)

    def _top(self) -> None:
        bodies, state = self.table.top
        right = [*state, self.table.place_and_day]
        for number in range(max(len(bodies), len(right))):
            self.row += 1
            if number < len(bodies):
                self._across(bodies[number], 1, self._halves - 1, bold=number == 1)
            if number < len(right):
                dated = number == len(right) - 1
                self._across(right[number], self._halves, self.last, bold=not dated, italic=dated)
        self.row += 1
        for number, text in enumerate([self.table.title, *self.table.under_title]):
            self.row += 1
            self._across(text, 1, self.last, bold=not number)
        self.row += 1

    def _headings(self) -> int:
        """The headings in one row or, if some columns share one, in two; the first row of them is returned."""
        grouped = any(column.group for column in self.table.columns)
        self.row += 1
        first = self.row
        for start, end, group in self.table.grouped:
            if group:
                self._across(group, start + 1, end + 1, bold=True)
            elif grouped:
                self.sheet.merge_cells(
                    start_row=first, end_row=first + 1, start_column=start + 1, end_column=start + 1
                )  # fmt: skip
            if not group:
                self._put(start + 1, self.table.columns[start].text, bold=True)
        texts = [column.text for column in self.table.columns]
        if grouped:
            heads = [group or self.table.columns[start].text for start, _, group in self.table.grouped]
            spans = [sum(self.widths[start : end + 1]) for start, end, _ in self.table.grouped]
            self.sheet.row_dimensions[first].height = height(heads, [0.8 * span for span in spans])
            self.row += 1
            for index, column in enumerate(self.table.columns, 1):
                if column.group:
                    self._put(index, column.text, bold=True)
        else:
            self.sheet.row_dimensions[first].height = height(texts, [0.8 * width for width in self.widths])
        self._frame(first, self.row)
        self.sheet.freeze_panes = f"A{self.row + 1}"
        return first

    def _line(self, line: Line) -> None:
        self.row += 1
        strong = line.kind != "row"
        if line.kind == "caption":
            self._across(str(line.cells[0]), 1, self.last, bold=True, align="left")
        else:
            for index, value in enumerate(line.cells, 1):
                self._put(index, value, bold=strong, align="left" if isinstance(value, str) else "center")
            self.sheet.row_dimensions[self.row].height = height(line.cells, self.widths)
        self._frame(self.row, self.row)

    def _frame(self, first: int, last: int) -> None:
        from openpyxl.styles import Border, Side

        thin = Side(style="thin")
        for row in self.sheet.iter_rows(min_row=first, max_row=last, min_col=1, max_col=self.last):
            for cell in row:
                cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)

    def _break(self) -> None:
        from openpyxl.worksheet.pagebreak import Break

        self.sheet.row_breaks.append(Break(self.row))

    def _foot(self) -> None:
        self.row += 1
        for note in self.table.notes:
            self.row += 1
            self._across(f"– {note}", 1, self.last, italic=True, align="left")
            self.sheet.row_dimensions[self.row].height = height([f"– {note}"], [sum(self.widths)])
        self.row += 1
        left, right = self.table.signers
        for number in range(max(len(left), len(right))):
            self.row += 1
            self._across(left[number], 1, self._halves - 1, bold=not number, italic=bool(number))
            self._across(right[number], self._halves, self.last, bold=not number, italic=bool(number))
        self.row += 4
        self.sheet.row_dimensions[self.row].height = LINE_HEIGHT

    def _print(self, first: int) -> None:
        """A4 across, in the width of one page, the headings on every page."""
        heading_rows = f"{first}:{int(self.sheet.freeze_panes[1:]) - 1}"
        self.sheet.page_setup.orientation, self.sheet.page_setup.paperSize = "landscape", A4
        self.sheet.page_setup.fitToWidth, self.sheet.page_setup.fitToHeight = 1, 0
        self.sheet.sheet_properties.pageSetUpPr.fitToPage = True
        self.sheet.print_title_rows = heading_rows
        self.sheet.oddFooter.center.text = "&P / &N"
