"""Who did what, and when: a line of JSON each, never with a fact or a name of somebody reviewed.

The file is only ever appended to. What cannot be written down is not done: the request is refused.
"""

import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from engine.base.writing import unwritable
from engine.serve.problems import Refusal

LOG = logging.getLogger("xeploai.serve")


class Audit:
    """The log of a server. Without a file nothing is written."""

    def __init__(self, file: Path | None) -> None:
        """Opens the file, which its owner alone can read. Raises Unwritable."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        try:
            self._file = None if file is None else os.open(file, flags, 0o600)
        except OSError as error:
            raise unwritable(file or "", error) from error

    def write(self, event: str, who: str, **about: object) -> None:
        """Adds a line. `about`: hashes, ids of policies, counts. Raises Refusal if it cannot be written."""
        if self._file is None:
            return
        entry: Mapping[str, object] = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, "who": who, **about,
        }  # fmt: skip
        line = msgspec.json.encode(entry) + b"\n"
        try:
            written = os.write(self._file, line)
        except OSError as error:
            LOG.error("the log of who did what cannot be written: %s", error.strerror)
            raise Refusal("audit") from None
        if written < len(line):
            LOG.error("the log of who did what cannot be written: only a part of a line was")
            raise Refusal("audit")

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
