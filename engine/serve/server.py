"""The process: the application on uvicorn."""

import socket
from collections.abc import Callable

import uvicorn

from engine.serve.app import create_app
from engine.serve.connections import protocol
from engine.serve.settings import Settings

GRACE = 10
"""Seconds in which requests that are being answered may end when the server is told to stop."""


def run(settings: Settings) -> Callable[[socket.socket], None]:
    """Loads everything, and returns what serves it on a socket until the process is told to end. Raises Problems,
    UnreadableAccounts, SharedName, and OSError, also if the certificate cannot be used."""
    limits = settings.limits
    config = uvicorn.Config(
        create_app(settings), http=protocol(limits.silence, limits.connections), ws="none", log_config=None,
        access_log=False, server_header=False, timeout_keep_alive=int(limits.silence),
        timeout_graceful_shutdown=GRACE, ssl_certfile=settings.certificate, ssl_keyfile=settings.key,
    )  # fmt: skip
    # A certificate that cannot be used is found now, not when the first client comes.
    config.load()
    server = uvicorn.Server(config)

    def serve(listener: socket.socket) -> None:
        server.run([listener])

    return serve
