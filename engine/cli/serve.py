"""`xeploai serve`: the studio and the service, from one process."""

import os
import re
import secrets
import socket
import sys
import webbrowser
from dataclasses import asdict, replace
from pathlib import Path
from ssl import SSLError
from typing import TYPE_CHECKING

import click

from engine.base.extras import need_extra
from engine.base.words import wording
from engine.cli.help import Verb
from engine.cli.opening import DONE, policies_folder, problems_end_it
from engine.cli.options import language_option, policies_option
from engine.cli.usage import misuse

if TYPE_CHECKING:
    from engine.serve.settings import Limits

OPEN = wording("cli", "serve", "open")
PORT = 8765
ALONE = ("127.0.0.1", "::1", "localhost")
"""Addresses that only this machine reaches, so that a token is enough."""


@click.command(cls=Verb)
@policies_option
@click.option("--cases", type=click.Path(file_okay=False, path_type=Path), default=None, help="cases_kept")
@language_option
@click.option("--host", default="127.0.0.1", show_default=True, help="host")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="port")
@click.option("--address", default=None, metavar="URL", help="address")
@click.option("--users", type=click.Path(dir_okay=False, path_type=Path), default=None, help="users")
@click.option("--certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None,
              help="certificate")  # fmt: skip
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None, help="key")
@click.option("--audit", type=click.Path(dir_okay=False, path_type=Path), default=None, help="audit")
@click.option("--workers", type=click.IntRange(1, 64), default=None, help="workers")
@click.option("--limit", "limits", multiple=True, metavar="NAME=NUMBER", help="limit")
@click.option("--open", "opens", is_flag=True, help="open_browser")
def serve(
    folder: Path | None,
    cases: Path | None,
    language: str,
    host: str,
    port: int,
    address: str | None,
    users: Path | None,
    certificate: Path | None,
    key: Path | None,
    audit: Path | None,
    workers: int | None,
    limits: tuple[str, ...],
    opens: bool,
) -> None:
    """The studio in the browser, and the service for programs."""
    need_extra("serve", "fastapi", "uvicorn", "argon2", "jinja2", "multipart", "prometheus_client", "ruamel")
    # The libraries that these modules import come with the extra.
    from engine.serve.access import address as address_of
    from engine.serve.accounts import SharedName, UnreadableAccounts
    from engine.serve.server import run
    from engine.serve.settings import Settings

    if (certificate is None) != (key is None):
        misuse("certificate")
    if users is None and host not in ALONE:
        misuse("open_to_all", host=host)
    settings = Settings(
        policies_folder(folder), cases, language, host, port, address=address, users=users, audit=audit,
        token=secrets.token_urlsafe(24) if users is None else None, certificate=certificate, key=key,
        workers=workers or os.cpu_count() or 1, limits=_limits(limits),
    )  # fmt: skip
    with _listening(host, port) as listener:
        settings = replace(settings, port=listener.getsockname()[1])
        try:
            with problems_end_it(language):
                server = run(settings)
        except SharedName as name:
            misuse("name_shared", name=name, file=users)
        except UnreadableAccounts as unreadable:
            misuse("no_accounts", file=unreadable)
        except SSLError as error:
            misuse("bad_certificate", file=certificate, reason=error.reason)
        click.echo(OPEN[language].format(address=address_of(settings)))
        if opens:
            webbrowser.open(address_of(settings))
        server(listener)
    sys.exit(DONE)


def _limits(pairs: tuple[str, ...]) -> "Limits":
    """The limits of requests, of which some are as the person says. Ends the command if one is unknown."""
    from engine.serve.settings import Limits

    limits = Limits()
    for pair in pairs:
        name, _, number = pair.partition("=")
        if name not in asdict(limits):
            misuse("no_limit", name=name, known=", ".join(asdict(limits)))
        if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,3})?", number):
            misuse("bad_limit", value=number, name=name)
        limits = replace(limits, **{name: type(getattr(limits, name))(float(number))})
    return limits


def _listening(host: str, port: int) -> socket.socket:
    """The socket on which the server listens. Ends the command if the system refuses it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        misuse("no_port", host=host, port=port, reason=error.strerror)
