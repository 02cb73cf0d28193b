"""A report on what changes, as data, and the ways to lay it out: text for a terminal, Markdown, HTML.

Reports on differences, impact and readings are put together as a Document, so that each form says the same in the
same order.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from engine.report.markdown import escaped

ENTRIES_SHOWN, WIDTH = 50, 120


@dataclass(frozen=True)
class Entry:
    """A line with lines below it; `name` is what it is called in the policies."""

    headline: str
    lines: Sequence[str] = ()
    name: str = ""


@dataclass(frozen=True)
class Chapter:
    """A heading with the entries below it."""

    heading: str
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Table:
    """A table whose first `labels` columns are text and the others numbers; `chart` is HTML that stands above it."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    labels: int = 1
    chart: str = ""


@dataclass(frozen=True)
class Document:
    """A title, a sentence that sums up, a table, and chapters. `closing`: text has the sum at its end.

    `shortened`: text lists the first entries of each chapter alone, and says how many more there are."""

    title: str
    summary: str = ""
    table: Table | None = None
    chapters: Sequence[Chapter] = ()
    closing: bool = False
    shortened: bool = False


def write_documents(documents: Sequence[Document], form: str, language: str, stream: TextIO) -> None:
    """Write the documents one below the other; `form` is text, markdown or html, which needs the extra `html`."""
    if form == "text":
        blocks = ["\n".join(as_text(document)) for document in documents]
    else:
        blocks = [as_markdown(document, charts=form == "html") for document in documents]
    text = "\n\n".join(block.rstrip("\n") for block in blocks) + "\n"
    if form == "html":
        # Its libraries are an extra that other forms do without.
        from engine.report.html.document import as_html

        text = as_html(text, language)
    stream.write(text)


def as_text(document: Document) -> Iterator[str]:
    """The lines for a terminal."""
    yield document.title
    if document.summary and not document.closing:
        yield document.summary
    if document.table is not None:
        yield ""
        if document.table.caption:
            yield document.table.caption
        yield from _drawn(document.table)
    for chapter in document.chapters:
        yield ""
        yield chapter.heading.upper()
        shown = chapter.entries[:ENTRIES_SHOWN] if document.shortened else chapter.entries
        for entry in shown:
            yield f"  {entry.headline}"
            yield from (f"      {line}" for line in ((entry.name, *entry.lines) if entry.name else entry.lines))
        if more := len(chapter.entries) - len(shown):
            yield f"  … +{more}"
    if document.closing:
        yield ""
        yield document.summary


def as_markdown(document: Document, *, charts: bool = False) -> str:
    """The document as Markdown; `charts` leaves room for what only a page shows."""
    blocks = [f"# {escaped(document.title)}"]
    if document.summary:
        blocks.append(escaped(document.summary))
    if (table := document.table) is not None:
        blocks += [f"## {escaped(table.caption)}"] if table.caption else []
        blocks += [table.chart] if charts and table.chart else []
        columns = ["---"] * table.labels + ["---:"] * (len(table.head) - table.labels)
        rows = [[escaped(cell) for cell in row] for row in table.rows]
        lines = [[escaped(name) for name in table.head], columns, *rows]
        blocks.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
    for chapter in document.chapters:
        blocks += [
            f"## {escaped(chapter.heading)}",
            "\n".join(line for entry in chapter.entries for line in _listed(entry)),
        ]
    return "\n\n".join(blocks) + "\n"


def _listed(entry: Entry) -> Iterator[str]:
    headline = escaped(entry.headline)
    yield f"- **{headline}**" if entry.name else f"- {headline}"
    if entry.name:
        yield f"  `{entry.name}`"
    yield from (f"  - {escaped(line)}" for line in entry.lines)


def _drawn(table: Table) -> Iterator[str]:
    from rich import box
    from rich.console import Console
    from rich.table import Table as Drawn

    drawn = Drawn(*table.head[: table.labels], box=box.SIMPLE, pad_edge=False)
    for name in table.head[table.labels :]:
        drawn.add_column(name, justify="right")
    for row in table.rows:
        drawn.add_row(*row)
    console = Console(width=WIDTH, color_system=None, force_terminal=False)
    text = "".join(segment.text for segment in console.render(drawn))
    yield from (line.rstrip() for line in text.splitlines() if line.strip())
