"""Jobs for workers that do what real ones do not: wait, die, or fill the memory."""

import os
import signal
import time
from pathlib import Path

from engine.serve.desk import Desk


def number_of_rules(desk: Desk) -> int:
    return sum(len(regulation.triggers) for regulation in desk.library.regulations.values())


def policies_hash(desk: Desk) -> str:
    return desk.version.hash


def wait(desk: Desk, seconds: float) -> str:
    time.sleep(seconds)
    return "waited"


def die_once(desk: Desk, mark: Path) -> str:
    """Dies if nobody died here before."""
    if mark.exists():
        return "lived"
    mark.touch()
    os.kill(os.getpid(), signal.SIGKILL)
    return ""


def die(desk: Desk) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fill_memory(desk: Desk) -> int:
    return len(bytearray(8_000_000_000))


def fail(desk: Desk) -> None:
    raise ValueError("Nguyễn Văn A")
