"""A real server process, as `xeploai serve` starts it, and a real client."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from support import ROOT

ADDRESS = re.compile(r"(https?://[^/\s]+)/(?:enter\?token=(\S+))?")


@dataclass(frozen=True)
class Server:
    """A running server: its address without a path, and the token that opens it, empty if there are
    accounts."""

    base: str
    token: str
    process: "subprocess.Popen[str]"

    def client(self, **options: object) -> httpx.Client:
        """A program with the key of the server."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=self.base, headers=headers, timeout=60, **options)  # type: ignore[arg-type]

    def browser(self) -> httpx.Client:
        """Somebody who opened the printed address, and has a cookie since."""
        entered = httpx.get(f"{self.base}/enter", params={"token": self.token})
        return httpx.Client(base_url=self.base, cookies=entered.cookies, timeout=60)


@contextmanager
def serving(folder: Path, *options: str, workers: int = 1, within: tuple[str, ...] = ()) -> Iterator[Server]:
    """Serves a policies folder on a free port until the context ends. Each worker is one more process to start.
    `within`: a command that becomes the server."""
    words = ["--policies", str(folder), "--port", "0", "--workers", str(workers), *options]
    process = subprocess.Popen(
        [*within, sys.executable, "-m", "engine", "serve", *words],
        cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = ADDRESS.search(line)
        if address is None:
            process.kill()
            raise AssertionError(line + process.communicate()[1])
        yield Server(address[1], address[2] or "", process)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
