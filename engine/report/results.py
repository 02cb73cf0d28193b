"""The results of a run in a format for people."""

from typing import Literal, TextIO

from engine.core.judge.record import Results
from engine.report.csv import write_table
from engine.report.text import Layout, write_text
from engine.report.words import Words

Format = Literal["text", "csv", "html"]
DEFAULT = Layout()


def write(results: Results, form: str, words: Words, stream: TextIO, layout: Layout = DEFAULT) -> None:
    """Write the results of a run.

    `form` is a `Format`; `words` has the language, the labels of the documents that are cited, and the names of people
    if the output names them; `layout` concerns text alone. The same results give the same bytes. Raises ValueError for
    another format; JSON is written by `records/writing`.
    """
    match form:
        case "text":
            write_text(results, words, stream, layout)
        case "csv":
            write_table(results, words, stream)
        case "html":
            # Its pages, charts and templates are for this format alone.
            from engine.report.html.cases import write_html

            write_html(results, words, stream)
        case _:
            raise ValueError(f"no such format: {form}")
