"""The results of a run in a format for people."""

from collections.abc import Mapping
from typing import Literal, TextIO

from engine.core.judge.record import Results
from engine.core.policy.terms import Text
from engine.report.csv import write_table
from engine.report.text import Layout, write_text

Format = Literal["text", "csv", "html"]
DEFAULT = Layout()


def write(
    results: Results,
    form: str,
    language: str,
    stream: TextIO,
    *,
    documents: Mapping[str, Text],
    layout: Layout = DEFAULT,
) -> None:
    """Write the results of a run.

    `form` is a `Format`; `language` is vi or en; `documents` gives the labels of the documents that are cited;
    `layout` concerns text alone. The same results give the same bytes. Raises ValueError for another format; JSON is
    written by `records/writing`.
    """
    match form:
        case "text":
            write_text(results, language, stream, documents=documents, layout=layout)
        case "csv":
            write_table(results, language, stream)
        case "html":
            # Its pages, charts and templates are for this format alone.
            from engine.report.html.cases import write_html

            write_html(results, language, stream, documents=documents)
        case _:
            raise ValueError(f"no such format: {form}")
