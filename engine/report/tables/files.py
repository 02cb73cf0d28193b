"""The tables that an office hands up, and the files that they are written to."""

from collections.abc import Callable, Iterator, Sequence
from typing import IO

from engine.report.tables.docx import write_docx
from engine.report.tables.office import OfficeTables
from engine.report.tables.printed import PrintedTable
from engine.report.tables.proposal import proposals
from engine.report.tables.summary import summaries
from engine.report.tables.xlsx import write_xlsx

TABLES: dict[str, Callable[[OfficeTables], Iterator[PrintedTable]]] = {"summary": summaries, "proposal": proposals}


def write_tables(tables: Sequence[PrintedTable], ending: str, language: str, stream: IO[bytes]) -> None:
    """Writes the tables for Word (`ending` is "docx") or for a spreadsheet ("xlsx")."""
    if ending == "docx":
        write_docx(tables, language, stream)
    else:
        write_xlsx(tables, stream)
