"""Files that are cheap to make and dear to read: what a reader has to bound by the size of its input.

Each is written by a function into a path; `HOSTILE` names them, and `LARGE` those that are large and right. Everything
in them is invented.
"""

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

CASE: dict[str, Any] = {
    "case_id": "T-1",
    "period": "2024",
    "as_of": "2024-12-31",
    "subject": {"kind": "non_leader"},
    "facts": {"tasks": {"assigned": 20, "completed": 20}},
}
HEADINGS = ("case_id", "period", "as_of", "subject.kind", "tasks.assigned", "tasks.completed")
CELLS = ("2024", "2024-12-31", "non_leader", "20", "20")

Write = Callable[[Path], object]


@dataclass(frozen=True)
class Hostile:
    """`says`: what the message has to hold."""

    file: str
    says: str
    write: Write


def case(**parts: object) -> str:
    return json.dumps(CASE | parts, ensure_ascii=False)


def text(content: Callable[[], str]) -> Write:
    return lambda path: path.write_text(content(), encoding="utf-8")


def facts(pairs: Callable[[], str]) -> Write:
    """A case whose facts are these, written as JSON."""
    return text(lambda: case(facts="HERE").replace('"HERE"', "{" + pairs() + "}"))


def lines(count: int, line: Callable[[int], str]) -> Write:
    def write(path: Path) -> None:
        with path.open("w", encoding="utf-8") as stream:
            stream.writelines(line(number) + "\n" for number in range(count))

    return write


def cases(count: int, **parts: object) -> Write:
    before, after = case(case_id="HERE", **parts).split("HERE")
    return lines(count, lambda number: f"{before}T-{number}{after}")


def table(rows: int, row: Callable[[int], str], heading: str = ",".join(HEADINGS)) -> Write:
    return lines(rows + 1, lambda number: heading if number == 0 else row(number))


def full_row(number: int) -> str:
    return ",".join((f"T-{number}", *CELLS))


# --- workbooks ----------------------------------------------------------------------------------------------------

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
MEGABYTE = 1_000_000
UNFOLDED = 200 * MEGABYTE


