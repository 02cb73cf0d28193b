"""`xeploai lsp`: the language server for editors, over standard input and output."""

import sys
from io import StringIO
from pathlib import Path

import click

from engine.base.diagnostics import Location
from engine.base.documents import refuse
from engine.base.extras import need_extra
from engine.cli.help import Verb
from engine.cli.opening import DONE, problems_end_it
from engine.cli.options import language_option, policies_option
from engine.load.policies.folders import VOCABULARY_FILE


@click.command(cls=Verb)
@policies_option
@language_option
def lsp(folder: Path | None, language: str) -> None:
    """Answer an editor: mistakes while typing, completion, hover, rename."""
    need_extra("editor", "pygls", "ruamel")
    # The libraries that this module imports come with the extra.
    from engine.editor.server import server

    with problems_end_it(language):
        if folder is not None and not (folder / VOCABULARY_FILE).is_file():
            refuse("library/no-vocabulary", Location(str(folder)), file=VOCABULARY_FILE)
    server(None if folder is None else folder.absolute(), language).start_io()
    # The server has closed the stream, and whoever calls a verb flushes it at the end.
    sys.stdout = StringIO()
    sys.exit(DONE)
