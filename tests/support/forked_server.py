"""A server that can be killed and begun again thirty times in a few seconds: everything is loaded once, and each server
is a fork of the process that loaded it. What is killed is the whole real application on uvicorn, without workers.

`python -m support.forked_server POLICIES CASES TOKEN`: for each line on standard input a server is begun, and its
process id and port are printed.
"""

import os
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path

import uvicorn

from engine.serve.app import create_app
from engine.serve.settings import Settings


def main() -> None:
    # Nobody asks how the killed ones ended.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    policies, cases, token = sys.argv[1:]
    settings = Settings(Path(policies), Path(cases), token=token)
    create_app(settings)
    for _ in sys.stdin:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        child = os.fork()
        if child == 0:
            app = create_app(replace(settings, port=port))
            uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None)).run([listener])
            os._exit(0)
        listener.close()
        print(child, port, flush=True)


if __name__ == "__main__":
    main()
