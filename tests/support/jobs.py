"""Jobs for workers that do what real ones do not: wait, die, or fill the memory."""

import os
import signal
import stat
import time
from contextlib import suppress
from pathlib import Path

from engine.serve.desk import Desk
from engine.serve.frames import LENGTH


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


def own_process(desk: Desk) -> int:
    return os.getpid()


def length(desk: Desk, content: bytes) -> int:
    return len(content)


def stop_in_the_middle_of_an_answer(desk: Desk) -> None:
    """Says that a million bytes come, sends a few, and goes no further."""
    for number in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            if stat.S_ISSOCK(os.fstat(int(number)).st_mode):
                os.write(int(number), LENGTH.pack(1_000_000) + b"begin")
    os.kill(os.getpid(), signal.SIGSTOP)


def fill_memory(desk: Desk) -> int:
    return len(bytearray(8_000_000_000))


def fail(desk: Desk) -> None:
    raise ValueError("Nguyễn Văn A")
