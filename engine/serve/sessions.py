"""Who is signed in, by the secret in their cookie. Sessions are in memory: they end with the server at the latest."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from engine.serve.person import Person

LIFETIME = 12 * 3600.0
"""Seconds after which a session ends, whatever was done in it."""
IDLE = 2 * 3600.0
"""Seconds without a request after which a session ends."""
MOST = 10_000
"""Sessions that are open at once; the one that was used least recently ends first."""


@dataclass
class _Session:
    person: Person
    began: float
    used: float


@dataclass(eq=False)
class Sessions:
    """The open sessions. `ending`: whether they end by time; that of the one person with a token does not."""

    ending: bool
    now: Callable[[], float] = time.monotonic
    _open: dict[bytes, _Session] = field(default_factory=dict)

    def begin(self, person: Person) -> str:
        """Opens a session and returns its secret."""
        secret = secrets.token_urlsafe(32)
        self._open[_hash(secret)] = _Session(person, self.now(), self.now())
        while len(self._open) > MOST:
            del self._open[min(self._open, key=lambda key: self._open[key].used)]
        return secret

    def person(self, secret: str) -> Person | None:
        """Whose session this is; None if there is none, or if it has ended."""
        key = _hash(secret)
        session = self._open.get(key)
        if session is None:
            return None
        now = self.now()
        if self.ending and (now - session.began > LIFETIME or now - session.used > IDLE):
            del self._open[key]
            return None
        session.used = now
        return session.person

    def end(self, secret: str) -> None:
        """Ends a session, if it is open."""
        self._open.pop(_hash(secret), None)


def _hash(secret: str) -> bytes:
    # What is looked up is no secret, so that the time a look-up takes says nothing about it.
    return sha256(secret.encode()).digest()
