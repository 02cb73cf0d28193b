"""Signing in is slowed down after failures: by the address that tries, and less by the name that is tried, so that
nobody can shut another person out for long."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

FREE = {"address": 5, "name": 20}
"""So many failures in a row cost nothing."""
LONGEST = {"address": 300.0, "name": 30.0}
"""The longest wait, in seconds; it doubles with each failure, from one second."""
MOST_KEPT = 10_000


@dataclass
class _Failures:
    count: int = 0
    until: float = 0.0


@dataclass(eq=False)
class Attempts:
    """Failures to sign in, by address and by name."""

    now: Callable[[], float] = time.monotonic
    _failures: OrderedDict[tuple[str, str], _Failures] = field(default_factory=OrderedDict)

    def wait(self, address: str, name: str) -> float:
        """Seconds until the next attempt is looked at; 0 if it is now."""
        waits = [self._failures[key].until - self.now() for key in _keys(address, name) if key in self._failures]
        return max([0.0, *waits])

    def failed(self, address: str, name: str) -> None:
        """Counts a failure."""
        for key in _keys(address, name):
            failures = self._failures.setdefault(key, _Failures())
            failures.count += 1
            over = failures.count - FREE[key[0]]
            if over >= 0:
                failures.until = self.now() + min(LONGEST[key[0]], 2.0 ** min(over, 20))
            self._failures.move_to_end(key)
        while len(self._failures) > MOST_KEPT:
            self._failures.popitem(last=False)

    def succeeded(self, address: str, name: str) -> None:
        """Forgets the failures."""
        for key in _keys(address, name):
            self._failures.pop(key, None)


def _keys(address: str, name: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return ("address", address), ("name", name)
