"""What a server is told when it starts."""

import os
from dataclasses import dataclass, field
from pathlib import Path

MEBIBYTE = 1024 * 1024
USUAL_PORTS = {"http": 80, "https": 443}
"""Ports that browsers leave out of the Host header."""


@dataclass(frozen=True)
class Limits:
    """How much one request may ask for. Each limit has an error of its own in `words/serve.yaml`."""

    body: int = 4 * MEBIBYTE
    """Bytes of a request that is not an upload."""
    upload: int = 32 * MEBIBYTE
    """Bytes of an uploaded table, and of a stream of cases."""
    cases: int = 10_000
    """Cases of one request."""
    files: int = 500
    """Policy files that are sent along with one request."""
    seconds: float = 60.0
    """How long a worker may take for one request."""
    silence: float = 20.0
    """Seconds in which a client must have sent its next bytes, and the head of a request as a whole."""
    body_seconds: float = 300.0
    """Seconds in which the body of a request must have come as a whole."""
    connections: int = 1_000
    """Connections that are open at once."""
    memory: int = 2048 * MEBIBYTE
    """Bytes that a worker may use, its libraries included; 0: no limit."""
    waiting: int = 128
    """Requests that wait for a worker."""


@dataclass(frozen=True)
class Settings:
    """Everything that `xeploai serve` is told. Paths are as the person named them."""

    policies: Path
    cases: Path | None = None
    """The folder in which the studio keeps case files; None: it keeps none."""
    language: str = "vi"
    """`vi` or `en`: the language of a request that names none."""
    host: str = "127.0.0.1"
    port: int = 8765
    address: str | None = None
    """The address under which people reach this server if it is not `host:port`, such as `https://xeploai.example.vn`."""
    token: str | None = field(default=None, repr=False)
    """What opens the door if there are no accounts; made anew at each start."""
    users: Path | None = None
    """The file of accounts that `xeploai user add` writes; None: one person, who has the token."""
    certificate: Path | None = None
    key: Path | None = None
    audit: Path | None = None
    """The file to which the log of who did what is appended; None: no log is kept."""
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    limits: Limits = field(default_factory=Limits)

    @property
    def scheme(self) -> str:
        """`https` if people reach this server by TLS, whether its own or a proxy's."""
        if self.address is not None:
            return self.address.partition("://")[0]
        return "https" if self.certificate is not None else "http"

    @property
    def hosts(self) -> frozenset[str]:
        """What the Host header of a request may be: this server's own names, with its port."""
        own = {"127.0.0.1", "localhost", "[::1]", f"[{self.host}]" if ":" in self.host else self.host}
        names = {f"{name}:{self.port}" for name in own}
        if self.port == USUAL_PORTS[self.scheme]:
            names |= own
        if self.address is not None:
            names.add(self.address.partition("://")[2].rstrip("/"))
        return frozenset(name.lower() for name in names)
