"""The process: the application on uvicorn, with connections that cannot be held open for nothing."""

import socket
from collections.abc import Callable

import uvicorn

from engine.serve.app import create_app
from engine.serve.settings import Settings


def run(settings: Settings) -> Callable[[socket.socket], None]:
    """Loads everything, and returns what serves it on a socket until the process is told to end. Raises Problems."""
    config = uvicorn.Config(
        create_app(settings), log_config=None, access_log=False, server_header=False, date_header=True,
        timeout_keep_alive=int(settings.limits.silence), timeout_graceful_shutdown=10,
        ssl_certfile=settings.certificate, ssl_keyfile=settings.key,
    )  # fmt: skip
    server = uvicorn.Server(config)

    def serve(listener: socket.socket) -> None:
        server.run([listener])

    return serve