def cell(place: str, value: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def row_of_cells(number: int, values: tuple[str, ...], attributes: str = "") -> str:
    cells = "".join(cell(f"{chr(65 + index)}{number}", value) for index, value in enumerate(values))
    return f'<row r="{number}"{attributes}>{cells}</row>'


def sheet(rows: str, before: str = "", after: str = "") -> str:
    heading = row_of_cells(1, HEADINGS)
    return f"<worksheet {MAIN}>{before}<sheetData>{heading}{rows}</sheetData>{after}</worksheet>"


GOOD_ROW = row_of_cells(2, ("T-1", *CELLS))


def workbook(parts: Mapping[str, str | tuple[str, str, int, str]]) -> Write:
    """A workbook of one sheet with these parts. A part that is a tuple is a text, another that is repeated until it is
    as many bytes long, and a third; it is packed without ever being whole."""
    whole = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{TYPES}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{TYPES}.sharedStrings+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{TYPES}.styles+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{RELATED}"><sheets>'
        '<sheet name="Cases" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{RELATED}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{RELATED}/sharedStrings" Target="sharedStrings.xml"/>'
        f'<Relationship Id="r3" Type="{RELATED}/styles" Target="styles.xml"/></Relationships>',
        "xl/sharedStrings.xml": f"<sst {MAIN}/>",
        "xl/styles.xml": f"<styleSheet {MAIN}/>",
        "xl/worksheets/sheet1.xml": sheet(GOOD_ROW),
        **parts,
    }

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, part in whole.items():
                with archive.open(name, "w", force_zip64=True) as stream:
                    if isinstance(part, str):
                        stream.write(part.encode())
                        continue
                    first, repeated, size, last = part
                    stream.write(first.encode())
                    block = repeated.encode() * max(1, MEGABYTE // len(repeated))
                    for _ in range(size // len(block)):
                        stream.write(block)
                    stream.write(last.encode())

    return write


SHEET, STRINGS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
COMMENTS = "xl/comments1.xml"


def options(field: str, names: Callable[[], list[object]]) -> Write:
    return text(lambda: case(**{field: names()}))


def after_the_row(repeated: str) -> Write:
    """A sheet in which this follows the last row, again and again."""
    first, last = sheet(GOOD_ROW + "HERE").split("HERE")
    return workbook({SHEET: (first, repeated, UNFOLDED, last)})


def parquet(rows: str, *more: str, group: int = 122_880) -> Write:
    """A table of rows that SQL selects, with `more` headings after the common ones, `group` rows packed together."""
    names = ", ".join(f'"{heading}"' for heading in (*HEADINGS, *more))

    def write(path: Path) -> None:
        with duckdb.connect() as database:
            packing = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {group}"
            database.execute(f"COPY (FROM ({rows}) AS t({names})) TO '{path}' ({packing})")

    return write


SAME_CELLS = ", ".join(f"'{value}'" for value in CELLS)
NO_CELLS = ", ".join(["NULL::VARCHAR"] * len(HEADINGS))
DIFFERENT_TEXT = f"repeat({' || '.join(f'md5((3 * i + {part})::VARCHAR)' for part in range(3))}, 30)"
"""SQL for a text of 2,880 bytes that packs to about 60 and is different for each row `i`."""


def many_sheets(count: int) -> Write:
    """A workbook whose sheets are all the same part."""
    sheets = "".join(f'<sheet name="S{number}" sheetId="{number}" r:id="r1"/>' for number in range(1, count + 1))
    book = f'<workbook {MAIN} xmlns:r="{RELATED}"><sheets>{sheets}</sheets></workbook>'
    return workbook({"xl/workbook.xml": book, SHEET: sheet("".join(map(full_sheet_row, range(2, 2_000))))})


def full_sheet_row(number: int) -> str:
    return row_of_cells(number, (f"T-{number}", *CELLS))


HOSTILE: dict[str, Hostile] = {
    # --- JSON ---
    "unknown facts": Hostile(
        "case.json", "and 9900 more", facts(lambda: ", ".join(f'"taskz{n}.assigned": 1' for n in range(10_000)))
    ),
    "a million keys": Hostile(
        "case.json", "more than 20000 values", facts(lambda: ", ".join(f'"k{n}": 1' for n in range(1_000_000)))
    ),
    "keys of the person": Hostile(
        "case.json",
        "and 9900 more",
        text(lambda: case(subject={"kind": "non_leader"} | {f"k{n}": "x" for n in range(10_000)})),
    ),
    "keys at the top": Hostile("case.json", "more problems", text(lambda: case(**{f"k{n}": 1 for n in range(10_000)}))),
    "a million NaN": Hostile(
        "case.json", "more than 20000 values", facts(lambda: '"a": [' + ", ".join(["NaN"] * 1_000_000) + "]")
    ),
    "10,000 NaN": Hostile("case.json", "and 9900 more", facts(lambda: '"a": [' + ", ".join(["NaN"] * 10_000) + "]")),
    "contents of a review": Hostile(
        "case.json", "more problems", text(lambda: case(review={"covered": [f"c{n}" for n in range(15_000)]}))
    ),
    "contents of a review of several types": Hostile(
        "case.json", "more problems", text(lambda: case(review={"covered": [*range(5_000), *map(str, range(5_000))]}))
    ),
    "one text of 19 MB": Hostile(
        "case.json", "more than the limit of 10000", facts(lambda: '"a": "' + "x" * 19 * MEGABYTE + '"')
    ),
    "a text that never ends": Hostile("case.json", "json/", text(lambda: '{"case_id": "' + "x" * 19 * MEGABYTE)),
    "a text that ends in escapes": Hostile("case.json", "json/", text(lambda: '{"case_id": "' + '\\"' * 9 * MEGABYTE)),
    "lists of nothing": Hostile(
        "case.json", "more than 20000 values", facts(lambda: '"a": [' + "[]," * 3_000_000 + "[]]")
    ),
    "brackets": Hostile("case.json", "nested more than 64 deep", text(lambda: "[" * 10_000_000)),
    "one mistake in 5,000 cases": Hostile(
        "cases.ndjson", "and 4900 more", cases(5_000, facts={"tasks": {"asigned": 1}})
    ),
    "no JSON in 10,000 lines": Hostile("cases.ndjson", "and 9900 more", lines(10_000, lambda number: '{"case_id": }')),
    "three million blank lines": Hostile("cases.ndjson", "json/empty", text(lambda: "\n" * 3_000_000)),
    # --- CSV ---
    "20,000 columns": Hostile(
        "cases.csv", "more than 2000 columns", text(lambda: ",".join(f"c{n}" for n in range(20_000)) + "\n")
    ),
    "1,900 columns": Hostile(
        "cases.csv", "more problems", text(lambda: ",".join(f"tasks.asigned{n}" for n in range(1_900)) + "\n")
    ),
    "cells without a heading": Hostile(
        "cases.csv",
        "table/no-heading",
        text(lambda: ",".join(HEADINGS) + "\n" + (full_row(1) + ",1" * 1_900 + "\n") * 50),
    ),
    "200,000 rows that are too short": Hostile(
        "cases.csv", "and 199900 more", table(200_000, lambda number: f"T-{number},2024")
    ),
    "quotation marks that never close": Hostile(
        "cases.csv", "do not close in 50 rows", table(50_000, lambda number: f'"T-{number},2024')
    ),
    # --- workbooks ---
    "strings that unfold": Hostile(
        "cases.xlsx",
        "unfolds to more than",
        workbook({STRINGS: (f"<sst {MAIN}>", "<si><t>x</t></si>", UNFOLDED, "</sst>")}),
    ),
    "one string that unfolds": Hostile(
        "cases.xlsx",
        "unfolds to more than",
        workbook({STRINGS: (f"<sst {MAIN}><si><t>", "x", UNFOLDED, "</t></si></sst>")}),
    ),
    "styles that unfold": Hostile(
        "cases.xlsx",
        "unfolds to more than",
        workbook(
            {STYLES: (f"<styleSheet {MAIN}><cellXfs>", '<xf numFmtId="0"/>', UNFOLDED, "</cellXfs></styleSheet>")}
        ),
    ),
    "rows that unfold": Hostile(
        "cases.xlsx", "unfolds to more than", after_the_row('<row><c t="inlineStr"><is><t>1</t></is></c></row>')
    ),
    "blanks that unfold": Hostile("cases.xlsx", "unfolds to more than", after_the_row(" ")),
    "an attribute that unfolds": Hostile(
        "cases.xlsx",
        "unfolds to more than",
        workbook(
            {
                SHEET: (
                    sheet(GOOD_ROW).partition("</sheetData>")[0] + '<row a="',
                    "x",
                    UNFOLDED,
                    '"/></sheetData></worksheet>',
                )
            }
        ),
    ),
    "merged areas that unfold": Hostile(
        "cases.xlsx",
        "unfolds to more than",
        workbook(
            {
                SHEET: (
                    sheet(GOOD_ROW).removesuffix("</worksheet>") + "<mergeCells>",
                    '<mergeCell ref="A2:B2"/>',
                    UNFOLDED,
                    "</mergeCells></worksheet>",
                )
            }
        ),
    ),
    "a row number of two billion": Hostile(
        "cases.xlsx",
        "beyond 1048576",
        workbook({SHEET: sheet(GOOD_ROW + row_of_cells(2_000_000_000, ("T-2", *CELLS)))}),
    ),
    "the last column on 20,000 rows": Hostile(
        "cases.xlsx",
        "more than 2000 columns",
        workbook({SHEET: sheet("".join(f'<row r="{n}">{cell(f"XFD{n}", "x")}</row>' for n in range(2, 20_002)))}),
    ),
    "20,000 sheets": Hostile("cases.xlsx", "has 20000 sheets, more than 1000", many_sheets(20_000)),
    "900 sheets that are one part": Hostile("cases.xlsx", "workbook/damaged", many_sheets(900)),
    # --- Parquet ---
    "one text of 150 MB in Parquet": Hostile(
        "cases.parquet",
        "unfold to more than 10",
        parquet(f"SELECT 'T-1', {SAME_CELLS}, repeat('x', 150000000)", "subject.name"),
    ),
    "texts that Parquet repeats": Hostile(
        "cases.parquet",
        "unfold to more than",
        parquet(f"SELECT 'T-' || hash(i), {SAME_CELLS}, repeat('x', 9000) FROM range(300000) AS r(i)", "subject.name"),
    ),
    "different texts of more than 1 GB in Parquet": Hostile(
        "cases.parquet",
        "unfold to more than 1000 MB",
        parquet(
            f"SELECT 'T-' || i, {SAME_CELLS}, {DIFFERENT_TEXT} FROM range(400000) AS r(i)", "subject.name", group=2_048
        ),
    ),
    "rows that Parquet repeats": Hostile(
        "cases.parquet", "has 5000000 rows", parquet(f"SELECT 'T-1', {SAME_CELLS} FROM range(5000000)")
    ),
    "lists that Parquet repeats": Hostile(
        "cases.parquet",
        "unfold to more than",
        parquet(
            f"SELECT 'T-1', {SAME_CELLS}, list(repeat('x', 40)) FROM range(4000000)", "evidence.tasks.assigned"
        ),
    ),
    "a row of 6 MB in Parquet": Hostile(
        "cases.parquet",
        "longer than 5 MB",
        parquet(f"SELECT 'T-1', {SAME_CELLS}, repeat('x', 6000000)", "subject.name"),
    ),
}
LARGE: dict[str, Hostile] = {
    "a last row far below the others": Hostile(
        "cases.xlsx",
        "judged: 2, rejected: 0",
        workbook({SHEET: sheet(GOOD_ROW + row_of_cells(1_048_576, ("T-2", *CELLS)))}),
    ),
    "100,000 rows that are empty": Hostile(
        "cases.csv", "judged: 1, rejected: 0", table(100_000, lambda number: full_row(1) if number == 1 else ",,,,,")
    ),
    "a million blank lines": Hostile(
        "cases.ndjson", "judged: 1, rejected: 0", text(lambda: "\n" * 1_000_000 + case() + "\n")
    ),
    "50 million rows of NULL in Parquet": Hostile(
        "cases.parquet",
        "judged: 1, rejected: 0",
        parquet(f"SELECT {NO_CELLS} FROM range(50000000) UNION ALL SELECT 'T-1', {SAME_CELLS}"),
    ),
}
