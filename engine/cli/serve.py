"""`xeploai serve`: the studio and the service, from one process."""

import os
import secrets
import socket
import sys
import webbrowser
from dataclasses import replace
from pathlib import Path

import click

from engine.base.extras import need_extra
from engine.base.words import wording
from engine.cli.help import Verb
from engine.cli.opening import DONE, policies_folder, problems_end_it
from engine.cli.options import language_option, policies_option
from engine.cli.usage import misuse

OPEN = wording("cli", "serve", "open")
PORT = 8765


@click.command(cls=Verb)
@policies_option
@click.option("--cases", type=click.Path(file_okay=False, path_type=Path), default=None, help="cases_kept")
@language_option
@click.option("--host", default="127.0.0.1", show_default=True, help="host")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="port")
@click.option("--address", default=None, metavar="URL", help="address")
@click.option("--audit", type=click.Path(dir_okay=False, path_type=Path), default=None, help="audit")
@click.option("--workers", type=click.IntRange(1, 64), default=None, help="workers")
@click.option("--open", "opens", is_flag=True, help="open_browser")
def serve(
    folder: Path | None,
    cases: Path | None,
    language: str,
    host: str,
    port: int,
    address: str | None,
    audit: Path | None,
    workers: int | None,
    opens: bool,
) -> None:
    """The studio in the browser, and the service for programs."""
    need_extra("serve", "fastapi", "uvicorn", "argon2", "jinja2", "multipart", "prometheus_client", "ruamel")
    # The libraries that these modules import come with the extra.
    from engine.serve.access import address as address_of
    from engine.serve.server import run
    from engine.serve.settings import Settings

    settings = Settings(
        policies_folder(folder), cases, language, host, port, address, secrets.token_urlsafe(24), audit=audit,
        workers=workers or os.cpu_count() or 1,
    )  # fmt: skip
    with _listening(host, port) as listener:
        settings = replace(settings, port=listener.getsockname()[1])
        with problems_end_it(language):
            server = run(settings)
        click.echo(OPEN[language].format(address=address_of(settings)))
        if opens:
            webbrowser.open(address_of(settings))
        server(listener)
    sys.exit(DONE)


def _listening(host: str, port: int) -> socket.socket:
    """The socket on which the server listens. Ends the command if the system refuses it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        misuse("no_port", host=host, port=port, reason=error.strerror)
