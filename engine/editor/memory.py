"""What was made from parts that have not changed, so that an edit costs only what it touches."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

MOST = 4_000
"""How many results are kept; a workspace of the shipped size needs about a thousand."""


class Memory:
    """Calls functions, and gives the earlier result if the parts are the same.

    Texts, paths, and tuples of them are compared; anything else must be the very same object."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[Any, ...], tuple[tuple[object, ...], Any]] = OrderedDict()
        self._lock = Lock()

    def once(self, make: Callable[..., Any], *parts: Any) -> Any:
        """What `make` gives for the parts; it must depend on nothing else. An error that it raises is not kept."""
        key = (make, *(part if isinstance(part, str | Path | tuple) or part is None else id(part) for part in parts))
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key][1]
        value = make(*parts)
        with self._lock:
            # The parts are kept too, so that no other object gets the identity of one of them.
            self._made[key] = parts, value
            while len(self._made) > MOST:
                self._made.popitem(last=False)
        return value
