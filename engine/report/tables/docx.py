"""Tables for Word: A4 across, headings on every page, page numbers, laid out as guidance 36-HD/VPTW asks."""

from collections.abc import Sequence
from io import BytesIO
from typing import IO, Any

from engine.report.tables.printed import Line, PrintedTable, written
from engine.report.zipped import write_without_moment

FONT = "Times New Roman"
TITLE, ISSUER, SMALL = 15, 14, 11
"""Sizes in points: the title and the name of the state, the bodies, the cells of a table."""


def write_docx(tables: Sequence[PrintedTable], language: str, stream: IO[bytes]) -> None:
    """Writes the tables one after another, each beginning a page. The same tables give the same bytes."""
    from docx import Document

    document: Any = Document()
    _page(document.sections[0])
    style = document.styles["Normal"]
    style.font.name = FONT
    style.element.rPr.rFonts.set(_name("w:eastAsia"), FONT)
    style.paragraph_format.space_after = 0
    document.core_properties.author = "xeploai"
    for number, table in enumerate(tables):
        if number:
            document.add_page_break()
        _top(document, table)
        for place, lines in enumerate(table.parts):
            if place:
                document.add_page_break()
            _table(document, table, lines, language)
        _foot(document, table)
    made = BytesIO()
    document.save(made)
    write_without_moment(made, stream)


def _name(tag: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(tag))


def _page(section: Any) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm

    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin, section.right_margin = Mm(30), Mm(20)
    section.top_margin = section.bottom_margin = Mm(20)
    paragraph = section.footer.paragraphs[0]
    _centre(paragraph)
    field = paragraph.add_run()
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        element = field._r.makeelement(_name("w:fldChar" if kind else "w:instrText"), {})
        if kind:
            element.set(_name("w:fldCharType"), kind)
        else:
            element.text = text
        field._r.append(element)


def _centre(paragraph: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _write(paragraph: Any, text: str, size: int, *, bold: bool = False, italic: bool = False) -> None:
    from docx.shared import Pt

    run = paragraph.add_run(text)
    run.font.size, run.bold, run.italic = Pt(size), bold, italic


def _top(document: Any, table: PrintedTable) -> None:
    """The bodies at the left, the name of the state and the day at the right, the title below."""
    bodies, state = table.top
    head = document.add_table(rows=1, cols=2)
    left, right = head.rows[0].cells
    for cell, lines in ((left, bodies), (right, state)):
        for number, text in enumerate(lines):
            paragraph = cell.paragraphs[0] if not number else cell.add_paragraph()
            _centre(paragraph)
            bold = cell is right or number == 1
            _write(paragraph, text, TITLE if cell is right else ISSUER, bold=bold)
    paragraph = right.add_paragraph()
    _centre(paragraph)
    _write(paragraph, table.place_and_day, ISSUER, italic=True)
    document.add_paragraph()
    for text, size, bold in ((table.title, TITLE, True), *((text, ISSUER, False) for text in table.under_title)):
        paragraph = document.add_paragraph()
        _centre(paragraph)
        _write(paragraph, text, size, bold=bold)
    document.add_paragraph()


def _table(document: Any, table: PrintedTable, lines: Sequence[Line], language: str) -> None:
    grouped = any(column.group for column in table.columns)
    made = document.add_table(rows=1 + grouped, cols=len(table.columns))
    made.style, made.autofit = "Table Grid", False
    _headings(made, table, grouped)
    for line in lines:
        cells = made.add_row().cells
        texts = [written(cell, language) for cell in line.cells]
        if line.kind == "caption":
            _write(cells[0].merge(cells[-1]).paragraphs[0], texts[0], SMALL, bold=True)
            continue
        for cell, text, value in zip(cells, texts, line.cells, strict=True):
            if not isinstance(value, str):
                _centre(cell.paragraphs[0])
            _write(cell.paragraphs[0], text, SMALL, bold=line.kind == "subtotal")
    _widths(made, table)
    for row in made.rows:
        _mark(row, "w:cantSplit")


def _headings(made: Any, table: PrintedTable, grouped: bool) -> None:
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT

    first, last = made.rows[0].cells, made.rows[int(grouped)].cells
    texts: list[tuple[Any, str]] = []
    for start, end, group in table.grouped:
        if group:
            texts.append((first[start].merge(first[end]), group))
            texts += [(last[index], table.columns[index].text) for index in range(start, end + 1)]
        else:
            texts.append((first[start].merge(last[start]) if grouped else first[start], table.columns[start].text))
    for cell, text in texts:
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        _centre(cell.paragraphs[0])
        _write(cell.paragraphs[0], text, SMALL, bold=True)
    for row in made.rows:
        _mark(row, "w:tblHeader")


def _mark(row: Any, tag: str) -> None:
    """A property of a row that is on: that it is repeated on every page, or not divided between two."""
    properties = row._tr.get_or_add_trPr()
    properties.append(properties.makeelement(_name(tag), {}))


def _widths(made: Any, table: PrintedTable) -> None:
    from docx.shared import Mm

    grid = made._tbl.tblGrid.gridCol_lst
    for column, width in zip(grid, table.widths, strict=True):
        column.w = Mm(width)
    for row in made.rows:
        for cell in row._tr.tc_lst:
            cell.width = Mm(sum(table.widths[cell.grid_offset : cell.grid_offset + cell.grid_span]))


def _foot(document: Any, table: PrintedTable) -> None:
    document.add_paragraph()
    for note in table.notes:
        _write(document.add_paragraph(), f"– {note}", SMALL, italic=True)
    document.add_paragraph()
    signers = document.add_table(rows=1, cols=len(table.signers))
    _mark(signers.rows[0], "w:cantSplit")
    for cell, lines in zip(signers.rows[0].cells, table.signers, strict=True):
        for number, text in enumerate(lines):
            paragraph = cell.paragraphs[0] if not number else cell.add_paragraph()
            _centre(paragraph)
            _write(paragraph, text, ISSUER, bold=not number, italic=bool(number))
